/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/nsfs.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cgmount/cgmount.h"
#include "mountinfo/mountinfo.h"
#include "path.h"

#define MANY 4 /* namespaces for which mountinfo had better be short */

/* What the prober knows about the namespace that it is in. */
struct inside {
	struct cg_memberships member; /* empty unless it was looked at */
	struct cg_memberships itself;
	struct cg_memberships witness;
	bool initial; /* never mount here: it would change the host's mount options */
};

static bool is_inside(const char *view)
{
	return view && !cg_path_is_outside(view);
}

/*
 * Where the prober is, or the witness, seen from where the prober is. Somebody may move it, but
 * not a process that has ended, which v2 still shows where it was (v1 does not).
 */
static const char *own_view(const struct inside *inside, const char *controllers)
{
	bool witness = inside->witness.count && !*controllers;

	return cg_memberships_path(witness ? &inside->witness : &inside->itself, controllers);
}

int cg_inside_read(int procfd, pid_t pid, struct cg_memberships *member)
{
	if (pid <= 0)
		return -ESRCH;
	return cg_memberships_read(procfd, cg_proc_name("%d/cgroup", pid).text, member);
}

static int answer_seen(const struct cg_prober *prober, const struct inside *inside,
		       const char *controllers)
{
	const char *own = own_view(inside, controllers);

	if (is_inside(own))
		return cg_prober_say(prober, CG_BY_ITSELF, 0, 0, NULL, own);
	return cg_prober_say(prober, CG_BY_MEMBER, 0, 0,
			     cg_memberships_path(&inside->member, controllers), own);
}

/*
 * Mounts what its own view does not tell. mounted has, for each hierarchy, a mount's id, -errno,
 * or 0. Returns whether there is a mount to look at.
 */
static bool mount_unseen(const struct cg_prober *prober, const struct inside *inside,
			 struct cg_scratch *scratch, const struct cg_hierarchies *hierarchies,
			 int *mounted)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	bool any = false;
	int rc = 0;

	for (size_t i = 0; i < hierarchies->count; i++) {
		const char *controllers = hierarchies->items[i].controllers;

		if (!is_inside(own_view(inside, controllers)))
			mounted[i] = inside->initial ? -EPERM
						     : cg_scratch_mount(scratch, prober->procfd,
									controllers, NULL);
	}
	if (scratch->count > 0)
		rc = cg_mounts_read_own(prober->procfd, &mounts);
	for (size_t i = 0; i < hierarchies->count; i++) {
		int sound =
			rc == 0 && mounted[i] > 0 ? cg_mount_check_root(&mounts, mounted[i]) : rc;

		if (mounted[i] > 0 && sound < 0)
			mounted[i] = sound;
		any |= mounted[i] > 0;
	}
	return any;
}

/* Where nothing may be mounted, a member can tell: 0 in mounted. A shortage tells nothing. */
static void ask_member(const struct cg_prober *prober, pid_t pid, struct inside *inside,
		       const struct cg_hierarchies *hierarchies, int *mounted)
{
	bool asked = false;

	for (size_t i = 0; i < hierarchies->count; i++) {
		const char *controllers = hierarchies->items[i].controllers;

		if (mounted[i] >= 0 || mounted[i] == -ESTALE || cg_errno_is_shortage(-mounted[i]))
			continue;
		if (!asked && cg_inside_read(prober->procfd, pid, &inside->member) < 0)
			return;
		asked = true;
		if (own_view(inside, controllers) &&
		    is_inside(cg_memberships_path(&inside->member, controllers)))
			mounted[i] = 0;
	}
}

static int send_outbox(const struct cg_prober *prober)
{
	return cg_outbox_send(prober->outbox, prober->channel);
}

/* Waits until the parent has read this process's files. */
static int wait_for_parent(const struct cg_prober *prober)
{
	struct cg_received received;
	int rc = send_outbox(prober);

	return rc < 0 ? rc : cg_channel_receive(prober->channel, &received);
}

static int refuse_all(const struct cg_prober *prober, const struct cg_hierarchies *hierarchies,
		      int errnum)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++)
		rc = cg_prober_say(prober, CG_BY_NOTHING, errnum, 0, NULL, NULL);
	return rc;
}

