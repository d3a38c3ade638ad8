/* SPDX-License-Identifier: Apache-2.0 */
/* Identity, repeats, revisions, and that every field of a reading comes back. */
#include "support.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "base/bytes.h"

static void full_reading(struct vk_reading *r)
{
	*r = pressure(1);
	r->rev = 3;
	r->uncertainty_s = 3600;
	r->time_reason = VK_PLACED_CORRECTED;
	r->is_live = false;
	r->is_retracted = true;
	r->has_clock_offset = true;
	r->clock_offset_s = -98;
	r->raw_len = VK_RAW_MAX;
	for (int i = 0; i < VK_RAW_MAX; i++)
		r->raw[i] = (uint8_t)i;
	r->decoded.user = 255;
	r->decoded.sequence = 65535;
	r->decoded.sample_type = 10;
	r->decoded.location = 1;
	r->decoded.context[VK_CONTEXT_MEAL] = 2;
	r->decoded.flags = UINT64_MAX >> (64 - VK_N_FLAGS);
	for (; r->decoded.n_rr < VK_MAX_RR; r->decoded.n_rr++)
		r->decoded.rr_ms[r->decoded.n_rr] = (uint16_t)(700 + r->decoded.n_rr);
	while (r->decoded.n_values < VK_MAX_VALUES)
		vk_decoded_add(&r->decoded, VK_QUANTITY_WEIGHT, VK_UNIT_LB, VK_ABSENT_NONE,
			       (struct vk_decimal){-999999999999999, -18});
}

static void same_values(const struct vk_decoded *a, const struct vk_decoded *b)
{
	assert_int_equal(a->n_values, b->n_values);
	for (int i = 0; i < a->n_values; i++) {
		assert_int_equal(a->values[i].quantity, b->values[i].quantity);
		assert_int_equal(a->values[i].unit, b->values[i].unit);
		assert_int_equal(a->values[i].absent, b->values[i].absent);
		assert_true(a->values[i].number.mantissa == b->values[i].number.mantissa);
		assert_int_equal(a->values[i].number.exponent, b->values[i].number.exponent);
	}
}

static void same_decoded(const struct vk_decoded *a, const struct vk_decoded *b)
{
	assert_int_equal(a->kind, b->kind);
	same_values(a, b);
	assert_true(a->flags == b->flags);
	assert_int_equal(a->time_state, b->time_state);
	assert_int_equal(vk_civil_seconds(&a->device_time), vk_civil_seconds(&b->device_time));
	assert_int_equal(a->user, b->user);
	assert_int_equal(a->sequence, b->sequence);
	assert_int_equal(a->sample_type, b->sample_type);
	assert_int_equal(a->location, b->location);
	assert_memory_equal(a->context, b->context, sizeof a->context);
	assert_int_equal(a->site, b->site);
	assert_int_equal(a->n_rr, b->n_rr);
	assert_memory_equal(a->rr_ms, b->rr_ms, sizeof a->rr_ms);
	assert_int_equal(a->racp.op, b->racp.op);
	assert_int_equal(a->racp.operator_, b->racp.operator_);
	assert_int_equal(a->racp.count, b->racp.count);
	assert_int_equal(a->racp.request_op, b->racp.request_op);
	assert_int_equal(a->racp.result, b->racp.result);
}

static void same_reading(const struct vk_reading *a, const struct vk_reading *b)
{
	assert_string_equal(a->id, b->id);
	assert_int_equal(a->rev, b->rev);
	assert_string_equal(a->patient, b->patient);
	assert_string_equal(a->device, b->device);
	assert_int_equal(a->characteristic, b->characteristic);
	assert_int_equal(a->raw_len, b->raw_len);
	assert_memory_equal(a->raw, b->raw, a->raw_len);
	same_decoded(&a->decoded, &b->decoded);
	assert_true(a->received_utc_ms == b->received_utc_ms);
	assert_true(a->received_mono_ms == b->received_mono_ms);
	assert_true(a->time_utc_ms == b->time_utc_ms);
	assert_true(a->uncertainty_s == b->uncertainty_s);
	assert_int_equal(a->time_reason, b->time_reason);
	assert_int_equal(a->is_live, b->is_live);
	assert_int_equal(a->is_retracted, b->is_retracted);
	assert_int_equal(a->has_clock_offset, b->has_clock_offset);
	assert_true(a->clock_offset_s == b->clock_offset_s);
	assert_int_equal(a->capture, b->capture);
}

