/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The process that is meant, of those in a cgroup. */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "nsroot/nsroot.h"
#include "owner.h"
#include "path.h"
#include "procfs.h"
#include "select/select.h"
#include "select/tree.h"

enum {
	NAMESPACES = 16, /* of whose processes one is held; more are counted, and an error */
	TRIES = 8,	 /* for processes that come and go */
};

#define INITIAL_PID_NS_INODE 0xEFFFFFFCu /* the kernel's PROC_PID_INIT_INO */

/* The process with the lowest PID of those in one namespace. */
struct candidate {
	struct cg_target target;
	pid_t listed;  /* its number in the list of its cgroup, or 0: found by its folder */
	int directory; /* that cgroup's, or -1 */
};

struct candidates {
	struct candidate items[NAMESPACES];
	size_t count;
	bool too_many;
};

/* What is looked for, and what was found. */
struct search {
	const char *text; /* the TARGET */
	const struct cg_hierarchies *hierarchies;
	const struct cg_hierarchy *hierarchy;
	const char *path;  /* of the cgroup */
	bool is_container; /* a process deeper in another container is not meant */
	int procfd;	   /* /proc, if it has the caller's numbers; else -1 */
	bool has_others;   /* processes that the caller's PID namespace has no number for */
	struct candidates living;
	struct candidates ended;  /* zombies, and whose first thread has ended */
	struct cg_choice *choice; /* of which the TARGET means several */
	struct cg_error *err;	  /* why a process could not be held, for want of a better one */
};

static void candidate_free(struct candidate *candidate)
{
	cg_target_close(&candidate->target);
	cg_cleanup_fd(&candidate->directory);
}

static void forget(struct candidates *candidates)
{
	for (size_t i = 0; i < candidates->count; i++)
		candidate_free(&candidates->items[i]);
	*candidates = (struct candidates){ .count = 0 };
}

static void search_free(struct search *search)
{
	forget(&search->living);
	forget(&search->ended);
	cg_cleanup_fd(&search->procfd);
}

/* ---- candidates ---- */

static struct candidate *find_namespace(struct candidates *candidates, uint64_t inode)
{
	for (size_t i = 0; i < candidates->count; i++)
		if (candidates->items[i].target.ns_inode == inode)
			return &candidates->items[i];
	return NULL;
}

/* Keeps a candidate, or not; it is taken over. */
static void add_candidate(struct candidates *candidates, struct candidate *candidate)
{
	struct candidate *known = find_namespace(candidates, candidate->target.ns_inode);

	if (known && known->target.pid <= candidate->target.pid) {
		candidate_free(candidate);
	} else if (known) {
		candidate_free(known);
		*known = *candidate;
	} else if (candidates->count < NAMESPACES) {
		candidates->items[candidates->count++] = *candidate;
	} else {
		candidates->too_many = true;
		candidate_free(candidate);
	}
}

/* Whether the process, or its first thread, has ended. */
static bool has_ended(const struct cg_target *target)
{
	struct cg_stat stat;

	return target->tid != target->pid || cg_procfs_stat(target->procdir, "stat", &stat) < 0 ||
	       cg_stat_is_zombie(&stat);
}

/* Most processes share a namespace with one that has a lower PID: nothing of them is needed. */
static bool is_needless(struct search *search, pid_t pid)
{
	const struct candidate *known;
	uint64_t inode;

	if (search->procfd < 0 || search->living.count == 0)
		return false;
	if (cg_procfs_ns_inode(search->procfd, cg_proc_name("%d/ns/cgroup", pid).text, &inode) < 0)
		return false;
	known = find_namespace(&search->living, inode);
	return known && known->target.pid < pid;
}

/* What is known of a process that is held; *candidate is taken over. */
static void sort_in(struct search *search, struct candidate *candidate)
{
	add_candidate(has_ended(&candidate->target) ? &search->ended : &search->living, candidate);
}

/* Why the search ends; the reason is taken over. */
static int give_up(struct search *search, int rc, struct cg_error *err)
{
	cg_error_move(search->err, err);
	return rc;
}

/* A process of those in /proc that could not be held: the first reason why is kept. */
static int pass_over(struct search *search, int rc, struct cg_error *err)
{
	if (cg_procfs_has_ended(rc))
		return 0;
	if (!cg_procfs_refused(rc))
		return give_up(search, rc, err);
	return search->err->message ? 0 : (give_up(search, rc, err), 0);
}

