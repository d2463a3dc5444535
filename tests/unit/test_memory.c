/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Every allocation of a scenario fails once, one at a time. The linker puts
 * the functions below in the place of the real ones (ld(1), --wrap), for the
 * library and for this file; what the C library allocates for itself is not
 * touched.
 */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <libsmartcols.h>
#include <stdio.h>
#include <string.h>

#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "options/options.h"
#include "path.h"
#include "procfs.h"
#include "table.h"
#include "target.h"

/* ---- allocations that fail ---- */

static struct {
	bool armed;
	unsigned int left;   /* how many succeed before the one that fails */
	unsigned int failed; /* 0 or 1 */
	void *live[4096];    /* what was given out and not taken back */
	size_t count;
} heap;

static bool fails(void)
{
	if (!heap.armed || heap.left--)
		return false;
	heap.armed = false; /* the next ones succeed again */
	heap.failed++;
	errno = ENOMEM;
	return true;
}

static void *give(void *memory)
{
	if (memory && heap.count < CG_ARRAY_SIZE(heap.live))
		heap.live[heap.count++] = memory;
	return memory;
}

static void take(void *memory)
{
	for (size_t i = heap.count; memory && i; i--) {
		if (heap.live[i - 1] == memory) {
			heap.live[i - 1] = heap.live[--heap.count];
			return;
		}
	}
}

#define WRAP(type, name, parameters)   \
	type __real_##name parameters; \
	type __wrap_##name parameters; \
	type __wrap_##name parameters

WRAP(void *, malloc, (size_t size))
{
	return fails() ? NULL : give(__real_malloc(size));
}

WRAP(void *, calloc, (size_t count, size_t size))
{
	return fails() ? NULL : give(__real_calloc(count, size));
}

WRAP(void *, realloc, (void *memory, size_t size))
{
	void *moved;

	if (fails())
		return NULL;
	moved = __real_realloc(memory, size);
	if (moved)
		take(memory);
	return give(moved);
}

WRAP(void *, reallocarray, (void *memory, size_t count, size_t size))
{
	void *moved;

	if (fails())
		return NULL;
	moved = __real_reallocarray(memory, count, size);
	if (moved)
		take(memory);
	return give(moved);
}

WRAP(void, free, (void *memory))
{
	take(memory);
	__real_free(memory);
}

WRAP(char *, strdup, (const char *text))
{
	return fails() ? NULL : give(__real_strdup(text));
}

WRAP(char *, strndup, (const char *text, size_t len))
{
	return fails() ? NULL : give(__real_strndup(text, len));
}

WRAP(int, vasprintf, (char **text, const char *fmt, va_list args))
{
	int len = fails() ? -1 : __real_vasprintf(text, fmt, args);

	if (len >= 0)
		give(*text);
	return len;
}

WRAP(int, __vasprintf_chk, (char **text, int flag, const char *fmt, va_list args))
{
	int len = fails() ? -1 : __real___vasprintf_chk(text, flag, fmt, args);

	if (len >= 0)
		give(*text);
	return len;
}

int __wrap_asprintf(char **text, const char *fmt, ...) CG_PRINTF(2, 3);
int __wrap_asprintf(char **text, const char *fmt, ...)
{
	va_list args;
	int len;

	va_start(args, fmt);
	len = __wrap_vasprintf(text, fmt, args);
	va_end(args);
	return len;
}

int __wrap___asprintf_chk(char **text, int flag, const char *fmt, ...) CG_PRINTF(3, 4);
int __wrap___asprintf_chk(char **text, int flag, const char *fmt, ...)
{
	va_list args;
	int len;

	(void)flag;
	va_start(args, fmt);
	len = __wrap_vasprintf(text, fmt, args);
	va_end(args);
	return len;
}

WRAP(struct libscols_table *, scols_new_table, (void))
{
	return fails() ? NULL : __real_scols_new_table();
}

