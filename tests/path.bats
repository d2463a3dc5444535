#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: seconds=1200
# cgns-path: every form of WHAT and TARGET, every option, every exit status, what is printed and
# what is said. What the paths have to be, tests/oracle.bats asks the kernel.

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	mapfile -t hierarchies < <(
		! cg_has_v2 || echo unified
		cg_v1 2
	)
	h=${hierarchies[0]}
}

teardown()
{
	cg_teardown
}

# refused STATUS ARGUMENT...: cgns-path ends with STATUS, prints nothing, and says why
refused()
{
	cg_refused "$1" cgns-path "${@:2}"
}

# misused ARGUMENT...: the same, as wrong usage
misused()
{
	cg_misused 1 cgns-path "$@"
}

in_initial_namespace()
{
	[[ $(readlink /proc/self/ns/cgroup) == 'cgroup:[4026531835]' ]]
}

pidfd_inode()
{
	"$CGNS_BUILD/tests/probe" pidfd "$1"
}

## WHAT ----------------------------------------------------------------------------------------

@test "path: a path is printed in normal form" {
	local given

	for given in /a/b /a//b /a/b/ //a/./b /a/x/../b /./a/b/. /../a/b/../b/.. ; do
		[[ $given != /..* ]] || continue
		run -0 cgns-path -H "$h" "$given"
		assert_output /a/b
	done
	for given in / // /. /a/.. /./; do
		run -0 cgns-path -H "$h" "$given"
		assert_output /
	done
}

@test "path: names that only look special are names" {
	local name

	for name in '...' '..x' '....' 'a b' 'a:b' 'x (deleted)' $'a\tb' 'a\b' '\040' $'\x01' \
		$'\xff\xfe' ' ' '-n' 'id:1' '*' '%s%n'; do
		run -0 cgns-path -H "$h" "/$name/x"
		assert_output "/$name/x"
		run -0 cgns-path -H "$h" "/x/$name"
		assert_output "/x/$name"
	done
}

@test "path: above the initial namespace's root there is nothing to name" {
	in_initial_namespace || skip "not in the initial cgroup namespace"
	refused 1 -H "$h" /..
	refused 1 -H "$h" /../x
	refused 1 -H "$h" /a/../../x
}

@test "path: a process is what the caller reads of it, in each hierarchy" {
	local hierarchy

	cg_sleeper "$CG_NAME/a b:c"
	for hierarchy in "${hierarchies[@]}"; do
		run -0 cgns-path -H "$hierarchy" "$CG_PID"
		assert_output "/$CG_NAME/a b:c"
		assert_output "$(cg_of "$hierarchy" "$CG_PID")"
		run -0 cgns-path -H "$hierarchy" self
		assert_output "$(cg_of "$hierarchy")"
	done
}

@test "path: a process by PID and pidfd inode, and no other process" {
	local inode

	cg_sleeper "$CG_NAME/a"
	inode=$(pidfd_inode "$CG_PID")
	[[ $inode != $(pidfd_inode $$) ]] || skip "pidfds have no inodes of their own before Linux 6.9"
	run -0 cgns-path -H "$h" "$CG_PID:$inode"
	assert_output "/$CG_NAME/a"
	refused 1 -H "$h" "$CG_PID:$((inode + 1000000))"
	refused 1 -H "$h" "$$:$inode"
}

@test "path: where pidfds have no inodes of their own, PID:INODE says so" {
	local inode

	inode=$(pidfd_inode $$)
	cg_sleeper
	[[ $inode == $(pidfd_inode "$CG_PID") ]] || skip "pidfds have inodes here"
	refused 1 -H "$h" "$CG_PID:$inode"
	said 6.9
}

@test "path: a zombie is what the kernel says of it" {
	local hierarchy

	cg_zombie
	for hierarchy in "${hierarchies[@]}"; do
		run -0 cgns-path -H "$hierarchy" "$CG_PID"
		assert_output "$(cg_of "$hierarchy" "$CG_PID")"
	done
}

@test "path: an id is the cgroup with that inode, and none other" {
	local hierarchy dir id

	for hierarchy in "${hierarchies[@]}"; do
		dir=$(cg_make "$hierarchy" "$CG_NAME/i d")
		id=$(stat -c %i "$dir")
		run -0 cgns-path -H "$hierarchy" "id:$id"
		assert_output "/$CG_NAME/i d"
		run -0 cgns-path -H "$hierarchy" -A dir "id:$id"
		assert_output "$dir"
		run -0 cgns-path -H "$hierarchy" -A id "/$CG_NAME/i d"
		assert_output "$id"
		rmdir "$dir"
		refused 1 -H "$hierarchy" "id:$id"
		said "$id"
	done
}

