#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# Cgroups whose names hold every byte that the kernel allows, and whose paths are as long as it
# prints them, through every program: what comes out is byte for byte what went in.
#
# Names go from program to program in files: no shell, and no log, could hold them.

# shellcheck disable=SC2016

bats_require_minimum_version 1.5.0
load common

setup()
{
	cg_setup
	cg_choose_hierarchy
	cd "$BATS_TEST_TMPDIR" || return
}

teardown()
{
	cg_teardown
}

hostile()
{
	"$BATS_TEST_DIRNAME/hostile.py" "$@"
}

same()
{
	cmp "$1" "$2" > /dev/null || fail "$1 is not $2: $(cmp "$1" "$2" | head -c 200)"
}

# hostile_sleeper LENGTH: a process in a namespace that is rooted at a path of so many bytes, which
# the file "path" holds. Longer ones than the kernel takes at once are made and entered step by step.
hostile_sleeper()
{
	hostile deep "$(($1 - ${#CG_NAME} - 1))" > below
	printf '/%s' "$CG_NAME" | cat - below > path
	perl -e '
		use strict;
		use warnings;
		my ($top, $file) = @ARGV;
		open(my $in, "<", $file) or die;
		local $/;
		chdir($top) or die;
		for my $name (grep { length } split("/", <$in>)) {
			-d $name or mkdir($name) or die "mkdir: $!";
			chdir($name) or die "chdir: $!";
		}
		open(my $procs, ">", "cgroup.procs") or die "cgroup.procs: $!";
		syswrite($procs, $$) or die "move: $!";
		close($procs);
		chdir("/");
		exec("unshare", "--cgroup", "sleep", "infinity");' "$top" path < /dev/null > /dev/null 3>&- &
	CG_PID=$!
	disown
	cg_record "$CG_PID"
	cg_until asleep "$CG_PID"
	hostile in "/proc/$CG_PID/cgroup" "$h" path || fail "the process is somewhere else"
}

asleep()
{
	[[ $(< "/proc/$1/comm") == sleep ]] 2> /dev/null
}

# The whole of cgns-path about the process and the path in the file "path".
check_path()
{
	local id

	cgns-path -H "$h" "$CG_PID" > out
	cat path <(echo) > line
	same out line
	cgns-path -z -H "$h" - < <(cat path <(printf '\0')) > out
	same out <(cat path <(printf '\0'))
	cgns-path -H "$h" --from "$CG_PID" / > out
	same out line
	run -0 cgns-path -H "$h" --to "$CG_PID" "$CG_PID"
	assert_output /
	run -0 cgns-path -H "$h" --to "$CG_PID" - < line
	assert_output /
	run -0 cgns-path -H "$h" --as id "$CG_PID"
	id=$output
	run -0 cgns-path -H "$h" --as id --exists - < line
	assert_output "$id"
	cgns-path -H "$h" "id:$id" > out
	same out line
	cgns-path -J -H "$h" -o WHAT,PATH "$CG_PID" > out
	hostile json out path path || fail "another path in JSON"
	cgns-path -n -r -H "$h" -o PATH,WHAT "$CG_PID" > out
	hostile raw out 0 path 1 || fail "another path in raw output"
	cgns-path -n -H "$h" -o WHAT,PATH "$CG_PID" > out
	hostile text out 1 || fail "text is not safe"
}

check_ls()
{
	cgns-ls -J -m -H "$h" "$CG_PID" > out 2> err
	hostile json out root path || fail "another root in JSON"
	hostile json out path path || fail "another path of the member in JSON"
	jq -e '.namespaces[0].members[0].own == "/"' < out > /dev/null || fail "another view of its own"
	cgns-ls -n -r -H "$h" -o ROOT,NS "$CG_PID" > out 2> err
	hostile raw out 0 path 1 || fail "another root in raw output"
	cgns-ls -n -r -m -H "$h" -o PID,ROOT,PATH "$CG_PID" > out 2> err
	hostile raw out 1 path 2 || fail "another root in raw output of members"
	sed -n 2p out > member
	hostile raw member 2 path 1 || fail "another path in raw output of members"
	cgns-ls -n -H "$h" "$CG_PID" > out 2> err
	hostile text out 1 || fail "text is not safe"
	cgns-ls -n -T -m -H "$h" -o NS,PID,STATE,ROOT,PATH "$CG_PID" > out 2> err
	hostile text out 2 || fail "the tree is not safe"
	run -3 --separate-stderr cgns-ls --check=mount -H "$h" "$CG_PID"
	printf '%s\n' "$output" > out
	hostile text out 2 || fail "the words on a problem are not safe"
}

