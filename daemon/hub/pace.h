/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How many messages may be on their way at once. It follows the time from handing one out to its
 * PUBACK: as long as that stays near the least this link has shown, more may fly; when it grows,
 * messages only stand in a queue on the way, where an alert cannot overtake them, and the window
 * shrinks. So a fast link is filled, and a slow one holds well under a second of what waits.
 *
 * Pure: a plain value, time comes in.
 */
#ifndef VAKA_HUB_PACE_H
#define VAKA_HUB_PACE_H

#include <stdint.h>

/* MOST fills a fast link that is long. */
enum { VK_PACE_LEAST = 4, VK_PACE_FIRST = 32, VK_PACE_MOST = 512 };

struct vk_pace {
	int32_t window;    /* LEAST…MOST */
	int64_t least_ms;  /* of this link, -1 unknown */
	int64_t shrunk_ms; /* sent before then: on its way when the window shrank */
};

struct vk_pace vk_pace_init(void); /* of a fresh link */

/* A message that was handed out at sent_ms is acknowledged at now_ms (one monotonic line). */
void vk_pace_acked(struct vk_pace *pace, int64_t sent_ms, int64_t now_ms);

#endif
