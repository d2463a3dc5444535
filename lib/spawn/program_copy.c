/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs the program again from a copy that nobody can write to. */
#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <signal.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <time.h>

#include "spawn/spawn.h"
#include "syscalls.h"

#ifndef MFD_EXEC
#define MFD_EXEC 0x0010U /* Linux 6.3 */
#endif

#define ALL_SEALS (F_SEAL_SEAL | F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE)

static int send_file(int from, int to)
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

/* The caller's limit on the size of files holds for this one, too: an error, and no SIGXFSZ. */
static int copy_file(int from, int to)
{
	const struct timespec now = { 0, 0 };
	sigset_t limit, mask;
	int rc;

	sigemptyset(&limit);
	sigaddset(&limit, SIGXFSZ);
	sigprocmask(SIG_BLOCK, &limit, &mask);
	rc = send_file(from, to);
	if (rc == -EFBIG)
		sigtimedwait(&limit, NULL, &now);
	sigprocmask(SIG_SETMASK, &mask, NULL);
	return rc;
}

static int make_memory_file(const char *name)
{
	int fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING | MFD_EXEC);

	if (fd < 0 && errno == EINVAL)
		fd = memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
	return fd;
}

/* A sealed copy in memory. Returns a descriptor or a negative errno value. */
static int copy_to_memory(const char *name, int own)
{
	cleanup_fd int copy = make_memory_file(name);
	int rc = copy < 0 ? -errno : copy_file(own, copy);

	if (rc == 0 && fcntl(copy, F_ADD_SEALS, ALL_SEALS) != 0)
		rc = -errno;
	return rc < 0 ? rc : cg_steal_fd(&copy);
}

/*
 * A copy on a tmpfs that is attached nowhere, and read-only from when the copy
 * is whole: the whole filesystem, not a mount of it alone.
 */
static int copy_to_tmpfs(const char *name, int own)
{
	cleanup_fd int context = cg_fsopen("tmpfs", FSOPEN_CLOEXEC);
	cleanup_fd int mount = -1, copy = -1;
	int rc;

	if (context < 0 || cg_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return -errno;
	mount = cg_fsmount(context, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV);
	if (mount < 0)
		return -errno;
	copy = openat(mount, name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0555);
	rc = copy < 0 ? -errno : copy_file(own, copy);
	if (rc < 0)
		return rc;
	cg_cleanup_fd(&copy);
	if (cg_fsconfig(context, FSCONFIG_SET_FLAG, "ro", NULL) < 0 ||
	    cg_fsconfig(context, FSCONFIG_CMD_RECONFIGURE, NULL, NULL) < 0)
		return -errno;
	copy = openat(mount, name, O_RDONLY | O_CLOEXEC);
	return copy < 0 ? -errno : cg_steal_fd(&copy);
}

/* The name that this program was run by, or NULL. The kernel gives it as a number (getauxval(3)).
 */
static const char *executed_name(void)
{
	return (const char *)getauxval(AT_EXECFN); /* NOLINT(performance-no-int-to-ptr) */
}

/* What the kernel calls a program that was run by a descriptor alone (execveat(2)). */
static bool run_by_descriptor(void)
{
	const char *name = executed_name();

	return name && cg_starts_with(name, "/dev/fd/");
}

static bool is_copy(int own)
{
	int seals = fcntl(own, F_GET_SEALS);
	struct statvfs flags;
	struct statfs fs;

	if (seals >= 0 && (seals & ALL_SEALS) == ALL_SEALS)
		return true;
	return run_by_descriptor() && !fstatfs(own, &fs) && fs.f_type == TMPFS_MAGIC &&
	       !fstatvfs(own, &flags) && flags.f_flag & ST_RDONLY;
}

static int open_own(void)
{
	int own = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);

	/* Without /proc there is still the name that it was run by. */
	if (own < 0 && errno == ENOENT)
		own = open(executed_name(), O_RDONLY | O_CLOEXEC);
	return own;
}

static int cannot_copy(int reason, bool forbidden, struct cg_error *err)
{
	cg_error_set(err, reason, "cannot make a copy of the program that nobody can write to");
	if (forbidden)
		return cg_error_hint(err, "the sysctl vm.memfd_noexec is 2; another way needs "
					  "CAP_SYS_ADMIN");
	if (reason == EFBIG)
		return cg_error_hint(err, "the caller's limit on the size of files (RLIMIT_FSIZE) "
					  "is smaller than the program");
	return -reason;
}

int cg_run_sealed(const char *name, char **argv, struct cg_error *err)
{
	cleanup_fd int own = -1, copy = -1;
	bool forbidden;

	if (run_by_descriptor() && faccessat(AT_FDCWD, "/proc/self/exe", F_OK, 0) < 0 &&
	    errno == ENOENT)
		return 0; /* the copy, and no /proc to see it by */
	own = open_own();
	if (own < 0)
		return cg_error_set(err, errno, "cannot open /proc/self/exe");
	if (is_copy(own)) {
		prctl(PR_SET_NAME, name); /* else it would be the descriptor's number */
		return 0;
	}
	copy = copy_to_memory(name, own);
	forbidden = copy == -EACCES;
	if (forbidden)
		copy = copy_to_tmpfs(name, own);
	if (copy < 0)
		return cannot_copy(-copy, forbidden, err);
	fexecve(copy, argv, environ);
	return cg_error_set(err, errno, "cannot execute the program's copy");
}
