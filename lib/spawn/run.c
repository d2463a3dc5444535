/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The run: its two sides, what they say to each other, and what becomes of it. */
#include <errno.h>
#include <fcntl.h>
#include <linux/sched.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>

#include "cgroupfs/cgroupfs.h"
#include "channel.h"
#include "fork.h"
#include "ns.h"
#include "procfs.h"
#include "signals.h"
#include "spawn/spawn.h"
#include "syscalls.h"

#define PF_FORKNOEXEC 0x40 /* of include/linux/sched.h: has executed no program since its fork */

#define LONGEST_PAUSE_MS   50
#define DEATH_PATIENCE_MS  1000	 /* from SIGKILL to the end, for who is not frozen */
#define THAWED_PATIENCE_MS 10000 /* the same, after it was moved back */

/* What the sides say to each other. */
enum kind {
	KIND_ASK,    /* inside: do step number */
	KIND_DONE,   /* the answer; or inside: there is no program, and all is done */
	KIND_FAILED, /* the answer; or inside: an error, number is the exit status */
	KIND_READY,  /* inside, without a fork: what follows is the exec */
	KIND_UNDO,   /* inside, without a fork: take it back */
};

static int say(int channel, enum kind kind, int number)
{
	struct cg_packet packet = CG_PACKET(kind);

	packet.number = number;
	return cg_channel_send(channel, &packet);
}

static void say_failed(int channel, int number, const struct cg_error *err)
{
	struct cg_packet packet = cg_packet_of_error(KIND_FAILED, err);

	packet.number = number;
	cg_channel_send(channel, &packet);
}

/*
 * Inside
 */

int cg_run_ask(const struct cg_run *run, int step, struct cg_error *err)
{
	struct cg_received received;

	if (run->channel < 0)
		return run->steps->serve(run->data, step, 0, err);
	if (say(run->channel, KIND_ASK, step) < 0 ||
	    cg_channel_receive(run->channel, &received) < 0)
		return cg_error_set(err, 0, "the process that stays behind has died");
	return received.packet.kind == KIND_DONE ? 0 : cg_packet_to_error(&received.packet, err);
}

/* To be called last, for the kernel forgets it when ids or capabilities change (prctl(2)). */
static int die_with_parent(const struct cg_run *run, struct cg_error *err)
{
	struct pollfd parent = { .fd = run->parent, .events = POLLIN };
	int dead;

	if (!run->kill_child)
		return 0;
	if (prctl(PR_SET_PDEATHSIG, run->kill_child) != 0 || (dead = poll(&parent, 1, 0)) < 0)
		return cg_error_set(err, errno, "cannot bind the program's life to its parent's");
	/*
	 * It may have died before that: then there is nobody to tell. The channel
	 * does not say so as long as another child of the parent's holds its end.
	 */
	if (dead)
		_exit(CG_EXIT_FAILED);
	return 0;
}

static void be_child(struct cg_run *run) CG_NORETURN;
static void be_child(struct cg_run *run)
{
	struct cg_error err = { 0 };
	int status = CG_EXIT_FAILED;
	const char *program;
	int rc = run->steps->enter(run->data, run, &err);

	if (rc == 0)
		rc = die_with_parent(run, &err);
	if (rc == 0 && run->nothing) {
		say(run->channel, KIND_DONE, 0);
		_exit(0);
	}
	if (rc == 0) {
		cg_signals_let_go(run);
		rc = cg_exec(&run->command, &program);
		cg_exec_explain(program, -rc, &status, &err);
	}
	say_failed(run->channel, status, &err);
	_exit(status);
}

/* In the process that the caller started. Returns on failure alone. */
static int be_program(struct cg_run *run, int *status, struct cg_error *err)
{
	const char *program;
	int rc = run->steps->enter(run->data, run, err);

	if (rc < 0)
		return rc;
	cg_signals_let_go(run);
	rc = cg_exec(&run->command, &program);
	return cg_exec_explain(program, -rc, status, err);
}

