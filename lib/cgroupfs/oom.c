/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Whether processes were killed in a cgroup because memory was short. */
#include <string.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"

/* The count of the kernel, 0 also where it has none; -1: it cannot be read. */
static long read_kills(const struct cg_cgroup *cgroup, const char **file)
{
	const char *controllers = cgroup->hierarchy->controllers;
	cleanup_free char *text = NULL;
	const char *line;

	if (*controllers && !cg_has_word(controllers, ",", "memory"))
		return 0;
	*file = *controllers ? "memory.oom_control" : "memory.events";
	text = cg_cgroup_read(cgroup->dirfd, *file);
	if (!text)
		return -1;
	line = strstr(text, "oom_kill ");
	return line ? strtol(line + strlen("oom_kill "), NULL, 10) : 0;
}

void cg_cgroups_count_kills(struct cg_cgroups *cgroups)
{
	const char *file;

	for (size_t i = 0; i < cgroups->count; i++)
		cgroups->items[i].kills = read_kills(&cgroups->items[i], &file);
}

void cg_cgroups_explain_kill(const struct cg_cgroups *cgroups, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		const struct cg_cgroup *cgroup = &cgroups->items[i];
		const char *file;

		if (cgroup->kills >= 0 && read_kills(cgroup, &file) > cgroup->kills)
			cg_error_hint(err, "there was no memory left for it in %s in %s (%s)",
				      cgroup->path, cgroup->hierarchy->name, file);
	}
}
