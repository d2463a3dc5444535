/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directory shows a cgroup, and which cgroup a directory is. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>

#include "mountinfo.h"
#include "path.h"
#include "procfs.h"
#include "syscalls.h"

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
 * Opens what lies that way down from a mount's root. Returns 0, -ENOENT (the mount is
 * sound and has no such cgroup), or why it does not show the cgroup.
 */
static int try_mount(const struct cg_mount *mount, int rootfd, const char *way,
		     struct cg_directory *directory)
{
	cleanup_free char *name = join(mount->point, way);
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

/* ---- above the caller's own root ---- */

/* The part of a view after its leading "..": "" for "/..". */
static const char *names_of(const char *view)
{
	return view + cg_path_climb(view) * strlen("/..");
}

/* What was found out about one hierarchy, kept with the mounts. */
struct cg_anchor {
	struct cg_anchor *next;
	char *controllers;
	char *names; /* from the root of the highest mount down to the caller's own root */
	int rc;
};

struct cg_anchor *cg_anchors_new(void)
{
	return calloc(1, sizeof(struct cg_anchor));
}

void cg_anchors_free(struct cg_anchor *anchors)
{
	while (anchors) {
		struct cg_anchor *next = anchors->next;

		free(anchors->controllers);
		free(anchors->names);
		free(anchors);
		anchors = next;
	}
}

int cg_mounts_unshare(void)
{
	cleanup_fd int own = -1;

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* in a chroot, "/" is no mount point: entering a namespace anew leads to its real root */
	own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(own, CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return 0;
}

/* What a child says of the caller's own root. */
struct own_root {
	int rc;
	uint64_t id;
};

/*
 * Mounts the hierarchy where only this process sees it. The mount's root is
 * the caller's; but the kernel finds it by names, and where the root was
 * removed it may have found another cgroup of its name, which does not read "/".
 */
static struct own_root see_own_root(const char *controllers)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	cleanup_mounts struct cg_mounts mounts = CG_MOUNTS_INIT;
	cleanup_fd int procdir = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int rc;

	if (procdir < 0)
		return (struct own_root){ .rc = -errno };
	rc = cg_mounts_unshare();
	if (rc < 0)
		return (struct own_root){ .rc = rc };
	if (mount("cgns", "/proc", *controllers ? "cgroup" : "cgroup2", flags,
		  *controllers ? controllers : NULL) < 0 ||
	    stat("/proc", &st) < 0)
		return (struct own_root){ .rc = -errno };
	rc = cg_mounts_read(procdir, &mounts);
	for (size_t i = mounts.count; rc == 0 && i-- > 0;)
		if (strcmp(mounts.items[i].point, "/proc") == 0) {
			rc = strcmp(mounts.items[i].root, "/") == 0 ? 0 : -ENOENT;
			return (struct own_root){ .rc = rc, .id = st.st_ino };
		}
	return (struct own_root){ .rc = rc < 0 ? rc : -ENXIO };
}

/*
 * The cgroup id of the caller's own root. Never looked for in the initial
 * namespace: there every mount shows the root anyway, and a new one of cgroup2
 * would change the mount options of the whole host.
 */
static int find_own_root(const char *controllers, uint64_t *id)
{
	struct own_root answer = { .rc = -EPIPE };
	struct cg_own_namespace own;
	ssize_t got;
	pid_t pid;
	int ends[2];

	if (cg_procfs_own_namespace(AT_FDCWD, &own) < 0 || own.initial)
		return -EPERM;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		answer = see_own_root(controllers);
		_exit(write(ends[1], &answer, sizeof(answer)) != sizeof(answer));
	}
	close(ends[1]);
	do {
		got = pid < 0 ? 0 : read(ends[0], &answer, sizeof(answer));
	} while (got < 0 && errno == EINTR);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	*id = answer.id;
	return pid < 0 ? -EAGAIN : got == sizeof(answer) ? answer.rc : -EPIPE;
}

/* Whether a mount shows the caller's own root and what is above it. */
static bool is_above(const struct cg_mount *mount, const char *controllers)
{
	return cg_mount_shows(mount, controllers) && cg_path_climb(mount->root) > 0 &&
	       *names_of(mount->root) == '\0';
}

/* Finds the longest way down to the caller's own root that any mount shows. */
static int find_anchor(const struct cg_mounts *mounts, const char *controllers, char **names)
{
	uint64_t id = 0;
	int rc = -ENXIO;

	for (size_t i = 0; i < mounts->count; i++) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_free char *seen = NULL;

		if (!is_above(&mounts->items[i], controllers))
			continue;
		rc = id ? 0 : find_own_root(controllers, &id);
		if (rc < 0)
			return rc;
		if (find_id_in(&mounts->items[i], id, &seen, &directory) < 0 ||
		    (*names && strlen(names_of(seen)) <= strlen(*names)))
			continue;
		free(*names);
		*names = strdup(names_of(seen));
		if (!*names)
			return -ENOMEM;
	}
	return *names ? 0 : -ENXIO;
}

