/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was asked of cgns-enter. */
#ifndef ENTER_OPTIONS_H
#define ENTER_OPTIONS_H

#include <stdbool.h>

#include "error.h"
#include "options/options.h"
#include "privs.h"
#include "target.h"

enum enter_join {
	ENTER_STAY, /* the caller's cgroups stay */
	ENTER_JOIN_CGROUP,
	ENTER_JOIN_ROOT,
};

enum enter_id_mode {
	ENTER_ID_DEFAULT, /* as it is; 0 in a user namespace that is entered */
	ENTER_ID_NUMBER,
	ENTER_ID_FOLLOW, /* the target process's */
};

struct enter_id {
	enum enter_id_mode mode;
	unsigned int number;
};

/* A directory that the program shall have. */
struct enter_directory {
	bool asked_for;
	const char *name; /* NULL: the target process's */
};

struct enter_options {
	const char *target;
	enum enter_join join;
	const char *subgroup;
	bool mount_cgroup;
	const char *mount_dir; /* NULL: each on its own place */
	int namespaces;	       /* the CLONE_ flags of those asked for beside the cgroup one */
	bool all;
	struct enter_id uid, gid;
	struct enter_directory root, wd;
	bool env, no_fork, no_new_privs, keep_fds;
	const char *says; /* for cg_say() with --verbose, else NULL */
	struct cg_caps caps;
	char **argv;	/* the whole command line */
	char **program; /* what to run: its end */
};

extern const struct cg_program cgns_enter;

/*
 * Parses and verifies. Returns 0; 1 if --help or --version was answered and
 * nothing else is wanted; -EINVAL with *err filled for wrong usage; or
 * another negative errno value.
 */
int enter_options_parse(int argc, char **argv, struct enter_options *options,
			struct cg_error *err) CG_MUST_CHECK;

/* For a target that is a namespace alone: -EINVAL with *err filled if a process is needed. */
int enter_options_check_target(const struct enter_options *options, struct cg_error *err);

#endif
