/* SPDX-License-Identifier: Apache-2.0 */
/* Weight over local days: the vectors of clinical.md 8, and how the condition ends. */
#include <stdio.h>
#include <string.h>

#include "home.h"

static void begin(struct home *h, const char *time)
{
	struct vk_plan plan;

	home_plan(&plan);
	(void)home_gain(&plan);
	home_init(h, &plan, time);
}

/* One weight each morning; "-" is a morning without. */
static void mornings(struct home *h, const char *const *weights)
{
	for (; *weights; weights++) {
		if (strcmp(*weights, "-") != 0)
			home_weight(h, *weights);
		home_wait(h, HOURS(24));
	}
}

static void vectors(void **state)
{
	static const struct {
		const char *weights[6];
		bool is_alert;
	} rows[] = {{{"78.0", "78.4", "79.1", "80.0"}, false},
		    {{"78.0", "78.4", "79.1", "80.1"}, true},
		    {{"78.0", "-", "-", "80.5"}, true},
		    {{"78.0", "-", "-", "-", "80.5"}, false},
		    {{"80.5"}, false},
		    {{"80.5", "78.0"}, false},
		    {{"78.04", "80.06"}, true}}; /* 78.0 and 80.1, as the patient saw them */

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		begin(&h, "2026-03-02T07:00:00+01:00");
		mornings(&h, rows[i].weights);
		assert_int_equal(home_alert(&h, "W_GAIN_3D") != NULL, rows[i].is_alert);
		home_done(&h);
	}
}

static void alert_tells_from_and_to(void **state)
{
	static const char *const weights[] = {"78.0", "78.4", "79.1", "80.1", NULL};
	const struct vk_alert *alert;
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	mornings(&h, weights);
	alert = home_alert(&h, "W_GAIN_3D");
	assert_non_null(alert);
	assert_string_equal(alert->reason, "change");
	assert_int_equal(alert->priority, VK_PRIORITY_MEDIUM);
	assert_string_equal(alert->role, "duty-nurse");
	assert_int_equal(alert->n_values, 2);
	assert_int_equal(alert->values[0].number.mantissa, 801);
	assert_int_equal(alert->values[1].number.mantissa, 780);
	assert_int_equal(alert->values[1].number.exponent, -1);
	assert_string_equal(home_last(&h, VK_EFFECT_MESSAGE)->message.message, "more-diuretic");
	home_done(&h);
}

static void nothing_to_compare_says_so(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	home_weight(&h, "80.0");
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "insufficient-data"), 1);
	home_done(&h);
}

/* Only the first of a day is compared with later; each one is compared itself. */
static void first_of_the_day_is_remembered(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(2));
	home_weight(&h, "76.0");
	home_wait(&h, HOURS(22));
	home_weight(&h, "79.0");
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_wait(&h, HOURS(1));
	home_weight(&h, "80.1");
	assert_non_null(home_alert(&h, "W_GAIN_3D"));
	home_weight(&h, "80.3");
	assert_int_equal(home_alert(&h, "W_GAIN_3D")->serial, 1);
	assert_int_equal(home_alert(&h, "W_GAIN_3D")->rev, 1);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), 1);
	home_done(&h);
}

