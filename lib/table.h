/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * table - columns by libsmartcols: text, raw, JSON, tree
 *
 * A program has one array of columns, in the order in which --list-columns
 * shows them, and an enum that indexes it. From it come the defaults, -o LIST
 * and -o +LIST, the help text and the table.
 */
#ifndef CG_TABLE_H
#define CG_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"
#include "output.h"

enum cg_column_type {
	CG_COLUMN_STRING,
	CG_COLUMN_NUMBER,  /* right aligned; a bare number in JSON */
	CG_COLUMN_LITERAL, /* what the program gives is JSON already, such as an array */
	CG_COLUMN_BOOLEAN, /* true or false in JSON; false is a text that begins with 0, N or n */
};

struct cg_column {
	const char *name; /* "HIERARCHY"; the JSON key is its lower case */
	const char *help; /* for --list-columns, one line */
	enum cg_column_type type;
	bool by_default;
	bool truncate; /* cut, with a mark, where the terminal is too narrow: the first to give way
			*/
	bool wrap;     /* broken into several lines where that does not suffice */
	size_t narrowest; /* to not less than that; 0: the table's own limit */
	bool tree; /* carries the tree's lines with CG_TABLE_TREE; else the first column does */
};

enum {
	CG_TABLE_JSON = 1 << 0,
	CG_TABLE_RAW = 1 << 1,
	CG_TABLE_NO_HEADINGS = 1 << 2,
	CG_TABLE_NO_TRUNCATE = 1 << 3,
	CG_TABLE_TREE = 1 << 4,
	CG_TABLE_COLORS = 1 << 5, /* colours were asked for and are wanted */
};

/* Which columns, in which order: indexes into the program's array. */
struct cg_selection {
	unsigned int *items;
	size_t count;
};

void cg_selection_free(struct cg_selection *selection);

#define cleanup_selection cleanup_with(cg_selection_free)

/*
 * The columns that list asks for: "A,B" exactly these, "+A,B" these after the
 * default ones, NULL the default ones; upper or lower case. One that is named
 * twice is there once, for JSON must not have a key twice.
 * Returns 0, -ENOMEM, or -EINVAL with *err naming the column that does not
 * exist, the nearest one that does, and --list-columns.
 */
int cg_selection_parse(const struct cg_column *columns, size_t count, const char *list,
		       struct cg_selection *selection, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 4);

/* Every column, in the array's order. Returns 0, or -ENOMEM with *err filled. */
int cg_selection_all(size_t count, struct cg_selection *selection,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2);

bool cg_selection_has(const struct cg_selection *selection, unsigned int column) CG_NONNULL(1);

/* Prints "NAME  help" lines of the columns on standard output, for --list-columns. */
void cg_columns_list(const struct cg_column *columns, size_t count) CG_NONNULL(1);

struct cg_table;
struct cg_row;

/*
 * @name: the JSON array's key ("cgroups")
 * @columns, @selection: must outlive the table
 * The three forms take any bytes:
 * - text: control characters and invalid UTF-8 are escaped as by cg_escape(),
 *   also where standard output is no terminal, for the lines to stay aligned
 *   (sets LC_CTYPE from the environment, by which widths are measured); on a
 *   terminal that is too narrow columns are cut or wrapped, as they say, and
 *   no other ever is;
 * - raw: one space between columns; libsmartcols writes blanks, backslashes
 *   and all that is not printable ASCII as \xHH, for "printf %b" to read back;
 *   an empty cell and one that is not known is "-", for "read" to split;
 * - JSON: by cg_json_text(); rows are not nested.
 * The heading is left out of an empty table; in JSON that is an empty array.
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_table_new(const char *name, const struct cg_column *columns,
		 const struct cg_selection *selection, unsigned int flags, struct cg_table **result,
		 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 5);
void cg_table_free(struct cg_table *table);

/* A new row, nested under parent if that is not NULL. Returns NULL if memory is short. */
struct cg_row *cg_table_row(struct cg_table *table, const struct cg_row *parent) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Sets a cell, by the column's index in the program's array; a column that is
 * not selected is passed over. data NULL: not known (null in JSON). Text is
 * copied; in a CG_COLUMN_NUMBER it is a decimal number. Returns 0 or -ENOMEM.
 */
int cg_table_set(struct cg_table *table, struct cg_row *row, unsigned int column,
		 const char *data) CG_MUST_CHECK CG_NONNULL(1, 2);
int cg_table_set_number(struct cg_table *table, struct cg_row *row, unsigned int column,
			uint64_t number) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Puts the last row into another that has the same cells but that of column, which then lists
 * both, with a blank between, where the table is text for people and has that column and others.
 * Returns 1: the last row is gone, 0, or -ENOMEM.
 */
int cg_table_fold(struct cg_table *table, struct cg_row *other, unsigned int column) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * A colour of libsmartcols ("red"), which outlives the table, for a row, where
 * CG_TABLE_COLORS is set and the table is text; NULL: none.
 */
void cg_table_color(const struct cg_table *table, struct cg_row *row, const char *color)
	CG_NONNULL(1, 2);

/*
 * The columns of the terminal that text is made to fit, or SIZE_MAX: none, as in
 * a pipe where COLUMNS is not in the environment.
 */
size_t cg_table_terminal(void);

/*
 * Prints the table on standard output, once. Returns 0 or a negative errno value;
 * whether all of it was written is known by cg_output_close().
 */
int cg_table_print(struct cg_table *table) CG_MUST_CHECK CG_NONNULL(1);

#endif
