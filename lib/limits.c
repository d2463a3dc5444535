/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The table of limits, and the arithmetic of their values. */
#include "limits.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "error.h"
#include "number.h"

#define SIZE_WORD "SIZE"

const struct cg_limit cg_limits[] = {
	{
		.name = "memory.max",
		.controller = "memory",
		.kind = CG_LIMIT_BYTES,
		.v2 = { .limit = "memory.max", .used = "memory.current" },
		.v1 = { .limit = "memory.limit_in_bytes", .used = "memory.usage_in_bytes" },
	},
	{
		.name = "memory.high",
		.controller = "memory",
		.kind = CG_LIMIT_BYTES,
		.v2 = { .limit = "memory.high", .used = "memory.current" },
	},
	{
		/* v1 limits the sum of both */
		.name = "memory.swap.max",
		.controller = "memory",
		.kind = CG_LIMIT_BYTES,
		.v2 = { .limit = "memory.swap.max", .used = "memory.swap.current" },
		.v1 = { .limit = "memory.memsw.limit_in_bytes",
			.second = "memory.limit_in_bytes",
			.used = "memory.memsw.usage_in_bytes",
			.used_second = "memory.usage_in_bytes" },
	},
	{
		.name = "pids.max",
		.controller = "pids",
		.kind = CG_LIMIT_COUNT,
		.v2 = { .limit = "pids.max", .used = "pids.current" },
		.v1 = { .limit = "pids.max", .used = "pids.current" },
	},
	{
		.name = "cpu.max",
		.controller = "cpu",
		.kind = CG_LIMIT_CPUS,
		.v2 = { .limit = "cpu.max" },
		.v1 = { .limit = "cpu.cfs_quota_us", .second = "cpu.cfs_period_us" },
	},
	{
		.name = "cpuset.cpus",
		.controller = "cpuset",
		.kind = CG_LIMIT_SET,
		.v2 = { .limit = "cpuset.cpus.effective", .set = "cpuset.cpus" },
		.v1 = { .limit = "cpuset.effective_cpus", .set = "cpuset.cpus" },
	},
	{
		.name = "cpuset.mems",
		.controller = "cpuset",
		.kind = CG_LIMIT_SET,
		.v2 = { .limit = "cpuset.mems.effective", .set = "cpuset.mems" },
		.v1 = { .limit = "cpuset.effective_mems", .set = "cpuset.mems" },
	},
	{
		.name = "hugetlb.SIZE.max",
		.controller = "hugetlb",
		.kind = CG_LIMIT_BYTES,
		.v2 = { .limit = "hugetlb.SIZE.max", .used = "hugetlb.SIZE.current" },
		.v1 = { .limit = "hugetlb.SIZE.limit_in_bytes",
			.used = "hugetlb.SIZE.usage_in_bytes" },
	},
	{
		.name = "cgroup.max.depth",
		.controller = "",
		.kind = CG_LIMIT_COUNT,
		.on_request = true,
		.of_levels = true,
		.v2 = { .limit = "cgroup.max.depth" },
	},
	{
		.name = "cgroup.max.descendants",
		.controller = "",
		.kind = CG_LIMIT_COUNT,
		.on_request = true,
		.v2 = { .limit = "cgroup.max.descendants",
			.used = "cgroup.stat",
			.used_key = "nr_descendants" },
	},
};
const size_t cg_limit_count = CG_ARRAY_SIZE(cg_limits);

const struct cg_limit_files *cg_limit_files_of(const struct cg_limit *limit, bool unified)
{
	return unified ? &limit->v2 : &limit->v1;
}

/* ---- names ---- */

bool cg_limit_has_size(const char *name)
{
	return strstr(name, "." SIZE_WORD ".") != NULL;
}

bool cg_limit_match(const char *pattern, const char *file, const char **size, size_t *size_len)
{
	const char *word = strstr(pattern, SIZE_WORD);
	size_t head, tail, len = strlen(file);

	if (!word)
		return false;
	head = (size_t)(word - pattern);
	word += strlen(SIZE_WORD);
	tail = strlen(word);
	if (len <= head + tail || strncmp(file, pattern, head) != 0 ||
	    strcmp(file + len - tail, word) != 0)
		return false;
	*size = file + head;
	*size_len = len - head - tail;
	/* "hugetlb.2MB.rsvd.max" is another file's name, not a size */
	return memchr(*size, '.', *size_len) == NULL;
}

