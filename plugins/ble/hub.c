/* SPDX-License-Identifier: Apache-2.0 */
/* Building and dispatching messages; a ring of what is unanswered. */
#include "hub.h"

#include <errno.h>
#include <poll.h>
#include <string.h>

#include "base/log.h"
#include "base/str.h"
#include "reading_wire.h"

#ifndef VAKA_VERSION
#define VAKA_VERSION "0.1.0"
#endif

static void stop(struct vk_hub *h, int error)
{
	h->error = error;
	uv_stop(h->loop);
}

/* ---- in ---- */

static void on_answer(struct vk_hub *h, const struct vk_packet *packet, bool is_done)
{
	size_t i = (size_t)packet->n % VK_HUB_PENDING;
	struct vk_cookie cookie;

	if (packet->n <= 0 || h->ring[i].n != packet->n)
		return;
	cookie = h->ring[i].cookie;
	h->ring[i].n = 0;
	h->pending--;
	if (!is_done)
		vk_log(VK_LOG_WARNING, "hub", "refused code=%s text=%s",
		       vk_packet_str(packet, "code", "?"), vk_packet_str(packet, "text", ""));
	if (cookie.serial)
		h->ops->answered(h->user, &cookie, is_done);
}

static int seconds_of(const struct vk_packet *packet, int fallback)
{
	json_int_t seconds = vk_packet_int(packet, "seconds", fallback);

	return seconds < 1 ? 1 : seconds > 600 ? 600 : (int)seconds;
}

static int on_message(const struct vk_packet *packet, void *user)
{
	struct vk_hub *h = user;
	const char *type = packet->type;

	if (strcmp(type, "stored") == 0 || strcmp(type, "done") == 0)
		on_answer(h, packet, true);
	else if (strcmp(type, "failed") == 0)
		on_answer(h, packet, false);
	else if (strcmp(type, "welcome") == 0)
		h->ops->welcome(h->user, packet);
	else if (strcmp(type, "models") == 0)
		h->ops->models(h->user, (int)vk_packet_int(packet, "count", 0));
	else if (strcmp(type, "model") == 0)
		h->ops->model(h->user, packet);
	else if (strcmp(type, "device") == 0)
		h->ops->device(h->user, packet);
	else if (strcmp(type, "devices-end") == 0)
		h->ops->devices_end(h->user);
	else if (strcmp(type, "device-gone") == 0)
		h->ops->device_gone(h->user, vk_packet_str(packet, "device", ""));
	else if (strcmp(type, "scan") == 0)
		h->ops->scan(h->user, packet->n, seconds_of(packet, 10));
	else if (strcmp(type, "pair") == 0)
		h->ops->pair(h->user, packet->n, vk_packet_str(packet, "match", ""),
			     seconds_of(packet, 60), vk_packet_bool(packet, "again", 0));
	else if (strcmp(type, "passkey") == 0)
		h->ops->passkey(h->user, packet->n, vk_packet_str(packet, "passkey", ""));
	else if (strcmp(type, "pair-cancel") == 0)
		h->ops->pair_cancel(h->user, packet->n);
	else if (strcmp(type, "expect") == 0)
		h->ops->expect(h->user, vk_packet_int(packet, "due_ms", 0));
	else if (packet->n > 0)
		return vk_hub_failed(h, packet->n, "unknown", "not a message for a collector");
	return 0;
}

static void dispatch(struct vk_hub *h)
{
	int r = vk_plugin_dispatch(h->plugin);

	if (r < 0)
		stop(h, r);
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct vk_hub *h = poll->data;

	(void)events;
	if (status < 0)
		h->watched = 0; /* libuv has stopped it */
	dispatch(h);
}

/* What callbacks queued since the last turn may have filled the socket. */
static void on_prepare(uv_prepare_t *prepare)
{
	struct vk_hub *h = prepare->data;
	int events = UV_READABLE | UV_DISCONNECT;

	if (vk_plugin_events(h->plugin) & POLLOUT)
		events |= UV_WRITABLE;
	/* To start it anew is two system calls each turn. */
	if (events != h->watched && uv_poll_start(&h->poll, events, on_poll) == 0)
		h->watched = events;
}

