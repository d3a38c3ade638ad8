/* SPDX-License-Identifier: Apache-2.0 */
/* Who is told when, what a person can do, receipts, faults, unsure clocks and full tables. */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void begin(struct home *h)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	rule = home_threshold(&plan, "BP_CRISIS", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static void begin_raised(struct home *h)
{
	begin(h);
	home_pressure(h, 190, 112);
	home_forget(h);
}

static void climbs_the_ladder(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin_raised(&h);
	home_wait(&h, MINUTES(3) - 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, "no-receipt"), 1);
	home_forget(&h);
	home_wait(&h, 1);
	alert = home_alert(&h, "BP_CRISIS");
	assert_int_equal(alert->level, 1);
	assert_int_equal(alert->rev, 2);
	assert_string_equal(alert->role, "duty-nurse");
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "duty-nurse");
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.alert, "a1");
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, "no-receipt"), 1);
	home_wait(&h, MINUTES(7));
	alert = home_alert(&h, "BP_CRISIS");
	assert_int_equal(alert->level, 2);
	assert_string_equal(alert->role, "alarm-centre");
	/* the last role is told again until somebody accepts, less often as time goes on */
	home_wait(&h, MINUTES(10));
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 2);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 3);
	home_wait(&h, HOURS(24));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 11);
	home_done(&h);
}

/* One step says no time of its own: the plan's for reminders; then as old as it is, at most a day.
 */
static void medium_is_told_again_to_its_one_role(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[0].priority = VK_PRIORITY_MEDIUM;
	home_pressure(&h, 190, 112);
	home_receipt(&h, "a1");
	home_wait(&h, HOURS(4) - 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_restart(&h, 0, VK_CLOCK_SYNCED);
	home_wait(&h, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 2);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "duty-nurse");
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 0);
	home_wait(&h, HOURS(32 - 4)); /* at 8, 16 and 32 hours of age */
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 4);
	home_wait(&h, HOURS(24 + 24));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 6);
	assert_string_equal(home_command(&h, "alert/accept", "a1", "n-17", ""), "ok");
	home_wait(&h, HOURS(3));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 7);
	home_done(&h);
}

/* With several steps: first after the last one's own time, 10 minutes at least. */
static void medium_is_told_again_at_the_last_step(void **state)
{
	static const struct {
		int64_t last_ms, told_ms[4]; /* since it was raised, at the top */
	} rows[] = {
		{HOURS(1), {HOURS(2), HOURS(4), HOURS(8), HOURS(16)}},
		{MINUTES(1), {MINUTES(11), MINUTES(22), MINUTES(44), MINUTES(88)}},
		{HOURS(30), {HOURS(60), HOURS(90), HOURS(120), HOURS(150)}},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct vk_ladder_step *last;
		struct home h;
		int64_t at_ms = 0;

		begin(&h);
		h.plan.rules[0].priority = VK_PRIORITY_MEDIUM;
		last = &h.plan.escalation[VK_PRIORITY_MEDIUM].steps[1];
		(void)snprintf(last->to, sizeof last->to, "night-team");
		last->after_ms = rows[i].last_ms;
		h.plan.escalation[VK_PRIORITY_MEDIUM].n = 2;
		home_pressure(&h, 190, 112);
		home_receipt(&h, "a1");
		home_wait(&h, rows[i].last_ms);
		for (int k = 0; k < 4; k++) {
			home_wait(&h, rows[i].told_ms[k] - 1 - (k ? at_ms : rows[i].last_ms));
			assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 1 + k);
			home_wait(&h, 1);
			assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 2 + k);
			at_ms = rows[i].told_ms[k];
		}
		assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "night-team");
		home_done(&h);
	}
}

