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
#include "select/select.h"

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
	answers->reader = (struct reader){
		.context = context, .wanted = &answers->wanted, .watch = -1, .changes = 1
	};
	rc = wanted_choose(request->limits, request->unlimited, &context->hierarchies,
			   context->only, &answers->wanted, err);
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
	return cg_selection_has(&answers->request->shared.selection, column);
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

/* Nothing of the limit is known but what is seen of it inside. */
static void set_unknown(struct row *row)
{
	row->unknown |= UNKNOWN_VALUE | UNKNOWN_CGROUP | UNKNOWN_DIR | UNKNOWN_RAW;
	if (row->wanted->used_file || row->wanted->limit->of_levels)
		row->unknown |= UNKNOWN_USED | UNKNOWN_LEFT | UNKNOWN_LEFTCGROUP;
}

/* The smallest on the way up; among equal ones the uppermost. */
static void find_smallest(const struct answers *answers, struct cgroup *leaf, struct row *row)
{
	struct cgroup *last = leaf;

	for (struct cgroup *at = leaf; at; at = above(at, row->wanted)) {
		const struct reading *reading = reading_of(answers, at, row->wanted);

		last = at;
		if (reading->errnum)
			set_unknown(row);
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

/*
 * The kernel keeps what holds in each cgroup; who set it is the uppermost that has the same,
 * if that is not the uppermost that can be seen.
 */
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
		set_unknown(row);
		row->reasons |= row->reading->errnum ? 0 : REASON_EMPTY;
		row->reading = NULL;
		return;
	}
	if (is_all(answers, row->wanted, row->reading->text))
		return;
	for (; at->parent; at = at->parent) {
		const struct reading *reading = reading_of(answers, at->parent, row->wanted);

		if (!has_set(reading) || strcmp(reading->text, row->reading->text) != 0)
			break;
	}
	if (is_end(at)) {
		row->setter = at;
	} else {
		row->unknown |= UNKNOWN_CGROUP | UNKNOWN_DIR;
		row->reasons |= REASON_ABOVE;
	}
}

/* ---- what is seen inside ---- */

/* Why it is not known what the WHAT's namespace is, if that lies in the WHAT. */
static unsigned int reason_of(const struct cg_namespace *namespace)
{
	if (namespace->nsfd >= 0)
		return 0;
	if (namespace->several)
		return REASON_SEVERAL;
	return cg_procfs_has_ended(-namespace->errnum) ? REASON_ENDED : 0;
}

/* The root of the WHAT's namespace, or NULL where it says nothing of the cgroup. */
static const struct cg_root *find_root(const struct answers *answers,
				       const struct cg_namespace *namespace,
				       const struct cgroup *leaf, struct row *row)
{
	const struct cg_root *root = cg_namespace_root(
		namespace, (size_t)(leaf->hierarchy - answers->context->hierarchies.items));

	switch (root->state) {
	case CG_ROOT_KNOWN:
		if (cg_path_contains(root->path, leaf->path))
			return root;
		row->reasons |= REASON_OUTSIDE;
		break;
	case CG_ROOT_REMOVED:
		row->reasons |= REASON_REMOVED;
		break;
	case CG_ROOT_UNKNOWN:
		row->reasons |= reason_of(namespace);
		break;
	}
	return NULL;
}

static void find_seen(const struct answers *answers, const struct cg_namespace *namespace,
		      struct cgroup *leaf, struct row *row)
{
	const struct cg_root *root = find_root(answers, namespace, leaf, row);

	if (!root) {
		row->unknown |= UNKNOWN_SEEN;
		return;
	}
	for (struct cgroup *at = leaf; at; at = above(at, row->wanted)) {
		const struct reading *reading = reading_of(answers, at, row->wanted);

		if (reading->errnum)
			row->unknown |= UNKNOWN_SEEN;
		if (row->wanted->limit->kind == CG_LIMIT_SET) {
			if (reading->there && !reading->errnum && !row->seen_set)
				row->seen_set = reading->text;
		} else if (is_limit(reading) &&
			   cg_limit_compare(&reading->value, &row->seen) <= 0) {
			row->seen = reading->value;
		}
		if (strcmp(at->path, root->path) == 0)
			break;
	}
	/* an empty one says no more inside than outside */
	if (row->seen_set && !*row->seen_set)
		row->unknown |= UNKNOWN_SEEN;
}

