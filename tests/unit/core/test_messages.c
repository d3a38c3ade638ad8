/* SPDX-License-Identifier: Apache-2.0 */
/* An ordained text on the display: how often it may be shown, until when, and by whose word. */
#include <stdio.h>
#include <string.h>

#include "core/messages.h"
#include "home.h"

static void begin(struct home *h)
{
	struct vk_plan plan;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "BP", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	home_limit(home_threshold(&plan, "BP_2", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 180);
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static bool is_shown(const struct home *h)
{
	return vk_message_is_shown(h->core, &h->plan, "rest-and-call");
}

/* Raised and over: two readings inside. */
static void episode(struct home *h)
{
	home_pressure(h, 165, 90);
	home_wait(h, MINUTES(30));
	home_pressure(h, 130, 80);
	home_wait(h, MINUTES(30));
	home_pressure(h, 130, 80);
	home_wait(h, MINUTES(30));
	assert_false(is_shown(h));
}

static int n_showings(const struct home *h)
{
	int n = 0;

	for (int i = 0; i < h->n_log; i++)
		n += h->log[i].type == VK_EFFECT_MESSAGE && h->log[i].message.is_shown;
	return n;
}

static void so_often_a_week_and_then_the_next_week(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.messages[0].max_per_week = 2;
	for (int i = 0; i < 4; i++)
		episode(&h);
	assert_int_equal(n_showings(&h), 2);
	home_until(&h, "2026-03-09T07:59:00+01:00");
	home_pressure(&h, 165, 90);
	assert_int_equal(n_showings(&h), 2);
	home_pressure(&h, 130, 80);
	home_wait(&h, MINUTES(1));
	home_pressure(&h, 130, 80);
	home_wait(&h, MINUTES(30));
	episode(&h);
	episode(&h);
	episode(&h);
	assert_int_equal(n_showings(&h), 4);
	home_done(&h);
}

static void not_again_before_its_interval(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.messages[0].min_interval_ms = HOURS(6);
	episode(&h);
	episode(&h);
	assert_int_equal(n_showings(&h), 1);
	home_until(&h, "2026-03-02T13:59:00+01:00");
	home_pressure(&h, 165, 90);
	assert_int_equal(n_showings(&h), 1);
	home_done(&h);
	begin(&h);
	h.plan.messages[0].min_interval_ms = HOURS(6);
	episode(&h);
	home_until(&h, "2026-03-02T14:00:00+01:00");
	home_pressure(&h, 165, 90);
	assert_int_equal(n_showings(&h), 2);
	home_done(&h);
}

static void two_rules_with_one_text_show_it_until_both_are_over(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[1].is_clears_manual = true;
	home_pressure(&h, 185, 90);
	assert_int_equal(h.core->n_alerts, 2);
	assert_int_equal(n_showings(&h), 1);
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 130, 80);
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 130, 80);
	assert_false(home_alert(&h, "BP")->is_active);
	assert_true(is_shown(&h));
	(void)home_command(&h, "alert/accept", "a2", "n-17", "");
	assert_string_equal(home_command(&h, "alert/close", "a2", "n-17", "seen"), "ok");
	assert_false(is_shown(&h));
	home_done(&h);
}

/* One text of a rule, a fault and a missed measurement; whichever of them ends last takes it. */
static void begin_shared(struct home *h)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "BP", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	rule = home_threshold(&plan, "DEAF", VK_PRIORITY_MEDIUM);
	rule->type = VK_RULE_TECHNICAL;
	(void)snprintf(rule->fault, VK_ID_TEXT, "device-not-heard");
	plan.n_schedules = 1;
	(void)snprintf(plan.schedules[0].id, VK_ID_TEXT, "morning");
	(void)snprintf(plan.schedules[0].missed, VK_ID_TEXT, "rest-and-call");
	plan.schedules[0].measure = VK_KIND_WEIGHT;
	plan.schedules[0].from_s = 8 * 3600;
	plan.schedules[0].until_s = 9 * 3600;
	home_init(h, &plan, "2026-03-02T07:00:00+01:00");
	home_until(h, "2026-03-02T08:00:00+01:00");
}

