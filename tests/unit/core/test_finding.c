/* SPDX-License-Identifier: Apache-2.0 */
/* What a rule found, merged into its episode: the worst is kept, nothing is counted twice. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "core/finding.h"
#include "core/memory.h"
#include "core/trend.h"
#include "home.h"

static struct vk_finding found(int64_t pressure, const char *reading)
{
	struct vk_finding f;

	memset(&f, 0, sizeof f);
	f.patient = "p-1";
	f.rule = "BP";
	f.reason = "threshold";
	f.is_upper = true;
	f.n_values = 1;
	f.values[0] = (struct vk_value){
		VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE, {pressure, 0}};
	f.n_readings = 1;
	f.readings[0] = reading;
	return f;
}

static void the_worst_is_kept_behind_the_latest(void **state)
{
	struct vk_alert *alert = test_calloc(1, sizeof *alert);
	struct vk_finding f = found(190, "r1");

	(void)state;
	vk_finding_take(alert, &f);
	f = found(181, "r2");
	vk_finding_take(alert, &f);
	assert_int_equal(alert->n_values, 2);
	assert_int_equal(alert->values[0].number.mantissa, 181);
	assert_int_equal(alert->values[1].number.mantissa, 190);
	f = found(190, "r3"); /* as bad: only once */
	vk_finding_take(alert, &f);
	assert_int_equal(alert->n_values, 1);
	f = found(70, "r4");
	f.is_upper = false; /* and downwards */
	vk_finding_take(alert, &f);
	assert_int_equal(alert->n_values, 1);
	f = found(80, "r5");
	f.is_upper = false;
	vk_finding_take(alert, &f);
	assert_int_equal(alert->values[1].number.mantissa, 70);
	assert_int_equal(alert->count, 5);
	test_free(alert);
}

/* LO has no number: it is neither worse nor better than one. */
static void without_a_number_nothing_is_compared(void **state)
{
	struct vk_alert *alert = test_calloc(1, sizeof *alert);
	struct vk_finding f = found(190, "r1");

	(void)state;
	f.values[0].absent = VK_ABSENT_NEGATIVE_INFINITY;
	vk_finding_take(alert, &f);
	vk_finding_told(alert, &f);
	assert_int_equal(alert->n_told, 0);
	assert_false(vk_finding_is_worse(&f, alert, 1));
	f = found(185, "r2");
	vk_finding_take(alert, &f);
	assert_int_equal(alert->n_values, 1);
	assert_int_equal(alert->values[0].number.mantissa, 185);
	assert_false(vk_finding_is_worse(&f, alert, 1)); /* nothing had been told */
	vk_finding_told(alert, &f);
	f.values[0].absent = VK_ABSENT_NEGATIVE_INFINITY;
	vk_finding_take(alert, &f);
	assert_int_equal(alert->n_values, 1);
	assert_false(vk_finding_is_worse(&f, alert, 1));
	test_free(alert);
}

static void a_reading_counts_once(void **state)
{
	struct vk_alert *alert = test_calloc(1, sizeof *alert);
	struct vk_finding f = found(190, "r1");

	(void)state;
	vk_finding_take(alert, &f);
	vk_finding_take(alert, &f);
	assert_int_equal(alert->count, 1);
	f.readings[f.n_readings++] = "r2"; /* one of two is new */
	vk_finding_take(alert, &f);
	assert_int_equal(alert->count, 2);
	assert_int_equal(alert->n_readings, 2);
	f = found(190, "");
	vk_finding_take(alert, &f);
	assert_int_equal(alert->count, 2);
	assert_int_equal(alert->n_readings, 2);
	f.n_readings = 0; /* a finding of no reading at all counts each time */
	vk_finding_take(alert, &f);
	assert_int_equal(alert->count, 3);
	for (int i = 0; i < VK_MAX_ALERT_READINGS; i++) {
		char id[8];

		(void)snprintf(id, sizeof id, "s%d", i);
		f = found(190, id);
		vk_finding_take(alert, &f);
	}
	assert_int_equal(alert->n_readings, VK_MAX_ALERT_READINGS);
	assert_false(vk_alert_rests_on(alert, "r2"));
	assert_true(vk_alert_rests_on(alert, "s0"));
	vk_alert_drop_reading(alert, "s0");
	assert_int_equal(alert->n_readings, VK_MAX_ALERT_READINGS - 1);
	assert_string_equal(alert->readings[0], "s1");
	assert_string_equal(alert->readings[VK_MAX_ALERT_READINGS - 1], "");
	test_free(alert);
}

