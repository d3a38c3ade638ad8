/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An input that stays active longer than the plan allows. The clock starts with the first edge; a
 * return in time ends it without a word, one after the alert clears the condition only.
 */
#include <string.h>

#include "core/rules.h"

static void raise_input(struct vk_step *s, const struct vk_rule *rule, const char *patient,
			const char *reason)
{
	struct vk_finding f = {.patient = patient,
			       .rule = rule->id,
			       .reason = reason,
			       .class_ = VK_ALERT_CLINICAL,
			       .priority = rule->priority,
			       .message = rule->message};

	vk_alerts_raise(s, &f);
}

static void begin(struct vk_step *s, const struct vk_rule *rule, const struct vk_signal *signal)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, signal->patient, rule->id);

	if (rule->longer_than_ms <= 0) {
		raise_input(s, rule, signal->patient, "input");
		return;
	}
	if (vk_memory_is_asking(&memory))
		return;
	memory.ask_mono_ms = s->now.mono_ms;
	memory.ask_until_mono_ms = vk_later(s->now.mono_ms, rule->longer_than_ms);
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
	if (open && open->is_active)
		vk_alerts_clear(s, open, "input-ended");
}

void vk_input_lasted(struct vk_step *s, const struct vk_rule *rule,
		     const struct vk_rule_memory *memory)
{
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);

	vk_memory_keep(s, &empty, "input-lasted");
	raise_input(s, rule, memory->patient, "input-lasted");
}
