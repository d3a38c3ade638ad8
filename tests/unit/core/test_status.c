/* SPDX-License-Identifier: Apache-2.0 */
/* What a device says beside its number, and the points of what it measures. */
#include <stdio.h>
#include <string.h>

#include "core/memory.h"
#include "home.h"

static void begin(struct home *h, enum vk_rule_type type)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	rule = home_threshold(&plan, "R", VK_PRIORITY_MEDIUM);
	rule->type = type;
	rule->message[0] = '\0';
	rule->flags = UINT64_C(1) << VK_FLAG_IRREGULAR_PULSE;
	plan.has_news2 = type == VK_RULE_NEWS2;
	plan.news2.scale = 1;
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static void pressure(struct home *h, bool is_irregular, int64_t age_ms)
{
	struct vk_reading r = home_reading(h, VK_KIND_BLOOD_PRESSURE);

	home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "130");
	home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "80");
	if (is_irregular)
		vk_decoded_flag(&r.decoded, VK_FLAG_IRREGULAR_PULSE);
	r.time_utc_ms -= age_ms;
	home_send(h, &r);
}

static void a_flag_is_said_and_over_with_the_next_without(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_RULE_STATUS);
	pressure(&h, false, 0);
	assert_null(home_alert(&h, "R"));
	pressure(&h, true, 0);
	assert_string_equal(home_alert(&h, "R")->reason, "status");
	assert_int_equal(home_alert(&h, "R")->values[0].number.mantissa, 130);
	assert_int_equal(home_alert(&h, "R")->n_values, 1);
	pressure(&h, false, 0);
	assert_false(home_alert(&h, "R")->is_active);
	home_forget(&h);
	pressure(&h, false, 0); /* it is over already */
	assert_int_equal(home_count(&h, VK_EFFECT_ALERT, NULL), 0);
	home_done(&h);
}

static void three_without_are_asked_for_and_one_with_begins_anew(void **state)
{
	static const bool flags[] = {true, false, false, true, false, false};
	struct home h;

	(void)state;
	begin(&h, VK_RULE_STATUS);
	h.plan.rules[0].clears_readings = 3;
	for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++)
		pressure(&h, flags[i], 0);
	assert_true(home_alert(&h, "R")->is_active);
	assert_non_null(vk_memory_find(h.core, "p-1042", "R"));
	pressure(&h, false, 0);
	assert_false(home_alert(&h, "R")->is_active);
	assert_null(vk_memory_find(h.core, "p-1042", "R")); /* counted to the end */
	home_done(&h);
}

static void only_the_kind_that_the_rule_names(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_RULE_STATUS);
	h.plan.rules[0].has_kind = true;
	h.plan.rules[0].kind = VK_KIND_SPO2_SPOT;
	pressure(&h, true, 0);
	assert_null(home_alert(&h, "R"));
	h.plan.rules[0].kind = VK_KIND_BLOOD_PRESSURE;
	pressure(&h, true, 0);
	assert_non_null(home_alert(&h, "R"));
	h.plan.rules[0].kind = VK_KIND_SPO2_SPOT;
	pressure(&h, false, 0); /* of another kind: says nothing about its end either */
	assert_true(home_alert(&h, "R")->is_active);
	home_done(&h);
}

static void late_is_marked_and_history_is_none(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_RULE_STATUS);
	pressure(&h, true, HOURS(25));
	assert_null(home_alert(&h, "R"));
	pressure(&h, true, HOURS(2));
	assert_string_equal(home_alert(&h, "R")->reason, "status-late");
	home_done(&h);
}

/* ---- NEWS2 ---- */

static void saturation(struct home *h, const char *percent, int64_t age_ms, bool is_doubtful)
{
	struct vk_reading r = home_reading(h, VK_KIND_SPO2_SPOT);

	home_value(&r, VK_QUANTITY_SPO2, VK_UNIT_PERCENT, percent);
	if (is_doubtful)
		vk_decoded_flag(&r.decoded, VK_FLAG_QUESTIONABLE);
	r.time_utc_ms -= age_ms;
	home_send(h, &r);
}

static void one_part_or_all_of_them(void **state)
{
	static const struct {
		int points, single;
		const char *percent, *reason;
	} rows[] = {
		{3, 0, "91", "news2-partial"}, {3, 0, "92", NULL},
		{0, 3, "91", "news2-single"},  {0, 3, "92", NULL},
		{5, 3, "91", "news2-single"},  {2, 3, "92", "news2-partial"},
		{3, 3, "91", "news2-partial"}, {4, 0, "91", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		struct home h;

		begin(&h, VK_RULE_NEWS2);
		h.plan.rules[0].points = rows[i].points;
		h.plan.rules[0].single_points = rows[i].single;
		saturation(&h, rows[i].percent, 0, false);
		if (rows[i].reason)
			assert_string_equal(home_alert(&h, "R")->reason, rows[i].reason);
		else
			assert_null(home_alert(&h, "R"));
		home_done(&h);
	}
}

static void only_fresh_and_sound_values_give_points(void **state)
{
	struct home h;

	(void)state;
	begin(&h, VK_RULE_NEWS2);
	h.plan.rules[0].single_points = 3;
	saturation(&h, "85", 0, true);
	saturation(&h, "85", HOURS(2), false);
	assert_null(home_alert(&h, "R"));
	saturation(&h, "85", 0, false);
	assert_true(home_alert(&h, "R")->is_active);
	home_wait(&h, MINUTES(10));
	saturation(&h, "97", 0, false);
	assert_false(home_alert(&h, "R")->is_active);
	home_done(&h);
}

/* The plan says that the patient breathes it: no kit measures that. */
static void oxygen_is_two_points(void **state)
{
	(void)state;
	for (int is_on_oxygen = 0; is_on_oxygen < 2; is_on_oxygen++) {
		struct home h;

		begin(&h, VK_RULE_NEWS2);
		h.plan.news2.is_on_oxygen = is_on_oxygen;
		h.plan.rules[0].points = 5;
		saturation(&h, "91", 0, false); /* three */
		assert_int_equal(home_alert(&h, "R") != NULL, is_on_oxygen);
		home_done(&h);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_flag_is_said_and_over_with_the_next_without),
		cmocka_unit_test(three_without_are_asked_for_and_one_with_begins_anew),
		cmocka_unit_test(only_the_kind_that_the_rule_names),
		cmocka_unit_test(late_is_marked_and_history_is_none),
		cmocka_unit_test(one_part_or_all_of_them),
		cmocka_unit_test(only_fresh_and_sound_values_give_points),
		cmocka_unit_test(oxygen_is_two_points),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
