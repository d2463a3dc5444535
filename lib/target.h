/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target - TARGET: one grammar for naming a process or a cgroup namespace
 *
 * Forms: self, PID, PID:PIDFD_INODE, a namespace file, cgroup:[INODE], a bare
 * number above CG_PID_MAX (a namespace's inode), cgroup:/PATH.
 */
#ifndef CG_TARGET_H
#define CG_TARGET_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

#define CG_PID_MAX 4194304 /* PID_MAX_LIMIT, the highest PID on 64 bit (proc(5)) */

enum cg_target_form {
	CG_TARGET_SELF,
	CG_TARGET_PID,	  /* pid, and pidfd_inode if not 0 */
	CG_TARGET_FILE,	  /* file */
	CG_TARGET_INODE,  /* ns_inode */
	CG_TARGET_CGROUP, /* file: the path after "cgroup:" */
};

/* What a text asks for; file points into the text. */
struct cg_target_spec {
	enum cg_target_form form;
	pid_t pid;
	uint64_t pidfd_inode;
	uint64_t ns_inode;
	const char *file;
};

/* Parses; pure. Returns 0, or -EINVAL with *err naming the forms that exist. */
int cg_target_parse(const char *text, struct cg_target_spec *spec,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* A target that is held: nothing in it can be redirected by PID reuse. */
struct cg_target {
	char *text;	 /* as the user wrote it */
	pid_t pid;	 /* 0 where only a namespace is held */
	pid_t member;	 /* a process seen in the namespace: a hint that may be stale; or 0 */
	int pidfd;	 /* -1 where only a namespace is held */
	int procdir;	 /* /proc/PID, opened while pidfd was alive; -1 likewise */
	int nsfd;	 /* the cgroup namespace; -1 if the caller may not open it (see ns_errno) */
	int ns_errno;	 /* 0, or why nsfd is -1: EACCES/EPERM, ENOENT/ESRCH (zombie) */
	dev_t ns_device; /* of nsfd, 0 where it is -1 */
	uint64_t ns_inode; /* likewise */
};

#define CG_TARGET_INIT                                 \
	{                                              \
		.pidfd = -1, .procdir = -1, .nsfd = -1 \
	}

/*
 * Opens what text names.
 * A process is held by a pidfd (pidfd_open(2), Linux 5.3) from the first
 * moment; "PID:INODE" is refused with ESTALE unless the pidfd's inode is that
 * one (unique from Linux 6.9), its cgroup namespace is had by
 * PIDFD_GET_CGROUP_NAMESPACE (6.11) or by /proc, then checked to be still the
 * same process's. A namespace inode is searched for in processes, threads,
 * nsfs mounts, open fds and with listns(2) (7.0 and later); a process found
 * holding it is not kept as the target's process.
 * Returns 0, or a negative errno value with *err filled: -ESRCH no such
 * process, -ENOENT no such namespace or file, -EMEDIUMTYPE a file that is no
 * cgroup namespace (the hint says what it is), -EINVAL no TARGET.
 */
int cg_target_open(const char *text, struct cg_target *target, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * For a target whose namespace is needed: 0 if nsfd is open, else the
 * negative errno value with *err filled, saying which privilege is missing.
 */
int cg_target_need_namespace(const struct cg_target *target, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/* 0 while the target's process lives, -ESRCH afterwards; for a target without one 0. */
int cg_target_alive(const struct cg_target *target) CG_MUST_CHECK CG_NONNULL(1);

/* Whether both are the same namespace, by device and inode. Unknown is not the same. */
bool cg_target_same_namespace(const struct cg_target *a, const struct cg_target *b)
	CG_NONNULL(1, 2);

void cg_target_close(struct cg_target *target);

#define cleanup_target cleanup_with(cg_target_close)

#endif
