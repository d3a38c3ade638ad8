/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the collector says: readings, devices, its radio, and how a pairing goes. A reading is
 * answered "stored" after its commit and not before; that answer is the only thing that lets an
 * indication be confirmed.
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"
#include "base/log.h"
#include "hub/engine_priv.h"
#include "hub/hub.h"
#include "plugin/decoded_wire.h"

static bool is_device_id(const char *text)
{
	return strlen(text) == 12 && strspn(text, "0123456789ABCDEF") == 12;
}

/* Which kind of reading a characteristic carries, for bytes that cannot be decoded. */
static enum vk_kind kind_of(uint16_t characteristic)
{
	switch (characteristic) {
	case 0x2a35:
		return VK_KIND_BLOOD_PRESSURE;
	case 0x2a36:
		return VK_KIND_CUFF_PRESSURE;
	case 0x2a18:
		return VK_KIND_GLUCOSE;
	case 0x2a34:
		return VK_KIND_GLUCOSE_CONTEXT;
	case 0x2a5e:
		return VK_KIND_SPO2_SPOT;
	case 0x2a5f:
		return VK_KIND_SPO2_CONTINUOUS;
	default:
		return VK_KIND_WEIGHT;
	}
}

static const char *parse_error(const json_t *error, struct vk_job *job)
{
	const char *why = json_string_value(json_object_get(error, "why"));

	if (!why || !vk_is_utf8(why, strlen(why)))
		return "error.why: expected a text";
	(void)snprintf(job->decode_error, sizeof job->decode_error, "byte %lld: %.120s",
		       (long long)json_integer_value(json_object_get(error, "byte")), why);
	job->reading->decoded = vk_decoded_init(kind_of(job->reading->characteristic));
	return NULL;
}

static const char *parse_decoded(const struct vk_packet *packet, struct vk_job *job,
				 char text[VK_DECODED_ERROR_TEXT])
{
	const json_t *decoded = json_object_get(packet->header, "decoded");
	const json_t *error = json_object_get(packet->header, "error");

	if (error)
		return parse_error(error, job);
	if (!decoded)
		return "decoded: expected the decoded form, or error";
	if (vk_decoded_wire_parse(decoded, NULL, text, &job->reading->decoded))
		return text;
	return NULL;
}

/* Where the collector places it, from the records around it. */
static const char *parse_place(const struct vk_packet *packet, struct vk_reading *r)
{
	static const struct {
		const char *by;
		enum vk_time_reason reason;
	} reasons[] = {
		{"read", VK_PLACED_CORRECTED},   {"kept", VK_PLACED_KEPT},
		{"either", VK_PLACED_EITHER},    {"neighbours", VK_PLACED_SEQUENCE},
		{"nothing", VK_PLACED_UNPLACED},
	};
	const json_t *placed = json_object_get(packet->header, "placed");
	const char *by = json_string_value(json_object_get(placed, "by"));
	json_int_t uncertainty_s = json_integer_value(json_object_get(placed, "uncertainty_s"));

	r->clock_drift_s = vk_packet_int(packet, "clock_drift_s", -1);
	r->is_clock_steady = r->clock_drift_s >= 0;
	r->is_sequence_moving = vk_packet_bool(packet, "sequence_moves", 0);
	if (!placed)
		return NULL;
	if (!json_is_integer(json_object_get(placed, "time_ms")) || uncertainty_s < -1 ||
	    uncertainty_s > INT32_MAX)
		return "placed: expected by, time_ms and uncertainty_s";
	for (size_t i = 0; by && i < VK_ARRAY_LEN(reasons); i++) {
		if (strcmp(reasons[i].by, by) != 0)
			continue;
		r->has_place = true;
		r->place_reason = reasons[i].reason;
		r->place_utc_ms = json_integer_value(json_object_get(placed, "time_ms"));
		r->place_uncertainty_s = uncertainty_s;
		return NULL;
	}
	return "placed.by: expected read, kept, either, neighbours or nothing";
}

