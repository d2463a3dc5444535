/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Escaped text is safe, and where something was escaped it reads back as what it was. */
#include "fuzz.h"

#include <ctype.h>

static void unescape(const char *text, char *out)
{
	while (*text) {
		unsigned int byte;

		if (text[0] == '\\' && text[1] == 'x' && isxdigit((unsigned char)text[2]) &&
		    isxdigit((unsigned char)text[3]) && sscanf(text + 2, "%2x", &byte) == 1) {
			*out++ = (char)byte;
			text += 4;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

static void check_round_trip(const char *text, const char *escaped)
{
	cleanup_free char *back = malloc(strlen(escaped) + 1);

	fuzz_assert(back);
	if (strcmp(text, escaped) == 0)
		return;
	unescape(escaped, back);
	fuzz_assert(strcmp(text, back) == 0);
}

/* Fails unless the text is valid UTF-8, and has no control characters unless they are allowed. */
static void check_utf8(const char *text, bool controls)
{
	static const unsigned int lowest[] = { 0, 0x80, 0x800, 0x10000 };
	const unsigned char *at = (const unsigned char *)text;

	while (*at) {
		unsigned int code = *at, more = 0, length;

		if (*at >= 0x80) {
			fuzz_assert(*at >= 0xc2 && *at <= 0xf4);
			more = *at >= 0xf0 ? 3 : *at >= 0xe0 ? 2 : 1;
			code = *at & (0x3f >> more);
		}
		length = more;
		for (at++; more; more--, at++) {
			fuzz_assert(*at >= 0x80 && *at <= 0xbf);
			code = code << 6 | (*at & 0x3f);
		}
		fuzz_assert(code >= lowest[length]);
		fuzz_assert(code <= 0x10ffff && (code < 0xd800 || code > 0xdfff));
		fuzz_assert(controls || (code >= 0x20 && (code < 0x7f || code > 0x9f)));
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_free char *safe = cg_escape(text), *valid = cg_escape_invalid(text);
	cleanup_free char *twice = NULL;

	fuzz_assert(safe && valid);
	check_utf8(safe, false);
	check_utf8(valid, true);
	check_round_trip(text, safe);
	check_round_trip(text, valid);
	twice = cg_escape(safe); /* what is safe stays */
	fuzz_assert(twice && strcmp(twice, safe) == 0);
	return 0;
}
