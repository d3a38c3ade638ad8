/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Glucose Service 1808: 2A18 and 2A34; ble-profiles.md 5. kg/L and mol/L become mg/dL and mmol/L by
 * moving the decimal point, so that no digit is made up.
 */
#include "profiles/date_time.h"
#include "profiles/layout.h"

enum {
	OFFSET = 1 << 0,
	CONCENTRATION = 1 << 1,
	UNIT_MOL_L = 1 << 2,
	STATUS = 1 << 3,
	CONTEXT_FOLLOWS = 1 << 4,

	OFFSET_OVERRUN = 0x7fff,
	OFFSET_UNDERRUN = 0x8000,
	EXERCISE_OVERRUN = 0xffff,
	TYPE_CONTROL = 10,
	LOCATION_CONTROL = 4,
};

static const uint8_t status_bits[] = {
	VK_FLAG_BATTERY_LOW + 1,          VK_FLAG_SENSOR_MALFUNCTION + 1,
	VK_FLAG_SAMPLE_INSUFFICIENT + 1,  VK_FLAG_STRIP_INSERTION_ERROR + 1,
	VK_FLAG_STRIP_TYPE_INCORRECT + 1, VK_FLAG_RESULT_HIGH + 1,
	VK_FLAG_RESULT_LOW + 1,           VK_FLAG_TEMPERATURE_HIGH + 1,
	VK_FLAG_TEMPERATURE_LOW + 1,      VK_FLAG_READ_INTERRUPTED + 1,
	VK_FLAG_GENERAL_FAULT + 1,        VK_FLAG_TIME_FAULT + 1,
};

/* The user sees base time plus offset; an offset that ran over leaves no time at all. */
static void read_offset(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			struct vk_decoded *d)
{
	const struct vk_civil base = d->device_time;
	uint16_t raw = vk_read_le16(r);

	(void)field;
	(void)flags;
	if (d->time_state == VK_TIME_KNOWN && raw != OFFSET_OVERRUN && raw != OFFSET_UNDERRUN) {
		vk_date_time_place(d, &base, (int16_t)raw * 60);
		return;
	}
	d->time_state = VK_TIME_UNKNOWN;
	d->device_time = (struct vk_civil){0};
}

static void read_type_location(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			       struct vk_decoded *d)
{
	uint8_t nibbles = vk_read_u8(r);

	(void)field;
	(void)flags;
	d->sample_type = nibbles & 15;
	d->location = nibbles >> 4;
	if (d->sample_type == TYPE_CONTROL || d->location == LOCATION_CONTROL)
		vk_decoded_flag(d, VK_FLAG_CONTROL_SOLUTION);
}

/*
 * A context's amounts are stepped over: public sources disagree on their scale by a factor of a
 * thousand, and the raw bytes are kept.
 */
static void read_carbohydrate(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			      struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->context[VK_CONTEXT_CARBOHYDRATE] = vk_read_u8(r);
	(void)vk_read_le16(r);
}

static void read_meal(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		      struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->context[VK_CONTEXT_MEAL] = vk_read_u8(r);
}

static void read_tester_health(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			       struct vk_decoded *d)
{
	uint8_t nibbles = vk_read_u8(r);

	(void)field;
	(void)flags;
	d->context[VK_CONTEXT_TESTER] = nibbles & 15;
	d->context[VK_CONTEXT_HEALTH] = nibbles >> 4;
}

static void read_exercise(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			  struct vk_decoded *d)
{
	uint16_t seconds = vk_read_le16(r);

	(void)field;
	(void)flags;
	if (seconds != EXERCISE_OVERRUN)
		d->context[VK_CONTEXT_EXERCISE_S] = seconds;
	d->context[VK_CONTEXT_EXERCISE_PERCENT] = vk_read_u8(r);
}

static void read_medication(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			    struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->context[VK_CONTEXT_MEDICATION] = vk_read_u8(r);
	(void)vk_read_le16(r);
}

static const struct vk_field glucose_fields[] = {
	{.name = "sequence number", .read = vk_field_sequence, .size = 2},
	{.name = "base time", .read = vk_field_date_time, .size = 7},
	{.name = "time offset", .read = read_offset, .when = OFFSET, .size = 2},
	{.name = "concentration",
	 .read = vk_field_sfloat,
	 .when = CONCENTRATION,
	 .size = 2,
	 .quantity = VK_QUANTITY_GLUCOSE,
	 .unit_bit = UNIT_MOL_L,
	 .scale = {{VK_UNIT_MG_DL, 1, 5}, {VK_UNIT_MMOL_L, 1, 3}}},
	{.name = "type and sample location",
	 .read = read_type_location,
	 .when = CONCENTRATION,
	 .size = 1},
	{.name = "sensor status annunciation",
	 .read = vk_field_status,
	 .when = STATUS,
	 .size = 2,
	 .bits = status_bits,
	 .n_bits = VK_ARRAY_LEN(status_bits)},
};

static const struct vk_field context_fields[] = {
	{.name = "sequence number", .read = vk_field_sequence, .size = 2},
	{.name = "extended flags", .read = vk_field_skip, .when = 1 << 7, .size = 1},
	{.name = "carbohydrate", .read = read_carbohydrate, .when = 1 << 0, .size = 3},
	{.name = "meal", .read = read_meal, .when = 1 << 1, .size = 1},
	{.name = "tester and health", .read = read_tester_health, .when = 1 << 2, .size = 1},
	{.name = "exercise", .read = read_exercise, .when = 1 << 3, .size = 3},
	{.name = "medication", .read = read_medication, .when = 1 << 4, .size = 3},
	{.name = "HbA1c", .read = vk_field_skip, .when = 1 << 6, .size = 2},
};

static int finish_glucose(struct vk_reader *r, uint16_t flags, struct vk_decoded *d,
			  struct vk_decode_error *reterr_error)
{
	(void)r;
	(void)reterr_error;
	if (flags & CONTEXT_FOLLOWS)
		vk_decoded_flag(d, VK_FLAG_CONTEXT_FOLLOWS);
	return 0;
}

const struct vk_layout vk_glucose_layout = {
	.uuid = 0x2a18,
	.kind = VK_KIND_GLUCOSE,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(glucose_fields),
	.finish = finish_glucose,
};

const struct vk_layout vk_glucose_context_layout = {
	.uuid = 0x2a34,
	.kind = VK_KIND_GLUCOSE_CONTEXT,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(context_fields),
};
