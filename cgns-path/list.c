/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "columns.h"
#include "input.h"
#include "owner.h"
#include "select/select.h"
#include "what/what.h"

struct list {
	const struct request *request;
	struct cg_context *context;
	const struct cg_hierarchy *hierarchy;
	struct cg_table *table;
	struct cg_namespaces namespaces;
	struct cg_status *status;
	bool from_file;	       /* WHATs come from standard input */
	bool has_gap;	       /* in a row of the WHAT, and that was said */
	struct cg_row **lines; /* of the WHAT, one for each hierarchy at most */
	size_t line_count;
};

static bool wants(const struct list *list, unsigned int column)
{
	return cg_selection_has(&list->request->shared.selection, column);
}

/* ---- cells ---- */

/* One row while it is made: what it is about, and what of it is known so far. */
struct row {
	struct list *list;
	const char *text; /* the WHAT */
	const struct cg_namespace *namespace;
	struct cg_resolved resolved;
	struct cg_directory directory; /* in the caller's mounts */
	char *view;
	char *own;
	char *root;
	bool root_removed;
	bool missing;
};

static void row_free(struct row *row)
{
	cg_resolved_free(&row->resolved);
	cg_directory_free(&row->directory);
	free(row->view);
	free(row->own);
	free(row->root);
}

static const char *state_of(const struct row *row)
{
	if (row->resolved.removed || row->root_removed)
		return "removed";
	if (row->missing)
		return "missing";
	if (!row->own || (!row->resolved.verified && row->resolved.what.form != CG_WHAT_PROCESS))
		return NULL;
	return cg_path_is_outside(row->own) ? "outside" : "inside";
}

/* The controllers of a v1 hierarchy, or those that a cgroup of v2 has; comma separated. */
static int controllers_of(const struct row *row, char **controllers)
{
	struct cg_text text = { 0 };
	int rc;

	if (*row->resolved.hierarchy->controllers) {
		*controllers = strdup(row->resolved.hierarchy->controllers);
		return *controllers ? 0 : -ENOMEM;
	}
	if (row->directory.fd < 0)
		return 0;
	rc = cg_procfs_read(row->directory.fd, "cgroup.controllers", &text);
	if (rc < 0) {
		cg_text_free(&text);
		return cg_only_shortage(rc);
	}
	text.data[strcspn(text.data, "\n")] = '\0';
	for (char *at = text.data; *at; at++)
		if (*at == ' ')
			*at = ',';
	*controllers = text.data;
	return 0;
}

/* A cell that could not be found out: its rows are like it. */
static void report_gap(struct list *list, const char *text, struct cg_error *err)
{
	if (!list->has_gap)
		cg_status_gap(list->status, text, err);
	list->has_gap = true;
}

/* Whether a directory was looked for, and there or not. */
static bool is_answer(int rc)
{
	return rc == 0 || rc == -ENOENT || rc == -ENXIO;
}

/* The directory that --to's process can open; NULL where there is none. */
static int directory_of(const struct row *row, char **name)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_error struct cg_error err = { 0 };
	bool known;
	int rc;

	if (row->resolved.removed || !row->resolved.path)
		return 0;
	rc = cg_context_directory(row->list->context, row->resolved.hierarchy->controllers,
				  row->resolved.path, &directory, &err);
	known = is_answer(rc);
	if (rc == 0 && directory.id != row->directory.id) {
		rc = cg_what_confirm(row->list->context, &row->resolved, 0, &err);
		known = rc == 0;
	}
	if (rc == 0)
		*name = cg_steal_ptr(&directory.name);
	if (!known)
		report_gap(row->list, row->text, &err);
	return cg_only_shortage(rc);
}

/* Whose the cgroup is, as far as its path says it; people read the first digits of ids. */
static int put_owner(const struct row *row, struct cg_row *line)
{
	const unsigned int whole = CG_TABLE_RAW | CG_TABLE_JSON;
	struct cg_table *table = row->list->table;
	char shown[CG_OWNER_SIZE];
	struct cg_owner owner;

	if (!row->resolved.path)
		return 0;
	cg_owner_read(row->resolved.path, &owner);
	cg_owner_shorten(&owner, shown);
	if (row->list->request->shared.flags & whole)
		memcpy(shown, owner.container, sizeof(shown));
	return cg_table_set(table, line, COLUMN_CONTAINER, *shown ? shown : NULL)
		       ?: cg_table_set(table, line, COLUMN_POD, *owner.pod ? owner.pod : NULL)
		       ?: cg_table_set(table, line, COLUMN_UNIT, *owner.unit ? owner.unit : NULL);
}

