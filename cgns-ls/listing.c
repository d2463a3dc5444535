/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "listing.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "path.h"
#include "syscalls.h"

static const struct cg_hierarchy *hierarchy_of(const struct ls_row *row, size_t h)
{
	return &row->listing->hierarchies.items[h];
}

static const struct cg_root *root_of(const struct ls_row *row, size_t h)
{
	return row->ns->roots ? &row->ns->roots[h] : NULL;
}

const char *ls_root(const struct ls_row *row, size_t h)
{
	const struct cg_root *root = root_of(row, h);

	return root && root->state == CG_ROOT_KNOWN ? root->path : NULL;
}

static void judge_members(struct ls_row *row, size_t h)
{
	const struct cg_nsscan *scan = &row->listing->scan;
	uint32_t last = CG_NO_PLACEMENT;

	for (size_t i = 0; i < row->ns->member_count; i++) {
		const struct cg_member *member = &row->ns->members[i];

		if (i && member->placement == last)
			continue;
		last = member->placement;
		if (cg_nsscan_outside(scan, row->ns, member, h))
			row->verdicts[h].states |= LS_OUTSIDE_ROOT;
		if (!cg_nsscan_path(scan, member, h))
			row->verdicts[h].states |= LS_HIDDEN;
	}
}

const struct cg_member *ls_process(const struct ls_row *row)
{
	const struct cg_namespace *ns = row->ns;

	for (size_t i = 0; i < ns->member_count; i++)
		if (ns->members[i].pid == ns->pid)
			return &ns->members[i];
	return NULL;
}

/* Whether a process is in it, if only one that another procfs shows. */
static bool has_process(const struct ls_row *row)
{
	const struct ls_listing *listing = row->listing;

	for (size_t i = 0; i < listing->target_count; i++)
		if (listing->targets[i].procdir >= 0 &&
		    listing->targets[i].ns_inode == row->ns->inode)
			return true;
	return row->ns->member_count;
}

/* Whether the member is outside the root in any of the row's hierarchies, or that is removed. */
static bool is_outside(const struct ls_row *row, const struct cg_member *member)
{
	for (size_t h = row->first; h < row->first + row->count; h++)
		if (row->verdicts[h].states & LS_REMOVED ||
		    cg_nsscan_outside(&row->listing->scan, row->ns, member, h))
			return true;
	return false;
}

/* Notes that a mount could not be looked at. */
static int add_unseen(struct ls_listing *listing, int errnum, pid_t pid)
{
	struct ls_unseen *unseen;

	for (size_t i = 0; i < listing->unseen_count; i++)
		if (listing->unseen[i].errnum == errnum)
			return 0;
	unseen = reallocarray(listing->unseen, listing->unseen_count + 1, sizeof(*unseen));
	if (!unseen)
		return -ENOMEM;
	listing->unseen = unseen;
	unseen[listing->unseen_count++] = (struct ls_unseen){ errnum, pid };
	return 0;
}

/* Notes what the row's process has mounted, and compares it with what its namespace would show. */
static int judge_mount(struct ls_row *row, struct ls_sight *sight, size_t h)
{
	struct ls_listing *listing = row->listing;
	const struct cg_member *process = ls_process(row);
	const struct cg_mount *mount = ls_sight_find(sight, hierarchy_of(row, h)->controllers);
	struct ls_verdict *verdict = &row->verdicts[h];
	const char *root = ls_root(row, h);
	int rc = mount ? ls_sight_check(sight, mount, &listing->mounts) : 0;

	if (!mount)
		return 0;
	verdict->mount_root = cg_format("%s%s", mount->root, rc == -ESTALE ? " (deleted)" : "");
	verdict->mount_point = strdup(mount->point);
	if (!verdict->mount_root || !verdict->mount_point)
		return -ENOMEM;
	if (rc < 0 && rc != -ESTALE) {
		verdict->mount_errnum = -rc;
		verdict->states |= LS_HIDDEN;
		if (add_unseen(listing, -rc, row->ns->pid) < 0)
			return -ENOMEM;
	}
	if (root && process && !cg_nsscan_outside(&listing->scan, row->ns, process, h) &&
	    (rc == -ESTALE || strcmp(root, mount->root) != 0))
		verdict->states |= LS_MOUNT;
	return 0;
}

