/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The next day of the state's own schedules. A list that is full ends earlier and says so: until is
 * then the time of the first thing that found no room.
 */
#include "core/promise.h"

#include <stdio.h>
#include <string.h>

#include "core/checks.h"
#include "core/missing.h"
#include "core/schedule.h"

enum {
	HORIZON_MS = 24 * 60 * 60 * 1000,
	HEARTBEAT_MS = 5 * 60 * 1000, /* how often the promise itself is sent */
	HEARTBEAT_GRACE_S = 10 * 60,  /* with it: a hub is silent after a quarter of an hour */
	GRACE_S = 60, /* a time-out of the hub's own, and the way to the other end */
};

static void add(struct vk_promise *promise, enum vk_expected_kind kind, const char *patient,
		const char *id, int64_t due_utc_ms, int32_t grace_s)
{
	struct vk_expected *at;

	if (due_utc_ms >= promise->until_utc_ms)
		return;
	if (promise->n == VK_MAX_EXPECTED) {
		const struct vk_expected *last = &promise->list[--promise->n];

		promise->until_utc_ms = last->due_utc_ms;
		add(promise, kind, patient, id, due_utc_ms, grace_s);
		return;
	}
	at = &promise->list[promise->n++];
	for (; at > promise->list && at[-1].due_utc_ms > due_utc_ms; at--)
		*at = at[-1];
	memset(at, 0, sizeof *at);
	at->kind = kind;
	VK_SET(at->patient, patient);
	VK_SET(at->id, id);
	at->due_utc_ms = due_utc_ms;
	at->grace_s = grace_s;
}

static void add_planned(struct vk_promise *promise, const struct vk_patient_state *patient,
			const struct vk_plan_check *check)
{
	const struct vk_plan *plan = patient->plan;
	int64_t at = vk_schedule_check_next(plan, check, patient->scheduled_utc_ms);

	for (; at < promise->until_utc_ms; at = vk_schedule_check_next(plan, check, at))
		if (vk_checks_have_consent(plan, at) && !vk_checks_pause(patient, check->name, at))
			add(promise, VK_EXPECTED_CHECK, plan->patient, check->name, at,
			    (int32_t)(check->claim_escalate_ms / 1000) + GRACE_S);
}

static void add_measurements(struct vk_promise *promise, const struct vk_core *core,
			     const struct vk_plan *plan, int64_t utc_ms)
{
	for (int i = 0; plan->is_alerting && i < plan->n_schedules; i++) {
		int64_t until[VK_MISSING_WINDOWS];
		int n = vk_missing_waits(core, plan, &plan->schedules[i], utc_ms, until);

		for (int k = 0; k < n; k++)
			add(promise, VK_EXPECTED_READING, plan->patient, plan->schedules[i].id,
			    until[k], GRACE_S);
	}
}

/* Every step of an open look has a time-out, and then something is said. */
static void add_open(struct vk_promise *promise, const struct vk_check *check,
		     const struct vk_now *now)
{
	char id[16];

	if (check->deadline_mono_ms == VK_NEVER)
		return;
	(void)snprintf(id, sizeof id, "c%u", check->serial);
	add(promise, VK_EXPECTED_CHECK, check->patient, id,
	    now->utc_ms + (check->deadline_mono_ms - now->mono_ms), GRACE_S);
}

void vk_core_promise(const struct vk_core *core, const struct vk_now *now,
		     struct vk_promise *ret_promise)
{
	ret_promise->n = 0;
	ret_promise->until_utc_ms = now->utc_ms + HORIZON_MS;
	add(ret_promise, VK_EXPECTED_HEARTBEAT, "", "heartbeat", now->utc_ms + HEARTBEAT_MS,
	    HEARTBEAT_GRACE_S);
	for (int i = 0; i < core->n_checks; i++)
		add_open(ret_promise, &core->checks[i], now);
	for (int i = 0; i < core->n_patients; i++) {
		const struct vk_patient_state *patient = &core->patients[i];

		for (int k = 0; k < patient->plan->n_checks; k++)
			add_planned(ret_promise, patient, &patient->plan->checks[k]);
		add_measurements(ret_promise, core, patient->plan, now->utc_ms);
	}
}

const char *vk_expected_kind_text(enum vk_expected_kind kind)
{
	static const char *const texts[] = {"check", "reading", "heartbeat"};

	return (size_t)kind < VK_ARRAY_LEN(texts) ? texts[kind] : "?";
}
