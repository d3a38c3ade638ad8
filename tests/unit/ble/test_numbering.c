/* SPDX-License-Identifier: Apache-2.0 */
/* Meters whose numbers do not say what they should: backwards, begun anew, or only suspected of it.
 */
#include "cmocka_all.h"

#include "base/bytes.h"
#include "meter.h"

enum { AT_FIRST = 5, AT_LAST = 6, NO_RECORDS = 6, NOT_SUPPORTED = 2 };

static void assert_asked(const struct home *h, uint8_t operator_)
{
	assert_int_equal(meter_racp(h)->value[0], 1);
	assert_int_equal(meter_racp(h)->value[1], operator_);
}

static void assert_asked_all(const struct home *h)
{
	assert_int_equal(meter_racp(h)->len, 2);
	assert_asked(h, 1);
	assert_false(h->session.transfer.is_done);
}

/* One of its ends, as it is asked for by a collector that does not know which is the newest. */
static void answer_end(struct home *h, uint8_t operator_, uint16_t sequence, int minute, int year)
{
	assert_asked(h, operator_);
	meter_timed_record(h, sequence, minute, year);
	meter_end_report(h, 1);
}

/* The next session, with what this one left. */
static void come_back(struct home *h)
{
	h->given.memory = h->session.given.memory;
	home_done(h);
	home_start(h, -1);
}

/* TaiDoc: 0 is the newest, so numbers mean nothing tomorrow. */
static void reversed_meter_is_known_by_its_first_record(void **state)
{
	struct home *h = *state;

	meter_set_quirk(h, VK_QUIRK_SEQUENCE_REVERSED);
	home_start(h, -1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
	meter_timed_record(h, 0, 430, 2026);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	for (int i = 0; i < 5; i++)
		meter_timed_record(h, (uint16_t)i, 430 - i, 2026);
	meter_end_report(h, 1);
	assert_int_equal(h->n_samples, 6);
	assert_true(h->samples[0].sample.does_sequence_move);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), -1);
	assert_true(h->session.given.memory.has_newest);
	h->given.memory = h->session.given.memory;
	home_done(h);
	home_start(h, -1);
	meter_timed_record(h, 0, 430, 2026);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
	assert_true(h->session.transfer.is_done);
}

static void meter_that_counts_backwards_shows_itself(void **state)
{
	struct home *h = *state;

	meter_start(h, -1, 5);
	for (int i = 0; i < 5; i++)
		meter_timed_record(h, (uint16_t)i, 430 - i, 2026);
	meter_end_report(h, 1);
	assert_true(h->samples[0].sample.does_sequence_move);
	assert_true(h->session.given.memory.is_reversed);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), -1);
	h->given.memory = h->session.given.memory;
	home_done(h);
	home_start(h, -1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x05", 2);
}

/* A session in which records 1 to 3, the last at 07:00, were stored; the next one begins. */
static void come_back_after_three(struct home *h, uint16_t count)
{
	h->given.memory.has_newest = true;
	h->given.memory.newest_s = vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 0, 0});
	meter_has_steady_clock(h);
	meter_start(h, 3, count);
}

/* What was streamed is remembered as what was placed is. */
static void newest_of_a_stream_is_remembered(void **state)
{
	struct home *h = *state;

	meter_has_steady_clock(h);
	meter_start(h, 1, 2);
	meter_timed_record(h, 2, 410, 2026);
	meter_timed_record(h, 3, 420, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 2);
	meter_end_report(h, 1);
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 0, 0}));
	assert_true(h->session.given.memory.has_newest_number);
	assert_int_equal(h->session.given.memory.newest_number, 3);
}

/*
 * Numbers above the last, and times before it: the meter has begun to count backwards, and what it
 * calls 4 is an old record. Everything is asked for, and nothing is taken for a number's sake.
 */