/* Judges a namespace in the hierarchies of one row. */
static int judge(struct ls_row *row, struct ls_sight *sight)
{
	int rc = 0;

	for (size_t h = row->first; rc == 0 && h < row->first + row->count; h++) {
		const struct cg_root *root = root_of(row, h);

		if (root && root->state == CG_ROOT_UNKNOWN)
			row->verdicts[h].states |= LS_HIDDEN;
		if (root && root->state == CG_ROOT_REMOVED)
			row->verdicts[h].states |= LS_REMOVED;
		/* nobody can be outside the initial namespace's root */
		if (root && row->ns->inode != CG_INITIAL_NS_INODE)
			judge_members(row, h);
		rc = judge_mount(row, sight, h);
		row->states |= row->verdicts[h].states;
	}
	if (!row->ns->inode)
		row->states |= LS_HIDDEN;
	if (row->ns->inode && !has_process(row))
		row->states |= LS_PINNED;
	if (row->states & (LS_OUTSIDE_ROOT | LS_REMOVED))
		for (size_t i = 0; i < row->ns->member_count; i++)
			row->outside += is_outside(row, &row->ns->members[i]);
	return rc;
}

bool ls_owner(const struct ls_row *row, struct cg_owner *owner)
{
	const struct cg_member *process = ls_process(row);
	size_t count = row->listing->hierarchies.count;

	for (size_t i = 0; row->ns->inode && i < count; i++) {
		/* the shown one first */
		size_t h = (row->hierarchy + i) % count;
		const char *root = ls_root(row, h);

		if (!root && process)
			root = cg_nsscan_path(&row->listing->scan, process, h);
		if (root)
			cg_owner_read(root, owner);
		if (root && (owner->runtime || *owner->pod || *owner->unit))
			return true;
	}
	*owner = (struct cg_owner){ 0 };
	return false;
}

/* Which hierarchies rows are for, and which the states speak of. */
struct range {
	size_t shown;
	size_t first;
	size_t count;
	bool each; /* a row for each, of itself */
};

static int add_rows(struct ls_listing *listing, struct cg_namespace *ns, const struct range *range)
{
	cleanup_sight struct ls_sight sight = LS_SIGHT_INIT;
	bool has_mounts = listing->needs.mounts && ns->inode && ns->pid;
	struct ls_verdict *verdicts = &listing->verdicts[listing->verdict_count];
	size_t count = range->each && ns->inode ? range->count : 1;
	int rc = has_mounts ? ls_sight_read(&listing->mounts, &listing->scan, ns, &sight) : 0;

	if (rc == -ESRCH)
		return 0;
	listing->verdict_count += listing->hierarchies.count;
	for (size_t h = 0; h < listing->hierarchies.count; h++)
		verdicts[h].seen_placement = CG_NO_PLACEMENT;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct ls_row *row = &listing->rows[listing->count++];

		*row = (struct ls_row){
			.listing = listing,
			.ns = ns,
			.verdicts = verdicts,
			.hierarchy = count > 1 ? range->first + i : range->shown,
			.first = count > 1 ? range->first + i : range->first,
			.count = count > 1 ? 1 : range->count,
		};
		rc = judge(row, &sight);
	}
	return rc;
}

static int choose_hierarchies(const struct ls_listing *listing, const char *name,
			      struct range *range, struct cg_error *err)
{
	const struct cg_hierarchies *all = &listing->hierarchies;
	const struct cg_hierarchy *one;

	*range = (struct range){ 0, 0, all->count, false };
	if (name && strcmp(name, "all") == 0) {
		range->each = true;
		return 0;
	}
	one = name ? cg_hierarchy_find(all, name, err) : cg_hierarchy_default(all, err);
	if (!one)
		return err && err->errnum ? -err->errnum : -EINVAL;
	range->shown = (size_t)(one - all->items);
	if (name) {
		range->first = range->shown;
		range->count = 1;
	}
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
	for (size_t i = 0; rc == 0 && i < listing->target_count; i++) {
		struct cg_holder ours = { .kind = CG_HOLDER_FD,
					  .inode = inodes[i],
					  .fd = listing->targets[i].nsfd };

		if (!is_scanned(&listing->scan, inodes[i]))
			rc = cg_nsscan_add_holder(&listing->scan, &ours, err);
	}
	cg_nsscan_keep(&listing->scan, inodes, listing->target_count);
	return rc;
}

