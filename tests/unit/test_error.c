/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "unit.h"

#include <errno.h>
#include <string.h>

static void text_joins_the_parts_there_are(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	unit_assert_error(&err, "");
	assert_int_equal(cg_error_set(&err, EACCES, "cannot join %s", "/x"), -EACCES);
	unit_assert_error(&err, "cannot join /x: Permission denied");
	cg_error_set(&err, EACCES, "cannot join /x");
	assert_int_equal(cg_error_hint(&err, "owner %s", "root"), -EACCES);
	unit_assert_error(&err, "cannot join /x: Permission denied: owner root");
	assert_int_equal(cg_error_set(&err, 0, "no such column"), -EINVAL);
	cg_error_hint(&err, "did you mean 'PID'?");
	unit_assert_error(&err, "no such column: did you mean 'PID'?");
}

static void set_replaces_all_and_may_quote_the_old_message(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	cg_error_set(&err, ENOENT, "inner");
	cg_error_hint(&err, "look there");
	assert_int_equal(cg_error_set(&err, EPERM, "outer (%s)", err.message), -EPERM);
	assert_null(err.hint);
	unit_assert_error(&err, "outer (inner): Operation not permitted");
}

static void hint_is_replaced(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	cg_error_set(&err, 0, "m");
	cg_error_hint(&err, "one");
	assert_int_equal(cg_error_hint(&err, "two, not %s", err.hint), -EINVAL);
	unit_assert_error(&err, "m: two, not one");
}

static void prefix_goes_in_front(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	cg_error_set(&err, ESRCH, "cannot open /proc/%d", 7);
	assert_int_equal(cg_error_prefix(&err, "target '%s'", "7"), -ESRCH);
	unit_assert_error(&err, "target '7': cannot open /proc/7: No such process");
	cg_error_prefix(&err, "alone");
	unit_assert_error(&err, "alone");
}

static void no_error_wanted_is_fine(void **state)
{
	(void)state;
	assert_int_equal(cg_error_set(NULL, ENOMEM, "x"), -ENOMEM);
	assert_int_equal(cg_error_set(NULL, 0, "x"), -EINVAL);
	assert_int_equal(cg_error_prefix(NULL, "x"), -EINVAL);
	assert_int_equal(cg_error_hint(NULL, "x"), -EINVAL);
	cg_error_reset(NULL);
}

static void text_is_safe_to_print(void **state)
{
	cleanup_error struct cg_error err = { 0 };

	(void)state;
	cg_error_set(&err, ENOENT, "no cgroup %s", "/a\033[31m\nroot: ok");
	cg_error_hint(&err, "\xff");
	unit_assert_error(&err,
			  "no cgroup /a\\x1b[31m\\x0aroot: ok: No such file or directory: \\xff");
}

static void a_shortage_is_no_answer(void **state)
{
	static const int shortages[] = { ENOMEM, EMFILE, ENFILE, EIO, EINTR, EAGAIN };
	static const int answers[] = { 0, ENOENT, ESRCH, EACCES, EPERM, EINVAL, EXDEV };

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(shortages); i++)
		assert_true(cg_errno_is_shortage(shortages[i]));
	for (size_t i = 0; i < CG_ARRAY_SIZE(answers); i++)
		assert_false(cg_errno_is_shortage(answers[i]));
}

static void escape_takes_what_is_unsafe_and_nothing_else(void **state)
{
	static const char *const pairs[][2] = {
		{ "", "" },
		{ "plain name (deleted)", "plain name (deleted)" },
		{ "\t\n\x7f\x01", "\\x09\\x0a\\x7f\\x01" },
		{ "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7",
		  "caf\xc3\xa9 \xe2\x82\xac \xf0\x9f\x90\xa7" },
		/* C1 controls: U+0080, U+009b (the 8 bit CSI), U+009f; U+00a0 is none */
		{ "\xc2\x80\xc2\x9b\xc2\x9f\xc2\xa0", "\\xc2\\x80\\xc2\\x9b\\xc2\\x9f\xc2\xa0" },
		/* a lone continuation, a lone lead, a cut sequence, bytes that never occur */
		{ "\x80z\xc3z\xe2\x82z\xf0\x9f\x90", "\\x80z\\xc3z\\xe2\\x82z\\xf0\\x9f\\x90" },
		{ "\xfe\xff\xf8\x88\x80\x80\x80", "\\xfe\\xff\\xf8\\x88\\x80\\x80\\x80" },
		/* overlong forms of '/', U+07ff, U+ffff; a surrogate; above U+10ffff */
		{ "\xc0\xaf\xe0\x9f\xbf", "\\xc0\\xaf\\xe0\\x9f\\xbf" },
		{ "\xf0\x8f\xbf\xbf", "\\xf0\\x8f\\xbf\\xbf" },
		{ "\xed\xa0\x80\xf4\x90\x80\x80", "\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80" },
		{ "\xed\xbf\xbf", "\\xed\\xbf\\xbf" },
		/* the last ones before each of these limits, and the first ones after */
		{ "\xe0\xa0\x80\xf0\x90\x80\x80", "\xe0\xa0\x80\xf0\x90\x80\x80" },
		{ "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
		  "\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf" },
		/* where nothing is unsafe, backslashes are names' own (systemd's units) */
		{ "dev-disk\\x2dby", "dev-disk\\x2dby" },
		{ "\\x41", "\\x41" },
		/* otherwise not if they would read as an escape */
		{ "a\\b\\", "a\\b\\" },
		{ "\t\\x", "\\x09\\x" },
		{ "\\x4\t", "\\x4\\x09" },
		{ "\\x4g\t", "\\x4g\\x09" },
		{ "\\x41\t", "\\x5cx41\\x09" },
		{ "\t\\\\xFf", "\\x09\\\\x5cxFf" },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		cleanup_free char *got = cg_escape(pairs[i][0]);

		assert_non_null(got);
		assert_string_equal(got, pairs[i][1]);
	}
}

