/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "procfs.h"
#include "syscalls.h"

/* A text of len bytes in a buffer of exactly its size and the NUL after it. */
static void fill(struct cg_memberships *memberships, const char *text, size_t len)
{
	char *data = malloc(len + 1);

	assert_non_null(data);
	memcpy(data, text, len);
	data[len] = '\0';
	cg_text_free(&memberships->text);
	memberships->text = (struct cg_text){ data, len, len + 1 };
}

static int parse(struct cg_memberships *memberships, const char *text)
{
	fill(memberships, text, strlen(text));
	return cg_memberships_parse(memberships);
}

static void lines_are_split_at_the_first_two_colons(void **state)
{
	cleanup_memberships struct cg_memberships m = { 0 };

	(void)state;
	assert_int_equal(parse(&m, "12:cpu,cpuacct:/a:b:c\n1:name=systemd:/..\n0::/x (deleted)\n"),
			 0);
	assert_int_equal(m.count, 3);
	assert_int_equal(m.items[0].hierarchy_id, 12);
	assert_string_equal(m.items[0].controllers, "cpu,cpuacct");
	assert_string_equal(m.items[0].path, "/a:b:c");
	assert_string_equal(cg_memberships_path(&m, "name=systemd"), "/..");
	assert_string_equal(cg_memberships_path(&m, ""), "/x (deleted)");
	assert_null(cg_memberships_path(&m, "cpu"));
	assert_int_equal(errno, ENOENT);
	/* to be used again, also without a newline at the end */
	assert_int_equal(parse(&m, "0::/"), 0);
	assert_int_equal(m.count, 1);
	assert_string_equal(m.items[0].path, "/");
}

static void names_may_hold_any_byte(void **state)
{
	cleanup_memberships struct cg_memberships m = { 0 };
	char line[] = "0::/?\n";

	(void)state;
	for (int byte = 1; byte < 256; byte++) {
		const char want[] = { '/', (char)byte, '\0' };

		if (byte == '\n')
			continue;
		line[4] = (char)byte;
		assert_int_equal(parse(&m, line), 0);
		assert_string_equal(cg_memberships_path(&m, ""), want);
	}
}

static void other_forms_are_refused(void **state)
{
	static const char *const wrong[] = {
		"\n",
		"0",
		"0:",
		"0::",
		"0::x",
		"0:/x",
		":::/x",
		"x::/x",
		"-1::/x",
		" 1::/x",
		"1x::/x",
		"0::/\n\n0::/",
		"0\n::/",
		"0:a\n:/",
		"4294967296::/x",
		"0::\n/x",
		"99999999999999999999::/x",
	};
	cleanup_memberships struct cg_memberships m = { 0 };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(wrong); i++) {
		if (parse(&m, wrong[i]) != -EBADMSG)
			fail_msg("'%s' was taken", wrong[i]);
	}
	assert_int_equal(parse(&m, "4294967295:a:/x"), 0);
	assert_true(m.items[0].hierarchy_id == UINT32_MAX);
	assert_int_equal(parse(&m, ""), 0);
	assert_int_equal(m.count, 0);
}

static void a_cut_path_is_not_taken_for_a_whole_one(void **state)
{
	cleanup_memberships struct cg_memberships m = { 0 };
	char line[5000] = "0::/";

	(void)state;
	memset(line + 4, 'a', 4093);
	assert_int_equal(parse(&m, line), 0); /* 4094 bytes */
	assert_int_equal(strlen(cg_memberships_path(&m, "")), 4094);
	memset(line + 4, 'a', 4094);
	assert_int_equal(parse(&m, line), 0);
	assert_null(cg_memberships_path(&m, ""));
	assert_int_equal(errno, ENAMETOOLONG);
}

static void hundreds_of_lines(void **state)
{
	cleanup_memberships struct cg_memberships m = { 0 };
	char text[8192], *end = text;

	(void)state;
	for (int i = 0; i < 300; i++)
		end += sprintf(end, "%d:c%d:/p%d\n", i, i, i);
	assert_int_equal(parse(&m, text), 0);
	assert_int_equal(m.count, 300);
	assert_string_equal(cg_memberships_path(&m, "c299"), "/p299");
}

/* A directory that holds what the tests put there in place of /proc. */
static char directory[] = "/tmp/cgns-unit-XXXXXX";
static int dirfd_of_files = -1;

