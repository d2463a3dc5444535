/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Finds what is wrong, compares it over the hierarchies, and says what to do. */
#include "check.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>

#include "syscalls.h"

#define HIERARCHIES_NAMED 4 /* in a line for the eye */

static void problem_free(struct ls_problem *problem)
{
	free(problem->hierarchies);
	free(problem->pids);
	free(problem->command);
	free(problem->cgroup);
	free(problem->own);
	free(problem->root);
	free(problem->mount_root);
	free(problem->mount_point);
	free(problem->text);
	free(problem->fix);
	free(problem->todo);
}

void ls_problems_free(struct ls_problems *problems)
{
	for (size_t i = 0; i < problems->count; i++)
		problem_free(&problems->items[i]);
	free(problems->items);
}

/* A copy of text, which may be NULL, in *copy. */
static int copy_text(const char *text, char **copy)
{
	*copy = text ? strdup(text) : NULL;
	return text && !*copy ? -ENOMEM : 0;
}

/* Appends an item to an array of count items. */
static int append(void *array, size_t count, const void *item, size_t size)
{
	void *grown = reallocarray(*(void **)array, count + 1, size);

	if (!grown)
		return -ENOMEM;
	*(void **)array = grown;
	memcpy((char *)grown + count * size, item, size);
	return 0;
}

/* Finding ---------------------------------------------------------------------- */

static bool same_text(const char *a, const char *b)
{
	return a && b ? strcmp(a, b) == 0 : a == b;
}

/* Whether both say the same, but of other hierarchies. */
static bool same_problem(const struct ls_problem *a, const struct ls_problem *b)
{
	return a->state == b->state && a->pid_count == b->pid_count &&
	       (!a->pid_count || !memcmp(a->pids, b->pids, a->pid_count * sizeof(*a->pids))) &&
	       same_text(a->cgroup, b->cgroup) && same_text(a->own, b->own) &&
	       same_text(a->root, b->root) && same_text(a->mount_root, b->mount_root);
}

/* Takes problem over, which is about hierarchy h. */
static int add_problem(struct ls_problems *problems, struct ls_problem *problem, size_t h)
{
	int rc;

	for (size_t i = 0; i < problems->count; i++) {
		struct ls_problem *known = &problems->items[i];

		if (!same_problem(known, problem))
			continue;
		rc = append(&known->hierarchies, known->hierarchy_count, &h, sizeof(h));
		known->hierarchy_count += rc == 0;
		problem_free(problem);
		return rc;
	}
	rc = append(&problem->hierarchies, 0, &h, sizeof(h));
	problem->hierarchy_count = rc == 0;
	if (rc == 0)
		rc = append(&problems->items, problems->count, problem, sizeof(*problem));
	if (rc)
		problem_free(problem);
	else
		problems->count++;
	return rc;
}

/* The name of the first process; one that has ended has none. */
static int name_process(struct ls_problem *problem)
{
	struct cg_stat status;
	int rc;

	if (!problem->pid_count)
		return 0;
	rc = cg_procfs_stat(problem->row->listing->scan.procfd,
			    cg_proc_name("%d/stat", problem->pids[0]).text, &status);
	return rc ? cg_only_shortage(rc) : copy_text(status.comm, &problem->command);
}

/* The members that are in the same cgroup of hierarchy h as member i, none where others came
 * before. */
static int add_group(struct ls_row *row, enum ls_state state, size_t h, size_t i,
		     struct ls_problems *problems)
{
	const struct cg_nsscan *scan = &row->listing->scan;
	const struct cg_member *members = row->ns->members;
	const char *path = cg_nsscan_path(scan, &members[i], h);
	struct ls_problem problem = { .state = state, .row = row };
	int rc;

