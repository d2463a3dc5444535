#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# cgns-unshare: the root is where it was asked for, in every hierarchy; what fails leaves nothing
# behind; and the program finds the world as its caller left it.

# Programs are given as text to another shell.
# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

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

# views PID: "HIERARCHY PATH" of a process, for the hierarchies that are mounted
views()
{
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		printf '%s %s\n' "$hierarchy" "$(cg_of "$hierarchy" "$1")"
	done
}

# saved_view HIERARCHY FILE: the path in a saved /proc/self/cgroup
saved_view()
{
	local names=$1

	[[ $names != unified ]] || names=
	sed -n "s|^[0-9]*:$names:||p" "$2"
}

# begin NAME ARGUMENT...: starts cgns-unshare with a program that writes its PID to a file and
# sleeps; sets CG_PID to the program, STARTED to what was started.
begin()
{
	local file=$BATS_TEST_TMPDIR/pid-$1
	shift
	cgns-unshare "$@" -- sh -c 'echo $$ > "$1.new"; mv "$1.new" "$1"; exec sleep infinity' \
		sh "$file" < /dev/null > /dev/null 2>&1 3>&- &
	STARTED=$!
	disown
	cg_record "$STARTED"
	cg_until test -s "$file"
	CG_PID=$(< "$file")
	cg_record "$CG_PID"
}

# at_home COMMAND...: runs it in /$CG_NAME/at-HIERARCHY of each hierarchy
at_home()
{
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		cg_make "$hierarchy" "/$CG_NAME/at-$hierarchy" > /dev/null
	done
	cat > "$BATS_TEST_TMPDIR/go" <<- 'END'
		while read -r hierarchy dir; do
			echo $$ > "$dir/$CG_NAME/at-$hierarchy/cgroup.procs"
		done < "$1"
		shift
		exec "$@"
	END
	cg_hierarchies > "$BATS_TEST_TMPDIR/list"
	sh "$BATS_TEST_TMPDIR/go" "$BATS_TEST_TMPDIR/list" "$@"
}

## The root --------------------------------------------------------------------------------------

