/* SPDX-License-Identifier: Apache-2.0 */
/* The form of daemon/include/vaka/README.md. */
#include "reading_wire.h"

#include "base/bytes.h"
#include "plugin/decoded_wire.h"

enum { HEX_MAX = 2 * VK_ATT_PDU_MAX + 1, CHAR_UNKNOWN = 0xffff };

static json_t *placed_json(const struct vk_sample *sample)
{
	return json_pack("{s:s, s:I, s:I}", "by", vk_placed_by_text(sample->by), "time_ms",
			 (json_int_t)sample->placed_utc_s * 1000, "uncertainty_s",
			 (json_int_t)sample->uncertainty_s);
}

json_t *vk_reading_wire(const char *device, const struct vk_sample *sample)
{
	char hex[HEX_MAX];
	json_t *message;

	vk_hex_format(hex, sample->raw, sample->len);
	message = json_pack("{s:s, s:i, s:s, s:I, s:b}", "device", device, "char",
			    sample->uuid ? (int)sample->uuid : CHAR_UNKNOWN, "raw", hex, "at_ms",
			    (json_int_t)sample->utc_ms, "live", (int)sample->is_live);
	if (!message)
		return NULL;
	if (sample->is_decoded)
		(void)json_object_set_new(message, "decoded",
					  vk_decoded_wire_build(&sample->decoded));
	else
		(void)json_object_set_new(message, "error",
					  json_pack("{s:I, s:s}", "byte",
						    (json_int_t)sample->error.byte, "why",
						    sample->error.why));
	if (sample->has_offset)
		(void)json_object_set_new(message, "clock_offset_s",
					  json_integer((json_int_t)sample->offset_s));
	if (sample->by != VK_BY_WALL)
		(void)json_object_set_new(message, "placed", placed_json(sample));
	else if (sample->is_steady)
		(void)json_object_set_new(message, "clock_drift_s",
					  json_integer((json_int_t)sample->uncertainty_s));
	if (sample->does_sequence_move)
		(void)json_object_set_new(message, "sequence_moves", json_true());
	return message;
}
