/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directory shows a cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "directory.h"
#include "mountinfo/mountinfo.h"
#include "path.h"
#include "syscalls.h"

#define TRIED_MOUNTS_IN_HINT 4
#define MOST_TRIES	     16 /* at a cgroup that is removed and made again */

void cg_directory_free(struct cg_directory *directory)
{
	free(directory->name);
	cg_cleanup_fd(&directory->fd);
	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
}

bool cg_directory_reaches(const char *root, const char *path)
{
	return cg_path_climb(root) == cg_path_climb(path) && cg_path_contains(root, path);
}

const char *cg_directory_below(const char *root, const char *path)
{
	const char *rest = path + (strcmp(root, "/") == 0 ? 0 : strlen(root));

	while (*rest == '/')
		rest++;
	return rest;
}

char *cg_directory_join(const char *dir, const char *rest)
{
	const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";

	return *rest ? cg_format("%s%s%s", dir, slash, rest) : strdup(dir);
}

int cg_cgroup_version(int fd)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	switch (fs.f_type) {
	case CGROUP2_SUPER_MAGIC:
		return 2;
	case CGROUP_SUPER_MAGIC:
		return 1;
	default:
		return 0;
	}
}

int cg_mount_id(int fd)
{
	const int flags = AT_EMPTY_PATH | AT_STATX_DONT_SYNC; /* no filesystem is to be asked */
	struct statx stx;

	if (statx(fd, "", flags, STATX_MNT_ID, &stx) < 0 || !(stx.stx_mask & STATX_MNT_ID))
		return 0;
	return (int)stx.stx_mnt_id;
}

