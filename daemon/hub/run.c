/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The hub's loop: what is started in which order, where the engine's results go, the core's timer,
 * and the beat that feeds the watchdog only while loop and engine make progress.
 */
#include "hub/run.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <systemd/sd-daemon.h>

#include "base/log.h"
#include "hub/hub.h"

enum {
	BEAT_MS = 10000,
	TOGETHER_MS = 500, /* what is due so soon is done while we are awake */
	HEALTH_EVERY_MS = 5 * 60 * 1000,
	ENGINE_STUCK_MS = 25000,
};

struct vk_now vk_hub_now(struct vk_hub *hub)
{
	return vk_clock_now_soon(&hub->clock, &hub->sight);
}

int vk_hub_submit(struct vk_hub *hub, struct vk_job *job)
{
	int r = hub->is_stopping ? -ESHUTDOWN : vk_engine_submit(hub->engine, job);

	if (r == -ESHUTDOWN)
		vk_job_free(job);
	return r;
}

void vk_hub_fault(struct vk_hub *hub, const char *rule, bool is_active, enum vk_priority priority,
		  const char *reason)
{
	struct vk_job *job = vk_job_new(VK_JOB_FAULT, vk_hub_now(hub));

	if (!job)
		return;
	job->fault.is_active = is_active;
	job->fault.priority = priority;
	(void)vk_copy(job->fault.rule, sizeof job->fault.rule, rule);
	(void)vk_copy(job->fault.reason, sizeof job->fault.reason, reason);
	(void)vk_hub_submit(hub, job);
}

void vk_hub_plugin_changed(struct vk_hub *hub, enum vk_role role, bool is_present,
			   const char *reason)
{
	char rule[VK_ID_TEXT];

	if (hub->is_stopping)
		return;
	(void)snprintf(rule, sizeof rule, "plugin-%s", vk_role_text(role));
	vk_hub_fault(hub, rule, !is_present, VK_PRIORITY_MEDIUM, reason);
	if (role == VK_ROLE_MQTT && !is_present)
		vk_relay_gone(hub);
	if (role == VK_ROLE_MQTT && is_present)
		vk_relay_welcome(hub);
	if (role == VK_ROLE_GPIO && is_present)
		vk_lines_welcome(hub);
	if (role == VK_ROLE_HOOK)
		vk_second_changed(hub, is_present);
	if (role == VK_ROLE_DISPLAY && is_present)
		vk_display_welcome(hub);
	if (role == VK_ROLE_BLE)
		hub->radio.expected_utc_ms = 0; /* whoever comes next has not been told */
	if (role == VK_ROLE_BLE && is_present)
		vk_promise_send(hub);
	if ((role == VK_ROLE_BLE || role == VK_ROLE_WITNESS) && is_present)
		vk_collector_welcome(hub, vk_server_role(&hub->server, role));
	if (role == VK_ROLE_BLE && !is_present)
		vk_bus_pairing_end(hub, NULL, "radio", "the collector went away");
}

/* The answer of a reading: stored, or not; nothing else lets an indication be confirmed. */
static void answer_reading(struct vk_client *client, const struct vk_job *job)
{
	char text[128];
	int len;

	if (job->error) {
		vk_client_failed(client, job->n, "store", strerror(-job->error));
		return;
	}
	if (client->n_open > 0)
		client->n_open--;
	len = snprintf(text, sizeof text,
		       "{\"t\":\"stored\",\"n\":%lld,\"id\":\"%s\",\"repeat\":%s}",
		       (long long)job->n, job->id, job->is_repeat ? "true" : "false");
	(void)vk_client_send_text(client, text, (size_t)len, NULL, 0);
}

static void answer_client(struct vk_hub *hub, const struct vk_job *job)
{
	struct vk_client *client = vk_server_client(&hub->server, job->client);

	if (!client)
		return;
	if (job->type == VK_JOB_READING && job->is_recovered && !job->error && !job->is_repeat) {
		hub->radio.recovered++;
		hub->radio.recovered_utc_ms = vk_hub_now(hub).utc_ms;
	}
	if (job->type == VK_JOB_READING)
		answer_reading(client, job);
	else if (job->error)
		vk_client_failed(client, job->n, "store", strerror(-job->error));
	else
		vk_client_done(client, job->n);
}

