/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsholder - what keeps cgroup namespaces alive: processes, single threads,
 * bind mounts, open descriptors
 *
 * A namespace lives as long as anything refers to it (namespaces(7),
 * "Namespace lifetime"). The walk shows every reference that /proc gives
 * away, in the order in which a user would look: processes, their threads,
 * nsfs mounts in every mount namespace that a thread is in, open descriptors;
 * last what only the kernel's own list knows (listns(2), Linux 7.0).
 */
#ifndef CG_NSHOLDER_H
#define CG_NSHOLDER_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"

enum cg_holder_kind {
	CG_HOLDER_PROCESS = 1 << 0, /* pid is in it */
	CG_HOLDER_THREAD = 1 << 1,  /* thread tid of pid is in it, and pid's first thread is not */
	CG_HOLDER_MOUNT = 1 << 2,   /* file, as pid can open it, is a bind mount of it */
	CG_HOLDER_FD = 1 << 3,	    /* pid has it open as descriptor fd */
	CG_HOLDER_KERNEL = 1 << 4,  /* the kernel lists it, nothing else is known */
};

#define CG_HOLDER_ANY \
	(CG_HOLDER_PROCESS | CG_HOLDER_THREAD | CG_HOLDER_MOUNT | CG_HOLDER_FD | CG_HOLDER_KERNEL)

struct cg_holder {
	enum cg_holder_kind kind;
	uint64_t inode; /* of the namespace */
	pid_t pid;  /* the process; for a mount one that sees it; 0 for KERNEL, and FD of our own */
	pid_t tid;  /* the thread (for a mount: the one that sees it) */
	int fd;	    /* FD: the number of the descriptor in pid, else -1 */
	char *file; /* MOUNT: the mount point, as tid's mountinfo names it; else NULL */
	uint64_t ns_id; /* KERNEL: the namespace's id, else 0 */
};

/* Called for each reference. A value other than 0 ends the walk, which returns it. */
typedef int (*cg_holder_visit)(const struct cg_holder *holder, void *data);

/* The mounts that are seen below more than 32 roots of one mount namespace are looked at for 32. */
#define CG_HOLDER_ROOTS 32

/* Processes that were passed over. */
struct cg_holders_unseen {
	size_t hidden;	  /* the caller may not look at them */
	size_t crowded;	  /* their mounts: CG_HOLDER_ROOTS other roots were looked at before */
	pid_t crowded_by; /* one of these */
};

/*
 * Walks the references of the kinds asked for, one kind after the other in
 * the order of the enum. A process that ends meanwhile is passed over; so is
 * one that the caller may not look at.
 * @unseen: out, may be NULL
 * Returns 0, what visit returned, or a negative errno value if there is no
 * /proc to walk or the caller ran short (cg_errno_is_shortage()). A kernel
 * without listns(2) has no holders of kind KERNEL.
 */
int cg_holders_walk(unsigned int kinds, cg_holder_visit visit, void *data,
		    struct cg_holders_unseen *unseen) CG_MUST_CHECK CG_NONNULL(2);

/*
 * Opens the namespace by way of a holder, and makes sure that it is still
 * this namespace (inode, and its type being a cgroup namespace). Mount points
 * are opened below the process's root, with no symbolic link followed, and
 * nothing that is not nsfs is ever opened for reading. -ETIMEDOUT: a filesystem on
 * the way does not answer.
 * *nsfd: out: O_RDONLY | O_CLOEXEC
 * Returns 0; -ESTALE: the holder holds something else by now, or the mount is
 * covered by another; -ENOENT, -ESRCH: the process has ended; -EACCES,
 * -EPERM: the caller may not look; or another negative errno value.
 */
int cg_holder_open(const struct cg_holder *holder, int *nsfd) CG_MUST_CHECK CG_NONNULL(1, 2);

#endif
