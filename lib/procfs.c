/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "procfs.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/magic.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>

#include "error.h"
#include "number.h"
#include "syscalls.h"

#define TEXT_FIRST_SIZE	    4096
#define MEMBERSHIPS_AT_ONCE 16

struct cg_proc_name cg_proc_name(const char *fmt, ...)
{
	struct cg_proc_name name;
	va_list args;

	va_start(args, fmt);
	vsnprintf(name.text, sizeof(name.text), fmt, args);
	va_end(args);
	return name;
}

void cg_text_free(struct cg_text *text)
{
	free(text->data);
	*text = (struct cg_text){ 0 };
}

static int text_make_room(struct cg_text *text)
{
	size_t size = text->size ? text->size * 2 : TEXT_FIRST_SIZE;
	char *data;

	if (text->len + 1 < text->size)
		return 0;
	data = realloc(text->data, size);
	if (!data)
		return -ENOMEM;
	text->data = data;
	text->size = size;
	return 0;
}

/*
 * A file that is one record (single_open() in the kernel) comes whole when it
 * leaves room in the buffer: no second read is needed to see its end.
 */
static int read_all(int fd, struct cg_text *text, bool one_record)
{
	text->len = 0;
	for (;;) {
		ssize_t got;
		size_t room;
		int rc = text_make_room(text);

		if (rc < 0)
			return rc;
		room = text->size - text->len - 1;
		got = read(fd, text->data + text->len, room);
		if (got < 0 && errno == EINTR)
			continue;
		if (got < 0)
			return -errno;
		text->len += (size_t)got;
		if (got == 0 || (one_record && (size_t)got < room))
			break;
	}
	text->data[text->len] = '\0';
	return 0;
}

static int read_text(int dirfd, const char *name, struct cg_text *text, bool one_record)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_CLOEXEC);

	return fd < 0 ? -errno : read_all(fd, text, one_record);
}

int cg_procfs_read_open(int fd, bool one_record, struct cg_text *text)
{
	return read_all(fd, text, one_record);
}

int cg_procfs_read(int dirfd, const char *name, struct cg_text *text)
{
	return read_text(dirfd, name, text, false);
}

int cg_procfs_read_record(int dirfd, const char *name, struct cg_text *text)
{
	return read_text(dirfd, name, text, true);
}

static int memberships_add(struct cg_memberships *memberships, const struct cg_membership *item)
{
	if (memberships->count == memberships->size) {
		size_t size = memberships->size + MEMBERSHIPS_AT_ONCE;
		struct cg_membership *items =
			reallocarray(memberships->items, size, sizeof(*items));

		if (!items)
			return -ENOMEM;
		memberships->items = items;
		memberships->size = size;
	}
	memberships->items[memberships->count++] = *item;
	return 0;
}

/* Takes "12:cpu,cpuacct:/path" apart; the line ends at end, where a NUL is put. */
static int parse_line(char *line, char *end, struct cg_membership *item)
{
	const char *digits = line;
	uint64_t id;
	char *at;
	char *colon;

	if (cg_number_take(&digits, UINT_MAX, &id) < 0 || *digits != ':')
		return -EBADMSG;
	at = line + (digits - line);
	colon = memchr(at + 1, ':', (size_t)(end - at - 1));
	if (!colon || colon[1] != '/')
		return -EBADMSG;
	*colon = '\0';
	*end = '\0';
	item->hierarchy_id = (unsigned int)id;
	item->controllers = at + 1;
	item->path = end - colon - 1 >= CG_CUT_PATH_LENGTH ? NULL : colon + 1;
	return 0;
}

int cg_memberships_parse(struct cg_memberships *memberships)
{
	char *line = memberships->text.data;
	char *limit = line + memberships->text.len;

	memberships->count = 0;
	while (line < limit) {
		struct cg_membership item;
		char *end = memchr(line, '\n', (size_t)(limit - line));
		int rc;

		if (!end)
			end = limit;
		rc = parse_line(line, end, &item);
		if (rc == 0)
			rc = memberships_add(memberships, &item);
		if (rc < 0)
			return rc;
		line = end + 1;
	}
	return 0;
}

int cg_memberships_read(int dirfd, const char *name, struct cg_memberships *memberships)
{
	int rc = read_text(dirfd, name, &memberships->text, true);

	return rc < 0 ? rc : cg_memberships_parse(memberships);
}

int cg_memberships_read_open(int fd, struct cg_memberships *memberships)
{
	int rc = lseek(fd, 0, SEEK_SET) < 0 ? -errno : read_all(fd, &memberships->text, true);

	return rc < 0 ? rc : cg_memberships_parse(memberships);
}

const char *cg_memberships_path(const struct cg_memberships *memberships, const char *controllers)
{
	for (size_t i = 0; i < memberships->count; i++) {
		if (strcmp(memberships->items[i].controllers, controllers) != 0)
			continue;
		errno = ENAMETOOLONG;
		return memberships->items[i].path;
	}
	errno = ENOENT;
	return NULL;
}

