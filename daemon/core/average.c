/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The average of a week at home (clinical.md 1.2): the first days do not count, the rest must be
 * enough, and a single reading decides nothing. Each local day is kept as a count and the sums of
 * the rule's quantities, packed in one number, so that a day costs the same with two readings or
 * twenty. Rounded half up, as a person would write it down.
 */
#include <string.h>

#include "core/quantity.h"
#include "core/trend.h"

enum {
	COUNT_MOST = 255,
	SUM_BITS = 24,
	SUM_MOST = (1 << SUM_BITS) - 1,
};

struct sums {
	int32_t n;
	int64_t of[2];
};

static struct sums unpack(int64_t packed)
{
	return (struct sums){
		.n = (int32_t)(packed & COUNT_MOST),
		.of = {packed >> 8 & SUM_MOST, packed >> (8 + SUM_BITS) & SUM_MOST},
	};
}

static int64_t pack(const struct sums *sums)
{
	return sums->n | sums->of[0] << 8 | sums->of[1] << (8 + SUM_BITS);
}

/* All quantities of the rule, or none: half a blood pressure is no reading of the series. */
static bool values_of(const struct vk_rule *rule, const struct vk_measured *m, int64_t ret[2])
{
	for (int i = 0; i < rule->n_conditions; i++)
		if (!vk_measured_value(m, rule->conditions[i].quantity, &ret[i]))
			return false;
	return true;
}

static void add(struct vk_rule_memory *memory, int32_t day, const int64_t values[2], int n)
{
	for (int i = 0; i < memory->n_days; i++) {
		struct sums sums = unpack(memory->day_values[i]);

		if (memory->days[i] != day || sums.n == COUNT_MOST)
			continue;
		sums.n++;
		for (int k = 0; k < n; k++)
			sums.of[k] += values[k];
		if (sums.of[0] <= SUM_MOST && sums.of[1] <= SUM_MOST)
			memory->day_values[i] = pack(&sums);
		return;
	}
	struct sums first = {.n = 1, .of = {values[0], n > 1 ? values[1] : 0}};

	vk_days_add(memory, day, pack(&first));
}

/* Days of the window that count. False: not enough of them. */
static bool sum_up(const struct vk_rule *rule, const struct vk_rule_memory *memory, int32_t day,
		   struct sums *ret)
{
	int n_days = 0, skip = rule->discard_days;

	*ret = (struct sums){0};
	for (int i = 0; i < memory->n_days; i++) {
		struct sums sums = unpack(memory->day_values[i]);

		if (memory->days[i] <= day - rule->over_days || memory->days[i] > day)
			continue;
		n_days++;
		if (skip-- > 0)
			continue;
		ret->n += sums.n;
		ret->of[0] += sums.of[0];
		ret->of[1] += sums.of[1];
	}
	return n_days >= rule->min_days && ret->n > 0 && ret->n >= rule->min_readings;
}

bool vk_average_is_known(const struct vk_core *core, const struct vk_rule *rule,
			 const char *patient, int32_t day)
{
	struct vk_rule_memory memory = vk_memory_get(core, patient, rule->id);
	struct sums sums;

	return sum_up(rule, &memory, day, &sums);
}

static void raise_average(struct vk_step *s, const struct vk_rule *rule,
			  const struct vk_measured *m, const int64_t average[2], int worst)
{
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = m->plan->patient;
	f.rule = rule->id;
	f.reason = "average";
	f.class_ = VK_ALERT_CLINICAL;
	f.priority = rule->priority;
	f.message = rule->message;
	f.worst = worst;
	f.is_upper = vk_condition_is_upper(&rule->conditions[worst]);
	for (int i = 0; i < rule->n_conditions; i++) {
		const struct vk_condition *c = &rule->conditions[i];

		f.values[i] = vk_quantity_value(c->quantity, average[i]);
		f.beyond |= (uint32_t)vk_condition_is_met(c, average[i], 0) << i;
		f.upper |= (uint32_t)vk_condition_is_upper(c) << i;
	}
	f.n_values = rule->n_conditions;
	f.readings[f.n_readings++] = m->reading->id;
	vk_alerts_raise(s, &f);
}

static void judge(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m,
		  const struct sums *sums)
{
	struct vk_alert *open = vk_alerts_find(s->core, m->plan->patient, rule->id);
	int64_t average[2] = {0};
	bool is_inside = true;

	for (int i = 0; i < rule->n_conditions; i++)
		average[i] = (sums->of[i] + sums->n / 2) / sums->n;
	for (int i = 0; i < rule->n_conditions; i++) {
		if (vk_condition_is_met(&rule->conditions[i], average[i], 0)) {
			raise_average(s, rule, m, average, i);
			return;
		}
		if (vk_condition_is_met(&rule->conditions[i], average[i],
					rule->has_clears ? rule->clears_by : 0))
			is_inside = false;
	}
	if (open && is_inside)
		vk_alerts_clear(s, open, "cleared");
}

void vk_average_reading(struct vk_step *s, const struct vk_rule *rule, const struct vk_measured *m)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, m->plan->patient, rule->id);
	int32_t day = vk_zone_day(&m->plan->zone, m->reading->time_utc_ms);
	int64_t values[2] = {0};
	struct sums sums;
	bool is_known;

	if (m->is_questionable || (m->reading->rev > 0 && !m->reading->is_new_here) ||
	    !values_of(rule, m, values))
		return;
	add(&memory, day, values, rule->n_conditions);
	is_known = sum_up(rule, &memory, day, &sums);
	if (is_known && !m->is_history)
		judge(s, rule, m, &sums);
	vk_memory_keep(s, &memory, is_known ? "average" : "insufficient-data");
}

/* Takes a reading out of its day again. */
void vk_average_retracted(struct vk_step *s, const struct vk_rule *rule, const struct vk_plan *plan,
			  const struct vk_reading *r)
{
	struct vk_rule_memory memory = vk_memory_get(s->core, plan->patient, rule->id);
	int32_t day = vk_zone_day(&plan->zone, r->time_utc_ms);
	const struct vk_measured m = {.reading = r, .plan = plan};
	int64_t values[2] = {0};

	if (!values_of(rule, &m, values))
		return;
	for (int i = 0; i < memory.n_days; i++) {
		struct sums sums = unpack(memory.day_values[i]);

		if (memory.days[i] != day || sums.of[0] < values[0] || sums.of[1] < values[1])
			continue;
		sums.n--;
		sums.of[0] -= values[0];
		sums.of[1] -= values[1];
		if (sums.n)
			memory.day_values[i] = pack(&sums);
		else
			vk_days_remove(&memory, day, memory.day_values[i]);
		break;
	}
	vk_memory_keep(s, &memory, "reading-retracted");
}