@test "unshare: the cgroup that was asked for is the root in every mounted hierarchy" {
	local hierarchy

	cgns-unshare -g "/$CG_NAME/a" --create cat /proc/self/cgroup > "$BATS_TEST_TMPDIR/inside"
	for hierarchy in "${hierarchies[@]}"; do
		assert_equal "$hierarchy $(saved_view "$hierarchy" "$BATS_TEST_TMPDIR/inside")" \
			"$hierarchy /"
	done
	begin one -g "/$CG_NAME/a"
	for hierarchy in "${hierarchies[@]}"; do
		assert_equal "$hierarchy $(cg_of "$hierarchy" "$CG_PID")" "$hierarchy /$CG_NAME/a"
	done
	# It is the root because it was joined before: from there the caller's cgroup is outside.
	run -0 nsenter --target "$CG_PID" --cgroup cat "/proc/$$/cgroup"
	assert_line --partial ":$(cg_of "$first" | sed "s|^/*|/../../|; s|/$||")"
}

@test "unshare: a relative path begins at the caller's own cgroup, of each hierarchy" {
	local hierarchy

	run -0 at_home cgns-unshare -v -f -g sub/./er// -N true
	for hierarchy in "${hierarchies[@]}"; do
		assert_line "cgns-unshare: joined /$CG_NAME/at-$hierarchy/sub/er of $hierarchy"
	done
}

@test "unshare: with a hierarchy, that one alone is joined" {
	local hierarchy

	for hierarchy in $(! cg_has_v2 || echo unified) $(cg_v1 2); do
		begin "${hierarchy//=/-}" -g "$hierarchy:/$CG_NAME/only" -N
		views "$CG_PID" > "$BATS_TEST_TMPDIR/got"
		views $$ | sed "s|^$hierarchy .*|$hierarchy /$CG_NAME/only|" > "$BATS_TEST_TMPDIR/want"
		run -0 diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
		kill -KILL "$CG_PID"
	done
}

@test "unshare: a path for one hierarchy counts for more than one for all, in any order" {
	((${#hierarchies[@]} > 1)) || skip "there is one hierarchy only"
	begin one -g "$first:/$CG_NAME/special" -g "/$CG_NAME/all" -N
	assert_equal "$(cg_of "$first" "$CG_PID")" "/$CG_NAME/special"
	assert_equal "$(cg_of "${hierarchies[1]}" "$CG_PID")" "/$CG_NAME/all"
	begin two -g "/$CG_NAME/all" -g "$first:/$CG_NAME/special" -N
	assert_equal "$(cg_of "$first" "$CG_PID")" "/$CG_NAME/special"
}

@test "unshare: a controller names the hierarchy that it is in" {
	local hierarchy

	for hierarchy in "${hierarchies[@]}"; do
		[[ $hierarchy == *,* ]] || continue
		begin one -g "${hierarchy#*,}:/$CG_NAME" -N
		assert_equal "$(cg_of "$hierarchy" "$CG_PID")" "/$CG_NAME"
		return
	done
	skip "no two controllers share a hierarchy here"
}

@test "unshare: names hold any byte but slash and newline" {
	local name

	for name in 'a:b' 'a b' '...' '..x' $'tab\there' 'back\slash' $'\xff\xfe' 'x (deleted)' '-n' \
		'name=x:y' '%s'; do
		run -0 cgns-unshare -g "$first:/$CG_NAME/$name" -N cat /proc/self/cgroup
		assert [ -d "$(cg_dir "$first")/$CG_NAME/$name" ]
	done
	# A colon after a slash is part of the path.
	run -0 sh -c 'cd / && exec cgns-unshare -v -g "./$CG_NAME:x" -N --rm true'
	assert_output --partial "/$CG_NAME:x of $first"
}

@test "unshare: without -g the root is the caller's own cgroup, as with unshare -C" {
	cgns-unshare cat /proc/self/cgroup > "$BATS_TEST_TMPDIR/ours"
	unshare -C cat /proc/self/cgroup > "$BATS_TEST_TMPDIR/theirs"
	run -0 diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
	run -0 cgns-unshare readlink /proc/self/ns/cgroup
	refute_output "$(readlink /proc/self/ns/cgroup)"
}

@test "unshare: new v1 cpusets get their parent's cpus and mems" {
	local dir

	dir=$(cg_dir cpuset) || skip "no v1 cpuset here"
	cgns-unshare -g "cpuset:/$CG_NAME/a/b" -N true
	for file in cpuset.cpus cpuset.mems; do
		assert [ -n "$(< "$dir/$file")" ]
		assert_equal "$(< "$dir/$CG_NAME/a/b/$file")" "$(< "$dir/$file")"
	done
	# A narrower parent is inherited from as well, and one that is set is left alone.
	echo 0 > "$dir/$CG_NAME/a/b/cpuset.cpus"
	cgns-unshare -g "cpuset:/$CG_NAME/a/b/c" -N true
	assert_equal "$(< "$dir/$CG_NAME/a/b/c/cpuset.cpus")" 0
	cgns-unshare -g "cpuset:/$CG_NAME/a/b" -N true
	assert_equal "$(< "$dir/$CG_NAME/a/b/cpuset.cpus")" 0
}

@test "unshare: where the caller is already nothing is joined, and no permission is needed" {
	local as=(setpriv --reuid 65534 --regid 65534 --clear-groups --inh-caps=-all)

	"${as[@]}" unshare -U true 2> /dev/null || skip "no user namespaces for users here"
	"${as[@]}" test -x "$(command -v cgns-unshare)" || skip "the build tree is not readable by all"
	run "${as[@]}" test -w "$(cg_dir "$first")/cgroup.procs"
	assert_failure
	run -0 "${as[@]}" cgns-unshare -r -v -g . cat /proc/self/cgroup
	refute_output --partial joined
	assert_line --regexp ':/$'
}

## The subgroup ----------------------------------------------------------------------------------

@test "unshare: --subgroup runs the program in a child of the root" {
	local hierarchy

	for fork in '' -f; do
		cgns-unshare $fork -g "/$CG_NAME" -N --subgroup kid cat /proc/self/cgroup \
			> "$BATS_TEST_TMPDIR/inside"
		for hierarchy in "${hierarchies[@]}"; do
			assert_equal "$hierarchy $(saved_view "$hierarchy" "$BATS_TEST_TMPDIR/inside")" \
				"$hierarchy /kid"
		done
	done
}

@test "unshare: --subgroup alone makes a child of the caller's cgroup, and --rm removes it" {
	local hierarchy number=0

	run -0 at_home cgns-unshare -v --subgroup kid --rm cat /proc/self/cgroup
	for hierarchy in "${hierarchies[@]}"; do
		assert_line "cgns-unshare: joined /$CG_NAME/at-$hierarchy/kid of $hierarchy"
		number=$((number + 1))
	done
	assert_equal "$(grep -c ':/kid$' <<< "$output")" "$number"
	run find "${dirs[@]}" -xdev -path "*/$CG_NAME/*" -name kid
	assert_output ''
	for hierarchy in "${hierarchies[@]}"; do
		assert [ -e "$(cg_dir "$hierarchy")/$CG_NAME/at-$hierarchy" ]
	done
	# And in the one that is named.
	run -0 at_home cgns-unshare -v -g "$first:." --subgroup kid --rm true
	assert_equal "$(grep ' joined ' <<< "$output")" \
		"cgns-unshare: joined /$CG_NAME/at-$first/kid of $first"
}

@test "unshare: with --subgroup the root hands controllers to its children" {
	local dir controllers

	cg_has_v2 || skip "no v2 hierarchy"
	dir=$(cg_dir unified)
	# The rule is about controllers that cannot be threaded.
	controllers=$(grep -owE 'memory|io|hugetlb|misc|rdma' "$dir/cgroup.controllers" | head -n 1)
	[[ -n $controllers ]] || skip "no such controller is available in v2"
	mkdir "$dir/$CG_NAME"
	echo "+$controllers" > "$dir/cgroup.subtree_control"
	echo "+$controllers" > "$dir/$CG_NAME/cgroup.subtree_control"
	cat > "$BATS_TEST_TMPDIR/program" <<- 'END'
		root=$1
		echo "+$2" > "$root/cgroup.subtree_control" || exit 1
		mkdir "$root/other" && cat "$root/other/cgroup.controllers"
	END
	run -0 cgns-unshare -g "unified:/$CG_NAME/r" -N --rm -M --subgroup init \
		sh "$BATS_TEST_TMPDIR/program" "$dir" "$controllers"
	assert_output "$controllers"
	# Without it the root holds the program, and the kernel refuses.
	run cgns-unshare -g "unified:/$CG_NAME/r" -N --rm -M \
		sh "$BATS_TEST_TMPDIR/program" "$dir" "$controllers"
	assert_failure
	echo "-$controllers" > "$dir/$CG_NAME/cgroup.subtree_control"
}

## --persist -------------------------------------------------------------------------------------

@test "unshare: --persist keeps the namespace, and its root is found again" {
	local file=$BATS_TEST_TMPDIR/ns hierarchy

	run -0 cgns-unshare -g "/$CG_NAME/kept" -N --persist "$file"
	assert_output ''
	assert_equal "$(stat -f -c %T "$file")" nsfs
	for hierarchy in "${hierarchies[@]}"; do
		assert_equal "$(cgns-path -H "$hierarchy" --from "$file" /)" "/$CG_NAME/kept"
	done
	run -0 nsenter --cgroup="$file" cat /proc/self/cgroup
	umount "$file"
	rm "$file"
}

@test "unshare: --persist with a program keeps its namespace, and FILE may be there" {
	local file=$BATS_TEST_TMPDIR/ns

	for options in '' -f -m '-f -p -m' '-M --rm'; do
		echo precious > "$file"
		# shellcheck disable=SC2086
		run -0 cgns-unshare -g "/$CG_NAME/kept" -N $options -P "$file" \
			stat -L -c %i /proc/self/ns/cgroup
		assert_output "$(stat -c %i "$file")"
		umount "$file"
		assert_equal "$(< "$file")" precious
		assert [ -z "$(grep -F "$file" /proc/self/mountinfo)" ]
	done
}

@test "unshare: a failure leaves neither FILE nor namespace nor cgroup behind" {
	local file=$BATS_TEST_TMPDIR/ns options

	for options in '' -f --rm '-S 65534 -G 65534' '--caps none' '-M -r -f -p' '--subgroup x -m'; do
		# shellcheck disable=SC2086
		run -127 cgns-unshare -g "/$CG_NAME/new" -N $options -P "$file" /no/such/program
		assert [ ! -e "$file" ]
		assert_equal "$options$(cg_own_cgroups)" "$options"
		: > "$file"
		# shellcheck disable=SC2086
		run cgns-unshare -g "/$CG_NAME/new" -N $options -P "$file" /dev/null
		assert_equal "$options $status" "$options 126"
		assert_equal "$(stat -f -c %T "$file")" "$(stat -f -c %T "$BATS_TEST_TMPDIR")"
		assert_equal "$options$(cg_own_cgroups)" "$options"
		rm "$file"
	done
	run cgns-unshare -g "/$CG_NAME/new" -N -P "$BATS_TEST_TMPDIR" true
	assert_equal "$status" 125
	assert_output --partial 'Is a directory'
	run cgns-unshare -g "/$CG_NAME/new" -N -P "$BATS_TEST_TMPDIR/no/such" true
	assert_equal "$status" 125
	assert_equal "$(cg_own_cgroups)" ''
}

@test "unshare: a failure half-way leaves the caller where it was, and nothing of what was made" {
	local dir

	if dir=$(cg_dir cpuset); then
		# Of all hierarchies, only the cpuset refuses the process.
		mkdir "$dir/$CG_NAME"
		assert_equal "$(< "$dir/$CG_NAME/cpuset.cpus")" ''
	elif cg_has_v2; then
		# A child of a cgroup with a threaded one is no place for a process.
		dir=$(cg_dir unified)
		mkdir -p "$dir/$CG_NAME/t"
		echo threaded > "$dir/$CG_NAME/t/cgroup.type"
	else
		skip "nothing here refuses a process"
	fi
	cg_own_cgroups > "$BATS_TEST_TMPDIR/before"
	views $$ > "$BATS_TEST_TMPDIR/home"
	for fork in '' -f; do
		run cgns-unshare $fork -v -g "/$CG_NAME/x/y" -N true
		assert_equal "$status" 125
		assert_output --partial created
		assert_output --partial 'cannot join'
		run -0 diff "$BATS_TEST_TMPDIR/before" <(cg_own_cgroups)
	done
	views $$ | run -0 diff "$BATS_TEST_TMPDIR/home" -
}

@test "unshare: killed before the program began, what was made is removed all the same" {
	command -v strace > /dev/null || skip "no strace"
	strace -qq -e trace=none true 2> /dev/null || skip "strace may not trace here"
	gone() { [[ -z $(cg_own_cgroups) && ! -e $BATS_TEST_TMPDIR/ns ]]; }
	for fork in '' -f; do
		# shellcheck disable=SC2086
		run strace -f -qq -o /dev/null -e trace=unshare -e inject=unshare:signal=KILL \
			cgns-unshare $fork -g "/$CG_NAME/x" -N -P "$BATS_TEST_TMPDIR/ns" true
		assert_equal "$status" 137
		assert_output ''
		cg_until gone
	done
}

## The program's world ---------------------------------------------------------------------------

@test "unshare: without need nothing is forked: the program is the caller's own process" {
	for options in '' "-g /$CG_NAME -N" "-g /$CG_NAME -N -M" "-P $BATS_TEST_TMPDIR/ns -g /$CG_NAME"; do
		# shellcheck disable=SC2086
		run -0 sh -c 'echo $$; exec cgns-unshare "$@" sh -c "echo \$\$"' sh $options
		assert_equal "${lines[0]}" "${lines[1]}"
	done
	umount "$BATS_TEST_TMPDIR/ns"
}

@test "unshare: the program has no child that it did not start, and no signal pending" {
	local file=$BATS_TEST_TMPDIR/ns

	# SIGCHLD blocked: one that had been sent would still be there.
	run -0 env --block-signal=CHLD cgns-unshare -g "/$CG_NAME" -N -P "$file" \
		grep -E '^(Sig|Shd)Pnd' /proc/self/status
	assert_output "SigPnd:	0000000000000000
ShdPnd:	0000000000000000"
	run -0 cgns-unshare -g "/$CG_NAME" -N -P "$file" sh -c 'cat /proc/$$/task/$$/children'
	# The one that is running cat.
	[[ $output =~ ^[0-9]+\ ?$ ]] || fail "children: $output"
	umount "$file"
	umount "$file"
}

@test "unshare: the program gets the caller's descriptors, and none of ours" {
	local options

	exec 7< /dev/null 9> "$BATS_TEST_TMPDIR/nine"
	: > "$BATS_TEST_TMPDIR/there"
	for options in '' -f "-g /$CG_NAME -N" "-g /$CG_NAME --rm -M" "-g /$CG_NAME --subgroup s -f" \
		"-P $BATS_TEST_TMPDIR/ns -g /$CG_NAME" "-P $BATS_TEST_TMPDIR/there" '-r -M' \
		'-m -p -f --mount-proc' '--caps none' "-R / -w /"; do
		# The directory that is read is the one descriptor more.
		# shellcheck disable=SC2086
		cgns-unshare $options sh -c 'exec ls -l /proc/self/fd' < /dev/null 2> /dev/null 3>&- \
			| sed -n 's|.* \([0-9]* -> .*\)|\1|p' > "$BATS_TEST_TMPDIR/ours"
		sh -c 'exec ls -l /proc/self/fd' < /dev/null 2> /dev/null 3>&- \
			| sed -n 's|.* \([0-9]* -> .*\)|\1|p' > "$BATS_TEST_TMPDIR/plain"
		sed -i 's|\(pipe:\).*|\1|; s|/proc/[0-9]*/fd|/proc/N/fd|' \
			"$BATS_TEST_TMPDIR/ours" "$BATS_TEST_TMPDIR/plain"
		assert [ -s "$BATS_TEST_TMPDIR/plain" ]
		run -0 diff "$BATS_TEST_TMPDIR/plain" "$BATS_TEST_TMPDIR/ours"
	done
	exec 7<&- 9>&-
	umount "$BATS_TEST_TMPDIR/ns" "$BATS_TEST_TMPDIR/there"
}

