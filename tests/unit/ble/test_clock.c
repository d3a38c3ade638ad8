/* SPDX-License-Identifier: Apache-2.0 */
/* Device clocks in both forms. */
#include "cmocka_all.h"

#include <errno.h>

#include "clock.h"

static void both_forms_are_read(void **state)
{
	static const uint8_t value[] = {0xea, 0x07, 3, 4, 7, 40, 12, 3, 128, 1};
	struct vk_civil c;

	(void)state;
	for (size_t len = 7; len <= sizeof value; len++) {
		assert_int_equal(vk_device_clock_parse(value, len, &c), 0);
		assert_int_equal(c.year, 2026);
		assert_int_equal(c.second, 12);
	}
	for (size_t len = 0; len < 7; len++)
		assert_int_equal(vk_device_clock_parse(value, len, &c), -EBADMSG);
}

static void unknown_and_impossible_times_are_no_times(void **state)
{
	static const uint8_t bad[][7] = {{0, 0, 3, 4, 7, 40, 12},
					 {0xea, 0x07, 0, 4, 7, 40, 12},
					 {0xea, 0x07, 2, 30, 7, 40, 12},
					 {0xea, 0x07, 3, 4, 24, 40, 12},
					 {0xea, 0x07, 3, 4, 7, 60, 12}};
	struct vk_civil c;

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(vk_device_clock_parse(bad[i], 7, &c), -ERANGE);
}

static void weekday_is_the_calendars(void **state)
{
	static const struct {
		struct vk_civil c;
		uint8_t weekday;
	} days[] = {
		{{.year = 2026, .month = 3, .day = 4}, 3},
		{{.year = 1970, .month = 1, .day = 1}, 4},
		{{.year = 1969, .month = 12, .day = 28}, 7},
		{{.year = 2024, .month = 2, .day = 29}, 4},
		{{.year = 2023, .month = 1, .day = 1}, 7},
	};
	uint8_t out[VK_CLOCK_MAX];

	(void)state;
	for (size_t i = 0; i < sizeof days / sizeof days[0]; i++) {
		assert_int_equal(vk_device_clock_format(VK_UUID_CURRENT_TIME, &days[i].c, out), 10);
		assert_int_equal(out[7], days[i].weekday);
	}
	assert_int_equal(vk_device_clock_format(VK_UUID_DATE_TIME, &days[0].c, out), 7);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_forms_are_read),
		cmocka_unit_test(unknown_and_impossible_times_are_no_times),
		cmocka_unit_test(weekday_is_the_calendars),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
