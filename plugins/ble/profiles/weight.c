/* SPDX-License-Identifier: Apache-2.0 */
/* Weight Scale 181D and Body Composition 181B: 2A9D and 2A9C; ble-profiles.md 7.1, 8. */
#include "profiles/layout.h"

enum { UNIT_IMPERIAL = 1 << 0 };

#define MASS                                                                                       \
	.read = vk_field_u16, .size = 2, .unit_bit = UNIT_IMPERIAL,                                \
	.scale = {{VK_UNIT_KG, 5, -3}, {VK_UNIT_LB, 1, -2}}
#define HEIGHT                                                                                     \
	.name = "height", .read = vk_field_u16, .size = 2, .quantity = VK_QUANTITY_HEIGHT,         \
	.unit_bit = UNIT_IMPERIAL, .scale = {{VK_UNIT_M, 1, -3}, {VK_UNIT_IN, 1, -1}}
#define TENTHS(u) .read = vk_field_u16, .size = 2, .scale = {{u, 1, -1}}
#define WHOLE(u)  .read = vk_field_u16, .size = 2, .scale = {{u, 1, 0}}

static const struct vk_field weight_fields[] = {
	{.name = "weight", MASS, .quantity = VK_QUANTITY_WEIGHT},
	{.name = "time stamp", .read = vk_field_date_time, .when = 1 << 1, .size = 7},
	{.name = "user id", .read = vk_field_user, .when = 1 << 2, .size = 1},
	{.name = "BMI", TENTHS(VK_UNIT_KG_M2), .when = 1 << 3, .quantity = VK_QUANTITY_BMI},
	{HEIGHT, .when = 1 << 3},
};

static const struct vk_field body_composition_fields[] = {
	{.name = "body fat", TENTHS(VK_UNIT_PERCENT), .quantity = VK_QUANTITY_BODY_FAT},
	{.name = "time stamp", .read = vk_field_date_time, .when = 1 << 1, .size = 7},
	{.name = "user id", .read = vk_field_user, .when = 1 << 2, .size = 1},
	{.name = "basal metabolism",
	 WHOLE(VK_UNIT_KJ),
	 .when = 1 << 3,
	 .quantity = VK_QUANTITY_BASAL_METABOLISM},
	{.name = "muscle percentage",
	 TENTHS(VK_UNIT_PERCENT),
	 .when = 1 << 4,
	 .quantity = VK_QUANTITY_MUSCLE_PERCENTAGE},
	{.name = "muscle mass", MASS, .when = 1 << 5, .quantity = VK_QUANTITY_MUSCLE_MASS},
	{.name = "fat-free mass", MASS, .when = 1 << 6, .quantity = VK_QUANTITY_FAT_FREE_MASS},
	{.name = "soft lean mass", MASS, .when = 1 << 7, .quantity = VK_QUANTITY_SOFT_LEAN_MASS},
	{.name = "body water mass", MASS, .when = 1 << 8, .quantity = VK_QUANTITY_BODY_WATER_MASS},
	{.name = "impedance",
	 TENTHS(VK_UNIT_OHM),
	 .when = 1 << 9,
	 .quantity = VK_QUANTITY_IMPEDANCE},
	{.name = "weight", MASS, .when = 1 << 10, .quantity = VK_QUANTITY_WEIGHT},
	{HEIGHT, .when = 1 << 11},
};

const struct vk_layout vk_weight_layout = {
	.uuid = 0x2a9d,
	.kind = VK_KIND_WEIGHT,
	.is_measurement = true,
	.flags_size = 1,
	VK_LAYOUT_FIELDS(weight_fields),
};

/* A body fat that was not measured takes the rest with it. */
static int finish_composition(struct vk_reader *r, uint16_t flags, struct vk_decoded *d,
			      struct vk_decode_error *reterr_error)
{
	(void)r;
	(void)flags;
	(void)reterr_error;
	if (d->values[0].absent != VK_ABSENT_NONE)
		d->n_values = 1;
	return 0;
}

const struct vk_layout vk_body_composition_layout = {
	.uuid = 0x2a9c,
	.kind = VK_KIND_BODY_COMPOSITION,
	.is_measurement = true,
	.flags_size = 2,
	VK_LAYOUT_FIELDS(body_composition_fields),
	.finish = finish_composition,
};
