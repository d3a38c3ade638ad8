/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value that drifts: each accepted value of a local day against the least (or most) of the
 * previous days, one stored value a day: the day's first. Integers and local calendar days, so that
 * 80.0 - 78.0 is exactly 2.0 and no summer time moves a morning (clinical.md 1.1).
 */
#include <string.h>

#include "core/messages.h"
#include "core/quantity.h"
#include "core/rules.h"
#include "core/trend.h"

/* How far the value is from the days before, in the rule's direction. False: nothing to compare. */
static bool compare(const struct vk_rule *rule, const struct vk_rule_memory *memory, int32_t day,
		    int64_t value, int64_t *ret_change, int64_t *ret_from)
{
	bool is_found = false;

	for (int i = 0; i < memory->n_days; i++) {
		int64_t from = memory->day_values[i];
		int64_t up = value - from;

		if (memory->days[i] >= day || memory->days[i] < day - rule->over_days)
			continue;
		for (int direction = 0; direction < 2; direction++) {
			int64_t change = direction ? -up : up;

			if (!(direction ? rule->is_down : rule->is_up) ||
			    (is_found && change <= *ret_change))
				continue;
			is_found = true;
			*ret_change = change;
			*ret_from = from;
		}
	}
	return is_found;
}

static struct vk_finding finding(const struct vk_rule *rule, const char *patient, int64_t scaled,
				 int64_t from)
{
	const struct vk_quantity_info *info = vk_quantity_info(rule->quantity);
	const int64_t values[] = {scaled, from};
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = patient;
	f.rule = rule->id;
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->priority;
	f.message = rule->message;
	f.is_upper = scaled > from;
	for (f.n_values = 0; f.n_values < 2; f.n_values++) {
		struct vk_value *v = &f.values[f.n_values];

		v->quantity = rule->quantity;
		v->unit = info->unit;
		v->number.mantissa = values[f.n_values];
		v->number.exponent = (int8_t)-info->decimals;
	}
	return f;
}

static void raise_change(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
			 const struct vk_value *value, int64_t scaled, int64_t from,
			 struct vk_rule_memory *memory)
{
	struct vk_finding f = finding(rule, m->plan->patient, scaled, from);
	bool is_second = vk_memory_is_asking(memory);
	char first[VK_UUID_TEXT];

	VK_SET(first, memory->ask_reading);
	if (is_second)
		vk_step_ask_end(s, memory->patient, VK_ASK_REPEAT, rule->id, "measured");
	vk_memory_end_ask(memory);
	f.message = vk_measured_message(m, rule);
	f.reason = vk_measured_reason(m, is_second ? "change-confirmed" : "change", "change-late",
				      "change-unconfirmed");
	memcpy(&f.values[0], value, sizeof *value);
	if (is_second)
		f.readings[f.n_readings++] = first;
	f.readings[f.n_readings++] = m->reading->id;
	vk_alerts_raise(s, &f);
}

/* "Väg dig igen": the value stands in the memory of the day, the one it is compared with too. */
static void ask(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		struct vk_rule_memory *memory)
{
	memory->ask_mono_ms = m->measured_mono_ms;
	memory->ask_until_mono_ms = vk_later(s->now.mono_ms, rule->confirm_within_ms);
	VK_SET(memory->ask_reading, m->reading->id);
	vk_step_ask(s, memory->patient, VK_ASK_REPEAT, rule->id,
		    s->now.utc_ms + rule->confirm_within_ms, "measure-again");
	vk_step_message(s, memory->patient, vk_measured_message(m, rule), true, "measure-again");
}

static bool wants_second(const struct vk_step *s, const struct vk_rule *rule,
			 const struct vk_measured *m, const struct vk_rule_memory *memory)
{
	return rule->has_confirm && !m->is_late && !vk_memory_is_asking(memory) &&
	       !vk_alerts_find(s->core, m->plan->patient, rule->id);
}

/* The first one still waits: this one came too early to be a second. */
static bool is_too_early(const struct vk_rule *rule, const struct vk_measured *m,
			 const struct vk_rule_memory *memory)
{
	return vk_memory_is_asking(memory) &&
	       (strcmp(memory->ask_reading, m->reading->id) == 0 ||
		m->measured_mono_ms - memory->ask_mono_ms < rule->confirm_after_ms);
}

static void changed(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		    int64_t scaled, int64_t from, struct vk_rule_memory *memory)
{
	const struct vk_value *value = vk_decoded_value(&m->reading->decoded, rule->quantity);

	/* Far down may be somebody else: a person is asked first (clinical.md 8). */
	if (m->reading->whose == VK_WHOSE_JUMP && scaled < from)
		return;
	memory->n_clear = 0;
	if (is_too_early(rule, m, memory))
		return;
	if (wants_second(s, rule, m, memory))
		ask(s, rule, m, memory);
	else
		raise_change(s, rule, m, value, scaled, from, memory);
}

