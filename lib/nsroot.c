/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsroot.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include "mountinfo.h"
#include "path.h"
#include "procfs.h"
#include "syscalls.h"

#define MIGRATION_TRIES 8
#define SCRATCH_POINT	"/proc" /* the child's private mounts go over it: it is always there */

/* How the child learnt something about one hierarchy. */
enum source {
	BY_MEMBER,  /* text is the member's view */
	BY_ITSELF,  /* text is the child's own view */
	BY_MOUNT,   /* its root is to be read in /proc/CHILD/mountinfo, which of them in order */
	BY_NOTHING, /* errnum says why */
};

/* What the child says of one hierarchy; len bytes of text follow. */
struct answer {
	enum source source;
	int errnum;
	bool waits;   /* the child waits for the parent once all its answers are out */
	pid_t prober; /* the process that waits, and has the mount; else 0 */
	size_t len;
};

/* What is written together, or was read together: many answers fit in. */
struct stream {
	size_t start; /* read so far */
	size_t len;
	char data[32768];
};

/* One end of the talk between parent and child. */
struct channel {
	int fd;
	int procfd;	       /* /proc, opened before anything is mounted over it */
	struct stream *stream; /* answers go through it; NULL: each by itself */
};

static int write_all(int fd, const void *data, size_t len)
{
	for (const char *at = data; len > 0;) {
		ssize_t done = send(fd, at, len, MSG_NOSIGNAL);

		if (done < 0 && errno == EINTR)
			continue;
		if (done < 0)
			return -errno;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}

static int read_all(int fd, void *data, size_t len)
{
	for (char *at = data; len > 0;) {
		ssize_t done = read(fd, at, len);

		if (done < 0 && errno == EINTR)
			continue;
		if (done <= 0)
			return done < 0 ? -errno : -EPIPE;
		at += done;
		len -= (size_t)done;
	}
	return 0;
}

/* Sends what is still in the stream. */
static int flush(const struct channel *channel)
{
	struct stream *stream = channel->stream;
	int rc = 0;

	if (stream && stream->len > 0) {
		rc = write_all(channel->fd, stream->data, stream->len);
		stream->len = 0;
	}
	return rc;
}

static int put(const struct channel *channel, const void *data, size_t len)
{
	struct stream *stream = channel->stream;

	if (stream && stream->len + len > sizeof(stream->data)) {
		int rc = flush(channel);

		if (rc < 0)
			return rc;
	}
	if (!stream || len > sizeof(stream->data))
		return write_all(channel->fd, data, len);
	memcpy(stream->data + stream->len, data, len);
	stream->len += len;
	return 0;
}

static int take(const struct channel *channel, void *data, size_t len)
{
	struct stream *stream = channel->stream;

	if (!stream)
		return read_all(channel->fd, data, len);
	for (char *at = data; len > 0;) {
		size_t ready = stream->len - stream->start;
		ssize_t got;

		if (ready > 0) {
			ready = ready < len ? ready : len;
			memcpy(at, stream->data + stream->start, ready);
			stream->start += ready;
			at += ready;
			len -= ready;
			continue;
		}
		got = read(channel->fd, stream->data, sizeof(stream->data));
		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got < 0 ? -errno : -EPIPE;
		stream->start = 0;
		stream->len = (size_t)got;
	}
	return 0;
}

/*
 * The root of the last mount of that hierarchy over the scratch point of a
 * process ("1234" or "self"), in the view of who calls this.
 */
static int scratch_root(int procfd, const char *process, const char *controllers, char **root)
{
	cleanup_mounts struct cg_mounts mounts = CG_MOUNTS_INIT;
	cleanup_fd int procdir = openat(procfd, process, O_PATH | O_DIRECTORY | O_CLOEXEC);
	int rc = procdir < 0 ? -errno : cg_mounts_read(procdir, &mounts);

	for (size_t i = mounts.count; rc == 0 && i-- > 0;) {
		struct cg_mount *mount = &mounts.items[i];

		if (strcmp(mount->point, SCRATCH_POINT) != 0 || !cg_mount_shows(mount, controllers))
			continue;
		*root = cg_steal_ptr(&mount->root);
		return 0;
	}
	return rc < 0 ? rc : -ENXIO;
}

/* ---- in the child ---- */

/* What the child knows about the namespace that it is in. */
struct inside {
	struct cg_memberships member;
	struct cg_memberships itself;
	bool has_member;
	bool initial;	/* never mount here: it would change the host's mount options */
	bool must_wait; /* the parent has to look at this process before it goes on */
	bool private;	/* has a mount namespace of its own */
	size_t mounted; /* private mounts, to be undone */
};

static int send_answer(const struct channel *channel, enum source source, int errnum, bool waits,
		       const char *text)
{
	struct answer answer = { source, errnum, waits, waits ? getpid() : 0,
				 text ? strlen(text) : 0 };
	int rc = put(channel, &answer, sizeof(answer));

	return rc < 0 || !text ? rc : put(channel, text, answer.len);
}

/*
 * Mounts the hierarchy where only this process sees it. Returns 0; -ENOENT if
 * the namespace's root was removed; or another -errno.
 *
 * The kernel goes down to the root by names. Where the root was removed and a
 * cgroup of the same name was made since, the mount shows that one: it is
 * known by its view, for nothing but the root reads "/".
 */
static int mount_privately(const struct channel *channel, struct inside *inside,
			   const char *controllers)
{
	unsigned long flags = MS_NOSUID | MS_NODEV | MS_NOEXEC;
	bool unified = *controllers == '\0';
	cleanup_free char *root = NULL;
	int rc = inside->private ? 0 : cg_mounts_unshare();

	if (rc < 0)
		return rc;
	inside->private = true;
	if (mount("cgns", SCRATCH_POINT, unified ? "cgroup2" : "cgroup", flags,
		  unified ? NULL : controllers) < 0)
		return -errno;
	inside->mounted++;
	rc = scratch_root(channel->procfd, "self", controllers, &root);
	if (rc == 0 && strcmp(root, "/") != 0)
		rc = -ENOENT;
	return rc;
}

static bool tells_root(const struct cg_memberships *memberships, const char *controllers)
{
	const char *view = cg_memberships_path(memberships, controllers);

	return view && !cg_path_is_outside(view);
}

static int read_member(const struct channel *channel, pid_t pid, struct cg_memberships *member)
{
	char name[64];

	if (pid <= 0)
		return -ESRCH;
	snprintf(name, sizeof(name), "%d/cgroup", pid);
	return cg_memberships_read(channel->procfd, name, member);
}

/* Reads its own cgroups inside, if it has not yet. */
static int look_at_itself(const struct channel *channel, struct inside *inside)
{
	int rc = 0;

	if (inside->itself.count == 0)
		rc = read_member(channel, getpid(), &inside->itself);
	return rc;
}

static int answer_one(const struct channel *channel, struct inside *inside, const char *controllers)
{
	int rc;

	if (inside->has_member && tells_root(&inside->member, controllers))
		return send_answer(channel, BY_MEMBER, 0, false,
				   cg_memberships_path(&inside->member, controllers));
	rc = look_at_itself(channel, inside);
	if (rc < 0)
		return rc;
	inside->must_wait = true;
	if (tells_root(&inside->itself, controllers))
		return send_answer(channel, BY_ITSELF, 0, true,
				   cg_memberships_path(&inside->itself, controllers));
	rc = inside->initial ? -EPERM : mount_privately(channel, inside, controllers);
	return send_answer(channel, rc < 0 ? BY_NOTHING : BY_MOUNT, -rc, true, NULL);
}

/* Waits until the parent has read this process's files, then takes the mounts away. */
static int wait_and_undo(const struct channel *channel, struct inside *inside)
{
	char done;
	int rc = flush(channel);

	if (rc == 0)
		rc = read_all(channel->fd, &done, 1);
	for (; inside->mounted > 0; inside->mounted--)
		umount2(SCRATCH_POINT, MNT_DETACH);
	return rc;
}

static int answer_all(const struct channel *channel, const struct cg_nsroot *namespace,
		      const struct cg_hierarchies *hierarchies)
{
	struct inside inside = {
		.member = CG_MEMBERSHIPS_INIT,
		.itself = CG_MEMBERSHIPS_INIT,
		.initial = namespace->ns_inode == CG_INITIAL_NS_INODE,
	};
	int rc = 0;

	inside.has_member = read_member(channel, namespace->pid, &inside.member) == 0;
	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++)
		rc = answer_one(channel, &inside, hierarchies->items[i].controllers);
	if (rc == 0 && inside.must_wait)
		rc = wait_and_undo(channel, &inside);
	cg_memberships_free(&inside.member);
	cg_memberships_free(&inside.itself);
	return rc;
}

