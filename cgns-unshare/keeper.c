/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cgns-unshare/keeper.h"

#include <errno.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>

#include "syscalls.h"

enum order { ORDER_SETTLE, ORDER_READY, ORDER_UNDO };

struct answer {
	int errnum; /* 0: done */
	bool has_hint;
	char message[4096], hint[4096];
};

static bool receive(int channel, void *data, size_t size)
{
	ssize_t got;

	do
		got = recv(channel, data, size, 0);
	while (got < 0 && (errno == EINTR || errno == ENOMEM)); /* nothing was lost of it */
	return got == (ssize_t)size;
}

static bool transmit(int channel, const void *data, size_t size)
{
	return send(channel, data, size, MSG_NOSIGNAL) == (ssize_t)size;
}

/*
 * The keeper's side
 */

static void answer(int channel, int rc, const struct cg_error *err)
{
	struct answer reply = { .errnum = -rc, .has_hint = err->hint != NULL };

	if (err->message)
		strncpy(reply.message, err->message, sizeof(reply.message) - 1);
	if (err->hint)
		strncpy(reply.hint, err->hint, sizeof(reply.hint) - 1);
	transmit(channel, &reply, sizeof(reply));
}

static void keep(int channel, struct stay *stay, pid_t runner) CG_NORETURN;
static void keep(int channel, struct stay *stay, pid_t runner)
{
	struct cg_error err = CG_ERROR_INIT;
	bool ready = false;
	enum order order;

	while (receive(channel, &order, sizeof(order))) {
		ready = order == ORDER_READY;
		if (order == ORDER_SETTLE)
			answer(channel, stay_settle(stay, runner, &err), &err);
		if (order == ORDER_UNDO) {
			stay_undo(stay, runner);
			answer(channel, 0, &err);
			_exit(0);
		}
	}
	/* The exec has closed the channel; without it, the runner was killed. */
	if (!ready)
		stay_undo(stay, 0);
	_exit(0);
}

/* A fork that tells nobody of its end: the program is to find no SIGCHLD. */
static pid_t fork_silently(void)
{
	return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

/* Signals of the terminal are for the runner; the keeper sees what becomes of it. */
static void ignore_signals(void)
{
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
}

int keeper_start(struct keeper *keeper, struct stay *stay, struct cg_error *err)
{
	pid_t runner = getpid(), middle;
	int ends[2], status = 0, reason;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) < 0)
		return cg_error_set(err, errno, "cannot make a socket pair");
	middle = fork_silently();
	if (!middle) {
		pid_t pid;

		close(ends[0]);
		ignore_signals();
		pid = fork_silently();
		if (!pid)
			keep(ends[1], stay, runner);
		_exit(pid < 0 ? errno : 0);
	}
	reason = errno;
	close(ends[1]);
	keeper->channel = ends[0];
	while (middle > 0 && waitpid(middle, &status, __WALL) < 0 && errno == EINTR)
		continue;
	if (middle > 0)
		reason = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	if (!reason)
		return 0;
	cg_error_set(err, reason, "cannot fork");
	return cg_fork_explain(reason, err);
}

/*
 * The runner's side
 */

int keeper_settle(const struct keeper *keeper, struct cg_error *err)
{
	static const enum order order = ORDER_SETTLE;
	struct answer reply;

	if (!transmit(keeper->channel, &order, sizeof(order)) ||
	    !receive(keeper->channel, &reply, sizeof(reply)))
		return cg_error_set(err, 0, "the helper that stays behind has died");
	if (!reply.errnum)
		return 0;
	cg_error_set(err, reply.errnum, "%s", reply.message);
	return reply.has_hint ? cg_error_hint(err, "%s", reply.hint) : -reply.errnum;
}

void keeper_ready(const struct keeper *keeper)
{
	static const enum order order = ORDER_READY;

	transmit(keeper->channel, &order, sizeof(order));
}

void keeper_undo(const struct keeper *keeper)
{
	static const enum order order = ORDER_UNDO;
	struct answer reply;

	if (transmit(keeper->channel, &order, sizeof(order)))
		receive(keeper->channel, &reply, sizeof(reply));
}
