/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Walks up from a cgroup, and reads the files of limits. */
#include "cgns-limits/read.h"

#include <errno.h>
#include <fcntl.h>
#include <search.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>

#include "syscalls.h"

#define READINGS_MAX 1000 /* of a way whose limits change all the time */

/* ---- the cgroups that are known ---- */

static void reading_free(struct reading *reading)
{
	free(reading->text);
	free(reading->second_text);
}

static void cgroup_free(struct cgroup *cgroup, size_t limits)
{
	for (size_t i = 0; cgroup->readings && i < limits; i++)
		reading_free(&cgroup->readings[i]);
	free(cgroup->readings);
	free(cgroup->path);
	free(cgroup->dir);
	free(cgroup);
}

static void keep_node(void *node)
{
	(void)node;
}

void reader_forget(struct reader *reader)
{
	tdestroy(reader->tree, keep_node);
	reader->tree = NULL;
}

void reader_free(struct reader *reader)
{
	reader_forget(reader);
	for (size_t i = 0; i < reader->count; i++)
		cgroup_free(reader->all[i], reader->wanted->count);
	free(reader->all);
	cg_text_free(&reader->text);
	if (reader->watched)
		cg_cleanup_fd(&reader->watch);
}

static int compare(const void *first, const void *second)
{
	const struct cgroup *a = first, *b = second;

	if (a->hierarchy != b->hierarchy)
		return a->hierarchy < b->hierarchy ? -1 : 1;
	return strcmp(a->path, b->path);
}

static struct cgroup *find_known(const struct reader *reader, const struct cg_hierarchy *hierarchy,
				 char *path)
{
	const struct cgroup key = { .hierarchy = hierarchy, .path = path };
	void *found = tfind(&key, &reader->tree, compare);

	return found ? *(struct cgroup **)found : NULL;
}

/* Takes over path and dir; NULL if memory is short. */
static struct cgroup *add_cgroup(struct reader *reader, const struct cg_hierarchy *hierarchy,
				 char **path, char **dir)
{
	struct cgroup **more = reallocarray(reader->all, reader->count + 1, sizeof(*more));
	struct cgroup *cgroup = more ? calloc(1, sizeof(*cgroup)) : NULL;

	if (more)
		reader->all = more;
	if (!cgroup)
		return NULL;
	reader->all[reader->count++] = cgroup;
	cgroup->hierarchy = hierarchy;
	cgroup->path = cg_steal_ptr(path);
	cgroup->dir = cg_steal_ptr(dir);
	cgroup->readings = calloc(reader->wanted->count ?: 1, sizeof(*cgroup->readings));
	return cgroup->readings ? cgroup : NULL;
}

/* ---- the witness ---- */

static bool is_read_in(const struct wanted *wanted, const struct cgroup *cgroup)
{
	return wanted->hierarchy == cgroup->hierarchy && wanted->limit_file;
}

/* In the root of a hierarchy nobody can set a limit, but how many cgroups v2 has. */
static bool can_change(const struct reader *reader, const struct cgroup *cgroup)
{
	for (size_t i = 0; cgroup->is_top && i < reader->wanted->count; i++)
		if (is_read_in(&reader->wanted->items[i], cgroup) &&
		    cg_starts_with(reader->wanted->items[i].limit_file, "cgroup.max."))
			return true;
	return !cgroup->is_top;
}

/*
 * The kernel says who writes to a file of the cgroup from now on, and which of its children go.
 * Where it does not (no inotify(7) left to this user), two equal readings have to do. It looks at
 * each name that there ever was, which are most in the root of a hierarchy.
 */
static void watch(struct reader *reader, struct cgroup *cgroup, int fd)
{
	const uint32_t events = IN_MODIFY | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO;

	if (!can_change(reader, cgroup))
		return;
	if (!reader->watched)
		reader->watch = inotify_init1(IN_NONBLOCK | IN_CLOEXEC);
	reader->watched = true;
	cgroup->watched =
		reader->watch >= 0 &&
		(inotify_add_watch(reader->watch, cg_proc_name("/proc/self/fd/%d", fd).text,
				   events) >= 0 ||
		 inotify_add_watch(reader->watch, cgroup->dir, events) >= 0);
}