/* Remembers who could not be examined, before only the TARGETs' namespaces are left. */
static int keep_hidden(struct ls_listing *listing, struct cg_error *err)
{
	const struct cg_nsscan *scan = &listing->scan;

	for (size_t i = 0; i < scan->count; i++) {
		const struct cg_namespace *ns = &scan->namespaces[i];

		if (ns->inode)
			continue;
		listing->hidden = calloc(ns->member_count, sizeof(*listing->hidden));
		if (!listing->hidden)
			return cg_error_set(err, ENOMEM, "cannot list the processes");
		memcpy(listing->hidden, ns->members, ns->member_count * sizeof(*listing->hidden));
		listing->hidden_count = ns->member_count;
	}
	return 0;
}

static int scan(struct ls_listing *listing, const struct range *range, struct cg_error *err)
{
	const struct ls_needs *needs = &listing->needs;
	int rc = cg_nsscan_read(&listing->scan, &listing->hierarchies, needs->initial_members, err);

	if (rc == 0)
		rc = keep_hidden(listing, err);
	if (rc == 0 && needs->holders)
		rc = cg_nsscan_holders(&listing->scan, needs->holders, err);
	if (rc == 0 && listing->target_count)
		rc = keep_targets(listing, err);
	if (rc == 0)
		rc = cg_nsscan_details(&listing->scan, needs->details, err);
	if (rc == 0 && (needs->roots || (needs->process && cg_nsscan_is_mixed(&listing->scan))))
		rc = cg_nsscan_roots(&listing->scan, err);
	if (rc == 0 && needs->process)
		rc = cg_nsscan_choose(&listing->scan, range->first, range->count, err);
	return rc;
}

/* Whether path is in or below the cgroup of a TARGET, or the root of its namespace, in hierarchy h.
 */
static bool concerns_target(const struct ls_listing *listing, const char *path, size_t h)
{
	for (size_t i = 0; i < listing->target_count; i++) {
		cleanup_memberships struct cg_memberships own = { 0 };
		const char *cgroup = NULL;

		if (listing->targets[i].procdir >= 0 &&
		    cg_memberships_read(listing->targets[i].procdir, "cgroup", &own) == 0)
			cgroup = cg_memberships_path(&own,
						     listing->hierarchies.items[h].controllers);
		if (cgroup && cg_nsscan_contains(cgroup, path))
			return true;
	}
	for (size_t i = 0; i < listing->scan.count; i++) {
		const struct cg_namespace *ns = &listing->scan.namespaces[i];

		if (ns->inode != CG_INITIAL_NS_INODE && ns->roots &&
		    ns->roots[h].state == CG_ROOT_KNOWN &&
		    cg_nsscan_contains(ns->roots[h].path, path))
			return true;
	}
	return false;
}

/*
 * Counts the processes that could not be examined and may belong to what was
 * asked for: all or, with TARGETs, those in or below their cgroups.
 */
static void count_unexamined(struct ls_listing *listing, size_t h)
{
	const struct cg_nsscan *scan = &listing->scan;

	/* who went out of sight later on was a member */
	listing->unexamined = scan->hidden - listing->hidden_count;
	listing->unexamined_pid = scan->hidden_pid;
	for (size_t i = 0; i < listing->hidden_count; i++) {
		const struct cg_member *member = &listing->hidden[i];
		const char *path = cg_nsscan_path(scan, member, h);

		if (listing->target_count && path && !concerns_target(listing, path, h))
			continue;
		if (!listing->unexamined++)
			listing->unexamined_pid = member->pid;
	}
}

