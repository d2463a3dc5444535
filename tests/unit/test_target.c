/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "target.h"

/* What a text means, in words. */
static void describe(const char *text, char *out, size_t size)
{
	cleanup_error struct cg_error err = { 0 };
	struct cg_target_spec spec;
	int rc = cg_target_parse(text, &spec, &err);

	if (rc < 0) {
		assert_int_equal(rc, -EINVAL);
		assert_non_null(err.message);
		assert_non_null(err.hint);
		snprintf(out, size, "wrong");
		return;
	}
	assert_null(err.message);
	switch (spec.form) {
	case CG_TARGET_SELF:
		snprintf(out, size, "self");
		break;
	case CG_TARGET_PID:
		snprintf(out, size, "pid %d %llu", spec.pid, (unsigned long long)spec.pidfd_inode);
		break;
	case CG_TARGET_FILE:
		snprintf(out, size, "file %s", spec.name);
		break;
	case CG_TARGET_INODE:
		snprintf(out, size, "inode %llu", (unsigned long long)spec.ns_inode);
		break;
	case CG_TARGET_CGROUP:
		snprintf(out, size, "cgroup %.*s %s", (int)spec.hierarchy_len, spec.hierarchy ?: "",
			 spec.name);
		break;
	case CG_TARGET_CONTAINER:
		snprintf(out, size, "container %s", spec.name);
		break;
	case CG_TARGET_POD:
		snprintf(out, size, "pod %s", spec.name);
		break;
	case CG_TARGET_UNIT:
		snprintf(out, size, "unit %s", spec.name);
		break;
	}
}

static void every_form_is_told_apart(void **state)
{
	static const char *const pairs[][2] = {
		{ "self", "self" },
		{ "1", "pid 1 0" },
		{ "4194304", "pid 4194304 0" },
		{ "4194305", "inode 4194305" },
		{ "4026531835", "inode 4026531835" },
		{ "18446744073709551615", "inode 18446744073709551615" },
		{ "1234:5678", "pid 1234 5678" },
		{ "1:18446744073709551615", "pid 1 18446744073709551615" },
		{ "cgroup:[4026531835]", "inode 4026531835" },
		{ "cgroup:/", "cgroup  /" },
		{ "cgroup:/a/b [1]", "cgroup  /a/b [1]" },
		{ "cgroup:/a:/b", "cgroup  /a:/b" },
		{ "cgroup:memory:/a/b", "cgroup memory /a/b" },
		{ "cgroup:cpu,cpuacct:/", "cgroup cpu,cpuacct /" },
		{ "cgroup:name=systemd:/x:/y", "cgroup name=systemd /x:/y" },
		{ "container:3fa85f", "container 3fa85f" },
		{ "container:my-web", "container my-web" },
		{ "docker://3fa85f", "container 3fa85f" },
		{ "containerd://3fa85f", "container 3fa85f" },
		{ "cri-o://3fa85f", "container 3fa85f" },
		{ "pod:0c6f3a52-9a4e", "pod 0c6f3a52-9a4e" },
		{ "unit:nginx", "unit nginx" },
		{ "unit:a/b", "unit a/b" },
		{ "/run/ns/x", "file /run/ns/x" },
		{ "./x", "file ./x" },
		{ "ns/x", "file ns/x" },
		{ "/proc/1/ns/cgroup", "file /proc/1/ns/cgroup" },
		/* not of any form */
		{ "", "wrong" },
		{ "Self", "wrong" },
		{ "self ", "wrong" },
		{ "0", "wrong" },
		{ "-1", "wrong" },
		{ "+1", "wrong" },
		{ " 1", "wrong" },
		{ "1 ", "wrong" },
		{ "0x10", "wrong" },
		{ "1:", "wrong" },
		{ "1:0", "wrong" },
		{ "1:2:3", "wrong" },
		{ "1:x", "wrong" },
		{ ":1", "wrong" },
		{ "4194305:7", "wrong" },
		{ "18446744073709551616", "wrong" },
		{ "1:18446744073709551616", "wrong" },
		{ "99999999999999999999999999", "wrong" },
		{ "cgroup:", "wrong" },
		{ "cgroup::/x", "wrong" },
		{ "cgroup::b:/x", "wrong" },
		{ "cgroup:[]", "wrong" },
		{ "cgroup:[0]", "wrong" },
		{ "cgroup:[12", "wrong" },
		{ "cgroup:[12]x", "wrong" },
		{ "cgroup:[-1]", "wrong" },
		{ "cgroup:x", "wrong" },
		{ "cgroup::/x", "wrong" },
		{ "cgroup:memory:x", "wrong" },
		{ "container:", "wrong" },
		{ "docker://", "wrong" },
		{ "pod:", "wrong" },
		{ "unit:", "wrong" },
		{ "nginx.service", "wrong" },
		{ "3fa85f645717", "wrong" },
		{ "net:[4026531840]", "wrong" },
		{ "name", "wrong" },
		{ "\x1b\xff", "wrong" },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		char got[128];

		describe(pairs[i][0], got, sizeof(got));
		if (strcmp(got, pairs[i][1]) != 0)
			fail_msg("'%s' is '%s', not '%s'", pairs[i][0], got, pairs[i][1]);
	}
}

