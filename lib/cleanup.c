/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cleanup.h"

#include <errno.h>
#include <fcntl.h>

void cg_cleanup_fd(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

void cg_cleanup_dir(DIR **dir)
{
	int saved = errno;

	if (*dir)
		closedir(*dir);
	errno = saved;
}

int cg_opendir(int dirfd, const char *name, DIR **dir)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

	*dir = fd < 0 ? NULL : fdopendir(fd);
	if (!*dir)
		return -errno;
	cg_steal_fd(&fd);
	return 0;
}

int cg_readdir(DIR *dir, struct dirent **entry)
{
	errno = 0;
	*entry = readdir(dir);
	return *entry ? 0 : -errno;
}