/* NULL, or what is wrong with the packet. */
static const char *parse_reading(const struct vk_packet *packet, struct vk_job *job,
				 char text[VK_DECODED_ERROR_TEXT])
{
	struct vk_reading *r = job->reading;
	const char *device = vk_packet_str(packet, "device", "");
	const char *raw = vk_packet_str(packet, "raw", "");
	json_int_t characteristic = vk_packet_int(packet, "char", -1);
	const json_t *offset = json_object_get(packet->header, "clock_offset_s");
	int n = vk_hex_parse(raw, r->raw, sizeof r->raw);
	const char *wrong;

	if (!is_device_id(device))
		return "device: expected 12 upper-case hex digits";
	if (characteristic < 1 || characteristic > 0xffff)
		return "char: expected a 16-bit number";
	if (n <= 0)
		return "raw: expected 1 to 512 bytes in hex";
	if (offset && (!json_is_integer(offset) || llabs(json_integer_value(offset)) > INT32_MAX))
		return "clock_offset_s: expected seconds";
	(void)vk_copy(r->device, sizeof r->device, device);
	r->raw_len = (uint16_t)n;
	r->characteristic = (uint16_t)characteristic;
	r->received_utc_ms = job->now.utc_ms;
	r->received_mono_ms = job->now.mono_ms;
	r->is_live = vk_packet_bool(packet, "live", 1);
	r->has_clock_offset = offset != NULL;
	r->clock_offset_s = offset ? json_integer_value(offset) : 0;
	wrong = parse_place(packet, r);
	return wrong ? wrong : parse_decoded(packet, job, text);
}

static int take_reading(struct vk_hub *hub, struct vk_client *client,
			const struct vk_packet *packet, bool is_recovered)
{
	char text[VK_DECODED_ERROR_TEXT];
	vk_auto(vk_job_freep) struct vk_job *job = vk_job_new(VK_JOB_READING, vk_hub_now(hub));
	const char *wrong;

	if (job)
		job->reading = calloc(1, sizeof *job->reading);
	if (!job || !job->reading) {
		vk_client_failed(client, packet->n, "store", "out of memory");
		return 0;
	}
	wrong = parse_reading(packet, job, text);
	if (wrong) {
		vk_client_invalid(client, packet->n, wrong);
		return 1;
	}
	job->client = client->id;
	job->n = packet->n;
	job->is_recovered = is_recovered;
	if (vk_hub_submit(hub, vk_take(&job)))
		vk_client_failed(client, packet->n, "store", "the engine is full");
	return 0;
}

/* Copies a text member where it is there and is one; foreign bytes were replaced by the plugin. */
static bool take_text(const struct vk_packet *packet, const char *key, char *dst, size_t size)
{
	const char *text = vk_packet_str(packet, key, NULL);

	if (!text)
		return true;
	return vk_is_utf8(text, strlen(text)) && vk_copy(dst, size, text);
}

static const char *parse_device(const struct vk_packet *packet, struct vk_device *d)
{
	if (!take_text(packet, "address", d->address, sizeof d->address) ||
	    !take_text(packet, "name", d->name, sizeof d->name) ||
	    !take_text(packet, "manufacturer", d->manufacturer, sizeof d->manufacturer) ||
	    !take_text(packet, "model", d->model, sizeof d->model) ||
	    !take_text(packet, "serial", d->serial, sizeof d->serial) ||
	    !take_text(packet, "firmware", d->firmware, sizeof d->firmware) ||
	    !take_text(packet, "kind", d->kind, sizeof d->kind) ||
	    !take_text(packet, "state", d->state, sizeof d->state) ||
	    !take_text(packet, "model_id", d->model_id, sizeof d->model_id) ||
	    !take_text(packet, "clock", d->clock, sizeof d->clock) ||
	    !take_text(packet, "consent", d->consent, sizeof d->consent))
		return "a text of the device: expected UTF-8, at most 64 bytes";
	if (!take_text(packet, "attributes", d->attributes, sizeof d->attributes))
		return "attributes: expected UTF-8, at most 4095 bytes";
	if (!take_text(packet, "memory", d->memory, sizeof d->memory))
		return "memory: expected UTF-8, at most 255 bytes";
	d->address_type = (int32_t)vk_packet_int(packet, "address_type", d->address_type);
	d->is_bonded = vk_packet_bool(packet, "bonded", d->is_bonded);
	d->is_authenticated = vk_packet_bool(packet, "authenticated", d->is_authenticated);
	d->battery_percent = (int32_t)vk_packet_int(packet, "battery", d->battery_percent);
	d->clock_offset_s = vk_packet_int(packet, "clock_offset_s", d->clock_offset_s);
	d->heard_utc_ms = vk_packet_int(packet, "heard_ms", d->heard_utc_ms);
	d->last_sequence = (int32_t)vk_packet_int(packet, "last_sequence", d->last_sequence);
	return NULL;
}

