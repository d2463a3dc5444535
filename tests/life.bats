#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# Life and death of a run where a terminal, a frozen cgroup or the lack of memory has a part in it;
# tests/fault/life has the table of signals and phases.

# Programs are given as text to another shell.
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

nothing_left()
{
	[[ -z $(cg_own_cgroups) ]]
}

# on_terminal COMMAND...: runs it as the leader of a session with a terminal of its own, in the
# background; what is written into the fifo "keys" is typed, and the terminal hangs up with "keys".
# Sets STARTED to the leader.
on_terminal()
{
	command -v python3 > /dev/null || skip "no python3"
	rm -f "$BATS_TEST_TMPDIR"/{keys,leader}
	mkfifo "$BATS_TEST_TMPDIR/keys"
	python3 -c '
import os, pty, sys, threading
keys, leader = sys.argv[1:3]
pid, terminal = pty.fork()
if pid == 0:
    os.execvp(sys.argv[3], sys.argv[3:])
def type_keys():
    with open(keys, "rb", buffering=0) as typed:
        while True:
            data = typed.read(1)
            if not data:
                break
            os.write(terminal, data)
    os.close(terminal)
threading.Thread(target=type_keys, daemon=True).start()
with open(leader + ".new", "w") as file:
    file.write(str(pid))
os.rename(leader + ".new", leader)
status = os.waitpid(pid, 0)[1]
with open(leader + ".end", "w") as file:
    file.write(str(os.waitstatus_to_exitcode(status)))
os.rename(leader + ".end", leader + ".status")
' "$BATS_TEST_TMPDIR/keys" "$BATS_TEST_TMPDIR/leader" "$@" < /dev/null > /dev/null 2>&1 3>&- &
	cg_record $!
	exec 8> "$BATS_TEST_TMPDIR/keys"
	cg_until test -s "$BATS_TEST_TMPDIR/leader"
	STARTED=$(< "$BATS_TEST_TMPDIR/leader")
	cg_record "$STARTED"
}

# ended STATUS: the leader has; below 0: by that signal
ended()
{
	cg_until test -s "$BATS_TEST_TMPDIR/leader.status"
	assert_equal "$(< "$BATS_TEST_TMPDIR/leader.status")" "$1"
	rm "$BATS_TEST_TMPDIR/leader.status"
}

@test "life: a terminal that hangs up is told to the program, and the clean-up happens" {
	local program options

	for options in -f "-N --rm -g /$CG_NAME"; do
		for program in ': > "$0"; exec sleep infinity' \
			'trap "exit 9" HUP; : > "$0"; while :; do sleep 0.02; done'; do
			rm -f "$BATS_TEST_TMPDIR/ready"
			# shellcheck disable=SC2086
			on_terminal env --default-signal=HUP cgns-unshare $options sh -c \
				"$program" "$BATS_TEST_TMPDIR/ready"
			cg_until test -e "$BATS_TEST_TMPDIR/ready"
			exec 8>&-
			if [[ $program == *exec* ]]; then
				ended -1
			else
				ended 9
			fi
			cg_until nothing_left
		done
	done
}

@test "life: a program in a session of its own gets ^C, too" {
	local apart

	# It leaves the process group at once, or stays in it.
	for apart in 'os.setsid()' 'os.setpgid(0, 0)' ''; do
		rm -f "$BATS_TEST_TMPDIR"/{ready,count}
		on_terminal env --default-signal=INT cgns-unshare -N --rm -g "/$CG_NAME" python3 -c "
import os, signal, sys, time
$apart
count = 0
def interrupted(*_):
    global count
    count += 1
signal.signal(signal.SIGINT, interrupted)
open(sys.argv[1], 'w')
while not count:
    time.sleep(0.02)
time.sleep(0.2)
os._exit(10 + count)
" "$BATS_TEST_TMPDIR/ready"
		cg_until test -e "$BATS_TEST_TMPDIR/ready"
		printf '\003' >&8
		ended 11
		exec 8>&-
		cg_until nothing_left
	done
}

