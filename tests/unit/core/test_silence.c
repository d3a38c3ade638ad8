/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What keeps an alert from calling, and what does not: a snooze with its end, a storm of faults
 * that is one alert, a correction of what had been told, an input that moved unseen.
 */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void begin(struct home *h)
{
	struct vk_plan plan;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "BP_HIGH", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	home_limit(home_threshold(&plan, "BP_CRISIS", VK_PRIORITY_HIGH), VK_QUANTITY_SYSTOLIC, 200);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static const char *snooze(struct home *h, const char *alert, int64_t ms)
{
	struct vk_command c = {.noun = "alert", .verb = "snooze", .rev = -1};

	(void)snprintf(c.staff, sizeof c.staff, "n-17");
	(void)snprintf(c.object, sizeof c.object, "%s", alert);
	(void)snprintf(c.reason, sizeof c.reason, "known");
	c.until_utc_ms = ms ? h->now.utc_ms + ms : 0;
	return home_say(h, &c);
}

static void ok(struct home *h, const char *what, const char *object)
{
	assert_string_equal(home_command(h, what, object, "n-17", "called"), "ok");
}

/* ---- snooze ---- */

static void snoozed_until_its_end(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	assert_int_equal(home_last(&h, VK_EFFECT_REPLY)->reply.rev, 1);
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_ACCEPTED);
	assert_string_equal(home_alert(&h, "BP_HIGH")->by, "n-17");
	home_forget(&h);
	home_wait(&h, HOURS(5));
	home_pressure(&h, 170, 90);
	home_restart(&h, HOURS(1), VK_CLOCK_SYNCED);
	home_wait(&h, HOURS(2) - 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_wait(&h, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "snooze-ended"), 1);
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_RAISED);
	home_done(&h);
}

/* Closed and found again before the end: on the list, taken, without a call. */
static void a_new_episode_is_taken_too(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	ok(&h, "alert/close", "a1");
	home_forget(&h);
	home_wait(&h, HOURS(1));
	home_pressure(&h, 170, 90);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "snoozed"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, NULL),
			 1); /* staff's silence, not hers */
	assert_string_equal(home_alert(&h, "BP_HIGH")->by, "n-17");
	home_wait(&h, HOURS(7));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "snooze-ended"), 1);
	home_done(&h);
}

/* A silence over something else than what is there now is none. */
static void a_worse_or_more_urgent_episode_calls(void **state)
{
	static const struct {
		int systolic;
		enum vk_priority priority;
		int64_t worse_by;
		int n_calls;
	} rows[] = {
		{179, VK_PRIORITY_MEDIUM, 15, 0}, {180, VK_PRIORITY_MEDIUM, 15, 1},
		{199, VK_PRIORITY_MEDIUM, 0, 0},  {165, VK_PRIORITY_HIGH, 0, 1},
		{165, VK_PRIORITY_LOW, 0, 0},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct home h;

		begin(&h);
		h.plan.rules[0].priority = VK_PRIORITY_MEDIUM;
		home_pressure(&h, 165, 90);
		assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
		ok(&h, "alert/close", "a1");
		h.plan.rules[0].priority = rows[i].priority;
		h.plan.rules[0].worse_by = rows[i].worse_by;
		home_wait(&h, HOURS(1));
		home_reload(&h);
		home_forget(&h);
		home_pressure(&h, rows[i].systolic, 90);
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), rows[i].n_calls);
		assert_int_equal(home_alert(&h, "BP_HIGH")->state,
				 rows[i].n_calls ? VK_ALERT_RAISED : VK_ALERT_ACCEPTED);
		home_done(&h);
	}
}

/* Whoever asked for silence is not reminded either, until it ends. */
static void a_snoozed_episode_reminds_nobody(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	h.plan.alerts.remind_after_ms = HOURS(1);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	ok(&h, "alert/close", "a1");
	home_wait(&h, MINUTES(5));
	home_pressure(&h, 170, 90);
	home_forget(&h);
	home_wait(&h, HOURS(7));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_done(&h);
}

static void ended_after_it_has_cleared(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(2)), "ok");
	home_wait(&h, MINUTES(10));
	home_pressure(&h, 130, 80);
	home_wait(&h, MINUTES(10));
	home_pressure(&h, 130, 80);
	assert_false(home_alert(&h, "BP_HIGH")->is_active);
	home_forget(&h);
	home_wait(&h, HOURS(2));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_wait(&h, HOURS(4)); /* still open: somebody is told so */
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "not-closed"), 1);
	home_done(&h);
}

