#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# cgns-path where it may not look, where PIDs are reused, where processes end under it, and where
# paths are too long for the kernel: what it says is right, or it says that it does not know.

# What is quoted is for other shells; status and output are of the run before.
# shellcheck disable=SC2016,SC2030,SC2031

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

## Without privileges --------------------------------------------------------------------------

@test "unprivileged: the caller's own views, paths and directories" {
	local dir

	dir=$(cg_make "$h" "$CG_NAME/a")
	cg_public cgns-path
	run -0 --separate-stderr cg_as_nobody cgns-path -H "$h" self /x//y "/$CG_NAME/a"
	assert_output "$(cg_of "$h")
/x/y
/$CG_NAME/a"
	run -0 cg_as_nobody cgns-path -H "$h" -A dir "/$CG_NAME/a"
	assert_output "$dir"
	run -0 cg_as_nobody cgns-path -H "$h" -A id "/$CG_NAME/a"
	assert_output "$(stat -c %i "$dir")"
	run -0 cg_as_nobody cgns-path "fs:$dir"
	assert_output "/$CG_NAME/a"
	run -0 --separate-stderr cg_as_nobody cgns-path -J -H "$h" -o PATH,OWN,ROOT self
	jq -e --arg path "$(cg_of "$h")" '.cgroups[0] == {path: $path, own: $path, root: "/"}' \
		<<<"$output" || fail "$output"
	# shellcheck disable=SC2154
	assert_equal "$stderr" ''
}

@test "unprivileged: another user's process is a path, its namespace is not seen and that is said" {
	cg_ns_sleeper "$CG_NAME/r"
	cg_public cgns-path
	# every user may read /proc/PID/cgroup
	run -0 cg_as_nobody cgns-path -H "$h" "$CG_PID"
	assert_output "/$CG_NAME/r"
	run --separate-stderr cg_as_nobody cgns-path -H "$h" --to "$CG_PID" /x
	assert_failure 1
	assert_output ''
	said "$CG_PID"
	said 'ermi'
	run --separate-stderr cg_as_nobody cgns-path -H "$h" --from "$CG_PID" /x
	assert_failure 1
	assert_output ''
	said "$CG_PID"
	run --separate-stderr cg_as_nobody cgns-path -J -H "$h" -o PATH,OWN,ROOT,NS,STATE "$CG_PID"
	jq -e --arg name "$CG_NAME" '.cgroups[0] ==
		{path: "/\($name)/r", own: null, root: null, ns: null, state: null}' <<<"$output" ||
		fail "$output"
	said "$CG_PID"
}

@test "unprivileged: a process of the same user in a namespace of root's is said to be unknown" {
	cg_public cgns-path
	cg_make "$h" "$CG_NAME/r"
	_cg_start_sleeper "$CG_NAME/r" "$h" unshare --cgroup setpriv --reuid=65534 --regid=65534 \
		--clear-groups sleep infinity
	run -0 cg_as_nobody cgns-path -H "$h" "$CG_PID"
	assert_output "/$CG_NAME/r"
	run --separate-stderr cg_as_nobody cgns-path -J -H "$h" -o ROOT,OWN "$CG_PID"
	jq -e '.cgroups[0] == {root: null, own: null}' <<<"$output" || fail "$output"
	said "$CG_PID"
	said CAP_SYS_ADMIN
	run --separate-stderr cg_as_nobody cgns-path -H "$h" --to "$CG_PID" /x
	assert_failure 1
	assert_output ''
	said CAP_SYS_ADMIN
}

