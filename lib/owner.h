/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * owner - whose cgroup is it: container, pod and unit, read out of a path; pure
 *
 * Container runtimes, kubelet and systemd write the names of what they start
 * into the names of cgroups, each in its own way. No runtime is asked: what
 * the table does not know (a name given freely, such as ctr's /default/NAME)
 * belongs to nobody.
 */
#ifndef CG_OWNER_H
#define CG_OWNER_H

#include <stdbool.h>
#include <stddef.h>

#include "error.h"

#define CG_OWNER_SIZE 256 /* a cgroup's name has at most NAME_MAX bytes (mkdir(2)) */

/* Which manager a unit belongs to; the lower ones are meant first. */
enum cg_unit_rank {
	CG_UNIT_OF_HOST,      /* no container and no user@ above it */
	CG_UNIT_OF_USER,      /* below user@UID.service */
	CG_UNIT_OF_CONTAINER, /* below a container's cgroup */
};

/* What a path says. A string is "" and its end 0 where it says nothing of the kind. */
struct cg_owner {
	const char *runtime;	       /* "docker", "podman", ...; NULL without a container */
	char container[CG_OWNER_SIZE]; /* the id, whole, or the name of the deepest container */
	bool is_id;		       /* container is an id: people read its first digits */
	char pod[CG_OWNER_SIZE];       /* the deepest pod: its UID with "-", or podman's id of it */
	char unit[CG_OWNER_SIZE];      /* the deepest unit of systemd, as systemd writes it */
	enum cg_unit_rank unit_rank;

	/* path up to here is the cgroup of the container, pod, unit itself */
	size_t container_end;
	size_t pod_end;
	size_t unit_end;
};

/*
 * Reads a path.
 * @path: a cgroup in any view, in normal form; "/.." and so on may hide what
 *        would have been known of it
 */
void cg_owner_read(const char *path, struct cg_owner *owner) CG_NONNULL(1, 2);

/* The digits of an id that tables show to people. */
#define CG_OWNER_DIGITS 12

/* The container as tables show it to people: *shown is the id cut, or the name whole. */
void cg_owner_shorten(const struct cg_owner *owner, char shown[CG_OWNER_SIZE]) CG_NONNULL(1, 2);

/* Whether name ends in one of systemd's suffixes that a cgroup's name can have, and has more. */
bool cg_owner_is_unit(const char *name) CG_NONNULL(1);

/* Whether text is count or more hexadecimal digits, in lower case, and nothing else. */
bool cg_owner_is_hex(const char *text, size_t count) CG_NONNULL(1);

#endif
