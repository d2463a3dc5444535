/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include "nsscan.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/nsfs.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>

#include "path.h"
#include "syscalls.h"

/* Namespaces that are open at one time while their roots are found: RLIMIT_NOFILE may be 256. */
#define OPEN_AT_ONCE 128

/* How often a member that ended under the search for its root is replaced by another. */
#define ROUNDS 16

/* Open addressing: a slot is an index plus 1 into an array of the owner's, or 0. */
struct slots {
	uint32_t *items;
	size_t size; /* a power of two */
	size_t used;
};

/* The text of which a placement was made. */
struct raw_text {
	char *data;
	size_t len;
	uint64_t hash;
};

struct index {
	struct slots by_inode;
	struct slots by_text;
	struct raw_text *raw; /* one for each placement */
	struct cg_text text;
	size_t last_namespace; /* neighbours in /proc are often in the same */
	uint32_t last_placement;
};

static bool has_ended(int rc)
{
	return rc == -ENOENT || rc == -ESRCH;
}

static bool may_not_look(int rc)
{
	return rc == -EACCES || rc == -EPERM;
}

/*
 * The array with room for one item more than count; it doubles whenever it is
 * as long as a power of two. NULL if memory is short: the array is as before.
 */
static void *with_room(void *array, size_t count, size_t item_size)
{
	if (count & (count - 1))
		return array;
	return reallocarray(array, count ? count * 2 : 1, item_size);
}

static uint64_t hash_number(uint64_t number)
{
	number *= 0x9e3779b97f4a7c15U;
	return number ^ number >> 32;
}

static uint64_t hash_text(const char *text, size_t len)
{
	uint64_t hash = len, word;

	for (; len >= sizeof(word); text += sizeof(word), len -= sizeof(word)) {
		memcpy(&word, text, sizeof(word));
		hash = (hash ^ word) * 0x9e3779b97f4a7c15U;
		hash ^= hash >> 29;
	}
	word = 0;
	memcpy(&word, text, len);
	return hash_number(hash ^ word);
}

/* Doubles when three quarters are in use; hash_of gives the hash of an entry again. */
static bool slots_grow(struct slots *slots, uint64_t (*hash_of)(const struct cg_nsscan *, uint32_t),
		       const struct cg_nsscan *scan)
{
	size_t size = slots->size ? slots->size * 2 : 64;
	uint32_t *items;

	if (slots->used < slots->size / 4 * 3)
		return true;
	items = calloc(size, sizeof(*items));
	if (!items)
		return false;
	for (size_t i = 0; i < slots->size; i++) {
		size_t at;

		if (!slots->items[i])
			continue;
		at = hash_of(scan, slots->items[i] - 1) & (size - 1);
		while (items[at])
			at = (at + 1) & (size - 1);
		items[at] = slots->items[i];
	}
	free(slots->items);
	slots->items = items;
	slots->size = size;
	return true;
}

static uint64_t hash_of_namespace(const struct cg_nsscan *scan, uint32_t i)
{
	return hash_number(scan->namespaces[i].inode);
}

static uint64_t hash_of_placement(const struct cg_nsscan *scan, uint32_t i)
{
	const struct index *index = scan->index;

	return index->raw[i].hash;
}

/* The namespace with this inode, which is added if it is new. NULL if memory is short. */
static struct cg_namespace *get_namespace(struct cg_nsscan *scan, uint64_t inode)
{
	struct index *index = scan->index;
	struct cg_namespace *ns, *grown;
	size_t at;

	if (index->last_namespace < scan->count &&
	    scan->namespaces[index->last_namespace].inode == inode)
		return &scan->namespaces[index->last_namespace];
	if (!slots_grow(&index->by_inode, hash_of_namespace, scan))
		return NULL;
	at = hash_number(inode) & (index->by_inode.size - 1);
	for (; index->by_inode.items[at]; at = (at + 1) & (index->by_inode.size - 1)) {
		index->last_namespace = index->by_inode.items[at] - 1;
		if (scan->namespaces[index->last_namespace].inode == inode)
			return &scan->namespaces[index->last_namespace];
	}
	grown = with_room(scan->namespaces, scan->count, sizeof(*grown));
	if (!grown)
		return NULL;
	scan->namespaces = grown;
	index->last_namespace = scan->count;
	ns = &scan->namespaces[scan->count++];
	*ns = (struct cg_namespace){ .inode = inode };
	index->by_inode.items[at] = (uint32_t)scan->count;
	index->by_inode.used++;
	return ns;
}