/* What a cgroup's files say that is going away, or that may not be read. */
static bool is_out_of_sight(int rc)
{
	return rc == -ENOENT || rc == -ENODEV || rc == -EACCES;
}

static int add_member(struct search *search, pid_t pid, int parent, const char *name)
{
	cleanup_error struct cg_error err = { 0 };
	struct candidate candidate = { .target = CG_TARGET_INIT, .listed = pid, .directory = -1 };
	int rc;

	if (is_needless(search, pid))
		return 0;
	rc = cg_target_hold(pid, search->text, &candidate.target, &err);
	if (rc < 0)
		return rc == -ESRCH ? 0 : give_up(search, rc, &err);
	candidate.directory = openat(parent, name, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = candidate.directory < 0 ? -errno : 0;
	if (rc < 0) {
		candidate_free(&candidate);
		if (is_out_of_sight(rc))
			return 0;
		return cg_error_set(search->err, -rc, "cannot look for the processes of %s",
				    search->path);
	}
	sort_in(search, &candidate);
	return 0;
}

/* ---- where they are listed ---- */

/* The number that begins a line of cgroup.procs; 0: a process of another PID namespace. */
static pid_t next_pid(const char **at)
{
	char *end;
	pid_t pid = (pid_t)strtol(*at, &end, 10);

	*at = *end ? end + 1 : end;
	return pid;
}

static int read_procs(int parent, const char *name, struct cg_text *text)
{
	char file[NAME_MAX + sizeof("/cgroup.procs")];

	snprintf(file, sizeof(file), "%s/cgroup.procs", name);
	return cg_procfs_read(parent, file, text);
}

static int visit_cgroup(int parent, const char *name, const char *path, void *data)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	struct search *search = data;
	struct cg_owner owner;
	int rc;

	cg_owner_read(path, &owner);
	if (search->is_container && owner.container_end > strlen(search->path))
		return CG_TREE_SKIP;
	/* the processes of threaded cgroups are listed where these begin: EOPNOTSUPP */
	rc = read_procs(parent, name, &text);
	if (rc < 0)
		return rc == -EOPNOTSUPP || is_out_of_sight(rc) ? 0 : rc;
	for (const char *at = text.data; rc == 0 && *at;) {
		pid_t pid = next_pid(&at);

		search->has_others |= pid == 0;
		rc = pid > 0 ? add_member(search, pid, parent, name) : 0;
	}
	return rc;
}

/* Whether the process is in the cgroup, or below it in no other container. */
static bool is_meant(const struct search *search, const char *path)
{
	struct cg_owner owner;

	if (!cg_path_contains(search->path, path))
		return false;
	cg_owner_read(path, &owner);
	return !search->is_container || owner.container_end <= strlen(search->path);
}

/* Where no directory shows the cgroup: all processes are asked where they are. */
static int look_at_processes(struct search *search)
{
	cleanup_memberships struct cg_memberships memberships = { 0 };
	cleanup_dir DIR *dir = NULL;
	int rc = cg_opendir(AT_FDCWD, "/proc", &dir);
	pid_t pid = 0;

	while (rc == 0 && (pid = cg_procfs_next(dir)) > 0) {
		struct candidate candidate = { .target = CG_TARGET_INIT, .directory = -1 };
		cleanup_error struct cg_error err = { 0 };
		const char *path;

		rc = cg_target_open(cg_proc_name("/proc/%d", pid).text, &candidate.target, &err);
		if (rc < 0) {
			rc = pass_over(search, rc, &err);
			if (rc < 0)
				return rc;
			continue;
		}
		rc = cg_memberships_read(candidate.target.procdir, "cgroup", &memberships);
		path = rc < 0 ? NULL
			      : cg_memberships_path(&memberships, search->hierarchy->controllers);
		rc = cg_procfs_unless_unseen(rc);
		if (path && is_meant(search, path)) {
			free(candidate.target.text);
			candidate.target.text = strdup(search->text);
			rc = candidate.target.text ? 0 : -ENOMEM;
			sort_in(search, &candidate);
		} else {
			candidate_free(&candidate);
		}
	}
	rc = rc ?: pid;
	return rc < 0 ? cg_error_set(search->err, -rc, "cannot look for the processes of %s",
				     search->path)
		      : 0;
}

