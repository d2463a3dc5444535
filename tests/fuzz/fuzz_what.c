/* SPDX-License-Identifier: GPL-2.0-or-later */
/* cgns-path's WHAT against a second reading of its grammar. */
#include "fuzz.h"

#include <errno.h>

#include "cgns-path/what.h"
#include "target.h"

static bool begins(const char *text, const char *prefix)
{
	return strncmp(text, prefix, strlen(prefix)) == 0;
}

static void check(const char *text, const struct what *what)
{
	size_t digits = strspn(text, "0123456789");
	bool fits;

	switch (what->form) {
	case WHAT_PATH:
		fuzz_assert(*text == '/' && strcmp(what->name, text) == 0);
		break;
	case WHAT_ID:
		fuzz_assert(begins(text, "id:"));
		fuzz_assert(strspn(text + 3, "0123456789") == strlen(text + 3));
		fuzz_assert(what->id && what->id == fuzz_number(text + 3, strlen(text + 3), &fits));
		fuzz_assert(fits);
		break;
	case WHAT_DIRECTORY:
		fuzz_assert(*what->name);
		if (begins(text, "fs:"))
			fuzz_assert(strcmp(what->name, text + 3) == 0);
		else
			fuzz_assert(*text == '.' && strcmp(what->name, text) == 0);
		break;
	case WHAT_PROCESS:
		fuzz_assert(what->pid > 0);
		if (strcmp(text, "self") == 0)
			break;
		fuzz_assert(digits && (uint64_t)what->pid == fuzz_number(text, digits, &fits));
		fuzz_assert(what->pid <= CG_PID_MAX);
		fuzz_assert(!!what->name == (text[digits] == ':'));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size);
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	struct what what;
	int rc = what_parse(text, &what, &err);

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
