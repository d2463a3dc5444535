/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "limits.h"

static const struct cg_limit *find(const char *name)
{
	const char *size;
	size_t size_len;
	const struct cg_limit *limit = cg_limit_find(name, &size, &size_len);

	assert_non_null(limit);
	return limit;
}

/* Fails unless the texts make that value, as the format for scripts has it, or that error. */
static void assert_value(const char *name, bool unified, const char *text, const char *second,
			 const char *want, int error)
{
	const struct cg_limit *limit = find(name);
	struct cg_limit_value value;
	char got[CG_LIMIT_TEXT_SIZE] = "";
	int rc = cg_limit_parse(limit, unified, text, second, &value);

	if (rc == 0)
		cg_limit_format(limit->kind, &value, false, got);
	if (rc != error || (want && strcmp(got, want) != 0))
		fail_msg("%s of '%s' '%s': %d '%s', not %d '%s'", name, text, second ? second : "",
			 rc, got, error, want);
}

static void files_make_values(void **state)
{
	(void)state;
	assert_value("memory.max", true, "max\n", NULL, "max", 0);
	assert_value("memory.max", true, "0\n", NULL, "0", 0);
	assert_value("memory.max", true, "536870912", NULL, "536870912", 0);
	assert_value("memory.max", true, "9223370937343148031\n", NULL, "9223370937343148031", 0);
	assert_value("hugetlb.2MB.max", true, "9223372036854771712\n", NULL, "max", 0);
	assert_value("memory.max", true, "18446744073709551616\n", NULL, NULL, -ERANGE);
	assert_value("memory.max", true, "", NULL, NULL, -EBADMSG);
	assert_value("memory.max", true, "\n", NULL, NULL, -EBADMSG);
	assert_value("memory.max", true, "12x\n", NULL, NULL, -EBADMSG);
	assert_value("memory.max", true, "-1\n", NULL, NULL, -EBADMSG);
	assert_value("memory.max", true, "maximum\n", NULL, NULL, -EBADMSG);
	assert_value("memory.max", true, " 1\n", NULL, NULL, -EBADMSG);
	assert_value("pids.max", true, "max\n", NULL, "max", 0);
	assert_value("pids.max", false, "max\n", NULL, "max", 0);
	assert_value("pids.max", false, "33\n", NULL, "33", 0);

	/* 4, 64 KiB pages; huge pages of 2 MiB, 1 GiB and 16 GiB */
	assert_value("memory.max", false, "9223372036854771712\n", NULL, "max", 0);
	assert_value("memory.max", false, "9223372036854710272\n", NULL, "max", 0);
	assert_value("hugetlb.2MB.max", false, "9223372036852678656\n", NULL, "max", 0);
	assert_value("hugetlb.1GB.max", false, "9223372035781033984\n", NULL, "max", 0);
	assert_value("hugetlb.16GB.max", false, "9223372019674906624\n", NULL, "max", 0);
	assert_value("memory.max", false, "1125899906842624\n", NULL, "1125899906842624", 0);

	assert_value("memory.swap.max", false, "300\n", "100\n", "200", 0);
	assert_value("memory.swap.max", false, "300\n", "300\n", "0", 0);
	assert_value("memory.swap.max", false, "300\n", "400\n", "0", 0);
	assert_value("memory.swap.max", false, "9223372036854771712\n", "4096\n", "max", 0);
	assert_value("memory.swap.max", false, "9223372036854771712\n", "x\n", NULL, -EBADMSG);
}

static void cpus_are_ratios(void **state)
{
	(void)state;
	assert_value("cpu.max", true, "max 100000\n", NULL, "max", 0);
	assert_value("cpu.max", true, "50000 100000\n", NULL, "0.5", 0);
	assert_value("cpu.max", true, "100000 100000\n", NULL, "1", 0);
	assert_value("cpu.max", true, "150000 100000\n", NULL, "1.5", 0);
	assert_value("cpu.max", true, "1000 1000000\n", NULL, "0.001", 0);
	assert_value("cpu.max", true, "10000 30000\n", NULL, "0.333333", 0);
	assert_value("cpu.max", true, "20000 30000\n", NULL, "0.666667", 0);
	assert_value("cpu.max", true, "999999999 1000000000\n", NULL, "1", 0);
	assert_value("cpu.max", true, "1000000 1000\n", NULL, "1000", 0);
	assert_value("cpu.max", true, "18446744073709551615 18446744073709551615", NULL, "1", 0);
	assert_value("cpu.max", true, "1 18446744073709551615", NULL, "0", 0);
	assert_value("cpu.max", true, "50000\n", NULL, NULL, -EBADMSG);
	assert_value("cpu.max", true, "50000 0\n", NULL, NULL, -EBADMSG);
	assert_value("cpu.max", true, "50000 100000 1\n", NULL, NULL, -EBADMSG);
	assert_value("cpu.max", false, "-1\n", "100000\n", "max", 0);
	assert_value("cpu.max", false, "25000\n", "100000\n", "0.25", 0);
	assert_value("cpu.max", false, "25000\n", "0\n", NULL, -EBADMSG);
	assert_value("cpu.max", false, "25000\n", NULL, NULL, -EBADMSG);
}

