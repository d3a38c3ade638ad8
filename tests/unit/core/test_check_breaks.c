/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What comes between a night and its looks: pauses, a consent that ends, a hub that was off, clocks
 * that step, a new plan, a full table.
 */
#include <stdio.h>
#include <string.h>

#include "night.h"

static void paused_until(void **state)
{
	struct vk_command c = {.noun = "check", .verb = "pause", .object = "c1", .rev = -1};
	struct home h;

	(void)state;
	begin_due(&h);
	(void)snprintf(c.staff, sizeof c.staff, "night-3");
	(void)snprintf(c.reason, sizeof c.reason, "guest");
	assert_string_equal(home_say(&h, &c), "no-until");
	c.until_utc_ms = h.now.utc_ms + HOURS(12);
	assert_string_equal(home_say(&h, &c), "ok");
	assert_int_equal(last_check(&h)->state, VK_CHECK_SKIPPED);
	assert_string_equal(last_check(&h)->reason, "guest");
	assert_string_equal(last_check(&h)->by, "night-3");
	home_restart(&h, HOURS(1), VK_CLOCK_SYNCED);
	home_until(&h, "2026-03-03T02:45:00+01:00");
	assert_int_equal(last_check(&h)->serial, 2);
	assert_int_equal(last_check(&h)->state, VK_CHECK_SKIPPED);
	assert_string_equal(last_check(&h)->reason, "guest");
	home_signal(&h, "bed-exit", true);
	assert_int_equal(h.core->n_checks, 0);
	home_until(&h, "2026-03-03T23:30:00+01:00");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	/* before anything is due, the patient is the object */
	(void)snprintf(c.object, sizeof c.object, "p-1042");
	c.until_utc_ms = h.now.utc_ms + HOURS(6);
	assert_string_equal(home_say(&h, &c), "ok");
	home_wait(&h, HOURS(4));
	assert_int_equal(last_check(&h)->serial, 4);
	assert_int_equal(h.checks[4].state, VK_CHECK_SKIPPED);
	home_done(&h);
}

static void withdrawn_consent_ends_looks_and_makes_a_task(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	ok(&h, "check/view", "night-3", "");
	h.plan.consents[0].withdrawn_day = vk_civil_day(2026, 3, 2);
	put_plan(&h);
	assert_int_equal(last_check(&h)->state, VK_CHECK_SKIPPED);
	assert_string_equal(last_check(&h)->reason, "consent-withdrawn");
	assert_false(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	assert_string_equal(home_last(&h, VK_EFFECT_TASK)->task.task, "plan-physical-checks");
	home_forget(&h);
	home_until(&h, "2026-03-03T02:45:00+01:00");
	home_signal(&h, "bed-exit", true);
	assert_int_equal(home_count(&h, VK_EFFECT_CHECK, NULL), 0);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "consent-withdrawn"), 2);
	home_done(&h);
}

/* A plan that says neither checks nor consent any more has withdrawn it. */
static void a_plan_without_checks_ends_looks_too(void **state)
{
	struct home h;

	(void)state;
	for (int n_consents = 0; n_consents < 2; n_consents++) {
		begin_due(&h);
		h.plan.n_checks = 0;
		h.plan.n_consents = n_consents;
		put_plan(&h);
		assert_int_equal(h.core->n_checks, n_consents);
		assert_int_equal(home_count(&h, VK_EFFECT_TASK, "consent-withdrawn"), !n_consents);
		put_plan(&h); /* nothing to end: nothing to plan */
		assert_int_equal(home_count(&h, VK_EFFECT_TASK, "consent-withdrawn"), !n_consents);
		home_done(&h);
	}
}

static void consent_that_ends_overnight_stops_the_view(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	h.plan.consents[0].withdrawn_day = vk_civil_day(2026, 3, 2);
	assert_string_equal(home_command(&h, "check/view", "c1", "night-3", ""), "no-consent");
	home_done(&h);
}

static void off_for_less_than_an_hour(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	home_restart(&h, MINUTES(89), VK_CLOCK_SYNCED);
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	home_done(&h);
}

static void off_for_longer_is_a_visit(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	home_restart(&h, MINUTES(90), VK_CLOCK_SYNCED);
	assert_visit(&h, "check-missed");
	assert_int_equal(h.core->n_checks, 1);
	home_done(&h);
}

static void off_for_a_month_is_one_visit(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T12:00:00+01:00");
	home_restart(&h, HOURS(24) * 30, VK_CLOCK_SYNCED);
	assert_int_equal(h.core->n_checks, 1);
	assert_visit(&h, "check-missed");
	assert_int_equal(h.core->n_alerts, 1);
	home_done(&h);
}

