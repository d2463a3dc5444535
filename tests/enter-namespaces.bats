#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-enter: the other namespaces, ids, root, working directory and environment of the target, side
# by side with nsenter(1) where that has the option, and without any privilege in one's own container.

bats_require_minimum_version 1.5.0
load common
load enter

kinds=(user mnt ipc net pid uts time cgroup)

setup()
{
	cg_setup
}

teardown()
{
	cg_teardown
}

# container OPTION... -- COMMAND...: starts it by unshare(1) in a new cgroup namespace, and sets CG_PID
# to the process that COMMAND ends up as, a sleep.
container()
{
	local options=()

	while [[ $1 != -- ]]; do
		options+=("$1")
		shift
	done
	shift
	[[ " ${options[*]}" != *' --user'* ]] || cg_needs_user_namespaces
	[[ " ${options[*]}" != *' --mount'* ]] || cg_needs_private_mounts
	unshare --cgroup "${options[@]}" "$@" < /dev/null > /dev/null 2> "$BATS_TEST_TMPDIR/.container" 3>&- &
	cg_record $!
	container=$!
	cg_until _find_sleep || fail "no container: $(< "$BATS_TEST_TMPDIR/.container")"
	cg_record "$CG_PID"
}

_find_sleep()
{
	CG_PID=$container
	while cg_child_of "$CG_PID"; do
		CG_PID=$REPLY
	done
	cg_runs "$CG_PID" sleep
}

_sleeps_or_ended()
{
	_find_sleep || cg_gone "$container"
}

whole_container()
{
	container --user --map-root-user --mount --ipc --net --pid --fork --uts --time \
		--mount-proc -- sh -c 'hostname inside; cd /usr; exec sleep infinity'
}

# both OPTIONS COMMAND: nsenter -C and cgns-enter agree in output and exit status
both()
{
	local theirs status_theirs

	# shellcheck disable=SC2086
	run nsenter --target "$CG_PID" --cgroup $1 sh -c "$2" 3>&-
	theirs=$output status_theirs=$status
	# shellcheck disable=SC2086
	run cgns-enter --target "$CG_PID" $1 sh -c "$2" 3>&-
	[[ $output == "$theirs" && $status == "$status_theirs" ]] ||
		fail "$1: nsenter: $theirs ($status_theirs); cgns-enter: $output ($status)"
}

# in_namespaces KIND...: PROGRAM_PID is in these of the target, in the others of this shell
in_namespaces()
{
	local i kind there here program

	mapfile -t there < <(cd "/proc/$CG_PID/ns" && stat -Lc %i "${kinds[@]}")
	mapfile -t here < <(cd "/proc/$$/ns" && stat -Lc %i "${kinds[@]}")
	mapfile -t program < <(cd "/proc/$PROGRAM_PID/ns" && stat -Lc %i "${kinds[@]}")
	for i in "${!kinds[@]}"; do
		kind=${kinds[i]}
		if [[ " $* cgroup " == *" $kind "* ]]; then
			[[ ${program[i]} == "${there[i]}" ]] || fail "not in the target's $kind namespace, with: $*"
		else
			[[ ${program[i]} == "${here[i]}" ]] || fail "not in the caller's $kind namespace, with: $*"
		fi
	done
}

end_program()
{
	kill -KILL "$PROGRAM_PID"
	cg_until cg_gone "$ENTER_PID"
}

_who='id; hostname; pwd; umask'

## Each and all --------------------------------------------------------------------------------

@test "each namespace is entered as asked, and no other" {
	local -A of=([-U]=user [-m]=mnt [-i]=ipc [-n]=net [-p]=pid [-u]=uts [-T]=time)

	whole_container
	for option in "${!of[@]}"; do
		start_sleeping -t "$CG_PID" "$option"
		in_namespaces "${of[$option]}"
		end_program
	done
	start_sleeping -t "$CG_PID" -m -i -n -u
	in_namespaces mnt ipc net uts
	end_program
	start_sleeping -t "$CG_PID" --all
	in_namespaces "${kinds[@]}"
	end_program
	start_sleeping -t "$CG_PID" --user --mount --ipc --net --pid --uts --time
	in_namespaces "${kinds[@]}"
}

@test "side by side with nsenter" {
	whole_container
	for options in '' -a '-U -m' '-i -n -u -T' -p '-S 12345 -G 12345' '-U -S 0 -G 0' '-r -w' \
		'-m -r -w' '-w/usr' '-r/ -w/etc' '-a -r -w' '-F -m'; do
		both "$options" "$_who"
	done
	both '' 'exit 7'
	both -a 'exit 7'
	both -a 'kill -TERM $$'
}