static void old_record_with_a_new_number_is_seen_through(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 1);
	meter_timed_record(h, 4, 400, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 0); /* it is not streamed as a new one */
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	assert_true(h->samples[0].sample.does_sequence_move);
	for (int i = 0; i < 5; i++)
		meter_timed_record(h, (uint16_t)i, 430 - 10 * i, 2026);
	meter_end_report(h, 1);
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
	meter_timed_record(h, 4, 400, 2026);
	meter_timed_record(h, 5, 410, 2026);
	meter_end_report(h, 1);
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
	meter_timed_record(h, 3, 400, 2026);
	home_run(h);
	assert_int_equal(h->n_samples, 0);
	meter_end_report(h, 1);
	assert_memory_equal(meter_racp(h)->value, "\x01\x01", 2);
	assert_true(h->samples[0].sample.does_sequence_move);
}

static void newest_record_itself_is_no_surprise(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	meter_timed_record(h, 3, 420, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.is_reversed);
}

/* Only one record, and a number below the one it had. */
static void only_record_under_another_number_is_the_same(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	meter_timed_record(h, 2, 420, 2026);
	meter_end_report(h, 1);
	assert_true(h->samples[0].sample.does_sequence_move);
}

/* A meter without seconds, and two measurements in a minute. */
static void second_record_of_a_minute_is_new(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 1);
	meter_timed_record(h, 4, 420, 2026);
	meter_end_report(h, 1);
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
	meter_timed_record(h, 4, 400, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 4);
}

/* Two that fall, by a clock that nobody touched, tell as much as three. */
static void two_records_of_a_steady_clock_show_the_way(void **state)
{
	struct home *h = *state;

	meter_has_steady_clock(h);
	meter_start(h, -1, 2);
	meter_timed_record(h, 0, 430, 2026);
	meter_timed_record(h, 1, 420, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.given.memory.is_reversed);
}

/* It counts forwards again: the order is that of the times, whatever it did before. */
static void order_follows_the_times_of_a_meter_that_changed_its_mind(void **state)
{
	struct home *h = *state;

	meter_has_steady_clock(h);
	h->given.memory.is_reversed = true;
	home_start(h, -1);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 4, 430, 2026);
	for (int i = 0; i < 4; i++)
		meter_timed_record(h, (uint16_t)(i + 1), 400 + 10 * i, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 10, 0}));
}

/*
 * It counted backwards for a while, and a jump of its clock lies in what it holds: which end is the
 * new one cannot be told. Nothing is taken for the newest, and what is new at either end is found.
 */
static void order_that_times_do_not_tell_is_not_guessed(void **state)
{
	struct home *h = *state;
	static const int minutes[] = {400, 410, 300, 310, 320};

	meter_has_steady_clock(h);
	h->given.memory.is_reversed = true;
	h->given.memory.has_newest = true;
	h->given.memory.newest_s = vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 6, 40, 0});
	home_start(h, -1);
	answer_end(h, AT_FIRST, 1, minutes[0], 2026);
	answer_end(h, AT_LAST, 4, minutes[3], 2026);
	assert_asked_all(h);
	for (int i = 0; i < 4; i++)
		meter_timed_record(h, (uint16_t)(i + 1), minutes[i], 2026);
	meter_end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.has_newest);
	come_back(h);
	answer_end(h, AT_FIRST, 1, minutes[0], 2026);
	answer_end(h, AT_LAST, 4, minutes[3], 2026);
	assert_true(h->session.transfer.is_done);
	come_back(h);
	answer_end(h, AT_FIRST, 1, minutes[0], 2026);
	answer_end(h, AT_LAST, 5, minutes[4], 2026);
	assert_asked_all(h);
}

/* A model that is known to count backwards needs no times to tell its newest. */
static void order_of_a_known_model_is_trusted(void **state)
{
	struct home *h = *state;

	meter_set_quirk(h, VK_QUIRK_SEQUENCE_REVERSED);
	meter_has_steady_clock(h);
	home_start(h, -1);
	meter_timed_record(h, 0, 310, 2026);
	meter_end_report(h, 1);
	meter_timed_record(h, 0, 310, 2026);
	meter_timed_record(h, 1, 300, 2026);
	meter_timed_record(h, 2, 410, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 5, 10, 0}));
}

