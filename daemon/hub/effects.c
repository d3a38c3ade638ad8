/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core decided becomes rows and messages: in the same transaction as the event, messages
 * already encoded. While the store fails there are no rows, and the messages are loose ones.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"
#include "fhir/bundle.h"
#include "hub/documents.h"

const struct vk_plan *vk_engine_plan(const struct vk_engine *e, const char *patient)
{
	for (int i = 0; i < e->core->n_patients; i++)
		if (strcmp(e->core->patients[i].plan->patient, patient) == 0)
			return e->core->patients[i].plan;
	return NULL;
}

bool vk_engine_is_local(const struct vk_engine *e, const char *patient)
{
	const struct vk_plan *plan = vk_engine_plan(e, patient);

	return plan && plan->is_local_only;
}

const struct vk_zone *vk_engine_zone(const struct vk_engine *e, const char *patient)
{
	const struct vk_plan *plan = vk_engine_plan(e, patient);

	return plan ? &plan->zone : &e->config->zone;
}

/* By the staff directory; what acts by itself has none. */
static const char *role_of(const struct vk_engine *e, const char *actor)
{
	const struct vk_staff_member *member = vk_staff_get(e->staff, actor);

	return member ? member->role : "";
}

int vk_audit_keep(struct vk_engine *e, struct vk_now now, const struct vk_audit *entry)
{
	struct vk_audit row = *entry;

	row.utc_ms = now.utc_ms;
	row.mono_ms = now.mono_ms;
	row.quality = now.quality;
	if (!row.role || !row.role[0])
		row.role = role_of(e, row.actor);
	return e->is_journaling ? vk_journal_audit(e, &row) : vk_store_audit(e->store, &row);
}

int vk_message_keep(struct vk_engine *e, struct vk_message *message, struct vk_now now)
{
	if (vk_engine_is_local(e, message->patient))
		return 0;
	e->news.has_outgoing = true;
	e->news.has_urgent |= message->is_urgent;
	if (e->is_journaling || e->is_copying)
		return vk_loose_put(e, message);
	return vk_store_put_message(e->store, message, now.utc_ms);
}

static const char *or_unassigned(const char *patient)
{
	return patient[0] ? patient : "unassigned";
}

int vk_reading_send(struct vk_engine *e, const struct vk_reading *r, struct vk_now now)
{
	vk_auto(vk_str_done) struct vk_str body = {.max = VK_INBOUND_MAX};
	static const struct vk_device unknown; /* its fields are empty */
	const struct vk_device *device;
	struct vk_message message = {.rev = r->rev, .content_type = "application/fhir+json"};
	struct vk_fhir_context context = {
		.hub = e->config->hub,
		.version = VAKA_VERSION,
		.zone = vk_engine_zone(e, r->patient),
		.is_synced = now.quality == VK_CLOCK_SYNCED,
		.is_stored = !e->is_journaling,
		.kept = &e->said,
	};
	int error;

	if (vk_store_find_device(e->store, r->device, &device))
		device = &unknown;
	context.manufacturer = device->manufacturer;
	context.model = device->model;
	context.serial = device->serial;
	context.firmware = device->firmware;
	error = vk_fhir_bundle(r, &context, &body);
	if (error == -ENODATA)
		return 0;
	if (error)
		return error;
	(void)vk_copy(message.patient, sizeof message.patient, r->patient);
	(void)vk_copy(message.msg_id, sizeof message.msg_id, r->id);
	(void)snprintf(message.topic, sizeof message.topic, "reading/%s/%s",
		       or_unassigned(r->patient), vk_kind_text((int)r->decoded.kind));
	message.payload = body.text;
	message.len = body.len;
	return vk_message_keep(e, &message, now);
}

/* A retained document while its object is open; at the end the closed one, then the empty one. */
static int send_object(struct vk_engine *e, struct vk_message *message, bool is_open,
		       const struct vk_str *body, struct vk_now now)
{
	int r;

	if (body->error)
		return body->error;
	message->payload = body->text;
	message->len = body->len;
	message->is_retained = is_open;
	(void)vk_copy(message->content_type, sizeof message->content_type, "application/json");
	r = vk_message_keep(e, message, now);
	if (r || is_open)
		return r;
	message->payload = "";
	message->len = 0;
	message->is_retained = true;
	return vk_message_keep(e, message, now);
}