static void on_rest(uv_timer_t *timer)
{
	struct vk_hub *hub = timer->data;

	if (vk_rest_due(&hub->rest))
		(void)uv_timer_start(timer, on_rest, VK_REST_MS, 0);
}

static void on_job(struct vk_job *job, void *user)
{
	struct vk_hub *hub = user;

	if (vk_rest_act(&hub->rest))
		(void)uv_timer_start(&hub->at_rest, on_rest, VK_REST_MS, 0);
	if (job->type == VK_JOB_FETCH)
		vk_relay_fetched(hub, job);
	else if (job->type == VK_JOB_SETTLE)
		vk_pump_left(&hub->pump, job);
	else if (job->type == VK_JOB_SELFTEST)
		vk_selftest_stored(hub, job);
	else if (job->waiter)
		vk_bus_job(hub->bus, job);
	else if (job->type == VK_JOB_QUERY && strcmp(job->text, "collector-devices") == 0)
		vk_collector_devices(hub, job);
	else if (job->type == VK_JOB_QUERY && strcmp(job->text, "notices") == 0)
		vk_display_notices(hub, job);
	else if (job->type == VK_JOB_QUERY && strcmp(job->text, "promise") == 0)
		vk_promise_answer(hub, job);
	else if (job->type == VK_JOB_SECOND_FETCH)
		vk_second_fetched(hub, job);
	else if (job->type == VK_JOB_QUERY)
		vk_health_answer(hub, job);
	else if (job->client)
		answer_client(hub, job);
}

static void submit_tick(struct vk_hub *hub, bool is_start)
{
	struct vk_job *job = vk_job_new(VK_JOB_TICK, vk_hub_now(hub));

	if (!job)
		return;
	job->code = is_start;
	(void)vk_hub_submit(hub, job);
}

static void on_tick(void *user)
{
	submit_tick(user, false);
}

static void on_news(const struct vk_news *news, void *user)
{
	struct vk_hub *hub = user;
	struct vk_client *collector = vk_server_role(&hub->server, VK_ROLE_BLE);
	struct vk_client *witness = vk_server_role(&hub->server, VK_ROLE_WITNESS);

	if (news->has_outgoing)
		vk_pump_wake(&hub->pump);
	if (news->has_urgent)
		vk_relay_hurry(hub);
	for (int i = 0; i < news->n_outputs; i++)
		vk_lines_set(hub, news->outputs[i].line, news->outputs[i].value);
	if (news->is_promise_changed)
		vk_promise_send(hub);
	if (news->has_second)
		vk_second_wake(hub);
	if (news->is_notices_changed)
		vk_display_welcome(hub);
	if (news->is_devices_changed && collector)
		vk_collector_welcome(hub, collector);
	if (news->is_devices_changed && witness)
		vk_collector_welcome(hub, witness);
	if (news->is_store_failed != hub->is_store_failed || news->is_health_changed) {
		hub->is_store_failed = news->is_store_failed;
		vk_health_send(hub);
	}
	vk_tick_set(&hub->tick, news->next_mono_ms);
}

/* The wall clock was set: what is due by it may have changed. */
static void on_clock_step(void *user)
{
	struct vk_hub *hub = user;
	struct vk_job *job;

	hub->sight = (struct vk_clock_sight){0};
	job = vk_job_new(VK_JOB_CLOCK, vk_hub_now(hub));
	vk_log(VK_LOG_NOTICE, "clock", "was set; quality %s",
	       vk_clock_quality_text(vk_hub_now(hub).quality));
	if (job)
		(void)vk_hub_submit(hub, job);
}

static void do_soon(uv_timer_t *timer, uv_timer_cb due)
{
	if (uv_timer_get_due_in(timer) >= TOGETHER_MS)
		return;
	(void)uv_timer_again(timer);
	due(timer);
}

static void on_beat(uv_timer_t *timer);

static void on_watch(uv_timer_t *timer)
{
	struct vk_hub *hub = timer->data;
	struct vk_job *job = vk_job_new(VK_JOB_WATCH, vk_hub_now(hub));

	if (job)
		(void)vk_hub_submit(hub, job);
	do_soon(&hub->beat, on_beat);
}

