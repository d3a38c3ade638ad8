/* SPDX-License-Identifier: Apache-2.0 */
/* One reading of many frames, whichever of them were heard. */
#include "cmocka_all.h"

#include <string.h>

#include "advert.h"

enum { WEIGHT = 0x181d, COMPOSITION = 0x181b };

/* 61.75 kg and 72.45 kg with 503 ohm, as published (ble-profiles.md 20, ADV-01 and ADV-03). */
static const uint8_t weight[] = {0x22, 0x3e, 0x30, 0xe6, 0x07, 0x02, 0x0e, 0x10, 0x29, 0x3a};
static const uint8_t composition[] = {0x02, 0x26, 0xe6, 0x07, 0x02, 0x0e, 0x10,
				      0x29, 0x3a, 0xf7, 0x01, 0x9a, 0x38};

static bool take(struct vk_advert *a, uint16_t service, const uint8_t *frame, size_t len, int at,
		 uint8_t state)
{
	uint8_t copy[VK_ADVERT_FRAME];

	memcpy(copy, frame, len);
	copy[at] = state;
	return vk_advert_take(a, service, copy, len);
}

static void only_a_settled_frame_is_a_reading(void **state)
{
	struct vk_advert a = {0};

	(void)state;
	assert_false(take(&a, WEIGHT, weight, sizeof weight, 0, 0x02));
	assert_false(take(&a, WEIGHT, weight, sizeof weight, 0, 0x82));
	assert_true(take(&a, WEIGHT, weight, sizeof weight, 0, 0x22));
	assert_memory_equal(a.frame, weight, sizeof weight);
	assert_int_equal(a.len, sizeof weight);
}

static void the_same_weighing_is_handed_over_once(void **state)
{
	struct vk_advert a = {0};

	(void)state;
	assert_true(take(&a, WEIGHT, weight, sizeof weight, 0, 0x22));
	assert_false(take(&a, WEIGHT, weight, sizeof weight, 0, 0x22));
	vk_advert_answered(&a, true);
	assert_false(take(&a, WEIGHT, weight, sizeof weight, 0, 0x22));
	assert_false(take(&a, WEIGHT, weight, sizeof weight, 0, 0xa2));
}

static void its_bytes_do_not_depend_on_what_was_heard(void **state)
{
	struct vk_advert a = {0};

	(void)state;
	/* Only the frames after stepping off came through. */
	assert_true(take(&a, WEIGHT, weight, sizeof weight, 0, 0xa2));
	assert_memory_equal(a.frame, weight, sizeof weight);
}

static void what_was_not_stored_comes_again(void **state)
{
	struct vk_advert a = {0};

	(void)state;
	assert_true(take(&a, WEIGHT, weight, sizeof weight, 0, 0x22));
	vk_advert_answered(&a, false);
	assert_true(take(&a, WEIGHT, weight, sizeof weight, 0, 0x22));
}

static void the_next_weighing_is_another(void **state)
{
	uint8_t next[sizeof weight];
	struct vk_advert a = {0};

	(void)state;
	memcpy(next, weight, sizeof next);
	next[9]++; /* a second later */
	assert_true(vk_advert_take(&a, WEIGHT, weight, sizeof weight));
	vk_advert_answered(&a, true);
	assert_true(vk_advert_take(&a, WEIGHT, next, sizeof next));
}

static void the_impedance_is_waited_for(void **state)
{
	struct vk_advert a = {0};

	(void)state;
	assert_false(take(&a, COMPOSITION, composition, sizeof composition, 1, 0x24));
	assert_true(take(&a, COMPOSITION, composition, sizeof composition, 1, 0x26));
	assert_memory_equal(a.frame, composition, sizeof composition);
	/* In socks there is none: the weight counts when the person has gone. */
	a = (struct vk_advert){0};
	assert_true(take(&a, COMPOSITION, composition, sizeof composition, 1, 0xa4));
	assert_int_equal(a.frame[1], 0x24);
}

static void other_frames_are_nothing(void **state)
{
	uint8_t frame[VK_ADVERT_FRAME];
	struct vk_advert a = {0};

	(void)state;
	memset(frame, 0x26, sizeof frame);
	for (size_t len = 0; len <= sizeof frame; len++) {
		if (len != sizeof weight)
			assert_false(vk_advert_take(&a, WEIGHT, frame, len));
		if (len != sizeof composition)
			assert_false(vk_advert_take(&a, COMPOSITION, frame, len));
		assert_false(vk_advert_take(&a, 0x1810, frame, len));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_a_settled_frame_is_a_reading),
		cmocka_unit_test(the_same_weighing_is_handed_over_once),
		cmocka_unit_test(its_bytes_do_not_depend_on_what_was_heard),
		cmocka_unit_test(what_was_not_stored_comes_again),
		cmocka_unit_test(the_next_weighing_is_another),
		cmocka_unit_test(the_impedance_is_waited_for),
		cmocka_unit_test(other_frames_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
