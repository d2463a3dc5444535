/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* One thing that is wrong, in one or more hierarchies. */
struct finding {
	enum ls_state state;
	struct ls_row *row; /* the first that it was found in */
	pid_t pid;	    /* the process that it is about, or 0 */
	char *what;	    /* in words; findings with the same words are one */
	char *hierarchies;  /* "memory, cpu" */
	size_t hierarchy_count;
};

struct findings {
	struct finding *items;
	size_t count;
};

static void findings_free(struct findings *findings)
{
	for (size_t i = 0; i < findings->count; i++) {
		free(findings->items[i].what);
		free(findings->items[i].hierarchies);
	}
	free(findings->items);
}

static const struct cg_hierarchy *hierarchy_of(const struct ls_row *row)
{
	return &row->listing->hierarchies.items[row->hierarchy];
}

/* NULL if memory is short. */
static CG_PRINTF(1, 2) char *words(const char *fmt, ...)
{
	va_list args;
	char *text;
	int len;

	va_start(args, fmt);
	len = vasprintf(&text, fmt, args);
	va_end(args);
	return len < 0 ? NULL : text;
}

/* Adds to the same finding in another hierarchy. Returns 1, 0 if there is none, or -ENOMEM. */
static int merge(struct findings *findings, const struct finding *finding)
{
	for (size_t i = 0; i < findings->count; i++) {
		struct finding *known = &findings->items[i];
		char *both;

		if (known->state != finding->state || known->pid != finding->pid ||
		    strcmp(known->what, finding->what) != 0)
			continue;
		both = words("%s, %s", known->hierarchies, hierarchy_of(finding->row)->name);
		if (!both)
			return -ENOMEM;
		free(known->hierarchies);
		known->hierarchies = both;
		known->hierarchy_count++;
		return 1;
	}
	return 0;
}

/* Takes finding->what over. */
static int add(struct findings *findings, struct finding finding)
{
	struct finding *items;
	int rc = finding.what ? merge(findings, &finding) : -ENOMEM;

	if (rc) {
		free(finding.what);
		return rc < 0 ? rc : 0;
	}
	items = reallocarray(findings->items, findings->count + 1, sizeof(*items));
	if (items)
		findings->items = items;
	finding.hierarchies = strdup(hierarchy_of(finding.row)->name);
	finding.hierarchy_count = 1;
	if (!items || !finding.hierarchies) {
		free(finding.what);
		free(finding.hierarchies);
		return -ENOMEM;
	}
	findings->items[findings->count++] = finding;
	return 0;
}

/* A process, or several, that something is to be said about. */
struct subject {
	char *who; /* "process 12 (sleep) and 3 more" */
	char *own; /* what it reads of itself, or NULL: not known */
};

static void subject_free(struct subject *subject)
{
	free(subject->who);
	free(subject->own);
}

static const char *own_of(const struct subject *subject)
{
	return subject->own ?: "what is not known";
}

static int name_processes(const struct ls_row *row, pid_t pid, size_t count, char **who)
{
	cleanup_free char *more = count > 1 ? words(" and %zu more", count - 1) : strdup("");
	struct cg_stat status;
	char name[32];
	int rc;

	if (!more)
		return -ENOMEM;
	snprintf(name, sizeof(name), "%d/stat", pid);
	rc = cg_procfs_stat(row->listing->scan.procfd, name, &status);
	if (cg_errno_is_shortage(-rc))
		return rc;
	*who = rc ? words("process %d%s", pid, more)
		  : words("process %d (%s)%s", pid, status.comm, more);
	return *who ? 0 : -ENOMEM;
}

/* Returns 0 or a negative errno value. */
static int describe(struct ls_row *row, const struct cg_member *member, size_t count,
		    struct subject *subject)
{
	int rc = name_processes(row, member->pid, count, &subject->who);

	return rc ? rc : ls_own_view(row, member, &subject->own);
}

/* Members that are in the same cgroup. */
struct group {
	const struct cg_member *first;
	const char *path;
	size_t count;
};

