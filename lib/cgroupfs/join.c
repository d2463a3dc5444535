/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Moves processes into cgroups, and back. */
#include <errno.h>
#include <fcntl.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"

/*
 * What the kernel would refuse at the write because of the common ancestor is refused
 * here: at the write the caller may be in a user namespace in which it is somebody else's.
 */
int cg_cgroup_open_procs(struct cg_cgroup *cgroup, struct cg_error *err)
{
	cleanup_fd int procs = -1;
	int reason;

	if (cgroup->procs >= 0)
		return 0;
	procs = cg_cgroup_openat(cgroup->dirfd, "cgroup.procs", O_WRONLY);
	reason = procs < 0 ? errno : -cg_cgroup_check_ancestor(cgroup);
	if (reason) {
		cg_error_set(err, reason, "cannot join %s in %s", cgroup->path,
			     cgroup->hierarchy->name);
		return cg_cgroup_explain(cgroup, CG_ATTEMPT_JOIN, reason, err);
	}
	cgroup->procs = cg_steal_fd(&procs);
	return 0;
}

int cg_cgroups_open_own(const struct cg_mounts *mounts, const struct cg_cgroups *cgroups,
			struct cg_cgroups *own, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		const struct cg_hierarchy *hierarchy = cgroups->items[i].hierarchy;
		cleanup_cgroup struct cg_cgroup cgroup = CG_CGROUP_INIT;
		cleanup_error struct cg_error ignored = { 0 };
		int rc;

		if (!hierarchy->path)
			continue;
		rc = cg_cgroup_open(mounts, hierarchy, hierarchy->path, false, &cgroup, &ignored);
		if (rc == 0)
			rc = cg_cgroup_open_procs(&cgroup, &ignored);
		if (rc == 0)
			rc = cg_cgroups_put(own, &cgroup, &ignored);
		if (rc == -ENOMEM)
			return cg_error_set(err, ENOMEM, "cannot open a cgroup");
	}
	return 0;
}

static int write_pid(const struct cg_cgroup *cgroup, pid_t pid)
{
	char text[16];
	int length = snprintf(text, sizeof(text), "%d", (int)pid);

	return write(cgroup->procs, text, (size_t)length) < 0 ? -errno : 0;
}

/* Takes the process back where it was, in the first count of the cgroups. */
static void go_back(const struct cg_cgroups *cgroups, size_t count, const struct cg_cgroups *own,
		    pid_t pid)
{
	while (count-- > 0) {
		const struct cg_cgroup *home =
			cg_cgroups_find(own, cgroups->items[count].hierarchy);

		if (home && home->procs >= 0)
			write_pid(home, pid);
	}
}

int cg_cgroups_join(const struct cg_cgroups *cgroups, const struct cg_cgroups *own, pid_t pid,
		    enum cg_attempt attempt, struct cg_error *err)
{
	for (size_t i = 0; i < cgroups->count; i++) {
		const struct cg_cgroup *cgroup = &cgroups->items[i];
		int rc = write_pid(cgroup, pid);

		if (rc < 0) {
			go_back(cgroups, i, own, pid);
			cg_error_set(err, -rc, "cannot join %s in %s", cgroup->path,
				     cgroup->hierarchy->name);
			return cg_cgroup_explain(cgroup, attempt, -rc, err);
		}
	}
	return 0;
}

bool cg_cgroups_leave(const struct cg_cgroups *joined, const struct cg_cgroups *own, pid_t pid)
{
	int rc = cg_cgroups_join(own, own, pid, CG_ATTEMPT_JOIN, NULL);

	return rc == -ESRCH || (rc == 0 && own->count >= joined->count);
}
