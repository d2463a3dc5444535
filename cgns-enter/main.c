/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-enter - run a program in an existing cgroup namespace */
#include <sched.h>

#include "open.h"
#include "options.h"
#include "output.h"
#include "run.h"
#include "spawn/spawn.h"

/* Among the target's files or processes somebody could get hold of our program file. */
static bool among_strangers(const struct enter_options *options)
{
	return options->all || options->root.asked_for ||
	       options->namespaces & (CLONE_NEWNS | CLONE_NEWPID);
}

static int enter_target(const struct enter_options *options, struct cg_run *run, int *status,
			struct cg_error *err)
{
	struct enter enter = { options,
			       { .target = CG_TARGET_INIT, .owner = -1, .root = -1, .wd = -1 } };
	const char *remark = NULL;
	int rc = cg_hold_standard_fds(err);

	*status = CG_EXIT_FAILED;
	if (rc == 0 && among_strangers(options))
		rc = cg_isolate(cgns_enter.name, options->argv, options->keep_fds, &remark, err);
	if (rc == 0 && remark)
		cg_say(options->says, "%s", remark);
	if (rc == 0)
		rc = enter_plan_make(options, &enter.plan, err);
	if (rc == 0)
		rc = enter_run(&enter, run, status, err);
	enter_plan_free(&enter.plan);
	return rc;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = { 0 };
	struct enter_options options;
	struct cg_run run = CG_RUN_INIT;
	int status = CG_EXIT_FAILED;
	bool usage = false;
	int rc = enter_options_parse(argc, argv, &options, &err);

	if (rc == 0)
		rc = enter_target(&options, &run, &status, &err);
	else if (rc > 0 && (rc = cg_output_close(&err)) == 0)
		status = 0;
	else
		usage = true;
	if (rc < 0)
		cg_options_report(cgns_enter.name, &err, usage);
	cg_run_close(&run);
	return status;
}