/* Sends the descriptor of where this process is to the other end of a channel, or why it cannot. */
static int say_where(int procfd, int channel)
{
	cleanup_fd int fd = openat(procfd, "self/cgroup", O_RDONLY | O_CLOEXEC);
	struct cg_packet packet = CG_PACKET(CG_WHERE);
	int rc = fd < 0 ? -errno : 0;

	packet.errnum = -rc;
	packet.fd = fd;
	return cg_channel_send(channel, &packet) ?: rc;
}

/*
 * Makes the witness: a child that says where it is, and ends. It is waited for when all is seen.
 * Returns 0 or a negative errno.
 */
static int make_witness(struct cg_prober *prober)
{
	cleanup_prober struct cg_prober child = CG_PROBER_INIT;
	cleanup_fd int fd = -1;
	struct cg_received received;
	siginfo_t end;
	int rc;

	signal(SIGCHLD, SIG_DFL); /* else it would be gone with its end */
	rc = cg_prober_fork(&child, prober->procfd);
	if (rc < 0)
		return rc;
	if (rc == 0)
		_exit(say_where(child.procfd, child.channel) < 0);
	rc = cg_channel_receive(child.channel, &received);
	if (rc < 0)
		return rc;
	fd = received.packet.fd;
	if (received.packet.errnum)
		return -received.packet.errnum;
	if (waitid(P_PID, (id_t)child.pid, &end, WEXITED | WNOWAIT) < 0)
		return -errno;
	prober->witness = cg_steal_fd(&fd);
	prober->witness_pid = child.pid;
	child.pid = 0;
	return 0;
}

static void end_witness(struct cg_prober *prober)
{
	if (prober->witness_pid)
		cg_prober_reap(prober->witness_pid);
}

/*
 * Lets the parent see where this process is, unless it has: what is looked at after that lies
 * between that look and its last one.
 */
static int tell_where(struct cg_prober *prober, struct inside *inside)
{
	int rc;

	if (prober->is_told)
		return 0;
	rc = send_outbox(prober);
	rc = rc ?: say_where(prober->procfd, prober->channel);
	rc = rc ?: wait_for_parent(prober);
	prober->is_told = rc == 0;
	rc = rc ?: cg_memberships_read(prober->procfd, "self/cgroup", &inside->itself);
	return rc == -ENAMETOOLONG ? 0 : rc;
}

/* Looks where the witness is, which the parent sees, too. */
static int look_at_witness(struct cg_prober *prober, struct inside *inside)
{
	struct cg_packet packet = CG_PACKET(CG_WITNESS);
	bool is_new = prober->witness < 0;
	int rc = is_new ? make_witness(prober) : 0;

	packet.fd = prober->witness;
	if (is_new && rc == 0)
		rc = send_outbox(prober);
	if (is_new && rc == 0)
		rc = cg_channel_send(prober->channel, &packet) ?: wait_for_parent(prober);
	return rc ?: cg_memberships_read_open(prober->witness, &inside->witness);
}

/* Sees to it that whatever is told by where this process is can be told. */
static int see_itself(struct cg_prober *prober, struct inside *inside,
		      const struct cg_hierarchies *hierarchies, const int *mounted)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++)
		if (mounted[i] == 0)
			rc = *hierarchies->items[i].controllers ? tell_where(prober, inside)
								: look_at_witness(prober, inside);
	return rc;
}

static int say_all(const struct cg_prober *prober, const struct inside *inside,
		   const struct cg_hierarchies *hierarchies, const int *mounted, bool waits)
{
	int rc = waits ? cg_prober_say(prober, prober->leaves ? CG_LEAVES : CG_WAITS, 0,
				       cg_procfs_self(prober->procfd), NULL, NULL)
		       : 0;

	for (size_t i = 0; rc == 0 && i < hierarchies->count; i++) {
		if (mounted[i] > 0)
			rc = cg_prober_say(prober, CG_BY_MOUNT, 0, mounted[i], NULL, NULL);
		else if (mounted[i] < 0)
			rc = cg_prober_say(prober, CG_BY_NOTHING, -mounted[i], 0, NULL, NULL);
		else
			rc = answer_seen(prober, inside, hierarchies->items[i].controllers);
	}
	return rc ?: waits ? wait_for_parent(prober) : 0;
}

