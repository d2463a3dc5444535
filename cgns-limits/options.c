/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads the command line of cgns-limits. */
#include "cgns-limits/options.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "cgns-limits/columns.h"
#include "cgns-limits/wanted.h"

static const struct cg_option options[] = {
	{ .help = "Limits:" },
	{ 'l', "limits", CG_NEEDS_ARGUMENT, "LIST", "only these, also if they are unlimited" },
	{ 'a', "unlimited", CG_NO_ARGUMENT, NULL, "also those that are unlimited" },
	{ 'b', "bytes", CG_NO_ARGUMENT, NULL, "bytes instead of units" },
	{ .help = "Views:" },
	CG_OPTIONS_OF_VIEWS,
	{ 'H', "hierarchy", CG_NEEDS_ARGUMENT, "NAME", CG_HELP_HIERARCHY " (default)" },
	{ 'z', "zero", CG_NO_ARGUMENT, NULL, "lines of input end in NUL" },
	{ .help = "Tables:" },
	CG_OPTIONS_OF_TABLES,
	CG_OPTIONS_LAST,
};

static const struct cg_habit habits[] = {
	CG_HABIT_PID,
	{ 0, NULL, NULL },
};

const struct cg_program cgns_limits = {
	.name = "cgns-limits",
	.synopsis = "[options] [WHAT...]",
	.purpose = "Show which cgroup limits hold, who sets them, and what is seen of them inside.",
	.notes =
		"WHAT is a path (/a/b), a PID, PID:PIDFD_INODE, self (default), id:CGROUP_ID, a\n"
		"directory (., ./x, ../x, fs:DIR), a line of /proc/PID/cgroup, cgroup:/PATH,\n"
		"container:ID, pod:UID, unit:NAME, or - for WHATs on standard input, one a line.\n" CG_NOTE_TARGET,
	.manual = "cgns-limits(1)",
	.options = options,
	.option_count = CG_ARRAY_SIZE(options),
	.habits = habits,
};

/* What is given again is wanted, too. */
static int add_limits(struct request *request, const char *list, struct cg_error *err)
{
	cleanup_free char *before = request->limits;
	int rc = wanted_check(list, err);

	request->limits = NULL;
	if (rc < 0)
		return rc;
	request->limits = cg_format("%s%s%s", before ?: "", before ? "," : "", list);
	return request->limits ? 0 : cg_error_set(err, ENOMEM, "cannot read the list of limits");
}

static int take_option(int option, const char *argument, void *data, struct cg_error *err)
{
	struct request *request = data;

	switch (option) {
	case 'l':
		return add_limits(request, argument, err);
	case 'a':
		request->unlimited = true;
		return 0;
	case 'b':
		request->bytes = true;
		return 0;
	case 'L':
		cg_columns_list(limit_columns, COLUMN_COUNT);
		return 1;
	default:
		return cg_shared_options_take(&request->shared, option, argument);
	}
}

static int verify(struct request *request, struct cg_error *err)
{
	request->several = request->shared.what_count > 1 || !strcmp(request->shared.whats[0], "-");
	return columns_choose(&request->shared, request->several, err);
}

void request_free(struct request *request)
{
	free(request->limits);
	cg_selection_free(&request->shared.selection);
}

int request_parse(int argc, char **argv, struct request *request, struct cg_error *err)
{
	int rc;

	*request = (struct request){ 0 };
	rc = cg_options_parse(&cgns_limits, argc, argv, take_option, request, err);
	if (rc != 0)
		return rc;
	cg_shared_options_whats(&request->shared, argc, argv);
	return verify(request, err);
}
