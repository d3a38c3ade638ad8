/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds whatever happens: 20,000 seeded random events, with the home's judgement after each
 * step (rows rebuild the state, revisions rise, no high alert waits unarmed). And the bounds: the
 * fullest plan fits into one step, a year passes quickly, equal input gives equal bytes.
 */
#include <stdio.h>
#include <string.h>

#include "home.h"

enum { EVENTS = 20000 };

static uint32_t next_random(uint64_t *seed)
{
	*seed = *seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*seed >> 33);
}

static int below(uint64_t *seed, int n)
{
	return (int)(next_random(seed) % (uint32_t)n);
}

static void whole_plan(struct vk_plan *plan)
{
	struct vk_rule *rule;

	home_plan(plan);
	rule = home_threshold(plan, "BP_CRISIS", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 120);
	rule->has_confirm = true;
	rule->confirm_after_ms = MINUTES(5);
	rule->confirm_within_ms = MINUTES(15);
	home_limit(home_threshold(plan, "BP_HIGH", VK_PRIORITY_MEDIUM), VK_QUANTITY_SYSTOLIC, 160);
	(void)home_gain(plan);
	rule = home_threshold(plan, "OUT_OF_BED", VK_PRIORITY_HIGH);
	rule->type = VK_RULE_INPUT;
	rule->longer_than_ms = MINUTES(30);
	(void)snprintf(rule->signal, sizeof rule->signal, "bed-exit");
	(void)home_check(plan, 23, 30);
	(void)home_check(plan, 2, 45);
	(void)home_check(plan, 2, 30);
}

static void random_reading(struct home *h, uint64_t *seed)
{
	bool is_weight = below(seed, 3) == 0;
	struct vk_reading r = home_reading(h, is_weight ? VK_KIND_WEIGHT : VK_KIND_BLOOD_PRESSURE);
	char text[16];

	(void)snprintf(text, sizeof text, "%d.%d", is_weight ? 76 + below(seed, 6) : 130, 3);
	if (is_weight) {
		home_value(&r, VK_QUANTITY_WEIGHT, VK_UNIT_KG, text);
	} else {
		(void)snprintf(text, sizeof text, "%d", 100 + below(seed, 110));
		home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, text);
		(void)snprintf(text, sizeof text, "%d", 60 + below(seed, 70));
		home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, text);
	}
	if (below(seed, 4) == 0) {
		r.time_utc_ms -= MINUTES(below(seed, 2000));
		r.time_reason = VK_PLACED_DEVICE;
		r.is_live = false;
	}
	if (below(seed, 10) == 0)
		r.decoded.flags = UINT64_C(1) << below(seed, VK_N_FLAGS);
	if (below(seed, 20) == 0)
		r.patient[0] = '\0';
	if (below(seed, 30) == 0)
		(void)snprintf(r.device, sizeof r.device, "D%d", below(seed, 60));
	if (below(seed, 15) == 0 && h->reading.id[0]) {
		r = h->reading;
		r.rev++;
		r.is_retracted = below(seed, 2);
	}
	home_send(h, &r);
}

static void random_command(struct home *h, uint64_t *seed)
{
	static const char *const verbs[] = {
		"alert/accept",  "alert/accept", "alert/close",        "alert/close",
		"alert/reject",  "check/claim",  "check/release",      "check/view",
		"check/view",    "check/view",   "check/outcome",      "check/outcome",
		"check/outcome", "check/pause",  "check/visit-accept", "check/visit-accept",
		"check/arrive",  "check/arrive", "check/done",         "check/done"};
	static const char *const outcomes[] = {"ok",      "ok",        "not-in-bed", "unsure",
					       "concern", "technical", "",           "x"};
	static const char *const staff[] = {"night-3", "n-17"};
	const char *verb = verbs[below(seed, VK_ARRAY_LEN(verbs))];
	struct vk_command c = {.rev = below(seed, 10) ? -1 : below(seed, 4)};
	uint32_t serial = 1;

	if (*verb == 'a' && h->core->n_alerts)
		serial = h->core->alerts[below(seed, h->core->n_alerts)].serial;
	if (*verb == 'c' && h->core->n_checks)
		serial = h->core->checks[below(seed, h->core->n_checks)].serial;
	(void)snprintf(c.object, sizeof c.object, "%c%u", *verb, serial);
	(void)snprintf(c.noun, sizeof c.noun, "%.5s", verb);
	(void)snprintf(c.verb, sizeof c.verb, "%s", verb + 6);
	(void)snprintf(c.staff, sizeof c.staff, "%s", staff[below(seed, 2)]);
	(void)snprintf(c.outcome, sizeof c.outcome, "%s", outcomes[below(seed, 8)]);
	(void)snprintf(c.reason, sizeof c.reason, "%s", below(seed, 2) ? "guest" : "");
	c.until_utc_ms = h->now.utc_ms + MINUTES(below(seed, 600) - 60);
	(void)home_say(h, &c);
}

