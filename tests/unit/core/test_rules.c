/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the scenarios do not reach: readings that are taken back, plans that change under way,
 * limits of plausibility that a plan has moved, and the summary of each type of rule.
 */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "core/messages.h"
#include "core/missing.h"
#include "core/plausible.h"
#include "core/rules.h"
#include "core/summary.h"
#include "home.h"

static void put(char *dst, const char *text)
{
	assert_true(vk_copy(dst, VK_ID_TEXT, text));
}

static struct vk_rule *add(struct vk_plan *plan, const char *id, enum vk_rule_type type)
{
	struct vk_rule *rule = home_threshold(plan, id, VK_PRIORITY_MEDIUM);

	rule->type = type;
	rule->message[0] = '\0';
	return rule;
}

static struct vk_reading glucose(struct home *h, const char *value)
{
	struct vk_reading r = home_reading(h, VK_KIND_GLUCOSE);

	home_value(&r, VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, value);
	return r;
}

static void retract(struct home *h, struct vk_reading r)
{
	r.rev++;
	r.is_retracted = true;
	home_send(h, &r);
}

static void schedule(struct vk_plan *plan, const char *id, int from, int until)
{
	struct vk_plan_schedule *s = &plan->schedules[plan->n_schedules++];

	put(s->id, id);
	s->measure = VK_KIND_WEIGHT;
	s->from_s = from * 3600;
	s->until_s = until * 3600;
	s->early_ms = HOURS(1);
	s->remind_after_ms = HOURS(1);
}

/* ---- taken back ---- */

static void an_average_forgets_what_was_taken_back(void **state)
{
	struct vk_plan plan;
	struct vk_rule *rule;
	struct vk_reading first;
	struct home h;

	(void)state;
	home_plan(&plan);
	rule = add(&plan, "G_AVG", VK_RULE_AVERAGE);
	home_limit(rule, VK_QUANTITY_GLUCOSE, 100);
	rule->over_days = 7;
	rule->min_days = 1;
	rule->min_readings = 2;
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	first = glucose(&h, "9.0");
	home_send(&h, &first);
	assert_int_equal(vk_rule_state(h.core, &h.plan, &h.plan.rules[0], h.now.utc_ms),
			 VK_RULE_INSUFFICIENT);
	retract(&h, first);
	home_wait(&h, MINUTES(10));
	first = glucose(&h, "10.5");
	home_send(&h, &first);
	assert_null(home_alert(&h, "G_AVG")); /* one again */
	home_wait(&h, MINUTES(10));
	first = glucose(&h, "9.4");
	home_send(&h, &first);
	assert_non_null(home_alert(&h, "G_AVG")); /* 19.9 / 2 is 10.0, as a person would write it */
	assert_int_equal(vk_rule_state(h.core, &h.plan, &h.plan.rules[0], h.now.utc_ms),
			 VK_RULE_RAISED);
	retract(&h, first);
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "reading-retracted") > 0, 1);
	home_done(&h);
}

static void a_repeat_forgets_what_was_taken_back(void **state)
{
	struct vk_plan plan;
	struct vk_rule *rule;
	struct vk_reading r;
	struct home h;

	(void)state;
	home_plan(&plan);
	rule = add(&plan, "G_HIGH", VK_RULE_THRESHOLD);
	home_limit(rule, VK_QUANTITY_GLUCOSE, 139);
	rule->repeat_times = 2;
	rule->repeat_within_ms = HOURS(24);
	rule->repeat_apart_ms = HOURS(2);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	r = glucose(&h, "14.0");
	home_send(&h, &r);
	retract(&h, r);
	home_wait(&h, HOURS(3));
	r = glucose(&h, "14.0");
	home_send(&h, &r);
	assert_null(home_alert(&h, "G_HIGH"));
	home_wait(&h, HOURS(3));
	r = glucose(&h, "14.0");
	home_send(&h, &r);
	assert_int_equal(home_alert(&h, "G_HIGH")->n_readings, 2);
	home_done(&h);
}

