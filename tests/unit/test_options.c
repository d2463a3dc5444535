/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "options/options.h"

enum { OPTION_RM = CG_OPTION_LONG, OPTION_CAPS, OPTION_COLOR, OPTION_VERBOSE };

static const struct cg_option table[] = {
	{ .help = "Selection:" },
	{ 'f', "from", CG_NEEDS_ARGUMENT, "TARGET", "paths given are as TARGET sees them" },
	{ 'H', "hierarchy", CG_NEEDS_ARGUMENT, "NAME", "which hierarchy" },
	{ 'M', "mount-cgroup", CG_MAY_HAVE_ARGUMENT, "DIR", "mount afresh" },
	{ .help = "More:" },
	{ 'r', "map-root-user", CG_NO_ARGUMENT, NULL, "first line\nsecond line" },
	{ 'c', "map-current-user", CG_NO_ARGUMENT, NULL,
	  "a text that is much too long for one line of a terminal of the usual width, so that it "
	  "is broken at spaces" },
	{ OPTION_RM, "rm", CG_NO_ARGUMENT, NULL, "remove what was made" },
	{ OPTION_CAPS, "caps", CG_NEEDS_ARGUMENT, "LIST", "capabilities" },
	{ OPTION_COLOR, "color", CG_MAY_HAVE_ARGUMENT, "WHEN-THIS-IS-A-LONG-NAME", "colours" },
	{ 'h', "help", CG_NO_ARGUMENT, NULL, "print this and exit" },
	{ 'V', "version", CG_NO_ARGUMENT, NULL, "print the version" },
};

static const struct cg_habit habits[] = {
	CG_HABIT_PID,
	{ 0, "forms", "write it out" },
	{ 0, NULL, NULL },
};

static const struct cg_program program = {
	.name = "cgns-test",
	.synopsis = "[options] [WHAT...]",
	.purpose = "Tests options.",
	.notes = "A note.",
	.manual = "cgns-test(1)",
	.options = table,
	.option_count = CG_ARRAY_SIZE(table),
	.habits = habits,
};

static const struct cg_program stopping = {
	.name = "cgns-test",
	.stop_at_first = true,
	.options = table,
	.option_count = CG_ARRAY_SIZE(table),
};

static int take(int val, const char *argument, void *data, struct cg_error *err)
{
	FILE *out = data;

	(void)err;
	if (val < CG_OPTION_LONG)
		fputc(val, out);
	else
		fprintf(out, "+%d", val - CG_OPTION_LONG);
	fprintf(out, argument ? "=%s " : " ", argument);
	return 0;
}

/* What an option prints that is answered at once. */
static char *printed(const struct cg_program *of, const char *option)
{
	cleanup_free char *name = strdup("cgns-test"), *word = strdup(option);
	char *argv[] = { name, word, NULL };
	int rc;

	unit_capture(STDOUT_FILENO);
	rc = cg_options_parse(of, 2, argv, take, NULL, NULL);
	cleanup_free char *text = unit_capture_end();

	assert_int_equal(rc, 1);
	return cg_steal_ptr(&text);
}

/*
 * Walks over a command line, words parted by '|', and writes what came out:
 * "f=self r H=x: a b" is three options and two operands. At an error, its
 * text follows and the walk ends.
 */
static char *walk(const struct cg_program *of, const char *line)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_free char *words = strdup(line);
	char name[] = "cgns-test", *argv[16] = { name }, *result = NULL, *rest = words;
	size_t size = 0;
	int argc = 1;
	FILE *out = open_memstream(&result, &size);

	assert_non_null(words);
	assert_non_null(out);
	while (rest && *rest)
		argv[argc++] = strsep(&rest, "|");
	if (cg_options_parse(of, argc, argv, take, out, &err) < 0) {
		cleanup_free char *text = cg_error_text(&err);

		assert_int_equal(err.errnum, 0);
		fprintf(out, "! %s", text);
	} else {
		fputc(':', out);
		for (int i = optind; i < argc; i++)
			fprintf(out, " %s", argv[i]);
	}
	fclose(out);
	return result;
}

struct example {
	const char *line, *result;
};

static void assert_walks(const struct cg_program *of, const struct example *examples, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		cleanup_free char *got = walk(of, examples[i].line);

		assert_string_equal(got, examples[i].result);
	}
}

