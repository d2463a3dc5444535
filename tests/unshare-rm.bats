#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-unshare --rm: exactly what the run created is removed, whatever is left in it is killed, and
# that happens however the program ends; signals to the parent reach the program.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	mapfile -t hierarchies < <(cg_hierarchies | cut -d ' ' -f 1)
	mapfile -t dirs < <(cg_hierarchies | cut -d ' ' -f 2-)
	# For what is the same in every hierarchy of a kind: one of each kind.
	mapfile -t kinds < <(
		! cg_has_v2 || echo unified
		cg_v1 1
	)
}

teardown()
{
	cg_teardown
}

cg_in_use()
{
	[[ -n $(cat "$(cg_dir "$1")$2/cgroup.procs" 2> /dev/null) ]]
}

nothing_left()
{
	[[ -z $(cg_own_cgroups) ]]
}

# begin PROGRAM ARGUMENT...: starts cgns-unshare --rm with a shell program that writes "ready" to
# $1 when it is. Sets STARTED to the parent.
begin()
{
	local program=$1
	shift

	rm -f "$BATS_TEST_TMPDIR/ready"
	cgns-unshare -g "/$CG_NAME" -N --rm "$@" -- sh -c "$program" sh "$BATS_TEST_TMPDIR/ready" \
		< /dev/null > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
	STARTED=$!
	cg_record "$STARTED"
	cg_until test -s "$BATS_TEST_TMPDIR/ready"
}

# end STATUS: waits for what begin started
end()
{
	local status=0

	cg_until cg_gone "$STARTED"
	wait "$STARTED" || status=$?
	assert_equal "$status" "$1"
}

@test "rm: what was there before stays, what was created goes" {
	local hierarchy dir

	for hierarchy in "${hierarchies[@]}"; do
		cg_make "$hierarchy" "/$CG_NAME/old" > /dev/null
		cg_make "$hierarchy" "/$CG_NAME/older/sister" > /dev/null
	done
	cg_own_cgroups | sort > "$BATS_TEST_TMPDIR/before"
	run -0 cgns-unshare -g "/$CG_NAME/old/new/er" -N --rm sh -c 'grep -c ":/$" /proc/self/cgroup'
	assert_output "${#hierarchies[@]}"
	diff "$BATS_TEST_TMPDIR/before" <(cg_own_cgroups | sort)
	# The root itself was there: nothing was created, nothing is removed or killed.
	cg_sleeper "$CG_NAME/old"
	run -0 cgns-unshare -g "/$CG_NAME/old" -N --rm true
	refute cg_gone "$CG_PID"
	diff "$BATS_TEST_TMPDIR/before" <(cg_own_cgroups | sort)
}

@test "rm: parents that were made on the way are others' too: nobody in them is killed" {
	local kind first second

	for kind in "${kinds[@]}"; do
		# The first run makes the parent; the second and an administrator come to use it.
		mkfifo "$BATS_TEST_TMPDIR/end"
		cgns-unshare -g "$kind:/$CG_NAME/jobs/a" -N --rm -v cat "$BATS_TEST_TMPDIR/end" \
			< /dev/null 2> "$BATS_TEST_TMPDIR/said" 3>&- &
		first=$!
		cg_record "$first"
		cg_until cg_in_use "$kind" "/$CG_NAME/jobs/a"
		cgns-unshare -g "$kind:/$CG_NAME/jobs/b" -N --rm sleep infinity < /dev/null 3>&- &
		second=$!
		cg_record "$second"
		cg_until cg_in_use "$kind" "/$CG_NAME/jobs/b"
		cg_make "$kind" "/$CG_NAME/jobs/mine" > /dev/null
		cg_sleeper "$CG_NAME/jobs/mine" "$kind"
		: > "$BATS_TEST_TMPDIR/end"
		wait "$first"
		refute cg_gone "$second"
		refute cg_gone "$CG_PID"
		refute test -e "$(cg_dir "$kind")/$CG_NAME/jobs/a"
		cg_in_use "$kind" "/$CG_NAME/jobs/b"
		cg_in_use "$kind" "/$CG_NAME/jobs/mine"
		run -0 cat "$BATS_TEST_TMPDIR/said"
		assert_line "cgns-unshare: left $(cg_dir "$kind")/$CG_NAME/jobs, which is in use"
		kill "$second" "$CG_PID"
		cg_until cg_gone "$second"
		rm "$BATS_TEST_TMPDIR/end"
	done
}

