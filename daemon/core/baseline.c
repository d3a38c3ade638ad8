/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A value far from the person's own median of the days before (clinical.md 1.2, 1.4): population
 * limits mislead where the habitual is unusual. With `for` it takes as many local days in a row. A
 * rule that has too few days to have a median says nothing, and is in the state insufficient data.
 */
#include <string.h>

#include "core/quantity.h"
#include "core/trend.h"

enum { CLEAR_READINGS = 2 };

static bool median_of(const struct vk_core *core, const struct vk_rule *rule, const char *patient,
		      int32_t day, int64_t *ret_median)
{
	struct vk_rule_memory trend = vk_trend_of(core, patient, rule->quantity);

	return vk_trend_median(&trend, day - rule->over_days, day - 1, rule->min_days, ret_median);
}

bool vk_baseline_is_known(const struct vk_core *core, const struct vk_rule *rule,
			  const char *patient, int32_t day)
{
	int64_t median;

	return median_of(core, rule, patient, day, &median);
}

/* How far it is in the rule's direction. */
static int64_t away(const struct vk_rule *rule, int64_t scaled, int64_t median)
{
	int64_t up = scaled - median;

	if (rule->is_up && (!rule->is_down || up >= 0))
		return up;
	return -up;
}

static void raise_baseline(struct vk_step *s, const struct vk_rule *rule,
			   const struct vk_measured *m, int64_t scaled, int64_t median)
{
	const struct vk_quantity_info *info = vk_quantity_info(rule->quantity);
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = m->plan->patient;
	f.rule = rule->id;
	f.reason = vk_measured_reason(m, "baseline", "baseline-late", "baseline-unconfirmed");
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->priority;
	f.message = vk_measured_message(m, rule);
	f.is_upper = scaled > median;
	memcpy(&f.values[0], vk_decoded_value(&m->reading->decoded, rule->quantity),
	       sizeof f.values[0]);
	f.values[1].quantity = rule->quantity;
	f.values[1].unit = info->unit;
	f.values[1].number.mantissa = median;
	f.values[1].number.exponent = (int8_t)-info->decimals;
	f.n_values = 2;
	f.readings[f.n_readings++] = m->reading->id;
	vk_alerts_raise(s, &f);
}

/* days[0] is the last day it was away, day_values[0] how many such days in a row. */
static int64_t count_day(struct vk_rule_memory *memory, int32_t day)
{
	if (memory->n_days && memory->days[0] >= day)
		return memory->day_values[0];
	memory->day_values[0] =
		memory->n_days && memory->days[0] == day - 1 ? memory->day_values[0] + 1 : 1;
	memory->days[0] = day;
	memory->n_days = 1;
	return memory->day_values[0];
}

static void clear(struct vk_step *s, struct vk_rule_memory *memory, struct vk_alert *open)
{
	if (!open->is_active || ++memory->n_clear < CLEAR_READINGS)
		return;
	memory->n_clear = 0;
	vk_alerts_clear(s, open, "cleared");
}

void vk_baseline_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	struct vk_alert *open = vk_alerts_find(s->core, m->plan->patient, rule->id);
	int32_t day = vk_zone_day(&m->plan->zone, m->reading->time_utc_ms);
	int64_t scaled, median, by;

	if (!vk_measured_value(m, rule->quantity, &scaled) ||
	    !median_of(s->core, rule, m->plan->patient, day, &median))
		return;
	by = away(rule, scaled, median);
	if (by >= rule->by) {
		memory.n_clear = 0;
		if (count_day(&memory, day) >= rule->for_days || open)
			raise_baseline(s, rule, m, scaled, median);
	} else if (by > rule->by - 1 - (rule->has_clears ? rule->clears_by : 0)) {
		memory.n_clear = 0;
	} else if (open && !m->is_questionable) {
		clear(s, &memory, open);
	}
	vk_memory_keep(s, &memory, "baseline");
}
