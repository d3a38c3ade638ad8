/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value that drifts: each accepted value of a local day against the least (or most) of the
 * previous days, one stored value a day: the day's first. Integers and local calendar days, so that
 * 80.0 - 78.0 is exactly 2.0 and no summer time moves a morning (clinical.md 1.1).
 */
#include <string.h>

#include "core/quantity.h"
#include "core/rules.h"

/* Puts the first value of a day in its place; oldest leaves. */
static void remember(struct vk_rule_memory *memory, int32_t day, int64_t value)
{
	int i = memory->n_days;

	while (i > 0 && memory->days[i - 1] > day)
		i--;
	if (i > 0 && memory->days[i - 1] == day)
		return;
	if (memory->n_days == VK_RULE_DAYS) {
		if (i == 0)
			return;
		memmove(memory->days, memory->days + 1, sizeof memory->days - sizeof(int32_t));
		memmove(memory->day_values, memory->day_values + 1,
			sizeof memory->day_values - sizeof(int64_t));
		memory->n_days--;
		i--;
	}
	for (int k = memory->n_days; k > i; k--) {
		memory->days[k] = memory->days[k - 1];
		memory->day_values[k] = memory->day_values[k - 1];
	}
	memory->days[i] = day;
	memory->day_values[i] = value;
	memory->n_days++;
}

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

static void raise_change(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
			 const struct vk_value *value, int64_t scaled, int64_t from)
{
	const struct vk_quantity_info *info = vk_quantity_info(rule->quantity);
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = m->plan->patient;
	f.rule = rule->id;
	f.reason = vk_measured_reason(m, "change", "change-late", "change-unconfirmed");
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->priority;
	f.message = rule->message;
	f.is_upper = scaled > from;
	memcpy(&f.values[0], value, sizeof *value);
	f.values[1].quantity = rule->quantity;
	f.values[1].unit = info->unit;
	f.values[1].number.mantissa = from;
	f.values[1].number.exponent = (int8_t)-info->decimals;
	f.n_values = 2;
	f.readings[f.n_readings++] = m->reading->id;
	vk_alerts_raise(s, &f);
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

void vk_change_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	int32_t day = vk_zone_day(&m->plan->zone, m->reading->time_utc_ms);
	int64_t scaled, change = 0, from = 0;
	const struct vk_value *value = vk_measured_value(m, rule->quantity, &scaled);
	struct vk_alert *open;
	bool is_known;

	if (!value)
		return;
	is_known = compare(rule, &memory, day, scaled, &change, &from);
	if (!m->is_questionable)
		remember(&memory, day, scaled);
	if (is_known && !m->is_history) {
		if (change > rule->by) {
			memory.n_clear = 0;
			raise_change(s, rule, m, value, scaled, from);
		}
		open = vk_alerts_find(s->core, m->plan->patient, rule->id);
		if (open && !m->is_questionable)
			follow(s, rule, &memory, open, day, change);
	}
	vk_memory_keep(s, &memory, is_known ? "day-value" : "insufficient-data");
}

void vk_change_retracted(struct vk_step *s, const struct vk_rule *rule, const struct vk_plan *plan,
			 const struct vk_reading *r)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, plan->patient, rule->id);
	int32_t day = vk_zone_day(&plan->zone, r->time_utc_ms);
	const struct vk_value *value = vk_decoded_value(&r->decoded, rule->quantity);
	int64_t scaled;
	int n = 0;

	if (!value || vk_quantity_canonical(value, &scaled))
		return;
	for (int i = 0; i < memory.n_days; i++) {
		if (memory.days[i] == day && memory.day_values[i] == scaled)
			continue;
		memory.days[n] = memory.days[i];
		memory.day_values[n++] = memory.day_values[i];
	}
	for (int i = n; i < memory.n_days; i++)
		memory.days[i] = 0, memory.day_values[i] = 0;
	memory.n_days = n;
	vk_memory_keep(s, &memory, "reading-retracted");
}
