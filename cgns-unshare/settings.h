/* SPDX-License-Identifier: GPL-2.0-or-later */
/* settings - what --set writes, and which controllers a cgroup is created with */
#ifndef CGNS_UNSHARE_SETTINGS_H
#define CGNS_UNSHARE_SETTINGS_H

#include "cgns-unshare/options.h"
#include "cgroupfs/cgroupfs.h"
#include "cleanup.h"
#include "error.h"

/*
 * Plans what is to be set in those of the roots that are still to be created,
 * and finds out whether what exists lets it be done. Changes nothing.
 * A hierarchy that --cgroup names by a controller has to have it in there.
 */
int settings_plan(const struct request *request, const struct cg_hierarchies *hierarchies,
		  const struct cg_cgroups *roots, struct cg_set_plan *plan,
		  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

/* Once the roots are created: hands controllers down to them, and sets what was planned. */
int settings_carry_out(const struct request *request, const struct cg_set_plan *plan,
		       const struct cg_cgroups *roots, const struct cg_created *created,
		       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

#endif
