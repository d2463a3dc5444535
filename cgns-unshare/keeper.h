/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * keeper - a helper that stays behind where no parent does
 *
 * Without a fork the caller's process itself becomes the program, and loses on
 * the way what would be needed to pin its namespace or to take back what it
 * made: its mount namespace, its user, its capabilities. So a process is left
 * behind that still has them. It ends when the program begins; should the
 * runner fail or be killed before that, it cleans up.
 */
#ifndef CGNS_UNSHARE_KEEPER_H
#define CGNS_UNSHARE_KEEPER_H

#include "cgns-unshare/stay.h"
#include "cleanup.h"
#include "error.h"

struct keeper {
	int channel; /* -1: there is none */
};

#define KEEPER_INIT \
	{           \
		-1  \
	}

/*
 * Leaves the keeper behind. It is no child of the program: it was forked by a
 * child that has ended. No signal is left pending.
 */
int keeper_start(struct keeper *keeper, struct stay *stay, struct cg_error *err) CG_MUST_CHECK;

/* Has the keeper do stay_settle() for the caller. */
int keeper_settle(const struct keeper *keeper, struct cg_error *err) CG_MUST_CHECK;

/* Tells it that what follows is the exec: then its end of the channel closes, and all is well. */
void keeper_ready(const struct keeper *keeper);

/* Has the keeper do stay_undo(), and waits until it is done. */
void keeper_undo(const struct keeper *keeper);

#endif
