/* SPDX-License-Identifier: Apache-2.0 */
/* One packet at the most: what is more than that is no matter of one wake-up. */
#include "hub/direct.h"

void vk_direct_init(struct vk_direct *d)
{
	*d = (struct vk_direct){.fd = -1};
	(void)pthread_mutex_init(&d->lock, NULL);
}

void vk_direct_done(struct vk_direct *d)
{
	vk_batch_done(&d->batch);
	(void)pthread_mutex_destroy(&d->lock);
}

void vk_direct_lock(struct vk_direct *d)
{
	(void)pthread_mutex_lock(&d->lock);
}

void vk_direct_unlock(struct vk_direct *d)
{
	(void)pthread_mutex_unlock(&d->lock);
}

void vk_direct_socket(struct vk_direct *d, int fd)
{
	vk_direct_lock(d);
	d->fd = fd;
	vk_direct_unlock(d);
}

void vk_direct_open(struct vk_direct *d, uint32_t epoch)
{
	vk_direct_lock(d);
	d->is_open = true;
	d->epoch = epoch;
	vk_direct_unlock(d);
}

void vk_direct_shut(struct vk_direct *d)
{
	vk_direct_lock(d);
	d->is_open = false;
	vk_direct_unlock(d);
}

/* The rest needs what only the loop knows: what is in memory, cannot be read, or is large. */
static bool is_plain(const struct vk_message *m)
{
	return m->seq > 0 && !m->is_damaged && m->len < VK_BATCH_BYTES;
}

static int send_parts(int fd, const struct vk_wire_part *parts, int n)
{
	if (n > 1)
		return vk_packet_send_batch(fd, parts, n);
	return vk_packet_send_text(fd, parts->header, parts->header_len, parts->body,
				   parts->body_len);
}

void vk_direct_send(struct vk_direct *d, struct vk_job *job)
{
	int n;

	if (job->error || d->fd < 0 || !d->is_open || (uint32_t)job->n != d->epoch)
		return;
	for (const struct vk_outgoing *o = job->outgoing; o && is_plain(&o->message); o = o->next)
		if (vk_batch_is_full(&d->batch) || vk_batch_add(&d->batch, &o->message))
			break;
	n = vk_batch_close(&d->batch);
	if (n && send_parts(d->fd, d->batch.parts, n) == 0)
		job->n_sent = n;
}
