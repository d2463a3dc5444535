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
	local dir

	while read -r _ dir; do
		find "$dir" -xdev -name "cgns-demo-$1" 2> /dev/null
	done < <(cg_hierarchies)
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
	number=$(grep -o -m 1 'cgns-demo-[0-9]*' <<< "$output" | head -n 1)
	assert_equal "$(left_by_demo "${number#cgns-demo-}")" ""
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
	run "$CGNS_SOURCE/scripts/demo" "$bin"
	assert_failure 1
	assert_output --partial "cgns-path says '/wrong'"
	assert_equal "$(left_by_demo '*')" ""
}

@test "without privileges the demo says what it needs" {
	run setpriv --reuid=65534 --clear-groups "$CGNS_SOURCE/scripts/demo" "$CGNS_BUILD"
	assert_failure 1
	assert_output --partial 'run it as root'
}
