/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decimal numbers in text. */
#include <errno.h>

#include "number.h"

int cg_number_take(const char **at, uint64_t most, uint64_t *number)
{
	const char *digit = *at;
	uint64_t value = 0;

	if (*digit < '0' || *digit > '9')
		return -EBADMSG;
	for (; *digit >= '0' && *digit <= '9'; digit++) {
		unsigned int next = (unsigned int)(*digit - '0');

		if (next > most || value > (most - next) / 10)
			return -ERANGE;
		value = value * 10 + next;
	}
	*at = digit;
	*number = value;
	return 0;
}

int cg_number_parse(const char *text, uint64_t most, uint64_t *number)
{
	uint64_t value;
	int rc = cg_number_take(&text, most, &value);

	if (rc < 0)
		return rc;
	if (*text)
		return -EBADMSG;
	*number = value;
	return 0;
}
