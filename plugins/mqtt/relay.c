/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Everything here is one callback deep: a packet of the hub becomes a publish, a PUBACK becomes
 * `settled`, a cut becomes `unsent` for all that was on its way. What both sockets are watched for
 * is decided in one place, before each wait.
 */
#include "mqtt/relay.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "mqtt/inbound.h"
#include "mqtt/outbound.h"

enum {
	UNANSWERED_MAX = 64, /* beyond it the broker keeps its messages for a while */
	/* A hub that does not store has the message in its memory by now, and alerts must out. */
	PATIENCE_MS = 1000,
	/* Below the hub's ping: an idle relay tells when it is awake for that. */
	METER_MS = 25000,
	REASON_TEXT = 96,
	/* While so much is on its way, what was acknowledged is told in lots, or after that time.
	 */
	BUSY_LEAST = 64,
	SETTLED_LOT = 24,
	SETTLED_LATE_MS = 2,
};

static void end(struct vk_relay *relay, int result)
{
	if (relay->result == 0)
		relay->result = result;
	uv_stop(relay->loop);
}

/* Takes over header. */
static int send_hub(struct vk_relay *relay, json_t *header, const void *body, size_t len)
{
	int r = header ? vk_plugin_send(relay->plugin, header, body, len) : -ENOMEM;

	json_decref(header);
	if (r < 0 && r != -EMSGSIZE)
		end(relay, r);
	return r;
}

static void request_hub(struct vk_relay *relay, json_t *header, const void *body, size_t len)
{
	if (send_hub(relay, header, body, len) == 0)
		relay->unanswered++;
	vk_link_pause(&relay->link, relay->unanswered >= UNANSWERED_MAX);
}

static void say_settled(struct vk_relay *relay, json_int_t n, int reason)
{
	if (reason >= 0x80)
		vk_log(VK_LOG_WARNING, "mqtt", "broker refused message n=%lld reason=0x%02x",
		       (long long)n, (unsigned)reason);
	(void)send_hub(relay, json_pack("{s:s,s:I,s:i}", "t", "settled", "n", n, "reason", reason),
		       NULL, 0);
}

/* One packet for all that the broker acknowledged since the last. */
static void tell_settled(struct vk_relay *relay)
{
	char text[64 + VK_SETTLED_MAX * 22];
	int n = relay->n_settled, len;

	relay->n_settled = 0;
	if (n == 1)
		say_settled(relay, relay->settled[0], relay->settled_reason);
	if (n <= 1)
		return;
	len = snprintf(text, sizeof text, "{\"t\":\"settled\",\"list\":");
	for (int i = 0; i < n; i++)
		len += snprintf(text + len, sizeof text - (size_t)len, "%c%" PRId64, i ? ',' : '[',
				relay->settled[i]);
	len += snprintf(text + len, sizeof text - (size_t)len, "]}");
	int r = vk_plugin_send_text(relay->plugin, text, (size_t)len, NULL, 0);

	if (r < 0)
		end(relay, r);
}

/* In the order in which the broker answered. Below 0x80 all reasons mean that it has the message.
 */
static void settle(struct vk_relay *relay, int64_t n, int reason)
{
	if (reason >= 0x80 || relay->n_settled == VK_SETTLED_MAX)
		tell_settled(relay);
	if (reason >= 0x80) {
		say_settled(relay, n, reason);
		return;
	}
	relay->settled_reason = reason;
	relay->settled[relay->n_settled++] = n;
}

static void on_settled_late(uv_timer_t *timer)
{
	tell_settled(timer->data);
}

/* Each word of it wakes the hub, which takes the processor from the broker's next answers. Where
 * little is on its way, somebody may wait for just this one. */
static void tell_settled_in_lots(struct vk_relay *relay)
{
	if (relay->n_settled >= SETTLED_LOT || relay->window.count < BUSY_LEAST)
		tell_settled(relay);
	else if (relay->n_settled && !uv_is_active((uv_handle_t *)&relay->settled_late))
		(void)uv_timer_start(&relay->settled_late, on_settled_late, SETTLED_LATE_MS, 0);
}

