/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "origin.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

static const struct cg_root unknown = { .state = CG_ROOT_UNKNOWN };

static void release(struct origin *origin)
{
	cg_cleanup_fd(&origin->procdir);
	cg_cleanup_fd(&origin->nsfd);
	free(origin->command);
	*origin = (struct origin){ .procdir = -1, .nsfd = -1 };
}

static size_t kept(const struct origins *origins)
{
	return origins->count < ORIGINS_KEPT ? origins->count : ORIGINS_KEPT;
}

static void forget(struct cg_nsroot *known, const struct cg_hierarchies *hierarchies)
{
	cg_nsroot_free(known, 1, hierarchies);
	cg_cleanup_fd(&known->nsfd);
}

void origins_free(struct origins *origins, const struct cg_hierarchies *hierarchies)
{
	if (origins->current.roots || origins->current.pid)
		release(&origins->current);
	for (size_t i = 0; i < kept(origins); i++)
		forget(&origins->known[i], hierarchies);
}

/* Finds the roots of a namespace, and remembers them. */
static int find_roots(struct origins *origins, struct world *world, const struct origin *origin,
		      const struct cg_nsroot **roots, struct cg_error *err)
{
	struct cg_nsroot *known;
	int rc;

	for (size_t i = 0; i < kept(origins); i++)
		if (origins->known[i].ns_inode == origin->ns_inode) {
			*roots = &origins->known[i];
			return 0;
		}
	known = &origins->known[origins->count % ORIGINS_KEPT];
	if (origins->count >= ORIGINS_KEPT)
		forget(known, &world->hierarchies);
	*known = (struct cg_nsroot){
		.nsfd = fcntl(origin->nsfd, F_DUPFD_CLOEXEC, 0),
		.ns_inode = origin->ns_inode,
		.pid = origin->pid,
	};
	if (known->nsfd < 0)
		rc = cg_error_set(err, errno, "cannot keep a namespace");
	else
		rc = cg_nsroot_find(known, 1, &world->hierarchies, err);
	origins->count++;
	if (rc < 0)
		known->ns_inode = 0; /* of no namespace: not to be found again */
	else
		*roots = known;
	return rc;
}

static int open_namespace(struct origin *origin, int dirfd, const char *name)
{
	struct stat st;

	origin->nsfd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);
	if (origin->nsfd < 0)
		return -errno;
	if (fstat(origin->nsfd, &st) < 0)
		return -errno;
	origin->ns_inode = st.st_ino;
	return 0;
}

/* Holds the process, by its directory: that never becomes another process's. */
static int hold_process(struct origin *origin, struct world *world, const struct what *what,
			struct cg_error *err)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	char name[32];
	int rc;

	origin->pid = what->pid;
	if (what->name) {
		rc = cg_target_open(what->name, &target, err);
		origin->procdir = cg_steal_fd(&target.procdir);
		return rc;
	}
	snprintf(name, sizeof(name), "%d", what->pid);
	origin->procdir = openat(world->procfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (origin->procdir >= 0)
		return 0;
	rc = errno == ENOENT ? ESRCH : errno;
	return cg_error_set(err, rc, "cannot examine process %d", what->pid);
}

static int take_process(struct origin *origin, struct world *world, const struct what *what,
			bool with_command, struct cg_error *err)
{
	int rc = hold_process(origin, world, what, err);

	if (rc < 0)
		return rc;
	/* What may not be seen of the process stays unknown; its path is for all to read. */
	rc = open_namespace(origin, origin->procdir, "ns/cgroup");
	origin->errnum = -rc;
	if (with_command && !cg_errno_is_shortage(-rc))
		rc = cg_procfs_command(origin->procdir, ".", &origin->command);
	if (cg_errno_is_shortage(-rc))
		return cg_error_set(err, -rc, "cannot examine process %d", what->pid);
	return 0;
}

static int take_from(struct origin *origin, struct world *world, struct cg_error *err)
{
	int rc;

	if (world->from.nsfd < 0) {
		rc = open_namespace(origin, world->procfd, "self/ns/cgroup");
		return rc < 0 ? cg_error_set(err, -rc, "cannot open the caller's namespace") : 0;
	}
	origin->nsfd = fcntl(world->from.nsfd, F_DUPFD_CLOEXEC, 0);
	if (origin->nsfd < 0)
		return cg_error_set(err, errno, "cannot keep --from's namespace");
	origin->ns_inode = world->from.ns_inode;
	return 0;
}

int origins_get(struct origins *origins, struct world *world, const struct what *what,
		bool with_command, const struct origin **origin, struct cg_error *err)
{
	struct origin *current = &origins->current;
	int rc;

	if (current->roots || current->pid)
		release(current);
	*current = (struct origin){ .procdir = -1, .nsfd = -1 };
	*origin = current;
	rc = what->form == WHAT_PROCESS ? take_process(current, world, what, with_command, err)
					: take_from(current, world, err);
	if (rc < 0 || current->nsfd < 0)
		return rc;
	return find_roots(origins, world, current, &current->roots, err);
}

int origin_unseen(const struct origin *origin, const char *text, struct cg_error *err)
{
	const struct cg_root *root = origin_root(origin, 0);

	if (origin->nsfd < 0 && (origin->errnum == EACCES || origin->errnum == EPERM)) {
		cg_error_set(err, origin->errnum, "cannot see the cgroup namespace of %s", text);
		return cg_error_hint(err, "looking into a process needs ptrace access to it: its "
					  "user, or CAP_SYS_PTRACE in its user namespace");
	}
	if (origin->nsfd >= 0 && root->state == CG_ROOT_UNKNOWN &&
	    (root->errnum == EACCES || root->errnum == EPERM))
		return cg_root_explain(root, text, err);
	return 0;
}

const struct cg_root *origin_root(const struct origin *origin, size_t hierarchy)
{
	return origin->roots ? &origin->roots->roots[hierarchy] : &unknown;
}

int origin_own_view(const struct frame *frame, const struct cg_root *root, const char *path,
		    char **view, struct cg_error *err)
{
	cleanup_free char *lifted_root = NULL;
	cleanup_free char *lifted_path = NULL;
	int rc = cg_path_resolve(frame->anchor, root->path, &lifted_root);

	if (rc == 0)
		rc = cg_path_resolve(frame->anchor, path, &lifted_path);
	if (rc == 0)
		rc = cg_path_relative(lifted_root, lifted_path, view);
	return rc < 0 ? cg_error_set(err, -rc, "cannot translate %s", path) : 0;
}
