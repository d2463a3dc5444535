/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "hierarchy.h"
#include "mountinfo.h"
#include "nsholder.h"
#include "path.h"
#include "procfs.h"
#include "syscalls.h"

#define PID_FS_MAGIC	 0x50494446 /* pidfds have an inode of their own from Linux 6.9 */
#define LOWEST_PID_TRIES 8

/* ---- parsing ---- */

static int explain_forms(const char *text, struct cg_error *err)
{
	cg_error_set(err, 0, "'%s' names no process and no cgroup namespace", text);
	return cg_error_hint(err, "use self, PID, PID:PIDFD_INODE, a namespace file such as "
				  "/proc/PID/ns/cgroup, cgroup:[INODE], INODE, or cgroup:/PATH");
}

/* Reads decimal digits. Returns where they end, or NULL if there are none or too many. */
static const char *parse_number(const char *text, uint64_t *number)
{
	const char *at = text;

	for (*number = 0; *at >= '0' && *at <= '9'; at++) {
		unsigned int digit = (unsigned int)(*at - '0');

		if (*number > (UINT64_MAX - digit) / 10)
			return NULL;
		*number = *number * 10 + digit;
	}
	return at == text ? NULL : at;
}

static int parse_digits(const char *text, struct cg_target_spec *spec, struct cg_error *err)
{
	uint64_t number;
	const char *end = parse_number(text, &number);

	if (!end || number == 0)
		return explain_forms(text, err);
	if (*end == '\0' && number > CG_PID_MAX) {
		spec->form = CG_TARGET_INODE;
		spec->ns_inode = number;
		return 0;
	}
	if (number > CG_PID_MAX)
		return explain_forms(text, err);
	spec->form = CG_TARGET_PID;
	spec->pid = (pid_t)number;
	if (*end == '\0')
		return 0;
	if (*end == ':')
		end = parse_number(end + 1, &spec->pidfd_inode);
	else
		end = NULL;
	return end && *end == '\0' && spec->pidfd_inode ? 0 : explain_forms(text, err);
}

int cg_target_parse(const char *text, struct cg_target_spec *spec, struct cg_error *err)
{
	const char *end;

	*spec = (struct cg_target_spec){ .form = CG_TARGET_SELF };
	if (strcmp(text, "self") == 0)
		return 0;
	if (*text >= '0' && *text <= '9')
		return parse_digits(text, spec, err);
	if (strncmp(text, "cgroup:[", 8) == 0) {
		end = parse_number(text + 8, &spec->ns_inode);
		spec->form = CG_TARGET_INODE;
		return end && strcmp(end, "]") == 0 && spec->ns_inode ? 0
								      : explain_forms(text, err);
	}
	if (strncmp(text, "cgroup:/", 8) == 0) {
		spec->form = CG_TARGET_CGROUP;
		spec->file = text + strlen("cgroup:");
		return 0;
	}
	if (strchr(text, '/')) {
		spec->form = CG_TARGET_FILE;
		spec->file = text;
		return 0;
	}
	return explain_forms(text, err);
}

/* ---- processes ---- */

int cg_target_alive(const struct cg_target *target)
{
	if (target->pidfd < 0 || cg_pidfd_send_signal(target->pidfd, 0) == 0 || errno == EPERM)
		return 0;
	return -errno;
}

static int check_pidfd_inode(const struct cg_target *target, uint64_t inode, struct cg_error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(target->pidfd, &fs) < 0 || fstat(target->pidfd, &st) < 0)
		return cg_error_set(err, errno, "cannot examine the pidfd of %d", target->pid);
	if (fs.f_type != PID_FS_MAGIC) {
		cg_error_set(err, EOPNOTSUPP, "cannot tell whether %s is still that process",
			     target->text);
		return cg_error_hint(err,
				     "pidfds have an inode of their own from Linux 6.9 on; "
				     "leave ':%" PRIu64 "' out",
				     inode);
	}
	if (st.st_ino != inode) {
		cg_error_set(err, ESTALE, "process %d is not the one of %s", target->pid,
			     target->text);
		return cg_error_hint(err, "its PID was used again: its pidfd has inode %llu",
				     (unsigned long long)st.st_ino);
	}
	return 0;
}