void cg_memberships_free(struct cg_memberships *memberships)
{
	cg_text_free(&memberships->text);
	free(memberships->items);
	*memberships = (struct cg_memberships){ 0 };
}

uint64_t cg_procfs_parse_ns(const char *text)
{
	static const char prefix[] = "cgroup:[";
	uint64_t inode;

	if (strncmp(text, prefix, sizeof(prefix) - 1) != 0)
		return 0;
	text += sizeof(prefix) - 1;
	return cg_number_take(&text, UINT64_MAX, &inode) < 0 || strcmp(text, "]") ? 0 : inode;
}

int cg_procfs_open_link(int dirfd, const char *name, int flags)
{
	int fd = openat(dirfd, name, flags | O_CLOEXEC);

	if (fd < 0 && errno == EACCES)
		fd = openat(dirfd, name, flags | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

int cg_procfs_read_link(int dirfd, const char *name, char *text, size_t size)
{
	ssize_t len = -1;

	for (int tries = 0; tries < 2 && len <= 0; tries++) {
		len = readlinkat(dirfd, name, text, size - 1);
		if (len < 0 && errno != EACCES)
			return -errno;
	}
	if (len <= 0) /* 0 is how older kernels (5.10 for one) say that one may not look */
		return -EACCES;
	text[len] = '\0';
	return 0;
}

int cg_procfs_ns_inode(int dirfd, const char *name, uint64_t *inode)
{
	char link[64];
	int rc = cg_procfs_read_link(dirfd, name, link, sizeof(link));
	uint64_t number;

	if (rc < 0)
		return rc;
	number = cg_procfs_parse_ns(link);
	if (!number)
		return -EBADMSG;
	*inode = number;
	return 0;
}

int cg_procfs_own_namespace(int procfd, struct cg_own_namespace *own)
{
	const char *name = procfd == AT_FDCWD ? "/proc/self/ns/cgroup" : "self/ns/cgroup";
	struct stat st;

	*own = (struct cg_own_namespace){ 0 };
	if (fstatat(procfd, name, &st, 0) < 0)
		return -errno;
	own->device = st.st_dev;
	own->inode = st.st_ino;
	own->initial = st.st_ino == CG_INITIAL_NS_INODE;
	return 0;
}

int cg_procfs_stat(int dirfd, const char *name, struct cg_stat *stat)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int rc = read_text(dirfd, name, &text, true);
	unsigned long long start_time;
	const char *open, *close;
	size_t len;

	if (rc < 0)
		return rc;
	/* comm may hold any byte, parentheses and spaces too: its end is the last ')' */
	open = strchr(text.data, '(');
	close = strrchr(text.data, ')');
	if (!open || !close || close < open)
		return -EBADMSG;
	if (sscanf(text.data, "%d", &stat->pid) != 1 ||
	    sscanf(close + 1,
		   " %c %d %*s %*s %*s %*s %u %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %*s %llu",
		   &stat->state, &stat->ppid, &stat->flags, &start_time) != 4)
		return -EBADMSG;
	stat->start_time = start_time;
	len = (size_t)(close - open - 1);
	if (len > sizeof(stat->comm) - 1)
		len = sizeof(stat->comm) - 1;
	memcpy(stat->comm, open + 1, len);
	stat->comm[len] = '\0';
	return 0;
}

/* Reads "DIR/FILE" as one record. */
static int read_below(int dirfd, const char *dir, const char *file, struct cg_text *text,
		      bool one_record)
{
	char name[64];
	int len = snprintf(name, sizeof(name), "%s/%s", dir, file);

	if (len < 0 || (size_t)len >= sizeof(name))
		return -ENAMETOOLONG;
	return read_text(dirfd, name, text, one_record);
}

int cg_procfs_command(int dirfd, const char *dir, char **command)
{
	struct cg_text text = { 0 };
	int rc = read_below(dirfd, dir, "cmdline", &text, false);

	if (rc == 0) {
		while (text.len > 0 && text.data[text.len - 1] == '\0')
			text.len--;
		for (size_t i = 0; i < text.len; i++)
			if (text.data[i] == '\0')
				text.data[i] = ' ';
	}
	if (rc == 0 && text.len == 0) {
		rc = read_below(dirfd, dir, "comm", &text, true);
		if (rc == 0 && text.len > 0 && text.data[text.len - 1] == '\n')
			text.data[--text.len] = '\0';
	}
	if (rc < 0) {
		cg_text_free(&text);
		return rc;
	}
	*command = realloc(text.data, text.len + 1) ?: text.data; /* there may be thousands */
	return 0;
}

pid_t cg_procfs_living_thread(int procfd, const char *dir, uint64_t *inode)
{
	cleanup_dir DIR *tasks = NULL;
	pid_t tid = 0;
	int rc;

	*inode = 0;
	rc = cg_opendir(procfd, cg_proc_name("%s/task", dir).text, &tasks);
	while (rc == 0 && (tid = cg_procfs_next(tasks)) > 0) {
		rc = cg_procfs_ns_inode(dirfd(tasks), cg_proc_name("%d/ns/cgroup", tid).text,
					inode);
		if (rc == 0 || cg_procfs_refused(rc))
			return tid;
		if (cg_procfs_has_ended(rc))
			rc = 0;
	}
	return rc == 0 ? tid : cg_procfs_has_ended(rc) ? 0 : rc;
}

pid_t cg_procfs_entry_pid(const char *name)
{
	uint64_t pid;

	if (*name == '0' || cg_number_parse(name, INT_MAX, &pid) < 0)
		return 0;
	return (pid_t)pid;
}

int cg_procfs_is_folder(int fd, const char *name)
{
	const char *slash = strrchr(name, '/');
	struct statfs fs;
	struct stat st;

	if (fstatfs(fd, &fs) < 0)
		return cg_only_shortage(-errno);
	if (fs.f_type != PROC_SUPER_MAGIC)
		return 0;
	if (fstat(fd, &st) == 0) {
		if (!S_ISDIR(st.st_mode))
			return 0;
	} else if (errno != ENOENT) { /* hidepid=2: it can be opened, and not looked at */
		return cg_only_shortage(-errno);
	}
	if (faccessat(fd, "cgroup", F_OK, 0) == 0 || cg_procfs_entry_pid(slash ? slash + 1 : name))
		return 1;
	return cg_only_shortage(-errno);
}

pid_t cg_procfs_next(DIR *dir)
{
	struct dirent *entry;
	int rc;

	while ((rc = cg_readdir(dir, &entry)) == 0 && entry) {
		pid_t pid = cg_procfs_entry_pid(entry->d_name);

		if (pid > 0)
			return pid;
	}
	return cg_procfs_has_ended(rc) ? 0 : rc;
}

pid_t cg_procfs_self(int procfd)
{
	char link[16] = "";

	if (readlinkat(procfd, "self", link, sizeof(link) - 1) < 0)
		return -errno;
	return cg_procfs_entry_pid(link) ?: -ENOENT;
}

static bool has_one(const char *text, const char *separators, const char *word, size_t len)
{
	for (const char *at = text; *at; at += strspn(at, separators)) {
		size_t span = strcspn(at, separators);

		if (span == len && strncmp(at, word, len) == 0)
			return true;
		at += span;
	}
	return false;
}

bool cg_has_word(const char *text, const char *separators, const char *word)
{
	for (const char *at = word; *at; at += strspn(at, separators)) {
		size_t len = strcspn(at, separators);

		if (!has_one(text, separators, at, len))
			return false;
		at += len;
	}
	return *word != '\0';
}

const char *cg_text_find(const char *text, const char *key)
{
	size_t len = strlen(key);

	while (strncmp(text, key, len) != 0) {
		text = strchr(text, '\n');
		if (!text)
			return NULL;
		text++;
	}
	return text + len;
}

bool cg_procfs_is_filtered(void)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	const char *mode = NULL;

	if (cg_procfs_read(AT_FDCWD, "/proc/self/status", &text) == 0)
		mode = cg_text_find(text.data, "Seccomp:\t");
	return mode && *mode == '2';
}

