/* SPDX-License-Identifier: Apache-2.0 */
/* Health Thermometer 1809: 2A1C and 2A1E; ble-profiles.md 10. */
#include "profiles/layout.h"

static void read_site(struct vk_reader *r, const struct vk_field *field, uint16_t flags,
		      struct vk_decoded *d)
{
	(void)field;
	(void)flags;
	d->site = vk_read_u8(r);
}

static const struct vk_field fields[] = {
	{.name = "temperature",
	 .read = vk_field_float,
	 .size = 4,
	 .quantity = VK_QUANTITY_TEMPERATURE,
	 .unit_bit = 1 << 0,
	 .scale = {{VK_UNIT_CEL, 1, 0}, {VK_UNIT_DEGF, 1, 0}}},
	{.name = "time stamp", .read = vk_field_date_time, .when = 1 << 1, .size = 7},
	{.name = "temperature type", .read = read_site, .when = 1 << 2, .size = 1},
};

const struct vk_layout vk_temperature_layout = {
	.uuid = 0x2a1c,
	.kind = VK_KIND_TEMPERATURE,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(fields),
};

/* The thermometer is still warming up: worth showing, never worth storing. */
const struct vk_layout vk_intermediate_temperature_layout = {
	.uuid = 0x2a1e,
	.kind = VK_KIND_TEMPERATURE,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(fields),
};
