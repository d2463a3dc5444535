/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "path.h"

#include <errno.h>
#include <string.h>

static const char UP[] = "/..";
#define UP_LEN (sizeof(UP) - 1)

/* A path in normal form, taken apart: "/../../a/b" climbs 2, and has the names "/a/b". */
struct parts {
	size_t climb;
	const char *names; /* "" or "/a/b" */
};

static bool is_up(const char *name, size_t len)
{
	return len == 2 && name[0] == '.' && name[1] == '.';
}

/*
 * Writes the normal form of an absolute path of len bytes to out, which has
 * room for len + 1 and may be path itself: the result is never longer, for
 * every component brings its slash. Returns its length.
 */
static size_t normalize_to(const char *path, size_t len, char *out)
{
	char *end = out, *names = out; /* names: where the leading ".." end */
	const char *limit = path + len;

	while (path < limit) {
		const char *name = path + 1;
		const char *slash = memchr(name, '/', (size_t)(limit - name));
		size_t name_len = (size_t)((slash ? slash : limit) - name);
		bool up = is_up(name, name_len);

		path = name + name_len;
		if (name_len == 0 || (name_len == 1 && name[0] == '.'))
			continue;
		if (up && end != names) {
			end = memrchr(names, '/', (size_t)(end - names));
			continue;
		}
		*end++ = '/';
		memmove(end, name, name_len);
		end += name_len;
		if (up)
			names = end;
	}
	if (end == out)
		*end++ = '/';
	*end = '\0';
	return (size_t)(end - out);
}

static struct parts take_apart(const char *normal)
{
	struct parts parts = { .climb = cg_path_climb(normal) };

	parts.names = normal + parts.climb * UP_LEN;
	if (strcmp(parts.names, "/") == 0)
		parts.names++;
	return parts;
}

static size_t count_names(const char *names)
{
	size_t count = 0;

	while ((names = strchr(names, '/'))) {
		names++;
		count++;
	}
	return count;
}

static char *put_climb(char *end, size_t climb)
{
	while (climb--)
		end = mempcpy(end, UP, UP_LEN);
	return end;
}

/* Writes climb and names, or "/", to out, which has room for them. Returns the length. */
static size_t put_parts(char *out, size_t climb, const char *names, size_t names_len)
{
	char *end = put_climb(out, climb);

	end = mempcpy(end, names, names_len);
	if (end == out)
		*end++ = '/';
	return (size_t)(end - out);
}

/* The same as a new string; NULL if memory is short. */
static char *put_together(size_t climb, const char *names, size_t names_len)
{
	char *path = malloc(climb * UP_LEN + names_len + sizeof("/"));

	if (path)
		path[put_parts(path, climb, names, names_len)] = '\0';
	return path;
}

int cg_path_normalize(const char *path, char **normal)
{
	size_t len = strlen(path);
	char *out;

	if (path[0] != '/')
		return -EINVAL;
	out = calloc(1, len + 1);
	if (!out)
		return -ENOMEM;
	normalize_to(path, len, out);
	*normal = out;
	return 0;
}

int cg_path_resolve(const char *root, const char *view, char **path)
{
	size_t root_len = strlen(root), view_len = strlen(view);
	char *joined;

	if (root[0] != '/' || view[0] != '/')
		return -EINVAL;
	joined = malloc(root_len + view_len + 1);
	if (!joined)
		return -ENOMEM;
	memcpy(joined, root, root_len);
	memcpy(joined + root_len, view, view_len);
	normalize_to(joined, root_len + view_len, joined);
	*path = joined;
	return 0;
}

/*
 * How many bytes of both names are the same whole names. len is that of b,
 * which needs no NUL.
 */
static size_t common_names(const char *a, const char *b, size_t len)
{
	size_t same = 0, i;

	for (i = 0; i < len && a[i] && a[i] == b[i]; i++) {
		if (a[i] == '/')
			same = i;
	}
	if ((!a[i] || a[i] == '/') && (i == len || b[i] == '/'))
		same = i;
	return same;
}

/*
 * The way from one place of the frame to another: climb levels, then down by
 * what is left of the second's names after the first *same bytes. -EDOM: it
 * would lead down through the frame's own top, whose name is not known.
 */
