#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=systemd
# Beside systemd: units that delegate, containers of systemd-nspawn, sessions of users. The programs
# agree with what systemd says of its units, and give it no reason to complain.
bats_require_minimum_version 1.5.0
load common
load containers

setup_file()
{
	make_rootfs
}

setup()
{
	[[ $(< /proc/1/comm) == systemd ]] || skip "PID 1 is not systemd"
	containers_setup
	unit=$CG_NAME.service
	since=$(wc -l < <(complaints))
}

teardown()
{
	local status=0

	[[ -n ${unit:-} ]] || return 0
	systemctl stop "$unit" 2> /dev/null || :
	systemctl reset-failed "$unit" 2> /dev/null || :
	stop_containers
	cg_teardown || status=1
	# A unit that was stopped leaves no cgroup, and systemd had no trouble with any.
	if [[ $(wc -l < <(complaints)) != "$since" ]]; then
		complaints
		status=1
	fi
	return "$status"
}

# What systemd has written about trouble with cgroups.
complaints()
{
	dmesg | grep -E 'systemd\[[0-9]+\]: .*([Ff]ailed to .*cgroup|cgroup.*([Ff]ailed|not empty|busy))' || :
}

# unit_starts [OPTION...] -- COMMAND...: as unit, sets pid to its main process and group to its cgroup
unit_starts()
{
	systemd-run --quiet --unit="$unit" --setenv=PATH="$PATH" --property=Delegate=yes \
		--property=KillMode=mixed "$@"
	pid=$(systemctl show --property=MainPID --value "$unit")
	group=$(systemctl show --property=ControlGroup --value "$unit")
	[[ $pid != 0 && -n $group ]] || fail "$(systemctl status "$unit")"
}

# Whether systemd-cgls shows the process in the unit.
is_shown()
{
	run -0 systemd-cgls --no-pager --full --unit "$unit"
	assert_output --regexp "(^|[^0-9])$1 "
}

@test "a process of a unit is where systemd says" {
	unit_starts sleep 1000
	run -0 cgns-path "$pid"
	assert_output "$group"
	run -0 cgns-path -A dir "$pid"
	assert_output "$(cg_dir unified)$group"
	run -0 cgns-path --to "$pid" "$pid"
	assert_output "$group"
}

@test "cgns-unshare roots a namespace in a delegated unit, and systemd ends it with the unit" {
	unit_starts cgns-unshare --cgroup payload --create --mount-cgroup sleep 1000
	cg_until test -e "$(cg_dir unified)$group/payload"
	cg_until is_in "$group/payload"
	is_listed "$pid" ok "$group/payload"
	translates "$pid"
	can_be_entered "$pid"
	is_shown "$pid"
	systemctl stop "$unit"
	cg_gone "$pid"
	[[ ! -e $(cg_dir unified)$group ]]
}

is_in()
{
	[[ $(cg_of unified "$pid") == "$1" && $(< "/proc/$pid/comm") == sleep ]]
}

@test "cgns-unshare --rm in a delegated unit leaves the unit as it was" {
	# shellcheck disable=SC2016 # for the shell inside
	unit_starts sh -c 'cgns-unshare --cgroup made --create --rm true; echo $? > "$0"; exec sleep 1000' \
		"$BATS_TEST_TMPDIR/status"
	cg_until test -s "$BATS_TEST_TMPDIR/status"
	assert_equal "$(< "$BATS_TEST_TMPDIR/status")" 0
	[[ ! -e $(cg_dir unified)$group/made ]]
	assert_equal "$(systemctl is-active "$unit")" active
}

