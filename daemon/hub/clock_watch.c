/* SPDX-License-Identifier: Apache-2.0 */
/* A timer on the wall clock, armed for a day that never comes, cancelled by each setting of it. */
#include "hub/clock_watch.h"

#include <errno.h>
#include <stdint.h>
#include <sys/timerfd.h>
#include <unistd.h>

static int arm(int fd)
{
	/* 2099: far away, and still a time every kernel takes. */
	const struct itimerspec never = {.it_value = {.tv_sec = INT64_C(4070908800)}};

	return timerfd_settime(fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL)
		       ? -errno
		       : 0;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct vk_clock_watch *watch = poll->data;
	uint64_t expired;

	(void)status;
	(void)events;
	if (read(watch->fd, &expired, sizeof expired) >= 0 || errno != ECANCELED)
		return;
	(void)arm(watch->fd);
	watch->on_step(watch->user);
}

int vk_clock_watch_start(struct vk_clock_watch *watch, uv_loop_t *loop, void (*on_step)(void *user),
			 void *user)
{
	int r;

	watch->on_step = on_step;
	watch->user = user;
	watch->poll.data = watch;
	watch->fd = timerfd_create(CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
	if (watch->fd < 0)
		return -errno;
	r = arm(watch->fd);
	if (r == 0)
		r = uv_poll_init(loop, &watch->poll, watch->fd);
	return r ? r : uv_poll_start(&watch->poll, UV_READABLE, on_poll);
}

static void on_closed(uv_handle_t *handle)
{
	(void)close(((struct vk_clock_watch *)handle->data)->fd);
}

void vk_clock_watch_stop(struct vk_clock_watch *watch)
{
	uv_close((uv_handle_t *)&watch->poll, on_closed);
}
