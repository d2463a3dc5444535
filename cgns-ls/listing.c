/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"

static const char cgroup_point[] = "/sys/fs/cgroup";

static const struct cg_hierarchy *hierarchy_of(const struct ls_row *row)
{
	return &row->listing->hierarchies.items[row->hierarchy];
}

static const struct cg_root *root_of(const struct ls_row *row)
{
	return row->ns->roots ? &row->ns->roots[row->hierarchy] : NULL;
}

/* Whether point is dir or below it. */
static bool is_below(const char *point, const char *dir)
{
	size_t len = strlen(dir);

	return strncmp(point, dir, len) == 0 && (!point[len] || point[len] == '/');
}

/*
 * The mount of the row's hierarchy that a process finds under /sys/fs/cgroup:
 * the last one, for later mounts cover earlier ones, but none that lies below
 * another of the same hierarchy.
 */
static const struct cg_mount *visible_mount(const struct cg_mounts *mounts, const char *controllers)
{
	const struct cg_mount *found = NULL;

	for (size_t i = 0; i < mounts->count; i++) {
		const struct cg_mount *mount = &mounts->items[i];

		if (!cg_mount_shows(mount, controllers) || !is_below(mount->point, cgroup_point))
			continue;
		if (!found || strcmp(mount->point, found->point) == 0 ||
		    !is_below(mount->point, found->point))
			found = mount;
	}
	return found;
}

/* Compares what the first member has mounted, if it is known, with what a fresh mount would show.
 */
static int judge_mount(struct ls_row *row, const struct cg_mounts *mounts)
{
	const struct cg_root *root = root_of(row);
	const struct cg_mount *mount = visible_mount(mounts, hierarchy_of(row)->controllers);

	if (!mount)
		return 0;
	row->mount_root = strdup(mount->root);
	row->mount_point = strdup(mount->point);
	if (!row->mount_root || !row->mount_point)
		return -ENOMEM;
	if (root && root->state == CG_ROOT_KNOWN && strcmp(root->path, mount->root) != 0)
		row->states |= LS_MOUNT;
	return 0;
}

static void judge_members(struct ls_row *row)
{
	const struct cg_nsscan *scan = &row->listing->scan;

	for (size_t i = 0; i < row->ns->member_count; i++)
		row->outside +=
			cg_nsscan_outside(scan, row->ns, &row->ns->members[i], row->hierarchy);
	if (row->outside)
		row->states |= LS_OUTSIDE_ROOT;
}

static int judge(struct ls_row *row, const struct cg_mounts *mounts)
{
	const struct cg_root *root = root_of(row);

	if (!row->ns->inode || (root && root->state == CG_ROOT_UNKNOWN))
		row->states |= LS_HIDDEN;
	if (root && root->state == CG_ROOT_REMOVED)
		row->states |= LS_REMOVED;
	if (row->ns->inode && !row->ns->member_count)
		row->states |= LS_PINNED;
	judge_members(row);
	return mounts ? judge_mount(row, mounts) : 0;
}

/* What decides which mounts a process sees: its mount namespace, and its root directory in it. */
static int read_sight(const struct ls_listing *listing, const struct cg_namespace *ns,
		      struct ls_sight *sight)
{
	int procfd = listing->scan.procfd;
	struct statx root;
	char name[32];

	memset(sight, 0, sizeof(*sight));
	snprintf(name, sizeof(name), "%d/ns/mnt", ns->pid);
	if (readlinkat(procfd, name, sight->mount_ns, sizeof(sight->mount_ns) - 1) < 0)
		return -errno;
	snprintf(name, sizeof(name), "%d/root", ns->pid);
	if (statx(procfd, name, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_INO, &root) < 0)
		return errno == EIO ? -EACCES : -errno; /* EIO: of the disk that it is on */
	sight->root_ino = root.stx_ino;
	sight->root_major = root.stx_dev_major;
	sight->root_minor = root.stx_dev_minor;
	return 0;
}

/*
 * Reads the cgroup mounts of the first member into listing->mounts, unless the
 * last one that was asked sees the same. Returns 0, also if the caller may not
 * look, -ESRCH if that member has ended, or another negative errno value.
 */
