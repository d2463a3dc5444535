#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# cgns-enter among processes and files that are not trusted: each test fails when the measure that it
# is about is taken out.

bats_require_minimum_version 1.5.0
load common
load enter

setup()
{
	cg_setup
}

teardown()
{
	cg_teardown
}

# A container in namespaces of its own; CG_PID is its sleeping process.
container()
{
	[[ " $*" != *' --user'* ]] || cg_needs_user_namespaces
	[[ " $*" != *' --mount'* ]] || cg_needs_private_mounts
	unshare --cgroup "$@" --fork --kill-child sleep infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	container=$!
	cg_until _container_sleeps
	cg_record "$CG_PID"
}

_container_sleeps()
{
	cg_child_of "$container" && CG_PID=$REPLY && cg_runs "$CG_PID" sleep
}

## CVE-2019-5736: our program file is out of reach ---------------------------------------------

# What the process PID runs is a copy in memory that can no longer be written, also when it has ended.
is_sealed()
{
	local file=/proc/$1/exe

	[[ $(readlink "$file") == '/memfd:cgns-enter (deleted)' ]] || fail "it runs $(readlink "$file")"
	exec 9< "$file"
	kill -KILL "$1"
	cg_until cg_gone "$1"
	# shellcheck disable=SC2016
	for attempt in 'echo x > $file' 'echo x >> $file' 'echo x 1<> $file' 'truncate -s +1 $file'; do
		run env file=/proc/self/fd/9 bash -c "$attempt" 3>&-
		[[ $status != 0 && $output == *'Operation not permitted'* ]] || fail "$attempt: $output"
	done
	exec 9<&-
}

@test "the parent that waits runs from a sealed copy" {
	container --mount --pid --mount-proc
	for options in -p '-p -m' -a; do
		# shellcheck disable=SC2086
		start_sleeping -t "$CG_PID" $options
		[[ $PROGRAM_PID != "$ENTER_PID" ]]
		[[ $(< "/proc/$ENTER_PID/comm") == cgns-enter ]]
		is_sealed "$ENTER_PID"
		kill -KILL "$PROGRAM_PID"
	done
}

@test "a program of the target that leads back to us gets the sealed copy" {
	# The target's file: executed, it is the file that cgns-enter itself runs from.
	ln -s /proc/self/exe "$BATS_TEST_TMPDIR/program"
	container --mount --pid --mount-proc
	leads_back -a
	leads_back -p -m
	kill -KILL "$CG_PID"
	# Without the PID namespace its /proc would be of no use.
	container --mount
	leads_back -m
}

# The program forks and waits, for it makes a cgroup, so that there is time to look at it; it has no
# reason to seal itself.
leads_back()
{
	start_enter -t "$CG_PID" "$@" "$BATS_TEST_TMPDIR/program" \
		-t self -c --subgroup "$CG_NAME$*" sleep infinity
	cg_until _innermost_sleeps || fail "$(< "$BATS_TEST_TMPDIR/.err")"
	is_sealed "$ours"
	kill -KILL "$inner"
	cg_until cg_gone "$ENTER_PID"
}

# The sleeping program is inner, the process that waits for it ours.
_innermost_sleeps()
{
	inner=$ENTER_PID ours=
	while cg_child_of "$inner"; do
		ours=$inner
		inner=$REPLY
	done
	cg_record "$inner"
	[[ -n $ours ]] && cg_runs "$inner" sleep
}

@test "a limit on the size of files that the copy would exceed is said, and ends nobody" {
	cg_ns_sleeper c
	cg_refused 125 prlimit --fsize=4096 cgns-enter -t "$CG_PID" -r true
	said 'cannot make a copy of the program that nobody can write to: File too large: '
	said "the caller's limit on the size of files (RLIMIT_FSIZE) is smaller"
	run prlimit --fsize=4096 cgns-enter -t "$CG_PID" true
	assert_success
}

