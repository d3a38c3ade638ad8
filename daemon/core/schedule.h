/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When planned checks are due. Times of day are local; a time that a spring night leaves out is due
 * when the gap ends, one that an autumn night holds twice is due once, the first time.
 */
#ifndef VAKA_CORE_SCHEDULE_H
#define VAKA_CORE_SCHEDULE_H

#include "core/plan.h"
#include "core/time.h"

/* The moment of a local time of day, on a local day (days since 1970). */
int64_t vk_schedule_utc_ms(const struct vk_zone *zone, int32_t day, int32_t at_s);

/* First moment of a list of local times after a moment; VK_NEVER: there are none. */
int64_t vk_schedule_times_next(const struct vk_zone *zone, const int32_t *at_s, int n,
			       int64_t after_utc_ms);
/* When the hours of every day end that a moment lies in; 0: it lies outside. */
int64_t vk_schedule_hours_until(const struct vk_zone *zone, int32_t from_s, int32_t until_s,
				int64_t utc_ms);
/* When the quiet hours end that a moment lies in; 0: it lies in none. */
int64_t vk_schedule_quiet_until(const struct vk_plan *plan, int64_t utc_ms);

/* First planned moment of one check after a moment; VK_NEVER: it has no times. */
int64_t vk_schedule_check_next(const struct vk_plan *plan, const struct vk_plan_check *check,
			       int64_t after_utc_ms);
/* … of any check of the plan. */
int64_t vk_schedule_next(const struct vk_plan *plan, int64_t after_utc_ms);

#endif