static int answer_all(struct cg_prober *prober, const struct cg_nsroot *namespace, bool by_mount,
		      struct cg_scratch *scratch, const struct cg_hierarchies *hierarchies)
{
	cleanup_free int *mounted = calloc(hierarchies->count + 1, sizeof(*mounted));
	struct inside inside = {
		.initial = namespace->ns_inode == CG_INITIAL_NS_INODE,
	};
	int rc = mounted ? cg_memberships_read(prober->procfd, "self/cgroup", &inside.itself)
			 : -ENOMEM;
	bool waits;

	if (rc < 0 && rc != -ENAMETOOLONG)
		return refuse_all(prober, hierarchies, -rc);
	waits = mount_unseen(prober, &inside, scratch, hierarchies, mounted);
	if (!by_mount)
		ask_member(prober, namespace->pid, &inside, hierarchies, mounted);
	rc = see_itself(prober, &inside, hierarchies, mounted);
	for (size_t i = 0; rc < 0 && i < hierarchies->count; i++)
		mounted[i] = rc;
	rc = say_all(prober, &inside, hierarchies, mounted, waits || prober->leaves);
	cg_scratch_clear(scratch);
	cg_memberships_free(&inside.member);
	cg_memberships_free(&inside.itself);
	cg_memberships_free(&inside.witness);
	return rc;
}

/* Opens the namespace of a query, and makes sure that it is the one meant. */
static int open_namespace(const struct cg_prober *prober, const struct cg_nsroot *namespace)
{
	cleanup_fd int fd = -1;
	struct stat st;

	if (namespace->nsfd >= 0)
		return fcntl(namespace->nsfd, F_DUPFD_CLOEXEC, 0);
	fd = cg_procfs_open_link(prober->procfd, cg_proc_name("%d/ns/cgroup", namespace->pid).text,
				 O_RDONLY);
	if (fd < 0) {
		/* the member ended: that says nothing about the root */
		errno = cg_procfs_has_ended(fd) ? ESRCH : -fd;
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

	if (owner >= 0 && setns(owner, CLONE_NEWUSER) == 0 && setns(nsfd, CLONE_NEWCGROUP) == 0)
		return 0;
	return errno == EINVAL ? -EPERM : -errno; /* EINVAL: the owner is one's own */
}

/* Answers from a process of its own, which then cannot enter anything else. */
static int answer_through_owner(struct cg_prober *prober, int nsfd,
				const struct cg_nsroot *namespace, bool by_mount,
				const struct cg_hierarchies *hierarchies)
{
	struct cg_scratch scratch = { 0 }; /* in another user namespace */
	int rc = send_outbox(prober);	   /* it must not go out twice */
	pid_t pid;

	if (rc < 0)
		return rc;
	pid = fork();
	if (pid < 0)
		return refuse_all(prober, hierarchies, errno);
	if (pid == 0) {
		prober->leaves = true;
		rc = enter_through_owner(nsfd);
		/* after that, for it forgets: whoever rules in there may stop this process */
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		rc = rc < 0 ? refuse_all(prober, hierarchies, -rc)
			    : answer_all(prober, namespace, by_mount, &scratch, hierarchies);
		if (rc == 0)
			rc = send_outbox(prober);
		end_witness(prober);
		_exit(rc < 0);
	}
	rc = cg_prober_reap(pid);
	if (rc == -EINTR)
		kill(getpid(), SIGKILL); /* the parent is to know that it was no failure of ours */
	return rc;
}

static int probe(struct cg_prober *prober, const struct cg_nsroot *namespace, bool by_mount,
		 struct cg_scratch *scratch, const struct cg_hierarchies *hierarchies)
{
	cleanup_fd int nsfd = open_namespace(prober, namespace);

	if (nsfd < 0)
		return refuse_all(prober, hierarchies, errno);
	if (setns(nsfd, CLONE_NEWCGROUP) == 0)
		return answer_all(prober, namespace, by_mount, scratch, hierarchies);
	if (errno == EPERM)
		return answer_through_owner(prober, nsfd, namespace, by_mount, hierarchies);
	return refuse_all(prober, hierarchies, errno);
}

CG_NORETURN void cg_inside_answer(struct cg_prober *prober, const struct cg_nsroot *namespaces,
				  const struct cg_pending *pending, size_t count,
				  const struct cg_hierarchies *hierarchies)
{
	struct cg_scratch scratch = { .many = count > MANY };
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < count; i++)
		rc = probe(prober, &namespaces[pending[i].index], pending[i].by_mount, &scratch,
			   hierarchies);
	end_witness(prober);
	/* The parent looks once more where this process is. */
	_exit((rc ?: wait_for_parent(prober)) < 0);
}

