/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds the cgroups that the program shall be in, and makes the subgroup. */
#include "cgroups.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "cgroupfs/cgroupfs.h"
#include "nsroot/nsroot.h"
#include "procfs.h"
#include "what/what.h"

/*
 * The cgroup may lie above what the caller's mounts show, as in a container that
 * sees the host's processes. Where process 1 has a mount of it, that is the way in.
 */
static int suggest_first(const struct enter_options *options, const struct cg_hierarchy *hierarchy,
			 const char *path, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_free char *target = cg_quote(options->target);
	cleanup_context struct cg_context context;

	if (cg_context_open(NULL, "1", NULL, &context, NULL) == 0 && target &&
	    cg_context_directory(&context, hierarchy->controllers, path, &directory, NULL) == 0)
		cg_error_hint(err,
			      "%s; process 1 has a mount of it: cgns-enter -t 1 -a -- cgns-enter "
			      "-t %s %s%s",
			      err->hint ?: "none here", target, options->all ? "-a " : "",
			      options->join == ENTER_JOIN_ROOT ? "--join-root" : "-c");
	return -ENXIO;
}

/*
 * Adds the cgroup at path, or its child, to those that will be joined. Where
 * the caller is in it already there is nothing to do, and no permission needed.
 */
static int add_cgroup(const struct enter_options *options, struct enter_plan *plan,
		      const struct cg_hierarchy *hierarchy, const char *path, struct cg_error *err)
{
	cleanup_cgroup struct cg_cgroup parent = CG_CGROUP_INIT, child = CG_CGROUP_INIT;
	int rc;

	if (!options->subgroup && hierarchy->path && strcmp(hierarchy->path, path) == 0)
		return 0;
	rc = cg_cgroup_open(&plan->mounts, hierarchy, path, false, &parent, err);
	if (rc == -ENXIO)
		return suggest_first(options, hierarchy, path, err);
	if (rc == 0)
		rc = cg_cgroup_check_joinable(&parent, err);
	if (rc == 0 && options->subgroup)
		rc = cg_cgroup_open_child(&parent, options->subgroup, true, &child, err);
	if (rc == 0 && options->subgroup)
		rc = cg_cgroup_check_joinable(&child, err);
	return rc < 0 ? rc
		      : cg_cgroups_put(&plan->cgroups, options->subgroup ? &child : &parent, err);
}

/* The cgroups of the target process, as it is. */
static int read_own(const struct enter_options *options, const struct enter_plan *plan,
		    struct cg_memberships *memberships, struct cg_error *err)
{
	int rc = cg_memberships_read(plan->target.procdir, "cgroup", memberships);

	return rc < 0 ? cg_error_set(err, -rc, "cannot read the cgroups of '%s'", options->target)
		      : 0;
}

/* Opens them by name. Returns -ESTALE where the process has left one of them meanwhile. */
static int open_own(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err)
{
	cleanup_memberships struct cg_memberships then = { 0 }, now = { 0 };
	int rc = read_own(options, plan, &then, err), again;

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < plan->hierarchies.count && rc == 0; i++) {
		const struct cg_hierarchy *hierarchy = &plan->hierarchies.items[i];
		const char *path = cg_memberships_path(&then, hierarchy->controllers);

		if (path && cg_mounts_find(&plan->mounts, hierarchy->controllers))
			rc = add_cgroup(options, plan, hierarchy, path, err);
	}
	again = read_own(options, plan, &now, rc < 0 ? NULL : err);
	if (again < 0)
		return rc < 0 ? rc : again;
	for (size_t i = 0; i < plan->hierarchies.count; i++) {
		const char *controllers = plan->hierarchies.items[i].controllers;
		const char *path = cg_memberships_path(&then, controllers);
		const char *path_now = cg_memberships_path(&now, controllers);

		if (path && path_now && strcmp(path, path_now))
			return -ESTALE;
	}
	return rc;
}