static void a_question_ends_with_what_it_asked_about(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_gain(&plan)->has_confirm = true;
	plan.rules[0].confirm_within_ms = MINUTES(30);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "80.5");
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "measure-again"), 1);
	retract(&h, h.reading);
	home_wait(&h, HOURS(1));
	assert_null(home_alert(&h, "W_GAIN_3D"));
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "no-second-reading"), 0);
	home_weight(&h, "80.5"); /* a first one again */
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, "measure-again"), 2);
	home_done(&h);
}

/* ---- plausibility ---- */

static struct vk_doubt judge(const struct vk_plan *plan, const struct vk_reading *r,
			     const struct vk_before *before)
{
	return vk_plausible(plan, &r->decoded, before, r->time_utc_ms);
}

static void a_plan_moves_what_can_be(void **state)
{
	static const struct {
		const char *value;
		bool is_rejected, is_questioned;
	} rows[] = {{"0.5", true, false},  {"0.6", false, false}, {"25.0", false, false},
		    {"25.1", false, true}, {"33.3", false, true}, {"33.4", true, false}},
	  moved[] = {{"2.9", true, false},   {"3.0", false, true},  {"4.0", false, false},
		     {"20.0", false, false}, {"20.1", false, true}, {"30.1", true, false}};
	struct vk_before before[VK_N_QUANTITIES];
	const uint32_t bit = UINT32_C(1) << VK_QUANTITY_GLUCOSE;
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	for (int i = 0; i < VK_N_QUANTITIES; i++)
		before[i].utc_ms = VK_NEVER;
	for (int pass = 0; pass < 2; pass++)
		for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
			struct vk_reading r = glucose(&h, pass ? moved[i].value : rows[i].value);
			struct vk_doubt d;

			plan.n_plausible = pass;
			plan.plausible[0] = (struct vk_plan_plausible){
				VK_QUANTITY_GLUCOSE, true, true, 30, 300, 40, 200};
			d = judge(&plan, &r, before);
			assert_int_equal((d.rejected & bit) != 0,
					 pass ? moved[i].is_rejected : rows[i].is_rejected);
			assert_int_equal((d.questioned & bit) != 0,
					 pass ? moved[i].is_questioned : rows[i].is_questioned);
		}
	home_done(&h);
}

static void values_are_seen_beside_their_neighbours(void **state)
{
	const uint32_t map = UINT32_C(1) << VK_QUANTITY_MEAN_ARTERIAL;
	const uint32_t systolic = UINT32_C(1) << VK_QUANTITY_SYSTOLIC;
	struct vk_before before[VK_N_QUANTITIES];
	struct vk_reading r;
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	for (int i = 0; i < VK_N_QUANTITIES; i++)
		before[i].utc_ms = VK_NEVER;
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "130");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "80");
	home_value(&r, VK_QUANTITY_MEAN_ARTERIAL, VK_UNIT_MMHG, "131");
	assert_int_equal(judge(&plan, &r, before).rejected, map);
	before[VK_QUANTITY_SYSTOLIC] = (struct vk_before){171, r.time_utc_ms - MINUTES(15)};
	assert_int_equal(judge(&plan, &r, before).questioned, systolic);
	before[VK_QUANTITY_SYSTOLIC].scaled = 170;
	assert_int_equal(judge(&plan, &r, before).questioned, 0);
	before[VK_QUANTITY_SYSTOLIC] = (struct vk_before){171, r.time_utc_ms - MINUTES(15) - 1};
	assert_int_equal(judge(&plan, &r, before).questioned, 0);
	before[VK_QUANTITY_SYSTOLIC] = (struct vk_before){89, r.time_utc_ms};
	assert_int_equal(judge(&plan, &r, before).questioned, systolic);
	r = home_reading(&h, VK_KIND_SPO2_SPOT);
	home_value(&r, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, "95");
	home_value(&r, VK_QUANTITY_PULSE_AMPLITUDE_INDEX, VK_UNIT_PERCENT, "0.2");
	assert_int_equal(judge(&plan, &r, before).questioned, UINT32_C(1) << VK_QUANTITY_SPO2);
	home_done(&h);
}

