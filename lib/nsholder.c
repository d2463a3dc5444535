/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsholder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <search.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>

#include "mountinfo/mountinfo.h"
#include "opener.h"
#include "procfs.h"
#include "syscalls.h"

struct mount_namespace {
	uint64_t inode;
	size_t count;
	struct cg_viewpoint
		seen[CG_HOLDER_ROOTS]; /* whoever makes more of them makes no more work */
};

struct walk {
	unsigned int kind;
	cg_holder_visit visit;
	void *data;
	int procfd;
	bool refused;		/* the process that is looked at may not be looked at */
	uint64_t own;		/* its namespace, while its threads are looked at */
	bool crowded;		/* not all of its mounts were */
	void *mount_namespaces; /* whose mounts were visited: a tree of tsearch(3) */
	struct cg_text text;
};

/*
 * Looks at one process or thread; returns what visit returned, or a negative
 * errno value for what no single process is the reason of.
 */
typedef int (*look_fn)(struct walk *walk, pid_t pid, pid_t tid);

/*
 * Reads the namespace of a process: that of its first thread or, where that has
 * ended, of the first that lives. Returns 0 with *tid, or a negative errno value.
 */
static int read_process(struct walk *walk, pid_t pid, pid_t *tid, uint64_t *inode)
{
	int rc;

	*tid = pid;
	rc = cg_procfs_ns_inode(walk->procfd, cg_proc_name("%d/ns/cgroup", pid).text, inode);
	if (cg_procfs_has_ended(rc)) {
		*tid = cg_procfs_living_thread(walk->procfd, cg_proc_name("%d", pid).text, inode);
		if (*tid <= 0)
			return *tid ?: -ESRCH;
		rc = *inode ? 0 : -EACCES;
	}
	walk->refused = cg_procfs_refused(rc);
	return rc;
}

static int look_at_process(struct walk *walk, pid_t pid, pid_t tid)
{
	struct cg_holder holder = { .kind = CG_HOLDER_PROCESS, .pid = pid, .tid = tid, .fd = -1 };
	int rc = read_process(walk, pid, &holder.tid, &holder.inode);

	return rc ? cg_procfs_unless_unseen(rc) : walk->visit(&holder, walk->data);
}

/* Calls look for every thread of the process, the first one first. */
static int for_each_thread(struct walk *walk, pid_t pid, look_fn look)
{
	cleanup_dir DIR *dir = NULL;
	pid_t tid = 0;
	int rc = look(walk, pid, pid);

	if (rc || walk->refused)
		return rc;
	rc = cg_opendir(walk->procfd, cg_proc_name("%d/task", pid).text, &dir);
	if (rc)
		return cg_procfs_unless_unseen(rc);
	while (rc == 0 && (tid = cg_procfs_next(dir)) > 0)
		if (tid != pid)
			rc = look(walk, pid, tid);
	return rc ?: tid;
}

static int look_at_thread(struct walk *walk, pid_t pid, pid_t tid)
{
	struct cg_holder holder = { .kind = CG_HOLDER_THREAD, .pid = pid, .tid = tid, .fd = -1 };
	int rc;

	if (tid == pid)
		return cg_procfs_unless_unseen(read_process(walk, pid, &tid, &walk->own));
	rc = cg_procfs_ns_inode(walk->procfd, cg_proc_name("%d/task/%d/ns/cgroup", pid, tid).text,
				&holder.inode);
	if (rc || holder.inode == walk->own)
		return cg_procfs_unless_unseen(rc);
	return walk->visit(&holder, walk->data);
}

static int look_at_threads(struct walk *walk, pid_t pid, CG_UNUSED pid_t tid)
{
	return for_each_thread(walk, pid, look_at_thread);
}

