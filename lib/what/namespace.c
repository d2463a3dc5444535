/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "what/what.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "select/select.h"

static const struct cg_root unknown = { .state = CG_ROOT_UNKNOWN };

static void release(struct cg_namespace *namespace)
{
	cg_cleanup_fd(&namespace->procdir);
	if (!namespace->is_known)
		cg_cleanup_fd(&namespace->nsfd);
	free(namespace->command);
	cg_error_reset(&namespace->why);
	*namespace = (struct cg_namespace){ .procdir = -1, .nsfd = -1 };
}

static size_t kept(const struct cg_namespaces *namespaces)
{
	return namespaces->count < CG_NAMESPACES_KEPT ? namespaces->count : CG_NAMESPACES_KEPT;
}

static void forget(struct cg_nsroot *known, const struct cg_hierarchies *hierarchies)
{
	cg_nsroot_free(known, 1, hierarchies);
	cg_cleanup_fd(&known->nsfd);
}

void cg_namespaces_free(struct cg_namespaces *namespaces, const struct cg_hierarchies *hierarchies)
{
	if (namespaces->in_use)
		release(&namespaces->current);
	for (size_t i = 0; i < kept(namespaces); i++)
		forget(&namespaces->known[i], hierarchies);
}

/* Finds the roots of a namespace, and remembers them. */
static int find_roots(struct cg_namespaces *namespaces, struct cg_context *context,
		      const struct cg_namespace *namespace, const struct cg_nsroot **roots,
		      struct cg_error *err)
{
	struct cg_nsroot *known;
	int rc;

	for (size_t i = 0; i < kept(namespaces); i++)
		if (namespaces->known[i].ns_inode == namespace->ns_inode) {
			*roots = &namespaces->known[i];
			return 0;
		}
	known = &namespaces->known[namespaces->count % CG_NAMESPACES_KEPT];
	if (namespaces->count >= CG_NAMESPACES_KEPT)
		forget(known, &context->hierarchies);
	*known = (struct cg_nsroot){
		.nsfd = fcntl(namespace->nsfd, F_DUPFD_CLOEXEC, 0),
		.ns_inode = namespace->ns_inode,
		.pid = namespace->tid,
	};
	if (known->nsfd < 0)
		rc = cg_error_set(err, errno, "cannot keep a namespace");
	else
		rc = cg_nsroot_find(known, 1, &context->hierarchies, err);
	namespaces->count++;
	if (rc < 0)
		known->ns_inode = 0; /* of no namespace: not to be found again */
	else
		*roots = known;
	return rc;
}

static int open_namespace(struct cg_namespace *namespace, int dirfd, const char *name)
{
	struct stat st;
	int fd = cg_procfs_open_link(dirfd, name, O_RDONLY);

	if (fd < 0)
		return fd;
	namespace->nsfd = fd;
	if (fstat(namespace->nsfd, &st) < 0)
		return -errno;
	namespace->ns_inode = st.st_ino;
	return 0;
}

/* A namespace that was met before is held since: no other one can have its number. */
static bool take_known(const struct cg_namespaces *namespaces, struct cg_namespace *namespace)
{
	uint64_t inode;

	if (kept(namespaces) == 0 ||
	    cg_procfs_ns_inode(namespace->procdir, "ns/cgroup", &inode) < 0)
		return false;
	for (size_t i = 0; i < kept(namespaces); i++)
		if (namespaces->known[i].ns_inode == inode) {
			namespace->nsfd = namespaces->known[i].nsfd;
			namespace->ns_inode = inode;
			namespace->is_known = true;
			return true;
		}
	return false;
}

/* Takes over what is known of a process that is held. */
static void adopt(struct cg_namespace *namespace, struct cg_target *target)
{
	namespace->pid = target->pid;
	namespace->tid = target->tid;
	namespace->procdir = cg_steal_fd(&target->procdir);
	namespace->nsfd = cg_steal_fd(&target->nsfd);
	namespace->ns_inode = target->ns_inode;
	namespace->errnum = target->ns_errno;
}

/* Holds the process, by its directory: that never becomes another process's. */
static int hold_process(const struct cg_namespaces *namespaces, struct cg_namespace *namespace,
			struct cg_context *context, const struct cg_what *what,
			struct cg_error *err)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	char name[32];
	int rc;

	if (what->name) {
		rc = cg_what_hold(what, &target, err);
		adopt(namespace, &target);
		return rc;
	}
	snprintf(name, sizeof(name), "/proc/%d", what->pid);
	namespace->pid = what->pid;
	namespace->tid = what->pid;
	namespace->procdir =
		openat(context->procfd, name + strlen("/proc/"), O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (namespace->procdir < 0) {
		rc = errno == ENOENT ? ESRCH : errno;
		return cg_error_set(err, rc, "cannot examine process %d", what->pid);
	}
	if (take_known(namespaces, namespace))
		return 0;
	rc = open_namespace(namespace, namespace->procdir, "ns/cgroup");
	namespace->errnum = -rc;
	if (!cg_procfs_has_ended(rc))
		return 0;
	/* another thread may live */
	cg_cleanup_fd(&namespace->procdir);
	rc = cg_target_open_folder(name, &target, err);
	adopt(namespace, &target);
	return rc;
}

