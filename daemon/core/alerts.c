/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an episode. State, condition and level are three things: a person moves the state,
 * readings move the condition, time and refusals move the level. Every change is one revision.
 */
#include "core/alerts.h"

#include <stdio.h>
#include <string.h>

#include "core/ladder.h"
#include "core/quantity.h"

enum { ROOM_AGAIN = VK_MAX_ALERTS * 3 / 4 }; /* at so few, "too-many-alerts" has healed */

static const char too_many[] = "too-many-alerts";

struct vk_alert *vk_alerts_find(struct vk_core *core, const char *patient, const char *rule)
{
	for (int i = 0; i < core->n_alerts; i++)
		if (strcmp(core->alerts[i].patient, patient) == 0 &&
		    strcmp(core->alerts[i].rule, rule) == 0)
			return &core->alerts[i];
	return NULL;
}

static void id_of(char out[16], const struct vk_alert *alert)
{
	(void)snprintf(out, 16, "a%u", alert->serial);
}

struct vk_alert *vk_alerts_by_id(struct vk_core *core, const char *id)
{
	char known[16];

	for (int i = 0; i < core->n_alerts; i++) {
		id_of(known, &core->alerts[i]);
		if (strcmp(known, id) == 0)
			return &core->alerts[i];
	}
	return NULL;
}

static int32_t line_of(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = vk_step_plan(s, alert->patient);
	const struct vk_rule *rule = plan ? vk_plan_rule(plan, alert->rule) : NULL;

	return rule ? rule->line : 0;
}

static void emit(struct vk_step *s, const struct vk_alert *alert, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_ALERT, alert->patient, reason);

	memcpy(&effect->alert, alert, sizeof *alert);
	effect->line = line_of(s, alert);
}

void vk_alerts_changed(struct vk_step *s, struct vk_alert *alert, const char *reason)
{
	alert->rev++;
	alert->changed_utc_ms = s->now.utc_ms;
	emit(s, alert, reason);
}

static void notify(struct vk_step *s, const struct vk_alert *alert, const char *reason)
{
	int32_t line = s->line;
	char id[16];

	id_of(id, alert);
	s->line = line_of(s, alert);
	vk_step_notify(s, alert->patient, alert->role, alert->level, id, reason);
	s->line = line;
}

static bool is_worse(const struct vk_value *a, const struct vk_value *b, bool is_upper)
{
	int64_t x, y;

	if (vk_quantity_canonical(a, &x) || vk_quantity_canonical(b, &y))
		return false;
	return is_upper ? x > y : x < y;
}

/* Member by member into zeroes: what lies between members would differ between equal runs. */
static void add_value(struct vk_alert *alert, const struct vk_value *value)
{
	struct vk_value *to = &alert->values[alert->n_values++];

	to->quantity = value->quantity;
	to->unit = value->unit;
	to->absent = value->absent;
	to->number.mantissa = value->number.mantissa;
	to->number.exponent = value->number.exponent;
}

/* The latest values, and behind them the worst of the episode where it is not the latest. */
static void merge_values(struct vk_alert *alert, const struct vk_finding *f)
{
	struct vk_value worst;
	bool has_worst = false;

	if (!f->n_values)
		return;
	worst = f->values[f->worst];
	for (int i = 0; i < alert->n_values; i++) {
		const struct vk_value *old = &alert->values[i];

		if (old->quantity != worst.quantity || !is_worse(old, &worst, f->is_upper))
			continue;
		worst = *old;
		has_worst = true;
	}
	memset(alert->values, 0, sizeof alert->values);
	alert->n_values = 0;
	for (int i = 0; i < f->n_values; i++)
		add_value(alert, &f->values[i]);
	if (has_worst && alert->n_values < VK_MAX_ALERT_VALUES)
		add_value(alert, &worst);
}

static bool has_reading(const struct vk_alert *alert, const char *id)
{
	for (int i = 0; i < alert->n_readings; i++)
		if (strcmp(alert->readings[i], id) == 0)
			return true;
	return false;
}