static void options_and_operands_are_told_apart(void **state)
{
	static const struct example examples[] = {
		{ "", ":" },
		{ "a|b", ": a b" },
		{ "-r|-fself|a", "r f=self : a" },
		{ "-rf|self", "r f=self :" },
		{ "a|--from|self|b|-r", "f=self r : a b" },
		{ "--from=self|--from=", "f=self f= :" },
		{ "--hier|memory", "H=memory :" },
		{ "-M|x|-Mx|--mount-cgroup|y|--mount-cgroup=z", "M M=x M M=z : x y" },
		{ "--rm|--caps|none|--color", "+0 +1=none +2 :" },
		{ "-|-r|--|-f", "r : - -f" },
	};

	(void)state;
	assert_walks(&program, examples, CG_ARRAY_SIZE(examples));
}

static void the_program_to_run_keeps_its_options(void **state)
{
	static const struct example examples[] = {
		{ "-r|ls|-r|--foo", "r : ls -r --foo" },
		{ "-r|--|-r", "r : -r" },
		{ "-f", "! option '-f' needs an argument: as in '-f TARGET'" },
		{ "--from=", "! option '--from' has an empty argument: as in '--from TARGET'" },
		{ "-r|-f||a", "r ! option '--from' has an empty argument: as in '--from TARGET'" },
		{ "--mount-c=",
		  "! option '--mount-cgroup' has an empty argument: as in '--mount-cgroup[=DIR]'" },
	};

	(void)state;
	assert_walks(&stopping, examples, CG_ARRAY_SIZE(examples));
}

static void wrong_options_are_explained(void **state)
{
	static const struct example examples[] = {
		{ "--hierarchi", "! unknown option '--hierarchi': did you mean '--hierarchy'?" },
		{ "--hirearchy=x|a",
		  "! unknown option '--hirearchy': did you mean '--hierarchy'?" },
		{ "--form|self", "! unknown option '--form': did you mean '--from'?" },
		{ "--nothing-like-it", "! unknown option '--nothing-like-it'" },
		{ "--map", "! option '--map' is ambiguous: it could be '--map-root-user', "
			   "'--map-current-user'" },
		{ "-x", "! unknown option '-x'" },
		{ "-p|1",
		  "! unknown option '-p': a PID is a WHAT by itself: leave the option out" },
		{ "--pid=1",
		  "! unknown option '--pid': a PID is a WHAT by itself: leave the option out" },
		{ "--forms", "! unknown option '--forms': write it out" },
		{ "a|-rx", "r ! unknown option '-x'" },
		{ "-\x1b", "! unknown option '-\\x1b'" },
		{ "--from", "! option '--from' needs an argument: as in '--from TARGET'" },
		{ "--cap", "! option '--caps' needs an argument: as in '--caps LIST'" },
		{ "a|-rf", "r ! option '-f' needs an argument: as in '-f TARGET'" },
		{ "--rm=yes", "! option '--rm' takes no argument" },
		{ "--map-r=1", "! option '--map-root-user' takes no argument" },
	};

	(void)state;
	assert_walks(&program, examples, CG_ARRAY_SIZE(examples));
}

static void help_is_grouped_and_narrow(void **state)
{
	static const char want[] =
		"Usage: cgns-test [options] [WHAT...]\n"
		"\n"
		"Tests options.\n"
		"\n"
		"Selection:\n"
		" -f, --from TARGET         paths given are as TARGET sees them\n"
		" -H, --hierarchy NAME      which hierarchy\n"
		" -M, --mount-cgroup[=DIR]  mount afresh\n"
		"\n"
		"More:\n"
		" -r, --map-root-user       first line\n"
		"                           second line\n"
		" -c, --map-current-user    a text that is much too long for one line of a\n"
		"                           terminal of the usual width, so that it is broken at\n"
		"                           spaces\n"
		"     --rm                  remove what was made\n"
		"     --caps LIST           capabilities\n"
		"     --color[=WHEN-THIS-IS-A-LONG-NAME]\n"
		"                           colours\n"
		" -h, --help                print this and exit\n"
		" -V, --version             print the version\n"
		"\n"
		"A note.\n"
		"\n"
		"For more details see cgns-test(1).\n";
	cleanup_free char *help = printed(&program, "--help");

	(void)state;
	assert_string_equal(help, want);
	unit_assert_narrow(help, 80);
}

