/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "nsholder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <linux/nsfs.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "error.h"
#include "mountinfo.h"
#include "procfs.h"
#include "syscalls.h"

/* "4194304/task/4194304/fd/2147483647" and whatever else is looked at below /proc */
#define NAME_SIZE 80

/* What identifies the mounts that a thread can see. */
struct sight {
	uint64_t mount_ns;
	uint64_t root_ino; /* of its root directory: mountinfo shows what is below (proc(5)) */
	uint64_t root_dev;
};

struct walk {
	unsigned int kind;
	cg_holder_visit visit;
	void *data;
	int procfd;
	bool refused;	      /* the process that is looked at may not be looked at */
	struct sight *sights; /* those whose mounts were visited */
	size_t sight_count;
	struct cg_text text;
};

/*
 * Looks at one process or thread; returns what visit returned, or a negative
 * errno value for what no single process is the reason of.
 */
typedef int (*look_fn)(struct walk *walk, pid_t pid, pid_t tid);

static int open_dir(int dirfd, const char *name, DIR **dir)
{
	cleanup_fd int fd = openat(dirfd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

	if (fd < 0)
		return -errno;
	*dir = fdopendir(fd);
	if (!*dir)
		return -errno;
	cg_steal_fd(&fd);
	return 0;
}

/* The next entry in *entry; NULL at the end, also where the process of which it is has ended. */
static int next_entry(DIR *dir, struct dirent **entry)
{
	errno = 0;
	*entry = readdir(dir);
	return *entry ? 0 : cg_only_shortage(-errno);
}

/* The inode in "cgroup:[4026531835]", or 0 for what is no such text. */
static uint64_t inode_of(const char *text)
{
	static const char prefix[] = "cgroup:[";
	unsigned long long inode;
	char *end;

	if (strncmp(text, prefix, sizeof(prefix) - 1))
		return 0;
	inode = strtoull(text + sizeof(prefix) - 1, &end, 10);
	return strcmp(end, "]") ? 0 : inode;
}

static int look_at_process(struct walk *walk, pid_t pid, pid_t tid)
{
	struct cg_holder holder = { .kind = CG_HOLDER_PROCESS, .pid = pid, .tid = tid, .fd = -1 };
	char name[NAME_SIZE];
	int rc;

	snprintf(name, sizeof(name), "%d/ns/cgroup", pid);
	rc = cg_procfs_ns_inode(walk->procfd, name, &holder.inode);
	walk->refused = cg_procfs_refused(rc);
	return rc ? cg_only_shortage(rc) : walk->visit(&holder, walk->data);
}

/* Calls look for every thread of the process, the first one first. */
static int for_each_thread(struct walk *walk, pid_t pid, look_fn look)
{
	cleanup_dir DIR *dir = NULL;
	char name[NAME_SIZE];
	struct dirent *entry;
	int rc = look(walk, pid, pid);

	if (rc || walk->refused)
		return rc;
	snprintf(name, sizeof(name), "%d/task", pid);
	rc = open_dir(walk->procfd, name, &dir);
	if (rc)
		return cg_only_shortage(rc);
	while (!(rc = next_entry(dir, &entry)) && entry) {
		pid_t tid = cg_procfs_entry_pid(entry->d_name);

		if (tid <= 0 || tid == pid)
			continue;
		rc = look(walk, pid, tid);
		if (rc)
			return rc;
	}
	return rc;
}

static int look_at_threads(struct walk *walk, pid_t pid, CG_UNUSED pid_t tid)
{
	cleanup_dir DIR *dir = NULL;
	char name[NAME_SIZE];
	struct dirent *entry;
	uint64_t own = 0;
	int rc;

	snprintf(name, sizeof(name), "%d/ns/cgroup", pid);
	rc = cg_procfs_ns_inode(walk->procfd, name, &own); /* 0: the first thread has ended */
	walk->refused = cg_procfs_refused(rc);
	if (walk->refused || cg_only_shortage(rc))
		return cg_only_shortage(rc);
	snprintf(name, sizeof(name), "%d/task", pid);
	rc = open_dir(walk->procfd, name, &dir);
	if (rc)
		return cg_only_shortage(rc);
	while (!(rc = next_entry(dir, &entry)) && entry) {
		struct cg_holder holder = { .kind = CG_HOLDER_THREAD, .pid = pid, .fd = -1 };

		holder.tid = cg_procfs_entry_pid(entry->d_name);
		if (holder.tid <= 0 || holder.tid == pid)
			continue;
		snprintf(name, sizeof(name), "%d/task/%d/ns/cgroup", pid, holder.tid);
		rc = cg_procfs_ns_inode(walk->procfd, name, &holder.inode);
		if (cg_only_shortage(rc))
			return rc;
		if (rc || holder.inode == own)
			continue;
		rc = walk->visit(&holder, walk->data);
		if (rc)
			return rc;
	}
	return rc;
}

/* Whether these mounts are new to the walk: 1, 0 or -ENOMEM. */
static int remember_sight(struct walk *walk, const struct sight *sight)
{
	struct sight *grown;

	for (size_t i = walk->sight_count; i-- > 0;)
		if (!memcmp(&walk->sights[i], sight, sizeof(*sight)))
			return 0;
	grown = reallocarray(walk->sights, walk->sight_count + 1, sizeof(*grown));
	if (!grown)
		return -ENOMEM;
	walk->sights = grown;
	walk->sights[walk->sight_count++] = *sight;
	return 1;
}

static int read_sight(struct walk *walk, pid_t pid, pid_t tid, struct sight *sight)
{
	char link[64], name[NAME_SIZE];
	struct statx root;
	ssize_t len;

	snprintf(name, sizeof(name), "%d/task/%d/ns/mnt", pid, tid);
	len = readlinkat(walk->procfd, name, link, sizeof(link) - 1);
	if (len <= 0) /* 0: how older kernels say that one may not look */
		return len < 0 ? -errno : -EACCES;
	link[len] = '\0';
	if (sscanf(link, "mnt:[%" SCNu64 "]", &sight->mount_ns) != 1)
		return -EBADMSG;

	/* DONT_SYNC: a dead file server under somebody's root must not hold up the walk */
	snprintf(name, sizeof(name), "%d/task/%d/root", pid, tid);
	if (statx(walk->procfd, name, AT_NO_AUTOMOUNT | AT_STATX_DONT_SYNC, STATX_INO, &root) < 0)
		return errno == EIO ? -EACCES : -errno; /* EIO: of the disk that it is on */
	sight->root_ino = root.stx_ino;
	sight->root_dev = makedev(root.stx_dev_major, root.stx_dev_minor);
	return 0;
}

/*
 * The mount point, if the mountinfo line is of a bind mount of a cgroup
 * namespace: "36 35 0:4 cgroup:[4026532281] /run/ns rw - nsfs nsfs rw".
 */
static char *parse_ns_mount(char *line, uint64_t *inode)
{
	char *root = line, *point, *end;

	if (!strstr(line, " - nsfs "))
		return NULL;
	for (int field = 0; field < 3; field++) {
		root = strchr(root, ' ');
		if (!root)
			return NULL;
		root++;
	}
	point = strchr(root, ' ');
	end = point ? strchr(point + 1, ' ') : NULL;
	if (!end)
		return NULL;
	*point++ = '\0';
	*end = '\0';
	*inode = inode_of(root);
	cg_mount_unescape(point);
	return *inode ? point : NULL;
}

static int look_at_mounts(struct walk *walk, pid_t pid, pid_t tid)
{
	struct cg_holder holder = { .kind = CG_HOLDER_MOUNT, .pid = pid, .tid = tid, .fd = -1 };
	struct sight sight = { 0 };
	char name[NAME_SIZE];
	char *next;
	int rc;

	rc = read_sight(walk, pid, tid, &sight);
	if (tid == pid)
		walk->refused = cg_procfs_refused(rc);
	if (rc)
		return cg_only_shortage(rc);
	rc = remember_sight(walk, &sight);
	if (rc <= 0)
		return rc;
	snprintf(name, sizeof(name), "%d/task/%d/mountinfo", pid, tid);
	rc = cg_procfs_read(walk->procfd, name, &walk->text);
	if (rc) {
		walk->sight_count--; /* the next thread that sees the same may be readable */
		return cg_only_shortage(rc);
	}
	for (char *line = walk->text.data; line && *line; line = next) {
		next = strchr(line, '\n');
		if (next)
			*next++ = '\0';
		holder.file = parse_ns_mount(line, &holder.inode);
		rc = holder.file ? walk->visit(&holder, walk->data) : 0;
		if (rc)
			return rc;
	}
	return 0;
}

static int look_at_process_mounts(struct walk *walk, pid_t pid, CG_UNUSED pid_t tid)
{
	return for_each_thread(walk, pid, look_at_mounts);
}

static int look_at_fds(struct walk *walk, pid_t pid, pid_t tid)
{
	struct cg_holder holder = { .kind = CG_HOLDER_FD, .pid = pid, .tid = tid };
	cleanup_dir DIR *dir = NULL;
	char name[NAME_SIZE], link[64];
	struct dirent *entry;
	int rc;

	snprintf(name, sizeof(name), "%d/fd", pid);
	rc = open_dir(walk->procfd, name, &dir);
	walk->refused = cg_procfs_refused(rc);
	if (rc)
		return cg_only_shortage(rc);
	while (!rc && !(rc = next_entry(dir, &entry)) && entry) {
		ssize_t len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);

		if (len <= 0) {
			rc = cg_only_shortage(len < 0 ? -errno : 0);
			continue;
		}
		link[len] = '\0';
		holder.inode = inode_of(link);
		if (!holder.inode)
			continue;
		holder.fd = atoi(entry->d_name);
		rc = walk->visit(&holder, walk->data);
	}
	return rc;
}

