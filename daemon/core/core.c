/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The step: timers that ran out before the event, the event, timers that run out with it. Timers
 * are not kept in a list of their own; they are the times that alerts, checks, memories and plans
 * hold, so that what the database holds is all there is.
 */
#include "core/core.h"

#include <errno.h>
#include <string.h>

#include "core/alerts.h"
#include "core/checks.h"
#include "core/commands.h"
#include "core/inputs.h"
#include "core/memory.h"
#include "core/messages.h"
#include "core/missing.h"
#include "core/reach.h"
#include "core/rules.h"
#include "core/schedule.h"
#include "core/snooze.h"
#include "core/storm.h"

static const int64_t step_back_ms = INT64_C(3600000);

void vk_core_init(struct vk_core *core)
{
	memset(core, 0, sizeof *core);
	core->next_alert = core->next_check = 1;
}

/* ---- time ---- */

/* The next time-out of the state: what and when. Planned checks are apart: they follow the wall. */
struct due {
	int64_t mono_ms;
	struct vk_alert *alert;
	struct vk_check *check;
	const struct vk_rule_memory *memory;
};

static struct due next_due(struct vk_core *core)
{
	struct due due = {.mono_ms = VK_NEVER};

	for (int i = 0; i < core->n_alerts; i++)
		if (vk_reach_due_mono_ms(&core->alerts[i]) < due.mono_ms)
			due = (struct due){.mono_ms = vk_reach_due_mono_ms(&core->alerts[i]),
					   .alert = &core->alerts[i]};
	for (int i = 0; i < core->n_checks; i++)
		if (core->checks[i].deadline_mono_ms < due.mono_ms)
			due = (struct due){.mono_ms = core->checks[i].deadline_mono_ms,
					   .check = &core->checks[i]};
	for (int i = 0; i < core->n_memories; i++)
		if (core->memories[i].ask_until_mono_ms < due.mono_ms)
			due = (struct due){.mono_ms = core->memories[i].ask_until_mono_ms,
					   .memory = &core->memories[i]};
	return due;
}

/* Everything that ran out until then, in order. False: no room for the rest. */
static bool run_timers(struct vk_step *s, int64_t until_mono_ms, int reserve)
{
	for (;;) {
		struct due due = next_due(s->core);

		if (due.mono_ms == VK_NEVER || due.mono_ms > until_mono_ms)
			return true;
		if (!vk_step_has_room(s, reserve + VK_ROOM_TIMER))
			return false;
		if (due.alert)
			vk_reach_timer(s, due.alert);
		else if (due.check)
			vk_checks_timer(s, due.check);
		else if (vk_memory_is(due.memory, VK_MEMORY_SNOOZE))
			vk_snooze_end(s, due.memory, "snooze-ended");
		else
			vk_rules_timer(s, due.memory);
	}
}

/* A plan before its first day judges nothing, and one past its last goes on: both are said. */
static void tell_validity(struct vk_step *s, const struct vk_plan *plan)
{
	if (s->now.quality == VK_CLOCK_UNSYNCED)
		return;
	if (s->now.utc_ms < plan->valid_from_utc_ms)
		vk_alerts_technical(s, plan->patient, "plan-not-yet-valid", VK_PRIORITY_LOW,
				    "plan-not-yet-valid");
	else
		vk_alerts_heal(s, plan->patient, "plan-not-yet-valid");
	if (s->now.utc_ms < plan->valid_until_utc_ms)
		return;
	vk_alerts_technical(s, plan->patient, "plan-expired", VK_PRIORITY_MEDIUM, "plan-expired");
	vk_messages_expired(s, plan);
}

/* When the plan begins or ends to be valid, or a measurement is due. */
static int64_t plan_next_utc_ms(const struct vk_core *core, const struct vk_plan *plan,
				int64_t utc_ms)
{
	int64_t next = vk_missing_next(core, plan, utc_ms);

	if (core->quality == VK_CLOCK_UNSYNCED)
		return next;
	if (plan->valid_from_utc_ms > utc_ms && plan->valid_from_utc_ms < next)
		next = plan->valid_from_utc_ms;
	if (plan->valid_until_utc_ms > utc_ms && plan->valid_until_utc_ms < next)
		next = plan->valid_until_utc_ms;
	return next;
}

static bool run_planned(struct vk_step *s, struct vk_patient_state *patient, int reserve)
{
	tell_validity(s, patient->plan);
	if (!vk_missing_run(s, patient->plan, reserve))
		return false;
	if (patient->scheduled_utc_ms == 0) {
		patient->scheduled_utc_ms = s->now.utc_ms;
		vk_checks_remember(s, patient, "scheduled");
	}
	for (;;) {
		int64_t at = vk_schedule_next(patient->plan, patient->scheduled_utc_ms);

		if (at > s->now.utc_ms)
			return true;
		if (!vk_step_has_room(s, reserve + VK_ROOM_PLANNED))
			return false;
		vk_checks_planned(s, patient, at);
	}
}

static bool run_schedules(struct vk_step *s, int reserve)
{
	bool is_done = true;

	for (int i = 0; i < s->core->n_patients; i++)
		is_done = run_planned(s, &s->core->patients[i], reserve) && is_done;
	return is_done;
}