/* The same with a helper left behind, which has to know whether the program has begun. */
static int be_program_beside_helper(struct cg_run *run, int *status, struct cg_error *err)
{
	struct cg_received received;
	const char *program;
	int rc = run->steps->enter(run->data, run, err);
	int sig = rc < 0 ? 0 : sigsetjmp(cg_signals_jump, 0);

	if (rc == 0 && sig == 0) {
		cg_signals_let_jump(run);
		rc = say(run->channel, KIND_READY, 0);
		if (rc < 0) {
			cg_signals_hold_again(run);
			cg_error_set(err, -rc, "cannot tell the helper that the program begins");
		} else {
			rc = cg_exec(&run->command, &program);
			cg_signals_hold_again(run);
			cg_exec_explain(program, -rc, status, err);
		}
	}
	/* Should the helper be gone, as much as is possible from here. */
	if (say(run->channel, KIND_UNDO, 0) < 0 || cg_channel_receive(run->channel, &received) < 0)
		run->steps->undo(run->data, getpid(), run);
	if (sig)
		cg_end_like(sig);
	return rc;
}

/*
 * Outside
 */

static int serve(const struct cg_run *run, int step, pid_t pid, struct cg_error *err)
{
	int rc = run->steps->serve(run->data, step, pid, err);

	if (rc < 0)
		say_failed(run->channel, 0, err);
	else
		say(run->channel, KIND_DONE, 0);
	return rc;
}

/* Waits for the child to end after SIGKILL, and reaps it. */
static bool child_ended(struct cg_run *run, int patience_ms)
{
	for (int pause_ms = 0; run->child > 0; pause_ms += pause_ms < LONGEST_PAUSE_MS) {
		const struct timespec pause = { .tv_nsec = pause_ms * 1000000L };

		nanosleep(&pause, NULL);
		patience_ms -= pause_ms;
		if (waitpid(run->child, NULL, WNOHANG) != 0)
			run->child = 0;
		else if (patience_ms < 0 || cg_run_is_urged(run))
			return false;
	}
	return true;
}

/* Ends the child, if there is one, and takes everything back. */
static void give_up(struct cg_run *run)
{
	bool undone;

	if (run->child > 0)
		kill(run->child, SIGKILL);
	if (child_ended(run, DEATH_PATIENCE_MS)) {
		run->steps->undo(run->data, 0, run);
		return;
	}
	/* Frozen the v1 way it dies as soon as it is elsewhere. */
	undone = run->steps->undo(run->data, run->child, run);
	if (child_ended(run, THAWED_PATIENCE_MS) && !undone)
		run->steps->undo(run->data, 0, run);
}

/* Whether the child, which was killed and not reaped, had not executed the program yet. */
static bool died_before_exec(pid_t child)
{
	cleanup_fd int folder = cg_procfs_open(child);
	struct cg_stat stat;

	return folder >= 0 && cg_procfs_stat(folder, "stat", &stat) == 0 &&
	       stat.flags & PF_FORKNOEXEC;
}

/* What the outside is at. */
struct watch {
	struct pollfd fds[2]; /* the channel, signals */
	bool over;
	int wait_status; /* of the program, when it is over */
};

/* What has become of the child. Returns 0, or why the program did not begin. */
static int look_at_child(struct cg_run *run, struct watch *watch, struct cg_error *err)
{
	siginfo_t info = { .si_pid = 0 };
	int rc = 0;

	if (waitid(P_PID, (id_t)run->child, &info, WEXITED | WSTOPPED | WNOHANG | WNOWAIT) < 0)
		return cg_error_set(err, errno, "cannot wait for the program");
	if (info.si_pid == 0)
		return 0;
	if (info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED) {
		waitid(P_PID, (id_t)run->child, &info, WSTOPPED | WNOHANG);
		cg_signals_stop_like(run->child, info.si_status);
		return 0;
	}
	/* What it said last is still to be heard. */
	if (run->channel >= 0)
		return 0;
	watch->over = true;
	if (info.si_code != CLD_EXITED && died_before_exec(run->child)) {
		rc = cg_error_set(err, 0, "signal %d (%s) ended the program before it began",
				  info.si_status, strsignal(info.si_status));
		if (run->steps->explain_kill)
			run->steps->explain_kill(run->data, err);
	}
	watch->wait_status = info.si_status << (info.si_code == CLD_EXITED ? 8 : 0);
	waitpid(run->child, NULL, 0);
	run->child = 0;
	return rc;
}