char *cg_limit_file_name(const char *pattern, const char *size, size_t size_len)
{
	const char *word = cg_limit_has_size(pattern) ? strstr(pattern, SIZE_WORD) : NULL;

	return word ? cg_format("%.*s%.*s%s", (int)(word - pattern), pattern, (int)size_len, size,
				word + strlen(SIZE_WORD))
		    : strdup(pattern);
}

const struct cg_limit *cg_limit_find(const char *name, const char **size, size_t *size_len)
{
	*size = "";
	*size_len = 0;
	for (size_t i = 0; i < cg_limit_count; i++)
		if (strcmp(cg_limits[i].name, name) == 0)
			return &cg_limits[i];
	for (size_t i = 0; i < cg_limit_count; i++)
		if (cg_limit_match(cg_limits[i].name, name, size, size_len))
			return &cg_limits[i];
	return NULL;
}

/* Whether pattern, which may be NULL, is that file's name. */
static bool is_file(const char *pattern, const char *file, const char **size, size_t *size_len)
{
	*size = "";
	*size_len = 0;
	return pattern &&
	       (strcmp(pattern, file) == 0 || cg_limit_match(pattern, file, size, size_len));
}

const struct cg_limit *cg_limit_of_file(const char *file, bool unified, const char **size,
					size_t *size_len)
{
	for (size_t i = 0; i < cg_limit_count; i++) {
		const struct cg_limit_files *files = cg_limit_files_of(&cg_limits[i], unified);

		if (is_file(files->set, file, size, size_len) ||
		    is_file(files->limit, file, size, size_len) ||
		    is_file(files->second, file, size, size_len))
			return &cg_limits[i];
	}
	return NULL;
}

/* ---- texts ---- */

static bool is_end(const char *text)
{
	return strcmp(text, "") == 0 || strcmp(text, "\n") == 0;
}

int cg_limit_parse_number(const char *text, uint64_t *number)
{
	int rc = cg_number_take(&text, UINT64_MAX, number);

	return rc == 0 && !is_end(text) ? -EBADMSG : rc;
}

int cg_limit_parse_keyed(const char *text, const char *key, uint64_t *number)
{
	size_t len = strlen(key);

	for (const char *line = text; *line; line += line[0] == '\n') {
		size_t length = strcspn(line, "\n");

		if (strncmp(line, key, len) == 0 && line[len] == ' ') {
			const char *at = line + len + 1;
			int rc = cg_number_take(&at, UINT64_MAX, number);

			return rc == 0 && at != line + length ? -EBADMSG : rc;
		}
		line += length;
	}
	return -ENODATA;
}

/* Takes "max" and goes on behind it. */
static bool take_max(const char **text)
{
	if (!cg_starts_with(*text, "max"))
		return false;
	*text += 3;
	return true;
}

/* "max" or a number. */
static int parse_plain(const char *text, struct cg_limit_value *value)
{
	value->unlimited = take_max(&text);
	if (value->unlimited)
		return is_end(text) ? 0 : -EBADMSG;
	return cg_limit_parse_number(text, &value->number);
}

bool cg_limit_is_unlimited(uint64_t bytes, unsigned int long_bits, uint64_t page_size)
{
	uint64_t most = page_size << 31;

	if (bytes >= ((uint64_t)1 << 63) - ((uint64_t)1 << 40))
		return true;
	return long_bits == 32 && bytes <= most && bytes >= most - ((uint64_t)1 << 31);
}

static bool is_unlimited(uint64_t bytes)
{
	return cg_limit_is_unlimited(bytes, (unsigned int)(sizeof(long) * 8),
				     (uint64_t)sysconf(_SC_PAGESIZE));
}

/* A new cgroup's limit of huge pages is v1's highest number in v2, too. */
static int parse_bytes(const char *text, struct cg_limit_value *value)
{
	int rc = parse_plain(text, value);

	value->unlimited |= is_unlimited(value->number);
	return rc;
}

static int parse_bytes_v1(const char *text, const char *second, struct cg_limit_value *value)
{
	uint64_t part;
	int rc = cg_limit_parse_number(text, &value->number);

	if (rc < 0)
		return rc;
	value->unlimited = is_unlimited(value->number);
	if (!second)
		return 0;
	rc = cg_limit_parse_number(second, &part);
	if (rc == 0)
		value->number = value->number > part ? value->number - part : 0;
	return rc;
}

