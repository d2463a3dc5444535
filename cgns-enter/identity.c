/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Chooses ids, groups and capabilities. */
#include "identity.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>

#include "ns.h"
#include "procfs.h"

/* The id maps of the user namespace that will be entered, as the caller reads them. */
struct maps {
	bool entered; /* false: ids are the caller's own, nothing is translated */
	struct cg_text uid, gid;
};

static void maps_free(struct maps *maps)
{
	cg_text_free(&maps->uid);
	cg_text_free(&maps->gid);
}

static int read_maps(const struct enter_plan *plan, struct maps *maps, struct cg_error *err)
{
	cleanup_fd int self = -1;
	int dir = plan->target.procdir, rc;

	maps->entered = plan->enters_user;
	if (!maps->entered)
		return 0;
	if (plan->owner >= 0)
		dir = self = open("/proc/self", O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = dir < 0 ? -errno : cg_procfs_read(dir, "uid_map", &maps->uid);
	if (rc == 0)
		rc = cg_procfs_read(dir, "gid_map", &maps->gid);
	return rc < 0 ? cg_error_set(err, -rc, "cannot read the id maps of the user namespace") : 0;
}

/* Whether the namespace has that id inside: it is in the map's first column. */
static bool has_inside(const char *text, unsigned int id)
{
	unsigned int first, from, count;
	int used = 0;

	while (sscanf(text, "%u %u %u%n", &first, &from, &count, &used) == 3) {
		if (id >= first && id - first < count)
			return true;
		text += used;
	}
	return false;
}

/*
 * In a user namespace that is entered, the default is root there, as in
 * nsenter; where that is not mapped, the caller as far as it is.
 */
static int choose_default(const char *map, const char *kind, unsigned int own, unsigned int *id,
			  struct cg_error *err)
{
	*id = 0;
	if (has_inside(map, 0) || cg_id_map_inside(map, own, id) == 0)
		return 0;
	cg_error_set(err, EINVAL, "cannot choose a %s in the user namespace", kind);
	return cg_error_hint(err,
			     "neither 0 nor the caller's %u is mapped there: "
			     "use --set%s follow or a number",
			     own, kind[0] == 'u' ? "uid" : "gid");
}

/* What the target process's id is in the namespace that the program will be in. */
static int follow(const struct maps *maps, const char *map, const char *kind, unsigned int theirs,
		  unsigned int *id, struct cg_error *err)
{
	*id = theirs;
	if (!maps->entered || cg_id_map_inside(map, theirs, id) == 0)
		return 0;
	return cg_error_set(err, EINVAL,
			    "%s %u of the target process is not mapped in its user "
			    "namespace",
			    kind, theirs);
}

/* Returns 0 with *set whether *id shall be set. */
static int choose_id(const struct enter_id *wish, const struct maps *maps,
		     const struct cg_text *map, const char *kind, unsigned int own,
		     unsigned int theirs, bool *set, unsigned int *id, struct cg_error *err)
{
	*set = true;
	switch (wish->mode) {
	case ENTER_ID_NUMBER:
		*id = wish->number;
		return 0;
	case ENTER_ID_FOLLOW:
		return follow(maps, map->data, kind, theirs, id, err);
	case ENTER_ID_DEFAULT:
		break;
	}
	*set = maps->entered;
	return maps->entered ? choose_default(map->data, kind, own, id, err) : 0;
}

/*
 * --setgid follow takes the supplementary groups, too; those that the user
 * namespace does not know cannot be had in it. A number drops them all, and so
 * does entering a user namespace where it lets groups be dropped.
 */
static int choose_groups(const struct enter_options *options, struct enter_plan *plan,
			 const struct maps *maps, struct cg_error *err)
{
	const struct cg_credentials *theirs = &plan->credentials;
	struct cg_privs *privs = &plan->privs;

	if (options->gid.mode == ENTER_ID_NUMBER)
		privs->groups_mode = CG_GROUPS_SET;
	else if (options->gid.mode == ENTER_ID_FOLLOW || maps->entered)
		privs->groups_mode = CG_GROUPS_SET_TRY;
	if (options->gid.mode != ENTER_ID_FOLLOW || !theirs->group_count)
		return 0;
	plan->groups = calloc(theirs->group_count, sizeof(*plan->groups));
	if (!plan->groups)
		return cg_error_set(err, ENOMEM, "cannot take the target's groups");
	for (size_t i = 0; i < theirs->group_count; i++) {
		gid_t gid;

		if (follow(maps, maps->gid.data, "group", theirs->groups[i], &gid, NULL) == 0)
			plan->groups[privs->group_count++] = gid;
	}
	privs->groups = plan->groups;
	return 0;
}

/* The target's capabilities count in its user namespace: outside they would be worth more. */
static int verify_caps(const struct enter_options *options, const struct enter_plan *plan,
		       struct cg_error *err)
{
	if (options->caps.mode != CG_CAPS_TARGET || plan->enters_user ||
	    cg_ns_shared(plan->target.procdir, CLONE_NEWUSER))
		return 0;
	cg_error_set(err, 0, "--caps target: '%s' has its capabilities in another user namespace",
		     options->target);
	return cg_error_hint(err, "enter that as well, with -U");
}

int enter_choose_identity(const struct enter_options *options, struct enter_plan *plan,
			  struct cg_error *err)
{
	cleanup_with(maps_free) struct maps maps = { 0 };
	const struct cg_credentials *theirs = &plan->credentials;
	struct cg_privs *privs = &plan->privs;
	int rc = read_maps(plan, &maps, err);

	if (rc == 0 &&
	    (options->uid.mode == ENTER_ID_FOLLOW || options->gid.mode == ENTER_ID_FOLLOW ||
	     options->caps.mode == CG_CAPS_TARGET))
		rc = cg_credentials_read(plan->target.procdir, &plan->credentials, err);
	if (rc == 0)
		rc = choose_id(&options->uid, &maps, &maps.uid, "user", geteuid(), theirs->uid,
			       &privs->set_uid, &privs->uid, err);
	if (rc == 0)
		rc = choose_id(&options->gid, &maps, &maps.gid, "group", getegid(), theirs->gid,
			       &privs->set_gid, &privs->gid, err);
	if (rc == 0)
		rc = choose_groups(options, plan, &maps, err);
	if (rc == 0)
		rc = verify_caps(options, plan, err);
	privs->caps = options->caps;
	privs->target = theirs;
	privs->no_new_privs = options->no_new_privs;
	return rc;
}
