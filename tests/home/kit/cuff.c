/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A blood pressure cuff (Blood Pressure Service 1810) in the manner of the A&D UA-651BLE: the clock
 * is a Date Time inside the service, every value carries time, pulse and status, stored ones go
 * oldest first.
 */
#include "device.h"

static void build(struct vk_device *d)
{
	static const uint8_t feature[2] = {0x17, 0}; /* movement, fit, irregular pulse, position */

	vk_gattdb_service(&d->db, 0x1810);
	vk_gattdb_char(&d->db, 0x2a49, VK_PROP_READ, VK_GUARD_NONE, feature, sizeof(feature));
	vk_gattdb_char(&d->db, 0x2a35, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_clock_add_date_time(&d->db);
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	(void)d;
	return vk_pressure_encode(m, &out->value);
}

const struct vk_kind vk_kind_cuff = {.name = "cuff",
				     .maker = "A&D",
				     .model = "UA-651BLE",
				     .service = 0x1810,
				     .appearance = 0x0381,
				     .measurement = 0x2a35,
				     .idle_ms = 2000,
				     .build = build,
				     .encode = encode};
