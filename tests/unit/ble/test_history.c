/* SPDX-License-Identifier: Apache-2.0 */
/* Histories as models give them out: counted, reversed, busy, deleted, with a clock that fell. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "meter.h"

static void context(struct home *h, uint16_t sequence, uint8_t meal)
{
	uint8_t value[] = {0x02, 0, 0, meal};

	vk_put_le16(value + 1, sequence);
	home_notify(h, 0x2a34, value, sizeof value);
}

static void end_report(struct home *h, uint8_t code)
{
	const uint8_t value[] = {6, 0, 1, code};

	home_indicate(h, 0x2a52, value, sizeof value);
	home_run(h);
}

static void set_quirk(struct home *h, enum vk_quirk quirk)
{
	vk_add_quirk(&h->quirks, quirk);
	vk_add_quirk(&h->given.quirks, quirk);
}

/* 2026-03-04, at a minute of the day; the device's clock may be elsewhere. */
static void timed_record(struct home *h, uint16_t sequence, int minute, int year)
{
	uint8_t value[] = {0x02, 0, 0, 0, 0, 0x03, 0x04, 0, 0, 0x00, 0x55, 0xb0, 0x11};

	vk_put_le16(value + 1, sequence);
	vk_put_le16(value + 3, (uint16_t)year);
	value[7] = (uint8_t)(minute / 60);
	value[8] = (uint8_t)(minute % 60);
	home_notify(h, 0x2a18, value, sizeof value);
}

static void answer(struct home *h, uint8_t op, uint8_t code)
{
	const uint8_t value[] = {6, 0, op, code};

	home_indicate(h, 0x2a52, value, sizeof value);
	home_run(h);
}

static void meter_without_a_count_is_asked_all_the_same(void **state)
{
	struct home *h = *state;

	home_start(h, -1);
	answer(h, 4, 2);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	meter_records(h, 1, 3);
	end_report(h, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 3);
}

static void absurd_count_is_cut_off(void **state)
{
	struct home *h = *state;

	home_start(h, -1);
	home_indicate(h, 0x2a52, "\x05\x00\xff\xff", 4);
	assert_int_equal(h->result, -EOVERFLOW);
}

static void tail_that_was_lost_is_asked_for(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 12);
	meter_records(h, 1, 10);
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x03\x01\x0b\x00", 5);
	meter_records(h, 11, 12);
	end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 12);
}

static void procedure_of_another_is_aborted_once(void **state)
{
	struct home *h = *state;
	uint16_t handle = fake_peer_handle(&h->peer, 0x2a52);

	h->peer.list[handle].write_error = 0xfe;
	h->peer.list[handle].write_errors = 1;
	home_start(h, -1);
	assert_memory_equal(meter_racp(h)->value, "\x03\x00", 2);
	answer(h, 3, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	meter_records(h, 1, 3);
	end_report(h, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 3);
	assert_int_equal(h->result, 0);
}

static void procedure_that_stays_in_progress_waits_for_another_day(void **state)
{
	struct home *h = *state;

	h->peer.list[fake_peer_handle(&h->peer, 0x2a52)].write_error = 0x80;
	home_start(h, -1);
	assert_int_equal(h->result, -EAGAIN);
}

static void badly_subscribed_is_subscribed_again_once(void **state)
{
	struct home *h = *state;
	uint16_t handle = fake_peer_handle(&h->peer, 0x2a52);

	h->peer.list[handle].write_error = 0xfd;
	h->peer.list[handle].write_errors = 1;
	home_start(h, -1);
	assert_int_equal(h->peer.list[handle + 1].writes, 2);
	assert_memory_equal(meter_racp(h)->value, "\x04\x01", 2);
	assert_int_equal(h->result, 0);
}

static void subscriptions_end_with_the_access_point(void **state)
{
	struct home *h = *state;
	uint8_t order[3];
	int n = 0;

	home_start(h, -1);
	for (int i = 0; i < h->n_packets && i < HOME_PACKETS; i++)
		if (h->packets[i].pdu[0] == VK_ATT_WRITE_REQ && h->packets[i].len == 5 && n < 3)
			order[n++] = h->packets[i].pdu[1];
	assert_int_equal(n, 3);
	assert_int_equal(order[0], fake_peer_handle(&h->peer, 0x2a18) + 1);
	assert_int_equal(order[1], fake_peer_handle(&h->peer, 0x2a34) + 1);
	assert_int_equal(order[2], fake_peer_handle(&h->peer, 0x2a52) + 1);
}

/* TaiDoc: 0 is the newest, so numbers mean nothing tomorrow. */
static void reversed_meter_is_known_by_times(void **state)
{
	struct home *h = *state;

	set_quirk(h, VK_QUIRK_SEQUENCE_REVERSED);
	home_start(h, -1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
	timed_record(h, 0, 430, 2026);
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	for (int i = 0; i < 5; i++)
		timed_record(h, (uint16_t)i, 430 - i, 2026);
	end_report(h, 1);
	assert_int_equal(h->n_samples, 6);
	assert_true(h->samples[0].sample.does_sequence_move);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), -1);
	assert_true(h->session.given.memory.has_newest);
	h->given.memory = h->session.given.memory;
	home_done(h);
	home_start(h, -1);
	timed_record(h, 0, 430, 2026);
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
	assert_true(h->session.transfer.is_done);
}