static void accepted_then_closed(void **state)
{
	const struct vk_effect *last;
	struct home h;

	(void)state;
	begin_raised(&h);
	assert_string_equal(home_command(&h, "alert/close", "a1", "n-17", "called"), "wrong-state");
	assert_string_equal(home_command(&h, "alert/accept", "a1", "n-17", ""), "ok");
	assert_int_equal(home_last(&h, VK_EFFECT_REPLY)->reply.rev, 1);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_ACCEPTED);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->by, "n-17");
	home_wait(&h, HOURS(2));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	assert_string_equal(home_command(&h, "alert/close", "a1", "n-17", ""), "no-outcome");
	assert_string_equal(home_command(&h, "alert/close", "a1", "n-17", "called-patient"), "ok");
	last = home_last(&h, VK_EFFECT_ALERT);
	assert_int_equal(last->alert.state, VK_ALERT_CLOSED);
	assert_int_equal(last->alert.rev, 2);
	assert_string_equal(last->alert.outcome, "called-patient");
	assert_string_equal(last->reason, "closed");
	assert_int_equal(home_last(&h, VK_EFFECT_REPLY)->reply.rev, 2);
	assert_int_equal(h.core->n_alerts, 0);
	assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	assert_string_equal(home_command(&h, "alert/accept", "a1", "n-17", ""), "not-found");
	home_done(&h);
}

static void refusals(void **state)
{
	struct vk_command c = {.noun = "alert", .verb = "accept", .object = "a1", .rev = 3};
	struct home h;

	(void)state;
	begin_raised(&h);
	(void)snprintf(c.staff, sizeof c.staff, "n-17");
	assert_string_equal(home_say(&h, &c), "conflict");
	assert_int_equal(home_last(&h, VK_EFFECT_REPLY)->reply.rev, 0);
	c.rev = 0;
	assert_string_equal(home_say(&h, &c), "ok");
	c.rev = -1;
	assert_string_equal(home_say(&h, &c), "wrong-state");
	assert_string_equal(home_command(&h, "alert/accept", "a9", "n-17", ""), "not-found");
	assert_string_equal(home_command(&h, "alert/accept", "p-1042", "n-17", ""), "not-found");
	assert_string_equal(home_command(&h, "alert/eat", "a1", "n-17", ""), "unknown-command");
	assert_string_equal(home_command(&h, "oven/accept", "a1", "n-17", ""), "unknown-command");
	assert_string_equal(home_command(&h, "alert/snooze", "a1", "n-17", ""), "no-reason");
	assert_string_equal(home_command(&h, "alert/accept", "a1", "", ""), "no-staff");
	assert_string_equal(home_command(&h, "alert/reject", "a1", "night-3", ""), "wrong-state");
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 1);
	home_done(&h);
}

static void rejected_goes_on_at_once(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin_raised(&h);
	assert_string_equal(home_command(&h, "alert/reject", "a1", "night-3", ""), "ok");
	alert = home_alert(&h, "BP_CRISIS");
	assert_int_equal(alert->level, 1);
	assert_string_equal(alert->role, "duty-nurse");
	assert_string_equal(alert->by, "night-3");
	assert_int_equal(alert->escalate_mono_ms, h.now.mono_ms + MINUTES(7));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "rejected"), 1);
	/* also by the one who had accepted */
	assert_string_equal(home_command(&h, "alert/accept", "a1", "n-17", ""), "ok");
	assert_string_equal(home_command(&h, "alert/reject", "a1", "n-17", ""), "ok");
	assert_string_equal(home_alert(&h, "BP_CRISIS")->role, "alarm-centre");
	home_done(&h);
}

static void receipt_is_not_acceptance(void **state)
{
	struct home h;

	(void)state;
	begin_raised(&h);
	home_receipt(&h, "a1");
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RECEIVED);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->rev, 1);
	home_receipt(&h, "a1");
	home_receipt(&h, "a7");
	assert_int_equal(home_alert(&h, "BP_CRISIS")->rev, 1);
	home_wait(&h, MINUTES(3));
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_SECOND_PATH, NULL), 0);
	home_done(&h);
}

