/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay: the hub on one side, a link to the brokers on the other, and what is on its way
 * between them. It ends with the hub.
 */
#ifndef VAKA_MQTT_RELAY_H
#define VAKA_MQTT_RELAY_H

#include <uv.h>

#include "mqtt/alias.h"
#include "mqtt/config.h"
#include "mqtt/held.h"
#include "mqtt/link.h"
#include "mqtt/window.h"
#include "vaka/plugin.h"

enum { VK_SETTLED_MAX = 64, VK_UNSTORED_MAX = 32 };

struct vk_relay {
	uv_loop_t *loop;
	struct vk_plugin *plugin;
	struct vk_relay_config config;
	struct vk_link link;
	struct vk_window window;
	struct vk_held held; /* while a poison message is looked for */
	struct vk_aliases aliases;
	uv_poll_t hub;
	int hub_events;
	uv_prepare_t prepare;
	uv_signal_t terminate;
	int unanswered; /* requests the hub has not answered */
	/* Commands and plans that the hub has not stored: the broker is not to know of them yet. */
	int n_unstored;
	json_int_t unstored[VK_UNSTORED_MAX];
	uv_timer_t patience; /* … but nothing else waits longer for that than this */
	int n_settled;       /* acknowledged, and not yet told to the hub */
	int settled_reason;  /* of the last one */
	int64_t settled[VK_SETTLED_MAX];
	uv_timer_t settled_late;
	int64_t metered_ms; /* loop time at which the hub was last told what was carried */
	uint64_t n_dropped; /* messages that could not be handed on */
	int result;         /* why the loop ended: 0 asked to, else negative errno */
};

/* Connects to the hub, then serves until it is gone or SIGTERM comes. 0 or a negative errno. */
int vk_relay_run(struct vk_relay *relay, const char *version);

#endif
