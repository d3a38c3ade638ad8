/* SPDX-License-Identifier: Apache-2.0 */
/* Cursors over the outbox, and the set of rows the relay holds. */
#include "hub/pump.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"

enum { PACKET_TOO_LARGE = 0x95, QUOTA_EXCEEDED = 0x97 }; /* reason codes of MQTT 5 */

/* Its place in p->flying, or -1. */
static int find(const struct vk_pump *p, int64_t seq)
{
	for (int i = p->first_flying; i < p->first_flying + p->n_flying; i++)
		if (p->flying[i].seq == seq)
			return i;
	return -1;
}

bool vk_pump_has_urgent(const struct vk_pump *p)
{
	for (int i = p->first_flying; i < p->first_flying + p->n_flying; i++)
		if (p->flying[i].is_urgent)
			return true;
	return false;
}

/* Acknowledgements come nearly in order: what is older than this one is little, and moves up. */
static bool land(struct vk_pump *p, int64_t seq, struct vk_flying *ret_landed)
{
	struct vk_flying *oldest = p->flying + p->first_flying;
	int i = find(p, seq);

	if (i < 0)
		return false;
	*ret_landed = p->flying[i];
	memmove(oldest + 1, oldest, (size_t)(i - p->first_flying) * sizeof *oldest);
	p->first_flying++;
	p->n_flying--;
	return true;
}

static void take_off(struct vk_pump *p, struct vk_flying flying)
{
	if (p->first_flying + p->n_flying == VK_PUMP_WINDOW) {
		memmove(p->flying, p->flying + p->first_flying,
			(size_t)p->n_flying * sizeof *p->flying);
		p->first_flying = 0;
	}
	p->flying[p->first_flying + p->n_flying++] = flying;
	if (flying.seq > p->newest_seq)
		p->newest_seq = flying.seq;
}

static int least(int a, int b)
{
	return a < b ? a : b;
}

/*
 * What would go out twice after a crash, what flies and what has landed and not left, is never more
 * than the window. A question to the engine costs more than a row, so ordinary rows are asked for
 * when a quarter of the window is free. What is urgent has room of its own and is asked for at
 * once.
 */
static void fetch(struct vk_pump *p)
{
	int held = p->n_flying + p->n_leaving, room = VK_PUMP_WINDOW - held;
	int ordinary = least(p->pace.window - p->n_flying, VK_PACE_MOST - held);

	if (p->await.policy.within_ms)
		ordinary = least(ordinary, vk_await_room(&p->await));

	if (!p->is_up || p->is_fetching || !p->has_more || room <= 0)
		return;
	if (!p->has_news && ordinary < p->pace.window / 4 + 1)
		return;
	struct vk_job *job = vk_job_new(VK_JOB_FETCH, vk_clock_now_soon(p->clock, &p->sight));

	if (!job)
		return;
	job->seq = p->after_seq;
	job->urgent_seq = p->after_urgent_seq;
	job->limit = least(room, VK_FETCH_MAX);
	job->ordinary = ordinary > 0 ? least(ordinary, job->limit) : 0;
	job->n = p->epoch;
	if (p->direct)
		vk_direct_open(p->direct, p->epoch);
	/* A full engine is asked again at the next occasion. */
	p->is_fetching = (p->is_at_end ? vk_engine_submit_next(p->engine, job)
				       : vk_engine_submit(p->engine, job)) == 0;
	p->has_more = !p->is_fetching;
	p->has_news &= !p->is_fetching;
}

/* Not known after a start: a fault of before may still be open. */
static void tell_missing(struct vk_pump *p)
{
	bool is_missing = p->await.n_missing > 0;

	if (p->is_missing_told && p->is_missing == is_missing)
		return;
	p->is_missing_told = true;
	p->is_missing = is_missing;
	p->tell_missing(is_missing, p->user);
}