static int refuse_all(const struct channel *channel, const struct cg_hierarchies *hierarchies,
		      int errnum)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++)
		rc = send_answer(channel, BY_NOTHING, errnum, false, NULL);
	return rc;
}

/* Opens the namespace of a query, and makes sure that it is the one meant. */
static int open_namespace(const struct channel *channel, const struct cg_nsroot *namespace)
{
	cleanup_fd int fd = -1;
	struct stat st;
	char name[64];

	if (namespace->nsfd >= 0)
		return fcntl(namespace->nsfd, F_DUPFD_CLOEXEC, 0);
	snprintf(name, sizeof(name), "%d/ns/cgroup", namespace->pid);
	fd = openat(channel->procfd, name, O_RDONLY | O_CLOEXEC);
	if (fd < 0) {
		if (errno == ENOENT) /* the member ended: that says nothing about the root */
			errno = ESRCH;
		return -1;
	}
	if (fstat(fd, &st) < 0)
		return -1;
	if (st.st_ino != namespace->ns_inode) {
		errno = ESRCH;
		return -1;
	}
	return cg_steal_fd(&fd);
}

/* Enters by way of the user namespace that owns it; there is no way back. */
static int enter_through_owner(int nsfd)
{
	cleanup_fd int owner = ioctl(nsfd, NS_GET_USERNS);

	if (owner < 0 || setns(owner, CLONE_NEWUSER) < 0 || setns(nsfd, CLONE_NEWCGROUP) < 0)
		return -EPERM;
	return 0;
}

