/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "naive_path.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct component {
	const char *name; /* NULL: an ancestor of the frame's top, which nobody knows */
	size_t len;
};

/* The names from the real top down. */
struct place {
	struct component *items;
	size_t count;
};

static void *must(void *memory)
{
	if (!memory)
		abort();
	return memory;
}

/* The frame's top, below depth unknown ancestors, with room to walk down. */
static struct place place_of_frame(size_t depth, size_t room)
{
	struct place place = { .count = depth };

	place.items = must(calloc(depth + room + 1, sizeof(*place.items)));
	return place;
}

static void walk(struct place *place, const char *path)
{
	for (;;) {
		size_t len = strcspn(path, "/");
		bool up = len == 2 && strncmp(path, "..", 2) == 0;
		bool stay = len == 0 || (len == 1 && *path == '.');

		if (up) {
			if (!place->count)
				abort();
			place->count--;
		} else if (!stay) {
			place->items[place->count].name = path;
			place->items[place->count].len = len;
			place->count++;
		}
		if (!path[len])
			return;
		path += len + 1;
	}
}

static bool same(const struct component *a, const struct component *b)
{
	if (!a->name || !b->name)
		return a->name == b->name;
	return a->len == b->len && strncmp(a->name, b->name, a->len) == 0;
}

/* What a reader at from calls the place to. */
static int view_of(const struct place *from, const struct place *to, char **view)
{
	size_t common = 0, size = 0;
	FILE *out;

	while (common < from->count && common < to->count &&
	       same(&from->items[common], &to->items[common]))
		common++;
	for (size_t i = common; i < to->count; i++) {
		if (!to->items[i].name)
			return -EDOM;
	}
	out = must(open_memstream(view, &size));
	if (common == from->count && common == to->count)
		fputc('/', out);
	for (size_t i = common; i < from->count; i++)
		fputs("/..", out);
	for (size_t i = common; i < to->count; i++) {
		fputc('/', out);
		fwrite(to->items[i].name, 1, to->items[i].len, out);
	}
	if (fclose(out))
		abort();
	return 0;
}

/* The view that the place at frame/to_root has of the place at frame/root/path. */
static int look(const char *to_root, const char *root, const char *path, char **view)
{
	size_t depth = strlen(to_root) + strlen(root) + strlen(path);
	struct place reader = place_of_frame(depth, depth), place = place_of_frame(depth, depth);
	int rc = -EINVAL;

	if (*to_root == '/' && *root == '/' && *path == '/') {
		walk(&reader, to_root);
		walk(&place, root);
		walk(&place, path);
		rc = view_of(&reader, &place, view);
	}
	free(reader.items);
	free(place.items);
	return rc;
}

int naive_normalize(const char *path, char **normal)
{
	return look("/", "/", path, normal);
}

int naive_resolve(const char *root, const char *view, char **path)
{
	return look("/", root, view, path);
}

int naive_relative(const char *root, const char *path, char **view)
{
	return look(root, "/", path, view);
}

int naive_translate(const char *from, const char *to, const char *view, char **result)
{
	return look(to, from, view, result);
}
