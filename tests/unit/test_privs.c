/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <linux/capability.h>
#include <string.h>
#include <sys/resource.h>

#include "ns.h"
#include "privs.h"

#define BIT(cap) (UINT64_C(1) << (cap))

static void words_of_caps_are_modes(void **state)
{
	struct cg_caps caps;

	(void)state;
	assert_int_equal(cg_caps_parse("keep", false, &caps, NULL), 0);
	assert_int_equal(caps.mode, CG_CAPS_KEEP);
	assert_int_equal(cg_caps_parse("none", false, &caps, NULL), 0);
	assert_int_equal(caps.mode, CG_CAPS_NONE);
	assert_int_equal(cg_caps_parse("target", true, &caps, NULL), 0);
	assert_int_equal(caps.mode, CG_CAPS_TARGET);
}

static void target_needs_a_program_that_has_one(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	struct cg_caps caps;

	(void)state;
	assert_int_equal(cg_caps_parse("target", false, &caps, &err), -EINVAL);
	assert_non_null(strstr(err.message, "'target'"));
}

static void names_of_caps_are_a_set(void **state)
{
	struct cg_caps caps;

	(void)state;
	assert_int_equal(cg_caps_parse("kill", false, &caps, NULL), 0);
	assert_int_equal(caps.mode, CG_CAPS_LIST);
	assert_true(caps.list == BIT(CAP_KILL));
	assert_int_equal(
		cg_caps_parse("CAP_CHOWN,cap_Checkpoint_Restore,kill,KILL", false, &caps, NULL), 0);
	assert_true(caps.list == (BIT(CAP_CHOWN) | BIT(CAP_CHECKPOINT_RESTORE) | BIT(CAP_KILL)));
}

static void wrong_caps_are_refused(void **state)
{
	static const char *const wrong[] = { "",	  "kill,",	",kill", "kill,,chown",
					     "cap_",	  "no_such",	"21",	 "kill none",
					     "none,kill", "kill,target" };
	struct cg_caps caps;

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(wrong); i++)
		assert_int_equal(cg_caps_parse(wrong[i], true, &caps, NULL), -EINVAL);
}

static void a_misspelt_capability_gets_a_suggestion(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	struct cg_caps caps;

	(void)state;
	assert_int_equal(cg_caps_parse("cap_sys_admn", false, &caps, &err), -EINVAL);
	unit_assert_error(&err, "unknown capability 'sys_admn': did you mean 'sys_admin'?");
}

static void capabilities_have_names(void **state)
{
	(void)state;
	assert_string_equal(cg_cap_name(CAP_SYS_ADMIN).text, "CAP_SYS_ADMIN");
	assert_string_equal(cg_cap_name(63).text, "capability 63");
}

static void a_hint_without_a_namespace_to_name_has_no_hole(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	struct rlimit before, none;

	(void)state;
	/* With no descriptor left the own user namespace cannot be opened. */
	assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
	none = (struct rlimit){ .rlim_cur = 0, .rlim_max = before.rlim_max };
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
	cg_error_set(&err, EPERM, "cannot do it");
	cg_privs_hint(&err, 63, -1, NULL); /* which nobody has */
	assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
	unit_assert_error(&err, "cannot do it: Operation not permitted: needs capability 63 in the "
				"caller's own user namespace");
}

static const char status_text[] = "Name:\tsleep\n"
				  "Uid:\t1000\t1001\t1002\t1003\n"
				  "Gid:\t2000\t2001\t2002\t2003\n"
				  "Groups:\t4 24 1000 \n"
				  "CapInh:\t0000000000000001\n"
				  "CapPrm:\t000001ffffffffff\n"
				  "CapEff:\t0000000000000020\n"
				  "CapBnd:\t00000000a80425fb\n"
				  "CapAmb:\t0000000000000400\n"
				  "NoNewPrivs:\t1\n"
				  "Seccomp:\t2\n";