static void deaf(struct home *h, bool is_active)
{
	home_fault(h, "device-not-heard", VK_PRIORITY_LOW, is_active);
}

static void back_inside(struct home *h)
{
	for (int i = 0; i < 2; i++) {
		home_wait(h, MINUTES(30));
		home_pressure(h, 130, 80);
	}
	assert_false(home_alert(h, "BP")->is_active);
}

static void a_fault_takes_no_text_that_a_rule_has(void **state)
{
	struct home h;

	(void)state;
	begin_shared(&h);
	home_pressure(&h, 165, 90);
	deaf(&h, true);
	deaf(&h, false);
	assert_true(is_shown(&h));
	deaf(&h, false); /* healed before: said once more as a plugin starts */
	assert_true(is_shown(&h));
	home_done(&h);
}

/* Every kit has the fault for itself: a rule is about the kind, and the text stays for the last. */
static void a_kind_of_fault_has_its_text_until_the_last_is_over(void **state)
{
	static const char *const kits[] = {"device-not-heard-00AA01010000",
					   "device-not-heard-00AA01020000"};
	struct home h;

	(void)state;
	begin_shared(&h);
	h.plan.alerts.storm_count = 0;
	home_fault(&h, "device-not-heard-soon", VK_PRIORITY_LOW, true);
	home_fault(&h, "device-not-heard-00AA0102000", VK_PRIORITY_LOW, true);
	assert_false(is_shown(&h));
	for (int i = 0; i < 2; i++)
		home_fault(&h, kits[i], VK_PRIORITY_LOW, true);
	assert_int_equal(home_alert(&h, kits[1])->priority, VK_PRIORITY_MEDIUM);
	assert_true(is_shown(&h));
	home_fault(&h, kits[1], VK_PRIORITY_LOW, false);
	home_fault(&h, kits[1], VK_PRIORITY_LOW, false);
	assert_true(is_shown(&h));
	home_fault(&h, kits[0], VK_PRIORITY_LOW, false);
	assert_false(is_shown(&h));
	home_done(&h);
}

static void a_rule_takes_no_text_that_a_fault_has(void **state)
{
	struct home h;

	(void)state;
	for (int storm_count = 0; storm_count < 2; storm_count++) {
		begin_shared(&h);
		h.plan.alerts.storm_count = storm_count;
		h.plan.schedules[0].missed[0] = '\0';
		deaf(&h, true);
		home_pressure(&h, 165, 90);
		back_inside(&h);
		assert_true(is_shown(&h));
		deaf(&h, false);
		assert_false(is_shown(&h));
		home_done(&h);
	}
}

static void what_was_missed_has_its_text_until_it_is_measured(void **state)
{
	struct home h;

	(void)state;
	begin_shared(&h);
	home_until(&h, "2026-03-02T09:00:00+01:00");
	assert_true(is_shown(&h));
	home_pressure(&h, 165, 90);
	home_weight(&h, "80.0");
	assert_true(is_shown(&h));
	back_inside(&h);
	assert_false(is_shown(&h));
	home_done(&h);
	begin_shared(&h);
	home_until(&h, "2026-03-02T09:00:00+01:00");
	home_pressure(&h, 165, 90);
	back_inside(&h);
	assert_true(is_shown(&h));
	home_weight(&h, "80.0");
	assert_false(is_shown(&h));
	home_done(&h);
}

