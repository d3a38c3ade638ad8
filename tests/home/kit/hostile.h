/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A device that breaks or abuses the protocol, by malice or by a bad chip: what a collector has to
 * cut off and name while it serves the others. One manner at a time, until the process ends.
 */
#ifndef VK_KIT_HOSTILE_H
#define VK_KIT_HOSTILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct vk_device;

enum vk_hostile {
	VK_HOSTILE_NONE,
	VK_HOSTILE_MUTE,    /* takes the link and never says a word */
	VK_HOSTILE_FLOOD,   /* notifies without end as soon as the link is encrypted */
	VK_HOSTILE_HUGE,    /* attributes without end: each part read is followed by another one */
	VK_HOSTILE_TABLE,   /* an attribute at each of 65535 handles */
	VK_HOSTILE_RECORDS, /* counts 65535 records and reports without end */
	VK_HOSTILE_MALFORMED, /* answers that are too short, too long, of another request, backwards
			       */
	VK_HOSTILE_COUNT
};

/* "none", "mute", …; -EINVAL. */
int vk_hostile_parse(const char *word, enum vk_hostile *out);
/* True when the PDU was dealt with here, and is not to be answered as a decent device would. */
bool vk_hostile_input(struct vk_device *d, const uint8_t *pdu, size_t len);
/* What it does of its own accord on an encrypted link; true when it has more at once. */
bool vk_hostile_step(struct vk_device *d);

#endif
