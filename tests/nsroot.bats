#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: seconds=1200
# The root of any cgroup namespace, from anywhere: with members, without, with members that are all
# outside, with a removed root, held by a thread, a bind mount or an open file alone; seen from the
# initial namespace, from a nested one and from a sibling; in every hierarchy.

# What is quoted is for other shells; the runs and files are of the test that looks at them.
# shellcheck disable=SC2016,SC2030,SC2031

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	mapfile -t hierarchies < <(
		! cg_has_v2 || echo unified
		cg_v1 2
	)
}

teardown()
{
	cg_teardown
}

# root_is PATH TARGET: the root of TARGET's namespace is /$CG_NAME/PATH for the caller here, in
# every hierarchy, by paths in both directions
root_is()
{
	local hierarchy root=/$CG_NAME/$1 target=$2

	for hierarchy in "${hierarchies[@]}"; do
		run -0 cgns-path -H "$hierarchy" --from "$target" / /x
		assert_output "$root
$root/x"
		run -0 cgns-path -H "$hierarchy" --to "$target" "$root" "$root/x/y"
		assert_output $'/\n/x/y'
		run -0 cgns-path -J -H "$hierarchy" --from "$target" -o ROOT /
		assert_equal "$(jq -r '.cgroups[0].root' <<<"$output")" "$root"
	done
}

# removed TARGET: its root is said to be removed, in every hierarchy
removed()
{
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		run --separate-stderr cgns-path -H "$hierarchy" --from "$1" /x
		assert_failure 1
		assert_output ''
		# shellcheck disable=SC2154
		[[ $stderr == *removed* ]] || fail "$stderr"
		run --separate-stderr cgns-path -H "$hierarchy" --to "$1" /x
		assert_failure 1
		assert_output ''
		[[ $stderr == *removed* ]] || fail "$stderr"
	done
}

move_everywhere()
{
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		cg_make "$hierarchy" "$1" >/dev/null
		cg_move "$hierarchy" "$1" "$2"
	done
}

remove_everywhere()
{
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		cg_until rmdir "$(cg_dir "$hierarchy")/$1"
	done
}

# pinned NAME: a namespace rooted at /$CG_NAME/NAME that no process is in, on $file
pinned()
{
	file=$BATS_TEST_TMPDIR/pin
	cg_ns_sleeper "$CG_NAME/$1" "${hierarchies[@]}"
	touch "$file"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
}

@test "root: of a namespace with a member at its root" {
	cg_ns_sleeper "$CG_NAME/a/r" "${hierarchies[@]}"
	root_is a/r "$CG_PID"
}

@test "root: of a namespace with a member below its root" {
	cg_ns_sleeper "$CG_NAME/a/r" "${hierarchies[@]}"
	move_everywhere "$CG_NAME/a/r/b/c" "$CG_PID"
	root_is a/r "$CG_PID"
}

@test "root: of a namespace whose members are all outside" {
	cg_ns_sleeper "$CG_NAME/a/r/s" "${hierarchies[@]}"
	for place in "$CG_NAME/b" "$CG_NAME/a/rr/s" "$CG_NAME/a" ''; do
		move_everywhere "$place" "$CG_PID"
		root_is a/r/s "$CG_PID"
		root_is a/r/s "/proc/$CG_PID/ns/cgroup"
	done
}

@test "root: of a namespace without members, by a bind mount" {
	pinned 'a b/r'
	root_is 'a b/r' "$file"
	root_is 'a b/r' "$(stat -c %i "$file")"
	umount --lazy "$file"
}

@test "root: of a namespace without members, by an open file" {
	local fd inode

	cg_ns_sleeper "$CG_NAME/r" "${hierarchies[@]}"
	exec {fd}<"/proc/$CG_PID/ns/cgroup"
	inode=$(stat -L -c %i "/proc/self/fd/$fd")
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
	root_is r "/proc/$$/fd/$fd"
	root_is r "cgroup:[$inode]"
	exec {fd}<&-
}

