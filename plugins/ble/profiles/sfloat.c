/* SPDX-License-Identifier: Apache-2.0 */
/* SFLOAT and FLOAT to decimals, exactly: the exponent is kept, because it says the precision. */
#include "profiles/sfloat.h"

enum { MOST_EXPONENT = 18 };

/* nan is the largest mantissa; the other four lie beside it and at the other end. */
static enum vk_absent absent_of(int32_t mantissa, int32_t nan)
{
	if (mantissa == nan)
		return VK_ABSENT_NOT_A_NUMBER;
	if (mantissa == nan - 1)
		return VK_ABSENT_POSITIVE_INFINITY;
	if (mantissa == -nan + 1)
		return VK_ABSENT_NEGATIVE_INFINITY;
	if (mantissa == -nan || mantissa == -nan - 1) /* reserved, not at this resolution */
		return VK_ABSENT_ERROR;
	return VK_ABSENT_NONE;
}

static int32_t sign_extend(uint32_t value, int bits)
{
	uint32_t sign = UINT32_C(1) << (bits - 1);

	return (int32_t)(value ^ sign) - (int32_t)sign;
}

enum vk_absent vk_sfloat_decode(uint16_t raw, struct vk_decimal *ret_number)
{
	int32_t mantissa = sign_extend(raw & 0x0fffu, 12);
	int32_t exponent = sign_extend(raw >> 12, 4);
	enum vk_absent absent = exponent == 0 ? absent_of(mantissa, 0x7ff) : VK_ABSENT_NONE;

	*ret_number = (struct vk_decimal){0};
	if (absent == VK_ABSENT_NONE)
		*ret_number = (struct vk_decimal){mantissa, (int8_t)exponent};
	return absent;
}

enum vk_absent vk_float_decode(uint32_t raw, struct vk_decimal *ret_number)
{
	int32_t mantissa = sign_extend(raw & 0xffffffu, 24);
	int32_t exponent = sign_extend(raw >> 24, 8);
	enum vk_absent absent = exponent == 0 ? absent_of(mantissa, 0x7fffff) : VK_ABSENT_NONE;

	*ret_number = (struct vk_decimal){0};
	if (exponent > MOST_EXPONENT || exponent < -MOST_EXPONENT)
		return VK_ABSENT_ERROR;
	if (absent == VK_ABSENT_NONE)
		*ret_number = (struct vk_decimal){mantissa, (int8_t)exponent};
	return absent;
}
