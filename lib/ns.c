/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ns.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cgmount/cgmount.h"
#include "privs.h"
#include "procfs.h"
#include "syscalls.h"

/* In the order in which they are entered one by one, the user namespace apart. */
static const struct cg_ns table[] = {
	{ CLONE_NEWUSER, "user", "user", "max_user_namespaces", 'U' },
	{ CLONE_NEWCGROUP, "cgroup", "cgroup", "max_cgroup_namespaces", 'C' },
	{ CLONE_NEWIPC, "ipc", "IPC", "max_ipc_namespaces", 'i' },
	{ CLONE_NEWUTS, "uts", "UTS", "max_uts_namespaces", 'u' },
	{ CLONE_NEWNET, "net", "network", "max_net_namespaces", 'n' },
	{ CLONE_NEWPID, "pid", "PID", "max_pid_namespaces", 'p' },
	{ CLONE_NEWTIME, "time", "time", "max_time_namespaces", 'T' },
	{ CLONE_NEWNS, "mnt", "mount", "max_mnt_namespaces", 'm' },
};

#define FOR_EACH_NS(ns, flags)                                                        \
	for (const struct cg_ns *ns = table; ns < table + CG_ARRAY_SIZE(table); ns++) \
		if (ns->flag & (flags))

int cg_ns_all_flags(void)
{
	int flags = 0;

	FOR_EACH_NS (ns, ~0)
		flags |= ns->flag;
	return flags;
}

static const struct cg_ns *by_flag(int flag)
{
	FOR_EACH_NS (ns, flag)
		return ns;
	return NULL;
}

const struct cg_ns *cg_ns_by_option(char option)
{
	FOR_EACH_NS (ns, ~0)
		if (ns->option == option)
			return ns;
	return NULL;
}

char *cg_ns_names(int flags)
{
	struct cg_list names = { 0 };

	FOR_EACH_NS (ns, flags)
		cg_list_add(&names, ", ", "%s", ns->title);
	return names.text;
}

/* "make a new cgroup namespace", "make new namespaces: cgroup, mount". */
static int set_subject(struct cg_error *err, int errnum, const char *verb, const char *article,
		       int flags)
{
	cleanup_free char *names = cg_ns_names(flags);
	bool single = flags && !(flags & (flags - 1));

	if (single)
		return cg_error_set(err, errnum, "cannot %s %s %s namespace", verb, article,
				    names ? names : "?");
	return cg_error_set(err, errnum, "cannot %s %snamespaces: %s", verb,
			    strcmp(article, "a new") ? "" : "new ", names ? names : "?");
}

/*
 * Unshare
 */

static bool kernel_has(const struct cg_ns *ns)
{

	return faccessat(AT_FDCWD, cg_proc_name("/proc/self/ns/%s", ns->name).text, F_OK,
			 AT_SYMLINK_NOFOLLOW) == 0 ||
	       errno != ENOENT;
}

/* Reads a small file of /proc/sys as a number; -1 if it cannot be. */
static long read_sysctl(const char *name)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	long value;

	return cg_procfs_read(AT_FDCWD, name, &text) == 0 && sscanf(text.data, "%ld", &value) == 1
		       ? value
		       : -1;
}

static int explain_limit(int flags, struct cg_error *err)
{
	cleanup_list struct cg_list limits = { 0 };

	FOR_EACH_NS (ns, flags) {
		cg_list_add(&limits, ", ", "user.%s = %ld", ns->limit,
			    read_sysctl(cg_proc_name("/proc/sys/user/%s", ns->limit).text));
	}
	if (flags & (CLONE_NEWUSER | CLONE_NEWPID))
		cg_list_add(&limits, ", ", "or 32 of them are nested");
	if (!limits.text)
		return -err->errnum;
	return cg_error_hint(err,
			     "the limit of this user, or of an owner of the user namespaces "
			     "above, is reached: %s",
			     limits.text);
}

