/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "cgns-unshare/stay.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>

#include "path.h"

void stay_free(struct stay *stay)
{
	cg_created_free(&stay->created);
	cg_cgroups_free(&stay->origin);
	cg_cgroups_free(&stay->subgroups);
	cg_cgroups_free(&stay->roots);
	cg_mounts_free(&stay->mounts);
	cg_hierarchies_free(&stay->hierarchies);
	cg_cleanup_fd(&stay->file);
}

void say(const struct request *request, const char *fmt, ...)
{
	va_list args;

	if (!request->verbose)
		return;
	va_start(args, fmt);
	cg_options_vsay(cgns_unshare_program.name, fmt, args);
	va_end(args);
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
		cg_error_set(err, ENAMETOOLONG, "cannot open %s of %s", path, hierarchy->name);
		return cg_error_hint(err, "the name of the caller's own cgroup there is not known: "
					  "the kernel cuts paths of 4095 bytes and more");
	}
	if (asprintf(&whole, "%s/%s", *path == '/' ? "" : hierarchy->path, path) < 0) {
		whole = NULL;
		return cg_error_set(err, ENOMEM, "cannot open %s", path);
	}
	rc = cg_path_normalize(whole, resolved);
	return rc < 0 ? cg_error_set(err, -rc, "cannot open %s", path) : 0;
}

static int open_root(struct stay *stay, const struct cg_hierarchy *hierarchy, const char *path,
		     struct cg_error *err)
{
	cleanup_cgroup struct cg_cgroup cgroup = CG_CGROUP_INIT;
	cleanup_free char *resolved = NULL;
	int rc = resolve(hierarchy, path, &resolved, err);

	if (!rc)
		rc = cg_cgroup_open(&stay->mounts, hierarchy, resolved, stay->request->create,
				    &cgroup, err);
	if (rc == -ENOENT && !stay->request->create)
		return cg_error_hint(err, "--create makes it");
	return rc < 0 ? rc : cg_cgroups_put(&stay->roots, &cgroup, err);
}

static int open_everywhere(struct stay *stay, const char *path, struct cg_error *err)
{
	for (size_t i = 0; i < stay->hierarchies.count; i++) {
		const struct cg_hierarchy *hierarchy = &stay->hierarchies.items[i];
		int rc = 0;

		if (cg_mounts_have(&stay->mounts, hierarchy->controllers))
			rc = open_root(stay, hierarchy, path, err);
		if (rc < 0)
			return rc;
	}
	if (stay->roots.count)
		return 0;
	cg_error_set(err, ENOENT, "cannot open %s", path);
	return cg_error_hint(err, "no cgroup filesystem is mounted here");
}

static int open_named(struct stay *stay, const struct place *place, struct cg_error *err)
{
	const struct cg_hierarchy *hierarchy;

	hierarchy = cg_hierarchy_find(&stay->hierarchies, place->hierarchy, err);
	return hierarchy ? open_root(stay, hierarchy, place->path, err) : -ENOENT;
}

/* Those that are for every hierarchy first: one for a certain hierarchy counts for more. */
static int open_roots(struct stay *stay, struct cg_error *err)
{
	const struct request *request = stay->request;
	int rc = 0;

	for (size_t i = 0; !rc && i < request->place_count; i++) {
		if (!request->places[i].hierarchy)
			rc = open_everywhere(stay, request->places[i].path, err);
	}
	for (size_t i = 0; !rc && i < request->place_count; i++) {
		if (request->places[i].hierarchy)
			rc = open_named(stay, &request->places[i], err);
	}
	if (!rc && !request->place_count)
		rc = open_everywhere(stay, ".", err);
	return rc;
}

static int open_subgroups(struct stay *stay, struct cg_error *err)
{
	for (size_t i = 0; i < stay->roots.count; i++) {
		cleanup_cgroup struct cg_cgroup child = CG_CGROUP_INIT;
		int rc = cg_cgroup_open_child(&stay->roots.items[i], stay->request->subgroup, true,
					      &child, err);

		if (!rc)
			rc = cg_cgroups_put(&stay->subgroups, &child, err);
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

	for (size_t i = 0; !rc && i < cgroups->count; i++) {
		if (!cgroups->items[i].missing)
			rc = cg_cgroup_open_procs(&cgroups->items[i], err);
	}
	return rc;
}

static int open_cgroups(struct stay *stay, struct cg_error *err)
{
	int rc = cg_mounts_read_own(AT_FDCWD, &stay->mounts);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/self/mountinfo");
	rc = cg_hierarchies_read(&stay->hierarchies, err);
	if (!rc)
		rc = open_roots(stay, err);
	if (!rc && stay->request->subgroup)
		rc = open_subgroups(stay, err);
	if (rc < 0)
		return rc;
	leave_out_own(&stay->roots);
	rc = open_existing(&stay->roots, err);
	if (!rc)
		rc = open_existing(&stay->subgroups, err);
	if (rc < 0)
		return rc;
	/* The subgroups are in every hierarchy that a root is in. */
	return cg_cgroups_open_origin(&stay->mounts,
				      stay->subgroups.count ? &stay->subgroups : &stay->roots,
				      &stay->origin, err);
}

/* An existing FILE is opened now; one that is missing is made later. */
static int open_file(struct stay *stay, struct cg_error *err)
{
	const char *name = stay->request->persist;
	struct stat st;

	stay->file = open(name, O_PATH | O_CLOEXEC);
	if (stay->file < 0 && errno != ENOENT)
		return cg_error_set(err, errno, "cannot open %s", name);
	if (stay->file >= 0 && fstat(stay->file, &st) < 0)
		return cg_error_set(err, errno, "cannot look at %s", name);
	if (stay->file >= 0 && !S_ISREG(st.st_mode)) {
		cg_error_set(err, S_ISDIR(st.st_mode) ? EISDIR : EINVAL,
			     "cannot keep the namespace on %s", name);
		return cg_error_hint(err, "a regular file, or a name that is free, is needed");
	}
	return 0;
}

int stay_open(struct stay *stay, struct cg_error *err)
{
	const struct request *request = stay->request;
	int rc = 0;

	if (request->place_count || request->subgroup)
		rc = open_cgroups(stay, err);
	if (!rc && request->persist)
		rc = open_file(stay, err);
	return rc;
}

/*
 * Make
 */

static int create_all(struct stay *stay, struct cg_cgroups *cgroups, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		size_t before = stay->created.count;
		int rc = cg_cgroup_create(&cgroups->items[i], &stay->created, err);

		for (size_t j = before; j < stay->created.count; j++)
			say(stay->request, "created %s", stay->created.items[j].dir);
		if (!rc)
			rc = cg_cgroup_open_procs(&cgroups->items[i], err);
		if (rc < 0)
			return rc;
	}
	return 0;
}

