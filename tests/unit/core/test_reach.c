/* SPDX-License-Identifier: Apache-2.0 */
/*
 * How an alert reaches somebody: the second path and the lamp without a receipt, the work list and
 * the quiet hours of low ones, the word that a taken one is open, worse values, and what stands
 * still: what is high by night.
 */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void begin_at(struct home *h, enum vk_priority priority, const char *time)
{
	struct vk_plan plan;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "BP_CRISIS", priority), VK_QUANTITY_SYSTOLIC, 180);
	home_limit(home_threshold(&plan, "BP_DIA", priority), VK_QUANTITY_DIASTOLIC, 120);
	home_init(h, &plan, time);
}

static void begin(struct home *h, enum vk_priority priority)
{
	begin_at(h, priority, "2026-03-02T12:00:00+01:00");
}

static const char *said(struct home *h, const char *verb, const char *alert)
{
	char what[32];

	(void)snprintf(what, sizeof what, "alert/%s", verb);
	return home_command(h, what, alert, "n-17", "called");
}

static int lamp(const struct home *h)
{
	const struct vk_effect *effect = home_last(h, VK_EFFECT_OUTPUT);

	assert_string_equal(effect->output.line, "lamp");
	assert_int_equal(effect->output.value, vk_core_lamp(h->core));
	return effect->output.value;
}

static void unheard_takes_the_second_path(void **state)
{
	const struct vk_effect *path;
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.rules[0].line = 17;
	h.plan.alerts.unreceived[VK_PRIORITY_HIGH] =
		(struct vk_plan_unreceived){MINUTES(1), MINUTES(2)};
	home_pressure(&h, 190, 112);
	home_wait(&h, MINUTES(1) - 1);
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 0);
	home_wait(&h, 1);
	path = home_last(&h, VK_EFFECT_SECOND_PATH);
	assert_string_equal(path->second_path.alert, "a1");
	assert_string_equal(path->second_path.role, "night-team");
	assert_int_equal(path->line, 17);
	assert_string_equal(path->reading, h.reading.id);
	assert_string_equal(path->reason, "no-receipt");
	assert_int_equal(home_count(&h, VK_EFFECT_OUTPUT, NULL), 0);
	home_wait(&h, MINUTES(1));
	assert_int_equal(lamp(&h), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 1);
	home_receipt(&h, "a1");
	assert_int_equal(lamp(&h), 0);
	home_done(&h);
}

/* Every further role is told both ways, and the path is not taken twice at one level. */
static void each_level_takes_it_again(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.alerts.unreceived[VK_PRIORITY_HIGH].second_path_ms = MINUTES(4);
	home_pressure(&h, 190, 112);
	home_wait(&h, MINUTES(3));
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 1);
	assert_int_equal(home_last(&h, VK_EFFECT_SECOND_PATH)->second_path.level, 1);
	home_wait(&h, MINUTES(6));
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 1);
	home_done(&h);
}

static void in_time_is_silent(void **state)
{
	struct home h;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin(&h, VK_PRIORITY_HIGH);
		home_pressure(&h, 190, 112);
		home_wait(&h, MINUTES(1));
		if (i)
			assert_string_equal(said(&h, "accept", "a1"), "ok");
		else
			home_receipt(&h, "a1");
		home_wait(&h, MINUTES(2));
		assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 0);
		assert_int_equal(home_count(&h, VK_EFFECT_OUTPUT, NULL), 0);
		home_done(&h);
	}
}

/* One lamp for all: it goes out with the last that wanted it. */
static void one_lamp_for_all(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	home_pressure(&h, 190, 130);
	home_wait(&h, MINUTES(2));
	assert_int_equal(home_count(&h, VK_EFFECT_OUTPUT, NULL), 1);
	assert_string_equal(said(&h, "accept", "a1"), "ok");
	assert_int_equal(lamp(&h), 1);
	home_restart(&h, 1000, VK_CLOCK_SYNCED);
	assert_true(vk_core_lamp(h.core));
	assert_string_equal(said(&h, "accept", "a2"), "ok");
	assert_int_equal(lamp(&h), 0);
	assert_int_equal(home_count(&h, VK_EFFECT_OUTPUT, NULL), 2);
	home_done(&h);
}

/* It healed before anybody saw it: nobody is to look for the reason of a lamp. */
static void healed_turns_it_off(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	home_fault(&h, "store-failed", VK_PRIORITY_HIGH, true);
	home_wait(&h, MINUTES(2));
	assert_int_equal(lamp(&h), 1);
	home_fault(&h, "store-failed", VK_PRIORITY_HIGH, false);
	assert_int_equal(lamp(&h), 0);
	home_done(&h);
}