/* Whether a limit may have been written to: processes that move are none. */
static bool is_written(const struct inotify_event *event)
{
	static const char *const others[] = { "cgroup.procs", "cgroup.threads", "tasks" };

	for (size_t i = 0; event->len && i < CG_ARRAY_SIZE(others); i++)
		if (strcmp(event->name, others[i]) == 0)
			return false;
	return event->mask & (IN_MODIFY | IN_Q_OVERFLOW);
}

/* Takes note of removals and renames. Returns whether a limit may have been written to. */
static bool take_events(struct reader *reader)
{
	_Alignas(struct inotify_event) char events[4096];
	bool written = false;
	ssize_t len;

	while (reader->watched && (len = read(reader->watch, events, sizeof(events))) > 0) {
		for (const char *at = events; at < events + len;) {
			const struct inotify_event *event = (const void *)at;

			written |= is_written(event);
			reader->changes += !(event->mask & (IN_MODIFY | IN_IGNORED));
			at += sizeof(*event) + event->len;
		}
	}
	return written;
}

void reader_look(struct reader *reader)
{
	if (take_events(reader))
		reader_forget(reader);
}

bool reader_has(struct reader *reader, struct cgroup *cgroup)
{
	bool told = cgroup->is_top || (cgroup->parent && cgroup->parent->watched);
	struct stat st;

	if (told && cgroup->seen == reader->changes)
		return true;
	if (stat(cgroup->dir, &st) < 0 || st.st_dev != cgroup->device || st.st_ino != cgroup->id)
		return false;
	cgroup->seen = reader->changes;
	return true;
}

/* ---- the way up ---- */

/* A cgroup on the way that is not known yet, held while it is read. */
struct step {
	struct cgroup *cgroup;
	int fd;
};

struct way {
	struct step *steps; /* the lowest first */
	size_t count;
	struct cgroup *known; /* where the way goes on among what is known, or NULL */
};

static void way_free(struct way *way)
{
	for (size_t i = 0; i < way->count; i++)
		cg_cleanup_fd(&way->steps[i].fd);
	free(way->steps);
}

/* Takes over fd, path and dir. */
static int add_step(struct reader *reader, struct way *way, const struct cg_hierarchy *hierarchy,
		    int *fd, char **path, char **dir)
{
	struct step *more = reallocarray(way->steps, way->count + 1, sizeof(*more));
	struct cgroup *cgroup;
	struct stat st;

	if (!more)
		return -ENOMEM;
	way->steps = more;
	if (fstat(*fd, &st) < 0)
		return -errno;
	cgroup = add_cgroup(reader, hierarchy, path, dir);
	if (!cgroup)
		return -ENOMEM;
	cgroup->device = st.st_dev;
	cgroup->id = st.st_ino;
	way->steps[way->count++] = (struct step){ cgroup, cg_steal_fd(fd) };
	return 0;
}

/* "/a/b" to "/a", "/a" to "/", "/" to "/..", "/.." to "/../.."; NULL if memory is short. */
static char *path_above(const char *path)
{
	char *above;

	if (*cg_path_basename(path) == '\0')
		return cg_format("%s/..", strcmp(path, "/") ? path : "");
	above = strndup(path, (size_t)(strrchr(path, '/') - path));
	if (above && !*above) {
		free(above);
		above = strdup("/");
	}
	return above;
}

/* The directory above, by its name. */
static char *dir_above(const char *dir)
{
	const char *slash = strrchr(dir, '/');

	return strndup(dir, slash && slash != dir ? (size_t)(slash - dir) : 1);
}

/*
 * Whether the directory fd has a child of that id: by the name that it should
 * have, if known. 1, 0, or a shortage.
 */
