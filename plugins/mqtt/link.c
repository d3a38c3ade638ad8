/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection's life: try, greet, subscribe, serve, fall, wait, next broker. The client is
 * dropped in one place only (drop), and never from inside one of its own callbacks.
 */
#include "mqtt/link.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "mqtt/backoff.h"
#include "mqtt/window.h"

enum {
	IN_FLIGHT_MAX = VK_WINDOW_MAX,
	STEADY_MS = 30000, /* a connection that lived so long was a good one */
	QOS = 1,
};

static const char too_old[] = "the broker does not speak MQTT 5";

static void try_next(uv_timer_t *timer);

static void on_poll_closed(uv_handle_t *handle)
{
	free(handle);
}

static void stop_watching(struct vk_link *link)
{
	if (link->poll) {
		(void)uv_poll_stop(link->poll);
		uv_close((uv_handle_t *)link->poll, on_poll_closed);
	}
	link->poll = NULL;
	link->poll_events = 0;
	(void)uv_timer_stop(&link->misc);
}

static uint64_t wait_ms(const struct vk_link *link)
{
	uint32_t bits = 0;

	/* Without entropy this early in a boot, a fixed wait does as well. */
	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) < 0)
		bits = 0;
	return vk_backoff_ms(link->attempt, bits, link->is_urgent);
}

static void wait_and_retry(struct vk_link *link)
{
	link->broker = (link->broker + 1) % link->config->n_brokers;
	link->attempt++;
	(void)uv_timer_start(&link->retry, try_next, wait_ms(link), 0);
}

void vk_link_hurry(struct vk_link *link)
{
	if (link->phase == VK_LINK_UP)
		return;
	link->is_urgent = true;
	if (uv_is_active((const uv_handle_t *)&link->retry) &&
	    uv_timer_get_due_in(&link->retry) > VK_BACKOFF_URGENT_MS)
		(void)uv_timer_start(&link->retry, try_next, wait_ms(link), 0);
}

static void tell_down(struct vk_link *link, bool was_up, const char *reason)
{
	if (!was_up && strcmp(link->told, reason) == 0)
		return;
	(void)vk_copy(link->told, sizeof link->told, reason);
	vk_log(VK_LOG_WARNING, "mqtt", "link down broker=%d reason=%s", link->broker, reason);
	link->events->down(link->user, link->broker, reason);
}

/* The one end of every connection and attempt. */
static void drop(struct vk_link *link, const char *reason)
{
	bool was_up = link->phase == VK_LINK_UP;
	char text[sizeof link->detail];

	(void)vk_copy(text, sizeof text, link->detail[0] ? link->detail : reason);
	if (was_up && (int64_t)uv_now(link->loop) - link->up_since > STEADY_MS)
		link->attempt = 0;
	stop_watching(link);
	mosquitto_destroy(link->client);
	link->client = NULL;
	link->phase = VK_LINK_IDLE;
	tell_down(link, was_up, text);
	wait_and_retry(link);
}

/* MQTT 3 answered our CONNECT: libmosquitto 2.0.11 hands it on, 2.0.21 calls it malformed. */
static bool is_old_answer(const struct vk_link *link, int result)
{
	return link->phase == VK_LINK_GREETING &&
	       (result == MOSQ_ERR_PROTOCOL || result == MOSQ_ERR_MALFORMED_PACKET);
}

static const char *result_text(const struct vk_link *link, int result, int error)
{
	if (is_old_answer(link, result))
		return too_old;
	return result == MOSQ_ERR_ERRNO ? strerror(error) : mosquitto_strerror(result);
}

/* After every call that may have ended the connection. */
static void check(struct vk_link *link, int result)
{
	if (result != MOSQ_ERR_SUCCESS)
		drop(link, result_text(link, result, errno));
	else if (mosquitto_socket(link->client) < 0)
		drop(link, "connection closed");
}

/* The library tells why TLS failed only here. The first line is the cause. */
static void on_log(struct mosquitto *client, void *user, int level, const char *text)
{
	struct vk_link *link = user;
	const char *last = strrchr(text, ':');
	const char *cause = last ? last + 1 : text;

	(void)client;
	if (level != MOSQ_LOG_ERR || link->detail[0])
		return;
	cause += strspn(cause, " ");
	snprintf(link->detail, sizeof link->detail, "tls: %.140s", cause);
}

