/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Why the kernel refused the value of a limit. What is said here was looked up in the cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "file.h"
#include "limits.h"
#include "number.h"
#include "set.h"

enum { /* microseconds, of CPU time (the kernel's sched/core.c) */
       QUOTA_MIN = 1000,
       PERIOD_MAX = 1000000,
};

static bool is_unified(const struct cg_write *write)
{
	return !*write->cgroup->hierarchy->controllers;
}

/* ---- no such file ---- */

static bool is_writable(int dirfd, const char *name)
{
	struct stat st;

	return fstatat(dirfd, name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISREG(st.st_mode) &&
	       (st.st_mode & 0222);
}

/* Names of files that --set takes here. */
struct names {
	char **items;
	size_t count;
};

static void names_free(struct names *names)
{
	for (size_t i = 0; i < names->count; i++)
		free(names->items[i]);
	free(names->items);
}

static void add_name(struct names *names, const char *name)
{
	char **more = reallocarray(names->items, names->count + 1, sizeof(*more));

	if (!more)
		return;
	names->items = more;
	more[names->count] = strdup(name);
	names->count += more[names->count] != NULL;
}

/* A file under the name that v2 has for it, too. */
static void add_file(struct names *names, const char *file, bool unified)
{
	const char *size;
	size_t len;
	const struct cg_limit *limit = cg_limit_of_file(file, unified, &size, &len);
	cleanup_free char *name = limit ? cg_limit_file_name(limit->name, size, len) : NULL;

	if (name)
		add_name(names, name);
	if (!name || strcmp(name, file) != 0)
		add_name(names, file);
}

static void read_names(const struct cg_write *write, struct names *names)
{
	int dirfd = write->cgroup->dirfd;
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;

	if (cg_opendir(dirfd, ".", &dir) < 0)
		return;
	while (cg_readdir(dir, &entry) == 0 && entry)
		if (strchr(entry->d_name, '.') && is_writable(dirfd, entry->d_name) &&
		    !cg_starts_with(entry->d_name, "cgroup."))
			add_file(names, entry->d_name, is_unified(write));
}

/* A limit that has a file for each size of huge pages, or NULL. */
static const struct cg_limit *find_sized(const char *file)
{
	for (size_t i = 0; i < cg_limit_count; i++) {
		const char *controller = cg_limits[i].controller;
		size_t len = strlen(controller);

		if (cg_limit_has_size(cg_limits[i].name) && file[len] == '.' &&
		    strncmp(file, controller, len) == 0)
			return &cg_limits[i];
	}
	return NULL;
}

/* Without a size of huge pages, or with one that there is not: those that there are. */
static bool hint_sizes(const struct cg_write *write, const struct names *names,
		       struct cg_error *err)
{
	const struct cg_limit *limit = find_sized(write->given);
	cleanup_list struct cg_list list = { 0 };
	const char *size;
	size_t len;

	for (size_t i = 0; limit && i < names->count; i++)
		if (cg_limit_match(limit->name, names->items[i], &size, &len))
			cg_list_add(&list, ", ", "%s", names->items[i]);
	if (list.text)
		cg_error_hint(err, "there are: %s", list.text);
	return list.text;
}

/* v1's name of what v2 has under another one. */
static bool hint_v2_name(const struct cg_write *write, struct cg_error *err)
{
	const char *size = NULL;
	size_t len = 0;
	const struct cg_limit *limit =
		is_unified(write) ? cg_limit_of_file(write->file, false, &size, &len) : NULL;
	cleanup_free char *name = limit ? cg_limit_file_name(limit->name, size, len) : NULL;

	if (!name || !is_writable(write->cgroup->dirfd, name))
		return false;
	cg_error_hint(err, "that is v1's name of it, and %s is v2: use %s%s",
		      write->cgroup->hierarchy->name, name,
		      limit->kind == CG_LIMIT_BYTES && limit->v1.second &&
				      strcmp(write->file, limit->v1.limit) == 0
			      ? ", which is swap without memory"
			      : "");
	return true;
}

/* The name that is nearest behind the controller, which is right. */
static const char *find_nearest(const char *file, const struct names *names)
{
	size_t head = (size_t)(strchrnul(file, '.') - file) + 1, count = 0;
	cleanup_free const char **tails = calloc(names->count ?: 1, sizeof(*tails));
	const char *nearest;

	for (size_t i = 0; tails && i < names->count; i++)
		if (strncmp(names->items[i], file, head) == 0)
			tails[count++] = names->items[i] + head;
	nearest = tails ? cg_nearest(file + head, tails, count, sizeof(*tails)) : NULL;
	return nearest ? nearest - head : NULL;
}

static void hint_absent(const struct cg_write *write, struct cg_error *err)
{
	cleanup_with(names_free) struct names names = { NULL, 0 };
	const char *nearest;

	if (hint_v2_name(write, err))
		return;
	read_names(write, &names);
	if (hint_sizes(write, &names, err))
		return;
	nearest = find_nearest(write->given, &names);
	if (nearest)
		cg_error_hint(err, "there is no such file in %s: did you mean '%s'?",
			      write->cgroup->dir, nearest);
	else
		cg_error_hint(err, "there is no such file in %s", write->cgroup->dir);
}

/* ---- no such value ---- */

/* The file's text in the cgroup above, or NULL. */
static char *read_above(const struct cg_write *write, const char *file)
{
	cleanup_fd int above = cg_cgroup_open_ancestor(write->cgroup->dirfd, 1);

	return above < 0 ? NULL : cg_cgroup_read(above, file);
}

static void hint_takes(const char *words, struct cg_error *err)
{
	cg_error_hint(err, "it takes %s", words);
}

/* v1 memory with swap can have no less than memory alone. */
static void hint_sum(const struct cg_write *write, const struct cg_limit *limit, uint64_t bytes,
		     struct cg_error *err)
{
	cleanup_free char *memory = cg_cgroup_read(write->cgroup->dirfd, limit->v1.second);
	struct cg_limit_value value;

	if (memory && cg_limit_parse(limit, false, memory, NULL, &value) == 0 &&
	    (value.unlimited || value.number > bytes))
		cg_error_hint(err,
			      "memory and swap together cannot have less than memory alone, "
			      "which has %s: set %s lower, too",
			      value.unlimited ? "no limit" : memory, limit->v1.second);
}

static void hint_bytes(const struct cg_write *write, const struct cg_limit *limit,
		       struct cg_error *err)
{
	uint64_t bytes;

	if (strcmp(write->value, is_unified(write) ? "max" : "-1") == 0)
		return;
	if (cg_limit_parse_bytes(write->value, &bytes) < 0)
		hint_takes("a number of bytes, as in 512M, or max", err);
	else if (!is_unified(write) && limit->v1.second &&
		 strcmp(write->file, limit->v1.limit) == 0)
		hint_sum(write, limit, bytes, err);
}

static void hint_count(const struct cg_write *write, struct cg_error *err)
{
	uint64_t number;

	if (strcmp(write->value, "max") != 0 &&
	    cg_number_parse(write->value, INT64_MAX, &number) < 0)
		hint_takes("a number or max", err);
}

/* A v1 quota is no larger share than that of the cgroup above. */
static void hint_share(const struct cg_write *write, const struct cg_limit *limit,
		       struct cg_error *err)
{
	cleanup_free char *period = cg_cgroup_read(write->cgroup->dirfd, limit->v1.second);
	cleanup_free char *above_quota = read_above(write, limit->v1.limit);
	cleanup_free char *above_period = read_above(write, limit->v1.second);
	struct cg_limit_value own, above;

	if (period && above_quota && above_period &&
	    cg_limit_parse(limit, false, write->value, period, &own) == 0 &&
	    cg_limit_parse(limit, false, above_quota, above_period, &above) == 0 &&
	    cg_limit_compare(&own, &above) > 0)
		cg_error_hint(err,
			      "the cgroup above it has %s in %s, and no part of it can have more",
			      above_quota, above_period);
}

static void hint_period(const char *text, struct cg_error *err)
{
	uint64_t period;

	if (cg_number_parse(text, INT64_MAX, &period) < 0)
		hint_takes("a number of microseconds", err);
	else if (period < QUOTA_MIN || period > PERIOD_MAX)
		cg_error_hint(err, "a period has %d to %d microseconds", QUOTA_MIN, PERIOD_MAX);
}

/* The text is two numbers in v2, and one in each of two files in v1. */
static void hint_cpus(const struct cg_write *write, const struct cg_limit *limit,
		      struct cg_error *err)
{
	const char *rest = write->value;
	uint64_t quota;

	if (!is_unified(write) && strcmp(write->file, limit->v1.second) == 0) {
		hint_period(rest, err);
		return;
	}
	if (cg_number_take(&rest, INT64_MAX, &quota) == 0 && quota < QUOTA_MIN)
		cg_error_hint(err, "a quota has at least %d microseconds", QUOTA_MIN);
	else if (is_unified(write) && (rest = strpbrk(rest, " \t")))
		hint_period(rest + strspn(rest, " \t"), err);
	else if (!is_unified(write) && *rest && *rest != '-')
		hint_takes("a number of microseconds, or -1 for no limit", err);
	else if (!is_unified(write))
		hint_share(write, limit, err);
}

/* Nothing can be had that the cgroup above does not have; v2 says that of CPUs there are not. */
static void hint_set(const struct cg_write *write, const struct cg_limit *limit,
		     struct cg_error *err)
{
	cleanup_free char *above = NULL;

	if (strpbrk(write->value, ":N")) /* the kernel has more forms of ranges */
		return;
	if (!cg_limit_is_set(write->value)) {
		hint_takes("a list of numbers and ranges, as in 0-3,7", err);
		return;
	}
	above = read_above(write, is_unified(write) ? limit->v2.limit : write->file);
	if (above && !cg_limit_set_contains(above, write->value))
		cg_error_hint(err, "the cgroup above it has %s", *above ? above : "none");
}

static void hint_value(const struct cg_write *write, struct cg_error *err)
{
	const char *size;
	size_t len;
	const struct cg_limit *limit =
		cg_limit_of_file(write->file, is_unified(write), &size, &len);

	if (faccessat(write->cgroup->dirfd, write->file, F_OK, AT_SYMLINK_NOFOLLOW) == 0 &&
	    !is_writable(write->cgroup->dirfd, write->file)) {
		cg_error_hint(err, "that file can only be read");
		return;
	}
	if (!limit)
		return;
	switch (limit->kind) {
	case CG_LIMIT_BYTES:
		hint_bytes(write, limit, err);
		break;
	case CG_LIMIT_COUNT:
		hint_count(write, err);
		break;
	case CG_LIMIT_CPUS:
		hint_cpus(write, limit, err);
		break;
	case CG_LIMIT_SET:
		hint_set(write, limit, err);
		break;
	}
}

void cg_set_explain(const struct cg_write *write, int errnum, struct cg_error *err)
{
	switch (errnum) {
	case ENOENT:
		hint_absent(write, err);
		break;
	case EACCES:
	case EPERM:
	case EINVAL:
	case ERANGE:
		hint_value(write, err);
		break;
	default:
		break;
	}
}