/* ---- threaded cgroups ---- */

/* A threaded cgroup lists no processes: the one above that lists them is named. */
static int explain_threaded(const struct search *search, const struct cg_mounts *mounts,
			    struct cg_error *err)
{
	cleanup_free char *path = strdup(search->path);
	char *slash;

	cg_error_set(err, 0, "cgroup %s in %s is threaded: it has threads, no processes",
		     search->path, search->hierarchy->name);
	while (path && (slash = strrchr(path, '/')) && slash != path) {
		cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
		cleanup_with(cg_text_free) struct cg_text text = { 0 };

		*slash = '\0';
		if (cg_mounts_find_directory(mounts, AT_FDCWD, search->hierarchy->controllers, path,
					     &directory, NULL) < 0)
			break;
		if (read_procs(directory.fd, ".", &text) == 0) {
			cleanup_free char *quoted = cg_quote(path);

			return cg_error_hint(err, "cgroup:%s:%s lists the processes",
					     search->hierarchy->name, quoted ?: path);
		}
	}
	return -EINVAL;
}

/* ---- the search ---- */

/*
 * Whether processes in the cgroup may have been passed over that /proc shows: v2 lists those
 * that the caller's PID namespace has no number for as 0, v1 not at all.
 */
static bool may_have_others(const struct search *search)
{
	return search->has_others || (*search->hierarchy->controllers && search->procfd < 0);
}

/* Looks in the cgroup and, unless it has processes itself, below it. */
static int look_in_directory(struct search *search, const struct cg_mounts *mounts,
			     const struct cg_directory *directory)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int rc = read_procs(directory->fd, ".", &text);

	if (rc == -EOPNOTSUPP)
		return explain_threaded(search, mounts, search->err);
	if (rc < 0 && !cg_procfs_has_ended(rc) && rc != -ENODEV)
		return cg_error_set(search->err, -rc, "cannot read the processes of %s in %s",
				    search->path, search->hierarchy->name);
	rc = 0;
	if (!search->is_container)
		rc = visit_cgroup(directory->fd, ".", search->path, search);
	if (rc == 0 && search->living.count == 0)
		rc = cg_tree_walk(directory->fd, search->path, visit_cgroup, search);
	if (rc > 0 || (rc == 0 && search->living.count == 0 && may_have_others(search)))
		rc = look_at_processes(search);
	if (rc < 0 && !search->err->message)
		cg_error_set(search->err, -rc, "cannot look for the processes of %s", search->path);
	return rc;
}

static int look(struct search *search, const struct cg_mounts *mounts)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	cleanup_error struct cg_error err = { 0 };
	int rc = cg_mounts_find_directory(mounts, AT_FDCWD, search->hierarchy->controllers,
					  search->path, &directory, &err);

	if (rc == 0)
		return look_in_directory(search, mounts, &directory);
	if (rc == -ENXIO) {
		rc = look_at_processes(search);
		if (rc < 0 || search->living.count || search->ended.count)
			return rc;
		rc = -ENXIO;
	}
	cg_error_move(search->err, &err);
	return rc;
}

/* Whether the process is still in the cgroup in whose list it was: its number is its own. */
static int check_listed(const struct candidate *candidate)
{
	cleanup_with(cg_text_free) struct cg_text text = { 0 };
	int rc;

	if (candidate->directory < 0)
		return 0;
	rc = read_procs(candidate->directory, ".", &text);
	if (rc < 0)
		return rc == -EOPNOTSUPP || is_out_of_sight(rc) ? -EAGAIN : rc;
	for (const char *at = text.data; *at;)
		if (next_pid(&at) == candidate->listed)
			return 0;
	return -EAGAIN;
}

/* ---- which one ---- */

static int explain_several(const struct search *search, const struct candidates *candidates,
			   struct cg_error *err)
{
	int rc = 0;

	cg_error_set(err, 0, "the processes of %s in %s are in different cgroup namespaces",
		     search->text, search->hierarchy->name);
	for (size_t i = 0; rc == 0 && i < candidates->count; i++) {
		const struct cg_target *target = &candidates->items[i].target;
		cleanup_free char *command = NULL;
		char number[sizeof("2147483647")];

		snprintf(number, sizeof(number), "%d", target->pid);
		rc = cg_only_shortage(cg_procfs_command(target->procdir, ".", &command));
		if (rc == 0)
			rc = cg_choice_add(search->choice, search->procfd < 0 ? "/proc/" : "",
					   number, &command);
	}
	search->choice->more = candidates->too_many;
	return rc ?: cg_choice_explain(search->choice, err);
}