@test "life: a program that reads a terminal that is not its own is left stopped, and costs nothing" {
	local program now

	on_terminal cgns-unshare -f python3 -c '
import os, sys
os.setpgid(0, 0)
open(sys.argv[1], "w").write(str(os.getpid()))
os.read(0, 1)' "$BATS_TEST_TMPDIR/ready"
	cg_until test -s "$BATS_TEST_TMPDIR/ready"
	program=$(< "$BATS_TEST_TMPDIR/ready")
	cg_record "$program"
	cg_until grep -q '^State:.T' "/proc/$program/status"
	# Whoever goes round and round is seen to be switched again and again.
	switches() { awk '/ctxt_switches/ { sum += $2 } END { print sum }' "/proc/$STARTED/status"; }
	rests() { now=$(switches); sleep 0.2; [[ $(switches) == "$now" ]]; }
	cg_until rests
	assert grep -q '^State:.T' "/proc/$program/status"
	kill -KILL "$program"
	ended -9
	exec 8>&-
}

@test "life: a program that is killed for want of memory before it begins is told from one that ran" {
	local dir limit

	dir=$(cg_dir memory 2> /dev/null) || skip "no v1 hierarchy memory"
	limit=$dir/$CG_NAME/memory.limit_in_bytes
	mkdir "$dir/$CG_NAME"
	[[ -e $limit ]] || skip "memory has no limit here"
	echo 4096 > "$limit" || skip "no such small limit"
	run --separate-stderr -125 cgns-unshare -f -g "memory:/$CG_NAME" true
	[[ $stderr == *'before it began'*"memory left for it in /$CG_NAME in memory"* ]] ||
		fail "said: $stderr"
}

@test "life: what cannot be removed is named, with who holds it and where that is frozen" {
	local dir other freezer pid status=0

	dir=$(cg_dir freezer 2> /dev/null) || skip "no v1 freezer"
	other=$(cg_v1 | grep -vx freezer | head -n 1)
	[[ -n $other ]] || skip "no other v1 hierarchy"
	freezer=$(cg_make freezer "$CG_NAME-ice")
	mkdir "$freezer/cube"
	cgns-unshare -N --rm -g "$other:/$CG_NAME" sh -c '
		sleep infinity > /dev/null 2>&1 &
		echo $! > "$1/cube/cgroup.procs"
		echo FROZEN > "$1/freezer.state"
		echo $! > "$2"
		exit 5' sh "$freezer" "$BATS_TEST_TMPDIR/pid" \
		2> "$BATS_TEST_TMPDIR/said" < /dev/null > /dev/null 3>&- &
	STARTED=$!
	cg_record "$STARTED"
	cg_until test -s "$BATS_TEST_TMPDIR/pid"
	pid=$(< "$BATS_TEST_TMPDIR/pid")
	# It has nothing to do but to wait; twice asked, it gives up at once.
	cg_until grep -q "^SigBlk:.*f" "/proc/$STARTED/status"
	urged() { kill -TERM "$STARTED" 2> /dev/null; cg_gone "$STARTED"; }
	cg_until urged
	wait "$STARTED" || status=$?
	assert_equal "$status" 5
	run -0 cat "$BATS_TEST_TMPDIR/said"
	assert_output "cgns-unshare: cannot remove $(cg_dir "$other")/$CG_NAME: Device or resource busy: still in it: PID $pid, frozen by /$CG_NAME-ice in freezer"
	echo THAWED > "$freezer/freezer.state"
	cg_until cg_gone "$pid"
}

@test "life: a closed standard error ends neither the program nor the clean-up" {
	local options

	for options in "-N --rm" '-N --rm -M' '-N --rm --subgroup s'; do
		[[ $options != *-M* ]] || cg_has_private_mounts || continue
		# shellcheck disable=SC2086
		run -7 bash -c 'cgns-unshare -v -g "$@" 2> >(head -n 1 > /dev/null)' bash "/$CG_NAME" \
			$options sh -c 'sleep 0.05; exit 7'
		cg_until nothing_left
	done
}

