/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The cgroups whose names say that they are a container's, a pod's or a unit's. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "owner.h"
#include "path.h"
#include "procfs.h"
#include "select/select.h"
#include "select/tree.h"

/* A cgroup that fits. */
struct match {
	char *path;
	char name[CG_OWNER_SIZE]; /* what it is the cgroup of, whole */
	enum cg_unit_rank rank;
	bool is_exact;
};

struct matches {
	struct match *items;
	size_t count, size;
};

static void matches_free(struct matches *matches)
{
	for (size_t i = 0; i < matches->count; i++)
		free(matches->items[i].path);
	free(matches->items);
	*matches = (struct matches){ NULL, 0, 0 };
}

/* What is looked for. */
struct query {
	enum cg_target_form form;
	char name[CG_OWNER_SIZE];
	struct matches matches;
	const char *controllers; /* for a look at processes */
};

/* ---- what fits ---- */

/* The name as owner.h gives it: "-" in UIDs, a suffix on units. */
static int take_name(const struct cg_target_spec *spec, struct query *query, struct cg_error *err)
{
	const char *suffix =
		spec->form == CG_TARGET_UNIT && !cg_owner_is_unit(spec->name) ? ".service" : "";
	size_t size = sizeof(query->name);

	query->form = spec->form;
	if ((size_t)snprintf(query->name, size, "%s%s", spec->name, suffix) >= size)
		return cg_error_set(err, 0, "'%s' is too long for a name", spec->name);
	if (spec->form == CG_TARGET_POD)
		for (char *at = query->name; *at; at++)
			*at = *at == '_' ? '-' : *at;
	return 0;
}

/* Which kind of name of owner is asked for, and where in the path it ends. */
static const char *name_of(const struct query *query, const struct cg_owner *owner, size_t *end)
{
	switch (query->form) {
	case CG_TARGET_CONTAINER:
		*end = owner->container_end;
		return owner->container;
	case CG_TARGET_POD:
		*end = owner->pod_end;
		return owner->pod;
	default:
		*end = owner->unit_end;
		return owner->unit;
	}
}

/* Names have to be whole, of ids the beginning will do. */
static bool fits(const struct query *query, const struct cg_owner *owner, const char *name)
{
	bool is_id = query->form == CG_TARGET_CONTAINER
			     ? owner->is_id
			     : query->form == CG_TARGET_POD && cg_owner_is_hex(name, 1);

	return is_id ? cg_starts_with(name, query->name) : strcmp(name, query->name) == 0;
}

static int add_match(struct matches *matches, const struct match *match)
{
	for (size_t i = 0; i < matches->count; i++)
		if (strcmp(matches->items[i].path, match->path) == 0) {
			free(match->path);
			return 0;
		}
	if (matches->count == matches->size) {
		size_t size = matches->size ? matches->size * 2 : 8;
		struct match *items = reallocarray(matches->items, size, sizeof(*items));

		if (!items) {
			free(match->path);
			return -ENOMEM;
		}
		matches->items = items;
		matches->size = size;
	}
	matches->items[matches->count++] = *match;
	return 0;
}

/* Takes the cgroup in a path that is what is looked for. */
static int take_path(struct query *query, const char *path, bool whole)
{
	struct match match = { .path = NULL };
	struct cg_owner owner;
	const char *name;
	size_t end;

	cg_owner_read(path, &owner);
	name = name_of(query, &owner, &end);
	if (end == 0 || (whole && path[end] != '\0') || !fits(query, &owner, name))
		return 0;
	memcpy(match.name, name, strlen(name) + 1);
	match.rank = owner.unit_rank;
	match.is_exact = strcmp(name, query->name) == 0;
	match.path = strndup(path, end);
	return match.path ? add_match(&query->matches, &match) : -ENOMEM;
}

/*
 * Whether a cgroup's own name can fit: most cannot, and to read a path takes
 * longer than to find that out.
 */
static bool may_fit(const struct query *query, const char *path)
{
	const char *name = strrchr(path, '/') + 1;
	size_t len = strcspn(query->name, "-");

	if (query->form == CG_TARGET_UNIT)
		return strcmp(name + (*name == '_'), query->name) == 0;
	return memmem(name, strlen(name), query->name, len) || strchr(name, '\\');
}

static int visit_cgroup(int parent, const char *name, const char *path, void *data)
{
	struct query *query = data;

	(void)parent;
	(void)name;
	return may_fit(query, path) ? take_path(query, path, true) : 0;
}

/* ---- where to look ---- */

/* The paths of all processes: what the caller's mounts do not show. */
static int look_at_processes(struct query *query)
{
	cleanup_memberships struct cg_memberships memberships = { 0 };
	cleanup_dir DIR *dir = NULL;
	cleanup_free char *last = NULL;
	int rc = cg_opendir(AT_FDCWD, "/proc", &dir);
	pid_t pid = 0;

	while (rc == 0 && (pid = cg_procfs_next(dir)) > 0) {
		const char *path;

		rc = cg_memberships_read(dirfd(dir), cg_proc_name("%d/cgroup", pid).text,
					 &memberships);
		path = rc < 0 ? NULL : cg_memberships_path(&memberships, query->controllers);
		rc = cg_procfs_unless_unseen(rc);
		if (!path || (last && strcmp(last, path) == 0))
			continue;
		rc = take_path(query, path, false);
		free(last);
		last = strdup(path);
	}
	return rc ?: pid;
}

