/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See number.h. A decimal is carried as mantissa and exponent all the way to the wire, since the
 * exponent of an SFLOAT tells the receiver the precision: 2 and 2.0 are different bytes.
 */
#include "number.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "le.h"

#define SFLOAT_MANTISSA_MAX 2045
#define DIGITS_MAX          9

int vk_decimal_parse(const char *text, struct vk_decimal *out)
{
	int64_t mantissa = 0;
	int32_t exponent = 0;
	int digits = 0;
	bool point = false;
	bool negative = *text == '-';

	for (const char *p = text + negative; *p; p++) {
		if (*p == '.' && !point) {
			point = true;
			continue;
		}
		if (*p < '0' || *p > '9')
			return -EINVAL;
		if (++digits > DIGITS_MAX)
			return -ERANGE;
		mantissa = mantissa * 10 + (*p - '0');
		exponent -= point;
	}
	if (digits == 0)
		return -EINVAL;
	out->mantissa = (int32_t)(negative ? -mantissa : mantissa);
	out->exponent = exponent;
	return 0;
}

static int64_t divide_rounded(int64_t a, int64_t b)
{
	return a >= 0 ? (a + b / 2) / b : -((-a + b / 2) / b);
}

int vk_decimal_units(struct vk_decimal d, int32_t per_unit, int32_t *out)
{
	int64_t v = (int64_t)d.mantissa * per_unit;
	int64_t divisor = 1;

	for (int32_t e = d.exponent; e < 0; e++)
		divisor *= 10;
	v = divide_rounded(v, divisor);
	if (d.exponent > 0 || v > INT32_MAX || v < INT32_MIN)
		return -ERANGE;
	*out = (int32_t)v;
	return 0;
}

int vk_sfloat_encode(struct vk_decimal d, int shift, uint16_t *out)
{
	int64_t m = d.mantissa;
	int e = d.exponent + shift;

	while (m > SFLOAT_MANTISSA_MAX || m < -SFLOAT_MANTISSA_MAX || e < -8) {
		m = divide_rounded(m, 10);
		e++;
	}
	if (e > 7)
		return -ERANGE;
	*out = (uint16_t)((unsigned)(e & 0xf) << 12 | (unsigned)(m & 0xfff));
	return 0;
}

void vk_date_time_encode(int64_t wall_s, uint8_t out[VK_DATE_TIME_LEN])
{
	time_t t = (time_t)wall_s;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	vk_put16(out, (uint16_t)(tm.tm_year + 1900));
	out[2] = (uint8_t)(tm.tm_mon + 1);
	out[3] = (uint8_t)tm.tm_mday;
	out[4] = (uint8_t)tm.tm_hour;
	out[5] = (uint8_t)tm.tm_min;
	out[6] = (uint8_t)tm.tm_sec;
}

static int wall_from_fields(struct tm *tm, int64_t *wall_s)
{
	struct tm want = *tm;
	time_t t = timegm(tm);

	/* timegm() quietly turns 31 June into 1 July; a clock must not. */
	if (tm->tm_mon != want.tm_mon || tm->tm_mday != want.tm_mday ||
	    tm->tm_hour != want.tm_hour || tm->tm_min != want.tm_min || tm->tm_sec != want.tm_sec)
		return -EINVAL;
	*wall_s = (int64_t)t;
	return 0;
}

int vk_date_time_decode(const uint8_t *p, int64_t *wall_s)
{
	struct tm tm = {.tm_year = vk_get16(p) - 1900,
			.tm_mon = p[2] - 1,
			.tm_mday = p[3],
			.tm_hour = p[4],
			.tm_min = p[5],
			.tm_sec = p[6]};

	if (vk_get16(p) < 1582 || vk_get16(p) > 9999)
		return -EINVAL;
	return wall_from_fields(&tm, wall_s);
}

void vk_current_time_encode(int64_t wall_s, uint8_t out[VK_CURRENT_TIME_LEN])
{
	time_t t = (time_t)wall_s;
	struct tm tm = {0};

	gmtime_r(&t, &tm);
	vk_date_time_encode(wall_s, out);
	out[7] = (uint8_t)(tm.tm_wday == 0 ? 7 : tm.tm_wday);
	out[8] = 0;
	out[9] = 0;
}

static int fields_parse(const char *text, struct tm *tm, int *used)
{
	memset(tm, 0, sizeof(*tm));
	*used = 0;
	if (sscanf(text, "%4d-%2d-%2d%*1[T ]%2d:%2d:%2d%n", &tm->tm_year, &tm->tm_mon, &tm->tm_mday,
		   &tm->tm_hour, &tm->tm_min, &tm->tm_sec, used) != 6 ||
	    *used == 0)
		return -EINVAL;
	tm->tm_year -= 1900;
	tm->tm_mon -= 1;
	return 0;
}

int vk_wall_parse(const char *text, int64_t *wall_s)
{
	struct tm tm;
	int used;

	if (fields_parse(text, &tm, &used) < 0 || text[used])
		return -EINVAL;
	return wall_from_fields(&tm, wall_s);
}

int vk_instant_parse(const char *text, int64_t *unix_s)
{
	struct tm tm;
	int used;
	int end = 0;
	int hours;
	int minutes;
	char sign;
	int64_t wall;

	if (fields_parse(text, &tm, &used) < 0 || wall_from_fields(&tm, &wall) < 0)
		return -EINVAL;
	if (text[used] == '.')
		used += 1 + (int)strspn(text + used + 1, "0123456789");
	if (strcmp(text + used, "Z") == 0) {
		*unix_s = wall;
		return 0;
	}
	if (sscanf(text + used, "%c%2d:%2d%n", &sign, &hours, &minutes, &end) != 3 ||
	    text[used + end] || (sign != '+' && sign != '-') || hours > 23 || minutes > 59)
		return -EINVAL;
	*unix_s = wall - (sign == '-' ? -1 : 1) * ((int64_t)hours * 3600 + (int64_t)minutes * 60);
	return 0;
}
