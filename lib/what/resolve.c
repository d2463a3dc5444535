/* SPDX-License-Identifier: GPL-2.0-or-later */
/* From a WHAT to the cgroup that it names. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "select/select.h"
#include "syscalls.h"
#include "what/context.h"

#define DELETED " (deleted)"

void cg_resolved_free(struct cg_resolved *resolved)
{
	free(resolved->path);
	cg_cleanup_fd(&resolved->held);
	*resolved = (struct cg_resolved)CG_RESOLVED_INIT;
}

/* ---- a path ---- */

/* In the initial namespace there is nothing above the root. */
static int check_not_above(const struct cg_context *context, const struct cg_resolved *resolved,
			   const char *given, struct cg_error *err)
{
	if (!context->caller_is_initial || !cg_path_is_outside(resolved->path))
		return 0;
	cg_error_set(err, ENOENT, "no cgroup %s in %s", given, resolved->hierarchy->name);
	return cg_error_hint(err, "it leads above the root of the hierarchy");
}

static int find_path(struct cg_context *context, struct cg_resolved *resolved, struct cg_error *err)
{
	struct cg_frame *frame;
	int rc = cg_context_frame(context, resolved->hierarchy, &frame, err);

	if (rc == 0 && cg_path_has_dotdot(resolved->what.name))
		cg_context_reach_path(context, frame, resolved->what.name);
	if (rc == 0)
		rc = cg_context_translate(frame->from_caller, frame->from, context->from_text,
					  resolved->what.name, &resolved->path, err);
	return rc < 0 ? rc : check_not_above(context, resolved, resolved->what.name, err);
}

/* ---- a process ---- */

/*
 * A number is a process only where /proc has the numbers of the caller's PID
 * namespace. Elsewhere the process is held, which tells or refuses each one.
 */
static int take_number(struct cg_context *context, const char *text, struct cg_what *what,
		       struct cg_error *err)
{
	int rc;

	if (what->pid == 0) {
		rc = cg_procfs_self(context->procfd);
		if (rc < 0)
			return cg_error_set(err, -rc, "/proc does not show the caller");
		what->pid = rc;
		return 0;
	}
	if (!context->numbers_known) {
		rc = cg_procfs_is_own(context->procfd);
		if (rc < 0)
			return cg_error_set(err, -rc, "cannot tell whose processes /proc shows");
		context->numbers_own = rc;
		context->numbers_known = true;
	}
	if (!context->numbers_own)
		what->name = text;
	return 0;
}

static int explain_process(const struct cg_context *context, const struct cg_what *what, int errnum,
			   struct cg_error *err)
{
	cleanup_fd int pidfd = -1;

	if (errnum == ENOENT)
		errnum = ESRCH;
	if (what->is_folder)
		return cg_error_set(err, errnum, "cannot read the cgroup of %s", what->name);
	cg_error_set(err, errnum, "cannot read the cgroup of process %d", what->pid);
	if (errnum != ESRCH || faccessat(context->procfd, "self", F_OK, AT_SYMLINK_NOFOLLOW) < 0)
		return -errnum;
	pidfd = cg_pidfd_open(what->pid, 0);
	if (pidfd < 0)
		return -errnum;
	cg_error_set(err, 0, "cannot read the cgroup of process %d", what->pid);
	return cg_error_hint(err, "the process is there, but /proc does not show it: it may be "
				  "mounted with hidepid, or belong to another PID namespace");
}

/* Who still has a namespace has not; a process's stat takes three times as long to ask. */
static bool has_ended(const struct cg_context *context, const struct cg_resolved *resolved)
{
	bool by_number = resolved->procdir < 0;
	int dirfd = by_number ? context->procfd : resolved->procdir;
	pid_t pid = resolved->what.pid;
	struct cg_stat stat;
	uint64_t inode;

	if (cg_procfs_ns_inode(dirfd,
			       by_number ? cg_proc_name("%d/ns/cgroup", pid).text : "ns/cgroup",
			       &inode) == 0)
		return false;
	return cg_procfs_stat(dirfd, by_number ? cg_proc_name("%d/stat", pid).text : "stat",
			      &stat) < 0 ||
	       cg_stat_is_zombie(&stat);
}

