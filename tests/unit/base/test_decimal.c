/* SPDX-License-Identifier: Apache-2.0 */
/* Decimals keep their precision in text and compare by value, to the ends of their range. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/decimal.h"
#include "base/err.h"

static void text_keeps_the_precision(void **state)
{
	static const struct {
		struct vk_decimal d;
		const char *text;
	} cases[] = {
		{{124, 0}, "124"},
		{{3660, -2}, "36.60"},
		{{-15, -1}, "-1.5"},
		{{2, 4}, "20000"},
		{{0, 0}, "0"},
		{{0, 5}, "0"},
		{{0, -2}, "0.00"},
		{{5, -3}, "0.005"},
		{{-5, -3}, "-0.005"},
		{{123, -3}, "0.123"},
		{{1, -18}, "0.000000000000000001"},
		{{1, 18}, "1000000000000000000"},
		{{INT64_MIN, 0}, "-9223372036854775808"},
		{{INT64_MIN, 18}, "-9223372036854775808000000000000000000"},
		{{INT64_MIN, -18}, "-9.223372036854775808"},
	};
	char text[VK_DECIMAL_TEXT];

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		vk_decimal_format(text, cases[i].d);
		assert_string_equal(text, cases[i].text);
	}
}

static void text_is_read_exactly(void **state)
{
	static const struct {
		const char *text;
		struct vk_decimal d;
	} cases[] = {
		{"124", {124, 0}},
		{"36.60", {3660, -2}},
		{"-1.5", {-15, -1}},
		{"0.005", {5, -3}},
		{"007", {7, 0}},
		{"-0", {0, 0}},
		{"999999999999999", {999999999999999, 0}},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		struct vk_decimal d;

		assert_int_equal(vk_decimal_parse(cases[i].text, &d), 0);
		assert_true(d.mantissa == cases[i].d.mantissa);
		assert_int_equal(d.exponent, cases[i].d.exponent);
	}
}

static void what_is_no_decimal_is_refused(void **state)
{
	static const char *const texts[] = {"",
					    "-",
					    ".",
					    "1.",
					    ".5",
					    "1e3",
					    "+1",
					    "1.2.3",
					    " 1",
					    "1 ",
					    "--1",
					    "0x10",
					    "nan",
					    "1,5",
					    "1000000000000000",
					    "0.000000000000001"};
	struct vk_decimal d = {42, 1};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(texts); i++)
		assert_int_equal(vk_decimal_parse(texts[i], &d), -EINVAL);
	assert_true(d.mantissa == 42 && d.exponent == 1);
}

static void order_is_by_value(void **state)
{
	static const struct {
		struct vk_decimal a, b;
		int order;
	} cases[] = {
		{{2, 0}, {20, -1}, 0},
		{{200, -2}, {2, 0}, 0},
		{{0, 18}, {0, -18}, 0},
		{{1, 18}, {1, -18}, 1},
		{{-1, 18}, {1, -18}, -1},
		{{-1, 18}, {-1, -18}, -1},
		{{-2, 0}, {-1, 0}, -1},
		{{805, -1}, {80, 0}, 1},
		{{1, -18}, {0, 0}, 1},
		{{1000000000000000, -18}, {1, -3}, 0},
		{{999999999999999, -18}, {1, -3}, -1},
		{{1000000000000000, -18}, {1, 15}, -1},
		{{INT64_MAX, -18}, {9, 0}, 1},
		{{INT64_MAX, -18}, {10, 0}, -1},
		{{INT64_MAX, -18}, {1, 1}, -1},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		assert_int_equal(vk_decimal_cmp(cases[i].a, cases[i].b), cases[i].order);
		assert_int_equal(vk_decimal_cmp(cases[i].b, cases[i].a), -cases[i].order);
	}
}

static void scaling_rounds_half_away_from_zero(void **state)
{
	static const struct {
		struct vk_decimal d;
		int decimals;
		int64_t scaled;
	} cases[] = {
		{{8005, -2}, 1, 801},     {{-8005, -2}, 1, -801},
		{{8004, -2}, 1, 800},     {{124, 0}, 0, 124},
		{{124, 0}, 2, 12400},     {{5, -1}, 0, 1},
		{{49, -2}, 0, 0},         {{-5, -1}, 0, -1},
		{{1, -18}, 0, 0},         {{9, 18}, 0, INT64_C(9000000000000000000)},
		{{10, 18}, 0, INT64_MAX}, {{-10, 18}, 0, INT64_MIN},
		{{1, 18}, 2, INT64_MAX},  {{0, 18}, 3, 0},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++)
		assert_true(vk_decimal_scaled(cases[i].d, cases[i].decimals) == cases[i].scaled);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(text_keeps_the_precision),
		cmocka_unit_test(text_is_read_exactly),
		cmocka_unit_test(what_is_no_decimal_is_refused),
		cmocka_unit_test(order_is_by_value),
		cmocka_unit_test(scaling_rounds_half_away_from_zero),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
