/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "procfs.h"

#define HELP_COLUMNS	80
#define HELP_INDENT_MAX 28 /* a longer option has its text on the next line */

/* One walk over argv. */
struct walk {
	const struct cg_program *program;
	int argc;
	char **argv;
	struct option *long_options;
	char *short_options;
	const char *argument; /* of the option returned last, or NULL */
};

static void walk_free(struct walk *walk)
{
	free(walk->long_options);
	free(walk->short_options);
}

static bool is_heading(const struct cg_option *option)
{
	return !option->val;
}

static bool has_short(const struct cg_option *option)
{
	return option->val < CG_OPTION_LONG;
}

/*
 * What getopt_long(3) wants of an option, what getopt(3) wants behind its letter,
 * and what stands around the argument's name in "--from TARGET" and "--mount-cgroup[=DIR]".
 */
static const struct {
	int has_arg;
	const char *colons, *before, *behind;
} arguments[] = {
	[CG_NO_ARGUMENT] = { no_argument, "", "", "" },
	[CG_NEEDS_ARGUMENT] = { required_argument, ":", " ", "" },
	[CG_MAY_HAVE_ARGUMENT] = { optional_argument, "::", "[=", "]" },
	[CG_MAY_HAVE_ARGUMENT_LONG] = { optional_argument, "", "[=", "]" },
};

/* Makes of the table what getopt_long(3) wants. */
static int start(struct walk *options, const struct cg_program *program, int argc, char **argv,
		 struct cg_error *err)
{
	size_t count = 0;
	char *end;

	*options = (struct walk){ .program = program, .argc = argc, .argv = argv };
	options->long_options = calloc(program->option_count + 1, sizeof(struct option));
	options->short_options = malloc(program->option_count * strlen("f::") + sizeof("+:"));
	if (!options->long_options || !options->short_options) {
		cg_error_set(err, ENOMEM, "cannot read the options");
		return -ENOMEM;
	}
	/* The colon in front makes getopt tell a missing argument from an unknown option. */
	end = stpcpy(options->short_options, program->stop_at_first ? "+:" : ":");
	for (size_t i = 0; i < program->option_count; i++) {
		const struct cg_option *option = &program->options[i];

		if (is_heading(option))
			continue;
		if (option->long_name)
			options->long_options[count++] = (struct option){
				.name = option->long_name,
				.has_arg = arguments[option->argument].has_arg,
				.val = option->val,
			};
		if (has_short(option)) {
			*end++ = (char)option->val;
			end = stpcpy(end, arguments[option->argument].colons);
		}
	}
	*end = '\0';
	opterr = 0;
	optind = 0; /* glibc: start afresh, also when another walk was left half-way */
	return 0;
}

static const struct cg_option *find_option(const struct cg_program *program, int val)
{
	for (size_t i = 0; i < program->option_count; i++) {
		if (!is_heading(&program->options[i]) && program->options[i].val == val)
			return &program->options[i];
	}
	return NULL;
}

/* What an option that there is not means to users of another program, by its letter or name. */
static const char *advice_for(const struct cg_program *program, int letter, const char *name)
{
	for (const struct cg_habit *habit = program->habits; habit && habit->advice; habit++)
		if (name ? habit->long_name && !strcmp(habit->long_name, name)
			 : habit->letter == letter)
			return habit->advice;
	return NULL;
}

/* A long option that getopt does not know, or knows too many of. */
static void explain_long(const struct walk *options, const char *name, struct cg_error *err)
{
	const struct option *all = options->long_options;
	cleanup_list struct cg_list candidates = { 0 };
	size_t count = 0, fitting = 0;
	const char *nearest, *advice = advice_for(options->program, 0, name);

	for (; all[count].name; count++)
		if (cg_starts_with(all[count].name, name)) {
			cg_list_add(&candidates, ", ", "'--%s'", all[count].name);
			fitting++;
		}
	cg_error_set(err, 0, fitting > 1 ? "option '--%s' is ambiguous" : "unknown option '--%s'",
		     name);
	nearest = cg_nearest(name, &all->name, count, sizeof(*all));
	if (advice)
		cg_error_hint(err, "%s", advice);
	else if (fitting > 1 && candidates.text)
		cg_error_hint(err, "it could be %s", candidates.text);
	else if (nearest)
		cg_error_hint(err, "did you mean '--%s'?", nearest);
}

