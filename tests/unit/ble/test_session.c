/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions with a scale, a cuff and an oximeter: when is what confirmed, and when never. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"

static const uint8_t WEIGHT[] = {0x00, 0x4e, 0x40}; /* 82.31 kg */

static void first_session_discovers_subscribes_and_identifies(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	assert_int_equal(h->result, 0);
	assert_int_equal(h->readies, 1);
	assert_true(h->learned & VK_LEARNED_ATTRIBUTES);
	assert_string_equal(h->session.identity[0], "Maker");
	assert_string_equal(h->session.identity[1], "Model??");
	assert_int_equal(h->session.battery_percent, 90);
	assert_memory_equal(h->peer.list[kit_cccd_of(h, 0x2a9d)].value, "\x02\x00", 2);
	assert_memory_equal(h->peer.list[kit_cccd_of(h, 0x2a05)].value, "\x02\x00", 2);
}

static void known_device_is_subscribed_with_the_first_packet(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	home_done(h);
	h->n_packets = h->taken = 0;
	home_start(h, -1);
	assert_int_equal(h->packets[0].pdu[0], VK_ATT_WRITE_REQ);
	assert_int_equal(h->packets[0].pdu[1], kit_cccd_of(h, 0x2a9d));
	/* Two subscriptions and nothing else: battery and identity wait for a reason. */
	assert_int_equal(h->n_packets, 2);
}

static void indication_is_confirmed_after_it_is_stored(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->is_hub_slow = true;
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->samples[0].sample.uuid, 0x2a9d);
	assert_true(h->samples[0].sample.is_decoded);
	assert_true(h->samples[0].sample.is_live);
	assert_int_equal(h->confirmations, 0);
	home_store(h, 1);
	assert_int_equal(h->confirmations, 1);
	assert_int_equal(h->result, 0);
}

static void failed_commit_is_never_confirmed(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->does_store = false;
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_int_equal(h->result, -EIO);
	assert_int_equal(h->confirmations, 0);
}

static void silent_hub_ends_the_link_unconfirmed(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->is_hub_slow = true;
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	assert_true(vk_session_deadline_ms(&h->session) <= h->now.mono_ms + VK_SESSION_STORE_MS);
	home_wait(h, VK_SESSION_STORE_MS - 1);
	assert_int_equal(h->result, 0);
	home_wait(h, 1);
	assert_int_equal(h->result, -ETIME);
	assert_int_equal(h->confirmations, 0);
}

static void answer_after_the_end_confirms_nothing(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->is_hub_slow = true;
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	vk_session_end(&h->session);
	assert_false(vk_session_is_drained(&h->session));
	home_store(h, 1);
	assert_int_equal(h->confirmations, 0);
	assert_true(vk_session_is_drained(&h->session));
}

static void truncated_value_is_stored_raw_and_confirmed(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, 2);
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_false(h->samples[0].sample.is_decoded);
	assert_int_equal(h->samples[0].sample.error.byte, 2);
	assert_false(h->samples[0].sample.is_live);
	assert_memory_equal(h->samples[0].raw, WEIGHT, 2);
	assert_int_equal(h->confirmations, 1);
}

static void unknown_handle_is_stored_raw_then_discovered(void **state)
{
	struct home *h = *state;
	static const uint8_t pdu[] = {VK_ATT_INDICATE, 0x77, 0x00, 1, 2};
	int requests;

	kit_add_scale(h);
	home_start(h, -1);
	requests = h->peer.requests;
	home_packet(h, pdu, sizeof pdu);
	home_run(h);
	assert_int_equal(h->samples[0].sample.uuid, 0);
	assert_false(h->samples[0].sample.is_decoded);
	assert_int_equal(h->confirmations, 1);
	assert_true(h->peer.requests > requests + 3);
	assert_int_equal(h->result, 0);
	assert_int_equal(h->readies, 1);
}

static void service_changed_is_confirmed_at_once_and_discovered(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	h->learned = 0;
	home_indicate(h, 0x2a05, "\x01\x00\xff\xff", 4);
	assert_int_equal(h->confirmations, 1);
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	assert_true(h->learned & VK_LEARNED_ATTRIBUTES);
}

static void moved_handles_are_found_again(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->attributes.n = 1;
	h->attributes.list[0] = (struct vk_attribute){
		.value = 0x60, .uuid = 0x2a9d, .cccd = 0x61, .properties = VK_GATT_INDICATE};
	home_start(h, -1);
	assert_true(h->learned & VK_LEARNED_ATTRIBUTES);
	assert_memory_equal(h->peer.list[kit_cccd_of(h, 0x2a9d)].value, "\x02\x00", 2);
	assert_int_equal(h->result, 0);
}

