/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Reads lines from standard input. */
#include "input.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "output.h"

enum {
	ROOM = 4 * CG_LINE_LIMIT,
	SHOWN = 64, /* of a line that is too long */
};

/* What was read and not yet handed on: data[start..end). */
struct window {
	char *data;
	size_t start, end;
	size_t searched; /* no separator before this */
	bool skips;	 /* a line that was too long, up to its end */
};

static void window_free(struct window *window)
{
	free(window->data);
}

/* Moves what is left to the front: less than a whole line, which has room. */
static void make_room(struct window *window)
{
	memmove(window->data, window->data + window->start, window->end - window->start);
	window->searched -= window->start;
	window->end -= window->start;
	window->start = 0;
}

/* A line that is too long is handed on by its beginning, once. */
static int hand_on(const struct cg_line_reader *reader, struct window *window, char *end)
{
	char *line = window->data + window->start;
	size_t len = (size_t)(end - line);

	if (window->skips)
		return 0;
	if (len > CG_LINE_LIMIT) {
		line[SHOWN] = '\0';
		return reader->visit(line, CG_LINE_TOO_LONG, reader->data);
	}
	*end = '\0';
	return reader->visit(line, len, reader->data);
}

/* Hands on every whole line, and drops what is already too long. */
static int visit_lines(const struct cg_line_reader *reader, struct window *window)
{
	char *end;
	int rc;

	while ((end = memchr(window->data + window->searched, reader->separator,
			     window->end - window->searched))) {
		rc = hand_on(reader, window, end);
		if (rc != 0)
			return rc;
		window->skips = false;
		window->start = (size_t)(end - window->data) + 1;
		window->searched = window->start;
	}
	window->searched = window->end;
	if (window->end - window->start <= CG_LINE_LIMIT)
		return 0;
	rc = hand_on(reader, window, window->data + window->end);
	window->skips = true;
	window->start = window->end;
	return rc;
}

/* Reads more. Returns the number of bytes, 0 at the end, or a negative errno value. */
static ssize_t read_more(const struct cg_line_reader *reader, struct window *window)
{
	struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
	bool waits = poll(&input, 1, 0) <= 0; /* not known: as if */
	ssize_t got;

	make_room(window);
	do {
		got = read(STDIN_FILENO, window->data + window->end, ROOM - window->end - 1);
	} while (got < 0 && errno == EINTR);
	if (got < 0)
		return -errno;
	window->end += (size_t)got;
	if (waits && reader->waited)
		reader->waited(reader->data);
	return got;
}

int cg_lines_check(const char *line, size_t len, struct cg_error *err)
{
	if (len == CG_LINE_TOO_LONG)
		return cg_error_set(err, 0, "a line of more than %d bytes", CG_LINE_LIMIT);
	if (strlen(line) == len)
		return 0;
	cg_error_set(err, 0, "a line with a NUL byte in it");
	return cg_error_hint(err, "with --zero lines end in NUL");
}

int cg_lines_read(const struct cg_line_reader *reader, struct cg_error *err)
{
	cleanup_with(window_free) struct window window = { .data = malloc(ROOM) };
	ssize_t got;

	if (!window.data)
		return cg_error_set(err, ENOMEM, "cannot read standard input");
	for (;;) {
		/* who waits for an answer before asking on gets it */
		int rc = cg_output_flush(err);

		if (rc < 0)
			return rc;
		got = read_more(reader, &window);
		if (got <= 0)
			break;
		rc = visit_lines(reader, &window);
		if (rc != 0)
			return rc;
	}
	if (got < 0)
		return cg_error_set(err, (int)-got, "cannot read standard input");
	return window.end == window.start ? 0 : hand_on(reader, &window, window.data + window.end);
}

int cg_lines_visit(const struct cg_line_reader *reader, char **texts, size_t count, bool *is_line,
		   struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++) {
		*is_line = strcmp(texts[i], "-") == 0;
		rc = *is_line ? cg_lines_read(reader, err)
			      : reader->visit(texts[i], strlen(texts[i]), reader->data);
	}
	return rc;
}
