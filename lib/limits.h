/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limits - the limits of cgroups: a table, and what their files say; pure
 *
 * A limit is called by its v2 file (the kernel's cgroup-v2.rst), also where a
 * v1 hierarchy has it under another name (cgroup-v1/). For each the table has
 * the files to read in either version and how their texts make a value; what
 * is done with them is the same for all: the smallest value on the way up
 * holds, but for sets, where the kernel itself keeps the effective one.
 */
#ifndef CG_LIMITS_H
#define CG_LIMITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "cleanup.h"

enum cg_limit_kind {
	CG_LIMIT_BYTES,
	CG_LIMIT_COUNT,
	CG_LIMIT_CPUS, /* quota in a period, both in microseconds: a number of CPUs */
	CG_LIMIT_SET,  /* a list such as "0-3,7"; no numbers are made of it */
};

/* The files of one limit in one version of cgroups; "SIZE" in a name stands for a huge page's. */
struct cg_limit_files {
	const char *limit;  /* NULL: that version has no such limit */
	const char *second; /* bytes: part of the limit, subtracted; CPUs: the period; or NULL */
	const char *used;   /* what the cgroup has in use against it, or NULL */
	const char *used_second; /* subtracted from that, or NULL */
	const char *used_key;	 /* the line of a keyed file ("nr_descendants"), or NULL */
	const char *set; /* the file to write; NULL: limit, where second is written before it */
};

struct cg_limit {
	const char *name;	/* "memory.max" */
	const char *controller; /* "memory"; "" for what v2 has without any */
	enum cg_limit_kind kind;
	bool on_request; /* not among the limits that are looked for unless asked for */
	bool of_levels;	 /* used is how many levels a cgroup lies below the one that sets it */
	struct cg_limit_files v2, v1;
};

extern const struct cg_limit cg_limits[];
extern const size_t cg_limit_count;

/* The files of the limit in a v2 (unified) or v1 hierarchy. Never NULL. */
const struct cg_limit_files *cg_limit_files_of(const struct cg_limit *limit, bool unified)
	CG_NONNULL(1);

/*
 * The limit that is called name ("hugetlb.2MB.max" too), or NULL.
 * @size, @size_len: out: where the name has a huge page's size, that part of
 *                   it; else "" and 0
 */
const struct cg_limit *cg_limit_find(const char *name, const char **size, size_t *size_len)
	CG_NONNULL(1, 2, 3);

/*
 * The limit that a file of a v2 (unified) or v1 hierarchy is of, the file to
 * read or the one to write, or NULL. @size, @size_len: as above.
 */
const struct cg_limit *cg_limit_of_file(const char *file, bool unified, const char **size,
					size_t *size_len) CG_NONNULL(1, 3, 4);

/* Whether a name has a place for a huge page's size. */
bool cg_limit_has_size(const char *name) CG_NONNULL(1);

/* The file's name with that size in it; freed by the caller, NULL if memory is short. */
char *cg_limit_file_name(const char *pattern, const char *size, size_t size_len) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * If file is that pattern with some size in it ("hugetlb.2MB.max"), the size
 * and its length. Returns whether it is.
 */
bool cg_limit_match(const char *pattern, const char *file, const char **size, size_t *size_len)
	CG_NONNULL(1, 2, 3, 4);

struct cg_limit_value {
	bool unlimited;
	uint64_t number; /* bytes, a count, or the quota */
	uint64_t period; /* of CPUs; else 1 */
};

#define CG_LIMIT_UNLIMITED \
	{                  \
		true, 0, 1 \
	}

/*
 * What the texts of the limit's files say; without or with a newline at the end.
 * @second: the text of that file, or NULL where there is none
 * Returns 0, -EBADMSG for text that is not of the form, or -ERANGE for a number
 * above 64 bits. Not for sets.
 */
int cg_limit_parse(const struct cg_limit *limit, bool unified, const char *text, const char *second,
		   struct cg_limit_value *value) CG_MUST_CHECK CG_NONNULL(1, 3, 5);

/* A number and nothing else but a newline, for what is used. Errors as above. */
int cg_limit_parse_number(const char *text, uint64_t *number) CG_MUST_CHECK CG_NONNULL(1, 2);

/* The number in the line of a keyed file ("nr_descendants 3"). -ENODATA: no such line. */
int cg_limit_parse_keyed(const char *text, const char *key, uint64_t *number) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3);

/*
 * Whether that number says that there is no limit: the kernel counts pages in a
 * long, so unlimited is the highest number of them, rounded down to (huge)
 * pages. Nothing that exists has 8 EiB, and no 32-bit kernel 2^31 pages.
 * @long_bits: 64; 32 where the kernel may be a 32-bit one
 */
bool cg_limit_is_unlimited(uint64_t bytes, unsigned int long_bits, uint64_t page_size);

/* Negative, 0 or positive: a is less than, as much as, more than b. Unlimited is the most. */
int cg_limit_compare(const struct cg_limit_value *a, const struct cg_limit_value *b)
	CG_NONNULL(1, 2);

/* What is left of it: 0 also where more is in use than it allows. Not of an unlimited one. */
uint64_t cg_limit_left(const struct cg_limit_value *value, uint64_t used) CG_NONNULL(1);

/* The longest text of cg_limit_format() and cg_limit_format_number(), its NUL included. */
#define CG_LIMIT_TEXT_SIZE 32

/*
 * The value as text: "max", a number, or with units bytes as "512M" or "1.5G"
 * (powers of 1024, rounded to one decimal). CPUs are "1.5": six decimals at
 * most. Returns text.
 */
const char *cg_limit_format(enum cg_limit_kind kind, const struct cg_limit_value *value, bool units,
			    char text[CG_LIMIT_TEXT_SIZE]) CG_NONNULL(2, 4);

/* The same for what is used or left. */
const char *cg_limit_format_number(enum cg_limit_kind kind, uint64_t number, bool units,
				   char text[CG_LIMIT_TEXT_SIZE]) CG_NONNULL(4);

/*
 * Reads a number of bytes as the kernel does what is written to these files
 * (memparse()): a number, octal if it begins with 0 and hexadecimal with 0x, maybe
 * followed by one of K, M, G, T, P, E in either case. Returns 0, -EBADMSG or -ERANGE.
 */
int cg_limit_parse_bytes(const char *text, uint64_t *bytes) CG_MUST_CHECK CG_NONNULL(1, 2);

/* Whether text is a list such as "0-3,7"; an empty one is. */
bool cg_limit_is_set(const char *text) CG_NONNULL(1);

/* Whether a set has all that another one has. */
bool cg_limit_set_contains(const char *set, const char *other) CG_NONNULL(1, 2);

#endif
