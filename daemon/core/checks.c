/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The state machine of one check: what each transition changes, sets as its next time-out, and
 * says (clinical.md 3.1). All times are the plan's; those here serve a check that a newer plan no
 * longer names, and the bound of a look, which no plan may move.
 */
#include "core/checks.h"

#include <stdio.h>
#include <string.h>

#include "core/alerts.h"

enum {
	MINUTE_MS = 60 * 1000,
	OUTCOME_MS = MINUTE_MS, /* the picture is gone, the outcome is wanted */
	VIEW_MOST_MS = 30 * 1000,
	ROOM_AGAIN = VK_MAX_CHECKS * 3 / 4, /* at so few, "too-many-checks" has healed */
};

static const struct vk_plan_check no_terms = {
	.view_ms = VIEW_MOST_MS,
	.recheck_after_ms = 15 * MINUTE_MS,
	.claim_remind_ms = 10 * MINUTE_MS,
	.claim_escalate_ms = 15 * MINUTE_MS,
	.view_start_ms = MINUTE_MS,
	.retry_ms = 2 * MINUTE_MS,
	.visit_accept_ms = 10 * MINUTE_MS,
	.visit_arrive_ms = 45 * MINUTE_MS,
	.visit_done_ms = 120 * MINUTE_MS,
};

static void id_of(char out[16], const struct vk_check *check)
{
	(void)snprintf(out, 16, "c%u", check->serial);
}

struct vk_check *vk_checks_by_id(struct vk_core *core, const char *id)
{
	char known[16];

	for (int i = 0; i < core->n_checks; i++) {
		id_of(known, &core->checks[i]);
		if (strcmp(known, id) == 0)
			return &core->checks[i];
	}
	return NULL;
}

const struct vk_plan_check *vk_checks_terms(const struct vk_step *s, const struct vk_check *check)
{
	const struct vk_plan *plan = vk_step_plan(s, check->patient);

	for (int i = 0; plan && i < plan->n_checks; i++)
		if (strcmp(plan->checks[i].name, check->name) == 0)
			return &plan->checks[i];
	return &no_terms;
}

/* No time-out is nothing: one that is set again would never end. */
static int64_t after(const struct vk_step *s, int64_t delay_ms)
{
	return vk_later(s->now.mono_ms, delay_ms > 0 ? delay_ms : MINUTE_MS);
}

static void emit(struct vk_step *s, struct vk_check *check, const char *reason)
{
	struct vk_effect *effect;

	VK_SET(check->reason, reason);
	check->changed_utc_ms = s->now.utc_ms;
	effect = vk_step_effect(s, VK_EFFECT_CHECK, check->patient, check->reason);
	effect->line = vk_checks_terms(s, check)->line;
	memcpy(&effect->check, check, sizeof *check);
}

void vk_check_changed(struct vk_step *s, struct vk_check *check, const char *reason)
{
	check->rev++;
	emit(s, check, reason);
}

void vk_check_tell(struct vk_step *s, const struct vk_check *check, const char *reason)
{
	const struct vk_plan_check *terms = vk_checks_terms(s, check);
	int32_t line = s->line;
	char id[16];

	id_of(id, check);
	s->line = terms->line;
	vk_step_notify(s, check->patient, terms->role[0] ? terms->role : "care-team", 0, id,
		       reason);
	s->line = line;
}

static void raise_alert(struct vk_step *s, const struct vk_check *check, const char *rule,
			const char *reason)
{
	struct vk_finding f = {.patient = check->patient,
			       .rule = rule,
			       .reason = reason,
			       .class_ = VK_ALERT_CLINICAL,
			       .priority = VK_PRIORITY_HIGH,
			       .message = "",
			       .is_new = true};

	vk_alerts_raise(s, &f);
}

static bool is_unclaimed(const struct vk_check *check)
{
	return check->state == VK_CHECK_DUE && check->deadline_mono_ms == VK_NEVER;
}

static bool needs(const struct vk_check *check, const char *rule)
{
	return strcmp(rule, VK_RULE_VISIT) == 0 ? check->state == VK_CHECK_VISIT_REQUIRED
						: is_unclaimed(check);
}