/* Labels and texts that just fit, and such that just do not. */
static void help_uses_its_width_to_the_last_column(void **state)
{
	static const struct cg_option borders[] = {
		{ 'a', "longest-one-that-is", CG_NO_ARGUMENT, NULL,
		  "a text of fifty-two columns, which is what fits here and this" },
		{ 'b', "longer-than-there-is", CG_NO_ARGUMENT, NULL,
		  "a text of fifty-three columns, and one more than fits" },
		{ 'h', "help", CG_NO_ARGUMENT, NULL, "this" },
	};
	static const struct cg_program bordering = {
		.name = "cgns-test",
		.synopsis = "",
		.purpose = "",
		.manual = "cgns-test(1)",
		.options = borders,
		.option_count = CG_ARRAY_SIZE(borders),
	};
	static const char want[] =
		"Usage: cgns-test \n\n\n\n"
		" -a, --longest-one-that-is  a text of fifty-two columns, which is what fits here\n"
		"                            and this\n"
		" -b, --longer-than-there-is\n"
		"                            a text of fifty-three columns, and one more than\n"
		"                            fits\n"
		" -h, --help                 this\n"
		"\nFor more details see cgns-test(1).\n";
	cleanup_free char *help = printed(&bordering, "-h");

	(void)state;
	assert_string_equal(help, want);
	unit_assert_narrow(help, 80);
}

static void version_names_program_and_project(void **state)
{
	cleanup_free char *version = printed(&program, "--version");

	(void)state;
	assert_string_equal(version, "cgns-test from cgns " PACKAGE_VERSION "\n");
}

static void report_is_one_safe_line_and_a_hint_to_help(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	cg_error_set(&err, 0, "unknown option '--%s'", "a\nb");
	unit_capture(STDERR_FILENO);
	cg_options_report("cgns-test", &err, true);
	cg_options_report("cgns-test", &err, false);
	/* no help is against a shortage, whatever was parsed when it came */
	cg_error_set(&err, ENOMEM, "cannot read --set");
	cg_options_report("cgns-test", &err, true);
	cleanup_free char *text = unit_capture_end();

	assert_string_equal(text, "cgns-test: unknown option '--a\\x0ab'\n"
				  "Try 'cgns-test --help' for more information.\n"
				  "cgns-test: unknown option '--a\\x0ab'\n"
				  "cgns-test: cannot read --set: Cannot allocate memory\n");
}

static void the_nearest_name_is_found(void **state)
{
	static const char *const names[] = { "HIERARCHY", "PATH", "PID", "OWN", "NS" };
	static const char long_text[] =
		"123456789012345678901234567890123456789012345678901234567890123456";
	static const char *const long_names[] = { long_text };
	static const char *const ties[] = { "PATH", "BATH", "ONX", "OWN" };
	static const char longest_typo[] =
		"x234567890123456789012345678901234567890123456789012345678901234";
	static const char *const longest =
		"1234567890123456789012345678901234567890123456789012345678901234";
	static const struct example examples[] = {
		{ "hierarchi", "HIERARCHY" },
		{ "hirearchy", "HIERARCHY" },
		{ "PTAH", "PATH" },
		{ "pids", "PID" },
		{ "pth", "PATH" },
		{ "on", "OWN" },
		{ "S", "NS" },
		{ "ONW", "OWN" },
		{ "PAxx", "PATH" }, /* a third of the letters wrong, rounded up; not more */
		{ "Pxx", NULL },
		{ "PDI", "PID" },
		{ "xxNS", NULL }, /* as many wrong as the name has */
		{ "zzzz", NULL },
		{ "", NULL },
		{ "x", NULL },
		{ "no-such-name", NULL },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(examples); i++) {
		const char *got =
			cg_nearest(examples[i].line, names, CG_ARRAY_SIZE(names), sizeof(char *));

		if (examples[i].result)
			assert_string_equal(got, examples[i].result);
		else
			assert_null(got);
	}
	assert_null(cg_nearest("a", names, 0, sizeof(char *)));
	assert_string_equal(cg_nearest("MATH", ties, 2, sizeof(char *)), "PATH");
	assert_string_equal(cg_nearest("ONW", ties + 2, 2, sizeof(char *)), "ONX");
	assert_string_equal(cg_nearest(longest_typo, &longest, 1, sizeof(char *)), longest);
	assert_null(cg_nearest(long_text, long_names, 1, sizeof(char *)));
	assert_null(cg_nearest("12345678", long_names, 1, sizeof(char *)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(options_and_operands_are_told_apart),
		cmocka_unit_test(the_program_to_run_keeps_its_options),
		cmocka_unit_test(wrong_options_are_explained),
		cmocka_unit_test(help_is_grouped_and_narrow),
		cmocka_unit_test(help_uses_its_width_to_the_last_column),
		cmocka_unit_test(version_names_program_and_project),
		cmocka_unit_test(report_is_one_safe_line_and_a_hint_to_help),
		cmocka_unit_test(the_nearest_name_is_found),
	};

	return cmocka_run_group_tests_name("options", tests, NULL, NULL);
}
