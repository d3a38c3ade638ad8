/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What blocks in a connection's beginning, and therefore runs on a worker: look-up, TCP connect and
 * the TLS handshake, whose signature a key in a chip takes its time for. Each has an end of its
 * own: the library would wait as long as the kernel does, minutes, or as long as the keep-alive.
 */
#ifndef VAKA_MQTT_DIAL_H
#define VAKA_MQTT_DIAL_H

#include <mosquitto.h>

#include "mqtt/config.h"

enum { VK_HANDSHAKE_MS = 15000 };

/*
 * Blocks; nobody else may touch the client meanwhile. is_unsure: it is seen first whether anybody
 * listens at all. 0, the CONNECT is queued and the rest is the loop's; or an error of libmosquitto,
 * with errno where that is MOSQ_ERR_ERRNO: ETIME, the broker accepts and says nothing. *ret_fd is a
 * second descriptor of the socket, for whoever counts its bytes also when the handshake failed; -1
 * none; the caller's.
 */
int vk_dial(struct mosquitto *client, const struct vk_relay_config *config, int broker,
	    bool is_unsure, int *ret_fd);

#endif
