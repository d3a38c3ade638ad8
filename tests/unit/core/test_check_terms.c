/* SPDX-License-Identifier: Apache-2.0 */
/* What the plan says of a check: pauses, sensors, consent, time-outs, and what holds without it. */
#include <stdio.h>
#include <string.h>

#include "night.h"

/* Unsure and no picture are two things: each has its one new try. */
static void unsure_and_technical_are_apart(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "unsure");
	look(&h, "technical");
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	look(&h, "not-in-bed");
	assert_int_equal(last_check(&h)->state, VK_CHECK_RECHECK_WAIT);
	home_wait(&h, MINUTES(15));
	look(&h, "technical"); /* the second look has its own */
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	look(&h, "technical");
	assert_visit(&h, "technical");
	home_done(&h);
}

static void pauses_of_the_plan(void **state)
{
	struct vk_command c = {.noun = "check", .verb = "pause", .object = "p-1042", .rev = -1};
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	h.plan.n_pauses = 2;
	assert_int_equal(
		vk_rfc3339_parse("2026-03-02T22:00:00+01:00", &h.plan.pauses[0].from_utc_ms), 0);
	h.plan.pauses[0].until_utc_ms = h.plan.pauses[0].from_utc_ms + HOURS(3);
	(void)snprintf(h.plan.pauses[0].reason, VK_ID_TEXT, "guest");
	(void)snprintf(h.plan.pauses[0].check, VK_ID_TEXT, "night");
	h.plan.pauses[1] = h.plan.pauses[0]; /* of another check */
	(void)snprintf(h.plan.pauses[1].check, VK_ID_TEXT, "evening");
	h.plan.pauses[1].until_utc_ms += HOURS(24);
	home_until(&h, "2026-03-02T23:30:00+01:00");
	assert_int_equal(last_check(&h)->state, VK_CHECK_SKIPPED);
	assert_string_equal(last_check(&h)->reason, "guest");
	home_signal(&h, "bed-exit", true);
	assert_int_equal(h.core->n_checks, 0);
	(void)snprintf(c.staff, sizeof c.staff, "night-3");
	(void)snprintf(c.reason, sizeof c.reason, "guest");
	/* until then, and not at it: neither the plan's pause nor one that a person asked for */
	assert_int_equal(
		vk_rfc3339_parse("2026-03-03T02:45:00+01:00", &h.plan.pauses[0].until_utc_ms), 0);
	c.until_utc_ms = h.plan.pauses[0].until_utc_ms;
	assert_string_equal(home_say(&h, &c), "ok");
	home_until(&h, "2026-03-03T02:45:00+01:00");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	h.plan.pauses[0].check[0] = '\0'; /* every check, but not yet */
	h.plan.pauses[0].from_utc_ms = h.plan.pauses[0].until_utc_ms = h.now.utc_ms + HOURS(1);
	assert_string_equal(home_command(&h, "check/view", "c2", "night-3", ""), "ok");
	assert_string_equal(home_command(&h, "check/outcome", "c2", "night-3", "ok"), "ok");
	home_signal(&h, "bed-exit", true);
	assert_int_equal(h.core->n_checks, 1);
	home_done(&h);
}

static void back_early_from_a_pause(void **state)
{
	struct vk_command c = {.noun = "check", .verb = "pause", .object = "p-1042", .rev = -1};
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T20:00:00+01:00");
	(void)snprintf(c.staff, sizeof c.staff, "night-3");
	(void)snprintf(c.reason, sizeof c.reason, "away");
	assert_string_equal(home_say(&h, &c), "no-until"); /* there is nothing to end */
	c.until_utc_ms = h.now.utc_ms + HOURS(48);
	assert_string_equal(home_say(&h, &c), "ok");
	home_wait(&h, HOURS(1));
	c.until_utc_ms = h.now.utc_ms;
	assert_string_equal(home_say(&h, &c), "ok");
	home_restart(&h, MINUTES(1), VK_CLOCK_SYNCED);
	home_until(&h, "2026-03-02T23:30:00+01:00");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	(void)snprintf(c.object, sizeof c.object, "p-9");
	assert_string_equal(home_say(&h, &c), "not-found");
	home_done(&h);
}

