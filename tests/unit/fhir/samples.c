/* SPDX-License-Identifier: Apache-2.0 */
/* The matrix is walked, not listed: each axis is varied alone from a plain sample. */
#include "samples.h"

#include <stdio.h>
#include <string.h>

static const int64_t moment_ms = INT64_C(1772606412000); /* 2026-03-04T07:40:12+01:00 */

static const struct vk_zone stockholm = {
	.name = "Europe/Stockholm",
	.n = 2,
	.transitions = {{1761440400, 3600}, {1774746000, 7200}},
};

struct sample sample_of(enum vk_kind kind, const char *name)
{
	struct sample s = {
		.reading = {.id = "b1a5c0de-0000-8000-8000-00000000ff42",
			    .patient = "p-1042",
			    .device = "C0FFEE000417",
			    .received_utc_ms = moment_ms,
			    .received_mono_ms = moment_ms,
			    .time_utc_ms = moment_ms,
			    .is_live = true},
		.context = {.hub = "hub-0417",
			    .version = "0.1.0",
			    .manufacturer = "Beurer",
			    .model = "BM 85 \"åäö\"",
			    .serial = "0001",
			    .firmware = "1.2",
			    .zone = &stockholm,
			    .is_synced = true,
			    .is_stored = true},
	};

	snprintf(s.name, sizeof s.name, "%s", name);
	s.reading.decoded = vk_decoded_init(kind);
	return s;
}

void sample_value(struct sample *s, enum vk_quantity quantity, enum vk_unit unit, int64_t mantissa,
		  int exponent)
{
	vk_decoded_add(&s->reading.decoded, quantity, unit, VK_ABSENT_NONE,
		       (struct vk_decimal){mantissa, (int8_t)exponent});
}

struct sample sample_pressure(void)
{
	struct sample s = sample_of(VK_KIND_BLOOD_PRESSURE, "blood pressure");

	sample_value(&s, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, 128, 0);
	sample_value(&s, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, 74, 0);
	vk_decoded_add(&s.reading.decoded, VK_QUANTITY_MEAN_ARTERIAL, VK_UNIT_MMHG,
		       VK_ABSENT_NOT_A_NUMBER, (struct vk_decimal){0, 0});
	sample_value(&s, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 51, 0);
	s.reading.decoded.time_state = VK_TIME_KNOWN;
	s.reading.decoded.device_time = (struct vk_civil){2026, 3, 4, 7, 41, 50};
	s.reading.has_clock_offset = true;
	s.reading.clock_offset_s = -98;
	s.reading.time_reason = VK_PLACED_CORRECTED;
	return s;
}

static void pressures(sample_fn fn, void *user)
{
	struct sample s = sample_pressure();

	fn(&s, user);
	for (int i = 0; i < VK_N_FLAGS; i++) {
		s = sample_pressure();
		snprintf(s.name, sizeof s.name, "blood pressure, %s", vk_flag_text(i));
		vk_decoded_flag(&s.reading.decoded, (enum vk_flag)i);
		fn(&s, user);
	}
	for (int i = VK_ABSENT_NONE + 1; i < VK_N_ABSENTS; i++) {
		s = sample_pressure();
		snprintf(s.name, sizeof s.name, "blood pressure, all %s", vk_absent_text(i));
		for (int n = 0; n < s.reading.decoded.n_values; n++)
			s.reading.decoded.values[n].absent = (enum vk_absent)i;
		fn(&s, user);
	}
	s = sample_of(VK_KIND_BLOOD_PRESSURE, "blood pressure in kPa, no clock");
	sample_value(&s, VK_QUANTITY_SYSTOLIC, VK_UNIT_KPA, 171, -1);
	sample_value(&s, VK_QUANTITY_DIASTOLIC, VK_UNIT_KPA, 99, -1);
	sample_value(&s, VK_QUANTITY_MEAN_ARTERIAL, VK_UNIT_KPA, 120, -1);
	fn(&s, user);
}

static void placements(sample_fn fn, void *user)
{
	for (int i = VK_PLACED_RECEIVED; i <= VK_PLACED_HUB_UNSURE; i++) {
		struct sample s = sample_pressure();

		s.reading.time_reason = (enum vk_time_reason)i;
		s.reading.uncertainty_s = i % 2 ? 3600 : -1;
		s.context.is_synced = i % 2;
		snprintf(s.name, sizeof s.name, "blood pressure placed as %s",
			 vk_time_reason_text(s.reading.time_reason));
		fn(&s, user);
	}
}

static void states(sample_fn fn, void *user)
{
	struct sample s = sample_pressure();

	snprintf(s.name, sizeof s.name, "unassigned");
	s.reading.patient[0] = '\0';
	fn(&s, user);
	snprintf(s.name, sizeof s.name, "assigned later");
	snprintf(s.reading.patient, sizeof s.reading.patient, "p-1042");
	s.reading.rev = 1;
	fn(&s, user);
	snprintf(s.name, sizeof s.name, "retracted");
	s.reading.rev = 2;
	s.reading.is_retracted = true;
	fn(&s, user);
	s = sample_pressure();
	snprintf(s.name, sizeof s.name, "not stored, sensor unknown");
	s.context.is_stored = false;
	s.context.manufacturer = s.context.model = s.context.serial = s.context.firmware = "";
	fn(&s, user);
}

