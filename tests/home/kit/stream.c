/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that notify while they measure, and remember nothing: a chest strap (Heart Rate Service
 * 180D) and a continuous glucose sensor (CGM Service 181F). One value a second, here, for both.
 */
#include "device.h"
#include "le.h"

#define HEART_RATE   0x2a37
#define CGM          0x2aa7
#define CGM_CRC      (1u << 12)
#define CGM_NO_CRC   0xffff
#define SUBCUTANEOUS 0x59 /* interstitial fluid, in subcutaneous tissue */
#define PERIOD_MS    1000

bool vk_stream_step(struct vk_device *d, int64_t now, int *wait_ms)
{
	struct vk_stream *s = &d->stream;
	uint16_t uuid = d->config.kind->stream;

	if (s->end_ms == 0)
		return false;
	if (now >= s->next_ms) {
		if (vk_session_subscribed(d, uuid) && vk_session_notify(d, uuid, &s->value) == 0)
			vk_window_note_value(d, &s->value);
		s->next_ms = now + PERIOD_MS;
	}
	if (*wait_ms < 0 || s->next_ms - now < *wait_ms)
		*wait_ms = (int)(s->next_ms - now);
	return true;
}

static void build_heart(struct vk_device *d)
{
	static const uint8_t chest = 1;

	vk_gattdb_service(&d->db, 0x180d);
	vk_gattdb_char(&d->db, HEART_RATE, VK_PROP_NOTIFY, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, 0x2a38, VK_PROP_READ, VK_GUARD_NONE, &chest, sizeof(chest));
}

static void build_cgm(struct vk_device *d)
{
	uint8_t feature[6] = {0};

	vk_put16(feature, CGM_CRC);
	feature[3] = SUBCUTANEOUS;
	vk_put16(feature + 4, vk_crc_e2e(feature, 4));
	vk_gattdb_service(&d->db, 0x181f);
	vk_gattdb_char(&d->db, CGM, VK_PROP_NOTIFY, VK_GUARD_ENCRYPTED, NULL, 0);
	vk_gattdb_cccd(&d->db, VK_GUARD_ENCRYPTED);
	vk_gattdb_char(&d->db, 0x2aa8, VK_PROP_READ, VK_GUARD_NONE, feature, sizeof(feature));
	/* When the session began; asked of the clock at each read. */
	vk_gattdb_char(&d->db, 0x2aaa, VK_PROP_READ | VK_PROP_WRITE, VK_GUARD_ENCRYPTED, NULL, 0)
		->live = true;
	vk_gattdb_char(&d->db, 0x2aab, VK_PROP_READ, VK_GUARD_NONE, "\xf0", 2);
}

static int encode_heart(const struct vk_device *d, const struct vk_measurement *m,
			struct vk_reading *out)
{
	(void)d;
	return vk_heart_rate_encode(m, &out->value);
}

static int encode_cgm(const struct vk_device *d, const struct vk_measurement *m,
		      struct vk_reading *out)
{
	(void)d;
	return vk_cgm_encode(m, &out->value);
}

const struct vk_kind vk_kind_heart = {.name = "heart-rate",
				      .maker = "Polar",
				      .model = "H10",
				      .service = 0x180d,
				      .appearance = 0x0341,
				      .measurement = HEART_RATE,
				      .stream = HEART_RATE,
				      .idle_ms = 2000,
				      .build = build_heart,
				      .encode = encode_heart,
				      .step = vk_stream_step};

const struct vk_kind vk_kind_cgm = {.name = "cgm",
				    .maker = "Roche",
				    .model = "CGM",
				    .service = 0x181f,
				    .appearance = 0x0d00,
				    .measurement = CGM,
				    .stream = CGM,
				    .idle_ms = 2000,
				    .build = build_cgm,
				    .encode = encode_cgm,
				    .step = vk_stream_step};