/* Waits for the end of a child. Returns 0 if it ended well, else -EPIPE. */
static int reap(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -EPIPE;
	return status == 0 ? 0 : -EPIPE;
}

/* Answers from a process of its own, which then cannot enter anything else. */
static int answer_through_owner(const struct channel *channel, int nsfd,
				const struct cg_nsroot *namespace,
				const struct cg_hierarchies *hierarchies)
{
	int rc = flush(channel); /* it must not go out twice */
	pid_t pid;

	if (rc < 0)
		return rc;
	pid = fork();
	if (pid < 0)
		return refuse_all(channel, hierarchies, errno);
	if (pid == 0) {
		rc = enter_through_owner(nsfd);
		rc = rc < 0 ? refuse_all(channel, hierarchies, -rc)
			    : answer_all(channel, namespace, hierarchies);
		if (rc == 0)
			rc = flush(channel);
		_exit(rc < 0);
	}
	return reap(pid);
}

static int probe(const struct channel *channel, const struct cg_nsroot *namespace,
		 const struct cg_hierarchies *hierarchies)
{
	cleanup_fd int nsfd = open_namespace(channel, namespace);

	if (nsfd < 0)
		return refuse_all(channel, hierarchies, errno);
	if (setns(nsfd, CLONE_NEWCGROUP) == 0)
		return answer_all(channel, namespace, hierarchies);
	if (errno == EPERM)
		return answer_through_owner(channel, nsfd, namespace, hierarchies);
	return refuse_all(channel, hierarchies, errno);
}

static CG_NORETURN void child_main(const struct channel *channel,
				   const struct cg_nsroot *namespaces, const size_t *pending,
				   size_t count, const struct cg_hierarchies *hierarchies)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = probe(channel, &namespaces[pending[i]], hierarchies);
	if (rc == 0)
		rc = flush(channel);
	_exit(rc < 0);
}

