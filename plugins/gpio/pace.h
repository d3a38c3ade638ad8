/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Keeps a chattering line from flooding the hub: up to VK_PACE_MAX reports in a second go out as
 * they come; beyond that only the state the line ends in is reported, when the second is over.
 * A report is a change: the state that was reported last is not reported again.
 */
#ifndef VAKA_GPIO_PACE_H
#define VAKA_GPIO_PACE_H

#include <stdbool.h>
#include <stdint.h>

enum { VK_PACE_MAX = 50, VK_PACE_PERIOD_MS = 1000 };

struct vk_pace {
	int64_t since_ms;   /* start of the current second; monotonic */
	int count;          /* reports in it */
	bool active;        /* reported last */
	bool is_pending;    /* held back: … */
	bool pending;       /* … this state, … */
	int64_t pending_ms; /* … of this moment */
};

/* A line whose state was just reported. */
struct vk_pace vk_pace_init(bool active);

/* The line went to a state at edge_ms. True: report it now. */
bool vk_pace_edge(struct vk_pace *p, bool active, int64_t edge_ms, int64_t now_ms);

/* When vk_pace_due() wants to be asked, or -1. */
int64_t vk_pace_deadline_ms(const struct vk_pace *p);

/* True: the held-back state is to be reported now, with its moment. */
bool vk_pace_due(struct vk_pace *p, int64_t now_ms, bool *ret_active, int64_t *ret_edge_ms);

#endif
