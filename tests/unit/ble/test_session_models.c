/* SPDX-License-Identifier: Apache-2.0 */
/* Sessions as models want them: clocks, users, handle maps that change, and devices without end. */
#include "cmocka_all.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "kit.h"

static const uint8_t WEIGHT[] = {0x00, 0x4e, 0x40}; /* 82.31 kg */
/* 2026-03-04 07:38:22, 98 s behind the wall */
static const char LATE_CLOCK[] = "\xea\x07\x03\x04\x07\x26\x16";
/* 120/80, 2026-03-04 07:38:20 */
static const uint8_t PRESSURE[] = {0x02, 0x78, 0x00, 0x50, 0x00, 0x5d, 0x00,
				   0xea, 0x07, 0x03, 0x04, 0x07, 0x26, 0x14};

static void set_quirk(struct home *h, enum vk_quirk quirk)
{
	vk_add_quirk(&h->quirks, quirk);
	vk_add_quirk(&h->given.quirks, quirk);
}

static struct fake_attribute *attribute(struct home *h, uint16_t uuid)
{
	return &h->peer.list[fake_peer_handle(&h->peer, uuid)];
}

/* ---- clocks ---- */

static void new_device_says_who_it_is_before_its_clock_is_touched(void **state)
{
	struct home *h = *state;
	int clock = -1, model = -1;

	kit_add_cuff(h, LATE_CLOCK);
	home_start(h, -1);
	for (int i = 0; i < h->n_packets; i++) {
		if (h->packets[i].pdu[1] == fake_peer_handle(&h->peer, 0x2a24))
			model = i;
		if (h->packets[i].pdu[1] == fake_peer_handle(&h->peer, 0x2a08) && clock < 0)
			clock = i;
	}
	assert_int_equal(h->identified, 1);
	assert_true(model >= 0 && clock > model);
}

static void clock_that_was_set_is_read_back_and_marked(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	home_start(h, -1);
	assert_true(h->session.is_clock_set);
	assert_int_equal(h->session.clock_state, VK_CLOCK_OFF);
	vk_session_end(&h->session);
	assert_true(h->session.given.memory.mark.is_known);
	assert_int_equal(h->session.given.memory.mark.wall_s,
			 h->session.given.memory.mark.device_s);
	assert_int_equal(h->session.given.memory.mark.utc_s, h->now.utc_ms / 1000);
}

static void clock_that_keeps_its_time_is_not_taken_for_set(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	attribute(h, 0x2a08)->is_stubborn = true;
	home_start(h, -1);
	assert_int_equal(attribute(h, 0x2a08)->writes, 1);
	assert_false(h->session.is_clock_set);
	vk_session_end(&h->session);
	assert_int_equal(
		h->session.given.memory.mark.wall_s - h->session.given.memory.mark.device_s, 98);
}

static void states_of_a_clock(void **state)
{
	static const struct {
		const char *clock;
		enum vk_clock_state state;
	} clocks[] = {
		{"\xea\x07\x03\x04\x07\x28\x03", VK_CLOCK_RIGHT},
		{"\xea\x07\x03\x04\x07\x00\x03", VK_CLOCK_OFF},
		{"\xea\x07\x03\x04\x06\x28\x03", VK_CLOCK_SUMMER},
		{"\xea\x07\x03\x04\x08\x28\x03", VK_CLOCK_SUMMER},
		{"\xe1\x07\x01\x01\x00\x0c\x00", VK_CLOCK_FACTORY}, /* 2017-01-01 00:12 */
		{"\xd0\x07\x01\x01\x00\x0c\x00", VK_CLOCK_FACTORY}, /* 2000 */
		{"\xda\x07\x01\x05\x00\x0c\x00", VK_CLOCK_FACTORY}, /* 2010 */
		{"\xe8\x07\x01\x02\x00\x0c\x00", VK_CLOCK_FACTORY}, /* 2024, months from now */
		{"\xe8\x07\x05\x02\x00\x0c\x00", VK_CLOCK_OFF},
		{"\x00\x00\x00\x00\x00\x0c\x00", VK_CLOCK_UNSET},
	};
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	for (size_t i = 0; i < sizeof clocks / sizeof clocks[0]; i++) {
		memcpy(attribute(h, 0x2a08)->value, clocks[i].clock, 7);
		home_start(h, -1);
		assert_int_equal(h->session.clock_state, clocks[i].state);
		assert_true(h->learned & VK_LEARNED_CLOCK);
		h->learned = 0;
		home_done(h);
	}
}

