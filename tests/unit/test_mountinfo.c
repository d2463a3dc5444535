/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/sysmacros.h>

#include "mountinfo/mountinfo.h"

static const char sample[] =
	"22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw\n"
	"30 22 0:26 / /sys/fs/cgroup ro,nosuid - tmpfs tmpfs ro,mode=755\n"
	"31 30 0:27 / /sys/fs/cgroup/unified rw,nosuid,nodev,noexec,relatime shared:5 - "
	"cgroup2 cgroup2 rw,nsdelegate\n"
	"32 30 0:28 /../.. /sys/fs/cgroup/cpu,cpuacct ro,nosuid - cgroup cgroup rw,cpu,cpuacct\n"
	"33 30 0:29 /a\\040b\\134c /mnt/x\\011y\\012z rw master:7 propagate_from:2 - cgroup  "
	"rw,xattr,name=systemd\n"
	"34 30 0:30 / /proc rw - proc proc rw\n";

static void cgroup_lines_are_taken_and_decoded(void **state)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	const struct cg_mount *m;

	(void)state;
	assert_int_equal(cg_mounts_parse(sample, &mounts), 0);
	assert_int_equal(mounts.count, 3);
	m = &mounts.items[0];
	assert_int_equal(m->id, 31);
	assert_true(m->device == makedev(0, 27));
	assert_true(m->unified);
	assert_false(m->read_only);
	assert_string_equal(m->root, "/");
	assert_string_equal(m->point, "/sys/fs/cgroup/unified");
	assert_string_equal(m->options, "rw,nosuid,nodev,noexec,relatime");
	assert_string_equal(m->super_options, "rw,nsdelegate");
	m = &mounts.items[1];
	assert_true(m->read_only);
	assert_false(m->unified);
	assert_string_equal(m->root, "/../..");
	m = &mounts.items[2];
	assert_string_equal(m->root, "/a b\\c");
	assert_string_equal(m->point, "/mnt/x\ty\nz");
	assert_string_equal(m->super_options, "rw,xattr,name=systemd");
}

/* A release agent's name may hold what looks like an option. */
static void the_value_of_an_option_is_no_option(void **state)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };

	(void)state;
	assert_int_equal(cg_mounts_parse("33 30 0:29 / /x rw - cgroup x "
					 "rw,release_agent=/sbin/agent\\054memory,name=own\n",
					 &mounts),
			 0);
	assert_false(cg_mount_shows(&mounts.items[0], "memory"));
	assert_true(cg_mount_shows(&mounts.items[0], "name=own"));
}

static void mounts_show_their_hierarchy(void **state)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };

	(void)state;
	assert_int_equal(cg_mounts_parse(sample, &mounts), 0);
	assert_true(cg_mount_shows(&mounts.items[0], ""));
	assert_false(cg_mount_shows(&mounts.items[0], "cpu"));
	assert_false(cg_mount_shows(&mounts.items[0], "nsdelegate"));
	assert_true(cg_mount_shows(&mounts.items[1], "cpu,cpuacct"));
	assert_true(cg_mount_shows(&mounts.items[1], "cpuacct"));
	assert_false(cg_mount_shows(&mounts.items[1], "cpuset"));
	assert_false(cg_mount_shows(&mounts.items[1], "cpu,memory"));
	assert_false(cg_mount_shows(&mounts.items[1], ""));
	assert_true(cg_mount_shows(&mounts.items[2], "name=systemd"));
	assert_false(cg_mount_shows(&mounts.items[2], "name=system"));
	assert_non_null(cg_mounts_find(&mounts, ""));
	assert_non_null(cg_mounts_find(&mounts, "cpu,cpuacct"));
	assert_null(cg_mounts_find(&mounts, "memory"));
}

static void wrong_cgroup_lines_are_refused(void **state)
{
	static const char *const wrong[] = {
		" - cgroup x rw",
		"1 2 - cgroup x rw",
		"1 2 0:27 / /x - cgroup x rw",	      /* no mount options */
		"1 2 0:27 / /x rw - cgroup x",	      /* no super options */
		"1 2 027 / /x rw - cgroup x rw",      /* no device */
		"x 2 0:27 / /x rw - cgroup x rw",     /* no id */
		"1 2 0:27 a /x rw - cgroup x rw",     /* a root that is no path */
		"1 2 0:27  / /x rw - cgroup x rw",    /* an empty field */
		"1 2 0:27 / /x rw - cgroup2  \n1 2 ", /* empty source, no super options */
	};
	cleanup_mounts struct cg_mounts mounts = { 0 };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(wrong); i++) {
		cleanup_free char *text = NULL;

		/* what was taken before is released */
		assert_true(asprintf(&text, "%s%s", sample, wrong[i]) > 0);
		if (cg_mounts_parse(text, &mounts) != -EBADMSG)
			fail_msg("'%s' was taken", wrong[i]);
		assert_null(mounts.items);
		assert_int_equal(mounts.count, 0);
	}
}

