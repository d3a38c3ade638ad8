/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a connection to a broker is before it is made: MQTT 5, the last will, how much may be on its
 * way, TLS. And the subscriptions it makes.
 */
#ifndef VAKA_MQTT_CLIENT_H
#define VAKA_MQTT_CLIENT_H

#include <mosquitto.h>

#include "mqtt/tls.h"

enum { VK_CLIENT_QOS = 1, VK_CLIENT_FILTER = VK_RELAY_BASE + 80 };

/* 0, or an error of libmosquitto. tls must have a context, and be aimed. */
int vk_client_set_up(struct mosquitto *client, const struct vk_relay_config *config,
		     const struct vk_tls *tls);

/* The i-th subscription, whole. False: there are no more. */
bool vk_client_filter(const struct vk_relay_config *config, int i, char ret[VK_CLIENT_FILTER]);

/* All of them. 0, or an error of libmosquitto. */
int vk_client_subscribe(struct mosquitto *client, const struct vk_relay_config *config);

#endif