static void a_service_without_receipts_is_not_silent(void **state)
{
	struct home h;

	(void)state;
	for (int i = 0; i < 2; i++) {
		begin(&h, VK_PRIORITY_HIGH);
		h.core->is_receiptless = i == 0;
		h.plan.is_local_only = i == 1;
		home_pressure(&h, 190, 112);
		home_wait(&h, HOURS(1));
		assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 0);
		assert_int_equal(home_count(&h, VK_EFFECT_OUTPUT, NULL), 0);
		assert_true(home_count(&h, VK_EFFECT_NOTIFY, "escalated") > 2);
		home_done(&h);
	}
}

static void unsure_start_waits_for_no_receipt(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_MEDIUM);
	home_pressure(&h, 190, 112);
	home_restart(&h, 0, VK_CLOCK_HELD);
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 1);
	assert_int_equal(lamp(&h), 1);
	home_done(&h);
}

static void taken_and_open_is_told_again(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	home_pressure(&h, 190, 112);
	assert_string_equal(said(&h, "accept", "a1"), "ok");
	home_forget(&h);
	home_wait(&h, HOURS(4) - 1);
	assert_int_equal(h.n_log, 0);
	home_wait(&h, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "not-closed"), 1);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_ACCEPTED);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->by, "n-17");
	home_restart(&h, HOURS(1), VK_CLOCK_UNSYNCED); /* no step of a ladder: not due at once */
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "not-closed"), 1);
	home_wait(&h, HOURS(3));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "not-closed"), 2);
	assert_string_equal(said(&h, "close", "a1"), "ok");
	home_wait(&h, HOURS(24));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 2);
	home_done(&h);
}

/* What heals by itself cannot be closed: nobody is asked to. */
static void a_taken_fault_is_not_told_again(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	home_fault(&h, "store-failed", VK_PRIORITY_HIGH, true);
	assert_string_equal(said(&h, "accept", "a1"), "ok");
	home_forget(&h);
	home_wait(&h, HOURS(24));
	assert_int_equal(h.n_log, 0);
	home_done(&h);
}

/* The care service has what was; what is worse it has to confirm anew, and the ladder goes on. */
static void worse_is_to_be_received_too(void **state)
{
	struct home h;

	(void)state;
	for (int is_heard = 0; is_heard < 2; is_heard++) {
		begin(&h, VK_PRIORITY_HIGH);
		h.plan.rules[0].worse_by = 10;
		home_pressure(&h, 190, 100);
		home_receipt(&h, "a1");
		home_wait(&h, MINUTES(4));
		home_pressure(&h, 199, 100); /* not by so much */
		assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RECEIVED);
		home_pressure(&h, 200, 100);
		assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RAISED);
		assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 1);
		if (is_heard)
			home_receipt(&h, "a1");
		home_forget(&h);
		home_wait(&h, MINUTES(2));
		assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), !is_heard);
		assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 1);
		home_done(&h);
	}
}

/* What is under way when it gets worse was for what it was. */
static void an_older_revision_confirms_nothing(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.rules[0].worse_by = 10;
	home_pressure(&h, 190, 100);
	home_receipt_of(&h, "a1", 0);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RECEIVED);
	home_pressure(&h, 200, 100);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->rev, 2);
	home_receipt_of(&h, "a1", 1); /* of the revision that said "received" */
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RAISED);
	home_receipt_of(&h, "a1", 2);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RECEIVED);
	home_pressure(&h, 210, 100);
	home_receipt_of(&h, "a1", 9); /* a service that has seen more than this hub remembers */
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RECEIVED);
	home_done(&h);
}

static void worse_by_the_plans_step_is_told(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.rules[0].worse_by = 10;
	home_pressure(&h, 190, 100);
	home_wait(&h, MINUTES(4));
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 1);
	home_forget(&h);
	home_pressure(&h, 199, 100);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->count, 2);
	home_pressure(&h, 200,
		      100); /* nobody has it: told, and the ladder goes on from where it is */
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "threshold"), 1);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 1);
	assert_string_equal(said(&h, "accept", "a1"), "ok");
	home_pressure(&h, 209, 100);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_ACCEPTED);
	home_pressure(&h, 210, 100); /* somebody has it: raised again from the first step */
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RAISED);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 0);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "threshold"), 2);
	home_done(&h);
}