static void other_lines_are_passed_over_unparsed(void **state)
{
	static const char *const others[] = {
		"",
		"\n\n",
		"complete nonsense\n",
		"1 2 3:4 / / rw - cgroupfs x rw\n",
		"1 2 3:4 / / rw - cgroup3 x rw\n",
		"1 2 3:4 / / rw - cgroup",
		"1 2 3:4 / /cgroup rw - tmpfs cgroup rw,cgroup\n",
		"1 2 3:4 / /x\\040-\\040cgroup\\040 rw - tmpfs x rw\n",
	};
	cleanup_mounts struct cg_mounts mounts = { 0 };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(others); i++) {
		assert_int_equal(cg_mounts_parse(others[i], &mounts), 0);
		assert_int_equal(mounts.count, 0);
		cg_mounts_free(&mounts);
	}
}

/* A mount whose source looks like the tail of a line is what its type says. */
static void the_type_is_after_the_first_dash(void **state)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };

	(void)state;
	assert_int_equal(cg_mounts_parse("1 2 3:4 / /x rw - tmpfs - cgroup x rw\n", &mounts), 0);
	assert_int_equal(mounts.count, 0);
}

static void every_octal_escape_is_decoded(void **state)
{
	(void)state;
	for (unsigned int byte = 1; byte < 256; byte++) {
		cleanup_mounts struct cg_mounts mounts = { 0 };
		const char want[] = { '/', (char)byte, '\0' };
		char line[128];

		sprintf(line, "1 2 3:4 /\\%03o /\\%03o rw - cgroup2 x rw\n", byte, byte);
		assert_int_equal(cg_mounts_parse(line, &mounts), 0);
		assert_string_equal(mounts.items[0].root, want);
		assert_string_equal(mounts.items[0].point, want);
	}
}

static void what_is_no_octal_escape_stays(void **state)
{
	static const char *const names[] = { "/\\",   "/\\0", "/\\04", "/\\400",
					     "/\\08", "/\\9", "/\\x20" };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(names); i++) {
		cleanup_mounts struct cg_mounts mounts = { 0 };
		char line[128];

		sprintf(line, "1 2 3:4 %s / rw - cgroup2 x rw\n", names[i]);
		assert_int_equal(cg_mounts_parse(line, &mounts), 0);
		assert_string_equal(mounts.items[0].root, names[i]);
	}
}

static void hundreds_of_mounts(void **state)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	static char text[65536];
	char *end = text;

	(void)state;
	for (int i = 0; i < 500; i++)
		end += sprintf(end, "%d 2 3:4 /r%d /p%d rw - cgroup c rw,cpu\n", i, i, i);
	assert_int_equal(cg_mounts_parse(text, &mounts), 0);
	assert_int_equal(mounts.count, 500);
	assert_string_equal(mounts.items[499].root, "/r499");
}

/* Ids of the mounts that are left of text, in their order: "31 32". */
static void assert_visible_from(uint64_t root, const char *text, const char *wanted)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	char ids[64] = "";

	assert_int_equal(cg_mounts_parse(text, &mounts), 0);
	assert_int_equal(cg_mounts_drop_covered(text, root, &mounts), 0);
	for (size_t i = 0; i < mounts.count; i++)
		sprintf(ids + strlen(ids), "%s%d", i ? " " : "", mounts.items[i].id);
	assert_string_equal(ids, wanted);
}

static void assert_visible(const char *text, const char *wanted)
{
	assert_visible_from(0, text, wanted);
}

#define ROOT		       "20 1 8:1 / / rw - ext4 x rw\n"
#define TMPFS(id, in, point)   #id " " #in " 0:9 / " point " rw - tmpfs x rw\n"
#define CGROUP2(id, in, point) #id " " #in " 0:8 / " point " rw - cgroup2 x rw\n"

