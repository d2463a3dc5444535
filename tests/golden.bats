#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: build=plain vm=once
# What the eye sees, to the letter: a made-up host with containers, a visitor, a monitor, broken ones
# and long names (scripts/look), on terminals of 80 and 200 columns, in a pipe, under watch(1).
#
# After a change that is meant to be seen: scripts/look BUILD > docs/look.md, and
# CGNS_GOLDEN=write bats tests/golden.bats; then read the difference.

# Markdown has backquotes.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cg_has_v2 || skip "no v2 hierarchy"
	[[ -w /proc/sys/kernel/ns_last_pid ]] || skip "processes cannot be given numbers here"
	cg_needs_private_mounts
	unset COLUMNS NO_COLOR
	export LC_ALL=C.UTF-8
}

teardown()
{
	cg_teardown
}

# look NAME COMMAND: what COMMAND prints there is what tests/golden/NAME.golden has
look()
{
	local golden=$CGNS_SOURCE/tests/golden/$1.golden

	run timeout 100 "$CGNS_SOURCE/scripts/look" "$CGNS_BUILD" "$2" more 3>&-
	assert_success
	[[ ${CGNS_GOLDEN:-} != write ]] || printf '%s\n' "$output" > "$golden"
	diff -u "$golden" <(printf '%s\n' "$output")
}

# terminal COLUMNS COMMAND...: words for look. A process of a pipeline might be counted, or not yet;
# so might the shell of script(1).
terminal()
{
	local width=$1 command
	shift

	type -P script > /dev/null || skip "script(1) is not installed"
	for command; do
		printf '%s\n' "echo '\$ $command'" \
			"TERM=xterm script -qec 'stty cols $width; exec $command' /dev/null < /dev/null > \$CGNS_LOOK/tty" \
			"tr -d '\\r' < \$CGNS_LOOK/tty"
	done
}

@test "docs/look.md is what is seen" {
	run timeout 100 "$CGNS_SOURCE/scripts/look" "$CGNS_BUILD" 3>&-
	assert_success
	diff -u "$CGNS_SOURCE/docs/look.md" <(printf '%s\n' "$output")
}

@test "README: its look at a host is what is seen" {
	local commands

	commands=$(sed -n '/^```look/,/^```/s/^# //p' "$CGNS_SOURCE/README.md" |
		sed "s/.*/echo '# &'; &/")
	[[ $commands ]]
	run timeout 100 "$CGNS_SOURCE/scripts/look" "$CGNS_BUILD" "$commands" 3>&-
	assert_success
	diff -u <(sed -n '/^```look/,/^```/p' "$CGNS_SOURCE/README.md" | sed '1d;$d') \
		<(printf '%s\n' "$output")
}

@test "golden: 80 columns" {
	look 80 "$(terminal 80 'cgns-ls -H unified' 'cgns-ls -H unified -T -o NS,STATE,ROOT' \
		'cgns-ls -H unified -m container:3fa85f' 'cgns-ls -H unified -m container:b91c' \
		'cgns-ls -H unified --check')"
}

@test "golden: 200 columns" {
	look 200 "$(terminal 200 'cgns-ls -H unified' 'cgns-ls -H unified -T' \
		'cgns-ls -H unified -m container:3fa85f container:b91c' \
		'cgns-ls -H unified --check=outside,removed,mount' \
		'cgns-path -l -H unified container:3fa85f 31604')"
}

@test "golden: in a pipe, and in one that has a width" {
	look pipe 'cgns-ls -H unified; cgns-ls -H unified -n -r; COLUMNS=120 cgns-ls -H unified'
}