static void a_wrong_target_teaches_the_forms(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	struct cg_target_spec spec;

	(void)state;
	assert_int_equal(cg_target_parse("what\n", &spec, &err), -EINVAL);
	unit_assert_error(&err, "'what\\x0a' is not a TARGET: use self, PID, PID:PIDFD_INODE, "
				"/proc/PID, a namespace file, cgroup:[INODE], INODE, cgroup:/PATH, "
				"cgroup:HIERARCHY:/PATH, container:ID, pod:UID or unit:NAME");
	assert_int_equal(cg_target_parse("what", &spec, NULL), -EINVAL);
}

/* What is close to a form is answered with that form. */
static void what_is_meant_is_guessed_in_words(void **state)
{
	static const char *const pairs[][2] = {
		{ "nginx.service", "a unit of systemd is named unit:nginx.service" },
		{ "3fa85f645717", "3fa85f645717' is not a TARGET" },
		{ "a3fa85f645717", "a container is named container:a3fa85f645717" },
		{ "cgroup:web", "a cgroup is named by its whole path: cgroup:/web" },
		{ "4:cpu,cpuacct:/a:b", "the cgroup is named cgroup:cpu,cpuacct:/a:b" },
		{ "12:name=systemd:/", "the cgroup is named cgroup:name=systemd:/" },
		{ "0::/a b", "the cgroup is named 'cgroup:unified:/a b'" },
		{ "4:cpu:a", "is not a TARGET: use " },
		{ "4::", "is not a TARGET: use " },
		{ "4", NULL },
		{ "4:5", NULL },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		cleanup_error struct cg_error err = { 0 };
		cleanup_free char *text = NULL;
		struct cg_target_spec spec;

		assert_int_equal(cg_target_parse(pairs[i][0], &spec, &err),
				 pairs[i][1] ? -EINVAL : 0);
		if (!pairs[i][1])
			continue;
		text = cg_error_text(&err);
		assert_non_null(text);
		if (!strstr(text, pairs[i][1]))
			fail_msg("'%s': %s", pairs[i][0], text);
	}
}

static void self_is_held(void **state)
{
	cleanup_target struct cg_target target = CG_TARGET_INIT, again = CG_TARGET_INIT;
	cleanup_error struct cg_error err = { 0 };
	char pid[16];

	(void)state;
	unit_need_pidfd();
	snprintf(pid, sizeof(pid), "%d", getpid());
	assert_int_equal(cg_target_open("self", &target, &err), 0);
	assert_int_equal(cg_target_open(pid, &again, &err), 0);
	assert_int_equal(target.pid, getpid());
	assert_int_equal(again.pid, getpid());
	assert_int_equal(cg_target_check_alive(&target, NULL), 0);
	assert_int_equal(cg_target_need_namespace(&target, &err), 0);
	assert_true(cg_target_same_namespace(&target, &again));
}

static void unknown_is_not_the_same(void **state)
{
	struct cg_target a = CG_TARGET_INIT, b = CG_TARGET_INIT;

	(void)state;
	assert_false(cg_target_same_namespace(&a, &b));
	assert_false(cg_target_same_namespace(&a, &a));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_form_is_told_apart),
		cmocka_unit_test(a_wrong_target_teaches_the_forms),
		cmocka_unit_test(what_is_meant_is_guessed_in_words),
		cmocka_unit_test(self_is_held),
		cmocka_unit_test(unknown_is_not_the_same),
	};

	return cmocka_run_group_tests_name("target", tests, NULL, NULL);
}
