/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Whose reading: evidence that agrees names a person, anything else names nobody and asks; an
 * answer ends the question, wherever the home was restarted in between.
 */
#include "core/whose.h"

#include <stdio.h>
#include <string.h>

#include "home.h"

enum { MORNING = 6 * 3600, NOON = 12 * 3600, EVENING = 18 * 3600, NIGHT = 22 * 3600 };

static struct vk_plan_expect *expect_weight(struct vk_plan *plan, int64_t least, int64_t most)
{
	struct vk_plan_expect *expect = &plan->expects[plan->n_expects++];

	expect->kind = VK_KIND_WEIGHT;
	expect->has_band = most > 0;
	expect->band_least = least;
	expect->band_most = most;
	return expect;
}

static void weigh_between(struct vk_plan *plan, int32_t from_s, int32_t until_s)
{
	struct vk_plan_schedule *schedule = &plan->schedules[plan->n_schedules++];

	(void)snprintf(schedule->id, sizeof schedule->id, "weight");
	schedule->measure = VK_KIND_WEIGHT;
	schedule->from_s = from_s;
	schedule->until_s = until_s;
}

/* Two who share a scale: p-1 weighs 70 to 95 kg in the morning, p-2 40 to 72 kg in the evening. */
struct couple {
	struct home h;
	struct vk_plan second;
	struct vk_claim claims[3];
};

static void begin(struct couple *c)
{
	struct vk_plan first;
	struct vk_event event = {.type = VK_EVENT_PLAN};

	memset(c, 0, sizeof *c);
	home_plan(&first);
	(void)expect_weight(&first, 700, 950);
	weigh_between(&first, MORNING, NOON);
	c->second = first;
	(void)snprintf(c->second.patient, sizeof c->second.patient, "p-2");
	c->second.expects[0].band_least = 400;
	c->second.expects[0].band_most = 720;
	c->second.schedules[0].from_s = EVENING;
	c->second.schedules[0].until_s = NIGHT;
	home_init(&c->h, &first, "2026-03-02T08:00:00+01:00");
	event.now = c->h.now;
	event.plan = c->h.others[c->h.n_others++] = &c->second;
	home_step(&c->h, &event);
	(void)snprintf(c->claims[0].patient, VK_ID_TEXT, "p-1042");
	(void)snprintf(c->claims[1].patient, VK_ID_TEXT, "p-2");
	c->claims[0].user = 1;
	c->claims[1].user = 2;
}

static struct vk_reading weighed(struct couple *c, const char *kg, int32_t user)
{
	struct vk_reading r = home_reading(&c->h, VK_KIND_WEIGHT);

	home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, kg);
	r.decoded.user = user;
	r.patient[0] = '\0';
	return r;
}

static void assert_whose(struct couple *c, int n_claims, const char *kg, int32_t user,
			 const char *patient, const char *reason, const char *asked)
{
	struct vk_reading r = weighed(c, kg, user);

	vk_whose(c->h.core, c->claims, n_claims, &r);
	assert_string_equal(r.patient, patient);
	assert_string_equal(vk_whose_text(r.whose), reason);
	assert_string_equal(r.asked, asked);
	assert_int_equal(vk_whose_is_open(r.whose), patient[0] == '\0');
}

static void evidence(void **state)
{
	struct couple c;

	(void)state;
	begin(&c);
	assert_whose(&c, 0, "80.0", -1, "", "unassigned", "");
	/* the device's number is what a person said */
	assert_whose(&c, 2, "80.0", 1, "p-1042", "assigned", "");
	assert_whose(&c, 2, "60.0", 2, "p-2", "assigned", "");
	assert_whose(&c, 2, "80.0", 3, "", "unknown-user", "");
	/* … unless the plan says that it cannot be */
	assert_whose(&c, 2, "60.0", 1, "", "outside-band", "p-1042");
	/* no number: the bands, where only one fits */
	assert_whose(&c, 2, "80.0", -1, "p-1042", "assigned", "");
	assert_whose(&c, 2, "80.0", VK_USER_UNKNOWN, "p-1042", "assigned", "");
	assert_whose(&c, 2, "71.0", -1, "", "ambiguous", "");
	assert_whose(&c, 2, "99.0", -1, "", "outside-band", "");
	/* the edges belong to the band */
	assert_whose(&c, 2, "70.0", 1, "p-1042", "assigned", "");
	assert_whose(&c, 2, "95.0", 1, "p-1042", "assigned", "");
	assert_whose(&c, 2, "95.1", 1, "", "outside-band", "p-1042");
	home_done(&c.h);
}

