/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Measurements that were agreed and their windows: a gentle reminder when one is due, one more, and
 * at the window's end a line on the work list; so many days in a row raise the plan's rule
 * (clinical.md 1.6). "Did not measure" and "was not heard" are told apart.
 */
#ifndef VAKA_CORE_MISSING_H
#define VAKA_CORE_MISSING_H

#include "core/memory.h"
#include "core/rules.h"

#define VK_MEMORY_DUE "due:"

/* The next moment something of a patient's schedules is due; VK_NEVER: nothing. */
int64_t vk_missing_next(const struct vk_core *core, const struct vk_plan *plan, int64_t utc_ms);
/* Does what was due until now. False: no room for the rest. */
bool vk_missing_run(struct vk_step *s, const struct vk_plan *plan, int reserve);
/* An accepted reading is what a schedule waited for. */
void vk_missing_reading(struct vk_step *s, const struct vk_measured *m);
/* A new plan: schedules that are gone are forgotten, those that stay are counted on. */
void vk_missing_plan(struct vk_step *s, const struct vk_plan *plan);
/* Ends of the windows after a moment that still wait for a measurement. Returns how many. */
enum { VK_MISSING_WINDOWS = 3 };
int vk_missing_waits(const struct vk_core *core, const struct vk_plan *plan,
		     const struct vk_plan_schedule *schedule, int64_t utc_ms,
		     int64_t ret_until_utc_ms[VK_MISSING_WINDOWS]);
/* Days in a row that a schedule was missed. */
int32_t vk_missing_days(const struct vk_core *core, const char *patient, const char *schedule);

#endif
