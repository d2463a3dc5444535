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
		assert_output --partial "/$CG_NAME/at-$hierarchy/sub/er in $hierarchy"
	done
}

@test "unshare: with a hierarchy, that one alone is joined" {
	local hierarchy

	for hierarchy in $(! cg_has_v2 || echo unified) $(cg_v1 2); do
		begin "${hierarchy//=/-}" -g "$hierarchy:/$CG_NAME/only" -N
		views "$CG_PID" > "$BATS_TEST_TMPDIR/got"
		views $$ | sed "s|^$hierarchy .*|$hierarchy /$CG_NAME/only|" > "$BATS_TEST_TMPDIR/want"
		diff "$BATS_TEST_TMPDIR/want" "$BATS_TEST_TMPDIR/got"
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
	assert_output --partial "/$CG_NAME:x in "
}

@test "unshare: without -g the root is the caller's own cgroup, as with unshare -C" {
	cgns-unshare cat /proc/self/cgroup > "$BATS_TEST_TMPDIR/ours"
	unshare -C cat /proc/self/cgroup > "$BATS_TEST_TMPDIR/theirs"
	diff "$BATS_TEST_TMPDIR/theirs" "$BATS_TEST_TMPDIR/ours"
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
	cg_public cgns-unshare
	PATH=$CG_PUBLIC:$PATH
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
		assert_output --partial "/$CG_NAME/at-$hierarchy/kid in $hierarchy"
		number=$((number + 1))
	done
	assert_equal "$(grep -c ':/kid$' <<< "$output")" "$number"
	assert_equal "$(cg_cgroups "*/$CG_NAME/*/kid")" ''
	for hierarchy in "${hierarchies[@]}"; do
		assert [ -e "$(cg_dir "$hierarchy")/$CG_NAME/at-$hierarchy" ]
	done
	# And in the one that is named.
	run -0 at_home cgns-unshare -v -g "$first:." --subgroup kid --rm true
	assert_equal "$(grep ' joined ' <<< "$output")" \
		"cgns-unshare: joined /$CG_NAME/at-$first/kid in $first"
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
	run -0 cgns-unshare -g "unified:/$CG_NAME/r" -N --rm --subgroup init \
		sh "$BATS_TEST_TMPDIR/program" "$dir/$CG_NAME/r" "$controllers"
	assert_output "$controllers"
	# Without it the root holds the program, and the kernel refuses.
	run cgns-unshare -g "unified:/$CG_NAME/r" -N --rm \
		sh "$BATS_TEST_TMPDIR/program" "$dir/$CG_NAME/r" "$controllers"
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
	umount --lazy "$file"
	rm "$file"
}

@test "unshare: --persist with a program keeps its namespace, and an empty FILE may be there" {
	local file=$BATS_TEST_TMPDIR/ns

	for options in '' -f -m '-f -p -m' '-M --rm'; do
		[[ $options != *-[mM]* ]] || cg_has_private_mounts || continue
		: > "$file"
		# shellcheck disable=SC2086
		run -0 cgns-unshare -g "/$CG_NAME/kept" -N $options -P "$file" \
			stat -L -c %i /proc/self/ns/cgroup
		assert_output "$(stat -c %i "$file")"
		umount --lazy "$file"
		assert_equal "$(stat -f -c %T "$file")" "$(stat -f -c %T "$BATS_TEST_TMPDIR")"
		assert [ -z "$(grep -F "$file" /proc/self/mountinfo)" ]
	done
}

# persist_refused FILE WORDS: --persist refuses it, makes nothing, and leaves what is there
persist_refused()
{
	local file=$1 before after fork

	before=$(stat -c '%d %i %s %F' "$file"; grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo || true)
	for fork in '' -f; do
		# shellcheck disable=SC2086
		run cgns-unshare $fork -g "/$CG_NAME/new" -N -P "$file" true
		assert_equal "$status" 125
		assert_output --partial "cannot keep the namespace on $file: $2"
		assert_equal "${#lines[@]}" 1
		after=$(stat -c '%d %i %s %F' "$file"; grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo || true)
		assert_equal "$after" "$before"
		assert_equal "$(cg_own_cgroups)" ''
	done
}

@test "unshare: --persist refuses a link, a file that holds a namespace, and a file with data" {
	local file=$BATS_TEST_TMPDIR/ns link=$BATS_TEST_TMPDIR/link data=$BATS_TEST_TMPDIR/data

	echo precious > "$data"
	persist_refused "$data" 'the file is not empty: its content would be covered'
	assert_equal "$(< "$data")" precious

	: > "$BATS_TEST_TMPDIR/target"
	ln -s "$BATS_TEST_TMPDIR/target" "$link"
	persist_refused "$link" "it is a symbolic link to $BATS_TEST_TMPDIR/target: "
	ln -sf "$BATS_TEST_TMPDIR/nowhere" "$link"
	persist_refused "$link" "it is a symbolic link to $BATS_TEST_TMPDIR/nowhere: "
	assert [ ! -e "$BATS_TEST_TMPDIR/nowhere" ]

	run -0 cgns-unshare -P "$file"
	persist_refused "$file" "it holds a namespace already: umount $file lets go of it"
	run -0 nsenter --cgroup="$file" true
	umount --lazy "$file"
	mkfifo "$BATS_TEST_TMPDIR/fifo"
	persist_refused "$BATS_TEST_TMPDIR/fifo" 'an empty regular file, or a name that is free, is needed'
}

@test "unshare: --persist takes back its own mount and file, whatever the name means by then" {
	local file=$BATS_TEST_TMPDIR/d/ns fork pid status

	mkfifo "$BATS_TEST_TMPDIR/words"
	exec 8<> "$BATS_TEST_TMPDIR/words"
	for fork in '' -f; do
		mkdir "$BATS_TEST_TMPDIR/d"
		# With a full pipe as standard error, --verbose waits once the file is made.
		dd if=/dev/zero of="$BATS_TEST_TMPDIR/words" bs=4096 oflag=nonblock 2> /dev/null || true
		# shellcheck disable=SC2086
		cgns-unshare $fork -v -P "$file" /no/such/program 2> "$BATS_TEST_TMPDIR/words" 3>&- 8>&- &
		pid=$!
		cg_record "$pid"
		cg_until test -e "$file"
		mv "$BATS_TEST_TMPDIR/d" "$BATS_TEST_TMPDIR/moved"
		mkdir "$BATS_TEST_TMPDIR/d"
		echo other > "$file"
		cat <&8 > /dev/null 3>&- &
		cg_record $!
		wait "$pid" || status=$?
		kill $!
		assert_equal "$fork $status" "$fork 127"
		assert_equal "$(< "$file")" other
		assert [ ! -e "$BATS_TEST_TMPDIR/moved/ns" ]
		run ! grep -F "$BATS_TEST_TMPDIR" /proc/self/mountinfo
		rm -r "$BATS_TEST_TMPDIR/d" "$BATS_TEST_TMPDIR/moved"
	done
}

@test "unshare: a directory below a cgroup mount is no path of a cgroup" {
	local hierarchy top

	for hierarchy in "${hierarchies[@]}"; do
		top=$(cg_dir "$hierarchy")
		mkdir "$top/$CG_NAME"
		for options in '' -N; do
			for path in "$top/$CG_NAME" "$top/$CG_NAME/new"; do
				# shellcheck disable=SC2086
				run cgns-unshare $options -g "$path" true
				assert_equal "$hierarchy $status" "$hierarchy 125"
				assert_output --partial "$path is the name of a directory, not of a cgroup: write $hierarchy:/$CG_NAME"
			done
		done
		rmdir "$top/$CG_NAME"
		assert_equal "$(cg_own_cgroups)" ''
	done
}

@test "unshare: a process's folder, a namespace file and a link to a cgroup's directory are no paths of cgroups" {
	local link=$BATS_TEST_TMPDIR/link dir options

	dir=$(cg_make "${hierarchies[0]}" "$CG_NAME")
	ln -s "$dir" "$link"
	for options in '' -N; do
		# shellcheck disable=SC2086
		run cgns-unshare $options -g /proc/1 true
		assert_failure 125
		assert_output "cgns-unshare: /proc/1 is a process's folder, not the path of a cgroup: write \"\$(cgns-path fs:/proc/1)\""
		# shellcheck disable=SC2086
		run cgns-unshare $options -g /proc/self/ns/cgroup true
		assert_failure 125
		assert_output 'cgns-unshare: /proc/self/ns/cgroup is a namespace, not the path of a cgroup: write "$(cgns-path --from /proc/self/ns/cgroup /)"'
		# shellcheck disable=SC2086
		run cgns-unshare $options -g "${hierarchies[0]}:$link" true
		assert_failure 125
		assert_output "cgns-unshare: $link is a directory of a cgroup filesystem, not the path of a cgroup: write \"\$(cgns-path fs:$link)\""
	done
	# What is written so is taken.
	run cgns-unshare -g "${hierarchies[0]}:$(cgns-path "fs:$link")" cgns-path -H "${hierarchies[0]}" self
	assert_success
	assert_output /
	rmdir "$dir"
	assert_equal "$(cg_own_cgroups)" ''
}

@test "unshare: -C changes nothing, and signals are named in any case" {
	run -0 cgns-unshare -C true
	for signal in term SIGTERM Term 15 rtmin+2 RTMAX-1; do
		run -0 cgns-unshare "--kill-child=$signal" true
	done
	for signal in nosuch RTMIN-1 rtmax+1 RTMIN+99 0 65; do
		run cgns-unshare "--kill-child=$signal" true
		assert_equal "$signal $status" "$signal 125"
		assert_line --partial "no such signal: '$signal'"
	done
}

@test "unshare: a failure leaves neither FILE nor namespace nor cgroup behind" {
	cg_needs_user_namespaces
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
		diff "$BATS_TEST_TMPDIR/before" <(cg_own_cgroups)
	done
	views $$ | diff "$BATS_TEST_TMPDIR/home" -
}

@test "unshare: killed before the program began, what was made is removed all the same" {
	cg_needs_strace
	gone() { [[ -z $(cg_own_cgroups) && ! -e $BATS_TEST_TMPDIR/ns ]]; }
	for fork in '' -f; do
		# shellcheck disable=SC2086
		run strace -f -qq -o /dev/null -e trace=unshare -e inject=unshare:signal=KILL \
			cgns-unshare $fork -g "/$CG_NAME/x" -N -P "$BATS_TEST_TMPDIR/ns" true
		if [[ $fork ]]; then
			assert_equal "$status" 125
			assert_output 'cgns-unshare: signal 9 (Killed) ended the program before it began'
		else
			# It was this very process.
			assert_equal "$status" 137
			assert_output ''
		fi
		cg_until gone
	done
}

## The program's world ---------------------------------------------------------------------------

@test "unshare: without need nothing is forked: the program is the caller's own process" {
	for options in '' "-g /$CG_NAME -N" "-g /$CG_NAME -N -M" "-P $BATS_TEST_TMPDIR/ns -g /$CG_NAME"; do
		[[ $options != *-M* ]] || cg_has_private_mounts || continue
		# shellcheck disable=SC2086
		run -0 sh -c 'echo $$; exec cgns-unshare "$@" sh -c "echo \$\$"' sh $options
		assert_equal "${lines[0]}" "${lines[1]}"
	done
	umount --lazy "$BATS_TEST_TMPDIR/ns"
}

@test "unshare: the program has no child that it did not start, and no signal pending" {
	local file=$BATS_TEST_TMPDIR/ns

	# SIGCHLD blocked: one that had been sent would still be there.
	run -0 env --block-signal=CHLD cgns-unshare -g "/$CG_NAME" -N -P "$file" \
		grep -E '^(Sig|Shd)Pnd' /proc/self/status
	assert_output "SigPnd:	0000000000000000
ShdPnd:	0000000000000000"
	umount --lazy "$file"
	run -0 cgns-unshare -g "/$CG_NAME" -N -P "$file" sh -c 'cat /proc/$$/task/$$/children'
	# The one that is running cat.
	[[ $output =~ ^[0-9]+\ ?$ ]] || fail "children: $output"
	umount --lazy "$file"
	# A program to which orphans come does not get the helper either, and they come to it still.
	# shellcheck disable=SC2016
	run -0 "$CGNS_BUILD/tests/probe" reap cgns-unshare -g "/$CG_NAME" -N -P "$file" \
		sh -c 'cat /proc/$$/task/$$/children; echo; sh -c "sleep 100000 > /dev/null 2>&1 3>&- &"
			cat /proc/$$/task/$$/children; echo; kill $(cat /proc/$$/task/$$/children) 2> /dev/null; :'
	assert_equal "${#lines[@]}" 2
	[[ ${lines[0]} =~ ^[0-9]+\ ?$ ]] || fail "children: ${lines[0]}"
	[[ ${lines[1]} =~ ^[0-9]+\ [0-9]+\ ?$ ]] || fail "children later: ${lines[1]}"
	umount --lazy "$file"
}

@test "unshare: a user who cannot move back what failed has it removed once it has ended" {
	local hierarchy dir options

	cg_public cgns-unshare
	cg_as_nobody unshare --user true 2> /dev/null || skip "users may not make user namespaces"
	gone() { [[ ! -e $dir/$CG_NAME/new ]]; }
	for hierarchy in "${hierarchies[@]}"; do
		dir=$(cg_dir "$hierarchy")
		# In v2 only who may write to what lies above both may move a process.
		[[ $hierarchy != unified && $hierarchy != *cpuset* ]] || continue
		mkdir "$dir/$CG_NAME"
		chown 65534 "$dir/$CG_NAME" "$dir/$CG_NAME/cgroup.procs"
		for options in '' -f; do
			# shellcheck disable=SC2086
			run -127 cg_as_nobody cgns-unshare -r $options -N -g "$hierarchy:/$CG_NAME/new" /no/such/program
			assert_output "cgns-unshare: cannot run '/no/such/program': No such file or directory"
			cg_until gone
		done
		# Killed by somebody, it cannot even ask.
		run cg_as_nobody cgns-unshare -r -N -g "$hierarchy:/$CG_NAME/new" sh -c 'kill -9 $$'
		assert_failure 137
		[[ -e $dir/$CG_NAME/new ]] || fail "what the program began in is gone"
		rmdir "$dir/$CG_NAME/new" "$dir/$CG_NAME"
	done
}

@test "unshare: what is created costs few system calls" {
	local calls existing hierarchy

	cg_needs_strace
	! grep -q __asan_init "$(command -v cgns-unshare)" || skip "sanitizers make calls of their own"
	count()
	{
		strace -f -qq -e signal=none -o "$BATS_TEST_TMPDIR/calls" cgns-unshare "$@" "$(type -P true)"
		grep -vc ' resumed>\|exited with' "$BATS_TEST_TMPDIR/calls"
	}
	hierarchy=$(cg_v1 1)
	: "${hierarchy:=unified}"
	mkdir -p "$(cg_dir "$hierarchy")/$CG_NAME/old"
	existing=$(count -g "$hierarchy:/$CG_NAME/old")
	calls=$(count -N -g "$hierarchy:/$CG_NAME/new")
	# A helper that is left behind, signals that are held for it, and what is made and looked at again.
	((calls - existing < 60)) || fail "$calls calls, $existing where it exists"
	# For each cgroup more: it is made, opened, held and noted.
	existing=$calls
	calls=$(count -N -g "$hierarchy:/$CG_NAME/a/b/c")
	((calls - existing <= 2 * 15)) || fail "$calls calls for three, $existing for one"
}

@test "unshare: the program gets the caller's descriptors, and none of ours" {
	cg_needs_user_namespaces
	local options list='find -L /proc/$$/fd -mindepth 1 ! -name 1 -printf "%f %D:%i\n"; :'

	exec 7< /dev/null 9> "$BATS_TEST_TMPDIR/nine"
	: > "$BATS_TEST_TMPDIR/there"
	for options in '' -f "-g /$CG_NAME -N" "-g /$CG_NAME --rm -M" "-g /$CG_NAME --subgroup s -f" \
		"-P $BATS_TEST_TMPDIR/ns -g /$CG_NAME" "-P $BATS_TEST_TMPDIR/there" '-r -M' \
		'-m -p -f --mount-proc' '--caps none' "-R / -w /"; do
		# By what they are: names are not the same from another root.
		# shellcheck disable=SC2086
		cgns-unshare $options sh -c "$list" < /dev/null 2> /dev/null 3>&- > "$BATS_TEST_TMPDIR/ours"
		sh -c "$list" < /dev/null 2> /dev/null 3>&- > "$BATS_TEST_TMPDIR/plain"
		# A program of another root may be anybody's: it gets the standard ones alone.
		[[ $options != -R* ]] || sed -i -E '/^([4-9]|[0-9]{2,}) /d' "$BATS_TEST_TMPDIR/plain"
		assert [ -s "$BATS_TEST_TMPDIR/plain" ]
		diff "$BATS_TEST_TMPDIR/plain" "$BATS_TEST_TMPDIR/ours"
	done
	exec 7<&- 9>&-
	umount --lazy "$BATS_TEST_TMPDIR/ns" "$BATS_TEST_TMPDIR/there"
}

@test "unshare: standard descriptors that are closed stay closed, and take none of ours" {
	local options closed

	for options in "-g /$CG_NAME -N" "-g /$CG_NAME --rm -f -M"; do
		[[ $options != *-M* ]] || cg_has_private_mounts || continue
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
			umount --lazy "$BATS_TEST_TMPDIR/ns"
		done
	done
	run -127 cgns-unshare -g "/$CG_NAME" -N "$BATS_TEST_TMPDIR/none" <&- 2>&-
}

@test "unshare: signal mask and dispositions are the caller's" {
	cg_needs_user_namespaces
	local options ours caller

	# Both by timeout, after which SIGQUIT is no longer ignored where it was.
	caller=(timeout -k 1 "$CG_DEADLINE" env --ignore-signal=CHLD --ignore-signal=INT --ignore-signal=USR1
		--block-signal=TERM --block-signal=HUP --block-signal=USR2)
	for options in '' -f "-g /$CG_NAME -N" "-g /$CG_NAME --rm" '-p -f -m' "-r -f -p"; do
		# shellcheck disable=SC2086
		run -0 "${caller[@]}" cgns-unshare $options grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
		ours=$output
		run -0 "${caller[@]}" grep -E '^Sig(Blk|Ign|Cgt)' /proc/self/status
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
	local mount=''

	! cg_has_private_mounts || mount=-M
	run -0 --separate-stderr cgns-unshare -v -g "$first:/$CG_NAME/x" -N --rm $mount --owner 65534 \
		--subgroup s -P "$BATS_TEST_TMPDIR/ns" true
	assert_output ''
	# That a v2 cgroup has no controllers is a remark, and no step.
	# shellcheck disable=SC2154
	mapfile -t said < <(grep -v ' has no controllers: ' <<< "$stderr" | cut -d ' ' -f 2 | uniq)
	assert_equal "${said[*]}" "created gave created joined unshared: joined bound${mount:+ mounted} removing"
	umount --lazy "$BATS_TEST_TMPDIR/ns"
	run -0 --separate-stderr cgns-unshare -g "$first:/$CG_NAME/x" -N --rm $mount true
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
