/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsscan - every cgroup namespace and its members, in one pass over /proc
 *
 * The pass makes the fewest system calls that can answer: for each process
 * readlink ns/cgroup, and open, read, close of cgroup. The latter only where
 * they can matter: nobody is outside the initial namespace's root, so the
 * cgroups of its members are not read unless they are to be shown. Everything
 * else is found out once for each namespace, and only if asked for:
 *
 *	cg_nsscan_read()	namespaces, members, the members' cgroups
 *	cg_nsscan_holders()	also those that no process is in
 *	cg_nsscan_keep()	only some of them
 *	cg_nsscan_details()	the first member, owner, namespace id
 *	cg_nsscan_roots()	roots, in the caller's view, in every hierarchy
 *	cg_nsscan_choose()	the oldest member that is inside the root
 *
 * A process that ends meanwhile is as if it had ended before. One that the
 * caller may not look at is counted in the namespace with inode 0. Who was in
 * a namespace that ended during the pass is never taken for a member of one
 * that got its inode number. What is not known because the caller ran short
 * (cg_errno_is_shortage()) is an error.
 */
#ifndef CG_NSSCAN_H
#define CG_NSSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"
#include "hierarchy.h"
#include "nsholder.h"
#include "nsroot/nsroot.h"
#include "procfs.h"

/*
 * The cgroups, in every hierarchy, that one or more processes are in: most
 * processes share theirs with others, so it is parsed once for all of them.
 */
struct cg_placement {
	struct cg_memberships memberships;
	/*
	 * For each hierarchy, in their order: the cgroup in the caller's view;
	 * NULL: not known (4095 bytes or more, which the kernel cuts), or no line
	 */
	const char **paths;
};

#define CG_NO_PLACEMENT UINT32_MAX

struct cg_member {
	pid_t pid;
	pid_t tid; /* the thread whose files are read: pid, or where that has ended another */
	uint32_t placement;  /* index into placements, or CG_NO_PLACEMENT: not read */
	uint64_t start_time; /* cg_nsscan_choose(): clock ticks after boot; 0: not known */
};

struct cg_namespace {
	uint64_t inode;		   /* 0: stands for all that the caller may not see */
	struct cg_member *members; /* by rising PID */
	size_t member_count;
	struct cg_holder *holders; /* no processes; file is owned */
	size_t holder_count;

	/* cg_nsscan_details() */
	pid_t pid;	 /* the first member that still lives, 0 without one, or the chosen one */
	pid_t tid;	 /* its thread, as in cg_member */
	pid_t ppid;	 /* its parent */
	bool user_known; /* whether uid is known */
	uid_t uid;	 /* its effective user */
	char *command;	 /* its command line, or NULL */
	uint64_t owner;	 /* inode of the owning user namespace, 0: not known */
	uint64_t ns_id;	 /* the kernel's never reused id (Linux 6.18), 0: not known */

	/* cg_nsscan_roots(): one for each hierarchy; NULL before, and for inode 0 */
	struct cg_root *roots;
};

struct cg_nsscan {
	const struct cg_hierarchies *hierarchies;
	/* after cg_nsscan_details() by lowest PID, those without members by inode, inode 0 last */
	struct cg_namespace *namespaces;
	size_t count;
	struct cg_placement *placements;
	size_t placement_count;
	size_t hidden;			 /* processes that the caller may not look at */
	pid_t hidden_pid;		 /* the last of them */
	struct cg_holders_unseen unseen; /* by cg_nsscan_holders() */
	bool incomplete;		 /* /proc does not show every process (hidepid, proc(5)) */
	DIR *dir;			 /* /proc */
	int procfd;			 /* its descriptor, dir's own */
	/* private: */
	pid_t self;	   /* what /proc calls the caller */
	unsigned int what; /* of cg_nsscan_details() */
	struct cg_text text;
	struct cg_nsscan_index *index;
};

/* What cg_nsscan_details() is to find out; PID is always found. */
enum {
	CG_NSSCAN_PPID = 1 << 0,
	CG_NSSCAN_USER = 1 << 1,
	CG_NSSCAN_COMMAND = 1 << 2,
	CG_NSSCAN_OWNER = 1 << 3,
	CG_NSSCAN_NS_ID = 1 << 4,
};

