/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "subject.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "syscalls.h"

#define DELETED " (deleted)"

void subject_free(struct subject *subject)
{
	free(subject->path);
	cg_cleanup_fd(&subject->held);
	*subject = (struct subject)SUBJECT_INIT;
}

/* ---- a path ---- */

/* In the initial namespace there is nothing above the root. */
static int check_not_above(const struct world *world, const struct subject *subject,
			   const char *given, struct cg_error *err)
{
	if (!world->caller_is_initial || !cg_path_is_outside(subject->path))
		return 0;
	cg_error_set(err, ENOENT, "no cgroup %s in %s", given, subject->hierarchy->name);
	return cg_error_hint(err, "it leads above the root of the hierarchy");
}

static int find_path(struct world *world, struct subject *subject, struct cg_error *err)
{
	struct frame *frame;
	int rc = world_frame(world, subject->hierarchy, &frame, err);

	if (rc == 0 && cg_path_has_dotdot(subject->what.name))
		world_cover_path(world, frame, subject->what.name);
	if (rc == 0)
		rc = world_translate(world, frame->from_caller, frame->from,
				     world->request->from ? world->request->from : "self",
				     subject->what.name, &subject->path, err);
	return rc < 0 ? rc : check_not_above(world, subject, subject->what.name, err);
}

/* ---- a process ---- */

static int explain_process(const struct world *world, pid_t pid, int errnum, struct cg_error *err)
{
	cleanup_fd int pidfd = -1;

	if (errnum == ENOENT)
		errnum = ESRCH;
	cg_error_set(err, errnum, "cannot read the cgroup of process %d", pid);
	if (errnum != ESRCH || faccessat(world->procfd, "self", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return -errnum;
	pidfd = cg_pidfd_open(pid, 0);
	if (pidfd >= 0)
		cg_error_hint(err, "the process is there, but /proc does not show it: it may be "
				   "mounted with hidepid, or belong to another PID namespace");
	return -errnum;
}

/* Reads a process's stat; the letter of its state, or 0 if it is gone. */
static char state_of(const struct world *world, const struct subject *subject)
{
	struct cg_stat stat;
	char name[64];
	int rc;

	snprintf(name, sizeof(name), "%d/stat", subject->what.pid);
	rc = subject->procdir < 0 ? cg_procfs_stat(world->procfd, name, &stat)
				  : cg_procfs_stat(subject->procdir, "stat", &stat);
	return rc < 0 ? 0 : stat.state;
}

static bool has_ended(char state)
{
	return state == 'Z' || state == 'X' || state == 0;
}

/*
 * " (deleted)" is what the kernel appends to the path of a zombie whose cgroup
 * is gone, and may as well be the end of a living cgroup's name.
 */
static void strip_deleted(struct world *world, struct subject *subject)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	size_t len = strlen(subject->path);
	size_t suffix = strlen(DELETED);

	if (len <= suffix || strcmp(subject->path + len - suffix, DELETED) != 0 ||
	    !has_ended(state_of(world, subject)) ||
	    world_own_directory(world, subject->hierarchy->controllers, subject->path, &directory,
				NULL) == 0)
		return;
	subject->path[len - suffix] = '\0';
	subject->removed = true;
}

/* Takes the path of one hierarchy out of what was read of a process. */
static int take_membership(struct world *world, struct subject *subject,
			   const struct cg_memberships *memberships, struct cg_error *err)
{
	const char *controllers = subject->hierarchy->controllers;
	const char *path = cg_memberships_path(memberships, controllers);

	if (!path && errno == ENAMETOOLONG) {
		cg_error_set(err, ENAMETOOLONG, "cannot read the cgroup of process %d",
			     subject->what.pid);
		return cg_error_hint(err, "the kernel cuts paths of 4095 bytes and more");
	}
	if (!path) {
		cg_error_set(err, 0, "process %d is in no cgroup of %s", subject->what.pid,
			     subject->hierarchy->name);
		return -ENODATA;
	}
	subject->path = strdup(path);
	if (!subject->path)
		return cg_error_set(err, ENOMEM, "cannot keep a path");
	if (*controllers == '\0')
		strip_deleted(world, subject);
	return 0;
}

/* Refuses PID:INODE whose PID was used again; *procdir is its own directory otherwise. */
static int hold(const struct what *what, int *procdir, struct cg_error *err)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	int rc = cg_target_open(what->name, &target, err);

	if (rc == 0)
		*procdir = cg_steal_fd(&target.procdir);
	return rc;
}

static int find_process(struct world *world, struct subject *subject, int procdir,
			struct cg_error *err)
{
	char name[64];
	int rc = 0;

	if (procdir < 0 && subject->what.name) {
		rc = hold(&subject->what, &subject->held, err);
		procdir = subject->held;
	}
	if (rc < 0)
		return rc;
	subject->procdir = procdir;
	snprintf(name, sizeof(name), "%d/cgroup", subject->what.pid);
	rc = procdir < 0 ? cg_memberships_read(world->procfd, name, &world->memberships)
			 : cg_memberships_read(procdir, "cgroup", &world->memberships);
	if (rc < 0)
		return explain_process(world, subject->what.pid, -rc, err);
	return take_membership(world, subject, &world->memberships, err);
}

/* ---- an id, a directory ---- */

