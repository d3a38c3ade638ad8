/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A meter's life is acted with its true times and a clock that is changed; what the timeline says
 * must hold the truth within what it states.
 */
#include "cmocka_all.h"

#include <stdio.h>
#include <string.h>

#include "timeline.h"

enum { RECORDS = 200, HOUR = 3600, DAY = 86400, ZONE = 3600 };

static const int64_t now_s = INT64_C(1772606400); /* 2026-03-04 06:40 UTC */

struct meter {
	struct vk_timeline t;
	int n;
	int64_t truth[RECORDS];
	struct vk_moment m[RECORDS];
};

static struct vk_clock_mark mark(int64_t utc_s, int64_t device_s)
{
	return (struct vk_clock_mark){
		.is_known = true, .utc_s = utc_s, .wall_s = utc_s + ZONE, .device_s = device_s};
}

/* Measures at a true moment with a clock that is ahead of UTC by so much. */
static void measure(struct meter *x, int64_t utc_s, int64_t ahead_s)
{
	x->truth[x->n] = utc_s;
	x->m[x->n++] = (struct vk_moment){.has_time = true, .device_s = utc_s + ahead_s};
}

static void place(struct meter *x)
{
	x->t.now_utc_s = now_s;
	x->t.now_wall_s = now_s + ZONE;
	vk_timeline_place(&x->t, x->m, x->n);
}

/* How many are placed with a known uncertainty; each of them must hold. */
static int held(const struct meter *x)
{
	int n = 0;

	for (int i = 0; i < x->n; i++) {
		int64_t off = x->m[i].utc_s - x->truth[i];

		if (x->m[i].uncertainty_s < 0)
			continue;
		if (off > x->m[i].uncertainty_s || off < -x->m[i].uncertainty_s)
			print_error("record %d: %lld s off, stated %lld, %s\n", i, (long long)off,
				    (long long)x->m[i].uncertainty_s,
				    vk_placed_by_text(x->m[i].by));
		assert_true(off <= x->m[i].uncertainty_s && off >= -x->m[i].uncertainty_s);
		n++;
	}
	return n;
}

static void untouched_clock_follows_the_wall(void **state)
{
	struct meter x = {.t = {.now = mark(now_s, now_s + ZONE)}};

	(void)state;
	for (int i = 0; i < 10; i++)
		measure(&x, now_s - (10 - i) * HOUR, ZONE);
	place(&x);
	for (int i = 0; i < x.n; i++)
		assert_int_equal(x.m[i].by, VK_BY_WALL);
	assert_int_equal(held(&x), 10);
}

/* Row d: a battery change in the middle of two hundred, the hub had seen the clock before. */
static void change_in_the_middle_is_found(void **state)
{
	static const int64_t jumps[] = {-9 * 365 * DAY, -2 * DAY, -400, 3 * DAY, 400 * DAY};

	(void)state;
	for (size_t k = 0; k < sizeof jumps / sizeof jumps[0]; k++) {
		struct meter x = {0};
		int64_t widest = 0;

		x.t.before = mark(now_s - 201 * HOUR, now_s - 201 * HOUR + ZONE);
		x.t.now = mark(now_s, now_s + ZONE + jumps[k]);
		for (int i = 0; i < RECORDS; i++)
			measure(&x, now_s - (RECORDS - i) * HOUR,
				ZONE + (i < RECORDS / 2 ? 0 : jumps[k]));
		place(&x);
		assert_int_equal(held(&x), RECORDS);
		for (int i = 0; i < RECORDS; i++)
			widest = x.m[i].uncertainty_s > widest ? x.m[i].uncertainty_s : widest;
		printf("{\"row\":\"d\",\"jump_s\":%lld,\"records\":%d,\"placed\":%d,"
		       "\"widest_uncertainty_s\":%lld}\n",
		       (long long)jumps[k], RECORDS, RECORDS, (long long)widest);
		/* A fall shows where it was; a rise longer than a pause between two, too. */
		if (jumps[k] < -HOUR || jumps[k] > HOUR)
			assert_true(widest <= 60);
		else
			assert_true(widest <= 400);
	}
}