/* Sets a cell whose text costs something to make, if its column is wanted. */
static int set_made(const struct row *row, struct cg_row *line, unsigned int column,
		    int (*make)(const struct row *, char **))
{
	cleanup_free char *text = NULL;
	int rc = wants(row->list, column) ? make(row, &text) : 0;

	return rc < 0 ? rc : cg_table_set(row->list->table, line, column, text);
}

static int set_number(const struct row *row, struct cg_row *line, unsigned int column,
		      uint64_t number)
{
	return number ? cg_table_set_number(row->list->table, line, column, number) : 0;
}

/* Hierarchies of which the table says the same share a line: the last one goes into another. */
static int share_line(struct list *list, struct cg_row *line)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < list->line_count; i++)
		rc = cg_table_fold(list->table, list->lines[i], COLUMN_HIERARCHY);
	if (rc == 0)
		list->lines[list->line_count++] = line;
	return rc < 0 ? rc : 0;
}

static int put_row(const struct row *row)
{
	struct cg_table *table = row->list->table;
	struct cg_row *line = cg_table_row(table, NULL);
	const char *own = row->resolved.what.form == CG_WHAT_PROCESS ? row->own : NULL;

	int rc;

	if (!line)
		return -ENOMEM;
	rc = cg_table_set(table, line, COLUMN_WHAT, row->text)
		       ?: cg_table_set(table, line, COLUMN_HIERARCHY, row->resolved.hierarchy->name)
		       ?: cg_table_set(table, line, COLUMN_PATH, row->view)
		       ?: cg_table_set(table, line, COLUMN_OWN, own)
		       ?: cg_table_set(table, line, COLUMN_ROOT, row->root)
		       ?: cg_table_set(table, line, COLUMN_STATE, state_of(row))
		       ?: set_made(row, line, COLUMN_DIR, directory_of)
		       ?: set_made(row, line, COLUMN_CONTROLLERS, controllers_of)
		       ?: set_number(row, line, COLUMN_CGID, row->resolved.id)
		       ?: set_number(row, line, COLUMN_NS, row->namespace->ns_inode)
		       ?: set_number(row, line, COLUMN_PID, (uint64_t)row->namespace->pid)
		       ?: put_owner(row, line)
		       ?: cg_table_set(table, line, COLUMN_COMMAND, row->namespace->command)
		       ?: cg_table_set_number(table, line, COLUMN_HID, row->resolved.hierarchy->id);
	return rc ?: share_line(row->list, line);
}

/* ---- what a row says ---- */

/* Looks whether the cgroup is there; where that cannot be told nothing is said. */
static int look_for_directory(struct row *row, struct cg_error *err)
{
	struct cg_context *context = row->list->context;
	int found, rc;

	if (row->resolved.removed) {
		row->missing = true;
		return row->list->request->exists
			       ? cg_what_check_exists(context, &row->resolved, err)
			       : 0;
	}
	found = cg_context_own_directory(context, row->resolved.hierarchy->controllers,
					 row->resolved.path, &row->directory, err);
	rc = cg_what_confirm(context, &row->resolved, found, err);
	if (rc != found)
		return rc;
	row->missing = rc == -ENOENT;
	row->resolved.verified = rc == 0;
	row->resolved.id = row->directory.id;
	if (cg_errno_is_shortage(-rc) ||
	    (row->list->request->exists && row->resolved.what.form != CG_WHAT_PROCESS))
		return rc;
	if (!is_answer(rc))
		report_gap(row->list, row->text, err);
	cg_error_reset(err);
	return 0;
}

/* How the row's namespace sees the cgroup; the kernel knows where we lack a name. */
static int own_view(struct row *row, const struct cg_frame *frame, const struct cg_root *root,
		    struct cg_error *err)
{
	int rc = cg_namespace_own_view(frame, root, row->resolved.path, &row->own, err);

