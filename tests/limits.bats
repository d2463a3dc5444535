#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-limits: which limit holds, who sets it, what is left of it, and what is seen of it inside. The
# kernel is the judge: programs are refused and killed at the value that was said.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cgroup=/$CG_NAME
}

teardown()
{
	[[ -z ${mover:-} ]] || { kill "$mover"; wait "$mover" 2> /dev/null; } || true
	cg_teardown
}

# Sets h to the hierarchy of a controller, v1 or v2, and top to its directory.
need()
{
	local name dir handed

	while read -r name dir; do
		[[ ,$name, == *,"$1",* ]] || continue
		h=$name top=$dir
		return
	done < <(cg_hierarchies)
	cg_has_v2 || skip "no hierarchy has $1"
	h=unified top=$(cg_dir unified)
	read -r handed < "$top/cgroup.subtree_control" || true
	[[ " $handed " == *" $1 "* ]] || skip "the root of v2 does not hand $1 down"
}

# grow PATH CONTROLLER: makes the cgroup; in v2 all above it hand the controller down.
grow()
{
	local part dir=$top parts

	IFS=/ read -ra parts <<< "${1#/}"
	for part in "${parts[@]}"; do
		[[ $h != unified ]] || echo "+$2" > "$dir/cgroup.subtree_control"
		dir+=/$part
		mkdir -p "$dir"
	done
}

# limits ARGUMENT...: of pids.max alone, raw, without headings
limits()
{
	run --separate-stderr cgns-limits -l pids.max -n -r "$@"
}

@test "random trees of cgroups, limits and namespaces: as a second reading of the files says" {
	command -v python3 > /dev/null || skip "python3 is not installed"
	run python3 "$CGNS_SOURCE/tests/limits.py" "$CG_NAME" "${CGNS_ANSWERS:-200}" "${CGNS_SEED:-}"
	echo "# ${lines[0]}" >&3
	assert_success
}

@test "a limit above the root of a namespace: what holds, who sets it, what is seen" {
	need pids
	grow "$cgroup/a/b" pids
	cg_ns_sleeper "$cgroup/a/b" "$h"
	echo 40 > "$top$cgroup/pids.max"
	limits -o VALUE,CGROUP,SEEN,USED "$CG_PID"
	assert_success
	assert_output "40 $cgroup max 1"
	echo 50 > "$top$cgroup/a/b/pids.max"
	limits -o VALUE,CGROUP,SEEN,RAW "$CG_PID"
	assert_output "40 $cgroup 50 40"
	echo 30 > "$top$cgroup/a/b/pids.max"
	limits -o VALUE,CGROUP,SEEN,DIR "$CG_PID"
	assert_output "30 $cgroup/a/b 30 $top$cgroup/a/b"
	limits -o VALUE,CGROUP -t "$CG_PID" "$CG_PID"
	assert_output "30 /"
	run --separate-stderr cgns-limits -l pids.max "$CG_PID"
	refute_output --partial '*'
}

@test "a cgroup, or a container, is seen as the process in it sees it" {
	local id what

	need pids
	printf -v id 'a%.0s' {1..64}
	cgroup+=/docker-$id.scope
	grow "$cgroup" pids
	echo 40 > "$top/$CG_NAME/pids.max"
	cg_ns_sleeper "$cgroup" "$h"
	for what in "container:$id" "cgroup:$h:$cgroup"; do
		limits -o VALUE,CGROUP,SEEN "$what"
		assert_output "40 /$CG_NAME max"
	done
}

@test "every size of huge pages by the one name" {
	[[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]] || skip "no huge pages"
	run -0 --separate-stderr cgns-limits -n -l hugetlb.SIZE.max self
	assert_line --partial hugetlb.2MB.max
	refute_output --partial SIZE
}

@test "text marks what is not seen inside, and says so below the table" {
	need pids
	grow "$cgroup/a" pids
	cg_ns_sleeper "$cgroup/a" "$h"
	echo 40 > "$top$cgroup/pids.max"
	run --separate-stderr cgns-limits -l pids.max "$CG_PID"
	assert_success
	[[ ${lines[1]} =~ ^pids.max\ +40\ +1\ +$cgroup\ +\*\ max$ ]] || fail "${lines[1]}"
	assert_line --index 2 --partial "* set above the root of the namespace"
	run --separate-stderr cgns-limits -n -l pids.max "$CG_PID"
	assert_equal "${#lines[@]}" 1
}