@test "path: an id that several hierarchies have is that of the one asked for, as a path is" {
	local id h dir name

	((${#hierarchies[@]} > 1)) || skip "one hierarchy"
	# the roots; and whatever the kernel gave the same number to
	h=$(cg_default_hierarchy)
	id=$(stat -c %i "$(cg_dir "$h")")
	run -0 cgns-path "id:$id"
	assert_output /
	for name in "${hierarchies[@]}"; do
		[[ $(stat -c %i "$(cg_dir "$name")") == "$id" ]] || continue
		run -0 cgns-path -H "$name" "id:$id"
		assert_output /
		run -0 cgns-path -l -n -r -o HIERARCHY "id:$id"
		assert_line "$name"
	done
	# there and back, whatever another hierarchy has of that number
	dir=$(cg_make "$h" "$CG_NAME")
	run -0 cgns-path "id:$(cgns-path -A id "/$CG_NAME")"
	assert_output "/$CG_NAME"
}

@test "path: the root cgroup has an id, too" {
	local id

	id=$(stat -c %i "$(cg_dir "$h")")
	run -0 cgns-path -H "$h" -A id /
	assert_output "$id"
	run -0 cgns-path -H "$h" "id:$id"
	assert_output /
}

@test "path: a directory names its own hierarchy" {
	local hierarchy dir

	for hierarchy in "${hierarchies[@]}"; do
		dir=$(cg_make "$hierarchy" "$CG_NAME/a/b c")
		run -0 cgns-path "fs:$dir"
		assert_output "/$CG_NAME/a/b c"
		run -0 cgns-path "fs:$dir/"
		assert_output "/$CG_NAME/a/b c"
		run -0 cgns-path "fs:$dir/cgroup.procs"
		assert_output "/$CG_NAME/a/b c"
		cd "$dir"
		run -0 cgns-path .
		assert_output "/$CG_NAME/a/b c"
		run -0 cgns-path ./cgroup.procs
		assert_output "/$CG_NAME/a/b c"
		run -0 cgns-path ..
		assert_output "/$CG_NAME/a"
		cd "${dir%/*}"
		run -0 cgns-path './b c'
		assert_output "/$CG_NAME/a/b c"
		run -0 cgns-path '../a/b c'
		assert_output "/$CG_NAME/a/b c"
		run -0 cgns-path -A id .
		assert_output "$(stat -c %i .)"
		run -0 cgns-path -J -o HIERARCHY,PATH .
		[[ $(jq -r '.cgroups[0].hierarchy' <<<"$output") == "$hierarchy" ]]
		[[ $(jq -r '.cgroups | length' <<<"$output") == 1 ]]
	done
	cd /
}

@test "path: a directory by way of a symbolic link and a bind mount is the same cgroup" {
	local dir

	dir=$(cg_make "$h" "$CG_NAME/a/b")
	ln -s "$dir" "$BATS_TEST_TMPDIR/link"
	run -0 cgns-path "fs:$BATS_TEST_TMPDIR/link"
	assert_output "/$CG_NAME/a/b"
	mkdir "$BATS_TEST_TMPDIR/bind"
	mount --bind "${dir%/*}" "$BATS_TEST_TMPDIR/bind"
	run -0 cgns-path "fs:$BATS_TEST_TMPDIR/bind/b"
	assert_output "/$CG_NAME/a/b"
	umount --lazy "$BATS_TEST_TMPDIR/bind"
}

@test "path: what is not on a cgroup filesystem is refused" {
	refused 1 "fs:$BATS_TEST_TMPDIR"
	said "$BATS_TEST_TMPDIR"
	said 'cgroup'
	refused 1 "fs:$BATS_TEST_TMPDIR/missing"
	said 'No such file or directory'
	cd "$BATS_TEST_TMPDIR"
	refused 1 .
	refused 1 ./missing
	refused 1 fs:/proc/self/ns/cgroup
	# a FIFO must not make it wait
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refused 1 "fs:$BATS_TEST_TMPDIR/fifo"
}

@test "path: the directory of a removed cgroup is refused" {
	local dir

	dir=$(cg_make "$h" "$CG_NAME/a")
	cd "$dir"
	rmdir "$dir"
	refused 1 .
	mkdir "$dir"
	refused 1 .
	cd /
}

@test "path: any other WHAT is refused with the forms that there are" {
	local what

	for what in '' a a/b 12x -- 0 1:2:3 12: :12 id: id:x id:-1 id:12x fs: 'cgroup:[1]' SELF \
		99999999999999999999 id:99999999999999999999 4294967297 ' 1' +1 1.5 0x10; do
		refused 1 -H "$h" -- "$what"
	done
	refused 1 -H "$h" nonsense
	said nonsense
	said 'self'
	said 'id:'
	said 'fs:'
}

@test "path: a process that does not exist is refused" {
	local pid

	sleep 0 &
	pid=$!
	wait $pid
	refused 1 -H "$h" "$pid"
	said "$pid"
	said 'No such process'
}

@test "path: a thread's id is what the kernel says of that thread" {
	local tid

	"$CGNS_BUILD/tests/probe" thread >"$BATS_TEST_TMPDIR/tid" 3>&- &
	cg_record $!
	cg_until test -s "$BATS_TEST_TMPDIR/tid"
	tid=$(<"$BATS_TEST_TMPDIR/tid")
	run -0 cgns-path -H "$h" "$tid"
	assert_output "$(cg_of "$h" "$tid")"
	# a TARGET has to be held, which only processes can be
	refused 1 -H "$h" --to "$tid" /
	said thread
}

@test "path: without a WHAT it lists the caller" {
	run -0 cgns-path
	assert_line --index 0 --regexp '^WHAT +HIERARCHY +PATH +OWN +ROOT +DIR *$'
	assert_equal "$(grep -c '^self ' <<< "$output")" "$(wc -l </proc/self/cgroup)"
	run -0 cgns-path -J
	assert_equal "$(jq -r '[.cgroups[].what] | unique | join(" ")' <<<"$output")" self
}

## Standard input ------------------------------------------------------------------------------

@test "path: - answers line by line, in order" {
	cg_sleeper "$CG_NAME/a"
	run -0 cgns-path -H "$h" - <<<"/x
$CG_PID
self
//y/"
	assert_output "/x
/$CG_NAME/a
$(cg_of "$h")
/y"
}

@test "path: - answers an empty line for what fails, and goes on" {
	run --separate-stderr cgns-path -H "$h" - <<<$'/x\nnonsense\n\n/y'
	assert_failure 64
	[[ $output == $'/x\n\n\n/y' ]]
	said nonsense
	run --separate-stderr cgns-path -H "$h" - <<<$'nonsense\nid:0'
	assert_failure 1
	run --separate-stderr --keep-empty-lines cgns-path -H "$h" - <<<$'nonsense'
	assert_failure 1
	[[ $output == $'\n' ]]
}

@test "path: outside of - a failure prints no line" {
	run --separate-stderr cgns-path -H "$h" /x nonsense /y
	assert_failure 64
	assert_output $'/x\n/y'
	said nonsense
}

@test "path: - of nothing is nothing" {
	run -0 --keep-empty-lines cgns-path -H "$h" - </dev/null
	assert_output ''
}

@test "path: - takes a last line without an end" {
	run -0 cgns-path -H "$h" - < <(printf '/x\n/y')
	assert_output $'/x\n/y'
	run -0 cgns-path -H "$h" - < <(printf '/x')
	assert_output /x
}

@test "path: - among other WHATs keeps its place" {
	run -0 cgns-path -H "$h" /a - /z <<<$'/x\n/y'
	assert_output $'/a\n/x\n/y\n/z'
}

@test "path: - inside of - is no WHAT" {
	run --separate-stderr cgns-path -H "$h" - <<<$'/x\n-'
	assert_failure 64
	assert_output /x
}

@test "path: by - what starts with / is a path, whatever it looks like" {
	run -0 cgns-path -H "$h" - <<<$'/1234\n/id:1\n/ \n/-'
	assert_output $'/1234\n/id:1\n/ \n/-'
}

@test "path: with -z lines end in NUL, in and out" {
	printf '/a\0/b c\0self\0' | cgns-path -z -H "$h" - >"$BATS_TEST_TMPDIR/out"
	printf '/a\0/b c\0%s\0' "$(cg_of "$h")" | cmp - "$BATS_TEST_TMPDIR/out"
	cgns-path --zero -H "$h" /a >"$BATS_TEST_TMPDIR/out"
	printf '/a\0' | cmp - "$BATS_TEST_TMPDIR/out"
	# a newline is then a byte like others, though no cgroup can have it
	printf '/a\nb\0/c' | cgns-path -z -H "$h" - >"$BATS_TEST_TMPDIR/out" || :
	tail -c 3 "$BATS_TEST_TMPDIR/out" | cmp - <(printf '/c\0')
	# and a failure leaves its NUL
	printf '/a\0x\0/b\0' | cgns-path -z -H "$h" - >"$BATS_TEST_TMPDIR/out" 2>/dev/null || [[ $? == 64 ]]
	printf '/a\0\0/b\0' | cmp - "$BATS_TEST_TMPDIR/out"
}

@test "path: - answers a line when it came, not only at the end" {
	local answer pid

	coproc cgns-path -H "$h" - 3>&-
	pid=$COPROC_PID
	echo /a >&"${COPROC[1]}"
	read -r -t "$CG_DEADLINE" answer <&"${COPROC[0]}" || skip "answers are kept until the end"
	assert_equal "$answer" /a
	eval "exec ${COPROC[1]}>&-"
	wait "$pid"
}

@test "path: by - a NUL byte within a line is refused, and hides nothing" {
	# "/a" is another cgroup, and "/a\0b" none
	printf '/a\0b\n/c\n' >"$BATS_TEST_TMPDIR/in"
	run --separate-stderr --keep-empty-lines cgns-path -H "$h" - <"$BATS_TEST_TMPDIR/in"
	assert_failure 64
	assert_output $'\n/c\n'
	said NUL
	run --separate-stderr cgns-path -l -H "$h" -n -r -o WHAT - <"$BATS_TEST_TMPDIR/in"
	assert_failure 64
	assert_output /c
}

## --from, --to --------------------------------------------------------------------------------

@test "path: --from and --to take every form of TARGET" {
	local inode file target targets

	cg_ns_sleeper "$CG_NAME/r"
	inode=$(stat -L -c %i "/proc/$CG_PID/ns/cgroup")
	file=$BATS_TEST_TMPDIR/ns
	touch "$file"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
	targets=("$CG_PID" "/proc/$CG_PID/ns/cgroup" "/proc/$CG_PID/task/$CG_PID/ns/cgroup" "$file"
		"cgroup:[$inode]" "$inode" "cgroup:/$CG_NAME/r")
	[[ $(pidfd_inode "$CG_PID") == $(pidfd_inode $$) ]] ||
		targets+=("$CG_PID:$(pidfd_inode "$CG_PID")")
	for target in "${targets[@]}"; do
		run -0 cgns-path -H "$h" --from "$target" /x
		assert_output "/$CG_NAME/r/x"
		run -0 cgns-path -H "$h" -f "$target" /../x
		assert_output "/$CG_NAME/x"
		run -0 cgns-path -H "$h" --to "$target" "/$CG_NAME/r/x"
		assert_output /x
		run -0 cgns-path -H "$h" -t "$target" /
		assert_output /../..
		run -0 cgns-path -H "$h" -t "$target" "/$CG_NAME" "/$CG_NAME/rr" "/$CG_NAME/q/r"
		assert_output $'/..\n/../rr\n/../q/r'
		run -0 cgns-path -H "$h" -f "$target" -t "$target" /x
		assert_output /x
		run -0 cgns-path -H "$h" -t "$target" "$CG_PID"
		assert_output /
	done
	umount --lazy "$file"
	run -0 cgns-path -H "$h" -f self -t self /x
	assert_output /x
}

@test "path: a namespace held by a bind mount, an open file or a thread alone is found by inode" {
	local file inode

	file=$BATS_TEST_TMPDIR/ns
	touch "$file"
	cg_ns_sleeper "$CG_NAME/mounted"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$file"
	inode=$(stat -c %i "$file")
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
	run -0 cgns-path -H "$h" -f "$inode" /x
	assert_output "/$CG_NAME/mounted/x"
	umount --lazy "$file"

	cg_ns_sleeper "$CG_NAME/opened"
	exec {fd}<"/proc/$CG_PID/ns/cgroup"
	inode=$(stat -L -c %i "/proc/$$/fd/$fd")
	kill "$CG_PID"
	cg_until cg_gone "$CG_PID"
	run -0 cgns-path -H "$h" -f "cgroup:[$inode]" /x
	assert_output "/$CG_NAME/opened/x"
	run -0 cgns-path -H "$h" -f "/proc/self/fd/$fd" /x
	assert_output "/$CG_NAME/opened/x"
	exec {fd}<&-
	# By now the number may be that of a namespace that somebody else has just made.
	run --separate-stderr cgns-path -H "$h" -f "cgroup:[$inode]" /x
	[[ $output != *"$CG_NAME"* ]] || fail "it has ended: $output"
	((status == 0)) || said "$inode"
}

@test "path: a TARGET that is none is refused with the forms that there are" {
	local target option

	for option in --from --to; do
		for target in '' nonsense 0 -1 12: :12 12:x 'cgroup:[]' 'cgroup:[x]' 'cgroup:[1' cgroup: \
			99999999999999999999 1:2:3 ./x; do
			refused 1 -H "$h" "$option" "$target" /
		done
		refused 1 -H "$h" "$option" nonsense /
		said nonsense
		said self
		said 'cgroup:['
	done
}

@test "path: a TARGET that is not there, or something else, is refused and named" {
	local pid

	refused 1 -H "$h" -t "$BATS_TEST_TMPDIR/missing" /
	said "$BATS_TEST_TMPDIR/missing"
	refused 1 -H "$h" -t /proc/self/ns/mnt /
	said mnt
	refused 1 -H "$h" -t "$BATS_TEST_TMPDIR" /
	refused 1 -H "$h" -t /dev/null /
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	refused 1 -H "$h" -t "$BATS_TEST_TMPDIR/fifo" /
	refused 1 -H "$h" -t 'cgroup:[4294967290]' /
	said 4294967290
	refused 1 -H "$h" -t "cgroup:/$CG_NAME" /
	said "/$CG_NAME"
	cg_make "$h" "$CG_NAME/empty"
	refused 1 -H "$h" -t "cgroup:/$CG_NAME/empty" /
	said "/$CG_NAME/empty"
	sleep 0 &
	pid=$!
	wait $pid
	refused 1 -H "$h" -t "$pid" /
	said "$pid"
	said 'No such process'
}

@test "path: a zombie has no namespace, and that is said" {
	cg_zombie
	refused 1 -H "$h" -t "$CG_PID" /
	said "$CG_PID"
}

@test "path: kernel threads have the initial namespace" {
	[[ /proc/2/ns/cgroup -ef /proc/self/ns/cgroup ]] ||
		skip "no kernel thread can be seen in this namespace"
	run -0 cgns-path -H "$h" -t 2 /x
	assert_output /x
}

## --hierarchy ---------------------------------------------------------------------------------

@test "path: --hierarchy takes controllers, names and lists" {
	local names controller id

	while IFS=: read -r id names _; do
		run -0 cgns-path -H "${names:-unified}" self
		assert_output "$(cg_of "${names:-unified}")"
		for controller in ${names//,/ }; do
			run -0 cgns-path -H "$controller" self
			assert_output "$(cg_of "${names:-unified}")"
		done
		run -0 cgns-path -J -H "${names:-unified}" -o HIERARCHY,HID self
		assert_equal "$(jq -r '.cgroups[0].hierarchy' <<<"$output")" "${names:-unified}"
		assert_equal "$(jq -r '.cgroups[0].hid' <<<"$output")" "$id"
	done </proc/self/cgroup
}

@test "path: an unknown hierarchy is refused with those that there are" {
	local names

	for names in nonsense '' name=nonsense memory,nonsense Unified name= ','; do
		refused 1 -H "$names" /
	done
	refused 1 -H nonsense /
	said nonsense
	while IFS=: read -r _ names _; do
		said "${names:-unified}"
	done </proc/self/cgroup
}

@test "path: the default hierarchy is the one that counts" {
	local names

	names=$(cg_default_hierarchy)
	cg_sleeper "$CG_NAME/d" "$names"
	run -0 cgns-path "$CG_PID"
	assert_output "/$CG_NAME/d"
	run -0 cgns-path self
	assert_output "$(cg_of "$names")"
	run -0 cgns-path -A id /
	assert_output "$(stat -c %i "$(cg_dir "$names")")"
	if [[ $names != unified ]] && grep -q ^0:: /proc/self/cgroup; then
		cg_sleeper "$CG_NAME/u" unified
		run -0 cgns-path "$CG_PID"
		refute_output "/$CG_NAME/u"
	fi
}

@test "path: a hierarchy is named by its controllers in any order, with or without name=" {
	local names own first second

	while IFS=: read -r _ names own; do
		case $names in
		*=*) run -0 cgns-path -H "${names#name=}" self ;;
		*,*)
			IFS=, read -r first second _ <<< "$names"
			run -0 cgns-path -H "$second,$first" self
			;;
		*) continue ;;
		esac
		assert_output "$own"
	done < /proc/self/cgroup
	if cg_of unified > /dev/null && ! grep -q '[:,]perf_event[:,]' /proc/self/cgroup; then
		run -0 cgns-path -H perf_event self
		assert_output "$(cg_of unified)"
	fi
}

@test "path: --hierarchy all lists every hierarchy" {
	run -0 cgns-path -H all -n -r -o HIERARCHY self
	assert_equal "$(sort <<<"$output")" "$(sed 's/^[0-9]*:\([^:]*\):.*/\1/; s/^$/unified/' /proc/self/cgroup | sort)"
	run -0 cgns-path -H all self
	assert_line --index 0 --regexp '^WHAT '
}

## --strict, --exists --------------------------------------------------------------------------

@test "path: --strict refuses what is outside the root, by component" {
	cg_ns_sleeper "$CG_NAME/r"
	run -0 cgns-path -H "$h" -s -t "$CG_PID" "/$CG_NAME/r" "/$CG_NAME/r/x" "/$CG_NAME/r/..x"
	assert_output $'/\n/x\n/..x'
	refused 1 -H "$h" --strict -t "$CG_PID" /
	refused 1 -H "$h" --strict -t "$CG_PID" "/$CG_NAME/rx"
	said "/$CG_NAME/rx"
	run --separate-stderr cgns-path -H "$h" -s -t "$CG_PID" - <<<"/$CG_NAME/r/a
/x
/$CG_NAME/r/b"
	assert_failure 64
	assert_output $'/a\n\n/b'
	run --separate-stderr cgns-path -H "$h" -s -t "$CG_PID" $$
	assert_failure 1
}

@test "path: --exists refuses a cgroup that is not there" {
	local dir hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		dir=$(cg_make "$hierarchy" "$CG_NAME/a")
		run -0 cgns-path -H "$hierarchy" -e "/$CG_NAME/a" / "/$CG_NAME//a/../a/"
		refused 1 -H "$hierarchy" --exists "/$CG_NAME/b"
		said "/$CG_NAME/b"
		# files of a cgroup are no cgroups
		refused 1 -H "$hierarchy" -e "/$CG_NAME/a/cgroup.procs"
		run --separate-stderr cgns-path -H "$hierarchy" -e - <<<"/$CG_NAME/a
/$CG_NAME/b"
		assert_failure 64
		assert_output "/$CG_NAME/a"
		rmdir "$dir"
		refused 1 -H "$hierarchy" -e "/$CG_NAME/a"
	done
}

@test "path: --as dir and --as id refuse a cgroup that is not there" {
	refused 1 -H "$h" -A dir "/$CG_NAME/none"
	said "/$CG_NAME/none"
	refused 1 -H "$h" -A id "/$CG_NAME/none"
	said "/$CG_NAME/none"
	# files are no cgroups
	refused 1 -H "$h" -A dir /cgroup.procs
	refused 1 -H "$h" -A id /cgroup.procs
}

## Tables --------------------------------------------------------------------------------------

@test "path: --list-columns names every column once, and -o takes each" {
	local column

	run -0 cgns-path -L
	assert_equal "$(awk '{ print $1 }' <<<"$output" | sort | xargs)" \
		'CGID COMMAND CONTAINER CONTROLLERS DIR HID HIERARCHY NS OWN PATH PID POD ROOT STATE UNIT WHAT'
	run -0 cgns-path --list-columns
	for column in $(cgns-path -L | awk '{ print $1 }'); do
		run -0 cgns-path -H "$h" -o "$column" self
		assert_line --index 0 --regexp "^ *$column *\$"
		run -0 cgns-path -H "$h" -o "${column,,}" self
		assert_line --index 0 --regexp "^ *$column *\$"
	done
}

@test "path: -o chooses and orders columns, -o + adds to the default ones" {
	run -0 cgns-path -H "$h" -o PATH,WHAT,HIERARCHY self
	assert_line --index 0 --regexp '^PATH +WHAT +HIERARCHY *$'
	run -0 cgns-path -H "$h" -o +STATE,NS self
	assert_line --index 0 --regexp '^WHAT +HIERARCHY +PATH +OWN +ROOT +DIR +STATE +NS *$'
	run -0 cgns-path -H "$h" --output-all self
	assert_equal "$(head -n 1 <<<"$output" | xargs -n 1 | sort | xargs)" \
		'CGID COMMAND CONTAINER CONTROLLERS DIR HID HIERARCHY NS OWN PATH PID POD ROOT STATE UNIT WHAT'
	misused -o NONSENSE self
	said NONSENSE
	said list-columns
	misused -o WHAT, self
	misused -o '' self
	misused -o PAHT self
	said PATH
}

@test "path: --list has a row for each WHAT and hierarchy, in order" {
	local count

	count=$(wc -l </proc/self/cgroup)
	run -0 cgns-path -l -n -r -o WHAT self / $$
	assert_equal "${#lines[@]}" $((3 * count))
	assert_equal "$(uniq <<<"$output" | xargs)" "self / $$"
	run -0 cgns-path -l -H "$h" -n -r -o WHAT self / $$
	assert_output "self
/
$$"
	run -0 cgns-path -l -H "$h" -n -r -o WHAT,PATH - <<<$'/a\n/b'
	assert_output $'/a /a\n/b /b'
}

@test "path: options about tables imply --list" {
	local options

	for options in -J -r -n '-o WHAT' '-o +NS' --output-all -u -l --json --raw --noheadings \
		--notruncate --list '--output WHAT'; do
		# shellcheck disable=SC2086
		run -0 cgns-path $options self
		refute_output "$(cg_of "$h")"
		assert_output --partial self
	done
}

@test "path: every column of a process says what /proc says" {
	local hierarchy row id inode

	cg_ns_sleeper "$CG_NAME/r"
	inode=$(stat -L -c %i "/proc/$CG_PID/ns/cgroup")
	for hierarchy in "${hierarchies[@]}"; do
		cg_make "$hierarchy" "$CG_NAME/r/x"
		cg_move "$hierarchy" "$CG_NAME/r/x" "$CG_PID"
		run -0 cgns-path -J --output-all -H "$hierarchy" "$CG_PID"
		row=$(jq -c '.cgroups[]' <<<"$output")
		id=$(sed -n "s/^\([0-9]*\):${hierarchy#unified}:.*/\1/p" /proc/self/cgroup)
		jq -e --arg what "$CG_PID" --arg hierarchy "$hierarchy" --arg name "$CG_NAME" \
			--arg dir "$(cg_dir "$hierarchy")/$CG_NAME/r/x" --argjson hid "$id" \
			--argjson cgid "$(stat -c %i "$(cg_dir "$hierarchy")/$CG_NAME/r/x")" \
			--argjson ns "$inode" --argjson pid "$CG_PID" '
			.what == $what and .hierarchy == $hierarchy and
			.path == "/\($name)/r/x" and .own == "/x" and .root == "/\($name)/r" and
			.dir == $dir and .cgid == $cgid and .state == "inside" and .ns == $ns and
			.pid == $pid and .command == "sleep infinity" and .hid == $hid' \
			<<<"$row" >/dev/null || fail "$hierarchy: $row"
	done
	run -0 cgns-path -J -H "$h" -t "$CG_PID" -o PATH,OWN,ROOT "$CG_PID"
	jq -e '.cgroups[0] == {path: "/x", own: "/x", root: "/"}' <<<"$output" || fail "$output"
}

@test "path: a process outside its root is said to be outside" {
	cg_ns_sleeper "$CG_NAME/r"
	cg_make "$h" "$CG_NAME/rr"
	cg_move "$h" "$CG_NAME/rr" "$CG_PID"
	run -0 cgns-path -J -H "$h" -o PATH,OWN,ROOT,STATE "$CG_PID"
	jq -e --arg name "$CG_NAME" '.cgroups[0] ==
		{path: "/\($name)/rr", own: "/../rr", root: "/\($name)/r", state: "outside"}' \
		<<<"$output" || fail "$output"
}

@test "path: a removed root is null, and the process keeps its view" {
	local hierarchy=$h

	cg_ns_sleeper "$CG_NAME/r"
	cg_make "$h" "$CG_NAME/x"
	cg_move "$h" "$CG_NAME/x" "$CG_PID"
	rmdir "$(cg_dir "$h")/$CG_NAME/r"
	run --separate-stderr cgns-path -J -H "$h" -o PATH,OWN,ROOT,STATE "$CG_PID"
	jq -e --arg name "$CG_NAME" '.cgroups[0] ==
		{path: "/\($name)/x", own: "/../x", root: null, state: "removed"}' \
		<<<"$output" || fail "$output"
	run -0 cgns-path -H "$h" -t "$CG_PID" "$CG_PID"
	assert_output /../x
	run -0 cgns-path -H "$h" -t "$CG_PID" $$
	assert_output "$(nsenter -t "$CG_PID" -C cat /proc/$$/cgroup |
		sed -n "s/^[0-9]*:${hierarchy#unified}://p")"
	refused 1 -H "$h" -f "$CG_PID" /a
	said removed
	refused 1 -H "$h" -t "$CG_PID" /a
	said removed
}