static void on_disconnect(struct mosquitto *client, void *user, int reason,
			  const mosquitto_property *properties)
{
	struct vk_link *link = user;

	(void)client;
	(void)properties;
	if (reason >= 0x80 && !link->detail[0])
		snprintf(link->detail, sizeof link->detail, "broker: 0x%02x %s", (unsigned)reason,
			 mosquitto_reason_string(reason));
}

static bool is_below_base(const struct vk_link *link, int i, char *out, size_t size)
{
	const struct vk_relay_config *c = link->config;
	static const char *const fixed[] = {"cmd/+/+/+", "receipt/+"};
	int n_fixed = (int)VK_ARRAY_LEN(fixed);

	if (i < n_fixed)
		snprintf(out, size, "%s/%s", c->base, fixed[i]);
	else if (i < n_fixed + c->n_patients)
		snprintf(out, size, "%s/plan/%s", c->base, c->patients[i - n_fixed]);
	else
		return false;
	return true;
}

static void subscribe(struct vk_link *link)
{
	char filters[2 + VK_RELAY_PATIENTS][VK_RELAY_BASE + 80];
	char *list[2 + VK_RELAY_PATIENTS];
	int n = 0;

	while (is_below_base(link, n, filters[n], sizeof filters[n])) {
		list[n] = filters[n];
		n++;
	}
	link->phase = VK_LINK_SUBSCRIBING;
	int result = mosquitto_subscribe_multiple(link->client, NULL, n, list, QOS, 0, NULL);

	if (result != MOSQ_ERR_SUCCESS)
		snprintf(link->detail, sizeof link->detail, "subscribe: %s",
			 mosquitto_strerror(result));
}

static void on_connack(struct mosquitto *client, void *user, int reason, int flags,
		       const mosquitto_property *properties)
{
	struct vk_link *link = user;
	uint32_t expiry_s = link->config->session_expiry_s;
	uint16_t keep_alive_s = (uint16_t)link->config->keep_alive_s;

	(void)client;
	if (reason == MQTT_RC_UNSUPPORTED_PROTOCOL_VERSION) {
		(void)vk_copy(link->detail, sizeof link->detail, too_old);
		return;
	}
	if (reason != 0) {
		snprintf(link->detail, sizeof link->detail, "connack: 0x%02x %s", (unsigned)reason,
			 mosquitto_reason_string(reason));
		return;
	}
	(void)mosquitto_property_read_int32(properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
					    &expiry_s, false);
	(void)mosquitto_property_read_int16(properties, MQTT_PROP_SERVER_KEEP_ALIVE, &keep_alive_s,
					    false);
	link->granted = (struct vk_link_up){
		.broker = link->broker,
		.session_present = flags & 1,
		.granted_expiry_s = expiry_s,
	};
	if (keep_alive_s > 0)
		uv_timer_set_repeat(&link->misc, keep_alive_s * UINT64_C(1000) / 4);
	subscribe(link);
}

/* Only now can an answer to what the hub sends first reach it. */
static void on_suback(struct mosquitto *client, void *user, int mid, int n, const int *granted,
		      const mosquitto_property *properties)
{
	struct vk_link *link = user;

	(void)client;
	(void)mid;
	(void)properties;
	link->refused[0] = '\0';
	for (int i = 0; i < n; i++)
		if (granted[i] >= 0x80 &&
		    is_below_base(link, i, link->refused, sizeof link->refused))
			vk_log(VK_LOG_WARNING, "mqtt", "subscription refused filter=%s",
			       link->refused);
	link->granted.refused = link->refused;
	link->phase = VK_LINK_UP;
	link->is_urgent = false;
	link->up_since = (int64_t)uv_now(link->loop);
	link->told[0] = '\0';
	vk_log(VK_LOG_INFO, "mqtt", "link up broker=%d session_present=%d granted_expiry_s=%u",
	       link->broker, link->granted.session_present, link->granted.granted_expiry_s);
	link->events->up(link->user, &link->granted);
	link->detail[0] = '\0';
	vk_rest_act(&link->rest); /* what the handshake needed is not needed again for days */
}

