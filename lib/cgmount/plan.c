/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The mounts of --mount-cgroup: those that the caller has, as its new cgroup
 * namespace shows them.
 *
 * Mounts are made and attached by descriptors (fsopen(2), move_mount(2)), and
 * places are opened without following a symbolic link: in another's mount
 * namespace a name may mean something else a moment later.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "cgmount/cgmount.h"
#include "path.h"
#include "procfs.h"
#include "syscalls.h"

#define USUAL_PLACE "/sys/fs/cgroup"

void cg_mount_plan_free(struct cg_mount_plan *plan)
{
	cg_cleanup_fd(&plan->procfd);
	cg_hierarchies_free(&plan->hierarchies);
	cg_mounts_free(&plan->mounts);
	free(plan->dir);
	*plan = (struct cg_mount_plan)CG_MOUNT_PLAN_INIT;
}

/* The cgroup mounts of the mount namespace and root that the caller has now. */
static int read_mounts(int procfd, struct cg_mounts *mounts, struct cg_error *err)
{
	int rc = cg_mounts_read_own(procfd, mounts);

	if (rc < 0)
		cg_error_set(err, -rc, "cannot read /proc/self/mountinfo");
	return rc;
}

int cg_mount_plan_make(const char *dir, struct cg_mount_plan *plan, struct cg_error *err)
{
	int rc;

	plan->procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (plan->procfd < 0)
		return cg_error_set(err, errno, "cannot open /proc");
	rc = cg_hierarchies_read(&plan->hierarchies, err);
	if (rc == 0)
		rc = read_mounts(plan->procfd, &plan->mounts, err);
	if (rc < 0)
		return rc;
	if (!plan->mounts.count) {
		cg_error_set(err, 0, "cannot mount cgroup filesystems");
		cg_error_hint(err, "none is mounted here that could be mounted again");
		return -ENOENT;
	}
	plan->dir = dir ? strdup(dir) : NULL;
	if (dir && !plan->dir)
		return cg_error_set(err, ENOMEM, "cannot mount on %s", dir);
	return 0;
}

static int mount_failed(const struct cg_hierarchy *hierarchy, const char *place, int rc,
			struct cg_error *err)
{
	cg_error_set(err, rc == -ESTALE ? 0 : -rc, "cannot mount %s on %s", hierarchy->name, place);
	if (rc == -ESTALE)
		cg_error_hint(err, "the cgroup that is the namespace's root has been removed");
	else if (rc == -EPERM || rc == -EACCES)
		cg_error_hint(err,
			      "needs CAP_SYS_ADMIN in the user namespaces that own the mount "
			      "namespace and the cgroup namespace%s",
			      cg_procfs_is_filtered() ? "; " CG_FILTER_MAY_REFUSE : "");
	return rc;
}

/* A mount that was attached: that it shows the root is still to be seen. */
struct attached {
	int id;
	const struct cg_hierarchy *hierarchy;
	char *place;
};

/* One run of cg_mount_plan_carry_out(). */
struct work {
	const struct cg_mount_plan *plan;
	struct cg_mounts mounts; /* as they are now */
	bool *seen;		 /* of each: nothing lies over it */
	bool any_seen;
	int whole; /* initial namespace: a copy of the mount that shows all of unified */
	bool initial;
	struct attached *attached;
	size_t attached_count;
};

static void work_end(struct work *work)
{
	cg_mounts_free(&work->mounts);
	free(work->seen);
	cg_cleanup_fd(&work->whole);
	for (size_t i = 0; i < work->attached_count; i++)
		free(work->attached[i].place);
	free(work->attached);
}

/* Whether the mount shows already what a fresh one would, and must not be made afresh. */
static bool stays(const struct work *work, const struct cg_mount *mount)
{
	return work->initial && mount->unified && !strcmp(mount->root, "/");
}

static int open_place(const char *point)
{
	return cg_openat2(AT_FDCWD, point, O_PATH | O_CLOEXEC, RESOLVE_NO_SYMLINKS);
}

