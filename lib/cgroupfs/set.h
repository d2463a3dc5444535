/* SPDX-License-Identifier: GPL-2.0-or-later */
/* set - why a file of a limit could not be written, for the parts of the room cgroupfs */
#ifndef CG_CGROUPFS_SET_H
#define CG_CGROUPFS_SET_H

#include "cgroupfs/cgroupfs.h"

/*
 * Sets the hint of *err: why the kernel refused with errnum what was written, as far as the
 * value, the cgroup and the one above it tell. Nothing is known: no hint.
 */
void cg_set_explain(const struct cg_write *write, int errnum, struct cg_error *err)
	CG_NONNULL(1, 3);

#endif
