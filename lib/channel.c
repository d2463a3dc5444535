/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "channel.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

/* What goes over in front of the texts. */
struct header {
	int kind;
	int errnum;
	int number;
	size_t len[2]; /* with the NUL; 0: no text */
};

/* Room for one descriptor (cmsg(3)). */
union control {
	char buffer[CMSG_SPACE(sizeof(int))];
	struct cmsghdr align;
};

int cg_channel_make(int ends[2])
{
	return socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0 ? -errno : 0;
}

static void attach(struct msghdr *message, union control *control, int fd)
{
	struct cmsghdr *part;

	memset(control, 0, sizeof(*control));
	message->msg_control = control->buffer;
	message->msg_controllen = sizeof(control->buffer);
	part = CMSG_FIRSTHDR(message);
	part->cmsg_level = SOL_SOCKET;
	part->cmsg_type = SCM_RIGHTS;
	part->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(part), &fd, sizeof(fd));
}

int cg_channel_set_patience(int channel, int seconds)
{
	const struct timeval limit = { .tv_sec = seconds };

	return setsockopt(channel, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit)) < 0 ? -errno : 0;
}

static struct header header_of(const struct cg_packet *packet)
{
	struct header header = { packet->kind, packet->errnum, packet->number, { 0, 0 } };

	for (size_t i = 0; i < 2; i++)
		if (packet->text[i])
			header.len[i] = strnlen(packet->text[i], CG_PACKET_TEXT - 1) + 1;
	return header;
}

static int send_message(int channel, const struct msghdr *message)
{
	ssize_t sent;

	do
		sent = sendmsg(channel, message, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent < 0 ? -errno : 0;
}

int cg_channel_send(int channel, const struct cg_packet *packet)
{
	struct header header = header_of(packet);
	/* The NUL of a text that is cut is set by who receives it. */
	struct iovec parts[] = { { &header, sizeof(header) },
				 { (char *)packet->text[0], header.len[0] },
				 { (char *)packet->text[1], header.len[1] } };
	struct msghdr message = { .msg_iov = parts, .msg_iovlen = CG_ARRAY_SIZE(parts) };
	union control control;

	if (packet->fd >= 0)
		attach(&message, &control, packet->fd);
	return send_message(channel, &message);
}

int cg_outbox_send(struct cg_outbox *outbox, int channel)
{
	struct iovec all = { outbox->data, outbox->len };
	const struct msghdr message = { .msg_iov = &all, .msg_iovlen = 1 };

	if (outbox->len == 0)
		return 0;
	outbox->len = 0;
	return send_message(channel, &message);
}

int cg_outbox_put(struct cg_outbox *outbox, int channel, const struct cg_packet *packet)
{
	struct header header = header_of(packet);
	char *end;

	if (outbox->len + sizeof(header) + header.len[0] + header.len[1] > sizeof(outbox->data)) {
		int rc = cg_outbox_send(outbox, channel);

		if (rc < 0)
			return rc;
	}
	end = mempcpy(outbox->data + outbox->len, &header, sizeof(header));
	for (size_t i = 0; i < 2; i++)
		if (header.len[i])
			end = mempcpy(end, packet->text[i], header.len[i]);
	outbox->len = (size_t)(end - outbox->data);
	return 0;
}

static int attached(struct msghdr *message)
{
	struct cmsghdr *part = CMSG_FIRSTHDR(message);
	int fd = -1;

	if (part && part->cmsg_level == SOL_SOCKET && part->cmsg_type == SCM_RIGHTS)
		memcpy(&fd, CMSG_DATA(part), sizeof(fd));
	return fd;
}

/* Makes the packet of what is next in a message. */
static void take(struct cg_received *received, int fd)
{
	char *text = received->data + received->taken + sizeof(struct header);
	struct header header;

	memcpy(&header, received->data + received->taken, sizeof(header));
	received->packet = (struct cg_packet){
		.kind = header.kind, .errnum = header.errnum, .number = header.number, .fd = fd
	};
	for (size_t i = 0; i < 2; i++) {
		if (header.len[i] == 0)
			continue;
		text[header.len[i] - 1] = '\0';
		received->packet.text[i] = text;
		text += header.len[i];
	}
	received->taken = (size_t)(text - received->data);
}

int cg_channel_receive(int channel, struct cg_received *received)
{
	struct iovec all = { received->data, sizeof(received->data) };
	union control control;
	struct msghdr message = { .msg_iov = &all,
				  .msg_iovlen = 1,
				  .msg_control = control.buffer,
				  .msg_controllen = sizeof(control.buffer) };
	ssize_t got;

	received->taken = received->len = 0;
	do
		got = recvmsg(channel, &message, MSG_CMSG_CLOEXEC);
	while (got < 0 && (errno == EINTR || errno == ENOMEM)); /* nothing was lost of it */
	if (got < 0 && errno == EAGAIN)
		return -ETIMEDOUT;
	if (got <= 0)
		return got < 0 && errno != ECONNRESET ? -errno : -EPIPE;
	received->len = (size_t)got;
	take(received, attached(&message));
	/* there was no room for the descriptor that came along */
	return message.msg_flags & MSG_CTRUNC ? -EMFILE : 0;
}

int cg_channel_next(int channel, struct cg_received *received)
{
	if (received->taken == received->len)
		return cg_channel_receive(channel, received);
	take(received, -1);
	return 0;
}

/* Closes what was handed down by exec, and not by us. */
static void close_standard_streams(void)
{
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
		int flags = fcntl(fd, F_GETFD);

		if (flags >= 0 && !(flags & FD_CLOEXEC))
			close(fd);
	}
}

