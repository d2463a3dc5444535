/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which mounts a process can reach by name.
 *
 * A mount is reached through its parent. It is out of reach where another mount lies on it, or
 * on the way to it: another child of the same parent on a directory above, or the same of a
 * mount that it hangs below. A process may have mounts without number: each is looked at once.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "mountinfo/mountinfo.h"
#include "procfs.h"

/* A line of mountinfo. */
struct place {
	int id;
	int parent;
	const char *point; /* in the text, as it is there */
	size_t len;
	bool topped; /* another mount lies on it */
	bool buried; /* another mount lies on the way to it */
	bool known;  /* whether it is buried was found out, or is being found out */
};

struct places {
	struct place *items; /* by id */
	struct place **siblings;
	size_t count;
};

static void places_free(struct places *places)
{
	free(places->items);
	free(places->siblings);
}

static int by_id(const void *a, const void *b)
{
	const struct place *one = a, *other = b;

	return (one->id > other->id) - (one->id < other->id);
}

/* By parent, and of one parent each directory before those below it, and these next to it. */
static int by_point(const void *a, const void *b)
{
	const struct place *one = *(struct place *const *)a, *other = *(struct place *const *)b;
	size_t same = 0;
	unsigned char x, y;

	if (one->parent != other->parent)
		return (one->parent > other->parent) - (one->parent < other->parent);
	while (same < one->len && same < other->len && one->point[same] == other->point[same])
		same++;
	if (same == one->len || same == other->len)
		return (one->len > other->len) - (one->len < other->len);
	x = (unsigned char)one->point[same];
	y = (unsigned char)other->point[same];
	return x == '/' ? -1 : y == '/' ? 1 : (x > y) - (x < y);
}

/* "36 35 98:0 /root /point rw,noatime ...": what a line says of its place. */
static void read_place(const char *line, struct place *place)
{
	char *at;

	place->id = (int)strtol(line, &at, 10);
	place->parent = (int)strtol(at, &at, 10);
	for (int field = 0; *at == ' ' && field < 3; field++) {
		place->point = at + 1;
		at += 1 + strcspn(at + 1, " \n");
	}
	place->len = place->point ? strcspn(place->point, " \n") : 0;
}

static int read_places(const char *text, struct places *places)
{
	size_t lines = 1;

	for (const char *at = text; (at = strchr(at, '\n')); at++)
		lines++;
	places->items = calloc(lines, sizeof(*places->items));
	places->siblings = calloc(lines, sizeof(*places->siblings));
	if (!places->items || !places->siblings)
		return -ENOMEM;
	for (const char *line = text; *line; line += *line == '\n') {
		read_place(line, &places->items[places->count++]);
		line += strcspn(line, "\n");
	}
	qsort(places->items, places->count, sizeof(*places->items), by_id);
	for (size_t i = 0; i < places->count; i++)
		places->siblings[i] = &places->items[i];
	qsort(places->siblings, places->count, sizeof(*places->siblings), by_point);
	return 0;
}

static struct place *find_place(const struct places *places, int id)
{
	struct place key = { .id = id };

	return bsearch(&key, places->items, places->count, sizeof(key), by_id);
}

static bool is_root(const struct place *place)
{
	return place->len == 1;
}

static bool is_same_point(const struct place *one, const struct place *other)
{
	return one->len == other->len && memcmp(one->point, other->point, one->len) == 0;
}

static bool is_above(const struct place *upper, const struct place *lower)
{
	return upper->len < lower->len && lower->point[upper->len] == '/' &&
	       memcmp(upper->point, lower->point, upper->len) == 0;
}

/*
 * What each mount does to its parent and to the other children of that. A process whose root has
 * a mount on it does not see that mount: names begin beneath it.
 * @root: the mount that the root is in, or 0: then a mount on a directory that the process is
 *        chrooted to passes for its root
 */
static void mark_covers(const struct places *places, uint64_t root)
{
	const struct place *upper = NULL;

	for (size_t i = 0; i < places->count; i++) {
		struct place *place = places->siblings[i];
		struct place *parent = find_place(places, place->parent);

		if (upper && upper->parent == place->parent && is_above(upper, place))
			place->buried = true;
		else
			upper = place;
		if (is_root(place) && root)
			place->buried |= (uint64_t)place->id != root;
		else if (!parent || parent == place || !is_same_point(parent, place))
			continue;
		else if (is_root(place))
			place->buried = true;
		else
			parent->topped = true;
	}
}

/* Whether anything that the mount hangs below, or it itself, is buried. */
static bool is_buried(const struct places *places, struct place *place)
{
	struct place *top = place, *parent;

	while (!top->known && !top->buried && (parent = find_place(places, top->parent))) {
		top->known = true;
		top = parent;
	}
	for (struct place *at = place; at != top; at = find_place(places, at->parent))
		at->buried = top->buried;
	top->known = true;
	return place->buried;
}

int cg_mounts_drop_covered(const char *text, uint64_t root, struct cg_mounts *mounts)
{
	cleanup_with(places_free) struct places places = { 0 };
	size_t kept = 0;
	int rc = read_places(text, &places);

	if (rc < 0)
		return rc;
	mark_covers(&places, root);
	for (size_t i = 0; i < mounts->count; i++) {
		struct place *place = find_place(&places, mounts->items[i].id);

		if (place->topped || is_buried(&places, place))
			cg_mount_free(&mounts->items[i]);
		else
			mounts->items[kept++] = mounts->items[i];
	}
	mounts->count = kept;
	return 0;
}

/* The mount that the process's root is in, if that is still what it was before; 0: not known. */
static uint64_t find_root(int procdir, const struct cg_viewpoint *before)
{
	struct cg_viewpoint now;

	if (!before->mount || cg_viewpoint_read(procdir, ".", &now) < 0)
		return 0;
	return cg_viewpoint_is_same(before, &now) ? now.mount : 0;
}

int cg_mounts_read_visible(int procdir, const struct cg_viewpoint *before, struct cg_mounts *mounts)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int rc = cg_procfs_read(procdir, "mountinfo", &text);

	if (rc == 0)
		rc = cg_mounts_parse(text.data, mounts);
	if (rc == 0 && mounts->count)
		rc = cg_mounts_drop_covered(text.data, find_root(procdir, before), mounts);
	return rc;
}
