/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The hierarchies, the mounts, and the views that a WHAT is looked at with. */
#include "what/context.h"
#include "select/select.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ---- open and close ---- */

/* A TARGET that is the caller itself needs neither pidfd nor namespace. */
static int open_target(const char *text, const char *hierarchy, struct cg_target *target,
		       struct cg_error *err)
{
	int rc;

	if (!text || strcmp(text, "self") == 0)
		return 0;
	rc = cg_select_open(text, hierarchy, target, NULL, err);
	if (rc == 0)
		rc = cg_target_need_namespace(target, err);
	return rc;
}

/* Compares with the caller's own namespace; one that is not known is another one. */
static void look_at_own_namespace(struct cg_context *context)
{
	struct cg_own_namespace own;
	bool known = cg_procfs_own_namespace(context->procfd, &own) == 0;

	context->caller_is_initial = known && own.initial;
	context->to_is_own =
		context->to.nsfd < 0 ||
		(known && own.device == context->to.ns_device && own.inode == context->to.ns_inode);
}

int cg_context_open(const char *from, const char *to, const char *hierarchy,
		    struct cg_context *context, struct cg_error *err)
{
	int rc;

	*context = (struct cg_context){
		.from_text = from ?: "self",
		.to_text = to ?: "self",
		.procfd = -1,
		.from = CG_TARGET_INIT,
		.to = CG_TARGET_INIT,
		.viewer = CG_VIEWER_INIT,
		.to_helper = CG_HELPER_INIT,
	};
	context->procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (context->procfd < 0)
		return cg_error_set(err, errno, "cannot open /proc");
	rc = cg_hierarchies_read(&context->hierarchies, err);
	if (rc < 0)
		return rc;
	context->frames = calloc(context->hierarchies.count + 1, sizeof(*context->frames));
	if (!context->frames)
		return cg_error_set(err, ENOMEM, "cannot prepare the views");
	if (hierarchy && strcmp(hierarchy, "all") != 0) {
		context->only = cg_hierarchy_find(&context->hierarchies, hierarchy, err);
		if (!context->only)
			return -EINVAL;
	}
	rc = open_target(from, hierarchy, &context->from, err);
	if (rc < 0)
		return cg_error_prefix(err, "--from");
	rc = open_target(to, hierarchy, &context->to, err);
	if (rc < 0)
		return cg_error_prefix(err, "--to");
	look_at_own_namespace(context);
	return 0;
}

static void forget_maps(struct cg_frame *frame)
{
	cg_path_map_free(frame->from_to);
	cg_path_map_free(frame->from_caller);
	cg_path_map_free(frame->caller_to);
	frame->from_to = frame->from_caller = frame->caller_to = NULL;
}

void cg_context_refresh(struct cg_context *context)
{
	cg_helper_stop(&context->to_helper, false);
	for (size_t i = 0; context->frames && i < context->hierarchies.count; i++) {
		free(context->frames[i].anchor);
		forget_maps(&context->frames[i]);
		if (context->frames[i].confirmed)
			cg_cleanup_fd(&context->frames[i].root);
		context->frames[i] = (struct cg_frame){ .ready = false };
	}
	cg_viewer_close(&context->viewer);
	context->viewer = (struct cg_viewer)CG_VIEWER_INIT;
	cg_nsroot_free(context->roots, CG_ARRAY_SIZE(context->roots), &context->hierarchies);
	context->roots_known = false;
	cg_mounts_free(&context->mounts);
	context->mounts_known = false;
	cg_mounts_free(&context->to_mounts);
	context->to_mounts_known = context->to_is_silent = false;
}

void cg_context_close(struct cg_context *context)
{
	cg_context_refresh(context);
	free(context->frames);
	cg_hierarchies_free(&context->hierarchies);
	cg_target_close(&context->from);
	cg_target_close(&context->to);
	cg_memberships_free(&context->memberships);
	cg_cleanup_fd(&context->procfd);
}

/* ---- frames ---- */

static char callers_own_path[] = "/";
static const struct cg_root callers_own = { .state = CG_ROOT_KNOWN, .path = callers_own_path };

static void put_question(struct cg_nsroot *question, const struct cg_target *target)
{
	question->nsfd = target->nsfd;
	question->ns_inode = target->ns_inode;
	question->pid = target->pid ? target->tid : target->member;
}

/* Finds the roots of the TARGETs there are, both with one look. */
static int find_roots(struct cg_context *context, struct cg_error *err)
{
	bool has_from = context->from.nsfd >= 0;
	bool has_to = context->to.nsfd >= 0;
	int rc = 0;

	if (context->roots_known)
		return 0;
	if (has_from)
		put_question(&context->roots[CG_FROM], &context->from);
	if (has_to)
		put_question(&context->roots[CG_TO], &context->to);
	if (has_from || has_to)
		rc = cg_nsroot_find(&context->roots[has_from ? CG_FROM : CG_TO],
				    (size_t)has_from + (size_t)has_to, &context->hierarchies, err);
	context->roots_known = rc == 0;
	return rc;
}