@test "root: of a namespace that one thread alone is in" {
	local pid tid

	for hierarchy in "${hierarchies[@]}"; do
		cg_make "$hierarchy" "$CG_NAME/thread"
	done
	_cg_place_and_exec "$CG_NAME/thread" "${hierarchies[*]}" "$CGNS_BUILD/tests/probe" thread \
		>"$BATS_TEST_TMPDIR/tid" </dev/null 3>&- &
	pid=$!
	disown
	cg_record $pid
	cg_until test -s "$BATS_TEST_TMPDIR/tid"
	tid=$(<"$BATS_TEST_TMPDIR/tid")
	root_is thread "/proc/$pid/task/$tid/ns/cgroup"
	root_is thread "$(stat -L -c %i "/proc/$pid/task/$tid/ns/cgroup")"
	# and with the process elsewhere
	move_everywhere "$CG_NAME/other" $pid
	root_is thread "/proc/$pid/task/$tid/ns/cgroup"
	# the process's own namespace is another
	run -0 cgns-path -H "${hierarchies[0]}" --from $pid /x
	assert_output /x
}

@test "root: of a namespace whose only member is a zombie, by a bind mount" {
	pinned r
	root_is r "$file"
	# the zombie's own namespace is gone with its life
	move_everywhere "$CG_NAME/r" "$BASHPID"
	cg_zombie nsenter --cgroup="$file" true
	_cg_go_home
	root_is r "$file"
	umount --lazy "$file"
}

@test "root: that was removed is said to be, with a member and without" {
	cg_ns_sleeper "$CG_NAME/a/r" "${hierarchies[@]}"
	file=$BATS_TEST_TMPDIR/ns
	touch "$file"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
	move_everywhere "$CG_NAME/b" "$CG_PID"
	remove_everywhere "$CG_NAME/a/r"
	removed "$CG_PID"
	removed "$file"
	# a new cgroup of the same name is not the root
	move_everywhere "$CG_NAME/a/r" "$CG_PID"
	removed "$CG_PID"
	removed "$file"
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
	removed "$file"
	umount --lazy "$file"
}

