/* SPDX-License-Identifier: Apache-2.0 */
/* Placement in time under three clocks that may be wrong, and the bytes of an identity. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <string.h>

#include "base/err.h"
#include "core/reading.h"

/* Stockholm around the spring of 2026. */
static const struct vk_zone stockholm = {
	.name = "Europe/Stockholm",
	.n = 2,
	.transitions = {{1761440400, 3600}, {1774746000, 7200}},
};

static int64_t at(const char *text)
{
	int64_t utc_ms;

	assert_int_equal(vk_rfc3339_parse(text, &utc_ms), 0);
	return utc_ms;
}

static struct vk_reading live_reading(const char *device_time)
{
	struct vk_reading r = {
		.device = "C0FFEE000001",
		.characteristic = 0x2a35,
		.raw = {1, 2, 3},
		.raw_len = 3,
		.received_utc_ms = at("2026-03-04T07:40:12+01:00"),
		.is_live = true,
	};

	r.decoded = vk_decoded_init(VK_KIND_BLOOD_PRESSURE);
	if (device_time) {
		r.decoded.time_state = VK_TIME_KNOWN;
		assert_int_equal(vk_civil_parse(device_time, &r.decoded.device_time), 0);
	}
	return r;
}

static struct vk_reading stored_reading(const char *device_time)
{
	struct vk_reading r = live_reading(device_time);

	r.is_live = false;
	return r;
}

static void assert_placed(struct vk_reading *r, enum vk_clock_quality quality, const char *time,
			  int64_t uncertainty_s, enum vk_time_reason reason)
{
	vk_reading_place(r, &stockholm, quality);
	assert_string_equal(vk_time_reason_text(r->time_reason), vk_time_reason_text(reason));
	assert_true(r->time_utc_ms == at(time));
	assert_int_equal(r->uncertainty_s, uncertainty_s);
}

static void live_without_device_time_takes_the_time_of_reception(void **state)
{
	struct vk_reading r = live_reading(NULL);

	(void)state;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-04T07:40:12+01:00", 0, VK_PLACED_RECEIVED);
	r.decoded.time_state = VK_TIME_UNKNOWN;
	assert_placed(&r, VK_CLOCK_HELD, "2026-03-04T07:40:12+01:00", 60, VK_PLACED_RECEIVED);
}

static void a_possible_device_time_is_taken(void **state)
{
	struct vk_reading r = live_reading("2026-03-04T07:39:30");
	struct vk_reading stored = stored_reading("2026-03-01T07:00:00");

	(void)state;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-04T07:39:30+01:00", 42, VK_PLACED_DEVICE);
	assert_placed(&stored, VK_CLOCK_SYNCED, "2026-03-01T07:00:00+01:00", 3600,
		      VK_PLACED_DEVICE);
}

static void a_measured_offset_corrects_the_device(void **state)
{
	struct vk_reading r = stored_reading("2026-03-01T06:00:00");

	(void)state;
	r.has_clock_offset = true;
	r.clock_offset_s = 3600;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-01T07:00:00+01:00", 0, VK_PLACED_CORRECTED);
	r.clock_offset_s = 1;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-01T06:00:00+01:00", 0, VK_PLACED_DEVICE);
}

static void an_offset_makes_a_factory_clock_possible(void **state)
{
	struct vk_reading r = stored_reading("2017-01-01T00:10:00");

	(void)state;
	r.has_clock_offset = true;
	r.clock_offset_s =
		(at("2026-03-04T07:00:00+01:00") - at("2017-01-01T00:00:00+01:00")) / 1000;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-04T07:10:00+01:00", 0, VK_PLACED_CORRECTED);
}

static void an_impossible_device_time_of_a_live_value_gives_way(void **state)
{
	struct vk_reading past = live_reading("2019-12-31T23:59:59");
	struct vk_reading future = live_reading("2026-03-04T07:45:13");

	(void)state;
	assert_placed(&past, VK_CLOCK_SYNCED, "2026-03-04T07:40:12+01:00", 0, VK_PLACED_IMPOSSIBLE);
	assert_placed(&future, VK_CLOCK_SYNCED, "2026-03-04T07:40:12+01:00", 0,
		      VK_PLACED_IMPOSSIBLE);
	future.decoded.device_time.second = 12; /* five minutes ahead is the most there can be */
	assert_placed(&future, VK_CLOCK_SYNCED, "2026-03-04T07:45:12+01:00", 300, VK_PLACED_DEVICE);
}

