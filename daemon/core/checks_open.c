/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How checks begin: at a planned moment, by a signal, or too late, when the hub was off. A pause or
 * a consent that is not there makes a record and a task instead; nothing is left out in silence.
 */
#include <stdio.h>
#include <string.h>

#include "core/alerts.h"
#include "core/checks.h"
#include "core/memory.h"
#include "core/schedule.h"

enum {
	MINUTE_MS = 60 * 1000,
	LATE_MS = MINUTE_MS,
	MISSED_MS = 60 * MINUTE_MS, /* a look so late says nothing about that night */
};

bool vk_checks_have_consent(const struct vk_plan *plan, int64_t utc_ms)
{
	int32_t today = vk_zone_day(&plan->zone, utc_ms);

	for (int i = 0; i < plan->n_consents; i++)
		if (strcmp(plan->consents[i].scope, "camera") == 0 &&
		    today >= plan->consents[i].given_day && today < plan->consents[i].withdrawn_day)
			return true;
	return false;
}

const char *vk_checks_pause(const struct vk_patient_state *patient, const char *name,
			    int64_t utc_ms)
{
	const struct vk_plan *plan = patient->plan;

	if (utc_ms < patient->paused_until_utc_ms)
		return patient->paused_reason;
	for (int i = 0; i < plan->n_pauses; i++) {
		const struct vk_plan_pause *pause = &plan->pauses[i];

		if ((!pause->check[0] || strcmp(pause->check, name) == 0) &&
		    utc_ms >= pause->from_utc_ms && utc_ms < pause->until_utc_ms)
			return pause->reason;
	}
	return NULL;
}

void vk_checks_remember(struct vk_step *s, const struct vk_patient_state *patient,
			const char *reason)
{
	struct vk_rule_memory memory = vk_memory_empty(patient->plan->patient, VK_MEMORY_CHECKS);

	memory.n_days = 2;
	memory.days[1] = 1;
	memory.day_values[0] = patient->scheduled_utc_ms;
	memory.day_values[1] = patient->paused_until_utc_ms;
	VK_SET(memory.ask_reading, patient->paused_reason);
	vk_memory_keep(s, &memory, reason);
}

static struct vk_check *add(struct vk_step *s, const char *patient,
			    const struct vk_plan_check *terms, int64_t due_utc_ms)
{
	struct vk_check *check;

	if (s->core->n_checks == VK_MAX_CHECKS) {
		vk_alerts_technical(s, patient, VK_RULE_FULL, VK_PRIORITY_HIGH, VK_RULE_FULL);
		return NULL;
	}
	check = &s->core->checks[s->core->n_checks++];
	memset(check, 0, sizeof *check);
	check->serial = s->core->next_check++;
	check->rev = -1; /* the first change makes it 0 */
	VK_SET(check->patient, patient);
	VK_SET(check->name, terms->name);
	check->attempt = 1;
	check->due_utc_ms = due_utc_ms;
	return check;
}

static void open_check(struct vk_step *s, const char *patient, const struct vk_plan_check *terms,
		       int64_t due_utc_ms, const char *reason)
{
	struct vk_check *check = add(s, patient, terms, due_utc_ms);

	if (!check)
		return;
	check->state = VK_CHECK_DUE;
	check->deadline_mono_ms = vk_later(s->now.mono_ms, terms->claim_remind_ms);
	vk_check_changed(s, check, reason);
	vk_check_tell(s, check, reason);
}

static struct vk_check *find_open(struct vk_core *core, const char *patient, const char *name)
{
	for (int i = 0; i < core->n_checks; i++)
		if (strcmp(core->checks[i].patient, patient) == 0 &&
		    strcmp(core->checks[i].name, name) == 0)
			return &core->checks[i];
	return NULL;
}

/* One visit answers for all that were missed in a row. */
static void miss_check(struct vk_step *s, const char *patient, const struct vk_plan_check *terms,
		       int64_t due_utc_ms)
{
	struct vk_check *check = find_open(s->core, patient, terms->name);

	if (check && strcmp(check->reason, "check-missed") == 0)
		return;
	check = add(s, patient, terms, due_utc_ms);
	if (check)
		vk_check_visit(s, check, "check-missed");
}

static void skip_check(struct vk_step *s, const char *patient, const struct vk_plan_check *terms,
		       int64_t due_utc_ms, const char *reason)
{
	struct vk_check *check = add(s, patient, terms, due_utc_ms);

	if (check)
		vk_check_end(s, check, VK_CHECK_SKIPPED, reason);
}

static void begin(struct vk_step *s, const struct vk_patient_state *patient,
		  const struct vk_plan_check *terms, int64_t due_utc_ms)
{
	const char *pause = vk_checks_pause(patient, terms->name, due_utc_ms);
	const char *id = patient->plan->patient;
	int64_t late_ms = s->now.utc_ms - due_utc_ms;

	if (!vk_checks_have_consent(patient->plan, due_utc_ms))
		vk_step_task(s, id, "plan-physical-checks", "consent-withdrawn");
	else if (pause)
		skip_check(s, id, terms, due_utc_ms, pause);
	else if (late_ms >= MISSED_MS)
		miss_check(s, id, terms, due_utc_ms);
	else
		open_check(s, id, terms, due_utc_ms, late_ms >= LATE_MS ? "late" : "planned");
}