static void ask_again(struct vk_pump *p)
{
	struct vk_job *job = vk_job_new(VK_JOB_FETCH, vk_clock_now_soon(p->clock, &p->sight));

	if (!job)
		return;
	job->n = p->epoch;
	job->seqs = calloc(VK_SETTLE_MAX, sizeof *job->seqs);
	if (job->seqs)
		job->n_seqs = vk_await_due(&p->await, job->now.mono_ms, job->seqs, VK_SETTLE_MAX);
	if (p->await.n_missing)
		tell_missing(p);
	if (job->n_seqs)
		p->is_asking = vk_engine_submit(p->engine, job) == 0;
	else
		vk_job_free(job);
}

/* What was acknowledged leaves with the next commit; one of its own is made when none comes, and
 * before it takes the room of what could be sent. */
static void on_late(uv_timer_t *timer)
{
	vk_engine_wake(((struct vk_pump *)timer->data)->engine);
}

static void settle(struct vk_pump *p)
{
	int n = p->settling->n_seqs, r;

	if (p->n_leaving + n >= VK_PUMP_LEAVING)
		r = vk_engine_submit(p->engine, vk_take(&p->settling));
	else
		r = vk_engine_submit_patient(p->engine, vk_take(&p->settling));
	if (r == 0)
		p->n_leaving += n;
	if (!uv_is_active((uv_handle_t *)&p->late))
		(void)uv_timer_start(&p->late, on_late, VK_PUMP_SETTLE_MS, 0);
}

static void on_overdue(uv_timer_t *timer);

static void watch_overdue(struct vk_pump *p)
{
	int64_t next_ms, wait_ms = p->await.policy.within_ms;

	if (!wait_ms || !p->await.n || uv_is_active((uv_handle_t *)&p->overdue))
		return;
	next_ms = vk_await_next_ms(&p->await);
	if (p->is_up && !p->is_asking)
		wait_ms = next_ms - vk_clock_mono_ms(p->clock);
	(void)uv_timer_start(&p->overdue, on_overdue, wait_ms > 0 ? (uint64_t)wait_ms : 1, 0);
}

static void on_overdue(uv_timer_t *timer)
{
	struct vk_pump *p = timer->data;

	if (p->is_up && !p->is_asking)
		ask_again(p);
	watch_overdue(p);
}

/* What was asked before is void. */
static void next_epoch(struct vk_pump *p)
{
	p->epoch++;
	if (p->direct)
		vk_direct_shut(p->direct);
}

/* From the first row on, whatever was asked before. */
static void begin_anew(struct vk_pump *p)
{
	next_epoch(p);
	p->is_fetching = p->is_asking = p->is_at_end = false;
	p->after_seq = p->after_urgent_seq = 0;
	p->has_more = true;
	fetch(p);
}

/* What was refused stands behind the cursors. Not while anything is on its way, or about to leave
 * the outbox, or that would be handed out twice. */
static void on_refused(uv_timer_t *timer)
{
	struct vk_pump *p = timer->data;

	if (p->is_up && (p->n_flying || p->n_leaving))
		(void)uv_timer_start(timer, on_refused, VK_PUMP_REFUSED_MS, 0);
	else if (p->is_up)
		begin_anew(p);
}

void vk_pump_policy(struct vk_pump *p, const struct vk_await_policy *policy)
{
	if (p->await.policy.within_ms == policy->within_ms &&
	    p->await.policy.tries == policy->tries)
		return;
	vk_await_init(&p->await, policy);
	(void)uv_timer_stop(&p->overdue);
	if (p->is_missing)
		tell_missing(p);
	begin_anew(p);
}

void vk_pump_start(struct vk_pump *p, uv_loop_t *loop, const struct vk_await_policy *policy)
{
	p->overdue.data = p->late.data = p->refused.data = p;
	p->refused_ms = VK_PUMP_REFUSED_MS;
	(void)uv_timer_init(loop, &p->refused);
	(void)uv_timer_init(loop, &p->overdue);
	(void)uv_timer_init(loop, &p->late);
	vk_await_init(&p->await, policy);
}

