/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsroot.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "nsroot_inside.h"
#include "nsroot_talk.h"
#include "path.h"
#include "procfs.h"

#define MIGRATION_TRIES 8

/* What the parent works on. */
struct finder {
	struct cg_nsroot *namespaces;
	const struct cg_hierarchies *hierarchies;
	bool initial;	 /* the caller is in the initial namespace */
	size_t *pending; /* indexes into namespaces */
	size_t count;
	const struct cg_memberships **before; /* of each member, by the order of pending */
	struct cg_memberships *looked;	      /* those of them that the caller had not seen */
	struct cg_memberships own;
	struct cg_memberships after;
};

static void root_set(struct cg_root *root, enum cg_root_state state, int errnum, char *path)
{
	free(root->path);
	*root = (struct cg_root){ state, errnum, path };
}

/* The root from the same cgroup seen twice; -EAGAIN if it was not the same one, or -ENOMEM. */
static int root_by_views(struct cg_root *root, const struct cg_memberships *before,
			 const struct cg_memberships *after, const char *controllers,
			 const char *view, bool initial)
{
	const char *first = cg_memberships_path(before, controllers);
	const char *second = first ? cg_memberships_path(after, controllers) : NULL;
	char *path = NULL;
	int rc;

	if (!first || !second || strcmp(first, second) != 0)
		return -EAGAIN;
	rc = cg_path_root(second, view, &path);
	if (rc == -ERANGE)
		return -EAGAIN;
	if (rc == 0 && initial && cg_path_is_outside(path)) {
		free(path); /* nothing is above the initial root */
		return -EAGAIN;
	}
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		root_set(root, CG_ROOT_UNKNOWN, -rc, NULL);
	else
		root_set(root, CG_ROOT_KNOWN, 0, path);
	return 0;
}

static int root_by_mount(struct cg_root *root, int procfd, pid_t prober, const char *controllers)
{
	char *path = NULL;
	char name[64];
	int rc;

	snprintf(name, sizeof(name), "%d", prober);
	rc = cg_inside_scratch_root(procfd, name, controllers, &path);
	if (cg_errno_is_shortage(-rc))
		return rc;
	root_set(root, rc < 0 ? CG_ROOT_UNKNOWN : CG_ROOT_KNOWN, -rc, path);
	return 0;
}

static int read_cgroup_of(int procfd, pid_t pid, struct cg_memberships *memberships)
{
	char name[64];

	snprintf(name, sizeof(name), "%d/cgroup", pid);
	return cg_memberships_read(procfd, name, memberships);
}

/* Empty where the process cannot be looked at. Returns 0, or what we ran short of. */
static int look_at(int procfd, pid_t pid, struct cg_memberships *memberships)
{
	int rc = pid > 0 ? read_cgroup_of(procfd, pid, memberships) : -ESRCH;

	if (rc < 0)
		memberships->count = 0;
	return cg_only_shortage(rc);
}

/* Turns one answer into a root. Returns 0, -EAGAIN to ask again, or what we ran short of. */
static int conclude(struct finder *finder, size_t nth, size_t hierarchy, int procfd,
		    const struct cg_received *received)
{
	const char *controllers = finder->hierarchies->items[hierarchy].controllers;
	struct cg_nsroot *namespace = &finder->namespaces[finder->pending[nth]];
	struct cg_root *root = &namespace->roots[hierarchy];
	const struct cg_answer *answer = &received->answer;
	int rc;

	switch (answer->source) {
	case CG_BY_MEMBER:
		return root_by_views(root, finder->before[nth], &finder->after, controllers,
				     received->text, finder->initial);
	case CG_BY_ITSELF:
		rc = read_cgroup_of(procfd, answer->prober, &finder->after);
		if (rc < 0)
			return cg_errno_is_shortage(-rc) ? rc : -EAGAIN;
		return root_by_views(root, &finder->own, &finder->after, controllers,
				     received->text, finder->initial);
	case CG_BY_MOUNT:
		return root_by_mount(root, procfd, answer->prober, controllers);
	case CG_BY_NOTHING:
		break;
	}
	root_set(root, answer->errnum == ENOENT ? CG_ROOT_REMOVED : CG_ROOT_UNKNOWN, answer->errnum,
		 NULL);
	return 0;
}

/* Hears what the child says of one namespace. Returns 0, -EAGAIN, or what broke the talk. */
static int hear(struct finder *finder, size_t nth, struct cg_prober *child,
		struct cg_received *answers)
{
	const struct cg_nsroot *namespace = &finder->namespaces[finder->pending[nth]];
	int procfd = child->channel.procfd;
	bool waits = false, again = false;
	int rc = 0;

	for (size_t i = 0; i < finder->hierarchies->count; i++) {
		rc = cg_answer_receive(&child->channel, &answers[i]);
		if (rc < 0)
			return rc;
		waits |= answers[i].answer.waits;
	}
	rc = look_at(procfd, namespace->pid, &finder->after);
	/* those by the member first: the others are concluded from what takes finder->after */
	for (int by_member = 1; rc == 0 && by_member >= 0; by_member--) {
		for (size_t i = 0; rc == 0 && i < finder->hierarchies->count; i++) {
			if ((answers[i].answer.source == CG_BY_MEMBER) != by_member)
				continue;
			rc = conclude(finder, nth, i, procfd, &answers[i]);
			again |= rc == -EAGAIN;
			rc = rc == -EAGAIN ? 0 : rc;
		}
	}
	if (rc == 0 && waits)
		rc = cg_channel_write(child->channel.fd, "", 1);
	return rc == 0 && again ? -EAGAIN : rc;
}