int64_t vk_core_next_mono_ms(const struct vk_core *core, const struct vk_now *now)
{
	int64_t next = VK_NEVER;

	for (int i = 0; i < core->n_alerts; i++)
		if (vk_reach_due_mono_ms(&core->alerts[i]) < next)
			next = vk_reach_due_mono_ms(&core->alerts[i]);
	for (int i = 0; i < core->n_checks; i++)
		if (core->checks[i].deadline_mono_ms < next)
			next = core->checks[i].deadline_mono_ms;
	for (int i = 0; i < core->n_memories; i++)
		if (core->memories[i].ask_until_mono_ms < next)
			next = core->memories[i].ask_until_mono_ms;
	for (int i = 0; i < core->n_patients; i++) {
		const struct vk_patient_state *patient = &core->patients[i];
		int64_t at = vk_schedule_next(patient->plan, patient->scheduled_utc_ms);
		int64_t due = plan_next_utc_ms(core, patient->plan, now->utc_ms);

		if (due < at)
			at = due;
		if (at != VK_NEVER && vk_later(now->mono_ms, at - now->utc_ms) < next)
			next = vk_later(now->mono_ms, at - now->utc_ms);
	}
	return next;
}

/* ---- plans ---- */

/* Times of the new plan count from now: those of today that are past were not its own. */
static void put_in_force(struct vk_step *s, const struct vk_plan *plan)
{
	struct vk_patient_state *patient = vk_step_patient(s, plan->patient);
	const struct vk_plan *old = patient ? patient->plan : NULL;

	if (!patient && s->core->n_patients == VK_MAX_PATIENTS) {
		vk_alerts_technical(s, "", "too-many-patients", VK_PRIORITY_HIGH,
				    "too-many-patients");
		return;
	}
	if (patient)
		patient->plan = plan;
	else
		(void)vk_core_restore_plan(s->core, plan, 0);
	patient = vk_step_patient(s, plan->patient);
	if (patient->scheduled_utc_ms < s->now.utc_ms)
		patient->scheduled_utc_ms = s->now.utc_ms;
	vk_checks_remember(s, patient, "new-plan");
	vk_rules_forget(s, old, plan);
	vk_messages_plan(s, old, plan);
	vk_missing_plan(s, plan);
	vk_snooze_plan(s, plan);
	vk_alerts_heal(s, plan->patient, "plan-expired");
	vk_checks_plan(s, plan);
}

/* A wall clock that was far ahead must not leave checks out until it is there again. */
static void follow_clock(struct vk_step *s)
{
	for (int i = 0; i < s->core->n_patients; i++) {
		struct vk_patient_state *patient = &s->core->patients[i];

		if (s->now.quality != VK_CLOCK_SYNCED ||
		    patient->scheduled_utc_ms <= s->now.utc_ms + step_back_ms)
			continue;
		patient->scheduled_utc_ms = s->now.utc_ms;
		vk_checks_remember(s, patient, "clock-stepped");
	}
}

static void start(struct vk_step *s)
{
	vk_checks_start(s);
	if (s->now.quality != VK_CLOCK_SYNCED) {
		vk_reach_unsure_start(s);
		vk_snooze_unsure_start(s);
	}
	follow_clock(s);
}

/* ---- the step ---- */

static bool makes_sense(const struct vk_event *event)
{
	switch (event->type) {
	case VK_EVENT_READING:
		return event->reading != NULL;
	case VK_EVENT_PLAN:
		return event->plan && event->plan->patient[0];
	case VK_EVENT_SIGNAL:
		return event->signal.name[0] != '\0';
	case VK_EVENT_FAULT:
		return event->fault.rule[0] != '\0';
	case VK_EVENT_TICK:
	case VK_EVENT_START:
	case VK_EVENT_COMMAND:
	case VK_EVENT_RECEIPT:
	case VK_EVENT_CLOCK:
		return true;
	}
	return false;
}

static void fault(struct vk_step *s, const struct vk_fault *told)
{
	struct vk_fault fault = *told;

	fault.priority = vk_rules_fault(s, told);
	vk_storm_fault(s, &fault);
}

static void apply(struct vk_step *s, const struct vk_event *event)
{
	switch (event->type) {
	case VK_EVENT_TICK:
		break;
	case VK_EVENT_START:
		start(s);
		break;
	case VK_EVENT_READING:
		vk_rules_reading(s, event->reading);
		break;
	case VK_EVENT_SIGNAL:
		if (!vk_inputs_take(s, &event->signal))
			break;
		vk_rules_signal(s, &event->signal);
		vk_checks_signal(s, &event->signal);
		break;
	case VK_EVENT_COMMAND:
		vk_commands_step(s, &event->command);
		break;
	case VK_EVENT_RECEIPT:
		vk_reach_receipt(s, &event->receipt);
		break;
	case VK_EVENT_PLAN:
		put_in_force(s, event->plan);
		break;
	case VK_EVENT_CLOCK:
		follow_clock(s);
		break;
	case VK_EVENT_FAULT:
		fault(s, &event->fault);
		break;
	}
}

int vk_core_step(struct vk_core *core, const struct vk_event *event, struct vk_effects *effects)
{
	struct vk_step s = {.core = core, .now = event->now, .effects = effects};
	bool is_done;

	effects->n = 0;
	if (!makes_sense(event))
		return -EINVAL;
	core->quality = event->now.quality;
	/* A start decides first which timers still mean what they say. */
	if (event->type != VK_EVENT_START)
		(void)(run_timers(&s, event->now.mono_ms - 1, VK_ROOM_EVENT) &&
		       run_schedules(&s, VK_ROOM_EVENT));
	apply(&s, event);
	is_done = run_timers(&s, event->now.mono_ms, 0);
	is_done = run_schedules(&s, 0) && is_done;
	if (s.is_lost)
		return -ENOBUFS;
	return is_done ? 0 : 1;
}