static void fault_opens_and_heals_itself(void **state)
{
	const struct vk_effect *last;
	struct home h;

	(void)state;
	begin(&h);
	home_fault(&h, "plugin-lost", VK_PRIORITY_MEDIUM, true);
	home_fault(&h, "plugin-lost", VK_PRIORITY_MEDIUM, true);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 1);
	assert_int_equal(home_alert(&h, "plugin-lost")->class_, VK_ALERT_TECHNICAL);
	assert_string_equal(home_command(&h, "alert/accept", "a1", "tech-1", ""), "ok");
	assert_string_equal(home_command(&h, "alert/close", "a1", "tech-1", "x"), "heals-itself");
	home_fault(&h, "plugin-lost", VK_PRIORITY_MEDIUM, false);
	last = home_last(&h, VK_EFFECT_ALERT);
	assert_int_equal(last->alert.state, VK_ALERT_CLOSED);
	assert_string_equal(last->alert.by, "hub");
	assert_string_equal(last->reason, "healed");
	assert_null(home_alert(&h, "plugin-lost"));
	home_fault(&h, "plugin-lost", VK_PRIORITY_MEDIUM, false);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 3);
	home_done(&h);
}

static void healing_never_ends_a_clinical_alert(void **state)
{
	struct home h;

	(void)state;
	begin_raised(&h);
	home_fault(&h, "BP_CRISIS", VK_PRIORITY_LOW, false);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	home_done(&h);
}

static void unsure_clock_makes_all_armed_due(void **state)
{
	struct home h;

	(void)state;
	begin_raised(&h);
	home_fault(&h, "store-failed", VK_PRIORITY_HIGH, true);
	(void)home_command(&h, "alert/accept", "a2", "n-17", "");
	home_forget(&h);
	home_restart(&h, 0, VK_CLOCK_UNSYNCED);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 1);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->level, 1);
	home_done(&h);
}

static void synced_start_keeps_the_times(void **state)
{
	struct home h;

	(void)state;
	begin_raised(&h);
	home_restart(&h, MINUTES(1), VK_CLOCK_SYNCED);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_wait(&h, MINUTES(2));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 1);
	home_done(&h);
}

/* All the ladder has passed while the hub was off: every role is told, none is left out. */
static void off_for_an_hour(void **state)
{
	struct home h;

	(void)state;
	begin_raised(&h);
	home_restart(&h, HOURS(1), VK_CLOCK_SYNCED);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 2);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->role, "alarm-centre");
	assert_int_equal(home_alert(&h, "BP_CRISIS")->escalate_mono_ms,
			 h.now.mono_ms + MINUTES(10));
	home_done(&h);
}

static void full_is_said_once_and_heals(void **state)
{
	char rule[VK_ID_TEXT];
	struct home h;

	(void)state;
	begin(&h);
	h.plan.alerts.storm_count = 0;
	for (int i = 0; i < VK_MAX_ALERTS + 10; i++) {
		(void)snprintf(rule, sizeof rule, "fault-%d", i);
		home_fault(&h, rule, VK_PRIORITY_LOW, true);
	}
	assert_int_equal(h.core->n_alerts, VK_MAX_ALERTS);
	assert_non_null(home_alert(&h, "too-many-alerts"));
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "too-many-alerts"), 1);
	for (int i = 0; i < VK_MAX_ALERTS / 2; i++) {
		(void)snprintf(rule, sizeof rule, "fault-%d", i);
		home_fault(&h, rule, VK_PRIORITY_LOW, false);
	}
	assert_null(home_alert(&h, "too-many-alerts"));
	home_done(&h);
}

static void expired_plan_is_said_and_goes_on(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.valid_until_utc_ms = h.now.utc_ms + HOURS(1);
	home_wait(&h, HOURS(2));
	home_pressure(&h, 190, 112);
	assert_non_null(home_alert(&h, "plan-expired"));
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	home_done(&h);
}

static void plan_not_yet_valid_decides_nothing(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.valid_from_utc_ms = h.now.utc_ms + HOURS(1);
	home_pressure(&h, 190, 112);
	assert_null(home_alert(&h, "BP_CRISIS"));
	home_wait(&h, HOURS(1));
	home_pressure(&h, 190, 112);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	home_done(&h);
}

static void new_plan_keeps_episodes_and_forgets_dead_rules(void **state)
{
	struct vk_plan old;
	struct home h;

	(void)state;
	begin_raised(&h);
	(void)home_gain(&h.plan);
	home_weight(&h, "78.0");
	assert_int_equal(home_memories(&h), 2);
	old = h.plan;
	h.core->patients[0].plan = &old;
	h.plan.version = 8;
	h.plan.n_rules = 1;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
	assert_int_equal(home_memories(&h), 1); /* only what is scheduled */
	assert_int_equal(h.core->patients[0].plan->version, 8);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	assert_int_equal(home_alert(&h, "BP_CRISIS")->plan_version, 7);
	home_done(&h);
}