@test "cgns-enter --subgroup into a unit whose cgroup hands out controllers" {
	unit_starts cgns-unshare --subgroup main sleep 1000
	cg_until is_in "$group/main"
	echo +pids > "$(cg_dir unified)$group/cgroup.subtree_control"
	# It waits outside, and its child joins.
	cgns-enter --target "$pid" --join-root --subgroup guest sleep 1000 \
		< /dev/null > /dev/null 2> "$BATS_TEST_TMPDIR/enter" 3>&- &
	cg_record $!
	cg_until child_of_or_ended $!
	child_of $! || fail "$(< "$BATS_TEST_TMPDIR/enter")"
	assert_equal "$(cg_of unified "$child")" "$group/guest"
	is_shown "$child"
	kill "$child"
}

@test "DelegateSubgroup=: the unit's process is in the child that systemd made" {
	local version

	version=$(systemctl --version | sed -n 's/^systemd \([0-9]*\).*/\1/p')
	((version >= 254)) || skip "systemd $version; DelegateSubgroup= came with 254"
	unit_starts --property=DelegateSubgroup=inner sleep 1000
	run -0 cgns-path "$pid"
	assert_output "$group/inner"
}

@test "systemd-nspawn: a container with what machinectl's scope says" {
	needs systemd-nspawn
	mkdir -p "$rootfs/usr" "$rootfs/run" "$rootfs/var"
	systemd-run --quiet --unit="$unit" --property=Delegate=yes --property=KillMode=mixed \
		systemd-nspawn --quiet --register=no --keep-unit --private-network --read-only \
		--machine=c --directory="$rootfs" /bin/sleep 1000
	pid=
	cg_until nspawn_sleeps
	group=$(systemctl show --property=ControlGroup --value "$unit")
	is_shown "$pid"
	[[ $(cg_of unified "$pid") == "$group"/* ]] || fail "$(cg_of unified "$pid")"
	cg_record "$pid"
	translates "$pid"
	can_be_entered "$pid"
	is_listed "$pid" ok "$(cg_of unified "$pid")"
}

nspawn_sleeps()
{
	sleeper_of "$(systemctl show --property=MainPID --value "$unit")"
}

@test "a user's session: its user roots a namespace in what is delegated to them" {
	local user=65534 session=/run/user/65534

	as_them=(setpriv --reuid "$user" --regid "$user" --clear-groups env
		"XDG_RUNTIME_DIR=$session" "HOME=$BATS_TEST_TMPDIR" "PATH=$PATH")
	systemctl start "user@$user.service" ||
		fail "$(systemctl status --no-pager --full "user-runtime-dir@$user.service" "user@$user.service"; dmesg | tail -n 30)"
	"${as_them[@]}" systemd-run --user --quiet --unit="$unit" --setenv=PATH="$PATH" \
		--property=Delegate=yes \
		cgns-unshare --user --map-root-user --cgroup mine --create --mount-cgroup sleep 1000
	group=$("${as_them[@]}" systemctl --user show --property=ControlGroup --value "$unit")
	pid=$("${as_them[@]}" systemctl --user show --property=MainPID --value "$unit")
	[[ $group == *"/user@$user.service/"* ]] || fail "$group"
	cg_until is_in "$group/mine"
	is_listed "$pid" ok "$group/mine"
	translates "$pid"
	run -0 "${as_them[@]}" cgns-path --to "$pid" "$pid"
	assert_output /
	# From outside of what is theirs the way in is by a scope of their manager's.
	run -125 --separate-stderr "${as_them[@]}" cgns-enter -t "$pid" -a -c true 3>&-
	said "(owner root), the common ancestor of this cgroup and the caller's"
	said "put 'systemd-run --user --scope' before the command"
	run -0 --separate-stderr "${as_them[@]}" systemd-run --user --scope --quiet \
		cgns-enter -t "$pid" -a -c cat /proc/self/cgroup 3>&-
	assert_line 0::/
	"${as_them[@]}" systemctl --user stop "$unit"
	cg_gone "$pid"
	systemctl stop "user@$user.service"
	[[ ! -e $(cg_dir unified)$group ]]
}

@test "the suite's own unit is told from others by its cgroup" {
	run -0 cgns-path self
	assert_output "$(systemctl show --property=ControlGroup --value cgns-tests.service)"
}
