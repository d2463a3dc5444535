/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The grammar of WHAT. */
#include <inttypes.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "number.h"
#include "target.h"
#include "what/what.h"

static bool is_relative_directory(const char *text)
{
	return strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || cg_starts_with(text, "./") ||
	       cg_starts_with(text, "../");
}

static int explain_forms(const char *text, struct cg_error *err)
{
	return cg_target_explain(
		text, "WHAT",
		"a path such as /a/b, a line of /proc/PID/cgroup, PID, PID:PIDFD_INODE, self, "
		"id:CGROUP_ID, a directory such as ./x, fs:DIR, cgroup:/PATH, container:ID, "
		"pod:UID or unit:NAME",
		err);
}

/* What a TARGET can be: a process, or one of its names for a cgroup. */
static int parse_target(const char *text, struct cg_what *what, struct cg_error *err)
{
	if (cg_target_parse(text, &what->spec, NULL) < 0)
		return explain_forms(text, err);
	if (cg_target_is_cgroup(&what->spec)) {
		what->form = CG_WHAT_CGROUP;
		what->hierarchy = what->spec.hierarchy;
		what->hierarchy_len = what->spec.hierarchy_len;
		return 0;
	}
	if (what->spec.form == CG_TARGET_INODE) {
		cg_error_set(err, 0, "'%s' is a namespace, not a cgroup", text);
		return cg_error_hint(err,
				     "its root cgroup: cgns-path --from cgroup:[%" PRIu64 "] /",
				     what->spec.ns_inode);
	}
	if (what->spec.form == CG_TARGET_FILE)
		return explain_forms(text, err);
	what->form = CG_WHAT_PROCESS;
	what->pid = what->spec.form == CG_TARGET_SELF ? 0 : what->spec.pid;
	what->name = what->spec.pidfd_inode ? text : NULL;
	return 0;
}

/*
 * A line of /proc/PID/cgroup (cgroups(7)): the number changes from boot to boot,
 * but 0 is always that of v2, whose line has no controllers.
 * Returns 1 if the text is not one, 0, or -EINVAL.
 */
static int parse_line(const char *text, struct cg_what *what, struct cg_error *err)
{
	size_t digits = strspn(text, "0123456789");
	const char *names = text + digits + 1;
	bool is_zero = strspn(text, "0") == digits;

	if (digits == 0 || text[digits] != ':' || !strchr(names, ':') ||
	    strchr(names, ':')[1] != '/')
		return 1;
	what->form = CG_WHAT_PATH;
	what->hierarchy = names;
	what->hierarchy_len = strcspn(names, ":");
	what->name = names + what->hierarchy_len + 1;
	if (is_zero == (what->hierarchy_len == 0))
		return 0;
	cg_error_set(err, 0, "'%s' is not a line of /proc/PID/cgroup", text);
	return cg_error_hint(err, "that of cgroup v2 is 0::/PATH, any other has a number and "
				  "controllers");
}

static int parse_id(const char *text, struct cg_what *what, struct cg_error *err)
{
	what->form = CG_WHAT_ID;
	if (cg_number_parse(text + strlen("id:"), UINT64_MAX, &what->id) < 0 || what->id == 0)
		return explain_forms(text, err);
	return 0;
}

int cg_what_parse(const char *text, struct cg_what *what, struct cg_error *err)
{
	int rc;

	*what = (struct cg_what){ .name = text };
	if (*text == '/') {
		what->form = CG_WHAT_PATH;
		return 0;
	}
	rc = parse_line(text, what, err);
	if (rc <= 0)
		return rc;
	if (cg_starts_with(text, "id:"))
		return parse_id(text, what, err);
	if (cg_starts_with(text, "fs:") || is_relative_directory(text)) {
		what->form = CG_WHAT_DIRECTORY;
		what->name = cg_starts_with(text, "fs:") ? text + strlen("fs:") : text;
		return *what->name ? 0 : explain_forms(text, err);
	}
	return parse_target(text, what, err);
}

bool cg_what_has_hierarchy(const struct cg_what *what)
{
	return what->form == CG_WHAT_DIRECTORY || what->hierarchy;
}
