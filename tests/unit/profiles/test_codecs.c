/* SPDX-License-Identifier: Apache-2.0 */
/* What the vectors cannot reach: what is built to be written, what is joined, who is told apart. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <errno.h>
#include <string.h>

#include "profiles/cgm.h"
#include "profiles/date_time.h"
#include "profiles/device_info.h"
#include "profiles/e2e_crc.h"
#include "profiles/feature.h"
#include "profiles/health_sensor.h"
#include "profiles/pressure_record.h"
#include "profiles/quirks.h"
#include "profiles/racp.h"
#include "profiles/segments.h"
#include "profiles/service_data.h"
#include "profiles/user_data.h"

#define BYTES(...) ((const uint8_t[]){__VA_ARGS__})

static void a_request_holds_what_its_operator_needs(void **state)
{
	struct vk_racp_request r = {
		.op = VK_RACP_REPORT,
		.operator_ = VK_RACP_WITHIN,
		.filter = VK_RACP_BY_SEQUENCE,
		.first = 0x0102,
		.last = 0xfffe,
		.from = {2024, 6, 15, 7, 30, 1},
		.until = {2026, 12, 31, 23, 59, 58},
	};
	uint8_t out[VK_RACP_MAX];

	(void)state;
	assert_int_equal(vk_racp_build(out, &r), 7);
	assert_memory_equal(out, BYTES(1, 4, 1, 2, 1, 0xfe, 0xff), 7);
	r.operator_ = VK_RACP_AT_MOST;
	assert_int_equal(vk_racp_build(out, &r), 5);
	assert_memory_equal(out, BYTES(1, 2, 1, 0xfe, 0xff), 5);
	r.operator_ = VK_RACP_AT_LEAST;
	assert_int_equal(vk_racp_build(out, &r), 5);
	assert_memory_equal(out, BYTES(1, 3, 1, 2, 1), 5);
	r.filter = VK_RACP_BY_TIME;
	assert_int_equal(vk_racp_build(out, &r), 10);
	assert_memory_equal(out, BYTES(1, 3, 2, 0xe8, 7, 6, 15, 7, 30, 1), 10);
	r.operator_ = VK_RACP_WITHIN;
	assert_int_equal(vk_racp_build(out, &r), VK_RACP_MAX);
	assert_memory_equal(
		out, BYTES(1, 4, 2, 0xe8, 7, 6, 15, 7, 30, 1, 0xea, 7, 12, 31, 23, 59, 58), 17);
	r.op = VK_RACP_DELETE;
	r.operator_ = VK_RACP_ALL;
	assert_int_equal(vk_racp_build(out, &r), 2);
	assert_memory_equal(out, BYTES(2, 1), 2);
	r.op = VK_RACP_COUNT;
	r.operator_ = VK_RACP_LAST;
	assert_int_equal(vk_racp_build(out, &r), 2);
	assert_memory_equal(out, BYTES(4, 6), 2);
	r.operator_ = VK_RACP_FIRST;
	assert_int_equal(vk_racp_build(out, &r), 2);
	assert_memory_equal(out, BYTES(4, 5), 2);
}

static void user_requests_are_what_the_profile_says(void **state)
{
	uint8_t out[VK_USER_REQUEST_MAX];
	struct vk_user_request request;
	struct vk_decode_error error;

	(void)state;
	assert_int_equal(vk_user_build_consent(out, 1, 2520), 4);
	assert_memory_equal(out, BYTES(2, 1, 0xd8, 9), 4);
	assert_int_equal(vk_user_request_decode(out, 4, &request, &error), 0);
	assert_int_equal(request.index, 1);
	assert_int_equal(request.consent, 2520);
	assert_int_equal(vk_user_build_register(out, 9999), 3);
	assert_memory_equal(out, BYTES(1, 0x0f, 0x27), 3);
	assert_int_equal(vk_user_build_register(out, 10000), -EINVAL);
	assert_int_equal(vk_user_build_consent(out, 1, 10000), -EINVAL);
	assert_int_equal(vk_user_build_consent(out, 254, 9999), 4);
	assert_int_equal(vk_user_build_consent(out, VK_USER_UNKNOWN, 1), -EINVAL);
}

static void an_empty_user_request_is_refused(void **state)
{
	struct vk_user_request request;
	struct vk_decode_error error = {.byte = 9};

	(void)state;
	assert_int_equal(vk_user_request_decode(BYTES(2), 0, &request, &error), -EBADMSG);
	assert_int_equal(error.byte, 0);
	assert_string_equal(error.why, "0 bytes came: no op code");
}

/* What is not known stays 0, so that nobody reckons with it. */
static void unknown_parts_of_time_are_zero(void **state)
{
	struct vk_reference_time reference = {.age_h = 7, .accuracy_ms = 7};
	struct vk_local_time local = {.zone_min = 7, .dst_min = 7};
	struct vk_decode_error error;

	(void)state;
	assert_int_equal(vk_reference_time_decode(BYTES(1, 254, 3, 255), 4, &reference, &error), 0);
	assert_false(reference.has_age || reference.has_accuracy);
	assert_int_equal(reference.age_h, 0);
	assert_int_equal(reference.accuracy_ms, 0);
	assert_int_equal(vk_reference_time_decode(BYTES(1, 1, 255, 3), 4, &reference, &error), 0);
	assert_false(reference.has_age);
	assert_int_equal(reference.age_h, 0);
	assert_int_equal(vk_local_time_decode(BYTES(57, 6), 2, &local, &error), 0);
	assert_false(local.has_zone || local.has_dst);
	assert_int_equal(local.zone_min, 0);
	assert_int_equal(local.dst_min, 0);
}