static void on_puback(struct mosquitto *client, void *user, int mid, int reason,
		      const mosquitto_property *properties)
{
	struct vk_link *link = user;

	(void)client;
	(void)properties;
	vk_rest_act(&link->rest);
	link->events->acked(link->user, mid, reason);
}

static void on_message(struct mosquitto *client, void *user,
		       const struct mosquitto_message *message,
		       const mosquitto_property *properties)
{
	struct vk_link *link = user;

	(void)client;
	vk_rest_act(&link->rest);
	link->events->message(link->user, message, properties);
}

static int set_will(struct vk_link *link)
{
	const struct vk_relay_config *c = link->config;
	mosquitto_property *properties = NULL;
	char topic[VK_RELAY_BASE + 16];

	snprintf(topic, sizeof topic, "%s/status", c->base);
	int result = mosquitto_property_add_string(&properties, MQTT_PROP_CONTENT_TYPE,
						   "application/json");

	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_property_add_string_pair(&properties, MQTT_PROP_USER_PROPERTY,
							    "hub", c->hub);
	/* On success the client owns the properties. */
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_will_set_v5(link->client, topic, (int)strlen(c->will), c->will,
					       QOS, true, properties);
	if (result != MOSQ_ERR_SUCCESS)
		mosquitto_property_free_all(&properties);
	return result;
}

static int set_up_client(struct vk_link *link)
{
	const struct vk_relay_config *c = link->config;
	struct mosquitto *m = link->client;
	int result = mosquitto_int_option(m, MOSQ_OPT_PROTOCOL_VERSION, MQTT_PROTOCOL_V5);

	mosquitto_log_callback_set(m, on_log);
	mosquitto_connect_v5_callback_set(m, on_connack);
	mosquitto_disconnect_v5_callback_set(m, on_disconnect);
	mosquitto_subscribe_v5_callback_set(m, on_suback);
	mosquitto_publish_v5_callback_set(m, on_puback);
	mosquitto_message_v5_callback_set(m, on_message);
	(void)mosquitto_int_option(m, MOSQ_OPT_TCP_NODELAY, 1);
	/* Not for threads: told so, the library queues what it has to send and leaves the writing
	 * to us. */
	(void)mosquitto_threaded_set(m, true);
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_int_option(m, MOSQ_OPT_SEND_MAXIMUM, IN_FLIGHT_MAX);
	if (result == MOSQ_ERR_SUCCESS)
		result = set_will(link);
	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_tls_set(m, c->ca, NULL, c->cert, c->key, NULL);
	return result;
}

/* The worker: the client is its alone until connected() runs. */
static void connect_blocking(uv_work_t *work)
{
	struct vk_link *link = work->data;
	const struct vk_broker *b = &link->config->brokers[link->broker];
	mosquitto_property *properties = NULL;
	int result = mosquitto_property_add_int32(&properties, MQTT_PROP_SESSION_EXPIRY_INTERVAL,
						  link->config->session_expiry_s);

	if (result == MOSQ_ERR_SUCCESS)
		result = mosquitto_connect_bind_v5(link->client, b->host, b->port,
						   link->config->keep_alive_s, NULL, properties);
	link->worker_errno = errno;
	link->worker_result = result;
	mosquitto_property_free_all(&properties);
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct vk_link *link = poll->data;
	int result = status < 0 ? MOSQ_ERR_CONN_LOST : MOSQ_ERR_SUCCESS;

	if (result == MOSQ_ERR_SUCCESS && events & UV_READABLE)
		result = mosquitto_loop_read(link->client, 1);
	if (result == MOSQ_ERR_SUCCESS && events & UV_WRITABLE)
		result = mosquitto_loop_write(link->client, 1);
	check(link, result);
}

static void on_misc(uv_timer_t *timer)
{
	struct vk_link *link = timer->data;

	check(link, mosquitto_loop_misc(link->client));
	vk_rest_beat(&link->rest);
}

