/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * number - decimal numbers in text. No input, no output, no errno.
 */
#ifndef CG_NUMBER_H
#define CG_NUMBER_H

#include <stdint.h>

/*
 * Reads the decimal digits that *at begins with, and moves *at behind the last
 * of them; no sign, no blank. Whatever size a long has, a number above most is
 * refused, and never cut. Returns 0; -EBADMSG where *at begins with no digit;
 * -ERANGE where the number is above most. In both cases *at and *number are as
 * they were.
 */
int cg_number_take(const char **at, uint64_t most, uint64_t *number);

/* The same for a text that is a number as a whole: what follows it is -EBADMSG. */
int cg_number_parse(const char *text, uint64_t most, uint64_t *number);

#endif
