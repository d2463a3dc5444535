/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Sets limits in what is created, and sees to it that it has the controllers for them. */
#include "cgns-unshare/settings.h"

#include <errno.h>
#include <string.h>

#include "procfs.h"

static bool is_unified(const struct cg_cgroup *cgroup)
{
	return !*cgroup->hierarchy->controllers;
}

/* Joining is what was asked for; that the controller is not there is worth a word. */
static void say_lacking(const struct request *request, const struct cg_cgroup *cgroup,
			const char *controllers)
{
	cleanup_free char *has = cg_cgroup_read(cgroup->dirfd, "cgroup.controllers");
	cleanup_free char *names = strdup(controllers);
	char *rest = names, *name;

	while (has && (name = strsep(&rest, ",")))
		if (!cg_has_word(has, " ", name))
			cg_say(request->says, "%s in %s exists without the controller %s",
			       cgroup->path, cgroup->hierarchy->name, name);
}

/* What "memory" of --cgroup memory:PATH asks for, where v2 has that controller. */
static int need_named(const struct request *request, const struct place *place,
		      const struct cg_hierarchies *hierarchies, const struct cg_cgroups *roots,
		      struct cg_set_plan *plan, struct cg_error *err)
{
	const struct cg_hierarchy *hierarchy =
		cg_hierarchy_find(hierarchies, place->hierarchy, err);
	const struct cg_cgroup *cgroup = hierarchy ? cg_cgroups_find(roots, hierarchy) : NULL;

	if (!hierarchy)
		return -ENOENT;
	if (!cgroup || !is_unified(cgroup) || strcmp(place->hierarchy, hierarchy->name) == 0)
		return 0;
	if (cgroup->missing)
		return cg_set_plan_need(plan, place->hierarchy, err);
	say_lacking(request, cgroup, place->hierarchy);
	return 0;
}

int settings_plan(const struct request *request, const struct cg_hierarchies *hierarchies,
		  const struct cg_cgroups *roots, struct cg_set_plan *plan, struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < request->place_count; i++)
		if (request->places[i].hierarchy)
			rc = need_named(request, &request->places[i], hierarchies, roots, plan,
					err);
	if (rc == 0)
		rc = cg_set_plan_settings(plan, &request->settings, hierarchies, roots, err);
	for (size_t i = 0; rc == 0 && i < roots->count; i++)
		if (is_unified(&roots->items[i]) && roots->items[i].missing)
			rc = cg_set_plan_check(plan, &roots->items[i], err);
	return rc;
}

/* Nothing of it can be limited then. */
static void say_without_controllers(const struct request *request, const struct cg_cgroup *cgroup)
{
	cleanup_free char *has = NULL;

	if (request->says)
		has = cg_cgroup_read(cgroup->dirfd, "cgroup.controllers");
	if (has && !*has)
		cg_say(request->says,
		       "%s in %s has no controllers: the cgroup above it hands none down",
		       cgroup->path, cgroup->hierarchy->name);
}

static int write_all(const struct request *request, const struct cg_set_plan *plan,
		     const struct cg_created *created, struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < plan->count; i++) {
		struct cg_write *write = &plan->writes[i];
		bool same = strcmp(write->given, write->file) == 0;

		rc = cg_created_has(created, write->cgroup, err);
		if (rc < 0)
			return rc;
		if (rc == 0) {
			cg_error_set(err, 0, "cannot set %s of %s in %s", write->given,
				     write->cgroup->path, write->cgroup->hierarchy->name);
			return cg_error_hint(err, "somebody else has created it meanwhile");
		}
		rc = cg_set_write(write, err);
		if (rc == 0)
			cg_say(request->says, "set %s%s%s%s to %s in %s in %s", write->file,
			       same ? "" : " (", same ? "" : write->given, same ? "" : ")",
			       write->value, write->cgroup->path, write->cgroup->hierarchy->name);
	}
	return rc;
}

int settings_carry_out(const struct request *request, const struct cg_set_plan *plan,
		       const struct cg_cgroups *roots, const struct cg_created *created,
		       struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < roots->count; i++) {
		const struct cg_cgroup *cgroup = &roots->items[i];

		if (!is_unified(cgroup))
			continue;
		rc = cg_created_has(created, cgroup, err);
		if (rc <= 0)
			continue;
		rc = cg_set_plan_enable(plan, cgroup, created, err);
		if (rc == 0)
			say_without_controllers(request, cgroup);
	}
	return rc < 0 ? rc : write_all(request, plan, created, err);
}
