#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-path --as dir: the directory is that cgroup, there and then, for who is to open it.

# What is quoted is for other shells.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cg_choose_hierarchy
}

teardown()
{
	cg_teardown
}

# private COMMANDS: runs them in a mount namespace of their own, with $top, $h, $CG_NAME and $tmp
private()
{
	top=$top h=$h tmp=$BATS_TEST_TMPDIR unshare --mount --propagation private \
		bash -euc "dir() { cgns-path -H \"\$h\" -A dir \"\$@\"; }
			$1"
}

@test "dir: the directory of a path, of a process and of an id, in each hierarchy" {
	local name dir

	while read -r name dir; do
		# what no process can be moved to still has directories
		cg_make "$name" "$CG_NAME/a b"
		run -0 cgns-path -H "$name" -A dir "/$CG_NAME/a b"
		assert_output "$dir/$CG_NAME/a b"
		run -0 cgns-path -H "$name" -A dir /
		assert_output "$dir"
		run -0 cgns-path -H "$name" -A dir "id:$(stat -c %i "$dir/$CG_NAME/a b")"
		assert_output "$dir/$CG_NAME/a b"
	done < <(cg_hierarchies)
	cg_sleeper "$CG_NAME/p"
	run -0 cgns-path -H "$h" -A dir "$CG_PID"
	assert_output "$top/$CG_NAME/p"
	run -0 cat "$(cgns-path -H "$h" -A dir "$CG_PID")/cgroup.procs"
	assert_output "$CG_PID"
}

# unprivileged COMMAND...: what opens by an id is not allowed, so that is looked for
unprivileged()
{
	setpriv --bounding-set=-dac_read_search --inh-caps=-all "$@"
}

@test "dir: an id is looked for with a descriptor for each level, and a shortage is no answer" {
	local id deep limit path found=0 short=0 dir

	dir=$(cg_make "$h" "$CG_NAME/a")
	id=$(stat -c %i "$dir")
	for limit in {6..24}; do
		for as in env unprivileged; do
			run "$as" prlimit --nofile="$limit" cgns-path -H "$h" "id:$id"
			if ((status == 0)); then
				assert_output "/$CG_NAME/a"
				found=$((found + 1))
			else
				refute_output --regexp 'no cgroup|no directory|removed'
				short=$((short + 1))
			fi
		done
	done
	((found && short)) || fail "found $found times, short $short times"
	path=$CG_NAME$(printf '/a%.0s' {1..200})
	deep=$(cg_make "$h" "$path")
	run -0 unprivileged prlimit --nofile=256 cgns-path -H "$h" "id:$(stat -c %i "$deep")"
	assert_output "/$path"
	run -1 unprivileged prlimit --nofile=100 cgns-path -H "$h" "id:$(stat -c %i "$deep")"
	assert_output --partial 'Too many open files'
	refute_output --partial 'no cgroup'
}

@test "dir: a directory that another mount hides is not printed" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/a/b"
	cg_make "$h" "$CG_NAME/c"
	run --separate-stderr private 'mount -t tmpfs tmpfs "$top/$CG_NAME/a"
		mkdir "$top/$CG_NAME/a/b"
		dir "/$CG_NAME/a" "/$CG_NAME/a/b" "/$CG_NAME/c"'
	assert_failure 64
	assert_output "$top/$CG_NAME/c"
	# the whole hierarchy hidden
	run --separate-stderr private 'mount -t tmpfs tmpfs "$top"
		mkdir -p "$top/$CG_NAME/a"
		dir "/$CG_NAME/a"'
	assert_failure 1
	assert_output ''
	# shellcheck disable=SC2154
	[[ $stderr == *"$h"* && $stderr == *"$top"* ]] || fail "mounts that were tried are not named: $stderr"
}