WRAP(int, scols_table_set_name, (struct libscols_table * table, const char *name))
{
	return fails() ? -ENOMEM : __real_scols_table_set_name(table, name);
}

WRAP(struct libscols_column *, scols_table_new_column,
     (struct libscols_table * table, const char *name, double width, int flags))
{
	return fails() ? NULL : __real_scols_table_new_column(table, name, width, flags);
}

WRAP(struct libscols_line *, scols_table_new_line,
     (struct libscols_table * table, struct libscols_line *parent))
{
	return fails() ? NULL : __real_scols_table_new_line(table, parent);
}

WRAP(int, scols_line_refer_data, (struct libscols_line * line, size_t n, char *data))
{
	int rc = fails() ? -ENOMEM : __real_scols_line_refer_data(line, n, data);

	if (!rc)
		take(data);
	return rc;
}

WRAP(int, scols_line_set_color, (struct libscols_line * line, const char *color))
{
	return fails() ? -ENOMEM : __real_scols_line_set_color(line, color);
}

WRAP(int, scols_print_table, (struct libscols_table * table))
{
	return fails() ? -ENOMEM : __real_scols_print_table(table);
}

/*
 * Runs a scenario with its first allocation failing, then with its second and
 * so on, until one run has none left to fail. It returns 0 or a negative errno
 * value; with tolerant, it may also do without what could not be had.
 * What it allocated must have been freed whenever it returns.
 */
static void every_allocation_fails(int (*scenario)(void), bool tolerant)
{
	for (unsigned int n = 0; n < 1000; n++) {
		int rc;

		heap.count = 0;
		heap.failed = 0;
		heap.left = n;
		heap.armed = true;
		rc = scenario();
		heap.armed = false;
		if (heap.count)
			fail_msg("allocation %u failed: %zu left behind", n, heap.count);
		if (!heap.failed) {
			assert_int_equal(rc, 0);
			assert_true(n > 0);
			return;
		}
		if (rc != -ENOMEM && !(tolerant && rc == 0))
			fail_msg("allocation %u failed: %d", n, rc);
	}
	fail_msg("no end");
}

/* ---- scenarios ---- */

static int fill_an_error(void)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_free char *text = NULL;

	if (cg_error_set(&err, EACCES, "cannot open %s", "x\t") != -EACCES)
		return -EIO;
	if (cg_error_prefix(&err, "%s", "prefix") != -EACCES)
		return -EIO;
	if (cg_error_hint(&err, "try %d", 1) != -EACCES || err.errnum != EACCES)
		return -EIO;
	text = cg_error_text(&err);
	return text ? 0 : -ENOMEM;
}

static void an_error_keeps_its_reason(void **state)
{
	(void)state;
	every_allocation_fails(fill_an_error, true);
}

static int fill_a_list(void)
{
	cleanup_list struct cg_list list = { 0 };

	cg_list_add(&list, ", ", "%s", "one");
	cg_list_add(&list, ", ", "%d", 2);
	cg_list_add(&list, "", "!");
	if (list.text && strcmp(list.text, "one, 2!") != 0)
		return -EIO;
	return list.failed == !list.text ? (list.text ? 0 : -ENOMEM) : -EIO;
}

static void a_list_is_whole_or_not_there(void **state)
{
	(void)state;
	every_allocation_fails(fill_a_list, false);
}

static void a_report_without_memory_gives_the_reason(void **state)
{
	const struct cg_error none = { 0 }, denied = { EPERM, NULL, NULL };

	(void)state;
	for (unsigned int n = 0; n < 3; n++) {
		unit_capture(STDERR_FILENO);
		heap.left = n < 2 ? n : 0;
		heap.armed = true;
		cg_options_report("prog", n < 2 ? &denied : &none, false);
		heap.armed = false;
		cleanup_free char *text = unit_capture_end();

		assert_string_equal(text, n < 2 ? "prog: Operation not permitted\n"
						: "prog: Cannot allocate memory\n");
	}
}