/* The members of a row, those outside or all, by their cgroups. */
static int group_members(const struct ls_row *row, bool outside, struct group **groups,
			 size_t *count)
{
	const struct cg_nsscan *scan = &row->listing->scan;

	for (size_t i = 0; i < row->ns->member_count; i++) {
		const struct cg_member *member = &row->ns->members[i];
		const char *path = cg_nsscan_path(scan, member, row->hierarchy);
		struct group *grown;
		size_t at = 0;

		if (!path || (outside && !cg_nsscan_outside(scan, row->ns, member, row->hierarchy)))
			continue;
		while (at < *count && strcmp((*groups)[at].path, path) != 0)
			at++;
		if (at < *count) {
			(*groups)[at].count++;
			continue;
		}
		grown = reallocarray(*groups, *count + 1, sizeof(*grown));
		if (!grown)
			return -ENOMEM;
		*groups = grown;
		grown[(*count)++] = (struct group){ member, path, 1 };
	}
	return 0;
}

/* What is wrong with a group, or NULL if memory is short. */
static char *verdict_on(const struct ls_row *row, enum ls_state state, const struct group *group,
			const struct subject *subject)
{
	cleanup_free char *verdict = state == LS_REMOVED
					     ? words("the root was removed under %s", subject->who)
					     : words("%s is outside the root %s", subject->who,
						     row->ns->roots[row->hierarchy].path);

	return verdict ? words("%s: its cgroup is %s, of itself it reads %s", verdict, group->path,
			       own_of(subject))
		       : NULL;
}

/* A finding for each group of members: those outside, or all where the root was removed. */
static int find_groups(struct ls_row *row, enum ls_state state, struct findings *findings)
{
	cleanup_free struct group *groups = NULL;
	size_t count = 0;
	int rc = group_members(row, state == LS_OUTSIDE_ROOT, &groups, &count);

	if (!rc && !count && state == LS_REMOVED)
		return add(findings, (struct finding){
					     .state = state,
					     .row = row,
					     .what = strdup("the root was removed, and no process "
							    "is in the namespace any more"),
				     });
	for (size_t i = 0; !rc && i < count; i++) {
		cleanup_with(subject_free) struct subject subject = { NULL, NULL };

		rc = describe(row, groups[i].first, groups[i].count, &subject);
		if (!rc)
			rc = add(findings,
				 (struct finding){
					 .state = state,
					 .row = row,
					 .pid = groups[i].first->pid,
					 .what = verdict_on(row, state, &groups[i], &subject),
				 });
	}
	return rc;
}

static int find_mount(struct ls_row *row, struct findings *findings)
{
	const struct cg_member *first = row->ns->members;
	cleanup_with(subject_free) struct subject subject = { NULL, NULL };
	const char *path;
	int rc;

	while (first->pid != row->ns->pid)
		first++;
	path = cg_nsscan_path(&row->listing->scan, first, row->hierarchy);
	rc = describe(row, first, 1, &subject);
	if (rc)
		return rc;
	return add(findings,
		   (struct finding){
			   .state = LS_MOUNT,
			   .row = row,
			   .pid = row->ns->pid,
			   .what = words("%s has cgroup %s mounted under /sys/fs/cgroup, where "
					 "its namespace would show its root %s: its cgroup is %s, "
					 "of itself it reads %s, and looks for that in the wrong "
					 "place",
					 subject.who, row->mount_root,
					 row->ns->roots[row->hierarchy].path, path ?: "not known",
					 own_of(&subject)),
		   });
}

static int find(struct ls_row *row, struct findings *findings)
{
	int rc = 0;

	if (row->states & LS_OUTSIDE_ROOT)
		rc = find_groups(row, LS_OUTSIDE_ROOT, findings);
	if (!rc && row->states & LS_REMOVED)
		rc = find_groups(row, LS_REMOVED, findings);
	if (!rc && row->states & LS_MOUNT)
		rc = find_mount(row, findings);
	return rc;
}

