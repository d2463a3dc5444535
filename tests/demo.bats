#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# The demo works on this machine's layout, checks what it says, and leaves nothing.

load common

setup()
{
	cg_setup
}

teardown()
{
	cg_teardown
}

left_by_demo()
{
	cg_cgroups "*/cgns-demo-$1"
}

@test "the demo tells its story to the end, with the views that the kernel prints" {
	local number

	run "$CGNS_SOURCE/scripts/demo" "$CGNS_BUILD"
	assert_success
	assert_output --partial 'This machine'
	assert_line --regexp '^    [0-9]+:[^:]*:/worker$'
	assert_line --regexp '^    /cgns-demo-[0-9]+/pod/app/worker$'
	assert_line '    /../../neighbour'
	assert_output --partial 'The end'
	[[ $output == *'* set above the root of the namespace'* ]] ||
		! cgns-unshare -g "/$CG_NAME/try" -N --rm --set memory.max=512M --set pids.max=20 true 2> /dev/null ||
		fail "nothing said of limits: $output"
	number=$(grep -o -m 1 'cgns-demo-[0-9]*' <<< "$output" | head -n 1)
	assert_equal "$(left_by_demo "${number#cgns-demo-}")" ""
	# What to read next is there.
	[[ -e $(sed -n 's/^    \$ less //p' <<< "$output") ]]
	[[ -e $(sed -n '$s/^    \$ man //p' <<< "$output") ]]
}

@test "in a plain chroot the demo says what it leaves out, and why" {
	cg_needs_private_mounts
	local root=$BATS_TEST_TMPDIR/root

	mkdir "$root"
	# shellcheck disable=SC2016
	run unshare --mount --propagation private bash -c '
		cd "$1" || exit
		for name in /*; do
			[[ -L $name ]] && cp -P "$name" . && continue
			[[ -d $name ]] || continue
			mkdir ".$name" && mount --rbind "$name" ".$name" || exit
		done
		exec chroot . "$2" "$3"' bash "$root" "$CGNS_SOURCE/scripts/demo" "$CGNS_BUILD"
	assert_success
	assert_output --partial 'Left out: the root directory is no mount point here'
	assert_output --partial 'The end'
}

@test "the demo names every kind of hierarchy that is mounted" {
	run "$CGNS_SOURCE/scripts/demo" "$CGNS_BUILD"
	assert_success
	if cg_has_v2 && [[ -n $(cg_v1) ]]; then
		assert_output --partial 'A hybrid'
	elif cg_has_v2; then
		assert_output --partial 'cgroup v2 alone'
	else
		assert_output --partial 'cgroup v1 alone'
	fi
}

@test "the demo that is interrupted removes what it made, and says so by its status" {
	local out=$BATS_TEST_TMPDIR/out pid signal status

	for signal in INT TERM; do
		# A shell starts its children in the background deaf to SIGINT; env undoes that.
		env --default-signal=INT "$CGNS_SOURCE/scripts/demo" "$CGNS_BUILD" > "$out" 2>&1 3>&- &
		pid=$!
		cg_record "$pid"
		cg_until grep -q 'Two views' "$out"
		kill "-$signal" "$pid"
		status=0
		wait "$pid" || status=$?
		assert_equal "$status" "$(($(kill -l "$signal") + 128))"
		assert_equal "$(left_by_demo "$pid")" ""
	done
}

@test "the demo fails where a program fails, and cleans up all the same" {
	local bin=$BATS_TEST_TMPDIR/build

	mkdir -p "$bin/cgns-path"
	cat > "$bin/cgns-path/cgns-path" << END
#!/bin/sh
case "\$*" in
*--raw*) exec '$CGNS_BUILD/cgns-path/cgns-path' "\$@" ;;
esac
echo /wrong
END
	chmod +x "$bin/cgns-path/cgns-path"
	# Its number names its cgroups: others' demos make some, too.
	# shellcheck disable=SC2016
	run sh -c 'echo $$ > "$1"; exec "$2" "$3"' sh "$bin/pid" "$CGNS_SOURCE/scripts/demo" "$bin"
	assert_failure 1
	assert_output --partial "cgns-path says '/wrong'"
	assert_equal "$(left_by_demo "$(< "$bin/pid")")" ""
}

@test "without privileges the demo says what it needs" {
	cg_public "$CGNS_SOURCE/scripts/demo"
	run cg_as_nobody "$CG_PUBLIC/demo" "$CG_PUBLIC"
	assert_failure 1
	assert_output --partial 'run it as root'
}
