/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdio_ext.h>

#include "output.h"

/* close(2) by way of the linker (ld(1), --wrap): the next one fails, as on NFS. */
static bool failing_close;

int __real_close(int fd);
int __wrap_close(int fd);
int __wrap_close(int fd)
{
	int rc = __real_close(fd);

	if (!failing_close)
		return rc;
	failing_close = false;
	errno = EDQUOT;
	return -1;
}

/* Puts standard output on a file, prints size bytes, and returns what finish() says. */
static int output_to(const char *file, size_t size, int (*finish)(struct cg_error *),
		     struct cg_error *err)
{
	int saved, fd = -1, rc;

	fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	assert_true(saved >= 0);
	if (file) {
		fd = open(file, O_WRONLY | O_CLOEXEC);
		assert_true(fd >= 0);
		assert_true(dup2(fd, STDOUT_FILENO) >= 0);
		close(fd);
	} else {
		close(STDOUT_FILENO);
	}
	while (size--)
		putchar('x');
	rc = finish(err);
	assert_true(dup2(saved, STDOUT_FILENO) >= 0);
	close(saved);
	__fpurge(stdout);
	clearerr(stdout);
	return rc;
}

static void check_writes(int (*finish)(struct cg_error *))
{
	cleanup_error struct cg_error err = { 0 };

	assert_int_equal(output_to("/dev/null", 10, finish, &err), 0);
	assert_int_equal(output_to("/dev/full", 0, finish, &err), 0);
	assert_int_equal(output_to(NULL, 0, finish, &err), 0);
	assert_int_equal(output_to("/dev/full", 1, finish, &err), -ENOSPC);
	unit_assert_error(&err, "cannot write to standard output: No space left on device");
	assert_int_equal(output_to("/dev/full", 1000000, finish, &err), -ENOSPC);
	unit_assert_error(&err, "cannot write to standard output: No space left on device");
	assert_int_equal(output_to(NULL, 1, finish, &err), -EBADF);
	unit_assert_error(&err, "cannot write to standard output: Bad file descriptor");
}

static void a_write_error_is_seen(void **state)
{
	(void)state;
	check_writes(cg_output_flush);
	check_writes(cg_output_close);
}

static void an_error_of_close_is_seen(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	failing_close = true;
	assert_int_equal(cg_output_close(&err), -EDQUOT);
	assert_false(failing_close);
	unit_assert_error(&err, "cannot write to standard output: Disk quota exceeded");
}

static void an_earlier_write_error_is_not_forgotten(void **state)
{
	cleanup_error struct cg_error err = { 0 };
	int saved, full;

	(void)state;
	fflush(stdout);
	saved = fcntl(STDOUT_FILENO, F_DUPFD_CLOEXEC, 3);
	full = open("/dev/full", O_WRONLY | O_CLOEXEC);
	assert_true(saved >= 0 && full >= 0);
	dup2(full, STDOUT_FILENO);
	putchar('x');
	assert_int_equal(fflush(stdout), EOF);
	__fpurge(stdout);
	assert_int_equal(cg_output_close(&err), -EIO);
	dup2(saved, STDOUT_FILENO);
	close(saved);
	close(full);
	clearerr(stdout);
	unit_assert_error(&err, "cannot write to standard output: Input/output error");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_write_error_is_seen),
		cmocka_unit_test(an_error_of_close_is_seen),
		cmocka_unit_test(an_earlier_write_error_is_not_forgotten),
	};

	return cmocka_run_group_tests_name("output", tests, NULL, NULL);
}
