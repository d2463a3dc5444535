/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything of the host that the steps need, opened and read before the
 * first of them: afterwards nothing is looked up by name any more.
 */
#ifndef ENTER_OPEN_H
#define ENTER_OPEN_H

#include "plan.h"

/*
 * Opens and reads all of it; creates nothing.
 * Returns 0 or a negative errno value with *err filled. To be freed in any case.
 */
int enter_plan_make(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err) CG_MUST_CHECK;
void enter_plan_free(struct enter_plan *plan);

#endif
