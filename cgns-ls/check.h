/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong, as values, and what to do about each. */
#ifndef LS_CHECK_H
#define LS_CHECK_H

#include <stddef.h>

#include "listing.h"

/* One thing that is wrong, in one or more hierarchies. Strings are owned; what is not known is
 * NULL. */
struct ls_problem {
	enum ls_state state;
	struct ls_row *row;
	size_t *hierarchies; /* indexes; none where it is the namespace's own */
	size_t hierarchy_count;
	pid_t *pids; /* the processes that it is about, in one cgroup */
	size_t pid_count;
	char *command;	  /* the kernel's name of the first of them */
	char *cgroup;	  /* that they are in, in the caller's view */
	char *own;	  /* the same in their own view */
	char *root;	  /* of the namespace, in the caller's view */
	char *mount_root; /* what is mounted instead, and where */
	char *mount_point;

	char *text; /* for the eye */
	char *fix;  /* to be pasted into a shell, or NULL */
	char *todo; /* what to do where there is no such line */
};

struct ls_problems {
	struct ls_problem *items;
	size_t count;
};

void ls_problems_free(struct ls_problems *problems);

#define cleanup_problems cleanup_with(ls_problems_free)

/*
 * Finds what is wrong in a row. What is true of several hierarchies is one
 * problem. Returns 0 or a negative errno value.
 */
int ls_check_row(struct ls_row *row, struct ls_problems *problems) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Prints the problems of all rows on standard output, two lines for each;
 * those of other states than these are marked as notes.
 */
int ls_check_print(struct ls_listing *listing, unsigned int states,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* Whether any row is in one of these states. */
bool ls_check_failed(const struct ls_listing *listing, unsigned int states) CG_NONNULL(1);

#endif