static void a_request_is_no_answer(void **state)
{
	struct vk_user_answer answer;
	struct vk_decode_error error = {.byte = 9};

	(void)state;
	assert_int_equal(vk_user_answer_decode(BYTES(2, 1, 1), 3, &answer, &error), -EBADMSG);
	assert_int_equal(error.byte, 0);
	assert_string_equal(error.why, "op code 0x02 is no answer");
	assert_int_equal(vk_user_answer_decode(BYTES(0x20, 2, 1), 3, &answer, &error), 0);
	assert_int_equal(answer.index, -1);
}

static void an_increment_there_and_back(void **state)
{
	uint8_t out[VK_USER_INCREMENT_SIZE] = {9, 9, 9, 9};
	struct vk_decode_error error;
	uint32_t increment = 0;

	(void)state;
	vk_user_increment_build(out, 0xfedc0102u);
	assert_memory_equal(out, BYTES(2, 1, 0xdc, 0xfe), 4);
	assert_int_equal(vk_user_increment_decode(out, 4, &increment, &error), 0);
	assert_int_equal(increment, 0xfedc0102u);
}

static void a_check_sum_is_the_public_one(void **state)
{
	uint8_t value[6] = {0x6e, 0x9e, 0x01, 0x16};
	struct vk_decode_error error = {0};

	(void)state;
	assert_int_equal(vk_e2e_crc((const uint8_t *)"123456789", 9), 0x6f91); /* MCRF4XX */
	assert_int_equal(vk_e2e_crc(value, 0), 0xffff);
	vk_e2e_crc_append(value, 4);
	assert_memory_equal(value + 4, BYTES(0x8a, 0xc1), 2);
	assert_int_equal(vk_e2e_crc_check(value, 4, 7, &error), 0);
	value[5] ^= 0x80;
	assert_int_equal(vk_e2e_crc_check(value, 4, 7, &error), -EBADMSG);
	assert_int_equal(error.byte, 11);
}

/* ---- segments ---- */

static const uint8_t pressure[] = {0x42, 0x7c, 0, 0x56, 0, 0x61, 0, 0x80, 0x5c, 5, 0x2e};

/* One segment of a 2B36: header, sequence 7, UUID 2B34, and some bytes of the value. */
static int add_part(struct vk_segments *s, uint8_t header, size_t from, size_t n,
		    struct vk_decode_error *error)
{
	uint8_t part[32] = {header, 7, 0, 0x34, 0x2b};

	memcpy(part + 5, pressure + from, n);
	return vk_segments_add(s, part, 5 + n, VK_PRESSURE_RECORD_HEAD, error);
}

static void a_record_in_segments_is_joined(void **state)
{
	struct vk_segments s = {0};
	struct vk_decode_error error;
	struct vk_decoded d;

	(void)state;
	assert_int_equal(add_part(&s, 62 << 2 | 1, 0, 4, &error), 0);
	assert_int_equal(add_part(&s, 63 << 2, 4, 4, &error), 0);
	assert_int_equal(add_part(&s, 0 << 2 | 2, 8, 3, &error), 1);
	assert_int_equal(s.len, 4 + sizeof pressure);
	assert_int_equal(vk_pressure_record_decode_joined(s.data, s.len, &d, &error), 0);
	assert_int_equal(d.sequence, 7);
	assert_int_equal(d.n_values, 3);
	assert_int_equal(d.device_time.year, 2024);
	/* The next value starts afresh, also alone. */
	assert_int_equal(add_part(&s, 1 << 2 | 3, 0, sizeof pressure, &error), 1);
	assert_int_equal(s.len, 4 + sizeof pressure);
}

