/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Removing what was made. The processes in it may be hostile: they make
 * cgroups and processes while we look, to any depth. So no path is followed,
 * few descriptors are open at a time (the way up is ".."), no process is
 * killed by its number alone, and the patience has an end.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "cgroupfs/cgroupfs.h"
#include "file.h"
#include "procfs.h"
#include "syscalls.h"

#define KILL_PATIENCE_MS   10000 /* who does not die of SIGKILL by then is stuck in the kernel */
#define REMOVE_PATIENCE_MS 1000	 /* a process that has ended leaves its cgroup a moment later */
#define LONGEST_PAUSE_MS   50
#define MOST_REFUSALS	   3
#define SIGNALS_AT_ONCE	   64

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void pause_ms(long ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	nanosleep(&pause, NULL);
}

/*
 * The processes of a cgroup, one a line, or NULL. In a threaded cgroup threads
 * are listed, those that lead a process among them.
 */
static char *read_members(int dirfd)
{
	char *members = cg_cgroup_read(dirfd, "cgroup.procs");

	if (!members && errno == EOPNOTSUPP)
		members = cg_cgroup_read(dirfd, "cgroup.threads");
	return members;
}

/*
 * Kills the count processes with these numbers that are in the cgroup: held by
 * pidfds first, then looked up again, so that one that got the number of a
 * member in between is not hit.
 */
static void kill_held(int dirfd, const pid_t *pids, size_t count)
{
	int pidfds[SIGNALS_AT_ONCE];
	cleanup_free char *members = NULL;

	for (size_t i = 0; i < count; i++)
		pidfds[i] = cg_pidfd_open(pids[i], 0);
	members = read_members(dirfd);
	for (size_t i = 0; i < count; i++) {
		char number[16];

		snprintf(number, sizeof(number), "%d", (int)pids[i]);
		if (pidfds[i] >= 0 && pids[i] != getpid() && members &&
		    cg_has_word(members, "\n", number))
			cg_pidfd_send_signal(pidfds[i], SIGKILL);
		cg_cleanup_fd(&pidfds[i]);
	}
}

static void kill_members(int dirfd)
{
	cleanup_free char *members = read_members(dirfd);
	pid_t pids[SIGNALS_AT_ONCE];
	size_t count = 0;

	for (char *at = members; at && *at; at += strspn(at, "\n")) {
		pids[count++] = (pid_t)strtol(at, &at, 10);
		if (count == SIGNALS_AT_ONCE) {
			kill_held(dirfd, pids, count);
			count = 0;
		}
	}
	if (count > 0)
		kill_held(dirfd, pids, count);
	/* A process that is frozen the v1 way dies when it is thawed. */
	cg_cgroup_write(dirfd, "freezer.state", "THAWED");
}

/* The names of the cgroups in a cgroup, a slash behind each. Freed by the caller; NULL: errno. */
static char *list_children(int dirfd)
{
	cleanup_fd int fd = cg_cgroup_openat(dirfd, ".", O_RDONLY | O_DIRECTORY);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;
	char *names = NULL;
	FILE *out;
	size_t size;

	if (!dir)
		return NULL;
	cg_steal_fd(&fd);
	out = open_memstream(&names, &size);
	while (out && (entry = readdir(dir)))
		if (entry->d_type == DT_DIR && cg_cgroup_check_name(entry->d_name, NULL) == 0)
			fprintf(out, "%s/", entry->d_name);
	if (out && fclose(out) == 0)
		return names;
	free(names);
	errno = ENOMEM;
	return NULL;
}

static ino_t inode_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) < 0 ? 0 : st.st_ino;
}

/*
 * Removes every cgroup below *dirfd that can be removed now; with by_signal, after
 * killing. *dirfd is the only descriptor that stays open on the way. Returns whether it
 * is the same cgroup's again: it is not where one on the way up cannot be opened.
 */
static bool clear_below(int *dirfd, bool by_signal)
{
	cleanup_free char *names = NULL;
	ino_t inode = inode_of(*dirfd);
	char *rest, *name;

	if (by_signal)
		kill_members(*dirfd);
	names = rest = list_children(*dirfd);
	while (rest && *(name = strsep(&rest, "/"))) {
		int child = cg_cgroup_openat(*dirfd, name, O_PATH | O_DIRECTORY), up;

		if (child < 0)
			continue;
		cg_cleanup_fd(dirfd);
		*dirfd = child;
		if (!clear_below(dirfd, by_signal))
			return false;
		up = cg_cgroup_open_ancestor(*dirfd, 1);
		cg_cleanup_fd(dirfd);
		*dirfd = up;
		if (up < 0 || inode_of(up) != inode)
			return false;
		/* One that is still busy is met again on the next round. */
		unlinkat(up, name, AT_REMOVEDIR);
	}
	return names;
}

