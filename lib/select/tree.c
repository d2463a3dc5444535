/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks down the directories of a cgroup hierarchy. */
#include "select/tree.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "error.h"
#include "path.h"
#include "syscalls.h"

/* A cgroup without children: the kernel counts those in its directory's links. */
#define LINKS_OF_LEAF 2

struct walk {
	cg_tree_visit visit;
	void *data;
	char *path; /* of the cgroup that is visited */
	size_t len, size;
	bool hidden; /* some may be there that could not be visited */
};

/* Appends a name. Returns 0 or -ENOMEM. */
static int push(struct walk *walk, const char *name)
{
	size_t len = strlen(name);
	bool is_top = walk->len == 1;

	if (walk->len + len + 2 > walk->size) {
		size_t size = (walk->len + len + 2) * 2;
		char *path = realloc(walk->path, size);

		if (!path)
			return -ENOMEM;
		walk->path = path;
		walk->size = size;
	}
	if (!is_top)
		walk->path[walk->len++] = '/';
	memcpy(walk->path + walk->len, name, len + 1);
	walk->len += len;
	return 0;
}

/* 0 for what says that a cgroup went away, or that its directory may not be read. */
static int unless_unseen(struct walk *walk, int rc)
{
	walk->hidden |= rc == -EACCES;
	return rc == -ENOENT || rc == -ENODEV || rc == -EACCES ? 0 : rc;
}

static int visit(struct walk *walk, int parent, const char *name);

static int visit_children(struct walk *walk, DIR *dir)
{
	struct dirent *entry;
	size_t len = walk->len;
	int rc = 0;

	while (rc == 0 && (rc = unless_unseen(walk, cg_readdir(dir, &entry))) == 0 && entry) {
		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		rc = push(walk, entry->d_name);
		if (rc == 0)
			rc = visit(walk, dirfd(dir), entry->d_name);
		walk->len = len;
		walk->path[len] = '\0';
	}
	return rc;
}

/* Another mount's directory may be any cgroup, or none: what lies below it is not visited. */
static bool is_covered(const char *name, const struct statx *stx)
{
	return strcmp(name, ".") != 0 && stx->stx_attributes & STATX_ATTR_MOUNT_ROOT;
}

static int visit(struct walk *walk, int parent, const char *name)
{
	const int flags = AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
	cleanup_dir DIR *dir = NULL;
	struct statx stx;
	int rc;

	if (statx(parent, name, flags, STATX_NLINK, &stx) < 0)
		return unless_unseen(walk, -errno);
	if (is_covered(name, &stx)) {
		walk->hidden = true;
		return 0;
	}
	rc = walk->visit(parent, name, walk->path, walk->data);
	if (rc != 0)
		return rc == CG_TREE_SKIP ? 0 : rc;
	if (stx.stx_nlink == LINKS_OF_LEAF)
		return 0;
	rc = cg_opendir(parent, name, &dir);
	return rc < 0 ? unless_unseen(walk, rc) : visit_children(walk, dir);
}

int cg_tree_walk(int fd, const char *path, cg_tree_visit visit_one, void *data)
{
	struct walk walk = { .visit = visit_one, .data = data, .path = strdup(path) };
	int rc;

	if (!walk.path)
		return -ENOMEM;
	walk.len = strlen(path);
	walk.size = walk.len + 1;
	rc = visit(&walk, fd, ".");
	free(walk.path);
	return rc < 0 ? rc : walk.hidden;
}

/* Whether a is a better place to begin at than b: an ancestor of the caller's own root, and a high
 * one. */
static bool is_higher(const char *a, const char *b)
{
	return *cg_path_basename(a) == '\0' && cg_path_climb(a) > cg_path_climb(b);
}

int cg_tree_open_top(const struct cg_mounts *mounts, const char *controllers,
		     struct cg_directory *directory, char **path, struct cg_error *err)
{
	const char *top = "/";
	const char *any = NULL;
	int rc;

	*path = NULL;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct cg_mount *mount = &mounts->items[i];

		if (!cg_mount_shows(mount, controllers))
			continue;
		top = is_higher(mount->root, top) ? mount->root : top;
		any = any ?: mount->root;
	}
	rc = cg_mounts_find_directory(mounts, AT_FDCWD, controllers, top, directory, err);
	if (rc < 0 && !cg_errno_is_shortage(-rc) && strcmp(top, "/") != 0) {
		cg_error_reset(err);
		top = "/";
		rc = cg_mounts_find_directory(mounts, AT_FDCWD, controllers, top, directory, err);
	}
	if (rc < 0 && !cg_errno_is_shortage(-rc) && any) {
		cg_error_reset(err);
		top = any;
		rc = cg_mounts_find_directory(mounts, AT_FDCWD, controllers, top, directory, err);
	}
	if (rc < 0)
		return rc;
	*path = strdup(top);
	if (*path)
		return 0;
	cg_directory_free(directory);
	return cg_error_set(err, ENOMEM, "cannot look through a hierarchy");
}