bool vk_checks_hold(const struct vk_core *core, const struct vk_alert *alert)
{
	if (strcmp(alert->rule, VK_RULE_VISIT) != 0 && strcmp(alert->rule, VK_RULE_UNCLAIMED) != 0)
		return false;
	for (int i = 0; i < core->n_checks; i++)
		if (strcmp(core->checks[i].patient, alert->patient) == 0 &&
		    needs(&core->checks[i], alert->rule))
			return true;
	return false;
}

/* A person took the check: that is taking its alert, unless another check still needs it. */
static void accept_alert(struct vk_step *s, const struct vk_check *check, const char *rule)
{
	struct vk_alert *alert = vk_alerts_find(s->core, check->patient, rule);

	if (alert && alert->state != VK_ALERT_ACCEPTED && !vk_checks_hold(s->core, alert))
		vk_alerts_accept(s, alert, check->by);
}

/* A person ended the check: that takes and ends its alerts, with the same outcome. */
static void close_alerts(struct vk_step *s, const char *patient, const char *by,
			 const char *outcome)
{
	static const char *const rules[] = {VK_RULE_VISIT, VK_RULE_UNCLAIMED};

	for (size_t i = 0; i < VK_ARRAY_LEN(rules); i++) {
		struct vk_alert *alert = vk_alerts_find(s->core, patient, rules[i]);

		if (!alert || vk_checks_hold(s->core, alert))
			continue;
		if (alert->state != VK_ALERT_ACCEPTED)
			vk_alerts_accept(s, alert, by);
		vk_alerts_close(s, alert, by, outcome, "check-ended");
	}
}

static void heal_table(struct vk_step *s)
{
	for (int i = 0; s->core->n_checks <= ROOM_AGAIN && i < s->core->n_patients; i++)
		vk_alerts_heal(s, s->core->patients[i].plan->patient, VK_RULE_FULL);
}

void vk_check_end(struct vk_step *s, struct vk_check *check, enum vk_check_state state,
		  const char *reason)
{
	struct vk_core *core = s->core;
	struct vk_check last;
	struct vk_check *end = &core->checks[core->n_checks];

	if (check->state == VK_CHECK_VIEWING && !check->is_reminded)
		vk_check_close_view(s, check, reason);
	check->state = state;
	check->deadline_mono_ms = VK_NEVER;
	vk_check_changed(s, check, reason);
	last = *check;
	memmove(check, check + 1, (size_t)((char *)end - (char *)(check + 1)));
	core->n_checks--;
	heal_table(s);
	if (last.by[0])
		close_alerts(s, last.patient, last.by, last.outcome[0] ? last.outcome : reason);
}

/* The time-out of a check nobody has claimed counts from when it was due, not from a release. */
static int64_t unclaimed_deadline(const struct vk_step *s, const struct vk_check *check)
{
	const struct vk_plan_check *terms = vk_checks_terms(s, check);
	int64_t age_ms = s->now.utc_ms - check->due_utc_ms;
	int64_t limit_ms = check->is_reminded ? terms->claim_escalate_ms : terms->claim_remind_ms;

	if (age_ms < 0)
		age_ms = 0;
	return s->now.mono_ms + (age_ms < limit_ms ? limit_ms - age_ms : 0);
}

static bool is_retrying(const struct vk_check *check)
{
	return strcmp(check->outcome, "technical") == 0;
}

void vk_check_due_again(struct vk_step *s, struct vk_check *check, const char *reason)
{
	check->state = VK_CHECK_DUE;
	VK_SET(check->by, "");
	if (!is_retrying(check))
		check->deadline_mono_ms = unclaimed_deadline(s, check);
	vk_check_changed(s, check, reason);
	vk_check_tell(s, check, reason);
}

