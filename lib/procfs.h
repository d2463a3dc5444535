/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * procfs - readers of /proc/PID that survive a process ending
 *
 * Files are named by a directory descriptor and a name: /proc and
 * "1234/cgroup" in a scan, or /proc/1234 itself and "cgroup" where a process
 * is held (target.h): once opened, that directory never means another
 * process; reading it after the end gives ESRCH (proc(5)).
 *
 * Functions return 0 or a negative errno value. -ENOENT and -ESRCH mean that
 * the process has ended, -EACCES and -EPERM that the caller may not look.
 */
#ifndef CG_PROCFS_H
#define CG_PROCFS_H

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"

/* Files of proc(5) print paths into a buffer of PATH_MAX bytes: one so long may have been cut. */
#define CG_CUT_PATH_LENGTH 4095

/* A short name, of numbers and words, made where it is used: cg_proc_name("%d/stat", pid).text */
struct cg_proc_name {
	char text[80];
};

struct cg_proc_name cg_proc_name(const char *fmt, ...) CG_PRINTF(1, 2) CG_NONNULL(1);

/* A text buffer that grows and is used again from one read to the next. */
struct cg_text {
	char *data; /* data[len] is NUL */
	size_t len;
	size_t size;
};

void cg_text_free(struct cg_text *text);

/* Whether a seccomp filter is in force on the caller ("Seccomp:" in proc(5)): it may refuse any
 * call. */
bool cg_procfs_is_filtered(void);
#define CG_FILTER_MAY_REFUSE "a seccomp filter is in force on the caller, and may refuse it"

/*
 * Whether word stands in text as a word of its own, or each of several: both
 * are parted by any of the separators ("cpu,cpuacct" in "rw,cpuacct,cpu"). An
 * empty one stands nowhere.
 */
bool cg_has_word(const char *text, const char *separators, const char *word) CG_NONNULL(1, 2, 3);

/* What a reader's result means: the process has ended, or the caller may not look. */
static inline bool cg_procfs_has_ended(int rc)
{
	return rc == -ENOENT || rc == -ESRCH;
}

static inline bool cg_procfs_refused(int rc)
{
	return rc == -EACCES || rc == -EPERM;
}

/* For what may be passed over: 0 for such a result, every other as it is. */
static inline int cg_procfs_unless_unseen(int rc)
{
	return cg_procfs_has_ended(rc) || cg_procfs_refused(rc) ? 0 : rc;
}

/* What follows key at the beginning of the first line that has it ("NSpid:"); NULL without one. */
const char *cg_text_find(const char *text, const char *key) CG_NONNULL(1, 2);

/* Reads a whole file, however long. What text held before is replaced. */
int cg_procfs_read(int dirfd, const char *name, struct cg_text *text) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/* The same for a file that is one record, /proc/PID/cgroup for one: a single read will do. */
int cg_procfs_read_record(int dirfd, const char *name, struct cg_text *text) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/* The same for a file that is open, of one record or not; its descriptor stays the caller's. */
int cg_procfs_read_open(int fd, bool one_record, struct cg_text *text) CG_MUST_CHECK CG_NONNULL(3);

/* One line of /proc/PID/cgroup (cgroups(7)). */
struct cg_membership {
	unsigned int hierarchy_id;
	const char *controllers; /* "" for unified, "cpu,cpuacct", "name=systemd" */
	char *path; /* as the kernel printed it, a view of the reader's; NULL if it was cut */
};

/* A read /proc/PID/cgroup; the strings point into text. To be used again. */
struct cg_memberships {
	struct cg_text text;
	struct cg_membership *items;
	size_t count;
	size_t size;
};

/*
 * Splits the text in place: at the first two colons of a line only, for a
 * name may hold colons. Returns -EBADMSG for text that is not of that form.
 */
int cg_memberships_parse(struct cg_memberships *memberships) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Reads and parses. A path of 4095 bytes or more, which some kernels cut
 * without saying so, is NULL; others fail with ENAMETOOLONG for the whole file.
 */
int cg_memberships_read(int dirfd, const char *name,
			struct cg_memberships *memberships) CG_MUST_CHECK CG_NONNULL(2, 3);

/* The same of a file that is open, also again. -ESRCH: its process has ended. */
int cg_memberships_read_open(int fd, struct cg_memberships *memberships) CG_MUST_CHECK
	CG_NONNULL(2);

/*
 * The path in the hierarchy with these controllers (exact text). NULL with
 * errno ENOENT if there is no such hierarchy, ENAMETOOLONG if the path was cut.
 */
const char *cg_memberships_path(const struct cg_memberships *memberships, const char *controllers)
	CG_NONNULL(1, 2);

void cg_memberships_free(struct cg_memberships *memberships);

#define cleanup_memberships cleanup_with(cg_memberships_free)

/* The inode in a text like "cgroup:[4026531835]", or 0 for any other. */
uint64_t cg_procfs_parse_ns(const char *text) CG_NONNULL(1);

/*
 * Opens what a link in a process's folder leads to, as "ns/cgroup" or "1234/root". Needs ptrace
 * access (ptrace(2), PTRACE_MODE_READ_FSCREDS). Returns a descriptor or a negative errno value:
 * -EACCES only where that is refused (the kernel says so, too, of a process that ends while the
 * link is followed).
 */
