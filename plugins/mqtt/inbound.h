/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A message of the broker as a `message` packet for the hub. It comes from the network: bounded
 * here, judged by the hub.
 */
#ifndef VAKA_MQTT_INBOUND_H
#define VAKA_MQTT_INBOUND_H

#include <mosquitto.h>

#include "mqtt/config.h"

enum { VK_INBOUND_MAX = 64 * 1024 }; /* bytes of a payload */

/*
 * The packet's header, owned by the caller; NULL when the message cannot be one: *ret_why is then
 * a static text. Never blocks.
 */
json_t *vk_inbound_header(const struct vk_relay_config *config,
			  const struct mosquitto_message *message,
			  const mosquitto_property *properties, json_int_t n, const char **ret_why);

#endif
