/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Service data of the two scales. Bits of the control bytes: 0 pounds, 4 jin (500 g; the number in
 * kg is the same); of the state, which the older scale keeps in the same byte: 1 impedance was
 * measured (newer scale), 5 settled, 7 stepped off. Exactly as long as the maker sends it:
 * other makers use these UUIDs too.
 */
#include "profiles/service_data.h"

#include <errno.h>

#include "profiles/date_time.h"
#include "profiles/layout.h"

enum {
	POUNDS = 1 << 0,
	IMPEDANCE = 1 << 1,
	SETTLED = 1 << 5,

	WEIGHT_SIZE = 10,
	COMPOSITION_SIZE = 13,
	IMPEDANCE_MOST = 3000, /* above: the scale could not measure one */
};

/* 5 g, or a hundredth of a pound. */
static void add_weight(struct vk_decoded *d, uint8_t unit, uint16_t raw)
{
	if (unit & POUNDS)
		vk_decoded_add(d, VK_QUANTITY_WEIGHT, VK_UNIT_LB, VK_ABSENT_NONE,
			       (struct vk_decimal){raw, -2});
	else
		vk_decoded_add(d, VK_QUANTITY_WEIGHT, VK_UNIT_KG, VK_ABSENT_NONE,
			       (struct vk_decimal){raw * 5, -3});
}

static void add_state(struct vk_decoded *d, uint8_t state)
{
	if (!(state & SETTLED))
		vk_decoded_flag(d, VK_FLAG_MEASUREMENT_ONGOING);
}

static void decode_weight(struct vk_reader *r, struct vk_decoded *d)
{
	uint8_t control = vk_read_u8(r);

	add_weight(d, control, vk_read_le16(r));
	add_state(d, control);
	d->time_state = vk_date_time_read(r, &d->device_time);
}

static void decode_composition(struct vk_reader *r, struct vk_decoded *d)
{
	uint8_t unit = vk_read_u8(r), state = vk_read_u8(r);
	uint16_t impedance;

	d->time_state = vk_date_time_read(r, &d->device_time);
	impedance = vk_read_le16(r);
	add_weight(d, unit, vk_read_le16(r));
	if ((state & IMPEDANCE) && impedance && impedance < IMPEDANCE_MOST)
		vk_decoded_add(d, VK_QUANTITY_IMPEDANCE, VK_UNIT_OHM, VK_ABSENT_NONE,
			       (struct vk_decimal){.mantissa = impedance});
	add_state(d, state);
}

int vk_service_data_decode(uint16_t service, const uint8_t *data, size_t len,
			   struct vk_decoded *ret_d, struct vk_decode_error *reterr_error)
{
	size_t need = service == VK_SERVICE_DATA_WEIGHT ? WEIGHT_SIZE : COMPOSITION_SIZE;
	struct vk_reader r = vk_reader_init(data, len);

	if (service != VK_SERVICE_DATA_WEIGHT && service != VK_SERVICE_DATA_COMPOSITION)
		return -ENOTSUP;
	if (len != need)
		return vk_decode_fail(reterr_error, len < need ? len : need,
				      "service data of %zu bytes are known, %zu came", need, len);
	*ret_d = vk_decoded_init(VK_KIND_WEIGHT);
	if (service == VK_SERVICE_DATA_WEIGHT)
		decode_weight(&r, ret_d);
	else
		decode_composition(&r, ret_d);
	return 0;
}
