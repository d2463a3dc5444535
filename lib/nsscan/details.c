/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What nsscan finds out once for each namespace. */
#include "nsscan/nsscan.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "index.h"
#include "syscalls.h"

#define PF_KTHREAD 0x00200000 /* include/linux/sched.h */

enum {
	PROGRAMS = 32, /* of the initial namespace that are asked for their age */
};

static int ask_owner(struct cg_namespace *ns, int nsfd)
{
	cleanup_fd int owner = ioctl(nsfd, NS_GET_USERNS);
	struct stat st;

	if (owner < 0 || fstat(owner, &st) < 0)
		return cg_only_shortage(-errno);
	ns->owner = st.st_ino;
	return 0;
}

/* Asks for what only an ioctl on a descriptor of the namespace tells (ioctl_ns(2)). */
static int ask_namespace(struct cg_namespace *ns, unsigned int what)
{
	cleanup_fd int nsfd = -1;
	int rc = cg_nsscan_open(ns, &nsfd);

	if (rc)
		return cg_only_shortage(rc);
	if (what & CG_NSSCAN_OWNER)
		rc = ask_owner(ns, nsfd);
	if (rc == 0 && what & CG_NSSCAN_NS_ID && ioctl(nsfd, NS_GET_ID, &ns->ns_id) < 0) {
		ns->ns_id = 0;
		rc = cg_only_shortage(-errno);
	}
	return rc;
}

/*
 * Whether a member is still where it was seen. Returns 0, -EACCES for one that
 * may no longer be looked at, or another negative errno value, -ESRCH for one
 * that has ended or went elsewhere, also if the PID was given away again.
 */
static int check_member(const struct cg_nsscan *scan, const struct cg_namespace *ns, pid_t tid)
{
	uint64_t inode = 0;
	int rc;

	rc = cg_procfs_ns_inode(scan->procfd, cg_proc_name("%d/ns/cgroup", tid).text, &inode);
	if (cg_procfs_refused(rc))
		return ns->inode ? -EACCES : 0;
	if (cg_procfs_has_ended(rc))
		return -ESRCH;
	return rc || inode == ns->inode || !ns->inode ? rc : -ESRCH;
}

/* Reads what is asked for of one member. Returns 0 or, if it has ended, a negative errno value. */
static int look_at_member(const struct cg_nsscan *scan, struct cg_namespace *ns,
			  const struct cg_member *member, unsigned int what)
{
	char name[32];
	struct cg_stat status;
	struct stat st;
	int rc = check_member(scan, ns, member->tid);

	if (rc)
		return rc;
	if (what & CG_NSSCAN_PPID) {
		rc = cg_procfs_stat(scan->procfd, cg_proc_name("%d/stat", member->tid).text,
				    &status);
		if (rc && !cg_procfs_refused(rc))
			return rc;
		ns->ppid = rc ? 0 : status.ppid;
	}
	snprintf(name, sizeof(name), "%d", member->tid);
	if (what & CG_NSSCAN_USER) {
		if (fstatat(scan->procfd, name, &st, 0) < 0)
			return -errno;
		ns->uid = st.st_uid;
		ns->user_known = true;
	}
	if (what & CG_NSSCAN_COMMAND) {
		free(cg_steal_ptr(&ns->command));
		rc = cg_procfs_command(scan->procfd, name, &ns->command);
		if (rc && !cg_procfs_refused(rc))
			return rc;
	}
	ns->pid = member->pid;
	ns->tid = member->tid;
	return 0;
}

/* Looks at the first member that still lives; without one ns->pid is 0. */
static int look_at_first_member(const struct cg_nsscan *scan, struct cg_namespace *ns,
				unsigned int what)
{
	ns->pid = 0;
	for (size_t i = 0; i < ns->member_count; i++) {
		int rc = look_at_member(scan, ns, &ns->members[i], what);

		if (!cg_procfs_has_ended(rc) && !cg_procfs_refused(rc))
			return rc;
	}
	return 0;
}

/* The hierarchies in which somebody has to be inside. */
struct range {
	size_t first;
	size_t count;
};

static bool is_inside(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		      const struct cg_member *member, const struct range *range)
{
	for (size_t h = range->first; h < range->first + range->count; h++)
		if (cg_nsscan_outside(scan, ns, member, h))
			return false;
	return true;
}

static bool is_asked(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		     const struct cg_member *member, bool outside)
{
	const struct range everywhere = { 0, scan->hierarchies->count };

	return !outside || (member->pid != ns->pid && !is_inside(scan, ns, member, &everywhere));
}

