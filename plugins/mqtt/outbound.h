/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A `publish` packet of the hub as an MQTT 5 message. What can never be sent is told apart from
 * what only cannot be sent now.
 */
#ifndef VAKA_MQTT_OUTBOUND_H
#define VAKA_MQTT_OUTBOUND_H

#include <mosquitto.h>

#include "mqtt/alias.h"
#include "mqtt/config.h"

/*
 * 0: on its way, *ret_mid is the client's number. -ENOTCONN and other negative errno: not now.
 * > 0: an MQTT reason code >= 0x80, it can never be sent as it is (topic 0x90, too large 0x95).
 */
int vk_outbound_publish(struct mosquitto *client, const struct vk_relay_config *config,
			struct vk_aliases *aliases, const struct vk_packet *packet, int *ret_mid);

#endif
