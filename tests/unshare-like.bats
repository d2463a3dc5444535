#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# cgns-unshare beside unshare(1) of util-linux: the options that both have do the same. A program
# under each of them writes down all that it can see of its world, and the two are compared.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cat > "$BATS_TEST_TMPDIR/world" <<- 'END'
		#!/bin/sh
		# A descriptor that a shell or a test left open is none of the program's business.
		echo "pid $$"
		echo "id $(id)"
		echo "cwd $(pwd -P)"
		echo "root $(ls -di /)"
		for map in uid_map gid_map setgroups; do
			echo "$map $(cat /proc/self/$map 2>&1)"
		done
		# Which namespaces are not those of the caller: their numbers differ from run to run.
		for ns in cgroup ipc mnt net pid pid_for_children time time_for_children user uts; do
			if [ "$(readlink /proc/self/ns/$ns)" = "$(echo "$CALLER" | sed -n "s/^$ns //p")" ]; then
				echo "ns $ns old"
			else
				echo "ns $ns new"
			fi
		done
		# Mounts without their numbers, and those of file systems without a disk, which differ, but
		# with how they propagate.
		sed -E 's/^[0-9]+ [0-9]+ (0:[0-9]+)?//; s/(shared|master):[0-9]+/\1/g' /proc/self/mountinfo
		grep -E '^(Cap|NoNewPrivs|Groups|Seccomp)' /proc/self/status
		# other suites have hierarchies of their own for a moment, with the name of a run
		grep -v ':name=cgns-' /proc/self/cgroup
		ls /proc | grep -c '^[0-9]*$' | sed 's/^[2-9]$/few/; s/^..*[0-9]$/many/'
		ls /sys/class/net 2> /dev/null
		ip link 2> /dev/null | wc -l
		umask
		ulimit -n
	END
	chmod 755 "$BATS_TEST_TMPDIR/world"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"/.. "$BATS_TEST_TMPDIR"/../..
	CALLER=$(cd /proc/self/ns && for ns in *; do echo "$ns $(readlink "$ns")"; done)
	export CALLER
}

teardown()
{
	cg_teardown
}

# alike OPTION...: both show the program the same world, with the same exit status. In a mount and a
# network namespace of the test's own, where no other suite changes anything between the two runs;
# mounts propagate in it, so that it is seen whether they go on doing so. AS: a command that makes
# the caller another user.
alike()
{
	cg_needs_private_mounts
	unshare --net --mount --propagation private sh -c '
		mount --make-rshared /
		dir=$1
		shift
		$AS unshare --cgroup "$@" "$dir/world" > "$dir/theirs" 2> "$dir/theirs.err"
		echo "status $?" >> "$dir/theirs"
		$AS cgns-unshare "$@" "$dir/world" > "$dir/ours" 2> "$dir/ours.err"
		echo "status $?" >> "$dir/ours"' sh "$BATS_TEST_TMPDIR" "$@"
	# A program without --pid has some number or other.
	[[ " $* " == *' -p '* && " $* " == *' -f '* ]] \
		|| sed -i 's/^pid [0-9]*/pid N/' "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
	diff -u "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
}

# both_fail OPTION...: unshare refuses with its 1, cgns-unshare with its 125
both_fail()
{
	run unshare --cgroup "$@" true
	assert_equal "$status" 1
	run cgns-unshare "$@" true
	assert_equal "$status" 125
}

# worked: the last alike compared something
worked()
{
	local line

	for line in 'status 0' "$1"; do
		grep -qx "$line" "$BATS_TEST_TMPDIR/ours" || fail "not found: $line; in:" \
			"$(cat "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/ours.err")"
	done
}