static int has_child(int fd, const char *name, const struct cgroup *child)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	struct stat st;
	int rc;

	if (*name) {
		if (fstatat(fd, name, &st, AT_SYMLINK_NOFOLLOW) < 0)
			return cg_only_shortage(-errno);
		return st.st_dev == child->device && st.st_ino == child->id;
	}
	rc = cg_opendir(fd, ".", &dir);
	while (rc == 0 && (rc = cg_readdir(dir, &entry)) == 0 && entry)
		if (entry->d_ino == child->id && entry->d_name[0] != '.')
			return 1;
	return cg_only_shortage(rc);
}

/*
 * At the top of a mount the way goes on in another mount that shows what is
 * above, if there is one; by name, so it counts only if what one comes from is in there.
 * Returns 1, 0: nothing above can be seen, or a negative errno value.
 */
static int cross_mounts(struct reader *reader, const struct cgroup *from, const char *path, int *fd,
			char **dir)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = cg_context_own_directory(reader->context, from->hierarchy->controllers, path,
					  &directory, NULL);

	if (rc < 0)
		return cg_only_shortage(rc);
	rc = has_child(directory.fd, cg_path_basename(from->path), from);
	if (rc <= 0)
		return rc;
	*fd = cg_steal_fd(&directory.fd);
	*dir = cg_steal_ptr(&directory.name);
	return 1;
}

/*
 * By a file that the root of a hierarchy alone has, or lacks (v1: cgroups(7);
 * v2: cgroup-v2.rst): 1, 0, or a shortage.
 */
static int is_top_of_hierarchy(const struct cgroup *cgroup, int fd)
{
	bool unified = !*cgroup->hierarchy->controllers;

	if (faccessat(fd, unified ? "cgroup.type" : "release_agent", F_OK, AT_SYMLINK_NOFOLLOW) ==
	    0)
		return !unified;
	return errno == ENOENT ? unified : cg_only_shortage(-errno);
}

/* Opens what is above a step. Returns 1, 0 at the top, or a negative errno value. */
static int open_above(struct reader *reader, const struct step *from, const char *path, int *fd,
		      char **dir)
{
	int rc;

	*fd = cg_openat2(from->fd, "..", O_PATH | O_DIRECTORY | O_CLOEXEC,
			 RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);
	if (*fd >= 0) {
		*dir = dir_above(from->cgroup->dir);
		return *dir ? 1 : -ENOMEM;
	}
	if (errno != EXDEV)
		return -errno;
	rc = is_top_of_hierarchy(from->cgroup, from->fd);
	from->cgroup->is_top = rc > 0;
	return rc == 0 ? cross_mounts(reader, from->cgroup, path, fd, dir) : cg_only_shortage(rc);
}

/* Goes on from the last step. Returns 1 after a step, 0 at the end of the way, or -errno. */
static int climb(struct reader *reader, struct way *way)
{
	const struct step *from = &way->steps[way->count - 1];
	cleanup_free char *path = path_above(from->cgroup->path);
	cleanup_free char *dir = NULL;
	cleanup_fd int fd = -1;
	struct stat st;
	int rc;

	if (!path)
		return -ENOMEM;
	rc = open_above(reader, from, path, &fd, &dir);
	if (rc >= 0)
		watch(reader, from->cgroup, from->fd);
	if (rc <= 0)
		return rc;
	way->known = find_known(reader, from->cgroup->hierarchy, path);
	if (way->known && fstat(fd, &st) == 0 && st.st_dev == way->known->device &&
	    st.st_ino == way->known->id)
		return 0;
	way->known = NULL;
	rc = add_step(reader, way, from->cgroup->hierarchy, &fd, &path, &dir);
	return rc < 0 ? rc : 1;
}

static int open_way(struct reader *reader, const struct cg_hierarchy *hierarchy, const char *path,
		    struct way *way, struct cg_error *err)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_free char *copy = NULL;
	int rc = cg_context_own_directory(reader->context, hierarchy->controllers, path, &directory,
					  err);

	if (rc < 0)
		return rc;
	copy = strdup(path);
	if (copy)
		rc = add_step(reader, way, hierarchy, &directory.fd, &copy, &directory.name);
	else
		rc = -ENOMEM;
	while (rc == 0 && (rc = climb(reader, way)) > 0)
		rc = 0;
	return rc < 0 ? cg_error_set(err, -rc, "cannot walk up from %s in %s", path,
				     hierarchy->name)
		      : 0;
}

