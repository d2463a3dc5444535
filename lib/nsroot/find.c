/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsroot/nsroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "child.h"
#include "fork.h"
#include "path.h"
#include "procfs.h"

#define MIGRATION_TRIES 8

/* What the parent works on. */
struct finder {
	struct cg_nsroot *namespaces;
	size_t total;
	const struct cg_hierarchies *hierarchies;
	bool initial; /* the caller is in the initial namespace */
	struct cg_pending *pending;
	size_t count;		   /* pending */
	int where;		   /* the prober's /proc/self/cgroup, or -1 */
	bool moved;		   /* the prober was, in v1 */
	struct cg_memberships own; /* what it said at first */
	struct cg_memberships witness;
	struct cg_memberships member; /* those of the member in question */
	bool looked;		      /* at that member */
	bool too_long;		      /* where that has none, for they cannot be printed */
};

/* Where the prober is, in the caller's view. */
static const char *own_path(const struct finder *finder, const char *controllers)
{
	return cg_memberships_path(*controllers ? &finder->own : &finder->witness, controllers);
}

static void root_set(struct cg_root *root, enum cg_root_state state, int errnum, char *path)
{
	free(root->path);
	*root = (struct cg_root){ state, errnum, path };
}

/*
 * The root from one cgroup seen from outside and from inside, if it explains
 * how the prober sees its own. -EAGAIN if it does not: one of them has moved;
 * -ENAMETOOLONG: the path is too long to be seen.
 */
static int root_by_views(const struct finder *finder, struct cg_root *root, const char *path,
			 const char *own, const char *view, const char *own_view)
{
	cleanup_free char *found = NULL;
	int rc;

	if (!path || !own)
		return !own || errno == ENAMETOOLONG || finder->too_long ? -ENAMETOOLONG : -EAGAIN;
	if (!view || !own_view)
		return -EAGAIN;
	rc = cg_path_root(path, view, &found);
	if (rc == 0)
		rc = cg_path_check(found, own, own_view);
	/* nothing is above the initial root */
	if (rc == -ERANGE || (rc == 0 && finder->initial && cg_path_is_outside(found)))
		return -EAGAIN;
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		root_set(root, CG_ROOT_UNKNOWN, -rc, NULL);
	else
		root_set(root, CG_ROOT_KNOWN, 0, cg_steal_ptr(&found));
	return 0;
}

/*
 * Looks at the member that the prober looked at, once for all hierarchies. Empty where that cannot
 * be. Returns 0, or what we ran short of.
 */
static int look_at_member(struct finder *finder, int procfd, pid_t pid)
{
	int rc;

	if (finder->looked)
		return 0;
	rc = cg_inside_read(procfd, pid, &finder->member);
	if (rc < 0)
		finder->member.count = 0;
	finder->looked = true;
	finder->too_long = rc == -ENAMETOOLONG;
	return cg_only_shortage(rc);
}

