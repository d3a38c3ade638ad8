/* SPDX-License-Identifier: Apache-2.0 */
/* The window of the outbox, with the relay and the engine played: what flies, what has landed, what
 * nobody can carry. */
#include <errno.h>
#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/err.h"
#include "hub/pump.h"

enum { LARGE = 200 }; /* bytes: more than this relay takes */

struct house {
	uv_loop_t loop;
	struct vk_clock clock;
	struct vk_direct direct;
	struct vk_pump pump;
	struct vk_job *fetch; /* asked, and not answered */
	bool is_unseen;       /* … and nobody was woken for it */
	int n_sent, n_leaving, n_aside, n_hurried;
	int n_direct; /* so many of the next answer's rows have left already */
	int64_t aside_seq;
	int32_t aside_code;
};

static struct house *house; /* of the engine that is played */

/* ---- the engine, as far as the pump sees it ---- */

int vk_engine_submit(struct vk_engine *engine, struct vk_job *job)
{
	(void)engine;
	if (job->type == VK_JOB_FETCH) {
		vk_job_free(house->fetch);
		house->fetch = job;
		house->is_unseen = false;
		return 0;
	}
	if (job->type == VK_JOB_ASIDE) {
		house->n_aside++;
		house->aside_seq = job->seq;
		house->aside_code = job->code;
	}
	house->n_hurried += job->type == VK_JOB_SETTLE;
	house->n_leaving += job->n_seqs;
	vk_job_free(job);
	return 0;
}

int vk_engine_submit_next(struct vk_engine *engine, struct vk_job *job)
{
	int r = vk_engine_submit(engine, job);

	house->is_unseen = true;
	return r;
}

void vk_engine_look(struct vk_engine *engine)
{
	(void)engine;
	house->is_unseen = false;
}

int vk_engine_submit_patient(struct vk_engine *engine, struct vk_job *job)
{
	(void)engine;
	house->n_leaving += job->n_seqs;
	vk_job_free(job);
	return 0;
}

void vk_engine_wake(struct vk_engine *engine)
{
	(void)engine;
}

static int send_to_relay(const struct vk_message *message, void *user)
{
	struct house *h = user;

	if (message->len >= LARGE)
		return -EMSGSIZE;
	h->n_sent++;
	return 0;
}

static void tell_missing(bool is_missing, void *user)
{
	(void)is_missing;
	(void)user;
}

/* ---- the house ---- */

static int open_house(void **state)
{
	static const struct vk_await_policy by_puback;

	house = calloc(1, sizeof *house);
	assert_non_null(house);
	assert_int_equal(uv_loop_init(&house->loop), 0);
	vk_direct_init(&house->direct);
	house->pump = (struct vk_pump){.clock = &house->clock,
				       .direct = &house->direct,
				       .send = send_to_relay,
				       .tell_missing = tell_missing,
				       .user = house};
	vk_pump_start(&house->pump, &house->loop, &by_puback);
	vk_pump_link(&house->pump, true);
	*state = house;
	return 0;
}

static int close_house(void **state)
{
	struct house *h = *state;

	vk_pump_stop(&h->pump);
	(void)uv_run(&h->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&h->loop), 0);
	vk_job_free(h->fetch);
	vk_direct_done(&h->direct);
	free(h);
	return 0;
}

/* Answers the question with rows from `first` on, of so many bytes; as many as it asked for. */
static int answer(struct house *h, int64_t first, size_t bytes, int most)
{
	static const char payload[LARGE];
	struct vk_job *job = vk_take(&h->fetch);
	struct vk_outgoing **tail = &job->outgoing;
	int n = job->ordinary < most ? job->ordinary : most;

	for (int i = 0; i < n; i++) {
		*tail = vk_outgoing_new(
			&(struct vk_message){.seq = first + i, .payload = payload, .len = bytes});
		assert_non_null(*tail);
		tail = &(*tail)->next;
	}
	job->n_sent = h->n_direct;
	vk_pump_fetched(&h->pump, job);
	vk_job_free(job);
	vk_pump_ask(&h->pump);
	return n;
}

static void acknowledge(struct house *h, int64_t first, int n)
{
	for (int i = 0; i < n; i++)
		vk_pump_settled(&h->pump, first + i, 0);
	vk_pump_flush(&h->pump);
}

