/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors over the outbox, and the set of rows the relay holds. */
#include "hub/pump.h"

#include <string.h>

#include "base/log.h"

static bool is_flying(const struct vk_pump *p, int64_t seq)
{
	for (int i = 0; i < p->n_flying; i++)
		if (p->flying[i] == seq)
			return true;
	return false;
}

static bool land(struct vk_pump *p, int64_t seq)
{
	for (int i = 0; i < p->n_flying; i++) {
		if (p->flying[i] != seq)
			continue;
		p->flying[i] = p->flying[--p->n_flying];
		return true;
	}
	return false;
}

static void fetch(struct vk_pump *p)
{
	struct vk_job *job;
	int room = VK_PUMP_WINDOW - p->n_flying;

	if (!p->is_up || p->is_fetching || !p->has_more || room <= 0)
		return;
	job = vk_job_new(VK_JOB_FETCH, vk_clock_now(p->clock));
	if (!job)
		return;
	job->seq = p->after_seq;
	job->urgent_seq = p->after_urgent_seq;
	job->limit = room < VK_FETCH_MAX ? room : VK_FETCH_MAX;
	job->n = p->epoch;
	/* A full engine is asked again at the next occasion. */
	p->is_fetching = vk_engine_submit(p->engine, job) == 0;
	p->has_more = !p->is_fetching;
}

void vk_pump_link(struct vk_pump *p, bool is_up)
{
	p->is_up = is_up;
	p->epoch++;
	p->n_flying = 0;
	p->after_seq = p->after_urgent_seq = 0;
	p->is_fetching = false;
	p->has_more = true;
	fetch(p);
}

void vk_pump_wake(struct vk_pump *p)
{
	p->has_more = true;
	fetch(p);
}

static void fly(struct vk_pump *p, const struct vk_message *m)
{
	if (is_flying(p, m->seq) || p->n_flying == VK_PUMP_WINDOW)
		return;
	if (p->send(m, p->user) < 0) {
		p->has_more = true; /* the relay is full or gone: its next word wakes us */
		return;
	}
	p->flying[p->n_flying++] = m->seq;
	if (m->seq < 0)
		return;
	if (m->is_urgent && m->seq > p->after_urgent_seq)
		p->after_urgent_seq = m->seq;
	if (!m->is_urgent && m->seq > p->after_seq)
		p->after_seq = m->seq;
}

void vk_pump_fetched(struct vk_pump *p, struct vk_job *job)
{
	int n = 0;

	if ((uint32_t)job->n != p->epoch || !p->is_up)
		return;
	p->is_fetching = false;
	for (const struct vk_outgoing *o = job->outgoing;
	     o && !(n && p->n_flying == VK_PUMP_WINDOW); o = o->next, n++)
		if (o->message.seq >= 0 || !p->is_stale)
			fly(p, &o->message);
	p->has_more |= p->is_stale;
	p->is_stale = false;
	if (n == job->limit)
		p->has_more = true;
	fetch(p);
}

static void tell_engine(struct vk_pump *p, enum vk_job_type type, int64_t seq, int32_t code)
{
	struct vk_job *job = vk_job_new(type, vk_clock_now(p->clock));

	if (!job)
		return;
	job->seq = seq;
	job->code = code;
	/* A full queue loses nothing: the row stays and is sent once more. */
	(void)vk_engine_submit(p->engine, job);
}

/* Not authorised, topic name invalid, payload format invalid, packet too large: asking again will
 * not help. The rest (unspecified, quota, implementation specific) is tried at the next link. */
static bool is_final(int32_t reason)
{
	return reason == 0x87 || reason == 0x90 || reason == 0x99 || reason == 0x95;
}

void vk_pump_settled(struct vk_pump *p, int64_t seq, int32_t reason)
{
	if (reason < 0x80)
		p->settled_utc_ms = vk_clock_now(p->clock).utc_ms;
	p->is_stale |= p->is_fetching && seq < 0;
	if (!land(p, seq))
		return; /* a document beside the outbox: nothing is kept of it */
	/* 0x00 and 0x10 (nobody subscribes) settle; anything from 0x80 does not (MQTT 5, 3.4.2.1).
	 */
	if (reason < 0x80) {
		tell_engine(p, VK_JOB_SETTLE, seq, reason);
	} else {
		vk_log(VK_LOG_WARNING, "outbox", "refused by the broker reason=0x%02x",
		       (unsigned)reason);
		if (is_final(reason))
			tell_engine(p, VK_JOB_ASIDE, seq, reason);
	}
	p->has_more = true;
	fetch(p);
}

void vk_pump_unsent(struct vk_pump *p, int64_t seq)
{
	(void)land(p, seq);
}

void vk_pump_poison(struct vk_pump *p, int64_t seq, int32_t code)
{
	(void)land(p, seq);
	vk_log(VK_LOG_ERR, "outbox", "a message that ends the connection each time is set aside");
	tell_engine(p, VK_JOB_ASIDE, seq, code);
}
