/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "spawn.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/capability.h>
#include <linux/sched.h>
#include <poll.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "cgroupfs.h"
#include "ns.h"
#include "privs.h"
#include "procfs.h"
#include "syscalls.h"

/*
 * The channel: packets over a socket pair that both sides close on exec.
 */

enum packet_kind {
	PACKET_MEET,	/* child: the parent's turn */
	PACKET_RELEASE, /* parent: the child's turn */
	PACKET_READY,	/* child: what follows is the exec */
	PACKET_FAILED,	/* child: errnum and text */
};

struct packet {
	enum packet_kind kind;
	int errnum;
	bool has_hint;
	char text[2][4096]; /* message and hint, each NUL-terminated */
};

static bool send_packet(int channel, const struct packet *packet, size_t size)
{
	ssize_t sent;

	do
		sent = send(channel, packet, size, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)size;
}

static bool send_kind(int channel, enum packet_kind kind)
{
	struct packet packet = { .kind = kind };

	return send_packet(channel, &packet, offsetof(struct packet, errnum));
}

/* False: the other side has closed, by exec or by its end. */
static bool receive_packet(int channel, struct packet *packet)
{
	ssize_t got;

	do
		got = recv(channel, packet, sizeof(*packet), 0);
	while (got < 0 && (errno == EINTR || errno == ENOMEM)); /* nothing was lost of it */
	return got > 0;
}

/*
 * Fork
 */

/* Those that cg_child_wait() deals with. */
static void held_signals(sigset_t *set)
{
	static const int signals[] = { SIGCHLD, SIGINT,	 SIGTERM, SIGHUP,
				       SIGQUIT, SIGTSTP, SIGTTIN, SIGTTOU };

	sigemptyset(set);
	for (size_t i = 0; i < CG_ARRAY_SIZE(signals); i++)
		sigaddset(set, signals[i]);
}

static void restore_signals(const struct cg_child *child)
{
	sigaction(SIGCHLD, &child->reaped, NULL);
	sigprocmask(SIG_SETMASK, &child->mask, NULL);
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

int cg_child_fork(struct cg_child *child, int clone_flags, struct cg_error *err)
{
	const struct sigaction reap = { .sa_handler = SIG_DFL };
	sigset_t held;
	int ends[2];
	pid_t pid;

	if (socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends) != 0)
		return cg_error_set(err, errno, "cannot make a socket pair");
	held_signals(&held);
	sigprocmask(SIG_BLOCK, &held, &child->mask);
	/* With SIGCHLD ignored by the caller the child could not be waited for. */
	sigaction(SIGCHLD, &reap, &child->reaped);

	pid = clone_flags ? clone_into(clone_flags) : fork();
	if (pid < 0) {
		int errnum = errno;

		close(ends[0]);
		close(ends[1]);
		restore_signals(child);
		return explain_fork(errnum, clone_flags, err);
	}
	child->pid = pid;
	child->channel = ends[pid ? 0 : 1];
	close(ends[pid ? 1 : 0]);
	if (pid == 0)
		restore_signals(child);
	return pid ? 1 : 0;
}

/*
 * Child
 */

int cg_child_meet(struct cg_child *child)
{
	struct packet packet;

	if (!send_kind(child->channel, PACKET_MEET) || !receive_packet(child->channel, &packet))
		return -ECANCELED;
	return 0;
}

void cg_child_fail(struct cg_child *child, int status, const struct cg_error *err)
{
	struct packet packet = { .kind = PACKET_FAILED, .errnum = err->errnum };

	if (err->message)
		strncpy(packet.text[0], err->message, sizeof(packet.text[0]) - 1);
	if (err->hint) {
		packet.has_hint = true;
		strncpy(packet.text[1], err->hint, sizeof(packet.text[1]) - 1);
	}
	send_packet(child->channel, &packet, sizeof(packet));
	_exit(status);
}

int cg_child_die_with_parent(struct cg_child *child, int sig, struct cg_error *err)
{
	char byte;

	if (prctl(PR_SET_PDEATHSIG, sig) != 0)
		return cg_error_set(err, errno, "cannot bind the program's life to its parent's");
	/* The parent may have died before that: then its end of the channel is closed. */
	if (recv(child->channel, &byte, sizeof(byte), MSG_PEEK | MSG_DONTWAIT) == 0)
		return -ECANCELED;
	return 0;
}

void cg_child_exec(struct cg_child *child, const struct cg_command *command)
{
	struct cg_error err = CG_ERROR_INIT;
	int status;

	send_kind(child->channel, PACKET_READY);
	if (cg_exec(command, &status, &err) < 0)
		cg_child_fail(child, status, &err);
	_exit(CG_EXIT_FAILED);
}

/*
 * Parent
 */

