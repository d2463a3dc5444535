# SPDX-License-Identifier: GPL-2.0-or-later
# fish completion of the programs of cgns; one file under the names of all

function __cgns_hierarchies
	for line in (cat /proc/self/cgroup)
		set -l name (string split -m 2 : -- $line)[2]
		if test -z "$name"
			echo unified
		else
			echo $name
			string match -q '*,*' -- $name; and string split , -- $name
		end
	end
end

# Whether a process runs a program: kernel threads do not
function __cgns_has_program
	test -n "$(cat /proc/$argv[1]/cmdline 2>/dev/null | tr -d '\0')"
end

# __cgns_pids TYPED: PIDs with the command of each: one for each namespace or,
# where digits were typed, of all processes but kernel threads
function __cgns_pids
	if test -z "$argv[1]"
		for line in (cgns-ls -n -r -q -o PID,COMMAND 2>/dev/null | string match -r '^\d+ .*')
			__cgns_has_program (string split ' ' -- $line)[1]; or continue
			string replace ' ' \t -- (string replace -a '\x20' ' ' -- $line)
		end
		return
	end
	string match -qr '^\d+$' -- $argv[1]; or return
	for dir in /proc/$argv[1]*/
		set -l pid (string split / -- $dir)[3]
		string match -qr '^\d+$' -- $pid; or continue
		__cgns_has_program $pid; or continue
		printf '%s\t%s\n' $pid (cat $dir/comm 2>/dev/null)
	end
end

