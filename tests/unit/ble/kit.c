/* SPDX-License-Identifier: Apache-2.0 */
#include "kit.h"

#include <stdlib.h>

int kit_setup(void **state)
{
	struct home *h = calloc(1, sizeof *h);

	home_init(h);
	fake_peer_add(&h->peer, 0x2a05, VK_GATT_INDICATE, NULL, 0);
	fake_peer_add(&h->peer, 0x2a29, VK_GATT_READ, "Maker \0x", 8);
	fake_peer_add(&h->peer, 0x2a24, VK_GATT_READ, "Model\x01\xff", 7);
	fake_peer_add(&h->peer, 0x2a19, VK_GATT_READ, "\x5a", 1);
	*state = h;
	return 0;
}

void kit_add_scale(struct home *h)
{
	fake_peer_add(&h->peer, 0x2a9d, VK_GATT_INDICATE, NULL, 0);
}

void kit_add_cuff(struct home *h, const char *clock)
{
	fake_peer_add(&h->peer, 0x2a35, VK_GATT_INDICATE, NULL, 0);
	fake_peer_add(&h->peer, 0x2a08, VK_GATT_READ | VK_GATT_WRITE, clock, 7);
}

uint16_t kit_cccd_of(const struct home *h, uint16_t uuid)
{
	return (uint16_t)(fake_peer_handle(&h->peer, uuid) + 1);
}
