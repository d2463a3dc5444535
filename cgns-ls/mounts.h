/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a row's process has mounted, beside what its namespace would show.
 */
#ifndef LS_MOUNTS_H
#define LS_MOUNTS_H

#include "listing.h"

/* What one process sees. */
struct ls_sight {
	int procdir;			/* its /proc/PID */
	struct cg_mounts theirs;	/* nothing, if they are the caller's own */
	const struct cg_mounts *mounts; /* NULL: not read, or the caller may not look */
};

#define LS_SIGHT_INIT         \
	{                     \
		.procdir = -1 \
	}

/*
 * Looks at the mounts of the process that stands for the namespace; of another member, if that
 * one has ended.
 * Returns 0, also if the caller may not look; -ESRCH: all have ended, and the namespace with
 * them; or another negative errno value.
 */
int ls_sight_read(struct ls_listing *listing, struct cg_namespace *ns,
		  struct ls_sight *sight) CG_MUST_CHECK CG_NONNULL(1, 2, 3);
void ls_sight_free(struct ls_sight *sight);

#define cleanup_sight cleanup_with(ls_sight_free)

/*
 * Notes what the row's process has mounted in hierarchy h, and compares it with what its
 * namespace would show: by path, and whether the cgroup is still there, for another may have its
 * path by now. What could not be looked at is hidden. Returns 0 or -ENOMEM.
 */
int ls_sight_judge(const struct ls_sight *sight, struct ls_row *row, size_t h) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/* From where the caller sees its mounts, for all sights; where that is not known .mount is 0. */
void ls_sight_own(struct ls_listing *listing) CG_NONNULL(1);

#endif
