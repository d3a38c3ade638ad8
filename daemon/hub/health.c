/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the hub says of itself: status (is it there), health (is it well, and since when not),
 * promise (what the other end should have heard by when). Ages and counts, no health data.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/statvfs.h>

#include "base/json.h"
#include "base/log.h"
#include "hub/hub.h"

static void add_time(struct vk_hub *hub, struct vk_json *j, const char *key, int64_t utc_ms)
{
	char text[VK_RFC3339_TEXT];

	if (!utc_ms) {
		vk_json_null(j, key);
		return;
	}
	vk_rfc3339_format(text, utc_ms, &hub->config->zone);
	vk_json_str(j, key, text);
}

char *vk_status_json(struct vk_hub *hub, const char *state)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);

	vk_json_open(&j, NULL, '{');
	vk_json_str(&j, "state", state);
	add_time(hub, &j, "since", hub->started_utc_ms);
	vk_json_str(&j, "version", VAKA_VERSION);
	vk_json_str(&j, "boot", hub->boot);
	vk_json_str(&j, "clock", vk_clock_quality_text(vk_hub_now(hub).quality));
	vk_json_close(&j, '}');
	return vk_str_take(&out);
}

static void add_plugins(struct vk_hub *hub, struct vk_json *j)
{
	const bool wanted[VK_N_ROLES] = {[VK_ROLE_BLE] = hub->config->has_ble,
					 [VK_ROLE_GPIO] = hub->config->has_gpio,
					 [VK_ROLE_MQTT] = hub->config->has_mqtt,
					 [VK_ROLE_HOOK] = hub->config->has_second_path};

	vk_json_open(j, "plugins", '{');
	for (int i = 0; i < VK_N_ROLES; i++) {
		const char *state = "off";

		if (vk_server_role(&hub->server, (enum vk_role)i))
			state = "ok";
		else if (wanted[i])
			state = "missing";
		vk_json_str(j, vk_role_text((enum vk_role)i), state);
	}
	vk_json_close(j, '}');
}

static void add_disk(const struct vk_hub *hub, struct vk_json *j)
{
	char folder[VK_PATH_TEXT];
	struct statvfs disk;
	char *slash;

	(void)vk_copy(folder, sizeof folder, hub->config->store_path);
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	if (statvfs(folder, &disk) || !disk.f_blocks)
		return;
	vk_json_open(j, "disk", '{');
	vk_json_int(j, "free_kib", (int64_t)(disk.f_bavail * (disk.f_frsize / 1024)));
	vk_json_int(j, "free_percent", (int64_t)(disk.f_bavail * 100 / disk.f_blocks));
	vk_json_close(j, '}');
}

static void add_memory(struct vk_json *j)
{
	FILE *file = fopen("/proc/self/statm", "re");
	long pages = 0;

	if (file && fscanf(file, "%*s %ld", &pages) == 1)
		vk_json_int(j, "memory_kib", pages * (sysconf(_SC_PAGESIZE) / 1024));
	if (file)
		(void)fclose(file);
}

static void add_radio(struct vk_hub *hub, struct vk_json *j)
{
	const struct vk_radio *radio = &hub->radio;

	vk_json_open(j, "radio", '{');
	vk_json_str(j, "state", radio->state[0] ? radio->state : "down");
	vk_json_str(j, "reason", radio->reason);
	add_time(hub, j, "since", radio->since_utc_ms);
	vk_json_int(j, "rungs", radio->rungs);
	vk_json_str(j, "rung", radio->rung);
	add_time(hub, j, "rung_at", radio->rung_utc_ms);
	vk_json_bool(j, "reboot_wanted", radio->is_reboot_wanted);
	vk_json_int(j, "recovered", radio->recovered);
	add_time(hub, j, "recovered_at", radio->recovered_utc_ms);
	vk_json_close(j, '}');
}

static void add_ages(struct vk_hub *hub, struct vk_json *j)
{
	add_time(hub, j, "advert", hub->radio.heard_utc_ms);
	add_time(hub, j, "puback", hub->pump.settled_utc_ms);
	add_time(hub, j, "receipt", hub->link.receipt_utc_ms);
	/* Taken by the broker, and not confirmed by the care service (settled_by: receipt). */
	vk_json_int(j, "unconfirmed", hub->pump.await.n - hub->pump.await.n_gone);
	vk_json_int(j, "missing_receipts", hub->pump.await.n_missing);
	vk_json_open(j, "link", '{');
	vk_json_str(j, "state", hub->link.is_up ? "up" : "down");
	vk_json_str(j, "reason", hub->link.reason);
	add_time(hub, j, "since", hub->link.since_utc_ms);
	add_time(hub, j, "certificate_until", hub->link.certificate_utc_ms);
	vk_json_close(j, '}');
	add_radio(hub, j);
}

char *vk_health_json(struct vk_hub *hub, const char *store_json)
{
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);
	struct vk_now now = vk_hub_now(hub);

	vk_json_open(&j, NULL, '{');
	add_time(hub, &j, "time", now.utc_ms);
	vk_json_str(&j, "hub", hub->config->hub);
	vk_json_str(&j, "version", VAKA_VERSION);
	vk_json_str(&j, "boot", hub->boot);
	add_time(hub, &j, "since", hub->started_utc_ms);
	vk_json_str(&j, "clock", vk_clock_quality_text(now.quality));
	if (hub->config->is_unsigned_allowed)
		vk_json_bool(&j, "unsigned_plans_allowed", true);
	add_ages(hub, &j);
	add_plugins(hub, &j);
	add_disk(hub, &j);
	add_memory(&j);
	/* The engine's own part, as it answered: store, outbox, audit head, plans in force. */
	vk_json_raw(&j, "engine", store_json ? store_json : "null");
	vk_json_close(&j, '}');
	return vk_str_take(&out);
}

void vk_health_send(struct vk_hub *hub)
{
	struct vk_job *job = vk_job_new(VK_JOB_QUERY, vk_hub_now(hub));

	vk_relay_judge_certificate(hub);
	if (!job)
		return;
	(void)vk_copy(job->text, sizeof job->text, "status");
	hub->health_mono_ms = job->now.mono_ms;
	(void)vk_hub_submit(hub, job);
}

/* The status query is a list of one. */
static char *first_of_list(const char *list)
{
	size_t n = list ? strlen(list) : 0;

	return n > 2 ? strndup(list + 1, n - 2) : NULL;
}

/* The other end raises a dead hub when what was promised does not come (design §2.3). */
void vk_promise_send(struct vk_hub *hub)
{
	struct vk_job *job = vk_job_new(VK_JOB_QUERY, vk_hub_now(hub));

	if (!job)
		return;
	(void)vk_copy(job->text, sizeof job->text, "promise");
	(void)vk_hub_submit(hub, job);
}

void vk_promise_answer(struct vk_hub *hub, struct vk_job *job)
{
	vk_auto(vk_freep) char *json = first_of_list(job->answer);

	if (!json)
		return;
	vk_relay_publish(hub, "promise", json, true);
	vk_collector_expect(hub, json);
}

void vk_health_answer(struct vk_hub *hub, struct vk_job *job)
{
	vk_auto(vk_freep) char *engine = first_of_list(job->answer);
	vk_auto(vk_freep) char *json = vk_health_json(hub, engine);

	if (json)
		vk_relay_publish(hub, "health", json, true);
	vk_promise_send(hub);
}