/* The second reading takes the first one back: it was a bag, or a hand on the wall. */
static void not_confirmed(struct vk_step *s, const struct vk_rule *rule,
			  const struct vk_measured *m, int32_t day, int64_t scaled,
			  struct vk_rule_memory *memory)
{
	if (!vk_memory_is_asking(memory) || m->is_questionable || is_too_early(rule, m, memory))
		return;
	vk_step_ask_end(s, memory->patient, VK_ASK_REPEAT, rule->id, "measured");
	vk_memory_end_ask(memory);
	for (int i = 0; i < memory->n_days; i++)
		if (memory->days[i] == day)
			memory->day_values[i] = scaled;
	vk_message_release(s, memory->patient, rule->message, "not-confirmed");
}

/* Days in a row on the clearing side; without `clears` two readings that would not raise. */
static void follow(struct vk_step *s, const struct vk_rule *rule, struct vk_rule_memory *memory,
		   struct vk_alert *open, int32_t day, int64_t change)
{
	int32_t wanted = rule->has_clears ? rule->clears_days : 2;

	if (!open->is_active)
		return;
	if (change > (rule->has_clears ? rule->clears_by : rule->by)) {
		memory->n_clear = 0;
		return;
	}
	if (!rule->has_clears || memory->n_clear == 0 || day > memory->clear_day + 1)
		memory->n_clear = rule->has_clears ? 1 : memory->n_clear + 1;
	else if (day == memory->clear_day + 1)
		memory->n_clear++;
	memory->clear_day = day;
	if (memory->n_clear < wanted)
		return;
	memory->n_clear = memory->clear_day = 0;
	vk_alerts_clear(s, open, "cleared");
}

bool vk_change_is_known(const struct vk_core *core, const struct vk_rule *rule, const char *patient,
			int32_t day)
{
	struct vk_rule_memory memory = vk_memory_get(core, patient, rule->id);
	int64_t change, from;

	return compare(rule, &memory, day, 0, &change, &from);
}

void vk_change_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	int32_t day = vk_zone_day(&m->plan->zone, m->reading->time_utc_ms);
	int64_t scaled, change = 0, from = 0;
	struct vk_alert *open;
	bool is_known;

	if (!vk_measured_value(m, rule->quantity, &scaled))
		return;
	is_known = compare(rule, &memory, day, scaled, &change, &from);
	if (!m->is_questionable)
		vk_days_add(&memory, day, scaled);
	if (is_known && !m->is_history) {
		if (change > rule->by)
			changed(s, rule, m, scaled, from, &memory);
		else
			not_confirmed(s, rule, m, day, scaled, &memory);
		open = vk_alerts_find(s->core, m->plan->patient, rule->id);
		if (open && !m->is_questionable)
			follow(s, rule, &memory, open, day, change);
	}
	vk_memory_keep(s, &memory, is_known ? "day-value" : "insufficient-data");
}

void vk_change_unconfirmed(struct vk_step *s, const struct vk_rule *rule,
			   const struct vk_rule_memory *memory)
{
	struct vk_rule_memory kept = *memory;
	const struct vk_plan *plan = vk_step_plan(s, memory->patient);
	struct vk_before latest[VK_N_QUANTITIES];
	const struct vk_before *value = &latest[rule->quantity];
	int64_t change, from;
	struct vk_finding f;

	vk_memory_end_ask(&kept);
	vk_memory_keep(s, &kept, "no-second-reading");
	vk_trend_latest(s->core, memory->patient, latest);
	if (!plan || value->utc_ms == VK_NEVER ||
	    !compare(rule, &kept, vk_zone_day(&plan->zone, value->utc_ms), value->scaled, &change,
		     &from))
		return;
	f = finding(rule, memory->patient, value->scaled, from);
	f.reason = "change-unconfirmed";
	f.priority = rule->has_unconfirmed ? rule->unconfirmed : rule->priority;
	f.message = "";
	f.readings[f.n_readings++] = memory->ask_reading;
	vk_alerts_raise(s, &f);
}

void vk_change_retracted(struct vk_step *s, const struct vk_rule *rule, const struct vk_plan *plan,
			 const struct vk_reading *r)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, plan->patient, rule->id);
	int32_t day = vk_zone_day(&plan->zone, r->time_utc_ms);
	const struct vk_value *value = vk_decoded_value(&r->decoded, rule->quantity);
	int64_t scaled;

	if (!value || vk_quantity_canonical(value, &scaled))
		return;
	vk_days_remove(&memory, day, scaled);
	if (vk_memory_is_asking(&memory) && strcmp(memory.ask_reading, r->id) == 0) {
		vk_memory_end_ask(&memory);
		vk_step_ask_end(s, plan->patient, VK_ASK_REPEAT, rule->id, "reading-retracted");
		vk_message_release(s, plan->patient, rule->message, "reading-retracted");
	}
	vk_memory_keep(s, &memory, "reading-retracted");
}
