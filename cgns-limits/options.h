/* SPDX-License-Identifier: GPL-2.0-or-later */
/* request - what cgns-limits was asked to do */
#ifndef CGNS_LIMITS_OPTIONS_H
#define CGNS_LIMITS_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"
#include "options/options.h"

struct request {
	char *limits;	/* the LISTs of --limits as one, or NULL */
	bool unlimited; /* also what is not limited */
	bool bytes;
	struct cg_shared_options shared;
	bool several; /* WHATs */
};

extern const struct cg_program cgns_limits;

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