static void free_placement(struct cg_placement *placement)
{
	cg_memberships_free(&placement->memberships);
	free(placement->paths);
}

/* Parses a copy of text, and finds each hierarchy's path in it. */
static int fill_placement(const struct cg_nsscan *scan, const struct raw_text *raw,
			  struct cg_placement *placement)
{
	const struct cg_hierarchies *hierarchies = scan->hierarchies;
	struct cg_text *text = &placement->memberships.text;
	int rc;

	placement->paths = calloc(hierarchies->count + 1, sizeof(*placement->paths));
	text->data = malloc(raw->len + 1);
	if (!placement->paths || !text->data)
		return -ENOMEM;
	memcpy(text->data, raw->data, raw->len + 1);
	text->len = raw->len;
	text->size = raw->len + 1;
	rc = cg_memberships_parse(&placement->memberships);
	if (rc)
		return rc;
	for (size_t h = 0; h < hierarchies->count; h++) {
		placement->paths[h] = cg_memberships_path(&placement->memberships,
							  hierarchies->items[h].controllers);
	}
	return 0;
}

/* Adds the placement of which index->text is the text. */
static int add_placement(struct cg_nsscan *scan, uint64_t hash)
{
	struct index *index = scan->index;
	struct raw_text raw = { NULL, index->text.len, hash };
	struct cg_placement fresh = { CG_MEMBERSHIPS_INIT, NULL };
	struct cg_placement *placements;
	struct raw_text *raws;
	int rc;

	placements = with_room(scan->placements, scan->placement_count, sizeof(fresh));
	if (!placements)
		return -ENOMEM;
	scan->placements = placements;
	raws = with_room(index->raw, scan->placement_count, sizeof(raw));
	if (!raws)
		return -ENOMEM;
	index->raw = raws;
	raw.data = malloc(raw.len + 1);
	if (!raw.data)
		return -ENOMEM;
	memcpy(raw.data, index->text.data, raw.len + 1);
	rc = fill_placement(scan, &raw, &fresh);
	if (rc) {
		free_placement(&fresh);
		free(raw.data);
		return rc;
	}
	index->raw[scan->placement_count] = raw;
	scan->placements[scan->placement_count++] = fresh;
	return 0;
}

static bool is_raw_text(const struct raw_text *raw, const struct cg_text *text)
{
	return raw->len == text->len && !memcmp(raw->data, text->data, text->len);
}

/* Finds or makes the placement of which index->text is the text. */
static int get_placement(struct cg_nsscan *scan, uint32_t *placement)
{
	struct index *index = scan->index;
	struct slots *slots = &index->by_text;
	const struct cg_text *text = &index->text;
	uint64_t hash;
	size_t at;
	int rc;

	*placement = index->last_placement;
	if (*placement < scan->placement_count && is_raw_text(&index->raw[*placement], text))
		return 0;
	if (!slots_grow(slots, hash_of_placement, scan))
		return -ENOMEM;
	hash = hash_text(text->data, text->len);
	at = hash & (slots->size - 1);
	for (; slots->items[at]; at = (at + 1) & (slots->size - 1)) {
		*placement = slots->items[at] - 1;
		index->last_placement = *placement;
		if (index->raw[*placement].hash == hash &&
		    is_raw_text(&index->raw[*placement], text))
			return 0;
	}
	rc = add_placement(scan, hash);
	if (rc)
		return rc;
	*placement = (uint32_t)scan->placement_count - 1;
	index->last_placement = *placement;
	slots->items[at] = (uint32_t)scan->placement_count;
	slots->used++;
	return 0;
}

/* Reads the cgroups of a process; name is that of the file. */
static int read_placement(struct cg_nsscan *scan, const char *name, uint32_t *placement)
{
	struct index *index = scan->index;
	int rc = cg_procfs_read_record(scan->procfd, name, &index->text);

	return rc ? rc : get_placement(scan, placement);
}

