/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "world.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

/* ---- open and close ---- */

/* A TARGET that is the caller itself needs neither pidfd nor namespace. */
static int open_target(const char *text, struct cg_target *target, struct cg_error *err)
{
	int rc;

	if (!text || strcmp(text, "self") == 0)
		return 0;
	rc = cg_target_open(text, target, err);
	if (rc == 0)
		rc = cg_target_need_namespace(target, err);
	return rc;
}

/* Compares with the caller's own namespace; one that is not known is another one. */
static void look_at_own_namespace(struct world *world)
{
	struct cg_own_namespace own;
	bool known = cg_procfs_own_namespace(world->procfd, &own) == 0;

	world->caller_is_initial = known && own.initial;
	world->to_is_own = world->to.nsfd < 0 || (known && own.device == world->to.ns_device &&
						  own.inode == world->to.ns_inode);
}

int world_open(const struct request *request, struct world *world, struct cg_error *err)
{
	int rc;

	*world = (struct world){
		.request = request,
		.from = CG_TARGET_INIT,
		.to = CG_TARGET_INIT,
		.viewer = CG_VIEWER_INIT,
		.to_rootfd = -1,
	};
	world->procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (world->procfd < 0)
		return cg_error_set(err, errno, "cannot open /proc");
	rc = cg_hierarchies_read(&world->hierarchies, err);
	if (rc < 0)
		return rc;
	world->frames = calloc(world->hierarchies.count + 1, sizeof(*world->frames));
	if (!world->frames)
		return cg_error_set(err, ENOMEM, "cannot prepare the views");
	rc = open_target(request->from, &world->from, err);
	if (rc < 0)
		return cg_error_prefix(err, "--from");
	rc = open_target(request->to, &world->to, err);
	if (rc < 0)
		return cg_error_prefix(err, "--to");
	look_at_own_namespace(world);
	return 0;
}

static void forget_maps(struct frame *frame)
{
	cg_path_map_free(frame->from_to);
	cg_path_map_free(frame->from_caller);
	cg_path_map_free(frame->caller_to);
	frame->from_to = frame->from_caller = frame->caller_to = NULL;
}

void world_close(struct world *world)
{
	for (size_t i = 0; world->frames && i < world->hierarchies.count; i++) {
		free(world->frames[i].anchor);
		forget_maps(&world->frames[i]);
	}
	free(world->frames);
	cg_viewer_close(&world->viewer);
	cg_nsroot_free(world->roots, CG_ARRAY_SIZE(world->roots), &world->hierarchies);
	cg_hierarchies_free(&world->hierarchies);
	cg_target_close(&world->from);
	cg_target_close(&world->to);
	cg_mounts_free(&world->mounts);
	cg_mounts_free(&world->to_mounts);
	cg_memberships_free(&world->memberships);
	cg_cleanup_fd(&world->to_rootfd);
	cg_cleanup_fd(&world->procfd);
	free(world->buffer);
}

/* ---- frames ---- */

static char callers_own_path[] = "/";
static const struct cg_root callers_own = { .state = CG_ROOT_KNOWN, .path = callers_own_path };

static void put_question(struct cg_nsroot *question, const struct cg_target *target)
{
	question->nsfd = target->nsfd;
	question->ns_inode = target->ns_inode;
	question->pid = target->pid ? target->pid : target->member;
}

/* Finds the roots of the TARGETs there are, both with one look. */
static int find_roots(struct world *world, struct cg_error *err)
{
	bool has_from = world->from.nsfd >= 0;
	bool has_to = world->to.nsfd >= 0;
	int rc = 0;

	if (world->roots_known)
		return 0;
	if (has_from)
		put_question(&world->roots[FROM], &world->from);
	if (has_to)
		put_question(&world->roots[TO], &world->to);
	if (has_from || has_to)
		rc = cg_nsroot_find(&world->roots[has_from ? FROM : TO],
				    (size_t)has_from + (size_t)has_to, &world->hierarchies, err);
	world->roots_known = rc == 0;
	return rc;
}

static const struct cg_root *root_of(const struct world *world, int which, size_t hierarchy)
{
	return world->roots[which].roots ? &world->roots[which].roots[hierarchy] : &callers_own;
}

static size_t climb_of(const struct cg_root *root)
{
	return root->state == CG_ROOT_KNOWN ? cg_path_climb(root->path) : 0;
}

/* Where a root is not below the caller's own, the names on the way up are needed. */
static int find_anchor(struct world *world, struct frame *frame, struct cg_error *err)
{
	size_t from = climb_of(frame->from);
	size_t to = climb_of(frame->to);

	if (from == 0 && to == 0) {
		frame->anchor = strdup("/");
		return frame->anchor ? 0 : cg_error_set(err, ENOMEM, "cannot prepare the views");
	}
	return cg_nsroot_anchor(from > to ? world->from.nsfd : world->to.nsfd, frame->hierarchy,
				&frame->anchor, err);
}

/* A root in the frame's coordinates, or NULL: not known (0 in *rc), or an error. */
static char *lift(const struct frame *frame, const struct cg_root *root, int *rc)
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