/*
 * Of a container's processes those are meant whose namespace is rooted the
 * highest in the container. Returns NULL where none is, or several are.
 */
static struct candidate *choose_by_root(const struct search *search, struct candidates *candidates)
{
	struct cg_nsroot roots[NAMESPACES] = { 0 };
	size_t h = (size_t)(search->hierarchy - search->hierarchies->items);
	struct candidate *best = NULL;
	size_t best_depth = 0;

	for (size_t i = 0; i < candidates->count; i++) {
		const struct cg_target *target = &candidates->items[i].target;

		if (target->nsfd < 0)
			return NULL;
		roots[i] = (struct cg_nsroot){ .nsfd = target->nsfd,
					       .ns_inode = target->ns_inode,
					       .pid = target->tid };
	}
	if (cg_nsroot_find(roots, candidates->count, search->hierarchies, NULL) < 0)
		return NULL;
	for (size_t i = 0; i < candidates->count; i++) {
		const struct cg_root *root = &roots[i].roots[h];
		size_t depth;

		if (root->state != CG_ROOT_KNOWN || !cg_path_contains(search->path, root->path))
			continue;
		depth = cg_path_depth(root->path) + 1;
		if (best_depth && depth == best_depth)
			best = NULL;
		else if (!best_depth || depth < best_depth)
			best = &candidates->items[i];
		best_depth = !best_depth || depth < best_depth ? depth : best_depth;
	}
	cg_nsroot_free(roots, candidates->count, search->hierarchies);
	return best;
}

static bool is_initial_pid_namespace(void)
{
	struct stat st;

	return stat("/proc/self/ns/pid", &st) == 0 && st.st_ino == INITIAL_PID_NS_INODE;
}

static int choose(struct search *search, struct cg_target *target)
{
	struct candidates *candidates = search->living.count ? &search->living : &search->ended;
	struct candidate *chosen = &candidates->items[0];
	int rc;

	if (candidates->count == 0) {
		if (search->err->message)
			return -EACCES;
		if (!search->has_others) {
			cg_error_set(search->err, 0, "no process in cgroup %s in %s", search->path,
				     search->hierarchy->name);
			if (*search->hierarchy->controllers && !is_initial_pid_namespace())
				cg_error_hint(search->err, "v1 lists no process of another PID "
							   "namespace");
			return -ESRCH;
		}
		cg_error_set(search->err, 0, "/proc does not show the processes of %s in %s",
			     search->path, search->hierarchy->name);
		return cg_error_hint(search->err, "they are of another PID namespace: name one by "
						  "its folder in a proc filesystem that shows it");
	}
	if (candidates->count > 1 || candidates->too_many)
		chosen = search->is_container && !candidates->too_many
				 ? choose_by_root(search, candidates)
				 : NULL;
	if (!chosen)
		return explain_several(search, candidates, search->err);
	rc = check_listed(chosen);
	if (rc == -EAGAIN)
		return rc;
	if (rc < 0)
		return cg_error_set(search->err, -rc, "cannot read the processes of %s",
				    search->path);
	*target = chosen->target;
	chosen->target = (struct cg_target)CG_TARGET_INIT;
	cg_error_reset(search->err);
	return 0;
}

/* ---- one hierarchy ---- */

/* The containers of a pod. */
struct pod {
	const char *path;
	char *first; /* the cgroup of the first */
	struct cg_choice *choice;
};

static int visit_pod(int parent, const char *name, const char *path, void *data)
{
	struct pod *pod = data;
	struct cg_owner owner;
	int rc;

	(void)parent;
	(void)name;
	cg_owner_read(path, &owner);
	if (owner.container_end != strlen(path) || owner.container_end <= strlen(pod->path))
		return 0;
	if (!pod->first) {
		pod->first = strdup(path);
		if (!pod->first)
			return -ENOMEM;
	}
	rc = cg_choice_add(pod->choice, "container:", owner.container, NULL);
	return rc < 0 ? rc : CG_TREE_SKIP;
}

