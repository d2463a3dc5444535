/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request - what cgns-path was asked to do */
#ifndef CGNS_PATH_OPTIONS_H
#define CGNS_PATH_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "options/options.h"

enum form {
	FORM_PATH,
	FORM_DIR,
	FORM_ID,
};

struct request {
	enum form form;
	bool form_given;
	bool strict;
	bool exists;
	bool list;
	struct cg_shared_options shared;
};

extern const struct cg_program cgns_path;

/*
 * Parses and verifies. Returns 0, 1 if --help or the like was answered and nothing else is
 * wanted, or a negative errno value with *err filled: wrong usage. *request is to be freed in
 * either case.
 */
int request_parse(int argc, char **argv, struct request *request,
		  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2, 3);

void request_free(struct request *request);

#define cleanup_request cleanup_with(request_free)

#endif
