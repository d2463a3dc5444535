/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "options.h"

#define RAW_NOTHING "-" /* in the place of an empty cell, which read of the shell would skip */

struct cg_table {
	bool ascii; /* the locale has no UTF-8 */
	struct libscols_table *scols;
	const struct cg_selection *selection;
	unsigned int flags;
};

void cg_selection_free(struct cg_selection *selection)
{
	free(selection->items);
	*selection = (struct cg_selection)CG_SELECTION_INIT;
}

bool cg_selection_has(const struct cg_selection *selection, unsigned int column)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (selection->items[i] == column)
			return true;
	}
	return false;
}

/* There is room for every column once. */
static void select_once(struct cg_selection *selection, unsigned int column)
{
	if (!cg_selection_has(selection, column))
		selection->items[selection->count++] = column;
}

static int selection_alloc(struct cg_selection *selection, size_t count)
{
	selection->count = 0;
	selection->items = calloc(count ?: 1, sizeof(*selection->items));
	return selection->items ? 0 : -ENOMEM;
}

int cg_selection_all(size_t count, struct cg_selection *selection)
{
	int rc = selection_alloc(selection, count);

	for (size_t i = 0; !rc && i < count; i++)
		select_once(selection, (unsigned int)i);
	return rc;
}

static int explain_column(const struct cg_column *columns, size_t count, const char *name,
			  struct cg_error *err)
{
	cleanup_free const char **names = calloc(count ?: 1, sizeof(*names));
	const char *nearest = NULL;

	for (size_t i = 0; names && i < count; i++)
		names[i] = columns[i].name;
	if (names)
		nearest = cg_nearest(name, names, count);
	if (*name)
		cg_error_set(err, 0, "unknown column '%s'", name);
	else
		cg_error_set(err, 0, "the column list names an empty column");
	if (nearest)
		return cg_error_hint(err, "did you mean '%s'? --list-columns shows all", nearest);
	return cg_error_hint(err, "--list-columns shows all");
}

/* Adds the columns of a list like "A,B". */
static int select_list(const struct cg_column *columns, size_t count, const char *list,
		       struct cg_selection *selection, struct cg_error *err)
{
	for (;;) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < count && (strncasecmp(columns[i].name, list, len) != 0 ||
				     columns[i].name[len] != '\0'))
			i++;
		if (i == count) {
			cleanup_free char *name = strndup(list, len);

			if (!name)
				return cg_error_set(err, ENOMEM, "cannot read the column list");
			return explain_column(columns, count, name, err);
		}
		select_once(selection, (unsigned int)i);
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

int cg_selection_parse(const struct cg_column *columns, size_t count, const char *list,
		       struct cg_selection *selection, struct cg_error *err)
{
	bool add = !list || *list == '+';
	int rc = selection_alloc(selection, count);

	if (rc)
		return cg_error_set(err, ENOMEM, "cannot read the column list");
	for (size_t i = 0; add && i < count; i++) {
		if (columns[i].by_default)
			select_once(selection, (unsigned int)i);
	}
	if (list)
		rc = select_list(columns, count, list + add, selection, err);
	if (rc)
		cg_selection_free(selection);
	return rc;
}

void cg_columns_list(const struct cg_column *columns, size_t count)
{
	size_t widest = 0;

	for (size_t i = 0; i < count; i++) {
		size_t width = strlen(columns[i].name);

		if (width > widest)
			widest = width;
	}
	for (size_t i = 0; i < count; i++)
		printf("%*s  %s\n", -(int)widest, columns[i].name, columns[i].help);
}

static bool is_text(const struct cg_table *table)
{
	return !(table->flags & (CG_TABLE_JSON | CG_TABLE_RAW));
}

/* Which of the selected columns carries the tree's lines; the first if none was meant to. */
static size_t tree_column(const struct cg_column *columns, const struct cg_selection *selection)
{
	for (size_t i = 0; i < selection->count; i++) {
		if (columns[selection->items[i]].tree)
			return i;
	}
	return 0;
}

static int add_column(struct cg_table *table, const struct cg_column *column, bool tree)
{
	static const int json_types[] = {
		[CG_COLUMN_STRING] = SCOLS_JSON_STRING,
		[CG_COLUMN_NUMBER] = SCOLS_JSON_NUMBER,
		[CG_COLUMN_BOOLEAN] = SCOLS_JSON_BOOLEAN_OPTIONAL,
	};
	struct libscols_column *added;
	int flags = 0;

	if (column->type == CG_COLUMN_NUMBER)
		flags |= SCOLS_FL_RIGHT;
	if (column->truncate && !(table->flags & CG_TABLE_NO_TRUNCATE))
		flags |= SCOLS_FL_TRUNC;
	if (tree)
		flags |= SCOLS_FL_TREE;
	added = scols_table_new_column(table->scols, column->name, column->width, flags);
	if (!added)
		return -ENOMEM;
	return scols_column_set_json_type(added, json_types[column->type]);
}