/*
 * Looks at one process. Returns 0, also for one that has ended, or a negative
 * errno value for what no single process is the reason of.
 */
static int look_at_process(struct cg_nsscan *scan, const char *entry, pid_t pid, bool every_cgroup)
{
	struct cg_member member = { pid, CG_NO_PLACEMENT };
	size_t len = strlen(entry);
	struct cg_namespace *ns;
	struct cg_member *members;
	char name[NAME_MAX + sizeof("/ns/cgroup")];
	uint64_t inode = 0;
	int rc;

	memcpy(name, entry, len);
	memcpy(name + len, "/ns/cgroup", sizeof("/ns/cgroup"));
	rc = cg_procfs_ns_inode(scan->procfd, name, &inode);
	if (has_ended(rc))
		return 0;
	if (rc && !may_not_look(rc))
		return rc;

	if (every_cgroup || inode != CG_INITIAL_NS_INODE) {
		memcpy(name + len, "/cgroup", sizeof("/cgroup"));
		rc = read_placement(scan, name, &member.placement);
		if (has_ended(rc))
			return 0;
		if (rc && !may_not_look(rc))
			return rc;
	}

	ns = get_namespace(scan, inode);
	members = ns ? with_room(ns->members, ns->member_count, sizeof(member)) : NULL;
	if (!members)
		return -ENOMEM;
	ns->members = members;
	ns->members[ns->member_count++] = member;
	if (!inode)
		scan->hidden++;
	return 0;
}

