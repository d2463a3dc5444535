/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "input.h"
#include "output.h"

struct plain {
	const struct request *request;
	struct cg_context *context;
	const struct cg_hierarchy *hierarchy;
	struct cg_frame *frame; /* of that hierarchy, once a path was translated */
	struct cg_status *status;
	struct cg_error *err; /* for what ends all answers */
	char end;	      /* of a line */
	char *buffer;	      /* for its answers, which are up to room long */
	size_t room;
	bool escape;	/* standard output is a terminal */
	bool from_file; /* WHATs come from standard input */
};

static void plain_free(struct plain *plain)
{
	free(plain->buffer);
}

static int put_line(const struct plain *plain, const char *text, struct cg_error *err)
{
	cleanup_free char *escaped = plain->escape ? cg_escape(text) : NULL;

	if (plain->end == '\n' && strchr(text, '\n')) {
		cg_error_set(err, 0, "the answer holds a newline");
		return cg_error_hint(err, "with --zero lines end in NUL");
	}
	if (plain->escape && !escaped)
		return -ENOMEM;
	fputs(escaped ? escaped : text, stdout);
	putchar(plain->end);
	return 0;
}

static int print_id(struct plain *plain, struct cg_resolved *resolved, struct cg_error *err)
{
	int rc = resolved->id ? 0 : cg_what_check_exists(plain->context, resolved, err);

	if (rc == 0)
		printf("%" PRIu64 "%c", resolved->id, plain->end);
	return rc;
}

/* Where no mount shows the cgroup, one of another hierarchy may show what is meant. */
static void suggest_hierarchy(struct plain *plain, const struct cg_resolved *resolved,
			      struct cg_error *err)
{
	const struct cg_hierarchies *all = &plain->context->hierarchies;

	for (size_t i = 0; !plain->context->only && i < all->count; i++) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_resolved struct cg_resolved other = CG_RESOLVED_INIT;
		const struct cg_hierarchy *hierarchy = &all->items[i];

		if (hierarchy == resolved->hierarchy || cg_what_has_hierarchy(&resolved->what) ||
		    cg_what_resolve(plain->context, &resolved->what, resolved->procdir, hierarchy,
				    &other, NULL) < 0 ||
		    cg_context_directory(plain->context, hierarchy->controllers, other.path,
					 &directory, NULL) < 0)
			continue;
		cg_error_hint(err, "no mount shows it; one of %s does: --hierarchy %s",
			      hierarchy->name, hierarchy->name);
		return;
	}
}

static int print_directory(struct plain *plain, struct cg_resolved *resolved, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc;

	if (resolved->removed)
		return cg_what_check_exists(plain->context, resolved, err);
	rc = cg_context_directory(plain->context, resolved->hierarchy->controllers, resolved->path,
				  &directory, err);
	if (rc == -ENXIO)
		suggest_hierarchy(plain, resolved, err);
	rc = cg_what_confirm(plain->context, resolved, rc, err);
	return rc < 0 ? rc : put_line(plain, directory.name, err);
}

static int print_resolved(struct plain *plain, struct cg_resolved *resolved, struct cg_error *err)
{
	cleanup_free char *view = NULL;
	enum form form = plain->request->form;
	int rc = 0;

	if (plain->request->exists)
		rc = cg_what_check_exists(plain->context, resolved, err);
	if (rc == 0 && (form == FORM_PATH || plain->request->strict))
		rc = cg_what_view(plain->context, resolved, &view, err);
	if (rc < 0)
		return rc;
	switch (form) {
	case FORM_PATH:
		return put_line(plain, view, err);
	case FORM_DIR:
		return print_directory(plain, resolved, err);
	case FORM_ID:
		return print_id(plain, resolved, err);
	}
	return -EINVAL;
}

static int answer(struct plain *plain, const char *text, struct cg_error *err)
{
	struct cg_what what;
	int rc = cg_what_read(plain->context, text, plain->from_file, &what, err);

	if (rc < 0)
		return rc;
	for (int tries = 0; tries < CG_WHAT_TRIES; tries++) {
		cleanup_resolved struct cg_resolved resolved = CG_RESOLVED_INIT;

		cg_error_reset(err);
		rc = cg_what_resolve(plain->context, &what, -1, NULL, &resolved, err);
		if (rc == 0)
			rc = print_resolved(plain, &resolved, err);
		if (rc != -ESTALE)
			break;
	}
	return rc;
}

static void answer_or_report(struct plain *plain, const char *text, size_t len)
{
	cleanup_error struct cg_error err = { 0 };

	if (cg_lines_check(text, len, &err) == 0 && answer(plain, text, &err) == 0) {
		plain->status->answered++;
		return;
	}
	if (plain->from_file)
		putchar(plain->end);
	cg_status_failure(plain->status, text, &err);
}

/* What the quick way needs; all lines have room. */
static bool find_frame(struct plain *plain)
{
	struct cg_frame *frame;

	if (cg_context_frame(plain->context, plain->hierarchy, &frame, NULL) < 0 || !frame->from_to)
		return false;
	plain->room = CG_LINE_LIMIT + cg_path_map_growth(frame->from_to);
	free(plain->buffer);
	plain->buffer = malloc(plain->room + 1);
	plain->frame = plain->buffer ? frame : NULL;
	return plain->frame;
}

/*
 * The common case of many: a path without "..", and nothing asked but its
 * translation. One look and one copy, without any allocation.
 */
static bool answer_quickly(struct plain *plain, const char *line, size_t len)
{
	const struct request *request = plain->request;
	ssize_t done;

	if (*line != '/' || request->form != FORM_PATH || request->exists || request->strict ||
	    plain->escape)
		return false;
	if (!plain->frame && !find_frame(plain))
		return false;
	done = cg_path_map_apply(plain->frame->from_to, line, len, plain->buffer, plain->room);
	if (done < 0)
		return false;
	plain->buffer[done] = plain->end;
	fwrite_unlocked(plain->buffer, 1, (size_t)done + 1, stdout);
	plain->status->answered++;
	return true;
}

static int answer_line(char *line, size_t len, void *data)
{
	struct plain *plain = data;

	errno = 0;
	if (!plain->from_file || !answer_quickly(plain, line, len))
		answer_or_report(plain, line, len);
	return plain->from_file && ferror(stdout) ? cg_output_failed(errno, plain->err) : 0;
}

/* Whatever was found before may be gone. */
static void forget(void *data)
{
	struct plain *plain = data;

	cg_context_refresh(plain->context);
	plain->frame = NULL;
}

int plain_print(struct cg_context *context, const struct request *request, struct cg_status *status,
		struct cg_error *err)
{
	cleanup_with(plain_free) struct plain plain = {
		.request = request,
		.context = context,
		.hierarchy = context->only ?: cg_hierarchy_default(&context->hierarchies, err),
		.status = status,
		.err = err,
		.end = request->shared.zero ? '\0' : '\n',
		.escape = isatty(STDOUT_FILENO),
	};

	const struct cg_line_reader reader = {
		.separator = plain.end,
		.visit = answer_line,
		.waited = forget,
		.data = &plain,
	};

	if (!plain.hierarchy)
		return -EINVAL;
	return cg_lines_visit(&reader, request->shared.whats, request->shared.what_count,
			      &plain.from_file, err);
}
