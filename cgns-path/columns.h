/* SPDX-License-Identifier: GPL-2.0-or-later */
/* columns - of the table of cgns-path */
#ifndef CGNS_PATH_COLUMNS_H
#define CGNS_PATH_COLUMNS_H

#include "table.h"

enum {
	COLUMN_WHAT,
	COLUMN_HIERARCHY,
	COLUMN_PATH,
	COLUMN_OWN,
	COLUMN_ROOT,
	COLUMN_DIR,
	COLUMN_CGID,
	COLUMN_STATE,
	COLUMN_NS,
	COLUMN_PID,
	COLUMN_COMMAND,
	COLUMN_CONTAINER,
	COLUMN_POD,
	COLUMN_UNIT,
	COLUMN_HID,
	COLUMN_CONTROLLERS,
	COLUMN_COUNT,
};

extern const struct cg_column path_columns[COLUMN_COUNT];

#endif
