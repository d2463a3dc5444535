/* SPDX-License-Identifier: GPL-2.0-or-later */
/* list - the table of limits, as text, raw or JSON, and the remarks below it */
#ifndef CGNS_LIMITS_LIST_H
#define CGNS_LIMITS_LIST_H

#include "error.h"

struct answers;

/* Prints all rows. Returns 0 or a negative errno value with *err filled. */
int list_print(const struct answers *answers, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

#endif
