#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# The README's examples, pasted one after the other, print what it says.

# Markdown has backquotes.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
}

teardown()
{
	cg_teardown
}

# Writes the examples as one script, which prints a line of its own between them, and what the
# README says that each prints. An example without words about its output may print anything.
extract()
{
	awk -v script="$BATS_TEST_TMPDIR/script" -v dir="$BATS_TEST_TMPDIR" '
		/^```sh$/ { n++; inside = script; next }
		/^```text$/ { inside = dir "/" n ".expected"; next }
		/^```/ { if (inside == script) print "echo \"=== " n "\"" > script; inside = ""; next }
		inside != "" { print > inside }
		END { print n + 0 }' "$CGNS_SOURCE/README.md"
}

@test "README: its examples, pasted, print what it says" {
	cg_needs_private_mounts
	local count n printed=0

	count=$(extract)
	assert [ "$count" -ge 6 ]
	sed -i "s/cgns-demo/$CG_NAME/g" "$BATS_TEST_TMPDIR"/script "$BATS_TEST_TMPDIR"/*.expected
	echo wait >> "$BATS_TEST_TMPDIR/script"
	run --separate-stderr timeout 200 bash "$BATS_TEST_TMPDIR/script" 3>&-
	[[ $output == *"=== $count"* ]] || fail "not all of it was run: $output $stderr"
	awk -v dir="$BATS_TEST_TMPDIR" 'BEGIN { n = 1 } /^=== / { n++; next } { print > (dir "/" n ".printed") }' \
		<<< "$output"
	for n in $(seq "$count"); do
		[[ -e $BATS_TEST_TMPDIR/$n.expected ]] || continue
		printed=$((printed + 1))
		# The test's name is longer than the README's: tables are wider.
		diff -b "$BATS_TEST_TMPDIR/$n.expected" "$BATS_TEST_TMPDIR/$n.printed"
	done
	assert [ "$printed" -ge 5 ]
	# It says that nothing is left.
	while read -r _ dir; do
		[[ ! -e $dir/$CG_NAME ]] || fail "$dir/$CG_NAME is left"
	done < <(cg_hierarchies)
}

@test "README: limits set above a root are what it says" {
	sed -n '/^```sh limits/,/^```$/p' "$CGNS_SOURCE/README.md" | sed '1d;$d' |
		sed "s/cgns-demo/$CG_NAME/g" > "$BATS_TEST_TMPDIR/script"
	[[ -s $BATS_TEST_TMPDIR/script ]]
	cgns-unshare -g "/$CG_NAME/try" -N --rm --set memory.max=512M --set pids.max=20 true 2> /dev/null ||
		skip "memory and pids are not handed down here"
	run -0 --separate-stderr timeout 100 bash "$BATS_TEST_TMPDIR/script" 3>&-
	diff <(sed -n '/^```limits/,/^```$/p' "$CGNS_SOURCE/README.md" | sed '1d;$d') \
		<(printf '%s\n' "$output")
}

@test "README: its picture is what the namespaces in it see" {
	local hierarchy host in_a in_b outer a b rows=0

	hierarchy=$(cg_default_hierarchy)
	cg_ns_sleeper "/$CG_NAME" "$hierarchy"
	outer=$CG_PID
	cg_ns_sleeper "/$CG_NAME/pod/app" "$hierarchy"
	a=$CG_PID
	cg_ns_sleeper "/$CG_NAME/box" "$hierarchy"
	b=$CG_PID
	while read -r host in_a in_b; do
		rows=$((rows + 1))
		assert_equal "$(cgns-path -f "$outer" -t "$a" "$host")" "$in_a"
		assert_equal "$(cgns-path -f "$outer" -t "$b" "$host")" "$in_b"
	done < <(awk '/^```picture/ { inside = 1; next } /^```/ { inside = 0 }
		inside && $NF ~ /^\// { print $(NF - 2), $(NF - 1), $NF }' "$CGNS_SOURCE/README.md")
	assert_equal "$rows" 6
}

@test "README: the files that it points to are there" {
	local file

	while read -r file; do
		assert [ -e "$CGNS_SOURCE/$file" ]
	done < <(sed -n 's/.*](\([^)]*\)).*/\1/p' "$CGNS_SOURCE/README.md")
}

@test "README: every program and every command of bootstrap is in it" {
	local word

	for word in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits './bootstrap demo' './bootstrap check'; do
		grep -qF -- "$word" "$CGNS_SOURCE/README.md"
	done
}
