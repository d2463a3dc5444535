/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of the table. */
#include "columns.h"

#include "hierarchy.h"

#define TEXT(n, d, h, ...)                                         \
	{                                                          \
		.name = n, .help = h, .by_default = d, __VA_ARGS__ \
	}

const struct cg_column path_columns[COLUMN_COUNT] = {
	[COLUMN_WHAT] = TEXT("WHAT", true, "what was asked", .wrap = true),
	[COLUMN_HIERARCHY] =
		TEXT("HIERARCHY", true, "unified, or the controllers or name of a v1 one",
		     .wrap = true, .narrowest = CG_HIERARCHY_WIDTH),
	[COLUMN_PATH] = TEXT("PATH", true, "the cgroup in --to's view", .wrap = true),
	[COLUMN_OWN] = TEXT("OWN", true, "its cgroup in its own view", .wrap = true),
	[COLUMN_ROOT] =
		TEXT("ROOT", true, "the root of its namespace, in --to's view", .wrap = true),
	[COLUMN_DIR] = TEXT("DIR", true, "a directory that shows the cgroup", .wrap = true),
	[COLUMN_CGID] = TEXT("CGID", false, "cgroup id", .type = CG_COLUMN_NUMBER),
	[COLUMN_STATE] = TEXT("STATE", false, "inside, outside, removed or missing"),
	[COLUMN_NS] =
		TEXT("NS", false, "cgroup namespace (inode number)", .type = CG_COLUMN_NUMBER),
	[COLUMN_PID] = TEXT("PID", false, "process ID", .type = CG_COLUMN_NUMBER),
	[COLUMN_COMMAND] = TEXT("COMMAND", false, "command line of the process", .truncate = true),
	[COLUMN_CONTAINER] = TEXT("CONTAINER", false, "id or name of the container it is in"),
	[COLUMN_POD] = TEXT("POD", false, "UID of the pod it is in"),
	[COLUMN_UNIT] = TEXT("UNIT", false, "systemd unit it is in"),
	[COLUMN_HID] = TEXT("HID", false, "hierarchy ID", .type = CG_COLUMN_NUMBER),
	[COLUMN_CONTROLLERS] = TEXT("CONTROLLERS", false, "controllers that the cgroup has"),
};