int ls_listing_make(struct ls_listing *listing, const char *hierarchy, struct cg_error *err)
{
	struct range range;
	size_t namespaces;
	int rc = cg_hierarchies_read(&listing->hierarchies, err);

	if (rc == 0)
		rc = choose_hierarchies(listing, hierarchy, &range, err);
	if (rc == 0)
		rc = scan(listing, &range, err);
	if (rc)
		return rc;
	namespaces = listing->scan.count;
	listing->rows =
		calloc(namespaces * (range.each ? range.count : 1) + 1, sizeof(*listing->rows));
	listing->verdicts =
		calloc(namespaces * listing->hierarchies.count + 1, sizeof(*listing->verdicts));
	if (!listing->rows || !listing->verdicts)
		return cg_error_set(err, ENOMEM, "cannot list the namespaces");
	if (listing->needs.mounts)
		ls_mounts_begin(&listing->mounts, listing->scan.procfd);
	for (size_t i = 0; i < namespaces; i++) {
		rc = add_rows(listing, &listing->scan.namespaces[i], &range);
		if (rc)
			return cg_error_set(err, -rc, "cannot judge namespace %ju",
					    (uintmax_t)listing->scan.namespaces[i].inode);
	}
	listing->found = listing->count;
	count_unexamined(listing, range.shown);
	return 0;
}

void ls_listing_free(struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->verdict_count; i++) {
		free(listing->verdicts[i].mount_root);
		free(listing->verdicts[i].mount_point);
		free(listing->verdicts[i].anchor);
		free(listing->verdicts[i].seen_view);
	}
	free(listing->verdicts);
	free(listing->rows);
	free(listing->hidden);
	for (size_t i = 0; i < listing->user_count; i++)
		free(listing->users[i].name);
	free(listing->users);
	ls_mounts_free(&listing->mounts);
	free(listing->unseen);
	cg_nsscan_free(&listing->scan);
	cg_hierarchies_free(&listing->hierarchies);
	for (size_t i = 0; i < listing->target_count; i++)
		cg_target_close(&listing->targets[i]);
	free(listing->targets);
}

static const char *const state_names[] = {
	"outside", "removed", "mount", "pinned", "hidden", "ok"
};

char *ls_state_text(unsigned int states)
{
	char text[64] = "";
	char *end = text;

	for (size_t i = 0; i < CG_ARRAY_SIZE(state_names); i++) {
		if (!((states ?: LS_OK) & 1U << i))
			continue;
		if (end > text)
			*end++ = ',';
		end = stpcpy(end, state_names[i]);
	}
	return strdup(text);
}

int ls_states_parse(const char *list, unsigned int *states, struct cg_error *err)
{
	for (;;) {
		size_t len = strcspn(list, ","), i = 0;

		while (i < CG_ARRAY_SIZE(state_names) &&
		       (strlen(state_names[i]) != len || strncmp(state_names[i], list, len) != 0))
			i++;
		if (i == CG_ARRAY_SIZE(state_names)) {
			cg_error_set(err, 0, "'%.*s' is not a state", (int)len, list);
			return cg_error_hint(err, "use ok, outside, removed, mount, pinned or "
						  "hidden");
		}
		*states |= 1U << i;
		if (!list[len])
			return 0;
		list += len + 1;
	}
}

void ls_listing_select(struct ls_listing *listing, unsigned int states)
{
	size_t kept = 0;

	for (size_t i = 0; i < listing->count; i++) {
		struct ls_row row = listing->rows[i];

		if (!((row.states ?: LS_OK) & states))
			continue;
		listing->rows[i] = listing->rows[kept];
		listing->rows[kept++] = row;
	}
	listing->count = kept;
}

/* The row with the nearest root around this one's, or NULL. */
static struct ls_row *find_parent(const struct ls_row *row)
{
	const struct ls_listing *listing = row->listing;
	const char *root = ls_root(row, row->hierarchy), *best = NULL;
	struct ls_row *parent = NULL;