static int read_mounts_once(struct ls_listing *listing, const struct cg_namespace *ns)
{
	cleanup_fd int procdir = -1;
	struct ls_sight sight;
	char name[32];
	int rc = read_sight(listing, ns, &sight);

	if (rc == 0 && memcmp(&sight, &listing->sight, sizeof(sight)) == 0)
		return 0;
	cg_mounts_free(&listing->mounts);
	memset(&listing->sight, 0, sizeof(listing->sight));
	if (rc == 0) {
		snprintf(name, sizeof(name), "%d", ns->pid);
		procdir = openat(listing->scan.procfd, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		rc = procdir < 0 ? -errno : cg_mounts_read(procdir, &listing->mounts);
	}
	switch (rc) {
	case 0:
		listing->sight = sight;
		return 0;
	case -EACCES:
	case -EPERM:
		return 0;
	case -ENOENT:
	case -EINVAL: /* a process that is ending has no mount namespace any more */
		return -ESRCH;
	}
	return rc;
}

/* Of another member, if the first one has ended. -ESRCH: all have, and the namespace with them. */
static int read_mounts(struct ls_listing *listing, struct cg_namespace *ns)
{
	pid_t asked;
	int rc;

	do {
		asked = ns->pid;
		rc = read_mounts_once(listing, ns);
		if (rc != -ESRCH)
			return rc;
		rc = cg_nsscan_next_member(&listing->scan, ns);
	} while (rc == 0 && ns->pid != asked);
	return rc == -ESRCH && ns->holder_count ? 0 : rc;
}

/* Which hierarchies are shown: indexes from first on, one or all. */
struct range {
	size_t first;
	size_t count;
};

static int add_rows(struct ls_listing *listing, struct cg_namespace *ns, const struct range *shown)
{
	bool has_mounts = listing->needs.mounts && ns->inode && ns->pid;
	size_t count = ns->inode ? shown->count : 1;
	int rc = has_mounts ? read_mounts(listing, ns) : 0;

	if (rc == -ESRCH)
		return 0;
	for (size_t i = 0; !rc && i < count; i++) {
		struct ls_row *row = &listing->rows[listing->count++];

		*row = (struct ls_row){
			.listing = listing,
			.ns = ns,
			.hierarchy = shown->first + i,
			.whole = shown->count > 1 && !ns->inode,
			.seen_placement = CG_NO_PLACEMENT,
		};
		rc = judge(row, has_mounts ? &listing->mounts : NULL);
	}
	return rc;
}

static int choose_hierarchies(const struct ls_listing *listing, const char *name,
			      struct range *shown, struct cg_error *err)
{
	const struct cg_hierarchies *all = &listing->hierarchies;
	const struct cg_hierarchy *one;

	*shown = (struct range){ 0, all->count };
	if (name ? strcmp(name, "all") == 0 : listing->needs.all_hierarchies)
		return 0;
	one = name ? cg_hierarchy_find(all, name, err) : cg_hierarchy_default(all, err);
	if (!one)
		return err && err->errnum ? -err->errnum : -EINVAL;
	*shown = (struct range){ (size_t)(one - all->items), 1 };
	return 0;
}

static bool is_scanned(const struct cg_nsscan *scan, uint64_t inode)
{
	for (size_t i = 0; i < scan->count; i++)
		if (scan->namespaces[i].inode == inode)
			return true;
	return false;
}

/*
 * Leaves the targets' namespaces only. One that no process is in is looked
 * for in what else may hold it; the descriptor that we have is the last resort.
 */
static int keep_targets(struct ls_listing *listing, struct cg_error *err)
{
	cleanup_free uint64_t *inodes = calloc(listing->target_count, sizeof(*inodes));
	bool missing = false;
	int rc = 0;

	if (!inodes)
		return cg_error_set(err, ENOMEM, "cannot look for the targets");
	for (size_t i = 0; i < listing->target_count; i++) {
		inodes[i] = listing->targets[i].ns_inode;
		missing |= !is_scanned(&listing->scan, inodes[i]);
	}
	if (missing && !listing->needs.holders)
		rc = cg_nsscan_holders(&listing->scan, CG_HOLDER_ANY, err);
	for (size_t i = 0; !rc && i < listing->target_count; i++) {
		struct cg_holder ours = { .kind = CG_HOLDER_FD,
					  .inode = inodes[i],
					  .pid = getpid(),
					  .tid = getpid(),
					  .fd = listing->targets[i].nsfd };

		if (!is_scanned(&listing->scan, inodes[i]))
			rc = cg_nsscan_add_holder(&listing->scan, &ours, err);
	}
	cg_nsscan_keep(&listing->scan, inodes, listing->target_count);
	return rc;
}

static int scan(struct ls_listing *listing, struct cg_error *err)
{
	const struct ls_needs *needs = &listing->needs;
	int rc = cg_nsscan_read(&listing->scan, &listing->hierarchies, needs->cgroups, err);

	if (!rc && needs->holders)
		rc = cg_nsscan_holders(&listing->scan, needs->holders, err);
	if (!rc && listing->target_count)
		rc = keep_targets(listing, err);
	if (!rc)
		rc = cg_nsscan_details(&listing->scan, needs->details, err);
	if (!rc && needs->roots)
		rc = cg_nsscan_roots(&listing->scan, err);
	return rc;
}

int ls_listing_make(struct ls_listing *listing, const char *hierarchy, struct cg_error *err)
{
	struct range shown;
	int rc = cg_hierarchies_read(&listing->hierarchies, err);

	if (!rc)
		rc = choose_hierarchies(listing, hierarchy, &shown, err);
	if (!rc)
		rc = scan(listing, err);
	if (rc)
		return rc;
	listing->rows = calloc(listing->scan.count * shown.count + 1, sizeof(*listing->rows));
	if (!listing->rows)
		return cg_error_set(err, ENOMEM, "cannot list the namespaces");
	for (size_t i = 0; i < listing->scan.count; i++) {
		rc = add_rows(listing, &listing->scan.namespaces[i], &shown);
		if (rc)
			return cg_error_set(err, -rc, "cannot judge namespace %ju",
					    (uintmax_t)listing->scan.namespaces[i].inode);
	}
	return 0;
}

void ls_listing_free(struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		free(listing->rows[i].mount_root);
		free(listing->rows[i].mount_point);
		free(listing->rows[i].anchor);
		free(listing->rows[i].seen_view);
	}
	free(listing->rows);
	for (size_t i = 0; i < listing->user_count; i++)
		free(listing->users[i].name);
	free(listing->users);
	cg_mounts_free(&listing->mounts);
	cg_nsscan_free(&listing->scan);
	cg_hierarchies_free(&listing->hierarchies);
	for (size_t i = 0; i < listing->target_count; i++)
		cg_target_close(&listing->targets[i]);
	free(listing->targets);
}

