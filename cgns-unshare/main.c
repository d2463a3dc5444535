/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "config.h"

#include <sys/wait.h>
#include <unistd.h>

#include "cgns-unshare/inside.h"
#include "cgns-unshare/keeper.h"
#include "cgns-unshare/request.h"
#include "cgns-unshare/stay.h"
#include "output.h"
#include "spawn.h"

/*
 * Without a fork: the caller's own process becomes the program
 */

static int settle(struct stay *stay, const struct keeper *keeper, struct cg_error *err)
{
	if (!stay_has_to_settle(stay))
		return 0;
	return keeper->channel >= 0 ? keeper_settle(keeper, err) : stay_settle(stay, 0, err);
}

static int enter_here(struct stay *stay, const struct inside *inside, const struct keeper *keeper,
		      struct cg_error *err)
{
	int rc = stay_join(stay, 0, err);

	if (!rc)
		rc = inside_unshare(inside, 0, err);
	if (!rc)
		rc = settle(stay, keeper, err);
	return rc ? rc : inside_furnish(inside, err);
}

/* Returns only on failure, with the exit status. */
static int run_here(struct stay *stay, const struct inside *inside, struct cg_error *err)
{
	const struct cg_command command = { .argv = stay->request->argv };
	struct keeper keeper = KEEPER_INIT;
	int status = CG_EXIT_FAILED;
	int rc = 0;

	if (stay_has_to_undo(stay))
		rc = keeper_start(&keeper, stay, err);
	if (rc < 0) {
		stay_undo(stay, 0);
		return status;
	}
	rc = enter_here(stay, inside, &keeper, err);
	if (!rc) {
		if (keeper.channel >= 0)
			keeper_ready(&keeper);
		rc = cg_exec(&command, &status, err);
	}
	if (rc < 0 && keeper.channel >= 0)
		keeper_undo(&keeper);
	return status;
}

/*
 * With a fork: the child becomes the program, the parent stays and waits
 */

/* Nothing is to run: the namespace alone is wanted. */
static bool is_pin_only(const struct request *request)
{
	return request->persist && !request->argv[0];
}

/* The child's part. Where the parent has to act on it, they meet: see attend(). */
static void run_child(struct cg_child *child, const struct stay *stay, const struct inside *inside,
		      int born) CG_NORETURN;
static void run_child(struct cg_child *child, const struct stay *stay, const struct inside *inside,
		      int born)
{
	const struct request *request = stay->request;
	const struct cg_command command = { .argv = request->argv };
	struct cg_error err = CG_ERROR_INIT;
	int rc = 0;

	if (stay->roots.count && cg_child_meet(child) < 0)
		_exit(CG_EXIT_FAILED);
	rc = inside_unshare(inside, born, &err);
	if (!rc && stay_has_to_settle(stay) && cg_child_meet(child) < 0)
		_exit(CG_EXIT_FAILED);
	if (!rc)
		rc = inside_furnish(inside, &err);
	if (!rc && request->kill_child)
		rc = cg_child_die_with_parent(child, request->kill_child, &err);
	if (rc < 0)
		cg_child_fail(child, CG_EXIT_FAILED, &err);
	if (is_pin_only(request)) {
		rc = cg_child_meet(child);
		_exit(rc < 0 ? CG_EXIT_FAILED : 0);
	}
	cg_child_exec(child, &command);
}

static int attend(struct stay *stay, struct cg_child *child, int *status, struct cg_error *err)
{
	int rc = 0;

	if (stay->roots.count) {
		rc = cg_child_await(child, status, err);
		if (!rc)
			rc = stay_join(stay, child->pid, err);
		if (rc < 0)
			return rc;
		cg_child_release(child);
	}
	if (stay_has_to_settle(stay)) {
		rc = cg_child_await(child, status, err);
		if (!rc)
			rc = stay_settle(stay, child->pid, err);
		if (rc < 0)
			return rc;
		cg_child_release(child);
	}
	return is_pin_only(stay->request) ? cg_child_await(child, status, err)
					  : cg_child_await_exec(child, status, err);
}

/* Ends as the program does; returns only on failure, with the exit status. */
static int run_forked(struct stay *stay, const struct inside *inside, struct cg_error *err)
{
	struct cg_child child = CG_CHILD_INIT;
	int born = inside_birth_flags(stay->request);
	int status = CG_EXIT_FAILED << 8;
	int rc = cg_child_fork(&child, born, err);

	if (!rc)
		run_child(&child, stay, inside, born);
	if (rc > 0) {
		rc = attend(stay, &child, &status, err);
		if (rc < 0)
			cg_child_abandon(&child);
	}
	if (rc < 0) {
		stay_undo(stay, 0);
		/* A signal that ended the child before the program began has no words. */
		if (!WIFEXITED(status))
			cg_end_like(status);
		return WEXITSTATUS(status);
	}
	if (is_pin_only(stay->request)) {
		cg_child_abandon(&child);
		return 0;
	}
	status = cg_child_wait(&child);
	if (stay->request->remove)
		stay_remove(stay);
	cg_end_like(status);
}

/*
 * Both
 */

static bool changes_before_unshare(const struct request *request)
{
	return request->place_count || request->subgroup || request->persist;
}

/* Returns the exit status; *err is filled if it failed. */
static int run(const struct request *request, struct cg_error *err)
{
	cleanup_stay struct stay stay = STAY_INIT(request);
	cleanup_inside struct inside inside = INSIDE_INIT(request);
	int rc = 0;

	if (changes_before_unshare(request))
		rc = inside_check(&inside, err);
	if (!rc && (changes_before_unshare(request) || request->fork || request->mount_cgroup))
		rc = cg_hold_standard_fds(err);
	if (!rc)
		rc = inside_open(&inside, err);
	if (!rc)
		rc = stay_open(&stay, err);
	if (rc < 0)
		return CG_EXIT_FAILED;
	if (stay_make(&stay, err) < 0) {
		stay_undo(&stay, 0);
		return CG_EXIT_FAILED;
	}
	return request->fork ? run_forked(&stay, &inside, err) : run_here(&stay, &inside, err);
}

int main(int argc, char **argv)
{
	cleanup_error struct cg_error err = CG_ERROR_INIT;
	cleanup_request struct request request = { 0 };
	enum request_result result = request_parse(argc, argv, &request, &err);
	int status = 0;

	if (result == REQUEST_RUN)
		status = run(&request, &err);
	else if (result == REQUEST_WRONG || cg_output_close(&err) < 0)
		status = CG_EXIT_FAILED;
	if (status)
		cg_options_report(cgns_unshare_program.name, &err, result == REQUEST_WRONG);
	return status;
}
