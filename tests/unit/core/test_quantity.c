/* SPDX-License-Identifier: Apache-2.0 */
/* The table of quantities: complete, and the number that rules compare is the one on the display.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>

#include "base/err.h"
#include "core/quantity.h"

static int64_t canonical(enum vk_quantity quantity, enum vk_unit unit, const char *text)
{
	struct vk_value value = {quantity, unit, VK_ABSENT_NONE, {0}};
	int64_t scaled = INT64_MIN;

	assert_int_equal(vk_decimal_parse(text, &value.number), 0);
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	return scaled;
}

static void every_quantity_has_a_row(void **state)
{
	(void)state;
	for (int i = 0; i < VK_N_QUANTITIES; i++) {
		const struct vk_quantity_info *info = vk_quantity_info((enum vk_quantity)i);

		assert_int_equal(info->quantity, i);
		assert_true(info->least < info->most);
		assert_non_null(info->label_sv);
		assert_non_null(info->label_en);
		assert_int_equal(info->mdc == 0, info->mdc_id == NULL);
		if (info->mdc) /* partition 2, SCADA */
			assert_int_equal(info->mdc >> 16, 2);
	}
}

/* clinical.md 1.0, 1.5 (what is rejected) and 5.1 (the codes): a slip here is a wrong alert. */
static void codes_units_and_ends_are_the_references(void **state)
{
	static const struct {
		enum vk_quantity quantity;
		int32_t mdc;
		enum vk_unit unit;
		int decimals;
		int64_t least, most;
	} rows[] = {
		{VK_QUANTITY_SYSTOLIC, 150021, VK_UNIT_MMHG, 0, 40, 280},
		{VK_QUANTITY_DIASTOLIC, 150022, VK_UNIT_MMHG, 0, 20, 200},
		{VK_QUANTITY_MEAN_ARTERIAL, 150023, VK_UNIT_MMHG, 0, 20, 280},
		{VK_QUANTITY_PULSE_RATE, 149546, VK_UNIT_PER_MIN, 0, 25, 250},
		{VK_QUANTITY_CUFF_PRESSURE, 0, VK_UNIT_MMHG, 0, 0, 300},
		{VK_QUANTITY_GLUCOSE, 160020, VK_UNIT_MMOL_L, 1, 6, 333},
		{VK_QUANTITY_SPO2, 150456, VK_UNIT_PERCENT, 0, 50, 100},
		{VK_QUANTITY_PULSE_AMPLITUDE_INDEX, 150448, VK_UNIT_PERCENT, 1, 0, 300},
		{VK_QUANTITY_WEIGHT, 188736, VK_UNIT_KG, 1, 200, 3000},
		{VK_QUANTITY_BMI, 188752, VK_UNIT_KG_M2, 1, 50, 1000},
		{VK_QUANTITY_HEIGHT, 188740, VK_UNIT_M, 2, 50, 250},
		{VK_QUANTITY_BODY_FAT, 188748, VK_UNIT_PERCENT, 1, 10, 750},
		{VK_QUANTITY_BASAL_METABOLISM, 0, VK_UNIT_KJ, 0, 1500, 25000},
		{VK_QUANTITY_MUSCLE_PERCENTAGE, 0, VK_UNIT_PERCENT, 1, 50, 950},
		{VK_QUANTITY_MUSCLE_MASS, 0, VK_UNIT_KG, 1, 10, 2000},
		{VK_QUANTITY_FAT_FREE_MASS, 188756, VK_UNIT_KG, 1, 50, 2500},
		{VK_QUANTITY_SOFT_LEAN_MASS, 188760, VK_UNIT_KG, 1, 50, 2500},
		{VK_QUANTITY_BODY_WATER_MASS, 188764, VK_UNIT_KG, 1, 50, 2000},
		{VK_QUANTITY_IMPEDANCE, 0, VK_UNIT_OHM, 0, 50, 3000},
		{VK_QUANTITY_TEMPERATURE, 150364, VK_UNIT_CEL, 1, 250, 450},
		{VK_QUANTITY_HEART_RATE, 147842, VK_UNIT_PER_MIN, 0, 25, 250},
		{VK_QUANTITY_ENERGY_EXPENDED, 0, VK_UNIT_KJ, 0, 0, 65534},
		{VK_QUANTITY_BATTERY, 0, VK_UNIT_PERCENT, 0, 0, 100},
	};

	(void)state;
	assert_int_equal(VK_ARRAY_LEN(rows), VK_N_QUANTITIES);
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		const struct vk_quantity_info *info = vk_quantity_info(rows[i].quantity);

		assert_int_equal(info->mdc, rows[i].mdc);
		assert_int_equal(info->unit, rows[i].unit);
		assert_int_equal(info->decimals, rows[i].decimals);
		assert_int_equal(info->least, rows[i].least);
		assert_int_equal(info->most, rows[i].most);
	}
}

