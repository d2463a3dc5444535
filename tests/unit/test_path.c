/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "naive_path.h"
#include "path.h"

typedef int (*two_paths)(const char *, const char *, char **);

/* Fails unless f(a, b) is want: a path, or NULL with the error value. */
static void assert_gives(two_paths f, const char *a, const char *b, const char *want, int error)
{
	cleanup_free char *got = NULL;
	int rc = f(a, b, &got);

	if (rc != (want ? 0 : error) || (want && strcmp(got, want) != 0))
		fail_msg("of '%s' and '%s': %d '%s', not '%s'", a, b, rc, got, want);
}

/* Fails unless both implementations say the same of a and b. */
static void assert_same(two_paths f, two_paths naive, const char *a, const char *b)
{
	cleanup_free char *want = NULL;
	int error = naive(a, b, &want);

	assert_gives(f, a, b, want, error);
}

static void normal_form(void **state)
{
	static const char *const pairs[][2] = {
		{ "/", "/" },
		{ "//", "/" },
		{ "/.", "/" },
		{ "/./", "/" },
		{ "/a", "/a" },
		{ "/a/", "/a" },
		{ "//a///b//", "/a/b" },
		{ "/a/./b/.", "/a/b" },
		{ "/a/..", "/" },
		{ "/a/../..", "/.." },
		{ "/..", "/.." },
		{ "/../", "/.." },
		{ "/../..", "/../.." },
		{ "/../x/../..", "/../.." },
		{ "/../x/y/../z", "/../x/z" },
		{ "/a/b/../../c", "/c" },
		{ "/.../..x/.x/x..", "/.../..x/.x/x.." },
		{ "/.../..", "/" },
		{ "/a b/c\\d:e\t\xff", "/a b/c\\d:e\t\xff" },
		{ "/x (deleted)", "/x (deleted)" },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		cleanup_free char *got = NULL;

		assert_int_equal(cg_path_normalize(pairs[i][0], &got), 0);
		assert_string_equal(got, pairs[i][1]);
	}
}

static void what_is_not_absolute_is_refused(void **state)
{
	static const char *const wrong[] = { "", "a", "..", "../x", "." };
	struct cg_path_map *map = NULL;
	char *out = NULL, buffer[8];

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(wrong); i++) {
		assert_int_equal(cg_path_normalize(wrong[i], &out), -EINVAL);
		assert_int_equal(cg_path_resolve(wrong[i], "/", &out), -EINVAL);
		assert_int_equal(cg_path_resolve("/", wrong[i], &out), -EINVAL);
		assert_int_equal(cg_path_relative(wrong[i], "/", &out), -EINVAL);
		assert_int_equal(cg_path_relative("/", wrong[i], &out), -EINVAL);
		assert_int_equal(cg_path_root(wrong[i], "/", &out), -EINVAL);
		assert_int_equal(cg_path_root("/", wrong[i], &out), -EINVAL);
		assert_int_equal(cg_path_map_new(wrong[i], "/", &map), -EINVAL);
		assert_int_equal(cg_path_map_new("/", wrong[i], &map), -EINVAL);
	}
	assert_null(out);
	assert_null(map);
	assert_int_equal(cg_path_map_new("/", "/", &map), 0);
	assert_int_equal(cg_path_map_apply(map, "", 0, buffer, sizeof(buffer)), -EINVAL);
	assert_int_equal(cg_path_map_apply(map, "a", 1, buffer, sizeof(buffer)), -EINVAL);
	assert_int_equal(cg_path_map_apply(map, "/a\0b", 4, buffer, sizeof(buffer)), -EINVAL);
	cg_path_map_free(map);
	cg_path_map_free(NULL);
}

struct example {
	const char *root, *path, *view;
};

/* What the kernel prints; and the other way. */
static const struct example views[] = {
	{ "/", "/", "/" },
	{ "/", "/a/b", "/a/b" },
	{ "/a", "/a", "/" },
	{ "/a", "/a/b", "/b" },
	{ "/a", "/", "/.." },
	{ "/a", "/ab", "/../ab" },
	{ "/ab", "/a", "/../a" },
	{ "/a/b", "/", "/../.." },
	{ "/a/b", "/a", "/.." },
	{ "/a/b", "/a/x", "/../x" },
	{ "/a/b", "/x/b", "/../../x/b" },
	{ "/a/b/c", "/a/x/c/d", "/../../x/c/d" },
	{ "/..x", "/...", "/../..." },
	/* in the frame of a namespace that contains neither */
	{ "/..", "/..", "/" },
	{ "/..", "/../a", "/a" },
	{ "/../a", "/..", "/.." },
	{ "/../a", "/../a/b", "/b" },
	{ "/../a", "/../b", "/../b" },
	{ "/../a", "/../../b", "/../../b" },
	{ "/../..", "/../../b", "/b" },
	{ "/a", "/../b", "/../../b" },
	{ "/", "/..", "/.." },
};

