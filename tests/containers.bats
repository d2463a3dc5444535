#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: seconds=1200
# Containers of real runtimes: cgns-ls lists them with the right root and
# state, cgns-path translates both ways and finds the directory inside,
# cgns-enter lands in their cgroup, and the runtime's own word agrees.
#
# One root filesystem for all: busybox. Nothing is fetched.
bats_require_minimum_version 1.5.0
load common
load containers

setup_file() { make_rootfs; }
setup() { containers_setup; }
teardown() { stop_containers; cg_teardown; }

## OCI runtimes ------------------------------------------------------------------------------------

# bundle JQ: a bundle whose process sleeps in the cgroup $CG_NAME/c, changed by a filter
bundle()
{
	mkdir "$BATS_TEST_TMPDIR/bundle"
	(cd "$BATS_TEST_TMPDIR/bundle" && "$runtime" spec ${2:+"$2"} &&
		jq --arg root "$rootfs" --arg cgroup "/$CG_NAME/c" '.root = {path: $root, readonly: true} |
			.process.terminal = false | .process.args = ["sleep", "1000"] |
			.linux.cgroupsPath = $cgroup | '"$1" config.json > new && mv new config.json)
}

private='.linux.namespaces |= (map(select(.type != "cgroup")) + [{type: "cgroup"}])'
# Some runtimes mount v2 afresh even without a namespace of its own, and thereby take nsdelegate off
# the host's mount: so bind what the host has.
shared='.linux.namespaces |= map(select(.type != "cgroup")) |
	.mounts |= map(select(.type != "cgroup")) + [{destination: "/sys/fs/cgroup", type: "bind",
		source: "/sys/fs/cgroup", options: ["rbind", "ro"]}]'

# oci COMMAND...: with its state in the test's own folder
oci()
{
	"${as[@]}" "$runtime" --root "$BATS_TEST_TMPDIR/state" "$@"
}

# Sets pid.
oci_start()
{
	stop=(oci delete --force "$CG_NAME")
	if ! oci run --detach --bundle "$BATS_TEST_TMPDIR/bundle" "$CG_NAME" \
		< /dev/null > "$BATS_TEST_TMPDIR/out" 2>&1 3>&-; then
		not_here "$(< "$BATS_TEST_TMPDIR/out")"
		cat "$BATS_TEST_TMPDIR/out"
		return 1
	fi
	pid=$(oci state "$CG_NAME" | jq .pid)
	cg_until is_sleep
}

is_sleep()
{
	[[ $(tr '\0' ' ' < "/proc/$pid/cmdline") == "sleep "* ]]
}

# What the runtime keeps of its container's cgroup.
oci_says()
{
	case $runtime in
	crun) jq -r '."cgroup-path"' "$BATS_TEST_TMPDIR/state/$CG_NAME/status" ;;
	runc) jq -r '.cgroup_paths | .memory // .pids // .[""]' \
		"$BATS_TEST_TMPDIR/state/$CG_NAME/state.json" ;;
	esac
}

oci_private()
{
	runtime=$1
	needs "$runtime"
	bundle "$private"
	oci_start
	agrees "$pid" ok "/$CG_NAME/c"
	((found)) || fail "no hierarchy is mounted in the container"
	[[ $(oci_says) == *"/$CG_NAME/c" ]] || fail "$(oci_says)"
	run -0 cgns-ls --check "$pid"
}

oci_shared()
{
	local hierarchy

	runtime=$1
	needs "$runtime"
	bundle "$shared"
	oci_start
	cg_record "$pid"
	assert_equal "$(readlink "/proc/$pid/ns/cgroup")" "$(readlink /proc/self/ns/cgroup)"
	translates "$pid"
	finds "$pid"
	can_be_entered "$pid"
	for hierarchy in "${hierarchies[@]}"; do
		run -0 cgns-path -H "$hierarchy" "$pid"
		assert_output "/$CG_NAME/c"
		run -0 cgns-path -H "$hierarchy" --to "$pid" "$pid"
		assert_output "/$CG_NAME/c"
	done
	[[ $(oci_says) == *"/$CG_NAME/c" ]] || fail "$(oci_says)"
}

