#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: seconds=1200
#
# The kernel is the oracle: in random worlds of cgroups, namespaces and
# processes (tests/tree.c) cgns-path prints what the kernel prints to a reader
# in the namespace in question.
#
# CGNS_PAIRS	how many (namespace, process, hierarchy) are compared
# CGNS_SEED	the world to begin with; printed by every test

load common

setup()
{
	cg_setup
	export LC_ALL=C
	seed=${CGNS_SEED:-$SRANDOM}
	if [[ ${CGNS_SLOW:-0} == 1 ]]; then
		pairs=${CGNS_PAIRS:-250}
	else
		pairs=${CGNS_PAIRS:-1000}
	fi
	RANDOM=$((seed % 32768))
	mapfile -t hierarchies < <(cg_v1)
	while [[ ${#hierarchies[@]} -gt 2 ]]; do
		unset "hierarchies[RANDOM % ${#hierarchies[@]}]"
		hierarchies=("${hierarchies[@]}")
	done
	! cg_has_v2 || hierarchies=(unified "${hierarchies[@]}")
	echo "# CGNS_SEED=$seed: ${hierarchies[*]}" >&3
}

teardown()
{
	world_stop
	cg_teardown
}

# world_start SEED COUNT: sets $targets, $pids and $world, the folder of tests/tree.c
world_start()
{
	local hierarchy dirs=()
	for hierarchy in "${hierarchies[@]}"; do
		dirs+=("$hierarchy=$(cg_make "$hierarchy" "$CG_NAME")")
	done
	world=$BATS_TEST_TMPDIR/world
	rm -rf "$world"
	mkdir "$world"
	world_seed=$1
	"$CGNS_BUILD/tests/tree" "$1" "$2" "$world" "${dirs[@]}" \
		>"$world/ready" 3>&- &
	world_pid=$!
	cg_until world_begun_or_failed
	[[ -s $world/ready ]] || fail "no world"
	mapfile -t living < <(sed -n 's/^living //p' "$world/targets")
	mapfile -t targets < <(sed 's/^[a-z]* //' "$world/targets")
	mapfile -t cgroup_files < <(sed 's#.*#/proc/&/cgroup#' "$world/pids")
}

world_begun_or_failed()
{
	[[ -s $world/ready ]] || cg_gone "$world_pid"
}

world_stop()
{
	[[ -n "${world_pid:-}" ]] || return 0
	kill "$world_pid" 2>/dev/null || :
	wait "$world_pid" || :
	world_pid=
}

# inside TARGET COMMAND...: runs it in TARGET's cgroup namespace
inside()
{
	local target=$1
	shift
	case $target in
	/*) nsenter --cgroup="$target" "$@" ;;
	*) nsenter --target "$target" --cgroup "$@" ;;
	esac
}

# kernel_views TARGET: writes $world/view.HIERARCHY, what a reader in TARGET's
# namespace reads of every process, a line each
kernel_views()
{
	local hierarchy controllers
	inside "$1" cat "${cgroup_files[@]}" >"$world/views"
	for hierarchy in "${hierarchies[@]}"; do
		controllers=${hierarchy#unified}
		sed -n "s/^[0-9]*:$controllers://p" "$world/views" >"$world/view.$hierarchy"
		# an oracle that says nothing proves nothing
		[[ "$(wc -l <"$world/view.$hierarchy")" -eq "${#cgroup_files[@]}" ]]
	done
}

# same WHAT EXPECTED ACTUAL
same()
{
	cmp -s "$2" "$3" && return
	diff <(cat -A "$2") <(cat -A "$3") | head -n 20
	fail "seed $world_seed: $1"
}

# pick ARGUMENT...: sets $picked to one of them
pick()
{
	local -a from=("$@")
	picked=${from[RANDOM % $#]}
}

@test "oracle: processes are named as the kernel names them in every namespace" {
	local done=0 worlds=0 target hierarchy count=16
	while [[ $((count * count * ${#hierarchies[@]})) -lt "$pairs" ]] && [[ $count -lt 48 ]]; do
		count=$((count + 4))
	done
	while [[ $done -lt "$pairs" ]]; do
		world_start $((seed + worlds)) $count
		for target in "${targets[@]}"; do
			kernel_views "$target"
			for hierarchy in "${hierarchies[@]}"; do
				cgns-path --to "$target" -H "$hierarchy" - \
					<"$world/pids" >"$world/ours" 2>"$world/errors" ||
					fail "seed $world_seed: --to $target -H $hierarchy: $(cat "$world/errors")"
				same "--to $target -H $hierarchy" "$world/view.$hierarchy" "$world/ours"
				done=$((done + ${#cgroup_files[@]}))
			done
		done
		world_stop
		worlds=$((worlds + 1))
	done
	echo "# $done pairs" >&3
}

@test "oracle: single calls say the same as the kernel" {
	local target hierarchy line
	world_start "$seed" 16
	for target in "${targets[@]}"; do
		kernel_views "$target"
		for hierarchy in "${hierarchies[@]}"; do
			for _ in 1 2; do
				pick "${!cgroup_files[@]}"
				line=$((picked + 1))
				sed -n "${line}p" "$world/pids" >"$world/pid"
				sed -n "${line}p" "$world/view.$hierarchy" >"$world/expected"
				cgns-path --to "$target" -H "$hierarchy" "$(cat "$world/pid")" >"$world/ours"
				same "--to $target -H $hierarchy $(cat "$world/pid")" \
					"$world/expected" "$world/ours"
			done
		done
	done
}

@test "oracle: the caller's own namespace does not matter to other views" {
	local caller target hierarchy
	world_start "$seed" 16
	for caller in "${targets[@]}"; do
		for _ in 1 2; do
			pick "${targets[@]}"
			target=$picked
			kernel_views "$target"
			for hierarchy in "${hierarchies[@]}"; do
				inside "$caller" cgns-path --to "$target" -H "$hierarchy" - \
					<"$world/pids" >"$world/ours"
				same "in $caller, --to $target -H $hierarchy" \
					"$world/view.$hierarchy" "$world/ours"
			done
		done
	done
}

@test "oracle: a caller in any namespace sees what it reads" {
	local caller hierarchy
	world_start "$seed" 16
	for caller in "${targets[@]}"; do
		kernel_views "$caller"
		for hierarchy in "${hierarchies[@]}"; do
			inside "$caller" cgns-path -H "$hierarchy" - <"$world/pids" >"$world/ours"
			same "in $caller, -H $hierarchy" "$world/view.$hierarchy" "$world/ours"
		done
	done
}

# known HIERARCHY <LINES: those lines whose cgroup id is known
known()
{
	awk -v ids="$world/ids.$1" '{ getline id <ids } id + 0'
}

@test "oracle: a path from any view names the cgroup that the kernel means" {
	local target hierarchy
	world_start "$seed" 16
	for target in "${living[@]}"; do
		kernel_views "$target"
		for hierarchy in "${hierarchies[@]}"; do
			known "$hierarchy" <"$world/ids.$hierarchy" >"$world/ids"
			[[ -s "$world/ids" ]]
			known "$hierarchy" <"$world/view.$hierarchy" >"$world/paths"
			cgns-path --from "$target" -H "$hierarchy" --as id - \
				<"$world/paths" >"$world/ours"
			same "--from $target -H $hierarchy --as id" "$world/ids" "$world/ours"
			cgns-path --from "$target" -H "$hierarchy" --as dir - \
				<"$world/paths" >"$world/dirs"
			tr '\n' '\0' <"$world/dirs" | xargs -0 stat -c %i -- >"$world/ours"
			same "--from $target -H $hierarchy --as dir" "$world/ids" "$world/ours"
		done
	done
}

@test "oracle: a path from any view is the kernel's path in any other view" {
	local from to hierarchy
	world_start "$seed" 16
	for from in "${living[@]}"; do
		for _ in 1 2; do
			pick "${living[@]}"
			to=$picked
			for hierarchy in "${hierarchies[@]}"; do
				kernel_views "$from"
				known "$hierarchy" <"$world/view.$hierarchy" >"$world/paths"
				kernel_views "$to"
				known "$hierarchy" <"$world/view.$hierarchy" >"$world/expected"
				cgns-path --from "$from" --to "$to" -H "$hierarchy" - \
					<"$world/paths" >"$world/ours"
				same "--from $from --to $to -H $hierarchy" "$world/expected" "$world/ours"
			done
		done
	done
}

@test "oracle: paths between two views, for a caller in a third" {
	local caller from to hierarchy
	world_start "$seed" 16
	for caller in "${living[@]}"; do
		pick "${living[@]}"
		from=$picked
		pick "${living[@]}"
		to=$picked
		for hierarchy in "${hierarchies[@]}"; do
			kernel_views "$from"
			known "$hierarchy" <"$world/view.$hierarchy" >"$world/paths"
			kernel_views "$to"
			known "$hierarchy" <"$world/view.$hierarchy" >"$world/expected"
			inside "$caller" cgns-path --from "$from" --to "$to" -H "$hierarchy" - \
				<"$world/paths" >"$world/ours"
			same "in $caller, --from $from --to $to -H $hierarchy" \
				"$world/expected" "$world/ours"
			known "$hierarchy" <"$world/ids.$hierarchy" >"$world/ids"
			inside "$caller" cgns-path --from "$from" -H "$hierarchy" --as id - \
				<"$world/paths" >"$world/ours"
			same "in $caller, --from $from -H $hierarchy --as id" "$world/ids" "$world/ours"
		done
	done
}

@test "oracle: ids and directories are the kernel's paths for a caller in any namespace" {
	local caller hierarchy
	world_start "$seed" 16
	for caller in "${living[@]}"; do
		kernel_views "$caller"
		for hierarchy in "${hierarchies[@]}"; do
			known "$hierarchy" <"$world/view.$hierarchy" >"$world/expected"
			known "$hierarchy" <"$world/ids.$hierarchy" >"$world/ids"
			sed 's/^/id:/' "$world/ids" >"$world/whats"
			inside "$caller" cgns-path -H "$hierarchy" - <"$world/whats" >"$world/ours"
			same "in $caller, -H $hierarchy id:" "$world/expected" "$world/ours"
			inside "$caller" cgns-path -H "$hierarchy" --as dir - \
				<"$world/expected" >"$world/dirs"
			sed 's/^/fs:/' "$world/dirs" >"$world/whats"
			inside "$caller" cgns-path -H "$hierarchy" - <"$world/whats" >"$world/ours"
			same "in $caller, -H $hierarchy fs:" "$world/expected" "$world/ours"
		done
	done
}

@test "oracle: a path in a view whose root was removed is refused or right" {
	local target hierarchy state
	world_start "$seed" 16
	while read -r state target; do
		[[ "$state" = removed ]] || continue
		kernel_views "$target"
		for hierarchy in "${hierarchies[@]}"; do
			known "$hierarchy" <"$world/ids.$hierarchy" >"$world/ids"
			known "$hierarchy" <"$world/view.$hierarchy" >"$world/paths"
			cgns-path --from "$target" -H "$hierarchy" --as id - \
				<"$world/paths" >"$world/ours" 2>"$world/errors" || :
			# an empty line is a refusal, any other has to be the kernel's
			paste "$world/ids" "$world/ours" | awk -F '\t' '$2 != "" && $1 != $2 { print; wrong = 1 } END { exit wrong }' ||
				fail "seed $world_seed: --from $target -H $hierarchy names another cgroup"
			if grep -q '^$' "$world/ours"; then
				grep -q 'removed' "$world/errors" || fail "the reason is not said: $(head -n 3 "$world/errors")"
			fi
		done
	done <"$world/targets"
}