static void relative_and_resolve_of_known_views(void **state)
{
	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(views); i++) {
		const struct example *e = &views[i];

		assert_gives(cg_path_relative, e->root, e->path, e->view, 0);
		assert_gives(cg_path_resolve, e->root, e->view, e->path, 0);
	}
}

static void a_name_above_the_frame_is_not_guessed(void **state)
{
	(void)state;
	assert_gives(cg_path_relative, "/..", "/", NULL, -EDOM);
	assert_gives(cg_path_relative, "/..", "/b", NULL, -EDOM);
	assert_gives(cg_path_relative, "/../a", "/b", NULL, -EDOM);
	assert_gives(cg_path_relative, "/../../a", "/../b", NULL, -EDOM);
}

static void climbing_and_descending_again_is_no_way_round(void **state)
{
	(void)state;
	assert_gives(cg_path_resolve, "/me", "/../me/foo", "/me/foo", 0);
	assert_gives(cg_path_resolve, "/a/me", "/../../a/me", "/a/me", 0);
	assert_gives(cg_path_resolve, "/a/me", "/../../../../x", "/../../x", 0);
}

static void root_of_a_cgroup_seen_twice(void **state)
{
	(void)state;
	assert_gives(cg_path_root, "/a/b", "/b", "/a", 0);
	assert_gives(cg_path_root, "/a/b", "/", "/a/b", 0);
	assert_gives(cg_path_root, "/a/b", "/a/b", "/", 0);
	assert_gives(cg_path_root, "/a/b/", "//b/.", "/a", 0);
	assert_gives(cg_path_root, "/", "/", "/", 0);
	assert_gives(cg_path_root, "/..", "/", "/..", 0);
	assert_gives(cg_path_root, "/../x", "/", "/../x", 0);
	assert_gives(cg_path_root, "/../x/y", "/y", "/../x", 0);
	assert_gives(cg_path_root, "/../x", "/x", "/..", 0);
	assert_gives(cg_path_root, "/a/b", "/..", NULL, -EDOM);
	assert_gives(cg_path_root, "/a/b", "/../b", NULL, -EDOM);
	assert_gives(cg_path_root, "/a/b", "/c", NULL, -ERANGE);
	assert_gives(cg_path_root, "/a/xb", "/b", NULL, -ERANGE);
	assert_gives(cg_path_root, "/a/b", "/a/c", NULL, -ERANGE);
	assert_gives(cg_path_root, "/a/b", "/x/aa/b", NULL, -ERANGE);
	assert_gives(cg_path_root, "/..", "/..", NULL, -EDOM);
	assert_gives(cg_path_root, "/../x", "/y/z", NULL, -ERANGE);
	/* the root is above the frame's own */
	assert_gives(cg_path_root, "/a/b", "/x/a/b", "/..", 0);
	assert_gives(cg_path_root, "/", "/x/y", "/../..", 0);
	assert_gives(cg_path_root, "/../x", "/y/x", "/../..", 0);
	assert_gives(cg_path_root, "/../..", "/y/x", "/../../../..", 0);
}

static void questions_about_one_path(void **state)
{
	(void)state;
	assert_int_equal(cg_path_climb("/"), 0);
	assert_int_equal(cg_path_climb("/a/.."), 0);
	assert_int_equal(cg_path_climb("/..x"), 0);
	assert_int_equal(cg_path_climb("/.../a"), 0);
	assert_int_equal(cg_path_climb("/.."), 1);
	assert_int_equal(cg_path_climb("/../..x"), 1);
	assert_int_equal(cg_path_climb("/../../a"), 2);

	assert_false(cg_path_is_outside("/"));
	assert_false(cg_path_is_outside("/..x"));
	assert_true(cg_path_is_outside("/.."));
	assert_true(cg_path_is_outside("/../x"));

	assert_false(cg_path_has_dotdot(""));
	assert_false(cg_path_has_dotdot("/"));
	assert_false(cg_path_has_dotdot("a/..x/.../x.."));
	assert_true(cg_path_has_dotdot(".."));
	assert_true(cg_path_has_dotdot("a/.."));
	assert_true(cg_path_has_dotdot("../a"));
	assert_true(cg_path_has_dotdot("/a/../b"));

	assert_string_equal(cg_path_basename("/"), "");
	assert_string_equal(cg_path_basename("/.."), "");
	assert_string_equal(cg_path_basename("/../.."), "");
	assert_string_equal(cg_path_basename("/a"), "a");
	assert_string_equal(cg_path_basename("/../a/..b"), "..b");
}

