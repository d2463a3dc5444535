/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The steps of the process that becomes the program, once it is in its cgroups. */
#ifndef CGNS_UNSHARE_CHILD_H
#define CGNS_UNSHARE_CHILD_H

#include "cgmount/cgmount.h"
#include "cgns-unshare/options.h"
#include "cleanup.h"
#include "error.h"
#include "ns.h"

struct child {
	const struct request *request;
	struct cg_mount_plan mounts; /* for --mount-cgroup */
	struct cg_id_map id_map;     /* of the caller, whose ids read otherwise inside */
};

#define CHILD_INIT(request_)                                      \
	{                                                         \
		.request = request_, .mounts = CG_MOUNT_PLAN_INIT \
	}

/*
 * Whether the caller may unshare, as far as that can be told without doing it:
 * asked before anything is changed for it.
 */
int child_check(const struct child *child, struct cg_error *err) CG_MUST_CHECK;

/* Looks up what cannot be looked up any more child; changes nothing. */
int child_open(struct child *child, struct cg_error *err) CG_MUST_CHECK;

void child_free(struct child *child);

/* Namespaces that a child is to be born in: those that unshare(2) gives to children only. */
int child_birth_flags(const struct request *request);

/*
 * Unshares the namespaces, but those that the caller was born in, and maps
 * ids. From here on mounts propagate nowhere.
 */
int child_unshare(const struct child *child, int born, struct cg_error *err) CG_MUST_CHECK;

/* Root, mounts, working directory, and at last the privileges. */
int child_set_up(const struct child *child, struct cg_error *err) CG_MUST_CHECK;

#endif