static void meter_that_counts_backwards_shows_itself(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 5);
	for (int i = 0; i < 5; i++)
		timed_record(h, (uint16_t)i, 430 - i, 2026);
	end_report(h, 1);
	assert_true(h->samples[0].sample.does_sequence_move);
	assert_true(h->session.given.memory.is_reversed);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), -1);
	h->given.memory = h->session.given.memory;
	home_done(h);
	home_start(h, -1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
}

static void all_only_and_last_only(void **state)
{
	struct home *h = *state;

	set_quirk(h, VK_QUIRK_RACP_ALL_ONLY);
	home_start(h, 7);
	assert_memory_equal(meter_racp(h)->value, "\x04\x01", 2);
	home_done(h);
	h->quirks = h->given.quirks = (struct vk_quirks){0};
	set_quirk(h, VK_QUIRK_RACP_LAST_ONLY);
	home_start(h, 7);
	assert_memory_equal(meter_racp(h)->value, "\x01\x06", 2);
	meter_record(h, 9);
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
}

/* Contour: the new one comes when it is subscribed to, before anything was asked. */
static void unasked_record_is_handed_over_at_once(void **state)
{
	struct home *h = *state;

	meter_start(h, 5, 0);
	answer(h, 1, 6);
	assert_true(h->session.transfer.is_done);
	timed_record(h, 6, 439, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 6);
}

static void nothing_is_deleted_without_leave(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 3);
	meter_records(h, 1, 3);
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
}

static void deleting_waits_until_all_is_stored(void **state)
{
	struct home *h = *state;

	h->given.may_delete = true;
	meter_start(h, -1, 3);
	h->is_hub_slow = true;
	meter_records(h, 1, 3);
	end_report(h, 1);
	home_store(h, 2);
	home_run(h);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	home_store(h, 1);
	home_run(h);
	assert_memory_equal(meter_racp(h)->value, "\x02\x02\x01\x03\x00", 5);
	answer(h, 2, 1);
	assert_true(h->session.transfer.is_done);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 3);
}

static void nothing_is_deleted_when_one_was_not_stored(void **state)
{
	struct home *h = *state;

	h->given.may_delete = true;
	meter_start(h, -1, 3);
	h->does_store = false;
	meter_records(h, 1, 3);
	end_report(h, 1);
	assert_int_equal(h->result, -EIO);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
}