bool row_is_hidden(const struct row *row)
{
	static const struct cg_limit_value unlimited = CG_LIMIT_UNLIMITED;

	if (row->unknown & (UNKNOWN_VALUE | UNKNOWN_SEEN))
		return false;
	if (row->wanted->limit->kind == CG_LIMIT_SET)
		return (row->setter || row->reasons & REASON_ABOVE) &&
		       (!row->seen_set || strcmp(row->seen_set, row->reading->text));
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
	cleanup_error struct cg_error err = { 0 };
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = 0;

	if (row->setter && view_of(answers, row->setter, &row->view, &err) < 0) {
		row->unknown |= UNKNOWN_CGROUP | UNKNOWN_DIR;
		rc = report(answers, row->what, &err);
	}
	if (rc == 0 && row->left_at && view_of(answers, row->left_at, &row->left_view, &err) < 0) {
		row->unknown |= UNKNOWN_LEFTCGROUP;
		/* for the same reason as the setter's, if that is not known */
		if (!(row->unknown & UNKNOWN_CGROUP) || cg_errno_is_shortage(err.errnum))
			rc = report(answers, row->what, &err);
	}
	if (rc == 0 && row->setter && wants(answers, COLUMN_DIR)) {
		rc = cg_context_directory(answers->context, row->setter->hierarchy->controllers,
					  row->setter->path, &directory, &err);
		row->dir = cg_steal_ptr(&directory.name);
		if (rc && rc != -ENOENT && rc != -ENXIO) {
			row->unknown |= UNKNOWN_DIR;
			return report(answers, row->what, &err);
		}
		rc = 0;
	}
	return rc;
}

