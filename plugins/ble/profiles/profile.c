/* SPDX-License-Identifier: Apache-2.0 */
/* The list of decoders: tables by UUID, and the two values that are no table. */
#include "profiles/profile.h"

#include <errno.h>

#include "profiles/cgm.h"
#include "profiles/layout.h"
#include "profiles/quirk_rules.h"
#include "profiles/racp.h"

enum { UUID_RACP = 0x2a52, UUID_CGM = 0x2aa7 };

static const struct vk_layout *const layouts[] = {
	&vk_blood_pressure_layout, &vk_cuff_pressure_layout,
	&vk_weight_layout,         &vk_body_composition_layout,
	&vk_spo2_spot_layout,      &vk_spo2_continuous_layout,
	&vk_glucose_layout,        &vk_glucose_context_layout,
	&vk_temperature_layout,    &vk_intermediate_temperature_layout,
	&vk_heart_rate_layout,     &vk_battery_layout,
	&vk_date_time_layout,      &vk_current_time_layout,
};

static const struct vk_layout *layout_of(uint16_t uuid)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(layouts); i++)
		if (layouts[i]->uuid == uuid)
			return layouts[i];
	return NULL;
}

int vk_profile_decode_records(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
			      size_t len, struct vk_decoded ret_records[VK_MAX_RECORDS],
			      struct vk_decode_error *reterr_error)
{
	const struct vk_layout *layout = layout_of(uuid);
	uint8_t anew[VK_QUIRK_BYTES];
	size_t n_anew = vk_quirk_bytes(uuid, quirks, data, len, anew);
	int rc;

	if (n_anew) {
		data = anew;
		len = n_anew;
	}
	if (uuid == UUID_CGM)
		return vk_cgm_decode(data, len, ret_records, reterr_error);
	if (uuid == UUID_RACP)
		rc = vk_racp_decode(data, len, ret_records, reterr_error);
	else if (layout)
		rc = vk_layout_decode(layout, data, len, ret_records, reterr_error);
	else
		return -ENOTSUP;
	if (rc)
		return rc;
	vk_quirk_values(quirks, ret_records);
	return 1;
}

int vk_profile_decode(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
		      size_t len, struct vk_decoded *ret_d, struct vk_decode_error *reterr_error)
{
	struct vk_decoded records[VK_MAX_RECORDS];
	int n = vk_profile_decode_records(uuid, quirks, data, len, records, reterr_error);

	if (n < 0)
		return n;
	if (n > 1)
		return -E2BIG;
	*ret_d = records[0];
	return 0;
}

bool vk_profile_is_measurement(uint16_t uuid)
{
	const struct vk_layout *layout = layout_of(uuid);

	return uuid == UUID_CGM || (layout && layout->is_measurement);
}

bool vk_profile_is_reading(const struct vk_decoded *d)
{
	static const uint64_t none = UINT64_C(1) << VK_FLAG_MEASUREMENT_UNAVAILABLE |
				     UINT64_C(1) << VK_FLAG_DEMONSTRATION |
				     UINT64_C(1) << VK_FLAG_TEST_DATA;

	return !(d->flags & none);
}
