#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-unshare --set: each limit is set in the hierarchy that has it, v1 or v2, in a cgroup with the
# controllers for it, or nothing is created at all.

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
	cg_teardown
}

# Sets h to the hierarchy of a controller; skips where the root hands it to nobody.
need()
{
	local handed

	if h=$(cg_v1_of "$1"); then
		version=v1
		return
	fi
	h=unified version=v2
	cg_has_v2 || skip "no hierarchy has $1"
	read -r handed < "$(cg_dir unified)/cgroup.subtree_control" || true
	[[ " $handed " == *" $1 "* ]] || skip "the root of v2 does not hand $1 down"
}

# The name of the v1 hierarchy that has a controller.
cg_v1_of()
{
	local name

	while read -r name _; do
		[[ ,$name, != *,"$1",* ]] || { echo "$name"; return; }
	done < <(cg_hierarchies)
	return 1
}

# sets V1_FILE V2_FILE WANTED ARGUMENT...: what is in the file of the new cgroup
sets()
{
	local file=$1

	[[ $version == v1 ]] || file=$2
	[[ -n $file ]] || return 0
	run --separate-stderr cgns-unshare -g "$h:$cgroup" -N --rm "${@:4}" -- \
		cat "$(cg_dir "$h")$cgroup/$file"
	assert_success
	assert_output "$3"
	assert_equal "$(cg_own_cgroups)" ""
}

# refused TEXT ARGUMENT...: it fails by itself, says so, and creates no cgroup
refused()
{
	local before

	before=$(cg_own_cgroups)
	cg_refused 125 cgns-unshare "${@:2}" true
	said "$1"
	assert_equal "$(cg_own_cgroups)" "$before"
}

@test "memory.max" {
	need memory
	sets memory.limit_in_bytes memory.max 67108864 --set memory.max=64M
	sets memory.limit_in_bytes memory.max 67108864 --set memory.max=67108864
}

@test "memory.high, which v1 does not have" {
	need memory
	if [[ $version == v1 ]]; then
		refused "v1 has nothing" -g "$h:$cgroup" -N --set memory.high=64M
	else
		sets '' memory.high 67108864 --set memory.high=64M
	fi
}

@test "memory.swap.max: in v1 the sum with memory.max, in whatever order they are given" {
	need memory
	[[ $version == v2 || -e $(cg_dir "$h")/memory.memsw.limit_in_bytes ]] ||
		skip "the kernel does not account swap"
	mkdir "$(cg_dir "$h")$cgroup"
	[[ $version == v1 || -e $(cg_dir "$h")$cgroup/memory.swap.max ]] ||
		skip "the kernel does not account swap"
	rmdir "$(cg_dir "$h")$cgroup"
	if [[ $version == v1 ]]; then
		sets memory.memsw.limit_in_bytes '' 100663296 \
			--set memory.swap.max=32M --set memory.max=64M
		sets memory.memsw.limit_in_bytes '' 67108864 \
			--set memory.swap.max=0 --set memory.max=64M
		refused "needs a limit in memory.max" -g "$h:$cgroup" -N --set memory.swap.max=32M
		refused "needs a limit in memory.max" -g "$h:$cgroup" -N --set memory.swap.max=32M \
			--set memory.max=max
		refused "needs a limit in memory.max" -g "$h:$cgroup" -N --set memory.swap.max=15E \
			--set memory.max=15E
		refused "a number of bytes, as in 512M" -g "$h:$cgroup" -N --set memory.swap.max=1x \
			--set memory.max=64M
		# numbers as the kernel reads them: memory as it read it, swap in the same way
		sets memory.memsw.limit_in_bytes '' 1107296256 \
			--set memory.swap.max=32M --set memory.max=010000000000
		sets memory.memsw.limit_in_bytes '' 100663296 \
			--set memory.swap.max=0x2000000 --set memory.max=0x4000000
		sets memory.memsw.limit_in_bytes '' 75497472 \
			--set memory.swap.max=010M --set memory.limit_in_bytes=64M
	else
		sets '' memory.swap.max 33554432 --set memory.swap.max=32M --set memory.max=64M
	fi
}

@test "pids.max" {
	need pids
	sets pids.max pids.max 23 --set pids.max=23
	sets pids.max pids.max max --set pids.max=max
}