@test "dir: a directory on which another cgroup is mounted is not printed for its own" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/a"
	cg_make "$h" "$CG_NAME/b"
	run --separate-stderr private 'mount --bind "$top/$CG_NAME/b" "$top/$CG_NAME/a"
		dir "/$CG_NAME/a" || :
		dir "/$CG_NAME/b"'
	assert_success
	assert_output "$top/$CG_NAME/b"
}

# A mount in the hierarchy leads to other cgroups by the names of these, or hides them.
@test "dir: where cgroups are mounted over each other, containers, processes and ids stay where they are" {
	cg_needs_private_mounts
	local name id mounts as pids=() ids=() x y
	local crossed='mount --bind "$top/$CG_NAME/x" "$tmp"
		mount --bind "$top/$CG_NAME/y" "$top/$CG_NAME/x"
		mount --bind "$tmp" "$top/$CG_NAME/y"'

	for name in x y; do
		id=$(printf '%s' "$CG_NAME/$name" | sha256sum | cut -c1-64)
		cg_ns_sleeper "$CG_NAME/$name/docker/$id" "$h"
		pids+=("$CG_PID")
		ids+=("$(stat -c %i "$top/$CG_NAME/$name/docker/$id")")
		declare "$name=$CG_NAME/$name/docker/$id"
	done
	cg_make "$h" "$CG_NAME/z" > /dev/null
	export x y as id_x=${ids[0]} id_y=${ids[1]}
	# what opens by an id is allowed, or not: then that is looked for
	for as in env 'setpriv --bounding-set=-dac_read_search --inh-caps=-all'; do
		for mounts in "$crossed" 'mount --bind "$top" "$top/$CG_NAME/z"'; do
			run -0 private "$mounts"'
				$as cgns-path -H "$h" "container:${x##*/}" "container:${y##*/}" "id:$id_x" "id:$id_y"
				$as cgns-path -H "$h" --from "container:${x##*/}" /
				$as cgns-path -H "$h" --from "cgroup:$h:/$CG_NAME/y" /'
			assert_output "$(printf '/%s\n' "$x" "$y" "$x" "$y" "$x" "$y")"
		done
		# what is hidden is not gone, and counts
		run -0 private 'mount --bind "$top/$CG_NAME/x" "$top/$CG_NAME/y"
			$as cgns-path -H "$h" "container:${x##*/}" "container:${y##*/}"
			! $as cgns-path -H "$h" "id:$id_y"
			! $as cgns-path -H "$h" --from "cgroup:$h:/$CG_NAME" /'
		assert_line --index 0 "/$x"
		assert_line --index 1 "/$y"
		assert_line --index 2 --partial "no directory shows the cgroup with id ${ids[1]}"
		assert_line --index 3 --partial "${pids[0]} ("
		assert_line --index 3 --partial "${pids[1]} ("
	done
}

@test "dir: what no mount shows is not said to have no id, without the privilege to open by it" {
	cg_needs_private_mounts
	local as='setpriv --bounding-set=-dac_read_search --inh-caps=-all' above below

	above=$(stat -c %i "$(cg_make "$h" "$CG_NAME")")
	below=$(stat -c %i "$(cg_make "$h" "$CG_NAME/a/b")")
	# shellcheck disable=SC2086
	run cgns-unshare -g "$h:/$CG_NAME/a" -M $as cgns-path -H "$h" "id:$above"
	assert_failure 1
	assert_output --partial "no directory shows the cgroup with id $above"
	# shellcheck disable=SC2086
	run -0 cgns-unshare -g "$h:/$CG_NAME/a" -M $as cgns-path -H "$h" "id:$below"
	assert_output /b
}

# A process whose namespace has the root r, and which has left it. Sets root to that cgroup's id.
leave_root()
{
	cg_ns_sleeper "$CG_NAME/r" "$h"
	cg_move "$h" "$CG_NAME/o" "$CG_PID"
	root=$(stat -c %i "$top/$CG_NAME/r")
}

