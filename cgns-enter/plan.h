/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the steps need: opened and read (open.h) before the first of them.
 */
#ifndef ENTER_PLAN_H
#define ENTER_PLAN_H

#include <stdbool.h>

#include "cgmount/cgmount.h"
#include "cgroupfs/cgroupfs.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "options.h"
#include "privs.h"
#include "target.h"

struct enter_plan {
	struct cg_target target;
	int namespaces; /* of the target process, still to be entered */
	int owner;	/* user namespace of a target without a process, or -1 */
	bool enters_mounts;
	bool creates;	  /* cgroups */
	bool enters_user; /* the target's user namespace, or the owner's of its cgroup namespace */
	bool fork;

	struct cg_hierarchies hierarchies;
	struct cg_mounts mounts;
	struct cg_cgroups cgroups; /* to be joined; their procs are open */
	struct cg_cgroups own;	   /* the way back, where something is created */
	struct cg_created created;
	struct cg_mount_plan mount;

	int root, wd;			   /* directories, O_PATH, or -1 */
	char *root_name, *wd_name;	   /* the target's, where -M has to find them again */
	char **envp;			   /* NULL: the caller's */
	struct cg_credentials credentials; /* the target process's */
	gid_t *groups;
	struct cg_privs privs;
};

#endif