/* ---- files ---- */

/* Reads a file of the cgroup fd. Returns 0 or a negative errno value. */
static int read_text(int fd, const char *name, struct cg_text *text)
{
	cleanup_fd int file = cg_openat2(fd, name, O_RDONLY | O_CLOEXEC,
					 RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_XDEV);

	return file < 0 ? -errno : cg_procfs_read_open(file, true, text);
}

/* Puts what a file says into *kept. Returns 1 if it is another text than before, 0, or -errno. */
static int take_text(struct reader *reader, int fd, const char *name, char **kept)
{
	int rc = read_text(fd, name, &reader->text);
	size_t len = reader->text.len;

	if (rc < 0)
		return rc;
	if (len && reader->text.data[len - 1] == '\n')
		reader->text.data[len - 1] = '\0';
	if (*kept && strcmp(*kept, reader->text.data) == 0)
		return 0;
	free(*kept);
	*kept = strdup(reader->text.data);
	return *kept ? 1 : -ENOMEM;
}

/*
 * Reads a limit, and notes whether it is another than before. A file that is
 * not there is no limit: the controller does not reach this cgroup.
 */
static int read_limit(struct reader *reader, const struct step *step, const struct wanted *wanted,
		      struct reading *reading, bool *changed)
{
	struct reading before = *reading;
	int rc = take_text(reader, step->fd, wanted->limit_file, &reading->text);

	reading->failed = wanted->limit_file;
	*changed |= rc > 0;
	if (rc >= 0 && wanted->second_file) {
		reading->failed = wanted->second_file;
		rc = take_text(reader, step->fd, wanted->second_file, &reading->second_text);
		*changed |= rc > 0;
	}
	if (rc < 0 && cg_errno_is_shortage(-rc))
		return rc;
	reading->there = rc != -ENOENT;
	reading->errnum = rc < 0 && rc != -ENOENT ? -rc : 0;
	*changed |= reading->there != before.there || reading->errnum != before.errnum;
	return 0;
}

/* Whether what is below a v1 memory cgroup counts against it (cgroup-v1/memory.rst; always
 * from 5.11). */
static int read_use_hierarchy(struct reader *reader, const struct step *step)
{
	int rc;

	if (!cg_has_word(step->cgroup->hierarchy->controllers, ",", "memory"))
		return 0;
	rc = read_text(step->fd, "memory.use_hierarchy", &reader->text);
	if (rc < 0)
		return cg_only_shortage(rc);
	step->cgroup->stands_alone = reader->text.data[0] == '0';
	return 0;
}

static int read_limits(struct reader *reader, const struct step *step, bool *changed)
{
	int rc = read_use_hierarchy(reader, step);

	for (size_t i = 0; rc == 0 && i < reader->wanted->count; i++)
		if (is_read_in(&reader->wanted->items[i], step->cgroup))
			rc = read_limit(reader, step, &reader->wanted->items[i],
					&step->cgroup->readings[i], changed);
	return rc;
}

/* Reads the whole way twice. Returns 1 if both readings are the same, 0, or -errno. */
static int read_way(struct reader *reader, const struct way *way)
{
	bool changed = false;

	for (unsigned int readings = 0; readings < 2; readings++) {
		changed = false;
		for (size_t i = 0; i < way->count; i++) {
			int rc = read_limits(reader, &way->steps[i], &changed);

			if (rc < 0)
				return rc;
		}
	}
	return !changed;
}

/* Reads the number in a file: with a key, that in its line. */
static int read_number(struct reader *reader, int fd, const char *file, const char *key,
		       struct reading *reading, uint64_t *number)
{
	int rc = read_text(fd, file, &reader->text);

	reading->failed = file;
	if (rc < 0)
		return rc;
	return key ? cg_limit_parse_keyed(reader->text.data, key, number)
		   : cg_limit_parse_number(reader->text.data, number);
}