static void worse_downwards_too(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.rules[0].conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	h.plan.rules[0].worse_by = 5;
	home_pressure(&h, 88, 60);
	home_pressure(&h, 84, 60);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_pressure(&h, 83, 60);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 2);
	home_pressure(&h, 86, 60);
	home_pressure(&h, 83, 60);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 2);
	home_done(&h);
}

/* One rule over both pressures: what joins is told, and each is compared with itself. */
static void another_quantity_is_worse(void **state)
{
	static const struct {
		int systolic, diastolic;
		bool is_told;
	} rows[] = {
		{190, 100, true},  {190, 119, false}, {185, 125, true},  {195, 128, false},
		{181, 134, false}, {181, 135, true},  {199, 100, false}, {200, 100, true},
		{209, 144, false}, {209, 145, true},  {170, 154, false}, {170, 155, true},
	};
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.n_rules = 1;
	home_limit(&h.plan.rules[0], VK_QUANTITY_DIASTOLIC, 120);
	h.plan.rules[0].worse_by = 10;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		home_forget(&h);
		home_pressure(&h, rows[i].systolic, rows[i].diastolic);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), rows[i].is_told);
	}
	home_done(&h);
}

/* … and so is what was found while nobody answered, and what was silenced. */
static void both_of_an_unconfirmed_were_told(void **state)
{
	struct vk_rule *rule;
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.plan.n_rules = 1;
	rule = &h.plan.rules[0];
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 120);
	rule->worse_by = 10;
	rule->has_confirm = true;
	rule->confirm_after_ms = MINUTES(1);
	rule->confirm_within_ms = MINUTES(15);
	home_pressure(&h, 190, 125);
	home_wait(&h, MINUTES(15));
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-unconfirmed");
	home_forget(&h);
	home_pressure(&h, 199, 134);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_pressure(&h, 170, 135);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_done(&h);
}

static void low_waits_for_the_work_list(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_LOW);
	h.plan.alerts.n_work_lists = 2;
	h.plan.alerts.work_list_s[0] = 7 * 3600;
	h.plan.alerts.work_list_s[1] = 15 * 3600;
	home_pressure(&h, 190, 130);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 2);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_restart(&h, MINUTES(1), VK_CLOCK_SYNCED);
	home_until(&h, "2026-03-02T14:59:59+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_until(&h, "2026-03-02T15:00:00+01:00");
	/* one word for both */
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "work-list"), 2);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "work-list"), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "night-team");
	/* … and of every list after it, until somebody takes them */
	home_until(&h, "2026-03-03T06:59:59+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_until(&h, "2026-03-03T07:00:00+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "work-list"), 4);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "work-list"), 2);
	assert_string_equal(said(&h, "accept", "a1"), "ok");
	assert_string_equal(said(&h, "accept", "a2"), "ok");
	home_until(&h, "2026-03-03T15:00:01+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "work-list"), 2);
	home_done(&h);
}

static void taken_leaves_the_work_list(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_LOW);
	h.plan.alerts.n_work_lists = 1;
	h.plan.alerts.work_list_s[0] = 15 * 3600;
	h.plan.alerts.remind_after_ms = HOURS(24);
	home_pressure(&h, 190, 112);
	assert_string_equal(said(&h, "accept", "a1"), "ok");
	home_until(&h, "2026-03-02T16:00:00+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_done(&h);
}

static void quiet_hours_hold_back_the_low_only(void **state)
{
	static const struct {
		enum vk_priority priority;
		const char *time, *told; /* NULL: at once */
	} rows[] = {
		{VK_PRIORITY_LOW, "2026-03-02T23:00:00+01:00", "2026-03-03T07:00:00+01:00"},
		{VK_PRIORITY_LOW, "2026-03-03T06:59:00+01:00", "2026-03-03T07:00:00+01:00"},
		{VK_PRIORITY_LOW, "2026-03-03T07:00:00+01:00", NULL},
		{VK_PRIORITY_LOW, "2026-03-03T21:59:00+01:00", NULL},
		{VK_PRIORITY_MEDIUM, "2026-03-02T23:00:00+01:00", NULL},
		{VK_PRIORITY_HIGH, "2026-03-02T23:00:00+01:00", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		begin_at(&h, rows[i].priority, rows[i].time);
		h.plan.has_quiet = true;
		h.plan.quiet_from_s = 22 * 3600;
		h.plan.quiet_until_s = 7 * 3600;
		home_pressure(&h, 190, 112);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), rows[i].told == NULL);
		if (rows[i].told)
			home_until(&h, rows[i].told);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
		home_done(&h);
	}
}

