# SPDX-License-Identifier: GPL-2.0-or-later
# Reads CONTRIBUTING.md and then every source file, and prints what breaks the order of the house:
# the rooms and files that CONTRIBUTING.md lists, and who includes whom. With circles=1 it prints
# "A B" for each file A that includes B instead, x.c and x.h as one file, for tsort(1).

function unit(file) { return substr(file, 1, length(file) - 2) }

# The room of a file of lib/; "" elsewhere.
function room(file,    part)
{
	if (split(file, part, "/") < 2 || part[1] != "lib")
		return ""
	return part[2] ~ /\./ ? unit(part[2]) : part[2]
}

function folder(file) { sub("/[^/]*$", "", file); return file }
function base(file) { sub(".*/", "", file); return unit(file) }

# A row of a table: its names stand in backquotes, with or without a slash.
function names(text, into,    count, i, part)
{
	count = split(text, part, "`")
	for (i = 2; i <= count; i += 2) {
		sub("/$", "", part[i])
		into[part[i]] = 1
		order[i / 2] = part[i]
	}
	return int(count / 2)
}

FILENAME ~ /\.md$/ {
	if (/^\| *room /) { table = "rooms"; next }
	if (/^\| *program /) { table = "programs"; next }
	if (!/^\|/) table = ""
	if (!table || /^\|-/) next
	split($0, cell, "|")
	count = names(cell[2], seen)
	for (i = 1; i <= count; i++) {
		rank[order[i]] = ++ranks
		listed[order[i]] = $0
	}
	next
}

FNR == 1 {
	known[FILENAME]
	files[++file_count] = FILENAME
}

/^#[ \t]*include "/ {
	split($0, quoted, "\"")
	include_from[++include_count] = FILENAME
	include_what[include_count] = quoted[2]
}

# The file that is meant: beside the including one, in lib/, or from the top.
function resolve(from, what)
{
	if ((folder(from) "/" what) in known)
		return folder(from) "/" what
	if (("lib/" what) in known)
		return "lib/" what
	return what in known ? what : ""
}

function complain(from, text) { print from ": " text; bad = 1 }

function check_include(from, to,    mine, its)
{
	mine = room(from)
	its = room(to)
	if (its != "" && mine != its && to ~ "^lib/.*/" && base(to) != its)
		complain(from, "includes " to ", which is for lib/" its "/ alone")
	if (mine != "" && its == "")
		complain(from, "includes " to ", which is no room of the library")
	else if (mine != "" && rank[its] > rank[mine])
		complain(from, "includes " to ", of a room below its own")
	else if (from ~ /^cgns-/ && to ~ /^cgns-/ && folder(from) != folder(to))
		complain(from, "includes " to ", of another program")
}

function check_listed(file,    where)
{
	where = room(file) != "" ? room(file) : folder(file)
	if (file !~ /^(lib|cgns-[a-z]+)\//)
		return
	if (!(where in rank))
		complain(file, "CONTRIBUTING.md does not list " where)
	else if (file ~ /\/.*\// || file ~ /^cgns-/)
		if (base(file) !~ "^(main|options|" where ")$" && !index(listed[where], "`" base(file) "`"))
			complain(file, "CONTRIBUTING.md does not say what it is")
}

END {
	for (i = 1; i <= include_count; i++) {
		to = resolve(include_from[i], include_what[i])
		if (to == "")
			continue
		if (!circles)
			check_include(include_from[i], to)
		else if (unit(include_from[i]) != unit(to))
			print unit(include_from[i]), unit(to)
	}
	for (i = 1; !circles && i <= file_count; i++)
		check_listed(files[i])
	exit bad
}