static void free_answers(struct cg_received *answers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(answers[i].text);
		answers[i].text = NULL;
	}
}

/* What is so of the members before the child looks at them. */
static int look_before(struct finder *finder, int procfd)
{
	int rc = look_at(procfd, getpid(), &finder->own);

	for (size_t i = 0; rc == 0 && i < finder->count; i++) {
		struct cg_nsroot *namespace = &finder->namespaces[finder->pending[i]];

		finder->before[i] = namespace->seen;
		namespace->seen = NULL; /* if it has to be asked again, that is out of date */
		if (finder->before[i])
			continue;
		finder->before[i] = &finder->looked[i];
		rc = look_at(procfd, namespace->pid, &finder->looked[i]);
	}
	return rc;
}

/* Asks about all that is pending; what has to be asked again stays pending. */
static int ask(struct finder *finder, struct cg_received *answers)
{
	cleanup_free struct cg_stream *stream = calloc(1, sizeof(*stream));
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	size_t again = 0;
	pid_t pid;
	int rc;

	if (!stream)
		return -ENOMEM;
	child.channel.stream = stream;
	child.channel.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.channel.procfd < 0)
		return -errno;
	rc = look_before(finder, child.channel.procfd);
	if (rc < 0)
		return rc;
	pid = cg_prober_fork(&child);
	if (pid == 0)
		cg_inside_answer(&child.channel, finder->namespaces, finder->pending, finder->count,
				 finder->hierarchies);
	if (pid < 0)
		return pid;
	for (size_t i = 0; i < finder->count; i++) {
		rc = hear(finder, i, &child, answers);
		free_answers(answers, finder->hierarchies->count);
		if (rc == -EAGAIN)
			finder->pending[again++] = finder->pending[i];
		else if (rc < 0)
			return rc;
	}
	finder->count = again;
	return 0;
}

/* The caller's own namespace needs no child while its root is above its own cgroup. */
static bool is_own(const struct cg_nsroot *namespace, const struct cg_hierarchies *hierarchies,
		   const struct cg_own_namespace *own)
{
	struct stat st;

	if (own->inode == 0)
		return false;
	if (namespace->nsfd >= 0 ? fstat(namespace->nsfd, &st) < 0 || st.st_ino != own->inode ||
					   st.st_dev != own->device
				 : namespace->ns_inode != own->inode)
		return false;
	for (size_t i = 0; i < hierarchies->count; i++)
		if (!hierarchies->items[i].path || cg_path_is_outside(hierarchies->items[i].path))
			return false;
	return true;
}

static int answer_own(struct cg_nsroot *namespace, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *path = strdup("/");

		if (!path)
			return -ENOMEM;
		root_set(&namespace->roots[i], CG_ROOT_KNOWN, 0, path);
	}
	return 0;
}

/* Sets up what is to be asked, and answers what needs no asking. */
static int prepare(struct finder *finder, size_t count)
{
	size_t hierarchies = finder->hierarchies->count;
	struct cg_own_namespace own;
	int rc = 0;

	finder->initial = cg_procfs_own_namespace(AT_FDCWD, &own) == 0 && own.initial;
	for (size_t i = 0; i < count; i++)
		finder->namespaces[i].roots = NULL;
	finder->pending = calloc(count, sizeof(*finder->pending));
	finder->before = calloc(count, sizeof(*finder->before));
	finder->looked = calloc(count, sizeof(*finder->looked));
	if (!finder->pending || !finder->before || !finder->looked)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct cg_nsroot *namespace = &finder->namespaces[i];

		namespace->roots = calloc(hierarchies, sizeof(*namespace->roots));
		if (!namespace->roots)
			return -ENOMEM;
		if (is_own(namespace, finder->hierarchies, &own))
			rc = answer_own(namespace, hierarchies);
		else
			finder->pending[finder->count++] = i;
	}
	return rc;
}

static void give_up(struct finder *finder)
{
	for (size_t i = 0; i < finder->count; i++)
		for (size_t j = 0; j < finder->hierarchies->count; j++)
			root_set(&finder->namespaces[finder->pending[i]].roots[j], CG_ROOT_UNKNOWN,
				 EBUSY, NULL);
}

static void finder_free(struct finder *finder, size_t count)
{
	for (size_t i = 0; finder->looked && i < count; i++)
		cg_memberships_free(&finder->looked[i]);
	cg_memberships_free(&finder->own);
	cg_memberships_free(&finder->after);
	free(finder->looked);
	free(finder->before);
	free(finder->pending);
}

int cg_nsroot_find(struct cg_nsroot *namespaces, size_t count,
		   const struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	struct finder finder = { .namespaces = namespaces, .hierarchies = hierarchies };
	cleanup_free struct cg_received *answers = calloc(hierarchies->count, sizeof(*answers));
	int rc = answers ? prepare(&finder, count) : -ENOMEM;

	for (int tries = 0; rc == 0 && finder.count > 0 && tries < MIGRATION_TRIES; tries++)
		rc = ask(&finder, answers);
	if (answers)
		free_answers(answers, hierarchies->count);
	if (rc == 0)
		give_up(&finder);
	finder_free(&finder, count);
	if (rc < 0) {
		cg_nsroot_free(namespaces, count, hierarchies);
		return cg_error_set(err, -rc, "cannot look for the roots of namespaces");
	}
	return 0;
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
		return cg_error_hint(err, "entering a cgroup namespace needs CAP_SYS_ADMIN in the "
					  "caller's user namespace and in the one that owns it");
	case EBUSY:
		return cg_error_hint(err, "its processes are being moved all the time");
	default:
		return -root->errnum;
	}
}
