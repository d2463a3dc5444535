/* SPDX-License-Identifier: GPL-2.0-or-later */
/* columns - of the table of limits */
#ifndef CGNS_LIMITS_COLUMNS_H
#define CGNS_LIMITS_COLUMNS_H

#include <stdbool.h>

#include "error.h"
#include "options/options.h"

enum column {
	COLUMN_WHAT,
	COLUMN_LIMIT,
	COLUMN_VALUE,
	COLUMN_USED,
	COLUMN_CGROUP,
	COLUMN_SEEN,
	COLUMN_LEFT,
	COLUMN_LEFTCGROUP,
	COLUMN_DIR,
	COLUMN_HIERARCHY,
	COLUMN_CONTAINER,
	COLUMN_RAW,
	COLUMN_UNKNOWN,
	COLUMN_AT_MOST,
	COLUMN_COUNT,
};

extern const struct cg_column limit_columns[COLUMN_COUNT];

/*
 * Makes the selection; WHAT is among the default ones where there are several.
 * Returns 0 or a negative errno value with *err filled.
 */
int columns_choose(struct cg_shared_options *table, bool several,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

#endif
