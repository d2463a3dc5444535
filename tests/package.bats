#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: build=plain seconds=900 vm=no
# make deb and make rpm build packages that install, run, and go without remains.
#
# They are installed into a root folder made of the packages that the machine has: dpkg's own list of
# their files, and its status of them. No network is needed, and nothing that a user of a small
# system would not have is there.
bats_require_minimum_version 1.5.0
load common

setup_file()
{
	export WORK=$BATS_FILE_TMPDIR
	export PACKAGES=$WORK/packages

	[[ ${CGNS_SLOW:-0} != 1 ]] || skip "packages are the same on every kernel"
	[[ -e $CGNS_BUILD/Makefile ]] || skip "there is no configured build in $CGNS_BUILD"
}

setup() { cg_setup; }
teardown() { cg_teardown; }

needs()
{
	local tool

	for tool; do
		command -v "$tool" > /dev/null || skip "$tool is not installed"
	done
}

# Builds from the sources of the build under test, in a folder of its own where it can: another
# suite may be making a release of it.
build()
{
	local target=$1 source dir=$CGNS_BUILD

	source=$(sed -n 's/^abs_srcdir = //p' "$CGNS_BUILD/Makefile")
	if [[ ! $source -ef $CGNS_BUILD ]]; then
		dir=$WORK/build
		mkdir -p "$dir"
		[[ -e $dir/Makefile ]] || (cd "$dir" && "$source/configure" --quiet)
	fi
	# The unit tests have a suite of their own.
	DEB_BUILD_OPTIONS=nocheck env -u MAKEFLAGS -u MAKELEVEL make -C "$dir" "$target" "packagesdir=$PACKAGES" \
		> "$WORK/$target.log" 2>&1 || {
		tail -n 30 "$WORK/$target.log"
		fail "make $target failed"
	}
}

the_deb()
{
	local deb=("$PACKAGES"/debian/cgns_*.deb)

	[[ -e ${deb[0]} ]] || skip "the package was not built"
	echo "${deb[0]}"
}

