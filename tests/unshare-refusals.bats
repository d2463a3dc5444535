#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-unshare: each refusal of the kernel, provoked for real, is explained, is a failure of ours
# (125), and leaves nothing behind.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

NOBODY=65534

setup()
{
	cg_setup
	mapfile -t hierarchies < <(cg_hierarchies | cut -d ' ' -f 1)
	mapfile -t dirs < <(cg_hierarchies | cut -d ' ' -f 2-)
	first=${hierarchies[0]}
}

teardown()
{
	cg_teardown
}

# refused ARGUMENT...: cgns-unshare fails by itself, says why, and makes no cgroup
refused()
{
	local before

	before=$(cg_own_cgroups)
	cg_refused 125 "${as[@]}" cgns-unshare "$@"
	assert_equal "$(cg_own_cgroups)" "$before"
}

# misused ARGUMENT...: the same, as wrong usage
misused()
{
	cg_misused 125 cgns-unshare "$@"
}

as=()
as_nobody()
{
	cg_public cgns-unshare
	as=(cg_as_nobody)
}

# The leak checker of a build with sanitizers can neither be traced nor run without a thread.
no_leak_check()
{
	export ASAN_OPTIONS=${ASAN_OPTIONS:+$ASAN_OPTIONS:}detect_leaks=0
}

need_v2()
{
	cg_has_v2 || skip "no v2 hierarchy"
	v2=$(cg_dir unified)
}

@test "refusal: EBUSY: a cgroup that hands controllers to its children" {
	local controller

	need_v2
	# The rule is about controllers that cannot be threaded.
	controller=$(grep -owE 'memory|io|hugetlb|misc|rdma' "$v2/cgroup.controllers" | head -n 1)
	[[ -n $controller ]] || skip "no such controller is available in v2"
	mkdir "$v2/$CG_NAME"
	echo "+$controller" > "$v2/cgroup.subtree_control"
	echo "+$controller" > "$v2/$CG_NAME/cgroup.subtree_control"
	refused -g "unified:/$CG_NAME" true
	said "cannot join /$CG_NAME in unified: Device or resource busy: "
	said "(cgroup.subtree_control: $controller)"
	said 'choose a child of it as the root, or a cgroup in which the program enables them later, from --subgroup'
	refused -f -g "unified:/$CG_NAME" true
	said "(cgroup.subtree_control: $controller)"
	# As the explanation says, a child of it will do.
	run -0 cgns-unshare -g "unified:/$CG_NAME/kid" -N --rm true
	echo "-$controller" > "$v2/$CG_NAME/cgroup.subtree_control"
}

@test "refusal: EOPNOTSUPP: a domain-invalid cgroup beside a threaded one" {
	need_v2
	mkdir -p "$v2/$CG_NAME/t" "$v2/$CG_NAME/i"
	echo threaded > "$v2/$CG_NAME/t/cgroup.type"
	refused -g "unified:/$CG_NAME/i" true
	said "cannot join /$CG_NAME/i in unified: Operation not supported: "
	said 'cgroup.type is "domain invalid"'
	refused -g "unified:/$CG_NAME/j" -N true
	said 'cgroup.type is "domain invalid"'
}

@test "refusal: ENOTDIR: a name that is a file in every cgroup" {
	cg_make "$first" "$CG_NAME" > /dev/null
	refused -g "$first:/$CG_NAME/new/cgroup.procs" -N true
	said "cannot create /$CG_NAME/new/cgroup.procs in $first: Not a directory: "
	said 'the kernel has a file of that name in every cgroup'
	refused -g "$first:/$CG_NAME/cgroup.procs" -N true
	said 'Not a directory'
	refused -g "$first:/$CG_NAME" -N --subgroup cgroup.procs true
	said 'Not a directory'
}

