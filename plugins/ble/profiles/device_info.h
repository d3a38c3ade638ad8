/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Device Information 180A: the texts by which a model is known, and the two identifiers;
 * ble-profiles.md 12. Foreign text: what is not UTF-8 or not printable does not get through, and
 * the NULs and blanks that some devices pad with are taken off.
 */
#ifndef VAKA_PROFILES_DEVICE_INFO_H
#define VAKA_PROFILES_DEVICE_INFO_H

#include "profiles/profile.h"

enum { VK_DEVICE_TEXT_MAX = 64 }; /* bytes with the NUL */

/* Name of the member that a text characteristic fills ("manufacturer", …), or NULL: no text. */
const char *vk_device_text_name(uint16_t uuid);

/* The text, cut at a character where it is too long; each byte that is no text becomes '?'. */
void vk_device_text(const uint8_t *data, size_t len, char ret_text[VK_DEVICE_TEXT_MAX]);

/* System ID 2A23. */
struct vk_system_id {
	uint64_t manufacturer; /* 40 bits */
	uint32_t organisation; /* OUI, 24 bits */
};

/* PnP ID 2A50. */
struct vk_pnp_id {
	uint8_t source; /* 1: the vendor is a Bluetooth company, 2: a USB vendor */
	uint16_t vendor, product, version;
};

/* 0, or -EBADMSG with the error filled. */
int vk_system_id_decode(const uint8_t *data, size_t len, struct vk_system_id *ret,
			struct vk_decode_error *reterr_error);
int vk_pnp_id_decode(const uint8_t *data, size_t len, struct vk_pnp_id *ret,
		     struct vk_decode_error *reterr_error);

#endif
