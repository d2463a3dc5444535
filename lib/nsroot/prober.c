/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Forks the child that looks from inside, and hears what it says. */
#include "prober.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>

#define SILENCE_SECONDS 10

pid_t cg_prober_fork(struct cg_prober *prober, int procdir)
{
	int ends[2], rc;

	prober->procfd = procdir < 0 ? open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC)
				     : fcntl(procdir, F_DUPFD_CLOEXEC, 0);
	if (prober->procfd < 0)
		return -errno;
	rc = cg_channel_make(ends);
	if (rc < 0)
		return rc;
	rc = cg_channel_set_patience(ends[0], SILENCE_SECONDS);
	prober->pid = rc < 0 ? -1 : fork();
	if (prober->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		setpgid(0, 0);
		if (prctl(PR_SET_DUMPABLE, 0) < 0)
			_exit(EXIT_FAILURE);
		close(ends[0]);
		prober->channel = ends[1];
		return 0;
	}
	if (rc == 0)
		rc = prober->pid < 0 ? -errno : prober->pid;
	close(ends[1]);
	prober->channel = ends[0];
	return rc;
}

/* A path that was cut would be another one. */
static bool is_too_long(const char *text)
{
	return text && strlen(text) >= CG_PACKET_TEXT;
}

int cg_prober_say(const struct cg_prober *prober, enum cg_source source, int errnum, int number,
		  const char *text, const char *own)
{
	struct cg_packet packet = {
		.kind = source, .errnum = errnum, .number = number, .fd = -1, .text = { text, own }
	};

	if (is_too_long(text) || is_too_long(own))
		packet = (struct cg_packet){ .kind = CG_BY_NOTHING,
					     .errnum = ENAMETOOLONG,
					     .fd = -1 };
	return prober->outbox ? cg_outbox_put(prober->outbox, prober->channel, &packet)
			      : cg_channel_send(prober->channel, &packet);
}

int cg_prober_reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -EPIPE;
	if (WIFSIGNALED(status))
		return -EINTR;
	return status == 0 ? 0 : -EPIPE;
}

bool cg_prober_was_killed(struct cg_prober *prober)
{
	int rc;

	cg_cleanup_fd(&prober->channel); /* it does not wait for anything any more */
	rc = cg_prober_reap(prober->pid);
	prober->pid = 0;
	return rc == -EINTR;
}

void cg_prober_dismiss(const struct cg_prober *prober)
{
	struct cg_received nothing;

	if (shutdown(prober->channel, SHUT_WR) < 0)
		return;
	while (cg_channel_receive(prober->channel, &nothing) == 0)
		;
}

void cg_prober_end(struct cg_prober *prober)
{
	cg_cleanup_fd(&prober->channel);
	cg_cleanup_fd(&prober->procfd);
	if (prober->pid > 0) {
		kill(-prober->pid, SIGKILL); /* and whoever looks in its place */
		kill(prober->pid, SIGKILL);
		cg_prober_reap(prober->pid);
	}
}
