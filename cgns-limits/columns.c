/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The columns of the table of limits, and which of them are shown. */
#include "cgns-limits/columns.h"

#include <string.h>

#define TEXT(n, d, h, ...)                                         \
	{                                                          \
		.name = n, .help = h, .by_default = d, __VA_ARGS__ \
	}
#define NUMBER(n, d, h) TEXT(n, d, h, .type = CG_COLUMN_NUMBER)

const struct cg_column limit_columns[COLUMN_COUNT] = {
	[COLUMN_WHAT] =
		TEXT("WHAT", false, "what was asked (by default, if several were)", .wrap = true),
	[COLUMN_LIMIT] = TEXT("LIMIT", true, "which limit, by the name of its v2 file"),
	[COLUMN_VALUE] = NUMBER("VALUE", true, "what holds: the smallest on the way up"),
	[COLUMN_USED] = NUMBER("USED", true, "what the cgroup that sets it has in use"),
	[COLUMN_CGROUP] =
		TEXT("CGROUP", true, "the cgroup that sets it, in --to's view", .wrap = true),
	[COLUMN_SEEN] = NUMBER("SEEN", true, "what a program in there can read of it"),
	[COLUMN_LEFT] = NUMBER("LEFT", false, "the least that is left on the way up"),
	[COLUMN_LEFTCGROUP] =
		TEXT("LEFTCGROUP", false, "the cgroup that has the least left", .wrap = true),
	[COLUMN_DIR] =
		TEXT("DIR", false, "a directory that shows the cgroup that sets it", .wrap = true),
	[COLUMN_HIERARCHY] =
		TEXT("HIERARCHY", false, "unified, or the controllers of a v1 hierarchy"),
	[COLUMN_CONTAINER] = TEXT("CONTAINER", false, "the container that the WHAT belongs to"),
	[COLUMN_RAW] = TEXT("RAW", false, "the text of the file that sets it"),
	[COLUMN_UNKNOWN] = TEXT("UNKNOWN", false, "the columns that could not be found out",
				.type = CG_COLUMN_LITERAL),
	[COLUMN_AT_MOST] = TEXT("AT_MOST", false, "whether cgroups out of sight may set less",
				.type = CG_COLUMN_BOOLEAN),
};

/* These two say what null means. */
static void select_for_json(struct cg_selection *selection)
{
	static const unsigned int always[] = { COLUMN_UNKNOWN, COLUMN_AT_MOST };

	for (size_t i = 0; i < CG_ARRAY_SIZE(always); i++)
		if (!cg_selection_has(selection, always[i]))
			selection->items[selection->count++] = always[i];
}

int columns_choose(struct cg_shared_options *table, bool several, struct cg_error *err)
{
	bool json = table->flags & CG_TABLE_JSON;
	struct cg_column columns[COLUMN_COUNT];
	int rc;

	memcpy(columns, limit_columns, sizeof(columns));
	columns[COLUMN_WHAT].by_default = json || several;
	rc = cg_shared_options_choose(table, columns, COLUMN_COUNT, err);
	if (rc == 0 && json)
		select_for_json(&table->selection);
	return rc;
}
