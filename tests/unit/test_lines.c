/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The reader of cgns-path's standard input. */
#include "unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>

#include "input.h"

/* What came, each line followed by '|', and how many lines; of those too long '!'. */
struct seen {
	char *text;
	size_t len, size, lines, waits;
	size_t stop_after;
};

static int see(char *line, size_t len, void *data)
{
	static char mark[] = "!";
	struct seen *seen = data;

	if (len == CG_LINE_TOO_LONG) {
		assert_int_equal(strlen(line), 64);
		len = 1;
		line = mark;
	}
	assert_int_equal(line[len], '\0');
	assert_true(seen->len + len + 1 <= seen->size);
	memcpy(seen->text + seen->len, line, len);
	seen->len += len;
	seen->text[seen->len++] = '|';
	return ++seen->lines == seen->stop_after ? 7 : 0;
}

static void see_waiting(void *data)
{
	struct seen *seen = data;

	seen->waits++;
}

/* Reads standard input from fd, which is closed. */
static int read_from(int fd, char separator, struct seen *seen, size_t size)
{
	int rc, saved = fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 3);
	cleanup_error struct cg_error err = { 0 };

	seen->size = size + 1;
	seen->text = malloc(seen->size);
	assert_non_null(seen->text);
	assert_true(dup2(fd, STDIN_FILENO) == STDIN_FILENO);
	close(fd);
	rc = cg_lines_read(
		&(struct cg_line_reader){
			.separator = separator, .visit = see, .waited = see_waiting, .data = seen },
		&err);
	if (saved >= 0) {
		dup2(saved, STDIN_FILENO);
		close(saved);
	} else {
		close(STDIN_FILENO);
	}
	return rc;
}

static int file_of(const char *text, size_t len)
{
	int fd = memfd_create("lines", MFD_CLOEXEC);

	assert_true(fd >= 0);
	assert_int_equal(write(fd, text, len), len);
	assert_int_equal(lseek(fd, 0, SEEK_SET), 0);
	return fd;
}

/* A pipe into which a child writes the text in pieces of 1 to 5 bytes. */
static int pipe_of(const char *text, size_t len, pid_t *child)
{
	int ends[2];

	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	*child = fork();
	assert_true(*child >= 0);
	if (!*child) {
		for (size_t at = 0, piece = 1; at < len; at += piece, piece = piece % 5 + 1) {
			if (write(ends[1], text + at, at + piece > len ? len - at : piece) < 0)
				_exit(1);
		}
		_exit(0);
	}
	close(ends[1]);
	return ends[0];
}

static void assert_seen(const struct seen *seen, const char *want)
{
	assert_int_equal(seen->len, strlen(want));
	assert_memory_equal(seen->text, want, seen->len);
}

static void lines_come_whole_from_a_file_and_in_pieces(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		char separator;
		const char *want;
	} examples[] = {
		{ "", 0, '\n', "" },
		{ "\n", 1, '\n', "|" },
		{ "a\n", 2, '\n', "a|" },
		{ "a", 1, '\n', "a|" }, /* the last one may lack its end */
		{ "a\n\nlonger line\nb", 16, '\n', "a||longer line|b|" },
		{ "a\nb\0c\0\0", 7, '\0', "a\nb|c||" },
		{ "a\nb", 3, '\0', "a\nb|" },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(examples); i++) {
		struct seen seen = { 0 }, pieces = { 0 };
		pid_t child;
		int status;

		assert_int_equal(read_from(file_of(examples[i].text, examples[i].len),
					   examples[i].separator, &seen, examples[i].len),
				 0);
		assert_seen(&seen, examples[i].want);
		assert_int_equal(read_from(pipe_of(examples[i].text, examples[i].len, &child),
					   examples[i].separator, &pieces, examples[i].len),
				 0);
		assert_seen(&pieces, examples[i].want);
		assert_int_equal(waitpid(child, &status, 0), child);
		assert_int_equal(status, 0);
		free(seen.text);
		free(pieces.text);
	}
}

