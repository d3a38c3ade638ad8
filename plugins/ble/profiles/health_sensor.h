/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Generic Health Sensor 1840: Live Health Observations 2B8B, as far as public sources agree
 * (ble-profiles.md 14): one segment or joined ones, a simple numeric observation of a quantity that
 * we have. The rest (compound, discrete, sample arrays, TLVs) is refused by name: a guess at a
 * layout would be a guess at a patient. Not stored as readings (vk_profile_is_measurement).
 */
#ifndef VAKA_PROFILES_HEALTH_SENSOR_H
#define VAKA_PROFILES_HEALTH_SENSOR_H

#include "profiles/profile.h"

/* With the segment header, and joined without it. 0, or -EBADMSG with the error filled. */
int vk_observation_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
			  struct vk_decode_error *reterr_error);
int vk_observation_decode_joined(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
				 struct vk_decode_error *reterr_error);

#endif