/*
 * The pass over /proc.
 * @scan: CG_NSSCAN_INIT
 * @hierarchies: must outlive the scan
 * @every_cgroup: also read the cgroups of members of the initial namespace
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_nsscan_read(struct cg_nsscan *scan, const struct cg_hierarchies *hierarchies,
		   bool every_cgroup, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Adds what else holds namespaces, of the kinds asked for (nsholder.h), and
 * with it the namespaces that no process is in.
 */
int cg_nsscan_holders(struct cg_nsscan *scan, unsigned int kinds,
		      struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* Adds one holder that the caller knows of (a namespace file); file is copied. */
int cg_nsscan_add_holder(struct cg_nsscan *scan, const struct cg_holder *holder,
			 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* Drops the namespaces whose inode is not in the list of count inodes. */
void cg_nsscan_keep(struct cg_nsscan *scan, const uint64_t *inodes, size_t count) CG_NONNULL(1);

/*
 * Looks at the first member of each namespace that still lives; where that is
 * not the first that was seen, members that have left are dropped. A namespace
 * whose members have all ended, and that nothing else holds, is dropped.
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_nsscan_details(struct cg_nsscan *scan, unsigned int what, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Finds the roots of all, in batches: a namespace without members is opened
 * by way of its holders. A namespace that ended meanwhile is dropped, and a
 * member outside a root is one still.
 * To be called after cg_nsscan_details(), which is done again where the first
 * member of a namespace has ended meanwhile.
 */
int cg_nsscan_roots(struct cg_nsscan *scan, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Whether the members of some namespace are in different cgroups, so that only
 * the roots tell who of them is inside.
 */
bool cg_nsscan_is_mixed(const struct cg_nsscan *scan) CG_NONNULL(1);

/*
 * Makes ns->pid, and the details that go with it, the oldest member that is
 * not outside the root in any of count hierarchies from first on or, where all
 * are, the oldest. Of the initial namespace, which nobody is outside of, it is
 * PID 1 or, where that is out of sight, an old one that runs a program. To be
 * called after cg_nsscan_roots(), if that is called.
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_nsscan_choose(struct cg_nsscan *scan, size_t first, size_t count,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* Whether a member, also of those that nothing else is known of, is one of the kernel's own
 * threads. */
bool cg_nsscan_is_kernel_thread(const struct cg_nsscan *scan, const struct cg_namespace *ns,
				const struct cg_member *member) CG_NONNULL(1, 2, 3);

/*
 * Looks again for the first member that still lives, after the one that was
 * known has ended. Returns 0, -ESRCH if there is none, or another negative
 * errno value.
 */
int cg_nsscan_next_member(struct cg_nsscan *scan, struct cg_namespace *ns) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * Leaves out the members outside a root that have left meanwhile, as whoever
 * looks into a namespace does after a moment, cgns itself too. Part of
 * cg_nsscan_roots(). Returns 0 or a negative errno value.
 */
int cg_nsscan_drop_visitors(struct cg_nsscan *scan) CG_MUST_CHECK CG_NONNULL(1);

/* Opens a namespace by a member or a holder. Returns 0 or a negative errno value. */
int cg_nsscan_open(const struct cg_namespace *ns, int *nsfd) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * The cgroup of a member in hierarchy h (an index into hierarchies), in the
 * caller's view, or NULL: not known.
 */
const char *cg_nsscan_path(const struct cg_nsscan *scan, const struct cg_member *member, size_t h)
	CG_NONNULL(1, 2);

/*
 * Whether the member is known to be outside the root of its namespace in
 * hierarchy h. Both are views of the caller's; their leading ".." suffice to
 * tell, no names above the caller's root are needed.
 */
bool cg_nsscan_outside(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		       const struct cg_member *member, size_t h) CG_NONNULL(1, 2, 3);

/* Whether root a is an ancestor of, or the same as, path b; both views of one reader's. */
bool cg_nsscan_contains(const char *a, const char *b) CG_NONNULL(1, 2);

void cg_nsscan_free(struct cg_nsscan *scan);

#define CG_NSSCAN_INIT       \
	{                    \
		.procfd = -1 \
	}

#endif
