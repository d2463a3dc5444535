#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-unshare --mount-cgroup: what is mounted agrees with the namespace, nothing of the host's tree
# can be reached through it, and the host's own mounts are untouched.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cg_needs_private_mounts
	mapfile -t hierarchies < <(cg_hierarchies | cut -d ' ' -f 1)
	mapfile -t dirs < <(cg_hierarchies | cut -d ' ' -f 2-)
	first=${hierarchies[0]}
	first_dir=${dirs[0]}
	mkdir "$BATS_TEST_TMPDIR/m"
}

teardown()
{
	cg_teardown
}

# inside ARGUMENT...: runs them in a namespace with the mounts made to match
inside()
{
	cgns-unshare -g "/$CG_NAME" -N --rm -M "$@"
}

# roots: "POINT ROOT" of each cgroup mount in a mountinfo on standard input, the topmost of a place
roots()
{
	awk '/ - cgroup2? / { root[$5] = $4 } END { for (p in root) print p, root[p] }' | sort
}

# own_places: of such lines those of the places where this host has its hierarchies; elsewhere
# another suite may be mounting something just now
own_places()
{
	local dir places=()

	for dir in "${dirs[@]}"; do
		places+=(-e "$dir /")
	done
	grep -F "${places[@]}"
}

# all_roots: what own_places has to be
all_roots()
{
	printf '%s /\n' "${dirs[@]}" | sort
}

# set_apart COMMAND...: in a mount namespace of its own, like a caller whose mounts are special
set_apart()
{
	unshare --mount --propagation private bash -ec "$1" sh "${@:2}"
}

# leave_only PLACE...: unmounts each cgroup file system that is mounted elsewhere, also a second one
# of a hierarchy and the copies that another suite made of all mounts; for set_apart's command
leave_only()
{
	local place wanted again=1

	while ((again)); do
		again=0
		while read -r place; do
			printf -v place %b "${place//\\/\\0}"
			for wanted; do
				[[ $place != "$wanted" ]] || continue 2
			done
			umount --lazy -- "$place" && again=1
		done < <(awk '/ - cgroup2? / { print $5 }' /proc/self/mountinfo)
	done
}
export -f leave_only

@test "mount: for every hierarchy /proc/self/cgroup and mountinfo agree on the root" {
	inside sh -c 'cat /proc/self/cgroup > "$1"; cat /proc/self/mountinfo > "$2"' sh \
		"$BATS_TEST_TMPDIR/cgroup" "$BATS_TEST_TMPDIR/mountinfo"
	assert_equal "$(grep -c ':/$' "$BATS_TEST_TMPDIR/cgroup")" \
		"$(grep -c '' "$BATS_TEST_TMPDIR/cgroup")"
	roots < "$BATS_TEST_TMPDIR/mountinfo" > "$BATS_TEST_TMPDIR/got"
	diff <(all_roots) <(own_places < "$BATS_TEST_TMPDIR/got")
	# And there is but one mount on each place: the old ones are gone.
	assert_equal "$(grep -cE ' - cgroup2? ' "$BATS_TEST_TMPDIR/mountinfo")" \
		"$(grep -c '' "$BATS_TEST_TMPDIR/got")"
	run -1 grep -E ' - cgroup2? ' <(grep -vE ' rw,nosuid,nodev,noexec,' "$BATS_TEST_TMPDIR/mountinfo")
}

@test "mount: what is mounted is the very cgroup, by its id, and its files are live" {
	local hierarchy dir ids=''

	for hierarchy in "${hierarchies[@]}"; do
		ids+=$(stat -c %i "$(cg_make "$hierarchy" "$CG_NAME")")$'\n'
	done
	run -0 cgns-unshare -g "/$CG_NAME" -M stat -c %i "${dirs[@]}"
	assert_equal "$output"$'\n' "$ids"
	run -0 cgns-unshare -g "/$CG_NAME" -M sh -c 'grep -lx $$ "$@"' sh "${dirs[@]/%//cgroup.procs}"
	assert_equal "${#lines[@]}" "${#dirs[@]}"
	run -0 cgns-unshare -g "/$CG_NAME" -M -f sh -c 'cat "$1/cgroup.procs"; mkdir "$1/sub"' sh "$first_dir"
	assert [ "${#lines[@]}" -ge 2 ]
	assert [ -d "$first_dir/$CG_NAME/sub" ]
}