/* One pass over /proc. */
static int for_each_process(struct walk *walk, look_fn look, size_t *hidden)
{
	cleanup_dir DIR *dir = NULL;
	struct dirent *entry;
	int rc = open_dir(walk->procfd, ".", &dir);

	if (rc)
		return rc;
	*hidden = 0;
	while (!(rc = next_entry(dir, &entry)) && entry) {
		pid_t pid = cg_procfs_entry_pid(entry->d_name);

		if (pid <= 0)
			continue;
		walk->refused = false;
		rc = look(walk, pid, pid);
		if (rc)
			return rc;
		*hidden += walk->refused;
	}
	return rc;
}

/*
 * Opens a namespace by its id, with a file handle of nsfs (Linux 6.18). Any
 * file of nsfs will do as the place to open it in.
 */
static int open_by_id(uint64_t ns_id, int *nsfd)
{
	struct {
		struct file_handle head;
		struct { /* struct nsfs_file_handle (linux/nsfs.h of Linux 6.18) */
			uint64_t ns_id;
			uint32_t ns_type; /* 0: any */
			uint32_t ns_inum; /* 0: any */
		} body;
	} handle = {
		.head = { .handle_bytes = sizeof(handle.body), .handle_type = 0xf1 },
		.body = { .ns_id = ns_id },
	};
	cleanup_fd int place = open("/proc/self/ns/cgroup", O_RDONLY | O_CLOEXEC);

	if (place < 0)
		return -errno;
	*nsfd = open_by_handle_at(place, &handle.head, O_RDONLY | O_CLOEXEC);
	return *nsfd < 0 ? -errno : 0;
}

