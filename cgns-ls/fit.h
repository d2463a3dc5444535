/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which columns give way where the terminal is too narrow. */
#ifndef LS_FIT_H
#define LS_FIT_H

#include "columns.h"
#include "listing.h"
#include "options.h"

/*
 * Gives COMMAND the share of the terminal that is left when every other
 * column that may be cut has been cut to its own share: so COMMAND is cut last.
 * Does nothing where standard output is no terminal. What is printed may have
 * changed a little by then; libsmartcols has the last word.
 */
void ls_fit(struct ls_listing *listing, struct ls_columns *columns,
	    const struct ls_options *options) CG_NONNULL(1, 2, 3);

#endif
