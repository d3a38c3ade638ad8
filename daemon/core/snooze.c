/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snooze is a memory named after its direction and rule, whose question runs out at its end.
 */
#include "core/snooze.h"

#include <stdio.h>
#include <string.h>

#include "core/alerts.h"
#include "core/ladder.h"
#include "core/memory.h"
#include "core/quantity.h"
#include "core/reach.h"

static const char up[] = VK_MEMORY_SNOOZE "up:";
static const char down[] = VK_MEMORY_SNOOZE "down:";

static void name_of(char out[VK_MEMORY_TEXT], const char *rule, bool is_upper)
{
	(void)snprintf(out, VK_MEMORY_TEXT, "%s%s", is_upper ? up : down, rule);
}

const struct vk_rule_memory *vk_snooze_find(const struct vk_core *core, const char *patient,
					    const char *rule, bool is_upper)
{
	char name[VK_MEMORY_TEXT];

	name_of(name, rule, is_upper);
	return vk_memory_find(core, patient, name);
}

bool vk_snooze_covers(const struct vk_rule_memory *snooze, const struct vk_finding *f,
		      int64_t worse_by)
{
	struct vk_alert then = {.n_told = 0};

	for (int i = 1; i < snooze->n_days && then.n_told < VK_MAX_TOLD; i++)
		then.told[then.n_told++] =
			vk_quantity_value((enum vk_quantity)snooze->days[i], snooze->day_values[i]);
	return (int32_t)f->priority <= snooze->days[0] && !vk_finding_is_worse(f, &then, worse_by);
}

/* How urgent it was, and behind it how bad, as far as anybody was told. */
static void note_told(struct vk_rule_memory *memory, const struct vk_alert *alert)
{
	memory->n_days = 1;
	memory->days[0] = (int32_t)alert->priority;
	for (int i = 0; i < alert->n_told; i++) {
		int64_t scaled;

		if (vk_quantity_canonical(&alert->told[i], &scaled))
			continue;
		memory->days[memory->n_days] = (int32_t)alert->told[i].quantity;
		memory->day_values[memory->n_days++] = scaled;
	}
}

static const struct vk_rule *rule_of(const struct vk_plan *plan, const char *id)
{
	return plan ? vk_plan_rule(plan, id) : NULL;
}

/* What no rule of the plan raised may not be silenced: unclaimed checks, visits, machines. */
static const char *refusal(const struct vk_step *s, const struct vk_alert *alert,
			   int64_t until_utc_ms)
{
	const struct vk_rule *rule = rule_of(vk_step_plan(s, alert->patient), alert->rule);

	if (!rule || rule->snooze == VK_SNOOZE_FORBIDDEN)
		return "not-supported-by-plan";
	if (until_utc_ms <= s->now.utc_ms)
		return "no-until";
	if (until_utc_ms - s->now.utc_ms > vk_ladder_terms(s, alert->patient)->snooze_most_ms)
		return "too-long";
	if (vk_memory_count(s->core, VK_MEMORY_SNOOZE) >= VK_MAX_SNOOZES &&
	    !vk_snooze_find(s->core, alert->patient, alert->rule, alert->is_upper))
		return "too-many";
	return NULL;
}

const char *vk_snooze_begin(struct vk_step *s, struct vk_alert *alert, const char *by,
			    int64_t until_utc_ms)
{
	const char *code = refusal(s, alert, until_utc_ms);
	struct vk_rule_memory memory;
	char name[VK_MEMORY_TEXT];

	if (code)
		return code;
	name_of(name, alert->rule, alert->is_upper);
	memory = vk_memory_empty(alert->patient, name);
	memory.ask_mono_ms = s->now.mono_ms;
	memory.ask_until_mono_ms = vk_later(s->now.mono_ms, until_utc_ms - s->now.utc_ms);
	VK_SET(memory.ask_reading, by);
	note_told(&memory, alert);
	vk_memory_keep(s, &memory, "snoozed");
	vk_reach_taken(s, alert, by);
	alert->escalate_mono_ms = VK_NEVER;
	vk_alerts_changed(s, alert, "snoozed");
	return "ok";
}

const char *vk_snooze_rule(const struct vk_rule_memory *memory, bool *ret_is_upper)
{
	if (!vk_memory_is(memory, VK_MEMORY_SNOOZE))
		return NULL;
	*ret_is_upper = vk_memory_is(memory, up);
	return memory->rule + (*ret_is_upper ? sizeof up : sizeof down) - 1;
}

void vk_snooze_end(struct vk_step *s, const struct vk_rule_memory *memory, const char *reason)
{
	bool is_upper = false;
	const char *rule = vk_snooze_rule(memory, &is_upper);
	struct vk_alert *alert = vk_alerts_find(s->core, memory->patient, rule);
	struct vk_rule_memory empty = vk_memory_empty(memory->patient, memory->rule);

	vk_memory_keep(s, &empty, reason);
	if (!alert || alert->state != VK_ALERT_ACCEPTED || alert->is_upper != is_upper)
		return;
	if (alert->is_active)
		vk_reach_arm(s, alert);
	else
		vk_reach_taken(s, alert, alert->by);
	vk_alerts_changed(s, alert, reason);
	if (alert->is_active)
		vk_reach_tell(s, alert, reason);
}

static bool is_allowed(const struct vk_plan *plan, const char *name)
{
	const struct vk_rule *rule = rule_of(plan, strchr(name, ':') + 1);

	return rule && rule->snooze != VK_SNOOZE_FORBIDDEN;
}

void vk_snooze_plan(struct vk_step *s, const struct vk_plan *plan)
{
	for (int i = s->core->n_memories - 1; i >= 0; i--) {
		const struct vk_rule_memory *memory = &s->core->memories[i];

		if (vk_memory_is(memory, VK_MEMORY_SNOOZE) &&
		    strcmp(memory->patient, plan->patient) == 0 && !is_allowed(plan, memory->rule))
			vk_snooze_end(s, memory, "new-plan");
	}
}

void vk_snooze_unsure_start(struct vk_step *s)
{
	for (int i = s->core->n_memories - 1; i >= 0; i--) {
		struct vk_rule_memory *memory = &s->core->memories[i];

		if (vk_memory_is(memory, VK_MEMORY_SNOOZE))
			memory->ask_until_mono_ms = s->now.mono_ms;
	}
}
