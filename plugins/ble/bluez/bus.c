/* SPDX-License-Identifier: Apache-2.0 */
/* The pump, and coming back. */
#include "bluez/bus.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/log.h"
#include "uv_handle.h"

enum { PAUSE_FIRST_MS = 500, PAUSE_MOST_MS = 30000 };

static void pump(struct vk_bus *b);

static void close_bus(struct vk_bus *b)
{
	vk_uv_close((uv_handle_t **)&b->poll);
	b->watched = 0;
	(void)uv_timer_stop(&b->timer);
	b->bus = sd_bus_close_unref(b->bus);
}

static void on_retry(uv_timer_t *timer);

static void lose(struct vk_bus *b, int error)
{
	vk_log(VK_LOG_WARNING, "bus", "away reason=%s retry_ms=%llu", strerror(-error),
	       (unsigned long long)b->pause_ms);
	if (b->bus)
		b->down(b->user);
	close_bus(b);
	(void)uv_timer_start(&b->retry, on_retry, b->pause_ms, 0);
	b->pause_ms = b->pause_ms * 2 > PAUSE_MOST_MS ? PAUSE_MOST_MS : b->pause_ms * 2;
}

static int open_bus(struct vk_bus *b)
{
	int r = sd_bus_open_system(&b->bus);

	if (r < 0)
		return r;
	b->poll = calloc(1, sizeof *b->poll);
	if (!b->poll)
		return -ENOMEM;
	r = uv_poll_init(b->loop, b->poll, sd_bus_get_fd(b->bus));
	if (r < 0) {
		free(b->poll);
		b->poll = NULL;
		return r;
	}
	b->poll->data = b;
	return 0;
}

static void start(struct vk_bus *b)
{
	int r = open_bus(b);

	if (r < 0) {
		close_bus(b);
		lose(b, r);
		return;
	}
	b->up(b->user);
	pump(b);
}

static void on_retry(uv_timer_t *timer)
{
	start(timer->data);
}

static void pump(struct vk_bus *b)
{
	int r = 0;

	if (!b->bus)
		return;
	do
		r = sd_bus_process(b->bus, NULL);
	while (r > 0);
	if (r < 0)
		lose(b, r);
	else if (sd_bus_is_ready(b->bus) > 0)
		b->pause_ms = PAUSE_FIRST_MS;
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct vk_bus *b = poll->data;

	(void)events;
	if (status < 0)
		b->watched = 0; /* libuv has stopped it */
	pump(b);
}

static void on_timer(uv_timer_t *timer)
{
	pump(timer->data);
}

static void arm_timer(struct vk_bus *b)
{
	uint64_t due_us, now_us = uv_hrtime() / 1000;

	if (sd_bus_get_timeout(b->bus, &due_us) < 0 || due_us == UINT64_MAX) {
		(void)uv_timer_stop(&b->timer);
		return;
	}
	/* Rounded up, or the loop spins through the last millisecond. */
	(void)uv_timer_start(&b->timer, on_timer,
			     due_us > now_us ? (due_us - now_us + 999) / 1000 : 0, 0);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct vk_bus *b = prepare->data;
	int events, wanted;

	if (!b->bus)
		return;
	events = sd_bus_get_events(b->bus);
	if (events < 0) {
		lose(b, events);
		return;
	}
	wanted = (events & POLLIN ? UV_READABLE : 0) | (events & POLLOUT ? UV_WRITABLE : 0);
	wanted |= UV_DISCONNECT;
	/* To start it anew is two system calls each turn. */
	if (wanted != b->watched && uv_poll_start(b->poll, wanted, on_poll) == 0)
		b->watched = wanted;
	arm_timer(b);
}

int vk_bus_init(struct vk_bus *b, uv_loop_t *loop, void (*up)(void *), void (*down)(void *),
		void *user)
{
	int r;

	*b = (struct vk_bus){
		.loop = loop, .up = up, .down = down, .user = user, .pause_ms = PAUSE_FIRST_MS};
	(void)uv_timer_init(loop, &b->timer);
	(void)uv_timer_init(loop, &b->retry);
	(void)uv_prepare_init(loop, &b->prepare);
	b->timer.data = b->retry.data = b->prepare.data = b;
	r = uv_prepare_start(&b->prepare, on_prepare);
	if (r < 0)
		return r;
	start(b);
	return 0;
}

void vk_bus_done(struct vk_bus *b)
{
	if (b->bus)
		b->down(b->user);
	close_bus(b);
	(void)uv_timer_stop(&b->retry);
	(void)uv_prepare_stop(&b->prepare);
}