static void worse_is_so_much_beyond_what_was_told(void **state)
{
	struct vk_alert *alert = test_calloc(1, sizeof *alert);
	struct vk_finding f = found(180, "r1");

	(void)state;
	vk_finding_told(alert, &f);
	f = found(189, "r2");
	assert_false(vk_finding_is_worse(&f, alert, 10));
	f = found(190, "r3");
	assert_true(vk_finding_is_worse(&f, alert, 10));
	assert_false(vk_finding_is_worse(&f, alert, 0)); /* the plan does not ask for it */
	vk_finding_told(alert, &f);
	f = found(185, "r4");
	vk_finding_told(alert, &f); /* less bad than what is known */
	assert_int_equal(alert->n_told, 1);
	assert_int_equal(alert->told[0].number.mantissa, 190);
	f = found(170, "r5");
	f.is_upper = false;
	assert_true(vk_finding_is_worse(&f, alert, 20));
	assert_false(vk_finding_is_worse(&f, alert, 21));
	test_free(alert);
}

static struct vk_finding both(int64_t systolic, int64_t diastolic, uint32_t beyond)
{
	struct vk_finding f = found(systolic, "r1");

	f.n_values = 2;
	f.values[1] = (struct vk_value){
		VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE, {diastolic, 0}};
	f.worst = !(beyond & 1);
	f.beyond = beyond;
	f.upper = 3;
	return f;
}

/* Each quantity against what was told of itself; one that nobody was told of is news. */
static void worse_is_of_the_same_quantity(void **state)
{
	struct vk_alert *alert = test_calloc(1, sizeof *alert);
	struct vk_finding f = both(185, 95, 1);

	(void)state;
	vk_finding_told(alert, &f);
	assert_int_equal(alert->n_told, 1); /* 95 is not beyond its limit */
	f = both(185, 121, 2);
	assert_true(vk_finding_is_worse(&f, alert, 10));
	assert_false(vk_finding_is_worse(&f, alert, 0));
	f = both(186, 121, 3);
	assert_true(vk_finding_is_worse(&f, alert, 10)); /* behind the worst, and new */
	vk_finding_told(alert, &f);
	assert_int_equal(alert->n_told, 2);
	f = both(185, 121, 2);
	assert_false(vk_finding_is_worse(&f, alert, 10)); /* 121 is no less bad than 186 */
	f = both(195, 130, 3);
	assert_false(vk_finding_is_worse(&f, alert, 10));
	f = both(195, 131, 3);
	assert_true(vk_finding_is_worse(&f, alert, 10));
	f = both(196, 121, 1);
	assert_true(vk_finding_is_worse(&f, alert, 10));
	f = both(185, 140, 1); /* inside its own limit: not judged */
	assert_false(vk_finding_is_worse(&f, alert, 10));
	f = both(185, 100, 3);
	f.upper = 1; /* … where less is worse */
	assert_true(vk_finding_is_worse(&f, alert, 10));
	f.values[1].absent = VK_ABSENT_ERROR;
	assert_false(vk_finding_is_worse(&f, alert, 10));
	test_free(alert);
}

/* A plan may change under an episode: without room for more, more is no news each time. */
static void told_of_has_a_bound(void **state)
{
	struct vk_alert *alert = test_calloc(1, sizeof *alert);
	struct vk_finding f = found(190, "r1");

	(void)state;
	for (int i = 0; i <= VK_MAX_TOLD; i++) {
		f.values[0] = (struct vk_value){(enum vk_quantity)(VK_QUANTITY_SYSTOLIC + i),
						i < 3 ? VK_UNIT_MMHG : VK_UNIT_PER_MIN,
						VK_ABSENT_NONE,
						{100, 0}};
		assert_int_equal(vk_finding_is_worse(&f, alert, 10), i > 0 && i < VK_MAX_TOLD);
		vk_finding_told(alert, &f);
	}
	assert_int_equal(alert->n_told, VK_MAX_TOLD);
	test_free(alert);
}

