/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Messages for the relay that leave in one packet: one of its own costs more than a message. One
 * thread at a time.
 */
#ifndef VAKA_HUB_BATCH_H
#define VAKA_HUB_BATCH_H

#include "base/str.h"
#include "store/store.h"
#include "vaka/wire.h"

enum { VK_BATCH_BYTES = 32 << 10 }; /* what is longer goes alone */

struct vk_batch {
	int n;
	size_t bytes;
	struct vk_wire_part parts[VK_WIRE_PARTS]; /* bodies are borrowed */
	size_t begins[VK_WIRE_PARTS];             /* of each header, in headers */
	struct vk_str headers;                    /* owned */
};

/* The header of a message as the relay is told it, appended to out. */
void vk_publish_header(const struct vk_message *message, struct vk_str *out);

/* Adds one; its payload is borrowed until the batch has left. 0 or -ENOMEM. */
int vk_batch_add(struct vk_batch *batch, const struct vk_message *message);
bool vk_batch_is_full(const struct vk_batch *batch);
/* Empties it and says how many parts there are: they are good until the next is added. */
int vk_batch_close(struct vk_batch *batch);
void vk_batch_done(struct vk_batch *batch);

#endif
