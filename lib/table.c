/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "table.h"

#include <errno.h>
#include <inttypes.h>
#include <langinfo.h>
#include <libsmartcols.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#define RAW_NOTHING "-" /* instead of an empty cell, which read of the shell would skip */
#define TREE_INDENT 2	/* characters for each level of a tree */
#define NARROWEST   8	/* no column is cut or wrapped to less */
#define SHORT	    20	/* a column that has no more than that is wrapped late */

struct cg_row {
	const struct cg_row *parent;
	const char *color;
	struct libscols_line *line; /* while it is printed */
	char *cells[];		    /* of the selected columns */
};

struct cg_table {
	bool ascii;  /* the locale has no UTF-8 */
	size_t tree; /* the column with the tree's lines, which a list has not; SIZE_MAX */
	const char *name;
	const struct cg_column *columns;
	const struct cg_selection *selection;
	unsigned int flags;
	struct cg_row **rows;
	size_t row_count;
	size_t row_size; /* that there is room for */
};

void cg_selection_free(struct cg_selection *selection)
{
	free(selection->items);
	*selection = (struct cg_selection){ 0 };
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

int cg_selection_all(size_t count, struct cg_selection *selection, struct cg_error *err)
{
	if (selection_alloc(selection, count) < 0)
		return cg_error_set(err, ENOMEM, "cannot choose the columns");
	for (size_t i = 0; i < count; i++)
		select_once(selection, (unsigned int)i);
	return 0;
}

static int explain_column(const struct cg_column *columns, size_t count, const char *name,
			  struct cg_error *err)
{
	const char *nearest = cg_nearest(name, &columns->name, count, sizeof(*columns));

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

static const struct cg_column *column_of(const struct cg_table *table, size_t i)
{
	return &table->columns[table->selection->items[i]];
}

/* Before 2.41 libsmartcols made columns as wide as headings that it did not print. */
static const char *heading_of(const struct cg_table *table, size_t i)
{
	return table->flags & CG_TABLE_NO_HEADINGS ? NULL : column_of(table, i)->name;
}

int cg_table_new(const char *name, const struct cg_column *columns,
		 const struct cg_selection *selection, unsigned int flags, struct cg_table **result,
		 struct cg_error *err)
{
	struct cg_table *table = calloc(1, sizeof(*table));
	bool tree = (flags & CG_TABLE_TREE) && !(flags & CG_TABLE_RAW);

	if (!table)
		return cg_error_set(err, ENOMEM, "cannot make a table");
	table->tree = tree ? tree_column(columns, selection) : SIZE_MAX;
	table->name = name;
	table->columns = columns;
	table->selection = selection;
	table->flags = flags;
	/* Widths and the tree's lines are those of the user's terminal. */
	if (is_text(table))
		setlocale(LC_CTYPE, "");
	/* libsmartcols never ends where it meets UTF-8 in a locale that is not. */
	table->ascii = is_text(table) && strcmp(nl_langinfo(CODESET), "UTF-8") != 0;
	*result = table;
	return 0;
}

static void remove_last_row(struct cg_table *table)
{
	struct cg_row *row = table->rows[--table->row_count];

	for (size_t i = 0; i < table->selection->count; i++)
		free(row->cells[i]);
	free(row);
}

void cg_table_free(struct cg_table *table)
{
	if (!table)
		return;
	while (table->row_count)
		remove_last_row(table);
	free(table->rows);
	free(table);
}

struct cg_row *cg_table_row(struct cg_table *table, const struct cg_row *parent)
{
	size_t count = table->selection->count;
	struct cg_row *row;

	if (table->row_count == table->row_size) {
		size_t size = table->row_size ? 2 * table->row_size : 16;
		struct cg_row **rows = reallocarray(table->rows, size, sizeof(*rows));

		if (!rows)
			return NULL;
		table->rows = rows;
		table->row_size = size;
	}
	row = calloc(1, sizeof(*row) + count * sizeof(*row->cells));
	if (!row)
		return NULL;
	row->parent = parent;
	table->rows[table->row_count++] = row;
	/* In raw output a cell that nobody sets is there all the same. */
	for (size_t i = 0; (table->flags & CG_TABLE_RAW) && i < count; i++) {
		if (cg_table_set(table, row, table->selection->items[i], NULL) < 0)
			return NULL;
	}
	return row;
}

/* A copy of data that may go out; libsmartcols itself makes raw output safe. */
static char *safe_copy(const struct cg_table *table, const char *data)
{
	if (table->flags & CG_TABLE_JSON)
		return strdup(data);
	if (table->flags & CG_TABLE_RAW)
		return strdup(*data ? data : RAW_NOTHING);
	return table->ascii ? cg_escape_non_ascii(data) : cg_escape(data);
}

int cg_table_set(struct cg_table *table, struct cg_row *row, unsigned int column, const char *data)
{
	const struct cg_selection *selection = table->selection;
	char *copy = NULL;
	size_t at = 0;

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
	free(row->cells[at]);
	row->cells[at] = copy;
	return 0;
}

int cg_table_set_number(struct cg_table *table, struct cg_row *row, unsigned int column,
			uint64_t number)
{
	char text[sizeof("18446744073709551615")];

	snprintf(text, sizeof(text), "%" PRIu64, number);
	return cg_table_set(table, row, column, text);
}

void cg_table_color(const struct cg_table *table, struct cg_row *row, const char *color)
{
	if (is_text(table) && (table->flags & CG_TABLE_COLORS))
		row->color = color;
}

static bool same_cell(const struct cg_row *a, const struct cg_row *b, size_t i)
{
	const char *one = a->cells[i], *other = b->cells[i];

	return one && other ? strcmp(one, other) == 0 : one == other;
}

int cg_table_fold(struct cg_table *table, struct cg_row *other, unsigned int column)
{
	const struct cg_row *row = table->rows[table->row_count - 1];
	size_t count = table->selection->count, at = count;
	char *both;

	for (size_t i = 0; i < count; i++) {
		if (table->selection->items[i] == column)
			at = i;
		else if (!same_cell(other, row, i))
			return 0;
	}
	if (at == count || count == 1 || !is_text(table))
		return 0;
	both = cg_format("%s %s", other->cells[at] ?: "", row->cells[at] ?: "");
	if (!both)
		return -ENOMEM;
	free(other->cells[at]);
	other->cells[at] = both;
	remove_last_row(table);
	return 1;
}

/* The length of text's first character, and how many places it takes. */
static size_t character(const char *text, size_t *places)
{
	wchar_t wide;
	mbstate_t state = { 0 };
	size_t len = mbrtowc(&wide, text, MB_CUR_MAX, &state);
	int width = len && len < (size_t)-2 ? wcwidth(wide) : 1;

	*places = width > 0 ? (size_t)width : 0;
	return len && len < (size_t)-2 ? len : 1;
}

/* As much of text as has room in so many places, in bytes; *places: how many it takes. */
static size_t fitting(const char *text, size_t room, size_t *places)
{
	size_t len = 0, width;

	for (*places = 0; text[len]; *places += width) {
		size_t step = character(text + len, &width);

		if (*places + width > room)
			break;
		len += step;
	}
	return len;
}

static size_t width_of(const char *text)
{
	size_t places = 0;

	if (text)
		fitting(text, SIZE_MAX, &places);
	return places;
}

/* How many places the tree's lines take in a cell. */
static size_t indent_of(const struct cg_table *table, const struct cg_row *row, size_t i)
{
	size_t indent = 0;

	while (i == table->tree && (row = row->parent))
		indent += TREE_INDENT;
	return indent;
}

/* The width that each column has when nothing is cut; returns that of the table. */
static size_t measure(const struct cg_table *table, size_t *widths)
{
	size_t count = table->selection->count, sum = count - 1; /* a blank between columns */

	for (size_t i = 0; i < count; i++)
		widths[i] = strlen(heading_of(table, i) ?: "");
	for (size_t r = 0; r < table->row_count; r++) {
		const struct cg_row *row = table->rows[r];

		for (size_t i = 0; i < count; i++) {
			size_t width = width_of(row->cells[i]) + indent_of(table, row, i);

			if (width > widths[i])
				widths[i] = width;
		}
	}
	for (size_t i = 0; i < count; i++)
		sum += widths[i];
	return sum;
}

/*
 * What it costs to make a column narrower by one place, of two or more: lines, and of short text,
 * which is hard to read in pieces, four times as many.
 */
static size_t cost(size_t wanted, size_t width)
{
	return (wanted + width - 2) / (width - 1) * (wanted <= SHORT ? 4 : 1);
}

/*
 * The column that is made narrower next: of those that are cut the widest, of those that are
 * wrapped the one that gets the fewest lines by it, so that none gets many more than others.
 */
static size_t *next_to_shrink(const struct cg_table *table, size_t *widths, const size_t *wanted,
			      bool wrap)
{
	size_t *found = NULL;
	size_t least = 0;

	for (size_t i = 0; i < table->selection->count; i++) {
		const struct cg_column *column = column_of(table, i);
		size_t lines;

		if (!(wrap ? column->wrap : column->truncate) ||
		    widths[i] <= (column->narrowest ?: NARROWEST))
			continue;
		lines = wrap ? cost(wanted[i], widths[i]) : 0;
		if (!found || lines < least || (lines == least && widths[i] > *found)) {
			found = &widths[i];
			least = lines;
		}
	}
	return found;
}

/* What of text fits, and a mark that something is missing. */
static char *cut(const struct cg_table *table, const char *text, size_t room)
{
	const char *mark = table->ascii ? "+" : "\u2026";
	size_t places, len = fitting(text, room - 1, &places);

	return cg_format("%.*s%s", (int)len, text, mark);
}

/* Where to break text that is longer than what fits: at a blank or before a slash in its second
 * half. */
static size_t break_at(const char *text, size_t fits)
{
	for (size_t at = fits; at > fits / 2; at--)
		if (text[at] == '/' || text[at - 1] == ' ' || text[at - 1] == ',')
			return at;
	return fits;
}

/* The text in lines, for libsmartcols to wrap where they end. */
static char *wrap(const char *text, size_t room)
{
	char *result = malloc(2 * strlen(text) + 1), *end = result;
	size_t places, len;

	if (!result)
		return NULL;
	while (*text) {
		len = fitting(text, room, &places);
		if (!len)
			len = character(text, &places);
		if (text[len])
			len = break_at(text, len);
		end = mempcpy(end, text, len);
		text += len;
		if (*text)
			*end++ = '\n';
	}
	*end = '\0';
	return result;
}

static int fit_cell(const struct cg_table *table, struct cg_row *row, size_t i, size_t room)
{
	const char *text = row->cells[i];
	size_t taken = indent_of(table, row, i);
	size_t left = room > taken + 1 ? room - taken : 1;
	char *fitted;

	if (width_of(text) <= left)
		return 0;
	fitted = column_of(table, i)->truncate ? cut(table, text, left) : wrap(text, left);
	if (!fitted)
		return -ENOMEM;
	free(row->cells[i]);
	row->cells[i] = fitted;
	return 0;
}

size_t cg_table_terminal(void)
{
	const char *columns = getenv("COLUMNS"); /* watch(1) sets it, and reads from a pipe */
	bool terminal = isatty(STDOUT_FILENO);
	struct winsize size;

	if (terminal && ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col)
		return size.ws_col;
	if (columns && atoi(columns) > 0)
		return (size_t)atoi(columns);
	return terminal ? 80 : SIZE_MAX;
}

/* Makes columns narrower until the table is as wide as the terminal. */
static void shrink(const struct cg_table *table, bool wrap, size_t terminal, const size_t *wanted,
		   size_t *widths, size_t *width)
{
	size_t *column;

	while (*width > terminal && (column = next_to_shrink(table, widths, wanted, wrap))) {
		size_t most = wrap ? 1 : *column - NARROWEST;
		size_t step = *width - terminal < most ? *width - terminal : most;

		*column -= step;
		*width -= step;
	}
}

/* Where others are wrapped anyway, what is cut keeps an eighth of the terminal. */
static void keep_share(const struct cg_table *table, size_t terminal, const size_t *wanted,
		       size_t *widths, size_t *width)
{
	for (size_t i = 0; i < table->selection->count; i++) {
		size_t share = wanted[i] < terminal / 8 ? wanted[i] : terminal / 8;

		if (!column_of(table, i)->truncate || widths[i] >= share)
			continue;
		*width += share - widths[i];
		widths[i] = share;
	}
}

/* Makes the table as narrow as the terminal, if that is possible. *wanted: what it would take. */
static int fit(const struct cg_table *table, size_t *widths, size_t *wanted)
{
	size_t count = table->selection->count, terminal = cg_table_terminal();
	size_t width = measure(table, wanted);
	int rc = 0;

	memcpy(widths, wanted, count * sizeof(*widths));
	shrink(table, false, terminal, wanted, widths, &width);
	if (width > terminal) {
		keep_share(table, terminal, wanted, widths, &width);
		shrink(table, true, terminal, wanted, widths, &width);
		shrink(table, false, terminal, wanted, widths, &width);
	}
	for (size_t r = 0; rc == 0 && r < table->row_count; r++) {
		for (size_t i = 0; rc == 0 && i < count; i++)
			if (widths[i] < wanted[i])
				rc = fit_cell(table, table->rows[r], i, widths[i]);
	}
	return rc;
}

static int print_json_cell(struct cg_json *json, const struct cg_column *column, const char *text)
{
	if (text && *text &&
	    (column->type == CG_COLUMN_NUMBER || column->type == CG_COLUMN_LITERAL)) {
		cg_json_word(json, column->name, text);
		return 0;
	}
	if (text && *text && column->type == CG_COLUMN_BOOLEAN) {
		cg_json_word(json, column->name, strchr("0Nn", *text) ? "false" : "true");
		return 0;
	}
	return cg_json_text(json, column->name, text);
}

static int print_json(const struct cg_table *table)
{
	struct cg_json json = { 0 };
	int rc = 0;

	cg_json_open(&json, NULL, '{');
	cg_json_open(&json, table->name, '[');
	for (size_t r = 0; rc == 0 && r < table->row_count; r++) {
		cg_json_open(&json, NULL, '{');
		for (size_t i = 0; rc == 0 && i < table->selection->count; i++)
			rc = print_json_cell(&json, column_of(table, i), table->rows[r]->cells[i]);
		cg_json_close(&json, '}');
	}
	cg_json_close(&json, ']');
	cg_json_close(&json, '}');
	return rc;
}

static int add_column(const struct cg_table *table, struct libscols_table *scols, size_t i,
		      bool narrower)
{
	const struct cg_column *column = column_of(table, i);
	bool wraps = narrower && !column->truncate;
	struct libscols_column *added = scols_table_new_column(
		scols, heading_of(table, i), 0,
		(column->type == CG_COLUMN_NUMBER ? SCOLS_FL_RIGHT : 0) |
			(i == table->tree ? SCOLS_FL_TREE : 0) | (wraps ? SCOLS_FL_WRAP : 0));

	if (!added)
		return -ENOMEM;
	return wraps ? scols_column_set_wrapfunc(added, scols_wrapnl_chunksize,
						 scols_wrapnl_nextchunk, NULL)
		     : 0;
}

/* The cells are libsmartcols's then. */
static int add_line(const struct cg_table *table, struct libscols_table *scols, struct cg_row *row)
{
	int rc = 0;

	row->line = scols_table_new_line(scols, row->parent ? row->parent->line : NULL);
	if (!row->line)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < table->selection->count; i++) {
		rc = scols_line_refer_data(row->line, i, row->cells[i]);
		if (rc == 0)
			row->cells[i] = NULL;
	}
	return rc == 0 && row->color ? scols_line_set_color(row->line, row->color) : rc;
}

static int fill(const struct cg_table *table, struct libscols_table *scols)
{
	size_t count = table->selection->count;
	cleanup_free size_t *widths = calloc(2 * count + 1, sizeof(*widths));
	int rc = 0;

	if (!widths)
		return -ENOMEM;
	if (is_text(table) && !(table->flags & CG_TABLE_NO_TRUNCATE))
		rc = fit(table, widths, widths + count);
	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = add_column(table, scols, i, widths[i] < widths[count + i]);
	for (size_t r = 0; rc == 0 && r < table->row_count; r++)
		rc = add_line(table, scols, table->rows[r]);
	return rc;
}

static int print_columns(const struct cg_table *table)
{
	struct libscols_table *scols = scols_new_table();
	int rc;

	if (!scols)
		return -ENOMEM;
	/* what does not fit has been made to fit */
	rc = scols_table_set_termforce(scols, SCOLS_TERMFORCE_NEVER);
	scols_table_enable_raw(scols, !!(table->flags & CG_TABLE_RAW));
	scols_table_enable_noheadings(scols, !!(table->flags & CG_TABLE_NO_HEADINGS));
	scols_table_enable_colors(scols, is_text(table) && (table->flags & CG_TABLE_COLORS));
	/* cg_table_set() has made the text safe. */
	scols_table_enable_noencoding(scols, 1);
	if (rc == 0)
		rc = fill(table, scols) ?: scols_print_table(scols);
	scols_unref_table(scols);
	return rc;
}

int cg_table_print(struct cg_table *table)
{
	return table->flags & CG_TABLE_JSON ? print_json(table) : print_columns(table);
}
