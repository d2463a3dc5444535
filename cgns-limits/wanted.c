/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses the limits that are looked at. */
#include "cgns-limits/wanted.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "procfs.h"

#define SYSFS	   "/sys/kernel"
#define HUGE_PAGES SYSFS "/mm/hugepages" /* a folder "hugepages-2048kB" for each size */

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

static int fill_in(const char *pattern, const char *size, size_t len, char **name)
{
	if (!pattern)
		return 0;
	*name = cg_limit_file_name(pattern, size, len);
	return *name ? 0 : -ENOMEM;
}

static bool has_name(const struct wanted_list *list, const char *name)
{
	for (size_t i = 0; i < list->count; i++)
		if (strcmp(list->items[i].name, name) == 0)
			return true;
	return false;
}

/* Once, however often it was named. */
static int add(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
	       const struct cg_limit *limit, const char *size, size_t len, bool asked)
{
	const struct cg_hierarchy *hierarchy =
		cg_hierarchy_of_controller(hierarchies, limit->controller);
	const struct cg_limit_files *files =
		cg_limit_files_of(limit, !hierarchy || !*hierarchy->controllers);
	cleanup_free char *name = cg_limit_file_name(limit->name, size, len);
	struct wanted *more, *wanted;

	if (!name)
		return -ENOMEM;
	if (has_name(list, name))
		return 0;
	more = reallocarray(list->items, list->count + 1, sizeof(*more));
	if (!more)
		return -ENOMEM;
	list->items = more;
	wanted = &more[list->count++];
	*wanted = (struct wanted){
		.limit = limit,
		.name = cg_steal_ptr(&name),
		.asked = asked,
		.hierarchy = hierarchy,
		.files = files,
	};
	return fill_in(files->limit, size, len, &wanted->limit_file)
		       ?: fill_in(files->second, size, len, &wanted->second_file)
		       ?: fill_in(files->used, size, len, &wanted->used_file)
		       ?: fill_in(files->used_second, size, len, &wanted->used_second_file);
}

/* ---- sizes of huge pages ---- */

/* The names of the sizes that the kernel has: "2MB". */
struct sizes {
	char (*names)[32];
	size_t count;
};

static void sizes_free(struct sizes *sizes)
{
	free(sizes->names);
}

#define cleanup_sizes cleanup_with(sizes_free)

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

/* -ENOENT: sysfs is not there to tell. */
static int read_sizes(struct sizes *sizes)
{
	cleanup_dir DIR *dir = opendir(HUGE_PAGES);
	struct dirent *entry;
	int rc = 0;

	if (!dir)
		return errno == ENOENT && faccessat(AT_FDCWD, SYSFS, F_OK, 0) == 0 ? 0 : -errno;
	while ((rc = cg_readdir(dir, &entry)) == 0 && entry) {
		char size[sizeof(*sizes->names)];
		void *more;

		if (!read_size(entry->d_name, size, sizeof(size)))
			continue;
		more = reallocarray(sizes->names, sizes->count + 1, sizeof(*sizes->names));
		if (!more)
			return -ENOMEM;
		sizes->names = more;
		stpcpy(sizes->names[sizes->count++], size);
	}
	return rc;
}

/* A limit for each size of huge pages that the kernel has; none where nobody can tell. */
static int add_sizes(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
		     const struct cg_limit *limit, bool asked)
{
	cleanup_sizes struct sizes sizes = { NULL, 0 };
	int rc = read_sizes(&sizes);

	if (rc == -ENOENT)
		return 0;
	for (size_t i = 0; rc == 0 && i < sizes.count; i++)
		rc = add(list, hierarchies, limit, sizes.names[i], strlen(sizes.names[i]), asked);
	return rc;
}

static int add_limit(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
		     const struct cg_limit *limit, bool asked)
{
	return cg_limit_has_size(limit->name) ? add_sizes(list, hierarchies, limit, asked)
					      : add(list, hierarchies, limit, "", 0, asked);
}

