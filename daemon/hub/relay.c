/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The relay: messages out through the pump, messages in as jobs, and the state of the way to the
 * staff. Documents of the hub itself (status, health) go beside the outbox: late ones are
 * worthless.
 */
#include <errno.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "hub/hub.h"

static int flush_batch(struct vk_hub *hub, struct vk_client *client)
{
	int n = vk_batch_close(&hub->batch);

	return n && client ? vk_client_send_batch(client, hub->batch.parts, n) : 0;
}

static int add_to_batch(struct vk_hub *hub, struct vk_client *client, const struct vk_message *m)
{
	int r = vk_batch_add(&hub->batch, m);

	return r || !vk_batch_is_full(&hub->batch) ? r : flush_batch(hub, client);
}

void vk_relay_fetched(struct vk_hub *hub, struct vk_job *job)
{
	hub->is_handing_out = true;
	vk_pump_fetched(&hub->pump, job);
	hub->is_handing_out = false;
	(void)flush_batch(hub, vk_server_role(&hub->server, VK_ROLE_MQTT));
	vk_pump_ask(&hub->pump);
}

/* Behind what was handed out before it. */
static int send_alone(struct vk_hub *hub, struct vk_client *client, const struct vk_message *m)
{
	vk_auto(vk_str_done) struct vk_str header = {0};
	int r = flush_batch(hub, client);

	if (r)
		return r;
	vk_publish_header(m, &header);
	if (header.error)
		return header.error;
	return vk_client_send_text(client, header.text, header.len, m->payload, m->len);
}

int vk_relay_send(const struct vk_message *message, void *user)
{
	struct vk_hub *hub = user;
	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_MQTT);

	if (!client)
		return -EPIPE;
	/* A window of large rows must not make a relay look like one that does not read. */
	if (message->seq > 0 && client->queued_bytes > VK_CLIENT_QUEUE_MAX / 4)
		return -EAGAIN;
	if (hub->is_handing_out && message->len < VK_BATCH_BYTES)
		return add_to_batch(hub, client, message);
	return send_alone(hub, client, message);
}

#define DAY_MS INT64_C(86400000)

/* Numbers of documents without an outbox row: far below any loose one. */
enum {
	DOCUMENT_SEQ = -1000000000,
	CERTIFICATE_DAYS = 30,
	ALERT_ID_MAX = 16,
	QUESTION_S = 300, /* what is asked at each connection needs no answer after the next one */
};

void vk_relay_publish(struct vk_hub *hub, const char *topic, const char *json, bool is_retained)
{
	struct vk_message message = {.seq = DOCUMENT_SEQ,
				     .payload = json,
				     .len = strlen(json),
				     .content_type = "application/json",
				     .is_retained = is_retained,
				     .expiry_s = is_retained ? 0 : QUESTION_S};

	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_MQTT);

	if (!hub->link.is_up || !client)
		return;
	(void)vk_copy(message.topic, sizeof message.topic, topic);
	(void)vk_copy(message.msg_id, sizeof message.msg_id, topic);
	(void)send_alone(hub, client, &message);
}

static void send_wanted(struct vk_hub *hub)
{
	for (int i = 0; i < hub->config->n_patients; i++) {
		char topic[VK_ID_TEXT + 16];

		(void)snprintf(topic, sizeof topic, "plan/%s/wanted", hub->config->patients[i].id);
		vk_relay_publish(hub, topic, "{}", false);
	}
}

/* After each CONNACK: who we are, what is open, and then what has waited. */
static void link_up(struct vk_hub *hub)
{
	vk_auto(vk_freep) char *status = vk_status_json(hub, "online");
	struct vk_job *job = vk_job_new(VK_JOB_LINK_UP, vk_hub_now(hub));

	if (status)
		vk_relay_publish(hub, "status", status, true);
	send_wanted(hub);
	if (job)
		(void)vk_hub_submit(hub, job);
	vk_health_send(hub);
	vk_pump_link(&hub->pump, true);
}

void vk_relay_welcome(struct vk_hub *hub)
{
	static const char hurry[] = "{\"t\":\"hurry\"}";
	struct vk_client *client = vk_server_role(&hub->server, VK_ROLE_MQTT);

	if (client && hub->link.is_urgent)
		(void)vk_client_send_text(client, hurry, sizeof hurry - 1, NULL, 0);
}

void vk_relay_hurry(struct vk_hub *hub)
{
	if (hub->link.is_up || hub->link.is_urgent)
		return;
	hub->link.is_urgent = true;
	vk_relay_welcome(hub);
}

static void set_link(struct vk_hub *hub, bool is_up, const char *reason)
{
	bool was_up = hub->link.is_up;

	hub->link.is_up = is_up;
	(void)vk_copy(hub->link.reason, sizeof hub->link.reason, reason);
	if (is_up != was_up) {
		hub->link.since_utc_ms = vk_hub_now(hub).utc_ms;
		vk_log(VK_LOG_NOTICE, "link", "%s %s", is_up ? "up" : "down", reason);
	}
	if (is_up) {
		hub->link.is_urgent = false;
		link_up(hub);
	} else if (was_up) {
		if (vk_pump_has_urgent(&hub->pump))
			vk_relay_hurry(hub);
		vk_pump_link(&hub->pump, false);
	}
}

