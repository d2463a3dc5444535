/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * cgroupfs_file - files of cgroups, for the parts of the room cgroupfs, and for
 * programs that look at a cgroup before they use it
 *
 * All are opened beneath a cgroup directory that was verified, on its own
 * mount, no symbolic link followed, and found to be on a cgroup file system.
 */
#ifndef CG_CGROUPFS_FILE_H
#define CG_CGROUPFS_FILE_H

#include <stdbool.h>
#include <stddef.h>

#include "cleanup.h"

/* Opens name in the cgroup dirfd (O_CLOEXEC is added). Returns as open(2) does. */
int cg_cgroup_openat(int dirfd, const char *name, int flags) CG_MUST_CHECK CG_NONNULL(2);

/* The directory steps levels up, O_PATH, if it is on the same mount. Returns as open(2) does. */
int cg_cgroup_open_ancestor(int dirfd, unsigned int steps) CG_MUST_CHECK;

/*
 * Reads a file, however long, without its last newline.
 * Returns the text, freed by the caller, or NULL with errno set.
 */
char *cg_cgroup_read(int dirfd, const char *name) CG_MUST_CHECK CG_NONNULL(2);

/* Writes text in one write(2). Returns 0 or a negative errno value. */
int cg_cgroup_write(int dirfd, const char *name, const char *text) CG_NONNULL(2, 3);

/* Whether word is one of the words of text, which are parted by any of separators. */
bool cg_has_word(const char *text, const char *separators, const char *word) CG_NONNULL(1, 2, 3);

#endif