/* ---- in the parent ---- */

/* A forked child that talks. */
struct child {
	pid_t pid;
	struct channel channel;
};

#define CHILD_INIT                   \
	{                            \
		0,                   \
		{                    \
			-1, -1, NULL \
		}                    \
	}

/*
 * Forks. Returns 0 in the child, its PID in the parent, or -errno. The child
 * is not dumpable: it may enter a user namespace whose owner must not get at
 * what it has open.
 */
static pid_t child_fork(struct child *child)
{
	int ends[2];

	if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) < 0)
		return -errno;
	child->pid = fork();
	if (child->pid == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		if (prctl(PR_SET_DUMPABLE, 0) < 0)
			_exit(EXIT_FAILURE);
		close(ends[0]);
		child->channel.fd = ends[1];
		return 0;
	}
	close(ends[1]);
	child->channel.fd = ends[0];
	return child->pid < 0 ? -errno : child->pid;
}

/* Closing the channel ends a child that still waits or writes. */
static void child_end(struct child *child)
{
	cg_cleanup_fd(&child->channel.fd);
	cg_cleanup_fd(&child->channel.procfd);
	if (child->pid > 0)
		reap(child->pid);
}

#define cleanup_child cleanup_with(child_end)

/* What the parent works on. */
struct finder {
	struct cg_nsroot *namespaces;
	const struct cg_hierarchies *hierarchies;
	bool initial;	 /* the caller is in the initial namespace */
	size_t *pending; /* indexes into namespaces */
	size_t count;
	const struct cg_memberships **before; /* of each member, by the order of pending */
	struct cg_memberships *looked;	      /* those of them that the caller had not seen */
	struct cg_memberships own;
	struct cg_memberships after;
};

static void root_set(struct cg_root *root, enum cg_root_state state, int errnum, char *path)
{
	free(root->path);
	*root = (struct cg_root){ state, errnum, path };
}

/* The root from the same cgroup seen twice; -EAGAIN if it was not the same one, or -ENOMEM. */
static int root_by_views(struct cg_root *root, const struct cg_memberships *before,
			 const struct cg_memberships *after, const char *controllers,
			 const char *view, bool initial)
{
	const char *first = cg_memberships_path(before, controllers);
	const char *second = first ? cg_memberships_path(after, controllers) : NULL;
	char *path = NULL;
	int rc;

	if (!first || !second || strcmp(first, second) != 0)
		return -EAGAIN;
	rc = cg_path_root(second, view, &path);
	if (rc == -ERANGE)
		return -EAGAIN;
	if (rc == 0 && initial && cg_path_is_outside(path)) {
		free(path); /* nothing is above the initial root */
		return -EAGAIN;
	}
	if (rc == -ENOMEM)
		return rc;
	if (rc < 0)
		root_set(root, CG_ROOT_UNKNOWN, -rc, NULL);
	else
		root_set(root, CG_ROOT_KNOWN, 0, path);
	return 0;
}

static int root_by_mount(struct cg_root *root, int procfd, pid_t prober, const char *controllers)
{
	char *path = NULL;
	char name[64];
	int rc;

	snprintf(name, sizeof(name), "%d", prober);
	rc = scratch_root(procfd, name, controllers, &path);
	if (cg_errno_is_shortage(-rc))
		return rc;
	root_set(root, rc < 0 ? CG_ROOT_UNKNOWN : CG_ROOT_KNOWN, -rc, path);
	return 0;
}

/* One hierarchy's answer, with the text that came with it. */
struct received {
	struct answer answer;
	char *text;
};

static int receive(const struct channel *channel, struct received *received)
{
	int rc = take(channel, &received->answer, sizeof(received->answer));

	if (rc < 0)
		return rc;
	received->text = calloc(1, received->answer.len + 1);
	if (!received->text)
		return -ENOMEM;
	return take(channel, received->text, received->answer.len);
}

static int read_cgroup_of(int procfd, pid_t pid, struct cg_memberships *memberships)
{
	char name[64];

	snprintf(name, sizeof(name), "%d/cgroup", pid);
	return cg_memberships_read(procfd, name, memberships);
}

