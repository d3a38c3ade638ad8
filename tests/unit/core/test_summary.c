/* SPDX-License-Identifier: Apache-2.0 */
/* The summary of clinical.md 2.4, NEWS2's vectors of 8, and what a rule can say right now. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "core/news2.h"
#include "core/rules.h"
#include "core/summary.h"
#include "home.h"

static void put(char *dst, size_t size, const char *text)
{
	assert_true(vk_copy(dst, size, text));
}
#define PUT(dst, text) put((dst), sizeof(dst), (text))

static void write_plan(struct vk_plan *plan)
{
	struct vk_rule *rule;

	home_plan(plan);
	PUT(plan->author, "dr-17");
	PUT(plan->author_role, "physician");
	PUT(plan->contact.sv, "Mottagningen 0155-00 00 00");
	PUT(plan->contact.en, "Clinic 0155-00 00 00");
	PUT(plan->messages[1].text.sv, "Ta den extra tabletten.");
	PUT(plan->messages[1].text.en, "Take the extra tablet.");
	plan->targets[0] = (struct vk_plan_target){.quantity = VK_QUANTITY_WEIGHT,
						   .value = 780,
						   .has_band = true,
						   .band = 20,
						   .set_day = vk_civil_day(2026, 2, 10)};
	PUT(plan->targets[0].ref, "r-113");
	plan->n_targets = 1;
	plan->has_news2 = true;
	plan->news2.scale = 1;
	(void)home_gain(plan);
	rule = &plan->rules[plan->n_rules++];
	PUT(rule->id, "P_OWN");
	rule->type = VK_RULE_BASELINE;
	rule->quantity = VK_QUANTITY_PULSE_RATE;
	rule->is_up = true;
	rule->by = 20;
	rule->over_days = 14;
	rule->min_days = 7;
}

static void saturation(struct home *h, const char *percent, const char *pulse)
{
	struct vk_reading r = home_reading(h, VK_KIND_SPO2_SPOT);

	home_value(&r, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, percent);
	home_value(&r, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, pulse);
	home_send(h, &r);
}

static int n_lines(const char *text)
{
	int n = 1;

	for (; *text; text++)
		n += *text == '\n';
	return n;
}

static void gained(struct home *h)
{
	static const char *const kg[] = {"78.3", "78.9", "79.6"};
	struct vk_plan plan;

	write_plan(&plan);
	home_init(h, &plan, "2026-03-01T07:40:00+01:00");
	for (size_t i = 0; i < VK_ARRAY_LEN(kg); i++) {
		home_weight(h, kg[i]);
		home_wait(h, HOURS(24));
	}
	home_pressure(h, 128, 74);
	home_wait(h, MINUTES(2));
	saturation(h, "95", "88");
	home_fault(h, "device-not-heard", VK_PRIORITY_LOW, true);
	home_wait(h, MINUTES(6));
	home_weight(h, "80.6");
}

static void tells_what_is_known_and_what_is_missing(void **state)
{
	static const char sv[] =
		"SBAR – automatiskt underlag, ej bedömning   Vårdtagare: p-1042   2026-03-04 "
		"07:48\n"
		"S  W_GAIN_3D: Vikt 80,6 kg, Vikt 78,3 kg. Gräns: mer än 2,0 kg på 3 dagar. Larm "
		"07:48 (change).\n"
		"B  Plan version 7, signerad av dr-17 (physician). Målvärde: Vikt 78,0 kg (±2,0) "
		"satt 2026-02-10 (ref r-113). SpO2-skala 1, luft.\n"
		"A  Vikt 80,6 kg kl 07:48 (78,3 · 78,9 · 79,6 · 80,6). Puls 88 slag/min kl 07:42. "
		"Övertryck 128 mmHg kl 07:40. Undertryck 74 mmHg kl 07:40. Syremättnad 95 % kl "
		"07:42. Andning, medvetande, besvär: ej mätt.\n"
		"   Delvis NEWS2: minst 1 poäng av mätta parametrar (SpO2 1, BT 0, puls 0), "
		"saknas: "
		"temp, andning, medvetande – totalpoäng kan ej beräknas.\n"
		"   Otillräckliga data: P_OWN.\n"
		"   Tekniskt: device-not-heard.\n"
		"R  Patienten har fått ordinerat meddelande more-diuretic (visat 07:48): ”Ta den "
		"extra tabletten.”\n"
		"   Kontakt: Mottagningen 0155-00 00 00.\n"
		"   Sjuksköterska tar ställning.";
	char text[VK_SUMMARY_BYTES];
	struct home h;

	(void)state;
	gained(&h);
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), true, text);
	assert_string_equal(text, sv);
	assert_true(n_lines(text) <= VK_SUMMARY_LINES);
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_true(n_lines(text) <= VK_SUMMARY_LINES);
	assert_non_null(strstr(text, "Body weight 80.6 kg at 07:48 (78.3 · 78.9 · 79.6 · 80.6)"));
	assert_non_null(strstr(text, "at least 1 points of those measured"));
	assert_non_null(strstr(text, "“Take the extra tablet.”"));
	assert_null(strstr(text, "NEWS2 ="));
	home_done(&h);
}

static void without_a_plan_it_still_has_four_letters(void **state)
{
	char text[VK_SUMMARY_BYTES];
	struct home h;

	(void)state;
	gained(&h);
	vk_summary_write(h.core, NULL, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_non_null(strstr(text, "\nS  W_GAIN_3D: "));
	assert_non_null(strstr(text, "\nB  Plan version 7\n"));
	assert_non_null(strstr(text, "\nA  "));
	assert_non_null(strstr(text, "\nR  No message was shown"));
	home_done(&h);
}

/* Ends in a whole character: a lead byte has all that follow it. */
static void assert_whole(const char *text)
{
	size_t n = strlen(text), back = 0;

	while (back < n && ((unsigned char)text[n - 1 - back] & 0xc0) == 0x80)
		back++;
	if ((unsigned char)text[n - 1 - back] >= 0xe0)
		assert_int_equal(back, 2);
	else
		assert_int_equal(back, (unsigned char)text[n - 1 - back] >= 0xc0);
}

