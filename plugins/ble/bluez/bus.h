/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The system bus in our loop. sd-bus is pumped from a poll, a timer and a prepare handle: only the
 * last sends what other callbacks queued. A bus that goes away is closed at once, as its descriptor
 * would stay readable for ever, and is opened again with a growing pause. Thread: the loop's.
 */
#ifndef VAKA_BLE_BUS_H
#define VAKA_BLE_BUS_H

#include <systemd/sd-bus.h>
#include <uv.h>

struct vk_bus {
	uv_loop_t *loop; /* borrowed */
	sd_bus *bus;     /* NULL while away */
	void (*up)(void *user);
	void (*down)(void *user); /* before the connection is freed */
	void *user;
	uv_poll_t *poll;
	int watched; /* events of poll, 0: not started */
	uv_timer_t timer, retry;
	uv_prepare_t prepare;
	uint64_t pause_ms;
};

/* Connects, now or later; up() is called each time there is a bus. 0 or negative errno. */
int vk_bus_init(struct vk_bus *b, uv_loop_t *loop, void (*up)(void *), void (*down)(void *),
		void *user);
void vk_bus_done(struct vk_bus *b);

#endif
