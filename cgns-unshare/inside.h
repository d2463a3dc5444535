/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of the process that becomes the program, once it is in its cgroups. */
#ifndef CGNS_UNSHARE_INSIDE_H
#define CGNS_UNSHARE_INSIDE_H

#include "cgns-unshare/request.h"
#include "cgroupfs.h"
#include "cleanup.h"
#include "error.h"
#include "ns.h"

struct inside {
	const struct request *request;
	struct cg_mount_plan mounts; /* for --mount-cgroup */
	struct cg_id_map id_map;     /* of the caller, whose ids read otherwise inside */
};

#define INSIDE_INIT(request_)                                     \
	{                                                         \
		.request = request_, .mounts = CG_MOUNT_PLAN_INIT \
	}

/*
 * Whether the caller may unshare, as far as that can be told without doing it:
 * asked before anything is changed for it.
 */
int inside_check(const struct inside *inside, struct cg_error *err) CG_MUST_CHECK;

/* Looks up what cannot be looked up any more inside; changes nothing. */
int inside_open(struct inside *inside, struct cg_error *err) CG_MUST_CHECK;

void inside_free(struct inside *inside);

#define cleanup_inside cleanup_with(inside_free)

/* Namespaces that a child is to be born in: those that unshare(2) gives to children only. */
int inside_birth_flags(const struct request *request);

/*
 * Unshares the namespaces, but those that the caller was born in, and maps
 * ids. From here on mounts propagate nowhere.
 */
int inside_unshare(const struct inside *inside, int born, struct cg_error *err) CG_MUST_CHECK;

/* Root, mounts, working directory, and at last the privileges. */
int inside_furnish(const struct inside *inside, struct cg_error *err) CG_MUST_CHECK;

#endif