/* More than the buffer holds is cut between characters, wherever that falls. */
static void cut_between_characters(void **state)
{
	char text[VK_SUMMARY_BYTES], fault[VK_ID_TEXT];
	bool is_cut = false;
	struct home h;

	(void)state;
	gained(&h);
	h.plan.alerts.storm_count = 0;
	for (int i = 0; i < 58; i++) {
		(void)snprintf(fault, sizeof fault, "%02dååååååååååååååååååååååååååååååå", i);
		home_fault(&h, fault, VK_PRIORITY_LOW, true);
	}
	for (int extra = 0; extra < 4; extra++) {
		h.plan.author[extra] = 'x';
		h.plan.author[extra + 1] = '\0';
		vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), true, text);
		assert_true(strlen(text) < VK_SUMMARY_BYTES);
		assert_true(n_lines(text) <= VK_SUMMARY_LINES);
		is_cut |= strlen(text) >= VK_SUMMARY_BYTES - 3;
		assert_whole(text);
	}
	assert_true(is_cut);
	home_done(&h);
}

/* A day without a value is a place in the row, and a schedule that was missed is named. */
static void a_day_without_a_value_is_seen(void **state)
{
	char text[VK_SUMMARY_BYTES];
	struct vk_plan plan;
	struct home h;

	(void)state;
	write_plan(&plan);
	plan.n_rules = 1;
	plan.has_news2 = false;
	PUT(plan.schedules[0].id, "morning");
	plan.schedules[0].measure = VK_KIND_WEIGHT;
	plan.schedules[0].from_s = 6 * 3600;
	plan.schedules[0].until_s = 10 * 3600;
	plan.n_schedules = 1;
	home_init(&h, &plan, "2026-03-01T05:40:00+01:00");
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(48));
	home_weight(&h, "80.5");
	home_wait(&h, HOURS(6));
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), true, text);
	assert_non_null(strstr(text, "(78,0 · – · 80,5)"));
	assert_non_null(strstr(text, "\n   Ej mätt morning: 3 dag(ar).\n"));
	assert_null(strstr(text, "NEWS2"));
	home_done(&h);
}