# asked_at LINE COMMAND...: runs it, stopped after the system call of that line in calls, while r is
# left by the process, removed and made again
asked_at()
{
	local log=$BATS_TEST_TMPDIR/stopped tracer call nth

	call=$(sed -n "$1s/(.*//p" "$BATS_TEST_TMPDIR/calls")
	nth=$(head -n "$1" "$BATS_TEST_TMPDIR/calls" | grep -c "^$call(")
	: > "$log"
	env "ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0" strace -qq -o "$log" \
		-e "inject=$call:signal=STOP:when=$nth" "${@:2}" > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	tracer=$!
	cg_until grep -q 'stopped by SIGSTOP' "$log"
	cg_move "$h" "$CG_NAME/o" "$CG_PID"
	cg_until rmdir "$top/$CG_NAME/r" 2> /dev/null
	mkdir "$top/$CG_NAME/r"
	kill -CONT "$(pgrep -P "$tracer")"
	status=0
	wait "$tracer" || status=$?
	output=$(< "$BATS_TEST_TMPDIR/out")
}

# asked_around BEGIN OTHER COMMAND: the command, in which PID is the process of BEGIN, says $root or OTHER,
# also if that happens at each of the system calls around the opening of r; or what failed
asked_around()
{
	local root first at

	"$1"
	# shellcheck disable=SC2086
	run -0 strace -qq -e signal=none -o "$BATS_TEST_TMPDIR/calls" ${3//PID/$CG_PID}
	[[ $output == "$root" || $output == "$2" ]] || fail "$3: $output"
	cg_move "$h" "$CG_NAME/o" "$CG_PID"
	first=$(grep -n "openat2(.*/$CG_NAME/r\"" "$BATS_TEST_TMPDIR/calls" | head -n 1)
	for ((at = ${first%%:*} - 3; at < ${first%%:*} + 2; at++)); do
		"$1"
		# shellcheck disable=SC2086
		asked_at "$at" ${3//PID/$CG_PID}
		if ((status)); then
			refused=$((refused + 1))
			[[ $output == *"the root of "* || $output == *' removed'* ]] || fail "$3: $output"
		else
			[[ $output == "$root" || $output == "$2" ]] || fail "$3: $output, not $root or $2"
		fi
	done
}

@test "dir: a root that somebody removes and makes again while it is looked for is not the new cgroup" {
	cg_needs_strace
	local refused=0

	cg_make "$h" "$CG_NAME/o" > /dev/null
	asked_around leave_root '' "cgns-path -H $h -A id --from PID /"
	asked_around leave_root '' "cgns-path -H $h -n -r -o CGID --from PID /"
	asked_around leave_root / "cgns-enter -t PID --join-root cgns-path -H $h self"
	((refused)) || fail "nothing was removed in time"
}

# A process in r. Sets root to that cgroup's id.
stay_in_root()
{
	cg_sleeper "$CG_NAME/r" "$h"
	root=$(stat -c %i "$top/$CG_NAME/r")
}

@test "dir: a cgroup that its process leaves and somebody makes again is not the process's" {
	cg_needs_strace
	local refused=0 other

	other=$(stat -c %i "$(cg_make "$h" "$CG_NAME/o")")
	asked_around stay_in_root "$other" "cgns-path -H $h -A id PID"
	asked_around stay_in_root "$other" "cgns-path -H $h -n -r -o CGID PID"
	asked_around stay_in_root "$other" "cgns-enter -t PID -c cgns-path -H $h -A id self"
}

@test "dir: another hierarchy's directory of the same path is not printed" {
	cg_needs_private_mounts
	local other

	other=$(cg_v1 2 | grep -vx "$h" | head -n 1)
	[[ -n $other ]] || skip "only one hierarchy"
	cg_make "$h" "$CG_NAME/a"
	cg_make "$other" "$CG_NAME/a"
	other=$(cg_dir "$other")
	export other
	run --separate-stderr private 'mount --bind "$other" "$top"
		dir "/$CG_NAME/a"'
	assert_failure 1
	assert_output ''
}

@test "dir: where only a bind mount reaches the cgroup, it is printed" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/a b/c"
	cg_make "$h" "$CG_NAME/d"
	run --separate-stderr private 'mkdir "$tmp/bind mount"
		mount --bind "$top/$CG_NAME/a b" "$tmp/bind mount"
		mount -t tmpfs tmpfs "$top"
		dir "/$CG_NAME/a b" "/$CG_NAME/a b/c" || :
		dir "/$CG_NAME/d"'
	assert_failure 1
	assert_output "$BATS_TEST_TMPDIR/bind mount
$BATS_TEST_TMPDIR/bind mount/c"
}

@test "dir: a bind mount of a cgroup that was removed and made again is not printed" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/a"
	run --separate-stderr private 'mkdir "$tmp/stale"
		mount --bind "$top/$CG_NAME/a" "$tmp/stale"
		rmdir "$top/$CG_NAME/a"
		dir "/$CG_NAME/a" 2>/dev/null && exit 9
		mkdir "$top/$CG_NAME/a"
		dir "/$CG_NAME/a"
		mount --bind "$top/$CG_NAME" "$top"
		dir "/$CG_NAME/a"
		mount -t tmpfs tmpfs "$top"
		dir "/$CG_NAME/a"'
	assert_failure 1
	assert_output "$top/$CG_NAME/a
$top/a"
}