/* Reads escapes back, as a user would. */
static void unescape(const char *text, char *out)
{
	while (*text) {
		unsigned int byte;
		int used = 0;

		if (sscanf(text, "\\x%2x%n", &byte, &used) == 1 && used == 4) {
			*out++ = (char)byte;
			text += used;
		} else {
			*out++ = *text++;
		}
	}
	*out = '\0';
}

static void escape_invalid_leaves_control_characters(void **state)
{
	static const char *const pairs[][2] = {
		{ "\t\x01\x7f\xc2\x9b\xc3\xa9\\x2d", "\t\x01\x7f\xc2\x9b\xc3\xa9\\x2d" },
		{ "\t\xff\\x2d", "\t\\xff\\x5cx2d" },
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(pairs); i++) {
		cleanup_free char *got = cg_escape_invalid(pairs[i][0]);

		assert_non_null(got);
		assert_string_equal(got, pairs[i][1]);
	}
}

static void every_short_text_can_be_read_back_from_its_escaped_form(void **state)
{
	static const char letters[] = "\\x4fg\x01\xc2\xff";
	const size_t count = strlen(letters);
	char text[8], back[32];

	(void)state;
	for (size_t n = 0; n < count * count * count * count * count; n++) {
		size_t rest = n;

		for (size_t i = 0; i < 5; i++, rest /= count)
			text[i] = letters[rest % count];
		strcpy(text + 5, "\t"); /* so that something is escaped */
		cleanup_free char *escaped = cg_escape(text);

		assert_non_null(escaped);
		unescape(escaped, back);
		assert_string_equal(back, text);
	}
}

static void sh_reads_a_quoted_text_back(void **state)
{
	static const char *const texts[] = {
		"/a/b-c.scope",	    "",	 "a b",	      "it's",	  "$HOME",
		"a\\x2db.service",  "*", "a;b&c|d>e", "\"`id`\"", "\xc3\xa9 \xff",
		"%s\\n'\t\x1b[31m", "~", "#a",	      "-n",	  "(a)",
	};

	(void)state;
	for (size_t i = 0; i < CG_ARRAY_SIZE(texts); i++) {
		cleanup_free char *quoted = cg_quote(texts[i]);
		cleanup_free char *shown = quoted ? cg_escape(quoted) : NULL;
		cleanup_free char *command = NULL;
		char back[64] = "";
		size_t len;
		FILE *sh;

		assert_non_null(shown);
		assert_string_equal(shown, quoted); /* safe on a terminal */
		assert_true(asprintf(&command, "printf %%s %s", quoted) > 0);
		sh = popen(command, "re"); /* NOLINT(cert-env33-c): it is about sh */
		assert_non_null(sh);
		len = fread(back, 1, sizeof(back) - 1, sh);
		assert_int_equal(pclose(sh), 0);
		back[len] = '\0';
		assert_string_equal(back, texts[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_joins_the_parts_there_are),
		cmocka_unit_test(set_replaces_all_and_may_quote_the_old_message),
		cmocka_unit_test(hint_is_replaced),
		cmocka_unit_test(prefix_goes_in_front),
		cmocka_unit_test(no_error_wanted_is_fine),
		cmocka_unit_test(text_is_safe_to_print),
		cmocka_unit_test(a_shortage_is_no_answer),
		cmocka_unit_test(escape_takes_what_is_unsafe_and_nothing_else),
		cmocka_unit_test(escape_invalid_leaves_control_characters),
		cmocka_unit_test(every_short_text_can_be_read_back_from_its_escaped_form),
		cmocka_unit_test(sh_reads_a_quoted_text_back),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