/* Reads the mounts of the prober that waits for it. Returns 0 or a negative errno. */
static int look_at_prober(int procfd, pid_t waits, struct cg_mounts *mounts)
{
	cleanup_fd int procdir = -1;

	procdir = openat(procfd, cg_proc_name("%d", waits).text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return procdir < 0 ? -errno : cg_mounts_read(procdir, mounts);
}

static int root_by_mount(struct cg_root *root, const struct cg_mounts *mounts, int id)
{
	char *path = NULL;
	int rc = cg_inside_root_of(mounts, id, &path);

	if (cg_errno_is_shortage(-rc))
		return rc;
	root_set(root, rc < 0 ? CG_ROOT_UNKNOWN : CG_ROOT_KNOWN, -rc, path);
	return 0;
}

/*
 * Turns one answer into a root. Returns 0, -EAGAIN or -ENAMETOOLONG to ask
 * again, or what we ran short of.
 */
static int conclude(struct finder *finder, struct cg_root *root, const char *controllers,
		    const struct cg_packet *answer, const struct cg_mounts *mounts)
{
	const char *own = own_path(finder, controllers);

	switch ((enum cg_source)answer->kind) {
	case CG_BY_MEMBER:
		return root_by_views(finder, root,
				     cg_memberships_path(&finder->member, controllers), own,
				     answer->text[0], answer->text[1]);
	case CG_BY_ITSELF:
		return root_by_views(finder, root, own, own, answer->text[1], answer->text[1]);
	case CG_BY_MOUNT:
		return root_by_mount(root, mounts, answer->number);
	case CG_BY_NOTHING:
	case CG_WHERE:
	case CG_WITNESS:
	case CG_WAITS:
	case CG_LEAVES:
		break;
	}
	root_set(root, answer->errnum == ESTALE ? CG_ROOT_REMOVED : CG_ROOT_UNKNOWN, answer->errnum,
		 NULL);
	return 0;
}

static bool is_to_be_asked_again(int rc)
{
	return rc == -EAGAIN || rc == -ENAMETOOLONG;
}

/*
 * Where the prober is, in the caller's view; the caller stands in for one that was killed. Too
 * long a path is none: then by mounts alone.
 */
static int read_where(const struct finder *finder, struct cg_memberships *memberships)
{
	int rc = cg_memberships_read_open(finder->where, memberships);

	if (rc == -ESRCH)
		rc = cg_memberships_read(AT_FDCWD, "/proc/self/cgroup", memberships);
	if (rc == -ENAMETOOLONG)
		memberships->count = rc = 0;
	return rc;
}

/* A hierarchy came or went meanwhile: what was found of it cannot be confirmed. */
static void forget_hierarchy(struct finder *finder, size_t hierarchy)
{
	for (size_t i = 0; i < finder->total; i++)
		root_set(&finder->namespaces[i].roots[hierarchy], CG_ROOT_UNKNOWN, ENODEV, NULL);
}

/* Whether the prober is still where it was, in v1: whatever it saw of itself hangs on that. */
static int check_held_still(struct finder *finder)
{
	int rc = finder->where < 0 ? 0 : read_where(finder, &finder->member);

	if (rc < 0 || finder->where < 0)
		return rc;
	cg_cleanup_fd(&finder->where);
	for (size_t i = 0; i < finder->hierarchies->count; i++) {
		const char *controllers = finder->hierarchies->items[i].controllers;
		const char *then = cg_memberships_path(&finder->own, controllers);
		const char *now = cg_memberships_path(&finder->member, controllers);

		if (!then != !now)
			forget_hierarchy(finder, i);
		else if (then && *controllers)
			finder->moved |= strcmp(then, now) != 0;
	}
	return 0;
}

/*
 * The same of who answers in the prober's place: what was moved, or ended before it was to, is
 * asked again, and costs nobody else an answer.
 */
static int check_leaver(struct finder *finder, struct cg_root *roots, int *again)
{
	bool moved = finder->moved;
	int rc;

	finder->moved = false;
	rc = check_held_still(finder);
	for (size_t i = 0; finder->moved && i < finder->hierarchies->count; i++)
		root_set(&roots[i], CG_ROOT_UNKNOWN, 0, NULL);
	if (finder->moved)
		*again = -EAGAIN;
	finder->moved = moved;
	return rc;
}

/* Hears how to see where the prober or its witness is, and looks. */
static int take_where(struct finder *finder, int channel, const struct cg_packet *packet)
{
	const struct cg_packet seen = CG_PACKET(CG_WHERE);
	cleanup_fd int fd = packet->fd;
	int rc;

	if (packet->errnum) /* the answers say so, too */
		return 0;
	if (packet->kind == CG_WITNESS) {
		rc = cg_memberships_read_open(fd, &finder->witness);
		if (rc < 0)
			finder->witness.count = 0;
		rc = cg_only_shortage(rc);
	} else {
		rc = check_held_still(finder);
		finder->where = cg_steal_fd(&fd);
		rc = rc ?: read_where(finder, &finder->own);
	}
	return rc ?: cg_channel_send(channel, &seen);
}

/*
 * Receives the first answer about a namespace; all of them were found before it was sent. Looks
 * where the prober is, and at its mounts, if it waits for that: CG_WAITS or CG_LEAVES. Returns
 * that, 0 if it does not wait, or a negative errno.
 */
static int begin_answers(struct finder *finder, const struct cg_prober *child,
			 struct cg_received *received, struct cg_mounts *mounts)
{
	int rc = cg_channel_next(child->channel, received);
	int waits;

	while (rc == 0 &&
	       (received->packet.kind == CG_WHERE || received->packet.kind == CG_WITNESS)) {
		rc = take_where(finder, child->channel, &received->packet);
		rc = rc ?: cg_channel_next(child->channel, received);
	}
	if (rc < 0)
		return rc;
	waits = received->packet.kind;
	if (waits != CG_WAITS && waits != CG_LEAVES)
		return 0;
	rc = cg_only_shortage(look_at_prober(child->procfd, received->packet.number, mounts));
	return rc ?: cg_channel_next(child->channel, received) ?: waits;
}

/*
 * Takes the child's answers about one namespace; what is known stays known. Returns 0,
 * -EAGAIN or -ENAMETOOLONG where it is to be asked again, or what broke the talk.
 */
static int take_answers(struct finder *finder, struct cg_pending *pending,
			const struct cg_prober *child, struct cg_received *received)
{
	const struct cg_packet done = CG_PACKET(CG_WAITS);
	cleanup_mounts struct cg_mounts mounts = { 0 };
	const struct cg_nsroot *namespace = &finder->namespaces[pending->index];
	int waits = begin_answers(finder, child, received, &mounts);
	int rc = waits < 0 ? waits : 0, again = 0;

	finder->looked = finder->too_long = false;
	for (size_t i = 0; rc == 0 && i < finder->hierarchies->count; i++) {
		if (i > 0)
			rc = cg_channel_next(child->channel, received);
		if (rc < 0 || namespace->roots[i].state == CG_ROOT_KNOWN)
			continue;
		if (received->packet.kind == CG_BY_MEMBER)
			rc = look_at_member(finder, child->procfd, namespace->pid);
		rc = rc
			     ?: conclude(finder, &namespace->roots[i],
					 finder->hierarchies->items[i].controllers,
					 &received->packet, &mounts);
		pending->by_mount |= rc == -ENAMETOOLONG;
		if (is_to_be_asked_again(rc)) {
			again = rc;
			rc = 0;
		}
	}
	if (rc == 0 && waits == CG_LEAVES)
		rc = check_leaver(finder, namespace->roots, &again);
	if (rc == 0 && waits > 0)
		rc = cg_channel_send(child->channel, &done);
	return rc ?: again;
}

/* What is not known of a namespace yet will not be known. */
static void give_up(struct finder *finder, const struct cg_pending *pending, int errnum)
{
	struct cg_root *roots = finder->namespaces[pending->index].roots;

	for (size_t i = 0; i < finder->hierarchies->count; i++)
		if (roots[i].state == CG_ROOT_UNKNOWN && roots[i].errnum == 0)
			roots[i].errnum = errnum;
}

/*
 * Asks about all that is pending; what has to be asked again stays pending, and
 * with *ended_early what the prober did not come to.
 */
static int ask(struct finder *finder, bool *ended_early)
{
	struct cg_outbox outbox;
	struct cg_received received;
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	size_t again = 0;
	pid_t pid;
	int rc = 0;

	outbox.len = received.taken = received.len = 0;
	child.outbox = &outbox;
	pid = cg_prober_fork(&child, -1);

	if (pid == 0)
		cg_inside_answer(&child, finder->namespaces, finder->pending, finder->count,
				 finder->hierarchies);
	if (pid == -EAGAIN) { /* there may be no further process: what needs none is told */
		for (size_t i = 0; i < finder->count; i++)
			give_up(finder, &finder->pending[i], EAGAIN);
		finder->count = 0;
		return 0;
	}
	if (pid < 0)
		return pid;
	for (size_t i = 0; i < finder->count; i++) {
		bool broken;

		rc = take_answers(finder, &finder->pending[i], &child, &received);
		broken = rc == -EPIPE || rc == -ETIMEDOUT;
		if (rc == -EPIPE && !cg_prober_was_killed(&child))
			return rc;
		if (broken)
			give_up(finder, &finder->pending[i], -rc);
		else if (is_to_be_asked_again(rc))
			finder->pending[again++] = finder->pending[i];
		else if (rc < 0)
			return rc;
		/* The rest is for another prober. */
		while (broken && ++i < finder->count)
			finder->pending[again++] = finder->pending[i];
	}
	*ended_early = rc == -EPIPE || rc == -ETIMEDOUT;
	finder->count = again;
	rc = check_held_still(finder);
	if (rc == 0 && !*ended_early)
		cg_prober_dismiss(&child);
	return rc;
}

static bool is_own(const struct cg_nsroot *namespace, const struct cg_own_namespace *own)
{
	struct stat st;

	if (own->inode == 0)
		return false;
	if (namespace->nsfd < 0)
		return namespace->ns_inode == own->inode;
	return fstat(namespace->nsfd, &st) == 0 && st.st_ino == own->inode &&
	       st.st_dev == own->device;
}

/*
 * Whether PID 1, that of a container, is in the caller's own root or below. v1 says so of any
 * process that is ending; v2 says of one whose cgroup is gone that it is (cgroups(7)).
 */
static int is_init_inside(const struct cg_hierarchy *hierarchy)
{
	cleanup_memberships struct cg_memberships init = { 0 };
	const char *path;
	int rc;

	if (*hierarchy->controllers)
		return 0;
	rc = cg_memberships_read(AT_FDCWD, "/proc/1/cgroup", &init);
	if (rc < 0)
		return cg_only_shortage(rc);
	path = cg_memberships_path(&init, "");
	return path && !cg_path_is_outside(path) && !strstr(path, " (deleted)");
}

/*
 * Whether the caller's own root is there, where its cgroup is not below it: that of PID 1 is, or a
 * mount shows it. Returns false where that is not known, or a shortage.
 */
static int sees_own_root(const struct cg_hierarchy *hierarchy, struct cg_mounts *mounts)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = is_init_inside(hierarchy);

	if (rc)
		return rc;
	rc = mounts->count ? 0 : cg_mounts_read_own(AT_FDCWD, mounts);
	if (rc == 0)
		rc = cg_mounts_find_directory(mounts, AT_FDCWD, hierarchy->controllers, "/",
					      &directory, NULL);
	return rc < 0 ? cg_only_shortage(rc) : 1;
}

