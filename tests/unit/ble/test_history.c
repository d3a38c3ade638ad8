/* SPDX-License-Identifier: Apache-2.0 */
/* Histories as models give them out: counted, reversed, busy, deleted, with a clock that fell. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "meter.h"

static void meter_without_a_count_is_asked_all_the_same(void **state)
{
	struct home *h = *state;

	home_start(h, -1);
	meter_answer(h, 4, 2);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	meter_records(h, 1, 3);
	meter_end_report(h, 1);
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
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x03\x01\x0b\x00", 5);
	meter_records(h, 11, 12);
	meter_end_report(h, 1);
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
	meter_answer(h, 3, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	meter_records(h, 1, 3);
	meter_end_report(h, 1);
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
	uint8_t order[3] = {0};
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

static void all_only_and_last_only(void **state)
{
	struct home *h = *state;

	meter_set_quirk(h, VK_QUIRK_RACP_ALL_ONLY);
	home_start(h, 7);
	assert_memory_equal(meter_racp(h)->value, "\x04\x01", 2);
	home_done(h);
	h->quirks = h->given.quirks = (struct vk_quirks){0};
	meter_set_quirk(h, VK_QUIRK_RACP_LAST_ONLY);
	home_start(h, 7);
	assert_memory_equal(meter_racp(h)->value, "\x01\x06", 2);
	meter_record(h, 9);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
}

/* Contour: the new one comes when it is subscribed to, before anything was asked. */
static void unasked_record_is_handed_over_at_once(void **state)
{
	struct home *h = *state;

	meter_start(h, 5, 0);
	meter_answer(h, 1, 6);
	assert_true(h->session.transfer.is_done);
	meter_timed_record(h, 6, 439, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 6);
}

static void nothing_is_deleted_without_leave(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 3);
	meter_records(h, 1, 3);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
}

static void deleting_waits_until_all_is_stored(void **state)
{
	struct home *h = *state;

	h->given.may_delete = true;
	meter_start(h, -1, 3);
	h->is_hub_slow = true;
	meter_records(h, 1, 3);
	meter_end_report(h, 1);
	home_store(h, 2);
	home_run(h);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	home_store(h, 1);
	home_run(h);
	assert_memory_equal(meter_racp(h)->value, "\x02\x02\x01\x03\x00", 5);
	meter_answer(h, 2, 1);
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
	meter_end_report(h, 1);
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
	meter_end_report(h, 1);
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

/* With a clock that was seen unchanged nothing has to wait for the end of the report. */
static void records_of_a_steady_clock_stream(void **state)
{
	struct home *h = *state;

	meter_has_steady_clock(h);
	meter_start(h, -1, 40);
	for (int i = 0; i < 20; i++)
		meter_timed_record(h, (uint16_t)(i + 1), 300 + i, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 20);
	/* A fall in the times: from here on the end must be awaited. */
	for (int i = 20; i < 40; i++)
		meter_timed_record(h, (uint16_t)(i + 1), 200 + i, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 20);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, 40);
}

/* A context follows its record: nothing of such a model is handed over before both are there. */
static void a_ketone_result_is_told_from_glucose(void **state)
{
	struct home *h = *state;

	vk_add_quirk(&h->quirks, VK_QUIRK_MEAL_6_IS_KETONE);
	meter_has_steady_clock(h);
	meter_start(h, -1, 3);
	meter_record(h, 1);
	meter_context(h, 1, 2);
	meter_record(h, 2);
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	meter_context(h, 2, 6);
	meter_record(h, 3);
	meter_end_report(h, 1);
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
	meter_context(h, 1, 6);
	meter_end_report(h, 1);
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
		T(all_only_and_last_only),
		T(unasked_record_is_handed_over_at_once),
		T(nothing_is_deleted_without_leave),
		T(deleting_waits_until_all_is_stored),
		T(nothing_is_deleted_when_one_was_not_stored),
		T(two_hundred_records_with_a_jump_are_placed),
		T(records_of_a_steady_clock_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