static void eager_device_is_held_until_it_is_known(void **state)
{
	struct home *h = *state;
	uint8_t pdu[] = {VK_ATT_INDICATE, 0, 0, 0x00, 0x4e, 0x40};

	kit_add_scale(h);
	pdu[1] = (uint8_t)fake_peer_handle(&h->peer, 0x2a9d);
	h->peer.is_mute = true;
	home_start(h, -1);
	home_packet(h, pdu, sizeof pdu); /* before discovery has answered anything */
	assert_int_equal(h->n_samples, 0);
	h->peer.is_mute = false;
	h->taken = 0;
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->samples[0].sample.uuid, 0x2a9d);
	assert_int_equal(h->confirmations, 1);
}

static void held_value_is_not_held_for_ever(void **state)
{
	struct home *h = *state;
	static const uint8_t pdu[] = {VK_ATT_INDICATE, 3, 0, 0x00, 0x4e, 0x40};

	h->peer.is_mute = true;
	home_start(h, -1);
	home_packet(h, pdu, sizeof pdu);
	home_wait(h, VK_SESSION_HOLD_MS);
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->confirmations, 1);
}

static void second_unconfirmed_indication_is_cut_off(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->is_hub_slow = true;
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	assert_int_equal(h->result, -EPROTO);
	assert_int_equal(h->n_samples, 1);
}

/* 2026-03-04 07:38:22, 98 s behind the wall */
static const char LATE_CLOCK[] = "\xea\x07\x03\x04\x07\x26\x16";
/* 120/80, 2026-03-04 07:38:20 */
static const uint8_t PRESSURE[] = {0x02, 0x78, 0x00, 0x50, 0x00, 0x5d, 0x00,
				   0xea, 0x07, 0x03, 0x04, 0x07, 0x26, 0x14};

static void clock_is_read_before_it_is_set(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	home_start(h, -1);
	assert_true(h->learned & VK_LEARNED_CLOCK);
	assert_int_equal(h->session.offset_s, 98);
	assert_memory_equal(h->peer.list[fake_peer_handle(&h->peer, 0x2a08)].value,
			    "\xea\x07\x03\x04\x07\x28\x00", 7);
	/* A stored value still carries the old clock. */
	home_indicate(h, 0x2a35, PRESSURE, sizeof PRESSURE);
	home_run(h);
	assert_true(h->samples[0].sample.has_offset);
	assert_int_equal(h->samples[0].sample.offset_s, 98);
	assert_true(h->samples[0].sample.is_live);
}

static void value_measured_after_the_setting_has_no_offset(void **state)
{
	struct home *h = *state;
	uint8_t value[sizeof PRESSURE];

	kit_add_cuff(h, LATE_CLOCK);
	home_start(h, -1);
	memcpy(value, PRESSURE, sizeof value);
	memcpy(value + 7, "\xea\x07\x03\x04\x07\x28\x05", 7);
	home_indicate(h, 0x2a35, value, sizeof value);
	home_run(h);
	assert_int_equal(h->samples[0].sample.offset_s, 0);
}

/* A known cuff that indicates as soon as it is encrypted, what it has measured at this minute. */
static void start_eager_cuff(struct home *h, uint8_t minute, uint8_t second)
{
	uint8_t pdu[3 + sizeof PRESSURE] = {VK_ATT_INDICATE};

	kit_add_cuff(h, "\xea\x07\x03\x04\x07\x28\x00");
	home_start(h, -1);
	vk_session_end(&h->session);
	h->given.memory = h->session.given.memory;
	home_done(h);
	h->n_packets = h->taken = h->n_samples = h->answered = h->confirmations = 0;
	h->is_hub_slow = true;
	h->peer.is_mute = true;
	home_start(h, -1);
	pdu[1] = (uint8_t)fake_peer_handle(&h->peer, 0x2a35);
	memcpy(pdu + 3, PRESSURE, sizeof PRESSURE);
	pdu[3 + 12] = minute;
	pdu[3 + 13] = second;
	home_packet(h, pdu, sizeof pdu);
}

static void value_of_this_moment_does_not_wait_for_the_clock(void **state)
{
	struct home *h = *state;

	start_eager_cuff(h, 39, 58);
	/* One request is out and not answered; the value is with the hub. */
	assert_int_equal(h->n_packets, 1);
	assert_int_equal(h->n_samples, 1);
	assert_true(h->samples[0].sample.is_live);
	assert_true(h->samples[0].sample.has_offset);
	assert_true(h->samples[0].sample.is_steady);
	assert_int_equal(h->samples[0].sample.offset_s, 0);
	assert_int_equal(h->samples[0].sample.by, VK_BY_WALL);
	/* Nothing more is asked of a device that waits for its answer. */
	h->peer.is_mute = false;
	h->taken = 0;
	home_run(h);
	assert_int_equal(h->n_packets, 1);
	home_store(h, 1);
	assert_int_equal(h->confirmations, 1);
	home_run(h);
	assert_true(h->session.has_offset);
	assert_int_equal(h->readies, 2);
}

