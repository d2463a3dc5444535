/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "hierarchy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "mountinfo.h"
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
	cleanup_memberships struct cg_memberships own = CG_MEMBERSHIPS_INIT;
	int rc = cg_memberships_read(AT_FDCWD, "/proc/self/cgroup", &own);

	*hierarchies = (struct cg_hierarchies)CG_HIERARCHIES_INIT;
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

void cg_hierarchies_free(struct cg_hierarchies *hierarchies)
{
	for (size_t i = 0; i < hierarchies->count; i++) {
		free(hierarchies->items[i].controllers);
		free(hierarchies->items[i].path);
	}
	free(hierarchies->items);
	*hierarchies = (struct cg_hierarchies)CG_HIERARCHIES_INIT;
}

const struct cg_hierarchy *cg_hierarchy_by_controllers(const struct cg_hierarchies *hierarchies,
						       const char *controllers)
{
	for (size_t i = 0; i < hierarchies->count; i++)
		if (strcmp(hierarchies->items[i].controllers, controllers) == 0)
			return &hierarchies->items[i];
	return NULL;
}

/* Whether word stands in a list whose words are parted by any of the separators. */
static bool has_word(const char *list, const char *word, const char *separators)
{
	size_t wanted = strlen(word);

	for (const char *at = list; *at; at += strspn(at, separators)) {
		size_t len = strcspn(at, separators);

		if (len == wanted && strncmp(at, word, len) == 0)
			return true;
		at += len;
	}
	return false;
}

/* Whether a controller is one that the unified hierarchy has, as far as the caller sees. */
static bool unified_has(const char *controller)
{
	cleanup_with(cg_text_free) struct cg_text text = CG_TEXT_INIT;
	cleanup_mounts struct cg_mounts mounts = CG_MOUNTS_INIT;

	if (cg_mounts_read_own(AT_FDCWD, &mounts) < 0)
		return false;
	for (size_t i = 0; i < mounts.count; i++) {
		cleanup_free char *name = NULL;

		if (!mounts.items[i].unified ||
		    asprintf(&name, "%s/cgroup.controllers", mounts.items[i].point) < 0)
			continue;
		if (cg_procfs_read(AT_FDCWD, name, &text) == 0)
			return has_word(text.data, controller, " \n");
	}
	return false;
}

/* The names of all hierarchies, for messages. */
static int explain(const struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	cleanup_free char *list = NULL;
	size_t size = 0;
	FILE *out = open_memstream(&list, &size);

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < hierarchies->count; i++)
		fprintf(out, "%s%s", i ? ", " : "", hierarchies->items[i].name);
	if (fclose(out) != 0)
		return -ENOMEM;
	if (hierarchies->count == 0)
		return cg_error_hint(err, "no cgroup hierarchy is mounted");
	return cg_error_hint(err, "there are: %s", list);
}

const struct cg_hierarchy *cg_hierarchy_find(const struct cg_hierarchies *hierarchies,
					     const char *name, struct cg_error *err)
{
	const struct cg_hierarchy *unified = cg_hierarchy_by_controllers(hierarchies, "");

	if (*name && strcmp(name, "unified") == 0 && unified)
		return unified;
	for (size_t i = 0; *name && i < hierarchies->count; i++) {
		const struct cg_hierarchy *hierarchy = &hierarchies->items[i];

		if (strcmp(hierarchy->controllers, name) == 0 ||
		    has_word(hierarchy->controllers, name, ","))
			return hierarchy;
	}
	if (*name && unified && unified_has(name))
		return unified;
	cg_error_set(err, 0, "no hierarchy '%s'", name);
	explain(hierarchies, err);
	return NULL;
}

const struct cg_hierarchy *cg_hierarchy_default(const struct cg_hierarchies *hierarchies,
						struct cg_error *err)
{
	static const char *const order[] = { "", "name=systemd", "memory", "cpu" };

	for (size_t i = 0; i < CG_ARRAY_SIZE(order); i++)
		for (size_t j = 0; j < hierarchies->count; j++)
			if (strcmp(hierarchies->items[j].controllers, order[i]) == 0 ||
			    has_word(hierarchies->items[j].controllers, order[i], ","))
				return &hierarchies->items[j];
	cg_error_set(err, 0, "none of unified, name=systemd, memory and cpu is mounted");
	explain(hierarchies, err);
	return NULL;
}