void vk_pump_stop(struct vk_pump *p)
{
	uv_close((uv_handle_t *)&p->overdue, NULL);
	uv_close((uv_handle_t *)&p->late, NULL);
	uv_close((uv_handle_t *)&p->refused, NULL);
	vk_await_done(&p->await);
}

void vk_pump_link(struct vk_pump *p, bool is_up)
{
	vk_await_link(&p->await, vk_clock_mono_ms(p->clock));
	p->is_asking = false;
	p->is_up = is_up;
	next_epoch(p);
	p->n_flying = p->first_flying = 0;
	p->newest_seq = 0;
	p->after_seq = p->after_urgent_seq = 0;
	p->is_fetching = p->is_at_end = false;
	p->refused_ms = VK_PUMP_REFUSED_MS;
	p->has_more = true;
	p->pace = vk_pace_init();
	/* Where no receipt is waited for, none is missing any more. */
	if (is_up && !p->await.policy.within_ms)
		tell_missing(p);
	fetch(p);
}

void vk_pump_wake(struct vk_pump *p)
{
	bool is_unseen = p->is_fetching && p->is_at_end;

	p->has_more = true;
	p->has_news = true;
	p->is_at_end = false;
	if (is_unseen)
		vk_engine_look(p->engine);
	fetch(p);
}

/* All that waits is in this answer, and flies now: the next question is asked before there is
 * anything, and what comes then leaves with its commit. */
static bool is_last(const struct vk_job *job, int n, int n_ordinary, int n_flown)
{
	return job->error == 0 && job->ordinary > n_ordinary && job->limit > n && n == n_flown;
}

/* What is stored for good. Replies, and what clears a retained copy, are kept by nobody. */
static bool needs_receipt(const struct vk_pump *p, const struct vk_message *m)
{
	static const char *const kept[] = {"reading/", "alert/", "check/"};

	if (!p->await.policy.within_ms || m->seq <= 0 || !m->len)
		return false;
	for (size_t i = 0; i < VK_ARRAY_LEN(kept); i++)
		if (strncmp(m->topic, kept[i], strlen(kept[i])) == 0)
			return true;
	return false;
}

static void pass(struct vk_pump *p, const struct vk_message *m)
{
	if (m->seq >= 0 && m->is_urgent && m->seq > p->after_urgent_seq)
		p->after_urgent_seq = m->seq;
	if (m->seq >= 0 && !m->is_urgent && m->seq > p->after_seq)
		p->after_seq = m->seq;
}

static void tell_engine(struct vk_pump *p, enum vk_job_type type, int64_t seq, int32_t code)
{
	struct vk_job *job = vk_job_new(type, vk_clock_now_soon(p->clock, &p->sight));

	if (!job)
		return;
	job->seq = seq;
	job->code = code;
	/* A full queue loses nothing: the row stays and is sent once more. */
	(void)vk_engine_submit(p->engine, job);
}

/* No packet to the relay holds it: it must not stand in the way of what is behind it. */
static void set_large_aside(struct vk_pump *p, const struct vk_message *m)
{
	vk_log(VK_LOG_ERR, "outbox", "a message that is too large is set aside bytes=%zu", m->len);
	vk_await_drop(&p->await, m->seq);
	tell_engine(p, VK_JOB_ASIDE, m->seq, PACKET_TOO_LARGE);
}

/* True when nothing is left to be done with this one: the relay holds it, or nobody ever will. */
static bool fly(struct vk_pump *p, const struct vk_message *m, bool is_sent)
{
	int64_t now_ms = vk_clock_mono_ms(p->clock);

	if (m->seq <= p->newest_seq && find(p, m->seq) >= 0)
		return false;
	int r = p->n_flying == VK_PUMP_WINDOW ? -EAGAIN : is_sent ? 0 : p->send(m, p->user);

	if (r == -EMSGSIZE) {
		set_large_aside(p, m);
		return true;
	}
	if (r < 0) {
		p->has_more = true; /* the relay is full or gone: its next word wakes us */
		return false;
	}
	take_off(p, (struct vk_flying){m->seq, now_ms, m->is_urgent, needs_receipt(p, m)});
	if (needs_receipt(p, m))
		(void)vk_await_sent(&p->await, m->seq, m->msg_id, m->rev, now_ms);
	return true;
}

