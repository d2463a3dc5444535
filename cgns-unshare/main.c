/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "cgns-unshare/child.h"
#include "cgns-unshare/options.h"
#include "cgns-unshare/parent.h"
#include "output.h"
#include "spawn/spawn.h"

/* Both sides of the run. */
struct unshare {
	struct parent parent;
	struct child child;
	int born; /* namespaces that the child is born in */
};

/* What the child asks for. */
enum step { STEP_JOIN, STEP_UNSHARED };

static int make(void *data, struct cg_error *err)
{
	struct unshare *unshare = data;
	int rc = parent_make(&unshare->parent, err);

	return rc < 0 ? rc : parent_has_to_undo(&unshare->parent);
}

static int enter(void *data, const struct cg_run *run, struct cg_error *err)
{
	const struct unshare *unshare = data;
	int rc = unshare->parent.roots.count ? cg_run_ask(run, STEP_JOIN, err) : 0;

	if (rc == 0)
		rc = child_unshare(&unshare->child, unshare->born, err);
	if (rc == 0 && parent_acts_when_unshared(&unshare->parent))
		rc = cg_run_ask(run, STEP_UNSHARED, err);
	return rc ? rc : child_set_up(&unshare->child, err);
}

static int serve(void *data, int step, pid_t pid, struct cg_error *err)
{
	struct unshare *unshare = data;

	return step == STEP_JOIN ? parent_join(&unshare->parent, pid, err)
				 : parent_when_unshared(&unshare->parent, pid, err);
}

static bool undo(void *data, pid_t pid, struct cg_run *run)
{
	struct unshare *unshare = data;

	return parent_undo(&unshare->parent, pid, run);
}

static void finish(void *data, struct cg_run *run)
{
	struct unshare *unshare = data;

	if (unshare->parent.request->remove)
		parent_remove(&unshare->parent, run);
}

static void explain_kill(void *data, struct cg_error *err)
{
	struct unshare *unshare = data;

	cg_cgroups_explain_kill(&unshare->parent.roots, err);
}

static bool changes_before_unshare(const struct request *request)
{
	return request->place_count || request->subgroup || request->persist;
}

/* Returns the exit status; *err is filled if it failed. */
static int run_program(const struct request *request, char **argv, struct cg_run *run,
		       struct cg_error *err)
{
	static const struct cg_run_steps steps = { make, enter, serve, undo, finish, explain_kill };
	static const struct cg_run_steps steps_inside = { .enter = enter };
	struct unshare unshare = { PARENT_INIT(request), CHILD_INIT(request),
				   request->fork ? child_birth_flags(request) : 0 };
	bool changes = changes_before_unshare(request);
	int status = CG_EXIT_FAILED;
	const char *remark = NULL;
	int rc = 0;

	/* A program of another root may be anybody's: it could write our file by /proc/PID/exe. */
	if (request->root)
		rc = cg_isolate(cgns_unshare.name, argv, false, &remark, err);
	if (rc == 0 && remark)
		cg_say(request->says, "%s", remark);
	if (rc == 0 && changes)
		rc = child_check(&unshare.child, err);
	if (rc == 0 && (changes || request->fork || request->mount_cgroup))
		rc = cg_hold_standard_fds(err);
	if (rc == 0)
		rc = child_open(&unshare.child, err);
	if (rc == 0)
		rc = parent_open(&unshare.parent, err);
	run->steps = changes || request->fork ? &steps : &steps_inside;
	run->data = &unshare;
	run->command.argv = request->argv;
	/* The namespace alone is wanted. */
	run->nothing = request->persist && !request->argv[0];
	run->fork = request->fork;
	run->clone_flags = unshare.born;
	run->kill_child = request->kill_child;
	if (rc == 0 && cg_run(run, &status, err) == 0)
		status = 0;
	run->data = NULL;
	parent_free(&unshare.parent);
	child_free(&unshare.child);
	return status;
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = { 0 };
	cleanup_request struct request request = { 0 };
	struct cg_run run = CG_RUN_INIT;
	int rc = request_parse(argc, argv, &request, &err);
	int status = 0;

	if (rc == 0)
		status = run_program(&request, argv, &run, &err);
	else if (rc < 0 || cg_output_close(&err) < 0)
		status = CG_EXIT_FAILED;
	if (status)
		cg_options_report(cgns_unshare.name, &err, rc < 0);
	cg_run_close(&run);
	return status;
}
