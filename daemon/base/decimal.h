/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A measured number: integer mantissa times a power of ten. The exponent carries the precision the
 * device sent, so 2, 2.0 and 2.00 stay three different texts. No binary floats anywhere.
 */
#ifndef VAKA_BASE_DECIMAL_H
#define VAKA_BASE_DECIMAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vk_decimal {
	int64_t mantissa; /* |mantissa| <= 10^15 in everything we parse */
	int8_t exponent;  /* power of ten, -18…+18 */
};

enum { VK_DECIMAL_TEXT = 48 }; /* bytes that hold any formatted decimal */

/* Writes "124", "36.60", "-1.5", "20000" (never scientific) and a NUL; out holds VK_DECIMAL_TEXT.
 */
void vk_decimal_format(char *out, struct vk_decimal d);

/* Parses [-]digits[.digits], at most 15 digits. 0, or -EINVAL. */
int vk_decimal_parse(const char *text, struct vk_decimal *ret_d);

/* -1, 0, 1 by value: 2.0 equals 2.00. Exact over the whole range. */
int vk_decimal_cmp(struct vk_decimal a, struct vk_decimal b);

/*
 * The value in units of 10^-decimals, rounded half away from zero: 80.05 with decimals 1 is 801.
 * INT64_MAX or INT64_MIN when it does not fit.
 */
int64_t vk_decimal_scaled(struct vk_decimal d, int decimals);

#endif
