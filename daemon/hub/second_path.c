/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The engine's side of the second path: an alert that nobody confirmed waits here, whole and as it
 * was, until the command has taken it or a person has the alert. With a failed store it waits in
 * memory: the way that is left must not need the disk.
 */
#include "hub/engine_priv.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static const struct vk_alert *find(const struct vk_engine *e, const char *id)
{
	char known[16];

	for (int i = 0; i < e->core->n_alerts; i++) {
		(void)snprintf(known, sizeof known, "a%u", e->core->alerts[i].serial);
		if (strcmp(known, id) == 0)
			return &e->core->alerts[i];
	}
	return NULL;
}

/* Nobody has it yet: neither a receipt nor a person. */
static bool is_waiting(const struct vk_engine *e, const char *id)
{
	const struct vk_alert *alert = find(e, id);

	return alert && alert->state == VK_ALERT_RAISED;
}

static void drop_loose(struct vk_engine *e, const char *alert)
{
	for (struct vk_outgoing **p = &e->second; *p;) {
		struct vk_outgoing *out = *p;

		if (strcmp(out->message.msg_id, alert) != 0) {
			p = &out->next;
			continue;
		}
		*p = out->next;
		out->next = NULL;
		vk_outgoing_free(out);
	}
}

static int keep_loose(struct vk_engine *e, struct vk_message *message)
{
	struct vk_outgoing *out, **end = &e->second;

	drop_loose(e, message->msg_id);
	message->seq = e->next_loose_seq--;
	out = vk_outgoing_new(message);
	if (!out)
		return -ENOMEM;
	while (*end)
		end = &(*end)->next;
	*end = out;
	return 0;
}

int vk_second_keep(struct vk_engine *e, const char *id, struct vk_now now)
{
	vk_auto(vk_str_done) struct vk_str body = {.max = VK_INBOUND_MAX};
	const struct vk_alert *alert = find(e, id);
	struct vk_message message = {0};

	/* A service that sends no receipts is not silent by not sending them; and what is to stay
	 * in the home leaves by no way. */
	if (!alert || e->config->mqtt.receipt != VK_RECEIPT_REQUIRED ||
	    vk_engine_is_local(e, alert->patient))
		return 0;
	vk_engine_alert_json(e, &body, alert);
	if (body.error)
		return body.error;
	vk_log(VK_LOG_WARNING, "alert", "%s takes the second path", id);
	(void)vk_copy(message.msg_id, sizeof message.msg_id, id);
	(void)vk_copy(message.patient, sizeof message.patient, alert->patient);
	message.rev = alert->rev;
	message.payload = body.text;
	message.len = body.len;
	e->news.has_second = true;
	return e->is_journaling ? keep_loose(e, &message)
				: vk_store_put_second(e->store, &message, now.utc_ms);
}

struct collecting {
	struct vk_engine *e;
	struct vk_outgoing **tail;
};

static int collect(const struct vk_message *message, void *user)
{
	struct collecting *c = user;
	struct vk_outgoing *out;

	if (!is_waiting(c->e, message->msg_id) ||
	    (message->seq >= 0 && vk_journal_took_second(c->e, message->msg_id)))
		return 0;
	out = vk_outgoing_new(message);
	if (!out)
		return -ENOMEM;
	*c->tail = out;
	c->tail = &out->next;
	return 0;
}

int vk_second_fetch(struct vk_engine *e, struct vk_job *job)
{
	struct collecting c = {e, &job->outgoing};
	int r = 0;

	for (const struct vk_outgoing *o = e->second; o && r == 0; o = o->next)
		r = collect(&o->message, &c);
	return r ? r : vk_store_each_second(e->store, collect, &c);
}

/* What was done about it is on record; what was taken, or is wanted no more, leaves. */
int vk_second_done(struct vk_engine *e, struct vk_job *job)
{
	const struct vk_alert *alert = find(e, job->text);
	char detail[32] = "";
	struct vk_audit audit = {.domain = "care",
				 .actor = "hub",
				 .action = "second-path",
				 .patient = alert ? alert->patient : "",
				 .object = job->text,
				 .result = job->code ? "error" : "ok",
				 .detail = detail};
	int r;

	if (job->code)
		(void)snprintf(detail, sizeof detail, "code-%d", (int)job->code);
	r = vk_audit_keep(e, job->now, &audit);
	if (r || (job->code && is_waiting(e, job->text)))
		return r;
	drop_loose(e, job->text);
	return e->is_journaling ? 0 : vk_store_remove_second(e->store, job->text);
}
