/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Looks at the local days around the moment: yesterday because of offsets, tomorrow because today's
 * times may all be past, and one more because a time may fall into the same moment as another.
 */
#include "core/schedule.h"

static const int64_t day_s = 86400;

/* The last change of the offset at or before a moment. */
static int64_t transition_before(const struct vk_zone *zone, int64_t utc_s)
{
	int64_t found = utc_s;

	for (int i = 0; i < zone->n && zone->transitions[i].utc_s <= utc_s; i++)
		found = zone->transitions[i].utc_s;
	return found;
}

int64_t vk_schedule_utc_ms(const struct vk_zone *zone, int32_t day, int32_t at_s)
{
	int64_t local_s = day * day_s + at_s;
	int64_t utc_s = vk_zone_utc_s(zone, local_s);

	if (utc_s + vk_zone_offset_s(zone, utc_s) != local_s)
		utc_s = transition_before(zone, utc_s);
	return utc_s * 1000;
}

int64_t vk_schedule_times_next(const struct vk_zone *zone, const int32_t *at_s, int n,
			       int64_t after_utc_ms)
{
	int32_t today = vk_zone_day(zone, after_utc_ms);
	int64_t next = VK_NEVER;

	for (int32_t day = today - 1; day <= today + 2; day++) {
		for (int i = 0; i < n; i++) {
			int64_t at = vk_schedule_utc_ms(zone, day, at_s[i]);

			if (at > after_utc_ms && at < next)
				next = at;
		}
	}
	return next;
}

/* Yesterday's night may still last. */
int64_t vk_schedule_hours_until(const struct vk_zone *zone, int32_t from_s, int32_t until_s,
				int64_t utc_ms)
{
	int32_t today = vk_zone_day(zone, utc_ms);
	int32_t ends_later = until_s <= from_s;

	for (int32_t day = today - 1; day <= today; day++) {
		int64_t from = vk_schedule_utc_ms(zone, day, from_s);
		int64_t until = vk_schedule_utc_ms(zone, day + ends_later, until_s);

		if (utc_ms >= from && utc_ms < until)
			return until;
	}
	return 0;
}

int64_t vk_schedule_quiet_until(const struct vk_plan *plan, int64_t utc_ms)
{
	return plan->has_quiet ? vk_schedule_hours_until(&plan->zone, plan->quiet_from_s,
							 plan->quiet_until_s, utc_ms)
			       : 0;
}

int64_t vk_schedule_check_next(const struct vk_plan *plan, const struct vk_plan_check *check,
			       int64_t after_utc_ms)
{
	return vk_schedule_times_next(&plan->zone, check->at_s, check->n_at, after_utc_ms);
}

int64_t vk_schedule_next(const struct vk_plan *plan, int64_t after_utc_ms)
{
	int64_t next = VK_NEVER;

	for (int i = 0; i < plan->n_checks; i++) {
		int64_t at = vk_schedule_check_next(plan, &plan->checks[i], after_utc_ms);

		if (at < next)
			next = at;
	}
	return next;
}
