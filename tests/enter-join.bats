#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-enter: joining cgroups, with --join-cgroup, --join-root and --subgroup, and -M, the view that
# goes with it. Where a process is, is read from outside, in the kernel's own words.

bats_require_minimum_version 1.5.0
load common
load enter

setup()
{
	cg_setup
}

teardown()
{
	local hierarchy dir file

	# What a failed test has left frozen could not be killed.
	while read -r hierarchy dir; do
		for file in "$dir/$CG_NAME"/f{,/below}; do
			[[ ! -d $file ]] || thaw "$file"
		done
	done < <(cg_hierarchies)
	cg_teardown
}

# A target that is somewhere else in every hierarchy.
scatter()
{
	local h

	while read -r h _; do
		[[ ,$h, == *,cpuset,* ]] || cg_make "$h" "$CG_NAME/${h//[,=]/-}/x" > /dev/null
		[[ ,$h, == *,cpuset,* ]] || cg_move "$h" "$CG_NAME/${h//[,=]/-}/x" "$CG_PID"
	done < <(cg_hierarchies)
}

## Joining -------------------------------------------------------------------------------------

@test "-c: in every hierarchy the program is where the target is" {
	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID" -c
	same_cgroups "$PROGRAM_PID" "$CG_PID"
	entered -t "$CG_PID" -c cat /proc/self/cgroup
	refute_output --partial '..'
}

@test "-c: also where that is another place in each hierarchy" {
	cg_ns_sleeper "$CG_NAME/t"
	scatter
	start_sleeping -t "$CG_PID" -c
	same_cgroups "$PROGRAM_PID" "$CG_PID"
}

@test "-c: also outside the target's own root" {
	local h

	cg_ns_sleeper "$CG_NAME/t"
	while read -r h _; do
		cg_make "$h" "$CG_NAME/elsewhere" > /dev/null
		cg_move "$h" "$CG_NAME/elsewhere" "$CG_PID"
	done < <(cg_hierarchies)
	start_sleeping -t "$CG_PID" -c
	same_cgroups "$PROGRAM_PID" "$CG_PID"
	entered -t "$CG_PID" -c cat /proc/self/cgroup
	assert_output --partial ':/../elsewhere'
}

@test "-c: the caller's own shell and the parent that waits stay where they are" {
	cg_ns_sleeper "$CG_NAME/t"
	before=$(< "/proc/$$/cgroup")
	start_sleeping -t "$CG_PID" -c -p --subgroup s
	[[ $PROGRAM_PID != "$ENTER_PID" ]]
	[[ $(< "/proc/$ENTER_PID/cgroup") == "$before" ]] || fail "the parent moved"
	[[ $(< "/proc/$$/cgroup") == "$before" ]] || fail "the shell moved"
	[[ $(< "/proc/$PROGRAM_PID/cgroup") != "$before" ]]
}

@test "-c: a cgroup's name may hold every byte that the kernel allows" {
	local name

	for name in 'a:b' '0::' 'x (deleted)' 'with space' $'tab\there' 'back\slash' '\040' '...' '..x' \
		$'control\x01\x1b' $'latin\xe9\xff' 'cpu,memory' 'äöü' '-c' '*'; do
		cg_ns_sleeper "$CG_NAME/$name"
		start_sleeping -t "$CG_PID" -c
		same_cgroups "$PROGRAM_PID" "$CG_PID"
		kill -KILL "$CG_PID" "$PROGRAM_PID"
	done
}

@test "--join-root: the root of the namespace, in every hierarchy, wherever its process is" {
	local h

	cg_ns_sleeper "$CG_NAME/t"
	cg_sleeper "$CG_NAME/t"
	at_root=$CG_PID
	cg_ns_sleeper "$CG_NAME/t"
	while read -r h _; do
		cg_make "$h" "$CG_NAME/t/below" > /dev/null
		cg_move "$h" "$CG_NAME/t/below" "$CG_PID"
	done < <(cg_hierarchies)
	start_sleeping -t "$CG_PID" --join-root
	same_cgroups "$PROGRAM_PID" "$at_root"
	while read -r h _; do
		cg_make "$h" "$CG_NAME/outside" > /dev/null
		cg_move "$h" "$CG_NAME/outside" "$CG_PID"
	done < <(cg_hierarchies)
	start_sleeping -t "$CG_PID" --join-root
	same_cgroups "$PROGRAM_PID" "$at_root"
}

