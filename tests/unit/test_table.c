/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "table.h"

enum { NAME, COUNT, ALIVE, PLACE, EXTRA };

static const struct cg_column columns[] = {
	[NAME] = { .name = "NAME", .help = "what it is called", .by_default = true, .tree = true },
	[COUNT] = { .name = "COUNT",
		    .help = "how many",
		    .type = CG_COLUMN_NUMBER,
		    .by_default = true },
	[ALIVE] = { .name = "ALIVE", .help = "still there", .type = CG_COLUMN_BOOLEAN },
	[PLACE] = { .name = "PLACE", .help = "where", .by_default = true, .wrap = true },
	[EXTRA] = { .name = "EXTRA-LONG", .help = "more", .truncate = true },
};
#define COLUMNS CG_ARRAY_SIZE(columns)

/* The selection that list means, as names: "NAME COUNT". */
static char *selected(const char *list)
{
	cleanup_selection struct cg_selection selection = { 0 };
	cleanup_error struct cg_error err = { 0 };
	char text[64] = "";

	if (cg_selection_parse(columns, COLUMNS, list, &selection, &err) != 0) {
		assert_null(selection.items);
		assert_int_equal(selection.count, 0);
		return cg_error_text(&err);
	}
	for (size_t i = 0; i < selection.count; i++) {
		strcat(text, i ? " " : "");
		strcat(text, columns[selection.items[i]].name);
	}
	return strdup(text);
}

static void a_list_selects_columns(void **state)
{
	static const char *const pairs[][2] = {
		{ NULL, "NAME COUNT PLACE" },
		{ "EXTRA-LONG", "EXTRA-LONG" },
		{ "place,name", "PLACE NAME" },
		{ "Place,PLACE,name,place", "PLACE NAME" },
		{ "+alive", "NAME COUNT PLACE ALIVE" },
		{ "+EXTRA-LONG,count,alive", "NAME COUNT PLACE EXTRA-LONG ALIVE" },
		{ "NAM", "unknown column 'NAM': did you mean 'NAME'? --list-columns shows all" },
		{ "names",
		  "unknown column 'names': did you mean 'NAME'? --list-columns shows all" },
		{ "NAME,conut",
		  "unknown column 'conut': did you mean 'COUNT'? --list-columns shows all" },
		{ "zzzzzz", "unknown column 'zzzzzz': --list-columns shows all" },
		{ "\x1b[0m", "unknown column '\\x1b[0m': --list-columns shows all" },
		{ "", "the column list names an empty column: --list-columns shows all" },
		{ "+", "the column list names an empty column: --list-columns shows all" },
		{ "NAME,", "the column list names an empty column: --list-columns shows all" },
		{ ",NAME", "the column list names an empty column: --list-columns shows all" },
		{ "NAME,+PLACE", "unknown column '+PLACE': did you mean 'PLACE'? --list-columns "
				 "shows all" },
		{ " NAME",
		  "unknown column ' NAME': did you mean 'NAME'? --list-columns shows all" },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		cleanup_free char *got = selected(pairs[i][0]);

		assert_string_equal(got, pairs[i][1]);
	}
}

static void all_columns_can_be_had(void **state)
{
	cleanup_selection struct cg_selection selection = { 0 };

	(void)state;
	assert_int_equal(cg_selection_all(COLUMNS, &selection, NULL), 0);
	assert_int_equal(selection.count, COLUMNS);
	for (unsigned int i = 0; i < COLUMNS; i++) {
		assert_int_equal(selection.items[i], i);
		assert_true(cg_selection_has(&selection, i));
	}
	assert_false(cg_selection_has(&selection, COLUMNS));
}

static void columns_are_listed_with_their_help(void **state)
{
	(void)state;
	unit_capture(STDOUT_FILENO);
	cg_columns_list(columns, COLUMNS);
	cleanup_free char *text = unit_capture_end();

	assert_string_equal(text, "NAME        what it is called\n"
				  "COUNT       how many\n"
				  "ALIVE       still there\n"
				  "PLACE       where\n"
				  "EXTRA-LONG  more\n");
}