@test "refusal: ENODEV: a cgroup that is removed when it is just about to be joined" {
	cg_needs_strace
	no_leak_check
	cg_make "$first" "$CG_NAME" > /dev/null
	# What is written first is the process to be moved; it is held up there.
	{
		cg_until grep -q 'cgroup.procs' "$BATS_TEST_TMPDIR/trace" && rmdir "${dirs[0]}/$CG_NAME"
	} 3>&- &
	run --separate-stderr strace -qq -o "$BATS_TEST_TMPDIR/trace" -e trace=openat2,write \
		-e inject=write:delay_enter=1000000:when=1 cgns-unshare -g "$first:/$CG_NAME" true
	wait $!
	assert_equal "$status" 125
	said "cannot join /$CG_NAME in $first: No such device: "
	said 'the cgroup has been removed in the meantime'
}

@test "refusal: EACCES: a cgroup.procs that may not be written, and whose it is" {
	as_nobody
	cg_make "$first" "$CG_NAME" > /dev/null
	refused -r -g "$first:/$CG_NAME" true
	said "cannot join /$CG_NAME in $first: Permission denied: "
	said "may not write ${dirs[0]}/$CG_NAME/cgroup.procs (owner root)"
}

@test "refusal: EACCES: the common ancestor's cgroup.procs" {
	need_v2
	as_nobody
	mkdir "$v2/$CG_NAME"
	chown -R "$NOBODY" "$v2/$CG_NAME"
	refused -r -g "unified:/$CG_NAME" true
	said "may not write ${v2%/}/cgroup.procs (owner root), the common ancestor"
	# Nor does what the user may create there stay.
	refused -r -g "unified:/$CG_NAME/x" -N true
	said "the common ancestor"
}

@test "refusal: EACCES: no cgroup may be made there" {
	as_nobody
	refused -r -g "$first:/$CG_NAME" -N true
	said "cannot create /$CG_NAME in $first: Permission denied: may not write ${dirs[0]} (owner root)"
}

@test "refusal: a place relative to a cgroup whose path is too long to be told" {
	cg_needs_private_mounts
	local h file=$BATS_TEST_TMPDIR/cgroup

	h=$(cg_hierarchies | { read -r h _; echo "$h"; })
	cg_write_long_cgroup "$h" "$file"
	cg_make "$h" "$CG_NAME" > /dev/null
	as=(unshare --mount --propagation private sh -c
		'mount --bind "$1" /proc/$$/cgroup && shift && exec "$@"' sh "$file")
	refused -g "$h:x" -N true
	said "cannot open x in $h: File name too long"
	run -0 "${as[@]}" cgns-unshare -g "$h:/$CG_NAME" cat /proc/thread-self/cgroup
	assert_line --regexp "^[0-9]+:${h#unified}:/$"
}

@test "refusal: a missing capability: which, and in which user namespace" {
	cg_needs_user_namespaces
	local own

	as_nobody
	own=$(readlink /proc/self/ns/user)
	refused true
	said "Operation not permitted: needs CAP_SYS_ADMIN in the caller's own user namespace $own "
	said '--map-root-user'
	# It is found before anything is created, by whoever may create.
	as=(setpriv --bounding-set=-sys_admin --inh-caps=-sys_admin)
	refused -v -g "$first:/$CG_NAME" -N true
	said 'needs CAP_SYS_ADMIN in '
	refute grep -q created <<< "$stderr"
	# And in a namespace of its own it is there.
	run -0 cgns-unshare -r cgns-unshare true
	# Who is not mapped cannot make one, and is not told to.
	as=(unshare --user)
	refused true
	said 'needs CAP_SYS_ADMIN in '
	[[ $stderr != *--map-root-user* ]] || fail "$stderr"
}

@test "refusal: EROFS: a read-only mount" {
	cg_needs_private_mounts
	cg_make "$first" "$CG_NAME" > /dev/null
	as=(unshare --mount --propagation private sh -c
		'mount -o remount,bind,ro "$1" && shift && exec "$@"' sh "${dirs[0]}")
	refused -g "$first:/$CG_NAME" true
	said "cannot join /$CG_NAME in $first: Read-only file system: ${dirs[0]}/$CG_NAME "
	said 'mounted read-only'
	refused -g "$first:/$CG_NAME/x" -N true
	said "cannot create /$CG_NAME/x in $first: Read-only file system: ${dirs[0]}/$CG_NAME "
}

