#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# What is refused or runs short is never an answer: either all that is printed is right, or an error
# says what failed, and not that a cgroup is not there, that a process is a thread, or the like.
# suite: build=plain seconds=900 vm=once

load common
bats_require_minimum_version 1.5.0

setup()
{
	local id

	cg_setup
	probe=$CGNS_BUILD/tests/probe
	h=$(cg_default_hierarchy)
	id=$(printf '%s' "$CG_NAME" | sha256sum | cut -c1-64)
	path=/$CG_NAME/docker/$id
	cg_ns_sleeper "${path#/}"
	ns=$(stat -L -c %i "/proc/$CG_PID/ns/cgroup")
	dir=$(cg_dir "$h")$path
	questions=(
		"cgns-path $CG_PID"
		"cgns-path -A dir $CG_PID"
		"cgns-path -H $h id:$(stat -c %i "$dir")"
		"cgns-path fs:$dir"
		"cgns-path -e $path"
		"cgns-path container:$id"
		"cgns-path --from $CG_PID /x"
		"cgns-path --from /proc/$CG_PID /x"
		"cgns-path --from cgroup:[$ns] /x"
		"cgns-path --from cgroup:$path /x"
		"cgns-path --from container:$id /x"
		"cgns-path --to $CG_PID $path/x"
		"cgns-path --to $CG_PID -A dir $path"
		"cgns-path -r -n -o PATH,OWN,ROOT,DIR,STATE $CG_PID"
		"cgns-ls -r -n -o NS,NPROCS,PID,STATE,ROOT $CG_PID"
		"cgns-ls -r -n -d -o NS,NPROCS,PID,STATE,ROOT cgroup:[$ns]"
		"cgns-limits -r -n -a -o LIMIT,VALUE,CGROUP,SEEN $CG_PID"
		"cgns-enter -t $CG_PID cat /proc/self/cgroup"
		"cgns-enter -t $CG_PID -c cat /proc/self/cgroup"
		"cgns-enter -t $CG_PID --join-root cat /proc/self/cgroup"
		"cgns-unshare -g /$CG_NAME/new -N --rm true"
	)
	! cg_has_private_mounts || questions+=("cgns-enter -t $CG_PID -M true")
	learn_answers
}

teardown()
{
	cg_teardown
}

# What each question is answered with when nothing is short.
learn_answers()
{
	local question

	answers=()
	for question in "${questions[@]}"; do
		answers+=("$($question)") || fail "$question: does not work at all"
	done
}

# What would be an answer where there is none.
claims='no cgroup|removed|thread|zombie|keeps? (moving|changing)|moved|has ended|[Nn]o (such )?process|nothing holds|is not a|does not show|hidden by|hidepid'