/*
 * The caller's own namespace needs no child in the hierarchies in which its root is above the
 * caller's cgroup, or mounted. Returns whether there are others, or what we ran short of.
 */
static int answer_own(struct cg_nsroot *namespace, const struct cg_hierarchies *hierarchies)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	bool others = false;

	for (size_t i = 0; i < hierarchies->count; i++) {
		const char *own = hierarchies->items[i].path;
		int seen = own && !cg_path_is_outside(own)
				   ? 1
				   : sees_own_root(&hierarchies->items[i], &mounts);
		char *path;

		if (seen < 0)
			return seen;
		if (!seen) {
			others = true;
			continue;
		}
		path = strdup("/");
		if (!path)
			return -ENOMEM;
		root_set(&namespace->roots[i], CG_ROOT_KNOWN, 0, path);
	}
	return others;
}

/* Sets up what is to be asked, and answers what needs no asking. */
static int prepare(struct finder *finder)
{
	size_t hierarchies = finder->hierarchies->count;
	struct cg_own_namespace own;
	int rc = 0;

	finder->initial = cg_procfs_own_namespace(AT_FDCWD, &own) == 0 && own.initial;
	for (size_t i = 0; i < finder->total; i++)
		finder->namespaces[i].roots = NULL;
	finder->pending = calloc(finder->total, sizeof(*finder->pending));
	if (!finder->pending)
		return -ENOMEM;
	for (size_t i = 0; rc >= 0 && i < finder->total; i++) {
		struct cg_nsroot *namespace = &finder->namespaces[i];

		namespace->roots = calloc(hierarchies, sizeof(*namespace->roots));
		if (!namespace->roots)
			return -ENOMEM;
		rc = is_own(namespace, &own) ? answer_own(namespace, finder->hierarchies) : 1;
		if (rc > 0)
			finder->pending[finder->count++].index = i;
	}
	return rc < 0 ? rc : 0;
}

