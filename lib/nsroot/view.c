/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views from inside a namespace, and of the caller's own root. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "child.h"
#include "fork.h"
#include "nsroot/nsroot.h"
#include "path.h"
#include "procfs.h"

/* Answers one request. Returns 0, or what broke the talk: the parent has had enough. */
static int show_view(const struct cg_prober *prober, struct cg_memberships *memberships)
{
	struct cg_received request;
	const char *view = NULL;
	int rc = cg_channel_receive(prober->channel, &request);

	if (rc < 0)
		return rc;
	rc = request.packet.number
		     ? cg_inside_read(prober->procfd, request.packet.number, memberships)
		     : cg_memberships_read(prober->procfd, "cgroup", memberships);
	if (rc == -ENOENT)
		rc = -ESRCH;
	if (rc == 0) {
		view = cg_memberships_path(memberships, request.packet.text[0]);
		rc = view ? 0 : -errno;
	}
	return cg_prober_say(prober, CG_BY_ITSELF, -rc, 0, view, NULL);
}

static CG_NORETURN void viewer_main(const struct cg_prober *prober, int nsfd)
{
	cleanup_memberships struct cg_memberships memberships = { 0 };
	int entered = cg_inside_enter(nsfd);
	int rc = cg_prober_say(prober, CG_BY_ITSELF, -entered, 0, NULL, NULL);

	while (rc == 0 && entered == 0)
		rc = show_view(prober, &memberships);
	_exit(0);
}

/* The next answer: its text in *text (to be freed; may be NULL), or its -errno. */
static int take_answer(int channel, char **text)
{
	struct cg_received received;
	int rc = cg_channel_receive(channel, &received);

	/* An answer that came too late would be taken for the next one. */
	if (rc < 0)
		shutdown(channel, SHUT_RDWR);
	if (rc == 0)
		rc = -received.packet.errnum;
	if (rc < 0 || !received.packet.text[0])
		return rc;
	*text = strdup(received.packet.text[0]);
	return *text ? 0 : -ENOMEM;
}

int cg_viewer_open(int nsfd, int procdir, struct cg_viewer *viewer, struct cg_error *err)
{
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	cleanup_free char *text = NULL;
	int rc = cg_prober_fork(&child, procdir);

	if (rc == 0)
		viewer_main(&child, nsfd);
	if (rc > 0)
		rc = take_answer(child.channel, &text);
	if (rc < 0)
		cg_error_set(err, -rc, "cannot look from inside a cgroup namespace");
	if (rc == -EPERM)
		return cg_inside_explain_refusal(err);
	if (rc < 0)
		return cg_fork_explain(-rc, err);
	viewer->child = child.pid;
	viewer->fd = cg_steal_fd(&child.channel);
	child.pid = 0;
	return 0;
}

int cg_viewer_read(const struct cg_viewer *viewer, pid_t pid, const char *controllers, char **view,
		   struct cg_error *err)
{
	const struct cg_packet request = { .number = pid, .fd = -1, .text = { controllers, NULL } };
	int rc = cg_channel_send(viewer->fd, &request);

	if (rc == 0)
		rc = take_answer(viewer->fd, view);
	if (rc < 0 && pid)
		return cg_error_set(err, -rc, "cannot read /proc/%d/cgroup from inside", pid);
	return rc < 0 ? cg_error_set(err, -rc, "cannot read the process's cgroup from inside") : 0;
}

void cg_viewer_close(struct cg_viewer *viewer)
{
	cg_cleanup_fd(&viewer->fd);
	if (viewer->child > 0) {
		kill(viewer->child, SIGKILL); /* it may be stopped */
		cg_prober_reap(viewer->child);
	}
	*viewer = (struct cg_viewer)CG_VIEWER_INIT;
}

int cg_nsroot_view(int nsfd, int procdir, pid_t pid, const char *controllers, char **view,
		   struct cg_error *err)
{
	cleanup_viewer struct cg_viewer viewer = CG_VIEWER_INIT;
	int rc = cg_viewer_open(nsfd, procdir, &viewer, err);

	return rc < 0 ? rc : cg_viewer_read(&viewer, procdir < 0 ? pid : 0, controllers, view, err);
}

/* The same in a child, for nobody comes back from there. */
static int ask_own_root(int nsfd, const char *controllers, char **text)
{
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	int rc = cg_prober_fork(&child, -1);

	if (rc == 0) {
		cleanup_free char *answer = NULL;

		rc = cg_inside_see_own_root(&child, nsfd, controllers, &answer);
		_exit(cg_prober_say(&child, CG_BY_ITSELF, -rc, 0, answer, NULL) < 0);
	}
	return rc < 0 ? rc : take_answer(child.channel, text);
}

int cg_nsroot_anchor(int nsfd, const struct cg_hierarchy *hierarchy, char **anchor,
		     struct cg_error *err)
{
	cleanup_free char *seen = NULL;
	struct cg_own_namespace own;
	int rc = cg_procfs_own_namespace(AT_FDCWD, &own);

	if (rc == 0 && !own.initial)
		rc = ask_own_root(nsfd, hierarchy->controllers, &seen);
	if (rc < 0)
		cg_error_set(err, -rc, "cannot find the names above the caller's root");
	if (rc < 0)
		return cg_fork_explain(-rc, err);
	*anchor = strdup(seen && *cg_path_names(seen) ? cg_path_names(seen) : "/");
	return *anchor ? 0 : cg_error_set(err, ENOMEM, "cannot keep the caller's root");
}