@test "dir: a mount point with every kind of byte is printed as it is" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/a"
	run --separate-stderr private 'point="$tmp/"$'"'a b\\tc\\\\d\\ne:\\xff#'"'
		mkdir "$point"
		mount --bind "$top/$CG_NAME/a" "$point"
		mount -t tmpfs tmpfs "$top"
		dir -z "/$CG_NAME/a" >"$tmp/out"
		[[ "$(tr -d "\\0" <"$tmp/out")" == "$point" ]]
		! dir "/$CG_NAME/a" >"$tmp/out"
		[[ ! -s "$tmp/out" ]]'
	assert_success
	said newline
}

# rooted PATH COMMAND...: runs it in a new cgroup namespace whose root is there
rooted()
{
	cg_move "$h" "$1" "$BASHPID"
	shift
	exec unshare --cgroup "$@"
}

@test "dir: a mount from another namespace's view is used for what it shows" {
	# after unshare, the old mount shows "/../.." as its root
	cg_make "$h" "$CG_NAME/a/b"
	run -0 rooted "$CG_NAME/a" cgns-path -H "$h" -A dir /b / /.. /../..
	assert_output "$top/$CG_NAME/a/b
$top/$CG_NAME/a
$top/$CG_NAME
$top"
}

@test "dir: a fresh mount in a nested namespace is used, too, and shows nothing above" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/a/b"
	[[ $h == unified ]] || skip "shown with v2"
	run -0 rooted "$CG_NAME/a" unshare --mount --propagation private bash -euc '
		mount -t tmpfs tmpfs "$1"
		mkdir "$1/fresh"
		mount -t cgroup2 none "$1/fresh"
		cgns-path -H unified -A dir /b /
		! cgns-path -H unified -A dir /.. 2>/dev/null' - "$top"
	assert_output "$top/fresh/b
$top/fresh"
}

# other_world chroot|pivot: starts a process with a mount namespace and root of its own, $CG_PID,
# where only $at shows the hierarchy
other_world()
{
	at=$BATS_TEST_TMPDIR/at
	mkdir "$at" "$BATS_TEST_TMPDIR/root"
	start_sleep "$1" "$BATS_TEST_TMPDIR/root" "$at" "$top" '
		mount --rbind / "$2"
		umount --recursive --lazy "$2/sys/fs/cgroup"
		mount --bind "$4" "$2$3"
		cd "$2"
		if [[ $1 == chroot ]]; then
			exec chroot . sleep infinity
		elif pivot_root . . 2>/dev/null; then
			umount --lazy .
			cd /
			exec sleep infinity
		else
			# the root file system of an initramfs cannot be pivoted
			mount --move . /
			exec chroot . sleep infinity
		fi'
}

