/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the listing: a table, or JSON, in which members and problems have keys of their own. */
#include "report.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "check.h"
#include "table.h"

struct ls_needs ls_needs_of(const struct ls_columns *columns, const struct ls_options *options)
{
	static const struct {
		enum ls_column column;
		struct ls_needs needs;
	} wants[] = {
		{ LS_PID, { .process = true } },
		{ LS_USER, { .details = CG_NSSCAN_USER, .process = true } },
		{ LS_UID, { .details = CG_NSSCAN_USER, .process = true } },
		{ LS_PPID, { .details = CG_NSSCAN_PPID, .process = true } },
		{ LS_COMMAND, { .details = CG_NSSCAN_COMMAND, .process = true } },
		{ LS_HOLDER, { .process = true } },
		{ LS_USERNS, { .details = CG_NSSCAN_OWNER } },
		{ LS_NSID, { .details = CG_NSSCAN_NS_ID } },
		{ LS_FILE, { .holders = CG_HOLDER_MOUNT } },
		{ LS_ROOT, { .roots = true } },
		{ LS_CONTAINER, { .process = true, .roots = true } },
		{ LS_POD, { .process = true, .roots = true } },
		{ LS_UNIT, { .process = true, .roots = true } },
		{ LS_OUTSIDE, { .roots = true } },
		{ LS_OWN, { .roots = true } },
		{ LS_STATE, { .process = true, .roots = true, .mounts = true } },
		{ LS_WHERE, { .process = true, .roots = true, .mounts = true } },
		{ LS_MOUNTROOT, { .process = true, .mounts = true } },
	};
	bool judged = options->check || options->states;
	struct ls_needs needs = {
		.holders = options->deep ? CG_HOLDER_ANY & ~CG_HOLDER_PROCESS : 0,
		.process = judged,
		.roots = options->tree || judged,
		.mounts = judged,
		.initial_members = options->members && options->target_count,
	};

	for (size_t i = 0; i < CG_ARRAY_SIZE(wants); i++) {
		if (!ls_columns_have(columns, wants[i].column))
			continue;
		needs.details |= wants[i].needs.details;
		needs.holders |= wants[i].needs.holders;
		needs.process |= wants[i].needs.process;
		needs.roots |= wants[i].needs.roots;
		needs.mounts |= wants[i].needs.mounts;
	}
	return needs;
}

/* What the printing of a table carries along. */
struct printer {
	struct cg_table *table;
	const struct ls_columns *columns;
	const struct ls_options *options;
};

static bool is_raw(const struct printer *printer)
{
	return printer->options->shared.flags & CG_TABLE_RAW;
}

/* Of the eight colors that every terminal has; the worst state first. */
static const char *color_of(unsigned int states)
{
	static const struct {
		enum ls_state state;
		const char *color; /* as libsmartcols names it */
	} colors[] = {
		{ LS_REMOVED, "red" }, { LS_OUTSIDE_ROOT, "yellow" }, { LS_MOUNT, "magenta" },
		{ LS_HIDDEN, "cyan" }, { LS_PINNED, "cyan" },
	};
	size_t i = 0;

	while (i + 1 < CG_ARRAY_SIZE(colors) && !(states & colors[i].state))
		i++;
	return colors[i].color;
}

static bool wants_color(enum ls_color when)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	if (when != LS_COLOR_AUTO)
		return when == LS_COLOR_ALWAYS;
	return isatty(STDOUT_FILENO) && term && strcmp(term, "dumb") != 0 &&
	       !(no_color && *no_color);
}

static int add_member(const struct printer *printer, struct cg_row *parent,
		      const struct ls_member *member)
{
	const struct cg_selection *selection = &printer->columns->selection;
	struct cg_row *line = cg_table_row(printer->table, parent);
	int rc = line ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < selection->count; i++) {
		cleanup_cell struct ls_cell cell = { 0 };
		enum ls_column column = (enum ls_column)selection->items[i];

		if (column == LS_PATH && printer->columns->brief &&
		    ls_path_is_implied(member->row, member->member))
			continue;
		/* lines for a script say by themselves which namespace they belong to */
		if (column == LS_NS && is_raw(printer))
			rc = ls_namespace_cell(member->row, column, &cell);
		else
			rc = ls_member_cell(member, column, &cell);
		if (rc == 0)
			rc = cg_table_set(printer->table, line, column, cell.text);
	}
	if (rc == 0 && member->outside)
		cg_table_color(printer->table, line, color_of(LS_OUTSIDE_ROOT));
	return rc;
}