void vk_checks_planned(struct vk_step *s, struct vk_patient_state *patient, int64_t at_utc_ms)
{
	const struct vk_plan *plan = patient->plan;

	for (int i = 0; i < plan->n_checks; i++)
		if (vk_schedule_check_next(plan, &plan->checks[i], patient->scheduled_utc_ms) ==
		    at_utc_ms)
			begin(s, patient, &plan->checks[i], at_utc_ms);
	patient->scheduled_utc_ms = at_utc_ms;
	vk_checks_remember(s, patient, "scheduled");
}

/* A clock that is unsure knows no hours: then a look too many is asked for, not one too few. */
static bool is_hour(const struct vk_step *s, const struct vk_plan *plan,
		    const struct vk_plan_check *terms)
{
	return !terms->has_during || s->now.quality == VK_CLOCK_UNSYNCED ||
	       vk_schedule_hours_until(&plan->zone, terms->during_from_s, terms->during_until_s,
				       s->now.utc_ms);
}

static bool opens(const struct vk_plan_check *terms, const char *signal)
{
	for (int i = 0; i < terms->n_on; i++)
		if (strcmp(terms->on[i], signal) == 0)
			return true;
	return false;
}

/*
 * Back in bed before anybody looked: only where the plan says that the sensor may tell so, and
 * while it is known what night it is.
 */
static void close_by_signal(struct vk_step *s, const struct vk_signal *signal)
{
	if (s->now.quality == VK_CLOCK_UNSYNCED)
		return;
	for (int i = s->core->n_checks - 1; i >= 0; i--) {
		struct vk_check *check = &s->core->checks[i];

		if (strcmp(check->patient, signal->patient) != 0 ||
		    strcmp(vk_checks_terms(s, check)->closed_by, signal->name) != 0 ||
		    (check->state != VK_CHECK_DUE && check->state != VK_CHECK_RECHECK_WAIT))
			continue;
		VK_SET(check->by, "");
		VK_SET(check->outcome, "sensor");
		vk_check_end(s, check, VK_CHECK_DONE, signal->name);
	}
}

void vk_checks_signal(struct vk_step *s, const struct vk_signal *signal)
{
	const struct vk_patient_state *patient = vk_step_patient(s, signal->patient);

	if (!patient)
		return;
	if (!signal->is_active) {
		close_by_signal(s, signal);
		return;
	}
	for (int i = 0; i < patient->plan->n_checks; i++) {
		const struct vk_plan_check *terms = &patient->plan->checks[i];

		if (!opens(terms, signal->name) || !is_hour(s, patient->plan, terms) ||
		    find_open(s->core, signal->patient, terms->name) ||
		    vk_checks_pause(patient, terms->name, s->now.utc_ms))
			continue;
		if (!vk_checks_have_consent(patient->plan, s->now.utc_ms))
			vk_step_task(s, signal->patient, "plan-physical-checks",
				     "consent-withdrawn");
		else
			open_check(s, signal->patient, terms, s->now.utc_ms, signal->name);
	}
}

/*
 * A power cut changes no time-out: a view that was open is over when it would have been, and its
 * outcome is wanted. Without a trusted clock no time-out may be trusted: all are due.
 */
void vk_checks_start(struct vk_step *s)
{
	for (int i = 0; i < s->core->n_checks && s->now.quality != VK_CLOCK_SYNCED; i++)
		if (s->core->checks[i].deadline_mono_ms != VK_NEVER)
			s->core->checks[i].deadline_mono_ms = s->now.mono_ms;
}

static bool is_camera_check(const struct vk_check *check)
{
	return check->state == VK_CHECK_DUE || check->state == VK_CHECK_CLAIMED ||
	       check->state == VK_CHECK_VIEWING || check->state == VK_CHECK_RECHECK_WAIT;
}

/* Withdrawn consent ends what would have been looked at; a visit is still a visit. */
void vk_checks_plan(struct vk_step *s, const struct vk_plan *plan)
{
	bool has_task = plan->n_checks > 0;

	if (vk_checks_have_consent(plan, s->now.utc_ms))
		return;
	for (int i = s->core->n_checks - 1; i >= 0; i--) {
		struct vk_check *check = &s->core->checks[i];

		if (strcmp(check->patient, plan->patient) != 0 || !is_camera_check(check))
			continue;
		vk_check_end(s, check, VK_CHECK_SKIPPED, "consent-withdrawn");
		has_task = true;
	}
	if (has_task)
		vk_step_task(s, plan->patient, "plan-physical-checks", "consent-withdrawn");
}
