/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which cgroups to join. */
#ifndef ENTER_CGROUPS_H
#define ENTER_CGROUPS_H

#include "plan.h"

/*
 * Resolves the cgroups to be joined into plan->cgroups. Changes nothing.
 * Returns 0 or a negative errno value with *err filled.
 */
int enter_find_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err) CG_MUST_CHECK;

/* Makes what is missing of them, and opens their cgroup.procs. Returns as above. */
int enter_make_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err) CG_MUST_CHECK;

#endif
