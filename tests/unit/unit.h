/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the unit tests share; includes cmocka and what it needs. */
#ifndef CG_UNIT_H
#define CG_UNIT_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdbool.h>
#include <stdlib.h>

#include "cleanup.h"
#include "error.h"

/*
 * Redirects a standard stream (STDOUT_FILENO, STDERR_FILENO) to memory until
 * unit_capture_end(), which returns what was printed, to be freed.
 */
void unit_capture(int fd);

/* The same for standard output, with a terminal of that many columns. */
void unit_capture_terminal(unsigned short columns);

char *unit_capture_end(void);

/* Fails unless cg_error_text() of err is text; resets err. */
void unit_assert_error(struct cg_error *err, const char *text);

/* Fails if a line of text is longer than columns. */
void unit_assert_narrow(const char *text, size_t columns);

/* Skips the test where there are no pidfds: kernels before 5.3, and valgrind 3.19. */
void unit_need_pidfd(void);

#endif
