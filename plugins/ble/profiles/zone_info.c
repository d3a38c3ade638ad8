/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Local Time Information and Reference Time Information; ble-profiles.md 3.5, 3.6. What a device
 * knows of zone and source helps to explain an offset; it never sets our clock.
 */
#include "profiles/date_time.h"
#include "profiles/layout.h"

enum {
	LOCAL_TIME_SIZE = 2,
	REFERENCE_TIME_SIZE = 4,

	ZONE_STEP_MIN = 15,
	ZONE_LEAST = -48, /* UTC-12:00 */
	ZONE_MOST = 56,   /* UTC+14:00 */
	DST_STEP_MIN = 15,
	DST_MOST = 8,

	ACCURACY_OUT_OF_RANGE = 254,
	AGE_UNKNOWN = 255,
};

static bool is_dst(uint8_t raw)
{
	return raw <= DST_MOST && (raw & (raw - 1)) == 0 && raw != 1;
}

int vk_local_time_decode(const uint8_t *data, size_t len, struct vk_local_time *ret,
			 struct vk_decode_error *reterr_error)
{
	int8_t zone;

	if (len < LOCAL_TIME_SIZE)
		return vk_decode_fail(reterr_error, len, "%d bytes are needed, %zu came",
				      LOCAL_TIME_SIZE, len);
	zone = (int8_t)data[0];
	*ret = (struct vk_local_time){0};
	ret->has_zone = zone >= ZONE_LEAST && zone <= ZONE_MOST;
	if (ret->has_zone)
		ret->zone_min = (int16_t)(zone * ZONE_STEP_MIN);
	ret->has_dst = is_dst(data[1]);
	if (ret->has_dst)
		ret->dst_min = (int16_t)(data[1] * DST_STEP_MIN);
	return 0;
}

int vk_reference_time_decode(const uint8_t *data, size_t len, struct vk_reference_time *ret,
			     struct vk_decode_error *reterr_error)
{
	if (len < REFERENCE_TIME_SIZE)
		return vk_decode_fail(reterr_error, len, "%d bytes are needed, %zu came",
				      REFERENCE_TIME_SIZE, len);
	*ret = (struct vk_reference_time){.source = data[0]};
	ret->has_accuracy = data[1] < ACCURACY_OUT_OF_RANGE;
	if (ret->has_accuracy)
		ret->accuracy_ms = (uint16_t)(data[1] * 125); /* eighths of a second */
	ret->has_age = data[2] != AGE_UNKNOWN && data[3] != AGE_UNKNOWN;
	if (ret->has_age)
		ret->age_h = (uint16_t)(data[2] * 24 + data[3]);
	return 0;
}
