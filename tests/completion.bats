#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=no
# The completions offer what there is: in bash, zsh and fish, and in a bash that reads from a terminal.
bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cd "$BATS_TEST_TMPDIR"
}
teardown() { cg_teardown; }

# What bash offers for the line given, the cursor at its end, one a line: splits the line as
# readline does, and calls the function that is registered for the command.
bash_offers()
{
	# The program's name in front is not "bash", which would be a login shell's.
	# shellcheck disable=SC2016
	bash --norc --noprofile -c '
		shopt -s extglob progcomp
		[[ -z $3 ]] || source "$3"
		source "$1"
		compopt() { :; }
		COMP_LINE=$2 COMP_POINT=${#2} COMP_TYPE=${COMP_TYPE:-9} COMP_WORDS=()
		line=$2
		while [[ -n $line ]]; do
			gap=${line%%[^ ]*}
			line=${line#"$gap"}
			if [[ $line =~ ^([:=]+|([^ :=\\]|\\.)+) ]]; then
				COMP_WORDS+=("${BASH_REMATCH[0]}")
				line=${line#"${BASH_REMATCH[0]}"}
			fi
		done
		[[ $2 != *[^\\]" " ]] || COMP_WORDS+=("")
		COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
		spec=$(complete -p "${COMP_WORDS[0]}")
		[[ $spec =~ \ -F\ ([^ ]+) ]] || exit
		"${BASH_REMATCH[1]}" "${COMP_WORDS[0]}" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
		((!${#COMPREPLY[@]})) || printf "%s\n" "${COMPREPLY[@]}"
	' completion "$CGNS_SOURCE/bash-completion/cgns" "$1" "${BASH_COMPLETION:-}"
}

fish_offers()
{
	# shellcheck disable=SC2016
	fish --no-config -c 'source $argv[1]; complete -C $argv[2]' \
		"$CGNS_SOURCE/fish-completion/cgns.fish" "$1" | cut -f 1
}

# A process in a namespace of its own whose command is long and has what shells have in theirs.
# Sets pid and verbose, its command.
verbose_sleeper()
{
	verbose="sleep <a> $(seq -s ' ' 100)"
	# shellcheck disable=SC2016
	unshare --cgroup bash -c 'exec -a "$1" sleep infinity' bash "$verbose" 3>&- &
	pid=$!
	cg_record "$pid"
	cg_until cg_runs "$pid" sleep
}

# The names of all hierarchies, each controller by itself too.
hierarchy_names()
{
	awk -F: '{ print $2 == "" ? "unified" : $2; n = split($2, part, ",")
		if (n > 1) for (i = 1; i <= n; i++) print part[i] }' /proc/self/cgroup | sort
}

## bash ----------------------------------------------------------------------------------------

@test "bash: options by their beginning, and = where an argument may stand behind it" {
	run bash_offers 'cgns-path --st'
	assert_output --strict
	run bash_offers 'cgns-unshare --mount-'
	assert_output "--mount-cgroup
--mount-cgroup=
--mount-proc
--mount-proc="
	run bash_offers 'cgns-enter --join'
	assert_output "--join-cgroup
--join-root"
	run bash_offers 'cgns-ls -'
	assert_line --deep
	assert_line --list-columns
}

@test "bash: words that an option takes, behind a blank and behind =" {
	run bash_offers 'cgns-path -A '
	assert_output "path
dir
id"
	run bash_offers 'cgns-path --as d'
	assert_output dir
	run bash_offers 'cgns-path --as=d'
	assert_output dir
	run bash_offers 'cgns-path -Ad'
	assert_output -- -Adir
	run bash_offers 'cgns-path -lA i'
	assert_output id
	run bash_offers 'cgns-ls --color='
	assert_output "auto
always
never"
}

@test "bash: the hierarchies that exist" {
	bash_offers 'cgns-ls -H ' | sort > "$BATS_TEST_TMPDIR/offered"
	{ hierarchy_names; echo all; } | sort | diff -u - "$BATS_TEST_TMPDIR/offered"
	run bash_offers 'cgns-path --hierarchy al'
	assert_output all
	if grep -q name=systemd /proc/self/cgroup; then
		# Bash replaces what stands behind "=" only.
		run bash_offers 'cgns-ls -H name=s'
		assert_output systemd
	fi
}

@test "bash: columns from --list-columns, behind commas and +, each once" {
	cgns-path -L | awk '{ print $1 }' > "$BATS_TEST_TMPDIR/columns"
	run bash_offers 'cgns-path -o '
	assert_output "$(cat "$BATS_TEST_TMPDIR/columns")"
	run bash_offers 'cgns-path -o PATH,OWN,R'
	assert_output PATH,OWN,ROOT
	run bash_offers 'cgns-path -o PATH,OWN,P'
	assert_output $'PATH,OWN,PID\nPATH,OWN,POD'
	run bash_offers 'cgns-path -o +CG'
	assert_output +CGID
	run bash_offers 'cgns-path -o +CGID,ST'
	assert_output +CGID,STATE
	run bash_offers 'cgns-path -o path,st'
	assert_output path,state
	run bash_offers 'cgns-path --output=PATH,OW'
	assert_output PATH,OWN
	run bash_offers 'cgns-ls -o +OUT'
	assert_output +OUTSIDE
}

# own_is_offered PATTERN COMMAND...: whether it offers, as PATTERN with PID for it, the process that stands for
# the suite's own namespace. Where PID 1 may not be looked at that is another one whenever programs come and go.
own_is_offered()
{
	run "${@:2}"
	grep -qE "${1/PID/$(cgns-ls -n -r -q -o PID self)}" <<< "$output"
}

@test "bash: PIDs, with their commands where the choices are only shown" {
	cg_sleeper
	run bash_offers "cgns-ls $CG_PID"
	assert_line "$CG_PID"
	run bash_offers "cgns-enter -t ${CG_PID:0:-1}"
	assert_line "$CG_PID"
	run bash_offers 'cgns-enter --target '
	refute_line "$CG_PID"
	cg_ns_sleeper "/$CG_NAME"
	cg_ns_sleeper "/$CG_NAME"
	verbose_sleeper
	# a process for each namespace, no kernel threads, and who it is where the choices are shown
	COMP_TYPE=63 cg_until own_is_offered '^PID \(' bash_offers 'cgns-enter --target '
	assert_line "$CG_PID (sleep infinity)"
	assert_line "$pid (${verbose:0:60})"
	refute_line --regexp '^2 '
	run bash_offers 'cgns-enter -t 2'
	[[ $'\n'$output$'\n' != *$'\n2\n'* ]]
	run bash_offers 'cgns-path s'
	assert_output self
}

@test "bash: cgroups below what has been typed, a step at a time" {
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_make "$hierarchy" "/$CG_NAME/one/deep" > /dev/null
	cg_make "$hierarchy" "/$CG_NAME/other" > /dev/null
	run bash_offers "cgns-path /${CG_NAME:0:-1}"
	assert_line "/$CG_NAME/"
	run bash_offers "cgns-path /$CG_NAME/o"
	assert_output "/$CG_NAME/one/
/$CG_NAME/other"
	run bash_offers "cgns-enter -t cgroup:/$CG_NAME/ot"
	assert_output "/$CG_NAME/other"
	run bash_offers "cgns-ls cgroup:/$CG_NAME/one/"
	assert_output "/$CG_NAME/one/deep"
	run bash_offers "cgns-unshare -g $hierarchy:/$CG_NAME/one/"
	assert_output "/$CG_NAME/one/deep"
	run bash_offers "cgns-unshare --cgroup=/$CG_NAME/on"
	assert_output "/$CG_NAME/one/"
}

@test "bash: cgroups as the namespace of --from sees them, in the hierarchy of -H" {
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_ns_sleeper "/$CG_NAME/root" "$hierarchy"
	cg_make "$hierarchy" "/$CG_NAME/root/inner" > /dev/null
	run bash_offers "cgns-path -f $CG_PID /inn"
	assert_output /inner
	run bash_offers "cgns-path --from=$CG_PID -H $hierarchy /inn"
	assert_output /inner
	run bash_offers 'cgns-path /inn'
	refute_output --partial inner
}

@test "bash: names of cgroups that the shell would take apart are quoted" {
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_make "$hierarchy" "/$CG_NAME/a b" > /dev/null
	cg_make "$hierarchy" "/$CG_NAME/c\$(d)" > /dev/null
	run bash_offers "cgns-path /$CG_NAME/a"
	assert_output "/$CG_NAME/a\\ b"
	run bash_offers "cgns-path /$CG_NAME/a\\ "
	assert_output "/$CG_NAME/a\\ b"
	run bash_offers "cgns-path /$CG_NAME/c"
	assert_output "/$CG_NAME/c\\\$\\(d\\)"
}

@test "bash: a cgroup to unshare in, relative or with its hierarchy" {
	run bash_offers 'cgns-unshare -g '
	for name in $(hierarchy_names); do
		assert_line "$name:"
	done
}

@test "bash: namespace files and inodes" {
	cg_ns_sleeper "/$CG_NAME"
	touch "$BATS_TEST_TMPDIR/held"
	mount --bind "/proc/$CG_PID/ns/cgroup" "$BATS_TEST_TMPDIR/held"
	run bash_offers 'cgns-path --from /'
	umount --lazy "$BATS_TEST_TMPDIR/held"
	assert_line "$BATS_TEST_TMPDIR/held"
	run bash_offers 'cgns-ls cgroup:['
	assert_line "[$(stat -Lc %i "/proc/$CG_PID/ns/cgroup")]"
	run bash_offers 'cgns-ls c'
	assert_output $'cgroup:\ncontainer:'
	run bash_offers "cgns-ls /proc/$CG_PID/ns/cgr"
	assert_line "/proc/$CG_PID/ns/cgroup"
}

# Processes in a container, a pod and a unit; sets id.
owned()
{
	local uid=0f2c9a51-6d1b-4f7e-9a3c-5b8d7e6f1a20 hierarchy

	hierarchy=$(cg_default_hierarchy)
	id=3fa85f6457174562b3fc2c963f66afa6c1f3a7d2f09c4b11a5b2d2e7b0f4c8d1
	cg_sleeper "/$CG_NAME/kubepods/pod$uid/$id" "$hierarchy"
	cg_sleeper "/$CG_NAME/$CG_NAME\\x2done.service" "$hierarchy"
}

@test "bash: containers, pods and units that there are" {
	owned
	run bash_offers 'cgns-enter -t container:3fa'
	assert_output "${id:0:12}"
	run bash_offers "cgns-ls container:${id:0:20}"
	assert_output "$id"
	run bash_offers 'cgns-path pod:0f2'
	assert_output 0f2c9a51-6d1b-4f7e-9a3c-5b8d7e6f1a20
	run bash_offers "cgns-limits unit:$CG_NAME"
	assert_output "$CG_NAME\\\\x2done.service"
	run bash_offers "cgns-limits unit:$CG_NAME\\\\x2d"
	assert_output "$CG_NAME\\\\x2done.service"
	run bash_offers "cgns-ls cgroup:$(cg_default_hierarchy):/$CG_NAME/kubep"
	assert_output "/$CG_NAME/kubepods/"
}

# amid_the_dead FUNCTION LINE: FUNCTION LINE, where processes have ended since they were seen: in /proc
# (that of CG_PID), and by cgns-ls.
amid_the_dead()
{
	local dead=$BATS_TEST_TMPDIR/dead

	mkdir -p "$dead/bin" "$dead/folder"
	[[ -e $dead/bin/cgns-ls ]] || cat > "$dead/bin/cgns-ls" << END
#!/bin/sh
case "\$*" in *PID,COMMAND*) echo '4194303 of\\x20late' ;; esac
exec "$(type -P cgns-ls)" "\$@"
END
	chmod +x "$dead/bin/cgns-ls"
	export -f "${1?}"
	# shellcheck disable=SC2016
	PATH=$dead/bin:$PATH unshare --mount bash -c \
		'mount --bind "$1" "/proc/$2" && "${@:3}"' bash "$dead/folder" "$CG_PID" "$@"
}

# The beginnings of lines whose completion looks at processes.
lines_about_processes()
{
	printf '%s\n' 'cgns-enter -t ' "cgns-enter -t ${CG_PID:0:-1}" 'cgns-ls ' 'cgns-path ' \
		'cgns-path container:' 'cgns-ls unit:x' 'cgns-limits pod:' 'cgns-path cgroup:'
}

# says_nothing FUNCTION: at each of these lines
says_nothing()
{
	cg_needs_private_mounts
	local line

	cg_sleeper
	while IFS= read -r line; do
		amid_the_dead "$1" "$line" > "$BATS_TEST_TMPDIR/offered" 2> "$BATS_TEST_TMPDIR/said" < /dev/null
		[[ ! -s $BATS_TEST_TMPDIR/said ]] || fail "$line: $(< "$BATS_TEST_TMPDIR/said")"
		run grep -w -e 4194303 -e "$CG_PID" "$BATS_TEST_TMPDIR/offered"
		assert_output ''
	done < <(lines_about_processes)
}

@test "bash: nothing is said at the prompt of processes that end meanwhile" {
	says_nothing bash_offers
}

@test "bash: capabilities in a list, and the words that stand alone" {
	run bash_offers 'cgns-unshare --caps net_a'
	assert_output net_admin
	run bash_offers 'cgns-unshare --caps chown,net_admin,net_r'
	assert_output chown,net_admin,net_raw
	run bash_offers 'cgns-unshare --caps chown,ch'
	refute_output --partial chown,chown
	run bash_offers 'cgns-unshare --caps '
	assert_line none
	refute_line target
	run bash_offers 'cgns-enter --caps=tar'
	assert_output target
	run bash_offers 'cgns-enter --caps chown,tar'
	assert_output ''
}

@test "every capability that is offered exists, and every one of the kernel is offered" {
	local last names name

	command -v capsh > /dev/null || skip "capsh is not installed"
	read -r last < /proc/sys/kernel/cap_last_cap
	for ((i = 0; i <= last; i++)); do
		name=$(capsh --explain="$i" 2> /dev/null | sed -nE 's/^cap_([a-z_]+) .*/\1/p')
		[[ -n $name ]] || continue
		names+="$name"$'\n'
	done
	[[ $(wc -l <<< "$names") -gt 35 ]] || skip "this capsh does not explain capabilities"
	bash_offers 'cgns-unshare --caps ' | grep -vE '^(keep|none)$' | sort > "$BATS_TEST_TMPDIR/offered"
	sort <<< "${names%$'\n'}" | diff -u - "$BATS_TEST_TMPDIR/offered"
}

@test "bash: users, groups, owners, signals, files and directories" {
	run bash_offers 'cgns-unshare -S nobo'
	assert_output nobody
	run bash_offers 'cgns-enter -G roo'
	assert_output root
	run bash_offers 'cgns-enter --setuid fol'
	assert_output follow
	run bash_offers 'cgns-unshare --owner roo'
	assert_output root
	run bash_offers 'cgns-unshare --owner root:roo'
	assert_output root
	run bash_offers 'cgns-unshare --kill-child=SIGTE'
	assert_output SIGTERM
	mkdir -p "$BATS_TEST_TMPDIR/dir" && touch "$BATS_TEST_TMPDIR/dir-file"
	run bash_offers "cgns-unshare -R $BATS_TEST_TMPDIR/di"
	assert_output "$BATS_TEST_TMPDIR/dir"
	run bash_offers "cgns-unshare -P $BATS_TEST_TMPDIR/dir-"
	assert_output "$BATS_TEST_TMPDIR/dir-file"
	run bash_offers "cgns-path fs:$BATS_TEST_TMPDIR/di"
	assert_output "$BATS_TEST_TMPDIR/dir"
}

@test "bash: the program that is run, and its own completion" {
	cat > "$BATS_TEST_TMPDIR/theirs" << 'END'
_theirs() { COMPREPLY=("$1|$2|$3|$COMP_CWORD|$COMP_LINE"); }
complete -F _theirs frobnicate
END
	run bash_offers 'cgns-unshare -r cgns-pat'
	assert_output cgns-path
	BASH_COMPLETION=$BATS_TEST_TMPDIR/theirs run bash_offers 'cgns-enter -t 1 -c -- frobnicate -x ab'
	assert_output 'frobnicate|ab|-x|2|frobnicate -x ab'
	BASH_COMPLETION=$BATS_TEST_TMPDIR/theirs run bash_offers 'cgns-unshare -g memory:/x frobnicate --so'
	assert_output 'frobnicate|--so|frobnicate|1|frobnicate --so'
	# Options behind the program's name are the program's.
	run bash_offers 'cgns-unshare ls --r'
	assert_output ''
}

@test "bash: with the package bash-completion" {
	local helper=/usr/share/bash-completion/bash_completion

	[[ -e $helper ]] || skip "bash-completion is not installed"
	export BASH_COMPLETION=$helper
	run bash_offers 'cgns-enter -t 1 -- cgns-pat'
	assert_line cgns-path
	run bash_offers 'cgns-path --as=d'
	assert_output dir
	run bash_offers "cgns-unshare -f -- cat $CGNS_SOURCE/COPY"
	assert_output "$CGNS_SOURCE/COPYING"
}

# What a line becomes when it is typed into a bash that reads from a terminal, TAB pressed. It is
# marked by two control characters, which no list of choices shows as they are: a command may have
# any others.
typed_into_bash()
{
	# shellcheck disable=SC2016
	zsh -fc '
		zmodload zsh/zpty
		zpty -b shell env TERM=dumb INPUTRC=/dev/null bash --norc --noprofile -i
		zpty -w shell "PS1=; bind \"set enable-bracketed-paste off\"; bind -x '\''\"\\C-g\": printf \"\\2%s\\3\\n\" \"\$READLINE_LINE\"'\''; source $1; echo re\"\"ady"
		end=$((SECONDS + $3))
		seen=
		while [[ $seen != *ready$'\''\r'\''* ]] && ((SECONDS < end)); do
			zpty -rt shell part && seen+=$part || sleep 0.05
		done
		zpty -wn shell "$2"$'\''\t'\''
		seen=
		while [[ $seen != *$'\''\2'\''*$'\''\3'\''* ]] && ((SECONDS < end)); do
			zpty -wn shell $'\''\C-g'\''
			sleep 0.3
			while zpty -rt shell part; do seen+=$part; done
		done
		zpty -d shell
		[[ $seen != *$'\''\2'\''*$'\''\3'\''* ]] || print -r -- ${${seen##*$'\''\2'\''}%%$'\''\3'\''*}
	' typed "$CGNS_SOURCE/bash-completion/cgns" "$1" "$CG_DEADLINE"
}

@test "a bash at a terminal inserts what the completion offers" {
	command -v zsh > /dev/null || skip "zsh, whose zpty module plays the terminal, is not installed"
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_make "$hierarchy" "/$CG_NAME/only one" > /dev/null
	run typed_into_bash 'cgns-path --stri'
	assert_output 'cgns-path --strict '
	run typed_into_bash "cgns-ls cgroup:/$CG_NAME/on"
	assert_output "cgns-ls cgroup:/$CG_NAME/only\\ one"
	run typed_into_bash 'cgns-path -o PATH,CG'
	assert_output 'cgns-path -o PATH,CGID'
	run typed_into_bash 'cgns-ls --color=al'
	assert_output 'cgns-ls --color=always '
}

## zsh -----------------------------------------------------------------------------------------

# What a line becomes in a zsh at a terminal, TAB pressed, marked as above; and what it lists.
typed_into_zsh()
{
	# shellcheck disable=SC2016
	zsh -fc '
		zmodload zsh/zpty
		zpty -b shell env TERM=dumb zsh -fi
		zpty -w shell "PS1= PS2= RPS1=; unsetopt zle_bracketed_paste prompt_sp; fpath=(${1:h} \$fpath); autoload -U compinit; compinit -u -D; LISTMAX=100000; show() { zle -R; printf \"\\2%s\\3\\n\" \"\$BUFFER\" }; zle -N show; bindkey ^G show; print re\"\"ady"
		end=$((SECONDS + $3))
		seen=
		while [[ $seen != *ready$'\''\r'\''* ]] && ((SECONDS < end)); do
			zpty -rt shell part && seen+=$part || sleep 0.05
		done
		zpty -wn shell "$2"$'\''\t'\''
		seen=
		while [[ $seen != *$'\''\2'\''*$'\''\3'\''* ]] && ((SECONDS < end)); do
			sleep 0.3
			zpty -wn shell $'\''\C-g'\''
			sleep 0.2
			while zpty -rt shell part; do seen+=$part; done
		done
		zpty -d shell
		print -r -- "$seen"
	' typed "$CGNS_SOURCE/zsh-completion/_cgns" "$1" "$CG_DEADLINE"
}

# What is on the terminal behind the line that was typed, but the line itself: choices and errors.
zsh_lists()
{
	typed_into_zsh "$1" | tr -d '\r' | sed "s/\x1b\[[0-9;?]*[A-Za-z]//g; s/\x02[^\x03]*\x03//g"
}

zsh_makes()
{
	run typed_into_zsh "$1"
	assert_output --partial $'\2'"$2"$'\3'
}

@test "zsh: the completion is valid" {
	command -v zsh > /dev/null || skip "zsh is not installed"
	run zsh -n "$CGNS_SOURCE/zsh-completion/_cgns"
	assert_success
	assert_output ''
}

@test "zsh: options, words, columns, hierarchies, cgroups, PIDs and programs" {
	command -v zsh > /dev/null || skip "zsh is not installed"
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_make "$hierarchy" "/$CG_NAME/only" > /dev/null
	cg_sleeper
	zsh_makes 'cgns-path --stri' 'cgns-path --strict '
	zsh_makes 'cgns-path -A di' 'cgns-path -A dir '
	zsh_makes 'cgns-path -o PATH,CGI' 'cgns-path -o PATH,CGID,'
	zsh_makes 'cgns-ls -o +OUTS' 'cgns-ls -o +OUTSIDE,'
	zsh_makes "cgns-path /$CG_NAME/on" "cgns-path /$CG_NAME/only"
	zsh_makes "cgns-enter -t cgroup:/$CG_NAME/on" "cgns-enter -t cgroup:/$CG_NAME/only"
	zsh_makes "cgns-unshare -g $hierarchy:/$CG_NAME/on" "cgns-unshare -g $hierarchy:/$CG_NAME/only"
	owned
	zsh_makes 'cgns-enter -t container:3fa' "cgns-enter -t container:${id:0:12} "
	zsh_makes 'cgns-path pod:0f2' 'cgns-path pod:0f2c9a51-6d1b-4f7e-9a3c-5b8d7e6f1a20 '
	zsh_makes "cgns-ls cgroup:$hierarchy:/$CG_NAME/on" "cgns-ls cgroup:$hierarchy:/$CG_NAME/only"
	zsh_makes 'cgns-unshare --caps net_adm' 'cgns-unshare --caps net_admin,'
	zsh_makes 'cgns-enter -t self -- cgns-unsh' 'cgns-enter -t self -- cgns-unshare '
	run typed_into_zsh 'cgns-ls -H '
	for name in $(hierarchy_names); do
		assert_output --partial "$name"
	done
	run typed_into_zsh "cgns-ls ${CG_PID:0:-1}"
	assert_output --partial "$CG_PID"
}

@test "zsh: a PID for each namespace, no kernel threads, and nothing is said of those that end" {
	cg_needs_private_mounts
	command -v zsh > /dev/null || skip "zsh is not installed"
	local line pid verbose

	verbose_sleeper
	cg_ns_sleeper "/$CG_NAME"
	cg_until own_is_offered 'PID \(' zsh_lists 'cgns-enter -t '
	assert_output --partial "$pid (${verbose:0:60})"
	assert_output --partial "$CG_PID (sleep infinity)"
	refute_output --partial '(kthreadd)'
	cg_sleeper
	export -f typed_into_zsh
	export CG_DEADLINE
	while IFS= read -r line; do
		run amid_the_dead zsh_lists "$line"
		[[ $line != *' ' ]] || assert_output --partial container:
		refute_output --regexp '(no such|not found|cannot|zsh:|cat:|tr:|cgns-[a-z]+:)'
		refute_output --partial "$CG_PID ("
		refute_output --partial 4194303
	done < <(lines_about_processes)
}

## fish ----------------------------------------------------------------------------------------

@test "fish: the completion is valid" {
	command -v fish > /dev/null || skip "fish is not installed"
	run fish --no-execute "$CGNS_SOURCE/fish-completion/cgns.fish"
	assert_success
	assert_output ''
}

@test "fish: options, words, columns, hierarchies, cgroups, PIDs and programs" {
	command -v fish > /dev/null || skip "fish is not installed"
	local hierarchy

	hierarchy=$(cg_default_hierarchy)
	cg_make "$hierarchy" "/$CG_NAME/only" > /dev/null
	cg_ns_sleeper "/$CG_NAME/root" "$hierarchy"
	inside=$CG_PID
	cg_make "$hierarchy" "/$CG_NAME/root/inner" > /dev/null
	run fish_offers 'cgns-path --stri'
	assert_output --strict
	run fish_offers 'cgns-path -A '
	assert_output "dir
id
path"
	run fish_offers 'cgns-path -o PATH,CGI'
	assert_output PATH,CGID
	run fish_offers 'cgns-ls -o +OUTS'
	assert_output +OUTSIDE
	run fish_offers "cgns-path /$CG_NAME/on"
	assert_output "/$CG_NAME/only"
	run fish_offers "cgns-path -f $CG_PID /inn"
	assert_output /inner
	run fish_offers "cgns-enter -t cgroup:/$CG_NAME/on"
	assert_output "cgroup:/$CG_NAME/only"
	run fish_offers "cgns-unshare -g $hierarchy:/$CG_NAME/on"
	assert_output "$hierarchy:/$CG_NAME/only"
	owned
	run fish_offers 'cgns-enter -t container:3fa'
	assert_output "container:${id:0:12}"
	run fish_offers 'cgns-path pod:0f2'
	assert_output pod:0f2c9a51-6d1b-4f7e-9a3c-5b8d7e6f1a20
	run fish_offers "cgns-ls cgroup:$hierarchy:/$CG_NAME/on"
	assert_output "cgroup:$hierarchy:/$CG_NAME/only"
	cg_until own_is_offered '^PID$' fish_offers 'cgns-enter -t '
	refute_line 2
	assert_line "$inside"
	run fish_offers 'cgns-unshare --caps chown,net_adm'
	assert_output chown,net_admin
	run fish_offers 'cgns-enter -t self -- cgns-unsh'
	assert_output cgns-unshare
	run fish_offers 'cgns-enter -t self cgns-path --stri'
	assert_output --strict
	run fish_offers 'cgns-unshare --owner root:roo'
	assert_output root:root
	run fish_offers 'cgns-unshare --kill-child=SIGTE'
	assert_output -- --kill-child=SIGTERM
	run fish_offers 'cgns-ls --color=alw'
	assert_output -- --color=always
	run fish_offers "cgns-ls $CG_PID"
	assert_line "$CG_PID"
	fish_offers 'cgns-path -H ' | sort > "$BATS_TEST_TMPDIR/offered"
	{ hierarchy_names; echo all; } | sort -u | diff -u - "$BATS_TEST_TMPDIR/offered"
}

@test "fish: nothing is said at the prompt of processes that end meanwhile" {
	command -v fish > /dev/null || skip "fish is not installed"
	says_nothing fish_offers
}
