/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * select - which cgroup, and which of the processes in it, a TARGET means that
 * is given by a cgroup, a container, a pod or a unit
 *
 * A cgroup's path names it. Containers, pods and units are found by the names
 * of cgroups (owner.h), in one walk down the cgroup directories of a hierarchy,
 * from the topmost that the caller's mounts show; where they show too little,
 * in the paths of all processes.
 *
 * More than one answer is an error that lists them in the form in which they
 * can be typed.
 */
#ifndef CG_SELECT_H
#define CG_SELECT_H

#include "cleanup.h"
#include "error.h"
#include "hierarchy.h"
#include "mountinfo/mountinfo.h"
#include "target.h"

/* What there is to choose from where a TARGET means several: each as it is typed. */
struct cg_choice {
	struct cg_choice_item {
		char *text;
		char *remark; /* what it is, or NULL */
	} * items;
	size_t count;
	bool more; /* than are listed */
};

/* Adds form and name, as one text; takes *remark over, which may be NULL. Returns 0 or -ENOMEM. */
int cg_choice_add(struct cg_choice *choice, const char *form, const char *name,
		  char **remark) CG_MUST_CHECK CG_NONNULL(1, 2, 3);

/* Makes the list the error's hint. Returns -ENOTUNIQ or -ENOMEM. */
int cg_choice_explain(const struct cg_choice *choice, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

void cg_choice_free(struct cg_choice *choice);

#define cleanup_choice cleanup_with(cg_choice_free)

/*
 * The cgroup of a TARGET that names one, in one hierarchy.
 * @spec: cg_target_is_cgroup(); its own hierarchy is not looked at
 * @mounts: the caller's
 * *path: out: in the caller's view, normal form, freed by the caller. For
 *        "cgroup:" it need not exist.
 * Container: a whole id or a name wins over beginnings of ids. Unit: one of the
 * host's manager wins over users', and these over those in containers.
 * Returns 0; -ENOENT: nothing of that name is in this hierarchy; -ENOTUNIQ:
 * several, which *choice has, if it is not NULL; or another negative errno value; *err is
 * filled.
 */
int cg_select_cgroup(const struct cg_target_spec *spec, const struct cg_mounts *mounts,
		     const struct cg_hierarchy *hierarchy, char **path, struct cg_choice *choice,
		     struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

/*
 * What cg_select_cgroup() says where no hierarchy has a container, pod or unit; of
 * a cgroup *err stays as it is. Returns -ENOENT or another negative errno value.
 */
int cg_select_nowhere(const struct cg_target_spec *spec, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Opens a TARGET of any form: one that names no cgroup as cg_target_open()
 * does; else the process with the lowest PID
 *	in that cgroup or, if it holds none itself, below it;
 *	of those whose deepest container it is, in the namespace whose root is the
 *	shallowest at or below the container's cgroup: visitors and monitors have
 *	theirs elsewhere;
 *	of the pod's only container;
 *	in the unit's cgroup or below it.
 * Zombies and processes whose first thread has ended are passed over, unless
 * nobody else is there. The process was in the cgroup while it was held.
 * @hierarchy: of --hierarchy, or NULL or "all": then the default one is looked
 *             at, and the others if nobody is there
 * Returns 0 or a negative errno value with *err filled: as cg_select_cgroup(),
 * -ESRCH: no process is there, -ENOTUNIQ: processes of several namespaces are, which
 * *choice has, if it is not NULL.
 */
int cg_select_open(const char *text, const char *hierarchy, struct cg_target *target,
		   struct cg_choice *choice, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 3);

#endif