/* ---- schedules ---- */

static void two_windows_of_a_day_are_two(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	schedule(&plan, "morning", 6, 9);
	schedule(&plan, "evening", 18, 21);
	home_init(&h, &plan, "2026-03-02T05:00:00+01:00");
	home_until(&h, "2026-03-02T07:00:00+01:00");
	home_weight(&h, "78.0");
	home_until(&h, "2026-03-02T21:30:00+01:00");
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "morning"), 0);
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "evening"), 1);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "not-measured"), 1);
	home_until(&h, "2026-03-03T19:00:00+01:00");
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "morning"), 1);
	home_weight(&h, "78.0"); /* the evening's, not the morning's late one */
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "morning"), 1);
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "evening"), 0);
	home_done(&h);
}

static void a_long_time_off_is_told_for_the_last_days_only(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	schedule(&plan, "morning", 6, 9);
	home_init(&h, &plan, "2026-03-02T05:00:00+01:00");
	home_restart(&h, HOURS(24 * 30 - 2), VK_CLOCK_SYNCED);
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, "not-measured"), 3);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, NULL), 0);
	home_done(&h);
}

static void without_a_clock_nothing_is_due(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	schedule(&plan, "morning", 6, 9);
	home_init(&h, &plan, "2026-03-02T05:00:00+01:00");
	home_restart(&h, 0, VK_CLOCK_UNSYNCED);
	home_wait(&h, HOURS(30));
	assert_int_equal(home_count(&h, VK_EFFECT_TASK, NULL), 0);
	assert_int_equal(home_count(&h, VK_EFFECT_ASK, NULL), 0);
	home_done(&h);
}

static void a_new_plan_keeps_the_days_that_were_missed(void **state)
{
	struct vk_plan plan, old;
	struct home h;

	(void)state;
	home_plan(&plan);
	schedule(&plan, "morning", 6, 9);
	schedule(&plan, "evening", 18, 21);
	home_init(&h, &plan, "2026-03-02T05:00:00+01:00");
	home_until(&h, "2026-03-03T10:00:00+01:00");
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "morning"), 2);
	old = h.plan;
	h.core->patients[0].plan = &old;
	h.plan.version = 8;
	h.plan.n_schedules = 1;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "morning"), 2);
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "evening"), 0);
	home_until(&h, "2026-03-04T10:00:00+01:00");
	assert_int_equal(vk_missing_days(h.core, h.plan.patient, "morning"), 3);
	home_done(&h);
}

/* ---- messages ---- */

static void a_new_plan_takes_old_orders_away(void **state)
{
	struct vk_plan plan, old;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_gain(&plan);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "80.5");
	assert_true(vk_message_is_shown(h.core, &h.plan, "more-diuretic"));
	assert_false(vk_message_is_shown(h.core, &h.plan, "rest-and-call"));
	assert_false(vk_message_is_shown(h.core, &h.plan, "no-such"));
	assert_true(vk_message_shown_utc_ms(h.core, &h.plan, "rest-and-call") == VK_NEVER);
	old = h.plan;
	h.core->patients[0].plan = &old;
	h.plan.version = 8;
	(void)snprintf(h.plan.messages[1].text.sv, VK_TEXT_BYTES, "Ta två tabletter.");
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &h.plan});
	assert_string_equal(home_last(&h, VK_EFFECT_MESSAGE)->reason, "new-plan");
	assert_false(vk_message_is_shown(h.core, &h.plan, "more-diuretic"));
	assert_int_equal(vk_message_shown_utc_ms(h.core, &h.plan, "more-diuretic"), h.now.utc_ms);
	home_done(&h);
}