static int explain_new_user(struct cg_error *err)
{
	if (read_sysctl("/proc/sys/kernel/unprivileged_userns_clone") == 0)
		return cg_error_hint(err, "kernel.unprivileged_userns_clone is 0: "
					  "needs CAP_SYS_ADMIN");
	if (read_sysctl("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == 1)
		return cg_error_hint(err, "kernel.apparmor_restrict_unprivileged_userns is 1: only "
					  "programs with a profile that allows it may");
	if (cg_procfs_is_filtered())
		return cg_error_hint(err, CG_FILTER_MAY_REFUSE);
	return cg_error_hint(err, "the caller's ids must be mapped in its user namespace, and it "
				  "must not be in a chroot");
}

int cg_ns_explain_unshare(int errnum, int flags, struct cg_error *err)
{
	if (!err)
		return -errnum;
	set_subject(err, errnum, "make", "a new", flags);
	switch (errnum) {
	case EPERM:
		if (flags & CLONE_NEWUSER)
			return explain_new_user(err);
		return cg_privs_hint(err, CAP_SYS_ADMIN, -1, NULL);
	case ENOSPC:
	case EUSERS:
		return explain_limit(flags, err);
	case EINVAL:
		FOR_EACH_NS (ns, flags)
			if (!kernel_has(ns))
				return cg_error_hint(err, "this kernel has no %s namespaces",
						     ns->title);
		if (flags & CLONE_NEWCGROUP)
			return cg_error_hint(err,
					     "cgroup namespaces are in Linux 4.6 and later, built "
					     "with CONFIG_CGROUPS");
		break;
	}
	return -errnum;
}

/* What a child that tried something has ended with: an errno value, 0; EAGAIN: nothing is known. */
static int result_of(pid_t pid)
{
	int status;

	if (pid < 0)
		return EAGAIN;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return EAGAIN; /* the caller ignores SIGCHLD */
	return WIFEXITED(status) ? WEXITSTATUS(status) : EAGAIN;
}

bool cg_ns_can_unshare(int flags)
{
	pid_t pid = fork();

	if (pid == 0)
		_exit(unshare(flags) != 0 ? errno : 0);
	return result_of(pid) == 0;
}

int cg_ns_unshare(int flags, struct cg_error *err)
{
	if (unshare(flags) != 0)
		return cg_ns_explain_unshare(errno, flags, err);
	return 0;
}

int cg_ns_make_mounts_private(struct cg_error *err)
{
	struct statx root = { .stx_mask = 0 };
	int rc = cg_mounts_make_private();

	if (rc == 0)
		return 0;
	cg_error_set(err, -rc, "cannot make the mounts private");
	if (rc == -EINVAL && statx(AT_FDCWD, "/", 0, 0, &root) == 0 &&
	    root.stx_attributes_mask & STATX_ATTR_MOUNT_ROOT &&
	    !(root.stx_attributes & STATX_ATTR_MOUNT_ROOT))
		cg_error_hint(err, "the root directory is no mount point, as in a chroot");
	return rc;
}

int cg_ns_unshare_mounts(struct cg_error *err)
{
	int rc = cg_ns_unshare(CLONE_NEWNS, err);

	return rc < 0 ? rc : cg_ns_make_mounts_private(err);
}

/*
 * Enter
 */

int cg_ns_shared(int procdir, int flags)
{
	int shared = 0;
	char name[64];

	FOR_EACH_NS (ns, flags) {
		struct stat own, other;

		snprintf(name, sizeof(name), "/proc/self/ns/%s", ns->name);
		if (stat(name, &own) == 0 &&
		    fstatat(procdir, name + strlen("/proc/self/"), &other, 0) == 0 &&
		    own.st_dev == other.st_dev && own.st_ino == other.st_ino)
			shared |= ns->flag;
	}
	return shared;
}

bool cg_ns_is_own(int fd, int flag)
{
	const struct cg_ns *ns = by_flag(flag);
	struct stat own, other;

	return stat(cg_proc_name("/proc/self/ns/%s", ns->name).text, &own) == 0 &&
	       fstat(fd, &other) == 0 && own.st_dev == other.st_dev && own.st_ino == other.st_ino;
}

bool cg_ns_is_below_own(int fd, int flag)
{
	cleanup_fd int at = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	while (at >= 0 && !cg_ns_is_own(at, flag)) {
		int parent = ioctl(at, NS_GET_PARENT);

		close(at);
		at = parent;
	}
	return at >= 0;
}

int cg_ns_open_owner(int fd)
{
	int owner = ioctl(fd, NS_GET_USERNS); /* close-on-exec by itself (ioctl_ns(2)) */

	return owner >= 0 ? owner : -errno;
}

/*
 * What setns() of fd and then, unless it is -1, of next would say: asked in a
 * child, so that an explanation is never guessed. Returns an errno value or 0.
 */
static int try_enter(int fd, int flags, int next, int next_flags)
{
	pid_t pid = fork();

	if (pid == 0) {
		if (setns(fd, flags) != 0 || (next >= 0 && setns(next, next_flags) != 0))
			_exit(errno);
		_exit(0);
	}
	return result_of(pid);
}

/* Adds to the hint that -U would make it possible, where that is so. */
static void suggest_user(int nsfd, const struct cg_ns *ns, struct cg_error *err)
{
	cleanup_fd int owner = cg_ns_open_owner(nsfd);
	cleanup_free char *hint = NULL;

	if (owner < 0 || cg_ns_is_own(owner, CLONE_NEWUSER) ||
	    try_enter(owner, CLONE_NEWUSER, nsfd, ns->flag) != 0)
		return;
	hint = cg_steal_ptr(&err->hint);
	cg_error_hint(err, "%s%sentering its user namespace as well (-U) would be allowed",
		      hint ? hint : "", hint ? "; " : "");
}

/* err is filled but for the hint. with_user: the user namespace is entered too. */
static int explain_permission(int nsfd, const struct cg_ns *ns, bool with_user,
			      struct cg_error *err)
{
	char what[64];

	snprintf(what, sizeof(what), "the %s namespace", ns->title);
	if (ns->flag == CLONE_NEWNS && cg_privs_have(CAP_SYS_ADMIN) &&
	    !cg_privs_have(CAP_SYS_CHROOT))
		cg_privs_hint(err, CAP_SYS_CHROOT, -1, NULL);
	else
		cg_privs_hint(err, CAP_SYS_ADMIN, nsfd, what);
	if (!with_user && ns->flag != CLONE_NEWUSER)
		suggest_user(nsfd, ns, err);
	return -err->errnum;
}

static const char *type_name(int nsfd)
{
	int type = ioctl(nsfd, NS_GET_NSTYPE);
	const struct cg_ns *ns = type > 0 ? by_flag(type) : NULL;

	return ns ? ns->title : NULL;
}

static int explain_invalid(int nsfd, const struct cg_ns *ns, struct cg_error *err)
{
	const char *type = type_name(nsfd);

	if (!kernel_has(ns))
		return cg_error_hint(err, "this kernel has no %s namespaces", ns->title);
	if (!type)
		return cg_error_hint(err, "it is not a namespace file");
	if (strcmp(type, ns->title) != 0)
		return cg_error_hint(err, "it is a namespace of another type: %s", type);
	if (ns->flag == CLONE_NEWUSER && cg_ns_is_own(nsfd, CLONE_NEWUSER))
		return cg_error_hint(err, "the caller is in that user namespace already");
	if (ns->flag == CLONE_NEWPID)
		return cg_error_hint(err, "only the caller's own PID namespace and those below it "
					  "can be entered");
	return -err->errnum;
}

static int explain_enter(int nsfd, const struct cg_ns *ns, bool with_user, int errnum,
			 struct cg_error *err)
{
	if (!err)
		return -errnum;
	set_subject(err, errnum, "enter", "the", ns->flag);
	switch (errnum) {
	case EPERM:
		return explain_permission(nsfd, ns, with_user, err);
	case EINVAL:
		return explain_invalid(nsfd, ns, err);
	case ESRCH:
		return cg_error_hint(err, "the process has ended");
	}
	return -errnum;
}

int cg_ns_enter_fd(int fd, int flag, struct cg_error *err)
{
	int errnum;

	if (setns(fd, flag) == 0)
		return 0;
	errnum = errno;
	/* Being there already needs no privilege. */
	if (errnum == EPERM && cg_ns_is_own(fd, flag))
		return 0;
	return explain_enter(fd, by_flag(flag), false, errnum, err);
}

/* Returns the descriptor of a process's namespace, or a negative errno value with *err filled. */
static int open_namespace(int procdir, const struct cg_ns *ns, struct cg_error *err)
{
	int fd = cg_procfs_open_link(procdir, cg_proc_name("ns/%s", ns->name).text, O_RDONLY);
	int errnum = -fd;

	if (fd >= 0)
		return fd;
	set_subject(err, errnum, "open", "the", ns->flag);
	if (errnum == ESRCH || (errnum == ENOENT && kernel_has(ns)))
		return cg_error_hint(err, "the process has ended");
	if (errnum == ENOENT)
		return cg_error_hint(err, "this kernel has no %s namespaces", ns->title);
	if (errnum == EACCES || errnum == EPERM)
		return cg_error_hint(
			err, "the caller is not allowed to inspect the process: needs its user "
			     "and no fewer capabilities, or CAP_SYS_PTRACE in its user "
			     "namespace (ptrace(2))");
	return -errnum;
}

/* Which kind made setns(pidfd, flags) fail with errnum, in words. */
static int explain_process(int pidfd, int procdir, int flags, int errnum, struct cg_error *err)
{
	int with_user = flags & CLONE_NEWUSER;

	FOR_EACH_NS (ns, flags) {
		cleanup_fd int nsfd = open_namespace(procdir, ns, err);

		if (nsfd < 0)
			return nsfd;
		if (try_enter(pidfd, ns->flag | with_user, -1, 0) == errnum)
			return explain_enter(nsfd, ns, with_user, errnum, err);
	}
	return set_subject(err, errnum, "enter", "the", flags);
}

/*
 * One pass of entering one by one. A namespace that was entered is closed
 * (-1); one that needs privileges which are not there is left for a second
 * pass, inside the user namespace.
 */
static int enter_each(int *fds, int flags, bool last, struct cg_error *err)
{
	for (size_t i = 0; i < CG_ARRAY_SIZE(table); i++) {
		if (fds[i] < 0 || !(table[i].flag & flags))
			continue;
		if (setns(fds[i], table[i].flag) != 0) {
			if (errno == EPERM && !last)
				continue;
			return explain_enter(fds[i], &table[i], last, errno, err);
		}
		cg_cleanup_fd(&fds[i]);
	}
	return 0;
}

static int enter_one_by_one(int procdir, int flags, struct cg_error *err)
{
	int user = flags & CLONE_NEWUSER, others = flags & ~CLONE_NEWUSER;
	int fds[CG_ARRAY_SIZE(table)];
	int rc = 0;

	for (size_t i = 0; i < CG_ARRAY_SIZE(table); i++)
		fds[i] = -1;
	for (size_t i = 0; i < CG_ARRAY_SIZE(table) && rc >= 0; i++)
		if (table[i].flag & flags)
			rc = fds[i] = open_namespace(procdir, &table[i], err);
	if (rc >= 0)
		rc = enter_each(fds, others, !user, err);
	if (rc >= 0 && user)
		rc = enter_each(fds, user, true, err);
	if (rc >= 0 && user)
		rc = enter_each(fds, others, true, err);
	for (size_t i = 0; i < CG_ARRAY_SIZE(table); i++)
		cg_cleanup_fd(&fds[i]);
	return rc < 0 ? rc : 0;
}

int cg_ns_enter(int pidfd, int procdir, int flags, struct cg_error *err)
{
	int errnum;

	if (!flags || (pidfd >= 0 && setns(pidfd, flags) == 0))
		return 0;
	errnum = errno;
	/*
	 * EINVAL is also what a kernel says that takes no pidfd here, and ESRCH what
	 * it says of a process whose first thread has ended.
	 */
	if (pidfd < 0 || errnum == EINVAL || errnum == ESRCH)
		return enter_one_by_one(procdir, flags, err);
	if (errnum == EPERM && cg_ns_shared(procdir, flags) == flags && !(flags & CLONE_NEWNS))
		return 0;
	return explain_process(pidfd, procdir, flags, errnum, err);
}

/*
 * Id maps
 */

void cg_id_map_of_caller(struct cg_id_map *map, bool as_root)
{
	map->outer_uid = geteuid();
	map->outer_gid = getegid();
	map->uid = as_root ? 0 : map->outer_uid;
	map->gid = as_root ? 0 : map->outer_gid;
}

static int write_proc(const char *name, const char *text, struct cg_error *err)
{
	cleanup_fd int fd = open(name, O_WRONLY | O_CLOEXEC);

	if (fd < 0)
		return cg_error_set(err, errno, "cannot open %s", name);
	if (write(fd, text, strlen(text)) < 0)
		return cg_error_set(err, errno, "cannot write '%s' to %s", text, name);
	return 0;
}

int cg_id_map_write(const struct cg_id_map *map, struct cg_error *err)
{
	char uids[64], gids[64];
	int rc;

	snprintf(uids, sizeof(uids), "%u %u 1", map->uid, map->outer_uid);
	snprintf(gids, sizeof(gids), "%u %u 1", map->gid, map->outer_gid);
	rc = write_proc("/proc/self/uid_map", uids, err);
	if (rc == 0)
		rc = write_proc("/proc/self/setgroups", "deny", err);
	if (rc == 0)
		rc = write_proc("/proc/self/gid_map", gids, err);
	return rc;
}

int cg_id_map_inside(const char *text, unsigned int outer, unsigned int *inner)
{
	while (*text) {
		unsigned int first, from, count;
		int used = 0;

		if (sscanf(text, "%u %u %u%n", &first, &from, &count, &used) != 3 || !used)
			return -EBADMSG;
		if (outer >= from && outer - from < count) {
			*inner = first + (outer - from);
			return 0;
		}
		text += used;
		text += strspn(text, " \n");
	}
	return -ENOENT;
}