static int look_at_kernel_list(struct walk *walk)
{
	struct { /* struct ns_id_req (linux/nsfs.h of Linux 7.0) */
		uint32_t size;
		uint32_t spare;
		uint64_t ns_id; /* list those after this one */
		uint32_t ns_type;
		uint32_t spare2;
		uint64_t user_ns_id; /* 0: whoever owns them */
	} request = { .size = sizeof(request), .ns_type = CLONE_NEWCGROUP };
	uint64_t ids[256];
	long count;

	while ((count = syscall(__NR_listns, &request, ids, CG_ARRAY_SIZE(ids), 0)) > 0) {
		for (long i = 0; i < count; i++) {
			struct cg_holder holder = { .kind = CG_HOLDER_KERNEL,
						    .fd = -1,
						    .ns_id = ids[i] };
			cleanup_fd int nsfd = -1;
			struct stat st;
			int rc = open_by_id(ids[i], &nsfd);

			if (!rc && fstat(nsfd, &st) < 0)
				rc = -errno;
			if (cg_only_shortage(rc))
				return rc;
			if (rc)
				continue;
			holder.inode = st.st_ino;
			rc = walk->visit(&holder, walk->data);
			if (rc)
				return rc;
		}
		request.ns_id = ids[count - 1];
	}
	return count < 0 ? cg_only_shortage(-errno) : 0;
}

