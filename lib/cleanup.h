/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cleanup - ownership that is seen at the declaration
 *
 * A variable declared with one of the cleanup_* attributes is released when
 * it goes out of scope, on every path. To hand it on, take it out with
 * cg_steal_fd() or cg_steal_ptr().
 *
 * A struct that has a function to release it starts as { 0 } and then holds
 * nothing, unless its header has an _INIT for it (a file that is not open is -1).
 */
#ifndef CG_CLEANUP_H
#define CG_CLEANUP_H

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#define CG_MUST_CHECK	 __attribute__((warn_unused_result))
#define CG_PRINTF(f, a)	 __attribute__((format(printf, f, a)))
#define CG_NONNULL(...)	 __attribute__((nonnull(__VA_ARGS__)))
#define CG_NORETURN	 __attribute__((noreturn))
#define CG_UNUSED	 __attribute__((unused))
#define CG_ARRAY_SIZE(a) (sizeof(a) / sizeof((a)[0]))

static inline void cg_cleanup_free(void *slot)
{
	free(*(void **)slot);
}

/* Closes without touching errno: a cleanup never hides the error it follows. */
void cg_cleanup_fd(int *fd);
void cg_cleanup_dir(DIR **dir);

/*
 * Opens a directory to be read, no symbolic link at its end followed.
 * Returns 0 with *dir, or a negative errno value.
 */
int cg_opendir(int dirfd, const char *name, DIR **dir) CG_MUST_CHECK CG_NONNULL(2, 3);

/*
 * The next entry in *entry, NULL at the end. Returns 0, or a negative errno
 * value: then the end was not reached.
 */
int cg_readdir(DIR *dir, struct dirent **entry) CG_MUST_CHECK CG_NONNULL(1, 2);

#define cleanup_free __attribute__((cleanup(cg_cleanup_free)))
#define cleanup_fd   __attribute__((cleanup(cg_cleanup_fd)))
#define cleanup_dir  __attribute__((cleanup(cg_cleanup_dir)))

/* For a struct with a release function: cleanup_with(cg_error_reset). */
#define cleanup_with(release) __attribute__((cleanup(release)))

/* Takes the descriptor out of *fd, which is -1 afterwards. */
static inline int cg_steal_fd(int *fd)
{
	int taken = *fd;

	*fd = -1;
	return taken;
}

/* Takes the pointer out of *pp, which is NULL afterwards. */
#define cg_steal_ptr(pp)                          \
	({                                        \
		__typeof__(*(pp)) _taken = *(pp); \
		*(pp) = NULL;                     \
		_taken;                           \
	})

#endif