@test "crun: a container with a cgroup namespace of its own" { oci_private crun; }
@test "crun: a container in the host's cgroup namespace" { oci_shared crun; }
@test "runc: a container with a cgroup namespace of its own" { oci_private runc; }
@test "runc: a container in the host's cgroup namespace" { oci_shared runc; }

## Others ------------------------------------------------------------------------------------------

@test "bubblewrap: a sandbox without cgroup filesystems" {
	needs bwrap
	cg_needs_private_mounts
	in_cgroup "$CG_NAME/b" bwrap --unshare-cgroup --unshare-pid --ro-bind "$rootfs" / \
		--proc /proc --dev /dev sleep 1000
	agrees "$pid" ok "/$CG_NAME/b"
	assert_equal "$found" 0
}

@test "bubblewrap: a sandbox with the host's cgroup filesystems is said to have the wrong ones" {
	needs bwrap
	cg_needs_private_mounts
	in_cgroup "$CG_NAME/b" bwrap --unshare-cgroup --unshare-pid --ro-bind / / \
		--proc /proc --dev /dev sleep 1000
	cg_record "$pid"
	is_listed "$pid" mount "/$CG_NAME/b"
	translates "$pid"
	finds "$pid"
	assert_equal "$found" "${#hierarchies[@]}"
	can_be_entered "$pid"
	run -3 cgns-ls --check=mount "$pid"
	assert_line --partial "$(stat -L -c %i "/proc/$pid/ns/cgroup")  mount  PID "
}

