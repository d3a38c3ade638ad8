/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The two medical number formats of IEEE 11073-20601: a mantissa and a power of ten, both in two's
 * complement, and five patterns that mean "no number". Bluetooth sends both little-endian.
 */
#ifndef VAKA_PROFILES_SFLOAT_H
#define VAKA_PROFILES_SFLOAT_H

#include <stdint.h>

#include "base/decimal.h"
#include "base/names.h"

/*
 * 16 bits: exponent 4, mantissa 12. VK_ABSENT_NONE and the number, or why there is none (the number
 * is 0 then). The five patterns are special only with exponent 0: 0xF7FF is 204.7.
 */
enum vk_absent vk_sfloat_decode(uint16_t raw, struct vk_decimal *ret_number);

/* 32 bits: exponent 8, mantissa 24. An exponent outside vk_decimal's range is VK_ABSENT_ERROR. */
enum vk_absent vk_float_decode(uint32_t raw, struct vk_decimal *ret_number);

#endif