@test "a cgroup that siblings have filled stops one below its own limit" {
	need pids
	grow "$cgroup/full" pids
	grow "$cgroup/mine" pids
	for _ in 1 2 3 4; do
		cg_sleeper "$cgroup/full" "$h"
	done
	cg_sleeper "$cgroup/mine" "$h"
	echo 6 > "$top$cgroup/pids.max"
	echo 5 > "$top$cgroup/mine/pids.max"
	limits -o VALUE,CGROUP,USED,LEFT,LEFTCGROUP "$CG_PID"
	assert_output "5 $cgroup/mine 1 1 $cgroup"
	run --separate-stderr cgns-limits -l pids.max "$CG_PID"
	[[ ${lines[1]} =~ ^pids.max\ +5\ +!\ 1\  ]] || fail "${lines[1]}"
	assert_line "! pids.max: only 1 left in $cgroup, of 6"
	echo 2 > "$top$cgroup/pids.max"
	limits -o LEFT,LEFTCGROUP "$CG_PID"
	assert_output "0 $cgroup"
}

@test "a process outside its root: what it sees is not known, and said" {
	need pids
	grow "$cgroup/a" pids
	grow "$cgroup/b" pids
	cg_ns_sleeper "$cgroup/a" "$h"
	cg_move "$h" "$cgroup/b" "$CG_PID"
	echo 40 > "$top$cgroup/pids.max"
	limits -o VALUE,CGROUP,SEEN,UNKNOWN "$CG_PID"
	assert_success
	assert_output "40 $cgroup - seen"
	run --separate-stderr cgns-limits -l pids.max "$CG_PID"
	assert_line "? pids.max: its cgroup is outside the root of its namespace"
	# what is not limited needs no remark, and one says it of all others
	run --separate-stderr cgns-limits "$CG_PID"
	assert_equal "$(grep -c '^? ' <<< "$output")" 1
	refute_output --partial max.depth
	rmdir "$top$cgroup/a"
	limits -o VALUE,CGROUP,SEEN,UNKNOWN "$CG_PID"
	assert_output "40 $cgroup - seen"
	run --separate-stderr cgns-limits -l pids.max "$CG_PID"
	assert_line "? pids.max: the root of its namespace was removed"
}

@test "from inside, what is above is out of sight: at most" {
	cg_needs_private_mounts
	need pids
	command -v jq > /dev/null || skip "jq is not installed"
	grow "$cgroup/x" pids
	echo 40 > "$top$cgroup/pids.max"
	run --separate-stderr cgns-unshare -g "$h:$cgroup/x" --mount-cgroup \
		cgns-limits -l pids.max -J
	assert_success
	run jq -c '.limits[0] | [.value, .seen, .unknown, .at_most]' <<< "$output"
	assert_output '[null,null,[],true]'
	rmdir "$top$cgroup/x" "$top$cgroup"
	run --separate-stderr cgns-unshare -g "$h:$cgroup" -N --rm --set pids.max=40 \
		--mount-cgroup cgns-limits -H "$h" self
	assert_success
	assert_line --partial "At most: "
	run --separate-stderr cgns-unshare -g "$h:$cgroup" -N --rm --set pids.max=40 \
		cgns-limits -l pids.max -o +AT_MOST -n -r
	assert_output "pids.max 40 1 / 40 no"
}

@test "nothing limited: nothing is printed, unless it is asked for" {
	need pids
	grow "$cgroup" pids
	run --separate-stderr cgns-limits -H "$h" -l pids.max -n -r "$cgroup"
	assert_output "pids.max max - - max"
	run --separate-stderr cgns-limits -H "$h" -r -n -o LIMIT "$cgroup"
	assert_success
	[[ $output != *pids.max* ]] || fail "$output"
	run --separate-stderr cgns-limits -a -H "$h" -r -n -o LIMIT "$cgroup"
	assert_line pids.max
	# the table is empty, and looks so
	run --separate-stderr cgns-limits "fs:$top$cgroup"
	assert_success
	assert_equal "${lines[0]}" 'LIMIT VALUE USED CGROUP SEEN'
	run --separate-stderr cgns-limits -n "fs:$top$cgroup"
	assert_output ''
}

