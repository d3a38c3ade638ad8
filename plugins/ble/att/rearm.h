/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How soon to listen again for a device whose link has ended, and what the end says about it. A
 * device that advertises for five seconds must be caught, one that has lost its bond must not be
 * hammered, and a link of ours lives on for two seconds after we closed it. Pure.
 */
#ifndef VAKA_BLE_ATT_REARM_H
#define VAKA_BLE_ATT_REARM_H

#include <stdbool.h>

enum vk_link_stage {
	VK_LINK_CONNECTING, /* the connect itself ended */
	VK_LINK_ENCRYPTING, /* connected, never encrypted */
	VK_LINK_UP,
};

struct vk_link_end {
	enum vk_link_stage stage;
	int error;       /* errno, 0: closed in order */
	bool is_ours;    /* we closed it */
	bool is_useful;  /* a reading was stored, or a pairing done */
	bool is_hostile; /* it broke the protocol, or did not stop */
	bool is_mute;    /* it left a request without an answer until we gave up */
};

enum vk_link_verdict {
	VK_LINK_FINE,
	VK_LINK_BOND_LOST,     /* three refusals in a row: the device no longer knows our key */
	VK_LINK_FOREIGN_OWNER, /* another program has the link */
	VK_LINK_HOSTILE,       /* cut off: it is let in again less and less often */
	VK_LINK_MUTE,          /* nothing came of it but the link */
};

struct vk_rearm {
	int aborted;  /* ECONNABORTED in a row before the link was up */
	int failures; /* ends in a row that gave nothing */
	int hostile;  /* times it was cut off without a good session since */
};

enum {
	VK_REARM_LINGER_MS = 2500, /* our own closed link is gone by then */
	VK_REARM_FIRST_MS = 200,
	VK_REARM_MOST_MS = 2000,
	VK_REARM_LOST_MS = 30000,
	VK_REARM_HOSTILE_MS = 300000,
	VK_REARM_ABORTED = 3,
};

/* Returns the pause in ms. *ret_verdict: what to tell. */
int vk_rearm_after(struct vk_rearm *r, const struct vk_link_end *end,
		   enum vk_link_verdict *ret_verdict);

#endif
