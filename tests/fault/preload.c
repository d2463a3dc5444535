/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * preload - a shared object that gets in between, for the fault tests
 *
 * CGNS_FAULT_STOP: the process stops itself before main, so that a tracer can
 * be attached and counts no call of the dynamic loader. When it runs itself
 * again, a call that fails says where main begins.
 * CGNS_FAULT_MALLOC=N: the N-th allocation from main on fails, once in each
 * process; with "N+" all from the N-th on fail. CGNS_FAULT_TOLD=FD: who asked
 * for it is written there when it does, a line for each function that was
 * called (backtrace_symbols_fd(3)).
 */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <execinfo.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define DEPTH 32

static unsigned long fail_at;
static unsigned long allocations;
static int for_good; /* all that come after fail too */
static int armed;
static int told = -1;

static void tell(void)
{
	void *callers[DEPTH];
	int depth;

	armed = 0; /* in case that it allocates */
	depth = backtrace(callers, DEPTH);
	backtrace_symbols_fd(callers, depth, told);
	armed = 1;
}

static int fails(void)
{
	if (!armed)
		return 0;
	if (++allocations < fail_at || (allocations > fail_at && !for_good))
		return 0;
	if (told >= 0 && allocations == fail_at)
		tell();
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
	void *caller;
	char *end;

	free(calloc(1, 1));
	if (getenv("CGNS_FAULT_STOP")) {
		unsetenv("CGNS_FAULT_STOP");
		raise(SIGSTOP);
	} else {
		execve("/main/begins", NULL, NULL);
	}
	if (!number)
		return;
	backtrace(&caller, 1); /* loads what it needs */
	fail_at = strtoul(number, &end, 10);
	for_good = *end == '+';
	number = getenv("CGNS_FAULT_TOLD");
	told = number ? atoi(number) : -1;
	armed = 1;
}
