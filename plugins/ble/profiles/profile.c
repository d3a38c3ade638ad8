/* SPDX-License-Identifier: Apache-2.0 */
/* The list of decoders: tables by UUID, and the few values that are no table. */
#include "profiles/profile.h"

#include <errno.h>

#include "profiles/cgm.h"
#include "profiles/health_sensor.h"
#include "profiles/layout.h"
#include "profiles/pressure_record.h"
#include "profiles/quirk_rules.h"
#include "profiles/racp.h"
#include "profiles/service_data.h"

enum {
	UUID_RACP = 0x2a52,
	UUID_CGM = 0x2aa7,
	UUID_PRESSURE_RECORD = 0x2b36,
	UUID_OBSERVATION = 0x2b8b,
};

static const struct vk_layout *const layouts[] = {
	&vk_blood_pressure_layout,
	&vk_cuff_pressure_layout,
	&vk_weight_layout,
	&vk_body_composition_layout,
	&vk_spo2_spot_layout,
	&vk_spo2_continuous_layout,
	&vk_glucose_layout,
	&vk_glucose_context_layout,
	&vk_temperature_layout,
	&vk_intermediate_temperature_layout,
	&vk_heart_rate_layout,
	&vk_battery_layout,
	&vk_date_time_layout,
	&vk_current_time_layout,
	&vk_day_date_time_layout,
	&vk_exact_time_layout,
	&vk_enhanced_blood_pressure_layout,
};

static const struct vk_layout *layout_of(uint16_t uuid)
{
	for (size_t i = 0; i < VK_ARRAY_LEN(layouts); i++)
		if (layouts[i]->uuid == uuid)
			return layouts[i];
	return NULL;
}

static int decode_one(uint16_t uuid, const uint8_t *data, size_t len, struct vk_decoded *ret_d,
		      struct vk_decode_error *reterr_error)
{
	const struct vk_layout *layout = layout_of(uuid);

	if (layout)
		return vk_layout_decode(layout, data, len, ret_d, reterr_error);
	switch (uuid) {
	case UUID_RACP:
		return vk_racp_decode(data, len, ret_d, reterr_error);
	case UUID_PRESSURE_RECORD:
		return vk_pressure_record_decode(data, len, ret_d, reterr_error);
	case UUID_OBSERVATION:
		return vk_observation_decode(data, len, ret_d, reterr_error);
	default:
		return vk_service_data_decode(uuid, data, len, ret_d, reterr_error);
	}
}

int vk_profile_decode_records(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
			      size_t len, struct vk_decoded ret_records[VK_MAX_RECORDS],
			      struct vk_decode_error *reterr_error)
{
	uint8_t anew[VK_QUIRK_BYTES];
	size_t n_anew = vk_quirk_bytes(uuid, quirks, data, len, anew);
	int rc;

	if (uuid == UUID_CGM)
		return vk_cgm_decode(data, len, NULL, ret_records, reterr_error);
	if (n_anew)
		rc = decode_one(uuid, anew, n_anew, ret_records, reterr_error);
	else
		rc = decode_one(uuid, data, len, ret_records, reterr_error);
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

	if (layout)
		return layout->is_measurement;
	return uuid == UUID_CGM || uuid == UUID_PRESSURE_RECORD || uuid == VK_SERVICE_DATA_WEIGHT ||
	       uuid == VK_SERVICE_DATA_COMPOSITION;
}

bool vk_profile_is_reading(const struct vk_decoded *d)
{
	static const uint64_t none = UINT64_C(1) << VK_FLAG_MEASUREMENT_UNAVAILABLE |
				     UINT64_C(1) << VK_FLAG_DEMONSTRATION |
				     UINT64_C(1) << VK_FLAG_TEST_DATA;

	return !(d->flags & none);
}
