/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Days are local days, so that a morning stays one through summer time. The latest value has its
 * minute in `days` and its number in `day_values`, one place for each followed quantity; a place
 * that was never used has minute 0.
 */
#include "core/trend.h"

#include <stdio.h>
#include <string.h>

#include "core/quantity.h"

const enum vk_quantity vk_trend_quantities[VK_N_TRENDS] = {
	VK_QUANTITY_WEIGHT,   VK_QUANTITY_PULSE_RATE,  VK_QUANTITY_HEART_RATE,
	VK_QUANTITY_SYSTOLIC, VK_QUANTITY_DIASTOLIC,   VK_QUANTITY_SPO2,
	VK_QUANTITY_GLUCOSE,  VK_QUANTITY_TEMPERATURE,
};

_Static_assert((int)VK_N_TRENDS <= (int)VK_RULE_DAYS, "one memory holds the latest of all");

static const int64_t minute_ms = 60000;

static void name_of(char name[VK_ID_TEXT], enum vk_quantity quantity)
{
	(void)snprintf(name, VK_ID_TEXT, VK_MEMORY_TREND "%.40s", vk_quantity_text((int)quantity));
}

struct vk_rule_memory vk_trend_of(const struct vk_core *core, const char *patient,
				  enum vk_quantity quantity)
{
	char name[VK_ID_TEXT];

	name_of(name, quantity);
	return vk_memory_get(core, patient, name);
}

void vk_trend_latest(const struct vk_core *core, const char *patient, struct vk_before *ret_before)
{
	struct vk_rule_memory latest = vk_memory_get(core, patient, VK_MEMORY_LATEST);

	for (int i = 0; i < VK_N_QUANTITIES; i++)
		ret_before[i] = (struct vk_before){0, VK_NEVER};
	for (int i = 0; i < VK_N_TRENDS && i < latest.n_days; i++)
		if (latest.days[i])
			ret_before[vk_trend_quantities[i]] = (struct vk_before){
				latest.day_values[i], latest.days[i] * minute_ms};
}

bool vk_trend_median(const struct vk_rule_memory *trend, int32_t from, int32_t until,
		     int32_t min_days, int64_t *ret_median)
{
	int64_t sorted[VK_RULE_DAYS], sum;
	int n = 0;

	for (int i = 0; i < trend->n_days; i++) {
		int64_t value = trend->day_values[i];
		int k = n;

		if (trend->days[i] < from || trend->days[i] > until)
			continue;
		for (; k > 0 && sorted[k - 1] > value; k--)
			sorted[k] = sorted[k - 1];
		sorted[k] = value;
		n++;
	}
	if (n == 0 || n < min_days)
		return false;
	sum = sorted[(n - 1) / 2] + sorted[n / 2];
	*ret_median = (sum + 1) / 2; /* half up; nothing that is followed is below zero */
	return true;
}

void vk_days_add(struct vk_rule_memory *memory, int32_t day, int64_t value)
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

void vk_days_remove(struct vk_rule_memory *memory, int32_t day, int64_t value)
{
	int n = 0;

	for (int i = 0; i < memory->n_days; i++) {
		if (memory->days[i] == day && memory->day_values[i] == value)
			continue;
		memory->days[n] = memory->days[i];
		memory->day_values[n++] = memory->day_values[i];
	}
	for (int i = n; i < memory->n_days; i++)
		memory->days[i] = 0, memory->day_values[i] = 0;
	memory->n_days = n;
}

static void keep_day(struct vk_step *s, const struct vk_measured *m, enum vk_quantity quantity,
		     int64_t scaled)
{
	struct vk_rule_memory trend = vk_trend_of(s->core, m->plan->patient, quantity);

	vk_days_add(&trend, vk_zone_day(&m->plan->zone, m->reading->time_utc_ms), scaled);
	vk_memory_keep(s, &trend, "trend");
}

void vk_trend_reading(struct vk_step *s, const struct vk_measured *m)
{
	struct vk_rule_memory latest = vk_memory_get(s->core, m->plan->patient, VK_MEMORY_LATEST);
	int32_t minute = (int32_t)(m->reading->time_utc_ms / minute_ms);
	int64_t scaled;

	for (int i = 0; i < VK_N_TRENDS; i++) {
		enum vk_quantity quantity = vk_trend_quantities[i];

		if (m->is_questionable || !vk_measured_value(m, quantity, &scaled))
			continue;
		/* Far from the one before, it is the one before of the next: two that agree are
		 * believed. */
		if (!(m->questioned >> quantity & 1))
			keep_day(s, m, quantity, scaled);
		if (minute < latest.days[i])
			continue;
		latest.n_days = VK_N_TRENDS;
		latest.days[i] = minute;
		latest.day_values[i] = scaled;
	}
	vk_memory_keep(s, &latest, "latest");
}

static void take_back(struct vk_step *s, const struct vk_plan *plan, const struct vk_reading *r,
		      int place, int64_t scaled)
{
	struct vk_rule_memory latest = vk_memory_get(s->core, plan->patient, VK_MEMORY_LATEST);
	struct vk_rule_memory trend =
		vk_trend_of(s->core, plan->patient, vk_trend_quantities[place]);

	vk_days_remove(&trend, vk_zone_day(&plan->zone, r->time_utc_ms), scaled);
	vk_memory_keep(s, &trend, "reading-retracted");
	if (latest.days[place] != (int32_t)(r->time_utc_ms / minute_ms) ||
	    latest.day_values[place] != scaled)
		return;
	latest.days[place] = 0;
	latest.day_values[place] = 0;
	vk_memory_keep(s, &latest, "reading-retracted");
}

void vk_trend_retracted(struct vk_step *s, const struct vk_plan *plan, const struct vk_reading *r)
{
	for (int i = 0; i < VK_N_TRENDS; i++) {
		const struct vk_value *value =
			vk_decoded_value(&r->decoded, vk_trend_quantities[i]);
		int64_t scaled;

		if (value && !vk_quantity_canonical(value, &scaled))
			take_back(s, plan, r, i, scaled);
	}
}