/*
 * " (deleted)" is what the kernel appends to the path of a zombie whose cgroup
 * is gone, and may as well be the end of a living cgroup's name.
 */
static void strip_deleted(struct cg_context *context, struct cg_resolved *resolved)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	size_t len = strlen(resolved->path);
	size_t suffix = strlen(DELETED);

	if (len <= suffix || strcmp(resolved->path + len - suffix, DELETED) != 0 ||
	    !has_ended(context, resolved) ||
	    cg_context_own_directory(context, resolved->hierarchy->controllers, resolved->path,
				     &directory, NULL) == 0)
		return;
	resolved->path[len - suffix] = '\0';
	resolved->removed = true;
}

/* Takes the path of one hierarchy out of what was read of a process. */
static int take_membership(struct cg_context *context, struct cg_resolved *resolved,
			   const struct cg_memberships *memberships, struct cg_error *err)
{
	const char *controllers = resolved->hierarchy->controllers;
	const char *path = cg_memberships_path(memberships, controllers);

	if (!path && errno == ENAMETOOLONG) {
		explain_process(context, &resolved->what, ENAMETOOLONG, err);
		return cg_error_hint(err, "the kernel cuts paths of 4095 bytes and more");
	}
	if (!path) {
		cg_error_set(err, 0, "the process has no cgroup in %s", resolved->hierarchy->name);
		return -ENODATA;
	}
	resolved->path = strdup(path);
	if (!resolved->path)
		return cg_error_set(err, ENOMEM, "cannot keep a path");
	if (*controllers == '\0')
		strip_deleted(context, resolved);
	return 0;
}

int cg_what_hold(const struct cg_what *what, struct cg_target *target, struct cg_error *err)
{
	return what->is_folder ? cg_target_open_folder(what->name, target, err)
			       : cg_target_open(what->name, target, err);
}

/* Refuses PID:INODE whose PID was used again; held is its own directory otherwise. */
static int hold(struct cg_resolved *resolved, struct cg_error *err)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT;
	int rc = cg_what_hold(&resolved->what, &target, err);

	if (rc < 0)
		return rc;
	resolved->held = cg_steal_fd(&target.procdir);
	resolved->what.pid = target.tid;
	return 0;
}

/*
 * v1 says "/" of a process whose first thread has ended, which the caller's has not. Where
 * another one lives that is taken instead. Returns 0 or a negative errno value.
 */
static int look_at_living_thread(struct cg_context *context, struct cg_resolved *resolved)
{
	const char *path =
		cg_memberships_path(&context->memberships, resolved->hierarchy->controllers);
	uint64_t inode;
	pid_t tid;

	if (!*resolved->hierarchy->controllers || !path || strcmp(path, "/") != 0 ||
	    resolved->what.spec.form == CG_TARGET_SELF || !has_ended(context, resolved))
		return 0;
	tid = cg_procfs_living_thread(context->procfd, cg_proc_name("%d", resolved->what.pid).text,
				      &inode);
	if (tid <= 0)
		return tid;
	resolved->what.pid = tid;
	return cg_memberships_read(context->procfd, cg_proc_name("%d/cgroup", tid).text,
				   &context->memberships);
}

static int find_process(struct cg_context *context, struct cg_resolved *resolved, int procdir,
			struct cg_error *err)
{
	int rc = 0;

	if (procdir < 0 && resolved->what.name) {
		rc = hold(resolved, err);
		procdir = resolved->held;
	}
	if (rc < 0)
		return rc;
	resolved->procdir = procdir;
	if (context->same_moment && procdir >= 0)
		return take_membership(context, resolved, &context->memberships, err);
	rc = procdir < 0 ? cg_memberships_read(context->procfd,
					       cg_proc_name("%d/cgroup", resolved->what.pid).text,
					       &context->memberships)
			 : cg_memberships_read(procdir, "cgroup", &context->memberships);
	if (rc == 0 && procdir < 0)
		rc = look_at_living_thread(context, resolved);
	if (rc < 0)
		return explain_process(context, &resolved->what, -rc, err);
	return take_membership(context, resolved, &context->memberships, err);
}