static void value_of_another_moment_waits_for_the_clock(void **state)
{
	struct home *h = *state;

	start_eager_cuff(h, 38, 0); /* two minutes ago */
	assert_int_equal(h->n_samples, 0);
	h->peer.is_mute = false;
	h->taken = 0;
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_true(h->session.has_offset);
}

static void value_of_a_clock_that_was_off_waits_for_it(void **state)
{
	struct home *h = *state;

	vk_add_quirk(&h->quirks, VK_QUIRK_CLOCK_NEVER_WRITE);
	h->now.local.minute = 39; /* at the end of the first session its clock is a minute ahead */
	start_eager_cuff(h, 40, 0);
	assert_int_equal(h->n_samples, 0);
}

static void value_from_memory_is_not_live(void **state)
{
	struct home *h = *state;
	uint8_t value[sizeof PRESSURE];

	kit_add_cuff(h, "\xea\x07\x03\x04\x07\x28\x00");
	home_start(h, -1);
	assert_int_equal(h->peer.list[fake_peer_handle(&h->peer, 0x2a08)].writes, 0);
	memcpy(value, PRESSURE, sizeof value);
	value[10] = 3; /* a day ago */
	home_indicate(h, 0x2a35, value, sizeof value);
	home_run(h);
	assert_false(h->samples[0].sample.is_live);
}

static void absurd_clock_gives_no_offset_and_is_set(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, "\x0f\x27\x01\x01\x00\x00\x00"); /* year 9999 */
	home_start(h, -1);
	assert_false(h->session.has_offset);
	assert_int_equal(h->peer.list[fake_peer_handle(&h->peer, 0x2a08)].writes, 1);
}

static void empty_indication_holds_nothing_to_store(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	home_indicate(h, 0x2a9d, WEIGHT, 0);
	assert_int_equal(h->n_samples, 0);
	assert_int_equal(h->confirmations, 1);
}

static void oversized_value_is_cut_off(void **state)
{
	struct home *h = *state;
	static const uint8_t value[VK_ATT_VALUE_MAX + 1];

	kit_add_scale(h);
	home_start(h, -1);
	home_indicate(h, 0x2a9d, value, sizeof value);
	assert_int_equal(h->result, -EPROTO);
	assert_int_equal(h->n_samples, 0);
}

static void untrusted_hub_clock_sets_no_device(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	h->now.is_trusted = false;
	home_start(h, -1);
	assert_int_equal(h->session.offset_s, 98);
	assert_int_equal(h->peer.list[fake_peer_handle(&h->peer, 0x2a08)].writes, 0);
}

static void insufficient_authentication_asks_for_more_security_once(void **state)
{
	struct home *h = *state;
	uint16_t cccd;

	kit_add_scale(h);
	cccd = kit_cccd_of(h, 0x2a9d);
	h->peer.list[cccd].write_error = VK_ATT_E_AUTHENTICATION;
	home_start(h, -1);
	assert_int_equal(h->raises, 1);
	assert_int_equal(h->readies, 0);
	h->result = vk_session_raised(&h->session);
	home_run(h);
	assert_int_equal(h->raises, 1);
	assert_int_equal(h->result, -EACCES);
}

static void raised_link_goes_on_where_it_stopped(void **state)
{
	struct home *h = *state;
	uint16_t cccd;

	kit_add_scale(h);
	cccd = kit_cccd_of(h, 0x2a9d);
	h->peer.list[cccd].write_error = VK_ATT_E_AUTHENTICATION;
	home_start(h, -1);
	h->peer.list[cccd].write_error = 0;
	h->result = vk_session_raised(&h->session);
	home_run(h);
	assert_int_equal(h->result, 0);
	assert_int_equal(h->readies, 1);
	assert_int_equal(h->peer.list[cccd].writes, 2);
}

static void mute_device_is_given_up(void **state)
{
	struct home *h = *state;

	h->peer.is_mute = true;
	home_start(h, -1);
	home_wait(h, VK_ATT_TIMEOUT_MS - 1);
	assert_int_equal(h->result, 0);
	home_wait(h, 1);
	assert_int_equal(h->result, -ETIMEDOUT);
	assert_true(h->session.is_mute);
}

/* Who sends first after a silent loss is told so by the socket, with the same word. */
static void a_link_that_timed_out_is_no_mute_device(void **state)
{
	struct home *h = *state;

	h->send_error = -ETIMEDOUT;
	home_start(h, -1);
	assert_int_equal(h->session.error, -ETIMEDOUT);
	assert_false(h->session.is_mute);
}

