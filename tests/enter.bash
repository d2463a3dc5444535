# shellcheck shell=bash disable=SC2154
# SPDX-License-Identifier: GPL-2.0-or-later
# What the suites of cgns-enter share. Needs bats_require_minimum_version 1.5.0 and common.

# refused ARGUMENT...: cgns-enter fails by itself, runs nothing, and says why
refused()
{
	cg_refused 125 cgns-enter "$@"
}

# misused ARGUMENT...: the same, as wrong usage
misused()
{
	cg_misused 125 cgns-enter "$@"
}

# entered ARGUMENT...: cgns-enter succeeds; its output is in $output
entered()
{
	run --separate-stderr cgns-enter "$@" 3>&-
	[[ $status == 0 ]] || fail "cgns-enter $*: status $status: $stderr"
}

# Starts cgns-enter ARGUMENT... in the background, as user ENTER_AS if that is set; sets ENTER_PID.
# Descriptor 3 is BATS's own.
start_enter()
{
	local as=(env)

	[[ -z ${ENTER_AS:-} ]] ||
		as=(setpriv --reuid "$ENTER_AS" --regid "$ENTER_AS" --clear-groups env PATH="$CG_PUBLIC:$PATH")
	"${as[@]}" cgns-enter "$@" < /dev/null > "$BATS_TEST_TMPDIR/.out" 2> "$BATS_TEST_TMPDIR/.err" 3>&- &
	ENTER_PID=$!
	cg_record "$ENTER_PID"
}

# Starts it with a sleeping program, and sets PROGRAM_PID: its child, or itself where it did not fork.
start_sleeping()
{
	start_enter "$@" -- sleep infinity
	cg_until _program_sleeps || fail "not started: $(< "$BATS_TEST_TMPDIR/.err")"
	cg_record "$PROGRAM_PID"
}

_program_sleeps()
{
	PROGRAM_PID=$ENTER_PID
	! cg_child_of "$ENTER_PID" || PROGRAM_PID=$REPLY
	cg_runs "$PROGRAM_PID" sleep
}

# The same cgroup in every hierarchy: the kernel's own lists, read by the same reader.
same_cgroups()
{
	run diff "/proc/$1/cgroup" "/proc/$2/cgroup"
	assert_success
}

# The inode of a namespace: ns_of PID [KIND]
ns_of()
{
	readlink "/proc/$1/ns/${2:-cgroup}"
}

kernel_is()
{
	local major minor

	IFS=.- read -r major minor _ < /proc/sys/kernel/osrelease
	((major > ${1%.*} || (major == ${1%.*} && minor >= ${1#*.})))
}

# as_user UID COMMAND...: without any privilege, where every user may be
as_user()
{
	local uid=$1
	shift
	setpriv --reuid "$uid" --regid "$uid" --clear-groups -- env --chdir=/ "$@"
}

# A sleeping process of that user, in the caller's cgroups; sets CG_PID.
user_sleeper()
{
	setpriv --reuid "$1" --regid "$1" --clear-groups sleep infinity \
		< /dev/null > /dev/null 3>&- &
	CG_PID=$!
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
}
