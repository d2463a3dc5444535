/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroupfs - open, create, own, join and remove a cgroup; why it was refused
 *
 * Nothing is written by name: a cgroup is held by a descriptor of its
 * directory, found and verified by mountinfo.h, and every file in it is opened
 * by openat2(2) beneath that directory, no symbolic link followed, and found
 * to be on a cgroup file system of that hierarchy. All descriptors are
 * O_CLOEXEC: an open cgroup.procs keeps the authority of who opened it
 * (cgroups(7)), so it must never reach a program.
 *
 * Who opens decides: open before entering a namespace or giving up
 * privileges, write when ready.
 */
#ifndef CG_CGROUPFS_H
#define CG_CGROUPFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo.h"

/* A cgroup in one hierarchy, held open; maybe one that is still to be made. */
struct cg_cgroup {
	const struct cg_hierarchy *hierarchy; /* the caller's set must outlive this */
	char *path;			      /* in the caller's view, normal form */
	char *dir;     /* its directory in the caller's mount namespace, for messages */
	char *missing; /* the part of path that does not exist ("b/c"), or NULL */
	int dirfd;     /* O_PATH; where something is missing, of the nearest ancestor there is */
	int procs;     /* cgroup.procs, open for writing; -1 until cg_cgroup_open_procs() */
};

#define CG_CGROUP_INIT                         \
	{                                      \
		NULL, NULL, NULL, NULL, -1, -1 \
	}

void cg_cgroup_close(struct cg_cgroup *cgroup);

#define cleanup_cgroup cleanup_with(cg_cgroup_close)

/* Cgroups that belong together, at most one in each hierarchy. */
struct cg_cgroups {
	struct cg_cgroup *items;
	size_t count;
};

#define CG_CGROUPS_INIT \
	{               \
		NULL, 0 \
	}

/* Closes every cgroup and releases the array. */
void cg_cgroups_free(struct cg_cgroups *cgroups);

#define cleanup_cgroups cleanup_with(cg_cgroups_free)

/*
 * Takes *cgroup into the set, in place of one of the same hierarchy if there
 * is one; *cgroup is CG_CGROUP_INIT afterwards. Returns 0 or -ENOMEM with *err
 * filled, and *cgroup unchanged.
 */