/* Without lists it is told again at the plan's pace, and not before the quiet hours end. */
static void low_is_told_again_by_day(void **state)
{
	static const char *const told[] = {"2026-03-02T17:00:00+01:00", "2026-03-02T21:00:00+01:00",
					   "2026-03-03T07:00:00+01:00",
					   "2026-03-04T07:00:00+01:00"};
	struct home h;

	(void)state;
	begin_at(&h, VK_PRIORITY_LOW, "2026-03-02T13:00:00+01:00");
	h.plan.has_quiet = true;
	h.plan.quiet_from_s = 22 * 3600;
	h.plan.quiet_until_s = 7 * 3600;
	home_pressure(&h, 190, 130);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 2);
	for (int i = 0; i < 4; i++) {
		home_until(&h, told[i]);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "work-list"), 1 + i);
		home_wait(&h, 1000);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 3 + i);
	}
	assert_int_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.level, 0);
	home_done(&h);
}

/* More urgent than the list it waits on: told now. */
static void more_urgent_leaves_the_list(void **state)
{
	struct home h;

	(void)state;
	begin_at(&h, VK_PRIORITY_LOW, "2026-03-02T23:00:00+01:00");
	h.plan.has_quiet = true;
	h.plan.quiet_from_s = 22 * 3600;
	h.plan.quiet_until_s = 7 * 3600;
	home_fault(&h, "clock", VK_PRIORITY_LOW, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_fault(&h, "clock", VK_PRIORITY_MEDIUM, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "duty-nurse");
	home_done(&h);
}

static void refused_on_the_list_goes_up(void **state)
{
	struct home h;

	(void)state;
	begin_at(&h, VK_PRIORITY_LOW, "2026-03-02T23:00:00+01:00");
	h.plan.has_quiet = true;
	h.plan.quiet_from_s = 22 * 3600;
	h.plan.quiet_until_s = 7 * 3600;
	home_pressure(&h, 190, 112);
	assert_string_equal(said(&h, "reject", "a1"), "ok");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "rejected"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 0);
	home_done(&h);
}

/* A hub without a plan has alerts of its own, and somebody must hear of them. */
static void without_any_plan(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_PRIORITY_HIGH);
	h.core->n_patients = 0;
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = h.now};

	(void)snprintf(event.fault.rule, VK_ID_TEXT, "store-failed");
	event.fault.priority = VK_PRIORITY_HIGH;
	event.fault.is_active = true;
	assert_int_equal(vk_core_step(h.core, &event, h.effects), 0);
	assert_string_equal(h.core->alerts[0].role, "care-team");
	assert_true(h.core->alerts[0].escalate_mono_ms != VK_NEVER);
	assert_true(h.core->alerts[0].second_path_mono_ms != VK_NEVER);
	(void)snprintf(event.fault.rule, VK_ID_TEXT, "plugin-lost");
	event.fault.priority = VK_PRIORITY_MEDIUM;
	assert_int_equal(vk_core_step(h.core, &event, h.effects), 0);
	assert_int_equal(h.core->alerts[1].second_path_mono_ms, h.now.mono_ms + MINUTES(15));
	assert_int_equal(h.core->alerts[1].lamp_mono_ms, h.now.mono_ms + MINUTES(30));
	assert_int_equal(h.core->alerts[1].escalate_mono_ms, h.now.mono_ms + HOURS(4));
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unheard_takes_the_second_path),
		cmocka_unit_test(each_level_takes_it_again),
		cmocka_unit_test(in_time_is_silent),
		cmocka_unit_test(one_lamp_for_all),
		cmocka_unit_test(healed_turns_it_off),
		cmocka_unit_test(a_service_without_receipts_is_not_silent),
		cmocka_unit_test(unsure_start_waits_for_no_receipt),
		cmocka_unit_test(taken_and_open_is_told_again),
		cmocka_unit_test(a_taken_fault_is_not_told_again),
		cmocka_unit_test(worse_is_to_be_received_too),
		cmocka_unit_test(an_older_revision_confirms_nothing),
		cmocka_unit_test(worse_by_the_plans_step_is_told),
		cmocka_unit_test(worse_downwards_too),
		cmocka_unit_test(another_quantity_is_worse),
		cmocka_unit_test(both_of_an_unconfirmed_were_told),
		cmocka_unit_test(low_waits_for_the_work_list),
		cmocka_unit_test(taken_leaves_the_work_list),
		cmocka_unit_test(quiet_hours_hold_back_the_low_only),
		cmocka_unit_test(low_is_told_again_by_day),
		cmocka_unit_test(more_urgent_leaves_the_list),
		cmocka_unit_test(refused_on_the_list_goes_up),
		cmocka_unit_test(without_any_plan),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
