/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cgns-unshare/inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <sched.h>
#include <sys/mount.h>

#include "cgns-unshare/stay.h"
#include "privs.h"
#include "spawn.h"
#include "syscalls.h"

static int suggest_user_namespace(const struct request *request, struct cg_error *err)
{
	if (!err || err->errnum != EPERM || request->namespaces & CLONE_NEWUSER ||
	    cg_privs_have(CAP_SYS_ADMIN))
		return -EPERM;
	return cg_error_hint(err,
			     "%s%sin a user namespace of its own (--map-root-user) the caller "
			     "would have it",
			     err->hint ? err->hint : "", err->hint ? "; " : "");
}

int inside_check(const struct inside *inside, struct cg_error *err)
{
	int namespaces = inside->request->namespaces;

	if (namespaces & CLONE_NEWUSER || cg_privs_have(CAP_SYS_ADMIN))
		return 0;
	cg_ns_explain_unshare(EPERM, namespaces, err);
	return suggest_user_namespace(inside->request, err);
}

int inside_open(struct inside *inside, struct cg_error *err)
{
	const struct request *request = inside->request;

	if (request->id_map != MAP_NONE)
		cg_id_map_of_caller(&inside->id_map, request->id_map == MAP_ROOT);
	if (!request->mount_cgroup)
		return 0;
	return cg_mount_plan_make(request->mount_cgroup_dir, &inside->mounts, err);
}

void inside_free(struct inside *inside)
{
	cg_mount_plan_free(&inside->mounts);
}

int inside_birth_flags(const struct request *request)
{
	int born = request->namespaces & (CLONE_NEWPID | CLONE_NEWTIME);

	/* They are to belong to the new user namespace, so that must be there first. */
	return born ? born | (request->namespaces & CLONE_NEWUSER) : 0;
}

static int make_private(const struct request *request, struct cg_error *err)
{
	if (!(request->namespaces & CLONE_NEWNS))
		return 0;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0) {
		cg_error_set(err, errno, "cannot make the mounts private");
		if (errno == EINVAL)
			return cg_error_hint(err, "the root directory is no mount point, as in a "
						  "chroot");
		return -errno;
	}
	return 0;
}

int inside_unshare(const struct inside *inside, int born, struct cg_error *err)
{
	const struct request *request = inside->request;
	cleanup_free char *names = NULL;
	int rc = cg_ns_unshare(request->namespaces & ~born, err);

	if (rc == -EPERM)
		return suggest_user_namespace(request, err);
	if (!rc && request->id_map != MAP_NONE)
		rc = cg_id_map_write(&inside->id_map, err);
	if (!rc)
		rc = make_private(request, err);
	if (!rc && request->verbose) {
		names = cg_ns_names(request->namespaces);
		say(request, "unshared: %s", names ? names : "");
	}
	return rc;
}

/*
 * One function a step; each begins with the question whether it was asked for.
 */

static int protect(const struct inside *inside, struct cg_error *err)
{
	const struct cg_caps *caps = &inside->request->privs.caps;

	return caps->mode == CG_CAPS_KEEP ? 0 : cg_privs_protect(caps, err);
}

static int change_root(const struct inside *inside, struct cg_error *err)
{
	const char *root = inside->request->root;
	cleanup_fd int fd = root ? open(root, O_PATH | O_DIRECTORY | O_CLOEXEC) : -1;
	int rc;

	if (!root)
		return 0;
	if (fd < 0)
		return cg_error_set(err, errno, "cannot open the new root directory %s", root);
	rc = cg_change_root(fd, err);
	if (!rc)
		say(inside->request, "changed the root directory to %s", root);
	return rc;
}

static int mount_cgroup(const struct inside *inside, struct cg_error *err)
{
	const struct request *request = inside->request;
	int rc;

	if (!request->mount_cgroup)
		return 0;
	rc = cg_mount_plan_carry_out(&inside->mounts, err);
	if (!rc)
		say(request, "mounted the cgroup filesystems afresh%s%s",
		    request->mount_cgroup_dir ? " on " : "",
		    request->mount_cgroup_dir ? request->mount_cgroup_dir : "");
	return rc;
}

static int mount_proc(const struct inside *inside, struct cg_error *err)
{
	const char *place = inside->request->mount_proc;
	int rc;

	if (!place)
		return 0;
	if (mount("proc", place, "proc", MS_NOSUID | MS_NOEXEC | MS_NODEV, NULL) < 0) {
		rc = cg_error_set(err, errno, "cannot mount proc on %s", place);
		if (rc == -EPERM && inside->request->namespaces & CLONE_NEWUSER)
			return cg_error_hint(err, "in a user namespace that needs a new PID "
						  "namespace (--pid --fork), and a /proc of which "
						  "nothing is hidden by other mounts");
		return rc;
	}
	say(inside->request, "mounted proc on %s", place);
	return 0;
}

static int change_directory(const struct inside *inside, struct cg_error *err)
{
	const struct request *request = inside->request;

	if (request->directory && chdir(request->directory) < 0)
		return cg_error_set(err, errno, "cannot change to the directory %s",
				    request->directory);
	if (request->directory || request->root)
		return cg_settle_directory(request->directory != NULL, err);
	return 0;
}

static int drop_privileges(const struct inside *inside, struct cg_error *err)
{
	return cg_privs_apply(&inside->request->privs, err);
}

int inside_furnish(const struct inside *inside, struct cg_error *err)
{
	static int (*const steps[])(const struct inside *, struct cg_error *) = {
		protect, change_root, mount_cgroup, mount_proc, change_directory, drop_privileges,
	};
	int rc = 0;

	for (size_t i = 0; !rc && i < CG_ARRAY_SIZE(steps); i++)
		rc = steps[i](inside, err);
	return rc;
}
