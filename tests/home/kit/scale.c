/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A weight scale (Weight Scale Service 181D). The plain one has no clock: its values carry no time,
 * so two equal weights of two days are equal bytes. With a clock it adds time stamp and user.
 */
#include "device.h"
#include "le.h"

#define FEATURE_TIME          1u
#define FEATURE_USERS         2u
#define FEATURE_RESOLUTION_5G (7u << 3)

static void build(struct vk_device *d)
{
	uint8_t feature[4];

	vk_put32(feature,
		 FEATURE_RESOLUTION_5G | (d->config.clock ? FEATURE_TIME | FEATURE_USERS : 0));
	vk_gattdb_service(&d->db, 0x181d);
	vk_gattdb_char(&d->db, 0x2a9e, VK_PROP_READ, VK_GUARD_NONE, feature, sizeof(feature));
	vk_gattdb_char(&d->db, 0x2a9d, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	if (d->config.clock)
		vk_clock_add_date_time(&d->db);
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	return vk_weight_encode(m, d->config.clock, &out->value);
}

const struct vk_kind vk_kind_scale = {.name = "scale",
				      .maker = "A&D",
				      .model = "UC-352BLE",
				      .service = 0x181d,
				      .appearance = 0x0c80,
				      .measurement = 0x2a9d,
				      .idle_ms = 2000,
				      .build = build,
				      .encode = encode};