static int find_own(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err)
{
	for (int tries = 0; tries < CG_WHAT_TRIES; tries++) {
		int rc = open_own(options, plan, err);

		if (rc != -ESTALE)
			return rc;
		cg_error_reset(err);
		cg_cgroups_free(&plan->cgroups);
	}
	cg_error_set(err, 0, "cannot join the cgroup of '%s'", options->target);
	cg_error_hint(err, "the process keeps moving");
	return -ESTALE;
}

static int add_root(const struct enter_options *options, struct enter_plan *plan,
		    const struct cg_hierarchy *hierarchy, const struct cg_root *root,
		    struct cg_error *err)
{
	if (!cg_mounts_find(&plan->mounts, hierarchy->controllers))
		return 0;
	if (root->state == CG_ROOT_KNOWN)
		return add_cgroup(options, plan, hierarchy, root->path, err);
	cg_root_explain(root, options->target, err);
	return cg_error_prefix(err, "cannot join the root in %s", hierarchy->name);
}

/* Whether each root that was opened by its name is still there, and so is what was opened. */
static int confirm_roots(const struct enter_options *options, const struct enter_plan *plan,
			 const struct cg_nsroot *then, struct cg_error *err)
{
	struct cg_nsroot now = { .nsfd = then->nsfd, .ns_inode = then->ns_inode, .pid = then->pid };
	int rc = cg_nsroot_find(&now, 1, &plan->hierarchies, err);

	for (size_t i = 0; i < plan->hierarchies.count && rc == 0; i++) {
		const struct cg_hierarchy *hierarchy = &plan->hierarchies.items[i];

		if (!cg_cgroups_find(&plan->cgroups, hierarchy))
			continue;
		rc = cg_root_confirm(&then->roots[i], &now.roots[i], options->target, err);
		if (rc < 0)
			cg_error_prefix(err, "cannot join the root in %s", hierarchy->name);
	}
	cg_nsroot_free(&now, 1, &plan->hierarchies);
	return rc;
}

static int find_root(const struct enter_options *options, struct enter_plan *plan,
		     struct cg_error *err)
{
	struct cg_nsroot namespace = { .nsfd = plan->target.nsfd,
				       .ns_inode = plan->target.ns_inode,
				       .pid = plan->target.tid };
	int rc = cg_nsroot_find(&namespace, 1, &plan->hierarchies, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < plan->hierarchies.count && rc == 0; i++)
		rc = add_root(options, plan, &plan->hierarchies.items[i], &namespace.roots[i], err);
	/* they were opened by name */
	if (rc == 0 && plan->cgroups.count)
		rc = confirm_roots(options, plan, &namespace, err);
	cg_nsroot_free(&namespace, 1, &plan->hierarchies);
	return rc;
}

int enter_find_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err)
{
	int rc = cg_hierarchies_read(&plan->hierarchies, err);
	bool mounted = false;

	if (rc == 0)
		rc = cg_nsroot_read_mounts(AT_FDCWD, &plan->hierarchies, &plan->mounts, err);
	for (size_t i = 0; i < plan->hierarchies.count && !mounted; i++)
		mounted = cg_mounts_find(&plan->mounts, plan->hierarchies.items[i].controllers);
	if (rc == 0 && !mounted) {
		cg_error_set(err, 0, "cannot join the cgroup of '%s'", options->target);
		rc = cg_error_hint(err, "no cgroup filesystem is mounted here");
	}
	if (rc < 0)
		return rc;
	return options->join == ENTER_JOIN_ROOT ? find_root(options, plan, err)
						: find_own(options, plan, err);
}

int enter_make_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; i < plan->cgroups.count && rc == 0; i++)
		if (plan->cgroups.items[i].missing)
			rc = cg_cgroup_create(&plan->mounts, &plan->cgroups.items[i],
					      &plan->created, err);
	if (plan->created.count) {
		cleanup_free char *names = cg_created_names(&plan->created);

		cg_say(options->says, "created %s", names ? names : "?");
	}
	for (size_t i = 0; i < plan->cgroups.count && rc == 0; i++)
		rc = cg_cgroup_open_procs(&plan->cgroups.items[i], err);
	if (rc == 0 && plan->created.count)
		rc = cg_cgroups_open_own(&plan->mounts, &plan->cgroups, &plan->own, err);
	return rc;
}