static void a_lost_segment_drops_the_value(void **state)
{
	struct vk_segments s = {0};
	struct vk_decode_error error = {.byte = 9};

	(void)state;
	assert_int_equal(add_part(&s, 5 << 2, 0, 4, &error), -EBADMSG);
	assert_string_equal(error.why, "segment 5 without a first one");
	assert_int_equal(error.byte, 0);
	assert_int_equal(add_part(&s, 1, 0, 4, &error), 0);
	assert_int_equal(add_part(&s, 2 << 2, 8, 3, &error), -EBADMSG);
	assert_string_equal(error.why, "segment 2 came where 1 must");
	assert_false(s.is_open);
	assert_int_equal(s.len, 0);
	assert_int_equal(add_part(&s, 1 << 2 | 2, 4, 4, &error), -EBADMSG);
	assert_int_equal(add_part(&s, 1, 0, 4, &error), 0);
	assert_int_equal(vk_segments_add(&s, BYTES(1 << 2, 7, 0, 0x34), 4, 4, &error), -EBADMSG);
	assert_int_equal(error.byte, 4);
	assert_string_equal(error.why, "a segment needs 5 bytes, 4 came");
	assert_false(s.is_open);
}

static void a_first_segment_starts_anew(void **state)
{
	struct vk_segments s = {0};
	struct vk_decode_error error;

	(void)state;
	assert_int_equal(add_part(&s, 1, 0, 4, &error), 0);
	assert_int_equal(add_part(&s, 9 << 2 | 1, 0, 8, &error), 0);
	assert_int_equal(add_part(&s, 10 << 2 | 2, 8, 3, &error), 1);
	assert_int_equal(s.len, 4 + sizeof pressure);
	assert_memory_equal(s.data + 4, pressure, sizeof pressure);
}

static void segments_have_a_bound(void **state)
{
	struct vk_segments s = {0};
	struct vk_decode_error error = {.byte = 9};
	uint8_t part[129] = {1};
	int n = 0;

	(void)state;
	while (vk_segments_add(&s, part, sizeof part, 0, &error) == 0 && n < 100)
		part[0] = (uint8_t)(++n << 2);
	assert_int_equal(n, VK_SEGMENTS_MAX / 128);
	assert_string_equal(error.why, "segments hold more than 512 bytes");
	assert_int_equal(error.byte, 0);
	assert_int_equal(s.len, 0);
}

static void a_joined_record_is_judged(void **state)
{
	struct vk_decode_error error;
	struct vk_decoded d;

	(void)state;
	assert_int_equal(vk_pressure_record_decode_joined(BYTES(7, 0, 0x35), 3, &d, &error),
			 -EBADMSG);
	assert_int_equal(error.byte, 3);
	assert_int_equal(
		vk_pressure_record_decode_joined(BYTES(7, 0, 0x35, 0x2a, 0, 1), 6, &d, &error),
		-EBADMSG);
	assert_int_equal(error.byte, 6);
}

static void a_joined_observation_decodes(void **state)
{
	static const uint8_t weight[] = {1, 10,   0, 1,    0, 0x40, 0xe1, 2,
					 0, 0xc3, 6, 0x7d, 3, 0,    0xff};
	struct vk_decode_error error;
	struct vk_decoded d;

	(void)state;
	assert_int_equal(vk_observation_decode_joined(weight, sizeof weight, &d, &error), 0);
	assert_int_equal(d.values[0].number.mantissa, 893);
	assert_int_equal(vk_observation_decode_joined(weight, sizeof weight - 1, &d, &error),
			 -EBADMSG);
	assert_int_equal(error.byte, sizeof weight - 1);
}

/* ---- CGM with its session ---- */