/* A pod stands for its container, if it has one alone: *path becomes that one's. */
static int take_container(struct search *search, const struct cg_mounts *mounts, char **path)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	struct pod pod = { .path = *path, .choice = search->choice };
	int rc = cg_mounts_find_directory(mounts, AT_FDCWD, search->hierarchy->controllers, *path,
					  &directory, search->err);

	if (rc == 0)
		rc = cg_tree_walk(directory.fd, *path, visit_pod, &pod);
	if (rc > 0) {
		cg_error_set(search->err, 0, "cannot look for the containers of %s", *path);
		cg_error_hint(
			search->err,
			"some of its cgroups are covered by another mount, or may not be read");
		rc = -ENXIO;
	}
	if (rc < 0 && !search->err->message)
		cg_error_set(search->err, -rc, "cannot look for the containers of %s", *path);
	if (rc == 0 && pod.choice->count > 1) {
		cg_error_set(search->err, 0, "%s has several containers", search->text);
		rc = cg_choice_explain(pod.choice, search->err);
	} else if (rc == 0 && pod.first) {
		free(*path);
		*path = cg_steal_ptr(&pod.first);
		search->path = *path;
		search->is_container = true;
		cg_choice_free(pod.choice);
	}
	free(pod.first);
	return rc;
}

static int open_in(const char *text, const struct cg_target_spec *spec,
		   const struct cg_hierarchies *hierarchies, const struct cg_hierarchy *hierarchy,
		   const struct cg_mounts *mounts, struct cg_target *target,
		   struct cg_choice *choice, struct cg_error *err)
{
	cleanup_free char *path = NULL;
	bool is_container = spec->form == CG_TARGET_CONTAINER;
	int rc = cg_select_cgroup(spec, mounts, hierarchy, &path, choice, err);

	for (int tries = 0; rc == 0 && tries < TRIES; tries++) {
		cleanup_with(search_free) struct search search = {
			.text = text,
			.hierarchies = hierarchies,
			.hierarchy = hierarchy,
			.path = path,
			.is_container = is_container,
			.procfd = open("/proc", O_PATH | O_DIRECTORY | O_CLOEXEC),
			.choice = choice,
			.err = err,
		};

		if (search.procfd >= 0 && cg_procfs_is_own(search.procfd) != 1) {
			close(search.procfd);
			search.procfd = -1;
		}
		cg_error_reset(err);
		if (spec->form == CG_TARGET_POD && !is_container)
			rc = take_container(&search, mounts, &path);
		is_container = search.is_container;
		if (rc == 0)
			rc = look(&search, mounts);
		if (rc == 0)
			rc = choose(&search, target);
		if (rc == 0)
			return 0;
		rc = rc == -EAGAIN ? 0 : rc;
	}
	if (rc < 0)
		return rc;
	cg_error_set(err, 0, "the processes of %s in %s keep changing", path, hierarchy->name);
	return -EAGAIN;
}

/* ---- all hierarchies ---- */

/* Whether nobody is there: another hierarchy may have what is meant. */
static bool is_none(int rc)
{
	return rc == -ENOENT || rc == -ESRCH || rc == -ENXIO;
}

static int add_folder(struct cg_choice *choice, const struct cg_target *target)
{
	char number[sizeof("2147483647")];

	snprintf(number, sizeof(number), "%d", target->pid);
	return cg_choice_add(choice, "/proc/", number, NULL);
}

/*
 * Looks in each hierarchy but the default one, which has nobody. What is found
 * in two of them has to be of one namespace.
 */
static int open_elsewhere(const char *text, const struct cg_target_spec *spec,
			  const struct cg_hierarchies *hierarchies,
			  const struct cg_hierarchy *known, const struct cg_mounts *mounts,
			  struct cg_target *target, struct cg_choice *choice, struct cg_error *err)
{
	const struct cg_hierarchy *where = NULL;

