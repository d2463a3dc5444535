/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Nested JSON: libsmartcols nests rows of one kind only, and under one key;
 * members are not namespaces, and have keys of their own.
 */
#include "config.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "check.h"
#include "report.h"

/* Where the printing is. */
struct writer {
	const struct ls_columns *columns;
	const struct ls_options *options;
	int depth;
	bool first; /* nothing stands yet in the object or array that is open */
};

static void begin_item(struct writer *writer)
{
	printf("%s\n%*s", writer->first ? "" : ",", writer->depth * 3, "");
	writer->first = false;
}

static void open_with(struct writer *writer, char bracket)
{
	putchar(bracket);
	writer->depth++;
	writer->first = true;
}

static void close_with(struct writer *writer, char bracket)
{
	writer->depth--;
	if (!writer->first)
		printf("\n%*s", writer->depth * 3, "");
	putchar(bracket);
	writer->first = false;
}

/* A JSON string (RFC 8259, section 7); what is no UTF-8 is escaped as \xHH first. */
static int write_string(const char *text)
{
	cleanup_free char *valid = cg_escape_invalid(text);

	if (!valid)
		return -ENOMEM;
	putchar('"');
	for (const char *at = valid; *at; at++) {
		if (*at == '"' || *at == '\\')
			printf("\\%c", *at);
		else if ((unsigned char)*at < 0x20 || *at == 0x7f)
			printf("\\u%04x", (unsigned int)*at);
		else
			putchar(*at);
	}
	putchar('"');
	return 0;
}

static void write_key(struct writer *writer, const char *name)
{
	begin_item(writer);
	putchar('"');
	for (; *name; name++)
		putchar(tolower((unsigned char)*name));
	fputs("\": ", stdout);
}

static int write_cell(struct writer *writer, enum ls_column column, const struct ls_cell *cell)
{
	write_key(writer, writer->columns->items[column].name);
	switch (cell->kind) {
	case LS_CELL_NUMBER:
		printf("%" PRIu64, cell->number);
		break;
	case LS_CELL_TEXT:
		return write_string(cell->text);
	case LS_CELL_EMPTY:
		fputs("null", stdout);
		break;
	}
	return 0;
}

/* The selected columns of a member or, where that is NULL, of the row's namespace. */
static int write_cells(struct writer *writer, const struct ls_row *row,
		       const struct ls_member *member)
{
	const struct cg_selection *selection = &writer->columns->selection;
	int rc = 0;

	for (size_t i = 0; !rc && i < selection->count; i++) {
		cleanup_cell struct ls_cell cell = LS_CELL_INIT;
		enum ls_column column = (enum ls_column)selection->items[i];

		if (!(member ? ls_column_is_of_member(column) : ls_column_is_of_namespace(column)))
			continue;
		rc = member ? ls_member_cell(member, column, &cell)
			    : ls_namespace_cell(row, column, &cell);
		if (!rc)
			rc = write_cell(writer, column, &cell);
	}
	return rc;
}

static int write_member(struct writer *writer, const struct ls_member *member)
{
	int rc;

	begin_item(writer);
	open_with(writer, '{');
	rc = write_cells(writer, member->row, member);
	close_with(writer, '}');
	return rc;
}

static int write_members(struct writer *writer, struct ls_row *row)
{
	bool own = ls_columns_have(writer->columns, LS_OWN);
	int rc = 0;

	write_key(writer, "members");
	open_with(writer, '[');
	for (size_t i = 0; !rc && i < row->ns->member_count; i++) {
		cleanup_member struct ls_member member = { 0 };

		rc = ls_member_look(row, i, row->listing->needs.details, own, &member);
		if (rc == -ESRCH)
			rc = 0;
		else if (!rc)
			rc = write_member(writer, &member);
	}
	close_with(writer, ']');
	return rc;
}

static int write_problem(const char *sentence, void *data)
{
	begin_item(data);
	return write_string(sentence);
}

static int write_problems(struct writer *writer, struct ls_row *row)
{
	int rc;

	write_key(writer, "problems");
	open_with(writer, '[');
	rc = ls_check_rows(row, 1, write_problem, writer);
	close_with(writer, ']');
	return rc;
}

static int write_row(struct writer *writer, struct ls_row *row);

static int write_children(struct writer *writer, struct ls_row *row)
{
	int rc = 0;

	write_key(writer, "namespaces");
	open_with(writer, '[');
	for (struct ls_row *child = row->first_child; !rc && child; child = child->next_sibling)
		rc = write_row(writer, child);
	close_with(writer, ']');
	return rc;
}

static int write_row(struct writer *writer, struct ls_row *row)
{
	int rc;

	begin_item(writer);
	open_with(writer, '{');
	rc = write_cells(writer, row, NULL);
	if (!rc && writer->options->check)
		rc = write_problems(writer, row);
	if (!rc && writer->options->members)
		rc = write_members(writer, row);
	if (!rc && writer->options->tree)
		rc = write_children(writer, row);
	close_with(writer, '}');
	return rc;
}

int ls_report_json(struct ls_listing *listing, const struct ls_columns *columns,
		   const struct ls_options *options, struct cg_error *err)
{
	struct writer writer = { columns, options, 0, true };
	int rc = 0;

	open_with(&writer, '{');
	write_key(&writer, "namespaces");
	open_with(&writer, '[');
	for (size_t i = 0; !rc && i < listing->count; i++)
		if (!listing->rows[i].nested)
			rc = write_row(&writer, &listing->rows[i]);
	close_with(&writer, ']');
	close_with(&writer, '}');
	putchar('\n');
	return rc ? cg_error_set(err, -rc, "cannot print the namespaces") : 0;
}
