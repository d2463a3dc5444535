/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Prints the table of limits, and below it what its marks mean. */
#include "cgns-limits/list.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "cgns-limits/answer.h"
#include "cgns-limits/columns.h"
#include "owner.h"

/* ---- cells ---- */

struct printer {
	const struct answers *answers;
	struct cg_table *table;
	bool text, json;
	bool units;
};

/* A cell with a mark before it, in text; none is "". */
static int set_marked(const struct printer *printer, struct cg_row *line, enum column column,
		      const char *mark, const char *value)
{
	char text[CG_LIMIT_TEXT_SIZE + 4];

	if (!printer->text || !*mark || strlen(value) >= CG_LIMIT_TEXT_SIZE)
		return cg_table_set(printer->table, line, column, value);
	snprintf(text, sizeof(text), "%s %s", mark, value);
	return cg_table_set(printer->table, line, column, text);
}

/* A set is a string in JSON, where the other cells of the column are numbers. */
static int set_set(const struct printer *printer, struct cg_row *line, enum column column,
		   const char *mark, const char *set)
{
	cleanup_free char *quoted = NULL;

	if (!printer->json)
		return set_marked(printer, line, column, mark, set);
	quoted = cg_format("\"%s\"", set);
	return quoted ? cg_table_set(printer->table, line, column, quoted) : -ENOMEM;
}

static int set_value(const struct printer *printer, struct cg_row *line, enum column column,
		     const struct row *row, const char *mark, const struct cg_limit_value *value)
{
	char text[CG_LIMIT_TEXT_SIZE];

	if (value->unlimited && printer->json)
		return 0;
	return set_marked(printer, line, column, mark,
			  cg_limit_format(row->wanted->limit->kind, value, printer->units, text));
}

static int set_number(const struct printer *printer, struct cg_row *line, enum column column,
		      const struct row *row, const char *mark, uint64_t number)
{
	char text[CG_LIMIT_TEXT_SIZE];

	return set_marked(
		printer, line, column, mark,
		cg_limit_format_number(row->wanted->limit->kind, number, printer->units, text));
}

static int set_not_known(const struct printer *printer, struct cg_row *line, enum column column)
{
	return printer->text ? cg_table_set(printer->table, line, column, "?") : 0;
}

static bool is_set(const struct row *row)
{
	return row->wanted->limit->kind == CG_LIMIT_SET;
}

static const struct cg_limit_value unlimited = CG_LIMIT_UNLIMITED;

static int put_value(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	if (row->unknown & UNKNOWN_VALUE)
		return set_not_known(printer, line, COLUMN_VALUE);
	if (is_set(row) && row->reading)
		return set_set(printer, line, COLUMN_VALUE, "", row->reading->text);
	return set_value(printer, line, COLUMN_VALUE, row, "",
			 row->reading ? &row->reading->value : &unlimited);
}

static int put_seen(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	const char *mark = row_is_hidden(row) ? "*" : "";

	if (row->unknown & UNKNOWN_SEEN)
		return set_not_known(printer, line, COLUMN_SEEN);
	if (is_set(row) && row->seen_set)
		return set_set(printer, line, COLUMN_SEEN, mark, row->seen_set);
	return set_value(printer, line, COLUMN_SEEN, row, mark, &row->seen);
}

static int put_used(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	if (row->unknown & UNKNOWN_USED)
		return set_not_known(printer, line, COLUMN_USED);
	if (!row->used_known)
		return 0;
	return set_number(printer, line, COLUMN_USED, row, row_is_filled(row) ? "!" : "",
			  row->used);
}

static int put_left(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	int rc;

	if (row->unknown & UNKNOWN_LEFT)
		rc = set_not_known(printer, line, COLUMN_LEFT);
	else
		rc = row->left_at ? set_number(printer, line, COLUMN_LEFT, row, "", row->left) : 0;
	if (rc < 0)
		return rc;
	if (row->unknown & UNKNOWN_LEFTCGROUP)
		return set_not_known(printer, line, COLUMN_LEFTCGROUP);
	return cg_table_set(printer->table, line, COLUMN_LEFTCGROUP, row->left_view);
}