static void clock_that_must_not_be_written_is_only_read(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	set_quirk(h, VK_QUIRK_CLOCK_NEVER_WRITE);
	home_start(h, -1);
	assert_int_equal(h->session.offset_s, 98);
	assert_int_equal(attribute(h, 0x2a08)->writes, 0);
}

static void untrusted_clock_is_not_even_read(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	set_quirk(h, VK_QUIRK_CLOCK_UNTRUSTED);
	home_start(h, -1);
	assert_false(h->session.has_offset);
	assert_int_equal(attribute(h, 0x2a08)->writes, 0);
}

static void date_time_goes_before_current_time_where_the_model_says_so(void **state)
{
	struct home *h = *state;

	kit_add_cuff(h, LATE_CLOCK);
	fake_peer_add(&h->peer, 0x2a2b, VK_GATT_READ | VK_GATT_WRITE,
		      "\xea\x07\x03\x04\x07\x28\x00\x03\x00\x00", 10);
	home_start(h, -1);
	assert_int_equal(h->session.offset_s, 0);
	home_done(h);
	set_quirk(h, VK_QUIRK_CLOCK_DATE_TIME);
	home_start(h, -1);
	assert_int_equal(h->session.offset_s, 98);
	assert_int_equal(attribute(h, 0x2a08)->writes, 1);
	assert_int_equal(attribute(h, 0x2a2b)->writes, 0);
}

/* Omron: once, after it has spoken, and only when it is far off. */
static void omron_clock_is_written_once_and_only_when_far_off(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	fake_peer_add(&h->peer, 0x2a2b, VK_GATT_READ | VK_GATT_WRITE | VK_GATT_NOTIFY,
		      "\xea\x07\x03\x04\x07\x1f\x00\x03\x00\x00", 10);
	set_quirk(h, VK_QUIRK_CLOCK_FIRST_NOTIFIED);
	home_start(h, -1);
	assert_int_equal(h->session.offset_s, 9 * 60);
	home_notify(h, 0x2a2b, "\xea\x07\x03\x04\x07\x1f\x00\x03\x00\x00", 10);
	home_run(h);
	assert_int_equal(attribute(h, 0x2a2b)->writes, 0);
	home_done(h);
	attribute(h, 0x2a2b)->value[5] = 0x1d; /* eleven minutes */
	home_start(h, -1);
	assert_int_equal(attribute(h, 0x2a2b)->writes, 0); /* never before it has spoken */
	home_notify(h, 0x2a2b, "\xea\x07\x03\x04\x07\x1d\x00\x03\x00\x00", 10);
	home_run(h);
	assert_int_equal(attribute(h, 0x2a2b)->writes, 1);
	home_notify(h, 0x2a2b, "\xea\x07\x03\x04\x07\x1d\x00\x03\x00\x00", 10);
	home_run(h);
	assert_int_equal(attribute(h, 0x2a2b)->writes, 1);
}