static const struct cg_root *root_of(const struct cg_context *context, int which, size_t hierarchy)
{
	return context->roots[which].roots ? &context->roots[which].roots[hierarchy] : &callers_own;
}

static size_t climb_of(const struct cg_root *root)
{
	return root->state == CG_ROOT_KNOWN ? cg_path_climb(root->path) : 0;
}

/* Where a root is not below the caller's own, the names on the way up are needed. */
static int find_anchor(struct cg_context *context, struct cg_frame *frame, struct cg_error *err)
{
	size_t from = climb_of(frame->from);
	size_t to = climb_of(frame->to);

	if (from == 0 && to == 0) {
		frame->anchor = strdup("/");
		return frame->anchor ? 0 : cg_error_set(err, ENOMEM, "cannot prepare the views");
	}
	return cg_nsroot_anchor(from > to ? context->from.nsfd : context->to.nsfd, frame->hierarchy,
				&frame->anchor, err);
}

/* A root in the frame's coordinates, or NULL: not known (0 in *rc), or an error. */
static char *from_anchor(const struct cg_frame *frame, const struct cg_root *root, int *rc)
{
	char *path = NULL;

	if (*rc == 0 && root->state == CG_ROOT_KNOWN)
		*rc = cg_path_resolve(frame->anchor, root->path, &path);
	return path;
}

static int make_map(const char *from, const char *to, struct cg_path_map **map)
{
	return from && to ? cg_path_map_new(from, to, map) : 0;
}

static int make_maps(struct cg_frame *frame, struct cg_error *err)
{
	int rc = 0;
	cleanup_free char *from = from_anchor(frame, frame->from, &rc);
	cleanup_free char *to = from_anchor(frame, frame->to, &rc);

	if (rc == 0)
		rc = make_map(from, to, &frame->from_to);
	if (rc == 0)
		rc = make_map(from, frame->anchor, &frame->from_caller);
	if (rc == 0)
		rc = make_map(frame->anchor, to, &frame->caller_to);
	return rc < 0 ? cg_error_set(err, -rc, "cannot prepare the views of %s",
				     frame->hierarchy->name)
		      : 0;
}

/* Whether a root is not known for no better reason than that something ran short. */
static bool is_short(const struct cg_root *root)
{
	return root->state == CG_ROOT_UNKNOWN && cg_errno_is_shortage(root->errnum);
}

int cg_context_frame(struct cg_context *context, const struct cg_hierarchy *hierarchy,
		     struct cg_frame **frame, struct cg_error *err)
{
	size_t index = (size_t)(hierarchy - context->hierarchies.items);
	int rc;

	*frame = &context->frames[index];
	if ((*frame)->ready)
		return 0;
	rc = find_roots(context, err);
	if (rc < 0)
		return rc;
	(*frame)->hierarchy = hierarchy;
	(*frame)->from = root_of(context, CG_FROM, index);
	(*frame)->to = root_of(context, CG_TO, index);
	if (is_short((*frame)->from) || is_short((*frame)->to))
		return cg_root_explain(is_short((*frame)->from) ? (*frame)->from : (*frame)->to,
				       "a TARGET", err);
	free((*frame)->anchor);
	(*frame)->anchor = NULL;
	rc = find_anchor(context, *frame, err);
	if (rc < 0 && !cg_errno_is_shortage(-rc)) {
		/* what needs no name above the caller's root can still be translated */
		cg_error_reset(err);
		(*frame)->anchor = strdup("/");
		rc = (*frame)->anchor ? 0 : cg_error_set(err, ENOMEM, "cannot prepare the views");
	}
	if (rc == 0)
		rc = make_maps(*frame, err);
	(*frame)->ready = rc == 0;
	return rc;
}

static int set_anchor(struct cg_frame *frame, char *anchor, struct cg_error *err)
{
	free(frame->anchor);
	frame->anchor = anchor;
	forget_maps(frame);
	return make_maps(frame, err);
}

int cg_context_reach(struct cg_frame *frame, const struct cg_root *root, int nsfd,
		     struct cg_error *err)
{
	char *anchor;
	int rc;

	if (climb_of(root) <= cg_path_depth(frame->anchor))
		return 0;
	rc = cg_nsroot_anchor(nsfd, frame->hierarchy, &anchor, err);
	return rc < 0 ? rc : set_anchor(frame, anchor, err);
}

/* How many levels a path leads above the root at most, before it is in normal form. */
static size_t count_dotdot(const char *path)
{
	size_t count = 0;

	for (const char *at = strstr(path, ".."); at; at = strstr(at + 1, ".."))
		count++;
	return count;
}

