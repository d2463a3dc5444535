#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-unshare --owner: what was created belongs to its owner, as far as delegation goes, who can
# then do without privileges what an owner can.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

NOBODY=65534

setup()
{
	cg_setup
	mapfile -t kinds < <(
		! cg_has_v2 || echo unified
		cg_v1 2
	)
	# What the user is to read and to write.
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"/.. "$BATS_TEST_TMPDIR"/../..
	mkdir -m 777 "$BATS_TEST_TMPDIR/w"
}

teardown()
{
	cg_teardown
}

# as_nobody COMMAND...: a real unprivileged user
as_nobody()
{
	setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --inh-caps=-all "$@"
}

# user_namespaces: skips where an unprivileged user may not make them
user_namespaces()
{
	as_nobody unshare -U true 2> /dev/null || skip "no user namespaces for users here"
}

@test "owner: exactly what can be delegated is given away" {
	local kind dir file want

	for kind in "${kinds[@]}"; do
		dir=$(cg_dir "$kind")
		cg_make "$kind" "$CG_NAME" > /dev/null
		cgns-unshare -g "$kind:/$CG_NAME/a/b" -N --owner "$NOBODY:1234" --subgroup s true
		for file in "$dir/$CG_NAME" "$dir/$CG_NAME"/* "$dir/$CG_NAME"/a/* "$dir/$CG_NAME"/a \
			"$dir/$CG_NAME"/a/b/* "$dir/$CG_NAME"/a/b/s/*; do
			want=0:0
			case $file in
			"$dir/$CG_NAME" | "$dir/$CG_NAME"/[!a]*) ;;
			*/a | */b | */s) want=$NOBODY:1234 ;;
			*)
				if [[ $kind == unified ]]; then
					! grep -qx "${file##*/}" /sys/kernel/cgroup/delegate || want=$NOBODY:1234
				else
					[[ ${file##*/} != tasks && ${file##*/} != cgroup.procs ]] || want=$NOBODY:1234
				fi
				;;
			esac
			assert_equal "$file $(stat -c %u:%g "$file")" "$file $want"
		done
	done
}

@test "owner: what can be delegated is what the kernel lists, and where it is silent the common three" {
	cg_needs_private_mounts
	local dir

	cg_has_v2 || skip "no v2 hierarchy"
	[[ -e /sys/kernel/cgroup/delegate ]] || skip "this kernel lists nothing"
	dir=$(cg_dir unified)/$CG_NAME
	printf '%s\n' cgroup.procs cgroup.max.depth no.such.file ../cgroup.type > "$BATS_TEST_TMPDIR/list"
	run -0 unshare --mount --propagation private sh -ec '
		mount --bind "$1" /sys/kernel/cgroup/delegate
		cgns-unshare -g "unified:/$CG_NAME/listed" -N --owner "$2" true
		umount --lazy /sys/kernel/cgroup/delegate
		mount -t tmpfs none /sys/kernel
		cgns-unshare -g "unified:/$CG_NAME/silent" -N --owner "$2" true' sh \
		"$BATS_TEST_TMPDIR/list" "$NOBODY"
	run -0 find "$dir/listed" -user "$NOBODY" -printf '%P\n'
	assert_equal "$(sort <<< "$output")" $'\ncgroup.max.depth\ncgroup.procs'
	assert_equal "$(stat -c %u "$dir/cgroup.type")" 0
	run -0 find "$dir/silent" -user "$NOBODY" -printf '%P\n'
	assert_equal "$(sort <<< "$output")" $'\ncgroup.procs\ncgroup.subtree_control\ncgroup.threads'
}

@test "owner: a name means its login group too, a number alone leaves the group" {
	local dir kind=${kinds[0]}

	dir=$(cg_dir "$kind")
	cgns-unshare -g "$kind:/$CG_NAME" -N --owner nobody true
	assert_equal "$(stat -c %u:%g "$dir/$CG_NAME")" "$(id -u nobody):$(id -g nobody)"
	rmdir "$dir/$CG_NAME"
	cgns-unshare -g "$kind:/$CG_NAME" -N --owner 4321 true
	assert_equal "$(stat -c %u:%g "$dir/$CG_NAME")" 4321:0
	rmdir "$dir/$CG_NAME"
	cgns-unshare -g "$kind:/$CG_NAME" -N --owner "nobody:$(id -gn root)" true
	assert_equal "$(stat -c %u:%g "$dir/$CG_NAME")" "$(id -u nobody):0"
	# What was there before is not given away.
	cgns-unshare -g "$kind:/$CG_NAME" -N --owner 77 true
	assert_equal "$(stat -c %u "$dir/$CG_NAME")" "$(id -u nobody)"
	for owner in no-such-user "nobody:no-such-group" :; do
		run cgns-unshare -g "$kind:/$CG_NAME/x" -N --owner "$owner" true
		assert_equal "$status" 125
		assert_output --partial 'no such'
		assert [ ! -e "$dir/$CG_NAME/x" ]
	done
}

@test "owner: the user makes children and moves processes among them, without privileges" {
	local kind dir options

	for kind in "${kinds[@]}"; do
		dir=$(cg_dir "$kind")
		# Where it is mounted as its namespace's root, else where the host has it.
		options=(-M)
		cg_has_private_mounts || options=() dir+=/$CG_NAME
		run -0 cgns-unshare -g "$kind:/$CG_NAME" -N --rm "${options[@]}" --owner "$NOBODY:$NOBODY" \
			-S "$NOBODY" -G "$NOBODY" -- sh -ec '
			grep -E "^Cap(Prm|Eff)" /proc/self/status | grep -c 0000000000000000
			mkdir "$1/one" "$1/two"
			sleep infinity > /dev/null 2>&1 3>&- &
			echo $! > "$1/one/cgroup.procs"
			echo $! > "$1/two/cgroup.procs"
			grep -qx $! "$1/two/cgroup.procs"
			grep -h "/two$" /proc/$!/cgroup | cut -d : -f 3
			echo $$ > "$1/one/cgroup.procs"
			echo $! > "$1/one/cgroup.procs"
			rmdir "$1/two"' sh "$dir"
		assert_output $'2\n/two'
	done
}

@test "owner: but the limits on the cgroup itself stay the caller's" {
	cg_has_v2 || skip "no v2 hierarchy"
	run cgns-unshare -g "unified:/$CG_NAME" -N --rm --owner "$NOBODY" -S "$NOBODY" -- \
		sh -c 'echo 1 > "$1/cgroup.max.depth"' sh "$(cg_dir unified)/$CG_NAME"
	assert_failure
	assert_output --partial 'Permission denied'
}

@test "owner: the user enters it with cgns-unshare -r -M, and may write what is mounted" {
	local dir

	cg_has_v2 || skip "no v2 hierarchy"
	user_namespaces
	dir=$(cg_dir unified)
	# The user has to get at the program, wherever the build tree is.
	cg_public cgns-unshare
	PATH=$CG_PUBLIC:$PATH
	cat > "$BATS_TEST_TMPDIR/w/program" <<- 'END'
		id -u
		sed -n 's/^0:://p' /proc/self/cgroup
		awk '/ - cgroup2 / { root[$5] = $4 } END { for (p in root) print root[p] }' \
			/proc/self/mountinfo | sort -u
		mkdir "$1/kid" && echo $$ > "$1/kid/cgroup.procs"
		sed -n 's/^0:://p' /proc/self/cgroup
	END
	# First in the owner's own cgroup, then in one below it that the owner makes.
	run -0 cgns-unshare -g "unified:/$CG_NAME" -N --rm --owner "$NOBODY:$NOBODY" \
		-S "$NOBODY" -G "$NOBODY" cgns-unshare -r -M sh "$BATS_TEST_TMPDIR/w/program" "$dir"
	assert_output $'0\n/\n/\n/kid'
	run -0 cgns-unshare -g "unified:/$CG_NAME" -N --rm --owner "$NOBODY:$NOBODY" \
		-S "$NOBODY" -G "$NOBODY" -M \
		cgns-unshare -g unified:/deeper -N --rm -r -M sh "$BATS_TEST_TMPDIR/w/program" "$dir"
	assert_output $'0\n/\n/\n/kid'
	assert [ ! -e "$dir/$CG_NAME" ]
}

@test "owner: a user's own --rm removes what he created, and kills what is left there" {
	local dir

	cg_has_v2 || skip "no v2 hierarchy"
	user_namespaces
	dir=$(cg_dir unified)
	mkdir "$dir/$CG_NAME"
	chown "$NOBODY" "$dir/$CG_NAME" "$dir/$CG_NAME/cgroup.procs"
	run -0 sh -c 'echo $$ > "$1/cgroup.procs"; shift; exec "$@"' sh "$dir/$CG_NAME" \
		setpriv --reuid "$NOBODY" --regid "$NOBODY" --clear-groups --inh-caps=-all \
		cgns-unshare -g unified:mine -N --rm -r -- sh -c \
		'setsid sleep infinity > /dev/null 2>&1 3>&- < /dev/null & echo $!'
	assert cg_gone "$output"
	assert [ ! -e "$dir/$CG_NAME/mine" ]
}
