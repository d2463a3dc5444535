# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# What every BATS suite shares: the programs in PATH, the hierarchies that there are, cgroups and
# processes made for one test, and a teardown that removes them and says what it could not remove.
#
#	load common
#	setup() { cg_setup; }
#	teardown() { cg_teardown; }
#
# Nothing here knows where cgroups are mounted: /proc/self/mountinfo says it, so the suites run
# unchanged on v1, hybrid and v2 hosts. Bash alone does the work wherever it can, because a fork is
# dear in an emulated machine.

_cg_load_library()
{
	local name=$1 dir dirs file

	IFS=: read -ra dirs <<< "${BATS_LIB_PATH:-}"
	for dir in "${dirs[@]}" /usr/lib/bats /usr/share/bats /usr/local/lib/bats \
		/usr/local/share/bats /usr/libexec/bats /usr/lib /usr/local/lib /usr/share \
		/usr/lib/node_modules /usr/local/lib/node_modules; do
		[[ -n $dir && -f $dir/$name/load.bash ]] || continue
		# What load.bash does, without forking dirname for every file in every test.
		for file in "$dir/$name"/src/*.bash; do
			# shellcheck disable=SC1090,SC1091
			source "$file"
		done
		return 0
	done
	echo "tests: $name is not installed (put its parent folder into BATS_LIB_PATH," \
		"or install the package $name)" >&2
	return 1
}

_cg_load_library bats-support || exit 1
_cg_load_library bats-assert || exit 1

# Once a suite, not once a test: they are exported.
[[ ${CGNS_SOURCE:-} == /* && $CGNS_SOURCE/tests/common.bash -ef ${BASH_SOURCE[0]} ]] ||
	CGNS_SOURCE=$(cd "${BASH_SOURCE[0]%/*}/.." && pwd)
[[ ${CGNS_BUILD:=$CGNS_SOURCE} == /* ]] || CGNS_BUILD=$(cd "$CGNS_BUILD" && pwd)
for _cg_program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
	PATH=$CGNS_BUILD/$_cg_program:$PATH
done
# A folder that holds installed programs goes before the build tree.
[[ -z ${CGNS_BIN:-} ]] || PATH=$CGNS_BIN:$PATH
unset _cg_program
export CGNS_SOURCE CGNS_BUILD PATH
export LC_ALL=C.UTF-8

# How long to poll for something before it counts as not happening.
if [[ ${CGNS_SLOW:-0} == 1 ]]; then
	CG_DEADLINE=${CG_DEADLINE:-240}
else
	CG_DEADLINE=${CG_DEADLINE:-90}
fi

# BATS has a trap run before every command of a test, which makes helpers some fifty times slower.
# A function that is called while tracing is off does without it.
_cg_untraced()
{
	local -

	set +T
	"$@"
}

cg_hierarchies() { _cg_untraced _cg_hierarchies "$@"; }
cg_dir() { _cg_untraced _cg_dir "$@"; }
cg_v1() { _cg_untraced _cg_v1 "$@"; }
cg_of() { _cg_untraced _cg_of "$@"; }
cg_make() { _cg_untraced _cg_make "$@"; }
cg_move() { _cg_untraced _cg_move "$@"; }
cg_record() { _cg_untraced _cg_record "$@"; }
cg_until() { _cg_untraced _cg_until "$@"; }
cg_sleeper() { _cg_untraced _cg_sleeper "$@"; }
cg_ns_sleeper() { _cg_untraced _cg_ns_sleeper "$@"; }
cg_own_cgroups() { _cg_untraced _cg_own_cgroups "$@"; }
cg_cgroups() { _cg_untraced _cg_cgroups "$@"; }
cg_setup() { _cg_untraced _cg_setup "$@"; }
cg_teardown() { _cg_untraced _cg_teardown "$@"; }

## Hierarchies ---------------------------------------------------------------------------------

# Every mounted hierarchy, one a line: "NAME DIR", with NAME as in /proc/self/cgroup (unified for
# the one without a name there). Of several mounts the first that shows the whole hierarchy wins.
_cg_hierarchies()
{
	local line fields i names=() name path_root dir fstype super seen=' ' token ok known

	while IFS=: read -r _ name _; do
		[[ -z $name ]] || names+=("$name")
	done < /proc/self/cgroup

	while read -r line; do
		read -ra fields <<< "$line"
		for ((i = 6; i < ${#fields[@]}; i++)); do
			[[ ${fields[i]} != - ]] || break
		done
		fstype=${fields[i + 1]:-}
		[[ $fstype == cgroup || $fstype == cgroup2 ]] || continue
		path_root=${fields[3]}
		super=${fields[i + 3]:-}
		[[ $path_root == / ]] || continue
		printf -v dir '%b' "${fields[4]//\\/\\0}"
		name=
		if [[ $fstype == cgroup2 ]]; then
			name=unified
		else
			for known in "${names[@]}"; do
				ok=1
				for token in ${known//,/ }; do
					[[ ,$super, == *,"$token",* ]] || ok=0
				done
				((!ok)) || name=$known
			done
		fi
		[[ -n $name && $seen != *" $name "* && -e $dir/cgroup.procs ]] || continue
		seen+="$name "
		printf '%s %s\n' "$name" "$dir"
	done < /proc/self/mountinfo
}

# What cg_hierarchies said when it was asked first: it is asked for every cgroup that is made.
_cg_remember_hierarchies()
{
	[[ -n ${_CG_HIERARCHIES:-} ]] || _CG_HIERARCHIES=$(_cg_hierarchies)
}

# Sets REPLY to the directory on which hierarchy NAME is mounted.
_cg_find_dir()
{
	local name dir

	_cg_remember_hierarchies
	while read -r name dir; do
		if [[ $name == "$1" || ,$name, == *,"$1",* ]]; then
			REPLY=$dir
			return 0
		fi
	done <<< "$_CG_HIERARCHIES"
	echo "no hierarchy $1 is mounted" >&2
	return 1
}

# The directory on which hierarchy NAME is mounted. A controller names the hierarchy that it is in.
_cg_dir()
{
	local REPLY

	_cg_find_dir "$1" && printf '%s\n' "$REPLY"
}

cg_has_v2()
{
	cg_dir unified > /dev/null 2>&1
}

# Names of up to N v1 hierarchies into which a process can simply be moved: a cpuset, whose new
# children have no cpus, only where its children are initialised by the kernel.
_cg_v1()
{
	local max=${1:-1000} name dir clone

	_cg_remember_hierarchies
	while read -r name dir; do
		[[ $name != unified ]] || continue
		if [[ ,$name, == *,cpuset,* ]]; then
			read -r clone < "$dir/cgroup.clone_children"
			((clone)) || continue
		fi
		((max-- > 0)) || break
		printf '%s\n' "$name"
	done <<< "$_CG_HIERARCHIES"
}

# The cgroup of process PID (default: this shell) in HIERARCHY, as this shell's namespace sees it.
_cg_of()
{
	local REPLY

	_cg_find_of "$1" "${2:-$BASHPID}" && printf '%s\n' "$REPLY"
}

_cg_find_of()
{
	local want=$1 pid=$2 line names

	[[ $want != unified ]] || want=
	while IFS= read -r line; do
		names=${line#*:}
		names=${names%%:*}
		if [[ $names == "$want" || (-n $want && ,$names, == *,"$want",*) ]]; then
			REPLY=${line#*:*:}
			return 0
		fi
	done < "/proc/$pid/cgroup"
	return 1
}

# The hierarchy that the programs look at where none is named: v2 unless v1 has all that counts.
cg_default_hierarchy()
{
	local name all

	all=$(cut -d: -f2 /proc/self/cgroup)
	if ! grep -q . <<< "$all"; then
		echo unified
		return
	fi
	if grep -qx '' <<< "$all"; then
		for name in memory cpu pids; do
			if ! grep -qw "$name" <<< "$all" &&
				! grep -q "^${name}[[:blank:]].*[[:blank:]]0$" /proc/cgroups; then
				echo unified
				return
			fi
		done
	fi
	for name in name=systemd memory cpu; do
		if cg_of "$name" > /dev/null; then
			echo "$name"
			return
		fi
	done
	head -n 1 <<< "$all"
}

# Sets h to the hierarchy that a suite works in, v2 where there is one, and top to its directory.
cg_choose_hierarchy()
{
	if cg_has_v2; then
		h=unified
	else
		h=$(cg_v1 1)
	fi
	# shellcheck disable=SC2034 # for the suite
	top=$(cg_dir "$h")
}

# cg_write_long_cgroup HIERARCHY FILE: what /proc/self/cgroup would be, were the caller's own cgroup
# in HIERARCHY so deep that the kernel cuts its path
cg_write_long_cgroup()
{
	local long

	printf -v long '/%0200d' {1..21}
	awk -F: -v OFS=: -v names="${1#unified}" -v long="$long" \
		'$2 == names { print $1, $2, long; next } { print }' /proc/self/cgroup > "$2"
}

## Cgroups -------------------------------------------------------------------------------------

# A v1 cpuset takes processes only once it has cpus and memory nodes: its parent's.
_cg_init_cpuset()
{
	local dir=$1 file value

	for file in cpuset.cpus cpuset.mems; do
		value=$(< "$dir/$file")
		[[ -n $value ]] || cat "${dir%/*}/$file" > "$dir/$file"
	done
}

# cg_make HIERARCHY PATH: makes the cgroup and its missing parents, prints its directory.
_cg_make()
{
	local REPLY

	_cg_make_in "$@" && printf '%s\n' "$REPLY"
}

# The same without a fork, directory in REPLY.
_cg_make_in()
{
	local hierarchy=$1 path=${2#/} top dir part parts

	_cg_find_dir "$hierarchy" || return 1
	top=$REPLY
	dir=$top/$path
	if [[ ,$hierarchy, == *,cpuset,* ]]; then
		IFS=/ read -ra parts <<< "$path"
		dir=$top
		for part in "${parts[@]}"; do
			dir+=/$part
			mkdir -p -- "$dir"
			_cg_init_cpuset "$dir"
		done
	else
		mkdir -p -- "$dir"
	fi
	REPLY=$dir
}

# cg_move HIERARCHY PATH PID: moves the process; the cgroup has to exist.
_cg_move()
{
	local REPLY

	_cg_find_dir "$1" && echo "$3" > "$REPLY/${2#/}/cgroup.procs"
}

## Processes -----------------------------------------------------------------------------------

# Sets REPLY to the start time of a process, which together with the PID names it for ever, or to
# nothing when it has ended.
_cg_start_time()
{
	local stat fields

	REPLY=
	{ read -r stat < "/proc/$1/stat"; } 2> /dev/null || return 0
	read -ra fields <<< "${stat##*) }"
	case ${fields[0]} in
	Z | X) ;;
	*) REPLY=${fields[19]} ;;
	esac
}

# cg_record PID...: teardown kills these, and nothing that got their number later.
_cg_record()
{
	local pid REPLY

	for pid; do
		_cg_start_time "$pid"
		printf '%s %s\n' "$pid" "$REPLY" >> "$BATS_TEST_TMPDIR/.cg-pids"
	done
}

# Without a fork, which is dear in an emulated machine: nothing ever comes out of that FIFO.
_cg_rest()
{
	local fifo=${BATS_TEST_TMPDIR:-$BATS_FILE_TMPDIR}/.cg-never nothing

	# A function in the background may make it at the same moment.
	[[ -p $fifo ]] || mkfifo "$fifo" 2> /dev/null || [[ -p $fifo ]]
	read -r -t 0.02 nothing <> "$fifo" || :
}

# cg_until COMMAND...: runs it until it succeeds, or fails after CG_DEADLINE seconds.
_cg_until()
{
	local end=$((SECONDS + CG_DEADLINE))

	until "$@"; do
		if ((SECONDS >= end)); then
			echo "waited ${CG_DEADLINE}s in vain for: $*" >&2
			return 1
		fi
		_cg_rest
	done
}

# cg_runs PID COMM: whether the process is that program
cg_runs()
{
	local comm

	{ read -r comm < "/proc/$1/comm"; } 2> /dev/null && [[ $comm == "$2" ]]
}

# cg_child_of PID: sets REPLY to the oldest child of the process, if it has one. Without a fork, for these
# are dear in an emulated machine.
cg_child_of()
{
	REPLY=
	{ read -r REPLY _ < "/proc/$1/task/$1/children"; } 2> /dev/null || [[ -n $REPLY ]]
}

# cg_zombie [COMMAND...]: a process that has become COMMAND and ended, below a parent that waits for nobody.
# Sets CG_PID to it, and CG_PARENT. It does not end while its parent is still a shell, which might wait.
cg_zombie()
{
	# shellcheck disable=SC2016
	bash -c '{ until read -r comm < /proc/$$/comm && [[ $comm == sleep ]]; do :; done; exec "$@"; } &
		exec sleep infinity' bash "${@:-true}" < /dev/null > /dev/null 3>&- &
	CG_PARENT=$!
	disown
	cg_record "$CG_PARENT"
	cg_until cg_child_of "$CG_PARENT"
	CG_PID=$REPLY
	cg_until cg_gone "$CG_PID"
}

# True once process PID is gone, or dead and not yet reaped.
cg_gone()
{
	local REPLY

	_cg_start_time "$1"
	[[ -z $REPLY ]]
}

_cg_place_and_exec()
{
	local path=$1 places=$2 hierarchy
	shift 2

	for hierarchy in $places; do
		cg_move "$hierarchy" "$path" "$BASHPID" || exit 1
	done
	exec "$@"
}

_cg_start_sleeper()
{
	local path=$1 places=$2 hierarchy dirs=() REPLY
	shift 2

	_cg_remember_hierarchies
	if [[ -n $path && -z $places ]]; then
		while read -r hierarchy _; do
			places+="$hierarchy "
		done <<< "$_CG_HIERARCHIES"
	fi
	for hierarchy in $places; do
		if [[ ,$hierarchy, == *,cpuset,* ]]; then
			_cg_make_in "$hierarchy" "$path" || return 1
		else
			_cg_find_dir "$hierarchy" || return 1
			[[ -d $REPLY/${path#/} ]] || dirs+=("$REPLY/${path#/}")
		fi
	done
	((!${#dirs[@]})) || mkdir -p -- "${dirs[@]}" || return 1
	# Descriptor 3 is BATS's own: a child that keeps it keeps BATS waiting.
	_cg_place_and_exec "$path" "$places" "$@" \
		< /dev/null > /dev/null 2> "$BATS_TEST_TMPDIR/.cg-sleeper" 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	if ! _cg_until _cg_sleeps_or_failed || ! cg_runs "$CG_PID" sleep; then
		echo "no sleeper could be started in '$path' of: $places" >&2
		cat "$BATS_TEST_TMPDIR/.cg-sleeper" >&2
		return 1
	fi
}

# What was started sleeps, or the child that it made (unshare --fork), which is CG_PID then.
_cg_sleeps_or_failed()
{
	local REPLY

	cg_runs "$CG_PID" sleep || cg_gone "$CG_PID" || {
		cg_child_of "$CG_PID" && cg_runs "$REPLY" sleep && CG_PID=$REPLY && cg_record "$CG_PID"
	}
}

# cg_sleeper [PATH [HIERARCHY...]]: a sleeping process in these cgroups, which are made if missing
# (without HIERARCHY: in every mounted one; without PATH: wherever this shell is). Sets CG_PID.
_cg_sleeper()
{
	local path=${1:-}

	_cg_start_sleeper "$path" "${*:2}" sleep infinity
}

# cg_ns_sleeper PATH [HIERARCHY...]: the same, in a new cgroup namespace whose root is there.
_cg_ns_sleeper()
{
	_cg_start_sleeper "$1" "${*:2}" unshare --cgroup sleep infinity
}

# cg_thread_holder: a process of which only one thread is in a new namespace. Sets CG_PID and tid.
cg_thread_holder()
{
	"$CGNS_BUILD/tests/probe" thread > "$BATS_TEST_TMPDIR/tid" < /dev/null 2>&1 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until test -s "$BATS_TEST_TMPDIR/tid"
	tid=$(< "$BATS_TEST_TMPDIR/tid")
}

# cg_root_at DIR: this host's root once more on DIR, with what is mounted there but /sys: cgroup
# file systems in it would be mounts of this host for every suite that runs at the same time. The
# test takes it away with umount -R -l.
cg_root_at()
{
	local place

	mount --bind --make-private / "$1" || return
	for place in /*; do
		[[ $place != /sys ]] || continue
		! mountpoint -q "$place" || mount --rbind --make-rslave "$place" "$1$place" || return
	done
}

# Skips a test that makes user namespaces where nobody can: in a chroot the kernel refuses them to root, too.
cg_needs_user_namespaces()
{
	unshare --user true 2> /dev/null || skip "no user namespaces here"
}

# Whether a program can have mounts of its own: not in a plain chroot, where the kernel makes none private.
cg_has_private_mounts()
{
	unshare --mount true 2> /dev/null
}

# Skips a test that is about such mounts, or cannot do without.
cg_needs_private_mounts()
{
	cg_has_private_mounts ||
		skip "the root directory is no mount point, as in a chroot; tests/run makes it one"
}

# cg_public PROGRAM: copies it to where every user can run it, wherever the build tree is. Sets
# CG_PUBLIC to the folder, which teardown removes.
cg_public()
{
	[[ -n ${CG_PUBLIC:-} ]] || CG_PUBLIC=$(mktemp -d /tmp/cgns-public-XXXXXX)
	chmod 755 "$CG_PUBLIC"
	install -m 755 "$(type -P "$1")" "$CG_PUBLIC"
}

# cg_as_nobody COMMAND...: without any privilege, where every user may be, with what cg_public copied
# in PATH
cg_as_nobody()
{
	PATH=${CG_PUBLIC:+$CG_PUBLIC:}$PATH setpriv --reuid=65534 --regid=65534 --clear-groups \
		--inh-caps=-all --no-new-privs env --chdir=/ "$@"
}

# LeakSanitizer cannot work in a process that is traced already.
strace()
{
	ASAN_OPTIONS=${ASAN_OPTIONS:-}:detect_leaks=0 command strace "$@"
}

# cg_needs_strace: skips where there is none (command -v would find the function), or it may not trace
cg_needs_strace()
{
	type -P strace > /dev/null || skip "strace is not installed"
	strace -qq -e trace=none true 2> /dev/null || skip "strace may not trace here"
}

## What a program says -------------------------------------------------------------------------

# These are about "run --separate-stderr", which wants bats_require_minimum_version 1.5.0.

# said TEXT: standard error of the last run has it
said()
{
	# shellcheck disable=SC2154
	[[ $stderr == *"$1"* ]] || fail "not said: $1; but: $stderr"
}

# cg_refused STATUS COMMAND...: the program of ours in it ends with STATUS, prints nothing, and says
# why on one line
cg_refused()
{
	local REPLY

	_cg_run_refused "$@" || return
	[[ $stderr != *$'\n'* ]] || fail "${*:2}: says more than why: $stderr"
}

# cg_misused STATUS COMMAND...: the same, as wrong usage: a second line says where to read on
cg_misused()
{
	local REPLY

	_cg_run_refused "$@" || return
	[[ ${stderr#*$'\n'} == "Try '$REPLY --help' for more information." ]] ||
		fail "${*:2}: does not say where to read on: $stderr"
}

# Sets REPLY to the program's name.
_cg_run_refused()
{
	REPLY=" ${*:2} "
	REPLY=cgns-${REPLY#* cgns-}
	REPLY=${REPLY%% *}
	run --separate-stderr "${@:2}" 3>&-
	[[ $status == "$1" ]] || fail "${*:2}: status $status: $stderr" || return
	assert_output '' || return
	[[ $stderr == "$REPLY: "?* ]] || fail "${*:2}: not said why: $stderr"
}

## Around each test ----------------------------------------------------------------------------

# The options of every cgroup mount by its id: what no program may change on the host.
_cg_mounts()
{
	local line fields

	while read -r line; do
		[[ $line == *' - cgroup '* || $line == *' - cgroup2 '* ]] || continue
		read -ra fields <<< "$line"
		printf '%s %s %s %s\n' "${fields[0]}" "${fields[4]}" "${fields[5]}" "${fields[-1]}"
	done < /proc/self/mountinfo
}

_cg_setup()
{
	local hierarchy REPLY

	[[ $EUID == 0 ]] || skip "needs root: it makes cgroups"
	CG_NAME=${CGNS_RUN:-cgns}-t$$-$RANDOM
	: > "$BATS_TEST_TMPDIR/.cg-pids"
	_cg_mounts > "$BATS_TEST_TMPDIR/.cg-mounts"
	_cg_remember_hierarchies
	while read -r hierarchy _; do
		_cg_find_of "$hierarchy" $$
		printf '%s %s\n' "$hierarchy" "$REPLY"
	done <<< "$_CG_HIERARCHIES" > "$BATS_TEST_TMPDIR/.cg-home"
	[[ -s $BATS_TEST_TMPDIR/.cg-home ]] || fail "no cgroup hierarchy is mounted here"
	export CG_NAME
}

# Every cgroup of this test that there is, one a line, the deepest first.
_cg_own_cgroups()
{
	_cg_cgroups "*/$CG_NAME*"
}

