#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: build=plain lane=alone vm=once
# cgns-path in bulk: as fast as sed, in constant memory, without a fork for each line; and what it
# leaves on the host: nothing.

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cg_choose_hierarchy
	if [[ ${CGNS_SLOW:-0} == 1 ]]; then
		many=${CGNS_LINES:-50000}
	else
		many=${CGNS_LINES:-1000000}
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

# best_of COUNT COMMAND...: sets $best to the least time that it took, in microseconds
best_of()
{
	local count=$1 start took i
	shift

	best=
	for ((i = 0; i < count; i++)); do
		start=${EPOCHREALTIME/[.,]/}
		"$@"
		took=$((${EPOCHREALTIME/[.,]/} - start))
		[[ -n $best && $best -le $took ]] || best=$took
	done
}

ours()
{
	cgns-path -H "$h" --from "$CG_PID" - <"$BATS_TEST_TMPDIR/paths" >"$BATS_TEST_TMPDIR/ours"
}

theirs()
{
	sed "s#^#/$CG_NAME/r#" "$BATS_TEST_TMPDIR/paths" >"$BATS_TEST_TMPDIR/theirs"
}

@test "bulk: paths in one view pair are what sed makes of them, at sed's speed" {
	local sed_took

	cg_ns_sleeper "$CG_NAME/r"
	paths "$many" >"$BATS_TEST_TMPDIR/paths"
	best_of 3 theirs
	sed_took=$best
	best_of 3 ours
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
	echo "# $many lines: sed $((sed_took / 1000)) ms, cgns-path $((best / 1000)) ms" >&3
	! sanitized || skip "a sanitizer's speed says nothing"
	# at speed or better is what it is; the limit leaves room for a busy machine
	((best * 2 <= sed_took * 3))
}

@test "bulk: the other way round is exact and as fast" {
	local sed_took

	cg_ns_sleeper "$CG_NAME/r"
	paths "$many" >"$BATS_TEST_TMPDIR/paths"
	theirs
	best_of 2 cgns-path_to
	cmp "$BATS_TEST_TMPDIR/back" "$BATS_TEST_TMPDIR/paths"
	best_of 2 theirs
	sed_took=$best
	best_of 3 cgns-path_to
	echo "# $many lines: sed $((sed_took / 1000)) ms, cgns-path $((best / 1000)) ms" >&3
	! sanitized || skip "a sanitizer's speed says nothing"
	((best * 2 <= sed_took * 3))
}

cgns-path_to()
{
	cgns-path -H "$h" --to "$CG_PID" - <"$BATS_TEST_TMPDIR/theirs" >"$BATS_TEST_TMPDIR/back"
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

	command -v strace >/dev/null || skip "no strace"
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
	command -v strace >/dev/null || skip "no strace"
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
	command -v strace >/dev/null || skip "no strace"
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

@test "host: mounts, options, cgroups and processes are the same afterwards" {
	local before after

	cg_ns_sleeper "$CG_NAME/r"
	cg_make "$h" "$CG_NAME/other"
	cg_move "$h" "$CG_NAME/other" "$CG_PID"
	before=$(snapshot)
	cgns-path -H "$h" --to "$CG_PID" /x >/dev/null
	cgns-path -H "$h" --from "$CG_PID" /x >/dev/null
	cgns-path --to "$CG_PID" -J --output-all "$CG_PID" $$ / >/dev/null
	cgns-path -H "$h" -A dir "/$CG_NAME/r" >/dev/null
	nsenter --target "$CG_PID" --cgroup cgns-path -H "$h" --to $$ /x >/dev/null
	nsenter --target "$CG_PID" --cgroup cgns-path >/dev/null
	nsenter --target "$CG_PID" --cgroup cgns-path -H "$h" --from $$ -A id / >/dev/null
	after=$(snapshot)
	assert_equal "$after" "$before"
}

# The host's cgroup mounts, this test's cgroups, and what runs of cgns-path with this test's name.
snapshot()
{
	local dir

	grep -E ' - cgroup2? ' /proc/self/mountinfo
	while read -r _ dir; do
		find "$dir" -xdev -type d -path "*$CG_NAME*"
	done < <(cg_hierarchies)
	grep -lzxF "CG_NAME=$CG_NAME" /proc/[0-9]*/environ 2>/dev/null | while IFS=/ read -r _ _ pid _; do
		grep -x cgns-path "/proc/$pid/comm" || :
	done
}

@test "host: no descriptor is left open to what it did not open itself" {
	# every descriptor that it opens has O_CLOEXEC
	command -v strace >/dev/null || skip "no strace"
	cg_ns_sleeper "$CG_NAME/r"
	strace -f -o "$BATS_TEST_TMPDIR/trace" \
		-e trace=open,openat,openat2,pidfd_open,socket,socketpair,pipe,pipe2,fsopen,fsmount,open_tree,dup,open_by_handle_at \
		cgns-path --to "$CG_PID" -J --output-all "$CG_PID" >/dev/null
	run ! grep -vE 'CLOEXEC|pidfd_open|= -1|\+\+\+|---|resumed|<unfinished' "$BATS_TEST_TMPDIR/trace"
}