static int reap(struct cg_child *child)
{
	int status = 0;
	pid_t pid;

	do
		pid = waitpid(child->pid, &status, 0);
	while (pid < 0 && errno == EINTR);
	child->pid = 0;
	return pid < 0 ? CG_EXIT_FAILED << 8 : status;
}

static void close_channel(struct cg_child *child)
{
	cg_cleanup_fd(&child->channel);
	child->channel = -1;
}

/* The child's own words for its failure. */
static int take_error(const struct packet *packet, struct cg_error *err)
{
	cg_error_set(err, packet->errnum, "%s", packet->text[0]);
	if (packet->has_hint)
		cg_error_hint(err, "%s", packet->text[1]);
	return packet->errnum > 0 ? -packet->errnum : -EINVAL;
}

/* Reaps a child that has failed, or has died without a word. */
static int child_ended(struct cg_child *child, const struct packet *failure, int *status,
		       struct cg_error *err)
{
	close_channel(child);
	*status = reap(child);
	if (failure)
		return take_error(failure, err);
	if (WIFEXITED(*status))
		return cg_error_set(err, 0, "the child ended before it could run the program");
	return -ECHILD;
}

int cg_child_await(struct cg_child *child, int *status, struct cg_error *err)
{
	struct packet packet;

	if (!receive_packet(child->channel, &packet))
		return child_ended(child, NULL, status, err);
	if (packet.kind == PACKET_FAILED)
		return child_ended(child, &packet, status, err);
	return 0;
}

void cg_child_release(struct cg_child *child)
{
	send_kind(child->channel, PACKET_RELEASE);
}

int cg_child_await_exec(struct cg_child *child, int *status, struct cg_error *err)
{
	struct packet packet;

	if (!receive_packet(child->channel, &packet))
		return child_ended(child, NULL, status, err);
	/* After READY comes the end of the channel, closed by the exec, or a failure. */
	if (packet.kind == PACKET_READY && !receive_packet(child->channel, &packet)) {
		close_channel(child);
		return 0;
	}
	return child_ended(child, &packet, status, err);
}

void cg_child_abandon(struct cg_child *child)
{
	close_channel(child);
	if (child->pid <= 0)
		return;
	kill(child->pid, SIGKILL);
	reap(child);
	restore_signals(child);
}

/*
 * Stops this process as the program was stopped, so that the shell that waits
 * for it takes the terminal back. In an orphaned process group the kernel
 * ignores the terminal's stop signals, for nobody would be there to continue it.
 */
static void stop_likewise(int sig)
{
	const struct sigaction stop = { .sa_handler = SIG_DFL };
	struct sigaction saved;
	sigset_t set;

	if (sig != SIGTSTP && sig != SIGTTIN && sig != SIGTTOU) {
		raise(SIGSTOP);
		return;
	}
	sigemptyset(&set);
	sigaddset(&set, sig);
	sigaction(sig, &stop, &saved);
	raise(sig);
	sigprocmask(SIG_UNBLOCK, &set, NULL); /* here it stops */
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigaction(sig, &saved, NULL);
}

/* Deals with what SIGCHLD told. True: the program has ended with *status. */
static bool look_at_child(struct cg_child *child, int *status)
{
	for (;;) {
		pid_t pid = waitpid(child->pid, status, WNOHANG | WUNTRACED);

		if (pid < 0 && errno == EINTR)
			continue;
		if (pid < 0)
			*status = CG_EXIT_FAILED << 8;
		if (pid <= 0)
			return pid < 0;
		if (!WIFSTOPPED(*status)) {
			child->pid = 0;
			return true;
		}
		stop_likewise(WSTOPSIG(*status));
		kill(child->pid, SIGCONT);
	}
}

int cg_child_wait(struct cg_child *child)
{
	siginfo_t info;
	sigset_t held;
	int status;

	held_signals(&held);
	for (;;) {
		int sig = sigwaitinfo(&held, &info);

		if (sig == SIGCHLD && look_at_child(child, &status))
			return status;
		/* What the terminal sends, the program has got by itself. */
		if (sig > 0 && sig != SIGCHLD && info.si_code <= 0)
			kill(child->pid, sig);
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
		sigprocmask(SIG_UNBLOCK, &set, NULL);
		raise(sig);
		_exit(128 + sig); /* the first process of a PID namespace outlives it */
	}
	_exit(WIFEXITED(wait_status) ? WEXITSTATUS(wait_status) : CG_EXIT_FAILED);
}

/*
 * Exec
 */

