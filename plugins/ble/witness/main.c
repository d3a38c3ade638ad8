/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vaka-witness: sees what other programs take. Every indication of a bonded device that somebody on
 * this machine confirmed is kept for some seconds; then the hub is asked whether it has it. It
 * nearly always has, since the collector confirms nothing else; a value that it has not was taken
 * by a foreign program, is lost for the device, and is stored now, marked as recovered.
 *
 * It runs only where it is wanted (a model that asks for it, or a foreign owner was met), keeps
 * values of the hub's bonded devices alone, and writes no foreign byte anywhere.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

#include "att/attributes.h"
#include "base/bytes.h"
#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "models.h"
#include "plugin/decoded_wire.h"
#include "profiles/profile.h"
#include "reading_wire.h"
#include "vaka/plugin.h"
#include "wall.h"
#include "witness/channel.h"
#include "witness/monitor.h"

#ifndef VAKA_VERSION
#define VAKA_VERSION "0.1.0"
#endif

enum {
	DEVICES_MOST = 32,
	WAITING_MOST = 64,
	HAND_OVER_MS = 8000,   /* the collector's own way takes a fraction of it */
	LOOK_AGAIN_MS = 30000, /* the device's map is not known yet */
	TRIES_MOST = 20,
	NEW_VALUE_S = 300,
	PACKETS_A_TURN = 64,
};

struct device {
	char id[13]; /* identity address, 12 upper-case hex digits */
	struct vk_attributes attributes;
	struct vk_quirks quirks;
};

struct waiting {
	bool is_used;
	char device[13];
	uint16_t handle;
	int tries;
	int64_t due_ms, utc_ms;
	size_t len;
	uint8_t data[VK_MONITOR_PDU];
};

struct witness {
	struct vk_plugin *plugin;
	struct vk_channel channel;
	struct vk_monitor monitor;
	struct vk_models_list models;
	int n_devices;
	struct device devices[DEVICES_MOST];
	struct waiting waiting[WAITING_MOST];
};