static int fill_table(struct cg_table *table, const char *name, const struct cg_column *columns)
{
	unsigned int flags = table->flags;
	bool tree = (flags & CG_TABLE_TREE) && !(flags & CG_TABLE_RAW);
	size_t carrier = tree_column(columns, table->selection);
	int rc;

	/* Widths and the tree's lines are those of the user's terminal. */
	if (is_text(table))
		setlocale(LC_CTYPE, "");
	/* libsmartcols never ends where it meets UTF-8 in a locale that is not. */
	table->ascii = is_text(table) && strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	table->scols = scols_new_table();
	if (!table->scols)
		return -ENOMEM;
	rc = scols_table_set_name(table->scols, name);
	scols_table_enable_json(table->scols, !!(flags & CG_TABLE_JSON));
	scols_table_enable_raw(table->scols, !!(flags & CG_TABLE_RAW));
	scols_table_enable_noheadings(table->scols, !!(flags & CG_TABLE_NO_HEADINGS));
	scols_table_enable_colors(table->scols, is_text(table) && (flags & CG_TABLE_COLORS));
	/* cg_table_set() has made the text safe. */
	scols_table_enable_noencoding(table->scols, 1);
	for (size_t i = 0; !rc && i < table->selection->count; i++)
		rc = add_column(table, &columns[table->selection->items[i]], tree && i == carrier);
	return rc;
}

int cg_table_new(const char *name, const struct cg_column *columns,
		 const struct cg_selection *selection, unsigned int flags, struct cg_table **result,
		 struct cg_error *err)
{
	struct cg_table *table = calloc(1, sizeof(*table));
	int rc = -ENOMEM;

	if (table) {
		table->selection = selection;
		table->flags = flags;
		rc = fill_table(table, name, columns);
	}
	if (rc) {
		cg_table_free(table);
		return cg_error_set(err, -rc, "cannot make a table");
	}
	*result = table;
	return 0;
}

void cg_table_free(struct cg_table *table)
{
	if (!table)
		return;
	scols_unref_table(table->scols);
	free(table);
}

struct libscols_line *cg_table_row(struct cg_table *table, struct libscols_line *parent)
{
	struct libscols_line *row = scols_table_new_line(table->scols, parent);

	/* In raw output a cell that nobody sets is there all the same. */
	for (size_t i = 0; row && (table->flags & CG_TABLE_RAW) && i < table->selection->count;
	     i++) {
		if (cg_table_set(table, row, table->selection->items[i], NULL) < 0)
			return NULL;
	}
	return row;
}

/* Text with every byte that is not ASCII as \xHH. Takes text over. */
static char *escape_non_ascii(char *text)
{
	cleanup_free char *from = text;
	char *result = text ? malloc(strlen(text) * strlen("\\xHH") + 1) : NULL;
	char *to = result;

	if (!result)
		return NULL;
	for (const char *at = from; *at; at++) {
		if ((unsigned char)*at < 0x80)
			*to++ = *at;
		else
			to += sprintf(to, "\\x%02x", (unsigned int)(unsigned char)*at);
	}
	*to = '\0';
	return result;
}

/* A copy of data that may go out; libsmartcols itself makes raw output safe. */
static char *safe_copy(const struct cg_table *table, const char *data)
{
	if (table->flags & CG_TABLE_JSON)
		return cg_escape_invalid(data);
	if (table->flags & CG_TABLE_RAW)
		return strdup(*data ? data : RAW_NOTHING);
	return table->ascii ? escape_non_ascii(cg_escape(data)) : cg_escape(data);
}

int cg_table_set(struct cg_table *table, struct libscols_line *row, unsigned int column,
		 const char *data)
{
	const struct cg_selection *selection = table->selection;
	cleanup_free char *copy = NULL;
	size_t at = 0;
	int rc;

	while (at < selection->count && selection->items[at] != column)
		at++;
	if (at == selection->count)
		return 0;
	if (!data && (table->flags & CG_TABLE_RAW))
		data = "";
	if (data) {
		copy = safe_copy(table, data);
		if (!copy)
			return -ENOMEM;
	}
	rc = scols_line_refer_data(row, at, copy);
	if (!rc)
		copy = NULL; /* the row's now */
	return rc;
}

int cg_table_set_number(struct cg_table *table, struct libscols_line *row, unsigned int column,
			uint64_t number)
{
	char text[sizeof("18446744073709551615")];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return cg_table_set(table, row, column, text);
}

int cg_table_color(struct cg_table *table, struct libscols_line *row, const char *color)
{
	if (!is_text(table) || !(table->flags & CG_TABLE_COLORS))
		return 0;
	return scols_line_set_color(row, color);
}

int cg_table_print(struct cg_table *table)
{
	return scols_print_table(table->scols);
}