@test "--join-root: also for a namespace without processes" {
	cg_sleeper "$CG_NAME/t"
	at_root=$CG_PID
	cg_ns_sleeper "$CG_NAME/t"
	: > "$BATS_TEST_TMPDIR/ns"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$BATS_TEST_TMPDIR/ns"
	kill -KILL "$CG_PID"
	cg_until cg_gone "$CG_PID"
	start_sleeping -t "$BATS_TEST_TMPDIR/ns" --join-root
	same_cgroups "$PROGRAM_PID" "$at_root"
	entered -t "$BATS_TEST_TMPDIR/ns" --join-root cat /proc/self/cgroup
	refute_output --partial '..'
}

@test "--join-root: a removed root is refused, in any hierarchy, and nothing moves" {
	local h dir

	while read -r h _; do
		cg_ns_sleeper "$CG_NAME/t" "$h"
		dir=$(cg_make "$h" "$CG_NAME/other")
		cg_move "$h" "$CG_NAME/other" "$CG_PID"
		cg_until rmdir "${dir%/*}/t"
		refused -t "$CG_PID" --join-root echo not run
		said "$h"
		said 'removed'
	done < <(cg_hierarchies)
}

in_parent()
{
	local h

	while read -r h _; do
		cg_move "$h" "$CG_NAME/a" "$BASHPID"
	done < <(cg_hierarchies)
	exec unshare --cgroup cgns-enter -t "$target" -c sleep infinity < /dev/null > /dev/null 3>&-
}

@test "from another cgroup namespace the cgroups are found all the same" {
	cg_ns_sleeper "$CG_NAME/a/t"
	target=$CG_PID
	# The caller is in its own root, the parent of the target's cgroup; its mounts are the host's.
	in_parent &
	cg_record $!
	cg_until cg_runs $! sleep
	same_cgroups "$!" "$target"
}

## --subgroup ----------------------------------------------------------------------------------

@test "--subgroup: the child is made if missing, joined, and stays" {
	local h dir

	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID" -c --subgroup new
	while read -r h dir; do
		run cg_of "$h" "$PROGRAM_PID"
		assert_output "$(cg_of "$h" "$CG_PID")/new"
	done < <(cg_hierarchies)
	kill "$PROGRAM_PID"
	cg_until cg_gone "$ENTER_PID"
	while read -r h dir; do
		[[ -d $dir/$CG_NAME/t/new ]] || fail "$h: it was removed"
	done < <(cg_hierarchies)
	# One that is there is used.
	start_sleeping -t "$CG_PID" --join-root --subgroup new
	[[ $PROGRAM_PID == "$ENTER_PID" ]]
	while read -r h dir; do
		run cg_of "$h" "$PROGRAM_PID"
		assert_output --partial "/$CG_NAME/t/new"
	done < <(cg_hierarchies)
}

@test "--subgroup: what was made is removed again if the program does not start" {
	local h dir

	cg_ns_sleeper "$CG_NAME/t"
	for options in '' -F -p '-S 12345'; do
		# shellcheck disable=SC2086
		run -127 cgns-enter -t "$CG_PID" $options -c --subgroup new /no/such/program 3>&-
		while read -r h dir; do
			[[ ! -e $dir/$CG_NAME/t/new ]] || fail "$options: $h: it was left behind"
		done < <(cg_hierarchies)
	done
	refused -t "$CG_PID" -c --subgroup new --wd=/proc/self/task/self true
	refused -t "$CG_PID" -c --subgroup new -M/no/such/dir true
	while read -r h dir; do
		[[ ! -e $dir/$CG_NAME/t/new ]] || fail "$h: it was left behind"
	done < <(cg_hierarchies)
}

