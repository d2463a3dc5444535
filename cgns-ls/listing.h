/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What there is to say: a row for each namespace and hierarchy that is shown,
 * with what is wrong with it.
 */
#ifndef LS_LISTING_H
#define LS_LISTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "error.h"
#include "hierarchy.h"
#include "mounts.h"
#include "nsscan/nsscan.h"
#include "owner.h"
#include "target.h"

/* In the order in which they are printed. */
enum ls_state {
	LS_OUTSIDE_ROOT = 1 << 0, /* some member is outside the root */
	LS_REMOVED = 1 << 1,	  /* the root cgroup is gone */
	LS_MOUNT = 1 << 2,	  /* what is mounted is not what the namespace would show */
	LS_PINNED = 1 << 3,	  /* no process is in it */
	LS_HIDDEN = 1 << 4,	  /* the caller is not allowed to inspect, or could not find out */
	LS_OK = 1 << 5,		  /* only in a selection: none of them */
};

/*
 * Adds the bits of the states in a list like "outside,mount".
 * Returns 0 or -EINVAL with *err saying which there are.
 */
int ls_states_parse(const char *list, unsigned int *states, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/* "outside,mount" or "ok"; freed by the caller; NULL if memory is short. */
char *ls_state_text(unsigned int states) CG_MUST_CHECK;

/* What a run needs to know; what is not asked for is not looked at. */
struct ls_needs {
	unsigned int details; /* CG_NSSCAN_* */
	unsigned int holders; /* CG_HOLDER_* */
	bool process;	      /* the one that stands for the namespace */
	bool roots;
	bool mounts;
	bool initial_members; /* list those of the initial namespace */
};

/* What is known of a namespace in one hierarchy. */
struct ls_verdict {
	unsigned int states; /* LS_OUTSIDE_ROOT, LS_REMOVED, LS_MOUNT, LS_HIDDEN */
	char *mount_root;    /* of the process's cgroup mount in the caller's view, or NULL */
	char *mount_point;   /* where it is, or NULL */
	int mount_errnum;    /* why it is not known whether that is of a living cgroup, or 0 */
	char *anchor;	     /* names above the caller's root, where they were needed */
	/* the last answer of ls_own_view(): many members are in one cgroup */
	uint32_t seen_placement; /* or CG_NO_PLACEMENT */
	char *seen_view;
};

struct ls_row {
	struct ls_listing *listing;
	struct cg_namespace *ns;
	struct ls_verdict
		*verdicts;   /* one for each hierarchy; shared with the namespace's other rows */
	size_t hierarchy;    /* whose root is shown */
	size_t first, count; /* the hierarchies that the states speak of */
	unsigned int states; /* of enum ls_state; 0: ok */
	size_t outside;	     /* members that are, in any of these hierarchies */
	struct ls_row *first_child; /* ls_listing_nest(): namespaces rooted below this one */
	struct ls_row *next_sibling;
	bool nested;
};

/* One member of a row's namespace, looked at by itself. */
struct ls_member {
	struct ls_row *row;
	const struct cg_member *member;
	char *own; /* its own view; NULL: not known */
	bool outside;
	bool user_known;
	uid_t uid;
	pid_t ppid;    /* 0: not known, or none */
	char *command; /* NULL: not known */
};

struct ls_user_name {
	uid_t uid;
	char *name;
};

/* Why it is not known whether a mount is of a living cgroup, and one whose mount that is. */
struct ls_unseen {
	int errnum;
	pid_t pid;
};

struct ls_listing {
	struct ls_needs needs;
	struct cg_hierarchies hierarchies;
	struct cg_nsscan scan;
	struct cg_target *targets;
	size_t target_count;
	size_t hidden_targets; /* whose namespace the caller is not allowed to know */
	struct ls_row *rows;
	size_t count;
	size_t found; /* with those that were not selected, which are behind the others */
	struct ls_verdict *verdicts;
	size_t verdict_count;
	struct cg_member *hidden; /* who could not be examined */
	size_t hidden_count;
	size_t unexamined;	    /* of them those who may be members of what was asked for */
	pid_t unexamined_pid;	    /* one of them */
	struct ls_user_name *users; /* that were looked up */
	size_t user_count;
	struct ls_mounts mounts;
	struct ls_unseen *unseen; /* each reason once */
	size_t unseen_count;
};

#define LS_LISTING_INIT                                           \
	{                                                         \
		.scan = CG_NSSCAN_INIT, .mounts = LS_MOUNTS_INIT, \
	}

/*
 * Scans, and judges what was found.
 * @listing: LS_LISTING_INIT, but needs and targets
 * @hierarchy: as in --hierarchy, or NULL
 * Returns 0 or a negative errno value with *err filled.
 */
int ls_listing_make(struct ls_listing *listing, const char *hierarchy,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);
void ls_listing_free(struct ls_listing *listing);

/* Leaves only the rows that are in one of these states, in their order. */
void ls_listing_select(struct ls_listing *listing, unsigned int states) CG_NONNULL(1);

/*
 * Nests the rows: a child's root is below its parent's, with no other root
 * between them. Equal roots are siblings; the first of them has the children.
 */
void ls_listing_nest(struct ls_listing *listing) CG_NONNULL(1);

/*
 * Looks at member i of the row's namespace.
 * @details: CG_NSSCAN_PPID, USER, COMMAND as needed; @own: whether its own view is
 * Returns 0, -ESRCH if it has ended, or another negative errno value.
 */
int ls_member_look(struct ls_row *row, size_t i, unsigned int details, bool own,
		   struct ls_member *member) CG_MUST_CHECK CG_NONNULL(1, 5);
void ls_member_free(struct ls_member *member);

/* Whether members are listed: those of the initial namespace only if it was asked for. */
bool ls_lists_members(const struct ls_row *row) CG_NONNULL(1);

/*
 * Whether the member's path is known from others: it is the root and, behind it, its own
 * view; or all names of that, where it goes up to the top ("/../../x": "/x").
 */
bool ls_path_is_implied(const struct ls_row *row, const struct cg_member *member) CG_NONNULL(1, 2);

/* Whether member i is a kernel thread; those are in the initial namespace only. */
bool ls_member_is_kernel_thread(const struct ls_row *row, size_t i) CG_NONNULL(1);

#define cleanup_member cleanup_with(ls_member_free)

/*
 * The member's own view of its cgroup in hierarchy h; *own is NULL if that is
 * not known, and is freed by the caller. Returns 0 or a negative errno value.
 */
int ls_own_view(struct ls_row *row, const struct cg_member *member, size_t h,
		char **own) CG_MUST_CHECK CG_NONNULL(1, 2, 4);

/* The member that stands for the namespace, or NULL. */
const struct cg_member *ls_process(const struct ls_row *row) CG_NONNULL(1);

/* The row's root in hierarchy h, or NULL: not known, or removed. */
const char *ls_root(const struct ls_row *row, size_t h) CG_NONNULL(1);

/*
 * Whose cgroup the namespace's root is, or else that of its process: the first
 * hierarchy that tells. Returns whether any does.
 */
bool ls_owner(const struct ls_row *row, struct cg_owner *owner) CG_NONNULL(1, 2);

/*
 * The user's name, the listing's own; NULL if there is none, or no service of
 * names knows. Returns 0 or a negative errno value.
 */
int ls_user_name(struct ls_listing *listing, uid_t uid, const char **name) CG_MUST_CHECK
	CG_NONNULL(1, 3);

#endif
