/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * origin - whose namespace a row of the table is about: the process's own, or
 * for a path, an id or a directory, --from's
 */
#ifndef CGNS_PATH_ORIGIN_H
#define CGNS_PATH_ORIGIN_H

#include "subject.h"
#include "world.h"

struct origin {
	pid_t pid;   /* 0 for what is no process */
	int procdir; /* /proc/PID, so that every read is of one process; or -1 */
	int nsfd;    /* its namespace, or -1: see errnum */
	int errnum;
	uint64_t ns_inode;	       /* 0 where the caller may not look */
	const struct cg_nsroot *roots; /* NULL: unknown */
	char *command;
};

/*
 * The roots of namespaces that were met last, and the origin that is in use.
 * A namespace is kept open while its roots are remembered: its inode number
 * would be given to another one otherwise.
 */
enum {
	ORIGINS_KEPT = 64,
};

struct origins {
	struct cg_nsroot known[ORIGINS_KEPT];
	size_t count; /* of all that were met: the next one goes to count % ORIGINS_KEPT */
	struct origin current;
};

/*
 * Makes the origin of a WHAT the current one. *origin is valid until the next
 * call. Returns 0 or a negative errno value with *err filled.
 */
int origins_get(struct origins *origins, struct world *world, const struct what *what,
		bool with_command, const struct origin **origin, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 5);

void origins_free(struct origins *origins, const struct cg_hierarchies *hierarchies)
	CG_NONNULL(1, 2);

/* The origin's root in the hierarchy with that index, in the caller's view. Never NULL. */
const struct cg_root *origin_root(const struct origin *origin, size_t hierarchy) CG_NONNULL(1);

/*
 * If the caller may not see what the namespace is, or where it is rooted, the
 * reason, with *err filled: -EACCES or -EPERM. Else 0.
 */
int origin_unseen(const struct origin *origin, const char *text, struct cg_error *err)
	CG_NONNULL(1, 2);

/* How a namespace with that root sees a path of the caller's view. *view is freed by the caller. */
int origin_own_view(const struct frame *frame, const struct cg_root *root, const char *path,
		    char **view, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 3, 4);

#endif
