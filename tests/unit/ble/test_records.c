/* SPDX-License-Identifier: Apache-2.0 */
/* A meter's records through a whole session: all, then the new ones, and links that break. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "meter.h"

static void all_then_from_the_last(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 200);
	assert_int_equal(meter_racp(h)->len, 2);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	meter_records(h, 1, 200);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, 200);
	assert_int_equal(h->confirmations, 1);
	assert_true(h->learned & VK_LEARNED_SEQUENCE);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 200);
	assert_false(h->samples[0].sample.is_live);
	home_done(h);
	meter_start(h, 200, 3);
	assert_memory_equal(meter_racp(h)->value, "\x01\x03\x01\xc9\x00", 5);
	meter_records(h, 201, 203);
	meter_end_report(h, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 203);
}

static void end_is_confirmed_when_every_record_is_stored(void **state)
{
	struct home *h = *state;

	h->is_hub_slow = true;
	meter_start(h, -1, 10);
	meter_records(h, 1, 10);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, 10);
	home_store(h, 9);
	assert_int_equal(h->confirmations, 0);
	home_store(h, 1);
	assert_int_equal(h->confirmations, 1);
}

static void slow_hub_keeps_a_silent_device_without_haste(void **state)
{
	struct home *h = *state;

	h->is_hub_slow = true;
	meter_start(h, -1, 10);
	meter_records(h, 1, 10);
	meter_end_report(h, 1);
	for (int i = 0; i < 9; i++) {
		home_wait(h, VK_SESSION_IDLE_MS / 4);
		assert_int_equal(h->result, 0);
		assert_true(vk_session_deadline_ms(&h->session) > h->now.mono_ms);
		home_store(h, 1);
	}
	assert_true(vk_session_deadline_ms(&h->session) <= h->now.mono_ms + VK_SESSION_STORE_MS);
	home_store(h, 1);
	assert_int_equal(h->confirmations, 1);
}

static void one_failed_record_leaves_the_end_unconfirmed(void **state)
{
	struct home *h = *state;

	h->is_hub_slow = true;
	meter_start(h, -1, 10);
	meter_records(h, 1, 10);
	meter_end_report(h, 1);
	home_store(h, 4);
	h->does_store = false;
	home_store(h, 1);
	assert_int_equal(h->result, -EIO);
	assert_int_equal(h->confirmations, 0);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 4);
}

static void broken_link_goes_on_from_what_is_stored(void **state)
{
	struct home *h = *state;

	h->is_hub_slow = true;
	meter_start(h, -1, 100);
	meter_records(h, 1, 100);
	home_run(h);
	vk_session_end(&h->session);
	home_store(h, 60);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 60);
	home_store(h, 40);
	assert_true(vk_session_is_drained(&h->session));
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 100);
	assert_int_equal(h->confirmations, 0);
}

static void newest_first_and_broken_starts_anew(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 200);
	for (int i = 200; i > 150; i--)
		meter_record(h, (uint16_t)i);
	home_run(h);
	vk_session_end(&h->session);
	home_store(h, 50);
	assert_int_equal(h->n_samples, 50);
	assert_int_equal(h->session.transfer.stored, 50);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), -1);
}

static void lost_notifications_are_asked_for_again(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 12);
	meter_records(h, 1, 5);
	meter_records(h, 9, 12);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x04\x01\x06\x00\x08\x00", 7);
	meter_records(h, 6, 8);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, 12);
	assert_int_equal(h->confirmations, 2);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 12);
}

static void deleted_records_are_asked_for_once(void **state)
{
	struct home *h = *state;

	meter_start(h, 4, 3);
	meter_records(h, 7, 9);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x04\x01\x05\x00\x06\x00", 7);
	meter_end_report(h, 6);
	assert_int_equal(h->session.transfer.is_done, true);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 9);
}

static void nothing_new_is_normal(void **state)
{
	struct home *h = *state;

	meter_start(h, 7, 0);
	assert_memory_equal(meter_racp(h)->value, "\x01\x06", 2);
	meter_record(h, 7);
	meter_end_report(h, 1);
	assert_int_equal(h->result, 0);
	assert_int_equal(h->session.transfer.is_done, true);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 7);
}

static void reset_meter_is_asked_for_all(void **state)
{
	struct home *h = *state;

	meter_start(h, 400, 0);
	meter_record(h, 3);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	meter_records(h, 1, 3);
	meter_end_report(h, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 3);
}

static void more_than_in_flight_waits_its_turn(void **state)
{
	struct home *h = *state;

	h->is_hub_slow = true;
	meter_start(h, -1, 1000);
	meter_records(h, 1, 1000);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, VK_SESSION_IN_FLIGHT);
	h->is_hub_slow = false;
	home_run(h);
	assert_int_equal(h->n_samples, 1000);
	assert_int_equal(h->confirmations, 1);
}

static void flooding_meter_is_cut_off(void **state)
{
	struct home *h = *state;

	h->is_hub_slow = true;
	meter_start(h, -1, VK_TRANSFER_MAX);
	meter_records(h, 1, VK_TRANSFER_MAX);
	assert_int_equal(h->result, 0);
	meter_record(h, 9);
	assert_int_equal(h->result, -EOVERFLOW);
}

static void silent_meter_is_given_up(void **state)
{
	struct home *h = *state;

	home_start(h, -1);
	home_wait(h, VK_SESSION_IDLE_MS);
	assert_int_equal(h->result, -ETIMEDOUT);
	assert_true(h->session.is_mute);
}

static void context_belongs_to_its_record(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 1);
	meter_record(h, 1);
	home_notify(h, 0x2a34, "\x02\x01\x00\x01", 4);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, 2);
	assert_int_equal(h->samples[1].sample.uuid, 0x2a34);
	assert_int_equal(h->samples[1].sample.decoded.sequence, 1);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, meter_setup, home_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(all_then_from_the_last),
		T(end_is_confirmed_when_every_record_is_stored),
		T(slow_hub_keeps_a_silent_device_without_haste),
		T(one_failed_record_leaves_the_end_unconfirmed),
		T(broken_link_goes_on_from_what_is_stored),
		T(newest_first_and_broken_starts_anew),
		T(lost_notifications_are_asked_for_again),
		T(deleted_records_are_asked_for_once),
		T(nothing_new_is_normal),
		T(reset_meter_is_asked_for_all),
		T(more_than_in_flight_waits_its_turn),
		T(flooding_meter_is_cut_off),
		T(silent_meter_is_given_up),
		T(context_belongs_to_its_record),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
