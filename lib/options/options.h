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

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"
#include "table.h"

enum cg_argument {
	CG_NO_ARGUMENT,
	CG_NEEDS_ARGUMENT,
	CG_MAY_HAVE_ARGUMENT,	   /* only as --long=ARG or -xARG */
	CG_MAY_HAVE_ARGUMENT_LONG, /* only as --long=ARG: the short form takes none */
};

/*
 * A row with val 0 is the heading of a group; one with long_name NULL has a
 * short form only.
 * An option without a short form has a val of its own, CG_OPTION_LONG and up.
 */
struct cg_option {
	int val; /* what the taker gets: the short option's letter, or CG_OPTION_LONG + n
		  */
	const char *long_name;
	enum cg_argument argument;
	const char *argument_name; /* "TARGET"; NULL for CG_NO_ARGUMENT only */
	const char *help;	   /* for --help; broken at spaces, '\n' starts a further line */
};

#define CG_OPTION_LONG	     256
#define CG_OPTION_OUTPUT_ALL 512 /* --output-all, in every program with a table */

/* The last rows of every program's table. */
/* clang-format off */
#define CG_OPTIONS_LAST \
	{ .help = "Other:" }, \
	{ 'h', "help", CG_NO_ARGUMENT, NULL, "show this help" }, \
	{ 'V', "version", CG_NO_ARGUMENT, NULL, "show the version" }

/*
 * The rows that programs share, which cg_shared_options_take() takes: those that say whose
 * view is meant, and but for -L those of tables.
 */
#define CG_OPTIONS_OF_VIEWS \
	{ 'f', "from", CG_NEEDS_ARGUMENT, "TARGET", \
	  "paths given are as TARGET's namespace sees them\n(default: self)" }, \
	{ 't', "to", CG_NEEDS_ARGUMENT, "TARGET", \
	  "print as TARGET's namespace sees it (default: self)" }

#define CG_OPTIONS_OF_TABLES \
	{ 'J', "json", CG_NO_ARGUMENT, NULL, "the table in JSON" }, \
	{ 'r', "raw", CG_NO_ARGUMENT, NULL, "the table in raw format" }, \
	{ 'n', "noheadings", CG_NO_ARGUMENT, NULL, "no headings" }, \
	{ 'o', "output", CG_NEEDS_ARGUMENT, "LIST", "these columns; +LIST adds to the default" }, \
	{ CG_OPTION_OUTPUT_ALL, "output-all", CG_NO_ARGUMENT, NULL, "all columns" }, \
	{ 'u', "notruncate", CG_NO_ARGUMENT, NULL, "cut no text to fit the terminal" }, \
	{ 'L', "list-columns", CG_NO_ARGUMENT, NULL, "list the columns" }
/* clang-format on */

/* An option that means something to users of another program, and what to type here. */
struct cg_habit {
	int letter;	       /* or 0 */
	const char *long_name; /* or NULL */
	const char *advice;    /* NULL ends the list */
};

/* That of ps(1) and lsns(8) in programs that take WHATs. */
#define CG_HABIT_PID                                                          \
	{                                                                     \
		'p', "pid", "a PID is a WHAT by itself: leave the option out" \
	}

/* What the same option is called in every program's help, and what ends the notes of many. */
#define CG_HELP_HIERARCHY "unified, a controller, name=NAME, or all"
#define CG_HELP_MOUNT_CGROUP                                           \
	"mount cgroup filesystems that show the namespace's view, on " \
	"their own places or in DIR"
#define CG_HELP_NO_NEW_PRIVS "the program gains nothing by set-user-ID bits and file capabilities"
#define CG_NOTE_TARGET                                                         \
	"TARGET is self, PID, PID:PIDFD_INODE, /proc/PID, a namespace file,\n" \
	"cgroup:[INODE], INODE, cgroup:/PATH, container:ID, pod:UID or unit:NAME."

