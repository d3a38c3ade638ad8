/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Blood Pressure Record 2B36 (service version 1.1): a stored value inside a container that adds a
 * sequence number, sent behind RACP; ble-profiles.md 4.4.
 */
#ifndef VAKA_PROFILES_PRESSURE_RECORD_H
#define VAKA_PROFILES_PRESSURE_RECORD_H

#include "profiles/profile.h"

enum { VK_PRESSURE_RECORD_HEAD = 4 }; /* sequence and UUID: the repeat of vk_segments_add */

/*
 * A value of one segment, with its header; and a record whose segments are joined, without it.
 * 0, or -EBADMSG with the error filled (byte counts from the start of what was handed in). The
 * decoded value carries the record's sequence number.
 */
int vk_pressure_record_decode(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
			      struct vk_decode_error *reterr_error);
int vk_pressure_record_decode_joined(const uint8_t *data, size_t len, struct vk_decoded *ret_d,
				     struct vk_decode_error *reterr_error);

#endif
