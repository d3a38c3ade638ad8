/* SPDX-License-Identifier: Apache-2.0 */
/* Values that cannot be, and such as hardly can: what a plan says of them, and their neighbours. */
#include <string.h>

#include "core/plausible.h"
#include "core/quantity.h"
#include "home.h"

#define BIT(quantity) (UINT32_C(1) << (quantity))

enum { NOW = 1000000000 };

static struct vk_decoded one(enum vk_quantity quantity, enum vk_unit unit, int64_t mantissa,
			     int exponent)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);

	vk_decoded_add(&d, quantity, unit, VK_ABSENT_NONE,
		       (struct vk_decimal){mantissa, (int8_t)exponent});
	return d;
}

static struct vk_doubt judge(const struct vk_plan *plan, const struct vk_decoded *d)
{
	struct vk_before before[VK_N_QUANTITIES];

	for (int i = 0; i < VK_N_QUANTITIES; i++)
		before[i] = (struct vk_before){0, VK_NEVER};
	return vk_plausible(plan, d, before, NOW);
}

/* What the plan does not say of a quantity is the table's, each of the two by itself. */
static void a_plan_may_say_half(void **state)
{
	static const struct {
		struct vk_plan_plausible said;
		int64_t value;
		bool is_rejected, is_questioned;
	} rows[] = {
		{{VK_QUANTITY_SYSTOLIC, true, false, 60, 220, 0, 0}, 221, true, false},
		{{VK_QUANTITY_SYSTOLIC, true, false, 60, 250, 0, 0}, 241, false, true},
		{{VK_QUANTITY_SYSTOLIC, true, false, 60, 250, 0, 0}, 240, false, false},
		{{VK_QUANTITY_SYSTOLIC, false, true, 0, 0, 100, 140}, 141, false, true},
		{{VK_QUANTITY_SYSTOLIC, false, true, 0, 0, 100, 140}, 99, false, true},
		{{VK_QUANTITY_SYSTOLIC, false, true, 0, 0, 50, 280}, 250, false, false},
		{{VK_QUANTITY_SYSTOLIC, false, true, 0, 0, 100, 140}, 281, true, false},
		{{VK_QUANTITY_SYSTOLIC, false, true, 0, 0, 100, 140}, 280, false, true},
		{{VK_QUANTITY_SYSTOLIC, false, true, 0, 0, 100, 140}, 39, true, false},
		{{VK_QUANTITY_WEIGHT, true, true, 1, 2, 1, 2}, 130, false, false},
	};
	struct vk_plan *plan = test_calloc(1, sizeof *plan);

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_decoded d = one(VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, rows[i].value, 0);
		struct vk_doubt doubt;

		/* of another quantity before it: told apart */
		plan->plausible[0] =
			(struct vk_plan_plausible){VK_QUANTITY_GLUCOSE, true, true, 1, 2, 1, 2};
		plan->plausible[1] = rows[i].said;
		plan->n_plausible = 2;
		doubt = judge(plan, &d);
		assert_int_equal(doubt.rejected,
				 rows[i].is_rejected ? BIT(VK_QUANTITY_SYSTOLIC) : 0);
		assert_int_equal(doubt.questioned,
				 rows[i].is_questioned ? BIT(VK_QUANTITY_SYSTOLIC) : 0);
	}
	test_free(plan);
}

/* The flag column of clinical.md 1.5: its ends are believed, what lies beyond is not. */
static void each_end_is_believed(void **state)
{
	static const struct {
		enum vk_quantity quantity;
		enum vk_unit unit;
		int64_t least, most;
		int exponent;
	} rows[] = {{VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, 70, 240, 0},
		    {VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, 40, 140, 0},
		    {VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 35, 200, 0},
		    {VK_QUANTITY_HEART_RATE, VK_UNIT_PER_MIN, 35, 200, 0},
		    {VK_QUANTITY_SPO2, VK_UNIT_PERCENT, 70, 100, 0},
		    {VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, 6, 250, -1},
		    {VK_QUANTITY_TEMPERATURE, VK_UNIT_CEL, 340, 420, -1}};
	struct vk_plan *plan = test_calloc(1, sizeof *plan);

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++)
		for (int end = 0; end < 4; end++) {
			int64_t value = end < 2 ? rows[i].least - end : rows[i].most + end - 2;
			struct vk_decoded d =
				one(rows[i].quantity, rows[i].unit, value, rows[i].exponent);
			struct vk_doubt doubt = judge(plan, &d);

			assert_int_equal(doubt.questioned | doubt.rejected,
					 end % 2 ? BIT(rows[i].quantity) : 0);
		}
	test_free(plan);
}

static void a_unit_that_is_none_of_it_is_rejected(void **state)
{
	struct vk_plan *plan = test_calloc(1, sizeof *plan);
	struct vk_decoded d = one(VK_QUANTITY_WEIGHT, VK_UNIT_MMHG, 80, 0);

	(void)state;
	assert_int_equal(judge(plan, &d).rejected, BIT(VK_QUANTITY_WEIGHT));
	d.values[0].unit = VK_UNIT_KG;
	assert_int_equal(judge(plan, &d).rejected, 0);
	d.values[0].absent = VK_ABSENT_NOT_A_NUMBER;
	d.values[0].unit = VK_UNIT_MMHG;
	assert_int_equal(judge(plan, &d).rejected, 0); /* no number, nothing to judge */
	test_free(plan);
}