	for (size_t m = 0; m < row->ns->member_count; m++) {
		const char *other = cg_nsscan_path(scan, &members[m], h);

		if (members[m].placement != members[i].placement && !same_text(other, path))
			continue;
		if (m < i)
			return 0;
		rc = append(&problem.pids, problem.pid_count, &members[m].pid, sizeof(pid_t));
		if (rc) {
			problem_free(&problem);
			return rc;
		}
		problem.pid_count++;
	}
	rc = name_process(&problem);
	if (rc == 0)
		rc = copy_text(path, &problem.cgroup);
	if (rc == 0)
		rc = copy_text(ls_root(row, h), &problem.root);
	if (rc == 0)
		rc = ls_own_view(row, &members[i], h, &problem.own);
	if (rc) {
		problem_free(&problem);
		return rc;
	}
	return add_problem(problems, &problem, h);
}

/* By their cgroups: the members outside, or all where the root was removed. */
static int find_members(struct ls_row *row, enum ls_state state, size_t h,
			struct ls_problems *problems)
{
	uint32_t last = CG_NO_PLACEMENT;
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < row->ns->member_count; i++) {
		const struct cg_member *member = &row->ns->members[i];

		if (member->placement == CG_NO_PLACEMENT || member->placement == last)
			continue;
		last = member->placement;
		if (state == LS_REMOVED ||
		    cg_nsscan_outside(&row->listing->scan, row->ns, member, h))
			rc = add_group(row, state, h, i, problems);
	}
	return rc;
}

/* One that is about the namespace, or about its process. */
static int find_plain(struct ls_row *row, enum ls_state state, size_t h,
		      struct ls_problems *problems)
{
	struct ls_problem problem = { .state = state, .row = row };
	const struct ls_verdict *verdict = &row->verdicts[h];
	int rc = 0;

	if (row->ns->pid && row->ns->inode) {
		rc = append(&problem.pids, 0, &row->ns->pid, sizeof(pid_t));
		problem.pid_count = rc == 0;
	}
	if (rc == 0)
		rc = name_process(&problem);
	if (rc == 0 && state == LS_MOUNT)
		rc = copy_text(ls_root(row, h), &problem.root);
	if (rc == 0 && state == LS_MOUNT)
		rc = copy_text(verdict->mount_root, &problem.mount_root);
	if (rc == 0 && state == LS_MOUNT)
		rc = copy_text(verdict->mount_point, &problem.mount_point);
	if (rc) {
		problem_free(&problem);
		return rc;
	}
	return add_problem(problems, &problem, h);
}

static int find_in(struct ls_row *row, size_t h, struct ls_problems *problems)
{
	unsigned int states = row->verdicts[h].states;
	int rc = 0;

	if (states & LS_OUTSIDE_ROOT)
		rc = find_members(row, LS_OUTSIDE_ROOT, h, problems);
	if (rc == 0 && states & LS_REMOVED)
		rc = row->ns->member_count ? find_members(row, LS_REMOVED, h, problems)
					   : find_plain(row, LS_REMOVED, h, problems);
	if (rc == 0 && states & LS_MOUNT)
		rc = find_plain(row, LS_MOUNT, h, problems);
	if (rc == 0 && (states & LS_HIDDEN || !row->ns->inode))
		rc = find_plain(row, LS_HIDDEN, h, problems);
	if (rc == 0 && row->states & LS_PINNED)
		rc = find_plain(row, LS_PINNED, h, problems);
	return rc;
}

/* Saying ----------------------------------------------------------------------- */

static const char *name_of(const struct ls_problem *problem, size_t i)
{
	return problem->row->listing->hierarchies.items[problem->hierarchies[i]].name;
}

/* " (memory, pids)", or nothing where it is so in all. NULL if memory is short. */
static char *where(const struct ls_problem *problem)
{
	size_t count = problem->hierarchy_count, named = count;
	cleanup_list struct cg_list list = { 0 };

	if (count == problem->row->listing->hierarchies.count && count > 1)
		return strdup(" (all hierarchies)");
	if (count > HIERARCHIES_NAMED)
		named = HIERARCHIES_NAMED - 1;
	for (size_t i = 0; i < named; i++)
		cg_list_add(&list, ", ", "%s", name_of(problem, i));
	if (!list.text)
		return NULL;
	return named < count ? cg_format(" (%s and %zu more)", list.text, count - named)
			     : cg_format(" (%s)", list.text);
}

