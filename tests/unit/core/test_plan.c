/* SPDX-License-Identifier: Apache-2.0 */
/* Plans: the examples mean what they say, and every mistake has its place. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "../conf/wants.h"
#include "conf/yaml.h"
#include "conf/zone.h"
#include "core/core.h"
#include "core/plan.h"
#include "core/plan_notes.h"

#define PLANS VAKA_SOURCE_DIR "/config/plans/"
#define DATA  VAKA_SOURCE_DIR "/tests/data/plans/"

static int read_plan(const char *path, struct vk_problems *problems, struct vk_plan *ret_plan)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	int r = vk_conf_read_file(path, problems, &root, NULL, NULL);

	return r ? r : vk_plan_parse(root, vk_zone_load, NULL, problems, ret_plan);
}

static void load(const char *path, struct vk_plan *ret_plan)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	int r = read_plan(path, &problems, ret_plan);

	if (r)
		print_error("%s", problems.text.text);
	assert_int_equal(r, 0);
}

static void the_example_is_read_whole(void **state)
{
	struct vk_plan plan = {0};

	(void)state;
	load(PLANS "heart-failure.yaml", &plan);
	assert_string_equal(plan.patient, "p-1042");
	assert_int_equal(plan.version, 1);
	assert_string_equal(plan.author, "dr-17");
	assert_string_equal(plan.author_role, "physician");
	assert_int_equal(plan.valid_from_utc_ms, INT64_C(1772319600000));
	assert_true(plan.valid_until_utc_ms == VK_NEVER);
	assert_string_equal(plan.zone.name, "Europe/Stockholm");
	assert_int_equal(vk_zone_offset_s(&plan.zone, 1772319600), 3600);
	assert_true(plan.is_alerting);
	assert_false(plan.is_local_only);
	assert_string_equal(plan.contact.en, "Heart failure clinic 0155-00 00 00");
	assert_int_equal(plan.n_expects, 3);
	assert_true(plan.expects[0].has_band);
	assert_int_equal(plan.expects[0].band_least, 700);
	assert_int_equal(plan.expects[0].band_most, 950);
	assert_false(plan.expects[1].has_band);
	assert_int_equal(plan.schedules[0].from_s, 6 * 3600);
	assert_int_equal(plan.schedules[0].remind_after_ms, 2 * 3600000);
	assert_int_equal(plan.n_messages, 3);
	assert_non_null(vk_plan_message(&plan, "rest-and-call"));
	assert_null(vk_plan_message(&plan, "rest"));
	assert_null(vk_plan_message(&plan, ""));
	assert_null(vk_plan_rule(&plan, ""));
	assert_true(plan.has_quiet);
	assert_int_equal(plan.consents[0].given_day, vk_civil_day(2026, 2, 10));
	assert_int_equal(plan.consents[0].withdrawn_day, INT32_MAX);
}

static void a_change_rule_counts_in_the_table_s_decimals(void **state)
{
	struct vk_plan plan = {0};
	const struct vk_rule *rule;

	(void)state;
	load(PLANS "heart-failure.yaml", &plan);
	rule = vk_plan_rule(&plan, "W_GAIN_3D");
	assert_non_null(rule);
	assert_int_equal(rule->type, VK_RULE_CHANGE);
	assert_int_equal(rule->quantity, VK_QUANTITY_WEIGHT);
	assert_true(rule->is_up);
	assert_false(rule->is_down);
	assert_int_equal(rule->by, 20);
	assert_int_equal(rule->over_days, 3);
	assert_int_equal(rule->priority, VK_PRIORITY_MEDIUM);
	assert_string_equal(rule->message, "more-diuretic");
	assert_true(rule->has_clears);
	assert_int_equal(rule->clears_by, 10);
	assert_int_equal(rule->clears_days, 2);
}

static void a_threshold_has_any_of_its_conditions(void **state)
{
	struct vk_plan plan = {0};
	const struct vk_rule *rule;

	(void)state;
	load(PLANS "heart-failure.yaml", &plan);
	rule = vk_plan_rule(&plan, "BP_CRISIS");
	assert_int_equal(rule->n_conditions, 2);
	assert_int_equal(rule->conditions[0].quantity, VK_QUANTITY_SYSTOLIC);
	assert_true(rule->conditions[0].has_at_least);
	assert_int_equal(rule->conditions[0].at_least, 180);
	assert_int_equal(rule->conditions[1].at_least, 120);
	assert_false(rule->conditions[1].has_above);
	assert_true(rule->has_confirm);
	assert_int_equal(rule->confirm_after_ms, 300000);
	assert_int_equal(rule->confirm_within_ms, 900000);
	assert_int_equal(rule->clears_by, 10);
	load(PLANS "blood-pressure.yaml", &plan);
	assert_false(vk_plan_rule(&plan, "BP_CRISIS")->has_confirm);
}

static void checks_and_ladders(void **state)
{
	struct vk_plan plan = {0};

	(void)state;
	load(PLANS "heart-failure.yaml", &plan);
	assert_int_equal(plan.n_checks, 1);
	assert_string_equal(plan.checks[0].name, "night");
	assert_int_equal(plan.checks[0].n_at, 2);
	assert_int_equal(plan.checks[0].at_s[1], 2 * 3600 + 45 * 60);
	assert_int_equal(plan.checks[0].view_ms, 30000);
	assert_int_equal(plan.checks[0].recheck_after_ms, 900000);
	assert_int_equal(plan.checks[0].n_on, 1);
	assert_string_equal(plan.checks[0].on[0], "bed-exit");
	assert_int_equal(plan.escalation[VK_PRIORITY_HIGH].n, 3);
	assert_string_equal(plan.escalation[VK_PRIORITY_HIGH].steps[2].to, "alarm-centre");
	assert_int_equal(plan.escalation[VK_PRIORITY_HIGH].steps[2].after_ms, 600000);
	assert_int_equal(plan.escalation[VK_PRIORITY_LOW].n, 0);
}

static void every_mistake_has_its_place(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_plan plan = {0};

	(void)state;
	assert_int_equal(read_plan(DATA "mistakes.yaml", &problems, &plan), -EINVAL);
	wants_compare(DATA "mistakes.yaml", &problems);
}

static void every_ready_made_plan_is_without_mistake(void **state)
{
	static const char *const names[] = {"heart-failure", "blood-pressure", "hypertension",
					    "diabetes",      "copd",           "night-supervision"};
	struct vk_plan plan = {0};
	char path[256];

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(names); i++) {
		(void)snprintf(path, sizeof path, PLANS "%s.yaml", names[i]);
		load(path, &plan);
		assert_true(plan.n_rules > 0);
		for (int k = 0; k < plan.n_rules; k++)
			assert_true(plan.rules[k].line > 0);
		for (int k = 0; k < plan.n_messages; k++)
			assert_string_not_equal(plan.messages[k].text.sv, plan.messages[k].text.en);
	}
}

static void what_a_plan_does_not_say_is_said_by_the_table(void **state)
{
	struct vk_plan plan = {0};

	(void)state;
	load(PLANS "hypertension.yaml", &plan);
	assert_int_equal(plan.alerts.remind_after_ms, 4 * 3600000);
	assert_int_equal(plan.alerts.unreceived[VK_PRIORITY_HIGH].second_path_ms, 120000);
	assert_int_equal(plan.alerts.unreceived[VK_PRIORITY_HIGH].lamp_ms, 120000);
	assert_true(plan.alerts.unreceived[VK_PRIORITY_LOW].lamp_ms == VK_NEVER);
	assert_int_equal(plan.alerts.storm_count, 4);
	assert_int_equal(plan.alerts.n_work_lists, 2);
	assert_int_equal(plan.alerts.work_list_s[1], 15 * 3600);
	assert_int_equal(plan.schedules[0].early_ms, 3600000);
	assert_int_equal(vk_plan_rule(&plan, "BP_HIGH_AVG")->over_days, 7);
	assert_int_equal(vk_plan_rule(&plan, "BP_HIGH_AVG")->min_readings, 12);
	assert_int_equal(vk_plan_rule(&plan, "BP_HIGH")->repeat_times, 2);
	assert_int_equal(vk_plan_rule(&plan, "BP_HIGH")->worse_by, 10);
	assert_int_equal(vk_plan_rule(&plan, "BP_HIGH")->clears_apart_ms, 300000);
	assert_int_equal(vk_plan_rule(&plan, "BP_CRISIS")->unconfirmed, VK_PRIORITY_MEDIUM);
	load(PLANS "night-supervision.yaml", &plan);
	assert_int_equal(plan.checks[0].claim_escalate_ms, 900000);
	assert_int_equal(plan.checks[0].view_start_ms, 60000);
	assert_int_equal(vk_plan_rule(&plan, "CALL")->snooze, VK_SNOOZE_FORBIDDEN);
	assert_int_equal(vk_plan_rule(&plan, "MAINS_LOST")->class_, VK_RULE_MACHINE);
	assert_true(vk_plan_rule(&plan, "OUT_OF_BED")->has_during);
	load(PLANS "copd.yaml", &plan);
	assert_true(plan.has_news2);
	assert_int_equal(plan.news2.scale, 2);
	assert_true(plan.news2.is_on_oxygen);
	load(PLANS "diabetes.yaml", &plan);
	assert_int_equal(vk_plan_rule(&plan, "G_LOW_2")->retest_within_ms, 20 * 60000);
	assert_true(vk_plan_rule(&plan, "G_LO")->has_kind);
	assert_true(vk_plan_rule(&plan, "G_LO")->flags == UINT64_C(1) << VK_FLAG_RESULT_LOW);
}

static void refused(const char *path)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_plan plan = {0};

	assert_int_equal(read_plan(path, &problems, &plan), -EINVAL);
	wants_compare(path, &problems);
}

static void rules_that_never_fire_or_end_are_refused(void **state)
{
	(void)state;
	refused(DATA "dead.yaml");
}

static void values_of_another_form_are_refused(void **state)
{
	(void)state;
	refused(DATA "forms.yaml");
}

static void what_could_not_be_read_is_told_once(void **state)
{
	(void)state;
	refused(DATA "once.yaml");
}

static void limits_at_the_ends_of_what_is_accepted(void **state)
{
	(void)state;
	refused(DATA "ends.yaml");
	refused(DATA "never.yaml");
}

static void a_stricter_rule_may_be_more_urgent(void **state)
{
	struct vk_plan plan = {0};

	(void)state;
	load(DATA "near.yaml", &plan);
	assert_int_equal(plan.n_rules, 24);
	assert_true(plan.is_local_only);
	assert_int_equal(plan.consents[0].withdrawn_day, vk_civil_day(2027, 2, 10));
	assert_int_equal(plan.pauses[0].until_utc_ms - plan.pauses[0].from_utc_ms, 86400000);
	assert_int_equal(plan.checks[0].n_at, 0);
	assert_string_equal(plan.news2.order, "o-7");
}

/* Limits that count from a target are limits like any other; near is not the same. */
static void rules_beside_each_other_are_kept(void **state)
{
	struct vk_plan plan = {0};
	const struct vk_condition *c;

	(void)state;
	load(DATA "beside.yaml", &plan);
	assert_int_equal(plan.n_rules, 24);
	c = vk_plan_rule(&plan, "J")->conditions;
	assert_true(c[0].has_at_most && c[1].has_above);
	assert_int_equal(c[0].at_most, 702);
	assert_int_equal(c[1].above, 830);
	assert_int_equal(plan.plausible[0].question_most, 250);
	assert_int_equal(plan.schedules[1].until_s, 0);
}

