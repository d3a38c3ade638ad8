/* SPDX-License-Identifier: Apache-2.0 */
/* What is due comes, and again until the engine has said what is due next. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/tick.h"

enum { DEADLINE_MS = 30000 };

struct house {
	uv_loop_t loop;
	uv_timer_t deadline;
	struct vk_clock clock;
	struct vk_tick tick;
	int n_due, n_wanted;
};

static void on_deadline(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void on_due(void *user)
{
	struct house *h = user;

	if (++h->n_due == h->n_wanted)
		uv_stop(&h->loop);
}

static void open_house(struct house *h, int n_wanted)
{
	*h = (struct house){.n_wanted = n_wanted};
	assert_int_equal(uv_loop_init(&h->loop), 0);
	assert_int_equal(uv_timer_init(&h->loop, &h->deadline), 0);
	assert_int_equal(uv_timer_start(&h->deadline, on_deadline, DEADLINE_MS, 0), 0);
	vk_tick_init(&h->tick, &h->loop, &h->clock, on_due, h);
}

static void close_house(struct house *h)
{
	uv_close((uv_handle_t *)&h->deadline, NULL);
	uv_close((uv_handle_t *)&h->tick.timer, NULL);
	(void)uv_run(&h->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&h->loop), 0);
}

/* The engine tells only what changes: of a tick that was lost it tells nothing. */
static void a_tick_that_changes_nothing_comes_again(void **state)
{
	struct house h;

	(void)state;
	open_house(&h, 2);
	vk_tick_set(&h.tick, vk_clock_mono_ms(&h.clock) + 20);
	(void)uv_run(&h.loop, UV_RUN_DEFAULT);
	assert_int_equal(h.n_due, 2);
	vk_tick_set(&h.tick, h.tick.next_mono_ms); /* the same once more changes nothing either */
	assert_true(uv_is_active((uv_handle_t *)&h.tick.timer));
	close_house(&h);
}

static void a_tick_that_comes_early_comes_again_in_time(void **state)
{
	struct house h;

	(void)state;
	open_house(&h, 2);
	vk_tick_set(&h.tick, vk_clock_mono_ms(&h.clock) + 200);
	/* As where the loop's clock is ahead of ours. */
	assert_int_equal(uv_timer_start(&h.tick.timer, h.tick.timer.timer_cb, 0, 0), 0);
	(void)uv_run(&h.loop, UV_RUN_DEFAULT);
	assert_int_equal(h.n_due, 2);
	assert_true(vk_clock_mono_ms(&h.clock) >= h.tick.next_mono_ms);
	assert_true(vk_clock_mono_ms(&h.clock) < h.tick.next_mono_ms + VK_TICK_AGAIN_MS);
	close_house(&h);
}

static void nothing_is_due_any_more(void **state)
{
	struct house h;

	(void)state;
	open_house(&h, 1);
	vk_tick_set(&h.tick, vk_clock_mono_ms(&h.clock));
	vk_tick_set(&h.tick, VK_NEVER);
	assert_false(uv_is_active((uv_handle_t *)&h.tick.timer));
	close_house(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_tick_that_changes_nothing_comes_again),
		cmocka_unit_test(a_tick_that_comes_early_comes_again_in_time),
		cmocka_unit_test(nothing_is_due_any_more),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