/* 23:30 and 00:30 local are two days although the autumn night has 25 hours. */
static void days_are_local(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-10-24T23:30:00+02:00");
	home_weight(&h, "78.0");
	home_until(&h, "2026-10-25T23:30:00+01:00");
	home_weight(&h, "80.5");
	assert_non_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
	begin(&h, "2026-10-25T00:30:00+02:00");
	home_weight(&h, "78.0");
	home_until(&h, "2026-10-25T23:59:59+01:00");
	home_weight(&h, "80.5");
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

static void two_days_in_a_row_clear(void **state)
{
	static const char *const up[] = {"78.0", "80.5", NULL};
	static const char *const down[] = {"79.0", "79.5", "79.0", NULL};
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	mornings(&h, up);
	assert_true(home_alert(&h, "W_GAIN_3D")->is_active);
	mornings(&h, down); /* +1.0, +1.5 of 78.0, +0.0 of 79.0 */
	assert_true(home_alert(&h, "W_GAIN_3D")->is_active);
	home_reload(&h);
	home_weight(&h, "79.1");
	assert_false(home_alert(&h, "W_GAIN_3D")->is_active);
	assert_int_equal(home_alert(&h, "W_GAIN_3D")->state, VK_ALERT_RAISED);
	assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_done(&h);
}

static void loss(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_gain(&plan)->is_up = false;
	plan.rules[0].is_down = true;
	home_init(&h, &plan, "2026-03-02T07:00:00+01:00");
	home_weight(&h, "80.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "78.0");
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_weight(&h, "77.9");
	assert_non_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

static void history_fills_the_trend_only(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-05T07:00:00+01:00");
	for (int day = 3; day > 0; day--) {
		struct vk_reading r = home_reading(&h, VK_KIND_WEIGHT);

		home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, day == 3 ? "74.0" : "78.0");
		r.time_utc_ms -= HOURS(24) * day + HOURS(1);
		r.time_reason = VK_PLACED_DEVICE;
		r.is_live = false;
		home_send(&h, &r);
	}
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_weight(&h, "76.1");
	assert_non_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

/* A scale is shared: a weight outside the plan's band is asked about first. */
static void outside_the_band_is_not_judged(void **state)
{
	struct vk_plan plan;
	struct vk_reading r;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_gain(&plan);
	plan.n_expects = 1;
	plan.expects[0].kind = VK_KIND_WEIGHT;
	plan.expects[0].has_band = true;
	plan.expects[0].band_least = 700;
	plan.expects[0].band_most = 950;
	home_init(&h, &plan, "2026-03-02T07:00:00+01:00");
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "96.0");
	assert_null(home_alert(&h, "W_GAIN_3D"));
	assert_int_equal(home_last(&h, VK_EFFECT_ASK)->ask.what, VK_ASK_WHO);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "outside-band"), 1);
	r = h.reading;
	r.rev++; /* a person has said whose it is */
	home_send(&h, &r);
	assert_non_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

static void taken_back_leaves_the_trend(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	home_weight(&h, "70.0");
	r = h.reading;
	r.is_retracted = true;
	home_send(&h, &r);
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "79.0");
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

/* ---- a second reading ---- */

static struct vk_rule *begin_asking(struct home *h)
{
	begin(h, "2026-03-02T07:00:00+01:00");
	h->plan.rules[0].has_confirm = true;
	h->plan.rules[0].confirm_after_ms = MINUTES(5);
	h->plan.rules[0].confirm_within_ms = MINUTES(30);
	home_weight(h, "78.0");
	home_wait(h, HOURS(24));
	home_weight(h, "80.5");
	assert_int_equal(home_count(h, VK_EFFECT_ASK, "measure-again"), 1);
	assert_int_equal(home_last(h, VK_EFFECT_ASK)->ask.until_utc_ms,
			 h->now.utc_ms + MINUTES(30));
	return &h->plan.rules[0];
}

static void too_early_is_neither_yes_nor_no(void **state)
{
	struct home h;

	(void)state;
	(void)begin_asking(&h);
	home_wait(&h, MINUTES(5) - 1);
	home_weight(&h, "80.5");
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_weight(&h, "78.2");
	home_wait(&h, 1);
	home_weight(&h, "80.6");
	assert_string_equal(home_alert(&h, "W_GAIN_3D")->reason, "change-confirmed");
	assert_int_equal(home_alert(&h, "W_GAIN_3D")->n_readings, 2);
	home_done(&h);
}

static void a_doubtful_second_reading_takes_nothing_back(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	(void)begin_asking(&h);
	home_wait(&h, MINUTES(6));
	r = home_reading(&h, VK_KIND_WEIGHT);
	home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, "78.2");
	vk_decoded_flag(&r.decoded, VK_FLAG_QUESTIONABLE);
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "not-confirmed"), 0);
	home_wait(&h, MINUTES(30));
	assert_string_equal(home_alert(&h, "W_GAIN_3D")->reason, "change-unconfirmed");
	home_done(&h);
}

static void a_sound_second_reading_takes_the_first_one_back(void **state)
{
	struct home h;

	(void)state;
	(void)begin_asking(&h);
	home_wait(&h, MINUTES(5));
	home_weight(&h, "78.2");
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "not-confirmed"), 1);
	home_wait(&h, HOURS(24));
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_weight(&h, "80.3"); /* 2.1 above the 78.2 and the 78.0 */
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "measure-again"), 2);
	home_done(&h);
}

/* … for the days after it too: what was a bag is no weight to come down from. */
static void what_was_taken_back_is_no_days_value(void **state)
{
	struct vk_rule *rule;
	struct home h;

	(void)state;
	rule = begin_asking(&h);
	rule->is_down = true;
	home_wait(&h, MINUTES(5));
	home_weight(&h, "78.2");
	home_wait(&h, HOURS(24));
	home_forget(&h);
	home_weight(&h, "78.3"); /* 2.2 below the 80.5 */
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "measure-again"), 0);
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

