/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-path - translate cgroup paths between the views of cgroup namespaces */
#include <errno.h>

#include "list.h"
#include "plain.h"
#include "request.h"
#include "world.h"

static int translate(const struct request *request, struct tally *tally, struct cg_error *err)
{
	cleanup_world struct world world;
	const struct cg_hierarchy *hierarchy = NULL;
	int rc = world_open(request, &world, err);

	if (rc < 0)
		return rc;
	if (!request->all_hierarchies) {
		hierarchy = request->hierarchy
				    ? cg_hierarchy_find(&world.hierarchies, request->hierarchy, err)
				    : cg_hierarchy_default(&world.hierarchies, err);
		if (!hierarchy)
			return -EINVAL;
	}
	return request->list ? list_print(&world, hierarchy, tally, err)
			     : plain_print(&world, hierarchy, tally, err);
}

static int act(const struct request *request, struct tally *tally, struct cg_error *err)
{
	switch (request->action) {
	case ACTION_HELP:
		cg_options_help(&cgns_path);
		return 0;
	case ACTION_VERSION:
		cg_options_version(&cgns_path);
		return 0;
	case ACTION_LIST_COLUMNS:
		cg_columns_list(list_columns, list_column_count);
		return 0;
	case ACTION_TRANSLATE:
		return translate(request, tally, err);
	}
	return -EINVAL;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	cleanup_request struct request request;
	struct tally tally = { 0 };
	bool usage = request_parse(argc, argv, &request, &err) < 0;
	int rc = usage ? -EINVAL : act(&request, &tally, &err);

	if (cg_output_close(rc < 0 ? NULL : &err) < 0)
		rc = -EIO;
	if (rc < 0) {
		cg_options_report(cgns_path.name, &err, usage);
		return EXIT_FAILURE;
	}
	return tally_status(&tally);
}