/* Every cell of a row by its text; NULL is not known. */
struct row {
	const char *cells[COLUMNS];
	bool nested;
	const char *color;
};

/*
 * Prints rows and returns what came out: by pipe, or on a terminal of so many
 * columns if that is not 0.
 */
static char *print(const char *list, unsigned int flags, unsigned short terminal,
		   const struct row *rows, size_t count)
{
	cleanup_selection struct cg_selection selection = { 0 };
	cleanup_error struct cg_error err = { 0 };
	struct cg_row *row = NULL, *top = NULL;
	struct cg_table *table = NULL;
	char *text;

	assert_int_equal(cg_selection_parse(columns, COLUMNS, list, &selection, NULL), 0);
	if (terminal)
		unit_capture_terminal(terminal);
	else
		unit_capture(STDOUT_FILENO);
	assert_int_equal(cg_table_new("things", columns, &selection, flags, &table, &err), 0);
	for (size_t i = 0; i < count; i++) {
		row = cg_table_row(table, rows[i].nested ? top : NULL);
		assert_non_null(row);
		if (!rows[i].nested)
			top = row;
		for (unsigned int c = 0; c < COLUMNS; c++)
			assert_int_equal(cg_table_set(table, row, c, rows[i].cells[c]), 0);
		if (rows[i].color)
			cg_table_color(table, row, rows[i].color);
	}
	assert_int_equal(cg_table_print(table), 0);
	assert_int_equal(cg_output_close(&err), 0);
	text = unit_capture_end();
	cg_table_free(table);
	return text;
}

static const struct row things[] = {
	{ { "first", "1", "1", "/a/b", "e" }, false, "red" },
	{ { "sub thing", "22", "0", "/a/b/c d", NULL }, true, NULL },
	{ { NULL, NULL, NULL, NULL, NULL }, false, NULL },
};
#define THINGS CG_ARRAY_SIZE(things)

static void assert_prints(const char *list, unsigned int flags, const char *want)
{
	cleanup_free char *got = print(list, flags, 0, things, THINGS);

	assert_string_equal(got, want);
}

static void text_is_aligned(void **state)
{
	(void)state;
	assert_prints("NAME,COUNT,PLACE", 0,
		      "NAME      COUNT PLACE\n"
		      "first         1 /a/b\n"
		      "sub thing    22 /a/b/c d\n"
		      "                \n");
	assert_prints("place,name", CG_TABLE_NO_HEADINGS,
		      "/a/b     first\n"
		      "/a/b/c d sub thing\n"
		      "         \n");
}

static void a_tree_is_drawn_in_its_column_or_the_first(void **state)
{
	(void)state;
	assert_prints("COUNT,NAME", CG_TABLE_TREE,
		      "COUNT NAME\n"
		      "    1 first\n"
		      "   22 \xe2\x94\x94\xe2\x94\x80sub thing\n"
		      "      \n");
	assert_prints("PLACE", CG_TABLE_TREE,
		      "PLACE\n"
		      "/a/b\n"
		      "\xe2\x94\x94\xe2\x94\x80/a/b/c d\n"
		      "\n");
}

static void raw_is_one_space_between_columns(void **state)
{
	(void)state;
	assert_prints("NAME,COUNT,ALIVE,PLACE", CG_TABLE_RAW,
		      "NAME COUNT ALIVE PLACE\n"
		      "first 1 1 /a/b\n"
		      "sub\\x20thing 22 0 /a/b/c\\x20d\n"
		      "- - - -\n");
	assert_prints("NAME,COUNT", CG_TABLE_RAW | CG_TABLE_NO_HEADINGS | CG_TABLE_TREE,
		      "first 1\n"
		      "sub\\x20thing 22\n"
		      "- -\n");
}

