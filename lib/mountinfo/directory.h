/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * directory - what the parts of the room mountinfo share: opening a
 * directory below a mount, and making sure what it is
 *
 * directory.c finds directories by their cgroup's path, cgroup_id.c by its id.
 */
#ifndef CG_MOUNTINFO_DIRECTORY_H
#define CG_MOUNTINFO_DIRECTORY_H

#include "mountinfo/mountinfo.h"

/*
 * Whether path lies below root by names that are known: from a root above the
 * caller's own ("/..") the way down begins with a name that no view tells.
 */
bool cg_directory_reaches(const char *root, const char *path) CG_MUST_CHECK CG_NONNULL(1, 2);

/* What is left of path below a root that reaches it: a pointer into path. */
const char *cg_directory_below(const char *root, const char *path) CG_MUST_CHECK CG_NONNULL(1, 2);

/* dir/rest, or dir where rest is "". Freed by the caller; NULL if memory is short. */
char *cg_directory_join(const char *dir, const char *rest) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Opens a directory (O_PATH) without following a symbolic link, within rootfd,
 * or by the caller's own root with AT_FDCWD (openat2(2), Linux 5.6).
 * Returns a descriptor, or -1 with errno.
 */
int cg_directory_open(int rootfd, const char *name) CG_MUST_CHECK CG_NONNULL(2);

/* Whether an open directory is one of that mount's, as far as the kernel tells (statx(2), 5.8). */
bool cg_directory_is_on(const struct cg_mount *mount, int fd) CG_MUST_CHECK CG_NONNULL(1);

/*
 * As cg_directory_open(), for a living cgroup that is seen through that mount. Returns a descriptor
 * and *id, -ENOENT: no such name, -ENXIO: something else hides it, -ESTALE: its cgroup
 * was removed, or another negative errno value.
 */
int cg_directory_open_verified(const struct cg_mount *mount, int rootfd, const char *name,
			       uint64_t *id) CG_MUST_CHECK CG_NONNULL(1, 3, 4);

/* The name for people of the hierarchy with these controllers: a pointer to them, or "unified". */
const char *cg_mount_shown_name(const char *controllers) CG_MUST_CHECK CG_NONNULL(1);

#endif