@test "like unshare: one new namespace at a time" {
	cg_needs_user_namespaces
	local option ns

	for option in i:ipc m:mnt n:net u:uts p:pid_for_children T:time_for_children U:user; do
		ns=${option#*:}
		[[ -e /proc/self/ns/$ns ]] || continue
		alike "-${option%:*}"
		# Without a fork a new PID namespace ends with the first command that the program runs, and
		# with a new time namespace Linux 6.1 lets it run none by vfork.
		[[ $option != [pT]:* ]] || continue
		worked "ns $ns new"
		worked 'ns cgroup new'
	done
}

@test "like unshare: with a fork" {
	alike -f
	worked 'ns pid old'
	alike -p -f
	worked 'pid 1'
	if [[ -e /proc/self/ns/time ]]; then
		alike -T -f
		worked 'ns time new'
		alike -T -p -f -m
		worked 'ns pid new'
	fi
}

@test "like unshare: all together" {
	cg_needs_user_namespaces
	alike -i -m -n -u -p -f
	worked 'ns net new'
	alike -i -m -n -u -p -f -r
	worked 'ns user new'
}

@test "like unshare: maps of ids" {
	cg_needs_user_namespaces
	alike -r
	worked 'uid_map *0 *0 *1'
	alike -c
	worked 'setgroups deny'
	alike -U
	worked 'uid_map '
	alike -r -p -f
	alike -c -p -f
	alike -U -p -f
	alike -r -c
	alike -c -r
	alike -r -n -f
}

@test "like unshare: as another user" {
	local as=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all)

	"${as[@]}" unshare -U true 2> /dev/null || skip "no user namespaces for users here"
	cg_public cgns-unshare
	PATH=$CG_PUBLIC:$PATH
	for option in -r -c '-r -c' '-c -r' '-r -m' '-r -p -f --mount-proc'; do
		# shellcheck disable=SC2086
		AS="${as[*]}" alike $option
		worked 'ns user new'
	done
}

@test "like unshare: --mount-proc" {
	cg_needs_user_namespaces
	alike --mount-proc
	alike -p -f --mount-proc
	worked 1 || worked few
	alike -r -p -f --mount-proc
	mkdir "$BATS_TEST_TMPDIR/proc"
	alike -p -f --mount-proc="$BATS_TEST_TMPDIR/proc"
	both_fail --mount-proc="$BATS_TEST_TMPDIR/none"
	# A proc of the caller's PID namespace is refused to a user namespace by both.
	both_fail -r --mount-proc
}

@test "like unshare: user and group" {
	cg_needs_user_namespaces
	alike -S 65534
	worked 'id uid=65534(nobody).*'
	alike -G 65534
	alike -S 65534 -G 65534
	worked 'id uid=65534(nobody) gid=65534(nogroup).*' || worked 'id uid=65534(nobody) gid=65534.*'
	alike -S 1234 -G 4321 -f
	alike -r -S 0
	both_fail -r -S 1234
	both_fail -r -G 0
	# Names are understood by cgns-unshare alone.
	run -0 cgns-unshare -S nobody -G "$(id -gn nobody)" sh -c 'id -u; id -g'
	assert_output "$(id -u nobody)"$'\n'"$(id -g nobody)"
}

@test "like unshare: root and working directory" {
	local dir=$BATS_TEST_TMPDIR/root

	mkdir -p "$dir/sub"
	cg_root_at "$dir"
	mkdir -p "$dir/tmp"
	alike -R "$dir"
	worked 'cwd /'
	alike -R "$dir" -w /tmp
	worked 'cwd /tmp'
	alike -w /tmp
	worked 'cwd /tmp'
	alike -R "$dir" -p -f --mount-proc
	alike -R "$dir" -m -w /tmp -S 65534
	# A relative one begins at the new root here, and not at a directory outside of it.
	run -0 cgns-unshare -R "$dir" -w tmp pwd -P
	assert_output /tmp
	both_fail -R "$dir/none/at/all"
	both_fail -w "$dir/none/at/all"
	umount -R -l "$dir"
}