static int take_option(int val, const char *argument, void *data, struct cg_error *err)
{
	(void)val;
	(void)argument;
	(void)data;
	(void)err;
	return 0;
}

static int walk_options(void)
{
	static const struct cg_option table[] = {
		{ 'a', "alpha", CG_NO_ARGUMENT, NULL, "" },
		{ 'b', "beta-one", CG_NEEDS_ARGUMENT, "X", "" },
		{ 'c', "beta-two", CG_NEEDS_ARGUMENT, "X", "" },
	};
	static const struct cg_program program = { .name = "prog",
						   .options = table,
						   .option_count = CG_ARRAY_SIZE(table) };
	static const char *const wrong[] = { "--alpa", "--beta", "-b" };

	for (size_t i = 0; i < CG_ARRAY_SIZE(wrong); i++) {
		cleanup_error struct cg_error err = { 0 };
		char name[] = "prog", good[] = "-a", bad[16];
		char *argv[] = { name, good, bad, NULL };
		int rc;

		snprintf(bad, sizeof(bad), "%s", wrong[i]);
		rc = cg_options_parse(&program, 3, argv, take_option, NULL, &err);
		if (rc != -EINVAL)
			return rc ?: -EIO;
	}
	return 0;
}

static void options_are_refused_without_a_suggestion(void **state)
{
	(void)state;
	every_allocation_fails(walk_options, true);
}

static int walk_paths(void)
{
	cleanup_free char *normal = NULL, *path = NULL, *view = NULL, *root = NULL;
	int rc = cg_path_normalize("//a/./b", &normal);

	if (!rc)
		rc = cg_path_resolve("/a", "/../b", &path);
	if (!rc)
		rc = cg_path_relative("/a", "/b", &view);
	if (!rc)
		rc = cg_path_root("/a/b", "/b", &root);
	return rc;
}

static int translate_paths(void)
{
	cleanup_free char *view = NULL;
	struct cg_path_map *map = NULL;
	int rc = cg_path_map_new("/a", "/b", &map);

	if (rc)
		return rc;
	rc = cg_path_map_view(map, "/../x", &view);
	cg_path_map_free(map);
	return rc;
}

static void paths(void **state)
{
	(void)state;
	every_allocation_fails(walk_paths, false);
	every_allocation_fails(translate_paths, false);
}

static const struct cg_column columns[] = {
	{ .name = "NAME", .help = "", .by_default = true, .tree = true },
	{ .name = "COUNT", .help = "", .by_default = true, .type = CG_COLUMN_NUMBER },
};

static int select_columns(void)
{
	cleanup_selection struct cg_selection a = { 0 }, b = { 0 };
	int rc = cg_selection_parse(columns, 2, "+name", &a, NULL);

	return rc ? rc : cg_selection_all(2, &b, NULL);
}

static int select_an_unknown_column(void)
{
	cleanup_selection struct cg_selection selection = { 0 };
	cleanup_error struct cg_error err = { 0 };
	int rc = cg_selection_parse(columns, 2, "names", &selection, &err);

	return rc == -EINVAL ? 0 : rc;
}

static int fill_a_table(unsigned int flags)
{
	static unsigned int all[] = { 0, 1 };
	const struct cg_selection selection = { all, 2 };
	struct cg_table *table = NULL;
	struct cg_row *row;
	int rc = cg_table_new("t", columns, &selection, flags | CG_TABLE_COLORS, &table, NULL);

	if (rc)
		return rc;
	row = cg_table_row(table, NULL);
	rc = row ? cg_table_set(table, row, 0, "a\t\xff") : -ENOMEM;
	if (!rc)
		rc = cg_table_set_number(table, row, 1, 7);
	if (!rc)
		cg_table_color(table, row, "red");
	if (!rc)
		rc = cg_table_print(table);
	cg_table_free(table);
	return rc;
}

