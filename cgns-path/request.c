/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "request.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "list.h"

enum {
	OPTION_OUTPUT_ALL = CG_OPTION_LONG,
};

static const struct cg_option options[] = {
	{ .help = "Translation:" },
	{ 'f', "from", CG_NEEDS_ARGUMENT, "TARGET",
	  "paths given are as TARGET's namespace sees them\n(default: self)" },
	{ 't', "to", CG_NEEDS_ARGUMENT, "TARGET",
	  "print as TARGET's namespace sees it (default: self)" },
	{ 'H', "hierarchy", CG_NEEDS_ARGUMENT, "NAME", "unified, a controller, name=NAME, or all" },
	{ 'A', "as", CG_NEEDS_ARGUMENT, "FORM", "print path (default), dir or id" },
	{ 's', "strict", CG_NO_ARGUMENT, NULL, "a result outside --to's root is an error" },
	{ 'e', "exists", CG_NO_ARGUMENT, NULL, "a cgroup that does not exist is an error" },
	{ 'z', "zero", CG_NO_ARGUMENT, NULL, "lines end in NUL, in input and output" },
	{ .help = "Tables:" },
	{ 'l', "list", CG_NO_ARGUMENT, NULL, "a table, a row for each WHAT and hierarchy" },
	{ 'J', "json", CG_NO_ARGUMENT, NULL, "the table in JSON" },
	{ 'r', "raw", CG_NO_ARGUMENT, NULL, "the table in raw format" },
	{ 'n', "noheadings", CG_NO_ARGUMENT, NULL, "no headings" },
	{ 'o', "output", CG_NEEDS_ARGUMENT, "LIST", "these columns; +LIST adds to the default" },
	{ OPTION_OUTPUT_ALL, "output-all", CG_NO_ARGUMENT, NULL, "all columns" },
	{ 'u', "notruncate", CG_NO_ARGUMENT, NULL, "cut no text to fit the terminal" },
	{ 'L', "list-columns", CG_NO_ARGUMENT, NULL, "list the columns" },
	{ .help = "Other:" },
	{ 'h', "help", CG_NO_ARGUMENT, NULL, "show this help" },
	{ 'V', "version", CG_NO_ARGUMENT, NULL, "show the version" },
};

const struct cg_program cgns_path = {
	.name = "cgns-path",
	.synopsis = "[options] [WHAT...]",
	.purpose = "Translate cgroup paths between the views of cgroup namespaces.",
	.notes =
		"WHAT is a path (/a/b), a PID, PID:PIDFD_INODE, self, id:CGROUP_ID, a directory\n"
		"(., ./x, ../x, fs:DIR), or - for WHATs on standard input, one a line.\n"
		"No WHAT means --list self.\n"
		"TARGET is self, PID, PID:PIDFD_INODE, a namespace file, cgroup:[INODE], INODE or\n"
		"cgroup:/PATH.",
	.manual = "cgns-path(1)",
	.options = options,
	.option_count = CG_ARRAY_SIZE(options),
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

/* An option that makes a table, with what it adds to the table's flags. */
static int make_table(struct request *request, unsigned int flag)
{
	request->list = true;
	request->table_flags |= flag;
	return 0;
}

static int take_option(int option, const char *argument, struct request *request,
		       struct cg_error *err)
{
	switch (option) {
	case 'f':
		request->from = argument;
		return 0;
	case 't':
		request->to = argument;
		return 0;
	case 'H':
		request->hierarchy = argument;
		request->all_hierarchies = strcmp(argument, "all") == 0;
		request->list |= request->all_hierarchies;
		return 0;
	case 'A':
		return parse_form(argument, request, err);
	case 's':
		request->strict = true;
		return 0;
	case 'e':
		request->exists = true;
		return 0;
	case 'z':
		request->zero = true;
		return 0;
	case 'l':
		return make_table(request, 0);
	case 'J':
		return make_table(request, CG_TABLE_JSON);
	case 'r':
		return make_table(request, CG_TABLE_RAW);
	case 'n':
		return make_table(request, CG_TABLE_NO_HEADINGS);
	case 'u':
		return make_table(request, CG_TABLE_NO_TRUNCATE);
	case 'o':
		request->columns = argument;
		return make_table(request, 0);
	case OPTION_OUTPUT_ALL:
		request->all_columns = true;
		return make_table(request, 0);
	case 'L':
		request->action = ACTION_LIST_COLUMNS;
		return 0;
	case 'h':
		request->action = ACTION_HELP;
		return 0;
	case 'V':
		request->action = ACTION_VERSION;
		return 0;
	default:
		return -EINVAL;
	}
}

static int verify(struct request *request, struct cg_error *err)
{
	static char self[] = "self";
	static char *only_self[] = { self, NULL };
	int rc;

	if (request->what_count == 0) {
		request->whats = only_self;
		request->what_count = 1;
		request->list |= !request->form_given;
	}
	if (request->list && request->form_given) {
		cg_error_set(err, 0, "--as does not go with a table");
		return cg_error_hint(err, "the columns PATH, DIR and CGID have all forms");
	}
	if ((request->table_flags & CG_TABLE_JSON) && (request->table_flags & CG_TABLE_RAW))
		return cg_error_set(err, 0, "--json and --raw exclude each other");
	if (request->list && !request->hierarchy)
		request->all_hierarchies = true;
	if (request->all_columns) {
		rc = cg_selection_all(list_column_count, &request->selection);
		return rc < 0 ? cg_error_set(err, -rc, "cannot choose the columns") : 0;
	}
	return cg_selection_parse(list_columns, list_column_count, request->columns,
				  &request->selection, err);
}

void request_free(struct request *request)
{
	cg_selection_free(&request->selection);
}

int request_parse(int argc, char **argv, struct request *request, struct cg_error *err)
{
	cleanup_options struct cg_options walk = { 0 };
	int rc = cg_options_start(&walk, &cgns_path, argc, argv, err);
	int option;

	*request = (struct request){ .action = ACTION_TRANSLATE };
	while (rc == 0 && request->action == ACTION_TRANSLATE &&
	       (option = cg_options_next(&walk, err)) != -1)
		rc = take_option(option, walk.argument, request, err);
	if (rc < 0 || request->action != ACTION_TRANSLATE)
		return rc;
	request->whats = argv + optind;
	request->what_count = (size_t)(argc - optind);
	return verify(request, err);
}
