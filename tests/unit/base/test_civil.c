/* SPDX-License-Identifier: Apache-2.0 */
/* Dates over four centuries, a zone with both changes of a year, and RFC 3339 at its edges. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/civil.h"
#include "base/err.h"

/* Stockholm in 2026: summer from 2026-03-29T01:00Z to 2026-10-25T01:00Z. */
static const struct vk_zone stockholm = {
	.name = "Europe/Stockholm",
	.n = 3,
	.transitions = {{1761440400, 3600}, {1774746000, 7200}, {1792890000, 3600}},
};

static int64_t local(const char *text)
{
	struct vk_civil c;

	assert_int_equal(vk_civil_parse(text, &c), 0);
	return vk_civil_seconds(&c);
}

static void assert_moment(int64_t utc_s, const char *text)
{
	char got[VK_RFC3339_TEXT];

	vk_rfc3339_format(got, utc_s * 1000, &stockholm);
	assert_string_equal(got, text);
}

static void every_day_of_eight_centuries_comes_back(void **state)
{
	struct vk_civil last = {0}, c;
	int32_t first = vk_civil_day(1582, 1, 1), end = vk_civil_day(2400, 1, 1);

	(void)state;
	assert_int_equal(vk_civil_day(1970, 1, 1), 0);
	assert_int_equal(vk_civil_day(2000, 3, 1), 11017);
	for (int32_t day = first; day < end; day++) {
		vk_civil_from_day(day, &c);
		assert_true(vk_civil_is_valid(&c));
		assert_int_equal(vk_civil_day(c.year, c.month, c.day), day);
		if (day > first && c.day != 1)
			assert_int_equal(c.day, last.day + 1);
		last = c;
	}
}

static void dates_that_are_none_are_told(void **state)
{
	static const struct vk_civil bad[] = {
		{2026, 2, 29, 0, 0, 0}, {1900, 2, 29, 0, 0, 0}, {2026, 0, 1, 0, 0, 0},
		{2026, 13, 1, 0, 0, 0}, {2026, 4, 31, 0, 0, 0}, {2026, 1, 0, 0, 0, 0},
		{1581, 1, 1, 0, 0, 0},  {0, 1, 1, 0, 0, 0},     {2026, 1, 1, 24, 0, 0},
		{2026, 1, 1, 0, 60, 0}, {2026, 1, 1, 0, 0, 60}, {10000, 1, 1, 0, 0, 0},
		{-1, 1, 1, 0, 0, 0},
	};
	static const struct vk_civil good[] = {{2024, 2, 29, 23, 59, 59}, {2000, 2, 29, 0, 0, 0}};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(bad); i++)
		assert_false(vk_civil_is_valid(&bad[i]));
	for (size_t i = 0; i < VK_ARRAY_LEN(good); i++)
		assert_true(vk_civil_is_valid(&good[i]));
}

static void seconds_come_back_before_and_after_1970(void **state)
{
	static const int64_t all[] = {0,      -1,     86399,      86400,
				      -86400, -86401, 1774746000, 253402300799};
	struct vk_civil c;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(all); i++) {
		vk_civil_from_seconds(all[i], &c);
		assert_true(vk_civil_is_valid(&c));
		assert_true(vk_civil_seconds(&c) == all[i]);
	}
}

static void offsets_change_at_their_second(void **state)
{
	struct vk_zone utc = {0};

	(void)state;
	assert_int_equal(vk_zone_offset_s(&stockholm, 1774745999), 3600);
	assert_int_equal(vk_zone_offset_s(&stockholm, 1774746000), 7200);
	assert_int_equal(vk_zone_offset_s(&stockholm, 1792889999), 7200);
	assert_int_equal(vk_zone_offset_s(&stockholm, 1792890000), 3600);
	assert_int_equal(vk_zone_offset_s(&stockholm, 0), 3600); /* before the table */
	assert_int_equal(vk_zone_offset_s(&utc, 1774746000), 0);
}

/* clinical.md 3.1: in the gap the moment after it that lies as far behind its start. */
static void a_time_in_the_gap_of_spring_moves_behind_it(void **state)
{
	(void)state;
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-03-29T01:59:59")),
		      "2026-03-29T01:59:59+01:00");
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-03-29T02:00:00")),
		      "2026-03-29T03:00:00+02:00");
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-03-29T02:45:00")),
		      "2026-03-29T03:45:00+02:00");
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-03-29T03:00:00")),
		      "2026-03-29T03:00:00+02:00");
}

static void of_two_equal_times_in_autumn_the_first_is_meant(void **state)
{
	(void)state;
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-10-25T01:59:59")),
		      "2026-10-25T01:59:59+02:00");
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-10-25T02:30:00")),
		      "2026-10-25T02:30:00+02:00");
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-10-25T02:59:59")),
		      "2026-10-25T02:59:59+02:00");
	assert_moment(vk_zone_utc_s(&stockholm, local("2026-10-25T03:00:00")),
		      "2026-10-25T03:00:00+01:00");
}

