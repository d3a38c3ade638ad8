/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device remembers without power: its half of the bond (keys as the kernel's mgmt interface
 * writes them), what the bonded collector subscribed to, its clock, its settings. One small text
 * file, replaced as a whole before the device acts on a change.
 */
#ifndef VK_KIT_STATE_H
#define VK_KIT_STATE_H

#include <stdbool.h>
#include <stdint.h>

#include "gattdb.h"

#define VK_LTK_LEN                                                                                 \
	36 /* struct mgmt_ltk_info of the kernel; begins with address and address type             \
	    */
#define VK_LTK_MAX 4
#define VK_IRK_LEN 23 /* struct mgmt_irk_info */

enum vk_eager {
	VK_EAGER_OFF, /* a value goes out after the CCCD was written in this connection */
	VK_EAGER_ON,  /* ... as soon as the link is encrypted, when the bond remembers the CCCD */
	VK_EAGER_OPEN /* ... as soon as ATT opens, before encryption: the worst a collector meets */
};

struct vk_state {
	int64_t clock_offset_s; /* device wall clock minus UTC of the machine */
	enum vk_eager eager;
	unsigned window_s; /* how long it advertises after a measurement */
	unsigned battery;  /* per cent */
	bool off;          /* switched off by its user */
	bool lost;         /* had a bond and lost its half: advertises, but has no key */
	bool keep;         /* keeps what was confirmed and sends all of it each time */
	unsigned ltk_count;
	uint8_t ltk[VK_LTK_MAX][VK_LTK_LEN];
	bool has_irk;
	uint8_t irk[VK_IRK_LEN];
	uint16_t ccc[VK_CCC_MAX];
};

/* Defaults where the folder holds no state yet. 0 or negative errno (-EINVAL: not our file). */
int vk_state_load(struct vk_state *s, const char *dir);
int vk_state_save(const struct vk_state *s, const char *dir);

static inline bool vk_state_bonded(const struct vk_state *s)
{
	return s->ltk_count > 0;
}

#endif
