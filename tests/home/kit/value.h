/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a person measured, and the bytes a device makes of it: the Bluetooth Weight Measurement
 * 2A9D, Blood Pressure Measurement 2A35 and Record 2B36, PLX Spot-Check 2A5E and Continuous 2A5F,
 * Glucose Measurement 2A18 and Context 2A34, Temperature 2A1C, Heart Rate 2A37, CGM 2AA7, Body
 * Composition 2A9C, and the service data of Xiaomi's scales (Weight Scale 1.0, Blood Pressure 1.0,
 * Pulse Oximeter 1.0, Glucose 1.0). Pure.
 */
#ifndef VK_KIT_VALUE_H
#define VK_KIT_VALUE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "number.h"

#define VK_VALUE_MAX   32
#define VK_SEGMENT_MAX 20 /* of a value that leaves by the least MTU */

enum vk_quantity {
	VK_Q_WEIGHT,
	VK_Q_SYSTOLIC,
	VK_Q_DIASTOLIC,
	VK_Q_MEAN_ARTERIAL,
	VK_Q_PULSE_RATE,
	VK_Q_SPO2,
	VK_Q_AMPLITUDE,
	VK_Q_GLUCOSE,
	VK_Q_MEAL,   /* meal code of a glucose context: 1 preprandial ... 5 bedtime */
	VK_Q_STATUS, /* measurement status bits of a cuff */
	VK_Q_USER,   /* user number of a cuff or of a scale with a clock */
	VK_Q_TEMPERATURE,
	VK_Q_HEART_RATE,
	VK_Q_BODY_FAT,
	VK_Q_MUSCLE,
	VK_Q_WATER,
	VK_Q_IMPEDANCE,
	VK_Q_COUNT
};

enum vk_unit {
	VK_UNIT_DEFAULT, /* kg, mm[Hg], mmol/L */
	VK_UNIT_LB,
	VK_UNIT_KPA,
	VK_UNIT_MG_DL,
	VK_UNIT_DEG_F
};

struct vk_measurement {
	bool has[VK_Q_COUNT];
	struct vk_decimal value[VK_Q_COUNT];
	enum vk_unit unit;
	bool not_a_number;  /* the device could not measure: every value is the special one */
	bool clock_not_set; /* oximeter: flag bit 4 */
	int64_t wall_s;     /* device clock at the measurement */
	uint16_t seq;       /* glucose only */
};

struct vk_value {
	uint8_t len;
	uint8_t byte[VK_VALUE_MAX];
};

/* "weight" -> VK_Q_WEIGHT; -EINVAL for a name nobody knows. */
int vk_quantity_parse(const char *name, enum vk_quantity *out);
/* UCUM text to unit; -EINVAL. */
int vk_unit_parse(const char *text, enum vk_unit *out);

/* All: 0, -ENODATA (a needed quantity is missing), -ERANGE (does not fit), -EINVAL (unit of another
 * kit). */
int vk_weight_encode(const struct vk_measurement *m, bool with_clock, struct vk_value *out);
int vk_pressure_encode(const struct vk_measurement *m, struct vk_value *out);
/* A Blood Pressure Record 2B36 in one segment, with an Enhanced Measurement 2B34 in it. */
int vk_pressure_record_encode(const struct vk_measurement *m, struct vk_value *out);
int vk_spot_encode(const struct vk_measurement *m, struct vk_value *out);
int vk_continuous_encode(const struct vk_measurement *m, struct vk_value *out);
int vk_glucose_encode(const struct vk_measurement *m, struct vk_value *out);
/* The context that belongs to the measurement. Only when VK_Q_MEAL is there. */
int vk_glucose_context_encode(const struct vk_measurement *m, struct vk_value *out);
int vk_temperature_encode(const struct vk_measurement *m, struct vk_value *out);
int vk_heart_rate_encode(const struct vk_measurement *m, struct vk_value *out);
/* One record with E2E-CRC, mg/dL; m->seq is the minute of the session. */
int vk_cgm_encode(const struct vk_measurement *m, struct vk_value *out);
/* Body fat 0xffff where it could not be measured. */
int vk_composition_encode(const struct vk_measurement *m, struct vk_value *out);
/* CRC-16 of E2E protection: reflected polynomial 0x8408, initial 0xffff, no final xor. */
uint16_t vk_crc_e2e(const uint8_t *p, size_t len);
/* Service data 181D of a scale that only advertises. */
int vk_beacon_encode(const struct vk_measurement *m, bool is_stable, struct vk_value *out);

#endif
