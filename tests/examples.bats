#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=once
# The EXAMPLES of the man pages, and the recipes of docs/scripting.md, do what they say.
#
# In the source of a page a line "; example: NAME" stands before each, and "; prints" before what
# it prints, or "; prints on v2" where that holds for a host with cgroup v2 alone. What has $pid in it
# is run between what cgns(7) has behind "; before" and "; after".
bats_require_minimum_version 1.5.0
load common

setup() { cg_setup; }
teardown() { cg_teardown; }

# Writes $BATS_TEST_TMPDIR/NAME.sh, NAME.prints and NAME.v2 for each example of the page, and before
# and after. scdoc wants two backslashes for one.
extract()
{
	awk -v dir="$BATS_TEST_TMPDIR" '
		/^; example: / { name = $3; what = name ".sh"; next }
		/^; (before|after)$/ { what = $2; next }
		/^; prints on v2$/ { what = name ".v2"; next }
		/^; prints$/ { what = name ".prints"; next }
		/^```/ { inside = !inside; if (!inside) what = ""; next }
		inside && what != "" { gsub(/\\\\/, "\\"); print > (dir "/" what) }
		inside && what == "" { print "unmarked: " $0; bad = 1 }
		END { exit bad }' "$1"
}

# Waits until the child of cgns-unshare has become its program.
settle()
{
	local end=$((SECONDS + CG_DEADLINE)) comm=''

	until [[ -n $comm && $comm != *cgns-unshare* ]] || ((SECONDS > end)); do
		comm=$(ps -o comm= --ppid "$1")
	done
}

# Runs an example as it stands, but for the name of the cgroup, so that many can run at once.
run_example()
{
	local script=$1

	# shellcheck disable=SC2016
	if grep -q '$pid' "$script"; then
		cat "${script%/*}/before" "$script" "${script%/*}/after" > "$script.whole"
		mv "$script.whole" "$script"
	fi
	sed -i "s/cgns-demo/$CG_NAME/g" "${script%.sh}".*
	# A second is not enough for a program to start where others are busy, or all is emulated.
	declare -f settle > "$script.patient"
	sed 's/^sleep 1$/settle $!; sleep 1/' "$script" >> "$script.patient"
	mv "$script.patient" "$script"
	run --separate-stderr timeout 120 bash "$script" 3>&-
	# Where not all processes may be examined, as in some virtual machines, this is said.
	stderr=$(grep -v '[0-9] process\(es\)\? \(could not be\|were not\) examined: ' <<< "$stderr" || true)
}

check_example()
{
	local script=$1 expected name=${1##*/}

	run_example "$script"
	expected=${script%.sh}.prints
	if [[ ! -e $expected && -e ${script%.sh}.v2 ]]; then
		expected=/dev/null
		[[ $(cg_hierarchies | cut -d' ' -f1) != unified ]] || expected=${script%.sh}.v2
	fi
	if [[ -s $expected && $output != "$(< "$expected")" ]]; then
		fail "example ${name%.sh} printed
$output
$stderr
and not
$(< "$expected")"
	fi
	[[ $status == 0 ]] || fail "example ${name%.sh} ended with $status: $output $stderr"
	[[ -z $stderr ]] || fail "example ${name%.sh} complained: $stderr"
	left=$(find /sys/fs/cgroup -xdev -name "$CG_NAME" 2> /dev/null
		find /run -maxdepth 1 -name "$CG_NAME*")
	[[ -z $left ]] || fail "example ${name%.sh} left $left"
}

check_page()
{
	cg_needs_private_mounts
	local script count=0

	extract "$CGNS_SOURCE/man/cgns.7.scd"
	[[ $1 == cgns.7 ]] || rm "$BATS_TEST_TMPDIR"/*.{sh,prints}
	extract "$CGNS_SOURCE/man/$1.scd"
	for script in "$BATS_TEST_TMPDIR"/*.sh; do
		[[ ${script##*/} != agent.sh ]] || continue # has a test of its own
		check_example "$script"
		count=$((count + 1))
	done
	((count >= $2)) || fail "$1 has $count examples"
	echo "# $count examples of $1" >&3
}

@test "the examples of cgns-path(1) print what the page says, and leave nothing" {
	check_page cgns-path.1 5
}

@test "the examples of cgns-unshare(1) print what the page says, and leave nothing" {
	check_page cgns-unshare.1 5
}

@test "the examples of cgns-enter(1) print what the page says, and leave nothing" {
	check_page cgns-enter.1 5
}

@test "the examples of cgns-ls(8) print what the page says, and leave nothing" {
	command -v jq > /dev/null || skip "jq, which an example uses, is not installed"
	check_page cgns-ls.8 3
}

@test "the examples of cgns-limits(1) print what the page says, and leave nothing" {
	check_page cgns-limits.1 3
}

@test "the pages show the examples as they are typed" {
	command -v scdoc > /dev/null || skip "scdoc is not installed"
	command -v groff > /dev/null || skip "groff is not installed"
	local page line shown count=0

	for page in "$CGNS_SOURCE"/man/*.scd; do
		rm -f "$BATS_TEST_TMPDIR"/*.sh
		extract "$page"
		# a tab is as wide as it happens to be
		shown=$(scdoc < "$page" | groff -t -man -Tutf8 -rLL=200n -P-cbou | tr -s ' ')
		while IFS= read -r line; do
			line=${line#"${line%%[![:space:]]*}"}
			[[ $shown == *"${line//$'\t'/ }"* ]] || fail "not in ${page##*/} as it is read: $line"
			count=$((count + 1))
		done < <(cat "$BATS_TEST_TMPDIR"/*.sh | tr -s ' ')
	done
	((count > 50))
}

@test "the session of cgns(7) prints what the page says, and leaves nothing" {
	check_page cgns.7 2
}

@test "in an agent's container: the commands of cgns(7) about a process of the host" {
	cg_needs_private_mounts
	local host=$BATS_TEST_TMPDIR/host hierarchy path inside dir

	hierarchy=$(cg_default_hierarchy)
	dir=$(cg_dir "$hierarchy")
	cg_sleeper
	outside=$CG_PID
	path=/$CG_NAME/system.slice/nginx.service
	cg_ns_sleeper "$path" "$hierarchy"
	cg_make "$hierarchy" "/$CG_NAME/agent" > /dev/null
	extract "$CGNS_SOURCE/man/cgns.7.scd"
	sed -i "s#/host/proc/1234#$host/proc/$CG_PID#; s#/host/proc/1\>#$host/proc/$outside#" \
		"$BATS_TEST_TMPDIR/agent.sh"
	sed -i '1s/$/ -n -r -q -o NS,STATE,ROOT/; $s/$/ > "$0.limits"/' "$BATS_TEST_TMPDIR/agent.sh"
	mkdir -p "$host/proc" "$host/sys/fs/cgroup"
	# the host's trees, then a cgroup namespace, a PID namespace and a /proc of the agent's own
	# shellcheck disable=SC2016
	run --separate-stderr unshare --mount --propagation private sh -c '
		mount --rbind /proc "$1/proc" && mount --rbind /sys/fs/cgroup "$1/sys/fs/cgroup" &&
		exec cgns-unshare -g "$2" sh -c "
			mount -t tmpfs none /sys/fs/cgroup &&
			exec unshare --pid --fork --mount-proc sh -e \"\$1\"" sh "$3"' \
		sh "$host" "$hierarchy:/$CG_NAME/agent" "$BATS_TEST_TMPDIR/agent.sh"
	assert_equal "$status $stderr" "0 "
	inside=/..${path#/"$CG_NAME"}
	assert_output "$(stat -Lc %i "/proc/$CG_PID/ns/cgroup") ok $inside
$inside
$path
$host/sys/fs/cgroup${dir#/sys/fs/cgroup}$path"
	[[ -s $BATS_TEST_TMPDIR/agent.sh.limits ]]
}

# The recipe NAME of docs/scripting.md.
recipe()
{
	awk -v mark="<!-- recipe: $1 -->" '
		$0 == mark { found = 1; next }
		found && /^```sh/ { inside = 1; next }
		inside && /^```/ { exit }
		inside' "$CGNS_SOURCE/docs/scripting.md"
}

@test "recipe: the memory limit that holds for a process in a container" {
	local dir limit

	cg_of memory > /dev/null || cg_has_v2 || skip "there is no memory controller"
	if cg_of memory > /dev/null; then
		cg_ns_sleeper "/$CG_NAME/c" memory
		dir=$(cg_dir memory)/$CG_NAME
		limit=memory.limit_in_bytes
	else
		grep -qw memory "$(cg_dir unified)/cgroup.subtree_control" ||
			skip "no memory controller is handed to the children of the root"
		cg_ns_sleeper "/$CG_NAME/c" unified
		dir=$(cg_dir unified)/$CG_NAME
		limit=memory.max
	fi
	echo 67108864 > "$dir/$limit"
	pid=$CG_PID run --separate-stderr bash -c "$(recipe memory-limit)"
	assert_success
	assert_line "/$CG_NAME 67108864"
}

@test "recipe: which container a process belongs to, and who else is in it" {
	local hierarchy first

	hierarchy=$(cg_default_hierarchy)
	cg_ns_sleeper "/$CG_NAME/box" "$hierarchy"
	first=$CG_PID
	pid=$first hierarchy=$hierarchy run bash -c "$(recipe which-container)"
	assert_success
	assert_output "$(stat -Lc %i "/proc/$first/ns/cgroup") /$CG_NAME/box /"
	command -v jq > /dev/null || skip "jq is not installed"
	pid=$first run --separate-stderr bash -c "$(recipe members)"
	assert_success
	assert_output "$first"
}

@test "recipe: processes that left the root of their namespace" {
	local hierarchy

	command -v jq > /dev/null || skip "jq is not installed"
	hierarchy=$(cg_default_hierarchy)
	cg_ns_sleeper "/$CG_NAME/box" "$hierarchy"
	cg_make "$hierarchy" "/$CG_NAME/other" > /dev/null
	run --separate-stderr bash -c "$(recipe left-root)"
	refute_output --partial "$CG_NAME"
	cg_move "$hierarchy" "/$CG_NAME/other" "$CG_PID"
	run --separate-stderr bash -c "$(recipe left-root)"
	assert_line "$CG_PID	/$CG_NAME/box	/../other	/$CG_NAME/other"
}

@test "recipe: a path from a log as a directory here" {
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_ns_sleeper "/$CG_NAME/box" "$hierarchy"
	cg_make "$hierarchy" "/$CG_NAME/box/app" > /dev/null
	pid=$CG_PID logged=/app run bash -c "$(recipe log-path)"
	assert_success
	assert_line cgroup.procs
	pid=$CG_PID logged=/none run bash -c "$(recipe log-path)"
	assert_failure
}

@test "recipe: outputs of many hosts are joined" {
	command -v jq > /dev/null || skip "jq is not installed"
	cd "$BATS_TEST_TMPDIR"
	mkdir hosts.d
	echo '{"namespaces": [{"ns": 1, "state": "ok", "root": "/"},
		{"ns": 2, "state": "outside", "root": "/a"}]}' > hosts.d/one
	echo '{"namespaces": [{"ns": 3, "state": "hidden", "root": null}]}' > hosts.d/two
	run bash -c "$(recipe join)"
	assert_success
	assert_output "one	2	outside	/a
two	3	hidden	?"
}

@test "recipe: a program in a cgroup that is gone afterwards, and its three ends" {
	cg_needs_private_mounts
	local script

	script=$(recipe sandbox)
	script=${script//job-/$CG_NAME-job-}
	run --separate-stderr bash -c "$script" sandbox true
	assert_output passed
	run --separate-stderr bash -c "$script" sandbox false
	assert_output failed
	run --separate-stderr bash -c "${script/--create/--create --cgroup nonesuch:/x}" sandbox true
	assert_output "could not be started"
}
