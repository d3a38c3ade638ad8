/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the core decided as rows: the state that a start brings back, what is shown, and an entry of
 * the audit for each. In the event's transaction, or later from the journal.
 */
#include "hub/engine_priv.h"

#include <stdio.h>
#include <string.h>

static const char care[] = "care", social[] = "social";

static int keep_alert(struct vk_engine *e, const struct vk_alert *alert, struct vk_now now)
{
	char action[VK_ID_TEXT], id[16];
	struct vk_audit audit = {.domain = care,
				 .actor = alert->by[0] ? alert->by : "hub",
				 .action = action,
				 .patient = alert->patient,
				 .object = id,
				 .outcome = alert->outcome,
				 .result = "ok",
				 .detail = alert->reason};
	int r = vk_store_put_alert(e->store, alert);

	(void)snprintf(id, sizeof id, "a%u", alert->serial);
	(void)snprintf(action, sizeof action, "alert-%s", vk_alert_state_text(alert->state));
	if (r == 0)
		r = vk_store_set_int(e->store, "next_alert", e->core->next_alert);
	/* Somebody has it now: it need not go the second way. */
	if (r == 0 && alert->state != VK_ALERT_RAISED)
		r = vk_store_remove_second(e->store, id);
	return r ? r : vk_audit_keep(e, now, &audit);
}

static int keep_check(struct vk_engine *e, const struct vk_check *check, struct vk_now now)
{
	char action[VK_ID_TEXT], id[16];
	struct vk_audit audit = {.domain = social,
				 .actor = check->by[0] ? check->by : "hub",
				 .action = action,
				 .patient = check->patient,
				 .object = id,
				 .attempt = check->attempt,
				 .planned_utc_ms = check->due_utc_ms,
				 .outcome = check->outcome,
				 .result = "ok",
				 .detail = check->reason};
	int r = vk_store_put_check(e->store, check);

	(void)snprintf(id, sizeof id, "c%u", check->serial);
	(void)snprintf(action, sizeof action, "check-%s", vk_check_state_text(check->state));
	if (r == 0)
		r = vk_store_set_int(e->store, "next_check", e->core->next_check);
	return r ? r : vk_audit_keep(e, now, &audit);
}

static int keep_message(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	bool is_shown = effect->message.is_shown;
	struct vk_audit audit = {.domain = care,
				 .actor = "hub",
				 .action = is_shown ? "message-shown" : "message-withdrawn",
				 .patient = effect->patient,
				 .object = effect->message.message,
				 .result = "ok",
				 .detail = effect->reason};
	int r = vk_audit_keep(e, now, &audit);

	e->news.is_notices_changed = true;
	if (r)
		return r;
	if (is_shown)
		return vk_store_put_notice(e->store, effect->patient, "message",
					   effect->message.message, effect->reason, 0, now.utc_ms);
	return vk_store_remove_notice(e->store, effect->patient, "message",
				      effect->message.message);
}

/* An ask is on the screen until it is answered: an end in the past withdraws it. */
static int keep_ask(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	static const char *const whats[] = {"repeat", "remind", "who"};
	char id[VK_ID_TEXT + 16];

	e->news.is_notices_changed = true;
	(void)snprintf(id, sizeof id, "%s:%s", whats[effect->ask.what], effect->ask.rule);
	if (effect->ask.is_withdrawn ||
	    (effect->ask.until_utc_ms <= now.utc_ms &&
	     (effect->ask.what != VK_ASK_WHO || effect->ask.until_utc_ms)))
		return vk_store_remove_notice(e->store, effect->patient, "ask", id);
	return vk_store_put_notice(e->store, effect->patient, "ask", id, effect->reason,
				   effect->ask.until_utc_ms, now.utc_ms);
}

static int keep_notify(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	struct vk_audit audit = {.domain = effect->notify.alert[0] == 'c' ? social : care,
				 .actor = "hub",
				 .action = "notify",
				 .patient = effect->patient,
				 .object = effect->notify.alert,
				 .result = "ok",
				 .detail = effect->notify.role};

	return vk_audit_keep(e, now, &audit);
}

/* What a look rests on: "camera 2026-02-10"; "" where the plan has no such consent. */
static void consent_of(const struct vk_plan *plan, char out[VK_ID_TEXT])
{
	struct vk_civil day;

	out[0] = '\0';
	for (int i = 0; plan && i < plan->n_consents; i++) {
		if (strcmp(plan->consents[i].scope, "camera") != 0)
			continue;
		vk_civil_from_day(plan->consents[i].given_day, &day);
		(void)snprintf(out, VK_ID_TEXT, "camera %04d-%02d-%02d", day.year, day.month,
			       day.day);
	}
}

static const struct vk_check *find_check(const struct vk_engine *e, const char *id)
{
	char known[16];

	for (int i = 0; i < e->core->n_checks; i++) {
		(void)snprintf(known, sizeof known, "c%u", e->core->checks[i].serial);
		if (strcmp(known, id) == 0)
			return &e->core->checks[i];
	}
	return NULL;
}

/* Who looked, from when to when: the two entries together tell how long. */
static int keep_view(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	const struct vk_check *check = find_check(e, effect->view.check);
	char consent[VK_ID_TEXT];
	struct vk_audit audit = {.domain = social,
				 .actor = effect->view.viewer[0] ? effect->view.viewer : "hub",
				 .action = effect->view.is_open ? "view-open" : "view-close",
				 .patient = effect->patient,
				 .object = effect->view.check,
				 .attempt = check ? check->attempt : 0,
				 .planned_utc_ms = check ? check->due_utc_ms : 0,
				 .consent = consent,
				 .result = "ok",
				 .detail = effect->reason};

	consent_of(vk_engine_plan(e, effect->patient), consent);
	return vk_audit_keep(e, now, &audit);
}

static int keep_task(struct vk_engine *e, const struct vk_effect *effect, struct vk_now now)
{
	char id[2 * VK_ID_TEXT];

	e->news.is_notices_changed = true;
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
		return keep_alert(e, &effect->alert, now);
	case VK_EFFECT_CHECK:
		return keep_check(e, &effect->check, now);
	case VK_EFFECT_MEMORY:
		return vk_store_put_memory(e->store, &effect->memory);
	case VK_EFFECT_MESSAGE:
		return keep_message(e, effect, now);
	case VK_EFFECT_ASK:
		return keep_ask(e, effect, now);
	case VK_EFFECT_NOTIFY:
		return keep_notify(e, effect, now);
	case VK_EFFECT_VIEW:
		return keep_view(e, effect, now);
	case VK_EFFECT_TASK:
		return keep_task(e, effect, now);
	case VK_EFFECT_OUTPUT:
	case VK_EFFECT_SECOND_PATH:
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
