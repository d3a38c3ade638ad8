/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The wall clock at the patient's, which a device without a zone shows: the C library's, in the
 * zone that the hub's welcome names. For the collector and the witness, which must judge a device's
 * time alike. Thread: one.
 */
#ifndef VAKA_BLE_WALL_H
#define VAKA_BLE_WALL_H

#include <stdint.h>

#include "base/civil.h"

/* A name of the zone database, as in the welcome. What could be a path of another's choosing, or is
 * too long, leaves the zone as it was. */
void vk_wall_set_zone(const char *zone);

int64_t vk_wall_utc_ms(void);
/* What the wall clock shows at this moment. A leap second is the one before it. */
struct vk_civil vk_wall_local(int64_t utc_s);

#endif
