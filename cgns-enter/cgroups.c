/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <string.h>

#include "cgroupfs_file.h"
#include "nsroot.h"
#include "plan.h"
#include "procfs.h"

/*
 * A threaded cgroup takes a whole process if the kernel is asked, and puts it
 * into the resource domain of an ancestor without a word. What was meant is
 * not clear then, so it is refused.
 */
static int refuse_threaded(const struct cg_cgroup *cgroup, struct cg_error *err)
{
	cleanup_free char *type = NULL;

	if (*cgroup->hierarchy->controllers)
		return 0;
	type = cg_cgroup_read(cgroup->dirfd, "cgroup.type");
	if (!type || strcmp(type, "threaded") != 0)
		return 0;
	cg_error_set(err, EOPNOTSUPP, "cannot join %s of %s", cgroup->path,
		     cgroup->hierarchy->name);
	return cg_cgroup_explain(cgroup, CG_ATTEMPT_JOIN, EOPNOTSUPP, err);
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
	if (rc == 0)
		rc = refuse_threaded(&parent, err);
	if (rc == 0 && options->subgroup)
		rc = cg_cgroup_open_child(&parent, options->subgroup, true, &child, err);
	return rc < 0 ? rc
		      : cg_cgroups_put(&plan->cgroups, options->subgroup ? &child : &parent, err);
}

static int find_own(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err)
{
	cleanup_memberships struct cg_memberships memberships = CG_MEMBERSHIPS_INIT;
	int rc = cg_memberships_read(plan->target.procdir, "cgroup", &memberships);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read the cgroups of '%s'", options->target);
	for (size_t i = 0; i < plan->hierarchies.count && rc == 0; i++) {
		const struct cg_hierarchy *hierarchy = &plan->hierarchies.items[i];
		const char *path = cg_memberships_path(&memberships, hierarchy->controllers);

		if (path && cg_mounts_have(&plan->mounts, hierarchy->controllers))
			rc = add_cgroup(options, plan, hierarchy, path, err);
	}
	return rc;
}

static int add_root(const struct enter_options *options, struct enter_plan *plan,
		    const struct cg_hierarchy *hierarchy, const struct cg_root *root,
		    struct cg_error *err)
{
	cleanup_free char *what = NULL;

	if (!cg_mounts_have(&plan->mounts, hierarchy->controllers))
		return 0;
	if (root->state == CG_ROOT_KNOWN)
		return add_cgroup(options, plan, hierarchy, root->path, err);
	if (asprintf(&what, "cannot join the root of '%s' in %s", options->target,
		     hierarchy->name) < 0)
		what = NULL;
	return cg_root_explain(root, what ? what : options->target, err);
}

static int find_root(const struct enter_options *options, struct enter_plan *plan,
		     struct cg_error *err)
{
	struct cg_nsroot namespace = { .nsfd = plan->target.nsfd,
				       .ns_inode = plan->target.ns_inode,
				       .pid = plan->target.pid };
	int rc = cg_nsroot_find(&namespace, 1, &plan->hierarchies, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < plan->hierarchies.count && rc == 0; i++)
		rc = add_root(options, plan, &plan->hierarchies.items[i], &namespace.roots[i], err);
	cg_nsroot_free(&namespace, 1, &plan->hierarchies);
	return rc;
}

int enter_find_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err)
{
	int rc = cg_hierarchies_read(&plan->hierarchies, err);

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
			rc = cg_cgroup_create(&plan->cgroups.items[i], &plan->created, err);
	for (size_t i = 0; i < plan->created.count; i++)
		enter_say(options, "made %s", plan->created.items[i].dir);
	for (size_t i = 0; i < plan->cgroups.count && rc == 0; i++)
		rc = cg_cgroup_open_procs(&plan->cgroups.items[i], err);
	if (rc == 0 && options->no_fork && plan->created.count)
		rc = cg_cgroups_open_origin(&plan->mounts, &plan->cgroups, &plan->origin, err);
	return rc;
}
