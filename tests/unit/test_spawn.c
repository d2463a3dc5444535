/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "spawn/spawn.h"

/* Pipes: what is told to the test, and what tells the child, and the holder, to go on. */
struct talk {
	int told[2], child[2], holder[2];
};

/* The child is let go on by the test. */
static int enter(void *data, const struct cg_run *run, struct cg_error *err)
{
	const struct talk *talk = data;
	int rc = cg_run_ask(run, 0, err);
	char byte = '?';

	if (rc < 0)
		return rc;
	if (write(talk->told[1], &byte, 1) != 1 || read(talk->child[0], &byte, 1) != 1 ||
	    dup2(talk->told[1], STDOUT_FILENO) < 0)
		return cg_error_set(err, 0, "the test is gone");
	return 0;
}

/* Leaves a process behind that holds all that the outside does, until the test lets it go. */
static int serve(void *data, int step, pid_t pid, struct cg_error *err)
{
	const struct talk *talk = data;
	pid_t holder = fork();
	char byte;

	(void)step;
	(void)pid;
	if (holder == 0) {
		close(talk->told[1]);
		_exit(read(talk->holder[0], &byte, 1) != 0);
	}
	return holder < 0 ? cg_error_set(err, 0, "cannot fork") : 0;
}

static bool undo(void *data, pid_t pid, struct cg_run *run)
{
	(void)data;
	(void)pid;
	(void)run;
	return true;
}

static void be_outside(struct talk *talk)
{
	static const struct cg_run_steps steps = { .enter = enter, .serve = serve, .undo = undo };
	static char program[] = "/bin/echo", word[] = "begun";
	static char *command[] = { program, word, NULL };
	struct cg_run run = CG_RUN_INIT;
	int status;

	close(talk->child[1]);
	close(talk->holder[1]);
	run.steps = &steps;
	run.data = talk;
	run.command.argv = command;
	run.fork = true;
	run.kill_child = SIGKILL;
	_exit(cg_run(&run, &status, NULL) < 0 ? status : 0);
}

/* Returns how much is told once the child goes on, after the outside was killed or not. */
static ssize_t run_and_count(bool kill_outside)
{
	struct talk talk;
	char text[16];
	ssize_t len;
	pid_t outside;

	assert_int_equal(pipe(talk.told) | pipe(talk.child) | pipe(talk.holder), 0);
	outside = fork();
	assert_true(outside >= 0);
	if (outside == 0)
		be_outside(&talk);
	close(talk.told[1]);
	assert_int_equal(read(talk.told[0], text, 1), 1);
	if (kill_outside) {
		kill(outside, SIGKILL);
		assert_int_equal(waitpid(outside, NULL, 0), outside);
	}
	assert_int_equal(write(talk.child[1], "!", 1), 1);
	len = read(talk.told[0], text, sizeof(text)); /* 0: the child has ended */
	close(talk.holder[1]);
	if (!kill_outside)
		assert_int_equal(waitpid(outside, NULL, 0), outside);
	close(talk.told[0]);
	close(talk.child[0]);
	close(talk.child[1]);
	close(talk.holder[0]);
	return len;
}

static void a_program_begins(void **state)
{
	(void)state;
	unit_need_pidfd();
	assert_int_equal(run_and_count(false), 6);
}

static void with_kill_child_none_begins_after_a_death_that_the_channel_does_not_tell(void **state)
{
	(void)state;
	unit_need_pidfd();
	assert_int_equal(run_and_count(true), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_begins),
		cmocka_unit_test(
			with_kill_child_none_begins_after_a_death_that_the_channel_does_not_tell),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