static int find_way(const struct parts *from, const struct parts *to, size_t to_len, size_t *climb,
		    size_t *same)
{
	if (from->climb > to->climb)
		return -EDOM;
	*climb = to->climb - from->climb;
	*same = *climb ? 0 : common_names(from->names, to->names, to_len);
	*climb += count_names(from->names + *same);
	return 0;
}

int cg_path_relative(const char *root, const char *path, char **view)
{
	cleanup_free char *from = NULL, *to = NULL;
	struct parts from_parts, to_parts;
	size_t climb, same, len;
	int rc;

	rc = cg_path_normalize(root, &from) ?: cg_path_normalize(path, &to);
	if (rc)
		return rc;
	from_parts = take_apart(from);
	to_parts = take_apart(to);
	len = strlen(to_parts.names);
	rc = find_way(&from_parts, &to_parts, len, &climb, &same);
	if (rc)
		return rc;
	*view = put_together(climb, to_parts.names + same, len - same);
	return *view ? 0 : -ENOMEM;
}

int cg_path_relative_at(const char *anchor, const char *root, const char *path, char **view)
{
	cleanup_free char *from = NULL, *to = NULL;

	return cg_path_resolve(anchor, root, &from)
		       ?: cg_path_resolve(anchor, path, &to)
		       ?: cg_path_relative(from, to, view);
}

static bool is_suffix(const char *text, size_t len, const char *suffix, size_t suffix_len)
{
	return suffix_len <= len && memcmp(text + len - suffix_len, suffix, suffix_len) == 0;
}

int cg_path_root(const char *path, const char *view, char **root)
{
	cleanup_free char *outer = NULL, *inner = NULL;
	struct parts outer_parts, inner_parts;
	size_t outer_len, inner_len;
	int rc;

	rc = cg_path_normalize(path, &outer) ?: cg_path_normalize(view, &inner);
	if (rc)
		return rc;
	outer_parts = take_apart(outer);
	inner_parts = take_apart(inner);
	if (inner_parts.climb)
		return -EDOM;
	outer_len = strlen(outer_parts.names);
	inner_len = strlen(inner_parts.names);
	if (!is_suffix(outer_parts.names, outer_len, inner_parts.names, inner_len) &&
	    !is_suffix(inner_parts.names, inner_len, outer_parts.names, outer_len))
		return -ERANGE;
	if (inner_len > outer_len) {
		/* the root lies higher than where the way to path turns down: a climb alone */
		outer_parts.climb +=
			count_names(inner_parts.names) - count_names(outer_parts.names);
		outer_len = inner_len = 0;
	}
	*root = put_together(outer_parts.climb, outer_parts.names, outer_len - inner_len);
	return *root ? 0 : -ENOMEM;
}

int cg_path_check(const char *root, const char *path, const char *view)
{
	struct parts from = take_apart(root), to = take_apart(path), seen = take_apart(view);
	cleanup_free char *expected = NULL;
	int rc = cg_path_relative(root, path, &expected);
	bool fits;

	if (rc == -EDOM)
		fits = seen.climb == count_names(from.names) &&
		       count_names(seen.names) == from.climb - to.climb + count_names(to.names);
	else if (rc == 0)
		fits = strcmp(expected, view) == 0;
	else
		return rc;
	return fits ? 0 : -ERANGE;
}

size_t cg_path_climb(const char *view)
{
	size_t climb = 0;

	while (strncmp(view, UP, UP_LEN) == 0 && (!view[UP_LEN] || view[UP_LEN] == '/')) {
		view += UP_LEN;
		climb++;
	}
	return climb;
}

const char *cg_path_names(const char *path)
{
	return take_apart(path).names;
}

size_t cg_path_depth(const char *path)
{
	return strcmp(path, "/") == 0 ? 0 : count_names(path);
}

bool cg_path_is_outside(const char *view)
{
	return cg_path_climb(view) > 0;
}

bool cg_path_contains(const char *root, const char *path)
{
	struct parts above = take_apart(root), below = take_apart(path);

	if (!*above.names)
		return above.climb >= below.climb;
	if (above.climb != below.climb)
		return false;
	return common_names(above.names, below.names, strlen(below.names)) == strlen(above.names);
}

