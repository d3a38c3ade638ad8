/* SPDX-License-Identifier: Apache-2.0 */
/* What holds for every decoder: any flags, any bytes, any number. Single cases are vectors. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "profiles/date_time.h"
#include "profiles/profile.h"
#include "profiles/racp.h"
#include "profiles/sfloat.h"

enum { MOST_BYTES = 40, TAILS = 16 };

static const uint16_t uuids[] = {
	0x2a35, 0x2a36, 0x2a9d, 0x2a9c, 0x2a5e, 0x2a5f, 0x2a18, 0x2a34,
	0x2a52, 0x2a1c, 0x2a1e, 0x2a37, 0x2a19, 0x2a08, 0x2a2b, 0x2aa7,
	0x2b34, 0x2b36, 0x2b8b, 0x181d, 0x181b, 0x2a0a, 0x2a0c,
};

static uint32_t next_random(uint32_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 17;
	*state ^= *state << 5;
	return *state;
}

/* A value of exactly len bytes in memory of its own; the shape of what comes out must be sound. */
static void decode_alone(uint16_t uuid, const uint8_t *data, size_t len)
{
	vk_auto(vk_freep) uint8_t *alone = malloc(len ? len : 1);
	struct vk_decoded records[VK_MAX_RECORDS];
	struct vk_decode_error error = {.byte = SIZE_MAX};

	assert_non_null(alone);
	memcpy(alone, data, len);
	int n = vk_profile_decode_records(uuid, NULL, alone, len, records, &error);

	if (n < 0) {
		assert_int_equal(n, -EBADMSG);
		assert_true(error.byte <= len);
		return;
	}
	assert_in_range(n, 1, VK_MAX_RECORDS);
	for (int i = 0; i < n; i++) {
		assert_in_range(records[i].n_values, 0, VK_MAX_VALUES);
		assert_in_range(records[i].n_rr, 0, VK_MAX_RR);
		if (records[i].time_state == VK_TIME_KNOWN)
			assert_true(vk_civil_is_valid(&records[i].device_time));
	}
}

static void any_flags_with_any_tail_are_sound(void **state)
{
	uint32_t seed = 0x56414b41;
	uint8_t data[MOST_BYTES];

	(void)state;
	for (size_t u = 0; u < VK_ARRAY_LEN(uuids); u++)
		for (int flags = 0; flags < 256; flags++)
			for (int tail = 0; tail < TAILS; tail++) {
				size_t len = 1 + next_random(&seed) % (MOST_BYTES - 1);

				for (size_t i = 1; i < len; i++)
					data[i] = (uint8_t)next_random(&seed);
				data[0] = (uint8_t)flags;
				decode_alone(uuids[u], data, len);
			}
}

/* The text of an SFLOAT, read back, is the same mantissa at the same precision. */
static void every_sfloat_survives_its_text(void **state)
{
	int n_special = 0;

	(void)state;
	for (uint32_t raw = 0; raw <= UINT16_MAX; raw++) {
		struct vk_decimal number, back;
		char text[VK_DECIMAL_TEXT];

		if (vk_sfloat_decode((uint16_t)raw, &number) != VK_ABSENT_NONE) {
			n_special++;
			continue;
		}
		assert_in_range(number.mantissa + 2048, 0, 4095);
		assert_in_range(number.exponent + 8, 0, 15);
		vk_decimal_format(text, number);
		assert_int_equal(vk_decimal_parse(text, &back), 0);
		assert_int_equal(vk_decimal_cmp(number, back), 0);
		if (number.exponent < 0)
			assert_int_equal(back.exponent, number.exponent);
	}
	assert_int_equal(n_special, 5);
}

static void numbers_of_the_guide_decode(void **state)
{
	static const struct {
		uint16_t raw;
		const char *text;
	} cases[] = {
		{0x0002, "2"},     {0xf014, "2.0"},   {0xe0c8, "2.00"},    {0x1002, "20"},
		{0x2002, "200"},   {0x04d2, "1234"},  {0x0b2e, "-1234"},   {0x0078, "120"},
		{0xf4b0, "120.0"}, {0xf7ff, "204.7"}, {0xb055, "0.00085"}, {0xc037, "0.0055"},
	};
	char text[VK_DECIMAL_TEXT];
	struct vk_decimal number;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		assert_int_equal(vk_sfloat_decode(cases[i].raw, &number), VK_ABSENT_NONE);
		vk_decimal_format(text, number);
		assert_string_equal(text, cases[i].text);
	}
}

static void special_patterns_are_no_numbers(void **state)
{
	static const struct {
		uint16_t sfloat;
		uint32_t flt;
		enum vk_absent absent;
	} cases[] = {
		{0x07ff, 0x007fffff, VK_ABSENT_NOT_A_NUMBER},
		{0x0800, 0x00800000, VK_ABSENT_ERROR},
		{0x07fe, 0x007ffffe, VK_ABSENT_POSITIVE_INFINITY},
		{0x0802, 0x00800002, VK_ABSENT_NEGATIVE_INFINITY},
		{0x0801, 0x00800001, VK_ABSENT_ERROR},
	};
	struct vk_decimal number;

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(cases); i++) {
		assert_int_equal(vk_sfloat_decode(cases[i].sfloat, &number), cases[i].absent);
		assert_int_equal(number.mantissa, 0);
		assert_int_equal(vk_float_decode(cases[i].flt, &number), cases[i].absent);
		assert_int_equal(number.mantissa, 0);
	}
	assert_int_equal(vk_float_decode(0x7f000001, &number), VK_ABSENT_ERROR);
	assert_int_equal(vk_float_decode(0xfffffb2e, &number), VK_ABSENT_NONE);
	assert_int_equal(number.mantissa, -1234);
	assert_int_equal(number.exponent, -1);
}