/* Mounts that lie beneath others are in mountinfo too, but the caller does not see them. */
static int find_seen(struct work *work, struct cg_error *err)
{
	work->seen = calloc(work->mounts.count + 1, sizeof(*work->seen));
	if (!work->seen)
		return cg_error_set(err, ENOMEM, "cannot mount cgroup filesystems");
	for (size_t i = 0; i < work->mounts.count; i++) {
		cleanup_fd int place = open_place(work->mounts.items[i].point);

		work->seen[i] = place >= 0 && cg_mount_id(place) == work->mounts.items[i].id;
		work->any_seen |= work->seen[i];
	}
	return 0;
}

/*
 * In the initial namespace cgroup2 is not mounted afresh: a copy of a mount
 * that shows the whole of it is taken instead.
 */
static int find_whole(struct work *work, struct cg_error *err)
{
	const struct cg_mount *unified = NULL;

	for (size_t i = 0; work->initial && i < work->mounts.count; i++) {
		const struct cg_mount *mount = &work->mounts.items[i];
		cleanup_fd int place = -1;

		if (!mount->unified)
			continue;
		unified = mount;
		place = stays(work, mount) ? open_place(mount->point) : -1;
		if (place < 0 || cg_cgroup_version(place) <= 0)
			continue;
		work->whole = cg_open_tree(place, "",
					   OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
		if (work->whole >= 0)
			return 0;
	}
	if (!unified)
		return 0;
	cg_error_set(err, 0, "cannot mount unified on %s", unified->point);
	return cg_error_hint(err, "no mount shows the root of the initial cgroup namespace, and a "
				  "new one would change the mount options of the whole host");
}

static int make_or_copy(const struct work *work, const struct cg_hierarchy *hierarchy,
			const struct cg_mount *old)
{
	int copy;

	if (!work->initial || !old->unified)
		return cg_mount_make(hierarchy->controllers, old);
	copy = cg_open_tree(work->whole, "", OPEN_TREE_CLONE | OPEN_TREE_CLOEXEC | AT_EMPTY_PATH);
	return copy < 0 ? -errno : copy;
}

/* Mounts the hierarchy on an open place, whose name is for messages. */
static int mount_on(struct work *work, const struct cg_hierarchy *hierarchy,
		    const struct cg_mount *old, int place, const char *name, struct cg_error *err)
{
	cleanup_fd int mount = make_or_copy(work, hierarchy, old);
	struct attached *more;
	int id = mount < 0 ? mount : cg_mount_attach(mount, place);

	if (id < 0)
		return mount_failed(hierarchy, name, id, err);
	more = reallocarray(work->attached, work->attached_count + 1, sizeof(*more));
	if (!more)
		return cg_error_set(err, ENOMEM, "cannot mount %s on %s", hierarchy->name, name);
	work->attached = more;
	more[work->attached_count] = (struct attached){ id, hierarchy, strdup(name) };
	return more[work->attached_count++].place
		       ? 0
		       : cg_error_set(err, ENOMEM, "cannot mount %s on %s", hierarchy->name, name);
}

/* Once all are attached, one look at them: the kernel went down to the root by names. */
static int check_attached(const struct work *work, struct cg_error *err)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	int rc = read_mounts(work->plan->procfd, &mounts, err);

	if (rc < 0)
		return rc;
	for (size_t i = 0; i < work->attached_count; i++) {
		const struct attached *attached = &work->attached[i];

		rc = cg_mount_check_root(&mounts, attached->id);
		if (rc < 0)
			return mount_failed(attached->hierarchy, attached->place, rc, err);
	}
	return 0;
}

/*
 * Detaches the mount with all below it. Where the kernel has locked it to its
 * neighbours (EINVAL: it came from a more privileged mount namespace,
 * mount_namespaces(7)) it stays, and is covered later.
 */
static void detach(const struct work *work, const struct cg_mount *mount)
{
	cleanup_fd int place = open_place(mount->point);

	if (place < 0 || cg_cgroup_version(place) <= 0 || fchdir(work->plan->procfd) < 0)
		return;
	umount2(cg_proc_name("self/fd/%d", place).text, MNT_DETACH);
}

static void detach_all(const struct work *work)
{
	for (size_t i = work->mounts.count; i-- > 0;) {
		if (!stays(work, &work->mounts.items[i]))
			detach(work, &work->mounts.items[i]);
	}
}