void vk_engine_alert_json(struct vk_engine *e, struct vk_str *out, const struct vk_alert *alert)
{
	struct vk_json j = vk_json_init(out);

	vk_alert_json(&j, NULL, alert, vk_engine_plan(e, alert->patient),
		      vk_engine_zone(e, alert->patient), e->core, !e->is_journaling);
}

static int send_alert(struct vk_engine *e, const struct vk_alert *alert, struct vk_now now)
{
	vk_auto(vk_str_done) struct vk_str body = {.max = VK_INBOUND_MAX};
	struct vk_message message = {.rev = alert->rev};

	vk_engine_alert_json(e, &body, alert);
	message.is_urgent = alert->priority == VK_PRIORITY_HIGH;
	(void)vk_copy(message.patient, sizeof message.patient, alert->patient);
	(void)snprintf(message.msg_id, sizeof message.msg_id, "a%u", alert->serial);
	(void)snprintf(message.topic, sizeof message.topic, "alert/%s/a%u",
		       alert->patient[0] ? alert->patient : "hub", alert->serial);
	return send_object(e, &message, alert->state != VK_ALERT_CLOSED, &body, now);
}

static bool check_is_open(const struct vk_check *check)
{
	return check->state != VK_CHECK_DONE && check->state != VK_CHECK_SKIPPED;
}

static int send_check(struct vk_engine *e, const struct vk_check *check, struct vk_now now)
{
	vk_auto(vk_str_done) struct vk_str body = {.max = VK_INBOUND_MAX};
	struct vk_json j = vk_json_init(&body);
	struct vk_message message = {.rev = check->rev};

	vk_check_json(&j, NULL, check, vk_engine_zone(e, check->patient));
	(void)vk_copy(message.patient, sizeof message.patient, check->patient);
	(void)snprintf(message.msg_id, sizeof message.msg_id, "c%u", check->serial);
	(void)snprintf(message.topic, sizeof message.topic, "check/%s/c%u", check->patient,
		       check->serial);
	return send_object(e, &message, check_is_open(check), &body, now);
}

/* Retained copies after each CONNACK: a broker may have forgotten them. They need no outbox row. */
int vk_copies_send(struct vk_engine *e, struct vk_now now)
{
	int r = 0;

	e->is_copying = true;
	for (int i = 0; i < e->core->n_alerts && r == 0; i++)
		r = send_alert(e, &e->core->alerts[i], now);
	for (int i = 0; i < e->core->n_checks && r == 0; i++)
		r = send_check(e, &e->core->checks[i], now);
	for (int i = 0; i < e->core->n_patients && r == 0; i++)
		r = vk_plan_applied_send(e, e->core->patients[i].plan->patient,
					 &(struct vk_problems){0}, now);
	e->is_copying = false;
	return r;
}

static int send_reply(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	(void)now;
	/* The command that is being applied sends it (commands.c): it knows where to. */
	e->reply = effect->reply;
	e->has_reply = true;
	return 0;
}

/* What leaves the house, or changes something in it, because of one effect. */
static int act(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	switch (effect->type) {
	case VK_EFFECT_ALERT:
		return send_alert(e, &effect->alert, now);
	case VK_EFFECT_CHECK:
		return send_check(e, &effect->check, now);
	case VK_EFFECT_REPLY:
		return send_reply(e, effect, now);
	case VK_EFFECT_OUTPUT:
		vk_news_output(&e->news, effect->output.line, effect->output.value);
		return 0;
	case VK_EFFECT_SECOND_PATH:
		return vk_second_keep(e, effect->second_path.alert, now);
	case VK_EFFECT_MEMORY:
	case VK_EFFECT_MESSAGE:
	case VK_EFFECT_ASK:
	case VK_EFFECT_NOTIFY:
	case VK_EFFECT_VIEW:
	case VK_EFFECT_TASK:
		return 0;
	}
	return 0;
}

int vk_effects_keep(struct vk_engine *e, struct vk_now now)
{
	int r = e->is_journaling ? vk_journal_effects(e)
				 : vk_effects_rows(e, e->effects.list, e->effects.n, now);

	for (int i = 0; i < e->effects.n && r == 0; i++)
		r = act(e, &e->effects.list[i], now);
	return r;
}