/* A power cut moves no time-out; without a clock, every one is due. */
static void restart_while_viewing(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	ok(&h, "check/view", "night-3", "");
	home_restart(&h, 5000, VK_CLOCK_SYNCED);
	assert_int_equal(last_check(&h)->state, VK_CHECK_VIEWING);
	home_wait(&h, 24999);
	assert_true(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	home_wait(&h, 1);
	assert_false(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	assert_string_equal(last_check(&h)->reason, "outcome-wanted");
	home_done(&h);
	begin_due(&h);
	ok(&h, "check/view", "night-3", "");
	home_restart(&h, 5000, VK_CLOCK_UNSYNCED);
	assert_false(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	home_done(&h);
}

/* Times of due checks of one plan, against what local clocks show. */
static void summer_and_winter_time(void **state)
{
	static const struct {
		const char *from, *due, *until;
	} rows[] = {{"2026-03-28T12:00:00+01:00", "2026-03-29T03:00:00+02:00",
		     "2026-03-29T12:00:00+02:00"},
		    {"2026-10-24T12:00:00+02:00", "2026-10-25T02:30:00+02:00",
		     "2026-10-25T12:00:00+01:00"},
		    {"2026-06-24T12:00:00+02:00", "2026-06-25T02:30:00+02:00",
		     "2026-06-25T12:00:00+02:00"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct vk_plan plan;
		struct home h;
		int64_t due;

		home_plan(&plan);
		(void)home_check(&plan, 2, 30);
		home_init(&h, &plan, rows[i].from);
		home_until(&h, rows[i].until);
		assert_int_equal(home_count(&h, VK_EFFECT_CHECK, "planned"), 1);
		assert_int_equal(vk_rfc3339_parse(rows[i].due, &due), 0);
		assert_int_equal(h.core->checks[0].due_utc_ms, due);
		assert_int_equal(h.core->n_checks, 1);
		home_done(&h);
	}
}

static void clock_steps(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	/* a second back: not opened twice */
	h.now.utc_ms -= 1000;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_CLOCK, .now = h.now});
	home_wait(&h, 5000);
	assert_int_equal(home_count(&h, VK_EFFECT_CHECK, "planned"), 0);
	/* it had been a week ahead: tonight's check is not left out */
	h.now.utc_ms -= HOURS(24) * 7;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_CLOCK, .now = h.now});
	home_wait(&h, HOURS(4));
	assert_int_equal(home_count(&h, VK_EFFECT_CHECK, "planned"), 1);
	home_done(&h);
}

static void new_plan_opens_nothing_of_the_past(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-03T14:00:00+01:00");
	h.plan.checks[0].at_s[h.plan.checks[0].n_at++] = 13 * 3600;
	h.plan.checks[0].at_s[h.plan.checks[0].n_at++] = 15 * 3600;
	put_plan(&h);
	assert_int_equal(h.core->n_checks, 0);
	home_wait(&h, HOURS(1));
	assert_int_equal(h.core->n_checks, 1);
	home_done(&h);
}

static void full_is_said(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T12:00:00+01:00");
	home_wait(&h, HOURS(24) * (VK_MAX_CHECKS / 2));
	assert_int_equal(h.core->n_checks, VK_MAX_CHECKS);
	assert_null(home_alert(&h, "too-many-checks"));
	home_wait(&h, HOURS(24));
	assert_int_equal(h.core->n_checks, VK_MAX_CHECKS);
	assert_non_null(home_alert(&h, "too-many-checks"));
	home_signal(&h, "bed-exit", true);
	for (int i = 1; i <= VK_MAX_CHECKS / 4; i++) {
		char id[8];

		(void)snprintf(id, sizeof id, "c%d", i);
		assert_non_null(home_alert(&h, "too-many-checks"));
		assert_string_equal(home_command(&h, "check/view", id, "night-3", ""), "ok");
		assert_string_equal(home_command(&h, "check/outcome", id, "night-3", "ok"), "ok");
	}
	assert_null(home_alert(&h, "too-many-checks"));
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(paused_until),
		cmocka_unit_test(withdrawn_consent_ends_looks_and_makes_a_task),
		cmocka_unit_test(a_plan_without_checks_ends_looks_too),
		cmocka_unit_test(consent_that_ends_overnight_stops_the_view),
		cmocka_unit_test(off_for_less_than_an_hour),
		cmocka_unit_test(off_for_longer_is_a_visit),
		cmocka_unit_test(off_for_a_month_is_one_visit),
		cmocka_unit_test(restart_while_viewing),
		cmocka_unit_test(summer_and_winter_time),
		cmocka_unit_test(clock_steps),
		cmocka_unit_test(new_plan_opens_nothing_of_the_past),
		cmocka_unit_test(full_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