static void json_has_types_and_null(void **state)
{
	(void)state;
	assert_prints("NAME,COUNT,ALIVE,EXTRA-LONG", CG_TABLE_JSON,
		      "{\n"
		      "   \"things\": [\n"
		      "      {\n"
		      "         \"name\": \"first\",\n"
		      "         \"count\": 1,\n"
		      "         \"alive\": true,\n"
		      "         \"extra-long\": \"e\"\n"
		      "      },\n"
		      "      {\n"
		      "         \"name\": \"sub thing\",\n"
		      "         \"count\": 22,\n"
		      "         \"alive\": false,\n"
		      "         \"extra-long\": null\n"
		      "      },\n"
		      "      {\n"
		      "         \"name\": null,\n"
		      "         \"count\": null,\n"
		      "         \"alive\": null,\n"
		      "         \"extra-long\": null\n"
		      "      }\n"
		      "   ]\n"
		      "}\n");
}

static void an_empty_table_is_an_empty_array_or_nothing(void **state)
{
	cleanup_free char *json = print(NULL, CG_TABLE_JSON, 0, NULL, 0);
	cleanup_free char *text = print(NULL, 0, 0, NULL, 0);
	cleanup_free char *raw = print(NULL, CG_TABLE_RAW, 0, NULL, 0);

	(void)state;
	assert_string_equal(json, "{\n   \"things\": []\n}\n");
	assert_string_equal(text, "");
	assert_string_equal(raw, "");
}

static void raw_has_a_word_for_every_column(void **state)
{
	static unsigned int items[] = { NAME, PLACE, COUNT };
	const struct cg_selection selection = { items, CG_ARRAY_SIZE(items) };
	struct cg_table *table = NULL;
	struct cg_row *row;

	(void)state;
	unit_capture(STDOUT_FILENO);
	assert_int_equal(cg_table_new("things", columns, &selection,
				      CG_TABLE_RAW | CG_TABLE_NO_HEADINGS, &table, NULL),
			 0);
	row = cg_table_row(table, NULL); /* nothing set */
	assert_non_null(row);
	row = cg_table_row(table, NULL);
	assert_non_null(row);
	assert_int_equal(cg_table_set(table, row, NAME, ""), 0);
	assert_int_equal(cg_table_set(table, row, COUNT, "1"), 0);
	assert_int_equal(cg_table_print(table), 0);
	cg_table_free(table);
	cleanup_free char *text = unit_capture_end();

	assert_string_equal(text, "- - -\n- - 1\n");
}

/* The one cell of a table without headings. */
static char *cell(const char *data, unsigned int flags)
{
	const struct row row = { .cells = { data } };

	return print("NAME", flags | CG_TABLE_NO_HEADINGS, 0, &row, 1);
}

static void hostile_names_are_made_safe(void **state)
{
	static const struct {
		const char *name, *text, *raw, *json;
	} names[] = {
		{ "a b", "a b", "a\\x20b", "a b" },
		{ "dev\\x2dsda", "dev\\x2dsda", "dev\\x5cx2dsda", "dev\\\\x2dsda" },
		{ "\x1b[31m\t", "\\x1b[31m\\x09", "\\x1b[31m\\x09", "\\u001b[31m\\t" },
		{ "caf\xc3\xa9", "caf\xc3\xa9", "caf\\xc3\\xa9", "caf\xc3\xa9" },
		{ "a\xff\\x41", "a\\xff\\x5cx41", "a\\xff\\x5cx41", "a\\\\xff\\\\x5cx41" },
		{ "\xc2\x9b", "\\xc2\\x9b", "\\xc2\\x9b", "\xc2\x9b" },
		{ "q\"}],", "q\"}],", "q\"}],", "q\\\"}]," },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(names); i++) {
		cleanup_free char *text = cell(names[i].name, 0);
		cleanup_free char *raw = cell(names[i].name, CG_TABLE_RAW);
		cleanup_free char *json = cell(names[i].name, CG_TABLE_JSON);
		char want[256];

		snprintf(want, sizeof(want), "%s\n", names[i].text);
		assert_string_equal(text, want);
		snprintf(want, sizeof(want), "%s\n", names[i].raw);
		assert_string_equal(raw, want);
		snprintf(want, sizeof(want), "\"name\": \"%s\"\n", names[i].json);
		assert_non_null(strstr(json, want));
	}
}