@test "rm: a cgroup that refuses to go once is tried again, a parent too" {
	local reason number

	for reason in EBUSY EACCES; do
		for number in 1 2; do
			ASAN_OPTIONS=detect_leaks=0 strace -f -qq -o /dev/null -e trace=unlinkat \
				-e inject=unlinkat:error="$reason":when="$number" \
				cgns-unshare -g "${kinds[0]}:/$CG_NAME/new/deep" -N --rm true 3>&-
			nothing_left || fail "$reason $number: $(cg_own_cgroups)"
		done
	done
}

@test "rm: cgroups that the program made inside are removed, of any depth and name" {
	local kind kind_dirs=()

	cat > "$BATS_TEST_TMPDIR/program" <<- 'END'
		for dir; do
			cd "$dir/$CG_NAME" || exit 1
			mkdir 'a b' '...' 'x:y' "$(printf 'tab\there')" "$(printf '\377\376')" -- -rf
			mkdir many && (cd many && mkdir $(seq 50))
			i=0
			while [ $i -lt 60 ]; do
				mkdir d && cd d || exit 1
				i=$((i + 1))
			done
		done
	END
	# One hierarchy of each kind: a cgroup takes a process to make, and a guest is slow.
	for kind in "${kinds[@]}"; do
		kind_dirs+=("$(cg_dir "$kind")")
	done
	run -0 cgns-unshare -g "/$CG_NAME" -N --rm sh "$BATS_TEST_TMPDIR/program" "${kind_dirs[@]}"
	assert_output ''
	assert_equal "$(cg_own_cgroups)" ''
}

@test "rm: processes that are left are killed, in sub-cgroups too, also stopped ones" {
	local pid kind within

	cat > "$BATS_TEST_TMPDIR/program" <<- 'END'
		out=$1
		shift
		trap '' TERM HUP INT
		# What is not killed is to fail the test, and not to keep it waiting for its output.
		exec > /dev/null 2>&1 3>&-
		setsid sleep infinity &
		echo $! > "$out"
		for dir; do
			mkdir "$dir/$CG_NAME/sub"
			[ ! -e "$dir/$CG_NAME/sub/cpuset.cpus" ] || continue
			setsid sh -c 'echo $$ > "$1/cgroup.procs"; exec sleep infinity' \
				sh "$dir/$CG_NAME/sub" &
			echo $! >> "$out"
			kill -STOP $!
			kill -CONT $!
		done
		setsid sleep infinity &
		kill -STOP $!
		echo $! >> "$out"
		# The last one has arrived in its sub-cgroup.
		until grep -qx "$(tail -n 2 "$out" | head -n 1)" "$dir/$CG_NAME/sub/cgroup.procs"; do
			sleep 0.01
		done
		exit 5
	END
	# In all hierarchies, and in one of each kind alone: what kills in v2 would do it for v1 as well.
	for kind in '' "${kinds[@]}"; do
		within=("${dirs[@]}")
		[[ -z $kind ]] || within=("$(cg_dir "$kind")")
		run cgns-unshare -g "${kind:+$kind:}/$CG_NAME" -N --rm sh "$BATS_TEST_TMPDIR/program" \
			"$BATS_TEST_TMPDIR/pids" "${within[@]}"
		assert_equal "$status" 5
		assert_output ''
		assert_equal "$(cg_own_cgroups)" ''
		while read -r pid; do
			assert cg_gone "$pid"
		done < "$BATS_TEST_TMPDIR/pids"
	done
}

@test "rm: frozen processes are killed as well" {
	local dir kind

	for kind in unified freezer; do
		dir=$(cg_dir "$kind" 2> /dev/null) || continue
		cat > "$BATS_TEST_TMPDIR/program" <<- 'END'
			mkdir "$1/$CG_NAME/ice"
			exec > /dev/null 2>&1 3>&-
			setsid sleep infinity &
			echo $! > "$1/$CG_NAME/ice/cgroup.procs"
			if [ -e "$1/$CG_NAME/ice/freezer.state" ]; then
				echo FROZEN > "$1/$CG_NAME/ice/freezer.state"
			else
				echo 1 > "$1/$CG_NAME/ice/cgroup.freeze"
			fi
		END
		run -0 cgns-unshare -g "$kind:/$CG_NAME" -N --rm sh "$BATS_TEST_TMPDIR/program" "$dir"
		assert_output ''
		assert [ ! -e "$dir/$CG_NAME" ]
	done
}

