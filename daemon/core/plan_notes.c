/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Times of day that a change of the clock leaves out or gives twice. They are no mistakes: what is
 * left out is done when the gap ends, what comes twice is done once, the first time. But whoever
 * writes the plan should know it.
 */
#include "core/plan_notes.h"

#include "core/schedule.h"

static const int64_t year_s = INT64_C(366) * 86400;

struct search {
	const struct vk_plan *plan;
	vk_plan_note_fn fn;
	void *user;
};

/* One time of day against one change of the clock, from before to after. */
static void look_at(const struct search *s, const char *what, const char *id, int32_t at_s,
		    int64_t change_utc_s, int32_t before_s, int32_t after_s)
{
	bool is_gap = after_s > before_s;
	int64_t from = change_utc_s + (is_gap ? before_s : after_s);
	int64_t until = change_utc_s + (is_gap ? after_s : before_s);
	int32_t day = (int32_t)(from / 86400);
	int64_t local_s = (int64_t)day * 86400 + at_s;
	struct vk_plan_note note = {what, id, at_s, day, is_gap, 0};

	if (local_s < from || local_s >= until)
		return;
	note.done_utc_ms = vk_schedule_utc_ms(&s->plan->zone, day, at_s);
	s->fn(&note, s->user);
}

static void look_at_all(const struct search *s, int64_t change_utc_s, int32_t before_s,
			int32_t after_s)
{
	const struct vk_plan *plan = s->plan;

	for (int i = 0; i < plan->n_checks; i++)
		for (int k = 0; k < plan->checks[i].n_at; k++)
			look_at(s, "check", plan->checks[i].name, plan->checks[i].at_s[k],
				change_utc_s, before_s, after_s);
	for (int i = 0; i < plan->n_schedules; i++) {
		look_at(s, "schedule", plan->schedules[i].id, plan->schedules[i].from_s,
			change_utc_s, before_s, after_s);
		look_at(s, "schedule", plan->schedules[i].id, plan->schedules[i].until_s,
			change_utc_s, before_s, after_s);
	}
}

void vk_plan_notes(const struct vk_plan *plan, vk_plan_note_fn fn, void *user)
{
	const struct search s = {plan, fn, user};
	int64_t from_s = plan->valid_from_utc_ms / 1000;

	for (int i = 1; i < plan->zone.n; i++) {
		const struct vk_zone_transition *t = &plan->zone.transitions[i];

		if (t->utc_s >= from_s && t->utc_s < from_s + year_s)
			look_at_all(&s, t->utc_s, t[-1].offset_s, t->offset_s);
	}
}
