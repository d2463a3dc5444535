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

#include "cgroupfs.h"
#include "cgroupfs_file.h"
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
		if (pidfds[i] >= 0 && members && cg_has_word(members, "\n", number))
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

/* One level of the way down: the cgroups in it that are still to be visited. */
struct level {
	char **names;
	size_t count, next;
	ino_t inode;
};

struct way {
	struct level *levels;
	size_t depth;
};

static void level_free(struct level *level)
{
	for (size_t i = 0; i < level->count; i++)
		free(level->names[i]);
	free(level->names);
}

static void way_free(struct way *way)
{
	while (way->depth > 0)
		level_free(&way->levels[--way->depth]);
	free(way->levels);
}

static int list_children(int dirfd, struct level *level)
{
	cleanup_fd int fd = cg_cgroup_openat(dirfd, ".", O_RDONLY | O_DIRECTORY);
	cleanup_dir DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *entry;

	if (!dir)
		return -errno;
	cg_steal_fd(&fd);
	while ((entry = readdir(dir))) {
		char **more;

		if (entry->d_type != DT_DIR || !cg_cgroup_name_valid(entry->d_name))
			continue;
		more = reallocarray(level->names, level->count + 1, sizeof(*more));
		if (!more)
			return -ENOMEM;
		level->names = more;
		more[level->count] = strdup(entry->d_name);
		if (!more[level->count])
			return -ENOMEM;
		level->count++;
	}
	return 0;
}

/* Goes down into the cgroup dirfd. */
static int enter_level(struct way *way, int dirfd, bool by_signal)
{
	struct level *more = reallocarray(way->levels, way->depth + 1, sizeof(*more));
	struct stat st;

	if (!more)
		return -ENOMEM;
	way->levels = more;
	more[way->depth] = (struct level){ .names = NULL };
	if (fstat(dirfd, &st) < 0)
		return -errno;
	more[way->depth++].inode = st.st_ino;
	if (by_signal)
		kill_members(dirfd);
	return list_children(dirfd, &way->levels[way->depth - 1]);
}

/* Goes up from the cgroup *dirfd, all of whose children were visited, and removes it. */
static int leave_level(struct way *way, int *dirfd)
{
	cleanup_fd int up = cg_cgroup_open_ancestor(*dirfd, 1);
	struct level *level;
	struct stat st;

	level_free(&way->levels[--way->depth]);
	level = &way->levels[way->depth - 1];
	if (up < 0 || fstat(up, &st) < 0)
		return -errno;
	if (st.st_ino != level->inode)
		return -EAGAIN;
	cg_cleanup_fd(dirfd);
	*dirfd = cg_steal_fd(&up);
	/* One that is still busy is met again on the next round. */
	unlinkat(*dirfd, level->names[level->next - 1], AT_REMOVEDIR);
	return 0;
}

/* Removes every cgroup below top that can be removed now; with by_signal, after killing. */
static int clear_below(int top, bool by_signal)
{
	cleanup_with(way_free) struct way way = { NULL, 0 };
	cleanup_fd int dirfd = fcntl(top, F_DUPFD_CLOEXEC, 3);
	int rc = dirfd < 0 ? -errno : enter_level(&way, dirfd, by_signal);

	while (!rc) {
		struct level *level = &way.levels[way.depth - 1];

		if (level->next < level->count) {
			int child = cg_cgroup_openat(dirfd, level->names[level->next++],
						     O_PATH | O_DIRECTORY);

			if (child < 0)
				continue;
			cg_cleanup_fd(&dirfd);
			dirfd = child;
			rc = enter_level(&way, dirfd, by_signal);
		} else if (way.depth == 1) {
			break;
		} else {
			rc = leave_level(&way, &dirfd);
		}
	}
	return rc;
}

/* Whether the name still means the cgroup that was made, and not a later one. */
static bool still_there(const struct cg_creation *creation)
{
	struct stat st;

	if (fstatat(creation->parent, creation->name, &st, AT_SYMLINK_NOFOLLOW) < 0)
		return errno != ENOENT;
	return st.st_ino == creation->id;
}

static int remove_one(const struct cg_creation *creation, bool kill)
{
	int64_t deadline = now_ms() + (kill ? KILL_PATIENCE_MS : REMOVE_PATIENCE_MS);
	int refusals = 0;
	long pause = 0;

	for (;;) {
		int reason;

		if (!still_there(creation) ||
		    !unlinkat(creation->parent, creation->name, AT_REMOVEDIR))
			return 0;
		reason = errno;
		if (reason == ENOENT)
			return 0;
		/* What is not removed now stays for good: one refusal is not taken for the last
		 * word. */
		if (now_ms() > deadline || (reason != EBUSY && ++refusals == MOST_REFUSALS))
			return -reason;
		pause_ms(pause);
		pause = pause * 2 + 1 > LONGEST_PAUSE_MS ? LONGEST_PAUSE_MS : pause * 2 + 1;
		if (kill) {
			bool by_signal = cg_cgroup_write(creation->dirfd, "cgroup.kill", "1") < 0;

			clear_below(creation->dirfd, by_signal);
		}
	}
}

static int explain_busy(const struct cg_creation *creation, struct cg_error *err)
{
	cleanup_free char *members = read_members(creation->dirfd);
	cleanup_with(level_free) struct level level = { .names = NULL };

	if (members && *members) {
		for (char *at = members; (at = strchr(at, '\n'));)
			*at = ' ';
		return cg_error_hint(err, "still in it: PID %s", members);
	}
	if (!list_children(creation->dirfd, &level) && level.count > 0)
		return cg_error_hint(err, "still in it: cgroup %s", level.names[0]);
	return -EBUSY;
}

int cg_created_remove(struct cg_created *created, bool kill, struct cg_error *err)
{
	int first = 0;

	for (size_t i = created->count; i-- > 0;) {
		const struct cg_creation *creation = &created->items[i];
		int rc = remove_one(creation, kill);

		if (rc < 0 && !first) {
			first = rc;
			cg_error_set(err, -rc, "cannot remove %s", creation->dir);
			if (rc == -EBUSY)
				explain_busy(creation, err);
		}
	}
	cg_created_free(created);
	return first;
}