/* The directory of the finding's root in the caller's mounts; -ENOENT if there is none. */
static int find_directory(const struct finding *finding, struct cg_directory *directory)
{
	const char *root = finding->row->ns->roots[finding->row->hierarchy].path;
	cleanup_mounts struct cg_mounts mounts = CG_MOUNTS_INIT;
	int rc = cg_mounts_read_own(AT_FDCWD, &mounts);

	return rc ? rc
		  : cg_mounts_find_directory(&mounts, AT_FDCWD,
					     hierarchy_of(finding->row)->controllers, root,
					     directory, NULL);
}

/* Where to write the PID: the file itself if it can be found in the caller's mounts. */
static int name_procs_file(const struct finding *finding, char **name)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = finding->hierarchy_count == 1 ? find_directory(finding, &directory) : -ENOENT;

	if (cg_errno_is_shortage(-rc))
		return rc;
	*name = rc ? words("cgroup.procs of %s there",
			   finding->row->ns->roots[finding->row->hierarchy].path)
		   : words("%s/cgroup.procs", directory.name);
	return *name ? 0 : -ENOMEM;
}

/* What to do, in *advice. Returns 0 or a negative errno value. */
static int advise(const struct finding *finding, char **advice)
{
	cleanup_free char *file = NULL;
	int rc;

	switch (finding->state) {
	case LS_OUTSIDE_ROOT:
		rc = name_procs_file(finding, &file);
		if (rc)
			return rc;
		*advice = words("move it back, by writing %d to %s or of a cgroup below, or "
				"start it anew where it is with cgns-unshare",
				finding->pid, file);
		break;
	case LS_REMOVED:
		*advice = finding->pid ? strdup("a root never comes back: start it anew with "
						"cgns-unshare, in a cgroup that stays")
				       : strdup("take away what holds it: --deep says what");
		break;
	default:
		*advice = words("start it with cgns-unshare --mount-cgroup, or look at it with "
				"cgns-enter --target %d --mount-cgroup",
				finding->pid);
		break;
	}
	return *advice ? 0 : -ENOMEM;
}

static int say_finding(const struct finding *finding, ls_sentence_fn say, void *data)
{
	cleanup_free char *advice = NULL;
	cleanup_free char *sentence = NULL;
	int rc = advise(finding, &advice);

	if (rc)
		return rc;
	sentence = words("namespace %" PRIu64 ", in %s: %s; %s", finding->row->ns->inode,
			 finding->hierarchies, finding->what, advice);
	return sentence ? say(sentence, data) : -ENOMEM;
}

int ls_check_rows(struct ls_row *rows, size_t count, ls_sentence_fn say, void *data)
{
	cleanup_with(findings_free) struct findings findings = { NULL, 0 };
	int rc = 0;

	for (size_t i = 0; !rc && i < count; i++)
		rc = find(&rows[i], &findings);
	for (size_t i = 0; !rc && i < findings.count; i++)
		rc = say_finding(&findings.items[i], say, data);
	return rc;
}

static int print_sentence(const char *sentence, CG_UNUSED void *data)
{
	cleanup_free char *safe = cg_escape(sentence);

	if (!safe)
		return -ENOMEM;
	puts(safe);
	return 0;
}

int ls_check_print(struct ls_listing *listing, struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0, next; !rc && i < listing->count; i = next) {
		for (next = i + 1; next < listing->count; next++)
			if (listing->rows[next].ns != listing->rows[i].ns)
				break;
		rc = ls_check_rows(&listing->rows[i], next - i, print_sentence, NULL);
	}
	return rc ? cg_error_set(err, -rc, "cannot check the namespaces") : 0;
}

bool ls_check_failed(const struct ls_listing *listing)
{
	for (size_t i = 0; i < listing->count; i++)
		if (listing->rows[i].states & (LS_OUTSIDE_ROOT | LS_REMOVED | LS_MOUNT))
			return true;
	return false;
}