static int print_text(void)
{
	return fill_a_table(CG_TABLE_TREE);
}

static int print_json(void)
{
	return fill_a_table(CG_TABLE_JSON);
}

static int print_raw(void)
{
	return fill_a_table(CG_TABLE_RAW);
}

static void tables(void **state)
{
	(void)state;
	every_allocation_fails(select_columns, false);
	every_allocation_fails(select_an_unknown_column, true);
	unit_capture(STDOUT_FILENO);
	every_allocation_fails(print_text, false);
	every_allocation_fails(print_json, false);
	every_allocation_fails(print_raw, false);
	free(unit_capture_end());
}

static int parse_memberships(void)
{
	cleanup_memberships struct cg_memberships memberships = { 0 };
	static const char line[] = "1:cpu:/a\n";

	memberships.text.data = malloc(20 * sizeof(line));
	if (!memberships.text.data)
		return -ENOMEM;
	memberships.text.size = 20 * sizeof(line);
	*memberships.text.data = '\0';
	for (int i = 0; i < 20; i++)
		strcat(memberships.text.data, line);
	memberships.text.len = strlen(memberships.text.data);
	return cg_memberships_parse(&memberships);
}

static int parse_mounts(void)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	char text[2048] = "";

	for (int i = 0; i < 20; i++)
		strcat(text, "1 2 3:4 / /x rw - cgroup x rw,cpu\n");
	return cg_mounts_parse(text, &mounts);
}

static int parse_a_wrong_target(void)
{
	cleanup_error struct cg_error err = { 0 };
	struct cg_target_spec spec;

	return cg_target_parse("?", &spec, &err) == -EINVAL ? 0 : -EIO;
}

static int read_hierarchies(void)
{
	cleanup_hierarchies struct cg_hierarchies hierarchies = { 0 };
	cleanup_error struct cg_error err = { 0 };
	int rc = cg_hierarchies_read(&hierarchies, &err);

	if (rc)
		return rc;
	return cg_hierarchy_find(&hierarchies, "no-such", &err) ? -EIO : 0;
}

static void parsers(void **state)
{
	(void)state;
	every_allocation_fails(parse_memberships, false);
	every_allocation_fails(parse_mounts, false);
	every_allocation_fails(parse_a_wrong_target, true);
	every_allocation_fails(read_hierarchies, true);
}

static int read_stat(void)
{
	struct cg_stat stat;

	return cg_procfs_stat(AT_FDCWD, "/proc/self/stat", &stat);
}

/* Its buffer is cut to size in the end; it may also stay as it is. */
static int read_command(void)
{
	cleanup_free char *command = NULL;
	int rc = cg_procfs_command(AT_FDCWD, "/proc/self", &command);

	return rc || strstr(command, "test_memory") ? rc : -EIO;
}

static int open_targets(void)
{
	cleanup_target struct cg_target self = CG_TARGET_INIT, file = CG_TARGET_INIT;
	cleanup_error struct cg_error err = { 0 };
	int rc = cg_target_open("self", &self, &err);

	return rc ? rc : cg_target_open("/proc/self/ns/cgroup", &file, &err);
}

static void readers(void **state)
{
	(void)state;
	every_allocation_fails(read_stat, false);
	every_allocation_fails(read_command, true);
	unit_need_pidfd();
	every_allocation_fails(open_targets, false);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_error_keeps_its_reason),
		cmocka_unit_test(a_list_is_whole_or_not_there),
		cmocka_unit_test(a_report_without_memory_gives_the_reason),
		cmocka_unit_test(options_are_refused_without_a_suggestion),
		cmocka_unit_test(paths),
		cmocka_unit_test(tables),
		cmocka_unit_test(parsers),
		cmocka_unit_test(readers),
	};

	return cmocka_run_group_tests_name("memory", tests, NULL, NULL);
}
