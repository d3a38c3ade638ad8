/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See value.h. Each encoder appends fields in table order, so that the code reads like the
 * profile's table; the range of a field is checked where it is appended and the first error wins.
 */
#include "value.h"

#include <errno.h>
#include <string.h>

#include "le.h"

#define WEIGHT_UNSUCCESSFUL 0xffff
#define USER_UNKNOWN        255

struct writer {
	struct vk_value *value;
	int error;
};

static const char *const quantity_names[VK_Q_COUNT] = {
	[VK_Q_WEIGHT] = "weight",
	[VK_Q_SYSTOLIC] = "systolic",
	[VK_Q_DIASTOLIC] = "diastolic",
	[VK_Q_MEAN_ARTERIAL] = "mean-arterial",
	[VK_Q_PULSE_RATE] = "pulse-rate",
	[VK_Q_SPO2] = "spo2",
	[VK_Q_AMPLITUDE] = "pulse-amplitude-index",
	[VK_Q_GLUCOSE] = "glucose",
	[VK_Q_MEAL] = "meal",
	[VK_Q_STATUS] = "status",
	[VK_Q_USER] = "user",
};

int vk_quantity_parse(const char *name, enum vk_quantity *out)
{
	for (int i = 0; i < VK_Q_COUNT; i++) {
		if (strcmp(name, quantity_names[i]) == 0) {
			*out = (enum vk_quantity)i;
			return 0;
		}
	}
	return -EINVAL;
}

int vk_unit_parse(const char *text, enum vk_unit *out)
{
	static const struct {
		const char *text;
		enum vk_unit unit;
	} units[] = {
		{"kg", VK_UNIT_DEFAULT},     {"mm[Hg]", VK_UNIT_DEFAULT}, {"%", VK_UNIT_DEFAULT},
		{"mmol/L", VK_UNIT_DEFAULT}, {"[lb_av]", VK_UNIT_LB},     {"kPa", VK_UNIT_KPA},
		{"mg/dL", VK_UNIT_MG_DL},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].text) == 0) {
			*out = units[i].unit;
			return 0;
		}
	}
	return -EINVAL;
}

static void put(struct writer *w, const uint8_t *p, size_t n)
{
	if (w->value->len + n > VK_VALUE_MAX) {
		w->error = -ERANGE;
		return;
	}
	memcpy(w->value->byte + w->value->len, p, n);
	w->value->len = (uint8_t)(w->value->len + n);
}

static void put8(struct writer *w, int32_t v)
{
	uint8_t b = (uint8_t)v;

	if (v < 0 || v > UINT8_MAX)
		w->error = -ERANGE;
	put(w, &b, 1);
}

static void put_u16(struct writer *w, int32_t v)
{
	uint8_t b[2];

	if (v < 0 || v > UINT16_MAX)
		w->error = -ERANGE;
	vk_put16(b, (uint16_t)v);
	put(w, b, sizeof(b));
}

static void put_time(struct writer *w, int64_t wall_s)
{
	uint8_t b[VK_DATE_TIME_LEN];

	vk_date_time_encode(wall_s, b);
	put(w, b, sizeof(b));
}

static void put_sfloat(struct writer *w, const struct vk_measurement *m, enum vk_quantity q,
		       int shift)
{
	uint16_t raw = VK_SFLOAT_NAN;

	if (!m->not_a_number && m->has[q] && vk_sfloat_encode(m->value[q], shift, &raw) < 0)
		w->error = -ERANGE;
	put_u16(w, raw);
}

static int32_t whole(struct writer *w, const struct vk_measurement *m, enum vk_quantity q,
		     int32_t absent)
{
	int32_t v = absent;

	if (m->has[q] && vk_decimal_units(m->value[q], 1, &v) < 0)
		w->error = -ERANGE;
	return v;
}

static bool lacks(const struct vk_measurement *m, enum vk_quantity q)
{
	return !m->has[q] && !m->not_a_number;
}

