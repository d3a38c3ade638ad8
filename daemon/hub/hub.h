/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shell's root object: loop, engine, plugins, relay, bus. Loop thread only. What decides lives
 * in the core, what keeps lives in the store; here things are only carried between them.
 */
#ifndef VAKA_HUB_HUB_H
#define VAKA_HUB_HUB_H

#include <uv.h>

#include "base/trim.h"
#include "hub/batch.h"
#include "hub/clock_watch.h"
#include "hub/direct.h"
#include "hub/engine.h"
#include "hub/plugin_server.h"
#include "hub/pump.h"
#include "hub/tick.h"
#include "models/models.h"

struct vk_bus;

/* A pairing or a scan that somebody on the bus waits for. One at a time. */
struct vk_pairing {
	void *waiter; /* D-Bus message, referenced; NULL: nothing goes on */
	bool is_scan;
	json_int_t n;             /* request number at the collector */
	char patient[VK_ID_TEXT]; /* assign to, "" nobody */
};

struct vk_link {
	bool is_up;
	bool is_urgent; /* something urgent waits for it */
	int64_t since_utc_ms;
	int64_t receipt_utc_ms;     /* last receipt, 0 never */
	int64_t certificate_utc_ms; /* until then the hub's is valid, 0 not known */
	bool is_certificate_judged, is_certificate_old; /* … as it was last told */
	char reason[VK_REASON_TEXT];
};

/* As the collector's supervisor tells it. */
struct vk_radio {
	bool is_up;
	char state[VK_ID_TEXT]; /* "up", "down", "silent"; "" not told yet */
	char reason[VK_REASON_TEXT];
	int64_t heard_utc_ms;
	int64_t since_utc_ms;  /* of the state */
	char rung[VK_ID_TEXT]; /* last one taken, "" none since the hub started */
	int64_t rung_utc_ms;
	int32_t rungs; /* taken since the hub started */
	bool is_reboot_wanted;
	int64_t expected_utc_ms; /* the next measurement, as the collector was told; 0 none */
	int32_t recovered;       /* readings the witness brought since the hub started */
	int64_t recovered_utc_ms;
};

/* What an output was last told, so that a gpio plugin that starts anew is told again. */
struct vk_output {
	char line[VK_ID_TEXT];
	int32_t value;
};

/* What the hook is doing for us. */
struct vk_second {
	char alert[VK_ID_TEXT]; /* handed over, "" none */
	json_int_t n;           /* … under this number */
	bool has_more, is_fetching;
	bool is_resting; /* until the retry timer */
	bool is_failed_told;
	int n_failures; /* in a row */
	uv_timer_t retry;
};

/* A self-test that somebody on the bus waits for. */
struct vk_selftest {
	void *waiter; /* D-Bus message, referenced; NULL: none goes on */
	uv_timer_t timer;
	bool is_store_known, is_stored;
	bool is_relay_known, is_sent;
};

struct vk_hub {
	const struct vk_config *config;
	struct vk_config config_storage;
	const char *config_path;
	int (*load)(const char *path, struct vk_config *config);
	uv_loop_t loop;
	struct vk_clock clock;
	struct vk_clock_watch clock_watch;
	struct vk_clock_sight sight;
	struct vk_engine *engine;
	struct vk_plugin_server server;
	struct vk_pump pump;
	struct vk_batch batch; /* to the relay */
	bool is_handing_out;   /* … and more follows at once */
	struct vk_direct direct;
	struct vk_bus *bus;
	struct vk_tick tick; /* next timer of the core */
	uv_timer_t beat;     /* watchdog, pings, health */
	uv_timer_t watch;    /* kits, backlog, clock */
	uv_timer_t at_rest;
	uv_signal_t on_term, on_int, on_hup;
	bool is_stopping;
	bool is_store_failed;
	int64_t started_utc_ms;
	struct vk_rest rest;
	int64_t health_mono_ms; /* last health document */
	struct vk_link link;
	struct vk_radio radio;
	int n_outputs;
	struct vk_output outputs[VK_MAX_LINES];
	struct vk_pairing pairing;
	struct vk_selftest selftest;
	struct vk_second second;
	json_int_t next_n; /* request numbers towards plugins */
	char boot[40];
	struct vk_models models; /* of devices.d, owned */
};

struct vk_now vk_hub_now(struct vk_hub *hub);
/* Hands a job over; a full engine refuses it, which `refused` tells the waiter. */
int vk_hub_submit(struct vk_hub *hub, struct vk_job *job);

