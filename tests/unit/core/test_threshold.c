/* SPDX-License-Identifier: Apache-2.0 */
/* Limits with and without confirmation, and how a condition ends. */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void begin(struct home *h, bool has_confirm)
{
	struct vk_plan plan;

	home_plan(&plan);
	(void)home_crisis(&plan, has_confirm);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static void assert_value(const struct vk_value *value, enum vk_quantity quantity, int64_t mantissa)
{
	assert_int_equal(value->quantity, quantity);
	assert_int_equal(value->number.mantissa, mantissa);
}

static void same_second(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 112);
	alert = home_alert(&h, "BP_CRISIS");
	assert_non_null(alert);
	assert_int_equal(alert->state, VK_ALERT_RAISED);
	assert_string_equal(alert->reason, "threshold");
	assert_string_equal(alert->role, "night-team");
	assert_int_equal(alert->plan_version, 7);
	assert_int_equal(alert->n_readings, 1);
	assert_int_equal(alert->n_values, 2);
	assert_value(&alert->values[0], VK_QUANTITY_SYSTOLIC, 190);
	assert_value(&alert->values[1], VK_QUANTITY_DIASTOLIC, 112);
	assert_int_equal(alert->escalate_mono_ms, h.now.mono_ms + MINUTES(3));
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "threshold"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "threshold"), 1);
	assert_true(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, NULL), 0);
	home_done(&h);
}

/* Each pair of pressures and whether a plan without confirmation alerts. */
static void limits(void **state)
{
	static const struct {
		int systolic, diastolic;
		bool is_alert;
	} rows[] = {{179, 119, false}, {180, 90, true},   {150, 120, true}, {162, 94, false},
		    {120, 125, false}, {290, 100, false}, {190, 201, false}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		begin(&h, false);
		home_pressure(&h, rows[i].systolic, rows[i].diastolic);
		assert_int_equal(home_alert(&h, "BP_CRISIS") != NULL, rows[i].is_alert);
		home_done(&h);
	}
}

/* A value that cannot be does not stand beside the one that raised. */
static void an_impossible_one_is_not_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "190");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "201");
	home_limit(&h.plan.rules[0], VK_QUANTITY_PULSE_RATE, 130);
	home_value(&r, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, "140");
	home_send(&h, &r);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->n_values, 1);
	assert_value(&home_alert(&h, "BP_CRISIS")->values[0], VK_QUANTITY_PULSE_RATE, 140);
	home_done(&h);
}

static void confirmed(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	assert_null(home_alert(&h, "BP_CRISIS"));
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "confirm-rest"), 1);
	assert_int_equal(home_last(&h, VK_EFFECT_ASK)->ask.what, VK_ASK_REPEAT);
	assert_int_equal(home_last(&h, VK_EFFECT_ASK)->ask.until_utc_ms,
			 h.now.utc_ms + MINUTES(15));
	assert_true(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_wait(&h, MINUTES(5));
	home_pressure(&h, 188, 110);
	alert = home_alert(&h, "BP_CRISIS");
	assert_non_null(alert);
	assert_string_equal(alert->reason, "threshold-confirmed");
	assert_int_equal(alert->n_readings, 2);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "threshold-confirmed"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, NULL), 1); /* shown since the first */
	home_wait(&h, MINUTES(2) - 1);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 1);
	home_done(&h);
}

static void too_early_is_no_confirmation(void **state)
{
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	home_wait(&h, MINUTES(5) - 1);
	home_pressure(&h, 195, 112);
	assert_null(home_alert(&h, "BP_CRISIS"));
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "too-early"), 1);
	assert_int_equal(home_last(&h, VK_EFFECT_ASK)->ask.until_utc_ms,
			 h.now.utc_ms + MINUTES(10) + 1); /* as was said the first time */
	home_wait(&h, 1);
	home_pressure(&h, 160, 90);
	assert_null(home_alert(&h, "BP_CRISIS"));
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "not-confirmed"), 1);
	assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_wait(&h, HOURS(1));
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void the_same_reading_does_not_confirm_itself(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	home_wait(&h, MINUTES(6));
	r = h.reading;
	r.rev = 1;
	home_send(&h, &r);
	assert_null(home_alert(&h, "BP_CRISIS"));
	home_done(&h);
}

