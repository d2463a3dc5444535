#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# A process whose first thread has ended while others live: its own files are a zombie's.
# suite: vm=once

load common

bats_require_minimum_version 1.5.0

setup()
{
	cg_setup
	h=$(cg_default_hierarchy)
	path=/$CG_NAME/r
}

teardown()
{
	# its start time counts as that of a zombie, which cg_teardown leaves alone
	[[ -z ${headless:-} ]] || kill -KILL "$headless"
	cg_teardown
}

# headless one|each: sets CG_PID and threads
headless()
{
	local file=$BATS_TEST_TMPDIR/pid

	cg_make "$h" "$path" > /dev/null
	# shellcheck disable=SC2016
	bash -c 'echo $BASHPID > "$1" && exec unshare --cgroup "${@:2}"' - \
		"$(cg_dir "$h")$path/cgroup.procs" "$CGNS_BUILD/tests/probe" headless "$1" > "$file" 3>&- &
	CG_PID=$!
	headless=$CG_PID
	disown
	cg_until grep -q "^State:.Z" "/proc/$CG_PID/status"
	mapfile -t threads < <(ls "/proc/$CG_PID/task")
	threads=("${threads[@]:1}")
	((${#threads[@]} == 2))
	if [[ $1 == each ]]; then
		cg_until in_other_namespace "${threads[0]}"
		cg_until in_other_namespace "${threads[1]}"
	fi
	ns=$(stat -L -c %i "/proc/${threads[0]}/ns/cgroup")
}

in_other_namespace()
{
	grep -q "${1}" "$BATS_TEST_TMPDIR/pid"
}

@test "headless: as TARGET and WHAT a living thread stands for it" {
	local target

	headless one
	for target in "$CG_PID" "/proc/$CG_PID" "$CG_PID:$("$CGNS_BUILD/tests/probe" pidfd "$CG_PID")" "cgroup:[$ns]"; do
		run -0 cgns-path -H "$h" --from "$target" /x
		assert_output "$path/x"
		run -0 cgns-path -H "$h" --to "$target" "$path/x"
		assert_output /x
		run -0 cgns-ls -n -r -H "$h" -o NS,PID,ROOT "$target"
		assert_output "$ns $CG_PID $path"
		run -0 cgns-enter -t "$target" readlink /proc/self/ns/cgroup
		assert_output "cgroup:[$ns]"
	done
	for target in "$CG_PID" "fs:/proc/$CG_PID"; do
		run -0 cgns-path -H "$h" "$target"
		assert_output "$path"
		run -0 cgns-path -H "$h" -r -n -o PATH,OWN,ROOT,NS,PID,STATE "$target"
		assert_output "$path / $path $ns $CG_PID inside"
	done
	run -0 cgns-enter -t "$CG_PID" -c cat /proc/self/cgroup
	assert_line --regexp "^[0-9]+:${h#unified}:/\$"
	run -0 cgns-enter -t "$CG_PID" -a -c readlink /proc/self/ns/cgroup
	assert_output "cgroup:[$ns]"
}

@test "headless: it is listed without --deep, with what it is" {
	headless one
	run -0 cgns-ls -n -r -H "$h" -o NS,NPROCS,PID,ROOT,COMMAND
	assert_line --regexp "^$ns 1 $CG_PID $path .*probe.*headless"
	run -0 cgns-ls -n -r -m -H "$h" -o NS,PID,OWN "$CG_PID"
	assert_line --regexp "$CG_PID /\$"
	run -0 cgns-ls --deep -q -n -r -H "$h" -o NS,NPROCS,HOLDER "$CG_PID"
	assert_output "$ns 1 process\\x20$CG_PID"
}

@test "headless: where its threads are in different namespaces, their files are named" {
	local command file

	headless each
	for command in "cgns-path --from $CG_PID /" "cgns-path --to /proc/$CG_PID /" \
		"cgns-enter -t $CG_PID true"; do
		# shellcheck disable=SC2086
		run $command
		assert_failure
		for file in "/proc/$CG_PID/task/${threads[0]}/ns/cgroup" "/proc/$CG_PID/task/${threads[1]}/ns/cgroup"; do
			assert_output --partial "$file"
		done
	done
	run -0 cgns-path -H "$h" --from "$file" /x
	assert_output "$path/x"
	run -0 cgns-path -H "$h" "$CG_PID"
	assert_output "$path"
	run --separate-stderr cgns-path -H "$h" -r -n -o PATH,OWN,ROOT "$CG_PID"
	assert_equal "$status" 64
	assert_output "$path - -"
	# shellcheck disable=SC2154
	[[ $stderr == *'different cgroup namespaces'* ]] || fail "$stderr"
}

@test "headless: where its threads are in different namespaces, cgns-ls has a row for each" {
	local target both

	headless each
	both=$(for target in "${threads[@]}"; do
		echo "$(stat -L -c %i "/proc/$target/ns/cgroup") $path"
	done | sort)
	[[ $(wc -l <<< "$both") == 2 ]]
	for target in "$CG_PID" "/proc/$CG_PID" "cgroup:$path" "$CG_PID /proc/$CG_PID/task/${threads[0]}/ns/cgroup"; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr cgns-ls -n -r -H "$h" -o NS,ROOT $target
		assert_equal "$(sort <<< "$output")" "$both"
		assert_equal "$stderr" ''
	done
	run -0 cgns-ls -n -r -H "$h" -o NS,PID "$CG_PID"
	assert_line "$(stat -L -c %i "/proc/${threads[0]}/ns/cgroup") $CG_PID"
	run -0 cgns-ls --deep -q -n -r -H "$h" -o NS,HOLDER "$CG_PID"
	assert_line "$(stat -L -c %i "/proc/${threads[1]}/ns/cgroup") thread\\x20$CG_PID/${threads[1]}"
}

@test "headless: in a cgroup it is passed over, unless nobody else is there" {
	headless one
	run -0 cgns-path -H "$h" --from "cgroup:$path" /x
	assert_output "$path/x"
	# whoever has a higher number, in another namespace, is meant now
	_cg_start_sleeper "$path" "$h" sleep infinity
	run -0 cgns-ls -n -r -H "$h" -o NS "cgroup:$path"
	assert_output "$(stat -L -c %i "/proc/$CG_PID/ns/cgroup")"
}
