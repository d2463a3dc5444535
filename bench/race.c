/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * race RUNS NAME COMMAND [NAME COMMAND]... - which of some commands is faster
 *
 * Runs the commands in turn, A B C A B C, so that what else the machine does
 * meets all of them alike, with output to /dev/null and one round first that
 * does not count. Prints a line for each: its name, and separated by tabs the
 * medians of wall-clock and processor time in microseconds, the least
 * wall-clock time, and the most memory in KiB. A command that fails ends it all.
 * A COMMAND is split at blanks; no shell is in between. "COMMAND < FILE" gives
 * it a standard input.
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define ARGUMENTS_MAX 64

struct runner {
	const char *name;
	char *argv[ARGUMENTS_MAX];
	const char *input; /* a file, or NULL */
	double *wall;	   /* microseconds, one for each run */
	double *cpu;
	long memory;
};

static double microseconds(struct timespec from, struct timespec to)
{
	return (double)(to.tv_sec - from.tv_sec) * 1e6 + (double)(to.tv_nsec - from.tv_nsec) / 1e3;
}

static double cpu_time(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) * 1e6 +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec);
}

static void redirect(int fd, const char *file, int flags)
{
	int opened = open(file, flags);

	if (opened < 0 || dup2(opened, fd) < 0)
		_exit(126);
	if (opened != fd)
		close(opened);
}

/* Returns the wait status, or -1 if it could not be started. */
static int run(struct runner *runner, double *wall, double *cpu)
{
	struct timespec start, end;
	struct rusage usage;
	int status;
	pid_t pid;

	clock_gettime(CLOCK_MONOTONIC, &start);
	pid = fork();
	if (pid == 0) {
		redirect(STDIN_FILENO, runner->input ? runner->input : "/dev/null", O_RDONLY);
		redirect(STDOUT_FILENO, "/dev/null", O_WRONLY);
		redirect(STDERR_FILENO, "/dev/null", O_WRONLY);
		execvp(runner->argv[0], runner->argv);
		_exit(127);
	}
	if (pid < 0 || wait4(pid, &status, 0, &usage) < 0)
		return -1;
	clock_gettime(CLOCK_MONOTONIC, &end);
	*wall = microseconds(start, end);
	*cpu = cpu_time(&usage);
	if (usage.ru_maxrss > runner->memory)
		runner->memory = usage.ru_maxrss;
	return status;
}

static int by_size(const void *a, const void *b)
{
	double left = *(const double *)a, right = *(const double *)b;

	return (left > right) - (left < right);
}

static double median(double *values, size_t count)
{
	qsort(values, count, sizeof(*values), by_size);
	return count % 2 ? values[count / 2] : (values[count / 2 - 1] + values[count / 2]) / 2;
}

/* Splits the command, in place. */
static int prepare(struct runner *runner, const char *name, char *command, size_t runs)
{
	size_t count = 0;

	runner->name = name;
	for (char *word = strtok(command, " "); word; word = strtok(NULL, " ")) {
		if (!strcmp(word, "<")) {
			runner->input = strtok(NULL, " ");
			continue;
		}
		if (count == ARGUMENTS_MAX - 1)
			return -1;
		runner->argv[count++] = word;
	}
	runner->wall = calloc(runs, sizeof(*runner->wall));
	runner->cpu = calloc(runs, sizeof(*runner->cpu));
	return count && runner->wall && runner->cpu ? 0 : -1;
}

int main(int argc, char **argv)
{
	size_t runs = argc > 3 ? strtoul(argv[1], NULL, 10) : 0;
	size_t count = argc > 3 ? (size_t)(argc - 2) / 2 : 0;
	struct runner *runners = calloc(count + 1, sizeof(*runners));

	if (!runs || argc % 2 || !runners) {
		fprintf(stderr, "usage: race RUNS NAME COMMAND [NAME COMMAND]...\n");
		return 1;
	}
	for (size_t i = 0; i < count; i++) {
		if (prepare(&runners[i], argv[2 + 2 * i], argv[3 + 2 * i], runs) < 0) {
			fprintf(stderr, "race: %s: not a command\n", argv[2 + 2 * i]);
			return 1;
		}
	}
	for (size_t round = 0; round <= runs; round++) {
		for (size_t i = 0; i < count; i++) {
			size_t at = round ? round - 1 : 0; /* the first round is run over */

			if (run(&runners[i], &runners[i].wall[at], &runners[i].cpu[at])) {
				fprintf(stderr, "race: %s failed\n", runners[i].name);
				return 1;
			}
		}
	}
	for (size_t i = 0; i < count; i++) {
		double wall = median(runners[i].wall, runs);

		printf("%s\t%.0f\t%.0f\t%.0f\t%ld\n", runners[i].name, wall,
		       median(runners[i].cpu, runs), runners[i].wall[0], runners[i].memory);
		free(runners[i].wall);
		free(runners[i].cpu);
	}
	free(runners);
	return 0;
}
