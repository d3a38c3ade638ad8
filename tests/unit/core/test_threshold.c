/* SPDX-License-Identifier: Apache-2.0 */
/* Limits with and without confirmation, what may not be judged, and how a condition ends. */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void crisis_plan(struct vk_plan *plan, bool has_confirm)
{
	struct vk_rule *rule;

	home_plan(plan);
	rule = home_threshold(plan, "BP_CRISIS", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 120);
	rule->has_confirm = has_confirm;
	rule->confirm_after_ms = MINUTES(5);
	rule->confirm_within_ms = MINUTES(15);
}

static void begin(struct home *h, bool has_confirm)
{
	struct vk_plan plan;

	crisis_plan(&plan, has_confirm);
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
	crisis_plan(&plan, false);
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

/* ---- what may not be judged ---- */

static struct vk_reading high(struct home *h)
{
	struct vk_reading r = home_reading(h, VK_KIND_BLOOD_PRESSURE);

	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "190");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "112");
	return r;
}

static void retract(struct vk_reading *r, int64_t now)
{
	(void)now;
	r->is_retracted = true;
}
static void unplaced(struct vk_reading *r, int64_t now)
{
	r->time_utc_ms = now - HOURS(2);
	r->is_live = false;
	r->time_reason = VK_PLACED_UNPLACED;
}
static void yesterday(struct vk_reading *r, int64_t now)
{
	r->time_utc_ms = now - HOURS(25);
	r->is_live = false;
	r->time_reason = VK_PLACED_DEVICE;
}
static void testing(struct vk_reading *r, int64_t now)
{
	(void)now;
	vk_decoded_flag(&r->decoded, VK_FLAG_TEST_DATA);
}
static void control(struct vk_reading *r, int64_t now)
{
	(void)now;
	vk_decoded_flag(&r->decoded, VK_FLAG_CONTROL_SOLUTION);
}
static void nobody(struct vk_reading *r, int64_t now)
{
	(void)now;
	r->patient[0] = '\0';
}
static void stranger(struct vk_reading *r, int64_t now)
{
	(void)now;
	(void)snprintf(r->patient, sizeof r->patient, "p-2000");
}
static void absent(struct vk_reading *r, int64_t now)
{
	(void)now;
	r->decoded.values[0].absent = VK_ABSENT_NOT_A_NUMBER;
	r->decoded.values[1].absent = VK_ABSENT_NOT_A_NUMBER;
}

static void not_judged(void **state)
{
	static void (*const spoil[])(struct vk_reading *, int64_t) = {
		retract, unplaced, yesterday, testing, control, nobody, stranger, absent};

	(void)state;
	for (size_t i = 0; i < sizeof spoil / sizeof spoil[0]; i++) {
		struct vk_reading r;
		struct home h;

		begin(&h, false);
		r = high(&h);
		spoil[i](&r, h.now.utc_ms);
		home_send(&h, &r);
		assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
		r = high(&h);
		home_send(&h, &r);
		assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 1);
		home_done(&h);
	}
}

static void nan_low_is_not_zero(void **state)
{
	struct vk_plan plan;
	struct vk_reading r;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_threshold(&plan, "BP_LOW", VK_PRIORITY_MEDIUM)->n_conditions = 1;
	plan.rules[0].conditions[0] = (struct vk_condition){
		.quantity = VK_QUANTITY_SYSTOLIC, .has_below = true, .below = 90};
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	r = high(&h);
	absent(&r, 0);
	home_send(&h, &r);
	assert_null(home_alert(&h, "BP_LOW"));
	home_pressure(&h, 90, 60);
	assert_null(home_alert(&h, "BP_LOW"));
	home_pressure(&h, 89, 60);
	assert_non_null(home_alert(&h, "BP_LOW"));
	home_done(&h);
}

static void implausible_asks_again(void **state)
{
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 300, 112);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "implausible"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void late_is_marked_and_not_asked_about(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	r = high(&h);
	r.time_utc_ms -= HOURS(3);
	r.time_reason = VK_PLACED_DEVICE;
	r.is_live = false;
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-late");
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, NULL), 0);
	home_done(&h);
}

/* Two stored values, taken six minutes apart and fetched together. */
static void stored_values_confirm_by_their_own_time(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	for (int i = 0; i < 2; i++) {
		r = high(&h);
		r.time_utc_ms -= MINUTES(20 - i * 6);
		r.time_reason = VK_PLACED_CORRECTED;
		r.is_live = false;
		home_send(&h, &r);
	}
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-confirmed");
	home_done(&h);
}

static void impossible_clock_but_live_is_judged(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	r = high(&h);
	r.time_reason = VK_PLACED_IMPOSSIBLE;
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	home_done(&h);
}

static void doubtful_is_unconfirmed_and_asked_again(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	r = high(&h);
	vk_decoded_flag(&r.decoded, VK_FLAG_BODY_MOVEMENT);
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP_CRISIS")->reason, "threshold-unconfirmed");
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "questionable"), 1);
	home_done(&h);
}

static void who_is_asked_once(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	for (int i = 0; i < 3; i++) {
		r = high(&h);
		r.patient[0] = '\0';
		home_send(&h, &r);
		home_restart(&h, MINUTES(1), VK_CLOCK_SYNCED);
	}
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "unassigned"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "unassigned"), 1);
	assert_int_equal(home_last(&h, VK_EFFECT_ASK)->ask.what, VK_ASK_WHO);
	assert_string_equal(home_last(&h, VK_EFFECT_TASK)->task.task, "assign");
	/* the same reading with its person is judged, and the device is no stranger */
	r.rev++;
	(void)snprintf(r.patient, sizeof r.patient, "p-1042");
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "BP_CRISIS"));
	r.patient[0] = '\0';
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "unassigned"), 2);
	home_done(&h);
}

static void taken_back_is_told(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, false);
	home_pressure(&h, 190, 112);
	r = h.reading;
	r.is_retracted = true;
	r.rev++;
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "reading-retracted"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "corrected"), 1);
	home_done(&h);
}

static void taken_back_ends_the_question(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, true);
	home_pressure(&h, 190, 112);
	r = h.reading;
	r.is_retracted = true;
	home_send(&h, &r);
	home_wait(&h, HOURS(1));
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void relay_only_plan_decides_nothing(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	crisis_plan(&plan, false);
	plan.is_alerting = false;
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_pressure(&h, 190, 112);
	assert_int_equal(h.n_log, 0);
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
	crisis_plan(&plan, true);
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
		cmocka_unit_test(not_judged),
		cmocka_unit_test(nan_low_is_not_zero),
		cmocka_unit_test(implausible_asks_again),
		cmocka_unit_test(late_is_marked_and_not_asked_about),
		cmocka_unit_test(stored_values_confirm_by_their_own_time),
		cmocka_unit_test(impossible_clock_but_live_is_judged),
		cmocka_unit_test(doubtful_is_unconfirmed_and_asked_again),
		cmocka_unit_test(who_is_asked_once),
		cmocka_unit_test(taken_back_is_told),
		cmocka_unit_test(taken_back_ends_the_question),
		cmocka_unit_test(relay_only_plan_decides_nothing),
		cmocka_unit_test(glucose),
		cmocka_unit_test(no_retest_calls_the_next),
		cmocka_unit_test(a_retest_in_time_is_one),
		cmocka_unit_test(right_after_a_confirmation_nothing_is_over),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
