/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Topic aliases of one connection (MQTT 5, 3.3.2.3.4): a topic that comes again and again is sent
 * once, and as two bytes from then on. As many as the broker allows, first come; what is published
 * once or a few times (an alert, a check, a reply) gets none. A plain value.
 */
#ifndef VAKA_MQTT_ALIAS_H
#define VAKA_MQTT_ALIAS_H

#include <stdbool.h>
#include <stdint.h>

enum { VK_ALIASES = 16, VK_ALIAS_TOPIC = 200 };

struct vk_aliases {
	int n, max;                              /* of the broker's CONNACK, 0 none */
	char topics[VK_ALIASES][VK_ALIAS_TOPIC]; /* below the base; alias 1 is the first */
};

/* A new connection. */
void vk_aliases_init(struct vk_aliases *a, int max);

/* The topic's alias, 0 none. *ret_is_known: the broker knows it and needs no topic. */
uint16_t vk_alias_of(const struct vk_aliases *a, const char *topic, bool *ret_is_known);

/* The topic was sent together with the alias that vk_alias_of() named. */
void vk_alias_keep(struct vk_aliases *a, const char *topic);

#endif