void vk_relay_gone(struct vk_hub *hub)
{
	set_link(hub, false, "relay-gone");
}

/* {stored:[id,…]}, and with revs:[rev,…] beside it also which revision of each. */
static void take_receipt(struct vk_hub *hub, const struct vk_packet *packet)
{
	json_t *root = json_loadb(packet->body, packet->body_len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(root, "stored");
	const json_t *revs = json_object_get(root, "revs");

	for (size_t i = 0; i < json_array_size(list); i++) {
		const char *id = json_string_value(json_array_get(list, i));
		const json_t *rev = json_array_get(revs, i);
		json_int_t value = json_is_integer(rev) ? json_integer_value(rev) : -1;

		if (id && vk_is_id(id) && value >= -1 && value <= INT32_MAX)
			vk_pump_receipt(&hub->pump, id, (int32_t)value);
	}
	json_decref(root);
	vk_pump_flush(&hub->pump);
}

static int count_before(const json_t *list, size_t end, const char *id)
{
	int n = 0;

	for (size_t i = 0; i < end; i++) {
		const char *other = json_string_value(json_array_get(list, i));

		n += other && strcmp(other, id) == 0;
	}
	return n;
}

/* Only what the core knows by its id matters to it: an alert. */
static json_t *rev_of(const struct vk_hub *hub, const json_t *list, size_t i)
{
	const char *id = json_string_value(json_array_get(list, i));
	int32_t rev = -1;

	if (id && strlen(id) < ALERT_ID_MAX)
		rev = vk_await_oldest(&hub->pump.await, id, count_before(list, i, id));
	return rev < 0 ? json_null() : json_integer(rev);
}

/*
 * A receipt without revs is for the revisions that were sent first and wait: they are named to the
 * engine, so that one of an older revision does not confirm the newest. As it is: NULL.
 */
static char *with_revs(const struct vk_hub *hub, const struct vk_packet *packet)
{
	json_t *root = json_loadb(packet->body, packet->body_len, JSON_REJECT_DUPLICATES, NULL);
	const json_t *list = json_object_get(root, "stored");
	json_t *revs = NULL;
	char *text = NULL;

	if (json_is_array(list) && !json_object_get(root, "revs"))
		revs = json_array();
	for (size_t i = 0; revs && i < json_array_size(list); i++)
		(void)json_array_append_new(revs, rev_of(hub, list, i));
	if (revs && json_object_set_new(root, "revs", revs) == 0)
		text = json_dumps(root, JSON_COMPACT);
	json_decref(root);
	return text;
}

static char *copy_of(const struct vk_packet *packet)
{
	char *copy = malloc(packet->body_len + 1);

	if (copy)
		memcpy(copy, packet->body, packet->body_len);
	return copy;
}

static int take_message(struct vk_hub *hub, struct vk_client *client,
			const struct vk_packet *packet)
{
	const char *topic = vk_packet_str(packet, "topic", "");
	const char *response = vk_packet_str(packet, "response_topic", "");
	vk_auto(vk_job_freep) struct vk_job *job = vk_job_new(VK_JOB_INBOUND, vk_hub_now(hub));
	bool is_receipt = strncmp(topic, "receipt/", 8) == 0;
	bool is_awaited = is_receipt && hub->pump.await.n;
	int n;

	if (!job) {
		vk_client_failed(client, packet->n, "store", "out of memory");
		return 0;
	}
	n = vk_hex_parse(vk_packet_str(packet, "correlation", ""), job->correlation,
			 sizeof job->correlation);
	if (!vk_copy(job->text, sizeof job->text, topic) || !topic[0] ||
	    !vk_copy(job->text2, sizeof job->text2, response) || n < 0 ||
	    packet->body_len > VK_INBOUND_MAX) {
		vk_client_invalid(
			client, packet->n,
			"topic, response_topic: at most 199 bytes; correlation: 64; body: 64 KiB");
		return 1;
	}
	job->correlation_len = (uint8_t)n;
	if (is_awaited)
		job->payload = with_revs(hub, packet);
	job->payload_len = job->payload ? strlen(job->payload) : packet->body_len;
	if (!job->payload)
		job->payload = copy_of(packet);
	if (!job->payload) {
		vk_client_failed(client, packet->n, "store", "out of memory");
		return 0;
	}
	job->client = client->id;
	job->n = packet->n;
	if (is_receipt)
		hub->link.receipt_utc_ms = job->now.utc_ms;
	if (vk_hub_submit(hub, vk_take(&job)))
		vk_client_failed(client, packet->n, "store", "the engine is full");
	/* Behind the event, so that what the receipt changes is decided before its row leaves. */
	if (is_awaited)
		take_receipt(hub, packet);
	return 0;
}

/* A hub whose certificate runs out falls silent for good, so that is told in time. */
void vk_relay_judge_certificate(struct vk_hub *hub)
{
	struct vk_link *link = &hub->link;
	struct vk_now now = vk_hub_now(hub);
	bool is_old = now.utc_ms > link->certificate_utc_ms - CERTIFICATE_DAYS * DAY_MS;

	if (!link->certificate_utc_ms || now.quality == VK_CLOCK_UNSYNCED ||
	    (link->is_certificate_judged && link->is_certificate_old == is_old))
		return;
	link->is_certificate_judged = true;
	link->is_certificate_old = is_old;
	vk_hub_fault(hub, "certificate-expires", is_old, VK_PRIORITY_MEDIUM,
		     is_old ? "certificate-expires" : "healed");
}

void vk_relay_missing(bool is_missing, void *user)
{
	vk_hub_fault(user, "receipt-missing", is_missing, VK_PRIORITY_MEDIUM,
		     is_missing ? "receipt-missing" : "healed");
	vk_health_send(user);
}

struct vk_await_policy vk_relay_policy(const struct vk_config *config)
{
	const struct vk_config_mqtt *mqtt = &config->mqtt;

	if (!config->has_mqtt || mqtt->settled_by != VK_SETTLED_BY_RECEIPT)
		return (struct vk_await_policy){0};
	return (struct vk_await_policy){mqtt->receipt_within_s * INT64_C(1000),
					mqtt->receipt_tries};
}

void vk_relay_start(struct vk_hub *hub)
{
	struct vk_await_policy policy = vk_relay_policy(hub->config);

	hub->pump = (struct vk_pump){.engine = hub->engine,
				     .clock = &hub->clock,
				     .direct = &hub->direct,
				     .send = vk_relay_send,
				     .tell_missing = vk_relay_missing,
				     .user = hub};
	vk_pump_start(&hub->pump, &hub->loop, &policy);
}

/* More in half a minute than any link carries is no count. */
static bool is_count(int64_t value)
{
	return value >= 0 && value <= INT64_C(1) << 40;
}

static void settle_one(struct vk_hub *hub, json_int_t n, int32_t reason)
{
	vk_selftest_settled(hub, n, reason < 0x80);
	vk_pump_settled(&hub->pump, n, reason);
}

/* One message with its reason, or the list of what was taken since the relay last spoke. */
static int take_settled(struct vk_hub *hub, struct vk_client *client,
			const struct vk_packet *packet)
{
	const json_t *list = json_object_get(packet->header, "list");

	if (list && !json_is_array(list)) {
		vk_client_invalid(client, packet->n, "list: expected a list of numbers");
		return 1;
	}
	if (!list)
		settle_one(hub, packet->n, (int32_t)vk_packet_int(packet, "reason", 0));
	for (size_t i = 0; i < json_array_size(list); i++)
		settle_one(hub, json_integer_value(json_array_get(list, i)), 0);
	vk_pump_flush(&hub->pump);
	return 0;
}

/* Bytes since it last told. The day is the home's. */
static int take_traffic(struct vk_hub *hub, struct vk_client *client,
			const struct vk_packet *packet)
{
	vk_auto(vk_job_freep) struct vk_job *job = vk_job_new(VK_JOB_TRAFFIC, vk_hub_now(hub));

	if (!job)
		return 0;
	job->traffic =
		(struct vk_traffic_day){.day = vk_zone_day(&hub->config->zone, job->now.utc_ms),
					.sent = vk_packet_int(packet, "sent", -1),
					.received = vk_packet_int(packet, "received", -1),
					.packets = vk_packet_int(packet, "packets", -1)};
	if (!is_count(job->traffic.sent) || !is_count(job->traffic.received) ||
	    !is_count(job->traffic.packets)) {
		vk_client_invalid(client, packet->n,
				  "sent, received, packets: expected counts since the last word");
		return 1;
	}
	if (!hub->is_stopping)
		(void)vk_engine_submit_next(hub->engine, vk_take(&job));
	return 0;
}

int vk_relay_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	const char *t = packet->type;

	if (strcmp(t, "message") == 0)
		return take_message(hub, client, packet);
	if (strcmp(t, "link") == 0) {
		hub->link.certificate_utc_ms = vk_packet_int(packet, "certificate_until",
							     hub->link.certificate_utc_ms / 1000) *
					       1000;
		set_link(hub, strcmp(vk_packet_str(packet, "state", ""), "up") == 0,
			 vk_packet_str(packet, "reason", ""));
		vk_client_done(client, packet->n);
		return 0;
	}
	if (strcmp(t, "traffic") == 0)
		return take_traffic(hub, client, packet);
	/* What follows answers our publish: n is our number. */
	if (packet->n && client->n_open > 0)
		client->n_open--;
	vk_engine_hear(hub->engine); /* it may have handed the row to the relay itself */
	if (strcmp(t, "settled") == 0)
		return take_settled(hub, client, packet);
	vk_selftest_settled(hub, packet->n, false);
	if (strcmp(t, "unsent") == 0)
		vk_pump_unsent(&hub->pump, packet->n);
	else if (strcmp(t, "poison") == 0)
		vk_pump_poison(&hub->pump, packet->n, -1);
	else if (strcmp(t, "failed") == 0)
		vk_pump_unsent(&hub->pump, packet->n);
	else
		return -EOPNOTSUPP;
	return 0;
}
