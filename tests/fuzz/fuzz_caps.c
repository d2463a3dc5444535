/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The argument of --caps: what was understood, written out, means the same. */
#include "fuzz.h"

#include <errno.h>

#include "privs.h"

static char *write_again(const struct cg_caps *caps)
{
	size_t size = 0;
	char *text = NULL;
	FILE *out = open_memstream(&text, &size);

	fuzz_assert(out);
	for (unsigned int i = 0; i < 64; i++)
		if (caps->list & (UINT64_C(1) << i))
			fprintf(out, "%s%s", ftell(out) ? "," : "", cg_cap_name(i).text);
	fclose(out);
	return text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *back = NULL;
	cleanup_error struct cg_error err = { 0 };
	struct cg_caps caps = { 0 }, again = { 0 };
	bool with_target = size % 2;
	int rc = cg_caps_parse(text, with_target, &caps, &err);

	if (rc) {
		fuzz_assert(rc == -EINVAL);
		fuzz_check_error(&err);
		fuzz_assert(strcmp(text, "keep") != 0 && strcmp(text, "none") != 0);
		return 0;
	}
	fuzz_assert(!err.message);
	fuzz_assert(caps.mode != CG_CAPS_TARGET || with_target);
	if (caps.mode != CG_CAPS_LIST)
		return 0;
	fuzz_assert(caps.list);
	back = write_again(&caps);
	fuzz_assert(cg_caps_parse(back, false, &again, NULL) == 0);
	fuzz_assert(again.mode == CG_CAPS_LIST && again.list == caps.list);
	return 0;
}
