// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * probe - what the tests cannot do from a shell
 *
 *	probe pidfd PID		prints the inode of a pidfd of PID
 *	probe thread		unshares the cgroup namespace in one thread,
 *				prints that thread's id and sleeps
 *	probe take INODE	waits for the end of standard input, goes into a
 *				new cgroup namespace that has this inode number,
 *				which has to be free, prints it and sleeps
 *	probe rss COMMAND...	runs COMMAND, and prints on descriptor 3 the
 *				most memory that it had, in KiB
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cleanup.h"
#include "syscalls.h"

static int complain(const char *what)
{
	fprintf(stderr, "probe: %s: %s\n", what, strerror(errno));
	return EXIT_FAILURE;
}

static int print_pidfd_inode(const char *pid)
{
	cleanup_fd int fd = cg_pidfd_open((pid_t)strtol(pid, NULL, 10), 0);
	struct stat st;

	if (fd < 0 || fstat(fd, &st) < 0)
		return complain(pid);
	printf("%ju\n", (uintmax_t)st.st_ino);
	return EXIT_SUCCESS;
}

static void *unshare_and_sleep(void *unused CG_UNUSED)
{
	if (unshare(CLONE_NEWCGROUP) < 0)
		exit(complain("cannot unshare"));
	printf("%ld\n", syscall(SYS_gettid));
	fflush(stdout);
	for (;;)
		pause();
	return NULL;
}

static int unshare_in_thread(void)
{
	pthread_t thread;

	errno = pthread_create(&thread, NULL, unshare_and_sleep, NULL);
	if (errno)
		return complain("cannot start a thread");
	pthread_join(thread, NULL);
	return EXIT_FAILURE;
}

static int print_rss(char **command)
{
	struct rusage usage;
	int status;
	pid_t pid = fork();

	if (pid < 0)
		return complain("cannot fork");
	if (pid == 0) {
		close(3);
		execvp(command[0], command);
		_exit(127);
	}
	if (wait4(pid, &status, 0, &usage) < 0)
		return complain("cannot wait");
	dprintf(3, "%ld\n", usage.ru_maxrss);
	return WIFEXITED(status) ? WEXITSTATUS(status) : EXIT_FAILURE;
}

/* A child that stays in the caller's namespace, so that its number is not free any more. */
static int occupy(void)
{
	pid_t pid = fork();

	if (pid < 0)
		return -1;
	if (pid > 0)
		return 0;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	for (;;)
		pause();
}

/* The kernel gives the lowest number that is free: those below are taken until it is its turn. */
static int take_namespace(const char *wanted)
{
	char rest[64];
	struct stat st;

	while (read(STDIN_FILENO, rest, sizeof(rest)) > 0)
		;
	for (int tries = 0; tries < 1000; tries++) {
		if (unshare(CLONE_NEWCGROUP) < 0 || stat("/proc/self/ns/cgroup", &st) < 0)
			return complain("cannot unshare");
		if (st.st_ino == strtoul(wanted, NULL, 10)) {
			printf("%s\n", wanted);
			fflush(stdout);
			for (;;)
				pause();
		}
		if (st.st_ino < strtoul(wanted, NULL, 10) && occupy() < 0)
			return complain("cannot fork");
		usleep(1000);
	}
	errno = EBUSY;
	return complain(wanted);
}

int main(int argc, char **argv)
{
	if (argc == 3 && !strcmp(argv[1], "pidfd"))
		return print_pidfd_inode(argv[2]);
	if (argc == 2 && !strcmp(argv[1], "thread"))
		return unshare_in_thread();
	if (argc == 3 && !strcmp(argv[1], "take"))
		return take_namespace(argv[2]);
	if (argc > 2 && !strcmp(argv[1], "rss"))
		return print_rss(argv + 2);
	fprintf(stderr, "Usage: probe pidfd PID | thread | take INODE | rss COMMAND...\n");
	return EXIT_FAILURE;
}
