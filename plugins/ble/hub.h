/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The collector's side of the wire (daemon/include/vaka/README.md): requests out with a cookie that
 * comes back with the answer, and the hub's orders in. Thread: the loop's.
 */
#ifndef VAKA_BLE_HUB_H
#define VAKA_BLE_HUB_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#include "session.h"
#include "vaka/plugin.h"

enum { VK_HUB_PENDING = 1024, VK_HUB_PENDING_MOST = 1000 };

/* Whose request an answer belongs to. Numbers, so that nothing dangles. */
struct vk_cookie {
	uint32_t serial; /* of the session or peer, 0: nobody waits */
	uint32_t token;  /* of the reading, 0: a device message */
};

struct vk_hub_ops {
	void (*welcome)(void *user, const struct vk_packet *packet);
	/* A new list of so many models follows, one by one. */
	void (*models)(void *user, int count);
	void (*model)(void *user, const struct vk_packet *packet);
	void (*device)(void *user, const struct vk_packet *packet);
	void (*devices_end)(void *user);
	void (*device_gone)(void *user, const char *id);
	void (*scan)(void *user, json_int_t n, int seconds);
	void (*pair)(void *user, json_int_t n, const char *match, int seconds, bool is_again);
	void (*passkey)(void *user, json_int_t n, const char *passkey);
	void (*pair_cancel)(void *user, json_int_t n);
	void (*expect)(void *user, int64_t due_utc_ms); /* 0: nothing */
	void (*answered)(void *user, const struct vk_cookie *cookie, bool is_done);
};

struct vk_hub {
	struct vk_plugin *plugin;
	const struct vk_hub_ops *ops; /* borrowed */
	void *user;
	uv_loop_t *loop;
	uv_poll_t poll;
	uv_prepare_t prepare;
	int watched; /* events of poll, 0: not started */
	int error;   /* why the loop was stopped, negative errno */
	int pending;
	struct {
		json_int_t n; /* 0: free */
		struct vk_cookie cookie;
	} ring[VK_HUB_PENDING];
};

/* Connects, says hello and gets the welcome; waits for it. 0 or negative errno. */
int vk_hub_init(struct vk_hub *h, uv_loop_t *loop, const struct vk_hub_ops *ops, void *user);
void vk_hub_done(struct vk_hub *h);

/* 0; -EAGAIN: too much is unanswered; other negative errno. */
int vk_hub_reading(struct vk_hub *h, const char *device, const struct vk_sample *sample,
		   const struct vk_cookie *cookie);
/* Sends a request of ours: t and the number are added. message is consumed. */
int vk_hub_request(struct vk_hub *h, const char *type, json_t *message,
		   const struct vk_cookie *cookie);
/* Sends an answer to the hub's request n. message may be NULL and is consumed. */
int vk_hub_answer(struct vk_hub *h, const char *type, json_int_t n, json_t *message);
int vk_hub_failed(struct vk_hub *h, json_int_t n, const char *code, const char *text);

#endif
