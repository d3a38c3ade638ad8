/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An observation: class, length, flags, what the flags name in their order, then unit and number.
 * Its time is used only when the device says that it is its wall clock: counted in seconds or
 * parts, not a tick counter, and in UTC only together with the device's own zone.
 */
#include "profiles/health_sensor.h"

#include <errno.h>

#include "profiles/date_time.h"
#include "profiles/layout.h"
#include "profiles/segments.h"
#include "profiles/sfloat.h"

enum {
	CLASS_NUMERIC = 1,

	HAS_TYPE = 1 << 0,
	HAS_TIME = 1 << 1,
	HAS_DURATION = 1 << 2,
	HAS_STATUS = 1 << 3,
	HAS_OBJECT = 1 << 4,
	HAS_PATIENT = 1 << 5,
	HAS_SUPPLEMENT = 1 << 6,
	HAS_DERIVED = 1 << 7,
	HAS_MEMBER = 1 << 8,
	HAS_TLV = 1 << 9,
	KNOWN_FLAGS = (1 << 10) - 1,

	HEAD_SIZE = 5, /* class, length, flags */
	TIME_SIZE = 9,
	VALUE_SIZE = 6, /* unit and FLOAT */

	TIME_TICKS = 1 << 0,
	TIME_UTC = 1 << 1,
	TIME_RESOLUTION_SHIFT = 2,
	TIME_ZONE = 1 << 4,
	ZONE_LEAST = -48,
	ZONE_MOST = 56,
	ZONE_STEP_S = 15 * 60,
};

struct term {
	uint32_t code;
	uint8_t name; /* an enum of the contract */
};

/* MDC codes of the types; the temperature's differ by site. */
static const struct type {
	uint32_t code;
	uint8_t kind, quantity;
} types[] = {
	{150456, VK_KIND_SPO2_SPOT, VK_QUANTITY_SPO2},
	{149530, VK_KIND_SPO2_SPOT, VK_QUANTITY_PULSE_RATE},
	{150448, VK_KIND_SPO2_SPOT, VK_QUANTITY_PULSE_AMPLITUDE_INDEX},
	{149546, VK_KIND_BLOOD_PRESSURE, VK_QUANTITY_PULSE_RATE},
	{147842, VK_KIND_HEART_RATE, VK_QUANTITY_HEART_RATE},
	{188736, VK_KIND_WEIGHT, VK_QUANTITY_WEIGHT},
	{150364, VK_KIND_TEMPERATURE, VK_QUANTITY_TEMPERATURE},
	{188452, VK_KIND_TEMPERATURE, VK_QUANTITY_TEMPERATURE},
	{188428, VK_KIND_TEMPERATURE, VK_QUANTITY_TEMPERATURE},
	{188424, VK_KIND_TEMPERATURE, VK_QUANTITY_TEMPERATURE},
	{150392, VK_KIND_TEMPERATURE, VK_QUANTITY_TEMPERATURE},
	{160184, VK_KIND_GLUCOSE, VK_QUANTITY_GLUCOSE},
	{160188, VK_KIND_GLUCOSE, VK_QUANTITY_GLUCOSE},
	{160020, VK_KIND_GLUCOSE, VK_QUANTITY_GLUCOSE},
};

/* Terms of MDC partition 4. */
static const struct term units[] = {
	{544, VK_UNIT_PERCENT}, {2720, VK_UNIT_PER_MIN}, {1731, VK_UNIT_KG},
	{1760, VK_UNIT_LB},     {6048, VK_UNIT_CEL},     {4416, VK_UNIT_DEGF},
	{2130, VK_UNIT_MG_DL},  {4722, VK_UNIT_MMOL_L},
};

static const struct type *type_of(uint32_t code)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(types); i++)
		if (types[i].code == code)
			return &types[i];
	return NULL;
}

static int unit_of(uint32_t code)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(units); i++)
		if (units[i].code == code)
			return units[i].name;
	return -1;
}