/* Its characteristic is a vendor's own: 01, UTC, and the minutes to the wall. */
static void contour_clock_is_written_its_own_way(void **state)
{
	static const uint8_t wanted[] = {0x01, 0xea, 0x07, 0x03, 0x04, 0x06, 0x28, 0x00, 60, 0};
	struct home *h = *state;

	kit_add_scale(h);
	fake_peer_add(&h->peer, 0x1026, VK_GATT_WRITE | VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	assert_int_equal(attribute(h, 0x1026)->writes, 0);
	home_done(h);
	set_quirk(h, VK_QUIRK_CLOCK_CONTOUR);
	home_start(h, -1);
	assert_int_equal(attribute(h, 0x1026)->len, sizeof wanted);
	assert_memory_equal(attribute(h, 0x1026)->value, wanted, sizeof wanted);
}

/* A value from before the battery was changed, though the clock starts anew. */
static void value_from_before_the_clock_fell_is_placed_by_the_mark(void **state)
{
	struct home *h = *state;
	uint8_t value[sizeof PRESSURE];

	kit_add_cuff(h, "\xe1\x07\x01\x01\x03\x28\x00");
	h->given.memory.mark = (struct vk_clock_mark){
		.is_known = true,
		.utc_s = h->now.utc_ms / 1000 - 86400,
		.wall_s = vk_civil_seconds(&h->now.local) - 86400,
		.device_s = vk_civil_seconds(&h->now.local) - 86400,
	};
	home_start(h, -1);
	memcpy(value, PRESSURE, sizeof value);
	value[11] = 2; /* 02:38:20 this morning, by the clock before */
	home_indicate(h, 0x2a35, value, sizeof value);
	home_run(h);
	assert_int_equal(h->samples[0].sample.by, VK_BY_KEPT);
	assert_int_equal(h->samples[0].sample.placed_utc_s, h->now.utc_ms / 1000 - 5 * 3600 - 100);
	assert_true(h->samples[0].sample.uncertainty_s <= 10);
}

/* Since the last session its clock fell behind, and it shows this very moment all the same. */
static void value_of_this_moment_is_placed_by_the_clock_as_it_is(void **state)
{
	struct home *h = *state;
	uint8_t value[sizeof PRESSURE];
	char clock[7];

	memcpy(value, PRESSURE, sizeof value);
	value[12] = 34; /* now is 07:40:00; its clock is 330 s behind */
	value[13] = 28;
	memcpy(clock, value + 7, sizeof clock);
	clock[6] = 30;
	kit_add_cuff(h, clock);
	h->given.memory.mark = (struct vk_clock_mark){
		.is_known = true,
		.utc_s = h->now.utc_ms / 1000 - 3600,
		.wall_s = vk_civil_seconds(&h->now.local) - 3600,
		.device_s = vk_civil_seconds(&h->now.local) - 3600,
	};
	home_start(h, -1);
	home_indicate(h, 0x2a35, value, sizeof value);
	home_run(h);
	assert_int_not_equal(h->samples[0].sample.by, VK_BY_EITHER);
	assert_true(h->samples[0].sample.is_live);
	assert_true(h->samples[0].sample.has_offset);
	assert_int_equal(h->samples[0].sample.offset_s, 330);
}

/* ---- models ---- */

static void device_that_waits_is_let_go_after_its_value(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	set_quirk(h, VK_QUIRK_HUB_ENDS_SESSION);
	home_start(h, -1);
	home_wait(h, VK_SESSION_LINGER_MS);
	assert_int_equal(h->result, 0);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_int_equal(vk_session_deadline_ms(&h->session),
			 h->now.mono_ms + VK_SESSION_LINGER_MS);
	home_wait(h, VK_SESSION_LINGER_MS - 1);
	assert_int_equal(h->result, 0);
	home_wait(h, 1);
	assert_int_equal(h->result, 1);
}

static void new_device_leaves_its_pairing_mode(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	set_quirk(h, VK_QUIRK_DISCONNECT_AFTER_BOND);
	h->given.is_new = true;
	home_start(h, -1);
	home_wait(h, VK_SESSION_LINGER_MS);
	assert_int_equal(h->result, 1);
}

static void service_changed_is_subscribed_first_where_the_model_wants_it(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	home_start(h, -1);
	home_done(h);
	set_quirk(h, VK_QUIRK_SERVICE_CHANGED_FIRST);
	h->n_packets = h->taken = 0;
	home_start(h, -1);
	assert_int_equal(h->packets[0].pdu[1], kit_cccd_of(h, 0x2a05));
	assert_int_equal(h->packets[1].pdu[1], kit_cccd_of(h, 0x2a9d));
}

static void what_measured_nothing_is_confirmed_and_not_stored(void **state)
{
	static const uint8_t zeroes[] = {0x98, 0x03, 0x00, 0x00, 0x96, 0x23, 0x00,
					 0x00, 0x00, 0x00, 0x00, 0x00, 0x00, 0x00};
	struct home *h = *state;

	fake_peer_add(&h->peer, 0x2a9c, VK_GATT_INDICATE, NULL, 0);
	set_quirk(h, VK_QUIRK_ZERO_COMPOSITION_IS_NONE);
	home_start(h, -1);
	home_indicate(h, 0x2a9c, zeroes, sizeof zeroes);
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	assert_int_equal(h->confirmations, 1);
}

/* ---- users ---- */

static void add_users(struct home *h, int n)
{
	fake_peer_add(&h->peer, 0x2a9f, VK_GATT_WRITE | VK_GATT_INDICATE, NULL, 0);
	fake_peer_add(&h->peer, 0x2a85, VK_GATT_READ | VK_GATT_WRITE, "\xa5\x07\x05\x11", 4);
	fake_peer_add(&h->peer, 0x2a99, VK_GATT_READ | VK_GATT_WRITE, "\xff\x00\x00\x00", 4);
	h->given.n_users = n;
	for (int i = 0; i < n; i++) {
		h->given.users[i].user = (uint8_t)(i + 1);
		h->given.users[i].consent = (uint16_t)(2520 + i);
	}
}

static void consent(struct home *h, uint8_t result)
{
	const uint8_t value[] = {0x20, 2, result};

	home_indicate(h, 0x2a9f, value, sizeof value);
	home_run(h);
}

static void consent_is_given_before_the_scale_is_ready(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	add_users(h, 1);
	home_start(h, -1);
	assert_memory_equal(attribute(h, 0x2a9f)->value, "\x02\x01\xd8\x09", 4);
	assert_int_equal(h->readies, 0);
	consent(h, 1);
	assert_int_equal(h->readies, 1);
	assert_int_equal(h->session.consent, VK_CONSENT_GIVEN);
	assert_int_equal(attribute(h, 0x2a99)->writes, 0);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_int_equal(h->samples[0].sample.decoded.user, 1);
}

static void refused_consent_is_told_and_not_repeated(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	add_users(h, 1);
	home_start(h, -1);
	consent(h, 5);
	assert_int_equal(h->session.consent, VK_CONSENT_REFUSED);
	assert_true(h->learned & VK_LEARNED_CONSENT);
	assert_int_equal(h->readies, 1);
	assert_int_equal(attribute(h, 0x2a9f)->writes, 1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_int_equal(h->n_samples, 1);
	assert_int_equal(h->samples[0].sample.decoded.user, -1);
}

static void every_user_is_consented_and_nobody_is_guessed(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	add_users(h, 2);
	home_start(h, -1);
	consent(h, 1);
	assert_memory_equal(attribute(h, 0x2a9f)->value, "\x02\x02\xd9\x09", 4);
	consent(h, 1);
	assert_int_equal(h->readies, 1);
	home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
	home_run(h);
	assert_int_equal(h->samples[0].sample.decoded.user, -1);
}

static void profile_is_written_back_and_its_increment_raised(void **state)
{
	struct home *h = *state;

	kit_add_scale(h);
	add_users(h, 1);
	set_quirk(h, VK_QUIRK_PROFILE_WRITE_BACK);
	home_start(h, -1);
	consent(h, 1);
	assert_int_equal(attribute(h, 0x2a85)->writes, 1);
	assert_memory_equal(attribute(h, 0x2a85)->value, "\xa5\x07\x05\x11", 4);
	assert_memory_equal(attribute(h, 0x2a99)->value, "\x00\x01\x00\x00", 4);
	assert_int_equal(h->readies, 1);
}

/* ---- the handle map ---- */

static void other_hash_is_discovered_anew_and_kept(void **state)
{
	struct home *h = *state;
	int requests;

	kit_add_scale(h);
	fake_peer_add(&h->peer, 0x2b2a, VK_GATT_READ, "0123456789abcdef", 16);
	home_start(h, -1);
	assert_true(h->session.given.memory.has_hash);
	h->given.memory = h->session.given.memory;
	home_done(h);
	home_start(h, -1);
	requests = h->peer.requests;
	home_done(h);
	home_start(h, -1);
	requests = h->peer.requests - requests; /* of a session with the same hash */
	home_done(h);
	h->learned = 0;
	attribute(h, 0x2b2a)->value[0] = 'x';
	home_start(h, -1);
	assert_true(h->learned & VK_LEARNED_ATTRIBUTES);
	assert_true(requests < 8);
	assert_int_equal(h->session.given.memory.hash[0], 'x');
	assert_int_equal(h->result, 0);
}

/* A known scale with a hash, and how many requests a session makes when it is what it was. */
static int know_hash(struct home *h)
{
	int requests;

	kit_add_scale(h);
	fake_peer_add(&h->peer, 0x2b2a, VK_GATT_READ, "0123456789abcdef", 16);
	home_start(h, -1);
	h->given.memory = h->session.given.memory;
	home_done(h);
	requests = h->peer.requests;
	home_start(h, -1);
	home_done(h);
	h->learned = 0;
	return h->peer.requests - requests;
}

/* The new hash belongs to the new map, and that was not read yet. */
static void other_hash_of_a_link_that_breaks_is_not_remembered(void **state)
{
	struct home *h = *state;
	int requests = know_hash(h);

	attribute(h, 0x2b2a)->value[0] = 'x';
	h->peer.mute_after = h->peer.requests + requests;
	home_start(h, -1);
	vk_session_end(&h->session);
	assert_false(h->learned & VK_LEARNED_ATTRIBUTES);
	assert_int_equal(h->session.given.memory.hash[0], '0');
	h->given.memory = h->session.given.memory;
	home_done(h);
	h->peer.mute_after = 0;
	home_start(h, -1);
	assert_true(h->learned & VK_LEARNED_ATTRIBUTES);
	assert_int_equal(h->session.given.memory.hash[0], 'x');
}

/* It is said once: when the link ends before anything is discovered, the map is gone. */
static void service_changed_outlives_its_link(void **state)
{
	struct home *h = *state;

	(void)know_hash(h);
	assert_true(h->attributes.n > 0);
	h->peer.is_mute = true;
	home_start(h, -1);
	home_indicate(h, 0x2a05, "\x01\x00\xff\xff", 4);
	vk_session_end(&h->session);
	assert_int_equal(h->attributes.n, 0);
}

/* An answer that was on its way takes nothing back. */
static void service_changed_is_not_undone_by_an_old_hash(void **state)
{
	static const uint8_t old[] = "\x09\x12\x01\x00" /* by type: entries of 18, a handle */
				     "0123456789abcdef";
	struct home *h = *state;
	int requests = know_hash(h);

	h->peer.mute_after = h->peer.requests + requests - 1;
	home_start(h, -1);
	home_indicate(h, 0x2a05, "\x01\x00\xff\xff", 4);
	h->peer.mute_after = 0;
	home_packet(h, old, sizeof old - 1);
	home_run(h);
	assert_true(h->learned & VK_LEARNED_ATTRIBUTES);
	assert_int_equal(h->result, 0);
}

/* ---- bounds ---- */

static void endless_notifications_are_cut_off(void **state)
{
	struct home *h = *state;
	static const uint8_t value[] = {0x00, 0x60, 0x00, 0x46, 0x00};
	int n = 0;

	fake_peer_add(&h->peer, 0x2a5f, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	while (!h->result && n < 10 * VK_SESSION_BURST) {
		home_notify(h, 0x2a5f, value, sizeof value);
		home_run(h);
		n++;
	}
	assert_int_equal(h->result, -EOVERFLOW);
	assert_true(n > VK_SESSION_BURST / 2 && n <= VK_SESSION_BURST);
}

/* A finger that speaks every tenth of a second for an hour is none. */
static void long_stream_is_no_flood(void **state)
{
	struct home *h = *state;
	static const uint8_t value[] = {0x00, 0x60, 0x00, 0x46, 0x00};

	fake_peer_add(&h->peer, 0x2a5f, VK_GATT_NOTIFY, NULL, 0);
	home_start(h, -1);
	for (int i = 0; i < 36000; i++) {
		home_notify(h, 0x2a5f, value, sizeof value);
		home_wait(h, 100);
		home_run(h);
	}
	assert_int_equal(h->result, 0);
}

static void endless_indications_are_cut_off(void **state)
{
	struct home *h = *state;
	int n = 0;

	kit_add_scale(h);
	home_start(h, -1);
	while (!h->result && n < 2 * VK_SESSION_READINGS) {
		h->n_samples = h->answered = 0;
		home_indicate(h, 0x2a9d, WEIGHT, sizeof WEIGHT);
		home_run(h);
		home_wait(h, 100);
		n++;
	}
	assert_int_equal(h->result, -EOVERFLOW);
	assert_int_equal(n, VK_SESSION_READINGS + 1);
}

#define T(name) cmocka_unit_test_setup_teardown(name, kit_setup, home_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(new_device_says_who_it_is_before_its_clock_is_touched),
		T(clock_that_was_set_is_read_back_and_marked),
		T(clock_that_keeps_its_time_is_not_taken_for_set),
		T(states_of_a_clock),
		T(clock_that_must_not_be_written_is_only_read),
		T(untrusted_clock_is_not_even_read),
		T(date_time_goes_before_current_time_where_the_model_says_so),
		T(omron_clock_is_written_once_and_only_when_far_off),
		T(contour_clock_is_written_its_own_way),
		T(value_from_before_the_clock_fell_is_placed_by_the_mark),
		T(value_of_this_moment_is_placed_by_the_clock_as_it_is),
		T(device_that_waits_is_let_go_after_its_value),
		T(new_device_leaves_its_pairing_mode),
		T(service_changed_is_subscribed_first_where_the_model_wants_it),
		T(what_measured_nothing_is_confirmed_and_not_stored),
		T(consent_is_given_before_the_scale_is_ready),
		T(refused_consent_is_told_and_not_repeated),
		T(every_user_is_consented_and_nobody_is_guessed),
		T(profile_is_written_back_and_its_increment_raised),
		T(other_hash_is_discovered_anew_and_kept),
		T(other_hash_of_a_link_that_breaks_is_not_remembered),
		T(service_changed_outlives_its_link),
		T(service_changed_is_not_undone_by_an_old_hash),
		T(endless_notifications_are_cut_off),
		T(long_stream_is_no_flood),
		T(endless_indications_are_cut_off),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
