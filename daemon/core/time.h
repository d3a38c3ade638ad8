/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core is told about time. It never asks: every event carries the moment at which it
 * happened. Timers live on the monotonic line, schedules on local wall time (design §6).
 */
#ifndef VAKA_CORE_TIME_H
#define VAKA_CORE_TIME_H

#include <stdint.h>

enum vk_clock_quality {
	VK_CLOCK_UNSYNCED, /* the wall clock may be anything */
	VK_CLOCK_HELD,     /* it was right once, and has run free since */
	VK_CLOCK_SYNCED,
};

/*
 * mono_ms is the hub's own line: it starts at the wall time of the first start that had one, never
 * goes back, runs with the boot clock, and is continued after a restart. So a timer that was stored
 * as mono_ms means the same moment after a power cut. utc_ms is the wall clock, which may step.
 */
struct vk_now {
	int64_t utc_ms;
	int64_t mono_ms;
	enum vk_clock_quality quality;
};

#define VK_NEVER INT64_MAX

#endif