struct cg_program {
	const char *name;     /* "cgns-path" */
	const char *synopsis; /* "[options] [WHAT...]" */
	const char *purpose;  /* one line for --help */
	const char *notes;    /* lines printed as they are after the options, or NULL */
	const char *manual;   /* "cgns-path(1)" */
	bool stop_at_first;   /* the first argument that is no option ends the options: it is a
				 program, so that a directory, or letters of options, beside an
				 option that may have an argument are refused */
	const struct cg_option *options;
	size_t option_count;
	const struct cg_habit *habits; /* or NULL */
};

/*
 * Takes one option: its val and its argument, or NULL. Returns 0; 1 if it was answered at
 * once and nothing else is wanted; or a negative errno value with *err filled.
 */
typedef int cg_option_taker(int val, const char *argument, void *data, struct cg_error *err);

/*
 * Hands every option to take, and answers --help and --version ('h' and 'V'). Operands
 * begin at argv[optind]; getopt may reorder argv.
 * Returns 0, 1 if nothing else is wanted, or a negative errno value with *err saying which
 * option is wrong and what would be right: a misspelt long option gets the nearest one
 * suggested.
 */
int cg_options_parse(const struct cg_program *program, int argc, char **argv, cg_option_taker *take,
		     void *data, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3, 4);

/*
 * Prints the error on standard error as "NAME: text", for main; with usage
 * set, and unless the kernel gave a reason, also "Try 'NAME --help' for more
 * information.": no help is against a shortage. Escaped text only.
 */
void cg_options_report(const char *name, const struct cg_error *err, bool usage) CG_NONNULL(1, 2);

/*
 * Prints what has been done on standard error as "NAME: text", for --verbose; with name NULL
 * nothing. Escaped text only.
 */
void cg_say(const char *name, const char *fmt, ...) CG_PRINTF(2, 3) CG_NONNULL(2);

/* How many of the things asked for were answered, and what could not be. */
struct cg_status {
	const struct cg_program *program;
	size_t answered; /* some of them with gaps */
	size_t failed;
	size_t gaps;
};

/* Reports the failure of what was asked on standard error, counts it, and resets *err. */
void cg_status_failure(struct cg_status *status, const char *asked, struct cg_error *err)
	CG_NONNULL(1, 2, 3);

/* The same for something that could not be found out of what is answered. */
void cg_status_gap(struct cg_status *status, const char *asked, struct cg_error *err)
	CG_NONNULL(1, 2, 3);

/*
 * The end of main: closes standard output, and reports the error that ended everything
 * (rc < 0; usage: of the command line).
 * Returns the exit status: 0 all well, 1 all failed, 64 some failed or could not be seen.
 */
int cg_status_end(const struct cg_status *status, int rc, bool usage, struct cg_error *err)
	CG_NONNULL(1, 4);

/* What is asked for by the options that programs share: -f -t -H -z -J -r -n -u -o --output-all. */
struct cg_shared_options {
	const char *from;      /* TARGET, or NULL for self */
	const char *to;	       /* likewise */
	const char *hierarchy; /* NULL for what the program does without; "all" */
	bool zero;
	char **whats; /* the operands of a program that takes WHATs */
	size_t what_count;
	unsigned int flags; /* CG_TABLE_* */
	const char *list;   /* of --output, or NULL */
	bool all;
	struct cg_selection selection; /* made of both; freed by the caller */
};

/* Takes one of them. Returns 0, or -EINVAL if it is another option. */
int cg_shared_options_take(struct cg_shared_options *shared, int val,
			   const char *argument) CG_MUST_CHECK CG_NONNULL(1);

/* After cg_options_parse(): the WHATs of the command line; self where there are none. */
void cg_shared_options_whats(struct cg_shared_options *shared, int argc, char **argv)
	CG_NONNULL(1, 3);

/* Makes the selection. Returns 0 or a negative errno value with *err filled. */
int cg_shared_options_choose(struct cg_shared_options *shared, const struct cg_column *columns,
			     size_t count, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Below a table for people with paths in the caller's view: where the caller is in a
 * cgroup namespace of its own, a line says that "/" is the root of that one.
 */
void cg_shared_options_remark(const struct cg_shared_options *shared) CG_NONNULL(1);

#endif
