/* SPDX-License-Identifier: Apache-2.0 */
/*
 * See gattdb.h. A table of 64 rows is searched from the front: a device is asked a few dozen times
 * a day.
 */
#include "gattdb.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "le.h"

#define LAST_HANDLE 0xffff

static struct vk_attr *add(struct vk_gattdb *db, uint16_t type, const void *value, size_t len)
{
	struct vk_attr *a;

	if (db->count == VK_GATT_MAX || len > VK_GATT_VALUE_MAX)
		abort();
	a = &db->attr[db->count++];
	*a = (struct vk_attr){.type = type, .props = VK_PROP_READ, .len = (uint8_t)len};
	if (len)
		memcpy(a->value, value, len);
	return a;
}

void vk_gattdb_service(struct vk_gattdb *db, uint16_t uuid)
{
	uint8_t v[2];

	vk_put16(v, uuid);
	add(db, VK_UUID_PRIMARY, v, sizeof(v));
}

struct vk_attr *vk_gattdb_char(struct vk_gattdb *db, uint16_t uuid, uint8_t props,
			       enum vk_guard guard, const void *value, size_t len)
{
	uint8_t v[5] = {props};
	struct vk_attr *a;

	vk_put16(v + 1, (uint16_t)(db->count + 2));
	vk_put16(v + 3, uuid);
	add(db, VK_UUID_CHARACTERISTIC, v, sizeof(v));
	a = add(db, uuid, value, len);
	a->props = props;
	a->guard = (uint8_t)guard;
	return a;
}

void vk_gattdb_text(struct vk_gattdb *db, uint16_t uuid, const char *text)
{
	size_t len = strlen(text);

	vk_gattdb_char(db, uuid, VK_PROP_READ, VK_GUARD_NONE, text,
		       len > VK_GATT_VALUE_MAX ? VK_GATT_VALUE_MAX : len);
}

unsigned vk_gattdb_cccd(struct vk_gattdb *db, enum vk_guard guard)
{
	uint16_t owner = db->attr[db->count - 1].type;
	struct vk_attr *a;

	if (db->ccc_count == VK_CCC_MAX)
		abort();
	a = add(db, VK_UUID_CCCD, "\0\0", 2);
	a->props = VK_PROP_READ | VK_PROP_WRITE;
	a->guard = (uint8_t)guard;
	a->owner = owner;
	a->slot = (uint8_t)db->ccc_count++;
	return a->slot;
}

const struct vk_attr *vk_gattdb_at(const struct vk_gattdb *db, uint16_t handle)
{
	return handle >= 1 && handle <= db->count ? &db->attr[handle - 1] : NULL;
}

uint16_t vk_gattdb_handle(const struct vk_gattdb *db, uint16_t uuid)
{
	for (unsigned i = 0; i < db->count; i++) {
		if (db->attr[i].type == uuid)
			return (uint16_t)(i + 1);
	}
	return 0;
}

int vk_gattdb_slot(const struct vk_gattdb *db, uint16_t uuid)
{
	for (unsigned i = 0; i < db->count; i++) {
		if (db->attr[i].type == VK_UUID_CCCD && db->attr[i].owner == uuid)
			return db->attr[i].slot;
	}
	return -ENOENT;
}

uint16_t vk_gattdb_group_end(const struct vk_gattdb *db, uint16_t handle)
{
	for (unsigned i = handle; i < db->count; i++) {
		if (db->attr[i].type == VK_UUID_PRIMARY)
			return (uint16_t)i;
	}
	return LAST_HANDLE;
}
