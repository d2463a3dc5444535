/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * options - one table of options for a program: getopt, --help, suggestions
 *
 * Each program has one array of struct cg_option. The short and long options
 * that getopt_long(3) gets and the text of --help are made from it, so that
 * they cannot drift apart; a test holds man page and completion against it.
 */
#ifndef CG_OPTIONS_H
#define CG_OPTIONS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"

enum cg_argument {
	CG_NO_ARGUMENT,
	CG_NEEDS_ARGUMENT,
	CG_MAY_HAVE_ARGUMENT, /* only as --long=ARG or -xARG */
};

/*
 * A row with long_name NULL and a help text is a heading of a group.
 * An option without a short form has a val of its own, CG_OPTION_LONG and up.
 */
struct cg_option {
	int val; /* what cg_options_next() returns: the short option's letter, or CG_OPTION_LONG + n
		  */
	const char *long_name;
	enum cg_argument argument;
	const char *argument_name; /* "TARGET"; NULL for CG_NO_ARGUMENT only */
	const char *help;	   /* for --help; broken at spaces, '\n' starts a further line */
};

#define CG_OPTION_LONG 256

struct cg_program {
	const char *name;     /* "cgns-path" */
	const char *synopsis; /* "[options] [WHAT...]" */
	const char *purpose;  /* one line for --help */
	const char *notes;    /* lines printed as they are after the options, or NULL */
	const char *manual;   /* "cgns-path(1)" */
	bool stop_at_first;   /* the first argument that is no option ends the options */
	const struct cg_option *options;
	size_t option_count;
};

/* State of one walk over argv. */
struct cg_options {
	const struct cg_program *program;
	int argc;
	char **argv;
	struct option *long_options;
	char *short_options;
	const char *argument; /* of the option returned last, or NULL */
};

/* Returns 0 or -ENOMEM with *err filled. */
int cg_options_start(struct cg_options *options, const struct cg_program *program, int argc,
		     char **argv, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4);

/*
 * The next option's val, -1 at the end (operands begin at argv[optind]), or
 * '?' with *err saying which option is wrong and what would be right: a
 * misspelt long option gets the nearest one suggested.
 */
int cg_options_next(struct cg_options *options, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

void cg_options_free(struct cg_options *options);

#define cleanup_options cleanup_with(cg_options_free)

/* Prints the text of --help on standard output: grouped, at most 80 columns. The text is ASCII. */
void cg_options_help(const struct cg_program *program) CG_NONNULL(1);

/* Prints "NAME from cgns VERSION" on standard output. */
void cg_options_version(const struct cg_program *program) CG_NONNULL(1);

/*
 * Prints the error on standard error as "NAME: text", for main; with usage
 * set, also "Try 'NAME --help' for more information." Escaped text only.
 */
void cg_options_report(const char *name, const struct cg_error *err, bool usage) CG_NONNULL(1, 2);

/* Prints what has been done on standard error as "NAME: text", for --verbose. Escaped text only. */
void cg_options_vsay(const char *name, const char *fmt, va_list args) CG_PRINTF(2, 0)
	CG_NONNULL(1, 2);

/*
 * The entry of a list of count names that is nearest to text by edit
 * distance, upper and lower case alike, for suggestions; the first of several.
 * NULL if none is near, which is: at most about a third of the letters wrong.
 */
const char *cg_nearest(const char *text, const char *const *names, size_t count) CG_NONNULL(1, 2);

#endif