char *ls_state_text(unsigned int states)
{
	static const char *const names[] = { "outside", "removed", "mount", "pinned", "hidden" };
	char text[64] = "";
	char *end = text;

	if (!states)
		return strdup("ok");
	for (size_t i = 0; i < CG_ARRAY_SIZE(names); i++) {
		if (!(states & 1U << i))
			continue;
		if (end > text)
			*end++ = ',';
		end = stpcpy(end, names[i]);
	}
	return strdup(text);
}

static const char *known_root(const struct ls_row *row)
{
	const struct cg_root *root = root_of(row);

	return root && root->state == CG_ROOT_KNOWN ? root->path : NULL;
}

/* The row with the nearest root around this one's, or NULL. */
static struct ls_row *find_parent(const struct ls_row *row)
{
	const struct ls_listing *listing = row->listing;
	const char *root = known_root(row), *best = NULL;
	struct ls_row *parent = NULL;

	for (size_t i = 0; root && i < listing->count; i++) {
		struct ls_row *other = &listing->rows[i];
		const char *around = known_root(other);

		if (!around || other->hierarchy != row->hierarchy || strcmp(around, root) == 0 ||
		    !cg_nsscan_contains(around, root))
			continue;
		/* all that contain root contain one another: the innermost wins */
		if (!best || (strcmp(best, around) != 0 && cg_nsscan_contains(best, around))) {
			best = around;
			parent = other;
		}
	}
	return parent;
}

void ls_listing_nest(struct ls_listing *listing)
{
	for (size_t i = listing->count; i-- > 0;) {
		struct ls_row *row = &listing->rows[i];
		struct ls_row *parent = find_parent(row);

		if (!parent)
			continue;
		row->nested = true;
		row->next_sibling = parent->first_child;
		parent->first_child = row;
	}
}

/*
 * What cannot be known is no failure; running short of something is, and so is
 * a child that did not answer.
 */
static int unknown_or(int rc)
{
	return rc == -EPIPE || cg_errno_is_shortage(-rc) ? rc : 0;
}

/* Finds the names above the caller's root, as this namespace's members see them. */
static int find_anchor(struct ls_row *row)
{
	cleanup_fd int nsfd = -1;
	int rc = cg_nsscan_open(row->ns, &nsfd);

	return rc ? rc : cg_nsroot_anchor(nsfd, hierarchy_of(row), &row->anchor, NULL);
}

/* The view of path from root where both need to be lifted above the caller's root first. */
static int view_by_anchor(struct ls_row *row, const char *root, const char *path, char **view)
{
	cleanup_free char *lifted_root = NULL;
	cleanup_free char *lifted_path = NULL;
	int rc = row->anchor ? 0 : find_anchor(row);

	if (!rc)
		rc = cg_path_resolve(row->anchor, root, &lifted_root);
	if (!rc)
		rc = cg_path_resolve(row->anchor, path, &lifted_path);
	return rc ? rc : cg_path_relative(lifted_root, lifted_path, view);
}