/* "PID 12 (sh)", "PID 12 (sh) and 3 more". */
static char *who(const struct ls_problem *problem)
{
	cleanup_free char *name =
		problem->command ? cg_format(" (%s)", problem->command) : strdup("");

	if (!name)
		return NULL;
	return problem->pid_count > 1 ? cg_format("PID %d%s and %zu more", problem->pids[0], name,
						  problem->pid_count - 1)
				      : cg_format("PID %d%s", problem->pids[0], name);
}

static char *describe(const struct ls_problem *problem, const char *in)
{
	cleanup_free char *processes = problem->pid_count ? who(problem) : strdup("no process");
	const char *cgroup = problem->cgroup ?: "an unknown cgroup";
	const char *verb = problem->pid_count > 1 ? "are" : "is";
	char container[CG_OWNER_SIZE];
	struct cg_owner owner;

	if (!processes)
		return NULL;
	switch (problem->state) {
	case LS_OUTSIDE_ROOT:
		cg_owner_read(problem->root, &owner);
		cg_owner_shorten(&owner, container);
		return *owner.container ? cg_format("%s %s in %s, outside container %s%s",
						    processes, verb, cgroup, container, in)
					: cg_format("%s %s in %s, outside the root %s%s", processes,
						    verb, cgroup, problem->root, in);
	case LS_REMOVED:
		return problem->pid_count ? cg_format("%s: the root was removed, now in %s%s",
						      processes, cgroup, in)
					  : cg_format("the root was removed%s", in);
	case LS_MOUNT:
		return cg_format("%s: %s shows %s, not its namespace root %s%s", processes,
				 problem->mount_point, problem->mount_root, problem->root, in);
	case LS_PINNED:
		return strdup("no process is in it");
	default:
		return problem->row->ns->inode
			       ? cg_format("the root, a member's cgroup or a mount is not known%s",
					   in)
			       : cg_format("%zu %s could not be examined",
					   problem->row->ns->member_count,
					   problem->row->ns->member_count == 1 ? "process"
									       : "processes");
	}
}

/* Whether something is hidden because the caller is not allowed to inspect it. */
static bool is_refused(const struct ls_problem *problem)
{
	const struct ls_row *row = problem->row;

	for (size_t i = 0; i < problem->hierarchy_count; i++) {
		size_t h = problem->hierarchies[i];
		int root = row->ns->roots ? row->ns->roots[h].errnum : 0;
		int mount = row->verdicts[h].mount_errnum;

		if ((root && !cg_procfs_refused(-root)) || (mount && !cg_procfs_refused(-mount)))
			return false;
	}
	return true;
}

static char *advice_on(const struct ls_problem *problem)
{
	uint64_t inode = problem->row->ns->inode;

	switch (problem->state) {
	case LS_OUTSIDE_ROOT:
		return strdup("move it back into the root, or restart it where it is with "
			      "cgns-unshare");
	case LS_REMOVED:
		return problem->pid_count ? strdup("a removed root cannot be restored; restart the "
						   "processes in a cgroup that is kept")
					  : cg_format("remove what holds it: cgns-ls -d -o HOLDER "
						      "cgroup:[%ju] says what",
						      (uintmax_t)inode);
	case LS_MOUNT:
		return cg_format("restart it with cgns-unshare -M; to look at it as it is: "
				 "cgns-enter -t %d -M",
				 problem->pids[0]);
	case LS_PINNED:
		return cg_format("remove what holds it if it is not needed: cgns-ls -d -o HOLDER "
				 "cgroup:[%ju] says what",
				 (uintmax_t)inode);
	default:
		return strdup(is_refused(problem) ? "run it as root of the host"
						  : "run it again; standard error says why");
	}
}

