/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "listing.h"

enum {
	OPTION_COLOR = CG_OPTION_LONG,
};

static const struct cg_option cgns_ls_options[] = {
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "What to show:" },
	{ 'T', "tree", CG_NO_ARGUMENT, NULL, "nest namespaces by their roots" },
	{ 'm', "members", CG_NO_ARGUMENT, NULL,
	  "list under each namespace its processes, with the cgroup of each in its own view and in "
	  "the caller's" },
	{ 'd', "deep", CG_NO_ARGUMENT, NULL,
	  "also look for namespaces that no process is in, held by threads, bind mounts or open "
	  "files" },
	{ 'c', "check", CG_MAY_HAVE_ARGUMENT_LONG, "STATE,...",
	  "print the problems, and what to do about each; exit 3 if there is one of these states "
	  "(default: outside,removed)" },
	{ 'S', "state", CG_NEEDS_ARGUMENT, "STATE,...",
	  "list only namespaces in one of these states" },
	{ 'p', "task", CG_NEEDS_ARGUMENT, "PID", "the same as the TARGET PID" },
	{ 'H', "hierarchy", CG_NEEDS_ARGUMENT, "NAME",
	  "the hierarchy of ROOT and STATE: " CG_HELP_HIERARCHY " for a row each" },
	{ 'q', "quiet", CG_NO_ARGUMENT, NULL, "do not say what could not be examined" },
	{ 0, NULL, CG_NO_ARGUMENT, NULL, "How to show it:" },
	CG_OPTIONS_OF_TABLES,
	{ OPTION_COLOR, "color", CG_MAY_HAVE_ARGUMENT, "WHEN",
	  "mark what is wrong by color: auto, always or never" },
	CG_OPTIONS_LAST,
};

static const struct cg_habit habits[] = {
	{ 't', "type", "cgns-ls lists cgroup namespaces only: leave it out, or try lsns -t" },
	{ 0, NULL, NULL },
};

const struct cg_program cgns_ls = {
	.name = "cgns-ls",
	.synopsis = "[options] [TARGET...]",
	.purpose = "List cgroup namespaces: where each is rooted, whose it is, who is in it, and "
		   "what is wrong with it. With TARGETs only theirs.",
	.manual = "cgns-ls(8)",
	.options = cgns_ls_options,
	.option_count = CG_ARRAY_SIZE(cgns_ls_options),
	.habits = habits,
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
	cg_error_set(err, 0, "'%s' is not a color mode", when);
	return cg_error_hint(err, "use auto, always or never");
}

static int take(int val, const char *argument, void *data, struct cg_error *err)
{
	struct ls_options *options = data;

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
		return argument ? ls_states_parse(argument, &options->problems, err) : 0;
	case 'S':
		return ls_states_parse(argument, &options->states, err);
	case 'p':
		options->targets[options->target_count++] = argument;
		break;
	case 'q':
		options->quiet = true;
		break;
	case OPTION_COLOR:
		return parse_color(argument, &options->color, err);
	case 'L':
		options->list_columns = true;
		return 1;
	default:
		return cg_shared_options_take(&options->shared, val, argument);
	}
	return 0;
}

static int exclude(bool one, bool other, const char *names, struct cg_error *err)
{
	return one && other ? cg_error_set(err, 0, "%s exclude each other", names) : 0;
}

static int verify(const struct ls_options *options, struct cg_error *err)
{
	unsigned int flags = options->shared.flags;
	bool list = options->shared.list, all = options->shared.all;
	bool text_check = options->check && !(flags & CG_TABLE_JSON);

	return exclude(flags & CG_TABLE_JSON, flags & CG_TABLE_RAW, "--json and --raw", err)
		       ?: exclude(list, all, "--output and --output-all", err)
		       /* problems have no columns; with --json they are a list in each namespace */
		       ?: exclude(options->check, flags & CG_TABLE_RAW, "--check and --raw", err)
		       ?: exclude(options->check, options->tree, "--check and --tree", err)
		       ?: exclude(text_check, options->members,
				  "--check (without --json) and --members", err)
		       ?: exclude(text_check, list || all, "--check (without --json) and --output",
				  err);
}

int ls_options_parse(int argc, char **argv, struct ls_options *options, struct cg_error *err)
{
	int rc;

	*options = (struct ls_options){ 0 };
	options->targets = calloc((size_t)argc, sizeof(*options->targets));
	if (!options->targets)
		return cg_error_set(err, ENOMEM, "cannot read the options");
	rc = cg_options_parse(&cgns_ls, argc, argv, take, options, err);
	options->problems = options->problems ?: LS_OUTSIDE_ROOT | LS_REMOVED;
	for (int i = optind; rc == 0 && i < argc; i++)
		options->targets[options->target_count++] = argv[i];
	return rc ?: verify(options, err);
}

void ls_options_free(struct ls_options *options)
{
	free(options->targets);
}
