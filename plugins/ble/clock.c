/* SPDX-License-Identifier: Apache-2.0 */
/* Date Time is the first seven bytes of Current Time, so one parser serves both. */
#include "clock.h"

#include <errno.h>
#include <string.h>

#include "base/bytes.h"

int vk_device_clock_parse(const uint8_t *data, size_t len, struct vk_civil *ret_time)
{
	struct vk_reader r = vk_reader_init(data, len);
	struct vk_civil c = {0};

	c.year = (int16_t)vk_read_le16(&r);
	c.month = vk_read_u8(&r);
	c.day = vk_read_u8(&r);
	c.hour = vk_read_u8(&r);
	c.minute = vk_read_u8(&r);
	c.second = vk_read_u8(&r);
	if (r.is_short)
		return -EBADMSG;
	if (!vk_civil_is_valid(&c))
		return -ERANGE;
	*ret_time = c;
	return 0;
}

size_t vk_device_clock_format(uint16_t uuid, const struct vk_civil *time, uint8_t out[VK_CLOCK_MAX])
{
	int32_t day = vk_civil_day(time->year, time->month, time->day);

	vk_put_le16(out, (uint16_t)time->year);
	out[2] = time->month;
	out[3] = time->day;
	out[4] = time->hour;
	out[5] = time->minute;
	out[6] = time->second;
	if (uuid != VK_UUID_CURRENT_TIME)
		return 7;
	out[7] = (uint8_t)((day % 7 + 7 + 3) % 7 + 1); /* 1970-01-01 was a Thursday */
	out[8] = 0;
	out[9] = 0; /* many devices take no other reason */
	return 10;
}

size_t vk_contour_clock_format(int64_t utc_s, int64_t wall_s, uint8_t out[VK_CLOCK_MAX])
{
	uint8_t date_time[VK_CLOCK_MAX];
	struct vk_civil utc;

	vk_civil_from_seconds(utc_s, &utc);
	out[0] = 1;
	memcpy(out + 1, date_time, vk_device_clock_format(VK_UUID_DATE_TIME, &utc, date_time));
	vk_put_le16(out + 8, (uint16_t)((wall_s - utc_s) / 60));
	return 10;
}

bool vk_clock_is_factory(const struct vk_civil *time, int64_t offset_s)
{
	enum { FIRST_POSSIBLE = 2020, WEEK = 7, MONTHS_S = 60 * 86400 };

	return time->year < FIRST_POSSIBLE || (time->month == 1 && time->day <= WEEK &&
					       (offset_s > MONTHS_S || offset_s < -MONTHS_S));
}