static void unlimited_is_the_kernels_highest(void **state)
{
	(void)state;
	assert_true(cg_limit_is_unlimited(9223372036854771712U, 64, 4096));
	assert_true(cg_limit_is_unlimited(9223372036854771712U, 32, 4096));
	assert_false(cg_limit_is_unlimited((uint64_t)1 << 60, 64, 4096));
	/* a 32-bit kernel: 2^31 - 1 pages, the same rounded down to huge pages */
	assert_true(cg_limit_is_unlimited(8796093018112, 32, 4096));
	assert_true(cg_limit_is_unlimited(8796090925056, 32, 4096));
	assert_true(cg_limit_is_unlimited(140737488289792, 32, 65536));
	assert_false(cg_limit_is_unlimited(8796093018112, 64, 4096));
	assert_false(cg_limit_is_unlimited((uint64_t)1 << 40, 32, 4096));
	assert_false(cg_limit_is_unlimited((uint64_t)1 << 44, 32, 4096));
}

static void the_smallest_is_known(void **state)
{
	static const struct {
		struct cg_limit_value a, b;
		int want;
	} pairs[] = {
		{ { false, 1, 1 }, { false, 2, 1 }, -1 },
		{ { false, 2, 1 }, { false, 2, 1 }, 0 },
		{ { true, 0, 1 }, { false, UINT64_MAX, 1 }, 1 },
		{ { false, UINT64_MAX, 1 }, { true, 0, 1 }, -1 },
		{ { true, 0, 1 }, { true, 7, 9 }, 0 },
		{ { false, 50000, 100000 }, { false, 5000, 10000 }, 0 },
		{ { false, 50000, 100000 }, { false, 5001, 10000 }, -1 },
		{ { false, 10000, 30000 }, { false, 33333, 100000 }, 1 },
		{ { false, 1, 3 }, { false, 1, 2 }, -1 },
		{ { false, 2, 3 }, { false, 3, 4 }, -1 },
		{ { false, 0, 3 }, { false, 0, 4 }, 0 },
		{ { false, 0, 3 }, { false, 1, 4 }, -1 },
		/* products of these do not fit into 64 bits */
		{ { false, UINT64_MAX, UINT64_MAX - 1 }, { false, UINT64_MAX - 1, UINT64_MAX }, 1 },
		{ { false, UINT64_MAX, 3 }, { false, UINT64_MAX, 2 }, -1 },
		{ { false, UINT64_MAX, UINT64_MAX }, { false, 1, 1 }, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		int there = cg_limit_compare(&pairs[i].a, &pairs[i].b);
		int back = cg_limit_compare(&pairs[i].b, &pairs[i].a);

		if ((there > 0) - (there < 0) != pairs[i].want || back != -there)
			fail_msg("pair %zu: %d and %d, not %d", i, there, back, pairs[i].want);
	}
}

static void what_is_left(void **state)
{
	const struct cg_limit_value value = { .number = 10, .period = 1 };

	(void)state;
	assert_int_equal(cg_limit_left(&value, 3), 7);
	assert_int_equal(cg_limit_left(&value, 10), 0);
	assert_int_equal(cg_limit_left(&value, 11), 0);
}

static void people_read_units(void **state)
{
	static const struct {
		uint64_t bytes;
		const char *want;
	} texts[] = {
		{ 0, "0" },
		{ 1023, "1023" },
		{ 1024, "1K" },
		{ 1536, "1.5K" },
		{ 1048575, "1M" },
		{ 536870912, "512M" },
		{ 522190848, "498M" },
		{ 1610612736, "1.5G" },
		{ (uint64_t)15 << 40, "15T" },
		{ (uint64_t)1 << 60, "1E" },
		{ (uint64_t)3 << 59, "1.5E" },
		{ UINT64_MAX, "16E" },
		{ UINT64_MAX - ((uint64_t)1 << 58), "15.7E" },
	};
	char got[CG_LIMIT_TEXT_SIZE];

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(texts); i++)
		assert_string_equal(
			cg_limit_format_number(CG_LIMIT_BYTES, texts[i].bytes, true, got),
			texts[i].want);
	assert_string_equal(cg_limit_format_number(CG_LIMIT_COUNT, 2048, true, got), "2048");
	assert_string_equal(cg_limit_format_number(CG_LIMIT_BYTES, 2048, false, got), "2048");
}