static int make_maps(struct frame *frame, struct cg_error *err)
{
	int rc = 0;
	cleanup_free char *from = lift(frame, frame->from, &rc);
	cleanup_free char *to = lift(frame, frame->to, &rc);

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

int world_frame(struct world *world, const struct cg_hierarchy *hierarchy, struct frame **frame,
		struct cg_error *err)
{
	size_t index = (size_t)(hierarchy - world->hierarchies.items);
	int rc;

	*frame = &world->frames[index];
	if ((*frame)->ready)
		return 0;
	rc = find_roots(world, err);
	if (rc < 0)
		return rc;
	(*frame)->hierarchy = hierarchy;
	(*frame)->from = root_of(world, FROM, index);
	(*frame)->to = root_of(world, TO, index);
	if (is_short((*frame)->from) || is_short((*frame)->to))
		return cg_root_explain(is_short((*frame)->from) ? (*frame)->from : (*frame)->to,
				       "a TARGET", err);
	free((*frame)->anchor);
	(*frame)->anchor = NULL;
	rc = find_anchor(world, *frame, err);
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

static size_t depth_of(const char *path)
{
	size_t depth = 0;

	for (const char *at = path; *at; at++)
		depth += at[0] == '/' && at[1] != '\0';
	return depth;
}

static int set_anchor(struct frame *frame, char *anchor, struct cg_error *err)
{
	free(frame->anchor);
	frame->anchor = anchor;
	forget_maps(frame);
	return make_maps(frame, err);
}

int world_cover(struct frame *frame, const struct cg_root *root, int nsfd, struct cg_error *err)
{
	char *anchor;
	int rc;

	if (climb_of(root) <= depth_of(frame->anchor))
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

void world_cover_path(struct world *world, struct frame *frame, const char *path)
{
	size_t climb = count_dotdot(path);
	char *anchor;

	if (world->caller_is_initial || climb <= depth_of(frame->anchor) ||
	    world_mounts(world, NULL) < 0)
		return;
	for (; climb > depth_of(frame->anchor); climb--) {
		if (cg_mounts_anchor(&world->mounts, frame->hierarchy->controllers, climb,
				     &anchor) < 0)
			continue;
		set_anchor(frame, anchor, NULL);
		return;
	}
}

/* ---- translation ---- */

int world_make_room(struct world *world, size_t size)
{
	char *buffer;

	if (size <= world->buffer_size)
		return 0;
	buffer = realloc(world->buffer, size);
	if (!buffer)
		return -ENOMEM;
	world->buffer = buffer;
	world->buffer_size = size;
	return 0;
}

static int explain_path(const char *path, int errnum, struct cg_error *err)
{
	if (errnum != EDOM)
		return cg_error_set(err, errnum, "cannot translate %s", path);
	cg_error_set(err, 0, "cannot translate %s", path);
	return cg_error_hint(err,
			     "it leads above what can be seen from the caller's own namespace");
}

int world_translate(struct world *world, const struct cg_path_map *map, const struct cg_root *root,
		    const char *target, const char *path, char **view, struct cg_error *err)
{
	size_t len = strlen(path);
	ssize_t done;

	if (!map)
		return cg_root_explain(root, target, err);
	if (world_make_room(world, len + cg_path_map_growth(map)) < 0)
		return cg_error_set(err, ENOMEM, "cannot translate %s", path);
	done = cg_path_map_apply(map, path, len, world->buffer, world->buffer_size);
	if (done < 0)
		return explain_path(path, (int)-done, err);
	*view = strndup(world->buffer, (size_t)done);
	return *view ? 0 : cg_error_set(err, ENOMEM, "cannot translate %s", path);
}

int world_view_process(struct world *world, const struct cg_hierarchy *hierarchy, pid_t pid,
		       char **view, struct cg_error *err)
{
	int rc = 0;

	if (world->viewer.fd < 0)
		rc = cg_viewer_open(world->to.nsfd, &world->viewer, err);
	if (rc < 0)
		return cg_error_prefix(err, "%s", world->to.text);
	return cg_viewer_read(&world->viewer, pid, hierarchy->controllers, view, err);
}

/* ---- directories ---- */

int world_mounts(struct world *world, struct cg_error *err)
{
	int rc;

	if (world->mounts_known)
		return 0;
	rc = cg_mounts_read_own(world->procfd, &world->mounts);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/self/mountinfo");
	world->mounts_known = true;
	return 0;
}

int world_own_directory(struct world *world, const char *controllers, const char *path,
			struct cg_directory *directory, struct cg_error *err)
{
	int rc = world_mounts(world, err);

	if (rc < 0)
		return rc;
	return cg_mounts_find_directory(&world->mounts, AT_FDCWD, controllers, path, directory,
					err);
}

/* Reads the mounts of --to's process, and opens its root, to see as it sees. */
static int open_to_mounts(struct world *world, struct cg_error *err)
{
	int rc;

	if (world->to_rootfd >= 0)
		return 0;
	rc = world_mounts(world, err);
	if (rc < 0)
		return rc;
	rc = cg_mounts_read(world->to.procdir, &world->to_mounts);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read the mounts of %s", world->to.text);
	world->to_mounts.own = &world->mounts;
	world->to_rootfd = openat(world->to.procdir, "root", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (world->to_rootfd >= 0)
		return 0;
	rc = -errno;
	cg_mounts_free(&world->to_mounts);
	cg_error_set(err, -rc, "cannot look into the root directory of %s", world->to.text);
	if (rc == -EACCES || rc == -EPERM)
		cg_error_hint(err, "that needs ptrace access to the process: its user, or "
				   "CAP_SYS_PTRACE in its user namespace");
	return rc;
}

int world_directory(struct world *world, const char *controllers, const char *path,
		    struct cg_directory *directory, struct cg_error *err)
{
	int rc;

	if (world->to.procdir < 0)
		return world_own_directory(world, controllers, path, directory, err);
	rc = open_to_mounts(world, err);
	if (rc < 0)
		return rc;
	return cg_mounts_find_directory(&world->to_mounts, world->to_rootfd, controllers, path,
					directory, err);
}
