/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scales that never wait for a connection: the weight stands in the advertisement's service data
 * under 181D (Xiaomi Mi Scale) or 181B (Mi Body Scale 2); ble-profiles.md 17. A scale sends the
 * same frame many times, and unstable ones before it: the time stamp tells frames of one person's
 * step on the scale apart, and only a settled one is a reading.
 */
#ifndef VAKA_PROFILES_SERVICE_DATA_H
#define VAKA_PROFILES_SERVICE_DATA_H

#include "profiles/profile.h"

enum { VK_SERVICE_DATA_WEIGHT = 0x181d, VK_SERVICE_DATA_COMPOSITION = 0x181b };

/*
 * service is the 16-bit UUID, data what follows it. 0; -EBADMSG with the error filled; -ENOTSUP:
 * nothing is known of service data under this UUID. The kind is "weight" for both, an impedance
 * comes beside. VK_FLAG_MEASUREMENT_ONGOING: the number has not settled yet.
 */
int vk_service_data_decode(uint16_t service, const uint8_t *data, size_t len,
			   struct vk_decoded *ret_d, struct vk_decode_error *reterr_error);

#endif