# __cgns_owners FORM: container:, pod: and unit: of the processes that there are,
# by the column of cgns-path that has their names. Of a long id 12 digits do.
function __cgns_owners
	set -l names (for dir in /proc/*/
			string match -r '\d+' -- $dir
		end | cgns-path -n -r -o (string upper $argv[1]) - 2>/dev/null | sort -u)
	for name in $names
		test $name = -; and continue
		set name (printf %b $name)
		if string match -qr '^[0-9a-f]{64}$' -- $name
			set name (string sub -l 12 -- $name)
		end
		echo $argv[1]:$name
	end
end

# __cgns_cgroups PREFIX PATH [OPTION...]: the cgroups below the directory part
# of PATH, with PREFIX in front
function __cgns_cgroups
	set -l parent (string match -r '.*/' -- $argv[2])
	set -l dir
	if string match -q '/*' -- "$parent"
		set dir (cgns-path $argv[3..-1] -A dir -- $parent 2>/dev/null)
	else
		set dir (cgns-path $argv[3..-1] -A dir -- self 2>/dev/null)
		test -n "$dir"; and set dir $dir/$parent
	end
	test -n "$dir"; or return
	for entry in (string trim -r -c / -- $dir)/*/
		set -l name (string split / -- (string trim -r -c / -- $entry))[-1]
		set -l below $entry*/
		if test (count $below) -gt 0
			echo $argv[1]$parent$name/
		else
			echo $argv[1]$parent$name
		end
	end
end

function __cgns_target
	set -l token (commandline -ct)
	# The argument of a long option in the same word
	set -l typed (string replace -r '^--[a-z]+=' '' -- $token)
	if __cgns_names $typed
		return
	end
	printf '%s\t%s\n' self 'the calling process'
	printf '%s\n' cgroup:/ container: pod: unit:
	if string match -q 'cgroup:*' -- $typed
		for inode in (cgns-ls -n -r -q -o NS 2>/dev/null)
			echo "cgroup:[$inode]"
		end
	end
	__cgns_pids "$typed"
	test -n "$typed"; and __fish_complete_path $typed
end

# What may follow the forms that begin with a word and a colon; 1 if none was begun
function __cgns_names
	set -l parts (string match -r '^cgroup:([^/:[]+):(/.*)$' -- $argv[1])
	if test (count $parts) -eq 3
		__cgns_cgroups cgroup:$parts[2]: $parts[3] -H $parts[2]
		return 0
	else if string match -q 'cgroup:/*' -- $argv[1]
		__cgns_cgroups cgroup: (string replace cgroup: '' -- $argv[1])
		return 0
	end
	set -l form (string match -r '^(?:container|pod|unit)(?=:)' -- $argv[1]); or return 1
	__cgns_owners $form
end

function __cgns_cgroup
	set -l typed (string replace -r '^--[a-z]+=' '' -- (commandline -ct))
	set -l parts (string match -r '^([^/:]+):(.*)$' -- $typed)
	if test (count $parts) -eq 3
		__cgns_cgroups $parts[2]: "$parts[3]" -H $parts[2]
		return
	end
	for name in (__cgns_hierarchies)
		printf '%s:\t%s\n' $name hierarchy
	end
	for name in (__cgns_hierarchies)
		__cgns_cgroups '' "$typed" -H $name
	end | sort -u
end

# The option given before on the line, for what depends on it
function __cgns_given
	set -l words (commandline -opc)
	for i in (seq 2 (count $words))
		if contains -- $words[$i] $argv
			set -l next (math $i + 1)
			test $next -le (count $words); and echo $words[$next]
			return
		end
	end
end

function __cgns_what
	set -l typed (commandline -ct)
	if string match -q '/*' -- $typed
		set -l options
		set -l from (__cgns_given -f --from)
		test -n "$from"; and set -a options -f $from
		set -l hierarchy (__cgns_given -H --hierarchy)
		test -n "$hierarchy" -a "$hierarchy" != all; and set -a options -H $hierarchy
		__cgns_cgroups '' $typed $options
		return
	end
	if __cgns_names $typed
		return
	end
	printf '%s\t%s\n' self 'the calling process'
	printf '%s\n' cgroup:/ container: pod: unit:
	if string match -q 'fs:*' -- $typed
		for dir in (__fish_complete_directories (string replace fs: '' -- $typed) '')
			echo fs:$dir
		end
		return
	end
	__cgns_pids "$typed"
	__fish_complete_path $typed
end

# __cgns_list WORD...: a list completed behind its last comma
function __cgns_list
	set -l typed (string replace -r '^--[a-z]+=' '' -- (commandline -ct))
	set -l before (string match -r '^\+?(?:.*,)?' -- $typed)
	set -l taken (string split , -- (string upper -- (string replace -r '^\+' '' -- "$before")))
	for word in $argv
		set -l name (string split -m 1 \t -- $word)[1]
		contains -- (string upper -- $name) $taken; or echo $before$word
	end
end

function __cgns_columns
	set -l program (commandline -opc)[1]
	set -l columns
	command -q $program; or return
	for line in ($program --list-columns 2>/dev/null)
		set -l parts (string match -r '^\s*([A-Z_]+)\s+(.*)$' -- $line)
		test (count $parts) -eq 3; and set -a columns $parts[2]\t$parts[3]
	end
	__cgns_list $columns
end

# Names of limits whose controllers are there
function __cgns_known_limits
	set -l controllers
	for line in (cat /proc/self/cgroup)
		set -l name (string split -m 2 : -- $line)[2]
		if test -z "$name"
			set -a controllers cgroup
		else
			set -a controllers (string split , -- $name)
		end
	end
	for line in (string match -e ' - cgroup2 ' -- (cat /proc/self/mountinfo))
		set -l dir (string split ' ' -- $line)[5]
		set -a controllers (string split ' ' -- (cat $dir/cgroup.controllers 2>/dev/null))
	end
	for name in memory.max memory.high memory.swap.max pids.max cpu.max cpuset.cpus \
			cpuset.mems cgroup.max.depth cgroup.max.descendants
		contains -- (string split -m 1 . -- $name)[1] $controllers; and echo $name
	end
	contains -- hugetlb $controllers; or return 0
	for dir in /sys/kernel/mm/hugepages/hugepages-*kB
		set -l size (string match -r '\d+' -- (string split / -- $dir)[-1])
		if test $size -ge 1048576
			echo hugetlb.(math $size / 1048576)GB.max
		else if test $size -ge 1024
			echo hugetlb.(math $size / 1024)MB.max
		end
	end
end

function __cgns_limits
	__cgns_list (__cgns_known_limits)
end

function __cgns_setting
	string match -q '*=*' -- (string replace -r '^--[a-z]+=' '' -- (commandline -ct)); and return
	for name in (__cgns_known_limits)
		echo $name=
	end
end

function __cgns_capabilities
	__cgns_list $argv audit_control audit_read audit_write block_suspend bpf \
		checkpoint_restore chown dac_override dac_read_search fowner fsetid \
		ipc_lock ipc_owner kill lease linux_immutable mac_admin mac_override \
		mknod net_admin net_bind_service net_broadcast net_raw perfmon setfcap \
		setgid setpcap setuid sys_admin sys_boot sys_chroot sys_module sys_nice \
		sys_pacct sys_ptrace sys_rawio sys_resource sys_time sys_tty_config \
		syslog wake_alarm
end

function __cgns_owner
	set -l typed (string replace -r '^--[a-z]+=' '' -- (commandline -ct))
	if string match -q '*:*' -- $typed
		set -l user (string split -m 1 : -- $typed)[1]
		for group in (__fish_complete_groups)
			echo $user:$group
		end
	else
		__fish_complete_users
	end
end

function __cgns_signals
	string match -r '^[A-Z0-9]+$' -- (string split ' ' -- (kill -l)) | string replace -r '^' SIG
end

# __cgns_program OPTION...: the words of the program that is run, as far as they
# are complete; status 1 while there is none. The options given have an argument.
function __cgns_program
	set -l words (commandline -opc)
	set -e words[1]
	while test (count $words) -gt 0
		if contains -- $words[1] $argv
			set -e words[1]
		else if test "$words[1]" = --
			set -e words[1]
			break
		else if not string match -q -- '-*' $words[1]
			break
		end
		set -e words[1]
	end
	test (count $words) -gt 0; and string escape -- $words
end

function __cgns_program_arguments
	complete -C (string join ' ' -- (__cgns_program $argv) (commandline -ct))
end

set -l unshare_takes -g --cgroup --set --owner --subgroup -P --persist -S --setuid -G --setgid \
	-R --root -w --wd --caps
set -l enter_takes -t --target --subgroup -S --setuid -G --setgid --caps

for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits
	complete -c $program -e
	complete -c $program -f
end

complete -c cgns-path -a '(__cgns_what)'
complete -c cgns-path -s f -l from -x -a '(__cgns_target)' -d 'Whose view the paths given are'
complete -c cgns-path -s t -l to -x -a '(__cgns_target)' -d 'Whose view to print'
complete -c cgns-path -s H -l hierarchy -x -a '(__cgns_hierarchies) all' -d 'In which hierarchy'
complete -c cgns-path -s A -l as -x -a 'path dir id' -d 'What to print'
complete -c cgns-path -s s -l strict -d 'A result outside the root is an error'
complete -c cgns-path -s e -l exists -d 'A cgroup that does not exist is an error'
complete -c cgns-path -s z -l zero -d 'Lines end in NUL'
complete -c cgns-path -s l -l list -d 'Print a table'
complete -c cgns-path -s J -l json -d 'Print JSON'
complete -c cgns-path -s r -l raw -d 'Print with one blank between columns'
complete -c cgns-path -s n -l noheadings -d 'Leave out the headings'
complete -c cgns-path -s o -l output -x -a '(__cgns_columns)' -d 'Columns to print'
complete -c cgns-path -l output-all -d 'Print all columns'
complete -c cgns-path -s u -l notruncate -d 'Do not cut long values'
complete -c cgns-path -s L -l list-columns -d 'Print the names of the columns'
complete -c cgns-path -s h -l help -d 'Print a summary of the options'
complete -c cgns-path -s V -l version -d 'Print the version'

set -l own "not __cgns_program $unshare_takes >/dev/null"
complete -c cgns-unshare -n "__cgns_program $unshare_takes >/dev/null" \
	-a "(__cgns_program_arguments $unshare_takes)"
complete -c cgns-unshare -n $own -a '(__fish_complete_command)'
complete -c cgns-unshare -n $own -s g -l cgroup -x -a '(__cgns_cgroup)' -d 'Use this cgroup as the root'
complete -c cgns-unshare -n $own -s N -l create -d 'Create the cgroup if it is missing'
complete -c cgns-unshare -n $own -l rm -d 'Remove what was made when the program ends'
complete -c cgns-unshare -n $own -l set -x -a '(__cgns_setting)' -d 'Set a limit of what is created'
complete -c cgns-unshare -n $own -l owner -x -a '(__cgns_owner)' -d 'Delegate what was created'
complete -c cgns-unshare -n $own -l subgroup -x -d 'Run the program in this child of the root'
complete -c cgns-unshare -n $own -s M -l mount-cgroup -d 'Mount the cgroup filesystems again'
complete -c cgns-unshare -n $own -s P -l persist -r -F -d 'Keep the namespace by a bind mount'
complete -c cgns-unshare -n $own -s U -l user -d 'User namespace'
complete -c cgns-unshare -n $own -s r -l map-root-user -d 'Map the current user to root'
complete -c cgns-unshare -n $own -s c -l map-current-user -d 'Map the current user to itself'
complete -c cgns-unshare -n $own -s m -l mount -d 'Mount namespace'
complete -c cgns-unshare -n $own -s i -l ipc -d 'IPC namespace'
complete -c cgns-unshare -n $own -s n -l net -d 'Network namespace'
complete -c cgns-unshare -n $own -s p -l pid -d 'PID namespace'
complete -c cgns-unshare -n $own -s u -l uts -d 'UTS namespace'
complete -c cgns-unshare -n $own -s T -l time -d 'Time namespace'
complete -c cgns-unshare -n $own -l mount-proc -d 'Mount a new proc filesystem'
complete -c cgns-unshare -n $own -s f -l fork -d 'Run the program as a child'
complete -c cgns-unshare -n $own -l kill-child -a '(__cgns_signals)' -d 'Signal for the program when cgns-unshare dies'
complete -c cgns-unshare -n $own -s S -l setuid -x -a '(__fish_complete_users)' -d 'User of the program'
complete -c cgns-unshare -n $own -s G -l setgid -x -a '(__fish_complete_groups)' -d 'Group of the program'
complete -c cgns-unshare -n $own -s R -l root -x -a '(__fish_complete_directories)' -d 'Root directory of the program'
complete -c cgns-unshare -n $own -s w -l wd -x -a '(__fish_complete_directories)' -d 'Working directory of the program'
complete -c cgns-unshare -n $own -l caps -x -a '(__cgns_capabilities keep none)' -d 'Capabilities of the program'
complete -c cgns-unshare -n $own -l no-new-privs -d 'Nothing gained by set-user-ID and file capabilities'
complete -c cgns-unshare -n $own -s v -l verbose -d 'Say each step'
complete -c cgns-unshare -n $own -s h -l help -d 'Print a summary of the options'
complete -c cgns-unshare -n $own -s V -l version -d 'Print the version'

set -l own "not __cgns_program $enter_takes >/dev/null"
complete -c cgns-enter -n "__cgns_program $enter_takes >/dev/null" \
	-a "(__cgns_program_arguments $enter_takes)"
complete -c cgns-enter -n $own -a '(__fish_complete_command)'
complete -c cgns-enter -n $own -s t -l target -x -a '(__cgns_target)' -d 'Whose namespace to enter'
complete -c cgns-enter -n $own -s c -l join-cgroup -d 'Move into the cgroup of the target process'
complete -c cgns-enter -n $own -l join-root -d 'Move into the root of the namespace'
complete -c cgns-enter -n $own -l subgroup -x -d 'Join this child of that cgroup'
complete -c cgns-enter -n $own -s M -l mount-cgroup -d 'Mount the cgroup filesystems again'
complete -c cgns-enter -n $own -s a -l all -d 'Enter all namespaces of the target'
complete -c cgns-enter -n $own -s C -l cgroup -d 'Accepted: the cgroup namespace is always entered'
complete -c cgns-enter -n $own -s U -l user -d 'User namespace'
complete -c cgns-enter -n $own -s m -l mount -d 'Mount namespace'
complete -c cgns-enter -n $own -s i -l ipc -d 'IPC namespace'
complete -c cgns-enter -n $own -s n -l net -d 'Network namespace'
complete -c cgns-enter -n $own -s p -l pid -d 'PID namespace'
complete -c cgns-enter -n $own -s u -l uts -d 'UTS namespace'
complete -c cgns-enter -n $own -s T -l time -d 'Time namespace'
complete -c cgns-enter -n $own -s S -l setuid -x -a '(__fish_complete_users) follow' -d 'User of the program'
complete -c cgns-enter -n $own -s G -l setgid -x -a '(__fish_complete_groups) follow' -d 'Group of the program'
complete -c cgns-enter -n $own -s r -l root -d 'Root directory of the program'
complete -c cgns-enter -n $own -s w -l wd -d 'Working directory of the program'
complete -c cgns-enter -n $own -s e -l env -d 'Environment of the target'
complete -c cgns-enter -n $own -s F -l no-fork -d 'Do not fork before the program'
complete -c cgns-enter -n $own -l caps -x -a '(__cgns_capabilities keep none target)' -d 'Capabilities of the program'
complete -c cgns-enter -n $own -l no-new-privs -d 'Nothing gained by set-user-ID and file capabilities'
complete -c cgns-enter -n $own -l keep-fds -d 'Pass on inherited descriptors above 2'
complete -c cgns-enter -n $own -s v -l verbose -d 'Say each step'
complete -c cgns-enter -n $own -s h -l help -d 'Print a summary of the options'
complete -c cgns-enter -n $own -s V -l version -d 'Print the version'

complete -c cgns-ls -a '(__cgns_target)'
complete -c cgns-ls -s T -l tree -d 'Nest namespaces by their roots'
complete -c cgns-ls -s m -l members -d 'List the processes of each'
complete -c cgns-ls -s d -l deep -d 'Look for namespaces without a process'
complete -c cgns-ls -s c -l check -d 'Print the problems, and what to do'
complete -c cgns-ls -s S -l state -x -a 'ok outside removed mount pinned hidden' -d 'List only these states'
complete -c cgns-ls -s p -l task -x -a '(__fish_complete_pids)' -d 'The same as the target PID'
complete -c cgns-ls -s q -l quiet -d 'Do not say what could not be examined'
complete -c cgns-ls -s H -l hierarchy -x -a '(__cgns_hierarchies) all' -d 'Hierarchy of ROOT and STATE'
complete -c cgns-ls -s J -l json -d 'Print JSON'
complete -c cgns-ls -s r -l raw -d 'Print with one blank between columns'
complete -c cgns-ls -s n -l noheadings -d 'Leave out the headings'
complete -c cgns-ls -s o -l output -x -a '(__cgns_columns)' -d 'Columns to print'
complete -c cgns-ls -l output-all -d 'Print all columns'
complete -c cgns-ls -s u -l notruncate -d 'Do not cut long values'
complete -c cgns-ls -s L -l list-columns -d 'Print the names of the columns'
complete -c cgns-ls -l color -a 'auto always never' -d 'Mark what is wrong by color'
complete -c cgns-ls -s h -l help -d 'Print a summary of the options'
complete -c cgns-ls -s V -l version -d 'Print the version'

complete -c cgns-limits -a '(__cgns_what)'
complete -c cgns-limits -s l -l limits -x -a '(__cgns_limits)' -d 'Only these limits'
complete -c cgns-limits -s a -l unlimited -d 'Also those that are unlimited'
complete -c cgns-limits -s b -l bytes -d 'Bytes instead of units'
complete -c cgns-limits -s f -l from -x -a '(__cgns_target)' -d 'Whose view the paths given are'
complete -c cgns-limits -s t -l to -x -a '(__cgns_target)' -d 'Whose view to print'
complete -c cgns-limits -s H -l hierarchy -x -a '(__cgns_hierarchies) all' -d 'In which hierarchy'
complete -c cgns-limits -s z -l zero -d 'Lines of input end in NUL'
complete -c cgns-limits -s J -l json -d 'Print JSON'
complete -c cgns-limits -s r -l raw -d 'Print with one blank between columns'
complete -c cgns-limits -s n -l noheadings -d 'Leave out the headings'
complete -c cgns-limits -s o -l output -x -a '(__cgns_columns)' -d 'Columns to print'
complete -c cgns-limits -l output-all -d 'Print all columns'
complete -c cgns-limits -s u -l notruncate -d 'Do not cut long values'
complete -c cgns-limits -s L -l list-columns -d 'Print the names of the columns'
complete -c cgns-limits -s h -l help -d 'Print a summary of the options'
complete -c cgns-limits -s V -l version -d 'Print the version'
