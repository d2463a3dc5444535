/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Keeps a cgroup namespace by a bind mount on a file, and takes it back. */
#include "cgns-unshare/persist.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "mountinfo/mountinfo.h"
#include "procfs.h"
#include "syscalls.h"

void persist_free(struct persist *persist)
{
	cg_cleanup_fd(&persist->file);
	cg_cleanup_fd(&persist->folder);
	*persist = (struct persist)PERSIST_INIT;
}

static int open_folder(struct persist *persist, struct cg_error *err)
{
	const char *slash = strrchr(persist->name, '/');
	cleanup_free char *folder = NULL;

	persist->base = slash ? slash + 1 : persist->name;
	folder = strndup(persist->name, (size_t)(persist->base - persist->name));
	if (!folder)
		return cg_error_set(err, ENOMEM, "cannot open %s", persist->name);
	persist->folder = open(*folder ? folder : ".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (persist->folder < 0)
		return cg_error_set(err, errno, "cannot open %s", persist->name);
	return 0;
}

static int refuse_link(const struct persist *persist, struct cg_error *err)
{
	char target[PATH_MAX];
	ssize_t length = readlinkat(persist->file, "", target, sizeof(target) - 1);

	if (length < 0)
		return cg_error_hint(err, "it is a symbolic link");
	target[length] = '\0';
	return cg_error_hint(err, "it is a symbolic link to %s: give the name of the file itself",
			     target);
}

/* The file is there: whether it may be covered by a namespace. */
static int check_file(const struct persist *persist, struct cg_error *err)
{
	cleanup_free char *quoted = cg_quote(persist->name);
	struct statfs fs;
	struct stat st;

	if (fstat(persist->file, &st) < 0 || fstatfs(persist->file, &fs) < 0)
		return cg_error_set(err, errno, "cannot look at %s", persist->name);
	if (fs.f_type != NSFS_MAGIC && S_ISREG(st.st_mode) && !st.st_size)
		return 0;
	cg_error_set(err, S_ISDIR(st.st_mode) ? EISDIR : 0, "cannot keep the namespace on %s",
		     persist->name);
	if (S_ISLNK(st.st_mode))
		return refuse_link(persist, err);
	if (fs.f_type == NSFS_MAGIC)
		return cg_error_hint(err, "it holds a namespace already: umount %s lets go of it",
				     quoted ?: persist->name);
	if (S_ISREG(st.st_mode))
		return cg_error_hint(err, "the file is not empty: its content would be covered");
	return cg_error_hint(err, "an empty regular file, or a name that is free, is needed");
}

int persist_open(struct persist *persist, const char *name, struct cg_error *err)
{
	int rc;

	persist->name = name;
	rc = open_folder(persist, err);
	if (rc < 0)
		return rc;
	persist->file = openat(persist->folder, *persist->base ? persist->base : ".",
			       O_PATH | O_NOFOLLOW | O_CLOEXEC);
	if (persist->file >= 0)
		return check_file(persist, err);
	return errno == ENOENT ? 0 : cg_error_set(err, errno, "cannot open %s", name);
}

int persist_make(struct persist *persist, struct cg_error *err)
{
	if (persist->file >= 0)
		return 0;
	persist->file = openat(persist->folder, persist->base,
			       O_RDONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0444);
	if (persist->file < 0)
		return cg_error_set(err, errno, "cannot create %s", persist->name);
	persist->made = true;
	return 0;
}

static int cannot_keep(const struct persist *persist, int reason, struct cg_error *err)
{
	cg_error_set(err, reason, "cannot keep the namespace on %s", persist->name);
	if (reason == EPERM || reason == EACCES)
		return cg_error_hint(err,
				     "needs CAP_SYS_ADMIN in the user namespace that owns the "
				     "caller's mount namespace%s",
				     cg_procfs_is_filtered() ? "; " CG_FILTER_MAY_REFUSE : "");
	return -reason;
}

/* A mount of the namespace, attached nowhere yet, or a negative errno value with *err filled. */
static int open_namespace(const struct persist *persist, pid_t pid, struct cg_error *err)
{
	cleanup_fd int folder = cg_procfs_open(pid);
	int mount;

	if (folder == -ENOENT) {
		cannot_keep(persist, 0, err);
		return cg_error_hint(err, "/proc does not show process %d", (int)pid);
	}
	if (folder < 0)
		return cannot_keep(persist, -folder, err);
	mount = cg_open_tree(folder, "ns/cgroup", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC);
	return mount < 0 ? cannot_keep(persist, errno, err) : mount;
}

int persist_bind(struct persist *persist, pid_t pid, struct cg_error *err)
{
	cleanup_fd int mount = open_namespace(persist, pid, err);

	if (mount < 0)
		return mount;
	persist->mount = cg_mount_id(mount);
	if (persist->mount == 0)
		return cannot_keep(persist, ENOSYS, err);
	if (cg_move_mount(mount, "", persist->file, "",
			  MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) < 0) {
		persist->mount = 0;
		return cannot_keep(persist, errno, err);
	}
	return 0;
}

/* Returns 0 also where it is not there any more. */
static int remove_mount(const struct persist *persist)
{
	cleanup_fd int there =
		openat(persist->folder, persist->base, O_PATH | O_NOFOLLOW | O_CLOEXEC);

	if (there < 0 || cg_mount_id(there) != persist->mount)
		return 0;
	return umount2(cg_proc_name("/proc/self/fd/%d", there).text, MNT_DETACH) < 0 ? -errno : 0;
}

static int remove_file(const struct persist *persist)
{
	struct stat made, there;

	if (fstat(persist->file, &made) < 0 ||
	    fstatat(persist->folder, persist->base, &there, AT_SYMLINK_NOFOLLOW) < 0)
		return errno == ENOENT ? 0 : -errno;
	if (made.st_dev != there.st_dev || made.st_ino != there.st_ino)
		return 0;
	return unlinkat(persist->folder, persist->base, 0) < 0 ? -errno : 0;
}

int persist_undo(struct persist *persist, struct cg_error *err)
{
	int rc = persist->mount ? remove_mount(persist) : 0;

	if (rc < 0)
		cg_error_set(err, -rc, "cannot unmount %s", persist->name);
	if (rc == 0 && persist->made) {
		rc = remove_file(persist);
		if (rc < 0)
			cg_error_set(err, -rc, "cannot remove %s", persist->name);
	}
	persist_free(persist);
	return rc;
}
