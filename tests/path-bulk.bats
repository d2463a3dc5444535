#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: build=plain vm=once
# cgns-path in bulk: no more instructions and system calls than sed, in constant memory, without a fork
# for each line; and what it leaves on the host: nothing. Seconds are measured in bench/ alone.

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cg_choose_hierarchy
	if [[ ${CGNS_SLOW:-0} == 1 ]]; then
		many=${CGNS_LINES:-50000}
	else
		many=${CGNS_LINES:-200000}
	fi
}

teardown()
{
	cg_teardown
}

sanitized()
{
	grep -q __asan_init "$(command -v cgns-path)"
}

paths()
{
	seq -f '/app.slice/service-%.0f.scope/container' 1 "$1"
}

# instructions LINES COMMAND...: sets $count to how many each line takes, of those by which LINES and
# twice as many differ: what starting takes is in both
instructions()
{
	local lines=$1 n few
	shift

	command -v valgrind >/dev/null || skip "no valgrind"
	for n in "$lines" $((2 * lines)); do
		few=${count:-0}
		# A file: a line that has to be waited for has views looked at anew.
		head -n "$n" "$BATS_TEST_TMPDIR/paths" > "$BATS_TEST_TMPDIR/few"
		count=$(valgrind --tool=callgrind --callgrind-out-file=/dev/null "$@" \
			< "$BATS_TEST_TMPDIR/few" 2>&1 >/dev/null |
			awk '/Collected/ { print $NF }' | tail -n 1)
		[[ -n $count ]] || skip "valgrind does not count here"
	done
	count=$(((count - few) / lines))
}

# system_calls COMMAND...: sets $count to how many it makes for all the lines, that of starting included
system_calls()
{
	strace -f -qq -o "$BATS_TEST_TMPDIR/calls" "$@" <"$BATS_TEST_TMPDIR/paths" >/dev/null ||
		skip "strace cannot trace here"
	count=$(grep -c '' "$BATS_TEST_TMPDIR/calls")
}

ours()
{
	"$@" cgns-path -H "$h" "$option" "${view:-/proc/$CG_PID/ns/cgroup}" -
}

# costs_no_more EXPRESSION: than sed, to which EXPRESSION says what $option makes of a path
costs_no_more()
{
	local count theirs

	! sanitized || skip "a sanitizer's instructions say nothing"
	# In the caller's own view: to find another root takes calls that valgrind may not know.
	view=self ours instructions 2000
	((count)) || fail "no instructions are counted"
	theirs=$count
	count=
	echo "# instructions a line: cgns-path $theirs" >&3
	instructions 2000 sed "$1"
	echo "# instructions a line: sed $count" >&3
	((theirs <= count)) || fail "$theirs instructions, sed $count"
	ours system_calls
	theirs=$count
	system_calls sed "$1"
	echo "# system calls: cgns-path $theirs, sed $count" >&3
	((theirs <= count)) || fail "$theirs system calls, sed $count"
}

@test "bulk: paths in one view pair are what sed makes of them, at no more cost" {
	option=--from

	cg_ns_sleeper "$CG_NAME/r"
	paths "$many" >"$BATS_TEST_TMPDIR/paths"
	ours <"$BATS_TEST_TMPDIR/paths" >"$BATS_TEST_TMPDIR/ours"
	sed "s#^#/$CG_NAME/r#" "$BATS_TEST_TMPDIR/paths" | cmp "$BATS_TEST_TMPDIR/ours"
	costs_no_more "s#^#/$CG_NAME/r#"
}

@test "bulk: the other way round is exact and costs no more" {
	option=--to

	cg_ns_sleeper "$CG_NAME/r"
	paths "$many" | sed "s#^#/$CG_NAME/r#" >"$BATS_TEST_TMPDIR/paths"
	ours <"$BATS_TEST_TMPDIR/paths" >"$BATS_TEST_TMPDIR/back"
	paths "$many" | cmp "$BATS_TEST_TMPDIR/back"
	costs_no_more "s#^/$CG_NAME/r##"
}

# rss COUNT: sets $rss to the most memory that COUNT paths by - take, in KiB
rss()
{
	paths "$1" >"$BATS_TEST_TMPDIR/paths"
	rss=$("$CGNS_BUILD/tests/probe" rss cgns-path -H "$h" --from "$CG_PID" - \
		3>&1 <"$BATS_TEST_TMPDIR/paths" >/dev/null)
}

@test "bulk: memory does not grow with the input" {
	local few

	cg_ns_sleeper "$CG_NAME/r"
	rss 1000
	few=$rss
	rss "$many"
	echo "# 1000 lines: $few KiB, $many lines: $rss KiB" >&3
	((rss < few + 1024))
}


