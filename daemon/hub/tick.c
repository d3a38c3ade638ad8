/* SPDX-License-Identifier: Apache-2.0 */
/* One timer, looked at again once a day at least. */
#include "hub/tick.h"

static void on_timer(uv_timer_t *timer);

static void start(struct vk_tick *tick, int64_t wait_ms)
{
	if (wait_ms > VK_TICK_MOST_MS)
		wait_ms = VK_TICK_MOST_MS;
	(void)uv_timer_start(&tick->timer, on_timer, wait_ms > 0 ? (uint64_t)wait_ms : 0, 0);
}

static void on_timer(uv_timer_t *timer)
{
	struct vk_tick *tick = (struct vk_tick *)timer; /* its first member */
	int64_t wait_ms = tick->next_mono_ms - vk_clock_mono_ms(tick->clock);

	start(tick, wait_ms > 0 ? wait_ms : VK_TICK_AGAIN_MS);
	tick->due(tick->user);
}

void vk_tick_init(struct vk_tick *tick, uv_loop_t *loop, const struct vk_clock *clock,
		  void (*due)(void *user), void *user)
{
	*tick = (struct vk_tick){
		.clock = clock, .next_mono_ms = VK_NEVER, .due = due, .user = user};
	(void)uv_timer_init(loop, &tick->timer);
}

void vk_tick_set(struct vk_tick *tick, int64_t next_mono_ms)
{
	if (next_mono_ms == tick->next_mono_ms)
		return;
	tick->next_mono_ms = next_mono_ms;
	if (next_mono_ms == VK_NEVER)
		(void)uv_timer_stop(&tick->timer);
	else
		start(tick, next_mono_ms - vk_clock_mono_ms(tick->clock));
}