void cg_context_reach_path(struct cg_context *context, struct cg_frame *frame, const char *path)
{
	const struct cg_ancestors *ancestors;
	size_t reached = cg_path_depth(frame->anchor);
	char *anchor;

	if (context->caller_is_initial || count_dotdot(path) <= reached ||
	    cg_context_mounts(context, NULL) < 0)
		return;
	ancestors = cg_mounts_ancestors(&context->mounts, frame->hierarchy->controllers);
	if (!ancestors || !ancestors->names || cg_path_depth(ancestors->names) <= reached)
		return;
	anchor = strdup(ancestors->names);
	if (anchor)
		set_anchor(frame, anchor, NULL);
}

/* ---- translation ---- */

static int explain_path(const char *path, int errnum, struct cg_error *err)
{
	if (errnum != EDOM)
		return cg_error_set(err, errnum, "cannot translate %s", path);
	cg_error_set(err, 0, "cannot translate %s", path);
	return cg_error_hint(err,
			     "it leads above what can be seen from the caller's own namespace");
}

int cg_context_translate(const struct cg_path_map *map, const struct cg_root *root,
			 const char *target, const char *path, char **view, struct cg_error *err)
{
	int rc;

	if (!map)
		return cg_root_explain(root, target, err);
	rc = cg_path_map_view(map, path, view);
	return rc < 0 ? explain_path(path, -rc, err) : 0;
}

int cg_context_view_process(struct cg_context *context, const struct cg_hierarchy *hierarchy,
			    int procdir, pid_t pid, char **view, struct cg_error *err)
{
	int rc = 0;

	if (pid == 0)
		return cg_nsroot_view(context->to.nsfd, procdir, 0, hierarchy->controllers, view,
				      err);
	if (context->viewer.fd < 0)
		rc = cg_viewer_open(context->to.nsfd, -1, &context->viewer, err);
	if (rc < 0)
		return cg_error_prefix(err, "%s", context->to.text);
	return cg_viewer_read(&context->viewer, pid, hierarchy->controllers, view, err);
}

/* ---- directories ---- */

int cg_context_mounts(struct cg_context *context, struct cg_error *err)
{
	int rc;

	if (context->mounts_known)
		return 0;
	rc = cg_nsroot_read_mounts(context->procfd, &context->hierarchies, &context->mounts, err);
	context->mounts_known = rc == 0;
	return rc;
}

int cg_context_own_directory(struct cg_context *context, const char *controllers, const char *path,
			     struct cg_directory *directory, struct cg_error *err)
{
	int rc = cg_context_mounts(context, err);

	if (rc < 0)
		return rc;
	return cg_mounts_find_directory(&context->mounts, AT_FDCWD, controllers, path, directory,
					err);
}

/* Opens --from's root by its name, and looks at the namespace again: it is held from then on. */
static int confirm(struct cg_context *context, struct cg_frame *frame, struct cg_error *err)
{
	cleanup_directory struct cg_directory root = CG_DIRECTORY_INIT;
	size_t index = (size_t)(frame->hierarchy - context->hierarchies.items);
	struct cg_nsroot now = { 0 };
	int rc = cg_context_own_directory(context, frame->hierarchy->controllers, frame->from->path,
					  &root, NULL);

	if (cg_errno_is_shortage(-rc))
		return cg_error_set(err, -rc, "cannot open the root of %s", context->from_text);
	put_question(&now, &context->from);
	rc = cg_nsroot_find(&now, 1, &context->hierarchies, err);
	if (rc == 0)
		rc = cg_root_confirm(frame->from, &now.roots[index], context->from_text, err);
	cg_nsroot_free(&now, 1, &context->hierarchies);
	if (rc < 0)
		return rc;
	frame->root = cg_steal_fd(&root.fd);
	frame->confirmed = frame->root >= 0;
	return 0;
}

int cg_context_confirm_from(struct cg_context *context, const struct cg_hierarchy *hierarchy,
			    struct cg_error *err)
{
	static const struct cg_root removed = { .state = CG_ROOT_REMOVED };
	struct cg_frame *frame;
	int rc;

	if (context->from.nsfd < 0)
		return 0;
	rc = cg_context_frame(context, hierarchy, &frame, err);
	if (rc < 0 || frame->from->state != CG_ROOT_KNOWN)
		return rc;
	if (!frame->confirmed)
		return confirm(context, frame, err);
	rc = cg_directory_check_alive(frame->root);
	if (rc == -ESTALE)
		return cg_root_explain(&removed, context->from_text, err);
	return rc < 0 ? cg_error_set(err, -rc, "cannot examine the root of %s", context->from_text)
		      : 0;
}
