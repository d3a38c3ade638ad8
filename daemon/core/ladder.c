/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the plan's ladder, looked up by the alert's patient, priority and level. */
#include "core/ladder.h"

/* At the top: told again after ten minutes, then each time after as long as it has lasted. */
enum { REPEAT_MS = 10 * 60 * 1000, REPEAT_MOST_MS = 4 * 60 * 60 * 1000 };

/* A hub's own alert uses the plan of the home's first patient. */
static const struct vk_plan *plan_of(const struct vk_step *s, const struct vk_alert *alert)
{
	if (!alert->patient[0])
		return s->core->n_patients ? s->core->patients[0].plan : NULL;
	return vk_step_plan(s, alert->patient);
}

const char *vk_ladder_role(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = plan_of(s, alert);
	int n = plan ? plan->escalation[alert->priority].n : 0;

	if (n)
		return plan->escalation[alert->priority]
			.steps[alert->level < n ? alert->level : n - 1]
			.to;
	if (plan && plan->escalation[VK_PRIORITY_HIGH].n)
		return plan->escalation[VK_PRIORITY_HIGH].steps[0].to;
	return "care-team";
}

bool vk_ladder_has_next(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = plan_of(s, alert);

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
	steps = plan_of(s, alert)->escalation[alert->priority].steps;
	delay_ms = steps[alert->level + 1].after_ms - steps[alert->level].after_ms;
	return delay_ms > 0 ? delay_ms : 0;
}