/* The collector sends what changed; the engine merges it into the row, so the row comes first. */
static int take_device(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	const char *id = vk_packet_str(packet, "device", "");
	struct vk_job *job;
	struct vk_client *witness;
	struct vk_device probe = {0};
	const char *wrong = is_device_id(id) ? parse_device(packet, &probe)
					     : "device: expected 12 upper-case hex digits";

	if (wrong) {
		vk_client_invalid(client, packet->n, wrong);
		return 1;
	}
	job = vk_job_new(VK_JOB_DEVICE, vk_hub_now(hub));
	if (job)
		job->header = json_deep_copy(packet->header);
	if (!job || !job->header) {
		vk_job_free(job);
		vk_client_failed(client, packet->n, "store", "out of memory");
		return 0;
	}
	(void)vk_copy(job->text, sizeof job->text, id);
	job->client = client->id;
	job->n = packet->n;
	if (vk_hub_submit(hub, job))
		vk_client_failed(client, packet->n, "store", "the engine is full");
	witness = vk_server_role(&hub->server, VK_ROLE_WITNESS);
	if (witness && (json_object_get(packet->header, "attributes") ||
			json_object_get(packet->header, "bonded")))
		vk_collector_welcome(hub, witness);
	return 0;
}

int vk_device_merge(const json_t *header, struct vk_device *device)
{
	struct vk_packet packet = {.header = json_deep_copy(header)};
	int r = packet.header && !parse_device(&packet, device) ? 0 : -EINVAL;

	json_decref(packet.header);
	return r;
}

/* A rung of the radio's ladder: an entry in the audit chain, and the wish for a reboot an alert. */
static void take_rung(struct vk_hub *hub, const char *rung, json_int_t count)
{
	struct vk_job *job = vk_job_new(VK_JOB_AUDIT, vk_hub_now(hub));

	(void)vk_copy(hub->radio.rung, sizeof hub->radio.rung, rung);
	hub->radio.rung_utc_ms = vk_hub_now(hub).utc_ms;
	hub->radio.rungs++;
	if (strcmp(rung, "ask-reboot") == 0)
		hub->radio.is_reboot_wanted = true;
	vk_log(VK_LOG_WARNING, "radio", "rung %s: %s", hub->radio.rung, hub->radio.reason);
	if (!job)
		return;
	(void)vk_copy(job->actor, sizeof job->actor, "ble");
	(void)snprintf(job->text, sizeof job->text, "radio-rung %s", hub->radio.rung);
	(void)snprintf(job->text2, sizeof job->text2, "%s, %lld since the collector started",
		       hub->radio.reason, (long long)count);
	(void)vk_hub_submit(hub, job);
}

static void take_radio(struct vk_hub *hub, const struct vk_packet *packet)
{
	struct vk_radio *radio = &hub->radio;
	const char *state = vk_packet_str(packet, "state", "down");
	const char *rung = vk_packet_str(packet, "rung", "");
	bool is_up = strcmp(state, "up") == 0;

	if (strcmp(state, radio->state) != 0) {
		vk_log(VK_LOG_NOTICE, "radio", "%s", state);
		radio->since_utc_ms = vk_hub_now(hub).utc_ms;
	}
	radio->is_up = is_up;
	(void)vk_copy(radio->state, sizeof radio->state, state);
	radio->heard_utc_ms = vk_packet_int(packet, "heard_ms", radio->heard_utc_ms);
	(void)vk_copy(radio->reason, sizeof radio->reason, vk_packet_str(packet, "reason", ""));
	if (rung[0])
		take_rung(hub, rung, vk_packet_int(packet, "count", 0));
	if (is_up)
		radio->is_reboot_wanted = false;
	vk_hub_fault(hub, "radio-down", strcmp(state, "down") == 0, VK_PRIORITY_MEDIUM,
		     is_up ? "healed" : radio->reason);
	vk_hub_fault(hub, "radio-silent", strcmp(state, "silent") == 0, VK_PRIORITY_MEDIUM,
		     is_up ? "healed" : radio->reason);
	vk_hub_fault(hub, "radio-reboot", radio->is_reboot_wanted, VK_PRIORITY_MEDIUM,
		     radio->is_reboot_wanted ? "only a reboot can heal the radio" : "healed");
}

/* A pairing that is over: assign the device if that was asked for, then answer. */
static void take_paired(struct vk_hub *hub, const struct vk_packet *packet)
{
	struct vk_job *job;
	const char *device = vk_packet_str(packet, "device", "");

	if (packet->n != hub->pairing.n)
		return;
	if (hub->pairing.patient[0] && is_device_id(device)) {
		job = vk_job_new(VK_JOB_ASSIGN, vk_hub_now(hub));
		if (job) {
			(void)vk_copy(job->text, sizeof job->text, device);
			(void)vk_copy(job->text2, sizeof job->text2, hub->pairing.patient);
			(void)vk_copy(job->actor, sizeof job->actor, "technician");
			(void)vk_hub_submit(hub, job);
		}
	}
	vk_bus_pairing_end(hub, packet->header, NULL, NULL);
}

