/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An input that stays active longer than the plan allows. The clock starts with the first edge; a
 * return in time ends it without a word, one after the alert clears the condition only.
 */
#include <string.h>

#include "core/rules.h"
#include "core/schedule.h"

static void raise_input(struct vk_step *s, const struct vk_rule *rule, const char *patient,
			const char *reason)
{
	struct vk_finding f = {.patient = patient,
			       .rule = rule->id,
			       .reason = reason,
			       .class_ = rule->class_ == VK_RULE_MACHINE ? VK_ALERT_TECHNICAL
									 : VK_ALERT_CLINICAL,
			       .priority = rule->priority,
			       .message = rule->message};

	vk_alerts_raise(s, &f);
}

/*
 * When it has lasted long enough, counted from now or from the first moment of the hours that the
 * rule is about; time outside them does not count.
 */
static int64_t due_utc_ms(const struct vk_plan *plan, const struct vk_rule *rule, int64_t since)
{
	int32_t today = vk_zone_day(&plan->zone, since);

	if (!rule->has_during)
		return since + rule->longer_than_ms;
	for (int32_t day = today - 1; day < today + 2; day++) {
		bool is_over_midnight = rule->during_until_s <= rule->during_from_s;
		int64_t from = vk_schedule_utc_ms(&plan->zone, day, rule->during_from_s);
		int64_t until = vk_schedule_utc_ms(&plan->zone, day + (is_over_midnight ? 1 : 0),
						   rule->during_until_s);
		int64_t due = (since > from ? since : from) + rule->longer_than_ms;

		if (due < until)
			return due;
	}
	return VK_NEVER;
}

static void begin(struct vk_step *s, const struct vk_rule *rule, const struct vk_signal *signal)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, signal->patient, rule->id);
	const struct vk_plan *plan = vk_step_plan(s, signal->patient);
	int64_t due = due_utc_ms(plan, rule, s->now.utc_ms);

	if (due <= s->now.utc_ms) {
		raise_input(s, rule, signal->patient, "input");
		return;
	}
	if (vk_memory_is_asking(&memory))
		return;
	memory.ask_mono_ms = s->now.mono_ms;
	memory.ask_until_mono_ms =
		due == VK_NEVER ? VK_NEVER : vk_later(s->now.mono_ms, due - s->now.utc_ms);
	vk_memory_keep(s, &memory, "input-active");
}

void vk_input_signal(struct vk_step *s, const struct vk_rule *rule, const struct vk_signal *signal)
{
	struct vk_rule_memory empty = vk_memory_empty(signal->patient, rule->id);
	struct vk_alert *open = vk_alerts_find(s->core, signal->patient, rule->id);

	if (signal->is_active) {
		begin(s, rule, signal);
		return;
	}
	vk_memory_keep(s, &empty, "input-ended");
	if (open && open->class_ == VK_ALERT_TECHNICAL)
		vk_alerts_heal(s, signal->patient, rule->id);
	else if (open && open->is_active)
		vk_alerts_clear(s, open, "input-ended");
}

void vk_input_lasted(struct vk_step *s, const struct vk_rule *rule,
		     const struct vk_rule_memory *memory)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);

	vk_memory_keep(s, &empty, "input-lasted");
	raise_input(s, rule, memory->patient, "input-lasted");
}