@test "rm: a storm of forks is ended" {
	local kind

	for kind in "${kinds[@]}"; do
		# Each process lives a moment and has a child by then; 40 lines of descent at once.
		run -0 cgns-unshare -g "$kind:/$CG_NAME" -N --rm bash -c '
			storm() { sleep 0.01; storm & }
			exec > /dev/null 2>&1 3>&-
			for i in {1..40}; do storm & disown; done
			sleep 0.3'
		assert_equal "$(cg_own_cgroups)" ''
	done
}

@test "rm: a cgroup of the same name that somebody made later is not touched" {
	local kind dir

	for kind in "${kinds[@]}"; do
		dir=$(cg_dir "$kind")
		cg_make "$kind" "$CG_NAME" > /dev/null
		rm -f "$BATS_TEST_TMPDIR/ready"
		cgns-unshare -g "$kind:/$CG_NAME/x" -N --rm -- sh -c '
			echo $$ > "$1"; until [ -e "$1.go" ]; do sleep 0.01; done' sh \
			"$BATS_TEST_TMPDIR/ready" < /dev/null > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		STARTED=$!
		cg_record "$STARTED"
		cg_until test -s "$BATS_TEST_TMPDIR/ready"
		# It is moved out, and its cgroup exchanged.
		cg_move "$kind" "$CG_NAME" "$(< "$BATS_TEST_TMPDIR/ready")"
		cg_until rmdir "$dir/$CG_NAME/x"
		mkdir "$dir/$CG_NAME/x"
		: > "$BATS_TEST_TMPDIR/ready.go"
		end 0
		rm "$BATS_TEST_TMPDIR/ready.go"
		assert_equal "$(< "$BATS_TEST_TMPDIR/out")" ''
		assert [ -d "$dir/$CG_NAME/x" ]
		rmdir "$dir/$CG_NAME/x"
	done
}

@test "rm: the parent that waits stays in its cgroups and its namespaces" {
	local options ns

	for options in '' -M '-M -r -i -n -u -p'; do
		[[ $options != *-M* ]] || cg_has_private_mounts || continue
		# shellcheck disable=SC2086
		begin 'trap "exit 3" TERM; echo ready > "$1"; while :; do sleep 0.02; done' $options
		run -0 cat "/proc/$STARTED/cgroup"
		assert_output "$(< /proc/self/cgroup)"
		for ns in /proc/self/ns/*; do
			ns=${ns##*/}
			assert_equal "$(readlink "/proc/$STARTED/ns/$ns")" "$(readlink "/proc/self/ns/$ns")"
		done
		kill -TERM "$STARTED"
		end 3
		assert_equal "$(cg_own_cgroups)" ''
	done
}

@test "rm: SIGINT, SIGTERM, SIGHUP and SIGQUIT to the parent reach the program; its status counts" {
	local signal

	for signal in INT TERM HUP QUIT; do
		# A shell's background jobs ignore SIGINT and SIGQUIT; the trap cannot be set then.
		rm -f "$BATS_TEST_TMPDIR/ready"
		env --default-signal cgns-unshare -g "/$CG_NAME" -N --rm -- sh -c '
			trap "echo got; exit 9" "$2"; echo ready > "$1"
			while :; do sleep 0.02; done' sh "$BATS_TEST_TMPDIR/ready" "$signal" \
			< /dev/null > "$BATS_TEST_TMPDIR/out" 2>&1 3>&- &
		STARTED=$!
		cg_record "$STARTED"
		cg_until test -s "$BATS_TEST_TMPDIR/ready"
		kill -s "$signal" "$STARTED"
		end 9
		assert_equal "$signal $(< "$BATS_TEST_TMPDIR/out")" "$signal got"
		assert_equal "$(cg_own_cgroups)" ''
	done
}