/* A last line for those that are not listed. */
static int add_remark(const struct printer *printer, struct cg_row *parent, size_t kernel_threads)
{
	struct cg_row *line = cg_table_row(printer->table, parent);
	char text[64];

	snprintf(text, sizeof(text), "[%zu kernel threads]", kernel_threads);
	return line ? cg_table_set(printer->table, line, LS_COMMAND, text) : -ENOMEM;
}

static int add_members(const struct printer *printer, struct cg_row *parent, struct ls_row *row)
{
	bool own = ls_columns_have(printer->columns, LS_OWN);
	size_t kernel_threads = 0;
	int rc = 0;

	if (!ls_lists_members(row))
		return 0;
	for (size_t i = 0; rc == 0 && i < row->ns->member_count; i++) {
		cleanup_member struct ls_member member = { 0 };

		if (ls_member_is_kernel_thread(row, i)) {
			kernel_threads++;
			continue;
		}
		rc = ls_member_look(row, i, row->listing->needs.details, own, &member);
		if (rc == -ESRCH)
			rc = 0;
		else if (rc == 0)
			rc = add_member(printer, parent, &member);
	}
	if (rc == 0 && kernel_threads && !is_raw(printer))
		rc = add_remark(printer, parent, kernel_threads);
	return rc;
}

static int add_row(const struct printer *printer, struct cg_row *parent, struct ls_row *row)
{
	const struct cg_selection *selection = &printer->columns->selection;
	struct cg_row *line = cg_table_row(printer->table, parent);
	int rc = line ? 0 : -ENOMEM;

	for (size_t i = 0; rc == 0 && i < selection->count; i++) {
		cleanup_cell struct ls_cell cell = { 0 };
		enum ls_column column = (enum ls_column)selection->items[i];

		rc = ls_namespace_cell(row, column, &cell);
		if (rc == 0 && !is_raw(printer))
			rc = ls_shorten(row, column, &cell);
		if (rc == 0)
			rc = cg_table_set(printer->table, line, column, cell.text);
	}
	if (rc == 0 && row->states)
		cg_table_color(printer->table, line, color_of(row->states));
	if (rc == 0 && printer->options->members)
		rc = add_members(printer, line, row);
	for (struct ls_row *child = row->first_child; rc == 0 && child; child = child->next_sibling)
		rc = add_row(printer, line, child);
	return rc;
}

static unsigned int table_flags(const struct ls_options *options)
{
	unsigned int flags = options->shared.flags;

	if (options->tree || options->members)
		flags |= CG_TABLE_TREE;
	if (wants_color(options->color))
		flags |= CG_TABLE_COLORS;
	return flags;
}

int ls_report_table(struct ls_listing *listing, struct ls_columns *columns,
		    const struct ls_options *options, struct cg_error *err)
{
	struct printer printer = { NULL, columns, options };
	int rc;

	ls_columns_adapt(columns, options, listing);
	rc = cg_table_new("namespaces", columns->items, &columns->selection, table_flags(options),
			  &printer.table, err);
	if (rc)
		return rc;
	for (size_t i = 0; rc == 0 && i < listing->count; i++)
		if (!listing->rows[i].nested)
			rc = add_row(&printer, NULL, &listing->rows[i]);
	if (rc == 0)
		rc = cg_table_print(printer.table);
	if (rc == 0 && listing->count &&
	    (ls_columns_have(columns, LS_ROOT) || ls_columns_have(columns, LS_PATH)))
		cg_shared_options_remark(&options->shared);
	cg_table_free(printer.table);
	return rc ? cg_error_set(err, -rc, "cannot print the namespaces") : 0;
}

/* JSON ------------------------------------------------------------------------- */

struct writer {
	struct cg_json json;
	const struct ls_columns *columns;
	const struct ls_options *options;
};

static void write_number(struct cg_json *json, const char *key, uint64_t number)
{
	char text[sizeof("18446744073709551615")];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	cg_json_word(json, key, text);
}

/* The selected columns of a member or, where that is NULL, of the row's namespace. */
static int write_cells(struct writer *writer, const struct ls_row *row,
		       const struct ls_member *member)
{
	const struct cg_selection *selection = &writer->columns->selection;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < selection->count; i++) {
		cleanup_cell struct ls_cell cell = { 0 };
		enum ls_column column = (enum ls_column)selection->items[i];
		const char *key = writer->columns->items[column].name;

		if (!(member ? ls_column_is_of_member(column) : ls_column_is_of_namespace(column)))
			continue;
		rc = member ? ls_member_cell(member, column, &cell)
			    : ls_namespace_cell(row, column, &cell);
		if (rc == 0 && cell.is_number)
			cg_json_word(&writer->json, key, cell.text);
		else if (rc == 0)
			rc = cg_json_text(&writer->json, key, cell.text);
	}
	return rc;
}