/* The names of what is not known: an array in JSON, else separated by commas. */
static int put_unknown(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} words[] = {
		{ UNKNOWN_VALUE, "value" },   { UNKNOWN_USED, "used" },
		{ UNKNOWN_CGROUP, "cgroup" }, { UNKNOWN_SEEN, "seen" },
		{ UNKNOWN_LEFT, "left" },     { UNKNOWN_LEFTCGROUP, "leftcgroup" },
		{ UNKNOWN_DIR, "dir" },	      { UNKNOWN_RAW, "raw" },
	};
	const char *quote = printer->json ? "\"" : "";
	char text[128] = "", *end = text;

	if (printer->json)
		*end++ = '[';
	for (size_t i = 0; i < CG_ARRAY_SIZE(words); i++) {
		if (!(row->unknown & words[i].bit))
			continue;
		if (end > text + printer->json)
			*end++ = ',';
		end = stpcpy(stpcpy(stpcpy(end, quote), words[i].name), quote);
	}
	stpcpy(end, printer->json ? "]" : "");
	return cg_table_set(printer->table, line, COLUMN_UNKNOWN, *text ? text : NULL);
}

static int put_raw(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	cleanup_free char *both = NULL;

	if (row->unknown & UNKNOWN_RAW)
		return set_not_known(printer, line, COLUMN_RAW);
	if (!row->reading)
		return 0;
	if (!row->reading->second_text)
		return cg_table_set(printer->table, line, COLUMN_RAW, row->reading->text);
	both = cg_format("%s %s", row->reading->text, row->reading->second_text);
	return both ? cg_table_set(printer->table, line, COLUMN_RAW, both) : -ENOMEM;
}

static int put_container(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	char shown[CG_OWNER_SIZE];
	struct cg_owner owner;

	if (!row->path ||
	    !cg_selection_has(&printer->answers->request->shared.selection, COLUMN_CONTAINER))
		return 0;
	cg_owner_read(row->path, &owner);
	if (!*owner.container)
		return 0;
	cg_owner_shorten(&owner, shown);
	return cg_table_set(printer->table, line, COLUMN_CONTAINER,
			    printer->text ? shown : owner.container);
}

static int put_place(const struct printer *printer, struct cg_row *line, const struct row *row)
{
	const struct cg_hierarchy *hierarchy = row->wanted->hierarchy;
	struct cg_table *table = printer->table;

	int rc;

	rc = row->unknown & UNKNOWN_CGROUP ? set_not_known(printer, line, COLUMN_CGROUP)
					   : cg_table_set(table, line, COLUMN_CGROUP, row->view);
	if (rc == 0)
		rc = row->unknown & UNKNOWN_DIR ? set_not_known(printer, line, COLUMN_DIR)
						: cg_table_set(table, line, COLUMN_DIR, row->dir);
	return rc
		       ?: cg_table_set(table, line, COLUMN_HIERARCHY,
				       hierarchy ? hierarchy->name : NULL);
}

static int put_row(const struct printer *printer, const struct row *row)
{
	struct cg_row *line = cg_table_row(printer->table, NULL);

	if (!line)
		return -ENOMEM;
	return cg_table_set(printer->table, line, COLUMN_WHAT, row->what)
		       ?: cg_table_set(printer->table, line, COLUMN_LIMIT, row->wanted->name)
		       ?: put_value(printer, line, row)
		       ?: put_used(printer, line, row)
		       ?: put_place(printer, line, row)
		       ?: put_seen(printer, line, row)
		       ?: put_left(printer, line, row)
		       ?: put_container(printer, line, row)
		       ?: put_raw(printer, line, row)
		       ?: put_unknown(printer, line, row)
		       ?: cg_table_set(printer->table, line, COLUMN_AT_MOST,
				       row->at_most ? "yes" : "no");
}

/* Nothing is limited: libsmartcols prints no table without lines. */
static void print_headings(const struct request *request)
{
	const struct cg_selection *selection = &request->shared.selection;

	for (size_t i = 0; i < selection->count; i++)
		printf("%s%s", i ? " " : "", limit_columns[selection->items[i]].name);
	putchar('\n');
}

/* ---- remarks ---- */

/* The row's limit, with its WHAT where there are several. */
static void print_subject(const struct printer *printer, const struct row *row)
{
	cleanup_free char *what = cg_escape(row->what);

	if (printer->answers->request->several && what)
		printf("%s: ", what);
	printf("%s", row->wanted->name);
}