static void change_without_an_earlier_mark_says_what_it_knows(void **state)
{
	struct meter x = {.t = {.now = mark(now_s, now_s + ZONE - 9 * 365 * DAY)}};

	(void)state;
	for (int i = 0; i < 20; i++)
		measure(&x, now_s - (20 - i) * HOUR, ZONE + (i < 10 ? 0 : -9 * 365 * DAY));
	place(&x);
	assert_int_equal(held(&x), 10);
	for (int i = 0; i < 20; i++)
		assert_int_equal(x.m[i].by, i < 10 ? VK_BY_NOTHING : VK_BY_READ);
	/* And none of those lies after what came later. */
	assert_true(x.m[9].utc_s <= x.m[10].utc_s);
}

static void records_between_two_changes_are_held_by_their_neighbours(void **state)
{
	struct meter x = {.t = {.before = mark(now_s - 31 * HOUR, now_s - 31 * HOUR + ZONE),
				.now = mark(now_s, now_s + ZONE - 5 * 365 * DAY)}};

	(void)state;
	/* The middle ones lie nearer to what came after: their own middle would be wrong. */
	for (int i = 0; i < 30; i++)
		measure(&x, now_s - (30 - i) * HOUR + (i >= 10 && i < 20 ? 2400 : 0),
			ZONE - (i < 10   ? 0
				: i < 20 ? 400 * DAY
					 : 5 * 365 * DAY));
	place(&x);
	assert_int_equal(held(&x), 30);
	assert_int_equal(x.m[0].by, VK_BY_KEPT);
	assert_int_equal(x.m[15].by, VK_BY_NEIGHBOURS);
	assert_int_equal(x.m[25].by, VK_BY_READ);
	assert_true(x.m[15].uncertainty_s <= HOUR + VK_TIMELINE_JITTER_S);
}

static void clock_that_fell_after_the_last_record(void **state)
{
	struct meter x = {.t = {.before = mark(now_s - 31 * HOUR, now_s - 31 * HOUR + ZONE),
				.now = mark(now_s, now_s + ZONE - 5 * 365 * DAY)}};

	(void)state;
	for (int i = 0; i < 30; i++)
		measure(&x, now_s - (30 - i) * HOUR, ZONE);
	place(&x);
	assert_int_equal(held(&x), 30);
	for (int i = 0; i < 30; i++)
		assert_int_equal(x.m[i].by, VK_BY_KEPT);
}

static void small_change_is_either(void **state)
{
	struct meter x = {.t = {.before = mark(now_s - 31 * HOUR, now_s - 31 * HOUR + ZONE),
				.now = mark(now_s, now_s + ZONE + 1800)}};

	(void)state;
	for (int i = 0; i < 30; i++)
		measure(&x, now_s - (30 - i) * HOUR, ZONE + (i < 17 ? 0 : 1800));
	place(&x);
	assert_int_equal(held(&x), 30);
	assert_int_equal(x.m[16].by, VK_BY_EITHER);
	assert_true(x.m[16].uncertainty_s >= 900 && x.m[16].uncertainty_s < 920);
}

/* A device that does not shift for summer is off by an hour, and was right all the time. */
static void summer_time_is_no_change(void **state)
{
	struct meter x = {.t = {.before = mark(now_s - 31 * DAY, now_s - 31 * DAY + ZONE),
				.now = {.is_known = true,
					.utc_s = now_s,
					.wall_s = now_s + ZONE + HOUR,
					.device_s = now_s + ZONE}}};

	(void)state;
	for (int i = 0; i < 30; i++)
		measure(&x, now_s - (30 - i) * DAY, ZONE);
	place(&x);
	assert_int_equal(held(&x), 30);
	assert_int_equal(x.m[29].by, VK_BY_READ);
	assert_true(x.m[0].uncertainty_s <= 100);
}

/* One that does shift shows the wall's time before and after. */
static void device_that_shifts_is_left_to_the_zone(void **state)
{
	struct meter x = {.t = {.before = mark(now_s - 31 * DAY, now_s - 31 * DAY + ZONE),
				.now = {.is_known = true,
					.utc_s = now_s,
					.wall_s = now_s + ZONE + HOUR,
					.device_s = now_s + ZONE + HOUR}}};

	(void)state;
	measure(&x, now_s - 20 * DAY, ZONE);
	measure(&x, now_s - 2 * HOUR, ZONE + HOUR);
	place(&x);
	assert_int_equal(x.m[0].by, VK_BY_WALL);
	assert_int_equal(x.m[1].by, VK_BY_WALL);
}

