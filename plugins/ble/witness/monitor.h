/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What passes by on the kernel's Bluetooth monitor channel, pure: packets in, and out come the
 * indications that somebody on this machine has confirmed. Whose process it was cannot be seen here
 * and need not be: the hub is asked later whether it has the value.
 *
 * A link is known by adapter and handle; its identity address is asked of the kernel when the first
 * value comes, since the address on air may be a private one. What is in fragments is put together;
 * a continuation whose beginning was not seen is dropped. Only received ATT and sent confirmations
 * are looked at, nothing else is kept. Thread: one.
 */
#ifndef VAKA_BLE_WITNESS_MONITOR_H
#define VAKA_BLE_WITNESS_MONITOR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum {
	VK_MONITOR_LINKS = 16, /* more than a controller serves */
	VK_MONITOR_PDU = 520,
	VK_MONITOR_PACKET = 2048,
};

struct vk_monitor_ops {
	/* The identity address of a link, least significant byte first. False: not known (yet). */
	bool (*who)(void *user, uint16_t adapter, uint16_t link, uint8_t ret_address[6]);
	/* An indication has been confirmed. data is borrowed for the call. */
	void (*confirmed)(void *user, const uint8_t address[6], uint16_t handle,
			  const uint8_t *data, size_t len);
};

struct vk_monitor_link {
	bool is_used, is_known;
	uint16_t adapter, handle;
	uint8_t address[6];
	uint16_t need, have; /* of the PDU that is being put together, 0: none */
	uint16_t held;       /* length of the indication that waits for its confirmation, 0 none */
	uint32_t age;
	uint8_t pdu[VK_MONITOR_PDU], indication[VK_MONITOR_PDU];
};

struct vk_monitor {
	const struct vk_monitor_ops *ops; /* borrowed */
	void *user;
	int adapter; /* the only one looked at, -1: any */
	uint32_t age;
	struct vk_monitor_link links[VK_MONITOR_LINKS];
};

void vk_monitor_init(struct vk_monitor *m, int adapter, const struct vk_monitor_ops *ops,
		     void *user);

/* One packet of the channel, header included. Anything malformed is ignored. */
void vk_monitor_packet(struct vk_monitor *m, const uint8_t *packet, size_t len);

#endif
