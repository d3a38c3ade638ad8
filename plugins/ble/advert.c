/* SPDX-License-Identifier: Apache-2.0 */
/* The state byte: first of 181D, second of 181B (profiles/service_data.c). */
#include "advert.h"

#include <string.h>

enum {
	WEIGHT = 0x181d,
	WEIGHT_SIZE = 10,
	COMPOSITION = 0x181b,
	COMPOSITION_SIZE = 13,
	HAS_IMPEDANCE = 1 << 1,
	SETTLED = 1 << 5,
	STEPPED_OFF = 1 << 7,
};

/* Which byte holds the state, or -1: not a frame of these scales. */
static int state_at(uint16_t service, size_t len)
{
	if (service == WEIGHT)
		return len == WEIGHT_SIZE ? 0 : -1;
	return service == COMPOSITION && len == COMPOSITION_SIZE ? 1 : -1;
}

/* A weight without impedance may still get one while the person stands there. */
static bool is_final(uint16_t service, uint8_t state)
{
	if (!(state & SETTLED))
		return false;
	return service == WEIGHT || (state & (HAS_IMPEDANCE | STEPPED_OFF));
}

bool vk_advert_take(struct vk_advert *a, uint16_t service, const uint8_t *data, size_t len)
{
	uint8_t frame[VK_ADVERT_FRAME];
	int at = state_at(service, len);

	if (at < 0 || a->is_waiting || !is_final(service, data[at]))
		return false;
	memcpy(frame, data, len);
	frame[at] &= (uint8_t)~STEPPED_OFF;
	if (a->len == len && memcmp(a->frame, frame, len) == 0)
		return false;
	memcpy(a->frame, frame, len);
	a->len = (uint8_t)len;
	a->is_waiting = true;
	return true;
}

void vk_advert_answered(struct vk_advert *a, bool is_stored)
{
	a->is_waiting = false;
	if (!is_stored)
		a->len = 0;
}