/* Whether the name still means the cgroup that was made, and not a later one. */
static bool still_there(const struct cg_creation *creation)
{
	struct stat st;

	if (fstatat(creation->parent_dirfd, creation->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT;
	return st.st_ino == creation->id;
}

/*
 * Kills, thaws and removes what is in the cgroups and below them: in all
 * hierarchies, for who is frozen in one of them does not leave the others.
 */
static void clear(const struct cg_creation *creations, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		bool by_signal;
		cleanup_fd int dirfd = -1;

		if (creations[i].parent)
			continue;
		by_signal = cg_cgroup_write(creations[i].dirfd, "cgroup.kill", "1") < 0;
		dirfd = fcntl(creations[i].dirfd, F_DUPFD_CLOEXEC, 3);
		if (dirfd >= 0)
			clear_below(&dirfd, by_signal);
	}
}

/* What all removals of one go share. */
struct patience {
	int64_t deadline;
	bool kill;
	bool (*urged)(void *data);
	void *data;
};

/*
 * Removes the last of the creations. Parents on the way to what was asked for
 * may be others' by now: they are not waited for, but for a moment. Returns 0
 * or why it stays.
 */
static int remove_last(const struct cg_creation *creations, size_t count,
		       const struct patience *patience)
{
	const struct cg_creation *creation = &creations[count - 1];
	int refusals = 0;
	long pause = 0;

	for (;;) {
		int reason;

		if (!still_there(creation) ||
		    !unlinkat(creation->parent_dirfd, creation->name, AT_REMOVEDIR))
			return 0;
		reason = errno;
		if (reason == ENOENT)
			return 0;
		/* What is not removed now stays for good: one refusal is not taken for the last
		 * word. */
		if ((reason != EBUSY || creation->parent) && ++refusals == MOST_REFUSALS)
			return reason;
		if (pause > 0 && (now_ms() > patience->deadline || patience->urged(patience->data)))
			return reason;
		pause_ms(pause);
		pause = pause * 2 + 1 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause * 2 + 1;
		if (patience->kill)
			clear(creations, count);
	}
}

void cg_created_remove(struct cg_created *created, bool kill, bool (*urged)(void *data), void *data)
{
	const struct patience patience = {
		now_ms() + (kill ? KILL_PATIENCE_MS : REMOVE_PATIENCE_MS), kill, urged, data
	};
	size_t left = created->count;

	for (size_t i = created->count; i-- > 0;) {
		struct cg_creation *creation = &created->items[i];

		creation->reason = remove_last(created->items, i + 1, &patience);
		if (creation->reason)
			created->items[--left] = *creation;
		else
			cg_creation_close(creation);
	}
	created->count -= left;
	if (created->count > 0)
		memmove(created->items, created->items + left,
			created->count * sizeof(*created->items));
}

/*
 * Why it stays
 */

/* The cgroup in which a process is frozen the v1 way, "/x in freezer", or NULL. */
static char *find_freezer(pid_t pid, const struct cg_mounts *mounts,
			  const struct cg_hierarchies *hierarchies)
{
	cleanup_memberships struct cg_memberships memberships = { 0 };
	cleanup_cgroup struct cg_cgroup cgroup = CG_CGROUP_INIT;
	cleanup_fd int folder = cg_procfs_open(pid);
	cleanup_free char *by = NULL;

	if (folder < 0 || cg_memberships_read(folder, "cgroup", &memberships) < 0)
		return NULL;
	for (size_t i = 0; i < hierarchies->count; i++) {
		const struct cg_hierarchy *hierarchy = &hierarchies->items[i];
		const char *path = cg_memberships_path(&memberships, hierarchy->controllers);

		if (!path || !cg_has_word(hierarchy->controllers, ",", "freezer") ||
		    cg_cgroup_open(mounts, hierarchy, path, false, &cgroup, NULL) < 0)
			continue;
		by = cg_cgroup_frozen_by(&cgroup);
		return by ? cg_format("frozen by %s in %s", by, hierarchy->name) : NULL;
	}
	return NULL;
}

static void describe(struct cg_list *list, pid_t pid, const struct cg_mounts *mounts,
		     const struct cg_hierarchies *hierarchies)
{
	cleanup_free char *frozen = pid > 0 ? find_freezer(pid, mounts, hierarchies) : NULL;

	/* Those that have no number here are listed as 0. */
	if (pid <= 0)
		cg_list_add(list, "; ", "a process of another PID namespace");
	else
		cg_list_add(list, "; ", "PID %d%s%s", (int)pid, frozen ? ", " : "", frozen ?: "");
}

bool cg_creation_explain(const struct cg_creation *creation, const struct cg_mounts *mounts,
			 const struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	cleanup_free char *members = NULL, *children = NULL;
	cleanup_list struct cg_list list = { 0 };

	if (creation->parent && creation->reason == EBUSY)
		return false;
	cg_error_set(err, creation->reason, "cannot remove %s", creation->dir);
	if (creation->reason != EBUSY)
		return true;
	members = read_members(creation->dirfd);
	for (char *at = members; at && *at; at += strspn(at, "\n"))
		describe(&list, (pid_t)strtol(at, &at, 10), mounts, hierarchies);
	if (!members || !*members)
		children = list_children(creation->dirfd);
	if (children && *children)
		cg_list_add(&list, "; ", "cgroup %.*s", (int)strcspn(children, "/"), children);
	if (list.text)
		cg_error_hint(err, "still in it: %s", list.text);
	return true;
}
