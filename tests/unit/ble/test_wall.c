/* SPDX-License-Identifier: Apache-2.0 */
/* The patient's wall clock, and which names may choose its zone. */
#include "cmocka_all.h"

#include <stdlib.h>
#include <string.h>

#include "wall.h"

/* A rule instead of a name: the test needs no zone database. */
#define STOCKHOLM "CET-1CEST,M3.5.0,M10.5.0/3"

static void wall_follows_the_zone_and_its_summer(void **state)
{
	struct vk_civil winter, summer;

	(void)state;
	vk_wall_set_zone(STOCKHOLM);
	winter = vk_wall_local(INT64_C(1772606412)); /* 2026-03-04T06:40:12Z */
	assert_int_equal(winter.year, 2026);
	assert_int_equal(winter.month, 3);
	assert_int_equal(winter.day, 4);
	assert_int_equal(winter.hour, 7);
	assert_int_equal(winter.minute, 40);
	assert_int_equal(winter.second, 12);
	summer = vk_wall_local(INT64_C(1783031999)); /* 2026-07-02T22:39:59Z: the next day */
	assert_int_equal(summer.day, 3);
	assert_int_equal(summer.hour, 0);
	assert_int_equal(summer.second, 59);
}

static void path_of_anothers_choosing_is_no_zone(void **state)
{
	char too_long[64];
	const char *const refused[] = {"/etc/passwd", "Europe/../../etc/passwd", too_long};

	(void)state;
	memset(too_long, 'a', sizeof too_long - 1);
	too_long[sizeof too_long - 1] = '\0';
	vk_wall_set_zone(STOCKHOLM);
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		vk_wall_set_zone(refused[i]);
		assert_string_equal(getenv("TZ"), ":" STOCKHOLM);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(wall_follows_the_zone_and_its_summer),
		cmocka_unit_test(path_of_anothers_choosing_is_no_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
