/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done from where the caller is: by the process that stays there with
 * the caller's privileges, in its cgroups and namespaces. It makes, moves and
 * pins for the process that becomes the program (the runner), and can take all
 * of it back.
 *
 * spawn.h says who that is.
 */
#ifndef CGNS_UNSHARE_PARENT_H
#define CGNS_UNSHARE_PARENT_H

#include <stdbool.h>
#include <sys/types.h>

#include "cgns-unshare/options.h"
#include "cgns-unshare/persist.h"
#include "cgroupfs/cgroupfs.h"
#include "cleanup.h"
#include "error.h"
#include "spawn/spawn.h"

struct parent {
	const struct request *request;
	struct cg_hierarchies hierarchies;
	struct cg_mounts mounts;
	struct cg_cgroups roots;     /* to join; they become roots */
	struct cg_cgroups subgroups; /* to join once they are */
	struct cg_cgroups own;	     /* where the caller is, for the way back */
	struct cg_created created;
	struct cg_set_plan plan; /* of --set, and of the controllers to create with */
	struct persist persist;
	const char *looked_at; /* the last path that was looked at as a file */
};

#define PARENT_INIT(request_)                                \
	{                                                    \
		.request = request_, .persist = PERSIST_INIT \
	}

void parent_free(struct parent *parent);

/* Looks everything up and opens it; changes nothing. */
int parent_open(struct parent *parent, struct cg_error *err) CG_MUST_CHECK;

/* Creates cgroups, gives them to their owner, and makes FILE. On failure parent_undo(). */
int parent_make(struct parent *parent, struct cg_error *err) CG_MUST_CHECK;

/* Moves process pid (0: the caller) into the roots: into all of them or none. */
int parent_join(struct parent *parent, pid_t pid, struct cg_error *err) CG_MUST_CHECK;

/*
 * When process pid (0: the caller) is in its namespaces: moves it into the
 * subgroups, and binds its cgroup namespace to FILE (not with 0).
 */
int parent_when_unshared(struct parent *parent, pid_t pid, struct cg_error *err) CG_MUST_CHECK;

/* Whether parent_when_unshared() has anything to do. */
bool parent_acts_when_unshared(const struct parent *parent);

/* Whether there is something that parent_undo() would take back. */
bool parent_has_to_undo(const struct parent *parent);

/*
 * Takes back what was done, in reverse order; moves process pid back first,
 * unless it is 0: then it has ended. What cannot be taken back is said on
 * standard error. False: the process could not be moved back, and has to end
 * before anything can be removed.
 */
bool parent_undo(struct parent *parent, pid_t pid, struct cg_run *run);

/* For --rm: kills and removes what was created. */
void parent_remove(struct parent *parent, struct cg_run *run);

#endif
