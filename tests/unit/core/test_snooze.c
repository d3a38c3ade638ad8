/* SPDX-License-Identifier: Apache-2.0 */
/* Silence that somebody asked for: a snooze, its end, and what calls all the same. */
#include <stdio.h>
#include <string.h>

#include "home.h"

static const char *snooze(struct home *h, const char *alert, int64_t ms)
{
	struct vk_command c = {.noun = "alert", .verb = "snooze", .rev = -1};

	(void)snprintf(c.staff, sizeof c.staff, "n-17");
	(void)snprintf(c.object, sizeof c.object, "%s", alert);
	(void)snprintf(c.reason, sizeof c.reason, "known");
	c.until_utc_ms = ms ? h->now.utc_ms + ms : 0;
	return home_say(h, &c);
}

static void snoozed_until_its_end(void **state)
{
	struct home h;

	(void)state;
	home_two_limits(&h);
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
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	home_ok(&h, "alert/close", "a1");
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

/* Of each quantity as bad as it was when silence was asked for, and no worse. */
static void both_quantities_are_covered(void **state)
{
	static const struct {
		int systolic, diastolic;
		bool is_told;
	} rows[] = {{169, 109, false}, {150, 109, false}, {150, 110, true}, {170, 95, true}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		home_two_limits(&h);
		home_limit(&h.plan.rules[0], VK_QUANTITY_DIASTOLIC, 95);
		h.plan.rules[0].worse_by = 10;
		home_pressure(&h, 160, 100);
		assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
		home_ok(&h, "alert/close", "a1");
		home_restart(&h, 0, VK_CLOCK_SYNCED);
		home_forget(&h);
		home_wait(&h, HOURS(1));
		home_pressure(&h, rows[i].systolic, rows[i].diastolic);
		assert_non_null(home_alert(&h, "BP_HIGH"));
		assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), rows[i].is_told);
		home_done(&h);
	}
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

		home_two_limits(&h);
		h.plan.rules[0].priority = VK_PRIORITY_MEDIUM;
		home_pressure(&h, 165, 90);
		assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
		home_ok(&h, "alert/close", "a1");
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
	home_two_limits(&h);
	home_pressure(&h, 165, 90);
	h.plan.alerts.remind_after_ms = HOURS(1);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	home_ok(&h, "alert/close", "a1");
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
	home_two_limits(&h);
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
	home_two_limits(&h);
	h.plan.rules[0].n_conditions = 2;
	h.plan.rules[0].conditions[1] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	home_pressure(&h, 165, 90);
	assert_string_equal(snooze(&h, "a1", HOURS(8)), "ok");
	home_ok(&h, "alert/close", "a1");
	home_forget(&h);
	home_pressure(&h, 205, 90);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	assert_string_equal(home_last(&h, VK_EFFECT_NOTIFY)->notify.role, "night-team");
	assert_string_equal(home_alert(&h, "BP_HIGH")->by, "n-17");
	home_ok(&h, "alert/close", "a2");
	home_pressure(&h, 85, 60);
	assert_int_equal(home_alert(&h, "BP_HIGH")->state, VK_ALERT_RAISED);
	home_done(&h);
}

static void worse_calls_all_the_same(void **state)
{
	struct home h;

	(void)state;
	home_two_limits(&h);
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
	home_two_limits(&h);
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
	home_two_limits(&h);
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
	home_two_limits(&h);
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(snoozed_until_its_end),
		cmocka_unit_test(a_new_episode_is_taken_too),
		cmocka_unit_test(both_quantities_are_covered),
		cmocka_unit_test(a_worse_or_more_urgent_episode_calls),
		cmocka_unit_test(a_snoozed_episode_reminds_nobody),
		cmocka_unit_test(ended_after_it_has_cleared),
		cmocka_unit_test(other_rules_and_directions_call),
		cmocka_unit_test(worse_calls_all_the_same),
		cmocka_unit_test(snooze_is_refused),
		cmocka_unit_test(a_new_plan_ends_it),
		cmocka_unit_test(without_a_clock_it_ends),
		cmocka_unit_test(snoozes_have_a_bound),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
