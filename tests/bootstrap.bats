#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=no
# ./bootstrap and the installation of packages, with package managers that only note what they
# are asked for.

load common

# The table holds one package that is there, and what is missing for two groups.
setup()
{
	bin=$BATS_TEST_TMPDIR/bin
	made=$BATS_TEST_TMPDIR/made
	log=$BATS_TEST_TMPDIR/log
	mkdir "$bin" "$made"
	: > "$log"
	export CGNS_PACKAGES=$BATS_TEST_TMPDIR/packages
	cat > "$CGNS_PACKAGES" << END
# a comment

build	bash	bash	bash	is there
build	libx-dev	libx-devel	$made/x*.h	a header
check	y	y-tools	$made/none|$made/y	a file
peers	z	-	no-such-command-z	a peer
END
	for tool in bash awk sort grep sleep cat dirname touch; do
		ln -s "$(command -v "$tool")" "$bin/$tool"
	done
}

# manager NAME SCRIPT: a command of that name, which notes its arguments first.
manager()
{
	cat > "$bin/$1" << END
#!/bin/bash
echo "$1 \$*" >> '$log'
$2
END
	chmod +x "$bin/$1"
}

# Installing makes the proofs appear, but the peer's.
apt()
{
	manager apt-get "${1:-}
case \" \$* \" in
*' install '*) touch '$made/x1.h' '$made/y' ;;
esac"
	manager apt-cache "[[ \$2 != ${2:-none} ]]"
}

install_packages()
{
	run env PATH="$bin" "$(command -v bash)" "$CGNS_SOURCE/scripts/install-packages" "$@"
}

@test "when all is there, no package manager is asked" {
	apt
	touch "$made/x1.h" "$made/y"
	install_packages build check
	assert_success
	assert_output ''
	assert_equal "$(< "$log")" ''
}

@test "apt-get installs what is missing, of the groups that are named, without asking" {
	[[ $EUID == 0 ]] || skip "needs root: others are only told what to install"
	apt
	install_packages build check
	assert_success
	run cat "$log"
	assert_line --regexp '^apt-get .* update$'
	assert_line --regexp '^apt-get -q -y .*install --no-install-recommends libx-dev y$'
	refute_output --partial bash
	: > "$log"
	rm "$made/y"
	install_packages build
	assert_equal "$(< "$log")" ''
}

@test "apt-get is tried again when it fails" {
	[[ $EUID == 0 ]] || skip "needs root: others are only told what to install"
	apt "[[ -e '$made/once' ]] || { touch '$made/once'; exit 100; }"
	# Waiting is not what is tested.
	rm "$bin/sleep"
	manager sleep ''
	install_packages build check
	assert_success
	assert_output --partial 'trying again: apt_get update'
}

@test "a package that this distribution lacks does not keep the others from being installed" {
	[[ $EUID == 0 ]] || skip "needs root: others are only told what to install"
	apt '' z
	install_packages build check peers
	assert_success
	assert_output --partial 'this distribution has no package z'
	assert_output --partial 'Still missing:'
	run cat "$log"
	assert_line --regexp 'install --no-install-recommends libx-dev y$'
}

@test "what cannot be installed is a failure that names it, for Debian and for Fedora" {
	[[ $EUID == 0 ]] || skip "needs root: others are only told what to install"
	manager apt-get ''
	manager apt-cache ''
	install_packages build
	assert_failure
	assert_output --partial 'Still missing:'
	assert_output --partial '(Debian: libx-dev, Fedora: libx-devel)'
}

@test "dnf is used where it is the package manager, with its own names" {
	[[ $EUID == 0 ]] || skip "needs root: others are only told what to install"
	manager dnf "touch '$made/x1.h' '$made/y'"
	install_packages build check peers
	assert_success
	run cat "$log"
	assert_line --regexp '^dnf -y .*install libx-devel y-tools$'
}

@test "elsewhere a list says what to install" {
	[[ $EUID == 0 ]] || skip "needs root: others are only told what to install"
	install_packages build check
	assert_failure
	assert_output --partial 'neither apt-get nor dnf'
	assert_output --partial 'a header (Debian: libx-dev, Fedora: libx-devel)'
	refute_output --partial 'is there'
}

@test "who is not root is told what is missing, and what root would type" {
	local unprivileged=()

	apt
	# Another user has to reach the table, the tools and the script.
	chmod 755 "$BATS_RUN_TMPDIR" "${BATS_TEST_TMPDIR%/*}" "$BATS_TEST_TMPDIR" "$bin" "$made"
	cp "$CGNS_SOURCE/scripts/install-packages" "$bin/"
	chmod 755 "$bin/install-packages"
	[[ $EUID != 0 ]] || unprivileged=("$(command -v setpriv)" --reuid=65534 --clear-groups)
	run env PATH="$bin" "${unprivileged[@]}" "$(command -v bash)" "$bin/install-packages" build check
	assert_failure 1
	assert_output --partial 'only root can install it'
	assert_output --partial '(Debian: libx-dev, Fedora: libx-devel)'
	assert_line 'As root: apt-get install libx-dev y'
	assert_equal "$(< "$log")" ''
	: > "$made/x1.h"
	: > "$made/y"
	run env PATH="$bin" "${unprivileged[@]}" "$(command -v bash)" "$bin/install-packages" build check peers
	assert_success
	assert_output --partial 'a peer'
}