static void nonsense_changes_nothing(void **state)
{
	static const struct vk_plan nobodys;
	struct vk_core *before;
	struct vk_event events[] = {{.type = VK_EVENT_READING},
				    {.type = VK_EVENT_PLAN},
				    {.type = VK_EVENT_PLAN, .plan = &nobodys},
				    {.type = VK_EVENT_SIGNAL},
				    {.type = VK_EVENT_FAULT},
				    {.type = (enum vk_event_type)77}};
	struct home h;

	(void)state;
	begin_raised(&h);
	before = test_malloc(sizeof *before);
	memcpy(before, h.core, sizeof *before);
	for (size_t i = 0; i < sizeof events / sizeof events[0]; i++) {
		events[i].now = h.now;
		events[i].now.mono_ms += HOURS(1);
		assert_int_equal(vk_core_step(h.core, &events[i], h.effects), -22);
		assert_int_equal(h.effects->n, 0);
		assert_memory_equal(before, h.core, sizeof *before);
	}
	test_free(before);
	home_done(&h);
}

static void input_that_lasts(void **state)
{
	struct vk_plan plan;
	struct vk_rule *rule;
	struct home h;

	(void)state;
	home_plan(&plan);
	rule = home_threshold(&plan, "OUT_OF_BED", VK_PRIORITY_HIGH);
	rule->type = VK_RULE_INPUT;
	rule->longer_than_ms = MINUTES(30);
	(void)snprintf(rule->signal, sizeof rule->signal, "bed-exit");
	home_init(&h, &plan, "2026-03-02T02:00:00+01:00");
	home_signal(&h, "bed-exit", true);
	home_wait(&h, MINUTES(29));
	home_signal(&h, "bed-exit", false);
	home_wait(&h, HOURS(1));
	assert_null(home_alert(&h, "OUT_OF_BED"));
	home_signal(&h, "bed-exit", true);
	home_wait(&h, MINUTES(20));
	home_signal(&h, "bed-exit", true); /* bounces do not start it anew */
	home_wait(&h, MINUTES(10));
	assert_non_null(home_alert(&h, "OUT_OF_BED"));
	home_signal(&h, "bed-exit", false);
	assert_false(home_alert(&h, "OUT_OF_BED")->is_active);
	home_done(&h);
}

/* From 11:30 half an hour is left of the hours the rule is about: the rest of its hour is
 * tomorrow's. */
static void input_counts_within_its_hours(void **state)
{
	struct vk_plan plan;
	struct vk_rule *rule;
	struct home h;

	(void)state;
	home_plan(&plan);
	rule = home_threshold(&plan, "DOOR_OPEN", VK_PRIORITY_HIGH);
	rule->type = VK_RULE_INPUT;
	rule->longer_than_ms = HOURS(1);
	rule->has_during = true;
	rule->during_from_s = 10 * 3600;
	rule->during_until_s = 12 * 3600;
	(void)snprintf(rule->signal, sizeof rule->signal, "door");
	home_init(&h, &plan, "2026-03-02T11:30:00+01:00");
	home_signal(&h, "door", true);
	home_until(&h, "2026-03-03T10:59:00+01:00");
	assert_null(home_alert(&h, "DOOR_OPEN"));
	home_until(&h, "2026-03-03T11:00:00+01:00");
	assert_non_null(home_alert(&h, "DOOR_OPEN"));
	home_done(&h);
}

static void texts(void **state)
{
	(void)state;
	assert_string_equal(vk_alert_state_text(VK_ALERT_RECEIVED), "received");
	assert_string_equal(vk_check_state_text(VK_CHECK_RECHECK_WAIT), "recheck-wait");
	assert_string_equal(vk_check_state_text(VK_CHECK_SKIPPED), "skipped");
	assert_string_equal(vk_priority_text(VK_PRIORITY_HIGH), "high");
	assert_string_equal(vk_alert_state_text((enum vk_alert_state)9), "?");
	assert_string_equal(vk_check_state_text((enum vk_check_state)99), "?");
	assert_string_equal(vk_priority_text((enum vk_priority)9), "?");
	assert_string_equal(vk_clock_quality_text(VK_CLOCK_HELD), "held");
	assert_string_equal(vk_clock_quality_text((enum vk_clock_quality)9), "?");
}

