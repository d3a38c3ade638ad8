/* SPDX-License-Identifier: Apache-2.0 */
/* Dates as day numbers (era arithmetic over 400-year cycles), zones as transitions. */
#include "base/civil.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { DAY_S = 86400 };

/* What four digits of a year can show; a moment beyond is shown as the nearest. */
static const int64_t first_second = INT64_C(-62135596800), last_second = INT64_C(253402300799);

static int month_days(int year, int month)
{
	static const uint8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool is_leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return month == 2 && is_leap ? 29 : days[month - 1];
}

bool vk_civil_is_valid(const struct vk_civil *c)
{
	return c->year >= 1582 && c->year <= 9999 && c->month >= 1 && c->month <= 12 &&
	       c->day >= 1 && c->day <= month_days(c->year, c->month) && c->hour <= 23 &&
	       c->minute <= 59 && c->second <= 59;
}

int32_t vk_civil_day(int year, int month, int day)
{
	int y = month <= 2 ? year - 1 : year; /* years start in March, so leap days end them */
	int era = (y >= 0 ? y : y - 399) / 400;
	int year_of_era = y - era * 400;
	int day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

void vk_civil_from_day(int32_t day, struct vk_civil *ret_c)
{
	int z = day + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097;
	int day_of_era = z - era * 146097;
	int year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int shifted = (5 * day_of_year + 2) / 153;
	int month = shifted + (shifted < 10 ? 3 : -9);

	*ret_c = (struct vk_civil){
		.year = (int16_t)(year_of_era + era * 400 + (month <= 2)),
		.month = (uint8_t)month,
		.day = (uint8_t)(day_of_year - (153 * shifted + 2) / 5 + 1),
	};
}

int64_t vk_civil_seconds(const struct vk_civil *c)
{
	return (int64_t)vk_civil_day(c->year, c->month, c->day) * DAY_S + c->hour * 3600 +
	       c->minute * 60 + c->second;
}

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

static int64_t clamp(int64_t seconds)
{
	if (seconds < first_second)
		return first_second;
	return seconds > last_second ? last_second : seconds;
}

static int32_t floor_day(int64_t seconds)
{
	return (int32_t)floor_div(clamp(seconds), DAY_S);
}

void vk_civil_from_seconds(int64_t seconds, struct vk_civil *ret_c)
{
	int32_t day = floor_day(seconds);
	int rest = (int)(clamp(seconds) - (int64_t)day * DAY_S);

	vk_civil_from_day(day, ret_c);
	ret_c->hour = (uint8_t)(rest / 3600);
	ret_c->minute = (uint8_t)(rest / 60 % 60);
	ret_c->second = (uint8_t)(rest % 60);
}

/* Two digits and what follows them; each reading is written with several times. */
static char *put_two(char *at, unsigned value, char next)
{
	at[0] = (char)('0' + value / 10 % 10);
	at[1] = (char)('0' + value % 10);
	at[2] = next;
	return at + 3;
}

void vk_civil_format(char out[VK_RFC3339_TEXT], const struct vk_civil *c)
{
	unsigned year = c->year >= 0 && c->year <= 9999 ? (unsigned)c->year : 0;
	char *at = put_two(out, year / 100, '-') - 1;

	at = put_two(at, year % 100, '-');
	at = put_two(at, c->month, '-');
	at = put_two(at, c->day, 'T');
	at = put_two(at, c->hour, ':');
	at = put_two(at, c->minute, ':');
	(void)put_two(at, c->second, '\0');
}

/* Fixed-width digits; -1 when one is missing. */
static int digits(const char *p, int n)
{
	int value = 0;

	for (int i = 0; i < n; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + p[i] - '0';
	}
	return value;
}

/* The 19 characters of a date and time; 0 or -EINVAL. */
static int parse_head(const char *text, struct vk_civil *ret_c)
{
	static const uint8_t at[] = {5, 8, 11, 14, 17};
	int part[5], year;

	if (strnlen(text, 19) < 19 || text[4] != '-' || text[7] != '-' ||
	    (text[10] != 'T' && text[10] != 't') || text[13] != ':' || text[16] != ':')
		return -EINVAL;
	year = digits(text, 4);
	for (int i = 0; i < 5; i++)
		if ((part[i] = digits(text + at[i], 2)) < 0)
			return -EINVAL;
	if (year < 0)
		return -EINVAL;
	*ret_c = (struct vk_civil){(int16_t)year,    (uint8_t)part[0], (uint8_t)part[1],
				   (uint8_t)part[2], (uint8_t)part[3], (uint8_t)part[4]};
	return vk_civil_is_valid(ret_c) ? 0 : -EINVAL;
}

int vk_civil_parse(const char *text, struct vk_civil *ret_c)
{
	struct vk_civil c;

	if (strlen(text) != 19 || parse_head(text, &c))
		return -EINVAL;
	*ret_c = c;
	return 0;
}

int32_t vk_zone_offset_s(const struct vk_zone *zone, int64_t utc_s)
{
	int low = 0, high = zone->n; /* the first transition that is later */

	while (low < high) {
		int middle = (low + high) / 2;

		if (zone->transitions[middle].utc_s <= utc_s)
			low = middle + 1;
		else
			high = middle;
	}
	if (!zone->n)
		return 0;
	return zone->transitions[low ? low - 1 : 0].offset_s;
}

int64_t vk_zone_utc_s(const struct vk_zone *zone, int64_t local_s)
{
	/* Around a transition there are two candidates: the offset before and the one after. */
	int32_t before = vk_zone_offset_s(zone, local_s - DAY_S);
	int32_t after = vk_zone_offset_s(zone, local_s + DAY_S);

	if (vk_zone_offset_s(zone, local_s - before) == before)
		return local_s - before;
	if (vk_zone_offset_s(zone, local_s - after) == after)
		return local_s - after;
	return local_s - before; /* in the gap: as much later as the clock was set forward */
}

int32_t vk_zone_day(const struct vk_zone *zone, int64_t utc_ms)
{
	int64_t utc_s = floor_div(utc_ms, 1000);

	return floor_day(utc_s + vk_zone_offset_s(zone, utc_s));
}

void vk_rfc3339_format(char out[VK_RFC3339_TEXT], int64_t utc_ms, const struct vk_zone *zone)
{
	int64_t utc_s = floor_div(utc_ms, 1000);
	int ms = (int)((utc_ms % 1000 + 1000) % 1000);
	int32_t offset_s = zone ? vk_zone_offset_s(zone, utc_s) : 0;
	int32_t offset_min = (offset_s < 0 ? -offset_s : offset_s) / 60;
	struct vk_civil c;
	size_t n = 19;

	vk_civil_from_seconds(utc_s + offset_s, &c);
	vk_civil_format(out, &c);
	if (ms)
		n += (size_t)snprintf(out + n, VK_RFC3339_TEXT - n, ".%03d", ms);
	if (!zone || !zone->n) {
		memcpy(out + n, "Z", 2);
		return;
	}
	out[n++] = offset_s < 0 ? '-' : '+';
	(void)put_two(put_two(out + n, (unsigned)offset_min / 60, ':'), (unsigned)offset_min % 60,
		      '\0');
}

/* ".123…" to milliseconds; moves *p behind it. 0 or -EINVAL. */
static int parse_fraction(const char **p, int *ret_ms)
{
	int scale = 100, n = 0;

	*ret_ms = 0;
	if (**p != '.')
		return 0;
	for ((*p)++; **p >= '0' && **p <= '9' && n < 9; (*p)++, n++, scale /= 10)
		*ret_ms += (**p - '0') * scale;
	return n ? 0 : -EINVAL;
}

/* "Z" or "+01:00", to the end of the text. 0 or -EINVAL. */
static int parse_offset(const char *p, int *ret_offset_s)
{
	int hours, minutes;

	if ((*p == 'Z' || *p == 'z') && !p[1]) {
		*ret_offset_s = 0;
		return 0;
	}
	if ((*p != '+' && *p != '-') || strlen(p) != 6 || p[3] != ':')
		return -EINVAL;
	hours = digits(p + 1, 2);
	minutes = digits(p + 4, 2);
	if (hours < 0 || hours > 14 || minutes < 0 || minutes > 59)
		return -EINVAL;
	*ret_offset_s = (hours * 60 + minutes) * (*p == '-' ? -60 : 60);
	return 0;
}

int vk_rfc3339_parse(const char *text, int64_t *ret_utc_ms)
{
	const char *p = text + 19;
	struct vk_civil c;
	int ms, offset_s;

	if (parse_head(text, &c) || parse_fraction(&p, &ms) || parse_offset(p, &offset_s))
		return -EINVAL;
	*ret_utc_ms = (vk_civil_seconds(&c) - offset_s) * 1000 + ms;
	return 0;
}