static void news2_vectors(void **state)
{
	static const struct {
		enum vk_news2_part part;
		int64_t value;
		int32_t scale;
		bool is_on_oxygen;
		int32_t points;
	} rows[] = {
		{VK_NEWS2_SPO2, 93, 1, true, 2},           {VK_NEWS2_OXYGEN, 0, 1, true, 2},
		{VK_NEWS2_SYSTOLIC, 98, 1, true, 2},       {VK_NEWS2_PULSE, 112, 1, true, 2},
		{VK_NEWS2_TEMPERATURE, 386, 1, true, 1}, /* the full vector's measured parts */
		{VK_NEWS2_SPO2, 91, 1, false, 3},          {VK_NEWS2_SPO2, 92, 1, false, 2},
		{VK_NEWS2_SPO2, 94, 1, false, 1},          {VK_NEWS2_SPO2, 95, 1, false, 1},
		{VK_NEWS2_SPO2, 96, 1, false, 0},          {VK_NEWS2_SPO2, 83, 2, false, 3},
		{VK_NEWS2_SPO2, 84, 2, false, 2},          {VK_NEWS2_SPO2, 87, 2, false, 1},
		{VK_NEWS2_SPO2, 89, 2, false, 0},          {VK_NEWS2_SPO2, 94, 2, false, 0},
		{VK_NEWS2_SPO2, 100, 2, false, 0},         {VK_NEWS2_SPO2, 92, 2, true, 0},
		{VK_NEWS2_SPO2, 93, 2, true, 1},           {VK_NEWS2_SPO2, 94, 2, true, 1},
		{VK_NEWS2_SPO2, 95, 2, true, 2},           {VK_NEWS2_SPO2, 97, 2, true, 3},
		{VK_NEWS2_SYSTOLIC, 90, 1, false, 3},      {VK_NEWS2_SYSTOLIC, 100, 1, false, 2},
		{VK_NEWS2_SYSTOLIC, 110, 1, false, 1},     {VK_NEWS2_SYSTOLIC, 111, 1, false, 0},
		{VK_NEWS2_SYSTOLIC, 219, 1, false, 0},     {VK_NEWS2_SYSTOLIC, 220, 1, false, 3},
		{VK_NEWS2_PULSE, 40, 1, false, 3},         {VK_NEWS2_PULSE, 41, 1, false, 1},
		{VK_NEWS2_PULSE, 51, 1, false, 0},         {VK_NEWS2_PULSE, 90, 1, false, 0},
		{VK_NEWS2_PULSE, 110, 1, false, 1},        {VK_NEWS2_PULSE, 130, 1, false, 2},
		{VK_NEWS2_PULSE, 131, 1, false, 3},        {VK_NEWS2_TEMPERATURE, 350, 1, false, 3},
		{VK_NEWS2_TEMPERATURE, 360, 1, false, 1},  {VK_NEWS2_TEMPERATURE, 361, 1, false, 0},
		{VK_NEWS2_TEMPERATURE, 380, 1, false, 0},  {VK_NEWS2_TEMPERATURE, 391, 1, false, 2},
		{VK_NEWS2_OXYGEN, 0, 1, false, 0},         {VK_NEWS2_RESPIRATION, 22, 1, false, -1},
		{VK_NEWS2_CONSCIOUSNESS, 0, 1, false, -1},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		const struct vk_plan_news2 how = {.scale = rows[i].scale,
						  .is_on_oxygen = rows[i].is_on_oxygen};

		assert_int_equal(vk_news2_points(rows[i].part, rows[i].value, &how),
				 rows[i].points);
	}
}

static void a_rule_says_when_it_cannot_say_anything(void **state)
{
	const struct vk_rule *gain, *own;
	struct vk_plan plan;
	struct home h;

	(void)state;
	write_plan(&plan);
	home_init(&h, &plan, "2026-03-01T07:40:00+01:00");
	gain = vk_plan_rule(&h.plan, "W_GAIN_3D");
	own = vk_plan_rule(&h.plan, "P_OWN");
	assert_int_equal(vk_rule_state(h.core, &h.plan, gain, h.now.utc_ms), VK_RULE_INSUFFICIENT);
	home_weight(&h, "78.0");
	assert_int_equal(vk_rule_state(h.core, &h.plan, gain, h.now.utc_ms), VK_RULE_INSUFFICIENT);
	home_wait(&h, HOURS(24));
	assert_int_equal(vk_rule_state(h.core, &h.plan, gain, h.now.utc_ms), VK_RULE_WATCHING);
	home_weight(&h, "80.1");
	assert_int_equal(vk_rule_state(h.core, &h.plan, gain, h.now.utc_ms), VK_RULE_RAISED);
	for (int i = 0; i < 7; i++) {
		assert_int_equal(vk_rule_state(h.core, &h.plan, own, h.now.utc_ms),
				 VK_RULE_INSUFFICIENT);
		saturation(&h, "97", "70");
		home_wait(&h, HOURS(24));
	}
	assert_int_equal(vk_rule_state(h.core, &h.plan, own, h.now.utc_ms), VK_RULE_WATCHING);
	assert_string_equal(vk_rule_state_text(VK_RULE_INSUFFICIENT), "insufficient-data");
	h.plan.is_alerting = false;
	assert_int_equal(vk_rule_state(h.core, &h.plan, own, h.now.utc_ms), VK_RULE_OFF);
	home_done(&h);
}

static void a_target_may_be_bare(void **state)
{
	char text[VK_SUMMARY_BYTES];
	struct home h;

	(void)state;
	gained(&h);
	h.plan.targets[0].has_band = false;
	h.plan.targets[0].set_day = INT32_MIN;
	h.plan.targets[0].ref[0] = '\0';
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_non_null(strstr(text, " Target: Body weight 78.0 kg. SpO2 scale 1, air."));
	home_done(&h);
}