@test "refusal: EAGAIN: cgroup.max.depth and cgroup.max.descendants, and where they are set" {
	need_v2
	mkdir -p "$v2/$CG_NAME/a"
	echo 1 > "$v2/$CG_NAME/cgroup.max.depth"
	refused -g "unified:/$CG_NAME/a/b" -N true
	said "cannot create /$CG_NAME/a/b in unified: "
	said "$v2/$CG_NAME/cgroup.max.depth allows 1 level below it"
	# What can be made is made before the limit is hit, and removed again.
	echo 2 > "$v2/$CG_NAME/cgroup.max.depth"
	refused -g "unified:/$CG_NAME/a/b/c" -N true
	said "$v2/$CG_NAME/cgroup.max.depth allows 2 levels below it"
	echo max > "$v2/$CG_NAME/cgroup.max.depth"
	echo 2 > "$v2/$CG_NAME/cgroup.max.descendants"
	refused -g "unified:/$CG_NAME/a/b/c" -N true
	said "$v2/$CG_NAME/cgroup.max.descendants allows 2"
}

@test "refusal: EAGAIN: pids.max when the program has to be forked" {
	local kind=pids dir controllers

	no_leak_check
	if dir=$(cg_dir pids 2> /dev/null); then
		mkdir "$dir/$CG_NAME"
	else
		need_v2
		kind=unified dir=$v2
		read -r controllers < "$dir/cgroup.controllers"
		[[ " $controllers " == *' pids '* ]] || skip "no pids controller"
		echo +pids > "$dir/cgroup.subtree_control"
		mkdir "$dir/$CG_NAME"
	fi
	echo 1 > "$dir/$CG_NAME/pids.max"
	as=(sh -c 'echo $$ > "$1/cgroup.procs" && shift && exec "$@"' sh "$dir/$CG_NAME")
	refused -f true
	said 'cannot fork: Resource temporarily unavailable: '
	said "$dir/$CG_NAME/pids.max allows 1 process"
	refused -g "$kind:/$CG_NAME/x" -N true
	said "$dir/$CG_NAME/pids.max allows 1 process"
	refused -g "$kind:/$CG_NAME/x" -N --rm true
	said "$dir/$CG_NAME/pids.max allows 1 process"
}

@test "refusal: ENOSPC: a v1 cpuset without cpus" {
	local dir

	dir=$(cg_dir cpuset 2> /dev/null) || skip "no v1 cpuset here"
	mkdir "$dir/$CG_NAME"
	refused -g "cpuset:/$CG_NAME" true
	said "cannot join /$CG_NAME in cpuset: No space left on device: "
	said "$dir/$CG_NAME/cpuset.cpus"
	refused -g "cpuset:/$CG_NAME/x" -N true
	said "$dir/$CG_NAME/x/cpuset.cpus"
}

@test "refusal: ENOENT: what is said of nsdelegate, where the kernel does not say so by itself" {
	need_v2
	cg_needs_strace
	no_leak_check
	mkdir "$v2/$CG_NAME"
	# What is written first is the process to be moved.
	as=(strace -qq -o /dev/null -e trace=write -e inject=write:error=ENOENT:when=1)
	refused -g "unified:/$CG_NAME" true
	said "cannot join /$CG_NAME in unified: No such file or directory: "
	said 'mounted with nsdelegate: from inside a cgroup namespace no process is moved across its root'
}