@test "no copy is made where nobody foreign is met" {
	local options=(-c -n)

	cg_ns_sleeper "$CG_NAME/t"
	! cg_has_private_mounts || options+=(-M)
	run strace -f -e trace=memfd_create cgns-enter -t "$CG_PID" "${options[@]}" true 3>&-
	assert_success
	refute_output --partial memfd
}

## CVE-2016-9962: nobody inside looks into us --------------------------------------------------

@test "a process of the target cannot look into the one that enters" {
	container --user --map-root-user --mount --pid --mount-proc
	# Held up when it has entered, and not yet become the program. Teardown kills it.
	ASAN_OPTIONS=detect_leaks=0 strace -f -o /dev/null -e trace=setresuid \
		-e inject=setresuid:delay_enter=600000000 \
		cgns-enter -t "$CG_PID" -U -m -p -S 0 sleep infinity < /dev/null > /dev/null 2>&1 3>&- &
	cg_record $!
	cg_until _stranger_is_seen
	mapfile -t held < <(pgrep -f -- "cgns-enter -t $CG_PID -U -m -p -S 0")
	cg_record "${held[@]}"
	run nsenter -t "$CG_PID" -U -m -p sh -c \
		"readlink /proc/$seen/exe /proc/$seen/root /proc/$seen/fd/0; cat /proc/$seen/environ" 3>&-
	assert_failure
	assert_output "cat: /proc/$seen/environ: Permission denied"
}

