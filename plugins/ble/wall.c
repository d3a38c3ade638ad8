/* SPDX-License-Identifier: Apache-2.0 */
/* clock_gettime(2) and localtime_r(3), with $TZ for the zone. */
#include "wall.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/str.h"

void vk_wall_set_zone(const char *zone)
{
	char tz[64] = ":";

	if (zone[0] == '/' || strstr(zone, "..") || !vk_copy(tz + 1, sizeof tz - 1, zone))
		return;
	(void)setenv("TZ", tz, 1);
	tzset();
}

int64_t vk_wall_utc_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_REALTIME, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

struct vk_civil vk_wall_local(int64_t utc_s)
{
	time_t moment = (time_t)utc_s;
	struct tm tm;

	(void)localtime_r(&moment, &tm);
	return (struct vk_civil){
		.year = (int16_t)(tm.tm_year + 1900),
		.month = (uint8_t)(tm.tm_mon + 1),
		.day = (uint8_t)tm.tm_mday,
		.hour = (uint8_t)tm.tm_hour,
		.minute = (uint8_t)tm.tm_min,
		.second = (uint8_t)(tm.tm_sec > 59 ? 59 : tm.tm_sec),
	};
}