/* ---- an id, a directory ---- */

/* Whether a hierarchy has a cgroup with that id: 1, 0, or a shortage with *err filled. */
static int has_id(struct cg_context *context, const struct cg_hierarchy *hierarchy, uint64_t id,
		  struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_free char *path = NULL;
	int rc = cg_context_mounts(context, err);

	if (rc == 0)
		rc = cg_mounts_find_id(&context->mounts, hierarchy->controllers, id, &path,
				       &directory, err);
	return rc == 0 ? 1 : cg_only_shortage(rc);
}

/* Ids belong to one hierarchy: if another one has it, that is said. */
static int find_id_elsewhere(struct cg_context *context, const struct cg_resolved *resolved,
			     struct cg_error *err)
{
	for (size_t i = 0; i < context->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &context->hierarchies.items[i];

		if (hierarchy == resolved->hierarchy ||
		    has_id(context, hierarchy, resolved->what.id, NULL) <= 0)
			continue;
		cg_error_hint(err, "%s has one: --hierarchy %s", hierarchy->name, hierarchy->name);
		break;
	}
	return -ENOENT;
}

int cg_what_check_id(struct cg_context *context, const struct cg_what *what, struct cg_error *err)
{
	cleanup_choice struct cg_choice choice = { 0 };
	int rc = 0;

	if (what->form != CG_WHAT_ID || context->only)
		return 0;
	for (size_t i = 0; rc >= 0 && i < context->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &context->hierarchies.items[i];

		rc = has_id(context, hierarchy, what->id, err);
		if (rc > 0 && cg_choice_add(&choice, "--hierarchy=", hierarchy->name, NULL) < 0)
			rc = cg_error_set(err, ENOMEM, "cannot look for an id");
	}
	cg_error_reset(rc < 0 ? NULL : err);
	if (rc < 0 || choice.count < 2)
		return rc < 0 ? rc : 0;
	cg_error_set(err, 0, "id:%" PRIu64 " is a cgroup in several hierarchies", what->id);
	return cg_choice_explain(&choice, err);
}

static int find_id(struct cg_context *context, struct cg_resolved *resolved, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = cg_context_mounts(context, err);

	if (rc < 0)
		return rc;
	rc = cg_mounts_find_id(&context->mounts, resolved->hierarchy->controllers,
			       resolved->what.id, &resolved->path, &directory, err);
	resolved->id = directory.id;
	resolved->verified = rc == 0;
	return rc == -ENOENT ? find_id_elsewhere(context, resolved, err) : rc;
}

/* "memory.max" is missing where another hierarchy has the controller. */
static int explain_open(const struct cg_context *context, const char *name, int errnum,
			struct cg_error *err)
{
	const char *base = strrchr(name, '/') ? strrchr(name, '/') + 1 : name;
	cleanup_free char *controller = strndup(base, strcspn(base, "."));
	const struct cg_hierarchy *hierarchy = NULL;

	cg_error_set(err, errnum, "cannot open %s", name);
	if (errnum == ENOENT && controller && *controller && strchr(base, '.'))
		hierarchy = cg_hierarchy_find(&context->hierarchies, controller, NULL);
	if (hierarchy)
		cg_error_hint(err,
			      "the files of %s are in %s: --hierarchy %s --as dir prints "
			      "where",
			      controller, hierarchy->name, controller);
	return -errnum;
}

/* What names its own hierarchy has to be in the one that --hierarchy names, if any. */
static int check_only(const struct cg_context *context, const struct cg_hierarchy *hierarchy,
		      const char *name, struct cg_error *err)
{
	if (!context->only || hierarchy == context->only)
		return 0;
	cg_error_set(err, 0, "%s is not in the hierarchy %s that --hierarchy names", name,
		     context->only->name);
	return cg_error_hint(err, "it is in %s", hierarchy->name);
}

