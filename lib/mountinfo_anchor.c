/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What mounts show that are rooted above the caller's own root. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "mountinfo.h"
#include "mountinfo_directory.h"
#include "path.h"
#include "procfs.h"
#include "syscalls.h"

/* The part of a view after its leading "..": "" for "/..". */
static const char *names_of(const char *view)
{
	return view + cg_path_climb(view) * strlen("/..");
}

/* What was found out about one hierarchy, kept with the mounts. */
struct cg_anchor {
	struct cg_anchor *next;
	char *controllers;
	char *names; /* from the root of the highest mount down to the caller's own root */
	int rc;
};

struct cg_anchor *cg_anchors_new(void)
{
	return calloc(1, sizeof(struct cg_anchor));
}

void cg_anchors_free(struct cg_anchor *anchors)
{
	while (anchors) {
		struct cg_anchor *next = anchors->next;

		free(anchors->controllers);
		free(anchors->names);
		free(anchors);
		anchors = next;
	}
}

int cg_mounts_unshare(void)
{
	cleanup_fd int own = -1;

	if (unshare(CLONE_NEWNS) < 0)
		return -errno;
	if (mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0)
		return 0;
	if (errno != EINVAL)
		return -errno;
	/* in a chroot, "/" is no mount point: entering a namespace anew leads to its real root */
	own = open("/proc/self/ns/mnt", O_RDONLY | O_CLOEXEC);
	if (own < 0 || setns(own, CLONE_NEWNS) < 0 ||
	    mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) < 0)
		return -errno;
	return 0;
}

/* What a child says of the caller's own root. */
struct own_root {
	int rc;
	uint64_t id;
};

/*
 * Mounts the hierarchy where only this process sees it. The mount's root is
 * the caller's; but the kernel finds it by names, and where the root was
 * removed it may have found another cgroup of its name, which does not read "/".
 */
static struct own_root see_own_root(const char *controllers)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	cleanup_mounts struct cg_mounts mounts = CG_MOUNTS_INIT;
	cleanup_fd int procdir = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct stat st;
	int rc;

	if (procdir < 0)
		return (struct own_root){ .rc = -errno };
	rc = cg_mounts_unshare();
	if (rc < 0)
		return (struct own_root){ .rc = rc };
	if (mount("cgns", "/proc", *controllers ? "cgroup" : "cgroup2", flags,
		  *controllers ? controllers : NULL) < 0 ||
	    stat("/proc", &st) < 0)
		return (struct own_root){ .rc = -errno };
	rc = cg_mounts_read(procdir, &mounts);
	for (size_t i = mounts.count; rc == 0 && i-- > 0;)
		if (strcmp(mounts.items[i].point, "/proc") == 0) {
			rc = strcmp(mounts.items[i].root, "/") == 0 ? 0 : -ENOENT;
			return (struct own_root){ .rc = rc, .id = st.st_ino };
		}
	return (struct own_root){ .rc = rc < 0 ? rc : -ENXIO };
}

/*
 * The cgroup id of the caller's own root. Never looked for in the initial
 * namespace: there every mount shows the root anyway, and a new one of cgroup2
 * would change the mount options of the whole host.
 */
static int find_own_root(const char *controllers, uint64_t *id)
{
	struct own_root answer = { .rc = -EPIPE };
	struct cg_own_namespace own;
	ssize_t got;
	pid_t pid;
	int ends[2];

	if (cg_procfs_own_namespace(AT_FDCWD, &own) < 0 || own.initial)
		return -EPERM;
	if (pipe2(ends, O_CLOEXEC) < 0)
		return -errno;
	pid = fork();
	if (pid == 0) {
		answer = see_own_root(controllers);
		_exit(write(ends[1], &answer, sizeof(answer)) != sizeof(answer));
	}
	close(ends[1]);
	do {
		got = pid < 0 ? 0 : read(ends[0], &answer, sizeof(answer));
	} while (got < 0 && errno == EINTR);
	close(ends[0]);
	while (pid > 0 && waitpid(pid, NULL, 0) < 0 && errno == EINTR)
		;
	*id = answer.id;
	return pid < 0 ? -EAGAIN : got == sizeof(answer) ? answer.rc : -EPIPE;
}

