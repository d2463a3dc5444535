/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-ls - list cgroup namespaces: their roots, their members, what is wrong */
#include <errno.h>
#include <string.h>

#include "check.h"
#include "columns.h"
#include "fork.h"
#include "listing.h"
#include "options.h"
#include "output.h"
#include "report.h"
#include "select/select.h"

enum {
	EXIT_ALL_FAILED = 1,
	EXIT_PROBLEM = 3,
	EXIT_SOME_FAILED = 64,
};

static int fail(const struct cg_error *err, bool usage)
{
	cg_options_report(cgns_ls.name, err, usage);
	return EXIT_ALL_FAILED;
}

/* Whether it is a namespace alone that is another TARGET's, too: many threads may be in one. */
static bool is_kept(const struct ls_listing *listing, const struct cg_target *target)
{
	for (size_t i = 0; target->procdir < 0 && i < listing->target_count; i++)
		if (cg_target_same_namespace(&listing->targets[i], target))
			return true;
	return false;
}

static int keep_target(struct ls_listing *listing, struct cg_target *target, struct cg_error *err)
{
	struct cg_target *more;

	if (is_kept(listing, target))
		return 0;
	more = reallocarray(listing->targets, listing->target_count + 1, sizeof(*listing->targets));
	if (!more)
		return cg_error_set(err, ENOMEM, "cannot keep the target %s", target->text);
	listing->targets = more;
	more[listing->target_count++] = *target;
	*target = (struct cg_target)CG_TARGET_INIT;
	return 0;
}

struct threads {
	struct ls_listing *listing;
	bool any;
};

static int open_thread(const char *file, void *data)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	struct threads *threads = data;
	int rc = cg_target_open(file, &target, NULL);

	if (rc < 0) /* it has ended meanwhile, or may not be looked at */
		return cg_only_shortage(rc);
	threads->any = true;
	return keep_target(threads->listing, &target, NULL);
}

/* The namespaces of all threads of a process that are in different ones. */
static int open_threads(const struct cg_target *target, struct ls_listing *listing,
			struct cg_error *err)
{
	struct threads threads = { listing, false };
	int rc = cg_target_threads(target, open_thread, &threads);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot open the namespaces of %s", target->text);
	return threads.any ? 0 : cg_target_need_namespace(target, err);
}

/* A TARGET that means several is all of them. */
static int open_target(const char *text, const char *hierarchy, struct ls_listing *listing,
		       struct cg_error *err)
{
	cleanup_choice struct cg_choice choice = { 0 };
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	int rc = cg_select_open(text, hierarchy, &target, &choice, err);

	if (rc == 0 && target.ns_errno == ENOTUNIQ)
		return open_threads(&target, listing, err);
	if (rc == 0)
		rc = cg_target_need_namespace(&target, err);
	if (rc == 0)
		return keep_target(listing, &target, err);
	listing->hidden_targets += cg_procfs_refused(-target.ns_errno);
	if (rc != -ENOTUNIQ || choice.more)
		return rc;
	cg_error_reset(err);
	rc = 0;
	for (size_t i = 0; rc == 0 && i < choice.count; i++) {
		rc = strcmp(choice.items[i].text, text) == 0
			     ? cg_error_set(err, 0, "%s means several", text)
			     : open_target(choice.items[i].text, hierarchy, listing, err);
		if (rc == -ESRCH) { /* it is empty, or has ended meanwhile */
			cg_error_reset(err);
			rc = 0;
		}
	}
	return rc;
}

/* Opens the TARGETs; those that fail are reported and counted. */
static size_t open_targets(const struct ls_options *options, struct ls_listing *listing)
{
	size_t failed = 0;

	for (int i = 0; i < options->target_count; i++) {
		cleanup_error struct cg_error reason = { 0 };

		if (open_target(options->targets[i], options->shared.hierarchy, listing, &reason) <
		    0) {
			cg_options_report(cgns_ls.name, &reason, false);
			failed++;
		}
	}
	return failed;
}

/* Whether the namespaces were found, and the roots of all of them. */
static bool is_complete(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		if (listing->rows[i].states & LS_HIDDEN)
			return false;
	return !listing->unexamined && !listing->hidden_targets && !listing->scan.incomplete &&
	       !listing->scan.unseen.crowded;
}

/* Whether roots are not known because there may be no further process to find them. */
static bool wants_process(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->found; i++) {
		const struct ls_row *row = &listing->rows[i];

		for (size_t h = row->first; row->ns->roots && h < row->first + row->count; h++)
			if (row->ns->roots[h].errnum == EAGAIN)
				return true;
	}
	return false;
}

