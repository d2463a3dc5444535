/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * spawn - run the program: fork, signals, job control, exec, exit status
 *
 * A run has two sides. Inside is the process that becomes the program. Outside
 * is one that stays where the caller is, with the caller's privileges: it made
 * what the run needs, does what has to be done from there, and takes back what
 * was made if the program does not begin. With a fork it is the parent, which
 * waits for the program; without one a helper that is left behind, and ends
 * when the program begins; where nothing is made, nobody.
 *
 *	outside				inside
 *	make()
 *					enter(), and in it cg_run_ask():
 *	serve()  <------------------
 *	         ------------------>
 *					exec
 *	waits for the program's end
 *	finish()
 *	ends as the program did
 *
 * Where something fails on either side: undo(), and cg_run() returns.
 *
 * From before make() until after undo() or finish() no signal that can be
 * blocked ends the outside. One that would end this process before the program
 * has begun ends the run: what was made is taken back, and the process ends by
 * it. Once the program runs it is handed on to it.
 */
#ifndef CG_SPAWN_H
#define CG_SPAWN_H

#include <signal.h>
#include <stdbool.h>
#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

/* Exit statuses of our own, as env(1) and timeout(1) have them. */
enum {
	CG_EXIT_FAILED = 125,	      /* the program was not started */
	CG_EXIT_NOT_EXECUTABLE = 126, /* found but not executable */
	CG_EXIT_NOT_FOUND = 127,
};

/* What to run. */
struct cg_command {
	char **argv; /* argv[0] NULL: the login shell $SHELL or, where there is none, /bin/sh */
	char **envp; /* NULL: the caller's */
};

struct cg_run;

/* What a program does in a run. Those that return int: 0, or a negative errno with *err filled. */
struct cg_run_steps {
	/*
	 * Outside, with signals held: makes what the run needs. Returns 1 if
	 * there is something to undo now, also by what serve() will do. On
	 * failure undo() is called as well. NULL: nothing is to be made.
	 */
	int (*make)(void *data, struct cg_error *err);

	/* Inside: everything up to the exec. */
	int (*enter)(void *data, const struct cg_run *run, struct cg_error *err);

	/* Outside: step of the program's own numbering, for process pid (0: the caller). */
	int (*serve)(void *data, int step, pid_t pid, struct cg_error *err);

	/*
	 * Outside: takes back what was done, and says on standard error what it
	 * cannot take back. Process pid is still there and is moved back
	 * first; 0: it has ended. False: that process is in the way, and could
	 * not be moved; it is called again when that has ended.
	 */
	bool (*undo)(void *data, pid_t pid, struct cg_run *run);

	/* Outside: the program has run and ended. NULL: nothing to do. */
	void (*finish)(void *data, struct cg_run *run);

	/* Outside: sets the hint why inside was killed, if it is known. May be NULL. */
	void (*explain_kill)(void *data, struct cg_error *err);
};

struct cg_run {
	const struct cg_run_steps *steps;
	void *data;
	struct cg_command command;
	bool nothing;	 /* there is no program: the run ends after enter(); with fork only */
	bool fork;	 /* a child becomes the program */
	int clone_flags; /* namespaces that the child is born in (cg_run()), or 0 */
	int kill_child;	 /* a signal that the child gets when the parent dies, or 0 */

	/* cg_run()'s own */
	bool held;		 /* signals are */
	sigset_t mask;		 /* the caller's */
	struct sigaction reaped; /* the caller's disposition of SIGCHLD */
	int channel;		 /* to the other side, O_CLOEXEC; -1: none */
	int parent;		 /* its pidfd if there is a kill_child (pidfd_open(2), Linux 5.3) */
	pid_t child;		 /* 0: none */
	int requests;		 /* SIGINT and SIGTERM that came so far */
	int signal;		 /* that has ended the run before the program began, or 0 */
};

#define CG_RUN_INIT           \
	{                     \
		.channel = -1 \
	}

/*
 * Runs the program. In run all but its last part is filled.
 * @clone_flags: CLONE_NEWUSER and CLONE_NEWPID make the child the first process
 *               of the new PID namespace without the parent changing its own;
 *               CLONE_NEWTIME likewise (clone3(2), Linux 5.3)
 * With a fork it ends as the program did, and does not return. Returns 0 only
 * if there was nothing to run, else a negative errno value with *err filled and
 * in *status the exit status that stands for it; what was made was undone.
 */
int cg_run(struct cg_run *run, int *status, struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);

/* Lets signals come that cg_run() has held: when all is said, for one may end this process. */
void cg_run_close(struct cg_run *run) CG_NONNULL(1);

/*
 * Inside: has the outside do a step, which is done when this returns. Returns
 * 0 or a negative errno value with *err filled.
 */
int cg_run_ask(const struct cg_run *run, int step, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1);

/*
 * Outside, in undo() and finish(), and in a form for cg_created_remove():
 * whether a second SIGINT or SIGTERM has come, which is the end of all
 * patience. @run: a struct cg_run
 */
bool cg_run_is_urged(void *run) CG_NONNULL(1);

/*
 * exec.c
 */

/*
 * Holds those of the descriptors 0, 1 and 2 that the caller has closed, by
 * /dev/null until the exec: else the next file to be opened, maybe a
 * cgroup.procs, would be standard error, and get the messages. To be called
 * before anything is opened. Returns 0 or a negative errno value with *err filled.
 */
int cg_hold_standard_fds(struct cg_error *err) CG_MUST_CHECK;

/*
 * Becomes the program, searched for in the PATH of its environment
 * (execvp(3)). Returns only on failure: a negative errno value, and in
 * *program what could not be run. It may be left by siglongjmp(3).
 */
int cg_exec(const struct cg_command *command, const char **program) CG_MUST_CHECK CG_NONNULL(1, 2);

/* Why program could not be run: fills *err, and *status with 126 or 127. Returns -errnum. */
int cg_exec_explain(const char *program, int errnum, int *status, struct cg_error *err)
	CG_NONNULL(1, 3);

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
 * after cgroup filesystems were mounted over others. A directory that cannot
 * be reached by its name is left for "/", or refused with -EXDEV if the user
 * asked for it.
 */
int cg_keep_directory(bool asked_for, struct cg_error *err) CG_MUST_CHECK;

/*
 * isolate.c: for a program that comes from, or runs among, less trusted
 * processes: runs from a sealed copy (cg_run_sealed()), marks every inherited
 * descriptor above 2 to be closed by the exec (close_range(2), Linux 5.11, else
 * one by one), and takes a new session keyring (keyctl(2)). To be called before
 * anything is opened.
 * @keep_fds: leave the descriptors as they are
 * @remark: set to what could not be done and is no error, for --verbose
 * Returns 0 or a negative errno value with *err filled.
 */
int cg_isolate(const char *name, char **argv, bool keep_fds, const char **remark,
	       struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2, 4);

/*
 * program_copy.c: makes sure that this process runs from a sealed copy of its program in
 * memory (memfd_create(2)), by executing itself again if it does not, so that
 * whoever can reach /proc/PID/exe cannot write the program on disk
 * (CVE-2019-5736). Where the sysctl vm.memfd_noexec forbids that, the copy is on
 * a tmpfs of its own, attached nowhere and read-only (fsmount(2), Linux 5.2),
 * which needs CAP_SYS_ADMIN. To be called before anything is opened.
 * @name: the program's, for /proc/PID/comm
 * Returns 0 in the sealed copy, or a negative errno value with *err filled.
 */
int cg_run_sealed(const char *name, char **argv, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

#endif
