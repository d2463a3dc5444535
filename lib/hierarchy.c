/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "procfs.h"

static int add(struct cg_hierarchies *hierarchies, const struct cg_membership *from)
{
	struct cg_hierarchy *to = &hierarchies->items[hierarchies->count];

	*to = (struct cg_hierarchy){ .id = from->hierarchy_id };
	to->controllers = strdup(from->controllers);
	to->path = from->path ? strdup(from->path) : NULL;
	hierarchies->count++;
	if (!to->controllers || (from->path && !to->path))
		return -ENOMEM;
	to->name = *to->controllers ? to->controllers : "unified";
	return 0;
}

int cg_hierarchies_read(struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	cleanup_memberships struct cg_memberships own = { 0 };
	int rc = cg_memberships_read(AT_FDCWD, "/proc/self/cgroup", &own);

	*hierarchies = (struct cg_hierarchies){ 0 };
	if (rc < 0) {
		cg_error_set(err, -rc, "cannot read /proc/self/cgroup");
		if (rc == -ENOENT)
			cg_error_hint(err, "this kernel has no cgroups, or /proc is not mounted");
		return rc;
	}
	hierarchies->items = calloc(own.count ? own.count : 1, sizeof(*hierarchies->items));
	if (!hierarchies->items)
		return cg_error_set(err, ENOMEM, "cannot list the hierarchies");
	for (size_t i = 0; i < own.count; i++) {
		rc = add(hierarchies, &own.items[i]);
		if (rc < 0) {
			cg_hierarchies_free(hierarchies);
			return cg_error_set(err, -rc, "cannot list the hierarchies");
		}
	}
	return 0;
}

bool cg_hierarchies_moved(const struct cg_hierarchies *hierarchies)
{
	cleanup_memberships struct cg_memberships now = { 0 };

	if (cg_memberships_read(AT_FDCWD, "/proc/self/cgroup", &now) < 0)
		return true;
	for (size_t i = 0; i < hierarchies->count; i++) {
		const struct cg_hierarchy *hierarchy = &hierarchies->items[i];
		const char *path = cg_memberships_path(&now, hierarchy->controllers);

		if (path && hierarchy->path && strcmp(path, hierarchy->path) != 0)
			return true;
	}
	return false;
}

void cg_hierarchies_free(struct cg_hierarchies *hierarchies)
{
	for (size_t i = 0; i < hierarchies->count; i++) {
		free(hierarchies->items[i].controllers);
		free(hierarchies->items[i].path);
	}
	free(hierarchies->items);
	*hierarchies = (struct cg_hierarchies){ 0 };
}

const struct cg_hierarchy *cg_hierarchy_by_controllers(const struct cg_hierarchies *hierarchies,
						       const char *controllers)
{
	for (size_t i = 0; i < hierarchies->count; i++)
		if (strcmp(hierarchies->items[i].controllers, controllers) == 0)
			return &hierarchies->items[i];
	return NULL;
}

const struct cg_hierarchy *cg_hierarchy_of_mount(const struct cg_hierarchies *hierarchies,
						 const struct cg_mount *mount)
{
	for (size_t i = 0; i < hierarchies->count; i++)
		if (cg_mount_shows(mount, hierarchies->items[i].controllers))
			return &hierarchies->items[i];
	return NULL;
}

static const struct cg_hierarchy *with_controller(const struct cg_hierarchies *hierarchies,
						  const char *controller)
{
	/* most often it has a hierarchy of its own */
	const struct cg_hierarchy *found =
		*controller ? cg_hierarchy_by_controllers(hierarchies, controller) : NULL;

	for (size_t i = 0; !found && i < hierarchies->count; i++)
		if (cg_has_word(hierarchies->items[i].controllers, ",", controller))
			found = &hierarchies->items[i];
	return found;
}

const struct cg_hierarchy *cg_hierarchy_of_controller(const struct cg_hierarchies *hierarchies,
						      const char *controller)
{
	return with_controller(hierarchies, controller)
		       ?: cg_hierarchy_by_controllers(hierarchies, "");
}

/*
 * The controllers that the unified hierarchy has, as far as the caller sees.
 * perf_event is always one of them where no v1 hierarchy has it, and never listed
 * ("perf_event" in cgroups(7)).
 */