static void the_hour_only_speaks_against(void **state)
{
	struct couple c;

	(void)state;
	begin(&c);
	/* in the morning p-2's weight is not expected, and p-1's is */
	assert_whose(&c, 2, "60.0", -1, "", "conflict", "");
	/* a number that was assigned leaves nobody else to speak for */
	assert_whose(&c, 2, "60.0", 2, "p-2", "assigned", "");
	home_until(&c.h, "2026-03-02T12:00:00+01:00");
	assert_whose(&c, 2, "60.0", -1, "p-2", "assigned", "");
	home_until(&c.h, "2026-03-02T18:00:00+01:00");
	assert_whose(&c, 2, "60.0", -1, "p-2", "assigned", "");
	assert_whose(&c, 2, "80.0", -1, "", "conflict", "");
	assert_whose(&c, 2, "71.0", -1, "", "ambiguous", "");
	home_until(&c.h, "2026-03-02T22:00:00+01:00");
	assert_whose(&c, 2, "80.0", -1, "p-1042", "assigned", "");
	home_done(&c.h);
}

static void a_window_over_midnight(void **state)
{
	struct couple c;

	(void)state;
	begin(&c);
	c.second.schedules[0].from_s = NIGHT;
	c.second.schedules[0].until_s = MORNING;
	home_until(&c.h, "2026-03-03T05:59:59+01:00");
	assert_whose(&c, 2, "80.0", -1, "", "conflict", "");
	home_until(&c.h, "2026-03-03T23:00:00+01:00");
	assert_whose(&c, 2, "80.0", -1, "", "conflict", "");
	home_until(&c.h, "2026-03-04T06:00:00+01:00");
	assert_whose(&c, 2, "80.0", -1, "p-1042", "assigned", "");
	home_done(&c.h);
}

static void an_unsure_time_speaks_for_nobody(void **state)
{
	struct couple c;
	struct vk_reading r;

	(void)state;
	begin(&c);
	r = weighed(&c, "60.0", -1);
	r.time_reason = VK_PLACED_HUB_UNSURE;
	vk_whose(c.h.core, c.claims, 2, &r);
	assert_string_equal(r.patient, "p-2");
	home_done(&c.h);
}

static void a_whole_device_is_whoevers(void **state)
{
	struct couple c;

	(void)state;
	begin(&c);
	c.claims[0].user = VK_USER_ANY;
	assert_whose(&c, 1, "80.0", 4, "p-1042", "assigned", "");
	assert_whose(&c, 1, "99.0", -1, "", "outside-band", "p-1042");
	/* but for the number that was said to be another's */
	assert_whose(&c, 2, "60.0", 2, "p-2", "assigned", "");
	assert_whose(&c, 2, "80.0", 2, "", "outside-band", "p-2");
	assert_whose(&c, 2, "71.0", 1, "p-1042", "assigned", "");
	/* two claims of one person are one */
	(void)snprintf(c.claims[1].patient, VK_ID_TEXT, "p-1042");
	assert_whose(&c, 2, "71.0", -1, "p-1042", "assigned", "");
	home_done(&c.h);
}

static void no_value_is_no_evidence(void **state)
{
	struct couple c;
	struct vk_reading r;

	(void)state;
	begin(&c);
	assert_whose(&c, 2, "12.0", 1, "p-1042", "assigned", ""); /* cannot be: asked again */
	r = home_reading(&c.h, VK_KIND_BLOOD_PRESSURE);
	r.decoded.user = 1;
	vk_whose(c.h.core, c.claims, 2, &r);
	assert_string_equal(r.patient, "p-1042");
	(void)snprintf(c.claims[0].patient, VK_ID_TEXT, "p-without-plan");
	assert_whose(&c, 2, "80.0", 1, "p-without-plan", "assigned", "");
	home_done(&c.h);
}

/* ---- questions ---- */

static void send(struct couple *c, struct vk_reading *r)
{
	if (r->rev == 0 && !r->is_retracted)
		vk_whose(c->h.core, c->claims, 2, r);
	else
		r->whose = VK_WHOSE_UNASKED;
	home_send(&c->h, r);
}