@test "every row of the project's table has its five columns, and a known group" {
	local group apt dnf proof what rows=0

	while read -r group apt dnf proof what; do
		[[ -n $group && $group != '#'* ]] || continue
		rows=$((rows + 1))
		[[ $group =~ ^(build|clone|demo|check|peers)$ && -n $apt && -n $dnf && -n $proof && -n $what ]] ||
			fail "a row is not complete: $group $apt $dnf $proof $what"
		[[ $proof =~ ^(pc:.+|/.+|[A-Za-z0-9_.-]+)$ ]] || fail "no proof: $proof"
	done < "$CGNS_SOURCE/scripts/packages"
	((rows > 20))
}

@test "bootstrap says what it can do, and refuses what it does not know" {
	run "$CGNS_SOURCE/bootstrap" --help
	assert_success
	assert_output --partial './bootstrap demo'
	assert_output --partial './bootstrap check'
	run "$CGNS_SOURCE/bootstrap" nonsense
	assert_failure 1
	assert_output --partial 'no such command: nonsense'
	run "$CGNS_SOURCE/bootstrap" demo check
	assert_failure 1
	assert_output --partial 'Usage: ./bootstrap'
}

# A tree of the same scripts, in which configure and make only note what they are asked for.
# tree: a clone; tree release: what is unpacked from a release
make_tree()
{
	tree=$BATS_TEST_TMPDIR/tree
	mkdir -p "$tree/scripts" "$tree/man" "$tree/build-aux"
	cp "$CGNS_SOURCE/bootstrap" "$tree"
	cp "$CGNS_SOURCE"/scripts/{build,files,install-packages} "$tree/scripts"
	# shellcheck disable=SC2016
	printf '#!/bin/sh\n[ "$1" = --possible ] || echo "the demo from $1"\n' > "$tree/scripts/demo"
	chmod +x "$tree/scripts/demo"
	printf 'bootstrap\nscripts/build\n' > "$tree/MANIFEST"
	cat > "$BATS_TEST_TMPDIR/configure" << END
#!/bin/bash
echo "configure \$*" >> '$log'
printf 'all check:\n' > Makefile
touch config.status
END
	chmod +x "$BATS_TEST_TMPDIR/configure"
	manager autoreconf "cp '$BATS_TEST_TMPDIR/configure' ."
	manager git 'printf "bootstrap\nscripts/build\n"'
	printf 'build\tx\tx\tbash\tx\nclone\tx\tx\tno-such-command-c\tx\n' > "$CGNS_PACKAGES"
	if [[ ${1:-} == release ]]; then
		cp "$BATS_TEST_TMPDIR/configure" "$tree"
		touch "$tree"/{aclocal.m4,config.h.in,Makefile.in,man/cgns.7}
	else
		mkdir "$tree/.git"
		sed -i '/^clone/d' "$CGNS_PACKAGES"
	fi
}

@test "what the demo is built with takes no warning for an error, what is tested does" {
	local name

	make_tree
	for name in demo plain clang; do
		run env PATH="$bin:$PATH" "$tree/scripts/build" "$name"
		assert_success
	done
	run grep -c configure "$log"
	assert_output 3
	run sed -n '/configure/{/enable-werror/!p}' "$log"
	assert_output 'configure --quiet'
}

@test "the demo from a release asks for nothing that only a clone needs" {
	[[ $EUID == 0 ]] || skip "needs root: the demo refuses without"
	make_tree release
	run env PATH="$bin:$PATH" "$tree/bootstrap" demo
	assert_success
	assert_line --regexp '^the demo from build/demo$'
	[[ -e $tree/build/src/man/cgns.7 ]]
	run cat "$log"
	assert_output 'configure --quiet'
}

@test "who is not root is refused the demo before anything is installed or built" {
	local public

	make_tree
	cp "$CGNS_SOURCE/scripts/demo" "$tree/scripts"
	public=$(mktemp -d /tmp/cgns-public-XXXXXX)
	cp -r "$tree" "$public"
	chmod -R a+rX "$public"
	run cg_as_nobody "$public/tree/bootstrap" demo
	rm -rf "$public"
	assert_failure 1
	assert_output 'The demo makes cgroups and namespaces: please run it as root.'
}

@test "CI runs exactly ./bootstrap check" {
	run grep -v '^#' "$CGNS_SOURCE/.ci/run"
	# shellcheck disable=SC2016
	assert_output 'cd "$(dirname "$0")/.." && exec ./bootstrap check'
	assert [ -x "$CGNS_SOURCE/.ci/run" ]
}
