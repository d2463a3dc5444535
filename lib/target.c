/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "target.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/magic.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "nsholder.h"
#include "number.h"
#include "owner.h"
#include "procfs.h"
#include "syscalls.h"

#define THREADS_LISTED 8	  /* in an error */
#define PID_FS_MAGIC   0x50494446 /* pidfds have an inode of their own from Linux 6.9 */

/* ---- parsing ---- */

int cg_target_explain(const char *text, const char *kind, const char *forms, struct cg_error *err)
{
	cleanup_free char *quoted = cg_quote(text);

	cg_error_set(err, 0, "'%s' is not a %s", text, kind);
	if (cg_owner_is_unit(text))
		return cg_error_hint(err, "a unit of systemd is named unit:%s", quoted ?: text);
	if (cg_owner_is_hex(text, CG_OWNER_DIGITS))
		return cg_error_hint(err, "a container is named container:%s", text);
	if (cg_starts_with(text, "cgroup:") && text[7] && !strchr(text, '[')) {
		cleanup_free char *path = cg_quote(text + 7);

		return cg_error_hint(err, "a cgroup is named by its whole path: cgroup:/%s",
				     path ?: text + 7);
	}
	return cg_error_hint(err, "use %s", forms);
}

/* A cgroup with its hierarchy, as a TARGET: what came from elsewhere in another form. */
static int hint_cgroup(const char *hierarchy, int len, const char *path, struct cg_error *err)
{
	cleanup_free char *name = cg_format("cgroup:%.*s:%s", len, hierarchy, path);
	cleanup_free char *quoted = name ? cg_quote(name) : NULL;

	return cg_error_hint(err, "the cgroup is named %s", quoted ?: "cgroup:/PATH");
}

static int explain_forms(const char *text, struct cg_error *err)
{
	/* a line of /proc/PID/cgroup (cgroups(7)) */
	const char *names = text + strspn(text, "0123456789") + (*text >= '0' && *text <= '9');
	const char *path = names > text && names[-1] == ':' ? strchr(names, ':') : NULL;

	if (path && path[1] == '/') {
		cg_error_set(err, 0, "'%s' is not a TARGET", text);
		return path > names ? hint_cgroup(names, (int)(path - names), path + 1, err)
				    : hint_cgroup("unified", 7, path + 1, err);
	}
	return cg_target_explain(text, "TARGET",
				 "self, PID, PID:PIDFD_INODE, /proc/PID, a namespace file, "
				 "cgroup:[INODE], INODE, cgroup:/PATH, cgroup:HIERARCHY:/PATH, "
				 "container:ID, pod:UID or unit:NAME",
				 err);
}