static void last_moment_confirms(void **state)
{
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	h.now.utc_ms += MINUTES(15);
	h.now.mono_ms += MINUTES(15);
	home_pressure(&h, 190, 112);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-confirmed");
	assert_int_equal(home_alert(&h, "BP_CRISIS")->rev, 0);
	home_done(&h);
}

/* Also over a power cut: the question is a row. */
static void silence_is_sent_as_unconfirmed(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	home_restart(&h, MINUTES(4), VK_CLOCK_SYNCED);
	home_wait(&h, MINUTES(11) - 1);
	assert_null(home_alert(&h, "BP_CRISIS"));
	home_wait(&h, 1);
	alert = home_alert(&h, "BP_CRISIS");
	assert_non_null(alert);
	assert_string_equal(alert->reason, "threshold-unconfirmed");
	assert_int_equal(alert->priority, VK_PRIORITY_HIGH);
	assert_value(&alert->values[0], VK_QUANTITY_SYSTOLIC, 190);
	assert_value(&alert->values[1], VK_QUANTITY_DIASTOLIC, 112);
	assert_int_equal(alert->values[0].unit, VK_UNIT_MMHG);
	assert_string_equal(alert->readings[0], h.reading.id);
	home_done(&h);
}

static void updates_keep_worst_and_newest(void **state)
{
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 100);
	home_pressure(&h, 210, 100);
	for (int i = 0; i < 4; i++)
		home_pressure(&h, 185 + i, 100);
	alert = home_alert(&h, "BP_CRISIS");
	assert_int_equal(alert->serial, 1);
	assert_int_equal(alert->rev, 5);
	assert_int_equal(alert->n_readings, 4);
	assert_string_equal(alert->readings[3], h.reading.id);
	assert_int_equal(alert->n_values, 3);
	assert_value(&alert->values[0], VK_QUANTITY_SYSTOLIC, 188);
	assert_value(&alert->values[2], VK_QUANTITY_SYSTOLIC, 210);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_done(&h);
}

static void two_inside_clear_and_the_episode_stays(void **state)
{
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 100);
	home_pressure(&h, 150, 90);
	home_reload(&h);
	assert_true(home_alert(&h, "BP_CRISIS")->is_active);
	home_pressure(&h, 181, 90); /* not in a row */
	home_pressure(&h, 150, 90);
	assert_true(home_alert(&h, "BP_CRISIS")->is_active);
	home_pressure(&h, 150, 90);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	assert_false(home_alert(&h, "BP_CRISIS")->is_active);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "cleared"), 1);
	assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_done(&h);
}

static void margin_of_clears_is_not_inside(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_crisis(&plan, false);
	plan.rules[0].has_clears = true;
	plan.rules[0].clears_by = 10;
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_pressure(&h, 190, 100);
	for (int i = 0; i < 3; i++)
		home_pressure(&h, 175, 90);
	assert_true(home_alert(&h, "BP_CRISIS")->is_active);
	home_pressure(&h, 169, 90);
	home_pressure(&h, 169, 90);
	assert_false(home_alert(&h, "BP_CRISIS")->is_active);
	home_done(&h);
}

static void worse_again_is_loud_for_the_accepted(void **state)
{
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 100);
	assert_string_equal(home_command(&h, "alert/accept", "a1", "n-17", ""), "ok");
	home_pressure(&h, 191, 100);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_ACCEPTED);
	home_pressure(&h, 155, 90);
	home_pressure(&h, 155, 90);
	home_pressure(&h, 192, 100);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->state, VK_ALERT_RAISED);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "threshold"), 2);
	home_done(&h);
}

static void closed_is_raised_anew(void **state)
{
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 100);
	(void)home_command(&h, "alert/accept", "a1", "n-17", "");
	(void)home_command(&h, "alert/close", "a1", "n-17", "called");
	assert_null(home_alert(&h, "BP_CRISIS"));
	home_pressure(&h, 190, 100);
	assert_int_equal(home_alert(&h, "BP_CRISIS")->serial, 2);
	home_done(&h);
}

/* ---- glucose, clinical.md 8 ---- */

static void glucose_plan(struct vk_plan *plan)
{
	struct vk_rule *rule;

	home_plan(plan);
	rule = home_threshold(plan, "GLU_LOW", VK_PRIORITY_HIGH);
	rule->n_conditions = 2;
	rule->conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_GLUCOSE, .has_below = true, .below = 39};
	rule->conditions[1] = (struct vk_condition){
		.quantity = VK_QUANTITY_GLUCOSE, .has_above = true, .above = 200};
}

