/* SPDX-License-Identifier: Apache-2.0 */
/* The planned looks of clinical.md 3.1: every way in, every way on, every way out. */
#include <stdio.h>
#include <string.h>

#include "night.h"

static void planned_time_opens_one(void **state)
{
	const struct vk_check *check;
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T23:00:00+01:00");
	home_until(&h, "2026-03-02T23:29:59+01:00");
	assert_int_equal(h.core->n_checks, 0);
	home_until(&h, "2026-03-02T23:30:00+01:00");
	check = last_check(&h);
	assert_string_equal(check->name, "night");
	assert_int_equal(check->state, VK_CHECK_DUE);
	assert_int_equal(check->attempt, 1);
	assert_int_equal(check->rev, 0);
	assert_int_equal(check->due_utc_ms, h.now.utc_ms);
	assert_string_equal(check->reason, "planned");
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "night-team");
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.alert, "c1");
	home_done(&h);
}

static void seen_and_done(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	ok(&h, "check/claim", "night-3", "");
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	ok(&h, "check/view", "night-3", "");
	assert_true(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	assert_string_equal(home_last(&h, VK_EFFECT_VIEW)->view.viewer, "night-3");
	assert_int_equal(home_last(&h, VK_EFFECT_VIEW)->view.until_mono_ms, h.now.mono_ms + 30000);
	home_wait(&h, 12000);
	ok(&h, "check/outcome", "night-3", "ok");
	assert_false(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	assert_int_equal(last_check(&h)->state, VK_CHECK_DONE);
	assert_string_equal(last_check(&h)->by, "night-3");
	assert_string_equal(last_check(&h)->outcome, "ok");
	assert_int_equal(last_check(&h)->changed_utc_ms, h.now.utc_ms);
	assert_int_equal(home_last(&h, VK_EFFECT_REPLY)->reply.rev, 3);
	assert_int_equal(h.core->n_checks, 0);
	home_wait(&h, HOURS(2));
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void one_tap_is_claim_and_view(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "ok");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DONE);
	home_done(&h);
}

static void not_in_bed_then_in_bed(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "not-in-bed");
	assert_int_equal(last_check(&h)->state, VK_CHECK_RECHECK_WAIT);
	assert_string_equal(home_command(&h, "check/view", "c1", "night-3", ""), "wrong-state");
	home_wait(&h, MINUTES(15) - 1);
	assert_int_equal(last_check(&h)->state, VK_CHECK_RECHECK_WAIT);
	home_wait(&h, 1);
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	assert_int_equal(last_check(&h)->attempt, 2);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "recheck"), 1);
	assert_string_equal(home_command(&h, "check/view", "c1", "night-4", ""), "ok");
	assert_string_equal(home_command(&h, "check/outcome", "c1", "night-4", "ok"), "ok");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DONE);
	assert_int_equal(home_count(&h, VK_EFFECT_VIEW, "viewing"), 2);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void second_not_in_bed_or_unsure_is_a_visit(void **state)
{
	static const char *const seconds[] = {"not-in-bed", "unsure"};

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct home h;

		begin_due(&h);
		look(&h, "not-in-bed");
		home_wait(&h, MINUTES(15));
		look(&h, seconds[i]);
		assert_visit(&h, seconds[i]);
		home_done(&h);
	}
}

static void concern_is_a_visit_at_once(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "concern");
	assert_visit(&h, "concern");
	home_done(&h);
}

static void visit_to_its_end(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "concern");
	assert_string_equal(home_command(&h, "alert/accept", "a1", "night-3", ""), "ok");
	assert_string_equal(home_command(&h, "alert/close", "a1", "night-3", "x"), "check-open");
	assert_string_equal(home_command(&h, "check/arrive", "c1", "night-4", ""), "wrong-state");
	ok(&h, "check/visit-accept", "night-3", "");
	assert_int_equal(home_alert(&h, "visit-required")->state, VK_ALERT_ACCEPTED);
	ok(&h, "check/arrive", "night-3", "");
	assert_string_equal(home_command(&h, "check/done", "c1", "night-3", ""), "no-outcome");
	ok(&h, "check/done", "night-3", "helped-back-to-bed");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DONE);
	assert_string_equal(last_check(&h)->outcome, "helped-back-to-bed");
	assert_null(home_alert(&h, "visit-required"));
	assert_string_equal(home_last(&h, VK_EFFECT_ALERT)->alert.by, "night-3");
	assert_string_equal(home_last(&h, VK_EFFECT_ALERT)->alert.outcome, "helped-back-to-bed");
	home_done(&h);
}

