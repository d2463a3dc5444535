/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "list.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "lines.h"
#include "origin.h"
#include "subject.h"

enum {
	COLUMN_WHAT,
	COLUMN_HIERARCHY,
	COLUMN_PATH,
	COLUMN_OWN,
	COLUMN_ROOT,
	COLUMN_DIR,
	COLUMN_CGID,
	COLUMN_STATE,
	COLUMN_NS,
	COLUMN_PID,
	COLUMN_COMMAND,
	COLUMN_HID,
	COLUMN_CONTROLLERS,
};

#define TEXT(n, d, h, ...)                                         \
	{                                                          \
		.name = n, .help = h, .by_default = d, __VA_ARGS__ \
	}

const struct cg_column list_columns[] = {
	[COLUMN_WHAT] = TEXT("WHAT", true, "what was asked"),
	[COLUMN_HIERARCHY] =
		TEXT("HIERARCHY", true, "unified, or the controllers or name of a v1 one"),
	[COLUMN_PATH] =
		TEXT("PATH", true, "the cgroup in --to's view", .width = 0.2, .truncate = true),
	[COLUMN_OWN] = TEXT("OWN", true, "what the process reads of itself", .truncate = true),
	[COLUMN_ROOT] =
		TEXT("ROOT", true, "the root of its namespace, in --to's view", .truncate = true),
	[COLUMN_DIR] = TEXT("DIR", true, "a directory that shows the cgroup", .truncate = true),
	[COLUMN_CGID] = TEXT("CGID", false, "cgroup id", .type = CG_COLUMN_NUMBER),
	[COLUMN_STATE] = TEXT("STATE", false, "inside, outside, removed or missing"),
	[COLUMN_NS] =
		TEXT("NS", false, "cgroup namespace (inode number)", .type = CG_COLUMN_NUMBER),
	[COLUMN_PID] = TEXT("PID", false, "process ID", .type = CG_COLUMN_NUMBER),
	[COLUMN_COMMAND] = TEXT("COMMAND", false, "command line of the process", .truncate = true),
	[COLUMN_HID] = TEXT("HID", false, "hierarchy ID", .type = CG_COLUMN_NUMBER),
	[COLUMN_CONTROLLERS] = TEXT("CONTROLLERS", false, "controllers that the cgroup has"),
};
const size_t list_column_count = CG_ARRAY_SIZE(list_columns);

struct list {
	struct world *world;
	const struct cg_hierarchy *hierarchy;
	struct cg_table *table;
	struct origins origins;
	struct tally *tally;
	struct cg_error *fatal;
};

static bool wants(const struct list *list, unsigned int column)
{
	return cg_selection_has(&list->world->request->selection, column);
}

/* ---- cells ---- */

/* One row while it is made: what it is about, and what of it is known so far. */
struct row {
	struct list *list;
	const char *text; /* the WHAT */
	const struct origin *origin;
	struct subject subject;
	struct cg_directory directory; /* in the caller's mounts */
	char *view;
	char *own;
	char *root;
	bool root_removed;
	bool missing;
};

static void row_free(struct row *row)
{
	subject_free(&row->subject);
	cg_directory_free(&row->directory);
	free(row->view);
	free(row->own);
	free(row->root);
}

static const char *state_of(const struct row *row)
{
	if (row->subject.removed || row->root_removed)
		return "removed";
	if (row->missing)
		return "missing";
	if (!row->own || (!row->subject.verified && row->subject.what.form != WHAT_PROCESS))
		return NULL;
	return cg_path_is_outside(row->own) ? "outside" : "inside";
}

