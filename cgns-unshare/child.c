/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgns-unshare/child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>

#include "privs.h"
#include "spawn/spawn.h"
#include "syscalls.h"

static int suggest_user_namespace(const struct request *request, struct cg_error *err)
{
	if (!err || err->errnum != EPERM || request->namespaces & CLONE_NEWUSER ||
	    cg_privs_have(CAP_SYS_ADMIN) || !cg_ns_can_unshare(request->namespaces | CLONE_NEWUSER))
		return -EPERM;
	return cg_error_hint(err,
			     "%s%sin a user namespace of its own (--map-root-user) the caller "
			     "would have it",
			     err->hint ? err->hint : "", err->hint ? "; " : "");
}

int child_check(const struct child *child, struct cg_error *err)
{
	int namespaces = child->request->namespaces;

	if (namespaces & CLONE_NEWUSER || cg_privs_have(CAP_SYS_ADMIN))
		return 0;
	cg_ns_explain_unshare(EPERM, namespaces, err);
	return suggest_user_namespace(child->request, err);
}

int child_open(struct child *child, struct cg_error *err)
{
	const struct request *request = child->request;

	if (request->id_map != MAP_NONE)
		cg_id_map_of_caller(&child->id_map, request->id_map == MAP_ROOT);
	if (!request->mount_cgroup)
		return 0;
	return cg_mount_plan_make(request->mount_cgroup_dir, &child->mounts, err);
}

void child_free(struct child *child)
{
	cg_mount_plan_free(&child->mounts);
}

int child_birth_flags(const struct request *request)
{
	int born = request->namespaces & (CLONE_NEWPID | CLONE_NEWTIME);

	/* They are to belong to the new user namespace, so that must be there first. */
	return born ? born | (request->namespaces & CLONE_NEWUSER) : 0;
}

int child_unshare(const struct child *child, int born, struct cg_error *err)
{
	const struct request *request = child->request;
	cleanup_free char *names = NULL;
	int rc = cg_ns_unshare(request->namespaces & ~born, err);

	if (rc == -EPERM)
		return suggest_user_namespace(request, err);
	if (rc == 0 && request->id_map != MAP_NONE)
		rc = cg_id_map_write(&child->id_map, err);
	if (rc == 0 && request->namespaces & CLONE_NEWNS)
		rc = cg_ns_make_mounts_private(err);
	if (rc == 0 && request->says) {
		names = cg_ns_names(request->namespaces);
		cg_say(request->says, "unshared: %s", names ? names : "");
	}
	return rc;
}

/*
 * One function a step; each begins with the question whether it was asked for.
 */

static int protect(const struct child *child, struct cg_error *err)
{
	const struct request *request = child->request;

	/* Who is in another root may be anybody. */
	return request->privs.caps.mode == CG_CAPS_KEEP && !request->root ? 0
									  : cg_privs_protect(err);
}

static int change_root(const struct child *child, struct cg_error *err)
{
	const char *root = child->request->root;
	cleanup_fd int fd = root ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc;

	if (!root)
		return 0;
	if (fd < 0)
		return cg_error_set(err, errno, "cannot open the new root directory %s", root);
	rc = cg_change_root(fd, err);
	if (rc == 0)
		cg_say(child->request->says, "changed the root directory to %s", root);
	return rc;
}

static int mount_cgroup(const struct child *child, struct cg_error *err)
{
	const struct request *request = child->request;
	int rc;

	if (!request->mount_cgroup)
		return 0;
	rc = cg_mount_plan_carry_out(&child->mounts, err);
	if (rc == 0)
		cg_say(request->says, "mounted the cgroup filesystems again%s%s",
		       request->mount_cgroup_dir ? " on " : "",
		       request->mount_cgroup_dir ? request->mount_cgroup_dir : "");
	return rc;
}

static int mount_proc(const struct child *child, struct cg_error *err)
{
	const char *place = child->request->mount_proc;
	int rc;

	if (!place)
		return 0;
	if (mount("proc", place, "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0) {
		rc = cg_error_set(err, errno, "cannot mount proc on %s", place);
		if (rc == -EPERM && child->request->namespaces & CLONE_NEWUSER)
			return cg_error_hint(err, "in a user namespace that needs a new PID "
						  "namespace (--pid --fork), and a /proc of which "
						  "nothing is hidden by other mounts");
		return rc;
	}
	cg_say(child->request->says, "mounted proc on %s", place);
	return 0;
}

static int change_directory(const struct child *child, struct cg_error *err)
{
	const struct request *request = child->request;

	if (request->directory && chdir(request->directory) < 0)
		return cg_error_set(err, errno, "cannot change to the directory %s",
				    request->directory);
	if (request->directory || request->root)
		return cg_keep_directory(request->directory != NULL, err);
	return 0;
}

static int drop_privileges(const struct child *child, struct cg_error *err)
{
	return cg_privs_apply(&child->request->privs, err);
}

int child_set_up(const struct child *child, struct cg_error *err)
{
	static int (*const steps[])(const struct child *, struct cg_error *) = {
		protect, change_root, mount_cgroup, mount_proc, change_directory, drop_privileges,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < CG_ARRAY_SIZE(steps); i++)
		rc = steps[i](child, err);
	return rc;
}