# only_gaps ANSWER OUTPUT: whether each word of the output is in its place in the answer, or left out
only_gaps()
{
	local -a right printed
	local i

	read -ra right -d '' <<< "$1" || :
	read -ra printed -d '' <<< "$2" || :
	((${#printed[@]} <= ${#right[@]})) || return 1
	for i in "${!printed[@]}"; do
		[[ ${printed[i]} == "${right[i]}" || ${printed[i]} == [-0] || ${printed[i]} == hidden ]] || return 1
	done
}

# ask PREFIX...: puts every question with that before it, and judges what comes
ask()
{
	local i out err status said=$BATS_TEST_TMPDIR/said

	for i in "${!questions[@]}"; do
		status=0
		# shellcheck disable=SC2086
		out=$("$@" ${questions[i]} 2> "$said" < /dev/null 3>&- 4>&-) || status=$?
		err=$(< "$said")
		[[ $err != *'while loading shared libraries'* ]] || continue
		asked=$((asked + 1))
		if ((status == 0)) && [[ $out == "${answers[i]}" ]]; then
			right=$((right + 1))
			continue
		fi
		[[ ${questions[i]} == cgns-ls* ]] || ((status)) ||
			wrong "$* ${questions[i]}" "$out" "status 0"
		only_gaps "${answers[i]}" "$out" || wrong "$* ${questions[i]}" "$out" "$err"
		[[ ! ${err//"${questions[i]#* }"/} =~ $claims ]] || wrong "$* ${questions[i]}" "$out" "$err"
		[[ $err == "${questions[i]%% *}: "* || $out == *hidden* ]] ||
			wrong "$* ${questions[i]}" "$out" "no word: $err"
		((status == 1 || status == 64 || status == 125 || status == 0)) ||
			wrong "$* ${questions[i]}" "$out" "status $status: $err"
	done
}

wrong()
{
	printf '# %s\n' "$@"
	faults=$((faults + 1))
}

# Each system call for its reasons: what a filter says, what runs short, what is broken.
refuse_each()
{
	local call error asked=0 right=0 faults=0

	for call; do
		for error in EPERM ENOSYS EACCES EMFILE ENOMEM EIO EINVAL ELOOP; do
			# a directory out of the caller's reach is none
			[[ $call != openat2 || $error != @(EACCES|ELOOP) ]] || continue
			ask "$probe" refuse "$call" "$error"
		done
	done
	echo "$asked asked, $right answered"
	((right)) || fail "nothing was answered: the judge is wrong"
	((!faults)) || fail "$faults of $asked are wrong"
}

@test "shortage: a system call that finds processes is refused" {
	refuse_each pidfd_open pidfd_send_signal getdents64 readlinkat
}

@test "shortage: a system call that finds directories is refused" {
	refuse_each openat2 statx open_by_handle_at
}

@test "shortage: a system call that looks from inside is refused" {
	refuse_each setns unshare mount fsopen fsmount ioctl socketpair
}

@test "shortage: a system call that a run needs is refused: it works, or says that a filter may be why" {
	local command call error made faults=0 refused=0

	for command in "cgns-enter -t $CG_PID -a" "cgns-enter -t $CG_PID -c -M" \
		"cgns-enter -t $CG_PID -c --subgroup s" "cgns-enter -t $CG_PID --join-root" \
		"cgns-unshare -N --rm -M -g /$CG_NAME/new" "cgns-unshare -N -g /$CG_NAME/new --subgroup s -R /" \
		"cgns-unshare -N --rm -g /$CG_NAME/new --owner 1234"; do
		[[ $command != *-M* ]] || cg_has_private_mounts || continue
		for call in setns unshare openat2 pidfd_open socketpair signalfd4 memfd_create \
			fsmount move_mount fchownat; do
			for error in EPERM ENOSYS; do
				# shellcheck disable=SC2086
				run --separate-stderr "$probe" refuse "$call" "$error" $command true
				made=$(cg_own_cgroups | grep -E '/(new|s)$' | sort -r)
				# shellcheck disable=SC2086
				[[ -z $made ]] || cg_until rmdir $made 2> /dev/null
				[[ $status != 0 ]] || continue
				refused=$((refused + 1))
				[[ $status == 125 && $stderr == "${command%% *}: "*filter* && $stderr != *$'\n'* ]] ||
					wrong "$call $error $command" "$status" "$stderr"
				[[ -z $made ]] || wrong "$call $error $command" "left behind:" "$made"
			done
		done
	done
	((refused)) || fail "nothing was refused"
	((!faults)) || fail "$faults of $refused are wrong"
}

@test "shortage: whatever call is refused, a filter that is in force is spoken of" {
	local call error question failed=0

	for call in openat2 pidfd_open setns unshare; do
		for error in EPERM ENOSYS; do
			for question in "${questions[@]}"; do
				# shellcheck disable=SC2086
				run --separate-stderr "$probe" refuse "$call" "$error" $question
				((status)) && [[ $question != cgns-ls* ]] || continue
				failed=$((failed + 1))
				said filter
			done
		done
	done
	((failed > 20)) || fail "only $failed were refused"
}

# Sets dir to a cgroup that allows no process but one.
one_process()
{
	local hierarchy=pids

	if ! cg_dir pids > /dev/null 2>&1; then
		hierarchy=unified
		dir=$(cg_dir unified) || skip "no cgroup v2 here, nor pids in v1"
		grep -qw pids "$dir/cgroup.controllers" || skip "no pids controller"
		echo +pids > "$dir/cgroup.subtree_control"
	fi
	dir=$(cg_make "$hierarchy" "$CG_NAME/few/one")
	[[ $hierarchy != unified ]] || {
		echo +pids > "${dir%/*/*}/cgroup.subtree_control"
		echo +pids > "${dir%/*}/cgroup.subtree_control"
	}
	echo 1 > "${dir%/*}/pids.max"
}

@test "shortage: where no further process is allowed, what needs none is told, and the file is named" {
	local question

	one_process
	for question in "cgns-ls -n -r -o NS,NPROCS,PID,STATE,COMMAND $CG_PID" "cgns-ls -m --json $CG_PID" \
		"cgns-ls -n -r -d -o NS,NPROCS,PID,STATE,COMMAND $CG_PID" "cgns-ls --check $CG_PID" \
		"cgns-path --from $CG_PID /x" "cgns-path -r -n -o PATH,OWN,ROOT $CG_PID" "cgns-path --to $CG_PID $path" \
		"cgns-enter -t $CG_PID --join-root true"; do
		# a leak check takes a process, too
		run --separate-stderr bash -c "echo \$\$ > '$dir/cgroup.procs' &&
			ASAN_OPTIONS=detect_leaks=0 exec $question" 3>&-
		echo "$question: $status: $output; $stderr"
		said "Resource temporarily unavailable: ${dir%/*}/pids.max allows 1 process and threads"
		[[ $question != cgns-ls* ]] || {
			assert_equal "$status" 64
			[[ $output != *'as root'* ]]
			[[ $output == *"$ns"* && $output == *hidden* && ($question == *--check* || $output == *sleep*) ]]
		}
		[[ $question != *PATH,OWN,ROOT* ]] || [[ $status == 64 && $output == *"$path - -"* ]]
	done
	[[ $(bash -c "echo \$\$ > '$dir/cgroup.procs' && exec cgns-path $CG_PID") == "$path" ]]
}

# A user whose only process sleeps, and who may have no more: not even a program's child.
@test "shortage: where a user may have no further process (RLIMIT_NPROC), what needs none is told, and why" {
	local user=(setpriv --reuid=61017 --regid=61017 --clear-groups --inh-caps=-all) words answer question
	local limited=("${user[@]}" prlimit --nproc=1)

	"${user[@]}" unshare --user true 2> /dev/null || skip "no user namespaces for users here"
	cg_public cgns-path cgns-ls
	_cg_start_sleeper "$CG_NAME/user" "$h" "${user[@]}" unshare --user --cgroup sleep infinity
	ns=$(stat -L -c %i "/proc/$CG_PID/ns/cgroup")
	path=/$CG_NAME/user
	dir=$(cg_dir "$h")$path
	! "${limited[@]}" sh -c 'sleep 0 & wait' 2> /dev/null || fail "the limit does not hold here"
	words="Resource temporarily unavailable: a limit of processes is reached: the user's (RLIMIT_NPROC)"

	while IFS='|' read -r question answer; do
		# shellcheck disable=SC2086
		PATH=$CG_PUBLIC:$PATH run --separate-stderr "${limited[@]}" $question 3>&-
		echo "$question: $status: $output; $stderr"
		[[ -z $answer || $output == "$answer" ]]
		case $question in
		*' -o PID,PATH '* | 'cgns-path '[0-9]*) [[ $status == 0 && -z $stderr ]] ;;
		*) said "$words" ;;
		esac
		case $question in
		*--from* | *--to*) assert_equal "$status" 1 ;;
		*,ROOT* | *--check*) assert_equal "$status" 64 ;;
		esac
	done <<- EOF
		cgns-ls -n -r -o NS,NPROCS,PID,STATE,ROOT,COMMAND $CG_PID|$ns 1 $CG_PID hidden - sleep\\x20infinity
		cgns-ls -n -r -d -o NS,NPROCS,PID,STATE,ROOT $CG_PID|$ns 1 $CG_PID hidden -
		cgns-ls --check $CG_PID|
		cgns-path -H $h -n -r -o PID,NS,PATH,DIR,OWN,ROOT,STATE $CG_PID|$CG_PID $ns $path $dir - - -
		cgns-path -H $h -n -r -o PID,PATH $CG_PID|$CG_PID $path
		cgns-path $CG_PID -H $h|$path
		cgns-path -H $h --from $CG_PID /x|
		cgns-path -H $h --to $CG_PID $path|
	EOF
	[[ $(PATH=$CG_PUBLIC:$PATH "${user[@]}" cgns-path -H "$h" -n -r -o ROOT,OWN "$CG_PID") == "$path /" ]]
}

@test "shortage: few descriptors" {
	local limit asked=0 right=0 faults=0

	for limit in {4..12}; do
		ask prlimit --nofile="$limit"
	done
	echo "$asked asked, $right answered"
	((!faults)) || fail "$faults of $asked are wrong"
}

@test "shortage: what /proc hides is said to be hidden, and is no zombie" {
	cg_needs_private_mounts
	local question

	cg_public cgns-path cgns-ls
	for question in "cgns-path $CG_PID" "cgns-path $CG_PID:$("$probe" pidfd "$CG_PID")" \
		"cgns-path fs:/proc/$CG_PID" "cgns-path --from $CG_PID /" "cgns-path --from /proc/$CG_PID /" \
		"cgns-path --to cgroup:$path /" "cgns-ls $CG_PID"; do
		# shellcheck disable=SC2016
		run unshare --mount --propagation private bash -euc '
			mount -t proc -o hidepid=2 proc /proc
			PATH=$1:$PATH exec setpriv --reuid=65534 --regid=65534 --clear-groups --inh-caps=-all \
				$2' - "$CG_PUBLIC" "$question"
		assert_failure 1
		[[ $output == "${question%% *}: "*hid* && $output != *'zombie'* && $output != *[Nn]'o such process'* ]] ||
			fail "$question: $output"
	done
}