/* "50000 100000", "max 100000"; the period is the rest. */
static int parse_cpus(const char *text, struct cg_limit_value *value)
{
	int rc = 0;

	value->unlimited = take_max(&text);
	if (!value->unlimited)
		rc = cg_number_take(&text, UINT64_MAX, &value->number);
	if (rc == 0 && *text++ != ' ')
		rc = -EBADMSG;
	if (rc == 0)
		rc = cg_limit_parse_number(text, &value->period);
	return rc == 0 && value->period == 0 ? -EBADMSG : rc;
}

/* Each file has one number; a quota below 0 is none. */
static int parse_cpus_v1(const char *text, const char *second, struct cg_limit_value *value)
{
	int rc;

	value->unlimited = *text == '-';
	rc = cg_limit_parse_number(text + (*text == '-'), &value->number);
	if (rc == 0)
		rc = second ? cg_limit_parse_number(second, &value->period) : -EBADMSG;
	return rc == 0 && value->period == 0 ? -EBADMSG : rc;
}

int cg_limit_parse(const struct cg_limit *limit, bool unified, const char *text, const char *second,
		   struct cg_limit_value *value)
{
	*value = (struct cg_limit_value){ .period = 1 };
	switch (limit->kind) {
	case CG_LIMIT_BYTES:
		return unified ? parse_bytes(text, value) : parse_bytes_v1(text, second, value);
	case CG_LIMIT_COUNT:
		return parse_plain(text, value);
	case CG_LIMIT_CPUS:
		return unified ? parse_cpus(text, value) : parse_cpus_v1(text, second, value);
	case CG_LIMIT_SET:
		break;
	}
	return -EBADMSG;
}

static unsigned int digit_of(char letter)
{
	if (letter >= '0' && letter <= '9')
		return (unsigned int)(letter - '0');
	letter |= 'a' - 'A';
	return letter >= 'a' && letter <= 'f' ? (unsigned int)(letter - 'a') + 10 : 16;
}

/* As simple_strtoull() of the kernel with base 0: 0x of hexadecimal, 0 of octal numbers. */
static int take_any_base(const char **text, uint64_t *number)
{
	const char *at = *text;
	unsigned int base = *at == '0' ? 8 : 10;

	if (*at == '0' && (at[1] | 0x20) == 'x' && digit_of(at[2]) < 16) {
		base = 16;
		at += 2;
	}
	if (digit_of(*at) >= base)
		return -EBADMSG;
	for (*number = 0; digit_of(*at) < base; at++) {
		if (*number > (UINT64_MAX - digit_of(*at)) / base)
			return -ERANGE;
		*number = *number * base + digit_of(*at);
	}
	*text = at;
	return 0;
}

int cg_limit_parse_bytes(const char *text, uint64_t *bytes)
{
	static const char units[] = "KMGTPE";
	const char *unit;
	unsigned int shift;
	int rc = take_any_base(&text, bytes);

	if (rc < 0 || is_end(text))
		return rc;
	unit = strchr(units, *text >= 'a' ? *text - 'a' + 'A' : *text);
	if (!unit || !is_end(text + 1))
		return -EBADMSG;
	shift = 10 * (unsigned int)(unit - units + 1);
	if (*bytes > UINT64_MAX >> shift)
		return -ERANGE;
	*bytes <<= shift;
	return 0;
}

/* Takes a range of a set with the comma behind it. Returns 1, 0 at the end, or -EBADMSG. */
static int take_range(const char **text, uint64_t *first, uint64_t *last)
{
	if (is_end(*text))
		return 0;
	if (cg_number_take(text, UINT32_MAX, first) < 0)
		return -EBADMSG;
	*last = *first;
	if (**text == '-') {
		(*text)++;
		if (cg_number_take(text, UINT32_MAX, last) < 0 || *last < *first)
			return -EBADMSG;
	}
	if (**text == ',')
		return is_end(++*text) ? -EBADMSG : 1;
	return is_end(*text) ? 1 : -EBADMSG;
}

/* The first number from number on that is not in the set. */
static uint64_t first_without(const char *set, uint64_t number)
{
	const char *at = set;
	uint64_t first, last;

	while (take_range(&at, &first, &last) > 0)
		if (first <= number && number <= last) {
			number = last + 1;
			at = set;
		}
	return number;
}

bool cg_limit_is_set(const char *text)
{
	uint64_t first, last;
	int rc;

	while ((rc = take_range(&text, &first, &last)) > 0)
		;
	return rc == 0;
}

