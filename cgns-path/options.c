/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <string.h>
#include <unistd.h>

#include "columns.h"

static const struct cg_option options[] = {
	{ .help = "Translation:" },
	CG_OPTIONS_OF_VIEWS,
	{ 'H', "hierarchy", CG_NEEDS_ARGUMENT, "NAME", CG_HELP_HIERARCHY },
	{ 'A', "as", CG_NEEDS_ARGUMENT, "FORM", "print path (default), dir or id" },
	{ 's', "strict", CG_NO_ARGUMENT, NULL, "a result outside --to's root is an error" },
	{ 'e', "exists", CG_NO_ARGUMENT, NULL, "a cgroup that does not exist is an error" },
	{ 'z', "zero", CG_NO_ARGUMENT, NULL, "lines end in NUL, in input and output" },
	{ .help = "Tables:" },
	{ 'l', "list", CG_NO_ARGUMENT, NULL, "a table, a row for each WHAT and hierarchy" },
	CG_OPTIONS_OF_TABLES,
	CG_OPTIONS_LAST,
};

static const struct cg_habit habits[] = {
	CG_HABIT_PID,
	{ 0, NULL, NULL },
};

const struct cg_program cgns_path = {
	.name = "cgns-path",
	.synopsis = "[options] [WHAT...]",
	.purpose = "Translate cgroup paths between the views of cgroup namespaces.",
	.notes = "WHAT is a path (/a/b), a PID, PID:PIDFD_INODE, self, id:CGROUP_ID, a directory\n"
		 "(., ./x, ../x, fs:DIR), a line of /proc/PID/cgroup, cgroup:/PATH, container:ID,\n"
		 "pod:UID, unit:NAME, or - for WHATs on standard input, one a line.\n"
		 "No WHAT means --list self.\n" CG_NOTE_TARGET,
	.manual = "cgns-path(1)",
	.options = options,
	.option_count = CG_ARRAY_SIZE(options),
	.habits = habits,
};

static int parse_form(const char *text, struct request *request, struct cg_error *err)
{
	static const char *const names[] = {
		[FORM_PATH] = "path",
		[FORM_DIR] = "dir",
		[FORM_ID] = "id",
	};

	request->form_given = true;
	for (size_t i = 0; i < CG_ARRAY_SIZE(names); i++)
		if (strcmp(text, names[i]) == 0) {
			request->form = (enum form)i;
			return 0;
		}
	cg_error_set(err, 0, "--as does not know '%s'", text);
	return cg_error_hint(err, "use path, dir or id");
}

static int take_option(int option, const char *argument, void *data, struct cg_error *err)
{
	struct request *request = data;

	switch (option) {
	case 'A':
		return parse_form(argument, request, err);
	case 's':
		request->strict = true;
		return 0;
	case 'e':
		request->exists = true;
		return 0;
	case 'l':
		request->list = true;
		return 0;
	case 'L':
		cg_columns_list(path_columns, COLUMN_COUNT);
		return 1;
	case 'H':
		request->list |= strcmp(argument, "all") == 0;
		break;
	case 'f':
	case 't':
	case 'z':
		break;
	default: /* those of tables */
		request->list = true;
	}
	return cg_shared_options_take(&request->shared, option, argument);
}

static int verify(struct request *request, struct cg_error *err)
{
	if (request->list && request->form_given) {
		cg_error_set(err, 0, "--as does not go with a table");
		return cg_error_hint(err, "the columns PATH, DIR and CGID have all forms");
	}
	return cg_shared_options_choose(&request->shared, path_columns, COLUMN_COUNT, err);
}

void request_free(struct request *request)
{
	cg_selection_free(&request->shared.selection);
}

int request_parse(int argc, char **argv, struct request *request, struct cg_error *err)
{
	int rc;

	*request = (struct request){ 0 };
	rc = cg_options_parse(&cgns_path, argc, argv, take_option, request, err);
	if (rc != 0)
		return rc;
	cg_shared_options_whats(&request->shared, argc, argv);
	request->list |= optind == argc && !request->form_given;
	return verify(request, err);
}
