/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mounts.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include "procfs.h"

static const char cgroup_point[] = "/sys/fs/cgroup";

/* Whether point is dir or below it. */
static bool is_below(const char *point, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(point, dir, len) == 0 && (!point[len] || point[len] == '/');
}

const struct cg_mount *ls_sight_find(const struct ls_sight *sight, const char *controllers)
{
	const struct cg_mount *found = NULL;

	for (size_t i = 0; sight->mounts && i < sight->mounts->count; i++) {
		const struct cg_mount *mount = &sight->mounts->items[i];

		if (!cg_mount_shows(mount, controllers) || !is_below(mount->point, cgroup_point))
			continue;
		if (!found || !is_below(mount->point, found->point))
			found = mount;
	}
	return found;
}

int ls_sight_check(struct ls_sight *sight, const struct cg_mount *mount, struct ls_mounts *mounts)
{
	cleanup_fd int dir = -1;
	int rc;

	if (strcmp(mount->root, "/") == 0) /* the caller's own root is there */
		return 0;
	if (sight->root < 0)
		sight->root = cg_procfs_open_link(sight->procdir, "root", O_PATH | O_DIRECTORY);
	dir = sight->root < 0 ? sight->root
			      : cg_opener_open(&mounts->opener, sight->root, mount->point);
	if (dir < 0)
		rc = dir;
	else
		rc = cg_mount_id(dir) == mount->id ? cg_directory_check_alive(dir) : -EXDEV;
	return rc == -ENOENT || rc == -ESRCH || rc == -ENOTDIR ? 0 : rc;
}

static int open_folder(int procfd, const char *folder)
{
	int fd = openat(procfd, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

/* From where a process sees its mounts; where that is not known it is like nobody's: .mount is 0.
 */
static struct cg_viewpoint viewpoint_of(int dirfd, const char *folder)
{
	struct cg_viewpoint viewpoint;

	if (cg_viewpoint_read(dirfd, folder, &viewpoint) < 0)
		viewpoint = (struct cg_viewpoint){ .mount = 0 };
	return viewpoint;
}

/* The caller's own mounts are read once, for all who see the same: it alone holds still. */
static int read_own(struct ls_mounts *mounts, int procfd)
{
	cleanup_fd int procdir = -1;
	int rc;

	if (mounts->own_known)
		return 0;
	procdir = open_folder(procfd, "self");
	rc = procdir < 0 ? procdir
			 : cg_mounts_read_visible(procdir, &mounts->viewpoint, &mounts->own);
	mounts->own_known = rc == 0;
	return rc;
}

static int read_once(struct ls_mounts *mounts, const struct cg_nsscan *scan,
		     const struct cg_namespace *ns, struct ls_sight *sight)
{
	struct cg_viewpoint viewpoint = { .mount = 0 };
	int rc;

	ls_sight_free(sight);
	sight->procdir = open_folder(scan->procfd, cg_proc_name("%d", ns->tid).text);
	if (sight->procdir >= 0)
		viewpoint = viewpoint_of(sight->procdir, ".");
	if (viewpoint.mount && cg_viewpoint_is_same(&viewpoint, &mounts->viewpoint)) {
		sight->mounts = &mounts->own;
		return read_own(mounts, scan->procfd);
	}
	sight->mounts = &sight->theirs;
	rc = sight->procdir < 0
		     ? sight->procdir
		     : cg_mounts_read_visible(sight->procdir, &viewpoint, &sight->theirs);
	switch (rc) {
	case -EACCES:
	case -EPERM:
		return 0;
	case -ENOENT:
	case -EINVAL: /* a process that is ending has no mount namespace any more */
		return -ESRCH;
	}
	return rc;
}

int ls_sight_read(struct ls_mounts *mounts, struct cg_nsscan *scan, struct cg_namespace *ns,
		  struct ls_sight *sight)
{
	pid_t asked;
	int rc;

	do {
		asked = ns->pid;
		rc = read_once(mounts, scan, ns, sight);
		if (rc != -ESRCH)
			return rc;
		rc = cg_nsscan_next_member(scan, ns);
	} while (rc == 0 && ns->pid != asked);
	return rc == -ESRCH && ns->holder_count ? 0 : rc;
}

void ls_sight_free(struct ls_sight *sight)
{
	cg_cleanup_fd(&sight->procdir);
	cg_cleanup_fd(&sight->root);
	cg_mounts_free(&sight->theirs);
	*sight = (struct ls_sight)LS_SIGHT_INIT;
}

void ls_mounts_begin(struct ls_mounts *mounts, int procfd)
{
	mounts->viewpoint = viewpoint_of(procfd, "self");
}

void ls_mounts_free(struct ls_mounts *mounts)
{
	cg_mounts_free(&mounts->own);
	cg_opener_stop(&mounts->opener);
}
