/* SPDX-License-Identifier: Apache-2.0 */
/* Jobs and their queue. */
#include "hub/job.h"

#include <string.h>

struct vk_job *vk_job_new(enum vk_job_type type, struct vk_now now)
{
	struct vk_job *job = calloc(1, sizeof *job);

	if (!job)
		return NULL;
	job->type = type;
	job->now = now;
	job->user = VK_USER_ANY;
	job->consent = VK_NO_CONSENT;
	return job;
}

void vk_job_free(struct vk_job *job)
{
	if (!job)
		return;
	free(job->reading);
	json_decref(job->header);
	free(job->payload);
	free(job->answer);
	free(job->seqs);
	vk_outgoing_free(job->outgoing);
	free(job);
}

void vk_job_freep(struct vk_job **job)
{
	vk_job_free(*job);
}

bool vk_job_is_awaited(const struct vk_job *job)
{
	enum vk_job_type type = job->type;

	return job->client || job->waiter || type == VK_JOB_FETCH || type == VK_JOB_SETTLE ||
	       type == VK_JOB_QUERY || type == VK_JOB_SECOND_FETCH || type == VK_JOB_SELFTEST;
}

struct vk_outgoing *vk_outgoing_new(const struct vk_message *message)
{
	struct vk_outgoing *out = malloc(sizeof *out + message->len);

	if (!out)
		return NULL;
	out->next = NULL;
	out->message = *message;
	if (message->len)
		memcpy(out->bytes, message->payload, message->len);
	out->message.payload = out->bytes;
	return out;
}

void vk_outgoing_free(struct vk_outgoing *list)
{
	while (list) {
		struct vk_outgoing *next = list->next;

		free(list);
		list = next;
	}
}

void vk_job_queue_init(struct vk_job_queue *queue)
{
	*queue = (struct vk_job_queue){.tail = &queue->head};
}

void vk_job_queue_put(struct vk_job_queue *queue, struct vk_job *job)
{
	job->next = NULL;
	*queue->tail = job;
	queue->tail = &job->next;
	queue->n++;
}

struct vk_job *vk_job_queue_take(struct vk_job_queue *queue)
{
	struct vk_job *job = queue->head;

	if (!job)
		return NULL;
	queue->head = job->next;
	if (!queue->head)
		queue->tail = &queue->head;
	queue->n--;
	job->next = NULL;
	return job;
}