static void visit_accept_stops_the_ladder(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "concern");
	home_wait(&h, MINUTES(3));
	assert_int_equal(home_alert(&h, "visit-required")->level, 1);
	ok(&h, "check/visit-accept", "night-3", "");
	home_wait(&h, MINUTES(59));
	assert_int_equal(home_alert(&h, "visit-required")->level, 1);
	home_wait(&h, MINUTES(1)); /* accepted and never arrived */
	assert_visit(&h, "visit-overdue");
	assert_int_equal(home_alert(&h, "visit-required")->state, VK_ALERT_RAISED);
	assert_int_equal(home_alert(&h, "visit-required")->level, 0);
	home_done(&h);
}

static void unsure_looks_again_at_once(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "unsure");
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	assert_int_equal(last_check(&h)->attempt, 1);
	look(&h, "unsure");
	assert_int_equal(last_check(&h)->state, VK_CHECK_RECHECK_WAIT);
	home_done(&h);
}

static void technical_gets_one_retry(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	look(&h, "technical");
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	look(&h, "technical");
	assert_visit(&h, "technical");
	home_done(&h);
	/* and no time for more: neither released nor left alone */
	begin_due(&h);
	look(&h, "technical");
	home_wait(&h, MINUTES(1));
	ok(&h, "check/release", "night-3", "");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	home_wait(&h, MINUTES(1));
	assert_visit(&h, "technical");
	home_done(&h);
	/* a picture that never came needs no view */
	begin_due(&h);
	ok(&h, "check/claim", "night-3", "");
	ok(&h, "check/outcome", "night-3", "technical");
	assert_int_equal(last_check(&h)->state, VK_CHECK_CLAIMED);
	home_done(&h);
}