/*
 * Leaves out the members that have ended, went elsewhere, or may no longer be
 * looked at; with outside only of those outside a root.
 */
static int drop_departed(struct cg_nsscan *scan, struct cg_namespace *ns, bool outside)
{
	size_t kept = 0;

	for (size_t i = 0; i < ns->member_count; i++) {
		const struct cg_member *member = &ns->members[i];
		int rc = is_asked(scan, ns, member, outside) ? check_member(scan, ns, member->tid)
							     : 0;

		if (rc && !cg_procfs_has_ended(rc) && !cg_procfs_refused(rc))
			return rc;
		if (cg_procfs_refused(rc)) {
			scan->hidden++;
			scan->hidden_pid = member->pid;
		}
		if (rc == 0)
			ns->members[kept++] = *member;
	}
	ns->member_count = kept;
	return 0;
}

int cg_nsscan_drop_visitors(struct cg_nsscan *scan)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < scan->count; i++)
		if (scan->namespaces[i].inode != CG_INITIAL_NS_INODE)
			rc = drop_departed(scan, &scan->namespaces[i], true);
	return rc;
}

/*
 * Looks at the first member that still lives and, if it is not the first one
 * that was seen, makes sure of the others.
 *
 * A namespace may end during the pass, and the next one that is made gets its
 * inode number, the lowest that is free: what was seen of both is then taken
 * for one. But the old one has ended only when all who were seen in it have
 * left it, the first of them too. As long as that one is still there, all are
 * in the same namespace, and nobody has to be looked at again; else those who
 * are there now, between two looks at the first of them, are. (Who leaves a
 * namespace and by unshare(2) again and again gets the same number once more
 * is not noticed: that process tells no lies but of itself.)
 */
static int look_at_members(struct cg_nsscan *scan, struct cg_namespace *ns, unsigned int what)
{
	for (;;) {
		int rc = look_at_first_member(scan, ns, what);

		if (rc || !ns->member_count || ns->pid == ns->members[0].pid)
			return rc;
		if (!ns->inode || ns->inode == CG_INITIAL_NS_INODE) /* which do not end */
			return 0;
		rc = drop_departed(scan, ns, false);
		if (rc)
			return rc;
	}
}

int cg_nsscan_open(const struct cg_namespace *ns, int *nsfd)
{
	int rc = -ENOENT;

	*nsfd = -1;
	if (ns->pid) {
		struct cg_holder member = { .kind = CG_HOLDER_PROCESS,
					    .inode = ns->inode,
					    .pid = ns->tid };

		rc = cg_holder_open(&member, nsfd);
	}
	for (size_t i = 0;
	     rc && !cg_errno_is_shortage(-rc) && rc != -ETIMEDOUT && i < ns->holder_count; i++)
		rc = cg_holder_open(&ns->holders[i], nsfd);
	return rc;
}

static int fill_details(struct cg_nsscan *scan, struct cg_namespace *ns, unsigned int what)
{
	int rc = look_at_members(scan, ns, what);

	if (rc == 0 && ns->inode && what & (CG_NSSCAN_OWNER | CG_NSSCAN_NS_ID))
		rc = ask_namespace(ns, what);
	return rc;
}

