/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Every time-out is a moment inside the alert, set when the alert is armed, so that a power cut
 * changes none of them. Quiet hours and work lists hold back low alerts only: what is urgent by
 * night is urgent.
 */
#include "core/reach.h"

#include <stdio.h>
#include <string.h>

#include "core/alerts.h"
#include "core/ladder.h"
#include "core/schedule.h"

static const char lamp_line[] = "lamp";
static const char no_receipt[] = "no-receipt";

static bool is_waiting(const struct vk_alert *alert)
{
	return alert->state == VK_ALERT_RAISED || alert->state == VK_ALERT_RECEIVED;
}

static bool is_local(const struct vk_step *s, const struct vk_alert *alert)
{
	const struct vk_plan *plan = vk_step_plan(s, alert->patient);

	return plan && plan->is_local_only;
}

static void id_of(char out[16], const struct vk_alert *alert)
{
	(void)snprintf(out, 16, "a%u", alert->serial);
}

/* What is said of an alert, not of a reading, rests on the latest of the alert's own. */
static void rest(const struct vk_step *s, const struct vk_alert *alert, struct vk_effect *effect)
{
	effect->line = vk_alerts_line(s, alert);
	if (!effect->reading[0] && alert->n_readings)
		VK_SET(effect->reading, alert->readings[alert->n_readings - 1]);
}

void vk_reach_tell(struct vk_step *s, const struct vk_alert *alert, const char *reason)
{
	char id[16];

	if (alert->is_listed)
		return;
	id_of(id, alert);
	rest(s, alert, vk_step_notify(s, alert->patient, alert->role, alert->level, id, reason));
}

/* ---- armed ---- */

/*
 * When a low alert is told that would be at a moment: with the next work list, or when the quiet
 * hours end. 0: at that moment.
 */
static int64_t listed_until_utc_ms(const struct vk_step *s, const struct vk_alert *alert,
				   int64_t told_utc_ms)
{
	const struct vk_plan *plan = vk_ladder_plan(s, alert->patient);

	if (alert->priority != VK_PRIORITY_LOW || !plan)
		return 0;
	if (plan->alerts.n_work_lists)
		return vk_schedule_times_next(&plan->zone, plan->alerts.work_list_s,
					      plan->alerts.n_work_lists, told_utc_ms);
	return vk_schedule_quiet_until(plan, told_utc_ms);
}

/* Low, and at the top of its ladder: of a list again and again until somebody takes it. */
static bool is_listed_again(const struct vk_step *s, const struct vk_alert *alert)
{
	return is_waiting(alert) && alert->priority == VK_PRIORITY_LOW &&
	       !vk_ladder_has_next(s, alert);
}

static bool is_of_list(const struct vk_step *s, const struct vk_alert *alert)
{
	return alert->is_listed || is_listed_again(s, alert);
}

/* When the alert is told next, counted from a moment that may have passed. */
static int64_t next_mono_ms(const struct vk_step *s, const struct vk_alert *alert,
			    int64_t base_mono_ms)
{
	int64_t next = vk_later(base_mono_ms, vk_ladder_delay_ms(s, alert));
	int64_t to_utc_ms = s->now.utc_ms - s->now.mono_ms;
	int64_t told = next > s->now.mono_ms ? next : s->now.mono_ms;
	int64_t listed_utc_ms = 0;

	if (is_listed_again(s, alert))
		listed_utc_ms = listed_until_utc_ms(s, alert, told + to_utc_ms);
	return listed_utc_ms && listed_utc_ms != VK_NEVER ? listed_utc_ms - to_utc_ms : next;
}

static void arm_unreceived(struct vk_step *s, struct vk_alert *alert)
{
	const struct vk_plan_unreceived *terms =
		&vk_ladder_terms(s, alert->patient)->unreceived[alert->priority];
	bool is_awaited = !s->core->is_receiptless && !is_local(s, alert);

	alert->second_path_mono_ms = alert->lamp_mono_ms = VK_NEVER;
	if (!is_awaited)
		return;
	alert->second_path_mono_ms = vk_later(s->now.mono_ms, terms->second_path_ms);
	if (!alert->is_lit)
		alert->lamp_mono_ms = vk_later(s->now.mono_ms, terms->lamp_ms);
}