static void add_reading(struct vk_alert *alert, const char *id)
{
	if (!id[0] || has_reading(alert, id))
		return;
	if (alert->n_readings == VK_MAX_ALERT_READINGS) {
		memmove(alert->readings[0], alert->readings[1],
			sizeof alert->readings - sizeof alert->readings[0]);
		alert->n_readings--;
	}
	VK_SET(alert->readings[alert->n_readings], id);
	alert->n_readings++;
}

static void take_over(struct vk_alert *alert, const struct vk_finding *f)
{
	merge_values(alert, f);
	for (int i = 0; i < f->n_readings; i++)
		add_reading(alert, f->readings[i]);
	VK_SET(alert->reason, f->reason);
}

/* Raised for the first time or again: from the first step of the ladder. */
static void arm(struct vk_step *s, struct vk_alert *alert)
{
	alert->state = VK_ALERT_RAISED;
	alert->is_active = true;
	alert->level = 0;
	VK_SET(alert->by, "");
	VK_SET(alert->role, vk_ladder_role(s, alert));
	alert->escalate_mono_ms = vk_later(s->now.mono_ms, vk_ladder_delay_ms(s, alert));
}

static struct vk_alert *new_alert(struct vk_step *s, const struct vk_finding *f)
{
	const struct vk_plan *plan = vk_step_plan(s, f->patient);
	struct vk_alert *alert = &s->core->alerts[s->core->n_alerts++];

	memset(alert, 0, sizeof *alert);
	alert->serial = s->core->next_alert++;
	VK_SET(alert->patient, f->patient);
	VK_SET(alert->rule, f->rule);
	alert->plan_version = plan ? plan->version : 0;
	alert->class_ = f->class_;
	alert->priority = f->priority;
	alert->raised_utc_ms = alert->changed_utc_ms = s->now.utc_ms;
	take_over(alert, f);
	arm(s, alert);
	return alert;
}

/* The last place is kept for the alert that says there is no more. */
static void open_episode(struct vk_step *s, const struct vk_finding *f)
{
	struct vk_alert *alert;

	if (s->core->n_alerts >= VK_MAX_ALERTS - 1 && strcmp(f->rule, too_many) != 0) {
		if (!vk_alerts_find(s->core, "", too_many))
			vk_alerts_technical(s, "", too_many, VK_PRIORITY_HIGH, too_many);
		return;
	}
	alert = new_alert(s, f);
	emit(s, alert, f->reason);
	notify(s, alert, f->reason);
	vk_step_message(s, f->patient, f->message, true, f->reason);
}

void vk_alerts_raise(struct vk_step *s, const struct vk_finding *f)
{
	struct vk_alert *alert = vk_alerts_find(s->core, f->patient, f->rule);
	bool is_again, is_loud;

	if (!alert) {
		open_episode(s, f);
		return;
	}
	is_again = !alert->is_active;
	is_loud = f->priority > alert->priority ||
		  ((is_again || f->is_new) && alert->state == VK_ALERT_ACCEPTED);
	alert->priority = f->priority;
	alert->is_active = true;
	take_over(alert, f);
	if (is_loud)
		arm(s, alert);
	vk_alerts_changed(s, alert, f->reason);
	if (is_loud)
		notify(s, alert, f->reason);
	if (is_again)
		vk_step_message(s, f->patient, f->message, true, f->reason);
}

static void withdraw_message(struct vk_step *s, const struct vk_alert *alert, const char *reason)
{
	const struct vk_plan *plan = vk_step_plan(s, alert->patient);

	for (int i = 0; plan && alert->is_active && i < plan->n_rules; i++)
		if (strcmp(plan->rules[i].id, alert->rule) == 0)
			vk_step_message(s, alert->patient, plan->rules[i].message, false, reason);
}

void vk_alerts_clear(struct vk_step *s, struct vk_alert *alert, const char *reason)
{
	if (!alert->is_active)
		return;
	withdraw_message(s, alert, reason);
	alert->is_active = false;
	vk_alerts_changed(s, alert, reason);
}

static void leave(struct vk_core *core, struct vk_alert *alert)
{
	struct vk_alert *end = &core->alerts[core->n_alerts];

	memmove(alert, alert + 1, (size_t)((char *)end - (char *)(alert + 1)));
	core->n_alerts--;
}

