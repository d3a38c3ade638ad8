/* SPDX-License-Identifier: Apache-2.0 */
/* Many faults at once are one alert. */
#include <stdio.h>
#include <string.h>

#include "home.h"

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
	home_two_limits(&h);
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
	home_two_limits(&h);
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
	home_two_limits(&h);
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
	home_two_limits(&h);
	h.plan.alerts.storm_count = 3;
	home_pressure(&h, 165, 90);
	faults(&h, 1, true);
	home_ok(&h, "alert/accept", "a2");
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
	home_two_limits(&h);
	h.plan.alerts.storm_count = 2;
	faults(&h, VK_MAX_HUSHED + 3, true);
	assert_int_equal(h.core->n_alerts, 1 + 3); /* what it cannot name stays an alert */
	assert_true(strlen(home_alert(&h, "technical-storm")->detail) < VK_DETAIL_TEXT);
	faults(&h, VK_MAX_HUSHED + 3, false);
	assert_int_equal(h.core->n_alerts, 0);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(many_at_once_are_one),
		cmocka_unit_test(slowly_they_are_many),
		cmocka_unit_test(what_is_told_again_changes_no_storm),
		cmocka_unit_test(a_storm_takes_no_taken_one),
		cmocka_unit_test(a_storm_beyond_its_list),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
