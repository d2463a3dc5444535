/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * error - what failed, why the kernel says so, and what would help
 *
 * The library never prints and never exits. A function that can fail takes a
 * struct cg_error * as its last argument, fills it, and returns a negative
 * errno value; main prints it once, with cg_error_text().
 *
 * Functions that only report a reason, and leave the words to their caller
 * (parsers, readers), return a negative errno value and take no cg_error.
 */
#ifndef CG_ERROR_H
#define CG_ERROR_H

#include <stdbool.h>
#include <string.h>

#include "cleanup.h"

struct cg_error {
	int errnum;    /* errno value, or 0 where the kernel gave no reason */
	char *message; /* what failed: "cannot join /x of memory" */
	char *hint;    /* what is known about it, or would help; or NULL */
};

/*
 * Fills *err; what it held before is released.
 * @err: may be NULL: then only the return value speaks
 * @errnum: a positive errno value, or 0 if the kernel was not asked
 * Returns -errnum, or -EINVAL where errnum is 0, so that
 * "return cg_error_set(err, errno, ...)" reads well. If memory is short the
 * message is lost and errnum stays.
 */
int cg_error_set(struct cg_error *err, int errnum, const char *fmt, ...) CG_PRINTF(3, 4);

/*
 * Puts "fmt: " before the message. Returns -err->errnum (-EINVAL if it is 0,
 * or err is NULL). If memory is short the message stays as it was.
 */
int cg_error_prefix(struct cg_error *err, const char *fmt, ...) CG_PRINTF(2, 3);

/* Sets the hint, replacing any. Returns and behaves as cg_error_prefix(). */
int cg_error_hint(struct cg_error *err, const char *fmt, ...) CG_PRINTF(2, 3);

/*
 * The whole error on one line, "message: strerror(errnum): hint", without
 * program name and newline; parts that are missing are left out. Control
 * characters and invalid UTF-8 in it are escaped as \xHH: names come from
 * cgroups that anybody may have made, messages end on terminals and in logs.
 * Returns a string that the caller frees, or NULL if memory is short.
 */
char *cg_error_text(const struct cg_error *err) CG_MUST_CHECK;

/* Takes over what *from holds, in place of what *err held. */
void cg_error_move(struct cg_error *err, struct cg_error *from) CG_NONNULL(2);

/* Releases what *err holds and empties it. NULL is fine. */
void cg_error_reset(struct cg_error *err);

#define cleanup_error cleanup_with(cg_error_reset)

/*
 * Whether an errno value says nothing of what was looked at, but that the
 * caller ran short of something or was disturbed: memory, descriptors, an I/O
 * error, a signal. Then nothing is known; a negative answer would be a guess.
 */
bool cg_errno_is_shortage(int errnum);

/*
 * For what may be passed over where it cannot be looked at: a negative errno
 * value that is a shortage as it is, and 0 for every other, and for 0.
 */
int cg_only_shortage(int rc) CG_MUST_CHECK;

/*
 * Escapes bytes that are unsafe on a terminal, control characters (C0, DEL,
 * C1) and invalid UTF-8, as \xHH. Where there is one, a backslash that would
 * read as such an escape (one before "xHH") is escaped too, as \x5c. A text
 * with nothing unsafe in it comes out as it is, for the names of systemd's
 * units are full of \x2d and are to be copied from the screen.
 * Returns a string that the caller frees, or NULL if memory is short.
 */
char *cg_escape(const char *text) CG_MUST_CHECK CG_NONNULL(1);

/* The same, and for all that is not ASCII, where the locale has no UTF-8. */
char *cg_escape_non_ascii(const char *text) CG_MUST_CHECK CG_NONNULL(1);

/* The same for invalid UTF-8 only, where control characters have a form of their own (JSON). */
char *cg_escape_invalid(const char *text) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Text as one word of sh: in single quotes if it needs them, by printf(1) what no terminal
 * shows, so that a line to type can be pasted. Nothing in it is left to be escaped.
 * Returns a string that the caller frees, or NULL if memory is short.
 */
char *cg_quote(const char *text) CG_MUST_CHECK CG_NONNULL(1);

static inline bool cg_starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

/* As asprintf(3). Returns a string that the caller frees, or NULL if memory is short. */
char *cg_format(const char *fmt, ...) CG_MUST_CHECK CG_PRINTF(1, 2) CG_NONNULL(1);

/* A text that grows piece by piece, "/a, /b": NULL before the first, and once memory was short. */
struct cg_list {
	char *text;
	bool failed;
};

/* Adds a piece, with between before it unless it is the first. */
void cg_list_add(struct cg_list *list, const char *between, const char *fmt, ...) CG_PRINTF(3, 4)
	CG_NONNULL(1, 2, 3);

void cg_list_free(struct cg_list *list);

#define cleanup_list cleanup_with(cg_list_free)

/*
 * The name that is nearest to text by edit distance, upper and lower case
 * alike, for suggestions; the first of several. NULL if none is near, which is:
 * at most about a third of the letters wrong.
 * @names: the first of count names, each stride bytes behind the one before: members of an
 *         array's items
 */
const char *cg_nearest(const char *text, const char *const *names, size_t count, size_t stride)
	CG_NONNULL(1, 2);

#endif
