/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The ATT server of a device (Bluetooth Core Vol 3 Part F): one request in, one answer out, over a
 * table of attributes; one indication outstanding at a time. Pure: bytes come in by vk_att_input
 * and leave by the host's send; what the device does with a write is the host's. A malformed PDU is
 * answered by an error and read no further than it is long.
 */
#ifndef VK_KIT_ATT_H
#define VK_KIT_ATT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gattdb.h"

#define VK_ATT_MTU_MIN 23
#define VK_ATT_MTU_MAX 247

#define VK_ATT_ERR_HANDLE         0x01
#define VK_ATT_ERR_READ           0x02
#define VK_ATT_ERR_WRITE          0x03
#define VK_ATT_ERR_PDU            0x04
#define VK_ATT_ERR_AUTHENTICATION 0x05
#define VK_ATT_ERR_NOT_SUPPORTED  0x06
#define VK_ATT_ERR_OFFSET         0x07
#define VK_ATT_ERR_NOT_FOUND      0x0a
#define VK_ATT_ERR_LENGTH         0x0d
#define VK_ATT_ERR_ENCRYPTION     0x0f
#define VK_ATT_ERR_GROUP          0x10
#define VK_ATT_ERR_OUT_OF_RANGE   0xff
#define VK_ATT_ERR_CCCD_IMPROPER  0xfd
#define VK_ATT_ERR_IN_PROGRESS    0xfe

/* Security levels as the kernel counts them. */
#define VK_SECURITY_NONE          1
#define VK_SECURITY_ENCRYPTED     2
#define VK_SECURITY_AUTHENTICATED 3

/* All of the loop's thread; none may call back into vk_att_input. */
struct vk_att_host {
	void *ctx;
	int (*send)(void *ctx, const uint8_t *pdu, size_t len);
	int (*security)(void *ctx);
	bool (*bonded)(void *ctx);
	/* Fills at most VK_GATT_VALUE_MAX bytes of a live value, returns the length. */
	size_t (*read)(void *ctx, uint16_t uuid, uint8_t *out);
	/* Returns 0 or the ATT error to answer. */
	uint8_t (*write)(void *ctx, uint16_t uuid, const uint8_t *value, size_t len);
	uint16_t (*ccc)(void *ctx, unsigned slot);
	uint8_t (*set_ccc)(void *ctx, unsigned slot, uint16_t value);
	void (*confirmed)(void *ctx);
};

struct vk_att {
	struct vk_gattdb *db;
	struct vk_att_host host;
	uint16_t mtu;
	bool indicating; /* an indication waits for its confirmation */
};

/* A new link: MTU back to 23, nothing outstanding. */
void vk_att_reset(struct vk_att *att);
void vk_att_input(struct vk_att *att, const uint8_t *pdu, size_t len);
/* -EBUSY while one is outstanding, -EMSGSIZE, or what send said. */
int vk_att_indicate(struct vk_att *att, uint16_t handle, const uint8_t *value, size_t len);
int vk_att_notify(struct vk_att *att, uint16_t handle, const uint8_t *value, size_t len);

#endif