@test "unprivileged: a namespace of the user's own is seen" {
	cg_as_nobody unshare --user --map-root-user true || skip "users may not make user namespaces here"
	cg_public cgns-path
	cg_make "$h" "$CG_NAME/r"
	_cg_start_sleeper "$CG_NAME/r" "$h" setpriv --reuid=65534 --regid=65534 --clear-groups \
		unshare --user --map-root-user --cgroup sleep infinity
	run -0 --separate-stderr cg_as_nobody cgns-path -H "$h" --to "$CG_PID" "/$CG_NAME/r/x" /
	assert_output $'/x\n/../..'
	run -0 --separate-stderr cg_as_nobody cgns-path -H "$h" --from "$CG_PID" /x
	assert_output "/$CG_NAME/r/x"
	run -0 --separate-stderr cg_as_nobody cgns-path -J -H "$h" -o ROOT,OWN,STATE "$CG_PID"
	jq -e --arg name "$CG_NAME" '.cgroups[0] ==
		{root: "/\($name)/r", own: "/", state: "inside"}' <<<"$output" || fail "$output"
}

@test "unprivileged: the same namespace as the caller's needs no privilege" {
	cg_public cgns-path
	_cg_start_sleeper "$CG_NAME/r" "$h" setpriv --reuid=65534 --regid=65534 --clear-groups \
		sleep infinity
	run -0 --separate-stderr cg_as_nobody cgns-path -H "$h" --to "$CG_PID" --from "$CG_PID" /x/y
	assert_output /x/y
	run -0 --separate-stderr cg_as_nobody cgns-path -J -H "$h" -o PATH,OWN,ROOT "$CG_PID"
	jq -e --arg name "$CG_NAME" '.cgroups[0] ==
		{path: "/\($name)/r", own: "/\($name)/r", root: "/"}' <<<"$output" || fail "$output"
}

