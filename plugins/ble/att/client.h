/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One ATT bearer without its socket. As a client: one request in flight, a short queue, 30 s for an
 * answer. As the server that every peer may take us for: an MTU, the current time for devices that
 * ask their collector, "not found" for all else. Pure: packets and times in, packets out.
 *
 * Thread: one. Every now_ms is monotonic.
 */
#ifndef VAKA_BLE_ATT_CLIENT_H
#define VAKA_BLE_ATT_CLIENT_H

#include "att/pdu.h"

enum {
	VK_ATT_QUEUE = 8,
	VK_ATT_TIMEOUT_MS = 30000, /* the bearer is dead after it (Vol 3 Part F 3.3.3) */
	VK_ATT_CURRENT_TIME_LEN = 10,
};

/* The answer to one request. data is all after the opcode and borrowed. */
struct vk_att_reply {
	uint8_t error; /* 0: data holds the answer; else an ATT error code */
	const uint8_t *data;
	size_t len;
};

typedef void (*vk_att_reply_fn)(void *user, const struct vk_att_reply *reply);

struct vk_att_ops {
	/* One packet to the peer. 0 or negative errno. */
	int (*send)(void *user, const uint8_t *pdu, size_t len);
	/* An indication waits for vk_att_confirm(). */
	void (*value)(void *user, uint16_t handle, const uint8_t *data, size_t len,
		      bool is_indication);
	/* Local time as the value of 2A2B. */
	void (*current_time)(void *user, uint8_t out[VK_ATT_CURRENT_TIME_LEN]);
};

struct vk_att_request {
	uint8_t pdu[VK_ATT_REQUEST_MAX];
	uint8_t len;
	vk_att_reply_fn fn;
	void *user;
};

struct vk_att {
	const struct vk_att_ops *ops; /* borrowed */
	void *user;
	uint16_t mtu;
	struct vk_att_request queue[VK_ATT_QUEUE]; /* a ring; the first is in flight */
	uint8_t first, n;
	bool is_indicated;   /* an indication of the peer is unconfirmed */
	int64_t deadline_ms; /* of the request in flight, INT64_MAX: none */
};

void vk_att_init(struct vk_att *att, const struct vk_att_ops *ops, void *user);

/* Sends, or queues. 0; -ENOBUFS: the queue is full; -EMSGSIZE; or what send said. */
int vk_att_request(struct vk_att *att, const uint8_t *pdu, size_t len, int64_t now_ms,
		   vk_att_reply_fn fn, void *user);

/* Takes one packet of the peer. 0; -EPROTO: it breaks the protocol; or what send said. */
int vk_att_input(struct vk_att *att, const uint8_t *pdu, size_t len, int64_t now_ms);

/* Confirms the peer's indication; nothing when there is none. 0 or what send said. */
int vk_att_confirm(struct vk_att *att);

/* -ETIMEDOUT when the answer is overdue, else 0. */
int vk_att_tick(const struct vk_att *att, int64_t now_ms);

#endif
