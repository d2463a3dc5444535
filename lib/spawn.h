/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawn - run the program: fork, signals, job control, exec, exit status
 *
 * Without a fork: cg_exec() in the calling process. With one:
 *
 *	parent				child
 *	cg_child_fork() > 0		cg_child_fork() == 0
 *					its steps; on failure cg_child_fail()
 *	cg_child_await()		cg_child_meet()	(where the parent must
 *	acts, cg_child_release()			 act in between)
 *	cg_child_await_exec()		cg_child_exec()
 *	cg_child_wait()
 *	clean-up
 *	cg_end_like()
 *
 * The child's error comes to the parent, which undoes what was done and lets
 * main print it once. The parent gives up by cg_child_abandon().
 */
#ifndef CG_SPAWN_H
#define CG_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

/* Exit statuses of our own, as env(1) and timeout(1) have them. */
enum {
	CG_EXIT_FAILED = 125,	      /* the program was not started */
	CG_EXIT_NOT_EXECUTABLE = 126, /* found but not executable */
	CG_EXIT_NOT_FOUND = 127,
};

struct cg_child {
	pid_t pid;		 /* in the parent; 0 in the child */
	int channel;		 /* to the other side, O_CLOEXEC; -1 when closed */
	sigset_t mask;		 /* the caller's, as it was before the fork */
	struct sigaction reaped; /* the caller's disposition of SIGCHLD */
};

#define CG_CHILD_INIT         \
	{                     \
		.channel = -1 \
	}

/*
 * Forks. From here on the parent holds back SIGINT, SIGTERM, SIGHUP, SIGQUIT
 * and the stop signals for cg_child_wait(); the child has the caller's mask and
 * dispositions.
 * @clone_flags: namespaces that the child shall be born in, or 0: CLONE_NEWUSER
 *               and CLONE_NEWPID make it the first process of the new PID
 *               namespace without the parent changing its own; CLONE_NEWTIME
 *               likewise
 * Returns 1 in the parent, 0 in the child, or a negative errno value with
 * *err filled and explained (-EAGAIN: pids.max or RLIMIT_NPROC).
 */
int cg_child_fork(struct cg_child *child, int clone_flags, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Child: tells the parent that it has come to the point of their agreement,
 * and waits until the parent has acted. -ECANCELED: the parent gave up, or
 * has died; the child should _exit(CG_EXIT_FAILED) without a word.
 */
int cg_child_meet(struct cg_child *child) CG_MUST_CHECK CG_NONNULL(1);

/* Child: hands err to the parent and ends with status. */
void cg_child_fail(struct cg_child *child, int status, const struct cg_error *err) CG_NORETURN
	CG_NONNULL(1, 3);

struct cg_command;

/* Child: becomes the program; on failure hands the error to the parent and ends with 126 or 127. */
void cg_child_exec(struct cg_child *child, const struct cg_command *command) CG_NORETURN
	CG_NONNULL(1, 2);

/*
 * Child: be killed by sig when the parent dies (PR_SET_PDEATHSIG, prctl(2)).
 * The kernel forgets it when ids or capabilities change: call it last before
 * cg_exec(). Returns 0, or a negative errno value with *err filled; -ECANCELED
 * if the parent is dead already.
 */
int cg_child_die_with_parent(struct cg_child *child, int sig, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Parent: waits until the child calls cg_child_meet(). Returns 0; or, if the
 * child ended before that, a negative errno value and in *status its wait
 * status for cg_end_like() (it was reaped), with *err as the child filled it;
 * *err is left alone if it died of a signal (-ECHILD).
 */
int cg_child_await(struct cg_child *child, int *status, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/* Parent: lets the child go on. A child that has died meanwhile is no error here. */
void cg_child_release(struct cg_child *child) CG_NONNULL(1);

/* Parent: waits until the child has become the program (cg_child_exec()). Returns as
 * cg_child_await(). */
int cg_child_await_exec(struct cg_child *child, int *status, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * Parent: waits for the program's end. SIGINT, SIGTERM, SIGHUP and SIGQUIT that
 * a process sent to the parent are sent on; those of the terminal reach the
 * program without that, being in the same process group. When the program is
 * stopped the parent stops itself in the same way, and continues the program
 * when it is continued, so that a shell's job control works.
 * Returns the wait status (waitpid(2)), or a negative errno value.
 */
int cg_child_wait(struct cg_child *child) CG_MUST_CHECK CG_NONNULL(1);

/* Parent: kills the child with SIGKILL and reaps it; fine if it is gone already. */
void cg_child_abandon(struct cg_child *child) CG_NONNULL(1);

/*
 * Ends this process as the wait status says: with the exit status, or by the
 * same signal (without a second core dump). Standard output is not flushed.
 */
void cg_end_like(int wait_status) CG_NORETURN;

/*
 * Holds those of the descriptors 0, 1 and 2 that the caller has closed, by
 * /dev/null until the exec: else the next file to be opened, maybe a
 * cgroup.procs, would be standard error, and get the messages. To be called
 * before anything is opened. Returns 0 or a negative errno value with *err filled.
 */
int cg_hold_standard_fds(struct cg_error *err) CG_MUST_CHECK;

/* What to run. */
struct cg_command {
	char **argv; /* argv[0] NULL: the login shell $SHELL, else /bin/sh */
	char **envp; /* NULL: the caller's */
};

/*
 * Becomes the program, searched for in the PATH of its environment
 * (execvp(3)). Returns only on failure: a negative errno value with *err
 * filled and *status 126 or 127.
 */
int cg_exec(const struct cg_command *command, int *status, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * Reads the environment of the process whose /proc/PID is open as procdir.
 * @envp: one block, freed by the caller with free()
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_environ_read(int procdir, char ***envp, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(2);

/*
 * chroot(2) to the directory open as fd, which also becomes the working
 * directory. Returns 0 or a negative errno value with *err filled.
 */
int cg_change_root(int fd, struct cg_error *err) CG_MUST_CHECK;

/*
 * Makes sure that the working directory lies in the root and the mounts that
 * the program will have: after chroot, after entering a mount namespace, and
 * after cgroup file systems were mounted over others. A directory that cannot
 * be reached by its name is left for "/", or refused with -EXDEV if the user
 * asked for it.
 */
int cg_settle_directory(bool asked_for, struct cg_error *err) CG_MUST_CHECK;

/*
 * sealed.c: makes sure that this process runs from a sealed copy of its program in
 * memory (memfd_create(2)), by executing itself again if it does not, so that
 * whoever can reach /proc/PID/exe cannot write the program on disk
 * (CVE-2019-5736). To be called before anything is opened.
 * @name: the program's, for /proc/PID/comm
 * Returns 0 in the sealed copy, or a negative errno value with *err filled.
 */
int cg_run_sealed(const char *name, char **argv, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

#endif
