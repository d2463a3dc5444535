# SPDX-License-Identifier: GPL-2.0-or-later
# Makes what scdoc writes clean for mandoc -T lint: takes away the paragraph
# macros next to headings, puts those at the end of an indented block behind
# it, breaks lines of text that are longer than 80 bytes, and keeps blank lines
# out of tables. Else the page that a reader sees stays the same.

# Reads the page twice: whether it has tables, which the first line has to say, is known at its end.

function text(line,    at)
{
	while (length(line) > 80) {
		for (at = 80; at > 0 && substr(line, at, 1) != " "; at--)
			;
		if (at == 0)
			break
		print substr(line, 1, at - 1)
		line = substr(line, at + 1)
		# A line must not begin with what would make it a request.
		if (line ~ /^[.']/)
			line = "\\&" line
	}
	print line
}

NR == FNR {
	if (/^\.TS/)
		tables = 1
	next
}

FNR == 1 && tables {
	print "'\\\" t"
}

/^\.P$/ {
	paragraph = 1
	next
}

/^\.RE$/ {
	print
	next
}

/^\.(TH|SH|SS)/ {
	print
	paragraph = 0
	heading = 1
	next
}

paragraph {
	if (!heading)
		print ".P"
	paragraph = 0
}

{
	heading = 0
}

# Where a row would cross the end of a page tbl(1) keeps it together, also on terminals, which have
# no pages: a blank line in the table, or a warning.
begun {
	sub(/^/, /;/ ? "nokeep " : "nokeep;")
	begun = 0
}

/^\.(nf|TS)/ {
	verbatim = 1
	begun = /^\.TS/
}

/^\.(fi|TE)/ {
	verbatim = 0
}

verbatim || /^([.']|\\h)/ {
	print
	next
}

{
	text($0)
}
