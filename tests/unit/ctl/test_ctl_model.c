/* SPDX-License-Identifier: Apache-2.0 */
/* `vakactl decode --model`: from what a person types to the quirks of the shipped device files. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdlib.h>

#include "ctl/model.h"

static int devices_are_the_shipped_ones(void **state)
{
	(void)state;
	return setenv("VAKA_DEVICES", VAKA_SOURCE_DIR "/config/devices.d", 1);
}

static void a_model_has_the_quirks_of_its_file(void **state)
{
	static const struct {
		const char *model;
		enum vk_quirk quirk;
	} rows[] = {
		{"Beurer BM85", VK_QUIRK_CUFF_TAIL_BIG_ENDIAN},
		{"beurer bm85", VK_QUIRK_MAP_ZERO_IS_ABSENT},
		{"Beurer BF720", VK_QUIRK_ZERO_COMPOSITION_IS_NONE},
		{"CareSens N", VK_QUIRK_MEAL_6_IS_KETONE},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct vk_quirks quirks = {0};

		assert_int_equal(vk_ctl_quirks(rows[i].model, &quirks), 0);
		assert_true(vk_has_quirk(&quirks, rows[i].quirk));
	}
}

static void an_unknown_model_is_said_to_be_one(void **state)
{
	struct vk_quirks quirks = {.bits = 7};

	(void)state;
	assert_int_equal(vk_ctl_quirks("Nobody X1", &quirks), -ENOENT);
	assert_int_equal(quirks.bits, 7);
}

static void without_devices_nothing_is_known(void **state)
{
	struct vk_quirks quirks = {0};

	(void)state;
	assert_int_equal(setenv("VAKA_DEVICES", VAKA_SOURCE_DIR "/config/no-such-folder", 1), 0);
	assert_int_equal(vk_ctl_quirks("Beurer BM85", &quirks), -ENOENT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_model_has_the_quirks_of_its_file,
				       devices_are_the_shipped_ones),
		cmocka_unit_test_setup(an_unknown_model_is_said_to_be_one,
				       devices_are_the_shipped_ones),
		cmocka_unit_test(without_devices_nothing_is_known),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
