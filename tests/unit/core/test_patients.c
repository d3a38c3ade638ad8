/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Two people in one home: what concerns one leaves the other alone. Steps go straight to the core,
 * since the home of the other tests has one person.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "home.h"

struct pair {
	struct vk_plan plans[2];
	struct vk_core core;
	struct vk_effects effects;
	struct vk_now now;
	uint32_t n_readings;
};

static const char *const names[] = {"p-1", "p-2"};

static void set(char *dst, const char *text)
{
	(void)snprintf(dst, VK_ID_TEXT, "%s", text);
}

static struct pair *pair_new(void)
{
	struct pair *p = test_calloc(1, sizeof *p);

	assert_int_equal(vk_rfc3339_parse("2026-03-02T20:00:00+01:00", &p->now.utc_ms), 0);
	p->now.mono_ms = p->now.utc_ms;
	p->now.quality = VK_CLOCK_SYNCED;
	vk_core_init(&p->core);
	for (int i = 0; i < 2; i++) {
		struct vk_rule *rule;

		home_plan(&p->plans[i]);
		set(p->plans[i].patient, names[i]);
		rule = home_threshold(&p->plans[i], "BP_HIGH", VK_PRIORITY_LOW);
		home_limit(rule, VK_QUANTITY_SYSTOLIC, 160);
		(void)home_check(&p->plans[i], 23, 30);
		set(p->plans[i].checks[0].closed_by, "bed-exit");
		p->plans[i].alerts.n_work_lists = 1;
		p->plans[i].alerts.work_list_s[0] = 21 * 3600;
		assert_int_equal(vk_core_restore_plan(&p->core, &p->plans[i], p->now.utc_ms), 0);
	}
	return p;
}

static void step(struct pair *p, struct vk_event event)
{
	event.now = p->now;
	assert_int_equal(vk_core_step(&p->core, &event, &p->effects), 0);
}

static void pass(struct pair *p, int64_t ms)
{
	p->now.utc_ms += ms;
	p->now.mono_ms += ms;
	step(p, (struct vk_event){.type = VK_EVENT_TICK});
}

static struct vk_reading pressure(struct pair *p, int i, const char *id)
{
	struct vk_reading r;

	memset(&r, 0, sizeof r);
	(void)snprintf(r.id, sizeof r.id, "00000000-0000-8000-8000-%012u", ++p->n_readings);
	if (id)
		(void)snprintf(r.id, sizeof r.id, "%s", id);
	set(r.patient, names[i]);
	set(r.device, "A0B1C2D3E4F5");
	r.decoded = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "170");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "90");
	r.received_utc_ms = r.time_utc_ms = p->now.utc_ms;
	r.received_mono_ms = p->now.mono_ms;
	r.is_live = true;
	return r;
}

static void send(struct pair *p, const struct vk_reading *r)
{
	step(p, (struct vk_event){.type = VK_EVENT_READING, .reading = r});
}

static void signal_of(struct pair *p, int i, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_SIGNAL};

	set(event.signal.name, "bed-exit");
	set(event.signal.patient, names[i]);
	event.signal.is_active = is_active;
	step(p, event);
}

static void fault_of(struct pair *p, int i, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_FAULT};

	set(event.fault.rule, "device-not-heard");
	set(event.fault.patient, i < 2 ? names[i] : "");
	event.fault.is_active = is_active;
	step(p, event);
}

static int count(const struct pair *p, enum vk_effect_type type, const char *reason)
{
	int n = 0;

	for (int i = 0; i < p->effects.n; i++)
		n += p->effects.list[i].type == type &&
		     strcmp(p->effects.list[i].reason, reason) == 0;
	return n;
}

static void each_has_a_check(void **state)
{
	struct pair *p = pair_new();

	(void)state;
	signal_of(p, 0, true);
	signal_of(p, 1, true);
	assert_int_equal(p->core.n_checks, 2);
	signal_of(p, 0, false);
	assert_int_equal(p->core.n_checks, 1);
	assert_string_equal(p->core.checks[0].patient, "p-2");
	p->plans[0].consents[0].withdrawn_day = vk_civil_day(2026, 3, 2);
	step(p, (struct vk_event){.type = VK_EVENT_PLAN, .plan = &p->plans[0]});
	assert_int_equal(p->core.n_checks, 1);
	test_free(p);
}

/* Given to the other: one alert loses its ground, the other gets it. */
static void a_reading_changes_hands(void **state)
{
	struct pair *p = pair_new();
	struct vk_reading r = pressure(p, 0, NULL), again;

	(void)state;
	send(p, &r);
	assert_string_equal(p->core.alerts[0].patient, "p-1");
	pass(p, HOURS(1));
	again = pressure(p, 1, r.id);
	again.rev = 1;
	send(p, &again);
	assert_int_equal(p->core.n_alerts, 2);
	assert_false(p->core.alerts[0].is_active);
	assert_string_equal(p->core.alerts[1].patient, "p-2");
	assert_int_equal(count(p, VK_EFFECT_NOTIFY, "corrected"), 1);
	again.rev = 2;
	again.is_retracted = true;
	send(p, &again); /* p-2's has not been told to anybody yet: its list is tomorrow's */
	assert_int_equal(count(p, VK_EFFECT_NOTIFY, "corrected"), 0);
	assert_false(p->core.alerts[1].is_active);
	test_free(p);
}