static int explain_name(const char *name, struct cg_error *err)
{
	const char *nearest =
		cg_nearest(name, &cg_limits[0].name, cg_limit_count, sizeof(cg_limits[0]));
	cleanup_list struct cg_list all = { 0 };
	const char *size_text;
	size_t size;
	const struct cg_limit *v1 = cg_limit_of_file(name, false, &size_text, &size);

	cg_error_set(err, 0, "unknown limit '%s'", name);
	if (v1) {
		cleanup_free char *v2 = cg_limit_file_name(v1->name, size_text, size);

		return cg_error_hint(err, "it is called %s here, in v1 hierarchies, too",
				     v2 ?: v1->name);
	}
	if (nearest)
		return cg_error_hint(err, "did you mean '%s'?", nearest);
	for (size_t i = 0; i < cg_limit_count; i++)
		cg_list_add(&all, ", ", "%s", cg_limits[i].name);
	return all.text ? cg_error_hint(err, "there are: %s", all.text) : -EINVAL;
}

/* Of sizes that there are not nobody can say that they are unlimited. */
static int check_size(const struct cg_limit *limit, const char *name, const char *size, size_t len,
		      struct cg_error *err)
{
	cleanup_sizes struct sizes sizes = { NULL, 0 };
	cleanup_list struct cg_list all = { 0 };
	int rc = read_sizes(&sizes);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read the sizes of huge pages in %s",
				    HUGE_PAGES);
	for (size_t i = 0; i < sizes.count; i++)
		if (len == 0 ||
		    (strlen(sizes.names[i]) == len && strncmp(sizes.names[i], size, len) == 0))
			return 0;
	for (size_t i = 0; i < sizes.count; i++) {
		cleanup_free char *file =
			cg_limit_file_name(limit->name, sizes.names[i], strlen(sizes.names[i]));

		cg_list_add(&all, ", ", "%s", file ?: "?");
	}
	if (all.failed)
		return cg_error_set(err, ENOMEM, "cannot read the list of limits");
	cg_error_set(err, 0, "unknown limit '%s'", name);
	return all.text ? cg_error_hint(err, "there are: %s", all.text)
			: cg_error_hint(err, "the kernel has no huge pages");
}

int wanted_check(const char *list, struct cg_error *err)
{
	cleanup_free char *copy = strdup(list);
	char *rest = copy, *name;
	int rc = 0;

	if (!copy)
		return cg_error_set(err, ENOMEM, "cannot read the list of limits");
	while (rc == 0 && (name = strsep(&rest, ","))) {
		const char *size;
		size_t len;
		const struct cg_limit *limit = cg_limit_find(name, &size, &len);

		if (!limit)
			rc = explain_name(name, err);
		else if (cg_limit_has_size(limit->name))
			rc = check_size(limit, name, size, len, err);
	}
	return rc;
}

static int add_named(struct wanted_list *list, const struct cg_hierarchies *hierarchies,
		     const char *name)
{
	const char *size;
	size_t len;
	const struct cg_limit *limit = cg_limit_find(name, &size, &len);

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

/* What is named has to be in the hierarchy that is. */
static int check_hierarchy(const struct wanted_list *wanted, const struct cg_hierarchy *only,
			   struct cg_error *err)
{
	for (size_t i = 0; only && i < wanted->count; i++) {
		const struct wanted *item = &wanted->items[i];

		if (!item->asked || item->hierarchy == only)
			continue;
		cg_error_set(err, 0, "%s is not in the hierarchy %s that --hierarchy names",
			     item->name, only->name);
		return item->hierarchy ? cg_error_hint(err, "it is in %s", item->hierarchy->name)
				       : cg_error_hint(err, "no hierarchy has the controller %s",
						       item->limit->controller);
	}
	return 0;
}

int wanted_choose(const char *list, bool on_request, const struct cg_hierarchies *hierarchies,
		  const struct cg_hierarchy *only, struct wanted_list *wanted, struct cg_error *err)
{
	int rc = 0;

	*wanted = (struct wanted_list){ NULL, 0 };
	if (list)
		rc = add_list(wanted, hierarchies, list);
	for (size_t i = 0; !list && rc == 0 && i < cg_limit_count; i++)
		if (on_request || !cg_limits[i].on_request)
			rc = add_limit(wanted, hierarchies, &cg_limits[i], false);
	return rc < 0 ? cg_error_set(err, -rc, "cannot choose the limits")
		      : check_hierarchy(wanted, only, err);
}