static int look(struct query *query, const struct cg_mounts *mounts, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_free char *top = NULL;
	int rc = cg_tree_open_top(mounts, query->controllers, &directory, &top, err);
	bool is_unseen = rc == -ENXIO || rc == -ENOENT;

	if (rc < 0 && !is_unseen)
		return rc;
	cg_error_reset(err);
	if (rc == 0)
		rc = cg_tree_walk(directory.fd, top, visit_cgroup, query);
	/* what the mounts show is not all there is */
	is_unseen |= rc > 0 || (rc == 0 && *cg_path_names(top));
	if (is_unseen || (rc == 0 && query->matches.count == 0))
		rc = look_at_processes(query);
	return rc < 0 ? cg_error_set(err, -rc, "cannot look through the cgroups there are") : 0;
}

/* ---- which one ---- */

/* Keeps those for which nothing better is there. */
static void keep_best(struct query *query)
{
	struct matches *matches = &query->matches;
	enum cg_unit_rank rank = CG_UNIT_OF_CONTAINER;
	bool has_exact = false;
	size_t kept = 0;

	for (size_t i = 0; i < matches->count; i++) {
		has_exact |= matches->items[i].is_exact;
		rank = matches->items[i].rank < rank ? matches->items[i].rank : rank;
	}
	for (size_t i = 0; i < matches->count; i++) {
		struct match *match = &matches->items[i];

		if (query->form == CG_TARGET_UNIT ? match->rank != rank
						  : has_exact && !match->is_exact)
			free(match->path);
		else
			matches->items[kept++] = *match;
	}
	matches->count = kept;
}

/* The first of those that are called the same and lie highest; NULL: others are as good. */
static const struct match *only_one(const struct query *query)
{
	const struct matches *matches = &query->matches;
	const struct match *best = &matches->items[0];
	size_t count = 0;

	for (size_t i = 0; i < matches->count; i++) {
		const struct match *match = &matches->items[i];

		if (strcmp(match->name, best->name) != 0)
			return NULL;
		if (cg_path_depth(match->path) < cg_path_depth(best->path))
			best = match;
	}
	for (size_t i = 0; i < matches->count; i++)
		count += cg_path_depth(matches->items[i].path) == cg_path_depth(best->path) ||
			 query->form == CG_TARGET_UNIT;
	return count == 1 ? best : NULL;
}

static bool has_one_name(const struct matches *matches)
{
	for (size_t i = 1; i < matches->count; i++)
		if (strcmp(matches->items[i].name, matches->items[0].name) != 0)
			return false;
	return true;
}

static int explain_several(const struct query *query, const struct cg_hierarchy *hierarchy,
			   struct cg_choice *choice, struct cg_error *err)
{
	const struct matches *matches = &query->matches;
	bool by_path = has_one_name(matches);
	cleanup_free char *cgroup = cg_format("cgroup:%s:", hierarchy->name);
	int rc = cgroup ? 0 : -ENOMEM;

	cg_error_set(err, 0, "'%s' is not the only one of its name in %s", query->name,
		     hierarchy->name);
	for (size_t i = 0; rc == 0 && i < matches->count; i++) {
		const struct match *match = &matches->items[i];

		rc = by_path ? cg_choice_add(choice, cgroup, match->path, NULL)
			     : cg_choice_add(choice,
					     query->form == CG_TARGET_POD ? "pod:" : "container:",
					     match->name, NULL);
	}
	return rc ?: cg_choice_explain(choice, err);
}

static int explain_none(const struct query *query, const char *where, struct cg_error *err)
{
	static const char *const nouns[] = {
		[CG_TARGET_CONTAINER] = "container",
		[CG_TARGET_POD] = "pod",
		[CG_TARGET_UNIT] = "unit",
	};

	cg_error_set(err, 0, "no %s '%s' in %s", nouns[query->form], query->name, where);
	if (query->form == CG_TARGET_CONTAINER)
		cg_error_hint(err, "a container is found by the id, or the beginning of it, that "
				   "its cgroup's name has");
	return -ENOENT;
}

int cg_select_cgroup(const struct cg_target_spec *spec, const struct cg_mounts *mounts,
		     const struct cg_hierarchy *hierarchy, char **path, struct cg_choice *choice,
		     struct cg_error *err)
{
	cleanup_choice struct cg_choice unwanted = { 0 };
	struct query query = { .controllers = hierarchy->controllers };
	const struct match *match;
	int rc;

	*path = NULL;
	if (spec->form == CG_TARGET_CGROUP) {
		rc = cg_path_normalize(spec->name, path);
		return rc < 0 ? cg_error_set(err, -rc, "cannot use the path %s", spec->name) : 0;
	}
	rc = take_name(spec, &query, err);
	if (rc == 0)
		rc = look(&query, mounts, err);
	if (rc == 0 && query.matches.count == 0)
		rc = explain_none(&query, hierarchy->name, err);
	if (rc == 0) {
		keep_best(&query);
		match = only_one(&query);
		rc = match ? 0 : explain_several(&query, hierarchy, choice ?: &unwanted, err);
		if (match)
			*path = strdup(match->path);
		if (match && !*path)
			rc = cg_error_set(err, ENOMEM, "cannot keep a path");
	}
	matches_free(&query.matches);
	return rc;
}

int cg_select_nowhere(const struct cg_target_spec *spec, struct cg_error *err)
{
	struct query query = { .controllers = NULL };
	int rc = spec->form == CG_TARGET_CGROUP ? -ENOENT : take_name(spec, &query, err);

	return rc < 0 ? rc : explain_none(&query, "any hierarchy", err);
}