pid_t cg_procfs_number(int procfd, int pidfd)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	const char *value;
	long number;
	int rc;

	rc = cg_procfs_read(procfd, cg_proc_name("self/fdinfo/%d", pidfd).text, &text);
	if (rc < 0)
		return rc;
	value = cg_text_find(text.data, "Pid:\t");
	if (!value)
		return -EBADMSG;
	number = strtol(value, NULL, 10);
	return number < 0 ? -ESRCH : (pid_t)number;
}

pid_t cg_procfs_callers_number(int procfd, const char *status, pid_t number, int *pidfd)
{
	const char *at = cg_text_find(status, "NSpid:");

	while (at && *at == '\t') {
		char *end;
		pid_t candidate = (pid_t)strtol(at, &end, 10);
		cleanup_fd int fd = cg_pidfd_open(candidate, 0);
		pid_t called = fd < 0 ? -errno : cg_procfs_number(procfd, fd);

		if (called == number) {
			if (pidfd)
				*pidfd = cg_steal_fd(&fd);
			return candidate;
		}
		if (cg_only_shortage(called) < 0)
			return called;
		at = end;
	}
	return 0;
}

int cg_procfs_open(pid_t pid)
{
	cleanup_fd int procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC);
	cleanup_fd int pidfd = procfd < 0 ? -1 : cg_pidfd_open(pid, 0);
	pid_t number = pidfd < 0 ? -errno : cg_procfs_number(procfd, pidfd);
	int folder;

	if (number <= 0)
		return number ?: -ENOENT;
	folder = openat(procfd, cg_proc_name("%d", number).text, O_PATH | O_DIRECTORY | O_CLOEXEC);
	return folder < 0 ? -errno : folder;
}

int cg_procfs_is_own(int procfd)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int rc = cg_procfs_read(procfd, "self/status", &text);
	const char *numbers = rc < 0 ? NULL : cg_text_find(text.data, "NSpid:\t");

	if (rc < 0)
		return rc;
	/* A kernel without PID namespaces has no such line. */
	return !numbers || !memchr(numbers, '\t', strcspn(numbers, "\n"));
}
