/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The socket of one ATT bearer: L2CAP, fixed channel 4, a connect that stays pending until the
 * device advertises. bluetoothd keeps the bond, the kernel encrypts with its key; the link is ours.
 *
 * Nothing is read before the link is encrypted: what the device says earlier stays in the socket's
 * buffer, is delivered afterwards, and vanishes unconfirmed with a link that never gets there. A
 * connect that succeeds at once has met a link left over from a dead process and is given up
 * (EALREADY): the device may wait there for a confirmation that nobody can give.
 *
 * Thread: the loop's. Callbacks may close the bearer.
 */
#ifndef VAKA_BLE_ATT_BEARER_H
#define VAKA_BLE_ATT_BEARER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#include "att/fdstore.h"
#include "att/rearm.h"

enum vk_bearer_level {
	VK_LEVEL_ENCRYPTED = 2,     /* just works */
	VK_LEVEL_AUTHENTICATED = 3, /* passkey or comparison */
};

/* 1 public, 2 random, as the kernel numbers LE addresses. */
struct vk_bearer_address {
	uint8_t bytes[6]; /* least significant first */
	uint8_t type;
};

struct vk_bearer_ops {
	void (*up)(void *user);     /* encrypted: packets follow */
	void (*raised)(void *user); /* vk_bearer_raise() has come true */
	void (*packet)(void *user, const uint8_t *data, size_t len);
	void (*dry)(void *user); /* after a group of packets */
	/* The link has ended by itself; the socket is closed. */
	void (*ended)(void *user, enum vk_link_stage stage, int error);
};

enum vk_bearer_state { VK_BEARER_CLOSED, VK_BEARER_PENDING, VK_BEARER_ENCRYPTING, VK_BEARER_UP };

struct vk_bearer {
	uv_loop_t *loop; /* borrowed, as ops */
	const struct vk_bearer_ops *ops;
	void *user;
	enum vk_bearer_state state;
	int fd;
	int level; /* wanted */
	int looks; /* at the level so far */
	bool is_held;
	struct vk_fdstore *store; /* borrowed; NULL: a connect does not outlive us */
	char name[16];            /* in the store */
	uv_poll_t *poll;
	uv_timer_t *timer;
};

void vk_bearer_init(struct vk_bearer *b, uv_loop_t *loop, const struct vk_bearer_ops *ops,
		    void *user);

/*
 * Connects of this bearer are kept in the store under this name while they are pending; one that is
 * there already is taken instead of a new one. NULL: no longer.
 */
void vk_bearer_keep(struct vk_bearer *b, struct vk_fdstore *store, const char *name);

/* 0, or negative errno: -EALREADY, -EBUSY, -EHOSTUNREACH as above; ended is not called then. */
int vk_bearer_arm(struct vk_bearer *b, const struct vk_bearer_address *adapter,
		  const struct vk_bearer_address *device, int level);
void vk_bearer_close(struct vk_bearer *b); /* no callback; safe twice */
/* At the end of the process: as close, but what is kept stays for the next start. */
void vk_bearer_leave(struct vk_bearer *b);

/* Leaves what comes in the socket while held; an end is told all the same. For the up() callback.
 */
void vk_bearer_hold(struct vk_bearer *b, bool is_held);

/* One packet. 0 or negative errno. */
int vk_bearer_send(struct vk_bearer *b, const uint8_t *pdu, size_t len);

/* Asks for an authenticated link; raised() when it is. 0 or negative errno. */
int vk_bearer_raise(struct vk_bearer *b);
int vk_bearer_level(const struct vk_bearer *b); /* as it is now, 0 when closed */

/* "AA:BB:CC:DD:EE:FF". 0 or -EINVAL. */
int vk_bearer_address_parse(const char *text, int type, struct vk_bearer_address *ret_address);

#endif
