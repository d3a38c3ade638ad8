/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Scales that only advertise, as peers of the collector: known by the quirk of their model, never
 * connected to, heard by a discovery that the kernel narrows to their services. It runs only while
 * the hub has such a scale. Thread: the loop's.
 */
#ifndef VAKA_BLE_SCALES_H
#define VAKA_BLE_SCALES_H

#include <stdbool.h>

#include "bluez/world.h"

struct vk_collector;
struct vk_peer;

/* Whether what goes by this name is one, as the models tell. */
bool vk_scales_has_name(const struct vk_collector *c, const char *name);

/* Which peers are such scales, and whether they are to be heard. After the list or the radio
 * changed. */
void vk_scales_settle(struct vk_collector *c);

/* A frame was heard. */
void vk_scales_heard(struct vk_collector *c, struct vk_peer *peer, const struct vk_near *near);

#endif
