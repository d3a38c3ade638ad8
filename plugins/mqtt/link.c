/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The connection's life: try, greet, subscribe, serve, fall, wait, next broker. The client is
 * dropped in one place only (drop), and never from inside one of its own callbacks.
 */
#include "mqtt/link.h"

#include <errno.h>
#include <mqtt_protocol.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/err.h"
#include "base/log.h"
#include "base/str.h"
#include "mqtt/backoff.h"
#include "mqtt/client.h"
#include "mqtt/dial.h"
#include "mqtt/reach.h"

enum {
	STEADY_MS = 30000, /* a connection that lived so long was a good one */
	/* From the handshake to the subscriptions. Longer, and the next broker has its turn. */
	GREETING_MS = 15000,
	BETTER_MOST_S = 3600,
};

static const char too_old[] = "the broker does not speak MQTT 5";
static const char silent[] = "the broker accepts and says nothing";

static void try_next(uv_timer_t *timer);

static void on_rest(uv_timer_t *timer)
{
	struct vk_link *link = timer->data;

	if (vk_rest_due(&link->rest))
		(void)uv_timer_start(timer, on_rest, VK_REST_MS, 0);
}

/* A ping too needs much of the TLS library, a moment each minute: it is given back behind it. */
static void stir(struct vk_link *link)
{
	if (vk_rest_act(&link->rest))
		(void)uv_timer_start(&link->at_rest, on_rest, VK_REST_MS, 0);
}

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
	(void)uv_timer_stop(&link->greeting);
	(void)uv_timer_stop(&link->better);
}

static uint64_t wait_ms(const struct vk_link *link)
{
	uint32_t bits = 0;

	/* Without entropy this early in a boot, a fixed wait does as well. */
	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) < 0)
		bits = 0;
	return vk_backoff_ms(link->attempt, (unsigned)link->config->n_brokers, bits,
			     link->is_urgent);
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
	vk_meter_end(&link->meter);
	link->client = NULL;
	link->phase = VK_LINK_IDLE;
	tell_down(link, was_up, text);
	wait_and_retry(link);
}

/*
 * An orderly end for another connection: the session stays, the will is not published, and what was
 * on its way is handed out again.
 */
static void leave(struct vk_link *link, int broker, const char *reason)
{
	if (link->is_held)
		return; /* not with a command that the hub has not stored: another time */
	(void)mosquitto_disconnect_v5(link->client, 0, NULL);
	(void)mosquitto_loop_write(link->client, 1);
	link->detail[0] = '\0';
	drop(link, reason);
	link->broker = broker;
	link->attempt = 0;
	(void)uv_timer_start(&link->retry, try_next, 0, 0);
}

/* ---- back to a broker that is preferred ---- */

static void ask_for_better(uv_work_t *work)
{
	struct vk_link *link = work->data;

	link->better_found = -1;
	for (int i = 0; i < link->better_than && link->better_found < 0; i++)
		if (vk_reach(&link->config->brokers[i], VK_REACH_MS) == 0)
			link->better_found = i;
}

static void look_for_better(struct vk_link *link);

/* One that listens and yet does not take us is asked for less and less often. */
static void better_answered(uv_work_t *work, int status)
{
	struct vk_link *link = work->data;

	link->is_asking = false;
	if (link->phase != VK_LINK_UP || link->broker != link->better_than)
		return;
	if (status < 0 || link->better_found < 0 || link->is_held) {
		look_for_better(link);
		return;
	}
	if (link->better_s < BETTER_MOST_S)
		link->better_s *= 2;
	leave(link, link->better_found, "back to a preferred broker");
}

static void on_better(uv_timer_t *timer)
{
	struct vk_link *link = timer->data;

	link->better_than = link->broker;
	link->work_better.data = link;
	link->is_asking =
		uv_queue_work(link->loop, &link->work_better, ask_for_better, better_answered) == 0;
}

