/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ids, groups and capabilities of the program. */
#ifndef ENTER_IDENTITY_H
#define ENTER_IDENTITY_H

#include "plan.h"

/*
 * Fills plan->privs. For a target without a process the ids in its user
 * namespace are known only inside: then it is called there.
 * Returns 0 or a negative errno value with *err filled.
 */
int enter_choose_identity(const struct enter_options *options, struct enter_plan *plan,
			  struct cg_error *err) CG_MUST_CHECK;

#endif