/* Why a root is not known, where it is not that the caller is not allowed to know. */
static void report_roots(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->found; i++) {
		const struct ls_row *row = &listing->rows[i];

		for (size_t h = row->first; row->ns->roots && h < row->first + row->count; h++) {
			cleanup_error struct cg_error reason = { 0 };
			const struct cg_root *root = &row->ns->roots[h];

			if (root->state != CG_ROOT_UNKNOWN || root->errnum == EAGAIN ||
			    cg_procfs_refused(-root->errnum))
				continue;
			cg_root_explain(root, "namespace", &reason);
			cg_error_prefix(&reason, "%ju (%s)", (uintmax_t)row->ns->inode,
					listing->hierarchies.items[h].name);
			cg_options_report(cgns_ls.name, &reason, false);
			break; /* the others are like it */
		}
	}
}

static void report_mounts(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->unseen_count; i++) {
		cleanup_error struct cg_error note = { 0 };
		int errnum = listing->unseen[i].errnum;

		cg_error_set(&note, errnum == ETIMEDOUT || errnum == EXDEV ? 0 : errnum,
			     "cannot look at the cgroup mounts of PID %d", listing->unseen[i].pid);
		if (errnum == ETIMEDOUT)
			cg_error_hint(&note, "a filesystem in its mount namespace does not answer");
		if (errnum == EXDEV)
			cg_error_hint(&note, "they are not found where they were a moment ago");
		cg_fork_explain(errnum, &note);
		cg_options_report(cgns_ls.name, &note, false);
	}
}

/* Whether there are mounts that could not be looked at, though the caller may. */
static bool missed_mounts(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->unseen_count; i++)
		if (!cg_procfs_refused(-listing->unseen[i].errnum))
			return true;
	return false;
}

/* What the caller is not allowed to inspect is said. */
static void report_hidden(const struct ls_listing *listing)
{
	cleanup_error struct cg_error note = { 0 };

	if (listing->unexamined) {
		cg_error_set(&note, 0, "%zu process%s could not be examined", listing->unexamined,
			     listing->unexamined == 1 ? "" : "es");
		cg_error_hint(&note,
			      "PID %d: needs CAP_SYS_PTRACE and every capability that it has",
			      listing->unexamined_pid);
		cg_options_report(cgns_ls.name, &note, false);
	}
	if (listing->scan.incomplete) {
		cg_error_set(&note, 0, "/proc does not show all processes");
		cg_error_hint(&note, "it is mounted with hidepid");
		cg_options_report(cgns_ls.name, &note, false);
	}
	if (listing->scan.unseen.crowded) {
		cg_error_set(&note, 0, "the mounts of %zu process%s were not examined",
			     listing->scan.unseen.crowded,
			     listing->scan.unseen.crowded == 1 ? "" : "es");
		cg_error_hint(&note, "PID %d: its mount namespace has more than %d roots",
			      listing->scan.unseen.crowded_by, CG_HOLDER_ROOTS);
		cg_options_report(cgns_ls.name, &note, false);
	}
	if (wants_process(listing)) {
		cg_error_set(&note, EAGAIN, "cannot find the roots of namespaces");
		cg_fork_explain(EAGAIN, &note);
		cg_options_report(cgns_ls.name, &note, false);
	}
	report_roots(listing);
	report_mounts(listing);
}

static int print(struct ls_listing *listing, struct ls_columns *columns,
		 const struct ls_options *options, struct cg_error *err)
{
	if (options->tree)
		ls_listing_nest(listing);
	if (options->shared.flags & CG_TABLE_JSON)
		return ls_report_json(listing, columns, options, err);
	if (options->check)
		return ls_check_print(listing, options->problems, err);
	return ls_report_table(listing, columns, options, err);
}

static int list(const struct ls_options *options, struct ls_columns *columns)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_with(ls_listing_free) struct ls_listing listing = LS_LISTING_INIT;
	size_t failed;
	bool complete;

	listing.needs = ls_needs_of(columns, options);
	failed = open_targets(options, &listing);
	if (options->target_count && !listing.target_count)
		return options->check && listing.hidden_targets ? EXIT_SOME_FAILED
								: EXIT_ALL_FAILED;
	if (ls_listing_make(&listing, options->shared.hierarchy, &err) < 0)
		return fail(&err, false);
	complete = is_complete(&listing);
	if (options->states)
		ls_listing_select(&listing, options->states);
	if (print(&listing, columns, options, &err) < 0 || cg_output_close(&err) < 0)
		return fail(&err, false);
	if (!options->quiet)
		report_hidden(&listing);
	if (options->check && ls_check_failed(&listing, options->problems))
		return EXIT_PROBLEM;
	if (options->check && !complete)
		return EXIT_SOME_FAILED;
	return failed || wants_process(&listing) || missed_mounts(&listing) ? EXIT_SOME_FAILED : 0;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_ls_columns struct ls_columns columns = { 0 };
	cleanup_ls_options struct ls_options options = { 0 };
	int rc = ls_options_parse(argc, argv, &options, &err);

	if (rc == 0)
		rc = ls_columns_init(&columns, &options, &err);
	if (rc < 0)
		return fail(&err, true);
	if (rc == 0)
		return list(&options, &columns);
	if (options.list_columns)
		ls_columns_list();
	return cg_output_close(&err) < 0 ? fail(&err, false) : 0;
}
