/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ids - users, groups and signals as they are written on command lines
 *
 * Names are looked up where the caller is (getpwnam(3), getgrnam(3)): before
 * anything is entered. A number is taken as it is, for the databases may not
 * know it, or not be at hand. 4294967295 is no id: to the kernel it means
 * "unchanged".
 */
#ifndef CG_IDS_H
#define CG_IDS_H

#include <sys/types.h>

#include "cleanup.h"
#include "error.h"

/*
 * @login_group: the user's group in the database, or (gid_t)-1 for a number; or NULL
 * Returns 0 or -EINVAL with *err filled.
 */
int cg_parse_user(const char *text, uid_t *uid, gid_t *login_group,
		  struct cg_error *err) CG_MUST_CHECK CG_NONNULL(1, 2);
int cg_parse_group(const char *text, gid_t *gid, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

/*
 * A number, or a name as kill -l writes it, with or without SIG, in upper or
 * lower case, RTMIN+N and RTMAX-N among them. Returns as cg_parse_user().
 */
int cg_parse_signal(const char *text, int *signal, struct cg_error *err) CG_MUST_CHECK
	CG_NONNULL(1, 2);

#endif
