/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroupfs - open, create, own, join and remove a cgroup; why it was refused
 *
 * Nothing is written by name: a cgroup is held by a descriptor of its
 * directory, found and verified by mountinfo.h, and every file in it is opened
 * by openat2(2) beneath that directory, no symbolic link followed, and found
 * to be on a cgroup filesystem of that hierarchy. All descriptors are
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
#include "mountinfo/mountinfo.h"

/* A cgroup in one hierarchy, held open; maybe one that is still to be made. */
struct cg_cgroup {
	const struct cg_hierarchy *hierarchy; /* the caller's set must outlive this */
	char *path;			      /* in the caller's view, normal form */
	char *dir;     /* its directory in the caller's mount namespace, for messages */
	char *missing; /* the part of path that does not exist ("b/c"), or NULL */
	int dirfd;     /* O_PATH; where something is missing, of the nearest ancestor there is */
	int procs;     /* cgroup.procs, open for writing; -1 until cg_cgroup_open_procs() */
	long kills;    /* for want of memory, as cg_cgroups_count_kills() found them; -1: unknown */
};

#define CG_CGROUP_INIT                            \
	{                                         \
		NULL, NULL, NULL, NULL, -1, -1, 0 \
	}

void cg_cgroup_close(struct cg_cgroup *cgroup);

#define cleanup_cgroup cleanup_with(cg_cgroup_close)

/* Cgroups that belong together, at most one in each hierarchy. */
struct cg_cgroups {
	struct cg_cgroup *items;
	size_t count;
};

/*
 * "/x in cpu, memory; /y in unified": what a step was done with, for messages;
 * hierarchies in which it is the same are named together. Freed by the caller;
 * NULL if memory is short.
 */
char *cg_cgroups_names(const struct cg_cgroups *cgroups) CG_MUST_CHECK CG_NONNULL(1);

/* Closes every cgroup and releases the array. */
void cg_cgroups_free(struct cg_cgroups *cgroups);

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
 * Refuses a path, in normal form, that names no cgroup, but is below the mount
 * of a hierarchy: the name of a directory was copied from there. Returns 0, or
 * -EINVAL with *err filled, and the form to type in its hint.
 */
