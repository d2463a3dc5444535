/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Names above the caller's own root, as mounts show them that are older than its namespace. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "child.h"
#include "nsroot/nsroot.h"
#include "number.h"
#include "path.h"
#include "procfs.h"

/* Whether any mount of the hierarchy is rooted above the caller's own root. */
static bool has_mount_above(const struct cg_mounts *mounts, const char *controllers)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (cg_mount_shows(&mounts->items[i], controllers) &&
		    cg_mount_is_above(&mounts->items[i]))
			return true;
	return false;
}

/* Makes room for what is to be found. */
static int prepare(struct cg_mounts *mounts, const struct cg_hierarchies *hierarchies)
{
	mounts->ancestors = calloc(hierarchies->count + 1, sizeof(*mounts->ancestors));
	if (!mounts->ancestors)
		return -ENOMEM;
	for (size_t i = 0; i < hierarchies->count; i++) {
		struct cg_ancestors *ancestors = &mounts->ancestors[mounts->ancestor_count];

		if (!has_mount_above(mounts, hierarchies->items[i].controllers))
			continue;
		ancestors->controllers = strdup(hierarchies->items[i].controllers);
		if (!ancestors->controllers)
			return -ENOMEM;
		ancestors->errnum = ENXIO;
		mounts->ancestor_count++;
	}
	return 0;
}

/* The child: tells the id of its own root in each of the hierarchies. */
static CG_NORETURN void tell_root_ids(const struct cg_prober *prober,
				      const struct cg_mounts *mounts)
{
	struct cg_scratch scratch = { 0 };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < mounts->ancestor_count; i++) {
		uint64_t id = 0;
		char text[32];
		int found = cg_inside_own_root_id(prober, &scratch,
						  mounts->ancestors[i].controllers, &id);

		snprintf(text, sizeof(text), "%ju", (uintmax_t)id);
		rc = cg_prober_say(prober, CG_BY_ITSELF, -found, 0, text, NULL);
	}
	_exit(rc < 0);
}

/* The longest way down to the caller's own root, which has that id, that any mount shows. */
static int find_names(const struct cg_mounts *mounts, uint64_t id, struct cg_ancestors *ancestors)
{
	for (size_t i = 0; i < mounts->count; i++) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_free char *path = NULL;
		int rc;

		if (!cg_mount_shows(&mounts->items[i], ancestors->controllers) ||
		    !cg_mount_is_above(&mounts->items[i]))
			continue;
		rc = cg_mount_find_id(&mounts->items[i], id, &path, &directory);
		if (cg_errno_is_shortage(-rc))
			return rc;
		if (rc < 0 ||
		    (ancestors->names && strlen(cg_path_names(path)) <= strlen(ancestors->names)))
			continue;
		free(ancestors->names);
		ancestors->names = strdup(cg_path_names(path));
		if (!ancestors->names)
			return -ENOMEM;
	}
	return ancestors->names ? 0 : -ENXIO;
}

/* Takes one answer, and finds the names by it. Returns what broke the talk, or 0. */
static int conclude(int channel, const struct cg_mounts *mounts, struct cg_ancestors *ancestors)
{
	struct cg_received received;
	int rc = cg_channel_receive(channel, &received);
	uint64_t id;

	if (rc == 0)
		ancestors->errnum = received.packet.errnum;
	if (rc == 0 && ancestors->errnum == 0)
		ancestors->errnum = -(cg_number_parse(received.packet.text[0], UINT64_MAX, &id)
					      ?: find_names(mounts, id, ancestors));
	return rc;
}

/* Asks a child, which mounts where nobody else sees it. */
static int ask(const struct cg_mounts *mounts)
{
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	int rc = cg_prober_fork(&child, -1);

	if (rc == 0)
		tell_root_ids(&child, mounts);
	if (rc == -EAGAIN) { /* there may be no further process: what needs no names is found */
		for (size_t i = 0; i < mounts->ancestor_count; i++)
			mounts->ancestors[i].errnum = EAGAIN;
		return 0;
	}
	for (size_t i = 0; rc > 0 && i < mounts->ancestor_count; i++) {
		int broken = conclude(child.channel, mounts, &mounts->ancestors[i]);

		rc = broken < 0 ? broken : rc;
	}
	return rc < 0 ? rc : 0;
}

int cg_nsroot_read_mounts(int procfd, const struct cg_hierarchies *hierarchies,
			  struct cg_mounts *mounts, struct cg_error *err)
{
	struct cg_own_namespace own;
	int rc = cg_mounts_read_own(procfd, mounts);

	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/self/mountinfo");
	rc = prepare(mounts, hierarchies);
	/* nothing is above the initial root, and there nothing is mounted */
	if (rc == 0 && mounts->ancestor_count > 0 && cg_procfs_own_namespace(procfd, &own) == 0 &&
	    !own.initial)
		rc = ask(mounts);
	if (rc == 0)
		return 0;
	cg_mounts_free(mounts);
	return cg_error_set(err, -rc, "cannot find the names above the caller's root");
}
