/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Everything of the host that the steps need, opened and read before the
 * first of them: afterwards nothing is looked up by name any more.
 */
#ifndef ENTER_PLAN_H
#define ENTER_PLAN_H

#include <stdbool.h>

#include "cgroupfs.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo.h"
#include "privs.h"
#include "request.h"
#include "target.h"

struct enter_plan {
	struct cg_target target;
	int namespaces; /* of the target process, still to be entered */
	int owner;	/* user namespace of a target without a process, or -1 */
	bool enters_mounts;
	bool fork;

	struct cg_hierarchies hierarchies;
	struct cg_mounts mounts;
	struct cg_cgroups cgroups; /* to be joined; their procs are open */
	struct cg_cgroups origin;  /* the way back, where nobody else can undo */
	struct cg_created created;
	struct cg_mount_plan mount;

	int root, wd;			   /* directories, O_PATH, or -1 */
	char **envp;			   /* NULL: the caller's */
	struct cg_credentials credentials; /* the target process's */
	gid_t *groups;
	struct cg_privs privs;
};

/* Prints "cgns-enter: ..." on standard error with --verbose; names are escaped. */
void enter_say(const struct enter_options *options, const char *fmt, ...) CG_PRINTF(2, 3);

/*
 * Opens and reads all of it; what is to be created is created last.
 * Returns 0 or a negative errno value with *err filled. To be freed in any case.
 */
int enter_plan_make(const struct enter_options *options, struct enter_plan *plan,
		    struct cg_error *err) CG_MUST_CHECK;
void enter_plan_free(struct enter_plan *plan);

#define cleanup_plan cleanup_with(enter_plan_free)

/*
 * cgroups.c: resolves the cgroups to be joined into plan->cgroups, makes what
 * is missing of them, and opens their cgroup.procs.
 */
int enter_find_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err) CG_MUST_CHECK;
int enter_make_cgroups(const struct enter_options *options, struct enter_plan *plan,
		       struct cg_error *err) CG_MUST_CHECK;

/*
 * identity.c: fills plan->privs. For a target without a process the ids in its
 * user namespace are known only inside: then it is called there.
 */
int enter_choose_identity(const struct enter_options *options, struct enter_plan *plan,
			  struct cg_error *err) CG_MUST_CHECK;

#endif