/* Row d, the session's half: the hub saw the clock before, a battery change lies in the middle. */
static void two_hundred_records_with_a_jump_are_placed(void **state)
{
	struct home *h = *state;
	int64_t utc_s = h->now.utc_ms / 1000, widest = 0;

	fake_peer_add(&h->peer, 0x2a2b, VK_GATT_READ, "\xe1\x07\x01\x01\x03\x28\x00\x07\x00\x00",
		      10);
	h->given.memory.mark = (struct vk_clock_mark){
		.is_known = true,
		.utc_s = utc_s - 201 * 60,
		.wall_s = vk_civil_seconds(&h->now.local) - 201 * 60,
		.device_s = vk_civil_seconds(&h->now.local) - 201 * 60,
	};
	meter_start(h, -1, 200);
	/* Now is 07:40; the clock fell to 2017-01-01 when it was 06:00, and shows 03:40 of that. */
	for (int i = 0; i < 200; i++) {
		bool is_fallen = i >= 100;
		uint8_t value[] = {0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0x00, 0x55, 0xb0, 0x11};
		int minute = 7 * 60 + 40 - (200 - i) - (is_fallen ? 4 * 60 : 0);

		vk_put_le16(value + 1, (uint16_t)(i + 1));
		vk_put_le16(value + 3, is_fallen ? 2017 : 2026);
		value[5] = is_fallen ? 1 : 3;
		value[6] = is_fallen ? 1 : 4;
		value[7] = (uint8_t)(minute / 60);
		value[8] = (uint8_t)(minute % 60);
		home_notify(h, 0x2a18, value, sizeof value);
	}
	end_report(h, 1);
	assert_int_equal(h->n_samples, 200);
	assert_string_equal(vk_clock_state_text(h->session.clock_state), "factory");
	for (int i = 0; i < 200; i++) {
		const struct vk_sample *sample = &h->samples[i].sample;
		int64_t off_s = sample->placed_utc_s - (utc_s - (200 - i) * 60);

		assert_int_equal(sample->by, i < 100 ? VK_BY_KEPT : VK_BY_READ);
		assert_true(sample->uncertainty_s >= 0);
		assert_true(off_s <= sample->uncertainty_s && off_s >= -sample->uncertainty_s);
		widest = sample->uncertainty_s > widest ? sample->uncertainty_s : widest;
	}
	printf("{\"row\":\"d\",\"records\":200,\"placed\":200,\"widest_uncertainty_s\":%lld,"
	       "\"limit_s\":60}\n",
	       (long long)widest);
	assert_true(widest <= 60);
}

static void has_steady_clock(struct home *h)
{
	fake_peer_add(&h->peer, 0x2a2b, VK_GATT_READ, "\xea\x07\x03\x04\x07\x28\x00\x03\x00\x00",
		      10);
	h->given.memory.mark = (struct vk_clock_mark){
		.is_known = true,
		.utc_s = h->now.utc_ms / 1000 - 86400,
		.wall_s = vk_civil_seconds(&h->now.local) - 86400,
		.device_s = vk_civil_seconds(&h->now.local) - 86400,
	};
}

/* With a clock that was seen unchanged nothing has to wait for the end of the report. */
static void records_of_a_steady_clock_stream(void **state)
{
	struct home *h = *state;

	has_steady_clock(h);
	meter_start(h, -1, 40);
	for (int i = 0; i < 20; i++)
		timed_record(h, (uint16_t)(i + 1), 300 + i, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 20);
	/* A fall in the times: from here on the end must be awaited. */
	for (int i = 20; i < 40; i++)
		timed_record(h, (uint16_t)(i + 1), 200 + i, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 20);
	end_report(h, 1);
	assert_int_equal(h->n_samples, 40);
}

/* A session in which records 1 to 3, the last at 07:00, were stored; the next one begins. */
static void come_back_after_three(struct home *h, uint16_t count)
{
	h->given.memory.has_newest = true;
	h->given.memory.newest_s = vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 0, 0});
	has_steady_clock(h);
	meter_start(h, 3, count);
}

