/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsroot_inside - what the room nsroot does in its prober, inside of cgroup
 * namespaces: see, mount where nobody else sees it, and answer
 *
 * nsroot.h says by which ways a root is found. But for
 * cg_inside_scratch_root(), all of this is for a process that has nothing else
 * to do: it changes its namespaces, and there is no way back.
 */
#ifndef CG_NSROOT_INSIDE_H
#define CG_NSROOT_INSIDE_H

#include <stddef.h>
#include <sys/types.h>

#include "cleanup.h"
#include "hierarchy.h"
#include "nsroot.h"
#include "nsroot_talk.h"
#include "procfs.h"

/*
 * The root of the last mount of that hierarchy over the scratch point of a
 * process ("1234" or "self"; procfd is /proc), in the view of who calls this
 * (mountinfo in proc_pid_mountinfo(5)). Returns 0 with *root, freed by the
 * caller, -ENXIO where there is none, or another negative errno.
 */
int cg_inside_scratch_root(int procfd, const char *process, const char *controllers,
			   char **root) CG_MUST_CHECK CG_NONNULL(2, 3, 4);

/*
 * Enters the cgroup namespace, by way of the user namespace that owns it where
 * the caller has no privilege over it (setns(2), ioctl_ns(2)).
 * Returns 0 or a negative errno.
 */
int cg_inside_enter(int nsfd) CG_MUST_CHECK;

/* The cgroups of a process as this one sees them. Returns 0 or a negative errno. */
int cg_inside_read(const struct cg_channel *channel, pid_t pid,
		   struct cg_memberships *memberships) CG_MUST_CHECK CG_NONNULL(1, 3);

/*
 * Enters each of the namespaces with an index in pending (count of them), and
 * sends an answer for each hierarchy. Where an answer has waits set it goes on
 * when the parent has sent a byte.
 */
CG_NORETURN void cg_inside_answer(const struct cg_channel *channel,
				  const struct cg_nsroot *namespaces, const size_t *pending,
				  size_t count, const struct cg_hierarchies *hierarchies)
	CG_NONNULL(1, 2, 3, 5);

/*
 * The root of the namespace that this process is in now, seen from nsfd: by
 * its own cgroup, else by a mount of its own. Returns 0 with *text, freed by
 * the caller, or a negative errno.
 */
int cg_inside_see_own_root(const struct cg_channel *channel, int nsfd,
			   const struct cg_hierarchy *hierarchy, char **text) CG_MUST_CHECK
	CG_NONNULL(1, 3, 4);

#endif
