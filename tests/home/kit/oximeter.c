/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A fingertip oximeter (Pulse Oximeter Service 1822): a spot check with time stamp when the finger
 * is taken out, and, while it measures and somebody listens, one continuous value a second.
 */
#include "device.h"
#include "le.h"

#define FEATURE_TIME      (1u << 3)
#define FEATURE_AMPLITUDE (1u << 6)

static void build(struct vk_device *d)
{
	uint8_t feature[2];

	vk_put16(feature, FEATURE_TIME | FEATURE_AMPLITUDE);
	vk_gattdb_service(&d->db, 0x1822);
	vk_gattdb_char(&d->db, 0x2a60, VK_PROP_READ, VK_GUARD_NONE, feature, sizeof(feature));
	vk_gattdb_char(&d->db, 0x2a5e, VK_PROP_INDICATE, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, 0x2a5f, VK_PROP_NOTIFY, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_clock_add_current_time(&d->db);
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	(void)d;
	return vk_spot_encode(m, &out->value);
}

static int encode_stream(const struct vk_device *d, const struct vk_measurement *m,
			 struct vk_reading *out)
{
	(void)d;
	return vk_continuous_encode(m, &out->value);
}

const struct vk_kind vk_kind_oximeter = {.name = "oximeter",
					 .maker = "Nonin",
					 .model = "3230",
					 .service = 0x1822,
					 .appearance = 0x0c41,
					 .measurement = 0x2a5e,
					 .idle_ms = 2000,
					 .build = build,
					 .encode = encode,
					 .stream = 0x2a5f,
					 .encode_stream = encode_stream,
					 .step = vk_stream_step};
