/* SPDX-License-Identifier: Apache-2.0 */
/*
 * One connection at a time to one of the brokers. Name look-up, TCP connect and the TLS handshake
 * (a key in a chip takes its time) run on libuv's worker while nothing else touches the client;
 * CONNECT and everything after run on the loop. Each of the three has its time, whatever the
 * keep-alive. Each attempt has a client of its own: nothing of a broken connection lives on here,
 * only in the hub's outbox and in the broker's session. On another broker than the first it asks
 * now and then whether a preferred one is there again, and goes back; new certificates are taken
 * without a restart.
 *
 * Thread: the loop's.
 */
#ifndef VAKA_MQTT_LINK_H
#define VAKA_MQTT_LINK_H

#include <mosquitto.h>
#include <stdbool.h>
#include <uv.h>

#include "base/trim.h"
#include "mqtt/client.h"
#include "mqtt/meter.h"

struct vk_link_up {
	int broker; /* index into the configured list */
	bool session_present;
	uint32_t granted_expiry_s;
	uint16_t topic_aliases; /* that the broker allows */
	const char *refused;    /* a filter the broker did not grant, "" none */
	bool is_behind;         /* the clock is: certificates were judged at the floor */
	int64_t until_s;        /* the hub's certificate is valid, UTC */
};

/* Called from the loop. Texts are valid during the call only. */
struct vk_link_events {
	void (*up)(void *user, const struct vk_link_up *up);
	/* After a connection that was up, and when an attempt fails for another reason than the
	 * last. */
	void (*down)(void *user, int broker, const char *reason);
	void (*acked)(void *user, int mid, int reason); /* PUBACK */
	void (*message)(void *user, const struct mosquitto_message *message,
			const mosquitto_property *properties);
};

enum vk_link_phase {
	VK_LINK_IDLE,       /* waiting to try again */
	VK_LINK_CONNECTING, /* the worker has the client */
	VK_LINK_GREETING,   /* CONNECT … CONNACK */
	VK_LINK_SUBSCRIBING,
	VK_LINK_UP,
};

struct vk_link {
	uv_loop_t *loop;
	const struct vk_relay_config *config; /* borrowed */
	const struct vk_link_events *events;  /* borrowed */
	void *user;
	enum vk_link_phase phase;
	struct mosquitto *client; /* NULL while idle */
	int broker;
	unsigned attempt;  /* failures in a row */
	int64_t up_since;  /* loop time, ms */
	bool is_paused;    /* nothing is read from the broker */
	bool is_held;      /* nothing is written to it */
	bool is_urgent;    /* a high alert waits for the link */
	int worker_result; /* of connect and handshake, with its errno */
	int worker_errno;
	int worker_fd; /* a second one of its socket, for the meter; -1 none */
	uv_work_t work;
	uv_timer_t retry, misc;
	uv_timer_t greeting; /* runs until the broker has granted the subscriptions */
	struct vk_tls tls;
	bool is_behind, is_keys_told;
	bool is_renewed; /* a new certificate waits for its connection */
	/* While on another than the first: is one that is preferred there again? */
	uv_timer_t better;
	uv_work_t work_better;
	bool is_asking;
	int better_than, better_found; /* the latter -1: none */
	int better_s;
	struct vk_rest rest;
	struct vk_meter meter;
	uv_timer_t at_rest;
	uv_poll_t *poll; /* one per connection: the socket changes */
	int poll_events;
	struct vk_link_up granted;
	char detail[160]; /* what the library or the broker said while it failed */
	char told[160];   /* the last reason handed to down() */
	char refused[VK_CLIENT_FILTER];
};

/* Starts the first attempt at once. 0 or a negative errno. */
int vk_link_start(struct vk_link *link, uv_loop_t *loop, const struct vk_relay_config *config,
		  const struct vk_link_events *events, void *user);

/* Before each wait of the loop: notices a dead client, writes what is queued, sets what the socket
 * is watched for. */
void vk_link_prepare(struct vk_link *link);

/* true: read nothing from the broker until false. */
void vk_link_pause(struct vk_link *link, bool is_paused);

/*
 * true: nothing is written to the broker until false, so that it does not learn that a message
 * came. The library queues an acknowledgement before it hands the message out; what is queued here
 * leaves in vk_link_prepare() only. A connection that falls meanwhile has acknowledged nothing, and
 * the broker sends it again.
 */
void vk_link_hold(struct vk_link *link, bool is_held);

/* A high alert waits until the link is up: what is left of a long wait is cut short. */
void vk_link_hurry(struct vk_link *link);

/* Tells the broker to publish the will at once and says good-bye; held, it goes without a word. */
void vk_link_stop(struct vk_link *link);

#endif
