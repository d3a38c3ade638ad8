/* SPDX-License-Identifier: Apache-2.0 */
/* Bytes to the decoded form, with what lies outside the plausible range listed by the core's table.
 */
#include "ctl/decode.h"

#include <errno.h>

#include "core/quantity.h"
#include "ctl/about.h"

static void record_json(struct vk_json *j, const struct vk_decoded *d)
{
	vk_json_open(j, NULL, '{');
	vk_decoded_json(j, d, vk_implausible(d));
	vk_json_close(j, '}');
}

int vk_decode_json(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data, size_t len,
		   struct vk_str *out, struct vk_decode_error *reterr_error)
{
	struct vk_decoded records[VK_MAX_RECORDS];
	struct vk_json j = vk_json_init(out);
	int n = vk_profile_decode_records(uuid, quirks, data, len, records, reterr_error);

	if (n == -ENOTSUP)
		n = vk_about_json(uuid, data, len, &j, reterr_error);
	if (n <= 0)
		return n ? n : out->error;
	if (n == 1) {
		record_json(&j, &records[0]);
		return out->error;
	}
	vk_json_open(&j, NULL, '{');
	vk_json_open(&j, "records", '[');
	for (int i = 0; i < n; i++)
		record_json(&j, &records[i]);
	vk_json_close(&j, ']');
	vk_json_close(&j, '}');
	return out->error;
}
