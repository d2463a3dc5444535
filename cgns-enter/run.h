/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps: join, enter, mount, drop privileges, exec. */
#ifndef ENTER_RUN_H
#define ENTER_RUN_H

#include "plan.h"
#include "request.h"

/*
 * Runs the program. Without a fork it returns only on failure; with one, this
 * process waits, and ends as the program did.
 * Returns a negative errno value with *err filled, and in *status the exit
 * status that stands for it; what was made is undone.
 */
int enter_run(const struct enter_options *options, struct enter_plan *plan, int *status,
	      struct cg_error *err) CG_MUST_CHECK;

#endif
