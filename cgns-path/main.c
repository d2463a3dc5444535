/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-path - translate cgroup paths between the views of cgroup namespaces */
#include "list.h"
#include "options.h"
#include "plain.h"

static int translate(const struct request *request, struct cg_status *status, struct cg_error *err)
{
	cleanup_context struct cg_context context;
	int rc = cg_context_open(request->shared.from, request->shared.to,
				 request->shared.hierarchy, &context, err);

	if (rc < 0)
		return rc;
	context.strict = request->strict;
	return request->list ? list_print(&context, request, status, err)
			     : plain_print(&context, request, status, err);
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_request struct request request;
	struct cg_status status = { .program = &cgns_path };
	int rc = request_parse(argc, argv, &request, &err);
	bool usage = rc < 0;

	if (rc == 0)
		rc = translate(&request, &status, &err);
	return cg_status_end(&status, rc, usage, &err);
}