int cg_directory_check_alive(int dirfd)
{
	struct stat st;

	if (fstatat(dirfd, "cgroup.procs", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT || errno == ENODEV ? -ESTALE : -errno;
}

bool cg_directory_is_on(const struct cg_mount *mount, int fd)
{
	int seen = cg_mount_id(fd);

	return seen == 0 || seen == mount->id;
}

/* Whether an open directory is a living cgroup seen through that mount: 0 and *id, or why not. */
static int verify(const struct cg_mount *mount, int fd, uint64_t *id)
{
	struct stat st;
	int version;

	if (!cg_directory_is_on(mount, fd))
		return -ENXIO;
	version = cg_cgroup_version(fd);
	if (version < 0)
		return version;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (version != (mount->unified ? 2 : 1) || st.st_dev != mount->device)
		return -ENXIO;
	*id = st.st_ino;
	return cg_directory_check_alive(fd);
}

int cg_directory_open(int rootfd, const char *name)
{
	uint64_t resolve = RESOLVE_NO_SYMLINKS | (rootfd == AT_FDCWD ? 0 : RESOLVE_IN_ROOT);

	return cg_openat2(rootfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC, resolve);
}

int cg_directory_open_verified(const struct cg_mount *mount, int rootfd, const char *name,
			       uint64_t *id)
{
	cleanup_fd int fd = cg_directory_open(rootfd, name);
	int rc = fd < 0 ? -errno : verify(mount, fd, id);

	return rc < 0 ? rc : cg_steal_fd(&fd);
}

const char *cg_mount_shown_name(const char *controllers)
{
	return *controllers ? controllers : "unified";
}

/* ---- one mount ---- */

/* Why a mount did not do, for the list of those that were tried. */
static const char *words_for(int rc)
{
	switch (rc) {
	case -ENXIO:
		return "hidden by another mount";
	case -ESTALE:
		return "of a removed cgroup";
	default:
		return strerror(-rc);
	}
}

/* Why a cgroup is not found below a mount: -ENOENT if the mount itself is sound. */
static int check_mount(const struct cg_mount *mount, int rootfd)
{
	uint64_t id;
	cleanup_fd int top = cg_directory_open_verified(mount, rootfd, mount->point, &id);

	if (top == -ENOENT)
		return -ENXIO;
	return top < 0 ? top : -ENOENT;
}

/* ---- all mounts ---- */

/* What to look for, and what came of it. */
struct search {
	const struct cg_mounts *mounts;
	int rootfd;
	const char *controllers;
	const char *path;
	size_t *rest; /* out: how much of its end is not there; NULL: all of it has to be */
	const char
		*names; /* above the caller's root, to lift paths and roots by; NULL: not at all */
	struct cg_list tried; /* mounts, for the hint */
	size_t tried_count;
	bool missing;
};

static void tried_add(struct search *search, const struct cg_mount *mount, const char *why)
{
	if (search->tried_count++ < TRIED_MOUNTS_IN_HINT)
		cg_list_add(&search->tried, ", ", "%s (%s)", mount->point, why);
}

static int explain_no_directory(const struct search *search, struct cg_error *err)
{
	const char *name = cg_mount_shown_name(search->controllers);

	if (search->missing)
		return cg_error_set(err, ENOENT, "no cgroup %s in %s", search->path, name);
	cg_error_set(err, 0, "no directory shows %s in %s", search->path, name);
	if (search->tried_count == 0)
		cg_error_hint(err, "no mount of %s is there", name);
	else
		cg_error_hint(err, "tried %s%s", search->tried.text ?: "",
			      search->tried_count > TRIED_MOUNTS_IN_HINT ? " and others" : "");
	return -ENXIO;
}

/*
 * Opens what lies that way down from a mount's root or, where its end need not be there, as
 * much of it as is. Returns 0, -ENOENT (the mount is sound and has no such cgroup), or why it
 * does not show the cgroup.
 */
static int try_once(const struct search *search, const struct cg_mount *mount, const char *way,
		    struct cg_directory *directory)
{
	cleanup_free char *name = cg_directory_join(mount->point, way);
	size_t whole = name ? strlen(name) : 0;
	cleanup_fd int fd = -1;
	uint64_t id;

	if (!name)
		return -ENOMEM;
	fd = cg_directory_open_verified(mount, search->rootfd, name, &id);
	while (fd == -ENOENT && search->rest && strlen(name) > strlen(mount->point)) {
		char *slash = strrchr(name, '/');

		slash[slash == name] = '\0';
		fd = cg_directory_open_verified(mount, search->rootfd, name, &id);
	}
	if (fd < 0)
		return fd == -ENOENT ? check_mount(mount, search->rootfd) : fd;
	if (search->rest)
		*search->rest = whole - strlen(name);
	directory->name = cg_steal_ptr(&name);
	directory->fd = cg_steal_fd(&fd);
	directory->id = id;
	directory->mount = mount;
	return 0;
}

/* Between being opened and looked at it may be removed, and another of its name made. */
static int try_mount(const struct search *search, const struct cg_mount *mount, const char *way,
		     struct cg_directory *directory)
{
	int rc = try_once(search, mount, way, directory);

	for (int tries = 1; rc == -ESTALE && tries < MOST_TRIES; tries++) {
		if (check_mount(mount, search->rootfd) != -ENOENT)
			break;
		rc = try_once(search, mount, way, directory);
	}
	return rc;
}

static char *way_between(const char *root, const char *path, int *rc)
{
	char *way = NULL;

	if (cg_directory_reaches(root, path)) {
		way = strdup(cg_directory_below(root, path));
		*rc = way ? 0 : -ENOMEM;
	}
	return way;
}

/* The way from a mount's root down to the path, by known names, or NULL with *rc. */
static char *way_down(const struct search *search, const struct cg_mount *mount, int *rc)
{
	cleanup_free char *root = NULL;
	cleanup_free char *path = NULL;

	*rc = 0;
	if (!search->names)
		return way_between(mount->root, search->path, rc);
	*rc = cg_path_resolve(search->names, mount->root, &root);
	if (*rc == 0)
		*rc = cg_path_resolve(search->names, search->path, &path);
	if (*rc == 0)
		return way_between(root, path, rc);
	if (*rc == -EDOM) /* the names do not lead up so far */
		*rc = 0;
	return NULL;
}

/*
 * What may come of one mount and still leave it to the others: the cgroup is not
 * there, the mount is hidden, removed, out of reach. Anything else, as a system
 * call that a filter refuses, says nothing of mount or cgroup.
 */
static bool is_answer(int rc)
{
	switch (-rc) {
	case ENOENT:
	case ENXIO:
	case ESTALE:
	case ENODEV:
	case ENOTDIR:
	case ELOOP:
	case EACCES:
	case ENAMETOOLONG:
		return true;
	default:
		return false;
	}
}

/* Tries every mount. Returns 0, -ENOENT, -ENXIO or what ran short. */
static int search_mounts(struct search *search, struct cg_directory *directory)
{
	for (size_t i = 0; i < search->mounts->count; i++) {
		const struct cg_mount *mount = &search->mounts->items[i];
		cleanup_free char *way = NULL;
		int rc;

		if (!cg_mount_shows(mount, search->controllers))
			continue;
		way = way_down(search, mount, &rc);
		if (way)
			rc = try_mount(search, mount, way, directory);
		if ((way && rc == 0) || (rc < 0 && !is_answer(rc)))
			return rc;
		if (!way)
			tried_add(search, mount,
				  cg_path_climb(mount->root) ? "rooted above the caller's own root"
							     : "shows only part of the hierarchy");
		else if (rc == -ENOENT)
			search->missing = true;
		else
			tried_add(search, mount, words_for(rc));
	}
	return search->missing ? -ENOENT : -ENXIO;
}

static int find(const struct cg_mounts *mounts, int rootfd, const char *controllers,
		const char *path, size_t *rest, struct cg_directory *directory,
		struct cg_error *err)
{
	struct search search = {
		.mounts = mounts,
		.rootfd = rootfd,
		.controllers = controllers,
		.path = path,
		.rest = rest,
	};
	const struct cg_ancestors *ancestors = cg_mounts_ancestors(mounts, controllers);
	int rc;

	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
	rc = search_mounts(&search, directory);
	if (rc == -ENXIO && ancestors && cg_errno_is_shortage(ancestors->errnum))
		rc = -ancestors->errnum;
	if (rc == -ENXIO && ancestors && ancestors->names) {
		search.names = ancestors->names;
		search.tried_count = 0;
		cg_list_free(&search.tried);
		rc = search_mounts(&search, directory);
	}
	if (rc < 0 && !is_answer(rc))
		cg_error_set(err, -rc, "cannot look for the directory of %s", path);
	else if (rc < 0)
		rc = explain_no_directory(&search, err);
	cg_list_free(&search.tried);
	return rc;
}

int cg_mounts_find_directory(const struct cg_mounts *mounts, int rootfd, const char *controllers,
			     const char *path, struct cg_directory *directory, struct cg_error *err)
{
	return find(mounts, rootfd, controllers, path, NULL, directory, err);
}

int cg_mounts_find_nearest(const struct cg_mounts *mounts, const char *controllers,
			   const char *path, const char **missing, struct cg_directory *directory,
			   struct cg_error *err)
{
	size_t rest = 0;
	int rc = find(mounts, AT_FDCWD, controllers, path, &rest, directory, err);

	*missing = path + strlen(path) - rest;
	*missing += **missing == '/' && rest;
	return rc;
}
