/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The options that several programs have. */
#include "options/options.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "procfs.h"

int cg_shared_options_take(struct cg_shared_options *shared, int val, const char *argument)
{
	switch (val) {
	case 'f':
		shared->from = argument;
		return 0;
	case 't':
		shared->to = argument;
		return 0;
	case 'H':
		shared->hierarchy = argument;
		return 0;
	case 'z':
		shared->zero = true;
		return 0;
	case 'J':
		shared->flags |= CG_TABLE_JSON;
		return 0;
	case 'r':
		shared->flags |= CG_TABLE_RAW;
		return 0;
	case 'n':
		shared->flags |= CG_TABLE_NO_HEADINGS;
		return 0;
	case 'u':
		shared->flags |= CG_TABLE_NO_TRUNCATE;
		return 0;
	case 'o':
		shared->list = argument;
		return 0;
	case CG_OPTION_OUTPUT_ALL:
		shared->all = true;
		return 0;
	}
	return -EINVAL;
}

void cg_shared_options_whats(struct cg_shared_options *shared, int argc, char **argv)
{
	static char self[] = "self", *only_self[] = { self, NULL };

	shared->what_count = optind < argc ? (size_t)(argc - optind) : 1;
	shared->whats = optind < argc ? argv + optind : only_self;
}

int cg_shared_options_choose(struct cg_shared_options *shared, const struct cg_column *columns,
			     size_t count, struct cg_error *err)
{
	if ((shared->flags & CG_TABLE_JSON) && (shared->flags & CG_TABLE_RAW))
		return cg_error_set(err, 0, "--json and --raw exclude each other");
	if (shared->all)
		return cg_selection_all(count, &shared->selection, err);
	return cg_selection_parse(columns, count, shared->list, &shared->selection, err);
}

void cg_shared_options_remark(const struct cg_shared_options *shared)
{
	uint64_t inode;

	if (shared->flags & (CG_TABLE_JSON | CG_TABLE_RAW | CG_TABLE_NO_HEADINGS))
		return;
	if (cg_procfs_ns_inode(AT_FDCWD, "/proc/self/ns/cgroup", &inode) == 0 &&
	    inode != CG_INITIAL_NS_INODE)
		puts("/ is the root of your cgroup namespace, not the host's.");
}
