/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <time.h>

#include "mountinfo/mountinfo.h"
#include "syscalls.h"

#define MOST_WAITS 50 /* a millisecond each */

static int open_checked(int dirfd, const char *name, int flags, uint64_t resolve)
{
	cleanup_fd int fd = cg_openat2(dirfd, name, (uint64_t)flags | O_CLOEXEC, resolve);

	int version = fd < 0 ? -errno : cg_cgroup_version(fd);

	if (version > 0)
		return cg_steal_fd(&fd);
	errno = version < 0 ? -version : EXDEV; /* as of another mount */
	return -1;
}

int cg_cgroup_openat(int dirfd, const char *name, int flags)
{
	return open_checked(dirfd, name, flags,
			    RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
}

int cg_cgroup_open_ancestor(int dirfd, unsigned int steps)
{
	cleanup_fd int fd = fcntl(dirfd, F_DUPFD_CLOEXEC, 3);

	while (fd >= 0 && steps-- > 0) {
		int up = open_checked(fd, "..", O_PATH | O_DIRECTORY,
				      RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

		cg_cleanup_fd(&fd);
		fd = up;
	}
	return cg_steal_fd(&fd);
}

char *cg_cgroup_read(int dirfd, const char *name)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	cleanup_fd int fd = cg_cgroup_openat(dirfd, name, O_RDONLY);
	int rc = fd < 0 ? -errno : cg_procfs_read_open(fd, false, &text);

	if (rc < 0) {
		errno = -rc;
		return NULL;
	}
	if (text.len > 0 && text.data[text.len - 1] == '\n')
		text.data[text.len - 1] = '\0';
	return cg_steal_ptr(&text.data);
}

int cg_cgroup_write(int dirfd, const char *name, const char *text)
{
	cleanup_fd int fd = cg_cgroup_openat(dirfd, name, O_WRONLY);

	if (fd < 0 || write(fd, text, strlen(text)) < 0)
		return -errno;
	return 0;
}

bool cg_cgroup_wait_for_maker(unsigned int *waited)
{
	const struct timespec pause = { .tv_nsec = 1000000 };

	if (++*waited > MOST_WAITS)
		return false;
	nanosleep(&pause, NULL);
	return true;
}

char *cg_cut_names(const char *path, unsigned int count)
{
	char *cut = strdup(path), *slash;

	while (cut && count-- > 0 && (slash = strrchr(cut, '/')))
		slash[slash == cut] = '\0';
	return cut;
}

char *cg_cgroup_ancestor_dir(const struct cg_cgroup *cgroup, unsigned int steps)
{
	for (const char *at = cgroup->missing; at; at = strchr(at + 1, '/'))
		steps++;
	return cg_cut_names(cgroup->dir, steps);
}