the_rpm()
{
	local rpm=("$PACKAGES"/rpm/RPMS/*/cgns-[0-9]*.rpm)

	[[ -e ${rpm[0]} ]] || skip "the package was not built"
	echo "${rpm[0]}"
}

# Every installed package that those given need, themselves included.
closure()
{
	local todo=("$@") package depends name
	local -A known=()

	while ((${#todo[@]})); do
		package=${todo[0]}
		todo=("${todo[@]:1}")
		[[ -z ${known[$package]:-} ]] || continue
		known[$package]=1
		depends=$(dpkg-query -W -f '${db:Status-Status}, ${Pre-Depends}, ${Depends}\n' \
			"$package" 2> /dev/null) || depends=
		if [[ $depends != installed,* ]]; then
			known[$package]=no
			continue
		fi
		while read -r name; do
			[[ -z $name ]] || todo+=("$name")
		done < <(sed 's/^installed,//; s/[,|]/\n/g' <<< "$depends" |
			sed -E 's/^ *([a-z0-9.+-]*).*/\1/')
	done
	for package in "${!known[@]}"; do
		[[ ${known[$package]} == no ]] || printf '%s\n' "$package"
	done
}

# Lists say /lib where there is a link of that name to usr/lib.
in_real_folders()
{
	local links=() link

	for link in bin sbin lib lib32 lib64 libx32; do
		[[ ! -L /$link ]] || links+=(-e "s|^/$link\$||; s|^/$link/|/usr/$link/|")
	done
	sed "${links[@]}" -e 's|^/||; /^\.*$/d'
}

# A root folder with these packages in $1, installed as far as dpkg is concerned.
make_root()
{
	local root=$1 package file
	shift

	mkdir -p "$root"/{proc,tmp,sys,dev,run,var/lib/dpkg/{info,updates,triggers},var/cache/man}
	for package in $(closure dpkg bash dash coreutils diffutils sed grep libc-bin tar "$@"); do
		dpkg-query -W -f '${Package} ${Architecture} ${Version}\n' "$package" >> "$root/installed"
		cp -p /var/lib/dpkg/info/"$package".* /var/lib/dpkg/info/"$package":*.* \
			"$root/var/lib/dpkg/info/" 2> /dev/null || true
		dpkg-query -L "$package"
	done | in_real_folders | sort -u | while IFS= read -r file; do
		[[ ! -e /$file && ! -L /$file ]] || printf '%s\0' "$file"
	done > "$WORK/files"
	for file in bin sbin lib lib32 lib64 libx32; do
		[[ ! -L /$file ]] || ln -sf "usr/$file" "$root/$file"
	done
	# Alternatives and diversions are in no list either.
	[[ -e $root/bin/sh ]] || { mkdir -p "$root/bin/." && ln -sf dash "$root/bin/sh"; }
	tar -C / -c --no-recursion --null -T "$WORK/files" | tar -C "$root" -xp
	awk 'NR == FNR { want[$1] = 1; next }
		/^Package: / { keep = $2 in want }
		keep' "$root/installed" /var/lib/dpkg/status > "$root/var/lib/dpkg/status"
	touch "$root/var/lib/dpkg/available" "$root/var/lib/dpkg/diversions" \
		"$root/var/lib/dpkg/statoverride"
	rm -f "$root/installed"
}

# Runs a command in the root folder, with proc and cgroups to look at.
inside()
{
	local root=$1
	shift

	# shellcheck disable=SC2016
	unshare --mount --propagation private sh -c '
		root=$1
		shift
		mount --rbind /proc "$root/proc" && mount --rbind /sys "$root/sys" &&
			mount --rbind /dev "$root/dev" || exit 99
		exec chroot "$root" "$@"' inside "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
		LC_ALL=C.UTF-8 HOME=/ MANWIDTH=80 "$@"
}

# What is there, but for what dpkg notes of itself.
contents()
{
	(
		cd "$1" || exit
		find . -xdev \( -path ./proc -o -path ./sys -o -path ./dev -o -path ./var/lib/dpkg \
			-o -path ./var/cache -o -path ./var/log -o -path ./tmp -o -path ./usr/lib/sysimage \
			-o -path ./var/lib/rpm -o -path ./root \) -prune -o -printf '%y %p %l\n' | sort
	)
}

use_installed()
{
	local root=$1 program

	for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
		run inside "$root" "$program" --version
		assert_success
		assert_output --partial "$program from cgns "
	done
	run inside "$root" cgns-unshare -g "/$CG_NAME" -N --rm -- cgns-path self
	assert_success
	assert_output /
	run --separate-stderr inside "$root" cgns-ls --noheadings --raw -o ROOT self
	assert_success
	assert_output /
}

@test "make deb builds a package that lintian has nothing against" {
	needs dpkg-buildpackage dh lintian
	build deb
	run lintian --allow-root --fail-on error,warning "$PACKAGES"/debian/cgns_*.changes
	assert_success
	assert_output ''
	# Beside the packages there is what belongs to them, and nothing else.
	run bash -c "cd '$PACKAGES' && find . -type f | sed -E 's/[0-9.]+(-[0-9]+)?/V/; s/_[a-z0-9]+\././' | sort"
	refute_output --partial .log
	run dpkg-deb --field "$(the_deb)" Depends
	assert_output --partial libsmartcols1
	assert_output --partial libcap-ng0
}

# fails_without_remains TARGET TOOL: TOOL is a program that the package cannot be built without.
fails_without_remains()
{
	local dir=$BATS_TEST_TMPDIR/$1

	mkdir -p "$dir/bin"
	printf '#!/bin/sh\nexit 3\n' > "$dir/bin/$2"
	chmod +x "$dir/bin/$2"
	cp -a "$CGNS_BUILD" "$dir/build"
	rm -f "$dir"/build/cgns-*.tar.xz
	find "$dir/build" | sort > "$dir/before"
	run env -u MAKEFLAGS -u MAKELEVEL PATH="$dir/bin:$PATH" make -C "$dir/build" "$1"
	assert_failure
	find "$dir/build" | sort | diff "$dir/before" -
	rm -rf "$dir/build"
}

@test "a package that cannot be built leaves nothing behind" {
	needs dpkg-buildpackage dh rpmbuild
	fails_without_remains deb dpkg-buildpackage
	fails_without_remains rpm rpmbuild
}

@test "make deb says what is missing before it packs a release" {
	needs dpkg-buildpackage dh
	fails_without_remains deb dpkg-checkbuilddeps
	refute_output --partial distdir
}

@test "the deb installs into a small system, runs there, shows its pages, and goes without remains" {
	needs dpkg-buildpackage dh lintian dpkg-deb dpkg-query unshare
	cg_needs_private_mounts
	[[ -e /var/lib/dpkg/status ]] || skip "this machine is not made of debs"
	local deb root=$WORK/root page

	deb=$(the_deb)
	make_root "$root" libsmartcols1 libcap-ng0 man-db groff-base
	contents "$root" > "$WORK/before"
	cp "$deb" "$root/tmp/cgns.deb"
	run inside "$root" dpkg --install /tmp/cgns.deb
	assert_success
	use_installed "$root"
	for page in 'cgns-path 1' 'cgns-unshare 1' 'cgns-enter 1' 'cgns-limits 1' 'cgns-ls 8' 'cgns 7'; do
		run inside "$root" man -P cat "${page#* }" "${page% *}"
		assert_success
		assert_line --regexp '^SEE ALSO'
	done
	run inside "$root" dpkg --verify cgns
	assert_output ''
	[[ -e $root/usr/share/bash-completion/completions/cgns-ls ]]
	[[ -e $root/usr/share/zsh/vendor-completions/_cgns ]]
	[[ -e $root/usr/share/fish/vendor_completions.d/cgns-ls.fish ]]
	[[ -e $root/usr/share/doc/cgns/scripting.md ]] || [[ -e $root/usr/share/doc/cgns/scripting.md.gz ]]
	contents "$root" | diff "$WORK/before" - > "$WORK/new" || true
	[[ $(grep -c '^>' "$WORK/new") -gt 15 ]] || fail "the package installed next to nothing"
	run inside "$root" dpkg --purge cgns
	assert_success
	contents "$root" | diff -u "$WORK/before" -
}

@test "make rpm builds a package that installs, runs, and goes without remains" {
	needs rpmbuild rpm unshare
	build rpm
	local rpm root=$WORK/root

	rpm=$(the_rpm)
	run rpm --query --package --list "$rpm"
	assert_success
	for file in /usr/bin/cgns-path /usr/bin/cgns-unshare /usr/bin/cgns-enter /usr/bin/cgns-ls /usr/bin/cgns-limits \
		/usr/share/bash-completion/completions/cgns-ls /usr/share/zsh/site-functions/_cgns; do
		assert_line "$file"
	done
	assert_line --regexp '/man7/cgns\.7'
	run rpm --query --package --requires "$rpm"
	assert_output --partial libsmartcols.so.1
	run rpm --query --package --queryformat '%{LICENSE}' "$rpm"
	assert_output GPL-2.0-or-later
	[[ -e /var/lib/dpkg/status ]] || skip "the root folder for trying it is made of debs"
	cg_needs_private_mounts
	[[ -d $root ]] || make_root "$root" libsmartcols1 libcap-ng0
	# A folder that every system of rpms has.
	mkdir -p "$root/usr/share/licenses"
	contents "$root" > "$WORK/before-rpm"
	# Its dependencies are there as debs, of which rpm does not know.
	run rpm --root "$root" --install --nodeps --ignoreos --excludedocs "$rpm"
	assert_success
	use_installed "$root"
	run rpm --root "$root" --erase cgns
	assert_success
	contents "$root" | diff -u "$WORK/before-rpm" -
}
