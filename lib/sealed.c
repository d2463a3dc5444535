/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>

#include "spawn.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int copy_file(int from, int to)
{
	struct stat st;
	off_t offset = 0;

	if (fstat(from, &st) != 0)
		return -errno;
	while (offset < st.st_size) {
		ssize_t sent = sendfile(to, from, &offset, (size_t)(st.st_size - offset));

		if (sent < 0 && errno != EINTR)
			return -errno;
		if (sent == 0)
			return -EIO; /* it got shorter */
	}
	return 0;
}

static int make_memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd < 0 ? -errno : fd;
}

int cg_run_sealed(const char *name, char **argv, struct cg_error *err)
{
	cleanup_fd int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
	cleanup_fd int copy = -1;
	int rc;

	if (own < 0)
		return cg_error_set(err, errno, "cannot open /proc/self/exe");
	rc = fcntl(own, F_GET_SEALS);
	if (rc >= 0 && (rc & ALL_SEALS) == ALL_SEALS) {
		prctl(PR_SET_NAME, name); /* else it would be the descriptor's number */
		return 0;
	}

	copy = make_memory_file(name);
	if (copy < 0) {
		cg_error_set(err, -copy, "cannot make a copy of the program in memory");
		if (copy == -EACCES)
			return cg_error_hint(err, "the sysctl vm.memfd_noexec is 2");
		return copy;
	}
	rc = copy_file(own, copy);
	if (rc == 0 && fcntl(copy, F_ADD_SEALS, ALL_SEALS) != 0)
		rc = -errno;
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot copy the program to memory");
	fexecve(copy, argv, environ);
	return cg_error_set(err, errno, "cannot execute the program's copy in memory");
}
