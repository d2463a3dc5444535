/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "mountinfo/mountinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include "path.h"
#include "procfs.h"
#include "syscalls.h"

#define MOUNTS_AT_ONCE 16

/* ---- parsing ---- */

void cg_mount_unescape(char *text)
{
	char *to = text;

	for (const char *from = text; *from; to++) {
		if (from[0] == '\\' && from[1] >= '0' && from[1] <= '3' && from[2] >= '0' &&
		    from[2] <= '7' && from[3] >= '0' && from[3] <= '7') {
			*to = (char)((from[1] - '0') * 64 + (from[2] - '0') * 8 + (from[3] - '0'));
			from += 4;
		} else {
			*to = *from++;
		}
	}
	*to = '\0';
}

/* Cuts the next field off *rest. Returns NULL at the end. */
static char *next_field(char **rest)
{
	char *field = strsep(rest, " ");

	return field && *field ? field : NULL;
}

void cg_mount_free(struct cg_mount *mount)
{
	free(mount->root);
	free(mount->point);
	free(mount->options);
	free(mount->super_options);
}

static char *copy_decoded(const char *field)
{
	char *copy = strdup(field);

	if (copy)
		cg_mount_unescape(copy);
	return copy;
}

/*
 * "36 35 98:0 /root /point rw,noatime shared:1 - type source rw,super", where
 * head ends and tail begins at the lone dash.
 */
static int parse_mount(char *head, char *tail, struct cg_mount *mount)
{
	unsigned int dev_major, dev_minor;
	char *parent, *device, *root, *point, *options, *type, *source, *super;
	char *id = next_field(&head);

	parent = next_field(&head);
	device = next_field(&head);
	root = next_field(&head);
	point = next_field(&head);
	options = next_field(&head);
	type = next_field(&tail);
	source = strsep(&tail, " "); /* may be empty */
	super = next_field(&tail);
	if (!id || !parent || !device || !root || !point || !options || !type || !source || !super)
		return -EBADMSG;
	if (sscanf(device, "%u:%u", &dev_major, &dev_minor) != 2 || root[0] != '/')
		return -EBADMSG;
	if (sscanf(id, "%d", &mount->id) != 1)
		return -EBADMSG;
	mount->device = makedev(dev_major, dev_minor);
	mount->unified = strcmp(type, "cgroup2") == 0;
	mount->read_only = cg_has_word(options, ",", "ro");
	mount->root = copy_decoded(root);
	mount->point = copy_decoded(point);
	mount->options = copy_decoded(options);
	mount->super_options = strdup(super); /* a comma in a value is \054: split first */
	if (!mount->root || !mount->point || !mount->options || !mount->super_options) {
		cg_mount_free(mount);
		return -ENOMEM;
	}
	return 0;
}

static int mounts_add(struct cg_mounts *mounts, const struct cg_mount *mount)
{
	if (mounts->count % MOUNTS_AT_ONCE == 0) {
		struct cg_mount *items =
			reallocarray(mounts->items, mounts->count + MOUNTS_AT_ONCE, sizeof(*items));

		if (!items)
			return -ENOMEM;
		mounts->items = items;
	}
	mounts->items[mounts->count++] = *mount;
	return 0;
}

/* Where the tail of a cgroup line begins, at the first " - "; NULL for other lines. */
static const char *cgroup_tail(const char *line, size_t len)
{
	static const char dash[] = " - ", type[] = "cgroup";
	const char *tail = memmem(line, len, dash, strlen(dash));
	const char *at;

	if (!tail)
		return NULL;
	at = tail + strlen(dash);
	if (!cg_starts_with(at, type))
		return NULL;
	at += strlen(type);
	return at[at[0] == '2'] == ' ' ? tail : NULL;
}

static int add_line(const char *line, size_t len, const char *dash, struct cg_mounts *mounts)
{
	cleanup_free char *copy = strndup(line, len);
	struct cg_mount mount = { 0 };
	int rc;

	if (!copy)
		return -ENOMEM;
	copy[dash - line] = '\0';
	rc = parse_mount(copy, copy + (dash - line) + strlen(" - "), &mount);
	if (rc < 0)
		return rc;
	rc = mounts_add(mounts, &mount);
	if (rc < 0)
		cg_mount_free(&mount);
	return rc;
}

int cg_mounts_parse(const char *text, struct cg_mounts *mounts)
{
	*mounts = (struct cg_mounts){ 0 };
	while (*text) {
		size_t len = strcspn(text, "\n");
		const char *dash = cgroup_tail(text, len);
		int rc = dash ? add_line(text, len, dash, mounts) : 0;

		if (rc < 0) {
			cg_mounts_free(mounts);
			return rc;
		}
		text += len + (text[len] == '\n');
	}
	return 0;
}

