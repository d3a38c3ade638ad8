/* SPDX-License-Identifier: Apache-2.0 */
/* Date Time and Current Time; ble-profiles.md 3. Zero parts mean unknown, so no date is made up. */
#include "profiles/date_time.h"

#include <string.h>

#include "profiles/layout.h"

enum vk_time_state vk_date_time_read(struct vk_reader *r, struct vk_civil *ret_c)
{
	struct vk_civil c = {.year = (int16_t)vk_read_le16(r)};

	c.month = vk_read_u8(r);
	c.day = vk_read_u8(r);
	c.hour = vk_read_u8(r);
	c.minute = vk_read_u8(r);
	c.second = vk_read_u8(r);
	if (!vk_civil_is_valid(&c)) {
		*ret_c = (struct vk_civil){0};
		return VK_TIME_UNKNOWN;
	}
	*ret_c = c;
	return VK_TIME_KNOWN;
}

void vk_date_time_place(struct vk_decoded *d, const struct vk_civil *base, int64_t seconds)
{
	int64_t at = vk_civil_seconds(base) + seconds;
	struct vk_civil c;

	d->time_state = VK_TIME_UNKNOWN;
	d->device_time = (struct vk_civil){0};
	vk_civil_from_seconds(at, &c);
	if (!vk_civil_is_valid(&c) || vk_civil_seconds(&c) != at)
		return;
	d->time_state = VK_TIME_KNOWN;
	d->device_time = c;
}

void vk_date_time_build(uint8_t out[VK_DATE_TIME_SIZE], const struct vk_civil *c)
{
	vk_put_le16(out, (uint16_t)c->year);
	memcpy(out + 2, (const uint8_t[]){c->month, c->day, c->hour, c->minute, c->second}, 5);
}

void vk_current_time_build(uint8_t out[VK_CURRENT_TIME_SIZE], const struct vk_civil *c)
{
	int32_t weekday = (vk_civil_day(c->year, c->month, c->day) + 3) % 7; /* 1970: Thursday */

	vk_date_time_build(out, c);
	out[7] = (uint8_t)((weekday < 0 ? weekday + 7 : weekday) + 1); /* 1 is Monday */
	out[8] = 0;
	out[9] = 0;
}

static const struct vk_field date_time_fields[] = {
	{.name = "date and time", .read = vk_field_date_time, .size = 7},
};

static const struct vk_field day_date_time_fields[] = {
	{.name = "date and time", .read = vk_field_date_time, .size = 7},
	{.name = "day of week", .read = vk_field_skip, .size = 1},
};

static const struct vk_field exact_time_fields[] = {
	{.name = "date and time", .read = vk_field_date_time, .size = 7},
	{.name = "day of week and fraction", .read = vk_field_skip, .size = 2},
};

static const struct vk_field current_time_fields[] = {
	{.name = "date and time", .read = vk_field_date_time, .size = 7},
	{.name = "day of week, fraction and adjust reason", .read = vk_field_skip, .size = 3},
};

const struct vk_layout vk_date_time_layout = {
	.uuid = 0x2a08,
	.kind = VK_KIND_DATE_TIME,
	VK_LAYOUT_FIELDS(date_time_fields),
};

const struct vk_layout vk_day_date_time_layout = {
	.uuid = 0x2a0a,
	.kind = VK_KIND_DATE_TIME,
	VK_LAYOUT_FIELDS(day_date_time_fields),
};

const struct vk_layout vk_exact_time_layout = {
	.uuid = 0x2a0c,
	.kind = VK_KIND_DATE_TIME,
	VK_LAYOUT_FIELDS(exact_time_fields),
};

const struct vk_layout vk_current_time_layout = {
	.uuid = 0x2a2b,
	.kind = VK_KIND_CURRENT_TIME,
	VK_LAYOUT_FIELDS(current_time_fields),
};