/* collector.c, lines.c, relay.c: what a plugin of the role says. The answer is theirs to send. */
int vk_collector_message(struct vk_hub *hub, struct vk_client *client,
			 const struct vk_packet *packet);
int vk_witness_message(struct vk_hub *hub, struct vk_client *client,
		       const struct vk_packet *packet);
void vk_collector_welcome(struct vk_hub *hub, struct vk_client *client);
/* models.c: devices.d, for the collector. */
void vk_hub_models_load(struct vk_hub *hub);
void vk_hub_models_send(struct vk_hub *hub, struct vk_client *client);
/* The promise is another one: when the next measurement is due. */
void vk_collector_expect(struct vk_hub *hub, const char *promise);
void vk_collector_devices(struct vk_hub *hub, struct vk_job *job); /* device list came back */
int vk_lines_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet);
void vk_lines_set(struct vk_hub *hub, const char *line, int32_t value);
void vk_lines_welcome(struct vk_hub *hub); /* its outputs are all 0 now: sets what shall not be */
int vk_relay_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet);
void vk_relay_start(struct vk_hub *hub); /* after the engine */
void vk_relay_gone(struct vk_hub *hub);
/* Something urgent waits: while the link is down the relay tries more often. */
void vk_relay_hurry(struct vk_hub *hub);
void vk_relay_welcome(struct vk_hub *hub); /* a relay that has been told nothing yet */
int vk_relay_send(const struct vk_message *message, void *user);
void vk_relay_fetched(struct vk_hub *hub, struct vk_job *job); /* a FETCH came back */
void vk_relay_judge_certificate(struct vk_hub *hub);           /* looked at whenever health is */
void vk_relay_missing(bool is_missing, void *user);            /* rows without a receipt */
struct vk_await_policy vk_relay_policy(const struct vk_config *config);
/* A document that needs no outbox: status, health, promise. Dropped while the link is down. */
void vk_relay_publish(struct vk_hub *hub, const char *topic, const char *json, bool is_retained);

/* second.c: alerts through the hook. */
void vk_second_start(struct vk_hub *hub);
void vk_second_wake(struct vk_hub *hub);
void vk_second_changed(struct vk_hub *hub, bool is_present);
void vk_second_fetched(struct vk_hub *hub, struct vk_job *job);
int vk_second_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet);

/* display.c: the list of notices to the display. */
void vk_display_welcome(struct vk_hub *hub);
void vk_display_notices(struct vk_hub *hub, const struct vk_job *job);
int vk_display_message(struct vk_hub *hub, struct vk_client *client,
		       const struct vk_packet *packet);

/* A plugin came or went: the technical alert, and what hangs on it. */
void vk_hub_plugin_changed(struct vk_hub *hub, enum vk_role role, bool is_present,
			   const char *reason);
void vk_hub_fault(struct vk_hub *hub, const char *rule, bool is_active, enum vk_priority priority,
		  const char *reason);

/* selftest.c: waiter is answered with vk_bus_answer(). 0, -EBUSY, -ENOMEM. */
int vk_selftest_start(struct vk_hub *hub, void *waiter);
void vk_selftest_stored(struct vk_hub *hub, const struct vk_job *job);
void vk_selftest_settled(struct vk_hub *hub, int64_t seq, bool is_sent);
void vk_selftest_init(struct vk_hub *hub);
void vk_selftest_stop(struct vk_hub *hub);

/* health.c: documents of the hub itself. */
void vk_health_send(struct vk_hub *hub); /* asks the engine, then publishes */
void vk_health_answer(struct vk_hub *hub, struct vk_job *job);
void vk_promise_send(struct vk_hub *hub); /* the same for the promise */
void vk_promise_answer(struct vk_hub *hub, struct vk_job *job);
char *vk_health_json(struct vk_hub *hub, const char *store_json); /* caller frees */
char *vk_status_json(struct vk_hub *hub, const char *state);

/* bus.c */
int vk_bus_start(struct vk_hub *hub, struct vk_bus **ret_bus);
void vk_bus_stop(struct vk_bus *bus);
void vk_bus_job(struct vk_bus *bus, struct vk_job *job); /* a job whose waiter is a bus message */
void vk_bus_answer(void *waiter, const char *json);      /* NULL: it failed; drops waiter */
void vk_bus_pairing(struct vk_bus *bus, const json_t *progress); /* signal */
void vk_bus_pairing_end(struct vk_hub *hub, const json_t *result, const char *code,
			const char *text);

#endif
