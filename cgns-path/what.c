/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "what.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>
#include <unistd.h>

#include "target.h"

static bool starts_with(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static bool is_relative_directory(const char *text)
{
	return strcmp(text, ".") == 0 || strcmp(text, "..") == 0 || starts_with(text, "./") ||
	       starts_with(text, "../");
}

static int explain_forms(const char *text, struct cg_error *err)
{
	cg_error_set(err, 0, "'%s' names no cgroup", text);
	return cg_error_hint(err,
			     "use a path such as /a/b, PID, PID:PIDFD_INODE, self, id:CGROUP_ID, "
			     "a directory such as ./x, or fs:DIRECTORY");
}

static int parse_process(const char *text, struct what *what, struct cg_error *err)
{
	struct cg_target_spec spec;

	if (cg_target_parse(text, &spec, NULL) < 0 ||
	    (spec.form != CG_TARGET_SELF && spec.form != CG_TARGET_PID))
		return explain_forms(text, err);
	what->form = WHAT_PROCESS;
	what->pid = spec.form == CG_TARGET_SELF ? getpid() : spec.pid;
	what->name = spec.pidfd_inode ? text : NULL;
	return 0;
}

static int parse_id(const char *text, struct what *what, struct cg_error *err)
{
	const char *at = text + strlen("id:");

	what->form = WHAT_ID;
	what->id = 0;
	for (; *at >= '0' && *at <= '9'; at++) {
		unsigned int digit = (unsigned int)(*at - '0');

		if (what->id > (UINT64_MAX - digit) / 10)
			return explain_forms(text, err);
		what->id = what->id * 10 + digit;
	}
	return *at == '\0' && what->id != 0 ? 0 : explain_forms(text, err);
}

int what_parse(const char *text, struct what *what, struct cg_error *err)
{
	*what = (struct what){ .name = text };
	if (*text == '/') {
		what->form = WHAT_PATH;
		return 0;
	}
	if (starts_with(text, "id:"))
		return parse_id(text, what, err);
	if (starts_with(text, "fs:") || is_relative_directory(text)) {
		what->form = WHAT_DIRECTORY;
		what->name = starts_with(text, "fs:") ? text + strlen("fs:") : text;
		return *what->name ? 0 : explain_forms(text, err);
	}
	return parse_process(text, what, err);
}