static void glucoses(sample_fn fn, void *user)
{
	for (int type = -1; type <= 12; type++) {
		for (int mass = 0; mass < 2; mass++) {
			struct sample s = sample_of(VK_KIND_GLUCOSE, "");

			snprintf(s.name, sizeof s.name, "glucose, sample %d, %s", type,
				 mass ? "mg/dL" : "mmol/L");
			s.reading.decoded.sample_type = type;
			s.reading.decoded.location = type;
			s.reading.decoded.sequence = 7;
			s.reading.decoded.time_state = VK_TIME_UNKNOWN;
			s.reading.is_live = false;
			s.reading.time_reason = VK_PLACED_UNPLACED;
			if (mass)
				sample_value(&s, VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, 103, 0);
			else
				sample_value(&s, VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, 570, -2);
			fn(&s, user);
		}
	}
	struct sample s = sample_of(VK_KIND_CGM, "cgm");

	sample_value(&s, VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, 111, 0);
	fn(&s, user);
}

static void oximeters(sample_fn fn, void *user)
{
	static const enum vk_kind kinds[] = {VK_KIND_SPO2_SPOT, VK_KIND_SPO2_CONTINUOUS};

	for (int i = 0; i < 2; i++) {
		struct sample s = sample_of(kinds[i], vk_kind_text((int)kinds[i]));

		sample_value(&s, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, 97, 0);
		sample_value(&s, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 62, 0);
		sample_value(&s, VK_QUANTITY_PULSE_AMPLITUDE_INDEX, VK_UNIT_PERCENT, 34, -1);
		fn(&s, user);
	}
}

static void scales(sample_fn fn, void *user)
{
	struct sample s = sample_of(VK_KIND_WEIGHT, "weight");

	sample_value(&s, VK_QUANTITY_WEIGHT, VK_UNIT_KG, 80000, -3);
	sample_value(&s, VK_QUANTITY_BMI, VK_UNIT_KG_M2, 248, -1);
	sample_value(&s, VK_QUANTITY_HEIGHT, VK_UNIT_M, 1795, -3);
	fn(&s, user);
	s = sample_of(VK_KIND_WEIGHT, "weight, imperial, unsuccessful height");
	sample_value(&s, VK_QUANTITY_WEIGHT, VK_UNIT_LB, 17637, -2);
	vk_decoded_add(&s.reading.decoded, VK_QUANTITY_HEIGHT, VK_UNIT_IN, VK_ABSENT_UNSUCCESSFUL,
		       (struct vk_decimal){0, 0});
	fn(&s, user);
	s = sample_of(VK_KIND_BODY_COMPOSITION, "body composition");
	sample_value(&s, VK_QUANTITY_BODY_FAT, VK_UNIT_PERCENT, 231, -1);
	sample_value(&s, VK_QUANTITY_BASAL_METABOLISM, VK_UNIT_KJ, 7200, 0);
	sample_value(&s, VK_QUANTITY_MUSCLE_PERCENTAGE, VK_UNIT_PERCENT, 400, -1);
	sample_value(&s, VK_QUANTITY_MUSCLE_MASS, VK_UNIT_KG, 3200, -2);
	sample_value(&s, VK_QUANTITY_FAT_FREE_MASS, VK_UNIT_KG, 6100, -2);
	sample_value(&s, VK_QUANTITY_SOFT_LEAN_MASS, VK_UNIT_KG, 5800, -2);
	sample_value(&s, VK_QUANTITY_BODY_WATER_MASS, VK_UNIT_LB, 9500, -2);
	sample_value(&s, VK_QUANTITY_IMPEDANCE, VK_UNIT_OHM, 5120, -1);
	fn(&s, user);
}

static void others(sample_fn fn, void *user)
{
	struct sample s = sample_of(VK_KIND_TEMPERATURE, "temperature");

	sample_value(&s, VK_QUANTITY_TEMPERATURE, VK_UNIT_CEL, 3660, -2);
	fn(&s, user);
	s = sample_of(VK_KIND_TEMPERATURE, "temperature in Fahrenheit");
	sample_value(&s, VK_QUANTITY_TEMPERATURE, VK_UNIT_DEGF, 979, -1);
	fn(&s, user);
	s = sample_of(VK_KIND_HEART_RATE, "heart rate");
	sample_value(&s, VK_QUANTITY_HEART_RATE, VK_UNIT_PER_MIN, 61, 0);
	sample_value(&s, VK_QUANTITY_ENERGY_EXPENDED, VK_UNIT_KJ, 12, 0);
	fn(&s, user);
}

void samples_each(sample_fn fn, void *user)
{
	pressures(fn, user);
	placements(fn, user);
	states(fn, user);
	glucoses(fn, user);
	oximeters(fn, user);
	scales(fn, user);
	others(fn, user);
}
