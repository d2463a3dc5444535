#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Containers of real runtimes on a booted host, in every way that they are commonly run: what the
# programs say of a healthy one and of a broken one, from the host, from inside, from an agent's container
# and by the user that it belongs to. For make check-hosts; the kernel and the runtime are the judges.
bats_require_minimum_version 1.5.0
load ../common
load ../containers

# Two processes: one can be moved away while the container lives on.
# shellcheck disable=SC2034 # for the functions of runtimes
two_sleepers='sleep 1001 & exec sleep 1000'
mib=$((1024 * 1024))

setup_file()
{
	local rootfs=$BATS_FILE_TMPDIR/rootfs program

	[[ $(< /proc/1/comm) == systemd ]] || skip "PID 1 is not systemd"
	make_rootfs
	mkdir -p "$rootfs"/{etc,root,run,usr,var}
	for program in cgns-path cgns-ls cgns-limits; do
		cp "$(type -P "$program")" "$rootfs/bin/"
		ldd "$(type -P "$program")" | grep -o '/[^ ]*' | xargs cp --parents -L -u -t "$rootfs"
	done
	# lxc takes no quotes before version 6.
	echo "$two_sleepers" > "$rootfs/bin/two_sleepers"
	tar -C "$rootfs" -cf "$BATS_FILE_TMPDIR/image.tar" .
}

setup()
{
	containers_setup
	# All that differ: v2, one of v1 with limits, and systemd's own.
	mapfile -t hierarchies < <(printf '%s\n' "${everywhere[@]}" | grep -x 'unified\|memory\|name=systemd')
	limits_in=unified
	! cg_dir memory > /dev/null 2>&1 || limits_in=memory
	slice=cgns$$x$RANDOM.slice
	v2_options='' dash=-
	id='' around='' inside=() restart=() as_them=() remade=()
}