static int start_helper(struct cg_helper *helper, void (*serve)(int channel, void *data),
			void *data, int seconds)
{
	int ends[2], rc = cg_channel_make(ends);

	if (rc < 0)
		return rc;
	helper->pid = fork();
	if (helper->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL); /* where it hangs it sees no end of the talk */
		close(ends[0]);
		close_standard_streams();
		serve(ends[1], data);
		_exit(0);
	}
	rc = helper->pid < 0 ? -errno : cg_channel_set_patience(ends[0], seconds);
	close(ends[1]);
	helper->channel = ends[0];
	if (rc < 0)
		cg_helper_stop(helper, false);
	return rc;
}

int cg_helper_ask(struct cg_helper *helper, void (*serve)(int channel, void *data), void *data,
		  int seconds, const struct cg_packet *question, struct cg_received *answer)
{
	int rc = helper->pid ? 0 : start_helper(helper, serve, data, seconds);

	if (rc == 0)
		rc = cg_channel_send(helper->channel, question);
	if (rc == 0)
		rc = cg_channel_receive(helper->channel, answer);
	if (rc < 0)
		cg_helper_stop(helper, rc == -ETIMEDOUT);
	return rc;
}

void cg_helper_stop(struct cg_helper *helper, bool hangs)
{
	cg_cleanup_fd(&helper->channel);
	if (helper->pid > 0) {
		kill(helper->pid, SIGKILL);
		waitpid(helper->pid, NULL, hangs ? WNOHANG : 0);
	}
	*helper = (struct cg_helper)CG_HELPER_INIT;
}

struct cg_packet cg_packet_of_error(int kind, const struct cg_error *err)
{
	struct cg_packet packet = CG_PACKET(kind);

	packet.errnum = err->errnum;
	packet.text[0] = err->message;
	packet.text[1] = err->hint;
	return packet;
}

int cg_packet_to_error(const struct cg_packet *packet, struct cg_error *err)
{
	int rc = cg_error_set(err, packet->errnum, "%s", packet->text[0] ? packet->text[0] : "");

	return packet->text[1] ? cg_error_hint(err, "%s", packet->text[1]) : rc;
}