static void a_root_is_checked_by_a_second_view(void **state CG_UNUSED)
{
	assert_int_equal(cg_path_check("/a/b", "/", "/../.."), 0);
	assert_int_equal(cg_path_check("/a/b", "/a/c", "/../c"), 0);
	assert_int_equal(cg_path_check("/a/b", "/a/b/c", "/c"), 0);
	assert_int_equal(cg_path_check("/", "/x", "/x"), 0);
	assert_int_equal(cg_path_check("/../r", "/x", "/../own/x"), 0);
	/* one level too deep or too high, whatever the place of the second view */
	assert_int_equal(cg_path_check("/a/b/x", "/", "/../.."), -ERANGE);
	assert_int_equal(cg_path_check("/a", "/", "/../.."), -ERANGE);
	assert_int_equal(cg_path_check("/a/b/x", "/a/b/x/y", "/x/y"), -ERANGE);
	assert_int_equal(cg_path_check("/a/b/x", "/a/b/z", "/z"), -ERANGE);
	/* above the frame there are no names: the levels decide */
	assert_int_equal(cg_path_check("/..", "/x", "/own/x"), 0);
	assert_int_equal(cg_path_check("/..", "/x", "/x"), -ERANGE);
	assert_int_equal(cg_path_check("/../..", "/x", "/above/own/x"), 0);
	assert_int_equal(cg_path_check("/../..", "/../b", "/above/b"), 0);
	assert_int_equal(cg_path_check("/../..", "/../b", "/above/own/b"), -ERANGE);
	assert_int_equal(cg_path_check("/../r", "/x", "/../own/y/x"), -ERANGE);
}

static void containing_is_by_whole_names(void **state)
{
	(void)state;
	assert_true(cg_path_contains("/", "/"));
	assert_true(cg_path_contains("/", "/a"));
	assert_true(cg_path_contains("/a", "/a"));
	assert_true(cg_path_contains("/a", "/a/b"));
	assert_true(cg_path_contains("/..", "/"));
	assert_true(cg_path_contains("/..", "/x"));
	assert_true(cg_path_contains("/..", "/../x"));
	assert_true(cg_path_contains("/../x", "/../x/y"));
	assert_false(cg_path_contains("/a", "/"));
	assert_false(cg_path_contains("/a", "/ab"));
	assert_false(cg_path_contains("/ab", "/a"));
	assert_false(cg_path_contains("/a/b", "/a"));
	assert_false(cg_path_contains("/a/b", "/a/c"));
	assert_false(cg_path_contains("/", "/.."));
	assert_false(cg_path_contains("/..", "/../.."));
	assert_false(cg_path_contains("/../x", "/../xy"));
	assert_false(cg_path_contains("/../x", "/x"));
	assert_false(cg_path_contains("/x", "/../x"));
}

/* Whether the quick way is for it: normal, and without "..". */
static bool is_plain(const char *view)
{
	cleanup_free char *normal = NULL;

	assert_int_equal(cg_path_normalize(view, &normal), 0);
	return strcmp(view, normal) == 0 && !cg_path_has_dotdot(view);
}

/* Compares both ways of the map with the oracle, and checks that it writes where it may. */
static void assert_translates(const struct cg_path_map *map, const char *from, const char *to,
			      const char *view)
{
	size_t len = strlen(view), room = len + cg_path_map_growth(map);
	cleanup_free char *exact = malloc(len); /* no NUL: reading on is an error for ASan */
	cleanup_free char *out = malloc(room);
	cleanup_free char *want = NULL, *given = NULL;
	int error = naive_translate(from, to, view, &want);
	ssize_t got;

	assert_true(exact && out);
	assert_int_equal(cg_path_map_view(map, view, &given), error);
	if (want)
		assert_string_equal(given, want);
	memcpy(exact, view, len);
	got = cg_path_map_apply(map, exact, len, out, room);
	if (!is_plain(view)) {
		assert_int_equal(got, -ERANGE);
		return;
	}
	if (want && (got != (ssize_t)strlen(want) || memcmp(out, want, strlen(want)) != 0))
		fail_msg("from '%s' to '%s': '%s' is %zd '%.*s', not '%s'", from, to, view, got,
			 got > 0 ? (int)got : 0, out, want);
	if (!want && got != error)
		fail_msg("from '%s' to '%s': '%s' gives %zd, not %d", from, to, view, got, error);
	if (got > 0) {
		size_t exactly = (size_t)got;

		assert_int_equal(cg_path_map_apply(map, exact, len, out, exactly), got);
		assert_int_equal(cg_path_map_apply(map, exact, len, out, exactly - 1), -ENOBUFS);
	}
}

