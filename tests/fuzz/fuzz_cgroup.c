/* SPDX-License-Identifier: GPL-2.0-or-later */
/* /proc/PID/cgroup against a second reading of every line. */
#include "fuzz.h"

#include <errno.h>

#include "procfs.h"

/* Whether a line is "NUMBER:CONTROLLERS:/PATH"; where the last two begin and end. */
static bool read_line(const char *line, size_t len, size_t *controllers, size_t *path)
{
	size_t digits = 0;
	const char *colon;
	bool fits;

	while (digits < len && line[digits] >= '0' && line[digits] <= '9')
		digits++;
	if (!digits || digits == len || line[digits] != ':')
		return false;
	if (fuzz_number(line, digits, &fits) > UINT32_MAX || !fits)
		return false;
	*controllers = digits + 1;
	colon = memchr(line + *controllers, ':', len - *controllers);
	if (!colon)
		return false;
	*path = (size_t)(colon + 1 - line);
	return *path < len && line[*path] == '/';
}

static void check_item(const struct cg_membership *item, const char *line, size_t len,
		       size_t controllers, size_t path)
{
	size_t path_len = len - path;
	bool fits;

	fuzz_assert(item->hierarchy_id == fuzz_number(line, controllers - 1, &fits));
	fuzz_assert(memcmp(item->controllers, line + controllers, path - controllers - 1) == 0);
	fuzz_assert(item->controllers[path - controllers - 1] == '\0');
	if (path_len >= 4095) {
		fuzz_assert(!item->path);
		return;
	}
	fuzz_assert(memcmp(item->path, line + path, path_len) == 0);
	fuzz_assert(item->path[path_len] == '\0');
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_memberships struct cg_memberships memberships = { 0 };
	const char *line = (const char *)data, *limit = line + size;
	size_t count = 0;
	int rc;

	memberships.text = (struct cg_text){ fuzz_text(data, size), size, size + 1 };
	rc = cg_memberships_parse(&memberships);
	while (line < limit) {
		const char *newline = memchr(line, '\n', (size_t)(limit - line));
		size_t len = (size_t)((newline ? newline : limit) - line), controllers, path;

		if (!read_line(line, len, &controllers, &path)) {
			fuzz_assert(rc == -EBADMSG);
			return 0;
		}
		fuzz_assert(count < memberships.count);
		check_item(&memberships.items[count++], line, len, controllers, path);
		line += len + 1;
	}
	fuzz_assert(rc == 0 && count == memberships.count);
	(void)cg_memberships_path(&memberships, "memory");
	return 0;
}