static void status_tells_credentials(void **state)
{
	cleanup_credentials struct cg_credentials credentials = { 0 };

	(void)state;
	assert_int_equal(cg_credentials_parse(status_text, &credentials), 0);
	assert_int_equal(credentials.uid, 1001);
	assert_int_equal(credentials.gid, 2001);
	assert_int_equal(credentials.group_count, 3);
	assert_int_equal(credentials.groups[2], 1000);
	assert_true(credentials.inheritable == 1 && credentials.permitted == 0x1ffffffffff &&
		    credentials.effective == 0x20 && credentials.bounding == 0xa80425fb &&
		    credentials.ambient == 0x400);
	assert_true(credentials.no_new_privs);
}

static void a_name_cannot_fake_credentials(void **state)
{
	cleanup_credentials struct cg_credentials credentials = { 0 };
	char text[1024] = "Name:\tx\\nUid:\t0\t0\t0\t0\n";

	(void)state;
	strcat(text, strchr(status_text, '\n') + 1);
	assert_int_equal(cg_credentials_parse(text, &credentials), 0);
	assert_int_equal(credentials.uid, 1001);
}

static void a_status_that_lacks_a_line_is_refused(void **state)
{
	static const char *const lines[] = { "Uid:",	"Gid:",	   "CapInh:", "CapPrm:",
					     "CapEff:", "CapBnd:", "CapAmb:" };
	cleanup_credentials struct cg_credentials credentials = { 0 };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(lines); i++) {
		char text[1024];

		strcpy(text, status_text);
		strstr(text, lines[i])[0] = 'X';
		assert_int_equal(cg_credentials_parse(text, &credentials), -EBADMSG);
	}
	assert_int_equal(cg_credentials_parse("", &credentials), -EBADMSG);
	assert_int_equal(cg_credentials_parse("Uid:\tx", &credentials), -EBADMSG);
}

static void id_maps_are_read_from_outside_in(void **state)
{
	static const char map[] = "         0       1000          1\n"
				  "         1     100000      65536\n";
	unsigned int inner;

	(void)state;
	assert_int_equal(cg_id_map_inside(map, 1000, &inner), 0);
	assert_int_equal(inner, 0);
	assert_int_equal(cg_id_map_inside(map, 100000, &inner), 0);
	assert_int_equal(inner, 1);
	assert_int_equal(cg_id_map_inside(map, 165535, &inner), 0);
	assert_int_equal(inner, 65536);
	assert_int_equal(cg_id_map_inside(map, 165536, &inner), -ENOENT);
	assert_int_equal(cg_id_map_inside(map, 0, &inner), -ENOENT);
	assert_int_equal(cg_id_map_inside("", 0, &inner), -ENOENT);
	assert_int_equal(cg_id_map_inside("0 0 4294967295\n", 4294967294U, &inner), 0);
	assert_int_equal(inner, 4294967294U);
	assert_int_equal(cg_id_map_inside("0 x 1\n", 0, &inner), -EBADMSG);
	assert_int_equal(cg_id_map_inside("0 0", 0, &inner), -EBADMSG);
}

static void namespaces_are_found_by_their_letters(void **state)
{
	static const char letters[] = "UCiunpTm";
	int flags = 0;

	(void)state;
	for (const char *letter = letters; *letter; letter++) {
		const struct cg_ns *ns = cg_ns_by_option(*letter);

		assert_non_null(ns);
		assert_false(flags & ns->flag);
		flags |= ns->flag;
	}
	assert_int_equal(flags, cg_ns_all_flags());
	assert_null(cg_ns_by_option('Z'));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(words_of_caps_are_modes),
		cmocka_unit_test(target_needs_a_program_that_has_one),
		cmocka_unit_test(names_of_caps_are_a_set),
		cmocka_unit_test(wrong_caps_are_refused),
		cmocka_unit_test(a_misspelt_capability_gets_a_suggestion),
		cmocka_unit_test(capabilities_have_names),
		cmocka_unit_test(a_hint_without_a_namespace_to_name_has_no_hole),
		cmocka_unit_test(status_tells_credentials),
		cmocka_unit_test(a_name_cannot_fake_credentials),
		cmocka_unit_test(a_status_that_lacks_a_line_is_refused),
		cmocka_unit_test(id_maps_are_read_from_outside_in),
		cmocka_unit_test(namespaces_are_found_by_their_letters),
	};

	return cmocka_run_group_tests_name("privs", tests, NULL, NULL);
}