/* Empty where the process cannot be looked at. Returns 0, or what we ran short of. */
static int look_at(int procfd, pid_t pid, struct cg_memberships *memberships)
{
	int rc = pid > 0 ? read_cgroup_of(procfd, pid, memberships) : -ESRCH;

	if (rc < 0)
		memberships->count = 0;
	return cg_errno_is_shortage(-rc) ? rc : 0;
}

/* Turns one answer into a root. Returns 0, -EAGAIN to ask again, or what we ran short of. */
static int conclude(struct finder *finder, size_t nth, size_t hierarchy, int procfd,
		    const struct received *received)
{
	const char *controllers = finder->hierarchies->items[hierarchy].controllers;
	struct cg_nsroot *namespace = &finder->namespaces[finder->pending[nth]];
	struct cg_root *root = &namespace->roots[hierarchy];
	const struct answer *answer = &received->answer;
	int rc;

	switch (answer->source) {
	case BY_MEMBER:
		return root_by_views(root, finder->before[nth], &finder->after, controllers,
				     received->text, finder->initial);
	case BY_ITSELF:
		rc = read_cgroup_of(procfd, answer->prober, &finder->after);
		if (rc < 0)
			return cg_errno_is_shortage(-rc) ? rc : -EAGAIN;
		return root_by_views(root, &finder->own, &finder->after, controllers,
				     received->text, finder->initial);
	case BY_MOUNT:
		return root_by_mount(root, procfd, answer->prober, controllers);
	case BY_NOTHING:
		break;
	}
	root_set(root, answer->errnum == ENOENT ? CG_ROOT_REMOVED : CG_ROOT_UNKNOWN, answer->errnum,
		 NULL);
	return 0;
}

/* Hears what the child says of one namespace. Returns 0, -EAGAIN, or what broke the talk. */
static int hear(struct finder *finder, size_t nth, struct child *child, struct received *answers)
{
	const struct cg_nsroot *namespace = &finder->namespaces[finder->pending[nth]];
	int procfd = child->channel.procfd;
	bool waits = false, again = false;
	int rc = 0;

	for (size_t i = 0; i < finder->hierarchies->count; i++) {
		rc = receive(&child->channel, &answers[i]);
		if (rc < 0)
			return rc;
		waits |= answers[i].answer.waits;
	}
	rc = look_at(procfd, namespace->pid, &finder->after);
	/* those by the member first: the others are concluded from what takes finder->after */
	for (int by_member = 1; rc == 0 && by_member >= 0; by_member--) {
		for (size_t i = 0; rc == 0 && i < finder->hierarchies->count; i++) {
			if ((answers[i].answer.source == BY_MEMBER) != by_member)
				continue;
			rc = conclude(finder, nth, i, procfd, &answers[i]);
			again |= rc == -EAGAIN;
			rc = rc == -EAGAIN ? 0 : rc;
		}
	}
	if (rc == 0 && waits)
		rc = write_all(child->channel.fd, "", 1);
	return rc == 0 && again ? -EAGAIN : rc;
}

static void free_answers(struct received *answers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		free(answers[i].text);
		answers[i].text = NULL;
	}
}

/* What is so of the members before the child looks at them. */
static int look_before(struct finder *finder, int procfd)
{
	int rc = look_at(procfd, getpid(), &finder->own);

	for (size_t i = 0; rc == 0 && i < finder->count; i++) {
		struct cg_nsroot *namespace = &finder->namespaces[finder->pending[i]];

		finder->before[i] = namespace->seen;
		namespace->seen = NULL; /* if it has to be asked again, that is out of date */
		if (finder->before[i])
			continue;
		finder->before[i] = &finder->looked[i];
		rc = look_at(procfd, namespace->pid, &finder->looked[i]);
	}
	return rc;
}