static void requests_are_what_the_profile_says(void **state)
{
	uint8_t out[VK_RACP_MAX];

	(void)state;
	assert_int_equal(vk_racp_build_report_all(out), 2);
	assert_memory_equal(out, ((uint8_t[]){1, 1}), 2);
	assert_int_equal(vk_racp_build_count_all(out), 2);
	assert_memory_equal(out, ((uint8_t[]){4, 1}), 2);
	assert_int_equal(vk_racp_build_abort(out), 2);
	assert_memory_equal(out, ((uint8_t[]){3, 0}), 2);
	assert_int_equal(vk_racp_build_report_from(out, 0x1234), 5);
	assert_memory_equal(out, ((uint8_t[]){1, 3, 1, 0x34, 0x12}), 5);
}

static void requests_decode_again(void **state)
{
	struct vk_decode_error error;
	struct vk_decoded d;
	uint8_t out[VK_RACP_MAX];

	(void)state;
	assert_int_equal(
		vk_profile_decode(0x2a52, NULL, out, vk_racp_build_report_from(out, 7), &d, &error),
		0);
	assert_int_equal(d.racp.op, VK_RACP_REPORT);
	assert_int_equal(d.racp.operator_, VK_RACP_AT_LEAST);
	assert_int_equal(d.racp.count, -1);
}

static void a_clock_that_is_set_reads_the_same(void **state)
{
	const struct vk_civil c = {2026, 3, 4, 7, 40, 12};
	uint8_t out[VK_CURRENT_TIME_SIZE];
	struct vk_decode_error error;
	struct vk_decoded d;

	(void)state;
	vk_current_time_build(out, &c);
	assert_int_equal(out[7], 3); /* a Wednesday */
	assert_int_equal(vk_profile_decode(0x2a2b, NULL, out, sizeof out, &d, &error), 0);
	assert_memory_equal(&d.device_time, &c, sizeof c);
	vk_date_time_build(out, &c);
	assert_int_equal(vk_profile_decode(0x2a08, NULL, out, VK_DATE_TIME_SIZE, &d, &error), 0);
	assert_memory_equal(&d.device_time, &c, sizeof c);
}

static void every_day_of_a_week_has_its_number(void **state)
{
	uint8_t out[VK_CURRENT_TIME_SIZE];

	(void)state;
	for (uint8_t i = 0; i < 7; i++) { /* 2026-03-02 is a Monday */
		vk_current_time_build(out, &(struct vk_civil){2026, 3, (uint8_t)(2 + i), 0, 0, 0});
		assert_int_equal(out[7], i + 1);
	}
	vk_current_time_build(out, &(struct vk_civil){1969, 12, 28, 0, 0, 0});
	assert_int_equal(out[7], 7);
}

static void an_unknown_characteristic_is_not_supported(void **state)
{
	struct vk_decode_error error;
	struct vk_decoded d;

	(void)state;
	assert_int_equal(vk_profile_decode(0x2a00, NULL, (uint8_t[]){0}, 1, &d, &error), -ENOTSUP);
}

static void several_records_do_not_fit_in_one(void **state)
{
	static const uint8_t two[] = {6, 0, 0x0c, 0x10, 5, 0, 6, 0, 0x0c, 0x10, 6, 0};
	struct vk_decoded one, records[VK_MAX_RECORDS];
	struct vk_decode_error error;

	(void)state;
	assert_int_equal(vk_profile_decode(0x2aa7, NULL, two, sizeof two, &one, &error), -E2BIG);
	assert_int_equal(vk_profile_decode_records(0x2aa7, NULL, two, sizeof two, records, &error),
			 2);
}

static void only_measurements_become_readings(void **state)
{
	static const uint16_t yes[] = {0x2a35, 0x2a9d, 0x2a9c, 0x2a5e, 0x2a5f, 0x2a18, 0x2a34,
				       0x2a1c, 0x2a37, 0x2aa7, 0x2b34, 0x2b36, 0x181d, 0x181b};
	static const uint16_t no[] = {0x2a36, 0x2a1e, 0x2a52, 0x2a08, 0x2a2b, 0x2a19,
				      0x2a00, 0x2b8b, 0x2a0a, 0x2a0c, 0x1810};

	(void)state;
	for (size_t i = 0; i < VK_ARRAY_LEN(yes); i++)
		assert_true(vk_profile_is_measurement(yes[i]));
	for (size_t i = 0; i < VK_ARRAY_LEN(no); i++)
		assert_false(vk_profile_is_measurement(no[i]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_flags_with_any_tail_are_sound),
		cmocka_unit_test(every_sfloat_survives_its_text),
		cmocka_unit_test(numbers_of_the_guide_decode),
		cmocka_unit_test(special_patterns_are_no_numbers),
		cmocka_unit_test(requests_are_what_the_profile_says),
		cmocka_unit_test(requests_decode_again),
		cmocka_unit_test(a_clock_that_is_set_reads_the_same),
		cmocka_unit_test(every_day_of_a_week_has_its_number),
		cmocka_unit_test(an_unknown_characteristic_is_not_supported),
		cmocka_unit_test(several_records_do_not_fit_in_one),
		cmocka_unit_test(only_measurements_become_readings),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