int cg_procfs_open_link(int dirfd, const char *name, int flags) CG_MUST_CHECK CG_NONNULL(2);

/* Reads such a link. Returns 0 or a negative errno value, -EACCES as above. */
int cg_procfs_read_link(int dirfd, const char *name, char *text, size_t size) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/*
 * The inode in a link like that; name is "1234/ns/cgroup" or
 * "ns/cgroup". Needs ptrace access; -EACCES means as much as above.
 * -ENOENT also for a zombie.
 */
int cg_procfs_ns_inode(int dirfd, const char *name, uint64_t *inode) CG_MUST_CHECK CG_NONNULL(2, 3);

/* The inode of the initial cgroup namespace (include/linux/proc_ns.h). */
#define CG_INITIAL_NS_INODE 4026531835U

/* The cgroup namespace that the caller is in now. */
struct cg_own_namespace {
	dev_t device;
	uint64_t inode;
	bool initial;
};

/*
 * Looks at the caller's own cgroup namespace; needs no privilege.
 * @procfd: /proc, or AT_FDCWD: the procfs that is mounted on /proc
 * -ENOENT: /proc is no procfs, or the kernel has no cgroup namespaces (they
 * came with Linux 4.6). *own is zeroed on failure.
 */
int cg_procfs_own_namespace(int procfd, struct cg_own_namespace *own) CG_MUST_CHECK CG_NONNULL(2);

/*
 * Three numbers may be a process's: that of the caller's PID namespace, which
 * pidfd_open(2) and cgroup.procs speak of, that of /proc, which may belong to
 * another one, and that of its own. Only these know one from the other.
 */

/* What /proc calls the caller (the link /proc/self), or -errno: it does not show the caller. */
pid_t cg_procfs_self(int procfd);

/*
 * What /proc calls the process of a pidfd (Pid: in its fdinfo, pidfd_open(2)):
 * its number, 0 if /proc does not show it, -ESRCH if it has ended, or another
 * negative errno value. @procfd: /proc
 */
pid_t cg_procfs_number(int procfd, int pidfd);

/*
 * What the caller's PID namespace calls the process that a procfs calls number. Its status
 * says how it is called in which PID namespaces (NSpid:), and not which of them is the
 * caller's: each is tried, and proven by the fdinfo of that procfs.
 * @status: the text of its status file
 * @pidfd: set to one of the process where the caller has a number for it; or NULL
 * Returns the number, 0 if there is none, or what ran short.
 */
pid_t cg_procfs_callers_number(int procfd, const char *status, pid_t number,
			       int *pidfd) CG_MUST_CHECK CG_NONNULL(2);

/*
 * Opens the folder in /proc of the process that the caller's PID namespace calls pid, whatever
 * /proc calls it. Returns a descriptor (O_PATH), -ENOENT where /proc does not show it, or another
 * negative errno value.
 */
int cg_procfs_open(pid_t pid) CG_MUST_CHECK;

/*
 * Whether /proc is of the caller's own PID namespace, so that both have the
 * same numbers: NSpid: in /proc/self/status then has one number alone
 * (proc_pid_status(5)). Returns 1, 0, or a negative errno value.
 */
int cg_procfs_is_own(int procfd);

/* /proc/PID/stat, as far as it is needed (proc(5)). */
struct cg_stat {
	pid_t pid;
	char state; /* 'R', 'S', 'Z' ... */
	pid_t ppid;
	unsigned int flags;  /* PF_* of the kernel's include/linux/sched.h */
	char comm[64];	     /* the kernel's name, as is, up to 63 bytes */
	uint64_t start_time; /* clock ticks after boot */
};

/* Whether it has ended, and only waits to be reaped. */
static inline bool cg_stat_is_zombie(const struct cg_stat *stat)
{
	return stat->state == 'Z' || stat->state == 'X';
}

int cg_procfs_stat(int dirfd, const char *name, struct cg_stat *stat) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/*
 * The command line of the process in dir ("1234" below /proc, or "." below
 * /proc/1234) with spaces between arguments, or where there is none (kernel
 * thread, zombie) its comm. *command is freed by the caller.
 */
int cg_procfs_command(int dirfd, const char *dir, char **command) CG_MUST_CHECK CG_NONNULL(2, 3);

/*
 * A thread that stands for a process whose first one has ended while others live:
 * its own files are then a zombie's.
 * @dir: the process's folder, as above
 * @inode: out: its cgroup namespace, 0 where the caller may not look
 * Returns the first thread that is in a cgroup namespace, 0 if none is, or a
 * negative errno value.
 */
pid_t cg_procfs_living_thread(int procfd, const char *dir, uint64_t *inode) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/*
 * Whether a file that is open, by that name, is a process's folder in a procfs. With
 * hidepid nothing is found in one: then the name tells. Returns 1, 0, or what ran short.
 */
int cg_procfs_is_folder(int fd, const char *name) CG_MUST_CHECK CG_NONNULL(2);

/* The PID if name is a "1234"-like directory entry; else 0. */
pid_t cg_procfs_entry_pid(const char *name) CG_NONNULL(1);

/*
 * The number of the next process in /proc, or thread in /proc/PID/task. Returns 0 at the end,
 * also where the process has ended, or a negative errno value.
 */
pid_t cg_procfs_next(DIR *dir) CG_MUST_CHECK CG_NONNULL(1);

#endif
