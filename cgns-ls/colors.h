/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether to colour, and how: --color, NO_COLOR (no-color.org) and the files
 * of terminal-colors.d(5). The names of a scheme are those of the states.
 */
#ifndef LS_COLORS_H
#define LS_COLORS_H

#include <stdbool.h>

#include "cleanup.h"
#include "options.h"

#define LS_COLOR_STATES 5 /* bits of enum ls_state */

struct ls_colors {
	bool wanted;
	char *of_state[LS_COLOR_STATES]; /* as a scheme has it, or NULL: the built-in one */
};

/* Returns 0 or -ENOMEM; files that cannot be read are as if they were not there. */
int ls_colors_init(struct ls_colors *colors, enum ls_color when) CG_MUST_CHECK CG_NONNULL(1);
void ls_colors_free(struct ls_colors *colors);

#define cleanup_colors cleanup_with(ls_colors_free)

/* The colour of the worst of these states. */
const char *ls_colors_of(const struct ls_colors *colors, unsigned int states) CG_NONNULL(1);

#endif