void vk_check_claim(struct vk_step *s, struct vk_check *check, const char *by)
{
	check->state = VK_CHECK_CLAIMED;
	VK_SET(check->by, by);
	if (!is_retrying(check))
		check->deadline_mono_ms = after(s, vk_checks_terms(s, check)->view_start_ms);
	vk_check_changed(s, check, "claimed");
	accept_alert(s, check, VK_RULE_UNCLAIMED);
}

static void emit_view(struct vk_step *s, const struct vk_check *check, bool is_open,
		      const char *reason)
{
	struct vk_effect *effect = vk_step_effect(s, VK_EFFECT_VIEW, check->patient, reason);

	effect->line = vk_checks_terms(s, check)->line;
	id_of(effect->view.check, check);
	effect->view.is_open = is_open;
	VK_SET(effect->view.viewer, check->by);
	effect->view.until_mono_ms = is_open ? check->deadline_mono_ms : s->now.mono_ms;
}

void vk_check_close_view(struct vk_step *s, const struct vk_check *check, const char *reason)
{
	emit_view(s, check, false, reason);
}

void vk_check_view(struct vk_step *s, struct vk_check *check, const char *viewer)
{
	int64_t view_ms = vk_checks_terms(s, check)->view_ms;
	bool was_due = check->state == VK_CHECK_DUE;

	check->state = VK_CHECK_VIEWING;
	check->is_reminded = false;
	VK_SET(check->by, viewer);
	check->deadline_mono_ms = vk_later(
		s->now.mono_ms, view_ms > 0 && view_ms < VIEW_MOST_MS ? view_ms : VIEW_MOST_MS);
	vk_check_changed(s, check, "viewing");
	emit_view(s, check, true, "viewing");
	if (was_due)
		accept_alert(s, check, VK_RULE_UNCLAIMED);
}

void vk_check_visit(struct vk_step *s, struct vk_check *check, const char *reason)
{
	check->state = VK_CHECK_VISIT_REQUIRED;
	check->attempt = 3;
	check->deadline_mono_ms = after(s, vk_checks_terms(s, check)->visit_accept_ms);
	vk_check_changed(s, check, reason);
	raise_alert(s, check, VK_RULE_VISIT, check->reason);
}

void vk_check_visit_accept(struct vk_step *s, struct vk_check *check, const char *by)
{
	check->state = VK_CHECK_VISIT_ACCEPTED;
	VK_SET(check->by, by);
	check->deadline_mono_ms = after(s, vk_checks_terms(s, check)->visit_arrive_ms);
	vk_check_changed(s, check, "visit-accepted");
	accept_alert(s, check, VK_RULE_VISIT);
}

void vk_check_arrive(struct vk_step *s, struct vk_check *check, const char *by)
{
	check->state = VK_CHECK_ARRIVED;
	check->deadline_mono_ms = after(s, vk_checks_terms(s, check)->visit_done_ms);
	VK_SET(check->by, by);
	vk_check_changed(s, check, "arrived");
}

static void wait_for_recheck(struct vk_step *s, struct vk_check *check, const char *reason)
{
	check->state = VK_CHECK_RECHECK_WAIT;
	check->deadline_mono_ms = after(s, vk_checks_terms(s, check)->recheck_after_ms);
	vk_check_changed(s, check, reason);
}

/* One more look at once: by the same person, or by anybody when that person is gone. */
static void look_again(struct vk_step *s, struct vk_check *check, bool is_person,
		       const char *reason)
{
	const struct vk_plan_check *terms = vk_checks_terms(s, check);

	if (is_retrying(check))
		check->has_retried = true;
	else
		check->has_looked_again = true;
	check->is_reminded = false;
	check->state = is_person ? VK_CHECK_CLAIMED : VK_CHECK_DUE;
	if (!is_person)
		VK_SET(check->by, "");
	if (is_retrying(check))
		check->deadline_mono_ms = after(s, terms->retry_ms);
	else if (is_person)
		check->deadline_mono_ms = after(s, terms->view_start_ms);
	else
		check->deadline_mono_ms = unclaimed_deadline(s, check);
	vk_check_changed(s, check, reason);
	if (!is_person)
		vk_check_tell(s, check, reason);
}