static bool set_damaged_aside(struct vk_pump *p, const struct vk_message *m)
{
	if (!m->is_damaged)
		return false;
	vk_log(VK_LOG_ERR, "outbox", "a message that cannot be read is set aside");
	tell_engine(p, VK_JOB_ASIDE, m->seq, VK_ASIDE_DAMAGED);
	return true;
}

/* Behind what the broker has already; true when there may be more. */
static bool hand_out(struct vk_pump *p, const struct vk_message *m, bool is_sent)
{
	if (set_damaged_aside(p, m)) {
		pass(p, m);
		return true;
	}
	if (needs_receipt(p, m) && vk_await_holds(&p->await, m->seq)) {
		pass(p, m);
		return true;
	}
	if (!fly(p, m, is_sent))
		return false;
	pass(p, m);
	return true;
}

/* What was asked for and is not there has left the outbox some other way. */
static void again(struct vk_pump *p, const struct vk_job *job)
{
	const struct vk_outgoing *o = job->outgoing;

	p->is_asking = false;
	for (int i = 0; i < job->n_seqs && !job->error; i++) {
		if (o && o->message.seq == job->seqs[i]) {
			if (!set_damaged_aside(p, &o->message))
				(void)fly(p, &o->message, false);
			o = o->next;
		} else {
			vk_await_drop(&p->await, job->seqs[i]);
		}
	}
	if (p->is_missing && !p->await.n_missing)
		tell_missing(p);
	(void)uv_timer_stop(&p->overdue);
	watch_overdue(p);
}

void vk_pump_fetched(struct vk_pump *p, struct vk_job *job)
{
	int n = 0, n_ordinary = 0, n_flown = 0;

	if ((uint32_t)job->n != p->epoch || !p->is_up)
		return;
	if (job->n_seqs) {
		again(p, job);
		return;
	}
	p->is_fetching = false;
	for (const struct vk_outgoing *o = job->outgoing; o; o = o->next, n++) {
		n_ordinary += o->message.seq >= 0 && !o->message.is_urgent;
		if (o->message.seq >= 0 || !p->is_stale)
			n_flown += hand_out(p, &o->message, n < job->n_sent);
	}
	p->is_at_end = !p->has_more && !p->is_stale && is_last(job, n, n_ordinary, n_flown);
	p->has_more |= p->is_stale || p->is_at_end;
	p->is_stale = false;
	watch_overdue(p);
	/* As many as were asked for: there may be more, unless the relay holds them all. */
	if (!job->ordinary || (n_flown && (n == job->limit || n_ordinary == job->ordinary)))
		p->has_more = true;
}

void vk_pump_ask(struct vk_pump *p)
{
	fetch(p);
}

void vk_pump_left(struct vk_pump *p, const struct vk_job *job)
{
	p->n_leaving -= job->n_seqs;
	fetch(p);
}

/* Not authorised, topic name invalid, payload format invalid, packet too large: asking again will
 * not help. The rest (unspecified, quota, implementation specific) is tried again. */
static bool is_final(int32_t reason)
{
	return reason == 0x87 || reason == 0x90 || reason == VK_ASIDE_DAMAGED ||
	       reason == PACKET_TOO_LARGE;
}

static void keep_settled(struct vk_pump *p, int64_t seq)
{
	if (!p->settling) {
		p->settling = vk_job_new(VK_JOB_SETTLE, vk_clock_now_soon(p->clock, &p->sight));
		if (p->settling)
			p->settling->seqs = calloc(VK_SETTLE_MAX, sizeof *p->settling->seqs);
	}
	/* Without memory the row stays and is sent once more. */
	if (!p->settling || !p->settling->seqs)
		return;
	p->settling->seqs[p->settling->n_seqs++] = seq;
	if (p->settling->n_seqs == VK_SETTLE_MAX)
		settle(p);
}