@test "units for people, bytes for scripts" {
	need memory
	grow "$cgroup" memory
	cg_sleeper "$cgroup" "$h"
	echo 1610612736 > "$top$cgroup/memory.$([[ $h == unified ]] && echo max || echo limit_in_bytes)"
	run cgns-limits -n -l memory.max -o VALUE "$CG_PID"
	assert_equal "${output// /}" "1.5G"
	run cgns-limits -n -b -l memory.max -o VALUE "$CG_PID"
	assert_equal "${output// /}" 1610612736
	run cgns-limits -n -r -l memory.max -o VALUE "$CG_PID"
	assert_output 1610612736
}

@test "a directory names its hierarchy: only limits of that one" {
	need pids
	grow "$cgroup" pids
	echo 12 > "$top$cgroup/pids.max"
	run --separate-stderr cgns-limits -n -r -a -o HIERARCHY "fs:$top$cgroup"
	assert_success
	assert_equal "$(sort -u <<< "$output")" "$h"
	run --separate-stderr cgns-limits -n -r -l pids.max -o VALUE "fs:$top$cgroup"
	assert_output 12
}

@test "an id that several hierarchies have is an error that lists them" {
	local id other

	need pids
	other=$(cg_hierarchies | while read -r name _; do [[ $name == "$h" ]] || echo "$name"; done | head -n 1)
	[[ -n $other ]] || skip "one hierarchy"
	id=$(stat -c %i "$top")
	[[ $id == "$(stat -c %i "$(cg_dir "$other")")" ]] || skip "their ids differ"
	cg_refused 1 cgns-limits "id:$id"
	said "in several hierarchies: name one: "
	said "--hierarchy="
	run -0 --separate-stderr cgns-limits -n -r -l pids.max -o HIERARCHY -H "$h" "id:$id"
	assert_output "$h"
}

# Runs cgns-limits as JSON, and jq's EXPRESSION on its rows: values COMMAND... -- EXPRESSION
rows()
{
	local arguments=() said

	command -v jq > /dev/null || skip "jq is not installed"
	while [[ $1 != -- ]]; do
		arguments+=("$1")
		shift
	done
	run --separate-stderr cgns-limits -J "${arguments[@]}"
	said=$stderr
	answered=$status
	run jq -c ".limits[] | $2" <<< "$output"
	stderr=$said
}

@test "a limit that is named has a row, or an error says where it is" {
	local other

	need pids
	other=$(cg_v1 | grep -vxF "$h" | head -n 1)
	[[ -n $other && $h != unified ]] || skip "less than two v1 hierarchies"
	grow "$cgroup/a" pids
	echo 12 > "$top$cgroup/pids.max"
	cg_make "$other" "$CG_NAME" > /dev/null
	cg_refused 1 cgns-limits -H "$other" -l pids.max self
	said "pids.max is not in the hierarchy $other that --hierarchy names: it is in $h"
	cg_refused 1 cgns-limits -l pids.max "fs:$(cg_dir "$other")$cgroup"
	said "names a cgroup in $other alone: pids.max is in $h"
	# of two, the one that can be answered is
	cg_has_v2 || skip "no v2 hierarchy"
	rows -l pids.max,cgroup.max.depth "fs:$top$cgroup/a" -- '[.limit, .value, .unknown]'
	assert_equal "$answered" 64
	said "names a cgroup in $h alone: cgroup.max.depth is in unified"
	assert_line --index 0 '["pids.max",12,[]]'
	assert_line --index 1 --partial '["cgroup.max.depth",null,["value",'
	# a path that is in one hierarchy of both
	rows -l pids.max,cgroup.max.depth "$cgroup/a" -- '[.limit, .value, .unknown]'
	assert_equal "$answered" 64
	said "no cgroup $cgroup/a in unified"
	assert_line --index 0 '["pids.max",12,[]]'
	assert_line --index 1 --partial '["cgroup.max.depth",null,["value",'
}

