/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * limits: what the files of a limit say, against a second reading in 128 bits.
 * The input is "ROW VERSION TEXT|SECOND", a letter each for the first two.
 */
#include "fuzz.h"

#include <errno.h>

#include "limits.h"

/* The number that text is, up to len; false if it is none. */
static bool read_number(const char *text, size_t len, uint64_t *number, bool *fits)
{
	if (len == 0 || strspn(text, "0123456789") < len)
		return false;
	*number = fuzz_number(text, len, fits);
	return true;
}

static size_t line_length(const char *text)
{
	size_t len = strlen(text);

	return len && text[len - 1] == '\n' ? len - 1 : len;
}

/* Whether a text, but for its newline, is that word. */
static bool is_word(const char *text, size_t len, const char *word)
{
	return len == strlen(word) && memcmp(text, word, len) == 0;
}

struct reading {
	bool good, fits;
	struct cg_limit_value value;
};

static void read_part(const char *text, size_t len, uint64_t *number, struct reading *reading)
{
	bool fits = true;

	reading->good = reading->good && read_number(text, len, number, &fits);
	reading->fits = reading->fits && fits;
}

static struct reading read_bytes_v1(const char *text, const char *second)
{
	struct reading reading = { true, true, { .period = 1 } };
	uint64_t part = 0;

	read_part(text, line_length(text), &reading.value.number, &reading);
	reading.value.unlimited = reading.value.number >= 9223370937343148032U;
	if (second) {
		read_part(second, line_length(second), &part, &reading);
		reading.value.number -= reading.value.number < part ? reading.value.number : part;
	}
	return reading;
}

static struct reading read_cpus(const char *text, size_t len)
{
	struct reading reading = { true, true, { .period = 1 } };
	const char *blank = memchr(text, ' ', len);
	size_t head = blank ? (size_t)(blank - text) : len;

	reading.good = blank != NULL;
	reading.value.unlimited = is_word(text, head, "max");
	if (!reading.value.unlimited)
		read_part(text, head, &reading.value.number, &reading);
	if (blank)
		read_part(blank + 1, len - head - 1, &reading.value.period, &reading);
	reading.good = reading.good && reading.value.period;
	return reading;
}

static struct reading read_cpus_v1(const char *text, const char *second)
{
	struct reading reading = { second != NULL, true, { .period = 1 } };
	size_t skip = *text == '-';

	reading.value.unlimited = skip;
	read_part(text + skip, line_length(text + skip), &reading.value.number, &reading);
	if (second)
		read_part(second, line_length(second), &reading.value.period, &reading);
	reading.good = reading.good && reading.value.period;
	return reading;
}

static struct reading read_plain(const char *text)
{
	struct reading reading = { true, true, { .period = 1 } };

	reading.value.unlimited = is_word(text, line_length(text), "max");
	if (!reading.value.unlimited)
		read_part(text, line_length(text), &reading.value.number, &reading);
	return reading;
}

static struct reading read_bytes(const char *text)
{
	struct reading reading = read_plain(text);

	reading.value.unlimited |= reading.value.number >= 9223370937343148032U;
	return reading;
}

static struct reading read_again(const struct cg_limit *limit, bool unified, const char *text,
				 const char *second)
{
	switch (limit->kind) {
	case CG_LIMIT_BYTES:
		return unified ? read_bytes(text) : read_bytes_v1(text, second);
	case CG_LIMIT_COUNT:
		return read_plain(text);
	case CG_LIMIT_CPUS:
		return unified ? read_cpus(text, line_length(text)) : read_cpus_v1(text, second);
	case CG_LIMIT_SET:
		break;
	}
	return (struct reading){ .good = false, .fits = true };
}

static int sign(int number)
{
	return (number > 0) - (number < 0);
}

static void check_order(const struct cg_limit_value *a, const struct cg_limit_value *b)
{
	unsigned __int128 left = (unsigned __int128)a->number * b->period;
	unsigned __int128 right = (unsigned __int128)b->number * a->period;
	int want = (left > right) - (left < right);

	if (a->unlimited || b->unlimited)
		want = (int)a->unlimited - (int)b->unlimited;
	fuzz_assert(sign(cg_limit_compare(a, b)) == want);
	fuzz_assert(sign(cg_limit_compare(b, a)) == -want);
}