/* Whether every letter of text is a short option of the program. */
static bool looks_like_options(const struct cg_program *program, const char *text)
{
	for (const char *at = text; *at; at++) {
		const struct cg_option *option = find_option(program, (unsigned char)*at);

		if (!option || !has_short(option))
			return false;
	}
	return *text;
}

/*
 * What is to be run, and how, has no empty names: it was a variable that is not set. Other
 * programs say what could stand there.
 */
static int check_argument(const struct walk *options, const struct cg_option *option,
			  struct cg_error *err)
{
	if (!options->program->stop_at_first || !options->argument || *options->argument)
		return 0;
	cg_error_set(err, 0, "option '--%s' has an empty argument", option->long_name);
	return cg_error_hint(err, "as in '--%s%s%s%s'", option->long_name,
			     arguments[option->argument].before, option->argument_name,
			     arguments[option->argument].behind);
}

/*
 * An argument that may be left out has to be one word with its option: one that
 * stands apart would be run as the program, and options that stand together
 * would be the argument. Returns 0, or -EINVAL with *err saying what to type.
 */
static int check_optional(const struct walk *options, const struct cg_option *option,
			  struct cg_error *err)
{
	const char *next = options->argv[optind], *word = options->argv[optind - 1];
	bool is_long = cg_starts_with(word, "--");
	struct stat st;

	if (option->argument != CG_MAY_HAVE_ARGUMENT || !options->program->stop_at_first)
		return 0;
	if (options->argument && !is_long &&
	    looks_like_options(options->program, options->argument)) {
		cg_error_set(err, 0, "option '-%c' takes '%s' as its %s", option->val,
			     options->argument, option->argument_name);
		return cg_error_hint(
			err, "write '-%c -%s' for two options, or '--%s=%s' if it is meant",
			option->val, options->argument, option->long_name, options->argument);
	}
	if (options->argument || !next || !strchr(next, '/') || stat(next, &st) < 0 ||
	    !S_ISDIR(st.st_mode))
		return 0;
	cg_error_set(err, 0, "'%s' is a directory, not a program", next);
	if (is_long)
		return cg_error_hint(err, "if it belongs to the option, write '--%s=%s'",
				     option->long_name, next);
	return cg_error_hint(err, "if it belongs to the option, write '-%c%s'", option->val, next);
}

static void explain_missing(const struct cg_option *option, bool is_long, struct cg_error *err)
{
	if (is_long) {
		cg_error_set(err, 0, "option '--%s' needs an argument", option->long_name);
		cg_error_hint(err, "as in '--%s %s'", option->long_name, option->argument_name);
	} else {
		cg_error_set(err, 0, "option '-%c' needs an argument", option->val);
		cg_error_hint(err, "as in '-%c %s'", option->val, option->argument_name);
	}
}

/* A letter that there is not: what others mean by it, or the same one in the other case. */
static void explain_short(const struct cg_program *program, int letter, struct cg_error *err)
{
	const struct cg_option *other =
		find_option(program, isalpha(letter) ? letter ^ ('a' ^ 'A') : letter);
	const char *advice = advice_for(program, letter, NULL);

	cg_error_set(err, 0, "unknown option '-%c'", letter);
	if (advice)
		cg_error_hint(err, "%s", advice);
	else if (other)
		cg_error_hint(err, "did you mean '-%c', --%s?", other->val, other->long_name);
}

/*
 * What getopt refused: it leaves the letter or the val of a known option in
 * optopt, and 0 for a long option that it does not know.
 */
static void explain(const struct walk *options, bool missing, struct cg_error *err)
{
	const char *text = options->argv[optind - 1];
	const struct cg_option *option = find_option(options->program, optopt);
	bool is_long = cg_starts_with(text, "--");

	if (!optopt) {
		cleanup_free char *name = strndup(text + 2, strcspn(text + 2, "="));

		if (name)
			explain_long(options, name, err);
		else
			cg_error_set(err, ENOMEM, "unknown option");
	} else if (missing && option) {
		explain_missing(option, is_long, err);
	} else if (option) {
		cg_error_set(err, 0, "option '--%s' takes no argument", option->long_name);
	} else {
		explain_short(options->program, optopt, err);
	}
}

/* The next option's val, -1 at the end, or '?' with *err filled. */
static int next(struct walk *options, struct cg_error *err)
{
	int val = getopt_long(options->argc, options->argv, options->short_options,
			      options->long_options, NULL);

	const struct cg_option *option = val < 0 ? NULL : find_option(options->program, val);

	options->argument = optarg;
	if (val == '?' || val == ':')
		explain(options, val == ':', err);
	else if (!option || (check_argument(options, option, err) == 0 &&
			     check_optional(options, option, err) == 0))
		return val;
	return '?';
}

