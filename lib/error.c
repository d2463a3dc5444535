/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "error.h"

#include <ctype.h>
#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int error_value(const struct cg_error *err)
{
	return err && err->errnum > 0 ? -err->errnum : -EINVAL;
}

/* The formatted text, or NULL. Formatted before anything is released: arguments may be of *err. */
static CG_PRINTF(1, 0) char *format(const char *fmt, va_list args)
{
	char *text = NULL;

	if (vasprintf(&text, fmt, args) < 0)
		return NULL;
	return text;
}

int cg_error_set(struct cg_error *err, int errnum, const char *fmt, ...)
{
	char *message;
	va_list args;

	if (!err)
		return errnum > 0 ? -errnum : -EINVAL;
	va_start(args, fmt);
	message = format(fmt, args);
	va_end(args);
	cg_error_reset(err);
	err->errnum = errnum;
	err->message = message;
	return error_value(err);
}

int cg_error_prefix(struct cg_error *err, const char *fmt, ...)
{
	cleanup_free char *prefix = NULL;
	char *message;
	va_list args;

	if (!err)
		return error_value(err);
	va_start(args, fmt);
	prefix = format(fmt, args);
	va_end(args);
	if (!prefix)
		return error_value(err);
	if (!err->message) {
		err->message = cg_steal_ptr(&prefix);
		return error_value(err);
	}
	message = cg_format("%s: %s", prefix, err->message);
	if (message) {
		free(err->message);
		err->message = message;
	}
	return error_value(err);
}

int cg_error_hint(struct cg_error *err, const char *fmt, ...)
{
	char *hint;
	va_list args;

	if (!err)
		return error_value(err);
	va_start(args, fmt);
	hint = format(fmt, args);
	va_end(args);
	if (hint) {
		free(err->hint);
		err->hint = hint;
	}
	return error_value(err);
}

char *cg_error_text(const struct cg_error *err)
{
	const char *parts[3] = { err->message, err->errnum > 0 ? strerror(err->errnum) : NULL,
				 err->hint };
	cleanup_free char *text = NULL;
	size_t len = 1;
	char *end;

	for (size_t i = 0; i < CG_ARRAY_SIZE(parts); i++)
		len += parts[i] ? strlen(parts[i]) + strlen(": ") : 0;
	text = malloc(len);
	if (!text)
		return NULL;
	end = text;
	*end = '\0';
	for (size_t i = 0; i < CG_ARRAY_SIZE(parts); i++) {
		if (!parts[i])
			continue;
		if (end != text)
			end = stpcpy(end, ": ");
		end = stpcpy(end, parts[i]);
	}
	return cg_escape(text);
}

void cg_error_move(struct cg_error *err, struct cg_error *from)
{
	cg_error_reset(err);
	if (!err)
		return;
	*err = *from;
	*from = (struct cg_error){ 0 };
}

void cg_error_reset(struct cg_error *err)
{
	if (!err)
		return;
	free(err->message);
	free(err->hint);
	*err = (struct cg_error){ 0 };
}

/*
 * The length of the valid UTF-8 sequence at text, 0 if there is none (RFC
 * 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
 */
static size_t utf8_length(const unsigned char *text, uint32_t *code)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t lowest;
	} forms[] = {
		{ 0x80, 0x00, 0 },
		{ 0xe0, 0xc0, 0x80 },
		{ 0xf0, 0xe0, 0x800 },
		{ 0xf8, 0xf0, 0x10000 },
	};

	for (size_t more = 0; more < CG_ARRAY_SIZE(forms); more++) {
		if ((text[0] & forms[more].mask) != forms[more].lead)
			continue;
		*code = text[0] & (unsigned char)~forms[more].mask;
		for (size_t i = 1; i <= more; i++) {
			if ((text[i] & 0xc0) != 0x80) /* also the final NUL */
				return 0;
			*code = *code << 6 | (text[i] & 0x3f);
		}
		if (*code < forms[more].lowest || *code > 0x10ffff ||
		    (*code >= 0xd800 && *code <= 0xdfff))
			return 0;
		return more + 1;
	}
	return 0;
}

enum escape { ESCAPE_INVALID, ESCAPE_UNSAFE, ESCAPE_NON_ASCII };

/* How many bytes at text are printed as they are; 0: the first one is to be escaped. */
static size_t safe_length(const unsigned char *text, enum escape what)
{
	uint32_t code = 0;
	size_t len = utf8_length(text, &code);

	if (what != ESCAPE_INVALID && (code < 0x20 || (code >= 0x7f && code <= 0x9f)))
		return 0;
	if (what == ESCAPE_NON_ASCII && len > 1)
		return 0;
	return len;
}

/* Whether an escape, or what would be taken for one, is at text. */
static bool looks_escaped(const unsigned char *text)
{
	return text[0] == '\\' && text[1] == 'x' && isxdigit(text[2]) && isxdigit(text[3]);
}

static void escape_to(const unsigned char *in, enum escape what, char *out)
{
	static const char digits[] = "0123456789abcdef";

	while (*in) {
		size_t len = looks_escaped(in) ? 0 : safe_length(in, what);

		if (len) {
			out = mempcpy(out, in, len);
			in += len;
			continue;
		}
		*out++ = '\\';
		*out++ = 'x';
		*out++ = digits[*in >> 4];
		*out++ = digits[*in & 0xf];
		in++;
	}
	*out = '\0';
}

