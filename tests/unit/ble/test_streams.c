/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Devices that speak without being confirmed: a chest strap, a glucose sensor, and stored blood
 * pressures that are longer than a notification.
 */
#include "cmocka_all.h"

#include <string.h>

#include "kit.h"
#include "session_values.h"

/* ---- a chest strap ---- */

static void wear(struct home *h, const void *value, size_t len, int seconds)
{
	for (int i = 0; i < seconds; i++) {
		home_notify(h, 0x2a37, value, len);
		home_wait(h, 1000);
	}
	home_run(h);
}

static void strap_gives_one_number_a_session(void **state)
{
	struct home *h = *state;
	static const uint8_t value[] = {0x06, 0x48}; /* contact, 72 */

	fake_peer_add(&h->peer, 0x2a37, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	assert_int_equal(h->peer.list[kit_cccd_of(h, 0x2a37)].value[0], 1);
	assert_string_equal(vk_attributes_kind(&h->attributes), "heart-rate");
	wear(h, value, sizeof value, 15);
	assert_int_equal(h->n_samples, 0);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->samples[0].sample.uuid, 0x2a37);
	assert_true(h->samples[0].sample.is_live);
	assert_memory_equal(h->samples[0].raw, value, sizeof value);
}

static void strap_that_is_worn_long_speaks_once_a_minute(void **state)
{
	struct home *h = *state;
	static const uint8_t value[] = {0x00, 0x48};

	fake_peer_add(&h->peer, 0x2a37, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	wear(h, value, sizeof value, 130);
	assert_int_equal(h->n_samples, 2);
}

static void strap_on_the_table_measures_nothing(void **state)
{
	struct home *h = *state;
	static const uint8_t lost[] = {0x04, 0x48}, zero[] = {0x00, 0x00};

	fake_peer_add(&h->peer, 0x2a37, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	wear(h, lost, sizeof lost, 15);
	wear(h, zero, sizeof zero, 15);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 0);
}

/* ---- a glucose sensor ---- */

/* 120 mg/dL, 595 and 600 minutes after its start. */
static const uint8_t two_records[] = {6, 0, 0x0c, 0x10, 0x53, 0x02, 6, 0, 0x0c, 0x10, 0x58, 0x02};

static void put_on(struct home *h, const void *start)
{
	fake_peer_add(&h->peer, VK_UUID_SENSOR, VK_GATT_NOTIFY, NULL, 0);
	fake_peer_add(&h->peer, VK_UUID_SENSOR_START, VK_GATT_READ, start, start ? 9 : 0);
	home_start(h, -1);
	home_notify(h, VK_UUID_SENSOR, two_records, sizeof two_records);
	home_run(h);
}

static void assert_shown(const struct home_sample *s, int hour, int minute)
{
	assert_true(s->sample.is_decoded);
	assert_int_equal(s->sample.len, 6);
	assert_int_equal(s->sample.decoded.time_state, VK_TIME_KNOWN);
	assert_int_equal(s->sample.decoded.device_time.hour, hour);
	assert_int_equal(s->sample.decoded.device_time.minute, minute);
	assert_true(s->sample.is_live);
}

static void records_of_a_sensor_count_from_its_start(void **state)
{
	struct home *h = *state;

	/* 2026-03-03 21:40; it is 07:40 the next day */
	put_on(h, "\xea\x07\x03\x03\x15\x28\x00\x80\xff");
	assert_int_equal(h->result, 0);
	assert_string_equal(vk_attributes_kind(&h->attributes), "cgm");
	assert_int_equal(h->n_samples, 2);
	assert_shown(&h->samples[0], 7, 35);
	assert_shown(&h->samples[1], 7, 40);
	assert_memory_equal(h->samples[1].raw, two_records + 6, 6);
	assert_false(h->samples[1].sample.has_offset);
}

static void sensor_with_a_wrong_clock_is_placed_by_what_it_shows_now(void **state)
{
	struct home *h = *state;

	/* a year before; its last record is of this minute all the same */
	put_on(h, "\xe9\x07\x03\x03\x15\x28\x00\x80\xff");
	assert_int_equal(h->n_samples, 2);
	assert_shown(&h->samples[0], 7, 35);
	assert_true(h->samples[1].sample.has_offset);
	assert_int_equal(h->samples[1].sample.offset_s, 365 * 86400);
}

static void sensor_without_a_start_measures_now(void **state)
{
	struct home *h = *state;

	put_on(h, NULL);
	assert_int_equal(h->n_samples, 2);
	assert_true(h->samples[1].sample.is_live);
	assert_int_not_equal(h->samples[1].sample.decoded.time_state, VK_TIME_KNOWN);
}

static void broken_sensor_is_kept_once(void **state)
{
	struct home *h = *state;
	static const uint8_t broken[] = {9, 0, 0x0c, 0x10, 0x53, 0x02};

	put_on(h, NULL);
	for (int i = 0; i < 5; i++)
		home_notify(h, VK_UUID_SENSOR, broken, sizeof broken);
	home_run(h);
	assert_int_equal(h->n_samples, 3);
	assert_false(h->samples[2].sample.is_decoded);
}

/* ---- stored blood pressures in segments ---- */

/* Number 5 of 2A35: 120/80, mean 93, 2026-03-04 07:30:00, 72 /min, nothing odd. */
static const uint8_t record[] = {5,    0, 0x35, 0x2a, 0x16, 0x78, 0, 0x50, 0,    0x5d, 0,
				 0xea, 7, 3,    4,    7,    30,   0, 0x48, 0x00, 0,    0};

enum { HEAD = 4, FIRST_PART = 15 };

static void segment(struct home *h, uint8_t header, size_t from, size_t len)
{
	uint8_t value[1 + HEAD + sizeof record] = {header};

	memcpy(value + 1, record, HEAD);
	memcpy(value + 1 + HEAD, record + HEAD + from, len);
	home_notify(h, 0x2b36, value, 1 + HEAD + len);
}

static void start_cuff(struct home *h)
{
	fake_peer_add(&h->peer, 0x2b36, VK_GATT_NOTIFY, NULL, 0);
	fake_peer_add(&h->peer, 0x2a52, VK_GATT_INDICATE | VK_GATT_WRITE, NULL, 0);
	home_start(h, -1);
}

static void assert_is_record(const struct home_sample *s)
{
	assert_true(s->sample.is_decoded);
	assert_int_equal(s->sample.decoded.sequence, 5);
	assert_int_equal(s->raw[0], VK_SEGMENT_FIRST | VK_SEGMENT_LAST);
	assert_memory_equal(s->raw + 1, record, sizeof record);
}

static void segments_of_a_record_are_joined(void **state)
{
	struct home *h = *state;
	size_t rest = sizeof record - HEAD - FIRST_PART;

	start_cuff(h);
	assert_string_equal(vk_attributes_kind(&h->attributes), "cuff");
	segment(h, VK_SEGMENT_FIRST | 62 << VK_SEGMENT_COUNT_SHIFT, 0, FIRST_PART);
	segment(h, (uint8_t)(VK_SEGMENT_LAST | 63 << VK_SEGMENT_COUNT_SHIFT), FIRST_PART, rest);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 1);
	assert_is_record(&h->samples[0]);
}

