/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Decimal numbers: every digit counts, whatever size a long has. */
#include "unit.h"

#include <errno.h>

#include "number.h"

static void digits_are_read_up_to_the_limit(void **state)
{
	static const struct {
		const char *text;
		uint64_t most;
		int rc;
		uint64_t number;
		const char *rest;
	} cases[] = {
		{ "0", 0, 0, 0, "" },
		{ "007:x", 9, 0, 7, ":x" },
		{ "12]", 12, 0, 12, "]" },
		{ "13", 12, -ERANGE, 0, NULL },
		{ "20", 12, -ERANGE, 0, NULL },
		{ "9", 5, -ERANGE, 0, NULL },
		{ "4294967295", UINT32_MAX, 0, UINT32_MAX, "" },
		{ "4294967296", UINT32_MAX, -ERANGE, 0, NULL },
		{ "2147483648", INT32_MAX, -ERANGE, 0, NULL },
		{ "2147483648", UINT64_MAX, 0, 2147483648U, "" },
		{ "18446744073709551615", UINT64_MAX, 0, UINT64_MAX, "" },
		{ "18446744073709551616", UINT64_MAX, -ERANGE, 0, NULL },
		{ "99999999999999999999999", UINT64_MAX, -ERANGE, 0, NULL },
		{ "", 9, -EBADMSG, 0, NULL },
		{ "-1", 9, -EBADMSG, 0, NULL },
		{ "+1", 9, -EBADMSG, 0, NULL },
		{ " 1", 9, -EBADMSG, 0, NULL },
		{ "x", 9, -EBADMSG, 0, NULL },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *at = cases[i].text;
		uint64_t number = 77;

		assert_int_equal(cg_number_take(&at, cases[i].most, &number), cases[i].rc);
		assert_int_equal(number, cases[i].rc ? 77 : cases[i].number);
		assert_string_equal(at, cases[i].rc ? cases[i].text : cases[i].rest);
	}
}

static void a_whole_text_is_a_number_or_none(void **state)
{
	uint64_t number = 77;

	(void)state;
	assert_int_equal(cg_number_parse("12x", 99, &number), -EBADMSG);
	assert_int_equal(cg_number_parse("", 99, &number), -EBADMSG);
	assert_int_equal(cg_number_parse("100", 99, &number), -ERANGE);
	assert_int_equal(number, 77);
	assert_int_equal(cg_number_parse("99", 99, &number), 0);
	assert_int_equal(number, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(digits_are_read_up_to_the_limit),
		cmocka_unit_test(a_whole_text_is_a_number_or_none),
	};

	return cmocka_run_group_tests_name("number", tests, NULL, NULL);
}