static void say_numbered(struct vk_relay *relay, const char *type, json_int_t n)
{
	(void)send_hub(relay, json_pack("{s:s,s:I}", "t", type, "n", n), NULL, 0);
}

static int send_now(const struct vk_packet *packet, void *user)
{
	struct vk_relay *relay = user;
	int mid = 0;
	int r = vk_outbound_publish(relay->link.client, &relay->config, &relay->aliases, packet,
				    &mid);

	if (r == 0)
		return vk_window_add(&relay->window, mid, packet->n, (int64_t)uv_now(relay->loop));
	if (r > 0)
		settle(relay, packet->n, r);
	else
		say_numbered(relay, "unsent", packet->n);
	return 0;
}

static int publish(struct vk_relay *relay, const struct vk_packet *packet)
{
	bool is_held = relay->held.first || vk_window_is_careful(&relay->window);

	if (relay->link.phase == VK_LINK_UP && is_held && vk_held_put(&relay->held, packet) == 0)
		return 0;
	if (relay->link.phase == VK_LINK_UP && !is_held && relay->window.count < VK_WINDOW_MAX)
		return send_now(packet, relay);
	say_numbered(relay, "unsent", packet->n);
	return 0;
}

static void send_held(struct vk_relay *relay)
{
	int r = 0;

	while (r == 0 && relay->held.first && !vk_window_is_careful(&relay->window) &&
	       relay->window.count < VK_WINDOW_MAX)
		r = vk_held_take(&relay->held, send_now, relay);
	if (r < 0)
		end(relay, r);
}

static int give_back(const struct vk_packet *packet, void *user)
{
	say_numbered(user, "unsent", packet->n);
	return 0;
}

static void on_patience(uv_timer_t *timer)
{
	struct vk_relay *relay = timer->data;

	vk_log(VK_LOG_WARNING, "mqtt", "not stored in time, acknowledged all the same n=%d",
	       relay->n_unstored);
	relay->n_unstored = 0;
	vk_link_hold(&relay->link, false);
}

/* What nobody sends again must be on disk before the broker forgets it; a receipt comes again. */
static void hold(struct vk_relay *relay, const char *topic, json_int_t n)
{
	if (strncmp(topic, "receipt/", 8) == 0 || relay->n_unstored == VK_UNSTORED_MAX)
		return;
	relay->unstored[relay->n_unstored++] = n;
	vk_link_hold(&relay->link, true);
	if (!uv_is_active((const uv_handle_t *)&relay->patience))
		(void)uv_timer_start(&relay->patience, on_patience, PATIENCE_MS, 0);
}

static void stored(struct vk_relay *relay, json_int_t n)
{
	for (int i = 0; i < relay->n_unstored; i++) {
		if (relay->unstored[i] != n)
			continue;
		relay->unstored[i] = relay->unstored[--relay->n_unstored];
		break;
	}
	if (relay->n_unstored)
		return;
	(void)uv_timer_stop(&relay->patience);
	vk_link_hold(&relay->link, false);
}

static int on_answer(struct vk_relay *relay, const struct vk_packet *packet)
{
	if (relay->unanswered > 0)
		relay->unanswered--;
	vk_link_pause(&relay->link, relay->unanswered >= UNANSWERED_MAX);
	stored(relay, packet->n);
	if (strcmp(packet->type, "failed") == 0)
		vk_log(VK_LOG_WARNING, "mqtt", "the hub did not take n=%lld code=%.40s",
		       (long long)packet->n, vk_packet_str(packet, "code", "?"));
	return 0;
}