/* The controllers of a v1 hierarchy, or those that a cgroup of v2 has; comma separated. */
static int controllers_of(const struct row *row, char **controllers)
{
	struct cg_text text = CG_TEXT_INIT;
	int rc;

	if (*row->subject.hierarchy->controllers) {
		*controllers = strdup(row->subject.hierarchy->controllers);
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

/* The directory that --to's process can open; NULL where there is none. */
static int directory_of(const struct row *row, char **name)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc;

	if (row->subject.removed || !row->subject.path)
		return 0;
	rc = world_directory(row->list->world, row->subject.hierarchy->controllers,
			     row->subject.path, &directory, NULL);
	*name = cg_steal_ptr(&directory.name);
	return cg_only_shortage(rc);
}

/* Sets a cell whose text costs something to make, if its column is wanted. */
static int set_made(const struct row *row, struct libscols_line *line, unsigned int column,
		    int (*make)(const struct row *, char **))
{
	cleanup_free char *text = NULL;
	int rc = wants(row->list, column) ? make(row, &text) : 0;

	return rc < 0 ? rc : cg_table_set(row->list->table, line, column, text);
}

static int set_number(const struct row *row, struct libscols_line *line, unsigned int column,
		      uint64_t number)
{
	return number ? cg_table_set_number(row->list->table, line, column, number) : 0;
}

static int put_row(const struct row *row)
{
	struct cg_table *table = row->list->table;
	struct libscols_line *line = cg_table_row(table, NULL);
	const char *own = row->subject.what.form == WHAT_PROCESS ? row->own : NULL;

	if (!line)
		return -ENOMEM;
	return cg_table_set(table, line, COLUMN_WHAT, row->text)
		       ?: cg_table_set(table, line, COLUMN_HIERARCHY, row->subject.hierarchy->name)
		       ?: cg_table_set(table, line, COLUMN_PATH, row->view)
		       ?: cg_table_set(table, line, COLUMN_OWN, own)
		       ?: cg_table_set(table, line, COLUMN_ROOT, row->root)
		       ?: cg_table_set(table, line, COLUMN_STATE, state_of(row))
		       ?: set_made(row, line, COLUMN_DIR, directory_of)
		       ?: set_made(row, line, COLUMN_CONTROLLERS, controllers_of)
		       ?: set_number(row, line, COLUMN_CGID, row->subject.id)
		       ?: set_number(row, line, COLUMN_NS, row->origin->ns_inode)
		       ?: set_number(row, line, COLUMN_PID, (uint64_t)row->origin->pid)
		       ?: cg_table_set(table, line, COLUMN_COMMAND, row->origin->command)
		       ?: cg_table_set_number(table, line, COLUMN_HID, row->subject.hierarchy->id);
}

/* ---- what a row says ---- */

/* Looks whether the cgroup is there; where that cannot be told nothing is said. */
static int look_for_directory(struct row *row, struct cg_error *err)
{
	struct world *world = row->list->world;
	int rc;

	if (row->subject.removed) {
		row->missing = true;
		return world->request->exists ? subject_check_exists(world, &row->subject, err) : 0;
	}
	rc = world_own_directory(world, row->subject.hierarchy->controllers, row->subject.path,
				 &row->directory, err);
	row->missing = rc == -ENOENT;
	row->subject.verified = rc == 0;
	row->subject.id = row->directory.id;
	if (cg_errno_is_shortage(-rc) ||
	    (world->request->exists && row->subject.what.form != WHAT_PROCESS))
		return rc;
	cg_error_reset(err);
	return 0;
}

/* How the row's namespace sees the cgroup; the kernel knows where we lack a name. */
static int own_view(struct row *row, const struct frame *frame, const struct cg_root *root,
		    struct cg_error *err)
{
	int rc = origin_own_view(frame, root, row->subject.path, &row->own, err);

	if (rc != -EDOM)
		return rc;
	if (row->subject.what.form != WHAT_PROCESS)
		return 0;
	return cg_nsroot_view(row->origin->nsfd, row->origin->pid, frame->hierarchy->controllers,
			      &row->own, err);
}

/* What is said of the root of the process's (or --from's) namespace, and how it sees the cgroup. */
static int look_at_root(struct row *row, struct frame *frame, struct cg_error *err)
{
	size_t index = (size_t)(frame->hierarchy - row->list->world->hierarchies.items);
	const struct cg_root *root = origin_root(row->origin, index);
	int rc;

	row->root_removed = root->state == CG_ROOT_REMOVED;
	if (row->root_removed && row->subject.what.form == WHAT_PROCESS)
		return cg_nsroot_view(row->origin->nsfd, row->origin->pid,
				      frame->hierarchy->controllers, &row->own, err);
	if (root->state == CG_ROOT_UNKNOWN && cg_errno_is_shortage(root->errnum))
		return cg_root_explain(root, row->text, err);
	if (root->state != CG_ROOT_KNOWN || !row->subject.path)
		return 0;
	rc = world_cover(frame, root, row->origin->nsfd, err);
	if (cg_errno_is_shortage(-rc))
		return rc;
	rc = own_view(row, frame, root, err);
	if (rc == 0 && frame->caller_to)
		rc = cg_only_shortage(world_translate(row->list->world, frame->caller_to, frame->to,
						      "--to", root->path, &row->root, err));
	if (rc == 0)
		cg_error_reset(err);
	return rc;
}

/* Whether --to's root is gone and nothing but the kernel could tell the view of a mere path. */
static bool view_is_lost(const struct row *row, const struct frame *frame)
{
	return frame->to->state == CG_ROOT_REMOVED && row->subject.what.form != WHAT_PROCESS;
}

static int fill_row(struct row *row, struct cg_error *err)
{
	struct frame *frame;
	int rc = world_frame(row->list->world, row->subject.hierarchy, &frame, err);

	if (rc == 0)
		rc = look_for_directory(row, err);
	if (rc == 0)
		rc = look_at_root(row, frame, err);
	if (rc == 0 && !view_is_lost(row, frame))
		rc = subject_view(row->list->world, &row->subject, &row->view, err);
	return rc;
}

/* A path as a namespace sees it whose root was removed in this hierarchy names nothing. */
static bool from_is_lost(struct list *list, const struct what *what,
			 const struct cg_hierarchy *hierarchy)
{
	struct frame *frame;

	return what->form == WHAT_PATH && world_frame(list->world, hierarchy, &frame, NULL) == 0 &&
	       frame->from->state == CG_ROOT_REMOVED;
}

static int add_row(struct list *list, const char *text, const struct what *what,
		   const struct origin *origin, const struct cg_hierarchy *hierarchy,
		   struct cg_error *err)
{
	cleanup_with(row_free) struct row row = {
		.list = list,
		.text = text,
		.origin = origin,
		.directory = CG_DIRECTORY_INIT,
		.subject = { .what = *what, .hierarchy = hierarchy, .procdir = -1, .held = -1 },
	};
	int rc;

	if (from_is_lost(list, what, hierarchy)) {
		row.root_removed = true;
	} else {
		rc = subject_find(list->world, what, origin->procdir, hierarchy, &row.subject, err);
		if (rc == 0)
			rc = fill_row(&row, err);
		if (rc < 0)
			return rc;
	}
	rc = put_row(&row);
	return rc < 0 ? cg_error_set(err, -rc, "cannot make the table") : 0;
}

/* ---- all rows ---- */

/*
 * Rows for all hierarchies. An id belongs to one of them, a process may be in
 * less than all: that is no failure while there is any row.
 */
static int add_rows(struct list *list, const char *text, const struct what *what,
		    const struct origin *origin, struct cg_error *err)
{
	const struct cg_hierarchies *all = &list->world->hierarchies;
	size_t rows = 0;
	int rc = -ENODATA;

	if (list->hierarchy || what->form == WHAT_DIRECTORY)
		return add_row(list, text, what, origin,
			       list->hierarchy ? list->hierarchy : &all->items[0], err);
	for (size_t i = 0; i < all->count; i++) {
		cg_error_reset(err);
		rc = add_row(list, text, what, origin, &all->items[i], err);
		rows += rc == 0;
		if (rc < 0 && what->form != WHAT_ID && rc != -ENODATA)
			return rc;
	}
	if (rows)
		cg_error_reset(err);
	return rows ? 0 : rc;
}

/* The row has gaps; what fills them is said, but the answer stands. */
static void report_unseen(const struct list *list, const char *text, const struct origin *origin)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;

	if ((wants(list, COLUMN_OWN) || wants(list, COLUMN_ROOT) || wants(list, COLUMN_STATE) ||
	     wants(list, COLUMN_NS)) &&
	    origin_unseen(origin, text, &err) < 0)
		cg_options_report(cgns_path.name, &err, false);
}