@test "unprivileged: bulk answers keep their lines" {
	cg_ns_sleeper "$CG_NAME/r"
	cg_public cgns-path
	run --separate-stderr --keep-empty-lines cg_as_nobody cgns-path -H "$h" --to "$CG_PID" - <<<$'/x\n/y'
	assert_failure 1
	[[ -z ${output//$'\n'/} ]] || fail "$output"
}

@test "unprivileged: a process that /proc hides is said to be hidden" {
	cg_needs_private_mounts
	cg_sleeper "$CG_NAME/r"
	cg_public cgns-path
	run --separate-stderr unshare --mount --propagation private bash -euc '
		mount -t proc -o hidepid=2 proc /proc
		PATH=$3:$PATH setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
			cgns-path -H "$1" "$2"' - "$h" "$CG_PID" "$CG_PUBLIC"
	assert_failure 1
	assert_output ''
	said "$CG_PID"
	said hidepid
}

@test "unprivileged: the folder of a process in which /proc shows nothing is no path of a cgroup" {
	cg_needs_private_mounts
	cg_sleeper "$CG_NAME/r"
	cg_public cgns-path
	run --separate-stderr unshare --mount --propagation private bash -euc '
		mount -t proc -o hidepid=1 proc /proc
		PATH=$3:$PATH setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
			cgns-path -H "$1" "/proc/$2"' - "$h" "$CG_PID" "$CG_PUBLIC"
	assert_failure 1
	assert_output ''
	said "/proc/$CG_PID is a process's folder, not the path of a cgroup"
}

# beside_v1 COMMAND...: runs it where cgroup filesystems are mounted beside each other
beside_v1()
{
	cg_needs_private_mounts
	run --separate-stderr unshare --mount --propagation private bash -euc '
		mkdir "$2" "$2/a" "$2/b,c"
		mount --bind "$1" "$2/a"
		mount --bind "$1" "$2/b,c"
		shift 2
		"$@"' - "$(cg_dir "$h")" "$BATS_TEST_TMPDIR/v1" "$@"
	rm -r "$BATS_TEST_TMPDIR/v1"
}

@test "the directory that cgroup filesystems are mounted in is no path of a cgroup" {
	local path top=$BATS_TEST_TMPDIR/v1 before

	for path in "$top" "$top/" "$top/a/.."; do
		for program in cgns-path cgns-limits; do
			beside_v1 "$program" "$path"
			assert_failure 1
			assert_output ''
			assert_equal "$stderr" "$program: $path is the directory of cgroup filesystems, not the path of a cgroup: the root cgroup is /"
		done
	done
	# A line is always a path, and so is what is only near it.
	beside_v1 cgns-path - <<< "$top"
	assert_success
	assert_output "$top"
	beside_v1 cgns-path "${top%/*}"
	assert_success
	before=$(cg_own_cgroups)
	for options in '' -N; do
		for path in / "/$CG_NAME/new"; do
			# shellcheck disable=SC2086
			beside_v1 cgns-unshare $options -g "$top${path%/}" true
			assert_failure 125
			assert_equal "$stderr" "cgns-unshare: $top${path%/} is the name of a directory, not of a cgroup: write $path"
		done
		# As cpu is of cpu,cpuacct.
		# shellcheck disable=SC2086
		beside_v1 cgns-unshare $options -g "$top/$h/$CG_NAME" true
		assert_failure 125
		assert_equal "$stderr" "cgns-unshare: $top/$h/$CG_NAME is the name of a directory, not of a cgroup: write $h:/$CG_NAME"
	done
	# What cannot be looked for is not said to be no cgroup.
	beside_v1 "$CGNS_BUILD/tests/probe" refuse openat2 EMFILE cgns-unshare -g "$top/x" true
	assert_failure 125
	said 'Too many open files'
	assert_equal "$(cg_own_cgroups)" "$before"
}

@test "without /proc it says so" {
	cg_needs_private_mounts
	run --separate-stderr unshare --mount --propagation private bash -euc '
		mount -t tmpfs tmpfs /proc
		cgns-path -H "$1" "$2"' - "$h" self
	assert_failure 1
	assert_output ''
	said /proc
}

## PIDs that are used again --------------------------------------------------------------------

@test "reuse: PID:INODE names one process for ever" {
	cg_needs_private_mounts
	local a b

	a=$("$CGNS_BUILD/tests/probe" pidfd $$)
	b=$("$CGNS_BUILD/tests/probe" pidfd "$PPID")
	[[ $a != "$b" ]] || skip "pidfds have no inodes of their own before Linux 6.9"
	run -0 unshare --pid --fork --mount-proc bash -euc '
		sleep infinity &
		pid=$!
		inode=$("$0" pidfd $pid)
		cgns-path -H "$1" "$pid:$inode" >/dev/null
		kill $pid
		wait $pid || :
		# the next process gets the same number
		for try in {1..50}; do
			echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
			sleep infinity &
			[[ $! != "$pid" ]] || break
			kill $!
		done
		[[ $! == "$pid" ]]
		cgns-path -H "$1" "$pid" >/dev/null
		for arguments in "$pid:$inode" "--to $pid:$inode /" "--from $pid:$inode /"; do
			! cgns-path -H "$1" $arguments || exit 3
		done
		cgns-path -H "$1" "$pid:$("$0" pidfd $pid)" >/dev/null
		kill $!' "$CGNS_BUILD/tests/probe" "$h"
	# three refusals, and nothing else
	assert_equal "${#lines[@]}" 3
	assert_line --index 0 --regexp '^cgns-path: '
	assert_line --index 1 --regexp '^cgns-path: '
	assert_line --index 2 --regexp '^cgns-path: '
}

@test "reuse: a TARGET that was opened stays the namespace that it was" {
	cg_needs_private_mounts
	cg_make "$h" "$CG_NAME/old"
	cg_make "$h" "$CG_NAME/new"
	run -0 unshare --pid --fork --mount-proc bash -euc '
		at() { echo 0 >"$top/$CG_NAME/$1/cgroup.procs"; exec unshare --cgroup sleep infinity; }
		top=$0
		at old &
		pid=$!
		until [[ $(cat /proc/$pid/comm) == sleep ]]; do :; done
		coproc cgns-path -H "$1" --from "$pid" -
		for try in {1..3000}; do
			[[ -z $(find "/proc/$COPROC_PID/fd" -lname "*pidfd*" -o -lname "cgroup:*" 2>/dev/null) ]] || break
			sleep 0.02
		done
		kill $pid
		wait $pid || :
		for try in {1..50}; do
			echo $((pid - 1)) >/proc/sys/kernel/ns_last_pid
			at new &
			[[ $! != "$pid" ]] || break
			kill $!
		done
		[[ $! == "$pid" ]]
		until [[ $(cat /proc/$pid/comm) == sleep ]]; do :; done
		echo /x >&"${COPROC[1]}"
		eval "exec ${COPROC[1]}>&-"
		cat <&"${COPROC[0]}"
		kill $pid' "$top" "$h"
	assert_output "/$CG_NAME/old/x"
}

@test "reuse: a namespace that gets another's inode number is not taken for it" {
	local i roots=() in out

	mkfifo "$BATS_TEST_TMPDIR/in"
	cgns-path -J -H "$h" -o ROOT - <"$BATS_TEST_TMPDIR/in" >"$BATS_TEST_TMPDIR/out" 3>&- &
	out=$!
	exec {in}>"$BATS_TEST_TMPDIR/in"
	# each ends before the next begins, which then gets the lowest number that is free
	for i in 1 2 3 4 5 6; do
		cg_ns_sleeper "$CG_NAME/$i" "$h"
		roots+=("/$CG_NAME/$i")
		echo "$CG_PID" >&"$in"
		cg_until has_read "$out"
		kill "$CG_PID"
		cg_until cg_gone "$CG_PID"
	done
	exec {in}>&-
	wait "$out"
	assert_equal "$(jq -r '.cgroups[].root' "$BATS_TEST_TMPDIR/out")" "$(printf '%s\n' "${roots[@]}")"
}

# has_read PID: the process waits in read(2) for what there is none of on its standard input
has_read()
{
	[[ $(<"/proc/$1/syscall") == "0 0x0 "* ]]
}

## Processes that end --------------------------------------------------------------------------

@test "storm: short-lived processes are an answer or an error, never a wrong line" {
	local pids i count

	cg_make "$h" "$CG_NAME/storm"
	mkfifo "$BATS_TEST_TMPDIR/pids"
	# PIDs of processes that are about to end, or have
	top=$top bash -c 'echo $$ >"$top/$CG_NAME/storm/cgroup.procs"
		while :; do
			/bin/true &
			echo $! || exit
		done' >"$BATS_TEST_TMPDIR/pids" 2>/dev/null 3>&- &
	cg_record $!
	disown
	exec {pids}<"$BATS_TEST_TMPDIR/pids"
	for ((count = $([[ ${CGNS_SLOW:-0} == 1 ]] && echo 2 || echo 10); count; count--)); do
		head -n 200 <&"$pids" >"$BATS_TEST_TMPDIR/some"
		cgns-path -H "$h" - <"$BATS_TEST_TMPDIR/some" >"$BATS_TEST_TMPDIR/answers" 2>/dev/null || {
			i=$?
			[[ $i == 64 || $i == 1 ]] || fail "status $i"
		}
		assert_equal "$(wc -l <"$BATS_TEST_TMPDIR/answers")" "$(wc -l <"$BATS_TEST_TMPDIR/some")"
		# a PID may be somebody else's by now: then it is another path, but never none
		run ! grep -v '^/\|^$' "$BATS_TEST_TMPDIR/answers"
		cgns-path -J --output-all -H "$h" - <"$BATS_TEST_TMPDIR/some" 2>/dev/null |
			jq -e '[.cgroups[] | select(.path != null and (.path | startswith("/") | not))] == []' >/dev/null
	done
	exec {pids}<&-
}

@test "storm: namespaces that come and go are found, or are an error" {
	local count answer target i seen=0

	cg_make "$h" "$CG_NAME/a"
	# so often, and until one was seen
	for ((count = 0; count < $([[ ${CGNS_SLOW:-0} == 1 ]] && echo 6 || echo 20) || !seen; count++)); do
		top=$top unshare --cgroup bash -c 'echo $$ >"$top/$CG_NAME/a/cgroup.procs"
			exec unshare --cgroup sleep 0.0$((RANDOM % 10))' 3>&- &
		target=$!
		for i in 1 2 3 4 5; do
			answer=$(cgns-path -H "$h" --from "$target" /x 2>/dev/null) || {
				[[ -z $answer ]] || fail "an answer and a failure: $answer"
				continue
			}
			seen=$((seen + 1))
			# before it moves it is where this test is
			[[ $answer == "/$CG_NAME/a/x" || $answer == "$(cg_of "$h" | sed 's#^/$##')/x" ]] ||
				fail "$answer"
		done
		wait $target || :
	done
}

## Long paths ----------------------------------------------------------------------------------

# deep LENGTH: makes a cgroup whose path has LENGTH bytes, as deep as may be with few levels, and
# a process in it, $CG_PID; the path is $deep
deep()
{
	local length=$1 name

	deep=/$CG_NAME
	cd "$(cg_make "$h" "$CG_NAME")" || return
	while ((${#deep} < length)); do
		# never one byte short of the end: a slash needs a name
		printf -v name '%0*d' $((length - ${#deep} - 1 > 250 ? 200 : length - ${#deep} - 1)) 0
		mkdir -- "$name"
		cd -- "$name" || return
		deep+=/$name
	done
	((${#deep} == length))
	cg_sleeper
	echo "$CG_PID" >cgroup.procs
}

# A shell cannot remove by their names what is that deep.
undeep()
{
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
	while [[ $PWD != "$top" ]]; do
		local name=${PWD##*/}
		cd ..
		cg_until rmdir -- "$name"
	done
	cd /
}

@test "long: paths up to what the kernel prints are printed, longer ones are refused" {
	local length kernel

	for length in 3000 4000 4090 4094 4095 4096 4100 5000; do
		deep $length
		kernel=$(sed -n "s/^[0-9]*:${h#unified}://p" "/proc/$CG_PID/cgroup" 2>/dev/null) || :
		run --separate-stderr cgns-path -H "$h" "$CG_PID"
		if [[ $status == 0 ]]; then
			[[ $output == "$deep" ]] || fail "$length bytes: a path of ${#output} bytes was printed"
		else
			assert_failure 1
			assert_output ''
			said "$CG_PID"
			((length >= 4095)) || fail "$length bytes were refused: $stderr"
			# of 4095 bytes nobody can tell whether they were cut
			[[ $kernel != "$deep" || $length == 4095 ]] ||
				fail "$length bytes were refused, the kernel prints them"
		fi
		undeep
	done
}

@test "long: paths between views are translated whatever their length" {
	local long

	cg_ns_sleeper "$CG_NAME/r"
	printf -v long '/%04000d/%04000d' 0 0
	run -0 cgns-path -H "$h" --from "$CG_PID" "$long" "/../..$long"
	assert_output "/$CG_NAME/r$long
$long"
	run -0 cgns-path -H "$h" --from "$CG_PID" - <<<"$long
/x
/../..$long"
	assert_output "/$CG_NAME/r$long
/$CG_NAME/r/x
$long"
}

@test "long: a namespace that is rooted deep down is found, or is an error" {
	local length

	for length in 3000 4090 4094 4095 4200; do
		deep $length
		bash -c 'echo $$ >cgroup.procs; exec unshare --cgroup sleep infinity' </dev/null 3>&- &
		deep_ns=$!
		disown
		cg_record "$deep_ns"
		cg_until cg_runs "$deep_ns" sleep
		right_or_refused $length /x --to "$deep_ns" "$deep/x"
		right_or_refused $length "$deep/x" --from "$deep_ns" /x
		right_or_refused $length / --to "$deep_ns" "$CG_PID"
		right_or_refused $length / --to "$deep_ns" "$deep_ns"
		kill "$deep_ns"
		cg_until cg_gone "$deep_ns"
		undeep
	done
}

# right_or_refused LENGTH EXPECTED ARGUMENT...: refused only if LENGTH is more than the kernel prints
right_or_refused()
{
	local length=$1 expected=$2
	shift 2

	run --separate-stderr cgns-path -H "$h" "$@"
	if [[ $status == 0 ]]; then
		[[ $output == "$expected" ]] ||
			fail "$length bytes: ${#output} bytes were printed, not ${#expected}"
	else
		assert_failure 1
		assert_output ''
		((length >= 4095)) || fail "$length bytes were refused: $stderr"
	fi
}

# In a PID namespace of its own whose /proc is still the outer one: $1 is the hierarchy, $2 the
# directory of a cgroup, $3 its path. Every number is somebody else's in /proc.
whose_pids='
	echo 0 >"$2/cgroup.procs"
	unshare --cgroup sleep infinity &
	sleeper=$!
	until [ "$(cgns-path -H "$1" self)" = "$3" ]; do :; done
	refused() { ! "$@" 2>&1 && return; echo "was not refused: $*"; exit 1; }
	refused cgns-path -H "$1" "$sleeper"
	refused cgns-path -H "$1" -l "$sleeper"
	refused cgns-path -H "$1" --from "$sleeper" /
	refused cgns-path -H "$1" --to "$sleeper" /
	refused cgns-enter -t "$sleeper" -c true
	refused cgns-ls "$sleeper"
	said=$(cgns-path -H "$1" "$sleeper" 2>&1 || :)
	folder=/proc/${said##*/proc/}
	folder=${folder%% *}
	until [ "$(cat "$folder/comm")" = sleep ]; do :; done
	cgns-path -H "$1" --from "$folder" /
	cgns-enter -t "$folder" cgns-path -H "$1" self
	cgns-path -H "$1" -l -n -r -o PATH,OWN,ROOT self
	kill "$sleeper"
'

@test "whose PIDs: where /proc is of another PID namespace no number is taken for another process" {
	local dir

	export ASAN_OPTIONS=detect_leaks=0 # its look for leaks needs the /proc of its own numbers

	dir=$(cg_make "$h" "$CG_NAME/mine")
	run -0 unshare --pid --fork --kill-child \
		bash -euc "$whose_pids" sh "$h" "$dir" "/$CG_NAME/mine" 3>&-
	[[ $output != *'was not refused'* ]] || fail "$output"
	assert_equal "$(grep -c 'belongs to another PID namespace' <<<"$output")" 6
	assert_equal "${lines[*]: -3}" "/$CG_NAME/mine / /$CG_NAME/mine /$CG_NAME/mine /"
}

@test "whose PIDs: where /proc does not show the caller every program says so" {
	cg_needs_private_mounts
	local program

	export ASAN_OPTIONS=detect_leaks=0

	_cg_start_sleeper "$CG_NAME/r" "$h" unshare --pid --mount --fork --kill-child --mount-proc \
		sleep infinity
	for program in 'cgns-path self' cgns-path 'cgns-path 1' cgns-ls 'cgns-enter -t 1 true' \
		'cgns-enter -t self true' "cgns-unshare -g /$CG_NAME/x -N --rm true"; do
		# shellcheck disable=SC2086
		run --separate-stderr nsenter --mount --target "$CG_PID" $program
		assert_failure
		assert_output ''
		[[ $stderr == *proc* ]] || fail "$program: $stderr"
	done
}

@test "whose PIDs: a folder of any proc filesystem is a TARGET" {
	cg_needs_private_mounts
	cg_ns_sleeper "$CG_NAME/r"
	run -0 cgns-path -H "$h" --from "/proc/$CG_PID" /x
	assert_output "/$CG_NAME/r/x"
	mkdir "$BATS_TEST_TMPDIR/proc"
	run -0 unshare --mount sh -c 'mount -t proc proc "$1" && cgns-path -H "$2" --from "$1/$3" /x' \
		sh "$BATS_TEST_TMPDIR/proc" "$h" "$CG_PID"
	assert_output "/$CG_NAME/r/x"
	for file in /proc/sys /proc; do
		run --separate-stderr cgns-path --from "$file" /
		assert_failure 1
		said "process's folder"
	done
}