@test "refusal: ENOENT: out of a namespace's root under nsdelegate" {
	need_v2
	grep -qE ' - cgroup2 .*nsdelegate' /proc/self/mountinfo || skip "v2 is not mounted with nsdelegate"
	cgns-unshare -g "unified:/$CG_NAME" -N -M sleep infinity < /dev/null > /dev/null 2>&1 3>&- &
	inside=$!
	disown
	cg_record "$inside"
	cg_until grep -q sleep "/proc/$inside/comm"
	# Whoever enters without joining is outside of the root, and may not come in.
	as=(nsenter --target "$inside" --cgroup --mount)
	refused -g unified:/kid -N true
	said 'cannot join /kid in unified: No such file or directory: '
	said nsdelegate
}

@test "refusal: a kernel that has no cgroup namespaces, or allows no more of them" {
	cg_needs_strace
	no_leak_check
	as=(strace -f -qq -o /dev/null -e trace=unshare -e inject=unshare:error=EINVAL)
	refused -g "$first:/$CG_NAME" -N -P "$BATS_TEST_TMPDIR/ns" true
	said 'cannot make a new cgroup namespace: Invalid argument: '
	said 'Linux 4.6'
	assert [ ! -e "$BATS_TEST_TMPDIR/ns" ]
	refused -f -g "$first:/$CG_NAME" -N --rm true
	said 'Linux 4.6'
	as=(strace -f -qq -o /dev/null -e trace=unshare -e inject=unshare:error=ENOSPC)
	refused -g "$first:/$CG_NAME" -N true
	said 'user.max_cgroup_namespaces'
	# No namespace of any other kind is left for it either.
	as=(strace -f -qq -o /dev/null -e trace=unshare -e inject=unshare:error=EPERM)
	refused -m -n -g "$first:/$CG_NAME" -N true
	said 'Operation not permitted'
}

@test "refusal: ENOSPC for real: user.max_cgroup_namespaces" {
	cg_needs_user_namespaces
	as=(unshare -Ur sh -c 'echo 0 > /proc/sys/user/max_cgroup_namespaces && exec "$@"' sh)
	refused true
	said 'No space left on device: '
	said 'user.max_cgroup_namespaces = 0'
}

@test "refusal: a PATH with .., and names that no cgroup can have" {
	local path

	for path in .. ../x /a/../b "$first:.." a/..; do
		misused -g "$path" -N true
		said "'..' is refused"
	done
	misused -g $'a\nb' -N true
	said "'a\\x0ab' is not a valid name of a cgroup"
	misused -g "$first:/x/$(printf 'n%.0s' {1..256})" -N true
	said 'at most 255 bytes'
	misused -g "$first:" true
	said '--cgroup is empty'
	for path in a/b .. . $'a\nb'; do
		misused --subgroup "$path" true
		said 'is not a valid name of a cgroup'
	done
}

@test "refusal: an argument that is empty is wrong usage, whatever the option" {
	local option

	for option in -P -w -R -g -S -G --owner --set --subgroup --caps; do
		misused "$option" '' true
		said "has an empty argument: as in '--"
	done
	misused -t 1 true
	said 'entered with cgns-enter --target'
	for option in --mount-proc --mount-cgroup --kill-child; do
		misused "$option=" true
		said "option '$option' has an empty argument: as in '${option}[="
	done
}

@test "refusal: an unknown hierarchy: those that there are" {
	refused -g "no-such-one:/$CG_NAME" -N true
	said "no hierarchy 'no-such-one'"
	said "${hierarchies[-1]}"
	# All is opened before anything is done, or it would be said.
	refused -v -g "/$CG_NAME" -N -g "no-such-one:/$CG_NAME" true
	said "no hierarchy 'no-such-one'"
}

@test "refusal: a cgroup that does not exist, and what would make it" {
	refused -g "$first:/$CG_NAME/none" true
	said "no cgroup /$CG_NAME/none in $first: No such file or directory: --create makes it"
}

@test "refusal: options that go wrong are explained before anything is done" {
	misused --caps sys_admim true
	said "did you mean 'sys_admin'?"
	misused --kill-child=NONESUCH true
	said "no such signal: 'NONESUCH'"
	misused -S no-such-user true
	said "no such user: 'no-such-user'"
	misused -G no-such-group true
	said "no such group: 'no-such-group'"
	misused --subgrup x true
	said "did you mean '--subgroup'?"
	misused -g
	said '-g'
	misused --map
	said '--map-root-user'
	# A namespace to be kept is given by --persist, not here.
	misused --mount=/x true
	said '--mount'
}

