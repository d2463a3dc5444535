/* SPDX-License-Identifier: GPL-2.0-or-later */
/* input - standard input, line by line, in constant memory */
#ifndef CG_INPUT_H
#define CG_INPUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "error.h"

#define CG_LINE_LIMIT	 65536	  /* no name of a cgroup comes near it */
#define CG_LINE_TOO_LONG SIZE_MAX /* as its length: only the beginning of the line is there */

/* Who reads the lines. */
struct cg_line_reader {
	char separator;
	/* called for each line, without its separator; line[len] is NUL. Not 0 ends the walk */
	int (*visit)(char *line, size_t len, void *data);
	/* called after it was waited for more, which may have taken any time */
	void (*waited)(void *data);
	void *data;
};

/*
 * Reads each line of standard input, also a last one that lacks its separator.
 * Of a line of more than CG_LINE_LIMIT bytes only the beginning is visited, with
 * the length CG_LINE_TOO_LONG, and the rest skipped. Standard output is flushed
 * before each read, which may wait: whoever feeds lines one by one gets each
 * answer.
 * Returns 0, what visit returned if that is not 0, or a negative errno value
 * with *err filled.
 */
int cg_lines_read(const struct cg_line_reader *reader, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Visits each of count texts and, where one is "-", the lines of standard input instead.
 * @is_line: set before each visit: whether it is a line of standard input
 * Returns as cg_lines_read().
 */
int cg_lines_visit(const struct cg_line_reader *reader, char **texts, size_t count, bool *is_line,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4);

/* Refuses a line that is too long, and one of len bytes that holds a NUL, which no name does. */
int cg_lines_check(const char *line, size_t len, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

#endif