/* Lines up to the limit, and beyond it, with their ends at every place of a buffer's borders. */
static void lines_that_are_too_long_are_skipped(void **state)
{
	static const size_t lengths[] = {
		0,	1,	65534, 65535,  65536, 65537,   3,     262142, 262143,
		262144, 262145, 65536, 65536,  65536, 65536,   65536, 700000, 0,
		5,	65536,	100,   196607, 1,     1000000, 65535, 2,
	};
	struct seen seen = { 0 };
	size_t size = 0, at = 0, wanted = 0;
	char *text, *want;

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(lengths); i++)
		size += lengths[i] + 1;
	text = malloc(size);
	want = malloc(size);
	assert_true(text && want);
	for (size_t i = 0; i < CG_ARRAY_SIZE(lengths); i++) {
		for (size_t j = 0; j < lengths[i]; j++)
			text[at + j] = (char)('a' + (j + i) % 26);
		if (lengths[i] > CG_LINE_LIMIT) {
			want[wanted++] = '!';
		} else {
			memcpy(want + wanted, text + at, lengths[i]);
			wanted += lengths[i];
		}
		want[wanted++] = '|';
		at += lengths[i];
		text[at++] = '\n';
	}
	assert_int_equal(read_from(file_of(text, size), '\n', &seen, size), 0);
	assert_int_equal(seen.lines, CG_ARRAY_SIZE(lengths));
	assert_int_equal(seen.len, wanted);
	assert_true(memcmp(seen.text, want, wanted) == 0);
	free(seen.text);
	free(text);
	free(want);
}

/* What is in the file is there at once; a pipe whose other end sleeps is waited for. */
static void it_is_told_when_a_line_had_to_be_waited_for(void **state)
{
	struct seen seen = { 0 }, late = { 0 };
	int ends[2];
	pid_t child;

	(void)state;
	assert_int_equal(read_from(file_of("a\nb\n", 4), '\n', &seen, 4), 0);
	assert_int_equal(seen.waits, 0);
	assert_int_equal(pipe2(ends, O_CLOEXEC), 0);
	child = fork();
	assert_true(child >= 0);
	if (!child) {
		/* it is in the pipe, and then its reader sleeps: no earlier than that */
		char stat[64], state_of[512] = "";
		int fd;

		snprintf(stat, sizeof(stat), "/proc/%d/stat", getppid());
		while (!strstr(state_of, ") S ")) {
			fd = open(stat, O_RDONLY | O_CLOEXEC);
			if (fd < 0 || read(fd, state_of, sizeof(state_of) - 1) < 0)
				_exit(1);
			close(fd);
			usleep(1000);
		}
		_exit(write(ends[1], "c\n", 2) == 2 ? 0 : 1);
	}
	close(ends[1]);
	assert_int_equal(read_from(ends[0], '\n', &late, 2), 0);
	assert_int_equal(waitpid(child, NULL, 0), child);
	assert_seen(&late, "c|");
	assert_true(late.waits > 0);
	free(seen.text);
	free(late.text);
}

static void a_visit_may_end_the_walk(void **state)
{
	struct seen seen = { .stop_after = 2 };

	(void)state;
	assert_int_equal(read_from(file_of("a\nb\nc\n", 6), '\n', &seen, 6), 7);
	assert_seen(&seen, "a|b|");
	free(seen.text);
}

static void what_cannot_be_read_is_an_error(void **state)
{
	struct seen seen = { 0 };
	int directory = open("/", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	(void)state;
	assert_true(directory >= 0);
	assert_int_equal(read_from(directory, '\n', &seen, 1), -EISDIR);
	assert_int_equal(seen.lines, 0);
	free(seen.text);
}

static void a_nul_in_a_line_is_refused(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	assert_int_equal(cg_lines_check("/a", 2, &err), 0);
	assert_null(err.message);
	assert_int_equal(cg_lines_check("/a\0b", 4, &err), -EINVAL);
	unit_assert_error(&err, "a line with a NUL byte in it: with --zero lines end in NUL");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lines_come_whole_from_a_file_and_in_pieces),
		cmocka_unit_test(lines_that_are_too_long_are_skipped),
		cmocka_unit_test(it_is_told_when_a_line_had_to_be_waited_for),
		cmocka_unit_test(a_visit_may_end_the_walk),
		cmocka_unit_test(what_cannot_be_read_is_an_error),
		cmocka_unit_test(a_nul_in_a_line_is_refused),
	};

	return cmocka_run_group_tests_name("lines", tests, NULL, NULL);
}
