/* SPDX-License-Identifier: Apache-2.0 */
/* How soon a device is listened for again. */
#include "cmocka_all.h"

#include <errno.h>

#include "att/rearm.h"

static int after(struct vk_rearm *r, enum vk_link_stage stage, int error, enum vk_link_verdict want)
{
	struct vk_link_end end = {.stage = stage, .error = error};
	enum vk_link_verdict verdict;
	int ms = vk_rearm_after(r, &end, &verdict);

	assert_int_equal(verdict, want);
	return ms;
}

static void useful_session_is_followed_at_once(void **state)
{
	struct vk_link_end end = {.stage = VK_LINK_UP, .error = ECONNRESET, .is_useful = true};
	struct vk_rearm r = {.failures = 5};
	enum vk_link_verdict verdict;

	(void)state;
	assert_int_equal(vk_rearm_after(&r, &end, &verdict), 0);
	assert_int_equal(verdict, VK_LINK_FINE);
}

static void pause_never_outlasts_a_short_window(void **state)
{
	struct vk_rearm r = {0};
	int before = 0;

	(void)state;
	for (int i = 0; i < 100; i++) {
		int ms = after(&r, VK_LINK_UP, ECONNRESET, VK_LINK_FINE);

		assert_true(ms >= before && ms > 0 && ms <= VK_REARM_MOST_MS);
		before = ms;
	}
	assert_int_equal(before, VK_REARM_MOST_MS);
}

static void three_refusals_are_a_lost_bond(void **state)
{
	struct vk_rearm r = {0};
	int ms = 0;

	(void)state;
	(void)after(&r, VK_LINK_CONNECTING, ECONNABORTED, VK_LINK_FINE);
	(void)after(&r, VK_LINK_ENCRYPTING, ECONNABORTED, VK_LINK_FINE);
	for (int i = 0; i < 20; i++)
		ms = after(&r, VK_LINK_CONNECTING, ECONNABORTED, VK_LINK_BOND_LOST);
	assert_int_equal(ms, VK_REARM_LOST_MS);
}

static void a_link_between_refusals_clears_them(void **state)
{
	struct vk_rearm r = {0};

	(void)state;
	(void)after(&r, VK_LINK_CONNECTING, ECONNABORTED, VK_LINK_FINE);
	(void)after(&r, VK_LINK_CONNECTING, ECONNABORTED, VK_LINK_FINE);
	(void)after(&r, VK_LINK_UP, ECONNRESET, VK_LINK_FINE);
	(void)after(&r, VK_LINK_CONNECTING, ECONNABORTED, VK_LINK_FINE);
}

static void foreign_and_left_over_links_are_let_die(void **state)
{
	struct vk_rearm r = {0};

	(void)state;
	assert_int_equal(after(&r, VK_LINK_CONNECTING, EBUSY, VK_LINK_FOREIGN_OWNER),
			 VK_REARM_LINGER_MS);
	assert_int_equal(after(&r, VK_LINK_CONNECTING, EALREADY, VK_LINK_FINE), VK_REARM_LINGER_MS);
}

static void our_own_end_lingers(void **state)
{
	struct vk_link_end end = {.stage = VK_LINK_UP, .is_ours = true, .is_useful = true};
	struct vk_rearm r = {0};
	enum vk_link_verdict verdict;

	(void)state;
	assert_int_equal(vk_rearm_after(&r, &end, &verdict), VK_REARM_LINGER_MS);
}

/* It is let in again, ever later, until it has behaved once. */
static void hostile_device_waits_longer_each_time(void **state)
{
	struct vk_link_end end = {.stage = VK_LINK_UP, .is_ours = true, .is_hostile = true};
	struct vk_link_end good = {.stage = VK_LINK_UP, .is_useful = true};
	struct vk_rearm r = {0};
	enum vk_link_verdict verdict;
	int last = 0;

	(void)state;
	for (int i = 0; i < 12; i++) {
		int pause = vk_rearm_after(&r, &end, &verdict);

		assert_int_equal(verdict, VK_LINK_HOSTILE);
		assert_true(pause >= last && pause <= VK_REARM_HOSTILE_MS);
		last = pause;
	}
	assert_int_equal(last, VK_REARM_HOSTILE_MS);
	(void)vk_rearm_after(&r, &good, &verdict);
	assert_int_equal(verdict, VK_LINK_FINE);
	assert_int_equal(vk_rearm_after(&r, &end, &verdict), VK_REARM_LINGER_MS);
}

static void a_link_without_an_answer_is_named_unless_something_was_measured(void **state)
{
	struct vk_link_end end = {
		.stage = VK_LINK_UP, .error = ETIMEDOUT, .is_ours = true, .is_mute = true};
	struct vk_rearm r = {0};
	enum vk_link_verdict verdict;

	(void)state;
	assert_int_equal(vk_rearm_after(&r, &end, &verdict), VK_REARM_LINGER_MS);
	assert_int_equal(verdict, VK_LINK_MUTE);
	end.is_useful = true;
	assert_int_equal(vk_rearm_after(&r, &end, &verdict), VK_REARM_LINGER_MS);
	assert_int_equal(verdict, VK_LINK_FINE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(useful_session_is_followed_at_once),
		cmocka_unit_test(pause_never_outlasts_a_short_window),
		cmocka_unit_test(three_refusals_are_a_lost_bond),
		cmocka_unit_test(a_link_between_refusals_clears_them),
		cmocka_unit_test(foreign_and_left_over_links_are_let_die),
		cmocka_unit_test(our_own_end_lingers),
		cmocka_unit_test(hostile_device_waits_longer_each_time),
		cmocka_unit_test(a_link_without_an_answer_is_named_unless_something_was_measured),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