# start_sleep ARGUMENT... COMMANDS: runs them in a new mount namespace, where they become "sleep",
# and sets $CG_PID
start_sleep()
{
	cg_needs_private_mounts
	unshare --mount --propagation private bash -euc "${!#}" - "${@:1:$#-1}" \
		</dev/null >/dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
}

@test "dir: with --to PID it is as that process can open it, below its root directory" {
	local id

	id=$(stat -c %i "$(cg_make "$h" "$CG_NAME/a")")
	other_world chroot
	run -0 cgns-path -H "$h" -A dir --to "$CG_PID" "/$CG_NAME/a"
	assert_output "$at/$CG_NAME/a"
	assert_equal "$(stat -c %i "/proc/$CG_PID/root$output")" "$id"
	run -0 cgns-path -H "$h" -A dir "/$CG_NAME/a"
	assert_output "$top/$CG_NAME/a"
	run -0 cgns-path -J -H "$h" -o DIR --to "$CG_PID" "/$CG_NAME/a"
	assert_equal "$(jq -r '.cgroups[0].dir' <<<"$output")" "$at/$CG_NAME/a"
}

@test "dir: with --to PID it is as that process can open it, in its mount namespace" {
	local id

	id=$(stat -c %i "$(cg_make "$h" "$CG_NAME/a")")
	other_world pivot
	run -0 cgns-path -H "$h" -A dir --to "$CG_PID" "/$CG_NAME/a"
	assert_output "$at/$CG_NAME/a"
	assert_equal "$(nsenter -t "$CG_PID" -m stat -c %i "$output")" "$id"
}

@test "dir: with --to PID that has no mount of the hierarchy it is an error" {
	cg_make "$h" "$CG_NAME/a"
	start_sleep '
		mount -t tmpfs tmpfs /sys/fs/cgroup
		exec sleep infinity'
	run --separate-stderr cgns-path -H "$h" -A dir --to "$CG_PID" "/$CG_NAME/a"
	assert_failure 1
	assert_output ''
	[[ $stderr == *"$h"* ]] || fail "$stderr"
}

@test "dir: links in a hostile root directory lead nowhere else" {
	cg_make "$h" "$CG_NAME/a"
	mkdir "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/t"
	# the mount point is $t/x; behind the back of mountinfo, $t is then covered by a tmpfs in
	# which x is a symbolic link to the host's own directory
	start_sleep "$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/t" "$top" '
		mount --rbind / "$1"
		umount --recursive --lazy "$1/sys/fs/cgroup"
		mount -t tmpfs tmpfs "$1$2"
		mkdir "$1$2/x"
		mount --bind "$3/$CG_NAME" "$1$2/x"
		exec chroot "$1" sleep infinity'
	run -0 cgns-path -H "$h" -A dir --to "$CG_PID" "/$CG_NAME/a"
	assert_output "$BATS_TEST_TMPDIR/t/x/a"
	nsenter --target "$CG_PID" --mount bash -euc 'mount -t tmpfs tmpfs "$1$2"
		ln -s "$3/$CG_NAME" "$1$2/x"' - \
		"$BATS_TEST_TMPDIR/root" "$BATS_TEST_TMPDIR/t" "$top"
	run --separate-stderr cgns-path -H "$h" -A dir --to "$CG_PID" "/$CG_NAME/a"
	assert_failure 1
	assert_output ''
}

@test "dir: v1 controllers mounted together are found by each of their names" {
	local name

	name=$(cg_hierarchies | awk '$1 ~ /,/ { print $1; exit }')
	[[ -n $name ]] || skip "no v1 hierarchy with two controllers"
	cg_make "$name" "$CG_NAME/a"
	run -0 cgns-path -H "${name%%,*}" -A dir "/$CG_NAME/a"
	assert_output "$(cg_dir "$name")/$CG_NAME/a"
	run -0 cgns-path -H "${name##*,}" -A dir "/$CG_NAME/a"
	assert_output "$(cg_dir "$name")/$CG_NAME/a"
}

