/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * prober - the child that the room nsroot sends into cgroup namespaces, and
 * what it says to its parent
 *
 * The prober answers in packets (channel.h), in the order in which it was
 * asked: one for each hierarchy, or for each view.
 */
#ifndef CG_NSROOT_PROBER_H
#define CG_NSROOT_PROBER_H

#include <stdbool.h>
#include <sys/types.h>

#include "channel.h"
#include "cleanup.h"

/* How the prober learnt something about one hierarchy: the kind of its packet. */
enum cg_source {
	CG_BY_MEMBER,  /* text[0] is the member's view, text[1] the prober's own */
	CG_BY_ITSELF,  /* text[1] is the prober's own view, or text[0] what was asked */
	CG_BY_MOUNT,   /* the root is that of the prober's mount with the id number */
	CG_BY_NOTHING, /* errnum says why; ESTALE: the root was removed */
	CG_WHERE,      /* fd is the /proc/self/cgroup of who says so, to be read by the parent */
	CG_WITNESS,    /* the same of its witness */
	CG_WAITS,      /* process number has the mounts of the answers that follow, and waits
			* after them until it gets a packet */
	CG_LEAVES,     /* the same, and it ends then: where it is can be seen until that packet */
};

/* A prober, as its parent has it, and as it has itself. */
struct cg_prober {
	pid_t pid; /* 0: none */
	int channel;
	int procfd;		  /* /proc, opened before anything is mounted over it */
	pid_t witness_pid;	  /* the prober's own: child.c */
	int witness;		  /* that one's /proc/PID/cgroup, or -1 */
	bool is_told;		  /* the parent: where both are */
	bool leaves;		  /* it answers about one namespace, in a prober's place */
	struct cg_outbox *outbox; /* of who has many answers, or NULL */
};

#define CG_PROBER_INIT                               \
	{                                            \
		0, -1, -1, 0, -1, false, false, NULL \
	}

/*
 * Forks. Returns 0 in the child, its PID in the parent, or a negative errno. The
 * parent receives -ETIMEDOUT from a prober that is silent for ten seconds: it
 * may have been stopped from inside.
 * The child is not dumpable (prctl(2)): it may enter a user namespace whose
 * owner must not get at what it has open. It dies with its parent, and leads a process group, for
 * a child of its own may be stopped in there before it can see to it that it dies, too.
 * @procdir: what it has as procfd; -1: /proc
 */
pid_t cg_prober_fork(struct cg_prober *prober, int procdir) CG_MUST_CHECK CG_NONNULL(1);

/*
 * The prober says something, or puts it by: number is a mount's id or a process, the texts may
 * be NULL. Returns 0 or a negative errno.
 */
int cg_prober_say(const struct cg_prober *prober, enum cg_source source, int errnum, int number,
		  const char *text, const char *own) CG_MUST_CHECK CG_NONNULL(1);

/* Waits for the end of a child. Returns 0 if it ended well, -EPIPE if not, -EINTR by a signal. */
int cg_prober_reap(pid_t pid);

/* Closes the channel, and waits for the prober: whether a signal ended it, and not itself. */
bool cg_prober_was_killed(struct cg_prober *prober) CG_MUST_CHECK CG_NONNULL(1);

/* Waits until a prober that has said all has ended by itself: it waits for its own children. */
void cg_prober_dismiss(const struct cg_prober *prober) CG_NONNULL(1);

/* Ends a prober, whatever it does, also one that was stopped. */
void cg_prober_end(struct cg_prober *prober) CG_NONNULL(1);

#define cleanup_prober cleanup_with(cg_prober_end)

#endif
