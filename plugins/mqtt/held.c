/* SPDX-License-Identifier: Apache-2.0 */
/* A few at most: as many as the hub hands out before anything is acknowledged. */
#include "mqtt/held.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

struct vk_held_one {
	struct vk_held_one *next;
	struct vk_packet packet; /* header: a reference of its own; body points into bytes */
	char bytes[];
};

static bool is_alert(const struct vk_packet *packet)
{
	return strncmp(vk_packet_str(packet, "topic", ""), "alert/", 6) == 0;
}

int vk_held_put(struct vk_held *held, const struct vk_packet *packet)
{
	struct vk_held_one **place = &held->first, *one = malloc(sizeof *one + packet->body_len);

	if (!one)
		return -ENOMEM;
	one->packet = *packet;
	one->packet.header = json_incref(packet->header);
	if (packet->body_len)
		memcpy(one->bytes, packet->body, packet->body_len);
	one->packet.body = one->bytes;
	while (*place && (!is_alert(packet) || is_alert(&(*place)->packet)))
		place = &(*place)->next;
	one->next = *place;
	*place = one;
	return 0;
}

int vk_held_take(struct vk_held *held, int (*take)(const struct vk_packet *packet, void *user),
		 void *user)
{
	struct vk_held_one *one = held->first;

	held->first = one->next;
	int r = take(&one->packet, user);

	json_decref(one->packet.header);
	free(one);
	return r;
}
