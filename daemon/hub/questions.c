/* SPDX-License-Identifier: Apache-2.0 */
/* What asks and changes nothing, outside any transaction; the relay's question for rows may stand.
 */
#include "hub/engine_priv.h"

static bool can_stand(const struct vk_job *job)
{
	return job->error == 0 && !job->outgoing && job->ordinary > 0;
}

void vk_standing_serve(struct vk_engine *e)
{
	struct vk_job *job = e->standing;

	if (!job)
		return;
	job->error = vk_mend_read(e, job);
	if (can_stand(job))
		return;
	e->standing = NULL;
	e->news.has_outgoing &= job->error != 0; /* the answer says so itself */
	vk_engine_hand_over(e, job);
}

/*
 * A relay that asks for rows and gets none has asked for the next ones: its question stands until
 * there are some, and they leave with the commit that made them. One at a time; an older one is
 * answered with nothing.
 */
static void let_stand(struct vk_engine *e, struct vk_job *job)
{
	if (e->standing)
		vk_engine_give_back(e, e->standing);
	e->standing = job;
}

void vk_fetches_run(struct vk_engine *e, struct vk_job_queue *fetches)
{
	struct vk_job *job;

	while ((job = vk_job_queue_take(fetches))) {
		job->error = vk_mend_read(e, job);
		if (job->type == VK_JOB_FETCH && can_stand(job))
			let_stand(e, job);
		else
			vk_engine_give_back(e, job);
	}
}

void vk_questions_run(struct vk_engine *e, struct vk_job_queue *questions)
{
	struct vk_job *job;

	while ((job = vk_job_queue_take(questions))) {
		job->error = vk_mend_read(e, job);
		vk_engine_give_back(e, job);
	}
}
