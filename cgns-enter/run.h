/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps: join, enter, mount, drop privileges, exec. */
#ifndef ENTER_RUN_H
#define ENTER_RUN_H

#include "options.h"
#include "plan.h"
#include "spawn/spawn.h"

struct enter {
	const struct enter_options *options;
	struct enter_plan plan;
};

/* Runs the program: as cg_run(), and its arguments. */
int enter_run(struct enter *enter, struct cg_run *run, int *status,
	      struct cg_error *err) CG_MUST_CHECK;

#endif
