/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What keeps the caller's things from a program that runs among strangers. */
#include <errno.h>
#include <fcntl.h>
#include <linux/keyctl.h>
#include <stdlib.h>

#include "spawn/spawn.h"
#include "syscalls.h"

#ifndef CLOSE_RANGE_CLOEXEC
#define CLOSE_RANGE_CLOEXEC (1U << 2) /* Linux 5.11 */
#endif

/* Older kernels: one by one, as /proc lists them. */
static int mark_each(struct cg_error *err)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int rc = cg_opendir(AT_FDCWD, "/proc/self/fd", &dir);

	while (rc == 0 && (rc = cg_readdir(dir, &entry)) == 0 && entry) {
		int fd = atoi(entry->d_name);

		if (fd > STDERR_FILENO && fcntl(fd, F_SETFD, FD_CLOEXEC) < 0)
			return cg_error_set(err, errno, "cannot close descriptor %d on exec", fd);
	}
	return rc < 0 ? cg_error_set(err, -rc, "cannot list the open descriptors") : 0;
}

/* They stay open for us: TARGET and FILE may be named by them (/proc/self/fd/N). */
static int close_on_exec(struct cg_error *err)
{
	if (syscall(SYS_close_range, STDERR_FILENO + 1, ~0U, CLOSE_RANGE_CLOEXEC) == 0)
		return 0;
	return mark_each(err);
}

/*
 * An empty session keyring instead of the caller's (session-keyring(7)). Where
 * keys are forbidden, or not there, there is nothing to be kept from anybody.
 */
static int leave_keyring(const char **remark, struct cg_error *err)
{
	if (syscall(SYS_keyctl, KEYCTL_JOIN_SESSION_KEYRING, NULL) >= 0)
		return 0;
	switch (errno) {
	case ENOSYS:
	case EPERM:
	case EACCES:
	case EOPNOTSUPP:
		*remark = "no new session keyring: keyctl(2) is refused or missing";
		return 0;
	case EDQUOT:
		cg_error_set(err, EDQUOT, "cannot make a new session keyring");
		return cg_error_hint(err,
				     "the user has as many keys as /proc/sys/kernel/keys/maxkeys "
				     "and maxbytes allow (for root: root_maxkeys)");
	}
	return cg_error_set(err, errno, "cannot make a new session keyring");
}

int cg_isolate(const char *name, char **argv, bool keep_fds, const char **remark,
	       struct cg_error *err)
{
	int rc = cg_run_sealed(name, argv, err);

	if (rc == 0 && !keep_fds)
		rc = close_on_exec(err);
	return rc < 0 ? rc : leave_keyring(remark, err);
}
