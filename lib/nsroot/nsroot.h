/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsroot - the root of any cgroup namespace, in the caller's view, in every
 * hierarchy
 *
 * The kernel does not tell a namespace's root; it is found by what it shows.
 * One forked child (the caller itself never changes namespace) enters each
 * namespace in turn:
 *
 * 1. By itself. Where the child's own cgroup, which is the caller's, is in or below the root, its
 *    view from inside is a suffix of its path, and the rest is the root. That has to hold still: in
 *    v2 it is a child of its own that has ended, in v1 its own place, looked at again at the end.
 * 2. By a mount. The child mounts the hierarchy in a private mount namespace of its own
 *    (cgmount.h), and the parent finds the root in /proc/CHILD/mountinfo. That the root cgroup was
 *    removed is known by this way alone. Never done in the initial cgroup namespace, where the
 *    first way always answers.
 * 3. By a member, where nothing can be mounted. The child reads /proc/PID/cgroup of one from
 *    inside, the parent from outside: again a suffix. The member may have moved in between: then
 *    the suffix is a wrong one. It is accepted only if the rest explains what the child sees of
 *    itself. That proves the depth of the root, and its names as far as the child's own cgroup has
 *    them: a member that was moved to a cgroup beside its root at that very moment is believed.
 *
 * Entering needs CAP_SYS_ADMIN in the caller's user namespace and in the one
 * that owns the target (setns(2)); without it the child tries to enter the
 * owning user namespace first (NS_GET_USERNS, ioctl_ns(2), Linux 4.9), which a
 * user may do in the containers that he started. A caller's own namespace
 * needs neither where the caller is inside, has a mount of the root, or, on v2, where
 * PID 1 is inside.
 */
#ifndef CG_NSROOT_H
#define CG_NSROOT_H

#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "procfs.h"

enum cg_root_state {
	CG_ROOT_UNKNOWN, /* the caller may not look; errnum says why */
	CG_ROOT_KNOWN,	 /* path is the root in the caller's view */
	CG_ROOT_REMOVED, /* the root cgroup was removed */
};

struct cg_root {
	enum cg_root_state state;
	int errnum; /* for UNKNOWN */
	char *path; /* for KNOWN, else NULL; in the caller's view, maybe with leading ".." */
};

/* One namespace in question. The caller fills the first part, cg_nsroot_find() the second. */
struct cg_nsroot {
	int nsfd;	   /* the namespace, or -1: opened by way of pid */
	uint64_t ns_inode; /* checked against what is opened by way of pid */
	pid_t pid;	   /* a member to look at, or 0 */

	struct cg_root *roots; /* one for each hierarchy, in their order */
};

/*
 * Finds the roots of count namespaces, with one fork and no memory growth in
 * their number but the results.
 * Returns 0 when the question could be put; what is not known about a single
 * namespace is in its roots (CG_ROOT_UNKNOWN; EBUSY: its processes, or the
 * caller, keep moving; ETIMEDOUT, EPIPE: who rules the user namespace that owns
 * it stopped or ended the child in there). A negative errno value with *err
 * filled where nothing could be done at all, or the caller ran short
 * (cg_errno_is_shortage()).
 */
int cg_nsroot_find(struct cg_nsroot *namespaces, size_t count,
		   const struct cg_hierarchies *hierarchies, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 3);

/* Releases namespaces[...].roots; nsfds stay the caller's. */
void cg_nsroot_free(struct cg_nsroot *namespaces, size_t count,
		    const struct cg_hierarchies *hierarchies) CG_NONNULL(3);

/*
 * Why roots[h].state is UNKNOWN or REMOVED, in words. Returns -errnum, or
 * -ENOENT for a removed root.
 */
int cg_root_explain(const struct cg_root *root, const char *what, struct cg_error *err)
	CG_NONNULL(1, 2);

/*
 * Whether a root that was known then is the same now, so that whatever was opened by its path in
 * between is it: a cgroup that was removed never comes back, another one of its name may.
 * Returns 0, -ENOENT: it was removed, or another negative errno value, with *err filled.
 */
int cg_root_confirm(const struct cg_root *then, const struct cg_root *now, const char *what,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/*
 * The caller's own root, as far as its names are needed: a frame (path.h) in
 * which views with leading ".." become plain paths. In the initial namespace
 * it is "/". Elsewhere the names of the caller's ancestors are read from
 * inside nsfd, a namespace whose root is not below the caller's: they reach up
 * to the common ancestor of both. It is for one hierarchy.
 * *anchor is freed by the caller. Returns 0 or a negative errno value.
 */
int cg_nsroot_anchor(int nsfd, const struct cg_hierarchy *hierarchy, char **anchor,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2, 3);

/*
 * Reads the caller's own mounts, and finds the names above its root where a
 * mount is rooted there (mounts->ancestors): a child mounts its own root where
 * nobody else sees it, and its id is looked for in those mounts. Needs
 * CAP_SYS_ADMIN; without it errnum says so.
 * @procfd: /proc, or AT_FDCWD: the procfs that is mounted on /proc
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_nsroot_read_mounts(int procfd, const struct cg_hierarchies *hierarchies,
			  struct cg_mounts *mounts, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(2, 3);

/* A child that stays inside a namespace and reads there. */
struct cg_viewer {
	pid_t child; /* 0: not open */
	int fd;
};

#define CG_VIEWER_INIT \
	{              \
		0, -1  \
	}

/*
 * @procdir: the folder of the one process that it shall look at, or -1 for any in /proc
 * Returns 0 or a negative errno value with *err filled, as setns(2) into nsfd fails.
 */
int cg_viewer_open(int nsfd, int procdir, struct cg_viewer *viewer,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(3);

/*
 * What /proc/PID/cgroup says to a reader inside, in one hierarchy: the
 * kernel's own answer, also where the namespace's root was removed. pid is 0
 * for the one process.
 * *view is freed by the caller. Returns 0, -ESRCH: the process has ended,
 * -ENAMETOOLONG as in procfs.h, -ENOENT: it is in no cgroup of that hierarchy,
 * or another negative errno value.
 */
int cg_viewer_read(const struct cg_viewer *viewer, pid_t pid, const char *controllers, char **view,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3, 4);

void cg_viewer_close(struct cg_viewer *viewer);

#define cleanup_viewer cleanup_with(cg_viewer_close)

/* The same for one process, by its folder unless that is -1. */
int cg_nsroot_view(int nsfd, int procdir, pid_t pid, const char *controllers, char **view,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(4, 5);

#endif
