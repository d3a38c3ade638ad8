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

/* What a deep call has touched of this thread's stack, and nobody uses any more: for a worker that
 * waits for hours behind it. */
void vk_trim_stack(void);

/*
 * Notices that activity has ceased, with a one-shot timer of its owner. Activity that goes on costs
 * one look each VK_REST_MS, and no trim; between activities there is no timer and no wake-up.
 */
enum {
	VK_REST_MS = 500, /* beyond any answer that is waited for on a good link */
};

struct vk_rest {
	bool is_armed;   /* the owner's timer runs */
	bool was_active; /* since it was started */
};

/* At each activity. True: the owner starts its timer, for VK_REST_MS. */
bool vk_rest_act(struct vk_rest *rest);

/* When that timer ends: trims, or returns true, as there was activity meanwhile: started again. */
bool vk_rest_due(struct vk_rest *rest);

#endif