static int find_id(struct world *world, struct subject *subject, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = world_mounts(world, err);

	if (rc < 0)
		return rc;
	rc = cg_mounts_find_id(&world->mounts, subject->hierarchy->controllers, subject->what.id,
			       &subject->path, &directory, err);
	subject->id = directory.id;
	subject->verified = rc == 0;
	return rc;
}

/* The hierarchy that a mount is of. */
static const struct cg_hierarchy *hierarchy_of(const struct world *world,
					       const struct cg_mount *mount)
{
	for (size_t i = 0; i < world->hierarchies.count; i++)
		if (cg_mount_shows(mount, world->hierarchies.items[i].controllers))
			return &world->hierarchies.items[i];
	return NULL;
}

static int find_directory(struct world *world, struct subject *subject, struct cg_error *err)
{
	const char *name = subject->what.name;
	cleanup_fd int fd = open(name, O_PATH | O_CLOEXEC);
	const struct cg_mount *mount = NULL;
	int rc = fd < 0 ? -errno : world_mounts(world, err);

	if (fd < 0)
		return cg_error_set(err, -rc, "cannot open %s", name);
	if (rc == 0)
		rc = cg_mounts_identify(&world->mounts, fd, &subject->path, &mount, &subject->id,
					err);
	if (rc == -EMEDIUMTYPE) {
		cg_error_set(err, 0, "%s is not in a cgroup file system", name);
		return cg_error_hint(err, "fs: and names that begin with a dot are directories of "
					  "a mounted cgroup hierarchy");
	}
	if (rc < 0)
		return cg_error_prefix(err, "%s", name);
	subject->hierarchy = hierarchy_of(world, mount);
	if (!subject->hierarchy)
		return cg_error_set(err, 0, "%s is of a hierarchy that /proc/self/cgroup lacks",
				    name);
	subject->verified = true;
	return 0;
}

/* ---- all together ---- */

int subject_find(struct world *world, const struct what *what, int procdir,
		 const struct cg_hierarchy *hierarchy, struct subject *subject,
		 struct cg_error *err)
{
	int rc = -EINVAL;

	*subject = (struct subject)SUBJECT_INIT;
	subject->what = *what;
	subject->hierarchy = hierarchy;
	switch (what->form) {
	case WHAT_PATH:
		rc = find_path(world, subject, err);
		break;
	case WHAT_PROCESS:
		rc = find_process(world, subject, procdir, err);
		break;
	case WHAT_ID:
		rc = find_id(world, subject, err);
		break;
	case WHAT_DIRECTORY:
		rc = find_directory(world, subject, err);
		break;
	}
	if (rc < 0)
		subject_free(subject);
	return rc;
}

static int check_strict(const struct world *world, const char *view, struct cg_error *err)
{
	if (!world->request->strict || !cg_path_is_outside(view))
		return 0;
	cg_error_set(err, 0, "%s is outside the root of %s", view,
		     world->request->to ? world->request->to : "self");
	return cg_error_hint(err, "without --strict that path is printed");
}

/* What a reader in --to's namespace reads of a process. */
static int process_view(struct world *world, const struct subject *subject, char **view,
			struct cg_error *err)
{
	pid_t pid = subject->what.pid;
	struct frame *frame;
	int rc;

	if (world->to_is_own) {
		rc = asprintf(view, "%s%s", subject->path, subject->removed ? DELETED : "");
		return rc < 0 ? cg_error_set(err, ENOMEM, "cannot keep a path") : 0;
	}
	rc = world_frame(world, subject->hierarchy, &frame, err);
	if (rc < 0)
		return rc;
	if (frame->to->state == CG_ROOT_UNKNOWN && frame->to->errnum == EPERM)
		return cg_root_explain(frame->to, world->to.text, err);
	rc = world_view_process(world, subject->hierarchy, pid, view, err);
	if (rc < 0 || subject->procdir < 0 || faccessat(subject->procdir, "stat", F_OK, 0) == 0)
		return rc;
	/* it has ended, and that PID may have been somebody else's when it was read */
	free(*view);
	*view = NULL;
	return explain_process(world, pid, ESRCH, err);
}

static int path_view(struct world *world, const struct subject *subject, char **view,
		     struct cg_error *err)
{
	struct frame *frame;
	int rc = world_frame(world, subject->hierarchy, &frame, err);

	if (rc < 0)
		return rc;
	return world_translate(world, frame->caller_to, frame->to,
			       world->request->to ? world->request->to : "self", subject->path,
			       view, err);
}

int subject_view(struct world *world, const struct subject *subject, char **view,
		 struct cg_error *err)
{
	int rc;

	*view = NULL;
	rc = subject->what.form == WHAT_PROCESS ? process_view(world, subject, view, err)
						: path_view(world, subject, view, err);
	if (rc == 0)
		rc = check_strict(world, *view, err);
	if (rc < 0) {
		free(*view);
		*view = NULL;
	}
	return rc;
}

int subject_check_exists(struct world *world, struct subject *subject, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc;

	if (subject->verified)
		return 0;
	if (subject->removed)
		return cg_error_set(err, ENOENT, "the cgroup %s of %s was removed", subject->path,
				    subject->hierarchy->name);
	rc = world_own_directory(world, subject->hierarchy->controllers, subject->path, &directory,
				 err);
	subject->id = directory.id;
	subject->verified = rc == 0;
	return rc;
}