static int n_asked(const struct couple *c, bool is_done)
{
	int n = 0;

	for (int i = 0; i < c->h.n_log; i++)
		n += c->h.log[i].type == VK_EFFECT_TASK && c->h.log[i].task.is_done == is_done;
	return n;
}

static void an_answer_ends_the_question(void **state)
{
	struct couple c;
	struct vk_reading first, second;

	(void)state;
	begin(&c);
	first = weighed(&c, "60.0", 1);
	send(&c, &first);
	home_reload(&c.h);
	second = weighed(&c, "61.0", 1);
	send(&c, &second);
	assert_int_equal(n_asked(&c, false), 2);
	assert_string_equal(home_last(&c.h, VK_EFFECT_ASK)->patient, "p-1042");
	assert_string_equal(home_last(&c.h, VK_EFFECT_TASK)->task.task, "assign");
	assert_string_equal(home_last(&c.h, VK_EFFECT_TASK)->task.object, first.device);
	home_restart(&c.h, MINUTES(5), VK_CLOCK_SYNCED);
	/* a good reading of hers does not say whose the other two were */
	struct vk_reading good = weighed(&c, "80.0", 1);

	send(&c, &good);
	assert_int_equal(n_asked(&c, true), 0);
	first.rev = 1;
	(void)snprintf(first.patient, sizeof first.patient, "p-2");
	send(&c, &first);
	assert_int_equal(n_asked(&c, true), 0); /* one is left */
	send(&c, &first);                       /* the same answer again is none */
	assert_int_equal(n_asked(&c, true), 0);
	second.rev = 1;
	second.is_retracted = true;
	send(&c, &second);
	assert_int_equal(n_asked(&c, true), 1);
	assert_string_equal(home_last(&c.h, VK_EFFECT_ASK)->patient, "p-1042");
	assert_int_equal(home_last(&c.h, VK_EFFECT_ASK)->ask.until_utc_ms, c.h.now.utc_ms);
	assert_int_equal(home_memories(&c.h), 2); /* "checks:" of each */
	home_done(&c.h);
}

static void ten_questions_at_most(void **state)
{
	struct vk_reading r[VK_RULE_DAYS + 1];
	struct couple c;

	(void)state;
	begin(&c);
	for (int i = 0; i <= VK_RULE_DAYS; i++) {
		r[i] = weighed(&c, "60.0", 1);
		send(&c, &r[i]);
	}
	for (int i = 0; i <= VK_RULE_DAYS; i++) {
		assert_int_equal(n_asked(&c, true), 0);
		r[i].rev = 1;
		(void)snprintf(r[i].patient, sizeof r[i].patient, "p-2");
		send(&c, &r[i]);
	}
	assert_int_equal(n_asked(&c, true), 1);
	home_done(&c.h);
}

/* What makes room is the oldest; the next to it is still open, and is not asked about again. */
static void the_oldest_question_makes_room(void **state)
{
	struct vk_reading r[VK_RULE_DAYS + 1];
	struct couple c;

	(void)state;
	begin(&c);
	for (int i = 0; i <= VK_RULE_DAYS; i++) {
		r[i] = weighed(&c, "60.0", 1);
		send(&c, &r[i]);
	}
	home_forget(&c.h);
	home_send(&c.h, &r[1]);
	assert_int_equal(n_asked(&c, false), 0);
	home_send(&c.h, &r[0]);
	assert_int_equal(n_asked(&c, false), 1);
	home_done(&c.h);
}