static void a_device_that_says_its_clock_is_unset_is_believed(void **state)
{
	struct vk_reading r = live_reading("2026-03-04T07:39:30");

	(void)state;
	vk_decoded_flag(&r.decoded, VK_FLAG_DEVICE_CLOCK_NOT_SET);
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-04T07:40:12+01:00", 0, VK_PLACED_IMPOSSIBLE);
	r.decoded.flags = 0;
	vk_decoded_flag(&r.decoded, VK_FLAG_TIME_FAULT);
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-04T07:40:12+01:00", 0, VK_PLACED_IMPOSSIBLE);
}

static void a_stored_record_without_time_is_history(void **state)
{
	struct vk_reading none = stored_reading(NULL), old = stored_reading("2001-01-01T00:00:00");

	(void)state;
	assert_placed(&none, VK_CLOCK_SYNCED, "2026-03-04T07:40:12+01:00", -1, VK_PLACED_UNPLACED);
	assert_placed(&old, VK_CLOCK_UNSYNCED, "2026-03-04T07:40:12+01:00", -1, VK_PLACED_UNPLACED);
}

static void an_unsynced_hub_says_that_it_is_unsure(void **state)
{
	struct vk_reading r = live_reading(NULL);

	(void)state;
	assert_placed(&r, VK_CLOCK_UNSYNCED, "2026-03-04T07:40:12+01:00", -1, VK_PLACED_HUB_UNSURE);
}

/* A board without a clock chip: the device is right and the hub lives years before it. */
static void an_unsynced_hub_does_not_judge_the_device(void **state)
{
	struct vk_reading r = live_reading("2026-03-04T07:39:30");

	(void)state;
	r.received_utc_ms = at("2024-01-01T00:00:00Z");
	r.has_clock_offset = true;
	r.clock_offset_s = -70000000;
	assert_placed(&r, VK_CLOCK_UNSYNCED, "2026-03-04T07:39:30+01:00", 3600, VK_PLACED_DEVICE);
	r.has_clock_offset = false;
	assert_placed(&r, VK_CLOCK_SYNCED, "2024-01-01T00:00:00Z", 0, VK_PLACED_IMPOSSIBLE);
}

static size_t identity(const struct vk_reading *r, bool time_is_possible, uint8_t *out)
{
	size_t n = vk_reading_identity(r, time_is_possible, out);

	assert_in_range(n, 1, VK_IDENTITY_MAX);
	return n;
}

static bool is_same(const struct vk_reading *a, const struct vk_reading *b, bool time_is_possible)
{
	uint8_t of_a[VK_IDENTITY_MAX], of_b[VK_IDENTITY_MAX];
	size_t n_a = identity(a, time_is_possible, of_a), n_b = identity(b, time_is_possible, of_b);

	return n_a == n_b && memcmp(of_a, of_b, n_a) == 0;
}

static void patient_and_reception_are_no_part_of_an_identity(void **state)
{
	struct vk_reading a = live_reading("2026-03-04T07:39:30"), b = a;

	(void)state;
	strcpy(b.patient, "p-1042");
	b.received_utc_ms += 86400000;
	b.capture = 9;
	b.rev = 3;
	b.is_live = false;
	assert_true(is_same(&a, &b, true));
}

static void device_characteristic_bytes_and_anchor_are(void **state)
{
	const struct vk_reading a = live_reading("2026-03-04T07:39:30");
	struct vk_reading b = a;

	(void)state;
	b.device[11] = '2';
	assert_false(is_same(&a, &b, true));
	b = a;
	b.characteristic = 0x2a9d;
	assert_false(is_same(&a, &b, true));
	b = a;
	b.raw[2] = 4;
	assert_false(is_same(&a, &b, true));
	b = a;
	b.decoded.device_time.second = 31;
	assert_false(is_same(&a, &b, true));
	b = a;
	b.decoded.sequence = 0;
	assert_false(is_same(&a, &b, true));
}

static void the_anchor_is_the_first_that_there_is(void **state)
{
	struct vk_reading a = live_reading("2026-03-04T07:39:30"), b = a;

	(void)state;
	b.capture = 1;
	assert_true(vk_reading_needs_capture(&a, false));
	assert_false(is_same(&a, &b, false)); /* impossible time: the capture tells them apart */
	assert_false(vk_reading_needs_capture(&a, true));
	assert_true(is_same(&a, &b, true));
	a.decoded.sequence = b.decoded.sequence = 7;
	b.decoded.device_time.second = 0;
	assert_false(vk_reading_needs_capture(&a, false));
	assert_true(is_same(&a, &b, true)); /* a sequence number anchors alone */
}