/* Every path of up to most components out of names, each after a '/'. */
struct paths {
	char **items;
	size_t count;
};

static void paths_add(struct paths *paths, const char *parent, const char *const *names,
		      size_t count, int most)
{
	paths->items = realloc(paths->items, (paths->count + 1) * sizeof(*paths->items));
	assert_non_null(paths->items);
	paths->items[paths->count++] = strdup(*parent ? parent : "/");
	for (size_t i = 0; most && i < count; i++) {
		char path[64];

		snprintf(path, sizeof(path), "%s/%s", parent, names[i]);
		paths_add(paths, path, names, count, most - 1);
	}
}

static void paths_free(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->items[i]);
	free(paths->items);
}

static void assert_inverse(const char *root, const char *path)
{
	cleanup_free char *normal = NULL, *view = NULL, *back = NULL;

	assert_int_equal(cg_path_normalize(path, &normal), 0);
	if (cg_path_relative(root, path, &view) == -EDOM)
		return;
	assert_int_equal(cg_path_resolve(root, view, &back), 0);
	if (strcmp(back, normal) != 0)
		fail_msg("'%s' in '%s' is '%s', back '%s'", path, root, view, back);
}

static void every_small_pair(void **state)
{
	static const char *const names[] = { "a", "b", "..", ".", "" };
	cleanup_with(paths_free) struct paths paths = { NULL, 0 };

	(void)state;
	paths_add(&paths, "", names, 3, 4);
	paths_add(&paths, "", names, CG_ARRAY_SIZE(names), 3);
	for (size_t i = 0; i < paths.count; i++) {
		for (size_t j = 0; j < paths.count; j++) {
			assert_same(cg_path_resolve, naive_resolve, paths.items[i], paths.items[j]);
			assert_same(cg_path_relative, naive_relative, paths.items[i],
				    paths.items[j]);
			assert_inverse(paths.items[i], paths.items[j]);
		}
	}
}

static void every_small_translation(void **state)
{
	static const char *const names[] = { "a", "..", "aa", "." };
	cleanup_with(paths_free) struct paths roots = { NULL, 0 };
	cleanup_with(paths_free) struct paths paths = { NULL, 0 };

	(void)state;
	paths_add(&roots, "", names, 3, 3);
	paths_add(&paths, "", names, CG_ARRAY_SIZE(names), 3);
	for (size_t i = 0; i < roots.count; i++) {
		for (size_t j = 0; j < roots.count; j++) {
			struct cg_path_map *map = NULL;

			assert_int_equal(cg_path_map_new(roots.items[i], roots.items[j], &map), 0);
			for (size_t k = 0; k < paths.count; k++)
				assert_translates(map, roots.items[i], roots.items[j],
						  paths.items[k]);
			cg_path_map_free(map);
		}
	}
}

static void paths_longer_than_the_kernels(void **state)
{
	static const char *const starts[] = { "/", "/", "/", "/", "/../", "/../../a/" };
	static const char *const ends[] = { "", "/..", "/../../x", "/", "", "" };
	static const char *const roots[] = { "/a/b", "/.." };
	char view[6000];

	(void)state;
	for (size_t r = 0; r < CG_ARRAY_SIZE(roots); r++) {
		struct cg_path_map *map = NULL;

		assert_int_equal(cg_path_map_new(roots[r], "/a/c", &map), 0);
		for (size_t i = 0; i < CG_ARRAY_SIZE(ends); i++) {
			for (size_t len = 4080; len < 4100; len++) {
				memset(view, 'n', len);
				memcpy(view, starts[i], strlen(starts[i]));
				view[100] = view[2000] = '/';
				strcpy(view + len, ends[i]);
				assert_translates(map, roots[r], "/a/c", view);
			}
		}
		cg_path_map_free(map);
	}
}

