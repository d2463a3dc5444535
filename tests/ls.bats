#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: seconds=1200
# cgns-ls: every state provoked for real, in v1 and v2 hierarchies; members and their views held
# against what the kernel says; options, exit statuses, and a second opinion by lsns.

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	mapfile -t hierarchies < <(
		! cg_has_v2 || echo unified
		cg_v1 2
	)
	h=${hierarchies[0]}
}

teardown()
{
	cg_teardown
}

inode_of()
{
	local link

	link=$(readlink "/proc/$1/ns/cgroup")
	link=${link#cgroup:[}
	printf '%s\n' "${link%]}"
}

# field COLUMN ARGUMENT...: one column, raw, without what is said of processes that may not be seen
field()
{
	cgns-ls -n -r -o "$@" 2> /dev/null
}

# is COLUMN VALUE ARGUMENT...
is()
{
	local column=$1 want=$2 got
	shift 2

	got=$(field "$column" "$@")
	[[ $got == "$want" ]] || fail "cgns-ls $*: $column is '$got', not '$want'"
}

# mounted_sleeper HIERARCHY PATH: a sleeper rooted there that has mounted the hierarchy afresh on
# its own place, as a container does. Sets CG_PID.
mounted_sleeper()
{
	cg_needs_private_mounts
	local hierarchy=$1 dir type=cgroup2 data=rw ready=$BATS_TEST_TMPDIR/ready

	dir=$(cg_dir "$hierarchy")
	[[ $hierarchy == unified ]] || type=cgroup data=${hierarchy#name=}
	[[ $hierarchy != name=* ]] || data=none,$hierarchy
	rm -f "$ready"
	cg_make "$hierarchy" "$2" > /dev/null
	# the same hierarchy cannot be mounted over itself: it is taken away first
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c '
		echo $$ > "$1/$2/cgroup.procs" && umount --lazy "$1" &&
		exec unshare --cgroup sh -c "
			mount -t $3 -o $4 cgroup $1 || mount -t $3 -o ${4#none,} cgroup $1 || exit
			echo \$\$ > $5
			exec sleep infinity"' sh "$dir" "$2" "$type" "$data" "$ready" \
		< /dev/null > /dev/null 2> "$BATS_TEST_TMPDIR/mounted" 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until test -s "$ready" || fail "$(< "$BATS_TEST_TMPDIR/mounted")"
	cg_until cg_runs "$CG_PID" sleep
}

# fd_holder: a process that has a namespace open that no process is in. Sets CG_PID and inode.
fd_holder()
{
	local first

	cg_ns_sleeper "$@"
	first=$CG_PID
	inode=$(inode_of "$first")
	# shellcheck disable=SC2217
	sleep infinity 7< "/proc/$first/ns/cgroup" < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
	kill -KILL "$first"
	cg_until cg_gone "$first"
}

## States --------------------------------------------------------------------------------------

@test "ls: ok: a namespace whose mounts show what it should" {
	for h in "${hierarchies[@]}"; do
		mounted_sleeper "$h" "$CG_NAME"
		is STATE ok -H "$h" "$CG_PID"
		is ROOT "/$CG_NAME" -H "$h" "$CG_PID"
		is MOUNTROOT "/$CG_NAME" -H "$h" "$CG_PID"
		is OUTSIDE 0 -H "$h" "$CG_PID"
		run -0 --separate-stderr cgns-ls --check -H "$h" "$CG_PID"
		assert_output ''
	done
}

@test "ls: mount: a namespace unshared without mounting anew" {
	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME" "$h"
		is STATE mount -H "$h" "$CG_PID"
		is ROOT "/$CG_NAME" -H "$h" "$CG_PID"
		is MOUNTROOT / -H "$h" "$CG_PID"
	done
}

# bound_sleeper HIERARCHY POINT COMMAND: a process in the cgroup CG_NAME that has that bound on POINT in
# a mount namespace of its own, after COMMAND. It waits to be told, and is then a sleeper rooted in the
# cgroup that it is in. Sets CG_PID.
bound_sleeper()
{
	cg_needs_private_mounts
	local dir ready=$BATS_TEST_TMPDIR/bound

	rm -f "$ready" "$ready.go"
	mkfifo "$ready.go"
	dir=$(cg_make "$1" "$CG_NAME")
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c '
		echo $$ > "$1/cgroup.procs" && exec 9< "$1" && eval "$4" &&
			mount --bind /proc/self/fd/9 "$2" && exec 9<&- && echo $$ > "$3" || exit
		read -r _ < "$3.go"
		exec unshare --cgroup sleep infinity' sh "$dir" "$2" "$ready" "$3" \
		< /dev/null > /dev/null 2> "$ready.error" 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	# shellcheck disable=SC2016
	cg_until eval '[[ -s $ready ]] || cg_gone $CG_PID'
	[[ -s $ready ]] || fail "$(< "$ready.error")"
}

go_on()
{
	echo > "$BATS_TEST_TMPDIR/bound.go"
	cg_until cg_runs "$CG_PID" sleep
}

@test "ls: mount: that of a cgroup that was removed, and whose name another has, is not the root's" {
	local dir

	for h in "${hierarchies[@]}"; do
		bound_sleeper "$h" "$(cg_dir "$h")" :
		go_on
		is STATE ok -H "$h" "$CG_PID"
		is MOUNTROOT "/$CG_NAME" -H "$h" "$CG_PID"
		kill -KILL "$CG_PID"
		cg_until cg_gone "$CG_PID"

		bound_sleeper "$h" "$(cg_dir "$h")" :
		dir=$(cg_make "$h" "$CG_NAME")
		echo "$CG_PID" > "$(cg_dir "$h")/cgroup.procs"
		rmdir "$dir"
		mkdir "$dir"
		echo "$CG_PID" > "$dir/cgroup.procs"
		go_on
		is STATE mount -H "$h" "$CG_PID"
		is ROOT "/$CG_NAME" -H "$h" "$CG_PID"
		is MOUNTROOT "/$CG_NAME\\x20(deleted)" -H "$h" "$CG_PID"
		run -3 --separate-stderr cgns-ls --check=mount -H "$h" "$CG_PID"
		assert_output --partial "shows /$CG_NAME (deleted), not its namespace root /$CG_NAME"
		kill -KILL "$CG_PID"
		cg_until cg_gone "$CG_PID"
	done
}

@test "ls: mount: that of one file of a cgroup can be looked at" {
	for h in "${hierarchies[@]}"; do
		# shellcheck disable=SC2016
		bound_sleeper "$h" /sys/fs/cgroup/f 'exec 9< "$1/cgroup.procs" &&
			mount -t tmpfs none /sys/fs/cgroup && : > /sys/fs/cgroup/f'
		go_on
		is STATE mount -H "$h" "$CG_PID"
		is MOUNTROOT "/$CG_NAME/cgroup.procs" -H "$h" "$CG_PID"
		run -0 --separate-stderr cgns-ls -H "$h" "$CG_PID"
		[[ $stderr != *'cannot look'* ]] || fail "$stderr"
		kill -KILL "$CG_PID"
		cg_until cg_gone "$CG_PID"
	done
}

# hung_sleeper: a bound_sleeper whose mount is below a filesystem that does not answer. Sets server,
# which is to be killed: who asks it gets an error then.
hung_sleeper()
{
	[[ -c /dev/fuse ]] || skip "no FUSE"
	# shellcheck disable=SC2016
	bound_sleeper "$h" /sys/fs/cgroup/d '
		"$CGNS_SOURCE/tests/hung.py" /sys/fs/cgroup > "$3.mounted" &
		until [ -s "$3.mounted" ]; do kill -0 $! && sleep 0.1; done
		echo $! > "$3.server"'
	go_on
	is STATE ok "$CG_PID"
	server=$(< "$BATS_TEST_TMPDIR/bound.server")
	cg_record "$server"
	kill -USR1 "$server"
	# the server has to be silent before anybody asks
	run timeout 1 stat "/proc/$CG_PID/root/sys/fs/cgroup/none"
}

@test "ls: mount: one that is below a filesystem that does not answer holds nothing up" {
	local server no_answer

	hung_sleeper
	no_answer="cgns-ls: cannot look at the cgroup mounts of PID $CG_PID: a filesystem in its mount namespace does not answer"
	run --separate-stderr timeout 30 cgns-ls --check "$CG_PID"
	assert_equal "$status" 64
	assert_output --partial ' hidden  '
	assert_output --partial 'do: run it again; standard error says why'
	assert_equal "${stderr_lines[-1]}" "$no_answer"
	# it may be in the state that is asked for
	run --separate-stderr timeout 30 cgns-ls --noheadings --state mount "$CG_PID"
	kill -KILL "$server"
	assert_equal "$status" 64
	assert_output ""
	assert_equal "${stderr_lines[-1]}" "$no_answer"
}

@test "ls: mount: each reason why some could not be looked at is said" {
	cg_needs_strace
	local server first

	hung_sleeper
	first=$CG_PID
	_cg_start_sleeper "$CG_NAME" "$h" nsenter --target "$first" --mount \
		unshare --cgroup sleep infinity
	ASAN_OPTIONS=detect_leaks=0 run --separate-stderr timeout 30 strace -qq -o /dev/null \
		-e trace=openat2 -e inject=openat2:error=EACCES:when=1 cgns-ls "$first" "$CG_PID"
	kill -KILL "$server"
	assert_equal "$status" 64
	said ": Permission denied"
	said ": a filesystem in its mount namespace does not answer"
}

@test "ls: --state: that roots were not found is said, and is the status" {
	cg_needs_strace
	cg_ns_sleeper
	ASAN_OPTIONS=detect_leaks=0 run -64 --separate-stderr strace -qq -o /dev/null \
		-e trace=clone,clone3,?fork -e inject=clone,clone3,?fork:error=EAGAIN \
		cgns-ls --noheadings --state removed "$CG_PID"
	assert_output ""
	said "cannot find the roots of namespaces"
}

@test "ls: no descriptor is closed twice" {
	cg_needs_strace
	ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o "$BATS_TEST_TMPDIR/log" -e trace=close \
		cgns-ls <&- > /dev/null 2>&1 || [[ $? == 64 ]]
	run -1 grep EBADF "$BATS_TEST_TMPDIR/log"
}

@test "ls: mount: a mount that the process cannot reach does not count" {
	cg_needs_private_mounts
	local h cover='mount -t tmpfs none /sys && exec sleep infinity'

	for h in "${hierarchies[@]}"; do
		_cg_start_sleeper "$CG_NAME" "$h" unshare --mount --propagation private --cgroup \
			sh -c "$cover"
		is STATE ok -H "$h" "$CG_PID"
		is MOUNTROOT - -H "$h" "$CG_PID"
	done
}

@test "ls: what the caller sees as well is not read of each process again" {
	local pids=() pid

	cg_needs_strace
	for _ in 1 2 3; do
		cg_ns_sleeper ''
		pids+=("$CG_PID")
	done
	ASAN_OPTIONS=detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/log" -e trace=openat \
		cgns-ls -q "${pids[@]}"
	run -0 grep -c '"mountinfo"' "$BATS_TEST_TMPDIR/log"
	assert_output 1
	for pid in "${pids[@]}"; do
		run -0 grep -c "\"$pid/cgroup\"" "$BATS_TEST_TMPDIR/log"
		assert_output 1
	done
}

# Names begin below what lies on the directory that it is chrooted to.
@test "ls: mount: what is mounted on the root of a chroot does not count" {
	local h

	cat >"$BATS_TEST_TMPDIR/chrooted" <<'EOF'
mkdir "$1" && cd "$1" || exit
for dir in /bin /lib /lib64 /usr /host; do
	[ -d $dir ] || [ $dir = /host ] || continue
	mkdir .$dir && mount --rbind "${dir#/host}/" .$dir || exit
done
exec chroot . sh -c 'mount --rbind /host / && exec sleep infinity'
EOF
	for h in "${hierarchies[@]}"; do
		_cg_start_sleeper "$CG_NAME" "$h" unshare --mount --propagation private --cgroup \
			sh "$BATS_TEST_TMPDIR/chrooted" "$BATS_TEST_TMPDIR/root-$h"
		grep -q ' /sys/fs/cgroup' "/proc/$CG_PID/mountinfo"
		[[ ! -e /proc/$CG_PID/root/sys ]]
		is MOUNTROOT - -H "$h" "$CG_PID"
		is STATE ok -H "$h" "$CG_PID"
	done
}

# visitor PID: a process that has entered the namespace of that one, and not its cgroup. Sets CG_PID.
visitor()
{
	nsenter --cgroup --target "$1" sleep infinity < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
}

@test "ls: outside: a namespace entered without joining or mounting" {
	local first

	for h in "${hierarchies[@]}"; do
		mounted_sleeper "$h" "$CG_NAME"
		first=$CG_PID
		visitor "$first"
		# its mounts do not count, nor does it stand for the namespace
		is PID "$first" -H "$h" "$CG_PID"
		is STATE outside -H "$h" "$CG_PID"
		is NPROCS 2 -H "$h" "$CG_PID"
		is OUTSIDE 1 -H "$h" "$CG_PID"
		kill -KILL "$first"
		cg_until cg_gone "$first"
		# what a visitor has mounted says nothing of the namespace
		is STATE outside -H "$h" "$CG_PID"
		is PID "$CG_PID" -H "$h" "$CG_PID"
		kill -KILL "$CG_PID"
	done
}

@test "ls: outside: a member that the admin moved out of its root" {
	for h in "${hierarchies[@]}"; do
		mounted_sleeper "$h" "$CG_NAME/a"
		cg_make "$h" "$CG_NAME/ab" > /dev/null
		cg_make "$h" "$CG_NAME/a/in" > /dev/null
		# below the root is not outside
		cg_move "$h" "$CG_NAME/a/in" "$CG_PID"
		is STATE ok -H "$h" "$CG_PID"
		# and a longer name is not below
		cg_move "$h" "$CG_NAME/ab" "$CG_PID"
		is STATE outside -H "$h" "$CG_PID"
		is OUTSIDE 1 -H "$h" "$CG_PID"
		is ROOT "/$CG_NAME/a" -H "$h" "$CG_PID"
		cg_move "$h" "$CG_NAME" "$CG_PID"
		is STATE outside -H "$h" "$CG_PID"
		kill -KILL "$CG_PID"
	done
}

@test "ls: removed: the root cgroup is gone, and another of its name is not it" {
	local dir

	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/gone" "$h"
		cg_move "$h" "$CG_NAME" "$CG_PID"
		dir=$(cg_dir "$h")/$CG_NAME/gone
		cg_until rmdir "$dir"
		is STATE removed -H "$h" "$CG_PID"
		is ROOT - -H "$h" "$CG_PID"
		run -0 --separate-stderr cgns-ls -J -H "$h" "$CG_PID"
		jq -e '.namespaces[0].root == null' <<< "$output" > /dev/null || fail "$output"
		mkdir "$dir"
		is STATE removed -H "$h" "$CG_PID"
		# of itself it reads what the kernel says
		run -0 --separate-stderr cgns-ls -J -m -H "$h" "$CG_PID"
		assert_equal "$(jq -r '.namespaces[0].members[0].own' <<< "$output")" \
			"$(view_inside "$h" "$CG_PID")"
	done
}

# view_inside HIERARCHY PID: its cgroup as a reader in its own namespace sees it
view_inside()
{
	local name=$1

	[[ $name != unified ]] || name=
	nsenter --cgroup --target "$2" cat "/proc/$2/cgroup" |
		awk -F: -v name="$name" '$2 == name { sub(/^[^:]*:[^:]*:/, ""); print }'
}

@test "ls: hidden: an unprivileged caller gets their own namespace and one line about the rest" {
	local others mine

	cg_ns_sleeper "$CG_NAME" "$h"
	cg_public cgns-ls
	run -0 --separate-stderr cg_as_nobody cgns-ls -n -r -o NS,NPROCS,STATE,ROOT
	others=$(awk '$3 == "hidden" { print $2 }' <<< "$output")
	mine=$(grep "^$(inode_of self) " <<< "$output")
	assert_equal "${mine%% *}" "$(inode_of self)"
	[[ $mine == *' /' ]] || fail "not rooted at his own root: $mine"
	((others > 1)) || fail "no hidden processes: $output"
	said "cgns-ls: $others processes could not be examined: PID "
	said 'needs CAP_SYS_PTRACE and every capability that it has'
	run -0 --separate-stderr cg_as_nobody cgns-ls -q
	[[ -z $stderr ]] || fail "not quiet: $stderr"
	assert_equal "$(wc -l <<< "$stderr")" 1
	refute_output --partial "$(inode_of "$CG_PID")"
	run -0 --separate-stderr cg_as_nobody cgns-ls -J
	jq -e '[.namespaces[] | select(.state == "hidden")] | length == 1 and
		(.[0] | .ns == null and .root == null and .nprocs > 1)' <<< "$output" > /dev/null ||
		fail "$output"
	# the cgroups of others may be read by all, only their namespaces not
	run -0 --separate-stderr cg_as_nobody cgns-ls -J -m -H "$h"
	jq -e --arg path "/$CG_NAME" --argjson pid "$CG_PID" '
		[.namespaces[] | select(.state == "hidden") | .members[] | select(.pid == $pid)] |
		.[0].path == $path and .[0].own == null and .[0].state == "hidden"' \
		<<< "$output" > /dev/null || fail "$output"
}

@test "ls: hidden: a namespace that may be seen but not entered" {
	cg_public cgns-ls
	# of his own user, and in no way his own: the owner is the initial user namespace
	cg_make "$h" "$CG_NAME" > /dev/null
	# shellcheck disable=SC2016
	sh -c 'echo $$ > "$1/cgroup.procs" && exec unshare --cgroup setpriv --reuid=65534 \
		--regid=65534 --clear-groups --inh-caps=-all sleep infinity' \
		sh "$(cg_dir "$h")/$CG_NAME" < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
	run --separate-stderr cg_as_nobody cgns-ls -n -r -H "$h" -o NS,NPROCS,STATE,ROOT,OUTSIDE
	[[ $output == *"$(inode_of "$CG_PID") 1 hidden - -"* ]] || fail "$output"
	# the peer of an unprivileged admin: root sees it all
	is STATE mount -H "$h" "$CG_PID"
}

## --deep --------------------------------------------------------------------------------------

@test "ls: --deep: a namespace that only a thread is in" {
	local inode

	cg_thread_holder
	inode=$(readlink "/proc/$CG_PID/task/$tid/ns/cgroup")
	inode=${inode//[^0-9]/}
	run cgns-ls -n -r -o NS
	refute_line "$inode"
	run -0 --separate-stderr cgns-ls --deep -J -H "$h"
	jq -e --argjson ns "$inode" --arg holder "thread $CG_PID/$tid" --arg root "$(cg_of "$h")" '
		.namespaces[] | select(.ns == $ns) |
		.nprocs == 0 and .pid == null and .state == "pinned" and .holder == $holder and
		.root == $root' <<< "$output" > /dev/null || fail "$output"
}

@test "ls: --deep: a namespace that only a bind mount holds" {
	local file=$BATS_TEST_TMPDIR/'a b'$'\t''ns' inode

	for h in "${hierarchies[@]}"; do
		: > "$file"
		cg_ns_sleeper "$CG_NAME" "$h"
		inode=$(inode_of "$CG_PID")
		mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
		is FILE "${file//[ $'\t']/*}" "$inode" 2> /dev/null ||
			[[ $(field FILE "$inode") == *'/a\x20b\x09ns' ]]
		kill -KILL "$CG_PID"
		cg_until cg_gone "$CG_PID"
		run -0 --separate-stderr cgns-ls --deep -J -H "$h" -o +FILE
		jq -e --argjson ns "$inode" --arg file "$file" --arg root "/$CG_NAME" '
			.namespaces[] | select(.ns == $ns) |
			.nprocs == 0 and .state == "pinned" and .file == $file and
			(.holder | startswith("mount " + $file + " of ")) and .root == $root' \
			<<< "$output" > /dev/null || fail "$output"
		# named as a TARGET it is found without --deep too
		is STATE pinned -H "$h" "$file"
		is ROOT "/$CG_NAME" -H "$h" "cgroup:[$inode]"
		# its root can be removed under it
		rmdir "$(cg_dir "$h")/$CG_NAME"
		is STATE removed,pinned -H "$h" "$file"
		umount --lazy "$file"
	done
}

@test "ls: --deep: a bind mount in a mount namespace of somebody else" {
	cg_needs_private_mounts
	local file=$BATS_TEST_TMPDIR/ns inode

	: > "$file"
	cg_ns_sleeper "$CG_NAME" "$h"
	inode=$(inode_of "$CG_PID")
	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c \
		'mount --bind "/proc/$1/ns/cgroup" "$2" && exec sleep infinity' sh "$CG_PID" "$file" \
		< /dev/null > /dev/null 2>&1 3>&- &
	other=$!
	disown
	cg_record "$other"
	cg_until cg_runs "$other" sleep
	kill -KILL "$CG_PID"
	cg_until cg_gone "$CG_PID"
	run -0 --separate-stderr cgns-ls --deep -n -r -H "$h" -o NS,NPROCS,STATE,ROOT,FILE
	assert_line "$inode 0 pinned /$CG_NAME $file"
	run -0 --separate-stderr cgns-ls --deep -J -o NS,HOLDER
	jq -e --argjson ns "$inode" --arg holder "mount $file of $other" '
		.namespaces[] | select(.ns == $ns) | .holder == $holder' <<< "$output" > /dev/null ||
		fail "$output"
}

@test "ls: --deep: a namespace that only an open file holds" {
	for h in "${hierarchies[@]}"; do
		fd_holder "$CG_NAME" "$h"
		run cgns-ls -n -r -o NS
		refute_line "$inode"
		run -0 --separate-stderr cgns-ls --deep -n -r -H "$h" -o NS,NPROCS,STATE,ROOT,HOLDER
		assert_line "$inode 0 pinned /$CG_NAME fd\\x20$CG_PID/7"
		# named by its inode it is found without --deep
		is STATE pinned -H "$h" "$inode"
		is HOLDER "fd\\x20$CG_PID/7" -H "$h" "$inode"
		kill -KILL "$CG_PID"
		cg_until cg_gone "$CG_PID"
		# by then the inode may be another namespace's
		run -0 --separate-stderr cgns-ls --deep -n -r -o HOLDER
		refute_output --partial "fd\\x20$CG_PID/7"
	done
}

@test "ls: --deep: what the list itself has open holds nothing" {
	cg_ns_sleeper "$CG_NAME" "$h"
	run -0 --separate-stderr cgns-ls --deep -n -o HOLDER "$CG_PID"
	assert_output "process $CG_PID"
}

@test "ls: --deep: a bind mount on a filesystem that does not answer holds nothing up" {
	local dir=$BATS_TEST_TMPDIR/hung server inode

	[[ -c /dev/fuse ]] || skip "no FUSE"
	mkdir "$dir"
	"$CGNS_SOURCE/tests/hung.py" "$dir" > "$BATS_TEST_TMPDIR/mounted" 3>&- &
	server=$!
	cg_record "$server"
	cg_until test -s "$BATS_TEST_TMPDIR/mounted" || skip "no FUSE"
	cg_ns_sleeper "$CG_NAME"
	inode=$(stat -L -c %i "/proc/$CG_PID/ns/cgroup")
	mount --bind "/proc/$CG_PID/ns/cgroup" "$dir/x"
	kill -KILL "$CG_PID"
	cg_until cg_gone "$CG_PID"
	run -0 cgns-ls --deep -n -r -o NS,NPROCS,HOLDER
	assert_line --regexp "^$inode 0 mount"
	kill -USR1 "$server"
	# the server has to be silent before anybody asks
	run timeout 1 stat "$dir/none"
	run timeout 30 cgns-ls --deep -n -r -o NS,NPROCS,STATE
	# who asks it gets an error then
	kill -KILL "$server"
	umount -l "$dir"
	assert_success
	assert_line --regexp "^$inode 0 pinned"
}

@test "ls: --deep: of a mount namespace with many roots it says what it did not examine" {
	cg_needs_private_mounts
	local many=$BATS_TEST_TMPDIR/many

	mkdir "$many"
	unshare --mount --propagation private python3 -c '
import os, sys, time
for number in range(40):
    folder = os.path.join(sys.argv[1], str(number))
    os.mkdir(folder)
    if os.fork() == 0:
        os.chroot(folder)
        break
else:
    open(sys.argv[1] + "/ready", "w")
parent = os.getppid()
while os.getppid() == parent:
    time.sleep(0.2)' "$many" > /dev/null 2>&1 < /dev/null 3>&- &
	cg_record $!
	disown
	cg_until test -e "$many/ready"
	run -0 --separate-stderr cgns-ls --deep -n -o NS
	said "the mounts of "
	said " processes were not examined: PID "
	said ": its mount namespace has more than 32 roots"
	run -0 --separate-stderr cgns-ls --deep --quiet -n -o NS
	assert_equal "$stderr" ''
	run cgns-ls --deep --check=removed --quiet
	((status == 64 || status == 3)) # the root of another suite's namespace may be removed
	# whoever looks for one namespace is not told that there is none
	run -1 --separate-stderr cgns-path --from 'cgroup:[4026999999]' /
	said "cannot find cgroup:[4026999999]: "
	said "the mounts of PID "
	kill -KILL $!
}

@test "ls: --deep: a FIFO that took the place of a namespace file is not opened" {
	local file=$BATS_TEST_TMPDIR/ns inode

	: > "$file"
	cg_ns_sleeper "$CG_NAME" "$h"
	inode=$(inode_of "$CG_PID")
	mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
	kill -KILL "$CG_PID"
	cg_until cg_gone "$CG_PID"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	mount --bind "$BATS_TEST_TMPDIR/fifo" "$file"
	# covered, it still pins; by what, is known, but there is no way to it
	run -0 --separate-stderr timeout 60 cgns-ls --deep -n -r -o NS,STATE,FILE
	[[ $output == *"$inode pinned"*" $file"* ]] || fail "$output"
	umount --lazy "$file"
	is STATE pinned "$file"
}

@test "ls: --deep: what only the kernel's list knows" {
	cg_needs_private_mounts
	local file=$BATS_TEST_TMPDIR/private/ns mnt=$BATS_TEST_TMPDIR/private/mnt inode cpu

	mkdir "$BATS_TEST_TMPDIR/private"
	mount -t tmpfs --make-private none "$BATS_TEST_TMPDIR/private"
	: > "$file"
	: > "$mnt"
	cg_ns_sleeper "$CG_NAME" "$h"
	inode=$(inode_of "$CG_PID")
	# a bind mount in a mount namespace that no process is in
	# (a namespace is bound only in one with a lower number, and each processor numbers for itself)
	for cpu in $(seq 0 $(($(nproc) - 1))); do
		taskset -c "$cpu" unshare --mount="$mnt" --propagation private \
			mount --bind "/proc/$CG_PID/ns/cgroup" "$file" && break
	done
	mountpoint -q "$mnt"
	kill -KILL "$CG_PID"
	cg_until cg_gone "$CG_PID"
	run -0 --separate-stderr cgns-ls --deep -n -r -H "$h" -o NS,NPROCS,STATE,ROOT,HOLDER
	release=$(uname -r)
	[[ $output == *"$inode"* ]] || ((${release%%.*} >= 7)) || skip "this kernel has no listns(2)"
	assert_line "$inode 0 pinned /$CG_NAME kernel"
	nsenter --mount="$mnt" umount --lazy "$file"
}

## --check -------------------------------------------------------------------------------------

# fixes: the lines of $output that can be pasted
fixes()
{
	sed -n 's/^    fix: //p' <<< "$output"
}

@test "ls: --check says what is wrong in two lines, and the second can be pasted" {
	for h in "${hierarchies[@]}"; do
		mounted_sleeper "$h" "$CG_NAME/it's a root"
		cg_make "$h" "$CG_NAME/out" > /dev/null
		cg_move "$h" "$CG_NAME/out" "$CG_PID"
		run -3 --separate-stderr cgns-ls --check -H "$h" "$CG_PID"
		assert_line --index 0 "$(inode_of "$CG_PID")  outside  PID $CG_PID (sleep) is in\
 /$CG_NAME/out, outside the root /$CG_NAME/it's a root ($h)"
		assert_equal "${#lines[@]}" 2
		sh -c "$(fixes)"
		assert_equal "$(cg_of "$h" "$CG_PID")" "/$CG_NAME/it's a root"
		run -0 --separate-stderr cgns-ls --check -H "$h" "$CG_PID"
		assert_output ''
		kill -KILL "$CG_PID"
	done
}

@test "ls: --check pastes for several processes, in several hierarchies, with any name" {
	local v1 first pid name=$'a b\x1b[1m%s\\' h

	mapfile -t v1 < <(cg_v1 2)
	((${#v1[@]} == 2)) || skip "there are no two v1 hierarchies"
	cg_ns_sleeper "$CG_NAME/$name" "${v1[@]}"
	first=$CG_PID
	for h in "${v1[@]}"; do
		cg_make "$h" "$CG_NAME-b" > /dev/null
	done
	for _ in 1 2; do
		visitor "$first"
		pid=$CG_PID
		for h in "${v1[@]}"; do
			cg_move "$h" "$CG_NAME-b" "$pid"
		done
	done
	is PID "$first" "$first"
	is OUTSIDE 2 "$first"
	run -3 --separate-stderr cgns-ls --check "$first"
	assert_line --partial " and 1 more are in /$CG_NAME-b, outside the root"
	assert_equal "$(fixes | wc -l)" 1
	# the path stands there once
	assert_equal "$(grep -o "$CG_NAME" <<< "$(fixes)" | wc -l)" 1
	sh -c "$(fixes)"
	is OUTSIDE 0 "$first"
	for h in "${v1[@]}"; do
		assert_equal "$(cg_of "$h" "$pid")" "/$CG_NAME/$name"
	done
}

@test "ls: --check prints what it is about before the notes, in whatever hierarchies" {
	local v1 first pid h

	mapfile -t v1 < <(cg_v1 2)
	((${#v1[@]} == 2)) || skip "there are no two v1 hierarchies"
	cg_ns_sleeper "$CG_NAME" "${v1[@]}"
	first=$CG_PID
	visitor "$first"
	pid=$CG_PID
	# it is inside in one of them, and outside in the other; nothing is mounted for the namespace
	for h in "${v1[@]}"; do
		cg_make "$h" "$CG_NAME-b" > /dev/null
		cg_move "${v1[0]}" "$CG_NAME" "$pid"
		cg_move "${v1[1]}" "$CG_NAME" "$pid"
		cg_move "$h" "$CG_NAME-b" "$pid"
		run -3 --separate-stderr cgns-ls --check "$first"
		assert_line --index 0 --partial "  outside  PID $pid "
		assert_line --index 2 --partial "  note: mount  PID $first "
	done
}

@test "ls: --check puts a process back beside the others where the root takes none" {
	local dir first

	cg_has_v2 || skip "there is no v2 hierarchy"
	dir=$(cg_make unified "$CG_NAME/root/in")
	cg_ns_sleeper "$CG_NAME/root" unified
	first=$CG_PID
	visitor "$first"
	cg_make unified "$CG_NAME/out" > /dev/null
	cg_move unified "$CG_NAME/root/in" "$first"
	cg_move unified "$CG_NAME/out" "$CG_PID"
	[[ -n $(< "$(cg_dir unified)/cgroup.controllers") ]] || skip "v2 has no controllers here"
	read -r controller _ < "$(cg_dir unified)/cgroup.controllers"
	echo "+$controller" > "$(cg_dir unified)/cgroup.subtree_control" ||
		skip "$controller cannot be enabled"
	echo "+$controller" > "$(cg_dir unified)/$CG_NAME/cgroup.subtree_control"
	echo "+$controller" > "${dir%/in}/cgroup.subtree_control"
	run -3 --separate-stderr cgns-ls --check -H unified "$first"
	sh -c "$(fixes)"
	assert_equal "$(cg_of unified "$CG_PID")" "/$CG_NAME/root/in"
}

@test "ls: --check: a mount is a note unless asked for; a removed root" {
	cg_ns_sleeper "$CG_NAME/root" "$h"
	run -0 --separate-stderr cgns-ls --check -H "$h" "$CG_PID"
	assert_line --index 0 --regexp "^$(inode_of "$CG_PID")  note: mount  PID $CG_PID \(sleep\): \
/.* shows /, not its namespace root /$CG_NAME/root \($h\)$"
	assert_line --index 1 --partial "    do: restart it with cgns-unshare -M"
	run -3 --separate-stderr cgns-ls --check=mount -H "$h" "$CG_PID"
	assert_line --index 0 --partial "$(inode_of "$CG_PID")  mount  PID $CG_PID"
	cg_make "$h" "$CG_NAME/out" > /dev/null
	cg_move "$h" "$CG_NAME/out" "$CG_PID"
	cg_until rmdir "$(cg_dir "$h")/$CG_NAME/root"
	run -3 --separate-stderr cgns-ls -c -H "$h" "$CG_PID"
	assert_equal "${#lines[@]}" 2
	assert_line --index 0 --partial "removed  PID $CG_PID (sleep): the root was removed, now in\
 /$CG_NAME/out ($h)"
	assert_line --index 1 --partial "    do: a removed root cannot be restored"
	is OUTSIDE 1 -H "$h" "$CG_PID"
}

@test "ls: STATE speaks of all hierarchies, WHERE names them, -H restricts it to one" {
	local v1

	mapfile -t v1 < <(cg_v1 2)
	((${#v1[@]} == 2)) || skip "there are no two v1 hierarchies"
	mounted_sleeper "${v1[1]}" "$CG_NAME"
	cg_make "${v1[1]}" "$CG_NAME-b" > /dev/null
	cg_move "${v1[1]}" "$CG_NAME-b" "$CG_PID"
	[[ $(field STATE "$CG_PID") == *outside* ]] || fail "$(field STATE "$CG_PID")"
	[[ " $(field WHERE "$CG_PID" | sed 's/\\x20/ /g') " == *" ${v1[1]} "* ]]
	[[ $(field STATE -H "${v1[0]}" "$CG_PID") != *outside* ]]
	is STATE outside -H "${v1[1]}" "$CG_PID"
	is NS "$(inode_of "$CG_PID")" -S outside,removed -p "$CG_PID"
	run -0 --separate-stderr cgns-ls -n -S ok "$CG_PID"
	assert_output ''
	run -3 --separate-stderr cgns-ls -cJ "$CG_PID"
	jq -e --argjson pid "$CG_PID" --arg h "${v1[1]}" --arg path "/$CG_NAME" '
		[.namespaces[0].problems[] | select(.state == "outside")] | length == 1 and
		(.[0] | .pid == $pid and .note == false and .hierarchies == [$h] and
			.cgroup == $path + "-b" and .root == $path and .own == "/.." + $path + "-b" and
			.command == "sleep" and (.fix | startswith("echo ")))' <<< "$output" \
		> /dev/null || fail "$output"
}

@test "ls: a check that may not look has not passed" {
	cg_public cgns-ls
	cg_ns_sleeper "$CG_NAME" "$h"
	run -64 --separate-stderr cg_as_nobody cgns-ls --check
	run -64 --separate-stderr cg_as_nobody cgns-ls --check "$CG_PID"
	run -64 --separate-stderr cg_as_nobody cgns-ls -q --check
	[[ -z $stderr ]] || fail "not quiet: $stderr"
}

## --members, --tree ---------------------------------------------------------------------------

@test "ls: --members: each process with its own view and the caller's, as the kernel has them" {
	local first second pid

	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/r" "$h"
		first=$CG_PID
		visitor "$first"
		second=$CG_PID
		cg_make "$h" "$CG_NAME/r/in" > /dev/null
		cg_make "$h" "$CG_NAME/x" > /dev/null
		cg_move "$h" "$CG_NAME/r/in" "$first"
		cg_move "$h" "$CG_NAME/x" "$second"
		run -0 --separate-stderr cgns-ls -m -J -H "$h" "$first"
		for pid in "$first" "$second"; do
			jq -e --argjson pid "$pid" --arg own "$(view_inside "$h" "$pid")" \
				--arg path "$(cg_of "$h" "$pid")" '
				.namespaces[0].members[] | select(.pid == $pid) |
				.own == $own and .path == $path and .command == "sleep infinity" and
				.user == "root"' <<< "$output" > /dev/null || fail "$pid: $output"
		done
		jq -e '[.namespaces[0].members[].state] == ["ok", "outside"]' <<< "$output" \
			> /dev/null || fail "$output"
		# every line of raw output says which namespace it is of
		run -0 --separate-stderr cgns-ls -m -n -r -H "$h" -o NS,NPROCS,PID,OWN,PATH "$first"
		assert_line --index 0 "$(inode_of "$first") 2 $first - -"
		assert_line "$(inode_of "$first") - $second /../x /$CG_NAME/x"
		# and text shows them under it
		run -0 --separate-stderr cgns-ls -m -n -H "$h" -o NS,PID,OWN "$first"
		assert_line --index 1 --regexp "^├─ +$first +/in *$"
		assert_line --index 2 --regexp "^└─ +$second +/../x *$"
	done
}

@test "ls: --tree nests namespaces by their roots" {
	local outer inner twin other parent

	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/a/b" "$h"
		inner=$CG_PID
		cg_ns_sleeper "$CG_NAME/a" "$h"
		outer=$CG_PID
		cg_ns_sleeper "$CG_NAME/a" "$h"
		twin=$CG_PID
		cg_ns_sleeper "$CG_NAME/ab" "$h"
		other=$CG_PID
		run -0 --separate-stderr cgns-ls -T -n -o NS,PID,ROOT -H "$h" \
			"$inner" "$outer" "$twin" "$other"
		# in order of their numbers, which may be those of namespaces that went
		assert_line --regexp "^$(inode_of "$outer") +$outer +/$CG_NAME/a$"
		assert_line --regexp "^└─$(inode_of "$inner") +$inner +/$CG_NAME/a/b$"
		assert_line --regexp "^$(inode_of "$twin") +$twin +/$CG_NAME/a$"
		assert_line --regexp "^$(inode_of "$other") +$other +/$CG_NAME/ab$"
		[[ $output =~ /$CG_NAME/a$'\n'"└─" ]] || fail "$output"
		# the caller's own is above all of them
		run -0 --separate-stderr cgns-ls -T -J -m -H "$h" self "$inner" "$outer"
		parent=$(jq --argjson ns "$(inode_of self)" '.namespaces[] | select(.ns == $ns) |
			.namespaces[] | select(.pid == '"$outer"') | .namespaces[0].pid' <<< "$output")
		assert_equal "$parent" "$inner"
		kill -KILL "$inner" "$outer" "$twin" "$other"
	done
}

@test "ls: from inside a namespace: everybody else's root in the caller's view" {
	local inner sibling above

	for h in "${hierarchies[@]}"; do
		cg_ns_sleeper "$CG_NAME/me/below" "$h"
		inner=$CG_PID
		cg_ns_sleeper "$CG_NAME/sib/deep" "$h"
		sibling=$CG_PID
		cg_ns_sleeper "$CG_NAME" "$h"
		above=$CG_PID
		cg_ns_sleeper "$CG_NAME/me" "$h"
		in_it=(nsenter --cgroup --target "$CG_PID")
		assert_equal "$("${in_it[@]}" cgns-ls -n -r -o ROOT -H "$h" "$CG_PID")" /
		assert_equal "$("${in_it[@]}" cgns-ls -n -r -o ROOT -H "$h" "$inner")" /below
		assert_equal "$("${in_it[@]}" cgns-ls -n -r -o ROOT -H "$h" "$sibling")" /../sib/deep
		assert_equal "$("${in_it[@]}" cgns-ls -n -r -o ROOT -H "$h" "$above")" /..
		# nobody is outside; what each sees of itself needs names above the caller's root
		run -0 --separate-stderr "${in_it[@]}" cgns-ls -m -J -H "$h" \
			"$inner" "$sibling" "$above"
		jq -e '[.namespaces[].members[].own] == ["/", "/", "/"] and
			[.namespaces[].state | contains("outside")] == [false, false, false]' \
			<<< "$output" > /dev/null || fail "$output"
		cg_move "$h" "$CG_NAME/me" "$above"
		run -0 --separate-stderr "${in_it[@]}" cgns-ls -m -J -H "$h" "$above"
		jq -e '.namespaces[0].members[0] | .own == "/me" and .path == "/" and .state == "ok"' \
			<<< "$output" > /dev/null || fail "$output"
		run -0 --separate-stderr "${in_it[@]}" cgns-ls -T -n -o PID,ROOT -H "$h" \
			"$inner" "$sibling" "$above" "$CG_PID"
		assert_line --index 0 --regexp "^$above +/..$"
		# in the order of their PIDs, which may begin anew in the middle of a test
		if ((sibling < CG_PID)); then
			assert_line --regexp "^├─$sibling +/../sib/deep$"
			assert_line --regexp "^└─$CG_PID +/$"
			assert_line --regexp "^  └─$inner +/below$"
		else
			assert_line --regexp "^├─$CG_PID +/$"
			assert_line --regexp "^│ └─$inner +/below$"
			assert_line --regexp "^└─$sibling +/../sib/deep$"
		fi
	done
}

## TARGETs, statuses ---------------------------------------------------------------------------

@test "ls: TARGETs choose, and a wrong one is said" {
	local one two pid=1

	cg_ns_sleeper "$CG_NAME" "$h"
	one=$CG_PID
	cg_ns_sleeper "$CG_NAME" "$h"
	two=$CG_PID
	is NS "$(inode_of "$one")" "$one"
	is NS "$(inode_of "$one")" "$(inode_of "$one")"
	is NS "$(inode_of "$one")" "cgroup:[$(inode_of "$one")]"
	is NS "$(inode_of "$one")" "/proc/$one/ns/cgroup"
	is NS "$(inode_of self)" self
	run -0 --separate-stderr cgns-ls -n -r -o PID "$one" "$two" "$one"
	assert_output "$one
$two"
	while [[ -d /proc/$pid ]]; do
		pid=$((RANDOM % 30000 + 2000))
	done
	run --separate-stderr cgns-ls -n -r -o PID "$one" "$pid"
	assert_failure 64
	assert_output "$one"
	said "$pid"
	run --separate-stderr cgns-ls "$pid" nonsense
	assert_failure 1
	assert_output ''
	said "$pid"
	said nonsense
}

@test "ls: wrong usage ends with 1, and says what would be right" {
	local arguments

	for arguments in --nonsense '-o NOSUCH' '-H nosuch' '-J -r' '--color=maybe' '--check --raw' \
		'--check --tree' '--check --members' '--output-all -o NS' -H; do
		# shellcheck disable=SC2086
		run --separate-stderr cgns-ls $arguments
		assert_failure 1
		assert_output ''
		said 'cgns-ls: '
		[[ $arguments == '-H nosuch' ]] || said "Try 'cgns-ls --help' for more information."
	done
	run --separate-stderr cgns-ls --treee
	said "did you mean '--tree'?"
	run --separate-stderr cgns-ls -j
	said "unknown option '-j': did you mean '-J', --json?"
	for arguments in '-t cgroup' --type=cgroup; do
		# shellcheck disable=SC2086
		run --separate-stderr cgns-ls $arguments
		said 'cgns-ls lists cgroup namespaces only'
	done
	run -0 --separate-stderr cgns-ls -S ok -S removed -n -r -o STATE
	assert_line ok
	run --separate-stderr cgns-ls -S ok,nosuch
	said "'nosuch' is not a state: use ok, "
	run --separate-stderr cgns-ls -o NPROC
	said "did you mean 'NPROCS'?"
}

@test "ls: a write error on standard output is an error" {
	for option in --help --version --list-columns --json --raw --deep --noheadings; do
		run --separate-stderr sh -c "cgns-ls $option > /dev/full"
		assert_failure 1
		said 'No space left on device'
	done
}

@test "ls: a process that ends while it is looked at is no error, nor a zombie a member" {
	cg_ns_sleeper "$CG_NAME" "$h"
	cg_zombie
	run -0 --separate-stderr cgns-ls -m -n -r -o PID self
	assert_line "$CG_PARENT"
	refute_line "$CG_PID"
}

# The scripts below run in a PID namespace of their own, with functions of these. pause_at PID
# ARGUMENT...: starts cgns-ls, as nobody if it is public, which stops once it has seen the namespace
# of that process. Sets paused to it.
pause_at()
{
	local log=${CG_PUBLIC:-$BATS_TEST_TMPDIR}/calls process=$1 nth
	local trace=("${CG_PUBLIC:+cg_as_nobody}" env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0"
		strace -qq -e trace=readlinkat -o "$log")
	shift

	[[ -n ${trace[0]} ]] || trace=("${trace[@]:1}")
	: > "$log"
	chmod 666 "$log"
	"${trace[@]}" cgns-ls "$@" > /dev/null 2>&1
	nth=$(grep -nF "\"$process/ns/cgroup\"" "$log" | head -n 1)
	: > "$log"
	"${trace[@]}" -e "inject=readlinkat:signal=STOP:when=${nth%%:*}" cgns-ls "$@" \
		> "$BATS_TEST_TMPDIR/out" 2> "$BATS_TEST_TMPDIR/err" 8>&- &
	cg_until grep -q 'stopped by SIGSTOP' "$log" || exit
	paused=$(pgrep -x cgns-ls)
}

# prints_of INODE ROW: the paused one goes on, and prints of that namespace one row, which is ROW
prints_of()
{
	kill -CONT "$paused"
	cg_until cg_gone "$paused" || exit
	test -s "$BATS_TEST_TMPDIR/out" || exit # of nothing jq says that it is so
	jq -e --argjson ns "$1" '.namespaces | map(select(.ns == $ns)) == [{ns: $ns} | '"$2"']' \
		"$BATS_TEST_TMPDIR/out"
}

# One namespace ends after it was seen, and another gets its number before that is seen.
number_given_again()
{
	local first seen taker inode

	at() { echo 0 > "$1/cgroup.procs" && shift && exec "$@"; }
	mkfifo "$BATS_TEST_TMPDIR/go"
	at "$1/old" unshare --cgroup sleep infinity &
	first=$!
	sleep infinity &
	seen=$!
	cg_until cg_runs "$first" sleep || exit
	inode=$(inode_of "$first")
	at "$1/new" "$CGNS_BUILD/tests/probe" take "$inode" \
		< "$BATS_TEST_TMPDIR/go" > "$BATS_TEST_TMPDIR/taken" &
	taker=$!
	exec 8> "$BATS_TEST_TMPDIR/go"
	pause_at "$seen" -J -H "$2" -o NS,NPROCS,PID,ROOT,OUTSIDE
	kill "$first"
	wait "$first"
	exec 8>&-
	cg_until test -s "$BATS_TEST_TMPDIR/taken" || exit
	prints_of "$inode" "{ns, nprocs: 1, pid: $taker, root: \"/$CG_NAME/new\", outside: 0}"
}

# Who only looked into a namespace, as a second cgns-ls does, is gone before the first prints.
visitor_leaves()
{
	local first visitor inode

	at() { echo 0 > "$1/cgroup.procs" && shift && exec "$@"; }
	at "$1/old" unshare --cgroup sleep infinity &
	first=$!
	cg_until cg_runs "$first" sleep || exit
	at "$1/new" nsenter --cgroup="/proc/$first/ns/cgroup" sleep infinity &
	visitor=$!
	cg_until cg_runs "$visitor" sleep || exit
	inode=$(inode_of "$first")
	sleep infinity &
	pause_at "$!" -J -H "$2" -o NS,NPROCS,PID,OUTSIDE
	kill "$visitor"
	wait "$visitor"
	prints_of "$inode" "{ns, nprocs: 1, pid: $first, outside: 0}"
}

# The first member of a namespace goes out of sight after it was seen; another one stays.
goes_out_of_sight()
{
	local first seen inode

	mkfifo "$BATS_TEST_TMPDIR/go"
	chmod 666 "$BATS_TEST_TMPDIR/go"
	# shellcheck disable=SC2016
	unshare --cgroup setpriv --reuid=65534 --regid=65534 --clear-groups bash -c '
		sleep infinity < /dev/null &
		read -r
		exec "$1/sleep" infinity' sh "$CG_PUBLIC" < "$BATS_TEST_TMPDIR/go" &
	first=$!
	exec 8> "$BATS_TEST_TMPDIR/go"
	cg_until pgrep -x sleep > /dev/null || exit
	seen=$(pgrep -x sleep)
	inode=$(inode_of "$seen")
	pause_at "$seen" -J -o NS,NPROCS,PID
	exec 8>&-
	cg_until cg_runs "$first" sleep || exit
	if cg_as_nobody readlink "/proc/$first/ns/cgroup" > /dev/null; then
		echo "set-user-ID programs are not heeded here"
		kill -KILL "$paused"
		exit 77
	fi
	prints_of "$inode" "{ns, nprocs: 1, pid: $seen}"
}

# apart FUNCTION ARGUMENT...: runs it in a PID namespace of its own
apart()
{
	# shellcheck disable=SC2163
	export -f "$1" pause_at prints_of inode_of cg_as_nobody cg_runs cg_gone _cg_start_time \
		cg_until _cg_until _cg_rest _cg_untraced
	export CG_DEADLINE BATS_TEST_TMPDIR
	unshare --pid --fork --mount-proc --kill-child bash -c '"$@"' sh "$@" 3>&-
}

@test "ls: a namespace that ended does not leave its members to the next of its number" {
	cg_needs_private_mounts
	dir=$(cg_make "$h" "$CG_NAME")
	mkdir "$dir/old" "$dir/new"
	apart number_given_again "$dir" "$h" ||
		fail "$(< "$BATS_TEST_TMPDIR/out") $(< "$BATS_TEST_TMPDIR/err")"
}

@test "ls: who only looked into a namespace, and has left it since, is no member outside" {
	cg_needs_private_mounts
	dir=$(cg_make "$h" "$CG_NAME")
	mkdir "$dir/old" "$dir/new"
	apart visitor_leaves "$dir" "$h" ||
		fail "$(< "$BATS_TEST_TMPDIR/out") $(< "$BATS_TEST_TMPDIR/err")"
}

@test "ls: a process that may no longer be looked at is said to be one, and ends nothing" {
	cg_needs_private_mounts
	cg_public cgns-ls
	install -m 4755 "$(type -P sleep)" "$CG_PUBLIC"
	export CG_PUBLIC
	run apart goes_out_of_sight
	[[ $status != 77 ]] || skip "$output"
	[[ $status == 0 ]] || fail "$output: $(< "$BATS_TEST_TMPDIR/out") $(< "$BATS_TEST_TMPDIR/err")"
	grep -q 'could not be examined' "$BATS_TEST_TMPDIR/err"
}

## Output --------------------------------------------------------------------------------------

@test "ls: the default columns, added ones, all of them, and their list" {
	run -0 --separate-stderr cgns-ls
	assert_line --index 0 --regexp '^ *NS +NPROCS +PID +USER +STATE( +CONTAINER)? +ROOT +COMMAND *$'
	run -0 --separate-stderr cgns-ls -r -o +outside,USERNS
	assert_line --index 0 'NS NPROCS PID USER STATE CONTAINER ROOT OUTSIDE USERNS COMMAND'
	run -0 --separate-stderr cgns-ls -r -d
	assert_line --index 0 'NS NPROCS PID USER STATE CONTAINER ROOT HOLDER COMMAND'
	run -0 --separate-stderr cgns-ls -r -m self
	assert_line --index 0 'NS NPROCS PID USER STATE CONTAINER ROOT OWN PATH COMMAND'
	run -0 --separate-stderr cgns-ls -r -n -o NS,STATE
	refute_output --partial NS
	run -0 --separate-stderr cgns-ls --output-all -r
	all=${lines[0]}
	run -0 --separate-stderr cgns-ls --list-columns
	assert_equal "$(awk '{ print $1 }' <<< "$output" | xargs)" "$all"
	assert_equal "$(awk 'NF < 2' <<< "$output")" ''
}

@test "ls: -m on a terminal has no NPROCS, and PATH only where ROOT and OWN do not say it" {
	local inside other

	cg_ns_sleeper "$CG_NAME" "$h"
	inside=$CG_PID
	for other in 'cgns-ls -u' 'env -u COLUMNS cgns-ls' 'cgns-ls -o +PATH' 'cgns-ls -r'; do
		# shellcheck disable=SC2086
		COLUMNS=200 run -0 --separate-stderr $other -m -H "$h" "$inside"
		assert_line --index 0 --regexp ' NPROCS .* PATH '
		assert_line --index 2 --regexp " / +/$CG_NAME +sleep| $inside .* /$CG_NAME"
	done
	COLUMNS=200 run -0 --separate-stderr cgns-ls -m -H "$h" "$inside"
	assert_line --index 0 --regexp '^NS +PID .* ROOT +OWN +COMMAND *$'
	assert_line --index 2 --regexp "^.. +$inside root +ok +/ +sleep infinity$"
	# a member elsewhere
	visitor "$inside"
	other=$CG_PID
	cg_make "$h" "$CG_NAME-x" > /dev/null
	cg_move "$h" "$CG_NAME-x" "$other"
	COLUMNS=200 run -0 --separate-stderr cgns-ls -m -H "$h" "$inside"
	assert_line --index 0 --regexp ' ROOT +OWN +COMMAND *$'
	assert_line --regexp "^.. +$other root +outside +/\.\./$CG_NAME-x +sleep"
	# beside a root that is not at the top: /../x is anywhere
	cg_make "$h" "$CG_NAME-x/x" > /dev/null
	cg_make "$h" "$CG_NAME-x/y" > /dev/null
	cg_ns_sleeper "$CG_NAME-x/x" "$h"
	inside=$CG_PID
	visitor "$inside"
	other=$CG_PID
	cg_move "$h" "$CG_NAME-x/y" "$other"
	COLUMNS=200 run -0 --separate-stderr cgns-ls -m -H "$h" "$inside"
	assert_line --index 0 --regexp ' OWN +PATH +COMMAND *$'
	assert_line --regexp "^.. +$inside root +ok +/ +sleep infinity$"
	assert_line --regexp "^.. +$other root +outside +/\.\./y +/$CG_NAME-x/y +sleep"
}

@test "ls: details of the first process and of the namespace" {
	cg_ns_sleeper "$CG_NAME" "$h"
	run -0 --separate-stderr cgns-ls -J --output-all -H "$h" "$CG_PID"
	jq -e --argjson pid "$CG_PID" --argjson ppid "$(awk '/^PPid/ { print $2 }' "/proc/$CG_PID/status")" \
		--argjson userns "$(readlink /proc/self/ns/user | tr -dc 0-9)" --arg h "$h" '
		.namespaces[0] | .pid == $pid and .ppid == $ppid and .userns == $userns and
		.uid == 0 and .user == "root" and .command == "sleep infinity" and
		.hierarchy == $h and .outside == 0 and .file == null and
		(.nsid == null or .nsid > 0) and (has("own") | not)' <<< "$output" > /dev/null ||
		fail "$output"
	cg_needs_user_namespaces
	# the owner of a namespace that was made together with a user namespace
	cg_make "$h" "$CG_NAME" > /dev/null
	unshare --user --cgroup sleep infinity < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
	is USERNS "$(readlink "/proc/$CG_PID/ns/user" | tr -dc 0-9)" "$CG_PID"
}

@test "ls: -m lists the initial namespace's members if it is named, kernel threads never" {
	cg_ns_sleeper "$CG_NAME" "$h"
	[[ $(stat -L -c %i /proc/self/ns/cgroup) == 4026531835 ]] || skip "this is not the initial namespace"
	# shellcheck disable=SC2016
	local members='[.namespaces[].members[].pid] | index($pid) != null'
	run -0 --separate-stderr cgns-ls -m -J
	jq -e --argjson pid "$CG_PID" "$members" <<< "$output" > /dev/null
	jq -e --argjson pid "$$" "$members | not" <<< "$output" > /dev/null
	run -0 --separate-stderr cgns-ls -m -J self
	jq -e --argjson pid "$$" "$members" <<< "$output" > /dev/null
	[[ $(cat /proc/2/comm) == kthreadd ]] || skip "no kernel threads can be seen here"
	jq -e --argjson pid 2 "$members | not" <<< "$output" > /dev/null
	run -0 --separate-stderr cgns-ls -m -n -o PID,COMMAND self
	assert_output --regexp '\[[0-9]+ kernel threads\]$'
	# also for who is not allowed to inspect them
	cg_public cgns-ls
	run -0 --separate-stderr cg_as_nobody cgns-ls -m -n -o PID,COMMAND
	refute_output --partial kthreadd
	assert_output --regexp '\[[0-9]+ kernel threads\]$'
}

# Asks for the process of the row, and looks at it and at the first one before either has ended.
look_without_init()
{
	# shellcheck disable=SC2016
	run -0 --separate-stderr unshare --mount sh -c \
		'mount --bind "$1" /proc/1 && cgns-ls -q -n -r -o PID self' sh "$BATS_TEST_TMPDIR/none"
	pid=$output
	first=$(cgns-ls -m -n -r -q -o PID self | grep -vx 1 | sort -n | head -n 1)
	program=$(readlink "/proc/$pid/exe")
	ages=$(sed 's/.*) //' "/proc/$pid/stat" "/proc/$first/stat" | cut -d ' ' -f 20)
	! cg_gone "$pid" && ! cg_gone "$first"
}

@test "ls: without PID 1, the row of the initial namespace is a program's, not a kernel thread's" {
	cg_needs_private_mounts
	local pid first program ages

	[[ $(stat -L -c %i /proc/self/ns/cgroup) == 4026531835 ]] || skip "this is not the initial namespace"
	[[ $(cat /proc/2/comm) == kthreadd ]] || skip "no kernel threads can be seen here"
	mkdir "$BATS_TEST_TMPDIR/none"
	cg_until look_without_init
	[[ -n $program ]] || fail "process $pid runs no program"
	# it is an old one
	((${ages%$'\n'*} <= ${ages#*$'\n'}))
}

@test "ls: CONTAINER names the container of the root, shortened for people" {
	local id=0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef

	cg_ns_sleeper "$CG_NAME/docker-$id.scope" "$h"
	is CONTAINER "$id" -H "$h" "$CG_PID"
	run -0 --separate-stderr cgns-ls -n -H "$h" -o CONTAINER "$CG_PID"
	assert_output "${id:0:12}"
	run -0 --separate-stderr cgns-ls -H "$h" "$CG_PID"
	assert_line --index 0 --regexp ' STATE +CONTAINER +ROOT +COMMAND'
	is UNIT "docker-$id.scope" -H "$h" "$CG_PID"
}

@test "ls: JSON has types, null, and nested members" {
	cg_ns_sleeper "$CG_NAME" "$h"
	run -0 --separate-stderr cgns-ls -J -m --output-all
	jq -e '(keys == ["namespaces"]) and (.namespaces | length > 1) and
		all(.namespaces[]; (.nprocs | type == "number") and (.state | type == "string") and
			(.members | type == "array") and (.nprocs >= (.members | length)) and
			all(.members[]; (.pid | type == "number") and has("own") and has("path") and
				(has("root") | not) and (has("ns") | not)))' <<< "$output" \
		> /dev/null || fail "$output"
	run -0 --separate-stderr cgns-ls -J -o NS,STATE
	jq -e 'all(.namespaces[]; keys == ["ns", "state"])' <<< "$output" > /dev/null || fail "$output"
}

@test "ls: raw output is safe for read" {
	local ns nprocs pid user command state root rest rows=0

	cg_ns_sleeper "$CG_NAME" "$h"
	while read -r ns nprocs pid user command state root rest; do
		[[ $ns == - || $ns =~ ^[0-9]+$ ]] || fail "NS is '$ns'"
		[[ $nprocs =~ ^[0-9]+$ ]] || fail "NPROCS is '$nprocs'"
		[[ $pid == - || $pid =~ ^[0-9]+$ ]] || fail "PID is '$pid'"
		[[ $state =~ ^[a-z,]+$ ]] || fail "STATE is '$state'"
		[[ $root == - || $root == /* ]] || fail "ROOT is '$root'"
		[[ -n $user && -n $command && -z $rest ]] || fail "user '$user', rest '$rest'"
		rows=$((rows + 1))
	done < <(cgns-ls -n -r --deep -o NS,NPROCS,PID,USER,COMMAND,STATE,ROOT 2> /dev/null)
	((rows > 1))
}

@test "ls: hostile names are kept apart and made safe" {
	local name i=0 path dir hostile=(
		'a b' $'t\tb' 'x:y' '%s%n' '0::/z' $'e\x1b[31mm' 'b\s' "q'\"" $'\xff\xfe' 'é' ' (deleted)'
		'...' '..x'
	)

	for name in "${hostile[@]}"; do
		path=$CG_NAME/$((++i))$name
		dir=$(cg_make "$h" "$path")
		(
			echo "$BASHPID" > "$dir/cgroup.procs"
			# shellcheck disable=SC2016
			exec -a "$name" unshare --cgroup bash -c 'exec -a "$0" sleep infinity' "$name"
		) < /dev/null > /dev/null 3>&- &
		CG_PID=$!
		disown
		cg_record "$CG_PID"
		cg_until cg_runs "$CG_PID" sleep
		run -0 --separate-stderr cgns-ls -n -r -H "$h" -o NS,STATE,ROOT,COMMAND "$CG_PID"
		assert_equal "${#lines[@]}" 1
		assert_equal "$(wc -w <<< "$output")" 4
		[[ $output != *$'\x1b'* && $output != *$'\xff'* ]] || fail "raw bytes: $output"
		run -0 --separate-stderr cgns-ls -n -H "$h" -o ROOT,COMMAND "$CG_PID"
		[[ $output != *$'\x1b'* && $output != *$'\xff'* ]] || fail "raw bytes: $output"
		run -3 --separate-stderr cgns-ls --check=mount -H "$h" "$CG_PID"
		[[ $output != *$'\x1b'* && $output != *$'\xff'* ]] || fail "raw bytes: $output"
		assert_equal "${#lines[@]}" 2
		run -0 --separate-stderr cgns-ls -J -m -H "$h" "$CG_PID"
		iconv -f UTF-8 -t UTF-8 <<< "$output" > /dev/null || fail "no UTF-8: $output"
		[[ $name == *$'\xff'* ]] || assert_equal "$(jq -r '.namespaces[0].root' <<< "$output")" \
			"/$path"
		[[ $name == *$'\xff'* ]] || assert_equal \
			"$(jq -r '.namespaces[0].members[0].path' <<< "$output")" "/$path"
	done
}

# on_terminal COLUMNS COMMAND: what it prints on a terminal so wide, without carriage returns
on_terminal()
{
	TERM=xterm script --quiet --return --command "stty cols $1; $2" /dev/null < /dev/null |
		tr -d '\r'
}

longest_line()
{
	local line longest=0

	# characters, not bytes: the tree has lines of three bytes each
	while IFS= read -r line; do
		((${#line} <= longest)) || longest=${#line}
	done
	echo "$longest"
}

@test "ls: text fits the terminal: COMMAND alone is cut, paths are wrapped" {
	local long width out

	printf -v long '%060d' 0
	dir=$(cg_make "$h" "$CG_NAME/$long")
	(
		echo "$BASHPID" > "$dir/cgroup.procs"
		# shellcheck disable=SC2016
		exec -a "sleep-$long" unshare --cgroup bash -c 'exec -a "$0" sleep infinity' "sleep-$long"
	) < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
	for width in 60 80 100 132; do
		out=$(on_terminal "$width" "cgns-ls --color=never -H $h $CG_PID 2> /dev/null")
		(($(longest_line <<< "$out") <= width)) || fail "wider than $width: $out"
		((width > 60)) || continue # numbers and states have no room there
		out=$(on_terminal "$width" "cgns-ls --color=never -T -m -H $h $CG_PID 2> /dev/null")
		(($(longest_line <<< "$out") <= width)) || fail "wider than $width: $out"
	done
	# where all but a little fits, it is COMMAND that gives way, and nothing else
	out=$(on_terminal 150 "cgns-ls --color=never -H $h $CG_PID 2> /dev/null")
	[[ $out != *"sleep-$long infinity"* ]] || fail "COMMAND was not cut: $out"
	[[ $out == *"/$CG_NAME/$long"* ]] || fail "ROOT was cut: $out"
	# a path is wrapped: all of it is there
	out=$(on_terminal 80 "cgns-ls --color=never -n -o ROOT,PID -H $h $CG_PID 2> /dev/null")
	[[ $(tr -d ' \n' <<< "$out") == *"$long"* || $(awk '{ printf "%s", $1 }' <<< "$out") == *"$long"* ]] ||
		fail "not wrapped: $out"
	# -u, and a pipe: nothing is cut
	out=$(on_terminal 60 "cgns-ls --color=never -u -H $h $CG_PID 2> /dev/null")
	[[ $out == *"/$CG_NAME/$long"*"sleep-$long infinity"* ]] || fail "$out"
	run -0 --separate-stderr cgns-ls -H "$h" "$CG_PID"
	assert_output --partial "sleep-$long infinity"
	assert_output --partial "/$CG_NAME/$long"
}

@test "ls: colors mark what is wrong: --color, NO_COLOR" {
	local esc=$'\x1b'

	cg_ns_sleeper "$CG_NAME" "$h"
	unset NO_COLOR
	ls_colored="cgns-ls -n -H $h $CG_PID 2> /dev/null"
	run -0 --separate-stderr cgns-ls -H "$h" "$CG_PID"
	refute_output --partial "$esc"
	run -0 --separate-stderr cgns-ls --color=always -H "$h" "$CG_PID"
	assert_output --partial "${esc}[35m"
	[[ $(on_terminal 80 "$ls_colored") == *"${esc}[35m"* ]]
	[[ $(on_terminal 80 "NO_COLOR=1 $ls_colored") != *"$esc"* ]]
	[[ $(on_terminal 80 "NO_COLOR= $ls_colored") == *"$esc"* ]]
	[[ $(on_terminal 80 "cgns-ls --color=never -H $h $CG_PID 2>&1") != *"$esc"* ]]
	[[ $(on_terminal 80 "export TERM=dumb; $ls_colored") != *"$esc"* ]]
	# what is well has no color
	mounted_sleeper "$h" "$CG_NAME"
	run -0 --separate-stderr cgns-ls --color=always -n -H "$h" "$CG_PID"
	refute_output --partial "$esc"
}

@test "ls: -H names any hierarchy, all of them a row each" {
	local count

	cg_ns_sleeper "$CG_NAME"
	for h in "${hierarchies[@]}"; do
		is HIERARCHY,ROOT "$h /$CG_NAME" -H "$h" "$CG_PID"
	done
	count=$(wc -l < /proc/self/cgroup)
	run -0 --separate-stderr cgns-ls -n -r -H all -o HIERARCHY "$CG_PID"
	assert_equal "${#lines[@]}" "$count"
	run -0 --separate-stderr cgns-ls -r -H all "$CG_PID"
	assert_line --index 0 'NS NPROCS PID USER STATE CONTAINER ROOT HIERARCHY COMMAND'
}

## In numbers ----------------------------------------------------------------------------------

# In a PID namespace of its own, where nothing else comes and goes; each program counts itself.
second_opinion()
{
	local i

	for i in 1 2 3; do
		unshare --cgroup sh -c 'sleep infinity & exec sleep infinity' &
		cg_until cg_runs "$!" sleep
	done
	for i in 1 2 3; do
		sleep infinity &
	done
	cg_until all_asleep 9
	# not into a pipe, whose other end is a process that one of them may come before
	cgns-ls -n -r -o NS,NPROCS > "$BATS_TEST_TMPDIR/ours"
	lsns -t cgroup -n -r -o NS,NPROCS > "$BATS_TEST_TMPDIR/theirs"
}

all_asleep()
{
	local comm count=0

	for comm in /proc/[0-9]*/comm; do
		[[ $(< "$comm") != sleep ]] || count=$((count + 1))
	done
	((count >= $1))
}

@test "ls: lsns agrees on what both can see" {
	cg_needs_private_mounts
	export -f second_opinion all_asleep cg_runs cg_until _cg_until _cg_rest _cg_untraced
	export CG_DEADLINE
	unshare --pid --fork --mount-proc --kill-child bash -c second_opinion 3>&-
	cat "$BATS_TEST_TMPDIR/ours"
	diff <(sort "$BATS_TEST_TMPDIR/ours") <(sort "$BATS_TEST_TMPDIR/theirs")
	assert_equal "$(wc -l < "$BATS_TEST_TMPDIR/ours")" 4
	assert_equal "$(grep -c ' 2$' "$BATS_TEST_TMPDIR/ours")" 3
}

@test "ls: many namespaces, with few descriptors" {
	local count=${CGNS_NAMESPACES:-$([[ ${CGNS_SLOW:-0} == 1 ]] && echo 150 || echo 1000)}

	# bash starts them from one shell: each unshares by itself
	dir=$(cg_make "$h" "$CG_NAME")
	(
		echo "$BASHPID" > "$dir/cgroup.procs"
		for ((i = 0; i < count; i++)); do
			unshare --cgroup sleep infinity &
		done
	) < /dev/null > /dev/null 3>&-
	sleeping() { (($(pgrep -cx sleep --ns "$$" --nslist pid) >= count)); }
	cg_until sleeping
	# shellcheck disable=SC2016
	all_there()
	{
		run --separate-stderr bash -c 'ulimit -n 64; exec cgns-ls -n -r -H "$0" -o NS,STATE,ROOT' "$h"
		assert_success
		(($(grep -c " mount /$CG_NAME$" <<< "$output") == count))
	}
	cg_until all_there
	assert_equal "$(awk '{ print $1 }' <<< "$output" | sort | uniq -d)" ''
}

@test "ls: many namespaces that no process is in, with few descriptors" {
	local count=${CGNS_PINNED:-$([[ ${CGNS_SLOW:-0} == 1 ]] && echo 40 || echo 250)} dir i

	dir=$(cg_make "$h" "$CG_NAME")
	# shellcheck disable=SC2016
	sh -c 'echo $$ > "$1/cgroup.procs" && cd "$2" &&
		for i in $(seq "$3"); do : > "ns$i" && unshare --cgroup="ns$i" true || exit; done' \
		sh "$dir" "$BATS_TEST_TMPDIR" "$count"
	# shellcheck disable=SC2016
	run -0 --separate-stderr bash -c 'ulimit -n 200; exec cgns-ls --deep -n -r -H "$0" -o STATE,ROOT,FILE' "$h"
	for ((i = 1; i <= count; i++)); do
		[[ $output == *"pinned /$CG_NAME $BATS_TEST_TMPDIR/ns$i"* ]] || fail "no ns$i: $output"
	done
}

# The kernel says EACCES of one that ends while its link is followed, too. In a PID namespace of its
# own, where every process may be examined: each is refused once, then each is always.
@test "ls: who is refused once is looked at again" {
	cg_needs_private_mounts
	cg_needs_strace
	local when

	for when in 1+2 1+; do
		# shellcheck disable=SC2016
		run -0 --separate-stderr env ASAN_OPTIONS="${ASAN_OPTIONS:-}:detect_leaks=0" \
			unshare --pid --fork --kill-child --mount-proc bash -c '
				strace -qq -o /dev/null -e trace=readlinkat -e inject="readlinkat:error=EACCES:when=$2" \
					cgns-ls -H "$1" -n -r -o STATE,NPROCS; :' sh "$h" "$when" 3>&-
		if [[ $when == 1+2 ]]; then
			assert_equal "$output / $stderr" 'ok 3 / '
		else
			[[ $output == hidden* && $stderr == *'could not be examined'* ]] || fail "$output / $stderr"
		fi
	done
}

# In a PID namespace of its own, so that every process and namespace that is seen is the storm's:
# storm RUNS WITH_PEER
storm()
{
	local i sleeper out=$BATS_TEST_TMPDIR/out want

	unshare --cgroup sleep infinity &
	sleeper=$!
	cg_until cg_runs "$sleeper" sleep
	want="$(inode_of "$sleeper") 1 $sleeper mount /$CG_NAME"
	while :; do (:); done &
	while :; do (:) & (:) & wait $!; done &
	while :; do unshare --cgroup true; done &
	for ((i = 0; i < $1; i++)); do
		# each namespace that is seen is rooted here; none is unknown or removed
		if ! cgns-ls -n -r -H "$h" -o NS,NPROCS,PID,STATE,ROOT > "$out" 2>&1 ||
			! grep -qxF "$want" "$out" ||
			grep -qvE "^[0-9]+ [0-9]+ [0-9]+ (ok /|mount /$CG_NAME)$" "$out"; then
			echo "bad"
			cat "$out" >&2
		fi
		((!$2)) || lsns -t cgroup > /dev/null 2>&1 || echo "peer"
	done
	cat /proc/loadavg
}

@test "ls: every table is complete in a fork storm" {
	cg_needs_private_mounts
	local runs=${CGNS_LS_STORM:-$([[ ${CGNS_SLOW:-0} == 1 ]] && echo 20 || echo 200)}
	local dir peer=0 out

	dir=$(cg_make "$h" "$CG_NAME")
	[[ -z ${CGNS_LS_STORM:-} ]] || peer=1
	export -f storm cg_runs inode_of cg_until _cg_until _cg_rest _cg_untraced
	export h CG_DEADLINE
	# shellcheck disable=SC2016
	out=$(unshare --pid --fork --mount-proc --kill-child bash -c '
		echo 0 > "$1/cgroup.procs" && storm "$2" "$3"' sh "$dir" "$runs" "$peer" 3>&-)
	[[ $out != *bad* ]]
	# the last word of loadavg is the last PID
	((!peer)) || echo "# $runs runs, ${out##* } forks: 0 incomplete; lsns failed" \
		"$(grep -c peer <<< "$out") times" >&3
	((${out##* } > runs * 5)) || fail "no storm: $out"
}