static int make_directory(void **state)
{
	(void)state;
	if (!mkdtemp(directory))
		return -1;
	dirfd_of_files = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return dirfd_of_files < 0 || mkdirat(dirfd_of_files, "7", 0700) ? -1 : 0;
}

static int remove_directory(void **state)
{
	static const char *const files[] = { "stat", "7/cmdline", "7/comm", "large" };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(files); i++)
		unlinkat(dirfd_of_files, files[i], 0);
	unlinkat(dirfd_of_files, "link", 0);
	unlinkat(dirfd_of_files, "7", AT_REMOVEDIR);
	close(dirfd_of_files);
	return rmdir(directory);
}

static void put(const char *name, const char *text, size_t len)
{
	cleanup_fd int fd =
		openat(dirfd_of_files, name, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
}

static void stat_of_a_hostile_comm(void **state)
{
	static const char tail[] =
		" S 42 1 1 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 1 0 987654321 10 11\n";
	static const char *const names[] = { "sleep",	   "a b",    ") R 1 (", "()",  "",
					     "x) Z 99 99", "\xff\n", "((((",	"))))" };
	char text[256];

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(names); i++) {
		struct cg_stat stat;
		int len = sprintf(text, "1234 (%s)%s", names[i], tail);

		put("stat", text, (size_t)len);
		assert_int_equal(cg_procfs_stat(dirfd_of_files, "stat", &stat), 0);
		assert_int_equal(stat.pid, 1234);
		assert_int_equal(stat.state, 'S');
		assert_int_equal(stat.ppid, 42);
		assert_int_equal(stat.start_time, 987654321);
		assert_string_equal(stat.comm, names[i]);
	}
}

static void stat_of_another_form_is_refused(void **state)
{
	static const char *const wrong[] = {
		"",	     "1",
		"1 (",	     "1 )(",
		"1 (a)",     "1 (a) S",
		"1 (a) S 2", "x (a) S 42 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 9 1"
	};
	char text[256] = "1 (", *end = text + 3;
	struct cg_stat stat;

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(wrong); i++) {
		put("stat", wrong[i], strlen(wrong[i]));
		assert_int_equal(cg_procfs_stat(dirfd_of_files, "stat", &stat), -EBADMSG);
	}
	/* comm that is too long for the struct is cut, never overrun */
	memset(end, 'c', 100);
	strcpy(end + 100, ") R 2 1 1 0 -1 4 1 2 3 4 5 6 7 8 20 0 1 0 9 1");
	put("stat", text, strlen(text));
	assert_int_equal(cg_procfs_stat(dirfd_of_files, "stat", &stat), 0);
	assert_int_equal(strlen(stat.comm), sizeof(stat.comm) - 1);
}

static void command_is_arguments_or_comm(void **state)
{
	static const struct {
		const char *cmdline;
		size_t len;
		const char *command;
	} examples[] = {
		{ "sleep\000100\0", 10, "sleep 100" },
		{ "sh\0-c\0a b\0", 10, "sh -c a b" },
		{ "one", 3, "one" },
		{ "a\0\0\0", 4, "a" },
		{ "\0x", 2, " x" },
		{ "", 0, "kthreadd" },
		{ "\0\0", 2, "kthreadd" },
	};

	(void)state;
	put("7/comm", "kthreadd\n", 9);
	for (size_t i = 0; i < CG_ARRAY_SIZE(examples); i++) {
		cleanup_free char *command = NULL;

		put("7/cmdline", examples[i].cmdline, examples[i].len);
		assert_int_equal(cg_procfs_command(dirfd_of_files, "7", &command), 0);
		assert_string_equal(command, examples[i].command);
	}
}

static void large_files_are_read_whole(void **state)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	static const size_t sizes[] = { 0, 1, 4094, 4095, 4096, 4097, 8191, 100000, 10 };
	static char large[100000];

	(void)state;
	memset(large, 'x', sizeof(large));
	for (size_t i = 0; i < CG_ARRAY_SIZE(sizes); i++) {
		put("large", large, sizes[i]);
		assert_int_equal(cg_procfs_read(dirfd_of_files, "large", &text), 0);
		assert_int_equal(text.len, sizes[i]);
		assert_int_equal(strlen(text.data), sizes[i]);
		assert_int_equal(cg_procfs_read_record(dirfd_of_files, "large", &text), 0);
		assert_int_equal(text.len, sizes[i]);
	}
	assert_int_equal(cg_procfs_read(dirfd_of_files, "missing", &text), -ENOENT);
}

