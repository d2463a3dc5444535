/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the harnesses share. Each defines LLVMFuzzerTestOneInput() for clang's
 * libFuzzer, feeds the input to one parser, and holds the answer against an
 * oracle: a second, plainer reading of the same text, or the way back.
 */
#ifndef CG_FUZZ_H
#define CG_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "cleanup.h"
#include "error.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#define fuzz_assert(condition)                                                                    \
	do {                                                                                      \
		if (!(condition)) {                                                               \
			fprintf(stderr, "%s:%d: not true: %s\n", __FILE__, __LINE__, #condition); \
			abort();                                                                  \
		}                                                                                 \
	} while (0)

/* The input as a text in a buffer of its own size, so that reading on is seen. Never NULL. */
static inline char *fuzz_text(const uint8_t *data, size_t size)
{
	char *text = malloc(size + 1);

	fuzz_assert(text);
	memcpy(text, data, size);
	text[size] = '\0';
	return text;
}

/* Whether an error says something, on one line that is safe to print. */
static inline void fuzz_check_error(const struct cg_error *err)
{
	cleanup_free char *text = cg_error_text(err);

	fuzz_assert(err->message && *err->message);
	fuzz_assert(text);
	for (const char *c = text; *c; c++)
		fuzz_assert((unsigned char)*c >= 0x20 && *c != 0x7f);
}

/* A decimal number of any length; what does not fit is UINT64_MAX with *fits false. */
static inline uint64_t fuzz_number(const char *digits, size_t len, bool *fits)
{
	unsigned __int128 number = 0;

	for (size_t i = 0; i < len; i++) {
		number = number * 10 + (unsigned int)(digits[i] - '0');
		if (number > UINT64_MAX) {
			*fits = false;
			return UINT64_MAX;
		}
	}
	*fits = true;
	return (uint64_t)number;
}

#endif