@test "a namespace that is the caller's own already is passed over" {
	cg_ns_sleeper "$CG_NAME/t"
	start_sleeping -t "$CG_PID" --all
	in_namespaces
	[[ $PROGRAM_PID == "$ENTER_PID" ]]
	end_program
	entered -t "$CG_PID" -v --user --net --pid true
	# shellcheck disable=SC2154 # run sets it
	[[ $stderr == *"entered namespaces of $CG_PID: cgroup" ]]
}

@test "one setns() does it, and where the kernel cannot, one for each namespace" {
	whole_container
	strace -f -o "$BATS_TEST_TMPDIR/log" -e trace=setns cgns-enter -t "$CG_PID" -U -m -i -n -u -T true 3>&-
	run grep -c setns "$BATS_TEST_TMPDIR/log"
	assert_output 1
	# An old kernel takes no pidfd: EINVAL. Inside, the namespaces are asked for by the program.
	for options in '-U -m -i -n -u -T' '-m -n'; do
		# shellcheck disable=SC2086
		ASAN_OPTIONS=detect_leaks=0 run strace -f -o "$BATS_TEST_TMPDIR/log" \
			-e inject=setns:error=EINVAL:when=1 cgns-enter -t "$CG_PID" $options true 3>&-
		assert_success
		run grep -c 'setns.* = 0$' "$BATS_TEST_TMPDIR/log"
		assert_output $(($(wc -w <<< "$options") + 1))
	done
}

@test "one by one: what the caller's privileges reach comes before the user namespace" {
	# The network is the host's: unreachable from inside the user namespace.
	container --user --map-root-user --mount -- sleep infinity
	inner=$CG_PID
	unshare --net sleep infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	cg_until cg_runs $! sleep
	# A process with the network of the one and the user namespace of the other.
	nsenter -t "$inner" -U -m -C --preserve-credentials sleep 0
	nsenter --net="/proc/$!/ns/net" unshare --user --map-root-user --cgroup sleep infinity \
		< /dev/null > /dev/null 3>&- &
	CG_PID=$!
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
	start_sleeping -t "$CG_PID" -U -n
	in_namespaces user net
	end_program
	run env ASAN_OPTIONS=detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/log" \
		-e inject=setns:error=EINVAL:when=1 cgns-enter -t "$CG_PID" -U -n readlink /proc/self/ns/net 3>&-
	assert_success
	assert_output "$(ns_of "$CG_PID" net)"
}

@test "-F: the program itself stays in its PID namespace, its children do not" {
	whole_container
	start_sleeping -t "$CG_PID" -p -F
	[[ $PROGRAM_PID == "$ENTER_PID" ]]
	in_namespaces
	[[ $(readlink "/proc/$PROGRAM_PID/ns/pid_for_children") == "$(ns_of "$CG_PID" pid)" ]]
}

@test "a user namespace of a namespace file is the one that owns it" {
	whole_container
	: > "$BATS_TEST_TMPDIR/ns"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$BATS_TEST_TMPDIR/ns"
	start_sleeping -t "$BATS_TEST_TMPDIR/ns" -U
	in_namespaces user
	end_program
	entered -t "$BATS_TEST_TMPDIR/ns" -U id -u
	assert_output 0
}

## Ids -----------------------------------------------------------------------------------------

# A container of its own user namespace, with that map of users and groups, run as inner ids.
mapped_container()
{
	local map=$1
	shift

	# What is started in the background skips nothing.
	cg_needs_user_namespaces
	mkfifo "$BATS_TEST_TMPDIR/go"
	# Ids are not mapped yet when sh is executed, which would cost it its capabilities.
	container --user --keep-caps -- sh -c "read -r _ < '$BATS_TEST_TMPDIR/go'; exec setpriv $* sleep infinity" &
	_starting=$!
	cg_until _waits_to_be_mapped
	echo "$map" > "/proc/$unshared/uid_map"
	echo "$map" > "/proc/$unshared/gid_map"
	echo go > "$BATS_TEST_TMPDIR/go"
	wait "$_starting"
	CG_PID=$unshared
	cg_record "$CG_PID"
	cg_until cg_runs "$CG_PID" sleep
}

_waits_to_be_mapped()
{
	unshared=$(pgrep -f "^sh -c read -r _ < .$BATS_TEST_TMPDIR/go")
}

_ids='id -u; id -g; id -G'