/* A namespace whose root was removed still has a view: the kernel says what it is. */
static int view_by_kernel(const struct ls_row *row, pid_t pid, char **view)
{
	cleanup_fd int nsfd = -1;
	int rc = cg_nsscan_open(row->ns, &nsfd);

	return rc ? rc : cg_nsroot_view(nsfd, pid, hierarchy_of(row)->controllers, view, NULL);
}

static int find_view(struct ls_row *row, const struct cg_member *member, char **view)
{
	const char *path = cg_nsscan_path(&row->listing->scan, member, row->hierarchy);
	const struct cg_root *root = root_of(row);
	int rc;

	if (!path || !root || root->state == CG_ROOT_UNKNOWN)
		return 0;
	if (root->state == CG_ROOT_REMOVED)
		return view_by_kernel(row, member->pid, view);
	rc = cg_path_relative(root->path, path, view);
	return rc == -EDOM ? view_by_anchor(row, root->path, path, view) : rc;
}

int ls_own_view(struct ls_row *row, const struct cg_member *member, char **own)
{
	*own = NULL;
	if (member->placement == CG_NO_PLACEMENT)
		return 0;
	if (row->seen_placement != member->placement) {
		int rc;

		row->seen_placement = CG_NO_PLACEMENT;
		free(cg_steal_ptr(&row->seen_view));
		rc = unknown_or(find_view(row, member, &row->seen_view));
		if (rc)
			return rc;
		row->seen_placement = member->placement;
	}
	if (!row->seen_view)
		return 0;
	*own = strdup(row->seen_view);
	return *own ? 0 : -ENOMEM;
}

/* -ENOENT and the like: it has ended; what the caller may not read is left unknown. */
static int unless_refused(int rc)
{
	if (cg_procfs_refused(rc))
		return 0;
	return cg_procfs_has_ended(rc) ? -ESRCH : rc;
}

int ls_member_look(struct ls_row *row, size_t i, unsigned int details, bool own,
		   struct ls_member *member)
{
	int procfd = row->listing->scan.procfd;
	const struct cg_member *scanned = &row->ns->members[i];
	struct cg_stat status = { 0 };
	struct stat st;
	char name[32];
	int rc = 0;

	*member = (struct ls_member){ .row = row, .member = scanned };
	member->outside = cg_nsscan_outside(&row->listing->scan, row->ns, scanned, row->hierarchy);
	if (details & CG_NSSCAN_PPID) {
		snprintf(name, sizeof(name), "%d/stat", scanned->pid);
		rc = unless_refused(cg_procfs_stat(procfd, name, &status));
		member->ppid = status.ppid;
	}
	snprintf(name, sizeof(name), "%d", scanned->pid);
	if (!rc && details & CG_NSSCAN_USER) {
		member->user_known = fstatat(procfd, name, &st, 0) == 0;
		rc = member->user_known ? 0 : unless_refused(-errno);
		member->uid = member->user_known ? st.st_uid : 0;
	}
	if (!rc && details & CG_NSSCAN_COMMAND)
		rc = unless_refused(cg_procfs_command(procfd, name, &member->command));
	if (!rc && own)
		rc = ls_own_view(row, scanned, &member->own);
	return rc;
}

void ls_member_free(struct ls_member *member)
{
	free(member->own);
	free(member->command);
}

/*
 * Looks a user up. Errors of a service of names are as many as there are
 * services: whom none of them knows is nameless. Only what this process ran
 * short of itself is told from that.
 */
static int look_up_user(uid_t uid, char **name)
{
	const struct passwd *entry;

	*name = NULL;
	errno = 0;
	entry = getpwuid(uid);
	if (!entry)
		return errno == ENOMEM || errno == EMFILE || errno == ENFILE ? -errno : 0;
	*name = strdup(entry->pw_name);
	return *name ? 0 : -ENOMEM;
}

int ls_user_name(struct ls_listing *listing, uid_t uid, const char **name)
{
	struct ls_user_name *users;
	int rc;

	for (size_t i = 0; i < listing->user_count; i++) {
		if (listing->users[i].uid == uid) {
			*name = listing->users[i].name;
			return 0;
		}
	}
	users = reallocarray(listing->users, listing->user_count + 1, sizeof(*users));
	if (!users)
		return -ENOMEM;
	listing->users = users;
	users += listing->user_count;
	*users = (struct ls_user_name){ .uid = uid };
	rc = look_up_user(uid, &users->name);
	if (rc)
		return rc;
	listing->user_count++;
	*name = users->name;
	return 0;
}