@test "cpu.max: in v1 a quota and a period" {
	need cpu
	mkdir "$(cg_dir "$h")$cgroup"
	[[ -e $(cg_dir "$h")$cgroup/cpu.max || -e $(cg_dir "$h")$cgroup/cpu.cfs_quota_us ]] ||
		skip "the kernel has no quota of CPU time"
	rmdir "$(cg_dir "$h")$cgroup"
	sets cpu.cfs_quota_us '' 25000 --set 'cpu.max=25000 50000'
	sets cpu.cfs_period_us '' 50000 --set 'cpu.max=25000 50000'
	sets cpu.cfs_period_us '' 100000 --set cpu.max=25000
	sets cpu.cfs_quota_us '' -1 --set 'cpu.max=max 50000'
	# decimal in both, as v2 reads them, and not octal
	sets cpu.cfs_quota_us '' 10000 --set 'cpu.max= 010000  0100000'
	sets cpu.cfs_period_us '' 100000 --set 'cpu.max= 010000  0100000'
	sets '' cpu.max '25000 50000' --set 'cpu.max=25000 50000'
	sets '' cpu.max 'max 50000' --set 'cpu.max=max 50000'
}

@test "a v1 quota is written behind its period, however they are given" {
	local dir

	need cpu
	[[ $version == v1 ]] || skip "no v1 cpu"
	dir=$(cg_dir "$h")
	[[ -e $dir/cpu.cfs_quota_us ]] || skip "the kernel has no quota of CPU time"
	run --separate-stderr cgns-unshare -v -g "$h:$cgroup" -N --rm --set cpu.cfs_quota_us=20000 \
		--set cpu.cfs_period_us=40000 cat "$dir$cgroup/cpu.cfs_quota_us" \
		"$dir$cgroup/cpu.cfs_period_us"
	assert_success
	assert_output $'20000\n40000'
	[[ $stderr == *'set cpu.cfs_period_us '*'set cpu.cfs_quota_us '* ]] || fail "$stderr"
}

@test "cpusets" {
	need cpuset
	sets cpuset.cpus cpuset.cpus 0 --set cpuset.cpus=0
	sets cpuset.mems cpuset.mems 0 --set cpuset.mems=0
}

