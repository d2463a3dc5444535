/* SPDX-License-Identifier: GPL-2.0-or-later */
/* context - what the files of this room have of the context beside what.h */
#ifndef CG_WHAT_CONTEXT_H
#define CG_WHAT_CONTEXT_H

#include "what/what.h"

/*
 * Makes the frame reach a path that the user gave and that leads above the
 * caller's own root, as far as older mounts show the names there.
 */
void cg_context_reach_path(struct cg_context *context, struct cg_frame *frame, const char *path)
	CG_NONNULL(1, 2, 3);

/*
 * What a reader in --to's namespace reads of a process: the kernel's own
 * answer, in whatever state the roots are. pid is 0 where only its folder names it. *view is freed
 * by the caller.
 */
int cg_context_view_process(struct cg_context *context, const struct cg_hierarchy *hierarchy,
			    int procdir, pid_t pid, char **view, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 5);

#endif