static void every_field_comes_back(void **state)
{
	struct home *home = *state;
	struct vk_reading r, back;

	full_reading(&r);
	assert_int_equal(vk_store_identify(home->store, &r, &utc_zone, VK_CLOCK_SYNCED), 0);
	assert_int_equal(vk_store_put_reading(home->store, &r), 0);
	home_reopen(home);
	assert_int_equal(vk_store_get_reading(home->store, r.id, &back), 0);
	same_reading(&r, &back);
}

static void every_kind_comes_back(void **state)
{
	struct home *home = *state;

	for (int kind = 0; kind < VK_N_KINDS; kind++) {
		struct vk_reading r = pressure(kind), back;

		r.decoded = vk_decoded_init((enum vk_kind)kind);
		r.decoded.time_state = VK_TIME_UNKNOWN;
		if (kind == VK_KIND_RACP)
			r.decoded.racp = (struct vk_racp){6, 0, -1, 1, 6};
		keep(home->store, &r);
		assert_int_equal(vk_store_get_reading(home->store, r.id, &back), 0);
		same_reading(&r, &back);
	}
	struct vk_reading none;

	assert_int_equal(
		vk_store_get_reading(home->store, "00000000-0000-8000-8000-000000000000", &none),
		-ENOENT);
	assert_int_equal(vk_store_get_reading(home->store, "a1", &none), -ENOENT);
}

static void sent_twice_is_one(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(1), again = pressure(1);

	keep(home->store, &r);
	again.patient[0] = '\0'; /* the patient is never part of the identity */
	again.received_utc_ms += 999999;
	again.received_mono_ms += 999999;
	for (int i = 0; i < 100; i++) {
		assert_int_equal(vk_store_identify(home->store, &again, &utc_zone, VK_CLOCK_SYNCED),
				 VK_STORE_REPEAT);
		assert_string_equal(again.id, r.id);
		assert_int_equal(vk_store_count_repeat(home->store, again.id), 0);
	}
	vk_store_closep(&home->store);
	assert_int_equal(home_int(home, "SELECT count(*) FROM reading"), 1);
	assert_int_equal(home_int(home, "SELECT repeats FROM reading"), 100);
}