/* A thousand hubs that were driven away together do not come back in the same second. */
static void look_for_better(struct vk_link *link)
{
	uint32_t bits = 0;
	uint64_t wait_ms = (uint64_t)link->better_s * 1000;

	if (link->broker == 0)
		link->better_s = link->config->fail_back_s;
	if (link->broker == 0 || link->is_asking || wait_ms == 0)
		return;
	if (getrandom(&bits, sizeof bits, GRND_NONBLOCK) < 0)
		bits = 0;
	(void)uv_timer_start(&link->better, on_better, wait_ms / 2 + bits % (wait_ms / 2 + 1), 0);
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
	if (result == MOSQ_ERR_ERRNO && error == ETIME)
		return silent;
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
	if (link->tls.why[0])
		cause = link->tls.why;
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

static void subscribe(struct vk_link *link)
{
	link->phase = VK_LINK_SUBSCRIBING;
	int result = vk_client_subscribe(link->client, link->config);

	if (result != MOSQ_ERR_SUCCESS)
		snprintf(link->detail, sizeof link->detail, "subscribe: %s",
			 mosquitto_strerror(result));
}

static void on_connack(struct mosquitto *client, void *user, int reason, int flags,
		       const mosquitto_property *properties)
{
	struct vk_link *link = user;
	uint32_t expiry_s = link->config->session_expiry_s;
	uint16_t keep_alive_s = (uint16_t)link->config->keep_alive_s, aliases = 0;

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
	(void)mosquitto_property_read_int16(properties, MQTT_PROP_TOPIC_ALIAS_MAXIMUM, &aliases,
					    false);
	link->granted = (struct vk_link_up){
		.topic_aliases = aliases,
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

	/* From here on it would write two lines for each message, which nobody reads. */
	mosquitto_log_callback_set(client, NULL);
	(void)mid;
	(void)properties;
	link->refused[0] = '\0';
	for (int i = 0; i < n; i++)
		if (granted[i] >= 0x80 && vk_client_filter(link->config, i, link->refused))
			vk_log(VK_LOG_WARNING, "mqtt", "subscription refused filter=%s",
			       link->refused);
	link->granted.refused = link->refused;
	link->granted.is_behind = link->is_behind;
	link->granted.until_s = vk_tls_until_s(&link->tls);
	link->phase = VK_LINK_UP;
	(void)uv_timer_stop(&link->greeting);
	link->is_urgent = false;
	link->up_since = (int64_t)uv_now(link->loop);
	link->told[0] = '\0';
	vk_log(VK_LOG_INFO, "mqtt", "link up broker=%d session_present=%d granted_expiry_s=%u",
	       link->broker, link->granted.session_present, link->granted.granted_expiry_s);
	link->events->up(link->user, &link->granted);
	look_for_better(link);
	link->detail[0] = '\0';
}

static void on_puback(struct mosquitto *client, void *user, int mid, int reason,
		      const mosquitto_property *properties)
{
	struct vk_link *link = user;

	(void)client;
	(void)properties;
	link->events->acked(link->user, mid, reason);
}

static void on_message(struct mosquitto *client, void *user,
		       const struct mosquitto_message *message,
		       const mosquitto_property *properties)
{
	struct vk_link *link = user;

	(void)client;
	link->events->message(link->user, message, properties);
}

static int set_up_client(struct vk_link *link)
{
	struct mosquitto *m = link->client;

	mosquitto_log_callback_set(m, on_log);
	mosquitto_connect_v5_callback_set(m, on_connack);
	mosquitto_disconnect_v5_callback_set(m, on_disconnect);
	mosquitto_subscribe_v5_callback_set(m, on_suback);
	mosquitto_publish_v5_callback_set(m, on_puback);
	mosquitto_message_v5_callback_set(m, on_message);
	return vk_client_set_up(m, link->config, &link->tls);
}

/* The worker: the client is its alone until connected() runs. Where there is another to turn to, or
 * the last attempt failed, a broker that does not answer is not waited for. */
static void dial(uv_work_t *work)
{
	struct vk_link *link = work->data;
	bool is_unsure = link->config->n_brokers > 1 || link->attempt > 0;

	link->worker_result =
		vk_dial(link->client, link->config, link->broker, is_unsure, &link->worker_fd);
	link->worker_errno = errno;
	vk_trim_stack(); /* a handshake goes deep, and the next is hours away */
}

/* Read ahead by the TLS library: no socket wakes anybody for it. */
static bool has_more(struct mosquitto *client)
{
	const SSL *ssl = mosquitto_ssl_get(client);

	return ssl && SSL_is_init_finished(ssl) && SSL_has_pending(ssl);
}

/* Until the socket was asked in vain: part of a record may be left then, and the rest wakes us. */
static int read_all(struct mosquitto *client)
{
	int result;

	do {
		errno = 0;
		result = mosquitto_loop_read(client, 1);
	} while (result == MOSQ_ERR_SUCCESS && errno != EAGAIN && has_more(client));
	return result;
}

static void on_socket(uv_poll_t *poll, int status, int events)
{
	struct vk_link *link = poll->data;
	int result = status < 0 ? MOSQ_ERR_CONN_LOST : MOSQ_ERR_SUCCESS;

	stir(link);
	if (result == MOSQ_ERR_SUCCESS && events & UV_READABLE)
		result = read_all(link->client);
	if (result == MOSQ_ERR_SUCCESS && events & UV_WRITABLE)
		result = mosquitto_loop_write(link->client, 1);
	check(link, result);
}

/* A file that fits no other is told once, and what is in use stays in use. */
static void look_for_new_keys(struct vk_link *link)
{
	int r = vk_tls_refresh(&link->tls);

	link->is_renewed |= r > 0;
	if (link->is_renewed)
		leave(link, link->broker, "new certificate or key");
	else if (r < 0 && !link->is_keys_told)
		vk_log(VK_LOG_WARNING, "mqtt", "new certificate or key not taken: %s",
		       link->tls.why);
	link->is_keys_told = r < 0;
}

static void on_misc(uv_timer_t *timer)
{
	struct vk_link *link = timer->data;

	check(link, mosquitto_loop_misc(link->client));
	if (link->phase == VK_LINK_UP)
		look_for_new_keys(link);
}

/* A long keep-alive is no reason to wait long for a first word. */
static void on_silence(uv_timer_t *timer)
{
	drop(timer->data, silent);
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
	(void)uv_timer_start(&link->greeting, on_silence, GREETING_MS, 0);
	return uv_timer_start(&link->misc, on_misc, period_ms, period_ms);
}

static void meter(struct vk_link *link)
{
	vk_meter_begin(&link->meter, link->worker_fd);
	if (link->worker_fd >= 0)
		(void)close(link->worker_fd);
	link->worker_fd = -1;
}

static void connected(uv_work_t *work, int status)
{
	struct vk_link *link = work->data;

	link->phase = VK_LINK_GREETING;
	meter(link);
	stir(link);
	if (status < 0)
		drop(link, uv_strerror(status));
	else if (link->worker_result == MOSQ_ERR_EAI)
		drop(link, gai_strerror(link->worker_errno));
	else if (link->worker_result != MOSQ_ERR_SUCCESS)
		drop(link, result_text(link, link->worker_result, link->worker_errno));
	else if (watch(link) < 0)
		drop(link, "no memory");
}

static void try_next(uv_timer_t *timer)
{
	struct vk_link *link = timer->data;
	/* What is new and cannot be used does not take the place of what can. */
	int r = vk_tls_refresh(&link->tls);

	link->is_renewed = false;
	link->detail[0] = '\0';
	link->client = link->tls.context ? mosquitto_new(link->config->hub, false, link) : NULL;
	if (!link->client) {
		drop(link, r < 0 ? link->tls.why : "no memory");
		return;
	}
	link->is_behind = vk_tls_aim(&link->tls, link->config->brokers[link->broker].host);
	int result = set_up_client(link);

	if (result != MOSQ_ERR_SUCCESS) {
		drop(link, mosquitto_strerror(result));
		return;
	}
	link->phase = VK_LINK_CONNECTING;
	link->work.data = link;
	r = uv_queue_work(link->loop, &link->work, dial, connected);

	if (r < 0)
		drop(link, uv_strerror(r));
}

int vk_link_start(struct vk_link *link, uv_loop_t *loop, const struct vk_relay_config *config,
		  const struct vk_link_events *events, void *user)
{
	*link = (struct vk_link){.loop = loop, .config = config, .events = events, .user = user};
	vk_tls_init(&link->tls, config);
	vk_meter_init(&link->meter);
	link->better_s = config->fail_back_s;
	int r = uv_timer_init(loop, &link->retry);

	link->worker_fd = -1;
	if (r == 0)
		r = uv_timer_init(loop, &link->better);
	if (r == 0)
		r = uv_timer_init(loop, &link->greeting);
	link->better.data = link->greeting.data = link;
	if (r == 0)
		r = uv_timer_init(loop, &link->misc);
	if (r == 0)
		r = uv_timer_init(loop, &link->at_rest);
	link->at_rest.data = link;
	link->retry.data = link;
	link->misc.data = link;
	if (r == 0)
		r = uv_timer_start(&link->retry, try_next, 0, 0);
	return r;
}

/* A segment for each message would cost more than the message: those of one turn share theirs. */
static int write_together(struct mosquitto *client)
{
	int fd = mosquitto_socket(client), on = 1, off = 0;

	(void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &on, sizeof on);
	int result = mosquitto_loop_write(client, 1);

	if (mosquitto_socket(client) == fd)
		(void)setsockopt(fd, IPPROTO_TCP, TCP_CORK, &off, sizeof off);
	return result;
}

/* False when that ended the connection. */
static bool flush(struct vk_link *link)
{
	if (!link->is_held && mosquitto_want_write(link->client)) {
		stir(link);
		check(link, write_together(link->client));
	}
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
