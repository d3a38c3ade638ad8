/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See value.h. Each encoder appends fields in table order, so that the code reads like the
 * profile's table; the range of a field is checked where it is appended and the first error wins.
 */
#include "value.h"

#include <errno.h>
#include <string.h>

#include "le.h"
#include "writer.h"

#define WEIGHT_UNSUCCESSFUL 0xffff
#define TEMPERATURE_EAR     3
#define CGM_LEN             8
#define EPOCH_2000_S        946684800

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
	[VK_Q_TEMPERATURE] = "temperature",
	[VK_Q_HEART_RATE] = "heart-rate",
	[VK_Q_BODY_FAT] = "body-fat",
	[VK_Q_MUSCLE] = "muscle-percentage",
	[VK_Q_WATER] = "body-water-mass",
	[VK_Q_IMPEDANCE] = "impedance",
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
		{"mg/dL", VK_UNIT_MG_DL},    {"Cel", VK_UNIT_DEFAULT},    {"[degF]", VK_UNIT_DEG_F},
	};

	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++) {
		if (strcmp(text, units[i].text) == 0) {
			*out = units[i].unit;
			return 0;
		}
	}
	return -EINVAL;
}

int vk_weight_encode(const struct vk_measurement *m, bool with_clock, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool imperial = m->unit == VK_UNIT_LB;
	int32_t units = WEIGHT_UNSUCCESSFUL;

	if (m->unit != VK_UNIT_DEFAULT && !imperial)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_WEIGHT))
		return -ENODATA;
	out->len = 0;
	/* 0.005 kg or 0.01 lb a step; the topmost number means "unsuccessful" and is nobody's
	 * weight. */
	if (!m->not_a_number &&
	    (vk_decimal_units(m->value[VK_Q_WEIGHT], imperial ? 100 : 200, &units) < 0 ||
	     units >= WEIGHT_UNSUCCESSFUL))
		return -ERANGE;
	vk_put_u8(&w, (imperial ? 1 : 0) | (with_clock ? 6 : 0));
	vk_put_u16(&w, units);
	if (with_clock) {
		vk_put_time(&w, m->wall_s);
		vk_put_u8(&w, vk_whole(&w, m, VK_Q_USER, VK_USER_UNKNOWN));
	}
	return w.error;
}

int vk_pressure_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool user = m->has[VK_Q_USER];

	if (m->unit != VK_UNIT_DEFAULT && m->unit != VK_UNIT_KPA)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_SYSTOLIC) || vk_lacks(m, VK_Q_DIASTOLIC))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, (m->unit == VK_UNIT_KPA ? 1 : 0) | 2 | 4 | (user ? 8 : 0) | 16);
	vk_put_sfloat(&w, m, VK_Q_SYSTOLIC, 0);
	vk_put_sfloat(&w, m, VK_Q_DIASTOLIC, 0);
	vk_put_sfloat(&w, m, VK_Q_MEAN_ARTERIAL, 0);
	vk_put_time(&w, m->wall_s);
	vk_put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	if (user)
		vk_put_u8(&w, vk_whole(&w, m, VK_Q_USER, VK_USER_UNKNOWN));
	vk_put_u16(&w, vk_whole(&w, m, VK_Q_STATUS, 0));
	return w.error;
}

int vk_pressure_record_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool kilopascal = m->unit == VK_UNIT_KPA;

	if (m->unit != VK_UNIT_DEFAULT && !kilopascal)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_SYSTOLIC) || vk_lacks(m, VK_Q_DIASTOLIC))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, 1 | 2); /* first and last segment */
	vk_put_u16(&w, m->seq);
	vk_put_u16(&w, 0x2b34);
	/* Time, pulse, user, status; seconds count from 2000. */
	vk_put_u8(&w, (kilopascal ? 1 : 0) | 2 | 4 | 8 | 16 | 64);
	vk_put_sfloat(&w, m, VK_Q_SYSTOLIC, 0);
	vk_put_sfloat(&w, m, VK_Q_DIASTOLIC, 0);
	vk_put_sfloat(&w, m, VK_Q_MEAN_ARTERIAL, 0);
	vk_put_u16(&w, (int32_t)((m->wall_s - EPOCH_2000_S) & 0xffff));
	vk_put_u16(&w, (int32_t)((m->wall_s - EPOCH_2000_S) >> 16));
	vk_put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	vk_put_u8(&w, vk_whole(&w, m, VK_Q_USER, VK_USER_UNKNOWN));
	vk_put_u16(&w, vk_whole(&w, m, VK_Q_STATUS, 0));
	return w.error;
}

int vk_spot_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool amplitude = m->has[VK_Q_AMPLITUDE];

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_SPO2) || vk_lacks(m, VK_Q_PULSE_RATE))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, 1 | (amplitude ? 8 : 0) | (m->clock_not_set ? 16 : 0));
	vk_put_sfloat(&w, m, VK_Q_SPO2, 0);
	vk_put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	vk_put_time(&w, m->wall_s);
	if (amplitude)
		vk_put_sfloat(&w, m, VK_Q_AMPLITUDE, 0);
	return w.error;
}

