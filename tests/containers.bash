# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What the suites of containers share: a root filesystem of busybox, processes in cgroups, and what
# has to hold for every container.

make_rootfs()
{
	local tool rootfs=$BATS_FILE_TMPDIR/rootfs

	# An unprivileged user has to get there, too.
	chmod 755 "$BATS_RUN_TMPDIR" "$BATS_FILE_TMPDIR"
	mkdir -p "$rootfs"/{bin,dev,etc,proc,sys,tmp}
	cp "$(type -P busybox)" "$rootfs/bin/busybox" || return 0
	for tool in sh cat sleep stat; do
		ln -s busybox "$rootfs/bin/$tool"
	done
}

containers_setup()
{
	cg_setup
	rootfs=$BATS_FILE_TMPDIR/rootfs
	[[ -x $rootfs/bin/busybox ]] || skip "busybox-static is not installed"
	mapfile -t everywhere < <(cg_hierarchies | cut -d' ' -f1)
	hierarchies=("${everywhere[@]}")
	# Where a fork is dear: v2 and one of v1.
	[[ ${CGNS_SLOW:-0} != 1 ]] ||
		mapfile -t hierarchies < <(cg_v1 1; ! cg_has_v2 || echo unified)
	stop=()
	# What cgns-enter is told of the user to be, and as whom runtimes are run: root.
	who=()
	as=()
}

# What stop names ends containers: before their cgroups are removed.
stop_containers()
{
	((!${#stop[@]})) || "${stop[@]}" > /dev/null 2>&1 || :
}

needs()
{
	command -v "$1" > /dev/null || skip "$1 is not installed"
}

# inside PID HIERARCHY: what the kernel says of the process to a reader in its namespace
inside()
{
	local name=$2

	[[ $name != unified ]] || name=
	nsenter --target "$1" --cgroup cat "/proc/$1/cgroup" |
		while IFS= read -r line; do
			[[ $line != *:"$name":/* ]] || echo "${line#*:"$name":}"
		done
}

# is_listed PID STATE ROOT
is_listed()
{
	local hierarchy ns

	ns=$(stat -L -c %i "/proc/$1/ns/cgroup")
	for hierarchy in "${hierarchies[@]}"; do
		run -0 --separate-stderr cgns-ls -H "$hierarchy" -J -o NS,PID,STATE,ROOT
		assert_equal "$(jq -r --argjson ns "$ns" '.namespaces[] | select(.ns == $ns) |
			"\(.state) \(.root)"' <<< "$output")" "$2 $3"
	done
}

# translates PID: from our view to that of the container, and back
translates()
{
	local hierarchy ours theirs

	for hierarchy in "${hierarchies[@]}"; do
		ours=$(cg_of "$hierarchy" "$1")
		theirs=$(inside "$1" "$hierarchy")
		run -0 cgns-path -H "$hierarchy" --to "$1" "$ours"
		assert_output "$theirs"
		run -0 cgns-path -H "$hierarchy" --from "$1" "$theirs"
		assert_output "$ours"
		run -0 cgns-path -H "$hierarchy" --to "$1" "$1"
		assert_output "$theirs"
	done
}

# finds PID: the directory in the container of its own cgroup, in the hierarchies that are mounted
# there; says how many these are
finds()
{
	local hierarchy ours dir

	found=0
	for hierarchy in "${hierarchies[@]}"; do
		ours=$(cg_dir "$hierarchy")$(cg_of "$hierarchy" "$1")
		run --separate-stderr cgns-path -H "$hierarchy" -A dir --to "$1" "$1"
		if shows "$1" "$hierarchy"; then
			assert_success
			assert_equal "$(stat -c '%d %i' "/proc/$1/root$output")" \
				"$(stat -c '%d %i' "$ours")"
			found=$((found + 1))
		else
			assert_failure 1
			# shellcheck disable=SC2154 # run sets it
			[[ $stderr == *"$hierarchy"* ]] || fail "$stderr"
		fi
	done
}

# shows PID HIERARCHY: whether this hierarchy is mounted in the container, by the device's number
shows()
{
	local device

	device=$(mountpoint -d "$(cg_dir "$2")")
	cut -d' ' -f3 "/proc/$1/mountinfo" | grep -qx "$device"
}

# entered PID: sets child to the program of that cgns-enter, which becomes it where there is no PID
# namespace to enter.
entered()
{
	if cg_runs "$1" sleep; then
		child=$1
	else
		child=$(pgrep -P "$1" -x sleep)
	fi
}

entered_or_ended()
{
	entered "$1" || cg_gone "$1"
}

# can_be_entered PID: a process that joins all is where that one is
can_be_entered()
{
	local hierarchy ns waits child

	cgns-enter --target "$1" --all --join-cgroup "${who[@]}" sleep 1000 < /dev/null > /dev/null \
		2> "$BATS_TEST_TMPDIR/enter" 3>&- &
	waits=$!
	cg_record "$waits"
	cg_until entered_or_ended "$waits"
	entered "$waits" || fail "$(< "$BATS_TEST_TMPDIR/enter")"
	cg_record "$child"
	for hierarchy in "${hierarchies[@]}"; do
		assert_equal "$hierarchy $(cg_of "$hierarchy" "$child")" \
			"$hierarchy $(cg_of "$hierarchy" "$1")"
	done
	for ns in cgroup mnt pid ipc uts net user; do
		assert_equal "$(readlink "/proc/$child/ns/$ns")" "$(readlink "/proc/$1/ns/$ns")"
	done
	kill "$child"
}

# agrees PID STATE ROOT: all of that
agrees()
{
	cg_record "$1"
	is_listed "$@"
	translates "$1"
	finds "$1"
	can_be_entered "$1"
}

# not_here OUTPUT: some versions of crun refuse v1 hierarchies beside a v2 one with controllers.
not_here()
{
	case $1 in
	*"hybrid mode not supported"*) skip "crun: ${1%%$'\n'*}" ;;
	esac
}

# started PID: pid is the sleeper that descends from it
started()
{
	cg_record "$1"
	cg_until sleeper_of_or_ended "$1" && [[ -n $pid ]] && cg_record "$pid"
}

sleeper_of_or_ended()
{
	pid=
	sleeper_of "$1" || cg_gone "$1"
}

sleeper_of()
{
	local process=$1 next

	while [[ $(cat "/proc/$process/comm" 2> /dev/null) != sleep ]]; do
		next=$(pgrep -P "$process") || return 1
		process=${next%%$'\n'*}
	done
	pid=$process
}

# in_cgroup PATH COMMAND...: started in that cgroup of every hierarchy, in the background
in_cgroup()
{
	local path=$1 hierarchy
	shift

	for hierarchy in "${everywhere[@]}"; do
		cg_make "$hierarchy" "$path" > /dev/null
	done
	_cg_place_and_exec "$path" "${everywhere[*]}" "$@" \
		< /dev/null > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	started "$!" && return
	not_here "$(< "$BATS_TEST_TMPDIR/out")"
	fail "$(< "$BATS_TEST_TMPDIR/out")"
}
