/* SPDX-License-Identifier: GPL-2.0-or-later */
/* subject - the cgroup that a WHAT names, in one hierarchy, in the caller's view */
#ifndef CGNS_PATH_SUBJECT_H
#define CGNS_PATH_SUBJECT_H

#include <stdbool.h>
#include <stdint.h>

#include "what.h"
#include "world.h"

struct subject {
	struct what what;
	const struct cg_hierarchy *hierarchy;
	char *path;    /* in the caller's view, normal form */
	bool removed;  /* the kernel appends " (deleted)": a zombie's, gone */
	uint64_t id;   /* the cgroup id, or 0 where it was not needed */
	bool verified; /* it was found as a living directory */
	int procdir;   /* of a process that is held, else -1 */
	int held;      /* the same where the subject owns it */
};

#define SUBJECT_INIT                                    \
	{                                               \
		.path = NULL, .procdir = -1, .held = -1 \
	}

void subject_free(struct subject *subject);

#define cleanup_subject cleanup_with(subject_free)

/*
 * Finds the cgroup. A directory names its own hierarchy; everything else is
 * looked for in hierarchy.
 * @procdir: of a process that is held as long as the subject is used, or -1
 *           to name it by its PID
 * Returns 0 or a negative errno value with *err filled; -ENODATA for a process
 * that is in no cgroup of that hierarchy.
 */
int subject_find(struct world *world, const struct what *what, int procdir,
		 const struct cg_hierarchy *hierarchy, struct subject *subject,
		 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4, 5);

/*
 * The path in --to's view, as the kernel prints it there. *view is freed by
 * the caller. Fails for one outside --to's root if that was asked for.
 */
int subject_view(struct world *world, const struct subject *subject, char **view,
		 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/* 0 if the cgroup exists, -ENOENT if not, -ENXIO if that cannot be told from here. */
int subject_check_exists(struct world *world, struct subject *subject,
			 struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

#endif
