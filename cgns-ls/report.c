/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "report.h"

#include <errno.h>

#include "colors.h"
#include "fit.h"
#include "table.h"

struct ls_needs ls_needs_of(const struct ls_columns *columns, const struct ls_options *options)
{
	static const struct {
		enum ls_column column;
		struct ls_needs needs;
	} wants[] = {
		{ LS_USER, { .details = CG_NSSCAN_USER } },
		{ LS_UID, { .details = CG_NSSCAN_USER } },
		{ LS_PPID, { .details = CG_NSSCAN_PPID } },
		{ LS_COMMAND, { .details = CG_NSSCAN_COMMAND } },
		{ LS_USERNS, { .details = CG_NSSCAN_OWNER } },
		{ LS_NSID, { .details = CG_NSSCAN_NS_ID } },
		{ LS_FILE, { .holders = CG_HOLDER_MOUNT } },
		{ LS_ROOT, { .roots = true } },
		{ LS_OUTSIDE, { .roots = true } },
		{ LS_OWN, { .roots = true } },
		{ LS_STATE, { .roots = true, .mounts = true } },
		{ LS_MOUNTROOT, { .mounts = true } },
	};
	struct ls_needs needs = {
		.holders = options->deep ? CG_HOLDER_ANY & ~CG_HOLDER_PROCESS : 0,
		.roots = options->tree || options->check,
		.mounts = options->check,
		.cgroups = options->members || options->check,
		.all_hierarchies = options->check,
	};

	for (size_t i = 0; i < CG_ARRAY_SIZE(wants); i++) {
		if (!ls_columns_have(columns, wants[i].column))
			continue;
		needs.details |= wants[i].needs.details;
		needs.holders |= wants[i].needs.holders;
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
	const struct ls_colors *colors;
};

static int set_cell(const struct printer *printer, struct libscols_line *line,
		    enum ls_column column, const struct ls_cell *cell)
{
	switch (cell->kind) {
	case LS_CELL_NUMBER:
		return cg_table_set_number(printer->table, line, column, cell->number);
	case LS_CELL_TEXT:
		return cg_table_set(printer->table, line, column, cell->text);
	case LS_CELL_EMPTY:
		return 0;
	}
	return 0;
}

static int add_member(const struct printer *printer, struct libscols_line *parent,
		      const struct ls_member *member)
{
	const struct cg_selection *selection = &printer->columns->selection;
	struct libscols_line *line = cg_table_row(printer->table, parent);
	int rc = line ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < selection->count; i++) {
		cleanup_cell struct ls_cell cell = LS_CELL_INIT;
		enum ls_column column = (enum ls_column)selection->items[i];

		/* lines for a script say by themselves which namespace they belong to */
		if (column == LS_NS && printer->options->raw)
			rc = ls_namespace_cell(member->row, column, &cell);
		else
			rc = ls_member_cell(member, column, &cell);
		if (!rc)
			rc = set_cell(printer, line, column, &cell);
	}
	if (!rc && member->outside)
		rc = cg_table_color(printer->table, line,
				    ls_colors_of(printer->colors, LS_OUTSIDE_ROOT));
	return rc;
}

static int add_members(const struct printer *printer, struct libscols_line *parent,
		       struct ls_row *row)
{
	bool own = ls_columns_have(printer->columns, LS_OWN);
	int rc = 0;

	for (size_t i = 0; !rc && i < row->ns->member_count; i++) {
		cleanup_member struct ls_member member = { 0 };

		rc = ls_member_look(row, i, row->listing->needs.details, own, &member);
		if (rc == -ESRCH)
			rc = 0;
		else if (!rc)
			rc = add_member(printer, parent, &member);
	}
	return rc;
}

static int add_row(const struct printer *printer, struct libscols_line *parent, struct ls_row *row)
{
	const struct cg_selection *selection = &printer->columns->selection;
	struct libscols_line *line = cg_table_row(printer->table, parent);
	int rc = line ? 0 : -ENOMEM;

	for (size_t i = 0; !rc && i < selection->count; i++) {
		cleanup_cell struct ls_cell cell = LS_CELL_INIT;

		rc = ls_namespace_cell(row, (enum ls_column)selection->items[i], &cell);
		if (!rc)
			rc = set_cell(printer, line, (enum ls_column)selection->items[i], &cell);
	}
	if (!rc && row->states)
		rc = cg_table_color(printer->table, line,
				    ls_colors_of(printer->colors, row->states));
	if (!rc && printer->options->members)
		rc = add_members(printer, line, row);
	for (struct ls_row *child = row->first_child; !rc && child; child = child->next_sibling)
		rc = add_row(printer, line, child);
	return rc;
}

static unsigned int table_flags(const struct ls_options *options, const struct ls_colors *colors)
{
	unsigned int flags = 0;

	if (options->raw)
		flags |= CG_TABLE_RAW;
	if (options->no_headings)
		flags |= CG_TABLE_NO_HEADINGS;
	if (options->no_truncate)
		flags |= CG_TABLE_NO_TRUNCATE;
	if (options->tree || options->members)
		flags |= CG_TABLE_TREE;
	if (colors->wanted)
		flags |= CG_TABLE_COLORS;
	return flags;
}

int ls_report_table(struct ls_listing *listing, struct ls_columns *columns,
		    const struct ls_options *options, struct cg_error *err)
{
	cleanup_colors struct ls_colors colors = { 0 };
	struct printer printer = { NULL, columns, options, &colors };
	int rc = ls_colors_init(&colors, options->color);

	if (rc)
		return cg_error_set(err, -rc, "cannot choose the colours");
	ls_fit(listing, columns, options);
	rc = cg_table_new("namespaces", columns->items, &columns->selection,
			  table_flags(options, &colors), &printer.table, err);
	if (rc)
		return rc;
	for (size_t i = 0; !rc && i < listing->count; i++)
		if (!listing->rows[i].nested)
			rc = add_row(&printer, NULL, &listing->rows[i]);
	if (!rc)
		rc = cg_table_print(printer.table);
	cg_table_free(printer.table);
	return rc ? cg_error_set(err, -rc, "cannot print the namespaces") : 0;
}