bool cg_limit_set_contains(const char *set, const char *other)
{
	uint64_t first, last;

	while (take_range(&other, &first, &last) > 0)
		if (first_without(set, first) <= last)
			return false;
	return true;
}

/* ---- values ---- */

static int compare(uint64_t a, uint64_t b)
{
	return (a > b) - (a < b);
}

/*
 * a/p against b/q without their products, which may be too large: where the
 * whole parts are the same, what remains of them decides, turned over.
 */
static int compare_ratios(uint64_t a, uint64_t p, uint64_t b, uint64_t q)
{
	int sign = 1;

	for (;;) {
		uint64_t rest_a, rest_b, old_p = p, old_q = q;

		if (a / p != b / q)
			return sign * compare(a / p, b / q);
		rest_a = a % p;
		rest_b = b % q;
		if (rest_a == 0 || rest_b == 0)
			return sign * compare(rest_a, rest_b);
		a = old_p;
		p = rest_a;
		b = old_q;
		q = rest_b;
		sign = -sign;
	}
}

int cg_limit_compare(const struct cg_limit_value *a, const struct cg_limit_value *b)
{
	if (a->unlimited || b->unlimited)
		return (int)a->unlimited - (int)b->unlimited;
	return compare_ratios(a->number, a->period, b->number, b->period);
}

uint64_t cg_limit_left(const struct cg_limit_value *value, uint64_t used)
{
	return value->number > used ? value->number - used : 0;
}

/* ---- for people ---- */

static const char *format_bytes(uint64_t bytes, char text[CG_LIMIT_TEXT_SIZE])
{
	static const char units[] = "BKMGTPE";
	uint64_t tenths, unit = 1;
	size_t power = 0;

	while (power + 2 < sizeof(units) && bytes / unit >= 1024) {
		unit *= 1024;
		power++;
	}
	/* rest / unit in tenths, rounded; rest * 10 is too large for the highest unit alone */
	tenths = bytes % unit;
	tenths = unit > UINT64_MAX / 20 ? (tenths / 1024 * 10 + unit / 2048) / (unit / 1024)
					: (tenths * 10 + unit / 2) / unit;
	bytes /= unit;
	if (tenths == 10) {
		tenths = 0;
		bytes++;
	}
	if (bytes == 1024 && power + 2 < sizeof(units)) {
		bytes = 1;
		power++;
	}
	if (tenths)
		snprintf(text, CG_LIMIT_TEXT_SIZE, "%" PRIu64 ".%c%c", bytes, (char)('0' + tenths),
			 units[power]);
	else
		snprintf(text, CG_LIMIT_TEXT_SIZE, "%" PRIu64 "%c", bytes, units[power]);
	return text;
}

static const char *format_cpus(const struct cg_limit_value *value, char text[CG_LIMIT_TEXT_SIZE])
{
	const uint64_t digits = 1000000;
	uint64_t whole = value->number / value->period, rest = value->number % value->period;
	uint64_t period = value->period, decimals;
	size_t len;

	while (rest > UINT64_MAX / digits / 2) { /* no kernel has such periods */
		rest /= 2;
		period = period / 2 + period % 2;
	}
	decimals = (rest * digits + period / 2) / period;
	if (decimals >= digits) {
		decimals -= digits;
		whole++;
	}
	snprintf(text, CG_LIMIT_TEXT_SIZE, "%" PRIu64 ".%06" PRIu64, whole, decimals);
	len = strlen(text);
	while (text[len - 1] == '0')
		text[--len] = '\0';
	if (text[len - 1] == '.')
		text[--len] = '\0';
	return text;
}

const char *cg_limit_format_number(enum cg_limit_kind kind, uint64_t number, bool units,
				   char text[CG_LIMIT_TEXT_SIZE])
{
	if (kind == CG_LIMIT_BYTES && units && number >= 1024)
		return format_bytes(number, text);
	snprintf(text, CG_LIMIT_TEXT_SIZE, "%" PRIu64, number);
	return text;
}

const char *cg_limit_format(enum cg_limit_kind kind, const struct cg_limit_value *value, bool units,
			    char text[CG_LIMIT_TEXT_SIZE])
{
	if (value->unlimited) {
		stpcpy(text, "max");
		return text;
	}
	if (kind == CG_LIMIT_CPUS)
		return format_cpus(value, text);
	return cg_limit_format_number(kind, value->number, units, text);
}
