/* SPDX-License-Identifier: GPL-2.0-or-later */
/* mountinfo: the cgroup lines, their fields and their octal escapes, read a second time. */
#include "fuzz.h"

#include <errno.h>

#include "mountinfo/mountinfo.h"

static void decode(const char *field, size_t len, char *out)
{
	for (size_t i = 0; i < len; i++) {
		unsigned int byte;
		char digits[4] = { 0 };

		if (field[i] == '\\' && i + 3 < len) {
			memcpy(digits, field + i + 1, 3);
			if (strspn(digits, "01234567") == 3 && sscanf(digits, "%o", &byte) == 1 &&
			    byte < 256) {
				*out++ = (char)byte;
				i += 3;
				continue;
			}
		}
		*out++ = field[i];
	}
	*out = '\0';
}

/* The n-th field of a line; NULL if there is none. */
static const char *field_of(const char *line, unsigned int n, size_t *len)
{
	while (n--) {
		line = strchr(line, ' ');
		if (!line)
			return NULL;
		line++;
	}
	*len = strcspn(line, " ");
	return line;
}

static void check_field(const char *line, unsigned int n, const char *got)
{
	size_t len = 0;
	const char *field = field_of(line, n, &len);
	cleanup_free char *want = malloc(len + 1);

	fuzz_assert(field && want);
	decode(field, len, want);
	fuzz_assert(strcmp(got, want) == 0);
}

static bool is_cgroup(const char *line, bool *unified)
{
	const char *dash = strstr(line, " - ");

	*unified = dash && strncmp(dash, " - cgroup2 ", 11) == 0;
	return *unified || (dash && strncmp(dash, " - cgroup ", 10) == 0);
}

static void check_mount(const struct cg_mount *mount, const char *line, bool unified)
{
	fuzz_assert(mount->unified == unified);
	check_field(line, 3, mount->root);
	check_field(line, 4, mount->point);
	check_field(line, 5, mount->options);
	fuzz_assert(*mount->root == '/');
	fuzz_assert(cg_mount_shows(mount, "") == unified);
	(void)cg_mount_shows(mount, "cpu,cpuacct");
	(void)cg_mount_shows(mount, mount->super_options);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_mounts struct cg_mounts mounts = { 0 };
	int rc = cg_mounts_parse(text, &mounts);
	char *rest = text, *line;
	size_t count = 0;
	bool unified;

	if (rc) {
		fuzz_assert(rc == -EBADMSG && !mounts.items && !mounts.count);
		return 0;
	}
	while ((line = strsep(&rest, "\n"))) {
		if (!is_cgroup(line, &unified))
			continue;
		fuzz_assert(count < mounts.count);
		check_mount(&mounts.items[count++], line, unified);
	}
	fuzz_assert(count == mounts.count);
	fuzz_assert(cg_mounts_find(&mounts, "") || !count || !mounts.items[0].unified);
	return 0;
}