static void finder_free(struct finder *finder)
{
	cg_cleanup_fd(&finder->where);
	cg_memberships_free(&finder->witness);
	cg_memberships_free(&finder->own);
	cg_memberships_free(&finder->member);
	free(finder->pending);
}

int cg_nsroot_find(struct cg_nsroot *namespaces, size_t count,
		   const struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	struct finder finder = {
		.namespaces = namespaces, .total = count, .hierarchies = hierarchies, .where = -1
	};
	int rc = prepare(&finder);

	for (int tries = 0; rc == 0 && finder.count > 0 && tries < MIGRATION_TRIES;) {
		bool ended_early = false;

		for (size_t i = 0; i < finder.count; i++)
			finder.pending[i].by_mount |= tries == MIGRATION_TRIES - 1;
		rc = ask(&finder, &ended_early);
		tries += !ended_early;
	}
	for (size_t i = 0; rc == 0 && i < finder.count; i++)
		give_up(&finder, &finder.pending[i], EBUSY);
	finder_free(&finder);
	if (rc == 0 && !finder.moved)
		return 0;
	cg_nsroot_free(namespaces, count, hierarchies);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot look for the roots of namespaces");
	cg_error_set(err, 0, "this process was moved while it looked for roots");
	return -EAGAIN;
}