@test "--setuid follow, --setgid follow: the target's ids, in its user namespace or the caller's" {
	mapped_container '0 100000 1000' --reuid 5 --regid 6 --groups 7,8
	entered -t "$CG_PID" -U -S follow -G follow sh -c "$_ids"
	assert_output $'5\n6\n6 7 8'
	entered -t "$CG_PID" -S follow -G follow sh -c "$_ids"
	assert_output $'100005\n100006\n100006 100007 100008'
	entered -t "$CG_PID" -U sh -c "$_ids"
	assert_output $'0\n0\n0'
	entered -t "$CG_PID" -U -S 9 -G 10 sh -c "$_ids"
	assert_output $'9\n10\n10'
	refused -t "$CG_PID" -U -S 1000 echo not run
	said 'cannot become user 1000: Invalid argument: this id is not mapped in the user namespace'
	refused -t "$CG_PID" -U -G 1000 echo not run
	said 'cannot become group 1000'
}

@test "supplementary groups: dropped with a group's number, kept with a user's" {
	cg_ns_sleeper "$CG_NAME/t"
	run setpriv --groups 11,12 cgns-enter -t "$CG_PID" -G 13 id -G 3>&-
	assert_output 13
	run setpriv --groups 11,12 cgns-enter -t "$CG_PID" -S 14 id -G 3>&-
	assert_output '0 11 12'
	whole_container
	# Here setgroups is denied inside; who may, drops them outside.
	[[ $(< "/proc/$CG_PID/setgroups") == deny ]]
	for options in -U '-U -G 0'; do
		# shellcheck disable=SC2086
		run setpriv --groups 11,12 cgns-enter -t "$CG_PID" $options grep ^Groups: /proc/self/status 3>&-
		assert_output --regexp '^Groups:[[:space:]]*$'
	done
}

@test "-U where root is not mapped: the caller's own id, else refused with the way out" {
	own_container --user --map-current-user sleep infinity
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -U sh -c 'id -u; id -g' 3>&-
	assert_success
	assert_output $'12345\n12345'
	refused -t "$CG_PID" -U echo not run
	said "neither 0 nor the caller's 0 is mapped there: use --setuid follow or a number"
	entered -t "$CG_PID" -U -S follow -G follow sh -c 'id -u; id -g'
	assert_output $'12345\n12345'
}

## Root, working directory, environment --------------------------------------------------------

# A target in a chroot, below the test's folder.
chrooted()
{
	root=$BATS_TEST_TMPDIR/root
	mkdir -p "$root"
	cg_root_at "$root"
	container --mount -- chroot "$root" sh -c 'cd /usr; exec sleep infinity'
}

@test "--root and --wd: the target's, or a directory" {
	chrooted
	start_sleeping -t "$CG_PID" --root --wd
	[[ $(readlink "/proc/$PROGRAM_PID/root") == "$(readlink "/proc/$CG_PID/root")" ]]
	run nsenter -t "$CG_PID" -m readlink "/proc/$PROGRAM_PID/cwd"
	assert_output "$root/usr"
	end_program
	start_sleeping -t "$CG_PID" --root="$root" --wd="$root/etc"
	[[ $(readlink "/proc/$PROGRAM_PID/root") == "$root" ]]
	[[ $(readlink "/proc/$PROGRAM_PID/cwd") == "$root/etc" ]]
	end_program
	start_sleeping -t "$CG_PID" --wd=/etc
	[[ $(readlink "/proc/$PROGRAM_PID/root") == / && $(readlink "/proc/$PROGRAM_PID/cwd") == /etc ]]
	end_program
	umount --recursive --lazy "$root"
}

@test "--env: exactly the target's environment" {
	A=1 B='two words' C=$'new\nline' D='' env -u SHELL sleep infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	cg_until cg_runs $! sleep
	cgns-enter -t $! -e env -0 3>&- | sort -z > "$BATS_TEST_TMPDIR/ours"
	sort -z "/proc/$!/environ" > "$BATS_TEST_TMPDIR/theirs"
	# Without libraries of the build's own in it, both are the same bytes.
	cmp "$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/theirs"
	env -i sleep infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	cg_until cg_runs $! sleep
	run cgns-enter -t $! -e /usr/bin/env 3>&-
	assert_success
	assert_output ''
}

@test "--env: the program is searched for in the target's PATH" {
	mkdir "$BATS_TEST_TMPDIR/bin"
	printf '#!/bin/sh\necho found\n' > "$BATS_TEST_TMPDIR/bin/only-there"
	chmod +x "$BATS_TEST_TMPDIR/bin/only-there"
	env PATH="$BATS_TEST_TMPDIR/bin" "$(command -v sleep)" infinity < /dev/null > /dev/null 3>&- &
	cg_record $!
	cg_until cg_runs $! sleep
	entered -t $! -e only-there
	assert_output found
}