# Programs that are joined to the cgroup say where they are.
check_join()
{
	cgns-enter -t "$CG_PID" -c bash -c 'cat "/proc/$$/cgroup"; echo "$BASHPID" > pid; exec sleep infinity' \
		> out 3>&- &
	cg_record $!
	disown
	cg_until test -s pid
	cg_record "$(< pid)"
	hostile in "/proc/$(< pid)/cgroup" "$h" path || fail "cgns-enter joined another cgroup"
	printf / > root
	hostile in out "$h" root || fail "the program of cgns-enter does not read /"
}

# cgns-unshare gets the path as an argument, from a file.
check_unshare()
{
	perl -e '
		use strict;
		use warnings;
		my ($hierarchy, $file, @command) = @ARGV;
		open(my $in, "<", $file) or die;
		local $/;
		exec("cgns-unshare", "-g", "$hierarchy:" . <$in>, @command) or die;' "$h" path \
		bash -c 'cat "/proc/$$/cgroup" > own; echo "$BASHPID" > pid2; exec sleep infinity' 3>&- &
	cg_record $!
	disown
	cg_until test -s pid2
	hostile in "/proc/$(< pid2)/cgroup" "$h" path || fail "cgns-unshare joined another cgroup"
	printf / > root
	hostile in own "$h" root || fail "the namespace of cgns-unshare has another root"
}

@test "hostile: every byte in a name: translated from and to a namespace, byte for byte" {
	cg_ns_sleeper "$CG_NAME/root" "$h"
	hostile names > all
	perl -0pe 's{^}{/}' all > inside
	CG="/$CG_NAME/root/" perl -0pe 's{^}{$ENV{CG}}' all > outside
	perl -0pe 's{^}{/../}' all > beside
	CG="/$CG_NAME/" perl -0pe 's{^}{$ENV{CG}}' all > above
	cgns-path -z -H "$h" --from "$CG_PID" - < inside > out
	same out outside
	cgns-path -z -H "$h" --to "$CG_PID" - < outside > out
	same out inside
	cgns-path -z -H "$h" --from "$CG_PID" - < beside > out
	same out above
	cgns-path -z -H "$h" --to "$CG_PID" - < above > out
	same out beside
	tr '\0' '\n' < outside > lines
	cgns-path -H "$h" --to "$CG_PID" - < lines | cgns-path -H "$h" --from "$CG_PID" - > out
	same out lines
}

@test "hostile: every byte in a name: cgroups are made, found by id and directory, and removed" {
	mkdir "$top/$CG_NAME"
	hostile names > all
	(cd "$top/$CG_NAME" && xargs -0 mkdir --) < all
	CG="/$CG_NAME/" perl -0pe 's{^}{$ENV{CG}}' all > paths
	cgns-path -z -H "$h" --exists - < paths > out
	same out paths
	CG="$top/$CG_NAME/" perl -0pe 's{^}{$ENV{CG}}' all > dirs
	cgns-path -z -H "$h" --as dir - < paths > out
	same out dirs
	cgns-path -z -H "$h" --as id - < paths > ids
	xargs -0 stat --printf '%i\0' -- < dirs > inodes
	same ids inodes
	perl -0pe 's{^}{id:}' ids > whats
	cgns-path -z -H "$h" - < whats > out
	same out paths
	perl -0pe 's{^}{fs:}' dirs > whats
	cgns-path -z - < whats > out
	same out paths
	(cd "$top/$CG_NAME" && xargs -0 rmdir --) < all
	run -64 --separate-stderr cgns-path -z -H "$h" --exists - < <(printf '/\0'; cat paths)
}

@test "hostile: every byte in one path, through every program" {
	hostile_sleeper $((${#CG_NAME} + 1 + 2 * 128))
	check_path
	check_ls
	check_join
	check_unshare
}

@test "hostile: a path of 4,000 bytes, through every program" {
	hostile_sleeper 4000
	check_path
	check_ls
	check_join
	check_unshare
}

@test "hostile: --rm makes and removes cgroups with every byte in their names" {
	hostile deep 256 > below
	printf '/%s' "$CG_NAME" | cat - below > path
	perl -e '
		open(my $in, "<", "path") or die;
		local $/;
		exec("cgns-unshare", "-g", "$ARGV[0]:" . <$in>, "--create", "--rm", "--subgroup", "\xff \t",
			"bash", "-c", "cat /proc/\$\$/cgroup > own") or die;' "$h"
	printf '/\xff \t' > root
	hostile in own "$h" root || fail "the program is in another subgroup"
	[[ ! -e $top/$CG_NAME ]] || fail "it was left"
}