static void a_sensor_ends_only_what_the_plan_allows(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-03T01:00:00+01:00");
	home_signal(&h, "bed-exit", true);
	home_signal(&h, "bed-exit", false);
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	(void)snprintf(h.plan.checks[0].closed_by, VK_ID_TEXT, "bed-exit");
	home_signal(&h, "door", false);
	ok(&h, "check/claim", "night-3", "");
	home_signal(&h, "bed-exit", false); /* somebody is at it */
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	look(&h, "not-in-bed");
	h.now.quality = VK_CLOCK_UNSYNCED; /* of which night would it speak? */
	home_signal(&h, "bed-exit", false);
	assert_int_equal(last_check(&h)->state, VK_CHECK_RECHECK_WAIT);
	h.now.quality = VK_CLOCK_SYNCED;
	home_signal(&h, "bed-exit", false);
	assert_int_equal(last_check(&h)->state, VK_CHECK_DONE);
	assert_string_equal(last_check(&h)->outcome, "sensor");
	assert_string_equal(last_check(&h)->reason, "bed-exit");
	assert_string_equal(last_check(&h)->by, "");
	home_signal(&h, "bed-exit", true);
	assert_string_equal(home_command(&h, "check/view", "c2", "night-3", ""), "ok");
	assert_string_equal(home_command(&h, "check/outcome", "c2", "night-3", "concern"), "ok");
	home_signal(&h, "bed-exit", false); /* a visit is a visit */
	assert_int_equal(last_check(&h)->state, VK_CHECK_VISIT_REQUIRED);
	home_done(&h);
}

/* Whoever reads what was decided finds the place in the plan it came from. */
static void what_is_decided_of_a_check_names_its_line(void **state)
{
	struct home h;
	int n = 0;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	h.plan.checks[0].line = 41;
	h.plan.checks[1].line = 42;
	home_until(&h, "2026-03-02T23:45:00+01:00"); /* reminded, then an alert */
	look(&h, "not-in-bed");
	home_until(&h, "2026-03-03T00:15:00+01:00");
	for (int i = 0; i < h.n_log; i++) {
		const struct vk_effect *effect = &h.log[i];
		bool is_of_check =
			effect->type == VK_EFFECT_CHECK || effect->type == VK_EFFECT_VIEW ||
			(effect->type == VK_EFFECT_NOTIFY && effect->notify.alert[0] == 'c');

		if (!is_of_check)
			continue;
		assert_int_equal(effect->line, 41);
		n++;
	}
	assert_true(n >= 10);
	home_done(&h);
}

/* Whoever gets up in the morning is not looked at. */
static void a_signal_opens_one_in_its_hours_only(void **state)
{
	static const struct {
		const char *time;
		enum vk_clock_quality quality;
		int n_checks;
	} rows[] = {
		{"2026-03-03T21:59:59+01:00", VK_CLOCK_SYNCED, 0},
		{"2026-03-03T22:00:00+01:00", VK_CLOCK_SYNCED, 1},
		{"2026-03-04T05:59:59+01:00", VK_CLOCK_HELD, 1},
		{"2026-03-04T06:00:00+01:00", VK_CLOCK_HELD, 0},
		{"2026-03-04T06:00:00+01:00", VK_CLOCK_UNSYNCED, 1},
		{"2026-03-29T05:59:59+02:00", VK_CLOCK_SYNCED, 1}, /* the night of summer time */
		{"2026-03-29T06:00:00+02:00", VK_CLOCK_SYNCED, 0},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_plan_check *check;
		struct vk_plan plan;
		struct home h;

		home_plan(&plan);
		check = home_check(&plan, 12, 0);
		check->n_on = 1;
		(void)snprintf(check->on[0], VK_ID_TEXT, "bed-exit");
		check->has_during = true;
		check->during_from_s = 22 * 3600;
		check->during_until_s = 6 * 3600;
		home_init(&h, &plan, rows[i].time);
		h.now.quality = rows[i].quality;
		home_signal(&h, "bed-exit", true);
		assert_int_equal(h.core->n_checks, rows[i].n_checks);
		home_done(&h);
	}
}

/* A check of another patient, and a signal of nobody's. */
static void signals_are_of_a_person(void **state)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL};
	struct home h;

	(void)state;
	begin_due(&h);
	(void)snprintf(h.plan.checks[0].closed_by, VK_ID_TEXT, "bed-exit");
	event.now = h.now;
	(void)snprintf(event.signal.name, VK_ID_TEXT, "bed-exit");
	(void)snprintf(event.signal.patient, VK_ID_TEXT, "p-9");
	home_step(&h, &event);
	event.signal.is_active = true;
	home_step(&h, &event);
	assert_int_equal(h.core->n_checks, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_CHECK, NULL), 0);
	home_done(&h);
}

static void a_visit_has_time_outs_too(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "concern");
	assert_string_equal(home_command(&h, "alert/accept", "a1", "n-17", ""), "ok");
	home_wait(&h, MINUTES(10)); /* somebody has the alert, nobody the visit */
	assert_visit(&h, "visit-unaccepted");
	assert_int_equal(home_alert(&h, "visit-required")->state, VK_ALERT_RAISED);
	ok(&h, "check/visit-accept", "night-3", "");
	ok(&h, "check/arrive", "night-3", "");
	home_wait(&h, HOURS(2));
	assert_int_equal(last_check(&h)->state, VK_CHECK_ARRIVED);
	assert_string_equal(last_check(&h)->reason, "visit-unfinished");
	assert_int_equal(home_alert(&h, "visit-required")->state, VK_ALERT_RAISED);
	/* the one who ends the visit ends what called for it, whoever had taken that */
	ok(&h, "check/done", "night-4", "hospital");
	assert_null(home_alert(&h, "visit-required"));
	assert_string_equal(home_last(&h, VK_EFFECT_ALERT)->alert.by, "night-4");
	assert_string_equal(home_last(&h, VK_EFFECT_ALERT)->alert.outcome, "hospital");
	home_done(&h);
}

