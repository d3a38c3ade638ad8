/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A bell that another thread rings and the loop answers; rung many times before it is answered, it
 * is answered once. libuv's own (uv_async_t) lets the loop spin until the other thread is back from
 * its write; woken on that thread's processor, it keeps it from just that.
 */
#ifndef VAKA_HUB_BELL_H
#define VAKA_HUB_BELL_H

#include <stdatomic.h>
#include <stdbool.h>
#include <uv.h>

struct vk_bell {
	uv_poll_t poll;
	int fd; /* of an event, owned */
	atomic_bool is_rung;
	void (*answer)(void *user);
	void *user;
};

/* answer runs in the loop's thread. 0 or a negative errno. */
int vk_bell_init(struct vk_bell *bell, uv_loop_t *loop, void (*answer)(void *user), void *user);
/* Thread: any, until vk_bell_close(). What was written before is seen by the answer. */
void vk_bell_ring(struct vk_bell *bell);
/* Loop's thread, nobody rings any more. closed: bell->poll.data is user, the bell may be freed. */
void vk_bell_close(struct vk_bell *bell, uv_close_cb closed);

#endif