/* Whether text is well-formed UTF-8 without control characters but newline: JSON's alphabet. */
static void assert_json_alphabet(const char *text)
{
	cleanup_free char *copy = strdup(text);

	assert_non_null(copy);
	for (char *c = copy; *c; c++) {
		assert_true((unsigned char)*c >= 0x20 || *c == '\n');
		if (*c == '\n')
			*c = ' ';
	}
	cleanup_free char *escaped = cg_escape_invalid(copy);

	assert_string_equal(escaped, copy);
}

static void every_byte_comes_out_as_valid_json(void **state)
{
	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char name[] = { 'x', (char)byte, 'y', '\0' };
		cleanup_free char *json = cell(name, CG_TABLE_JSON);

		assert_json_alphabet(json);
	}
}

static void a_terminal_wraps_what_may_be_wrapped(void **state)
{
	static const struct row row = { { "name-that-stays", "123456", "1",
					  "/a/very/long/place/that/does/not/fit/on/the/line" },
					false,
					NULL };
	cleanup_free char *cut = print(NULL, 0, 40, &row, 1);
	cleanup_free char *whole = print(NULL, CG_TABLE_NO_TRUNCATE, 40, &row, 1);
	cleanup_free char *piped = print(NULL, 0, 0, &row, 1);

	(void)state;
	unit_assert_narrow(cut, 40);
	assert_non_null(strstr(cut, "name-that-stays 123456 /a/very/long\n"
				    "                       /place/that/does\n"
				    "                       /not/fit/on/the\n"
				    "                       /line\n"));
	assert_non_null(strstr(whole, row.cells[PLACE]));
	assert_non_null(strstr(piped, row.cells[PLACE]));
}

static void a_terminal_cuts_first_what_may_be_cut_and_marks_it(void **state)
{
	static const struct row row = { { "name-that-stays", "123456", "1", "/a/place",
					  "a command with very many words" },
					false,
					NULL };
	cleanup_free char *cut =
		print("NAME,COUNT,PLACE,EXTRA-LONG", CG_TABLE_NO_HEADINGS, 50, &row, 1);
	cleanup_free char *least =
		print("NAME,COUNT,EXTRA-LONG", CG_TABLE_NO_HEADINGS, 20, &row, 1);
	static const struct row thin = { { "name-that-stays", "1", "1", "/", "a command" },
					 false,
					 NULL };
	cleanup_free char *fits =
		print("NAME,COUNT,PLACE,EXTRA-LONG", CG_TABLE_NO_HEADINGS, 29, &thin, 1);
	cleanup_free char *narrow =
		print("NAME,COUNT,PLACE,EXTRA-LONG", CG_TABLE_NO_HEADINGS, 28, &thin, 1);
	static const struct row hollow = { { "name-that-stays", "1", "1", "", "a command" },
					   false,
					   NULL };
	cleanup_free char *empty =
		print("NAME,COUNT,PLACE,EXTRA-LONG", CG_TABLE_NO_HEADINGS, 28, &hollow, 1);

	(void)state;
	assert_string_equal(cut, "name-that-stays 123456 /a/place a command with ve\u2026\n");
	/* what may not be cut is whole, whatever the terminal is */
	assert_non_null(strstr(least, "name-that-stays 123456 a comma\u2026"));
	/* without headings a column is as wide as what is in it */
	assert_string_equal(fits, "name-that-stays 1 / a command\n");
	assert_string_equal(narrow, "name-that-stays 1 / a comma\u2026\n");
	assert_string_equal(empty, "name-that-stays 1  a command\n");
}

