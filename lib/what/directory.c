/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which directory shows a cgroup to --to's process. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "syscalls.h"
#include "what/context.h"

#define PATIENCE 5 /* seconds */

/* Whether a process has the caller's mount namespace and root directory. */
static bool has_own_mounts(const struct cg_context *context)
{
	struct cg_viewpoint theirs, own;

	return cg_viewpoint_read(context->to.procdir, ".", &theirs) == 0 &&
	       cg_viewpoint_read(context->procfd, "self", &own) == 0 && own.mount &&
	       cg_viewpoint_is_same(&theirs, &own);
}

/* Reads the mounts of --to's process. */
static int read_to_mounts(struct cg_context *context, struct cg_error *err)
{
	int rc = cg_context_mounts(context, err);

	if (rc < 0 || context->to_mounts_known)
		return rc;
	context->to_mounts_own = has_own_mounts(context);
	if (!context->to_mounts_own)
		rc = cg_mounts_read(context->to.procdir, &context->to_mounts);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read the mounts of %s", context->to.text);
	context->to_mounts.own = &context->mounts;
	context->to_mounts_known = true;
	return 0;
}

/*
 * A mount of --to's may be rooted above the caller's own root, where no mount of
 * the caller's is: --to's namespace shows the names on the way up.
 */
static int add_names(struct cg_context *context, const char *controllers, struct cg_error *err)
{
	const struct cg_ancestors *known = cg_mounts_ancestors(&context->to_mounts, controllers);
	const struct cg_hierarchy *hierarchy =
		cg_hierarchy_by_controllers(&context->hierarchies, controllers);
	struct cg_mounts *mounts = &context->to_mounts;
	struct cg_ancestors *grown;
	struct cg_frame *frame;
	int rc;

	if ((known && known->names) || !hierarchy || context->caller_is_initial)
		return 0;
	rc = cg_context_frame(context, hierarchy, &frame, err);
	if (rc < 0 || strcmp(frame->anchor, "/") == 0)
		return rc;
	cg_helper_stop(&context->to_helper, false); /* it would not know them */
	grown = reallocarray(mounts->ancestors, mounts->ancestor_count + 1, sizeof(*grown));
	if (!grown)
		return cg_error_set(err, ENOMEM, "cannot keep names");
	mounts->ancestors = grown;
	grown += mounts->ancestor_count++;
	*grown = (struct cg_ancestors){ strdup(controllers), strdup(frame->anchor), 0 };
	return grown->controllers && grown->names ? 0
						  : cg_error_set(err, ENOMEM, "cannot keep names");
}

/* What was found by names has to be what the caller's own mounts show of the cgroup, if anything.
 */
static int compare_with_own(struct cg_context *context, const char *controllers, const char *path,
			    struct cg_directory *directory, struct cg_error *err)
{
	cleanup_directory struct cg_directory own = CG_DIRECTORY_INIT;
	int rc;

	if (!cg_mount_is_above(directory->mount))
		return 0;
	rc = cg_context_own_directory(context, controllers, path, &own, NULL);
	if (rc < 0 || own.id == directory->id)
		return cg_only_shortage(rc);
	cg_directory_free(directory);
	cg_error_set(err, 0, "no directory of %s shows %s", context->to.text, path);
	return -ENXIO;
}

/*
 * The helper
 */

static void answer(int channel, const struct cg_context *context, int root,
		   const struct cg_packet *question)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_error struct cg_error err = { 0 };
	struct cg_packet packet;
	int rc = cg_mounts_find_directory(&context->to_mounts, root, question->text[0],
					  question->text[1], &directory, &err);

	if (rc < 0) {
		packet = cg_packet_of_error(rc, &err);
	} else {
		packet = CG_PACKET(0);
		packet.number = (int)(directory.mount - context->to_mounts.items);
		packet.fd = directory.fd;
		packet.text[0] = directory.name;
	}
	cg_channel_send(channel, &packet);
}