static void a_mount_is_visible_unless_another_covers_it(void **state)
{
	(void)state;
	assert_visible(ROOT TMPFS(21, 20, "/s/c") CGROUP2(22, 21, "/s/c/u"), "22");
	/* on the very place */
	assert_visible(ROOT CGROUP2(22, 20, "/s/c") TMPFS(23, 22, "/s/c"), "");
	assert_visible(ROOT CGROUP2(22, 20, "/s/c") CGROUP2(23, 22, "/s/c"), "23");
	/* above it, by a child of its parent or of one further up */
	assert_visible(ROOT CGROUP2(22, 20, "/s/c") TMPFS(23, 20, "/s"), "");
	assert_visible(ROOT TMPFS(21, 20, "/s/c") CGROUP2(22, 21, "/s/c/u") TMPFS(23, 20, "/s"),
		       "");
	assert_visible(ROOT TMPFS(21, 20, "/s/c") CGROUP2(22, 21, "/s/c/u") TMPFS(23, 21, "/s/c"),
		       "");
	/* what covers is no cover for what lies in it */
	assert_visible(ROOT CGROUP2(22, 20, "/s/c") TMPFS(23, 20, "/s") CGROUP2(24, 23, "/s/c"),
		       "24");
	/* a name that begins alike, and one that only sorts between */
	assert_visible(ROOT TMPFS(21, 20, "/s/c") CGROUP2(22, 20, "/s/c2"), "22");
	assert_visible(ROOT CGROUP2(22, 20, "/s/c/u") TMPFS(23, 20, "/s/c-x") TMPFS(24, 20, "/s/c"),
		       "");
}

/* What lies on a process's own root is not on its way. */
static void the_root_itself_is_not_covered(void **state)
{
	(void)state;
	assert_visible(ROOT CGROUP2(22, 20, "/s") TMPFS(23, 20, "/") CGROUP2(24, 23, "/s"), "22");
	assert_visible("1 1 0:2 / / rw - rootfs x rw\n" CGROUP2(22, 1, "/s"), "22");
	assert_visible_from(20, ROOT CGROUP2(22, 20, "/s") TMPFS(23, 20, "/"), "22");
	/* in a chroot that is no mount point: what it is in is not among the mounts */
	assert_visible_from(9, CGROUP2(22, 9, "/s") TMPFS(23, 9, "/") CGROUP2(24, 23, "/s"), "22");
	assert_visible_from(9, CGROUP2(22, 9, "/"), "");
}

/* A text that was read while mounts were moved may say anything. */
static void mounts_that_lie_in_each_other_do_not_hang(void **state)
{
	(void)state;
	assert_visible(TMPFS(20, 21, "/a") TMPFS(21, 20, "/b") CGROUP2(22, 21, "/b/c"), "22");
	assert_visible(CGROUP2(22, 22, "/b/c"), "22");
}

/* Each in the one before, and all beside each other: none is looked at for each other one. */
static void a_hundred_thousand_mounts(void **state)
{
	enum { COUNT = 100000 };
	static char text[COUNT * 80];
	char *end = text;

	(void)state;
	for (int i = 1; i <= COUNT / 2; i++)
		end += sprintf(end, "%d %d 0:9 / /d rw - tmpfs x rw\n", i, i - 1);
	for (int i = COUNT / 2 + 1; i < COUNT; i++)
		end += sprintf(end, "%d %d 0:9 / /d/%d rw - tmpfs x rw\n", i, COUNT / 2, i);
	sprintf(end, "%d %d 0:8 / /d/%d rw - cgroup2 x rw\n", COUNT, COUNT - 1, COUNT - 1);
	assert_visible(text, "100000");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cgroup_lines_are_taken_and_decoded),
		cmocka_unit_test(the_value_of_an_option_is_no_option),
		cmocka_unit_test(mounts_show_their_hierarchy),
		cmocka_unit_test(wrong_cgroup_lines_are_refused),
		cmocka_unit_test(other_lines_are_passed_over_unparsed),
		cmocka_unit_test(the_type_is_after_the_first_dash),
		cmocka_unit_test(every_octal_escape_is_decoded),
		cmocka_unit_test(what_is_no_octal_escape_stays),
		cmocka_unit_test(hundreds_of_mounts),
		cmocka_unit_test(a_mount_is_visible_unless_another_covers_it),
		cmocka_unit_test(the_root_itself_is_not_covered),
		cmocka_unit_test(mounts_that_lie_in_each_other_do_not_hang),
		cmocka_unit_test(a_hundred_thousand_mounts),
	};

	return cmocka_run_group_tests_name("mountinfo", tests, NULL, NULL);
}