static void a_number_is_no_anchor_of_another_kind(void **state)
{
	struct vk_reading numbered = live_reading(NULL), captured = numbered;

	(void)state;
	numbered.decoded.sequence = 7;
	captured.capture = 7;
	assert_false(is_same(&numbered, &captured, false));
}

static void the_longest_identity_fits(void **state)
{
	struct vk_reading r = live_reading("2026-03-04T07:39:30");
	uint8_t out[VK_IDENTITY_MAX];

	(void)state;
	memset(r.device, 'A', sizeof r.device - 1);
	r.raw_len = VK_RAW_MAX;
	assert_in_range(identity(&r, true, out), VK_RAW_MAX + VK_ID_TEXT, VK_IDENTITY_MAX);
}

static void a_uuid_carries_version_8(void **state)
{
	static const uint8_t hash[16] = {0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					 0xff, 0xff, 0,    1,    2,    3,    4,    5};
	static const uint8_t zeros[16] = {0};
	char text[VK_UUID_TEXT];

	(void)state;
	vk_uuid8_format(text, hash);
	assert_string_equal(text, "ffffffff-ffff-8fff-bfff-000102030405");
	vk_uuid8_format(text, zeros);
	assert_string_equal(text, "00000000-0000-8000-8000-000000000000");
}

/* Read in April; measured in March, when the wall was an hour behind. */
static struct vk_reading spring_reading(const char *device_time, int64_t offset_s)
{
	struct vk_reading r = stored_reading(device_time);

	r.received_utc_ms = at("2026-04-04T08:00:00+02:00");
	r.has_clock_offset = true;
	r.clock_offset_s = offset_s;
	return r;
}

static void a_device_that_missed_summer_time_was_right_before(void **state)
{
	struct vk_reading before = spring_reading("2026-03-20T07:00:00", 3598);
	struct vk_reading after = spring_reading("2026-04-02T07:00:00", 3598);

	(void)state;
	assert_placed(&before, VK_CLOCK_SYNCED, "2026-03-20T06:59:58+01:00", 0, VK_PLACED_SUMMER);
	assert_placed(&after, VK_CLOCK_SYNCED, "2026-04-02T07:59:58+02:00", 0, VK_PLACED_CORRECTED);
}

/* Nobody knows whether it was shifted at once or stood an hour behind until yesterday. */
static void across_the_change_a_right_clock_is_an_hour_unsure(void **state)
{
	struct vk_reading before = spring_reading("2026-03-20T07:00:00", 1);
	struct vk_reading after = spring_reading("2026-04-02T07:00:00", 1);

	(void)state;
	assert_placed(&before, VK_CLOCK_SYNCED, "2026-03-20T07:00:00+01:00", 3600,
		      VK_PLACED_DEVICE);
	assert_placed(&after, VK_CLOCK_SYNCED, "2026-04-02T07:00:00+02:00", 0, VK_PLACED_DEVICE);
	before.is_clock_steady = true;
	before.clock_drift_s = 4;
	assert_placed(&before, VK_CLOCK_SYNCED, "2026-03-20T07:00:00+01:00", 4, VK_PLACED_DEVICE);
}

static void the_collectors_place_goes_before_the_clock(void **state)
{
	struct vk_reading r = stored_reading("2017-01-01T00:20:00");

	(void)state;
	r.has_place = true;
	r.place_reason = VK_PLACED_SEQUENCE;
	r.place_utc_ms = at("2026-03-03T12:00:00+01:00");
	r.place_uncertainty_s = 1802;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-03T12:00:00+01:00", 1802, VK_PLACED_SEQUENCE);
	assert_true(vk_reading_time_is_possible(&r, &stockholm, VK_CLOCK_SYNCED));
	r.place_reason = VK_PLACED_UNPLACED;
	r.place_uncertainty_s = -1;
	assert_placed(&r, VK_CLOCK_SYNCED, "2026-03-03T12:00:00+01:00", -1, VK_PLACED_UNPLACED);
	assert_false(vk_reading_time_is_possible(&r, &stockholm, VK_CLOCK_SYNCED));
	/* What was placed by an unsure hub clock is worth nothing. */
	assert_placed(&r, VK_CLOCK_UNSYNCED, "2026-03-04T07:40:12+01:00", -1, VK_PLACED_UNPLACED);
}