/* Prints text from column on, broken at spaces; '\n' in it starts a further line. */
static void print_wrapped(const char *text, int column)
{
	int at = column;

	while (*text) {
		int len = (int)strcspn(text, " \n");

		if (at > column && at + 1 + len > HELP_COLUMNS) {
			printf("\n%*s", column, "");
			at = column;
		}
		if (at > column) {
			putchar(' ');
			at++;
		}
		printf("%.*s", len, text);
		at += len;
		text += len;
		if (*text == '\n') {
			printf("\n%*s", column, "");
			at = column;
		}
		if (*text)
			text++;
	}
	putchar('\n');
}

/* Writes an option as the help shows it: " -f, --from TARGET". Returns its width. */
static int write_label(const struct cg_option *option, char label[HELP_COLUMNS])
{
	char letter[] = { ' ', '-', (char)option->val, option->long_name ? ',' : '\0', '\0' };

	if (!option->long_name)
		return snprintf(label, HELP_COLUMNS, "%s", letter);
	return snprintf(label, HELP_COLUMNS, "%4s --%s%s%s%s", has_short(option) ? letter : "",
			option->long_name, arguments[option->argument].before,
			option->argument_name ?: "", arguments[option->argument].behind);
}

static int text_column(const struct cg_program *program)
{
	int widest = 0;

	for (size_t i = 0; i < program->option_count; i++) {
		char label[HELP_COLUMNS];
		int width = write_label(&program->options[i], label) + 2;

		if (!is_heading(&program->options[i]) && width > widest && width <= HELP_INDENT_MAX)
			widest = width;
	}
	return widest;
}

static void print_option(const struct cg_option *option, int column)
{
	char label[HELP_COLUMNS];

	if (write_label(option, label) + 2 > column)
		printf("%s\n%*s", label, column, "");
	else
		printf("%-*s", column, label);
	print_wrapped(option->help, column);
}

static void print_help(const struct cg_program *program)
{
	int column = text_column(program);

	printf("Usage: %s %s\n\n", program->name, program->synopsis);
	print_wrapped(program->purpose, 0);
	for (size_t i = 0; i < program->option_count; i++) {
		const struct cg_option *option = &program->options[i];

		if (i == 0 || is_heading(option))
			putchar('\n');
		if (is_heading(option))
			printf("%s\n", option->help);
		else
			print_option(option, column);
	}
	if (program->notes)
		printf("\n%s\n", program->notes);
	printf("\nFor more details see %s.\n", program->manual);
}

int cg_options_parse(const struct cg_program *program, int argc, char **argv, cg_option_taker *take,
		     void *data, struct cg_error *err)
{
	cleanup_with(walk_free) struct walk walk = { 0 };
	int rc = start(&walk, program, argc, argv, err);
	int val;

	while (rc == 0 && (val = next(&walk, err)) != -1) {
		switch (val) {
		case '?':
			return -EINVAL;
		case 'h':
			print_help(program);
			return 1;
		case 'V':
			printf("%s from %s %s\n", program->name, PACKAGE_NAME, PACKAGE_VERSION);
			return 1;
		default:
			rc = take(val, walk.argument, data, err);
		}
	}
	return rc;
}

void cg_options_report(const char *name, const struct cg_error *err, bool usage)
{
	cleanup_free char *text = cg_error_text(err);
	bool unexplained = !err->hint && (err->errnum == EPERM || err->errnum == ENOSYS);

	/* Where memory is short for the words, the kernel's reason alone is left. */
	fprintf(stderr, "%s: %s%s\n", name, text ? text : strerror(err->errnum ?: ENOMEM),
		unexplained && cg_procfs_is_filtered() ? ": " CG_FILTER_MAY_REFUSE : "");
	if (usage && err->errnum == 0 && err->message)
		fprintf(stderr, "Try '%s --help' for more information.\n", name);
}

void cg_say(const char *name, const char *fmt, ...)
{
	cleanup_free char *text = NULL, *safe = NULL;
	va_list args;

	if (!name)
		return;
	va_start(args, fmt);
	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	va_end(args);
	safe = text ? cg_escape(text) : NULL;
	if (safe)
		fprintf(stderr, "%s: %s\n", name, safe);
}
