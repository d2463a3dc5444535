/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsscan/nsscan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

#include "index.h"
#include "path.h"

/* Reads the cgroups of a process; name is that of the file. */
static int read_placement(struct cg_nsscan *scan, const char *name, uint32_t *placement)
{
	int rc = cg_procfs_read_record(scan->procfd, name, &scan->text);

	return rc ? rc : cg_nsscan_placement(scan, &scan->text, placement);
}

/*
 * Looks at one process. Returns 0, also for one that has ended, or a negative
 * errno value for what no single process is the reason of.
 */
static int look_at_process(struct cg_nsscan *scan, const char *entry, pid_t pid, bool every_cgroup)
{
	struct cg_member member = { .pid = pid, .tid = pid, .placement = CG_NO_PLACEMENT };
	size_t len = strlen(entry);
	struct cg_namespace *ns;
	struct cg_member *members;
	char name[NAME_MAX + sizeof("/ns/cgroup")];
	uint64_t inode = 0;
	int rc;

	memcpy(name, entry, len);
	memcpy(name + len, "/ns/cgroup", sizeof("/ns/cgroup"));
	rc = cg_procfs_ns_inode(scan->procfd, name, &inode);
	if (cg_procfs_has_ended(rc)) {
		member.tid = cg_procfs_living_thread(scan->procfd, entry, &inode);
		if (member.tid <= 0)
			return member.tid;
		len = (size_t)snprintf(name, sizeof(name), "%d", member.tid);
		rc = 0;
	}
	if (rc && !cg_procfs_refused(rc))
		return rc;

	if (every_cgroup || inode != CG_INITIAL_NS_INODE) {
		memcpy(name + len, "/cgroup", sizeof("/cgroup"));
		rc = read_placement(scan, name, &member.placement);
		if (cg_procfs_has_ended(rc))
			return 0;
		if (cg_only_shortage(rc)) /* what cannot be read costs this member's cells alone */
			return rc;
	}

	ns = cg_nsscan_namespace(scan, inode);
	members = ns ? cg_nsscan_room(ns->members, ns->member_count, sizeof(member)) : NULL;
	if (!members)
		return -ENOMEM;
	ns->members = members;
	ns->members[ns->member_count++] = member;
	if (!inode) {
		scan->hidden++;
		scan->hidden_pid = pid;
	}
	return 0;
}

int cg_nsscan_read(struct cg_nsscan *scan, const struct cg_hierarchies *hierarchies,
		   bool every_cgroup, struct cg_error *err)
{
	struct dirent *entry;
	size_t processes = 0;
	int rc;

	scan->hierarchies = hierarchies;
	scan->index = cg_nsscan_index_new();
	if (!scan->index)
		return cg_error_set(err, ENOMEM, "cannot list the processes");
	scan->dir = opendir("/proc");
	if (!scan->dir)
		return cg_error_set(err, errno, "cannot list the processes in /proc");
	scan->procfd = dirfd(scan->dir);

	scan->incomplete = true;
	while ((rc = cg_readdir(scan->dir, &entry)) == 0 && entry) {
		pid_t pid = cg_procfs_entry_pid(entry->d_name);

		if (pid <= 0)
			continue;
		processes++;
		if (pid == 1) /* there is one as long as there are others */
			scan->incomplete = false;
		rc = look_at_process(scan, entry->d_name, pid, every_cgroup);
		if (rc)
			return cg_error_set(err, -rc, "cannot look at process %d", pid);
	}
	if (rc)
		return cg_error_set(err, -rc, "cannot list the processes in /proc");
	if (!processes) {
		cg_error_set(err, 0, "cannot list the processes in /proc");
		return cg_error_hint(err, "no procfs is mounted there");
	}
	return 0;
}

static bool is_known(const struct cg_namespace *ns)
{
	return ns->member_count || ns->holder_count;
}

static int add_holder(struct cg_nsscan *scan, const struct cg_holder *holder)
{
	struct cg_namespace *ns = cg_nsscan_namespace(scan, holder->inode);
	struct cg_holder copy = *holder;
	struct cg_holder *holders;

	if (!ns)
		return -ENOMEM;
	if (holder->kind == CG_HOLDER_KERNEL && is_known(ns))
		return 0;
	holders = cg_nsscan_room(ns->holders, ns->holder_count, sizeof(copy));
	if (!holders)
		return -ENOMEM;
	ns->holders = holders;
	if (holder->file) {
		copy.file = strdup(holder->file);
		if (!copy.file)
			return -ENOMEM;
	}
	ns->holders[ns->holder_count++] = copy;
	return 0;
}

static int visit_holder(const struct cg_holder *holder, void *data)
{
	struct cg_nsscan *scan = data;

	/* what is open here is so for the scan alone */
	if (holder->kind == CG_HOLDER_FD && holder->pid == scan->self)
		return 0;
	return add_holder(scan, holder);
}

int cg_nsscan_holders(struct cg_nsscan *scan, unsigned int kinds, struct cg_error *err)
{
	int rc;

	scan->self = cg_procfs_self(scan->procfd);
	rc = scan->self < 0 ? scan->self
			    : cg_holders_walk(kinds & ~CG_HOLDER_PROCESS, visit_holder, scan,
					      &scan->unseen);
	return rc ? cg_error_set(err, -rc, "cannot search for what holds namespaces") : 0;
}

int cg_nsscan_add_holder(struct cg_nsscan *scan, const struct cg_holder *holder,
			 struct cg_error *err)
{
	int rc = add_holder(scan, holder);

	return rc ? cg_error_set(err, -rc, "cannot add a namespace") : 0;
}

struct inodes {
	const uint64_t *items;
	size_t count;
};

static bool is_listed(const struct cg_namespace *ns, const void *data)
{
	const struct inodes *inodes = data;

	for (size_t i = 0; i < inodes->count; i++)
		if (inodes->items[i] == ns->inode)
			return true;
	return false;
}

void cg_nsscan_keep(struct cg_nsscan *scan, const uint64_t *inodes, size_t count)
{
	cg_nsscan_filter(scan, is_listed, &(struct inodes){ inodes, count });
}

const char *cg_nsscan_path(const struct cg_nsscan *scan, const struct cg_member *member, size_t h)
{
	if (member->placement == CG_NO_PLACEMENT)
		return NULL;
	return scan->placements[member->placement].paths[h];
}

bool cg_nsscan_contains(const char *a, const char *b)
{
	size_t above_a = cg_path_climb(a), above_b = cg_path_climb(b);

	/*
	 * The kernel climbs no higher than to the common ancestor, so a name
	 * after leading ".." is never the one that leads back to the reader.
	 */
	if (above_a > above_b)
		return !a[above_a * strlen("/..")];
	return above_a == above_b && cg_path_contains(a, b);
}

bool cg_nsscan_outside(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		       const struct cg_member *member, size_t h)
{
	const char *path = cg_nsscan_path(scan, member, h);

	return path && ns->roots && ns->roots[h].state == CG_ROOT_KNOWN &&
	       !cg_nsscan_contains(ns->roots[h].path, path);
}

void cg_nsscan_free(struct cg_nsscan *scan)
{
	cg_nsscan_index_free(scan);
	cg_text_free(&scan->text);
	if (scan->dir)
		closedir(scan->dir);
	*scan = (struct cg_nsscan)CG_NSSCAN_INIT;
}
