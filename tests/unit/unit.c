/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "unit.h"

#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>

static struct {
	int fd;	   /* the stream that is redirected */
	int saved; /* where it went before */
	int memory;
} capture = { -1, -1, -1 };

static void flush(void)
{
	fflush(stdout);
	fflush(stderr);
}

void unit_capture(int fd)
{
	assert_int_equal(capture.fd, -1);
	flush();
	capture.fd = fd;
	capture.saved = dup(fd);
	capture.memory = memfd_create("capture", MFD_CLOEXEC);
	assert_true(capture.saved >= 0 && capture.memory >= 0);
	assert_true(dup2(capture.memory, fd) == fd);
}

char *unit_capture_end(void)
{
	struct stat st;
	char *text;

	flush();
	assert_true(dup2(capture.saved, capture.fd) == capture.fd);
	assert_return_code(fstat(capture.memory, &st), 0);
	text = calloc(1, (size_t)st.st_size + 1);
	assert_non_null(text);
	assert_int_equal(pread(capture.memory, text, (size_t)st.st_size, 0), st.st_size);
	close(capture.memory);
	close(capture.saved);
	capture.fd = capture.saved = capture.memory = -1;
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