teardown()
{
	stop_containers
	((!${#remade[@]})) || rmdir -- "${remade[@]}" 2> /dev/null || :
	[[ -z ${slice:-} ]] || systemctl stop "$slice" 2> /dev/null || :
	[[ -z ${v2_options:-} ]] || mount -o "remount,$v2_options" "$(cg_dir unified)"
	cg_teardown
}

# comes_up COMMAND...: what it prints is in output; a runtime that cannot do it here is no fault of ours. What
# it starts may keep its standard output.
comes_up()
{
	local out=$BATS_TEST_TMPDIR/out err=$BATS_TEST_TMPDIR/err

	"$@" < /dev/null > "$out" 2> "$err" 3>&- ||
		skip "$1 does not come up: $(tail -q -n 3 "$err" "$out" | tr '\n' ' ')"
	output=$(< "$out")
}

# yields COMMAND...: it succeeds, or the test fails with what it says
yields()
{
	run --separate-stderr "$@"
	((status == 0)) || fail "$*: status $status: $stderr $output"
}

## What has to hold for every container ------------------------------------------------------------

# The container is given by: pid, its first process; id, its full id or its name, if paths tell it; inside,
# the command that runs another in it; restart, the one that starts it again; around, the id of the container
# that it is in.

# root_in HIERARCHY: the root of pid's namespace, by what the kernel says of pid out here and in there
root_in()
{
	local ours theirs

	ours=$(cg_of "$1" "$pid")
	theirs=$(inside "$pid" "$1")
	[[ $theirs == /.. || $theirs == /../* ]] && fail "$pid is outside in $1: $theirs"
	[[ $theirs == / ]] || ours=${ours%"$theirs"}
	echo "${ours:-/}"
}

# row HIERARCHY: the state, root and container of pid's namespace
row()
{
	local ns

	ns=$(stat -L -c %i "/proc/$pid/ns/cgroup")
	cgns-ls -H "$1" -J -o NS,PID,STATE,ROOT,CONTAINER |
		jq -r --argjson ns "$ns" '.namespaces[] | select(.ns == $ns) |
			"\(.pid) \(.state) \(.root) \(.container)"'
}

# in_path: how its id stands in a path
in_path()
{
	echo "${id//-/"$dash"}"
}

# called ROOT: what CONTAINER says of it. A runtime in a container may make no cgroup in some hierarchies.
called()
{
	if [[ -n $id && $1 == *"$(in_path)"* ]]; then
		echo "$id"
	elif [[ -n $around && $1 == *"$around"* ]]; then
		echo "$around"
	else
		echo null
	fi
}

is_well()
{
	local hierarchy root

	cg_until cg_runs "$pid" sleep
	cg_record "$pid"
	for hierarchy in "${hierarchies[@]}"; do
		root=$(root_in "$hierarchy")
		assert_equal "$hierarchy: $(row "$hierarchy")" "$hierarchy: $pid ok $root $(called "$root")"
	done
	raises_no_alarm
	translates "$pid"
	finds "$pid"
	can_be_entered "$pid"
	run_in_its_cgroup
}

# taken_out: the hierarchies in which the kernel says that pid is outside: systemd takes processes out of the
# cgroups of a v1 controller that it thinks a unit has no use for.
taken_out()
{
	nsenter --target "$pid" --cgroup cat "/proc/$pid/cgroup" | sed -n 's#^[0-9]*:\(.*\):/\.\..*#\1#p'
}

# raises_no_alarm: but for that
raises_no_alarm()
{
	local hierarchy taken

	taken=$(taken_out)
	if [[ -z $taken ]]; then
		yields cgns-ls --check "$pid"
		assert_output ''
		return
	fi
	run -3 cgns-ls --check "$pid"
	while read -r hierarchy; do
		assert_output --regexp "  outside  .*$hierarchy"
	done <<< "$taken"
}

# cgns-enter --all --join-cgroup: in all cgroups of pid, and the program's own exit status
run_in_its_cgroup()
{
	# shellcheck disable=SC2154 # containers_setup sets it
	run -7 --separate-stderr cgns-enter --target "$pid" --all --join-cgroup "${who[@]}" \
		sh -c 'cat /proc/self/cgroup; exit 7'
	assert_output "$(nsenter --target "$pid" --cgroup cat "/proc/$pid/cgroup")"
}

# its_id_names_it: as a TARGET and as a WHAT, also by its first digits
its_id_names_it()
{
	local root

	root=$(root_in "$limits_in")
	[[ $(called "$root") != null ]] || fail "$id is not in $root"
	run -0 cgns-path -H "$limits_in" "container:$id"
	assert_output "$(container_cgroup "$root")"
	run -0 cgns-path -H "$limits_in" --from "container:${id:0:12}" /
	assert_output "$root"
	run -5 cgns-enter --target "container:$id" --all "${who[@]}" sh -c 'exit 5'
}

# limits_hold: one of 64 MiB is on the container; one of 48 MiB comes on the slice above it
limits_hold()
{
	local root above limited

	root=$(root_in "$limits_in")
	# Some runtimes put it below the cgroup that has their name, too, or there alone.
	limited=$(container_cgroup "$root")
	[[ $(limit_of "$limited") == $((64 * mib)) ]] || limited=$root
	above=$(dirname "$(container_cgroup "$root")")
	yields cgns-limits -J -l memory.max "$pid"
	assert_equal "$(limit_said)" "$((64 * mib)) $limited false"
	echo $((48 * mib)) > "$(limit_file "$above")"
	yields cgns-limits -J -l memory.max "$pid"
	assert_equal "$(limit_said)" "$((48 * mib)) $above false"
	# In there nothing is seen of it.
	assert_equal "$(jq '.limits[0].seen' <<< "$output")" "$(limit_of "$root")"
	if ((${#inside[@]})); then
		yields "${inside[@]}" cgns-limits -J -l memory.max 1
		assert_equal "$(limit_said | cut -d' ' -f3)" true
	fi
}

limit_said()
{
	jq -r '.limits[0] | "\(.value) \(.cgroup) \(.at_most)"' <<< "$output"
}

# container_cgroup ROOT: the cgroup that has the container's id or name, the root or above it
container_cgroup()
{
	local below=${1#*"$(in_path)"}

	if [[ $(called "$1") == null || $below != */* ]]; then
		echo "$1"
	else
		echo "${1%"/${below#*/}"}"
	fi
}

# limit_file CGROUP
limit_file()
{
	if [[ $limits_in == unified ]]; then
		echo "$(cg_dir unified)$1/memory.max"
	else
		echo "$(cg_dir "$limits_in")$1/memory.limit_in_bytes"
	fi
}

# limit_of CGROUP: what its file says, null for no limit
limit_of()
{
	local value

	value=$(< "$(limit_file "$1")")
	case $value in
	max | 9223372036854771712) echo null ;;
	*) echo "$value" ;;
	esac
}

# is_known_inside: a program in there sees itself and the first process as the kernel says, in one go: some
# runtimes put what they run in there beside the container's own cgroup in some hierarchies of v1, somewhere
# else each time.
is_known_inside()
{
	local hierarchy told rest said state=ok

	# shellcheck disable=SC2016 # for the shell inside
	yields "${inside[@]}" sh -c '
		cat /proc/self/cgroup && echo
		for hierarchy; do cgns-path -H "$hierarchy" self 1 || exit; done
		echo && exec cgns-ls -J -o STATE,ROOT self' sh "${hierarchies[@]}"
	told=${output%%$'\n\n'*} rest=${output#*$'\n\n'}
	assert_equal "${rest%%$'\n\n'*}" "$(for hierarchy in "${hierarchies[@]}"; do
		awk -F: -v name="${hierarchy#unified}" '$2 == name { print $3 }' <<< "$told"
		inside "$pid" "$hierarchy"
	done)"
	[[ $told != *:/..* && -z $(taken_out) ]] || state=outside
	said=$(jq -r '.namespaces[] | "\(.state) \(.root)"' <<< "${rest#*$'\n\n'}")
	[[ $said == "$state /" ]] ||
		fail "$said, not $state /: $told $stderr $("${inside[@]}" cgns-ls --check self 2>&1)"
}

# is_entered: for runtimes that have no command of their own to run another in it
is_entered()
{
	inside=(nsenter --target "$pid" --all --)
}

# moves PID PATH: in every hierarchy; with that of another process where PATH is its PID
moves() { _cg_untraced _moves "$@"; }

_moves()
{
	local hierarchy

	for hierarchy in "${everywhere[@]}"; do
		# systemd removes empty cgroups of v1 controllers that no unit uses, whosever they are
		cg_until _moves_in "$hierarchy" "$@"
	done
}

_moves_in()
{
	local path=$3 REPLY

	if [[ $path == /* ]]; then
		_cg_make_in "$1" "$path" || return
	else
		_cg_find_of "$1" "$path"
		path=$REPLY
	fi
	_cg_move "$1" "$path" "$2"
}

# is_missed_when_moved_out: the second process of it, there and back
is_missed_when_moved_out()
{
	local other

	cg_until second_process
	moves "$other" "/$CG_NAME/away"
	run -3 cgns-ls --check "$pid"
	assert_output --partial "  outside"
	assert_output --partial "$other"
	moves "$other" "$pid"
	raises_no_alarm
}

# members: the processes in pid's namespace
members()
{
	find /proc/[0-9]*/ns/cgroup -maxdepth 0 \
		-lname "cgroup:\\[$(stat -L -c %i "/proc/$pid/ns/cgroup")\\]" 2> /dev/null | cut -d/ -f3
}

second_process()
{
	other=$(members | xargs ps -o pid=,args= -p | awk '$3 == 1001 { print $1 }')
	[[ -n $other ]]
}

# is_missed_when_remade: its root is removed, and another is made in its place
is_missed_when_remade()
{
	local hierarchy root process dir dirs=()

	for hierarchy in "${everywhere[@]}"; do
		root=$(root_in "$hierarchy")
		[[ $root == / ]] || dirs+=("$(cg_dir "$hierarchy")$root")
	done
	# Monitors, too, which are in it without its namespace.
	for process in $({ members; cat "${dirs[@]/%//cgroup.procs}"; } | sort -u); do
		[[ -e /proc/$process ]] || continue
		moves "$process" "/$CG_NAME/away"
	done
	for dir in "${dirs[@]}"; do
		# A manager may have been quicker.
		find "$dir" -depth -type d -exec rmdir {} + 2> /dev/null || :
		[[ ! -e $dir ]] || fail "$dir is not removed"
		mkdir -p "$dir"
		remade+=("$dir")
	done
	run -3 cgns-ls --check "$pid"
	assert_output --partial removed
}

# is_told_from_visited: it is started again while somebody is in its namespace
is_told_from_visited()
{
	local visitor old

	nsenter --target "$pid" --cgroup sleep 1002 < /dev/null > /dev/null 3>&- &
	visitor=$!
	cg_record "$visitor"
	cg_until cg_runs "$visitor" sleep
	old=$(readlink "/proc/$pid/ns/cgroup")
	"${restart[@]}" > /dev/null 2>&1 3>&-
	new_pid
	cg_until cg_runs "$pid" sleep
	[[ $(readlink "/proc/$pid/ns/cgroup") != "$old" ]] || fail "the namespace is the old one"
	run -3 cgns-ls --check "$visitor"
	assert_output --partial removed
	is_well
	its_id_names_it
}

# holds_all: the whole of it, for a runtime that can start one again and run another program in it
holds_all()
{
	is_well
	its_id_names_it
	limits_hold
	is_known_inside
	is_missed_when_moved_out
	is_told_from_visited
	is_missed_when_remade
}

# shares_namespace: to be said before a runtime makes a container in the host's: it mounts v2 without the
# host's options, and thereby takes these off the host's mount. They are given back in the end.
shares_namespace()
{
	! cg_has_v2 || v2_options=$(findmnt --noheadings --output OPTIONS "$(cg_dir unified)")
}

# holds_without_namespace: where the container shares the host's
holds_without_namespace()
{
	local hierarchy

	cg_until cg_runs "$pid" sleep
	cg_record "$pid"
	assert_equal "$(readlink "/proc/$pid/ns/cgroup")" "$(readlink /proc/self/ns/cgroup)"
	translates "$pid"
	finds "$pid"
	can_be_entered "$pid"
	run_in_its_cgroup
	run -0 cgns-path -H "$limits_in" "container:$id"
	assert_output "$(container_cgroup "$(cg_of "$limits_in" "$pid")")"
	run -0 cgns-path -H "$limits_in" --to "container:$id" "$pid"
	assert_output "$(cg_of "$limits_in" "$pid")"
}

# is_known_to_agent COMMAND...: what runs in an agent's container, with the host's processes, a cgroup
# namespace of its own, and the host's cgroups on /host/cgroup
is_known_to_agent()
{
	local hierarchy told theirs cgroups

	yields "$@" cat "/proc/$pid/cgroup"
	cgroups=$output
	for hierarchy in "${hierarchies[@]}"; do
		told=$(awk -F: -v name="${hierarchy#unified}" '$2 == name { print $3 }' <<< "$cgroups")
		theirs=$(inside "$pid" "$hierarchy")
		# shellcheck disable=SC2016 # for the shell inside
		yields "$@" sh -c 'cgns-path -H "$1" "$2" && cgns-path -H "$1" --to "$2" "$3" &&
			cgns-path -H "$1" --from "$2" "$4" && cgns-ls -H "$1" -J -o PID,STATE,CONTAINER "$2"' \
			sh "$hierarchy" "$pid" "$told" "$theirs"
		assert_equal "$(head -n 3 <<< "$output")" "$told"$'\n'"$theirs"$'\n'"$told"
		assert_equal "$(tail -n +4 <<< "$output" | jq -r '.namespaces[] | "\(.pid) \(.state) \(.container)"')" \
			"$pid ok $(called "$(root_in "$hierarchy")")"
	done
	# shellcheck disable=SC2016
	yields "$@" sh -c 'cgns-path "container:$1" > /dev/null && cgns-ls --check "$2" &&
		exec cgns-limits -J -l memory.max "$2"' sh "$id" "$pid"
	assert_equal "$(jq '.limits[0].value' <<< "$output")" $((64 * mib))
}

# nested_comes_up COMMAND...: a runtime of the host's in the container, which is privileged and has the host's
# files on /host; its container has one process, a sleep of 1003 seconds.
nested_comes_up()
{
	outer=$pid around=$id id=
	# What is in the root of v2 would be in the way of its controllers; runtimes look their children up in proc.
	# shellcheck disable=SC2016 # for the shell inside
	comes_up "${inside[@]}" sh -c '
		cd /sys/fs/cgroup
		[ ! -e cgroup.procs ] || mkdir init
		[ ! -e cgroup.procs ] || for pid in $(cat cgroup.procs); do echo $pid > init/cgroup.procs; done
		for dir in dev proc sys; do busybox mount -o rbind /$dir /host/$dir || exit; done
		exec busybox chroot /host "$@"' sh "$@"
	cg_until nested_sleeps
}

nested_sleeps()
{
	pid=$(pgrep -x -f 'sleep 1003')
}

# is_within_outer: what is in its namespace, seen from that of the container around it, and back
is_within_outer()
{
	local hierarchy root below

	for hierarchy in "${hierarchies[@]}"; do
		root=$(root_in "$hierarchy")
		below=${root#"$(pid=$outer root_in "$hierarchy")"}
		[[ -n $below || $hierarchy == "$limits_in" ]] || continue
		run -0 cgns-path -H "$hierarchy" --from "$pid" --to "container:$around" / /x
		assert_output "$below"$'\n'"$below/x"
		run -0 cgns-path -H "$hierarchy" --from "container:$around" --to "$pid" "$below" /
		assert_output "/"$'\n'"$(sed 's#/[^/]*#/..#g' <<< "$below")"
	done
}

## podman ------------------------------------------------------------------------------------------

# podman_runs MANAGER RUNTIME [OPTION...]
podman_runs()
{
	local manager=$1 runtime=$2
	shift 2

	needs podman
	needs "$runtime"
	podman=("${as_them[@]}" podman --cgroup-manager "$manager" --runtime "$runtime" --events-backend none)
	"${podman[@]}" image exists localhost/cgns ||
		comes_up "${podman[@]}" import "$BATS_FILE_TMPDIR/image.tar" localhost/cgns
	stop=("${podman[@]}" rm --force --all --time 0)
	comes_up "${podman[@]}" run --detach --name c --network none --log-driver none "$@" \
		localhost/cgns sh -c "$two_sleepers"
	id=$output
	inside=("${podman[@]}" exec c)
	restart=("${podman[@]}" restart --time 0 c)
	new_pid() { pid=$("${podman[@]}" inspect --format '{{.State.Pid}}' c); }
	new_pid
}

podman_all()
{
	podman_runs "$1" "$2" --cgroupns private --cgroup-parent "$3" --memory 64m
	holds_all
}

@test "podman, systemd manager, crun" { podman_all systemd crun "$slice"; }
@test "podman, cgroupfs manager, crun" { podman_all cgroupfs crun "/$CG_NAME"; }
@test "podman, systemd manager, runc" { podman_all systemd runc "$slice"; }
@test "podman, cgroupfs manager, runc" { podman_all cgroupfs runc "/$CG_NAME"; }

@test "podman, in a pod" {
	needs podman
	podman=(podman --cgroup-manager systemd --runtime crun --events-backend none)
	stop=("${podman[@]}" pod rm --force --all --time 0)
	comes_up "${podman[@]}" pod create --name p --cgroup-parent "$slice" --network none
	podman_runs systemd crun --cgroupns private --pod p --memory 64m
	stop=("${podman[@]}" pod rm --force --all --time 0)
	holds_all
}

@test "podman, in the host's cgroup namespace" {
	shares_namespace
	podman_runs systemd crun --cgroupns host --cgroup-parent "$slice"
	holds_without_namespace
}

@test "podman, from an agent's container" {
	podman_runs systemd crun --cgroupns private --cgroup-parent "$slice" --memory 64m
	cg_until cg_runs "$pid" sleep
	comes_up "${podman[@]}" run --detach --name agent --privileged --pid host --cgroupns private \
		--network none --log-driver none --volume /sys/fs/cgroup:/host/cgroup localhost/cgns sleep 1000
	is_known_to_agent "${podman[@]}" exec agent
}

@test "podman, in podman" {
	podman_runs systemd crun --cgroupns private --cgroup-parent "$slice" --memory 64m --privileged --volume /:/host
	nested_comes_up podman --root "$BATS_TEST_TMPDIR/root" --runroot "$BATS_TEST_TMPDIR/runroot" \
		--tmpdir "$BATS_TEST_TMPDIR/tmpdir" --storage-driver vfs --cgroup-manager cgroupfs --runtime crun \
		--events-backend none run --detach --network none --log-driver none --cgroupns private \
		--rootfs "$rootfs" sh -c 'exec sleep 1003'
	id=$output
	is_well
	its_id_names_it
	is_within_outer
}

# user_comes_up: sets as_them, the command that runs another in a service of a user's own
user_comes_up()
{
	local user=cgns-user uid

	id "$user" > /dev/null 2>&1 || useradd --create-home --shell /bin/bash "$user"
	uid=$(command id -u "$user")
	comes_up systemctl start "user@$uid.service"
	as_them=(setpriv --reuid "$user" --regid "$user" --init-groups env --chdir=/ "HOME=/home/$user"
		"XDG_RUNTIME_DIR=/run/user/$uid" "DBUS_SESSION_BUS_ADDRESS=unix:path=/run/user/$uid/bus"
		systemd-run --user --quiet --pipe --wait --collect --property=KillMode=process
		--property=Delegate=yes --setenv=PATH="$PATH" --)
	who=(--setuid follow --setgid follow)
}

# is_known_to_user: their own container, to those whose it is
is_known_to_user()
{
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		yields "${as_them[@]}" cgns-path -H "$hierarchy" --to "$pid" "$pid"
		assert_output "$(inside "$pid" "$hierarchy")"
		yields "${as_them[@]}" cgns-ls -H "$hierarchy" -J -o PID,STATE,ROOT "$pid"
		assert_equal "$(jq -r '.namespaces[] | "\(.pid) \(.state) \(.root)"' <<< "$output")" \
			"$pid ok $(root_in "$hierarchy")"
	done
	yields "${as_them[@]}" cgns-ls --check "$pid"
	assert_output ''
	run -6 --separate-stderr "${as_them[@]}" cgns-enter --target "$pid" --all --join-cgroup \
		sh -c 'cat /proc/self/cgroup; exit 6'
	assert_output "$(nsenter --target "$pid" --cgroup cat "/proc/$pid/cgroup")"
}

# In v1 nothing is delegated to users: their containers have neither a cgroup of their own nor a limit.
podman_rootless()
{
	local limit=(--memory 64m)

	user_comes_up
	[[ $limits_in == unified ]] || limit=()
	podman_runs "$1" "$2" --cgroupns private "${limit[@]}"
	is_well
	is_known_inside
	is_known_to_user
	is_missed_when_moved_out
	[[ $limits_in == unified ]] || return 0
	its_id_names_it
	limits_hold
	is_told_from_visited
}

@test "podman, rootless, systemd manager" { podman_rootless systemd crun; }
@test "podman, rootless, cgroupfs manager" { podman_rootless cgroupfs crun; }

## docker ------------------------------------------------------------------------------------------

docker_comes_up()
{
	needs dockerd
	mkdir -p /etc/docker
	jq -n --arg driver "native.cgroupdriver=$1" '{bridge: "none", iptables: false, ip6tables: false,
		"log-driver": "none", "exec-opts": [$driver]}' > /etc/docker/daemon.json
	systemctl reset-failed docker 2> /dev/null || :
	comes_up systemctl restart docker
	docker image inspect cgns > /dev/null 2>&1 || comes_up docker import "$BATS_FILE_TMPDIR/image.tar" cgns
}

# docker_runs DRIVER [OPTION...]
docker_runs()
{
	docker_comes_up "$1"
	shift
	stop=(docker rm --force cgns-c cgns-agent)
	comes_up docker run --detach --name cgns-c --network none "$@" cgns sh -c "$two_sleepers"
	id=$output
	inside=(docker exec cgns-c)
	restart=(docker restart --time 0 cgns-c)
	new_pid() { pid=$(docker inspect --format '{{.State.Pid}}' cgns-c); }
	new_pid
}

docker_all()
{
	docker_runs "$1" --cgroupns private --cgroup-parent "$2" --memory 64m
	holds_all
}

@test "docker, systemd driver" { docker_all systemd "$slice"; }
@test "docker, cgroupfs driver" { docker_all cgroupfs "/$CG_NAME/docker"; }

@test "docker, privileged" {
	docker_runs systemd --cgroupns private --cgroup-parent "$slice" --memory 64m --privileged
	holds_all
}

@test "docker, in the host's cgroup namespace, systemd driver" {
	shares_namespace
	docker_runs systemd --cgroupns host
	holds_without_namespace
}

@test "docker, in the host's cgroup namespace, cgroupfs driver" {
	shares_namespace
	docker_runs cgroupfs --cgroupns host
	holds_without_namespace
}

@test "docker, paused: it is listed as before, and nobody can be sent into it" {
	local hierarchy root

	docker_runs systemd --cgroupns private
	cg_until cg_runs "$pid" sleep
	docker pause cgns-c > /dev/null
	root=$(root_in "$limits_in")
	assert_equal "$(row "$limits_in")" "$pid ok $root $id"
	run -0 cgns-ls --check "$pid"
	run --separate-stderr timeout 60 cgns-enter --target "$pid" --all --join-cgroup true
	assert_equal "$status" 125
	[[ $stderr == *frozen* ]] || fail "$stderr"
	docker unpause cgns-c > /dev/null
	is_well
}

@test "docker, from an agent's container" {
	docker_runs systemd --cgroupns private --cgroup-parent "$slice" --memory 64m
	cg_until cg_runs "$pid" sleep
	comes_up docker run --detach --name cgns-agent --privileged --pid host --cgroupns private \
		--network none --volume /sys/fs/cgroup:/host/cgroup cgns sleep 1000
	is_known_to_agent docker exec cgns-agent
}

@test "docker, privileged, with another runtime inside" {
	docker_runs systemd --cgroupns private --cgroup-parent "$slice" --memory 64m --privileged --volume /:/host
	runc_bundle /nested 'exec sleep 1003'
	nested_comes_up runc --root /run/cgns-nested run --detach --bundle "$BATS_TEST_TMPDIR/bundle" nested
	is_well
	is_within_outer
}

## containerd and runc, as kubelet has them --------------------------------------------------------

kubelet_names()
{
	uid=$(< /proc/sys/kernel/random/uuid)
	id=$(tr -d - < /proc/sys/kernel/random/uuid)
	id+=$(tr -d - < /proc/sys/kernel/random/uuid)
	# shellcheck disable=SC2034
	pod_slice=kubepods-burstable-pod${uid//-/_}.slice
}

# containerd_runs OPTION...
containerd_runs()
{
	needs ctr
	comes_up systemctl start containerd
	stop=(ctr_end)
	comes_up ctr run --detach --rootfs --env PATH=/bin --memory-limit $((64 * mib)) "$@" \
		"$BATS_FILE_TMPDIR/rootfs" c /bin/sh -c "$two_sleepers"
	pid=$(ctr task list | awk '$1 == "c" { print $2 }')
	inside=(ctr task exec --exec-id "e$RANDOM" c)
}

# ctr waits for ever for the end of a container whose cgroups are gone.
ctr_end()
{
	kill -KILL "$pid"
	timeout 60 ctr task delete --force c
	timeout 60 ctr container delete c
}

containerd_holds()
{
	if [[ $(readlink "/proc/$pid/ns/cgroup") == "$(readlink /proc/self/ns/cgroup)" ]]; then
		holds_without_namespace
		return
	fi
	is_well
	its_id_names_it
	limits_hold
	is_known_inside
	is_missed_when_moved_out
	is_missed_when_remade
}

@test "containerd, cgroupfs driver" {
	kubelet_names
	containerd_runs --cgroup "/$CG_NAME/kubepods/burstable/pod$uid/$id"
	containerd_holds
}

@test "containerd, systemd driver" {
	kubelet_names
	containerd_runs --runc-systemd-cgroup --cgroup "$pod_slice:cri-containerd:$id"
	containerd_holds
}

# runc_bundle CGROUP COMMAND
runc_bundle()
{
	needs runc
	mkdir "$BATS_TEST_TMPDIR/bundle"
	(cd "$BATS_TEST_TMPDIR/bundle" && runc spec &&
		jq --arg root "$BATS_FILE_TMPDIR/rootfs" --arg cgroup "$1" --arg command "$2" \
			'.root = {path: $root, readonly: true} | .process.terminal = false |
			.process.args = ["sh", "-c", $command] | .linux.cgroupsPath = $cgroup |
			.linux.resources.memory.limit = 67108864 |
			.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])' config.json \
			> new && mv new config.json)
}

# runc_runs CGROUP [OPTION...]
runc_runs()
{
	runc_bundle "$1" "$two_sleepers"
	shift
	runc=(runc --root "$BATS_TEST_TMPDIR/state" "$@")
	stop=("${runc[@]}" delete --force "$id")
	comes_up "${runc[@]}" run --detach --bundle "$BATS_TEST_TMPDIR/bundle" "$id"
	pid=$("${runc[@]}" state "$id" | jq .pid)
	inside=("${runc[@]}" exec "$id")
}

runc_holds()
{
	is_well
	its_id_names_it
	run -0 cgns-path -H "$limits_in" --from "pod:$uid" /
	assert_output "$(root_in "$limits_in")"
	limits_hold
	is_known_inside
	is_missed_when_moved_out
	is_missed_when_remade
}

@test "runc in kubelet's tree, cgroupfs driver" {
	kubelet_names
	runc_runs "/$CG_NAME/kubepods/burstable/pod$uid/$id"
	runc_holds
}

@test "runc in kubelet's tree, systemd driver" {
	kubelet_names
	runc_runs "$pod_slice:cri-containerd:$id" --systemd-cgroup
	runc_holds
}

## Others ------------------------------------------------------------------------------------------

# lxc_runs LINE...: more lines of its configuration
lxc_runs()
{
	local dir=$BATS_TEST_TMPDIR/lxc

	needs lxc-start
	id=cgns-lxc
	mkdir -p "$dir/$id"
	{
		cat <<- END
			lxc.uts.name = $id
			lxc.rootfs.path = dir:$BATS_FILE_TMPDIR/rootfs
			lxc.net.0.type = empty
			lxc.apparmor.profile = unconfined
			lxc.cgroup.dir.container = $CG_NAME/lxc.payload.$id
			lxc.cgroup.dir.monitor = $CG_NAME/lxc.monitor.$id
			lxc.cgroup.dir.monitor.pivot = $CG_NAME/p
			lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed:force
			lxc.init.cmd = /bin/sh /bin/two_sleepers
		END
		if [[ $limits_in == unified ]]; then
			echo "lxc.cgroup2.memory.max = 64M"
		else
			echo "lxc.cgroup.memory.limit_in_bytes = 64M"
		fi
		printf '%s\n' "$@"
	} > "$dir/$id/config"
	stop=(lxc-stop --lxcpath "$dir" --name "$id" --kill)
	run lxc-start --lxcpath "$dir" --name "$id" --logfile "$dir/log" --logpriority INFO 3>&-
	((status == 0)) || skip "lxc does not come up: $(grep -m 3 ERROR "$dir/log" | tr '\n' ' ')"
	inside=(lxc-attach --lxcpath "$dir" --name "$id" --)
	pid=$(lxc-info --lxcpath "$dir" --name "$id" --pid --no-humanize)
	[[ -n $pid ]] || fail "lxc's container has ended: $(tail -n 3 "$dir/log")"
}

lxc_holds()
{
	is_well
	its_id_names_it
	limits_hold
	is_known_inside
	is_missed_when_moved_out
}

@test "lxc, privileged" {
	lxc_runs
	lxc_holds
	is_missed_when_remade
}

@test "lxc, in a user namespace" {
	grep -q ^root: /etc/subuid || echo root:100000:65536 | tee -a /etc/subuid >> /etc/subgid
	lxc_runs "lxc.idmap = u 0 100000 65536" "lxc.idmap = g 0 100000 65536"
	# shellcheck disable=SC2034 # for run_in_its_cgroup
	who=(--setuid follow --setgid follow)
	lxc_holds
}

# unit_runs COMMAND...: in a unit with a limit, in a slice
unit_runs()
{
	unit=cgns-unit-$RANDOM.service
	stop=(systemctl stop "$unit")
	comes_up systemd-run --quiet --unit="$unit" --slice="$slice" --property=Delegate=yes \
		--property=KillMode=mixed --property=MemoryMax=64M --setenv=PATH="$PATH" "$@"
	cg_until sleeper_of "$(systemctl show --property=MainPID --value "$unit")"
}

nspawn_runs()
{
	needs systemd-nspawn
	id=cgns-machine dash='\x2d'
	cp -a "$BATS_FILE_TMPDIR/rootfs" "$BATS_TEST_TMPDIR/machine"
	stop=(machinectl terminate "$id")
	comes_up systemd-run --quiet --unit="cgns-nspawn-$RANDOM" systemd-nspawn --quiet --machine="$id" \
		--slice="$slice" --property=MemoryMax=64M --private-network "$@" \
		--directory="$BATS_TEST_TMPDIR/machine" /bin/sh -c "$two_sleepers"
	cg_until machine_is_up
	pid=$(machinectl show --property=Leader --value "$id")
}

machine_is_up()
{
	[[ -n $(machinectl show --property=Leader --value "$id" 2> /dev/null) ]]
}

nspawn_holds()
{
	is_well
	its_id_names_it
	is_entered
	limits_hold
	is_known_inside
	is_missed_when_moved_out
	is_missed_when_remade
}

@test "systemd-nspawn" {
	nspawn_runs
	nspawn_holds
}

@test "systemd-nspawn, in a user namespace" {
	nspawn_runs --private-users=pick --private-users-ownership=chown
	who=(--setuid follow --setgid follow)
	nspawn_holds
}

@test "bubblewrap, in a unit" {
	needs bwrap
	unit_runs bwrap --unshare-cgroup --unshare-pid --as-pid-1 --ro-bind "$BATS_FILE_TMPDIR/rootfs" / --proc /proc \
		--dev /dev sh -c "$two_sleepers"
	is_well
	# Nothing shows its cgroups in there.
	limits_hold
	is_entered
	is_known_inside
	is_missed_when_moved_out
	is_missed_when_remade
}

@test "a unit with a namespace of its own" {
	unit_runs cgns-unshare --mount-cgroup sh -c "$two_sleepers"
	is_well
	limits_hold
	run -0 cgns-path -H name=systemd "unit:$unit" || run -0 cgns-path "unit:$unit"
	assert_output "$(systemctl show --property=ControlGroup --value "$unit")"
	run -0 cgns-path --from "unit:$unit" /
	assert_output "$(root_in "$(cg_default_hierarchy)")"
	is_missed_when_moved_out
	is_missed_when_remade
}

@test "a user's unit with a namespace of its own" {
	user_comes_up
	stop=("${as_them[@]}" systemctl --user stop cgns-own)
	comes_up "${as_them[@]}" systemd-run --user --quiet --unit=cgns-own --property=Delegate=yes \
		--setenv=PATH="$PATH" cgns-unshare --user --map-root-user --mount-cgroup sh -c "$two_sleepers"
	cg_until sleeper_of "$("${as_them[@]}" systemctl --user show --property=MainPID --value cgns-own)"
	is_well
	is_known_to_user
	run -0 cgns-path "unit:cgns-own"
	assert_output --regexp '/cgns-own\.service$'
	is_missed_when_moved_out
}
