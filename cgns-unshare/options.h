/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was asked for on the command line. */
#ifndef CGNS_UNSHARE_OPTIONS_H
#define CGNS_UNSHARE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "cgroupfs/cgroupfs.h"
#include "cleanup.h"
#include "error.h"
#include "options/options.h"
#include "privs.h"

/* -g [HIERARCHY:]PATH */
struct place {
	char *hierarchy; /* NULL: every one that is mounted */
	const char *path;
};

enum id_map { MAP_NONE, MAP_ROOT, MAP_CURRENT };

struct request {
	struct place *places;
	size_t place_count;
	bool create, remove, own;
	uid_t owner;
	gid_t owner_group;	     /* (gid_t)-1: as it is */
	struct cg_settings settings; /* --set */
	const char *subgroup;
	bool mount_cgroup;
	const char *mount_cgroup_dir; /* or NULL: on their own places */
	const char *persist;
	int namespaces; /* CLONE_NEW* flags */
	enum id_map id_map;
	const char *mount_proc; /* or NULL */
	bool fork;
	int kill_child; /* a signal, or 0 */
	const char *root, *directory;
	struct cg_privs privs;
	const char *says; /* for cg_say() with --verbose, else NULL */
	char **argv;	  /* the program; argv[0] is NULL for a shell */
};

extern const struct cg_program cgns_unshare;

/*
 * Parses and verifies. Returns 0, 1 if --help or the like was answered and nothing else is
 * wanted, or a negative errno value with *err filled: wrong usage.
 */
int request_parse(int argc, char **argv, struct request *request,
		  struct cg_error *err) CG_MUST_CHECK;

void request_free(struct request *request);

#define cleanup_request cleanup_with(request_free)

#endif