	for (size_t i = 0; i < hierarchies->count; i++) {
		cleanup_error struct cg_error reason = { 0 };
		cleanup_target struct cg_target found = CG_TARGET_INIT;
		const struct cg_hierarchy *hierarchy = &hierarchies->items[i];
		int rc = hierarchy == known ? -ENOENT
					    : open_in(text, spec, hierarchies, hierarchy, mounts,
						      &found, choice, &reason);

		if (is_none(rc))
			continue;
		if (rc == 0 && !where) {
			*target = found;
			found = (struct cg_target)CG_TARGET_INIT;
			where = hierarchy;
		} else if (rc == 0 && !cg_target_same_namespace(target, &found)) {
			cg_error_set(err, 0, "%s is one process in %s and another in %s", text,
				     where->name, hierarchy->name);
			rc = add_folder(choice, target) ?: add_folder(choice, &found);
			rc = rc ?: cg_choice_explain(choice, err);
		} else if (rc < 0) {
			cg_error_move(err, &reason);
		}
		if (rc < 0) {
			cg_target_close(target);
			return rc;
		}
	}
	return where ? 0 : -ENOENT;
}

/* The hierarchy that was asked for; *only is NULL, and 0 returned, where none was. */
static int choose_hierarchy(const struct cg_target_spec *spec, const char *name,
			    const struct cg_hierarchies *hierarchies,
			    const struct cg_hierarchy **only, struct cg_error *err)
{
	cleanup_free char *own = NULL;

	*only = NULL;
	if (spec->hierarchy) {
		own = strndup(spec->hierarchy, spec->hierarchy_len);
		if (!own)
			return cg_error_set(err, ENOMEM, "cannot choose a hierarchy");
		name = own;
	} else if (!name || strcmp(name, "all") == 0) {
		return 0;
	}
	*only = cg_hierarchy_find(hierarchies, name, err);
	return *only ? 0 : -EINVAL;
}

/* A name, or a file that is not there, may be a cgroup's, without what stands before it. */
static int suggest_path(const char *text, int why, struct cg_error *err)
{
	const char *slash = *text == '/' ? "" : "/";
	cleanup_free char *target = cg_format("cgroup:%s%s", slash, text);
	cleanup_free char *quoted = cg_quote(text);
	cleanup_target struct cg_target ignored = CG_TARGET_INIT;
	int rc = -EINVAL;

	if (*text && !text[strcspn(text, ":[")] && target)
		rc = cg_select_open(target, NULL, &ignored, NULL, NULL);
	if (rc == 0 || rc == -ESRCH || rc == -ENOTUNIQ)
		cg_error_hint(err, "a cgroup is named by its whole path: cgroup:%s%s", slash,
			      quoted ?: text);
	return why;
}

int cg_select_open(const char *text, const char *hierarchy, struct cg_target *target,
		   struct cg_choice *choice, struct cg_error *err)
{
	cleanup_choice struct cg_choice unwanted = { 0 };
	cleanup_hierarchies struct cg_hierarchies hierarchies = { 0 };
	cleanup_mounts struct cg_mounts mounts = { 0 };
	cleanup_error struct cg_error ignored = { 0 };
	const struct cg_hierarchy *only = NULL, *first;
	struct cg_target_spec spec;
	int rc = cg_target_parse(text, &spec, err);
	int elsewhere;

	*target = (struct cg_target)CG_TARGET_INIT;
	err = err ?: &ignored;
	choice = choice ?: &unwanted;
	if (rc < 0)
		return suggest_path(text, -EINVAL, err);
	if (!cg_target_is_cgroup(&spec)) {
		rc = cg_target_open(text, target, err);
		return rc == -ENOENT && spec.form == CG_TARGET_FILE ? suggest_path(text, rc, err)
								    : rc;
	}
	rc = cg_mounts_read_own(AT_FDCWD, &mounts);
	if (rc < 0)
		return cg_error_set(err, -rc, "cannot read /proc/self/mountinfo");
	rc = cg_hierarchies_read(&hierarchies, err);
	if (rc == 0)
		rc = choose_hierarchy(&spec, hierarchy, &hierarchies, &only, err);
	if (rc < 0)
		return rc;
	first = only ?: cg_hierarchy_default(&hierarchies, err);
	if (!first)
		return -EINVAL;
	rc = open_in(text, &spec, &hierarchies, first, &mounts, target, choice, err);
	if (only || !is_none(rc))
		return rc;
	elsewhere = open_elsewhere(text, &spec, &hierarchies, first, &mounts, target, choice, err);
	if (elsewhere == 0)
		cg_error_reset(err);
	if (rc == -ENOENT && elsewhere == -ENOENT)
		return cg_select_nowhere(&spec, err);
	return is_none(elsewhere) ? rc : elsewhere;
}