int cg_cgroups_put(struct cg_cgroups *cgroups, struct cg_cgroup *cgroup,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* The member of that hierarchy, by id, or NULL. */
struct cg_cgroup *cg_cgroups_find(const struct cg_cgroups *cgroups,
				  const struct cg_hierarchy *hierarchy) CG_NONNULL(1, 2);

/*
 * Opens the cgroup at path.
 * @mounts: the caller's own
 * @path: in the caller's view, absolute, in normal form
 * @create: it need not exist: cgroup->missing then says what
 *          cg_cgroup_create() has to make. Without it, -ENOENT.
 * Returns 0 or a negative errno value with *err filled: -ENXIO where the
 * hierarchy is not mounted or no mount reaches the cgroup.
 */
int cg_cgroup_open(const struct cg_mounts *mounts, const struct cg_hierarchy *hierarchy,
		   const char *path, bool create, struct cg_cgroup *cgroup,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 5);

/*
 * Opens child name (one component) of parent, as cg_cgroup_open(); a parent
 * that is still missing needs create.
 */
int cg_cgroup_open_child(const struct cg_cgroup *parent, const char *name, bool create,
			 struct cg_cgroup *child, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 4);

/*
 * Opens cgroup->procs, once; the cgroup must exist. Returns 0 or a negative
 * errno value with *err filled and explained.
 */
int cg_cgroup_open_procs(struct cg_cgroup *cgroup, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/* Whether name can be a cgroup's: not empty, ".", "..", no slash or newline, 255 bytes at most. */
bool cg_cgroup_name_valid(const char *name) CG_NONNULL(1);

/* What was made, in order; for owning, and for removing in reverse order. */
struct cg_creation {
	const struct cg_hierarchy *hierarchy;
	char *dir;   /* for messages */
	char *name;  /* in the parent */
	int parent;  /* the parent's directory, O_PATH */
	int dirfd;   /* its own, O_PATH */
	uint64_t id; /* the cgroup id: never another cgroup of the same name */
};

struct cg_created {
	struct cg_creation *items;
	size_t count;
};

#define CG_CREATED_INIT \
	{               \
		NULL, 0 \
	}

/* Forgets and closes; removes nothing. */
void cg_created_free(struct cg_created *created);

#define cleanup_created cleanup_with(cg_created_free)

/*
 * Makes what is missing of the cgroup, and adds each one made to *created,
 * also when a later one fails. A new v1 cpuset gets its parent's cpus and
 * mems, without which it could hold no process (cpuset(7)). One that somebody
 * else makes in the meantime is used, and not counted as made.
 * Returns 0 or a negative errno value with *err filled and explained.
 */
int cg_cgroup_create(struct cg_cgroup *cgroup, struct cg_created *created,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Delegates what was made to that user and group: the directory, and for v2
 * the files that /sys/kernel/cgroup/delegate lists (those that there are), for
 * v1 tasks and cgroup.procs (cgroups(7)).
 */
int cg_created_own(const struct cg_created *created, uid_t uid, gid_t gid,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Removes what was made, last one first, and forgets it.
 * @kill: also what was made inside since, and kill every process there:
 *        cgroup.kill (Linux 5.14), else SIGKILL by pidfd until it is empty.
 *        Without it a cgroup that is in use stays, and that is an error.
 * The caller must be in none of them. Goes on after a failure; returns 0 or
 * the first negative errno value, with *err filled.
 */
int cg_created_remove(struct cg_created *created, bool kill, struct cg_error *err) CG_NONNULL(1);

/* What was attempted when the kernel refused. */
enum cg_attempt {
	CG_ATTEMPT_OPEN,      /* to open the directory */
	CG_ATTEMPT_CREATE,    /* mkdir(2) in it */
	CG_ATTEMPT_OWN,	      /* chown(2) */
	CG_ATTEMPT_JOIN,      /* open cgroup.procs, or write to it; a subgroup would do as well */
	CG_ATTEMPT_JOIN_ROOT, /* the same, for the root of a new namespace: a subgroup will not do
			       */
	CG_ATTEMPT_REMOVE,    /* rmdir(2) */
};

/*
 * Moves process pid (0: the caller) into all the cgroups, or into none: when
 * one refuses it goes back in those that it had joined. All have procs open.
 * @origin: where the process was, with procs open where that was possible; it
 *          may lack hierarchies, in which there is then no way back
 * @attempt: CG_ATTEMPT_JOIN or CG_ATTEMPT_JOIN_ROOT, for the explanation
 * Returns 0 or a negative errno value with *err filled and explained.
 */
int cg_cgroups_join(const struct cg_cgroups *cgroups, const struct cg_cgroups *origin, pid_t pid,
		    enum cg_attempt attempt, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * The caller's own cgroups in the hierarchies of cgroups, as origin for
 * cg_cgroups_join(): open as far as the caller may. Never fails for want of
 * permission; returns 0 or -ENOMEM with *err filled.
 */
int cg_cgroups_open_origin(const struct cg_mounts *mounts, const struct cg_cgroups *cgroups,
			   struct cg_cgroups *origin, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Sets the hint of *err: why the kernel gave errnum, from the state that the
 * cgroup and its ancestors are in now, and what would help. Nothing is known:
 * no hint. Returns -errnum.
 */
int cg_cgroup_explain(const struct cg_cgroup *cgroup, enum cg_attempt attempt, int errnum,
		      struct cg_error *err) CG_NONNULL(1);

/*
 * The same for a fork that failed: with EAGAIN, the pids.max of the caller's
 * cgroup or an ancestor if that is reached, else the other limits that there
 * are. Returns -errnum.
 */
int cg_fork_explain(int errnum, struct cg_error *err);

/*
 * cgroupfs_mount.c: mounting cgroup file systems to match a cgroup namespace
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

#define CG_MOUNT_PLAN_INIT                                    \
	{                                                     \
		-1, CG_HIERARCHIES_INIT, CG_MOUNTS_INIT, NULL \
	}

void cg_mount_plan_free(struct cg_mount_plan *plan);

#define cleanup_mount_plan cleanup_with(cg_mount_plan_free)

/*
 * Reads the caller's cgroup mounts; before namespaces are entered.
 * @dir: where to mount instead, absolute or relative to the working directory
 *       at the time of cg_mount_plan_carry_out(); or NULL
 * Returns 0, -ENOENT where no cgroup file system is mounted, or another
 * negative errno value, with *err filled.
 */
int cg_mount_plan_make(const char *dir, struct cg_mount_plan *plan,
		       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2);

/*
 * Mounts every cgroup file system of the plan afresh, so that it shows the
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
 * Returns 0 or a negative errno value with *err filled: -ENOENT when the
 * namespace's root cgroup was removed.
 */
int cg_mount_plan_carry_out(const struct cg_mount_plan *plan, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

#endif