/* Whether the place was a cgroup's directory in another mount, and need not be there any more. */
static bool is_nested(const struct work *work, size_t index)
{
	for (size_t i = 0; i < index; i++) {
		if (cg_path_contains(work->mounts.items[i].point, work->mounts.items[index].point))
			return true;
	}
	return false;
}

static int replace(struct work *work, size_t index, struct cg_error *err)
{
	const struct cg_mount *old = &work->mounts.items[index];
	const struct cg_hierarchy *hierarchy = cg_hierarchy_of_mount(&work->plan->hierarchies, old);
	cleanup_fd int place = open_place(old->point);
	struct stat st;

	if (place < 0 && errno == ENOENT && is_nested(work, index))
		return 0;
	if (place < 0 || fstat(place, &st) < 0)
		return cg_error_set(err, errno, "cannot open %s", old->point);
	/* A single file of a cgroup was mounted there; it is gone, there is none to replace it. */
	if (!S_ISDIR(st.st_mode))
		return 0;
	if (!hierarchy)
		return cg_error_set(err, 0, "the mount on %s is of no known hierarchy", old->point);
	return mount_on(work, hierarchy, old, place, old->point, err);
}

static int replace_all(struct work *work, struct cg_error *err)
{
	detach_all(work);
	for (size_t i = 0; i < work->mounts.count; i++) {
		int rc;

		if (!work->seen[i] || stays(work, &work->mounts.items[i]))
			continue;
		rc = replace(work, i, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/*
 * The mount of the hierarchy that a new one in dir takes after, or NULL: of
 * those that are seen or, where none is in a new root directory, of those that
 * were there before.
 */
static const struct cg_mount *model_of(const struct work *work,
				       const struct cg_hierarchy *hierarchy)
{
	const struct cg_mounts *mounts = work->any_seen ? &work->mounts : &work->plan->mounts;

	for (size_t i = 0; i < mounts->count; i++) {
		if ((!work->any_seen || work->seen[i]) &&
		    cg_mount_shows(&mounts->items[i], hierarchy->controllers))
			return &mounts->items[i];
	}
	return NULL;
}

/* A tmpfs for the folders, on dir. Returns a descriptor of its root, or -1 with *err filled. */
static int make_shelf(const char *dir, int place, struct cg_error *err)
{
	cleanup_fd int context = cg_fsopen("tmpfs", FSOPEN_CLOEXEC);
	cleanup_fd int shelf = -1;

	if (context < 0 || cg_fsconfig(context, FSCONFIG_SET_STRING, "source", "cgroup") < 0 ||
	    cg_fsconfig(context, FSCONFIG_SET_STRING, "mode", "755") < 0 ||
	    cg_fsconfig(context, FSCONFIG_CMD_CREATE, NULL, NULL) < 0)
		goto failed;
	shelf = cg_fsmount(context, FSMOUNT_CLOEXEC,
			   MOUNT_ATTR_NOSUID | MOUNT_ATTR_NODEV | MOUNT_ATTR_NOEXEC);
	if (shelf >= 0 && cg_move_mount(shelf, "", place, "",
					MOVE_MOUNT_F_EMPTY_PATH | MOVE_MOUNT_T_EMPTY_PATH) == 0)
		return cg_steal_fd(&shelf);
failed:
	cg_error_set(err, errno, "cannot mount a tmpfs on %s", dir);
	return -1;
}

/* As the folder is called now; "unified" where cgroup2 is all that there is in its place. */
static const char *folder_name(const struct cg_hierarchy *hierarchy, const struct cg_mount *model)
{
	const char *name = cg_path_basename(model->point);
	const char *value = strchr(hierarchy->name, '=');

	if (*name && strcmp(name, "cgroup"))
		return name;
	return value ? value + 1 : hierarchy->name;
}

static void link_controllers(int shelf, const char *folder, const char *controllers)
{
	cleanup_free char *list = strdup(controllers);
	char *rest = list, *word;

	if (!strchr(controllers, ','))
		return;
	while ((word = strsep(&rest, ","))) {
		/* A folder of that name may be there already, which is as good. */
		if (!strchr(word, '=') && symlinkat(folder, shelf, word) < 0 && errno != EEXIST)
			return;
	}
}

static int mount_folder(struct work *work, int shelf, const struct cg_hierarchy *hierarchy,
			const struct cg_mount *model, struct cg_error *err)
{
	const char *name = folder_name(hierarchy, model);
	cleanup_fd int place = -1;
	int rc = mkdirat(shelf, name, 0755);

	if (rc == 0)
		place = openat(shelf, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
	if (place < 0) {
		rc = cg_error_set(err, errno, "cannot make a folder for %s", hierarchy->name);
		return rc == -EOVERFLOW
			       ? cg_error_hint(err, "the caller's user is not mapped in the user "
						    "namespace")
			       : rc;
	}
	rc = mount_on(work, hierarchy, model, place, name, err);
	if (rc == 0)
		link_controllers(shelf, name, hierarchy->controllers);
	return rc;
}

static int mount_folders(struct work *work, const char *dir, int place, struct cg_error *err)
{
	cleanup_fd int shelf = make_shelf(dir, place, err);

	if (shelf < 0)
		return err ? -err->errnum : -EIO;
	for (size_t i = 0; i < work->plan->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &work->plan->hierarchies.items[i];
		const struct cg_mount *model = model_of(work, hierarchy);
		int rc = model ? mount_folder(work, shelf, hierarchy, model, err) : 0;

		if (rc < 0)
			return rc;
	}
	return 0;
}

/* The hierarchy to be mounted on dir itself, being the only one and unified; else NULL. */
static const struct cg_hierarchy *unified_alone(const struct work *work)
{
	const struct cg_hierarchy *unified = NULL;

	for (size_t i = 0; i < work->plan->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &work->plan->hierarchies.items[i];

		if (!model_of(work, hierarchy))
			continue;
		if (*hierarchy->controllers)
			return NULL;
		unified = hierarchy;
	}
	return unified;
}

static int mount_in(struct work *work, const char *dir, struct cg_error *err)
{
	cleanup_fd int place = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	const struct cg_hierarchy *unified = unified_alone(work);

	if (place < 0)
		return cg_error_set(err, errno, "cannot mount cgroup filesystems on %s", dir);
	if (!unified)
		return mount_folders(work, dir, place, err);
	return mount_on(work, unified, model_of(work, unified), place, dir, err);
}

static int find_namespace(struct work *work, struct cg_error *err)
{
	struct cg_own_namespace own;
	int rc = cg_procfs_own_namespace(work->plan->procfd, &own);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot look at /proc/self/ns/cgroup");
	work->initial = own.initial;
	return 0;
}

/* Where the caller is, by descriptor and, if that is in a cgroup mount, by name. */
struct whereabouts {
	int fd;
	char *name;
};

static void whereabouts_free(struct whereabouts *here)
{
	cg_cleanup_fd(&here->fd);
	free(here->name);
}

static void remember_directory(struct whereabouts *here)
{
	here->fd = open(".", O_PATH | O_DIRECTORY | O_CLOEXEC);
	if (here->fd >= 0 && cg_cgroup_version(here->fd) > 0)
		here->name = getcwd(NULL, 0);
}

static int return_to_directory(const struct whereabouts *here, struct cg_error *err)
{
	int rc = here->name ? chdir(here->name) : fchdir(here->fd);

	if (rc < 0)
		rc = chdir("/");
	return rc < 0 ? cg_error_set(err, errno, "cannot go back to the working directory") : 0;
}

int cg_mount_plan_carry_out(const struct cg_mount_plan *plan, struct cg_error *err)
{
	cleanup_with(work_end) struct work work = { .plan = plan, .whole = -1 };
	cleanup_with(whereabouts_free) struct whereabouts here = { -1, NULL };
	int rc = read_mounts(plan->procfd, &work.mounts, err);

	if (rc == 0)
		rc = find_namespace(&work, err);
	if (rc == 0)
		rc = find_seen(&work, err);
	if (rc == 0)
		rc = find_whole(&work, err);
	if (rc < 0)
		return rc;
	if (plan->dir || !work.any_seen) {
		rc = mount_in(&work, plan->dir ? plan->dir : USUAL_PLACE, err);
		return rc < 0 ? rc : check_attached(&work, err);
	}
	remember_directory(&here);
	rc = replace_all(&work, err);
	if (rc == 0)
		rc = check_attached(&work, err);
	return rc < 0 ? rc : return_to_directory(&here, err);
}
