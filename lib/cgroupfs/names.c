/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names cgroups for messages: hierarchies in which they are the same together. */
#include <string.h>

#include "cgroupfs/cgroupfs.h"

/* The path and the hierarchy of the cgroup at index. */
typedef void take_fn(const void *set, size_t index, const char **path, const char **hierarchy);

static bool came_before(const void *set, size_t index, take_fn *take, const char *path)
{
	const char *other, *ignored;

	while (index-- > 0) {
		take(set, index, &other, &ignored);
		if (!strcmp(other, path))
			return true;
	}
	return false;
}

static char *join_names(const void *set, size_t count, take_fn *take)
{
	struct cg_list list = { 0 };

	for (size_t i = 0; i < count; i++) {
		const char *path, *other, *hierarchy;

		take(set, i, &path, &hierarchy);
		if (came_before(set, i, take, path))
			continue;
		cg_list_add(&list, "; ", "%s in %s", path, hierarchy);
		for (size_t j = i + 1; j < count; j++) {
			take(set, j, &other, &hierarchy);
			if (!strcmp(other, path))
				cg_list_add(&list, ", ", "%s", hierarchy);
		}
	}
	return list.text;
}

static void take_cgroup(const void *set, size_t index, const char **path, const char **hierarchy)
{
	const struct cg_cgroup *cgroup = &((const struct cg_cgroups *)set)->items[index];

	*path = cgroup->path;
	*hierarchy = cgroup->hierarchy->name;
}

static void take_creation(const void *set, size_t index, const char **path, const char **hierarchy)
{
	const struct cg_creation *creation = &((const struct cg_created *)set)->items[index];

	*path = creation->path;
	*hierarchy = creation->hierarchy->name;
}

char *cg_cgroups_names(const struct cg_cgroups *cgroups)
{
	return join_names(cgroups, cgroups->count, take_cgroup);
}

char *cg_created_names(const struct cg_created *created)
{
	return join_names(created, created->count, take_creation);
}