static void only_a_time_of_the_measurement_is_measured(void **state)
{
	static const bool is_measured[VK_N_TIME_REASONS] = {
		[VK_PLACED_DEVICE] = true, [VK_PLACED_CORRECTED] = true,
		[VK_PLACED_SUMMER] = true, [VK_PLACED_KEPT] = true,
		[VK_PLACED_EITHER] = true, [VK_PLACED_SEQUENCE] = true,
	};

	(void)state;
	for (int i = 0; i < VK_N_TIME_REASONS; i++) {
		assert_int_equal(vk_time_is_measured((enum vk_time_reason)i), is_measured[i]);
		assert_string_not_equal(vk_time_reason_text((enum vk_time_reason)i), "?");
	}
}

/* A meter that counts backwards gives today's record another number tomorrow. */
static void a_moving_number_is_no_part_of_the_identity(void **state)
{
	struct vk_reading r = stored_reading("2026-03-03T07:00:00");
	uint8_t today[VK_IDENTITY_MAX], tomorrow[VK_IDENTITY_MAX];
	size_t n;

	(void)state;
	memcpy(r.raw, (const uint8_t[]){0x02, 7, 0, 9}, 4);
	r.raw_len = 4;
	r.decoded.sequence = 7;
	r.is_sequence_moving = true;
	n = vk_reading_identity(&r, true, today);
	r.raw[1] = 8;
	r.decoded.sequence = 8;
	assert_int_equal(vk_reading_identity(&r, true, tomorrow), n);
	assert_memory_equal(today, tomorrow, n);
	r.raw[3] = 10;
	(void)vk_reading_identity(&r, true, tomorrow);
	assert_memory_not_equal(today, tomorrow, n);
	assert_true(vk_reading_needs_capture(&r, false));
}

/* Ids in every database rest on these bytes: what an anchor looks like never changes. */
static void an_identity_is_these_bytes(void **state)
{
	static const uint8_t head[] = "vaka reading 1\0AB\0\x35\x2a\x02\x00\x11\x22";
	static const struct {
		int32_t sequence;
		bool is_possible;
		uint8_t anchor[9];
		size_t n;
	} rows[] = {{0x0102, true, "s\x02\x01\0\0", 5},
		    {-1, false, "c\x04\x03\x02\x01", 5},
		    {-1, true, "t\xea\x07\x03\x04\x07\x27\x1e", 8}};
	struct vk_reading r = live_reading("2026-03-04T07:39:30");

	(void)state;
	memset(r.device, 0, sizeof r.device);
	memcpy(r.device, "AB", 2);
	r.characteristic = 0x2a35;
	r.raw_len = 2;
	r.raw[0] = 0x11;
	r.raw[1] = 0x22;
	r.capture = 0x01020304;
	for (size_t i = 0; i < VK_ARRAY_LEN(rows); i++) {
		uint8_t out[VK_IDENTITY_MAX];

		memset(out, 0xaa, sizeof out);
		r.decoded.sequence = rows[i].sequence;
		assert_int_equal(identity(&r, rows[i].is_possible, out),
				 sizeof head - 1 + rows[i].n);
		assert_memory_equal(out, head, sizeof head - 1);
		assert_memory_equal(out + sizeof head - 1, rows[i].anchor, rows[i].n);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(live_without_device_time_takes_the_time_of_reception),
		cmocka_unit_test(a_possible_device_time_is_taken),
		cmocka_unit_test(a_measured_offset_corrects_the_device),
		cmocka_unit_test(an_offset_makes_a_factory_clock_possible),
		cmocka_unit_test(an_impossible_device_time_of_a_live_value_gives_way),
		cmocka_unit_test(a_device_that_says_its_clock_is_unset_is_believed),
		cmocka_unit_test(a_stored_record_without_time_is_history),
		cmocka_unit_test(an_unsynced_hub_says_that_it_is_unsure),
		cmocka_unit_test(an_unsynced_hub_does_not_judge_the_device),
		cmocka_unit_test(patient_and_reception_are_no_part_of_an_identity),
		cmocka_unit_test(device_characteristic_bytes_and_anchor_are),
		cmocka_unit_test(the_anchor_is_the_first_that_there_is),
		cmocka_unit_test(a_number_is_no_anchor_of_another_kind),
		cmocka_unit_test(the_longest_identity_fits),
		cmocka_unit_test(a_uuid_carries_version_8),
		cmocka_unit_test(a_device_that_missed_summer_time_was_right_before),
		cmocka_unit_test(across_the_change_a_right_clock_is_an_hour_unsure),
		cmocka_unit_test(the_collectors_place_goes_before_the_clock),
		cmocka_unit_test(only_a_time_of_the_measurement_is_measured),
		cmocka_unit_test(a_moving_number_is_no_part_of_the_identity),
		cmocka_unit_test(an_identity_is_these_bytes),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