/* The battery was changed twice: its times only fall, and yet it counts forward. */
static const int falling_years[] = {2026, 2020, 2017, 2016};

static void all_of_falling(struct home *h, int n)
{
	assert_asked_all(h);
	for (int i = 0; i < n; i++)
		meter_timed_record(h, (uint16_t)(i + 1), 400, falling_years[i]);
	meter_end_report(h, 1);
	assert_true(h->session.transfer.is_done);
}

/* It is taken for one that counts backwards, and all of it is stored. */
static void suspect(struct home *h)
{
	meter_start(h, -1, 3);
	all_of_falling(h, 3);
	assert_true(h->session.given.memory.is_reversed);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 3, 400, 2017);
	all_of_falling(h, 3);
}

static void new_record_of_falling_times_is_found(void **state)
{
	struct home *h = *state;
	int n_samples;

	suspect(h);
	come_back(h); /* nothing is new, and nothing is fetched */
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 3, 400, 2017);
	assert_true(h->session.transfer.is_done);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	n_samples = h->n_samples;
	answer_end(h, AT_LAST, 4, 400, 2016);
	assert_int_equal(h->n_samples, n_samples + 1);
	all_of_falling(h, 4);
	/* By now it has shown where its newest lies. */
	assert_true(h->session.given.memory.has_newest);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2016, 3, 4, 6, 40, 0}));
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 4, 400, 2016);
	assert_true(h->session.transfer.is_done);
}

/* As it looks when it does count backwards, model unknown. */
static void new_record_before_the_first_is_found(void **state)
{
	struct home *h = *state;

	suspect(h);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 410, 2026);
	answer_end(h, AT_LAST, 4, 400, 2017);
	assert_asked_all(h);
}

/* Its memory is full: the oldest leaves when a new one comes. */
static void new_record_of_a_full_memory_is_found(void **state)
{
	struct home *h = *state;

	suspect(h);
	come_back(h);
	answer_end(h, AT_FIRST, 2, 400, 2020);
	answer_end(h, AT_LAST, 4, 400, 2016);
	assert_asked_all(h);
}

/* What a link that broke left unfetched is asked for again: nothing was remembered. */
static void ends_are_remembered_when_all_is_stored(void **state)
{
	struct home *h = *state;

	suspect(h);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 4, 400, 2016);
	assert_asked_all(h);
	meter_timed_record(h, 1, 400, 2026);
	home_run(h);
	vk_session_end(&h->session);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 4, 400, 2016);
	assert_asked_all(h);
}

static void only_record_is_both_ends(void **state)
{
	struct home *h = *state;

	h->given.memory.is_reversed = true;
	home_start(h, -1);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 1, 400, 2026);
	assert_asked_all(h);
	meter_timed_record(h, 1, 400, 2026);
	meter_end_report(h, 1);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 1, 400, 2026);
	assert_true(h->session.transfer.is_done);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 2, 400, 2026); /* the same minute, and the same value */
	assert_asked_all(h);
}

static void empty_meter_has_no_ends(void **state)
{
	struct home *h = *state;

	suspect(h);
	come_back(h);
	meter_end_report(h, NO_RECORDS);
	assert_asked(h, AT_LAST);
	meter_end_report(h, NO_RECORDS);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.ends.has_first);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	answer_end(h, AT_LAST, 3, 400, 2017);
	assert_asked_all(h);
}

/* It says that there is no first record, and there are some. */
static void meter_without_a_first_record_is_asked_for_all(void **state)
{
	struct home *h = *state;

	suspect(h);
	come_back(h);
	meter_end_report(h, NO_RECORDS);
	answer_end(h, AT_LAST, 4, 400, 2016);
	assert_asked_all(h);
}