@test "root: removed in one hierarchy is still known in the others" {
	local first=${hierarchies[0]} hierarchy

	[[ ${#hierarchies[@]} -gt 1 ]] || skip "only one hierarchy"
	cg_ns_sleeper "$CG_NAME/r" "${hierarchies[@]}"
	move_everywhere "$CG_NAME/b" "$CG_PID"
	cg_until rmdir "$(cg_dir "$first")/$CG_NAME/r"
	run --separate-stderr cgns-path -J -o HIERARCHY,ROOT,STATE "$CG_PID"
	for hierarchy in "${hierarchies[@]:1}"; do
		jq -e --arg hierarchy "$hierarchy" --arg root "/$CG_NAME/r" '.cgroups[] |
			select(.hierarchy == $hierarchy) | .root == $root and .state == "outside"' \
			<<<"$output" >/dev/null || fail "$output"
	done
	jq -e --arg hierarchy "$first" '.cgroups[] | select(.hierarchy == $hierarchy) |
		.root == null and .state == "removed"' <<<"$output" >/dev/null || fail "$output"
}

@test "root: seen from a nested namespace, a sibling and a stranger" {
	local hierarchy inner outer sibling

	cg_ns_sleeper "$CG_NAME/a" "${hierarchies[@]}"
	outer=$CG_PID
	cg_ns_sleeper "$CG_NAME/a/b/c" "${hierarchies[@]}"
	inner=$CG_PID
	cg_ns_sleeper "$CG_NAME/s/t" "${hierarchies[@]}"
	sibling=$CG_PID
	for hierarchy in "${hierarchies[@]}"; do
		seen_from "$outer" "$hierarchy" "$inner" /b/c
		seen_from "$outer" "$hierarchy" "$outer" /
		seen_from "$outer" "$hierarchy" "$sibling" /../s/t
		seen_from "$inner" "$hierarchy" "$outer" /../..
		seen_from "$inner" "$hierarchy" "$sibling" /../../../s/t
		seen_from "$sibling" "$hierarchy" "$inner" /../../a/b/c
		seen_from "$sibling" "$hierarchy" "$outer" /../../a
		# the initial namespace, by a process in it
		seen_from "$sibling" "$hierarchy" $$ /../../..
		seen_from "$inner" "$hierarchy" $$ /../../../..
	done
}

# seen_from CALLER HIERARCHY TARGET ROOT: the caller is in CALLER's namespace
seen_from()
{
	run -0 nsenter --target "$1" --cgroup cgns-path -H "$2" --from "$3" /
	[[ $output == "$4" ]] || fail "$2: $output, not $4"
	run -0 nsenter --target "$1" --cgroup cgns-path -H "$2" --to "$3" "$4"
	[[ $output == / ]] || fail "$2: $4 to $3 is $output, not /"
}

@test "root: of a namespace without members, seen from a nested namespace, a sibling and a stranger" {
	local hierarchy outer sibling

	pinned a/b/c
	cg_ns_sleeper "$CG_NAME/a" "${hierarchies[@]}"
	outer=$CG_PID
	cg_ns_sleeper "$CG_NAME/s/t" "${hierarchies[@]}"
	sibling=$CG_PID
	for hierarchy in "${hierarchies[@]}"; do
		seen_from "$outer" "$hierarchy" "$file" /b/c
		seen_from "$sibling" "$hierarchy" "$file" /../../a/b/c
	done
	# the caller itself outside of its own root
	move_everywhere "$CG_NAME" "$sibling"
	for hierarchy in "${hierarchies[@]}"; do
		seen_from "$sibling" "$hierarchy" "$file" /../../a/b/c
		seen_from "$sibling" "$hierarchy" "$outer" /../../a
		seen_from "$sibling" "$hierarchy" "$sibling" /
	done
	umount --lazy "$file"
}

# from_beside HIERARCHY DIRECTORY ACT [COMMAND...]: what the caller sees of itself in PID's namespace,
# beside the root of it, where DIRECTORY is all that is mounted of cgroups, after ACT on it; run by COMMAND
from_beside()
{
	cg_needs_private_mounts
	run --separate-stderr nsenter --target "$CG_PID" --cgroup unshare --mount \
		--propagation private bash -euc '
			mount --bind "$2" "$3"
			"$4" "$2"
			for mount in $5; do
				mount -t tmpfs none "$mount"
			done
			hierarchy=$1
			shift 5
			"$@" cgns-path -H "$hierarchy" -r -n -o PATH,OWN,ROOT,STATE self' \
		- "$1" "$2" "$BATS_TEST_TMPDIR/mnt" "$3" "$(cg_hierarchies | cut -d ' ' -f 2-)" \
		"${@:4}"
}

@test "root: the caller's own, where it is beside it and may enter no namespace, by a mount of it" {
	local hierarchy dir own bounded=(setpriv '--bounding-set=-sys_admin' '--inh-caps=-sys_admin')

	mkdir "$BATS_TEST_TMPDIR/mnt"
	cg_ns_sleeper "$CG_NAME/r" "${hierarchies[@]}"
	for hierarchy in "${hierarchies[@]}"; do
		dir=$(cg_dir "$hierarchy")/$CG_NAME
		run -0 nsenter --target "$CG_PID" --cgroup cat /proc/self/cgroup
		own=$(awk -F: -v name="${hierarchy#unified}" '$2 == name { print $3 }' <<< "$output")
		[[ $own == /../* ]] || fail "$hierarchy: $own is not beside the root"
		from_beside "$hierarchy" "$dir/r" true "${bounded[@]}"
		assert_success
		assert_output "$own $own / outside"
		# Nothing shows it: what would help is said.
		mkdir "$dir/other"
		from_beside "$hierarchy" "$dir/other" true "${bounded[@]}"
		assert_failure 64
		assert_output "$own - - -"
		[[ $stderr == *"cannot find the root of self"*CAP_SYS_ADMIN* ]] || fail "$stderr"
		# A mount shows what is gone.
		cg_move "$hierarchy" "$CG_NAME/other" "$CG_PID"
		from_beside "$hierarchy" "$dir/r" rmdir "${bounded[@]}"
		assert_failure 64
		assert_output "$own - - -"
		mkdir "$dir/r"
		from_beside "$hierarchy" "$dir/r" true "${bounded[@]}"
		assert_output "$own - - -"
		from_beside "$hierarchy" "$dir/r" true
		assert_success
		assert_output "$own $own - removed"
	done
}

# init_sleeps PID: sets CG_PID to its child, once that is what was to be started
init_sleeps()
{
	cg_child_of "$1" && CG_PID=$REPLY && cg_runs "$CG_PID" sleep
}

# What a program in the container of CG_PID says, from beside its root, without cgroup mounts.
say_beside_init()
{
	run --separate-stderr nsenter --target "$CG_PID" --cgroup --pid --mount bash -euc '
		for mount in $1; do
			umount --lazy "$mount" 2> /dev/null || :
		done
		shift
		exec setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin "$@"' \
		- "$(cg_hierarchies | cut -d ' ' -f 2-)" "$@"
}

@test "root: the caller's own, where it is beside it and may enter no namespace, by PID 1 in it" {
	cg_needs_private_mounts
	[[ " ${hierarchies[*]} " == *" unified "* ]] || skip "no v2 hierarchy"
	local dir own
	dir=$(cg_dir unified)/$CG_NAME

	mkdir -p "$dir/r"
	bash -c 'echo $$ > "$1/cgroup.procs"
		exec unshare --cgroup --pid --fork --kill-child --mount-proc sleep infinity' \
		- "$dir/r" < /dev/null > /dev/null 2>&1 3>&- &
	cg_record $!
	cg_until init_sleeps $!
	run -0 nsenter --target "$CG_PID" --cgroup cat /proc/self/cgroup
	own=$(sed -n 's/^0:://p' <<< "$output")
	[[ $own == /../* ]] || fail "$own is not beside the root"
	say_beside_init cgns-path -H unified -r -n -o PATH,OWN,ROOT,STATE self
	assert_success
	assert_output "$own $own / outside"
	say_beside_init cgns-ls -H unified -r -n -o PID,ROOT,STATE
	assert_success
	assert_output "1 / outside"
	# Who is outside, too, tells nothing.
	cg_move unified "$CG_NAME" "$CG_PID"
	say_beside_init cgns-path -H unified -r -n -o PATH,OWN,ROOT,STATE self
	assert_failure 64
	assert_output "$own - - -"
}

@test "root: of a namespace that another user namespace owns" {
	cg_needs_user_namespaces
	cg_make "${hierarchies[0]}" "$CG_NAME/r"
	_cg_start_sleeper "$CG_NAME/r" "${hierarchies[*]}" unshare --user --map-root-user --cgroup \
		sleep infinity
	root_is r "$CG_PID"
	move_everywhere "$CG_NAME/x" "$CG_PID"
	root_is r "$CG_PID"
}

# Who looks from inside is another process for each namespace, and it ends: that is no move.
@test "root: of a namespace that another user namespace owns, for that one's owner" {
	cg_needs_user_namespaces
	local h=${hierarchies[-1]} place asked

	# shellcheck disable=SC2317
	asks()
	{
		echo "$BASHPID" > "$1/cgroup.procs"
		cg_as_nobody cgns-path "${@:2}"
	}
	cg_public cgns-path
	cg_make "$h" "$CG_NAME/r"
	_cg_start_sleeper "$CG_NAME/r" "$h" setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --cgroup sleep infinity
	for place in "$(cg_dir "$h")/$CG_NAME" "$(cg_make "$h" "$CG_NAME/r/a")"; do
		for asked in {1..30}; do
			run -0 asks "$place" -H "$h" --from "$CG_PID" / 3>&-
			assert_output "/$CG_NAME/r"
		done
	done
}

@test "root: that the way by a namespace's owner ran short of something is not called a refusal" {
	cg_needs_user_namespaces
	cg_needs_strace
	local h=${hierarchies[0]}

	cg_public cgns-path
	cg_make "$h" "$CG_NAME/r"
	_cg_start_sleeper "$CG_NAME/r" "$h" setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --cgroup sleep infinity
	for fault in ioctl:error=EMFILE setns:error=ENOMEM:when=2; do
		PATH=$CG_PUBLIC:$PATH run -1 strace -f -qq -o /dev/null -e trace=ioctl,setns -e inject="$fault" \
			setpriv --reuid=65534 --regid=65534 --clear-groups cgns-path -H "$h" --from "$CG_PID" /
		assert_output --regexp "cannot find the root of .*: (Too many open files|Cannot allocate memory)\$"
	done
}

# Stopped before it could see to it that it dies with its parent.
@test "root: who is stopped within another user namespace is not left behind" {
	cg_needs_user_namespaces
	cg_needs_strace
	local h=${hierarchies[0]} log=$BATS_TEST_TMPDIR/log ended=0

	cg_public cgns-path
	cg_make "$h" "$CG_NAME/r"
	_cg_start_sleeper "$CG_NAME/r" "$h" setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --cgroup sleep infinity
	{
		ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 PATH=$CG_PUBLIC:$PATH \
			exec strace -f -qq -o "$log" -e trace=setns -e inject=setns:signal=STOP:when=2 \
			setpriv --reuid=65534 --regid=65534 --clear-groups cgns-path -H "$h" --from "$CG_PID" /
	} > "$log.said" 2>&1 3>&- &
	cg_record "$!"
	cg_until cg_gone "$!"
	wait "$!" || ended=$?
	assert_equal "$ended" 1
	assert_equal "$(< "$log.said")" "cgns-path: /: cannot find the root of $CG_PID: Connection timed out: \
somebody who rules its user namespace stopped or ended the process that looked from inside"
	run -0 grep -c 'stopped by SIGSTOP' "$log"
}

@test "root: of a namespace in another PID and mount namespace" {
	cg_needs_private_mounts
	_cg_start_sleeper "$CG_NAME/r" "${hierarchies[*]}" unshare --cgroup --pid --mount --net --uts \
		--ipc --fork --kill-child --mount-proc sleep infinity
	root_is r "$CG_PID"
	move_everywhere "$CG_NAME/x" "$CG_PID"
	root_is r "$CG_PID"
}

# start_mover REST BASE PLACE PLACE: a process, $!, with a namespace rooted in BASE, that moves between the two
start_mover()
{
	"$CGNS_BUILD/tests/probe" move "$@" > "$BATS_TEST_TMPDIR/mover" 3>&- &
	cg_record "$!"
	cg_until test -s "$BATS_TEST_TMPDIR/mover"
}

end_mover()
{
	kill "$!"
	wait "$!" || :
	rm "$BATS_TEST_TMPDIR/mover"
}

# The process that moves between two cgroups is looked at from the initial namespace and from a
# sibling that is rooted beside its root. It never leaves its root, so there is one right answer.
# A right one is what counts: the process is never still, and that is no excuse.
@test "root: of a process that never rests" {
	local hierarchy places place rest base sibling tries right

	cg_ns_sleeper "$CG_NAME/sibling" "${hierarchies[@]}"
	sibling=$CG_PID
	for hierarchy in "${hierarchies[@]}"; do
		for places in 'a b' '. y' 'y x/y'; do
			for rest in 0 300 1000; do
				base=$(cg_make "$hierarchy" "$CG_NAME/m")
				for place in $places x; do mkdir -p "$base/$place"; done
				# shellcheck disable=SC2086
				start_mover "$rest" "$base" $places
				right=0
				for tries in {1..4}; do
					run cgns-path -H "$hierarchy" --from "$!" /
					((status)) || assert_output "/$CG_NAME/m"
					right=$((right + !status))
					run cgns-enter -t "$sibling" cgns-path -H "$hierarchy" --from "$!" /
					((status)) || assert_output /../m
					right=$((right + !status))
				done
				((right == 8)) || fail "$hierarchy, $places, $rest: $right of 8, $output"
				end_mover
			done
		done
	done
}

# It leaves its root, for a cgroup beside it: where it is tells no more where the root is.
@test "root: of a process that is moved out of its root and back" {
	local hierarchy places rest base asked

	for hierarchy in "${hierarchies[@]}"; do
		for places in '. ../n' 'y ../n/y'; do
			for rest in 0 300; do
				base=$(cg_make "$hierarchy" "$CG_NAME/m")
				mkdir -p "$base"/{y,../n/y}
				# shellcheck disable=SC2086
				start_mover "$rest" "$base" $places
				for asked in {1..6}; do
					run -0 cgns-path -H "$hierarchy" --from "$!" /
					assert_output "/$CG_NAME/m"
					run -0 cgns-path -H "$hierarchy" --to "$!" "/$CG_NAME/n/x"
					assert_output /../n/x
				done
				end_mover
			done
		done
	done
}

# v2 alone: there a process that has ended is seen where it was, and nobody moves it.
@test "root: for a caller that is moved, and all that it starts" {
	[[ " ${hierarchies[*]} " == *" unified "* ]] || skip "no v2 hierarchy"
	local dir asked

	cg_ns_sleeper "$CG_NAME/r" unified
	dir=$(cg_make unified "$CG_NAME/r/below")
	# shellcheck disable=SC2016
	# read at once: the file changes with each that is moved, and half a number is another process
	bash -c 'while :; do
			mapfile -t pids < "$1/cgroup.procs"
			for pid in "${pids[@]}"; do echo "$pid" > "$1/below/cgroup.procs"; done
			mapfile -t pids < "$1/below/cgroup.procs"
			for pid in "${pids[@]}"; do echo "$pid" > "$1/cgroup.procs"; done
		done' - "${dir%/below}" 2> /dev/null 3>&- &
	cg_record "$!"
	for asked in {1..40}; do
		# shellcheck disable=SC2016
		run -0 bash -c 'echo "$$" > "$1/cgroup.procs"; exec cgns-path -H unified --from "$2" /' \
			- "$dir" "$CG_PID" 3>&-
		assert_output "/$CG_NAME/r"
	done
	kill "$!"
	wait "$!" || :
}

# The caller stands still when it has heard where its child is, and when it has heard what that saw.
@test "root: for a caller that is moved once, and all that it starts" {
	cg_needs_strace
	local h dir call pid pids log=$BATS_TEST_TMPDIR/log ended

	# shellcheck disable=SC2317
	released()
	{
		kill -CONT "$pid"
		cg_gone "$pid"
	} 2> /dev/null
	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/r" "$h"
		dir=$(cg_make "$h" "$CG_NAME/r/a")
		for call in 1 2 3; do
			rm -f "$log"
			bash -c 'echo "$$" > "$1/cgroup.procs"; exec "${@:2}"' - "${dir%/a}" \
				env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" strace -qq -o "$log" -e signal=STOP \
				-e trace=recvmsg -e inject="recvmsg:signal=STOP:when=$call" \
				cgns-path -H "$h" --from "$CG_PID" / > "$log.said" 2>&1 < /dev/null 3>&- &
			cg_record "$!"
			cg_until eval 'grep -qs "stopped by SIGSTOP" "$log" || cg_gone "$!"'
			cg_child_of "$!" && pid=$REPLY && [[ $pid ]] || continue
			mapfile -t pids < "${dir%/a}/cgroup.procs"
			for pid in "${pids[@]}"; do
				[[ $pid == "$CG_PID" ]] || echo "$pid" > "$dir/cgroup.procs"
			done
			cg_child_of "$!" && pid=$REPLY
			cg_until released
			ended=0
			wait "$!" || ended=$?
			output=$(< "$log.said")
			if [[ $h != unified ]] && ((ended)); then
				assert_output "cgns-path: /: this process was moved while it looked for roots"
			else
				assert_equal "$h $call $ended $output" "$h $call 0 /$CG_NAME/r"
			fi
		done
	done
}

@test "root: nobody is left behind by who looked" {
	command -v python3 > /dev/null || skip "no python3"
	local h dir place

	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/r" "$h"
		dir=$(cg_make "$h" "$CG_NAME/r/a")
		for place in "$dir" "${dir%/r/a}"; do
			# inherits what its descendants leave
			run -0 env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" python3 -c '
import ctypes, os, subprocess, sys
open(sys.argv[1] + "/cgroup.procs", "w").write("0")
ctypes.CDLL(None).prctl(36, 1)
for asked in range(5):
    subprocess.run(sys.argv[2:], check=True)
    try:
        sys.exit("left behind: %s" % (os.waitpid(-1, 0),))
    except ChildProcessError:
        pass
' "$place" cgns-path -H "$h" --from "$CG_PID" / 3>&-
			assert_output "$(printf '/%s\n' "$CG_NAME"/r{,,,,})"
		done
	done
}

@test "root: a hierarchy that comes and goes is no move" {
	local h=${hierarchies[0]} asked

	# every process has a line more in its /proc/PID/cgroup then, and one less
	[[ ${CGNS_SLOW:-} == 1 ]] || skip "other suites would see it: in virtual machines alone"
	cg_ns_sleeper "$CG_NAME/r" "$h"
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c '
		while mount -t cgroup -o "none,name=$1" none "$2"; do umount "$2"; done' \
		sh "$CG_NAME" "$BATS_TEST_TMPDIR" 2> /dev/null 3>&- &
	cg_record "$!"
	cg_until grep -q "name=$CG_NAME:" /proc/self/cgroup
	for asked in {1..20}; do
		run --separate-stderr cgns-path -H "$h" --from "$CG_PID" /
		[[ $stderr != *moved* ]] || fail "$stderr"
		assert_output "/$CG_NAME/r"
	done
	kill "$!"
	wait "$!" || :
	cg_until eval '! grep -q "name=$CG_NAME:" /proc/self/cgroup'
}

@test "root: of many namespaces in one run" {
	local i pids=()

	for i in {1..20}; do
		cg_ns_sleeper "$CG_NAME/$((i % 7))/$i" "${hierarchies[@]}"
		((i % 3)) || move_everywhere "$CG_NAME/$((i % 5))" "$CG_PID"
		pids+=("$CG_PID")
	done
	run -0 cgns-path -J -H "${hierarchies[0]}" -o ROOT "${pids[@]}"
	assert_equal "$(jq -r '.cgroups[].root' <<<"$output")" \
		"$(for i in {1..20}; do echo "/$CG_NAME/$((i % 7))/$i"; done)"
	jq -r '.cgroups[].root' <<<"$output" | head -n 3
}

@test "root: is found from a chroot, too, whose root is no mount point" {
	cg_needs_private_mounts
	local jail=$BATS_TEST_TMPDIR/jail path

	path=$(command -v cgns-path)
	cg_ns_sleeper "$CG_NAME/r" "${hierarchies[@]}"
	# No member tells the root: it has to be mounted to be seen.
	move_everywhere "$CG_NAME/x" "$CG_PID"
	cat >"$BATS_TEST_TMPDIR/enter" <<-END
		mkdir -p "$jail"/{usr,proc,sys}
		cp "$path" "$jail/cgns-path"
		for dir in bin lib lib64; do
			[ -e /\$dir ] || continue
			if [ -L /\$dir ]; then ln -s usr/\$dir "$jail/"; else mkdir "$jail/\$dir"; fi
			[ -L /\$dir ] || mount --rbind /\$dir "$jail/\$dir"
		done
		for dir in usr proc sys; do mount --rbind /\$dir "$jail/\$dir"; done
		exec chroot "$jail" /cgns-path "\$@"
	END
	for hierarchy in "${hierarchies[@]}"; do
		run -0 unshare --mount --propagation private bash "$BATS_TEST_TMPDIR/enter" \
			-H "$hierarchy" --from "$CG_PID" / /y
		assert_output "/$CG_NAME/r
/$CG_NAME/r/y"
		rm -rf --one-file-system "$jail"
	done
}

@test "root: of the initial namespace is /" {
	[[ $(readlink /proc/self/ns/cgroup) == 'cgroup:[4026531835]' ]] ||
		skip "not in the initial cgroup namespace"
	for hierarchy in "${hierarchies[@]}"; do
		run -0 cgns-path -H "$hierarchy" --from 'cgroup:[4026531835]' / /x
		assert_output $'/\n/x'
		run -0 cgns-path -H "$hierarchy" --from /proc/self/ns/cgroup /x
		assert_output /x
	done
}

@test "root: one's own is known where one is inside, though one may not look elsewhere" {
	local away hierarchy places=()

	away=$(cg_v1 1)
	[[ -n $away ]] || skip "no v1 hierarchy to be outside in"
	for hierarchy in "${hierarchies[@]}"; do
		places+=("$(cg_make "$hierarchy" "$CG_NAME/in")/cgroup.procs")
	done
	away=$(cg_make "$away" "$CG_NAME/away")/cgroup.procs
	# Without the right to enter a namespace, even one's own.
	# shellcheck disable=SC2016 # for the shells inside
	run -64 --separate-stderr bash -c '
		for place in "${@:2}"; do echo $$ > "$place" || exit; done
		exec unshare --cgroup bash -c "echo \$\$ > \"\$1\" &&
			exec setpriv --bounding-set=-sys_admin cgns-path --list -n -r -o HIERARCHY,ROOT self" bash "$1"' \
		bash "$away" "${places[@]}"
	for hierarchy in "${hierarchies[@]}"; do
		if [[ $hierarchy == "$(cg_v1 1)" ]]; then
			assert_line "$hierarchy -"
		else
			assert_line "$hierarchy /"
		fi
	done
}
