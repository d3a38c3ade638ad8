/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a characteristic value is laid out: flags, then fields that are there or not. A service
 * describes its value as a table of fields; one engine first counts the bytes that the flags
 * promise, rejects what is shorter, and only then reads. Internal to profiles/.
 */
#ifndef VAKA_PROFILES_LAYOUT_H
#define VAKA_PROFILES_LAYOUT_H

#include "base/bytes.h"
#include "base/decoded.h"
#include "base/err.h"
#include "profiles/profile.h"

struct vk_field;

/* Reads one field, which is known to be there, into d. flags are those of the value. */
typedef void vk_field_read(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			   struct vk_decoded *d);

/* A number as sent becomes mantissa * factor * 10^exponent in unit. */
struct vk_scale {
	enum vk_unit unit;
	int8_t factor;
	int8_t exponent;
};

struct vk_field {
	const char *name; /* for the error text */
	vk_field_read *read;
	uint16_t when; /* there when any of these flag bits is set; 0: always */
	uint8_t size;  /* bytes */
	enum vk_quantity quantity;
	uint16_t unit_bit;        /* flag bit that chooses scale[1] */
	struct vk_scale scale[2]; /* number fields only */
	const uint8_t *bits;      /* status fields: flag + 1 of each bit, 0: reserved */
	uint8_t n_bits;
};

struct vk_layout {
	uint16_t uuid;
	enum vk_kind kind;
	bool is_measurement; /* to be stored as a reading */
	uint8_t flags_size;  /* 0, 1 or 2 bytes */
	uint8_t n_fields;
	const struct vk_field *fields;
	/* What the table cannot say: flag bits that speak for themselves, a rest to the end. May be
	 * NULL. 0 or -EBADMSG with the error filled. */
	int (*finish)(struct vk_reader *r, uint16_t flags, struct vk_decoded *d,
		      struct vk_decode_error *reterr_error);
};

#define VK_LAYOUT_FIELDS(array) .n_fields = VK_ARRAY_LEN(array), .fields = array

/* Field readers that several services share; vk_field_u16 knows 0xFFFF as "unsuccessful". */
vk_field_read vk_field_sfloat, vk_field_float, vk_field_u16, vk_field_count, vk_field_u8;
vk_field_read vk_field_date_time, vk_field_user, vk_field_sequence, vk_field_status, vk_field_skip;

/* The flags of a status word: bits[i] is flag + 1 of bit i, 0 where it is reserved. */
uint64_t vk_status_flags(uint32_t word, const uint8_t *bits, int n_bits);

/* A value with all its fields. 0 or -EBADMSG. */
int vk_layout_decode(const struct vk_layout *layout, const uint8_t *data, size_t len,
		     struct vk_decoded *ret_d, struct vk_decode_error *reterr_error);

/* Fills the error; returns -EBADMSG. */
int vk_decode_fail(struct vk_decode_error *reterr_error, size_t byte, const char *fmt, ...)
	VK_PRINTF(3, 4);

extern const struct vk_layout vk_blood_pressure_layout, vk_cuff_pressure_layout;
extern const struct vk_layout vk_weight_layout, vk_body_composition_layout;
extern const struct vk_layout vk_spo2_spot_layout, vk_spo2_continuous_layout;
extern const struct vk_layout vk_glucose_layout, vk_glucose_context_layout;
extern const struct vk_layout vk_temperature_layout, vk_intermediate_temperature_layout;
extern const struct vk_layout vk_heart_rate_layout, vk_battery_layout;
extern const struct vk_layout vk_date_time_layout, vk_current_time_layout;
extern const struct vk_layout vk_day_date_time_layout, vk_exact_time_layout;
extern const struct vk_layout vk_enhanced_blood_pressure_layout;

#endif
