/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-limits - show which cgroup limits hold, who sets them, and what is seen of them */
#include "cgns-limits/answer.h"
#include "cgns-limits/list.h"
#include "cgns-limits/options.h"

static int report(const struct request *request, struct cg_status *status, struct cg_error *err)
{
	cleanup_context struct cg_context context;
	cleanup_answers struct answers answers = { .context = &context };
	int rc = cg_context_open(request->shared.from, request->shared.to,
				 request->shared.hierarchy, &context, err);

	if (rc == 0)
		rc = answers_open(&answers, request, &context, status, err);
	if (rc == 0)
		rc = answers_add_all(&answers, err);
	if (rc == 0 && (status->answered || (request->shared.flags & CG_TABLE_JSON)))
		rc = list_print(&answers, err);
	return rc;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_request struct request request;
	struct cg_status status = { .program = &cgns_limits };
	int rc = request_parse(argc, argv, &request, &err);
	bool usage = rc < 0;

	if (rc == 0)
		rc = report(&request, &status, &err);
	return cg_status_end(&status, rc, usage, &err);
}
