# shellcheck shell=bash
# SPDX-License-Identifier: GPL-2.0-or-later
# TAP for the checks that read the sources: a test for each file, or for each rule.

cd "$(dirname "${BASH_SOURCE[0]}")/../.." || exit 1
tap_count=0
tap_failed=0

# tap NAME COMMAND...: a test that passes when COMMAND does; its output explains a failure.
tap()
{
	local name=$1 output verdict=ok
	shift

	tap_count=$((tap_count + 1))
	if ! output=$("$@" 2>&1); then
		verdict='not ok'
		tap_failed=1
	fi
	echo "$verdict $tap_count - $name"
	[[ $verdict == ok || -z $output ]] || sed 's/^/# /' <<< "$output"
}

# tap_skip NAME REASON
tap_skip()
{
	tap_count=$((tap_count + 1))
	echo "ok $tap_count - $1 # SKIP $2"
}

# tap_skip_all REASON
tap_skip_all()
{
	echo "1..0 # SKIP $1"
	exit 0
}

tap_done()
{
	echo "1..$tap_count"
	exit "$tap_failed"
}
