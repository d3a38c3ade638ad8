/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The pairing window: search, pair over our own bearer, let the hub store the device, find out what
 * it offers, and hand it over as an ordinary peer on the same link. bluetoothd's Pair() is not
 * used: it would speak ATT to the device and confirm its first reading to nobody. Thread: the
 * loop's.
 */
#ifndef VAKA_BLE_PAIRING_H
#define VAKA_BLE_PAIRING_H

#include "att/rearm.h"
#include "bluez/agent.h"
#include "bluez/world.h"
#include "hub.h"

struct vk_collector;
struct vk_peer;

enum vk_pairing_state {
	VK_PAIRING_NONE,
	VK_PAIRING_SEARCHING,
	VK_PAIRING_CONNECTING, /* until encrypted and bonded */
	VK_PAIRING_STORING,    /* the hub is told */
	VK_PAIRING_DISCOVERING,
	VK_PAIRING_FINISHING, /* the hub is told what was found */
};

struct vk_pairing {
	struct vk_collector *collector; /* borrowed */
	enum vk_pairing_state state;
	json_int_t n; /* the hub's request */
	char match[VK_NAME_MAX];
	char path[VK_PATH_MAX]; /* of the device found */
	struct vk_peer *peer;   /* borrowed from the collector */
	bool is_new;            /* the hub does not know the peer yet */
	bool is_again;          /* asked for although there is a bond */
	bool is_up, was_asked, was_answered;
	int level, failures;
	uv_timer_t window, retry;
};

int vk_pairing_init(struct vk_pairing *p, struct vk_collector *collector, uv_loop_t *loop);

/* is_again: the old bond goes as soon as the device is heard. */
void vk_pairing_start(struct vk_pairing *p, json_int_t n, const char *match, int seconds,
		      bool is_again);
void vk_pairing_passkey(struct vk_pairing *p, json_int_t n, const char *passkey);
void vk_pairing_cancel(struct vk_pairing *p, json_int_t n);
void vk_pairing_radio_lost(struct vk_pairing *p);

/* From the world. */
void vk_pairing_near(struct vk_pairing *p, const struct vk_near *near);
/* From a peer that is in service: it has been reached over the bond it has. */
void vk_pairing_known(struct vk_pairing *p, const struct vk_peer *peer);
/* From the peer being paired. */
void vk_pairing_up(struct vk_pairing *p, struct vk_peer *peer);
void vk_pairing_ready(struct vk_pairing *p, struct vk_peer *peer);
void vk_pairing_ended(struct vk_pairing *p, struct vk_peer *peer, const struct vk_link_end *end);
/* The hub has, or has not, stored what was told. */
void vk_pairing_answered(struct vk_pairing *p, bool is_done);

extern const struct vk_agent_ops vk_pairing_agent_ops; /* user: the pairing */

#endif