@test "--limits adds up, and each limit has one row" {
	need pids
	run -0 --separate-stderr cgns-limits -n -r -o LIMIT -l pids.max -l cpu.max -l pids.max self
	assert_output $'pids.max\ncpu.max'
	run -0 cgns-limits -n -r -o LIMIT -l pids.max --limits=memory.max,cpu.max self
	assert_output $'pids.max\nmemory.max\ncpu.max'
	[[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]] || return 0
	run -0 cgns-limits -n -r -o LIMIT -l hugetlb.2MB.max -l hugetlb.SIZE.max self
	assert_equal "$(grep -c '^hugetlb.2MB.max$' <<< "$output")" 1
}

@test "a size of huge pages that the kernel does not have is an error that lists those it has" {
	[[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]] || skip "no huge pages"
	cg_misused 1 cgns-limits -l hugetlb.7MB.max
	said "unknown limit 'hugetlb.7MB.max': there are: "
	said hugetlb.2MB.max
	cg_misused 1 cgns-limits -l pids.max,hugetlb..max
}

@test "an empty set is not known, and that is said" {
	need cpuset
	[[ $h != unified && $(< "$top/cgroup.clone_children") == 0 ]] || skip "no v1 cpuset"
	grow "$cgroup" cpuset
	rows -l cpuset.cpus -o LIMIT,VALUE,SEEN "cgroup:$h:$cgroup" -- '[.value, .seen, .unknown]'
	assert_equal "$answered" 0
	assert_output '[null,null,["value","cgroup","seen","dir","raw"]]'
	run -0 cgns-limits -l cpuset.cpus "cgroup:$h:$cgroup"
	assert_line "? cpuset.cpus: the set is empty: no process can run in that cgroup"
}

@test "from inside, who sets a cpuset is not known if it may be above" {
	cg_needs_private_mounts
	local file

	need cpuset
	[[ $h != unified && $(nproc) -gt 1 ]] || skip "no v1 cpuset, or one CPU"
	grow "$cgroup/a/b" cpuset
	for file in "$top$cgroup" "$top$cgroup/a" "$top$cgroup/a/b"; do
		echo 0 > "$file/cpuset.mems"
		echo 0 > "$file/cpuset.cpus"
	done
	run -0 cgns-unshare -g "$h:$cgroup/a" -M cgns-limits -l cpuset.cpus
	[[ ${lines[1]} =~ ^cpuset.cpus\ +0\ +\?\ +0$ ]] || fail "${lines[1]}"
	assert_line "? cpuset.cpus: it may be set above what can be seen from here"
	run -0 cgns-unshare -g "$h:$cgroup/a" -M cgns-limits -l cpuset.cpus -n -r -o CGROUP,UNKNOWN,AT_MOST
	assert_output "- cgroup,dir no"
	run -0 cgns-limits -l cpuset.cpus -n -r -o CGROUP "cgroup:$h:$cgroup/a/b"
	assert_output "$cgroup"
	# it differs from what is above: then it is known
	echo 0-1 > "$top$cgroup/cpuset.cpus"
	echo 0-1 > "$top$cgroup/a/cpuset.cpus"
	run -0 cgns-unshare -g "$h:$cgroup/a" -M cgns-limits -l cpuset.cpus -n -r -o VALUE,CGROUP /b
	assert_output "0 /b"
}

@test "a zombie has no namespace, and that is said" {
	local zombie

	need pids
	grow "$cgroup" pids
	# its parent does not wait any more when it ends
	mkfifo "$BATS_TEST_TMPDIR/end"
	sh -c 'echo $$ > "$2/cgroup.procs"; cat "$1" & echo $! > "$0"; exec sleep 1000' \
		"$BATS_TEST_TMPDIR/zombie" "$BATS_TEST_TMPDIR/end" "$top$cgroup" 3>&- &
	mover=$!
	cg_until grep -qx sleep "/proc/$mover/comm"
	zombie=$(< "$BATS_TEST_TMPDIR/zombie")
	: > "$BATS_TEST_TMPDIR/end"
	cg_until grep -q ') Z ' "/proc/$zombie/stat"
	run -0 --separate-stderr cgns-limits -l pids.max "$zombie"
	assert_line "? pids.max: the process has ended, and has no namespace"
	limits -o SEEN,UNKNOWN "$zombie"
	assert_output "- seen"
}