	if (rc != -EDOM)
		return rc;
	if (row->resolved.what.form != CG_WHAT_PROCESS)
		return 0;
	return cg_nsroot_view(row->namespace->nsfd, row->namespace->procdir, row->namespace->tid,
			      frame->hierarchy->controllers, &row->own, err);
}

/* What is said of the root of the process's (or --from's) namespace, and how it sees the cgroup. */
static int look_at_root(struct row *row, struct cg_frame *frame, struct cg_error *err)
{
	size_t index = (size_t)(frame->hierarchy - row->list->context->hierarchies.items);
	const struct cg_root *root = cg_namespace_root(row->namespace, index);
	int rc;

	row->root_removed = root->state == CG_ROOT_REMOVED;
	if (row->root_removed && row->resolved.what.form == CG_WHAT_PROCESS)
		return cg_nsroot_view(row->namespace->nsfd, row->namespace->procdir,
				      row->namespace->tid, frame->hierarchy->controllers, &row->own,
				      err);
	if (root->state != CG_ROOT_KNOWN || !row->resolved.path)
		return 0;
	rc = cg_context_reach(frame, root, row->namespace->nsfd, err);
	if (cg_errno_is_shortage(-rc))
		return rc;
	rc = own_view(row, frame, root, err);
	if (rc == 0 && frame->caller_to)
		rc = cg_only_shortage(cg_context_translate(frame->caller_to, frame->to, "--to",
							   root->path, &row->root, err));
	if (rc == 0)
		cg_error_reset(err);
	return rc;
}

/* Whether --to's root is gone and nothing but the kernel could tell the view of a mere path. */
static bool view_is_lost(const struct row *row, const struct cg_frame *frame)
{
	return frame->to->state == CG_ROOT_REMOVED && row->resolved.what.form != CG_WHAT_PROCESS;
}

static int fill_row(struct row *row, struct cg_error *err)
{
	struct cg_frame *frame;
	int rc = cg_context_frame(row->list->context, row->resolved.hierarchy, &frame, err);

	if (rc == 0)
		rc = look_for_directory(row, err);
	if (rc == 0)
		rc = look_at_root(row, frame, err);
	if (rc == 0 && !view_is_lost(row, frame))
		rc = cg_what_view(row->list->context, &row->resolved, &row->view, err);
	return rc;
}

/* A path as a namespace sees it whose root was removed in this hierarchy names nothing. */
static bool from_is_lost(struct list *list, const struct cg_what *what,
			 const struct cg_hierarchy *hierarchy)
{
	struct cg_frame *frame;

	return what->form == CG_WHAT_PATH &&
	       cg_context_frame(list->context, hierarchy, &frame, NULL) == 0 &&
	       frame->from->state == CG_ROOT_REMOVED;
}

static int try_row(struct list *list, const char *text, const struct cg_what *what,
		   const struct cg_namespace *namespace, const struct cg_hierarchy *hierarchy,
		   struct cg_error *err)
{
	cleanup_with(row_free) struct row row = {
		.list = list,
		.text = text,
		.namespace = namespace,
		.directory = CG_DIRECTORY_INIT,
		.resolved = { .what = *what, .hierarchy = hierarchy, .procdir = -1, .held = -1 },
	};
	int rc;

	if (from_is_lost(list, what, hierarchy)) {
		row.root_removed = true;
	} else {
		rc = cg_what_resolve(list->context, what, namespace->procdir, hierarchy,
				     &row.resolved, err);
		if (rc == 0)
			rc = fill_row(&row, err);
		if (rc < 0)
			return rc;
	}
	rc = put_row(&row);
	return rc < 0 ? cg_error_set(err, -rc, "cannot make the table") : 0;
}

/* A process may move while it is looked at. */
static int add_row(struct list *list, const char *text, const struct cg_what *what,
		   const struct cg_namespace *namespace, const struct cg_hierarchy *hierarchy,
		   struct cg_error *err)
{
	int rc = -ESTALE;

	for (int tries = 0; rc == -ESTALE && tries < CG_WHAT_TRIES; tries++) {
		cg_error_reset(err);
		rc = try_row(list, text, what, namespace, hierarchy, err);
	}
	return rc;
}

/* ---- all rows ---- */

/*
 * Rows for all hierarchies. An id belongs to one of them, a process may be in
 * less than all: that is no failure while there is any row.
 */
