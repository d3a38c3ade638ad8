/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors over the outbox, and the set of rows the relay holds. */
#include "hub/pump.h"

#include <stdlib.h>
#include <string.h>

#include "base/log.h"

static bool is_flying(const struct vk_pump *p, int64_t seq)
{
	for (int i = 0; i < p->n_flying; i++)
		if (p->flying[i].seq == seq)
			return true;
	return false;
}

bool vk_pump_has_urgent(const struct vk_pump *p)
{
	for (int i = 0; i < p->n_flying; i++)
		if (p->flying[i].is_urgent)
			return true;
	return false;
}

/* Acknowledgements come nearly in order, so the row that is asked for stands near the front. */
static bool land(struct vk_pump *p, int64_t seq, int64_t *ret_sent_ms)
{
	for (int i = 0; i < p->n_flying; i++) {
		if (p->flying[i].seq != seq)
			continue;
		*ret_sent_ms = p->flying[i].sent_ms;
		p->n_flying--;
		memmove(&p->flying[i], &p->flying[i + 1],
			(size_t)(p->n_flying - i) * sizeof *p->flying);
		return true;
	}
	return false;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/*
 * A question to the engine costs more than a row, so ordinary rows are asked for when a quarter of
 * the window is free. What is urgent has room of its own and is asked for at once.
 */
static void fetch(struct vk_pump *p)
{
	int room = VK_PUMP_WINDOW - p->n_flying, ordinary = p->pace.window - p->n_flying;

	if (!p->is_up || p->is_fetching || !p->has_more || room <= 0)
		return;
	if (!p->has_news && ordinary < p->pace.window / 4 + 1)
		return;
	struct vk_job *job = vk_job_new(VK_JOB_FETCH, vk_clock_now(p->clock));

	if (!job)
		return;
	job->seq = p->after_seq;
	job->urgent_seq = p->after_urgent_seq;
	job->limit = least(room, VK_FETCH_MAX);
	job->ordinary = ordinary > 0 ? least(ordinary, job->limit) : 0;
	job->n = p->epoch;
	/* A full engine is asked again at the next occasion. */
	p->is_fetching = vk_engine_submit(p->engine, job) == 0;
	p->has_more = !p->is_fetching;
	p->has_news &= !p->is_fetching;
}

void vk_pump_link(struct vk_pump *p, bool is_up)
{
	p->is_up = is_up;
	p->epoch++;
	p->n_flying = 0;
	p->after_seq = p->after_urgent_seq = 0;
	p->is_fetching = false;
	p->has_more = true;
	p->pace = vk_pace_init();
	fetch(p);
}

void vk_pump_wake(struct vk_pump *p)
{
	p->has_more = true;
	p->has_news = true;
	fetch(p);
}

/* True when the relay holds one more. */
static bool fly(struct vk_pump *p, const struct vk_message *m)
{
	if (is_flying(p, m->seq))
		return false;
	if (p->n_flying == VK_PUMP_WINDOW || p->send(m, p->user) < 0) {
		p->has_more = true; /* the relay is full or gone: its next word wakes us */
		return false;
	}
	p->flying[p->n_flying++] =
		(struct vk_flying){m->seq, vk_clock_now(p->clock).mono_ms, m->is_urgent};
	if (m->seq >= 0 && m->is_urgent && m->seq > p->after_urgent_seq)
		p->after_urgent_seq = m->seq;
	if (m->seq >= 0 && !m->is_urgent && m->seq > p->after_seq)
		p->after_seq = m->seq;
	return true;
}

void vk_pump_fetched(struct vk_pump *p, struct vk_job *job)
{
	int n = 0, n_ordinary = 0, n_flown = 0;

	if ((uint32_t)job->n != p->epoch || !p->is_up)
		return;
	p->is_fetching = false;
	for (const struct vk_outgoing *o = job->outgoing; o; o = o->next, n++) {
		n_ordinary += o->message.seq >= 0 && !o->message.is_urgent;
		if (o->message.seq >= 0 || !p->is_stale)
			n_flown += fly(p, &o->message);
	}
	p->has_more |= p->is_stale;
	p->is_stale = false;
	/* As many as were asked for: there may be more, unless the relay holds them all. */
	if (!job->ordinary || (n_flown && (n == job->limit || n_ordinary == job->ordinary)))
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

static void keep_settled(struct vk_pump *p, int64_t seq)
{
	if (!p->settling) {
		p->settling = vk_job_new(VK_JOB_SETTLE, vk_clock_now(p->clock));
		if (p->settling)
			p->settling->seqs = calloc(VK_SETTLE_MAX, sizeof *p->settling->seqs);
	}
	/* Without memory the row stays and is sent once more. */
	if (!p->settling || !p->settling->seqs)
		return;
	p->settling->seqs[p->settling->n_seqs++] = seq;
	if (p->settling->n_seqs == VK_SETTLE_MAX)
		(void)vk_engine_submit(p->engine, vk_take(&p->settling));
}

static void refused(struct vk_pump *p, int64_t seq, int32_t reason)
{
	vk_log(VK_LOG_WARNING, "outbox", "refused by the broker reason=0x%02x", (unsigned)reason);
	if (is_final(reason))
		tell_engine(p, VK_JOB_ASIDE, seq, reason);
}

void vk_pump_settled(struct vk_pump *p, int64_t seq, int32_t reason)
{
	struct vk_now now = vk_clock_now(p->clock);
	int64_t sent_ms = 0;

	if (reason < 0x80)
		p->settled_utc_ms = now.utc_ms;
	p->is_stale |= p->is_fetching && seq < 0;
	if (!land(p, seq, &sent_ms))
		return; /* a document beside the outbox: nothing is kept of it */
	vk_pace_acked(&p->pace, sent_ms, now.mono_ms);
	/* 0x00 and 0x10 (nobody subscribes) settle; anything from 0x80 does not (MQTT 5, 3.4.2.1).
	 */
	if (reason >= 0x80)
		refused(p, seq, reason);
	else if (seq < 0)
		tell_engine(p, VK_JOB_SETTLE, seq, reason);
	else
		keep_settled(p, seq);
}

void vk_pump_flush(struct vk_pump *p)
{
	if (p->settling)
		(void)vk_engine_submit(p->engine, vk_take(&p->settling));
	fetch(p);
}

void vk_pump_unsent(struct vk_pump *p, int64_t seq)
{
	int64_t sent_ms;

	(void)land(p, seq, &sent_ms);
}

void vk_pump_poison(struct vk_pump *p, int64_t seq, int32_t code)
{
	int64_t sent_ms;

	(void)land(p, seq, &sent_ms);
	vk_log(VK_LOG_ERR, "outbox", "a message that ends the connection each time is set aside");
	tell_engine(p, VK_JOB_ASIDE, seq, code);
}