int cg_inside_enter(int nsfd)
{
	if (setns(nsfd, CLONE_NEWCGROUP) == 0)
		return 0;
	return errno == EPERM ? enter_through_owner(nsfd) : -errno;
}

int cg_inside_explain_refusal(struct cg_error *err)
{
	return cg_error_hint(err,
			     "entering a cgroup namespace needs CAP_SYS_ADMIN in the caller's user "
			     "namespace and in the one that owns it%s",
			     cg_procfs_is_filtered() ? "; " CG_FILTER_MAY_REFUSE : "");
}

/* The root of the mount with that id, in the view of who reads mounts. */
int cg_inside_root_of(const struct cg_mounts *mounts, int id, char **root)
{
	const struct cg_mount *mount = cg_mounts_by_id(mounts, id);

	if (!mount)
		return -ENXIO;
	if (strlen(mount->root) >= CG_CUT_PATH_LENGTH)
		return -ENAMETOOLONG;
	*root = strdup(mount->root);
	return *root ? 0 : -ENOMEM;
}

/* Mounts this process's own root, and makes sure of it. Returns the mount's id, or -errno. */
static int mount_own_root(const struct cg_prober *prober, struct cg_scratch *scratch,
			  const char *controllers, uint64_t *root)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	int id = cg_scratch_mount(scratch, prober->procfd, controllers, root);
	int rc = id < 0 ? id : cg_mounts_read_own(prober->procfd, &mounts);

	if (rc == 0)
		rc = cg_mount_check_root(&mounts, id);
	return rc < 0 ? rc : id;
}

int cg_inside_own_root_id(const struct cg_prober *prober, struct cg_scratch *scratch,
			  const char *controllers, uint64_t *root)
{
	int id = mount_own_root(prober, scratch, controllers, root);

	return id < 0 ? id : 0;
}

/* By where this process is, read before it enters and after. */
static int see_root_by_itself(const struct cg_prober *prober, int nsfd, const char *controllers,
			      char **text)
{
	cleanup_memberships struct cg_memberships before = { 0 };
	cleanup_memberships struct cg_memberships after = { 0 };
	int rc = cg_memberships_read(prober->procfd, "self/cgroup", &before);

	if (rc == 0 && !is_inside(cg_memberships_path(&before, controllers)))
		return -ENXIO;
	if (rc == 0)
		rc = cg_inside_enter(nsfd);
	if (rc == 0)
		rc = cg_memberships_read(prober->procfd, "self/cgroup", &after);
	if (rc == 0 && !cg_memberships_path(&after, controllers))
		rc = -errno;
	return rc < 0 ? rc
		      : cg_path_root(cg_memberships_path(&after, controllers),
				     cg_memberships_path(&before, controllers), text);
}

int cg_inside_see_own_root(const struct cg_prober *prober, int nsfd, const char *controllers,
			   char **text)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	struct cg_scratch scratch = { 0 };
	int id = mount_own_root(prober, &scratch, controllers, NULL);
	int rc;

	if (id < 0 && !cg_errno_is_shortage(-id))
		return see_root_by_itself(prober, nsfd, controllers, text);
	rc = id < 0 ? id : cg_inside_enter(nsfd);
	if (rc == 0)
		rc = cg_mounts_read_own(prober->procfd, &mounts);
	return rc < 0 ? rc : cg_inside_root_of(&mounts, id, text);
}