@test "refusal: EXDEV: a working directory that is not within the root" {
	cg_needs_private_mounts
	mkdir -p "$BATS_TEST_TMPDIR/root/proc"
	as=(unshare --mount --propagation private sh -c
		'mount --bind / "$1" && mount --bind /proc "$1/proc" && shift && exec "$@" 7< /usr' sh
		"$BATS_TEST_TMPDIR/root")
	refused -R "$BATS_TEST_TMPDIR/root" -w /proc/self/fd/7 pwd
	said 'the working directory is not within'
	refute_output --partial 'Invalid cross-device link'
}

@test "refusal: a program that does not exist, or cannot be executed" {
	printf '#!/no/such/interpreter\n' > "$BATS_TEST_TMPDIR/script"
	chmod 755 "$BATS_TEST_TMPDIR/script"
	for fork in '' -f; do
		cg_refused 127 cgns-unshare $fork -g "/$CG_NAME" -N cgns-no-such-program
		said "cannot run 'cgns-no-such-program': No such file or directory: not in PATH ($PATH)"
		cg_refused 127 cgns-unshare $fork -g "/$CG_NAME" -N "$BATS_TEST_TMPDIR/script"
		said "the file is there, but not the interpreter that it names"
		cg_refused 126 cgns-unshare $fork -g "/$CG_NAME" -N /etc/passwd
		said "cannot run '/etc/passwd': Permission denied: not executable, on a noexec mount"
	done
	assert_equal "$(cg_own_cgroups)" ''
}

@test "refusal: --setuid and --setgid: an id that is not mapped, no groups, no capability" {
	cg_needs_user_namespaces
	refused -r -S 1234 true
	said 'cannot become user 1234: Invalid argument: this id is not mapped in the user namespace'
	refused -r -G 0 true
	said 'cannot set the supplementary groups: Operation not permitted: setgroups is denied'
	as=(setpriv "--bounding-set=-setuid,-setgid" "--inh-caps=-setuid,-setgid")
	refused -g "$first:/$CG_NAME" -N -S "$NOBODY" true
	said "cannot become user $NOBODY: Operation not permitted: needs CAP_SETUID in the caller's own user namespace"
	refused -g "$first:/$CG_NAME" -N -G "$NOBODY" true
	said "cannot set the supplementary groups: Operation not permitted: needs CAP_SETGID"
}

@test "refusal: --owner without the capability, and of a user who is not mapped" {
	cg_needs_user_namespaces
	as=(setpriv --bounding-set=-chown --inh-caps=-chown)
	refused -g "$first:/$CG_NAME" -N --owner "$NOBODY" true
	said "cannot give ${dirs[0]}/$CG_NAME to user $NOBODY: Operation not permitted: needs CAP_CHOWN in the caller's own user namespace"
	as=(unshare -Ur)
	refused -g "$first:/$CG_NAME" -N --owner "$NOBODY" true
	said ": user $NOBODY is not mapped in the caller's user namespace"
	refused -g "$first:/$CG_NAME" -N --owner "0:$NOBODY" true
	said ": user 0 or group $NOBODY is not mapped in the caller's user namespace"
}

@test "refusal: --persist by a user who may not mount where the file is" {
	as_nobody
	"${as[@]}" unshare -U true 2> /dev/null || skip "no user namespaces for users here"
	chmod 711 "$BATS_TEST_TMPDIR" "$BATS_TEST_TMPDIR"/.. "$BATS_TEST_TMPDIR"/../..
	mkdir -m 777 "$BATS_TEST_TMPDIR/w"
	for fork in '' -f; do
		# shellcheck disable=SC2086
		refused $fork -r -P "$BATS_TEST_TMPDIR/w/ns" true
		said "cannot keep the namespace on $BATS_TEST_TMPDIR/w/ns: Operation not permitted: needs CAP_SYS_ADMIN"
		assert [ ! -e "$BATS_TEST_TMPDIR/w/ns" ]
	done
}