static int own_all(struct stay *stay, struct cg_error *err)
{
	const struct request *request = stay->request;
	int rc = cg_created_own(&stay->created, request->owner, request->owner_group, err);

	if (!rc && stay->created.count)
		say(request, "gave what was created to user %u", request->owner);
	else if (!rc)
		say(request, "nothing was created that could be given to user %u", request->owner);
	return rc;
}

static int make_file(struct stay *stay, struct cg_error *err)
{
	const char *name = stay->request->persist;

	stay->file = open(name, O_RDONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0444);
	if (stay->file < 0)
		return cg_error_set(err, errno, "cannot create %s", name);
	stay->file_made = true;
	say(stay->request, "created %s", name);
	return 0;
}

int stay_make(struct stay *stay, struct cg_error *err)
{
	int rc = create_all(stay, &stay->roots, err);

	if (!rc)
		rc = create_all(stay, &stay->subgroups, err);
	if (!rc && stay->request->own)
		rc = own_all(stay, err);
	if (!rc && stay->request->persist && stay->file < 0)
		rc = make_file(stay, err);
	return rc;
}

/*
 * Join and settle
 */

static int join(struct stay *stay, const struct cg_cgroups *cgroups, pid_t pid,
		enum cg_attempt attempt, struct cg_error *err)
{
	int rc = cg_cgroups_join(cgroups, &stay->origin, pid, attempt, err);

	for (size_t i = 0; !rc && i < cgroups->count; i++)
		say(stay->request, "joined %s of %s", cgroups->items[i].path,
		    cgroups->items[i].hierarchy->name);
	return rc;
}

int stay_join(struct stay *stay, pid_t pid, struct cg_error *err)
{
	return join(stay, &stay->roots, pid, CG_ATTEMPT_JOIN_ROOT, err);
}

static int pin(struct stay *stay, pid_t pid, struct cg_error *err)
{
	const char *name = stay->request->persist;
	char source[64], place[64];
	int rc;

	snprintf(source, sizeof(source), "/proc/%d/ns/cgroup", (int)pid);
	snprintf(place, sizeof(place), "/proc/self/fd/%d", stay->file);
	if (!mount(source, place, NULL, MS_BIND, NULL)) {
		stay->pinned = true;
		say(stay->request, "bound the namespace to %s", name);
		return 0;
	}
	rc = cg_error_set(err, errno, "cannot keep the namespace on %s", name);
	if (rc == -EPERM || rc == -EACCES)
		return cg_error_hint(err, "needs CAP_SYS_ADMIN in the user namespace that owns the "
					  "caller's mount namespace");
	return rc;
}

int stay_settle(struct stay *stay, pid_t pid, struct cg_error *err)
{
	int rc = join(stay, &stay->subgroups, pid, CG_ATTEMPT_JOIN, err);

	if (!rc && stay->request->persist)
		rc = pin(stay, pid, err);
	return rc;
}

bool stay_has_to_settle(const struct stay *stay)
{
	return stay->subgroups.count || stay->request->persist;
}

/*
 * Undo
 */

static void complain(const struct cg_error *err)
{
	cg_options_report(cgns_unshare_program.name, err, false);
}

static void unpin(struct stay *stay)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	const char *name = stay->request->persist;

	if (stay->pinned && umount2(name, UMOUNT_NOFOLLOW | MNT_DETACH) < 0) {
		cg_error_set(&err, errno, "cannot unmount %s", name);
		complain(&err);
	}
	if (stay->file_made && unlink(name) < 0) {
		cg_error_set(&err, errno, "cannot remove %s", name);
		complain(&err);
	}
	stay->pinned = stay->file_made = false;
}

bool stay_has_to_undo(const struct stay *stay)
{
	return stay->created.count || stay->request->persist;
}

void stay_undo(struct stay *stay, pid_t pid)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;

	unpin(stay);
	if (pid && cg_cgroups_join(&stay->origin, &stay->origin, pid, CG_ATTEMPT_JOIN, &err) < 0 &&
	    err.errnum != ESRCH)
		complain(&err);
	if (stay->created.count && cg_created_remove(&stay->created, false, &err) < 0)
		complain(&err);
}

void stay_remove(struct stay *stay)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;

	for (size_t i = stay->created.count; i-- > 0;)
		say(stay->request, "removing %s", stay->created.items[i].dir);
	if (cg_created_remove(&stay->created, true, &err) < 0)
		complain(&err);
}
