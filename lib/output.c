/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "output.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/*
 * Some filesystems (NFS) report a failed write at close(2) only; closing any
 * descriptor of the file will do, and leaves standard output usable.
 */
static int close_duplicate(int fd)
{
	int copy = fcntl(fd, F_DUPFD_CLOEXEC, 0);

	return copy < 0 ? 0 : close(copy);
}

int cg_output_failed(int errnum, struct cg_error *err)
{
	return cg_error_set(err, errnum ? errnum : EIO, "cannot write to standard output");
}

int cg_output_flush(struct cg_error *err)
{
	return fflush(stdout) == 0 ? 0 : cg_output_failed(errno, err);
}

int cg_output_close(struct cg_error *err)
{
	if (fflush(stdout) != 0)
		return cg_output_failed(errno, err);
	if (ferror(stdout)) /* an earlier write failed; its reason is gone */
		return cg_output_failed(0, err);
	if (close_duplicate(STDOUT_FILENO) != 0)
		return cg_output_failed(errno, err);
	return 0;
}

#define JSON_INDENT 3

/* Begins what stands behind a comma, if anything stands before it, on a line of its own. */
static void begin(struct cg_json *json, const char *key)
{
	if (json->depth)
		printf("%s\n%*s", json->filled ? "," : "", json->depth * JSON_INDENT, "");
	json->filled = true;
	if (!key)
		return;
	putchar('"');
	for (; *key; key++)
		putchar(tolower((unsigned char)*key));
	fputs("\": ", stdout);
}

void cg_json_open(struct cg_json *json, const char *key, char bracket)
{
	begin(json, key);
	putchar(bracket);
	json->depth++;
	json->filled = false;
}

void cg_json_close(struct cg_json *json, char bracket)
{
	json->depth--;
	if (json->filled)
		printf("\n%*s", json->depth * JSON_INDENT, "");
	putchar(bracket);
	json->filled = true;
	if (!json->depth)
		putchar('\n');
}

/* What has an escape of one letter in a string (RFC 8259, section 7). */
static const char brief_from[] = "\"\\\b\f\n\r\t";
static const char brief_to[] = "\"\\bfnrt";

int cg_json_text(struct cg_json *json, const char *key, const char *text)
{
	cleanup_free char *valid = text ? cg_escape_invalid(text) : NULL;

	if (text && !valid)
		return -ENOMEM;
	begin(json, key);
	if (!text) {
		fputs("null", stdout);
		return 0;
	}
	putchar('"');
	for (const char *at = valid; *at; at++) {
		const char *brief = strchr(brief_from, *at);

		if (brief)
			printf("\\%c", brief_to[brief - brief_from]);
		else if ((unsigned char)*at < 0x20 || *at == 0x7f)
			printf("\\u%04x", (unsigned int)*at);
		else
			putchar(*at);
	}
	putchar('"');
	return 0;
}

void cg_json_word(struct cg_json *json, const char *key, const char *word)
{
	begin(json, key);
	fputs(word, stdout);
}
