/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <string.h>

#include "../lib/options.h"

enum {
	OPTION_OUTPUT_ALL = CG_OPTION_LONG,
	OPTION_COLOR,
};

const char ls_program_name[] = "cgns-ls";

static const struct cg_option cgns_ls_options[] = {
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "What to show:" },
	{ 'T', "tree", CG_NO_ARGUMENT, NULL, "nest namespaces by their roots" },
	{ 'm', "members", CG_NO_ARGUMENT, NULL,
	  "under each namespace its processes, with what each sees of itself and the caller's "
	  "view" },
	{ 'd', "deep", CG_NO_ARGUMENT, NULL,
	  "also look for namespaces that no process is in, held by threads, bind mounts or open "
	  "files" },
	{ 'c', "check", CG_NO_ARGUMENT, NULL,
	  "print a sentence for each problem, and what to do about it; exit 3 if there is one" },
	{ 'H', "hierarchy", CG_NEEDS_ARGUMENT, "NAME",
	  "which hierarchy the roots are of: unified, a controller, name=NAME, or all" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "How to show it:" },
	{ 'J', "json", CG_NO_ARGUMENT, NULL, "use the JSON output format" },
	{ 'r', "raw", CG_NO_ARGUMENT, NULL, "use the raw output format" },
	{ 'n', "noheadings", CG_NO_ARGUMENT, NULL, "don't print headings" },
	{ 'o', "output", CG_NEEDS_ARGUMENT, "LIST",
	  "which columns to print; +LIST adds to the default ones" },
	{ OPTION_OUTPUT_ALL, "output-all", CG_NO_ARGUMENT, NULL, "print all columns" },
	{ 'u', "notruncate", CG_NO_ARGUMENT, NULL,
	  "don't cut text that the terminal is too narrow for" },
	{ OPTION_COLOR, "color", CG_MAY_HAVE_ARGUMENT, "WHEN",
	  "mark what is wrong by colours: auto, always or never" },
	{ 'L', "list-columns", CG_NO_ARGUMENT, NULL, "list the columns that there are" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "Other:" },
	{ 'h', "help", CG_NO_ARGUMENT, NULL, "print this help" },
	{ 'V', "version", CG_NO_ARGUMENT, NULL, "print the version" },
};

static const struct cg_program program = {
	.name = ls_program_name,
	.synopsis = "[options] [TARGET...]",
	.purpose = "List cgroup namespaces: where each is rooted, who is in it, and what is wrong "
		   "with it. With TARGETs only theirs: self, PID, PID:PIDFD_INODE, a namespace "
		   "file, cgroup:[INODE], or cgroup:/PATH.",
	.manual = "cgns-ls(8)",
	.options = cgns_ls_options,
	.option_count = CG_ARRAY_SIZE(cgns_ls_options),
};

static int parse_color(const char *when, enum ls_color *color, struct cg_error *err)
{
	static const char *const names[] = {
		[LS_COLOR_AUTO] = "auto",
		[LS_COLOR_ALWAYS] = "always",
		[LS_COLOR_NEVER] = "never",
	};

	*color = LS_COLOR_AUTO;
	for (size_t i = 0; when && i < CG_ARRAY_SIZE(names); i++) {
		if (strcmp(when, names[i]) == 0) {
			*color = (enum ls_color)i;
			return 0;
		}
	}
	if (!when)
		return 0;
	cg_error_set(err, 0, "no such colour mode: %s", when);
	return cg_error_hint(err, "use auto, always or never");
}

/* Takes one option. Returns 0 or a negative errno value with *err filled. */
static int take(struct ls_options *options, enum ls_request *request, int val, const char *argument,
		struct cg_error *err)
{
	switch (val) {
	case 'T':
		options->tree = true;
		break;
	case 'm':
		options->members = true;
		break;
	case 'd':
		options->deep = true;
		break;
	case 'c':
		options->check = true;
		break;
	case 'H':
		options->hierarchy = argument;
		break;
	case 'J':
		options->json = true;
		break;
	case 'r':
		options->raw = true;
		break;
	case 'n':
		options->no_headings = true;
		break;
	case 'o':
		options->columns = argument;
		break;
	case OPTION_OUTPUT_ALL:
		options->all_columns = true;
		break;
	case 'u':
		options->no_truncate = true;
		break;
	case OPTION_COLOR:
		return parse_color(argument, &options->color, err);
	case 'L':
		*request = LS_LIST_COLUMNS;
		break;
	case 'h':
		*request = LS_HELP;
		break;
	case 'V':
		*request = LS_VERSION;
		break;
	}
	return 0;
}

static int exclude(bool one, bool other, const char *names, struct cg_error *err)
{
	return one && other ? cg_error_set(err, 0, "%s exclude each other", names) : 0;
}

static int verify(const struct ls_options *options, struct cg_error *err)
{
	int rc = exclude(options->json, options->raw, "--json and --raw", err);

	if (!rc)
		rc = exclude(options->columns, options->all_columns, "--output and --output-all",
			     err);
	/* sentences have no columns; with --json the problems are a list in each namespace */
	if (!rc)
		rc = exclude(options->check, options->raw, "--check and --raw", err);
	if (!rc)
		rc = exclude(options->check, options->tree, "--check and --tree", err);
	if (!rc)
		rc = exclude(options->check && !options->json, options->members,
			     "--check (without --json) and --members", err);
	if (!rc)
		rc = exclude(options->check && !options->json,
			     options->columns || options->all_columns,
			     "--check (without --json) and --output", err);
	return rc;
}

int ls_options_parse(int argc, char **argv, struct ls_options *options, enum ls_request *request,
		     struct cg_error *err)
{
	cleanup_options struct cg_options walk = { .program = &program };
	int val, rc = cg_options_start(&walk, &program, argc, argv, err);

	*options = (struct ls_options){ .color = LS_COLOR_AUTO };
	*request = LS_LIST;
	while (!rc && *request == LS_LIST && (val = cg_options_next(&walk, err)) != -1)
		rc = val == '?' ? -EINVAL : take(options, request, val, walk.argument, err);
	if (!rc && *request == LS_LIST)
		rc = verify(options, err);
	options->targets = argv + optind;
	options->target_count = argc - optind;
	return rc;
}

void ls_print_help(void)
{
	cg_options_help(&program);
}

void ls_print_version(void)
{
	cg_options_version(&program);
}