int vk_continuous_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool amplitude = m->has[VK_Q_AMPLITUDE];

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_SPO2) || vk_lacks(m, VK_Q_PULSE_RATE))
		return -ENODATA;
	out->len = 0;
	/* Flag bits are not those of the spot check: here bit 4 announces the amplitude index. */
	vk_put_u8(&w, amplitude ? 16 : 0);
	vk_put_sfloat(&w, m, VK_Q_SPO2, 0);
	vk_put_sfloat(&w, m, VK_Q_PULSE_RATE, 0);
	if (amplitude)
		vk_put_sfloat(&w, m, VK_Q_AMPLITUDE, 0);
	return w.error;
}

int vk_glucose_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool mass = m->unit == VK_UNIT_MG_DL;
	bool context = m->has[VK_Q_MEAL];

	if (m->unit != VK_UNIT_DEFAULT && !mass)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_GLUCOSE))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, 1 | 2 | (mass ? 0 : 4) | 8 | (context ? 16 : 0));
	vk_put_u16(&w, m->seq);
	vk_put_time(&w, m->wall_s);
	vk_put_u16(&w, 0); /* time offset: the base time already is what the user saw */
	vk_put_sfloat(&w, m, VK_Q_GLUCOSE, mass ? -5 : -3); /* mg/dL to kg/L, mmol/L to mol/L */
	vk_put_u8(&w, 1 << 4 | 1);                          /* finger, capillary whole blood */
	vk_put_u16(&w, 0);                                  /* sensor status: nothing to report */
	return w.error;
}

int vk_glucose_context_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};

	if (!m->has[VK_Q_MEAL])
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, 2);
	vk_put_u16(&w, m->seq);
	vk_put_u8(&w, vk_whole(&w, m, VK_Q_MEAL, 0));
	return w.error;
}

uint16_t vk_crc_e2e(const uint8_t *p, size_t len)
{
	uint16_t crc = 0xffff;

	for (size_t i = 0; i < len; i++) {
		crc ^= p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = (uint16_t)(crc & 1 ? crc >> 1 ^ 0x8408 : crc >> 1);
	}
	return crc;
}

int vk_temperature_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};
	bool fahrenheit = m->unit == VK_UNIT_DEG_F;

	if (m->unit != VK_UNIT_DEFAULT && !fahrenheit)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_TEMPERATURE))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, (fahrenheit ? 1 : 0) | 2 | 4);
	vk_put_float(&w, m, VK_Q_TEMPERATURE);
	vk_put_time(&w, m->wall_s);
	vk_put_u8(&w, TEMPERATURE_EAR);
	return w.error;
}

int vk_heart_rate_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_HEART_RATE))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, 2 | 4); /* contact is told, and there is contact */
	vk_put_u8(&w, m->not_a_number ? 0 : vk_whole(&w, m, VK_Q_HEART_RATE, 0));
	return w.error;
}

int vk_cgm_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};

	if (m->unit != VK_UNIT_DEFAULT && m->unit != VK_UNIT_MG_DL)
		return -EINVAL;
	if (vk_lacks(m, VK_Q_GLUCOSE))
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, CGM_LEN);
	vk_put_u8(&w, 0);
	vk_put_sfloat(&w, m, VK_Q_GLUCOSE, 0);
	vk_put_u16(&w, m->seq); /* minutes since the sensor began */
	vk_put_u16(&w, vk_crc_e2e(out->byte, out->len));
	return w.error;
}

int vk_composition_encode(const struct vk_measurement *m, struct vk_value *out)
{
	struct vk_writer w = {.value = out};

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	out->len = 0;
	/* Time, user, muscle, water, impedance: always the same fields, as a device's model has. */
	vk_put_u16(&w, 1 << 1 | 1 << 2 | 1 << 4 | 1 << 8 | 1 << 9);
	vk_put_u16(&w, vk_steps(&w, m, VK_Q_BODY_FAT, 10, WEIGHT_UNSUCCESSFUL));
	vk_put_time(&w, m->wall_s);
	vk_put_u8(&w, vk_whole(&w, m, VK_Q_USER, VK_USER_UNKNOWN));
	vk_put_u16(&w, vk_steps(&w, m, VK_Q_MUSCLE, 10, 0));
	vk_put_u16(&w, vk_steps(&w, m, VK_Q_WATER, 200, 0));
	vk_put_u16(&w, vk_steps(&w, m, VK_Q_IMPEDANCE, 10, 0));
	return w.error;
}

int vk_beacon_encode(const struct vk_measurement *m, bool is_stable, struct vk_value *out)
{
	struct vk_writer w = {.value = out};

	if (m->unit != VK_UNIT_DEFAULT)
		return -EINVAL;
	if (!m->has[VK_Q_WEIGHT])
		return -ENODATA;
	out->len = 0;
	vk_put_u8(&w, 2 | (is_stable ? 0x20 : 0)); /* kilograms; it stands still */
	vk_put_u16(&w, vk_steps(&w, m, VK_Q_WEIGHT, 200, 0));
	vk_put_time(&w, m->wall_s);
	return w.error;
}