static void other_rules_and_directions_call(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[0].n_conditions = 2;
	h.plan.rules[0].conditions[1] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	ok(&h, "alert/close", "a1");
	home_forget(&h);
	home_pressure(&h, 205, 90);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "night-team");
	assert_string_equal(home_alert(&h, "BP_HIGH")->by, "n-17");
	ok(&h, "alert/close", "a2");
	home_pressure(&h, 85, 60);
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_RAISED);
	home_done(&h);
}

static void worse_calls_all_the_same(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[0].worse_by = 10;
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	home_forget(&h);
	home_pressure(&h, 174, 90);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_pressure(&h, 175, 90);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_RAISED);
	home_wait(&h, HOURS(8)); /* its end changes nothing any more */
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "snooze-ended"), 0);
	home_done(&h);
}

static void snooze_is_refused(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[1].snooze = VK_SNOOZE_FORBIDDEN;
	home_pressure(&h, 205, 90);
	home_fault(&h, "store-failed", VK_PRIORITY_MEDIUM, true);
	assert_string_equal(snooze(&h, "a2", HOURS(1)), "not-supported-by-plan");
	assert_string_equal(snooze(&h, "a3", HOURS(1)), "not-supported-by-plan");
	assert_string_equal(snooze(&h, "a1", 0), "no-until");
	assert_string_equal(snooze(&h, "a1", HOURS(24) + 1), "too-long");
	assert_string_equal(snooze(&h, "a9", HOURS(1)), "not-found");
	assert_int_equal(h.core->n_alerts, 3);
	for (int i = 0; i < 3; i++)
		assert_int_equal(h.core->alerts[i].state, VK_ALERT_RAISED);
	home_done(&h);
}

static void a_new_plan_ends_it(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_ACCEPTED);
	h.plan.rules[0].snooze = VK_SNOOZE_FORBIDDEN;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_RAISED);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "new-plan"), 1);
	home_done(&h);
}

static void without_a_clock_it_ends(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	home_restart(&h, 0, VK_CLOCK_HELD);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "snooze-ended"), 1);
	home_done(&h);
}

static void snoozes_have_a_bound(void **state)
{
	static struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	for (int i = 0; i < VK_MAX_RULES; i++) {
		char id[8];

		(void)snprintf(id, sizeof id, "R%d", i);
		home_limit(home_threshold(&plan, id, VK_PRIORITY_LOW), VK_QUANTITY_SYSTOLIC, 160);
		plan.rules[i].n_conditions = 2;
		plan.rules[i].conditions[1] = (struct vk_condition){
			.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	}
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	int n = 0, n_refused = 0;

	for (int direction = 0; direction < 2; direction++) {
		home_pressure(&h, direction ? 80 : 170, 60);
		for (int i = 0; i < VK_MAX_RULES; i++, n++) {
			char id[8];

			(void)snprintf(id, sizeof id, "a%d", i + 1);
			n_refused += strcmp(snooze(&h, id, HOURS(8)), "too-many") == 0;
		}
	}
	assert_int_equal(n - n_refused, VK_MAX_SNOOZES);
	assert_string_equal(snooze(&h, "a1", HOURS(9)), "ok"); /* one that is there may be moved */
	home_done(&h);
}

/* ---- storm ---- */

static void faults(struct home *h, int n, bool is_active)
{
	char rule[VK_ID_TEXT];

	for (int i = 0; i < n; i++) {
		(void)snprintf(rule, sizeof rule, "fault-%d", i);
		home_fault(h, rule, VK_PRIORITY_LOW, is_active);
	}
}

static void many_at_once_are_one(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.alerts.storm_count = 4;
	faults(&h, 3, true);
	assert_int_equal(h.core->n_alerts, 3);
	home_forget(&h);
	faults(&h, 6, true);
	assert_int_equal(h.core->n_alerts, 1);
	assert_string_equal(h.core->alerts[0].detail,
			    "6: fault-0 fault-1 fault-2 fault-3 fault-4 fault-5");
	assert_int_equal(h.core->alerts[0].class_, VK_ALERT_TECHNICAL);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_fault(&h, "store-failed", VK_PRIORITY_HIGH, true); /* what is high is never hidden */
	assert_int_equal(h.core->n_alerts, 2);
	home_restart(&h, MINUTES(1), VK_CLOCK_SYNCED);
	faults(&h, 4, false);
	assert_string_equal(h.core->alerts[0].detail, "2: fault-4 fault-5");
	home_fault(&h, "fault-4", VK_PRIORITY_LOW, false);
	/* one is left: it speaks for itself */
	assert_null(home_alert(&h, "technical-storm"));
	assert_non_null(home_alert(&h, "fault-5"));
	home_fault(&h, "fault-5", VK_PRIORITY_LOW, false);
	assert_int_equal(h.core->n_alerts, 1);
	home_done(&h);
}

static void slowly_they_are_many(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.alerts.storm_count = 4;
	for (int i = 0; i < 6; i++) {
		char rule[VK_ID_TEXT];

		(void)snprintf(rule, sizeof rule, "fault-%d", i);
		home_fault(&h, rule, VK_PRIORITY_LOW, true);
		home_wait(&h, h.plan.alerts.storm_within_ms);
	}
	assert_null(home_alert(&h, "technical-storm"));
	assert_int_equal(h.core->n_alerts, 6);
	home_done(&h);
}

/* As a device that sends what nobody can read does it with every packet. */
static void what_is_told_again_changes_no_storm(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.alerts.storm_count = 3;
	faults(&h, 4, true);
	home_forget(&h);
	for (int i = 0; i < 10; i++)
		home_fault(&h, "fault-1", VK_PRIORITY_LOW, true);
	assert_int_equal(h.n_log, 0);
	home_fault(&h, "fault-4", VK_PRIORITY_LOW, true);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "technical-storm"), 1);
	home_done(&h);
}

