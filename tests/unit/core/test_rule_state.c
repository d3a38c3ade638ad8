/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What is asked of rules from outside: what each can say now, whose an open fault is, what a plan
 * makes of one; and what becomes of a rule's question when its plan or the rule has gone.
 */
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "core/rules.h"
#include "core/storm.h"
#include "home.h"

static void put(char *dst, const char *text)
{
	(void)snprintf(dst, VK_ID_TEXT, "%s", text);
}

static void begin(struct home *h)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	rule = home_threshold(&plan, "BP", VK_PRIORITY_HIGH);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 180);
	rule->has_confirm = true;
	rule->confirm_after_ms = MINUTES(1);
	rule->confirm_within_ms = MINUTES(15);
	rule = home_threshold(&plan, "DEAF", VK_PRIORITY_MEDIUM);
	rule->type = VK_RULE_TECHNICAL;
	put(rule->fault, "device-not-heard");
	rule = home_threshold(&plan, "DOOR", VK_PRIORITY_MEDIUM);
	rule->type = VK_RULE_INPUT;
	rule->message[0] = '\0';
	put(rule->signal, "door");
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static enum vk_rule_state now(const struct home *h)
{
	return vk_rule_state(h->core, &h->plan, &h->plan.rules[0], h->now.utc_ms);
}

static void a_rule_waits_for_a_second_reading(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	assert_int_equal(now(&h), VK_RULE_INSUFFICIENT);
	home_pressure(&h, 185, 90);
	assert_int_equal(now(&h), VK_RULE_WAITING);
	home_wait(&h, MINUTES(2));
	home_pressure(&h, 185, 90);
	assert_int_equal(now(&h), VK_RULE_RAISED);
	home_wait(&h, MINUTES(20));
	home_pressure(&h, 120, 80);
	home_wait(&h, MINUTES(10));
	home_pressure(&h, 120, 80);
	assert_non_null(home_alert(&h, "BP")); /* open, and over */
	assert_int_equal(now(&h), VK_RULE_WATCHING);
	h.plan.valid_from_utc_ms = h.now.utc_ms + 1;
	assert_int_equal(now(&h), VK_RULE_OFF);
	h.plan.valid_from_utc_ms = h.now.utc_ms;
	assert_int_equal(now(&h), VK_RULE_WATCHING);
	home_done(&h);
}

static void another_persons_alert_is_not_this_rules(void **state)
{
	struct vk_plan other;
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	other = h.plan;
	other.rules[0].has_confirm = false;
	put(other.patient, "p-2");
	h.others[h.n_others++] = &other;
	home_step(&h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h.now, .plan = &other});
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	put(r.patient, "p-2");
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "190");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "90");
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP")->patient, "p-2");
	assert_int_equal(now(&h), VK_RULE_INSUFFICIENT);
	assert_int_equal(vk_rule_state(h.core, &other, &other.rules[0], h.now.utc_ms),
			 VK_RULE_RAISED);
	home_done(&h);
}

static void each_state_has_a_text(void **state)
{
	static const char *const texts[] = {"off", "insufficient-data", "watching", "waiting",
					    "raised"};

	(void)state;
	for (int i = VK_RULE_OFF; i <= VK_RULE_RAISED; i++)
		assert_string_equal(vk_rule_state_text((enum vk_rule_state)i), texts[i]);
	assert_string_equal(vk_rule_state_text((enum vk_rule_state)(VK_RULE_RAISED + 1)), "?");
}

/* ---- faults ---- */

static void a_plan_says_how_urgent_a_fault_is(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	home_fault(&h, "device-not-heard", VK_PRIORITY_LOW, true);
	assert_int_equal(home_alert(&h, "device-not-heard")->priority, VK_PRIORITY_MEDIUM);
	assert_true(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_fault(&h, "battery-low", VK_PRIORITY_LOW, true);
	assert_int_equal(home_alert(&h, "battery-low")->priority, VK_PRIORITY_LOW);
	home_fault(&h, "device-not-heard", VK_PRIORITY_LOW, false);
	assert_false(home_last(&h, VK_EFFECT_MESSAGE)->message.is_shown);
	home_done(&h);
	begin(&h);
	h.plan.is_alerting = false;
	home_fault(&h, "device-not-heard", VK_PRIORITY_LOW, true);
	assert_int_equal(home_alert(&h, "device-not-heard")->priority, VK_PRIORITY_LOW);
	assert_int_equal(home_count(&h, VK_EFFECT_MESSAGE, NULL), 0);
	home_done(&h);
}

static void fault_of(struct home *h, const char *rule, const char *patient, bool is_active)
{
	struct vk_event event = {.type = VK_EVENT_FAULT, .now = h->now};

	put(event.fault.rule, rule);
	put(event.fault.patient, patient);
	event.fault.priority = VK_PRIORITY_LOW;
	event.fault.is_active = is_active;
	home_step(h, &event);
}

/* Also one that a storm stands for is found, and none that has healed. */
static void an_open_fault_is_somebodys(void **state)
{
	static const char *const faults[] = {"f-1", "f-2", "f-3", "f-4"};
	struct home h;

	(void)state;
	begin(&h);
	assert_null(vk_fault_patient(h.core, "f-1"));
	fault_of(&h, "f-1", "p-1042", true);
	assert_string_equal(vk_fault_patient(h.core, "f-1"), "p-1042");
	assert_null(vk_fault_patient(h.core, "f-2"));
	for (int i = 1; i < 4; i++)
		fault_of(&h, faults[i], i == 2 ? "" : "p-1042", true);
	assert_non_null(home_alert(&h, VK_RULE_STORM));
	assert_null(home_alert(&h, "f-2"));
	assert_string_equal(vk_fault_patient(h.core, "f-2"), "p-1042");
	assert_string_equal(vk_fault_patient(h.core, "f-3"), "");
	fault_of(&h, "f-2", "p-1042", false);
	assert_null(vk_fault_patient(h.core, "f-2"));
	home_done(&h);
}

/* ---- questions of what is no longer there ---- */

static void question(struct home *h, const char *patient, const char *rule)
{
	struct vk_rule_memory *row = &h->memories[h->n_memories++];

	*row = vk_memory_empty(patient, rule);
	row->ask_mono_ms = h->now.mono_ms;
	row->ask_until_mono_ms = h->now.mono_ms + MINUTES(1);
	(void)snprintf(row->ask_reading, sizeof row->ask_reading, "r-1");
	assert_int_equal(vk_core_restore_memory(h->core, row), 0);
}

static void a_question_without_its_rule_is_forgotten(void **state)
{
	static const struct {
		const char *patient, *rule;
	} rows[] = {{"p-1042", "NO_SUCH"}, {"p-1042", "DEAF"}, {"p-7", "BP"}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		begin(&h);
		question(&h, rows[i].patient, rows[i].rule);
		home_wait(&h, MINUTES(1) - 1);
		assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "no-such-rule"), 0);
		home_wait(&h, 1);
		assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "no-such-rule"), 1);
		assert_int_equal(h.core->n_alerts, 0);
		assert_null(vk_memory_find(h.core, rows[i].patient, rows[i].rule));
		home_done(&h);
	}
}

