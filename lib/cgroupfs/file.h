/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * file - files of cgroups, for the parts of the room cgroupfs
 *
 * All are opened beneath a cgroup directory that was verified, on its own
 * mount, no symbolic link followed, and found to be on a cgroup filesystem.
 */
#ifndef CG_CGROUPFS_FILE_H
#define CG_CGROUPFS_FILE_H

#include "cgroupfs/cgroupfs.h"
#include "cleanup.h"
#include "procfs.h"

/* Opens name in the cgroup dirfd (O_CLOEXEC is added). Returns as open(2) does. */
int cg_cgroup_openat(int dirfd, const char *name, int flags) CG_MUST_CHECK CG_NONNULL(2);

/* The directory steps levels up, O_PATH, if it is on the same mount. Returns as open(2) does. */
int cg_cgroup_open_ancestor(int dirfd, unsigned int steps) CG_MUST_CHECK;

/* Writes text in one write(2). Returns 0 or a negative errno value. */
int cg_cgroup_write(int dirfd, const char *name, const char *text) CG_NONNULL(2, 3);

/*
 * Waits a moment for another run that may be about to complete a cgroup that it has just made, as
 * parallel ones make the parent that they share. @waited: how often, 0 at first. False: often
 * enough.
 */
bool cg_cgroup_wait_for_maker(unsigned int *waited) CG_MUST_CHECK CG_NONNULL(1);

/* The path without its last count names; "/x" becomes "/". Freed by the caller; NULL: no memory. */
char *cg_cut_names(const char *path, unsigned int count) CG_MUST_CHECK CG_NONNULL(1);

/*
 * The directory steps above cgroup->dirfd, which is that of the nearest
 * ancestor where something is missing. Freed by the caller; NULL: no memory.
 */
char *cg_cgroup_ancestor_dir(const struct cg_cgroup *cgroup, unsigned int steps) CG_MUST_CHECK
	CG_NONNULL(1);

/* The path of what the cgroup is frozen by, itself or above; NULL: it is not, or no one can tell.
 */
char *cg_cgroup_frozen_by(const struct cg_cgroup *cgroup) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Whether v2 would refuse the caller a way to the cgroup because it may not write to
 * cgroup.procs of their common ancestor (cgroups(7)), as far as that can be seen: returns
 * -EACCES, 0, or another negative errno value for a shortage.
 */
int cg_cgroup_check_ancestor(const struct cg_cgroup *cgroup) CG_MUST_CHECK CG_NONNULL(1);

/* Closes and frees what a record of a made cgroup has. */
void cg_creation_close(struct cg_creation *creation) CG_NONNULL(1);

#endif
