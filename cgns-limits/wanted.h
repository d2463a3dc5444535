/* SPDX-License-Identifier: GPL-2.0-or-later */
/* wanted - which limits are looked at, and in which hierarchy and files */
#ifndef CGNS_LIMITS_WANTED_H
#define CGNS_LIMITS_WANTED_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "hierarchy.h"
#include "limits.h"

struct wanted {
	const struct cg_limit *limit;
	char *name;			      /* "hugetlb.2MB.max" */
	bool asked;			      /* by its name: there is always a row for it */
	const struct cg_hierarchy *hierarchy; /* that has the controller; NULL: none that is seen */
	const struct cg_limit_files *files;   /* of that hierarchy */

	/* the same with a size filled in; NULL where there is no such file */
	char *limit_file, *second_file, *used_file, *used_second_file;
};

struct wanted_list {
	struct wanted *items; /* in the order of rows */
	size_t count;
};

/*
 * Whether every name of a list "A,B" is a limit's that the kernel has. Returns 0 or a
 * negative errno value with *err filled.
 */
int wanted_check(const char *list, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Chooses.
 * @list: of --limits, checked, or NULL for all in the table
 * @on_request: with those that are shown on request only
 * @hierarchies: must outlive the list
 * @only: the hierarchy that was asked for, or NULL; a limit of the list that is not in there is
 *        an error
 * Returns 0 or a negative errno value with *err filled. *wanted is to be freed in either case.
 */
int wanted_choose(const char *list, bool on_request, const struct cg_hierarchies *hierarchies,
		  const struct cg_hierarchy *only, struct wanted_list *wanted,
		  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(3, 5);

void wanted_free(struct wanted_list *wanted);

#endif