/* Cleared and not yet closed: what comes then is a new finding, and takes as much as the first. */
static void begin_over(struct home *h, bool has_confirm, bool is_accepted)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	rule = home_threshold(&plan, "BP", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	rule->has_confirm = has_confirm;
	rule->confirm_after_ms = MINUTES(1);
	rule->confirm_within_ms = MINUTES(15);
	rule->has_unconfirmed = true;
	rule->unconfirmed = VK_PRIORITY_MEDIUM;
	rule->repeat_times = has_confirm ? 0 : 2;
	rule->repeat_within_ms = HOURS(48);
	rule->repeat_apart_ms = MINUTES(1);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
	for (int i = 0; i < 4; i++) {
		home_pressure(h, i < 2 ? 190 : 150, 100);
		if (i == 1 && is_accepted)
			(void)home_command(h, "alert/accept", "a1", "n-17", "");
		home_wait(h, MINUTES(5));
	}
	assert_false(home_alert(h, "BP")->is_active);
	home_forget(h);
	home_pressure(h, 186, 100);
}

static void what_is_over_is_confirmed_anew(void **state)
{
	struct home h;

	(void)state;
	for (int has_confirm = 0; has_confirm < 2; has_confirm++) {
		begin_over(&h, has_confirm, true);
		assert_int_equal(home_count(&h, VK_EFFECT_ASK, "confirm-rest"), has_confirm);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
		assert_false(home_alert(&h, "BP")->is_active);
		home_wait(&h, MINUTES(5));
		home_pressure(&h, 187, 100);
		assert_true(home_alert(&h, "BP")->is_active);
		assert_int_equal(home_alert(&h, "BP")->state, VK_ALERT_RAISED);
		assert_string_equal(home_alert(&h, "BP")->reason,
				    has_confirm ? "threshold-confirmed" : "threshold-repeated");
		assert_int_equal(home_alert(&h, "BP")->serial, 1);
		home_done(&h);
	}
}

static void a_lesser_finding_makes_only_the_taken_less_urgent(void **state)
{
	struct home h;

	(void)state;
	for (int is_accepted = 0; is_accepted < 2; is_accepted++) {
		begin_over(&h, true, is_accepted);
		home_wait(&h, MINUTES(15));
		assert_string_equal(home_alert(&h, "BP")->reason, "threshold-unconfirmed");
		assert_int_equal(home_alert(&h, "BP")->priority,
				 is_accepted ? VK_PRIORITY_MEDIUM : VK_PRIORITY_HIGH);
		home_done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(climbs_the_ladder),
		cmocka_unit_test(medium_is_told_again_to_its_one_role),
		cmocka_unit_test(medium_is_told_again_at_the_last_step),
		cmocka_unit_test(accepted_then_closed),
		cmocka_unit_test(refusals),
		cmocka_unit_test(rejected_goes_on_at_once),
		cmocka_unit_test(receipt_is_not_acceptance),
		cmocka_unit_test(fault_opens_and_heals_itself),
		cmocka_unit_test(healing_never_ends_a_clinical_alert),
		cmocka_unit_test(unsure_clock_makes_all_armed_due),
		cmocka_unit_test(synced_start_keeps_the_times),
		cmocka_unit_test(off_for_an_hour),
		cmocka_unit_test(full_is_said_once_and_heals),
		cmocka_unit_test(expired_plan_is_said_and_goes_on),
		cmocka_unit_test(plan_not_yet_valid_decides_nothing),
		cmocka_unit_test(new_plan_keeps_episodes_and_forgets_dead_rules),
		cmocka_unit_test(nonsense_changes_nothing),
		cmocka_unit_test(input_that_lasts),
		cmocka_unit_test(input_counts_within_its_hours),
		cmocka_unit_test(texts),
		cmocka_unit_test(what_is_over_is_confirmed_anew),
		cmocka_unit_test(a_lesser_finding_makes_only_the_taken_less_urgent),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
