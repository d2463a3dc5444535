/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * nsroot - what one look at a namespace's root costs, and many at once
 *
 * usage: nsroot RUNS DIRECTORY
 *
 * DIRECTORY is a cgroup of the unified or a v1 hierarchy, in which a namespace
 * is rooted for the purpose. Prints the median cost of one
 * look-up divided by the median cost of fork(2), _exit(2) and waitpid(2),
 * which it needs: ratios mean the same on every machine.
 */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "nsroot/nsroot.h"

#define MANY 1000

static void die(const char *what)
{
	fprintf(stderr, "nsroot: %s: %s\n", what, strerror(errno));
	exit(1);
}

static double now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_MONOTONIC, &time);
	return (double)time.tv_sec * 1e6 + (double)time.tv_nsec / 1e3;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return (x > y) - (x < y);
}

/* A question that is measured. */
struct way {
	const char *name;
	struct cg_nsroot *namespaces; /* NULL: a bare fork */
	size_t count;
	enum cg_root_state expected;
};

static void ask(const struct way *way, const struct cg_hierarchies *hierarchies, size_t index)
{
	if (!way->namespaces) {
		pid_t pid = fork();

		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		return;
	}
	if (cg_nsroot_find(way->namespaces, way->count, hierarchies, NULL) < 0)
		die(way->name);
	if (way->namespaces[0].roots[index].state != way->expected) {
		fprintf(stderr, "nsroot: %s: not the expected state\n", way->name);
		exit(1);
	}
	cg_nsroot_free(way->namespaces, way->count, hierarchies);
}

static double measure(const struct way *way, const struct cg_hierarchies *hierarchies, size_t index,
		      int runs)
{
	double *times = calloc((size_t)runs, sizeof(*times));
	double result;

	if (!times)
		die("memory");
	for (int run = -1; run < runs; run++) {
		double start = now();

		ask(way, hierarchies, index);
		if (run >= 0)
			times[run] = now() - start;
	}
	qsort(times, (size_t)runs, sizeof(*times), compare);
	result = times[runs / 2];
	free(times);
	return result;
}

/* A process in the cgroup, with a namespace rooted there. */
static pid_t start_member(const char *directory)
{
	int ready[2];
	char name[4096], byte;
	pid_t pid;

	snprintf(name, sizeof(name), "%s/cgroup.procs", directory);
	if (pipe(ready) < 0)
		die("pipe");
	pid = fork();
	if (pid < 0)
		die("fork");
	if (pid == 0) {
		int fd = open(name, O_WRONLY | O_CLOEXEC);

		if (fd < 0 || write(fd, "0", 1) != 1 || unshare(CLONE_NEWCGROUP) < 0)
			die(name);
		if (write(ready[1], "", 1) != 1)
			die("write");
		for (;;)
			pause();
	}
	close(ready[1]);
	if (read(ready[0], &byte, 1) != 1)
		die(name);
	close(ready[0]);
	return pid;
}

/* The hierarchy in which the member is not where the caller is: the one that was asked for. */
static size_t find_index(const struct cg_hierarchies *hierarchies, struct cg_nsroot *namespace)
{
	if (cg_nsroot_find(namespace, 1, hierarchies, NULL) < 0)
		die("cg_nsroot_find");
	for (size_t i = 0; i < hierarchies->count; i++)
		if (namespace->roots[i].path &&
		    strcmp(namespace->roots[i].path, hierarchies->items[i].path) != 0)
			return i;
	fprintf(stderr, "nsroot: the namespace is rooted where the caller is\n");
	exit(1);
}

int main(int argc, char **argv)
{
	struct cg_hierarchies hierarchies;
	struct cg_nsroot member = { .nsfd = -1 }, mount = { .nsfd = -1 };
	struct cg_nsroot *many = calloc(MANY, sizeof(*many));
	int runs = argc == 3 ? atoi(argv[1]) : 0;
	double fork_cost;
	struct stat st;
	char name[64];
	size_t index;
	pid_t pid;

	if (runs < 1 || !many) {
		fprintf(stderr, "usage: nsroot RUNS DIRECTORY\n");
		return 1;
	}
	if (cg_hierarchies_read(&hierarchies, NULL) < 0)
		die("/proc/self/cgroup");
	pid = start_member(argv[2]);
	snprintf(name, sizeof(name), "/proc/%d/ns/cgroup", pid);
	mount.nsfd = open(name, O_RDONLY | O_CLOEXEC);
	if (mount.nsfd < 0 || fstat(mount.nsfd, &st) < 0)
		die(name);
	mount.ns_inode = member.ns_inode = st.st_ino;
	member.pid = pid;
	for (size_t i = 0; i < MANY; i++)
		many[i] = member;
	index = find_index(&hierarchies, &member);
	cg_nsroot_free(&member, 1, &hierarchies);
	fork_cost = measure(&(struct way){ .name = "fork" }, &hierarchies, index, runs);
	printf("by a mount        %6.2f forks\n",
	       measure(&(struct way){ "by a mount", &mount, 1, CG_ROOT_KNOWN }, &hierarchies, index,
		       runs) /
		       fork_cost);
	printf("each of %d      %6.2f forks\n", MANY,
	       measure(&(struct way){ "many", many, MANY, CG_ROOT_KNOWN }, &hierarchies, index,
		       runs / 10 + 1) /
		       MANY / fork_cost);
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	cg_hierarchies_free(&hierarchies);
	free(many);
	return 0;
}
