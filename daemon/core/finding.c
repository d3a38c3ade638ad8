/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Findings merged into episodes. Everything is copied member by member into zeroes: what lies
 * between members would differ between equal runs.
 */
#include "core/finding.h"

#include <string.h>

#include "core/quantity.h"
#include "core/step.h"

static bool is_worse(const struct vk_value *a, const struct vk_value *b, bool is_upper)
{
	int64_t x, y;

	if (vk_quantity_canonical(a, &x) || vk_quantity_canonical(b, &y))
		return false;
	return is_upper ? x > y : x < y;
}

static void add_value(struct vk_alert *alert, const struct vk_value *value)
{
	struct vk_value *to = &alert->values[alert->n_values++];

	to->quantity = value->quantity;
	to->unit = value->unit;
	to->absent = value->absent;
	to->number.mantissa = value->number.mantissa;
	to->number.exponent = value->number.exponent;
}

/* The latest values, and behind them the worst of the episode where it is not the latest. */
static void merge_values(struct vk_alert *alert, const struct vk_finding *f)
{
	struct vk_value worst;
	bool has_worst = false;

	if (!f->n_values)
		return;
	worst = f->values[f->worst];
	for (int i = 0; i < alert->n_values; i++) {
		const struct vk_value *old = &alert->values[i];

		if (old->quantity != worst.quantity || !is_worse(old, &worst, f->is_upper))
			continue;
		worst = *old;
		has_worst = true;
	}
	memset(alert->values, 0, sizeof alert->values);
	alert->n_values = 0;
	for (int i = 0; i < f->n_values; i++)
		add_value(alert, &f->values[i]);
	if (has_worst && alert->n_values < VK_MAX_ALERT_VALUES)
		add_value(alert, &worst);
}

bool vk_alert_rests_on(const struct vk_alert *alert, const char *reading)
{
	for (int i = 0; i < alert->n_readings; i++)
		if (strcmp(alert->readings[i], reading) == 0)
			return true;
	return false;
}

void vk_alert_drop_reading(struct vk_alert *alert, const char *reading)
{
	int n = 0;

	for (int i = 0; i < alert->n_readings; i++) {
		if (strcmp(alert->readings[i], reading) == 0)
			continue;
		VK_SET(alert->readings[n], alert->readings[i]);
		n++;
	}
	for (int i = n; i < alert->n_readings; i++)
		memset(alert->readings[i], 0, sizeof alert->readings[i]);
	alert->n_readings = n;
}

/* True when it had not been counted yet. */
static bool add_reading(struct vk_alert *alert, const char *id)
{
	if (!id[0] || vk_alert_rests_on(alert, id))
		return false;
	if (alert->n_readings == VK_MAX_ALERT_READINGS) {
		memmove(alert->readings[0], alert->readings[1],
			sizeof alert->readings - sizeof alert->readings[0]);
		alert->n_readings--;
	}
	VK_SET(alert->readings[alert->n_readings], id);
	alert->n_readings++;
	return true;
}

void vk_finding_take(struct vk_alert *alert, const struct vk_finding *f)
{
	bool is_counted = f->n_readings == 0;

	merge_values(alert, f);
	for (int i = 0; i < f->n_readings; i++)
		is_counted = add_reading(alert, f->readings[i]) || is_counted;
	alert->count += is_counted;
	alert->is_upper = f->is_upper;
	VK_SET(alert->reason, f->reason);
	VK_SET(alert->detail, f->detail ? f->detail : "");
}

static bool worst_of(const struct vk_finding *f, int64_t *ret_scaled)
{
	return f->n_values && vk_quantity_canonical(&f->values[f->worst], ret_scaled) == 0;
}

bool vk_finding_is_worse(const struct vk_finding *f, const struct vk_alert *alert, int64_t worse_by)
{
	int64_t scaled;

	if (worse_by <= 0 || !alert->has_told || !worst_of(f, &scaled))
		return false;
	return (f->is_upper ? scaled - alert->told : alert->told - scaled) >= worse_by;
}

void vk_finding_told(struct vk_alert *alert, const struct vk_finding *f)
{
	int64_t scaled;

	if (!worst_of(f, &scaled))
		return;
	if (alert->has_told && (f->is_upper ? scaled < alert->told : scaled > alert->told))
		return;
	alert->has_told = true;
	alert->told = scaled;
}

static bool has_value(const struct vk_ended *ended, const struct vk_value *value)
{
	int64_t scaled, other;

	if (vk_quantity_canonical(value, &scaled))
		return true; /* no number: nothing that could have changed */
	for (int i = 0; i < ended->n_values; i++)
		if (ended->values[i].quantity == value->quantity &&
		    vk_quantity_canonical(&ended->values[i], &other) == 0 && other == scaled)
			return true;
	return false;
}

static bool rested_on(const struct vk_ended *ended, const char *reading)
{
	for (int i = 0; i < ended->n_readings; i++)
		if (strcmp(ended->readings[i], reading) == 0)
			return true;
	return false;
}

bool vk_finding_has_ended(const struct vk_core *core, const struct vk_finding *f)
{
	for (int i = 0; f->n_readings && i < core->n_ended; i++) {
		const struct vk_ended *ended = &core->ended[i];

		if (strcmp(ended->patient, f->patient) == 0 && strcmp(ended->rule, f->rule) == 0 &&
		    rested_on(ended, f->readings[f->n_readings - 1]) &&
		    (!f->n_values || has_value(ended, &f->values[f->worst])))
			return true;
	}
	return false;
}
