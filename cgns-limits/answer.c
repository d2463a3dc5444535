/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds which limits hold for a WHAT, where they are set, and what is seen of them inside. */
#include "cgns-limits/answer.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "cgns-limits/columns.h"
#include "input.h"
#include "path.h"

#define TRIES_MAX 100 /* of a process that moves, or a cgroup that is made again, all the time */

/* ---- open and close ---- */

static int read_machine(struct answers *answers, struct cg_error *err)
{
	int rc = cg_only_shortage(
			 cg_procfs_read(AT_FDCWD, "/sys/devices/system/cpu/online", &answers->cpus))
			 ?: cg_only_shortage(cg_procfs_read(AT_FDCWD,
							    "/sys/devices/system/node/has_memory",
							    &answers->mems));

	return rc < 0 ? cg_error_set(err, -rc, "cannot read which CPUs there are") : 0;
}

int answers_open(struct answers *answers, const struct request *request, struct cg_context *context,
		 struct cg_status *status, struct cg_error *err)
{
	int rc;

	*answers = (struct answers){ .request = request, .context = context, .status = status };
	answers->reader =
		(struct reader){ .context = context, .wanted = &answers->wanted, .watch = -1 };
	rc = wanted_choose(request->limits, request->unlimited, &context->hierarchies,
			   &answers->wanted, err);
	if (rc == 0)
		rc = read_machine(answers, err);
	return rc;
}

void answers_free(struct answers *answers)
{
	for (size_t i = 0; i < answers->count; i++) {
		free(answers->rows[i].view);
		free(answers->rows[i].left_view);
		free(answers->rows[i].dir);
		free(answers->rows[i].path);
	}
	free(answers->rows);
	for (size_t i = 0; i < answers->what_count; i++)
		free(answers->whats[i]);
	free(answers->whats);
	reader_free(&answers->reader);
	wanted_free(&answers->wanted);
	cg_namespaces_free(&answers->namespaces, &answers->context->hierarchies);
	cg_text_free(&answers->cpus);
	cg_text_free(&answers->mems);
}

/* ---- the way up ---- */

static bool wants(const struct answers *answers, enum column column)
{
	return cg_selection_has(&answers->request->table.selection, column);
}

static size_t index_of(const struct answers *answers, const struct wanted *wanted)
{
	return (size_t)(wanted - answers->wanted.items);
}

static const struct reading *reading_of(const struct answers *answers, const struct cgroup *cgroup,
					const struct wanted *wanted)
{
	return &cgroup->readings[index_of(answers, wanted)];
}

/* The cgroup above, as far as its limits count for what is below. */
static struct cgroup *above(const struct cgroup *cgroup, const struct wanted *wanted)
{
	struct cgroup *parent = cgroup->parent;

	if (parent && parent->stands_alone && strcmp(wanted->limit->controller, "memory") == 0)
		return NULL;
	return parent;
}

/* Whether nothing more could be above, beyond what can be seen. */
static bool is_end(const struct cgroup *cgroup)
{
	return cgroup->is_top || cgroup->parent;
}

static bool is_limit(const struct reading *reading)
{
	return reading->there && !reading->errnum && !reading->value.unlimited;
}

static void find_least_left(const struct answers *answers, struct cgroup *leaf, struct row *row)
{
	uint64_t levels = 0;

	for (struct cgroup *at = leaf; at; at = above(at, row->wanted), levels++) {
		const struct reading *reading = reading_of(answers, at, row->wanted);
		uint64_t used = row->wanted->limit->of_levels ? levels : reading->used;
		bool known = row->wanted->limit->of_levels || reading->used_known;
		uint64_t left;

		if (!is_limit(reading))
			continue;
		if (reading->used_errnum)
			row->unknown |= UNKNOWN_LEFT | UNKNOWN_LEFTCGROUP;
		if (at == row->setter) {
			row->used = used;
			row->used_known = known;
			row->unknown |= reading->used_errnum ? UNKNOWN_USED : 0;
		}
		if (!known)
			continue;
		left = cg_limit_left(&reading->value, used);
		if (!row->left_at || left < row->left ||
		    (left == row->left && row->left_at != row->setter)) {
			row->left = left;
			row->left_at = at;
		}
	}
	if (row->unknown & UNKNOWN_LEFT)
		row->left_at = NULL;
}

