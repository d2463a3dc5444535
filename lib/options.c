/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "options.h"

#include <ctype.h>
#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>

#define HELP_COLUMNS	80
#define HELP_INDENT_MAX 28 /* a longer option has its text on the next line */

static bool is_heading(const struct cg_option *option)
{
	return !option->long_name;
}

static bool has_short(const struct cg_option *option)
{
	return option->val < CG_OPTION_LONG;
}

static int has_arg(enum cg_argument argument)
{
	switch (argument) {
	case CG_NEEDS_ARGUMENT:
		return required_argument;
	case CG_MAY_HAVE_ARGUMENT:
		return optional_argument;
	case CG_NO_ARGUMENT:
		break;
	}
	return no_argument;
}

/* Writes what getopt(3) wants for one option: "f", "f:" or "f::". */
static char *add_short(char *end, const struct cg_option *option)
{
	static const char *const colons[] = {
		[no_argument] = "", [required_argument] = ":", [optional_argument] = "::"
	};

	*end++ = (char)option->val;
	return stpcpy(end, colons[has_arg(option->argument)]);
}

int cg_options_start(struct cg_options *options, const struct cg_program *program, int argc,
		     char **argv, struct cg_error *err)
{
	size_t count = 0;
	char *end;

	*options = (struct cg_options){ .program = program, .argc = argc, .argv = argv };
	options->long_options = calloc(program->option_count + 1, sizeof(struct option));
	options->short_options = malloc(program->option_count * strlen("f::") + sizeof("+:"));
	if (!options->long_options || !options->short_options) {
		cg_options_free(options);
		return cg_error_set(err, ENOMEM, "cannot read the options");
	}
	/* The colon in front makes getopt tell a missing argument from an unknown option. */
	end = stpcpy(options->short_options, program->stop_at_first ? "+:" : ":");
	for (size_t i = 0; i < program->option_count; i++) {
		const struct cg_option *option = &program->options[i];

		if (is_heading(option))
			continue;
		options->long_options[count++] = (struct option){
			.name = option->long_name,
			.has_arg = has_arg(option->argument),
			.val = option->val,
		};
		if (has_short(option))
			end = add_short(end, option);
	}
	*end = '\0';
	opterr = 0;
	optind = 0; /* glibc: start afresh, also when another walk was left half-way */
	return 0;
}

void cg_options_free(struct cg_options *options)
{
	free(options->long_options);
	free(options->short_options);
	options->long_options = NULL;
	options->short_options = NULL;
}

static const struct cg_option *find_option(const struct cg_program *program, int val)
{
	for (size_t i = 0; i < program->option_count; i++) {
		if (!is_heading(&program->options[i]) && program->options[i].val == val)
			return &program->options[i];
	}
	return NULL;
}

/* The long option nearest to name, or NULL. */
static const char *nearest_option(const struct cg_options *options, const char *name)
{
	cleanup_free const char **names = calloc(options->program->option_count, sizeof(*names));
	size_t count = 0;

	if (!names)
		return NULL;
	for (; options->long_options[count].name; count++)
		names[count] = options->long_options[count].name;
	return cg_nearest(name, names, count);
}

/* "'--map-root-user', '--map-current-user'": the long options that begin with name; how many. */
static size_t list_candidates(const struct cg_options *options, const char *name, char **list)
{
	size_t len = strlen(name), count = 0, size = 1;
	char *end;

	for (const struct option *o = options->long_options; o->name; o++)
		size += strlen(o->name) + strlen(", '--'");
	*list = end = malloc(size);
	if (!end)
		return 0;
	*end = '\0';
	for (const struct option *o = options->long_options; o->name; o++) {
		if (strncmp(o->name, name, len) != 0)
			continue;
		end = stpcpy(end, count++ ? ", '--" : "'--");
		end = stpcpy(stpcpy(end, o->name), "'");
	}
	return count;
}

/* A long option that getopt does not know, or knows too many of. */
static void explain_long(const struct cg_options *options, const char *name, struct cg_error *err)
{
	cleanup_free char *candidates = NULL;
	const char *nearest;

	if (list_candidates(options, name, &candidates) > 1) {
		cg_error_set(err, 0, "option '--%s' is ambiguous", name);
		cg_error_hint(err, "it could be %s", candidates);
		return;
	}
	cg_error_set(err, 0, "unknown option '--%s'", name);
	nearest = nearest_option(options, name);
	if (nearest)
		cg_error_hint(err, "did you mean '--%s'?", nearest);
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

/*
 * What getopt refused: it leaves the letter or the val of a known option in
 * optopt, and 0 for a long option that it does not know.
 */
static void explain(const struct cg_options *options, bool missing, struct cg_error *err)
{
	const char *text = options->argv[optind - 1];
	const struct cg_option *option = find_option(options->program, optopt);
	bool is_long = strncmp(text, "--", 2) == 0;

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
		cg_error_set(err, 0, "unknown option '-%c'", optopt);
	}
}