void cg_nsroot_free(struct cg_nsroot *namespaces, size_t count,
		    const struct cg_hierarchies *hierarchies)
{
	for (size_t i = 0; i < count; i++) {
		struct cg_nsroot *namespace = &namespaces[i];

		for (size_t j = 0; namespace->roots && j < hierarchies->count; j++)
			free(namespace->roots[j].path);
		free(namespace->roots);
		namespace->roots = NULL;
	}
}

int cg_root_confirm(const struct cg_root *then, const struct cg_root *now, const char *what,
		    struct cg_error *err)
{
	if (now->state != CG_ROOT_KNOWN)
		return cg_root_explain(now, what, err);
	if (strcmp(then->path, now->path) == 0)
		return 0;
	cg_error_set(err, 0, "the root of %s was renamed", what);
	return -EBUSY;
}

int cg_root_explain(const struct cg_root *root, const char *what, struct cg_error *err)
{
	if (root->state == CG_ROOT_REMOVED) {
		cg_error_set(err, 0, "the root of %s was removed", what);
		cg_error_hint(err, "only its processes can still be seen from there");
		return -ENOENT;
	}
	cg_error_set(err, root->errnum, "cannot find the root of %s", what);
	switch (root->errnum) {
	case EPERM:
	case EACCES:
		return cg_inside_explain_refusal(err);
	case EAGAIN:
		return cg_fork_explain(EAGAIN, err);
	case ENODEV:
		return cg_error_hint(err, "the hierarchy came or went meanwhile");
	case EBUSY:
		return cg_error_hint(err, "its processes keep moving");
	case ENAMETOOLONG:
		return cg_error_hint(err, "its path is longer than what the kernel prints");
	case EPIPE:
	case ETIMEDOUT:
		return cg_error_hint(err, "somebody who rules its user namespace stopped or ended "
					  "the process that looked from inside");
	default:
		return -root->errnum;
	}
}