@test "path: the states of a path" {
	cg_ns_sleeper "$CG_NAME/r"
	cg_make "$h" "$CG_NAME/r/in"
	cg_make "$h" "$CG_NAME/out"
	run -0 cgns-path -J -H "$h" -f "$CG_PID" -o WHAT,PATH,OWN,ROOT,STATE,PID,COMMAND,DIR,CGID \
		/ /in /../out /none
	jq -e --arg root "/$CG_NAME/r" --arg dir "$(cg_dir "$h")/$CG_NAME/r/in" '
		[.cgroups[].state] == ["inside", "inside", "outside", "missing"] and
		[.cgroups[].root] == [$root, $root, $root, $root] and
		[.cgroups[].own] == [null, null, null, null] and
		[.cgroups[].pid] == [null, null, null, null] and
		.cgroups[1].path == $root + "/in" and .cgroups[1].dir == $dir and
		.cgroups[3].dir == null and .cgroups[3].cgid == null' <<<"$output" || fail "$output"
}

@test "path: JSON is JSON, whatever the names are" {
	local name names=($'a"b' 'a\b' $'\x01' $'a\tb' $'\x1b[31m' 'é' '  ' $'\x7f' '\x41')

	for name in "${names[@]}"; do
		cg_make "$h" "$CG_NAME/$name"
	done
	run -0 cgns-path -J -H "$h" "${names[@]/#//$CG_NAME/}"
	for name in "${!names[@]}"; do
		assert_equal "$(jq -r ".cgroups[$name].path" <<<"$output")" "/$CG_NAME/${names[name]}"
		assert_equal "$(jq -r ".cgroups[$name].what" <<<"$output")" "/$CG_NAME/${names[name]}"
		assert_equal "$(jq -r ".cgroups[$name].dir" <<<"$output")" \
			"$(cg_dir "$h")/$CG_NAME/${names[name]}"
	done
	# invalid UTF-8 cannot be in JSON as it is
	cg_make "$h" "$CG_NAME/"$'a\xffb'
	run -0 cgns-path -J -H "$h" "/$CG_NAME/"$'a\xffb'
	iconv -f UTF-8 -t UTF-8 <<<"$output" | jq -e '.cgroups[0].path' >/dev/null
}