static int add_rows(struct list *list, const char *text, const struct cg_what *what,
		    const struct cg_namespace *namespace, struct cg_error *err)
{
	const struct cg_hierarchies *all = &list->context->hierarchies;
	size_t rows = 0;
	int rc = -ENODATA;

	if (what->hierarchy || list->hierarchy || what->form == CG_WHAT_DIRECTORY) {
		const struct cg_hierarchy *hierarchy = list->hierarchy ?: &all->items[0];

		rc = cg_what_own_hierarchy(list->context, what, &hierarchy, err);
		return rc < 0 ? rc : add_row(list, text, what, namespace, hierarchy, err);
	}
	for (size_t i = 0; i < all->count; i++) {
		cg_error_reset(err);
		rc = add_row(list, text, what, namespace, &all->items[i], err);
		rows += rc == 0;
		if (rc < 0 && what->form != CG_WHAT_ID && rc != -ENODATA &&
		    !(what->form == CG_WHAT_CGROUP && rc == -ENOENT))
			return rc;
	}
	if (rows)
		cg_error_reset(err);
	else if (what->form == CG_WHAT_CGROUP && rc == -ENOENT)
		return cg_select_nowhere(&what->spec, err);
	return rows ? 0 : rc;
}

/* The row has gaps; what fills them is said, but the answer stands. */
static void report_unseen(struct list *list, const char *text, const struct cg_namespace *namespace)
{
	cleanup_error struct cg_error err = { 0 };

	if ((wants(list, COLUMN_OWN) || wants(list, COLUMN_ROOT) || wants(list, COLUMN_STATE) ||
	     wants(list, COLUMN_NS)) &&
	    cg_namespace_unseen(namespace, list->context, text, &err) < 0)
		report_gap(list, text, &err);
}

static int add_what(struct list *list, const char *text, struct cg_error *err)
{
	const struct cg_namespace *namespace = NULL;
	struct cg_what what;
	int rc = cg_what_read(list->context, text, list->from_file, &what, err);

	list->has_gap = false;
	list->line_count = 0;
	if (rc == 0)
		rc = cg_namespaces_get(&list->namespaces, list->context, &what, NULL,
				       wants(list, COLUMN_COMMAND), &namespace, err);
	if (rc == 0 && what.form == CG_WHAT_PROCESS)
		what.pid = namespace->tid;
	if (rc == 0)
		rc = add_rows(list, text, &what, namespace, err);
	if (rc == 0)
		report_unseen(list, text, namespace);
	return rc;
}

static int add_or_report(char *text, size_t len, void *data)
{
	cleanup_error struct cg_error err = { 0 };
	struct list *list = data;

	if (cg_lines_check(text, len, &err) == 0 && add_what(list, text, &err) == 0)
		list->status->answered++;
	else
		cg_status_failure(list->status, text, &err);
	return 0;
}

static void forget(void *data)
{
	struct list *list = data;

	cg_context_refresh(list->context);
}

static int add_all(struct list *list, struct cg_error *err)
{
	const struct request *request = list->request;
	const struct cg_line_reader reader = {
		.separator = request->shared.zero ? '\0' : '\n',
		.visit = add_or_report,
		.waited = forget,
		.data = list,
	};

	return cg_lines_visit(&reader, request->shared.whats, request->shared.what_count,
			      &list->from_file, err);
}

int list_print(struct cg_context *context, const struct request *request, struct cg_status *status,
	       struct cg_error *err)
{
	struct list list = {
		.request = request, .context = context, .hierarchy = context->only, .status = status
	};
	int rc = cg_table_new("cgroups", path_columns, &request->shared.selection,
			      request->shared.flags, &list.table, err);

	list.lines = calloc(context->hierarchies.count ?: 1, sizeof(*list.lines));
	if (rc == 0)
		rc = list.lines ? add_all(&list, err) : -ENOMEM;
	if (rc == 0 && (status->answered || (request->shared.flags & CG_TABLE_JSON)))
		rc = cg_table_print(list.table);
	if (rc == 0 && status->answered && !request->shared.to)
		cg_shared_options_remark(&request->shared);
	if (rc == -ENOMEM && err && !err->message)
		cg_error_set(err, ENOMEM, "cannot make the table");
	cg_namespaces_free(&list.namespaces, &context->hierarchies);
	cg_table_free(list.table);
	free(list.lines);
	return rc;
}