/* Takes a namespace's descriptor into the target. */
static int keep_namespace(struct cg_target *target, int *fd)
{
	struct stat st;

	if (fstat(*fd, &st) < 0)
		return -errno;
	target->ns_device = st.st_dev;
	target->ns_inode = st.st_ino;
	target->nsfd = cg_steal_fd(fd);
	return 0;
}

static void take_namespace(struct cg_target *target)
{
	cleanup_fd int fd = ioctl(target->pidfd, PIDFD_GET_CGROUP_NAMESPACE, 0);

	if (fd < 0)
		fd = openat(target->procdir, "ns/cgroup", O_RDONLY | O_CLOEXEC);
	target->ns_errno = fd < 0 ? errno : -keep_namespace(target, &fd);
}

static int explain_pid(const struct cg_target *target, int errnum, struct cg_error *err)
{
	char name[64];

	cg_error_set(err, errnum, "cannot hold process %d", target->pid);
	snprintf(name, sizeof(name), "/proc/%d", target->pid);
	if (errnum == ENOSYS)
		cg_error_hint(err, "pidfd_open(2) needs Linux 5.3");
	else if (errnum != ESRCH && access(name, F_OK) == 0)
		cg_error_hint(err,
			      "it is a thread: name its process, or "
			      "/proc/PID/task/%d/ns/cgroup for its namespace",
			      target->pid);
	return -errnum;
}

/*
 * The order matters: the pidfd first, then /proc/PID, then a look whether the
 * process is still there. Its PID cannot have been used again before that.
 */
static int hold_process(struct cg_target *target, uint64_t pidfd_inode, struct cg_error *err)
{
	char name[64];
	int rc;

	target->pidfd = cg_pidfd_open(target->pid, 0);
	if (target->pidfd < 0)
		return explain_pid(target, errno, err);
	rc = pidfd_inode ? check_pidfd_inode(target, pidfd_inode, err) : 0;
	if (rc < 0)
		return rc;
	snprintf(name, sizeof(name), "/proc/%d", target->pid);
	target->procdir = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = target->procdir < 0 ? -errno : 0;
	if (cg_target_alive(target) < 0)
		return cg_error_set(err, ESRCH, "process %d has ended", target->pid);
	if (rc < 0) {
		cg_error_set(err, -rc, "cannot open %s", name);
		return cg_error_hint(err, "/proc may be mounted with hidepid, or belong to another "
					  "PID namespace");
	}
	take_namespace(target);
	if (cg_target_alive(target) < 0)
		return cg_error_set(err, ESRCH, "process %d has ended", target->pid);
	return 0;
}

/* ---- namespaces ---- */

/* What a file is, for the message about one that is no cgroup namespace. */
static int explain_file(const char *file, int fd, struct cg_error *err)
{
	struct statfs fs;
	struct stat st;

	cg_error_set(err, EMEDIUMTYPE, "%s is no cgroup namespace", file);
	if (fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC)
		cg_error_hint(err, "it is a namespace of another type; use /proc/PID/ns/cgroup");
	else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		cg_error_hint(err, "it is a directory; a cgroup is named cgroup:/PATH");
	else
		cg_error_hint(err, "it is an ordinary file; is the namespace's bind mount gone?");
	return -EMEDIUMTYPE;
}

static bool is_cgroup_namespace(int fd)
{
	struct statfs fs;

	return fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC &&
	       ioctl(fd, NS_GET_NSTYPE) == CLONE_NEWCGROUP;
}

