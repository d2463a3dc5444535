#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=no
# The runner of all suites has to notice everything that can be wrong with one: what it overlooks
# is never seen. Each test makes suites of its own and reads what the runner makes of them.

# Scripts of the suites that are made here are text for another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	: > "$BATS_TEST_TMPDIR/suites"
}

teardown()
{
	cg_teardown
}

# suite NAME SECONDS: adds one, whose script comes on standard input.
suite()
{
	local script=$BATS_TEST_TMPDIR/$1

	{
		echo '#!/bin/bash'
		cat
	} > "$script"
	chmod +x "$script"
	echo "$1 - ${3:-any} $2 $script" >> "$BATS_TEST_TMPDIR/suites"
}

run_suites()
{
	# The runner's own suite is marked; those in it get marks of their own, and the names of their
	# cgroups begin with that of this test.
	run env CGNS_RUN="$CG_NAME" "$CGNS_SOURCE/tests/run" --suites "$BATS_TEST_TMPDIR/suites" \
		--logs "$BATS_TEST_TMPDIR/logs" "$@" 3>&-
}

last_line()
{
	assert_equal "${lines[${#lines[@]} - 1]}" "$1"
}

good()
{
	suite "${1:-good}" 20 <<< 'echo 1..2; echo ok 1 - one; echo ok 2 - two'
}

@test "suites that pass are added up, and the last line says so" {
	good
	good other
	run_suites
	assert_success
	last_line "4 passed, 0 failed, 0 skipped"
	assert_line "good: ok 2 - two"
}

@test "a named suite is run alone, one can be left out, and an unknown name is an error" {
	good
	good other
	run_suites other
	assert_success
	last_line "2 passed, 0 failed, 0 skipped"
	run_suites 'o*'
	last_line "2 passed, 0 failed, 0 skipped"
	run_suites --exclude 'g*'
	last_line "2 passed, 0 failed, 0 skipped"
	refute_output --partial 'good'
	run_suites nonesuch
	assert_failure
	assert_output --partial 'no such suite: nonesuch'
}

@test "a test that fails is repeated at the end with its output" {
	good
	suite bad 20 <<< 'echo 1..2; echo not ok 1 - breaks; echo "# the reason"; echo ok 2 - two; exit 1'
	run_suites
	assert_failure 1
	last_line "3 passed, 1 failed, 0 skipped"
	assert_regex "$output" $'Failed:\nnot ok bad: breaks\n    # the reason'
}

@test "a failing test fails the run although its suite ends with status 0" {
	suite bad 20 <<< 'echo 1..1; echo not ok 1 - breaks'
	run_suites
	assert_failure 1
	last_line "0 passed, 1 failed, 0 skipped"
}

@test "skips are counted and listed with their reasons, those of cmocka too" {
	suite some 20 <<< 'echo 1..3; echo "ok 1 - a # SKIP no v1 here"; echo ok 2 - b; echo "not ok 3 # SKIP c"'
	suite all 20 <<< 'echo "1..0 # SKIP no kernels"'
	run_suites
	assert_success
	last_line "1 passed, 0 failed, 3 skipped"
	assert_line --partial 'some: a: no v1 here'
	assert_line --partial 'all: everything: no kernels'
}

@test "a suite that crashes is a failure" {
	suite crash 20 <<< 'echo 1..1; echo ok 1 - a; kill -SEGV $$'
	run_suites
	assert_failure 1
	last_line "1 passed, 1 failed, 0 skipped"
	assert_line --partial 'not ok crash: ended with status 139'
}

@test "a suite that ends early is a failure, though what it ran has passed" {
	suite early 20 <<< 'echo 1..5; echo ok 1 - a'
	run_suites
	assert_failure 1
	last_line "1 passed, 1 failed, 0 skipped"
	assert_line --partial 'planned 5 tests and ran 1'
}

@test "a suite without a plan, or without tests, is a failure" {
	suite planless 20 <<< 'echo ok 1 - a'
	suite silent 20 <<< 'exit 0'
	suite empty 20 <<< 'echo 1..0; exit 0'
	run_suites planless
	assert_failure 1
	assert_line --partial 'not ok planless: printed no plan'
	run_suites silent
	assert_failure 1
	assert_line --partial 'not ok silent: printed no plan'
	run_suites empty
	assert_failure 1
	assert_line --partial 'not ok empty: ran no test'
}

@test "a suite that cannot be started is a failure" {
	echo "missing - any 20 $BATS_TEST_TMPDIR/there-is-none" > "$BATS_TEST_TMPDIR/suites"
	run_suites
	assert_failure 1
	last_line "0 passed, 2 failed, 0 skipped"
}

@test "a suite that hangs is ended, and is a failure" {
	suite hang 1 <<< 'echo 1..2; echo ok 1 - a; sleep 300'
	run_suites
	assert_failure 1
	assert_line --partial 'not ok hang: timed out after 1 seconds'
	refute_line --partial 'left processes behind'
}

@test "a suite that ignores being ended is killed" {
	suite deaf 1 <<< 'trap "" TERM; echo 1..1; for i in {1..300}; do sleep 0.2; done'
	export CGNS_KILL_AFTER=1
	run_suites
	assert_failure 1
	assert_line --partial 'not ok deaf: timed out after 1 seconds'
}

@test "bailing out is a failure" {
	suite bail 20 <<< 'echo 1..1; echo ok 1 - a; echo Bail out! no more'
	run_suites
	assert_failure 1
	assert_line --partial 'not ok bail: Bail out! no more'
}

