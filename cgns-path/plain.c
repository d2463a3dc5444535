/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "plain.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "lines.h"
#include "output.h"
#include "subject.h"

struct plain {
	struct world *world;
	const struct cg_hierarchy *hierarchy;
	struct frame *frame; /* of that hierarchy, once a path was translated */
	struct tally *tally;
	struct cg_error *err; /* for what ends all answers */
	char end;	      /* of a line */
	bool escape;	      /* standard output is a terminal */
	bool from_file;	      /* WHATs come from standard input */
};

static int put_line(const struct plain *plain, const char *text)
{
	cleanup_free char *escaped = plain->escape ? cg_escape(text) : NULL;

	if (plain->escape && !escaped)
		return -ENOMEM;
	fputs(escaped ? escaped : text, stdout);
	putchar(plain->end);
	return 0;
}

static int print_id(struct plain *plain, struct subject *subject, struct cg_error *err)
{
	int rc = subject->id ? 0 : subject_check_exists(plain->world, subject, err);

	if (rc == 0)
		printf("%" PRIu64 "%c", subject->id, plain->end);
	return rc;
}

static int print_directory(struct plain *plain, struct subject *subject, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc;

	if (subject->removed)
		return subject_check_exists(plain->world, subject, err);
	rc = world_directory(plain->world, subject->hierarchy->controllers, subject->path,
			     &directory, err);
	return rc < 0 ? rc : put_line(plain, directory.name);
}

static int print_subject(struct plain *plain, struct subject *subject, struct cg_error *err)
{
	cleanup_free char *view = NULL;
	enum form form = plain->world->request->form;
	int rc = 0;

	if (plain->world->request->exists)
		rc = subject_check_exists(plain->world, subject, err);
	if (rc == 0 && (form == FORM_PATH || plain->world->request->strict))
		rc = subject_view(plain->world, subject, &view, err);
	if (rc < 0)
		return rc;
	switch (form) {
	case FORM_PATH:
		return put_line(plain, view);
	case FORM_DIR:
		return print_directory(plain, subject, err);
	case FORM_ID:
		return print_id(plain, subject, err);
	}
	return -EINVAL;
}

static int answer(struct plain *plain, const char *text, struct cg_error *err)
{
	cleanup_subject struct subject subject = SUBJECT_INIT;
	struct what what;
	int rc = what_parse(text, &what, err);

	if (rc == 0)
		rc = subject_find(plain->world, &what, -1, plain->hierarchy, &subject, err);
	return rc < 0 ? rc : print_subject(plain, &subject, err);
}

static void answer_or_report(struct plain *plain, const char *text, size_t len)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;

	if (lines_check(text, len, &err) == 0 && answer(plain, text, &err) == 0) {
		plain->tally->answered++;
		return;
	}
	if (plain->from_file)
		putchar(plain->end);
	tally_failure(plain->tally, text, &err);
}

/*
 * The common case of many: a path without "..", and nothing asked but its
 * translation. One look and one copy, without any allocation.
 */
static bool answer_quickly(struct plain *plain, const char *line, size_t len)
{
	struct world *world = plain->world;
	const struct request *request = world->request;
	size_t room;
	ssize_t done;

	if (*line != '/' || request->form != FORM_PATH || request->exists || request->strict ||
	    plain->escape || strstr(line, ".."))
		return false;
	if (!plain->frame && world_frame(world, plain->hierarchy, &plain->frame, NULL) < 0)
		return false;
	if (!plain->frame->from_to)
		return false;
	room = len + cg_path_map_growth(plain->frame->from_to) + 1;
	if (world_make_room(world, room) < 0)
		return false;
	done = cg_path_map_apply(plain->frame->from_to, line, len, world->buffer, room);
	if (done < 0)
		return false;
	world->buffer[done] = plain->end;
	fwrite_unlocked(world->buffer, 1, (size_t)done + 1, stdout);
	plain->tally->answered++;
	return true;
}

static int answer_line(char *line, size_t len, void *data)
{
	struct plain *plain = data;

	errno = 0;
	if (!answer_quickly(plain, line, len))
		answer_or_report(plain, line, len);
	return ferror(stdout) ? cg_output_failed(errno, plain->err) : 0;
}

int plain_print(struct world *world, const struct cg_hierarchy *hierarchy, struct tally *tally,
		struct cg_error *err)
{
	struct plain plain = {
		.world = world,
		.hierarchy = hierarchy,
		.tally = tally,
		.err = err,
		.end = world->request->zero ? '\0' : '\n',
		.escape = isatty(STDOUT_FILENO),
	};

	for (size_t i = 0; i < world->request->what_count; i++) {
		const char *text = world->request->whats[i];
		int rc = 0;

		plain.from_file = strcmp(text, "-") == 0;
		if (plain.from_file)
			rc = lines_read(plain.end, answer_line, &plain, err);
		else
			answer_or_report(&plain, text, strlen(text));
		if (rc < 0)
			return rc;
	}
	return 0;
}