/* As short as an identifier may be. */
static void a_patient_of_one_letter_is_one(void **state)
{
	struct vk_reading r;
	struct vk_plan plan;
	struct home h;

	(void)state;
	home_plan(&plan);
	(void)snprintf(plan.patient, sizeof plan.patient, "p");
	home_limit(home_threshold(&plan, "BP_HIGH", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	(void)snprintf(r.patient, sizeof r.patient, "p");
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "165");
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP_HIGH")->patient, "p");
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	r.patient[0] = '\0';
	(void)snprintf(r.asked, sizeof r.asked, "p");
	r.whose = VK_WHOSE_OUTSIDE_BAND;
	home_send(&h, &r);
	assert_string_equal(home_last(&h, VK_EFFECT_ASK)->patient, "p");
	home_done(&h);
}

static void a_strange_device_is_asked_about_once(void **state)
{
	struct couple c;
	struct vk_reading r;

	(void)state;
	begin(&c);
	for (int i = 0; i < 3; i++) {
		r = weighed(&c, "60.0", -1);
		vk_whose(c.h.core, c.claims, 0, &r);
		home_send(&c.h, &r);
	}
	assert_int_equal(n_asked(&c, false), 1);
	r = weighed(&c, "60.0", 2); /* now it is assigned */
	send(&c, &r);
	assert_int_equal(n_asked(&c, true), 1);
	assert_string_equal(home_last(&c.h, VK_EFFECT_ASK)->reason, "assigned");
	home_done(&c.h);
}

static void a_plan_that_comes_ends_its_task(void **state)
{
	struct couple c;
	struct vk_reading r;

	(void)state;
	begin(&c);
	for (int i = 0; i < 2; i++) {
		r = weighed(&c, "60.0", -1);
		(void)snprintf(r.patient, sizeof r.patient, "p-3");
		home_send(&c.h, &r);
	}
	assert_int_equal(home_count(&c.h, VK_EFFECT_TASK, "no-plan"), 1);
	assert_string_equal(home_last(&c.h, VK_EFFECT_TASK)->task.task, "plan");
	assert_int_equal(home_count(&c.h, VK_EFFECT_ASK, NULL), 0);
	struct vk_plan third = c.second;
	struct vk_event event = {.type = VK_EVENT_PLAN, .now = c.h.now, .plan = &third};

	(void)snprintf(third.patient, sizeof third.patient, "p-3");
	c.h.others[c.h.n_others++] = &third;
	home_step(&c.h, &event);
	r = weighed(&c, "60.0", -1);
	(void)snprintf(r.patient, sizeof r.patient, "p-3");
	home_send(&c.h, &r);
	assert_string_equal(home_last(&c.h, VK_EFFECT_TASK)->task.task, "plan");
	assert_true(home_last(&c.h, VK_EFFECT_TASK)->task.is_done);
	assert_int_equal(home_count(&c.h, VK_EFFECT_ASK, NULL), 0);
	home_done(&c.h);
}

/* ---- was it you? ---- */

static void begin_jumps(struct home *h, int64_t by, int32_t percent)
{
	struct vk_plan_expect *expect;
	struct vk_plan plan;

	home_plan(&plan);
	home_limit(home_threshold(&plan, "W_HIGH", VK_PRIORITY_MEDIUM), VK_QUANTITY_WEIGHT, 820);
	expect = expect_weight(&plan, 0, 0);
	expect->jump = by;
	expect->jump_within_ms = HOURS(24);
	expect->jump_percent = percent;
	expect->jump_percent_within_ms = HOURS(48);
	home_init(h, &plan, "2026-03-02T07:00:00+01:00");
	home_weight(h, "80.0");
}

static int n_jumps(struct home *h)
{
	int n = 0;

	for (int i = 0; i < h->n_log; i++)
		n += h->log[i].type == VK_EFFECT_ASK && h->log[i].ask.what == VK_ASK_WHO &&
		     !h->log[i].ask.until_utc_ms;
	return n;
}

static void three_kilos_in_a_day(void **state)
{
	static const struct {
		const char *kg;
		int64_t hours;
		int32_t percent;
		int asked;
	} rows[] = {
		{"83.0", 24, 0, 0}, {"83.1", 24, 0, 1}, {"76.9", 1, 0, 1},  {"77.0", 1, 0, 0},
		{"90.0", 25, 0, 0}, /* longer ago than a day, and no percent asked for */
		{"84.0", 48, 5, 0}, {"84.1", 48, 5, 1}, {"75.9", 47, 5, 1}, {"90.0", 49, 5, 0},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct home h;

		begin_jumps(&h, 30, rows[i].percent);
		home_wait(&h, HOURS(rows[i].hours));
		home_reload(&h);
		home_weight(&h, rows[i].kg);
		assert_int_equal(n_jumps(&h), rows[i].asked);
		home_done(&h);
	}
}

static void a_jump_is_theirs_and_unconfirmed(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin_jumps(&h, 30, 0);
	home_wait(&h, HOURS(1));
	home_weight(&h, "84.0");
	assert_string_equal(home_alert(&h, "W_HIGH")->reason, "threshold-unconfirmed");
	assert_string_equal(home_last(&h, VK_EFFECT_ASK)->patient, "p-1042");
	r = h.reading;
	/* it was not the last one that was accepted, so the next is compared with 80.0 */
	home_wait(&h, HOURS(1));
	home_weight(&h, "84.0");
	assert_int_equal(n_jumps(&h), 2);
	r.rev = 1; /* "yes" */
	home_send(&h, &r);
	home_wait(&h, HOURS(1));
	home_weight(&h, "84.2");
	assert_int_equal(n_jumps(&h), 2);
	assert_true(home_last(&h, VK_EFFECT_TASK)->task.is_done);
	home_done(&h);
}

/* A visitor on the scale must not be told to take the patient's tablet. */
static void no_order_before_it_is_known_whose(void **state)
{
	static const bool is_confirmed[] = {false, true};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(is_confirmed); i++) {
		struct vk_reading r;
		struct vk_rule *rule;
		struct home h;

		begin_jumps(&h, 30, 0);
		rule = &h.plan.rules[0];
		VK_SET(rule->message, "call-nurse");
		VK_SET(h.plan.messages[h.plan.n_messages++].id, "call-nurse");
		rule->has_confirm = is_confirmed[i];
		rule->confirm_within_ms = MINUTES(90);
		home_wait(&h, HOURS(1));
		home_weight(&h, "84.0");
		r = h.reading;
		assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, NULL), 0);
		home_wait(&h, MINUTES(5));
		r.rev = 1; /* "yes, it was me" */
		home_send(&h, &r);
		if (is_confirmed[i])
			home_weight(&h, "84.0");
		assert_true(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
		assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, NULL), 1);
		home_done(&h);
	}
}

