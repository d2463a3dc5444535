#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: seconds=1200
# The names that people have: containers, pods, units, whole subtrees, lines of /proc/PID/cgroup.
# The layouts are those of real runtimes, made by hand.

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	h=$(cg_default_hierarchy)
	mapfile -t others < <(cg_hierarchies | cut -d' ' -f1 | grep -vx "$h" | grep -v cpuset)
	id=$(sha256sum <<< "$CG_NAME one" | cut -c1-64)
	id2=$(sha256sum <<< "$CG_NAME two" | cut -c1-64)
	uid=$(sed -E 's/^(.{8})(.{4})(.{4})(.{4})(.{12}).*/\1-\2-\3-\4-\5/' <<< "$id2")
	scope=cri-containerd-$id.scope
	pod=kubepods-burstable-pod${uid//-/_}.slice
}

teardown()
{
	cg_teardown
}

# The inode of the cgroup namespace of process PID.
ns_of()
{
	stat -L -c %i "/proc/$1/ns/cgroup"
}

# leads_to TARGET NAMESPACE [OPTION...]: cgns-ls lists that namespace alone
leads_to()
{
	run --separate-stderr cgns-ls "${@:3}" -r -n -o NS "$1"
	assert_equal "$status $output" "0 $2"
}

# lists TARGET PID...: cgns-ls lists the namespaces of all these, and no others
lists()
{
	local pid

	run --separate-stderr cgns-ls -r -n -o NS "$1"
	assert_equal "$status" 0
	assert_equal "$(sort <<< "$output")" "$(for pid in "${@:2}"; do ns_of "$pid"; done | sort)"
}

# A process below PATH in the namespace that is rooted at PATH, in hierarchy h.
payload()
{
	cg_ns_sleeper "$1" "$h"
	[[ -z ${2:-} ]] || { cg_make "$h" "$1/$2" > /dev/null && cg_move "$h" "$1/$2" "$CG_PID"; }
}

# A process in PATH that is in the namespace of this shell: a debugging shell, a monitor.
visitor()
{
	cg_sleeper "$1" "$h"
}

# is TARGET PID: the TARGET is that process, for every program
is()
{
	local ns

	ns=$(ns_of "$2")
	run -0 cgns-path -H "$h" -t "$1" -r -n -o PATH "$2"
	assert_output "$(cgns-path -H "$h" -t "$2" "$2")"
	leads_to "$1" "$ns" -H "$h"
	run -0 cgns-enter -t "$1" -- stat -L -c %i /proc/self/ns/cgroup
	assert_output "$ns"
}

@test "a container is found by the beginning of its id, whatever runtime made it" {
	local path

	for path in "system.slice/docker-$id.scope" "docker/$id" "machine.slice/libpod-$id.scope" \
		"libpod_parent/libpod-$id" "kubepods.slice/$pod/$scope" \
		"kubepods/burstable/pod$uid/$id" "system.slice/nerdctl-$id.scope"; do
		payload "$CG_NAME/$path"
		is "container:${id:0:20}" "$CG_PID"
		run -0 cgns-path "container:$id" "containerd://$id"
		assert_output "/$CG_NAME/$path"$'\n'"/$CG_NAME/$path"
		kill "$CG_PID"
		cg_until cg_gone "$CG_PID"
		cg_until rmdir "$(cg_dir "$h")/$CG_NAME/$path"
	done
}

