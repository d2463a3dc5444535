/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tally.h"

#include <string.h>

#include "options.h"
#include "request.h"

enum {
	ALL_FAILED = 1,
	SOME_FAILED = 64,
};

/* Messages begin with the WHAT, unless they name it anyway. */
void tally_failure(struct tally *tally, const char *what, struct cg_error *err)
{
	if (!err->message || !strstr(err->message, what))
		cg_error_prefix(err, "%s", what);
	cg_options_report(cgns_path.name, err, false);
	cg_error_reset(err);
	tally->failed++;
}

int tally_status(const struct tally *tally)
{
	if (tally->failed == 0)
		return 0;
	return tally->answered ? SOME_FAILED : ALL_FAILED;
}
