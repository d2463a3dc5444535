/* SPDX-License-Identifier: GPL-2.0-or-later */
/* plain - one line for each WHAT, in order, nothing else */
#ifndef CGNS_PATH_PLAIN_H
#define CGNS_PATH_PLAIN_H

#include "tally.h"
#include "world.h"

/*
 * Prints the answers. A WHAT that fails is reported on standard error and
 * counted; a negative errno value with *err filled is returned only where
 * nothing more can be done.
 */
int plain_print(struct world *world, const struct cg_hierarchy *hierarchy, struct tally *tally,
		struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

#endif