static void a_namespace_link_holds_its_inode(void **state)
{
	static const struct {
		const char *link;
		int rc;
		uint64_t inode;
	} links[] = {
		{ "cgroup:[4026531835]", 0, 4026531835 },
		{ "cgroup:[4026531835", -EBADMSG, 0 },
		{ "cgroup:4026531835]", -EBADMSG, 0 },
		{ "cgroup:[4026531835]x", -EBADMSG, 0 },
		{ "cgroup:[12x]", -EBADMSG, 0 },
		{ "mnt:[4026531835]", -EBADMSG, 0 },
		{ "cgroup:[", -EBADMSG, 0 },
		{ "/etc/passwd", -EBADMSG, 0 },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(links); i++) {
		uint64_t inode = 0;

		unlinkat(dirfd_of_files, "link", 0);
		assert_int_equal(symlinkat(links[i].link, dirfd_of_files, "link"), 0);
		assert_int_equal(cg_procfs_ns_inode(dirfd_of_files, "link", &inode), links[i].rc);
		assert_true(inode == links[i].inode);
	}
}

static void the_callers_own_namespace(void **state)
{
	cleanup_fd int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct cg_own_namespace own, again;
	uint64_t inode = 0;

	(void)state;
	assert_true(procfd >= 0);
	assert_int_equal(cg_procfs_ns_inode(procfd, "self/ns/cgroup", &inode), 0);
	assert_int_equal(cg_procfs_own_namespace(procfd, &own), 0);
	assert_int_equal(cg_procfs_own_namespace(AT_FDCWD, &again), 0);
	assert_true(own.inode == inode && again.inode == inode);
	assert_true(own.device == again.device && own.device != 0);
	assert_int_equal(own.initial, inode == CG_INITIAL_NS_INODE);
	/* elsewhere than in /proc there is none */
	assert_int_equal(cg_procfs_own_namespace(dirfd_of_files, &own), -ENOENT);
	assert_true(own.inode == 0 && own.device == 0 && !own.initial);
}

static void a_new_namespace_is_not_the_initial_one(void **state)
{
	struct cg_own_namespace own;
	int status = 0;
	pid_t pid;

	(void)state;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (unshare(CLONE_NEWCGROUP) < 0)
			_exit(2);
		_exit(cg_procfs_own_namespace(AT_FDCWD, &own) < 0 || own.initial);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status));
	if (WEXITSTATUS(status) == 2)
		skip();
	assert_int_equal(WEXITSTATUS(status), 0);
}

static void entries_of_proc_that_are_pids(void **state)
{
	(void)state;
	assert_int_equal(cg_procfs_entry_pid("1"), 1);
	assert_int_equal(cg_procfs_entry_pid("4194304"), 4194304);
	assert_int_equal(cg_procfs_entry_pid("2147483647"), 2147483647);
	assert_int_equal(cg_procfs_entry_pid("2147483648"), 0);
	assert_int_equal(cg_procfs_entry_pid("99999999999999999999"), 0);
	assert_int_equal(cg_procfs_entry_pid(""), 0);
	assert_int_equal(cg_procfs_entry_pid("0"), 0);
	assert_int_equal(cg_procfs_entry_pid("01"), 0);
	assert_int_equal(cg_procfs_entry_pid("-1"), 0);
	assert_int_equal(cg_procfs_entry_pid("1a"), 0);
	assert_int_equal(cg_procfs_entry_pid("self"), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_are_split_at_the_first_two_colons),
		cmocka_unit_test(names_may_hold_any_byte),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(a_cut_path_is_not_taken_for_a_whole_one),
		cmocka_unit_test(hundreds_of_lines),
		cmocka_unit_test(stat_of_a_hostile_comm),
		cmocka_unit_test(stat_of_another_form_is_refused),
		cmocka_unit_test(command_is_arguments_or_comm),
		cmocka_unit_test(large_files_are_read_whole),
		cmocka_unit_test(a_namespace_link_holds_its_inode),
		cmocka_unit_test(the_callers_own_namespace),
		cmocka_unit_test(a_new_namespace_is_not_the_initial_one),
		cmocka_unit_test(entries_of_proc_that_are_pids),
	};

	return cmocka_run_group_tests_name("procfs", tests, make_directory, remove_directory);
}