/* A meter that keeps its base time puts a change of its clock into the offset. */
static void offset_of_a_meter_undoes_its_change(void **state)
{
	struct meter x = {.t = {.now = mark(now_s, now_s + ZONE)}};

	(void)state;
	for (int i = 0; i < 20; i++) {
		measure(&x, now_s - (20 - i) * HOUR, ZONE + (i < 10 ? -300 * 60 : 0));
		x.m[i].offset_min = i < 10 ? -300 : 0;
	}
	place(&x);
	assert_int_equal(held(&x), 20);
	assert_true(x.m[0].uncertainty_s <= 10);
	/* What came in leaves unchanged. */
	assert_int_equal(x.m[0].device_s, now_s - 20 * HOUR + ZONE - 300 * 60);
}

static void record_without_a_time_lies_between_its_neighbours(void **state)
{
	struct meter x = {.t = {.before = mark(now_s - 31 * HOUR, now_s - 31 * HOUR + ZONE),
				.now = mark(now_s, now_s + ZONE - 5 * 365 * DAY)}};

	(void)state;
	for (int i = 0; i < 30; i++)
		measure(&x, now_s - (30 - i) * HOUR, ZONE - (i < 15 ? 0 : 5 * 365 * DAY));
	x.m[7].has_time = false;
	x.m[29].has_time = false;
	place(&x);
	assert_int_equal(held(&x), 30);
	assert_int_equal(x.m[7].by, VK_BY_NEIGHBOURS);
	assert_true(x.m[7].uncertainty_s <= HOUR + 60);
	assert_int_equal(x.m[29].by, VK_BY_NEIGHBOURS);
}

static uint32_t next_random(uint32_t *seed)
{
	*seed = *seed * 1664525u + 1013904223u;
	return *seed >> 8;
}

/* Any life of at most one change since the mark: what is stated holds. */
static void whatever_happens_once_the_statement_holds(void **state)
{
	uint32_t seed = 417;

	(void)state;
	for (int round = 0; round < 3000; round++) {
		struct meter x = {0};
		int64_t at_s = now_s - (int64_t)(next_random(&seed) % (60 * DAY)) - DAY;
		int64_t ahead_s = (int64_t)(next_random(&seed) % (2 * DAY)) - DAY;
		int64_t jump_s = (int64_t)(next_random(&seed) % (20 * DAY)) - 10 * DAY;
		int n = 1 + (int)(next_random(&seed) % 40);
		int change = (int)(next_random(&seed) % (uint32_t)(n + 2));

		x.t.before = mark(at_s, at_s + ahead_s);
		for (int i = 0; i < n; i++) {
			at_s += 60 + (int64_t)(next_random(&seed) %
					       (uint32_t)((now_s - at_s) / (n - i) - 59));
			if (i == change)
				ahead_s += jump_s;
			measure(&x, at_s, ahead_s);
		}
		if (change == n)
			ahead_s += jump_s;
		x.t.now = mark(now_s, now_s + ahead_s);
		place(&x);
		for (int i = 0; i < n; i++)
			if (x.m[i].by == VK_BY_WALL) /* the hub's own way: the shift it will use */
				x.m[i].utc_s = x.m[i].device_s - ahead_s;
		(void)held(&x);
	}
}

static void nothing_to_place_is_nothing(void **state)
{
	struct meter x = {0};

	(void)state;
	place(&x);
	x.n = 1;
	place(&x);
	assert_int_equal(x.m[0].by, VK_BY_NOTHING);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(untouched_clock_follows_the_wall),
		cmocka_unit_test(change_in_the_middle_is_found),
		cmocka_unit_test(change_without_an_earlier_mark_says_what_it_knows),
		cmocka_unit_test(records_between_two_changes_are_held_by_their_neighbours),
		cmocka_unit_test(clock_that_fell_after_the_last_record),
		cmocka_unit_test(small_change_is_either),
		cmocka_unit_test(summer_time_is_no_change),
		cmocka_unit_test(device_that_shifts_is_left_to_the_zone),
		cmocka_unit_test(offset_of_a_meter_undoes_its_change),
		cmocka_unit_test(record_without_a_time_lies_between_its_neighbours),
		cmocka_unit_test(whatever_happens_once_the_statement_holds),
		cmocka_unit_test(nothing_to_place_is_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