/* What is said again after its episode has ended raises nothing; what is news does. */
static void ended_with_the_same_value(void **state)
{
	struct vk_core *core = test_calloc(1, sizeof *core);
	struct vk_ended *ended = &core->ended[0];
	struct vk_finding f = found(190, "r1");

	(void)state;
	assert_false(vk_finding_has_ended(core, &f));
	core->n_ended = 1;
	(void)snprintf(ended->patient, VK_ID_TEXT, "p-1");
	(void)snprintf(ended->rule, VK_ID_TEXT, "BP");
	(void)snprintf(ended->readings[0], VK_UUID_TEXT, "r1");
	ended->n_readings = 1;
	ended->values[0] = f.values[0];
	ended->n_values = 1;
	assert_true(vk_finding_has_ended(core, &f));
	f.values[0].number.mantissa = 191;
	assert_false(vk_finding_has_ended(core, &f));
	f = found(190, "r2");
	assert_false(vk_finding_has_ended(core, &f));
	f = found(190, "r1");
	f.values[0].quantity = VK_QUANTITY_DIASTOLIC;
	assert_false(vk_finding_has_ended(core, &f));
	f = found(190, "r1");
	f.patient = "p-2";
	assert_false(vk_finding_has_ended(core, &f));
	f = found(190, "r1");
	f.rule = "BP_2";
	assert_false(vk_finding_has_ended(core, &f));
	f = found(190, "r1");
	f.n_values = 0;
	assert_true(vk_finding_has_ended(core, &f));
	f.n_readings = 0;
	assert_false(vk_finding_has_ended(core, &f));
	f = found(190, "r1");
	ended->values[0].absent = VK_ABSENT_ERROR;
	assert_false(vk_finding_has_ended(core, &f));
	f.values[0].absent = VK_ABSENT_ERROR;
	assert_true(vk_finding_has_ended(core, &f));
	test_free(core);
}

/* ---- days ---- */

/* Fourteen places: a newer day pushes out the oldest, an older one than all is not kept. */
static void days_have_a_bound(void **state)
{
	struct vk_rule_memory memory;

	(void)state;
	memset(&memory, 0, sizeof memory);
	for (int i = 0; i < VK_RULE_DAYS; i++)
		vk_days_add(&memory, 100 + 2 * i, i);
	vk_days_add(&memory, 99, 77);
	assert_int_equal(memory.days[0], 100);
	vk_days_add(&memory, 100, 77); /* the first of a day stays */
	assert_int_equal(memory.day_values[0], 0);
	vk_days_add(&memory, 103, 77);
	assert_int_equal(memory.n_days, VK_RULE_DAYS);
	assert_int_equal(memory.days[0], 102);
	assert_int_equal(memory.days[1], 103);
	assert_int_equal(memory.day_values[1], 77);
	assert_int_equal(memory.days[2], 104);
	vk_days_remove(&memory, 103, 78);
	assert_int_equal(memory.n_days, VK_RULE_DAYS);
	vk_days_remove(&memory, 103, 77);
	assert_int_equal(memory.n_days, VK_RULE_DAYS - 1);
	assert_int_equal(memory.days[1], 104);
	assert_int_equal(memory.days[VK_RULE_DAYS - 1], 0);
}

static void a_median_is_of_enough_days(void **state)
{
	struct vk_rule_memory memory;
	int64_t median;

	(void)state;
	memset(&memory, 0, sizeof memory);
	assert_false(vk_trend_median(&memory, 0, 10, 0, &median));
	vk_days_add(&memory, 1, 70);
	vk_days_add(&memory, 2, 90);
	vk_days_add(&memory, 3, 75);
	vk_days_add(&memory, 4, 80);
	assert_true(vk_trend_median(&memory, 1, 4, 4, &median));
	assert_int_equal(median, 78); /* 77.5 */
	assert_false(vk_trend_median(&memory, 1, 4, 5, &median));
	assert_false(vk_trend_median(&memory, 2, 4, 4, &median));
	assert_true(vk_trend_median(&memory, 1, 3, 3, &median));
	assert_int_equal(median, 75);
}

/* Where nothing was ever measured nothing is known, whatever stood there before. */
static void of_a_stranger_nothing_is_known(void **state)
{
	struct vk_core *core = test_calloc(1, sizeof *core);
	struct vk_before before[VK_N_QUANTITIES];

	(void)state;
	vk_core_init(core);
	for (int i = 0; i < VK_N_QUANTITIES; i++)
		before[i] = (struct vk_before){120, 60000};
	vk_trend_latest(core, "p-1", before);
	for (int i = 0; i < VK_N_QUANTITIES; i++)
		assert_true(before[i].utc_ms == VK_NEVER);
	test_free(core);
}

static void a_memory_too_many_is_refused(void **state)
{
	struct vk_core *core = test_calloc(1, sizeof *core);
	struct vk_rule_memory memory;
	char name[VK_ID_TEXT];

	(void)state;
	vk_core_init(core);
	for (int i = 0; i <= VK_MAX_MEMORIES; i++) {
		(void)snprintf(name, sizeof name, "R%04d", i);
		memory = vk_memory_empty("p-1", name);
		memory.n_clear = 1;
		assert_int_equal(vk_core_restore_memory(core, &memory),
				 i < VK_MAX_MEMORIES ? 0 : -ENOSPC);
	}
	assert_int_equal(core->n_memories, VK_MAX_MEMORIES);
	memory = vk_memory_empty("p-1", "R0000"); /* one that is known has its place */
	memory.n_clear = 2;
	assert_int_equal(vk_core_restore_memory(core, &memory), 0);
	assert_int_equal(vk_memory_get(core, "p-1", "R0000").n_clear, 2);
	test_free(core);
}

