/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "nsroot_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mountinfo.h"
#include "path.h"

#define SCRATCH_POINT "/proc" /* the prober's private mounts go over it: it is always there */

int cg_inside_scratch_root(int procfd, const char *process, const char *controllers, char **root)
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

/* What the prober knows about the namespace that it is in. */
struct inside {
	struct cg_memberships member;
	struct cg_memberships itself;
	bool has_member;
	bool initial;	/* never mount here: it would change the host's mount options */
	bool must_wait; /* the parent has to look at this process before it goes on */
	bool private;	/* has a mount namespace of its own */
	size_t mounted; /* private mounts, to be undone */
};

/*
 * Mounts the hierarchy where only this process sees it. Returns 0; -ENOENT if
 * the namespace's root was removed; or another -errno.
 *
 * The kernel goes down to the root by names. Where the root was removed and a
 * cgroup of the same name was made since, the mount shows that one: it is
 * known by its view, for nothing but the root reads "/".
 */
static int mount_privately(const struct cg_channel *channel, struct inside *inside,
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
	rc = cg_inside_scratch_root(channel->procfd, "self", controllers, &root);
	if (rc == 0 && strcmp(root, "/") != 0)
		rc = -ENOENT;
	return rc;
}

static bool tells_root(const struct cg_memberships *memberships, const char *controllers)
{
	const char *view = cg_memberships_path(memberships, controllers);

	return view && !cg_path_is_outside(view);
}

int cg_inside_read(const struct cg_channel *channel, pid_t pid, struct cg_memberships *member)
{
	char name[64];

	if (pid <= 0)
		return -ESRCH;
	snprintf(name, sizeof(name), "%d/cgroup", pid);
	return cg_memberships_read(channel->procfd, name, member);
}

/* Reads its own cgroups inside, if it has not yet. */
static int look_at_itself(const struct cg_channel *channel, struct inside *inside)
{
	int rc = 0;

	if (inside->itself.count == 0)
		rc = cg_inside_read(channel, getpid(), &inside->itself);
	return rc;
}

static int answer_one(const struct cg_channel *channel, struct inside *inside,
		      const char *controllers)
{
	int rc;

	if (inside->has_member && tells_root(&inside->member, controllers))
		return cg_answer_send(channel, CG_BY_MEMBER, 0, false,
				      cg_memberships_path(&inside->member, controllers));
	rc = look_at_itself(channel, inside);
	if (rc < 0)
		return rc;
	inside->must_wait = true;
	if (tells_root(&inside->itself, controllers))
		return cg_answer_send(channel, CG_BY_ITSELF, 0, true,
				      cg_memberships_path(&inside->itself, controllers));
	rc = inside->initial ? -EPERM : mount_privately(channel, inside, controllers);
	return cg_answer_send(channel, rc < 0 ? CG_BY_NOTHING : CG_BY_MOUNT, -rc, true, NULL);
}

/* Waits until the parent has read this process's files, then takes the mounts away. */
static int wait_and_undo(const struct cg_channel *channel, struct inside *inside)
{
	char done;
	int rc = cg_channel_flush(channel);

	if (rc == 0)
		rc = cg_channel_read(channel->fd, &done, 1);
	for (; inside->mounted > 0; inside->mounted--)
		umount2(SCRATCH_POINT, MNT_DETACH);
	return rc;
}

static int answer_all(const struct cg_channel *channel, const struct cg_nsroot *namespace,
		      const struct cg_hierarchies *hierarchies)
{
	struct inside inside = {
		.member = CG_MEMBERSHIPS_INIT,
		.itself = CG_MEMBERSHIPS_INIT,
		.initial = namespace->ns_inode == CG_INITIAL_NS_INODE,
	};
	int rc = 0;

	inside.has_member = cg_inside_read(channel, namespace->pid, &inside.member) == 0;
	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++)
		rc = answer_one(channel, &inside, hierarchies->items[i].controllers);
	if (rc == 0 && inside.must_wait)
		rc = wait_and_undo(channel, &inside);
	cg_memberships_free(&inside.member);
	cg_memberships_free(&inside.itself);
	return rc;
}

static int refuse_all(const struct cg_channel *channel, const struct cg_hierarchies *hierarchies,
		      int errnum)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++)
		rc = cg_answer_send(channel, CG_BY_NOTHING, errnum, false, NULL);
	return rc;
}

/* Opens the namespace of a query, and makes sure that it is the one meant. */
static int open_namespace(const struct cg_channel *channel, const struct cg_nsroot *namespace)
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

/* Answers from a process of its own, which then cannot enter anything else. */
static int answer_through_owner(const struct cg_channel *channel, int nsfd,
				const struct cg_nsroot *namespace,
				const struct cg_hierarchies *hierarchies)
{
	int rc = cg_channel_flush(channel); /* it must not go out twice */
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
			rc = cg_channel_flush(channel);
		_exit(rc < 0);
	}
	return cg_prober_reap(pid);
}

static int probe(const struct cg_channel *channel, const struct cg_nsroot *namespace,
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

CG_NORETURN void cg_inside_answer(const struct cg_channel *channel,
				  const struct cg_nsroot *namespaces, const size_t *pending,
				  size_t count, const struct cg_hierarchies *hierarchies)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = probe(channel, &namespaces[pending[i]], hierarchies);
	if (rc == 0)
		rc = cg_channel_flush(channel);
	_exit(rc < 0);
}

int cg_inside_enter(int nsfd)
{
	if (setns(nsfd, CLONE_NEWCGROUP) == 0)
		return 0;
	return errno == EPERM ? enter_through_owner(nsfd) : -errno;
}

int cg_inside_see_own_root(const struct cg_channel *channel, int nsfd,
			   const struct cg_hierarchy *hierarchy, char **text)
{
	cleanup_memberships struct cg_memberships memberships = CG_MEMBERSHIPS_INIT;
	struct inside inside = { .initial = false };
	const char *view;
	int rc;

	if (hierarchy->path && !cg_path_is_outside(hierarchy->path)) {
		rc = cg_inside_enter(nsfd);
		if (rc == 0)
			rc = cg_inside_read(channel, getpid(), &memberships);
		view = rc < 0 ? NULL : cg_memberships_path(&memberships, hierarchy->controllers);
		return view ? cg_path_root(view, hierarchy->path, text) : rc < 0 ? rc : -errno;
	}
	rc = mount_privately(channel, &inside, hierarchy->controllers);
	if (rc == 0)
		rc = cg_inside_enter(nsfd);
	if (rc == 0)
		rc = cg_inside_scratch_root(channel->procfd, "self", hierarchy->controllers, text);
	return rc;
}
