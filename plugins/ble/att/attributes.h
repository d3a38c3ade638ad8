/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What a device offers, by handle: the result of one discovery, kept at the hub as text so that the
 * next link can subscribe with its first packet. One entry per characteristic. A plain value.
 */
#ifndef VAKA_BLE_ATT_ATTRIBUTES_H
#define VAKA_BLE_ATT_ATTRIBUTES_H

#include "att/pdu.h"

enum {
	VK_ATTRIBUTES_MAX = 128,
	VK_ATTRIBUTES_TEXT = 3 + VK_ATTRIBUTES_MAX * 18 + 1, /* bytes of the text form */
};

struct vk_attribute {
	uint16_t value; /* handle */
	uint16_t uuid;  /* 0: a vendor's own */
	uint16_t cccd;  /* handle, 0: none */
	uint8_t properties;
};

struct vk_attributes {
	uint8_t n; /* 0: nothing known */
	struct vk_attribute list[VK_ATTRIBUTES_MAX];
};

/* The first characteristic with this UUID or at this handle, or NULL. Borrowed. */
const struct vk_attribute *vk_attributes_by_uuid(const struct vk_attributes *a, uint16_t uuid);
const struct vk_attribute *vk_attributes_by_handle(const struct vk_attributes *a, uint16_t handle);

/* "scale", "cuff", … as a model's kind, or "" when none of their characteristics is here. */
const char *vk_attributes_kind(const struct vk_attributes *a);

/* out holds VK_ATTRIBUTES_TEXT. "v1", then " value:uuid:properties:cccd" in hex. */
void vk_attributes_format(char *out, const struct vk_attributes *a);
/* 0, or -EINVAL: not such a text (an older or foreign form): discover again. */
int vk_attributes_parse(const char *text, struct vk_attributes *ret_a);

#endif