static void silence_has_the_priority_that_the_plan_gives_it(void **state)
{
	(void)state;
	for (int has = 0; has < 2; has++) {
		struct vk_rule *rule;
		struct home h;

		rule = begin_asking(&h);
		rule->has_unconfirmed = has;
		rule->unconfirmed = VK_PRIORITY_LOW;
		home_wait(&h, MINUTES(30) - 1);
		assert_null(home_alert(&h, "W_GAIN_3D"));
		home_wait(&h, 1);
		assert_int_equal(home_alert(&h, "W_GAIN_3D")->priority,
				 has ? VK_PRIORITY_LOW : VK_PRIORITY_MEDIUM);
		assert_int_equal(home_alert(&h, "W_GAIN_3D")->values[0].number.mantissa, 805);
		assert_int_equal(home_alert(&h, "W_GAIN_3D")->values[1].number.mantissa, 780);
		home_done(&h);
	}
}

static void what_else_is_taken_back_leaves_the_question(void **state)
{
	struct vk_reading first, other;
	struct home h;

	(void)state;
	(void)begin_asking(&h);
	first = h.reading;
	home_pressure(&h, 130, 80);
	other = h.reading;
	other.rev++;
	other.is_retracted = true;
	home_send(&h, &other);
	home_wait(&h, MINUTES(1));
	home_weight(&h, "80.5");
	other = h.reading;
	other.rev++;
	other.is_retracted = true;
	home_send(&h, &other);
	home_wait(&h, MINUTES(5));
	home_weight(&h, "80.5");
	assert_string_equal(home_alert(&h, "W_GAIN_3D")->readings[0], first.id);
	home_done(&h);
}

/* Nothing is left to say when what was asked about can no longer be compared. */
static void a_question_with_nothing_to_compare_ends_in_silence(void **state)
{
	struct home h;

	(void)state;
	(void)begin_asking(&h);
	h.plan.rules[0].over_days = 0;
	home_wait(&h, MINUTES(30));
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "no-second-reading"), 1);
	assert_null(home_alert(&h, "W_GAIN_3D"));
	home_done(&h);
}

/* ---- how it ends ---- */

static void without_clears_two_readings_inside_end_it(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	h.plan.rules[0].has_clears = false;
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "80.5");
	home_wait(&h, HOURS(1));
	home_weight(&h, "80.0"); /* 2.0 is not more than 2.0 */
	assert_true(home_alert(&h, "W_GAIN_3D")->is_active);
	home_weight(&h, "80.1");
	home_weight(&h, "80.0");
	assert_true(home_alert(&h, "W_GAIN_3D")->is_active);
	home_weight(&h, "79.0");
	assert_false(home_alert(&h, "W_GAIN_3D")->is_active);
	home_done(&h);
}

static void a_day_between_begins_the_days_anew(void **state)
{
	struct home h;

	(void)state;
	begin(&h, "2026-03-02T07:00:00+01:00");
	h.plan.rules[0].over_days = 14;
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "80.5");
	home_wait(&h, HOURS(24));
	home_weight(&h, "78.5");
	home_weight(&h, "78.5"); /* the same day: one */
	home_wait(&h, HOURS(48));
	home_weight(&h, "78.5");
	assert_true(home_alert(&h, "W_GAIN_3D")->is_active);
	home_wait(&h, HOURS(24));
	home_weight(&h, "79.1"); /* more than 1.0 */
	home_wait(&h, HOURS(24));
	home_weight(&h, "79.0");
	assert_true(home_alert(&h, "W_GAIN_3D")->is_active);
	home_wait(&h, HOURS(24));
	home_weight(&h, "79.0");
	assert_false(home_alert(&h, "W_GAIN_3D")->is_active);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(vectors),
		cmocka_unit_test(alert_tells_from_and_to),
		cmocka_unit_test(nothing_to_compare_says_so),
		cmocka_unit_test(first_of_the_day_is_remembered),
		cmocka_unit_test(days_are_local),
		cmocka_unit_test(two_days_in_a_row_clear),
		cmocka_unit_test(loss),
		cmocka_unit_test(history_fills_the_trend_only),
		cmocka_unit_test(outside_the_band_is_not_judged),
		cmocka_unit_test(taken_back_leaves_the_trend),
		cmocka_unit_test(too_early_is_neither_yes_nor_no),
		cmocka_unit_test(a_doubtful_second_reading_takes_nothing_back),
		cmocka_unit_test(a_sound_second_reading_takes_the_first_one_back),
		cmocka_unit_test(what_was_taken_back_is_no_days_value),
		cmocka_unit_test(silence_has_the_priority_that_the_plan_gives_it),
		cmocka_unit_test(what_else_is_taken_back_leaves_the_question),
		cmocka_unit_test(a_question_with_nothing_to_compare_ends_in_silence),
		cmocka_unit_test(without_clears_two_readings_inside_end_it),
		cmocka_unit_test(a_day_between_begins_the_days_anew),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