@test "life: parents that others remove meanwhile are made again" {
	local hierarchy i one two

	hierarchy=$(cg_hierarchies | head -n 1)
	hierarchy=${hierarchy%% *}
	# Two rows of runs, each of which makes and removes the parent that both use.
	many() {
		for ((i = 0; i < 12; i++)); do
			cgns-unshare -N --rm -g "$hierarchy:/$CG_NAME/jobs/$1" true 3>&- || return 1
		done
	}
	many a 2> "$BATS_TEST_TMPDIR/a" & one=$!
	many b 2> "$BATS_TEST_TMPDIR/b" & two=$!
	wait "$one" || fail "$(< "$BATS_TEST_TMPDIR/a")"
	wait "$two" || fail "$(< "$BATS_TEST_TMPDIR/b")"
	# A parent stays where the other run was in it when its maker ended.
	run ! grep -E '/jobs/[ab]' <(cg_own_cgroups)
}

# held CALL COMMAND...: starts it, and returns when it has been stopped at that system call;
# "released" lets it go on, and succeed
held()
{
	cg_needs_strace
	rm -f "$BATS_TEST_TMPDIR/trace"
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 command strace -qq -o "$BATS_TEST_TMPDIR/trace" -e signal=STOP -e trace="${1%%:*}" -e inject="$1:signal=STOP" \
		"${@:2}" > "$BATS_TEST_TMPDIR/said" 2>&1 < /dev/null 3>&- &
	HELD=$!
	cg_record "$HELD"
	cg_until grep -qs 'stopped by SIGSTOP' "$BATS_TEST_TMPDIR/trace" ||
		fail "not held: $(< "$BATS_TEST_TMPDIR/said")"
}

# A SIGCONT that strace sees too early is lost.
released()
{
	local pid status=0

	continued() {
		# The kernel ends it without a newline.
		read -r pid _ < "/proc/$HELD/task/$HELD/children" || [[ -z $pid ]] || kill -CONT "$pid"
		cg_gone "$HELD"
	} 2> /dev/null
	cg_until continued
	wait "$HELD" || status=$?
	((status == 0)) || fail "status $status: $(< "$BATS_TEST_TMPDIR/said")"
}

@test "life: a parent that another run makes at the same time, or has just made, is used once it is complete" {
	local dir has
	dir=$(cg_dir cpuset 2> /dev/null)/$CG_NAME
	local file tried=

	if dir=$(cg_dir cpuset 2> /dev/null)/$CG_NAME && [[ -e ${dir%/*}/cpuset.mems ]]; then
		# Both found it missing, and the other has not filled it yet.
		held rt_sigprocmask:when=1 cgns-unshare -N --rm -g "cpuset:/$CG_NAME/a" true
		mkdir "$dir"
		released
		rmdir "$dir"
		# The other fills it while this one looks.
		mkdir "$dir"
		held clock_nanosleep:when=1 cgns-unshare -N --rm -g "cpuset:/$CG_NAME/a" true
		for file in cpuset.cpus cpuset.mems; do
			cat "${dir%/*}/$file" > "$dir/$file"
		done
		released
		tried=1
	fi
	if dir=$(cg_dir unified 2> /dev/null)/$CG_NAME && read -r has < "${dir%/*}/cgroup.subtree_control" &&
		[[ " $has " =~ ' '(pids|memory|hugetlb)' ' ]]; then
		has=${BASH_REMATCH[1]}
		[[ $has != hugetlb ]] || file=hugetlb.2MB.max
		[[ $has == hugetlb ]] || file=$has.max
		mkdir "$dir"
		held clock_nanosleep:when=1 cgns-unshare -N --rm -g "unified:/$CG_NAME/a" --set "$file=max" true
		echo "+$has" > "$dir/cgroup.subtree_control"
		released
		tried=1
	fi
	[[ $tried ]] || skip "no v1 cpuset, and v2 hands no controller down"
}

@test "life: a cgroup that is removed and made again while it is looked up is found" {
	local h dir

	h=$(cg_default_hierarchy)
	dir=$(cg_make "$h" "$CG_NAME/a")
	held openat2:when=1 cgns-path -H "$h" -A dir "/$CG_NAME/a"
	rmdir "$dir"
	mkdir "$dir"
	released
	assert_equal "$(< "$BATS_TEST_TMPDIR/said")" "$dir"
}
