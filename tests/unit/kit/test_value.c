/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The bytes of the fake devices, compared with bytes worked out by hand from the profiles' tables:
 * a wrong encoder here would let a wrong decoder of the hub pass.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "value.h"

#define AT_2024_06_15_17_17_27 1718471847 /* as a wall clock */

static struct vk_measurement with(enum vk_quantity q, const char *text)
{
	struct vk_measurement m = {.wall_s = AT_2024_06_15_17_17_27};

	assert_int_equal(vk_decimal_parse(text, &m.value[q]), 0);
	m.has[q] = true;
	return m;
}

static void and_with(struct vk_measurement *m, enum vk_quantity q, const char *text)
{
	assert_int_equal(vk_decimal_parse(text, &m->value[q]), 0);
	m->has[q] = true;
}

static void assert_bytes(const struct vk_value *v, const uint8_t *bytes, size_t len)
{
	assert_int_equal(v->len, len);
	assert_memory_equal(v->byte, bytes, len);
}

static uint16_t sfloat(const char *text, int shift)
{
	struct vk_decimal d;
	uint16_t raw;

	assert_int_equal(vk_decimal_parse(text, &d), 0);
	assert_int_equal(vk_sfloat_encode(d, shift, &raw), 0);
	return raw;
}

static void sfloat_keeps_the_precision(void **state)
{
	(void)state;
	assert_int_equal(sfloat("2", 0), 0x0002);
	assert_int_equal(sfloat("2.0", 0), 0xf014);
	assert_int_equal(sfloat("2.00", 0), 0xe0c8);
	assert_int_equal(sfloat("120", 0), 0x0078);
	assert_int_equal(sfloat("85", -5), 0xb055);
	assert_int_equal(sfloat("5.5", -3), 0xc037);
	assert_int_equal(sfloat("-1234", 0), 0x0b2e);
}

static void sfloat_never_makes_a_special_value(void **state)
{
	(void)state;
	/* 2047, 2046, 2050 at exponent 0 would read as NaN, +INF, -INF: they go to the next
	 * exponent. */
	assert_int_equal(sfloat("2047", 0), 0x1 << 12 | 205);
	assert_int_equal(sfloat("2046", 0), 0x1 << 12 | 205);
	assert_int_equal(sfloat("2045", 0), 2045);
}

static void decimals_that_are_none(void **state)
{
	struct vk_decimal d;

	(void)state;
	assert_int_equal(vk_decimal_parse("", &d), -EINVAL);
	assert_int_equal(vk_decimal_parse(".", &d), -EINVAL);
	assert_int_equal(vk_decimal_parse("8a", &d), -EINVAL);
	assert_int_equal(vk_decimal_parse("1.2.3", &d), -EINVAL);
	assert_int_equal(vk_decimal_parse("1234567890", &d), -ERANGE);
}

static void weight_without_clock(void **state)
{
	struct vk_measurement m = with(VK_Q_WEIGHT, "84.5");
	static const uint8_t kg[] = {0x00, 0x04, 0x42}; /* 16900 steps of 5 g */
	static const uint8_t lb[] = {0x01, 0xc4, 0x48}; /* 18628 hundredths of a pound */
	struct vk_value v;

	(void)state;
	assert_int_equal(vk_weight_encode(&m, false, &v), 0);
	assert_bytes(&v, kg, sizeof(kg));
	m = with(VK_Q_WEIGHT, "186.28");
	m.unit = VK_UNIT_LB;
	assert_int_equal(vk_weight_encode(&m, false, &v), 0);
	assert_bytes(&v, lb, sizeof(lb));
}

