#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# The helpers that all suites stand on: a helper that lies would make every suite lie.

# The tests that are played are text for another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
}

teardown()
{
	cg_teardown
}

# Sub-shells of a test clean up for the outer one only; this one plays a whole test of its own.
play()
{
	local dir=$BATS_TEST_TMPDIR/play

	mkdir -p "$dir"
	{
		echo "load $CGNS_SOURCE/tests/common.bash"
		echo "setup() { cg_setup; echo \"\$CG_NAME\" > '$dir/name'; }"
		echo "teardown() { $2 cg_teardown; }"
		echo "@test x {"
		echo "$1"
		echo "}"
	} > "$dir/x.bats"
	run bats "$dir/x.bats"
	PLAYED=$(< "$dir/name")
}

leftovers()
{
	cg_cgroups "*$PLAYED*"
}

@test "every hierarchy of /proc/self/cgroup that is mounted is found, with its directory" {
	local name dir count=0

	while read -r name dir; do
		assert [ -e "$dir/cgroup.procs" ]
		if [[ $name == unified ]]; then
			grep -q '^0::' /proc/self/cgroup
			assert_equal "$(stat -f -c %T "$dir")" cgroup2fs
		else
			grep -q "^[0-9]*:$name:" /proc/self/cgroup
			assert_equal "$(stat -f -c %T "$dir")" cgroupfs
		fi
		assert_equal "$(cg_dir "$name")" "$dir"
		count=$((count + 1))
	done < <(cg_hierarchies)
	assert [ "$count" -ge 1 ]
	run cg_dir no-such-hierarchy
	assert_failure
}

@test "a cgroup is made where it is said, and a process is moved there" {
	local name dir

	cg_sleeper
	while read -r name dir; do
		run cg_make "$name" "$CG_NAME/a b/..x"
		assert_output "$dir/$CG_NAME/a b/..x"
		cg_move "$name" "$CG_NAME/a b/..x" "$CG_PID"
		assert_equal "$(cg_of "$name" "$CG_PID")" "/$CG_NAME/a b/..x"
	done < <(cg_hierarchies)
}

@test "a sleeper is in every hierarchy, or in those named alone" {
	local name dir first

	cg_sleeper "$CG_NAME/deep/er"
	while read -r name dir; do
		first=${first:-$name}
		assert_equal "$(cg_of "$name" "$CG_PID")" "/$CG_NAME/deep/er"
	done < <(cg_hierarchies)
	assert_equal "$(readlink "/proc/$CG_PID/ns/cgroup")" "$(readlink /proc/self/ns/cgroup)"

	cg_sleeper "$CG_NAME/one" "$first"
	while read -r name dir; do
		if [[ $name == "$first" ]]; then
			assert_equal "$(cg_of "$name" "$CG_PID")" "/$CG_NAME/one"
		else
			assert_equal "$(cg_of "$name" "$CG_PID")" "$(cg_of "$name")"
		fi
	done < <(cg_hierarchies)
}

@test "a namespace sleeper sees its cgroup as the root" {
	cg_ns_sleeper "$CG_NAME/root"
	assert_not_equal "$(readlink "/proc/$CG_PID/ns/cgroup")" "$(readlink /proc/self/ns/cgroup)"
	run nsenter -t "$CG_PID" -C cat "/proc/$CG_PID/cgroup"
	assert_success
	while read -r name _; do
		[[ $name != unified ]] || name=
		assert_line --regexp "^[0-9]+:$name:/\$"
	done < <(cg_hierarchies)
}

@test "v1 hierarchies offered for moves take a process, and no more than asked for" {
	local name

	[[ -n $(cg_v1) ]] || skip "no v1 hierarchy is mounted here"
	assert_equal "$(cg_v1 1 | wc -l)" 1
	cg_sleeper
	while read -r name; do
		mkdir "$(cg_dir "$name")/$CG_NAME"
		cg_move "$name" "$CG_NAME" "$CG_PID"
	done < <(cg_v1)
}

@test "a sleeper that cannot be placed is a failure, not a sleeper elsewhere" {
	# Nothing is made, neither a cpuset nor another cgroup.
	_cg_make_in() { :; }
	mkdir() { :; }
	run cg_sleeper "$CG_NAME/missing"
	assert_failure
	assert_output --partial 'no sleeper could be started'
}

@test "teardown removes trees, processes and mounts of a test that failed" {
	local pid

	play 'cg_ns_sleeper "$CG_NAME/a/b"; cg_sleeper "$CG_NAME/a"; cg_sleeper
		mkdir "$BATS_TEST_TMPDIR/m m"; mount -t tmpfs x "$BATS_TEST_TMPDIR/m m"
		echo "pids: $(tr "\n" " " < "$BATS_TEST_TMPDIR/.cg-pids")"; false'
	assert_failure
	assert_output --partial 'pids: '
	refute_output --partial 'left behind'
	assert_equal "$(leftovers)" ""
	while read -r pid _; do
		cg_gone "$pid"
	done < <(grep -o '[0-9][0-9]* [0-9][0-9]*' <<< "${output#*pids: }")
	run grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo
	assert_failure
}