void vk_check_outcome(struct vk_step *s, struct vk_check *check, const char *outcome,
		      bool is_person)
{
	bool is_technical = strcmp(outcome, "technical") == 0;
	bool is_unsure = strcmp(outcome, "unsure") == 0;

	if (check->state == VK_CHECK_VIEWING && !check->is_reminded)
		vk_check_close_view(s, check, "outcome");
	check->is_reminded = true; /* the view is closed, whatever follows */
	VK_SET(check->outcome, outcome);
	if (strcmp(outcome, "ok") == 0)
		vk_check_end(s, check, VK_CHECK_DONE, "ok");
	else if (strcmp(outcome, "concern") == 0)
		vk_check_visit(s, check, "concern");
	else if (is_technical ? check->has_retried : check->attempt >= 2)
		vk_check_visit(s, check, outcome);
	else if (is_technical || (is_unsure && !check->has_looked_again))
		look_again(s, check, is_person, outcome);
	else
		wait_for_recheck(s, check, outcome);
}

/* Nobody claims: told again, then an alert that a person must accept. */
static void unclaimed(struct vk_step *s, struct vk_check *check)
{
	const struct vk_plan_check *terms = vk_checks_terms(s, check);

	if (!check->is_reminded) {
		check->is_reminded = true;
		check->deadline_mono_ms = vk_later(
			check->deadline_mono_ms, terms->claim_escalate_ms - terms->claim_remind_ms);
		vk_check_changed(s, check, "remind");
		vk_check_tell(s, check, "remind");
		return;
	}
	check->deadline_mono_ms = VK_NEVER;
	vk_check_changed(s, check, VK_RULE_UNCLAIMED);
	raise_alert(s, check, VK_RULE_UNCLAIMED, VK_RULE_UNCLAIMED);
}

static void view_over(struct vk_step *s, struct vk_check *check)
{
	if (check->is_reminded) {
		vk_check_outcome(s, check, "unsure", false);
		return;
	}
	vk_check_close_view(s, check, "view-over");
	check->is_reminded = true;
	check->deadline_mono_ms = vk_later(check->deadline_mono_ms, OUTCOME_MS);
	vk_check_changed(s, check, "outcome-wanted");
}

static void second_look(struct vk_step *s, struct vk_check *check)
{
	check->attempt = 2;
	check->is_reminded = check->has_looked_again = check->has_retried = false;
	check->due_utc_ms = s->now.utc_ms;
	VK_SET(check->outcome, "");
	vk_check_due_again(s, check, "recheck");
}

/* On the way or there, and nothing heard: the alert is raised again, the visit goes on. */
static void visit_lasts(struct vk_step *s, struct vk_check *check)
{
	check->deadline_mono_ms = after(s, vk_checks_terms(s, check)->visit_done_ms);
	vk_check_changed(s, check, "visit-unfinished");
	raise_alert(s, check, VK_RULE_VISIT, check->reason);
}

void vk_checks_timer(struct vk_step *s, struct vk_check *check)
{
	switch (check->state) {
	case VK_CHECK_DUE:
	case VK_CHECK_CLAIMED:
		if (is_retrying(check))
			vk_check_visit(s, check, "technical");
		else if (check->state == VK_CHECK_DUE)
			unclaimed(s, check);
		else
			vk_check_due_again(s, check, "claim-expired");
		break;
	case VK_CHECK_VIEWING:
		view_over(s, check);
		break;
	case VK_CHECK_RECHECK_WAIT:
		second_look(s, check);
		break;
	case VK_CHECK_VISIT_ACCEPTED:
		VK_SET(check->by, "");
		vk_check_visit(s, check, "visit-overdue");
		break;
	case VK_CHECK_VISIT_REQUIRED:
		vk_check_visit(s, check, "visit-unaccepted");
		break;
	case VK_CHECK_ARRIVED:
		visit_lasts(s, check);
		break;
	case VK_CHECK_PLANNED:
	case VK_CHECK_DONE:
	case VK_CHECK_SKIPPED:
		check->deadline_mono_ms = VK_NEVER;
		break;
	}
}
