/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgmount - mounts cgroup filesystems so that they show the namespace that the
 * caller is in; the one place that does
 *
 * The kernel goes down to a namespace's root by names (cgroup_namespaces(7)).
 * Where the root was removed it finds nothing (ENOENT), or another cgroup that
 * somebody has made by the same name since. So no mount is trusted before
 * mountinfo has shown it to be the root: nothing but the root reads "/" from
 * inside.
 *
 * Never make a mount of cgroup2 in the initial cgroup namespace: it would
 * change the mount options of the whole host.
 */
#ifndef CG_CGMOUNT_H
#define CG_CGMOUNT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo/mountinfo.h"

/*
 * A mount of the hierarchy as the namespace that the caller is in shows it,
 * attached nowhere yet: nosuid, nodev, noexec. Needs CAP_SYS_ADMIN in the user
 * namespaces that own the mount namespace and the cgroup namespace (fsopen(2),
 * Linux 5.2).
 * @like: a mount of the same hierarchy whose options it gets, read-only
 *        included, or NULL
 * Returns a descriptor (O_PATH), or a negative errno value: -ESTALE, and only
 * that, where the namespace's root was removed.
 */
int cg_mount_make(const char *controllers, const struct cg_mount *like) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Attaches it to an open place (O_PATH; move_mount(2)) in a mount namespace
 * whose mounts propagate to no other. Returns its mount id, for
 * cg_mount_check_root(), or a negative errno value, never -ESTALE.
 */
int cg_mount_attach(int mount, int place) CG_MUST_CHECK;

/*
 * Whether the mount with that id shows the root of the namespace that the
 * caller is in, and no other cgroup.
 * @mounts: the caller's own, read after it was attached
 * Returns 0, -ESTALE where it shows another: the root was removed, or -ENXIO
 * where there is no such mount.
 */
int cg_mount_check_root(const struct cg_mounts *mounts, int id) CG_MUST_CHECK CG_NONNULL(1);

/* Makes all mounts that the caller sees private (mount(2)). Returns 0 or a negative errno value. */
int cg_mounts_make_private(void) CG_MUST_CHECK;

/*
 * Mounts that only this process sees, to look at: for a child that looks and
 * ends, since it is led to the real root of its mount namespace, or to an empty one.
 */
struct cg_scratch {
	bool many;		 /* will be used often: other mounts are left behind first */
	bool private;		 /* has a mount namespace of its own */
	size_t count;		 /* mounts, one over the other on "/", which is always there */
	struct cg_mounts models; /* as they were before */
};

/*
 * Mounts the hierarchy there. @procfd: /proc
 * Returns the mount's id, for cg_mount_check_root(), or a negative errno value:
 * -ESTALE, and only that, where the namespace's root was removed.
 * @root: the root's cgroup id; may be NULL
 */
int cg_scratch_mount(struct cg_scratch *scratch, int procfd, const char *controllers,
		     uint64_t *root) CG_MUST_CHECK CG_NONNULL(1, 3);

/* Unmounts them; the process stays in its mount namespace. */
void cg_scratch_clear(struct cg_scratch *scratch) CG_NONNULL(1);

/*
 * plan.c: the mounts of a program that enters a namespace (--mount-cgroup)
 */

/*
 * What is to be mounted, and what is needed for it of the caller's own /proc:
 * that of the namespaces to be entered is not to be trusted.
 */
struct cg_mount_plan {
	int procfd; /* /proc */
	struct cg_hierarchies hierarchies;
	struct cg_mounts mounts; /* as they are before anything is entered */
	char *dir;		 /* everything goes below it, or NULL: each on its own place */
};

#define CG_MOUNT_PLAN_INIT   \
	{                    \
		.procfd = -1 \
	}

void cg_mount_plan_free(struct cg_mount_plan *plan);

/*
 * Reads the caller's cgroup mounts; before namespaces are entered.
 * @dir: where to mount instead, absolute or relative to the working directory
 *       at the time of cg_mount_plan_carry_out(); or NULL
 * Returns 0, -ENOENT where no cgroup filesystem is mounted, or another
 * negative errno value, with *err filled.
 */
int cg_mount_plan_make(const char *dir, struct cg_mount_plan *plan,
		       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2);

/*
 * Mounts every cgroup filesystem of the plan afresh, so that it shows the
 * cgroup namespace that the caller is in now: nosuid, nodev, noexec, and
 * read-only where the mount that it replaces was.
 *
 * Each on its own place: the old mounts are detached first, all of them, so
 * that nothing of the old view is left beneath (where the kernel has locked
 * them, in a mount namespace of a less privileged user namespace, the new ones
 * lie on top). A working directory in one of them is found again by its name,
 * or is "/" if that is gone.
 * In dir: unified alone is mounted on dir itself; otherwise dir gets a tmpfs
 * with a folder for each, of the same name as now, and the links for
 * controllers that share one. The other mounts stay as they are. A caller that
 * has changed its root and sees no cgroup mount in it gets them so, in
 * /sys/fs/cgroup.
 *
 * The caller must be in a mount namespace of its own, whose mounts propagate
 * to no other. In the initial cgroup namespace cgroup2 is never mounted
 * afresh, for that would change the mount options of the whole host: there a
 * mount that shows the root is used (bound to dir, or left on its place).
 *
 * Each mount is found to show the namespace's root, and no cgroup that was
 * made by its name since. Returns 0 or a negative errno value with *err filled;
 * what was mounted until then stays, for the caller to end with its mount
 * namespace.
 */
int cg_mount_plan_carry_out(const struct cg_mount_plan *plan, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

#endif
