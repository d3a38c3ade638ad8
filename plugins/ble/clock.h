/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device's own wall clock as GATT carries it: Current Time 2A2B or Date Time 2A08. Neither has a
 * zone; both mean the time on the patient's wall. Pure.
 */
#ifndef VAKA_BLE_CLOCK_H
#define VAKA_BLE_CLOCK_H

#include <stddef.h>
#include <stdint.h>

#include "base/civil.h"

enum {
	VK_UUID_CURRENT_TIME = 0x2a2b,
	VK_UUID_DATE_TIME = 0x2a08,
	VK_CLOCK_MAX = 10, /* bytes of the longer form */
};

/* 0; -EBADMSG: too short; -ERANGE: the clock says that it does not know, or the impossible. */
int vk_device_clock_parse(const uint8_t *data, size_t len, struct vk_civil *ret_time);

/* Writes the value to send, returns its length. */
size_t vk_device_clock_format(uint16_t uuid, const struct vk_civil *time,
			      uint8_t out[VK_CLOCK_MAX]);

#endif