static void read_time(struct vk_reader *r, struct vk_decoded *d)
{
	static const struct vk_civil epoch = {.year = 2000, .month = 1, .day = 1};
	static const int32_t per_second[] = {1, 10, 1000, 10000};
	uint8_t flags = vk_read_u8(r);
	int64_t count = vk_read_le24(r);
	int8_t zone;

	count |= (int64_t)vk_read_le24(r) << 24;
	(void)vk_read_u8(r); /* where the clock was set from */
	zone = (int8_t)vk_read_u8(r);
	d->time_state = VK_TIME_UNKNOWN;
	if (flags & TIME_TICKS)
		return;
	if (flags & TIME_UTC && (!(flags & TIME_ZONE) || zone < ZONE_LEAST || zone > ZONE_MOST))
		return;
	count /= per_second[flags >> TIME_RESOLUTION_SHIFT & 3];
	count += flags & TIME_UTC ? zone * ZONE_STEP_S : 0;
	vk_date_time_place(d, &epoch, count);
}

/* A list of 32-bit numbers, its length in front. */
static void skip_list(struct vk_reader *r)
{
	for (uint8_t n = vk_read_u8(r); n; n--)
		(void)vk_read_le32(r);
}

/* Everything between type and value. */
static void read_options(struct vk_reader *r, uint16_t flags, struct vk_decoded *d)
{
	if (flags & HAS_TIME)
		read_time(r, d);
	if (flags & HAS_DURATION)
		(void)vk_read_le32(r);
	if (flags & HAS_STATUS)
		(void)vk_read_le16(r);
	if (flags & HAS_OBJECT)
		(void)vk_read_le32(r);
	if (flags & HAS_PATIENT)
		d->user = vk_read_u8(r);
	for (unsigned list = HAS_SUPPLEMENT; list <= HAS_MEMBER; list <<= 1)
		if (flags & list)
			skip_list(r);
}

/* Type, options and value into d; a read beyond the end shows in r. */
static int read_numeric(struct vk_reader *r, uint16_t flags, struct vk_decoded *ret_d,
			struct vk_decode_error *reterr_error)
{
	size_t type_at = r->at, unit_at;
	uint32_t code = vk_read_le32(r);
	const struct type *type = type_of(code);
	struct vk_decimal number;
	enum vk_absent absent;
	int unit;

	if (r->is_short)
		return vk_decode_fail(reterr_error, r->len, "%zu bytes came: no type", r->len);
	if (!type)
		return vk_decode_fail(reterr_error, type_at, "observation of type %u is not known",
				      code);
	*ret_d = vk_decoded_init((enum vk_kind)type->kind);
	read_options(r, flags, ret_d);
	unit_at = r->at;
	unit = unit_of(vk_read_le16(r));
	absent = vk_float_decode(vk_read_le32(r), &number);
	if (r->is_short)
		return vk_decode_fail(reterr_error, r->len,
				      "flags 0x%04x need more than the %zu bytes that came", flags,
				      r->len);
	if (unit < 0)
		return vk_decode_fail(reterr_error, unit_at, "unit %u is not known",
				      vk_get_le16(r->data + unit_at));
	vk_decoded_add(ret_d, (enum vk_quantity)type->quantity, (enum vk_unit)unit, absent, number);
	return 0;
}

int vk_observation_decode_joined(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
				 struct vk_decode_error *reterr_error)
{
	struct vk_reader r = vk_reader_init(data, len);
	struct vk_decoded d;
	uint8_t class = vk_read_u8(&r);
	uint16_t size = vk_read_le16(&r), flags = vk_read_le16(&r);

	if (r.is_short)
		return vk_decode_fail(reterr_error, len, "an observation needs %d bytes, %zu came",
				      HEAD_SIZE, len);
	if (class != CLASS_NUMERIC)
		return vk_decode_fail(reterr_error, 0,
				      "observation of class %u: only simple numbers (1) are read",
				      class);
	if (!(flags & HAS_TYPE))
		return vk_decode_fail(reterr_error, 3, "an observation without its type");
	if (flags & ~KNOWN_FLAGS || flags & HAS_TLV)
		return vk_decode_fail(reterr_error, 3, "flags 0x%04x name fields that are not read",
				      flags);
	if (size > len)
		return vk_decode_fail(reterr_error, 1, "length %u, %zu bytes came", size, len);
	if (read_numeric(&r, flags, &d, reterr_error))
		return -EBADMSG;
	*ret_d = d;
	return 0;
}

int vk_observation_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
			  struct vk_decode_error *reterr_error)
{
	int rc = vk_segments_alone(data, len, reterr_error);

	if (rc)
		return rc;
	rc = vk_observation_decode_joined(data + VK_SEGMENT_HEADER, len - VK_SEGMENT_HEADER, ret_d,
					  reterr_error);
	if (rc)
		reterr_error->byte += VK_SEGMENT_HEADER;
	return rc;
}
