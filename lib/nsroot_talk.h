/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsroot_talk - the talk between the room nsroot and the child that it sends
 * into cgroup namespaces, its prober
 *
 * The prober answers over a socket, in the order in which it was asked: one
 * answer for each hierarchy, or for each view. Both sides are the same program,
 * so structures go over as they are.
 */
#ifndef CG_NSROOT_TALK_H
#define CG_NSROOT_TALK_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cleanup.h"

/* How the prober learnt something about one hierarchy. */
enum cg_source {
	CG_BY_MEMBER, /* text is the member's view */
	CG_BY_ITSELF, /* text is the prober's own view */
	CG_BY_MOUNT,  /* its root is to be read in /proc/PROBER/mountinfo, which of them in order */
	CG_BY_NOTHING, /* errnum says why */
};

/* What the prober says of one hierarchy; len bytes of text follow. */
struct cg_answer {
	enum cg_source source;
	int errnum;
	bool waits;   /* the prober waits for the parent once all its answers are out */
	pid_t prober; /* the process that waits, and has the mount; else 0 */
	size_t len;
};

/* One answer, with the text that came with it, which the caller frees. */
struct cg_received {
	struct cg_answer answer;
	char *text;
};

/* What is written together, or was read together: many answers fit in. */
struct cg_stream {
	size_t start; /* read so far */
	size_t len;
	char data[32768];
};

/* One end of the talk. */
struct cg_channel {
	int fd;
	int procfd;		  /* /proc, opened before anything is mounted over it */
	struct cg_stream *stream; /* answers go through it; NULL: each by itself */
};

/* A prober, as its parent has it. */
struct cg_prober {
	pid_t pid; /* 0: none */
	struct cg_channel channel;
};

#define CG_PROBER_INIT               \
	{                            \
		0,                   \
		{                    \
			-1, -1, NULL \
		}                    \
	}

/* Write and read len bytes, past the stream. Return 0, or a negative errno: -EPIPE at the end. */
int cg_channel_write(int fd, const void *data, size_t len) CG_MUST_CHECK;
int cg_channel_read(int fd, void *data, size_t len) CG_MUST_CHECK;

/* Sends what is still in the stream. Returns 0 or a negative errno. */
int cg_channel_flush(const struct cg_channel *channel) CG_MUST_CHECK CG_NONNULL(1);

/* The prober's answer; text may be NULL. Returns 0 or a negative errno. */
int cg_answer_send(const struct cg_channel *channel, enum cg_source source, int errnum, bool waits,
		   const char *text) CG_MUST_CHECK CG_NONNULL(1);

/*
 * The next answer. Returns 0 or a negative errno; received->text may be set in
 * both cases, and is the caller's to free.
 */
int cg_answer_receive(const struct cg_channel *channel, struct cg_received *received) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * Forks. Returns 0 in the child, its PID in the parent, or a negative errno.
 * The child is not dumpable (prctl(2)): it may enter a user namespace whose
 * owner must not get at what it has open. It dies with its parent.
 */
pid_t cg_prober_fork(struct cg_prober *prober) CG_MUST_CHECK CG_NONNULL(1);

/* Waits for the end of a child. Returns 0 if it ended well, else -EPIPE. */
int cg_prober_reap(pid_t pid);

/* Closing the channel ends a prober that still waits or writes. */
void cg_prober_end(struct cg_prober *prober) CG_NONNULL(1);

#define cleanup_prober cleanup_with(cg_prober_end)

#endif