@test "path: --raw keeps columns apart, whatever the names are" {
	local name

	for name in 'a b' $'a\tb' $'a\x1bb' ' '; do
		run -0 cgns-path -r -n -H "$h" -o PATH,HIERARCHY "/$name"
		assert_equal "$(wc -w <<<"$output")" 2
		assert_equal "${#lines[@]}" 1
	done
	run -0 cgns-path -r -n -H "$h" -o PATH '/a b'
	assert_output '/a\x20b'
}

@test "path: --noheadings leaves the headings out, --notruncate cuts nothing" {
	local long

	run -0 cgns-path -n -H "$h" -o PATH,HIERARCHY /a
	refute_output --partial PATH
	printf -v long '/%0200d' 0
	run -0 cgns-path -u -H "$h" "$long"
	assert_output --partial "$long"
	# into a pipe nothing is cut anyhow
	run -0 cgns-path -l -H "$h" "$long"
	assert_output --partial "$long"
}

@test "path: a table has no row for a WHAT that fails, and the status says so" {
	run --separate-stderr cgns-path -l -H "$h" -n -r -o WHAT /a nonsense
	assert_failure 64
	assert_output /a
	said nonsense
	run --separate-stderr cgns-path -J -H "$h" nonsense
	assert_failure 1
	[[ -z $output ]] || jq -e '.cgroups == []' <<<"$output"
}

