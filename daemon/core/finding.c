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

static void set_value(struct vk_value *to, const struct vk_value *value)
{
	to->quantity = value->quantity;
	to->unit = value->unit;
	to->absent = value->absent;
	to->number.mantissa = value->number.mantissa;
	to->number.exponent = value->number.exponent;
}

static void add_value(struct vk_alert *alert, const struct vk_value *value)
{
	set_value(&alert->values[alert->n_values++], value);
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

/* A value of the finding that is beyond a limit, and a number. */
static bool is_beyond(const struct vk_finding *f, int i, bool *ret_is_upper, int64_t *ret_scaled)
{
	*ret_is_upper = i == f->worst ? f->is_upper : f->upper >> i & 1;
	return (i == f->worst || (f->beyond >> i & 1)) &&
	       vk_quantity_canonical(&f->values[i], ret_scaled) == 0;
}

/* Where the alert holds what was told of a quantity; -1: nothing was. */
static int told_at(const struct vk_alert *alert, enum vk_quantity quantity)
{
	for (int i = 0; i < alert->n_told; i++)
		if (alert->told[i].quantity == quantity)
			return i;
	return -1;
}

/* By so much worse than what was told of the same quantity; one that was not told of always. */
static bool is_news(const struct vk_alert *alert, enum vk_quantity quantity, bool is_upper,
		    int64_t scaled, int64_t worse_by)
{
	int at = told_at(alert, quantity);
	int64_t told;

	if (at < 0)
		return alert->n_told < VK_MAX_TOLD;
	return vk_quantity_canonical(&alert->told[at], &told) == 0 &&
	       (is_upper ? scaled - told : told - scaled) >= worse_by;
}

bool vk_finding_is_worse(const struct vk_finding *f, const struct vk_alert *alert, int64_t worse_by)
{
	int64_t scaled;
	bool is_upper;

	if (worse_by <= 0 || !alert->n_told)
		return false;
	for (int i = 0; i < f->n_values; i++)
		if (is_beyond(f, i, &is_upper, &scaled) &&
		    is_news(alert, f->values[i].quantity, is_upper, scaled, worse_by))
			return true;
	return false;
}

void vk_finding_told(struct vk_alert *alert, const struct vk_finding *f)
{
	int64_t scaled;
	bool is_upper;

	for (int i = 0; i < f->n_values; i++) {
		const struct vk_value *value = &f->values[i];
		int at = told_at(alert, value->quantity);

		if (!is_beyond(f, i, &is_upper, &scaled))
			continue;
		if (at < 0 && alert->n_told < VK_MAX_TOLD)
			set_value(&alert->told[alert->n_told++], value);
		else if (at >= 0 && is_worse(value, &alert->told[at], is_upper))
			set_value(&alert->told[at], value);
	}
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
