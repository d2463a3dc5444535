/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list - a table, a row for each WHAT and hierarchy */
#ifndef CGNS_PATH_LIST_H
#define CGNS_PATH_LIST_H

#include "tally.h"
#include "world.h"

extern const struct cg_column list_columns[];
extern const size_t list_column_count;

/*
 * Prints the table.
 * @hierarchy: the only one, or NULL for all
 * A WHAT that fails is reported and counted, as by plain_print().
 */
int list_print(struct world *world, const struct cg_hierarchy *hierarchy, struct tally *tally,
	       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3);

#endif
