/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why the kernel refused: cgroups(7), and Documentation/admin-guide/cgroup-v2.rst
 * of Linux. What is said here was looked up in the cgroup at hand.
 */
#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <sched.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"
#include "path.h"

struct refusal {
	const struct cg_cgroup *cgroup;
	enum cg_attempt attempt;
	bool unified;
	struct cg_error *err;
};

static bool is_join(const struct refusal *refusal)
{
	return refusal->attempt == CG_ATTEMPT_JOIN || refusal->attempt == CG_ATTEMPT_JOIN_ROOT;
}

static void hint_busy(const struct refusal *refusal)
{
	cleanup_free char *enabled =
		cg_cgroup_read(refusal->cgroup->dirfd, "cgroup.subtree_control");

	if (!enabled || !*enabled)
		return;
	if (refusal->attempt == CG_ATTEMPT_JOIN_ROOT)
		cg_error_hint(
			refusal->err,
			"a cgroup that hands controllers to its children "
			"(cgroup.subtree_control: %s) may hold no processes itself, which the "
			"root must at the start; choose a child of it as the root, or a cgroup "
			"in which the program enables them later, from --subgroup NAME",
			enabled);
	else
		cg_error_hint(refusal->err,
			      "a cgroup that hands controllers to its children "
			      "(cgroup.subtree_control: %s) may hold no processes itself; "
			      "--subgroup NAME goes into a child of it",
			      enabled);
}

static void hint_type(const struct refusal *refusal)
{
	cleanup_free char *type = cg_cgroup_read(refusal->cgroup->dirfd, "cgroup.type");

	if (!type)
		return;
	if (!strcmp(type, "threaded"))
		cg_error_hint(refusal->err,
			      "its cgroup.type is \"threaded\": it holds threads of processes that "
			      "live in its nearest ancestor of another type; join that one");
	else
		cg_error_hint(refusal->err,
			      "its cgroup.type is \"%s\": it cannot be used before \"threaded\" is "
			      "written there, for its parent is threaded or has threaded children",
			      type);
}