static int take_process(const struct cg_namespaces *namespaces, struct cg_namespace *namespace,
			struct cg_context *context, const struct cg_what *what, bool with_command,
			struct cg_error *err)
{
	int rc = hold_process(namespaces, namespace, context, what, err);

	if (rc < 0)
		return rc;
	/* What may not be seen of the process stays unknown; its path is for all to read. */
	rc = -namespace->errnum;
	if (with_command && !cg_errno_is_shortage(-rc))
		rc = cg_procfs_command(namespace->procdir, ".", &namespace->command);
	if (cg_errno_is_shortage(-rc))
		return cg_error_set(err, -rc, "cannot examine the process");
	return 0;
}

static int take_from(struct cg_namespace *namespace, struct cg_context *context,
		     struct cg_error *err)
{
	int rc;

	if (context->from.nsfd < 0) {
		rc = open_namespace(namespace, context->procfd, "self/ns/cgroup");
		return rc < 0 ? cg_error_set(err, -rc, "cannot open the caller's namespace") : 0;
	}
	namespace->nsfd = fcntl(context->from.nsfd, F_DUPFD_CLOEXEC, 0);
	if (namespace->nsfd < 0)
		return cg_error_set(err, errno, "cannot keep --from's namespace");
	namespace->ns_inode = context->from.ns_inode;
	return 0;
}

static int copy_error(const struct cg_error *from, struct cg_error *to)
{
	int rc = cg_error_set(to, from->errnum, "%s", from->message ?: "?");

	return from->hint ? cg_error_hint(to, "%s", from->hint) : rc;
}

/*
 * That of the process which a cgroup, a container, ... means; without one,
 * --from's. It is not known where that process may not be looked at, or where
 * there is none that could stand for all.
 */
static int take_member(struct cg_namespace *namespace, struct cg_context *context,
		       const char *member, struct cg_error *err)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	const char *hierarchy = context->only ? context->only->name : NULL;
	cleanup_error struct cg_error why = { 0 };
	int rc = cg_select_open(member, hierarchy, &target, NULL, &why);

	if (rc == 0) {
		adopt(namespace, &target);
		return 0;
	}
	if (rc == -ESRCH || rc == -ENOENT)
		return take_from(namespace, context, err);
	if (cg_errno_is_shortage(-rc)) {
		cg_error_move(err, &why);
		return rc;
	}
	namespace->several = rc == -ENOTUNIQ;
	namespace->errnum = cg_procfs_refused(rc) ? -rc : 0;
	if (!namespace->several && !namespace->errnum)
		cg_error_move(&namespace->why, &why);
	return 0;
}

int cg_namespaces_get(struct cg_namespaces *namespaces, struct cg_context *context,
		      const struct cg_what *what, const char *member, bool with_command,
		      const struct cg_namespace **namespace, struct cg_error *err)
{
	struct cg_namespace *current = &namespaces->current;
	int rc;

	if (namespaces->in_use)
		release(current);
	*current = (struct cg_namespace){ .procdir = -1, .nsfd = -1 };
	namespaces->in_use = true;
	*namespace = current;
	if (what->form == CG_WHAT_PROCESS)
		rc = take_process(namespaces, current, context, what, with_command, err);
	else if (what->form == CG_WHAT_CGROUP && member)
		rc = take_member(current, context, member, err);
	else
		rc = take_from(current, context, err);
	if (rc < 0 || current->nsfd < 0)
		return rc;
	return find_roots(namespaces, context, current, &current->roots, err);
}

int cg_namespace_unseen(const struct cg_namespace *namespace, const struct cg_context *context,
			const char *text, struct cg_error *err)
{
	const struct cg_hierarchies *hierarchies = &context->hierarchies;
	int errnum = namespace->nsfd < 0 ? namespace->errnum : 0;
	const struct cg_error *why = &namespace->why;

	if (why->message)
		return copy_error(why, err);
	/* a zombie has none */
	if (errnum && !cg_procfs_has_ended(-errnum)) {
		if (errnum == ENOTUNIQ)
			return cg_error_set(err, 0,
					    "the threads of %s are in different cgroup namespaces",
					    text);
		cg_error_set(err, errnum, "cannot see the cgroup namespace of %s", text);
		if (!cg_procfs_refused(-errnum))
			return -errnum;
		return cg_error_hint(err, "looking into a process needs ptrace access to it: its "
					  "user, or CAP_SYS_PTRACE in its user namespace");
	}
	for (size_t i = 0; namespace->roots && i < hierarchies->count; i++)
		if (namespace->roots->roots[i].state == CG_ROOT_UNKNOWN &&
		    (!context->only || context->only == &hierarchies->items[i]))
			return cg_root_explain(&namespace->roots->roots[i], text, err);
	return 0;
}

const struct cg_root *cg_namespace_root(const struct cg_namespace *namespace, size_t hierarchy)
{
	return namespace->roots ? &namespace->roots->roots[hierarchy] : &unknown;
}

int cg_namespace_own_view(const struct cg_frame *frame, const struct cg_root *root,
			  const char *path, char **view, struct cg_error *err)
{
	int rc = cg_path_relative_at(frame->anchor, root->path, path, view);

	return rc < 0 ? cg_error_set(err, -rc, "cannot translate %s", path) : 0;
}
