/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next timer of the core, as the loop keeps it. The engine says when, and only when that
 * changes: so what was said holds until something else is, and a tick that came early, or that
 * there was no room for, comes again.
 */
#ifndef VAKA_HUB_TICK_H
#define VAKA_HUB_TICK_H

#include <uv.h>

#include "hub/clock.h"

enum { VK_TICK_AGAIN_MS = 1000, VK_TICK_MOST_MS = 24 * 3600 * 1000 };

struct vk_tick {
	uv_timer_t timer;
	const struct vk_clock *clock; /* borrowed */
	int64_t next_mono_ms;         /* VK_NEVER: nothing is due */
	void (*due)(void *user);
	void *user;
};

/* due runs in the loop's thread. Ended by uv_close() of the timer. */
void vk_tick_init(struct vk_tick *tick, uv_loop_t *loop, const struct vk_clock *clock,
		  void (*due)(void *user), void *user);
/* Loop's thread. What was set before is void. */
void vk_tick_set(struct vk_tick *tick, int64_t next_mono_ms);

#endif