static void meter_without_a_last_record_is_asked_for_all(void **state)
{
	struct home *h = *state;

	suspect(h);
	come_back(h);
	answer_end(h, AT_FIRST, 1, 400, 2026);
	assert_asked(h, AT_LAST);
	meter_end_report(h, NO_RECORDS);
	assert_asked_all(h);
}

/* One end alone does not tell: whatever it holds is asked for, each time, and once each time. */
static void meter_that_refuses_an_end_is_asked_for_all(void **state)
{
	struct home *h = *state;

	suspect(h);
	for (int session = 0; session < 2; session++) {
		come_back(h);
		answer_end(h, AT_FIRST, 1, 400, 2026);
		meter_end_report(h, NOT_SUPPORTED);
		all_of_falling(h, 3);
	}
	for (int session = 0; session < 2; session++) {
		come_back(h);
		assert_asked(h, AT_FIRST);
		meter_end_report(h, NOT_SUPPORTED);
		all_of_falling(h, 3);
	}
}

/* Of a known model too: a meter that shows no seconds, and two measurements in a minute. */
static void another_first_record_of_the_same_minute_is_new(void **state)
{
	static const uint8_t other[] = {0x02, 0,    0,    0xea, 0x07, 0x03, 0x04,
					0x07, 0x0a, 0x00, 0x56, 0xb0, 0x11};
	struct home *h = *state;

	meter_set_quirk(h, VK_QUIRK_SEQUENCE_REVERSED);
	home_start(h, -1);
	answer_end(h, AT_FIRST, 0, 430, 2026);
	meter_timed_record(h, 0, 430, 2026);
	meter_end_report(h, 1);
	come_back(h);
	home_notify(h, 0x2a18, other, sizeof other);
	meter_end_report(h, 1);
	assert_asked_all(h);
}

/*
 * Its battery was changed, it began to count anew, and has come as far as it had: the number is
 * known, the record is not, nor are those below it.
 */
static void numbers_that_began_anew_are_seen_by_the_newest(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	h->session.given.memory.has_newest_number = true;
	h->session.given.memory.newest_number = 3;
	meter_timed_record(h, 3, 440, 2026);
	meter_end_report(h, 1);
	assert_asked_all(h);
	for (int i = 0; i < 3; i++)
		meter_timed_record(h, (uint16_t)(i + 1), 438 + i, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.transfer.is_done);
	assert_false(h->session.given.memory.is_reversed);
	assert_int_equal(vk_transfer_committed(&h->session.transfer), 3);
	assert_true(h->session.given.memory.newest_s ==
		    vk_civil_seconds(&(struct vk_civil){2026, 3, 4, 7, 20, 0}));
}

/* What is remembered of another number says nothing of this one. */
static void newest_of_another_number_says_nothing(void **state)
{
	struct home *h = *state;

	come_back_after_three(h, 0);
	h->session.given.memory.has_newest_number = true;
	h->session.given.memory.newest_number = 2;
	meter_timed_record(h, 3, 440, 2026);
	meter_end_report(h, 1);
	assert_true(h->session.transfer.is_done);
}

#define T(name) cmocka_unit_test_setup_teardown(name, meter_setup, home_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(reversed_meter_is_known_by_its_first_record),
		T(meter_that_counts_backwards_shows_itself),
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
		T(order_that_times_do_not_tell_is_not_guessed),
		T(order_of_a_known_model_is_trusted),
		T(new_record_of_falling_times_is_found),
		T(new_record_before_the_first_is_found),
		T(new_record_of_a_full_memory_is_found),
		T(ends_are_remembered_when_all_is_stored),
		T(only_record_is_both_ends),
		T(empty_meter_has_no_ends),
		T(meter_without_a_first_record_is_asked_for_all),
		T(meter_without_a_last_record_is_asked_for_all),
		T(meter_that_refuses_an_end_is_asked_for_all),
		T(another_first_record_of_the_same_minute_is_new),
		T(numbers_that_began_anew_are_seen_by_the_newest),
		T(newest_of_another_number_says_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