static int write_members(struct writer *writer, struct ls_row *row)
{
	bool own = ls_columns_have(writer->columns, LS_OWN);
	int rc = 0;

	cg_json_open(&writer->json, "members", '[');
	for (size_t i = 0; rc == 0 && ls_lists_members(row) && i < row->ns->member_count; i++) {
		cleanup_member struct ls_member member = { 0 };

		if (ls_member_is_kernel_thread(row, i))
			continue;
		rc = ls_member_look(row, i, row->listing->needs.details, own, &member);
		if (rc == -ESRCH) {
			rc = 0;
			continue;
		}
		cg_json_open(&writer->json, NULL, '{');
		if (rc == 0)
			rc = write_cells(writer, row, &member);
		cg_json_close(&writer->json, '}');
	}
	cg_json_close(&writer->json, ']');
	return rc;
}

static int write_problem(struct writer *writer, const struct ls_problem *problem)
{
	const struct cg_hierarchies *hierarchies = &problem->row->listing->hierarchies;
	cleanup_free char *state = ls_state_text(problem->state);
	const struct {
		const char *key, *text;
	} texts[] = {
		{ "command", problem->command },
		{ "cgroup", problem->cgroup },
		{ "own", problem->own },
		{ "root", problem->root },
		{ "mountroot", problem->mount_root },
		{ "text", problem->text },
		{ "fix", problem->fix },
		{ "do", problem->todo },
	};
	struct cg_json *json = &writer->json;
	int rc = state ? 0 : -ENOMEM;

	cg_json_open(json, NULL, '{');
	if (rc == 0)
		rc = cg_json_text(json, "state", state);
	cg_json_word(json, "note", problem->state & writer->options->problems ? "false" : "true");
	cg_json_open(json, "hierarchies", '[');
	for (size_t i = 0; rc == 0 && i < problem->hierarchy_count; i++)
		rc = cg_json_text(json, NULL, hierarchies->items[problem->hierarchies[i]].name);
	cg_json_close(json, ']');
	if (problem->pid_count)
		write_number(json, "pid", (uint64_t)problem->pids[0]);
	else
		cg_json_word(json, "pid", "null");
	cg_json_open(json, "pids", '[');
	for (size_t i = 0; i < problem->pid_count; i++)
		write_number(json, NULL, (uint64_t)problem->pids[i]);
	cg_json_close(json, ']');
	for (size_t i = 0; rc == 0 && i < CG_ARRAY_SIZE(texts); i++)
		rc = cg_json_text(json, texts[i].key, texts[i].text);
	cg_json_close(json, '}');
	return rc;
}

static int write_problems(struct writer *writer, struct ls_row *row)
{
	cleanup_problems struct ls_problems problems = { 0 };
	int rc = ls_check_row(row, &problems);

	cg_json_open(&writer->json, "problems", '[');
	for (size_t i = 0; rc == 0 && i < problems.count; i++)
		rc = write_problem(writer, &problems.items[i]);
	cg_json_close(&writer->json, ']');
	return rc;
}

static int write_row(struct writer *writer, struct ls_row *row)
{
	int rc;

	cg_json_open(&writer->json, NULL, '{');
	rc = write_cells(writer, row, NULL);
	if (rc == 0 && writer->options->check)
		rc = write_problems(writer, row);
	if (rc == 0 && writer->options->members)
		rc = write_members(writer, row);
	if (writer->options->tree) {
		cg_json_open(&writer->json, "namespaces", '[');
		for (struct ls_row *child = row->first_child; rc == 0 && child;
		     child = child->next_sibling)
			rc = write_row(writer, child);
		cg_json_close(&writer->json, ']');
	}
	cg_json_close(&writer->json, '}');
	return rc;
}

int ls_report_json(struct ls_listing *listing, const struct ls_columns *columns,
		   const struct ls_options *options, struct cg_error *err)
{
	struct writer writer = { { 0 }, columns, options };
	int rc = 0;

	cg_json_open(&writer.json, NULL, '{');
	cg_json_open(&writer.json, "namespaces", '[');
	for (size_t i = 0; rc == 0 && i < listing->count; i++)
		if (!listing->rows[i].nested)
			rc = write_row(&writer, &listing->rows[i]);
	cg_json_close(&writer.json, ']');
	cg_json_close(&writer.json, '}');
	return rc ? cg_error_set(err, -rc, "cannot print the namespaces") : 0;
}
