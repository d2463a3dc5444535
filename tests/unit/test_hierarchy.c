/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <string.h>

#include "hierarchy.h"

static char text[][16] = { "",	     "cpu,cpuacct", "memory",	   "name=systemd",
			   "cpuset", "pids",	    "name=my app", "misc,name=foo" };

/* Hierarchies with these indexes of text, in this order; items is theirs to fill. */
static struct cg_hierarchies some(struct cg_hierarchy *items, const int *which, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *controllers = text[which[i]];

		items[i] = (struct cg_hierarchy){ .controllers = controllers,
						  .name = *controllers ? controllers : "unified" };
	}
	return (struct cg_hierarchies){ items, count };
}

static const char *found(const struct cg_hierarchy *hierarchy)
{
	return hierarchy ? hierarchy->name : "none";
}

static void a_hierarchy_is_found_by_each_of_its_names(void **state)
{
	static const char *const pairs[][2] = {
		{ "unified", "unified" },
		{ "cpu", "cpu,cpuacct" },
		{ "cpuacct", "cpu,cpuacct" },
		{ "cpu,cpuacct", "cpu,cpuacct" },
		{ "memory", "memory" },
		{ "name=systemd", "name=systemd" },
		{ "cpuset", "cpuset" },
		{ "", "none" },
		{ "cpuacct,cpu", "cpu,cpuacct" },
		{ "cpu,memory", "none" },
		{ ",cpu", "none" },
		{ "perf_event", "unified" },
		{ "my app", "name=my app" },
		{ "foo", "misc,name=foo" },
		{ "name=foo", "misc,name=foo" },
		{ "misc", "misc,name=foo" },
		{ "cp", "none" },
		{ "systemd", "name=systemd" },
		{ "name=system", "none" },
		{ "name=", "none" },
		{ ",", "none" },
		{ "no-such-controller", "none" },
	};
	struct cg_hierarchy items[7];
	const struct cg_hierarchies all = some(items, (const int[]){ 3, 1, 0, 2, 4, 6, 7 }, 7);

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		cleanup_error struct cg_error err = { 0 };

		assert_string_equal(found(cg_hierarchy_find(&all, pairs[i][0], &err)), pairs[i][1]);
	}
}

static void what_is_not_there_is_answered_with_what_is(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	const struct cg_hierarchies none = { 0 };
	struct cg_hierarchy items[2];
	const struct cg_hierarchies v1 = some(items, (const int[]){ 2, 1 }, 2);

	(void)state;
	assert_null(cg_hierarchy_find(&v1, "unified", &err));
	unit_assert_error(&err, "no hierarchy 'unified': there are: memory, cpu,cpuacct");
	assert_null(cg_hierarchy_find(&none, "a\nb", &err));
	unit_assert_error(&err, "no hierarchy 'a\\x0ab': no cgroup hierarchy is mounted");
}

static void the_default_follows_the_order_of_the_contract(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	struct cg_hierarchy items[5];
	struct cg_hierarchies set;

	(void)state;
	/* v2 counts where it is alone, or has what matters */
	set = some(items, (const int[]){ 0 }, 1);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "unified");
	set = some(items, (const int[]){ 1, 2, 3, 0 }, 4);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "unified");
	set = some(items, (const int[]){ 3, 0 }, 2);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "unified");
	/* and not beside v1 hierarchies with all of it */
	set = some(items, (const int[]){ 1, 2, 3, 0, 5 }, 5);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "name=systemd");
	set = some(items, (const int[]){ 0, 1, 2, 5 }, 4);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "memory");
	set = some(items, (const int[]){ 1, 2, 3 }, 3);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "name=systemd");
	set = some(items, (const int[]){ 1, 2 }, 2);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "memory");
	set = some(items, (const int[]){ 4, 1 }, 2);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "cpu,cpuacct");
	set = some(items, (const int[]){ 4 }, 1);
	assert_string_equal(found(cg_hierarchy_default(&set, &err)), "cpuset");
	set = some(items, NULL, 0);
	assert_null(cg_hierarchy_default(&set, &err));
	unit_assert_error(&err, "no cgroup hierarchy is mounted");
}

static void exact_controllers_only(void **state)
{
	struct cg_hierarchy items[3];
	const struct cg_hierarchies set = some(items, (const int[]){ 1, 0, 3 }, 3);

	(void)state;
	assert_string_equal(found(cg_hierarchy_by_controllers(&set, "")), "unified");
	assert_string_equal(found(cg_hierarchy_by_controllers(&set, "cpu,cpuacct")), "cpu,cpuacct");
	assert_null(cg_hierarchy_by_controllers(&set, "cpu"));
	assert_null(cg_hierarchy_by_controllers(&set, "unified"));
}

/* The running system's, which is what /proc/self/cgroup lists. */
static void the_set_of_this_system(void **state)
{
	cleanup_hierarchies struct cg_hierarchies set = { 0 };
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	assert_int_equal(cg_hierarchies_read(&set, &err), 0);
	for (size_t i = 0; i < set.count; i++) {
		assert_non_null(set.items[i].path);
		assert_int_equal(set.items[i].path[0], '/');
		assert_ptr_equal(cg_hierarchy_find(&set, set.items[i].name, &err), &set.items[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_hierarchy_is_found_by_each_of_its_names),
		cmocka_unit_test(what_is_not_there_is_answered_with_what_is),
		cmocka_unit_test(the_default_follows_the_order_of_the_contract),
		cmocka_unit_test(exact_controllers_only),
		cmocka_unit_test(the_set_of_this_system),
	};

	return cmocka_run_group_tests_name("hierarchy", tests, NULL, NULL);
}
