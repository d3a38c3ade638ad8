/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One Bluetooth controller through the kernel's mgmt channel: power, pairing ability, keys,
 * advertising, disconnecting, and the events about them. Raw structures of the kernel's mgmt
 * interface (revision 1.22); needs CAP_NET_ADMIN. Events that arrive while a command is waited for
 * are kept for vk_mgmt_next.
 */
#ifndef VK_KIT_MGMT_H
#define VK_KIT_MGMT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "state.h"
#include "value.h"

#define VK_MGMT_BACKLOG   16
#define VK_MGMT_EVENT_MAX 512
#define VK_PEER_LEN       7 /* address and its type */

enum vk_mgmt_what {
	VK_MGMT_NONE,
	VK_MGMT_INDEX_REMOVED, /* the controller is gone */
	VK_MGMT_FAILED,        /* a command: opcode, status */
	VK_MGMT_NEW_LTK,       /* key */
	VK_MGMT_NEW_IRK,       /* key */
	VK_MGMT_CONNECTED,     /* peer */
	VK_MGMT_DISCONNECTED,  /* peer, status = reason */
	VK_MGMT_CONFIRM,       /* peer: asks whether to pair */
	VK_MGMT_AUTH_FAILED,   /* peer, status */
	VK_MGMT_PASSKEY        /* peer, passkey */
};

struct vk_mgmt_event {
	enum vk_mgmt_what what;
	uint16_t opcode;
	uint8_t status;
	uint8_t peer[VK_PEER_LEN];
	uint32_t passkey;
	bool store; /* keys: belongs to a bond */
	uint8_t key[VK_LTK_LEN];
};

struct vk_mgmt_raw {
	size_t len;
	uint8_t byte[VK_MGMT_EVENT_MAX];
};

struct vk_mgmt {
	int fd;
	uint16_t index;
	uint8_t address[6];
	uint8_t refused; /* status of the last command that the kernel refused */
	unsigned backlog_count;
	struct vk_mgmt_raw backlog[VK_MGMT_BACKLOG];
};

struct vk_advert {
	const char *name;
	uint16_t service;
	uint16_t appearance;
	bool discoverable; /* in pairing mode */
	bool beacon;       /* nobody may connect; data goes out as service data */
	struct vk_value data;
};

/* All: 0 or negative errno; -EPROTO when the kernel refused. */
int vk_mgmt_open(struct vk_mgmt *m, uint16_t index);
void vk_mgmt_close(struct vk_mgmt *m);
/* privacy: the address on the air is a private one that changes.
 * Low energy only, not bondable, powered, keys of the state loaded; address is known afterwards. */
int vk_mgmt_setup(struct vk_mgmt *m, const struct vk_state *s, bool display, bool privacy);
int vk_mgmt_power(struct vk_mgmt *m, bool on);
int vk_mgmt_bondable(struct vk_mgmt *m, bool on);
int vk_mgmt_load_keys(struct vk_mgmt *m, const struct vk_state *s);
int vk_mgmt_advertise(struct vk_mgmt *m, const struct vk_advert *a);
int vk_mgmt_advertise_stop(struct vk_mgmt *m);
/* Sent, not waited for: a refusal comes as VK_MGMT_FAILED. */
int vk_mgmt_disconnect(struct vk_mgmt *m, const uint8_t peer[VK_PEER_LEN]);
int vk_mgmt_confirm(struct vk_mgmt *m, const uint8_t peer[VK_PEER_LEN]);
/* 1 and an event, or 0 when there is none; negative errno when the socket failed. */
int vk_mgmt_next(struct vk_mgmt *m, struct vk_mgmt_event *out);

#endif
