/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds out whether a cgroup is frozen, and by which cgroup, or threaded: then it is not joined. */
#include <errno.h>
#include <string.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"

/* How a hierarchy freezes: the file that says so of the cgroup itself, and what thaws it. */
struct freezer {
	const char *file, *frozen;
	const char *thaw_file, *thaw;
};

static const struct freezer unified_freezer = { "cgroup.freeze", "1", "cgroup.freeze", "0" };
static const struct freezer v1_freezer = { "freezer.self_freezing", "1", "freezer.state",
					   "THAWED" };

/* Returns 1, 0, also where there is no such file, or a negative errno value. */
static int freezes(const struct freezer *freezer, int dirfd)
{
	cleanup_free char *text = cg_cgroup_read(dirfd, freezer->file);

	if (!text)
		return errno == ENOENT ? 0 : -errno;
	return strcmp(text, freezer->frozen) == 0;
}

/* Of the cgroup, or the nearest ancestor that there is: the path of the one levels above it. */
static char *path_above(const struct cg_cgroup *cgroup, unsigned int levels)
{
	size_t missing = cgroup->missing ? strlen(cgroup->missing) + 1 : 0;
	cleanup_free char *nearest = strndup(cgroup->path, strlen(cgroup->path) - missing);

	return nearest ? cg_cut_names(*nearest ? nearest : "/", levels) : NULL;
}

/*
 * Returns 1 if the cgroup is frozen, *levels and *freezer saying by which one above it and
 * how; 0; or a negative errno value.
 */
static int find_frozen(const struct cg_cgroup *cgroup, const struct freezer **freezer,
		       unsigned int *levels)
{
	const char *controllers = cgroup->hierarchy->controllers;
	int rc = 0;

	*freezer = *controllers ? &v1_freezer : &unified_freezer;
	if (*controllers && !cg_has_word(controllers, ",", "freezer"))
		return 0;
	for (*levels = 0; rc == 0; ++*levels) {
		cleanup_fd int fd = cg_cgroup_open_ancestor(cgroup->dirfd, *levels);

		/* Above the top of the mount nothing can be seen. */
		if (fd < 0 && errno == EXDEV)
			return 0;
		rc = fd < 0 ? -errno : freezes(*freezer, fd);
	}
	--*levels;
	return rc;
}

char *cg_cgroup_frozen_by(const struct cg_cgroup *cgroup)
{
	const struct freezer *freezer;
	unsigned int levels;

	return find_frozen(cgroup, &freezer, &levels) > 0 ? path_above(cgroup, levels) : NULL;
}

static int check_frozen(const struct cg_cgroup *cgroup, struct cg_error *err)
{
	cleanup_free char *dir = NULL, *path = NULL, *quoted = NULL;
	const struct freezer *freezer;
	unsigned int levels;
	int rc = find_frozen(cgroup, &freezer, &levels);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot look whether %s in %s is frozen",
				    cgroup->path, cgroup->hierarchy->name);
	if (rc == 0)
		return 0;
	cg_error_set(err, 0, "cannot join %s in %s: it is frozen", cgroup->path,
		     cgroup->hierarchy->name);
	dir = cg_cgroup_ancestor_dir(cgroup, levels);
	path = path_above(cgroup, levels);
	quoted = dir ? cg_quote(dir) : NULL;
	if (!quoted || !path)
		return -EINVAL;
	return cg_error_hint(err, "%s is frozen: echo %s > %s/%s thaws it", path, freezer->thaw,
			     quoted, freezer->thaw_file);
}

static int check_threaded(const struct cg_cgroup *cgroup, struct cg_error *err)
{
	cleanup_free char *type = NULL;

	if (*cgroup->hierarchy->controllers)
		return 0;
	type = cg_cgroup_read(cgroup->dirfd, "cgroup.type");
	/* The root cgroup has no such file; one that is gone is told when it is joined. */
	if (!type && errno != ENOENT && errno != ENODEV)
		return cg_error_set(err, errno, "cannot look whether %s in %s is threaded",
				    cgroup->path, cgroup->hierarchy->name);
	if (!type || strcmp(type, "threaded") != 0)
		return 0;
	cg_error_set(err, EOPNOTSUPP, "cannot join %s in %s", cgroup->path,
		     cgroup->hierarchy->name);
	return cg_cgroup_explain(cgroup, CG_ATTEMPT_JOIN, EOPNOTSUPP, err);
}

int cg_cgroup_check_joinable(const struct cg_cgroup *cgroup, struct cg_error *err)
{
	int rc = check_threaded(cgroup, err);

	return rc < 0 ? rc : check_frozen(cgroup, err);
}
