/* SPDX-License-Identifier: Apache-2.0 */
/* The loop's side of the engine: work goes in, results come out. Loop thread only. */
#include "hub/engine_priv.h"

#include <errno.h>

/* What it asks for is committed already, or it concerns messages in memory: nothing to wait for. */
static bool goes_first(const struct vk_job *job)
{
	return job->type == VK_JOB_FETCH || (job->type == VK_JOB_SETTLE && job->seq < 0);
}

static int submit(struct vk_engine *e, struct vk_job_queue *queue, struct vk_job *job)
{
	int r = 0;

	pthread_mutex_lock(&e->lock);
	if (e->in.n + e->first.n + e->patient.n >= QUEUE_MAX)
		r = -EAGAIN;
	else
		vk_job_queue_put(queue, job);
	pthread_mutex_unlock(&e->lock);
	if (r)
		vk_job_free(job);
	return r;
}

int vk_engine_submit(struct vk_engine *e, struct vk_job *job)
{
	int r = submit(e, goes_first(job) ? &e->first : &e->in, job);

	/* Behind the lock, or the one that wakes has to wait for it. */
	pthread_cond_signal(&e->wake);
	return r;
}

int vk_engine_submit_patient(struct vk_engine *e, struct vk_job *job)
{
	return submit(e, &e->patient, job);
}

int vk_engine_submit_next(struct vk_engine *e, struct vk_job *job)
{
	return submit(e, &e->first, job);
}

void vk_engine_look(struct vk_engine *e)
{
	pthread_cond_signal(&e->wake);
}

int64_t vk_engine_turned_mono_ms(struct vk_engine *e)
{
	pthread_mutex_lock(&e->lock);
	int64_t turned_mono_ms = e->turned_mono_ms;

	pthread_mutex_unlock(&e->lock);
	return turned_mono_ms;
}

void vk_engine_wake(struct vk_engine *e)
{
	pthread_mutex_lock(&e->lock);
	e->is_patient_due = e->patient.head != NULL;
	pthread_cond_signal(&e->wake);
	pthread_mutex_unlock(&e->lock);
}

void vk_engine_hear(struct vk_engine *e)
{
	struct vk_job_queue out;
	struct vk_news news;
	struct vk_job *job;
	bool has_news;

	vk_job_queue_init(&out);
	/* A row that is just being handed over is given back in the same breath. */
	if (e->handler.direct) {
		vk_direct_lock(e->handler.direct);
		vk_direct_unlock(e->handler.direct);
	}
	pthread_mutex_lock(&e->lock);
	while ((job = vk_job_queue_take(&e->out)))
		vk_job_queue_put(&out, job);
	has_news = e->has_news;
	news = e->news_out;
	e->has_news = false;
	pthread_mutex_unlock(&e->lock);
	while ((job = vk_job_queue_take(&out))) {
		e->handler.on_job(job, e->handler.user);
		vk_job_free(job);
	}
	if (has_news)
		e->handler.on_news(&news, e->handler.user);
}
