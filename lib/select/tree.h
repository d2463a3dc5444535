/* SPDX-License-Identifier: GPL-2.0-or-later */
/* tree - the cgroups that there are in a hierarchy */
#ifndef CG_SELECT_TREE_H
#define CG_SELECT_TREE_H

#include "mountinfo/mountinfo.h"

#define CG_TREE_SKIP 1 /* from a visit: nothing below this one */

/*
 * Called for each cgroup, parents before children.
 * @parent: a directory in which name is the cgroup's
 * @path: the cgroup in the caller's view
 * Returns 0, CG_TREE_SKIP, or a negative errno value, which ends the walk.
 */
typedef int (*cg_tree_visit)(int parent, const char *name, const char *path, void *data);

/*
 * Visits the cgroup of an open directory and all below it. What goes away
 * meanwhile, or may not be read, is passed over, and what another mount covers. One
 * descriptor a level.
 * Returns 0, 1 where something may not be read or is covered, or a negative errno value: of
 * a visit, or of what ran short.
 */
int cg_tree_walk(int fd, const char *path, cg_tree_visit visit, void *data) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/*
 * Opens the topmost cgroup of a hierarchy that the caller's mounts show: it may
 * lie above the caller's own root. *path: out: in the caller's view, freed by
 * the caller. Returns and fails as cg_mounts_find_directory().
 */
int cg_tree_open_top(const struct cg_mounts *mounts, const char *controllers,
		     struct cg_directory *directory, char **path,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

#endif
