/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The listing as a table, and as nested JSON. */
#ifndef LS_REPORT_H
#define LS_REPORT_H

#include "columns.h"
#include "error.h"
#include "listing.h"
#include "options.h"

/* What the columns and options make it necessary to know. */
struct ls_needs ls_needs_of(const struct ls_columns *columns, const struct ls_options *options)
	CG_NONNULL(1, 2);

/*
 * Prints the listing as text or raw.
 * Returns 0 or a negative errno value with *err filled.
 */
int ls_report_table(struct ls_listing *listing, struct ls_columns *columns,
		    const struct ls_options *options, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Prints {"namespaces": [...]}: members nested as "members", with --tree the
 * namespaces rooted below as "namespaces", with --check "problems".
 */
int ls_report_json(struct ls_listing *listing, const struct ls_columns *columns,
		   const struct ls_options *options, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

#endif