## Usage ---------------------------------------------------------------------------------------

@test "path: --help and --version" {
	local option

	run -0 cgns-path --help
	for option in --from --to --hierarchy --as --strict --exists --zero --list --json --raw \
		--noheadings --output --output-all --notruncate --list-columns --help --version; do
		assert_output --partial -- "$option"
	done
	run -0 cgns-path -h
	run -0 cgns-path --version
	assert_output --regexp '^cgns-path from cgns [0-9]+\.[0-9]+'
	run -0 cgns-path -V
}

@test "path: wrong usage is said, with where to read on" {
	misused --nonsense
	misused --form 1 /
	said --from
	misused -X
	misused --from
	misused --as
	misused --as nonsense /
	said nonsense
	said dir
	misused --list=x
	misused -p 1
	said 'a PID is a WHAT by itself'
}

@test "path: the first option that is wrong decides, and nothing else happens" {
	run --separate-stderr cgns-path --nonsense --help
	assert_failure 1
	assert_output ''
}

@test "path: a write error is an error, always" {
	local arguments

	for arguments in '/' 'self' '--help' '--version' '-L' '-l' '-J' '-r' '-A id /' '-A dir /' '-z /'; do
		# shellcheck disable=SC2086
		run --separate-stderr bash -c 'cgns-path "$@" >/dev/full' - $arguments
		[[ $status == 1 ]] || fail "cgns-path $arguments >/dev/full: status $status"
		said 'No space left on device'
		# shellcheck disable=SC2086
		run --separate-stderr bash -c 'cgns-path "$@" >&-' - $arguments
		[[ $status == 1 ]] || fail "cgns-path $arguments >&-: status $status"
	done
	run --separate-stderr bash -c 'yes /x | head -n 100000 | cgns-path - >/dev/full'
	assert_failure 1
	said 'No space left on device'
}