@test "a process left behind is named, ended, and a failure" {
	local pid

	suite leak 20 <<< "echo 1..1; setsid sleep 271 > /dev/null 2>&1 & echo \$! > '$BATS_TEST_TMPDIR/pid'
		sleep 0.2; echo ok 1 - a"
	export CGNS_LEFTOVER_SECONDS=1
	run_suites
	assert_failure 1
	last_line "1 passed, 1 failed, 0 skipped"
	assert_line --partial 'not ok leak: left processes behind'
	assert_line --partial 'sleep 271'
	pid=$(< "$BATS_TEST_TMPDIR/pid")
	cg_until cg_gone "$pid"
}

@test "a cgroup left behind is named, and a failure" {
	local dir

	read -r _ dir < <(cg_hierarchies)
	suite leak 20 <<< "mkdir '$dir/'\$CGNS_RUN-left; echo 1..1; echo ok 1 - a"
	export CGNS_LEFTOVER_SECONDS=1
	run_suites
	assert_failure 1
	last_line "1 passed, 1 failed, 0 skipped"
	assert_line --regexp "$dir/$CG_NAME-[0-9]*-left \(first seen after leak\)"
}

@test "a cgroup that another run makes meanwhile is none of its own" {
	local dir

	read -r _ dir < <(cg_hierarchies)
	suite good 20 <<< "mkdir '$dir/$CG_NAME-0-other' '$dir/$CG_NAME'; echo 1..1; echo ok 1 - a"
	export CGNS_LEFTOVER_SECONDS=1
	run_suites
	assert_success
	last_line "1 passed, 0 failed, 0 skipped"
}

@test "whatever makes cgroups in the suites names them after the run" {
	local name

	# Programs that make them take the names from their folder's.
	run bash -c 'cd "$CGNS_SOURCE" && scripts/files "tests/*" | grep -v runner.bats |
		xargs grep -n -E "mkdtemp\(prefix=\"cgns|CG_NAME=cgns"'
	assert_output ''
	mkdir "$BATS_TEST_TMPDIR/own"
	name=$(CGNS_RUN=cgns-run BATS_TEST_TMPDIR=$BATS_TEST_TMPDIR/own bash -c '. "$CGNS_SOURCE/tests/common.bash" &&
		cg_setup && echo "$CG_NAME"')
	[[ $name == cgns-run-t* ]] || fail "$name"
}

@test "a mount left behind is named, and a failure" {
	local dir=$BATS_TEST_TMPDIR/mnt

	mkdir "$dir"
	suite leak 20 <<< "mount -t tmpfs none '$dir'; echo 1..1; echo ok 1 - a"
	run_suites
	assert_failure 1
	last_line "1 passed, 1 failed, 0 skipped"
	assert_line --partial "not ok leak: left mounts behind, or changed the host's"
	assert_line --partial "$dir"
	# It was in a mount namespace of the suite's own, where no other can see it.
	run ! grep -F "$dir" /proc/self/mountinfo
}

@test "changed options of a cgroup mount are a failure" {
	local dir=$BATS_TEST_TMPDIR/mnt top

	read -r _ top < <(cg_hierarchies)
	mkdir "$dir"
	mount --bind "$top" "$dir"
	suite strip 20 <<< "mount -o remount,bind,ro '$dir'; echo 1..1; echo ok 1 - a"
	run_suites
	assert_failure 1
	assert_line --partial "not ok strip: left mounts behind, or changed the host's"
	last_line "1 passed, 1 failed, 0 skipped"
}

@test "what a sanitizer reports is a failure, even where the suite threw it away" {
	suite leaky 20 <<< 'echo "ERROR: AddressSanitizer: heap" > "${ASAN_OPTIONS#*log_path=}.123"; echo 1..1; echo ok 1 - a'
	run_suites
	assert_failure 1
	assert_line --partial 'not ok leaky: sanitizer reports'
	assert_line --partial 'AddressSanitizer: heap'
}

@test "suites run side by side, but for those that run alone" {
	local both=$BATS_TEST_TMPDIR/both

	# Each waits for the other: only side by side do they end.
	suite a 20 <<< "touch $both.a; for i in {1..100}; do [[ ! -e $both.b ]] || break; sleep 0.1; done
		echo 1..1; [[ -e $both.b ]] && echo ok 1 - a"
	suite b 20 <<< "touch $both.b; for i in {1..100}; do [[ ! -e $both.a ]] || break; sleep 0.1; done
		echo 1..1; [[ -e $both.a ]] && echo ok 1 - b; sleep 0.5; touch $both.end"
	suite c 20 alone <<< "echo 1..1; [[ -e $both.end ]] && echo ok 1 - c"
	run_suites --jobs 2
	assert_success
	last_line "3 passed, 0 failed, 0 skipped"
}

@test "the seconds of each suite are printed" {
	good
	run_suites
	assert_line --regexp '^good +2 +0 +0 +[0-9]+$'
	assert_line --regexp '^all suites took [0-9]+ seconds$'
}

@test "interrupted, the runner ends its suites and fails" {
	local pid status=0

	suite long 60 <<< "echo \$\$ > '$BATS_TEST_TMPDIR/pid'; echo 1..1; sleep 50; echo ok 1 - a"
	"$CGNS_SOURCE/tests/run" --suites "$BATS_TEST_TMPDIR/suites" \
		--logs "$BATS_TEST_TMPDIR/logs" > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	pid=$!
	cg_until test -s "$BATS_TEST_TMPDIR/pid"
	kill -TERM "$pid"
	wait "$pid" || status=$?
	assert_equal "$status" 130
	cg_until cg_gone "$(< "$BATS_TEST_TMPDIR/pid")"
}
