/* SPDX-License-Identifier: Apache-2.0 */
/* Decimal numbers as mantissa and exponent; all arithmetic in wide integers. */
#include "base/decimal.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { MAX_DIGITS = 15, MAX_EXPONENT = 18 };

static __int128 pow10_wide(int n)
{
	__int128 p = 1;

	while (n-- > 0)
		p *= 10;
	return p;
}

void vk_decimal_format(char *out, struct vk_decimal d)
{
	char digits[24];
	uint64_t magnitude = d.mantissa < 0 ? 0 - (uint64_t)d.mantissa : (uint64_t)d.mantissa;
	int n = snprintf(digits, sizeof digits, "%" PRIu64, magnitude);
	int places = d.exponent < 0 ? -d.exponent : 0;

	if (d.mantissa < 0)
		*out++ = '-';
	if (places >= n) { /* 0.00…digits */
		*out++ = '0';
		*out++ = '.';
		for (int i = n; i < places; i++)
			*out++ = '0';
		memcpy(out, digits, (size_t)n);
		out[n] = '\0';
		return;
	}
	memcpy(out, digits, (size_t)(n - places));
	out += n - places;
	for (int i = 0; magnitude && i < d.exponent; i++)
		*out++ = '0';
	if (places) {
		*out++ = '.';
		memcpy(out, digits + n - places, (size_t)places);
		out += places;
	}
	*out = '\0';
}

int vk_decimal_parse(const char *text, struct vk_decimal *ret_d)
{
	bool is_negative = *text == '-', has_point = false;
	struct vk_decimal d = {0};
	int n_digits = 0, n_before = 0;

	for (const char *p = text + is_negative; *p; p++) {
		if (*p == '.' && !has_point && n_digits) {
			has_point = true;
			n_before = n_digits;
			continue;
		}
		if (*p < '0' || *p > '9' || ++n_digits > MAX_DIGITS)
			return -EINVAL;
		d.mantissa = d.mantissa * 10 + (*p - '0');
	}
	if (!n_digits || (has_point && n_digits == n_before))
		return -EINVAL;
	if (has_point)
		d.exponent = (int8_t)(n_before - n_digits);
	if (is_negative)
		d.mantissa = -d.mantissa;
	*ret_d = d;
	return 0;
}

/* Mantissa at the lowest exponent we allow: 10^15 * 10^36 does not fit 128 bits, so clamp first. */
static __int128 at_exponent(struct vk_decimal d, int exponent)
{
	return (__int128)d.mantissa * pow10_wide(d.exponent - exponent);
}

int vk_decimal_cmp(struct vk_decimal a, struct vk_decimal b)
{
	int low = a.exponent < b.exponent ? a.exponent : b.exponent;
	int sign_a = (a.mantissa > 0) - (a.mantissa < 0);
	int sign_b = (b.mantissa > 0) - (b.mantissa < 0);

	if (sign_a != sign_b || sign_a == 0)
		return (sign_a > sign_b) - (sign_a < sign_b);
	/* Mantissas are below 2^63: a gap of 19 or more decides by itself. */
	if (a.exponent - b.exponent > MAX_EXPONENT)
		return sign_a;
	if (b.exponent - a.exponent > MAX_EXPONENT)
		return -sign_a;
	__int128 wide_a = at_exponent(a, low), wide_b = at_exponent(b, low);

	return (wide_a > wide_b) - (wide_a < wide_b);
}

int64_t vk_decimal_scaled(struct vk_decimal d, int decimals)
{
	int shift = d.exponent + decimals;
	__int128 value = d.mantissa;

	if (shift < -MAX_EXPONENT || d.mantissa == 0)
		return 0;
	if (shift > MAX_EXPONENT)
		return d.mantissa < 0 ? INT64_MIN : INT64_MAX;
	if (shift >= 0) {
		value *= pow10_wide(shift);
	} else {
		__int128 unit = pow10_wide(-shift);
		__int128 half = unit / 2;

		value = (value < 0 ? value - half : value + half) / unit;
	}
	if (value > INT64_MAX)
		return INT64_MAX;
	return value < INT64_MIN ? INT64_MIN : (int64_t)value;
}
