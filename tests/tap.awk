# SPDX-License-Identifier: GPL-2.0-or-later
# Reads what one suite printed (TAP, several plans add up) and says how it went. What a suite did
# not say counts against it: no plan, fewer tests than planned, a failing exit status.
#
# Takes suite, status, seconds (that it took), limit (that it had), and the files failures and skips to append to. Prints "PASSED FAILED SKIPPED".

function fail(what) {
	failed++
	print "not ok " suite ": " what >> failures
	in_failure = 1
}

{ tail[NR % 60] = $0 }

/^1\.\.[0-9]+/ {
	planned += substr($1, 4)
	plans++
	if ($1 == "1..0" && match(tolower($0), /# *skip/)) {
		reason = substr($0, RSTART + RLENGTH)
		sub(/^[ \t:]+/, "", reason)
		skipped++
		empty = 1
		print suite ": everything: " reason >> skips
	}
	next
}

/^(not )?ok [0-9]+/ {
	seen++
	in_failure = 0
	name = $0
	sub(/^(not )?ok [0-9]+[ \t]*(-[ \t]*)?/, "", name)
	if (match(tolower(name), /# *skip/)) {
		skipped++
		reason = substr(name, RSTART + RLENGTH)
		name = substr(name, 1, RSTART - 1)
		sub(/^[ \t:]+/, "", reason)
		sub(/[ \t]+$/, "", name)
		print suite ": " name ": " (reason == "" ? "no reason given" : reason) >> skips
	} else if (/^ok/)
		passed++
	else
		fail(name)
	next
}

/^Bail out!/ { fail($0); next }

in_failure && lines_of[failed]++ < 100 { print "    " $0 >> failures }

END {
	before = failed
	if (status == 124 || (status == 137 && seconds >= limit))
		fail("timed out after " limit " seconds")
	else if (status != 0 && failed == 0)
		fail("ended with status " status)
	if (!plans)
		fail("printed no plan")
	else if (seen + 0 != planned)
		fail("planned " planned " tests and ran " seen + 0)
	else if (!planned && !empty)
		fail("ran no test")
	if (failed > before) {
		print "    its last lines:" >> failures
		for (i = NR > 30 ? NR - 29 : 1; i <= NR; i++)
			print "    " tail[i % 60] >> failures
	}
	print passed + 0, failed + 0, skipped + 0
}
