/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a rule can say right now, asked from outside: a page, a health report, a summary.
 * Insufficient data is told by its name, because silence would be taken for "all is well". And what
 * the plan tells a patient of a technical fault.
 */
#include <string.h>

#include "core/messages.h"
#include "core/missing.h"
#include "core/news2.h"
#include "core/storm.h"
#include "core/trend.h"

static bool is_known(const struct vk_core *core, const struct vk_plan *plan,
		     const struct vk_rule *rule, int64_t utc_ms)
{
	int32_t day = vk_zone_day(&plan->zone, utc_ms);
	struct vk_before latest[VK_N_QUANTITIES];

	switch (rule->type) {
	case VK_RULE_CHANGE:
		return vk_change_is_known(core, rule, plan->patient, day);
	case VK_RULE_AVERAGE:
		return vk_average_is_known(core, rule, plan->patient, day);
	case VK_RULE_BASELINE:
		return vk_baseline_is_known(core, rule, plan->patient, day);
	case VK_RULE_NEWS2:
		vk_trend_latest(core, plan->patient, latest);
		return vk_news2_of(&plan->news2, latest, utc_ms).n_measured > 0;
	case VK_RULE_THRESHOLD:
		vk_trend_latest(core, plan->patient, latest);
		for (int i = 0; i < rule->n_conditions; i++)
			if (latest[rule->conditions[i].quantity].utc_ms != VK_NEVER)
				return true;
		return false;
	case VK_RULE_INPUT:
	case VK_RULE_STATUS:
	case VK_RULE_MISSING:
	case VK_RULE_TECHNICAL:
		break;
	}
	return true;
}

static bool is_raised(const struct vk_core *core, const char *patient, const char *rule)
{
	for (int i = 0; i < core->n_alerts; i++)
		if (core->alerts[i].is_active && strcmp(core->alerts[i].patient, patient) == 0 &&
		    strcmp(core->alerts[i].rule, rule) == 0)
			return true;
	return false;
}

enum vk_rule_state vk_rule_state(const struct vk_core *core, const struct vk_plan *plan,
				 const struct vk_rule *rule, int64_t utc_ms)
{
	struct vk_rule_memory memory = vk_memory_get(core, plan->patient, rule->id);

	if (!plan->is_alerting || utc_ms < plan->valid_from_utc_ms)
		return VK_RULE_OFF;
	if (is_raised(core, plan->patient, rule->id))
		return VK_RULE_RAISED;
	if (vk_memory_is_asking(&memory))
		return VK_RULE_WAITING;
	return is_known(core, plan, rule, utc_ms) ? VK_RULE_WATCHING : VK_RULE_INSUFFICIENT;
}

const char *vk_rule_state_text(enum vk_rule_state state)
{
	static const char *const texts[] = {"off", "insufficient-data", "watching", "waiting",
					    "raised"};

	return (unsigned)state < VK_ARRAY_LEN(texts) ? texts[state] : "?";
}

/* ---- faults ---- */

static bool is_about(const struct vk_rule *rule, const char *fault)
{
	return rule->type == VK_RULE_TECHNICAL && vk_fault_is(rule->fault, fault);
}

/*
 * One that heals is still open here, and is the last of its kind or leaves the text to the others.
 * What was never open, or is no longer, takes no other's text.
 */
static void tell_fault(struct vk_step *s, const struct vk_plan *plan, const struct vk_rule *rule,
		       const struct vk_fault *fault)
{
	int n = vk_fault_count(s->core, plan->patient, rule->fault);

	s->line = rule->line;
	if (fault->is_active || (n == 1 && vk_fault_patient(s->core, fault->rule)))
		vk_step_message(s, plan->patient, rule->message, fault->is_active, rule->fault);
	else if (n == 0)
		vk_message_release(s, plan->patient, rule->message, rule->fault);
	s->line = 0;
}

enum vk_priority vk_rules_fault(struct vk_step *s, const struct vk_fault *fault)
{
	enum vk_priority priority = fault->priority;
	bool is_said = false;

	for (int i = 0; i < s->core->n_patients; i++) {
		const struct vk_plan *plan = s->core->patients[i].plan;

		if (fault->patient[0] && strcmp(plan->patient, fault->patient) != 0)
			continue;
		for (int k = 0; k < plan->n_rules; k++) {
			const struct vk_rule *rule = &plan->rules[k];

			if (!plan->is_alerting || !is_about(rule, fault->rule))
				continue;
			if (!is_said || rule->priority > priority)
				priority = rule->priority;
			is_said = true;
			tell_fault(s, plan, rule, fault);
		}
	}
	return priority;
}
