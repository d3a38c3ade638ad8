/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The short way of a new row to the relay. While nothing waits, the relay's question for rows
 * stands with the engine; the commit that answers it is followed at once, from the engine's thread,
 * by the rows themselves, and the loop hears of it as of any answer. It saves a message the time
 * that the loop's thread needs to wake up, which on a quiet hub is more than all the work there is.
 *
 * The loop says when: it owns the socket, and only it knows the link. Where it says nothing, or the
 * socket is full, the rows go the long way.
 */
#ifndef VAKA_HUB_DIRECT_H
#define VAKA_HUB_DIRECT_H

#include <pthread.h>

#include "hub/batch.h"
#include "hub/job.h"

struct vk_direct {
	pthread_mutex_t lock;
	int fd; /* the relay's, borrowed; -1: there is none, or packets wait before it */
	bool is_open;
	uint32_t epoch;        /* of the link: questions of another one get nothing */
	struct vk_batch batch; /* engine thread only */
};

void vk_direct_init(struct vk_direct *direct);
void vk_direct_done(struct vk_direct *direct);

/* Loop thread. Once it has said -1 or shut it, nothing is written any more. */
void vk_direct_socket(struct vk_direct *direct, int fd);
void vk_direct_open(struct vk_direct *direct, uint32_t epoch);
void vk_direct_shut(struct vk_direct *direct);

/*
 * Engine thread, around sending and giving the job back; loop thread, before it asks for what the
 * engine has given back: so the relay's answer to a row never comes before the row.
 */
void vk_direct_lock(struct vk_direct *direct);
void vk_direct_unlock(struct vk_direct *direct);

/* Engine thread, locked: the first rows of a FETCH, as many as one packet holds; job->n_sent says
 * how many have left. */
void vk_direct_send(struct vk_direct *direct, struct vk_job *job);

#endif