static int find_directory(struct cg_context *context, struct cg_resolved *resolved,
			  struct cg_error *err)
{
	const char *name = resolved->what.name;
	cleanup_fd int fd = open(name, O_PATH | O_CLOEXEC);
	const struct cg_mount *mount = NULL;
	int rc = fd < 0 ? -errno : cg_context_mounts(context, err);

	if (fd < 0)
		return explain_open(context, name, -rc, err);
	if (rc == 0)
		rc = cg_mounts_identify(&context->mounts, fd, &resolved->path, &mount,
					&resolved->id, err);
	if (rc == -EMEDIUMTYPE) {
		cg_error_set(err, 0, "%s is not in a cgroup filesystem", name);
		return cg_error_hint(err, "fs: and names that begin with a dot are directories of "
					  "a mounted cgroup hierarchy, or folders of processes");
	}
	if (rc < 0)
		return cg_error_prefix(err, "%s", name);
	resolved->hierarchy = cg_hierarchy_of_mount(&context->hierarchies, mount);
	if (!resolved->hierarchy)
		return cg_error_set(err, 0, "%s is of a hierarchy that /proc/self/cgroup lacks",
				    name);
	resolved->verified = true;
	return check_only(context, resolved->hierarchy, name, err);
}

/* ---- a cgroup, a container, a pod, a unit ---- */

static int find_cgroup(struct cg_context *context, struct cg_resolved *resolved,
		       struct cg_error *err)
{
	int rc = cg_context_mounts(context, err);

	if (rc < 0)
		return rc;
	return cg_select_cgroup(&resolved->what.spec, &context->mounts, resolved->hierarchy,
				&resolved->path, NULL, err);
}

/* ---- a text ---- */

/* Whether a file is a process's folder, in any proc filesystem: 1, 0, or a shortage. */
static int is_process(const char *name, struct cg_error *err)
{
	cleanup_fd int fd = open(name, O_PATH | O_CLOEXEC);
	int rc = fd < 0 ? cg_only_shortage(-errno) : cg_procfs_is_folder(fd, name);

	if (rc < 0)
		cg_error_set(err, -rc, "cannot tell whether %s is a process's folder", name);
	return rc;
}

/* Whether there is a cgroup of that path, as --from sees it, in any hierarchy. */
static bool is_a_cgroup(struct cg_context *context, const struct cg_what *what)
{
	for (size_t i = 0; i < context->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &context->hierarchies.items[i];
		cleanup_resolved struct cg_resolved resolved = CG_RESOLVED_INIT;

		if (cg_what_resolve(context, what, -1, hierarchy, &resolved, NULL) == 0 &&
		    cg_what_check_exists(context, &resolved, NULL) == 0)
			return true;
	}
	return false;
}

/* A name without a slash before it may be that of a cgroup. */
static int suggest_path(struct cg_context *context, const char *text, struct cg_error *err)
{
	cleanup_free char *path = cg_format("/%s", text);
	struct cg_what what;

	if (path && cg_what_parse(path, &what, NULL) == 0 && is_a_cgroup(context, &what))
		cg_error_hint(err, "a cgroup is named by its whole path: %s", path);
	return -EINVAL;
}

int cg_what_read(struct cg_context *context, const char *text, bool certain, struct cg_what *what,
		 struct cg_error *err)
{
	int rc = cg_what_parse(text, what, err);

	if (rc < 0)
		return *text ? suggest_path(context, text, err) : rc;
	if (what->form == CG_WHAT_PROCESS)
		return take_number(context, text, what, err);
	if (what->form == CG_WHAT_DIRECTORY) {
		rc = is_process(what->name, err);
		if (rc < 0)
			return rc;
		what->is_folder = rc > 0;
		if (what->is_folder)
			what->form = CG_WHAT_PROCESS;
	}
	if (certain || *text != '/' || cg_what_check_file(text, true, NULL) == 0 ||
	    is_a_cgroup(context, what))
		return 0;
	return cg_what_check_file(text, true, err);
}