/* What a technician has taken stays hers; a clinical alert is no part of it. */
static void a_storm_takes_no_taken_one(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.alerts.storm_count = 3;
	home_pressure(&h, 165, 90);
	faults(&h, 1, true);
	ok(&h, "alert/accept", "a2");
	faults(&h, 4, true);
	assert_non_null(home_alert(&h, "technical-storm"));
	assert_non_null(home_alert(&h, "fault-0"));
	assert_non_null(home_alert(&h, "BP_HIGH"));
	assert_string_equal(home_alert(&h, "technical-storm")->detail,
			    "3: fault-1 fault-2 fault-3");
	home_done(&h);
}

static void a_storm_beyond_its_list(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.alerts.storm_count = 2;
	faults(&h, VK_MAX_HUSHED + 3, true);
	assert_int_equal(h.core->n_alerts, 1 + 3); /* what it cannot name stays an alert */
	assert_true(strlen(home_alert(&h, "technical-storm")->detail) < VK_DETAIL_TEXT);
	faults(&h, VK_MAX_HUSHED + 3, false);
	assert_int_equal(h.core->n_alerts, 0);
	home_done(&h);
}

/* ---- corrections ---- */

static void resend(struct home *h, const struct vk_reading *r, bool is_retracted)
{
	struct vk_reading again = *r;

	again.rev++;
	again.is_retracted = is_retracted;
	home_send(h, &again);
}

static void who_was_told_is_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 205, 90);
	r = h.reading;
	home_wait(&h,
		  MINUTES(4)); /* BP_CRISIS: two roles know; BP_HIGH: one, which is one of them */
	home_forget(&h);
	resend(&h, &r, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 2);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "reading-retracted"), 2);
	assert_false(home_alert(&h, "BP_CRISIS")->is_active);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->n_readings, 0);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "reading-retracted"), 1);
	home_forget(&h);
	resend(&h, &r, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	home_done(&h);
}

static void one_of_two_grounds_is_left(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	home_pressure(&h, 170, 90);
	resend(&h, &r, true);
	assert_true(home_alert(&h, "BP_HIGH")->is_active);
	assert_int_equal(home_alert(&h, "BP_HIGH")->n_readings, 1);
	assert_string_not_equal(home_alert(&h, "BP_HIGH")->readings[0], r.id);
	home_done(&h);
}

static void closed_ones_are_corrected_too(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	ok(&h, "alert/accept", "a1");
	ok(&h, "alert/close", "a1");
	home_restart(&h, HOURS(1), VK_CLOCK_SYNCED);
	home_forget(&h);
	resend(&h, &r, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.alert, "a1");
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "duty-nurse");
	home_done(&h);
}

static void said_again_it_raises_nothing_anew(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	ok(&h, "alert/accept", "a1");
	ok(&h, "alert/close", "a1");
	resend(&h, &r, false);
	assert_int_equal(h.core->n_alerts, 0);
	/* unless it says something else now */
	r.rev++;
	r.decoded.values[0].number.mantissa = 170;
	resend(&h, &r, false);
	assert_int_equal(h.core->n_alerts, 1);
	/* or is another reading of the same value */
	ok(&h, "alert/accept", "a2");
	ok(&h, "alert/close", "a2");
	home_pressure(&h, 170, 90);
	assert_int_equal(h.core->n_alerts, 1);
	home_done(&h);
}