static char *escape(const char *text, enum escape what)
{
	const unsigned char *in = (const unsigned char *)text;
	size_t len;
	char *out;

	while (*in && (len = safe_length(in, what)))
		in += len;
	if (!*in)
		return strdup(text);
	out = malloc(strlen(text) * strlen("\\xHH") + 1);
	if (out)
		escape_to((const unsigned char *)text, what, out);
	return out;
}

char *cg_escape(const char *text)
{
	return escape(text, ESCAPE_UNSAFE);
}

char *cg_escape_non_ascii(const char *text)
{
	return escape(text, ESCAPE_NON_ASCII);
}

char *cg_escape_invalid(const char *text)
{
	return escape(text, ESCAPE_INVALID);
}

char *cg_quote(const char *text)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789/._-+,=@:";
	bool by_printf = false;
	size_t len = 0;
	char *result, *end;

	if (*text && text[strspn(text, plain)] == '\0')
		return strdup(text);
	for (; text[len]; len++)
		by_printf |= (unsigned char)text[len] < 0x20 || (unsigned char)text[len] > 0x7e;
	result = malloc(4 * len + sizeof("\"$(printf '')\""));
	if (!result)
		return NULL;
	end = stpcpy(result, by_printf ? "\"$(printf '" : "'");
	for (const char *at = text; *at; at++) {
		unsigned char byte = (unsigned char)*at;

		if (by_printf && (byte == '\\' || byte == '%'))
			*end++ = *at; /* twice */
		if (byte == '\'')
			end = stpcpy(end, "'\\''");
		else if (by_printf && (byte < 0x20 || byte > 0x7e))
			end += snprintf(end, sizeof("\\ooo"), "\\%03o", (unsigned int)byte);
		else
			*end++ = *at;
	}
	stpcpy(end, by_printf ? "')\"" : "'");
	return result;
}

char *cg_format(const char *fmt, ...)
{
	va_list args;
	char *text;

	va_start(args, fmt);
	text = format(fmt, args);
	va_end(args);
	return text;
}

void cg_list_add(struct cg_list *list, const char *between, const char *fmt, ...)
{
	cleanup_free char *piece = NULL;
	char *longer = NULL;
	va_list args;

	va_start(args, fmt);
	piece = format(fmt, args);
	va_end(args);
	if (!list->failed && piece)
		longer = cg_format("%s%s%s", list->text ?: "", list->text ? between : "", piece);
	list->failed = !longer;
	free(list->text);
	list->text = longer;
}

void cg_list_free(struct cg_list *list)
{
	free(list->text);
	*list = (struct cg_list){ 0 };
}

bool cg_errno_is_shortage(int errnum)
{
	switch (errnum) {
	case ENOMEM:
	case EMFILE:
	case ENFILE:
	case EIO:
	case EINTR:
	case EAGAIN:
		return true;
	default:
		return false;
	}
}

int cg_only_shortage(int rc)
{
	return cg_errno_is_shortage(-rc) ? rc : 0;
}

#define NEAREST_MAX 64 /* longer names are nobody's typing errors */

static unsigned int least(unsigned int a, unsigned int b, unsigned int c)
{
	unsigned int ab = a < b ? a : b;

	return ab < c ? ab : c;
}

static bool same_letter(char a, char b)
{
	return tolower((unsigned char)a) == tolower((unsigned char)b);
}

/*
 * Edit distance: letters inserted, left out, replaced, and neighbours swapped
 * (optimal string alignment), upper and lower case alike. Both texts are at
 * most NEAREST_MAX long. Rows of the table are used in turn.
 */
static unsigned int distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
	unsigned int rows[3][NEAREST_MAX + 1];

	for (size_t j = 0; j <= b_len; j++)
		rows[0][j] = (unsigned int)j;
	for (size_t i = 1; i <= a_len; i++) {
		unsigned int *row = rows[i % 3], *above = rows[(i - 1) % 3];
		const unsigned int *above2 = rows[(i + 1) % 3];

		row[0] = (unsigned int)i;
		for (size_t j = 1; j <= b_len; j++) {
			unsigned int change = !same_letter(a[i - 1], b[j - 1]);

			row[j] = least(above[j] + 1, row[j - 1] + 1, above[j - 1] + change);
			if (i > 1 && j > 1 && same_letter(a[i - 1], b[j - 2]) &&
			    same_letter(a[i - 2], b[j - 1]) && above2[j - 2] + 1 < row[j])
				row[j] = above2[j - 2] + 1;
		}
	}
	return rows[a_len % 3][b_len];
}

const char *cg_nearest(const char *text, const char *const *names, size_t count, size_t stride)
{
	size_t len = strlen(text);
	const char *nearest = NULL;
	unsigned int best;

	if (!len || len > NEAREST_MAX)
		return NULL;
	best = (unsigned int)(len + 2) / 3 + 1; /* a third of the letters may be wrong */
	for (size_t i = 0; i < count; i++) {
		const void *at = (const char *)names + i * stride;
		const char *name = *(const char *const *)at;
		size_t name_len = strlen(name);
		unsigned int d;

		if (name_len > NEAREST_MAX)
			continue;
		d = distance(text, len, name, name_len);
		if (d < best && d < name_len) {
			best = d;
			nearest = name;
		}
	}
	return nearest;
}
