/* SPDX-License-Identifier: Apache-2.0 */
/* Zones: the days on which Swedish clocks are set, other rules, and files that are none. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/err.h"
#include "conf/tzrule.h"
#include "conf/zone.h"

static int64_t utc(int year, int month, int day, int hour)
{
	return (int64_t)vk_civil_day(year, month, day) * 86400 + hour * 3600;
}

static void load(const char *name, struct vk_zone *ret_zone)
{
	int r = vk_zone_load(name, ret_zone, NULL);

	if (r)
		print_error("%s: %s\n", name, strerror(-r));
	assert_int_equal(r, 0);
	assert_string_equal(ret_zone->name, name);
}

static void stockholm_sets_its_clocks(void **state)
{
	static const struct {
		int year, march, october;
	} years[] = {
		{2020, 29, 25}, {2025, 30, 26}, {2026, 29, 25}, {2027, 28, 31}, {2028, 26, 29},
		{2029, 25, 28}, {2030, 31, 27}, {2037, 29, 25}, {2038, 28, 31}, {2059, 30, 26},
	};
	struct vk_zone zone;

	(void)state;
	load("Europe/Stockholm", &zone);
	for (size_t i = 0; i < VK_ARRAY_LEN(years); i++) {
		int64_t spring = utc(years[i].year, 3, years[i].march, 1);
		int64_t autumn = utc(years[i].year, 10, years[i].october, 1);

		assert_int_equal(vk_zone_offset_s(&zone, spring - 1), 3600);
		assert_int_equal(vk_zone_offset_s(&zone, spring), 7200);
		assert_int_equal(vk_zone_offset_s(&zone, autumn - 1), 7200);
		assert_int_equal(vk_zone_offset_s(&zone, autumn), 3600);
	}
	for (int i = 1; i < zone.n; i++) {
		assert_true(zone.transitions[i].utc_s > zone.transitions[i - 1].utc_s);
		assert_true(zone.transitions[i].offset_s != zone.transitions[i - 1].offset_s);
	}
}

static void a_check_in_the_gap_and_in_the_fold(void **state)
{
	struct vk_zone zone;

	(void)state;
	load("Europe/Stockholm", &zone);
	/* 02:30 does not exist on 2026-03-29, and comes twice on 2026-10-25. */
	assert_int_equal(vk_zone_utc_s(&zone, utc(2026, 3, 29, 2) + 1800),
			 utc(2026, 3, 29, 1) + 1800);
	assert_int_equal(vk_zone_utc_s(&zone, utc(2026, 10, 25, 2) + 1800),
			 utc(2026, 10, 25, 0) + 1800);
}

static void other_rules(void **state)
{
	static const struct {
		const char *zone;
		int month, day;
		int32_t offset_s;
	} cases[] = {
		{"America/New_York", 7, 1, -4 * 3600},
		{"America/New_York", 12, 1, -5 * 3600},
		{"Australia/Sydney", 1, 1, 11 * 3600},
		{"Australia/Sydney", 7, 1, 10 * 3600},
		{"Asia/Kolkata", 7, 1, 5 * 3600 + 1800},
		{"Europe/Dublin", 7, 1, 3600},
		{"Europe/Dublin", 12, 1, 0},
		{"Asia/Tokyo", 7, 1, 9 * 3600},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		struct vk_zone zone;

		load(cases[i].zone, &zone);
		for (int year = 2026; year <= 2050; year += 12)
			assert_int_equal(
				vk_zone_offset_s(&zone, utc(year, cases[i].month, cases[i].day, 0)),
				cases[i].offset_s);
	}
}

static void utc_is_the_empty_table(void **state)
{
	struct vk_zone zone;

	(void)state;
	load("UTC", &zone);
	assert_int_equal(zone.n, 0);
}

static void a_name_stays_in_its_folder(void **state)
{
	static const char *const names[] = {
		"",
		"/etc/localtime",
		"../zoneinfo/UTC",
		"Europe/../UTC",
		"Europe/",
		"Europe/Stock holm",
		"a-name-that-is-longer-than-any-name-of-a-zone-can-be",
	};
	struct vk_zone zone;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(names); i++)
		assert_int_equal(vk_zone_load(names[i], &zone, NULL), -EINVAL);
	assert_int_equal(vk_zone_load("Europe/Nowhere", &zone, NULL), -ENOENT);
	assert_int_equal(vk_zone_load("Europe", &zone, NULL), -EISDIR);
}

static void every_cut_of_a_file_is_refused(void **state)
{
	static char bytes[16384];
	FILE *file = fopen("/usr/share/zoneinfo/Europe/Stockholm", "r");
	struct vk_zone zone;
	size_t len;

	(void)state;
	assert_non_null(file);
	len = fread(bytes, 1, sizeof bytes, file);
	(void)fclose(file);
	assert_int_equal(vk_zone_parse(bytes, len, &zone), 0);
	for (size_t i = 0; i < len; i++) {
		char *cut = malloc(i ? i : 1); /* its own block: a read beyond it is seen */

		assert_non_null(cut);
		memcpy(cut, bytes, i);
		assert_int_equal(vk_zone_parse(cut, i, &zone), -EBADMSG);
		free(cut);
	}
}

static void a_rule_is_read_whole(void **state)
{
	static const char *const wrong[] = {
		"",
		"CET",
		"CE-1",
		"CET-1CEST",
		"CET-1CEST,M3.5.0",
		"CET-1CEST,M3.5.0,M10.5.0/3x",
		"CET-1CEST,M13.5.0,M10.5.0",
		"CET-1CEST,M3.6.0,M10.5.0",
		"CET-1CEST,M3.5.7,M10.5.0",
		"CET-168",
		"CET-1CEST,J0,J1",
		"CET-1CEST,366,1",
		"<CET-1",
		"CET-1:60",
	};
	struct vk_tz_rule rule;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(wrong); i++)
		assert_int_equal(vk_tz_rule_parse(wrong[i], &rule), -EINVAL);
	assert_int_equal(vk_tz_rule_parse("<+0330>-3:30<+0430>,J79/24,J263/-1:30", &rule), 0);
	assert_int_equal(rule.standard_s, 12600);
	assert_int_equal(rule.summer_s, 16200);
	/* Day 79 without leap days is March 20, at 24:00. */
	assert_int_equal(vk_tz_day_utc_s(&rule.start, 2028, rule.standard_s),
			 utc(2028, 3, 21, 0) - 12600);
	assert_int_equal(vk_tz_day_utc_s(&rule.end, 2027, rule.summer_s),
			 utc(2027, 9, 20, 0) - 5400 - 16200);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stockholm_sets_its_clocks),
		cmocka_unit_test(a_check_in_the_gap_and_in_the_fold),
		cmocka_unit_test(other_rules),
		cmocka_unit_test(utc_is_the_empty_table),
		cmocka_unit_test(a_name_stays_in_its_folder),
		cmocka_unit_test(every_cut_of_a_file_is_refused),
		cmocka_unit_test(a_rule_is_read_whole),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
