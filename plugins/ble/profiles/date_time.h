/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The SIG's Date Time (2A08) and Current Time (2A2B): a device's local wall clock without zone.
 * Read inside measurements and as values of their own; written to set a device's clock.
 */
#ifndef VAKA_PROFILES_DATE_TIME_H
#define VAKA_PROFILES_DATE_TIME_H

#include "base/bytes.h"
#include "base/decoded.h"
#include "profiles/profile.h"

enum { VK_DATE_TIME_SIZE = 7, VK_CURRENT_TIME_SIZE = 10 };

/* Reads 7 bytes. VK_TIME_KNOWN, or VK_TIME_UNKNOWN (a part is 0 or impossible; *ret_c is 0). */
enum vk_time_state vk_date_time_read(struct vk_reader *r, struct vk_civil *ret_c);

/*
 * Sets d's time to base and some seconds: known, or unknown where the calendar of devices (1582 to
 * 9999) does not reach.
 */
void vk_date_time_place(struct vk_decoded *d, const struct vk_civil *base, int64_t seconds);

/* The value to write to 2A08. c is valid. */
void vk_date_time_build(uint8_t out[VK_DATE_TIME_SIZE], const struct vk_civil *c);

/* The value to write to 2A2B: with the day of the week, fraction 0 and adjust reason 0. */
void vk_current_time_build(uint8_t out[VK_CURRENT_TIME_SIZE], const struct vk_civil *c);

/* Local Time Information 2A0F: the device's own idea of zone and summer time. */
struct vk_local_time {
	bool has_zone, has_dst;
	int16_t zone_min; /* east of UTC, without summer time */
	int16_t dst_min;  /* 0, 30, 60 or 120 */
};

/* Reference Time Information 2A14: where the device's clock comes from, and how long ago. */
struct vk_reference_time {
	uint8_t source; /* 0 unknown, 1 NTP, 2 GPS, 3 radio, 4 by hand, 5 atomic, 6 cellular */
	bool has_accuracy;
	uint16_t accuracy_ms;
	bool has_age; /* false: 255 days ago or more */
	uint16_t age_h;
};

/* 0, or -EBADMSG with the error filled; *ret is written only with 0. */
int vk_local_time_decode(const uint8_t *data, size_t len, struct vk_local_time *ret,
			 struct vk_decode_error *reterr_error);
int vk_reference_time_decode(const uint8_t *data, size_t len, struct vk_reference_time *ret,
			     struct vk_decode_error *reterr_error);

#endif
