/* SPDX-License-Identifier: Apache-2.0 */
/* The message "reading" as it stands in daemon/include/vaka/README.md, written as text at once. */
#ifndef VAKA_BLE_READING_WIRE_H
#define VAKA_BLE_READING_WIRE_H

#include "base/str.h"
#include "session.h"

/*
 * n: the number of the request. sample: 1 to VK_ATT_VALUE_MAX bytes. Behind what is in out; without
 * memory its error says so.
 */
void vk_reading_wire(const char *device, const struct vk_sample *sample, int64_t n,
		     struct vk_str *out);

#endif