static void view_is_cut_and_counts_as_unsure(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	ok(&h, "check/view", "night-3", "");
	home_wait(&h, 29999);
	assert_true(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	home_wait(&h, 1);
	assert_false(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	assert_int_equal(last_check(&h)->state, VK_CHECK_VIEWING);
	assert_string_equal(last_check(&h)->reason, "outcome-wanted");
	home_wait(&h, MINUTES(1)); /* the app was closed */
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	assert_string_equal(last_check(&h)->outcome, "unsure");
	assert_string_equal(last_check(&h)->by, "");
	assert_int_equal(home_count(&h, VK_EFFECT_VIEW, NULL), 2);
	home_done(&h);
	/* in time after the cut, the person's word counts */
	begin_due(&h);
	ok(&h, "check/view", "night-3", "");
	home_wait(&h, 45000);
	ok(&h, "check/outcome", "night-3", "ok");
	assert_int_equal(last_check(&h)->state, VK_CHECK_DONE);
	home_done(&h);
}

static void shorter_view_of_the_plan(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	h.plan.checks[0].view_ms = 20000;
	ok(&h, "check/view", "night-3", "");
	home_wait(&h, 20000);
	assert_false(home_last(&h, VK_EFFECT_VIEW)->view.is_open);
	home_done(&h);
}

static void nobody_claims(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin_due(&h);
	home_wait(&h, MINUTES(10) - 1);
	assert_int_equal(h.n_log, 0);
	home_wait(&h, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "remind"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_wait(&h, MINUTES(5));
	alert = home_alert(&h, "check-unclaimed");
	assert_non_null(alert);
	assert_int_equal(alert->priority, VK_PRIORITY_HIGH);
	home_wait(&h, MINUTES(3));
	assert_int_equal(home_alert(&h, "check-unclaimed")->level, 1);
	/* claiming the check is accepting its alert, seeing to it ends it */
	ok(&h, "check/view", "night-3", "");
	assert_int_equal(home_alert(&h, "check-unclaimed")->state, VK_ALERT_ACCEPTED);
	ok(&h, "check/outcome", "night-3", "ok");
	assert_null(home_alert(&h, "check-unclaimed"));
	home_done(&h);
}

static void release_does_not_stop_the_clock(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	home_wait(&h, MINUTES(9));
	ok(&h, "check/claim", "night-3", "");
	home_wait(&h, MINUTES(4));
	assert_string_equal(home_command(&h, "check/release", "c1", "night-4", ""), "not-yours");
	ok(&h, "check/release", "night-3", "");
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "remind"), 1);
	home_wait(&h, MINUTES(5));
	assert_non_null(home_alert(&h, "check-unclaimed"));
	/* claimed, let go: the alert is raised again */
	ok(&h, "check/claim", "night-3", "");
	assert_int_equal(home_alert(&h, "check-unclaimed")->state, VK_ALERT_ACCEPTED);
	ok(&h, "check/release", "night-3", "");
	assert_int_equal(home_alert(&h, "check-unclaimed")->state, VK_ALERT_RAISED);
	home_done(&h);
}

static void claim_without_a_look_expires(void **state)
{
	struct home h;

	(void)state;
	begin_due(&h);
	ok(&h, "check/claim", "night-3", "");
	home_wait(&h, MINUTES(5));
	assert_int_equal(last_check(&h)->state, VK_CHECK_DUE);
	assert_string_equal(last_check(&h)->reason, "claim-expired");
	assert_string_equal(last_check(&h)->by, "");
	home_done(&h);
}

static void refusals(void **state)
{
	struct vk_command c = {.noun = "check", .verb = "claim", .object = "c1", .rev = 5};
	struct home h;

	(void)state;
	begin_due(&h);
	(void)snprintf(c.staff, sizeof c.staff, "night-3");
	assert_string_equal(home_say(&h, &c), "conflict");
	assert_string_equal(home_command(&h, "check/claim", "c7", "night-3", ""), "not-found");
	assert_string_equal(home_command(&h, "check/outcome", "c1", "night-3", "ok"),
			    "wrong-state");
	assert_string_equal(home_command(&h, "check/visit-accept", "c1", "night-3", ""),
			    "wrong-state");
	assert_string_equal(home_command(&h, "check/done", "c1", "night-3", "x"), "wrong-state");
	assert_string_equal(home_command(&h, "check/sing", "c1", "night-3", ""), "unknown-command");
	assert_string_equal(home_command(&h, "song/sing", "c1", "night-3", ""), "unknown-command");
	assert_int_equal(home_last(&h, VK_EFFECT_REPLY)->reply.rev, -1); /* of nothing */
	assert_string_equal(home_command(&h, "check/pause", "c1", "night-3", ""), "no-reason");
	assert_int_equal(home_count(&h, VK_EFFECT_CHECK, NULL), 0);
	ok(&h, "check/view", "night-3", "");
	assert_string_equal(home_command(&h, "check/view", "c1", "night-4", ""), "wrong-state");
	assert_string_equal(home_command(&h, "check/outcome", "c1", "night-4", "ok"), "not-yours");
	assert_string_equal(home_command(&h, "check/outcome", "c1", "night-3", "fine"),
			    "bad-outcome");
	home_done(&h);
}

static void signal_opens_one_of_a_name(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-03T01:00:00+01:00");
	home_signal(&h, "door", true);
	home_signal(&h, "bed-exit", false);
	assert_int_equal(h.core->n_checks, 0);
	home_signal(&h, "bed-exit", true);
	assert_int_equal(h.core->n_checks, 1);
	assert_string_equal(last_check(&h)->reason, "bed-exit");
	home_signal(&h, "bed-exit", false);
	home_signal(&h, "bed-exit", true);
	assert_int_equal(h.core->n_checks, 1);
	look(&h, "ok");
	home_signal(&h, "bed-exit", true);
	assert_int_equal(last_check(&h)->serial, 2);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(planned_time_opens_one),
		cmocka_unit_test(seen_and_done),
		cmocka_unit_test(one_tap_is_claim_and_view),
		cmocka_unit_test(not_in_bed_then_in_bed),
		cmocka_unit_test(second_not_in_bed_or_unsure_is_a_visit),
		cmocka_unit_test(concern_is_a_visit_at_once),
		cmocka_unit_test(visit_to_its_end),
		cmocka_unit_test(visit_accept_stops_the_ladder),
		cmocka_unit_test(unsure_looks_again_at_once),
		cmocka_unit_test(technical_gets_one_retry),
		cmocka_unit_test(view_is_cut_and_counts_as_unsure),
		cmocka_unit_test(shorter_view_of_the_plan),
		cmocka_unit_test(nobody_claims),
		cmocka_unit_test(release_does_not_stop_the_clock),
		cmocka_unit_test(claim_without_a_look_expires),
		cmocka_unit_test(refusals),
		cmocka_unit_test(signal_opens_one_of_a_name),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