/* Asks about all that is pending; what has to be asked again stays pending. */
static int ask(struct finder *finder, struct received *answers)
{
	cleanup_free struct stream *stream = calloc(1, sizeof(*stream));
	cleanup_child struct child child = CHILD_INIT;
	size_t again = 0;
	pid_t pid;
	int rc;

	if (!stream)
		return -ENOMEM;
	child.channel.stream = stream;
	child.channel.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.channel.procfd < 0)
		return -errno;
	rc = look_before(finder, child.channel.procfd);
	if (rc < 0)
		return rc;
	pid = child_fork(&child);
	if (pid == 0)
		child_main(&child.channel, finder->namespaces, finder->pending, finder->count,
			   finder->hierarchies);
	if (pid < 0)
		return pid;
	for (size_t i = 0; i < finder->count; i++) {
		rc = hear(finder, i, &child, answers);
		free_answers(answers, finder->hierarchies->count);
		if (rc == -EAGAIN)
			finder->pending[again++] = finder->pending[i];
		else if (rc < 0)
			return rc;
	}
	finder->count = again;
	return 0;
}

/* The caller's own namespace needs no child while its root is above its own cgroup. */
static bool is_own(const struct cg_nsroot *namespace, const struct cg_hierarchies *hierarchies,
		   const struct cg_own_namespace *own)
{
	struct stat st;

	if (own->inode == 0)
		return false;
	if (namespace->nsfd >= 0 ? fstat(namespace->nsfd, &st) < 0 || st.st_ino != own->inode ||
					   st.st_dev != own->device
				 : namespace->ns_inode != own->inode)
		return false;
	for (size_t i = 0; i < hierarchies->count; i++)
		if (!hierarchies->items[i].path || cg_path_is_outside(hierarchies->items[i].path))
			return false;
	return true;
}

static int answer_own(struct cg_nsroot *namespace, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		char *path = strdup("/");

		if (!path)
			return -ENOMEM;
		root_set(&namespace->roots[i], CG_ROOT_KNOWN, 0, path);
	}
	return 0;
}

/* Sets up what is to be asked, and answers what needs no asking. */
static int prepare(struct finder *finder, size_t count)
{
	size_t hierarchies = finder->hierarchies->count;
	struct cg_own_namespace own;
	int rc = 0;

	finder->initial = cg_procfs_own_namespace(AT_FDCWD, &own) == 0 && own.initial;
	for (size_t i = 0; i < count; i++)
		finder->namespaces[i].roots = NULL;
	finder->pending = calloc(count, sizeof(*finder->pending));
	finder->before = calloc(count, sizeof(*finder->before));
	finder->looked = calloc(count, sizeof(*finder->looked));
	if (!finder->pending || !finder->before || !finder->looked)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < count; i++) {
		struct cg_nsroot *namespace = &finder->namespaces[i];

		namespace->roots = calloc(hierarchies, sizeof(*namespace->roots));
		if (!namespace->roots)
			return -ENOMEM;
		if (is_own(namespace, finder->hierarchies, &own))
			rc = answer_own(namespace, hierarchies);
		else
			finder->pending[finder->count++] = i;
	}
	return rc;
}

static void give_up(struct finder *finder)
{
	for (size_t i = 0; i < finder->count; i++)
		for (size_t j = 0; j < finder->hierarchies->count; j++)
			root_set(&finder->namespaces[finder->pending[i]].roots[j], CG_ROOT_UNKNOWN,
				 EBUSY, NULL);
}

static void finder_free(struct finder *finder, size_t count)
{
	for (size_t i = 0; finder->looked && i < count; i++)
		cg_memberships_free(&finder->looked[i]);
	cg_memberships_free(&finder->own);
	cg_memberships_free(&finder->after);
	free(finder->looked);
	free(finder->before);
	free(finder->pending);
}

int cg_nsroot_find(struct cg_nsroot *namespaces, size_t count,
		   const struct cg_hierarchies *hierarchies, struct cg_error *err)
{
	struct finder finder = { .namespaces = namespaces, .hierarchies = hierarchies };
	cleanup_free struct received *answers = calloc(hierarchies->count, sizeof(*answers));
	int rc = answers ? prepare(&finder, count) : -ENOMEM;

	for (int tries = 0; rc == 0 && finder.count > 0 && tries < MIGRATION_TRIES; tries++)
		rc = ask(&finder, answers);
	if (answers)
		free_answers(answers, hierarchies->count);
	if (rc == 0)
		give_up(&finder);
	finder_free(&finder, count);
	if (rc < 0) {
		cg_nsroot_free(namespaces, count, hierarchies);
		return cg_error_set(err, -rc, "cannot look for the roots of namespaces");
	}
	return 0;
}