/* Feeds the watchdog only when the engine has answered since: a stuck thread is a dead hub. */
static void on_beat(uv_timer_t *timer)
{
	struct vk_hub *hub = timer->data;
	struct vk_now now = vk_hub_now(hub);
	struct vk_job *proof = vk_job_new(VK_JOB_NOTHING, now);

	if (now.mono_ms - vk_engine_turned_mono_ms(hub->engine) < ENGINE_STUCK_MS)
		(void)sd_notify(0, "WATCHDOG=1");
	else
		vk_log(VK_LOG_ERR, "hub", "the engine does not answer");
	if (proof)
		(void)vk_hub_submit(hub, proof);
	vk_server_beat(&hub->server, now.mono_ms);
	if (now.mono_ms - hub->health_mono_ms >= HEALTH_EVERY_MS)
		vk_health_send(hub);
	do_soon(&hub->watch, on_watch);
}

/*
 * A changed section of a plugin needs only a new welcome, so its plugin is cut off and comes back.
 * The engine reads nothing of these sections. Everything else needs a new start, and says so.
 */
static void take_sections(struct vk_hub *hub, const struct vk_config *next)
{
	static const enum vk_role roles[] = {VK_ROLE_BLE, VK_ROLE_GPIO, VK_ROLE_MQTT, VK_ROLE_HOOK};
	struct vk_config before = *hub->config;
	struct vk_await_policy policy;

	hub->config_storage.has_mqtt = next->has_mqtt;
	hub->config_storage.has_gpio = next->has_gpio;
	hub->config_storage.has_ble = next->has_ble;
	hub->config_storage.mqtt = next->mqtt;
	hub->config_storage.gpio = next->gpio;
	hub->config_storage.ble = next->ble;
	hub->config_storage.has_second_path = next->has_second_path;
	hub->config_storage.second_path = next->second_path;
	policy = vk_relay_policy(hub->config);
	vk_pump_policy(&hub->pump, &policy);
	for (size_t i = 0; i < VK_ARRAY_LEN(roles); i++) {
		struct vk_client *client = vk_server_role(&hub->server, roles[i]);

		if (client && vk_config_role_changed(roles[i], &before, hub->config))
			vk_client_cut(client, "its configuration changed");
	}
}

static void on_reload(uv_signal_t *handle, int number)
{
	struct vk_hub *hub = handle->data;
	vk_auto(vk_freep) struct vk_config *next = calloc(1, sizeof *next);
	const char *restart_key;
	struct vk_client *collector;

	(void)number;
	if (!next || hub->load(hub->config_path, next)) {
		vk_log(VK_LOG_ERR, "config", "not reloaded, the old one stays in force");
		return;
	}
	restart_key = vk_config_restart_key(hub->config, next);
	if (restart_key)
		vk_log(VK_LOG_WARNING, "config", "%s changed: takes effect at a restart",
		       restart_key);
	take_sections(hub, next);
	vk_hub_models_load(hub);
	collector = vk_server_role(&hub->server, VK_ROLE_BLE);
	if (collector)
		vk_collector_welcome(hub, collector);
	vk_log(VK_LOG_NOTICE, "config", "reloaded");
}

static void stop(struct vk_hub *hub)
{
	if (hub->is_stopping)
		return;
	hub->is_stopping = true;
	(void)sd_notify(0, "STOPPING=1");
	uv_close((uv_handle_t *)&hub->tick.timer, NULL);
	uv_close((uv_handle_t *)&hub->beat, NULL);
	uv_close((uv_handle_t *)&hub->watch, NULL);
	uv_close((uv_handle_t *)&hub->at_rest, NULL);
	uv_close((uv_handle_t *)&hub->second.retry, NULL);
	uv_close((uv_handle_t *)&hub->on_term, NULL);
	uv_close((uv_handle_t *)&hub->on_int, NULL);
	uv_close((uv_handle_t *)&hub->on_hup, NULL);
	vk_selftest_stop(hub);
	vk_pump_stop(&hub->pump);
	if (hub->bus)
		vk_bus_stop(hub->bus);
	vk_clock_watch_stop(&hub->clock_watch);
	vk_server_stop(&hub->server);
	vk_engine_stop(hub->engine);
}

