/* SPDX-License-Identifier: Apache-2.0 */
/* Acceptance as in ble-profiles.md 6.2, 11; a run is broken by a value that is none, or by silence.
 */
#include "oximetry.h"

#include <string.h>

static bool is_oxygen(const struct vk_decoded *d, int32_t *ret_level)
{
	static const uint8_t refused[] = {
		VK_FLAG_DEMONSTRATION,           VK_FLAG_TEST_DATA,  VK_FLAG_INVALID,
		VK_FLAG_MEASUREMENT_UNAVAILABLE, VK_FLAG_SENSOR_OFF, VK_FLAG_SENSOR_MALFUNCTION,
		VK_FLAG_SENSOR_DISCONNECTED,
	};
	const struct vk_value *spo2 = vk_decoded_value(d, VK_QUANTITY_SPO2);
	const struct vk_value *pulse = vk_decoded_value(d, VK_QUANTITY_PULSE_RATE);
	int64_t scaled;

	if (!spo2 || spo2->absent != VK_ABSENT_NONE || !pulse || pulse->absent != VK_ABSENT_NONE)
		return false;
	for (size_t i = 0; i < sizeof refused; i++)
		if (vk_decoded_has(d, (enum vk_flag)refused[i]))
			return false;
	scaled = vk_decimal_scaled(spo2->number, 2);
	if (scaled <= 0 || scaled > 10000)
		return false;
	*ret_level = (int32_t)scaled;
	return true;
}

/* 0, or a strap that lies on the table, is no heart rate. */
static bool is_heart_rate(const struct vk_decoded *d, int32_t *ret_level)
{
	const struct vk_value *rate = vk_decoded_value(d, VK_QUANTITY_HEART_RATE);

	if (!rate || rate->absent != VK_ABSENT_NONE || rate->number.mantissa <= 0 ||
	    vk_decoded_has(d, VK_FLAG_NO_SENSOR_CONTACT))
		return false;
	*ret_level = (int32_t)rate->number.mantissa;
	return true;
}

static bool is_acceptable(const struct vk_decoded *d, int32_t *ret_level)
{
	return d->kind == VK_KIND_HEART_RATE ? is_heart_rate(d, ret_level)
					     : is_oxygen(d, ret_level);
}

static const struct vk_oximetry_value *at(const struct vk_oximetry *o, int i)
{
	return &o->window[(o->next - o->n + i + VK_OXIMETRY_WINDOW) % VK_OXIMETRY_WINDOW];
}

/* The value in the middle when ordered: as many are lower as are higher. */
static const struct vk_oximetry_value *median(const struct vk_oximetry *o)
{
	const struct vk_oximetry_value *order[VK_OXIMETRY_WINDOW];

	for (int i = 0; i < o->n; i++) {
		int place = i;

		while (place > 0 && order[place - 1]->level > at(o, i)->level) {
			order[place] = order[place - 1];
			place--;
		}
		order[place] = at(o, i);
	}
	return order[(o->n - 1) / 2];
}

static bool summarise(const struct vk_oximetry *o, struct vk_oximetry_value *ret_value)
{
	const struct vk_oximetry_value *best = NULL;

	for (int i = 0; i < o->n; i++)
		if (at(o, i)->is_qualified)
			best = at(o, i);
	if (!best && o->n > 0 && o->last_ms - o->run_started_ms >= VK_OXIMETRY_STABLE_MS)
		best = median(o);
	if (!best)
		return false;
	*ret_value = *best;
	return true;
}

bool vk_oximetry_end(struct vk_oximetry *o, struct vk_oximetry_value *ret_value)
{
	bool is_due = o->has_run && summarise(o, ret_value);

	*o = (struct vk_oximetry){0};
	return is_due;
}

static void add(struct vk_oximetry *o, const struct vk_oximetry_value *value)
{
	if (!o->has_run)
		*o = (struct vk_oximetry){.has_run = true, .run_started_ms = value->mono_ms};
	o->window[o->next] = *value;
	o->next = (o->next + 1) % VK_OXIMETRY_WINDOW;
	o->n += o->n < VK_OXIMETRY_WINDOW;
	o->last_ms = value->mono_ms;
}

bool vk_oximetry_value(struct vk_oximetry *o, const struct vk_decoded *decoded, const uint8_t *raw,
		       size_t len, int64_t mono_ms, int64_t utc_ms,
		       struct vk_oximetry_value *ret_value)
{
	struct vk_oximetry_value value = {.mono_ms = mono_ms, .utc_ms = utc_ms};
	bool is_due = false;

	if (!is_acceptable(decoded, &value.level) || len > sizeof value.raw)
		return vk_oximetry_end(o, ret_value);
	if (o->has_run && (mono_ms - o->last_ms > VK_OXIMETRY_GAP_MS ||
			   mono_ms - o->run_started_ms >= VK_OXIMETRY_LONG_MS))
		is_due = vk_oximetry_end(o, ret_value);
	value.is_qualified = vk_decoded_has(decoded, VK_FLAG_FULLY_QUALIFIED);
	value.len = (uint8_t)len;
	memcpy(value.raw, raw, len);
	add(o, &value);
	return is_due;
}