bool cg_path_has_dotdot(const char *path)
{
	while (*path) {
		size_t len = strcspn(path, "/");

		if (is_up(path, len))
			return true;
		path += len;
		path += *path == '/';
	}
	return false;
}

const char *cg_path_basename(const char *path)
{
	const char *slash = strrchr(take_apart(path).names, '/');

	return slash ? slash + 1 : "";
}

/*
 * A view without ".." is translated by putting text in front of it: the way
 * from to_root up and down to from_root. Only where to_root lies below
 * from_root do view and way have something to do with each other: names that
 * are the same in both are left out.
 */
struct cg_path_map {
	char *from; /* both roots in normal form */
	char *to;
	char *prefix;	   /* to_root to from_root: "/../../a", or "" */
	size_t prefix_len; /* bytes */
	const char *below; /* from_root to to_root, where that leads down only, else NULL */
	bool unknown;	   /* the way leads through the frame's top: -EDOM */
	size_t growth;
};

static int prepare(struct cg_path_map *map)
{
	struct parts to = take_apart(map->to), from = take_apart(map->from);
	char *way = NULL;
	int rc;

	map->growth = count_names(to.names) * UP_LEN + strlen(map->from);
	rc = cg_path_relative(map->to, map->from, &way);
	map->unknown = rc == -EDOM;
	if (map->unknown)
		return 0;
	if (rc)
		return rc;
	map->prefix = way;
	map->prefix_len = strcmp(way, "/") == 0 ? 0 : strlen(way);
	if (to.climb == from.climb && map->prefix_len && cg_path_contains(map->from, map->to))
		map->below = to.names + strlen(from.names);
	return 0;
}

int cg_path_map_new(const char *from_root, const char *to_root, struct cg_path_map **result)
{
	struct cg_path_map *map = calloc(1, sizeof(*map));
	int rc = -ENOMEM;

	if (map)
		rc = cg_path_normalize(from_root, &map->from);
	if (rc == 0)
		rc = cg_path_normalize(to_root, &map->to);
	if (rc == 0)
		rc = prepare(map);
	if (rc) {
		cg_path_map_free(map);
		return rc;
	}
	*result = map;
	return 0;
}

void cg_path_map_free(struct cg_path_map *map)
{
	if (!map)
		return;
	free(map->from);
	free(map->to);
	free(map->prefix);
	free(map);
}

size_t cg_path_map_growth(const struct cg_path_map *map)
{
	return map->growth;
}

/* Whether an absolute view is in normal form and has no "..". */
static bool is_plain(const char *view, size_t len)
{
	const char *limit = view + len;

	if (len == 1)
		return true;
	while (view) {
		const char *name = view + 1;
		size_t left = (size_t)(limit - name);

		if (!left || *name == '/')
			return false;
		if (*name == '.') {
			if (left == 1 || name[1] == '/')
				return false;
			if (name[1] == '.' && (left == 2 || name[2] == '/'))
				return false;
		}
		view = memchr(name, '/', left);
	}
	return true;
}

/* A view in normal form without "..". */
static ssize_t apply_plain(const struct cg_path_map *map, const char *view, size_t len, char *out,
			   size_t size)
{
	size_t front = map->prefix_len, same = 0;

	if (map->unknown)
		return -EDOM;
	if (len == 1) /* "/" has no name */
		len = 0;
	if (map->below) {
		same = common_names(map->below, view, len);
		if (same)
			front = count_names(map->below + same) * UP_LEN;
	}
	len -= same;
	if (front + len > size || !size)
		return -ENOBUFS;
	memcpy(out, map->prefix, front);
	memcpy(out + front, view + same, len);
	if (front + len)
		return (ssize_t)(front + len);
	*out = '/';
	return 1;
}

ssize_t cg_path_map_apply(const struct cg_path_map *map, const char *view, size_t len, char *out,
			  size_t size)
{
	if (!len || view[0] != '/' || memchr(view, '\0', len))
		return -EINVAL;
	return is_plain(view, len) ? apply_plain(map, view, len, out, size) : -ERANGE;
}

int cg_path_map_view(const struct cg_path_map *map, const char *view, char **result)
{
	cleanup_free char *path = NULL;
	int rc = cg_path_resolve(map->from, view, &path);

	return rc < 0 ? rc : cg_path_relative(map->to, path, result);
}