@test "a cgroup whose processes are in several namespaces: what they see is not known, and said" {
	need pids
	grow "$cgroup/a" pids
	echo 40 > "$top$cgroup/pids.max"
	cg_ns_sleeper "$cgroup/a" "$h"
	cg_sleeper "$cgroup/a" "$h"
	limits -o VALUE,CGROUP,SEEN,UNKNOWN "cgroup:$h:$cgroup/a"
	assert_success
	assert_output "40 $cgroup - seen"
	run -0 --separate-stderr cgns-limits -l pids.max "cgroup:$h:$cgroup/a"
	assert_line "? pids.max: its processes are in different cgroup namespaces"
	# a path is seen as --from sees it, whoever is in there
	limits -H "$h" -o SEEN "$cgroup/a"
	assert_output 40
}

@test "blank is what does not apply, a question mark what is not known" {
	need pids
	grow "$cgroup" pids
	run -0 --separate-stderr cgns-limits -n -l pids.max -H "$h" -o LEFT,LEFTCGROUP,CGROUP "$cgroup"
	assert_equal "${output// /}" ''
	cg_has_v2 && [[ $h != unified ]] || skip "all in one hierarchy"
	run --separate-stderr cgns-limits -n -l pids.max,cgroup.max.depth \
		-o LIMIT,LEFT,LEFTCGROUP,CGROUP,DIR,RAW,USED "fs:$top$cgroup"
	[[ ${lines[1]} =~ ^cgroup.max.depth(\ +\?){6}$ ]] || fail "${lines[1]}"
}

@test "a directory that is in another hierarchy than --hierarchy names is refused, as a line is" {
	local other what

	need pids
	other=$(cg_v1 | grep -vxF "$h" | head -n 1)
	[[ -n $other ]] || skip "one hierarchy"
	grow "$cgroup" pids
	for what in "fs:$top$cgroup" "cgroup:$h:$cgroup"; do
		cg_refused 1 cgns-limits -H "$other" "$what"
		said "is not in the hierarchy $other that --hierarchy names: it is in $h"
		cg_refused 1 cgns-path -H "$other" "$what"
		run -0 cgns-limits -H "$h" "$what"
	done
}

@test "a view that cannot be told is said once for a row" {
	need pids
	grow "$cgroup/a" pids
	grow "$cgroup/b" pids
	echo 40 > "$top$cgroup/pids.max"
	cg_ns_sleeper "$cgroup/a" "$h"
	cg_move "$h" "$cgroup/b" "$CG_PID"
	rmdir "$top$cgroup/a"
	limits -t "$CG_PID" -o VALUE,CGROUP,LEFTCGROUP "$CG_PID"
	assert_equal "$status" 64
	assert_output "40 - -"
	assert_equal "$(grep -c . <<< "$stderr")" 1
	said "was removed"
}

@test "what fails is said and counted" {
	need pids
	cg_refused 1 cgns-limits "$cgroup/missing"
	run --separate-stderr cgns-limits -l pids.max self "$cgroup/missing"
	assert_equal "$status" 64
	said "no cgroup $cgroup/missing"
	cg_refused 1 cgns-limits 4194304
	run --separate-stderr cgns-limits -J "$cgroup/missing"
	assert_equal "$status" 1
	assert_equal "$(tr -d ' \n' <<< "$output")" '{"limits":[]}'
}

@test "wrong usage" {
	cg_misused 1 cgns-limits -l memory.maximum
	said "did you mean 'memory.max'?"
	cg_misused 1 cgns-limits -l memory.limit_in_bytes
	said "it is called memory.max here"
	cg_misused 1 cgns-limits -l memory.max,
	cg_misused 1 cgns-limits -p 1
	said 'a PID is a WHAT by itself'
	cg_misused 1 cgns-limits -J -r
	cg_misused 1 cgns-limits -o NOTHING
}

@test "each cgroup is read once, however many processes are in it" {
	local one many

	need pids
	cg_needs_strace
	grow "$cgroup/a" pids
	echo 77 > "$top$cgroup/pids.max"
	cg_ns_sleeper "$cgroup/a" "$h"
	strace -o "$BATS_TEST_TMPDIR/one" -e trace=openat2 cgns-limits -l pids.max - \
		<<< "$CG_PID" > /dev/null
	for _ in 1 2 3 4 5; do
		cg_sleeper "$cgroup/a" "$h"
	done
	strace -o "$BATS_TEST_TMPDIR/many" -e trace=openat2 cgns-limits -l pids.max -n -r - \
		< "$top$cgroup/a/cgroup.procs" > "$BATS_TEST_TMPDIR/output"
	assert_equal "$(grep -c ' 77 ' "$BATS_TEST_TMPDIR/output")" 6
	one=$(grep -c '"pids.max"' "$BATS_TEST_TMPDIR/one")
	many=$(grep -c '"pids.max"' "$BATS_TEST_TMPDIR/many")
	((one > 0 && one == many)) || fail "$one and $many openings"
}

