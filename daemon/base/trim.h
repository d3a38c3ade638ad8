/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Gives back what starting up took: free heap, and pages of program text that were read once (TLS
 * handshake, schema, configuration) and stay mapped for nothing. What is still needed is mapped
 * again from the page cache at its next use. A hub waits for hours; its memory should say so.
 */
#ifndef VAKA_BASE_TRIM_H
#define VAKA_BASE_TRIM_H

#include <stdbool.h>

/* Any thread; takes well under a millisecond. */
void vk_trim(void);

/* Notices that activity has ceased: act at each activity, beat by a slow timer that runs anyway. */
struct vk_rest {
	bool is_due;     /* something happened since the last trim */
	bool was_active; /* … and since the last beat */
};

static inline void vk_rest_act(struct vk_rest *rest)
{
	rest->is_due = rest->was_active = true;
}

/* Trims at the first beat that follows a whole quiet period. */
void vk_rest_beat(struct vk_rest *rest);

#endif
