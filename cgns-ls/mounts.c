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

/*
 * The mount of a hierarchy that a process finds under /sys/fs/cgroup: the
 * last one, but none that lies below another of the same hierarchy.
 */
static const struct cg_mount *mount_of(const struct cg_mounts *mounts, const char *controllers)
{
	const struct cg_mount *found = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct cg_mount *mount = &mounts->items[i];

		if (!cg_mount_shows(mount, controllers) || !is_below(mount->point, cgroup_point))
			continue;
		if (!found || !is_below(mount->point, found->point))
			found = mount;
	}
	return found;
}

/*
 * Whether what is mounted is a living cgroup. A path alone does not tell: that of a cgroup which
 * was removed may be another's now. Returns 0, -ESTALE: it was removed, -EXDEV: something else
 * was mounted there meanwhile, or another negative errno value.
 */
static int check_alive(struct ls_listing *listing, int procdir, const struct cg_mount *mount)
{
	cleanup_fd int root = cg_procfs_open_link(procdir, "root", O_PATH | O_DIRECTORY);
	cleanup_fd int dir = root < 0 ? root : cg_opener_open(&listing->opener, root, mount->point);

	if (dir < 0)
		return dir;
	return cg_mount_id(dir) == mount->id ? cg_directory_check_alive(dir) : -EXDEV;
}

int ls_sight_judge(const struct ls_sight *sight, struct ls_row *row, size_t h)
{
	struct ls_listing *listing = row->listing;
	const struct cg_member *process = ls_process(row);
	const char *controllers = listing->hierarchies.items[h].controllers;
	const struct cg_mount *mount = sight->mounts ? mount_of(sight->mounts, controllers) : NULL;
	struct ls_verdict *verdict = &row->verdicts[h];
	const char *root = ls_root(row, h);
	int rc = 0;

	if (!mount)
		return 0;
	if (strcmp(mount->root, "/") != 0) /* the caller's own root is there */
		rc = check_alive(listing, sight->procdir, mount);
	verdict->mount_root = cg_format("%s%s", mount->root, rc == -ESTALE ? " (deleted)" : "");
	verdict->mount_point = strdup(mount->point);
	if (!verdict->mount_root || !verdict->mount_point)
		return -ENOMEM;
	if (rc < 0 && rc != -ESTALE && rc != -ENOENT && rc != -ESRCH) {
		verdict->mount_errnum = -rc;
		verdict->states |= LS_HIDDEN;
	}
	if (root && process && !cg_nsscan_outside(&listing->scan, row->ns, process, h) &&
	    (rc == -ESTALE || strcmp(root, mount->root) != 0))
		verdict->states |= LS_MOUNT;
	return 0;
}

static int open_folder(const struct ls_listing *listing, const char *folder)
{
	int fd = openat(listing->scan.procfd, folder, O_PATH | O_DIRECTORY | O_CLOEXEC);

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
static int read_own(struct ls_listing *listing)
{
	cleanup_fd int procdir = -1;
	int rc;

	if (listing->mounts_known)
		return 0;
	procdir = open_folder(listing, "self");
	rc = procdir < 0 ? procdir
			 : cg_mounts_read_visible(procdir, &listing->viewpoint, &listing->mounts);
	listing->mounts_known = rc == 0;
	return rc;
}

static int read_once(struct ls_listing *listing, const struct cg_namespace *ns,
		     struct ls_sight *sight)
{
	struct cg_viewpoint viewpoint = { .mount = 0 };
	int rc;

	ls_sight_free(sight);
	sight->procdir = open_folder(listing, cg_proc_name("%d", ns->tid).text);
	if (sight->procdir >= 0)
		viewpoint = viewpoint_of(sight->procdir, ".");
	if (viewpoint.mount && cg_viewpoint_is_same(&viewpoint, &listing->viewpoint)) {
		sight->mounts = &listing->mounts;
		return read_own(listing);
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

int ls_sight_read(struct ls_listing *listing, struct cg_namespace *ns, struct ls_sight *sight)
{
	pid_t asked;
	int rc;

	do {
		asked = ns->pid;
		rc = read_once(listing, ns, sight);
		if (rc != -ESRCH)
			return rc;
		rc = cg_nsscan_next_member(&listing->scan, ns);
	} while (rc == 0 && ns->pid != asked);
	return rc == -ESRCH && ns->holder_count ? 0 : rc;
}

void ls_sight_free(struct ls_sight *sight)
{
	cg_cleanup_fd(&sight->procdir);
	cg_mounts_free(&sight->theirs);
	*sight = (struct ls_sight)LS_SIGHT_INIT;
}

void ls_sight_own(struct ls_listing *listing)
{
	listing->viewpoint = viewpoint_of(listing->scan.procfd, "self");
}