static int read_file(int dirfd, const char *name, struct cg_mounts *mounts)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int rc = cg_procfs_read(dirfd, name, &text);

	return rc < 0 ? rc : cg_mounts_parse(text.data, mounts);
}

int cg_mounts_read(int procdir, struct cg_mounts *mounts)
{
	return read_file(procdir, "mountinfo", mounts);
}

int cg_mounts_read_own(int procfd, struct cg_mounts *mounts)
{
	return read_file(procfd, procfd == AT_FDCWD ? "/proc/self/mountinfo" : "self/mountinfo",
			 mounts);
}

void cg_mounts_free(struct cg_mounts *mounts)
{
	for (size_t i = 0; i < mounts->count; i++)
		cg_mount_free(&mounts->items[i]);
	free(mounts->items);
	for (size_t i = 0; i < mounts->ancestor_count; i++) {
		free(mounts->ancestors[i].controllers);
		free(mounts->ancestors[i].names);
	}
	free(mounts->ancestors);
	*mounts = (struct cg_mounts){ 0 };
}

/* ---- whose mounts ---- */

int cg_viewpoint_read(int dirfd, const char *folder, struct cg_viewpoint *viewpoint)
{
	/* DONT_SYNC: a dead file server under somebody's root must not hold up the caller */
	const int flags = AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC;
	char link[64];
	struct statx root;
	int rc;

	rc = cg_procfs_read_link(dirfd, cg_proc_name("%s/ns/mnt", folder).text, link, sizeof(link));
	if (rc < 0)
		return rc;
	if (sscanf(link, "mnt:[%" SCNu64 "]", &viewpoint->ns) != 1)
		return -EBADMSG;
	if (statx(dirfd, cg_proc_name("%s/root", folder).text, flags, STATX_INO | STATX_MNT_ID,
		  &root) < 0)
		return -errno;
	viewpoint->dev = makedev(root.stx_dev_major, root.stx_dev_minor);
	viewpoint->ino = root.stx_ino;
	viewpoint->mount = root.stx_mask & STATX_MNT_ID ? root.stx_mnt_id : 0;
	return 0;
}

bool cg_viewpoint_is_same(const struct cg_viewpoint *one, const struct cg_viewpoint *other)
{
	return one->ns == other->ns && one->dev == other->dev && one->ino == other->ino &&
	       one->mount == other->mount;
}

/* ---- which hierarchy ---- */

bool cg_mount_shows(const struct cg_mount *mount, const char *controllers)
{
	if (*controllers == '\0')
		return mount->unified;
	return !mount->unified && cg_has_word(mount->super_options, ",", controllers);
}

bool cg_mount_is_above(const struct cg_mount *mount)
{
	return cg_path_is_outside(mount->root) && *cg_path_names(mount->root) == '\0';
}

const struct cg_mount *cg_mounts_find(const struct cg_mounts *mounts, const char *controllers)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (cg_mount_shows(&mounts->items[i], controllers))
			return &mounts->items[i];
	return NULL;
}

size_t cg_mounts_common_directory(const struct cg_mounts *mounts, const char *path)
{
	const char *first = "";
	size_t found = 0;

	for (size_t i = 0; i < mounts->count; i++) {
		const char *point = mounts->items[i].point;
		const char *slash = strrchr(point, '/');
		size_t len = slash ? (size_t)(slash - point) : 0;

		if (len == 0 || strncmp(path, point, len) != 0 || (path[len] && path[len] != '/'))
			continue;
		if (len == found && strcmp(point, first) != 0)
			return len;
		first = point;
		found = len;
	}
	return 0;
}

const struct cg_mount *cg_mounts_by_id(const struct cg_mounts *mounts, int id)
{
	for (size_t i = 0; i < mounts->count; i++)
		if (mounts->items[i].id == id)
			return &mounts->items[i];
	return NULL;
}

const struct cg_ancestors *cg_mounts_ancestors(const struct cg_mounts *mounts,
					       const char *controllers)
{
	const struct cg_ancestors *found = NULL;

	for (const struct cg_mounts *at = mounts; at; at = at->own)
		for (size_t i = 0; i < at->ancestor_count; i++)
			if (strcmp(at->ancestors[i].controllers, controllers) == 0 &&
			    (!found || !found->names))
				found = &at->ancestors[i];
	return found;
}
