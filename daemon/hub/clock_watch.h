/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Tells when somebody sets the wall clock, at once and without polling: the kernel cancels a timer
 * that was armed for it. Schedules live on wall time, so a step may make a check due. Loop thread.
 */
#ifndef VAKA_HUB_CLOCK_WATCH_H
#define VAKA_HUB_CLOCK_WATCH_H

#include <uv.h>

struct vk_clock_watch {
	uv_poll_t poll;
	int fd;
	void (*on_step)(void *user);
	void *user;
};

/* 0 or negative errno. */
int vk_clock_watch_start(struct vk_clock_watch *watch, uv_loop_t *loop, void (*on_step)(void *user),
			 void *user);
void vk_clock_watch_stop(struct vk_clock_watch *watch);

#endif
