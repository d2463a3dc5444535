/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * channel - packets with errors, texts and a descriptor between a parent and
 * its child
 *
 * A socket pair of SOCK_SEQPACKET (unix(7)): what is sent at once is received
 * at once, or not at all. Both ends are O_CLOEXEC, so the end of the talk says
 * that the other side has executed a program or has ended. Both sides are the
 * same program: what the kinds of packets mean is between them.
 */
#ifndef CG_CHANNEL_H
#define CG_CHANNEL_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

/* The longest text of a packet with its NUL: a path of the kernel's, and words around it. */
#define CG_PACKET_TEXT 6144
#define CG_MESSAGE     32768 /* the longest message, of one packet or more */

struct cg_packet {
	int kind;
	int errnum;	     /* 0: none */
	int number;	     /* a process, a status: kind says which */
	int fd;		     /* a descriptor that goes along, or -1 */
	const char *text[2]; /* NULL: none; a longer one is cut when it is sent */
};

#define CG_PACKET(kind_) ((struct cg_packet){ .kind = (kind_), .fd = -1 })

/* A packet that came, and the message that it came in. */
struct cg_received {
	struct cg_packet packet; /* packet.fd is the caller's to close */
	size_t taken, len;	 /* of the message */
	char data[CG_MESSAGE];
};

/* Packets without descriptors that go out together: one message. len is 0 at first. */
struct cg_outbox {
	size_t len;
	char data[CG_MESSAGE];
};

/* Makes both ends. Returns 0 or a negative errno value. */
int cg_channel_make(int ends[2]) CG_MUST_CHECK CG_NONNULL(1);

/* Limits how long that end waits for a packet. Returns 0 or a negative errno value. */
int cg_channel_set_patience(int channel, int seconds) CG_MUST_CHECK;

/*
 * Sends the packet, and a copy of its descriptor (SCM_RIGHTS); no SIGPIPE.
 * Returns 0 or a negative errno value: -EPIPE where the other side is gone.
 */
int cg_channel_send(int channel, const struct cg_packet *packet) CG_NONNULL(2);

/* Puts a packet by, and sends what has no room beside it. Returns as cg_channel_send(). */
int cg_outbox_put(struct cg_outbox *outbox, int channel,
		  const struct cg_packet *packet) CG_MUST_CHECK CG_NONNULL(1, 3);

/* Sends all that was put by. Returns as cg_channel_send(). */
int cg_outbox_send(struct cg_outbox *outbox, int channel) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Waits for the next message, and takes its first packet; its texts are valid
 * until the next message.
 * Returns 0, or a negative errno value with nothing received: -EPIPE at the end
 * of the talk, -ETIMEDOUT where there is a limit.
 */
int cg_channel_receive(int channel, struct cg_received *received) CG_MUST_CHECK CG_NONNULL(2);

/* The next packet from whoever sends several together; with taken and len 0 at first. */
int cg_channel_next(int channel, struct cg_received *received) CG_MUST_CHECK CG_NONNULL(2);

/* A child that does what may never come to an end, as to look at files whose server is dead. */
struct cg_helper {
	pid_t pid; /* 0: none */
	int channel;
};

#define CG_HELPER_INIT \
	{              \
		0, -1  \
	}

/*
 * Asks the helper, which is started if there is none.
 * @serve: in the child, which ends when that returns. It has none of the standard
 *         streams: one that hangs for ever keeps nobody waiting for their end. It is killed when
 *         its parent ends.
 * @seconds: how long it is waited for
 * Returns 0, or a negative errno value, and the helper is ended then: -ETIMEDOUT where it did not
 * answer, -EAGAIN where there may be no further process.
 */
int cg_helper_ask(struct cg_helper *helper, void (*serve)(int channel, void *data), void *data,
		  int seconds, const struct cg_packet *question,
		  struct cg_received *answer) CG_MUST_CHECK CG_NONNULL(1, 2, 5, 6);

/* Ends it, if there is one. @hangs: it did not answer, and is left to its fate. */
void cg_helper_stop(struct cg_helper *helper, bool hangs) CG_NONNULL(1);

/* A packet that carries the error, which must outlive it. */
struct cg_packet cg_packet_of_error(int kind, const struct cg_error *err) CG_NONNULL(2);

/* Fills *err with the error that the packet carries. Returns as cg_error_set() does. */
int cg_packet_to_error(const struct cg_packet *packet, struct cg_error *err) CG_NONNULL(1);

#endif
