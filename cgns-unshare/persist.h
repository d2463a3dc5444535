/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeps the new namespace by a bind mount on FILE (--persist). Everything is
 * held by descriptors from the first look at FILE on: no link is followed, and
 * what is taken back is what was made, whatever its name means by then. The
 * mount alone is not held: while it is, nobody could unmount it.
 */
#ifndef CGNS_UNSHARE_PERSIST_H
#define CGNS_UNSHARE_PERSIST_H

#include <stdbool.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

struct persist {
	const char *name; /* as it was given; not owned */
	const char *base; /* in folder; a pointer into name */
	int folder;	  /* O_PATH, or -1 */
	int file;	  /* O_PATH, or -1: still to be made */
	bool made;	  /* by this run */
	int mount;	  /* the id of the bind mount on it (statx(2), Linux 5.8), or 0 */
};

#define PERSIST_INIT                     \
	{                                \
		.folder = -1, .file = -1 \
	}

/* Closes; takes nothing back. */
void persist_free(struct persist *persist);

/*
 * Looks at FILE: a name that is free, or an empty regular file that nothing is
 * kept on. Changes nothing. name must outlive *persist. Returns 0 or a
 * negative errno value with *err filled.
 */
int persist_open(struct persist *persist, const char *name, struct cg_error *err) CG_MUST_CHECK;

/* Makes FILE if it is missing. Returns as persist_open(). */
int persist_make(struct persist *persist, struct cg_error *err) CG_MUST_CHECK;

/*
 * Binds the cgroup namespace of pid, a child of the caller that was not reaped,
 * to FILE (open_tree(2), move_mount(2): Linux 5.2). Returns as persist_open().
 */
int persist_bind(struct persist *persist, pid_t pid, struct cg_error *err) CG_MUST_CHECK;

/*
 * Takes the mount away, and FILE if it was made here and its name still means
 * it. Returns 0 or a negative errno value with *err filled.
 */
int persist_undo(struct persist *persist, struct cg_error *err);

#endif