static void random_plan(struct home *h, uint64_t *seed)
{
	h->plan.consents[0].withdrawn_day =
		below(seed, 3) ? INT32_MAX : vk_zone_day(&h->plan.zone, h->now.utc_ms);
	h->plan.version++;
	home_step(h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h->now, .plan = &h->plan});
}

static void random_fault(struct home *h, uint64_t *seed)
{
	char rule[VK_ID_TEXT];

	(void)snprintf(rule, sizeof rule, "fault-%d", below(seed, 80));
	home_fault(h, rule, (enum vk_priority)below(seed, 3), below(seed, 2));
}

static void random_clock(struct home *h, uint64_t *seed)
{
	h->now.quality = (enum vk_clock_quality)below(seed, 3);
	h->now.utc_ms += MINUTES(below(seed, 20) - 10);
	home_step(h, &(struct vk_event){.type = VK_EVENT_CLOCK, .now = h->now});
}

static void random_event(struct home *h, uint64_t *seed)
{
	char id[16];
	int choice = below(seed, 100);

	if (choice < 30)
		home_wait(h, below(seed, 4) ? below(seed, 600000) : MINUTES(below(seed, 400)));
	else if (choice < 50)
		random_reading(h, seed);
	else if (choice < 85)
		random_command(h, seed);
	else if (choice < 90)
		home_signal(h, "bed-exit", below(seed, 2));
	else if (choice < 95)
		random_fault(h, seed);
	else if (choice < 96)
		home_restart(h, MINUTES(below(seed, 300)), (enum vk_clock_quality)below(seed, 3));
	else if (choice < 97)
		random_clock(h, seed);
	else if (choice < 98)
		random_plan(h, seed);
	else {
		(void)snprintf(id, sizeof id, "a%u", h->core->next_alert - 1);
		home_receipt(h, id);
	}
}

static uint64_t random_home(uint64_t seed, int n_events)
{
	struct vk_plan plan;
	struct home h;
	uint64_t hash;

	whole_plan(&plan);
	home_init(&h, &plan, "2026-03-20T08:00:00+01:00");
	for (int i = 0; i < n_events; i++) {
		home_forget(&h);
		random_event(&h, &seed);
	}
	hash = h.hash;
	/* it has lived: every kind of object came and went */
	assert_true(h.core->next_alert > (uint32_t)n_events / 100);
	assert_true(h.core->next_check > (uint32_t)n_events / 100);
	home_done(&h);
	return hash;
}

static void random_events(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		(void)random_home(seed, EVENTS / 10);
}

static void equal_input_gives_equal_bytes(void **state)
{
	(void)state;
	assert_true(random_home(77, 500) == random_home(77, 500));
	assert_true(random_home(77, 500) != random_home(78, 500));
}

/* 24 rules, each with an alert, a role to tell and a question for the same reading; one text. */
static void fullest_plan_fits_into_a_step(void **state)
{
	struct vk_plan plan;
	struct vk_reading r;
	struct home h;
	char id[VK_ID_TEXT];

	(void)state;
	home_plan(&plan);
	for (int i = 0; i < VK_MAX_RULES; i++) {
		(void)snprintf(id, sizeof id, "R%d", i);
		home_limit(home_threshold(&plan, id, VK_PRIORITY_HIGH), VK_QUANTITY_SYSTOLIC, 180);
	}
	home_init(&h, &plan, "2026-03-20T08:00:00+01:00");
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "190");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "90");
	home_value(&r, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, "300");
	vk_decoded_flag(&r.decoded, VK_FLAG_BODY_MOVEMENT);
	home_send(&h, &r);
	assert_int_equal(h.core->n_alerts, VK_MAX_RULES);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, NULL), VK_MAX_RULES);
	assert_int_equal(h.n_effects, 3 * VK_MAX_RULES + 3);
	/* all of them due with the next reading: nothing is dropped, the step asks for another */
	h.now.utc_ms += HOURS(1);
	h.now.mono_ms += HOURS(1);
	home_forget(&h);
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "200");
	home_send(&h, &r);
	assert_int_equal(home_count(&h, VK_EFFECT_NOTIFY, "escalated"), 2 * VK_MAX_RULES);
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, "threshold"), VK_MAX_RULES);
	home_done(&h);
}

