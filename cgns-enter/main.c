/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-enter - run a program in an existing cgroup namespace */
#include <sched.h>

#include "plan.h"
#include "request.h"
#include "run.h"
#include "spawn.h"

/* Among the target's files or processes somebody could get hold of our program file. */
static bool among_strangers(const struct enter_options *options)
{
	return options->all || options->namespaces & (CLONE_NEWNS | CLONE_NEWPID);
}

static int enter_target(const struct enter_options *options, int *status, struct cg_error *err)
{
	cleanup_plan struct enter_plan plan = {
		.target = CG_TARGET_INIT, .owner = -1, .root = -1, .wd = -1
	};
	int rc = cg_hold_standard_fds(err);

	*status = CG_EXIT_FAILED;
	if (rc == 0 && among_strangers(options))
		rc = cg_run_sealed(enter_program.name, options->argv, err);
	if (rc == 0)
		rc = enter_plan_make(options, &plan, err);
	if (rc == 0)
		return enter_run(options, &plan, status, err);
	cg_created_remove(&plan.created, false, NULL);
	return rc;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	struct enter_options options;
	int status = CG_EXIT_FAILED;
	int rc = enter_options_parse(argc, argv, &options, &err);

	if (rc > 0)
		return 0;
	if (rc == 0) {
		if (enter_target(&options, &status, &err) < 0)
			cg_options_report(enter_program.name, &err, false);
		return status;
	}
	cg_options_report(enter_program.name, &err, err.errnum == 0);
	return CG_EXIT_FAILED;
}
