/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "lines.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

#define FIRST_SIZE (256 * 1024)

/* What was read and not yet handed on: data[start..end). */
struct window {
	char *data;
	size_t start, end, size;
	size_t searched; /* no separator before this */
};

static void window_free(struct window *window)
{
	free(window->data);
}

/* Moves what is left to the front, and doubles the room if a line fills it. */
static int make_room(struct window *window)
{
	size_t left = window->end - window->start;
	char *data;

	if (window->start > 0) {
		memmove(window->data, window->data + window->start, left);
		window->searched -= window->start;
		window->start = 0;
		window->end = left;
	}
	if (left + 1 < window->size)
		return 0;
	data = realloc(window->data, window->size ? window->size * 2 : FIRST_SIZE);
	if (!data)
		return -ENOMEM;
	window->data = data;
	window->size = window->size ? window->size * 2 : FIRST_SIZE;
	return 0;
}

/* Hands on every whole line. */
static int visit_lines(struct window *window, char separator, line_visit visit, void *data)
{
	char *end;

	while ((end = memchr(window->data + window->searched, separator,
			     window->end - window->searched))) {
		char *line = window->data + window->start;
		int rc;

		*end = '\0';
		rc = visit(line, (size_t)(end - line), data);
		if (rc != 0)
			return rc;
		window->start = (size_t)(end - window->data) + 1;
		window->searched = window->start;
	}
	window->searched = window->end;
	return 0;
}

/* Reads more. Returns the number of bytes, 0 at the end, or a negative errno value. */
static ssize_t read_more(struct window *window)
{
	ssize_t got;
	int rc = make_room(window);

	if (rc < 0)
		return rc;
	do {
		got = read(STDIN_FILENO, window->data + window->end,
			   window->size - window->end - 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	window->end += (size_t)got;
	return got;
}

int lines_check(const char *line, size_t len, struct cg_error *err)
{
	if (strlen(line) == len)
		return 0;
	cg_error_set(err, 0, "a line with a NUL byte in it");
	return cg_error_hint(err, "with --zero lines end in NUL");
}

int lines_read(char separator, line_visit visit, void *data, struct cg_error *err)
{
	cleanup_with(window_free) struct window window = { .data = NULL };
	ssize_t got;

	for (;;) {
		/* who waits for an answer before asking on gets it */
		int rc = cg_output_flush(err);

		if (rc < 0)
			return rc;
		got = read_more(&window);
		if (got <= 0)
			break;
		rc = visit_lines(&window, separator, visit, data);
		if (rc != 0)
			return rc;
	}
	if (got < 0)
		return cg_error_set(err, (int)-got, "cannot read standard input");
	if (window.end == window.start)
		return 0;
	window.data[window.end] = '\0';
	return visit(window.data + window.start, window.end - window.start, data);
}