@test "--subgroup: what was there before stays, also if the program does not start" {
	local h dir

	cg_ns_sleeper "$CG_NAME/t"
	while read -r h _; do
		cg_make "$h" "$CG_NAME/t/old" > /dev/null
	done < <(cg_hierarchies)
	run -127 cgns-enter -t "$CG_PID" -c --subgroup old no-such-program 3>&-
	while read -r h dir; do
		[[ -d $dir/$CG_NAME/t/old ]] || fail "$h: it was removed"
	done < <(cg_hierarchies)
}

## Refusals: all or nothing --------------------------------------------------------------------

# A controller that this v2 hierarchy can hand out, or nothing.
v2_controller()
{
	local dir

	dir=$(cg_dir unified) || return 1
	tr ' ' '\n' < "$dir/cgroup.controllers" | grep -E '^(pids|memory|io)$' | head -n 1 | grep .
}

@test "a cgroup that may hold no processes is refused, with its controllers and the way in" {
	local controller dir

	controller=$(v2_controller) || skip "no controllers in the v2 hierarchy"
	dir=$(cg_make unified "$CG_NAME/t/leaf")
	grep -qw "$controller" "$(cg_dir unified)/cgroup.subtree_control" ||
		echo "+$controller" > "$(cg_dir unified)/cgroup.subtree_control"
	echo "+$controller" > "${dir%/*/*}/cgroup.subtree_control"
	cg_ns_sleeper "$CG_NAME/t"
	cg_move unified "$CG_NAME/t/leaf" "$CG_PID"
	echo "+$controller" > "${dir%/*}/cgroup.subtree_control"
	refused -t "$CG_PID" --join-root echo not run
	said "cannot join /$CG_NAME/t in unified: Device or resource busy"
	said "cgroup.subtree_control: $controller"
	said '--subgroup NAME'
	entered -t "$CG_PID" --join-root --subgroup way-in cat /proc/self/cgroup
	assert_output --partial '0::/way-in'
}