static int add_what(struct list *list, const char *text, struct cg_error *err)
{
	const struct origin *origin = NULL;
	struct what what;
	int rc = what_parse(text, &what, err);

	if (rc == 0)
		rc = origins_get(&list->origins, list->world, &what, wants(list, COLUMN_COMMAND),
				 &origin, err);
	if (rc == 0)
		rc = add_rows(list, text, &what, origin, err);
	if (rc == 0)
		report_unseen(list, text, origin);
	return rc;
}

static int add_or_report(char *text, size_t len, void *data)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	struct list *list = data;

	if (lines_check(text, len, &err) == 0 && add_what(list, text, &err) == 0)
		list->tally->answered++;
	else
		tally_failure(list->tally, text, &err);
	return 0;
}

static int add_all(struct list *list, struct cg_error *err)
{
	const struct request *request = list->world->request;

	for (size_t i = 0; i < request->what_count; i++) {
		char *text = request->whats[i];
		int rc = strcmp(text, "-") == 0
				 ? lines_read(request->zero ? '\0' : '\n', add_or_report, list, err)
				 : add_or_report(text, strlen(text), list);

		if (rc < 0)
			return rc;
	}
	return 0;
}

int list_print(struct world *world, const struct cg_hierarchy *hierarchy, struct tally *tally,
	       struct cg_error *err)
{
	const struct request *request = world->request;
	struct list list = { .world = world, .hierarchy = hierarchy, .tally = tally };
	int rc = cg_table_new("cgroups", list_columns, &request->selection, request->table_flags,
			      &list.table, err);

	if (rc == 0)
		rc = add_all(&list, err);
	if (rc == 0 && (tally->answered || (request->table_flags & CG_TABLE_JSON)))
		rc = cg_table_print(list.table);
	if (rc == -ENOMEM && err && !err->message)
		cg_error_set(err, ENOMEM, "cannot make the table");
	origins_free(&list.origins, &world->hierarchies);
	cg_table_free(list.table);
	return rc;
}