static void keep_note(const struct vk_plan_note *note, void *user)
{
	struct vk_plan_note *notes = user;

	while (notes->what)
		notes++;
	*notes = *note;
}

/* clinical.md 8: 02:30 is done at 03:00 in spring, and once in autumn, the first time. */
static void times_on_the_days_that_change_the_clock_are_noted(void **state)
{
	struct vk_plan_note notes[8] = {0};
	struct vk_plan plan = {0};

	(void)state;
	load(PLANS "heart-failure.yaml", &plan);
	plan.checks[0].at_s[0] = 2 * 3600 + 30 * 60;
	plan.checks[0].at_s[1] = 3 * 3600;
	vk_plan_notes(&plan, keep_note, notes);
	assert_string_equal(notes[0].id, "night");
	assert_true(notes[0].is_left_out);
	assert_int_equal(notes[0].day, vk_civil_day(2026, 3, 29));
	assert_int_equal(notes[0].done_utc_ms, INT64_C(1774746000000)); /* 03:00+02:00 */
	assert_false(notes[1].is_left_out);
	assert_int_equal(notes[1].day, vk_civil_day(2026, 10, 25));
	assert_int_equal(notes[1].done_utc_ms, INT64_C(1792888200000)); /* 02:30+02:00 */
	assert_null(notes[2].what);
}

