/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The other end: a subscriber with a persistent session that counts every number it is sent. Its
 * counts are a page and one byte for each number (how often it came), mapped from a file, so that
 * whoever reads the file sees them as they grow. Says "ready" once it is subscribed and comes back
 * when the broker does. Ends by SIGTERM.
 *
 * counter PORT COUNT FILE [URGENT]
 */
#include <mosquitto.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "load.h"

struct counter {
	struct load_page *page;
	uint8_t *times; /* by number */
	int64_t count, urgent;
	bool is_ready;
};

static void on_connect(struct mosquitto *client, void *user, int rc)
{
	(void)user;
	if (rc == 0)
		mosquitto_subscribe(client, NULL, "#", 1);
}

static void on_subscribe(struct mosquitto *client, void *user, int mid, int n, const int *granted)
{
	struct counter *c = user;

	(void)client;
	(void)mid;
	(void)n;
	(void)granted;
	if (!c->is_ready)
		(void)puts("ready");
	c->is_ready = true;
	(void)fflush(stdout);
}

static void on_message(struct mosquitto *client, void *user,
		       const struct mosquitto_message *message)
{
	struct counter *c = user;
	int64_t number = load_number(message->payload, message->payloadlen);

	(void)client;
	if (number < 0 || number >= c->count)
		return;
	if (!c->page->again_ns)
		c->page->again_ns = load_now_ns();
	if (c->times[number] < UINT8_MAX)
		c->times[number]++;
	if (c->times[number] > 1) {
		c->page->repeated++;
		return;
	}
	c->page->last_ns = load_now_ns();
	if (!c->page->first_ns)
		c->page->first_ns = c->page->last_ns;
	if (number == c->urgent)
		c->page->urgent_ns = c->page->last_ns;
	c->page->unique++;
}

static void rest(void)
{
	const struct timespec t = {.tv_nsec = 5000000};

	(void)nanosleep(&t, NULL);
}

int main(int argc, char **argv)
{
	struct counter c = {.urgent = argc > 4 ? atoll(argv[4]) : -1};

	if (argc < 4)
		return 2;
	c.count = atoll(argv[2]);
	c.page = load_page_open(argv[3], c.count);
	c.times = (uint8_t *)(c.page + 1);
	mosquitto_lib_init();
	struct mosquitto *m = mosquitto_new("bench-counter", false, &c);

	if (!m)
		return 1;
	mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	mosquitto_connect_callback_set(m, on_connect);
	mosquitto_subscribe_callback_set(m, on_subscribe);
	mosquitto_message_callback_set(m, on_message);
	bool is_up = mosquitto_connect(m, "127.0.0.1", atoi(argv[1]), 60) == MOSQ_ERR_SUCCESS;

	for (;;) {
		if (is_up)
			is_up = mosquitto_loop(m, 1000, 100) == MOSQ_ERR_SUCCESS;
		else if (mosquitto_reconnect(m) == MOSQ_ERR_SUCCESS)
			is_up = true;
		else
			rest();
	}
}