void vk_alerts_close(struct vk_step *s, struct vk_alert *alert, const char *by, const char *outcome,
		     const char *reason)
{
	withdraw_message(s, alert, reason);
	alert->state = VK_ALERT_CLOSED;
	alert->is_active = false;
	alert->escalate_mono_ms = VK_NEVER;
	VK_SET(alert->by, by);
	VK_SET(alert->outcome, outcome);
	vk_alerts_changed(s, alert, reason);
	leave(s->core, alert);
	if (s->core->n_alerts <= ROOM_AGAIN)
		vk_alerts_heal(s, "", too_many);
}

void vk_alerts_accept(struct vk_step *s, struct vk_alert *alert, const char *by)
{
	alert->state = VK_ALERT_ACCEPTED;
	alert->escalate_mono_ms = VK_NEVER;
	VK_SET(alert->by, by);
	vk_alerts_changed(s, alert, "accepted");
}

static void take_second_path(struct vk_step *s, const struct vk_alert *alert)
{
	struct vk_effect *effect =
		vk_step_effect(s, VK_EFFECT_SECOND_PATH, alert->patient, "no-receipt");

	id_of(effect->second_path.alert, alert);
}

void vk_alerts_escalate(struct vk_step *s, struct vk_alert *alert, int64_t base_mono_ms,
			const char *reason)
{
	if (vk_ladder_has_next(s, alert)) {
		alert->level++;
	} else {
		base_mono_ms = s->now.mono_ms;
	}
	VK_SET(alert->role, vk_ladder_role(s, alert));
	alert->escalate_mono_ms = vk_later(base_mono_ms, vk_ladder_delay_ms(s, alert));
	vk_alerts_changed(s, alert, reason);
	notify(s, alert, reason);
	if (alert->state == VK_ALERT_RAISED)
		take_second_path(s, alert);
}

void vk_alerts_retracted(struct vk_step *s, const struct vk_reading *r)
{
	for (int i = 0; i < s->core->n_alerts; i++) {
		struct vk_alert *alert = &s->core->alerts[i];

		if (!has_reading(alert, r->id))
			continue;
		vk_alerts_changed(s, alert, "reading-retracted");
		notify(s, alert, "reading-retracted");
	}
}

void vk_alerts_receipt(struct vk_step *s, const char *id)
{
	struct vk_alert *alert = vk_alerts_by_id(s->core, id);

	if (!alert || alert->state != VK_ALERT_RAISED)
		return;
	alert->state = VK_ALERT_RECEIVED;
	vk_alerts_changed(s, alert, "received");
}

void vk_alerts_technical(struct vk_step *s, const char *patient, const char *rule,
			 enum vk_priority priority, const char *reason)
{
	struct vk_finding f = {.patient = patient,
			       .rule = rule,
			       .reason = reason,
			       .class_ = VK_ALERT_TECHNICAL,
			       .priority = priority,
			       .message = ""};
	const struct vk_alert *open = vk_alerts_find(s->core, patient, rule);

	if (open && open->priority == priority && strcmp(open->reason, reason) == 0)
		return;
	vk_alerts_raise(s, &f);
}

void vk_alerts_heal(struct vk_step *s, const char *patient, const char *rule)
{
	struct vk_alert *alert = vk_alerts_find(s->core, patient, rule);

	if (!alert || alert->class_ != VK_ALERT_TECHNICAL)
		return;
	VK_SET(alert->reason, "healed");
	vk_alerts_close(s, alert, "hub", "healed", "healed");
}

void vk_alerts_fault(struct vk_step *s, const struct vk_fault *fault)
{
	const char *reason = fault->reason[0] ? fault->reason : fault->rule;

	if (fault->is_active)
		vk_alerts_technical(s, fault->patient, fault->rule, fault->priority, reason);
	else
		vk_alerts_heal(s, fault->patient, fault->rule);
}

void vk_alerts_unsure_start(struct vk_step *s)
{
	for (int i = 0; i < s->core->n_alerts; i++)
		if (s->core->alerts[i].escalate_mono_ms != VK_NEVER)
			s->core->alerts[i].escalate_mono_ms = s->now.mono_ms;
}