/* Only what is wrong now, here or with the hub; not another patient's kit. */
static void faults_of_others_and_healed_ones_are_left_out(void **state)
{
	struct vk_event event = {.type = VK_EVENT_FAULT};
	char text[VK_SUMMARY_BYTES];
	struct home h;

	(void)state;
	gained(&h);
	event.now = h.now;
	event.fault.priority = VK_PRIORITY_LOW;
	event.fault.is_active = true;
	PUT(event.fault.rule, "kit-of-another");
	PUT(event.fault.patient, "p-7");
	home_step(&h, &event);
	PUT(event.fault.rule, "kit-of-this");
	PUT(event.fault.patient, "p-1042");
	home_step(&h, &event);
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_non_null(strstr(text, "\n   Technical: device-not-heard, kit-of-this.\n"));
	home_command(&h, "alert/accept", "a1", "n-17", "");
	home_fault(&h, "device-not-heard", VK_PRIORITY_LOW, false);
	event.fault.is_active = false;
	home_step(&h, &event);
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_null(strstr(text, "Technical"));
	home_done(&h);
}

/* What came after the alert last changed is not what it was judged by. */
static void what_came_later_is_not_told(void **state)
{
	struct vk_alert alert;
	char text[VK_SUMMARY_BYTES];
	struct home h;

	(void)state;
	gained(&h);
	alert = *home_alert(&h, "W_GAIN_3D");
	home_wait(&h, HOURS(1));
	saturation(&h, "91", "99");
	vk_summary_write(h.core, &h.plan, &alert, false, text);
	assert_null(strstr(text, "91 %"));
	assert_null(strstr(text, "Pulse rate 99"));
	assert_non_null(strstr(text, "Body weight 80.6 kg at 07:48"));
	alert.changed_utc_ms -= HOURS(1); /* before the message was shown */
	vk_summary_write(h.core, &h.plan, &alert, false, text);
	assert_non_null(strstr(text, "R  No message was shown to the patient."));
	home_done(&h);
}

static void how_sure_it_is(void **state)
{
	static const struct {
		const char *reason, *said;
	} rows[] = {{"threshold-unconfirmed", "Unconfirmed. Alert "},
		    {"threshold-confirmed", "Confirmed by a second reading. Alert "},
		    {"threshold-repeated", "Confirmed by a second reading. Alert "},
		    {"threshold-late", "Late reading. Alert "},
		    {"threshold", "in 3 days. Alert "}};
	char text[VK_SUMMARY_BYTES];
	struct vk_alert alert;
	struct home h;

	(void)state;
	gained(&h);
	alert = *home_alert(&h, "W_GAIN_3D");
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		PUT(alert.reason, rows[i].reason);
		vk_summary_write(h.core, &h.plan, &alert, false, text);
		assert_non_null(strstr(text, rows[i].said));
	}
	home_done(&h);
}

static void missed_measurements_are_told_by_themselves(void **state)
{
	char text[VK_SUMMARY_BYTES];
	struct vk_plan plan;
	struct home h;

	(void)state;
	write_plan(&plan);
	plan.n_rules = 1;
	PUT(plan.schedules[0].id, "morning");
	plan.schedules[0].measure = VK_KIND_BLOOD_PRESSURE;
	plan.schedules[0].from_s = 6 * 3600;
	plan.schedules[0].until_s = 10 * 3600;
	plan.schedules[1] = plan.schedules[0];
	PUT(plan.schedules[1].id, "measured");
	plan.schedules[1].measure = VK_KIND_WEIGHT;
	plan.n_schedules = 2;
	home_init(&h, &plan, "2026-03-01T05:40:00+01:00");
	home_weight(&h, "78.0");
	home_wait(&h, MINUTES(30));
	home_weight(&h, "78.0");
	home_wait(&h, HOURS(24) - MINUTES(30));
	home_weight(&h, "80.5");
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_non_null(strstr(text, "\n   Not measured morning: 1 day(s).\n"));
	assert_null(strstr(text, "Insufficient"));
	h.plan.messages[1].id[0] = 'M'; /* a rule whose text the plan does not have */
	vk_summary_write(h.core, &h.plan, home_alert(&h, "W_GAIN_3D"), false, text);
	assert_non_null(strstr(text, "R  No message was shown to the patient."));
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tells_what_is_known_and_what_is_missing),
		cmocka_unit_test(without_a_plan_it_still_has_four_letters),
		cmocka_unit_test(cut_between_characters),
		cmocka_unit_test(a_day_without_a_value_is_seen),
		cmocka_unit_test(news2_vectors),
		cmocka_unit_test(a_rule_says_when_it_cannot_say_anything),
		cmocka_unit_test(a_target_may_be_bare),
		cmocka_unit_test(faults_of_others_and_healed_ones_are_left_out),
		cmocka_unit_test(what_came_later_is_not_told),
		cmocka_unit_test(how_sure_it_is),
		cmocka_unit_test(missed_measurements_are_told_by_themselves),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
