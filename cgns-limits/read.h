/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * read - cgroups, from one up to the uppermost that can be seen, and what the
 * files of their limits say; each cgroup is read once
 *
 * The way up is taken by descriptor ("..", never by name), and each cgroup is
 * known by its id. Limits of a way are accepted when two readings of all of them
 * agree and nobody wrote to a file of those cgroups meanwhile (inotify(7) tells), so
 * that values of different moments are not mixed; limits that change later are read again.
 */
#ifndef CGNS_LIMITS_READ_H
#define CGNS_LIMITS_READ_H

#include <stdbool.h>
#include <stdint.h>

#include "cgns-limits/wanted.h"
#include "cleanup.h"
#include "error.h"
#include "limits.h"
#include "procfs.h"
#include "what/what.h"

/* What one cgroup says of one limit. */
struct reading {
	bool there;		     /* the cgroup has the file */
	int errnum;		     /* why it could not be read, or 0 */
	char *text, *second_text;    /* of the files, without the last newline, or NULL */
	const char *failed;	     /* the file that could not be read */
	struct cg_limit_value value; /* not of a set */
	bool used_known;
	int used_errnum; /* why not, or 0 */
	uint64_t used;
};

struct cgroup {
	const struct cg_hierarchy *hierarchy;
	struct cgroup *parent; /* NULL for the uppermost that can be seen */
	dev_t device;
	uint64_t id;
	bool is_top;	   /* the root of the whole hierarchy: nothing is above it */
	bool watched;	   /* the reader is told of what happens in it */
	unsigned int seen; /* the reader's changes when it was there */
	bool stands_alone; /* v1 memory without use_hierarchy: does not count for what is below */
	char *path;	   /* in the caller's view */
	char *dir;	   /* in the caller's mounts */
	struct reading *readings; /* one for each wanted limit */
};

struct reader {
	struct cg_context *context;
	const struct wanted_list *wanted;
	void *tree; /* of the cgroups that live, by hierarchy and path */
	struct cgroup **all;
	size_t count;
	struct cg_text text;
	bool watched;
	int watch; /* once watched: an inotify(7) descriptor, or -1 where there is none */
	unsigned int
		changes; /* from 1 on: how often cgroups went, or others came in their places */
};

/* Reads again from now on. What was read lives on. */
void reader_forget(struct reader *reader);

/* Frees every cgroup that was read. */
void reader_free(struct reader *reader);

/* Takes note of what happened to cgroups that were read; to be called before the next two. */
void reader_look(struct reader *reader);

/*
 * Whether the cgroup is still the one of its path: its directory tells, unless it is known that no
 * cgroup was removed or renamed since that was looked at.
 */
bool reader_has(struct reader *reader, struct cgroup *cgroup) CG_NONNULL(1, 2);

/*
 * The cgroup at path (in the caller's view), with all above it.
 * @fresh: out: it was read just now, or its files were; not fresh: it was known, and is
 *         still there
 * *cgroup lives as long as the reader. Returns 0 or a negative errno value with *err
 * filled: -ENOENT: no such cgroup, -ENXIO: nobody can tell from here, -EAGAIN: it went
 * away meanwhile.
 */
int reader_get(struct reader *reader, const struct cg_hierarchy *hierarchy, const char *path,
	       struct cgroup **cgroup, bool *fresh, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2, 3, 4, 5);

#endif