int cg_holders_walk(unsigned int kinds, cg_holder_visit visit, void *data, size_t *hidden)
{
	static const struct {
		enum cg_holder_kind kind;
		look_fn look;
	} passes[] = {
		{ CG_HOLDER_PROCESS, look_at_process },
		{ CG_HOLDER_THREAD, look_at_threads },
		{ CG_HOLDER_MOUNT, look_at_process_mounts },
		{ CG_HOLDER_FD, look_at_fds },
	};
	cleanup_fd int procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct walk walk = { .visit = visit, .data = data, .procfd = procfd };
	size_t refused = 0, most_refused = 0;
	int rc = procfd < 0 ? -errno : 0;

	for (size_t i = 0; !rc && i < CG_ARRAY_SIZE(passes); i++) {
		if (!(kinds & passes[i].kind))
			continue;
		rc = for_each_process(&walk, passes[i].look, &refused);
		/* each pass is refused by the same processes: they are not to be added up */
		if (!rc && refused > most_refused)
			most_refused = refused;
	}
	if (!rc && kinds & CG_HOLDER_KERNEL)
		rc = look_at_kernel_list(&walk);
	if (hidden)
		*hidden = most_refused;
	cg_text_free(&walk.text);
	free(walk.sights);
	return rc;
}

/* An O_PATH descriptor of what the holder holds; not yet known to be a namespace. */
static int open_path(const struct cg_holder *holder)
{
	char name[NAME_SIZE];
	cleanup_fd int root = -1;

	switch (holder->kind) {
	case CG_HOLDER_PROCESS:
		snprintf(name, sizeof(name), "/proc/%d/ns/cgroup", holder->pid);
		break;
	case CG_HOLDER_THREAD:
		snprintf(name, sizeof(name), "/proc/%d/task/%d/ns/cgroup", holder->pid,
			 holder->tid);
		break;
	case CG_HOLDER_FD:
		snprintf(name, sizeof(name), "/proc/%d/fd/%d", holder->pid, holder->fd);
		break;
	case CG_HOLDER_MOUNT:
		snprintf(name, sizeof(name), "/proc/%d/task/%d/root", holder->pid, holder->tid);
		root = open(name, O_PATH | O_DIRECTORY | O_CLOEXEC);
		if (root < 0)
			return -1;
		return cg_openat2(root, holder->file, O_PATH | O_CLOEXEC,
				  RESOLVE_IN_ROOT | RESOLVE_NO_SYMLINKS);
	default:
		errno = EINVAL;
		return -1;
	}
	return open(name, O_PATH | O_CLOEXEC);
}

int cg_holder_open(const struct cg_holder *holder, int *nsfd)
{
	cleanup_fd int path = -1, fd = -1;
	char name[NAME_SIZE];
	struct statfs fs;
	struct stat st;
	int rc, type;

	*nsfd = -1;
	if (holder->kind == CG_HOLDER_KERNEL) {
		rc = open_by_id(holder->ns_id, &fd);
		if (rc)
			return rc;
	} else {
		/* O_PATH first: opening somebody's FIFO or device for reading has effects */
		path = open_path(holder);
		if (path < 0 || fstatfs(path, &fs) < 0)
			return -errno;
		if (fs.f_type != NSFS_MAGIC)
			return -ESTALE;
		snprintf(name, sizeof(name), "/proc/self/fd/%d", path);
		fd = open(name, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
	}
	type = ioctl(fd, NS_GET_NSTYPE);
	if (type < 0 || fstat(fd, &st) < 0)
		return -errno;
	if (st.st_ino != holder->inode || type != CLONE_NEWCGROUP)
		return -ESTALE;
	*nsfd = cg_steal_fd(&fd);
	return 0;
}
