/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgroupfs.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "cgroupfs_file.h"
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
	*cgroups = (struct cg_cgroups)CG_CGROUPS_INIT;
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

bool cg_cgroup_name_valid(const char *name)
{
	return *name && strcmp(name, ".") && strcmp(name, "..") && !strpbrk(name, "/\n") &&
	       strlen(name) <= NAME_MAX;
}

static char *join_path(const char *path, const char *name)
{
	char *joined;

	if (asprintf(&joined, "%s/%s", strcmp(path, "/") ? path : "", name) < 0)
		return NULL;
	return joined;
}

static int no_memory(struct cg_error *err)
{
	return cg_error_set(err, ENOMEM, "cannot open a cgroup");
}

/*
 * Finds the nearest ancestor of path that exists; *missing is the rest, or
 * NULL. The root of the view always exists, so this ends.
 */
static int find_nearest(const struct cg_mounts *mounts, const struct cg_hierarchy *hierarchy,
			const char *path, struct cg_directory *directory, char **missing,
			struct cg_error *err)
{
	cleanup_free char *upper = strdup(path);

	if (!upper)
		return no_memory(err);
	for (;;) {
		int rc = cg_mounts_find_directory(mounts, AT_FDCWD, hierarchy->controllers,
						  *upper ? upper : "/", directory, err);
		char *slash = strrchr(upper, '/');

		if (!rc && path[strlen(upper)]) {
			*missing = strdup(path + strlen(upper) + 1);
			if (!*missing)
				return no_memory(err);
		}
		if (rc != -ENOENT || !*upper || !slash)
			return rc;
		*slash = '\0';
	}
}

int cg_cgroup_open(const struct cg_mounts *mounts, const struct cg_hierarchy *hierarchy,
		   const char *path, bool create, struct cg_cgroup *cgroup, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_cgroup struct cg_cgroup opened = CG_CGROUP_INIT;
	int rc;

	if (create)
		rc = find_nearest(mounts, hierarchy, path, &directory, &opened.missing, err);
	else
		rc = cg_mounts_find_directory(mounts, AT_FDCWD, hierarchy->controllers, path,
					      &directory, err);
	if (rc < 0)
		return rc;

	cg_error_reset(err);
	opened.hierarchy = hierarchy;
	opened.path = strdup(path);
	opened.dir = opened.missing ? join_path(directory.name, opened.missing)
				    : cg_steal_ptr(&directory.name);
	if (!opened.path || !opened.dir)
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

		if (reason != ENOENT || !create) {
			cg_error_set(err, reason, "cannot open %s of %s", opened.path,
				     opened.hierarchy->name);
			return cg_cgroup_explain(&opened, CG_ATTEMPT_OPEN, reason, err);
		}
		opened.missing = parent->missing ? join_path(parent->missing, name) : strdup(name);
		opened.dirfd = fcntl(parent->dirfd, F_DUPFD_CLOEXEC, 3);
		if (!opened.missing || opened.dirfd < 0)
			return cg_error_set(err, errno, "cannot open %s of %s", opened.path,
					    opened.hierarchy->name);
	}
	*child = opened;
	opened = (struct cg_cgroup)CG_CGROUP_INIT;
	return 0;
}

int cg_cgroup_open_procs(struct cg_cgroup *cgroup, struct cg_error *err)
{
	if (cgroup->procs >= 0)
		return 0;
	cgroup->procs = cg_cgroup_openat(cgroup->dirfd, "cgroup.procs", O_WRONLY);
	if (cgroup->procs < 0) {
		int reason = errno;

		cg_error_set(err, reason, "cannot join %s of %s", cgroup->path,
			     cgroup->hierarchy->name);
		return cg_cgroup_explain(cgroup, CG_ATTEMPT_JOIN, reason, err);
	}
	return 0;
}

int cg_cgroups_open_origin(const struct cg_mounts *mounts, const struct cg_cgroups *cgroups,
			   struct cg_cgroups *origin, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		const struct cg_hierarchy *hierarchy = cgroups->items[i].hierarchy;
		cleanup_cgroup struct cg_cgroup cgroup = CG_CGROUP_INIT;
		cleanup_error struct cg_error ignored = CG_ERROR_INIT;
		int rc;

		if (!hierarchy->path)
			continue;
		rc = cg_cgroup_open(mounts, hierarchy, hierarchy->path, false, &cgroup, &ignored);
		if (!rc)
			rc = cg_cgroup_open_procs(&cgroup, &ignored);
		if (!rc)
			rc = cg_cgroups_put(origin, &cgroup, &ignored);
		if (rc == -ENOMEM)
			return no_memory(err);
	}
	return 0;
}

static int write_pid(const struct cg_cgroup *cgroup, pid_t pid)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", (int)pid);

	return write(cgroup->procs, text, (size_t)length) < 0 ? -errno : 0;
}

/* Takes the process back where it was, in the first count of the cgroups. */
static void go_back(const struct cg_cgroups *cgroups, size_t count, const struct cg_cgroups *origin,
		    pid_t pid)
{
	while (count-- > 0) {
		const struct cg_cgroup *home =
			cg_cgroups_find(origin, cgroups->items[count].hierarchy);

		if (home && home->procs >= 0)
			write_pid(home, pid);
	}
}

int cg_cgroups_join(const struct cg_cgroups *cgroups, const struct cg_cgroups *origin, pid_t pid,
		    enum cg_attempt attempt, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		const struct cg_cgroup *cgroup = &cgroups->items[i];
		int rc = write_pid(cgroup, pid);

		if (rc < 0) {
			go_back(cgroups, i, origin, pid);
			cg_error_set(err, -rc, "cannot join %s of %s", cgroup->path,
				     cgroup->hierarchy->name);
			return cg_cgroup_explain(cgroup, attempt, -rc, err);
		}
	}
	return 0;
}