void cg_nsroot_free(struct cg_nsroot *namespaces, size_t count,
		    const struct cg_hierarchies *hierarchies)
{
	for (size_t i = 0; i < count; i++) {
		struct cg_nsroot *namespace = &namespaces[i];

		for (size_t j = 0; namespace->roots && j < hierarchies->count; j++)
			free(namespace->roots[j].path);
		free(namespace->roots);
		namespace->roots = NULL;
	}
}

int cg_root_explain(const struct cg_root *root, const char *what, struct cg_error *err)
{
	if (root->state == CG_ROOT_REMOVED) {
		cg_error_set(err, 0, "the root of %s was removed", what);
		cg_error_hint(err, "only its processes can still be seen from there");
		return -ENOENT;
	}
	cg_error_set(err, root->errnum, "cannot find the root of %s", what);
	switch (root->errnum) {
	case EPERM:
	case EACCES:
		return cg_error_hint(err, "entering a cgroup namespace needs CAP_SYS_ADMIN in the "
					  "caller's user namespace and in the one that owns it");
	case EBUSY:
		return cg_error_hint(err, "its processes are being moved all the time");
	default:
		return -root->errnum;
	}
}

/* ---- views of processes ---- */

static int enter_any_way(int nsfd)
{
	if (setns(nsfd, CLONE_NEWCGROUP) == 0)
		return 0;
	return errno == EPERM ? enter_through_owner(nsfd) : -errno;
}

/* What the parent asks; len bytes follow, the controllers of a hierarchy. */
struct view_request {
	pid_t pid;
	size_t len;
};

/* Answers one request. Returns 0, or what broke the talk: the parent has had enough. */
static int show_view(const struct channel *channel, struct cg_memberships *memberships)
{
	cleanup_free char *controllers = NULL;
	const char *view = NULL;
	struct view_request request;
	int rc = read_all(channel->fd, &request, sizeof(request));

	if (rc < 0)
		return rc;
	controllers = calloc(1, request.len + 1);
	rc = controllers ? read_all(channel->fd, controllers, request.len) : -ENOMEM;
	if (rc < 0)
		return rc;
	rc = read_member(channel, request.pid, memberships);
	if (rc == -ENOENT)
		rc = -ESRCH;
	if (rc == 0) {
		view = cg_memberships_path(memberships, controllers);
		rc = view ? 0 : -errno;
	}
	return send_answer(channel, BY_ITSELF, -rc, false, view);
}

static CG_NORETURN void viewer_main(const struct channel *channel, int nsfd)
{
	cleanup_memberships struct cg_memberships memberships = CG_MEMBERSHIPS_INIT;
	int entered = enter_any_way(nsfd);
	int rc = send_answer(channel, BY_ITSELF, -entered, false, NULL);

	while (rc == 0 && entered == 0)
		rc = show_view(channel, &memberships);
	_exit(0);
}

/* The next answer: its text in *text (to be freed), or its -errno. */
static int take_answer(int fd, char **text)
{
	const struct channel channel = { fd, -1, NULL };
	struct received received = { .text = NULL };
	int rc = receive(&channel, &received);

	/* A talk that broke in the middle of an answer would be misheard from then on. */
	if (rc < 0)
		shutdown(fd, SHUT_RDWR);
	if (rc == 0)
		rc = -received.answer.errnum;
	if (rc == 0)
		*text = cg_steal_ptr(&received.text);
	free(received.text);
	return rc;
}

