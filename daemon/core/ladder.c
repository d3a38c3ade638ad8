/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the plan's ladder, looked up by the alert's patient, priority and level. */
#include "core/ladder.h"

enum { MINUTE_MS = 60 * 1000 };

/* At the top: told again after ten minutes, then each time after as long as it has lasted. */
enum { REPEAT_MS = 10 * MINUTE_MS, REPEAT_MOST_MS = 4 * 60 * MINUTE_MS };

/* A hub without any plan has alerts of its own only. */
static const struct vk_plan_alerts no_plan = {
	.remind_after_ms = REPEAT_MOST_MS,
	.unreceived = {{VK_NEVER, VK_NEVER},
		       {15 * MINUTE_MS, 30 * MINUTE_MS},
		       {2 * MINUTE_MS, 2 * MINUTE_MS}},
};

const struct vk_plan *vk_ladder_plan(const struct vk_step *s, const char *patient)
{
	if (!patient[0])
		return s->core->n_patients ? s->core->patients[0].plan : NULL;
	return vk_step_plan(s, patient);
}

const struct vk_plan_alerts *vk_ladder_terms(const struct vk_step *s, const char *patient)
{
	const struct vk_plan *plan = vk_ladder_plan(s, patient);

	return plan ? &plan->alerts : &no_plan;
}

const char *vk_ladder_role_at(const struct vk_step *s, const char *patient,
			      enum vk_priority priority, int32_t level)
{
	const struct vk_plan *plan = vk_ladder_plan(s, patient);
	int n = plan ? plan->escalation[priority].n : 0;

	if (n)
		return plan->escalation[priority].steps[level < n ? level : n - 1].to;
	if (plan && plan->escalation[VK_PRIORITY_HIGH].n)
		return plan->escalation[VK_PRIORITY_HIGH].steps[0].to;
	return "care-team";
}

const char *vk_ladder_role(const struct vk_step *s, const struct vk_alert *alert)
{
	return vk_ladder_role_at(s, alert->patient, alert->priority, alert->level);
}

bool vk_ladder_has_next(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = vk_ladder_plan(s, alert->patient);

	return plan && alert->level + 1 < plan->escalation[alert->priority].n;
}

static int64_t repeat_ms(const struct vk_step *s, const struct vk_alert *alert)
{
	int64_t age_ms = s->now.utc_ms - alert->raised_utc_ms;

	if (age_ms < REPEAT_MS)
		return REPEAT_MS;
	return age_ms < REPEAT_MOST_MS ? age_ms : REPEAT_MOST_MS;
}

int64_t vk_ladder_delay_ms(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_ladder_step *steps;
	int64_t delay_ms;

	if (!vk_ladder_has_next(s, alert))
		return alert->priority == VK_PRIORITY_HIGH ? repeat_ms(s, alert) : VK_NEVER;
	steps = vk_ladder_plan(s, alert->patient)->escalation[alert->priority].steps;
	delay_ms = steps[alert->level + 1].after_ms - steps[alert->level].after_ms;
	return delay_ms > 0 ? delay_ms : 0;
}