int cg_cgroup_refuse_directory(const struct cg_mounts *mounts,
			       const struct cg_hierarchies *hierarchies, const char *path,
			       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

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

/*
 * Refuses a cgroup that no process should join: one that is frozen, itself or by
 * an ancestor, for who joins it stops at once, and on v1 cannot even be killed;
 * and one that is threaded, for the kernel puts a whole process into the
 * resource domain of an ancestor then, without a word (cgroups(7), the kernel's
 * cgroup-v2.rst). Where something is missing, its nearest ancestor decides.
 * Returns 0, -EINVAL with *err naming the one that is frozen and what thaws it,
 * -EOPNOTSUPP with *err explained, or another negative errno value.
 */
int cg_cgroup_check_joinable(const struct cg_cgroup *cgroup, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Whether name can be a cgroup's: not empty, ".", "..", no slash or newline, 255 bytes at
 * most. Returns 0, or -EINVAL with *err filled.
 */
int cg_cgroup_check_name(const char *name, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Reads a file of the cgroup directory dirfd, however long, without its last newline.
 * Returns the text, freed by the caller, or NULL with errno set.
 */
char *cg_cgroup_read(int dirfd, const char *name) CG_MUST_CHECK CG_NONNULL(2);

/* What was made, in order; for owning, and for removing in reverse order. */
struct cg_creation {
	const struct cg_hierarchy *hierarchy;
	char *path;	  /* in the caller's view, for messages */
	char *dir;	  /* for messages */
	char *name;	  /* in the parent */
	int parent_dirfd; /* O_PATH */
	int dirfd;	  /* its own, O_PATH */
	uint64_t id;	  /* the cgroup id: never another cgroup of the same name */
	bool parent; /* made on the way to the one that was asked for: others may use it, too */
	int reason;  /* why it could not be removed, an errno value, or 0 */
};

struct cg_created {
	struct cg_creation *items;
	size_t count;
};

/* As cg_cgroups_names(). */
char *cg_created_names(const struct cg_created *created) CG_MUST_CHECK CG_NONNULL(1);

/* Forgets and closes; removes nothing. */
void cg_created_free(struct cg_created *created);

/*
 * Makes what is missing of the cgroup, and adds each one made to *created,
 * also when a later one fails. A new v1 cpuset gets its parent's cpus and
 * mems, without which it could hold no process (cpuset(7)). One that somebody
 * else makes in the meantime is used, and not counted as made; where somebody
 * has removed a parent since it was opened, that is made, too.
 * @mounts: the caller's own
 * Returns 0 or a negative errno value with *err filled and explained.
 */
int cg_cgroup_create(const struct cg_mounts *mounts, struct cg_cgroup *cgroup,
		     struct cg_created *created, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Delegates what was made to that user and group: the directory, and for v2
 * the files that /sys/kernel/cgroup/delegate lists (those that there are), for
 * v1 tasks and cgroup.procs (cgroups(7)). -EPERM: who has CAP_CHOWN may do that.
 */
int cg_created_own(const struct cg_created *created, uid_t uid, gid_t gid,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Removes what was made, last one first, and forgets what was removed. What is
 * left in *created could not be removed; cg_creation_explain() says why.
 * @kill: also what was made inside since, and kill every process there:
 *        cgroup.kill (Linux 5.14), else SIGKILL by pidfd until it is empty;
 *        where one refuses, all hierarchies are killed and thawed, and they share
 *        one patience of ten seconds. Without it one second: a process that
 *        has ended leaves its cgroup a moment later.
 * @urged: asked with data now and then, whether the patience is to end at once
 * Parents that were made on the way are removed if they are empty: nobody in
 * them is killed. The caller must be in none of them, and is never killed.
 */
void cg_created_remove(struct cg_created *created, bool kill, bool (*urged)(void *data), void *data)
	CG_NONNULL(1, 3);

/*
 * Why a cgroup could not be removed: what is in it, and what holds that, a
 * cgroup that is frozen in a v1 freezer for one.
 * @mounts, @hierarchies: the caller's own
 * Returns false, and leaves *err alone, for a parent that others use: that is
 * no failure. Else true.
 */
bool cg_creation_explain(const struct cg_creation *creation, const struct cg_mounts *mounts,
			 const struct cg_hierarchies *hierarchies, struct cg_error *err)
	CG_NONNULL(1, 2, 3, 4);

/* Remembers how many processes were killed in each so far because memory was short. */
void cg_cgroups_count_kills(struct cg_cgroups *cgroups) CG_NONNULL(1);

/*
 * Sets the hint of *err if there are more of them by now: memory.events of v2,
 * memory.oom_control of v1 (Linux 4.13).
 */
void cg_cgroups_explain_kill(const struct cg_cgroups *cgroups, struct cg_error *err)
	CG_NONNULL(1, 2);

/* Whether the cgroup, which exists, is one of those that were made: 1, 0, or negative. */
int cg_created_has(const struct cg_created *created, const struct cg_cgroup *cgroup,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * set.c, controllers.c: limits for what is made
 */

/* FILE=VALUE of --set. */
struct cg_setting {
	char *file, *value;
};

struct cg_settings {
	struct cg_setting *items; /* as they were given */
	size_t count;
};

void cg_settings_free(struct cg_settings *settings);

/*
 * Parses FILE=VALUE and adds it; pure. Refuses what is no file of a controller,
 * and the cgroup.* files but cgroup.max.depth and cgroup.max.descendants.
 * Returns 0, -EINVAL or -ENOMEM, with *err filled.
 */
int cg_settings_add(struct cg_settings *settings, const char *text,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* One file to write. */
struct cg_write {
	struct cg_cgroup *cgroup; /* one of the caller's set */
	const char *given;	  /* the file as it was given: a v2 name on a v1 hierarchy, maybe */
	char *file, *value;
	const char *added; /* a file whose number is added to value when it is written, or NULL */
};

/* What is to be written, in order, and which controllers v2 has to hand down for it. */
struct cg_set_plan {
	struct cg_write *writes;
	size_t count;
	char **controllers;
	size_t controller_count;
};

void cg_set_plan_free(struct cg_set_plan *plan);

/* Adds controllers ("memory,pids") that the new cgroup of v2 has to have. 0 or -ENOMEM. */
int cg_set_plan_need(struct cg_set_plan *plan, const char *controllers,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Plans the settings: each for the cgroup, one that is still to be made, in
 * the hierarchy that has the controller in front of the file's first dot. On
 * v1 the v2 names of limits.h are translated; memory.swap.max, which v1 has in
 * a sum only, needs memory.max beside it. Cpusets come first, memory before
 * swap, the period before the quota, others as they were given.
 * @settings, @cgroups: must outlive the plan
 * Returns 0 or a negative errno value with *err filled. Nothing is written.
 */
int cg_set_plan_settings(struct cg_set_plan *plan, const struct cg_settings *settings,
			 const struct cg_hierarchies *hierarchies, const struct cg_cgroups *cgroups,
			 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

/*
 * Whether what exists above a cgroup of v2 that is still to be made hands the
 * plan's controllers down; it is never changed. Returns 0, or a negative errno
 * value with *err filled, saying what to write where.
 */
int cg_set_plan_check(const struct cg_set_plan *plan, const struct cg_cgroup *cgroup,
		      struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Hands the plan's controllers down to a cgroup of v2 that was made, through
 * the parents that were made on the way. Returns 0 or a negative errno value
 * with *err filled.
 */
int cg_set_plan_enable(const struct cg_set_plan *plan, const struct cg_cgroup *cgroup,
		       const struct cg_created *created, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Writes one; its value is then what was written. Returns 0 or a negative errno value with
 * *err filled and explained.
 */
int cg_set_write(struct cg_write *write, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/* What was attempted when the kernel refused. */
enum cg_attempt {
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
 * @own: where the process was, with procs open where that was possible; it may
 *       lack hierarchies, in which there is then no way back
 * @attempt: CG_ATTEMPT_JOIN or CG_ATTEMPT_JOIN_ROOT, for the explanation
 * Returns 0 or a negative errno value with *err filled and explained.
 */
int cg_cgroups_join(const struct cg_cgroups *cgroups, const struct cg_cgroups *own, pid_t pid,
		    enum cg_attempt attempt, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Moves process pid back from the cgroups that it has joined. Returns whether it is in none of
 * them any more: it was moved from all, or has ended.
 */
bool cg_cgroups_leave(const struct cg_cgroups *joined, const struct cg_cgroups *own,
		      pid_t pid) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * The caller's own cgroups in the hierarchies of cgroups, for
 * cg_cgroups_join(): open as far as the caller may. Never fails for want of
 * permission; returns 0 or -ENOMEM with *err filled.
 */
int cg_cgroups_open_own(const struct cg_mounts *mounts, const struct cg_cgroups *cgroups,
			struct cg_cgroups *own, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Sets the hint of *err: why the kernel gave errnum, from the state that the
 * cgroup and its ancestors are in now, and what would help. Nothing is known:
 * no hint. Returns -errnum.
 */
int cg_cgroup_explain(const struct cg_cgroup *cgroup, enum cg_attempt attempt, int errnum,
		      struct cg_error *err) CG_NONNULL(1);

#endif
