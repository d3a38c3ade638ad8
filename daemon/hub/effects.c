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

const struct vk_zone *vk_engine_zone(const struct vk_engine *e, const char *patient)
{
	const struct vk_plan *plan = vk_engine_plan(e, patient);

	return plan ? &plan->zone : &e->config->zone;
}

int vk_audit_keep(struct vk_engine *e, struct vk_now now, const struct vk_audit *entry)
{
	struct vk_audit row = *entry;

	row.utc_ms = now.utc_ms;
	row.quality = now.quality;
	return e->is_journaling ? vk_journal_audit(e, &row) : vk_store_audit(e->store, &row);
}

int vk_message_keep(struct vk_engine *e, struct vk_message *message, struct vk_now now)
{
	const struct vk_plan *plan = vk_engine_plan(e, message->patient);

	/* local-only: no row of this patient reaches the outbox (design §5). */
	if (plan && plan->is_local_only)
		return 0;
	e->news.has_outgoing = true;
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
	struct vk_device device = {0};
	struct vk_message message = {.rev = r->rev, .content_type = "application/fhir+json"};
	struct vk_fhir_context context = {
		.hub = e->config->hub,
		.version = VAKA_VERSION,
		.manufacturer = device.manufacturer,
		.model = device.model,
		.serial = device.serial,
		.firmware = device.firmware,
		.zone = vk_engine_zone(e, r->patient),
		.is_synced = now.quality == VK_CLOCK_SYNCED,
		.is_stored = !e->is_journaling,
	};
	int error;

	(void)vk_store_get_device(e->store, r->device,
				  &device); /* unknown: its fields stay empty */
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
		      vk_engine_zone(e, alert->patient), !e->is_journaling);
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

static void set_output(struct vk_engine *e, const struct vk_effect *effect)
{
	if (e->news.n_outputs == VK_NEWS_OUTPUTS)
		return;
	(void)vk_copy(e->news.outputs[e->news.n_outputs].line, VK_ID_TEXT, effect->output.line);
	e->news.outputs[e->news.n_outputs++].value = effect->output.value;
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
		set_output(e, effect);
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

static int audit_object(struct vk_engine *e, const char *domain, const char *action,
			const char *patient, const char *by, char letter, uint32_t serial,
			const char *detail, struct vk_now now)
{
	char id[16];
	struct vk_audit audit = {.domain = domain,
				 .actor = by[0] ? by : "hub",
				 .action = action,
				 .patient = patient,
				 .object = id,
				 .result = "ok",
				 .detail = detail};

	(void)snprintf(id, sizeof id, "%c%u", letter, serial);
	return vk_audit_keep(e, now, &audit);
}

static int keep_alert_row(struct vk_engine *e, const struct vk_alert *alert, struct vk_now now)
{
	char action[VK_ID_TEXT], id[16];
	int r = vk_store_put_alert(e->store, alert);

	(void)snprintf(id, sizeof id, "a%u", alert->serial);

	(void)snprintf(action, sizeof action, "alert-%s", vk_alert_state_text(alert->state));
	if (r == 0)
		r = vk_store_set_int(e->store, "next_alert", e->core->next_alert);
	/* Somebody has it now: it need not go the second way. */
	if (r == 0 && alert->state != VK_ALERT_RAISED)
		r = vk_store_remove_second(e->store, id);
	return r ? r
		 : audit_object(e, "care", action, alert->patient, alert->by, 'a', alert->serial,
				alert->reason, now);
}

static int keep_check_row(struct vk_engine *e, const struct vk_check *check, struct vk_now now)
{
	char action[VK_ID_TEXT];
	int r = vk_store_put_check(e->store, check);

	(void)snprintf(action, sizeof action, "check-%s", vk_check_state_text(check->state));
	if (r == 0)
		r = vk_store_set_int(e->store, "next_check", e->core->next_check);
	return r ? r
		 : audit_object(e, "social", action, check->patient, check->by, 'c', check->serial,
				check->reason, now);
}

static int keep_message_row(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	struct vk_audit audit = {.domain = "care",
				 .actor = "hub",
				 .action = effect->message.is_shown ? "message-shown"
								    : "message-withdrawn",
				 .patient = effect->patient,
				 .object = effect->message.message,
				 .result = "ok",
				 .detail = effect->reason};
	int r = vk_audit_keep(e, now, &audit);

	e->news.is_notices_changed = true;
	if (r)
		return r;
	if (effect->message.is_shown)
		return vk_store_put_notice(e->store, effect->patient, "message",
					   effect->message.message, effect->reason, 0, now.utc_ms);
	return vk_store_remove_notice(e->store, effect->patient, "message",
				      effect->message.message);
}

/* An ask is on the screen until it is answered: an end in the past withdraws it. */
static int keep_ask_row(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	static const char *const whats[] = {"repeat", "remind", "who"};
	char id[VK_ID_TEXT + 16];

	e->news.is_notices_changed = true;
	(void)snprintf(id, sizeof id, "%s:%s", whats[effect->ask.what], effect->ask.rule);
	if (effect->ask.until_utc_ms <= now.utc_ms &&
	    (effect->ask.what != VK_ASK_WHO || effect->ask.until_utc_ms))
		return vk_store_remove_notice(e->store, effect->patient, "ask", id);
	return vk_store_put_notice(e->store, effect->patient, "ask", id, effect->reason,
				   effect->ask.until_utc_ms, now.utc_ms);
}

static int keep_notify_row(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	struct vk_audit audit = {.domain = "care",
				 .actor = "hub",
				 .action = "notify",
				 .patient = effect->patient,
				 .object = effect->notify.alert,
				 .result = "ok",
				 .detail = effect->notify.role};

	return vk_audit_keep(e, now, &audit);
}

static int keep_task_row(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	char id[2 * VK_ID_TEXT];

	(void)snprintf(id, sizeof id, "%s%s%s", effect->task.task,
		       effect->task.object[0] ? ":" : "", effect->task.object);
	if (effect->task.is_done)
		return vk_store_remove_notice(e->store, effect->patient, "task", id);
	return vk_store_put_notice(e->store, effect->patient, "task", id, effect->reason, 0,
				   now.utc_ms);
}

static int keep_row(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	switch (effect->type) {
	case VK_EFFECT_ALERT:
		return keep_alert_row(e, &effect->alert, now);
	case VK_EFFECT_CHECK:
		return keep_check_row(e, &effect->check, now);
	case VK_EFFECT_MEMORY:
		return vk_store_put_memory(e->store, &effect->memory);
	case VK_EFFECT_MESSAGE:
		return keep_message_row(e, effect, now);
	case VK_EFFECT_ASK:
		return keep_ask_row(e, effect, now);
	case VK_EFFECT_NOTIFY:
		return keep_notify_row(e, effect, now);
	case VK_EFFECT_TASK:
		return keep_task_row(e, effect, now);
	case VK_EFFECT_OUTPUT:
	case VK_EFFECT_SECOND_PATH:
	case VK_EFFECT_VIEW:
	case VK_EFFECT_REPLY:
		return 0;
	}
	return 0;
}

int vk_effects_rows(struct vk_engine *e, const struct vk_effect *effects, int n, struct vk_now now)
{
	int r = 0;

	for (int i = 0; i < n && r == 0; i++)
		r = keep_row(e, &effects[i], now);
	return r;
}

int vk_effects_keep(struct vk_engine *e, struct vk_now now)
{
	int r = e->is_journaling ? 0 : vk_effects_rows(e, e->effects.list, e->effects.n, now);

	for (int i = 0; i < e->effects.n && r == 0; i++)
		r = act(e, &e->effects.list[i], now);
	return r;
}