# cg_cgroups PATTERN: the same, of all whose directories match
_cg_cgroups()
{
	local dir dirs=()

	_cg_remember_hierarchies
	while read -r _ dir; do
		[[ -z $dir ]] || dirs+=("$dir")
	done <<< "$_CG_HIERARCHIES"
	((${#dirs[@]})) || return 0
	# A cgroup may vanish under find, anybody's: no reason to complain.
	find "${dirs[@]}" -xdev -depth -type d -path "$1" 2> /dev/null || true
}

_cg_kill_in()
{
	local dir=$1 file pid

	# A frozen v1 process does not die before it is thawed.
	[[ ! -e $dir/freezer.state ]] || echo THAWED > "$dir/freezer.state" 2> /dev/null || true
	[[ ! -e $dir/cgroup.kill ]] || echo 1 > "$dir/cgroup.kill" 2> /dev/null || true
	for file in cgroup.threads tasks cgroup.procs; do
		[[ -e $dir/$file ]] || continue
		while read -r pid; do
			[[ $pid == 0 ]] || kill -KILL "$pid" 2> /dev/null || true
		done < "$dir/$file" 2> /dev/null || true
	done
}

_cg_remove_own_cgroups()
{
	local dir dirs=()

	mapfile -t dirs < <(_cg_own_cgroups)
	((${#dirs[@]})) || return 0
	for dir in "${dirs[@]}"; do
		[[ ! -d $dir ]] || _cg_kill_in "$dir"
	done
	printf '%s\0' "${dirs[@]}" | xargs -0 rmdir -- 2> /dev/null || true
	for dir in "${dirs[@]}"; do
		[[ ! -d $dir ]] || return 1
	done
}

_cg_kill_recorded()
{
	local pid start left=0 REPLY

	while read -r pid start; do
		_cg_start_time "$pid"
		[[ -n $start && $REPLY == "$start" ]] || continue
		kill -KILL "$pid" 2> /dev/null || true
		left=1
	done < "$BATS_TEST_TMPDIR/.cg-pids"
	((!left))
}

# Mount points below the test's own folder, the latest first.
_cg_own_mounts()
{
	local dir dirs=() i

	while read -r _ _ _ _ dir _; do
		printf -v dir '%b' "${dir//\\/\\0}"
		[[ $dir != "$BATS_TEST_TMPDIR"/* ]] || dirs+=("$dir")
	done < /proc/self/mountinfo
	for ((i = ${#dirs[@]} - 1; i >= 0; i--)); do
		printf '%s\0' "${dirs[i]}"
	done
}

_cg_unmount_own()
{
	local dir dirs=()

	mapfile -d '' dirs < <(_cg_own_mounts)
	for dir in "${dirs[@]}"; do
		umount -- "$dir" 2> /dev/null || umount --lazy -- "$dir" 2> /dev/null || true
	done
	mapfile -d '' dirs < <(_cg_own_mounts)
	((!${#dirs[@]}))
}

# A test that moved its own shell is taken back, before what is in its cgroups is killed.
_cg_go_home()
{
	local hierarchy path REPLY

	while read -r hierarchy path; do
		_cg_find_of "$hierarchy" $$
		[[ $REPLY == "$path" ]] || cg_move "$hierarchy" "$path" $$
	done < "$BATS_TEST_TMPDIR/.cg-home"
}

# The host's own mounts have to be there with the options that they had before the test.
_cg_mounts_unchanged()
{
	local id dir options super now bad=0 top tops=$'\n'

	now=$'\n'$(_cg_mounts)$'\n'
	while read -r _ top; do
		tops+=$top$'\n'
	done < <(_cg_hierarchies)
	while read -r id dir options super; do
		[[ $now != *$'\n'"$id $dir $options $super"$'\n'* ]] || continue
		# Another test's mounts are its own: they go, and their numbers and folders are used anew.
		[[ $dir != */bats-run-* ]] || continue
		# Any other may go while this test runs; it may not change.
		[[ $now == *$'\n'"$id $dir "* || $tops == *$'\n'"$dir"$'\n'* ]] || continue
		echo "the host's mount on $dir is not what it was: $options $super" >&2
		bad=1
	done < "$BATS_TEST_TMPDIR/.cg-mounts"
	((!bad))
}

# Kills, removes and unmounts what the test made; fails, and says what, if anything remained.
_cg_teardown()
{
	local bad=0

	# A test that was skipped in cg_setup has made nothing.
	[[ -n ${CG_NAME:-} ]] || return 0
	_cg_go_home || bad=1
	if ! _cg_until _cg_kill_recorded; then
		echo "processes are left behind: $(< "$BATS_TEST_TMPDIR/.cg-pids")" >&2
		bad=1
	fi
	if ! _cg_until _cg_remove_own_cgroups; then
		echo "cgroups are left behind:" >&2
		_cg_own_cgroups >&2
		bad=1
	fi
	if ! _cg_until _cg_unmount_own; then
		echo "mounts are left behind:" >&2
		_cg_own_mounts | tr '\0' '\n' >&2
		bad=1
	fi
	_cg_mounts_unchanged || bad=1
	[[ -z ${CG_PUBLIC:-} ]] || rm -rf -- "$CG_PUBLIC"
	((!bad))
}
