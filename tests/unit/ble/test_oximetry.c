/* SPDX-License-Identifier: Apache-2.0 */
/* One number out of a stream: which, and when. */
#include "cmocka_all.h"

#include <string.h>

#include "oximetry.h"

struct stream {
	struct vk_oximetry oximetry;
	struct vk_oximetry_value summary;
	int64_t now_ms;
	int due;
};

static void say(struct stream *s, int spo2, enum vk_flag flag)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_SPO2_CONTINUOUS);
	const uint8_t raw[] = {0, (uint8_t)spo2};

	vk_decoded_add(&d, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, VK_ABSENT_NONE,
		       (struct vk_decimal){.mantissa = spo2});
	vk_decoded_add(&d, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, VK_ABSENT_NONE,
		       (struct vk_decimal){.mantissa = 70});
	vk_decoded_flag(&d, flag);
	s->due += vk_oximetry_value(&s->oximetry, &d, raw, sizeof raw, s->now_ms, 0, &s->summary);
	s->now_ms += 1000;
}

static bool end(struct stream *s)
{
	return vk_oximetry_end(&s->oximetry, &s->summary);
}

static void median_of_a_stable_run(void **state)
{
	struct stream s = {0};

	(void)state;
	for (int i = 0; i < 12; i++)
		say(&s, i == 3 ? 70 : 95 + i % 3, VK_FLAG_VALIDATED);
	assert_int_equal(s.due, 0);
	assert_true(end(&s));
	assert_int_equal(s.summary.level, 9600);
	assert_int_equal(s.summary.raw[1], 96);
	assert_false(end(&s));
}

static void short_run_says_nothing(void **state)
{
	struct stream s = {0};

	(void)state;
	for (int i = 0; i < 10; i++)
		say(&s, 96, VK_FLAG_VALIDATED);
	assert_false(end(&s));
}

static void last_qualified_value_wins(void **state)
{
	struct stream s = {0};

	(void)state;
	say(&s, 90, VK_FLAG_FULLY_QUALIFIED);
	say(&s, 91, VK_FLAG_FULLY_QUALIFIED);
	say(&s, 99, VK_FLAG_VALIDATED);
	assert_true(end(&s));
	assert_int_equal(s.summary.level, 9100);
}

static void lifted_finger_ends_the_run(void **state)
{
	struct stream s = {0};

	(void)state;
	for (int i = 0; i < 12; i++)
		say(&s, 96, VK_FLAG_VALIDATED);
	say(&s, 96, VK_FLAG_SENSOR_OFF);
	assert_int_equal(s.due, 1);
	say(&s, 96, VK_FLAG_SENSOR_OFF);
	assert_int_equal(s.due, 1);
	assert_false(end(&s));
}

static void silence_splits_runs(void **state)
{
	struct stream s = {0};

	(void)state;
	for (int i = 0; i < 12; i++)
		say(&s, 96, VK_FLAG_VALIDATED);
	s.now_ms += VK_OXIMETRY_GAP_MS + 1;
	say(&s, 80, VK_FLAG_VALIDATED);
	assert_int_equal(s.due, 1);
	assert_int_equal(s.summary.level, 9600);
	assert_false(end(&s));
}

static void long_run_is_told_on_the_way(void **state)
{
	struct stream s = {0};

	(void)state;
	for (int i = 0; i < 130; i++)
		say(&s, 96, VK_FLAG_VALIDATED);
	assert_int_equal(s.due, 2);
	assert_false(end(&s)); /* ten seconds into the third */
}

static void bad_values_never_count(void **state)
{
	static const enum vk_flag bad[] = {VK_FLAG_INVALID, VK_FLAG_DEMONSTRATION,
					   VK_FLAG_TEST_DATA, VK_FLAG_SENSOR_DISCONNECTED};

	(void)state;
	for (size_t k = 0; k < sizeof bad / sizeof bad[0]; k++) {
		struct stream s = {0};

		for (int i = 0; i < 20; i++)
			say(&s, 96, bad[k]);
		assert_int_equal(s.due, 0);
		assert_false(end(&s));
	}
	for (int spo2 = 0; spo2 <= 101; spo2 += 101) {
		struct stream s = {0};

		for (int i = 0; i < 20; i++)
			say(&s, spo2, VK_FLAG_VALIDATED);
		assert_false(end(&s));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(median_of_a_stable_run),
		cmocka_unit_test(short_run_says_nothing),
		cmocka_unit_test(last_qualified_value_wins),
		cmocka_unit_test(lifted_finger_ends_the_run),
		cmocka_unit_test(silence_splits_runs),
		cmocka_unit_test(long_run_is_told_on_the_way),
		cmocka_unit_test(bad_values_never_count),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
