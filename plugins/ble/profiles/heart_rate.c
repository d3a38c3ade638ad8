/* SPDX-License-Identifier: Apache-2.0 */
/* Heart Rate 180D: 2A37; ble-profiles.md 11. Intervals between beats run to the end of the value.
 */
#include "profiles/layout.h"

enum {
	WIDE = 1 << 0,
	CONTACT = 1 << 1,
	CONTACT_KNOWN = 1 << 2,
	ENERGY = 1 << 3,
	INTERVALS = 1 << 4,
};

static void read_rate(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		      struct vk_decoded *d)
{
	(void)flags;
	vk_decoded_add(d, field->quantity, VK_UNIT_PER_MIN, VK_ABSENT_NONE,
		       (struct vk_decimal){.mantissa = vk_read_u8(r)});
}

static void read_upper_byte(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			    struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->values[0].number.mantissa |= (int64_t)vk_read_u8(r) << 8;
}

/* 1/1024 s to whole milliseconds, rounded. */
static void read_interval(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
			  struct vk_decoded *d)
{
	uint32_t raw = vk_read_le16(r);

	(void)field;
	(void)flags;
	if (d->n_rr < VK_MAX_RR)
		d->rr_ms[d->n_rr++] = (uint16_t)((raw * 1000 + 512) / 1024);
}

static const struct vk_field fields[] = {
	{.name = "heart rate", .read = read_rate, .size = 1, .quantity = VK_QUANTITY_HEART_RATE},
	{.name = "upper byte of heart rate", .read = read_upper_byte, .when = WIDE, .size = 1},
	{.name = "energy expended",
	 .read = vk_field_count,
	 .when = ENERGY,
	 .size = 2,
	 .quantity = VK_QUANTITY_ENERGY_EXPENDED,
	 .scale = {{VK_UNIT_KJ, 1, 0}}},
	{.name = "interval between beats", .read = read_interval, .when = INTERVALS, .size = 2},
};

static int finish(struct vk_reader *r, uint16_t flags, struct vk_decoded *d,
		  struct vk_decode_error *reterr_error)
{
	if (flags & CONTACT_KNOWN)
		vk_decoded_flag(d, flags & CONTACT ? VK_FLAG_SENSOR_CONTACT
						   : VK_FLAG_NO_SENSOR_CONTACT);
	if (!(flags & INTERVALS))
		return 0;
	while (vk_reader_left(r) >= 2)
		read_interval(r, NULL, flags, d);
	if (vk_reader_left(r))
		return vk_decode_fail(reterr_error, r->at, "half an interval between beats");
	return 0;
}

const struct vk_layout vk_heart_rate_layout = {
	.uuid = 0x2a37,
	.kind = VK_KIND_HEART_RATE,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(fields),
	.finish = finish,
};
