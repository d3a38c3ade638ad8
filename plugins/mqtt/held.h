/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages of the hub that wait in the relay: while a poison message is looked for they go out one
 * at a time (window.h). First in, first out, but for alerts, which go before the others. Thread:
 * the loop's.
 */
#ifndef VAKA_MQTT_HELD_H
#define VAKA_MQTT_HELD_H

#include "vaka/wire.h"

struct vk_held_one;

struct vk_held {
	struct vk_held_one *first; /* owned; NULL: nothing waits */
};

/* Keeps a copy. 0 or -ENOMEM. */
int vk_held_put(struct vk_held *held, const struct vk_packet *packet);

/* Hands the next one to take(), whose answer it returns. Only where there is one. */
int vk_held_take(struct vk_held *held, int (*take)(const struct vk_packet *packet, void *user),
		 void *user);

#endif