static int watch(struct vk_link *link)
{
	uint64_t period_ms = (uint64_t)link->config->keep_alive_s * 1000 / 4;
	uv_poll_t *poll = malloc(sizeof *poll);

	if (!poll)
		return -ENOMEM;
	poll->data = link;
	int r = uv_poll_init(link->loop, poll, mosquitto_socket(link->client));

	if (r < 0) {
		free(poll);
		return r;
	}
	link->poll = poll;
	return uv_timer_start(&link->misc, on_misc, period_ms, period_ms);
}

static void connected(uv_work_t *work, int status)
{
	struct vk_link *link = work->data;

	link->phase = VK_LINK_GREETING;
	if (status < 0)
		drop(link, uv_strerror(status));
	else if (link->worker_result == MOSQ_ERR_EAI)
		drop(link, gai_strerror(link->worker_errno));
	else if (link->worker_result != MOSQ_ERR_SUCCESS)
		drop(link, result_text(link, link->worker_result, link->worker_errno));
	else if (watch(link) < 0)
		drop(link, "no memory");
}

/* NULL, or which file cannot be read: libmosquitto would only say "invalid". */
static const char *unreadable(const struct vk_relay_config *c)
{
	if (access(c->ca, R_OK) < 0)
		return "cannot read the CA's certificate";
	if (access(c->cert, R_OK) < 0)
		return "cannot read the hub's certificate";
	if (access(c->key, R_OK) < 0)
		return "cannot read the hub's key";
	return NULL;
}

static void try_next(uv_timer_t *timer)
{
	struct vk_link *link = timer->data;
	const char *reason = unreadable(link->config);

	link->detail[0] = '\0';
	link->client = reason ? NULL : mosquitto_new(link->config->hub, false, link);
	if (!link->client) {
		drop(link, reason ? reason : "no memory");
		return;
	}
	int result = set_up_client(link);

	if (result != MOSQ_ERR_SUCCESS) {
		drop(link, mosquitto_strerror(result));
		return;
	}
	link->phase = VK_LINK_CONNECTING;
	link->work.data = link;
	int r = uv_queue_work(link->loop, &link->work, connect_blocking, connected);

	if (r < 0)
		drop(link, uv_strerror(r));
}

int vk_link_start(struct vk_link *link, uv_loop_t *loop, const struct vk_relay_config *config,
		  const struct vk_link_events *events, void *user)
{
	*link = (struct vk_link){.loop = loop, .config = config, .events = events, .user = user};
	int r = uv_timer_init(loop, &link->retry);

	if (r == 0)
		r = uv_timer_init(loop, &link->misc);
	link->retry.data = link;
	link->misc.data = link;
	if (r == 0)
		r = uv_timer_start(&link->retry, try_next, 0, 0);
	return r;
}

/* False when that ended the connection. */
static bool flush(struct vk_link *link)
{
	if (!link->is_held && mosquitto_want_write(link->client))
		check(link, mosquitto_loop_write(link->client, 1));
	return link->client != NULL;
}

void vk_link_prepare(struct vk_link *link)
{
	if (!link->poll)
		return;
	bool is_failed = link->phase == VK_LINK_SUBSCRIBING && link->detail[0];

	if (is_failed || mosquitto_socket(link->client) < 0) {
		drop(link, "connection closed");
		return;
	}
	if (!flush(link))
		return;
	bool is_waiting = !link->is_held && mosquitto_want_write(link->client);
	int events = (link->is_paused ? 0 : UV_READABLE) | (is_waiting ? UV_WRITABLE : 0);

	if (events == link->poll_events)
		return;
	link->poll_events = events;
	if (events)
		(void)uv_poll_start(link->poll, events, on_socket);
	else
		(void)uv_poll_stop(link->poll);
}

void vk_link_pause(struct vk_link *link, bool is_paused)
{
	link->is_paused = is_paused;
}

void vk_link_hold(struct vk_link *link, bool is_held)
{
	link->is_held = is_held;
}

void vk_link_stop(struct vk_link *link)
{
	if (link->phase < VK_LINK_SUBSCRIBING || link->is_held)
		return;
	(void)mosquitto_disconnect_v5(link->client, MQTT_RC_DISCONNECT_WITH_WILL_MSG, NULL);
	(void)mosquitto_loop_write(link->client, 1);
}
