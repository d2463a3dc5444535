#!/usr/bin/env bats
# SPDX-License-Identifier: GPL-2.0-or-later
# suite: vm=no
# What a program says of itself, its man page, its completions and its code agree.
bats_require_minimum_version 1.5.0
load common

setup_file()
{
	export WORK=$BATS_FILE_TMPDIR
	local program

	for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
		"$program" --help > "$WORK/$program.help"
	done
}

# Options are compared as lines "SHORT LONG none|needed|optional", sorted, with "-" for no short
# form. From the text of --help:
options_of_help()
{
	sed -nE 's/^ (-., |    )--([a-z0-9-]+)(.*)$/\1 \2 \3 /p' "$WORK/$1.help" |
		awk '{
			short = $1 ~ /^-.,$/ ? substr($1, 2, 1) : "-"
			name = short == "-" ? $1 : $2
			rest = $0
			sub(/^ *(-., +)?[a-z0-9-]+ /, "", rest)
			print short, name, rest ~ /^\[=/ ? "optional" : rest ~ /^ [A-Z[]/ ? "needed" : "none"
		}' | sort
}

# From the OPTIONS of the page's source.
options_of_page()
{
	sed -n '/^# OPTIONS/,/^# [^O]/p' "$CGNS_SOURCE/man/$1".[178].scd |
		sed -nE 's/^(\|[[ ] )?(\*-.\*, )?\*--([a-z0-9-]+)\*(.*)$/\2|\3|\4/p' |
		awk -F'|' '{
			short = $1 == "" ? "-" : substr($1, 3, 1)
			print short, $2, $3 ~ /^\[=/ ? "optional" : $3 == "" ? "none" : "needed"
		}' | sort
}

# From the table of the code, and the rows of lib/options/ that it brings in.
options_of_code()
{
	local rows

	{
		cat "$CGNS_SOURCE/$1"/*.c
		grep -oh 'CG_OPTIONS_[A-Z_]*' "$CGNS_SOURCE/$1"/*.c | while read -r rows; do
			sed -n "/^#define $rows /,/[^\\\\]\$/{s/\\\\/ /g;p}" "$CGNS_SOURCE/lib/options/options.h"
		done
	} | tr -s '\n\t ' ' ' |
		grep -oE "\{ ('.'|[A-Z][A-Z0-9_]*( \+ [0-9]+)?), \"[a-z0-9-]+\", CG_(NO|NEEDS|MAY_HAVE)_ARGUMENT" |
		sed -E "s/^\{ '(.)', /\1 /; s/^\{ [A-Z][^,]*, /- /; s/\"([a-z0-9-]+)\", /\1 /
			s/CG_NO_ARGUMENT/none/; s/CG_NEEDS_ARGUMENT/needed/; s/CG_MAY_HAVE_ARGUMENT/optional/" |
		sort
}

options_of_bash()
{
	(
		# shellcheck disable=SC1091
		source "$CGNS_SOURCE/bash-completion/cgns"
		table=_cgns_table_${1#cgns-}
		while read -r short long kind; do
			[[ -n $long ]] || continue
			form=needed
			[[ -n $kind ]] || form=none
			[[ $kind != \?* ]] || form=optional
			echo "$([[ $short == -- ]] && echo - || echo "${short#-}") ${long#--} $form"
		done <<< "${!table}"
	) | sort
}

# zsh says itself what it would hand to _arguments.
options_of_zsh()
{
	# shellcheck disable=SC2016
	zsh -fc '
		_arguments() { print -rl -- "$@" }
		service=$1
		source $2' zsh "$1" "$CGNS_SOURCE/zsh-completion/_cgns" |
		sed -nE 's/^(\([^)]*\)|\*)?-([a-zA-Z])([+-]?)\[.*$/short \2 \3/p
			s/^(\([^)]*\)|\*)?--([a-z0-9-]+)(=-|=)?\[(.*)$/long \2 \3/p' |
		awk '$1 == "short" { short = $2; next }
			{
				print short == "" ? "-" : short, $2, $3 == "=-" ? "optional" : $3 == "=" ? "needed" : "none"
				short = ""
			}' | sort
}

# So does fish, what it would hand to complete; an optional argument looks like none there.
options_of_fish()
{
	# shellcheck disable=SC2016
	fish --no-config -c '
		function complete; echo "$argv"; end
		source $argv[1]' "$CGNS_SOURCE/fish-completion/cgns.fish" |
		awk -v program="$1" '$1 == "-c" && $2 == program {
			short = "-"; long = ""; form = "none"
			for (i = 3; i <= NF && $i != "-d" && $i != "-a"; i++) {
				if ($i == "-s") short = $(i + 1)
				if ($i == "-l") long = $(i + 1)
				if ($i == "-r" || $i == "-x") form = "needed"
			}
			if (long != "") print short, long, form
		}' | sort
}

same_options()
{
	local program=$1 source=$2

	"options_of_$source" "$program" > "$WORK/$program.$source"
	if [[ $source == fish ]]; then
		options_of_help "$program" | sed 's/ optional$/ none/' | sort > "$WORK/expected"
	else
		options_of_help "$program" > "$WORK/expected"
	fi
	[[ $(wc -l < "$WORK/expected") -ge 15 ]] || fail "no options found in $program --help"
	diff -u --label "$program --help" --label "$source" "$WORK/expected" "$WORK/$program.$source" ||
		fail "--help and $source of $program differ"
}

all_same_options()
{
	local program

	for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
		same_options "$program" "$1"
	done
}

@test "every option of the code is in --help, and no other" {
	[[ -d $CGNS_SOURCE/cgns-path ]] || skip "the source of the programs is not here"
	all_same_options code
}

@test "every option of --help is in the man page with the same argument, and no other" {
	all_same_options page
}

@test "every option of --help is in the bash completion with the same argument, and no other" {
	all_same_options bash
}

@test "every option of --help is in the zsh completion with the same argument, and no other" {
	command -v zsh > /dev/null || skip "zsh is not installed"
	all_same_options zsh
}

@test "every option of --help is in the fish completion with the same argument, and no other" {
	command -v fish > /dev/null || skip "fish is not installed"
	all_same_options fish
}

@test "--help fits 80 columns and ends with the name of the man page" {
	local program manual

	for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
		run awk 'length($0) > 80' "$WORK/$program.help"
		assert_output ''
		manual=$(echo "$CGNS_SOURCE/man/$program".[178].scd)
		manual=${manual%.scd}
		run tail -n 1 "$WORK/$program.help"
		assert_output "For more details see $program(${manual##*.})."
		run head -n 1 "$WORK/$program.help"
		assert_output --regexp "^Usage: $program "
	done
}

@test "--help groups the options under headings" {
	local program

	for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
		run grep -cE '^[A-Z][A-Za-z ]+:$' "$WORK/$program.help"
		((output >= 2)) || fail "$program --help has $output headings"
	done
}

@test "a misspelt long option gets the right one suggested" {
	local program option wrong

	for program in cgns-path cgns-unshare cgns-enter cgns-ls cgns-limits; do
		while read -r _ option _; do
			((${#option} >= 6)) || continue
			# The last but one letter twice: no prefix of any option.
			wrong=${option:0:-1}${option: -2}
			run "$program" "--$wrong"
			assert_failure
			assert_output --partial "--$option"
			assert_output --partial "Try '$program --help'"
		done < <(options_of_help "$program")
	done
}

# NAMEs of --list-columns, in the tables of COLUMNS between two lines.
columns_of_page()
{
	sed -n '/^# COLUMNS/,/^# [^C]/p' "$CGNS_SOURCE/man/$1".[178].scd | sed -n "/^$2/,/^$3/p" |
		sed -n 's/^|[[ ] //p' | grep -o '[A-Z_]*' | sort
}

@test "every column of --list-columns is in the man page, and no other" {
	local program

	for program in cgns-path cgns-ls cgns-limits; do
		"$program" --list-columns | awk '{ print $1 }' | sort > "$WORK/expected"
		[[ $(wc -l < "$WORK/expected") -ge 10 ]] || fail "no columns in $program -L"
		columns_of_page "$program" 'Shown by default:' '# ' | diff -u --label "$program -L" --label page "$WORK/expected" -
	done
}

@test "the man page tells the default columns from the others" {
	local program header all

	for program in cgns-path cgns-ls cgns-limits; do
		# Raw output without an operand is the table of each.
		[[ $program == cgns-limits ]] && all=(--unlimited) || all=()
		header=$("$program" "${all[@]}" --raw | head -n 1)
		assert_equal "$(columns_of_page "$program" 'Shown by default:' 'On request:')" \
			"$(xargs -n1 <<< "$header" | sort)"
	done
}

# Keys of the tables in docs/scripting.md, with their types.
keys_of_page()
{
	# shellcheck disable=SC2016
	sed -n "/^## $1 --json/,/^## /p" "$CGNS_SOURCE/docs/scripting.md" |
		sed -nE 's/^\| `([a-z_]+)` \| ([a-z ,]+) \|.*$/\1 \2/p'
}

@test "docs/scripting.md names every JSON key and its type, and no other" {
	local program key type

	for program in cgns-path cgns-ls cgns-limits; do
		"$program" --list-columns | awk '{ print tolower($1) }' | sort > "$WORK/expected"
		keys_of_page "$program" | awk '{ print $1 }' | sort |
			diff -u --label "$program -L" --label docs/scripting.md "$WORK/expected" -
	done
	cg_setup
	cgns-path --json --output-all / self id:1 > "$WORK/cgns-path.json" || true
	cgns-ls --json --output-all --members > "$WORK/cgns-ls.json"
	cgns-limits --json --output-all --unlimited > "$WORK/cgns-limits.json"
	for program in cgns-path cgns-ls cgns-limits; do
		while read -r key type; do
			# shellcheck disable=SC2016
			run --separate-stderr jq -c --arg key "$key" --arg types "$type" '
				[.. | objects | select(has($key)) | .[$key] | type] |
				length > 0, unique - ($types | [splits(" or |, ")])' "$WORK/$program.json"
			[[ $output == $'true\n[]' ]] || fail "$key of $program is not $type: $output"
		done < <(keys_of_page "$program")
	done
}

render()
{
	sed 's/@VERSION@/0/' "$1" | scdoc > "$WORK/raw" &&
		awk -f "$CGNS_SOURCE/man/tidy.awk" "$WORK/raw" "$WORK/raw"
}

@test "every test that docs/security.md names exists" {
	local place file name proofs=0

	# shellcheck disable=SC2016 # backquotes are meant
	while IFS= read -r place; do
		file=${place%%:*} name=${place#*: }
		case $place in
		*.bats:*) grep -qF "@test \"$name\" {" "$CGNS_SOURCE/tests/$file" ;;
		*.*) grep -q "^static void ${place#*.}(" "$CGNS_SOURCE/tests/unit/test_${place%%.*}.c" ;;
		*) [[ -x $CGNS_SOURCE/tests/$place ]] ;;
		esac || fail "there is no test $place"
		proofs=$((proofs + 1))
	done < <(grep '^|.*|$' "$CGNS_SOURCE/docs/security.md" | sed -n '/^| measure\|^|---/!s/.* | //p' |
		grep -o '`[^`]*`' | tr -d '`')
	((proofs > 50)) || fail "only $proofs tests are named"
}

@test "mandoc has no complaint about any page, of any level" {
	command -v mandoc > /dev/null || skip "mandoc is not installed"
	command -v scdoc > /dev/null || skip "scdoc is not installed"
	local page

	for page in "$CGNS_SOURCE"/man/*.scd; do
		render "$page" > "$WORK/page"
		[[ $(wc -l < "$WORK/page") -gt 50 ]]
		run mandoc -T lint -W all "$WORK/page"
		assert_output ''
		assert_success
	done
}

@test "man renders the pages without a warning" {
	command -v scdoc > /dev/null || skip "scdoc is not installed"
	command -v groff > /dev/null || skip "groff is not installed"
	local page

	for page in "$CGNS_SOURCE"/man/*.scd; do
		render "$page" > "$WORK/page"
		groff -t -man -Tutf8 -ww -rLL=80n -P-cbou "$WORK/page" 2> "$WORK/warnings" > "$WORK/text"
		# so does man(1), which calls tbl(1) and groff(1) in its own way
		! command -v man > /dev/null || MANWIDTH=80 man -l "$WORK/page" 2>> "$WORK/warnings" > /dev/null
		run cat "$WORK/warnings"
		assert_output ''
		run grep -c '^SEE ALSO$' "$WORK/text"
		assert_output 1
	done
}

# Lines that a page has on a terminal of 80 columns.
lines_of()
{
	MAN_KEEP_FORMATTING='' MANWIDTH=80 man -l "$1" 2> /dev/null | wc -l
}

# nsenter(1) of util-linux 2.38 has 219 lines on 80 columns, lsns(8) has 97: once and a half of that.
# cgns(7) has what is common to all.
@test "no page is longer than once and a half its peer of util-linux" {
	command -v scdoc > /dev/null || skip "scdoc is not installed"
	command -v man > /dev/null || skip "man is not installed"
	local page most

	for page in cgns-path.1:328 cgns-unshare.1:328 cgns-enter.1:328 cgns-limits.1:328 cgns-ls.8:145; do
		most=${page#*:} page=${page%:*}
		render "$CGNS_SOURCE/man/$page.scd" > "$WORK/$page"
		run lines_of "$WORK/$page"
		((output > 10)) || skip "man shows no pages here"
		((output > 50 && output <= most)) || fail "$page has $output lines, not $most at most"
	done
}

@test "tidying changes nothing of what a reader sees" {
	command -v scdoc > /dev/null || skip "scdoc is not installed"
	command -v groff > /dev/null || skip "groff is not installed"
	local page

	for page in "$CGNS_SOURCE"/man/*.scd; do
		# on one page, at the end of which no table is
		render "$page" | sed '1i.pl 5000v' | groff -t -man -Tutf8 > "$WORK/tidied"
		sed 's/@VERSION@/0/' "$page" | scdoc | sed '1i.pl 5000v' | groff -t -man -Tutf8 > "$WORK/plain"
		diff -u "$WORK/plain" "$WORK/tidied"
	done
}

@test "the pages have the sections that belong there, in order" {
	local page

	for page in "$CGNS_SOURCE"/man/cgns-*.scd; do
		run sed -nE 's/^# (NAME|SYNOPSIS|DESCRIPTION|OPTIONS|EXIT STATUS|ENVIRONMENT|NOTES|EXAMPLES|SEE ALSO)$/\1/p' "$page"
		assert_output "NAME
SYNOPSIS
DESCRIPTION
OPTIONS
EXIT STATUS
ENVIRONMENT
NOTES
EXAMPLES
SEE ALSO"
		# shellcheck disable=SC2016
		run grep -c '^cgns-' <(sed -n '/^; example: /,/^```$/p; /^```$/,/^```$/p' "$page")
		((output >= 5)) || fail "$page has $output commands in its examples"
	done
}

@test "every exit status that design gives the program is in its page" {
	local program number

	for program in cgns-path:'0 1 64' cgns-ls:'0 1 3 64' cgns-limits:'0 1 64' cgns-unshare:'125 126 127' \
		cgns-enter:'125 126 127'; do
		for number in ${program#*:}; do
			run sed -n '/^# EXIT STATUS/,/^# ENV/p' "$CGNS_SOURCE/man/${program%%:*}".[178].scd
			assert_line --regexp "^(\|[[ ] )?\\*$number\\*$"
		done
	done
}

@test "pages refer to sections and pages of ours that exist" {
	local reference page

	while read -r reference; do
		page=${reference%(*}.${reference##*(}
		[[ -e $CGNS_SOURCE/man/${page%)}.scd ]] || fail "$reference does not exist"
	done < <(grep -ohE '\*cgns(-[a-z]+)?\*\([0-9]\)' "$CGNS_SOURCE"/man/*.scd | tr -d '*' | sort -u)
	while read -r reference; do
		grep -qx "# $reference" "$CGNS_SOURCE/man/cgns.7.scd" ||
			fail "cgns(7) has no section $reference"
	done < <(cat "$CGNS_SOURCE"/man/cgns-*.scd | tr '\n' ' ' |
		grep -oE '\*cgns\*\(7\), \*[A-Z ]+\*' | sed -E 's/.*\*([A-Z ]+)\*$/\1/' | sort -u)
}