static void a_record_is_placed_by_its_session(void **state)
{
	static const uint8_t record[] = {6, 0, 0x78, 0, 0x2c, 1}; /* minute 300 */
	struct vk_cgm_start start = {.state = VK_TIME_KNOWN, .time = {2024, 6, 15, 20, 30, 5}};
	struct vk_decoded records[VK_MAX_RECORDS];
	struct vk_decode_error error;

	(void)state;
	assert_int_equal(vk_cgm_decode(record, sizeof record, &start, records, &error), 1);
	assert_int_equal(records[0].time_state, VK_TIME_KNOWN);
	assert_int_equal(vk_civil_seconds(&records[0].device_time),
			 vk_civil_seconds(&((struct vk_civil){2024, 6, 16, 1, 30, 5})));
	start.time.year = 9999;
	start.time.month = 12;
	start.time.day = 31;
	assert_int_equal(vk_cgm_decode(record, sizeof record, &start, records, &error), 1);
	assert_int_equal(records[0].time_state, VK_TIME_UNKNOWN);
	assert_int_equal(records[0].device_time.year, 0);
	assert_int_equal(records[0].device_time.month, 0);
	start.state = VK_TIME_UNKNOWN;
	assert_int_equal(vk_cgm_decode(record, sizeof record, &start, records, &error), 1);
	assert_int_equal(records[0].time_state, VK_TIME_UNKNOWN);
	assert_int_equal(vk_cgm_decode(record, sizeof record, NULL, records, &error), 1);
	assert_int_equal(records[0].time_state, VK_TIME_NO_FIELD);
}

/* ---- who decodes what ---- */

static void other_uuids_are_left_to_others(void **state)
{
	static const uint8_t value[13];
	struct vk_decode_error error;
	struct vk_feature feature;
	struct vk_decoded d;

	(void)state;
	assert_int_equal(vk_feature_decode(0x2a35, value, 13, &feature, &error), -ENOTSUP);
	assert_null(vk_feature_text(0x2a35, 0));
	assert_null(vk_feature_text(0x2a49, -1));
	assert_null(vk_feature_text(0x2a49, 9));
	assert_string_equal(vk_feature_text(0x2a49, 8), "user-facing-time");
	assert_int_equal(vk_service_data_decode(0x1810, value, 13, &d, &error), -ENOTSUP);
	assert_int_equal(vk_service_data_decode(0x181b, value, 13, &d, &error), 0);
	assert_int_equal(d.kind, VK_KIND_WEIGHT);
	assert_null(vk_device_text_name(0x2a23));
	assert_string_equal(vk_device_text_name(0x2a29), "manufacturer");
}

static void names_of_quirks_there_and_back(void **state)
{
	struct vk_quirks quirks = {0};

	(void)state;
	for (int i = 0; i < VK_N_QUIRKS; i++) {
		assert_int_equal(vk_quirk_parse(vk_quirk_text(i)), i);
		assert_true(strlen(vk_quirk_what(i)) > 10);
		assert_false(vk_has_quirk(&quirks, (enum vk_quirk)i));
		vk_add_quirk(&quirks, (enum vk_quirk)i);
		assert_true(vk_has_quirk(&quirks, (enum vk_quirk)i));
	}
	assert_false(vk_has_quirk(NULL, VK_QUIRK_CUFF_TAIL_BIG_ENDIAN));
	assert_int_equal(vk_quirk_parse("no-such-quirk"), -1);
	assert_string_equal(vk_quirk_text(-1), "?");
	assert_string_equal(vk_quirk_text(VK_N_QUIRKS), "?");
	assert_string_equal(vk_quirk_what(VK_N_QUIRKS), "?");
	assert_int_equal(VK_QUIRK_CLOCK_DATE_TIME, VK_N_DECODE_QUIRKS);
}

