/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The algebra of views against a naive implementation. Three lines: two roots, and a view. */
#include "fuzz.h"

#include <errno.h>

#include "path.h"
#include "tests/unit/naive_path.h"

typedef int (*two_paths)(const char *, const char *, char **);

static void check_same(two_paths f, two_paths naive, const char *a, const char *b)
{
	cleanup_free char *got = NULL, *want = NULL;
	int rc = f(a, b, &got);

	fuzz_assert(rc == naive(a, b, &want));
	if (!rc)
		fuzz_assert(strcmp(got, want) == 0);
}

static void check_normal(const char *path)
{
	cleanup_free char *got = NULL, *want = NULL, *again = NULL;
	int rc = cg_path_normalize(path, &got);

	fuzz_assert(rc == naive_normalize(path, &want));
	if (rc)
		return;
	fuzz_assert(strcmp(got, want) == 0);
	fuzz_assert(cg_path_normalize(got, &again) == 0);
	fuzz_assert(strcmp(got, again) == 0);
	fuzz_assert(cg_path_has_dotdot(got) == cg_path_is_outside(got));
	fuzz_assert(!strchr(cg_path_basename(got), '/'));
}

/* Names and ".." of a path in normal form. */
static size_t count_components(const char *path)
{
	size_t count = 0;

	if (strcmp(path, "/") == 0)
		return 0;
	for (; *path; path++)
		count += *path == '/';
	return count;
}

/*
 * A root that is found from one cgroup seen twice must explain what was seen:
 * the view leads from it to the path. Where it lies above the frame's own
 * root, the view begins with the names of the frame's own ancestors, which are
 * not known: then it is as many levels up as the view has names more.
 */
static void check_root(const char *path, const char *view)
{
	cleanup_free char *root = NULL, *back = NULL, *outer = NULL, *inner = NULL;
	size_t outer_names, inner_names;

	if (cg_path_root(path, view, &root) != 0)
		return;
	fuzz_assert(cg_path_normalize(path, &outer) == 0 && cg_path_normalize(view, &inner) == 0);
	fuzz_assert(cg_path_contains(root, outer));
	outer_names = count_components(outer) - cg_path_climb(outer);
	inner_names = count_components(inner);
	if (inner_names > outer_names) {
		fuzz_assert(!*cg_path_basename(root));
		fuzz_assert(cg_path_climb(root) ==
			    cg_path_climb(outer) + inner_names - outer_names);
		return;
	}
	fuzz_assert(cg_path_resolve(root, view, &back) == 0);
	fuzz_assert(strcmp(back, outer) == 0);
}

/* Being contained is being seen without "..". */
static void check_contains(const char *root, const char *path)
{
	cleanup_free char *r = NULL, *p = NULL, *view = NULL;
	int rc;

	if (cg_path_normalize(root, &r) != 0 || cg_path_normalize(path, &p) != 0)
		return;
	rc = cg_path_relative(r, p, &view);
	if (!rc)
		fuzz_assert(cg_path_contains(r, p) == !cg_path_is_outside(view));
}

static void check_map(const char *from, const char *to, const char *view)
{
	cleanup_free char *want = NULL, *out = NULL, *given = NULL;
	struct cg_path_map *map = NULL;
	size_t len = strlen(view), room;
	ssize_t got;
	int rc;

	if (cg_path_map_new(from, to, &map) != 0) {
		fuzz_assert(*from != '/' || *to != '/');
		return;
	}
	room = len + cg_path_map_growth(map);
	out = malloc(room);
	fuzz_assert(out);
	got = cg_path_map_apply(map, view, len, out, room);
	rc = naive_translate(from, to, view, &want);
	fuzz_assert(cg_path_map_view(map, view, &given) == rc);
	fuzz_assert(rc || strcmp(given, want) == 0);
	if (rc) {
		fuzz_assert(got == rc || got == -ERANGE);
	} else if (got == -ERANGE) {
		fuzz_assert(strstr(view, "/.") || strstr(view, "//") || view[len - 1] == '/');
	} else {
		fuzz_assert(got == (ssize_t)strlen(want) && memcmp(out, want, strlen(want)) == 0);
		fuzz_assert(cg_path_map_apply(map, view, len, out, (size_t)got - 1) == -ENOBUFS);
	}
	cg_path_map_free(map);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	char *rest = text;
	const char *a = strsep(&rest, "\n"), *b = rest ? strsep(&rest, "\n") : "/";
	const char *view = rest ? rest : "/";

	check_normal(view);
	check_same(cg_path_resolve, naive_resolve, a, view);
	check_same(cg_path_relative, naive_relative, a, b);
	check_root(a, view);
	check_contains(a, b);
	check_map(a, b, view);
	return 0;
}