@test "the root of a hierarchy, where no limit can be set, is not watched" {
	local slashes=${cgroup//[^\/]/}

	need pids
	[[ $(readlink /proc/self/ns/cgroup) == 'cgroup:[4026531835]' ]] || skip "it cannot be seen from here"
	cg_needs_strace
	grow "$cgroup/a" pids
	strace -o "$BATS_TEST_TMPDIR/trace" -e trace=inotify_add_watch \
		cgns-limits -H "$h" -l pids.max "fs:$top$cgroup/a" > /dev/null
	run -0 grep -c 'inotify_add_watch.* = [0-9]' "$BATS_TEST_TMPDIR/trace"
	assert_output $((${#slashes} + 1))
}

# calls COUNT: the least number of system calls of a few runs with COUNT lines of the same PID
calls()
{
	local least=999999 got

	for _ in 1 2 3; do
		yes "$CG_PID" | head -n "$1" > "$BATS_TEST_TMPDIR/lines"
		strace -f -o "$BATS_TEST_TMPDIR/trace" cgns-limits -n -r - \
			< "$BATS_TEST_TMPDIR/lines" > /dev/null
		got=$(grep -vc -e write -e brk -e mremap -e mmap "$BATS_TEST_TMPDIR/trace")
		((got > least)) || least=$got
	done
	echo "$least"
}

@test "a file of two that cannot be read is the one that is named" {
	local n

	need cpu
	[[ -e $top/cpu.cfs_quota_us ]] || skip "no v1 quota"
	cg_needs_strace
	grow "$cgroup" cpu
	strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat2 cgns-limits -l cpu.max "cgroup:$h:$cgroup" \
		> /dev/null
	n=$(grep openat2 "$BATS_TEST_TMPDIR/trace" | grep -n cfs_period_us | head -n 1 | cut -d : -f 1)
	run --separate-stderr strace -o "$BATS_TEST_TMPDIR/trace" -e trace=openat2 \
		-e inject=openat2:error=EACCES:when="$n+2" cgns-limits -l cpu.max "cgroup:$h:$cgroup"
	assert_equal "$status" 64
	said "cannot read $top$cgroup/cpu.cfs_period_us: Permission denied"
	[[ $stderr != *cfs_quota_us* ]] || fail "$stderr"
}

@test "a further process costs its own files, and nothing of its cgroups" {
	local few many

	need pids
	cg_needs_strace
	grow "$cgroup/a" pids
	cg_ns_sleeper "$cgroup/a" "$h"
	few=$(calls 100)
	many=$(calls 300)
	# folder, namespace, cgroup: open, read and close; a look whether anything has changed
	((many - few <= 200 * 8)) || fail "$few calls for 100 processes, $many for 300"
}

@test "a process that cannot be read is never answered by what was read of the one before" {
	local trace=$BATS_TEST_TMPDIR/trace pid n

	need pids
	cg_needs_strace
	grow "$cgroup" pids
	cg_sleeper "$cgroup" "$h"
	pid=$CG_PID
	cg_sleeper / "$h"
	printf '%s\n' "$pid" "$CG_PID" > "$BATS_TEST_TMPDIR/lines"
	strace -o "$trace" -e trace=openat cgns-limits -l pids.max,cpu.max,memory.max -n -r - \
		< "$BATS_TEST_TMPDIR/lines" > /dev/null
	# the last look at the second one's cgroup file
	n=$(grep openat "$trace" | grep -n '"cgroup"' | tail -n 1 | cut -d : -f 1)
	run --separate-stderr strace -o "$trace" -e trace=openat \
		-e inject=openat:error=ESRCH:when="$n+" cgns-limits -l pids.max,cpu.max,memory.max \
		-n -r -o WHAT - < "$BATS_TEST_TMPDIR/lines"
	assert_equal "$status" 64
	assert_equal "$(sort -u <<< "$output")" "$pid"
}

@test "a cgroup that is made again is never answered by what was read of the one before" {
	local last=0 value seen=0

	need pids
	grow "$cgroup/b" pids
	echo 100000 > "$top$cgroup/pids.max"
	cg_sleeper "$cgroup/b" "$h"
	bash -c '
		for ((n = 1; ; n++)); do
			mkdir "$0/a"
			echo "$n" > "$0/a/pids.max"
			echo "$1" > "$0/a/cgroup.procs"
			read -r -t 0.005 <> <(:)
			echo "$1" > "$0/b/cgroup.procs"
			rmdir "$0/a"
		done' "$top$cgroup" "$CG_PID" 3>&- 2> /dev/null &
	mover=$!
	yes "$CG_PID" | head -n 30000 > "$BATS_TEST_TMPDIR/lines"
	for _ in {1..100}; do
		cgns-limits -l pids.max -n -r -o VALUE - < "$BATS_TEST_TMPDIR/lines" \
			> "$BATS_TEST_TMPDIR/output" || fail "status $?"
		seen=0 last=0
		for value in $(grep -vx 100000 "$BATS_TEST_TMPDIR/output" | uniq); do
			((value > last)) || fail "$value after $last"
			seen=$((seen + 1)) last=$value
		done
		# one that was believed for ever would be the only one
		((seen < 3)) || return 0
	done
	fail "never met three of that name in one run"
}

@test "limits that change while they are read are never mixed" {
	need pids
	grow "$cgroup/a" pids
	# at any time the smaller of both is 100
	echo 100 > "$top$cgroup/pids.max"
	echo 200 > "$top$cgroup/a/pids.max"
	while :; do
		echo 100 > "$top$cgroup/a/pids.max"
		echo 200 > "$top$cgroup/pids.max"
		echo 100 > "$top$cgroup/pids.max"
		echo 200 > "$top$cgroup/a/pids.max"
	done 3>&- &
	mover=$!
	for _ in {1..40}; do
		limits -H "$h" -o VALUE "$cgroup/a"
		assert_success
		assert_output 100
	done
}

# stopped ACTION...: asks for the limits of $cgroup/a, stopped each time when a pids.max was opened
# and not yet read; at stop N the Nth ACTION is run. Sets output, stderr and status.
stopped()
{
	local trace=$BATS_TEST_TMPDIR/trace first action stops=0 pid tracer

	cg_needs_strace
	strace -o "$trace" -e trace=openat2 cgns-limits -H "$h" -l pids.max "$cgroup/a" > /dev/null
	first=$(grep openat2 "$trace" | grep -n -m 1 '"pids.max"' | cut -d : -f 1)
	: > "$trace"
	strace -f -o "$trace" -e trace=openat2 -e inject="openat2:signal=STOP:when=$first+" \
		cgns-limits -H "$h" -l pids.max -n -r -o VALUE "$cgroup/a" \
		> "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 3>&- &
	tracer=$!
	cg_until grep -q openat2 "$trace"
	pid=$(awk '{ print $1; exit }' "$trace")
	while kill -0 "$tracer" 2> /dev/null; do
		if (($(grep -c 'stopped by SIGSTOP' "$trace") > stops)); then
			stops=$((stops + 1))
			action=${1:-}
			shift || true
			eval "$action"
			kill -CONT "$pid"
		fi
	done
	status=0
	wait "$tracer" || status=$?
	output=$(< "$BATS_TEST_TMPDIR/out") stderr=$(< "$BATS_TEST_TMPDIR/err")
	((stops >= 4)) || fail "stopped $stops times: $(< "$trace")"
}

@test "limits that change there and back between two readings are never mixed" {
	local there back

	need pids
	grow "$cgroup/a" pids
	# at any time the smaller of both is 100, and whenever one is read it says 200
	there="echo 100 > $top$cgroup/a/pids.max; echo 200 > $top$cgroup/pids.max"
	back="echo 100 > $top$cgroup/pids.max; echo 200 > $top$cgroup/a/pids.max"
	eval "$back"
	# each reading opens three: its own, its parent's, and that which the top has not
	stopped : "$there" : "$back" "$there"
	assert_success
	assert_output 100
}

@test "a cgroup that goes away while it is read is an error, and one made again is read again" {
	need pids
	grow "$cgroup/a" pids
	echo 100 > "$top$cgroup/a/pids.max"
	stopped : : "rmdir $top$cgroup/a"
	assert_equal "$status" 1
	assert_output ""
	said "no cgroup $cgroup/a"
	grow "$cgroup/a" pids
	echo 100 > "$top$cgroup/a/pids.max"
	stopped "rmdir $top$cgroup/a; mkdir $top$cgroup/a; echo 70 > $top$cgroup/a/pids.max"
	assert_success
	assert_output 70
	# removed after its own file was read, before that of the cgroup above
	stopped : "rmdir $top$cgroup/a; mkdir $top$cgroup/a; echo 80 > $top$cgroup/a/pids.max" : :
	assert_success
	assert_output 80
}

@test "a process that never rests: its limit and its cgroup belong together" {
	need pids
	grow "$cgroup/a" pids
	grow "$cgroup/b" pids
	echo 10 > "$top$cgroup/a/pids.max"
	echo 20 > "$top$cgroup/b/pids.max"
	cg_sleeper "$cgroup/a" "$h"
	while :; do
		echo "$CG_PID" > "$top$cgroup/b/cgroup.procs"
		echo "$CG_PID" > "$top$cgroup/a/cgroup.procs"
	done 3>&- 2> /dev/null &
	mover=$!
	for _ in {1..40}; do
		limits -o VALUE,CGROUP "$CG_PID"
		assert_success
		[[ $output == "10 $cgroup/a" || $output == "20 $cgroup/b" ]] || fail "$output"
	done
}

@test "without privilege the limits are told, and what cannot be seen is said" {
	need pids
	cg_public cgns-limits
	grow "$cgroup" pids
	echo 33 > "$top$cgroup/pids.max"
	cg_ns_sleeper "$cgroup" "$h"
	run --separate-stderr cg_as_nobody cgns-limits -l pids.max -n -r -o VALUE,SEEN,UNKNOWN "$CG_PID"
	assert_equal "$status" 64
	assert_output "33 - seen"
	said "cannot see the cgroup namespace"
}

## For real -------------------------------------------------------------------------------------

@test "a program is killed when it takes more memory than was said" {
	local value swap

	need memory
	swap=$([[ $h == unified ]] && echo memory.swap.max || echo memory.memsw.limit_in_bytes)
	grow "$cgroup/a" memory
	echo 50331648 > "$top$cgroup/memory.$([[ $h == unified ]] && echo max || echo limit_in_bytes)"
	[[ ! -e $top$cgroup/$swap ]] ||
		if [[ $h == unified ]]; then echo 0; else echo 50331648; fi > "$top$cgroup/$swap"
	if [[ $(cat "$top$cgroup/memory.use_hierarchy" 2> /dev/null) == 0 ]]; then
		skip "a cgroup of v1 counts for itself alone here"
	fi
	value=$(cgns-limits -H "$h" -l memory.max -n -r -o VALUE "$cgroup/a")
	assert_equal "$value" 50331648
	run --separate-stderr cgns-unshare -g "$h:$cgroup/a" dd if=/dev/zero of=/dev/null bs=$((value / 2)) count=1
	assert_success
	run --separate-stderr cgns-unshare -g "$h:$cgroup/a" dd if=/dev/zero of=/dev/null bs=$((value * 2)) count=1
	assert_equal "$status" 137
}

@test "as many processes can be started as were said to be left" {
	local left

	need pids
	grow "$cgroup/a" pids
	grow "$cgroup/b" pids
	cg_sleeper "$cgroup/b" "$h"
	echo 7 > "$top$cgroup/pids.max"
	echo 100 > "$top$cgroup/a/pids.max"
	limits -H "$h" -o LEFT "$cgroup/a"
	left=$output
	assert_equal "$left" 6
	run --separate-stderr cgns-unshare -g "$h:$cgroup/a" sh -c '
		for i in '"$(seq -s ' ' $((left - 1)))"'; do sleep 0 & done; wait; echo done'
	assert_success
	run --separate-stderr cgns-unshare -g "$h:$cgroup/a" sh -c '
		for i in '"$(seq -s ' ' "$left")"'; do sleep 100 > /dev/null 2>&1 3>&- & done; echo done'
	assert_failure
	assert_output ''
}