void vk_reach_arm(struct vk_step *s, struct vk_alert *alert)
{
	int64_t listed_utc_ms = listed_until_utc_ms(s, alert, s->now.utc_ms);

	alert->state = VK_ALERT_RAISED;
	alert->level = 0;
	VK_SET(alert->by, "");
	VK_SET(alert->role, vk_ladder_role(s, alert));
	alert->is_listed = listed_utc_ms > s->now.utc_ms && listed_utc_ms != VK_NEVER;
	alert->escalate_mono_ms = alert->is_listed
					  ? vk_later(s->now.mono_ms, listed_utc_ms - s->now.utc_ms)
					  : next_mono_ms(s, alert, s->now.mono_ms);
	arm_unreceived(s, alert);
}

void vk_reach_unsure(struct vk_step *s, struct vk_alert *alert)
{
	if (alert->state != VK_ALERT_RECEIVED)
		return;
	alert->state = VK_ALERT_RAISED;
	arm_unreceived(s, alert);
}

void vk_reach_taken(struct vk_step *s, struct vk_alert *alert, const char *by)
{
	int64_t remind_ms = vk_ladder_terms(s, alert->patient)->remind_after_ms;

	vk_reach_heard(s, alert, "accepted");
	alert->state = VK_ALERT_ACCEPTED;
	alert->is_listed = false;
	alert->escalate_mono_ms = VK_NEVER;
	/* What heals by itself cannot be closed: nobody is reminded of it. */
	if (alert->class_ == VK_ALERT_CLINICAL && remind_ms > 0)
		alert->escalate_mono_ms = vk_later(s->now.mono_ms, remind_ms);
	VK_SET(alert->by, by);
}

/* ---- the second path and the lamp ---- */

bool vk_core_lamp(const struct vk_core *core)
{
	for (int i = 0; i < core->n_alerts; i++)
		if (core->alerts[i].is_lit)
			return true;
	return false;
}

static void set_lamp(struct vk_step *s, struct vk_alert *alert, bool is_lit, const char *reason)
{
	bool was_on = vk_core_lamp(s->core);
	struct vk_effect *effect;

	alert->is_lit = is_lit;
	if (vk_core_lamp(s->core) == was_on)
		return;
	effect = vk_step_effect(s, VK_EFFECT_OUTPUT, alert->patient, reason);
	effect->line = 0; /* the lamp is of all alerts */
	VK_SET(effect->output.line, lamp_line);
	effect->output.value = is_lit;
}

void vk_reach_heard(struct vk_step *s, struct vk_alert *alert, const char *reason)
{
	alert->second_path_mono_ms = alert->lamp_mono_ms = VK_NEVER;
	if (alert->is_lit)
		set_lamp(s, alert, false, reason);
}

static void take_second_path(struct vk_step *s, struct vk_alert *alert)
{
	struct vk_effect *effect =
		vk_step_effect(s, VK_EFFECT_SECOND_PATH, alert->patient, no_receipt);

	rest(s, alert, effect);
	id_of(effect->second_path.alert, alert);
	VK_SET(effect->second_path.role, alert->role);
	effect->second_path.level = alert->level;
}

/* A role of a higher step, and still no receipt: that role too is told the other way. */
static bool wants_second_path(const struct vk_step *s, const struct vk_alert *alert)
{
	return alert->state == VK_ALERT_RAISED && !s->core->is_receiptless && !is_local(s, alert) &&
	       vk_ladder_terms(s, alert->patient)->unreceived[alert->priority].second_path_ms !=
		       VK_NEVER;
}

/* ---- time ---- */

void vk_reach_escalate(struct vk_step *s, struct vk_alert *alert, int64_t base_mono_ms,
		       const char *reason)
{
	bool is_unheard = wants_second_path(s, alert);

	if (vk_ladder_has_next(s, alert))
		alert->level++;
	else
		base_mono_ms = s->now.mono_ms;
	alert->is_listed = false;
	VK_SET(alert->role, vk_ladder_role(s, alert));
	alert->escalate_mono_ms = next_mono_ms(s, alert, base_mono_ms);
	if (is_unheard)
		alert->second_path_mono_ms = VK_NEVER;
	vk_alerts_changed(s, alert, reason);
	vk_reach_tell(s, alert, reason);
	if (is_unheard)
		take_second_path(s, alert);
}