/* Fixing ----------------------------------------------------------------------- */

/* What the caller's PID namespace, which cgroup.procs speaks of, calls the process that is pid in
 * /proc: 0 where it has no number for it, or a shortage. */
static pid_t callers_number(int procfd, pid_t pid)
{
	cleanup_with(cg_text_free) struct cg_text status = { 0 };
	int rc = cg_procfs_read(procfd, cg_proc_name("%d/status", pid).text, &status);

	return rc < 0 ? cg_only_shortage(rc)
		      : cg_procfs_callers_number(procfd, status.data, pid, NULL);
}

/* Whether the caller may write to cgroup.procs of a cgroup; *name, if not NULL, is its directory.
 */
static int may_join(const struct cg_mounts *mounts, const char *controllers, const char *path,
		    char **name)
{
	cleanup_directory struct cg_directory directory = CG_DIRECTORY_INIT;
	int rc = cg_mounts_find_directory(mounts, AT_FDCWD, controllers, path, &directory, NULL);

	if (rc)
		return rc;
	if (faccessat(directory.fd, "cgroup.procs", W_OK, AT_EACCESS) < 0)
		return -errno;
	return name ? copy_text(directory.name, name) : 0;
}

/*
 * Whether processes may be in it: not where it hands controllers to its
 * children (cgroups(7)). 1, 0, or a negative errno value.
 */
static int takes_processes(const char *dir, const char *controllers)
{
	cleanup_fd int fd = -1;
	struct cg_text text = { 0 };
	int rc;

	if (*controllers)
		return 1;
	fd = open(dir, O_PATH | O_DIRECTORY | O_CLOEXEC);
	rc = fd < 0 ? -errno : cg_procfs_read(fd, "cgroup.subtree_control", &text);
	if (rc == 0)
		rc = !text.len;
	cg_text_free(&text);
	return rc;
}

/* The cgroup above both, in views of the caller's. Freed by the caller. */
static char *common_ancestor(const char *a, const char *b)
{
	size_t len = 0, common = 0;

	while (a[len] && a[len] == b[len]) {
		len++;
		if ((!a[len] || a[len] == '/') && (!b[len] || b[len] == '/'))
			common = len;
	}
	return common ? strndup(a, common) : strdup("/");
}

/*
 * The cgroup.procs file of hierarchy h that takes the processes back: that of
 * the root or, where that takes none, of the process that stands for the
 * namespace. -ENOENT: there is none that the caller may write to.
 */
static int find_procs_file(const struct ls_problem *problem, const struct cg_mounts *mounts,
			   size_t h, char **file)
{
	const struct ls_row *row = problem->row;
	const char *controllers = row->listing->hierarchies.items[h].controllers;
	cleanup_free char *dir = NULL;
	cleanup_free char *above = common_ancestor(problem->root, problem->cgroup);
	int rc = above ? may_join(mounts, controllers, problem->root, &dir) : -ENOMEM;

	if (rc == 0)
		rc = takes_processes(dir, controllers);
	if (rc == 0) {
		const struct cg_member *process = ls_process(row);
		const char *path = process ? cg_nsscan_path(&row->listing->scan, process, h) : NULL;

		free(cg_steal_ptr(&dir));
		if (!path || cg_nsscan_outside(&row->listing->scan, row->ns, process, h))
			return -ENOENT;
		rc = may_join(mounts, controllers, path, &dir) ?: takes_processes(dir, controllers);
	}
	rc = rc > 0 ? 0 : rc ?: -ENOENT;
	/* the delegation of v2: also that of the common ancestor (cgroups(7)) */
	if (rc == 0 && !*controllers)
		rc = may_join(mounts, controllers, above, NULL);
	if (rc)
		return cg_only_shortage(rc) ?: -ENOENT;
	*file = cg_format("%s/cgroup.procs", dir);
	return *file ? 0 : -ENOMEM;
}

