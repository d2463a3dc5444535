/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgns-unshare/parent.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <string.h>

#include "cgns-unshare/settings.h"
#include "nsroot/nsroot.h"
#include "path.h"
#include "privs.h"
#include "what/what.h"

void parent_free(struct parent *parent)
{
	cg_set_plan_free(&parent->plan);
	cg_created_free(&parent->created);
	cg_cgroups_free(&parent->own);
	cg_cgroups_free(&parent->subgroups);
	cg_cgroups_free(&parent->roots);
	cg_mounts_free(&parent->mounts);
	cg_hierarchies_free(&parent->hierarchies);
	persist_free(&parent->persist);
}

/*
 * Open
 */

/* The place in the caller's view: relative ones begin at the caller's own cgroup. */
static int resolve(const struct cg_hierarchy *hierarchy, const char *path, char **resolved,
		   struct cg_error *err)
{
	cleanup_free char *whole = NULL;
	int rc;

	if (*path != '/' && !hierarchy->path) {
		cg_error_set(err, ENAMETOOLONG, "cannot open %s in %s", path, hierarchy->name);
		return cg_error_hint(err, "the name of the caller's own cgroup there is not known: "
					  "the kernel cuts paths of 4095 bytes and more");
	}
	whole = cg_format("%s/%s", *path == '/' ? "" : hierarchy->path, path);
	rc = whole ? cg_path_normalize(whole, resolved) : -ENOMEM;
	return rc < 0 ? cg_error_set(err, -rc, "cannot open %s", path) : 0;
}

static int open_root(struct parent *parent, const struct cg_hierarchy *hierarchy, const char *path,
		     struct cg_error *err)
{
	cleanup_cgroup struct cg_cgroup cgroup = CG_CGROUP_INIT;
	cleanup_free char *resolved = NULL;
	int rc = resolve(hierarchy, path, &resolved, err);

	if (rc == 0)
		rc = cg_cgroup_refuse_directory(&parent->mounts, &parent->hierarchies, resolved,
						err);
	if (rc == 0)
		rc = cg_cgroup_open(&parent->mounts, hierarchy, resolved, parent->request->create,
				    &cgroup, err);
	if (*path == '/' && path != parent->looked_at &&
	    (rc == -ENOENT || (rc == 0 && cgroup.missing))) {
		int refused = cg_what_check_file(resolved, false, err);

		parent->looked_at = path;
		if (refused < 0)
			return refused;
	}
	if (rc == -ENOENT && !parent->request->create)
		return cg_error_hint(err, "--create makes it");
	return rc < 0 ? rc : cg_cgroups_put(&parent->roots, &cgroup, err);
}

static int open_everywhere(struct parent *parent, const char *path, struct cg_error *err)
{
	for (size_t i = 0; i < parent->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &parent->hierarchies.items[i];
		int rc = 0;

		if (cg_mounts_find(&parent->mounts, hierarchy->controllers))
			rc = open_root(parent, hierarchy, path, err);
		if (rc < 0)
			return rc;
	}
	if (parent->roots.count)
		return 0;
	cg_error_set(err, ENOENT, "cannot open %s", path);
	return cg_error_hint(err, "no cgroup filesystem is mounted here");
}

static int open_named(struct parent *parent, const struct place *place, struct cg_error *err)
{
	const struct cg_hierarchy *hierarchy;

	hierarchy = cg_hierarchy_find(&parent->hierarchies, place->hierarchy, err);
	return hierarchy ? open_root(parent, hierarchy, place->path, err) : -ENOENT;
}

/* Those that are for every hierarchy first: one for a certain hierarchy counts for more. */
static int open_roots(struct parent *parent, struct cg_error *err)
{
	const struct request *request = parent->request;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < request->place_count; i++) {
		if (!request->places[i].hierarchy)
			rc = open_everywhere(parent, request->places[i].path, err);
	}
	for (size_t i = 0; rc == 0 && i < request->place_count; i++) {
		if (request->places[i].hierarchy)
			rc = open_named(parent, &request->places[i], err);
	}
	if (rc == 0 && !request->place_count)
		rc = open_everywhere(parent, ".", err);
	return rc;
}