/* ---- the latest and the days ---- */

static void pulse(struct home *h, const char *value, int64_t age_ms)
{
	struct vk_reading r = home_reading(h, VK_KIND_SPO2_SPOT);

	home_value(&r, VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, value);
	r.time_utc_ms -= age_ms;
	home_send(h, &r);
}

static int64_t latest_pulse(const struct home *h)
{
	struct vk_before latest[VK_N_QUANTITIES];

	vk_trend_latest(h->core, "p-1042", latest);
	return latest[VK_QUANTITY_PULSE_RATE].scaled;
}

/* One that comes late is no news; one far from the one before is no day's value. */
static void the_latest_is_the_youngest_measured(void **state)
{
	struct vk_plan plan;
	struct vk_rule_memory days;
	struct home h;

	(void)state;
	home_plan(&plan);
	home_init(&h, &plan, "2026-03-02T23:58:00+01:00");
	pulse(&h, "70", 0);
	pulse(&h, "60", MINUTES(30));
	assert_int_equal(latest_pulse(&h), 70);
	home_wait(&h, MINUTES(3)); /* another day */
	pulse(&h, "120", 0);
	assert_int_equal(latest_pulse(&h), 120);
	days = vk_trend_of(h.core, "p-1042", VK_QUANTITY_PULSE_RATE);
	assert_int_equal(days.n_days, 1);
	home_wait(&h, MINUTES(1));
	pulse(&h, "118", 0); /* two that agree are believed */
	days = vk_trend_of(h.core, "p-1042", VK_QUANTITY_PULSE_RATE);
	assert_int_equal(days.n_days, 2);
	assert_int_equal(days.day_values[1], 118);
	home_done(&h);
}

static void a_baseline_tells_the_value_and_the_median(void **state)
{
	const struct vk_alert *alert;
	struct vk_plan plan;
	struct vk_rule *rule;
	struct home h;

	(void)state;
	home_plan(&plan);
	rule = home_threshold(&plan, "P_OWN", VK_PRIORITY_MEDIUM);
	rule->type = VK_RULE_BASELINE;
	rule->quantity = VK_QUANTITY_WEIGHT;
	rule->is_up = true;
	rule->by = 15;
	rule->over_days = 14;
	rule->min_days = 3;
	rule->for_days = 1;
	home_init(&h, &plan, "2026-03-02T08:00:00+01:00");
	for (int i = 0; i < 3; i++) {
		home_weight(&h, "78.0");
		home_wait(&h, HOURS(24));
	}
	home_weight(&h, "79.4");
	assert_null(home_alert(&h, "P_OWN"));
	home_weight(&h, "79.5");
	alert = home_alert(&h, "P_OWN");
	assert_int_equal(alert->priority, VK_PRIORITY_MEDIUM);
	assert_int_equal(alert->class_, VK_ALERT_CLINICAL);
	assert_true(alert->is_upper);
	assert_string_equal(alert->reason, "baseline");
	assert_int_equal(alert->n_values, 2);
	assert_int_equal(alert->values[0].number.mantissa, 795);
	assert_int_equal(alert->values[0].number.exponent, -1);
	assert_int_equal(alert->values[1].number.mantissa, 780);
	assert_int_equal(alert->values[1].number.exponent, -1);
	assert_int_equal(alert->values[1].quantity, VK_QUANTITY_WEIGHT);
	assert_int_equal(alert->values[1].unit, VK_UNIT_KG);
	home_done(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_worst_is_kept_behind_the_latest),
		cmocka_unit_test(without_a_number_nothing_is_compared),
		cmocka_unit_test(a_reading_counts_once),
		cmocka_unit_test(worse_is_so_much_beyond_what_was_told),
		cmocka_unit_test(worse_is_of_the_same_quantity),
		cmocka_unit_test(told_of_has_a_bound),
		cmocka_unit_test(ended_with_the_same_value),
		cmocka_unit_test(days_have_a_bound),
		cmocka_unit_test(a_median_is_of_enough_days),
		cmocka_unit_test(of_a_stranger_nothing_is_known),
		cmocka_unit_test(a_memory_too_many_is_refused),
		cmocka_unit_test(the_latest_is_the_youngest_measured),
		cmocka_unit_test(a_baseline_tells_the_value_and_the_median),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