/* The cgroup.procs files to write to, one for each hierarchy of the problem. */
struct files {
	char **names;
	size_t count;
};

static void files_free(struct files *files)
{
	for (size_t i = 0; i < files->count; i++)
		free(files->names[i]);
	free(files->names);
}

static int find_files(const struct ls_problem *problem, struct files *files)
{
	cleanup_mounts struct cg_mounts mounts = { 0 };
	int rc =
		cg_nsroot_read_mounts(AT_FDCWD, &problem->row->listing->hierarchies, &mounts, NULL);

	files->names = calloc(problem->hierarchy_count ?: 1, sizeof(*files->names));
	if (!files->names)
		return -ENOMEM;
	for (size_t i = 0; rc == 0 && i < problem->hierarchy_count; i++) {
		rc = find_procs_file(problem, &mounts, problem->hierarchies[i], &files->names[i]);
		files->count += rc == 0;
	}
	return rc;
}

/* How much all names begin with, up to a slash. */
static size_t common_start(const struct files *files)
{
	const char *first = files->names[0];
	size_t len = strlen(first);

	for (size_t i = 1; i < files->count; i++) {
		size_t same = 0;

		while (same < len && files->names[i][same] == first[same])
			same++;
		len = same;
	}
	while (len > 0 && first[len - 1] != '/')
		len--;
	return len;
}

/* How much all names end with, from a slash on. */
static size_t common_end(const struct files *files)
{
	const char *first = files->names[0] + strlen(files->names[0]);
	size_t len = strlen(files->names[0]);

	for (size_t i = 1; i < files->count; i++) {
		const char *name = files->names[i] + strlen(files->names[i]);
		size_t same = 0;

		while (same < len && name - same > files->names[i] &&
		       name[-1 - same] == first[-1 - same])
			same++;
		len = same;
	}
	while (len > 0 && *(first - len) != '/')
		len--;
	return len;
}

/* What a loop over the names runs through: the words in which they differ, or NULL where there is
 * more to it. */
static char *differing(const struct files *files, size_t start, size_t end)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789._,=-";
	struct cg_list list = { 0 };

	for (size_t i = 0; i < files->count; i++) {
		const char *name = files->names[i] + start;
		size_t len = strspn(name, plain);

		if (!len || strlen(name) != len + end) {
			cg_list_free(&list);
			return NULL;
		}
		cg_list_add(&list, " ", "%.*s", (int)len, name);
	}
	return list.text;
}

/* "> FILE", "| tee FILE FILE > /dev/null"; NULL if memory is short. */
static char *redirection(const struct files *files)
{
	struct cg_list text = { 0 };

	cg_list_add(&text, "", "%s", files->count > 1 ? "| tee" : ">");
	for (size_t i = 0; i < files->count; i++) {
		cleanup_free char *quoted = cg_quote(files->names[i]);

		if (!quoted) {
			cg_list_free(&text);
			return NULL;
		}
		cg_list_add(&text, " ", "%s", quoted);
	}
	if (files->count > 1)
		cg_list_add(&text, "", " > /dev/null");
	return text.text;
}

/* A line that writes number to all files: by a loop where they differ in one word alone. */
static char *write_line(const char *number, const struct files *files)
{
	size_t start = common_start(files), end = common_end(files);
	cleanup_free char *list = files->count > 1 ? differing(files, start, end) : NULL;
	cleanup_free char *before = strndup(files->names[0], start);
	cleanup_free char *first = before ? cg_quote(before) : NULL;
	cleanup_free char *last =
		cg_quote(files->names[0] + strlen(files->names[0]) - (list ? end : 0));
	cleanup_free char *to = NULL;

	if (list && first && last)
		return cg_format("for h in %s; do echo %s > %s$h%s; done", list, number, first,
				 last);
	to = redirection(files);
	return to ? cg_format("echo %s %s", number, to) : NULL;
}

