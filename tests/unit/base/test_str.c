/* SPDX-License-Identifier: Apache-2.0 */
/* Growing texts with a bound, and the checks of foreign text. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "base/str.h"

static void appends_make_one_text(void **state)
{
	vk_auto(vk_str_done) struct vk_str s = {0};

	(void)state;
	vk_str_add(&s, "a");
	vk_str_add_n(&s, "bcd", 2);
	vk_str_addf(&s, "%d", 42);
	assert_string_equal(s.text, "abc42");
	assert_int_equal(s.len, 5);
	vk_str_add_int(&s, 0);
	vk_str_add_int(&s, -70);
	vk_str_add_int(&s, INT64_MIN);
	vk_str_add_int(&s, INT64_MAX);
	assert_string_equal(s.text, "abc420-70-92233720368547758089223372036854775807");
}

static void it_grows_over_many_appends(void **state)
{
	vk_auto(vk_str_done) struct vk_str s = {0};

	(void)state;
	for (int i = 0; i < 10000; i++)
		vk_str_addf(&s, "%d,", i % 10);
	assert_int_equal(s.error, 0);
	assert_int_equal(s.len, 20000);
	assert_int_equal(strlen(s.text), 20000);
}

static void the_bound_holds_and_its_error_sticks(void **state)
{
	vk_auto(vk_str_done) struct vk_str s = {.max = 8};

	(void)state;
	vk_str_add(&s, "1234567");
	assert_int_equal(s.error, 0);
	vk_str_add(&s, "8");
	assert_int_equal(s.error, -EMSGSIZE);
	vk_str_add(&s, "");
	assert_int_equal(s.error, -EMSGSIZE);
	assert_string_equal(s.text, "1234567");
	assert_null(vk_str_take(&s));
	assert_int_equal(s.error, 0);
}

static void a_huge_format_is_refused(void **state)
{
	vk_auto(vk_str_done) struct vk_str s = {.max = 64};

	(void)state;
	vk_str_addf(&s, "%100d", 1);
	assert_int_equal(s.error, -EMSGSIZE);
}

static void take_hands_over(void **state)
{
	struct vk_str s = {0};

	(void)state;
	vk_str_add(&s, "mine");
	vk_auto(vk_freep) char *text = vk_str_take(&s);

	assert_string_equal(text, "mine");
	assert_null(s.text);
	assert_int_equal(s.len, 0);
	vk_str_done(&s);
	vk_str_done(&s);
}

static void copies_are_cut_and_say_so(void **state)
{
	char dst[4];

	(void)state;
	assert_true(vk_copy(dst, sizeof dst, "abc"));
	assert_string_equal(dst, "abc");
	assert_false(vk_copy(dst, sizeof dst, "abcd"));
	assert_string_equal(dst, "abc");
}

static void ids_are_what_a_topic_may_hold(void **state)
{
	char long_id[66];

	(void)state;
	memset(long_id, 'a', 65);
	long_id[65] = '\0';
	assert_false(vk_is_id(long_id));
	long_id[64] = '\0';
	assert_true(vk_is_id(long_id));
	assert_true(vk_is_id("p-1042_A"));
	assert_false(vk_is_id(""));
	assert_false(vk_is_id("a/b"));
	assert_false(vk_is_id("a.b"));
	assert_false(vk_is_id("a+"));
	assert_false(vk_is_id("#"));
	assert_false(vk_is_id("\xc3\xa5"));
}

static void utf8_is_told_from_what_is_not(void **state)
{
	static const struct {
		const char *text;
		size_t len;
		bool is_utf8;
	} cases[] = {
		{"", 0, true},
		{"abc", 3, true},
		{"\xc3\xa5\xe2\x82\xac\xf0\x9f\x98\x80", 9, true},
		{"\x7f", 1, true},
		{"\xf4\x8f\xbf\xbf", 4, true},
		{"a\0b", 3, false},     /* NUL */
		{"\xc0\xaf", 2, false}, /* overlong */
		{"\xe0\x80\xaf", 3, false},
		{"\xf0\x80\x80\xaf", 4, false},
		{"\xed\xa0\x80", 3, false},     /* surrogate */
		{"\xf4\x90\x80\x80", 4, false}, /* beyond U+10FFFF */
		{"\xf5\x80\x80\x80", 4, false},
		{"\x80", 1, false},
		{"\xc3", 1, false}, /* cut */
		{"\xe2\x82", 2, false},
		{"\xc3(", 2, false},
		{"\xff", 1, false},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++)
		assert_int_equal(vk_is_utf8(cases[i].text, cases[i].len), cases[i].is_utf8);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(appends_make_one_text),
		cmocka_unit_test(it_grows_over_many_appends),
		cmocka_unit_test(the_bound_holds_and_its_error_sticks),
		cmocka_unit_test(a_huge_format_is_refused),
		cmocka_unit_test(take_hands_over),
		cmocka_unit_test(copies_are_cut_and_say_so),
		cmocka_unit_test(ids_are_what_a_topic_may_hold),
		cmocka_unit_test(utf8_is_told_from_what_is_not),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