@test "a threaded cgroup is refused, and not changed" {
	local dir

	cg_has_v2 || skip "no v2 hierarchy"
	cg_ns_sleeper "$CG_NAME/t"
	dir=$(cg_make unified "$CG_NAME/t/threaded")
	echo threaded > "$dir/cgroup.type"
	echo "$CG_PID" > "$dir/cgroup.procs"
	for options in '-c' '-c --subgroup s'; do
		# shellcheck disable=SC2086
		refused -t "$CG_PID" $options echo not run
		said 'cannot join '
		said 'in unified: Operation not supported: its cgroup.type is "threaded"'
	done
	[[ $(< "$dir/cgroup.type") == threaded && ! -e $dir/s ]]
	# Its parent lets the way in by a subgroup be tried; the kernel refuses, and it is undone.
	refused -t "$CG_PID" --join-root --subgroup s echo not run
	said 'its cgroup.type is "domain invalid"'
	[[ ! -e ${dir%/*}/s ]]
}

@test "a refusal in one hierarchy: the program is not run, nothing has moved" {
	local v1

	v1=$(cg_v1 1)
	[[ -n $v1 ]] && cg_has_v2 || skip "needs v2, for a threaded cgroup, and a v1 hierarchy"
	cg_ns_sleeper "$CG_NAME/t"
	dir=$(cg_make unified "$CG_NAME/t/threaded")
	echo threaded > "$dir/cgroup.type"
	echo "$CG_PID" > "$dir/cgroup.procs"
	before=$(cat "$(cg_dir "$v1")/$CG_NAME/t/cgroup.procs")
	refused -t "$CG_PID" -c touch "$BATS_TEST_TMPDIR/ran"
	[[ ! -e $BATS_TEST_TMPDIR/ran ]]
	[[ $(cat "$(cg_dir "$v1")/$CG_NAME/t/cgroup.procs") == "$before" ]]
}

@test "an unwritable cgroup is named, with its owner" {
	local h

	h=$(cg_hierarchies | { read -r h _; echo "$h"; })
	cg_public cgns-enter
	cg_make "$h" "$CG_NAME/t" > /dev/null
	# The user may look into the process, which is its own, but not write to the cgroup.
	user_sleeper 12345
	cg_move "$h" "$CG_NAME/t" "$CG_PID"
	run -125 --separate-stderr as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -c echo not run 3>&-
	assert_output ''
	said "cannot join /$CG_NAME/t in $h: Permission denied"
	said "may not write $(cg_dir "$h")/$CG_NAME/t/cgroup.procs (owner root)"
}

# A container of user 12345 in what is delegated to the user's manager; the caller is outside of it.
rootless_target()
{
	local manager

	cg_has_v2 || skip "needs v2"
	as_user 12345 unshare --user true 2> /dev/null || skip "users may not make user namespaces"
	cg_public cgns-enter
	manager=$(cg_make unified "$CG_NAME/user@12345.service")
	cg_make unified "$CG_NAME/user@12345.service/app.slice/t" > /dev/null
	chown -R 12345 "$manager"
	setpriv --reuid 12345 --regid 12345 --clear-groups unshare --user --map-root-user --pid --fork \
		--kill-child sleep infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	cg_until cg_child_of $!
	CG_PID=$REPLY
	cg_until cg_runs "$CG_PID" sleep
	cg_move unified "$CG_NAME/user@12345.service/app.slice/t" "$CG_PID"
	session=$CG_PUBLIC/session
	mkdir -p "$session/systemd"
}

@test "a rootless user outside of their manager is told the owner as the host names it, and the way in" {
	local args ways=("-c" "-a -c" "-U -p -c")

	rootless_target
	# in v1 the user may make no cgroup, which is another reason
	[[ -n $(cg_v1 1) ]] || ways+=("-a -c --subgroup s")
	for args in "${ways[@]}"; do
		# shellcheck disable=SC2086
		run -125 --separate-stderr as_user 12345 env XDG_RUNTIME_DIR="$session" \
			"$CG_PUBLIC/cgns-enter" -t "$CG_PID" $args echo not run 3>&-
		assert_output ''
		said "Permission denied: may not write $(cg_dir unified)"
		said "/cgroup.procs (owner root), the common ancestor of this cgroup and the caller's"
		[[ $stderr != *systemd-run* ]] || fail "no manager is there: $stderr"
	done
	: > "$session/systemd/private"
	chown 12345 "$session/systemd/private"
	run -125 --separate-stderr as_user 12345 env XDG_RUNTIME_DIR="$session" \
		"$CG_PUBLIC/cgns-enter" -t "$CG_PID" -a -c echo not run 3>&-
	said "caller's; from a scope of the user's it is allowed: put 'systemd-run --user --scope' before the command"
	# The manager of somebody else, and one that may not write to its own cgroup, are no way in.
	chown root "$(cg_dir unified)/$CG_NAME/user@12345.service/cgroup.procs"
	run -125 --separate-stderr as_user 12345 env XDG_RUNTIME_DIR="$session" \
		"$CG_PUBLIC/cgns-enter" -t "$CG_PID" -a -c echo not run 3>&-
	[[ $stderr != *systemd-run* ]] || fail "$stderr"
}

@test "a caller whose own cgroup has a path too long to be told joins all the same" {
	cg_needs_private_mounts
	local h file=$BATS_TEST_TMPDIR/cgroup

	h=$(cg_hierarchies | { read -r h _; echo "$h"; })
	cg_write_long_cgroup "$h" "$file"
	cg_ns_sleeper "$CG_NAME/t" "$h"
	for join in --join-cgroup --join-root; do
		# shellcheck disable=SC2016
		run -0 unshare --mount --propagation private sh -c '
			mount --bind "$1" /proc/$$/cgroup && shift && exec "$@"' sh "$file" \
			cgns-enter -t "$CG_PID" "$join" cat /proc/thread-self/cgroup 3>&-
		assert_line --regexp "^[0-9]+:${h#unified}:/$"
	done
}

@test "where the caller is in the target's cgroup already no permission is needed" {
	cg_public cgns-enter
	user_sleeper 12345
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -c echo run 3>&-
	assert_success
	assert_output run
}

@test "a read-only mount is said to be one" {
	cg_needs_private_mounts
	local h dir

	read -r h dir < <(cg_hierarchies)
	cg_ns_sleeper "$CG_NAME/t" "$h"
	run -125 --separate-stderr unshare --mount bash -c "mount -o remount,bind,ro $dir &&
		exec cgns-enter -t $CG_PID -c echo not run" 3>&-
	assert_output ''
	said "cannot join /$CG_NAME/t in $h: Read-only file system"
	said 'mounted read-only'
}

@test "a hierarchy whose mount does not reach the cgroup is refused" {
	cg_needs_private_mounts
	local h dir

	read -r h dir < <(cg_hierarchies)
	cg_ns_sleeper "$CG_NAME/t" "$h"
	cg_make "$h" "$CG_NAME/other" > /dev/null
	run -125 --separate-stderr unshare --mount bash -c "mount --bind $dir/$CG_NAME/other $dir &&
		exec cgns-enter -t $CG_PID -c echo not run" 3>&-
	assert_output ''
	said "$h"
	said "$dir"
}

## -M ------------------------------------------------------------------------------------------

# For every hierarchy that is mounted: its mount's root is /, and /proc/self/cgroup agrees with it.
# shellcheck disable=SC2016
_agree='while read -r _ _ _ root dir _; do
		[[ $root == / ]] || { echo "root $root on $dir"; exit 1; }
	done < <(grep -E " - cgroup2? " /proc/self/mountinfo)
	while read -r _ _ dev _ dir rest; do
		[[ $rest == *" - cgroup"* ]] || continue
		found=
		while IFS=: read -r _ _ path; do
			[[ ! -e $dir$path/cgroup.procs ]] ||
				grep -qx $$ "$dir$path/cgroup.procs" 2> /dev/null && found=1
		done < /proc/self/cgroup
		[[ $found ]] || { echo "not in $dir"; exit 1; }
	done < /proc/self/mountinfo
	echo agreed'

@test "-c -M: inside, the mounts show the target's tree, and /proc/self/cgroup agrees" {
	cg_needs_private_mounts
	cg_ns_sleeper "$CG_NAME/t"
	entered -t "$CG_PID" -c -M bash -c "$_agree"
	assert_output agreed
	mkdir "$BATS_TEST_TMPDIR/view"
	entered -t "$CG_PID" --join-root -M"$BATS_TEST_TMPDIR/view" sh -c \
		"find '$BATS_TEST_TMPDIR/view' -name cgroup.procs | head -n 1 | grep -c ."
	assert_output 1
	[[ -z $(ls "$BATS_TEST_TMPDIR/view") ]] || fail 'the mount is seen outside'
}

@test "-M: nothing of the host's tree is reached through the mounts" {
	cg_needs_private_mounts
	local h dir

	cg_sleeper "$CG_NAME/secret"
	cg_ns_sleeper "$CG_NAME/t"
	while read -r h dir; do
		# Also from a working directory that lies in the host's mount.
		cd "$dir/$CG_NAME"
		entered -t "$CG_PID" -M sh -c "ls -d $dir/$CG_NAME ./secret ../$CG_NAME 2> /dev/null; pwd"
		refute_output --partial secret
		refute_output --partial "$CG_NAME"
		cd /
	done < <(cg_hierarchies)
}

@test "-M: the host's mounts and their options stay as they are, also for the initial namespace" {
	cg_needs_private_mounts
	local first

	cg_ns_sleeper "$CG_NAME/t"
	first=$CG_PID
	cg_sleeper "$CG_NAME/i"
	# In a mount namespace of its own, where nobody else mounts anything meanwhile, and from which
	# mounts propagate; what others had mounted when it was made goes here, too, with its folder.
	# shellcheck disable=SC2016
	run -0 unshare --mount --propagation private bash -ec '
		mount --make-rshared /
		mounts() { grep -E " - cgroup2? " /proc/self/mountinfo | grep -v /bats-run- | sort; }
		before=$(mounts)
		cgns-enter -t "$1" -c -M true
		cgns-enter -t self -M true
		cgns-enter -t "$2" -c -M cat /proc/self/cgroup
		test "$(mounts)" = "$before"' sh "$first" "$CG_PID" 3>&-
	assert_output --partial "$CG_NAME/i"
}

@test "-M: a namespace whose root was removed is refused, whoever has its name since" {
	cg_needs_private_mounts
	local h dir view=$BATS_TEST_TMPDIR/view hierarchies=() visitor

	mapfile -t hierarchies < <(
		! cg_has_v2 || echo unified
		cg_v1 2
	)
	mkdir "$view"
	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/t/gone" "$h"
		visitor=$CG_PID
		dir=$(cg_make "$h" "$CG_NAME/t")
		cg_move "$h" "$CG_NAME/t" "$visitor"
		cg_until rmdir "$dir/gone"
		refused -t "$visitor" -M echo not run
		said 'removed'
		# another container, by the same name
		cg_sleeper "$CG_NAME/t/gone" "$h"
		for option in -M "-M$view"; do
			refused -t "$visitor" "$option" echo not run
			said 'removed'
			refused -t "/proc/$visitor/ns/cgroup" "$option" echo not run
			said 'removed'
		done
		kill "$CG_PID"
		cg_until rmdir "$dir/gone"
	done
}

## Frozen --------------------------------------------------------------------------------------

# freeze DIR, thaw DIR: as the hierarchy of that directory does it
freeze() { if [[ -e $1/cgroup.freeze ]]; then echo 1 >"$1/cgroup.freeze"; else echo FROZEN >"$1/freezer.state"; fi; }
thaw() { if [[ -e $1/cgroup.freeze ]]; then echo 0 >"$1/cgroup.freeze"; elif [[ -e $1/freezer.state ]]; then echo THAWED >"$1/freezer.state"; fi; }

@test "frozen: who would stop at once is refused, by both programs, below a frozen one too" {
	local hierarchy dir found=

	while read -r hierarchy dir; do
		[[ $hierarchy == unified || ,$hierarchy, == *,freezer,* ]] || continue
		cg_make "$hierarchy" "$CG_NAME/f/below" >/dev/null
		[[ -e $dir/$CG_NAME/f/cgroup.freeze || -e $dir/$CG_NAME/f/freezer.state ]] || continue
		found=1
		cg_ns_sleeper "$CG_NAME/f/below" "$hierarchy"
		for place in f f/below; do
			freeze "$dir/$CG_NAME/$place"
			run -125 timeout 60 cgns-enter -t "$CG_PID" -c true
			[[ $output == *"is frozen"*"/$CG_NAME/$place is frozen: echo "*"$dir/$CG_NAME/$place/"* ]] ||
				fail "$output"
			run -125 timeout 60 cgns-unshare -g "$hierarchy:/$CG_NAME/f/below" true
			[[ $output == *"is frozen"* ]] || fail "$output"
			run -125 timeout 60 cgns-unshare -g "$hierarchy:/$CG_NAME/f/below/new/er" -N --rm true
			[[ $output == *"/$CG_NAME/$place is frozen"* ]] || fail "$output"
			refute test -e "$dir/$CG_NAME/f/below/new"
			thaw "$dir/$CG_NAME/$place"
		done
		run -0 cgns-enter -t "$CG_PID" -c true
		kill "$CG_PID"
	done < <(cg_hierarchies)
	[[ $found ]] || skip "no hierarchy here can be frozen"
}

@test "frozen: the line that thaws it can be pasted, whatever its name is" {
	local hierarchy dir name="it's \$HOME" found=

	while read -r hierarchy dir; do
		[[ $hierarchy == unified || ,$hierarchy, == *,freezer,* ]] || continue
		cg_ns_sleeper "$CG_NAME/$name" "$hierarchy"
		dir+=/$CG_NAME/$name
		[[ -e $dir/cgroup.freeze || -e $dir/freezer.state ]] || continue
		found=1
		freeze "$dir"
		run -125 timeout 60 cgns-enter -t "$CG_PID" -c true
		[[ $output =~ 'is frozen: '(echo.*)' thaws it' ]] || fail "$output"
		run -0 sh -c "${BASH_REMATCH[1]}"
		run -0 timeout 60 cgns-enter -t "$CG_PID" -c true
		kill "$CG_PID"
	done < <(cg_hierarchies)
	[[ $found ]] || skip "no hierarchy here can be frozen"
}
