/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plain - one line for each WHAT, in order, nothing else */
#ifndef CGNS_PATH_PLAIN_H
#define CGNS_PATH_PLAIN_H

#include "options.h"
#include "what/what.h"

/*
 * Prints the answers. A WHAT that fails is reported on standard error and
 * counted; a negative errno value with *err filled is returned only where
 * nothing more can be done.
 */
int plain_print(struct cg_context *context, const struct request *request, struct cg_status *status,
		struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

#endif