int vk_hub_init(struct vk_hub *h, uv_loop_t *loop, const struct vk_hub_ops *ops, void *user)
{
	int r;

	*h = (struct vk_hub){.ops = ops, .user = user, .loop = loop};
	r = vk_plugin_connect("ble", VAKA_VERSION, on_message, h, &h->plugin);
	if (r < 0)
		return r;
	r = uv_poll_init(loop, &h->poll, vk_plugin_fd(h->plugin));
	if (r < 0)
		return r;
	(void)uv_prepare_init(loop, &h->prepare);
	h->poll.data = h->prepare.data = h;
	return uv_prepare_start(&h->prepare, on_prepare);
}

void vk_hub_done(struct vk_hub *h)
{
	if (!h->plugin)
		return;
	(void)uv_prepare_stop(&h->prepare);
	(void)uv_poll_stop(&h->poll);
	vk_plugin_free(h->plugin);
	h->plugin = NULL;
}

/* ---- out ---- */

static int send_message(struct vk_hub *h, json_t *message)
{
	int r = message ? vk_plugin_send(h->plugin, message, NULL, 0) : -ENOMEM;

	json_decref(message);
	return r;
}

/* Takes a number and remembers who asked. 0 or -EAGAIN. */
static int reserve(struct vk_hub *h, const struct vk_cookie *cookie, json_int_t *ret_n)
{
	json_int_t n;

	if (h->pending >= VK_HUB_PENDING_MOST)
		return -EAGAIN;
	n = vk_plugin_next(h->plugin);
	if (h->ring[(size_t)n % VK_HUB_PENDING].n != 0)
		return -EAGAIN;
	h->ring[(size_t)n % VK_HUB_PENDING].n = n;
	h->ring[(size_t)n % VK_HUB_PENDING].cookie = *cookie;
	h->pending++;
	*ret_n = n;
	return 0;
}

static void release(struct vk_hub *h, json_int_t n)
{
	h->ring[(size_t)n % VK_HUB_PENDING].n = 0;
	h->pending--;
}

int vk_hub_request(struct vk_hub *h, const char *type, json_t *message,
		   const struct vk_cookie *cookie)
{
	json_int_t n;
	int r = reserve(h, cookie, &n);

	if (r < 0) {
		json_decref(message);
		return r;
	}
	if (message && (json_object_set_new(message, "t", json_string(type)) < 0 ||
			json_object_set_new(message, "n", json_integer(n)) < 0)) {
		json_decref(message);
		message = NULL;
	}
	r = send_message(h, message);
	if (r < 0)
		release(h, n);
	return r;
}

int vk_hub_reading(struct vk_hub *h, const char *device, const struct vk_sample *sample,
		   const struct vk_cookie *cookie)
{
	vk_auto(vk_str_done) struct vk_str text = {0};
	json_int_t n;
	int r;

	if (sample->len == 0 || sample->len > VK_ATT_VALUE_MAX)
		return -EMSGSIZE;
	r = reserve(h, cookie, &n);
	if (r < 0)
		return r;
	vk_reading_wire(device, sample, n, &text);
	r = text.error;
	if (r == 0)
		r = vk_plugin_send_text(h->plugin, text.text, text.len, NULL, 0);
	if (r < 0)
		release(h, n);
	return r;
}

int vk_hub_answer(struct vk_hub *h, const char *type, json_int_t n, json_t *message)
{
	if (!message)
		message = json_object();
	if (message && (json_object_set_new(message, "t", json_string(type)) < 0 ||
			json_object_set_new(message, "n", json_integer(n)) < 0)) {
		json_decref(message);
		message = NULL;
	}
	return send_message(h, message);
}

int vk_hub_failed(struct vk_hub *h, json_int_t n, const char *code, const char *text)
{
	return vk_hub_answer(h, "failed", n, json_pack("{s:s, s:s}", "code", code, "text", text));
}