@test "mount: nothing of the host's tree is found in it, nor beneath it" {
	local dir

	for hierarchy in "${hierarchies[@]}"; do
		cg_make "$hierarchy" "$CG_NAME-other" > /dev/null
	done
	run -0 inside sh -c 'find "$@" -name "*$CG_NAME*" 2> /dev/null' sh "${dirs[@]}"
	assert_output ''
	# What root in there can unmount uncovers nothing, at no time.
	run -0 inside sh -c 'for dir; do
			while umount --lazy "$dir" 2> /dev/null; do
				find "$dir" -name "*$CG_NAME*" 2> /dev/null
			done
		done
		grep -E " - cgroup2? " /proc/self/mountinfo; :' sh "${dirs[@]}"
	assert_output ''
}

@test "mount: mounts at other places, stacked, of subtrees and of single files show the root or nothing" {
	cg_make "$first" "$CG_NAME-other/deep" > /dev/null
	mkdir "$BATS_TEST_TMPDIR/m/a" "$BATS_TEST_TMPDIR/m/b b" "$BATS_TEST_TMPDIR/m/c"
	: > "$BATS_TEST_TMPDIR/m/file"
	run -0 set_apart 'dir=$1 m=$2
		mount --bind "$dir" "$m/a"
		mount --bind "$dir/$CG_NAME-other" "$m/b b"
		mount --bind "$dir/$CG_NAME-other/deep" "$m/c"
		mount --bind "$dir" "$m/c"
		mount --bind "$dir/$CG_NAME-other/cgroup.procs" "$m/file"
		cgns-unshare -g "$3:/$CG_NAME" -N --rm -M sh -c "
			awk \"/ - cgroup/ { print \\\$4 }\" /proc/self/mountinfo | sort | uniq -c | wc -l
			find \"\$1\" -name \"*\$CG_NAME*\" 2> /dev/null
			stat -c %i \"\$1/a\" \"\$1/b b\" \"\$1/c\" \"\$2\" | uniq | wc -l
			stat -c %s \"\$1/file\"
			umount --lazy \"\$1/c\" && ls \"\$1/c\"
			true" sh "$m" "$dir"' "$first_dir" "$BATS_TEST_TMPDIR/m" "$first"
	assert_output $'1\n1\n0'
	# A place that was a cgroup's directory in another mount is not there any more.
	run -0 set_apart 'mount --bind "$1/$CG_NAME-other/deep" "$1/$CG_NAME-other"
		cgns-unshare -g "$2:/$CG_NAME" -N --rm -M find "$1" -name "*$CG_NAME*"' "$first_dir" "$first"
	assert_output ''
	# What lies over a mount is none of ours, and stays.
	((${#dirs[@]} > 1)) || return 0
	run -0 set_apart 'mount -t tmpfs none "$1"
		cgns-unshare -M stat -f -c %T "$1"' "$first_dir"
	assert_output tmpfs
}

@test "mount: the host's mounts are what they were, those that propagate included" {
	cg_needs_user_namespaces
	local propagation

	# In a mount namespace of its own, where nobody else mounts anything meanwhile; and also where
	# mounts propagate to others. What another suite had mounted goes with its folder, here too.
	for propagation in private shared; do
		run -0 set_apart 'mount --make-r"$1" /
			mounts() { awk -v own="$1" "!/\/bats-run-/ || index(\$0, own)" /proc/self/mountinfo | sort; }
			before=$(mounts "$3")
			cgns-unshare -g "/$CG_NAME" -N --rm -M true
			cgns-unshare -g "/$CG_NAME" -N --rm -M -r -f true
			cgns-unshare -M"$2" true
			cgns-unshare -M true
			test "$(mounts "$3")" = "$before"' "$propagation" "$BATS_TEST_TMPDIR/m" "$BATS_RUN_TMPDIR"
	done
}

@test "mount: a mount that was read-only is read-only" {
	local index

	for index in 0 $((${#dirs[@]} - 1)); do
		run -0 set_apart 'mount -o remount,bind,ro "$1"
			cgns-unshare -g "$2" -M sh -c "
				grep \" \$1 \" /proc/self/mountinfo
				mkdir \"\$1/\$CG_NAME-x\"; :" sh "$1"' "${dirs[index]}" .
		assert_line --regexp " ro,nosuid,nodev,noexec,.* - cgroup"
		assert_line --partial 'Read-only file system'
	done
	assert [ ! -e "$first_dir/$CG_NAME-x" ]
}

@test "mount: with DIR, everything is mounted there, under the names that it has now" {
	local m=$BATS_TEST_TMPDIR/m hierarchy

	run -0 cgns-unshare -g "/$CG_NAME" -N --rm -M"$m" cat /proc/self/mountinfo
	roots <<< "$output" | grep "^$m" > "$BATS_TEST_TMPDIR/got"
	if [[ ${hierarchies[*]} == unified ]]; then
		echo "$m /" > "$BATS_TEST_TMPDIR/want"
	else
		for hierarchy in "${dirs[@]}"; do
			[[ ${hierarchy##*/} != cgroup ]] || hierarchy=/unified
			echo "$m/${hierarchy##*/} /"
		done | sort > "$BATS_TEST_TMPDIR/want"
	fi
	diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
	# A shared hierarchy is found under each of its controllers.
	for hierarchy in "${hierarchies[@]}"; do
		[[ $hierarchy == *,* ]] || continue
		run -0 cgns-unshare --mount-cgroup="$m" stat -L -c %i "$m/${hierarchy#*,}" "$m/$hierarchy"
		assert_equal "${lines[0]}" "${lines[1]}"
	done
	# The old places are left alone.
	run -0 cgns-unshare -g "$first:/$CG_NAME" -N --rm -M"$m" ls -d "$first_dir/$CG_NAME"
	run cgns-unshare -M"$m/none" true
	assert_equal "$status" 125
	assert_output --partial "$m/none: No such file or directory"
}

# with_dir DIR PLACE...: where -M DIR has the hierarchies when each is mounted on its PLACE only
with_dir()
{
	mkdir -p "$@"
	set_apart 'dir=$1 count=$(($# / 2))
		shift
		places=("${@:count + 1}")
		for place in "${places[@]}"; do
			mount --bind "$1" "$place"
			shift
		done
		leave_only "${places[@]}"
		cgns-unshare -M"$dir" find "$dir" -mindepth 1 -maxdepth 1 -type d' "$1" "${dirs[@]}" "${@:2}"
}

@test "mount: with DIR, the names are those of the places, whatever these are" {
	local m=$BATS_TEST_TMPDIR/m n hierarchy places=() want=()

	((${#dirs[@]} > 1)) || skip "there is one hierarchy only"
	for n in "${!dirs[@]}"; do
		places+=("$m/a$n/called$n")
		want+=("$m/here/called$n")
	done
	run -0 with_dir "$m/here" "${places[@]}"
	assert_equal "$(sort <<< "$output")" "$(printf '%s\n' "${want[@]}" | sort)"

	# All of one name: then they are called as the hierarchies are.
	want=()
	for n in "${!dirs[@]}"; do
		places[n]=$m/b$n/cgroup
		hierarchy=${hierarchies[n]}
		want+=("$m/here/${hierarchy#name=}")
	done
	run -0 with_dir "$m/here" "${places[@]}"
	assert_equal "$(sort <<< "$output")" "$(printf '%s\n' "${want[@]}" | sort)"
}

@test "mount: with DIR, the unified hierarchy is mounted on DIR itself where there is no other" {
	local m=$BATS_TEST_TMPDIR/m

	cg_has_v2 || skip "no v2 hierarchy"
	run -0 set_apart 'leave_only "$2"
		cgns-unshare -g "unified:/$CG_NAME" -N --rm -M"$1" cat /proc/self/mountinfo' "$m" "$(cg_dir unified)"
	assert_equal "$(roots <<< "$output" | grep "^$m")" "$m /"
}

@test "mount: a working directory in a cgroup mount is found again by its name, or left for /" {
	cg_make "$first" "$CG_NAME/here/sub" > /dev/null
	cd "$first_dir/$CG_NAME/here/sub"
	run -0 cgns-unshare -g "$first:/" -M sh -c 'pwd -P; stat -c %i .'
	assert_equal "${lines[0]}" "$PWD"
	assert_equal "${lines[1]}" "$(stat -c %i .)"
	run -0 cgns-unshare -g "$first:/$CG_NAME" -M sh -c 'pwd -P; cd ..; pwd -P'
	assert_output $'/\n/'
	cd "$first_dir"
	run -0 cgns-unshare -g "$first:/$CG_NAME" -M sh -c 'pwd -P; ls -d here'
	assert_output "$first_dir"$'\nhere'
	# One that is elsewhere is left alone.
	cd "$BATS_TEST_TMPDIR/m"
	run -0 cgns-unshare -M pwd -P
	assert_output "$BATS_TEST_TMPDIR/m"
	cd /
}

@test "mount: one inside another" {
	run -0 inside cgns-unshare -g inner -N --rm -M -- sh -c '
		grep -v ":/$" /proc/self/cgroup
		awk "/ - cgroup2? / { print \$4 }" /proc/self/mountinfo | sort -u'
	assert_output /
}

@test "mount: in a user namespace too, over the mounts that cannot be detached there" {
	cg_needs_user_namespaces
	run -0 cgns-unshare -g "/$CG_NAME" -N --rm -r -M -p -f cat /proc/self/mountinfo
	roots <<< "$output" > "$BATS_TEST_TMPDIR/got"
	diff <(all_roots) <(own_places < "$BATS_TEST_TMPDIR/got")
	run -0 cgns-unshare -g "/$CG_NAME" -N --rm -r -M sh -c 'ls -d "$@" 2> /dev/null; :' sh \
		"${dirs[@]/%//$CG_NAME}"
	assert_output ''
}

@test "mount: in a new root directory, where it has cgroup mounts and where it has none" {
	local m=$BATS_TEST_TMPDIR/m dir

	mkdir -p "$m/proc" "$m/sys/fs/cgroup" "$m/bin"
	cat > "$BATS_TEST_TMPDIR/program" <<- 'END'
		case $2 in
		nowhere) # not even beneath others
			mount --bind / "$1"
			mount --rbind /proc "$1/proc" ;;
		*) mount --rbind / "$1" ;;
		esac
		mount -t tmpfs none "$1/sys"
		mkdir -p "$1/sys/fs/cgroup"
		[ "$2" != mounted ] || mount --rbind /sys/fs/cgroup "$1/sys/fs/cgroup"
		cgns-unshare -g "/$CG_NAME" -N --rm -M --root "$1" cat /proc/self/mountinfo
	END
	for dir in "${dirs[@]}"; do
		[[ ${#dirs[@]} == 1 || ${dir##*/} != cgroup ]] || dir=/sys/fs/cgroup/unified
		echo "$dir /"
	done | sort > "$BATS_TEST_TMPDIR/want"
	for where in nowhere covered mounted; do
		run -0 unshare --mount --propagation private sh -e "$BATS_TEST_TMPDIR/program" "$m" "$where"
		diff "$BATS_TEST_TMPDIR/want" <(roots <<< "$output")
	done
}

@test "mount: no cgroup filesystem anywhere is said" {
	run unshare --mount --propagation private sh -c '
		umount -R --lazy /sys/fs/cgroup && cgns-unshare -M true'
	assert_equal "$status" 125
	assert_output --partial 'none is mounted here'
	run unshare --mount --propagation private sh -c '
		umount -R --lazy /sys/fs/cgroup && cgns-unshare -g x true'
	assert_equal "$status" 125
	assert_output --partial 'no cgroup filesystem is mounted here'
}