/* The smallest on the way up; among equal ones the uppermost. */
static void find_smallest(const struct answers *answers, struct cgroup *leaf, struct row *row)
{
	struct cgroup *last = leaf;

	for (struct cgroup *at = leaf; at; at = above(at, row->wanted)) {
		const struct reading *reading = reading_of(answers, at, row->wanted);

		last = at;
		if (reading->errnum)
			row->unknown |= UNKNOWN_VALUE | UNKNOWN_CGROUP | UNKNOWN_USED |
					UNKNOWN_LEFT | UNKNOWN_LEFTCGROUP;
		if (is_limit(reading) &&
		    (!row->reading ||
		     cg_limit_compare(&reading->value, &row->reading->value) <= 0)) {
			row->setter = at;
			row->reading = reading;
		}
	}
	row->at_most = !is_end(last);
	find_least_left(answers, leaf, row);
	if (row->unknown & UNKNOWN_CGROUP) {
		row->setter = NULL;
		row->reading = NULL;
	}
}

/* Whether a set is all that the machine has. */
static bool is_all(const struct answers *answers, const struct wanted *wanted, const char *set)
{
	const struct cg_text *all =
		strcmp(wanted->limit->name, "cpuset.mems") ? &answers->cpus : &answers->mems;
	size_t len = strlen(set);

	return all->len > len && strncmp(all->data, set, len) == 0 && all->data[len] == '\n';
}

static bool has_set(const struct reading *reading)
{
	return reading->there && !reading->errnum && *reading->text;
}

/* The kernel keeps what holds in each cgroup; who set it is the uppermost that has the same. */
static void find_set(const struct answers *answers, struct cgroup *leaf, struct row *row)
{
	struct cgroup *at = leaf;

	while (at->parent && !reading_of(answers, at, row->wanted)->there)
		at = at->parent;
	row->reading = reading_of(answers, at, row->wanted);
	if (!row->reading->there) {
		row->reading = NULL;
		return;
	}
	if (!has_set(row->reading)) {
		row->unknown |= UNKNOWN_VALUE | UNKNOWN_CGROUP;
		row->reading = NULL;
		return;
	}
	if (is_all(answers, row->wanted, row->reading->text))
		return;
	for (row->setter = at; at->parent; row->setter = at) {
		const struct reading *reading = reading_of(answers, at->parent, row->wanted);

		if (!has_set(reading) || strcmp(reading->text, row->reading->text) != 0)
			break;
		at = at->parent;
	}
}

/* ---- what is seen inside ---- */

/* The root of the WHAT's namespace, and whether it is there and contains the cgroup. */
static enum seen look_at_root(const struct answers *answers, const struct cg_namespace *namespace,
			      const struct cgroup *leaf, const struct cg_root **root)
{
	*root = cg_namespace_root(namespace,
				  (size_t)(leaf->hierarchy - answers->context->hierarchies.items));
	switch ((*root)->state) {
	case CG_ROOT_KNOWN:
		return cg_path_contains((*root)->path, leaf->path) ? SEEN_KNOWN : SEEN_OUTSIDE;
	case CG_ROOT_REMOVED:
		return SEEN_REMOVED;
	case CG_ROOT_UNKNOWN:
		break;
	}
	return SEEN_HIDDEN;
}

static void find_seen(const struct answers *answers, const struct cg_namespace *namespace,
		      struct cgroup *leaf, struct row *row)
{
	const struct cg_root *root;

	row->seen = (struct cg_limit_value)CG_LIMIT_UNLIMITED;
	row->seen_state = look_at_root(answers, namespace, leaf, &root);
	if (row->seen_state != SEEN_KNOWN) {
		row->unknown |= UNKNOWN_SEEN;
		return;
	}
	for (struct cgroup *at = leaf; at; at = above(at, row->wanted)) {
		const struct reading *reading = reading_of(answers, at, row->wanted);

		if (reading->errnum)
			row->unknown |= UNKNOWN_SEEN;
		if (row->wanted->limit->kind == CG_LIMIT_SET) {
			if (has_set(reading) && !row->seen_set)
				row->seen_set = reading->text;
		} else if (is_limit(reading) &&
			   cg_limit_compare(&reading->value, &row->seen) <= 0) {
			row->seen = reading->value;
		}
		if (strcmp(at->path, root->path) == 0)
			break;
	}
	if (row->wanted->limit->kind == CG_LIMIT_SET && !row->seen_set && !row->reading)
		row->unknown |= row->unknown & UNKNOWN_VALUE ? UNKNOWN_SEEN : 0;
}

