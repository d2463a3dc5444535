/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * mountinfo - the cgroup mounts that a process has, and which directory of
 * them shows a cgroup
 *
 * A hierarchy is named here by its controllers as /proc/PID/cgroup prints
 * them: "" is unified, "cpu,cpuacct" and "name=systemd" are v1 ones.
 * Mount roots are views of the reader's cgroup namespace, like every path in
 * /proc (cgroup_namespaces(7), proc(5)).
 */
#ifndef CG_MOUNTINFO_H
#define CG_MOUNTINFO_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

struct cg_mount {
	int id;
	dev_t device;
	bool unified;	     /* filesystem type cgroup2 */
	bool read_only;	     /* per mount */
	char *root;	     /* a view of the reader's, unescaped */
	char *point;	     /* as the process whose mountinfo it is can open it, unescaped */
	char *options;	     /* per mount: "rw,nosuid,nodev,noexec,relatime" */
	char *super_options; /* of the filesystem, not unescaped: "rw,cpu,cpuacct" */
};

/*
 * What lies between the root of a mount that is older than the caller's
 * namespace and the caller's own root. Views of what is above a root have no
 * names: who reads mounts with cg_nsroot_read_mounts() (nsroot.h) hands them
 * down with the mounts.
 */
struct cg_ancestors {
	char *controllers;
	char *names; /* from the highest such mount down, "/a/b": an anchor as in nsroot.h; or NULL
		      */
	int errnum;  /* why names is NULL */
};

struct cg_mounts {
	struct cg_mount *items; /* in the order of mountinfo: later ones may hide earlier ones */
	size_t count;
	const struct cg_mounts *own;	/* the caller's own, if these are another process's */
	struct cg_ancestors *ancestors; /* of the caller's root, where known; else in own */
	size_t ancestor_count;
};

/*
 * Takes the cgroup lines from text, the content of a mountinfo file; other
 * lines are passed over unparsed. Any \ooo is decoded, but in super_options, where a value may
 * hold a comma: they are split at commas as they are.
 * Returns 0, -EBADMSG for a cgroup line that is not of the form, -ENOMEM.
 */
int cg_mounts_parse(const char *text, struct cg_mounts *mounts) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Decodes \ooo in place: mountinfo escapes space, tab, newline and backslash
 * so (proc(5)); any three octal digits are taken.
 */
void cg_mount_unescape(char *text) CG_NONNULL(1);

/*
 * Reads the mounts of the process whose /proc/PID is open as procdir.
 * Returns 0 or a negative errno value (see procfs.h).
 */
int cg_mounts_read(int procdir, struct cg_mounts *mounts) CG_MUST_CHECK CG_NONNULL(2);

/*
 * The same for the caller's own.
 * @procfd: /proc, or AT_FDCWD: the procfs that is mounted on /proc
 */
int cg_mounts_read_own(int procfd, struct cg_mounts *mounts) CG_MUST_CHECK CG_NONNULL(2);

void cg_mounts_free(struct cg_mounts *mounts);

/* What decides which mounts a process sees: its mount namespace, and its root directory. */
struct cg_viewpoint {
	uint64_t ns; /* inode of the mount namespace */
	dev_t dev;
	uint64_t ino;
	uint64_t mount; /* the mount that the root directory is in; 0: not known (before 5.8) */
};

/*
 * Looks from where a process sees its mounts; no filesystem is asked.
 * @folder: that of the process or thread, "1234/task/1235", or "." for dirfd itself
 * Returns 0, -EIO from the disk that its root is on, or as in procfs.h.
 */
int cg_viewpoint_read(int dirfd, const char *folder, struct cg_viewpoint *viewpoint) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/* Whether both are one, as far as they are known. */
bool cg_viewpoint_is_same(const struct cg_viewpoint *one, const struct cg_viewpoint *other)
	CG_NONNULL(1, 2);

/*
 * As cg_mounts_read(), without those that the process cannot reach by a name, for another mount
 * lies on them or on the way to them.
 * @before: from where it sees them, as read before; .mount is 0 where that is not known
 */
int cg_mounts_read_visible(int procdir, const struct cg_viewpoint *before,
			   struct cg_mounts *mounts) CG_MUST_CHECK CG_NONNULL(2, 3);

/*
 * Takes out of mounts, which were parsed from text, those that are covered so. Returns 0 or
 * -ENOMEM. Mounts without number take no longer than it takes to sort them.
 * @root: the id of the mount that the process's root directory is in; 0: not known
 */
int cg_mounts_drop_covered(const char *text, uint64_t root, struct cg_mounts *mounts) CG_MUST_CHECK
	CG_NONNULL(1, 3);

/* Frees what one mount points to. */
void cg_mount_free(struct cg_mount *mount) CG_NONNULL(1);

#define cleanup_mounts cleanup_with(cg_mounts_free)

/* Whether the mount is of the hierarchy with these controllers. */
bool cg_mount_shows(const struct cg_mount *mount, const char *controllers) CG_NONNULL(1, 2);

/* Whether the mount shows the caller's own root and what is above it: its root is "/.." or higher.
 */
bool cg_mount_is_above(const struct cg_mount *mount) CG_NONNULL(1);