@test "dir: a release agent with a comma in its name makes its hierarchy no controller's" {
	cg_needs_private_mounts
	local v1

	v1=$(cg_v1 | grep -v "[=,]" | head -n 1)
	[[ -n $v1 ]] || skip "no v1 hierarchy of a controller"
	mkdir "$BATS_TEST_TMPDIR/named"
	v1=$v1 dir=$(cg_dir "$v1") tmp=$BATS_TEST_TMPDIR run --separate-stderr unshare --mount --propagation private bash -euc '
		mount -t cgroup -o "none,name=$CG_NAME" none "$tmp/named"
		trap "umount --lazy \"\$tmp/named\"" EXIT
		echo "/sbin/agent,$v1,x" > "$tmp/named/release_agent"
		grep -q "agent.054$v1.054x" /proc/self/mountinfo
		umount -l "$dir"
		cgns-path -H "name=$CG_NAME" -A dir /
		! cgns-path -H "$v1" -A dir /'
	assert_equal "$status" 0
	assert_output "$BATS_TEST_TMPDIR/named"
	said "no mount of $v1 is there"
	cg_until eval '! grep -q "name=$CG_NAME:" /proc/self/cgroup'
}

# hung_over SIGNAL: a process, CG_PID, that has a filesystem over $top whose server is silenced so
hung_over()
{
	cg_needs_private_mounts
	[[ -c /dev/fuse ]] || skip "no FUSE"
	cg_make "$h" "$CG_NAME" > /dev/null
	unshare --mount --propagation private bash -euc '
		"$1" "$2" > "$3" &
		until [[ -s $3 ]]; do kill -0 $! && sleep 0.05; done
		echo $! > "$3.server"
		exec sleep infinity' - \
		"$CGNS_SOURCE/tests/hung.py" "$top" "$BATS_TEST_TMPDIR/mounted" < /dev/null > /dev/null 2>&1 3>&- &
	CG_PID=$!
	cg_record "$CG_PID"
	cg_until eval 'cg_runs $CG_PID sleep || cg_gone $CG_PID'
	cg_runs "$CG_PID" sleep || skip "no FUSE"
	server=$(< "$BATS_TEST_TMPDIR/mounted.server")
	cg_record "$server"
	kill -"$1" "$server"
	# the server has to be silent before anybody asks
	cg_until _is_silent
}

# Whoever asks waits, and who waits for them does, too.
_is_silent()
{
	local asker

	stat -f "/proc/$CG_PID/root$top" < /dev/null > /dev/null 2>&1 3>&- &
	asker=$!
	disown
	sleep 1
	! cg_gone "$asker"
}

# does_not_block QUESTION...
does_not_block()
{
	local question

	for question; do
		# shellcheck disable=SC2086
		run --separate-stderr timeout -s KILL 60 $question
		echo "$question: $status: $output; $stderr"
		((status != 137))
		[[ $question != *"/$CG_NAME"* ]] ||
			said "a filesystem in the mount namespace of $CG_PID does not answer"
	done
	# who asks it gets an error then
	kill -KILL "$server"
}

@test "dir: a filesystem of the process that does not answer holds nothing up" {
	hung_over USR1
	does_not_block "cgns-path -H $h --to $CG_PID -A dir /$CG_NAME" "cgns-path -H $h --to $CG_PID -A dir /" \
		"cgns-path -H $h --to $CG_PID -l /$CG_NAME /" \
		"cgns-limits -n -l pids.max --to $CG_PID -o LIMIT,CGROUP,DIR $CG_PID"
}

@test "dir: neither does one that lets nobody go who has asked" {
	hung_over USR2
	does_not_block "cgns-path -H $h --to $CG_PID -A dir /$CG_NAME"
}
