/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directory shows a cgroup, and which cgroup a directory is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>

#include "mountinfo.h"
#include "path.h"
#include "syscalls.h"
#include "target.h"

#define FILEID_KERNFS	     0xfe /* include/linux/exportfs.h: a 64 bit kernfs node id */
#define TRIED_MOUNTS_IN_HINT 4

void cg_directory_free(struct cg_directory *directory)
{
	free(directory->name);
	cg_cleanup_fd(&directory->fd);
	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
}

/*
 * Whether path lies below root by names that are known: from a root above the
 * caller's own ("/..") the way down begins with a name that no view tells.
 */
static bool reaches(const char *root, const char *path)
{
	return cg_path_climb(root) == cg_path_climb(path) && cg_path_contains(root, path);
}

/* What is left of path below a root that reaches it: a pointer into path. */
static const char *below(const char *root, const char *path)
{
	const char *rest = path + (strcmp(root, "/") == 0 ? 0 : strlen(root));

	while (*rest == '/')
		rest++;
	return rest;
}

static char *join(const char *dir, const char *rest)
{
	const char *slash = dir[strlen(dir) - 1] == '/' ? "" : "/";
	char *name;

	if (*rest == '\0')
		return strdup(dir);
	return asprintf(&name, "%s%s%s", dir, slash, rest) < 0 ? NULL : name;
}

/* 1 if fd is on a file system of cgroups of that version, 0 if not, or -errno. */
static int is_cgroup_filesystem(int fd, bool unified)
{
	struct statfs fs;

	if (fstatfs(fd, &fs) < 0)
		return -errno;
	return (unsigned long)fs.f_type == (unified ? CGROUP2_SUPER_MAGIC : CGROUP_SUPER_MAGIC);
}

/* The id of the mount that fd was opened through, or 0 where the kernel is too old (5.8). */
static int mount_id(int fd)
{
	struct statx stx;

	if (statx(fd, "", AT_EMPTY_PATH, STATX_MNT_ID, &stx) < 0 || !(stx.stx_mask & STATX_MNT_ID))
		return 0;
	return (int)stx.stx_mnt_id;
}

/*
 * A removed cgroup's directory can still be open or mounted: its files are
 * gone. Returns 0, -ESTALE for a removed one, or another negative errno value.
 */
static int check_alive(int dirfd)
{
	struct stat st;

	if (fstatat(dirfd, "cgroup.procs", &st, AT_SYMLINK_NOFOLLOW) == 0)
		return 0;
	return errno == ENOENT || errno == ENODEV ? -ESTALE : -errno;
}

/*
 * Whether an open directory is a living cgroup seen through that mount. Returns
 * 0 and *id, -ENXIO: something else hides it, -ESTALE: its cgroup was removed,
 * or another negative errno value.
 */
static int verify(const struct cg_mount *mount, int fd, uint64_t *id)
{
	int rc = is_cgroup_filesystem(fd, mount->unified);
	int seen = mount_id(fd);
	struct stat st;

	if (rc < 0)
		return rc;
	if (fstat(fd, &st) < 0)
		return -errno;
	if (rc == 0 || st.st_dev != mount->device || (seen != 0 && seen != mount->id))
		return -ENXIO;
	*id = st.st_ino;
	return check_alive(fd);
}

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

static int open_in(int rootfd, const char *name)
{
	uint64_t resolve = RESOLVE_NO_SYMLINKS | (rootfd == AT_FDCWD ? 0 : RESOLVE_IN_ROOT);

	return cg_openat2(rootfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC, resolve);
}

/* Why a cgroup is not found below a mount: -ENOENT if the mount itself is sound. */
static int check_mount(const struct cg_mount *mount, int rootfd)
{
	cleanup_fd int top = open_in(rootfd, mount->point);
	uint64_t id;
	int rc;

	if (top < 0)
		return errno == ENOENT ? -ENXIO : -errno;
	rc = verify(mount, top, &id);
	return rc < 0 ? rc : -ENOENT;
}

/*
 * Opens path below one mount that reaches it. Returns 0, -ENOENT (the mount is
 * sound and has no such cgroup), or why it does not show the cgroup.
 */
