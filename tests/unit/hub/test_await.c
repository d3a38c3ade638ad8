/* SPDX-License-Identifier: Apache-2.0 */
/* Rows the broker took, against a care service that answers, is late, forgets, or is away. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/await.h"

enum { WITHIN = 60000, TRIES = 3 };

static void start(struct vk_await *a)
{
	static const struct vk_await_policy policy = {WITHIN, TRIES};

	*a = (struct vk_await){0};
	vk_await_init(a, &policy);
}

static void send(struct vk_await *a, int64_t seq, const char *id, int32_t rev, int64_t now)
{
	assert_int_equal(vk_await_sent(a, seq, id, rev, now), 0);
	vk_await_acked(a, seq, now);
}

static int due(struct vk_await *a, int64_t now, int64_t *seqs)
{
	int n = vk_await_due(a, now, seqs, 8);

	for (int i = 0; i < n; i++)
		send(a, seqs[i], "", 0, now);
	return n;
}

static void a_receipt_in_time(void **state)
{
	struct vk_await a;
	int64_t seqs[8];

	(void)state;
	start(&a);
	send(&a, 1, "r1", 0, 1000);
	send(&a, 2, "r2", 0, 1000);
	assert_true(vk_await_holds(&a, 1));
	assert_int_equal(vk_await_receipt(&a, "r1", 0, 2000), 1);
	assert_int_equal(vk_await_receipt(&a, "r1", 0, 2000), 0);
	assert_false(vk_await_holds(&a, 1));
	assert_int_equal(due(&a, 1000 + WITHIN - 1, seqs), 0);
	assert_int_equal(due(&a, 1000 + WITHIN, seqs), 1);
	assert_int_equal(seqs[0], 2);
	assert_int_equal(vk_await_receipt(&a, "r2", -1, 1001 + WITHIN), 2);
	assert_true(vk_await_next_ms(&a) == VK_NEVER);
	vk_await_done(&a);
}

static void what_a_receipt_without_a_revision_is_for(void **state)
{
	struct vk_await a;

	(void)state;
	start(&a);
	assert_int_equal(vk_await_oldest(&a, "a1", 0), -1);
	send(&a, 1, "a1", 0, 1000);
	send(&a, 2, "a2", 7, 1000);
	send(&a, 3, "a1", 1, 1000);
	assert_int_equal(vk_await_oldest(&a, "a1", 0), 0);
	assert_int_equal(vk_await_oldest(&a, "a1", 1), 1);
	assert_int_equal(vk_await_oldest(&a, "a1", 2), -1);
	assert_int_equal(vk_await_oldest(&a, "a2", 0), 7);
	assert_int_equal(vk_await_receipt(&a, "a1", -1, 2000), 1);
	assert_int_equal(vk_await_oldest(&a, "a1", 0), 1);
	vk_await_done(&a);
}

static void a_receipt_of_one_revision_settles_no_later_one(void **state)
{
	struct vk_await a;

	(void)state;
	start(&a);
	for (int rev = 0; rev < 4; rev++)
		send(&a, 10 + rev, "a1", rev, 0);
	assert_int_equal(vk_await_receipt(&a, "a1", 1, 5), 10);
	assert_int_equal(vk_await_receipt(&a, "a1", 1, 5), 11);
	assert_int_equal(vk_await_receipt(&a, "a1", 1, 5), 0);
	/* Without a revision: the first that waits. */
	assert_int_equal(vk_await_receipt(&a, "a1", -1, 5), 12);
	assert_true(vk_await_holds(&a, 13));
	vk_await_done(&a);
}

static void missing_after_so_many_tries_until_it_comes(void **state)
{
	struct vk_await a;
	int64_t seqs[8], now = 0;
	int sent = 1;

	(void)state;
	start(&a);
	send(&a, 1, "r1", 0, now);
	while (!a.n_missing) {
		now += WITHIN;
		sent += due(&a, now, seqs);
		assert_true(now <= TRIES * WITHIN);
	}
	assert_int_equal(now, TRIES * WITHIN);
	assert_int_equal(sent, TRIES + 1);
	assert_int_equal(vk_await_receipt(&a, "r1", 0, now), 1);
	assert_int_equal(a.n_missing, 0);
	vk_await_done(&a);
}

