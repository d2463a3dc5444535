#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# From a privileged container that sees the host's processes: its cgroup namespace and its mounts of
# cgroup filesystems are its own. The host is a PID namespace whose process 1 has the host's mounts.
# suite: vm=once

load common
bats_require_minimum_version 1.5.0

setup()
{
	cg_setup
	h=$(cg_default_hierarchy)
	top=$(cg_dir "$h")
	fstype=cgroup
	options=$h
	[[ $h != unified ]] || fstype=cgroup2 options=nsdelegate
	cg_make "$h" "$CG_NAME/agent" > /dev/null
	cg_make "$h" "$CG_NAME/other" > /dev/null
	export ASAN_OPTIONS=detect_leaks=0
}

teardown()
{
	cg_teardown
}

# What process 1 runs: a target in its own namespace, and the agent, which runs $1.
# shellcheck disable=SC2016
host='
	bash -c "echo \$BASHPID >$top/$name/other/cgroup.procs; exec unshare --cgroup sleep infinity" &
	export target=$!
	until [ "$(readlink "/proc/$target/ns/cgroup")" != "$(readlink /proc/self/ns/cgroup)" ]; do :; done
	bash -c "echo \$BASHPID >$top/$name/agent/cgroup.procs; exec unshare --cgroup --mount --propagation private \
		bash -euc \"\$1\"" - "umount --lazy $top; mount -t $fstype -o $options none $top; $1" &
	wait $!
'

# agent COMMANDS: runs them there; $target is somebody else in the host
agent()
{
	cg_needs_private_mounts
	run -0 env top="$top" name="$CG_NAME" fstype="$fstype" options="$options" h="$h" \
		unshare --pid --mount --mount-proc --fork --kill-child bash -c "$host" - "$1" 3>&-
}

@test "agent: the directory of a process is the one that the host's process 1 can open" {
	# shellcheck disable=SC2016
	agent '
		for pid in $$ $target 1; do
			dir=$(cgns-path -H "$h" --to 1 -A dir "$pid")
			echo "$dir"
			grep -qx "$pid" "/proc/1/root$dir/cgroup.procs"
			cgns-path -H "$h" --to 1 -r -n -o DIR "$pid"
		done'
	assert_equal "${lines[0]}" "$top/$CG_NAME/agent"
	assert_equal "${lines[2]}" "$top/$CG_NAME/other"
	assert_equal "${lines[1]} ${lines[3]} ${lines[5]}" "${lines[0]} ${lines[2]} ${lines[4]}"
	assert_equal "${#lines[@]}" 6
}

@test "agent: a cgroup that only the host can join is refused, and the way in works" {
	# shellcheck disable=SC2016
	agent '
		! said=$(cgns-enter -t "$target" -a -c true 2>&1) || exit 1
		echo "$said"
		eval "${said##*of it: } cat /proc/self/cgroup"'
	[[ ${lines[0]} == *": cgns-enter -t 1 -a -- cgns-enter -t "*" -a -c" ]] || fail "$output"
	assert_line --regexp "^[0-9]+:${h#unified}:/\$"
}
