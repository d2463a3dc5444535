/* SPDX-License-Identifier: GPL-2.0-or-later */
/* what - the grammar of WHAT: one cgroup, named in one of several ways; pure */
#ifndef CGNS_PATH_WHAT_H
#define CGNS_PATH_WHAT_H

#include <stdint.h>
#include <sys/types.h>

#include "error.h"

enum what_form {
	WHAT_PATH,	/* name: an absolute path in --from's view */
	WHAT_PROCESS,	/* pid, and name, the whole text, where a pidfd inode was given */
	WHAT_ID,	/* id */
	WHAT_DIRECTORY, /* name: a directory, or a file in one */
};

struct what {
	enum what_form form;
	const char *name; /* points into the text */
	pid_t pid;
	uint64_t id;
};

/* Parses. Returns 0, or -EINVAL with *err naming the forms that exist. */
int what_parse(const char *text, struct what *what, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

#endif