static void each_has_a_work_list(void **state)
{
	struct pair *p = pair_new();

	(void)state;
	for (int i = 0; i < 2; i++) {
		struct vk_reading r = pressure(p, i, NULL);

		send(p, &r);
	}
	pass(p, HOURS(1));
	assert_int_equal(count(p, VK_EFFECT_NOTIFY, "work-list"), 2);
	test_free(p);
}

static void each_has_a_ladder(void **state)
{
	static const char *const roles[] = {"night-team", "evening-team"};
	struct pair *p = pair_new();

	(void)state;
	set(p->plans[1].escalation[VK_PRIORITY_HIGH].steps[0].to, roles[1]);
	for (int i = 0; i < 2; i++) {
		struct vk_reading r = pressure(p, i, NULL);

		p->plans[i].rules[0].priority = VK_PRIORITY_HIGH;
		send(p, &r);
		assert_string_equal(p->core.alerts[i].role, roles[i]);
	}
	test_free(p);
}

/* One name of a fault is listed once, and each person's heals by itself. */
static void one_storm_for_the_home(void **state)
{
	struct pair *p = pair_new();

	(void)state;
	p->plans[0].alerts.storm_count = 3;
	for (int i = 0; i < 3; i++)
		fault_of(p, i, true);
	assert_int_equal(p->core.n_alerts, 1);
	assert_string_equal(p->core.alerts[0].detail, "3: device-not-heard");
	fault_of(p, 1, false);
	assert_string_equal(p->core.alerts[0].detail, "2: device-not-heard");
	fault_of(p, 0, false);
	assert_int_equal(p->core.n_alerts, 1);
	assert_string_equal(p->core.alerts[0].rule, "device-not-heard");
	assert_string_equal(p->core.alerts[0].patient, "");
	test_free(p);
}

/* A fault of the hub's is as urgent as whoever of them has it most urgent, in whatever order. */
static void the_most_urgent_of_two_plans(void **state)
{
	for (int i = 0; i < 2; i++) {
		struct pair *p = pair_new();

		(void)state;
		for (int k = 0; k < 2; k++) {
			struct vk_rule *rule = home_threshold(
				&p->plans[k], "DEAF", k == i ? VK_PRIORITY_HIGH : VK_PRIORITY_LOW);

			rule->type = VK_RULE_TECHNICAL;
			set(rule->fault, "radio-down");
		}
		step(p, (struct vk_event){.type = VK_EVENT_FAULT,
					  .fault = {.rule = "radio-down",
						    .priority = VK_PRIORITY_MEDIUM,
						    .is_active = true}});
		assert_int_equal(p->core.n_alerts, 1);
		assert_int_equal(p->core.alerts[0].priority, VK_PRIORITY_HIGH);
		test_free(p);
	}
}

/* Both at 23:30, and only one of them has a camera. */
static void one_moment_for_both(void **state)
{
	struct pair *p = pair_new();

	(void)state;
	p->plans[1].n_consents = 0;
	pass(p, MINUTES(210));
	assert_int_equal(p->core.n_checks, 1);
	assert_int_equal(count(p, VK_EFFECT_TASK, "consent-withdrawn"), 1);
	test_free(p);
}

/* One who comes back between others has nothing of theirs; one too many is refused. */
static void each_place_is_ones_own(void **state)
{
	struct vk_plan *plans = test_calloc(VK_MAX_PATIENTS + 1, sizeof *plans);
	struct vk_core *core = test_calloc(1, sizeof *core);

	(void)state;
	vk_core_init(core);
	for (int i = VK_MAX_PATIENTS; i > 0; i--) {
		(void)snprintf(plans[i].patient, VK_ID_TEXT, "p-%d", i);
		assert_int_equal(vk_core_restore_plan(core, &plans[i], i == 8 ? 5000 : 0), 0);
		core->patients[0].paused_until_utc_ms = 7000 + i;
	}
	for (int i = 0; i < VK_MAX_PATIENTS; i++) {
		assert_ptr_equal(core->patients[i].plan, &plans[i + 1]);
		assert_int_equal(core->patients[i].paused_until_utc_ms, 7001 + i);
		assert_int_equal(core->patients[i].scheduled_utc_ms, i == 7 ? 5000 : 0);
	}
	(void)snprintf(plans[0].patient, VK_ID_TEXT, "p-0");
	assert_int_equal(vk_core_restore_plan(core, &plans[0], 0), -ENOSPC);
	assert_int_equal(core->n_patients, VK_MAX_PATIENTS);
	plans[0] = plans[3]; /* the next version of one who is there */
	assert_int_equal(vk_core_restore_plan(core, &plans[0], 9000), 0);
	assert_ptr_equal(core->patients[2].plan, &plans[0]);
	assert_int_equal(core->patients[2].scheduled_utc_ms, 9000);
	assert_int_equal(vk_core_restore_plan(core, &plans[0], 8000), 0);
	assert_int_equal(core->patients[2].scheduled_utc_ms, 9000);
	test_free(core);
	test_free(plans);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_has_a_check),
		cmocka_unit_test(a_reading_changes_hands),
		cmocka_unit_test(each_has_a_work_list),
		cmocka_unit_test(each_has_a_ladder),
		cmocka_unit_test(one_storm_for_the_home),
		cmocka_unit_test(the_most_urgent_of_two_plans),
		cmocka_unit_test(one_moment_for_both),
		cmocka_unit_test(each_place_is_ones_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
