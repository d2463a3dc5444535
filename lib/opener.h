/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * opener - opens names below other processes' roots, where a file server may
 * never answer: what the kernel does not know by itself a child asks for
 */
#ifndef CG_OPENER_H
#define CG_OPENER_H

#include "channel.h"
#include "cleanup.h"

struct cg_opener {
	struct cg_helper helper; /* started when it is needed first */
	unsigned int silences;	 /* how often there was no answer */
};

#define CG_OPENER_INIT                                  \
	{                                               \
		.helper = CG_HELPER_INIT, .silences = 0 \
	}

/*
 * Opens file below root (openat2(2), RESOLVE_IN_ROOT; Linux 5.6), by no symbolic link.
 * @root: a directory
 * Returns a descriptor (O_PATH, close-on-exec), or a negative errno value: -ETIMEDOUT where
 * there was no answer within a second, or there were none several times before; -EAGAIN where
 * there could be no child; -EXDEV where what lies on the way is changed all the time.
 */
int cg_opener_open(struct cg_opener *opener, int root, const char *file) CG_MUST_CHECK
	CG_NONNULL(1, 3);

void cg_opener_stop(struct cg_opener *opener) CG_NONNULL(1);

#define cleanup_opener cleanup_with(cg_opener_stop)

#endif
