/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "run.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/stat.h>

#include "cgroups.h"
#include "identity.h"
#include "ns.h"

/* Also lets go of the host's cgroups: whatever is entered next shall not find them. */
static int join(const struct enter_options *options, struct enter_plan *plan, struct cg_error *err)
{
	int rc;

	if (!plan->cgroups.count)
		return 0;
	rc = cg_cgroups_join(&plan->cgroups, &plan->own, 0, CG_ATTEMPT_JOIN, err);
	if (rc == 0 && options->says) {
		cleanup_free char *names = cg_cgroups_names(&plan->cgroups);

		cg_say(options->says, "joined %s", names ? names : "?");
	}
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
	cleanup_free char *names = options->says ? cg_ns_names(flags) : NULL;
	int rc;

	if (plan->target.procdir < 0)
		rc = enter_without_process(plan, err);
	else
		rc = cg_ns_enter(plan->target.pidfd, plan->target.procdir, flags, err);
	if (rc < 0) {
		cg_error_prefix(err, "%s", options->target);
		return rc;
	}
	plan->namespaces &= ~flags;
	if (plan->target.procdir < 0)
		cg_say(options->says, "entered %s", options->target);
	else if (flags)
		cg_say(options->says, "entered namespaces of %s: %s", options->target,
		       names ? names : "?");
	return 0;
}

/*
 * In a user namespace setgroups(2) may be denied, or may not know the groups:
 * whoever has the privilege outside sets them before, as the host names them.
 * Else it is tried inside (identity.c). In the owner of a namespace without a
 * process there are none to follow.
 */
static void set_groups_outside(struct enter_plan *plan)
{
	const struct cg_credentials *theirs = &plan->credentials;
	bool follow = plan->groups;

	if (plan->owner >= 0 && setgroups(0, NULL) == 0)
		return;
	if (plan->privs.groups_mode == CG_GROUPS_KEEP || !(plan->namespaces & CLONE_NEWUSER))
		return;
	if (setgroups(follow ? theirs->group_count : 0, follow ? theirs->groups : NULL) == 0)
		plan->privs.groups_mode = CG_GROUPS_KEEP;
}

/*
 * What was opened before lies on the mounts of before, cgroup filesystems of
 * the host among them: it is opened again, among those that -M has made.
 */
static int open_again(const struct enter_directory *directory, const char *option,
		      const char *theirs, int *fd, struct cg_error *err)
{
	const char *name = directory->name ? directory->name : theirs;
	cleanup_fd int again = -1;
	struct stat before, now;

	if (*fd < 0)
		return 0;
	again = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (again < 0 && (directory->name || errno != ENOENT))
		return cg_error_set(err, errno, "cannot open directory %s", name);
	if (again >= 0 && (fstat(*fd, &before) < 0 || fstat(again, &now) < 0))
		return cg_error_set(err, errno, "cannot look at directory %s", name);
	if (again < 0 ||
	    (!directory->name && (before.st_dev != now.st_dev || before.st_ino != now.st_ino))) {
		cg_error_set(err, 0, "%s: the target's %s is not in the caller's mount namespace",
			     option, name);
		return cg_error_hint(err, "add -m, or give %s a directory", option);
	}
	cg_cleanup_fd(fd);
	*fd = cg_steal_fd(&again);
	return 0;
}

static int mount_cgroups(const struct enter_options *options, struct enter_plan *plan,
			 struct cg_error *err)
{
	int rc;

	if (!options->mount_cgroup)
		return 0;
	rc = cg_ns_unshare_mounts(err);
	if (rc == 0)
		rc = cg_mount_plan_carry_out(&plan->mount, err);
	if (rc == 0)
		cg_say(options->says, "mounted the cgroup filesystems again");
	if (rc == 0)
		rc = open_again(&options->root, "--root", plan->root_name, &plan->root, err);
	if (rc == 0)
		rc = open_again(&options->wd, "--wd", plan->wd_name, &plan->wd, err);
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
	rc = cg_keep_directory(plan->wd >= 0, err);
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
	int rc = cg_privs_protect(err);

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
	rc = cg_privs_protect(err);
	return rc < 0 ? rc : enter(options, plan, flags, err);
}

/*
 * The run (spawn.h)
 */

static int make(void *data, struct cg_error *err)
{
	struct enter *enter = data;
	int rc = 0;

	if (enter->plan.creates)
		rc = enter_make_cgroups(enter->options, &enter->plan, err);
	if (enter->plan.fork)
		cg_cgroups_count_kills(&enter->plan.cgroups);
	if (rc == 0 && enter->plan.fork)
		rc = enter_for_children(enter->options, &enter->plan, err);
	return rc < 0 ? rc : enter->plan.created.count > 0;
}

static int become_program(void *data, const struct cg_run *run, struct cg_error *err)
{
	struct enter *enter = data;

	(void)run;
	return prepare(enter->options, &enter->plan, err);
}

static void complain(const struct cg_error *err)
{
	cg_options_report(cgns_enter.name, err, false);
}

static bool undo(void *data, pid_t pid, struct cg_run *run)
{
	struct enter *enter = data;
	struct enter_plan *plan = &enter->plan;

	if (!plan->created.count)
		return true;
	if (pid && !cg_cgroups_leave(&plan->cgroups, &plan->own, pid))
		return false;
	cg_created_remove(&plan->created, false, cg_run_is_urged, run);
	for (size_t i = plan->created.count; i-- > 0;) {
		cleanup_error struct cg_error err = { 0 };

		if (cg_creation_explain(&plan->created.items[i], &plan->mounts, &plan->hierarchies,
					&err))
			complain(&err);
	}
	return true;
}

static void explain_kill(void *data, struct cg_error *err)
{
	struct enter *enter = data;

	cg_cgroups_explain_kill(&enter->plan.cgroups, err);
}

int enter_run(struct enter *enter, struct cg_run *run, int *status, struct cg_error *err)
{
	static const struct cg_run_steps steps = {
		.make = make, .enter = become_program, .undo = undo, .explain_kill = explain_kill
	};
	static const struct cg_run_steps steps_inside = { .enter = become_program };
	struct enter_plan *plan = &enter->plan;

	run->steps = plan->creates || plan->fork ? &steps : &steps_inside;
	run->data = enter;
	run->command = (struct cg_command){ .argv = enter->options->program, .envp = plan->envp };
	run->fork = plan->fork;
	return cg_run(run, status, err);
}