static int by_first_member(const void *left, const void *right)
{
	const struct cg_namespace *a = left, *b = right;

	if (!a->inode != !b->inode)
		return a->inode ? -1 : 1;
	if (!a->member_count != !b->member_count)
		return a->member_count ? -1 : 1;
	if (a->member_count && a->members[0].pid != b->members[0].pid)
		return a->members[0].pid < b->members[0].pid ? -1 : 1;
	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

int cg_nsscan_details(struct cg_nsscan *scan, unsigned int what, struct cg_error *err)
{
	scan->what = what;
	for (size_t i = 0; i < scan->count; i++) {
		int rc = fill_details(scan, &scan->namespaces[i], what);

		if (rc)
			return cg_error_set(err, -rc, "cannot look at the members of namespace %ju",
					    (uintmax_t)scan->namespaces[i].inode);
	}
	cg_nsscan_drop_ended(scan);
	qsort(scan->namespaces, scan->count, sizeof(*scan->namespaces), by_first_member);
	return 0;
}

int cg_nsscan_next_member(struct cg_nsscan *scan, struct cg_namespace *ns)
{
	int rc = fill_details(scan, ns, scan->what);

	return rc || ns->pid ? rc : -ESRCH;
}

bool cg_nsscan_is_mixed(const struct cg_nsscan *scan)
{
	for (size_t i = 0; i < scan->count; i++) {
		const struct cg_namespace *ns = &scan->namespaces[i];

		for (size_t m = 1; ns->inode && m < ns->member_count; m++)
			if (ns->members[m].placement != ns->members[0].placement)
				return true;
	}
	return false;
}

/*
 * Of a kernel thread, or who has ended, the start time is not known. Returns whether it is, or what
 * ran short.
 */
static int read_start_time(const struct cg_nsscan *scan, struct cg_member *member)
{
	struct cg_stat status;
	int rc = cg_procfs_stat(scan->procfd, cg_proc_name("%d/stat", member->pid).text, &status);

	member->start_time = rc || status.flags & PF_KTHREAD ? 0 : status.start_time;
	return cg_only_shortage(rc) ?: member->start_time != 0;
}

static int read_start_times(const struct cg_nsscan *scan, struct cg_namespace *ns)
{
	int rc = 0;

	for (size_t i = 0; rc >= 0 && i < ns->member_count; i++)
		rc = read_start_time(scan, &ns->members[i]);
	return rc < 0 ? rc : 0;
}

/* Inside before outside, then the oldest, then by PID; NULL: no start time is known. */
static const struct cg_member *best_member(const struct cg_nsscan *scan,
					   const struct cg_namespace *ns, const struct range *range)
{
	const struct cg_member *best = NULL;
	bool best_inside = false;

	for (size_t i = 0; i < ns->member_count; i++) {
		const struct cg_member *member = &ns->members[i];
		bool inside;

		if (!member->start_time)
			continue;
		if (best && best_inside && member->start_time >= best->start_time)
			continue;
		inside = is_inside(scan, ns, member, range);
		if (best &&
		    (inside == best_inside ? member->start_time >= best->start_time : best_inside))
			continue;
		best = member;
		best_inside = inside;
	}
	return best;
}

/* Until one is found that still lives, or nobody is left. */
static int choose_member(const struct cg_nsscan *scan, struct cg_namespace *ns,
			 const struct range *range)
{
	for (;;) {
		const struct cg_member *best = best_member(scan, ns, range);
		int rc;

		if (!best || best->pid == ns->pid)
			return 0;
		rc = look_at_member(scan, ns, best, scan->what);
		if (!cg_procfs_has_ended(rc) && !cg_procfs_refused(rc))
			return rc;
		ns->members[best - ns->members].start_time = 0;
	}
}

bool cg_nsscan_is_kernel_thread(const struct cg_nsscan *scan, const struct cg_namespace *ns,
				const struct cg_member *member)
{
	struct cg_stat status;

	/* they never leave the initial namespace */
	return (!ns->inode || ns->inode == CG_INITIAL_NS_INODE) &&
	       cg_procfs_stat(scan->procfd, cg_proc_name("%d/stat", member->tid).text, &status) ==
		       0 &&
	       status.flags & PF_KTHREAD;
}

/*
 * Of the initial namespace: the first member, if that is PID 1. Where that one is
 * out of sight, the oldest of the first few that run a program: to ask all of them
 * takes as long as the scan. Without one the first stays.
 */
static int choose_program(const struct cg_nsscan *scan, struct cg_namespace *ns)
{
	const struct range everywhere = { 0, 0 };
	size_t programs = 0;

	for (size_t i = 0; ns->pid != 1 && i < ns->member_count && programs < PROGRAMS; i++) {
		int rc = read_start_time(scan, &ns->members[i]);

		if (rc < 0)
			return rc;
		programs += (size_t)rc;
	}
	return choose_member(scan, ns, &everywhere);
}

static int choose(const struct cg_nsscan *scan, struct cg_namespace *ns, const struct range *range)
{
	int rc;

	if (!ns->inode || ns->member_count < 2)
		return 0;
	if (ns->inode == CG_INITIAL_NS_INODE)
		return choose_program(scan, ns);
	rc = read_start_times(scan, ns);
	return rc ? rc : choose_member(scan, ns, range);
}

int cg_nsscan_choose(struct cg_nsscan *scan, size_t first, size_t count, struct cg_error *err)
{
	const struct range range = { first, count };

	for (size_t i = 0; i < scan->count; i++) {
		struct cg_namespace *ns = &scan->namespaces[i];
		int rc = choose(scan, ns, &range);

		if (rc)
			return cg_error_set(err, -rc, "cannot look at the members of namespace %ju",
					    (uintmax_t)ns->inode);
	}
	return 0;
}