bool row_is_hidden(const struct row *row)
{
	static const struct cg_limit_value unlimited = CG_LIMIT_UNLIMITED;

	if (row->unknown & (UNKNOWN_VALUE | UNKNOWN_SEEN))
		return false;
	if (row->wanted->limit->kind == CG_LIMIT_SET)
		return row->setter && (!row->seen_set || strcmp(row->seen_set, row->reading->text));
	return cg_limit_compare(row->reading ? &row->reading->value : &unlimited, &row->seen) != 0;
}

bool row_is_filled(const struct row *row)
{
	return row->left_at && row->left_at != row->setter;
}

/* ---- a row ---- */

/* A cgroup as --to sees it. */
static int view_of(const struct answers *answers, const struct cgroup *cgroup, char **view,
		   struct cg_error *err)
{
	struct cg_frame *frame;
	int rc;

	if (answers->context->to_is_own) {
		*view = strdup(cgroup->path);
		return *view ? 0 : cg_error_set(err, ENOMEM, "cannot keep a path");
	}
	rc = cg_context_frame(answers->context, cgroup->hierarchy, &frame, err);
	if (rc < 0)
		return rc;
	return cg_context_translate(frame->caller_to, frame->to, answers->context->to_text,
				    cgroup->path, view, err);
}

/* What cannot be told of a row is said, but the row stands. */
static int report(const struct answers *answers, const char *what, struct cg_error *err)
{
	int rc = -err->errnum;

	if (cg_errno_is_shortage(err->errnum))
		return rc;
	cg_status_gap(answers->status, what, err);
	return 0;
}

static int put_views(const struct answers *answers, struct row *row)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = 0;

	if (row->setter && view_of(answers, row->setter, &row->view, &err) < 0) {
		row->unknown |= UNKNOWN_CGROUP;
		rc = report(answers, row->what, &err);
	}
	if (rc == 0 && row->left_at && view_of(answers, row->left_at, &row->left_view, &err) < 0) {
		row->unknown |= UNKNOWN_LEFTCGROUP;
		rc = report(answers, row->what, &err);
	}
	if (rc == 0 && row->setter && wants(answers, COLUMN_DIR)) {
		rc = cg_context_directory(answers->context, row->setter->hierarchy->controllers,
					  row->setter->path, &directory, NULL);
		row->dir = cg_steal_ptr(&directory.name);
		rc = cg_only_shortage(rc);
	}
	return rc;
}

/* Says which file could not be read, once for each. */
static int report_unreadable(const struct answers *answers, struct cgroup *leaf,
			     const struct row *row)
{
	for (struct cgroup *at = leaf; at; at = above(at, row->wanted)) {
		const struct reading *reading = reading_of(answers, at, row->wanted);
		cleanup_error struct cg_error err = CG_ERROR_INIT;
		int errnum = reading->errnum ?: reading->used_errnum;

		if (!errnum)
			continue;
		cg_error_set(&err, errnum, "cannot read %s/%s", at->dir,
			     reading->errnum ? row->wanted->limit_file : row->wanted->used_file);
		cg_status_gap(answers->status, row->what, &err);
	}
	return 0;
}

/* Whether the cgroup or one above has the controller at all. */
static bool is_there(const struct answers *answers, const struct cgroup *leaf,
		     const struct wanted *wanted)
{
	for (const struct cgroup *at = leaf; at; at = at->parent)
		if (reading_of(answers, at, wanted)->there)
			return true;
	return false;
}

static struct row *new_row(struct answers *answers)
{
	struct row *more = reallocarray(answers->rows, answers->count + 1, sizeof(*more));

	if (!more)
		return NULL;
	answers->rows = more;
	more[answers->count] = (struct row){ .what = NULL };
	return &more[answers->count];
}

/* @leaf: NULL where no hierarchy has the limit's controller */
static int add_row(struct answers *answers, const char *what, const struct cg_namespace *namespace,
		   struct cgroup *leaf, const struct wanted *wanted)
{
	struct row *row = new_row(answers);

