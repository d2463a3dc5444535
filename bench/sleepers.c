/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sleepers COUNT [NAMESPACES] - many sleeping processes to look at
 *
 * Starts COUNT processes, of which the first NAMESPACES have a cgroup
 * namespace each, prints "ready", and on SIGTERM ends them all before itself.
 */
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "syscalls.h"

static pid_t start_sleeper(int alone, int ready)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	signal(SIGTERM, SIG_DFL);
	if (alone && unshare(CLONE_NEWCGROUP) < 0)
		perror("sleepers: cannot unshare");
	close(ready);
	for (;;)
		pause();
}

int main(int argc, char **argv)
{
	long count = argc > 1 ? strtol(argv[1], NULL, 10) : 0;
	long namespaces = argc > 2 ? strtol(argv[2], NULL, 10) : 0;
	pid_t *pids = calloc((size_t)count + 1, sizeof(*pids));
	sigset_t term;
	int ready[2], got, sig;
	char none;

	if (count < 1 || !pids || pipe(ready) < 0) {
		fprintf(stderr, "usage: sleepers COUNT [NAMESPACES]\n");
		return 1;
	}
	sigemptyset(&term);
	sigaddset(&term, SIGTERM);
	for (long i = 0; i < count; i++) {
		pids[i] = start_sleeper(i < namespaces, ready[1]);
		if (pids[i] < 0) {
			perror("sleepers: cannot fork");
			return 1;
		}
	}
	sigprocmask(SIG_BLOCK, &term, NULL);
	close(ready[1]);
	got = (int)read(ready[0], &none, 1); /* the end: all have closed theirs */
	puts(got == 0 ? "ready" : "not ready");
	fflush(stdout);
	sigwait(&term, &sig);
	for (long i = 0; i < count; i++)
		kill(pids[i], SIGKILL);
	while (wait(NULL) > 0)
		;
	free(pids);
	return 0;
}
