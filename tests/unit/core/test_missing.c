/* SPDX-License-Identifier: Apache-2.0 */
/* What was not measured: whose fault it is called, which windows wait, and what ends it. */
#include <stdio.h>
#include <string.h>

#include "core/missing.h"
#include "home.h"

static void put(char *dst, const char *text)
{
	(void)snprintf(dst, VK_ID_TEXT, "%s", text);
}

static void schedule(struct vk_plan *plan, const char *id, int from, int until)
{
	struct vk_plan_schedule *s = &plan->schedules[plan->n_schedules++];

	put(s->id, id);
	s->measure = VK_KIND_WEIGHT;
	s->from_s = from * 3600;
	s->until_s = until * 3600;
	s->early_ms = HOURS(1);
	s->remind_after_ms = HOURS(1);
}

static void missing_rule(struct vk_plan *plan, const char *id, const char *of)
{
	struct vk_rule *rule = home_threshold(plan, id, VK_PRIORITY_MEDIUM);

	rule->type = VK_RULE_MISSING;
	rule->message[0] = '\0';
	put(rule->schedule, of);
	rule->missed_days = 1;
}

/* Mornings and evenings, each with its rule, and a rule of another type before them. */
static void begin(struct home *h, const char *time)
{
	struct vk_plan plan;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "BP", VK_PRIORITY_LOW), VK_QUANTITY_SYSTOLIC, 160);
	schedule(&plan, "morning", 6, 9);
	schedule(&plan, "evening", 18, 0);
	missing_rule(&plan, "NO_MORNING", "morning");
	missing_rule(&plan, "NO_EVENING", "evening");
	home_init(h, &plan, time);
}

static void fault(struct home *h, const char *rule, const char *patient, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = h->now};

	put(event.fault.rule, rule);
	put(event.fault.patient, patient);
	event.fault.priority = VK_PRIORITY_LOW;
	event.fault.is_active = is_active;
	home_step(h, &event);
}

static void each_rule_counts_its_own_schedule(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T05:00:00+01:00");
	home_until(&h, "2026-03-02T09:30:00+01:00");
	assert_non_null(home_alert(&h, "NO_MORNING"));
	assert_null(home_alert(&h, "NO_EVENING"));
	/* the last window of a day ends with the day */
	home_until(&h, "2026-03-02T23:59:59+01:00");
	assert_null(home_alert(&h, "NO_EVENING"));
	home_until(&h, "2026-03-03T00:00:00+01:00");
	assert_non_null(home_alert(&h, "NO_EVENING"));
	home_until(&h, "2026-03-03T07:00:00+01:00");
	home_weight(&h, "78.0");
	assert_false(home_alert(&h, "NO_MORNING")->is_active);
	assert_true(home_alert(&h, "NO_EVENING")->is_active);
	home_done(&h);
}

static void who_is_to_blame_is_told_apart(void **state)
{
	static const struct {
		const char *rule, *patient, *reason;
		bool is_healed;
	} rows[] = {
		{"device-not-heard", "p-1042", "not-heard", false},
		{"device-not-heard-00AA01010000", "p-1042", "not-heard", false},
		{"bond-lost-00AA01010000", "p-1042", "not-heard", false},
		{"device-clock-00AA01010000", "p-1042", "not-measured", false},
		{"radio-lost", "", "not-heard", false},
		{"device-not-heard", "p-1042", "not-measured", true},
		{"device-not-heard", "p-7", "not-measured", false},
		{"backlog", "", "not-measured", false},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		begin(&h, "2026-03-02T05:00:00+01:00");
		h.plan.schedules[0].line = 9;
		fault(&h, rows[i].rule, rows[i].patient, true);
		if (rows[i].is_healed)
			fault(&h, rows[i].rule, rows[i].patient, false);
		home_until(&h, "2026-03-02T09:30:00+01:00");
		assert_int_equal(home_count(&h, VK_EFFECT_TASK, rows[i].reason), 1);
		assert_int_equal(home_count(&h, VK_EFFECT_TASK, NULL), 1);
		assert_int_equal(home_last(&h, VK_EFFECT_TASK)->line, 9);
		assert_string_equal(home_alert(&h, "NO_MORNING")->reason, rows[i].reason);
		home_done(&h);
	}
}

