/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directory has an id, and which cgroup a directory is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "mountinfo.h"
#include "mountinfo_directory.h"
#include "syscalls.h"

#define FILEID_KERNFS 0xfe /* include/linux/exportfs.h: a 64 bit kernfs node id */

/* The name of an open file in the caller's root, as the kernel gives it. */
static char *name_of(int fd)
{
	char link[64];
	char name[PATH_MAX];
	ssize_t len;

	snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
	len = readlink(link, name, sizeof(name));
	if (len < 0 || (size_t)len == sizeof(name) || name[0] != '/')
		return NULL;
	return strndup(name, (size_t)len);
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

	if (top < 0 || (cg_directory_mount_id(top) != 0 && cg_directory_mount_id(top) != mount->id))
		return -ENXIO;
	memcpy(h.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(top, &h.handle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Opens name and makes sure that it is that cgroup, seen through that mount. */
static int open_verified(const struct cg_mount *mount, const char *name, uint64_t id,
			 struct cg_directory *directory)
{
	cleanup_fd int fd = cg_directory_open(AT_FDCWD, name);
	uint64_t seen;

	if (fd < 0)
		return -errno;
	if (cg_directory_verify(mount, fd, &seen) < 0 || seen != id)
		return -ENOENT;
	directory->name = strdup(name);
	if (!directory->name)
		return -ENOMEM;
	directory->fd = cg_steal_fd(&fd);
	directory->id = id;
	directory->mount = mount;
	return 0;
}

/* Looks below the open directory for the one with that inode; *name is its name if found. */
static int walk_for_id(int parent, const char *prefix, uint64_t id, char **name)
{
	cleanup_dir DIR *dir = NULL;
	cleanup_fd int fd = openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct dirent *entry;

	if (fd < 0)
		return -ENOENT;
	dir = fdopendir(fd);
	if (!dir)
		return -errno;
	cg_steal_fd(&fd);
	while ((entry = readdir(dir))) {
		cleanup_free char *child = NULL;
		cleanup_fd int childfd = -1;
		int rc;

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
		childfd = openat(dirfd(dir), entry->d_name,
				 O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
		rc = childfd < 0 ? -ENOENT : walk_for_id(childfd, child, id, name);
		if (rc != -ENOENT)
			return rc;
	}
	return -ENOENT;
}

/* The name of the directory with that id below the mount, without privileges. */
static int find_by_walk(const struct cg_mount *mount, uint64_t id, char **name)
{
	cleanup_fd int top = cg_directory_open(AT_FDCWD, mount->point);
	uint64_t seen;

	if (top < 0 || cg_directory_verify(mount, top, &seen) < 0)
		return -ENXIO;
	if (seen == id) {
		*name = strdup(mount->point);
		return *name ? 0 : -ENOMEM;
	}
	return walk_for_id(top, mount->point, id, name);
}

int cg_mount_find_id(const struct cg_mount *mount, uint64_t id, char **path,
		     struct cg_directory *directory)
{
	cleanup_free char *name = NULL;
	cleanup_fd int fd = open_by_id(mount, id);
	int rc = 0;

	if (fd == -EPERM)
		rc = find_by_walk(mount, id, &name);
	else if (fd < 0)
		rc = fd;
	else
		name = name_of(fd);
	if (rc == 0 && !name)
		rc = -ENOENT;
	if (rc == 0)
		*path = path_below(mount, name, &rc);
	if (rc == 0)
		rc = open_verified(mount, name, id, directory);
	if (rc < 0) {
		free(*path);
		*path = NULL;
	}
	return rc;
}

int cg_mounts_find_id(const struct cg_mounts *mounts, const char *controllers, uint64_t id,
		      char **path, struct cg_directory *directory, struct cg_error *err)
{
	bool mounted = false;

	*path = NULL;
	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
	for (size_t i = 0; i < mounts->count; i++) {
		int rc;

		if (!cg_mount_shows(&mounts->items[i], controllers))
			continue;
		mounted = true;
		rc = cg_mount_find_id(&mounts->items[i], id, path, directory);
		if (rc == 0)
			rc = cg_mounts_shorten(mounts, &mounts->items[i], path);
		if (rc == 0)
			return 0;
		cg_directory_free(directory);
		free(*path);
		*path = NULL;
		if (rc == -ENOMEM)
			return cg_error_set(err, ENOMEM, "cannot look for id %llu",
					    (unsigned long long)id);
	}
	cg_error_set(err, mounted ? ENOENT : ENXIO, "no cgroup with id %llu in %s",
		     (unsigned long long)id, cg_mount_shown_name(controllers));
	if (!mounted)
		return cg_error_hint(err, "no mount of %s is there to look it up in",
				     cg_mount_shown_name(controllers));
	return cg_error_hint(err, "ids belong to one hierarchy: --hierarchy chooses it");
}

/* The directory that fd is or is in, opened again by name, and its name. */
static int open_own_directory(int fd, struct stat *st, char **name, int *dirfd)
{
	struct stat file;

	if (fstat(fd, &file) < 0)
		return -errno;
	*name = name_of(fd);
	if (!*name)
		return -ESTALE;
	if (!S_ISDIR(file.st_mode) && strrchr(*name, '/') != *name)
		*strrchr(*name, '/') = '\0';
	*dirfd = S_ISDIR(file.st_mode) ? fcntl(fd, F_DUPFD_CLOEXEC, 0)
				       : cg_directory_open(AT_FDCWD, *name);
	if (*dirfd < 0 || fstat(*dirfd, st) < 0)
		return -errno;
	return st->st_dev == file.st_dev ? 0 : -ESTALE;
}

static const struct cg_mount *mount_with_id(const struct cg_mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->items[i].id == id)
			return &mounts->items[i];
	return NULL;
}

/* For a directory of another mount namespace: any mount of ours that shows that cgroup. */
static const struct cg_mount *mount_showing(const struct cg_mounts *mounts, const struct stat *st,
					    char **path)
{
	for (size_t i = 0; i < mounts->count; i++) {
		struct cg_directory directory = CG_DIRECTORY_INIT;
		const struct cg_mount *mount = &mounts->items[i];

		if (mount->device != st->st_dev)
			continue;
		if (cg_mount_find_id(mount, st->st_ino, path, &directory) == 0) {
			cg_directory_free(&directory);
			return mount;
		}
	}
	return NULL;
}

int cg_mounts_identify(const struct cg_mounts *mounts, int fd, char **path,
		       const struct cg_mount **mount, uint64_t *id, struct cg_error *err)
{
	cleanup_free char *name = NULL;
	cleanup_fd int dirfd = -1;
	struct stat st;
	int rc = cg_directory_is_cgroup(fd, true);

	*path = NULL;
	if (rc == 0)
		rc = cg_directory_is_cgroup(fd, false);
	if (rc == 0)
		return cg_error_set(err, EMEDIUMTYPE, "not on a cgroup file system");
	if (rc > 0)
		rc = open_own_directory(fd, &st, &name, &dirfd);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot find the cgroup's directory");
	rc = cg_directory_check_alive(dirfd);
	if (rc == -ESTALE)
		return cg_error_set(err, ESTALE, "the cgroup of that directory was removed");
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot examine the cgroup's directory");
	*id = st.st_ino;
	*mount = mount_with_id(mounts, cg_directory_mount_id(dirfd));
	if (*mount)
		*path = path_below(*mount, name, &rc);
	else
		*mount = mount_showing(mounts, &st, path);
	if (*mount && *path)
		rc = cg_mounts_shorten(mounts, *mount, path);
	if (*mount && *path && rc == 0)
		return 0;
	free(*path);
	*path = NULL;
	if (rc == -EPERM || rc == -EACCES) {
		cg_error_set(err, -rc, "cannot tell that directory's path in the caller's view");
		return cg_error_hint(err, "its mount is rooted above the caller's own root, whose "
					  "name is found with CAP_SYS_ADMIN");
	}
	return cg_error_set(err, rc == -ENOMEM ? ENOMEM : ENXIO,
			    "no cgroup mount of the caller's shows that directory");
}
