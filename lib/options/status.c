/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What was answered and what was not, and what to exit with. */
#include "options/options.h"

#include <errno.h>
#include <string.h>

#include "output.h"

enum {
	ALL_FAILED = 1,
	SOME_FAILED = 64,
};

/* Messages begin with what was asked, unless they name it anyway. */
static void report(const struct cg_status *status, const char *asked, struct cg_error *err)
{
	if (!err->message || !strstr(err->message, asked))
		cg_error_prefix(err, "%s", asked);
	cg_options_report(status->program->name, err, false);
	cg_error_reset(err);
}

void cg_status_failure(struct cg_status *status, const char *asked, struct cg_error *err)
{
	report(status, asked, err);
	status->failed++;
}

void cg_status_gap(struct cg_status *status, const char *asked, struct cg_error *err)
{
	report(status, asked, err);
	status->gaps++;
}

int cg_status_end(const struct cg_status *status, int rc, bool usage, struct cg_error *err)
{
	if (cg_output_close(rc < 0 ? NULL : err) < 0)
		rc = -EIO;
	if (rc < 0) {
		cg_options_report(status->program->name, err, usage);
		return EXIT_FAILURE;
	}
	if (status->failed == 0 && status->gaps == 0)
		return 0;
	return status->answered ? SOME_FAILED : ALL_FAILED;
}