/* Answers with what cg_mounts_find_directory() returns as kind, and the mount as number. */
static void look(int channel, void *data)
{
	struct cg_context *context = data;
	cleanup_free struct cg_received *received = calloc(1, sizeof(*received));
	cleanup_error struct cg_error err = { 0 };
	cleanup_fd int root =
		cg_procfs_open_link(context->to.procdir, "root", O_PATH | O_DIRECTORY);
	int rc = root < 0 ? root : 0;

	cg_cleanup_fd(&context->viewer.fd); /* the parent alone ends that one */
	if (rc < 0)
		cg_error_set(&err, -rc, "cannot look into the root directory of %s",
			     context->to.text);
	if (cg_procfs_refused(rc))
		cg_error_hint(&err, "that needs ptrace access to the process: its user, or "
				    "CAP_SYS_PTRACE in its user namespace");
	while (received && cg_channel_receive(channel, received) == 0) {
		struct cg_packet packet = cg_packet_of_error(rc, &err);

		if (rc < 0)
			cg_channel_send(channel, &packet);
		else
			answer(channel, context, root, &received->packet);
	}
}

static int ask(struct cg_context *context, const char *controllers, const char *path,
	       struct cg_received *received)
{
	struct cg_packet question = CG_PACKET(0);
	int rc;

	if (context->to_is_silent)
		return -ETIMEDOUT;
	if (strlen(path) >= CG_PACKET_TEXT) /* cut it would be another one */
		return -ENAMETOOLONG;
	question.text[0] = controllers;
	question.text[1] = path;
	rc = cg_helper_ask(&context->to_helper, look, context, PATIENCE, &question, received);
	context->to_is_silent = rc == -ETIMEDOUT;
	return rc;
}

static int take_directory(const struct cg_context *context, struct cg_received *received,
			  struct cg_directory *directory)
{
	cleanup_fd int fd = received->packet.fd;
	struct stat st;

	if (fstat(fd, &st) < 0)
		return -errno;
	directory->name = strdup(received->packet.text[0]);
	directory->fd = cg_steal_fd(&fd);
	directory->id = st.st_ino;
	directory->mount = &context->to_mounts.items[received->packet.number];
	return directory->name ? 0 : -ENOMEM;
}

/*
 * A helper is asked: whoever rules that mount namespace may have mounted what does not
 * answer, over the cgroup filesystems or on the way to them.
 */
static int find_in_root(struct cg_context *context, const char *controllers, const char *path,
			struct cg_directory *directory, struct cg_error *err)
{
	cleanup_free struct cg_received *received = calloc(1, sizeof(*received));
	int rc;

	*directory = (struct cg_directory)CG_DIRECTORY_INIT;
	if (!received)
		return cg_error_set(err, ENOMEM, "cannot look for the directory of %s", path);
	rc = ask(context, controllers, path, received);
	if (rc == 0 && received->packet.kind < 0) {
		cg_packet_to_error(&received->packet, err);
		return received->packet.kind;
	}
	if (rc == 0)
		rc = take_directory(context, received, directory);
	if (rc == 0)
		return 0;
	cg_directory_free(directory);
	cg_error_set(err, rc == -ETIMEDOUT ? 0 : -rc, "cannot look for the directory of %s", path);
	if (rc == -ETIMEDOUT)
		cg_error_hint(err, "a filesystem in the mount namespace of %s does not answer",
			      context->to.text);
	return rc;
}

int cg_context_directory(struct cg_context *context, const char *controllers, const char *path,
			 struct cg_directory *directory, struct cg_error *err)
{
	int rc = context->to.procdir < 0 ? 0 : read_to_mounts(context, err);

	if (rc < 0)
		return rc;
	if (context->to.procdir < 0 || context->to_mounts_own)
		return cg_context_own_directory(context, controllers, path, directory, err);
	rc = add_names(context, controllers, err);
	if (rc == 0)
		rc = find_in_root(context, controllers, path, directory, err);
	return rc < 0 ? rc : compare_with_own(context, controllers, path, directory, err);
}