# A process in the target's PID namespace that is still cgns-enter: its number in there.
_stranger_is_seen()
{
	# shellcheck disable=SC2016
	seen=$(nsenter -t "$CG_PID" -U -m -p sh -c 'for p in /proc/[0-9]*; do
		read -r comm < $p/comm; [ "$comm" != cgns-enter ] || echo ${p#/proc/}; done')
	[[ -n $seen ]]
}

@test "after a foreign mount namespace is entered, nothing is looked up in its /proc or /sys" {
	container --mount --pid --mount-proc
	for options in '-m' '-a -c' '-m --caps none' '-m --caps target -S follow -G follow' \
		'-m -p --caps kill --no-new-privs -r -w -e'; do
		# shellcheck disable=SC2086
		run env ASAN_OPTIONS=detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/log" \
			-e trace=setns,%file,execve,execveat cgns-enter -t "$CG_PID" $options /bin/true 3>&-
		assert_success
		grep -q 'setns(.*CLONE_NEWNS' "$BATS_TEST_TMPDIR/log"
		# Between the setns() and the exec that follows it.
		run sed -n '/setns(.*CLONE_NEWNS/,/execve("/p' "$BATS_TEST_TMPDIR/log"
		refute_output --partial /proc
		refute_output --partial /sys
	done
}

## CVE-2024-21626: the working directory -------------------------------------------------------

@test "the program's working directory lies within its root" {
	local root=$BATS_TEST_TMPDIR/root

	mkdir -p "$root"
	cg_root_at "$root"
	unshare --cgroup chroot "$root" sleep infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	cg_until cg_runs $! sleep
	cd /etc
	for options in -r "-r$root"; do
		entered -t $! "$options" /bin/pwd
		assert_output /
		entered -t $! "$options" sh -c 'cd ..; cd ..; pwd -P; ls -d usr'
		assert_output $'/\nusr'
	done
	# One that does is kept, under its name in there.
	cd "$root/usr/bin"
	entered -t $! -r /bin/pwd
	assert_output /usr/bin
	cd /etc
	for wd in /etc "$BATS_TEST_TMPDIR" ..; do
		refused -t $! -r --wd="$wd" echo not run
		said "the working directory is not within the program's root"
	done
	# A directory that has no name any more leads out by ".." as well.
	mkdir "$BATS_TEST_TMPDIR/gone"
	cd "$BATS_TEST_TMPDIR/gone"
	rmdir "$BATS_TEST_TMPDIR/gone"
	entered -t $! -r /bin/pwd
	assert_output /
	cd /
	umount --recursive --lazy "$root"
}

@test "a working directory of the host is not carried into another mount namespace" {
	container --mount --pid --mount-proc
	# The leak checker needs its own /proc at the end.
	ASAN_OPTIONS=detect_leaks=0 refused -t "$CG_PID" -m --wd=/etc echo not run
	said "the working directory is not within the program's root"
	said '/etc is looked up before the target is entered'
	cd /etc
	entered -t "$CG_PID" -m /bin/pwd
	assert_output /
	refused -t "$CG_PID" -w echo not run
	said 'mount namespace (-m)'
}

## Capabilities --------------------------------------------------------------------------------

_caps='grep -E ^(Cap|NoNewPrivs) /proc/self/status'

# cap_set NAME: that line of $output, as a number
cap_set()
{
	echo $((16#$(sed -n "s/^$1:[[:space:]]*//p" <<< "$output")))
}

@test "CVE-2022-24769: inheritable and ambient sets are empty, whatever the caller's were" {
	cg_ns_sleeper "$CG_NAME/t"
	# shellcheck disable=SC2086
	run setpriv --inh-caps +net_raw,+chown --ambient-caps +net_raw $_caps
	[[ $(cap_set CapInh) != 0 && $(cap_set CapAmb) != 0 ]]
	for options in '' '-c' '--caps keep' '--caps target'; do
		# shellcheck disable=SC2086
		run setpriv --inh-caps +net_raw,+chown --ambient-caps +net_raw \
			cgns-enter -t "$CG_PID" $options $_caps 3>&-
		assert_success
		[[ $(cap_set CapInh) == 0 && $(cap_set CapAmb) == 0 ]] || fail "$options: $output"
	done
}

@test "--caps none and names: all five sets are what was asked, for root and others" {
	local list=$((1 << 5 | 1 << 0))

	cg_ns_sleeper "$CG_NAME/t"
	for who in '' '-S 12345 -G 12345'; do
		# shellcheck disable=SC2086
		entered -t "$CG_PID" $who --caps none $_caps
		for set in CapInh CapPrm CapEff CapBnd CapAmb; do
			[[ $(cap_set $set) == 0 ]] || fail "$who: $output"
		done
		# shellcheck disable=SC2086
		entered -t "$CG_PID" $who --caps kill,CAP_CHOWN $_caps
		for set in CapInh CapPrm CapEff CapBnd CapAmb; do
			[[ $(cap_set $set) == "$list" ]] || fail "$who: $output"
		done
	done
}

@test "--caps none, --no-new-privs: a set-user-ID program gains nothing" {
	cg_ns_sleeper "$CG_NAME/t"
	cg_public cgns-enter
	cp "$(command -v grep)" "$CG_PUBLIC/setuid-grep"
	chmod 4755 "$CG_PUBLIC/setuid-grep"
	entered -t "$CG_PID" -S 12345 -G 12345 "$CG_PUBLIC/setuid-grep" -E '^(Cap|Uid)' /proc/self/status
	[[ $(cap_set CapEff) != 0 ]] || skip "set-user-ID programs gain nothing on this file system"
	entered -t "$CG_PID" -S 12345 -G 12345 --caps none \
		"$CG_PUBLIC/setuid-grep" -E '^(Cap|Uid)' /proc/self/status
	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		[[ $(cap_set $set) == 0 ]] || fail "$output"
	done
	entered -t "$CG_PID" -S 12345 -G 12345 --no-new-privs \
		"$CG_PUBLIC/setuid-grep" -E '^(Cap|Uid|NoNewPrivs)' /proc/self/status
	[[ $(cap_set NoNewPrivs) == 1 && $(cap_set CapEff) == 0 ]] || fail "$output"
}

# within_target: every set in $output is a part of the target's
within_target()
{
	local set theirs

	for set in CapInh CapPrm CapEff CapBnd CapAmb; do
		theirs=$((16#$(sed -n "s/^$set:[[:space:]]*//p" "/proc/$CG_PID/status")))
		(($(cap_set $set) & ~theirs)) && fail "$1: $set is more than the target's: $output"
	done
	return 0
}

# A sleeping process in a new cgroup namespace, with the credentials that setpriv makes.
target_with()
{
	unshare --cgroup setpriv "$@" sleep infinity < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
}

@test "--caps target: in no set more than the target has" {
	target_with --inh-caps -all --bounding-set -all,+kill,+chown,+net_raw
	# shellcheck disable=SC2086
	entered -t "$CG_PID" --caps target $_caps
	within_target root
	[[ $(cap_set CapEff) == $((1 << 5 | 1 << 0 | 1 << 13)) ]] || fail "root got less: $output"
	# shellcheck disable=SC2086
	entered -t "$CG_PID" --caps target -S 12345 -G 12345 $_caps
	within_target user

	# It has given its permitted capabilities up, but not the bounding set: root must not get it.
	target_with --reuid 12345 --regid 12345 --clear-groups --bounding-set -all,+kill,+chown
	# shellcheck disable=SC2086
	entered -t "$CG_PID" --caps target $_caps
	within_target 'root for a user'
	# shellcheck disable=SC2086
	entered -t "$CG_PID" --caps target -S follow -G follow $_caps
	within_target follow
	[[ $(cap_set CapBnd) == $((1 << 5 | 1 << 0)) ]] || fail "sudo would do less than for the target: $output"

	target_with --reuid 12345 --regid 12345 --clear-groups --inh-caps +kill --ambient-caps +kill \
		--no-new-privs
	# shellcheck disable=SC2086
	entered -t "$CG_PID" --caps target -S follow -G follow $_caps
	within_target ambient
	[[ $(cap_set CapEff) == $((1 << 5)) ]] || fail "less than the target: $output"
	[[ $(cap_set NoNewPrivs) == 1 ]] || fail "the target cannot gain by exec, the program can: $output"
}

@test "--caps target: of a target in another user namespace only in there" {
	container --user --map-root-user
	refused -t "$CG_PID" --caps target echo not run
	said 'has its capabilities in another user namespace: enter that as well, with -U'
	# shellcheck disable=SC2086
	entered -t "$CG_PID" -U --caps target $_caps
	within_target 'in its user namespace'
}

@test "what the caller lacks, the program is not given" {
	cg_ns_sleeper "$CG_NAME/t"
	run -125 --separate-stderr setpriv --bounding-set -kill cgns-enter -t "$CG_PID" --caps kill echo not run 3>&-
	assert_output ''
	said 'cannot give the program what the caller lacks (CAP_KILL)'
	run -125 --separate-stderr setpriv --bounding-set -setpcap cgns-enter -t "$CG_PID" --caps none echo not run 3>&-
	said "needs CAP_SETPCAP in the caller's own user namespace"
	run -125 --separate-stderr setpriv --bounding-set -setuid cgns-enter -t "$CG_PID" -S 12345 echo not run 3>&-
	said "cannot become user 12345: Operation not permitted: needs CAP_SETUID"
	run -125 --separate-stderr setpriv --bounding-set -setgid cgns-enter -t "$CG_PID" -G 12345 echo not run 3>&-
	said "cannot set the supplementary groups: Operation not permitted: needs CAP_SETGID"
}

## CVE-2025-52881: writes go to cgroup filesystems only ----------------------------------------

@test "nothing is written to a file that only looks like a cgroup's" {
	cg_needs_private_mounts
	local h dir

	read -r h dir < <(cg_hierarchies)
	cg_ns_sleeper "$CG_NAME/t" "$h"
	# In the caller's mount namespace something else covers the cgroup.
	run unshare --mount bash -c "mount -t tmpfs none '$dir/$CG_NAME/t' &&
		: > '$dir/$CG_NAME/t/cgroup.procs' &&
		cgns-enter -t $CG_PID -c echo not run; cat '$dir/$CG_NAME/t/cgroup.procs' | wc -c" 3>&-
	assert_output --partial cgns-enter:
	refute_output --partial 'not run'
	[[ ${lines[-1]} == 0 ]] || fail "written: $output"
	run unshare --mount bash -c "mount -t tmpfs none '$dir' && mkdir -p '$dir/$CG_NAME/t' &&
		: > '$dir/$CG_NAME/t/cgroup.procs' &&
		cgns-enter -t $CG_PID -c echo not run; cat '$dir/$CG_NAME/t/cgroup.procs' | wc -c" 3>&-
	refute_output --partial 'not run'
	[[ ${lines[-1]} == 0 ]] || fail "written: $output"
}

@test "CVE-2021-4197: what was opened for joining is closed before the target is entered" {
	container --mount --pid --mount-proc
	while read -r h _; do
		cg_make "$h" "$CG_NAME/t" > /dev/null
		cg_move "$h" "$CG_NAME/t" "$CG_PID"
	done < <(cg_hierarchies)
	run env ASAN_OPTIONS=detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/log" \
		-e trace=setns,openat2,close,execve cgns-enter -t "$CG_PID" -m -c true 3>&-
	assert_success
	# Every descriptor of a cgroup.procs that was opened, was closed before the first setns.
	run awk '/setns\(/ { exit }
		/openat2\(.*"cgroup.procs"/ && / = [0-9]+$/ { open[$NF] = 1 }
		match($0, /close\([0-9]+/) { delete open[substr($0, RSTART + 6, RLENGTH - 6)] }
		END { for (fd in open) print fd }' "$BATS_TEST_TMPDIR/log"
	assert_output ''
	grep -q 'openat2(.*"cgroup.procs"' "$BATS_TEST_TMPDIR/log"
}

## What -M mounts is what the program has ------------------------------------------------------

# in_container ARGUMENT...: the directory of the hierarchy is the container's root for the program
in_container()
{
	run -0 cgns-enter -t "$CG_PID" -c -M "$@" -- stat -c %i "$dir"
	assert_output "$(stat -c %i "$dir/$CG_NAME/c")"
	run -0 cgns-enter -t "$CG_PID" -c -M "$@" -- sh -c 'cat /proc/self/mountinfo'
	refute_line --regexp '^([^ ]+ ){3}/\.\.[^ ]* .* - cgroup2? '
}

@test "-M with -r or -w: root and directory lie on the mounts that -M has made" {
	cg_needs_private_mounts
	local dir

	cg_choose_hierarchy
	dir=$(cg_dir "$h")
	cg_ns_sleeper "$CG_NAME/c" "$h"
	in_container --root=/
	in_container --root
	in_container --wd=/etc
	in_container --wd
	in_container --root=/ --wd="$dir"
	in_container --root --wd
	run -0 cgns-enter -t "$CG_PID" -M --wd=/etc pwd
	assert_output /etc
}

@test "-M with -r or -w: another mount namespace's root and directory are refused" {
	cg_needs_private_mounts
	# shellcheck disable=SC2016
	unshare --cgroup --mount --fork --kill-child sh -c '
		mount -t tmpfs none "$1" && mkdir "$1/x" && cd "$1/x" && exec sleep infinity' \
		sh "$BATS_TEST_TMPDIR" </dev/null >/dev/null 3>&- &
	container=$!
	cg_record "$container"
	cg_until _container_sleeps
	run cgns-enter -t "$CG_PID" -M --wd true
	assert_failure 125
	[[ $output == *'/x is not in the caller'*'add -m, or give --wd a directory'* ]] || fail "$output"
}

@test "-U by a namespace file: the caller's supplementary groups are left behind" {
	container --user --map-root-user
	run -0 setpriv --groups 27,33 cgns-enter -t "/proc/$CG_PID/ns/cgroup" -U \
		sed -n 's/^Groups:[[:blank:]]*//p' /proc/self/status
	assert_output ''
}
