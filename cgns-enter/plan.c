/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plan.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdarg.h>

#include "ns.h"
#include "spawn.h"

void enter_say(const struct enter_options *options, const char *fmt, ...)
{
	va_list args;

	if (!options->verbose)
		return;
	va_start(args, fmt);
	cg_options_vsay(enter_program.name, fmt, args);
	va_end(args);
}

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
	free(plan->envp);
	cg_credentials_free(&plan->credentials);
	free(plan->groups);
}

/* Which namespaces of the target process there are to enter. */
static void choose_namespaces(const struct enter_options *options, struct enter_plan *plan)
{
	int wanted = options->all ? cg_ns_all_flags() : options->namespaces, shared = 0;

	plan->namespaces = wanted | CLONE_NEWCGROUP;
	if (wanted)
		shared = cg_ns_shared(plan->target.procdir, plan->namespaces);
	/*
	 * Entering one's own would be refused (user) or take privileges for
	 * nothing. Only a mount namespace that was named is entered all the
	 * same: that leads out of a chroot, as in nsenter.
	 */
	plan->namespaces &= ~(shared & ~(options->namespaces & CLONE_NEWNS));
	plan->enters_mounts = plan->namespaces & CLONE_NEWNS;
}

/* The user namespace of a target without a process is the one that owns it. */
static int open_owner(const struct enter_options *options, struct enter_plan *plan,
		      struct cg_error *err)
{
	if (!(options->namespaces & CLONE_NEWUSER))
		return 0;
	plan->owner = cg_ns_open_owner(plan->target.nsfd);
	if (plan->owner < 0) {
		int errnum = -plan->owner;

		plan->owner = -1;
		cg_error_set(err, errnum, "cannot open the user namespace that owns '%s'",
			     options->target);
		return cg_error_hint(err, "it is not below the caller's user namespace");
	}
	if (cg_ns_is_own(plan->owner, CLONE_NEWUSER)) {
		cg_cleanup_fd(&plan->owner);
		plan->owner = -1;
	}
	return 0;
}

static int open_target(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err)
{
	int rc = cg_target_open(options->target, &plan->target, err);

	if (rc == 0)
		rc = cg_target_need_namespace(&plan->target, err);
	if (rc < 0)
		return rc;
	if (plan->target.pidfd < 0)
		return open_owner(options, plan, err);
	choose_namespaces(options, plan);
	return 0;
}

static int read_mounts(struct enter_plan *plan, struct cg_error *err)
{
	int rc = cg_mounts_read_own(AT_FDCWD, &plan->mounts);

	return rc < 0 ? cg_error_set(err, -rc, "cannot read /proc/self/mountinfo") : 0;
}

/* A directory of the caller's, or root or cwd of the target process. */
static int open_directory(const struct enter_plan *plan, const struct enter_directory *directory,
			  const char *link, int *fd, struct cg_error *err)
{
	const char *name = directory->name ? directory->name : link;
	int dirfd = directory->name ? AT_FDCWD : plan->target.procdir;

	if (!directory->asked_for)
		return 0;
	*fd = openat(dirfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (*fd >= 0)
		return 0;
	if (directory->name)
		return cg_error_set(err, errno, "cannot open directory %s", name);
	cg_error_set(err, errno, "cannot open %s of '%s'", name, plan->target.text);
	if (err->errnum == EACCES || err->errnum == EPERM)
		return cg_error_hint(err, "the caller may not look into the process (ptrace(2))");
	return -err->errnum;
}

int enter_plan_make(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err)
{
	int rc = open_target(options, plan, err);

	if (rc == 0 && options->join != ENTER_STAY)
		rc = read_mounts(plan, err);
	if (rc == 0 && options->join != ENTER_STAY)
		rc = enter_find_cgroups(options, plan, err);
	if (rc == 0 && options->mount_cgroup)
		rc = cg_mount_plan_make(options->mount_dir, &plan->mount, err);
	if (rc == 0)
		rc = open_directory(plan, &options->root, "root", &plan->root, err);
	if (rc == 0)
		rc = open_directory(plan, &options->wd, "cwd", &plan->wd, err);
	if (rc == 0 && options->env)
		rc = cg_environ_read(plan->target.procdir, &plan->envp, err);
	if (rc == 0 && plan->owner < 0)
		rc = enter_choose_identity(options, plan, err);
	/* What was read by way of /proc/PID is the target's only if it was alive all the time. */
	if (rc == 0 && cg_target_alive(&plan->target) < 0)
		rc = cg_error_set(err, ESRCH, "'%s' has ended", options->target);
	if (rc == 0 && options->join != ENTER_STAY)
		rc = enter_make_cgroups(options, plan, err);
	/*
	 * Only children enter a PID namespace. And a cgroup that was made can be
	 * removed again, should the program not start, only by a process that is
	 * not in it and has kept its privileges.
	 */
	plan->fork =
		!options->no_fork && (plan->namespaces & CLONE_NEWPID || plan->created.count > 0);
	return rc;
}
