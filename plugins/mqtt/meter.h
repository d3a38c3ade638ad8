/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the connections to the broker have carried, as the kernel counts it: every byte that TCP
 * handed to the network or took from it, which is documents, MQTT and TLS with its handshake, and
 * what was sent once more because it was lost. Beside it the TCP segments, for who pays for packet
 * heads too. It costs one call of the kernel when somebody asks and nothing in between.
 *
 * Not in it: heads of IP and TCP, name look-ups, and the empty connections of reach.c.
 */
#ifndef VAKA_MQTT_METER_H
#define VAKA_MQTT_METER_H

#include <stdbool.h>
#include <stdint.h>

struct vk_traffic {
	int64_t sent, received; /* bytes */
	int64_t packets;        /* TCP segments, both ways */
};

struct vk_meter {
	int fd;                  /* the connection's, a copy of our own; -1: none */
	struct vk_traffic ended; /* of connections that are gone, not taken yet */
	struct vk_traffic taken; /* of this one */
};

void vk_meter_init(struct vk_meter *m);

/* A connection begins. The library closes its socket where it likes; the copy outlives that, and
 * the connection ends with vk_meter_end(). */
void vk_meter_begin(struct vk_meter *m, int fd);
void vk_meter_end(struct vk_meter *m);

/* What has not been taken before. False: nothing. */
bool vk_meter_take(struct vk_meter *m, struct vk_traffic *ret_traffic);

#endif
