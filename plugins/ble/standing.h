/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How a device stands, as the hub is told it (README.md, States): what ends each fault. The hub's
 * health names a device for as long as it does not stand well, so that what has healed is said at
 * once, not at the end of a link that may last for hours, or with the next one. Pure; texts are
 * static.
 */
#ifndef VAKA_BLE_STANDING_H
#define VAKA_BLE_STANDING_H

#include "att/rearm.h"

#define VK_STANDING_OK        "ok"
#define VK_STANDING_BOND_LOST "bond-lost"
#define VK_STANDING_FOREIGN   "foreign-owner"
#define VK_STANDING_UNBONDED  "unbonded"
#define VK_STANDING_HOSTILE   "hostile"
#define VK_STANDING_MUTE      "mute"

enum vk_standing_event {
	VK_STANDING_BOND_SEEN,  /* bluetoothd has its bond */
	VK_STANDING_LINKED,     /* an encrypted link is up */
	VK_STANDING_STORED,     /* a value of it is stored */
	VK_STANDING_ENDED_WELL, /* a link on which it did all that it was asked to */
};

/* What a link that ended so says of it; VK_LINK_FINE: ok. */
const char *vk_standing_by(enum vk_link_verdict verdict);

/* What it is after this; state is what it was, "" for one that nothing was said of. */
const char *vk_standing_after(const char *state, enum vk_standing_event event);

#endif
