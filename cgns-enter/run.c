/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/wait.h>

#include "ns.h"
#include "spawn.h"

/* Also lets go of the host's cgroups: whatever is entered next shall not find them. */
static int join(const struct enter_options *options, struct enter_plan *plan, struct cg_error *err)
{
	int rc;

	if (!plan->cgroups.count)
		return 0;
	rc = cg_cgroups_join(&plan->cgroups, &plan->origin, 0, CG_ATTEMPT_JOIN, err);
	for (size_t i = 0; i < plan->cgroups.count && rc == 0; i++)
		enter_say(options, "joined %s of %s", plan->cgroups.items[i].path,
			  plan->cgroups.items[i].hierarchy->name);
	cg_cgroups_free(&plan->cgroups);
	return rc;
}

/* A namespace that no process stands for, and the user namespace that owns it. */
static int enter_without_process(const struct enter_plan *plan, struct cg_error *err)
{
	/* The caller's privileges, if there are any, are of no use inside. */
	bool user_first = plan->owner >= 0 && !cg_privs_have(CAP_SYS_ADMIN);
	int rc = user_first ? cg_ns_enter_fd(plan->owner, CLONE_NEWUSER, err) : 0;

	if (rc == 0)
		rc = cg_ns_enter_fd(plan->target.nsfd, CLONE_NEWCGROUP, err);
	if (rc == 0 && plan->owner >= 0 && !user_first)
		rc = cg_ns_enter_fd(plan->owner, CLONE_NEWUSER, err);
	return rc;
}

static int enter(const struct enter_options *options, struct enter_plan *plan, int flags,
		 struct cg_error *err)
{
	cleanup_free char *names = options->verbose ? cg_ns_names(flags) : NULL;
	int rc;

	if (plan->target.pidfd < 0)
		rc = enter_without_process(plan, err);
	else
		rc = cg_ns_enter(plan->target.pidfd, plan->target.procdir, flags, err);
	if (rc < 0) {
		cg_error_prefix(err, "%s", options->target);
		return rc;
	}
	plan->namespaces &= ~flags;
	if (plan->target.pidfd < 0)
		enter_say(options, "entered %s", options->target);
	else if (flags)
		enter_say(options, "entered namespaces of %s: %s", options->target,
			  names ? names : "?");
	return 0;
}

/*
 * In a user namespace setgroups(2) may be denied, or may not know the groups:
 * whoever has the privilege outside sets them before, as the host names them.
 * Else it is tried inside (identity.c).
 */
static void set_groups_outside(struct enter_plan *plan)
{
	const struct cg_credentials *theirs = &plan->credentials;
	bool follow = plan->groups;

	if (plan->privs.groups_mode == CG_GROUPS_KEEP || !(plan->namespaces & CLONE_NEWUSER))
		return;
	if (setgroups(follow ? theirs->group_count : 0, follow ? theirs->groups : NULL) == 0)
		plan->privs.groups_mode = CG_GROUPS_KEEP;
}

static int mount_cgroups(const struct enter_options *options, const struct enter_plan *plan,
			 struct cg_error *err)
{
	int rc;

	if (!options->mount_cgroup)
		return 0;
	rc = cg_ns_unshare_mounts(err);
	if (rc == 0)
		rc = cg_mount_plan_carry_out(&plan->mount, err);
	if (rc == 0)
		enter_say(options, "mounted the cgroup file systems afresh");
	return rc;
}

/* Without --wd the working directory is kept as far as it is within the new root. */
static int change_directories(const struct enter_options *options, const struct enter_plan *plan,
			      struct cg_error *err)
{
	cleanup_fd int here = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	int wd = plan->wd >= 0 ? plan->wd : here;
	int rc = plan->root >= 0 ? cg_change_root(plan->root, err) : 0;

	if (rc == 0 && wd >= 0 && fchdir(wd) != 0)
		rc = cg_error_set(err, errno, "cannot change the working directory");
	if (rc < 0)
		return rc;
	rc = cg_settle_directory(plan->wd >= 0, err);
	if (rc != -EXDEV)
		return rc;
	if (options->wd.name)
		return cg_error_hint(err, "%s is looked up before the target is entered",
				     options->wd.name);
	return cg_error_hint(err,
			     "it is the target process's: take its mount namespace (-m) or its "
			     "root (-r) as well");
}