static void on_signal(uv_signal_t *handle, int number)
{
	(void)number;
	stop(handle->data);
}

static int start_timers(struct vk_hub *hub)
{
	uint64_t every_ms;

	hub->beat.data = hub->on_term.data = hub->on_int.data = hub;
	hub->on_hup.data = hub->watch.data = hub->at_rest.data = hub;
	vk_tick_init(&hub->tick, &hub->loop, &hub->clock, on_tick, hub);
	(void)uv_timer_init(&hub->loop, &hub->beat);
	(void)uv_timer_init(&hub->loop, &hub->watch);
	(void)uv_timer_init(&hub->loop, &hub->at_rest);
	vk_selftest_init(hub);
	vk_second_start(hub);
	(void)uv_signal_init(&hub->loop, &hub->on_term);
	(void)uv_signal_init(&hub->loop, &hub->on_int);
	(void)uv_signal_init(&hub->loop, &hub->on_hup);
	(void)uv_signal_start(&hub->on_hup, on_reload, SIGHUP);
	(void)uv_signal_start(&hub->on_term, on_signal, SIGTERM);
	(void)uv_signal_start(&hub->on_int, on_signal, SIGINT);
	every_ms = (uint64_t)hub->config->watch.every_s * 1000;
	(void)uv_timer_start(&hub->watch, on_watch, every_ms, every_ms);
	return uv_timer_start(&hub->beat, on_beat, BEAT_MS, BEAT_MS);
}

static void read_boot(struct vk_hub *hub)
{
	FILE *file = fopen("/proc/sys/kernel/random/boot_id", "re");

	if (!file)
		return;
	if (!fgets(hub->boot, sizeof hub->boot, file))
		hub->boot[0] = '\0';
	hub->boot[strcspn(hub->boot, "\n")] = '\0';
	(void)fclose(file);
}

static int start(struct vk_hub *hub, const struct vk_run_options *options)
{
	const struct vk_engine_handler handler = {on_job, on_news, &hub->direct, hub};
	int r = vk_engine_start(hub->config, &hub->clock, &hub->loop, &handler, &hub->engine);

	if (r)
		return r;
	hub->started_utc_ms = vk_hub_now(hub).utc_ms;
	vk_relay_start(hub);
	hub->server.is_own_user_trusted = options->is_own_user_trusted;
	r = start_timers(hub);
	if (r == 0)
		r = vk_clock_watch_start(&hub->clock_watch, &hub->loop, on_clock_step, hub);
	if (r == 0)
		r = vk_server_start(&hub->server, hub, options->socket_path);
	if (r == 0 && !options->is_without_bus)
		r = vk_bus_start(hub, &hub->bus);
	submit_tick(hub, true);
	return r;
}

int vk_run(const struct vk_run_options *options,
	   int (*load)(const char *path, struct vk_config *config))
{
	vk_auto(vk_freep) struct vk_hub *hub = calloc(1, sizeof *hub);
	int r;

	if (!hub)
		return -ENOMEM;
	r = load(options->config_path, &hub->config_storage);
	if (r)
		return r;
	hub->config_storage.is_unsigned_allowed = options->is_unsigned_allowed;
	hub->config_storage.is_synchronous_off = options->is_synchronous_off;
	hub->config = &hub->config_storage;
	hub->config_path = options->config_path;
	hub->load = load;
	read_boot(hub);
	vk_hub_models_load(hub);
	vk_direct_init(&hub->direct);
	(void)uv_loop_init(&hub->loop);
	r = start(hub, options);
	if (r && !hub->engine)
		return r;
	if (r)
		stop(hub);
	else
		(void)sd_notify(0, "READY=1");
	vk_log(VK_LOG_INFO, "hub", r ? "could not start" : "ready " VAKA_VERSION);
	(void)uv_run(&hub->loop, UV_RUN_DEFAULT);
	(void)uv_loop_close(&hub->loop);
	vk_batch_done(&hub->batch);
	vk_direct_done(&hub->direct);
	vk_models_done(&hub->models);
	return r;
}