static void change_plan(struct home *h, struct vk_plan *old)
{
	*old = h->plan;
	h->core->patients[0].plan = old;
	h->plan.version++;
}

static void put_plan(struct home *h)
{
	home_step(h, &(struct vk_event){.type = VK_EVENT_PLAN, .now = h->now, .plan = &h->plan});
}

/* A rule that keeps its name and looks at something else cannot use what the old one remembers. */
static void a_rule_that_means_something_else_begins_anew(void **state)
{
	struct vk_plan old;

	(void)state;
	for (int change = 0; change < 4; change++) {
		struct home h;

		begin(&h);
		home_pressure(&h, 185, 90);
		assert_int_equal(now(&h), VK_RULE_WAITING);
		change_plan(&h, &old);
		if (change == 1)
			h.plan.rules[0].conditions[0].quantity = VK_QUANTITY_DIASTOLIC;
		else if (change == 2)
			h.plan.rules[0].type = VK_RULE_AVERAGE;
		else if (change == 3)
			put(h.plan.rules[0].id, "BP_2");
		put_plan(&h);
		assert_int_equal(vk_memory_find(h.core, "p-1042", "BP") != NULL, change == 0);
		home_wait(&h, MINUTES(15));
		assert_int_equal(home_alert(&h, "BP") != NULL, change == 0);
		home_done(&h);
	}
}

static void an_input_of_another_line_begins_anew(void **state)
{
	struct vk_plan old;

	(void)state;
	for (int change = 0; change < 2; change++) {
		struct home h;

		begin(&h);
		h.plan.rules[2].longer_than_ms = MINUTES(10);
		home_signal(&h, "door", true);
		assert_non_null(vk_memory_find(h.core, "p-1042", "DOOR"));
		change_plan(&h, &old);
		if (change)
			put(h.plan.rules[2].signal, "window");
		put_plan(&h);
		home_wait(&h, MINUTES(10));
		assert_int_equal(home_alert(&h, "DOOR") != NULL, change == 0);
		home_done(&h);
	}
}

/* ---- in force ---- */

static void before_its_first_day_a_plan_decides_nothing(void **state)
{
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[0].has_confirm = false;
	h.plan.valid_from_utc_ms = h.now.utc_ms + HOURS(1);
	home_pressure(&h, 190, 90);
	home_signal(&h, "door", true);
	assert_null(home_alert(&h, "BP"));
	assert_null(home_alert(&h, "DOOR"));
	home_signal(&h, "door", false);
	home_wait(&h, HOURS(1));
	home_pressure(&h, 190, 90);
	home_signal(&h, "door", true);
	assert_non_null(home_alert(&h, "BP"));
	assert_non_null(home_alert(&h, "DOOR"));
	home_done(&h);
}

/* What has no time of its own is as old as it is here: judged, and no part of the days. */
static void without_a_clock_a_live_value_is_judged(void **state)
{
	struct vk_reading r;
	struct home h;

	(void)state;
	begin(&h);
	h.plan.rules[0].has_confirm = false;
	h.now.quality = VK_CLOCK_UNSYNCED;
	r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
	r.time_reason = VK_PLACED_HUB_UNSURE;
	r.time_utc_ms -= HOURS(30);
	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "190");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "90");
	home_send(&h, &r);
	assert_string_equal(home_alert(&h, "BP")->reason, "threshold");
	assert_int_equal(home_count(&h, VK_EFFECT_MEMORY, "latest"), 0);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_rule_waits_for_a_second_reading),
		cmocka_unit_test(another_persons_alert_is_not_this_rules),
		cmocka_unit_test(each_state_has_a_text),
		cmocka_unit_test(a_plan_says_how_urgent_a_fault_is),
		cmocka_unit_test(an_open_fault_is_somebodys),
		cmocka_unit_test(a_question_without_its_rule_is_forgotten),
		cmocka_unit_test(a_rule_that_means_something_else_begins_anew),
		cmocka_unit_test(an_input_of_another_line_begins_anew),
		cmocka_unit_test(before_its_first_day_a_plan_decides_nothing),
		cmocka_unit_test(without_a_clock_a_live_value_is_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