/* The first mount of that hierarchy, or NULL. */
const struct cg_mount *cg_mounts_find(const struct cg_mounts *mounts, const char *controllers)
	CG_NONNULL(1, 2);

/*
 * How much of an absolute path names a directory that has several cgroup mounts in it, as
 * /sys/fs/cgroup has where there is v1: the path is that directory, or below it. 0: no such
 * directory.
 */
size_t cg_mounts_common_directory(const struct cg_mounts *mounts, const char *path)
	CG_NONNULL(1, 2);

/* The mount with that id, or NULL. */
const struct cg_mount *cg_mounts_by_id(const struct cg_mounts *mounts, int id) CG_NONNULL(1);

/* A directory that was opened and found to be the cgroup asked for. */
struct cg_directory {
	char *name;		      /* absolute, as the owner of the mounts can open it */
	int fd;			      /* O_PATH | O_DIRECTORY | O_CLOEXEC */
	uint64_t id;		      /* the cgroup id: the directory's inode number */
	const struct cg_mount *mount; /* one of mounts->items, which it must not outlive */
};

#define CG_DIRECTORY_INIT \
	{                 \
		.fd = -1  \
	}

void cg_directory_free(struct cg_directory *directory);

/*
 * A removed cgroup's directory can still be open or mounted: its files are
 * gone. Returns 0, -ESTALE for a removed one, or another negative errno value.
 */
int cg_directory_check_alive(int dirfd) CG_MUST_CHECK;

/* Which cgroups fd is of, by its filesystem (fstatfs(2)): 2, 1, 0 for none, or -errno. */
int cg_cgroup_version(int fd) CG_MUST_CHECK;

/* The id of the mount that fd was opened through, or 0 where the kernel cannot tell
 * (statx(2), 5.8). */
int cg_mount_id(int fd) CG_MUST_CHECK;

#define cleanup_directory cleanup_with(cg_directory_free)

/*
 * Finds a directory that shows a cgroup, and verifies it: it is on a cgroup
 * filesystem of that hierarchy (fstatfs(2), st_dev), not hidden by another
 * mount, and a living cgroup. Opened with openat2(2) (Linux 5.6), no symbolic
 * link followed below the mount point.
 * Mounts that are rooted above the caller's own root are used by the names in
 * mounts->ancestors.
 * @mounts: as the caller read them; of another process with ->own set to the
 *          caller's, where the ancestors are
 * @rootfd: that process's root directory, or AT_FDCWD for the caller's own
 * @path: the cgroup in the caller's view, in normal form
 * Returns 0; -ENOENT: there is no such cgroup below any mount that reaches
 * it; -ENXIO: no mount of the hierarchy reaches it (the hint lists those that
 * were tried and why not); or another negative errno value.
 */
int cg_mounts_find_directory(const struct cg_mounts *mounts, int rootfd, const char *controllers,
			     const char *path, struct cg_directory *directory,
			     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3, 4, 5);

/*
 * The same in the caller's mounts for the nearest ancestor that there is of a cgroup, or itself.
 * *missing is the end of path that is not there: "b/c", or "".
 */
int cg_mounts_find_nearest(const struct cg_mounts *mounts, const char *controllers,
			   const char *path, const char **missing, struct cg_directory *directory,
			   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4, 5);

/*
 * Finds a cgroup by its id in one hierarchy: by open_by_handle_at(2), which
 * needs CAP_DAC_READ_SEARCH, else by a walk over what is mounted. Arguments,
 * result and errors as for cg_mounts_find_directory(), in the caller's mounts;
 * *path is the cgroup in the caller's view, freed by the caller.
 */
int cg_mounts_find_id(const struct cg_mounts *mounts, const char *controllers, uint64_t id,
		      char **path, struct cg_directory *directory,
		      struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4, 5);

/*
 * The same in one mount. *path begins with the mount's root as it is in
 * mountinfo, not shortened; NULL unless found. Returns 0, -ENOENT, or why the
 * mount cannot be searched.
 */
int cg_mount_find_id(const struct cg_mount *mount, uint64_t id, char **path,
		     struct cg_directory *directory) CG_MUST_CHECK CG_NONNULL(1, 3, 4);

/*
 * The other way: which cgroup a directory, or a file in one, is.
 * @fd: an open file or directory (O_PATH will do)
 * @mounts: the caller's mounts
 * @path: out: the cgroup's path in the caller's view, freed by the caller
 * @mount: out: one of mounts->items, of its hierarchy (cg_mount_shows())
 * @id: out: the cgroup id
 * Returns 0, -EMEDIUMTYPE for what is not on a cgroup filesystem, -ESTALE
 * for the directory of a removed cgroup, -ENXIO for one that no mount of the
 * caller's shows, or another negative errno value.
 */
int cg_mounts_identify(const struct cg_mounts *mounts, int fd, char **path,
		       const struct cg_mount **mount, uint64_t *id,
		       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3, 4, 5);

/*
 * The names above the caller's own root in that hierarchy, or NULL where no
 * mount is rooted there, or they were not looked for.
 */
const struct cg_ancestors *cg_mounts_ancestors(const struct cg_mounts *mounts,
					       const char *controllers) CG_NONNULL(1, 2);

#endif