	for (size_t i = 0; root && i < listing->count; i++) {
		struct ls_row *other = &listing->rows[i];
		const char *around = ls_root(other, row->hierarchy);

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
 * What cannot be known is no failure; running short of something is, but of
 * processes (what needs none is told), and so is a child that did not answer.
 */
static int unknown_or(int rc)
{
	return rc == -EPIPE || (rc != -EAGAIN && cg_errno_is_shortage(-rc)) ? rc : 0;
}

/* Finds the names above the caller's root, as this namespace's members see them. */
static int find_anchor(struct ls_row *row, size_t h)
{
	cleanup_fd int nsfd = -1;
	int rc = cg_nsscan_open(row->ns, &nsfd);

	return rc ? rc
		  : cg_nsroot_anchor(nsfd, hierarchy_of(row, h), &row->verdicts[h].anchor, NULL);
}

/* The view of path from root where the way between them leads above the caller's root. */
static int view_by_anchor(struct ls_row *row, size_t h, const char *path, char **view)
{
	int rc = row->verdicts[h].anchor ? 0 : find_anchor(row, h);

	return rc ?: cg_path_relative_at(row->verdicts[h].anchor, ls_root(row, h), path, view);
}

/* A namespace whose root was removed still has a view: the kernel says what it is. */
static int view_by_kernel(const struct ls_row *row, pid_t pid, size_t h, char **view)
{
	cleanup_fd int nsfd = -1;
	int rc = cg_nsscan_open(row->ns, &nsfd);

	return rc ? rc
		  : cg_nsroot_view(nsfd, -1, pid, hierarchy_of(row, h)->controllers, view, NULL);
}

static int find_view(struct ls_row *row, const struct cg_member *member, size_t h, char **view)
{
	const char *path = cg_nsscan_path(&row->listing->scan, member, h);
	const struct cg_root *root = root_of(row, h);
	int rc;

	if (!path || !root || root->state == CG_ROOT_UNKNOWN)
		return 0;
	if (root->state == CG_ROOT_REMOVED)
		return view_by_kernel(row, member->tid, h, view);
	rc = cg_path_relative(root->path, path, view);
	if (rc == -EDOM)
		rc = view_by_anchor(row, h, path, view);
	/* the caller's own root may be removed: then nobody but the kernel knows */
	return rc && !unknown_or(rc) ? view_by_kernel(row, member->tid, h, view) : rc;
}

int ls_own_view(struct ls_row *row, const struct cg_member *member, size_t h, char **own)
{
	struct ls_verdict *verdict = &row->verdicts[h];
	int rc;

	*own = NULL;
	if (member->placement == CG_NO_PLACEMENT)
		return 0;
	if (verdict->seen_placement != member->placement) {
		cleanup_free char *view = NULL;

		rc = find_view(row, member, h, &view);
		if (rc || !view) /* nobody else is answered by it */
			return unknown_or(rc);
		free(verdict->seen_view);
		verdict->seen_view = cg_steal_ptr(&view);
		verdict->seen_placement = member->placement;
	}
	*own = strdup(verdict->seen_view);
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
	member->outside = is_outside(row, scanned);
	if (details & CG_NSSCAN_PPID) {
		rc = unless_refused(cg_procfs_stat(
			procfd, cg_proc_name("%d/stat", scanned->tid).text, &status));
		member->ppid = status.ppid;
	}
	snprintf(name, sizeof(name), "%d", scanned->tid);
	if (rc == 0 && details & CG_NSSCAN_USER) {
		member->user_known = fstatat(procfd, name, &st, 0) == 0;
		rc = member->user_known ? 0 : unless_refused(-errno);
		member->uid = member->user_known ? st.st_uid : 0;
	}
	if (rc == 0 && details & CG_NSSCAN_COMMAND)
		rc = unless_refused(cg_procfs_command(procfd, name, &member->command));
	if (rc == 0 && own)
		rc = ls_own_view(row, scanned, row->hierarchy, &member->own);
	return rc;
}

bool ls_lists_members(const struct ls_row *row)
{
	return row->ns->inode != CG_INITIAL_NS_INODE || row->listing->target_count;
}

/* Whether two absolute paths begin with the same name. */
static bool share_first_name(const char *one, const char *other)
{
	size_t len = 1 + strcspn(one + 1, "/");

	return !strncmp(one, other, len) && (other[len] == '/' || !other[len]);
}

bool ls_path_is_implied(const struct ls_row *row, const struct cg_member *member)
{
	const char *path = cg_nsscan_path(&row->listing->scan, member, row->hierarchy);
	const char *root = ls_root(row, row->hierarchy);

	if (!path || !root)
		return !path;
	if (cg_path_climb(root) != cg_path_climb(path))
		return false;
	/* else its own view goes up to the very top, and down the whole path */
	return cg_path_contains(root, path) ||
	       (!cg_path_climb(root) && !share_first_name(path, root));
}

bool ls_member_is_kernel_thread(const struct ls_row *row, size_t i)
{
	return cg_nsscan_is_kernel_thread(&row->listing->scan, row->ns, &row->ns->members[i]);
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
