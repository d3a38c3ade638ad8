/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What holds whatever happens: 20,000 seeded random events, with the home's judgement after each
 * step (rows rebuild the state, revisions rise, no high alert waits unarmed). And the bounds: the
 * fullest plan fits into one step, a year passes quickly, equal input gives equal bytes.
 */
#include <stdio.h>
#include <string.h>

#include "life.h"

enum { EVENTS = 20000 };

static void random_events(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 10; seed++)
		(void)life_run(seed, EVENTS / 10);
}

static void equal_input_gives_equal_bytes(void **state)
{
	(void)state;
	assert_true(life_run(77, 500) == life_run(77, 500));
	assert_true(life_run(77, 500) != life_run(78, 500));
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