/* The anchor of one hierarchy, looked for once. NULL if memory is short. */
static const struct cg_anchor *get_anchor(const struct cg_mounts *mounts, const char *controllers)
{
	struct cg_anchor *anchor = mounts->anchors;

	for (; anchor; anchor = anchor->next)
		if (anchor->controllers && strcmp(anchor->controllers, controllers) == 0)
			return anchor;
	anchor = calloc(1, sizeof(*anchor));
	if (!anchor)
		return NULL;
	anchor->controllers = strdup(controllers);
	if (!anchor->controllers) {
		free(anchor);
		return NULL;
	}
	anchor->rc = find_anchor(mounts, controllers, &anchor->names);
	anchor->next = mounts->anchors->next;
	mounts->anchors->next = anchor;
	return anchor;
}

int cg_mounts_anchor(const struct cg_mounts *mounts, const char *controllers, size_t climb,
		     char **anchor)
{
	const struct cg_mounts *own = mounts->own ? mounts->own : mounts;
	const struct cg_anchor *found;
	size_t count = 0;

	if (!own->anchors) /* mounts that were not read but made up */
		return -ENXIO;
	found = get_anchor(own, controllers);
	if (!found || found->rc < 0)
		return found ? found->rc : -ENOMEM;
	for (const char *at = found->names; (at = strchr(at, '/')); at++)
		count++;
	if (count < climb)
		return -ENXIO;
	*anchor = strdup(found->names);
	return *anchor ? 0 : -ENOMEM;
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

/* ---- directories by path ---- */

/* What to look for, and what came of it. */
struct search {
	const struct cg_mounts *mounts;
	int rootfd;
	const char *controllers;
	const char *path;
	const char *anchor; /* what paths and roots are lifted by; NULL: not at all */
	struct tried tried;
	bool missing;
};

/* The way from a mount's root down to the path, by known names, or NULL with *rc. */
static char *way_down(const struct search *search, const struct cg_mount *mount, int *rc)
{
	cleanup_free char *root = NULL;
	cleanup_free char *path = NULL;
	char *way;

	*rc = 0;
	if (search->anchor) {
		*rc = cg_path_resolve(search->anchor, mount->root, &root);
		if (*rc == 0)
			*rc = cg_path_resolve(search->anchor, search->path, &path);
		if (*rc < 0)
			return NULL;
	}
	if (!reaches(root ? root : mount->root, path ? path : search->path))
		return NULL;
	way = strdup(below(root ? root : mount->root, path ? path : search->path));
	*rc = way ? 0 : -ENOMEM;
	return way;
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
			rc = try_mount(mount, search->rootfd, way, directory);
		if ((way && rc == 0) || cg_errno_is_shortage(-rc))
			return rc;
		if (!way)
			tried_add(&search->tried, mount,
				  cg_path_climb(mount->root) ? "rooted above the caller's own root"
							     : "shows only part of the hierarchy");
		else if (rc == -ENOENT)
			search->missing = true;
		else
			tried_add(&search->tried, mount, words_for(rc));
	}
	return search->missing ? -ENOENT : -ENXIO;
}

static void tried_free(struct tried *tried)
{
	free(tried->text);
	*tried = (struct tried){ NULL, 0 };
}

int cg_mounts_find_directory(const struct cg_mounts *mounts, int rootfd, const char *controllers,
			     const char *path, struct cg_directory *directory, struct cg_error *err)
{
	struct search search = {
		.mounts = mounts,
		.rootfd = rootfd,
		.controllers = controllers,
		.path = path,
	};
	cleanup_free char *anchor = NULL;
	int rc;

	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
	rc = search_mounts(&search, directory);
	if (rc == -ENXIO) {
		int lifted = cg_mounts_anchor(mounts, controllers, 0, &anchor);

		if (cg_errno_is_shortage(-lifted))
			rc = lifted;
	}
	if (anchor) {
		search.anchor = anchor;
		tried_free(&search.tried);
		rc = search_mounts(&search, directory);
	}
	if (cg_errno_is_shortage(-rc))
		cg_error_set(err, -rc, "cannot look for the directory of %s", path);
	else if (rc < 0)
		rc = explain_no_directory(controllers, path, search.missing, &search.tried, err);
	tried_free(&search.tried);
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
