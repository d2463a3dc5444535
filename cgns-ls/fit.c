/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "fit.h"

#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#define TREE_INDENT 2 /* characters for each level of a tree */

/* The widths that the columns have when nothing is cut. */
struct widths {
	const struct ls_columns *columns;
	const struct ls_options *options;
	size_t of[LS_COLUMN_COUNT];
};

static size_t number_width(uint64_t number)
{
	size_t width = 1;

	for (; number >= 10; number /= 10)
		width++;
	return width;
}

/* The characters in UTF-8 text as it will be printed, escaped. */
static size_t text_width(const char *text)
{
	cleanup_free char *safe = cg_escape(text);
	size_t width = 0;

	for (const char *at = safe; at && *at; at++)
		width += (*at & 0xc0) != 0x80;
	return width;
}

static void widen(struct widths *widths, enum ls_column column, const struct ls_cell *cell,
		  size_t depth)
{
	size_t width = 0;

	if (cell->kind == LS_CELL_NUMBER)
		width = number_width(cell->number);
	else if (cell->kind == LS_CELL_TEXT)
		width = text_width(cell->text);
	if (widths->columns->items[column].tree)
		width += depth * TREE_INDENT;
	if (width > widths->of[column])
		widths->of[column] = width;
}

static void measure_members(struct widths *widths, struct ls_row *row, size_t depth)
{
	const struct cg_selection *selection = &widths->columns->selection;
	bool own = ls_columns_have(widths->columns, LS_OWN);

	for (size_t i = 0; i < row->ns->member_count; i++) {
		cleanup_member struct ls_member member = { 0 };

		if (ls_member_look(row, i, row->listing->needs.details, own, &member) < 0)
			continue;
		for (size_t c = 0; c < selection->count; c++) {
			cleanup_cell struct ls_cell cell = LS_CELL_INIT;

			if (!ls_member_cell(&member, (enum ls_column)selection->items[c], &cell))
				widen(widths, (enum ls_column)selection->items[c], &cell, depth);
		}
	}
}

static void measure_row(struct widths *widths, struct ls_row *row, size_t depth)
{
	const struct cg_selection *selection = &widths->columns->selection;

	for (size_t c = 0; c < selection->count; c++) {
		cleanup_cell struct ls_cell cell = LS_CELL_INIT;

		if (!ls_namespace_cell(row, (enum ls_column)selection->items[c], &cell))
			widen(widths, (enum ls_column)selection->items[c], &cell, depth);
	}
	if (widths->options->members)
		measure_members(widths, row, depth + 1);
	for (struct ls_row *child = row->first_child; child; child = child->next_sibling)
		measure_row(widths, child, depth + 1);
}

static size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	struct winsize size;

	if (!ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) && size.ws_col)
		return size.ws_col;
	return columns ? strtoul(columns, NULL, 10) : 0;
}

void ls_fit(struct ls_listing *listing, struct ls_columns *columns,
	    const struct ls_options *options)
{
	const struct cg_selection *selection = &columns->selection;
	struct cg_column *command = &columns->items[LS_COMMAND];
	struct widths widths = { .columns = columns, .options = options };
	size_t terminal = isatty(STDOUT_FILENO) ? terminal_width() : 0;
	size_t taken = selection->count - 1; /* a blank between columns */

	if (!terminal || options->no_truncate || !ls_columns_have(columns, LS_COMMAND))
		return;
	for (size_t i = 0; i < listing->count; i++)
		if (!listing->rows[i].nested)
			measure_row(&widths, &listing->rows[i], 0);
	for (size_t i = 0; i < selection->count; i++) {
		const struct cg_column *column = &columns->items[selection->items[i]];
		size_t width = widths.of[selection->items[i]], share, heading;

		share = (size_t)(column->width * (double)terminal);
		heading = options->no_headings ? 0 : strlen(column->name);
		if (column == command)
			continue;
		if (column->truncate && width > share)
			width = share;
		taken += width > heading ? width : heading;
	}
	if (taken < terminal)
		command->width = ((double)(terminal - taken) + 0.5) / ((double)terminal + 1);
}
