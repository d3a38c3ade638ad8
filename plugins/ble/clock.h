/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's own wall clock as GATT carries it: Current Time 2A2B or Date Time 2A08. Neither has a
 * zone; both mean the time on the patient's wall. Pure.
 */
#ifndef VAKA_BLE_CLOCK_H
#define VAKA_BLE_CLOCK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/civil.h"

enum {
	VK_UUID_CURRENT_TIME = 0x2a2b,
	VK_UUID_DATE_TIME = 0x2a08,
	VK_UUID_CONTOUR_CLOCK = 0x1026, /* our number for 00001026-0002-11e2-9e96-0800200c9a66 */
	VK_CLOCK_MAX = 10,              /* bytes of the longest form */
	VK_CLOCK_SUMMER_S = 3600,
	VK_CLOCK_SUMMER_SLACK_S = 180, /* a clock that missed summer time is off by just an hour */
};

/* 0; -EBADMSG: too short; -ERANGE: the clock says that it does not know, or the impossible. */
int vk_device_clock_parse(const uint8_t *data, size_t len, struct vk_civil *ret_time);

/* Writes the value to send, returns its length. */
size_t vk_device_clock_format(uint16_t uuid, const struct vk_civil *time,
			      uint8_t out[VK_CLOCK_MAX]);

/* The same for Contour's own characteristic: a mark, UTC, and the minutes to the wall clock. */
size_t vk_contour_clock_format(int64_t utc_s, int64_t wall_s, uint8_t out[VK_CLOCK_MAX]);

/*
 * True for a clock that stands before any home hub, or in the first week of a year from which the
 * hub's is months away: it counts from the day of its factory. offset_s: the hub's less this one.
 */
bool vk_clock_is_factory(const struct vk_civil *time, int64_t offset_s);

#endif