static void rules_in_the_shadow_of_another_are_refused(void **state)
{
	(void)state;
	refused(DATA "shadows.yaml");
}

static void an_empty_map_lacks_all_it_needs(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_plan plan = {0};

	(void)state;
	assert_int_equal(read_plan(DATA "empty.yaml", &problems, &plan), -EINVAL);
	wants_compare(DATA "empty.yaml", &problems);
}

/* A plan of one rule, as JSON on one line, so that only the rule's text differs. */
static int parse_rule(const char *rule, struct vk_problems *problems, struct vk_plan *ret_plan)
{
	vk_auto(vk_node_freep) struct vk_node *root = NULL;
	char text[1024];
	int n = snprintf(text, sizeof text,
			 "{\"vaka_plan\":1,\"patient\":\"p-1\",\"version\":1,"
			 "\"author\":{\"id\":\"dr-17\",\"role\":\"physician\"},"
			 "\"valid\":{\"from\":\"2026-03-01T00:00:00Z\"},\"zone\":\"UTC\","
			 "\"escalation\":{\"high\":[{\"to\":\"n\",\"after\":\"0min\"}]},"
			 "\"rules\":[{\"id\":\"R\",\"priority\":\"high\",%s}]}",
			 rule);
	int r = vk_conf_read(text, (size_t)n, problems, &root);

	return r ? r : vk_plan_parse(root, vk_zone_load, NULL, problems, ret_plan);
}

