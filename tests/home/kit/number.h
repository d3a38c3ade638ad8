/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Numbers and times as a health device keeps them: a decimal with the precision that was typed, the
 * 16-bit SFLOAT of ISO/IEEE 11073 and the seven bytes of Date Time. Pure; no binary floats, so 5.50
 * stays 5.50.
 */
#ifndef VK_KIT_NUMBER_H
#define VK_KIT_NUMBER_H

#include <stdbool.h>
#include <stdint.h>

#define VK_SFLOAT_NAN       0x07ff
#define VK_DATE_TIME_LEN    7
#define VK_CURRENT_TIME_LEN 10
/* 2017-01-01 00:00:00 as seconds of a wall clock: what a device shows after its battery was
 * changed. */
#define VK_FACTORY_EPOCH_S 1483228800

struct vk_decimal {
	int32_t mantissa;
	int32_t exponent; /* value = mantissa * 10^exponent */
};

/* "84.50" -> 8450e-2. 0, -EINVAL (not a decimal), -ERANGE (more than nine digits). */
int vk_decimal_parse(const char *text, struct vk_decimal *out);

/* The decimal in whole units of numerator/10^-exponent, e.g. 0.005 kg = (200, 0): round half away
 * from zero. 0 or -ERANGE when it does not fit 32 bits. */
int vk_decimal_units(struct vk_decimal d, int32_t per_unit, int32_t *out);

/* SFLOAT of the decimal moved by shift powers of ten. Keeps the exponent where 12 bits allow it.
 * 0 or -ERANGE. */
int vk_sfloat_encode(struct vk_decimal d, int shift, uint16_t *out);

/* Seconds of the device's own wall clock (as if it were UTC) to bytes and back. Decode gives 0 or
 * -EINVAL. */
void vk_date_time_encode(int64_t wall_s, uint8_t out[VK_DATE_TIME_LEN]);
int vk_date_time_decode(const uint8_t *p, int64_t *wall_s);
void vk_current_time_encode(int64_t wall_s, uint8_t out[VK_CURRENT_TIME_LEN]);

/* RFC 3339 instant to Unix seconds. 0 or -EINVAL. An instant needs Z or an offset. */
int vk_instant_parse(const char *text, int64_t *unix_s);
/* "2017-01-01T00:00:00", the face of a clock without zone. 0 or -EINVAL. */
int vk_wall_parse(const char *text, int64_t *wall_s);

#endif