static void an_expired_order_is_taken_away_and_not_shown(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_gain(&plan);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	h.plan.valid_until_utc_ms = h.now.utc_ms + HOURS(25);
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24));
	home_weight(&h, "80.5");
	home_wait(&h, HOURS(1));
	assert_non_null(home_alert(&h, "plan-expired"));
	assert_string_equal(home_last(&h, VK_EFFECT_MESSAGE)->reason, "plan-expired");
	assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_forget(&h);
	(void)home_command(&h, "alert/accept", "a1", "n-17", "");
	(void)home_command(&h, "alert/close", "a1", "n-17", "seen");
	home_weight(&h, "80.9");
	assert_non_null(home_alert(&h, "W_GAIN_3D"));
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, NULL), 0);
	home_done(&h);
}

static void a_plan_that_is_not_yet_valid_is_said(void **state)
{
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	schedule(&plan, "morning", 6, 9);
	home_init(&h, &plan, "2026-03-02T05:00:00+01:00");
	h.plan.valid_from_utc_ms = h.now.utc_ms + HOURS(24);
	home_wait(&h, MINUTES(1));
	home_fault(&h, "fault-1", VK_PRIORITY_LOW, true);
	assert_non_null(home_alert(&h, "plan-not-yet-valid"));
	home_wait(&h, HOURS(24));
	assert_null(home_alert(&h, "plan-not-yet-valid"));
	home_done(&h);
}

/* ---- what is told of each type of rule ---- */

static void told(struct home *h, int i, const char *sv, const char *en)
{
	struct vk_alert alert = {.serial = 9, .is_active = true, .changed_utc_ms = h->now.utc_ms};
	char text[VK_SUMMARY_BYTES];

	alert.raised_utc_ms = h->now.utc_ms - HOURS(48);
	put(alert.patient, h->plan.patient);
	put(alert.rule, h->plan.rules[i].id);
	(void)snprintf(alert.reason, sizeof alert.reason, "%s",
		       i % 3 == 0   ? "x-unconfirmed"
		       : i % 3 == 1 ? "x-confirmed"
				    : "x-late");
	alert.values[0] =
		(struct vk_value){VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, VK_ABSENT_NONE, {70, 0}};
	alert.values[1] =
		(struct vk_value){VK_QUANTITY_TEMPERATURE, VK_UNIT_CEL, VK_ABSENT_NONE, {378, -1}};
	alert.values[2] =
		(struct vk_value){VK_QUANTITY_SPO2, VK_UNIT_PERCENT, VK_ABSENT_ERROR, {0, 0}};
	alert.n_values = 3;
	for (int language = 0; language < 2; language++) {
		vk_summary_write(h->core, &h->plan, &alert, language == 0, text);
		if (!strstr(text, language ? en : sv))
			print_error("%s\n", text);
		assert_non_null(strstr(text, language ? en : sv));
		assert_non_null(strstr(text, language ? "3.9 mmol/L" : "3,9 mmol/l"));
		assert_non_null(strstr(text, language ? "37.8 °C" : "37,8 °C"));
		assert_non_null(strstr(text, language ? "Oxygen saturation: error"
						      : "Syremättnad: mätfel"));
		assert_non_null(strstr(text, "2026-03-01 06:00 ("));
	}
}