/* Sets the hint and says true if the caller may not write that file. */
static bool hint_unwritable(const struct refusal *refusal, int dirfd, const char *dir,
			    const char *file, const char *why)
{
	const struct passwd *user;
	char number[16];
	struct stat st;

	if (!faccessat(dirfd, file, W_OK, AT_EACCESS) || (errno != EACCES && errno != EPERM))
		return false;
	if (fstatat(dirfd, file, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return false;
	user = getpwuid(st.st_uid);
	snprintf(number, sizeof(number), "%u", st.st_uid);
	cg_error_hint(refusal->err, "may not write %s%s%s (owner %s)%s", dir,
		      strcmp(file, ".") ? "/" : "", strcmp(file, ".") ? file : "",
		      user ? user->pw_name : number, why);
	return true;
}

/*
 * How many levels the nearest common ancestor of both is above the cgroup at
 * view; a negative errno value where that cannot be told.
 */
static int steps_to_common(const char *view, const char *other)
{
	cleanup_free char *way = NULL;
	int rc = cg_path_relative(view, other, &way);

	return rc < 0 ? rc : (int)cg_path_climb(way);
}

/*
 * How many levels the cgroup of the user's own service manager, user@UID.service,
 * is above the one at path; -1 where it is not.
 */
static int steps_to_manager(const char *path)
{
	cleanup_free char *name = cg_format("user@%u.service", geteuid());
	int steps = -1;

	if (!name)
		return -1;
	for (const char *at = path; *at; at += strcspn(at, "/")) {
		at += *at == '/';
		if (steps >= 0)
			steps++;
		else if (cg_starts_with(at, name) && strchr("/", at[strlen(name)]))
			steps = 0;
	}
	return steps;
}

/*
 * A scope that the user's manager makes is below its own cgroup: from there it
 * is the user's to write to all that is on the way.
 */
static void hint_manager(const struct refusal *refusal, int common)
{
	int steps = steps_to_manager(refusal->cgroup->path);
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	cleanup_free char *manager = NULL;
	cleanup_fd int dirfd = -1;

	if (steps < 0 || steps >= common || !runtime || !refusal->err || !refusal->err->hint ||
	    !(manager = cg_format("%s/systemd/private", runtime)) ||
	    faccessat(AT_FDCWD, manager, W_OK, 0) < 0)
		return;
	dirfd = cg_cgroup_open_ancestor(refusal->cgroup->dirfd, (unsigned int)steps);
	if (dirfd >= 0 && !faccessat(dirfd, "cgroup.procs", W_OK, AT_EACCESS))
		cg_error_hint(
			refusal->err,
			"%s; from a scope of the user's it is allowed: put 'systemd-run --user "
			"--scope' before the command",
			refusal->err->hint);
}

/* v2 wants write access to the destination's cgroup.procs and to the common ancestor's. */
static void hint_join_access(const struct refusal *refusal)
{
	const struct cg_cgroup *cgroup = refusal->cgroup;
	const char *own = cgroup->hierarchy->path;
	int steps = own ? steps_to_common(cgroup->path, own) : -1;
	cleanup_free char *dir = NULL;
	cleanup_fd int ancestor = -1;

	if (hint_unwritable(refusal, cgroup->dirfd, cgroup->dir, "cgroup.procs", ""))
		return;
	if (!refusal->unified) {
		cg_error_hint(refusal->err, "in v1 only root may move the processes of others");
		return;
	}
	if (steps < 0)
		return;
	dir = cg_cgroup_ancestor_dir(cgroup, (unsigned int)steps);
	ancestor = cg_cgroup_open_ancestor(cgroup->dirfd, (unsigned int)steps);
	if (ancestor < 0)
		cg_error_hint(
			refusal->err,
			"moving also needs write access to cgroup.procs of the common ancestor "
			"with the caller's cgroup %s, which is not below this mount",
			own);
	else if (dir)
		hint_unwritable(refusal, ancestor, dir, "cgroup.procs",
				", the common ancestor of this cgroup and the caller's");
	hint_manager(refusal, steps);
}

int cg_cgroup_check_ancestor(const struct cg_cgroup *cgroup)
{
	const char *own = cgroup->hierarchy->path;
	cleanup_fd int ancestor = -1;
	int steps;

	if (!own || *cgroup->hierarchy->controllers)
		return 0;
	steps = steps_to_common(cgroup->path, own);
	if (steps < 0)
		return steps == -ENOMEM ? steps : 0;
	ancestor = cg_cgroup_open_ancestor(cgroup->dirfd, (unsigned int)steps);
	if (ancestor < 0)
		return cg_errno_is_shortage(errno) ? -errno : 0;
	if (!faccessat(ancestor, "cgroup.procs", W_OK, AT_EACCESS))
		return 0;
	return errno == EACCES || cg_errno_is_shortage(errno) ? -errno : 0;
}

static void hint_access(const struct refusal *refusal)
{
	cleanup_free char *dir = cg_cgroup_ancestor_dir(refusal->cgroup, 0);

	if (is_join(refusal))
		hint_join_access(refusal);
	else if (dir)
		hint_unwritable(refusal, refusal->cgroup->dirfd, dir, ".", "");
}

static void hint_read_only(const struct refusal *refusal)
{
	cleanup_free char *dir = cg_cgroup_ancestor_dir(refusal->cgroup, 0);
	struct statvfs fs;

	if (dir && !fstatvfs(refusal->cgroup->dirfd, &fs) && (fs.f_flag & ST_RDONLY))
		cg_error_hint(refusal->err,
			      "%s is on a cgroup filesystem that is mounted read-only", dir);
}

static void hint_gone(const struct refusal *refusal)
{
	cleanup_fd int procs = cg_cgroup_openat(refusal->cgroup->dirfd, "cgroup.procs", O_PATH);

	if (procs < 0)
		cg_error_hint(refusal->err, "the cgroup has been removed in the meantime");
	else if (refusal->unified)
		cg_error_hint(
			refusal->err,
			"the hierarchy is mounted with nsdelegate: from inside a cgroup "
			"namespace no process is moved across its root, and either this cgroup "
			"or the process's own (%s) is not below it",
			refusal->cgroup->hierarchy->path ?: "not known");
}

static void hint_cpuset(const struct refusal *refusal)
{
	static const char *const files[] = { "cpuset.cpus", "cpuset.mems" };

	for (size_t i = 0; i < CG_ARRAY_SIZE(files); i++) {
		cleanup_free char *value = cg_cgroup_read(refusal->cgroup->dirfd, files[i]);

		if (value && !*value) {
			cg_error_hint(refusal->err,
				      "a cpuset that is empty holds no process: write to %s/%s",
				      refusal->cgroup->dir, files[i]);
			return;
		}
	}
}

/* cpu.rt_runtime_us is 0 in a new v1 cgroup: no real-time process can be in it (sched(7)). */
static void hint_realtime(const struct refusal *refusal)
{
	int policy = sched_getscheduler(0) & ~SCHED_RESET_ON_FORK;
	cleanup_free char *runtime = NULL;

	if (policy != SCHED_FIFO && policy != SCHED_RR)
		return;
	runtime = cg_cgroup_read(refusal->cgroup->dirfd, "cpu.rt_runtime_us");
	if (runtime && !strcmp(runtime, "0"))
		cg_error_hint(refusal->err,
			      "the process is a real-time one (SCHED_FIFO or SCHED_RR), and "
			      "%s/cpu.rt_runtime_us is 0",
			      refusal->cgroup->dir);
}

static long read_limit(int dirfd, const char *file)
{
	cleanup_free char *text = cg_cgroup_read(dirfd, file);

	return text && strcmp(text, "max") ? strtol(text, NULL, 10) : -1;
}

static long read_descendants(int dirfd)
{
	cleanup_free char *text = cg_cgroup_read(dirfd, "cgroup.stat");
	const char *value = text ? strstr(text, "nr_descendants ") : NULL;

	return value ? strtol(value + strlen("nr_descendants "), NULL, 10) : -1;
}

/* The nearest ancestor whose limit on cgroups below it is reached. */
static void hint_limit(const struct refusal *refusal)
{
	for (unsigned int level = 0;; level++) {
		cleanup_fd int dirfd = cg_cgroup_open_ancestor(refusal->cgroup->dirfd, level);
		cleanup_free char *dir = cg_cgroup_ancestor_dir(refusal->cgroup, level);
		long depth, descendants;

		if (dirfd < 0 || !dir)
			return;
		depth = read_limit(dirfd, "cgroup.max.depth");
		descendants = read_limit(dirfd, "cgroup.max.descendants");
		if (descendants >= 0 && read_descendants(dirfd) >= descendants) {
			cg_error_hint(refusal->err, "%s/cgroup.max.descendants allows %ld", dir,
				      descendants);
			return;
		}
		if (depth >= 0 && level >= (unsigned long)depth) {
			cg_error_hint(refusal->err,
				      "%s/cgroup.max.depth allows %ld level%s below it", dir, depth,
				      depth == 1 ? "" : "s");
			return;
		}
	}
}

static void hint_taken(const struct refusal *refusal)
{
	if (refusal->attempt == CG_ATTEMPT_CREATE)
		cg_error_hint(refusal->err, "the kernel has a file of that name in every cgroup");
}

/* By errno; which attempts a row is for is left to the functions. */
static const struct {
	int errnum;
	unsigned int attempts; /* a bit for each enum cg_attempt */
	void (*hint)(const struct refusal *refusal);
} reasons[] = {
#define JOINS	(1U << CG_ATTEMPT_JOIN | 1U << CG_ATTEMPT_JOIN_ROOT)
#define CREATES (1U << CG_ATTEMPT_CREATE)
#define CHANGES (JOINS | CREATES | 1U << CG_ATTEMPT_OWN | 1U << CG_ATTEMPT_REMOVE)
	{ EBUSY, JOINS, hint_busy },
	{ EOPNOTSUPP, JOINS, hint_type },
	{ EACCES, CHANGES, hint_access },
	{ EPERM, CHANGES, hint_access },
	{ EROFS, CHANGES, hint_read_only },
	{ ENOENT, JOINS | CREATES, hint_gone },
	{ ENODEV, JOINS | CREATES, hint_gone },
	{ ENOSPC, JOINS, hint_cpuset },
	{ EINVAL, JOINS, hint_realtime },
	{ EAGAIN, CREATES, hint_limit },
	{ ENOTDIR, CREATES, hint_taken },
#undef JOINS
#undef CREATES
#undef CHANGES
};

int cg_cgroup_explain(const struct cg_cgroup *cgroup, enum cg_attempt attempt, int errnum,
		      struct cg_error *err)
{
	const struct refusal refusal = { cgroup, attempt, !*cgroup->hierarchy->controllers, err };

	for (size_t i = 0; i < CG_ARRAY_SIZE(reasons); i++) {
		if (reasons[i].errnum == errnum && (reasons[i].attempts & 1U << attempt))
			reasons[i].hint(&refusal);
	}
	return -errnum;
}
