/* SPDX-License-Identifier: GPL-2.0-or-later */
/* lines - standard input, line by line, in constant memory */
#ifndef CGNS_PATH_LINES_H
#define CGNS_PATH_LINES_H

#include <stddef.h>

#include "error.h"

/* Called for each line, without its separator; line[len] is NUL. Not 0 ends the walk. */
typedef int (*line_visit)(char *line, size_t len, void *data);

/*
 * Calls visit for each line of standard input, also for a last one that lacks
 * its separator. Standard output is flushed before each read, which may wait:
 * whoever feeds lines one by one gets each answer.
 * Returns 0, what visit returned if that is not 0, or a negative errno value
 * with *err filled.
 */
int lines_read(char separator, line_visit visit, void *data, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(2);

/* Refuses a line of len bytes that holds a NUL, which no name does. */
int lines_check(const char *line, size_t len, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

#endif
