/* SPDX-License-Identifier: Apache-2.0 */
/* The smallest words of a configuration: durations, times, dates, whole numbers, names that are
 * near. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/civil.h"
#include "base/scalar.h"

static void durations(void **state)
{
	static const struct {
		const char *text;
		int64_t ms;       /* -1: refused */
		const char *back; /* as it is written in messages */
	} cases[] = {
		{"0s", 0, "0s"},
		{"250ms", 250, "250ms"},
		{"30s", 30000, "30s"},
		{"15min", 900000, "15min"},
		{"60min", 3600000, "1h"},
		{"2h", 7200000, "2h"},
		{"3d", 259200000, "3d"},
		{"48h", 172800000, "2d"},
		{"1500ms", 1500, "1500ms"},
		{"3653d", INT64_C(315619200000), "3653d"},
		{"3654d", -1, NULL},
		{"5", -1, NULL},
		{"min", -1, NULL},
		{"", -1, NULL},
		{"-5min", -1, NULL},
		{"5 min", -1, NULL},
		{"5m", -1, NULL},
		{"1.5h", -1, NULL},
		{"9999999999s", -1, NULL},
		{"5minutes", -1, NULL},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		int64_t ms = -1;
		char back[32];
		int r = vk_duration_parse(cases[i].text, &ms);

		assert_int_equal(r, cases[i].ms < 0 ? -EINVAL : 0);
		assert_int_equal(ms, cases[i].ms);
		if (r)
			continue;
		vk_duration_format(back, ms);
		assert_string_equal(back, cases[i].back);
	}
}

static void clocks_and_dates(void **state)
{
	static const char *const wrong_clocks[] = {"",     "6:00",   "24:00", "23:60", "23.30",
						   "23:3", "23:300", "-1:30", "ab:cd", "2330"};
	static const char *const wrong_dates[] = {"",           "2026-2-10", "2026-02-30",
						  "2026/02/10", "26-02-10",  "2026-02-100",
						  "2026-00-10"};
	int32_t value = -1;

	(void)state;
	assert_int_equal(vk_clock_parse("00:00", &value), 0);
	assert_int_equal(value, 0);
	assert_int_equal(vk_clock_parse("23:59", &value), 0);
	assert_int_equal(value, 86340);
	for (size_t i = 0; i < VK_ARRAY_LEN(wrong_clocks); i++)
		assert_int_equal(vk_clock_parse(wrong_clocks[i], &value), -EINVAL);
	assert_int_equal(vk_date_parse("1970-01-02", &value), 0);
	assert_int_equal(value, 1);
	assert_int_equal(vk_date_parse("2028-02-29", &value), 0);
	assert_int_equal(value, vk_civil_day(2028, 2, 29));
	for (size_t i = 0; i < VK_ARRAY_LEN(wrong_dates); i++)
		assert_int_equal(vk_date_parse(wrong_dates[i], &value), -EINVAL);
}

static void whole_numbers(void **state)
{
	static const char *const wrong[] = {
		"", "-", "1.0", "0x10", "1e3", " 1", "1 ", "--1", "1234567890123456"};
	int64_t value = 0;

	(void)state;
	assert_int_equal(vk_int_parse("-42", &value), 0);
	assert_int_equal(value, -42);
	assert_int_equal(vk_int_parse("123456789012345", &value), 0);
	assert_int_equal(value, INT64_C(123456789012345));
	for (size_t i = 0; i < VK_ARRAY_LEN(wrong); i++)
		assert_int_equal(vk_int_parse(wrong[i], &value), -EINVAL);
}

static const char *name_at(int i, const void *user)
{
	const char *const *names = user;

	return names[i];
}

static void the_nearest_name(void **state)
{
	static const char *const names[] = {"keep_alive", "session_expiry", "receipt",
					    "receipt_within", "ca"};

	(void)state;
	assert_string_equal(vk_nearest("keepalive", 5, name_at, names), "keep_alive");
	assert_string_equal(vk_nearest("reciept", 5, name_at, names), "receipt");
	assert_string_equal(vk_nearest("session-expiry", 5, name_at, names), "session_expiry");
	assert_string_equal(vk_nearest("cs", 5, name_at, names), "ca");
	assert_null(vk_nearest("brokers", 5, name_at, names));
	assert_null(vk_nearest("a-name-much-longer-than-any-key-of-ours-is", 5, name_at, names));
}

static void an_excerpt_is_one_line_of_whole_characters(void **state)
{
	char out[VK_EXCERPT];

	(void)state;
	assert_string_equal(vk_excerpt(out, "a\nb\x7f"), "a b ");
	/* 48 bytes are kept: the 24th letter ends there, the next is left out whole. */
	assert_string_equal(vk_excerpt(out, "ååååååååååååååååååååååååååååååååå"),
			    "åååååååååååååååååååååååå...");
	assert_string_equal(vk_excerpt(out, "xåååååååååååååååååååååååååååååååå"),
			    "xååååååååååååååååååååååå...");
	assert_true(vk_is_utf8(out, strlen(out)));
}

static void at_most_so_many_problems_are_kept(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {.file = "f"};
	int n_lines = 0;

	(void)state;
	for (int i = 0; i < VK_PROBLEMS_MAX + 50; i++)
		vk_problem(&problems, 1, 1, "wrong");
	for (const char *p = problems.text.text; (p = strchr(p, '\n')); p++)
		n_lines++;
	assert_int_equal(n_lines, VK_PROBLEMS_MAX);
	assert_int_equal(problems.n, VK_PROBLEMS_MAX + 50);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(durations),
		cmocka_unit_test(clocks_and_dates),
		cmocka_unit_test(whole_numbers),
		cmocka_unit_test(the_nearest_name),
		cmocka_unit_test(an_excerpt_is_one_line_of_whole_characters),
		cmocka_unit_test(at_most_so_many_problems_are_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
