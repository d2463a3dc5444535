/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * child - what the room nsroot does in its prober, inside of cgroup
 * namespaces: see, mount where nobody else sees it, and answer
 *
 * nsroot.h says by which ways a root is found. But for
 * cg_inside_root_of() and cg_inside_read(), all of this is for a process that has nothing else
 * to do: it changes its namespaces, and there is no way back.
 */
#ifndef CG_NSROOT_CHILD_H
#define CG_NSROOT_CHILD_H

#include <stddef.h>
#include <sys/types.h>

#include "cgmount/cgmount.h"
#include "cleanup.h"
#include "hierarchy.h"
#include "nsroot/nsroot.h"
#include "prober.h"
#include "procfs.h"

/*
 * The root of the mount with that id, in the view of who read mounts. Returns 0
 * with *root, freed by the caller, -ENXIO where there is no such mount, or
 * another negative errno.
 */
int cg_inside_root_of(const struct cg_mounts *mounts, int id, char **root) CG_MUST_CHECK
	CG_NONNULL(1, 3);

/*
 * Enters the cgroup namespace, by way of the user namespace that owns it where
 * the caller has no privilege over it (setns(2), ioctl_ns(2)).
 * Returns 0 or a negative errno.
 */
int cg_inside_enter(int nsfd) CG_MUST_CHECK;

/* Adds to *err what that needs, for -EPERM. Returns -err->errnum. */
int cg_inside_explain_refusal(struct cg_error *err);

/* The cgroups of a process as this one sees them; procfd is /proc. Returns 0 or a negative errno.
 */
int cg_inside_read(int procfd, pid_t pid, struct cg_memberships *memberships) CG_MUST_CHECK
	CG_NONNULL(3);

/* One of the namespaces that are asked about. */
struct cg_pending {
	size_t index;  /* in the array of namespaces */
	bool by_mount; /* no member can tell: from what it sees of itself, or by a mount */
};

/*
 * Enters each of the count namespaces that are pending, and sends an answer for
 * each hierarchy. Where it said CG_WAITS it goes on when the parent has
 * sent a packet. Before it tells anything by its own place it says CG_WHERE, and in v2 CG_WITNESS:
 * a child that has ended, which nobody can move any more, and which v2 still shows where it was, as
 * v1 does not (cgroups(7), /proc/PID/cgroup; Linux 4.5); after that, too, it goes on when the
 * parent has sent a packet. It stays until the channel is closed, and needs an outbox.
 */
CG_NORETURN void cg_inside_answer(struct cg_prober *prober, const struct cg_nsroot *namespaces,
				  const struct cg_pending *pending, size_t count,
				  const struct cg_hierarchies *hierarchies) CG_NONNULL(1, 2, 3, 5);

/*
 * The cgroup id of the root of the namespace that this process is in, not the
 * initial one. Returns 0 or a negative errno; -ESTALE: it was removed.
 */
int cg_inside_own_root_id(const struct cg_prober *prober, struct cg_scratch *scratch,
			  const char *controllers, uint64_t *root) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4);

/*
 * The root of the namespace that this process is in now, seen from nsfd: by a
 * mount of its own, else by its cgroup. Returns 0 with *text, freed by the
 * caller, or a negative errno.
 */
int cg_inside_see_own_root(const struct cg_prober *prober, int nsfd, const char *controllers,
			   char **text) CG_MUST_CHECK CG_NONNULL(1, 3, 4);

#endif
