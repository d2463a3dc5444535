/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-path's WHAT against a second reading of its grammar. */
#include "fuzz.h"

#include <errno.h>

#include "target.h"
#include "what/what.h"

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void check(const char *text, const struct cg_what *what)
{
	size_t digits = strspn(text, "0123456789");
	bool fits;

	switch (what->form) {
	case CG_WHAT_PATH:
		fuzz_assert(*what->name == '/');
		if (!what->hierarchy) {
			fuzz_assert(strcmp(what->name, text) == 0);
			break;
		}
		fuzz_assert(digits && what->hierarchy == text + digits + 1);
		fuzz_assert(!memchr(what->hierarchy, ':', what->hierarchy_len));
		fuzz_assert(what->name == what->hierarchy + what->hierarchy_len + 1);
		break;
	case CG_WHAT_CGROUP:
		fuzz_assert(*what->spec.name && cg_target_is_cgroup(&what->spec));
		break;
	case CG_WHAT_ID:
		fuzz_assert(begins(text, "id:"));
		fuzz_assert(strspn(text + 3, "0123456789") == strlen(text + 3));
		fuzz_assert(what->id && what->id == fuzz_number(text + 3, strlen(text + 3), &fits));
		fuzz_assert(fits);
		break;
	case CG_WHAT_DIRECTORY:
		fuzz_assert(*what->name);
		if (begins(text, "fs:"))
			fuzz_assert(strcmp(what->name, text + 3) == 0);
		else
			fuzz_assert(*text == '.' && strcmp(what->name, text) == 0);
		break;
	case CG_WHAT_PROCESS:
		if (strcmp(text, "self") == 0) {
			fuzz_assert(what->pid == 0);
			break;
		}
		fuzz_assert(what->pid > 0);
		fuzz_assert(digits && (uint64_t)what->pid == fuzz_number(text, digits, &fits));
		fuzz_assert(what->pid <= CG_PID_MAX);
		fuzz_assert(!!what->name == (text[digits] == ':'));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_error struct cg_error err = { 0 };
	struct cg_what what;
	int rc = cg_what_parse(text, &what, &err);

	if (rc) {
		fuzz_assert(rc == -EINVAL);
		fuzz_check_error(&err);
		fuzz_assert(*text != '/' && strcmp(text, "self") != 0 && strcmp(text, ".") != 0);
		fuzz_assert(!begins(text, "./") && !begins(text, "../"));
	} else {
		fuzz_assert(!err.message);
		check(text, &what);
	}
	return 0;
}