/* HI has no number that could have changed. */
static void off_scale_said_again(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[0].conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_GLUCOSE, .has_at_least = true, .at_least = 200};
	r = home_reading(&h, VK_KIND_GLUCOSE);
	vk_decoded_add(&r.decoded, VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, VK_ABSENT_POSITIVE_INFINITY,
		       (struct vk_decimal){0});
	vk_decoded_flag(&r.decoded, VK_FLAG_RESULT_HIGH);
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "BP_HIGH"));
	assert_int_equal(home_alert(&h, "BP_HIGH")->n_told, 0);
	ok(&h, "alert/accept", "a1");
	ok(&h, "alert/close", "a1");
	resend(&h, &r, false);
	assert_int_equal(h.core->n_alerts, 0);
	home_done(&h);
}

static void another_persons_is_no_ground(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	(void)snprintf(r.patient, sizeof r.patient, "p-2");
	home_forget(&h);
	resend(&h, &r, false);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "reading-reassigned"), 1);
	assert_false(home_alert(&h, "BP_HIGH")->is_active);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	home_done(&h);
}

static void placed_later_is_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 165, 90);
	r = h.reading;
	r.time_utc_ms -= MINUTES(30);
	home_forget(&h);
	resend(&h, &r, false);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	assert_int_equal(home_alert(&h, "BP_HIGH")->count, 1);
	home_done(&h);
}

static void the_latest_ended_are_kept(void **state)
{
	struct vk_reading first, last;
	struct home h;
	char id[16];

	(void)state;
	begin(&h);
	for (int i = 1; i <= VK_MAX_ENDED + 1; i++) {
		home_pressure(&h, 165, 90);
		(void)snprintf(id, sizeof id, "a%d", i);
		ok(&h, "alert/accept", id);
		ok(&h, "alert/close", id);
		last = h.reading;
		if (i == 1)
			first = h.reading;
	}
	assert_int_equal(h.core->n_ended, VK_MAX_ENDED);
	home_forget(&h);
	resend(&h, &first, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 0);
	resend(&h, &last, true);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	home_done(&h);
}

/* ---- inputs ---- */

static void initial(struct home *h, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL, .now = h->now};

	(void)snprintf(event.signal.name, VK_ID_TEXT, "bed-exit");
	(void)snprintf(event.signal.patient, VK_ID_TEXT, "p-1042");
	event.signal.is_active = is_active;
	event.signal.is_initial = true;
	home_step(h, &event);
}

static void left_the_bed_in_the_dark(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	(void)home_check(&h.plan, 23, 30);
	initial(&h, false);
	assert_int_equal(h.core->n_checks, 0);
	home_restart(&h, MINUTES(5), VK_CLOCK_SYNCED);
	initial(&h, true); /* in bed before the cut, out of it after: somebody must look */
	assert_int_equal(h.core->n_checks, 1);
	ok(&h, "check/view", "c1");
	assert_string_equal(home_command(&h, "check/outcome", "c1", "n-17", "ok"), "ok");
	home_restart(&h, MINUTES(5), VK_CLOCK_SYNCED);
	initial(&h, true); /* known and seen to */
	assert_int_equal(h.core->n_checks, 0);
	initial(&h, false);
	initial(&h, true);
	assert_int_equal(h.core->n_checks, 1);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snoozed_until_its_end),
		cmocka_unit_test(a_new_episode_is_taken_too),
		cmocka_unit_test(a_worse_or_more_urgent_episode_calls),
		cmocka_unit_test(a_snoozed_episode_reminds_nobody),
		cmocka_unit_test(ended_after_it_has_cleared),
		cmocka_unit_test(other_rules_and_directions_call),
		cmocka_unit_test(worse_calls_all_the_same),
		cmocka_unit_test(snooze_is_refused),
		cmocka_unit_test(a_new_plan_ends_it),
		cmocka_unit_test(without_a_clock_it_ends),
		cmocka_unit_test(snoozes_have_a_bound),
		cmocka_unit_test(many_at_once_are_one),
		cmocka_unit_test(slowly_they_are_many),
		cmocka_unit_test(what_is_told_again_changes_no_storm),
		cmocka_unit_test(a_storm_takes_no_taken_one),
		cmocka_unit_test(a_storm_beyond_its_list),
		cmocka_unit_test(who_was_told_is_told),
		cmocka_unit_test(one_of_two_grounds_is_left),
		cmocka_unit_test(closed_ones_are_corrected_too),
		cmocka_unit_test(said_again_it_raises_nothing_anew),
		cmocka_unit_test(off_scale_said_again),
		cmocka_unit_test(another_persons_is_no_ground),
		cmocka_unit_test(placed_later_is_told),
		cmocka_unit_test(the_latest_ended_are_kept),
		cmocka_unit_test(left_the_bed_in_the_dark),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