@test "refusal: a PID namespace whose first process has ended" {
	as=(unshare --pid sh -c 'true & wait; exec "$@"' sh)
	# The leak check would fork there, too.
	ASAN_OPTIONS=detect_leaks=0 refused -f true
	said 'cannot fork: Cannot allocate memory: the PID namespace for the caller'
	said 'if the first process in there has ended, it takes no other'
}

@test "refusal: unshare(2) is refused although the capability is there" {
	as=(strace -f -o /dev/null -e inject=unshare:error=EPERM)
	refused -m true
	said 'cannot make new namespaces: cgroup, mount: Operation not permitted: CAP_SYS_ADMIN is there: '
	refused true
	said 'cannot make a new cgroup namespace: Operation not permitted: CAP_SYS_ADMIN is there: '
}

@test "refusal: a real-time process, and a v1 cpu cgroup without time for such" {
	local dir

	dir=$(cg_dir cpu) 2> /dev/null || skip "no v1 hierarchy with cpu"
	[[ -e $dir/cpu.rt_runtime_us ]] || skip "this kernel has no times for real-time processes of cgroups"
	chrt --fifo 1 true || skip "no real-time processes here"
	as=(chrt --fifo 1)
	refused -g "cpu:/$CG_NAME" -N true
	said "cannot join /$CG_NAME in cpu"
	said "the process is a real-time one (SCHED_FIFO or SCHED_RR), and $dir/$CG_NAME/cpu.rt_runtime_us is 0"
}

@test "refusal: mounts: a proc that is not ours, a root that is no mount point, a capability" {
	cg_needs_private_mounts
	cg_needs_user_namespaces
	local root=$BATS_TEST_TMPDIR/root

	refused -r --mount-proc true
	said 'cannot mount proc on /proc: Operation not permitted: '
	said '(--pid --fork)'
	mkdir -p "$root"
	# Folders are made where there is a v1 hierarchy.
	if [[ $(cg_hierarchies) == *[!' ']*$'\n'* ]]; then
		refused -U -M"$root" true
		said "Value too large for defined data type: the caller's user is not mapped in the user namespace"
	fi
	as=(unshare --mount --propagation private sh -ec '
		for dir in /*; do
			[ ! -L "$dir" ] || cp -P "$dir" "$1"
			[ -L "$dir" ] || [ ! -d "$dir" ] || [ "$dir" = /tmp ] || {
				mkdir "$1$dir"
				mount --rbind "$dir" "$1$dir"
			}
		done
		mkdir -p "$1$2"
		mount --bind "$2" "$1$2"
		root=$1
		shift 2
		exec chroot "$root" "$@"' sh "$root" "$CGNS_BUILD")
	refused -m true
	said 'cannot make the mounts private: Invalid argument: the root directory is no mount point, as in a chroot'
	cg_needs_strace
	no_leak_check
	as=(strace -qq -o /dev/null -e trace=fsmount -e inject=fsmount:error=EPERM)
	refused -M true
	said 'cannot mount '
	said 'Operation not permitted: needs CAP_SYS_ADMIN in the user namespaces that own'
}

@test "refusal: what fails inside is undone outside" {
	local options

	for options in '-R /no/such/dir' '-w /no/such/dir' '--mount-proc=/no/such/dir' '-M/no/such/dir' \
		'-r -S 1234'; do
		# shellcheck disable=SC2086
		refused -g "/$CG_NAME" -N $options true
		# shellcheck disable=SC2086
		refused -f -g "/$CG_NAME" -N $options -P "$BATS_TEST_TMPDIR/ns" true
		assert [ ! -e "$BATS_TEST_TMPDIR/ns" ]
	done
}