/* A quirk is for one form of one characteristic: all else passes as it is. */
static void quirks_touch_only_what_they_name(void **state)
{
	static const uint8_t tail[] = {0x56, 0x6a, 0,    0x47, 0, 0,    0, 0xea, 7, 8,
				       0x0b, 0x12, 0x1f, 0,    0, 0x3f, 0, 0,    0, 0};
	struct vk_quirks all = {UINT64_MAX};
	struct vk_decode_error error;
	struct vk_decoded plain, quirky;
	uint8_t other[20];

	(void)state;
	assert_int_equal(vk_profile_decode(0x2a35, NULL, tail, 20, &plain, &error), 0);
	assert_int_equal(vk_profile_decode(0x2a35, &all, tail, 20, &quirky, &error), 0);
	assert_int_equal(quirky.user, -1); /* 20 bytes: not that model's form */
	assert_int_equal(quirky.values[3].number.mantissa, plain.values[3].number.mantissa);
	memcpy(other, tail, 19);
	other[0] = 0x57;
	assert_int_equal(vk_profile_decode(0x2a35, &all, other, 19, &quirky, &error), 0);
	assert_int_equal(quirky.user, -1);
	assert_int_equal(vk_profile_decode(0x2a36, &all, tail, 19, &quirky, &error), 0);
	assert_int_equal(quirky.user, -1);
	memset(other, 0, sizeof other);
	other[0] = 0xfe;
	other[1] = 0x21;
	assert_int_equal(vk_profile_decode(0x2a35, &all, other, 20, &quirky, &error), 0);
	assert_int_equal(quirky.user, 0);
	assert_int_equal(quirky.values[0].unit, VK_UNIT_MMHG);
	assert_true(quirky.flags == 0);
	other[0] = 0xff;
	other[1] = 0x20;
	assert_int_equal(vk_profile_decode(0x2a35, &all, other, 20, &quirky, &error), 0);
	assert_int_equal(quirky.values[0].unit, VK_UNIT_KPA);
	other[0] = 0xfe;
	assert_int_equal(vk_profile_decode(0x2a35, &all, other, 19, &quirky, &error), 0);
	assert_int_equal(quirky.values[0].number.mantissa, 0x20);
	/* A pulse of 0 stays one; only the mean pressure is taken back. */
	assert_int_equal(vk_profile_decode(0x2a35, &all, BYTES(4, 1, 0, 0, 0, 0, 0, 0, 0), 9,
					   &quirky, &error),
			 0);
	assert_int_equal(quirky.values[1].absent, VK_ABSENT_NONE);
	assert_int_equal(quirky.values[2].absent, VK_ABSENT_NOT_A_NUMBER);
	assert_int_equal(quirky.values[3].absent, VK_ABSENT_NONE);
	/* A weight of 0 is not a composition. */
	assert_int_equal(vk_profile_decode(0x2a9d, &all, BYTES(0, 0, 0), 3, &quirky, &error), 0);
	assert_int_equal(quirky.values[0].absent, VK_ABSENT_NONE);
	assert_true(vk_profile_is_reading(&quirky));
}

static void what_was_not_measured_is_no_reading(void **state)
{
	static const enum vk_flag none[] = {VK_FLAG_MEASUREMENT_UNAVAILABLE, VK_FLAG_DEMONSTRATION,
					    VK_FLAG_TEST_DATA};
	struct vk_decoded d = vk_decoded_init(VK_KIND_SPO2_SPOT);

	(void)state;
	d.flags = UINT64_MAX;
	for (size_t i = 0; i < VK_ARRAY_LEN(none); i++)
		d.flags &= ~(UINT64_C(1) << none[i]);
	assert_true(vk_profile_is_reading(&d));
	for (size_t i = 0; i < VK_ARRAY_LEN(none); i++) {
		d.flags = UINT64_C(1) << none[i];
		assert_false(vk_profile_is_reading(&d));
	}
}

static void an_identity_of_a_device_decodes(void **state)
{
	struct vk_decode_error error;
	struct vk_system_id id;
	struct vk_pnp_id pnp;

	(void)state;
	assert_int_equal(vk_system_id_decode(BYTES(0x9a, 0x78, 0x56, 0x34, 0xf2, 0xbc, 0x9a, 0x78),
					     8, &id, &error),
			 0);
	assert_true(id.manufacturer == UINT64_C(0xf23456789a));
	assert_int_equal(id.organisation, 0x789abc);
	assert_int_equal(
		vk_pnp_id_decode(BYTES(2, 0x34, 0x12, 0x78, 0x56, 0xbc, 0x9a), 7, &pnp, &error), 0);
	assert_int_equal(pnp.source, 2);
	assert_int_equal(pnp.vendor, 0x1234);
	assert_int_equal(pnp.product, 0x5678);
	assert_int_equal(pnp.version, 0x9abc);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_request_holds_what_its_operator_needs),
		cmocka_unit_test(user_requests_are_what_the_profile_says),
		cmocka_unit_test(an_empty_user_request_is_refused),
		cmocka_unit_test(unknown_parts_of_time_are_zero),
		cmocka_unit_test(a_request_is_no_answer),
		cmocka_unit_test(an_increment_there_and_back),
		cmocka_unit_test(a_check_sum_is_the_public_one),
		cmocka_unit_test(a_record_in_segments_is_joined),
		cmocka_unit_test(a_lost_segment_drops_the_value),
		cmocka_unit_test(a_first_segment_starts_anew),
		cmocka_unit_test(segments_have_a_bound),
		cmocka_unit_test(a_joined_record_is_judged),
		cmocka_unit_test(a_joined_observation_decodes),
		cmocka_unit_test(a_record_is_placed_by_its_session),
		cmocka_unit_test(other_uuids_are_left_to_others),
		cmocka_unit_test(names_of_quirks_there_and_back),
		cmocka_unit_test(quirks_touch_only_what_they_name),
		cmocka_unit_test(what_was_not_measured_is_no_reading),
		cmocka_unit_test(an_identity_of_a_device_decodes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
