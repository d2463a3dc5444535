/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list - a table, a row for each WHAT and hierarchy */
#ifndef CGNS_PATH_LIST_H
#define CGNS_PATH_LIST_H

#include "options.h"
#include "what/what.h"

/*
 * Prints the table.
 * A WHAT that fails is reported and counted, as by plain_print().
 */
int list_print(struct cg_context *context, const struct request *request, struct cg_status *status,
	       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

#endif