@test "unshare: standard descriptors that are closed stay closed, and take none of ours" {
	local options closed

	for options in "-g /$CG_NAME -N" "-g /$CG_NAME --rm -f -M"; do
		# shellcheck disable=SC2086
		cgns-unshare $options bash -c 'exec 8> "$1"; ls -l /proc/$$/fd >&8' sh \
			"$BATS_TEST_TMPDIR/out" <&- >&- 2>&- 3>&-
		refute grep -qE ' [0-2] -> ' "$BATS_TEST_TMPDIR/out"
		assert grep -q ' 8 -> ' "$BATS_TEST_TMPDIR/out"
	done
	# What is said meanwhile does not end up in a file or a channel of ours. Which of them would get
	# the number of standard error depends on what is opened before, and on what else is closed.
	for options in '' -f "-g /$CG_NAME -N" "-g /$CG_NAME -N --rm" "-g /$CG_NAME -N -f"; do
		for closed in '<&- >&- 2>&-' '<&- 2>&-' '>&- 2>&-' '2>&-'; do
			# shellcheck disable=SC2086
			run -0 sh -c "exec cgns-unshare -v \"\$@\" $closed" sh $options \
				-P "$BATS_TEST_TMPDIR/ns" -- sh -c 'readlink /proc/self/ns/cgroup > "$1"' \
				sh "$BATS_TEST_TMPDIR/out"
			assert_equal "$options $closed $(< "$BATS_TEST_TMPDIR/out")" \
				"$options $closed cgroup:[$(stat -c %i "$BATS_TEST_TMPDIR/ns")]"
			umount "$BATS_TEST_TMPDIR/ns"
		done
	done
	run -127 cgns-unshare -g "/$CG_NAME" -N "$BATS_TEST_TMPDIR/none" <&- 2>&-
}