/* What came over the channel. Returns 0, or why the program does not begin. */
static int receive(struct cg_run *run, struct watch *watch, int *status, struct cg_error *err)
{
	struct cg_received received;
	int rc = cg_channel_receive(run->channel, &received);

	if (rc < 0 && rc != -EPIPE)
		return cg_error_set(err, -rc, "cannot hear whether the program begins");
	/* Closed by the exec, or by the child's end. */
	if (rc < 0) {
		cg_cleanup_fd(&run->channel);
		watch->fds[0].fd = -1;
		return look_at_child(run, watch, err);
	}
	if (received.packet.kind == KIND_ASK)
		return serve(run, received.packet.number, run->child, err);
	watch->over = true;
	if (received.packet.kind == KIND_DONE)
		return 0;
	*status = received.packet.number;
	return cg_packet_to_error(&received.packet, err);
}

/* A signal came. Returns 0, -EINTR: it ends the run, and this process; or an error. */
static int heed(struct cg_run *run, struct watch *watch, struct cg_error *err)
{
	struct signalfd_siginfo info;

	if (read(watch->fds[1].fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	if (info.ssi_signo == SIGCHLD)
		return look_at_child(run, watch, err);
	if (run->channel < 0 || !cg_signals_would_end(run, &info)) {
		cg_signals_pass_on(run, &info);
		return 0;
	}
	run->requests += info.ssi_signo == SIGINT || info.ssi_signo == SIGTERM;
	run->signal = (int)info.ssi_signo;
	return -EINTR;
}

/* The parent's part, until the program has ended or will not begin. */
static int attend(struct cg_run *run, struct watch *watch, int *status, struct cg_error *err)
{
	int rc = 0;

	while (rc == 0 && !watch->over) {
		if (poll(watch->fds, CG_ARRAY_SIZE(watch->fds), -1) < 0)
			continue;
		/* What the child has said comes before what has become of it. */
		if (watch->fds[0].revents)
			rc = receive(run, watch, status, err);
		else if (watch->fds[1].revents)
			rc = heed(run, watch, err);
	}
	return rc;
}

static int explain_fork(int errnum, int clone_flags, struct cg_error *err)
{
	if (clone_flags && (errnum == EPERM || errnum == EINVAL || errnum == ENOSPC))
		return cg_ns_explain_unshare(errnum, clone_flags, err);
	cg_error_set(err, errnum, "cannot fork");
	return cg_fork_explain(errnum, err);
}

/*
 * In the old call the bit of CLONE_NEWTIME belongs to the exit signal, so that
 * one takes clone3(2) (Linux 5.3); the others do without, for there are seccomp
 * filters that refuse it.
 */
static pid_t clone_into(int clone_flags)
{
	struct clone_args args = { .flags = (uint64_t)(unsigned int)clone_flags,
				   .exit_signal = SIGCHLD };

	if (clone_flags & CLONE_NEWTIME)
		return (pid_t)syscall(SYS_clone3, &args, sizeof(args));
	return (pid_t)syscall(SYS_clone, clone_flags | SIGCHLD, NULL, NULL, NULL, NULL);
}

/* Returns on failure, or with nothing to run; else it ends as the program does. */
static int run_child(struct cg_run *run, int *status, struct cg_error *err)
{
	cleanup_fd int signals = -1;
	cleanup_fd int parent = -1;
	struct watch watch = { .over = false };
	sigset_t all;
	int ends[2], rc;

	sigfillset(&all);
	signals = signalfd(-1, &all, SFD_CLOEXEC | SFD_NONBLOCK);
	if (signals < 0)
		return cg_error_set(err, errno, "cannot wait for signals");
	run->parent = parent = run->kill_child ? cg_pidfd_open(getpid(), 0) : -1;
	if (run->kill_child && parent < 0)
		return cg_error_set(err, errno, "cannot bind the program's life to its parent's");
	rc = cg_channel_make(ends);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot make a socket pair");
	run->child = run->clone_flags ? clone_into(run->clone_flags) : fork();
	rc = run->child < 0 ? -errno : 0;
	run->channel = ends[run->child != 0 ? 0 : 1];
	close(ends[run->child != 0 ? 1 : 0]);
	if (run->child == 0)
		be_child(run);
	if (rc < 0)
		return explain_fork(-rc, run->clone_flags, err);

	watch.fds[0] = (struct pollfd){ .fd = run->channel, .events = POLLIN };
	watch.fds[1] = (struct pollfd){ .fd = signals, .events = POLLIN };
	rc = attend(run, &watch, status, err);
	if (rc < 0)
		return rc;
	if (run->nothing) {
		if (!child_ended(run, THAWED_PATIENCE_MS))
			kill(run->child, SIGKILL);
		return 0;
	}
	if (run->steps->finish)
		run->steps->finish(run->data, run);
	cg_cleanup_fd(&signals);
	cg_end_like(watch.wait_status);
}

/*
 * The helper
 */

static void wait_for_end(int pidfd)
{
	struct pollfd runner = { .fd = pidfd, .events = POLLIN };

	while (poll(&runner, 1, -1) < 0 && errno == EINTR)
		continue;
}

static void help(struct cg_run *run, pid_t runner, int pidfd) CG_NORETURN;
static void help(struct cg_run *run, pid_t runner, int pidfd)
{
	struct cg_error err = { 0 };
	struct cg_received received;
	bool begun = false;

	while (cg_channel_receive(run->channel, &received) == 0) {
		int kind = received.packet.kind;

		begun = kind == KIND_READY;
		if (kind == KIND_ASK && serve(run, received.packet.number, runner, &err) < 0)
			cg_error_reset(&err);
		if (kind == KIND_UNDO) {
			begun = run->steps->undo(run->data, runner, run);
			say(run->channel, KIND_DONE, 0);
			if (begun)
				_exit(0);
		}
	}
	cg_cleanup_fd(&run->channel); /* who still waits for an answer is to know */
	/* The exec has closed the channel. Without it the runner has failed, or was killed. */
	if (!begun) {
		wait_for_end(pidfd);
		run->steps->undo(run->data, 0, run);
	}
	_exit(0);
}

/* A fork that tells nobody of its end: the program is to find no SIGCHLD. */
static pid_t fork_silently(void)
{
	return (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, NULL);
}

/*
 * Leaves the helper behind. It is no child of the program: it was forked by a
 * child that has ended. It is in a session of its own, out of reach of what is
 * sent to the runner's process group.
 */
static int start_helper(struct cg_run *run, struct cg_error *err)
{
	pid_t runner = getpid(), middle;
	int reaper = 0;
	cleanup_fd int pidfd = cg_pidfd_open(runner, 0);
	int ends[2], status = 0;
	int reason = pidfd < 0 ? errno : -cg_channel_make(ends);

	if (reason)
		return cg_error_set(err, reason, "cannot leave a helper behind");
	/* Who reaps orphans, and becomes the program, would be given the helper. */
	prctl(PR_GET_CHILD_SUBREAPER, &reaper);
	if (reaper)
		prctl(PR_SET_CHILD_SUBREAPER, 0);
	middle = fork_silently();
	reason = middle < 0 ? errno : 0;
	if (middle == 0) {
		pid_t pid;

		close(ends[0]);
		run->channel = ends[1];
		setsid();
		pid = fork_silently();
		if (pid == 0)
			help(run, runner, pidfd);
		_exit(pid < 0 ? errno : 0);
	}
	close(ends[1]);
	run->channel = ends[0];
	while (middle > 0 && waitpid(middle, &status, __WALL) < 0 && errno == EINTR)
		continue;
	if (middle > 0)
		reason = WIFEXITED(status) ? WEXITSTATUS(status) : ECHILD;
	if (reaper)
		prctl(PR_SET_CHILD_SUBREAPER, 1);
	return reason ? explain_fork(reason, 0, err) : 0;
}

/*
 * Both
 */

int cg_run(struct cg_run *run, int *status, struct cg_error *err)
{
	int made = 0, rc;

	*status = CG_EXIT_FAILED;
	if (!run->fork && !run->steps->make)
		return be_program(run, status, err);

	cg_signals_hold(run);
	if (run->steps->make)
		made = run->steps->make(run->data, err);
	if (made == 0 && !run->fork)
		return be_program(run, status, err);
	rc = made < 0 ? made : run->fork ? run_child(run, status, err) : start_helper(run, err);
	if (rc == 0 && !run->fork)
		return be_program_beside_helper(run, status, err);
	if (rc < 0)
		give_up(run);
	if (run->signal)
		cg_end_like(run->signal);
	return rc;
}

void cg_run_close(struct cg_run *run)
{
	cg_cleanup_fd(&run->channel);
	cg_signals_let_go(run);
}