static void limits_lie_where_values_can_be(void **state)
{
	static const struct {
		const char *limit;
		int expected;
	} cases[] = {
		{"\"at_least\":41", 0},
		{"\"at_least\":\"280\"", 0},
		{"\"at_least\":40", -EINVAL},
		/* every value is */ {"\"at_least\":39", -EINVAL},
		{"\"at_least\":\"281\"", -EINVAL},
		{"\"below\":\"90.0\"", 0},
		{"\"below\":\"90.5\"", -EINVAL},
		{"\"below\":\"-90\"", -EINVAL},
		{"\"below\":null", -EINVAL},
		{"\"below\":[90]", -EINVAL},
		{"\"below\":\"\"", -EINVAL},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		vk_auto(vk_problems_done) struct vk_problems problems = {0};
		struct vk_plan plan = {0};
		char rule[160];

		(void)snprintf(rule, sizeof rule,
			       "\"type\":\"threshold\",\"any\":[{\"quantity\":\"systolic\",%s}]",
			       cases[i].limit);
		assert_int_equal(parse_rule(rule, &problems, &plan), cases[i].expected);
		assert_int_equal(problems.n, cases[i].expected ? 1 : 0);
	}
}

static void a_threshold_s_margin_is_scaled(void **state)
{
	vk_auto(vk_problems_done) struct vk_problems problems = {0};
	struct vk_plan plan = {0};

	(void)state;
	assert_int_equal(parse_rule("\"type\":\"threshold\",\"any\":[{\"quantity\":\"glucose\","
				    "\"below\":\"3.9\"}],\"clears\":{\"by\":0.5}",
				    &problems, &plan),
			 0);
	assert_int_equal(plan.rules[0].conditions[0].below, 39);
	assert_true(plan.rules[0].has_clears);
	assert_int_equal(plan.rules[0].clears_by, 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_is_read_whole),
		cmocka_unit_test(a_change_rule_counts_in_the_table_s_decimals),
		cmocka_unit_test(a_threshold_has_any_of_its_conditions),
		cmocka_unit_test(checks_and_ladders),
		cmocka_unit_test(every_mistake_has_its_place),
		cmocka_unit_test(every_ready_made_plan_is_without_mistake),
		cmocka_unit_test(what_a_plan_does_not_say_is_said_by_the_table),
		cmocka_unit_test(rules_that_never_fire_or_end_are_refused),
		cmocka_unit_test(values_of_another_form_are_refused),
		cmocka_unit_test(rules_beside_each_other_are_kept),
		cmocka_unit_test(times_on_the_days_that_change_the_clock_are_noted),
		cmocka_unit_test(what_could_not_be_read_is_told_once),
		cmocka_unit_test(limits_at_the_ends_of_what_is_accepted),
		cmocka_unit_test(a_stricter_rule_may_be_more_urgent),
		cmocka_unit_test(rules_in_the_shadow_of_another_are_refused),
		cmocka_unit_test(an_empty_map_lacks_all_it_needs),
		cmocka_unit_test(limits_lie_where_values_can_be),
		cmocka_unit_test(a_threshold_s_margin_is_scaled),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
