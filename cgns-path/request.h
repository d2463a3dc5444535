/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request - what cgns-path was asked to do */
#ifndef CGNS_PATH_REQUEST_H
#define CGNS_PATH_REQUEST_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "options.h"
#include "table.h"

enum form {
	FORM_PATH,
	FORM_DIR,
	FORM_ID,
};

enum action {
	ACTION_TRANSLATE,
	ACTION_HELP,
	ACTION_VERSION,
	ACTION_LIST_COLUMNS,
};

struct request {
	enum action action;
	const char *from;      /* TARGET, or NULL for self */
	const char *to;	       /* likewise */
	const char *hierarchy; /* NULL for the default */
	bool all_hierarchies;
	enum form form;
	bool form_given;
	bool strict;
	bool exists;
	bool zero;
	bool list;
	unsigned int table_flags;
	const char *columns; /* the LIST of --output, or NULL */
	bool all_columns;
	struct cg_selection selection; /* made of both, for a table */
	char **whats;
	size_t what_count;
};

extern const struct cg_program cgns_path;

/*
 * Parses and verifies. Returns 0, or a negative errno value with *err filled:
 * wrong usage. *request is to be freed in either case.
 */
int request_parse(int argc, char **argv, struct request *request,
		  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2, 3);

void request_free(struct request *request);

#define cleanup_request cleanup_with(request_free)

#endif