@test "teardown takes a shell that moved itself home, and finishes" {
	play 'while read -r h _; do cg_make "$h" "$CG_NAME" > /dev/null; cg_move "$h" "$CG_NAME" $$
		done < <(cg_hierarchies)'
	assert_success
	assert_equal "$(leftovers)" ""
}

@test "teardown fails and says which cgroup is left when one cannot be removed" {
	play 'cg_make "$(cg_hierarchies | { read -r n _; echo "$n"; })" "$CG_NAME/stays"' \
		'CG_DEADLINE=1; xargs() { :; };'
	assert_failure
	assert_output --partial 'cgroups are left behind'
	assert_output --partial "$PLAYED/stays"
	CG_NAME=$PLAYED _cg_remove_own_cgroups
}

@test "teardown fails when a recorded process does not die" {
	play 'cg_sleeper; echo "$CG_PID" > '"'$BATS_TEST_TMPDIR/pid'" 'CG_DEADLINE=1; kill() { :; };'
	assert_failure
	assert_output --partial 'processes are left behind'
	command kill -KILL "$(< "$BATS_TEST_TMPDIR/pid")"
}

@test "teardown fails when the host's mount options are not what they were" {
	play 'sed -i "s/\$/,nsdelegate-lost/" "$BATS_TEST_TMPDIR/.cg-mounts"'
	assert_failure
	assert_output --partial 'is not what it was'
}

@test "a process that took over a recorded number is left alone" {
	sleep 1000 > /dev/null 2>&1 3>&- &
	local pid=$!
	play "echo '$pid 1' >> \"\$BATS_TEST_TMPDIR/.cg-pids\""
	assert_success
	kill -0 "$pid"
	kill "$pid"
}

@test "waiting for something ends when it happens, and fails when it does not" {
	local at=$BATS_TEST_TMPDIR/at

	(sleep 0.2 && : > "$at") 3>&- &
	cg_until test -e "$at"
	CG_DEADLINE=1 run cg_until false
	assert_failure
	assert_output --partial 'waited 1s in vain for: false'
}

# fails TEXT COMMAND...: it does, and TEXT is said
fails()
{
	run "${@:2}"
	assert_failure
	assert_output --partial "$1"
}

@test "what standard error does not have was not said" {
	stderr='cgns-ls: no such thing'
	said 'no such'
	fails 'not said: any other' said 'any other'
}

@test "a refusal has its status, an empty output, and one line under the program's name" {
	local dir=$BATS_TEST_TMPDIR

	printf '#!/bin/bash\neval "$1"\nexit 125\n' > "$dir/cgns-fake"
	chmod +x "$dir/cgns-fake"
	PATH=$dir:$PATH
	cg_refused 125 cgns-fake 'echo "cgns-fake: it is so" >&2'
	said 'it is so'
	cg_refused 125 env A=b cgns-fake 'echo "cgns-fake: it is so" >&2'
	fails 'status 125' cg_refused 1 cgns-fake 'echo "cgns-fake: it is so" >&2'
	fails 'actual   : out' cg_refused 125 cgns-fake 'echo out; echo "cgns-fake: it is so" >&2'
	fails 'not said why' cg_refused 125 cgns-fake 'echo "cgns-fake: " >&2'
	fails 'not said why' cg_refused 125 cgns-fake 'echo "cgns-other: it is so" >&2'
	fails 'says more' cg_refused 125 cgns-fake 'printf "cgns-fake: it is so\nand more\n" >&2'
	cg_misused 125 cgns-fake \
		'printf "cgns-fake: what\nTry '\''cgns-fake --help'\'' for more information.\n" >&2'
	fails 'where to read on' cg_misused 125 cgns-fake 'echo "cgns-fake: what" >&2'
	fails 'where to read on' cg_misused 125 cgns-fake \
		'printf "cgns-fake: what\nTry '\''cgns-ls --help'\'' for more information.\n" >&2'
}

@test "nobody can run what was made public, and teardown takes it away" {
	play "cg_public cgns-ls
		[[ \$(cg_as_nobody cgns-ls --version) == cgns-ls* ]]
		cg_as_nobody test -x \"\$CG_PUBLIC/cgns-ls\"
		[[ \$(cg_as_nobody id -u) == 65534 ]]
		refute cg_as_nobody touch \"\$CG_PUBLIC/x\"
		echo \"\$CG_PUBLIC\" > '$BATS_TEST_TMPDIR/public'"
	assert_success
	[[ ! -e $(< "$BATS_TEST_TMPDIR/public") ]]
}

@test "the cgroups of a test are those that it has now" {
	local h

	h=$(cg_hierarchies | { read -r h _; echo "$h"; })
	assert_equal "$(cg_own_cgroups)" ''
	cg_make "$h" "$CG_NAME/a b" > /dev/null
	assert_equal "$(cg_own_cgroups)" "$(cg_dir "$h")/$CG_NAME/a b
$(cg_dir "$h")/$CG_NAME"
	rmdir "$(cg_dir "$h")/$CG_NAME/a b"
	assert_equal "$(cg_own_cgroups)" "$(cg_dir "$h")/$CG_NAME"
}