static int read_unified_controllers(struct cg_text *controllers)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	int rc = cg_mounts_read_own(AT_FDCWD, &mounts);

	for (size_t i = 0; rc == 0 && i < mounts.count; i++) {
		cleanup_free char *name = NULL;

		if (!mounts.items[i].unified)
			continue;
		name = cg_format("%s/cgroup.controllers", mounts.items[i].point);
		if (!name)
			return -ENOMEM;
		if (cg_procfs_read(AT_FDCWD, name, controllers) == 0)
			return 0;
	}
	return rc < 0 ? rc : -ENOENT;
}

static bool unified_has(const char *name)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };

	if (strcmp(name, "perf_event") == 0)
		return true;
	if (read_unified_controllers(&text) < 0)
		return false;
	for (char *at = text.data; *at; at++)
		*at = *at == ' ' || *at == '\n' ? ',' : *at;
	return cg_has_word(text.data, ",", name);
}

/*
 * Whether a v1 hierarchy has that name: "name=systemd" or, without a controller of it, "systemd".
 * The kernel prints it last: "perf_event,name=foo".
 */
static bool is_named(const struct cg_hierarchy *hierarchy, const char *name)
{
	const char *own = strstr(hierarchy->controllers, "name=");

	return own && (strcmp(own, name) == 0 || strcmp(own + strlen("name="), name) == 0);
}

/* The names of all hierarchies, for messages. */
static int explain(const struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	cleanup_list struct cg_list list = { 0 };

	if (hierarchies->count == 0)
		return cg_error_hint(err, "no cgroup hierarchy is mounted");
	for (size_t i = 0; i < hierarchies->count; i++)
		cg_list_add(&list, ", ", "%s", hierarchies->items[i].name);
	return list.text ? cg_error_hint(err, "there are: %s", list.text) : -ENOMEM;
}

const struct cg_hierarchy *cg_hierarchy_find(const struct cg_hierarchies *hierarchies,
					     const char *name, struct cg_error *err)
{
	const struct cg_hierarchy *unified = cg_hierarchy_by_controllers(hierarchies, "");
	const struct cg_hierarchy *v1 = with_controller(hierarchies, name);

	if (strcmp(name, "unified") == 0 && unified)
		return unified;
	if (v1)
		return v1;
	if (unified && unified_has(name))
		return unified;
	for (size_t i = 0; *name && i < hierarchies->count; i++)
		if (is_named(&hierarchies->items[i], name))
			return &hierarchies->items[i];
	cg_error_set(err, 0, "no hierarchy '%s'", name);
	explain(hierarchies, err);
	return NULL;
}

/* Whether the kernel was told to do without a controller (/proc/cgroups, cgroups(7)). */
static bool is_disabled(const char *controller)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int enabled;

	if (cg_procfs_read(AT_FDCWD, "/proc/cgroups", &text) < 0)
		return false;
	for (const char *at = text.data; *at; at += strcspn(at, "\n"), at += *at == '\n') {
		char name[64];

		if (sscanf(at, "%63s %*u %*u %d", name, &enabled) == 2 &&
		    strcmp(name, controller) == 0)
			return !enabled;
	}
	return false;
}

/*
 * Whether the v2 hierarchy is the one that containers and limits are in. Beside
 * v1 hierarchies with all of what matters it has no controllers, and older
 * runtimes leave everybody in their daemon's cgroup there.
 */
static bool unified_counts(const struct cg_hierarchies *hierarchies)
{
	static const char *const counting[] = { "memory", "cpu", "pids" };

	if (hierarchies->count == 1)
		return true;
	for (size_t i = 0; i < CG_ARRAY_SIZE(counting); i++)
		if (!with_controller(hierarchies, counting[i]) && !is_disabled(counting[i]))
			return true;
	return false;
}

const struct cg_hierarchy *cg_hierarchy_default(const struct cg_hierarchies *hierarchies,
						struct cg_error *err)
{
	static const char *const order[] = { "name=systemd", "memory", "cpu" };
	const struct cg_hierarchy *unified = cg_hierarchy_by_controllers(hierarchies, "");

	if (unified && unified_counts(hierarchies))
		return unified;
	for (size_t i = 0; i < CG_ARRAY_SIZE(order); i++) {
		const struct cg_hierarchy *found = with_controller(hierarchies, order[i]);

		if (found)
			return found;
	}
	if (hierarchies->count)
		return &hierarchies->items[0];
	cg_error_set(err, 0, "no cgroup hierarchy is mounted");
	return NULL;
}
