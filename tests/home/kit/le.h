/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Little-endian access to byte strings. Every multi-byte field of ATT, of the health profiles and
 * of the kernel's mgmt channel is little-endian and unaligned, so all of them go through here and
 * none by a cast.
 */
#ifndef VK_KIT_LE_H
#define VK_KIT_LE_H

#include <stdint.h>

static inline uint16_t vk_get16(const uint8_t *p)
{
	return (uint16_t)(p[0] | p[1] << 8);
}

static inline uint32_t vk_get32(const uint8_t *p)
{
	return (uint32_t)vk_get16(p) | (uint32_t)vk_get16(p + 2) << 16;
}

static inline void vk_put16(uint8_t *p, uint16_t v)
{
	p[0] = (uint8_t)(v & 0xff);
	p[1] = (uint8_t)(v >> 8);
}

static inline void vk_put32(uint8_t *p, uint32_t v)
{
	vk_put16(p, (uint16_t)(v & 0xffff));
	vk_put16(p + 2, (uint16_t)(v >> 16));
}

#endif
