/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Views from inside a namespace, and of the caller's own root. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "nsroot.h"
#include "nsroot_inside.h"
#include "nsroot_talk.h"
#include "path.h"
#include "procfs.h"

/* What the parent asks; len bytes follow, the controllers of a hierarchy. */
struct view_request {
	pid_t pid;
	size_t len;
};

/* Answers one request. Returns 0, or what broke the talk: the parent has had enough. */
static int show_view(const struct cg_channel *channel, struct cg_memberships *memberships)
{
	cleanup_free char *controllers = NULL;
	const char *view = NULL;
	struct view_request request;
	int rc = cg_channel_read(channel->fd, &request, sizeof(request));

	if (rc < 0)
		return rc;
	controllers = calloc(1, request.len + 1);
	rc = controllers ? cg_channel_read(channel->fd, controllers, request.len) : -ENOMEM;
	if (rc < 0)
		return rc;
	rc = cg_inside_read(channel, request.pid, memberships);
	if (rc == -ENOENT)
		rc = -ESRCH;
	if (rc == 0) {
		view = cg_memberships_path(memberships, controllers);
		rc = view ? 0 : -errno;
	}
	return cg_answer_send(channel, CG_BY_ITSELF, -rc, false, view);
}

static CG_NORETURN void viewer_main(const struct cg_channel *channel, int nsfd)
{
	cleanup_memberships struct cg_memberships memberships = CG_MEMBERSHIPS_INIT;
	int entered = cg_inside_enter(nsfd);
	int rc = cg_answer_send(channel, CG_BY_ITSELF, -entered, false, NULL);

	while (rc == 0 && entered == 0)
		rc = show_view(channel, &memberships);
	_exit(0);
}

/* The next answer: its text in *text (to be freed), or its -errno. */
static int take_answer(int fd, char **text)
{
	const struct cg_channel channel = { fd, -1, NULL };
	struct cg_received received = { .text = NULL };
	int rc = cg_answer_receive(&channel, &received);

	/* A talk that broke in the middle of an answer would be misheard from then on. */
	if (rc < 0)
		shutdown(fd, SHUT_RDWR);
	if (rc == 0)
		rc = -received.answer.errnum;
	if (rc == 0)
		*text = cg_steal_ptr(&received.text);
	free(received.text);
	return rc;
}

int cg_viewer_open(int nsfd, struct cg_viewer *viewer, struct cg_error *err)
{
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	cleanup_free char *text = NULL;
	int rc;

	child.channel.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.channel.procfd < 0)
		return cg_error_set(err, errno, "cannot open /proc");
	rc = cg_prober_fork(&child);
	if (rc == 0)
		viewer_main(&child.channel, nsfd);
	if (rc > 0)
		rc = take_answer(child.channel.fd, &text);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot look from inside a cgroup namespace");
	viewer->child = child.pid;
	viewer->fd = cg_steal_fd(&child.channel.fd);
	child.pid = 0;
	return 0;
}

int cg_viewer_read(const struct cg_viewer *viewer, pid_t pid, const char *controllers, char **view,
		   struct cg_error *err)
{
	struct view_request request = { pid, strlen(controllers) };
	int rc = cg_channel_write(viewer->fd, &request, sizeof(request));

	if (rc == 0)
		rc = cg_channel_write(viewer->fd, controllers, request.len);
	if (rc == 0)
		rc = take_answer(viewer->fd, view);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/%d/cgroup from inside", pid);
	return 0;
}

void cg_viewer_close(struct cg_viewer *viewer)
{
	cg_cleanup_fd(&viewer->fd);
	if (viewer->child > 0)
		cg_prober_reap(viewer->child);
	*viewer = (struct cg_viewer)CG_VIEWER_INIT;
}

int cg_nsroot_view(int nsfd, pid_t pid, const char *controllers, char **view, struct cg_error *err)
{
	cleanup_viewer struct cg_viewer viewer = CG_VIEWER_INIT;
	int rc = cg_viewer_open(nsfd, &viewer, err);

	return rc < 0 ? rc : cg_viewer_read(&viewer, pid, controllers, view, err);
}

/* The same in a child, for nobody comes back from there. */
static int ask_own_root(int nsfd, const struct cg_hierarchy *hierarchy, char **text)
{
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	int rc;

	child.channel.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.channel.procfd < 0)
		return -errno;
	rc = cg_prober_fork(&child);
	if (rc == 0) {
		cleanup_free char *answer = NULL;

		rc = cg_inside_see_own_root(&child.channel, nsfd, hierarchy, &answer);
		_exit(cg_answer_send(&child.channel, CG_BY_ITSELF, -rc, false, answer) < 0);
	}
	return rc < 0 ? rc : take_answer(child.channel.fd, text);
}

int cg_nsroot_anchor(int nsfd, const struct cg_hierarchy *hierarchy, char **anchor,
		     struct cg_error *err)
{
	cleanup_free char *seen = NULL;
	struct cg_own_namespace own;
	const char *names;
	int rc = cg_procfs_own_namespace(AT_FDCWD, &own);

	if (rc == 0 && !own.initial)
		rc = ask_own_root(nsfd, hierarchy, &seen);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot find the names above the caller's root");
	names = seen ? seen : "/";
	for (size_t climb = cg_path_climb(names); climb > 0; climb--)
		names += strlen("/..");
	*anchor = strdup(*names ? names : "/");
	return *anchor ? 0 : cg_error_set(err, ENOMEM, "cannot keep the caller's root");
}