static void late_is_said(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	home_restart(&h, MINUTES(45), VK_CLOCK_SYNCED);
	assert_string_equal(last_check(&h)->reason, "late");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	home_wait(&h, MINUTES(10)); /* from when somebody could know of it */
	assert_string_equal(last_check(&h)->reason, "remind");
	home_done(&h);
}

/* A newer plan without it: what is open goes on to its end, on the usual terms. */
static void a_check_the_plan_has_dropped(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	h.plan.n_checks = 0;
	put_plan(&h);
	home_wait(&h, MINUTES(15));
	assert_non_null(home_alert(&h, "check-unclaimed"));
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "night-team");
	ok(&h, "check/claim", "night-3", "");
	home_wait(&h, MINUTES(1));
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.alert, "a1");
	look(&h, "not-in-bed");
	home_wait(&h, MINUTES(15));
	look(&h, "not-in-bed");
	ok(&h, "check/visit-accept", "night-3", "");
	ok(&h, "check/arrive", "night-3", "");
	home_wait(&h, HOURS(2));
	assert_string_equal(last_check(&h)->reason, "visit-unfinished");
	home_done(&h);
}

static void nobodys_role(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	h.plan.checks[0].role[0] = '\0';
	home_until(&h, "2026-03-02T23:40:00+01:00");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 2);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "care-team");
	home_done(&h);
}

static void no_consent_is_no_camera(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "concern"); /* a visit stays, whatever becomes of the camera */
	(void)snprintf(h.plan.consents[0].scope, VK_ID_TEXT, "relatives");
	put_plan(&h);
	assert_int_equal(h.core->n_checks, 1);
	(void)snprintf(h.plan.consents[0].scope, VK_ID_TEXT, "camera");
	h.plan.consents[0].given_day = vk_civil_day(2026, 3, 4); /* not yet */
	home_until(&h, "2026-03-03T02:45:00+01:00");
	assert_int_equal(home_last(&h, VK_EFFECT_TASK)->type, VK_EFFECT_TASK);
	assert_int_equal(h.core->n_checks, 1);
	home_done(&h);
}

/* Without room for one more, neither a skipped nor a missed one is lost in silence. */
static void full_is_said_of_skipped_and_missed_ones_too(void **state)
{
	(void)state;
	for (int is_skipped = 0; is_skipped < 2; is_skipped++) {
		struct home h;

		begin(&h, "2026-03-02T12:00:00+01:00");
		home_wait(&h, HOURS(24) * (VK_MAX_CHECKS / 2));
		assert_int_equal(h.core->n_checks, VK_MAX_CHECKS);
		assert_null(home_alert(&h, "too-many-checks"));
		home_forget(&h);
		if (is_skipped) {
			h.plan.n_pauses = 1;
			(void)snprintf(h.plan.pauses[0].check, VK_ID_TEXT, "night");
			(void)snprintf(h.plan.pauses[0].reason, VK_ID_TEXT, "away");
			h.plan.pauses[0].from_utc_ms = h.now.utc_ms;
			h.plan.pauses[0].until_utc_ms = h.now.utc_ms + HOURS(24);
		}
		home_restart(&h, HOURS(18), VK_CLOCK_SYNCED);
		assert_non_null(home_alert(&h, "too-many-checks"));
		assert_int_equal(h.core->n_checks, VK_MAX_CHECKS);
		home_done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unsure_and_technical_are_apart),
		cmocka_unit_test(pauses_of_the_plan),
		cmocka_unit_test(back_early_from_a_pause),
		cmocka_unit_test(a_sensor_ends_only_what_the_plan_allows),
		cmocka_unit_test(what_is_decided_of_a_check_names_its_line),
		cmocka_unit_test(a_signal_opens_one_in_its_hours_only),
		cmocka_unit_test(signals_are_of_a_person),
		cmocka_unit_test(a_visit_has_time_outs_too),
		cmocka_unit_test(late_is_said),
		cmocka_unit_test(a_check_the_plan_has_dropped),
		cmocka_unit_test(nobodys_role),
		cmocka_unit_test(no_consent_is_no_camera),
		cmocka_unit_test(full_is_said_of_skipped_and_missed_ones_too),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