static int open_proc(struct cg_nsscan *scan, DIR **dir)
{
	scan->procfd = open("/proc", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (scan->procfd < 0)
		return -errno;
	*dir = fdopendir(scan->procfd);
	if (!*dir) {
		int rc = -errno;

		close(scan->procfd);
		scan->procfd = -1;
		return rc;
	}
	return 0;
}

int cg_nsscan_read(struct cg_nsscan *scan, const struct cg_hierarchies *hierarchies,
		   bool every_cgroup, struct cg_error *err)
{
	struct index *index = calloc(1, sizeof(*index));
	struct dirent *entry;
	size_t processes = 0;
	int rc;

	scan->hierarchies = hierarchies;
	scan->index = index;
	if (!index)
		return cg_error_set(err, ENOMEM, "cannot list the processes");
	rc = open_proc(scan, &scan->dir);
	if (rc)
		return cg_error_set(err, -rc, "cannot list the processes in /proc");

	scan->incomplete = true;
	while (errno = 0, (entry = readdir(scan->dir))) {
		pid_t pid = cg_procfs_entry_pid(entry->d_name);

		if (pid <= 0)
			continue;
		processes++;
		if (pid == 1) /* there is one as long as there are others */
			scan->incomplete = false;
		rc = look_at_process(scan, entry->d_name, pid, every_cgroup);
		if (rc)
			return cg_error_set(err, -rc, "cannot look at process %d", pid);
	}
	if (errno)
		return cg_error_set(err, errno, "cannot list the processes in /proc");
	if (!processes) {
		cg_error_set(err, ENOENT, "cannot list the processes in /proc");
		return cg_error_hint(err, "no procfs is mounted there");
	}
	return 0;
}

static bool is_known(const struct cg_namespace *ns)
{
	return ns->member_count || ns->holder_count;
}

static int add_holder(struct cg_nsscan *scan, const struct cg_holder *holder)
{
	struct cg_namespace *ns = get_namespace(scan, holder->inode);
	struct cg_holder copy = *holder;
	struct cg_holder *holders;

	if (!ns)
		return -ENOMEM;
	if (holder->kind == CG_HOLDER_KERNEL && is_known(ns))
		return 0;
	holders = with_room(ns->holders, ns->holder_count, sizeof(copy));
	if (!holders)
		return -ENOMEM;
	ns->holders = holders;
	if (holder->file) {
		copy.file = strdup(holder->file);
		if (!copy.file)
			return -ENOMEM;
	}
	ns->holders[ns->holder_count++] = copy;
	return 0;
}

static int visit_holder(const struct cg_holder *holder, void *data)
{
	return add_holder(data, holder);
}

int cg_nsscan_holders(struct cg_nsscan *scan, unsigned int kinds, struct cg_error *err)
{
	int rc = cg_holders_walk(kinds & ~CG_HOLDER_PROCESS, visit_holder, scan, NULL);

	return rc ? cg_error_set(err, -rc, "cannot search for what holds namespaces") : 0;
}

int cg_nsscan_add_holder(struct cg_nsscan *scan, const struct cg_holder *holder,
			 struct cg_error *err)
{
	int rc = add_holder(scan, holder);

	return rc ? cg_error_set(err, -rc, "cannot add a namespace") : 0;
}

static void free_namespace(const struct cg_nsscan *scan, struct cg_namespace *ns)
{
	struct cg_nsroot roots = { .nsfd = -1, .roots = ns->roots };

	cg_nsroot_free(&roots, 1, scan->hierarchies);
	for (size_t i = 0; i < ns->holder_count; i++)
		free(ns->holders[i].file);
	free(ns->holders);
	free(ns->members);
	free(ns->command);
}

/* Keeps the namespaces for which keep says so, in their order. */
static void filter(struct cg_nsscan *scan,
		   bool (*keep)(const struct cg_namespace *ns, const void *data), const void *data)
{
	size_t kept = 0;

	for (size_t i = 0; i < scan->count; i++) {
		if (keep(&scan->namespaces[i], data))
			scan->namespaces[kept++] = scan->namespaces[i];
		else
			free_namespace(scan, &scan->namespaces[i]);
	}
	scan->count = kept;
}

struct inodes {
	const uint64_t *items;
	size_t count;
};

static bool is_listed(const struct cg_namespace *ns, const void *data)
{
	const struct inodes *inodes = data;

	for (size_t i = 0; i < inodes->count; i++)
		if (inodes->items[i] == ns->inode)
			return true;
	return false;
}

void cg_nsscan_keep(struct cg_nsscan *scan, const uint64_t *inodes, size_t count)
{
	filter(scan, is_listed, &(struct inodes){ inodes, count });
}

static bool still_exists(const struct cg_namespace *ns, CG_UNUSED const void *data)
{
	return ns->pid || ns->holder_count;
}

static int by_first_member(const void *left, const void *right)
{
	const struct cg_namespace *a = left, *b = right;

	if (!a->inode != !b->inode)
		return a->inode ? -1 : 1;
	if (!a->member_count != !b->member_count)
		return a->member_count ? -1 : 1;
	if (a->member_count && a->members[0].pid != b->members[0].pid)
		return a->members[0].pid < b->members[0].pid ? -1 : 1;
	return a->inode < b->inode ? -1 : a->inode > b->inode;
}

static int ask_owner(struct cg_namespace *ns, int nsfd)
{
	cleanup_fd int owner = ioctl(nsfd, NS_GET_USERNS);
	struct stat st;

	if (owner < 0 || fstat(owner, &st) < 0)
		return cg_only_shortage(-errno);
	ns->owner = st.st_ino;
	return 0;
}

/* Asks for what only an ioctl on a descriptor of the namespace tells (ioctl_ns(2)). */
static int ask_namespace(struct cg_namespace *ns, unsigned int what)
{
	cleanup_fd int nsfd = -1;
	int rc = cg_nsscan_open(ns, &nsfd);

	if (rc)
		return cg_only_shortage(rc);
	if (what & CG_NSSCAN_OWNER)
		rc = ask_owner(ns, nsfd);
	if (!rc && what & CG_NSSCAN_NS_ID && ioctl(nsfd, NS_GET_ID, &ns->ns_id) < 0) {
		ns->ns_id = 0;
		rc = cg_only_shortage(-errno);
	}
	return rc;
}

/*
 * Whether a member is still where it was seen. Returns 0, -EACCES for one that
 * may no longer be looked at, or another negative errno value, -ESRCH for one
 * that has ended or went elsewhere, also if the PID was given away again.
 */
static int check_member(const struct cg_nsscan *scan, const struct cg_namespace *ns, pid_t pid)
{
	uint64_t inode = 0;
	char name[32];
	int rc;

	snprintf(name, sizeof(name), "%d/ns/cgroup", pid);
	rc = cg_procfs_ns_inode(scan->procfd, name, &inode);
	if (may_not_look(rc))
		return ns->inode ? -EACCES : 0;
	if (has_ended(rc))
		return -ESRCH;
	return rc || inode == ns->inode || !ns->inode ? rc : -ESRCH;
}

/* Reads what is asked for of one member. Returns 0 or, if it has ended, a negative errno value. */
static int look_at_member(const struct cg_nsscan *scan, struct cg_namespace *ns, pid_t pid,
			  unsigned int what)
{
	char name[32];
	struct cg_stat status;
	struct stat st;
	int rc = check_member(scan, ns, pid);

	if (rc)
		return rc;
	if (what & CG_NSSCAN_PPID) {
		snprintf(name, sizeof(name), "%d/stat", pid);
		rc = cg_procfs_stat(scan->procfd, name, &status);
		if (rc && !may_not_look(rc))
			return rc;
		ns->ppid = rc ? 0 : status.ppid;
	}
	snprintf(name, sizeof(name), "%d", pid);
	if (what & CG_NSSCAN_USER) {
		if (fstatat(scan->procfd, name, &st, 0) < 0)
			return -errno;
		ns->uid = st.st_uid;
		ns->user_known = true;
	}
	if (what & CG_NSSCAN_COMMAND) {
		free(cg_steal_ptr(&ns->command));
		rc = cg_procfs_command(scan->procfd, name, &ns->command);
		if (rc && !may_not_look(rc))
			return rc;
	}
	ns->pid = pid;
	return 0;
}

/* Looks at the first member that still lives; without one ns->pid is 0. */
static int look_at_first_member(const struct cg_nsscan *scan, struct cg_namespace *ns,
				unsigned int what)
{
	ns->pid = 0;
	for (size_t i = 0; i < ns->member_count; i++) {
		int rc = look_at_member(scan, ns, ns->members[i].pid, what);

		if (!has_ended(rc) && !may_not_look(rc))
			return rc;
	}
	return 0;
}

/* Leaves out the members that have ended, went elsewhere, or may no longer be looked at. */
static int drop_departed(struct cg_nsscan *scan, struct cg_namespace *ns)
{
	size_t kept = 0;

	for (size_t i = 0; i < ns->member_count; i++) {
		int rc = check_member(scan, ns, ns->members[i].pid);

		if (rc && !has_ended(rc) && !may_not_look(rc))
			return rc;
		if (!rc)
			ns->members[kept++] = ns->members[i];
		scan->hidden += may_not_look(rc);
	}
	ns->member_count = kept;
	return 0;
}

/*
 * Looks at the first member that still lives and, if it is not the first one
 * that was seen, makes sure of the others.
 *
 * A namespace may end during the pass, and the next one that is made gets its
 * inode number, the lowest that is free: what was seen of both is then taken
 * for one. But the old one has ended only when all who were seen in it have
 * left it, the first of them too. As long as that one is still there, all are
 * in the same namespace, and nobody has to be looked at again; else those who
 * are there now, between two looks at the first of them, are. (Who leaves a
 * namespace and by unshare(2) again and again gets the same number once more
 * is not noticed: that process tells no lies but of itself.)
 */
static int look_at_members(struct cg_nsscan *scan, struct cg_namespace *ns, unsigned int what)
{
	for (;;) {
		int rc = look_at_first_member(scan, ns, what);

		if (rc || !ns->member_count || ns->pid == ns->members[0].pid)
			return rc;
		if (!ns->inode || ns->inode == CG_INITIAL_NS_INODE) /* which do not end */
			return 0;
		rc = drop_departed(scan, ns);
		if (rc)
			return rc;
	}
}

int cg_nsscan_open(const struct cg_namespace *ns, int *nsfd)
{
	int rc = -ENOENT;

	*nsfd = -1;
	if (ns->pid) {
		struct cg_holder member = { .kind = CG_HOLDER_PROCESS,
					    .inode = ns->inode,
					    .pid = ns->pid };

		rc = cg_holder_open(&member, nsfd);
	}
	for (size_t i = 0; rc && !cg_errno_is_shortage(-rc) && i < ns->holder_count; i++)
		rc = cg_holder_open(&ns->holders[i], nsfd);
	return rc;
}

static int fill_details(struct cg_nsscan *scan, struct cg_namespace *ns, unsigned int what)
{
	int rc = look_at_members(scan, ns, what);

	if (!rc && ns->inode && what & (CG_NSSCAN_OWNER | CG_NSSCAN_NS_ID))
		rc = ask_namespace(ns, what);
	return rc;
}

int cg_nsscan_details(struct cg_nsscan *scan, unsigned int what, struct cg_error *err)
{
	scan->what = what;
	for (size_t i = 0; i < scan->count; i++) {
		int rc = fill_details(scan, &scan->namespaces[i], what);

		if (rc)
			return cg_error_set(err, -rc, "cannot look at the members of namespace %ju",
					    (uintmax_t)scan->namespaces[i].inode);
	}
	filter(scan, still_exists, NULL);
	qsort(scan->namespaces, scan->count, sizeof(*scan->namespaces), by_first_member);
	return 0;
}

int cg_nsscan_next_member(struct cg_nsscan *scan, struct cg_namespace *ns)
{
	int rc = fill_details(scan, ns, scan->what);

	return rc || ns->pid ? rc : -ESRCH;
}

/* A holder of the kind that has a /proc/PID/cgroup to look at, or 0. */
static pid_t thread_within(const struct cg_namespace *ns)
{
	for (size_t i = 0; i < ns->holder_count; i++)
		if (ns->holders[i].kind == CG_HOLDER_THREAD)
			return ns->holders[i].tid;
	return 0;
}

/* The cgroups of the member ns->pid as the pass read them, or NULL. */
static const struct cg_memberships *seen_of_first(const struct cg_nsscan *scan,
						  const struct cg_namespace *ns)
{
	const struct cg_member *first = ns->members;

	if (!ns->member_count || first->pid != ns->pid || first->placement == CG_NO_PLACEMENT)
		return NULL;
	return &scan->placements[first->placement].memberships;
}

/*
 * Puts the question for one namespace; one that cannot be opened is asked by
 * way of nobody, and that fails. Returns 0, or what we ran short of.
 */
static int prepare_question(const struct cg_nsscan *scan, const struct cg_namespace *ns,
			    struct cg_nsroot *question)
{
	int rc;

	*question = (struct cg_nsroot){ .nsfd = -1, .ns_inode = ns->inode, .pid = ns->pid };
	if (ns->pid) {
		question->seen = seen_of_first(scan, ns);
		return 0;
	}
	question->pid = thread_within(ns);
	rc = cg_nsscan_open(ns, &question->nsfd);
	return cg_only_shortage(rc);
}

/* Whether the roots are not known because the member that was asked has ended. */
static bool member_ended(const struct cg_nsscan *scan, const struct cg_root *roots)
{
	for (size_t h = 0; roots && h < scan->hierarchies->count; h++)
		if (roots[h].state == CG_ROOT_UNKNOWN &&
		    (has_ended(-roots[h].errnum) || roots[h].errnum == ESTALE))
			return true;
	return false;
}

/* A root that is not known for no better reason than that something ran short is no answer. */
static int check_roots(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		       struct cg_error *err)
{
	for (size_t h = 0; ns->roots && h < scan->hierarchies->count; h++) {
		const struct cg_root *root = &ns->roots[h];

		if (root->state == CG_ROOT_UNKNOWN && cg_errno_is_shortage(root->errnum))
			return cg_error_set(err, root->errnum,
					    "cannot find the root of namespace %ju",
					    (uintmax_t)ns->inode);
	}
	return 0;
}

/*
 * Finds the roots of up to count namespaces that have none yet, from *next on,
 * which is advanced over them.
 */
static int find_batch(struct cg_nsscan *scan, size_t *next, struct cg_error *err)
{
	size_t count = scan->count - *next, asked = 0, opened = 0;
	cleanup_free struct cg_nsroot *questions = calloc(count + 1, sizeof(*questions));
	cleanup_free struct cg_namespace **owners = calloc(count + 1, sizeof(*owners));
	int rc = 0;

	if (!questions || !owners)
		return cg_error_set(err, ENOMEM, "cannot find the roots of namespaces");
	for (; !rc && *next < scan->count && opened < OPEN_AT_ONCE; (*next)++) {
		struct cg_namespace *ns = &scan->namespaces[*next];

		if (!ns->inode || ns->roots)
			continue;
		rc = prepare_question(scan, ns, &questions[asked]);
		if (rc)
			cg_error_set(err, -rc, "cannot open namespace %ju", (uintmax_t)ns->inode);
		opened += questions[asked].nsfd >= 0;
		owners[asked++] = ns;
	}
	if (!rc && asked)
		rc = cg_nsroot_find(questions, asked, scan->hierarchies, err);
	for (size_t i = 0; i < asked; i++) {
		owners[i]->roots = questions[i].roots;
		if (questions[i].nsfd >= 0)
			close(questions[i].nsfd);
		if (!rc)
			rc = check_roots(scan, owners[i], err);
	}
	return rc;
}

/*
 * Forgets the roots of namespaces whose asked member has ended; another is
 * asked. Returns 0, also where there is none, or a negative errno value.
 */
static int replace_ended(struct cg_nsscan *scan, size_t *replaced)
{
	*replaced = 0;

	for (size_t i = 0; i < scan->count; i++) {
		struct cg_namespace *ns = &scan->namespaces[i];
		struct cg_nsroot roots = { .nsfd = -1, .roots = ns->roots };
		pid_t asked = ns->pid;
		int rc;

		if (!ns->inode || !member_ended(scan, ns->roots))
			continue;
		rc = fill_details(scan, ns, scan->what);
		if (rc)
			return rc;
		if (ns->pid == asked)
			continue;
		cg_nsroot_free(&roots, 1, scan->hierarchies);
		ns->roots = NULL;
		(*replaced)++;
	}
	filter(scan, still_exists, NULL);
	return 0;
}

int cg_nsscan_roots(struct cg_nsscan *scan, struct cg_error *err)
{
	size_t next, replaced;
	int rc;

	for (int round = 0; round < ROUNDS; round++) {
		for (next = 0; next < scan->count;) {
			rc = find_batch(scan, &next, err);
			if (rc)
				return rc;
		}
		rc = replace_ended(scan, &replaced);
		if (rc)
			return cg_error_set(err, -rc, "cannot look at the members of namespaces");
		if (!replaced)
			break;
	}
	return 0;
}

const char *cg_nsscan_path(const struct cg_nsscan *scan, const struct cg_member *member, size_t h)
{
	if (member->placement == CG_NO_PLACEMENT)
		return NULL;
	return scan->placements[member->placement].paths[h];
}

bool cg_nsscan_contains(const char *a, const char *b)
{
	size_t above_a = cg_path_climb(a), above_b = cg_path_climb(b);

	/*
	 * The kernel climbs no higher than to the common ancestor, so a name
	 * after leading ".." is never the one that leads back to the reader.
	 */
	if (above_a > above_b)
		return !a[above_a * strlen("/..")];
	return above_a == above_b && cg_path_contains(a, b);
}

bool cg_nsscan_outside(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		       const struct cg_member *member, size_t h)
{
	const char *path = cg_nsscan_path(scan, member, h);

	return path && ns->roots && ns->roots[h].state == CG_ROOT_KNOWN &&
	       !cg_nsscan_contains(ns->roots[h].path, path);
}

void cg_nsscan_free(struct cg_nsscan *scan)
{
	struct index *index = scan->index;

	for (size_t i = 0; i < scan->count; i++)
		free_namespace(scan, &scan->namespaces[i]);
	free(scan->namespaces);
	for (size_t i = 0; i < scan->placement_count; i++) {
		free_placement(&scan->placements[i]);
		free(index->raw[i].data);
	}
	free(scan->placements);
	if (index) {
		free(index->raw);
		free(index->by_inode.items);
		free(index->by_text.items);
		cg_text_free(&index->text);
		free(index);
	}
	if (scan->dir)
		closedir(scan->dir);
	*scan = (struct cg_nsscan)CG_NSSCAN_INIT;
}
