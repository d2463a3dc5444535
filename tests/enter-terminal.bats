#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# cgns-enter: signals, and job control under a shell on a terminal (tmux), with a fork and without.

bats_require_minimum_version 1.5.0
load common
load enter

setup()
{
	cg_setup
	tmux=()
}

teardown()
{
	[[ -z ${tmux[*]} ]] || "${tmux[@]}" kill-server 2> /dev/null || true
	cg_teardown
}

## Signals without a terminal ------------------------------------------------------------------

@test "TERM, HUP, INT and QUIT sent to the parent reach the program, which decides" {
	cg_ns_sleeper "$CG_NAME/t"
	for signal in TERM HUP INT QUIT; do
		# A background job of a script ignores INT and QUIT if nobody says otherwise.
		env --default-signal cgns-enter -t "$CG_PID" -c --subgroup "$signal" bash -c "
			trap 'echo got $signal; exit 33' $signal
			: > '$BATS_TEST_TMPDIR/$signal'
			while :; do sleep 0.05; done" > "$BATS_TEST_TMPDIR/out" 2>&1 < /dev/null 3>&- &
		cg_record $!
		cg_until test -e "$BATS_TEST_TMPDIR/$signal"
		[[ $(< "/proc/$!/comm") == cgns-enter ]]
		kill -"$signal" $!
		status=0
		wait $! || status=$?
		[[ $status == 33 ]]
		[[ $(< "$BATS_TEST_TMPDIR/out") == "got $signal" ]]
	done
}

@test "a signal that kills the program kills the parent as well" {
	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID" -c --subgroup s
	kill -TERM "$ENTER_PID"
	status=0
	wait "$ENTER_PID" || status=$?
	[[ $status == $((128 + 15)) ]]
	cg_until cg_gone "$PROGRAM_PID"
}

@test "a signal that the caller ignores stays ignored, also when it is sent to the parent" {
	cg_ns_sleeper "$CG_NAME/t"
	trap '' HUP
	start_sleeping -t "$CG_PID" -c --subgroup s
	trap - HUP
	kill -HUP "$ENTER_PID"
	kill -HUP "$PROGRAM_PID"
	kill -TERM "$ENTER_PID"
	status=0
	wait "$ENTER_PID" || status=$?
	[[ $status == $((128 + 15)) ]]
}

@test "a program that is stopped stops the parent, and goes on with it" {
	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID" -c --subgroup s
	kill -STOP "$PROGRAM_PID"
	cg_until grep -q '^State:.T' "/proc/$ENTER_PID/status"
	kill -CONT "$ENTER_PID"
	cg_until grep -q '^State:.S' "/proc/$PROGRAM_PID/status"
	cg_until grep -q '^State:.S' "/proc/$ENTER_PID/status"
	# Again, to see that it still listens.
	kill -STOP "$PROGRAM_PID"
	cg_until grep -q '^State:.T' "/proc/$ENTER_PID/status"
	kill -CONT "$ENTER_PID"
	cg_until grep -q '^State:.S' "/proc/$PROGRAM_PID/status"
	kill -TERM "$ENTER_PID"
	cg_until cg_gone "$PROGRAM_PID"
}

## On a terminal -------------------------------------------------------------------------------

# A shell on a terminal of its own, whose prompt says the last exit status.
terminal()
{
	command -v tmux > /dev/null || skip "tmux is not installed"
	tmux=(tmux -S "$BATS_TEST_TMPDIR/tmux" -f /dev/null)
	PS1='[$?] ' "${tmux[@]}" new-session -d -x 200 -y 50 \
		"env PATH='$PATH' PS1='[\$?]> ' bash --norc --noprofile -i" 3>&- ||
		skip "tmux does not start here"
	cg_until shows '^\[0\]>'
}

type_keys()
{
	"${tmux[@]}" send-keys "$@" 3>&-
}

# type_command COMMAND: on a screen that is empty at once, so that nothing of the command before is
# taken for what this one prints.
type_command()
{
	"${tmux[@]}" send-keys -R 3>&-
	type_keys "clear; $1" Enter
}