/* The witness says one thing: this was confirmed to a device; is it stored? */
int vk_witness_message(struct vk_hub *hub, struct vk_client *client, const struct vk_packet *packet)
{
	if (strcmp(packet->type, "reading") != 0)
		return -EOPNOTSUPP;
	return take_reading(hub, client, packet, true);
}

int vk_collector_message(struct vk_hub *hub, struct vk_client *client,
			 const struct vk_packet *packet)
{
	const char *t = packet->type;

	if (strcmp(t, "reading") == 0)
		return take_reading(hub, client, packet, false);
	if (strcmp(t, "device") == 0)
		return take_device(hub, client, packet);
	if (strcmp(t, "radio") == 0) {
		take_radio(hub, packet);
		vk_client_done(client, packet->n);
		return 0;
	}
	/* The rest answers or accompanies a request of ours: n is our number, nothing is owed. */
	if (packet->n && client->n_open > 0)
		client->n_open--;
	if (strcmp(t, "pairing") == 0)
		vk_bus_pairing(hub->bus, packet->header);
	else if (strcmp(t, "paired") == 0)
		take_paired(hub, packet);
	else if (strcmp(t, "found") == 0 && packet->n == hub->pairing.n)
		vk_bus_pairing_end(hub, json_object_get(packet->header, "list"), NULL, NULL);
	else if (strcmp(t, "failed") == 0 && packet->n == hub->pairing.n)
		vk_bus_pairing_end(hub, NULL, vk_packet_str(packet, "code", "failed"),
				   vk_packet_str(packet, "text", ""));
	else if (strcmp(t, "done") != 0 && strcmp(t, "found") != 0 && strcmp(t, "failed") != 0) {
		client->n_open++;
		return -EOPNOTSUPP;
	}
	return 0;
}

void vk_collector_welcome(struct vk_hub *hub, struct vk_client *client)
{
	struct vk_job *job = vk_job_new(VK_JOB_QUERY, vk_hub_now(hub));

	if (!job)
		return;
	vk_hub_models_send(hub, client);
	(void)vk_copy(job->text, sizeof job->text, "collector-devices");
	job->client = client->id;
	(void)vk_hub_submit(hub, job);
}

/* The list is in order of time: the first measurement of it, 0 none. */
static int64_t next_measurement(const char *promise)
{
	json_t *document = json_loads(promise, JSON_REJECT_DUPLICATES, NULL), *one;
	const json_t *expects = json_object_get(document, "expects");
	int64_t due_utc_ms = 0;
	size_t i;

	json_array_foreach(expects, i, one)
	{
		const char *kind = json_string_value(json_object_get(one, "kind"));
		const char *due = json_string_value(json_object_get(one, "due"));

		if (!kind || !due || strcmp(kind, "reading") != 0)
			continue;
		if (vk_rfc3339_parse(due, &due_utc_ms) < 0)
			due_utc_ms = 0;
		break;
	}
	json_decref(document);
	return due_utc_ms;
}

void vk_collector_expect(struct vk_hub *hub, const char *promise)
{
	struct vk_client *collector = vk_server_role(&hub->server, VK_ROLE_BLE);
	int64_t due_utc_ms = next_measurement(promise);

	if (!collector || due_utc_ms == hub->radio.expected_utc_ms)
		return;
	hub->radio.expected_utc_ms = due_utc_ms;
	(void)vk_client_send_take(
		collector, json_pack("{s:s,s:I}", "t", "expect", "due_ms", (json_int_t)due_utc_ms));
}

void vk_collector_devices(struct vk_hub *hub, struct vk_job *job)
{
	struct vk_client *client = vk_server_client(&hub->server, job->client);
	json_t *list, *device;
	size_t i;

	if (!client || !job->answer)
		return;
	list = json_loads(job->answer, JSON_REJECT_DUPLICATES, NULL);
	json_array_foreach(list, i, device)
	{
		(void)json_object_set_new(device, "t", json_string("device"));
		if (vk_client_send(client, device, NULL, 0))
			break;
	}
	json_decref(list);
	(void)vk_client_send_take(client, json_pack("{s:s}", "t", "devices-end"));
}
