/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "opener.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

#include "syscalls.h"

#define PATIENCE     1 /* seconds */
#define MAX_SILENCES 3

static const uint64_t flags = O_PATH | O_CLOEXEC;
static const uint64_t resolve = RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS;

/* Opens what was asked for. Returns a descriptor or a negative errno value. */
static int open_asked(const struct cg_received *question)
{
	cleanup_fd int root = question->packet.fd;
	int fd = cg_openat2(root, question->packet.text[0], flags, resolve);

	if (fd >= 0)
		return fd;
	return errno == EAGAIN ? -EXDEV : -errno;
}

/*
 * In the child: a question is a descriptor and a name, an answer a descriptor or an errno. The
 * talk ends where a question could not be received: answers would be out of step.
 */
static void serve(int channel, void *data)
{
	cleanup_free struct cg_received *question = calloc(1, sizeof(*question));
	int rc = question ? 0 : -EPIPE;

	(void)data;
	while (rc == 0) {
		cleanup_fd int fd = -1;
		struct cg_packet answer = CG_PACKET(0);

		rc = cg_channel_receive(channel, question);
		if (rc == -EPIPE)
			return;
		fd = rc < 0 ? rc : open_asked(question);
		answer.fd = fd;
		answer.errnum = fd < 0 ? -fd : 0;
		cg_channel_send(channel, &answer);
	}
}

static int ask(struct cg_opener *opener, int root, const char *file)
{
	cleanup_free struct cg_received *answer = calloc(1, sizeof(*answer));
	struct cg_packet question = CG_PACKET(0);
	int rc = answer ? 0 : -ENOMEM;

	question.fd = root;
	question.text[0] = file;
	if (rc == 0)
		rc = cg_helper_ask(&opener->helper, serve, NULL, PATIENCE, &question, answer);
	opener->silences += rc == -ETIMEDOUT;
	if (rc < 0)
		return rc;
	return answer->packet.errnum ? -answer->packet.errnum : answer->packet.fd;
}

int cg_opener_open(struct cg_opener *opener, int root, const char *file)
{
	int fd = cg_openat2_cached(root, file, flags, resolve);

	if (fd >= 0)
		return fd;
	if (errno != EAGAIN && errno != EINVAL)
		return -errno;
	if (opener->silences >= MAX_SILENCES)
		return -ETIMEDOUT;
	/* a packet would cut it; no path is as long for the kernel */
	return strlen(file) < PATH_MAX ? ask(opener, root, file) : -ENAMETOOLONG;
}

void cg_opener_stop(struct cg_opener *opener)
{
	cg_helper_stop(&opener->helper, false);
}
