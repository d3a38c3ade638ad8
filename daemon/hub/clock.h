/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's two clocks (core/time.h): the wall clock, which may be wrong and may step, and the
 * hub's own line, which never goes back and is continued after a restart. Thread: any after init.
 */
#ifndef VAKA_HUB_CLOCK_H
#define VAKA_HUB_CLOCK_H

#include <stdbool.h>

#include "core/time.h"

struct vk_clock {
	int64_t base_ms;      /* added to the boot clock to give the hub's line */
	int64_t boot;         /* number of this boot of the machine; 0 not known */
	int64_t floor_utc_ms; /* wall clock of a run before, when it was synced; 0 never */
};

/*
 * Continues the line. before holds boot and base of the run before. In the same boot of the machine
 * it runs through as if vakad had never stopped: true. Else floor_mono_ms is the last moment the
 * database knows of (0: a new hub), and the line starts at the wall clock, or at the floor where
 * the wall clock is behind it: false.
 */
bool vk_clock_init(struct vk_clock *clock, int64_t floor_mono_ms, const struct vk_clock *before);

struct vk_now vk_clock_now(const struct vk_clock *clock);
/* Who set the wall clock, as it was when the kernel was last asked. All zero: ask. */
struct vk_clock_sight {
	enum vk_clock_quality quality;
	int64_t judged_mono_ms;
};

/* For what happens with each packet and each group: the kernel is asked anew only where sight is
 * older than 50 ms. The sight is of one thread. */
struct vk_now vk_clock_now_soon(const struct vk_clock *clock, struct vk_clock_sight *sight);
/* The same without asking the kernel who set the wall clock, when that is known. */
struct vk_now vk_clock_now_as(const struct vk_clock *clock, enum vk_clock_quality quality);
/* The hub's line alone, without asking the kernel who set the wall clock: for what happens often.
 */
int64_t vk_clock_mono_ms(const struct vk_clock *clock);

#endif
