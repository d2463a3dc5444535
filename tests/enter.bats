#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-enter: every TARGET form, what entering changes and what it leaves, what the program gets
# from its caller, how it ends, and every refusal that needs no other namespace than the cgroup one.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

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

## Entering ------------------------------------------------------------------------------------

@test "the program is in the target's namespace, and its view of itself is /..-something" {
	local line

	cg_ns_sleeper "$CG_NAME/t"
	entered -t "$CG_PID" readlink /proc/self/ns/cgroup
	assert_output "$(ns_of "$CG_PID")"
	entered -t "$CG_PID" cat /proc/self/cgroup
	for line in "${lines[@]}"; do
		# Hierarchies that are not mounted were not joined by the target either.
		[[ $line == *:/..* || $line == *:/ ]] || fail "$line"
	done
	[[ $output == *:/../..* ]]
}

@test "entering leaves the cgroup as it is in every hierarchy" {
	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID"
	same_cgroups "$PROGRAM_PID" $$
	[[ $(ns_of "$PROGRAM_PID") == "$(ns_of "$CG_PID")" ]]
}

@test "without need the program is run in the place of cgns-enter" {
	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID" -c
	[[ $PROGRAM_PID == "$ENTER_PID" ]]
}

@test "one's own namespace can be entered, also without privileges" {
	entered -t self readlink /proc/self/ns/cgroup
	assert_output "$(ns_of self)"
	entered -t $$ readlink /proc/self/ns/cgroup
	assert_output "$(ns_of self)"
	cg_public cgns-enter
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t self readlink /proc/self/ns/cgroup
	assert_success
	assert_output "$(ns_of self)"
}

@test "the initial namespace can be entered from another one" {
	[[ $(ns_of self) == 'cgroup:[4026531835]' ]] || skip "not in the initial namespace"
	cg_sleeper "$CG_NAME/t"
	run unshare --cgroup cgns-enter -t "$CG_PID" readlink /proc/self/ns/cgroup
	assert_success
	assert_output 'cgroup:[4026531835]'
}

## TARGET --------------------------------------------------------------------------------------

# enters TARGET: it names the namespace of CG_PID
enters()
{
	entered -t "$1" readlink /proc/self/ns/cgroup
	assert_output "$(ns_of "$CG_PID")"
}