static void bytes_as_people_write_them(void **state)
{
	static const struct {
		const char *text;
		uint64_t want;
		int error;
	} texts[] = {
		{ "0", 0, 0 },
		{ "512", 512, 0 },
		{ "512M", 536870912, 0 },
		{ "512m", 536870912, 0 },
		{ "1k\n", 1024, 0 },
		{ "2G", (uint64_t)2 << 30, 0 },
		{ "15E", (uint64_t)15 << 60, 0 },
		{ "16E", 0, -ERANGE },
		{ "99999999999999999999", 0, -ERANGE },
		{ "", 0, -EBADMSG },
		{ "M", 0, -EBADMSG },
		{ "1MB", 0, -EBADMSG },
		{ "1 M", 0, -EBADMSG },
		{ "1\n\n", 0, -EBADMSG },
		{ "max", 0, -EBADMSG },
		{ "-1", 0, -EBADMSG },
		{ "0x10", 16, 0 },
		{ "0X1fK", 31744, 0 },
		{ "010", 8, 0 },
		{ "010M", 8388608, 0 },
		{ "08", 0, -EBADMSG },
		{ "0x", 0, -EBADMSG },
		{ "0xg", 0, -EBADMSG },
		{ "0xffffffffffffffff", UINT64_MAX, 0 },
		{ "0x10000000000000000", 0, -ERANGE },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(texts); i++) {
		uint64_t bytes;
		int rc = cg_limit_parse_bytes(texts[i].text, &bytes);

		if (rc != texts[i].error || (rc == 0 && bytes != texts[i].want))
			fail_msg("'%s': %d", texts[i].text, rc);
	}
}

static void sets_are_lists_of_ranges(void **state)
{
	static const char *const sets[] = { "", "\n", "0", "0-3", "0-3,7", "1,1", "7,0-3\n" };
	static const char *const others[] = { "x",  "0-",   "-1",  "3-1",  "0,",
					      ",0", "0,,1", "0 1", "1-2-3" };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(sets); i++)
		assert_true(cg_limit_is_set(sets[i]));
	for (size_t i = 0; i < CG_ARRAY_SIZE(others); i++)
		assert_false(cg_limit_is_set(others[i]));
}

static void sets_contain_others(void **state)
{
	static const struct {
		const char *set, *other;
		bool want;
	} pairs[] = {
		{ "0-3", "1-2", true },	    { "0-3", "0-3", true },
		{ "0-3", "", true },	    { "", "0", false },
		{ "0-3", "4", false },	    { "0-3", "3-4", false },
		{ "0,2", "0-2", false },    { "0-1,2-3", "0-3", true },
		{ "2-3,0-1", "1-2", true }, { "0-3", "0,2,5", false },
		{ "0-5,9", "9,4-5", true }, { "0-4294967295", "7", true },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++)
		if (cg_limit_set_contains(pairs[i].set, pairs[i].other) != pairs[i].want)
			fail_msg("%s in %s", pairs[i].other, pairs[i].set);
}

