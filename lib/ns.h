/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ns - the kinds of namespaces: unshare, enter, map ids, and why it was refused
 *
 * One table names them all. Every refusal that namespaces(7), unshare(2) and
 * setns(2) know is put into words: which capability is missing in which user
 * namespace, which limit was reached, which kind the kernel does not have.
 */
#ifndef CG_NS_H
#define CG_NS_H

#include <stdbool.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

struct cg_ns {
	int flag;	   /* CLONE_NEWCGROUP */
	const char *name;  /* "mnt": the file in /proc/PID/ns */
	const char *title; /* "mount": the word for it in messages */
	const char *limit; /* "max_cgroup_namespaces": the file in /proc/sys/user */
	char option;	   /* 'C': the letter that nsenter(1) and unshare(1) use */
};

/* Every flag of the table. */
int cg_ns_all_flags(void);

/* The row of that option letter, or NULL. */
const struct cg_ns *cg_ns_by_option(char option);

/* The names of all kinds in flags, "mount, cgroup", for messages. Freed by the caller; NULL if
 * memory is short. */
char *cg_ns_names(int flags) CG_MUST_CHECK;

/*
 * unshare(2), all flags at once. A new PID namespace is for the children
 * only, a new time namespace for children and from the next exec on.
 * Returns 0 or a negative errno value with *err filled and explained.
 */
int cg_ns_unshare(int flags, struct cg_error *err) CG_MUST_CHECK;

/* Whether unshare(2) with these flags would work: tried in a child, so that nothing is guessed. */
bool cg_ns_can_unshare(int flags) CG_MUST_CHECK;

/*
 * Puts the refusal of unshare(2) or clone(2) with these namespace flags into
 * words. Returns -errnum.
 */
int cg_ns_explain_unshare(int errnum, int flags, struct cg_error *err);

/*
 * Makes all mounts that the caller sees private (mount(2)), in a mount namespace
 * of its own. Returns 0 or a negative errno value with *err filled.
 */
int cg_ns_make_mounts_private(struct cg_error *err) CG_MUST_CHECK;

/*
 * A mount namespace of its own for the caller, whose mounts propagate to no
 * other and none to it, as unshare(1) makes them. Errors as cg_ns_unshare().
 */
int cg_ns_unshare_mounts(struct cg_error *err) CG_MUST_CHECK;

/*
 * Which of flags the caller shares with the process whose /proc/PID is open
 * as procdir (by device and inode). Kinds that this kernel does not have, and
 * those that the caller may not look at, are not in the result.
 */
int cg_ns_shared(int procdir, int flags);

/*
 * Enters the namespaces of a process that flags name: all or none in one
 * setns(2) with the pidfd (Linux 5.8); where the kernel cannot, one by one,
 * those that the caller's own privileges reach before the user namespace, the
 * others after it. Then a failure leaves some entered: the caller must end.
 * A PID namespace is entered by the children that are forked afterwards.
 * Entering a mount namespace sets root and working directory to its root.
 * The caller must have one thread only.
 * @pidfd: -1 where the process has none: then one by one
 * @procdir: the folder of the same process, for the old way and for explaining
 * Returns 0 or a negative errno value with *err filled: what, which privilege
 * is missing where, and whether -U would help; -ESRCH: the process has ended.
 */
int cg_ns_enter(int pidfd, int procdir, int flags, struct cg_error *err) CG_MUST_CHECK;

/*
 * Enters one namespace of the kind flag that is open as fd, the way in for a
 * namespace without a process. Errors as above; -EINVAL is explained as a
 * namespace of another kind.
 */
int cg_ns_enter_fd(int fd, int flag, struct cg_error *err) CG_MUST_CHECK;

/* Whether the PID or user namespace fd is the caller's own or below it. */
bool cg_ns_is_below_own(int fd, int flag);

/*
 * Opens the user namespace that owns the namespace fd (ioctl_ns(2)).
 * Returns a descriptor (O_CLOEXEC), or -EPERM: it is not within the caller's reach.
 */
int cg_ns_open_owner(int fd) CG_MUST_CHECK;

/* Device and inode of a namespace descriptor are those of the caller's own of that kind. */
bool cg_ns_is_own(int fd, int flag);

/*
 * A map of one user and group id each, for a new user namespace: the caller's
 * effective ids as 0 (--map-root-user) or as themselves (--map-current-user).
 */
struct cg_id_map {
	uid_t uid, outer_uid;
	gid_t gid, outer_gid;
};

/* To be called before the unshare: afterwards the ids read 65534. */
void cg_id_map_of_caller(struct cg_id_map *map, bool as_root) CG_NONNULL(1);

/*
 * Writes /proc/self/setgroups ("deny", so that gid_map needs no privilege),
 * gid_map and uid_map. To be called in the new user namespace, by a process
 * that is still dumpable (PR_SET_DUMPABLE), before /proc is mounted anew.
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_id_map_write(const struct cg_id_map *map, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1);

/*
 * Translates an id as the reader of a uid_map or gid_map sees it into what it
 * is inside: text is the map's content as the reader reads it; pure.
 * Returns 0, -ENOENT: not mapped, -EBADMSG: not a map.
 */
int cg_id_map_inside(const char *text, unsigned int outer, unsigned int *inner) CG_MUST_CHECK
	CG_NONNULL(1, 3);

#endif