/* Twenty-two bytes where one or seven are due. */
static void an_answer_without_end_ends_the_link(void **state)
{
	enum { LONG = 22 };
	static const uint16_t where[] = {0x2a19, 0x2a08};
	struct home *h = *state;

	kit_add_cuff(h, "\xea\x07\x03\x01\x07\x00\x00");
	for (size_t i = 0; i < sizeof where / sizeof where[0]; i++) {
		struct fake_attribute *a = &h->peer.list[fake_peer_handle(&h->peer, where[i])];
		struct fake_attribute good = *a;

		memset(a->value, 'A', LONG);
		a->len = LONG;
		home_start(h, -1);
		assert_int_equal(h->result, -E2BIG);
		*a = good;
		home_done(h);
		h->n_packets = h->taken = h->result = 0;
		h->attributes.n = 0;
	}
	home_start(h, -1);
	assert_int_equal(h->result, 0);
}

/* With half of a map the next session would miss the other half for good. */
static void a_discovery_that_breaks_off_leaves_no_map(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	h->peer.is_mute = true;
	home_start(h, -1);
	h->attributes.n = 3;
	vk_session_end(&h->session);
	assert_int_equal(h->attributes.n, 0);
	h->peer.is_mute = false;
	home_done(h);
	h->n_packets = h->taken = 0;
	home_start(h, -1);
	home_wait(h, 0);
	vk_session_end(&h->session);
	assert_true(h->attributes.n > 3);
}

static void idle_device_is_let_go(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	home_wait(h, VK_SESSION_IDLE_MS);
	assert_int_equal(h->result, 1);
}

static void battery_waits_for_the_reading(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	home_done(h);
	h->learned = 0;
	home_start(h, -1);
	assert_false(h->learned & VK_LEARNED_BATTERY);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_true(h->learned & VK_LEARNED_BATTERY);
}

static void finger_gives_one_reading_a_session(void **state)
{
	struct home *h = *state;
	static const uint8_t value[] = {0x00, 0x60, 0x00, 0x46, 0x00}; /* 96 %, 70 /min */

	fake_peer_add(&h->peer, 0x2a5f, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	for (int i = 0; i < 15; i++) {
		home_notify(h, 0x2a5f, value, sizeof value);
		home_wait(h, 1000);
	}
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->samples[0].sample.uuid, 0x2a5f);
	assert_memory_equal(h->samples[0].raw, value, sizeof value);
	assert_int_equal(h->confirmations, 0);
}

static void spot_check_speaks_for_the_stream(void **state)
{
	struct home *h = *state;
	static const uint8_t value[] = {0x00, 0x60, 0x00, 0x46, 0x00};

	fake_peer_add(&h->peer, 0x2a5e, VK_GATT_INDICATE, NULL, 0);
	fake_peer_add(&h->peer, 0x2a5f, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	for (int i = 0; i < 15; i++) {
		home_notify(h, 0x2a5f, value, sizeof value);
		home_wait(h, 1000);
	}
	home_indicate(h, 0x2a5e, value, sizeof value);
	home_run(h);
	vk_session_end(&h->session);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->samples[0].sample.uuid, 0x2a5e);
	assert_int_equal(h->confirmations, 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, kit_setup, home_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(first_session_discovers_subscribes_and_identifies),
		T(known_device_is_subscribed_with_the_first_packet),
		T(indication_is_confirmed_after_it_is_stored),
		T(failed_commit_is_never_confirmed),
		T(silent_hub_ends_the_link_unconfirmed),
		T(answer_after_the_end_confirms_nothing),
		T(truncated_value_is_stored_raw_and_confirmed),
		T(unknown_handle_is_stored_raw_then_discovered),
		T(service_changed_is_confirmed_at_once_and_discovered),
		T(moved_handles_are_found_again),
		T(eager_device_is_held_until_it_is_known),
		T(held_value_is_not_held_for_ever),
		T(second_unconfirmed_indication_is_cut_off),
		T(clock_is_read_before_it_is_set),
		T(value_of_this_moment_does_not_wait_for_the_clock),
		T(value_of_another_moment_waits_for_the_clock),
		T(value_of_a_clock_that_was_off_waits_for_it),
		T(value_measured_after_the_setting_has_no_offset),
		T(value_from_memory_is_not_live),
		T(absurd_clock_gives_no_offset_and_is_set),
		T(empty_indication_holds_nothing_to_store),
		T(oversized_value_is_cut_off),
		T(untrusted_hub_clock_sets_no_device),
		T(insufficient_authentication_asks_for_more_security_once),
		T(raised_link_goes_on_where_it_stopped),
		T(mute_device_is_given_up),
		T(a_link_that_timed_out_is_no_mute_device),
		T(an_answer_without_end_ends_the_link),
		T(a_discovery_that_breaks_off_leaves_no_map),
		T(idle_device_is_let_go),
		T(battery_waits_for_the_reading),
		T(finger_gives_one_reading_a_session),
		T(spot_check_speaks_for_the_stream),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
