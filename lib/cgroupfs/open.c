/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroupfs/cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/stat.h>

#include "file.h"
#include "path.h"
#include "syscalls.h"

void cg_cgroup_close(struct cg_cgroup *cgroup)
{
	cg_cleanup_fd(&cgroup->dirfd);
	cg_cleanup_fd(&cgroup->procs);
	free(cgroup->path);
	free(cgroup->dir);
	free(cgroup->missing);
	*cgroup = (struct cg_cgroup)CG_CGROUP_INIT;
}

void cg_cgroups_free(struct cg_cgroups *cgroups)
{
	for (size_t i = 0; i < cgroups->count; i++)
		cg_cgroup_close(&cgroups->items[i]);
	free(cgroups->items);
	*cgroups = (struct cg_cgroups){ 0 };
}

struct cg_cgroup *cg_cgroups_find(const struct cg_cgroups *cgroups,
				  const struct cg_hierarchy *hierarchy)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		if (cgroups->items[i].hierarchy->id == hierarchy->id)
			return &cgroups->items[i];
	}
	return NULL;
}

int cg_cgroups_put(struct cg_cgroups *cgroups, struct cg_cgroup *cgroup, struct cg_error *err)
{
	struct cg_cgroup *place = cg_cgroups_find(cgroups, cgroup->hierarchy);

	if (place) {
		cg_cgroup_close(place);
	} else {
		struct cg_cgroup *more =
			reallocarray(cgroups->items, cgroups->count + 1, sizeof(*more));

		if (!more)
			return cg_error_set(err, ENOMEM, "cannot open cgroups");
		cgroups->items = more;
		place = &more[cgroups->count++];
	}
	*place = *cgroup;
	*cgroup = (struct cg_cgroup)CG_CGROUP_INIT;
	return 0;
}

int cg_cgroup_check_name(const char *name, struct cg_error *err)
{
	if (*name && strcmp(name, ".") && strcmp(name, "..") && !strpbrk(name, "/\n") &&
	    strlen(name) <= NAME_MAX)
		return 0;
	cg_error_set(err, 0, "'%s' is not a valid name of a cgroup", name);
	return cg_error_hint(err, "one name, at most 255 bytes, without slash and newline");
}

static char *join_path(const char *path, const char *name)
{
	return cg_format("%s/%s", strcmp(path, "/") ? path : "", name);
}

static int no_memory(struct cg_error *err)
{
	return cg_error_set(err, ENOMEM, "cannot open a cgroup");
}

/* Whether there is a cgroup of that path in any hierarchy; true, too, where that cannot be told. */
static bool may_be_a_cgroup(const struct cg_mounts *mounts,
			    const struct cg_hierarchies *hierarchies, const char *path)
{
	bool may_be = false;

	for (size_t i = 0; !may_be && i < hierarchies->count; i++) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		int rc = cg_mounts_find_directory(mounts, AT_FDCWD,
						  hierarchies->items[i].controllers, path,
						  &directory, NULL);

		may_be = rc != -ENOENT && rc != -ENXIO;
	}
	return may_be;
}

/* /sys/fs/cgroup/x was meant as with v2 alone, or begins with a link: cpu for cpu,cpuacct. */
static int refuse_common_directory(const struct cg_mounts *mounts,
				   const struct cg_hierarchies *hierarchies, const char *path,
				   struct cg_error *err)
{
	const char *below = path + cg_mounts_common_directory(mounts, path);
	size_t name_len = *below ? strcspn(below + 1, "/") : 0;
	const struct cg_hierarchy *hierarchy;
	cleanup_free char *name = NULL;

	if (below == path || may_be_a_cgroup(mounts, hierarchies, path))
		return 0;
	name = name_len ? strndup(below + 1, name_len) : NULL;
	hierarchy = name ? cg_hierarchy_find(hierarchies, name, NULL) : NULL;
	cg_error_set(err, 0, "%s is the name of a directory, not of a cgroup", path);
	if (!hierarchy)
		return cg_error_hint(err, "write %s", *below ? below : "/");
	below += 1 + name_len;
	return cg_error_hint(err, "write %s:%s", hierarchy->name, *below ? below : "/");
}

int cg_cgroup_refuse_directory(const struct cg_mounts *mounts,
			       const struct cg_hierarchies *hierarchies, const char *path,
			       struct cg_error *err)
{
	for (size_t i = mounts->count; i-- > 0;) {
		const struct cg_mount *mount = &mounts->items[i];
		const char *below = path + strlen(mount->point);
		const struct cg_hierarchy *hierarchy = cg_hierarchy_of_mount(hierarchies, mount);
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_free char *view = NULL;

		if (!hierarchy || !strcmp(mount->point, "/") ||
		    !cg_path_contains(mount->point, path) ||
		    cg_mounts_find_directory(mounts, AT_FDCWD, hierarchy->controllers, path,
					     &directory, NULL) != -ENOENT ||
		    cg_path_resolve(mount->root, *below ? below : "/", &view) < 0)
			continue;
		cg_error_set(err, 0, "%s is the name of a directory, not of a cgroup", path);
		return cg_error_hint(err, "write %s:%s", hierarchy->name, view);
	}
	return refuse_common_directory(mounts, hierarchies, path, err);
}

int cg_cgroup_open(const struct cg_mounts *mounts, const struct cg_hierarchy *hierarchy,
		   const char *path, bool create, struct cg_cgroup *cgroup, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_cgroup struct cg_cgroup opened = CG_CGROUP_INIT;
	const char *missing = "";
	int rc = create ? cg_mounts_find_nearest(mounts, hierarchy->controllers, path, &missing,
						 &directory, err)
			: cg_mounts_find_directory(mounts, AT_FDCWD, hierarchy->controllers, path,
						   &directory, err);

	if (rc < 0)
		return rc;

	cg_error_reset(err);
	opened.hierarchy = hierarchy;
	opened.path = strdup(path);
	opened.missing = *missing ? strdup(missing) : NULL;
	opened.dir = *missing ? join_path(directory.name, missing) : cg_steal_ptr(&directory.name);
	if (!opened.path || !opened.dir || (*missing && !opened.missing))
		return no_memory(err);
	opened.dirfd = cg_steal_fd(&directory.fd);
	*cgroup = opened;
	opened = (struct cg_cgroup)CG_CGROUP_INIT;
	return 0;
}

int cg_cgroup_open_child(const struct cg_cgroup *parent, const char *name, bool create,
			 struct cg_cgroup *child, struct cg_error *err)
{
	cleanup_cgroup struct cg_cgroup opened = CG_CGROUP_INIT;

	opened.hierarchy = parent->hierarchy;
	opened.path = join_path(parent->path, name);
	opened.dir = join_path(parent->dir, name);
	if (!opened.path || !opened.dir)
		return no_memory(err);
	if (!parent->missing)
		opened.dirfd = cg_cgroup_openat(parent->dirfd, name, O_PATH | O_DIRECTORY);
	if (opened.dirfd < 0) {
		int reason = parent->missing ? ENOENT : errno;

		if (reason != ENOENT || !create)
			return cg_error_set(err, reason, "cannot open %s in %s", opened.path,
					    opened.hierarchy->name);
		opened.missing = parent->missing ? join_path(parent->missing, name) : strdup(name);
		opened.dirfd = fcntl(parent->dirfd, F_DUPFD_CLOEXEC, 3);
		if (!opened.missing || opened.dirfd < 0)
			return cg_error_set(err, errno, "cannot open %s in %s", opened.path,
					    opened.hierarchy->name);
	}
	*child = opened;
	opened = (struct cg_cgroup)CG_CGROUP_INIT;
	return 0;
}