@test "TARGET may be a PID, a namespace file, an inode, a cgroup" {
	local h inode

	read -r h _ < <(cg_hierarchies | grep -E '^(unified|name=systemd|memory|cpu) ' | sort -r)
	cg_ns_sleeper "$CG_NAME/t"
	inode=$(ns_of "$CG_PID")
	enters "$CG_PID"
	enters "/proc/$CG_PID/ns/cgroup"
	enters "/proc/$CG_PID/task/$CG_PID/ns/cgroup"
	enters "$inode"
	inode=${inode//[!0-9]/}
	enters "$inode"
	enters "cgroup:/$CG_NAME/t"
	: > "$BATS_TEST_TMPDIR/ns"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$BATS_TEST_TMPDIR/ns"
	enters "$BATS_TEST_TMPDIR/ns"
	cd "$BATS_TEST_TMPDIR"
	enters ./ns
}

@test "TARGET may be a PID with its pidfd's inode, and PID reuse is refused" {
	local inode

	kernel_is 6.9 || skip "pidfds have inodes of their own from Linux 6.9 on"
	cg_ns_sleeper "$CG_NAME/t"
	inode=$("$CGNS_BUILD/tests/probe" pidfd "$CG_PID")
	enters "$CG_PID:$inode"
	refused -t "$CG_PID:$((inode + 1))" echo not run
	said 'its PID was used again'
}

@test "TARGET may be a single thread's namespace" {
	local tid

	mkfifo "$BATS_TEST_TMPDIR/fifo"
	"$CGNS_BUILD/tests/probe" thread > "$BATS_TEST_TMPDIR/fifo" 3>&- &
	cg_record $!
	read -r tid < "$BATS_TEST_TMPDIR/fifo"
	[[ $(ns_of $!) != "$(readlink "/proc/$!/task/$tid/ns/cgroup")" ]]
	entered -t "/proc/$!/task/$tid/ns/cgroup" readlink /proc/self/ns/cgroup
	assert_output "$(readlink "/proc/$!/task/$tid/ns/cgroup")"
}

@test "a namespace without a process can be entered" {
	cg_ns_sleeper "$CG_NAME/t"
	: > "$BATS_TEST_TMPDIR/ns"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$BATS_TEST_TMPDIR/ns"
	local inode
	inode=$(ns_of "$CG_PID")
	kill -KILL "$CG_PID"
	cg_until cg_gone "$CG_PID"
	entered -t "$BATS_TEST_TMPDIR/ns" readlink /proc/self/ns/cgroup
	assert_output "$inode"
}

@test "a namespace whose root was removed can still be entered" {
	local h dir

	h=$(cg_hierarchies | { read -r h _; echo "$h"; })
	cg_ns_sleeper "$CG_NAME/t/gone" "$h"
	dir=$(cg_make "$h" "$CG_NAME/t")
	cg_move "$h" "$CG_NAME/t" "$CG_PID"
	cg_until rmdir "$dir/gone"
	entered -t "$CG_PID" readlink /proc/self/ns/cgroup
	assert_output "$(ns_of "$CG_PID")"
}

## The program ---------------------------------------------------------------------------------

@test "piped input and output pass through untouched" {
	local sum

	cg_ns_sleeper "$CG_NAME/t"
	head -c 300000 /dev/urandom > "$BATS_TEST_TMPDIR/data"
	sum=$(md5sum < "$BATS_TEST_TMPDIR/data")
	for options in '' -c '-c -p' --join-root '-c --subgroup s' -M '-c -M'; do
		[[ $options != *-M* ]] || cg_has_private_mounts || continue
		# shellcheck disable=SC2002,SC2086
		run bash -c "cat '$BATS_TEST_TMPDIR/data' |
			cgns-enter -t $CG_PID $options cat | md5sum" 3>&-
		assert_success
		assert_output "$sum"
	done
}

@test "exit status: the program's own" {
	cg_ns_sleeper "$CG_NAME/t"
	for options in '' '--join-cgroup --subgroup s'; do
		for wanted in 0 1 42 125 255; do
			# shellcheck disable=SC2086
			run cgns-enter -t "$CG_PID" $options -- sh -c "exit $wanted" 3>&-
			[[ $status == "$wanted" ]] || fail "$options: $status for $wanted: $output"
		done
	done
}

@test "exit status: death by the program's signal" {
	cg_ns_sleeper "$CG_NAME/t"
	for options in '' '-c --subgroup s'; do
		for signal in TERM KILL SEGV PIPE; do
			# The parent shell sees the signal itself, not 128 + its number.
			# shellcheck disable=SC2086
			run perl -e 'my $s = system(@ARGV); print $s & 127' \
				cgns-enter -t "$CG_PID" $options -- sh -c "kill -$signal \$\$" 3>&-
			assert_output "$(kill -l "$signal")"
		done
	done
}

@test "exit status: 127 for no program, 126 for no executable one, 125 for our own failure" {
	cg_ns_sleeper "$CG_NAME/t"
	echo 'true' > "$BATS_TEST_TMPDIR/plain"
	for options in '' '-c --subgroup s'; do
		# shellcheck disable=SC2086
		run -127 --separate-stderr cgns-enter -t "$CG_PID" $options no-such-program 3>&-
		said "cannot run 'no-such-program': No such file or directory: not in PATH"
		# shellcheck disable=SC2086
		run -126 --separate-stderr cgns-enter -t "$CG_PID" $options "$BATS_TEST_TMPDIR/plain" 3>&-
		said "plain': Permission denied: not executable"
		# shellcheck disable=SC2086
		run -126 --separate-stderr cgns-enter -t "$CG_PID" $options /etc 3>&-
	done
	run -125 --separate-stderr cgns-enter -t "$CG_PID" --caps none --wd=/no/such/dir true 3>&-
	said 'cannot open directory /no/such/dir: No such file or directory'
}

@test "a script whose interpreter is missing is told from a missing program" {
	printf '#!/no/such/interpreter\n' > "$BATS_TEST_TMPDIR/script"
	chmod +x "$BATS_TEST_TMPDIR/script"
	run -127 --separate-stderr cgns-enter -t self "$BATS_TEST_TMPDIR/script" 3>&-
	said 'the file is there, but not the interpreter that it names'
}

@test "the default program is the login shell" {
	run env SHELL=/bin/bash bash -c "echo 'echo \$0' | cgns-enter -t self" 3>&-
	assert_output -- -bash
	run env -u SHELL bash -c "echo 'echo \$0' | cgns-enter -t self" 3>&-
	assert_output -- -sh
	run env SHELL= bash -c "echo 'echo \$0' | cgns-enter -t self" 3>&-
	assert_output -- -sh
	run env SHELL=/no/such/shell bash -c "echo 'echo \$0' | cgns-enter -t self" 3>&-
	assert_output -- -sh
}

# What a program finds open, without what differs between any two runs.
# By what they are: names are not the same from another root.
_list_fds='find -L "/proc/$$/fd" -mindepth 1 ! -name [12] -printf "%f %D:%i\n"; :'

@test "the program gets the descriptors that its caller passed on, and none of ours" {
	cg_ns_sleeper "$CG_NAME/t"
	bash -c "$_list_fds" 7< /etc/passwd > "$BATS_TEST_TMPDIR/wanted" 2> /dev/null 3>&-
	grep -qx "7 $(stat -c %d:%i /etc/passwd)" "$BATS_TEST_TMPDIR/wanted"
	for options in '' -c --join-root '-c --subgroup s' '-c -F --subgroup s' -M '-c -M' \
		'--keep-fds -a' '--keep-fds -r -w -e' '--keep-fds -p -m' '--caps none' '-S 12345 -G 12345'; do
		[[ $options != *-M* ]] || cg_has_private_mounts || continue
		# shellcheck disable=SC2086
		cgns-enter -t "$CG_PID" $options bash -c "$_list_fds" 7< /etc/passwd \
			2> "$BATS_TEST_TMPDIR/err" > "$BATS_TEST_TMPDIR/wanted.new" 3>&- ||
			fail "$options: $(< "$BATS_TEST_TMPDIR/err")"
		run diff "$BATS_TEST_TMPDIR/wanted" "$BATS_TEST_TMPDIR/wanted.new"
		[[ $status == 0 ]] || fail "$options: $output"
	done
}

@test "among strangers the program gets no descriptor but the standard ones" {
	cg_ns_sleeper "$CG_NAME/t"
	for options in -a -m -p -r -r/ '-m -F' '-c -r -w'; do
		# shellcheck disable=SC2086
		entered -t "$CG_PID" $options -- \
			bash -c 'for fd in 3 7 8 50; do ! { : >&$fd; } 2> /dev/null || echo "$fd"; done' \
			7< /etc/passwd 8> /dev/null 50< "$BATS_TEST_TMPDIR"
		[[ -z $output ]] || fail "$options: open: $output"
	done
	# What is named by such a descriptor is found all the same.
	exec {ns}< "/proc/$CG_PID/ns/cgroup"
	entered -t "/proc/self/fd/$ns" -r/ -- true
	exec {ns}<&-
}

@test "among strangers the program gets a session keyring of its own" {
	local probe=$CGNS_BUILD/tests/probe own ways=(-p -r -r/)

	# From a chroot, a mount namespace that is entered has another root, where the probe is not.
	[[ $(nsenter --target $$ --mount stat -c %d:%i /) != "$(stat -c %d:%i /)" ]] || ways+=(-a -m)
	cg_ns_sleeper "$CG_NAME/t"
	own=$("$probe" session "$probe" facts | grep '^keyring')
	[[ $own != 'keyring -1' ]] || skip "there are no keyrings here"
	for options in "${ways[@]}"; do
		run --separate-stderr "$probe" session bash -c '
			"$1" facts | grep "^keyring"
			"${@:2}" "$1" facts | grep "^keyring"' bash "$probe" cgns-enter -t "$CG_PID" "$options"
		assert_equal "$status" 0
		assert_equal "${#lines[@]}" 2
		[[ ${lines[0]} != "${lines[1]}" ]] || fail "$options: the caller's keyring"
	done
	run "$probe" session bash -c '"$1" facts | grep "^keyring"; "${@:2}" "$1" facts | grep "^keyring"' \
		bash "$probe" cgns-enter -t "$CG_PID" -c
	assert_equal "${lines[0]}" "${lines[1]}"
}

@test "a copy of the program that nobody can write to is made also where memory files are not run" {
	[[ -e /proc/sys/vm/memfd_noexec ]] || skip "this kernel has no vm.memfd_noexec"
	cg_needs_private_mounts
	cg_public cgns-enter
	cg_public cgns-unshare
	# The sysctl is of the PID namespace.
	run --separate-stderr unshare --pid --fork --mount-proc bash -c '
		echo 2 > /proc/sys/vm/memfd_noexec || exit 9
		cgns-enter -t self -r -- sh -c "exit 0" && echo entered
		cgns-unshare -f -R / -- sh -c "if : > /proc/\$PPID/exe; then echo written; fi"
		cg_as_nobody() { setpriv --reuid 65534 --regid 65534 --clear-groups "$@"; }
		cg_as_nobody "$1/cgns-enter" -t self -r true' bash "$CG_PUBLIC" 3>&-
	[[ $status != 9 ]] || skip "vm.memfd_noexec cannot be changed here"
	assert_equal "$status" 125
	assert_output entered
	said 'Read-only file system'
	said 'the sysctl vm.memfd_noexec is 2'
}

@test "users and groups can be given by name, looked up before anything is entered" {
	cg_ns_sleeper "$CG_NAME/t"
	entered -t "$CG_PID" -S nobody -G "$(id -gn nobody)" -- id -u
	assert_output "$(id -u nobody)"
	entered -t "$CG_PID" -C -S nobody -G "$(id -gn nobody)" -- id -G
	assert_output "$(id -g nobody)"
	misused -t "$CG_PID" -S no-such-user true
	said "no such user: 'no-such-user'"
	misused -t "$CG_PID" -G no-such-group true
	said "no such group: 'no-such-group'"
}

@test "an argument that may be left out is not taken for something else" {
	cg_ns_sleeper "$CG_NAME/t"
	misused -t "$CG_PID" -w /tmp true
	said "'/tmp' is a directory, not a program: if it belongs to the option, write '-w/tmp'"
	misused -t "$CG_PID" -r /
	said "write '-r/'"
	misused -t "$CG_PID" -M /tmp true
	said "write '-M/tmp'"
	misused -t "$CG_PID" --wd /tmp true
	said "write '--wd=/tmp'"
	misused -t "$CG_PID" -Mr true
	said "write '-M -r' for two options, or '--mount-cgroup=r' if it is meant"
	misused -t "$CG_PID" --caps none,chown true
	said "'none' stands alone, not in a list of capabilities"
	entered -t "$CG_PID" -w -- true
	entered -t "$CG_PID" -r /bin/true
	entered -t "$CG_PID" -w/tmp pwd
	assert_output /tmp
}

@test "standard descriptors that the caller has closed stay closed, and nothing of ours takes their place" {
	local h dir

	cg_ns_sleeper "$CG_NAME/t"
	for options in '' -c '-c --subgroup s' -a; do
		# shellcheck disable=SC2086
		cgns-enter -t "$CG_PID" $options bash -c \
			"find /proc/\$\$/fd -mindepth 1 -printf '%f %l\n' > '$BATS_TEST_TMPDIR/fds'; :" \
			<&- >&- 2>&- 3>&-
		run grep -E '^[0-2] ' "$BATS_TEST_TMPDIR/fds"
		assert_output ''
	done
	# What is said goes nowhere, also where a cgroup's file was the next to be opened.
	run -127 bash -c "strace -f -o '$BATS_TEST_TMPDIR/log' -e trace=write \
		env ASAN_OPTIONS=detect_leaks=0 cgns-enter -v -t $CG_PID -c /no/such/program 2>&- 3>&-"
	run grep -E 'write\(2, "cgns-enter: cannot run .* = [0-9]+$' "$BATS_TEST_TMPDIR/log"
	assert_success
}

@test "the program gets its caller's signal mask and dispositions" {
	local around='env --ignore-signal=CHLD,USR1,HUP --block-signal=USR2,TERM --default-signal=PIPE'

	cg_ns_sleeper "$CG_NAME/t"
	for with in "$around" 'env --default-signal'; do
		wanted=$($with grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status)
		for options in '' -c '-c --subgroup s'; do
			# shellcheck disable=SC2086
			run $with cgns-enter -t "$CG_PID" $options grep -E '^Sig(Blk|Ign|Cgt):' /proc/self/status 3>&-
			assert_output "$wanted"
		done
	done
}

@test "--verbose says each step on standard error, and standard output stays the program's" {
	local mount=''

	cg_ns_sleeper "$CG_NAME/t"
	! cg_has_private_mounts || mount=-M
	# shellcheck disable=SC2086
	entered -v -t "$CG_PID" -c --subgroup s $mount echo ready
	assert_output ready
	for text in "created /$CG_NAME/t/s in " "joined /$CG_NAME/t/s in " "entered namespaces of $CG_PID: cgroup" \
		${mount:+mounted}; do
		said "$text"
	done
	# shellcheck disable=SC2086
	entered -t "$CG_PID" -c $mount echo ready
	[[ -z $stderr ]] || fail "said without being asked: $stderr"
}

@test "a full disk is an error for --help and --version" {
	for option in --help --version -h -V; do
		run -125 --separate-stderr bash -c "cgns-enter $option > /dev/full" 3>&-
		said 'cannot write to standard output: No space left on device'
	done
	run -0 cgns-enter --version
	[[ $output == 'cgns-enter from cgns '* ]]
}

## Refusals ------------------------------------------------------------------------------------

@test "wrong usage is explained" {
	misused
	said 'no target'
	misused -t nonsense true
	said 'cgroup:/PATH'
	misused -t self --joincgroup true
	said "did you mean '--join-cgroup'?"
	misused -t self -c --join-root true
	said 'exclude each other'
	misused -t self --subgroup x true
	said 'add --join-cgroup or --join-root'
	for name in a/b .. . $'a\nb'; do
		misused -t self -c --subgroup "$name" true
		said 'is not a valid name of a cgroup'
	done
	for name in -t -S -G --subgroup --caps; do
		misused -t self "$name" '' true
		said "has an empty argument: as in '--"
	done
	for name in --root --wd --mount-cgroup; do
		misused -t self "$name=" true
		said "option '$name' has an empty argument: as in '${name}[=DIR]'"
	done
	misused -t self -M -m true
	said '--mount-cgroup excludes'
	misused -t self -M -a true
	for id in -1 x '' 1x 4294967295 99999999999999999999; do
		misused -t self -S "$id" true
		misused -t self -G "$id" true
	done
	misused -t self --caps sys_admn true
	said "did you mean 'sys_admin'?"
	misused -t self --caps none,kill true
}

@test "what needs a process is refused for a namespace alone" {
	cg_ns_sleeper "$CG_NAME/t"
	for options in -c -a -n '-S follow' '-G follow' -r -w -e '--caps target'; do
		# shellcheck disable=SC2086
		misused -t "/proc/$CG_PID/ns/cgroup" $options true
		said "needs a process as TARGET"
		# shellcheck disable=SC2086
		misused -t "$(ns_of "$CG_PID")" $options true
	done
	misused -t "/proc/$CG_PID/ns/cgroup" -c true
	said '--join-root works without a process'
}

@test "a target that has ended is said to have ended" {
	cg_zombie
	refused -t "$CG_PID" echo not run
	said 'zombie'
	cg_sleeper
	kill -KILL "$CG_PID"
	cg_until test ! -d "/proc/$CG_PID"
	refused -t "$CG_PID" echo not run
	said 'No such process'
}

@test "what is no cgroup namespace is refused, and said what it is" {
	refused -t "/proc/$$/ns/mnt" echo not run
	said "is not a cgroup namespace: it is a namespace of another type"
	refused -t /etc/passwd echo not run
	said 'ordinary file'
	refused -t /etc echo not run
	said 'directory'
	refused -t 'cgroup:[4026530000]' echo not run
	# A process with a capability that this shell lacks may hold it.
	[[ $stderr == *'could not be searched for lack of privileges'* ]] ||
		said 'no cgroup namespace with inode 4026530000'
	refused -t "cgroup:/$CG_NAME/none" echo not run
	refused -t "$BATS_TEST_TMPDIR/none" echo not run
	said 'No such file or directory'
}

@test "a missing CAP_SYS_ADMIN is named, and the user namespace it is missing in" {
	cg_ns_sleeper "$CG_NAME/t"
	run -125 --separate-stderr setpriv --bounding-set -sys_admin cgns-enter -t "$CG_PID" echo not run
	assert_output ''
	said "$CG_PID: cannot enter the cgroup namespace: Operation not permitted"
	said "needs CAP_SYS_ADMIN in the caller's own user namespace $(readlink /proc/self/ns/user)"
	[[ $stderr != *-U* ]] || fail "-U would not help, but is recommended: $stderr"
}

@test "a process that may not be looked into is said to be one" {
	cg_public cgns-enter
	cg_ns_sleeper "$CG_NAME/t"
	run -125 --separate-stderr as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" echo not run
	assert_output ''
	said "needs ptrace access"
}

@test "a fork that pids.max forbids is explained" {
	local hierarchy=pids dir

	if ! cg_dir pids > /dev/null 2>&1; then
		hierarchy=unified
		dir=$(cg_dir unified) || skip "no cgroup v2 here, nor pids in v1"
		grep -qw pids "$dir/cgroup.controllers" || skip "no pids controller"
		echo +pids > "$dir/cgroup.subtree_control"
	fi
	cg_ns_sleeper "$CG_NAME/t" "$hierarchy"
	dir=$(cg_make "$hierarchy" "$CG_NAME/one")
	[[ $hierarchy != unified ]] || echo +pids > "${dir%/*}/cgroup.subtree_control"
	echo 1 > "$dir/pids.max"
	# The leak check needs a process of its own, too.
	run -125 --separate-stderr bash -c "echo \$\$ > '$dir/cgroup.procs' &&
		export ASAN_OPTIONS=detect_leaks=0 &&
		exec cgns-enter -t $CG_PID -c --subgroup s -- echo not run" 3>&-
	assert_output ''
	said "cannot fork: Resource temporarily unavailable: $dir/pids.max allows 1"
	[[ ! -e ${dir%/*}/t/s ]]
}

@test "a user namespace that is not within reach is named" {
	cg_needs_user_namespaces
	cg_ns_sleeper "$CG_NAME/t"
	: > "$BATS_TEST_TMPDIR/ns"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$BATS_TEST_TMPDIR/ns"
	run -125 --separate-stderr unshare --user --map-root-user \
		cgns-enter -t "$BATS_TEST_TMPDIR/ns" echo not run
	assert_output ''
	said 'needs CAP_SYS_ADMIN in the user namespace that owns the cgroup namespace, which is not below'
}

## Start-up ------------------------------------------------------------------------------------

@test "starting takes no more system calls than nsenter -C, and no library for tables" {
	run ldd "$(command -v cgns-enter)"
	refute_output --partial smartcols
	[[ $output != *asan* ]] || skip "a sanitizer makes calls of its own"
	cg_ns_sleeper "$CG_NAME/t"
	for program in cgns-enter 'nsenter -C'; do
		# shellcheck disable=SC2086
		strace -f -c -o "$BATS_TEST_TMPDIR/${program%% *}" $program -t "$CG_PID" /bin/true 3>&-
	done
	ours=$(awk '$NF == "total" { print $4 }' "$BATS_TEST_TMPDIR/cgns-enter")
	theirs=$(awk '$NF == "total" { print $4 }' "$BATS_TEST_TMPDIR/nsenter")
	((ours > 20 && ours <= theirs)) || fail "$ours calls, nsenter $theirs"
}