@test "rm: when the program stops, so does cgns-unshare, and they go on together" {
	local pid round

	begin 'echo $$ > "$1"; exec sleep infinity'
	pid=$(< "$BATS_TEST_TMPDIR/ready")
	for round in 1 2; do
		kill -STOP "$pid"
		cg_until grep -q '^State:.T' "/proc/$STARTED/status"
		kill -CONT "$STARTED"
		cg_until grep -q '^State:.S' "/proc/$pid/status"
		cg_until grep -q '^State:.S' "/proc/$STARTED/status"
	done
	kill -TERM "$STARTED"
	end 143
	assert_equal "$(cg_own_cgroups)" ''
}

@test "rm: when the program dies by a signal, so does cgns-unshare, without a core of its own" {
	local signal

	for signal in INT TERM KILL QUIT SEGV; do
		# What bash says of a child tells death by a signal from an exit status.
		run bash -c 'ulimit -c 0
			env --default-signal cgns-unshare -g "$1" -N --rm sh -c "kill -s $2 \$\$"
			echo "status $?"' sh "/$CG_NAME" "$signal"
		assert_line "status $((128 + $(kill -l "$signal")))"
		[[ $signal == INT ]] || assert_output --partial "$(
			bash -c 'ulimit -c 0; sh -c "kill -s $1 \$\$"; :' sh "$signal" 2>&1 \
				| sed -E 's/^(.*[0-9] )?([A-Z][a-z]+).*/\2/'
		)"
		assert_equal "$(cg_own_cgroups)" ''
	done
	# A signal that the caller ignores, and the program does not.
	run bash -c 'env --ignore-signal=HUP cgns-unshare -g "$1" -N --rm \
		env --default-signal=HUP sh -c "kill -s HUP \$\$"
		echo "status $?"' sh "/$CG_NAME"
	assert_line 'status 129'
	assert_output --partial Hangup
	# The program has no wish for a core; who waits for it, and might dump one, does not either.
	mkdir "$BATS_TEST_TMPDIR/core"
	cd "$BATS_TEST_TMPDIR/core"
	run bash -c 'ulimit -c unlimited 2> /dev/null
		cgns-unshare -g "$1" -N --rm sh -c "ulimit -c 0; kill -s SEGV \$\$"
		echo "status $?"' sh "/$CG_NAME"
	assert_line 'status 139'
	refute_output --partial 'core dumped'
	assert_equal "$(ls)" ''
	cd /
}

@test "rm: the clean-up happens when the program was never run" {
	run -127 cgns-unshare -g "/$CG_NAME" -N --rm /no/such/program
	assert_equal "$(cg_own_cgroups)" ''
	run cgns-unshare -g "/$CG_NAME" -N --rm -w /no/such/directory true
	assert_equal "$status" 125
	assert_equal "$(cg_own_cgroups)" ''
}

@test "rm: a parent that is killed by SIGKILL takes the program with it if --kill-child says so" {
	begin 'trap "" TERM; echo $$ > "$1"; exec sleep infinity' --kill-child
	local pid
	pid=$(< "$BATS_TEST_TMPDIR/ready")
	cg_record "$pid"
	kill -KILL "$STARTED"
	cg_until cg_gone "$pid"
	# Nobody was left to remove the cgroup; the test's teardown does.
	refute nothing_left
}

@test "rm: signals that the caller blocks or ignores do not keep the clean-up from happening" {
	run -0 timeout -k 1 "$CG_DEADLINE" \
		env --block-signal=CHLD,TERM --ignore-signal=CHLD cgns-unshare -g "/$CG_NAME" -N --rm \
		sh -c 'exit 0'
	assert_equal "$(cg_own_cgroups)" ''
}

@test "rm: before the clean-up every process in a cgroup namespace inside is found" {
	local mount=-M at=''

	cg_has_private_mounts || mount='' at=/$CG_NAME
	# shellcheck disable=SC2086
	run -0 cgns-unshare -g "/$CG_NAME" -N --rm $mount -- sh -c '
		cgns-unshare -g inner -N $1 setsid sleep infinity > /dev/null 2>&1 3>&- &
		until [ -n "$(find /sys/fs/cgroup -path "*$2/inner" 2> /dev/null)" ]; do sleep 0.01; done' sh "$mount" "$at"
	assert_equal "$(cg_own_cgroups)" ''
}
