/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns, and what stands in each cell of them. */
#ifndef LS_COLUMNS_H
#define LS_COLUMNS_H

#include <stdbool.h>

#include "error.h"
#include "listing.h"
#include "options.h"
#include "table.h"

enum ls_column {
	LS_NS,
	LS_NPROCS,
	LS_PID,
	LS_USER,
	LS_STATE,
	LS_CONTAINER,
	LS_ROOT,
	LS_HOLDER,
	LS_OWN,
	LS_PATH,
	LS_POD,
	LS_UNIT,
	LS_OUTSIDE,
	LS_WHERE,
	LS_USERNS,
	LS_FILE,
	LS_UID,
	LS_PPID,
	LS_HIERARCHY,
	LS_MOUNTROOT,
	LS_NSID,
	LS_COMMAND,
	LS_COLUMN_COUNT,
};

/*
 * The columns as this run shows them: --deep adds HOLDER to the default ones,
 * --members OWN and PATH, --hierarchy all HIERARCHY; COMMAND stays the last.
 * The first one that is selected carries the tree.
 */
struct ls_columns {
	struct cg_column items[LS_COLUMN_COUNT];
	struct cg_selection selection;
	bool brief; /* PATH is left out where ROOT and OWN say it (ls_path_is_implied()) */
};

/* Returns 0 or a negative errno value with *err filled. */
int ls_columns_init(struct ls_columns *columns, const struct ls_options *options,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);
void ls_columns_free(struct ls_columns *columns);

/* For --list-columns. */
void ls_columns_list(void);

/*
 * Leaves out of the default columns of a text table CONTAINER, where no row has
 * one, and on a terminal PATH, where ROOT and OWN say all of it, and NPROCS above
 * the processes themselves.
 */
void ls_columns_adapt(struct ls_columns *columns, const struct ls_options *options,
		      const struct ls_listing *listing) CG_NONNULL(1, 2, 3);

#define cleanup_ls_columns cleanup_with(ls_columns_free)

bool ls_columns_have(const struct ls_columns *columns, enum ls_column column) CG_NONNULL(1);

/* Whether the column says something about a namespace, and about a member. */
bool ls_column_is_of_namespace(enum ls_column column);
bool ls_column_is_of_member(enum ls_column column);

struct ls_cell {
	const char
		*text; /* points into the listing, or is owned; NULL: not known, or there is none */
	char *owned;
	bool is_number;
};

void ls_cell_free(struct ls_cell *cell);

#define cleanup_cell cleanup_with(ls_cell_free)

/*
 * What stands in a cell of a namespace's row, or of its member's. The id of a
 * container is whole; for a table for people it is shortened by ls_shorten().
 * Returns 0 or a negative errno value.
 */
int ls_namespace_cell(const struct ls_row *row, enum ls_column column,
		      struct ls_cell *cell) CG_MUST_CHECK CG_NONNULL(1, 3);
int ls_member_cell(const struct ls_member *member, enum ls_column column,
		   struct ls_cell *cell) CG_MUST_CHECK CG_NONNULL(1, 3);

/* Makes the cell of a container as short as tables for people have it. */
int ls_shorten(const struct ls_row *row, enum ls_column column, struct ls_cell *cell) CG_MUST_CHECK
	CG_NONNULL(1, 3);

#endif