static bool has_listed(const struct vk_step *s, const struct vk_alert *alert)
{
	for (int i = 0; i < s->core->n_alerts; i++) {
		const struct vk_alert *other = &s->core->alerts[i];

		if (is_of_list(s, other) && other->escalate_mono_ms <= s->now.mono_ms &&
		    strcmp(other->patient, alert->patient) == 0)
			return true;
	}
	return false;
}

/* One word for all that wait: the last of them brings it. */
static void tell_list(struct vk_step *s, struct vk_alert *alert)
{
	alert->is_listed = false;
	alert->escalate_mono_ms = next_mono_ms(s, alert, s->now.mono_ms);
	vk_alerts_changed(s, alert, "work-list");
	if (!has_listed(s, alert))
		vk_reach_tell(s, alert, "work-list");
}

static void remind(struct vk_step *s, struct vk_alert *alert)
{
	alert->escalate_mono_ms =
		vk_later(s->now.mono_ms, vk_ladder_terms(s, alert->patient)->remind_after_ms);
	vk_alerts_changed(s, alert, "not-closed");
	vk_reach_tell(s, alert, "not-closed");
}

int64_t vk_reach_due_mono_ms(const struct vk_alert *alert)
{
	int64_t due = alert->escalate_mono_ms;

	if (alert->second_path_mono_ms < due)
		due = alert->second_path_mono_ms;
	return alert->lamp_mono_ms < due ? alert->lamp_mono_ms : due;
}

/* The last role is told again just now, and that is by the second path too. */
static bool is_told_both_ways(const struct vk_step *s, const struct vk_alert *alert, int64_t due)
{
	return due == alert->escalate_mono_ms && wants_second_path(s, alert) &&
	       !vk_ladder_has_next(s, alert) && !is_of_list(s, alert);
}

/* No receipt in the stated time: one revision, whichever of the two it is time for. */
static void unheard(struct vk_step *s, struct vk_alert *alert, bool is_path_due, int64_t due)
{
	if (is_path_due)
		alert->second_path_mono_ms = VK_NEVER;
	if (alert->lamp_mono_ms == due) {
		alert->lamp_mono_ms = VK_NEVER;
		set_lamp(s, alert, true, no_receipt);
	}
	vk_alerts_changed(s, alert, no_receipt);
	if (is_path_due)
		take_second_path(s, alert);
}

void vk_reach_timer(struct vk_step *s, struct vk_alert *alert)
{
	int64_t due = vk_reach_due_mono_ms(alert);
	bool is_path_due = due == alert->second_path_mono_ms && !is_told_both_ways(s, alert, due);

	if (is_path_due || due == alert->lamp_mono_ms) {
		unheard(s, alert, is_path_due, due);
	} else if (alert->state == VK_ALERT_ACCEPTED) {
		remind(s, alert);
	} else if (is_of_list(s, alert)) {
		tell_list(s, alert);
	} else {
		vk_reach_escalate(s, alert, due, "escalated");
	}
}

/* ---- events ---- */

void vk_reach_receipt(struct vk_step *s, const struct vk_confirmed *receipt)
{
	struct vk_alert *alert = vk_alerts_by_id(s->core, receipt->id);

	if (!alert || alert->state != VK_ALERT_RAISED ||
	    (receipt->has_rev && receipt->rev < alert->rev))
		return;
	vk_reach_heard(s, alert, "received");
	alert->state = VK_ALERT_RECEIVED;
	vk_alerts_changed(s, alert, "received");
}

static void make_due(const struct vk_step *s, int64_t *mono_ms)
{
	if (*mono_ms != VK_NEVER)
		*mono_ms = s->now.mono_ms;
}

void vk_reach_unsure_start(struct vk_step *s)
{
	for (int i = 0; i < s->core->n_alerts; i++) {
		struct vk_alert *alert = &s->core->alerts[i];

		if (!is_waiting(alert))
			continue;
		make_due(s, &alert->escalate_mono_ms);
		make_due(s, &alert->second_path_mono_ms);
		make_due(s, &alert->lamp_mono_ms);
	}
}
