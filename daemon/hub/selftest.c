/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The technician's question whether it works: a row written and read back, a message that the
 * broker acknowledges, and what the hub sees of radio, clock, disk and plugins. One at a time; what
 * has not answered in time does not work.
 */
#include <errno.h>
#include <string.h>
#include <sys/statvfs.h>

#include "hub/hub.h"

enum { WAIT_MS = 10000, DISK_LEAST_PERCENT = 5, SELFTEST_SEQ = -1000000001 };

static void add_part(struct vk_json *j, const char *name, bool is_ok)
{
	vk_json_open(j, NULL, '{');
	vk_json_str(j, "name", name);
	vk_json_bool(j, "ok", is_ok);
	vk_json_close(j, '}');
}

static bool has_space(const struct vk_hub *hub)
{
	char folder[VK_PATH_TEXT];
	struct statvfs disk;
	char *slash;

	(void)vk_copy(folder, sizeof folder, hub->config->store_path);
	slash = strrchr(folder, '/');
	if (slash)
		*slash = '\0';
	return statvfs(folder, &disk) == 0 && disk.f_blocks &&
	       disk.f_bavail * 100 / disk.f_blocks >= DISK_LEAST_PERCENT;
}

static bool has_plugins(struct vk_hub *hub)
{
	const struct vk_config *c = hub->config;

	return (!c->has_ble || vk_server_role(&hub->server, VK_ROLE_BLE)) &&
	       (!c->has_gpio || vk_server_role(&hub->server, VK_ROLE_GPIO)) &&
	       (!c->has_mqtt || vk_server_role(&hub->server, VK_ROLE_MQTT));
}

static void finish(struct vk_hub *hub)
{
	struct vk_selftest *t = &hub->selftest;
	vk_auto(vk_str_done) struct vk_str out = {0};
	struct vk_json j = vk_json_init(&out);
	bool is_synced = vk_hub_now(hub).quality == VK_CLOCK_SYNCED;
	bool is_heard = hub->radio.is_up && vk_server_role(&hub->server, VK_ROLE_BLE);
	bool is_ok = t->is_stored && (t->is_sent || !hub->config->has_mqtt) && is_synced &&
		     (is_heard || !hub->config->has_ble) && has_space(hub) && has_plugins(hub);
	void *waiter = t->waiter;

	(void)uv_timer_stop(&t->timer);
	t->waiter = NULL;
	vk_json_open(&j, NULL, '{');
	vk_json_bool(&j, "ok", is_ok);
	vk_json_open(&j, "parts", '[');
	add_part(&j, "store", t->is_stored);
	if (hub->config->has_mqtt)
		add_part(&j, "relay", t->is_sent);
	if (hub->config->has_ble)
		add_part(&j, "radio", is_heard);
	add_part(&j, "clock", is_synced);
	add_part(&j, "disk", has_space(hub));
	add_part(&j, "plugins", has_plugins(hub));
	vk_json_close(&j, ']');
	vk_json_close(&j, '}');
	vk_bus_answer(waiter, out.error ? NULL : out.text);
}

static void consider(struct vk_hub *hub)
{
	struct vk_selftest *t = &hub->selftest;

	if (t->waiter && t->is_store_known && t->is_relay_known)
		finish(hub);
}

static void on_timeout(uv_timer_t *timer)
{
	finish(timer->data);
}

static void send_message(struct vk_hub *hub)
{
	vk_auto(vk_freep) char *status = vk_status_json(hub, "online");
	struct vk_message message = {.seq = SELFTEST_SEQ,
				     .payload = status,
				     .len = status ? strlen(status) : 0,
				     .content_type = "application/json",
				     .topic = "status",
				     .msg_id = "selftest",
				     .is_retained = true};

	if (!status || !hub->link.is_up || vk_relay_send(&message, hub))
		hub->selftest.is_relay_known = true; /* it does not work */
}

int vk_selftest_start(struct vk_hub *hub, void *waiter)
{
	struct vk_selftest *t = &hub->selftest;
	struct vk_job *job;

	if (t->waiter)
		return -EBUSY;
	job = vk_job_new(VK_JOB_SELFTEST, vk_hub_now(hub));
	if (!job)
		return -ENOMEM;
	t->is_store_known = t->is_stored = t->is_relay_known = t->is_sent = false;
	t->waiter = waiter;
	(void)uv_timer_start(&t->timer, on_timeout, WAIT_MS, 0);
	if (vk_hub_submit(hub, job))
		t->is_store_known = true;
	send_message(hub);
	consider(hub);
	return 0;
}

void vk_selftest_stored(struct vk_hub *hub, const struct vk_job *job)
{
	hub->selftest.is_store_known = true;
	hub->selftest.is_stored = job->error == 0;
	consider(hub);
}

void vk_selftest_settled(struct vk_hub *hub, int64_t seq, bool is_sent)
{
	if (seq != SELFTEST_SEQ)
		return;
	hub->selftest.is_relay_known = true;
	hub->selftest.is_sent = is_sent;
	consider(hub);
}

void vk_selftest_init(struct vk_hub *hub)
{
	(void)uv_timer_init(&hub->loop, &hub->selftest.timer);
	hub->selftest.timer.data = hub;
}

void vk_selftest_stop(struct vk_hub *hub)
{
	if (hub->selftest.waiter)
		finish(hub);
	uv_close((uv_handle_t *)&hub->selftest.timer, NULL);
}
