/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The air around a virtual controller: whether it is in reach, and who else advertises. The
 * emulator does it, asked by a vendor command of its own (image/patches, btvirt-the-air) through
 * the kernel's raw channel; a real controller refuses. Needs CAP_NET_RAW and a powered controller.
 */
#ifndef VK_KIT_AIR_H
#define VK_KIT_AIR_H

#include <stdint.h>

enum vk_air {
	VK_AIR_OPEN,
	VK_AIR_SILENT,             /* heard by nobody, hears nobody: links end by supervision */
	VK_AIR_SILENT_UNTIL_RESET, /* the same, until an HCI Reset */
	VK_AIR_DEAF_TO_ADVERTS,    /* until scanning is enabled again */
	VK_AIR_COUNT
};

/* "silent" -> VK_AIR_SILENT; -EINVAL. */
int vk_air_parse(const char *word, enum vk_air *out);
/* Both wait for the controller's answer, at most 2 s. 0, -EPROTO (refused), negative errno. */
int vk_air_set(uint16_t index, enum vk_air air);
int vk_air_storm(uint16_t index, uint16_t per_second, uint16_t seconds);

#endif
