/* SPDX-License-Identifier: Apache-2.0 */
/* A meter's memory is hundreds of these in a row: no tree is built of what is text in the end. */
#include "reading_wire.h"

#include "base/bytes.h"
#include "base/decoded.h"
#include "base/json.h"

enum { HEX_MAX = 2 * VK_ATT_PDU_MAX + 1, CHAR_UNKNOWN = 0xffff };

static void write_error(struct vk_json *j, const struct vk_decode_error *error)
{
	vk_json_open(j, "error", '{');
	vk_json_int(j, "byte", (int64_t)error->byte);
	vk_json_str(j, "why", error->why);
	vk_json_close(j, '}');
}

static void write_place(struct vk_json *j, const struct vk_sample *sample)
{
	vk_json_open(j, "placed", '{');
	vk_json_str(j, "by", vk_placed_by_text(sample->by));
	vk_json_int(j, "time_ms", sample->placed_utc_s * 1000);
	vk_json_int(j, "uncertainty_s", sample->uncertainty_s);
	vk_json_close(j, '}');
}

static void write_value(struct vk_json *j, const struct vk_sample *sample)
{
	char hex[HEX_MAX];

	vk_hex_format(hex, sample->raw, sample->len);
	vk_json_int(j, "char", sample->uuid ? sample->uuid : CHAR_UNKNOWN);
	vk_json_str(j, "raw", hex);
	vk_json_int(j, "at_ms", sample->utc_ms);
	vk_json_bool(j, "live", sample->is_live);
	if (!sample->is_decoded) {
		write_error(j, &sample->error);
		return;
	}
	vk_json_open(j, "decoded", '{');
	vk_decoded_json(j, &sample->decoded, 0);
	vk_json_close(j, '}');
}

void vk_reading_wire(const char *device, const struct vk_sample *sample, int64_t n,
		     struct vk_str *out)
{
	struct vk_json j = vk_json_init(out);

	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "t", "reading");
	vk_json_int(&j, "n", n);
	vk_json_str(&j, "device", device);
	write_value(&j, sample);
	if (sample->has_offset)
		vk_json_int(&j, "clock_offset_s", sample->offset_s);
	if (sample->by != VK_BY_WALL)
		write_place(&j, sample);
	else if (sample->is_steady)
		vk_json_int(&j, "clock_drift_s", sample->uncertainty_s);
	if (sample->does_sequence_move)
		vk_json_bool(&j, "sequence_moves", true);
	vk_json_close(&j, '}');
}
