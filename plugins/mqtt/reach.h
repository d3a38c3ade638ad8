/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Does anybody listen there? A TCP connection that is closed again at once: cheap enough to ask now
 * and then for a broker that is preferred to the one in use, and with an end of its own, where the
 * kernel would try for two minutes.
 */
#ifndef VAKA_MQTT_REACH_H
#define VAKA_MQTT_REACH_H

#include "mqtt/config.h"

enum { VK_REACH_MS = 10000 }; /* longer than that, and the next address has its turn */

/* 0; -ETIMEDOUT; -EHOSTUNREACH: the name is not known; another negative errno. Blocks: for a
 * worker. timeout_ms is for each address of the name; the look-up has the resolver's. */
int vk_reach(const struct vk_broker *broker, int timeout_ms);

#endif