static void what_the_patient_saw_is_compared(void **state)
{
	static const struct {
		enum vk_quantity quantity;
		enum vk_unit unit;
		const char *text;
		int64_t scaled;
	} cases[] = {
		{VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, "70", 39}, /* clinical.md 1.0 */
		{VK_QUANTITY_GLUCOSE, VK_UNIT_MG_DL, "54", 30},
		{VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, "3.85", 39},
		{VK_QUANTITY_GLUCOSE, VK_UNIT_MMOL_L, "3.84", 38},
		{VK_QUANTITY_WEIGHT, VK_UNIT_KG, "80.05", 801},
		{VK_QUANTITY_WEIGHT, VK_UNIT_KG, "80.049", 800},
		{VK_QUANTITY_WEIGHT, VK_UNIT_LB, "260.00", 1179},
		{VK_QUANTITY_SYSTOLIC, VK_UNIT_KPA, "16.5", 124},
		{VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "179.5", 180},
		{VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "179.4", 179},
		{VK_QUANTITY_HEIGHT, VK_UNIT_IN, "70.0", 178},
		{VK_QUANTITY_TEMPERATURE, VK_UNIT_DEGF, "98.6", 370},
		{VK_QUANTITY_TEMPERATURE, VK_UNIT_DEGF, "-40", -400},
		{VK_QUANTITY_TEMPERATURE, VK_UNIT_DEGF, "0", -178},
		{VK_QUANTITY_TEMPERATURE, VK_UNIT_CEL, "-0.05", -1},
		{VK_QUANTITY_SPO2, VK_UNIT_PERCENT, "0.00000098", 0},
		{VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, "999.999999999999", 1000},
	};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++)
		assert_int_equal(canonical(cases[i].quantity, cases[i].unit, cases[i].text),
				 cases[i].scaled);
}

static void what_does_not_fit_saturates(void **state)
{
	struct vk_value value = {VK_QUANTITY_SYSTOLIC, VK_UNIT_KPA, VK_ABSENT_NONE, {1, 18}};
	int64_t scaled;

	(void)state;
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_MAX);
	value.unit = VK_UNIT_MMHG; /* the largest that is not too large */
	value.number = (struct vk_decimal){1, 12};
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_C(1000000000000));
	value.unit = VK_UNIT_KPA;
	value.number = (struct vk_decimal){-1, 18};
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_MIN);
	value.number = (struct vk_decimal){INT64_MIN, -128};
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_true(scaled == INT64_MIN);
	value.number = (struct vk_decimal){7, -128};
	assert_int_equal(vk_quantity_canonical(&value, &scaled), 0);
	assert_int_equal(scaled, 0);
}

static void an_absent_value_is_no_number(void **state)
{
	struct vk_value value = {.quantity = VK_QUANTITY_SPO2,
				 .unit = VK_UNIT_PERCENT,
				 .absent = VK_ABSENT_NOT_A_NUMBER};
	int64_t scaled;

	(void)state;
	assert_int_equal(vk_quantity_canonical(&value, &scaled), -ENODATA);
}

static void a_foreign_unit_is_refused_and_implausible(void **state)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_WEIGHT);
	int64_t scaled;

	(void)state;
	vk_decoded_add(&d, VK_QUANTITY_WEIGHT, VK_UNIT_MMHG, VK_ABSENT_NONE,
		       (struct vk_decimal){80, 0});
	assert_int_equal(vk_quantity_canonical(&d.values[0], &scaled), -EINVAL);
	assert_int_equal(vk_implausible(&d), 1u << VK_QUANTITY_WEIGHT);
}

static uint32_t implausible_pressure(int systolic, int diastolic)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);

	vk_decoded_add(&d, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
		       (struct vk_decimal){systolic, 0});
	vk_decoded_add(&d, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, VK_ABSENT_NONE,
		       (struct vk_decimal){diastolic, 0});
	return vk_implausible(&d);
}

static void the_range_holds_at_its_ends(void **state)
{
	const uint32_t both = 1u << VK_QUANTITY_SYSTOLIC | 1u << VK_QUANTITY_DIASTOLIC;

	(void)state;
	assert_int_equal(implausible_pressure(40, 20), 0);
	assert_int_equal(implausible_pressure(280, 200), 0);
	assert_int_equal(implausible_pressure(281, 200), 1u << VK_QUANTITY_SYSTOLIC);
	assert_int_equal(implausible_pressure(280, 201), 1u << VK_QUANTITY_DIASTOLIC);
	assert_int_equal(implausible_pressure(39, 20), 1u << VK_QUANTITY_SYSTOLIC);
	assert_int_equal(implausible_pressure(90, 90), both);
	assert_int_equal(implausible_pressure(80, 120), both);
}

static void absent_values_are_not_implausible(void **state)
{
	struct vk_decoded d = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);

	(void)state;
	vk_decoded_add(&d, VK_QUANTITY_SYSTOLIC, VK_UNIT_MMHG, VK_ABSENT_NOT_A_NUMBER,
		       (struct vk_decimal){0});
	vk_decoded_add(&d, VK_QUANTITY_DIASTOLIC, VK_UNIT_MMHG, VK_ABSENT_NOT_A_NUMBER,
		       (struct vk_decimal){0});
	assert_int_equal(vk_implausible(&d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_quantity_has_a_row),
		cmocka_unit_test(codes_units_and_ends_are_the_references),
		cmocka_unit_test(what_the_patient_saw_is_compared),
		cmocka_unit_test(what_does_not_fit_saturates),
		cmocka_unit_test(an_absent_value_is_no_number),
		cmocka_unit_test(a_foreign_unit_is_refused_and_implausible),
		cmocka_unit_test(the_range_holds_at_its_ends),
		cmocka_unit_test(absent_values_are_not_implausible),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