/* One night without the care service: of a hundred rows one is sent again and again, the rest not.
 */
static void a_service_that_is_away_gets_no_flood(void **state)
{
	struct vk_await a;
	int64_t seqs[8], now = 0;
	int sent = 0;

	(void)state;
	start(&a);
	for (int i = 1; i <= 100; i++)
		send(&a, i, "x", i, 0);
	for (; now < INT64_C(12) * 3600 * 1000; now += 1000)
		sent += due(&a, now, seqs);
	assert_int_equal(a.n_missing, 100);
	assert_in_range(sent, 100 * (TRIES - 1), 100 * (TRIES - 1) + 24);
	/* It is back: what it does not confirm in its time has its turn, and not before. */
	assert_int_equal(vk_await_receipt(&a, "x", 1, now), 1);
	assert_int_equal(due(&a, now + WITHIN - 1, seqs), 0);
	assert_int_equal(due(&a, now + WITHIN, seqs), 8);
	vk_await_done(&a);
}

static void what_fell_with_the_link_is_no_try(void **state)
{
	struct vk_await a;
	int64_t seqs[8];

	(void)state;
	start(&a);
	for (int i = 0; i < 10; i++) {
		assert_int_equal(vk_await_sent(&a, 7, "r7", 0, i), 0);
		assert_false(vk_await_holds(&a, 7));
		vk_await_link(&a, i);
	}
	vk_await_acked(&a, 7, 10);
	assert_true(vk_await_holds(&a, 7));
	assert_int_equal(due(&a, 10 + WITHIN, seqs), 1);
	assert_int_equal(a.n_missing, 0);
	vk_await_done(&a);
}

static void a_new_link_waits_for_the_receipts_that_waited(void **state)
{
	struct vk_await a;
	int64_t seqs[8];

	(void)state;
	start(&a);
	send(&a, 1, "r1", 0, 0);
	vk_await_link(&a, 10 * WITHIN);
	assert_int_equal(due(&a, 11 * WITHIN - 1, seqs), 0);
	assert_int_equal(due(&a, 11 * WITHIN, seqs), 1);
	vk_await_done(&a);
}

static void room_ends_and_comes_back(void **state)
{
	struct vk_await a;
	int64_t seq = 1;

	(void)state;
	start(&a);
	while (vk_await_room(&a))
		send(&a, seq++, "x", 0, 0);
	assert_int_equal(seq, VK_AWAIT_MAX + 1);
	for (int i = 0; i < VK_AWAIT_URGENT; i++)
		send(&a, seq++, "u", 0, 0);
	assert_int_equal(vk_await_sent(&a, seq, "u", 0, 0), -28); /* ENOSPC */
	for (int64_t i = 1; i < seq; i++)
		assert_int_equal(vk_await_receipt(&a, i <= VK_AWAIT_MAX ? "x" : "u", -1, 1), i);
	assert_int_equal(vk_await_room(&a), VK_AWAIT_MAX);
	send(&a, seq, "y", 0, 2);
	assert_int_equal(vk_await_receipt(&a, "y", 0, 3), seq);
	vk_await_done(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_receipt_in_time),
		cmocka_unit_test(what_a_receipt_without_a_revision_is_for),
		cmocka_unit_test(a_receipt_of_one_revision_settles_no_later_one),
		cmocka_unit_test(missing_after_so_many_tries_until_it_comes),
		cmocka_unit_test(a_service_that_is_away_gets_no_flood),
		cmocka_unit_test(what_fell_with_the_link_is_no_try),
		cmocka_unit_test(a_new_link_waits_for_the_receipts_that_waited),
		cmocka_unit_test(room_ends_and_comes_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