/* Two night checks an hour apart stay two checks in both nights. */
static void every_local_minute_of_the_year_has_a_moment(void **state)
{
	int64_t begin = local("2026-01-01T00:00:00"), end = local("2027-01-01T00:00:00");
	int64_t last = INT64_MIN;

	(void)state;
	for (int64_t s = begin; s < end; s += 60) {
		int64_t utc = vk_zone_utc_s(&stockholm, s);
		int64_t shown = utc + vk_zone_offset_s(&stockholm, utc);

		assert_true(shown == s || shown == s + 3600); /* the gap alone is moved */
		if (shown != s)
			continue;
		assert_true(utc > last);
		last = utc;
	}
}

static void a_local_day_begins_at_local_midnight(void **state)
{
	int32_t day = vk_civil_day(2026, 7, 1);

	(void)state;
	assert_int_equal(vk_zone_day(&stockholm, INT64_C(1782856799999)), day - 1);
	assert_int_equal(vk_zone_day(&stockholm, INT64_C(1782856800000)), day); /* 22:00Z */
	assert_int_equal(vk_zone_day(&(struct vk_zone){0}, -1), -1);
}

static void rfc3339_is_read(void **state)
{
	static const struct {
		const char *text;
		int64_t utc_ms;
	} cases[] = {
		{"1970-01-01T00:00:00Z", 0},
		{"2026-03-04T07:40:12+01:00", 1772606412000},
		{"2026-03-04T07:40:12.5+01:00", 1772606412500},
		{"2026-03-04T06:40:12.123456789Z", 1772606412123},
		{"2026-03-04t06:40:12z", 1772606412000},
		{"1969-12-31T23:59:59.999Z", -1},
		{"2026-03-03T22:40:12-08:00", 1772606412000},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		int64_t utc_ms;

		assert_int_equal(vk_rfc3339_parse(cases[i].text, &utc_ms), 0);
		assert_true(utc_ms == cases[i].utc_ms);
	}
}

static void what_is_no_rfc3339_is_refused(void **state)
{
	static const char *const texts[] = {
		"",
		"2026-03-04",
		"2026-03-04T07:40:12",
		"2026-03-04 07:40:12Z",
		"2026-03-04T07:40Z",
		"2026-3-04T07:40:12Z",
		"2026-02-29T07:40:12Z",
		"2026-03-04T24:00:00Z",
		"2026-03-04T07:40:60Z",
		"2026-03-04T07:40:12.Z",
		"2026-03-04T07:40:12.1234567890Z",
		"2026-03-04T07:40:12+0100",
		"2026-03-04T07:40:12+01",
		"2026-03-04T07:40:12+01:60",
		"2026-03-04T07:40:12+15:00",
		"2026-03-04T07:40:12Zx",
		"2026-03-04T07:40:12+01:00 ",
		"-026-03-04T07:40:12Z",
	};
	int64_t utc_ms = 42;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(texts); i++)
		assert_int_equal(vk_rfc3339_parse(texts[i], &utc_ms), -EINVAL);
	assert_true(utc_ms == 42);
}

static void rfc3339_comes_back(void **state)
{
	static const int64_t all[] = {
		0, -1, 1772606412123, 1774745999999, 1774746000000, 253402300799000};
	char text[VK_RFC3339_TEXT];
	int64_t back;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(all); i++) {
		vk_rfc3339_format(text, all[i], NULL);
		assert_int_equal(vk_rfc3339_parse(text, &back), 0);
		assert_true(back == all[i]);
		vk_rfc3339_format(text, all[i],
				  all[i] < INT64_C(253402300000000) ? &stockholm : NULL);
		assert_int_equal(vk_rfc3339_parse(text, &back), 0);
		assert_true(back == all[i]);
	}
	vk_rfc3339_format(text, 1772606412000, NULL);
	assert_string_equal(text, "2026-03-04T06:40:12Z");
	vk_rfc3339_format(text, 1772606412005, &stockholm);
	assert_string_equal(text, "2026-03-04T07:40:12.005+01:00");
}

static void moments_that_no_year_holds_stay_in_their_buffer(void **state)
{
	char text[VK_RFC3339_TEXT];

	(void)state;
	vk_rfc3339_format(text, INT64_MAX, NULL);
	assert_memory_equal(text, "9999-12-31T23:59:59", 19);
	vk_rfc3339_format(text, INT64_MIN, &stockholm);
	assert_memory_equal(text, "0001-01-01T00:00:00", 19);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_day_of_eight_centuries_comes_back),
		cmocka_unit_test(dates_that_are_none_are_told),
		cmocka_unit_test(seconds_come_back_before_and_after_1970),
		cmocka_unit_test(offsets_change_at_their_second),
		cmocka_unit_test(a_time_in_the_gap_of_spring_moves_behind_it),
		cmocka_unit_test(of_two_equal_times_in_autumn_the_first_is_meant),
		cmocka_unit_test(every_local_minute_of_the_year_has_a_moment),
		cmocka_unit_test(a_local_day_begins_at_local_midnight),
		cmocka_unit_test(rfc3339_is_read),
		cmocka_unit_test(what_is_no_rfc3339_is_refused),
		cmocka_unit_test(rfc3339_comes_back),
		cmocka_unit_test(moments_that_no_year_holds_stay_in_their_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