static void glucose(void **state)
{
	static const struct {
		const char *mg_dl;
		enum vk_flag flag;
		int sample_type;
		bool is_alert;
	} rows[] = {{"70", VK_FLAG_VALIDATED, 1, false},  {"69", VK_FLAG_VALIDATED, 1, true},
		    {"38", VK_FLAG_VALIDATED, 10, false}, {"38", VK_FLAG_KETONE, 1, false},
		    {NULL, VK_FLAG_RESULT_HIGH, 1, true}, {NULL, VK_FLAG_RESULT_LOW, 1, true},
		    {NULL, VK_FLAG_VALIDATED, 1, false}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct vk_plan plan;
		struct vk_reading r;
		struct home h;

		glucose_plan(&plan);
		home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
		r = home_reading(&h, VK_KIND_GLUCOSE);
		r.decoded.sample_type = rows[i].sample_type;
		vk_decoded_flag(&r.decoded, rows[i].flag);
		if (rows[i].mg_dl)
			home_value(&r, VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, rows[i].mg_dl);
		home_send(&h, &r);
		assert_int_equal(home_alert(&h, "GLU_LOW") != NULL, rows[i].is_alert);
		home_done(&h);
	}
}

/* ---- asked to measure again ---- */

static void begin_retest(struct home *h)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	rule = home_threshold(&plan, "LOW", VK_PRIORITY_HIGH);
	rule->conditions[rule->n_conditions++] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	rule->retest_within_ms = MINUTES(20);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
	home_pressure(h, 85, 50);
	assert_int_equal(home_count(h, VK_EFFECT_ASK, "retest"), 1);
}

static void no_retest_calls_the_next(void **state)
{
	struct home h;

	(void)state;
	begin_retest(&h);
	(void)home_command(&h, "alert/accept", "a1", "n-17", "");
	home_forget(&h);
	home_wait(&h, MINUTES(20)); /* somebody has it in hand */
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "no-retest"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "no-retest"), 0);
	home_done(&h);
	begin_retest(&h);
	home_wait(&h, MINUTES(20) - 1);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "no-retest"), 0);
	home_wait(&h, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "no-retest"), 1);
	home_done(&h);
}

static void a_retest_in_time_is_one(void **state)
{
	struct home h;

	(void)state;
	begin_retest(&h);
	home_wait(&h, MINUTES(19));
	home_pressure(&h, 120, 80);
	home_wait(&h, MINUTES(30));
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "no-retest"), 0);
	home_pressure(&h, 85, 50); /* again beyond: again asked for */
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "retest"), 2);
	home_done(&h);
}

/* The end of a confirmed episode counts from its second reading. */
static void right_after_a_confirmation_nothing_is_over(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_crisis(&plan, true);
	plan.rules[0].clears_readings = 1;
	plan.rules[0].clears_apart_ms = MINUTES(20);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_pressure(&h, 185, 95);
	home_wait(&h, MINUTES(6));
	home_pressure(&h, 184, 95);
	assert_true(h.core->alerts[0].is_active);
	home_wait(&h, MINUTES(19));
	home_pressure(&h, 150, 85);
	assert_true(h.core->alerts[0].is_active);
	home_wait(&h, MINUTES(1));
	home_pressure(&h, 150, 85);
	assert_false(h.core->alerts[0].is_active);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(same_second),
		cmocka_unit_test(limits),
		cmocka_unit_test(an_impossible_one_is_not_told),
		cmocka_unit_test(confirmed),
		cmocka_unit_test(too_early_is_no_confirmation),
		cmocka_unit_test(the_same_reading_does_not_confirm_itself),
		cmocka_unit_test(last_moment_confirms),
		cmocka_unit_test(silence_is_sent_as_unconfirmed),
		cmocka_unit_test(updates_keep_worst_and_newest),
		cmocka_unit_test(two_inside_clear_and_the_episode_stays),
		cmocka_unit_test(margin_of_clears_is_not_inside),
		cmocka_unit_test(worse_again_is_loud_for_the_accepted),
		cmocka_unit_test(closed_is_raised_anew),
		cmocka_unit_test(glucose),
		cmocka_unit_test(no_retest_calls_the_next),
		cmocka_unit_test(a_retest_in_time_is_one),
		cmocka_unit_test(right_after_a_confirmation_nothing_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
