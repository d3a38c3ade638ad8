/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A record and the value in it. Its check sum, if the device has one, stands where a longer value
 * would go on, so it is not judged here: nothing in the record says that it is there.
 */
#include "profiles/pressure_record.h"

#include <errno.h>

#include "profiles/layout.h"
#include "profiles/segments.h"

static const struct vk_layout *contained(uint16_t uuid)
{
	static const struct vk_layout *const layouts[] = {
		&vk_blood_pressure_layout,
		&vk_enhanced_blood_pressure_layout,
	};

	for (size_t i = 0; i < VK_ARRAY_LEN(layouts); i++)
		if (layouts[i]->uuid == uuid)
			return layouts[i];
	return NULL;
}

int vk_pressure_record_decode_joined(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
				     struct vk_decode_error *reterr_error)
{
	const struct vk_layout *layout;
	int rc;

	if (len < VK_PRESSURE_RECORD_HEAD)
		return vk_decode_fail(reterr_error, len,
				      "sequence number and UUID need 4 bytes, %zu came", len);
	layout = contained(vk_get_le16(data + 2));
	if (!layout)
		return vk_decode_fail(reterr_error, 2,
				      "a record of characteristic %04x, which is no blood pressure",
				      vk_get_le16(data + 2));
	rc = vk_layout_decode(layout, data + VK_PRESSURE_RECORD_HEAD, len - VK_PRESSURE_RECORD_HEAD,
			      ret_d, reterr_error);
	if (rc) {
		reterr_error->byte += VK_PRESSURE_RECORD_HEAD;
		return rc;
	}
	ret_d->sequence = vk_get_le16(data);
	return 0;
}

int vk_pressure_record_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
			      struct vk_decode_error *reterr_error)
{
	int rc = vk_segments_alone(data, len, reterr_error);

	if (rc)
		return rc;
	rc = vk_pressure_record_decode_joined(data + VK_SEGMENT_HEADER, len - VK_SEGMENT_HEADER,
					      ret_d, reterr_error);
	if (rc)
		reterr_error->byte += VK_SEGMENT_HEADER;
	return rc;
}