static int compare_namespaces(const void *left, const void *right)
{
	const struct mount_namespace *a = left, *b = right;

	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

/* The mount namespace, as far as it was visited; NULL: no memory. */
static struct mount_namespace *find_mount_namespace(struct walk *walk, uint64_t inode)
{
	const struct mount_namespace wanted = { .inode = inode };
	struct mount_namespace *const *node =
		tfind(&wanted, &walk->mount_namespaces, compare_namespaces);
	struct mount_namespace *fresh;

	if (node)
		return *node;
	fresh = calloc(1, sizeof(*fresh));
	if (fresh)
		fresh->inode = inode;
	if (fresh && !tsearch(fresh, &walk->mount_namespaces, compare_namespaces)) {
		free(fresh);
		fresh = NULL;
	}
	return fresh;
}

static bool was_visited(const struct mount_namespace *namespace,
			const struct cg_viewpoint *viewpoint)
{
	for (size_t i = 0; i < namespace->count; i++)
		if (cg_viewpoint_is_same(&namespace->seen[i], viewpoint))
			return true;
	return false;
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
	*inode = cg_procfs_parse_ns(root);
	cg_mount_unescape(point);
	return *inode ? point : NULL;
}

static int look_at_mounts(struct walk *walk, pid_t pid, pid_t tid)
{
	struct cg_holder holder = { .kind = CG_HOLDER_MOUNT, .pid = pid, .tid = tid, .fd = -1 };
	struct mount_namespace *namespace;
	struct cg_viewpoint viewpoint = { 0 };
	char *next;
	int rc;

	rc = cg_viewpoint_read(walk->procfd, cg_proc_name("%d/task/%d", pid, tid).text, &viewpoint);
	if (rc == -EIO) /* of the disk that its root is on */
		rc = -EACCES;
	if (tid == pid)
		walk->refused = cg_procfs_refused(rc);
	if (rc)
		return cg_procfs_unless_unseen(rc);
	namespace = find_mount_namespace(walk, viewpoint.ns);
	if (!namespace)
		return -ENOMEM;
	if (was_visited(namespace, &viewpoint))
		return 0;
	if (namespace->count == CG_HOLDER_ROOTS) {
		walk->crowded = true;
		return 0;
	}
	rc = cg_procfs_read(walk->procfd, cg_proc_name("%d/task/%d/mountinfo", pid, tid).text,
			    &walk->text);
	if (rc) /* EINVAL: it is ending; the next thread that sees the same may be readable */
		return rc == -EINVAL ? 0 : cg_procfs_unless_unseen(rc);
	namespace->seen[namespace->count++] = viewpoint;
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
	char link[64];
	struct dirent *entry;
	int rc;

	rc = cg_opendir(walk->procfd, cg_proc_name("%d/fd", pid).text, &dir);
	walk->refused = cg_procfs_refused(rc);
	if (rc)
		return cg_procfs_unless_unseen(rc);
	while (rc == 0 && (rc = cg_readdir(dir, &entry)) == 0 && entry) {
		ssize_t len;

		if (entry->d_type != DT_LNK)
			continue;
		len = readlinkat(dirfd(dir), entry->d_name, link, sizeof(link) - 1);
		if (len <= 0) {
			rc = cg_procfs_unless_unseen(len < 0 ? -errno : 0);
			continue;
		}
		link[len] = '\0';
		holder.inode = cg_procfs_parse_ns(link);
		if (!holder.inode)
			continue;
		holder.fd = atoi(entry->d_name);
		rc = walk->visit(&holder, walk->data);
	}
	return cg_procfs_has_ended(rc) ? 0 : rc;
}

/* One pass over /proc. */
static int for_each_process(struct walk *walk, look_fn look, struct cg_holders_unseen *unseen)
{
	cleanup_dir DIR *dir = NULL;
	size_t refused = 0;
	int rc = cg_opendir(walk->procfd, ".", &dir);
	pid_t pid = 0;

	while (rc == 0 && (pid = cg_procfs_next(dir)) > 0) {
		walk->refused = walk->crowded = false;
		rc = look(walk, pid, pid);
		refused += walk->refused;
		unseen->crowded += walk->crowded;
		if (walk->crowded)
			unseen->crowded_by = pid;
	}
	/* each pass is refused by the same processes: they are not to be added up */
	if (refused > unseen->hidden)
		unseen->hidden = refused;
	return rc ?: pid;
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

/* What listns(2) and file handles of nsfs say where there are none, for this caller, or any longer.
 */
static int unless_unlisted(int rc)
{
	switch (-rc) {
	case ENOSYS:
	case EOPNOTSUPP:
	case EINVAL:
	case ESTALE:
		return 0;
	default:
		return cg_procfs_unless_unseen(rc);
	}
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

			if (rc == 0 && fstat(nsfd, &st) < 0)
				rc = -errno;
			if (unless_unlisted(rc))
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
	return count < 0 ? unless_unlisted(-errno) : 0;
}

int cg_holders_walk(unsigned int kinds, cg_holder_visit visit, void *data,
		    struct cg_holders_unseen *unseen)
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
	struct cg_holders_unseen passed_over = { 0 };
	int rc = procfd < 0 ? -errno : 0;

	for (size_t i = 0; rc == 0 && i < CG_ARRAY_SIZE(passes); i++) {
		if (!(kinds & passes[i].kind))
			continue;
		rc = for_each_process(&walk, passes[i].look, &passed_over);
	}
	if (rc == 0 && kinds & CG_HOLDER_KERNEL)
		rc = look_at_kernel_list(&walk);
	if (unseen)
		*unseen = passed_over;
	cg_text_free(&walk.text);
	tdestroy(walk.mount_namespaces, free);
	return rc;
}

/* An O_PATH descriptor of what the holder holds, not yet known to be a namespace, or -errno. */
static int open_path(const struct cg_holder *holder)
{
	cleanup_opener struct cg_opener opener = CG_OPENER_INIT;
	cleanup_fd int root = -1;
	struct cg_proc_name name;

	switch (holder->kind) {
	case CG_HOLDER_PROCESS:
		name = cg_proc_name("/proc/%d/ns/cgroup", holder->tid ?: holder->pid);
		break;
	case CG_HOLDER_THREAD:
		name = cg_proc_name("/proc/%d/task/%d/ns/cgroup", holder->pid, holder->tid);
		break;
	case CG_HOLDER_FD:
		name = cg_proc_name("/proc/%d/fd/%d", holder->pid, holder->fd);
		if (!holder->pid)
			name = cg_proc_name("/proc/self/fd/%d", holder->fd);
		break;
	case CG_HOLDER_MOUNT:
		name = cg_proc_name("/proc/%d/task/%d/root", holder->pid, holder->tid);
		root = cg_procfs_open_link(AT_FDCWD, name.text, O_PATH | O_DIRECTORY);
		return root < 0 ? root : cg_opener_open(&opener, root, holder->file);
	default:
		return -EINVAL;
	}
	return cg_procfs_open_link(AT_FDCWD, name.text, O_PATH);
}

int cg_holder_open(const struct cg_holder *holder, int *nsfd)
{
	cleanup_fd int path = -1, fd = -1;
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
		if (path < 0)
			return path;
		if (fstatfs(path, &fs) < 0)
			return -errno;
		if (fs.f_type != NSFS_MAGIC)
			return -ESTALE;
		fd = open(cg_proc_name("/proc/self/fd/%d", path).text, O_RDONLY | O_CLOEXEC);
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