static int64_t mono_ms(void)
{
	struct timespec t;

	(void)clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

/* ---- what is kept ---- */

static struct device *find_device(struct witness *w, const char *id)
{
	for (int i = 0; i < w->n_devices; i++)
		if (strcmp(w->devices[i].id, id) == 0)
			return &w->devices[i];
	return NULL;
}

static void on_confirmed(void *user, const uint8_t address[6], uint16_t handle, const uint8_t *data,
			 size_t len)
{
	struct witness *w = user;
	char id[13];

	(void)snprintf(id, sizeof id, "%02X%02X%02X%02X%02X%02X", address[5], address[4],
		       address[3], address[2], address[1], address[0]);
	if (!find_device(w, id) || len == 0)
		return;
	for (int i = 0; i < WAITING_MOST; i++) {
		struct waiting *v = &w->waiting[i];

		if (v->is_used)
			continue;
		*v = (struct waiting){.is_used = true, .handle = handle, .len = len};
		memcpy(v->device, id, sizeof id);
		memcpy(v->data, data, len);
		v->utc_ms = vk_wall_utc_ms();
		v->due_ms = mono_ms() + HAND_OVER_MS;
		return;
	}
	vk_log(VK_LOG_WARNING, "witness", "more values than can be kept most=%d", WAITING_MOST);
}

static bool on_who(void *user, uint16_t adapter, uint16_t link, uint8_t ret_address[6])
{
	struct witness *w = user;

	return vk_channel_who(&w->channel, adapter, link, ret_address);
}

static const struct vk_monitor_ops monitor_ops = {.who = on_who, .confirmed = on_confirmed};

/* ---- handing over ---- */

/* Measured just now, as far as the value tells. */
static bool is_live(const struct vk_sample *sample)
{
	const struct vk_decoded *d = &sample->decoded;
	struct vk_civil local;

	if (!sample->is_decoded || vk_decoded_has(d, VK_FLAG_FROM_STORAGE))
		return false;
	if (d->time_state != VK_TIME_KNOWN)
		return true;
	local = vk_wall_local(sample->utc_ms / 1000);
	return llabs(vk_civil_seconds(&local) - vk_civil_seconds(&d->device_time)) <= NEW_VALUE_S;
}

static int send_value(struct witness *w, const struct device *d, const struct waiting *v,
		      uint16_t uuid)
{
	struct vk_sample sample = {
		.uuid = uuid, .raw = v->data, .len = v->len, .utc_ms = v->utc_ms};
	vk_auto(vk_str_done) struct vk_str text = {0};

	sample.is_decoded = vk_profile_decode(uuid, &d->quirks, v->data, v->len, &sample.decoded,
					      &sample.error) == 0;
	if (sample.is_decoded && !vk_profile_is_reading(&sample.decoded))
		return 0;
	sample.is_live = is_live(&sample);
	vk_reading_wire(v->device, &sample, vk_plugin_next(w->plugin), &text);
	if (text.error)
		return text.error;
	return vk_plugin_send_text(w->plugin, text.text, text.len, NULL, 0);
}

static void hand_over(struct witness *w, struct waiting *v, int64_t now_ms)
{
	const struct device *d = find_device(w, v->device);
	const struct vk_attribute *a =
		d ? vk_attributes_by_handle(&d->attributes, v->handle) : NULL;

	if (!d || (a && !vk_profile_is_measurement(a->uuid))) {
		v->is_used = false;
		return;
	}
	if (a && send_value(w, d, v, a->uuid) == 0) {
		v->is_used = false;
		return;
	}
	v->due_ms = now_ms + LOOK_AGAIN_MS;
	if (++v->tries < TRIES_MOST)
		return;
	v->is_used = false;
	vk_log(VK_LOG_WARNING, "witness", "a value of an unknown handle is let go device=%s",
	       v->device);
}

/* ms until the next one is due, -1: none waits. */
static int hand_over_due(struct witness *w)
{
	int64_t now_ms = mono_ms(), next_ms = INT64_MAX;

	for (int i = 0; i < WAITING_MOST; i++) {
		struct waiting *v = &w->waiting[i];

		if (v->is_used && v->due_ms <= now_ms)
			hand_over(w, v, now_ms);
		if (v->is_used && v->due_ms < next_ms)
			next_ms = v->due_ms;
	}
	return next_ms == INT64_MAX ? -1 : (int)(next_ms - now_ms) + 1;
}

/* ---- the hub's side ---- */

static void take_device(struct witness *w, const struct vk_packet *packet)
{
	const char *id = vk_packet_str(packet, "device", "");
	struct device *d = find_device(w, id);
	const struct vk_model *model;

	if (!d && (w->n_devices == DEVICES_MOST || !vk_packet_bool(packet, "bonded", 0)))
		return;
	if (!d) {
		d = &w->devices[w->n_devices++];
		*d = (struct device){0};
		(void)vk_copy(d->id, sizeof d->id, id);
	}
	if (vk_attributes_parse(vk_packet_str(packet, "attributes", ""), &d->attributes) < 0)
		d->attributes.n = 0;
	model = vk_model_find(
		w->models.list, w->models.n, vk_packet_str(packet, "manufacturer", ""),
		vk_packet_str(packet, "model", ""), vk_packet_str(packet, "name", ""));
	d->quirks = model ? model->quirks : (struct vk_quirks){0};
}

static void take_welcome(struct witness *w, const struct vk_packet *packet)
{
	const json_t *config = json_object_get(packet->header, "config");
	const char *adapter = json_string_value(json_object_get(config, "adapter"));

	if (adapter && strncmp(adapter, "hci", 3) == 0)
		w->monitor.adapter = (int)strtol(adapter + 3, NULL, 10);
	vk_wall_set_zone(vk_packet_str(packet, "zone", "UTC"));
}

static int on_message(const struct vk_packet *packet, void *user)
{
	struct witness *w = user;

	if (strcmp(packet->type, "welcome") == 0)
		take_welcome(w, packet);
	else if (strcmp(packet->type, "models") == 0)
		(void)vk_models_begin(&w->models, (int)vk_packet_int(packet, "count", 0));
	else if (strcmp(packet->type, "model") == 0)
		(void)vk_models_add(&w->models, packet); /* a bad one is left out */
	else if (strcmp(packet->type, "device") == 0)
		take_device(w, packet);
	else if (strcmp(packet->type, "devices-end") == 0)
		vk_log(VK_LOG_INFO, "witness", "watching devices=%d", w->n_devices);
	else if (strcmp(packet->type, "stored") == 0 && !vk_packet_bool(packet, "repeat", 1))
		vk_log(VK_LOG_WARNING, "witness", "recovered a reading that another program took");
	return 0;
}

static void read_channel(struct witness *w)
{
	uint8_t packet[VK_MONITOR_PACKET];
	ssize_t n;

	for (int i = 0; i < PACKETS_A_TURN; i++) {
		n = recv(w->channel.fd, packet, sizeof packet, MSG_DONTWAIT);
		if (n <= 0)
			return;
		vk_monitor_packet(&w->monitor, packet, (size_t)n);
	}
}

static int run(struct witness *w)
{
	uint32_t drops = 0;
	int r = 0;

	while (r >= 0) {
		struct pollfd fds[2] = {
			{.fd = w->channel.fd, .events = POLLIN},
			{.fd = vk_plugin_fd(w->plugin), .events = vk_plugin_events(w->plugin)}};

		if (poll(fds, 2, hand_over_due(w)) < 0 && errno != EINTR)
			return -errno;
		if (fds[0].revents & POLLIN)
			read_channel(w);
		if (vk_channel_drops(&w->channel) != drops) {
			drops = vk_channel_drops(&w->channel);
			vk_log(VK_LOG_WARNING, "witness", "packets unseen n=%u", drops);
		}
		if (fds[1].revents)
			r = vk_plugin_dispatch(w->plugin);
	}
	return r;
}

int main(void)
{
	struct witness *w = calloc(1, sizeof *w);
	int r;

	vk_log_init();
	if (!w)
		return 1;
	vk_monitor_init(&w->monitor, -1, &monitor_ops, w);
	r = vk_channel_open(&w->channel);
	if (r < 0) {
		vk_log(VK_LOG_ERR, "witness", "no monitor channel reason=%s", strerror(-r));
		return 1;
	}
	r = vk_plugin_connect("witness", VAKA_VERSION, on_message, w, &w->plugin);
	if (r == 0)
		r = run(w);
	vk_log(VK_LOG_WARNING, "witness", "ending reason=%s", strerror(-r));
	vk_plugin_free(w->plugin);
	return 1;
}
