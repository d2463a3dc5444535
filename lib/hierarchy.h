/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * hierarchy - the cgroup hierarchies of the running system and their names
 *
 * The set is what /proc/self/cgroup lists (cgroups(7)). Numbers are not
 * stable over a reboot or a mount; names are: "unified" for cgroup v2, and a
 * v1 hierarchy's controllers ("memory", "cpu,cpuacct") or name ("name=systemd").
 */
#ifndef CG_HIERARCHY_H
#define CG_HIERARCHY_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"
#include "error.h"
#include "mountinfo/mountinfo.h"

struct cg_hierarchy {
	unsigned int id;
	char *controllers; /* as in /proc/PID/cgroup: "" for unified */
	const char *name;  /* "unified", else controllers */
	char *path;	   /* the caller's own cgroup in it, in its view; NULL: not known, cut */
};

/* A column with names of hierarchies breaks none that is usual, and has room for a blank. */
#define CG_HIERARCHY_WIDTH sizeof("name=systemd")

struct cg_hierarchies {
	struct cg_hierarchy *items; /* as the kernel lists them */
	size_t count;
};

/* Reads the set. Returns 0 or a negative errno value, with *err filled. */
int cg_hierarchies_read(struct cg_hierarchies *hierarchies, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

void cg_hierarchies_free(struct cg_hierarchies *hierarchies);

#define cleanup_hierarchies cleanup_with(cg_hierarchies_free)

/* Whether the caller is in other cgroups now than when the set was read; true, too, where that
 * cannot be told. */
bool cg_hierarchies_moved(const struct cg_hierarchies *hierarchies) CG_NONNULL(1);

/*
 * The hierarchy of that name: "unified"; controllers that it has, one or more
 * in any order (those of v2 mean unified; perf_event is one of them where no v1
 * hierarchy has it); "name=NAME", or NAME where it is no controller. The result
 * points into hierarchies. NULL with *err filled, listing those that there are.
 */
const struct cg_hierarchy *cg_hierarchy_find(const struct cg_hierarchies *hierarchies,
					     const char *name, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/* The one with exactly these controllers ("" is unified), or NULL. */
const struct cg_hierarchy *cg_hierarchy_by_controllers(const struct cg_hierarchies *hierarchies,
						       const char *controllers) CG_NONNULL(1, 2);

/* The hierarchy of a controller: the v1 one that has it, else unified; NULL if there is neither. */
const struct cg_hierarchy *cg_hierarchy_of_controller(const struct cg_hierarchies *hierarchies,
						      const char *controller) CG_NONNULL(1, 2);

/* The hierarchy that a mount is of, or NULL. */
const struct cg_hierarchy *cg_hierarchy_of_mount(const struct cg_hierarchies *hierarchies,
						 const struct cg_mount *mount) CG_NONNULL(1, 2);

/*
 * The default of every program: unified if there is no v1 hierarchy, or if one
 * of memory, cpu and pids is in no v1 hierarchy and not disabled; else
 * name=systemd, else memory, else cpu, else the first. NULL with *err filled
 * where there is none at all.
 */
const struct cg_hierarchy *cg_hierarchy_default(const struct cg_hierarchies *hierarchies,
						struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

#endif