static void any_table_fits_any_terminal_as_well_as_it_can(void **state)
{
	static const char *const places[] = { NULL, "", "/", "/a", "/a/very/long/place" };
	static const unsigned int flags[] = { 0, CG_TABLE_NO_HEADINGS };

	(void)state;
	for (size_t p = 0; p < CG_ARRAY_SIZE(places); p++)
		for (size_t e = 0; e < CG_ARRAY_SIZE(places); e++)
			for (unsigned short terminal = 1; terminal < 40; terminal++) {
				const struct row row = { .cells = { "n", "1", "1", places[p],
								    places[e] } };
				cleanup_free char *text =
					print("NAME,COUNT,PLACE,EXTRA-LONG", flags[terminal % 2],
					      terminal, &row, 1);

				assert_non_null(strstr(text, "n"));
			}
}

static void colours_are_there_if_asked_for(void **state)
{
	cleanup_free char *plain = print("NAME", 0, 40, things, THINGS);
	cleanup_free char *colored = print("NAME", CG_TABLE_COLORS, 40, things, THINGS);
	cleanup_free char *json =
		print("NAME", CG_TABLE_COLORS | CG_TABLE_JSON, 40, things, THINGS);
	cleanup_free char *raw = print("NAME", CG_TABLE_COLORS | CG_TABLE_RAW, 40, things, THINGS);

	(void)state;
	assert_null(strchr(plain, '\x1b'));
	assert_non_null(strstr(colored, "\x1b[31mfirst"));
	assert_null(strstr(colored, "\x1b[31msub"));
	assert_null(strchr(json, '\x1b'));
	assert_null(strchr(raw, '\x1b'));
}

static void numbers_are_exact(void **state)
{
	cleanup_selection struct cg_selection selection = { 0 };
	struct cg_table *table = NULL;
	struct cg_row *row;

	(void)state;
	assert_int_equal(cg_selection_parse(columns, COLUMNS, "COUNT", &selection, NULL), 0);
	unit_capture(STDOUT_FILENO);
	assert_int_equal(
		cg_table_new("things", columns, &selection, CG_TABLE_NO_HEADINGS, &table, NULL), 0);
	row = cg_table_row(table, NULL);
	assert_non_null(row);
	assert_int_equal(cg_table_set_number(table, row, COUNT, UINT64_MAX), 0);
	row = cg_table_row(table, NULL);
	assert_non_null(row);
	assert_int_equal(cg_table_set_number(table, row, COUNT, 0), 0);
	assert_int_equal(cg_table_set_number(table, row, PLACE, 1), 0); /* not selected */
	assert_int_equal(cg_table_print(table), 0);
	cg_table_free(table);
	cg_table_free(NULL);
	cleanup_free char *text = unit_capture_end();

	assert_string_equal(text, "18446744073709551615\n                   0\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_list_selects_columns),
		cmocka_unit_test(all_columns_can_be_had),
		cmocka_unit_test(columns_are_listed_with_their_help),
		cmocka_unit_test(text_is_aligned),
		cmocka_unit_test(a_tree_is_drawn_in_its_column_or_the_first),
		cmocka_unit_test(raw_is_one_space_between_columns),
		cmocka_unit_test(raw_has_a_word_for_every_column),
		cmocka_unit_test(json_has_types_and_null),
		cmocka_unit_test(an_empty_table_is_an_empty_array_or_nothing),
		cmocka_unit_test(hostile_names_are_made_safe),
		cmocka_unit_test(every_byte_comes_out_as_valid_json),
		cmocka_unit_test(a_terminal_wraps_what_may_be_wrapped),
		cmocka_unit_test(a_terminal_cuts_first_what_may_be_cut_and_marks_it),
		cmocka_unit_test(any_table_fits_any_terminal_as_well_as_it_can),
		cmocka_unit_test(colours_are_there_if_asked_for),
		cmocka_unit_test(numbers_are_exact),
	};

	setenv("LC_ALL", "C.UTF-8", 1);
	return cmocka_run_group_tests_name("table", tests, NULL, NULL);
}
