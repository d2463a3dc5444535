/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * path - the algebra of views; pure, no I/O
 *
 * A view is a path as the kernel prints it to readers in one cgroup
 * namespace (cgroup_namespaces(7)): "/", "/a/b", and for what is not below
 * the root "/..", "/../x": as many leading ".." as there are levels from the
 * root up to the common ancestor, then the names down from there. It is in
 * normal form: one slash between names, none at the end, ".." only in front.
 * "..." and "..x" are names.
 *
 * Let every path be given in one frame (for example the initial namespace).
 * Then for a namespace whose root is R in that frame
 *	relative(R, path) is the view of path, and
 *	resolve(R, view) is the path again.
 * A path or root in the frame may itself begin with "..", when the frame is
 * a namespace that does not contain it.
 *
 * Functions return 0, or -EINVAL (not an absolute path, or empty), -EDOM (the
 * answer would need a name above the frame, which nobody knows), -ENOMEM.
 * Results are freed by the caller.
 */
#ifndef CG_PATH_H
#define CG_PATH_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cleanup.h"

/*
 * Brings an absolute path into normal form: no empty or "." components, a
 * ".." takes away the name before it or, without one, stays in front. That is
 * exact for cgroups, which know no symbolic links.
 */
int cg_path_normalize(const char *path, char **normal) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * The path in the frame of what readers in the namespace rooted at root see
 * as view. Never -EDOM.
 */
int cg_path_resolve(const char *root, const char *view, char **path) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * The view of path for readers in the namespace rooted at root. -EDOM where
 * root has more leading ".." than path: the way down to path would begin with
 * the name of the frame's own top, or of one above it.
 */
int cg_path_relative(const char *root, const char *path, char **view) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/* The same where root and path are views from a place that is anchor in the frame. */
int cg_path_relative_at(const char *anchor, const char *root, const char *path,
			char **view) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

/*
 * The root of a namespace, in the frame, from one cgroup seen twice: path in
 * the frame, view inside. Needs a view without leading ".."; only then does it
 * say all. Where the view is longer than the path the root lies above the
 * frame's own: "/.." and so on. Returns -EDOM for a view with "..", -ERANGE
 * where neither is a suffix of the other (then they are not of the same
 * cgroup).
 */
int cg_path_root(const char *path, const char *view, char **root) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/*
 * Whether view can be what readers in the namespace rooted at root see of path
 * (root and path in one frame, all three in normal form): relative(root, path)
 * is view or, where the frame has no names for it (-EDOM there), both have the
 * same number of levels. Returns 0, -ERANGE if it cannot, or -ENOMEM.
 */
int cg_path_check(const char *root, const char *path, const char *view) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/* Levels from the root up to the common ancestor: the leading ".." of a view in normal form. */
size_t cg_path_climb(const char *view) CG_NONNULL(1);

/* The names after the leading ".." of a path in normal form: a pointer into it; "" for "/" and
 * "/..". */
const char *cg_path_names(const char *path) CG_NONNULL(1);

/* How many components a path in normal form has, ".." among them: 0 for "/". */
size_t cg_path_depth(const char *path) CG_NONNULL(1);

/* Whether a view in normal form is of something that is not below the root. */
bool cg_path_is_outside(const char *view) CG_NONNULL(1);

/*
 * Whether path is root or below it, by component; both in normal form and in
 * one frame: "/.." contains "/a", for it contains the frame's own top.
 */
bool cg_path_contains(const char *root, const char *path) CG_NONNULL(1, 2);

/* Whether any component of path is "..". */
bool cg_path_has_dotdot(const char *path) CG_NONNULL(1);

/* The last name of a path in normal form: a pointer into it; "" for "/" and "/..". */
const char *cg_path_basename(const char *path) CG_NONNULL(1);

/*
 * Translation of many views from one namespace to another, prepared once.
 * Roots are in one frame and need not be in normal form.
 */
struct cg_path_map;

int cg_path_map_new(const char *from_root, const char *to_root,
		    struct cg_path_map **result) CG_MUST_CHECK CG_NONNULL(1, 2, 3);
void cg_path_map_free(struct cg_path_map *map);

/*
 * The quick way for one of many views, of len bytes (no NUL needed at its end):
 * one look at its bytes and one copy. It writes what cg_path_map_view() would
 * give, without NUL, to out.
 * @out: does not overlap view
 * @size: the room in out; len + cg_path_map_growth(map) is always enough
 * Returns the length written, -ERANGE for a view that is not in normal form, or
 * has "..", -EINVAL (also for a NUL in the view), -EDOM, or -ENOBUFS.
 */
ssize_t cg_path_map_apply(const struct cg_path_map *map, const char *view, size_t len, char *out,
			  size_t size) CG_MUST_CHECK CG_NONNULL(1, 2, 4);
size_t cg_path_map_growth(const struct cg_path_map *map) CG_NONNULL(1);

/* Translates any view: relative(to_root, resolve(from_root, view)). */
int cg_path_map_view(const struct cg_path_map *map, const char *view, char **result) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

#endif