int cg_viewer_open(int nsfd, struct cg_viewer *viewer, struct cg_error *err)
{
	cleanup_child struct child child = CHILD_INIT;
	cleanup_free char *text = NULL;
	int rc;

	child.channel.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.channel.procfd < 0)
		return cg_error_set(err, errno, "cannot open /proc");
	rc = child_fork(&child);
	if (rc == 0)
		viewer_main(&child.channel, nsfd);
	if (rc > 0)
		rc = take_answer(child.channel.fd, &text);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot look from inside a cgroup namespace");
	viewer->child = child.pid;
	viewer->fd = cg_steal_fd(&child.channel.fd);
	child.pid = 0;
	return 0;
}

int cg_viewer_read(const struct cg_viewer *viewer, pid_t pid, const char *controllers, char **view,
		   struct cg_error *err)
{
	struct view_request request = { pid, strlen(controllers) };
	int rc = write_all(viewer->fd, &request, sizeof(request));

	if (rc == 0)
		rc = write_all(viewer->fd, controllers, request.len);
	if (rc == 0)
		rc = take_answer(viewer->fd, view);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/%d/cgroup from inside", pid);
	return 0;
}

void cg_viewer_close(struct cg_viewer *viewer)
{
	cg_cleanup_fd(&viewer->fd);
	if (viewer->child > 0)
		reap(viewer->child);
	*viewer = (struct cg_viewer)CG_VIEWER_INIT;
}

int cg_nsroot_view(int nsfd, pid_t pid, const char *controllers, char **view, struct cg_error *err)
{
	cleanup_viewer struct cg_viewer viewer = CG_VIEWER_INIT;
	int rc = cg_viewer_open(nsfd, &viewer, err);

	return rc < 0 ? rc : cg_viewer_read(&viewer, pid, controllers, view, err);
}

/* ---- the caller's own root ---- */

/* The caller's own root, seen from nsfd: by its own cgroup, else by a mount of its own. */
static int see_own_root(const struct channel *channel, int nsfd,
			const struct cg_hierarchy *hierarchy, char **text)
{
	cleanup_memberships struct cg_memberships memberships = CG_MEMBERSHIPS_INIT;
	struct inside inside = { .initial = false };
	const char *view;
	int rc;

	if (hierarchy->path && !cg_path_is_outside(hierarchy->path)) {
		rc = enter_any_way(nsfd);
		if (rc == 0)
			rc = read_member(channel, getpid(), &memberships);
		view = rc < 0 ? NULL : cg_memberships_path(&memberships, hierarchy->controllers);
		return view ? cg_path_root(view, hierarchy->path, text) : rc < 0 ? rc : -errno;
	}
	rc = mount_privately(channel, &inside, hierarchy->controllers);
	if (rc == 0)
		rc = enter_any_way(nsfd);
	if (rc == 0)
		rc = scratch_root(channel->procfd, "self", hierarchy->controllers, text);
	return rc;
}

/* The same in a child, for nobody comes back from there. */
static int ask_own_root(int nsfd, const struct cg_hierarchy *hierarchy, char **text)
{
	cleanup_child struct child child = CHILD_INIT;
	int rc;

	child.channel.procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (child.channel.procfd < 0)
		return -errno;
	rc = child_fork(&child);
	if (rc == 0) {
		cleanup_free char *answer = NULL;

		rc = see_own_root(&child.channel, nsfd, hierarchy, &answer);
		_exit(send_answer(&child.channel, BY_ITSELF, -rc, false, answer) < 0);
	}
	return rc < 0 ? rc : take_answer(child.channel.fd, text);
}

int cg_nsroot_anchor(int nsfd, const struct cg_hierarchy *hierarchy, char **anchor,
		     struct cg_error *err)
{
	cleanup_free char *seen = NULL;
	struct cg_own_namespace own;
	const char *names;
	int rc = cg_procfs_own_namespace(AT_FDCWD, &own);

	if (rc == 0 && !own.initial)
		rc = ask_own_root(nsfd, hierarchy, &seen);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot find the names above the caller's root");
	names = seen ? seen : "/";
	for (size_t climb = cg_path_climb(names); climb > 0; climb--)
		names += strlen("/..");
	*anchor = strdup(*names ? names : "/");
	return *anchor ? 0 : cg_error_set(err, ENOMEM, "cannot keep the caller's root");
}
