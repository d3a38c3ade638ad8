/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The decode quirks at work: before the standard's decoder, bytes of a model that lays them out its
 * own way become the bytes the standard would have; after it, values of a model that sends a number
 * where it has none become absent. So no decoder knows a model. Internal to profiles/.
 */
#ifndef VAKA_PROFILES_QUIRK_RULES_H
#define VAKA_PROFILES_QUIRK_RULES_H

#include "base/decoded.h"
#include "profiles/quirks.h"

enum { VK_QUIRK_BYTES = 24 }; /* longest value that is laid out anew */

/*
 * Returns the length of the value laid out anew into out, or 0 when it stays as it is: no quirk is
 * meant for this UUID, or the bytes do not show it.
 */
size_t vk_quirk_bytes(uint16_t uuid, const struct vk_quirks *quirks, const uint8_t *data,
		      size_t len, uint8_t out[VK_QUIRK_BYTES]);

/* Takes back values that this model never measured. */
void vk_quirk_values(const struct vk_quirks *quirks, struct vk_decoded *d);

#endif
