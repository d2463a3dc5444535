/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The roots of all namespaces of a scan. */
#include "nsscan/nsscan.h"

#include <errno.h>
#include <string.h>

#include "index.h"

/* Namespaces that are open at one time while their roots are found: RLIMIT_NOFILE may be 256. */
#define OPEN_AT_ONCE 128

/* How often a member that ended under the search for its root is replaced by another. */
#define ROUNDS 16

/* A holder of the kind that has a /proc/PID/cgroup to look at, or 0. */
static pid_t thread_within(const struct cg_namespace *ns)
{
	for (size_t i = 0; i < ns->holder_count; i++)
		if (ns->holders[i].kind == CG_HOLDER_THREAD)
			return ns->holders[i].tid;
	return 0;
}

/*
 * Puts the question for one namespace; one that cannot be opened is asked by
 * way of nobody, and that fails. Returns 0, or what we ran short of.
 */
static int prepare_question(const struct cg_namespace *ns, struct cg_nsroot *question)
{
	int rc;

	*question = (struct cg_nsroot){ .nsfd = -1,
					.ns_inode = ns->inode,
					.pid = ns->pid ? ns->tid : 0 };
	if (ns->pid)
		return 0;
	question->pid = thread_within(ns);
	rc = cg_nsscan_open(ns, &question->nsfd);
	return rc == -EAGAIN ? 0 : cg_only_shortage(rc);
}

/* Whether the roots are not known because the member that was asked has ended. */
static bool member_ended(const struct cg_nsscan *scan, const struct cg_root *roots)
{
	for (size_t h = 0; roots && h < scan->hierarchies->count; h++)
		if (roots[h].state == CG_ROOT_UNKNOWN &&
		    (cg_procfs_has_ended(-roots[h].errnum) || roots[h].errnum == ESTALE))
			return true;
	return false;
}

/* A root that is not known for no better reason than that something ran short is no answer. */
static int check_roots(const struct cg_nsscan *scan, const struct cg_namespace *ns,
		       struct cg_error *err)
{
	for (size_t h = 0; ns->roots && h < scan->hierarchies->count; h++) {
		const struct cg_root *root = &ns->roots[h];

		/* EAGAIN: there may be no further process; what needs none is still told */
		if (root->state == CG_ROOT_UNKNOWN && root->errnum != EAGAIN &&
		    cg_errno_is_shortage(root->errnum))
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
	for (; rc == 0 && *next < scan->count && opened < OPEN_AT_ONCE; (*next)++) {
		struct cg_namespace *ns = &scan->namespaces[*next];

		if (!ns->inode || ns->roots)
			continue;
		rc = prepare_question(ns, &questions[asked]);
		if (rc)
			cg_error_set(err, -rc, "cannot open namespace %ju", (uintmax_t)ns->inode);
		opened += questions[asked].nsfd >= 0;
		owners[asked++] = ns;
	}
	if (rc == 0 && asked)
		rc = cg_nsroot_find(questions, asked, scan->hierarchies, err);
	for (size_t i = 0; i < asked; i++) {
		owners[i]->roots = questions[i].roots;
		if (questions[i].nsfd >= 0)
			close(questions[i].nsfd);
		if (rc == 0)
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
		rc = cg_nsscan_next_member(scan, ns);
		if (rc && rc != -ESRCH)
			return rc;
		if (ns->pid == asked)
			continue;
		cg_nsroot_free(&roots, 1, scan->hierarchies);
		ns->roots = NULL;
		(*replaced)++;
	}
	cg_nsscan_drop_ended(scan);
	return 0;
}

int cg_nsscan_roots(struct cg_nsscan *scan, struct cg_error *err)
{
	size_t next, replaced;
	int rc = 0;

	for (int round = 0; round < ROUNDS; round++) {
		for (next = 0; next < scan->count;) {
			rc = find_batch(scan, &next, err);
			if (rc)
				return rc;
		}
		rc = replace_ended(scan, &replaced);
		if (rc || !replaced)
			break;
	}
	if (rc == 0)
		rc = cg_nsscan_drop_visitors(scan);
	return rc ? cg_error_set(err, -rc, "cannot look at the members of namespaces") : 0;
}
