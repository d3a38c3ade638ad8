/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ATT packets as bytes (Core specification, Vol 3 Part F): the ones a collector builds, and the
 * answers it reads. Nothing here knows what was asked before; every length is checked against the
 * packet. Any thread, no state.
 */
#ifndef VAKA_BLE_ATT_PDU_H
#define VAKA_BLE_ATT_PDU_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VK_ATT_MTU = 517,        /* what we offer */
	VK_ATT_MTU_DEFAULT = 23, /* what holds until both agreed */
	VK_ATT_VALUE_MAX = 512,  /* bytes of any attribute */
	VK_ATT_PDU_MAX = 672,    /* what an L2CAP socket hands over at once */
	VK_ATT_REQUEST_MAX = 32, /* the longest request we make: a write of 20 bytes */
};

enum vk_att_op {
	VK_ATT_ERROR = 0x01,
	VK_ATT_MTU_REQ = 0x02,
	VK_ATT_MTU_RSP = 0x03,
	VK_ATT_FIND_INFO_REQ = 0x04,
	VK_ATT_FIND_INFO_RSP = 0x05,
	VK_ATT_FIND_BY_VALUE_REQ = 0x06,
	VK_ATT_FIND_BY_VALUE_RSP = 0x07,
	VK_ATT_READ_BY_TYPE_REQ = 0x08,
	VK_ATT_READ_BY_TYPE_RSP = 0x09,
	VK_ATT_READ_REQ = 0x0a,
	VK_ATT_READ_RSP = 0x0b,
	VK_ATT_READ_BLOB_REQ = 0x0c,
	VK_ATT_READ_BLOB_RSP = 0x0d,
	VK_ATT_READ_BY_GROUP_REQ = 0x10,
	VK_ATT_READ_BY_GROUP_RSP = 0x11,
	VK_ATT_WRITE_REQ = 0x12,
	VK_ATT_WRITE_RSP = 0x13,
	VK_ATT_NOTIFY = 0x1b,
	VK_ATT_INDICATE = 0x1d,
	VK_ATT_CONFIRM = 0x1e,
	VK_ATT_COMMAND_BIT = 0x40,
};

enum vk_att_error {
	VK_ATT_E_HANDLE = 0x01,
	VK_ATT_E_AUTHENTICATION = 0x05,
	VK_ATT_E_NOT_SUPPORTED = 0x06,
	VK_ATT_E_NOT_FOUND = 0x0a,
	VK_ATT_E_ENCRYPTION = 0x0f,
	VK_ATT_E_IGNORED = 0x80,         /* current time: a part of it was taken */
	VK_ATT_E_OLD_IN_PROGRESS = 0x80, /* of a record access point, before there were common */
	VK_ATT_E_OLD_CCCD = 0x81,        /* numbers for both */
	VK_ATT_E_CCCD = 0xfd,            /* not subscribed as the procedure needs it */
	VK_ATT_E_IN_PROGRESS = 0xfe,
};

enum {
	VK_GATT_CHARACTERISTIC = 0x2803,
	VK_GATT_CCCD = 0x2902,
};

enum vk_gatt_property {
	VK_GATT_READ = 0x02,
	VK_GATT_WRITE_NO_ANSWER = 0x04,
	VK_GATT_WRITE = 0x08,
	VK_GATT_NOTIFY = 0x10,
	VK_GATT_INDICATE = 0x20,
};

/* Builders write at most VK_ATT_REQUEST_MAX bytes and return how many. */
size_t vk_att_build_mtu(uint8_t *out);
size_t vk_att_build_find_info(uint8_t *out, uint16_t first, uint16_t last);
size_t vk_att_build_read_by_type(uint8_t *out, uint16_t first, uint16_t last, uint16_t uuid);
size_t vk_att_build_read(uint8_t *out, uint16_t handle);
/* 0 when value is longer than VK_ATT_REQUEST_MAX - 3. */
size_t vk_att_build_write(uint8_t *out, uint16_t handle, const void *value, size_t len);

/* Entries of one answer: data is all after the opcode, borrowed. */
struct vk_att_list {
	const uint8_t *data;
	size_t len, at, entry; /* entry: bytes of one */
};

struct vk_att_characteristic {
	uint16_t declaration, value; /* handles */
	uint16_t uuid;               /* 0: a vendor's own, 128 bit; or our number for one */
	uint8_t properties;
};

struct vk_att_information {
	uint16_t handle, uuid; /* uuid 0: 128 bit */
};

/* 0, or -EBADMSG when the answer cannot be a list of such entries. */
int vk_att_characteristics(const uint8_t *data, size_t len, struct vk_att_list *ret_list);
int vk_att_informations(const uint8_t *data, size_t len, struct vk_att_list *ret_list);
/* False at the end. */
bool vk_att_next_characteristic(struct vk_att_list *list, struct vk_att_characteristic *ret_c);
bool vk_att_next_information(struct vk_att_list *list, struct vk_att_information *ret_i);

#endif
