/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The check sum that CGM, and later services, put at the end of a value ("E2E-CRC"): CRC-16 with
 * the reflected polynomial 0x8408, initial 0xFFFF, sent little-endian; ble-profiles.md 13.
 */
#ifndef VAKA_PROFILES_E2E_CRC_H
#define VAKA_PROFILES_E2E_CRC_H

#include <stddef.h>
#include <stdint.h>

#include "profiles/profile.h"

enum { VK_E2E_CRC_SIZE = 2 };

uint16_t vk_e2e_crc(const uint8_t *data, size_t len);

/* Writes the check sum of data's first len bytes behind them. */
void vk_e2e_crc_append(uint8_t *data, size_t len);

/*
 * Judges the two bytes behind the first len of data, which are there. 0, or -EBADMSG with the
 * error filled; offset is where data begins in the whole value, for the error.
 */
int vk_e2e_crc_check(const uint8_t *data, size_t len, size_t offset,
		     struct vk_decode_error *reterr_error);

#endif
