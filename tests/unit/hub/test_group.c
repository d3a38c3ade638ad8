/* SPDX-License-Identifier: Apache-2.0 */
/* How large a group gets: the engine's queue is real, what an event and a sync take is told here.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include <errno.h>

#include "hub/engine_priv.h"

enum { WAITING = 40 };

struct bench {
	struct vk_engine *e;
	struct vk_job_queue group;
};

static int64_t clock_ms, event_ms, commit_ms;
static int n_applied, fails_at, urgent_at, n_given_back;
static bool has_rows; /* for the relay */

/* What the engine would have of its other files. */
int64_t vk_clock_mono_ms(const struct vk_clock *clock)
{
	(void)clock;
	return clock_ms;
}

int vk_apply(struct vk_engine *e, struct vk_job *job)
{
	if (job->type == VK_JOB_FETCH) {
		if (has_rows)
			job->outgoing = vk_outgoing_new(&(struct vk_message){.seq = 1});
		return has_rows ? 0 : -EBADMSG;
	}
	clock_ms += event_ms;
	n_applied++;
	if (n_applied == urgent_at)
		e->news.has_urgent = true;
	return n_applied == fails_at ? -EIO : 0;
}

void vk_engine_give_back(struct vk_engine *e, struct vk_job *job)
{
	(void)e;
	n_given_back++;
	vk_job_free(job);
}

void vk_bell_ring(struct vk_bell *bell)
{
	(void)bell;
}

int vk_store_commit(struct vk_store *store)
{
	(void)store;
	clock_ms += commit_ms;
	return 0;
}

static struct vk_job *job_of(enum vk_job_type type)
{
	struct vk_job *job = calloc(1, sizeof *job);

	assert_non_null(job);
	job->type = type;
	return job;
}

static int set_up(void **state)
{
	struct bench *b = calloc(1, sizeof *b);

	assert_non_null(b);
	b->e = calloc(1, sizeof *b->e);
	assert_non_null(b->e);
	(void)pthread_mutex_init(&b->e->lock, NULL);
	vk_job_queue_init(&b->e->in);
	vk_job_queue_init(&b->e->first);
	vk_job_queue_init(&b->group);
	vk_job_queue_put(&b->group, job_of(VK_JOB_READING));
	for (int i = 0; i < WAITING; i++)
		vk_job_queue_put(&b->e->in, job_of(VK_JOB_READING));
	clock_ms = 1000;
	event_ms = 1;
	n_applied = fails_at = urgent_at = n_given_back = 0;
	has_rows = true;
	*state = b;
	return 0;
}

static int tear_down(void **state)
{
	struct bench *b = *state;
	struct vk_job *job;

	while ((job = vk_job_queue_take(&b->group)) || (job = vk_job_queue_take(&b->e->in)) ||
	       (job = vk_job_queue_take(&b->e->first)))
		vk_job_free(job);
	(void)pthread_mutex_destroy(&b->e->lock);
	free(b->e);
	free(b);
	return 0;
}

static int apply(struct bench *b)
{
	return vk_group_apply(b->e, &b->group, clock_ms);
}

static void a_disk_that_syncs_at_once_wants_no_company(void **state)
{
	struct bench *b = *state;

	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, 1);
	assert_int_equal(b->e->in.n, WAITING);
}

static void grows_for_twice_as_long_as_the_last_sync_took(void **state)
{
	struct bench *b = *state;

	commit_ms = 7;
	assert_int_equal(vk_group_commit(b->e), 0);
	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, 14);
	assert_int_equal(n_applied, 14);
	assert_int_equal(b->e->in.n, WAITING + 1 - 14);
}

/* A card that stood for a second once does not make each device wait for two. */
static void one_slow_sync_is_not_the_measure(void **state)
{
	struct bench *b = *state;

	commit_ms = 1000;
	assert_int_equal(vk_group_commit(b->e), 0);
	event_ms = 10;
	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, 10);
}

static void ends_with_the_queue(void **state)
{
	struct bench *b = *state;

	commit_ms = 30;
	assert_int_equal(vk_group_commit(b->e), 0);
	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, 1 + WAITING);
}

static void stops_before_a_question(void **state)
{
	struct bench *b = *state;

	commit_ms = 30;
	assert_int_equal(vk_group_commit(b->e), 0);
	b->e->in.head->next->next->type = VK_JOB_QUERY;
	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, 3);
	assert_int_equal(b->e->in.head->type, VK_JOB_QUERY);
}

static void what_is_urgent_waits_for_nobody(void **state)
{
	struct bench *b = *state;

	commit_ms = 30;
	urgent_at = 5;
	assert_int_equal(vk_group_commit(b->e), 0);
	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, 5);
}

/* The one that failed stands in the group, which is undone as a whole. */
static void a_failure_ends_it(void **state)
{
	struct bench *b = *state;

	commit_ms = 30;
	fails_at = 4;
	assert_int_equal(vk_group_commit(b->e), 0);
	assert_int_equal(apply(b), -EIO);
	assert_int_equal(b->group.n, 4);
	assert_int_equal(n_applied, 4);
}

static void has_a_most(void **state)
{
	struct bench *b = *state;

	for (int i = 0; i < 2 * GROUP_MAX; i++)
		vk_job_queue_put(&b->e->in, job_of(VK_JOB_READING));
	commit_ms = 30;
	assert_int_equal(vk_group_commit(b->e), 0);
	event_ms = 0;
	assert_int_equal(apply(b), 0);
	assert_int_equal(b->group.n, GROUP_MAX);
}

/* A question for the next rows between what has to wait for the commit. */
static void put_questions(struct bench *b)
{
	struct vk_job *again = job_of(VK_JOB_FETCH);

	again->n_seqs = 1;
	vk_job_queue_put(&b->e->first, again);
	vk_job_queue_put(&b->e->first, job_of(VK_JOB_FETCH));
	vk_job_queue_put(&b->e->first, job_of(VK_JOB_SETTLE));
	for (int i = 0; i < 80; i++)
		vk_job_queue_put(&b->group, job_of(VK_JOB_READING));
}

static void the_relay_is_served_in_the_middle(void **state)
{
	struct bench *b = *state;

	put_questions(b);
	assert_int_equal(apply(b), 0);
	assert_int_equal(n_applied, 81);
	assert_int_equal(n_given_back, 1);
	assert_int_equal(b->e->first.n, 2);
	assert_int_equal(b->e->first.head->n_seqs, 1);
	assert_int_equal(b->e->first.head->next->type, VK_JOB_SETTLE);
}

/* Also what is damaged is mended behind the commit, and no sooner. */
static void what_is_not_there_is_asked_for_behind_the_commit(void **state)
{
	struct bench *b = *state;

	has_rows = false;
	put_questions(b);
	assert_int_equal(apply(b), 0);
	assert_int_equal(n_applied, 81);
	assert_int_equal(n_given_back, 0);
	assert_int_equal(b->e->first.n, 3);
	assert_null(b->e->first.head->next->next->outgoing);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_disk_that_syncs_at_once_wants_no_company),
		TEST(grows_for_twice_as_long_as_the_last_sync_took),
		TEST(one_slow_sync_is_not_the_measure),
		TEST(ends_with_the_queue),
		TEST(stops_before_a_question),
		TEST(what_is_urgent_waits_for_nobody),
		TEST(a_failure_ends_it),
		TEST(has_a_most),
		TEST(the_relay_is_served_in_the_middle),
		TEST(what_is_not_there_is_asked_for_behind_the_commit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