static int try_mount(const struct cg_mount *mount, int rootfd, const char *path,
		     struct cg_directory *directory)
{
	cleanup_free char *name = join(mount->point, below(mount->root, path));
	cleanup_fd int fd = -1;
	uint64_t id;
	int rc;

	if (!name)
		return -ENOMEM;
	fd = open_in(rootfd, name);
	if (fd < 0)
		return errno == ENOENT ? check_mount(mount, rootfd) : -errno;
	rc = verify(mount, fd, &id);
	if (rc < 0)
		return rc;
	directory->name = cg_steal_ptr(&name);
	directory->fd = cg_steal_fd(&fd);
	directory->id = id;
	directory->mount = mount;
	return 0;
}

static const char *shown_name(const char *controllers)
{
	return *controllers ? controllers : "unified";
}

/* A list of mounts that were tried, grown for the hint. */
struct tried {
	char *text;
	size_t count;
};

static void tried_add(struct tried *tried, const struct cg_mount *mount, const char *why)
{
	char *longer;

	if (tried->count++ >= TRIED_MOUNTS_IN_HINT)
		return;
	if (asprintf(&longer, "%s%s%s (%s)", tried->text ? tried->text : "",
		     tried->text ? ", " : "", mount->point, why) < 0)
		return;
	free(tried->text);
	tried->text = longer;
}

static int explain_no_directory(const char *controllers, const char *path, bool missing,
				const struct tried *tried, struct cg_error *err)
{
	const char *name = shown_name(controllers);

	if (missing)
		return cg_error_set(err, ENOENT, "no cgroup %s in %s", path, name);
	cg_error_set(err, 0, "no directory shows %s of %s", path, name);
	if (tried->count == 0)
		cg_error_hint(err, "no mount of %s is there", name);
	else
		cg_error_hint(err, "tried %s%s", tried->text ? tried->text : "",
			      tried->count > TRIED_MOUNTS_IN_HINT ? " and others" : "");
	return -ENXIO;
}