/* ---- all together ---- */

int cg_what_own_hierarchy(const struct cg_context *context, const struct cg_what *what,
			  const struct cg_hierarchy **hierarchy, struct cg_error *err)
{
	cleanup_free char *name = NULL;

	if (!what->hierarchy)
		return 0;
	name = strndup(what->hierarchy, what->hierarchy_len);
	if (!name)
		return cg_error_set(err, ENOMEM, "cannot choose a hierarchy");
	*hierarchy = cg_hierarchy_find(&context->hierarchies, *name ? name : "unified", err);
	if (!*hierarchy)
		return -EINVAL;
	return check_only(context, *hierarchy, what->name, err);
}

static int resolve_in(struct cg_context *context, const struct cg_what *what, int procdir,
		      const struct cg_hierarchy *hierarchy, struct cg_resolved *resolved,
		      struct cg_error *err)
{
	int rc = -EINVAL;

	resolved->what = *what;
	resolved->hierarchy = hierarchy;
	switch (what->form) {
	case CG_WHAT_PATH:
		rc = find_path(context, resolved, err);
		break;
	case CG_WHAT_CGROUP:
		rc = find_cgroup(context, resolved, err);
		break;
	case CG_WHAT_PROCESS:
		rc = find_process(context, resolved, procdir, err);
		break;
	case CG_WHAT_ID:
		rc = find_id(context, resolved, err);
		break;
	case CG_WHAT_DIRECTORY:
		rc = find_directory(context, resolved, err);
		break;
	}
	if (rc < 0)
		cg_resolved_free(resolved);
	return rc;
}

/* In which other hierarchy a cgroup is that is not in the default one. */
static int resolve_elsewhere(struct cg_context *context, const struct cg_what *what,
			     const struct cg_hierarchy *known, struct cg_resolved *resolved)
{
	for (size_t i = 0; i < context->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &context->hierarchies.items[i];

		if (hierarchy == known ||
		    resolve_in(context, what, -1, hierarchy, resolved, NULL) < 0)
			continue;
		if (cg_what_check_exists(context, resolved, NULL) == 0)
			return 0;
		cg_resolved_free(resolved);
	}
	return -ENOENT;
}

/* In the default hierarchy or, for what can be named without one, in the one that has it. */
static int resolve_anywhere(struct cg_context *context, const struct cg_what *what, int procdir,
			    struct cg_resolved *resolved, struct cg_error *err)
{
	const struct cg_hierarchy *known = cg_hierarchy_default(&context->hierarchies, err);
	struct cg_resolved other = CG_RESOLVED_INIT;
	int rc;

	if (!known)
		return -EINVAL;
	rc = resolve_in(context, what, procdir, known, resolved, err);
	if (what->form != CG_WHAT_CGROUP || (rc < 0 && rc != -ENOENT) ||
	    (rc == 0 && cg_what_check_exists(context, resolved, NULL) != -ENOENT))
		return rc;
	if (resolve_elsewhere(context, what, known, &other) < 0)
		return rc == -ENOENT ? cg_select_nowhere(&what->spec, err) : rc;
	cg_resolved_free(resolved);
	*resolved = other;
	if (err)
		cg_error_reset(err);
	return 0;
}

int cg_what_resolve(struct cg_context *context, const struct cg_what *what, int procdir,
		    const struct cg_hierarchy *hierarchy, struct cg_resolved *resolved,
		    struct cg_error *err)
{
	int rc = cg_what_own_hierarchy(context, what, &hierarchy, err);

	*resolved = (struct cg_resolved)CG_RESOLVED_INIT;
	if (rc < 0)
		return rc;
	hierarchy = hierarchy ?: context->only;
	return hierarchy ? resolve_in(context, what, procdir, hierarchy, resolved, err)
			 : resolve_anywhere(context, what, procdir, resolved, err);
}

