/* SPDX-License-Identifier: Apache-2.0 */
/* The public names: each text stands for one number and comes back. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "base/names.h"

static const struct {
	const char *(*text)(int);
	int (*parse)(const char *);
	int n;
} lists[] = {
	{vk_kind_text, vk_kind_parse, VK_N_KINDS},
	{vk_quantity_text, vk_quantity_parse, VK_N_QUANTITIES},
	{vk_unit_text, vk_unit_parse, VK_N_UNITS},
	{vk_absent_text, vk_absent_parse, VK_N_ABSENTS},
	{vk_flag_text, vk_flag_parse, VK_N_FLAGS},
};

static void every_text_comes_back(void **state)
{
	(void)state;
	for (size_t l = 0; l < VK_ARRAY_LEN(lists); l++)
		for (int i = 0; i < lists[l].n; i++)
			assert_int_equal(lists[l].parse(lists[l].text(i)), i);
}

static void numbers_and_texts_that_are_none_are_told(void **state)
{
	(void)state;
	for (size_t l = 0; l < VK_ARRAY_LEN(lists); l++) {
		assert_string_equal(lists[l].text(-1), "?");
		assert_string_equal(lists[l].text(lists[l].n), "?");
		assert_int_equal(lists[l].parse("no-such-name"), -1);
		assert_int_equal(lists[l].parse("?"), -1);
	}
}

/* Contract: renaming one of these breaks every plan and page in use. */
static void the_names_of_the_design_stand(void **state)
{
	static const char *const kinds =
		"blood-pressure cuff-pressure glucose glucose-context spo2-spot spo2-continuous "
		"weight body-composition temperature heart-rate cgm racp date-time current-time "
		"battery ";
	static const char *const quantities =
		"systolic diastolic mean-arterial pulse-rate cuff-pressure glucose spo2 "
		"pulse-amplitude-index weight bmi height body-fat basal-metabolism "
		"muscle-percentage muscle-mass fat-free-mass soft-lean-mass body-water-mass "
		"impedance temperature heart-rate energy-expended battery ";
	static const char *const units = "mm[Hg] kPa /min mg/dL mmol/L % kg [lb_av] kg/m2 m [in_i] "
					 "Cel [degF] kJ Ohm ";
	const char *const all[] = {kinds, quantities, units};

	(void)state;
	for (size_t l = 0; l < VK_ARRAY_LEN(all); l++) {
		const char *p = all[l];

		for (int i = 0; i < lists[l].n; i++) {
			size_t len = strlen(lists[l].text(i));

			assert_memory_equal(p, lists[l].text(i), len);
			assert_int_equal(p[len], ' ');
			p += len + 1;
		}
		assert_int_equal(*p, '\0');
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_text_comes_back),
		cmocka_unit_test(numbers_and_texts_that_are_none_are_told),
		cmocka_unit_test(the_names_of_the_design_stand),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