/* Whatever comes, until nothing is asked for any more: the engine lets nothing go. */
static void what_a_crash_repeats_is_never_more_than_the_window(void **state)
{
	struct house *h = *state;
	int64_t next = 1, acknowledged = 1;

	while (h->fetch && h->n_leaving < 10 * VK_PUMP_WINDOW) {
		next += answer(h, next, 10, VK_FETCH_MAX);
		for (; acknowledged < next; acknowledged++)
			acknowledge(h, acknowledged, 1);
	}
	assert_int_equal(h->pump.n_flying, 0);
	assert_in_range(h->n_leaving, VK_PACE_MOST / 2, VK_PUMP_WINDOW);
	assert_int_equal(h->n_sent, h->n_leaving);
	assert_true(h->n_hurried > 0); /* it was asked for room in time */
	/* It lets go: there is room again. */
	vk_pump_left(&h->pump, &(struct vk_job){.n_seqs = h->n_leaving});
	assert_non_null(h->fetch);
}

static void a_few_wait_for_a_commit_that_is_made_anyway(void **state)
{
	struct house *h = *state;
	int n = answer(h, 1, 10, VK_PACE_FIRST);

	acknowledge(h, 1, n);
	assert_int_equal(h->n_leaving, n);
	assert_int_equal(h->n_hurried, 0);
}

/* The next rows leave with the commit that makes them; until then there is nothing to look for. */
static void nobody_is_woken_for_what_is_not_there_yet(void **state)
{
	struct house *h = *state;
	int n;

	assert_false(h->is_unseen);
	(void)answer(h, 1, 10, 3);
	assert_non_null(h->fetch);
	assert_true(h->is_unseen);
	vk_pump_wake(&h->pump); /* rows came before the engine saw the question */
	assert_false(h->is_unseen);
	n = answer(h, 4, 10, INT_MAX);
	acknowledge(h, 1, 3 + n);
	assert_non_null(h->fetch);
	assert_false(h->is_unseen); /* as many as were asked for: there may be more */
}

static void what_no_packet_holds_does_not_stand_in_the_way(void **state)
{
	struct house *h = *state;

	assert_int_equal(answer(h, 1, LARGE, 1), 1);
	assert_int_equal(h->n_aside, 1);
	assert_int_equal(h->aside_seq, 1);
	assert_int_equal(h->aside_code, 0x95);
	assert_int_equal(h->pump.n_flying, 0);
	assert_int_equal(h->pump.after_seq, 1);
	vk_pump_wake(&h->pump);
	assert_non_null(h->fetch);
	assert_int_equal(h->fetch->seq, 1);
	assert_int_equal(answer(h, 2, 10, 1), 1);
	assert_int_equal(h->n_sent, 1);
}

/* They fly like any other: each is settled once, and none is sent again. */
static void what_the_engine_has_sent_flies(void **state)
{
	struct house *h = *state;

	assert_true(h->direct.is_open);
	h->n_direct = 2;
	assert_int_equal(answer(h, 1, 10, 3), 3);
	assert_int_equal(h->n_sent, 1);
	assert_int_equal(h->pump.n_flying, 3);
	acknowledge(h, 1, 3);
	assert_int_equal(h->pump.n_flying, 0);
	assert_int_equal(h->n_leaving, 3);
	assert_int_equal(h->pump.after_seq, 3);
}

/* What the engine would send now, it would send for a link that is gone. */
static void a_link_that_is_down_shuts_the_short_way(void **state)
{
	struct house *h = *state;

	vk_pump_link(&h->pump, false);
	assert_false(h->direct.is_open);
	vk_pump_link(&h->pump, true);
	assert_true(h->direct.is_open);
	assert_int_equal(h->direct.epoch, h->pump.epoch);
}

#define IN_HOUSE(test) cmocka_unit_test_setup_teardown(test, open_house, close_house)

int main(void)
{
	const struct CMUnitTest tests[] = {
		IN_HOUSE(what_a_crash_repeats_is_never_more_than_the_window),
		IN_HOUSE(a_few_wait_for_a_commit_that_is_made_anyway),
		IN_HOUSE(nobody_is_woken_for_what_is_not_there_yet),
		IN_HOUSE(what_no_packet_holds_does_not_stand_in_the_way),
		IN_HOUSE(what_the_engine_has_sent_flies),
		IN_HOUSE(a_link_that_is_down_shuts_the_short_way),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