	if (!row)
		return -ENOMEM;
	row->what = what;
	row->wanted = wanted;
	row->seen = (struct cg_limit_value)CG_LIMIT_UNLIMITED;
	if (leaf && wanted->limit_file) {
		if (wanted->limit->kind == CG_LIMIT_SET)
			find_set(answers, leaf, row);
		else
			find_smallest(answers, leaf, row);
		if (wants(answers, COLUMN_SEEN))
			find_seen(answers, namespace, leaf, row);
	}
	answers->out_of_sight |= row->at_most;
	if (!row->setter && !(row->unknown & ~UNKNOWN_SEEN) && !wanted->asked &&
	    !(answers->request->unlimited && leaf && is_there(answers, leaf, wanted)))
		return 0;
	answers->count++;
	row->path = leaf ? strdup(leaf->path) : NULL;
	if (leaf && !row->path)
		return -ENOMEM;
	if (leaf && (row->unknown & (UNKNOWN_VALUE | UNKNOWN_LEFT)))
		report_unreadable(answers, leaf, row);
	return put_views(answers, row);
}

/* ---- a WHAT ---- */

static bool is_that(const struct cgroup *cgroup, const struct cg_resolved *resolved)
{
	return cgroup && cgroup->hierarchy == resolved->hierarchy &&
	       strcmp(cgroup->path, resolved->path) == 0 && cgroup_is_there(cgroup);
}

/*
 * The cgroup of a WHAT in one hierarchy. What is found is believed when all of it
 * was known before the WHAT was looked up, and is there afterwards: then
 * nothing moved in between.
 */
static int find_cgroup(struct answers *answers, const struct cg_what *what,
		       const struct cg_namespace *namespace, const struct cg_hierarchy *hierarchy,
		       struct cgroup **cgroup, struct cg_error *err)
{
	for (unsigned int tries = 0; tries < TRIES_MAX; tries++) {
		cleanup_resolved struct cg_resolved resolved = CG_RESOLVED_INIT;
		bool fresh = false;
		int rc = cg_what_resolve(answers->context, what, namespace->procdir, hierarchy,
					 &resolved, err);

		if (rc == 0 && resolved.removed)
			return cg_error_set(err, ENOENT, "the cgroup %s in %s was removed",
					    resolved.path, resolved.hierarchy->name);
		if (rc == 0 && is_that(*cgroup, &resolved))
			return 0;
		if (rc == 0)
			rc = reader_get(&answers->reader, resolved.hierarchy, resolved.path, cgroup,
					&fresh, err);
		if (rc == -ENOENT && what->form == CG_WHAT_PROCESS)
			continue; /* it has moved meanwhile */
		if (rc < 0 || !fresh)
			return rc;
	}
	cg_error_set(err, 0, "cannot find the cgroup in %s", hierarchy->name);
	cg_error_hint(err, "it keeps changing");
	return -EAGAIN;
}

static bool is_wanted_in(const struct answers *answers, const struct cg_hierarchy *hierarchy)
{
	for (size_t i = 0; i < answers->wanted.count; i++)
		if (answers->wanted.items[i].hierarchy == hierarchy &&
		    answers->wanted.items[i].limit_file)
			return true;
	return false;
}

/* The cgroups of a WHAT, one for each hierarchy, NULL where it has none or it is not wanted. */
struct place {
	struct cgroup **cgroups;
	size_t found;
};

static void place_free(struct place *place)
{
	free(place->cgroups);
}

/* A WHAT that names its own hierarchy. */
static int find_in_own(struct answers *answers, const struct cg_what *what,
		       const struct cg_namespace *namespace, struct place *place,
		       struct cg_error *err)
{
	const struct cg_hierarchy *any = &answers->context->hierarchies.items[0];
	struct cgroup *cgroup = NULL;
	int rc = find_cgroup(answers, what, namespace, any, &cgroup, err);

	if (rc < 0)
		return rc;
	place->cgroups[cgroup->hierarchy - any] = cgroup;
	place->found++;
	return 0;
}

static int find_everywhere(struct answers *answers, const char *text, const struct cg_what *what,
			   const struct cg_namespace *namespace, struct place *place,
			   struct cg_error *err)
{
	const struct cg_hierarchies *all = &answers->context->hierarchies;
	int rc = 0, lacking = 0, refused = 0;

