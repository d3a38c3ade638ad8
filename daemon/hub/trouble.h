/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a reading says of its device, beside its value: bytes that cannot be decoded, a measurement
 * without any value, a clock that cannot be right. Each is a fault of that device by name, and the
 * device's next reading without it heals it; what another device says heals nothing.
 */
#ifndef VK_HUB_TROUBLE_H
#define VK_HUB_TROUBLE_H

#include "hub/job.h"

struct vk_engine;

/* Engine thread, after the reading was placed and kept. 0, or what the store said. */
int vk_trouble_judge(struct vk_engine *e, const struct vk_job *job);
/* The device is gone, and no reading of it will heal anything. Thread and result as above. */
int vk_trouble_forget(struct vk_engine *e, struct vk_now now, const char *device);

#endif