static int on_hub(const struct vk_packet *packet, void *user)
{
	struct vk_relay *relay = user;

	if (strcmp(packet->type, "welcome") == 0)
		return vk_relay_config_parse(packet, &relay->config);
	if (strcmp(packet->type, "publish") == 0)
		return publish(relay, packet);
	if (strcmp(packet->type, "hurry") == 0) {
		if (relay->config.n_brokers)
			vk_link_hurry(&relay->link);
		return 0;
	}
	if (strcmp(packet->type, "done") == 0 || strcmp(packet->type, "failed") == 0)
		return on_answer(relay, packet);
	return send_hub(relay,
			json_pack("{s:s,s:I,s:s,s:s}", "t", "failed", "n", packet->n, "code",
				  "unknown", "text", "vaka-mqtt takes publish"),
			NULL, 0);
}

/* A link that serves, and yet is not what it should be. */
static void say_what_lacks(const struct vk_relay *relay, const struct vk_link_up *up,
			   char ret[REASON_TEXT])
{
	uint32_t asked_s = relay->config.session_expiry_s;

	ret[0] = '\0';
	if (up->refused[0])
		(void)vk_copy(ret, REASON_TEXT, "subscription refused");
	else if (up->is_behind)
		(void)vk_copy(ret, REASON_TEXT,
			      "the clock is behind: certificates judged at its floor");
	else if (up->granted_expiry_s < asked_s)
		(void)snprintf(ret, REASON_TEXT,
			       "the broker keeps the session for %u s, asked for %u s",
			       up->granted_expiry_s, asked_s);
}

static void on_up(void *user, const struct vk_link_up *up)
{
	struct vk_relay *relay = user;

	vk_aliases_init(&relay->aliases, up->topic_aliases);
	char reason[REASON_TEXT];

	say_what_lacks(relay, up, reason);
	request_hub(relay,
		    json_pack("{s:s,s:I,s:s,s:s,s:b,s:I,s:i,s:I}", "t", "link", "n",
			      vk_plugin_next(relay->plugin), "state", "up", "reason", reason,
			      "session_present", up->session_present, "granted_expiry_s",
			      (json_int_t)up->granted_expiry_s, "broker", up->broker,
			      "certificate_until", (json_int_t)up->until_s),
		    NULL, 0);
}

/* What the connections have carried since the hub was last told. */
static void tell_traffic(struct vk_relay *relay)
{
	struct vk_traffic t;

	relay->metered_ms = (int64_t)uv_now(relay->loop);
	if (!relay->config.n_brokers || !vk_meter_take(&relay->link.meter, &t))
		return;
	(void)send_hub(relay,
		       json_pack("{s:s,s:I,s:I,s:I}", "t", "traffic", "sent", (json_int_t)t.sent,
				 "received", (json_int_t)t.received, "packets",
				 (json_int_t)t.packets),
		       NULL, 0);
}

/* In the order they were sent; poison is named instead of handed back. */
static void hand_back(struct vk_relay *relay)
{
	struct vk_window *w = &relay->window;
	int64_t poison = 0;
	bool has_poison = vk_window_cut(w, (int64_t)uv_now(relay->loop), &poison);

	if (has_poison)
		vk_log(VK_LOG_ERR, "mqtt", "the broker cut the link %d times after message n=%lld",
		       VK_POISON_CUTS, (long long)poison);
	for (int i = w->first; i < w->first + w->count; i++) {
		bool is_poison = has_poison && w->sent[i].n == poison;

		say_numbered(relay, is_poison ? "poison" : "unsent", w->sent[i].n);
	}
	vk_window_clear(w);
	while (relay->held.first)
		(void)vk_held_take(&relay->held, give_back, relay);
}

static void on_down(void *user, int broker, const char *reason)
{
	struct vk_relay *relay = user;

	tell_settled(relay);
	hand_back(relay);
	/* The broker will send it again, on another connection. */
	relay->n_unstored = 0;
	stored(relay, 0);
	request_hub(relay,
		    json_pack("{s:s,s:I,s:s,s:s,s:i}", "t", "link", "n",
			      vk_plugin_next(relay->plugin), "state", "down", "reason", reason,
			      "broker", broker),
		    NULL, 0);
	tell_traffic(relay);
}