static void an_older_value_is_no_reference(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin_jumps(&h, 30, 0);
	r = home_reading(&h, VK_KIND_WEIGHT);
	home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, "90.0");
	r.time_utc_ms -= HOURS(2);
	r.time_reason = VK_PLACED_DEVICE;
	home_send(&h, &r); /* history comes behind: neither asked nor remembered */
	assert_int_equal(n_jumps(&h), 0);
	home_wait(&h, HOURS(1));
	home_weight(&h, "81.0");
	assert_int_equal(n_jumps(&h), 0);
	home_done(&h);
}

static void every_reason_has_a_text(void **state)
{
	(void)state;
	for (int i = 0; i < VK_N_WHOSE; i++)
		assert_int_equal(vk_whose_parse(vk_whose_text((enum vk_whose_reason)i)), i);
	assert_int_equal(vk_whose_parse("guessed"), -1);
	assert_string_equal(vk_whose_text(VK_N_WHOSE), "");
}

static void hours_of_another_kind_say_nothing(void **state)
{
	struct couple c;

	(void)state;
	begin(&c);
	assert_whose(&c, 2, "60.0", -1, "", "conflict", "");
	c.h.plan.schedules[0].measure = VK_KIND_BLOOD_PRESSURE;
	assert_whose(&c, 2, "60.0", -1, "p-2", "assigned", "");
	home_done(&c.h);
}

static void the_same_reading_is_asked_about_once(void **state)
{
	struct couple c;
	struct vk_reading r;

	(void)state;
	begin(&c);
	r = weighed(&c, "60.0", 1);
	send(&c, &r);
	send(&c, &r);
	assert_int_equal(n_asked(&c, false), 1);
	home_done(&c.h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(evidence),
		cmocka_unit_test(the_hour_only_speaks_against),
		cmocka_unit_test(a_window_over_midnight),
		cmocka_unit_test(an_unsure_time_speaks_for_nobody),
		cmocka_unit_test(a_whole_device_is_whoevers),
		cmocka_unit_test(no_value_is_no_evidence),
		cmocka_unit_test(an_answer_ends_the_question),
		cmocka_unit_test(ten_questions_at_most),
		cmocka_unit_test(the_oldest_question_makes_room),
		cmocka_unit_test(a_patient_of_one_letter_is_one),
		cmocka_unit_test(a_strange_device_is_asked_about_once),
		cmocka_unit_test(a_plan_that_comes_ends_its_task),
		cmocka_unit_test(three_kilos_in_a_day),
		cmocka_unit_test(a_jump_is_theirs_and_unconfirmed),
		cmocka_unit_test(no_order_before_it_is_known_whose),
		cmocka_unit_test(an_older_value_is_no_reference),
		cmocka_unit_test(every_reason_has_a_text),
		cmocka_unit_test(hours_of_another_kind_say_nothing),
		cmocka_unit_test(the_same_reading_is_asked_about_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
