/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "fork.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "procfs.h"
#include "syscalls.h"

/* A number in a file of a cgroup; -1 if it is not one, as "max". */
static long read_number(int dirfd, const char *file)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };

	if (cg_procfs_read(dirfd, file, &text) < 0 || *text.data < '0' || *text.data > '9')
		return -1;
	return strtol(text.data, NULL, 10);
}

/* Goes to the cgroup above, if it is on the same mount: its descriptor and its name. */
static bool go_up(int *dirfd, char *name)
{
	const uint64_t flags = O_PATH | O_DIRECTORY | O_CLOEXEC;
	int up = cg_openat2(*dirfd, "..", flags, RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	char *slash = strrchr(name, '/');

	if (slash)
		slash[slash == name] = '\0';
	cg_cleanup_fd(dirfd);
	*dirfd = up;
	return up >= 0 && slash;
}

/* Sets the hint and says true if the caller's cgroup or an ancestor has as many as it may. */
static bool hint_pids_max(const struct cg_mounts *mounts, const struct cg_hierarchy *hierarchy,
			  struct cg_error *err)
{
	cleanup_directory struct cg_directory at = CG_DIRECTORY_INIT;

	if (!hierarchy->path || cg_mounts_find_directory(mounts, AT_FDCWD, hierarchy->controllers,
							 hierarchy->path, &at, NULL) < 0)
		return false;
	do {
		long limit = read_number(at.fd, "pids.max");

		if (limit >= 0 && read_number(at.fd, "pids.current") >= limit) {
			cg_error_hint(err, "%s/pids.max allows %ld process%s and threads", at.name,
				      limit, limit == 1 ? "" : "es");
			return true;
		}
	} while (go_up(&at.fd, at.name));
	return false;
}

static int hint_processes(struct cg_error *err)
{
	cleanup_hierarchies struct cg_hierarchies hierarchies = { 0 };
	cleanup_mounts struct cg_mounts mounts = { 0 };

	if (cg_mounts_read_own(AT_FDCWD, &mounts) < 0 ||
	    cg_hierarchies_read(&hierarchies, NULL) < 0)
		return -EAGAIN;
	for (size_t i = 0; i < hierarchies.count; i++) {
		const char *controllers = hierarchies.items[i].controllers;

		if ((!*controllers || cg_has_word(controllers, ",", "pids")) &&
		    hint_pids_max(&mounts, &hierarchies.items[i], err))
			return -EAGAIN;
	}
	return cg_error_hint(err, "a limit of processes is reached: the user's (RLIMIT_NPROC), "
				  "kernel.pid_max, kernel.threads-max, or pids.max of a cgroup "
				  "above those that can be seen");
}

/*
 * Children are born in a PID namespace that the caller itself is not in. Once
 * the first process of that has ended no other begins there (pid_namespaces(7)).
 */
static bool bears_elsewhere(void)
{
	struct stat own, children;

	return !stat("/proc/self/ns/pid", &own) &&
	       (stat("/proc/self/ns/pid_for_children", &children) < 0 ||
		own.st_ino != children.st_ino);
}

int cg_fork_explain(int errnum, struct cg_error *err)
{
	if (errnum == EAGAIN && err)
		return hint_processes(err);
	if (errnum == ENOMEM && err && bears_elsewhere())
		return cg_error_hint(err, "the PID namespace for the caller's children is not its "
					  "own: if the first process in there has ended, it takes "
					  "no other (unshare --pid goes with --fork)");
	return -errnum;
}
