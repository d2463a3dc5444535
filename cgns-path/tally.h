/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tally - how many WHATs were answered, how many failed, and what to exit with */
#ifndef CGNS_PATH_TALLY_H
#define CGNS_PATH_TALLY_H

#include <stddef.h>

#include "error.h"

struct tally {
	size_t answered;
	size_t failed;
};

/* Reports the failure of the WHAT on standard error, counts it, and resets *err. */
void tally_failure(struct tally *tally, const char *what, struct cg_error *err) CG_NONNULL(1, 2, 3);

/* 0 all well, 1 all failed, 64 some failed. */
int tally_status(const struct tally *tally) CG_NONNULL(1);

#endif
