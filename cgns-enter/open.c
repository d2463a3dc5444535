/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Opens and reads everything of the host that the steps need. */
#include "open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <string.h>

#include "cgroups.h"
#include "identity.h"
#include "ns.h"
#include "options/options.h"
#include "procfs.h"
#include "select/select.h"
#include "spawn/spawn.h"

void enter_plan_free(struct enter_plan *plan)
{
	cg_target_close(&plan->target);
	cg_cleanup_fd(&plan->owner);
	cg_cgroups_free(&plan->cgroups);
	cg_cgroups_free(&plan->own);
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

/* The PID namespace of a process that the caller has no number for may lie above the caller's. */
static int check_pid_namespace(const struct enter_options *options, struct enter_plan *plan,
			       struct cg_error *err)
{
	cleanup_error struct cg_error note = { 0 };
	cleanup_fd int fd = -1;

	if (plan->target.pidfd >= 0 || !(plan->namespaces & CLONE_NEWPID))
		return 0;
	fd = cg_procfs_open_link(plan->target.procdir, "ns/pid", O_RDONLY);
	if (fd < 0)
		return cg_error_set(err, -fd, "cannot open the PID namespace of '%s'",
				    options->target);
	if (cg_ns_is_below_own(fd, CLONE_NEWPID))
		return 0;
	cg_error_set(&note, 0, "the PID namespace of '%s' is not entered", options->target);
	cg_error_hint(&note, "only the caller's own PID namespace and those below it can be");
	if (options->namespaces & CLONE_NEWPID) {
		cg_error_move(err, &note);
		return -EINVAL;
	}
	cg_options_report(cgns_enter.name, &note, false);
	plan->namespaces &= ~CLONE_NEWPID;
	return 0;
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
	plan->enters_user = plan->namespaces & CLONE_NEWUSER;
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
	if (cg_ns_is_own(plan->owner, CLONE_NEWUSER))
		cg_cleanup_fd(&plan->owner);
	plan->enters_user = plan->owner >= 0;
	return 0;
}

static int open_target(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err)
{
	int rc = cg_select_open(options->target, NULL, &plan->target, NULL, err);

	if (rc == 0)
		rc = cg_target_need_namespace(&plan->target, err);
	if (rc < 0)
		return rc;
	if (plan->target.procdir < 0) {
		rc = enter_options_check_target(options, err);
		return rc < 0 ? rc : open_owner(options, plan, err);
	}
	choose_namespaces(options, plan);
	return check_pid_namespace(options, plan, err);
}

/* A directory of the caller's, or root or cwd of the target process. */
static int open_directory(const struct enter_plan *plan, const struct enter_directory *directory,
			  const char *link, int *fd, struct cg_error *err)
{
	const char *name = directory->name ? directory->name : link;
	int dirfd = directory->name ? AT_FDCWD : plan->target.procdir;
	int opened;

	if (!directory->asked_for)
		return 0;
	opened = cg_procfs_open_link(dirfd, name, O_PATH | O_DIRECTORY);
	if (opened >= 0) {
		*fd = opened;
		return 0;
	}
	if (directory->name)
		return cg_error_set(err, -opened, "cannot open directory %s", name);
	cg_error_set(err, -opened, "cannot open %s of '%s'", name, plan->target.text);
	if (err->errnum == EACCES || err->errnum == EPERM)
		return cg_error_hint(
			err, "the caller is not allowed to inspect the process (ptrace(2))");
	return -err->errnum;
}

/* What root or cwd of the target process is called, for -M to find it again. */
static int keep_name(const struct enter_plan *plan, const struct enter_directory *directory,
		     const char *link, char **name, struct cg_error *err)
{
	char target[PATH_MAX];
	ssize_t len;

	if (!directory->asked_for || directory->name)
		return 0;
	len = readlinkat(plan->target.procdir, link, target, sizeof(target));
	if (len < 0)
		return cg_error_set(err, errno, "cannot read %s of '%s'", link, plan->target.text);
	*name = strndup(target, (size_t)len);
	return *name ? 0 : cg_error_set(err, ENOMEM, "cannot keep %s of the target", link);
}

int enter_plan_make(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err)
{
	int rc = open_target(options, plan, err);

	if (rc == 0 && options->join != ENTER_STAY)
		rc = enter_find_cgroups(options, plan, err);
	if (rc == 0 && options->mount_cgroup)
		rc = cg_mount_plan_make(options->mount_dir, &plan->mount, err);
	if (rc == 0)
		rc = open_directory(plan, &options->root, "root", &plan->root, err);
	if (rc == 0)
		rc = open_directory(plan, &options->wd, "cwd", &plan->wd, err);
	if (rc == 0 && options->mount_cgroup)
		rc = keep_name(plan, &options->root, "root", &plan->root_name, err);
	if (rc == 0 && options->mount_cgroup)
		rc = keep_name(plan, &options->wd, "cwd", &plan->wd_name, err);
	if (rc == 0 && options->env)
		rc = cg_environ_read(plan->target.procdir, &plan->envp, err);
	if (rc == 0 && plan->owner < 0)
		rc = enter_choose_identity(options, plan, err);
	/* What was read by way of /proc/PID is the target's only if it was alive all the time. */
	if (rc == 0)
		rc = cg_target_check_alive(&plan->target, err);
	for (size_t i = 0; i < plan->cgroups.count; i++)
		plan->creates |= plan->cgroups.items[i].missing != NULL;
	if (rc == 0 && !plan->creates)
		rc = enter_make_cgroups(options, plan, err);
	/*
	 * Only children enter a PID namespace. And who has made a cgroup for the
	 * program stays outside of it.
	 */
	plan->fork = !options->no_fork && (plan->namespaces & CLONE_NEWPID || plan->creates);
	return rc;
}