int cg_hold_standard_fds(struct cg_error *err)
{
	struct pollfd fds[] = { { .fd = 0 }, { .fd = 1 }, { .fd = 2 } };

	if (poll(fds, CG_ARRAY_SIZE(fds), 0) <= 0)
		return 0;
	/* In ascending order, each gets the lowest that is free: its own. */
	for (size_t i = 0; i < CG_ARRAY_SIZE(fds); i++)
		if (fds[i].revents & POLLNVAL && open("/dev/null", O_RDWR | O_CLOEXEC) < 0)
			return cg_error_set(err, errno, "cannot open /dev/null");
	return 0;
}

static int explain_exec(const char *program, int errnum, int *status, struct cg_error *err)
{
	const char *path = getenv("PATH");
	bool named = strchr(program, '/') != NULL;

	*status = errnum == ENOENT ? CG_EXIT_NOT_FOUND : CG_EXIT_NOT_EXECUTABLE;
	cg_error_set(err, errnum, "cannot run '%s'", program);
	if (errnum == ENOENT && !named)
		return cg_error_hint(err, "not in PATH (%s)", path ? path : "which is not set");
	if (errnum == ENOENT && access(program, F_OK) == 0)
		return cg_error_hint(err,
				     "the file is there, but not the interpreter that it names");
	if (errnum == EACCES)
		return cg_error_hint(err, "not an executable file, on a mount without noexec, that "
					  "the program's user may reach");
	return -errnum;
}

static int exec_shell(const char **shell)
{
	cleanup_free char *name = NULL;
	const char *base;

	*shell = getenv("SHELL");
	if (!*shell || !**shell)
		*shell = "/bin/sh";
	base = strrchr(*shell, '/');
	/* A dash in front makes it a login shell, as nsenter(1) and unshare(1) do. */
	if (asprintf(&name, "-%s", base ? base + 1 : *shell) < 0)
		return -ENOMEM;
	execlp(*shell, name, (char *)NULL);
	return -errno;
}

int cg_exec(const struct cg_command *command, int *status, struct cg_error *err)
{
	const char *program = command->argv[0];
	int rc;

	if (command->envp)
		environ = command->envp;
	if (program) {
		execvp(program, command->argv);
		rc = -errno;
	} else {
		rc = exec_shell(&program);
	}
	return explain_exec(program, -rc, status, err);
}

int cg_environ_read(int procdir, char ***envp, struct cg_error *err)
{
	struct cg_text text = CG_TEXT_INIT;
	size_t count = 0, n = 0;
	char *data;
	int rc = cg_procfs_read(procdir, "environ", &text);

	if (rc < 0) {
		cg_text_free(&text);
		cg_error_set(err, -rc, "cannot read the environment of the process");
		if (cg_procfs_refused(rc))
			return cg_error_hint(err, "the caller may not look into it (ptrace(2))");
		return rc;
	}
	for (size_t i = 0; i < text.len; i++)
		count += text.data[i] == '\0';
	/* One more for text without a NUL at its end, one for the end of the array. */
	*envp = malloc((count + 2) * sizeof(char *) + text.len + 1);
	if (!*envp) {
		cg_text_free(&text);
		return cg_error_set(err, ENOMEM, "cannot read the environment of the process");
	}
	data = (char *)(*envp + count + 2);
	memcpy(data, text.data, text.len);
	data[text.len] = '\0';
	for (size_t i = 0; i < text.len; i += strlen(data + i) + 1)
		if (data[i])
			(*envp)[n++] = data + i;
	(*envp)[n] = NULL;
	cg_text_free(&text);
	return 0;
}

/*
 * Root and working directory
 */

int cg_change_root(int fd, struct cg_error *err)
{
	int rc;

	if (fchdir(fd) != 0)
		return cg_error_set(err, errno, "cannot change to the new root directory");
	if (chroot(".") == 0)
		return 0;
	rc = cg_error_set(err, errno, "cannot change the root directory");
	if (rc == -EPERM)
		cg_privs_hint(err, CAP_SYS_CHROOT, -1, NULL);
	return rc;
}

/* Whether the name that the kernel has for the working directory leads there. */
static bool directory_reached(const char *name)
{
	struct stat here, there;

	return stat(".", &here) == 0 && stat(name, &there) == 0 && here.st_dev == there.st_dev &&
	       here.st_ino == there.st_ino;
}

int cg_settle_directory(bool asked_for, struct cg_error *err)
{
	char name[PATH_MAX];
	/* The C library's getcwd() hides "(unreachable)", which says all (getcwd(3)). */
	long len = syscall(SYS_getcwd, name, sizeof(name));
	bool named = len > 0 && name[0] == '/';

	if (named && (directory_reached(name) || chdir(name) == 0))
		return 0;
	if (asked_for)
		return cg_error_set(err, EXDEV,
				    "the working directory is not within the program's root");
	if (chdir("/") != 0)
		return cg_error_set(err, errno, "cannot change to the root directory");
	return 0;
}
