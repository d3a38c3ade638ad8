/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Laid over a program with a libuv loop (LD_PRELOAD): the longest time from the end of one wait to
 * the beginning of the next, which is how late anything else on that loop could be, when a connect
 * to the broker last succeeded, and when the last PUBACK came. Kept in the page that $LOOP_TURNS
 * names. Only the thread that waits in epoll is seen, and that is the loop.
 */
#include <dlfcn.h>
#include <mosquitto.h>
#include <stdlib.h>
#include <sys/epoll.h>

#include "load.h"

typedef void (*puback_fn)(struct mosquitto *, void *, int, int, const mosquitto_property *);

struct turns {
	int (*wait)(int, struct epoll_event *, int, int, const sigset_t *);
	struct load_page *page;
	int64_t since_ns;
};

__attribute__((visibility("default"))) int epoll_pwait(int fd, struct epoll_event *events, int most,
						       int timeout_ms, const sigset_t *mask)
{
	static struct turns t; /* of the one loop thread */

	if (!t.page) {
		*(void **)&t.wait = dlsym(RTLD_NEXT, "epoll_pwait");
		t.page = load_page_open(getenv("LOOP_TURNS"), 0);
	}
	int64_t turn_ns = t.since_ns ? load_now_ns() - t.since_ns : 0;

	if (turn_ns > t.page->longest_turn_ns)
		t.page->longest_turn_ns = turn_ns;
	int n = t.wait(fd, events, most, timeout_ms, mask);

	t.since_ns = load_now_ns();
	return n;
}

__attribute__((visibility("default"))) int epoll_wait(int fd, struct epoll_event *events, int most,
						      int timeout_ms)
{
	return epoll_pwait(fd, events, most, timeout_ms, NULL);
}

/* The relay's way to a broker; it blocks, on a thread beside the loop. */
__attribute__((visibility("default"))) int
mosquitto_connect_bind_v5(struct mosquitto *client, const char *host, int port, int keep_alive_s,
			  const char *address, const mosquitto_property *properties)
{
	int (*real)(struct mosquitto *, const char *, int, int, const char *,
		    const mosquitto_property *);

	*(void **)&real = dlsym(RTLD_NEXT, "mosquitto_connect_bind_v5");
	int result = real(client, host, port, keep_alive_s, address, properties);

	if (result == MOSQ_ERR_SUCCESS)
		load_page_open(getenv("LOOP_TURNS"), 0)->connected_ns = load_now_ns();
	return result;
}

static puback_fn *handler(void)
{
	static puback_fn of_the_relay;

	return &of_the_relay;
}

static void on_puback(struct mosquitto *client, void *user, int mid, int reason,
		      const mosquitto_property *properties)
{
	static struct load_page *page;

	if (!page)
		page = load_page_open(getenv("LOOP_TURNS"), 0);
	page->acknowledged_ns = load_now_ns();
	(*handler())(client, user, mid, reason, properties);
}

__attribute__((visibility("default"))) void
mosquitto_publish_v5_callback_set(struct mosquitto *client, puback_fn fn)
{
	void (*real)(struct mosquitto *, puback_fn);

	*(void **)&real = dlsym(RTLD_NEXT, "mosquitto_publish_v5_callback_set");
	*handler() = fn;
	real(client, on_puback);
}