static void weight_with_clock(void **state)
{
	struct vk_measurement m = with(VK_Q_WEIGHT, "84.5");
	static const uint8_t bytes[] = {0x06, 0x04, 0x42, 0xe8, 0x07, 6, 15, 17, 17, 27, 0xff};
	struct vk_value v;

	(void)state;
	assert_int_equal(vk_weight_encode(&m, true, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
}

static void weight_that_a_scale_cannot_say(void **state)
{
	struct vk_measurement m = with(VK_Q_WEIGHT, "327.675");
	static const uint8_t unsuccessful[] = {0x00, 0xff, 0xff};
	struct vk_value v;

	(void)state;
	assert_int_equal(vk_weight_encode(&m, false, &v), -ERANGE);
	m = with(VK_Q_WEIGHT, "-1");
	assert_int_equal(vk_weight_encode(&m, false, &v), -ERANGE);
	m = with(VK_Q_SPO2, "97");
	assert_int_equal(vk_weight_encode(&m, false, &v), -ENODATA);
	m = with(VK_Q_WEIGHT, "80");
	m.unit = VK_UNIT_KPA;
	assert_int_equal(vk_weight_encode(&m, false, &v), -EINVAL);
	m.unit = VK_UNIT_DEFAULT;
	m.not_a_number = true;
	assert_int_equal(vk_weight_encode(&m, false, &v), 0);
	assert_bytes(&v, unsuccessful, sizeof(unsuccessful));
}

static void pressure(void **state)
{
	struct vk_measurement m = with(VK_Q_SYSTOLIC, "124");
	static const uint8_t bytes[] = {0x16, 0x7c, 0x00, 0x56, 0x00, 0xff, 0x07, 0xe8, 0x07,
					6,    15,   17,   17,   27,   0x33, 0x00, 0x03, 0x00};
	struct vk_value v;

	(void)state;
	assert_int_equal(vk_pressure_encode(&m, &v), -ENODATA);
	and_with(&m, VK_Q_DIASTOLIC, "86");
	and_with(&m, VK_Q_PULSE_RATE, "51");
	and_with(&m, VK_Q_STATUS, "3");
	assert_int_equal(vk_pressure_encode(&m, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
}

static void pressure_record(void **state)
{
	struct vk_measurement m = with(VK_Q_SYSTOLIC, "124");
	static const uint8_t bytes[] = {0x03, 0x09, 0,    0x34, 0x2b, 0x5e, 124, 0,    86, 0, 0xff,
					0x07, 0x4b, 0xc2, 0x00, 0x2e, 51,   0,   0xff, 3,  0};
	struct vk_value v;

	(void)state;
	m.seq = 9;
	m.wall_s = 946684800 + 0x2e00c24b;
	and_with(&m, VK_Q_DIASTOLIC, "86");
	and_with(&m, VK_Q_PULSE_RATE, "51");
	and_with(&m, VK_Q_STATUS, "3");
	assert_int_equal(vk_pressure_record_encode(&m, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
	assert_true(v.len > VK_SEGMENT_MAX);
}

static void pressure_in_kilopascal_with_user(void **state)
{
	struct vk_measurement m = with(VK_Q_SYSTOLIC, "16.5");
	struct vk_value v;

	(void)state;
	and_with(&m, VK_Q_DIASTOLIC, "11.4");
	and_with(&m, VK_Q_USER, "2");
	m.unit = VK_UNIT_KPA;
	assert_int_equal(vk_pressure_encode(&m, &v), 0);
	assert_int_equal(v.len, 19);
	assert_int_equal(v.byte[0], 0x1f);
	assert_int_equal(v.byte[1] | v.byte[2] << 8, 0xf0a5);
	assert_int_equal(v.byte[16], 2);
}

static void spot_and_continuous_have_other_flags(void **state)
{
	struct vk_measurement m = with(VK_Q_SPO2, "97");
	static const uint8_t spot[] = {0x09, 97, 0,  60, 0,  0xe8, 0x07,
				       6,    15, 17, 17, 27, 0x20, 0xf0};
	static const uint8_t continuous[] = {0x10, 97, 0, 60, 0, 0x20, 0xf0};
	struct vk_value v;

	(void)state;
	and_with(&m, VK_Q_PULSE_RATE, "60");
	and_with(&m, VK_Q_AMPLITUDE, "3.2");
	assert_int_equal(vk_spot_encode(&m, &v), 0);
	assert_bytes(&v, spot, sizeof(spot));
	assert_int_equal(vk_continuous_encode(&m, &v), 0);
	assert_bytes(&v, continuous, sizeof(continuous));
}

static void glucose(void **state)
{
	struct vk_measurement m = with(VK_Q_GLUCOSE, "5.5");
	static const uint8_t molar[] = {0x0f, 0x2a, 0x01, 0xe8, 0x07, 6,    15,   17,  17,
					27,   0,    0,    0x37, 0xc0, 0x11, 0x00, 0x00};
	struct vk_value v;

	(void)state;
	m.seq = 0x012a;
	assert_int_equal(vk_glucose_encode(&m, &v), 0);
	assert_bytes(&v, molar, sizeof(molar));
	m = with(VK_Q_GLUCOSE, "85");
	m.unit = VK_UNIT_MG_DL;
	assert_int_equal(vk_glucose_encode(&m, &v), 0);
	assert_int_equal(v.byte[0], 0x0b);
	assert_int_equal(v.byte[12] | v.byte[13] << 8, 0xb055);
}

static void glucose_with_context(void **state)
{
	struct vk_measurement m = with(VK_Q_GLUCOSE, "5.5");
	static const uint8_t context[] = {0x02, 0x07, 0x00, 0x03};
	struct vk_value v;

	(void)state;
	m.seq = 7;
	and_with(&m, VK_Q_MEAL, "3");
	assert_int_equal(vk_glucose_encode(&m, &v), 0);
	assert_int_equal(v.byte[0], 0x1f);
	assert_int_equal(vk_glucose_context_encode(&m, &v), 0);
	assert_bytes(&v, context, sizeof(context));
}

static void date_times(void **state)
{
	static const uint8_t leap[] = {0xe8, 0x07, 2, 29, 23, 59, 59};
	static const uint8_t no_such_day[] = {0xe9, 0x07, 2, 29, 0, 0, 0};
	static const uint8_t unknown[7] = {0};
	uint8_t out[VK_DATE_TIME_LEN];
	int64_t s;

	(void)state;
	assert_int_equal(vk_date_time_decode(leap, &s), 0);
	vk_date_time_encode(s, out);
	assert_memory_equal(out, leap, sizeof(out));
	assert_int_equal(vk_date_time_decode(no_such_day, &s), -EINVAL);
	assert_int_equal(vk_date_time_decode(unknown, &s), -EINVAL);
}

static void current_time_has_the_weekday(void **state)
{
	static const uint8_t saturday[] = {0xe8, 0x07, 6, 15, 17, 17, 27, 6, 0, 0};
	uint8_t out[VK_CURRENT_TIME_LEN];

	(void)state;
	vk_current_time_encode(AT_2024_06_15_17_17_27, out);
	assert_memory_equal(out, saturday, sizeof(out));
	vk_current_time_encode(AT_2024_06_15_17_17_27 + 86400, out);
	assert_int_equal(out[7], 7);
}

static void instants(void **state)
{
	int64_t s;

	(void)state;
	assert_int_equal(vk_instant_parse("2024-06-15T17:17:27Z", &s), 0);
	assert_int_equal(s, AT_2024_06_15_17_17_27);
	assert_int_equal(vk_instant_parse("2024-06-15T19:17:27.250+02:00", &s), 0);
	assert_int_equal(s, AT_2024_06_15_17_17_27);
	assert_int_equal(vk_instant_parse("2024-06-15T12:17:27-05:00", &s), 0);
	assert_int_equal(s, AT_2024_06_15_17_17_27);
	assert_int_equal(vk_instant_parse("2024-06-15T17:17:27", &s), -EINVAL);
	assert_int_equal(vk_instant_parse("2024-06-31T17:17:27Z", &s), -EINVAL);
	assert_int_equal(vk_instant_parse("yesterday", &s), -EINVAL);
	assert_int_equal(vk_wall_parse("2017-01-01T00:00:00", &s), 0);
	assert_int_equal(s, VK_FACTORY_EPOCH_S);
}

#define FEB_14 1644856918 /* 2022-02-14T16:41:58 on the wall */

static void temperature(void **state)
{
	static const uint8_t bytes[] = {0x06, 0x78, 0x0e, 0x00, 0xfe, 0xe6, 0x07,
					0x02, 0x0e, 0x10, 0x29, 0x3a, 0x03};
	static const uint8_t none[] = {0x07, 0xff, 0xff, 0x7f, 0x00};
	struct vk_measurement m = with(VK_Q_TEMPERATURE, "37.04");
	struct vk_value v;

	(void)state;
	m.wall_s = FEB_14;
	assert_int_equal(vk_temperature_encode(&m, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
	m.unit = VK_UNIT_DEG_F;
	m.not_a_number = true;
	assert_int_equal(vk_temperature_encode(&m, &v), 0);
	assert_memory_equal(v.byte, none, sizeof(none));
	m.unit = VK_UNIT_KPA;
	assert_int_equal(vk_temperature_encode(&m, &v), -EINVAL);
}

static void heart_rate(void **state)
{
	static const uint8_t bytes[] = {0x06, 66};
	struct vk_measurement m = with(VK_Q_HEART_RATE, "66");
	struct vk_value v;

	(void)state;
	assert_int_equal(vk_heart_rate_encode(&m, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
	m = with(VK_Q_HEART_RATE, "256");
	assert_int_equal(vk_heart_rate_encode(&m, &v), -ERANGE);
}

/* The checksum of a public vector of the CGM Feature, then a record of ours that carries one. */
static void continuous_glucose(void **state)
{
	static const uint8_t feature[] = {0x6e, 0x9e, 0x01, 0x16};
	static const uint8_t record[] = {0x08, 0x00, 0x78, 0x00, 0x06, 0x00};
	struct vk_measurement m = with(VK_Q_GLUCOSE, "120");
	struct vk_value v;

	(void)state;
	assert_int_equal(vk_crc_e2e(feature, sizeof(feature)), 0xc18a);
	m.seq = 6;
	assert_int_equal(vk_cgm_encode(&m, &v), 0);
	assert_int_equal(v.len, 8);
	assert_memory_equal(v.byte, record, sizeof(record));
	assert_int_equal(v.byte[6] | v.byte[7] << 8, vk_crc_e2e(record, sizeof(record)));
}

static void body_composition(void **state)
{
	static const uint8_t bytes[] = {0x16, 0x03, 0xc2, 0x00, 0xe6, 0x07, 0x02, 0x0e, 0x10,
					0x29, 0x3a, 0x01, 0x97, 0x01, 0xca, 0x21, 0xa8, 0x11};
	struct vk_measurement m = with(VK_Q_BODY_FAT, "19.4");
	struct vk_value v;

	(void)state;
	m.wall_s = FEB_14;
	and_with(&m, VK_Q_USER, "1");
	and_with(&m, VK_Q_MUSCLE, "40.7");
	and_with(&m, VK_Q_WATER, "43.25");
	and_with(&m, VK_Q_IMPEDANCE, "452.0");
	assert_int_equal(vk_composition_encode(&m, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
	m.not_a_number = true;
	assert_int_equal(vk_composition_encode(&m, &v), 0);
	assert_int_equal(v.byte[2] | v.byte[3] << 8, 0xffff);
}

/* A public vector of a Mi Scale: 61.75 kg. */
static void advertising_only(void **state)
{
	static const uint8_t bytes[] = {0x22, 0x3e, 0x30, 0xe6, 0x07, 0x02, 0x0e, 0x10, 0x29, 0x3a};
	struct vk_measurement m = with(VK_Q_WEIGHT, "61.75");
	struct vk_value v;

	(void)state;
	m.wall_s = FEB_14;
	assert_int_equal(vk_beacon_encode(&m, true, &v), 0);
	assert_bytes(&v, bytes, sizeof(bytes));
	assert_int_equal(vk_beacon_encode(&m, false, &v), 0);
	assert_int_equal(v.byte[0], 0x02);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(sfloat_keeps_the_precision),
		cmocka_unit_test(sfloat_never_makes_a_special_value),
		cmocka_unit_test(decimals_that_are_none),
		cmocka_unit_test(weight_without_clock),
		cmocka_unit_test(weight_with_clock),
		cmocka_unit_test(weight_that_a_scale_cannot_say),
		cmocka_unit_test(pressure),
		cmocka_unit_test(pressure_record),
		cmocka_unit_test(pressure_in_kilopascal_with_user),
		cmocka_unit_test(spot_and_continuous_have_other_flags),
		cmocka_unit_test(glucose),
		cmocka_unit_test(glucose_with_context),
		cmocka_unit_test(temperature),
		cmocka_unit_test(heart_rate),
		cmocka_unit_test(continuous_glucose),
		cmocka_unit_test(body_composition),
		cmocka_unit_test(advertising_only),
		cmocka_unit_test(date_times),
		cmocka_unit_test(current_time_has_the_weekday),
		cmocka_unit_test(instants),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