static int read_used(struct reader *reader, int fd, const struct wanted *wanted,
		     struct reading *reading)
{
	uint64_t part = 0;
	int rc = read_number(reader, fd, wanted->used_file, wanted->files->used_key, reading,
			     &reading->used);

	if (rc == 0 && wanted->used_second_file)
		rc = read_number(reader, fd, wanted->used_second_file, NULL, reading, &part);
	reading->used -= reading->used < part ? reading->used : part;
	return rc;
}

/* Makes a value of the texts, and looks at what is used of a limit. */
static int evaluate(struct reader *reader, const struct step *step, const struct wanted *wanted,
		    struct reading *reading)
{
	const struct cg_limit *limit = wanted->limit;
	int rc;

	if (!reading->there || reading->errnum || limit->kind == CG_LIMIT_SET)
		return 0;
	reading->failed = wanted->limit_file;
	rc = cg_limit_parse(limit, wanted->files == &limit->v2, reading->text, reading->second_text,
			    &reading->value);
	reading->errnum = -rc;
	if (rc < 0 || reading->value.unlimited || !wanted->used_file)
		return 0;
	rc = read_used(reader, step->fd, wanted, reading);
	reading->used_known = rc == 0;
	reading->used_errnum = -rc;
	return cg_only_shortage(rc);
}

static int evaluate_way(struct reader *reader, const struct way *way)
{
	int rc = 0;

	for (size_t i = 0; i < way->count; i++)
		for (size_t j = 0; rc == 0 && j < reader->wanted->count; j++)
			if (is_read_in(&reader->wanted->items[j], way->steps[i].cgroup))
				rc = evaluate(reader, &way->steps[i], &reader->wanted->items[j],
					      &way->steps[i].cgroup->readings[j]);
	return rc;
}

/* ---- all together ---- */

/* Makes the cgroups of a way known, each with the one above it. */
static int keep_way(struct reader *reader, const struct way *way)
{
	for (size_t i = way->count; i-- > 0;) {
		struct cgroup *cgroup = way->steps[i].cgroup;
		void *place;

		cgroup->parent = i + 1 < way->count ? way->steps[i + 1].cgroup : way->known;
		tdelete(cgroup, &reader->tree, compare); /* one of that name that is gone */
		place = tsearch(cgroup, &reader->tree, compare);
		if (!place)
			return -ENOMEM;
	}
	return 0;
}

/* Reads a cgroup and what is above it. Returns 1, 0 if there were changes meanwhile, or -errno. */
static int read_cgroup(struct reader *reader, const struct cg_hierarchy *hierarchy,
		       const char *path, struct cgroup **cgroup, struct cg_error *err)
{
	cleanup_with(way_free) struct way way = { NULL, 0, NULL };
	int rc = open_way(reader, hierarchy, path, &way, err);

	if (rc < 0)
		return rc;
	rc = read_way(reader, &way);
	if (rc == 0 || (rc > 0 && take_events(reader))) {
		reader_forget(reader);
		return 0;
	}
	if (rc > 0)
		rc = evaluate_way(reader, &way);
	if (rc == 0)
		rc = keep_way(reader, &way);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read the limits of %s in %s", path,
				    hierarchy->name);
	*cgroup = way.steps[0].cgroup;
	return 1;
}

int reader_get(struct reader *reader, const struct cg_hierarchy *hierarchy, const char *path,
	       struct cgroup **cgroup, bool *fresh, struct cg_error *err)
{
	cleanup_free char *key = strdup(path);
	int rc = 0;

	if (!key)
		return cg_error_set(err, ENOMEM, "cannot read the limits of %s", path);
	*cgroup = find_known(reader, hierarchy, key);
	*fresh = !*cgroup || !reader_has(reader, *cgroup);
	if (!*fresh)
		return 0;
	for (unsigned int tries = 0; rc == 0 && tries < READINGS_MAX; tries++)
		rc = read_cgroup(reader, hierarchy, path, cgroup, err);
	if (rc != 0)
		return rc < 0 ? rc : 0;
	cg_error_set(err, 0, "cannot read the limits of %s in %s", path, hierarchy->name);
	cg_error_hint(err, "they keep changing");
	return -EAGAIN;
}