/* What was streamed is remembered as what was placed is. */
static void newest_of_a_stream_is_remembered(void **state)
{
	struct home *h = *state;

	has_steady_clock(h);
	meter_start(h, 1, 2);
	timed_record(h, 2, 410, 2026);
	timed_record(h, 3, 420, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 2);
	end_report(h, 1);
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 0, 0}));
}

/*
 * Numbers above the last, and times before it: the meter has begun to count backwards, and what it
 * calls 4 is an old record. Everything is asked for, and nothing is taken for a number's sake.
 */
static void old_record_with_a_new_number_is_seen_through(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 1);
	timed_record(h, 4, 400, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 0); /* it is not streamed as a new one */
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	assert_true(h->samples[0].sample.does_sequence_move);
	for (int i = 0; i < 5; i++)
		timed_record(h, (uint16_t)i, 430 - 10 * i, 2026);
	end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_int_equal(h->n_samples, 6);
	assert_true(h->session.given.memory.is_reversed);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), -1);
}

/* Old times under new numbers, but they rise: it counts forward, and its numbers are its records'.
 */
static void new_numbers_that_rise_are_trusted(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 2);
	timed_record(h, 4, 400, 2026);
	timed_record(h, 5, 410, 2026);
	end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.is_reversed);
	assert_false(h->samples[0].sample.does_sequence_move);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 5);
}

/* Nothing above the last number; what bears that number now is another record. */
static void newest_number_with_an_old_time_is_seen_through(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	assert_memory_equal(meter_racp(h)->value, "\x01\x06", 2);
	timed_record(h, 3, 400, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	assert_true(h->samples[0].sample.does_sequence_move);
}

static void newest_record_itself_is_no_surprise(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	timed_record(h, 3, 420, 2026);
	end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.is_reversed);
}

/* Only one record, and a number below the one it had. */
static void only_record_under_another_number_is_the_same(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	timed_record(h, 2, 420, 2026);
	end_report(h, 1);
	assert_true(h->samples[0].sample.does_sequence_move);
}

/* A meter without seconds, and two measurements in a minute. */
static void second_record_of_a_minute_is_new(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 1);
	timed_record(h, 4, 420, 2026);
	end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.is_reversed);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 4);
}

/* A clock that fell makes new records look old. */
static void new_record_of_a_fallen_clock_is_new(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 1);
	h->session.found.device_s -= 86400;
	timed_record(h, 4, 400, 2026);
	end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 4);
}

/* Two that fall, by a clock that nobody touched, tell as much as three. */
static void two_records_of_a_steady_clock_show_the_way(void **state)
{
	struct home *h = *state;

	has_steady_clock(h);
	meter_start(h, -1, 2);
	timed_record(h, 0, 430, 2026);
	timed_record(h, 1, 420, 2026);
	end_report(h, 1);
	assert_true(h->session.given.memory.is_reversed);
}

/* It counts forwards again: the order is that of the times, whatever it did before. */
static void order_follows_the_times_of_a_meter_that_changed_its_mind(void **state)
{
	struct home *h = *state;

	has_steady_clock(h);
	h->given.memory.is_reversed = true;
	home_start(h, -1);
	timed_record(h, 1, 400, 2026);
	end_report(h, 1);
	for (int i = 0; i < 4; i++)
		timed_record(h, (uint16_t)(i + 1), 400 + 10 * i, 2026);
	end_report(h, 1);
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 10, 0}));
}

/*
 * It counted backwards for a while, and a jump of its clock lies in what it holds: which end is the
 * new one cannot be told. The oldest is not taken for the newest, or nothing new is asked for ever.
 */
