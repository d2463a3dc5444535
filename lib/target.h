/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * target - TARGET: one grammar for naming a process or a cgroup namespace
 *
 * Forms: self, PID, PID:PIDFD_INODE, a process's folder in a procfs, a namespace file,
 * cgroup:[INODE], a bare number above CG_PID_MAX (a namespace's inode); and those that
 * select.h opens: cgroup:/PATH, cgroup:HIERARCHY:/PATH, container:ID (also as
 * docker://ID, containerd://ID, cri-o://ID), pod:UID, unit:NAME.
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
	CG_TARGET_PID,	     /* pid, and pidfd_inode if not 0 */
	CG_TARGET_FILE,	     /* name */
	CG_TARGET_INODE,     /* ns_inode */
	CG_TARGET_CGROUP,    /* name: the path; hierarchy, if one is named */
	CG_TARGET_CONTAINER, /* name: the beginning of an id, or a name */
	CG_TARGET_POD,	     /* name: a UID */
	CG_TARGET_UNIT,	     /* name: with or without a suffix */
};

/* What a text asks for; name and hierarchy point into the text. */
struct cg_target_spec {
	enum cg_target_form form;
	pid_t pid;
	uint64_t pidfd_inode;
	uint64_t ns_inode;
	const char *name;
	const char *hierarchy; /* NULL, or as for --hierarchy, hierarchy_len bytes long */
	size_t hierarchy_len;
};

/* Parses; pure. Returns 0, or -EINVAL with *err naming the forms that exist. */
int cg_target_parse(const char *text, struct cg_target_spec *spec,
		    struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Says that text is not a kind ("TARGET"): -EINVAL with *err naming the form that it looks
 * like, else all forms.
 */
int cg_target_explain(const char *text, const char *kind, const char *forms, struct cg_error *err)
	CG_NONNULL(1, 2, 3);

/* Whether it names a cgroup, which select.h finds, with the process in it that is meant. */
bool cg_target_is_cgroup(const struct cg_target_spec *spec) CG_NONNULL(1);

/* A target that is held: nothing in it can be redirected by PID reuse. */
struct cg_target {
	char *text;   /* as the user wrote it */
	pid_t pid;    /* its number in /proc; 0 without a process, and for one of another procfs */
	pid_t tid;    /* pid or, where its first thread has ended, that of a living one */
	pid_t member; /* a process seen in the namespace: a hint that may be stale; or 0 */
	int pidfd;    /* -1 without a process, and for one that the caller has no number for */
	int procdir;  /* the folder of that thread, its own for ever; -1 where only a namespace is
			 held */
	int nsfd;     /* the cgroup namespace; -1 if the caller may not open it (see ns_errno) */
	int ns_errno; /* 0, or why nsfd is -1: EACCES/EPERM, ENOENT/ESRCH (zombie), ENOTUNIQ:
		       * its living threads are in different ones */
	dev_t ns_device;   /* of nsfd, 0 where it is -1 */
	uint64_t ns_inode; /* likewise */
};

#define CG_TARGET_INIT                                 \
	{                                              \
		.pidfd = -1, .procdir = -1, .nsfd = -1 \
	}

/*
 * Opens what text names, unless that is a cgroup (cg_target_is_cgroup()).
 * A process is held by a pidfd (pidfd_open(2), Linux 5.3) from the first
 * moment; "PID:INODE" is refused with ESTALE unless the pidfd's inode is that
 * one (unique from Linux 6.9), its cgroup namespace is had by
 * PIDFD_GET_CGROUP_NAMESPACE (6.11) or by /proc, then checked to be still the
 * same process's. A number counts only if /proc/N and the pidfd of N are one
 * process: where /proc is of another PID namespace it is refused, with what the
 * process is called there. A folder of any procfs holds its process by itself, with
 * a pidfd beside it where the caller has a number for that process. A namespace inode is searched
 * for in processes, threads, nsfs mounts, open fds and with listns(2) (7.0 and later); a process
 * found holding it is not kept as the target's process. Returns 0, or a negative errno value with
 * *err filled: -ESRCH no such process, -ENOENT no such namespace or file, -EMEDIUMTYPE a file that
 * is no cgroup namespace (the hint says what it is), -EINVAL no TARGET.
 */
int cg_target_open(const char *text, struct cg_target *target, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/* The same for a process's folder in any procfs, by whatever name: "1234" is a folder here. */
int cg_target_open_folder(const char *file, struct cg_target *target,
			  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * Holds a process by the number that the caller's own PID namespace has for
 * it (of cgroup.procs, for one), whatever /proc calls it. text: as in the
 * result, copied. Errors as above.
 */
int cg_target_hold(pid_t pid, const char *text, struct cg_target *target,
		   struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2, 3);

/*
 * For a target whose namespace is needed: 0 if nsfd is open, else the
 * negative errno value with *err filled, saying which privilege is missing.
 */
int cg_target_need_namespace(const struct cg_target *target, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * For a target whose ns_errno is ENOTUNIQ: the namespace file of each living
 * thread, as a TARGET is typed. Returns 0, what visit returned if that is not 0,
 * which ends it, or a negative errno value.
 */
int cg_target_threads(const struct cg_target *target, int (*visit)(const char *file, void *data),
		      void *data) CG_MUST_CHECK CG_NONNULL(1, 2);

/*
 * 0 while the target's process lives, -ESRCH afterwards, or why that cannot be
 * told, with *err filled; for a target without one 0.
 */
int cg_target_check_alive(const struct cg_target *target, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/* Whether both are the same namespace, by device and inode. Unknown is not the same. */
bool cg_target_same_namespace(const struct cg_target *a, const struct cg_target *b)
	CG_NONNULL(1, 2);

void cg_target_close(struct cg_target *target);

#define cleanup_target cleanup_with(cg_target_close)

#endif