/* Or it would be another reading at each transfer. */
static void record_is_the_same_whatever_its_counter(void **state)
{
	struct home *h = *state;

	start_cuff(h);
	segment(h, VK_SEGMENT_FIRST | VK_SEGMENT_LAST | 7 << VK_SEGMENT_COUNT_SHIFT, 0,
		sizeof record - HEAD);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 1);
	assert_is_record(&h->samples[0]);
}

/* What is too short to be a segment is kept as it came, and is the same when it comes again. */
static void bytes_that_are_no_segment_are_the_same_each_time(void **state)
{
	struct home *h = *state;

	start_cuff(h);
	for (uint8_t counter = 7; counter <= 9; counter += 2) {
		uint8_t value[] = {(uint8_t)(3 | counter << VK_SEGMENT_COUNT_SHIFT), 5, 0, 0x35};

		home_notify(h, 0x2b36, value, sizeof value);
	}
	home_run(h);
	assert_int_equal(h->n_samples, 2);
	assert_false(h->samples[0].sample.is_decoded);
	assert_memory_equal(h->samples[0].raw, "\x03\x05\x00\x35", 4);
	assert_memory_equal(h->samples[1].raw, h->samples[0].raw, 4);
}

static void lost_segment_is_never_bridged(void **state)
{
	struct home *h = *state;

	start_cuff(h);
	segment(h, VK_SEGMENT_FIRST, 0, 8);
	segment(h, VK_SEGMENT_LAST | 2 << VK_SEGMENT_COUNT_SHIFT, 12, 6);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 0);
}

#define T(name) cmocka_unit_test_setup_teardown(name, kit_setup, home_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(strap_gives_one_number_a_session),
		T(strap_that_is_worn_long_speaks_once_a_minute),
		T(strap_on_the_table_measures_nothing),
		T(records_of_a_sensor_count_from_its_start),
		T(sensor_with_a_wrong_clock_is_placed_by_what_it_shows_now),
		T(sensor_without_a_start_measures_now),
		T(broken_sensor_is_kept_once),
		T(segments_of_a_record_are_joined),
		T(record_is_the_same_whatever_its_counter),
		T(bytes_that_are_no_segment_are_the_same_each_time),
		T(lost_segment_is_never_bridged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