static void order_that_times_do_not_tell_is_asked_for_again(void **state)
{
	struct home *h = *state;
	static const int minutes[] = {400, 410, 300, 310};

	has_steady_clock(h);
	h->given.memory.is_reversed = true;
	h->given.memory.has_newest = true;
	h->given.memory.newest_s = vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 6, 30, 0});
	for (int session = 0; session < 2; session++) {
		home_start(h, -1);
		assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
		timed_record(h, 1, minutes[0], 2026);
		end_report(h, 1);
		assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
		for (int i = 0; i < 4; i++)
			timed_record(h, (uint16_t)(i + 1), minutes[i], 2026);
		end_report(h, 1);
		assert_true(h->session.transfer.is_done);
		assert_false(h->session.given.memory.has_newest);
		h->given.memory = h->session.given.memory;
		home_done(h);
	}
	home_start(h, -1);
}

/* A model that is known to count backwards needs no times to tell its newest. */
static void order_of_a_known_model_is_trusted(void **state)
{
	struct home *h = *state;

	set_quirk(h, VK_QUIRK_SEQUENCE_REVERSED);
	has_steady_clock(h);
	home_start(h, -1);
	timed_record(h, 0, 310, 2026);
	end_report(h, 1);
	timed_record(h, 0, 310, 2026);
	timed_record(h, 1, 300, 2026);
	timed_record(h, 2, 410, 2026);
	end_report(h, 1);
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 5, 10, 0}));
}

/* A context follows its record: nothing of such a model is handed over before both are there. */
static void a_ketone_result_is_told_from_glucose(void **state)
{
	struct home *h = *state;

	vk_add_quirk(&h->quirks, VK_QUIRK_MEAL_6_IS_KETONE);
	has_steady_clock(h);
	meter_start(h, -1, 3);
	meter_record(h, 1);
	context(h, 1, 2);
	meter_record(h, 2);
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	context(h, 2, 6);
	meter_record(h, 3);
	end_report(h, 1);
	assert_int_equal(h->n_samples, 5);
	for (int i = 0; i < h->n_samples; i++) {
		const struct vk_decoded *d = &h->samples[i].sample.decoded;

		assert_int_equal(vk_decoded_has(d, VK_FLAG_KETONE), d->sequence == 2);
	}
}

static void without_the_quirk_meal_6_says_nothing(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 1);
	meter_record(h, 1);
	context(h, 1, 6);
	end_report(h, 1);
	assert_int_equal(h->n_samples, 2);
	for (int i = 0; i < h->n_samples; i++)
		assert_false(vk_decoded_has(&h->samples[i].sample.decoded, VK_FLAG_KETONE));
}

#define T(name) cmocka_unit_test_setup_teardown(name, meter_setup, home_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(a_ketone_result_is_told_from_glucose),
		T(without_the_quirk_meal_6_says_nothing),
		T(meter_without_a_count_is_asked_all_the_same),
		T(absurd_count_is_cut_off),
		T(tail_that_was_lost_is_asked_for),
		T(procedure_of_another_is_aborted_once),
		T(procedure_that_stays_in_progress_waits_for_another_day),
		T(badly_subscribed_is_subscribed_again_once),
		T(subscriptions_end_with_the_access_point),
		T(reversed_meter_is_known_by_times),
		T(meter_that_counts_backwards_shows_itself),
		T(all_only_and_last_only),
		T(unasked_record_is_handed_over_at_once),
		T(nothing_is_deleted_without_leave),
		T(deleting_waits_until_all_is_stored),
		T(nothing_is_deleted_when_one_was_not_stored),
		T(two_hundred_records_with_a_jump_are_placed),
		T(newest_of_a_stream_is_remembered),
		T(old_record_with_a_new_number_is_seen_through),
		T(new_numbers_that_rise_are_trusted),
		T(newest_number_with_an_old_time_is_seen_through),
		T(newest_record_itself_is_no_surprise),
		T(only_record_under_another_number_is_the_same),
		T(second_record_of_a_minute_is_new),
		T(new_record_of_a_fallen_clock_is_new),
		T(two_records_of_a_steady_clock_show_the_way),
		T(order_follows_the_times_of_a_meter_that_changed_its_mind),
		T(order_that_times_do_not_tell_is_asked_for_again),
		T(order_of_a_known_model_is_trusted),
		T(records_of_a_steady_clock_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