static int check_strict(const struct cg_context *context, const char *view, struct cg_error *err)
{
	if (!context->strict || !cg_path_is_outside(view))
		return 0;
	cg_error_set(err, 0, "%s is outside the root of %s", view, context->to_text);
	return cg_error_hint(err, "without --strict that path is printed");
}

/* What a reader in --to's namespace reads of a process. */
static int process_view(struct cg_context *context, const struct cg_resolved *resolved, char **view,
			struct cg_error *err)
{
	int rc, errnum;

	if (context->to_is_own) {
		*view = cg_format("%s%s", resolved->path, resolved->removed ? DELETED : "");
		return *view ? 0 : cg_error_set(err, ENOMEM, "cannot keep a path");
	}
	rc = cg_context_view_process(context, resolved->hierarchy, resolved->procdir,
				     resolved->what.pid, view, err);
	if (rc < 0 || resolved->procdir < 0 || faccessat(resolved->procdir, "stat", F_OK, 0) == 0)
		return rc;
	/* where it has ended, that PID may have been somebody else's when it was read */
	errnum = errno;
	free(*view);
	*view = NULL;
	return explain_process(context, &resolved->what, errnum, err);
}

static int path_view(struct cg_context *context, const struct cg_resolved *resolved, char **view,
		     struct cg_error *err)
{
	struct cg_frame *frame;
	int rc = cg_context_frame(context, resolved->hierarchy, &frame, err);

	if (rc < 0)
		return rc;
	return cg_context_translate(frame->caller_to, frame->to, context->to_text, resolved->path,
				    view, err);
}

int cg_what_view(struct cg_context *context, const struct cg_resolved *resolved, char **view,
		 struct cg_error *err)
{
	int rc;

	*view = NULL;
	rc = resolved->what.form == CG_WHAT_PROCESS ? process_view(context, resolved, view, err)
						    : path_view(context, resolved, view, err);
	if (rc == 0)
		rc = check_strict(context, *view, err);
	if (rc < 0) {
		free(*view);
		*view = NULL;
	}
	return rc;
}

/* Whether the process is where it was. */
static int confirm_process(struct cg_context *context, const struct cg_resolved *resolved,
			   struct cg_error *err)
{
	cleanup_memberships struct cg_memberships now = { 0 };
	const char *path;
	int rc = resolved->procdir < 0
			 ? cg_memberships_read(context->procfd,
					       cg_proc_name("%d/cgroup", resolved->what.pid).text,
					       &now)
			 : cg_memberships_read(resolved->procdir, "cgroup", &now);

	if (rc < 0)
		return explain_process(context, &resolved->what, -rc, err);
	path = cg_memberships_path(&now, resolved->hierarchy->controllers);
	if (path && strcmp(path, resolved->path) == 0)
		return 0;
	cg_error_set(err, 0, "the process keeps moving");
	return -ESTALE;
}

int cg_what_confirm(struct cg_context *context, const struct cg_resolved *resolved, int found,
		    struct cg_error *err)
{
	int rc = 0;

	if (found != 0 && found != -ENOENT)
		return found;
	if (resolved->what.form == CG_WHAT_PATH)
		rc = cg_context_confirm_from(context, resolved->hierarchy, err);
	if (resolved->what.form == CG_WHAT_PROCESS)
		rc = confirm_process(context, resolved, err);
	return rc < 0 ? rc : found;
}

int cg_what_check_exists(struct cg_context *context, struct cg_resolved *resolved,
			 struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc;

	if (resolved->verified)
		return 0;
	if (resolved->removed)
		return cg_error_set(err, ENOENT, "the cgroup %s in %s was removed", resolved->path,
				    resolved->hierarchy->name);
	rc = cg_context_own_directory(context, resolved->hierarchy->controllers, resolved->path,
				      &directory, err);
	rc = cg_what_confirm(context, resolved, rc, err);
	resolved->id = directory.id;
	resolved->verified = rc == 0;
	return rc;
}
