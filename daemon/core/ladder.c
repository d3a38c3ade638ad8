/* SPDX-License-Identifier: Apache-2.0 */
/* The steps of the plan's ladder, looked up by the alert's patient, priority and level. */
#include "core/ladder.h"

enum { MINUTE_MS = 60 * 1000 };

/* At the top: told again after ten minutes, then each time after as long as it has lasted. */
enum { REPEAT_MS = 10 * MINUTE_MS, REPEAT_MOST_MS = 4 * 60 * MINUTE_MS };

/* The same of what can wait: first after the last step's own time, at last once a day. */
enum { DAY_MS = 24 * 60 * MINUTE_MS };

struct pace {
	int64_t least_ms, most_ms;
};

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

static int64_t more_of(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static struct pace pace_of(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = vk_ladder_plan(s, alert->patient);
	const struct vk_ladder *ladder = plan ? &plan->escalation[alert->priority] : NULL;
	int64_t least_ms = vk_ladder_terms(s, alert->patient)->remind_after_ms;

	if (alert->priority == VK_PRIORITY_HIGH)
		return (struct pace){REPEAT_MS, REPEAT_MOST_MS};
	if (ladder && ladder->n > 1)
		least_ms = ladder->steps[ladder->n - 1].after_ms -
			   ladder->steps[ladder->n - 2].after_ms;
	least_ms = more_of(least_ms, REPEAT_MS);
	return (struct pace){least_ms, more_of(least_ms, DAY_MS)};
}

static int64_t repeat_ms(const struct vk_step *s, const struct vk_alert *alert)
{
	int64_t age_ms = s->now.utc_ms - alert->raised_utc_ms;
	struct pace pace = pace_of(s, alert);

	if (age_ms < pace.least_ms)
		return pace.least_ms;
	return age_ms < pace.most_ms ? age_ms : pace.most_ms;
}

int64_t vk_ladder_delay_ms(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_ladder_step *steps;
	int64_t delay_ms;

	if (!vk_ladder_has_next(s, alert))
		return repeat_ms(s, alert);
	steps = vk_ladder_plan(s, alert->patient)->escalation[alert->priority].steps;
	delay_ms = steps[alert->level + 1].after_ms - steps[alert->level].after_ms;
	return delay_ms > 0 ? delay_ms : 0;
}