/* Whether a mount shows the caller's own root and what is above it. */
static bool is_above(const struct cg_mount *mount, const char *controllers)
{
	return cg_mount_shows(mount, controllers) && cg_path_climb(mount->root) > 0 &&
	       *names_of(mount->root) == '\0';
}

/* Finds the longest way down to the caller's own root that any mount shows. */
static int find_anchor(const struct cg_mounts *mounts, const char *controllers, char **names)
{
	uint64_t id = 0;
	int rc = -ENXIO;

	for (size_t i = 0; i < mounts->count; i++) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_free char *seen = NULL;

		if (!is_above(&mounts->items[i], controllers))
			continue;
		rc = id ? 0 : find_own_root(controllers, &id);
		if (rc < 0)
			return rc;
		if (cg_mount_find_id(&mounts->items[i], id, &seen, &directory) < 0 ||
		    (*names && strlen(names_of(seen)) <= strlen(*names)))
			continue;
		free(*names);
		*names = strdup(names_of(seen));
		if (!*names)
			return -ENOMEM;
	}
	return *names ? 0 : -ENXIO;
}

/* The anchor of one hierarchy, looked for once. NULL if memory is short. */
static const struct cg_anchor *get_anchor(const struct cg_mounts *mounts, const char *controllers)
{
	struct cg_anchor *anchor = mounts->anchors;

	for (; anchor; anchor = anchor->next)
		if (anchor->controllers && strcmp(anchor->controllers, controllers) == 0)
			return anchor;
	anchor = calloc(1, sizeof(*anchor));
	if (!anchor)
		return NULL;
	anchor->controllers = strdup(controllers);
	if (!anchor->controllers) {
		free(anchor);
		return NULL;
	}
	anchor->rc = find_anchor(mounts, controllers, &anchor->names);
	anchor->next = mounts->anchors->next;
	mounts->anchors->next = anchor;
	return anchor;
}

int cg_mounts_anchor(const struct cg_mounts *mounts, const char *controllers, size_t climb,
		     char **anchor)
{
	const struct cg_mounts *own = mounts->own ? mounts->own : mounts;
	const struct cg_anchor *found;
	size_t count = 0;

	if (!own->anchors) /* mounts that were not read but made up */
		return -ENXIO;
	found = get_anchor(own, controllers);
	if (!found || found->rc < 0)
		return found ? found->rc : -ENOMEM;
	for (const char *at = found->names; (at = strchr(at, '/')); at++)
		count++;
	if (count < climb)
		return -ENXIO;
	*anchor = strdup(found->names);
	return *anchor ? 0 : -ENOMEM;
}

/* The options of a v1 mount that name its hierarchy: all but those that tune it. */
static char *controllers_of(const struct cg_mount *mount)
{
	static const char tuning[] = "rw,ro,xattr,noprefix,clone_children,cpuset_v2_mode,"
				     "favordynmods,nofavordynmods,sync,dirsync,lazytime,mand";
	size_t size = strlen(mount->super_options) + 1;
	char *controllers = calloc(1, size);
	char *to = controllers;

	if (!controllers || mount->unified)
		return controllers;
	for (const char *at = mount->super_options; *at;) {
		size_t len = strcspn(at, ",");

		if (!cg_mount_has_option(tuning, at, len) &&
		    strncmp(at, "release_agent=", strlen("release_agent=")) != 0) {
			if (to != controllers)
				*to++ = ',';
			to = mempcpy(to, at, len);
		}
		at += len + (at[len] == ',');
	}
	return controllers;
}

int cg_mounts_shorten(const struct cg_mounts *mounts, const struct cg_mount *mount, char **path)
{
	cleanup_free char *controllers = NULL;
	cleanup_free char *anchor = NULL;
	cleanup_free char *lifted = NULL;
	char *shorter = NULL;
	int rc;

	if (cg_path_climb(*path) == 0 || *names_of(mount->root) || !*names_of(*path))
		return 0;
	controllers = controllers_of(mount);
	rc = controllers ? cg_mounts_anchor(mounts, controllers, cg_path_climb(*path), &anchor)
			 : -ENOMEM;
	if (rc == 0)
		rc = cg_path_resolve(anchor, *path, &lifted);
	if (rc == 0)
		rc = cg_path_relative(anchor, lifted, &shorter);
	if (rc == 0) {
		free(*path);
		*path = shorter;
	}
	return rc;
}
