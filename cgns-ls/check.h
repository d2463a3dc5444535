/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is wrong, in sentences that say what to do about it. */
#ifndef LS_CHECK_H
#define LS_CHECK_H

#include <stddef.h>

#include "listing.h"

/* Called for each sentence. A value other than 0 ends the check, which returns it. */
typedef int (*ls_sentence_fn)(const char *sentence, void *data);

/*
 * Says what is wrong in count rows, which are of one namespace. What is true
 * of several hierarchies is said once. Returns 0, what say returned, or
 * another negative errno value.
 */
int ls_check_rows(struct ls_row *rows, size_t count, ls_sentence_fn say, void *data) CG_MUST_CHECK
	CG_NONNULL(1, 3);

/* Prints the sentences about all rows on standard output, a line each. */
int ls_check_print(struct ls_listing *listing, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* Whether any row has a problem: outside, removed or mount. */
bool ls_check_failed(const struct ls_listing *listing) CG_NONNULL(1);

#endif
