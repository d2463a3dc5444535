/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * output - the end of standard output, and JSON on it; apart from table.h,
 * for the programs that print no table and are not linked with libsmartcols
 */
#ifndef CG_OUTPUT_H
#define CG_OUTPUT_H

#include <stdbool.h>

#include "cleanup.h"
#include "error.h"

/* The error of a write that failed for errnum, 0 where that is lost. Returns -errnum or -EIO. */
int cg_output_failed(int errnum, struct cg_error *err);

/* Writes out what is buffered. Returns 0 or a negative errno value with *err filled. */
int cg_output_flush(struct cg_error *err) CG_MUST_CHECK;

/*
 * Flushes standard output and checks that all of it was written, for the end
 * of every program, --help and --version included. Standard output stays
 * open. Returns 0 or a negative errno value with *err filled.
 */
int cg_output_close(struct cg_error *err) CG_MUST_CHECK;

/* Where the writing of JSON (RFC 8259) is: the one layout of all programs. */
struct cg_json {
	int depth;
	bool filled; /* something stands already in what is open */
};

/*
 * Opens an object or an array.
 * @key: the column's name, written in lower case; NULL: an item of an array, or the whole
 * @bracket: '{' or '['
 */
void cg_json_open(struct cg_json *json, const char *key, char bracket) CG_NONNULL(1);

/* Closes it: '}' or ']'. What closes the whole ends the line. */
void cg_json_close(struct cg_json *json, char bracket) CG_NONNULL(1);

/*
 * A string; invalid UTF-8 in it is \xHH as by cg_escape_invalid(), the rest
 * exact. NULL is null. Returns 0 or -ENOMEM.
 */
int cg_json_text(struct cg_json *json, const char *key, const char *text) CG_MUST_CHECK
	CG_NONNULL(1);

/* What is no string, as it is written: a number, "true", "null". */
void cg_json_word(struct cg_json *json, const char *key, const char *word) CG_NONNULL(1, 3);

#endif
