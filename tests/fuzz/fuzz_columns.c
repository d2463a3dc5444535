/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Column lists against a second reading. */
#include "fuzz.h"

#include <errno.h>
#include <strings.h>

#include "table.h"

static const struct cg_column columns[] = {
	{ .name = "WHAT", .by_default = true },
	{ .name = "HIERARCHY", .by_default = true },
	{ .name = "PATH", .by_default = true },
	{ .name = "ROOT" },
	{ .name = "NS", .by_default = true },
	{ .name = "NSID" },
	{ .name = "HID" },
	{ .name = "PID" },
};
#define COUNT CG_ARRAY_SIZE(columns)

struct expected {
	unsigned int items[COUNT];
	size_t count;
};

static void add(struct expected *expected, unsigned int column)
{
	for (size_t i = 0; i < expected->count; i++) {
		if (expected->items[i] == column)
			return;
	}
	expected->items[expected->count++] = column;
}

/* Whether all names of the list are columns; then which. */
static bool read_list(char *list, struct expected *expected)
{
	char *name;

	expected->count = 0;
	if (*list == '+') {
		for (unsigned int i = 0; i < COUNT; i++) {
			if (columns[i].by_default)
				add(expected, i);
		}
		list++;
	}
	while ((name = strsep(&list, ","))) {
		unsigned int i = 0;

		while (i < COUNT && strcasecmp(columns[i].name, name) != 0)
			i++;
		if (i == COUNT)
			return false;
		add(expected, i);
	}
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *copy = strdup(text);
	cleanup_selection struct cg_selection selection = { 0 };
	cleanup_error struct cg_error err = { 0 };
	struct expected expected;
	int rc = cg_selection_parse(columns, COUNT, text, &selection, &err);

	fuzz_assert(copy);
	if (!read_list(copy, &expected)) {
		fuzz_assert(rc == -EINVAL && !selection.items && !selection.count);
		fuzz_check_error(&err);
		return 0;
	}
	fuzz_assert(rc == 0 && selection.count == expected.count);
	for (size_t i = 0; i < expected.count; i++)
		fuzz_assert(selection.items[i] == expected.items[i]);
	return 0;
}
