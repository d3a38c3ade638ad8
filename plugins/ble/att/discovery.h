/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Finds a device's characteristics and their CCCDs over an ATT client, a request at a time.
 * Services are not asked for: what a characteristic means does not depend on the service it stands
 * in, and every request costs the device a connection interval. Pure.
 */
#ifndef VAKA_BLE_ATT_DISCOVERY_H
#define VAKA_BLE_ATT_DISCOVERY_H

#include "att/attributes.h"
#include "att/client.h"

/* error: 0, or negative errno (-EBADMSG: an answer made no sense, -E2BIG: too many entries). */
typedef void (*vk_discovery_fn)(void *user, int error);

struct vk_discovery {
	struct vk_att *att; /* borrowed, as all pointers here */
	struct vk_attributes *out;
	vk_discovery_fn fn;
	void *user;
	int64_t now_ms;                   /* of the start: the deadline of every request counts
					     from here, so that a slow device is bounded as a whole */
	uint16_t ends[VK_ATTRIBUTES_MAX]; /* last handle that may describe entry i */
	uint8_t described;                /* entries whose descriptors were asked for */
	uint16_t from;                    /* next handle to ask from */
	int requests;
};

enum { VK_DISCOVERY_REQUESTS = 400 };

/* fn is called once, maybe before this returns (when sending fails). */
void vk_discovery_start(struct vk_discovery *d, struct vk_att *att, int64_t now_ms,
			struct vk_attributes *out, vk_discovery_fn fn, void *user);

#endif