/* Everything up to the exec, in the process that will be the program. */
static int prepare(const struct enter_options *options, struct enter_plan *plan,
		   struct cg_error *err)
{
	bool moves =
		options->mount_cgroup || plan->enters_mounts || plan->root >= 0 || plan->wd >= 0;
	int rc = cg_privs_protect(&options->caps, err);

	if (rc == 0)
		rc = join(options, plan, err);
	if (rc == 0)
		set_groups_outside(plan);
	if (rc == 0)
		rc = enter(options, plan, plan->namespaces, err);
	if (rc == 0 && plan->owner >= 0)
		rc = enter_choose_identity(options, plan, err);
	if (rc == 0)
		rc = mount_cgroups(options, plan, err);
	if (rc == 0 && moves)
		rc = change_directories(options, plan, err);
	if (rc == 0)
		rc = cg_privs_apply(&plan->privs, err);
	return rc;
}

static struct cg_command command_of(const struct enter_options *options,
				    const struct enter_plan *plan)
{
	return (struct cg_command){ .argv = options->program, .envp = plan->envp };
}

static int run_here(const struct enter_options *options, struct enter_plan *plan, int *status,
		    struct cg_error *err)
{
	struct cg_command command = command_of(options, plan);
	struct cg_cgroups nowhere = CG_CGROUPS_INIT;
	int rc = prepare(options, plan, err);

	*status = CG_EXIT_FAILED;
	if (rc == 0)
		rc = cg_exec(&command, status, err);
	/* --no-fork: as far as the privileges that are left go. */
	if (plan->created.count) {
		if (plan->origin.count &&
		    cg_cgroups_join(&plan->origin, &nowhere, 0, CG_ATTEMPT_JOIN, NULL) < 0)
			return rc;
		cg_created_remove(&plan->created, false, NULL);
	}
	return rc;
}

/*
 * What the waiting parent has to enter itself, so that its child is born in
 * the PID namespace: nothing more than that, unless its privileges come from
 * owning the user namespaces. These are lost by entering one, so then it is
 * all at once.
 */
static int enter_for_children(const struct enter_options *options, struct enter_plan *plan,
			      struct cg_error *err)
{
	int flags = plan->namespaces & CLONE_NEWPID;
	int rc;

	if (!flags)
		return 0;
	if (!cg_privs_have(CAP_SYS_ADMIN))
		flags = plan->namespaces;
	rc = cg_privs_protect(&options->caps, err);
	return rc < 0 ? rc : enter(options, plan, flags, err);
}

static void CG_NORETURN run_in_child(const struct enter_options *options, struct enter_plan *plan,
				     struct cg_child *child)
{
	struct cg_command command = command_of(options, plan);
	struct cg_error err = CG_ERROR_INIT;

	if (prepare(options, plan, &err) < 0)
		cg_child_fail(child, CG_EXIT_FAILED, &err);
	cg_child_exec(child, &command);
}

static int run_and_wait(const struct enter_options *options, struct enter_plan *plan, int *status,
			struct cg_error *err)
{
	struct cg_child child = CG_CHILD_INIT;
	int wait_status, rc;

	*status = CG_EXIT_FAILED;
	rc = enter_for_children(options, plan, err);
	if (rc == 0)
		rc = cg_child_fork(&child, 0, err);
	if (rc == 0)
		run_in_child(options, plan, &child);
	if (rc < 0) {
		cg_created_remove(&plan->created, false, NULL);
		return rc;
	}
	rc = cg_child_await_exec(&child, &wait_status, err);
	if (rc < 0) {
		cg_created_remove(&plan->created, false, NULL);
		if (!WIFEXITED(wait_status))
			cg_end_like(wait_status);
		*status = WEXITSTATUS(wait_status);
		return rc;
	}
	wait_status = cg_child_wait(&child);
	if (wait_status < 0)
		return cg_error_set(err, -wait_status, "cannot wait for the program");
	cg_end_like(wait_status);
}

int enter_run(const struct enter_options *options, struct enter_plan *plan, int *status,
	      struct cg_error *err)
{
	return plan->fork ? run_and_wait(options, plan, status, err)
			  : run_here(options, plan, status, err);
}