static void check_value(const struct cg_limit *limit, const struct cg_limit_value *value)
{
	static const struct cg_limit_value others[] = {
		{ false, 0, 1 },	  { false, 1, 1 },
		{ false, 50000, 100000 }, { false, UINT64_MAX, UINT64_MAX - 1 },
		{ false, UINT64_MAX, 1 }, { true, 0, 1 },
	};
	char text[CG_LIMIT_TEXT_SIZE];
	uint64_t number;

	for (size_t i = 0; i < CG_ARRAY_SIZE(others); i++)
		check_order(value, &others[i]);
	check_order(value, value);
	for (int units = 0; units < 2; units++) {
		cg_limit_format(limit->kind, value, units, text);
		fuzz_assert(*text && strlen(text) < sizeof(text) - 1);
	}
	cg_limit_format(limit->kind, value, false, text);
	if (!value->unlimited && limit->kind != CG_LIMIT_CPUS)
		fuzz_assert(cg_limit_parse_number(text, &number) == 0 && number == value->number);
}

static void check_sizes(const char *text)
{
	const char *size;
	size_t len;
	const struct cg_limit *limit = cg_limit_find(text, &size, &len);
	cleanup_free char *name = NULL;

	if (!limit)
		return;
	name = cg_limit_file_name(limit->name, size, len);
	fuzz_assert(name && (strcmp(name, text) == 0 || strcmp(limit->name, text) == 0));
}

/* Digits, octal behind 0, hexadecimal behind 0x, at most one letter of a unit, at most one newline.
 */
static void check_bytes(const char *text)
{
	static const char units[] = "kmgtpe", hexadecimal[] = "0123456789abcdefABCDEF";
	bool is_hexadecimal =
		*text == '0' && (text[1] | 0x20) == 'x' && text[2] && strchr(hexadecimal, text[2]);
	size_t skip = is_hexadecimal ? 2 : 0, len = line_length(text) - skip;
	size_t digits;
	const char *unit;
	bool fits = true;
	unsigned __int128 want = 0;
	uint64_t bytes;
	int rc = cg_limit_parse_bytes(text, &bytes);

	text += skip;
	digits = strspn(text, is_hexadecimal ? hexadecimal
			      : *text == '0' ? "01234567"
					     : "0123456789");
	unit = len == digits + 1 ? strchr(units, text[digits] | 0x20) : NULL;
	for (size_t i = 0; i < digits; i++) {
		unsigned int base = is_hexadecimal ? 16 : *text == '0' ? 8 : 10;

		want = want * base +
		       (unsigned int)(text[i] > '9' ? (text[i] | 0x20) - 'a' + 10 : text[i] - '0');
		fits = fits && want <= UINT64_MAX;
		want = fits ? want : UINT64_MAX;
	}

	for (const char *at = units; unit && at <= unit; at++)
		want *= 1024;
	if (rc == 0)
		fuzz_assert(digits && (len == digits || unit) && fits && bytes == want);
	else
		fuzz_assert(!digits || !fits || want > UINT64_MAX || (len != digits && !unit));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *input = fuzz_text(data, size);
	const struct cg_limit *limit;
	struct cg_limit_value value;
	struct reading want;
	char *text, *second;
	bool unified;
	int rc;

	check_sizes(input);
	check_bytes(input);
	if (strlen(input) < 3)
		return 0;
	limit = &cg_limits[(unsigned char)input[0] % cg_limit_count];
	unified = input[1] & 1;
	text = input + 2;
	second = strchr(text, '|');
	if (second)
		*second++ = '\0';
	rc = cg_limit_parse(limit, unified, text, second, &value);
	want = read_again(limit, unified, text, second);
	fuzz_assert((rc == 0) == (want.good && want.fits));
	fuzz_assert(rc == 0 || rc == -EBADMSG || rc == -ERANGE);
	if (rc)
		return 0;
	fuzz_assert(value.unlimited == want.value.unlimited);
	fuzz_assert(value.number == want.value.number && value.period == want.value.period);
	check_value(limit, &value);
	return 0;
}