/* Where the decimal digits end that text begins with, or NULL if there are none or too many. */
static const char *parse_number(const char *text, uint64_t *number)
{
	return cg_number_take(&text, UINT64_MAX, number) < 0 ? NULL : text;
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

/* What stands after "cgroup:". */
static int parse_cgroup(const char *text, const char *rest, struct cg_target_spec *spec,
			struct cg_error *err)
{
	const char *end;

	if (*rest == '[') {
		end = parse_number(rest + 1, &spec->ns_inode);
		spec->form = CG_TARGET_INODE;
		return end && strcmp(end, "]") == 0 && spec->ns_inode ? 0
								      : explain_forms(text, err);
	}
	spec->form = CG_TARGET_CGROUP;
	spec->name = *rest == '/' ? rest : strstr(rest, ":/");
	if (!spec->name || *rest == ':')
		return explain_forms(text, err);
	if (*rest == '/')
		return 0;
	spec->hierarchy = rest;
	spec->hierarchy_len = (size_t)(spec->name - rest);
	spec->name++;
	return 0;
}

static const struct {
	const char *prefix;
	enum cg_target_form form;
} named_forms[] = {
	{ "container:", CG_TARGET_CONTAINER },
	{ "pod:", CG_TARGET_POD },
	{ "unit:", CG_TARGET_UNIT },
	/* as Kubernetes writes the id of a container */
	{ "docker://", CG_TARGET_CONTAINER },
	{ "containerd://", CG_TARGET_CONTAINER },
	{ "cri-o://", CG_TARGET_CONTAINER },
};

int cg_target_parse(const char *text, struct cg_target_spec *spec, struct cg_error *err)
{
	*spec = (struct cg_target_spec){ .form = CG_TARGET_SELF };
	if (strcmp(text, "self") == 0)
		return 0;
	if (*text >= '0' && *text <= '9')
		return parse_digits(text, spec, err);
	if (cg_starts_with(text, "cgroup:"))
		return parse_cgroup(text, text + strlen("cgroup:"), spec, err);
	for (size_t i = 0; i < CG_ARRAY_SIZE(named_forms); i++)
		if (cg_starts_with(text, named_forms[i].prefix)) {
			spec->form = named_forms[i].form;
			spec->name = text + strlen(named_forms[i].prefix);
			return *spec->name ? 0 : explain_forms(text, err);
		}
	if (strchr(text, '/')) {
		spec->form = CG_TARGET_FILE;
		spec->name = text;
		return 0;
	}
	return explain_forms(text, err);
}

bool cg_target_is_cgroup(const struct cg_target_spec *spec)
{
	return spec->form == CG_TARGET_CGROUP || spec->form == CG_TARGET_CONTAINER ||
	       spec->form == CG_TARGET_POD || spec->form == CG_TARGET_UNIT;
}

/* ---- processes ---- */

/* 0 while the process lives, -ESRCH afterwards, or why that cannot be told. */
static int ask_alive(const struct cg_target *target)
{
	cleanup_fd int procfd = -1;
	pid_t number;

	if (target->pidfd < 0) {
		if (target->procdir < 0 || faccessat(target->procdir, "stat", F_OK, 0) == 0)
			return 0;
		return errno == ENOENT ? -ESRCH : -errno;
	}
	if (cg_pidfd_send_signal(target->pidfd, 0) == 0)
		return 0;
	if (errno == ESRCH)
		return -ESRCH;
	/* EPERM is said of a living process, and by a filter of any */
	procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	number = procfd < 0 ? -errno : cg_procfs_number(procfd, target->pidfd);
	return number < 0 ? number : 0;
}

int cg_target_check_alive(const struct cg_target *target, struct cg_error *err)
{
	int rc = ask_alive(target);

	if (rc == -ESRCH)
		return cg_error_set(err, ESRCH, "the process of '%s' has ended", target->text);
	return rc < 0 ? cg_error_set(err, -rc, "cannot tell whether the process of '%s' lives",
				     target->text)
		      : 0;
}

static int check_pidfd_inode(const struct cg_target *target, uint64_t inode, struct cg_error *err)
{
	struct statfs fs;
	struct stat st;

	if (fstatfs(target->pidfd, &fs) < 0 || fstat(target->pidfd, &st) < 0)
		return cg_error_set(err, errno, "cannot examine the pidfd of %d", target->pid);
	if (fs.f_type != PID_FS_MAGIC) {
		cg_error_set(err, 0, "cannot tell whether %s is still that process", target->text);
		return cg_error_hint(err,
				     "pidfds have an inode of their own from Linux 6.9 on; "
				     "leave ':%" PRIu64 "' out",
				     inode);
	}
	if (st.st_ino != inode) {
		cg_error_set(err, 0, "process %d is not the one of %s", target->pid, target->text);
		cg_error_hint(err, "its PID was used again: its pidfd has inode %llu",
			      (unsigned long long)st.st_ino);
		return -ESTALE;
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

/* A living thread of a process whose first one has ended: its folder, and its namespace. */
struct thread {
	pid_t tid;
	int folder;
	int nsfd;
	struct stat st;
};

/* Opens the next living thread in a list of threads. Returns 1, 0 at the end, or -errno. */
static int next_thread(DIR *tasks, struct thread *thread)
{
	while ((thread->tid = cg_procfs_next(tasks)) > 0) {
		cleanup_fd int folder = -1, nsfd = -1;

		folder = openat(dirfd(tasks), cg_proc_name("%d", thread->tid).text,
				O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		nsfd = folder < 0 ? -errno : cg_procfs_open_link(folder, "ns/cgroup", O_RDONLY);
		if (cg_procfs_has_ended(nsfd))
			continue;
		if (nsfd < 0 || fstat(nsfd, &thread->st) < 0)
			return nsfd < 0 ? nsfd : -errno;
		thread->folder = cg_steal_fd(&folder);
		thread->nsfd = cg_steal_fd(&nsfd);
		return 1;
	}
	return thread->tid;
}

/* Takes the first living thread, if there is one; all have to be in one namespace. */
static void take_thread(struct cg_target *target)
{
	cleanup_dir DIR *tasks = NULL;
	struct thread thread;
	int rc = cg_opendir(target->procdir, "task", &tasks);
	bool any = false;

	while (rc == 0 && (rc = next_thread(tasks, &thread)) > 0) {
		cleanup_fd int folder = thread.folder, nsfd = thread.nsfd;

		rc = 0;
		if (!any) {
			any = true;
			cg_cleanup_fd(&target->procdir);
			target->procdir = cg_steal_fd(&folder);
			target->tid = target->pid ? thread.tid : 0;
			rc = keep_namespace(target, &nsfd);
		} else if (thread.st.st_dev != target->ns_device ||
			   thread.st.st_ino != target->ns_inode) {
			rc = -ENOTUNIQ;
		}
	}
	if (rc < 0) {
		cg_cleanup_fd(&target->nsfd);
		target->ns_device = 0;
		target->ns_inode = 0;
	}
	if (rc < 0 || any)
		target->ns_errno = -rc;
}

static void take_namespace(struct cg_target *target)
{
	cleanup_fd int fd = -1;

	target->tid = target->pid;
	if (target->pidfd >= 0)
		fd = ioctl(target->pidfd, PIDFD_GET_CGROUP_NAMESPACE, 0);
	if (fd < 0)
		fd = cg_procfs_open_link(target->procdir, "ns/cgroup", O_RDONLY);
	target->ns_errno = -(fd < 0 ? fd : keep_namespace(target, &fd));
	if (cg_procfs_has_ended(-target->ns_errno))
		take_thread(target);
}

/* Whether a number is a thread's and no process's, where /proc can tell. */
static bool is_thread(pid_t pid)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	cleanup_fd int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	const char *process = NULL;

	if (cg_procfs_is_own(procfd) == 1 &&
	    cg_procfs_read(procfd, cg_proc_name("%d/status", pid).text, &text) == 0)
		process = cg_text_find(text.data, "Tgid:\t");
	return process && strtol(process, NULL, 10) != pid;
}

static int explain_pid(const struct cg_target *target, int errnum, struct cg_error *err)
{
	if (errnum == ESRCH)
		return cg_error_set(err, errnum, "no process %d", target->pid);
	cg_error_set(err, errnum, "cannot open a pidfd of process %d", target->pid);
	if (errnum == ENOSYS)
		cg_error_hint(err, "pidfd_open(2) needs Linux 5.3, or is refused by a filter");
	else if (errnum == EPERM)
		cg_error_hint(err, "a seccomp filter refuses pidfd_open(2)");
	/* What the kernel says of a thread: EINVAL, from 6.9 on ENOENT. */
	else if ((errnum == EINVAL || errnum == ENOENT) && is_thread(target->pid))
		cg_error_hint(err,
			      "it is a thread: name its process, or "
			      "/proc/PID/task/%d/ns/cgroup for its namespace",
			      target->pid);
	return -errnum;
}

/* That /proc calls the process number, where the caller's PID namespace calls it target->pid. */
static int explain_number(const struct cg_target *target, pid_t number, struct cg_error *err)
{
	if (number == -ESRCH)
		return cg_error_set(err, ESRCH, "process %d has ended", target->pid);
	if (number < 0)
		return cg_error_set(err, -number, "cannot tell what /proc calls process %d",
				    target->pid);
	cg_error_set(err, 0, "/proc/%d is not process %d", target->pid, target->pid);
	if (number == 0)
		cg_error_hint(err, "/proc belongs to another PID namespace, which does not see it");
	else
		cg_error_hint(err,
			      "/proc belongs to another PID namespace: process %d is /proc/%d "
			      "there, and is named so",
			      target->pid, number);
	return -EINVAL;
}

/*
 * The order matters: the pidfd first, then /proc/PID, then a look whether the
 * process is still there. Its PID cannot have been used again before that.
 * The folder is that of the very process: /proc says what it calls the pidfd.
 * @is_named: the number was given by hand, and has to be the one of /proc, too;
 *            else it is of the caller's PID namespace, and replaced by that of /proc
 */
static int hold_process(struct cg_target *target, uint64_t pidfd_inode, bool is_named,
			struct cg_error *err)
{
	cleanup_fd int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	pid_t number;
	char name[64];
	int rc, errnum;

	if (procfd < 0)
		return cg_error_set(err, errno, "cannot open /proc");
	target->pidfd = cg_pidfd_open(target->pid, 0);
	if (target->pidfd < 0)
		return explain_pid(target, errno, err);
	rc = pidfd_inode ? check_pidfd_inode(target, pidfd_inode, err) : 0;
	if (rc < 0)
		return rc;
	number = cg_procfs_number(procfd, target->pidfd);
	if (number <= 0 || (is_named && number != target->pid))
		return explain_number(target, number, err);
	target->pid = number;
	snprintf(name, sizeof(name), "/proc/%d", number);
	target->procdir = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	errnum = target->procdir < 0 ? errno : 0;
	rc = cg_target_check_alive(target, err);
	if (rc < 0)
		return rc;
	if (errnum) {
		cg_error_set(err, errnum, "cannot open %s", name);
		if (errnum == ENOENT)
			cg_error_hint(err,
				      "/proc may be mounted with hidepid, or belong to another "
				      "PID namespace");
		return -errnum;
	}
	take_namespace(target);
	return cg_target_check_alive(target, err);
}

/* Fills in what the caller can call the process of a folder by. */
static int find_numbers(struct cg_target *target, pid_t number)
{
	cleanup_fd int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int above = openat(target->procdir, "..", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_with(cg_text_free) struct cg_text status = { 0 };
	struct stat proc, folder, top;
	pid_t called = 0;
	int rc;

	if (procfd < 0 || above < 0 || fstat(procfd, &proc) < 0 ||
	    fstat(target->procdir, &folder) < 0 || fstat(above, &top) < 0)
		return -errno;
	if (top.st_dev == folder.st_dev) {
		rc = cg_procfs_read(target->procdir, "status", &status);
		called = rc < 0 ? cg_only_shortage(rc)
				: cg_procfs_callers_number(above, status.data, number,
							   &target->pidfd);
		if (called < 0)
			return called;
	}
	if (proc.st_dev == folder.st_dev) {
		target->pid = number;
	} else if (target->pidfd >= 0) {
		called = cg_procfs_number(procfd, target->pidfd);
		if (called < 0)
			return called;
		target->pid = called;
	}
	return 0;
}

/*
 * A process by its folder in a procfs, which stays its own for ever, also where
 * the caller has no number for it.
 */
static int open_folder(struct cg_target *target, const char *file, struct cg_error *err)
{
	cleanup_fd int folder = open(file, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	const char *slash = strrchr(file, '/');
	struct statfs fs;
	struct cg_stat stat;
	int rc;

	if (folder < 0 || fstatfs(folder, &fs) < 0) {
		rc = cg_error_set(err, errno, "cannot open %s", file);
		if (rc == -ENOENT)
			cg_error_hint(err, "the process has ended, or is hidden: /proc may be "
					   "mounted with hidepid");
		return rc;
	}
	rc = fs.f_type == PROC_SUPER_MAGIC ? cg_procfs_stat(folder, "stat", &stat) : -EBADMSG;
	if (rc == -ESRCH || (rc == -ENOENT && cg_procfs_entry_pid(slash ? slash + 1 : file)))
		return cg_error_set(err, ESRCH, "the process of %s has ended", file);
	if (rc == -EBADMSG || rc == -ENOENT) {
		cg_error_set(err, 0, "%s is not a process's folder", file);
		return cg_error_hint(err, "a process is named by /proc/PID");
	}
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read %s/stat", file);
	target->procdir = cg_steal_fd(&folder);
	rc = find_numbers(target, stat.pid);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot hold the process of %s", file);
	take_namespace(target);
	return cg_target_check_alive(target, err);
}

/* ---- namespaces ---- */

/* Whether a file is in a cgroup filesystem: then the hint is how its cgroup is named. */
static bool hint_directory(int fd, struct cg_error *err)
{
	cleanup_hierarchies struct cg_hierarchies hierarchies = { 0 };
	cleanup_mounts struct cg_mounts mounts = { 0 };
	const struct cg_hierarchy *hierarchy;
	const struct cg_mount *mount = NULL;
	cleanup_free char *path = NULL;
	uint64_t id;

	if (cg_cgroup_version(fd) <= 0 || cg_hierarchies_read(&hierarchies, NULL) < 0 ||
	    cg_mounts_read_own(AT_FDCWD, &mounts) < 0 ||
	    cg_mounts_identify(&mounts, fd, &path, &mount, &id, NULL) < 0)
		return false;
	hierarchy = cg_hierarchy_of_mount(&hierarchies, mount);
	if (hierarchy)
		hint_cgroup(hierarchy->name, (int)strlen(hierarchy->name), path, err);
	return hierarchy;
}

/* What a file is, for the message about one that is no cgroup namespace. */
static int explain_file(const char *file, int fd, struct cg_error *err)
{
	struct statfs fs;
	struct stat st;

	cg_error_set(err, 0, "%s is not a cgroup namespace", file);
	if (hint_directory(fd, err))
		return -EMEDIUMTYPE;
	if (fstatfs(fd, &fs) == 0 && fs.f_type == NSFS_MAGIC)
		cg_error_hint(err, "it is a namespace of another type; use /proc/PID/ns/cgroup");
	else if (fstat(fd, &st) == 0 && S_ISDIR(st.st_mode))
		cg_error_hint(err, "it is a directory; a cgroup is named cgroup:/PATH");
	else
		cg_error_hint(err, "it is an ordinary file; is the namespace's bind mount gone?");
	return -EMEDIUMTYPE;
}

/* fs:DIR is a WHAT's form. */
static int explain_what(const char *text, struct cg_error *err)
{
	const char *file = text + strlen("fs:");
	cleanup_fd int fd = open(file, O_PATH | O_CLOEXEC);
	cleanup_free char *quoted = cg_quote(file);

	if (fd < 0)
		return explain_forms(text, err);
	cg_error_set(err, 0, "'%s' is not a TARGET", text);
	return hint_directory(fd, err) ? -EINVAL : cg_error_hint(err, "write %s", quoted ?: file);
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
	struct stat st;
	int rc;

	if (path < 0 && errno == ENOENT && cg_starts_with(file, "fs:"))
		return explain_what(file, err);
	if (path < 0)
		return cg_error_set(err, errno, "cannot open %s", file);
	if (faccessat(AT_FDCWD, "/proc/self", F_OK, 0) < 0)
		return cg_error_set(err, errno, "/proc does not show the caller");
	rc = fstatfs(path, &fs);
	if (rc == 0 && fs.f_type == PROC_SUPER_MAGIC &&
	    (fstat(path, &st) < 0 || S_ISDIR(st.st_mode)))
		return open_folder(target, file, err);
	if (rc < 0 || fs.f_type != NSFS_MAGIC)
		return explain_file(file, path, err);
	fd = open(cg_proc_name("/proc/self/fd/%d", path).text, O_RDONLY | O_CLOEXEC);
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
	int errnum; /* why what holds it could not be opened, or 0 */
};

static int keep_if_wanted(const struct cg_holder *holder, void *data)
{
	struct search *search = data;
	cleanup_fd int fd = -1;
	int rc;

	if (holder->inode != search->inode)
		return 0;
	rc = cg_holder_open(holder, &fd);
	if (cg_errno_is_shortage(-rc))
		return rc;
	if (rc < 0) {
		/* ESTALE: it holds something else by now */
		if (!cg_procfs_has_ended(rc) && rc != -ESTALE)
			search->errnum = -rc;
		return 0;
	}
	rc = keep_namespace(search->target, &fd);
	if (rc < 0)
		return rc;
	search->target->member = holder->kind == CG_HOLDER_PROCESS ? holder->pid : 0;
	return 1;
}

static int explain_unseen(uint64_t inode, const struct cg_holders_unseen *unseen,
			  struct cg_error *err)
{
	cleanup_free char *mounts = NULL;

	cg_error_set(err, 0, "cannot find cgroup:[%" PRIu64 "]", inode);
	if (unseen->crowded &&
	    !(mounts = cg_format("the mounts of PID %d were not searched: its mount namespace has "
				 "more than %d roots",
				 unseen->crowded_by, CG_HOLDER_ROOTS)))
		return -ENOMEM;
	if (unseen->hidden)
		cg_error_hint(err, "%zu process%s could not be searched for lack of privileges%s%s",
			      unseen->hidden, unseen->hidden == 1 ? "" : "es", mounts ? "; " : "",
			      mounts ?: "");
	else
		cg_error_hint(err, "%s", mounts);
	return -ENOENT;
}

static int open_inode(struct cg_target *target, uint64_t inode, struct cg_error *err)
{
	struct search search = { target, inode, 0 };
	struct cg_holders_unseen unseen;
	int rc = cg_holders_walk(CG_HOLDER_ANY, keep_if_wanted, &search, &unseen);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot search for cgroup:[%" PRIu64 "]", inode);
	if (rc > 0)
		return 0;
	if (search.errnum)
		return cg_error_set(err, search.errnum, "cannot open cgroup:[%" PRIu64 "]", inode);
	if (unseen.hidden || unseen.crowded)
		return explain_unseen(inode, &unseen, err);
	cg_error_set(err, ENOENT, "no cgroup namespace with inode %" PRIu64, inode);
	return cg_error_hint(err, "nothing holds it; cgns-ls --deep lists those there are");
}

/* ---- all together ---- */

static int begin(struct cg_target *target, const char *text, pid_t pid, struct cg_error *err)
{
	*target = (struct cg_target)CG_TARGET_INIT;
	target->pid = pid;
	target->text = strdup(text);
	return target->text ? 0 : cg_error_set(err, ENOMEM, "cannot open %s", text);
}

/* The result rc of opening, with nothing held if it failed. */
static int end(struct cg_target *target, int rc)
{
	if (rc < 0)
		cg_target_close(target);
	return rc;
}

int cg_target_open(const char *text, struct cg_target *target, struct cg_error *err)
{
	struct cg_target_spec spec;
	int rc = cg_target_parse(text, &spec, err);

	*target = (struct cg_target)CG_TARGET_INIT;
	if (rc == 0)
		rc = begin(target, text, spec.form == CG_TARGET_SELF ? getpid() : spec.pid, err);
	if (rc < 0)
		return rc;
	switch (spec.form) {
	case CG_TARGET_SELF:
		rc = hold_process(target, 0, false, err);
		break;
	case CG_TARGET_PID:
		rc = hold_process(target, spec.pidfd_inode, true, err);
		break;
	case CG_TARGET_FILE:
		rc = open_file(target, spec.name, err);
		break;
	case CG_TARGET_INODE:
		rc = open_inode(target, spec.ns_inode, err);
		break;
	default: /* a cgroup: select.h knows which of its processes is meant */
		rc = cg_error_set(err, EINVAL, "cannot open %s", text);
		break;
	}
	return end(target, rc);
}

int cg_target_open_folder(const char *file, struct cg_target *target, struct cg_error *err)
{
	return end(target, begin(target, file, 0, err) ?: open_folder(target, file, err));
}

int cg_target_hold(pid_t pid, const char *text, struct cg_target *target, struct cg_error *err)
{
	return end(target, begin(target, text, pid, err) ?: hold_process(target, 0, false, err));
}

/* Why a process that is there has no file of its namespace. */
static void explain_missing(const struct cg_target *target, struct cg_error *err)
{
	struct cg_stat stat;
	int rc = cg_procfs_stat(target->procdir, "stat", &stat);

	if (rc == 0 && cg_stat_is_zombie(&stat))
		cg_error_hint(err, "the process is a zombie: it has left its namespaces");
	else if (rc == 0 && faccessat(AT_FDCWD, "/proc/self/ns/cgroup", F_OK, 0) < 0)
		cg_error_hint(err, "the kernel has no cgroup namespaces (Linux 4.6)");
	else if (rc == -ENOENT && cg_target_check_alive(target, NULL) == 0)
		cg_error_hint(err, "/proc hides the process: it is mounted with hidepid");
}

int cg_target_threads(const struct cg_target *target, int (*visit)(const char *file, void *data),
		      void *data)
{
	cleanup_dir DIR *tasks = NULL;
	struct thread thread;
	/* the folder is that of a thread */
	int rc = cg_opendir(target->procdir, "..", &tasks);

	while (rc == 0 && (rc = next_thread(tasks, &thread)) > 0) {
		cleanup_free char *file = NULL;

		close(thread.folder);
		close(thread.nsfd);
		if (target->pid)
			file = cg_format("/proc/%d/task/%d/ns/cgroup", target->pid, thread.tid);
		else
			file = cg_format("%s/task/%d/ns/cgroup", target->text, thread.tid);
		rc = file ? visit(file, data) : -ENOMEM;
	}
	return rc;
}

/* The beginning of a list for a message. */
struct listed {
	struct cg_list list;
	size_t count;
};

static int list_file(const char *file, void *data)
{
	struct listed *listed = data;

	cg_list_add(&listed->list, ", ", "%s", file);
	return ++listed->count == THREADS_LISTED;
}

/* Names the files of the threads' namespaces. */
static int explain_threads(const struct cg_target *target, struct cg_error *err)
{
	struct listed listed = { 0 };
	int rc;

	cg_error_set(err, 0, "the threads of %s are in different cgroup namespaces", target->text);
	rc = cg_target_threads(target, list_file, &listed);
	if (rc >= 0 && listed.list.text)
		cg_error_hint(err, "name one: %s", listed.list.text);
	cg_list_free(&listed.list);
	return -EINVAL;
}

int cg_target_need_namespace(const struct cg_target *target, struct cg_error *err)
{
	if (target->nsfd >= 0)
		return 0;
	if (target->ns_errno == ENOTUNIQ)
		return explain_threads(target, err);
	cg_error_set(err, target->ns_errno, "cannot open the cgroup namespace of %s", target->text);
	switch (target->ns_errno) {
	case ENOENT:
	case ESRCH:
		explain_missing(target, err);
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