static void on_acked(void *user, int mid, int reason)
{
	struct vk_relay *relay = user;
	int64_t n = 0;

	if (!vk_window_settle(&relay->window, mid, &n))
		return;
	settle(relay, n, reason);
	if (relay->held.first)
		send_held(relay);
}

static void on_message(void *user, const struct mosquitto_message *message,
		       const mosquitto_property *properties)
{
	struct vk_relay *relay = user;
	const char *why = NULL;
	json_t *header = vk_inbound_header(&relay->config, message, properties,
					   vk_plugin_next(relay->plugin), &why);

	if (header) {
		hold(relay, json_string_value(json_object_get(header, "topic")),
		     json_integer_value(json_object_get(header, "n")));
		request_hub(relay, header, message->payload, (size_t)message->payloadlen);
		return;
	}
	vk_log(VK_LOG_WARNING, "mqtt", "dropped a message why=%s bytes=%d dropped=%llu", why,
	       message->payloadlen, (unsigned long long)++relay->n_dropped);
}

static void on_hub_socket(uv_poll_t *poll, int status, int events)
{
	struct vk_relay *relay = poll->data;
	int r = status < 0 ? status : vk_plugin_dispatch(relay->plugin);

	(void)events;
	if (r < 0)
		end(relay, r);
	else if ((int64_t)uv_now(relay->loop) - relay->metered_ms >= METER_MS)
		tell_traffic(relay);
}

static void on_prepare(uv_prepare_t *prepare)
{
	struct vk_relay *relay = prepare->data;

	vk_link_prepare(&relay->link);
	tell_settled_in_lots(relay);
	int events = UV_READABLE;

	if (vk_plugin_events(relay->plugin) & POLLOUT)
		events |= UV_WRITABLE;
	if (events == relay->hub_events)
		return;
	relay->hub_events = events;
	(void)uv_poll_start(&relay->hub, events, on_hub_socket);
}

static void on_terminate(uv_signal_t *signal, int number)
{
	(void)number;
	end(signal->data, 0);
}

static int start(struct vk_relay *relay)
{
	static const struct vk_link_events events = {on_up, on_down, on_acked, on_message};
	int r = uv_poll_init(relay->loop, &relay->hub, vk_plugin_fd(relay->plugin));

	if (r == 0)
		r = uv_prepare_init(relay->loop, &relay->prepare);
	if (r == 0)
		r = uv_signal_init(relay->loop, &relay->terminate);
	if (r == 0)
		r = uv_timer_init(relay->loop, &relay->patience);
	if (r == 0)
		r = uv_timer_init(relay->loop, &relay->settled_late);
	relay->patience.data = relay;
	relay->settled_late.data = relay;
	relay->hub.data = relay;
	relay->prepare.data = relay;
	relay->terminate.data = relay;
	if (r == 0)
		r = uv_prepare_start(&relay->prepare, on_prepare);
	if (r == 0)
		r = uv_signal_start(&relay->terminate, on_terminate, SIGTERM);
	if (r == 0 && relay->config.n_brokers == 0)
		vk_log(VK_LOG_NOTICE, "mqtt", "no broker is configured: nothing leaves the hub");
	else if (r == 0)
		r = vk_link_start(&relay->link, relay->loop, &relay->config, &events, relay);
	return r;
}

int vk_relay_run(struct vk_relay *relay, const char *version)
{
	int r = vk_plugin_connect("mqtt", version, on_hub, relay, &relay->plugin);

	if (r == 0)
		r = start(relay);
	if (r < 0)
		return r;
	(void)uv_run(relay->loop, UV_RUN_DEFAULT);
	if (relay->result)
		return relay->result;
	vk_link_stop(&relay->link);
	tell_settled(relay);
	tell_traffic(relay);
	return relay->result;
}
