/* SPDX-License-Identifier: Apache-2.0 */
/* Battery 180F: 2A19, one byte of percent; ble-profiles.md 12. */
#include "profiles/layout.h"

static const struct vk_field fields[] = {
	{.name = "battery level",
	 .read = vk_field_u8,
	 .size = 1,
	 .quantity = VK_QUANTITY_BATTERY,
	 .scale = {{VK_UNIT_PERCENT, 1, 0}}},
};

const struct vk_layout vk_battery_layout = {
	.uuid = 0x2a19,
	.kind = VK_KIND_BATTERY,
	VK_LAYOUT_FIELDS(fields),
};
