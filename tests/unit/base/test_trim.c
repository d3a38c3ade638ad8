/* SPDX-License-Identifier: Apache-2.0 */
/* When memory is given back: once, behind the last of what happened, and never amid it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/trim.h"

static void what_goes_on_is_not_disturbed(void **state)
{
	struct vk_rest rest = {0};

	(void)state;
	assert_true(vk_rest_act(&rest));
	assert_false(vk_rest_act(&rest)); /* the timer runs already */
	assert_true(vk_rest_due(&rest));
	assert_false(vk_rest_act(&rest));
	assert_true(vk_rest_due(&rest));
	assert_false(vk_rest_due(&rest));
}

static void rest_comes_once_behind_each_activity(void **state)
{
	struct vk_rest rest = {0};

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_true(vk_rest_act(&rest));
		assert_false(vk_rest_due(&rest));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_goes_on_is_not_disturbed),
		cmocka_unit_test(rest_comes_once_behind_each_activity),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