static int open_subgroups(struct parent *parent, struct cg_error *err)
{
	for (size_t i = 0; i < parent->roots.count; i++) {
		cleanup_cgroup struct cg_cgroup child = CG_CGROUP_INIT;
		int rc = cg_cgroup_open_child(&parent->roots.items[i], parent->request->subgroup,
					      true, &child, err);

		if (rc == 0)
			rc = cg_cgroups_put(&parent->subgroups, &child, err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

/* Where the caller is already, nothing has to be joined, and no permission is needed for it. */
static bool is_there(const struct cg_cgroup *cgroup)
{
	const char *own = cgroup->hierarchy->path;

	return !cgroup->missing && own && !strcmp(cgroup->path, own);
}

static void leave_out_own(struct cg_cgroups *roots)
{
	size_t kept = 0;

	for (size_t i = 0; i < roots->count; i++) {
		if (is_there(&roots->items[i]))
			cg_cgroup_close(&roots->items[i]);
		else
			roots->items[kept++] = roots->items[i];
	}
	roots->count = kept;
}

/* Opens cgroup.procs of those that exist. */
static int open_existing(struct cg_cgroups *cgroups, struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < cgroups->count; i++) {
		if (!cgroups->items[i].missing)
			rc = cg_cgroup_open_procs(&cgroups->items[i], err);
	}
	return rc;
}

static int open_cgroups(struct parent *parent, struct cg_error *err)
{
	int rc = cg_hierarchies_read(&parent->hierarchies, err);

	if (rc == 0)
		rc = cg_nsroot_read_mounts(AT_FDCWD, &parent->hierarchies, &parent->mounts, err);
	if (rc == 0)
		rc = open_roots(parent, err);
	if (rc == 0 && parent->request->subgroup)
		rc = open_subgroups(parent, err);
	if (rc < 0)
		return rc;
	leave_out_own(&parent->roots);
	for (size_t i = 0; rc == 0 && i < parent->roots.count; i++)
		rc = cg_cgroup_check_joinable(&parent->roots.items[i], err);
	for (size_t i = 0; rc == 0 && i < parent->subgroups.count; i++)
		rc = cg_cgroup_check_joinable(&parent->subgroups.items[i], err);
	if (rc == 0)
		rc = settings_plan(parent->request, &parent->hierarchies, &parent->roots,
				   &parent->plan, err);
	if (rc == 0)
		rc = open_existing(&parent->roots, err);
	if (rc == 0)
		rc = open_existing(&parent->subgroups, err);
	if (rc < 0)
		return rc;
	/* The subgroups are in every hierarchy that a root is in. */
	return cg_cgroups_open_own(&parent->mounts,
				   parent->subgroups.count ? &parent->subgroups : &parent->roots,
				   &parent->own, err);
}

int parent_open(struct parent *parent, struct cg_error *err)
{
	const struct request *request = parent->request;
	int rc = 0;

	if (request->place_count || request->subgroup)
		rc = open_cgroups(parent, err);
	if (rc == 0 && request->persist)
		rc = persist_open(&parent->persist, request->persist, err);
	return rc;
}

/*
 * Make
 */

static int create_all(struct parent *parent, struct cg_cgroups *cgroups, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		int rc = cg_cgroup_create(&parent->mounts, &cgroups->items[i], &parent->created,
					  err);

		if (rc == 0)
			rc = cg_cgroup_open_procs(&cgroups->items[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int own_all(struct parent *parent, struct cg_error *err)
{
	const struct request *request = parent->request;
	int rc = cg_created_own(&parent->created, request->owner, request->owner_group, err);

	if (rc == 0 && parent->created.count)
		cg_say(request->says, "gave what was created to user %u", request->owner);
	else if (rc == 0)
		cg_say(request->says, "nothing was created that could be given to user %u",
		       request->owner);
	return rc == -EPERM ? cg_privs_hint(err, CAP_CHOWN, -1, NULL) : rc;
}

static int make_file(struct parent *parent, struct cg_error *err)
{
	int rc = persist_make(&parent->persist, err);

	if (rc == 0 && parent->persist.made)
		cg_say(parent->request->says, "created %s", parent->persist.name);
	return rc;
}

/* Says what has been created after the first known of all. */
static void say_created(const struct parent *parent, size_t known)
{
	const struct cg_created created = { parent->created.items + known,
					    parent->created.count - known };
	cleanup_free char *names = NULL;

	if (!created.count || !parent->request->says)
		return;
	names = cg_created_names(&created);
	cg_say(parent->request->says, "created %s", names ? names : "?");
}

int parent_make(struct parent *parent, struct cg_error *err)
{
	const struct request *request = parent->request;
	int rc = create_all(parent, &parent->roots, err);
	size_t known = parent->created.count;

	say_created(parent, 0);
	if (rc == 0)
		rc = settings_carry_out(parent->request, &parent->plan, &parent->roots,
					&parent->created, err);
	if (rc == 0)
		rc = create_all(parent, &parent->subgroups, err);
	say_created(parent, known);
	if (rc == 0 && request->own)
		rc = own_all(parent, err);
	if (rc == 0 && request->persist)
		rc = make_file(parent, err);
	return rc;
}

/*
 * Join
 */

static int join(struct parent *parent, const struct cg_cgroups *cgroups, pid_t pid,
		enum cg_attempt attempt, struct cg_error *err)
{
	int rc = cg_cgroups_join(cgroups, &parent->own, pid, attempt, err);

	if (rc == 0 && cgroups->count && parent->request->says) {
		cleanup_free char *names = cg_cgroups_names(cgroups);

		cg_say(parent->request->says, "joined %s", names ? names : "?");
	}
	return rc;
}

int parent_join(struct parent *parent, pid_t pid, struct cg_error *err)
{
	if (parent->request->fork)
		cg_cgroups_count_kills(&parent->roots);
	return join(parent, &parent->roots, pid, CG_ATTEMPT_JOIN_ROOT, err);
}

int parent_when_unshared(struct parent *parent, pid_t pid, struct cg_error *err)
{
	int rc = join(parent, &parent->subgroups, pid, CG_ATTEMPT_JOIN, err);

	if (rc < 0 || !parent->request->persist)
		return rc;
	rc = persist_bind(&parent->persist, pid, err);
	if (rc == 0)
		cg_say(parent->request->says, "bound the namespace to %s", parent->persist.name);
	return rc;
}

bool parent_acts_when_unshared(const struct parent *parent)
{
	return parent->subgroups.count || parent->request->persist;
}

/*
 * Undo
 */

static void complain(const struct cg_error *err)
{
	cg_options_report(cgns_unshare.name, err, false);
}

bool parent_has_to_undo(const struct parent *parent)
{
	return parent->created.count || parent->request->persist;
}

/* The program may have moved this process into what is to be removed. */
static void come_back(struct parent *parent)
{
	cleanup_error struct cg_error err = { 0 };

	if (cg_hierarchies_moved(&parent->hierarchies) &&
	    cg_cgroups_join(&parent->own, &parent->own, 0, CG_ATTEMPT_JOIN, &err) < 0)
		complain(&err);
}

static void remove_created(struct parent *parent, bool kill, struct cg_run *run)
{
	const struct cg_created *left = &parent->created;

	if (!parent->created.count)
		return;
	come_back(parent);
	cg_created_remove(&parent->created, kill, cg_run_is_urged, run);
	for (size_t i = left->count; i-- > 0;) {
		cleanup_error struct cg_error err = { 0 };

		if (cg_creation_explain(&left->items[i], &parent->mounts, &parent->hierarchies,
					&err))
			complain(&err);
		else
			cg_say(parent->request->says, "left %s, which is in use",
			       left->items[i].dir);
	}
}

bool parent_undo(struct parent *parent, pid_t pid, struct cg_run *run)
{
	const struct cg_cgroups *joined =
		parent->subgroups.count ? &parent->subgroups : &parent->roots;
	cleanup_error struct cg_error err = { 0 };

	if (persist_undo(&parent->persist, &err) < 0)
		complain(&err);
	if (pid && parent->created.count && !cg_cgroups_leave(joined, &parent->own, pid))
		return false;
	remove_created(parent, false, run);
	return true;
}

void parent_remove(struct parent *parent, struct cg_run *run)
{
	if (parent->created.count && parent->request->says) {
		cleanup_free char *names = cg_created_names(&parent->created);

		cg_say(parent->request->says, "removing %s", names ? names : "?");
	}
	remove_created(parent, true, run);
}
