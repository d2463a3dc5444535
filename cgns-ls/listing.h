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
#include "mountinfo.h"
#include "nsscan.h"
#include "target.h"

/* In the order in which they are printed. */
enum ls_state {
	LS_OUTSIDE_ROOT = 1 << 0, /* some member is outside the root */
	LS_REMOVED = 1 << 1,	  /* the root cgroup is gone */
	LS_MOUNT = 1 << 2,	  /* what is mounted is not what the namespace would show */
	LS_PINNED = 1 << 3,	  /* no process is in it */
	LS_HIDDEN = 1 << 4,	  /* the caller may not look */
};

/* What a run needs to know; what is not asked for is not looked at. */
struct ls_needs {
	unsigned int details; /* CG_NSSCAN_* */
	unsigned int holders; /* CG_HOLDER_* */
	bool roots;
	bool cgroups; /* of every member, to show them */
	bool mounts;
	bool all_hierarchies;
};

struct ls_row {
	struct ls_listing *listing;
	struct cg_namespace *ns;
	size_t hierarchy;    /* index into hierarchies.items */
	bool whole;	     /* the row stands for all hierarchies: nothing is known of any */
	unsigned int states; /* of enum ls_state; 0: ok */
	size_t outside;	     /* members that are */
	char *mount_root;    /* of the first member's cgroup mount in the caller's view, or NULL */
	char *mount_point;   /* where it is, or NULL */
	char *anchor;	     /* names above the caller's root, where they were needed */
	struct ls_row *first_child; /* ls_listing_nest(): namespaces rooted below this one */
	struct ls_row *next_sibling;
	bool nested;
	uint32_t seen_placement; /* the placement of which seen_view is the view, or CG_NO_PLACEMENT
				  */
	char *seen_view;
};

/* One member of a row's namespace, looked at by itself. */
struct ls_member {
	struct ls_row *row;
	const struct cg_member *member;
	char *own; /* what it reads of itself; NULL: not known */
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

/* Processes that are alike in this see the same mounts. All bytes count. */
struct ls_sight {
	char mount_ns[32]; /* "mnt:[4026531841]" */
	uint64_t root_ino;
	uint32_t root_major;
	uint32_t root_minor;
};

struct ls_listing {
	struct ls_needs needs;
	struct cg_hierarchies hierarchies;
	struct cg_nsscan scan;
	struct cg_target *targets;
	size_t target_count;
	struct ls_row *rows;
	size_t count;
	struct ls_sight sight;	    /* of the process that was asked last, or zero */
	struct cg_mounts mounts;    /* that it sees */
	struct ls_user_name *users; /* that were looked up */
	size_t user_count;
};

/*
 * Scans, and judges what was found.
 * @listing: zeroed, but needs and targets
 * @hierarchy: as in --hierarchy, or NULL
 * Returns 0 or a negative errno value with *err filled.
 */
int ls_listing_make(struct ls_listing *listing, const char *hierarchy,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);
void ls_listing_free(struct ls_listing *listing);

/* "outside,mount" or "ok"; freed by the caller; NULL if memory is short. */
char *ls_state_text(unsigned int states) CG_MUST_CHECK;

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

#define cleanup_member cleanup_with(ls_member_free)

/*
 * What a member in that cgroup reads of itself; *own is NULL if that is not
 * known, and is freed by the caller. Returns 0 or a negative errno value.
 */
int ls_own_view(struct ls_row *row, const struct cg_member *member, char **own) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * The user's name, the listing's own; NULL if he has none, or no service of
 * names knows. Returns 0 or a negative errno value.
 */
int ls_user_name(struct ls_listing *listing, uid_t uid, const char **name) CG_MUST_CHECK
	CG_NONNULL(1, 3);

#endif
