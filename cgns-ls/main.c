/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-ls - list cgroup namespaces: their roots, their members, what is wrong */
#include "config.h"

#include <errno.h>

#include "../lib/options.h"
#include "check.h"
#include "columns.h"
#include "listing.h"
#include "options.h"
#include "report.h"

enum {
	EXIT_ALL_FAILED = 1,
	EXIT_PROBLEM = 3,
	EXIT_SOME_FAILED = 64,
};

static int fail(const struct cg_error *err)
{
	/* only for wrong usage was no kernel asked */
	cg_options_report(ls_program_name, err, !err->errnum);
	return EXIT_ALL_FAILED;
}

/* Opens the TARGETs; those that fail are reported and left out. */
static int open_targets(const struct ls_options *options, struct ls_listing *listing,
			struct cg_error *err)
{
	listing->targets = calloc((size_t)options->target_count + 1, sizeof(*listing->targets));
	if (!listing->targets)
		return cg_error_set(err, ENOMEM, "cannot open the targets");
	for (int i = 0; i < options->target_count; i++) {
		struct cg_target *target = &listing->targets[listing->target_count];
		cleanup_error struct cg_error reason = CG_ERROR_INIT;

		*target = (struct cg_target)CG_TARGET_INIT;
		if (cg_target_open(options->targets[i], target, &reason) < 0 ||
		    cg_target_need_namespace(target, &reason) < 0) {
			cg_options_report(ls_program_name, &reason, false);
			cg_target_close(target);
			continue;
		}
		listing->target_count++;
	}
	return 0;
}

/* What the caller may not see is said. */
static void report_hidden(const struct cg_nsscan *scan)
{
	cleanup_error struct cg_error note = CG_ERROR_INIT;

	if (scan->hidden) {
		cg_error_set(&note, EACCES, "%zu process%s could not be examined", scan->hidden,
			     scan->hidden == 1 ? "" : "es");
		cg_error_hint(&note, "seeing the namespaces of others needs CAP_SYS_PTRACE and all "
				     "their capabilities");
		cg_options_report(ls_program_name, &note, false);
	}
	if (scan->incomplete) {
		cg_error_set(&note, 0, "/proc does not show all processes");
		cg_error_hint(&note, "it is mounted with hidepid");
		cg_options_report(ls_program_name, &note, false);
	}
}

static int print(struct ls_listing *listing, struct ls_columns *columns,
		 const struct ls_options *options, struct cg_error *err)
{
	if (options->tree)
		ls_listing_nest(listing);
	if (options->json)
		return ls_report_json(listing, columns, options, err);
	if (options->check)
		return ls_check_print(listing, err);
	return ls_report_table(listing, columns, options, err);
}

static int list(const struct ls_options *options, struct ls_columns *columns)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	cleanup_with(ls_listing_free) struct ls_listing listing = {
		.needs = ls_needs_of(columns, options),
		.scan = CG_NSSCAN_INIT,
	};

	if (open_targets(options, &listing, &err) < 0)
		return fail(&err);
	if (options->target_count && !listing.target_count)
		return EXIT_ALL_FAILED;
	if (ls_listing_make(&listing, options->hierarchy, &err) < 0)
		return fail(&err);
	if (print(&listing, columns, options, &err) < 0 || cg_output_close(&err) < 0)
		return fail(&err);
	report_hidden(&listing.scan);
	if (options->check && ls_check_failed(&listing))
		return EXIT_PROBLEM;
	return listing.target_count < (size_t)options->target_count ? EXIT_SOME_FAILED : 0;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	cleanup_ls_columns struct ls_columns columns = { .selection = CG_SELECTION_INIT };
	struct ls_options options;
	enum ls_request request;

	if (ls_options_parse(argc, argv, &options, &request, &err) < 0)
		return fail(&err);
	if (request == LS_LIST || request == LS_LIST_COLUMNS)
		if (ls_columns_init(&columns, &options, &err) < 0)
			return fail(&err);
	switch (request) {
	case LS_HELP:
		ls_print_help();
		break;
	case LS_VERSION:
		ls_print_version();
		break;
	case LS_LIST_COLUMNS:
		cg_columns_list(columns.items, LS_COLUMN_COUNT);
		break;
	case LS_LIST:
		return list(&options, &columns);
	}
	return cg_output_close(&err) < 0 ? fail(&err) : 0;
}
