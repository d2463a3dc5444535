/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Makes, attaches and verifies single mounts. */
#include "cgmount/cgmount.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "procfs.h"
#include "syscalls.h"

#define SAFE (MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC)

/* Tells the filesystem context which v1 hierarchy is meant: "cpu,cpuacct", "name=systemd". */
static int choose_hierarchy(int context, const char *controllers)
{
	cleanup_free char *list = strdup(controllers);
	char *rest = list, *word;

	if (!list)
		return -1;
	while ((word = strsep(&rest, ","))) {
		char *value = strchr(word, '=');
		int rc;

		if (value)
			*value++ = '\0';
		rc = cg_fsconfig(context, value ? FSCONFIG_SET_STRING : FSCONFIG_SET_FLAG, word,
				 value);
		if (rc < 0)
			return -1;
	}
	return 0;
}

/* Options that a v1 hierarchy has from its first mount; another choice makes the kernel warn. */
static int keep_options(int context, const struct cg_mount *like)
{
	static const char *const options[] = { "xattr", "noprefix", "cpuset_v2_mode",
					       "favordynmods" };

	for (size_t i = 0; i < CG_ARRAY_SIZE(options); i++) {
		if (cg_has_word(like->super_options, ",", options[i]) &&
		    cg_fsconfig(context, FSCONFIG_SET_FLAG, options[i], NULL) < 0)
			return -1;
	}
	return 0;
}

/* An errno value that is not to be taken for the one of a removed root. */
static int other_than_removed(int errnum)
{
	return errnum == ESTALE ? -EIO : -errnum;
}

int cg_mount_make(const char *controllers, const struct cg_mount *like)
{
	bool unified = *controllers == '\0';
	const char *type = unified ? "cgroup2" : "cgroup";
	cleanup_fd int context = cg_fsopen(type, FSOPEN_CLOEXEC);
	unsigned int attributes = SAFE;
	int mount;

	if (like && (like->read_only || cg_has_word(like->super_options, ",", "ro")))
		attributes |= MOUNT_ATTR_RDONLY;
	if (context < 0 || cg_fsconfig(context, FSCONFIG_SET_STRING, "source", type) < 0 ||
	    (!unified && (choose_hierarchy(context, controllers) < 0 ||
			  (like && keep_options(context, like) < 0))))
		return other_than_removed(errno);
	/* the only name that is looked up here is the root's */
	if (cg_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return errno == ENOENT ? -ESTALE : other_than_removed(errno);
	mount = cg_fsmount(context, FSMOUNT_CLOEXEC, attributes);
	return mount < 0 ? other_than_removed(errno) : mount;
}

int cg_mount_attach(int mount, int place)
{
	int id;

	if (cg_move_mount(mount, "", place, "", MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) <
	    0)
		return other_than_removed(errno);
	errno = EOPNOTSUPP; /* before Linux 5.8 statx(2) succeeds without an id */
	id = cg_mount_id(mount);
	return id > 0 ? id : other_than_removed(errno);
}

int cg_mount_check_root(const struct cg_mounts *mounts, int id)
{
	const struct cg_mount *mount = cg_mounts_by_id(mounts, id);

	if (!mount)
		return -ENXIO;
	return strcmp(mount->root, "/") == 0 ? 0 : -ESTALE;
}

int cg_mounts_make_private(void)
{
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0 ? -errno : 0;
}

/* ---- mounts to look at ---- */

static int unshare_mounts(void)
{
	cleanup_fd int own = -1;
	int rc;

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	rc = cg_mounts_make_private();
	if (rc != -EINVAL)
		return rc;
	/* in a chroot, "/" is no mount point: entering a namespace anew leads to its real root */
	own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(own, CLONE_NEWNS) < 0)
		return -errno;
	return cg_mounts_make_private();
}

/*
 * Leaves all mounts behind for an empty root, so that mountinfo, which is read after each mount,
 * has nothing else to tell. Where that cannot be, as from an initramfs, it is long.
 */
static void leave_mounts(void)
{
	cleanup_fd int context = cg_fsopen("tmpfs", FSOPEN_CLOEXEC);
	cleanup_fd int place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int root = -1;

	if (context < 0 || cg_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		return;
	root = cg_fsmount(context, FSMOUNT_CLOEXEC, SAFE);
	if (root >= 0 && place >= 0 && cg_mount_attach(root, place) > 0 && fchdir(root) == 0 &&
	    syscall(SYS_pivot_root, ".", ".") == 0)
		umount2(".", MNT_DETACH);
}

int cg_scratch_mount(struct cg_scratch *scratch, int procfd, const char *controllers,
		     uint64_t *root)
{
	cleanup_fd int place = -1;
	cleanup_fd int mount = -1;
	struct stat st;
	int rc;

	if (!scratch->private) {
		rc = unshare_mounts();
		if (rc == 0)
			rc = cg_mounts_read_own(procfd, &scratch->models);
		if (rc < 0)
			return other_than_removed(-rc);
		scratch->private = true;
		if (scratch->many)
			leave_mounts();
	}
	mount = cg_mount_make(controllers, cg_mounts_find(&scratch->models, controllers));
	if (mount < 0)
		return mount;
	place = open("/", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (place < 0 || (root && fstat(mount, &st) < 0))
		return other_than_removed(errno);
	rc = cg_mount_attach(mount, place);
	if (rc < 0)
		return rc;
	scratch->count++;
	if (root)
		*root = st.st_ino;
	return rc;
}

void cg_scratch_clear(struct cg_scratch *scratch)
{
	for (; scratch->count > 0; scratch->count--)
		umount2("/", MNT_DETACH);
}