int vk_weight_encode(const struct vk_measurement *m, bool with_clock, struct vk_value *out)
{
	struct writer w = {.value = out};
	bool imperial = m->unit == VK_UNIT_LB;
	int32_t units = WEIGHT_UNSUCCESSFUL;

	if (m->unit != VK_UNIT_DEFAULT && !imperial)
		return -EINVAL;
	if (lacks(m, VK_Q_WEIGHT))
		return -ENODATA;
	out->len = 0;
	/* 0.005 kg or 0.01 lb a step; the topmost number means "unsuccessful" and is nobody's
	 * weight. */
	if (!m->not_a_number &&
	    (vk_decimal_units(m->value[VK_Q_WEIGHT], imperial ? 100 : 200, &units) < 0 ||
	     units >= WEIGHT_UNSUCCESSFUL))
		return -ERANGE;
	put8(&w, (imperial ? 1 : 0) | (with_clock ? 6 : 0));
	put_u16(&w, units);
	if (with_clock) {
		put_time(&w, m->wall_s);
		put8(&w, whole(&w, m, VK_Q_USER, USER_UNKNOWN));
	}
	return w.error;
}

int vk_pressure_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct writer w = {.value = out};
	bool user = m->has[VK_Q_USER];

	if (m->unit != VK_UNIT_DEFAULT && m->unit != VK_UNIT_KPA)
		return -EINVAL;
	if (lacks(m, VK_Q_SYSTOLIC) || lacks(m, VK_Q_DIASTOLIC))
		return -ENODATA;
	out->len = 0;
	put8(&w, (m->unit == VK_UNIT_KPA ? 1 : 0) | 2 | 4 | (user ? 8 : 0) | 16);
	put_sfloat(&w, m, VK_Q_SYSTOLIC, 0);
	put_sfloat(&w, m, VK_Q_DIASTOLIC, 0);
	put_sfloat(&w, m, VK_Q_MEAN_ARTERIAL, 0);
	put_time(&w, m->wall_s);
	put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	if (user)
		put8(&w, whole(&w, m, VK_Q_USER, USER_UNKNOWN));
	put_u16(&w, whole(&w, m, VK_Q_STATUS, 0));
	return w.error;
}

int vk_spot_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct writer w = {.value = out};
	bool amplitude = m->has[VK_Q_AMPLITUDE];

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	if (lacks(m, VK_Q_SPO2) || lacks(m, VK_Q_PULSE_RATE))
		return -ENODATA;
	out->len = 0;
	put8(&w, 1 | (amplitude ? 8 : 0) | (m->clock_not_set ? 16 : 0));
	put_sfloat(&w, m, VK_Q_SPO2, 0);
	put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	put_time(&w, m->wall_s);
	if (amplitude)
		put_sfloat(&w, m, VK_Q_AMPLITUDE, 0);
	return w.error;
}

int vk_continuous_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct writer w = {.value = out};
	bool amplitude = m->has[VK_Q_AMPLITUDE];

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	if (lacks(m, VK_Q_SPO2) || lacks(m, VK_Q_PULSE_RATE))
		return -ENODATA;
	out->len = 0;
	/* Flag bits are not those of the spot check: here bit 4 announces the amplitude index. */
	put8(&w, amplitude ? 16 : 0);
	put_sfloat(&w, m, VK_Q_SPO2, 0);
	put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	if (amplitude)
		put_sfloat(&w, m, VK_Q_AMPLITUDE, 0);
	return w.error;
}

int vk_glucose_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct writer w = {.value = out};
	bool mass = m->unit == VK_UNIT_MG_DL;
	bool context = m->has[VK_Q_MEAL];

	if (m->unit != VK_UNIT_DEFAULT && !mass)
		return -EINVAL;
	if (lacks(m, VK_Q_GLUCOSE))
		return -ENODATA;
	out->len = 0;
	put8(&w, 1 | 2 | (mass ? 0 : 4) | 8 | (context ? 16 : 0));
	put_u16(&w, m->seq);
	put_time(&w, m->wall_s);
	put_u16(&w, 0); /* time offset: the base time already is what the user saw */
	put_sfloat(&w, m, VK_Q_GLUCOSE, mass ? -5 : -3); /* mg/dL to kg/L, mmol/L to mol/L */
	put8(&w, 1 << 4 | 1);                            /* finger, capillary whole blood */
	put_u16(&w, 0);                                  /* sensor status: nothing to report */
	return w.error;
}

int vk_glucose_context_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct writer w = {.value = out};

	if (!m->has[VK_Q_MEAL])
		return -ENODATA;
	out->len = 0;
	put8(&w, 2);
	put_u16(&w, m->seq);
	put8(&w, whole(&w, m, VK_Q_MEAL, 0));
	return w.error;
}
