/* SPDX-License-Identifier: Apache-2.0 */
/* A reading as the hub is told of it: the message "reading" without its type and number. */
#ifndef VAKA_BLE_READING_WIRE_H
#define VAKA_BLE_READING_WIRE_H

#include <jansson.h>

#include "session.h"

/* Owned by the caller; NULL without memory. sample: 1 to VK_ATT_VALUE_MAX bytes. */
json_t *vk_reading_wire(const char *device, const struct vk_sample *sample);

#endif
