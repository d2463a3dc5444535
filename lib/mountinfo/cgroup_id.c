/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directory has an id, and which cgroup a directory is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "directory.h"
#include "mountinfo/mountinfo.h"
#include "path.h"
#include "syscalls.h"

#define FILEID_KERNFS  0xfe /* include/linux/exportfs.h: a 64 bit kernfs node id */
#define HIERARCHY_ROOT 1    /* id of its topmost cgroup: a kernfs counts from its root on */

/*
 * The name of an open file in the caller's root, as the kernel gives it.
 * Returns 0 or a negative errno value: -ENXIO for one that has none there.
 */
static int find_name(int fd, char **name)
{
	char link[64];
	char text[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlinkat(AT_FDCWD, link, text, sizeof(text));
	if (len < 0)
		return errno == ENOENT ? -EIO : -errno; /* no /proc: nothing is known */
	if ((size_t)len == sizeof(text))
		return -ENAMETOOLONG;
	if (text[0] != '/')
		return -ENXIO;
	*name = strndup(text, (size_t)len);
	return *name ? 0 : -ENOMEM;
}

/* The path of what name is below the mount point, or NULL with -errno in *rc. */
static char *path_below(const struct cg_mount *mount, const char *name, int *rc)
{
	char *path = NULL;

	if (!cg_directory_reaches(mount->point, name)) {
		*rc = -ENXIO;
		return NULL;
	}
	path = cg_directory_join(mount->root, cg_directory_below(mount->point, name));
	*rc = path ? 0 : -ENOMEM;
	return path;
}

static int open_by_id(const struct cg_mount *mount, uint64_t id)
{
	union {
		struct file_handle handle;
		char room[sizeof(struct file_handle) + sizeof(id)];
	} h = { .handle = { .handle_bytes = sizeof(id), .handle_type = FILEID_KERNFS } };
	cleanup_fd int top = cg_openat2(AT_FDCWD, mount->point, O_RDONLY | O_DIRECTORY | O_CLOEXEC,
					RESOLVE_NO_SYMLINKS);
	int fd;

	if (top < 0)
		return errno == ENOENT ? -ENXIO : -errno;
	if (cg_mount_id(top) != 0 && cg_mount_id(top) != mount->id)
		return -ENXIO;
	memcpy(h.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(top, &h.handle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Opens name and makes sure that it is that cgroup, seen through that mount. */
static int open_verified(const struct cg_mount *mount, const char *name, uint64_t id,
			 struct cg_directory *directory)
{
	uint64_t seen;
	cleanup_fd int fd = cg_directory_open_verified(mount, AT_FDCWD, name, &seen);

	if (fd < 0)
		return fd;
	if (seen != id)
		return -ENOENT;
	directory->name = strdup(name);
	if (!directory->name)
		return -ENOMEM;
	directory->fd = cg_steal_fd(&fd);
	directory->id = id;
	directory->mount = mount;
	return 0;
}

/* Whether an errno value says that a directory is gone, or never was. */
static bool is_gone(int rc)
{
	return rc == -ENOENT || rc == -ENODEV || rc == -ESTALE;
}

/* Whether what came of one mount says that the cgroup is not below it. */
static bool is_not_there(int rc)
{
	return is_gone(rc) || rc == -ENXIO;
}

/*
 * Looks below the directory called entry in parent, whose name is *name, for
 * the one with that inode; it is *name if found. A descriptor for each level.
 * Returns 0, -ENOENT, or why that could not be looked for everywhere: -ENXIO where another
 * mount covers a part of it.
 */
static int walk_for_id(const struct cg_mount *mount, int parent, const char *entry_name,
		       const char *prefix, uint64_t id, char **name)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int rc = cg_opendir(parent, entry_name, &dir), failed = -ENOENT;

	if (rc < 0)
		return is_gone(rc) ? -ENOENT : rc;
	if (!cg_directory_is_on(mount, dirfd(dir)))
		return -ENXIO;
	while ((rc = cg_readdir(dir, &entry)) == 0 && entry) {
		cleanup_free char *child = NULL;

		if (entry->d_type != DT_DIR || strcmp(entry->d_name, ".") == 0 ||
		    strcmp(entry->d_name, "..") == 0)
			continue;
		child = cg_directory_join(prefix, entry->d_name);
		if (!child)
			return -ENOMEM;
		if (entry->d_ino == id) {
			*name = cg_steal_ptr(&child);
			return 0;
		}
		rc = walk_for_id(mount, dirfd(dir), entry->d_name, child, id, name);
		if (rc == 0 || cg_errno_is_shortage(-rc))
			return rc;
		if (rc != -ENOENT)
			failed = rc;
	}
	return rc < 0 && !is_gone(rc) ? rc : failed;
}

/* The name of the directory with that id below the mount, without privileges. */
static int find_by_walk(const struct cg_mount *mount, uint64_t id, char **name)
{
	uint64_t top_id;
	cleanup_fd int top = cg_directory_open_verified(mount, AT_FDCWD, mount->point, &top_id);
	int rc;

	if (top < 0)
		return top == -ENOENT ? -ENXIO : top;
	if (top_id == id) {
		*name = strdup(mount->point);
		return *name ? 0 : -ENOMEM;
	}
	rc = walk_for_id(mount, top, ".", mount->point, id, name);
	return rc == -ENOENT && top_id != HIERARCHY_ROOT ? -ENXIO : rc; /* a part of the tree */
}

int cg_mount_find_id(const struct cg_mount *mount, uint64_t id, char **path,
		     struct cg_directory *directory)
{
	cleanup_free char *name = NULL;
	cleanup_fd int fd = open_by_id(mount, id);
	int rc = 0;

	if (fd >= 0)
		rc = find_name(fd, &name);
	else if (is_not_there(fd) || cg_errno_is_shortage(-fd))
		rc = fd;
	else /* not allowed to, or not possible */
		rc = find_by_walk(mount, id, &name);
	if (rc == 0)
		*path = path_below(mount, name, &rc);
	if (rc == 0)
		rc = open_verified(mount, name, id, directory);
	if (is_gone(rc) && fd >= 0 && cg_directory_check_alive(fd) == 0)
		rc = -ENXIO; /* by that name there is something else, on another mount */
	if (rc < 0) {
		free(*path);
		*path = NULL;
	}
	return rc;
}

/*
 * A path found by way of a mount above the caller's own root may lead up and
 * down again to below it; the kernel would print the short way, and so it is
 * in *path then. Returns 0, or a negative errno value with *path as it was.
 */
static int shorten(const struct cg_mounts *mounts, const struct cg_mount *mount, char **path)
{
	const struct cg_ancestors *ancestors = NULL;
	cleanup_free char *above = NULL;
	char *shorter = NULL;
	int rc;

	if (!cg_mount_is_above(mount) || *cg_path_names(*path) == '\0')
		return 0;
	for (size_t i = 0; !ancestors && i < mounts->ancestor_count; i++)
		if (cg_mount_shows(mount, mounts->ancestors[i].controllers))
			ancestors = &mounts->ancestors[i];
	if (!ancestors || !ancestors->names)
		return ancestors ? -ancestors->errnum : -ENXIO;
	rc = cg_path_resolve(ancestors->names, *path, &above);
	if (rc == 0)
		rc = cg_path_relative(ancestors->names, above, &shorter);
	if (rc == 0) {
		free(*path);
		*path = shorter;
	}
	return rc;
}

int cg_mounts_find_id(const struct cg_mounts *mounts, const char *controllers, uint64_t id,
		      char **path, struct cg_directory *directory, struct cg_error *err)
{
	bool mounted = false, missing = false;
	int failed = 0;

	*path = NULL;
	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
	for (size_t i = 0; i < mounts->count; i++) {
		int rc;

		if (!cg_mount_shows(&mounts->items[i], controllers))
			continue;
		mounted = true;
		rc = cg_mount_find_id(&mounts->items[i], id, path, directory);
		if (rc == 0)
			rc = shorten(mounts, &mounts->items[i], path);
		if (rc == 0)
			return 0;
		cg_directory_free(directory);
		free(*path);
		*path = NULL;
		missing |= is_gone(rc);
		if (!is_not_there(rc))
			failed = rc;
	}
	if (failed < 0)
		return cg_error_set(err, -failed, "cannot look for id %ju in %s", (uintmax_t)id,
				    cg_mount_shown_name(controllers));
	if (!missing) {
		cg_error_set(err, 0, "no directory shows the cgroup with id %ju in %s",
			     (uintmax_t)id, cg_mount_shown_name(controllers));
		cg_error_hint(err, "%s",
			      mounted ? "its mounts show only a part of it, or are hidden"
				      : "it is not mounted");
		return -ENXIO;
	}
	cg_error_set(err, ENOENT, "no cgroup with id %ju in %s", (uintmax_t)id,
		     cg_mount_shown_name(controllers));
	return cg_error_hint(err, "ids belong to one hierarchy: --hierarchy chooses it");
}

/* The directory that fd is or is in, opened again by name, and its name. */
static int open_own_directory(int fd, struct stat *st, char **name, int *dirfd)
{
	struct stat file;
	int rc = fstat(fd, &file) < 0 ? -errno : find_name(fd, name);

	if (rc < 0)
		return rc;
	if (!S_ISDIR(file.st_mode) && strrchr(*name, '/') != *name)
		*strrchr(*name, '/') = '\0';
	*dirfd = S_ISDIR(file.st_mode) ? fcntl(fd, F_DUPFD_CLOEXEC, 0)
				       : cg_directory_open(AT_FDCWD, *name);
	if (*dirfd < 0 || fstat(*dirfd, st) < 0)
		return -errno;
	return st->st_dev == file.st_dev ? 0 : -ESTALE;
}

/*
 * For a directory of another mount namespace: any mount of ours that shows that
 * cgroup, or NULL, with 0 in *rc where there is none.
 */
static const struct cg_mount *mount_showing(const struct cg_mounts *mounts, const struct stat *st,
					    char **path, int *rc)
{
	for (size_t i = 0; i < mounts->count; i++) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		const struct cg_mount *mount = &mounts->items[i];
		int found;

		if (mount->device != st->st_dev)
			continue;
		found = cg_mount_find_id(mount, st->st_ino, path, &directory);
		if (found == 0)
			return mount;
		if (!is_not_there(found))
			*rc = found;
	}
	return NULL;
}

int cg_mounts_identify(const struct cg_mounts *mounts, int fd, char **path,
		       const struct cg_mount **mount, uint64_t *id, struct cg_error *err)
{
	cleanup_free char *name = NULL;
	cleanup_fd int dirfd = -1;
	struct stat st;
	int rc = cg_cgroup_version(fd);

	*path = NULL;
	if (rc == 0) {
		cg_error_set(err, 0, "not on a cgroup filesystem");
		return -EMEDIUMTYPE;
	}
	if (rc > 0)
		rc = open_own_directory(fd, &st, &name, &dirfd);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot find the cgroup's directory");
	rc = cg_directory_check_alive(dirfd);
	if (rc == -ESTALE) {
		cg_error_set(err, 0, "the cgroup of that directory was removed");
		return -ESTALE;
	}
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot examine the cgroup's directory");
	*id = st.st_ino;
	*mount = cg_mounts_by_id(mounts, cg_mount_id(dirfd));
	if (*mount)
		*path = path_below(*mount, name, &rc);
	else
		*mount = mount_showing(mounts, &st, path, &rc);
	if (*mount && *path)
		rc = shorten(mounts, *mount, path);
	if (*mount && *path && rc == 0)
		return 0;
	free(*path);
	*path = NULL;
	if (rc == -EPERM || rc == -EACCES) {
		cg_error_set(err, -rc, "cannot tell that directory's path in the caller's view");
		return cg_error_hint(err, "its mount is rooted above the caller's own root, whose "
					  "name is found with CAP_SYS_ADMIN");
	}
	if (rc < 0 && !is_not_there(rc))
		return cg_error_set(err, -rc,
				    "cannot tell that directory's path in the caller's view");
	cg_error_set(err, 0, "no cgroup mount of the caller's shows that directory");
	return -ENXIO;
}