/* ---- ids ---- */

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

	if (!reaches(mount->point, name)) {
		*rc = -ENXIO;
		return NULL;
	}
	path = join(mount->root, below(mount->point, name));
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

	if (top < 0 || (mount_id(top) != 0 && mount_id(top) != mount->id))
		return -ENXIO;
	memcpy(h.handle.f_handle, &id, sizeof(id));
	fd = open_by_handle_at(top, &h.handle, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

/* Opens name and makes sure that it is that cgroup, seen through that mount. */
static int open_verified(const struct cg_mount *mount, const char *name, uint64_t id,
			 struct cg_directory *directory)
{
	cleanup_fd int fd = open_in(AT_FDCWD, name);
	uint64_t seen;

	if (fd < 0)
		return -errno;
	if (verify(mount, fd, &seen) < 0 || seen != id)
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
		child = join(prefix, entry->d_name);
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
	cleanup_fd int top = open_in(AT_FDCWD, mount->point);
	uint64_t seen;

	if (top < 0 || verify(mount, top, &seen) < 0)
		return -ENXIO;
	if (seen == id) {
		*name = strdup(mount->point);
		return *name ? 0 : -ENOMEM;
	}
	return walk_for_id(top, mount->point, id, name);
}

static int find_id_in(const struct cg_mount *mount, uint64_t id, char **path,
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

/* ---- directories by path ---- */

/* Sets up a v1 hierarchy's options: "cpu,cpuacct" or "name=systemd". */
static int configure(int fs, const char *controllers)
{
	cleanup_free char *copy = strdup(controllers);
	char *rest = copy;
	char *option;

	while ((option = strsep(&rest, ","))) {
		char *value = strchr(option, '=');
		int rc;

		if (value)
			*value++ = '\0';
		rc = fsconfig(fs, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, option, value,
			      0);
		if (rc < 0)
			return -errno;
	}
	return copy ? 0 : -ENOMEM;
}

/*
 * A mount of the hierarchy that is rooted in the caller's own root and
 * attached nowhere (fsmount(2), Linux 5.2). Never in the initial namespace:
 * there every mount shows the root anyway, and a new one of cgroup2 would
 * change the mount options of the whole host.
 */
static int mount_detached(const char *controllers)
{
	cleanup_fd int fs = -1;
	struct stat st;
	int fd;

	if (stat("/proc/self/ns/cgroup", &st) < 0 || st.st_ino == CG_INITIAL_NS_INODE)
		return -EPERM;
	fs = fsopen(*controllers ? "cgroup" : "cgroup2", FSOPEN_CLOEXEC);
	if (fs < 0)
		return -errno;
	if (*controllers && configure(fs, controllers) < 0)
		return -EINVAL;
	if (fsconfig(fs, FSCONFIG_CMD_CREATE, NULL, NULL, 0) < 0)
		return -errno;
	fd = fsmount(fs, FSMOUNT_CLOEXEC, MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	return fd < 0 ? -errno : fd;
}

/* ---- above the caller's own root ---- */

/* The part of a view after its leading "..": "" for "/..". */
static const char *names_of(const char *view)
{
	return view + cg_path_climb(view) * strlen("/..");
}

/* Whether a mount shows the caller's own root and at least climb levels above it. */
static bool is_above(const struct cg_mount *mount, size_t climb)
{
	return cg_path_climb(mount->root) >= climb && *names_of(mount->root) == '\0';
}

int cg_mounts_anchor(const struct cg_mounts *mounts, const char *controllers, size_t climb,
		     char **anchor)
{
	cleanup_fd int top = mount_detached(controllers);
	struct stat st;

	if (top < 0)
		return top;
	if (fstat(top, &st) < 0)
		return -errno;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct cg_mount *mount = &mounts->items[i];
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_free char *seen = NULL;

		if (!cg_mount_shows(mount, controllers) || !is_above(mount, climb) ||
		    find_id_in(mount, st.st_ino, &seen, &directory) < 0)
			continue;
		*anchor = strdup(names_of(seen));
		return *anchor ? 0 : -ENOMEM;
	}
	return -ENXIO;
}

/* The options of a v1 mount that name its hierarchy: all but those that tune it. */
static char *controllers_of(const struct cg_mount *mount)
{
	static const char tuning[] = "rw,ro,xattr,noprefix,clone_children,cpuset_v2_mode,"
				     "favordynmods,nofavordynmods,sync,dirsync,lazytime,mand";
	size_t size = strlen(mount->super_options) + 1;
	char *controllers = calloc(1, size);
	char *to = controllers;

	if (!controllers || mount->unified)
		return controllers;
	for (const char *at = mount->super_options; *at;) {
		size_t len = strcspn(at, ",");

		if (!cg_mount_has_option(tuning, at, len) &&
		    strncmp(at, "release_agent=", strlen("release_agent=")) != 0) {
			if (to != controllers)
				*to++ = ',';
			to = mempcpy(to, at, len);
		}
		at += len + (at[len] == ',');
	}
	return controllers;
}

/*
 * A path found by way of a mount above the caller's own root may lead up and
 * down again to below it; the kernel would print the short way.
 */
static int shorten(const struct cg_mounts *mounts, const struct cg_mount *mount, char **path)
{
	cleanup_free char *controllers = NULL;
	cleanup_free char *anchor = NULL;
	cleanup_free char *lifted = NULL;
	char *shorter = NULL;
	int rc;

	if (cg_path_climb(*path) == 0 || *names_of(mount->root) || !*names_of(*path))
		return 0;
	controllers = controllers_of(mount);
	rc = controllers ? cg_mounts_anchor(mounts, controllers, cg_path_climb(*path), &anchor)
			 : -ENOMEM;
	if (rc == 0)
		rc = cg_path_resolve(anchor, *path, &lifted);
	if (rc == 0)
		rc = cg_path_relative(anchor, lifted, &shorter);
	if (rc == 0) {
		free(*path);
		*path = shorter;
	}
	return rc;
}

/*
 * Mounts that are older than the caller's namespace are rooted above its root,
 * and no view names the way down from there. The cgroup's id leads to it.
 */
static int find_in_old_mounts(const struct cg_mounts *mounts, const char *controllers,
			      const char *path, struct cg_directory *directory, bool *missing)
{
	cleanup_fd int top = cg_path_climb(path) ? -1 : mount_detached(controllers);
	const char *rest = below("/", path);
	cleanup_fd int fd = -1;
	struct stat st;

	if (top < 0)
		return -ENXIO;
	fd = cg_openat2(top, *rest ? rest : ".", O_PATH | O_DIRECTORY | O_CLOEXEC,
			RESOLVE_NO_SYMLINKS | RESOLVE_BENEATH);
	*missing = fd < 0 && errno == ENOENT;
	if (fd < 0 || fstat(fd, &st) < 0)
		return *missing ? -ENOENT : -ENXIO;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct cg_mount *mount = &mounts->items[i];
		cleanup_free char *seen = NULL;

		if (cg_mount_shows(mount, controllers) && cg_path_climb(mount->root) > 0 &&
		    find_id_in(mount, st.st_ino, &seen, directory) == 0)
			return 0;
	}
	return -ENXIO;
}

int cg_mounts_find_directory(const struct cg_mounts *mounts, int rootfd, const char *controllers,
			     const char *path, struct cg_directory *directory, struct cg_error *err)
{
	struct tried tried = { NULL, 0 };
	bool missing = false;
	int rc = -ENXIO;

	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
	for (size_t i = 0; i < mounts->count; i++) {
		const struct cg_mount *mount = &mounts->items[i];

		if (!cg_mount_shows(mount, controllers))
			continue;
		if (!reaches(mount->root, path)) {
			tried_add(&tried, mount,
				  cg_path_climb(mount->root) ? "rooted above the caller's own root"
							     : "shows only part of the hierarchy");
			continue;
		}
		rc = try_mount(mount, rootfd, path, directory);
		if (rc == 0 || cg_errno_is_shortage(-rc))
			break;
		if (rc == -ENOENT)
			missing = true;
		else
			tried_add(&tried, mount, words_for(rc));
	}
	if (rc < 0 && !cg_errno_is_shortage(-rc) && !missing && rootfd == AT_FDCWD)
		rc = find_in_old_mounts(mounts, controllers, path, directory, &missing);
	if (rc < 0 && cg_errno_is_shortage(-rc))
		cg_error_set(err, -rc, "cannot look for the directory of %s", path);
	else if (rc < 0)
		rc = explain_no_directory(controllers, path, missing, &tried, err);
	free(tried.text);
	return rc;
}

/* ---- directories by id ---- */

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
		rc = find_id_in(&mounts->items[i], id, path, directory);
		if (rc == 0)
			rc = shorten(mounts, &mounts->items[i], path);
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
		     (unsigned long long)id, shown_name(controllers));
	if (!mounted)
		return cg_error_hint(err, "no mount of %s is there to look it up in",
				     shown_name(controllers));
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
	*dirfd = S_ISDIR(file.st_mode) ? fcntl(fd, F_DUPFD_CLOEXEC, 0) : open_in(AT_FDCWD, *name);
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
		if (find_id_in(mount, st->st_ino, path, &directory) == 0) {
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
	int rc = is_cgroup_filesystem(fd, true);

	*path = NULL;
	if (rc == 0)
		rc = is_cgroup_filesystem(fd, false);
	if (rc == 0)
		return cg_error_set(err, EMEDIUMTYPE, "not on a cgroup file system");
	if (rc > 0)
		rc = open_own_directory(fd, &st, &name, &dirfd);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot find the cgroup's directory");
	rc = check_alive(dirfd);
	if (rc == -ESTALE)
		return cg_error_set(err, ESTALE, "the cgroup of that directory was removed");
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot examine the cgroup's directory");
	*id = st.st_ino;
	*mount = mount_with_id(mounts, mount_id(dirfd));
	if (*mount)
		*path = path_below(*mount, name, &rc);
	else
		*mount = mount_showing(mounts, &st, path);
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
	return cg_error_set(err, rc == -ENOMEM ? ENOMEM : ENXIO,
			    "no cgroup mount of the caller's shows that directory");
}