/* In either language a changed text is another order; one that the plan has dropped is none. */
static void a_new_plan_keeps_what_is_the_same(void **state)
{
	static const struct {
		bool is_kept, is_told;
	} rows[] = {{true, false}, {false, true}, {false, true}, {false, true}};
	struct vk_plan old;

	(void)state;
	for (int change = 0; change < 4; change++) {
		struct home h;

		begin(&h);
		home_pressure(&h, 165, 90);
		assert_true(is_shown(&h));
		old = h.plan;
		h.core->patients[0].plan = &old;
		h.plan.version = 8;
		if (change == 1)
			(void)snprintf(h.plan.messages[0].text.sv, VK_TEXT_BYTES, "Vila.");
		else if (change == 2)
			(void)snprintf(h.plan.messages[0].text.en, VK_TEXT_BYTES, "Rest.");
		else if (change == 3)
			(void)snprintf(h.plan.messages[0].id, VK_ID_TEXT, "rest");
		home_forget(&h);
		home_step(&h,
			  &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
		assert_int_equal(is_shown(&h), rows[change].is_kept);
		assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, "new-plan"),
				 rows[change].is_told);
		assert_int_equal(vk_message_shown_utc_ms(h.core, &h.plan, "rest-and-call") ==
					 VK_NEVER,
				 change == 3);
		assert_false(vk_message_is_shown(h.core, &h.plan, "more-diuretic"));
		home_done(&h);
	}
}

/* What the display holds of "measure again", as the hub keeps it: until a moment, or taken back. */
static bool is_asked(const struct home *h)
{
	const struct vk_effect *ask = home_last(h, VK_EFFECT_ASK);

	return ask && !ask->ask.is_withdrawn && ask->ask.until_utc_ms > h->now.utc_ms;
}

static void begin_asked(struct home *h)
{
	begin(h);
	h->plan.n_rules = 1;
	h->plan.rules[0].has_confirm = true;
	h->plan.rules[0].confirm_after_ms = MINUTES(1);
	h->plan.rules[0].confirm_within_ms = MINUTES(15);
	home_pressure(h, 165, 90);
	assert_true(is_asked(h));
	home_wait(h, MINUTES(2));
}

static void the_second_reading_takes_the_question_away(void **state)
{
	struct home h;

	(void)state;
	begin_asked(&h);
	home_pressure(&h, 166, 90); /* confirmed */
	assert_false(is_asked(&h));
	assert_true(is_shown(&h));
	home_done(&h);
	begin_asked(&h);
	home_pressure(&h, 130, 80); /* not confirmed */
	assert_false(is_asked(&h));
	assert_false(is_shown(&h));
	home_done(&h);
}

static void a_reading_taken_back_takes_question_and_text_away(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin_asked(&h);
	r = h.reading;
	r.is_retracted = true;
	home_send(&h, &r);
	assert_false(is_asked(&h));
	assert_false(is_shown(&h));
	home_done(&h);
}

static void a_second_weighing_takes_the_question_away(void **state)
{
	static const struct {
		const char *kg;
		bool is_shown;
	} rows[] = {{"82.3", true}, {"80.2", false}, {NULL, false}};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_rule *gain;
		struct vk_reading r;
		struct home h;

		begin(&h);
		gain = home_gain(&h.plan);
		VK_SET(gain->message, "rest-and-call");
		gain->has_confirm = true;
		gain->confirm_within_ms = MINUTES(30);
		home_weight(&h, "80.0");
		home_wait(&h, HOURS(24));
		home_weight(&h, "82.4");
		assert_true(is_asked(&h) && is_shown(&h));
		r = h.reading;
		r.is_retracted = true;
		home_wait(&h, MINUTES(2));
		if (rows[i].kg)
			home_weight(&h, rows[i].kg);
		else
			home_send(&h, &r);
		assert_false(is_asked(&h));
		assert_true(is_shown(&h) == rows[i].is_shown);
		home_done(&h);
	}
}

/* A request that nothing waits for must still reach the display. */
static void what_cannot_be_is_asked_for_again(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	home_pressure(&h, 300, 112);
	assert_true(is_asked(&h));
	home_forget(&h);
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "165");
	vk_decoded_flag(&r.decoded, VK_FLAG_BODY_MOVEMENT);
	home_send(&h, &r);
	assert_true(is_asked(&h));
	home_wait(&h, MINUTES(16));
	assert_false(is_asked(&h));
	home_done(&h);
}