static void pressures_are_seen_together(void **state)
{
	static const struct {
		int systolic, diastolic, mean;
		uint32_t rejected, questioned;
	} rows[] = {
		{120, 80, 93, 0, 0},
		{120, 80, 80, 0, 0},
		{120, 80, 120, 0, 0},
		{120, 80, 79, BIT(VK_QUANTITY_MEAN_ARTERIAL), 0},
		{120, 80, 121, BIT(VK_QUANTITY_MEAN_ARTERIAL), 0},
		{90, 80, 85, 0, 0},
		{89, 80, 85, 0, BIT(VK_QUANTITY_SYSTOLIC) | BIT(VK_QUANTITY_DIASTOLIC)},
		{200, 50, 100, 0, 0},
		{201, 50, 100, 0, BIT(VK_QUANTITY_SYSTOLIC) | BIT(VK_QUANTITY_DIASTOLIC)},
		{81, 80, 80, 0, BIT(VK_QUANTITY_SYSTOLIC) | BIT(VK_QUANTITY_DIASTOLIC)},
		{80, 80, 80, BIT(VK_QUANTITY_SYSTOLIC) | BIT(VK_QUANTITY_DIASTOLIC), 0},
	};
	struct vk_plan *plan = test_calloc(1, sizeof *plan);

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_decoded d = one(VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, rows[i].systolic, 0);
		struct vk_doubt doubt;

		vk_decoded_add(&d, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
			       (struct vk_decimal){rows[i].diastolic, 0});
		vk_decoded_add(&d, VK_QUANTITY_MEAN_ARTERIAL, VK_UNIT_MMHG, VK_ABSENT_NONE,
			       (struct vk_decimal){rows[i].mean, 0});
		doubt = judge(plan, &d);
		assert_int_equal(doubt.rejected, rows[i].rejected);
		assert_int_equal(doubt.questioned, rows[i].questioned);
	}
	test_free(plan);
}

/* A perfusion of 0.3 % is enough to believe in the saturation. */
static void a_weak_pulse_wave_questions_the_saturation(void **state)
{
	struct vk_plan *plan = test_calloc(1, sizeof *plan);

	(void)state;
	for (int index = 2; index <= 3; index++) {
		struct vk_decoded d = one(VK_QUANTITY_SPO2, VK_UNIT_PERCENT, 95, 0);

		vk_decoded_add(&d, VK_QUANTITY_PULSE_AMPLITUDE_INDEX, VK_UNIT_PERCENT,
			       VK_ABSENT_NONE, (struct vk_decimal){index, -1});
		assert_int_equal(judge(plan, &d).questioned, index < 3 ? BIT(VK_QUANTITY_SPO2) : 0);
	}
	test_free(plan);
}

static void a_step_is_far_in_either_direction_and_not_for_long(void **state)
{
	static const struct {
		int64_t before, age_ms;
		bool is_questioned;
	} rows[] = {{71, 0, true},
		    {70, 0, false},
		    {-1, 0, true},
		    {29, 0, true},
		    {30, 0, false},
		    {71, MINUTES(5), true},
		    {71, MINUTES(5) + 1, false},
		    {71, -1, false}};
	struct vk_plan *plan = test_calloc(1, sizeof *plan);
	struct vk_decoded d = one(VK_QUANTITY_PULSE_RATE, VK_UNIT_PER_MIN, 50, 0);

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		struct vk_before before[VK_N_QUANTITIES];

		for (int k = 0; k < VK_N_QUANTITIES; k++)
			before[k] = (struct vk_before){0, VK_NEVER};
		before[VK_QUANTITY_PULSE_RATE] =
			(struct vk_before){rows[i].before, NOW - rows[i].age_ms};
		assert_int_equal(vk_plausible(plan, &d, before, NOW).questioned,
				 rows[i].is_questioned ? BIT(VK_QUANTITY_PULSE_RATE) : 0);
	}
	test_free(plan);
}

/* The largest numbers that a device can send stay what they are: too large. */
static void what_no_integer_holds_is_out_of_range(void **state)
{
	static const int64_t most = INT64_C(1000000000000000);
	struct vk_value value = {VK_QUANTITY_SYSTOLIC, VK_UNIT_KPA, VK_ABSENT_NONE, {0, 12}};
	int64_t scaled;

	(void)state;
	value.number.mantissa = most;
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_MAX);
	value.number.mantissa = -most;
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_MIN);
	value.number = (struct vk_decimal){most + 1, -20};
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_MAX);
	value.number = (struct vk_decimal){16, 0};
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_int_equal(scaled, 120);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_plan_may_say_half),
		cmocka_unit_test(each_end_is_believed),
		cmocka_unit_test(a_unit_that_is_none_of_it_is_rejected),
		cmocka_unit_test(pressures_are_seen_together),
		cmocka_unit_test(a_weak_pulse_wave_questions_the_saturation),
		cmocka_unit_test(a_step_is_far_in_either_direction_and_not_for_long),
		cmocka_unit_test(what_no_integer_holds_is_out_of_range),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
