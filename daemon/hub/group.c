/* SPDX-License-Identifier: Apache-2.0 */
/* One transaction for what came together: how much of it, and how long a sync takes here. */
#include "hub/engine_priv.h"

enum { SYNC_MS_MOST = 50 };

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

/*
 * A sync costs for one event what it costs for hundreds. While more come a group grows, for at most
 * twice as long as the last sync took: so two thirds of a burst's time go into what it brought, on
 * whatever disk. What is urgent does not wait for company.
 */
int vk_group_apply(struct vk_engine *e, struct vk_job_queue *group, int64_t began_mono_ms)
{
	int64_t until_mono_ms = began_mono_ms + 2 * e->sync_ms;
	struct vk_job *job;
	int r = 0;

	for (job = group->head; job && r == 0; job = job->next)
		r = vk_apply(e, job);
	while (r == 0 && group->n < GROUP_MAX && !e->news.has_urgent &&
	       vk_clock_mono_ms(e->clock) < until_mono_ms && (job = take_write(e))) {
		vk_job_queue_put(group, job);
		r = vk_apply(e, job);
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