/* "12" or "12 13": the processes as cgroup.procs calls them; -ENOENT where one has no number. */
static int list_numbers(const struct ls_problem *problem, struct cg_list *numbers)
{
	for (size_t i = 0; i < problem->pid_count; i++) {
		pid_t number = callers_number(problem->row->listing->scan.procfd, problem->pids[i]);

		if (number <= 0)
			return number ?: -ENOENT;
		cg_list_add(numbers, " ", "%d", number);
	}
	return numbers->text ? 0 : numbers->failed ? -ENOMEM : -ENOENT;
}

/* Makes problem->fix, if there is one that the caller can do. */
static int find_fix(struct ls_problem *problem)
{
	cleanup_with(files_free) struct files files = { NULL, 0 };
	cleanup_list struct cg_list numbers = { 0 };
	cleanup_free char *line = NULL;
	bool many = problem->pid_count > 1;
	int rc;

	if (problem->state != LS_OUTSIDE_ROOT || !problem->cgroup)
		return 0;
	rc = list_numbers(problem, &numbers);
	if (rc == 0)
		rc = find_files(problem, &files);
	if (rc)
		return cg_only_shortage(rc);
	line = write_line(many ? "$p" : numbers.text, &files);
	if (line)
		problem->fix = many ? cg_format("for p in %s; do %s; done", numbers.text, line)
				    : cg_steal_ptr(&line);
	return problem->fix ? 0 : -ENOMEM;
}

static int explain(struct ls_problem *problem)
{
	cleanup_free char *in = where(problem);
	int rc = find_fix(problem);

	if (rc)
		return rc;
	if (!problem->fix)
		problem->todo = advice_on(problem);
	problem->text = in ? describe(problem, in) : NULL;
	return problem->text && (problem->fix || problem->todo) ? 0 : -ENOMEM;
}

int ls_check_row(struct ls_row *row, struct ls_problems *problems)
{
	size_t known = problems->count;
	int rc = 0;

	for (size_t h = row->first; rc == 0 && h < row->first + row->count; h++)
		rc = find_in(row, h, problems);
	for (size_t i = known; rc == 0 && i < problems->count; i++)
		rc = explain(&problems->items[i]);
	return rc;
}

static int print_problem(const struct ls_problem *problem, unsigned int states)
{
	cleanup_free char *state = ls_state_text(problem->state);
	cleanup_free char *text = cg_escape(problem->text);
	cleanup_free char *remedy = cg_escape(problem->fix ?: problem->todo);

	if (!state || !text || !remedy)
		return -ENOMEM;
	if (problem->row->ns->inode)
		printf("%ju", (uintmax_t)problem->row->ns->inode);
	else
		putchar('-');
	printf("  %s%s  %s\n    %s: %s\n", states & problem->state ? "" : "note: ", state, text,
	       problem->fix ? "fix" : "do", remedy);
	return 0;
}

/* Those that the check is about first, then the notes. */
static int print_problems(const struct ls_problems *problems, unsigned int states)
{
	int rc = 0;

	for (int notes = 0; notes < 2; notes++)
		for (size_t i = 0; rc == 0 && i < problems->count; i++) {
			int is_note = !(problems->items[i].state & states);

			if (is_note == notes)
				rc = print_problem(&problems->items[i], states);
		}
	return rc;
}

int ls_check_print(struct ls_listing *listing, unsigned int states, struct cg_error *err)
{
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < listing->count; i++) {
		cleanup_problems struct ls_problems problems = { 0 };

		/* of those that nothing is known of, standard error speaks */
		if (!listing->rows[i].ns->inode && !(states & LS_HIDDEN))
			continue;
		rc = ls_check_row(&listing->rows[i], &problems)
			     ?: print_problems(&problems, states);
	}
	return rc ? cg_error_set(err, -rc, "cannot check the namespaces") : 0;
}

bool ls_check_failed(const struct ls_listing *listing, unsigned int states)
{
	for (size_t i = 0; i < listing->count; i++)
		if ((listing->rows[i].states ?: LS_OK) & states)
			return true;
	return false;
}
