/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is done from where the caller is: by the process that stays there with
 * the caller's privileges, in its cgroups and namespaces. It makes, moves and
 * pins for the process that becomes the program (the runner), and can take all
 * of it back.
 *
 * With a fork that is the parent, which waits; without one the keeper
 * (keeper.h) or, where nothing needs to be taken back, the runner itself.
 */
#ifndef CGNS_UNSHARE_STAY_H
#define CGNS_UNSHARE_STAY_H

#include <stdbool.h>
#include <sys/types.h>

#include "cgns-unshare/request.h"
#include "cgroupfs.h"
#include "cleanup.h"
#include "error.h"

struct stay {
	const struct request *request;
	struct cg_hierarchies hierarchies;
	struct cg_mounts mounts;
	struct cg_cgroups roots;     /* to join; they become roots */
	struct cg_cgroups subgroups; /* to join once they are */
	struct cg_cgroups origin;    /* where the caller is, for the way back */
	struct cg_created created;
	int file;	/* of --persist, or -1 */
	bool file_made; /* by this run */
	bool pinned;
};

#define STAY_INIT(request_)                     \
	{                                       \
		.request = request_, .file = -1 \
	}

void stay_free(struct stay *stay);

#define cleanup_stay cleanup_with(stay_free)

/* Looks everything up and opens it; changes nothing. */
int stay_open(struct stay *stay, struct cg_error *err) CG_MUST_CHECK;

/* Creates cgroups, gives them to their owner, and makes FILE. On failure stay_undo(). */
int stay_make(struct stay *stay, struct cg_error *err) CG_MUST_CHECK;

/* Moves process pid (0: the caller) into the roots: into all of them or none. */
int stay_join(struct stay *stay, pid_t pid, struct cg_error *err) CG_MUST_CHECK;

/*
 * When process pid (0: the caller) is in its namespaces: moves it into the
 * subgroups, and binds its cgroup namespace to FILE (not with 0).
 */
int stay_settle(struct stay *stay, pid_t pid, struct cg_error *err) CG_MUST_CHECK;

/* Whether stay_settle() has anything to do. */
bool stay_has_to_settle(const struct stay *stay);

/* Whether there is something that stay_undo() would take back. */
bool stay_has_to_undo(const struct stay *stay);

/*
 * Takes back what was done, in reverse order; moves process pid back first,
 * unless it is 0: then the runner has ended. What cannot be taken back is said
 * on standard error.
 */
void stay_undo(struct stay *stay, pid_t pid);

/* For --rm: kills and removes what was created. */
void stay_remove(struct stay *stay);

/* With --verbose: "cgns-unshare: joined /x of memory". */
void say(const struct request *request, const char *fmt, ...) CG_PRINTF(2, 3);

#endif
