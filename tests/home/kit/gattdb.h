/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The attribute table of a device: services, characteristics and their configuration descriptors in
 * handle order, as Bluetooth Core Vol 3 Part G fixes it. Handles count from 1 without gaps, so an
 * attribute's place is its handle. Built once at start; only the values written to plain
 * characteristics change.
 */
#ifndef VK_KIT_GATTDB_H
#define VK_KIT_GATTDB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define VK_GATT_MAX       64
#define VK_GATT_VALUE_MAX 32
#define VK_CCC_MAX        8

#define VK_UUID_PRIMARY        0x2800
#define VK_UUID_CHARACTERISTIC 0x2803
#define VK_UUID_CCCD           0x2902

/* Characteristic properties, as they stand in a declaration. */
#define VK_PROP_READ          0x02
#define VK_PROP_WRITE_COMMAND 0x04
#define VK_PROP_WRITE         0x08
#define VK_PROP_NOTIFY        0x10
#define VK_PROP_INDICATE      0x20

enum vk_guard {
	VK_GUARD_NONE,
	VK_GUARD_ENCRYPTED,    /* any bonded link */
	VK_GUARD_AUTHENTICATED /* a bond made with a passkey */
};

struct vk_attr {
	uint16_t type;  /* 16-bit UUID of the attribute */
	uint8_t props;  /* what may be done with the value */
	uint8_t guard;  /* enum vk_guard */
	bool live;      /* the value is asked from the device at each read */
	uint8_t slot;   /* CCCD: its number, 0..VK_CCC_MAX-1 */
	uint16_t owner; /* CCCD: UUID of its characteristic */
	uint8_t len;
	uint8_t value[VK_GATT_VALUE_MAX];
};

struct vk_gattdb {
	unsigned count;
	unsigned ccc_count;
	struct vk_attr attr[VK_GATT_MAX];
};

/* Builders. They abort the program when the table is full: its size is a fact of the source. */
void vk_gattdb_service(struct vk_gattdb *db, uint16_t uuid);
/* Returns the value's attribute; declaration and value are added. */
struct vk_attr *vk_gattdb_char(struct vk_gattdb *db, uint16_t uuid, uint8_t props,
			       enum vk_guard guard, const void *value, size_t len);
void vk_gattdb_text(struct vk_gattdb *db, uint16_t uuid, const char *text);
/* The CCCD of the characteristic added last; returns its slot. */
unsigned vk_gattdb_cccd(struct vk_gattdb *db, enum vk_guard guard);

/* NULL when there is none. */
const struct vk_attr *vk_gattdb_at(const struct vk_gattdb *db, uint16_t handle);
/* Handle of the value of the characteristic, 0 when there is none. */
uint16_t vk_gattdb_handle(const struct vk_gattdb *db, uint16_t uuid);
/* Slot of the characteristic's CCCD, -ENOENT when there is none. */
int vk_gattdb_slot(const struct vk_gattdb *db, uint16_t uuid);
/* Last handle of the service group that starts at handle; 0xffff for the last service. */
uint16_t vk_gattdb_group_end(const struct vk_gattdb *db, uint16_t handle);

#endif
