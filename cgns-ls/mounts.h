/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What processes have mounted, as they see it.
 */
#ifndef LS_MOUNTS_H
#define LS_MOUNTS_H

#include "mountinfo/mountinfo.h"
#include "nsscan/nsscan.h"
#include "opener.h"

/* What the caller sees, and the means to look at what others see. */
struct ls_mounts {
	struct cg_viewpoint viewpoint; /* the caller's own */
	struct cg_mounts own;	       /* what it sees from there, once that was needed */
	bool own_known;
	struct cg_opener opener;
};

#define LS_MOUNTS_INIT                    \
	{                                 \
		.opener = CG_OPENER_INIT, \
	}

/* Looks from where the caller sees its mounts; where that is not known .mount is 0. */
void ls_mounts_begin(struct ls_mounts *mounts, int procfd) CG_NONNULL(1);
void ls_mounts_free(struct ls_mounts *mounts);

/* What one process sees. */
struct ls_sight {
	int procdir;			/* its /proc/PID */
	int root;			/* its root directory, once that was needed */
	struct cg_mounts theirs;	/* nothing, if they are the caller's own */
	const struct cg_mounts *mounts; /* NULL: not read, or the caller may not look */
};

#define LS_SIGHT_INIT                     \
	{                                 \
		.procdir = -1, .root = -1 \
	}

/*
 * Looks at the mounts of the process that stands for the namespace; of another member, if that
 * one has ended.
 * Returns 0, also if the caller may not look; -ESRCH: all have ended, and the namespace with
 * them; or another negative errno value.
 */
int ls_sight_read(struct ls_mounts *mounts, struct cg_nsscan *scan, struct cg_namespace *ns,
		  struct ls_sight *sight) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);
void ls_sight_free(struct ls_sight *sight);

#define cleanup_sight cleanup_with(ls_sight_free)

/*
 * The mount of a hierarchy that the process finds under /sys/fs/cgroup, one of sight->mounts: the
 * last one, but none that lies below another of the same hierarchy. NULL: there is none.
 */
const struct cg_mount *ls_sight_find(const struct ls_sight *sight, const char *controllers)
	CG_NONNULL(1, 2);

/*
 * Whether that mount is of a living cgroup. A path alone does not tell: that of a cgroup which
 * was removed may be another's now.
 * Returns 0, also if it is gone by now, or the process is, or if it is of a file: its path tells
 * enough; -ESTALE: the cgroup was removed; or why that is not known: as cg_opener_open(), with
 * -EXDEV also where its name leads to something else.
 */
int ls_sight_check(struct ls_sight *sight, const struct cg_mount *mount,
		   struct ls_mounts *mounts) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

#endif