## Without privileges --------------------------------------------------------------------------

# A container that user 12345 has started.
own_container()
{
	cg_public cgns-enter
	as_user 12345 unshare --cgroup "$@" \
		< /dev/null > /dev/null 2> "$BATS_TEST_TMPDIR/.container" 3>&- &
	cg_record $!
	container=$!
	cg_until _sleeps_or_ended
	cg_runs "$CG_PID" sleep || skip "no unprivileged containers here: $(< "$BATS_TEST_TMPDIR/.container")"
	cg_record "$CG_PID"
}

@test "a user enters the container that he started, without any privilege on the host" {
	local -A of=([-m]=mnt [-i]=ipc [-n]=net [-p]=pid [-u]=uts [-T]=time)

	own_container --user --map-root-user --mount --ipc --net --pid --fork --uts --time --mount-proc \
		sh -c 'hostname mine; exec sleep infinity'
	run -125 --separate-stderr as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" echo not run 3>&-
	said 'needs CAP_SYS_ADMIN'
	said '(-U) would be allowed'
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -U sh -c 'id -u; readlink /proc/self/ns/cgroup' 3>&-
	assert_success
	assert_output $'0\n'"$(ns_of "$CG_PID")"
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -a sh -c 'hostname; id -u; cat /proc/1/comm' 3>&-
	assert_success
	assert_output $'mine\n0\nsleep'
	for option in "${!of[@]}"; do
		ENTER_AS=12345 start_sleeping -t "$CG_PID" -U "$option"
		in_namespaces user "${of[$option]}"
		end_program
	done
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -a -c -S follow -G follow --caps target -r -w -e \
		sh -c 'id -u' 3>&-
	assert_success
	assert_output 0
}

@test "a user enters, where setns() takes no pidfd, the user namespace first" {
	own_container --user --map-root-user --mount --uts --net sleep infinity
	run env ASAN_OPTIONS=detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/log" \
		-e inject=setns:error=EINVAL:when=1 setpriv --reuid 12345 --regid 12345 --clear-groups \
		"$CG_PUBLIC/cgns-enter" -t "$CG_PID" -U -m -u -n readlink /proc/self/ns/uts 3>&-
	assert_success
	assert_output "$(ns_of "$CG_PID" uts)"
}

@test "a user does not enter another user's container" {
	own_container --user --map-root-user sleep infinity
	run -125 --separate-stderr as_user 12346 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" -U echo not run 3>&-
	assert_output ''
	said 'ptrace access'
}

@test "a user joins the cgroup of his container, where that was delegated to him" {
	local dir

	cg_has_v2 || skip "no v2 hierarchy"
	dir=$(cg_make unified "$CG_NAME/mine/inner")
	chown -R 12345:12345 "${dir%/*}"
	cg_make unified "$CG_NAME/mine/outer" > /dev/null
	chown -R 12345:12345 "${dir%/*}"
	# As a session of his would: both his shell and the container are in what was delegated.
	own_container --user --map-root-user sleep infinity
	cg_move unified "$CG_NAME/mine/inner" "$CG_PID"
	run setpriv bash -c "echo \$\$ > '${dir%/*}/outer/cgroup.procs' && exec setpriv --reuid 12345 \
		--regid 12345 --clear-groups '$CG_PUBLIC/cgns-enter' -t $CG_PID -U -c cat /proc/self/cgroup" 3>&-
	assert_success
	[[ $output == *0::*inner* ]]
}

@test "a user enters the sandbox of two nested user namespaces that bubblewrap made for him" {
	command -v bwrap > /dev/null || skip "bubblewrap is not installed"
	cg_public cgns-enter
	setpriv --reuid 12345 --regid 12345 --clear-groups bwrap --unshare-user --unshare-cgroup \
		--unshare-pid --unshare-uts --hostname boxed --ro-bind / / --proc /proc --dev /dev \
		sleep infinity < /dev/null > /dev/null 2> "$BATS_TEST_TMPDIR/.container" 3>&- &
	cg_record $!
	container=$!
	cg_until _sleeps_or_ended
	cg_runs "$CG_PID" sleep || skip "no unprivileged containers here: $(< "$BATS_TEST_TMPDIR/.container")"
	cg_record "$CG_PID"
	run as_user 12345 "$CG_PUBLIC/cgns-enter" -t "$CG_PID" --all \
		sh -c 'id -u; hostname; readlink /proc/self/ns/cgroup' 3>&-
	assert_success
	assert_output $'12345\nboxed\n'"$(ns_of "$CG_PID")"
}