/* xorshift64*: the same numbers from the same seed on every machine. */
static uint64_t seed;

static unsigned int draw(unsigned int below)
{
	seed ^= seed >> 12;
	seed ^= seed << 25;
	seed ^= seed >> 27;
	return (unsigned int)((seed * 2685821657736338717U) >> 33) % below;
}

static char *put_random_name(char *end)
{
	static const char *const odd[] = { "...", "..x", ".",  "x..", " ",  "a b", "x (deleted)",
					   "",	  ".a",	 "..", "..",  "..", "a:b", "\\" };

	switch (draw(4)) {
	case 0: /* few names, so that paths have much in common */
		*end++ = (char)('a' + draw(2));
		return end;
	case 1:
		return stpcpy(end, odd[draw(CG_ARRAY_SIZE(odd))]);
	case 2:
		return stpcpy(end, draw(2) ? "a" : "aa");
	default:
		for (unsigned int n = 1 + draw(4); n; n--) {
			do {
				*end = (char)(1 + draw(255));
			} while (*end == '/' || *end == '\n');
			end++;
		}
		return end;
	}
}

static void random_path(char *out)
{
	for (unsigned int n = draw(8) + 1; n; n--) {
		*out++ = '/';
		out = put_random_name(out);
	}
	*out = '\0';
}

/* Whoever reads from wherever: a root is found from a cgroup below it, seen twice. */
static void assert_root_found(const char *reader, const char *root, const char *below)
{
	cleanup_free char *path = NULL, *outer = NULL, *inner = NULL, *want = NULL;

	assert_int_equal(cg_path_resolve(root, below, &path), 0);
	if (cg_path_has_dotdot(reader) || cg_path_has_dotdot(root) || cg_path_has_dotdot(below))
		return;
	assert_int_equal(cg_path_relative(reader, path, &outer), 0);
	assert_int_equal(cg_path_relative(root, path, &inner), 0);
	assert_int_equal(cg_path_relative(reader, root, &want), 0);
	assert_gives(cg_path_root, outer, inner, want, 0);
}

static void random_paths_of_any_bytes(void **state)
{
	const char *given = getenv("CGNS_SEED"), *count = getenv("CGNS_PATHS");
	char a[256], b[256], c[256];

	(void)state;
	if (given)
		seed = strtoull(given, NULL, 0);
	else
		assert_int_equal(getrandom(&seed, sizeof(seed), 0), sizeof(seed));
	seed |= 1;
	fprintf(stderr, "# CGNS_SEED=%llu\n", (unsigned long long)seed);
	for (unsigned long n = count ? strtoul(count, NULL, 0) : 50000; n; n--) {
		struct cg_path_map *map = NULL;

		random_path(a);
		random_path(b);
		random_path(c);
		assert_same(cg_path_resolve, naive_resolve, a, b);
		assert_same(cg_path_relative, naive_relative, a, b);
		assert_inverse(a, b);
		assert_root_found(a, b, c);
		assert_int_equal(cg_path_map_new(a, b, &map), 0);
		assert_translates(map, a, b, c);
		cg_path_map_free(map);
	}
}

static void a_view_of_the_kernel_comes_back_from_its_path(void **state)
{
	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(views); i++) {
		cleanup_free char *path = NULL;

		assert_int_equal(cg_path_resolve(views[i].root, views[i].view, &path), 0);
		assert_gives(cg_path_relative, views[i].root, path, views[i].view, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(normal_form),
		cmocka_unit_test(what_is_not_absolute_is_refused),
		cmocka_unit_test(relative_and_resolve_of_known_views),
		cmocka_unit_test(a_name_above_the_frame_is_not_guessed),
		cmocka_unit_test(climbing_and_descending_again_is_no_way_round),
		cmocka_unit_test(root_of_a_cgroup_seen_twice),
		cmocka_unit_test(questions_about_one_path),
		cmocka_unit_test(a_root_is_checked_by_a_second_view),
		cmocka_unit_test(containing_is_by_whole_names),
		cmocka_unit_test(a_view_of_the_kernel_comes_back_from_its_path),
		cmocka_unit_test(every_small_pair),
		cmocka_unit_test(every_small_translation),
		cmocka_unit_test(paths_longer_than_the_kernels),
		cmocka_unit_test(random_paths_of_any_bytes),
	};

	return cmocka_run_group_tests_name("path", tests, NULL, NULL);
}
