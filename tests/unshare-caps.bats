#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# cgns-unshare --caps and --no-new-privs: what /proc/self/status says of the program, and what
# set-user-ID programs and file capabilities gain: nothing.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

NOBODY=65534
NONE=0000000000000000

setup()
{
	cg_setup
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"/.. "$BATS_TEST_TMPDIR"/../..
}

teardown()
{
	cg_teardown
}

# sets FILE: the five sets of a status file, on one line
sets()
{
	sed -n 's/^Cap\(Inh\|Prm\|Eff\|Bnd\|Amb\):\t//p' "$1" | tr '\n' ' '
}

# sets_of OPTION...: those that the program has
sets_of()
{
	cgns-unshare "$@" cat /proc/self/status > "$BATS_TEST_TMPDIR/status"
	sets "$BATS_TEST_TMPDIR/status"
}

# five SET: all five are that
five()
{
	printf '%s %s %s %s %s ' "$1" "$1" "$1" "$1" "$1"
}

# Makes a folder on a file system that is mounted without nosuid, as /tmp may be.
not_nosuid()
{
	mkdir "$BATS_TEST_TMPDIR/suid"
	mount -t tmpfs -o mode=755 none "$BATS_TEST_TMPDIR/suid"
}

@test "caps: none: no set holds any, for root and for others, with and without a fork" {
	cg_needs_user_namespaces
	local options

	for options in '' -f '-S 65534' '-S 65534 -G 65534 -f' '-r' '-p -f -r -M' "-g /$CG_NAME -N --rm"; do
		# shellcheck disable=SC2086
		assert_equal "$options: $(sets_of $options --caps none)" "$options: $(five "$NONE")"
	done
}

@test "caps: a list: all five sets are the list, for root and for others" {
	cg_needs_user_namespaces
	local options

	# CAP_KILL is 5, CAP_NET_RAW 13.
	for options in '' -f '-S 65534 -G 65534' '-S 1234 -f' -r; do
		# shellcheck disable=SC2086
		assert_equal "$options: $(sets_of $options --caps kill,net_raw)" \
			"$options: $(five 0000000000002020)"
		# shellcheck disable=SC2086
		assert_equal "$options: $(sets_of $options --caps CAP_KILL)" \
			"$options: $(five 0000000000000020)"
	done
}

@test "caps: keep: as without it, but inheritable and ambient sets are empty" {
	local own

	own=$(setpriv --inh-caps=-all cat /proc/self/status > "$BATS_TEST_TMPDIR/own" &&
		sets "$BATS_TEST_TMPDIR/own")
	assert_equal "$(sets_of)" "$own"
	assert_equal "$(sets_of --caps keep)" "$own"
	run -0 setpriv --inh-caps=+kill --ambient-caps=+kill cgns-unshare cat /proc/self/status
	assert_line --partial "CapInh:	$NONE"
	assert_line --partial "CapAmb:	$NONE"
}

@test "caps: what the caller lacks is not given" {
	run setpriv --bounding-set=-net_raw --inh-caps=-net_raw cgns-unshare \
		-g "/$CG_NAME" -N --caps net_raw true
	assert_equal "$status" 125
	assert_output --partial CAP_NET_RAW
	assert_equal "$(cg_own_cgroups)" ''
}

@test "caps: a set-user-ID program gains none of them" {
	local id=$BATS_TEST_TMPDIR/suid/cat

	not_nosuid
	install -m 4755 "$(command -v cat)" "$id"
	# It is one, where nothing keeps it from being one.
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" "$id" /proc/self/status
	assert_line --regexp '^Uid:.65534.0.0.0'
	refute_line "CapEff:	$NONE"
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" --caps none "$id" /proc/self/status
	assert_line "CapEff:	$NONE"
	assert_line "CapPrm:	$NONE"
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" --caps kill "$id" /proc/self/status
	refute_line --regexp '^Cap(Eff|Prm):.*[^0].{2}$'
	refute_line --regexp '^CapEff:.*[^02].$'
	# With no-new-privs it does not even get the user.
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" --no-new-privs "$id" /proc/self/status
	assert_line --regexp '^Uid:.65534.65534.65534.65534'
	assert_line "CapEff:	$NONE"
	assert_line 'NoNewPrivs:	1'
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" cat /proc/self/status
	assert_line 'NoNewPrivs:	0'
}

@test "caps: a program with file capabilities gains none of them" {
	local program=$BATS_TEST_TMPDIR/suid/cat

	not_nosuid
	command -v setcap > /dev/null || skip "no setcap"
	install -m 755 "$(command -v cat)" "$program"
	setcap cap_net_raw+p "$program" || skip "no file capabilities here"
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" "$program" /proc/self/status
	assert_line 'CapPrm:	0000000000002000'
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" --caps none "$program" /proc/self/status
	assert_line "CapPrm:	$NONE"
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" --caps kill "$program" /proc/self/status
	refute_line --regexp '^CapPrm:.*2...$'
	run -0 cgns-unshare -S "$NOBODY" -G "$NOBODY" --no-new-privs "$program" /proc/self/status
	assert_line "CapPrm:	$NONE"
	# One that insists on them is refused by the kernel.
	setcap cap_net_raw+ep "$program"
	run cgns-unshare -S "$NOBODY" -G "$NOBODY" --caps none "$program" /proc/self/status
	assert_equal "$status" 126
}

@test "caps: dropped privileges do not keep a failure from being undone" {
	local options

	for options in '--caps none' '-S 65534 --caps none' '-S 65534 -G 65534 --no-new-privs'; do
		for fork in '' -f; do
			# shellcheck disable=SC2086
			run -127 cgns-unshare $fork -g "/$CG_NAME" -N $options /no/such/program
			assert_equal "$(cg_own_cgroups)" ''
		done
	done
}

@test "caps: while privileges are given up, no other process may look into the one that does" {
	local options

	cg_needs_strace
	for options in '--caps none' '-f --caps kill'; do
		# shellcheck disable=SC2086
		run -0 strace -f -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=prctl,capset \
			cgns-unshare $options true
		run -0 grep -n -m 1 -o 'PR_SET_DUMPABLE, SUID_DUMP_DISABLE' "$BATS_TEST_TMPDIR/trace"
		protected=${output%%:*}
		run -0 grep -n -m 1 -o -e PR_CAPBSET_DROP -e 'capset(' "$BATS_TEST_TMPDIR/trace"
		assert [ "$protected" -lt "${output%%:*}" ]
	done
}