@test "bubblewrap: a sandbox in a sandbox, and paths from one to the other" {
	local outer inner hierarchy dirs=()

	needs bwrap
	cg_needs_private_mounts
	for hierarchy in "${everywhere[@]}"; do
		dirs+=("$(cg_make "$hierarchy" "$CG_NAME/o/i")")
	done
	# The outer one moves its child down before that makes the inner one.
	# shellcheck disable=SC2016 # for the shell inside
	in_cgroup "$CG_NAME/o" bwrap --unshare-cgroup --unshare-pid --bind / / --proc /proc \
		--dev-bind /dev /dev --cap-add ALL bash -c '
			for dir in "$@"; do echo $$ > "$dir/cgroup.procs"; done
			bwrap --unshare-cgroup --unshare-pid --bind / / --proc /proc --dev /dev sleep 1000
			:' bash "${dirs[@]}"
	inner=$pid
	is_listed "$inner" mount "/$CG_NAME/o/i"
	translates "$inner"
	can_be_entered "$inner"
	outer=$inner
	while [[ $(< "/proc/$outer/comm") != bash ]]; do
		outer=$(ps -o ppid= -p "$outer")
		outer=${outer// /}
	done
	is_listed "$outer" mount "/$CG_NAME/o"
	translates "$outer"
	can_be_entered "$outer"
	for hierarchy in "${hierarchies[@]}"; do
		run -0 cgns-path -H "$hierarchy" --from "$outer" --to "$inner" /i /i/x / /y
		assert_output $'/\n/x\n/..\n/../y'
		run -0 cgns-path -H "$hierarchy" --from "$inner" --to "$outer" / /x /..
		assert_output $'/i\n/i/x\n/'
	done
}

@test "lxc: a container with what lxc-info says" {
	local dir=$BATS_TEST_TMPDIR/lxc

	needs lxc-start
	mkdir -p "$dir/c"
	cat > "$dir/c/config" <<- END
		lxc.uts.name = c
		lxc.rootfs.path = dir:$rootfs
		lxc.rootfs.options = ro
		lxc.net.0.type = empty
		lxc.apparmor.profile = unconfined
		lxc.cgroup.dir.container = $CG_NAME/c
		lxc.cgroup.dir.monitor = $CG_NAME/m
		lxc.cgroup.dir.monitor.pivot = $CG_NAME/p
		lxc.mount.auto = proc:mixed sys:mixed cgroup:mixed:force
		lxc.init.cmd = /bin/sleep 1000
	END
	stop=(lxc-stop --lxcpath "$dir" --name c --kill)
	run lxc-start --lxcpath "$dir" --name c --logfile "$dir/log" 3>&-
	((status == 0)) || fail "$(tail -n 20 "$dir/log")"
	pid=$(lxc-info --lxcpath "$dir" --name c --pid --no-humanize)
	agrees "$pid" ok "/$CG_NAME/c"
	((found)) || fail "no hierarchy is mounted in the container"
}

@test "podman: a container with what podman inspect says" {
	needs podman
	needs runc
	in_podman()
	{
		podman --root "$BATS_TEST_TMPDIR/storage" --runroot "$BATS_TEST_TMPDIR/run" \
			--tmpdir "$BATS_TEST_TMPDIR/tmp" --storage-driver vfs \
			--cgroup-manager cgroupfs --events-backend none --runtime runc "$@" 3>&-
	}
	stop=(in_podman rm --force --all --time 0)
	run in_podman run --detach --name c --network none --cgroupns private \
		--cgroup-parent "/$CG_NAME" --ulimit host --read-only --rootfs "$rootfs" sleep 1000
	[[ $output != *rlimit*"not permitted"* ]] ||
		skip "podman sets limits that need CAP_SYS_RESOURCE, which this machine withholds"
	assert_success
	pid=$(in_podman inspect --format '{{.State.Pid}}' c)
	cgroup=$(in_podman inspect --format '{{.State.CgroupPath}}' c)
	agrees "$pid" ok "$cgroup"
	((found)) || fail "no hierarchy is mounted in the container"
}

## Without privileges ------------------------------------------------------------------------------

# as_user: the test's containers are run by nobody, who owns a folder for their state
as_user()
{
	who=(--setuid follow --setgid follow)
	as=(setpriv --reuid 65534 --regid 65534 --clear-groups env "HOME=$BATS_TEST_TMPDIR"
		"XDG_RUNTIME_DIR=$BATS_TEST_TMPDIR/state")
	chmod 755 "$BATS_TEST_TMPDIR" "${BATS_TEST_TMPDIR%/*}"
	mkdir "$BATS_TEST_TMPDIR/state"
	chown 65534:65534 "$BATS_TEST_TMPDIR/state"
	"${as[@]}" unshare --user true 2> /dev/null ||
		skip "unprivileged users may not make user namespaces here"
}

@test "bubblewrap, rootless: root sees it as any other, and its user may look, too" {
	local hierarchy

	needs bwrap
	cg_needs_private_mounts
	as_user
	in_cgroup "$CG_NAME/b" "${as[@]}" bwrap --unshare-user --unshare-cgroup --unshare-pid \
		--ro-bind "$rootfs" / --proc /proc --dev /dev sleep 1000
	agrees "$pid" ok "/$CG_NAME/b"
	assert_not_equal "$(readlink "/proc/$pid/ns/user")" "$(readlink /proc/self/ns/user)"
}

oci_rootless()
{
	local options=()

	runtime=$1
	needs "$runtime"
	as_user
	# It may mount no cgroup filesystems, and the host's would be wrong ones.
	bundle 'del(.linux.resources, .linux.cgroupsPath) |
		.linux.uidMappings = [{containerID: 0, hostID: 65534, size: 1}] |
		.linux.gidMappings = .linux.uidMappings |
		.mounts |= map(select(.destination | startswith("/sys") | not)) | '"$private" --rootless
	stop=(oci delete --force "$CG_NAME")
	[[ $runtime != crun ]] || options=(--cgroup-manager disabled)
	in_cgroup "$CG_NAME/r" "${as[@]}" "$runtime" --root "$BATS_TEST_TMPDIR/state" "${options[@]}" \
		run --bundle "$BATS_TEST_TMPDIR/bundle" "$CG_NAME"
	assert_equal "$(oci state "$CG_NAME" | jq .pid)" "$pid"
	agrees "$pid" ok "/$CG_NAME/r"
	assert_not_equal "$(readlink "/proc/$pid/ns/user")" "$(readlink /proc/self/ns/user)"
}

@test "crun, rootless: a container in the cgroup of its user" { oci_rootless crun; }
@test "runc, rootless: a container in the cgroup of its user" { oci_rootless runc; }