@test "path: a read error is an error" {
	run --separate-stderr bash -c 'cgns-path - </'
	assert_failure 1
	said 'Is a directory'
	run --separate-stderr bash -c 'cgns-path - <&-'
	assert_failure 1
	said 'Bad file descriptor'
}

@test "path: a reader that has read enough ends it without noise" {
	run --separate-stderr bash -c 'yes /x | head -n 1000000 | cgns-path - | head -n 1'
	assert_output /x
	# shellcheck disable=SC2154
	assert_equal "$stderr" ''
}

## Unsafe bytes --------------------------------------------------------------------------------

@test "path: unsafe bytes are escaped on a terminal, and left as they are elsewhere" {
	local name=$'a\x1b[31mb\xffc\x7f\xc2\x85\\x41é'

	cg_sleeper "$CG_NAME/$name"
	run -0 cgns-path -H "$h" "$CG_PID" "/$name"
	assert_output "/$CG_NAME/$name"$'\n'"/$name"
	run -0 script -qec "cgns-path -H '$h' $CG_PID" /dev/null
	assert_output --partial "/$CG_NAME/"'a\x1b[31mb\xffc\x7f\xc2\x85\x5cx41é'
	refute_output --partial $'\x1b[31m'
	run -0 script -qec "cgns-path -l -H '$h' $CG_PID" /dev/null
	refute_output --partial $'\x1b[31m'
	refute_output --partial $'\xff'
	# messages are for people
	run --separate-stderr cgns-path -H "$h" -e "/$name"
	assert_failure 1
	[[ $stderr != *$'\x1b'* && $stderr != *$'\xff'* ]] || fail "a message with raw bytes: $stderr"
	said '\x1b[31mb\xff'
	run --separate-stderr cgns-path -H "$h" $'nonsense\x1b[31m'
	[[ $stderr != *$'\x1b'* ]] || fail "a message with raw bytes: $stderr"
}

