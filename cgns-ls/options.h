/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line asks for. */
#ifndef LS_OPTIONS_H
#define LS_OPTIONS_H

#include <stdbool.h>

#include "error.h"

enum ls_color {
	LS_COLOR_AUTO,
	LS_COLOR_ALWAYS,
	LS_COLOR_NEVER,
};

struct ls_options {
	bool tree;
	bool members;
	bool deep;
	bool check;
	const char *hierarchy; /* NULL: the default one; "all" */
	bool json;
	bool raw;
	bool no_headings;
	bool no_truncate;
	const char *columns; /* the LIST of --output, or NULL */
	bool all_columns;
	enum ls_color color;
	char **targets;
	int target_count;
};

enum ls_request {
	LS_LIST, /* options say what */
	LS_HELP,
	LS_VERSION,
	LS_LIST_COLUMNS,
};

/*
 * Parses and verifies; targets point into argv, which getopt may reorder.
 * Returns 0, or a negative errno value with *err filled: wrong usage, or
 * -ENOMEM.
 */
int ls_options_parse(int argc, char **argv, struct ls_options *options, enum ls_request *request,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2, 3, 4, 5);

void ls_print_help(void);
void ls_print_version(void);

/* "cgns-ls", the name in every message. */
extern const char ls_program_name[];

#endif
