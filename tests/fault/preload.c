/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preload - a shared object that gets in between, for the fault tests
 *
 * CGNS_FAULT_STOP: the process stops itself before main, so that a tracer can
 * be attached and counts no call of the dynamic loader.
 * CGNS_FAULT_MALLOC=N: the N-th allocation from main on fails, once in each
 * process; CGNS_FAULT_TOLD=FD: a byte is written there when it does.
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static unsigned long fail_at;
static unsigned long allocations;
static int armed;
static int told = -1;

static int fails(void)
{
	if (!armed)
		return 0;
	if (++allocations != fail_at)
		return 0;
	if (told >= 0 && write(told, "", 1) < 0)
		abort();
	errno = ENOMEM;
	return 1;
}

void *malloc(size_t size)
{
	static void *(*next)(size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "malloc");
	return fails() ? NULL : next(size);
}

/* dlsym() itself allocates with calloc() before there is a next one. */
void *calloc(size_t count, size_t size)
{
	static char early[4096];
	static size_t used;
	static int looking;
	static void *(*next)(size_t, size_t);

	if (!next && looking) {
		void *room = early + used;

		used += (count * size + 15) & ~(size_t)15;
		return used <= sizeof(early) ? room : NULL;
	}
	if (!next) {
		looking = 1;
		*(void **)&next = dlsym(RTLD_NEXT, "calloc");
		looking = 0;
	}
	return fails() ? NULL : next(count, size);
}

void *realloc(void *old, size_t size)
{
	static void *(*next)(void *, size_t);

	if (!next)
		*(void **)&next = dlsym(RTLD_NEXT, "realloc");
	return fails() ? NULL : next(old, size);
}

__attribute__((constructor)) static void begin(void)
{
	const char *number = getenv("CGNS_FAULT_MALLOC");

	free(calloc(1, 1));
	if (getenv("CGNS_FAULT_STOP")) {
		unsetenv("CGNS_FAULT_STOP"); /* a program that runs itself again goes on */
		raise(SIGSTOP);
	}
	if (!number)
		return;
	fail_at = strtoul(number, NULL, 10);
	number = getenv("CGNS_FAULT_TOLD");
	told = number ? atoi(number) : -1;
	armed = 1;
}
