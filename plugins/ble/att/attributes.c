/* SPDX-License-Identifier: Apache-2.0 */
/* Looking up, and the text form the hub keeps. */
#include "att/attributes.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

enum { ENTRY_TEXT = 18 }; /* " 000c:2a9d:20:000d" */

const struct vk_attribute *vk_attributes_by_uuid(const struct vk_attributes *a, uint16_t uuid)
{
	for (int i = 0; i < a->n; i++)
		if (a->list[i].uuid == uuid)
			return &a->list[i];
	return NULL;
}

const struct vk_attribute *vk_attributes_by_handle(const struct vk_attributes *a, uint16_t handle)
{
	for (int i = 0; i < a->n; i++)
		if (a->list[i].value == handle)
			return &a->list[i];
	return NULL;
}

const char *vk_attributes_kind(const struct vk_attributes *a)
{
	static const struct {
		uint16_t uuid;
		const char *kind;
	} kinds[] = {
		{0x2a18, "meter"}, {0x2a35, "cuff"},  {0x2a5e, "oximeter"},    {0x2a5f, "oximeter"},
		{0x2a9d, "scale"}, {0x2a9c, "scale"}, {0x2a1c, "thermometer"}, {0x2aa7, "cgm"},
		{0x2b34, "cuff"},  {0x2b36, "cuff"},  {0x2a37, "heart-rate"},
	};

	for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++)
		if (vk_attributes_by_uuid(a, kinds[i].uuid))
			return kinds[i].kind;
	return "";
}

void vk_attributes_format(char *out, const struct vk_attributes *a)
{
	char *p = out;

	memcpy(p, "v1", 3);
	p += 2;
	for (int i = 0; i < a->n; i++) {
		const struct vk_attribute *e = &a->list[i];

		p += snprintf(p, ENTRY_TEXT + 1, " %04x:%04x:%02x:%04x", e->value, e->uuid,
			      e->properties, e->cccd);
	}
}

static int parse_entry(const char *text, struct vk_attribute *ret_e)
{
	unsigned value, uuid, properties, cccd;
	int used = 0;

	if (sscanf(text, " %4x:%4x:%2x:%4x%n", &value, &uuid, &properties, &cccd, &used) != 4 ||
	    used != ENTRY_TEXT || value == 0)
		return -EINVAL;
	*ret_e = (struct vk_attribute){
		.value = (uint16_t)value,
		.uuid = (uint16_t)uuid,
		.cccd = (uint16_t)cccd,
		.properties = (uint8_t)properties,
	};
	return 0;
}

int vk_attributes_parse(const char *text, struct vk_attributes *ret_a)
{
	struct vk_attributes a = {0};
	size_t len = strlen(text);

	if (strncmp(text, "v1 ", 3) != 0 || (len - 2) % ENTRY_TEXT != 0)
		return -EINVAL;
	for (const char *p = text + 2; *p; p += ENTRY_TEXT) {
		if (a.n == VK_ATTRIBUTES_MAX || parse_entry(p, &a.list[a.n]) < 0)
			return -EINVAL;
		a.n++;
	}
	*ret_a = a;
	return 0;
}