static void each_type_of_rule_is_told(void **state)
{
	static const struct {
		enum vk_rule_type type;
		const char *sv, *en;
	} rows[] = {
		{VK_RULE_THRESHOLD, "Gräns: Övertryck ≥ 180 mmHg, Övertryck < 90 mmHg. Obekräftad.",
		 "Limit: Systolic pressure ≥ 180 mmHg, Systolic pressure < 90 mmHg. Unconfirmed."},
		{VK_RULE_AVERAGE, "Medelvärde, 7 dagar. Gräns: ", "Average, 7 days. Limit: "},
		{VK_RULE_BASELINE,
		 "Gräns: minst 30 mmHg från egen median på 7 dagar. Försenad mätning.",
		 "Limit: at least 30 mmHg from own median of 7 days. Late reading."},
		{VK_RULE_MISSING, "Ej mätt: morning, 0 dag(ar) i rad.",
		 "Not measured: morning, 0 day(s)."},
		{VK_RULE_INPUT, "Signal: door. Bekräftad", "Signal: door. Confirmed"},
		{VK_RULE_STATUS, "Mätaren: oregelbunden puls. ", "Device: irregular pulse. "},
		{VK_RULE_NEWS2, "Delvis NEWS2, se A.", "Partial NEWS2, see A."},
		{VK_RULE_TECHNICAL, "Syremättnad: mätfel. Bekräftad",
		 "saturation: error. Confirmed"},
	};
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	plan.has_news2 = true;
	plan.news2.scale = 2;
	plan.news2.is_on_oxygen = true;
	schedule(&plan, "morning", 6, 9);
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		char id[8];
		struct vk_rule *rule;

		(void)snprintf(id, sizeof id, "R%zu", i);
		rule = add(&plan, id, rows[i].type);
		rule->quantity = VK_QUANTITY_SYSTOLIC;
		rule->by = 30;
		rule->over_days = rule->min_days = 7;
		rule->flags = UINT64_C(1) << VK_FLAG_IRREGULAR_PULSE;
		put(rule->schedule, "morning");
		put(rule->signal, "door");
		if (rows[i].type == VK_RULE_THRESHOLD || rows[i].type == VK_RULE_AVERAGE) {
			home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
			rule->conditions[1].quantity = VK_QUANTITY_SYSTOLIC;
			rule->conditions[1].has_below = true;
			rule->conditions[1].below = 90;
			rule->n_conditions = 2;
		}
	}
	home_init(&h, &plan, "2026-03-03T06:00:00+01:00");
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++)
		told(&h, (int)i, rows[i].sv, rows[i].en);
	/* never a word, but the state: threshold, average, baseline and NEWS2 have seen nothing */
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++)
		assert_int_equal(vk_rule_state(h.core, &h.plan, &h.plan.rules[i], h.now.utc_ms),
				 i < 3 || rows[i].type == VK_RULE_NEWS2 ? VK_RULE_INSUFFICIENT
									: VK_RULE_WATCHING);
	home_pressure(&h, 130, 80);
	assert_int_equal(vk_rule_state(h.core, &h.plan, &h.plan.rules[0], h.now.utc_ms),
			 VK_RULE_WATCHING);
	assert_int_equal(vk_rule_state(h.core, &h.plan, &h.plan.rules[6], h.now.utc_ms),
			 VK_RULE_WATCHING);
	home_done(&h);
}

/* ---- days ---- */

/* An unknown hour has no day: a weight is compared when it has one. */
static void a_change_waits_for_the_day(void **state)
{
	struct vk_reading r;
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)home_gain(&plan);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	home_weight(&h, "80.0");
	home_wait(&h, HOURS(24));
	r = home_reading(&h, VK_KIND_WEIGHT);
	home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, "83.0");
	r.time_reason = VK_PLACED_HUB_UNSURE;
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	r.rev = 1;
	r.time_reason = VK_PLACED_RECEIVED;
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "change"), 1);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_average_forgets_what_was_taken_back),
		cmocka_unit_test(a_repeat_forgets_what_was_taken_back),
		cmocka_unit_test(a_question_ends_with_what_it_asked_about),
		cmocka_unit_test(a_plan_moves_what_can_be),
		cmocka_unit_test(values_are_seen_beside_their_neighbours),
		cmocka_unit_test(two_windows_of_a_day_are_two),
		cmocka_unit_test(a_long_time_off_is_told_for_the_last_days_only),
		cmocka_unit_test(without_a_clock_nothing_is_due),
		cmocka_unit_test(a_new_plan_keeps_the_days_that_were_missed),
		cmocka_unit_test(a_new_plan_takes_old_orders_away),
		cmocka_unit_test(an_expired_order_is_taken_away_and_not_shown),
		cmocka_unit_test(a_plan_that_is_not_yet_valid_is_said),
		cmocka_unit_test(each_type_of_rule_is_told),
		cmocka_unit_test(a_change_waits_for_the_day),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