@test "unshare: signal mask and dispositions are the caller's" {
	local options

	for options in '' -f "-g /$CG_NAME -N" "-g /$CG_NAME --rm" '-p -f -m' "-r -f -p"; do
		# shellcheck disable=SC2086
		run -0 timeout -k 1 "$CG_DEADLINE" \
			env --ignore-signal=CHLD --ignore-signal=INT --ignore-signal=USR1 \
			--block-signal=TERM --block-signal=HUP --block-signal=USR2 \
			cgns-unshare $options grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
		ours=$output
		run -0 env --ignore-signal=CHLD --ignore-signal=INT --ignore-signal=USR1 \
			--block-signal=TERM --block-signal=HUP --block-signal=USR2 \
			grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
		assert_equal "$options $ours" "$options $output"
		refute_output --partial $'SigBlk:\t0000000000000000'
	done
}

@test "unshare: exit statuses: the program's, 125, 126, 127" {
	for options in '' -f "-g /$CG_NAME -N --rm" '-p -f'; do
		# shellcheck disable=SC2086
		run cgns-unshare $options sh -c 'exit 7'
		assert_equal "$options $status" "$options 7"
		# shellcheck disable=SC2086
		run -127 cgns-unshare $options no-such-program-here
		assert_output --regexp '^cgns-unshare: .*no-such-program-here.*: No such file or directory: '
		# shellcheck disable=SC2086
		run cgns-unshare $options /etc/passwd
		assert_equal "$options $status" "$options 126"
		assert_output --regexp '^cgns-unshare: .*/etc/passwd.*: Permission denied: '
		# shellcheck disable=SC2086
		run cgns-unshare $options -R "$BATS_TEST_TMPDIR/none" true
		assert_equal "$options $status" "$options 125"
	done
	run cgns-unshare --no-such-option
	assert_equal "$status" 125
	assert_line "Try 'cgns-unshare --help' for more information."
	run cgns-unshare -P "$BATS_TEST_TMPDIR/ns" -g "/$CG_NAME" -N --rm
	assert_equal "$status" 125
	assert_equal "$(cg_own_cgroups)" ''
}