static void files_of_limits(void **state)
{
	static const struct {
		const char *file;
		bool unified;
		const char *name;
	} files[] = {
		{ "memory.max", true, "memory.max" },
		{ "memory.limit_in_bytes", false, "memory.max" },
		{ "memory.limit_in_bytes", true, NULL },
		{ "memory.memsw.limit_in_bytes", false, "memory.swap.max" },
		{ "cpu.cfs_period_us", false, "cpu.max" },
		{ "cpuset.cpus", true, "cpuset.cpus" },
		{ "cpuset.cpus.effective", true, "cpuset.cpus" },
		{ "cpuset.effective_mems", false, "cpuset.mems" },
		{ "hugetlb.2MB.limit_in_bytes", false, "hugetlb.SIZE.max" },
		{ "hugetlb.2MB.rsvd.max", true, NULL },
		{ "pids.current", true, NULL },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(files); i++) {
		const char *size;
		size_t len;
		const struct cg_limit *limit =
			cg_limit_of_file(files[i].file, files[i].unified, &size, &len);

		if (strcmp(limit ? limit->name : "", files[i].name ?: "") != 0)
			fail_msg("%s", files[i].file);
	}
}

static void keyed_files(void **state)
{
	static const char text[] = "nr_descendants 3\nnr_dying_descendants 1\nnr_x 5a\n";
	uint64_t number;

	(void)state;
	assert_int_equal(cg_limit_parse_keyed(text, "nr_descendants", &number), 0);
	assert_int_equal(number, 3);
	assert_int_equal(cg_limit_parse_keyed(text, "nr_dying_descendants", &number), 0);
	assert_int_equal(number, 1);
	assert_int_equal(cg_limit_parse_keyed(text, "nr", &number), -ENODATA);
	assert_int_equal(cg_limit_parse_keyed(text, "nr_x", &number), -EBADMSG);
	assert_int_equal(cg_limit_parse_keyed("", "nr", &number), -ENODATA);
}

static void names_with_a_size(void **state)
{
	const char *size;
	size_t len;
	const struct cg_limit *limit = cg_limit_find("hugetlb.2MB.max", &size, &len);
	cleanup_free char *v1 = NULL, *v2 = NULL, *plain = NULL;

	(void)state;
	assert_non_null(limit);
	assert_string_equal(limit->name, "hugetlb.SIZE.max");
	assert_int_equal(len, 3);
	v1 = cg_limit_file_name(limit->v1.limit, size, len);
	v2 = cg_limit_file_name(limit->v2.used, size, len);
	plain = cg_limit_file_name("memory.max", size, len);
	assert_string_equal(v1, "hugetlb.2MB.limit_in_bytes");
	assert_string_equal(v2, "hugetlb.2MB.current");
	assert_string_equal(plain, "memory.max");
	assert_null(cg_limit_find("hugetlb.2MB.rsvd.max", &size, &len));
	assert_null(cg_limit_find("hugetlb..max", &size, &len));
	assert_null(cg_limit_find("hugetlb.max", &size, &len));
	assert_null(cg_limit_find("memory.limit_in_bytes", &size, &len));
	assert_true(cg_limit_match("hugetlb.SIZE.max", "hugetlb.64KB.max", &size, &len));
	assert_false(cg_limit_match("memory.max", "memory.max", &size, &len));
}

/* A row that lacks something would be passed over in silence. */
static void the_table_is_whole(void **state)
{
	(void)state;
	for (size_t i = 0; i < cg_limit_count; i++) {
		const struct cg_limit *limit = &cg_limits[i];
		size_t dot = strcspn(limit->name, ".");

		assert_non_null(limit->v2.limit);
		if (*limit->controller) {
			assert_int_equal(strlen(limit->controller), dot);
			assert_memory_equal(limit->name, limit->controller, dot);
		}
		assert_true(limit->kind != CG_LIMIT_SET || limit->v2.set);
		assert_true(limit->kind == CG_LIMIT_SET ||
			    strcmp(limit->v2.limit, limit->name) == 0);
		assert_ptr_equal(cg_limit_files_of(limit, true), &limit->v2);
		assert_ptr_equal(cg_limit_files_of(limit, false), &limit->v1);
	}
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(files_make_values),
		cmocka_unit_test(cpus_are_ratios),
		cmocka_unit_test(unlimited_is_the_kernels_highest),
		cmocka_unit_test(the_smallest_is_known),
		cmocka_unit_test(what_is_left),
		cmocka_unit_test(people_read_units),
		cmocka_unit_test(bytes_as_people_write_them),
		cmocka_unit_test(sets_are_lists_of_ranges),
		cmocka_unit_test(sets_contain_others),
		cmocka_unit_test(files_of_limits),
		cmocka_unit_test(keyed_files),
		cmocka_unit_test(names_with_a_size),
		cmocka_unit_test(the_table_is_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
