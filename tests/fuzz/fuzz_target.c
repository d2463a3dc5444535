/* SPDX-License-Identifier: GPL-2.0-or-later */
/* TARGET against a second reading of its grammar, and back. */
#include "fuzz.h"

#include <errno.h>

#include "target.h"

static bool is_number(const char *text, size_t len, uint64_t least, uint64_t most)
{
	uint64_t number;
	bool fits;

	if (!len || strspn(text, "0123456789") < len)
		return false;
	number = fuzz_number(text, len, &fits);
	return fits && number >= least && number <= most;
}

static const struct {
	const char *prefix;
	enum cg_target_form form;
} names[] = {
	{ "unit:", CG_TARGET_UNIT },	       { "pod:", CG_TARGET_POD },
	{ "container:", CG_TARGET_CONTAINER }, { "cri-o://", CG_TARGET_CONTAINER },
	{ "docker://", CG_TARGET_CONTAINER },  { "containerd://", CG_TARGET_CONTAINER },
};

/* Whether the text is of the grammar, and of which form. */
static bool read_form(const char *text, enum cg_target_form *form)
{
	size_t len = strlen(text), head = strcspn(text, ":");

	*form = CG_TARGET_SELF;
	if (strcmp(text, "self") == 0)
		return true;
	if (*text >= '0' && *text <= '9') {
		*form = CG_TARGET_INODE;
		if (is_number(text, len, CG_PID_MAX + 1ULL, UINT64_MAX))
			return true;
		*form = CG_TARGET_PID;
		if (!is_number(text, head, 1, CG_PID_MAX))
			return false;
		return !text[head] || is_number(text + head + 1, len - head - 1, 1, UINT64_MAX);
	}
	*form = CG_TARGET_INODE;
	if (strncmp(text, "cgroup:[", 8) == 0)
		return text[len - 1] == ']' && is_number(text + 8, len - 9, 1, UINT64_MAX);
	*form = CG_TARGET_CGROUP;
	if (strncmp(text, "cgroup:", 7) == 0)
		return text[7] == '/' || (text[7] != ':' && strstr(text + 7, ":/"));
	for (size_t i = 0; i < CG_ARRAY_SIZE(names); i++) {
		*form = names[i].form;
		if (strncmp(text, names[i].prefix, strlen(names[i].prefix)) == 0)
			return len > strlen(names[i].prefix);
	}
	*form = CG_TARGET_FILE;
	return strchr(text, '/');
}

static char *write_again(const struct cg_target_spec *spec)
{
	char *text = NULL;
	int len = -1;

	switch (spec->form) {
	case CG_TARGET_SELF:
		return strdup("self");
	case CG_TARGET_FILE:
		return strdup(spec->name);
	case CG_TARGET_CGROUP:
		len = asprintf(&text, "cgroup:%.*s%s%s", (int)spec->hierarchy_len,
			       spec->hierarchy ?: "", spec->hierarchy ? ":" : "", spec->name);
		break;
	case CG_TARGET_CONTAINER:
		len = asprintf(&text, "container:%s", spec->name);
		break;
	case CG_TARGET_POD:
		len = asprintf(&text, "pod:%s", spec->name);
		break;
	case CG_TARGET_UNIT:
		len = asprintf(&text, "unit:%s", spec->name);
		break;
	case CG_TARGET_INODE:
		len = asprintf(&text, "cgroup:[%llu]", (unsigned long long)spec->ns_inode);
		break;
	case CG_TARGET_PID:
		len = asprintf(&text, spec->pidfd_inode ? "%d:%llu" : "%d", spec->pid,
			       (unsigned long long)spec->pidfd_inode);
		break;
	}
	return len < 0 ? NULL : text;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	cleanup_free char *text = fuzz_text(data, size), *back = NULL;
	cleanup_error struct cg_error err = { 0 };
	struct cg_target_spec spec, again;
	enum cg_target_form form;
	int rc = cg_target_parse(text, &spec, &err);

	if (!read_form(text, &form)) {
		fuzz_assert(rc == -EINVAL);
		fuzz_check_error(&err);
		return 0;
	}
	fuzz_assert(rc == 0 && !err.message && spec.form == form);
	back = write_again(&spec);
	fuzz_assert(back);
	fuzz_assert(cg_target_parse(back, &again, NULL) == 0);
	fuzz_assert(again.form == spec.form && again.pid == spec.pid);
	fuzz_assert(again.pidfd_inode == spec.pidfd_inode && again.ns_inode == spec.ns_inode);
	fuzz_assert(!spec.name || strcmp(spec.name, again.name) == 0);
	fuzz_assert(spec.hierarchy_len == again.hierarchy_len);
	return 0;
}