	for (size_t i = 0; i < all->count; i++) {
		cleanup_error struct cg_error why = CG_ERROR_INIT;

		if (answers->context->only ? answers->context->only != &all->items[i]
					   : !is_wanted_in(answers, &all->items[i]))
			continue;
		rc = find_cgroup(answers, what, namespace, &all->items[i], &place->cgroups[i],
				 &why);
		if (rc == 0) {
			place->found++;
			continue;
		}
		place->cgroups[i] = NULL;
		if (cg_errno_is_shortage(-rc) && rc != -EAGAIN) {
			cg_error_reset(err);
			*err = why;
			why = (struct cg_error)CG_ERROR_INIT;
			return rc;
		}
		/* that this hierarchy lacks it is said only if every one does */
		lacking = rc;
		rc = rc == -ENOENT || rc == -ENODATA ? 0 : rc;
		if (refused && rc < 0 && why.message &&
		    strcmp(why.message, err->message ?: "") != 0)
			cg_status_gap(answers->status, text, &why);
		if (refused)
			continue;
		refused = rc;
		cg_error_reset(err);
		*err = why;
		why = (struct cg_error)CG_ERROR_INIT;
	}
	if (place->found && refused)
		cg_status_gap(answers->status, text, err);
	return place->found ? 0 : refused ?: lacking;
}

static int add_rows(struct answers *answers, const char *text, const struct cg_namespace *namespace,
		    const struct place *place, struct cg_error *err)
{
	const struct cg_hierarchy *first = answers->context->hierarchies.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < answers->wanted.count; i++) {
		const struct wanted *wanted = &answers->wanted.items[i];
		struct cgroup *leaf =
			wanted->hierarchy ? place->cgroups[wanted->hierarchy - first] : NULL;

		if (leaf || (wanted->asked && !wanted->limit_file))
			rc = add_row(answers, text, namespace, leaf, wanted);
	}
	return rc < 0 ? cg_error_set(err, -rc, "cannot make the table") : 0;
}

/* A copy that lives as long as the rows. */
static const char *keep_what(struct answers *answers, const char *text)
{
	char **more = reallocarray(answers->whats, answers->what_count + 1, sizeof(*more));

	if (!more)
		return NULL;
	answers->whats = more;
	more[answers->what_count] = strdup(text);
	return more[answers->what_count] ? more[answers->what_count++] : NULL;
}

static int add_what(struct answers *answers, const char *given, struct cg_error *err)
{
	cleanup_with(place_free) struct place place = { NULL, 0 };
	const struct cg_namespace *namespace = NULL;
	const char *text = keep_what(answers, given);
	struct cg_what what;
	int rc;

	place.cgroups = calloc(answers->context->hierarchies.count ?: 1, sizeof(*place.cgroups));
	if (!text || !place.cgroups)
		return cg_error_set(err, ENOMEM, "cannot make the table");
	rc = cg_what_read(answers->context, text, answers->from_file, &what, err);
	if (rc == 0)
		rc = cg_namespaces_get(&answers->namespaces, answers->context, &what, text, false,
				       &namespace, err);
	if (rc == 0)
		rc = cg_what_has_hierarchy(&what)
			     ? find_in_own(answers, &what, namespace, &place, err)
			     : find_everywhere(answers, text, &what, namespace, &place, err);
	if (rc == 0)
		rc = add_rows(answers, text, namespace, &place, err);
	return rc;
}

/* What is seen inside is not known where the caller may not look: said, once for a WHAT. */
static void report_unseen(struct answers *answers, const char *text,
			  const struct cg_namespace *namespace)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;

	if (wants(answers, COLUMN_SEEN) &&
	    cg_namespace_unseen(namespace, &answers->context->hierarchies, text, &err) < 0)
		cg_status_gap(answers->status, text, &err);
}

static int add_or_report(char *text, size_t len, void *data)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	struct answers *answers = data;

	if (cg_lines_check(text, len, &err) == 0 && add_what(answers, text, &err) == 0) {
		answers->status->answered++;
		report_unseen(answers, text, &answers->namespaces.current);
	} else {
		cg_status_failure(answers->status, text, &err);
	}
	return 0;
}

static void forget(void *data)
{
	struct answers *answers = data;

	cg_context_refresh(answers->context);
	reader_forget(&answers->reader);
}

int answers_add_all(struct answers *answers, struct cg_error *err)
{
	const struct request *request = answers->request;
	const struct cg_line_reader reader = {
		.separator = request->zero ? '\0' : '\n',
		.visit = add_or_report,
		.waited = forget,
		.data = answers,
	};
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < request->what_count; i++) {
		char *text = request->whats[i];

		answers->from_file = strcmp(text, "-") == 0;
		rc = answers->from_file ? cg_lines_read(&reader, err)
					: add_or_report(text, strlen(text), answers);
	}
	return rc;
}