static void remark_filled(const struct printer *printer, const struct row *row)
{
	const struct reading *reading =
		&row->left_at->readings[row->wanted - printer->answers->wanted.items];
	cleanup_free char *view = row->left_view ? cg_escape(row->left_view) : NULL;
	enum cg_limit_kind kind = row->wanted->limit->kind;
	char left[CG_LIMIT_TEXT_SIZE], value[CG_LIMIT_TEXT_SIZE];

	printf("! ");
	print_subject(printer, row);
	printf(": only %s left in %s, of %s\n",
	       cg_limit_format_number(kind, row->left, printer->units, left), view ?: "?",
	       cg_limit_format(kind, &reading->value, printer->units, value));
}

static bool shows(const struct printer *printer, enum column column)
{
	return cg_selection_has(&printer->answers->request->shared.selection, column);
}

/* Once for all rows from first on that are of the same WHAT and have that reason. */
static void remark_unknown(const struct printer *printer, size_t first, enum reason reason,
			   const char *words)
{
	const struct answers *answers = printer->answers;
	const struct row *row = &answers->rows[first];

	for (size_t i = 0; i < first; i++)
		if (answers->rows[i].what == row->what && (answers->rows[i].reasons & reason))
			return;
	printf("? ");
	print_subject(printer, row);
	for (size_t i = first + 1; i < answers->count; i++)
		if (answers->rows[i].what == row->what && (answers->rows[i].reasons & reason))
			printf(", %s", answers->rows[i].wanted->name);
	printf(": %s\n", words);
}

static void remark_reasons(const struct printer *printer, size_t index)
{
	static const struct {
		enum reason reason;
		const char *words;
	} remarks[] = {
		{ REASON_OUTSIDE, "its cgroup is outside the root of its namespace" },
		{ REASON_REMOVED, "the root of its namespace was removed" },
		{ REASON_ENDED, "the process has ended, and has no namespace" },
		{ REASON_SEVERAL, "its processes are in different cgroup namespaces" },
		{ REASON_EMPTY, "the set is empty: no process can run in that cgroup" },
		{ REASON_ABOVE, "it may be set above what can be seen from here" },
	};
	const struct row *row = &printer->answers->rows[index];

	for (size_t i = 0; i < CG_ARRAY_SIZE(remarks); i++)
		if ((row->reasons & remarks[i].reason) &&
		    (shows(printer, COLUMN_SEEN) || !(remarks[i].reason & REASONS_OF_SEEN)))
			remark_unknown(printer, index, remarks[i].reason, remarks[i].words);
}

static void print_remarks(const struct printer *printer)
{
	const struct answers *answers = printer->answers;
	const struct row *hidden = NULL;
	bool seen = shows(printer, COLUMN_SEEN);

	for (size_t i = 0; i < answers->count; i++) {
		const struct row *row = &answers->rows[i];

		if (seen && !hidden && row_is_hidden(row))
			hidden = row;
		if (row_is_filled(row))
			remark_filled(printer, row);
		remark_reasons(printer, i);
	}
	if (hidden)
		puts("* set above the root of the namespace, where it cannot be seen from inside");
	if (answers->out_of_sight)
		puts("At most: cgroups above what can be seen from here may set lower limits.");
}

int list_print(const struct answers *answers, struct cg_error *err)
{
	const struct request *request = answers->request;
	unsigned int flags = request->shared.flags;
	struct printer printer = {
		.answers = answers,
		.text = !(flags & (CG_TABLE_JSON | CG_TABLE_RAW)),
		.json = flags & CG_TABLE_JSON,
	};
	int rc = cg_table_new("limits", limit_columns, &request->shared.selection, flags,
			      &printer.table, err);

	if (rc < 0)
		return rc;
	printer.units = printer.text && !request->bytes;
	for (size_t i = 0; rc == 0 && i < answers->count; i++)
		rc = put_row(&printer, &answers->rows[i]);
	if (rc == 0)
		rc = cg_table_print(printer.table);
	if (rc == 0 && answers->count == 0 && !(flags & (CG_TABLE_JSON | CG_TABLE_NO_HEADINGS)))
		print_headings(request);
	if (rc == 0 && printer.text && !(flags & CG_TABLE_NO_HEADINGS))
		print_remarks(&printer);
	cg_table_free(printer.table);
	return rc < 0 ? cg_error_set(err, -rc, "cannot print the limits") : 0;
}
