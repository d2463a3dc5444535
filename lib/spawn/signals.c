/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Signals of the outside of a run: held, handed on, followed. */
#include "signals.h"

#include <errno.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include "procfs.h"

#define LONGEST_LOOK_MS 200

/* Those that end a process by default, and are not its own fault (signal(7)). */
static const int ending_signals[] = { SIGHUP,  SIGINT,	SIGQUIT, SIGUSR1,   SIGUSR2,
				      SIGPIPE, SIGALRM, SIGTERM, SIGSTKFLT, SIGXCPU,
				      SIGXFSZ, SIGPROF, SIGIO,	 SIGVTALRM, SIGPWR };

static bool is_default(const struct cg_run *run, int sig)
{
	struct sigaction action;

	return !sigismember(&run->mask, sig) && sigaction(sig, NULL, &action) == 0 &&
	       action.sa_handler == SIG_DFL;
}

void cg_signals_hold(struct cg_run *run)
{
	const struct sigaction reap = { .sa_handler = SIG_DFL };
	sigset_t all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &run->mask);
	/* With SIGCHLD ignored by the caller no child could be waited for. */
	sigaction(SIGCHLD, &reap, &run->reaped);
	run->held = true;
}

/* What a closed standard error did is no reason to end. */
static void forget_own_pipe(const struct cg_run *run)
{
	const struct timespec now = { 0, 0 };
	siginfo_t info;
	sigset_t pipe;

	sigemptyset(&pipe);
	sigaddset(&pipe, SIGPIPE);
	if (!sigismember(&run->mask, SIGPIPE) && sigtimedwait(&pipe, &info, &now) == SIGPIPE &&
	    info.si_pid != getpid())
		raise(SIGPIPE);
}

void cg_signals_let_go(struct cg_run *run)
{
	if (!run->held)
		return;
	forget_own_pipe(run);
	run->held = false;
	sigaction(SIGCHLD, &run->reaped, NULL);
	sigprocmask(SIG_SETMASK, &run->mask, NULL);
}

sigjmp_buf cg_signals_jump;

static void jump(int sig)
{
	siglongjmp(cg_signals_jump, sig);
}

void cg_signals_let_jump(struct cg_run *run)
{
	struct sigaction action = { .sa_handler = jump };

	sigfillset(&action.sa_mask);
	for (size_t i = 0; i < CG_ARRAY_SIZE(ending_signals); i++) {
		int sig = ending_signals[i];
		struct sigaction before;

		/* All are blocked still: nothing comes between. */
		if (!sigismember(&run->mask, sig) && sigaction(sig, &action, &before) == 0 &&
		    before.sa_handler != SIG_DFL)
			sigaction(sig, &before, NULL);
	}
	cg_signals_let_go(run);
}

void cg_signals_hold_again(struct cg_run *run)
{
	cg_signals_hold(run);
	for (size_t i = 0; i < CG_ARRAY_SIZE(ending_signals); i++) {
		struct sigaction action;

		if (sigaction(ending_signals[i], NULL, &action) == 0 && action.sa_handler == jump)
			signal(ending_signals[i], SIG_DFL);
	}
}

/* Its own: a closed standard error. */
static bool is_own_pipe(const struct signalfd_siginfo *info)
{
	return info->ssi_signo == SIGPIPE && (pid_t)info->ssi_pid == getpid();
}

bool cg_signals_would_end(const struct cg_run *run, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;
	bool known = false;

	for (size_t i = 0; i < CG_ARRAY_SIZE(ending_signals); i++)
		known |= sig == ending_signals[i];
	return known && !is_own_pipe(info) && is_default(run, sig);
}

/* What the terminal sends comes to the whole process group; a hang-up to a session leader alone. */
static bool comes_by_itself(const struct cg_run *run, const struct signalfd_siginfo *info)
{
	switch (info->ssi_signo) {
	case SIGHUP:
		if (getsid(0) == getpid())
			return false;
		break;
	case SIGINT:
	case SIGQUIT:
	case SIGTSTP:
	case SIGTTIN:
	case SIGTTOU:
		break;
	default:
		return false;
	}
	return info->ssi_code == SI_KERNEL && getpgid(run->child) == getpgrp();
}

void cg_signals_pass_on(struct cg_run *run, const struct signalfd_siginfo *info)
{
	int sig = (int)info->ssi_signo;

	if (sig == SIGINT || sig == SIGTERM)
		run->requests++;
	if (sig != SIGURG && sig != SIGWINCH && !is_own_pipe(info) && !comes_by_itself(run, info))
		kill(run->child, sig);
}

bool cg_run_is_urged(void *data)
{
	const struct timespec now = { 0, 0 };
	struct cg_run *run = data;
	sigset_t requests;

	sigemptyset(&requests);
	sigaddset(&requests, SIGINT);
	sigaddset(&requests, SIGTERM);
	while (sigtimedwait(&requests, NULL, &now) > 0)
		run->requests++;
	return run->requests > 1;
}

/* Nobody tells a process that is stopped that its child goes on: this one looks, and wakes it. */
static void watch(pid_t child, pid_t parent) CG_NORETURN;
static void watch(pid_t child, pid_t parent)
{
	cleanup_fd int folder = cg_procfs_open(child);
	struct timespec pause = { .tv_nsec = 10000000 };

	while (folder >= 0 && getppid() == parent) {
		struct cg_stat stat;

		if (cg_procfs_stat(folder, "stat", &stat) < 0 ||
		    (stat.state != 'T' && stat.state != 't'))
			kill(parent, SIGCONT); /* again and again, for it may be about to stop */
		nanosleep(&pause, NULL);
		if (pause.tv_nsec < LONGEST_LOOK_MS * 1000000L)
			pause.tv_nsec *= 2;
	}
	_exit(0);
}

void cg_signals_stop_like(pid_t child, int sig)
{
	const struct sigaction stop = { .sa_handler = SIG_DFL };
	pid_t self = getpid(), watcher = fork();
	struct sigaction saved;
	sigset_t set;

	if (watcher == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		watch(child, self);
	}
	if (sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU)
		sig = SIGSTOP;
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigaction(sig, &stop, &saved);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it stops */
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(sig, &saved, NULL);
	if (watcher > 0) {
		kill(watcher, SIGKILL);
		while (waitpid(watcher, NULL, 0) < 0 && errno == EINTR)
			continue;
	}
}

void cg_end_like(int wait_status)
{
	if (WIFSIGNALED(wait_status)) {
		int sig = WTERMSIG(wait_status);
		const struct rlimit no_core = { 0, 0 };
		sigset_t set;

		setrlimit(RLIMIT_CORE, &no_core);
		prctl(PR_SET_DUMPABLE, 0);
		signal(sig, SIG_DFL);
		sigemptyset(&set);
		sigaddset(&set, sig);
		raise(sig);
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		_exit(128 + sig); /* the first process of a PID namespace outlives it */
	}
	_exit(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : CG_EXIT_FAILED);
}