static void ninth_patient_is_said(void **state)
{
	struct vk_plan *plans = test_calloc(VK_MAX_PATIENTS + 1, sizeof *plans);
	struct home h;

	(void)state;
	home_plan(&plans[0]);
	home_init(&h, &plans[0], "2026-03-20T08:00:00+01:00");
	for (int i = 0; i <= VK_MAX_PATIENTS; i++) {
		home_plan(&plans[i]);
		(void)snprintf(plans[i].patient, sizeof plans[i].patient, "p-%d", 9 - i);
		assert_int_equal(vk_core_step(h.core,
					      &(struct vk_event){.type = VK_EVENT_PLAN,
								 .now = h.now,
								 .plan = &plans[i]},
					      h.effects),
				 0);
	}
	assert_int_equal(h.core->n_patients, VK_MAX_PATIENTS);
	assert_non_null(home_alert(&h, "too-many-patients"));
	for (int i = 1; i < VK_MAX_PATIENTS; i++)
		assert_true(strcmp(h.core->patients[i - 1].plan->patient,
				   h.core->patients[i].plan->patient) < 0);
	test_free(plans);
	home_done(&h);
}

static void restore_knows_its_bounds(void **state)
{
	static struct vk_core core;
	struct vk_alert alert = {.serial = 1, .escalate_mono_ms = VK_NEVER};
	struct vk_check check = {.serial = 1, .deadline_mono_ms = VK_NEVER};

	(void)state;
	vk_core_init(&core);
	for (int i = 0; i < VK_MAX_ALERTS; i++, alert.serial++)
		assert_int_equal(vk_core_restore_alert(&core, &alert), 0);
	assert_int_equal(vk_core_restore_alert(&core, &alert), -28);
	for (int i = 0; i < VK_MAX_CHECKS; i++, check.serial++)
		assert_int_equal(vk_core_restore_check(&core, &check), 0);
	assert_int_equal(vk_core_restore_check(&core, &check), -28);
	/* what is closed needs no room, and its number is not given again */
	alert.serial = 900;
	alert.state = VK_ALERT_CLOSED;
	assert_int_equal(vk_core_restore_alert(&core, &alert), 0);
	assert_int_equal(core.next_alert, 901);
}

/* A year with two checks a night, seen to or not, and a weight each morning. */
static void a_year(void **state)
{
	struct vk_plan plan;
	struct home h;
	char id[16];

	(void)state;
	home_plan(&plan);
	(void)home_gain(&plan);
	(void)home_check(&plan, 2, 30);
	home_init(&h, &plan, "2026-02-11T07:00:00+01:00");
	for (int day = 0; day < 365; day++) {
		home_forget(&h);
		home_weight(&h, day % 30 ? "78.0" : "81.0");
		home_wait(&h, HOURS(24));
		assert_int_equal(h.core->n_checks, 1);
		(void)snprintf(id, sizeof id, "c%u", h.core->checks[0].serial);
		assert_string_equal(home_command(&h, "check/view", id, "night-3", ""), "ok");
		assert_string_equal(home_command(&h, "check/outcome", id, "night-3", "ok"), "ok");
	}
	assert_int_equal(h.core->next_check, 366);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_events),
		cmocka_unit_test(equal_input_gives_equal_bytes),
		cmocka_unit_test(fullest_plan_fits_into_a_step),
		cmocka_unit_test(ninth_patient_is_said),
		cmocka_unit_test(restore_knows_its_bounds),
		cmocka_unit_test(a_year),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
