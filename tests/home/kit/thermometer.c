/* SPDX-License-Identifier: Apache-2.0 */
/* An ear thermometer (Health Thermometer Service 1809): one value with time and place of the body.
 */
#include "device.h"

static void build(struct vk_device *d)
{
	static const uint8_t ear = 3;

	vk_gattdb_service(&d->db, 0x1809);
	vk_gattdb_char(&d->db, 0x2a1c, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, 0x2a1d, VK_PROP_READ, VK_GUARD_NONE, &ear, sizeof(ear));
	vk_clock_add_date_time(&d->db);
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	(void)d;
	return vk_temperature_encode(m, &out->value);
}

const struct vk_kind vk_kind_thermometer = {.name = "thermometer",
					    .maker = "A&D",
					    .model = "UT-201BLE",
					    .service = 0x1809,
					    .appearance = 0x0301,
					    .measurement = 0x2a1c,
					    .idle_ms = 2000,
					    .build = build,
					    .encode = encode};