/* A clinical alert that is open tells nothing about the kit. */
static void an_alert_of_the_patient_is_no_fault_of_the_kit(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T05:00:00+01:00");
	home_pressure(&h, 170, 90);
	assert_non_null(home_alert(&h, "BP"));
	home_until(&h, "2026-03-02T09:30:00+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "not-measured"), 1);
	home_done(&h);
}

static void a_clock_that_went_back_begins_anew(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-08T05:00:00+01:00");
	home_until(&h, "2026-03-08T10:00:00+01:00");
	assert_int_equal(vk_missing_days(h.core, "p-1042", "morning"), 1);
	home_forget(&h);
	home_reload(&h);
	assert_int_equal(vk_rfc3339_parse("2026-03-02T05:00:00+01:00", &h.now.utc_ms), 0);
	home_step(&h, &(struct vk_event){.type = VK_EVENT_START, .now = h.now});
	home_until(&h, "2026-03-02T10:00:00+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "not-measured"), 1);
	home_done(&h);
}

/* Before its first step a plan waits for what is still to come today, and from now on. */
static void windows_that_wait(void **state)
{
	int64_t until[VK_MISSING_WINDOWS], wanted;
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T05:00:00+01:00");
	home_until(&h, "2026-03-02T07:00:00+01:00");
	assert_int_equal(vk_rfc3339_parse("2026-03-02T09:00:00+01:00", &wanted), 0);
	assert_int_equal(
		vk_missing_waits(h.core, &h.plan, &h.plan.schedules[0], h.now.utc_ms, until), 2);
	assert_true(until[0] == wanted && until[1] == wanted + HOURS(24));
	home_weight(&h, "78.0");
	assert_int_equal(
		vk_missing_waits(h.core, &h.plan, &h.plan.schedules[0], h.now.utc_ms, until), 1);
	assert_true(until[0] == wanted + HOURS(24));
	vk_core_init(h.again);
	assert_int_equal(vk_core_restore_plan(h.again, &h.plan, 0), 0);
	assert_true(vk_missing_next(h.again, &h.plan, h.now.utc_ms) == VK_NEVER); /* no clock */
	h.again->quality = VK_CLOCK_SYNCED;
	assert_true(vk_missing_next(h.again, &h.plan, h.now.utc_ms) == h.now.utc_ms);
	/* begun at 07:00, the morning has begun without it */
	assert_int_equal(
		vk_missing_waits(h.again, &h.plan, &h.plan.schedules[0], h.now.utc_ms, until), 1);
	assert_true(until[0] == wanted + HOURS(24));
	home_done(&h);
}

/* Measured late, with no other window that waits for it: late, and there. */
static void late_is_there(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T05:00:00+01:00");
	h.plan.schedules[1].measure = VK_KIND_GLUCOSE;
	home_until(&h, "2026-03-02T20:00:00+01:00");
	assert_true(home_alert(&h, "NO_MORNING")->is_active);
	home_weight(&h, "78.0");
	assert_false(home_alert(&h, "NO_MORNING")->is_active);
	assert_int_equal(home_last(&h, VK_EFFECT_TASK)->task.is_done, true);
	home_done(&h);
	begin(&h, "2026-03-02T05:00:00+01:00");
	home_until(&h, "2026-03-02T12:00:00+01:00");
	home_weight(&h, "78.0"); /* too early for the evening's */
	assert_false(home_alert(&h, "NO_MORNING")->is_active);
	home_until(&h, "2026-03-03T00:30:00+01:00");
	assert_true(home_alert(&h, "NO_EVENING")->is_active);
	home_done(&h);
}

static void what_a_pure_relay_misses_is_not_told(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T05:00:00+01:00");
	h.plan.is_alerting = false;
	assert_true(vk_missing_next(h.core, &h.plan, h.now.utc_ms) == VK_NEVER);
	home_until(&h, "2026-03-02T12:00:00+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, NULL), 0);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, NULL), 0);
	home_done(&h);
}

/* More than one step holds: nothing is left out, and nothing is told twice. */
static void weeks_of_many_schedules_are_told_in_several_steps(void **state)
{
	static const char *const names[] = {"p-2", "p-3"};
	struct vk_plan plan, others[2];
	struct home h;

	(void)state;
	home_plan(&plan);
	for (int i = 0; i < VK_MAX_SCHEDULES; i++) {
		char id[8], rule[8];

		(void)snprintf(id, sizeof id, "s%d", i);
		schedule(&plan, id, 6, 9);
		put(plan.schedules[i].missed, "rest-and-call");
		for (int k = 0; k < 3; k++) {
			(void)snprintf(rule, sizeof rule, "M%d%d", i, k);
			missing_rule(&plan, rule, id);
		}
	}
	home_init(&h, &plan, "2026-03-02T05:00:00+01:00");
	for (int i = 0; i < 2; i++) {
		others[i] = plan;
		put(others[i].patient, names[i]);
		h.others[h.n_others++] = &others[i];
		home_step(&h, &(struct vk_event){
				      .type = VK_EVENT_PLAN, .now = h.now, .plan = &others[i]});
	}
	home_forget(&h);
	home_restart(&h, HOURS(24 * 30), VK_CLOCK_SYNCED);
	assert_true(h.n_log > VK_MAX_EFFECTS);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "not-measured"), 9 * VK_MAX_SCHEDULES);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "not-measured"), 3);
	for (int i = 0; i < VK_MAX_SCHEDULES; i++) {
		assert_int_equal(vk_missing_days(h.core, "p-1042", plan.schedules[i].id), 3);
		assert_int_equal(vk_missing_days(h.core, "p-3", plan.schedules[i].id), 3);
	}
	home_done(&h);
}

/* The plan that counts is the one in force: a window that was moved ends when the new one does. */
static void a_window_that_moves_ends_later(void **state)
{
	struct vk_plan old;
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T05:00:00+01:00");
	home_until(&h, "2026-03-02T08:30:00+01:00");
	old = h.plan;
	h.core->patients[0].plan = &old;
	h.plan.version++;
	h.plan.schedules[0].until_s = 11 * 3600;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
	home_until(&h, "2026-03-02T10:59:59+01:00");
	assert_null(home_alert(&h, "NO_MORNING"));
	home_until(&h, "2026-03-02T11:00:00+01:00");
	assert_non_null(home_alert(&h, "NO_MORNING"));
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_rule_counts_its_own_schedule),
		cmocka_unit_test(who_is_to_blame_is_told_apart),
		cmocka_unit_test(an_alert_of_the_patient_is_no_fault_of_the_kit),
		cmocka_unit_test(a_clock_that_went_back_begins_anew),
		cmocka_unit_test(windows_that_wait),
		cmocka_unit_test(late_is_there),
		cmocka_unit_test(what_a_pure_relay_misses_is_not_told),
		cmocka_unit_test(weeks_of_many_schedules_are_told_in_several_steps),
		cmocka_unit_test(a_window_that_moves_ends_later),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