/* How often this row has been refused, this time included. */
static int32_t count_refusal(struct vk_pump *p, int64_t seq)
{
	struct vk_refusal *r = p->refusals, *end = r + least(p->n_refusals, VK_PUMP_REFUSALS);

	while (r < end && r->seq != seq)
		r++;
	if (r == end) {
		r = &p->refusals[p->n_refusals++ % VK_PUMP_REFUSALS];
		*r = (struct vk_refusal){.seq = seq};
	}
	return ++r->tries;
}

static void try_later(struct vk_pump *p)
{
	if (uv_is_active((uv_handle_t *)&p->refused))
		return;
	(void)uv_timer_start(&p->refused, on_refused, (uint64_t)p->refused_ms, 0);
	if (p->refused_ms < VK_PUMP_REFUSED_MOST_MS)
		p->refused_ms *= 2;
}

/* A full broker is a matter of time, and what it does not take stays ours for as long. */
static void refused(struct vk_pump *p, int64_t seq, int32_t reason)
{
	int32_t tries = count_refusal(p, seq);

	vk_log(VK_LOG_WARNING, "outbox", "refused by the broker reason=0x%02x tries=%d",
	       (unsigned)reason, tries);
	if (!is_final(reason) && (reason == QUOTA_EXCEEDED || tries < VK_PUMP_TRIES)) {
		try_later(p);
		return;
	}
	vk_await_drop(&p->await, seq);
	tell_engine(p, VK_JOB_ASIDE, seq, reason);
}

void vk_pump_settled(struct vk_pump *p, int64_t seq, int32_t reason)
{
	int64_t now_ms = vk_clock_mono_ms(p->clock);
	struct vk_flying landed;

	p->is_acked |= reason < 0x80;
	p->is_stale |= p->is_fetching && seq < 0;
	if (!land(p, seq, &landed))
		return; /* a document beside the outbox: nothing is kept of it */
	vk_pace_acked(&p->pace, landed.sent_ms, now_ms);
	/* 0x00 and 0x10 (nobody subscribes) settle; anything from 0x80 does not (MQTT 5, 3.4.2.1).
	 */
	if (reason >= 0x80)
		refused(p, seq, reason);
	else if (landed.is_awaited)
		vk_await_acked(&p->await, seq, now_ms);
	else if (seq < 0)
		tell_engine(p, VK_JOB_SETTLE, seq, reason);
	else
		keep_settled(p, seq);
}

void vk_pump_receipt(struct vk_pump *p, const char *id, int32_t rev)
{
	int64_t now_ms = vk_clock_mono_ms(p->clock);
	int64_t seq = vk_await_receipt(&p->await, id, rev, now_ms);

	if (!seq)
		return;
	for (; seq; seq = rev < 0 ? 0 : vk_await_receipt(&p->await, id, rev, now_ms))
		keep_settled(p, seq);
	if (!p->await.n_missing)
		tell_missing(p);
}

void vk_pump_flush(struct vk_pump *p)
{
	if (p->is_acked)
		p->settled_utc_ms = vk_clock_now_as(p->clock, VK_CLOCK_HELD).utc_ms;
	p->is_acked = false;
	if (p->settling)
		settle(p);
	fetch(p);
}

void vk_pump_unsent(struct vk_pump *p, int64_t seq)
{
	struct vk_flying landed;

	(void)land(p, seq, &landed);
}

void vk_pump_poison(struct vk_pump *p, int64_t seq, int32_t code)
{
	struct vk_flying landed;

	(void)land(p, seq, &landed);
	vk_await_drop(&p->await, seq);
	vk_log(VK_LOG_ERR, "outbox", "a message that ends the connection each time is set aside");
	tell_engine(p, VK_JOB_ASIDE, seq, code);
}
