/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A scale that only advertises, in the manner of the Xiaomi Mi Scale 2: nobody connects, nobody
 * bonds. While somebody stands on it its service data tell a weight that does not stand still yet;
 * then the one that counts, until the window is over.
 */
#include "device.h"
#include "util.h"

#define SWAYING_MS 1000

static void build(struct vk_device *d)
{
	(void)d;
}

static int encode(const struct vk_device *d, const struct vk_measurement *m, struct vk_reading *out)
{
	(void)d;
	return vk_beacon_encode(m, true, &out->value);
}

void vk_beacon_show(struct vk_device *d, const struct vk_value *value)
{
	d->beacon.value = *value;
	d->beacon.stable_ms = vk_mono_ms() + SWAYING_MS;
	d->beacon.shown = false;
}

bool vk_beacon_data(struct vk_device *d, int64_t now, struct vk_value *out)
{
	bool is_stable = now >= d->beacon.stable_ms;

	*out = d->beacon.value;
	if (is_stable && !d->beacon.shown)
		vk_window_note_value(d, out);
	d->beacon.shown = is_stable;
	if (!is_stable) {
		out->byte[0] &= (uint8_t)~0x20u;
		out->byte[1] ^= 0x15;
	}
	return is_stable;
}

const struct vk_kind vk_kind_beacon = {.name = "beacon-scale",
				       .maker = "Xiaomi",
				       .model = "XMTZC01HM",
				       .service = 0x181d,
				       .appearance = 0x0c80,
				       .beacon = true,
				       .idle_ms = 2000,
				       .build = build,
				       .encode = encode};