@test "unshare: without a program a login shell is run, as unshare does" {
	for shell in /bin/bash /bin/sh; do
		SHELL=$shell run -0 cgns-unshare <<< 'echo "$0"'
		ours=$output
		SHELL=$shell run -0 unshare -C <<< 'echo "$0"'
		assert_equal "$ours" "$output"
		assert_output --partial "-${shell##*/}"
	done
	run -0 env -u SHELL cgns-unshare <<< 'echo "$0"'
	assert_output --partial '-sh'
}

@test "unshare: -v says each step, in order, on standard error" {
	run -0 --separate-stderr cgns-unshare -v -g "$first:/$CG_NAME/x" -N --rm -M --owner 65534 \
		--subgroup s -P "$BATS_TEST_TMPDIR/ns" true
	assert_output ''
	# shellcheck disable=SC2154
	mapfile -t said < <(cut -d ' ' -f 2 <<< "$stderr" | uniq)
	assert_equal "${said[*]}" "created gave created joined unshared: joined bound mounted removing"
	umount "$BATS_TEST_TMPDIR/ns"
	run -0 --separate-stderr cgns-unshare -g "$first:/$CG_NAME/x" -N --rm -M true
	assert_equal "$stderr" ''
}

@test "unshare: --help and --version print on standard output, and notice that they cannot" {
	for option in --help -h --version -V; do
		run -0 --separate-stderr cgns-unshare "$option"
		assert [ -n "$output" ]
		assert_equal "$stderr" ''
		run sh -c 'cgns-unshare "$1" > /dev/full' sh "$option"
		assert_equal "$status" 125
		assert_output --partial 'No space left on device'
	done
}
