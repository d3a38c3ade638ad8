/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scales that only advertise. The same weighing goes out many times, first unsettled, then settled,
 * then with the mark that the person has stepped off, on the newer scale with the impedance some
 * seconds after the weight. One of these frames is the reading, always the same bytes whichever of
 * them were heard, so that the hub knows it again. Pure.
 */
#ifndef VAKA_BLE_ADVERT_H
#define VAKA_BLE_ADVERT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum { VK_ADVERT_FRAME = 32, VK_ADVERT_TOKEN = 0x7fffffff };

/* What was last handed over. Plain value, zero: nothing. */
struct vk_advert {
	uint8_t len, frame[VK_ADVERT_FRAME];
	bool is_waiting; /* for the hub's answer */
};

/*
 * A frame of service data (181D, 181B). True: it is a reading that was not handed over yet; the
 * bytes to hand over stand in a->frame, and vk_advert_answered() must follow.
 */
bool vk_advert_take(struct vk_advert *a, uint16_t service, const uint8_t *data, size_t len);

/* Not stored: the next frame of the same weighing is handed over again. */
void vk_advert_answered(struct vk_advert *a, bool is_stored);

#endif
