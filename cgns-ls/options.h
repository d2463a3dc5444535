/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the command line asks for. */
#ifndef LS_OPTIONS_H
#define LS_OPTIONS_H

#include <stdbool.h>

#include "error.h"
#include "options/options.h"

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
	unsigned int problems; /* of enum ls_state: which of them --check is about */
	unsigned int states;   /* which to list; 0: all */
	bool quiet;
	struct cg_shared_options shared;
	bool list_columns; /* and nothing else */
	enum ls_color color;
	const char **targets; /* owned: those of --task, then the operands */
	int target_count;
};

void ls_options_free(struct ls_options *options);

#define cleanup_ls_options cleanup_with(ls_options_free)

/*
 * Parses and verifies; targets point into argv, which getopt may reorder.
 * Returns 0, 1 if --help or the like was answered and nothing else is wanted,
 * or a negative errno value with *err filled: wrong usage, or -ENOMEM.
 */
int ls_options_parse(int argc, char **argv, struct ls_options *options,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2, 3, 4);

extern const struct cg_program cgns_ls;

#endif
