/* SPDX-License-Identifier: Apache-2.0 */
/* Blood Pressure Service 1810: 2A35, 2A36, and 2B34 of version 1.1; ble-profiles.md 4. */
#include "profiles/date_time.h"
#include "profiles/layout.h"

enum {
	UNIT_KPA = 1 << 0,
	TIME = 1 << 1,
	PULSE = 1 << 2,
	USER = 1 << 3,
	STATUS = 1 << 4,
	USER_FACING_TIME = 1 << 5, /* from here on 2B34 only */
	EPOCH_2000 = 1 << 6,
};

static const struct vk_civil epoch_1900 = {.year = 1900, .month = 1, .day = 1};
static const struct vk_civil epoch_2000 = {.year = 2000, .month = 1, .day = 1};

#define PRESSURE                                                                                   \
	.read = vk_field_sfloat, .size = 2, .unit_bit = UNIT_KPA,                                  \
	.scale = {{VK_UNIT_MMHG, 1, 0}, {VK_UNIT_KPA, 1, 0}}

static const uint8_t status_bits[] = {
	[0] = VK_FLAG_BODY_MOVEMENT + 1,
	[1] = VK_FLAG_CUFF_LOOSE + 1,
	[2] = VK_FLAG_IRREGULAR_PULSE + 1,
	[5] = VK_FLAG_IMPROPER_POSITION + 1,
};

/* Bits 3 and 4 are one number: 1 above, 2 below, 3 reserved. */
static void read_status(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			struct vk_decoded *d)
{
	unsigned range = r->data[r->at] >> 3 & 3;

	vk_field_status(r, field, flags, d);
	if (range == 1)
		vk_decoded_flag(d, VK_FLAG_PULSE_RATE_ABOVE);
	if (range == 2)
		vk_decoded_flag(d, VK_FLAG_PULSE_RATE_BELOW);
}

/*
 * Seconds of the device's own clock. The user-facing time comes later and says it better, since it
 * is what the person saw; no device measured anything at its epoch.
 */
static void read_seconds(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			 struct vk_decoded *d)
{
	const struct vk_civil *epoch = flags & EPOCH_2000 ? &epoch_2000 : &epoch_1900;
	uint32_t seconds = vk_read_le32(r);

	(void)field;
	vk_date_time_place(d, epoch, seconds);
	if (!seconds) {
		d->time_state = VK_TIME_UNKNOWN;
		d->device_time = (struct vk_civil){0};
	}
}

/* What follows the time, the same in every value of the service. */
#define COMMON_FIELDS                                                                              \
	{.name = "pulse rate",                                                                     \
	 .read = vk_field_sfloat,                                                                  \
	 .when = PULSE,                                                                            \
	 .size = 2,                                                                                \
	 .quantity = VK_QUANTITY_PULSE_RATE,                                                       \
	 .scale = {{VK_UNIT_PER_MIN, 1, 0}}},                                                      \
		{.name = "user id", .read = vk_field_user, .when = USER, .size = 1},               \
	{                                                                                          \
		.name = "measurement status", .read = read_status, .when = STATUS, .size = 2,      \
		.bits = status_bits, .n_bits = VK_ARRAY_LEN(status_bits)                           \
	}

static const struct vk_field blood_pressure_fields[] = {
	{.name = "systolic", PRESSURE, .quantity = VK_QUANTITY_SYSTOLIC},
	{.name = "diastolic", PRESSURE, .quantity = VK_QUANTITY_DIASTOLIC},
	{.name = "mean arterial pressure", PRESSURE, .quantity = VK_QUANTITY_MEAN_ARTERIAL},
	{.name = "time stamp", .read = vk_field_date_time, .when = TIME, .size = 7},
	COMMON_FIELDS,
};

static const struct vk_field enhanced_fields[] = {
	{.name = "systolic", PRESSURE, .quantity = VK_QUANTITY_SYSTOLIC},
	{.name = "diastolic", PRESSURE, .quantity = VK_QUANTITY_DIASTOLIC},
	{.name = "mean arterial pressure", PRESSURE, .quantity = VK_QUANTITY_MEAN_ARTERIAL},
	{.name = "time stamp", .read = read_seconds, .when = TIME, .size = 4},
	COMMON_FIELDS,
	{.name = "user-facing time", .read = read_seconds, .when = USER_FACING_TIME, .size = 4},
};

static const struct vk_field cuff_pressure_fields[] = {
	{.name = "cuff pressure", PRESSURE, .quantity = VK_QUANTITY_CUFF_PRESSURE},
	{.name = "two unused pressures", .read = vk_field_skip, .size = 4},
	{.name = "time stamp", .read = vk_field_date_time, .when = TIME, .size = 7},
	COMMON_FIELDS,
};

const struct vk_layout vk_blood_pressure_layout = {
	.uuid = 0x2a35,
	.kind = VK_KIND_BLOOD_PRESSURE,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(blood_pressure_fields),
};

const struct vk_layout vk_enhanced_blood_pressure_layout = {
	.uuid = 0x2b34,
	.kind = VK_KIND_BLOOD_PRESSURE,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(enhanced_fields),
};

/* A cuff that is still inflating: worth showing, never worth storing. */
const struct vk_layout vk_cuff_pressure_layout = {
	.uuid = 0x2a36,
	.kind = VK_KIND_CUFF_PRESSURE,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(cuff_pressure_fields),
};
