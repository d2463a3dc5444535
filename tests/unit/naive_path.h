/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * naive_path - the algebra of views done again, plainly, as an oracle
 *
 * It shares neither code nor idea with lib/path.c: every path is walked,
 * component by component, to a place in one tree that has a real top, and a
 * view is what lies between two places. The frame's top hangs deep in that
 * tree, below ancestors whose names nobody knows; an answer that contains one
 * of these is -EDOM.
 *
 * Results are freed by the caller. -EINVAL: a path does not begin with '/'.
 */
#ifndef NAIVE_PATH_H
#define NAIVE_PATH_H

int naive_normalize(const char *path, char **normal);
int naive_resolve(const char *root, const char *view, char **path);
int naive_relative(const char *root, const char *path, char **view);

/* What readers rooted at to see of what readers rooted at from call view. */
int naive_translate(const char *from, const char *to, const char *view, char **result);

#endif