int cg_options_next(struct cg_options *options, struct cg_error *err)
{
	int val = getopt_long(options->argc, options->argv, options->short_options,
			      options->long_options, NULL);

	options->argument = optarg;
	if (val != '?' && val != ':')
		return val;
	explain(options, val == ':', err);
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

/* What stands around the argument's name in "--from TARGET" and "--mount-cgroup[=DIR]". */
static const char *const argument_forms[][2] = {
	[CG_NO_ARGUMENT] = { "", "" },
	[CG_NEEDS_ARGUMENT] = { " ", "" },
	[CG_MAY_HAVE_ARGUMENT] = { "[=", "]" },
};

static const char *argument_name(const struct cg_option *option)
{
	return option->argument == CG_NO_ARGUMENT ? "" : option->argument_name;
}

static int label_width(const struct cg_option *option)
{
	const char *const *form = argument_forms[option->argument];

	return (int)(strlen(" -f, --") + strlen(option->long_name) + strlen(form[0]) +
		     strlen(argument_name(option)) + strlen(form[1]));
}

static void print_label(const struct cg_option *option)
{
	const char *const *form = argument_forms[option->argument];

	if (has_short(option))
		printf(" -%c, --", option->val);
	else
		printf("     --");
	printf("%s%s%s%s", option->long_name, form[0], argument_name(option), form[1]);
}

static int text_column(const struct cg_program *program)
{
	int widest = 0;

	for (size_t i = 0; i < program->option_count; i++) {
		int width;

		if (is_heading(&program->options[i]))
			continue;
		width = label_width(&program->options[i]) + 2;
		if (width > widest && width <= HELP_INDENT_MAX)
			widest = width;
	}
	return widest;
}

static void print_option(const struct cg_option *option, int column)
{
	int width = label_width(option);

	print_label(option);
	if (width + 2 > column)
		printf("\n%*s", column, "");
	else
		printf("%*s", column - width, "");
	print_wrapped(option->help, column);
}

void cg_options_help(const struct cg_program *program)
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

void cg_options_version(const struct cg_program *program)
{
	printf("%s from %s %s\n", program->name, PACKAGE_NAME, PACKAGE_VERSION);
}

void cg_options_report(const char *name, const struct cg_error *err, bool usage)
{
	cleanup_free char *text = cg_error_text(err);

	/* Where memory is short for the words, the kernel's reason alone is left. */
	fprintf(stderr, "%s: %s\n", name, text ? text : strerror(err->errnum ?: ENOMEM));
	if (usage)
		fprintf(stderr, "Try '%s --help' for more information.\n", name);
}

void cg_options_vsay(const char *name, const char *fmt, va_list args)
{
	cleanup_free char *text = NULL, *safe = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		text = NULL;
	safe = text ? cg_escape(text) : NULL;
	if (safe)
		fprintf(stderr, "%s: %s\n", name, safe);
}

#define NEAREST_MAX 64 /* longer names are nobody's typing errors */

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Edit distance: letters inserted, left out, replaced, and neighbours swapped
 * (optimal string alignment), upper and lower case alike. Both texts are at
 * most NEAREST_MAX long. Rows of the table are used in turn.
 */
static unsigned int distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i - 1) % 3];
		const unsigned int *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned int change = !same_letter(a[i - 1], b[j - 1]);

			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) && above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *cg_nearest(const char *text, const char *const *names, size_t count)
{
	size_t len = strlen(text);
	const char *nearest = NULL;
	unsigned int best;

	if (!len || len > NEAREST_MAX)
		return NULL;
	best = (unsigned int)(len + 2) / 3 + 1; /* a third of the letters may be wrong */
	for (size_t i = 0; i < count; i++) {
		size_t name_len = strlen(names[i]);
		unsigned int d;

		if (name_len > NEAREST_MAX)
			continue;
		d = distance(text, len, names[i], name_len);
		if (d < best && d < name_len) {
			best = d;
			nearest = names[i];
		}
	}
	return nearest;
}
