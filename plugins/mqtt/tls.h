/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's identity and whom it trusts: one pinned CA, the hub's certificate and its key, TLS 1.2
 * at least. The files are looked at again before each connection and now and then while one lives;
 * new ones are taken only when they fit each other, so that a half-done rotation breaks nothing.
 *
 * A board without a clock chip starts in the past, where no certificate is valid yet: then the time
 * that counts is the last one the hub knew for sure (its floor).
 *
 * Thread: the loop's; the context itself may be used by the worker that connects.
 */
#ifndef VAKA_MQTT_TLS_H
#define VAKA_MQTT_TLS_H

#include <openssl/ssl.h>
#include <stdbool.h>
#include <sys/types.h>

#include "mqtt/config.h"

enum { VK_TLS_FILES = 3, VK_TLS_WHY = 120 };

struct vk_tls_stamp {
	int64_t inode, size, changed_ns; /* 0, 0, 0: no file, or no file needed */
};

struct vk_tls {
	const struct vk_relay_config *config; /* borrowed */
	SSL_CTX *context;                     /* NULL: not loaded yet */
	struct vk_tls_stamp stamps[VK_TLS_FILES];
	/* Why nothing was loaded, or what was wrong with a broker's certificate; "" nothing. */
	char why[VK_TLS_WHY];
};

void vk_tls_init(struct vk_tls *tls, const struct vk_relay_config *config);

/*
 * Loads what is new on disk. 1: another context than before; 0: the same; negative errno: what is
 * there cannot be used, why says so, and the context before, if any, stays.
 */
int vk_tls_refresh(struct vk_tls *tls);

/* For the next connection: the name its certificate must bear, and the time that counts. True when
 * that is the floor, because the clock is behind it. */
bool vk_tls_aim(struct vk_tls *tls, const char *host);

/* Until when the hub's certificate is valid, UTC in seconds; 0 not known. Needs a context. */
int64_t vk_tls_until_s(const struct vk_tls *tls);

#endif
