/* SPDX-License-Identifier: Apache-2.0 */
/* The average of a home pressure protocol: what counts, which days, when it is over. */
#include <stdio.h>
#include <string.h>

#include "base/str.h"
#include "home.h"

static struct vk_rule *add(struct vk_plan *plan, const char *id, enum vk_rule_type type)
{
	struct vk_rule *rule = home_threshold(plan, id, VK_PRIORITY_MEDIUM);

	rule->type = type;
	rule->message[0] = '\0';
	return rule;
}

static void average_home(struct home *h)
{
	struct vk_plan plan;
	struct vk_rule *rule;

	home_plan(&plan);
	rule = add(&plan, "AVG", VK_RULE_AVERAGE);
	home_limit(rule, VK_QUANTITY_SYSTOLIC, 135);
	home_limit(rule, VK_QUANTITY_DIASTOLIC, 85);
	rule->over_days = 7;
	rule->min_days = 2;
	rule->discard_days = 1;
	rule->min_readings = 2;
	rule->has_clears = true;
	rule->clears_by = 5;
	home_init(h, &plan, "2026-03-02T08:00:00+01:00");
}

static void an_average_is_over_below_its_margin(void **state)
{
	struct home h;

	(void)state;
	average_home(&h);
	home_pressure(&h, 190, 110); /* the first day does not count */
	home_wait(&h, HOURS(24));
	home_pressure(&h, 136, 80);
	assert_null(home_alert(&h, "AVG")); /* one reading is not two */
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 134, 80);
	assert_true(home_alert(&h, "AVG")->is_active);
	assert_int_equal(home_alert(&h, "AVG")->priority, VK_PRIORITY_MEDIUM);
	assert_true(home_alert(&h, "AVG")->is_upper);
	assert_int_equal(home_alert(&h, "AVG")->values[0].number.mantissa, 135);
	assert_int_equal(home_alert(&h, "AVG")->values[1].number.mantissa, 80);
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 126, 75); /* 132, 78.3: inside, within the margin */
	assert_true(home_alert(&h, "AVG")->is_active);
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 124, 75); /* 130: still not below 130 */
	assert_true(home_alert(&h, "AVG")->is_active);
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 124, 75); /* 128.8, 77 */
	assert_false(home_alert(&h, "AVG")->is_active);
	home_done(&h);
}

static void the_lower_pressure_alone_raises_too(void **state)
{
	struct home h;

	(void)state;
	average_home(&h);
	home_pressure(&h, 120, 70);
	home_wait(&h, HOURS(24));
	home_pressure(&h, 120, 85);
	home_wait(&h, MINUTES(30));
	home_pressure(&h, 120, 84); /* 84.5 is 85 */
	assert_true(home_alert(&h, "AVG")->is_active);
	assert_int_equal(home_alert(&h, "AVG")->values[1].number.mantissa, 85);
	home_done(&h);
}

/* A day's reading that was somebody's only later is one of the week's; one said again is no other.
 */
static void an_average_counts_each_reading_once(void **state)
{
	static const struct {
		bool is_unsure, is_new_here;
		bool is_raised; /* by the average of two */
	} rows[] = {{false, false, false}, {false, true, true}, {true, true, true}};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_reading r;
		struct home h;

		average_home(&h);
		home_pressure(&h, 120, 70);
		home_wait(&h, HOURS(24));
		r = home_reading(&h, VK_KIND_BLOOD_PRESSURE);
		home_value(&r, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "150");
		home_value(&r, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, "80");
		if (rows[i].is_unsure) {
			r.time_reason = VK_PLACED_HUB_UNSURE;
			home_send(&h, &r);
			r.time_reason = VK_PLACED_RECEIVED;
		}
		r.rev = 1;
		r.is_new_here = rows[i].is_new_here;
		home_send(&h, &r);
		home_wait(&h, MINUTES(30));
		home_pressure(&h, 122, 80);
		assert_true(!home_alert(&h, "AVG") != rows[i].is_raised);
		home_done(&h);
	}
}

static void a_week_is_seven_days(void **state)
{
	struct home h;

	(void)state;
	average_home(&h);
	h.plan.rules[0].discard_days = 0;
	home_pressure(&h, 150, 90);
	home_wait(&h, HOURS(24 * 6));
	home_pressure(&h, 122, 78);
	assert_non_null(home_alert(&h, "AVG")); /* 136 over both */
	home_done(&h);
	average_home(&h);
	h.plan.rules[0].discard_days = 0;
	home_pressure(&h, 150, 90);
	home_wait(&h, HOURS(24 * 7));
	home_pressure(&h, 122, 78);
	assert_null(home_alert(&h, "AVG")); /* the first is eight days ago */
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_average_is_over_below_its_margin),
		cmocka_unit_test(the_lower_pressure_alone_raises_too),
		cmocka_unit_test(an_average_counts_each_reading_once),
		cmocka_unit_test(a_week_is_seven_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
