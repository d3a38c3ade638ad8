/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The life of an episode. State, condition and level are three things: a person moves the state,
 * readings move the condition, time and refusals move the level. Every change is one revision.
 */
#include "core/alerts.h"

#include <stdio.h>
#include <string.h>

#include "core/corrections.h"
#include "core/reach.h"
#include "core/snooze.h"

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

struct vk_alert *vk_alerts_by_id(struct vk_core *core, const char *id)
{
	char known[16];

	for (int i = 0; i < core->n_alerts; i++) {
		(void)snprintf(known, sizeof known, "a%u", core->alerts[i].serial);
		if (strcmp(known, id) == 0)
			return &core->alerts[i];
	}
	return NULL;
}

int32_t vk_alerts_line(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = vk_step_plan(s, alert->patient);
	const struct vk_rule *rule = plan ? vk_plan_rule(plan, alert->rule) : NULL;

	return rule ? rule->line : 0;
}

static void emit(struct vk_step *s, const struct vk_alert *alert, const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_ALERT, alert->patient, reason);

	memcpy(&effect->alert, alert, sizeof *alert);
	effect->line = vk_alerts_line(s, alert);
}

void vk_alerts_changed(struct vk_step *s, struct vk_alert *alert, const char *reason)
{
	alert->rev++;
	alert->changed_utc_ms = s->now.utc_ms;
	emit(s, alert, reason);
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
	alert->is_active = true;
	alert->raised_utc_ms = alert->changed_utc_ms = s->now.utc_ms;
	vk_finding_take(alert, f);
	vk_finding_told(alert, f);
	vk_reach_arm(s, alert);
	return alert;
}

/* The plan's step from which somebody is told again; 0: never. */
static int64_t worse_by(const struct vk_step *s, const struct vk_finding *f)
{
	const struct vk_plan *plan = vk_step_plan(s, f->patient);
	const struct vk_rule *rule = plan ? vk_plan_rule(plan, f->rule) : NULL;

	return rule ? rule->worse_by : 0;
}

/*
 * Whoever asked for silence has taken what comes until then, as long as it is no worse than what
 * they knew: it is on the list, without a call. The patient is not silenced by it.
 */
static bool open_snoozed(struct vk_step *s, const struct vk_finding *f)
{
	const struct vk_rule_memory *snooze =
		vk_snooze_find(s->core, f->patient, f->rule, f->is_upper);
	struct vk_alert *alert;

	if (!snooze || !vk_snooze_covers(snooze, f, worse_by(s, f)))
		return false;
	alert = new_alert(s, f);
	vk_reach_taken(s, alert, snooze->ask_reading);
	alert->escalate_mono_ms = VK_NEVER;
	emit(s, alert, "snoozed");
	vk_step_message(s, f->patient, f->message, true, f->reason);
	return true;
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
	if (vk_finding_has_ended(s->core, f) || open_snoozed(s, f))
		return;
	alert = new_alert(s, f);
	emit(s, alert, f->reason);
	vk_reach_tell(s, alert, f->reason);
	vk_step_message(s, f->patient, f->message, true, f->reason);
}

/* More urgent, worse by the plan's step, or something new for one who had taken what was. */
static bool is_loud(const struct vk_step *s, const struct vk_finding *f,
		    const struct vk_alert *alert)
{
	if (f->priority > alert->priority || vk_finding_is_worse(f, alert, worse_by(s, f)))
		return true;
	return (!alert->is_active || f->is_new) && alert->state == VK_ALERT_ACCEPTED &&
	       !vk_snooze_find(s->core, f->patient, f->rule, f->is_upper);
}

void vk_alerts_raise(struct vk_step *s, const struct vk_finding *f)
{
	struct vk_alert *alert = vk_alerts_find(s->core, f->patient, f->rule);
	bool is_told, is_more_urgent;

	if (!alert) {
		open_episode(s, f);
		return;
	}
	is_told = is_loud(s, f, alert);
	is_more_urgent = f->priority > alert->priority;
	/* What nobody has taken does not become less urgent by a lesser finding. */
	if (is_more_urgent || alert->state == VK_ALERT_ACCEPTED ||
	    alert->class_ == VK_ALERT_TECHNICAL)
		alert->priority = f->priority;
	alert->is_active = true;
	vk_finding_take(alert, f);
	if (is_told)
		vk_finding_told(alert, f);
	/* What nobody has taken yet goes on up its ladder; it must not start anew. */
	if (is_told && (is_more_urgent || alert->state == VK_ALERT_ACCEPTED))
		vk_reach_arm(s, alert);
	else if (is_told)
		vk_reach_unsure(s, alert);
	vk_alerts_changed(s, alert, f->reason);
	if (is_told)
		vk_reach_tell(s, alert, f->reason);
	vk_step_message(s, f->patient, f->message, true, f->reason); /* it may be on show already */
}

static void withdraw_message(struct vk_step *s, const struct vk_alert *alert, const char *reason)
{
	const struct vk_plan *plan = vk_step_plan(s, alert->patient);
	const struct vk_rule *rule = plan ? vk_plan_rule(plan, alert->rule) : NULL;
	int32_t line = s->line;

	if (!rule || !alert->is_active)
		return;
	s->line = rule->line;
	vk_step_message(s, alert->patient, rule->message, false, reason);
	s->line = line;
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

	vk_corrections_ended(core, alert);
	memmove(alert, alert + 1, (size_t)((char *)end - (char *)(alert + 1)));
	core->n_alerts--;
}

void vk_alerts_close(struct vk_step *s, struct vk_alert *alert, const char *by, const char *outcome,
		     const char *reason)
{
	withdraw_message(s, alert, reason);
	vk_reach_heard(s, alert, reason);
	alert->state = VK_ALERT_CLOSED;
	alert->is_active = false;
	alert->is_listed = false;
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
	vk_reach_taken(s, alert, by);
	vk_alerts_changed(s, alert, "accepted");
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
