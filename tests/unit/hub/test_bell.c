/* SPDX-License-Identifier: Apache-2.0 */
/* Whoever rings is answered; what was rung about before the answer looks needs no second one. */
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "hub/bell.h"

enum { RINGS = 20000, DEADLINE_MS = 30000 };

struct house {
	uv_loop_t loop;
	uv_timer_t deadline;
	struct vk_bell bell;
	pthread_mutex_t lock;
	pthread_cond_t seen;
	bool is_over;
	int n_rung, n_seen, n_answers;
};

static void on_deadline(uv_timer_t *timer)
{
	uv_stop(timer->loop);
}

static void on_answer(void *user)
{
	struct house *h = user;

	h->n_answers++;
	pthread_mutex_lock(&h->lock);
	h->n_seen = h->n_rung;
	pthread_cond_signal(&h->seen);
	pthread_mutex_unlock(&h->lock);
	if (h->n_seen == RINGS)
		uv_stop(&h->loop);
}

/* Each as soon as the one before was seen: while the loop is about to leave its answer. */
static void *ring_often(void *arg)
{
	struct house *h = arg;

	pthread_mutex_lock(&h->lock);
	while (h->n_rung < RINGS && !h->is_over) {
		h->n_rung++;
		pthread_mutex_unlock(&h->lock);
		vk_bell_ring(&h->bell);
		pthread_mutex_lock(&h->lock);
		while (h->n_seen < h->n_rung && !h->is_over)
			pthread_cond_wait(&h->seen, &h->lock);
	}
	pthread_mutex_unlock(&h->lock);
	return NULL;
}

static void end_ringing(struct house *h)
{
	pthread_mutex_lock(&h->lock);
	h->is_over = true;
	pthread_cond_signal(&h->seen);
	pthread_mutex_unlock(&h->lock);
}

static void open_house(struct house *h)
{
	*h = (struct house){0};
	assert_int_equal(pthread_mutex_init(&h->lock, NULL), 0);
	assert_int_equal(pthread_cond_init(&h->seen, NULL), 0);
	assert_int_equal(uv_loop_init(&h->loop), 0);
	assert_int_equal(uv_timer_init(&h->loop, &h->deadline), 0);
	assert_int_equal(vk_bell_init(&h->bell, &h->loop, on_answer, h), 0);
}

static void close_house(struct house *h)
{
	vk_bell_close(&h->bell, NULL);
	uv_close((uv_handle_t *)&h->deadline, NULL);
	(void)uv_run(&h->loop, UV_RUN_DEFAULT);
	assert_int_equal(uv_loop_close(&h->loop), 0);
	pthread_cond_destroy(&h->seen);
	pthread_mutex_destroy(&h->lock);
}

static void the_last_ring_is_never_lost(void **state)
{
	struct house h;
	pthread_t thread;

	(void)state;
	open_house(&h);
	assert_int_equal(uv_timer_start(&h.deadline, on_deadline, DEADLINE_MS, 0), 0);
	assert_int_equal(pthread_create(&thread, NULL, ring_often, &h), 0);
	(void)uv_run(&h.loop, UV_RUN_DEFAULT);
	end_ringing(&h);
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(h.n_seen, RINGS);
	close_house(&h);
}

static void rung_often_it_is_answered_once(void **state)
{
	struct house h;

	(void)state;
	open_house(&h);
	for (int i = 0; i < 3; i++)
		vk_bell_ring(&h.bell);
	(void)uv_run(&h.loop, UV_RUN_ONCE);
	assert_int_equal(h.n_answers, 1);
	(void)uv_run(&h.loop, UV_RUN_NOWAIT);
	assert_int_equal(h.n_answers, 1);
	vk_bell_ring(&h.bell);
	(void)uv_run(&h.loop, UV_RUN_ONCE);
	assert_int_equal(h.n_answers, 2);
	close_house(&h);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_last_ring_is_never_lost),
		cmocka_unit_test(rung_often_it_is_answered_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