/* Opens with O_PATH first: opening a device or a FIFO by mistake would have effects. */
static int open_file(struct cg_target *target, const char *file, struct cg_error *err)
{
	cleanup_fd int path = open(file, O_PATH | O_CLOEXEC);
	cleanup_fd int fd = -1;
	struct statfs fs;
	char name[64];
	int rc;

	if (path < 0)
		return cg_error_set(err, errno, "cannot open %s", file);
	if (fstatfs(path, &fs) < 0 || fs.f_type != NSFS_MAGIC)
		return explain_file(file, path, err);
	snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
	fd = open(name, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return cg_error_set(err, errno, "cannot open %s", file);
	if (!is_cgroup_namespace(fd))
		return explain_file(file, fd, err);
	rc = keep_namespace(target, &fd);
	return rc < 0 ? cg_error_set(err, -rc, "cannot examine %s", file) : 0;
}

/* A search through what holds namespaces, for the one with that inode. */
struct search {
	struct cg_target *target;
	uint64_t inode;
};

static int keep_if_wanted(const struct cg_holder *holder, void *data)
{
	struct search *search = data;
	cleanup_fd int fd = -1;
	int rc;

	if (holder->inode != search->inode)
		return 0;
	rc = cg_holder_open(holder, &fd);
	if (rc < 0)
		return cg_only_shortage(rc);
	rc = keep_namespace(search->target, &fd);
	if (rc < 0)
		return rc;
	search->target->member = holder->kind == CG_HOLDER_PROCESS ? holder->pid : 0;
	return 1;
}

static int open_inode(struct cg_target *target, uint64_t inode, struct cg_error *err)
{
	struct search search = { target, inode };
	size_t hidden = 0;
	int rc = cg_holders_walk(CG_HOLDER_ANY, keep_if_wanted, &search, &hidden);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot search for cgroup:[%" PRIu64 "]", inode);
	if (rc > 0)
		return 0;
	cg_error_set(err, ENOENT, "no cgroup namespace with inode %" PRIu64, inode);
	if (hidden)
		return cg_error_hint(
			err, "%zu processes could not be searched for lack of privileges", hidden);
	return cg_error_hint(err, "nothing holds it; cgns-ls --deep lists those there are");
}

/* ---- cgroups ---- */

/* The lowest PID in an open cgroup.procs; PIDs of other PID namespaces read 0. */
static pid_t lowest_pid(const char *text)
{
	pid_t lowest = 0;

	for (const char *at = text; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		pid_t pid = (pid_t)strtol(at, NULL, 10);

		if (pid > 0 && (lowest == 0 || pid < lowest))
			lowest = pid;
	}
	return lowest;
}

static int read_lowest_pid(int dirfd, const char *path, pid_t *pid, struct cg_error *err)
{
	cleanup_with(cg_text_free) struct cg_text text = CG_TEXT_INIT;
	int rc = cg_procfs_read(dirfd, "cgroup.procs", &text);

	if (rc < 0) {
		cg_error_set(err, -rc, "cannot read the processes of %s", path);
		if (rc == -EOPNOTSUPP)
			cg_error_hint(err, "it is a threaded cgroup; name the cgroup at the top of "
					   "the threaded ones");
		return rc;
	}
	*pid = lowest_pid(text.data);
	if (*pid == 0) {
		cg_error_set(err, ESRCH, "no process in cgroup %s", path);
		return cg_error_hint(err, "processes of other PID namespaces cannot be named");
	}
	return 0;
}

/* Holds the process and makes sure that it had not left the cgroup before it was held. */
static int hold_member(struct cg_target *target, const struct cg_hierarchy *hierarchy,
		       const char *path, struct cg_error *err)
{
	cleanup_memberships struct cg_memberships memberships = CG_MEMBERSHIPS_INIT;
	const char *seen;
	int rc = hold_process(target, 0, err);

	if (rc < 0)
		return rc == -ESRCH ? -EAGAIN : rc;
	rc = cg_memberships_read(target->procdir, "cgroup", &memberships);
	seen = rc < 0 ? NULL : cg_memberships_path(&memberships, hierarchy->controllers);
	return seen && strcmp(seen, path) == 0 ? 0 : -EAGAIN;
}

static void release_process(struct cg_target *target)
{
	char *text = cg_steal_ptr(&target->text);

	cg_target_close(target);
	target->text = text;
}

static int open_cgroup(struct cg_target *target, const char *name, struct cg_error *err)
{
	cleanup_hierarchies struct cg_hierarchies hierarchies = CG_HIERARCHIES_INIT;
	cleanup_mounts struct cg_mounts mounts = CG_MOUNTS_INIT;
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_free char *path = NULL;
	const struct cg_hierarchy *hierarchy;
	int rc = cg_mounts_read_own(AT_FDCWD, &mounts);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/self/mountinfo");
	rc = cg_hierarchies_read(&hierarchies, err);
	hierarchy = rc < 0 ? NULL : cg_hierarchy_default(&hierarchies, err);
	if (!hierarchy)
		return rc < 0 ? rc : -EINVAL;
	rc = cg_path_normalize(name, &path);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot use the path %s", name);
	rc = cg_mounts_find_directory(&mounts, AT_FDCWD, hierarchy->controllers, path, &directory,
				      err);
	for (int tries = 0; rc == 0 && tries < LOWEST_PID_TRIES; tries++) {
		rc = read_lowest_pid(directory.fd, path, &target->pid, err);
		if (rc == 0)
			rc = hold_member(target, hierarchy, path, err);
		if (rc != -EAGAIN)
			return rc;
		release_process(target);
		rc = 0;
	}
	if (rc < 0)
		return rc;
	return cg_error_set(err, EAGAIN, "the processes of %s come and go too fast to hold one",
			    path);
}

/* ---- all together ---- */

int cg_target_open(const char *text, struct cg_target *target, struct cg_error *err)
{
	struct cg_target_spec spec;
	int rc = cg_target_parse(text, &spec, err);

	*target = (struct cg_target)CG_TARGET_INIT;
	if (rc < 0)
		return rc;
	target->text = strdup(text);
	if (!target->text)
		return cg_error_set(err, ENOMEM, "cannot open %s", text);
	switch (spec.form) {
	case CG_TARGET_SELF:
		target->pid = getpid();
		rc = hold_process(target, 0, err);
		break;
	case CG_TARGET_PID:
		target->pid = spec.pid;
		rc = hold_process(target, spec.pidfd_inode, err);
		break;
	case CG_TARGET_FILE:
		rc = open_file(target, spec.file, err);
		break;
	case CG_TARGET_INODE:
		rc = open_inode(target, spec.ns_inode, err);
		break;
	case CG_TARGET_CGROUP:
		rc = open_cgroup(target, spec.file, err);
		break;
	}
	if (rc < 0)
		cg_target_close(target);
	return rc;
}

int cg_target_need_namespace(const struct cg_target *target, struct cg_error *err)
{
	if (target->nsfd >= 0)
		return 0;
	cg_error_set(err, target->ns_errno, "cannot open the cgroup namespace of %s", target->text);
	switch (target->ns_errno) {
	case ENOENT:
	case ESRCH:
		cg_error_hint(err, "the process is a zombie: it has left its namespaces, or the "
				   "kernel has no cgroup namespaces (Linux 4.6)");
		break;
	case EACCES:
	case EPERM:
		cg_error_hint(err, "looking into a process needs ptrace access to it: its user, or "
				   "CAP_SYS_PTRACE in its user namespace");
		break;
	default:
		break;
	}
	return -target->ns_errno;
}

bool cg_target_same_namespace(const struct cg_target *a, const struct cg_target *b)
{
	return a->nsfd >= 0 && b->nsfd >= 0 && a->ns_device == b->ns_device &&
	       a->ns_inode == b->ns_inode;
}

void cg_target_close(struct cg_target *target)
{
	free(target->text);
	cg_cleanup_fd(&target->pidfd);
	cg_cleanup_fd(&target->procdir);
	cg_cleanup_fd(&target->nsfd);
	*target = (struct cg_target)CG_TARGET_INIT;
}