@test "like unshare: --kill-child, with every kind of name for a signal" {
	local signal program=$BATS_TEST_TMPDIR/pid

	for command in 'unshare -C' cgns-unshare; do
		for signal in '' =TERM =SIGHUP =15; do
			# Numbers are understood by cgns-unshare alone.
			[[ $command != unshare* || $signal != =15 ]] || continue
			rm -f "$program"
			$command --kill-child$signal sh -c 'echo $$ > "$1.new"; mv "$1.new" "$1"
				exec sleep infinity' sh "$program" < /dev/null > /dev/null 2>&1 3>&- &
			parent=$!
			disown
			cg_until test -s "$program"
			cg_record "$parent" "$(< "$program")"
			kill -KILL "$parent"
			cg_until cg_gone "$(< "$program")"
		done
	done
	# The signal that was asked for is the one that comes.
	rm -f "$program"
	cgns-unshare --kill-child=USR1 sh -c 'trap "echo usr1 > \"\$1.got\"; exit" USR1
		echo $$ > "$1.new"; mv "$1.new" "$1"; while :; do sleep 0.02; done' sh "$program" \
		< /dev/null > /dev/null 2>&1 3>&- &
	parent=$!
	disown
	cg_until test -s "$program"
	cg_record "$parent" "$(< "$program")"
	kill -KILL "$parent"
	cg_until test -s "$program.got"
	# Also when the program has become another user, which makes the kernel forget it.
	rm -f "$program"
	install -m 666 /dev/null "$program"
	cgns-unshare --kill-child -S 65534 -G 65534 sh -c 'echo $$ > "$1"; exec sleep infinity' sh \
		"$program" < /dev/null > /dev/null 2>&1 3>&- &
	parent=$!
	disown
	cg_until test -s "$program"
	cg_record "$parent" "$(< "$program")"
	kill -KILL "$parent"
	cg_until cg_gone "$(< "$program")"
}

@test "like unshare: exit status and death by a signal, with and without a fork" {
	local options

	for options in '' -f '-p -f'; do
		for program in 'exit 0' 'exit 1' 'exit 255' 'kill -KILL $$' 'kill -TERM $$'; do
			# The first process of a PID namespace does not die of its own signals.
			[[ $options != *-p* || $program != kill* ]] || continue
			# shellcheck disable=SC2086
			run unshare -C $options sh -c "$program"
			theirs=$status
			# When SIGKILL killed its child, unshare of util-linux 2.38 says 1.
			[[ $options != -f || $program != 'kill -KILL'* ]] || theirs=137
			# shellcheck disable=SC2086
			run cgns-unshare $options sh -c "$program"
			assert_equal "$options $program $status" "$options $program $theirs"
		done
		[[ $options != *-p* ]] || continue
		# What bash says of a child tells death by a signal from an exit status.
		for signal in KILL:Killed TERM:Terminated; do
			# shellcheck disable=SC2086
			run bash -c 'cgns-unshare "$@"; :' bash $options sh -c "kill -${signal%:*} \$\$"
			assert_output --partial "${signal#*:}"
		done
	done
}

@test "like unshare: environment and arguments go through as they are" {
	local want

	want=$(env -i 'A=b c' $'X=\xff\n' printf '%s|' '' -v -- ' x' $'\n')
	run -0 env -i 'A=b c' $'X=\xff\n' "PATH=$PATH" cgns-unshare printf '%s|' '' -v -- ' x' $'\n'
	assert_output "$want"
	env -i 'A=b c' $'X=\xff\n' unshare -C env > "$BATS_TEST_TMPDIR/theirs"
	env -i 'A=b c' $'X=\xff\n' "$(command -v cgns-unshare)" env > "$BATS_TEST_TMPDIR/ours"
	run -0 cmp "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
}

@test "like unshare: to start a program takes no more system calls" {
	local ours theirs

	cg_needs_strace
	! grep -q __asan_init "$(command -v cgns-unshare)" || skip "sanitizers make calls of their own"
	strace -f -qq -o "$BATS_TEST_TMPDIR/ours" cgns-unshare true
	strace -f -qq -o "$BATS_TEST_TMPDIR/theirs" unshare -C true
	ours=$(grep -c '' "$BATS_TEST_TMPDIR/ours")
	theirs=$(grep -c '' "$BATS_TEST_TMPDIR/theirs")
	assert [ "$ours" -le "$theirs" ]
	# What was not asked for is not looked at either: no cgroup, no mount.
	run -1 grep -E '/proc/self|/sys/fs|clone|fork' "$BATS_TEST_TMPDIR/ours"
}