/* What no rule of the new plan shows goes with it, or nothing would ever take it down. */
static void a_new_plan_takes_the_text_of_a_rule_that_is_gone(void **state)
{
	static const struct {
		bool is_asking, is_kept, is_shown;
	} rows[] = {{false, false, false},
		    {false, true, true},
		    {true, false, false},
		    {true, true, true}};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct home h;

		begin(&h);
		h.plan.n_rules = 1;
		h.plan.rules[0].has_confirm = rows[i].is_asking;
		h.plan.rules[0].confirm_within_ms = MINUTES(15);
		home_pressure(&h, 165, 90);
		assert_true(is_shown(&h));
		if (!rows[i].is_kept)
			VK_SET(h.plan.rules[0].id, "OTHER");
		home_step(&h,
			  &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
		assert_true(is_shown(&h) == rows[i].is_shown);
		home_done(&h);
	}
}

static void by_night_without_a_sound_but_what_is_high(void **state)
{
	static const struct {
		const char *time;
		enum vk_priority priority;
		enum vk_clock_quality quality;
		bool is_silent;
	} rows[] = {
		{"2026-03-02T21:59:00+01:00", VK_PRIORITY_MEDIUM, VK_CLOCK_SYNCED, false},
		{"2026-03-02T22:00:00+01:00", VK_PRIORITY_MEDIUM, VK_CLOCK_SYNCED, true},
		{"2026-03-03T06:59:00+01:00", VK_PRIORITY_LOW, VK_CLOCK_HELD, true},
		{"2026-03-03T07:00:00+01:00", VK_PRIORITY_LOW, VK_CLOCK_SYNCED, false},
		{"2026-03-03T02:00:00+01:00", VK_PRIORITY_HIGH, VK_CLOCK_SYNCED, false},
		{"2026-03-03T02:00:00+01:00", VK_PRIORITY_LOW, VK_CLOCK_UNSYNCED, false},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_plan plan;
		struct vk_rule *rule;
		struct home h;

		home_plan(&plan);
		rule = home_threshold(&plan, "BP", rows[i].priority);
		home_limit(rule, VK_QUANTITY_SYSTOLIC, 160);
		rule->has_confirm = true;
		rule->confirm_within_ms = MINUTES(15);
		plan.has_quiet = true;
		plan.quiet_from_s = 22 * 3600;
		plan.quiet_until_s = 7 * 3600;
		home_init(&h, &plan, rows[i].time);
		h.now.quality = rows[i].quality;
		home_pressure(&h, 165, 90);
		assert_true(home_last(&h, VK_EFFECT_ASK)->ask.is_silent == rows[i].is_silent);
		assert_true(home_last(&h, VK_EFFECT_MESSAGE)->message.is_silent ==
			    rows[i].is_silent);
		home_pressure(&h, 130, 80); /* what is taken back is never silent or loud */
		assert_false(home_last(&h, VK_EFFECT_ASK)->ask.is_silent);
		assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_silent);
		home_done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(so_often_a_week_and_then_the_next_week),
		cmocka_unit_test(not_again_before_its_interval),
		cmocka_unit_test(two_rules_with_one_text_show_it_until_both_are_over),
		cmocka_unit_test(a_fault_takes_no_text_that_a_rule_has),
		cmocka_unit_test(a_kind_of_fault_has_its_text_until_the_last_is_over),
		cmocka_unit_test(a_rule_takes_no_text_that_a_fault_has),
		cmocka_unit_test(what_was_missed_has_its_text_until_it_is_measured),
		cmocka_unit_test(a_new_plan_keeps_what_is_the_same),
		cmocka_unit_test(the_second_reading_takes_the_question_away),
		cmocka_unit_test(a_reading_taken_back_takes_question_and_text_away),
		cmocka_unit_test(a_second_weighing_takes_the_question_away),
		cmocka_unit_test(what_cannot_be_is_asked_for_again),
		cmocka_unit_test(a_new_plan_takes_the_text_of_a_rule_that_is_gone),
		cmocka_unit_test(by_night_without_a_sound_but_what_is_high),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