/* A scale without a clock: a repeat within a minute, a second measurement after it. */
static void equal_weights(void **state)
{
	struct home *home = *state;
	struct vk_reading first = weight_at(0), soon = weight_at(60000), later = weight_at(60001);
	struct vk_reading other = weight_at(1000);

	keep(home->store, &first);
	assert_int_equal(first.capture, 1);
	assert_int_equal(vk_store_identify(home->store, &soon, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_string_equal(soon.id, first.id);
	assert_int_equal(soon.capture, 1);
	other.raw[1]++;
	keep(home->store, &other);
	assert_int_equal(other.capture, 2);
	home_reopen(home); /* the number is kept in the file */
	keep(home->store, &later);
	assert_int_equal(later.capture, 3);
	assert_string_not_equal(later.id, first.id);
}

/* A record of a meter: number, time, and what it says. */
static struct vk_reading record(uint8_t number, uint8_t value, bool is_moving)
{
	struct vk_reading r = pressure(1);
	const uint8_t raw[] = {0x0f, number, 0, 0xea, 7, 3, 4, 7, 30, 0, value, 0xc0};

	r.characteristic = 0x2a18;
	r.raw_len = sizeof raw;
	memcpy(r.raw, raw, sizeof raw);
	r.decoded.sequence = number;
	r.is_sequence_moving = is_moving;
	return r;
}

/* A meter that begins to count backwards gives what is stored another number. */
static void renumbered_record_is_the_same(void **state)
{
	struct home *home = *state;
	struct vk_reading first = record(1, 40, false), second = record(2, 41, false);
	struct vk_reading moved = record(5, 40, true), other = record(5, 42, true);
	struct vk_reading context = record(5, 40, true);

	keep(home->store, &first);
	keep(home->store, &second);
	assert_int_equal(vk_store_identify(home->store, &moved, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_string_equal(moved.id, first.id);
	assert_int_equal(vk_store_identify(home->store, &other, &utc_zone, VK_CLOCK_SYNCED), 0);
	/* Without a time in them, equal bytes are said of many. */
	context.decoded.time_state = VK_TIME_NO_FIELD;
	assert_int_equal(vk_store_identify(home->store, &context, &utc_zone, VK_CLOCK_SYNCED), 0);
}

/* Before anybody can know that the numbers move: no two measurements end in one second. */
static void the_same_second_is_the_same_record_under_any_number(void **state)
{
	struct home *home = *state;
	struct vk_reading first = record(1, 40, false), moved = record(5, 40, false);
	struct vk_reading minute = record(6, 40, false), other = record(5, 41, false);
	struct vk_reading *const with_seconds[] = {&first, &moved, &other};

	for (size_t i = 0; i < VK_ARRAY_LEN(with_seconds); i++)
		with_seconds[i]->raw[9] = with_seconds[i]->decoded.device_time.second = 28;
	keep(home->store, &first);
	assert_int_equal(vk_store_identify(home->store, &moved, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_string_equal(moved.id, first.id);
	assert_int_equal(vk_store_identify(home->store, &other, &utc_zone, VK_CLOCK_SYNCED), 0);
	/* Many meters show minutes only, and a person measures twice in one. */
	minute.raw[9] = minute.decoded.device_time.second = 0;
	keep(home->store, &minute);
	minute = record(7, 40, false);
	minute.decoded.device_time.second = 0;
	assert_int_equal(vk_store_identify(home->store, &minute, &utc_zone, VK_CLOCK_SYNCED), 0);
}

/* Of a record that cannot be decoded there is only what its bytes hold: its number and its time. */
static struct vk_reading unread(uint8_t number, uint8_t value, bool is_moving, int minute)
{
	struct vk_reading r = record(number, value, is_moving);

	r.decoded = vk_decoded_init(VK_KIND_GLUCOSE);
	r.received_utc_ms += minute * INT64_C(60000);
	r.received_mono_ms += minute * INT64_C(60000);
	return r;
}

/* A history that is read again days later holds it again, under another number or the same. */
static void unread_record_is_the_same(void **state)
{
	struct home *home = *state;
	struct vk_reading first = unread(7, 40, false, 0), late = unread(7, 40, false, 3000);
	struct vk_reading moved = unread(2, 40, true, 1), late_moved = unread(3, 40, true, 3000);
	struct vk_reading equal = unread(8, 40, false, 0), other = unread(2, 41, true, 0);
	struct vk_reading *const same[] = {&late, &moved, &late_moved};

	keep(home->store, &first);
	for (size_t i = 0; i < VK_ARRAY_LEN(same); i++) {
		assert_int_equal(
			vk_store_identify(home->store, same[i], &utc_zone, VK_CLOCK_SYNCED),
			VK_STORE_REPEAT);
		assert_string_equal(same[i]->id, first.id);
	}
	/* Two numbers of a meter whose numbers stand are two measurements. */
	keep(home->store, &equal);
	assert_string_not_equal(equal.id, first.id);
	assert_int_equal(vk_store_identify(home->store, &other, &utc_zone, VK_CLOCK_SYNCED), 0);
}

/*
 * A context, and a record of a cuff: the number in them tells them apart, and where it moves,
 * nothing does.
 */
static void unread_record_without_a_time_is_the_same(void **state)
{
	static const uint16_t characteristics[] = {0x2a34, 0x2b36};
	struct home *home = *state;

	for (size_t i = 0; i < VK_ARRAY_LEN(characteristics); i++) {
		struct vk_reading first = unread(7, 40, false, 0),
				  late = unread(7, 40, false, 3000);
		struct vk_reading other = unread(8, 40, false, 1);
		struct vk_reading moved = unread(9, 40, true, 3000);
		struct vk_reading *const all[] = {&first, &late, &other, &moved};

		for (size_t k = 0; k < VK_ARRAY_LEN(all); k++) {
			all[k]->characteristic = characteristics[i];
			all[k]->raw_len = 5;
		}
		keep(home->store, &first);
		assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED),
				 VK_STORE_REPEAT);
		assert_string_equal(late.id, first.id);
		keep(home->store, &other);
		assert_string_not_equal(other.id, first.id);
		assert_int_equal(vk_store_identify(home->store, &moved, &utc_zone, VK_CLOCK_SYNCED),
				 VK_STORE_REPEAT);
	}
}

/* Two bytes hold no number, and a value that is no record says nothing by its second. */
static void bytes_without_a_number_are_said_of_many(void **state)
{
	static const uint16_t characteristics[] = {0x2a34, 0x2a9d};
	struct home *home = *state;

	for (size_t i = 0; i < VK_ARRAY_LEN(characteristics); i++) {
		struct vk_reading first = unread(7, 40, false, 0),
				  late = unread(7, 40, false, 3000);

		first.characteristic = late.characteristic = characteristics[i];
		first.raw_len = late.raw_len = i ? 5 : 2;
		keep(home->store, &first);
		assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED),
				 0);
	}
}

/*
 * A meter that counts backwards, with a clock from before it was set: where its records lie is
 * guessed anew in each session, days apart, and each is one all the same.
 */
static void record_of_an_impossible_time_is_the_same(void **state)
{
	struct home *home = *state;
	struct vk_reading first = record(1, 40, true), late = record(2, 40, true);
	struct vk_reading other = record(2, 41, true);
	struct vk_reading before = record(5, 42, false), moved = record(1, 42, true);
	struct vk_reading *const all[] = {&first, &late, &other};

	for (size_t i = 0; i < VK_ARRAY_LEN(all); i++) {
		all[i]->decoded.device_time.year = 2017;
		vk_put_le16(all[i]->raw + 3, 2017);
		all[i]->received_utc_ms += (int64_t)i * 3 * 86400000;
		all[i]->received_mono_ms += (int64_t)i * 3 * 86400000;
		all[i]->time_utc_ms = all[i]->received_utc_ms;
	}
	keep(home->store, &first);
	assert_int_equal(first.capture, 1);
	assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_string_equal(late.id, first.id);
	assert_int_equal(vk_store_identify(home->store, &other, &utc_zone, VK_CLOCK_SYNCED), 0);
	/* From when its numbers stood, and its clock was known. */
	before.decoded.device_time.year = moved.decoded.device_time.year = 2017;
	moved.time_utc_ms += INT64_C(259200000);
	keep(home->store, &before);
	assert_int_equal(before.capture, 0);
	assert_int_equal(vk_store_identify(home->store, &moved, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_string_equal(moved.id, before.id);
}

/*
 * A meter that was taken for one that counts backwards, and counts forward after all: what was
 * stored while its numbers meant nothing is the same record now that they do.
 */
static void record_is_the_same_when_its_number_counts_again(void **state)
{
	struct home *home = *state;

	for (int16_t year = 2017; year <= 2026;
	     year = (int16_t)(year + 9)) { /* a time that cannot be, and one */
		struct vk_reading first = record(1, 40, true), late = record(1, 40, false);
		struct vk_reading other = record(2, 40, false);
		struct vk_reading *const all[] = {&first, &late, &other};

		for (size_t i = 0; i < VK_ARRAY_LEN(all); i++) {
			all[i]->decoded.device_time.year = year;
			all[i]->decoded.device_time.second = 0;
			vk_put_le16(all[i]->raw + 3, (uint16_t)year);
			all[i]->received_utc_ms += (int64_t)i * 600000;
			all[i]->received_mono_ms += (int64_t)i * 600000;
		}
		keep(home->store, &first);
		assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED),
				 VK_STORE_REPEAT);
		assert_string_equal(late.id, first.id);
		assert_int_equal(vk_store_identify(home->store, &other, &utc_zone, VK_CLOCK_SYNCED),
				 0);
	}
}

/* Measured while the clock stood in 2017: placed where it was, and in its past when the clock is
 * right. */
static void record_of_a_stray_clock_is_the_same_wherever_it_is_placed(void **state)
{
	struct home *home = *state;
	struct vk_reading first = record(1, 40, true), late = record(1, 40, false);
	struct vk_reading *const all[] = {&first, &late};

	for (size_t i = 0; i < VK_ARRAY_LEN(all); i++) {
		all[i]->decoded.device_time.year = 2017;
		vk_put_le16(all[i]->raw + 3, 2017);
		all[i]->has_place = true;
		all[i]->place_reason = VK_PLACED_CORRECTED;
	}
	late.time_utc_ms -= INT64_C(9) * 365 * 86400000;
	keep(home->store, &first);
	assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_string_equal(late.id, first.id);
}

/* Bytes that break off before the time in them ends are not told from others. */
static void bytes_without_a_time_are_said_of_many(void **state)
{
	struct home *home = *state;
	struct vk_reading first = unread(7, 40, false, 0), late = unread(7, 40, false, 3000);

	first.raw_len = late.raw_len = 9;
	keep(home->store, &first);
	assert_int_equal(vk_store_identify(home->store, &late, &utc_zone, VK_CLOCK_SYNCED), 0);
}

/* A number that was rolled back is not given to another measurement of the same bytes. */
static void numbers_are_not_reused(void **state)
{
	struct home *home = *state;
	struct vk_reading undone = weight_at(0), next = weight_at(600000);

	assert_int_equal(vk_store_begin(home->store), 0);
	keep(home->store, &undone);
	vk_store_rollback(home->store);
	keep(home->store, &next);
	assert_int_not_equal(next.capture, undone.capture);
	assert_string_not_equal(next.id, undone.id);
}

static void only_higher_revisions_replace(void **state)
{
	struct home *home = *state;
	struct vk_reading r = pressure(1), back;

	r.patient[0] = '\0';
	keep(home->store, &r);
	r.rev = 1;
	strcpy(r.patient, "p-1042");
	assert_int_equal(vk_store_put_reading(home->store, &r), 0);
	assert_int_equal(vk_store_get_reading(home->store, r.id, &back), 0);
	same_reading(&r, &back);
	r.patient[0] = '\0';
	assert_int_equal(vk_store_put_reading(home->store, &r), VK_STORE_REPEAT);
	r.rev = 0;
	assert_int_equal(vk_store_put_reading(home->store, &r), VK_STORE_REPEAT);
	assert_int_equal(vk_store_get_reading(home->store, r.id, &back), 0);
	assert_string_equal(back.patient, "p-1042");
	assert_int_equal(vk_store_identify(home->store, &r, &utc_zone, VK_CLOCK_SYNCED),
			 VK_STORE_REPEAT);
	assert_int_equal(r.rev, 1);
}

struct list {
	int n;
	int64_t times[64];
};

static int add_time(const struct vk_reading *r, int64_t stored_utc_ms, void *user)
{
	struct list *list = user;

	assert_true(stored_utc_ms > 0);
	list->times[list->n++] = r->time_utc_ms;
	return 0;
}

static struct list list(struct home *home, const struct vk_reading_filter *filter)
{
	struct list found = {0};

	assert_int_equal(vk_store_each_reading(home->store, filter, add_time, &found), 0);
	for (int i = 1; i < found.n; i++)
		assert_true(found.times[i - 1] >= found.times[i]);
	return found;
}

static void lists_newest_first(void **state)
{
	struct home *home = *state;

	for (int i = 0; i < 20; i++) {
		struct vk_reading p = pressure(i * 7 % 20), w = weight_at(i * 100000);

		if (i < 5)
			w.patient[0] = '\0';
		keep(home->store, &p);
		keep(home->store, &w);
	}
	struct vk_reading_filter f = {"p-1042", NULL, VK_KIND_BLOOD_PRESSURE, 0, 64};

	assert_int_equal(list(home, &f).n, 20);
	f.limit = 3;
	assert_int_equal(list(home, &f).n, 3);
	assert_true(list(home, &f).times[0] == pressure(19).time_utc_ms);
	f.limit = 64;
	f.since_utc_ms = pressure(15).time_utc_ms;
	assert_int_equal(list(home, &f).n, 5);
	f = (struct vk_reading_filter){"", NULL, -1, 0, 64};
	assert_int_equal(list(home, &f).n, 5);
	f = (struct vk_reading_filter){NULL, "C0FFEE000417", -1, 0, 64};
	assert_int_equal(list(home, &f).n, 40);
	f.device = "000000000000";
	assert_int_equal(list(home, &f).n, 0);
	f = (struct vk_reading_filter){NULL, NULL, VK_KIND_WEIGHT, 0, 64};
	assert_int_equal(list(home, &f).n, 20);
}

static int stop(const struct vk_reading *r, int64_t stored_utc_ms, void *user)
{
	(void)r;
	(void)stored_utc_ms;
	++*(int *)user;
	return -ECANCELED;
}

static void a_callback_may_stop(void **state)
{
	struct home *home = *state;
	const struct vk_reading_filter f = {NULL, NULL, -1, 0, 64};
	int n = 0;

	for (int i = 0; i < 3; i++) {
		struct vk_reading r = pressure(i);

		keep(home->store, &r);
	}
	assert_int_equal(vk_store_each_reading(home->store, &f, stop, &n), -ECANCELED);
	assert_int_equal(n, 1);
	assert_int_equal(list(home, &f).n, 3); /* and the statement is free again */
}

#define IN_HOME(f) cmocka_unit_test_setup_teardown(f, home_up, home_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOME(every_field_comes_back),
		IN_HOME(every_kind_comes_back),
		IN_HOME(sent_twice_is_one),
		IN_HOME(equal_weights),
		IN_HOME(renumbered_record_is_the_same),
		IN_HOME(the_same_second_is_the_same_record_under_any_number),
		IN_HOME(unread_record_is_the_same),
		IN_HOME(bytes_without_a_time_are_said_of_many),
		IN_HOME(unread_record_without_a_time_is_the_same),
		IN_HOME(bytes_without_a_number_are_said_of_many),
		IN_HOME(record_of_an_impossible_time_is_the_same),
		IN_HOME(record_is_the_same_when_its_number_counts_again),
		IN_HOME(record_of_a_stray_clock_is_the_same_wherever_it_is_placed),
		IN_HOME(numbers_are_not_reused),
		IN_HOME(only_higher_revisions_replace),
		IN_HOME(lists_newest_first),
		IN_HOME(a_callback_may_stop),
	};

	return cmocka_run_group_tests_name("store readings", tests, NULL, NULL);
}
