/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <pty.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <termios.h>

#include "syscalls.h"

static struct {
	int fd;	    /* the stream that is redirected */
	int saved;  /* where it went before */
	int source; /* where what was printed can be read */
} capture = { -1, -1, -1 };

static void flush(void)
{
	fflush(stdout);
	fflush(stderr);
}

static void redirect(int fd, int to)
{
	assert_int_equal(capture.fd, -1);
	flush();
	capture.fd = fd;
	capture.saved = fcntl(fd, F_DUPFD_CLOEXEC, 3);
	assert_true(capture.saved >= 0);
	assert_true(dup2(to, fd) == fd);
}

void unit_capture(int fd)
{
	int memory = memfd_create("capture", MFD_CLOEXEC);

	assert_true(memory >= 0);
	redirect(fd, memory);
	capture.source = memory;
}

void unit_capture_terminal(unsigned short columns)
{
	struct winsize size = { .ws_row = 25, .ws_col = columns };
	struct termios plain = { .c_cflag = CS8 };
	int master, slave;

	assert_return_code(openpty(&master, &slave, NULL, &plain, &size), 0);
	redirect(STDOUT_FILENO, slave);
	close(slave);
	assert_return_code(fcntl(master, F_SETFL, O_NONBLOCK), 0);
	capture.source = master;
}

static char *read_all(int fd)
{
	size_t len = 0, size = 0;
	char *text = NULL;
	ssize_t got;

	do {
		size += 65536;
		text = realloc(text, size + 1);
		assert_non_null(text);
		while ((got = read(fd, text + len, size - len)) > 0)
			len += (size_t)got;
	} while (len == size);
	text[len] = '\0';
	return text;
}

char *unit_capture_end(void)
{
	char *text;

	flush();
	lseek(capture.source, 0, SEEK_SET);
	text = read_all(capture.source);
	assert_true(dup2(capture.saved, capture.fd) == capture.fd);
	close(capture.source);
	close(capture.saved);
	capture.fd = capture.saved = capture.source = -1;
	return text;
}

void unit_assert_error(struct cg_error *err, const char *text)
{
	cleanup_free char *got = cg_error_text(err);

	assert_non_null(got);
	assert_string_equal(got, text);
	cg_error_reset(err);
}

void unit_assert_narrow(const char *text, size_t columns)
{
	for (const char *line = text; *line;) {
		size_t len = strcspn(line, "\n");

		if (len > columns)
			fail_msg("%zu columns: %.*s", len, (int)len, line);
		line += len + (line[len] == '\n');
	}
}

void unit_need_pidfd(void)
{
	cleanup_fd int fd = cg_pidfd_open(getpid(), 0);

	if (fd < 0 && errno == ENOSYS)
		skip();
}