@test "bulk: 5,000 processes by - need no fork each" {
	local i pids=() forks

	cg_needs_strace
	for i in 1 2 3 4 5; do
		cg_ns_sleeper "$CG_NAME/$i"
		pids+=("$CG_PID")
	done
	for ((i = 0; i < 1000; i++)); do
		printf '%s\n' "${pids[@]}"
	done >"$BATS_TEST_TMPDIR/pids"
	strace -f -c -U name,calls -o "$BATS_TEST_TMPDIR/summary" -e trace=clone,clone3,fork,vfork \
		cgns-path -H "$h" - <"$BATS_TEST_TMPDIR/pids" >"$BATS_TEST_TMPDIR/ours" ||
		skip "strace cannot trace here"
	for ((i = 0; i < 1000; i++)); do
		printf "/$CG_NAME/%s\n" 1 2 3 4 5
	done | cmp - "$BATS_TEST_TMPDIR/ours"
	forks=$(awk '$1 ~ /^(clone|clone3|fork|vfork)$/ { n += $2 } END { print n + 0 }' \
		"$BATS_TEST_TMPDIR/summary")
	((forks <= 2)) || fail "$forks forks"
	# and into another view
	strace -f -c -U name,calls -o "$BATS_TEST_TMPDIR/summary" -e trace=clone,clone3,fork,vfork \
		cgns-path -H "$h" --to "${pids[0]}" - <"$BATS_TEST_TMPDIR/pids" >"$BATS_TEST_TMPDIR/ours"
	assert_equal "$(sort -u "$BATS_TEST_TMPDIR/ours")" "$(printf '/\n'; printf '/../%s\n' 2 3 4 5)"
	forks=$(awk '$1 ~ /^(clone|clone3|fork|vfork)$/ { n += $2 } END { print n + 0 }' \
		"$BATS_TEST_TMPDIR/summary")
	((forks <= 4)) || fail "$forks forks"
}

@test "host: nothing is mounted while in the initial cgroup namespace" {
	[[ $(readlink /proc/self/ns/cgroup) == 'cgroup:[4026531835]' ]] ||
		skip "not in the initial cgroup namespace"
	cg_needs_strace
	cg_sleeper "$CG_NAME/r"
	touch "$BATS_TEST_TMPDIR/trace"
	for arguments in "--to $CG_PID /x" "--from $CG_PID /x" "-J --output-all $CG_PID" \
		"--from /proc/self/ns/cgroup /x" "--to cgroup:[4026531835] /x" "-A dir /$CG_NAME/r" ""; do
		# shellcheck disable=SC2086
		strace -f -A -o "$BATS_TEST_TMPDIR/trace" \
			-e trace=mount,fsopen,fsconfig,fsmount,move_mount,open_tree,umount2 \
			cgns-path $arguments >/dev/null
	done
	run ! grep -E 'mount|fsopen|fsconfig|open_tree' "$BATS_TEST_TMPDIR/trace"
}

@test "host: from within a namespace, nothing is mounted while in the initial one" {
	[[ $(readlink /proc/self/ns/cgroup) == 'cgroup:[4026531835]' ]] ||
		skip "not in the initial cgroup namespace"
	cg_needs_strace
	cg_ns_sleeper "$CG_NAME/r"
	strace -f -y -o "$BATS_TEST_TMPDIR/trace" -e trace=mount,fsopen,fsconfig,fsmount,setns \
		nsenter --target "$CG_PID" --cgroup cgns-path -H "$h" --from $$ /x >"$BATS_TEST_TMPDIR/out"
	assert_equal "$(cat "$BATS_TEST_TMPDIR/out")" /../../x
	# per process: the namespace that it entered last is never the initial one when it mounts
	# shellcheck disable=SC2016
	run -0 awk '
		/setns\(/ { initial[$1] = /cgroup:\[4026531835\]/ }
		/cgroup2?"/ && /(mount|fsopen)\(/ && initial[$1] { print; bad = 1 }
		END { exit bad }' "$BATS_TEST_TMPDIR/trace"
	assert_output ''
}

# This test's cgroups, and what runs of cgns-path with this test's name.
snapshot()
{
	cg_own_cgroups
	grep -lzxF "CG_NAME=$CG_NAME" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
		grep -x cgns-path "/proc/$pid/comm" || :
	done
}

@test "host: mounts, options, cgroups and processes are the same afterwards" {
	cg_needs_private_mounts
	local before

	cg_ns_sleeper "$CG_NAME/r"
	cg_make "$h" "$CG_NAME/other"
	cg_move "$h" "$CG_NAME/other" "$CG_PID"
	before=$(snapshot)
	# In a mount namespace of its own, where nobody else mounts anything meanwhile; what others had
	# mounted when it was made goes here, too, with its folder.
	# shellcheck disable=SC2016
	unshare --mount --propagation private bash -ec '
		mount --make-rshared /
		mounts() { grep -E " - cgroup2? " /proc/self/mountinfo | grep -v /bats-run- | sort; }
		before=$(mounts)
		cgns-path -H "$1" --to "$2" /x
		cgns-path -H "$1" --from "$2" /x
		cgns-path --to "$2" -J --output-all "$2" "$3" /
		cgns-path -H "$1" -A dir "/$CG_NAME/r"
		nsenter --target "$2" --cgroup cgns-path -H "$1" --to "$3" /x
		nsenter --target "$2" --cgroup cgns-path
		nsenter --target "$2" --cgroup cgns-path -H "$1" --from "$3" -A id /
		test "$(mounts)" = "$before"' sh "$h" "$CG_PID" $$ >/dev/null
	assert_equal "$(snapshot)" "$before"
}

@test "host: no descriptor is left open to what it did not open itself" {
	# every descriptor that it opens has O_CLOEXEC
	cg_needs_strace
	cg_ns_sleeper "$CG_NAME/r"
	strace -f -o "$BATS_TEST_TMPDIR/trace" \
		-e trace=open,openat,openat2,pidfd_open,socket,socketpair,pipe,pipe2,fsopen,fsmount,open_tree,dup,open_by_handle_at \
		cgns-path --to "$CG_PID" -J --output-all "$CG_PID" >/dev/null
	run ! grep -vE 'CLOEXEC|pidfd_open|= -1|\+\+\+|---|resumed|<unfinished' "$BATS_TEST_TMPDIR/trace"
}