@test "huge pages of each size" {
	local dir=() size

	need hugetlb
	mkdir "$(cg_dir "$h")$cgroup"
	dir=("$(cg_dir "$h")$cgroup"/hugetlb.*)
	rmdir "$(cg_dir "$h")$cgroup"
	for size in "${dir[@]}"; do
		size=${size##*/hugetlb.}
		[[ $size == [0-9]*B.max || $size == [0-9]*B.limit_in_bytes ]] || continue
		size=${size%%.*}
		sets "hugetlb.$size.limit_in_bytes" "hugetlb.$size.max" 17179869184 \
			--set "hugetlb.$size.max=16G"
	done
}

@test "how many cgroups there may be below, and how deep" {
	cg_has_v2 || skip "no v2 hierarchy"
	h=unified version=v2
	sets '' cgroup.max.depth 3 --set cgroup.max.depth=3
	sets '' cgroup.max.descendants 7 --set cgroup.max.descendants=7
}

@test "a file that no table knows is written as it is" {
	need cpu
	sets cpu.shares cpu.weight 512 --set "$([[ $version == v1 ]] && echo cpu.shares=512 || echo cpu.weight=512)"
}

@test "limits of several controllers go to the hierarchies that have them" {
	local files=() wanted='' arguments=() limit

	for limit in memory.max=67108864 pids.max=29 cpuset.cpus=0; do
		(need "${limit%%.*}") > /dev/null 2>&1 || continue
		need "${limit%%.*}"
		arguments+=(--set "$limit")
		files+=("$(cg_dir "$h")$cgroup/${limit%%=*}")
		[[ $version == v2 || $limit != memory.* ]] ||
			files[-1]=${files[-1]%/*}/memory.limit_in_bytes
		wanted+=${limit#*=}$'\n'
	done
	((${#files[@]} > 1)) || skip "less than two controllers"
	run --separate-stderr cgns-unshare -g "$cgroup" -N --rm "${arguments[@]}" cat "${files[@]}"
	assert_success
	assert_output "${wanted%$'\n'}"
}

@test "what is said with --verbose names the file that was written" {
	need memory
	run --separate-stderr cgns-unshare -v -g "$h:$cgroup" -N --rm --set memory.max=64M true
	assert_success
	if [[ $version == v1 ]]; then
		said "set memory.limit_in_bytes (memory.max) to 64M"
	else
		said "set memory.max to 64M"
	fi
}

@test "a value that the kernel refuses: everything is undone" {
	need pids
	refused "cannot set pids.max" -g "$cgroup" -N --set pids.max=many
	refused "cannot set pids.max" -g "$cgroup/a/b" -N --set pids.max=3 --set pids.max=many
	refused "that file can only be read" -g "$h:$cgroup" -N --set pids.current=3
	refused "there is no such file" -g "$h:$cgroup" -N --set pids.nothing=3
}

@test "a refused value is answered with what the file takes" {
	need memory
	refused "it takes a number of bytes, as in 512M, or max" -g "$h:$cgroup" -N --set memory.max=5X
	refused "it takes a number of bytes, as in 512M, or max" -g "$h:$cgroup" -N --set memory.max=-5
	need pids
	refused "it takes a number or max" -g "$h:$cgroup" -N --set pids.max=-5
	need cpuset
	refused "it takes a list of numbers and ranges" -g "$h:$cgroup" -N --set cpuset.cpus=abc
	refused "it takes a list of numbers and ranges" -g "$h:$cgroup" -N --set cpuset.mems=1-0
}

@test "a quota of CPU time that is none is refused in v1 as in v2, and says which part" {
	local value dir

	need cpu
	dir=$(cg_make "$h" "$CG_NAME/a")
	[[ -e $dir/cpu.max || -e $dir/cpu.cfs_quota_us ]] || skip "the kernel has no quota of CPU time"
	for value in -5 '5 7 9' 'x 100000' '100000 x' -1 ' ' '5000 -1' 0x5000; do
		refused "it takes a quota and maybe a period in microseconds" -g "$h:$cgroup/b" -N \
			--set cpu.max="$value"
	done
	refused "a quota has at least 1000 microseconds" -g "$h:$cgroup/b" -N --set cpu.max=500
	refused "a period has 1000 to 1000000 microseconds" -g "$h:$cgroup/b" -N --set 'cpu.max=5000 7'
	[[ $version == v1 ]] || return 0
	echo 20000 > "$dir/cpu.cfs_quota_us"
	refused "the cgroup above it has 20000 in 100000" -g "$h:$cgroup/a/x" -N --set cpu.max=50000
	refused "it takes a number of microseconds, or -1" -g "$h:$cgroup/a/x" -N \
		--set cpu.cfs_quota_us=x
	run -0 cgns-unshare -g "$h:$cgroup/a/x" -N --rm --set 'cpu.max=50000 1000000' true
}

@test "memory and swap together in v1 with more memory alone: says what is set lower, too" {
	need memory
	[[ $version == v1 && -e $(cg_dir "$h")/memory.memsw.limit_in_bytes ]] || skip "no v1 swap"
	refused "memory alone, which has no limit: set memory.limit_in_bytes lower, too" \
		-g "$h:$cgroup" -N --set memory.memsw.limit_in_bytes=64M
	sets memory.memsw.limit_in_bytes '' 67108864 --set memory.memsw.limit_in_bytes=64M \
		--set memory.limit_in_bytes=64M
	refused "memory alone, which has 67108864" -g "$h:$cgroup" -N --set memory.max=64M \
		--set memory.memsw.limit_in_bytes=32M
}

@test "a file or a controller that there is not: what was meant" {
	need memory
	refused "did you mean 'memory.max'?" -g "$cgroup" -N --set memroy.max=5
	refused "did you mean 'memory.max'?" -g "$h:$cgroup" -N --set memroy.max=5
	refused "did you mean 'memory.max'?" -g "$h:$cgroup" -N --set memory.maxx=5
	refused "there is no such file" -g "$h:$cgroup" -N --set memory.nothing=5
	[[ $stderr != *"did you mean"* ]] || fail "$stderr"
	# what the kernel may have, and this host does not hand out, is no typing error
	refused "" -g "$cgroup" -N --set misc.max=5
	[[ $stderr != *"did you mean"* ]] || fail "$stderr"
}

@test "a size of huge pages that there is not, or none: those that there are" {
	local file

	need hugetlb
	[[ -d /sys/kernel/mm/hugepages/hugepages-2048kB ]] || skip "no huge pages of 2 MB"
	for file in hugetlb.SIZE.max hugetlb.7MB.max hugetlb.max; do
		refused "there are: hugetlb." -g "$h:$cgroup" -N --set "$file=4M"
		said hugetlb.2MB.max
	done
	[[ $version == v2 ]] || return 0
	refused "use hugetlb.2MB.max" -g "$h:$cgroup" -N --set hugetlb.2MB.limit_in_bytes=4M
}

@test "a file that is given twice is written twice: the last value stays" {
	need pids
	sets pids.max pids.max 7 --set pids.max=5 --set pids.max=7
	need cpu
	[[ $version == v1 && -e $(cg_dir "$h")/cpu.cfs_quota_us ]] || return 0
	# as a quota alone leaves the period in v2
	sets cpu.cfs_quota_us '' 7000 --set 'cpu.max=5000 50000' --set cpu.max=7000
	sets cpu.cfs_period_us '' 50000 --set 'cpu.max=5000 50000' --set cpu.max=7000
}

@test "a limit is set in the cgroup that becomes the root, however the options are ordered" {
	local options

	need pids
	for options in "-g $h:$cgroup/a -g $cgroup/b" "-g $cgroup/b -g $h:$cgroup/a" \
		"-g $h:$cgroup/c -g $h:$cgroup/a"; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr cgns-unshare $options -N --rm --set pids.max=5 \
			cat "$(cg_dir "$h")$cgroup/a/pids.max"
		assert_output 5
	done
}

@test "a v1 cpuset says what the cgroup above has" {
	need cpuset
	[[ $version == v1 ]] || skip "no v1 cpuset"
	cg_make "$h" "$CG_NAME" > /dev/null
	echo 0 > "$(cg_dir "$h")$cgroup/cpuset.cpus"
	[[ $(nproc) -gt 1 ]] || skip "one CPU"
	refused "the cgroup above it has 0" -g "$h:$cgroup/x" -N --set cpuset.cpus=1
	refused "the cgroup above it has 0" -g "$h:$cgroup/x" -N --set cpuset.cpus=0-1
	run -0 cgns-unshare -g "$h:$cgroup/x" -N --rm --set cpuset.cpus=0 true
}

@test "v1's name on v2 is answered with v2's" {
	need memory
	[[ $version == v2 ]] || skip "no v2 memory"
	refused "use memory.max" -g "$h:$cgroup" -N --set memory.limit_in_bytes=64M
}

@test "a cgroup that exists is never changed" {
	local dir

	need pids
	dir=$(cg_make "$h" "$CG_NAME")
	echo 11 > "$dir/pids.max"
	refused "a cgroup that exists" -g "$h:$cgroup" -N --set pids.max=5
	assert_equal "$(< "$dir/pids.max")" 11
}

@test "a controller of a hierarchy that --cgroup does not name" {
	need pids
	cg_has_v2 && [[ $version == v1 ]] || skip "all in one hierarchy"
	refused "no cgroup that is to be created" -g "unified:$cgroup" -N --set pids.max=5
}

@test "a controller that there is not" {
	refused "" -g "$cgroup" -N --set nothing.max=5
}

@test "wrong usage" {
	cg_misused 125 cgns-unshare -g x -N --set pids.max
	cg_misused 125 cgns-unshare -g x -N --set pids.max=
	cg_misused 125 cgns-unshare -g x -N --set =5
	cg_misused 125 cgns-unshare -g x -N --set pids=5
	cg_misused 125 cgns-unshare -g x -N --set ../pids.max=5
	cg_misused 125 cgns-unshare -g x -N --set tasks=5
	cg_misused 125 cgns-unshare -g x -N --set notify_on_release=1
	cg_misused 125 cgns-unshare -g x -N --set release_agent=/x
	cg_misused 125 cgns-unshare -g x -N --set freezer.state=FROZEN
	cg_misused 125 cgns-unshare -g x -N --set cgroup.procs=1
	cg_misused 125 cgns-unshare -g x -N --set cgroup.freeze=1
	cg_misused 125 cgns-unshare -g x -N --set cgroup.subtree_control=+pids
	cg_misused 125 cgns-unshare -g x --set pids.max=5
	cg_misused 125 cgns-unshare -N --set pids.max=5
}

## Controllers of v2 ----------------------------------------------------------------------------

# Sets c to a controller that v2 has here, whatever it is, with a file and a value for it.
need_v2_controller()
{
	local has handed

	cg_has_v2 || skip "no v2 hierarchy"
	v2=$(cg_dir unified)
	read -r has < "$v2/cgroup.controllers" || true
	read -r handed < "$v2/cgroup.subtree_control" || true
	for c in pids memory cpu io hugetlb; do
		[[ " $has " == *" $c "* && " $handed " == *" $c "* ]] || continue
		setting=$c.max=max
		[[ $c != io ]] || setting=io.weight=50
		[[ $c != cpu ]] || setting=cpu.weight=50
		if [[ $c == hugetlb ]]; then
			setting=hugetlb.2MB.max=max
			[[ -e /sys/kernel/mm/hugepages/hugepages-2048kB ]] || continue
		fi
		return 0
	done
	skip "the root of v2 hands no controller down"
}

@test "parents that are created on the way hand down what is needed" {
	need_v2_controller
	run --separate-stderr cgns-unshare -g "unified:$cgroup/a/b/c" -N --rm --set "$setting" \
		cat "$v2$cgroup/a/b/c/cgroup.controllers" "$v2$cgroup/a/b/cgroup.subtree_control" \
		"$v2$cgroup/a/b/c/cgroup.subtree_control"
	assert_success
	[[ " ${lines[0]} " == *" $c "* ]] || fail "not there: ${lines[0]}"
	assert_equal "${lines[1]}" "$c"
	assert_equal "${lines[2]:-}" ""
	assert_equal "$(cg_own_cgroups)" ""
}

@test "a parent that hands nothing down is an error, with a line to type that helps" {
	local line

	need_v2_controller
	cg_make unified "$CG_NAME/a" > /dev/null
	refused "$v2$cgroup/a does not hand it down" -g "unified:$cgroup/a/x/y" -N --set "$setting"
	line=${stderr##*hand it down: }
	[[ $line == "echo +$c"* ]] || fail "no line to type: $stderr"
	bash -c "$line" > /dev/null
	run --separate-stderr cgns-unshare -g "unified:$cgroup/a/x/y" -N --rm --set "$setting" true
	assert_success
}

@test "processes in a parent that hands nothing down are said" {
	need_v2_controller
	cg_sleeper "$CG_NAME" unified
	refused "holds processes" -g "unified:$cgroup/x" -N --set "$setting"
}

@test "processes in any parent that has to hand down are said, and what is said helps" {
	local line

	need_v2_controller
	cg_make unified "$CG_NAME/a/b" > /dev/null
	cg_sleeper "$CG_NAME/a" unified
	refused "first move those of $v2$cgroup/a to a child of it: echo +$c | tee" \
		-g "unified:$cgroup/a/b/x" -N --set "$setting"
	[[ $stderr != *"$cgroup/a/b,"* ]] || fail "$stderr"
	line=${stderr##*to a child of it: }
	cg_make unified "$CG_NAME/a/child" > /dev/null
	echo "$CG_PID" > "$v2$cgroup/a/child/cgroup.procs"
	bash -e -c "$line" > /dev/null
	run --separate-stderr cgns-unshare -g "unified:$cgroup/a/b/x" -N --rm --set "$setting" true
	assert_success
	# and all of several
	cg_sleeper "$CG_NAME/a/child/c" unified
	refused "those of $v2$cgroup/a/child, $v2$cgroup/a/child/c to a child" \
		-g "unified:$cgroup/a/child/c/x" -N --set "$setting"
}

@test "a hierarchy of v2 named by a controller: what lacks it is not created, but joined" {
	need_v2_controller
	cg_make unified "$CG_NAME/a/b" > /dev/null
	refused "with the controller $c" -g "$c:$cgroup/a/x" -N
	run --separate-stderr cgns-unshare -v -g "$c:$cgroup/a/b" -N cat /proc/self/cgroup
	assert_success
	assert_line "0::/"
	said "$cgroup/a/b in unified exists without the controller $c"
}

@test "a hierarchy of v2 named by a controller: what is created has it" {
	need_v2_controller
	run --separate-stderr cgns-unshare -g "$c:$cgroup/a/x" -N --rm \
		cat "$v2$cgroup/a/x/cgroup.controllers"
	assert_success
	[[ " $output " == *" $c "* ]] || fail "not there: $output"
}

@test "a cgroup that is created without any controller is said with --verbose" {
	need_v2_controller
	cg_make unified "$CG_NAME" > /dev/null
	run --separate-stderr cgns-unshare -v -g "unified:$cgroup/x" -N --rm true
	assert_success
	said "$cgroup/x in unified has no controllers"
}

## For real -------------------------------------------------------------------------------------

@test "with pids.max there are as many processes as it says, and not one more" {
	local spawn='
		for i in $(seq "$1"); do sleep 100 < /dev/null > /dev/null & done
		echo done'

	need pids
	# seq runs in two of them, the shell and itself
	run --separate-stderr cgns-unshare -g "$h:$cgroup" -N --rm --set pids.max=5 sh -c "$spawn" sh 4
	assert_success
	assert_output "done"
	run --separate-stderr cgns-unshare -g "$h:$cgroup" -N --rm --set pids.max=5 sh -c "$spawn" sh 5
	assert_failure
	assert_output ''
}
