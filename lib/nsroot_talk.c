/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsroot_talk.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

int cg_channel_write(int fd, const void *data, size_t len)
{
	for (const char *at = data; len > 0;) {
		ssize_t done = send(fd, at, len, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}

int cg_channel_read(int fd, void *data, size_t len)
{
	for (char *at = data; len > 0;) {
		ssize_t done = read(fd, at, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EPIPE;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}

int cg_channel_flush(const struct cg_channel *channel)
{
	struct cg_stream *stream = channel->stream;
	int rc = 0;

	if (stream && stream->len > 0) {
		rc = cg_channel_write(channel->fd, stream->data, stream->len);
		stream->len = 0;
	}
	return rc;
}

static int put(const struct cg_channel *channel, const void *data, size_t len)
{
	struct cg_stream *stream = channel->stream;

	if (stream && stream->len + len > sizeof(stream->data)) {
		int rc = cg_channel_flush(channel);

		if (rc < 0)
			return rc;
	}
	if (!stream || len > sizeof(stream->data))
		return cg_channel_write(channel->fd, data, len);
	memcpy(stream->data + stream->len, data, len);
	stream->len += len;
	return 0;
}

static int take(const struct cg_channel *channel, void *data, size_t len)
{
	struct cg_stream *stream = channel->stream;

	if (!stream)
		return cg_channel_read(channel->fd, data, len);
	for (char *at = data; len > 0;) {
		size_t ready = stream->len - stream->start;
		ssize_t got;

		if (ready > 0) {
			ready = ready < len ? ready : len;
			memcpy(at, stream->data + stream->start, ready);
			stream->start += ready;
			at += ready;
			len -= ready;
			continue;
		}
		got = read(channel->fd, stream->data, sizeof(stream->data));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		stream->start = 0;
		stream->len = (size_t)got;
	}
	return 0;
}

int cg_answer_send(const struct cg_channel *channel, enum cg_source source, int errnum, bool waits,
		   const char *text)
{
	struct cg_answer answer = { source, errnum, waits, waits ? getpid() : 0,
				    text ? strlen(text) : 0 };
	int rc = put(channel, &answer, sizeof(answer));

	return rc < 0 || !text ? rc : put(channel, text, answer.len);
}

int cg_answer_receive(const struct cg_channel *channel, struct cg_received *received)
{
	int rc = take(channel, &received->answer, sizeof(received->answer));

	if (rc < 0)
		return rc;
	received->text = calloc(1, received->answer.len + 1);
	if (!received->text)
		return -ENOMEM;
	return take(channel, received->text, received->answer.len);
}

int cg_prober_reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -EPIPE;
	return status == 0 ? 0 : -EPIPE;
}

pid_t cg_prober_fork(struct cg_prober *prober)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	prober->pid = fork();
	if (prober->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (prctl(PR_SET_DUMPABLE, 0) < 0)
			_exit(EXIT_FAILURE);
		close(ends[0]);
		prober->channel.fd = ends[1];
		return 0;
	}
	close(ends[1]);
	prober->channel.fd = ends[0];
	return prober->pid < 0 ? -errno : prober->pid;
}

void cg_prober_end(struct cg_prober *prober)
{
	cg_cleanup_fd(&prober->channel.fd);
	cg_cleanup_fd(&prober->channel.procfd);
	if (prober->pid > 0)
		cg_prober_reap(prober->pid);
}
