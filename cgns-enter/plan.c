/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is held open for the steps, and how it is let go. */
#include "plan.h"

void enter_plan_free(struct enter_plan *plan)
{
	cg_target_close(&plan->target);
	cg_cleanup_fd(&plan->owner);
	cg_cgroups_free(&plan->cgroups);
	cg_cgroups_free(&plan->origin);
	cg_created_free(&plan->created);
	cg_mount_plan_free(&plan->mount);
	cg_mounts_free(&plan->mounts);
	cg_hierarchies_free(&plan->hierarchies);
	cg_cleanup_fd(&plan->root);
	cg_cleanup_fd(&plan->wd);
	free(plan->root_name);
	free(plan->wd_name);
	free(plan->envp);
	cg_credentials_free(&plan->credentials);
	free(plan->groups);
}