@test "path: a table in a locale without UTF-8 is printed, with any name in it" {
	bash -c 'exec -a "$(printf "\xc4\x9b\x1f\xdd\xca\xb5\x99\x83\xc8\x83=/#")" sleep 1000' &
	cg_record $!
	cg_until grep -q '/#' "/proc/$!/cmdline"
	run -0 env LC_ALL=C timeout 60 cgns-path -n -o COMMAND -H "$(cg_hierarchies | head -n 1 | cut -d ' ' -f 1)" $!
	assert_output '\xc4\x9b\x1f\xdd\xca\xb5\x99\x83\xc8\x83=/# 1000'
}

@test "path: hierarchies that say the same share a row, where people read it" {
	local all one two names

	all=$(wc -l < /proc/self/cgroup)
	((all > 2)) || skip "fewer than three hierarchies"
	mapfile -t names < <(cgns-path -n -r -o HIERARCHY self)
	cg_sleeper
	one=${names[0]} two=${names[1]}
	cg_make "$two" "/$CG_NAME" > /dev/null
	cg_move "$two" "/$CG_NAME" "$CG_PID"
	# all in one place but one
	run -0 --separate-stderr cgns-path -n -l -o HIERARCHY,PATH "$CG_PID"
	refute_line --regexp "^$one .*$two"
	assert_line --regexp "^ *$two +/$CG_NAME\$"
	assert_equal "$(awk '{ n += NF - 1 } END { print n }' <<< "$output")" "$all"
	# wrapped between names, and none of the usual ones is broken
	COLUMNS=40 run -0 --separate-stderr cgns-path -n -l "$CG_PID"
	for one in "${names[@]}"; do
		((${#one} > 12)) || grep -qwF -e "$one" <<< "$output" || fail "$one is broken: $output"
	done
	# one for each, where it cannot be said, or is for a script
	run -0 --separate-stderr cgns-path -n -o PATH "$CG_PID"
	assert_equal "${#lines[@]}" "$all"
	run -0 --separate-stderr cgns-path -n -o HIERARCHY "$CG_PID"
	assert_equal "${#lines[@]}" "$all"
	run -0 --separate-stderr cgns-path -n -r -o HIERARCHY,PATH "$CG_PID"
	assert_equal "${#lines[@]}" "$all"
}

@test "path: how another namespace sees a process is asked of one child, which finds no root" {
	cg_needs_strace
	cg_ns_sleeper "$CG_NAME"
	ASAN_OPTIONS=detect_leaks=0 strace -f -o "$BATS_TEST_TMPDIR/log" -e trace=setns \
		cgns-path --to "$CG_PID" "$CG_PID" self
	run -0 grep -c ' = 0$' "$BATS_TEST_TMPDIR/log"
	assert_output 1
}