screen()
{
	"${tmux[@]}" capture-pane -p 3>&-
}

# shows PATTERN: a line on the screen is like that
shows()
{
	screen | grep -qE -- "$1"
}

shown()
{
	cg_until shows "$1" || fail "not on the screen: $1: $(screen)"
}

# The line is there twice: as it was typed, and as cat printed it.
is_there_twice()
{
	[[ $(screen | grep -c "^$1\$") == 2 ]]
}

twice()
{
	cg_until is_there_twice "$1" || fail "not there twice: $1: $(screen)"
}

each_way=('' '-F' '-c --subgroup s' '-c -p')

@test "^C ends the program, and the shell sees that it was ^C" {
	cg_ns_sleeper "$CG_NAME/t"
	terminal
	for options in "${each_way[@]}"; do
		type_command "cgns-enter -t $CG_PID $options sh -c 'echo sta\"\"rted; exec sleep 1000'"
		shown '^started'
		type_keys C-c
		shown '^\[130\]>'
	done
}

@test "^C reaches a program that deals with it, once" {
	cg_ns_sleeper "$CG_NAME/t"
	terminal
	cat > "$BATS_TEST_TMPDIR/program" << 'END'
#!/bin/bash
count=0
trap 'count=$((count + 1))' INT
echo started
while ((SECONDS < 100 && count == 0)); do sleep 0.1; done
sleep 0.3
echo "count $count"
exit 7
END
	chmod +x "$BATS_TEST_TMPDIR/program"
	for options in "${each_way[@]}"; do
		type_command "cgns-enter -t $CG_PID $options $BATS_TEST_TMPDIR/program"
		shown '^started'
		type_keys C-c
		shown 'count 1$'
		shown '^\[7\]>'
	done
}

@test "^C reaches the program once also when the parent is late to hear of it" {
	cg_ns_sleeper "$CG_NAME/t"
	terminal
	cat > "$BATS_TEST_TMPDIR/program" << 'END'
#!/bin/bash
count=0
trap 'count=$((count + 1))' INT
echo started
while ((SECONDS < 100 && count == 0)); do sleep 0.1; done
for i in {1..15}; do sleep 0.1; done
echo "count $count"
END
	chmod +x "$BATS_TEST_TMPDIR/program"
	type_command "ASAN_OPTIONS=detect_leaks=0 strace -o /dev/null -e trace=poll,ppoll \
-e inject=poll,ppoll:delay_exit=500000 cgns-enter -t $CG_PID -c --subgroup s \
$BATS_TEST_TMPDIR/program"
	shown '^started'
	type_keys C-c
	shown 'count 1$'
}

@test "^Z stops the job, fg continues it" {
	cg_ns_sleeper "$CG_NAME/t"
	terminal
	for options in "${each_way[@]}"; do
		type_command "cgns-enter -t $CG_PID $options sh -c 'echo sta\"\"rted; exec cat'"
		shown '^started'
		type_keys first Enter
		twice first
		type_keys C-z
		shown 'Stopped'
		shown '^\[148\]>'
		type_keys fg Enter
		shown '^fg|> fg'
		type_keys second Enter
		twice second
		type_keys C-d
		shown '^\[0\]>'
	done
}

@test "an interactive shell inside has job control of its own" {
	cg_ns_sleeper "$CG_NAME/t"
	terminal
	for options in '-c --subgroup s' '' '-p -c'; do
		type_command "PS1='in> ' cgns-enter -t $CG_PID $options bash --norc --noprofile -i"
		shown '^in>'
		type_keys "sh -c 'echo sta\"\"rted; exec sleep 1000'" Enter
		shown '^started'
		type_keys C-z
		shown 'Stopped +sh -c'
		# A shell with a stopped job would have to be told twice.
		type_keys 'kill -KILL %1; disown -a; exit 5' Enter
		shown '^\[5\]>'
	done
	run screen
	refute_output --partial 'no job control'
}