@test "a container by name, escaped as systemd does" {
	local name=${CG_NAME//[!a-zA-Z0-9]/.}

	payload "$CG_NAME/lxc.payload.$name-x" init.scope
	is "container:$name-x" "$CG_PID"
	payload "$CG_NAME/machine.slice/machine-$name\\x2dy.scope" payload
	is "container:$name-y" "$CG_PID"
	# of a name the beginning is not enough
	cg_refused 1 cgns-path "container:$name"
}

@test "a container's processes may be in a child alone" {
	payload "$CG_NAME/machine.slice/libpod-$id.scope" container
	is "container:$id" "$CG_PID"
	run -0 cgns-enter -t "container:$id" -c -- cat /proc/self/cgroup
	if [[ $h == unified ]]; then
		assert_line 0::/container
	else
		assert_line --regexp ":$h:/container$"
	fi
}

@test "a container whose cgroup is empty still has one" {
	local dir

	dir=$(cg_make "$h" "$CG_NAME/docker/$id")
	run -0 cgns-path -H "$h" "container:$id"
	assert_output "/$CG_NAME/docker/$id"
	run -0 cgns-path -H "$h" -A dir "container:$id"
	assert_output "$dir"
	cg_refused 1 cgns-ls "container:$id"
	said 'no process in cgroup'
}

@test "what is nowhere is said to be in no hierarchy, or not in the one that was asked for" {
	local program form

	for form in "container:$id" "pod:$uid" "unit:$CG_NAME.service"; do
		for program in cgns-path cgns-limits 'cgns-path -l' cgns-ls; do
			# shellcheck disable=SC2086
			cg_refused 1 $program "$form"
			said "no ${form%%:*} '${form#*:}' in any hierarchy"
			# shellcheck disable=SC2086
			cg_refused 1 $program -H "$h" "$form"
			said "no ${form%%:*} '${form#*:}' in $h"
		done
		cg_refused 125 cgns-enter -t "$form" true
		said "no ${form%%:*} '${form#*:}' in any hierarchy"
	done
}

@test "a prefix of several containers is an error that lists them, a whole id wins" {
	local twin=${id:0:63}

	[[ ${id:63} == 0 ]] && twin+='1' || twin+='0'
	payload "$CG_NAME/docker/$id"
	one=$CG_PID
	payload "$CG_NAME/docker/$twin"
	cg_refused 1 cgns-path "container:${id:0:40}"
	said "container:$id"
	said "container:$twin"
	lists "container:${id:0:40}" "$one" "$CG_PID"
	is "container:$twin" "$CG_PID"
}

@test "one container in several hierarchies is one" {
	((${#others[@]})) || skip "one hierarchy alone"
	cg_ns_sleeper "$CG_NAME/docker/$id" "$h" "${others[0]}"
	is "container:$id" "$CG_PID"
	run -0 cgns-path -l -r -n -o HIERARCHY,PATH "container:$id"
	assert_equal "${#lines[@]}" 2
	assert_line "$h /$CG_NAME/docker/$id"
	assert_line "${others[0]} /$CG_NAME/docker/$id"
}

@test "a container that is in another hierarchy than the default one is found there" {
	((${#others[@]})) || skip "one hierarchy alone"
	cg_ns_sleeper "$CG_NAME/docker/$id" "${others[0]}"
	leads_to "container:$id" "$(ns_of "$CG_PID")"
	run -0 cgns-path "container:$id"
	assert_output "/$CG_NAME/docker/$id"
	cg_refused 1 cgns-path -H "$h" "container:$id"
	cg_refused 1 cgns-ls -H "$h" "container:$id"
}

@test "the deepest container is meant: one in another is another" {
	payload "$CG_NAME/docker/$id"
	outer=$CG_PID
	payload "$CG_NAME/docker/$id/docker/$id2"
	is "container:$id" "$outer"
	is "container:$id2" "$CG_PID"
	kill "$outer"
	cg_until cg_gone "$outer"
	cg_refused 1 cgns-ls "container:$id"
	said 'no process in cgroup'
}

@test "a container that runs systemd: the shallowest root is the container's" {
	payload "$CG_NAME/docker/$id" init.scope
	init=$CG_PID
	payload "$CG_NAME/docker/$id/system.slice/private.service"
	is "container:$id" "$init"
}

@test "visitors and monitors of a container are not the container" {
	visitor "$CG_NAME/docker/$id"
	monitor=$CG_PID
	payload "$CG_NAME/docker/$id"
	inside=$CG_PID
	visitor "$CG_NAME/docker/$id"
	is "container:$id" "$inside"
	# a cgroup has no such rule: nobody is chosen silently
	cg_refused 1 cgns-path -t "cgroup:$h:/$CG_NAME/docker/$id" /
	said 'different cgroup namespaces'
	said "$monitor (sleep"
	said "$inside (sleep"
}

@test "two namespaces with the same root in a container are an error that lists them" {
	payload "$CG_NAME/docker/$id"
	one=$CG_PID
	payload "$CG_NAME/docker/$id"
	cg_refused 1 cgns-path -t "container:$id" /
	said "$one (sleep"
	said "$CG_PID (sleep"
	lists "container:$id" "$one" "$CG_PID"
}

@test "monitors with a name of their own hide nothing" {
	visitor "$CG_NAME/machine.slice/libpod-conmon-$id.scope"
	payload "$CG_NAME/machine.slice/libpod-$id.scope" container
	is "container:$id" "$CG_PID"
}

@test "a pod: its UID either way, its cgroup, its containers" {
	local pause slice=$CG_NAME/kubepods.slice/$pod

	pause=$(sha256sum <<< "$CG_NAME pause" | cut -c1-64)
	payload "$slice/$scope"
	is "pod:$uid" "$CG_PID"
	is "pod:${uid//-/_}" "$CG_PID"
	run -0 cgns-path -H "$h" "pod:$uid"
	assert_output "/$slice"
	run -0 cgns-path -H "$h" -r -n -o POD,CONTAINER,UNIT "$CG_PID"
	assert_output "$uid $id $scope"
	one=$CG_PID
	payload "$slice/cri-containerd-$pause.scope"
	cg_refused 1 cgns-path -t "pod:$uid" /
	said "container:$id"
	said "container:$pause"
	lists "pod:$uid" "$one" "$CG_PID"
	run -0 cgns-path -H "$h" "pod:$uid"
	assert_output "/$slice"
}

@test "a pod whose container has others in it is that container, also at the second try" {
	cg_needs_strace
	local nested log=$BATS_TEST_TMPDIR/log last traced

	# Of other directories, others' may come and go.
	traced=(strace -qq -e trace=openat -o "$log" -P "$(cg_make "$h" "$CG_NAME/kubepods.slice/$pod/$scope")")
	nested=$(sha256sum <<< "$CG_NAME nested" | cut -c1-64)
	payload "$CG_NAME/kubepods.slice/$pod/$scope/docker/$nested"
	payload "$CG_NAME/kubepods.slice/$pod/$scope"
	is "pod:$uid" "$CG_PID"
	# the process is not where it was listed
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 "${traced[@]}" cgns-path -t "pod:$uid" / > /dev/null
	last=$(grep -n cgroup.procs "$log" | tail -n 1)
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 run -0 --separate-stderr "${traced[@]}" \
		-e "inject=openat:error=ENOENT:when=${last%%:*}" \
		cgns-path -H "$h" -t "pod:$uid" -l -r -n -o PATH "$CG_PID"
	grep -q INJECTED "$log"
	assert_output /
}

@test "a unit: of the host's manager first, then of users', then in containers" {
	local name=${CG_NAME//[!a-zA-Z0-9]/.}

	payload "$CG_NAME/docker/$id/system.slice/$name.service"
	is "unit:$name" "$CG_PID"
	payload "$CG_NAME/user.slice/user-1.slice/user@1.service/app.slice/$name.service"
	is "unit:$name" "$CG_PID"
	payload "$CG_NAME/system.slice/$name.service"
	is "unit:$name" "$CG_PID"
	is "unit:$name.service" "$CG_PID"
	run -0 cgns-path -H "$h" "unit:$name"
	assert_output "/$CG_NAME/system.slice/$name.service"
	payload "$CG_NAME/other.slice/$name.service"
	cg_refused 1 cgns-path -H "$h" "unit:$name"
	said "cgroup:$h:/$CG_NAME/system.slice/$name.service"
	said "cgroup:$h:/$CG_NAME/other.slice/$name.service"
}

@test "a cgroup stands for the whole subtree where it holds no process itself" {
	payload "$CG_NAME/a/b/c"
	is "cgroup:$h:/$CG_NAME/a" "$CG_PID"
	is "cgroup:/$CG_NAME" "$CG_PID"
	deep=$CG_PID
	payload "$CG_NAME/a"
	is "cgroup:/$CG_NAME/a" "$CG_PID"
	is "cgroup:/$CG_NAME/a/b" "$deep"
}

@test "of the processes in a cgroup the one with the lowest PID is meant" {
	visitor "$CG_NAME/a"
	first=$CG_PID
	visitor "$CG_NAME/a"
	((first < CG_PID)) || skip "the numbers of processes begin again"
	run -0 cgns-enter -t "cgroup:$h:/$CG_NAME/a" -v true
	leads_to "cgroup:/$CG_NAME/a" "$(ns_of "$first")" -H "$h"
}

@test "a cgroup whose processes have no number for the caller: those that /proc shows" {
	local hierarchy

	for hierarchy in $(cg_hierarchies | grep -o '^unified') $(cg_v1 1); do
		cg_ns_sleeper "$CG_NAME/r" "$hierarchy"
		run -0 unshare --pid --fork --kill-child \
			cgns-path -H "$hierarchy" --from "cgroup:$hierarchy:/$CG_NAME/r" / 3>&-
		assert_output "/$CG_NAME/r"
		kill "$CG_PID"
		cg_until cg_gone "$CG_PID"
	done
}

@test "a cgroup whose processes have no number for the caller, nor in its /proc: none is not said" {
	cg_needs_private_mounts
	local hierarchy

	for hierarchy in $(cg_hierarchies | grep -o '^unified') $(cg_v1 1); do
		cg_ns_sleeper "$CG_NAME/r" "$hierarchy"
		cg_refused 1 unshare --pid --fork --kill-child --mount-proc \
			cgns-path -H "$hierarchy" --from "cgroup:$hierarchy:/$CG_NAME/r" /
		said 'another PID namespace'
		kill "$CG_PID"
		cg_until cg_gone "$CG_PID"
	done
}

@test "a cgroup without a hierarchy is the one that somebody is in" {
	((${#others[@]} > 1)) || skip "fewer than three hierarchies"
	cg_make "$h" "$CG_NAME/x" > /dev/null
	cg_ns_sleeper "$CG_NAME/x" "${others[0]}"
	one=$CG_PID
	leads_to "cgroup:/$CG_NAME/x" "$(ns_of "$one")"
	leads_to "cgroup:${others[0]}:/$CG_NAME/x" "$(ns_of "$one")"
	cg_refused 1 cgns-ls -H "$h" "cgroup:/$CG_NAME/x"
	cg_ns_sleeper "$CG_NAME/x" "${others[1]}"
	cg_refused 1 cgns-path -t "cgroup:/$CG_NAME/x" /
	said "$one"
	said "$CG_PID"
	lists "cgroup:/$CG_NAME/x" "$one" "$CG_PID"
	leads_to "cgroup:/$CG_NAME/x" "$(ns_of "$CG_PID")" -H "${others[1]}"
}

@test "a cgroup is what its path leads to, by whatever way" {
	payload "$CG_NAME/a/b"
	is "cgroup:$h:/$CG_NAME/./a//b/" "$CG_PID"
	is "cgroup:$h:/$CG_NAME/a/c/../b" "$CG_PID"
}

@test "a zombie is passed over, unless nobody else is there" {
	# shellcheck disable=SC2016
	cg_zombie sh -c 'echo $$ > "$1/cgroup.procs"' sh "$(cg_make "$h" "$CG_NAME/z")"
	payload "$CG_NAME/z"
	is "cgroup:$h:/$CG_NAME/z" "$CG_PID"
}

@test "a line of /proc/PID/cgroup is a WHAT, and all of them by -" {
	cg_sleeper "$CG_NAME/l" "$h"
	run -0 cgns-path - < "/proc/$CG_PID/cgroup"
	assert_output "$(cut -d: -f3- "/proc/$CG_PID/cgroup")"
	run -0 cgns-path -r -n -o HIERARCHY,PATH - < "/proc/$CG_PID/cgroup"
	assert_output "$(sed -E 's/^[0-9]*:([^:]*):/\1 /; s/^ /unified /' "/proc/$CG_PID/cgroup")"
	cg_refused 1 cgns-path "0:$h:/x"
	cg_refused 1 cgns-path 7::/x
	cg_refused 1 cgns-path 4:nonsense:/x
	((${#others[@]})) || return 0
	line=$(grep "$CG_NAME/l" "/proc/$CG_PID/cgroup")
	cg_refused 1 cgns-path -H "${others[0]}" "$line"
	said "${others[0]}"
}

@test "what is no cgroup's path is not translated as one, but said how to type it" {
	local dir name

	dir=$(cg_make "$h" "$CG_NAME/d")
	for name in "$dir" "$dir/cgroup.procs"; do
		cg_refused 1 cgns-path "$name"
		said "fs:$name"
		run -0 cgns-path "fs:$name"
		assert_output "/$CG_NAME/d"
	done
	cg_refused 1 cgns-path /proc/self/ns/cgroup
	said '--from /proc/self/ns/cgroup'
	cg_refused 1 cgns-path "/proc/$$"
	said "fs:/proc/$$"
	# from a file a path is a path
	run -0 cgns-path -H "$h" - <<< "$dir"
	assert_output "$dir"
	cg_refused 1 cgns-path "cgroup:[$(ns_of $$)]"
	said "cgns-path --from cgroup:[$(ns_of $$)] /"
}

@test "a process's folder in any proc filesystem is its cgroup" {
	cg_sleeper "$CG_NAME/f" "$h"
	run -0 cgns-path "fs:/proc/$CG_PID"
	assert_output "/$CG_NAME/f"
	run -0 cgns-path -H "$h" -r -n -o PATH,PID "fs:/proc/$CG_PID"
	assert_output "/$CG_NAME/f $CG_PID"
}

@test "a thread's folder is that thread's: its cgroup, its namespace" {
	local folder

	cg_thread_holder
	folder=/proc/$CG_PID/task/$tid
	leads_to "$folder" "$(stat -L -c %i "$folder/ns/cgroup")"
	run -0 cgns-enter -t "$folder" -- readlink /proc/self/ns/cgroup
	assert_output "$(readlink "$folder/ns/cgroup")"
	cg_refused 1 cgns-path "$folder"
	said "fs:$folder"
	# threads have cgroups of their own in v1
	for h in "${others[@]}" "$h"; do
		[[ -e $(cg_dir "$h")/tasks ]] || continue
		echo "$tid" > "$(cg_make "$h" "$CG_NAME/thread")/tasks"
		run -0 cgns-path -H "$h" "fs:$folder" "fs:/proc/$CG_PID"
		assert_output "/$CG_NAME/thread"$'\n'"$(cg_of "$h" "$CG_PID")"
		return
	done
}

@test "an id of another hierarchy is said to be of that one" {
	local dir

	((${#others[@]})) || skip "one hierarchy alone"
	dir=$(cg_make "${others[0]}" "$CG_NAME/i")
	run --separate-stderr cgns-path -H "$h" "id:$(stat -c %i "$dir")"
	# two hierarchies may have the same number
	((status)) || skip "$h has a cgroup with that number, too"
	[[ $stderr == *--hierarchy* ]] || fail "not said where: $stderr"
}

@test "what is close to a form is answered with that form" {
	local name dir line

	cg_make "$h" "$CG_NAME" > /dev/null
	cg_refused 1 cgns-path "$CG_NAME"
	said "/$CG_NAME"
	cg_refused 1 cgns-path nginx.service
	said unit:nginx.service
	cg_refused 1 cgns-path cgroup:web
	said /web
	cg_refused 1 cgns-path "${id/#[0-9]/a}"
	said "container:${id/#[0-9]/a}"
	for name in "$CG_NAME" "/$CG_NAME" "/$CG_NAME/"; do
		cg_refused 1 cgns-ls "$name"
		said "whole path: cgroup:/$CG_NAME"
	done
	visitor "$CG_NAME/a b"
	for name in "$CG_NAME/a b" "/$CG_NAME/a b"; do
		cg_refused 1 cgns-ls "$name"
		said 'whole path: cgroup:'
		run -0 --separate-stderr sh -c "cgns-ls -r -n -o NS ${stderr##*whole path: }"
		assert_output "$(ns_of "$CG_PID")"
	done
	cg_refused 1 cgns-ls "/$CG_NAME/none"
	[[ $stderr != *cgroup:* ]] || fail "$stderr"
	# What was copied from elsewhere, as a TARGET.
	dir=$(cg_dir "$h")/$CG_NAME
	line=$(cg_of "$h" "$CG_PID")
	for name in "4:${h#unified}:$line" "$dir/a b" "fs:$dir/a b" "$dir/a b/cgroup.procs"; do
		cg_refused 1 cgns-ls "$name"
		said "the cgroup is named 'cgroup:$h:/$CG_NAME/a b'"
		run -0 --separate-stderr sh -c "cgns-ls -r -n -o NS ${stderr##*is named }"
		assert_output "$(ns_of "$CG_PID")"
	done
	cg_refused 1 cgns-ls "fs:/proc/$$"
	said "write /proc/$$"
}

@test "a line to type is quoted for sh" {
	local unit='a\x2db.service' file="$BATS_TEST_TMPDIR/it's a file"

	cg_refused 1 cgns-path "$unit"
	said "unit:'$unit'"
	cg_refused 1 cgns-ls "$unit"
	said "unit:'$unit'"
	cg_refused 1 cgns-path "cgroup:a b"
	said "/'a b'"
	payload "$CG_NAME/c"
	touch "$file"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
	cg_refused 1 cgns-path "$file"
	said "cgns-path --from '${file//\'/\'\\\'\'}' /"
	cg_refused 125 cgns-unshare -P "$file" true
	[[ $stderr =~ (umount .*)\ lets\ go ]] || fail "$stderr"
	cg_until sh -c "${BASH_REMATCH[1]}" # which is busy while anybody looks at it
	refute mountpoint -q "$file"
}

@test "a WHAT of more than 64 KiB is refused and skipped" {
	run --separate-stderr cgns-path -H "$h" - < <(
		echo /a
		head -c 300000 /dev/zero | tr '\0' x
		printf '\n/b\n'
	)
	assert_equal "$status" 64
	assert_output $'/a\n\n/b'
	said 'more than 65536 bytes'
}

@test "a coprocess does not answer from what is gone" {
	local dir at answer

	dir=$(cg_make "$h" "$CG_NAME/c")
	payload "$CG_NAME/c"
	coproc PATHS { cgns-path -H "$h" -e - 2> /dev/null 3>&-; }
	cg_record "$PATHS_PID"
	echo "/$CG_NAME/c" >&"${PATHS[1]}"
	read -r -t 30 answer <&"${PATHS[0]}"
	assert_equal "$answer" "/$CG_NAME/c"
	# a mount that is made later is seen
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
	cg_until rmdir "$dir"
	echo "/$CG_NAME/c" >&"${PATHS[1]}"
	read -r -t 30 answer <&"${PATHS[0]}"
	assert_equal "$answer" ''
}

@test "from inside a namespace / is said to be its root, not the host's" {
	local remark="/ is the root of your cgroup namespace, not the host's." command

	cg_ns_sleeper "$CG_NAME"
	for command in 'cgns-path -l self' 'cgns-ls self' 'cgns-ls -m'; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr nsenter -C -t "$CG_PID" $command
		assert_line --index -1 "$remark"
	done
	for command in 'cgns-path -r self' 'cgns-path -n -l self' 'cgns-path -J self' 'cgns-path self' \
		"cgns-path -l -t $CG_PID self" 'cgns-ls -n self' 'cgns-ls -r self' 'cgns-ls -J self' \
		'cgns-ls -o NS,PID self'; do
		# shellcheck disable=SC2086
		run -0 --separate-stderr nsenter -C -t "$CG_PID" $command
		refute_line "$remark"
	done
	[[ $(ns_of $$) == 4026531835 ]] || return 0
	run -0 --separate-stderr cgns-path -l self
	refute_line "$remark"
	run -0 --separate-stderr cgns-ls
	refute_line "$remark"
}

# calls_about FILE COMMAND...: how many system calls of the command have a name of that file, one a line
calls_about()
{
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 strace -f -qq -o "$BATS_TEST_TMPDIR/calls" "${@:2}" \
		> /dev/null 2>&1
	grep -cFf "$1" "$BATS_TEST_TMPDIR/calls" || [[ -s $BATS_TEST_TMPDIR/calls ]]
}

# So it takes less time than a list of the namespaces, which looks at every process.
@test "a container is found by one look at each cgroup, and at no process elsewhere" {
	cg_needs_strace
	local dir count=300 n

	payload "$CG_NAME/docker/$id"
	dir=$(cg_dir "$h")/$CG_NAME/docker
	cd "$BATS_TEST_TMPDIR"
	seq "$count" | xargs printf "$(printf %08x "$$")%056x\n" > names # nobody else's
	sed "s:.*:$dir/&:" names | xargs mkdir
	for n in 1 2 3; do
		cg_sleeper
		printf '"%d\n"%d/\n/proc/%d/\n' "$CG_PID" "$CG_PID" "$CG_PID" >> processes
	done
	run -0 calls_about names cgns-path "container:$id"
	assert_output "$count"
	run -0 calls_about processes cgns-path "container:$id"
	assert_output 0
	run -0 calls_about processes cgns-ls
	((output >= n)) || fail "$output system calls about $n processes"
	sed "s:.*:$dir/&:" names | xargs rmdir
}
