/* SPDX-License-Identifier: Apache-2.0 */
/* The window over links that are played: how much flies, and how long a late alert would stand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/pace.h"

/*
 * A link that takes delay_ms each way and back, and one message each gap_ms. Always as many are on
 * their way as may be; returns how long the last one took.
 */
static int64_t play(struct vk_pace *p, int64_t delay_ms, int64_t gap_ms, int n)
{
	int64_t sent[VK_PACE_MOST + 1], done[VK_PACE_MOST + 1], now = 0, last = 0, took = 0;
	int flying = 0;

	while (n > 0) {
		for (; flying < p->window; flying++) {
			int64_t leaves = last + gap_ms > now ? last + gap_ms : now;

			last = leaves;
			sent[flying] = now;
			done[flying] = leaves + delay_ms;
		}
		now = done[0];
		took = now - sent[0];
		vk_pace_acked(p, sent[0], now);
		flying--;
		n--;
		for (int i = 0; i < flying; i++) {
			sent[i] = sent[i + 1];
			done[i] = done[i + 1];
		}
	}
	return took;
}

static void a_fast_link_is_filled(void **state)
{
	struct vk_pace p = vk_pace_init();

	(void)state;
	(void)play(&p, 1, 0, 2000);
	assert_int_equal(p.window, VK_PACE_MOST);
}

static void a_long_way_is_filled_too(void **state)
{
	struct vk_pace p = vk_pace_init();

	(void)state;
	(void)play(&p, 800, 0, 2000);
	assert_int_equal(p.window, VK_PACE_MOST);
}

/* One a millisecond, answered at once: more than a few would only stand in a queue. */
static void a_quick_link_holds_what_it_needs(void **state)
{
	struct vk_pace p = vk_pace_init();

	(void)state;
	(void)play(&p, 0, 1, 4000);
	assert_in_range(p.window, VK_PACE_FIRST, 2 * VK_PACE_FIRST);
	p = vk_pace_init();
	(void)play(&p, 5, 1, 4000);
	assert_in_range(p.window, VK_PACE_FIRST, 2 * VK_PACE_FIRST);
}

static void a_slow_link_holds_little(void **state)
{
	struct vk_pace p = vk_pace_init();

	(void)state;
	/* Ten a second: with the first window the last of them stood three seconds. */
	int64_t took = play(&p, 50, 100, 400);

	assert_true(p.window >= VK_PACE_LEAST && p.window < 12);
	assert_true(took < 1000);
}

static void it_opens_again(void **state)
{
	struct vk_pace p = vk_pace_init();

	(void)state;
	(void)play(&p, 50, 100, 400);
	p.shrunk_ms = 0; /* the played clock starts anew */
	(void)play(&p, 50, 0, 4000);
	assert_int_equal(p.window, VK_PACE_MOST);
}

static void a_clock_that_stands_is_no_time(void **state)
{
	struct vk_pace p = vk_pace_init();

	(void)state;
	vk_pace_acked(&p, 10, 5);
	assert_int_equal(p.least_ms, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_fast_link_is_filled),
		cmocka_unit_test(a_long_way_is_filled_too),
		cmocka_unit_test(a_quick_link_holds_what_it_needs),
		cmocka_unit_test(a_slow_link_holds_little),
		cmocka_unit_test(it_opens_again),
		cmocka_unit_test(a_clock_that_stands_is_no_time),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
