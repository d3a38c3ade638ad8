/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction for what came together: how much of it, and how long a sync takes here. */
#include "hub/engine_priv.h"

enum {
	SYNC_MS_MOST = 50,
	MEANWHILE_JOBS = 64, /* a few milliseconds of work */
};

bool vk_job_is_question(const struct vk_job *job)
{
	return job->type == VK_JOB_FETCH || job->type == VK_JOB_SECOND_FETCH ||
	       job->type == VK_JOB_QUERY || job->type == VK_JOB_TRAFFIC ||
	       job->type == VK_JOB_NOTHING;
}

/* The next write, when it is what stands first. */
static struct vk_job *take_write(struct vk_engine *e)
{
	struct vk_job *job = NULL;

	pthread_mutex_lock(&e->lock);
	if (e->in.head && !vk_job_is_question(e->in.head))
		job = vk_job_queue_take(&e->in);
	pthread_mutex_unlock(&e->lock);
	return job;
}

/* The relay's questions for its next rows; the rest of what goes first may look at what the group
 * that is being applied has done, and waits for its commit. */
static void take_fetches(struct vk_engine *e, struct vk_job_queue *fetches)
{
	pthread_mutex_lock(&e->lock);
	for (int n = e->first.n; n > 0; n--) {
		struct vk_job *job = vk_job_queue_take(&e->first);
		bool is_next = job->type == VK_JOB_FETCH && !job->n_seqs;

		vk_job_queue_put(is_next ? fetches : &e->first, job);
	}
	pthread_mutex_unlock(&e->lock);
}

/* In the middle of a long group: what is committed need not wait for what is not. Where there is
 * nothing, or it cannot be read, the question is put once more behind the commit. */
static void serve_meanwhile(struct vk_engine *e)
{
	struct vk_job_queue fetches;
	struct vk_job *job;

	vk_job_queue_init(&fetches);
	take_fetches(e, &fetches);
	while ((job = vk_job_queue_take(&fetches))) {
		if (vk_apply(e, job) == 0 && job->outgoing) {
			vk_engine_give_back(e, job);
			vk_bell_ring(&e->bell);
			continue;
		}
		vk_outgoing_free(job->outgoing);
		job->outgoing = NULL;
		pthread_mutex_lock(&e->lock);
		vk_job_queue_put(&e->first, job);
		pthread_mutex_unlock(&e->lock);
	}
}

static int apply_next(struct vk_engine *e, struct vk_job *job, int *n)
{
	int r = vk_apply(e, job);

	if (r == 0 && ++*n % MEANWHILE_JOBS == 0)
		serve_meanwhile(e);
	return r;
}

/*
 * A sync costs for one event what it costs for hundreds. While more come a group grows, for at most
 * twice as long as the last sync took: so two thirds of a burst's time go into what it brought, on
 * whatever disk. What is urgent does not wait for company.
 */
int vk_group_apply(struct vk_engine *e, struct vk_job_queue *group, int64_t began_mono_ms)
{
	int64_t until_mono_ms = began_mono_ms + 2 * e->sync_ms;
	struct vk_job *job;
	int r = 0, n = 0;

	for (job = group->head; job && r == 0; job = job->next)
		r = apply_next(e, job, &n);
	while (r == 0 && group->n < GROUP_MAX && !e->news.has_urgent &&
	       vk_clock_mono_ms(e->clock) < until_mono_ms && (job = take_write(e))) {
		vk_job_queue_put(group, job);
		r = apply_next(e, job, &n);
	}
	return r;
}

int vk_group_commit(struct vk_engine *e)
{
	int64_t began_ms = vk_clock_mono_ms(e->clock);
	int r = vk_store_commit(e->store);

	e->sync_ms = vk_clock_mono_ms(e->clock) - began_ms;
	if (e->sync_ms > SYNC_MS_MOST)
		e->sync_ms = SYNC_MS_MOST;
	return r;
}