/* Says which file could not be read, once for each. */
static int report_unreadable(const struct answers *answers, struct cgroup *leaf,
			     const struct row *row)
{
	for (struct cgroup *at = leaf; at; at = above(at, row->wanted)) {
		const struct reading *reading = reading_of(answers, at, row->wanted);
		cleanup_error struct cg_error err = { 0 };
		int errnum = reading->errnum ?: reading->used_errnum;

		if (!errnum)
			continue;
		cg_error_set(&err, errnum, "cannot read %s/%s", at->dir, reading->failed);
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

/* @leaf: NULL where the WHAT has no cgroup in the limit's hierarchy, or there is none */
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
	} else if (wanted->hierarchy && wanted->limit_file) {
		set_unknown(row);
		row->unknown |= UNKNOWN_SEEN;
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

/* What was found of a WHAT, for each hierarchy. */
struct place {
	struct found {
		bool wanted;
		struct cgroup *cgroup; /* NULL where it has none or it is not wanted */
		int rc;		       /* then why, and err has the words; or 0 */
		struct cg_error err;
	} * items;
	size_t count, found;
};

static void place_free(struct place *place)
{
	for (size_t i = 0; place->items && i < place->count; i++)
		cg_error_reset(&place->items[i].err);
	free(place->items);
}

static bool is_that(struct answers *answers, struct cgroup *cgroup,
		    const struct cg_resolved *resolved)
{
	return cgroup && cgroup->hierarchy == resolved->hierarchy &&
	       strcmp(cgroup->path, resolved->path) == 0 && reader_has(&answers->reader, cgroup);
}

/*
 * Looks once for the cgroup of a WHAT in one hierarchy. Returns 0 if it was known before, 1 if
 * it was read just now, so that another look has to agree, or a negative errno value.
 */
static int look_once(struct answers *answers, const struct cg_what *what,
		     const struct cg_namespace *namespace, const struct cg_hierarchy *hierarchy,
		     struct cgroup **cgroup, struct cg_error *err)
{
	cleanup_resolved struct cg_resolved resolved = CG_RESOLVED_INIT;
	bool fresh = false;
	int rc = cg_what_resolve(answers->context, what, namespace->procdir, hierarchy, &resolved,
				 err);

	if (rc < 0)
		return rc;
	if (!answers->context->same_moment)
		reader_look(&answers->reader);
	if (resolved.removed)
		return cg_error_set(err, ENOENT, "the cgroup %s in %s was removed", resolved.path,
				    resolved.hierarchy->name);
	if (is_that(answers, *cgroup, &resolved))
		return 0;
	rc = reader_get(&answers->reader, resolved.hierarchy, resolved.path, cgroup, &fresh, err);
	if (rc == -ENOENT && what->form == CG_WHAT_PROCESS)
		return 1; /* it has moved meanwhile */
	return rc ?: fresh;
}

/*
 * Looks in each hierarchy that is wanted, at a process in all of them at one moment. What is
 * found is believed when all of it was known before the WHAT was looked up, and is there
 * afterwards: then nothing moved in between.
 */
static void look(struct answers *answers, const struct cg_what *what,
		 const struct cg_namespace *namespace, struct place *place)
{
	const struct cg_hierarchy *hierarchies = answers->context->hierarchies.items;
	bool again = true;

	for (unsigned int tries = 0; again && tries < TRIES_MAX; tries++) {
		again = false;
		answers->context->same_moment = false;
		for (size_t i = 0; i < place->count; i++) {
			struct found *found = &place->items[i];

			if (!found->wanted || found->rc < 0)
				continue;
			found->rc = look_once(answers, what, namespace, &hierarchies[i],
					      &found->cgroup, &found->err);
			again |= found->rc > 0;
			/* what was read last is the process's, unless that failed */
			answers->context->same_moment |= found->rc >= 0 &&
							 what->form == CG_WHAT_PROCESS &&
							 namespace->procdir >= 0;
		}
	}
	answers->context->same_moment = false;
	for (size_t i = 0; i < place->count; i++) {
		struct found *found = &place->items[i];

		if (found->rc > 0) {
			cg_error_set(&found->err, 0, "cannot find the cgroup in %s",
				     hierarchies[i].name);
			cg_error_hint(&found->err, "it keeps changing");
			found->rc = -EAGAIN;
		}
		if (found->rc < 0)
			found->cgroup = NULL;
		place->found += found->cgroup != NULL;
	}
}

static bool is_wanted_in(const struct answers *answers, const struct cg_hierarchy *hierarchy)
{
	for (size_t i = 0; i < answers->wanted.count; i++)
		if (answers->wanted.items[i].hierarchy == hierarchy &&
		    answers->wanted.items[i].limit_file)
			return true;
	return false;
}

/* A limit of --limits is in another hierarchy than the WHAT, whose cgroup this is: says where. */
static int explain_elsewhere(const struct answers *answers, const char *text,
			     const struct cgroup *cgroup, struct cg_error *err)
{
	cleanup_list struct cg_list list = { 0 };

	for (size_t i = 0; i < answers->wanted.count; i++) {
		const struct wanted *wanted = &answers->wanted.items[i];

		if (wanted->asked && wanted->limit_file && wanted->hierarchy &&
		    wanted->hierarchy != cgroup->hierarchy)
			cg_list_add(&list, ", ", "%s is in %s", wanted->name,
				    wanted->hierarchy->name);
	}
	if (list.failed)
		return cg_error_set(err, ENOMEM, "cannot make the table");
	if (!list.text)
		return 0;
	cg_error_set(err, 0, "%s names a cgroup in %s alone", text, cgroup->hierarchy->name);
	return cg_error_hint(err, "%s", list.text);
}

/* A WHAT that names its own hierarchy: whichever it is asked in, that one is looked at. */
static int find_in_own(struct answers *answers, const char *text, const struct cg_what *what,
		       const struct cg_namespace *namespace, struct place *place,
		       struct cg_error *err)
{
	const struct cg_hierarchy *any = &answers->context->hierarchies.items[0];
	struct cgroup *cgroup;
	int rc;

	place->items[0].wanted = true;
	look(answers, what, namespace, place);
	if (place->items[0].rc < 0) {
		cg_error_move(err, &place->items[0].err);
		return place->items[0].rc;
	}
	cgroup = place->items[0].cgroup;
	place->items[0].cgroup = NULL;
	place->items[cgroup->hierarchy - any].cgroup = cgroup;
	rc = explain_elsewhere(answers, text, cgroup, err);
	if (rc < 0 && !cg_errno_is_shortage(-rc) && is_wanted_in(answers, cgroup->hierarchy)) {
		cg_status_gap(answers->status, text, err);
		rc = 0;
	}
	return rc;
}

static bool is_asked_in(const struct answers *answers, const struct cg_hierarchy *hierarchy)
{
	for (size_t i = 0; i < answers->wanted.count; i++)
		if (answers->wanted.items[i].asked &&
		    answers->wanted.items[i].hierarchy == hierarchy)
			return true;
	return false;
}

/* Whether a hierarchy does not have it, which most others may. */
static bool is_lacking(int rc)
{
	return rc == -ENOENT || rc == -ENODATA;
}

static bool was_said(const struct place *place, size_t index)
{
	for (size_t i = 0; i < index; i++)
		if (place->items[i].rc < 0 && place->items[i].err.message &&
		    place->items[index].err.message &&
		    strcmp(place->items[i].err.message, place->items[index].err.message) == 0)
			return true;
	return false;
}

/* What failed in some hierarchies; that one lacks it is said if a limit in there was asked for. */
static void report_missing(struct answers *answers, const char *text, struct place *place)
{
	for (size_t i = place->count; i-- > 0;) {
		struct found *found = &place->items[i];

		if (found->rc < 0 && !was_said(place, i) &&
		    (!is_lacking(found->rc) ||
		     is_asked_in(answers, &answers->context->hierarchies.items[i])))
			cg_status_gap(answers->status, text, &found->err);
	}
}

/* Nothing was found: the reason, one that was not looked for in vain before others. */
static int take_reason(struct place *place, struct cg_error *err)
{
	struct found *reason = NULL;

	for (size_t i = 0; i < place->count; i++)
		if (place->items[i].rc < 0 && (!reason || is_lacking(reason->rc)))
			reason = &place->items[i];
	if (!reason)
		return 0;
	cg_error_move(err, &reason->err);
	return reason->rc;
}

static int find_everywhere(struct answers *answers, const char *text, const struct cg_what *what,
			   const struct cg_namespace *namespace, struct place *place,
			   struct cg_error *err)
{
	const struct cg_context *context = answers->context;

	for (size_t i = 0; i < place->count; i++) {
		const struct cg_hierarchy *hierarchy = &context->hierarchies.items[i];

		place->items[i].wanted = context->only ? context->only == hierarchy
						       : is_wanted_in(answers, hierarchy);
	}
	look(answers, what, namespace, place);
	for (size_t i = 0; i < place->count; i++) {
		int rc = place->items[i].rc;

		if (cg_errno_is_shortage(-rc) && rc != -EAGAIN) {
			cg_error_move(err, &place->items[i].err);
			return rc;
		}
	}
	if (!place->found) {
		int rc = take_reason(place, err);

		return rc == -ENOENT && what->form == CG_WHAT_CGROUP && !what->hierarchy &&
				       !answers->context->only
			       ? cg_select_nowhere(&what->spec, err)
			       : rc;
	}
	report_missing(answers, text, place);
	return 0;
}

/* A path's cgroups were opened by the name that --from's root had. */
static int confirm(struct answers *answers, const struct cg_what *what, const struct place *place,
		   struct cg_error *err)
{
	const struct cg_hierarchy *first = answers->context->hierarchies.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && what->form == CG_WHAT_PATH && i < place->count; i++)
		if (place->items[i].cgroup)
			rc = cg_context_confirm_from(answers->context, &first[i], err);
	return rc;
}

static int add_rows(struct answers *answers, const char *text, const struct cg_namespace *namespace,
		    const struct place *place, struct cg_error *err)
{
	const struct cg_hierarchy *first = answers->context->hierarchies.items;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < answers->wanted.count; i++) {
		const struct wanted *wanted = &answers->wanted.items[i];
		struct cgroup *leaf =
			wanted->hierarchy ? place->items[wanted->hierarchy - first].cgroup : NULL;

		if (leaf || wanted->asked)
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
	cleanup_with(place_free) struct place place = {
		.count = answers->context->hierarchies.count,
	};
	const struct cg_namespace *namespace = NULL;
	const char *text = keep_what(answers, given);
	struct cg_what what;
	int rc;

	place.items = calloc(place.count ?: 1, sizeof(*place.items));
	if (!text || !place.items)
		return cg_error_set(err, ENOMEM, "cannot make the table");
	rc = cg_what_read(answers->context, text, answers->from_file, &what, err);
	if (rc == 0)
		rc = cg_what_check_id(answers->context, &what, err);
	if (rc == 0)
		rc = cg_namespaces_get(&answers->namespaces, answers->context, &what, text, false,
				       &namespace, err);
	if (rc == 0)
		rc = cg_what_has_hierarchy(&what)
			     ? find_in_own(answers, text, &what, namespace, &place, err)
			     : find_everywhere(answers, text, &what, namespace, &place, err);
	if (rc == 0)
		rc = confirm(answers, &what, &place, err);
	if (rc == 0)
		rc = add_rows(answers, text, namespace, &place, err);
	return rc;
}

/* What is seen inside is not known where the caller may not look: said, once for a WHAT. */
static void report_unseen(struct answers *answers, const char *text,
			  const struct cg_namespace *namespace)
{
	cleanup_error struct cg_error err = { 0 };

	if (wants(answers, COLUMN_SEEN) &&
	    cg_namespace_unseen(namespace, answers->context, text, &err) < 0)
		cg_status_gap(answers->status, text, &err);
}

static int add_or_report(char *text, size_t len, void *data)
{
	cleanup_error struct cg_error err = { 0 };
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
		.separator = request->shared.zero ? '\0' : '\n',
		.visit = add_or_report,
		.waited = forget,
		.data = answers,
	};

	return cg_lines_visit(&reader, request->shared.whats, request->shared.what_count,
			      &answers->from_file, err);
}
