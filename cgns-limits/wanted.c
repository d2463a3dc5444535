/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the limits that are looked at. */
#include "cgns-limits/wanted.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "error.h"
#include "procfs.h"

#define HUGE_PAGES "/sys/kernel/mm/hugepages" /* a folder "hugepages-2048kB" for each size */

static void release(struct wanted *wanted)
{
	free(wanted->name);
	free(wanted->limit_file);
	free(wanted->second_file);
	free(wanted->used_file);
	free(wanted->used_second_file);
}

void wanted_free(struct wanted_list *wanted)
{
	for (size_t i = 0; i < wanted->count; i++)
		release(&wanted->items[i]);
	free(wanted->items);
	*wanted = (struct wanted_list){ NULL, 0 };
}

/* A controller that no v1 hierarchy has is the unified one's, if anybody's. */
static const struct cg_hierarchy *hierarchy_of(const struct cg_hierarchies *hierarchies,
					       const char *controller)
{
	for (size_t i = 0; *controller && i < hierarchies->count; i++)
		if (cg_has_word(hierarchies->items[i].controllers, ",", controller))
			return &hierarchies->items[i];
	return cg_hierarchy_by_controllers(hierarchies, "");
}

static int fill_in(const char *pattern, const char *size, size_t len, char **name)
{
	if (!pattern)
		return 0;
	*name = cg_limit_file_name(pattern, size, len);
	return *name ? 0 : -ENOMEM;
}

static int add(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
	       const struct cg_limit *limit, const char *size, size_t len, bool asked)
{
	const struct cg_hierarchy *hierarchy = hierarchy_of(hierarchies, limit->controller);
	const struct cg_limit_files *files =
		cg_limit_files_of(limit, !hierarchy || !*hierarchy->controllers);
	struct wanted *more = reallocarray(list->items, list->count + 1, sizeof(*more));
	struct wanted *wanted;

	if (!more)
		return -ENOMEM;
	list->items = more;
	wanted = &more[list->count++];
	*wanted = (struct wanted){
		.limit = limit,
		.asked = asked,
		.hierarchy = hierarchy,
		.files = files,
	};
	return fill_in(limit->name, size, len, &wanted->name)
		       ?: fill_in(files->limit, size, len, &wanted->limit_file)
		       ?: fill_in(files->second, size, len, &wanted->second_file)
		       ?: fill_in(files->used, size, len, &wanted->used_file)
		       ?: fill_in(files->used_second, size, len, &wanted->used_second_file);
}

/* "hugepages-2048kB" as cgroups call that size: "2MB" (mem_fmt() of mm/hugetlb_cgroup.c). */
static bool read_size(const char *folder, char *size, size_t room)
{
	unsigned long long kib;
	char unit[3];

	if (sscanf(folder, "hugepages-%llu%2s", &kib, unit) != 2 || strcmp(unit, "kB") != 0)
		return false;
	if (kib >= 1024 * 1024)
		snprintf(size, room, "%lluGB", kib / (1024 * 1024));
	else if (kib >= 1024)
		snprintf(size, room, "%lluMB", kib / 1024);
	else
		snprintf(size, room, "%lluKB", kib);
	return true;
}

/* A limit for each size of huge pages that the kernel has. */
static int add_sizes(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
		     const struct cg_limit *limit, bool asked)
{
	cleanup_dir DIR *dir = opendir(HUGE_PAGES);
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return errno == ENOENT ? 0 : -errno;
	while (rc == 0 && (rc = cg_readdir(dir, &entry)) == 0 && entry) {
		char size[32];

		if (read_size(entry->d_name, size, sizeof(size)))
			rc = add(list, hierarchies, limit, size, strlen(size), asked);
	}
	return rc;
}

static int add_limit(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
		     const struct cg_limit *limit, bool asked)
{
	return cg_limit_has_size(limit->name) ? add_sizes(list, hierarchies, limit, asked)
					      : add(list, hierarchies, limit, "", 0, asked);
}

/* What a limit is called here whose v1 file this is, or NULL. */
static const char *name_of_v1(const char *file)
{
	const char *size;
	size_t len;

	for (size_t i = 0; i < cg_limit_count; i++) {
		const char *limit = cg_limits[i].v1.limit;

		if (limit && (strcmp(limit, file) == 0 || cg_limit_match(limit, file, &size, &len)))
			return cg_limits[i].name;
	}
	return NULL;
}

static int explain_name(const char *name, struct cg_error *err)
{
	cleanup_free const char **names = calloc(cg_limit_count, sizeof(*names));
	const char *nearest = NULL, *v2 = name_of_v1(name);
	cleanup_free char *all = NULL;
	size_t size;
	FILE *out;

	cg_error_set(err, 0, "unknown limit '%s'", name);
	if (v2)
		return cg_error_hint(err, "it is called %s here, in v1 hierarchies, too", v2);
	for (size_t i = 0; names && i < cg_limit_count; i++)
		names[i] = cg_limits[i].name;
	nearest = names ? cg_nearest(name, names, cg_limit_count) : NULL;
	if (nearest)
		return cg_error_hint(err, "did you mean '%s'?", nearest);
	out = open_memstream(&all, &size);
	if (!out)
		return -EINVAL;
	for (size_t i = 0; i < cg_limit_count; i++)
		fprintf(out, "%s%s", i ? ", " : "", cg_limits[i].name);
	return fclose(out) == 0 ? cg_error_hint(err, "there are: %s", all) : -EINVAL;
}

int wanted_check(const char *list, struct cg_error *err)
{
	cleanup_free char *copy = strdup(list);
	char *rest = copy, *name;
	const char *size;
	size_t len;

	if (!copy)
		return cg_error_set(err, ENOMEM, "cannot read the list of limits");
	while ((name = strsep(&rest, ",")))
		if (!cg_limit_find(name, &size, &len))
			return explain_name(name, err);
	return 0;
}

static int add_named(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
		     const char *name)
{
	const char *size;
	size_t len;
	const struct cg_limit *limit = cg_limit_find(name, &size, &len);

	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return 0;
	if (!limit)
		return -EINVAL;
	return len ? add(list, hierarchies, limit, size, len, true)
		   : add_limit(list, hierarchies, limit, true);
}

static int add_list(struct wanted_list *wanted, const struct cg_hierarchies *hierarchies,
		    const char *list)
{
	cleanup_free char *copy = strdup(list);
	char *rest = copy, *name;
	int rc = copy ? 0 : -ENOMEM;

	while (rc == 0 && (name = strsep(&rest, ",")))
		rc = add_named(wanted, hierarchies, name);
	return rc;
}

int wanted_choose(const char *list, bool on_request, const struct cg_hierarchies *hierarchies,
		  struct wanted_list *wanted, struct cg_error *err)
{
	int rc = 0;

	*wanted = (struct wanted_list){ NULL, 0 };
	if (list)
		rc = add_list(wanted, hierarchies, list);
	for (size_t i = 0; !list && rc == 0 && i < cg_limit_count; i++)
		if (on_request || !cg_limits[i].on_request)
			rc = add_limit(wanted, hierarchies, &cg_limits[i], false);
	return rc < 0 ? cg_error_set(err, -rc, "cannot choose the limits") : 0;
}
