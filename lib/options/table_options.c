/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that every program with a table has. */
#include "options/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>

#include "procfs.h"

int cg_table_options_take(struct cg_table_options *table, int val, const char *argument)
{
	switch (val) {
	case 'J':
		table->flags |= CG_TABLE_JSON;
		return 0;
	case 'r':
		table->flags |= CG_TABLE_RAW;
		return 0;
	case 'n':
		table->flags |= CG_TABLE_NO_HEADINGS;
		return 0;
	case 'u':
		table->flags |= CG_TABLE_NO_TRUNCATE;
		return 0;
	case 'o':
		table->list = argument;
		return 0;
	case CG_OPTION_OUTPUT_ALL:
		table->all = true;
		return 0;
	}
	return -EINVAL;
}

int cg_table_options_choose(struct cg_table_options *table, const struct cg_column *columns,
			    size_t count, struct cg_error *err)
{
	if ((table->flags & CG_TABLE_JSON) && (table->flags & CG_TABLE_RAW))
		return cg_error_set(err, 0, "--json and --raw exclude each other");
	if (table->all)
		return cg_selection_all(count, &table->selection, err);
	return cg_selection_parse(columns, count, table->list, &table->selection, err);
}

void cg_table_options_remark(const struct cg_table_options *table)
{
	uint64_t inode;

	if (table->flags & (CG_TABLE_JSON | CG_TABLE_RAW | CG_TABLE_NO_HEADINGS))
		return;
	if (cg_procfs_ns_inode(AT_FDCWD, "/proc/self/ns/cgroup", &inode) == 0 &&
	    inode != CG_INITIAL_NS_INODE)
		puts("/ is the root of your cgroup namespace, not the host's.");
}
